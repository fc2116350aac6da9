/* Grey level size zone matrix and its features. */
#ifndef RML_TEXTURE_GLSZM_H
#define RML_TEXTURE_GLSZM_H

#include "kernels/base/reason.h"
#include "kernels/features/catalogue.h"
#include "kernels/texture/levels.h"
#include "kernels/texture/settings.h"

/* Bytes of scratch that rml_glszm_features needs; a multiple of 64. */
size_t rml_glszm_scratch_bytes(const rml_levels *levels, const rml_texture_settings *settings);

/* The features of class RML_GLSZM. Arguments and statuses as rml_glcm_features has them.
 * Source: Thibault et al. 2014; IBSI "Grey level size zone based features"; PyRadiomics glszm. */
RML_CHECKED rml_status rml_glszm_features(const rml_levels *levels, const rml_texture_settings *settings,
                                          rml_wanted wanted, void *scratch, double *value, uint8_t *reason);

#endif
