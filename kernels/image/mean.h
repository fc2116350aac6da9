/* The mean filter of IBSI-2 (S60F): the average of M voxels along each axis, centred. */
#ifndef RML_IMAGE_MEAN_H
#define RML_IMAGE_MEAN_H

#include "kernels/image/margin.h"
#include "kernels/image/patch.h"

/* support: M, odd, at least 1. n_axes: 3, or 2: axial slices. */
rml_margin rml_mean_margin(int32_t support, int n_axes);

/* patch  with the margin around the voxels that are wanted
 * out    of the patch's size without its margin, x fastest
 *
 * RML_EINVAL  support or n_axes out of range, a patch no larger than its margin; RML_ENOMEM */
RML_CHECKED rml_status rml_mean_apply(const rml_patch *patch, int32_t support, int n_axes, double *out);

#endif
