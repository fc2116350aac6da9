/* Grey level run length matrix and its features. */
#ifndef RML_TEXTURE_GLRLM_H
#define RML_TEXTURE_GLRLM_H

#include "kernels/base/reason.h"
#include "kernels/features/catalogue.h"
#include "kernels/texture/levels.h"
#include "kernels/texture/settings.h"

/* Bytes of scratch that rml_glrlm_features needs; a multiple of 64. */
size_t rml_glrlm_scratch_bytes(const rml_levels *levels, const rml_texture_settings *settings);

/* The features of class RML_GLRLM. Arguments and statuses as rml_glcm_features has them.
 * Source: Galloway 1975; IBSI "Grey level run length based features"; PyRadiomics glrlm. */
RML_CHECKED rml_status rml_glrlm_features(const rml_levels *levels, const rml_texture_settings *settings,
                                          rml_wanted wanted, void *scratch, double *value, uint8_t *reason);

#endif
