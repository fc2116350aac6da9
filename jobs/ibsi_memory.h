/* What a ROI of profile ibsi takes, before its image is read. */
#ifndef RML_JOBS_IBSI_MEMORY_H
#define RML_JOBS_IBSI_MEMORY_H

#include "jobs/params.h"
#include "kernels/base/volume.h"

/* Bytes that a ROI takes, estimated from its box and voxels in the mask's grid: the interpolated box and its masks,
 * what the families that are wanted hold at once (the transforms of Moran's I most of all), and, for filters, the whole
 * interpolated image and as much again for one response. resampled: on the grid of resampledPixelSpacing; else on the
 * mask's. */
double rml_ibsi_bytes(const rml_params *params, bool resampled, const rml_grid *grid, const rml_box *box,
                      int64_t n_voxels);

#endif
