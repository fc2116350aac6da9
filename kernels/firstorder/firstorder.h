/* First-order statistics of the ROI's intensities. */
#ifndef RML_FIRSTORDER_FIRSTORDER_H
#define RML_FIRSTORDER_FIRSTORDER_H

#include <stddef.h>

#include "kernels/base/reason.h"
#include "kernels/base/status.h"
#include "kernels/features/catalogue.h"

/* Bytes of scratch that rml_firstorder_features needs; a multiple of 64. */
size_t rml_firstorder_scratch_bytes(int64_t n_voxels);

/* The features of class RML_FIRSTORDER.
 *
 * values        in   [n_voxels] intensities, in any order
 * bin_count     in   [n_bins] ROI voxels in each bin that occurs (Entropy, Uniformity)
 * voxel_volume  in   mm^3 (TotalEnergy)
 * shift         in   voxelArrayShift, added to each intensity in Energy, TotalEnergy and RootMeanSquared
 * the rest as rml_glcm_features has it
 *
 * RML_EEMPTY  n_voxels 0
 * Source: PyRadiomics firstorder; IBSI "Intensity-based statistical features". */
RML_CHECKED rml_status rml_firstorder_features(const double *values, int64_t n_voxels, const int64_t *bin_count,
                                               int32_t n_bins, double voxel_volume, double shift, rml_wanted wanted,
                                               void *scratch, double *value, uint8_t *reason);

#endif
