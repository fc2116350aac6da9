/* Filters that are products of three one-dimensional ones, and their rotation invariance (IBSI-2): the filter is turned
 * through the right-angle rotations, 24 in 3-D and 4 in the plane, and the responses are pooled voxel by voxel. */
#ifndef RML_IMAGE_SEPARABLE_H
#define RML_IMAGE_SEPARABLE_H

#include "kernels/image/convolve.h"
#include "kernels/image/margin.h"
#include "kernels/image/patch.h"

typedef enum rml_pool { RML_POOL_NONE, RML_POOL_MAX, RML_POOL_MEAN, RML_POOL_MIN } rml_pool;

typedef struct rml_separable {
    rml_taps taps[3]; /* along x, y, z; taps[2] is not looked at in the plane */
    int n_axes;       /* 3, or 2: axial slices */
    rml_pool pool; /* RML_POOL_NONE: as it is, not rotated. A rotation turns about the tap that stands over the voxel */
} rml_separable;

rml_margin rml_separable_margin(const rml_separable *filter);

/* patch  with the margin around the voxels that are wanted
 * out    of the patch's size without its margin, x fastest
 *
 * RML_EINVAL  a patch no larger than its margin, n_axes not 2 or 3, taps that their declaration does not allow
 * RML_ENOMEM */
RML_CHECKED rml_status rml_separable_apply(const rml_patch *patch, const rml_separable *filter, double *out);

#endif
