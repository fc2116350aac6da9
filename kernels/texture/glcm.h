/* Grey level co-occurrence matrix and its features. */
#ifndef RML_TEXTURE_GLCM_H
#define RML_TEXTURE_GLCM_H

#include "kernels/base/reason.h"
#include "kernels/features/catalogue.h"
#include "kernels/texture/levels.h"
#include "kernels/texture/pairs.h"
#include "kernels/texture/settings.h"

/* Counts the pairs along one direction: the plain loop, which the faster forms are held against.
 *
 * step         in   {dx, dy, dz} in voxels, not all zero, may be negative
 * symmetrical  in   whether each pair counts both ways, (i, j) and (j, i)
 * counts       out  [n_levels*n_levels], row i, column j, rank 1 at index 0; overwritten
 *
 * RML_EINVAL  a zero step
 * RML_EEMPTY  no pair in this direction; counts is all zero
 * Source: Haralick et al. 1973; IBSI "Grey level co-occurrence based features". */
RML_CHECKED rml_status rml_glcm_count(const rml_levels *levels, const int32_t step[3], bool symmetrical,
                                      int64_t *counts);

/* Bytes of scratch that rml_glcm_features needs; a multiple of 64, and 64 for settings that it will refuse. */
size_t rml_glcm_scratch_bytes(const rml_levels *levels, const rml_texture_settings *settings);

/* The features of class RML_GLCM: counted per direction and averaged, or merged under a weighting norm.
 *
 * levels   in   its margin at least the largest distance
 * wanted   in   features to compute; the others are left NaN
 * scratch  work [rml_glcm_scratch_bytes], aligned to 64
 * value    out  [rml_class_size(RML_GLCM)], catalogue order; NaN where undefined or not wanted
 * reason   out  [rml_class_size(RML_GLCM)], rml_reason: why a value is NaN or a constant
 *
 * No pair in any direction: every value NaN, but of a ROI with a single level, as in PyRadiomics, MCC 1 (averaged over
 * several directions) or InverseVariance 0 (one direction, or merged). A direction whose pairs are all of one level has
 * Correlation 1, Imc1 0 and MCC 0; if the ROI has one level, MCC 1. A direction whose levels are independent has MCC 0,
 * where PyRadiomics has what rounding leaves of 0 or, for an asymmetrical matrix, may leave the direction out; one in
 * which the difference of entropies under Imc2's root is negative by rounding does not enter Imc2's mean. A direction
 * of an asymmetrical matrix with all pairs in one row or column has Correlation 1 or, where PyRadiomics' sum of that
 * level is off by its last place, about 0, as in PyRadiomics. A matrix merged under weights with all of its mass in one
 * row or column has Correlation 1, Imc1 0 and Imc2 0, which rounding makes other numbers of in PyRadiomics, and one
 * with all but 1e-14 or so in one place has Imc1 0.
 *
 * RML_EINVAL  settings outside their ranges, a margin too small, or more than 2^32 - 1 voxels
 * Source: Haralick et al. 1973; IBSI "Grey level co-occurrence based features"; PyRadiomics glcm. */
RML_CHECKED rml_status rml_glcm_features(const rml_levels *levels, const rml_texture_settings *settings,
                                         rml_wanted wanted, void *scratch, double *value, uint8_t *reason);

/* The same with the form of counting given, so that tests can hold one against the other. */
size_t rml_glcm_scratch_bytes_as(const rml_levels *levels, const rml_texture_settings *settings, rml_pair_form form);
RML_CHECKED rml_status rml_glcm_features_as(const rml_levels *levels, const rml_texture_settings *settings,
                                            rml_wanted wanted, rml_pair_form form, void *scratch, double *value,
                                            uint8_t *reason);

#endif
