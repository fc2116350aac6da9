/* PyRadiomics' parameter file, unchanged: what is computed and how. */
#ifndef RML_JOBS_PARAMS_H
#define RML_JOBS_PARAMS_H

#include "io/manifest.h"
#include "kernels/features/catalogue.h"
#include "kernels/preprocess/discretise.h"
#include "kernels/preprocess/resegment.h"
#include "kernels/texture/settings.h"

typedef struct rml_params {
    /* what */
    int32_t n_classes;
    rml_class classes[RML_N_CLASSES];                      /* in the file's order, shape first */
    rml_wanted wanted[RML_N_CLASSES];                      /* by class; 0 when the class is off */
    int32_t n_listed[RML_N_CLASSES];                       /* as many as wanted has bits … */
    int32_t listed[RML_N_CLASSES][RML_MAX_CLASS_FEATURES]; /* … in the order of the columns; catalogue indices */
    bool original;                                         /* imageType Original */
    /* how */
    rml_binning binning;
    bool normalise;
    double normalise_scale;
    double remove_outliers; /* infinity: off */
    double voxel_array_shift;
    uint32_t label;
    int32_t label_channel;
    bool additional_info;
    rml_texture_settings texture; /* spacing is filled in per case */
    rml_resegmentation resegment;
    bool resegment_shape;
    int32_t minimum_roi_dimensions;
    int64_t minimum_roi_size;  /* refused when the count is <= this; -1: off */
    double geometry_tolerance; /* 1e-6 */
    bool correct_mask;
    bool pre_crop;
    double pad_distance;
    char *canonical; /* one "name: value" a line, every setting that can change a number or a
                        column, defaults included; sorted; malloc'ed */
    char *source;    /* the file's text as read, or "" for the defaults; malloc'ed */
} rml_params;

/* path NULL: PyRadiomics' defaults.
 * RML_ESETTING  an unknown key (with the nearest known), a value of the wrong type or range, a key that radmill does
 * not compute; always with file and line RML_EFORMAT and others as rml_yaml_read */
RML_CHECKED rml_status rml_params_read(const char *path, rml_params *params, rml_error *err);
void rml_params_free(rml_params *params);

/* The defaults as a parameter file, all classes and settings named: what rml_params_read makes of it is what path NULL
 * gives, but for its source. */
const char *rml_params_defaults(void);

/* The columns that these parameters give, in PyRadiomics' order: "original_shape_Elongation", … */
int32_t rml_params_n_columns(const rml_params *params);
/* Column c's class, feature index in the catalogue and full name; NULL for what is not wanted. */
void rml_params_column(const rml_params *params, int32_t c, rml_class *class_, int32_t *feature, char name[96]);

#endif
