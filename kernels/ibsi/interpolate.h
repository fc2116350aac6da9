/* Interpolation on IBSI's grid (VTM2): as many voxels as cover the image, rounded up, the two grids' centres on each
 * other. Beyond its border the image goes on with its nearest voxel. */
#ifndef RML_IBSI_INTERPOLATE_H
#define RML_IBSI_INTERPOLATE_H

#include "kernels/image/patch.h"

typedef enum rml_ibsi_method {
    RML_IBSI_NEAREST,
    RML_IBSI_LINEAR,
    RML_IBSI_CUBIC /* the cubic B-spline through the voxels (scipy's map_coordinates, order 3) */
} rml_ibsi_method;

/* Voxel j of the new grid stands at first[a] + j * step[a] in the image's index coordinates along axis a. */
typedef struct rml_ibsi_grid {
    int32_t size[3];   /* of the new grid */
    double spacing[3]; /* mm, new */
    double first[3], step[3];
} rml_ibsi_grid;

/* size, spacing  in  of the image
 * wanted         in  the new spacing in mm; the image's own along an axis (z in slices) leaves that axis as it is
 *
 * RML_EINVAL   a size below 1, a spacing that is not above 0 and finite
 * RML_ESETTING more voxels along an axis than an int32 holds
 * Source: IBSI reference manual, "Interpolation", with the grid of its reference implementation. */
RML_CHECKED rml_status rml_ibsi_grid_init(const int32_t size[3], const double spacing[3], const double wanted[3],
                                          rml_ibsi_grid *grid);

/* The voxels of the image that a box of the new grid is made from, some of them beyond the border: what is to be cut
 * with RML_BORDER_NEAREST. */
rml_box rml_ibsi_interpolate_reach(const rml_ibsi_grid *grid, const rml_box *box, rml_ibsi_method method);

/* The box of the new grid that holds all voxels which `box` of the image has a part in, by linear interpolation. */
rml_box rml_ibsi_interpolate_image_of(const rml_ibsi_grid *grid, const rml_box *box);

/* image  in   cut for rml_ibsi_interpolate_reach of the same arguments
 * out    out  [box size], x fastest
 *
 * RML_EINVAL  an empty box, or a patch of another size than the reach
 * RML_EVALUE  a NaN or infinite voxel under the spline, over all of which it would spread
 * RML_ENOMEM */
RML_CHECKED rml_status rml_ibsi_interpolate(const rml_ibsi_grid *grid, const rml_box *box, rml_ibsi_method method,
                                            const rml_patch *image, double *out);

/* Intensities of CT after interpolation: to the nearest whole number, halves to the even one. What is within 1e-9 of a
 * half is one: between whole intensities weights such as 0.45 and 0.55 make many, and their rounding, which hangs on
 * the way an axis runs, must not say to which side they go. */
void rml_ibsi_round(double *values, int64_t n);

/* An interpolated mask back to 0 and 1: inside where it is at least the threshold (IBSI's configurations have 0.5),
 * less 1e-9 for the rounding of weights that add to just that. */
void rml_ibsi_mask(const double *interpolated, int64_t n, double threshold, uint8_t *mask);

#endif
