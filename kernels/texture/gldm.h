/* Grey level dependence matrix and its features. */
#ifndef RML_TEXTURE_GLDM_H
#define RML_TEXTURE_GLDM_H

#include "kernels/base/reason.h"
#include "kernels/features/catalogue.h"
#include "kernels/texture/levels.h"
#include "kernels/texture/settings.h"

/* Bytes of scratch that rml_gldm_features needs; a multiple of 64. */
size_t rml_gldm_scratch_bytes(const rml_levels *levels, const rml_texture_settings *settings);

/* The features of class RML_GLDM. Arguments and statuses as rml_glcm_features has them.
 * Source: Sun & Wee 1983; IBSI "Neighbouring grey level dependence based features"; PyRadiomics gldm. */
RML_CHECKED rml_status rml_gldm_features(const rml_levels *levels, const rml_texture_settings *settings,
                                         rml_wanted wanted, void *scratch, double *value, uint8_t *reason);

#endif
