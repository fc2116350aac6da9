/* Grey level co-occurrence matrix and its features. */
#ifndef RML_TEXTURE_GLCM_H
#define RML_TEXTURE_GLCM_H

#include "kernels/base/reason.h"
#include "kernels/features/catalogue.h"
#include "kernels/texture/levels.h"
#include "kernels/texture/settings.h"

/* Bytes of scratch that rml_glcm_features needs; a multiple of 64. */
size_t rml_glcm_scratch_bytes(const rml_levels *levels, const rml_texture_settings *settings);

/* The features of class RML_GLCM: counted per direction and averaged, or merged under a weighting norm.
 *
 * levels   in   its margin at least the largest distance
 * wanted   in   features to compute; the others are left NaN
 * scratch  work [rml_glcm_scratch_bytes], aligned to 64
 * value    out  [rml_class_size(RML_GLCM)], catalogue order; NaN where undefined or not wanted
 * reason   out  [rml_class_size(RML_GLCM)], rml_reason: why a value is NaN or a constant
 *
 * RML_EINVAL  settings outside their ranges, or a margin too small
 * Source: Haralick et al. 1973; IBSI "Grey level co-occurrence based features"; PyRadiomics glcm. */
RML_CHECKED rml_status rml_glcm_features(const rml_levels *levels, const rml_texture_settings *settings,
                                         rml_wanted wanted, void *scratch, double *value, uint8_t *reason);

#endif
