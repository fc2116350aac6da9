/* IBSI-2's Gabor filter (Q88H): the modulus of the response, in planes.
 *
 *     g = exp(-(x'^2 + gamma^2 y'^2) / (2 sigma^2) + 2 pi i x' / lambda),  x' = a cos theta + b sin theta,
 *                                                                          y' = -a sin theta + b cos theta
 *
 * with a, b in mm along the plane's two axes, the first of x, y, z and the later one. Neither is the amplitude
 * normalised nor the mean taken away. The envelope is followed to 7 of its standard deviations (2e-11 of the peak), for
 * IBSI gives no cut-off. */
#ifndef RML_IMAGE_GABOR_H
#define RML_IMAGE_GABOR_H

#include "kernels/image/margin.h"
#include "kernels/image/patch.h"
#include "kernels/image/separable.h" /* rml_pool */

enum { RML_GABOR_MAX_REACH = 4096, RML_GABOR_MAX_ORIENTATIONS = 3600 };

typedef struct rml_gabor {
    double sigma, lambda; /* mm, above 0 */
    double gamma;         /* above 0 */
    double theta;         /* radians */
    double step; /* radians; above 0: theta is not looked at, but is 0, step, 2 step … below 2 pi. 0: theta alone */
    bool three_planes; /* axial (x, y), then (x, z) and (y, z); else axial alone */
    rml_pool pool;     /* over orientations and planes together; NONE: one of each */
} rml_gabor;

/* RML_EINVAL  a setting out of range, several orientations or planes that are not pooled, or a reach of more than
 *             RML_GABOR_MAX_REACH voxels */
RML_CHECKED rml_status rml_gabor_margin(const rml_gabor *filter, const double spacing[3], rml_margin *margin);

/* By FFT, a slice at a time.
 * patch  with the margin around the voxels that are wanted
 * out    of the patch's size without its margin, x fastest
 *
 * RML_EINVAL  as above, or a patch no larger than its margin; RML_ENOMEM */
RML_CHECKED rml_status rml_gabor_apply(const rml_patch *patch, const rml_gabor *filter, double *out);

#endif
