/* A parameter file: what is computed and how. PyRadiomics', unchanged, or with "profile: ibsi" IBSI's. */
#ifndef RML_JOBS_PARAMS_H
#define RML_JOBS_PARAMS_H

#include "io/manifest.h"
#include "jobs/ibsi_params.h"
#include "kernels/features/catalogue.h"
#include "kernels/image/lbp2d.h"
#include "kernels/image/resample_taps.h"
#include "kernels/image/wavelet_table.h"
#include "kernels/preprocess/discretise.h"
#include "kernels/preprocess/resegment.h"
#include "kernels/texture/settings.h"

enum { RML_MAX_SIGMAS = 64, RML_MAX_WAVELET_LEVELS = 16, RML_IMAGE_NAME = 40 };

/* PyRadiomics' image types. */
typedef enum rml_filter {
    RML_ORIGINAL,
    RML_LOG,
    RML_WAVELET,
    RML_SQUARE,
    RML_SQUARE_ROOT,
    RML_LOGARITHM,
    RML_EXPONENTIAL,
    RML_GRADIENT,
    RML_LBP_2D,
    RML_LBP_3D,
    RML_N_FILTERS
} rml_filter;

const char *rml_filter_name(rml_filter filter); /* "LoG"; of RML_N_FILTERS on: NULL */

/* An image type as a parameter file asks for it: how the filter makes its images, and how features are taken of them.
 */
typedef struct rml_image_type {
    rml_filter filter;
    rml_binning binning;
    rml_texture_settings texture; /* spacing is filled in per case */
    double voxel_array_shift;
    int32_t n_sigmas;
    double sigma[RML_MAX_SIGMAS];        /* mm */
    char sigma_name[RML_MAX_SIGMAS][24]; /* as Python's str of the file's number: "1-0", "1" */
    rml_wavelet wavelet;
    int32_t level, start_level;
    bool gradient_use_spacing;
    double lbp2d_radius, lbp3d_radius; /* voxels */
    int32_t lbp2d_samples, lbp3d_levels, lbp3d_subdivisions;
    rml_lbp2d_method lbp2d_method;
    int32_t first_image, n_images; /* that it makes; numbered through all types */
} rml_image_type;

typedef struct rml_params {
    bool is_ibsi;         /* profile ibsi: below, only what a mask is read and checked by counts */
    rml_ibsi_params ibsi; /* … and this */
    /* what */
    int32_t n_types;
    rml_image_type type[RML_N_FILTERS]; /* in the file's order */
    int32_t n_images;                   /* of all types */
    int32_t n_classes;
    rml_class classes[RML_N_CLASSES];                      /* in the file's order, shape and shape2D first */
    rml_wanted wanted[RML_N_CLASSES];                      /* by class; 0 when the class is off */
    int32_t n_listed[RML_N_CLASSES];                       /* as many as wanted has bits … */
    int32_t listed[RML_N_CLASSES][RML_MAX_CLASS_FEATURES]; /* … in the order of the columns; catalogue indices */
    /* how */
    rml_image_type base; /* what stands under "setting", for every type that does not say otherwise */
    bool normalise, correct_mask, resegment_shape, pre_crop, resample, additional_info;
    uint32_t label;
    int32_t label_channel;
    int32_t minimum_roi_dimensions;
    int64_t minimum_roi_size;  /* refused when the count is <= this; -1: off */
    double geometry_tolerance; /* 1e-6 */
    double normalise_scale;
    double remove_outliers; /* infinity: off */
    rml_resegmentation resegment;
    double pad_distance;        /* voxels of the image that filters see */
    double resample_spacing[3]; /* mm; 0: the mask's */
    rml_interpolator interpolator;
    char *canonical;   /* one "name: value" a line, every setting that can change a number or a
                          column, defaults included; sorted; malloc'ed */
    char *source;      /* the file's text as read, or "" for the defaults; malloc'ed */
    rml_error warning; /* what the file says to no effect, where that may be a mistake; RML_OK: nothing */
} rml_params;

/* path NULL: PyRadiomics' defaults.
 * RML_ESETTING  an unknown key (with the nearest known), a value of the wrong type or range, a key that radmill does
 * not compute; always with file and line
 * RML_EFORMAT, RML_ENOMEM as rml_yaml_parse; RML_EMISSING, RML_EIO as rml_file_read */
RML_CHECKED rml_status rml_params_read(const char *path, rml_params *params, rml_error *err);
/* The same for images alone: bins that features of them would need may be missing. */
RML_CHECKED rml_status rml_params_read_images(const char *path, rml_params *params, rml_error *err);
void rml_params_free(rml_params *params);

/* The defaults as a parameter file, all classes and settings named: what rml_params_read makes of it is what path NULL
 * gives, but for its source. */
const char *rml_params_defaults(void);

/* Whether an image type needs more of the image than the ROI's own voxels. */
bool rml_params_has_filter(const rml_params *params);

/* An image's type and its name, "original", "log-sigma-1-0-mm-3D", "wavelet-LLH": of 0 .. n_images-1. */
const rml_image_type *rml_params_image(const rml_params *params, int32_t image, char name[RML_IMAGE_NAME]);

typedef struct rml_feature_column {
    int32_t image; /* -1: the mask's own, for shape */
    rml_class class_;
    int32_t feature; /* in the catalogue */
} rml_feature_column;

enum { RML_COLUMN_NAME = 96 };

/* The columns that these parameters give, in PyRadiomics' order: "original_shape_Elongation", … */
int32_t rml_params_n_columns(const rml_params *params);
/* Column c and its full name; NULL for what is not wanted. Of profile ibsi the name alone: jobs/ibsi_columns.h has the
 * column. */
void rml_params_column(const rml_params *params, int32_t c, rml_feature_column *column, char name[RML_COLUMN_NAME]);

#endif
