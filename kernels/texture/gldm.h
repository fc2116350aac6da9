/* Grey level dependence matrix and its features. */
#ifndef RML_TEXTURE_GLDM_H
#define RML_TEXTURE_GLDM_H

#include "kernels/base/reason.h"
#include "kernels/features/catalogue.h"
#include "kernels/texture/levels.h"
#include "kernels/texture/settings.h"

size_t rml_gldm_work_bytes(const rml_levels *levels, const rml_texture_settings *settings); /* a multiple of 64 */

/* The dependence of each voxel: 1 + its neighbours at all offsets of all distances, both ways, whose grey levels (bin
 * numbers) differ from its own by at most gldm_alpha.
 *
 * work    work  [rml_gldm_work_bytes], aligned to 64
 * sorted  out   [n_voxels] dependences by rank: the count[0] voxels of rank 1 first, in the order of the picture
 *
 * RML_EINVAL     alpha negative or NaN, no distance, a distance below 1 or above the margin, or a bad force_2d_axis
 * RML_ECAPACITY  more than 65534 neighbours */
RML_CHECKED rml_status rml_gldm_count(const rml_levels *levels, const rml_texture_settings *settings, void *work,
                                      uint16_t *sorted);

/* Bytes of scratch that rml_gldm_features needs; a multiple of 64. */
size_t rml_gldm_scratch_bytes(const rml_levels *levels, const rml_texture_settings *settings);

/* The features of class RML_GLDM. Arguments and statuses as rml_glcm_features has them.
 * RML_ECAPACITY also, for more than 65534 neighbours.
 * Source: Sun & Wee 1983; IBSI "Neighbouring grey level dependence based features"; PyRadiomics gldm. */
RML_CHECKED rml_status rml_gldm_features(const rml_levels *levels, const rml_texture_settings *settings,
                                         rml_wanted wanted, void *scratch, double *value, uint8_t *reason);

#endif
