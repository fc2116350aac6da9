/* The decimated separable wavelet transform (Mallat's), whose every level keeps half of the coefficients along an axis:
 * the low-pass along every axis at the levels below, then the band. Coefficients, their number and their order are
 * those of PyWavelets 1.5.0, with its extension mode for a border: 'zero', 'constant' (nearest), 'symmetric' (mirror),
 * 'reflect' (whole), 'periodization' (periodic).
 *
 *     y[k] = sum_j h[j] x[2k + 1 - j],    k < floor((n + L - 1) / 2)
 *     y[k] = sum_j h[j] x[2k + L/2 - j],  k < ceil(n / 2), periodic; an odd n has its last value twice
 *
 * with h the analysis filter of L taps. Unlike in the undecimated transform (kernels/image/atrous.h) the border's rule
 * is applied anew to what each level makes; away from the border both have the same value, at the voxel where tap L/2
 * of every level's filter stands. That voxel is where a coefficient is taken to be: the response is an image of 2^level
 * times the spacing along the filtered axes, and of a ROI those voxels count that a coefficient stands at. Some
 * coefficients stand beyond the border, in no voxel.
 *
 * Rotations are not pooled: a filter that is turned takes its samples at other voxels. */
#ifndef RML_IMAGE_DECIMATED_H
#define RML_IMAGE_DECIMATED_H

#include "kernels/image/patch.h"
#include "kernels/image/wavelet_table.h"

enum { RML_DECIMATED_MAX_LEVEL = 12 };

typedef struct rml_decimated {
    const rml_wavelet *wavelet;
    const char *bands; /* a letter an axis, x first: "LHL"; two letters: axial slices */
    int32_t level;     /* 1 .. RML_DECIMATED_MAX_LEVEL */
    rml_border border;
} rml_decimated;

/* Coefficient k of an axis stands at voxel first + k * step. */
typedef struct rml_decimated_grid {
    int32_t size[3]; /* coefficients; along z of slices as many as there are */
    int32_t first[3], step[3];
} rml_decimated_grid;

/* size: of the image, voxels.
 * RML_ESETTING  other bands, or a level out of range
 * RML_EINVAL    a size below 1, or above 2^30 */
RML_CHECKED rml_status rml_decimated_grid_init(const rml_decimated *transform, const int32_t size[3],
                                               rml_decimated_grid *grid);

/* The coefficients that stand at voxels of a box of the image; a size of 0: none does. */
rml_box rml_decimated_box(const rml_decimated_grid *grid, const rml_box *voxels);

/* A box of coefficients as an image: each in the place of the voxel where it stands. image: the grid of the voxels. */
rml_grid rml_decimated_world(const rml_decimated_grid *grid, const rml_grid *image, const rml_box *box);

/* A mask at the coefficients: of each the byte of the voxel where it stands, 0 where that is not in mask_box.
 * mask  in   [mask_box]
 * out   out  [box], coefficients
 * Returns how many are not 0. */
int64_t rml_decimated_mask(const rml_decimated_grid *grid, const rml_box *mask_box, const uint8_t *mask,
                           const rml_box *box, uint8_t *out);

/* The voxels that a box of coefficients is made from. They lie in the image: the border's rule is in the weights.
 * Near a periodic border they may be all of an axis. */
rml_box rml_decimated_reach(const rml_decimated *transform, const int32_t size[3], const rml_box *box);

/* size   in   of the image
 * box    in   coefficients, within the grid's size
 * patch  in   the image, cut for rml_decimated_reach of the same arguments
 * out    out  [box], x fastest
 *
 * RML_ESETTING and RML_EINVAL as of the grid; RML_EINVAL also for an empty box, one that is not in the grid, or a patch
 * of another size than the reach; RML_ENOMEM
 * Source: Mallat 1989, "A theory for multiresolution signal decomposition". */
RML_CHECKED rml_status rml_decimated_apply(const rml_decimated *transform, const int32_t size[3], const rml_box *box,
                                           const rml_patch *patch, double *out);

/* Bytes that coefficients at the voxels of a box take, about, the patch among them, wherever the box lies. */
double rml_decimated_bytes(const rml_decimated *transform, const int32_t size[3], const int32_t box_size[3]);

#endif
