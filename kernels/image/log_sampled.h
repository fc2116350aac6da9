/* IBSI-2's Laplacian-of-Gaussian (L6PA): the sampled kernel, cut off and not normalised again. (PyRadiomics' is ITK's
 * recursive one, up to 1.2 % of the peak away.)
 *
 *     h(k) = -1/s^2 (D - sum_a k_a^2 / s_a^2) prod_a exp(-k_a^2 / (2 s_a^2)) / (sqrt(2 pi) s_a),  |k_a| <= floor(c s_a
 * + .5)
 *
 * with s_a = sigma / spacing_a in voxels. IBSI defines it where the spacing is the same along every axis. Where it is
 * not, s of the first factor is the one along x: the response is that in millimetres, times the square of the spacing
 * along x. */
#ifndef RML_IMAGE_LOG_SAMPLED_H
#define RML_IMAGE_LOG_SAMPLED_H

#include "kernels/image/margin.h"
#include "kernels/image/patch.h"

enum { RML_LOG_SAMPLED_MAX_REACH = 1 << 20 }; /* voxels */

typedef struct rml_log_sampled {
    double sigma;   /* mm, above 0 */
    double cut_off; /* c, in sigmas, at least 0; IBSI's tests take 4 */
    int n_axes;     /* 3, or 2: axial slices */
} rml_log_sampled;

/* RML_EINVAL  a setting out of range, or a reach of more than RML_LOG_SAMPLED_MAX_REACH voxels */
RML_CHECKED rml_status rml_log_sampled_margin(const rml_log_sampled *filter, const double spacing[3],
                                              rml_margin *margin);

/* patch  with the margin around the voxels that are wanted
 * out    of the patch's size without its margin, x fastest
 *
 * RML_EINVAL  as above, or a patch no larger than its margin; RML_ENOMEM */
RML_CHECKED rml_status rml_log_sampled_apply(const rml_patch *patch, const rml_log_sampled *filter, double *out);

#endif
