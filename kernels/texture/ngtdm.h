/* Neighbouring grey tone difference matrix and its features. */
#ifndef RML_TEXTURE_NGTDM_H
#define RML_TEXTURE_NGTDM_H

#include "kernels/base/reason.h"
#include "kernels/features/catalogue.h"
#include "kernels/texture/levels.h"
#include "kernels/texture/settings.h"

/* Bytes of scratch that rml_ngtdm_features needs; a multiple of 64, and 64 for settings that it will refuse. */
size_t rml_ngtdm_scratch_bytes(const rml_levels *levels, const rml_texture_settings *settings);

/* The features of class RML_NGTDM. Arguments and statuses as rml_glcm_features has them.
 *
 * A voxel without a ROI neighbour adds nothing to s but is counted in n, as in PyRadiomics. Where all s are 0 (one
 * level, or no two neighbours): Coarseness 1e6, Strength 0, Contrast and Busyness 0 for one level, with the reason.
 * Source: Amadasun & King 1989; IBSI "Neighbourhood grey tone difference based features"; PyRadiomics ngtdm. */
RML_CHECKED rml_status rml_ngtdm_features(const rml_levels *levels, const rml_texture_settings *settings,
                                          rml_wanted wanted, void *scratch, double *value, uint8_t *reason);

#endif
