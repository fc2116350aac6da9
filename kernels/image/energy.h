/* Energy images of IBSI-2 (PQSD): the mean of a response's absolutes in a box of (2 delta + 1) voxels along each axis.
 * Of a response that is pooled over rotations, after pooling.
 *
 * The border's rule is the response's, not the image's: it makes the response go on beyond the border. So the response
 * is computed for rml_energy_box, and a patch with rml_energy_margin is cut from it. */
#ifndef RML_IMAGE_ENERGY_H
#define RML_IMAGE_ENERGY_H

#include "kernels/image/margin.h"
#include "kernels/image/patch.h"

/* delta: at least 0. n_axes: 3, or 2: axial slices. */
rml_margin rml_energy_margin(int32_t delta, int n_axes);

/* Where the response is needed for the energies inside a box: within the image, but for RML_BORDER_PERIODIC, where an
 * image's response goes on as the image does. Cut from a response of this box, a patch is as if cut from the whole
 * image's: only where the box ends at the image's border does the cut go beyond it. size: the image's. */
rml_box rml_energy_box(const rml_box *inside, int32_t delta, int n_axes, const int32_t size[3], rml_border border);

/* patch  a response, with the margin around the voxels that are wanted
 * out    of the patch's size without its margin, x fastest
 *
 * RML_EINVAL  delta or n_axes out of range, a patch no larger than its margin; RML_ENOMEM */
RML_CHECKED rml_status rml_energy_apply(const rml_patch *patch, int32_t delta, int n_axes, double *out);

#endif
