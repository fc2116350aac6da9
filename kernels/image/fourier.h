/* IBSI-2's filters that are defined by what they do to frequencies: Simoncelli's band-pass (PRT7) and the Riesz
 * transform (AYRS), alone or one on the other. They look at the whole image, which is taken as periodic.
 *
 *     Simoncelli, level j:  g = cos(pi/2 log2(2 |nu| / m)) for m/4 <= |nu| <= m, else 0;  m = 2^-(j - 1)
 *     Riesz, order l:       (-i)^L sqrt(L! / prod_a l_a!) prod_a nu_a^l_a / |nu|^L,  L = sum_a l_a; 0 where |nu| = 0
 *
 * nu is 1 at the Nyquist frequency. The consensus of IBSI-2 rests on a grid that is symmetric and holds both ends,
 * nu_k = (k - (N-1)/2) / ((N-1)/2) for the N frequencies in ascending order: none of them is 0 when N is even. On the
 * usual grid, response maps of Simoncelli's second and third level miss the consensus. Of the complex response that
 * such a grid gives, the real part is the image's. Where two axes or more are even, the response to a mirrored image is
 * not quite the mirrored response: statistics of random images of 16 x 18 x 14 voxels differ by 2 % of the range, of
 * 64 x 64 x 13 by 0.1 %. */
#ifndef RML_IMAGE_FOURIER_H
#define RML_IMAGE_FOURIER_H

#include "kernels/image/patch.h"

enum { RML_FOURIER_MAX_LEVEL = 30, RML_FOURIER_MAX_ORDER = 20 };

typedef struct rml_fourier {
    int simoncelli;   /* level, 1 .. RML_FOURIER_MAX_LEVEL; 0: none */
    int32_t riesz[3]; /* order along x, y, z, at most RML_FOURIER_MAX_ORDER together; all 0: none */
    int n_axes;       /* 3, or 2: every axial slice for itself, riesz[2] is 0 */
} rml_fourier;

/* image  the whole of it, or with what it is to be continued by beyond its border
 * out    of the image's size, x fastest; apart from the image's voxels
 * Needs 8 bytes a voxel beside.
 *
 * RML_EINVAL  a setting out of range, neither of the two asked for; RML_ENOMEM */
RML_CHECKED rml_status rml_fourier_apply(const rml_patch *image, const rml_fourier *filter, double *out);

#endif
