/* What decides how texture matrices are counted. Names and defaults are PyRadiomics'. */
#ifndef RML_TEXTURE_SETTINGS_H
#define RML_TEXTURE_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#define RML_MAX_DISTANCES 16

typedef enum rml_weighting {
    RML_WEIGHT_NONE, /* weightingNorm null: features per direction, then their mean */
    RML_WEIGHT_EUCLIDEAN,
    RML_WEIGHT_MANHATTAN,
    RML_WEIGHT_INFINITY,
    RML_WEIGHT_NO_WEIGHTING, /* one matrix, every direction with weight 1 */
} rml_weighting;

typedef struct rml_texture_settings {
    int32_t n_distances;                  /* 1..RML_MAX_DISTANCES */
    int32_t distances[RML_MAX_DISTANCES]; /* each at least 1, infinity norm */
    bool force_2d;
    int32_t force_2d_axis;   /* as PyRadiomics counts: 0 = z, 1 = y, 2 = x */
    rml_weighting weighting; /* GLCM and GLRLM */
    bool symmetrical_glcm;
    double gldm_alpha; /* dependence: |difference of levels| <= alpha */
    double spacing[3]; /* mm, x y z; enters the weights alone */
} rml_texture_settings;

/* distances [1], 3D, no weighting norm, symmetrical GLCM, alpha 0, spacing 1. */
rml_texture_settings rml_texture_defaults(void);

/* Whether every setting is in its range and no distance exceeds the margin of the levels. */
bool rml_texture_settings_valid(const rml_texture_settings *settings, int32_t margin);

#endif
