/* The settings of PyRadiomics' parameter files: their names, types and ranges, and a value read against them. Used by
 * params.c and ibsi_params.c alone. */
#ifndef RML_JOBS_PARAMS_KEYS_H
#define RML_JOBS_PARAMS_KEYS_H

#include "io/yaml.h"
#include "kernels/base/attributes.h"
#include "kernels/image/resample_taps.h"

typedef enum kind { TRUTH, INTEGER, INTEGERS, NUMBER, NUMBERS, WORD, INTERPOLATOR, ANY_TEXT } kind;

/* When a setting acts: PyRadiomics hands those under an image type to that image's features alone, so one that acts
 * earlier has no effect there. */
typedef enum stage {
    EARLY,    /* reading, normalisation, the mask's checks, re-segmentation */
    FEATURES, /* binning and features: may stand under an image type */
    FILTER,   /* of filters: may stand under an image type; without effect on the original image */
    RESAMPLE,
    VOXELS /* for maps of features voxel by voxel: without effect on a segment's features */
} stage;

typedef enum key_id {
    ADDITIONAL_INFO,
    BIN_COUNT,
    BIN_WIDTH,
    CORRECT_MASK,
    DISTANCES,
    FORCE_2D,
    FORCE_2D_DIMENSION,
    GEOMETRY_TOLERANCE,
    GLDM_A,
    LABEL,
    LABEL_CHANNEL,
    MINIMUM_ROI_DIMENSIONS,
    MINIMUM_ROI_SIZE,
    NORMALIZE,
    NORMALIZE_SCALE,
    PAD_DISTANCE,
    PRE_CROP,
    REMOVE_OUTLIERS,
    RESAMPLED_PIXEL_SPACING,
    RESEGMENT_MODE,
    RESEGMENT_RANGE,
    RESEGMENT_SHAPE,
    SYMMETRICAL_GLCM,
    VOXEL_ARRAY_SHIFT,
    WEIGHTING_NORM,
    INTERPOLATION,
    SIGMA,
    START_LEVEL,
    LEVEL,
    WAVELET,
    GRADIENT_USE_SPACING,
    LBP2D_RADIUS,
    LBP2D_SAMPLES,
    LBP2D_METHOD,
    LBP3D_LEVELS,
    LBP3D_RADIUS,
    LBP3D_SUBDIVISION,
    INERT,
    /* of profile ibsi alone */
    MASK_INTERPOLATOR,
    MASK_THRESHOLD,
    ROUND_INTENSITIES,
    OUTLIER_SIGMA,
    IVH_BIN_COUNT,
    IVH_BIN_WIDTH,
    AGGREGATION,
    NGLDM_ALPHA,
    NGLDM_DISTANCE,
    DIMENSIONS,
    BOUNDARY,
    SUPPORT,
    CUT_OFF,
    RIESZ,
    KERNEL,
    POOL,
    ENERGY_DELTA,
    WAVELENGTH,
    ASPECT_RATIO,
    ORIENTATION,
    ORIENTATION_STEP,
    BANDS,
    DECIMATED
} key_id;

typedef struct setting {
    const char *name;
    key_id id;
    kind kind;
    stage stage;
    int32_t n_max; /* values of a list; each list has at least one */
    double least;  /* of the value or of each of the values */
    double most;   /* … and the largest; INFINITY: as large as the type holds */
    bool above;    /* the least itself is too small */
    const char *const *words;
} setting;

enum { MAX_LIST = 1024 }; /* values of a list */

typedef struct setting_value {
    int64_t integer;
    double number;
    bool truth;
    int32_t word; /* index into the key's words */
    int32_t n;
    double list[MAX_LIST];
    const rml_yaml *node; /* where it stands */
} setting_value;

/* What a sentence needs. */
typedef struct rml_params_file {
    const char *path;
    rml_error *err;
    bool images_only; /* what features need is not asked for */
} rml_params_file;

extern const setting rml_setting_keys[], rml_voxel_keys[];
extern const int32_t rml_n_setting_keys, rml_n_voxel_keys;

/* "p.yaml line 4: sentence", RML_ESETTING */
rml_status RML_PRINTF(3, 4)
    rml_params_refuse(const rml_params_file *in, const rml_yaml *where, const char *format, ...);
/* The same of a name that nobody knows, with the nearest that somebody does. */
rml_status rml_params_unknown(const rml_params_file *in, const rml_yaml *where, const char *what, const char *name,
                              const char *const *known, int32_t n);

/* A value of the key's type and range, else RML_ESETTING with what was found and expected. */
RML_CHECKED rml_status rml_setting_read(const rml_params_file *in, const setting *key, const rml_yaml *node,
                                        setting_value *out);

/* A value of kind INTERPOLATOR: by SimpleITK's name, or by its number, which may be none of them. */
rml_interpolator rml_setting_interpolator(const setting_value *value);
/* SimpleITK's name; "" of a number that is none. */
const char *rml_interpolator_name(rml_interpolator interpolator);

#endif
