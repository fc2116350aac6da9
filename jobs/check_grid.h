/* A ROI of `check` on the grid that it will be computed on: no voxel of the image is read for it. */
#ifndef RML_JOBS_CHECK_GRID_H
#define RML_JOBS_CHECK_GRID_H

#include "io/manifest.h"
#include "jobs/params.h"

/* Where the ROI will lie, by the mask, the headers and the parameters: as it is, moved by correctMask, or resampled.
 *
 * image, grid  in      of the image, and of the mask
 * mask         in      all slices loaded
 * regridded    in      on another grid than the image, and correctMask is on
 * box          in/out  tight, in the mask's grid; then in its own
 * n_voxels     in/out  of the ROI
 *
 * RML_EGEOMETRY, RML_EROI, RML_ESETTING, RML_ECAPACITY, RML_ENOMEM in words, as the extraction says them;
 * RML_EVALUE    profile ibsi takes the intensities for grey levels, and no image interpolated there has such */
RML_CHECKED rml_status rml_check_on_grid(const rml_params *params, const rml_grid *image, const rml_volume *mask,
                                         const rml_grid *grid, bool regridded, const rml_label_set *set, rml_box *box,
                                         int64_t *n_voxels, rml_error *err);

#endif
