/* Neighbouring grey tone difference matrix and its features. */
#ifndef RML_TEXTURE_NGTDM_H
#define RML_TEXTURE_NGTDM_H

#include "kernels/base/reason.h"
#include "kernels/features/catalogue.h"
#include "kernels/texture/levels.h"
#include "kernels/texture/settings.h"

/* Bytes of scratch that rml_ngtdm_features needs; a multiple of 64, and 64 for settings that it will refuse. */
size_t rml_ngtdm_scratch_bytes(const rml_levels *levels, const rml_texture_settings *settings);

/* The matrix: s and n of every level.
 *
 * scratch      work  [rml_ngtdm_scratch_bytes], aligned to 64
 * apart        out   [n_levels] s: the sum of |level - mean of its ROI neighbours| over the voxels that have any
 * neighboured  out   [n_levels] these voxels
 *
 * RML_EINVAL  settings outside their ranges, or a margin too small */
RML_CHECKED rml_status rml_ngtdm_count(const rml_levels *levels, const rml_texture_settings *settings, void *scratch,
                                       double *apart, int64_t *neighboured);

typedef struct rml_ngtdm_matrix {
    int32_t n_levels;     /* with voxels; at least 1 */
    const int32_t *grey;  /* [n_levels] ascending */
    const int64_t *count; /* [n_levels] n, each above 0 */
    const double *apart;  /* [n_levels] s */
    int64_t n_voxels;     /* the sum of count */
} rml_ngtdm_matrix;

/* The features of a matrix: busyness, coarseness, complexity, contrast, strength.
 *
 * value     out  [5]
 * constant  out  [5] the formula has no value, and convention gives 1e6 for coarseness and 0 for the others */
void rml_ngtdm_values(const rml_ngtdm_matrix *matrix, double *value, bool *constant);

/* The features of class RML_NGTDM. Arguments and statuses as rml_glcm_features has them.
 *
 * A voxel without a ROI neighbour adds nothing to s but is counted in n, as in PyRadiomics. Where all s are 0 (one
 * level, or no two neighbours): Coarseness 1e6, Strength 0, Contrast and Busyness 0 for one level, with the reason.
 * Source: Amadasun & King 1989; IBSI "Neighbourhood grey tone difference based features"; PyRadiomics ngtdm. */
RML_CHECKED rml_status rml_ngtdm_features(const rml_levels *levels, const rml_texture_settings *settings,
                                          rml_wanted wanted, void *scratch, double *value, uint8_t *reason);

#endif
