/* Grey level run length matrix and its features. */
#ifndef RML_TEXTURE_GLRLM_H
#define RML_TEXTURE_GLRLM_H

#include "kernels/base/reason.h"
#include "kernels/features/catalogue.h"
#include "kernels/texture/levels.h"
#include "kernels/texture/settings.h"

/* The runs of one direction are kept level by level, each level's row as long as its longest possible run: no more than
 * its voxels, and no more than the box's longest side. So a run of length k of rank r is counted at
 * runs[first[r-1] + k - 1], and all rows together never exceed the voxels of the ROI. */
int32_t rml_glrlm_longest(const rml_levels *levels);           /* the box's longest side */
void rml_glrlm_rows(const rml_levels *levels, int64_t *first); /* first out [n_levels+1] */
int64_t rml_glrlm_bits(const rml_levels *levels);              /* words of work that rml_glrlm_count needs */

/* Counts the runs along one direction.
 *
 * step    in      {dx, dy, dz}, each -1..1, not all 0
 * first   in      [n_levels+1], from rml_glrlm_rows
 * bits    work    [rml_glrlm_bits]
 * runs    in/out  [first[n_levels]], all 0 before
 * n_runs  out     the sum of runs
 * returns the length of the longest run, or 0 when no line holds two ROI voxels, adjacent or not: PyRadiomics drops
 * such a direction, so runs is left all 0 */
int32_t rml_glrlm_count(const rml_levels *levels, const int32_t step[3], const int64_t *first, uint64_t *bits,
                        uint32_t *runs, int64_t *n_runs);

/* Bytes of scratch that rml_glrlm_features needs; a multiple of 64. */
size_t rml_glrlm_scratch_bytes(const rml_levels *levels, const rml_texture_settings *settings);

/* The features of class RML_GLRLM. Arguments and statuses as rml_glcm_features has them.
 * The distances of the settings do not enter: runs have step 1. A weighting norm multiplies a direction's counts by its
 * length in mm. Without any run (a single voxel, voxels no two of which share a line) values are NaN, or the constant 0
 * that PyRadiomics gives for RunEntropy and RunVariance of one empty matrix, all with RML_WHY_NO_RUNS.
 * Source: Galloway 1975; IBSI "Grey level run length based features"; PyRadiomics glrlm. */
RML_CHECKED rml_status rml_glrlm_features(const rml_levels *levels, const rml_texture_settings *settings,
                                          rml_wanted wanted, void *scratch, double *value, uint8_t *reason);

#endif
