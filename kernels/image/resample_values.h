/* An image's values on another grid. */
#ifndef RML_IMAGE_RESAMPLE_VALUES_H
#define RML_IMAGE_RESAMPLE_VALUES_H

#include "kernels/image/patch.h"
#include "kernels/image/resample_taps.h"
#include "kernels/preprocess/normalise.h"

/* What is interpolated. */
typedef struct rml_resample_image {
    rml_patch_source source;            /* the image, stored or as a patch */
    const rml_grid *grid;               /* of the image; NULL: the volume's */
    const rml_normalisation *normalise; /* applied to each voxel as it is decoded, which makes the type float64; NULL:
                                           none. What else is done to voxels first goes into a patch */
} rml_resample_image;

/* The image's voxels that are read for a target grid, a spline's halo included; every size 0: no point of the grid lies
 * inside the image. The image's slices in it must be loaded.
 * RML_EGEOMETRY  a singular direction */
RML_CHECKED rml_status rml_resample_read(const rml_grid *image, const rml_grid *target, rml_interpolator kind,
                                         rml_box *reach);

/* Bytes of scratch that rml_resample_values takes beside its result, at most; infinite rather than overflowing. */
double rml_resample_scratch(const rml_grid *image, const rml_grid *target, rml_interpolator kind);

/* Values at the centres of the target's voxels, as SimpleITK 2.3.1's ResampleImageFilter gives them: 0 where the
 * continuous index in the image is outside [-0.5, size - 0.5); else interpolated in double and put into the image's own
 * type (float64 when normalised): whole numbers clamped and truncated towards 0, float32 rounded.
 *
 * The image goes on by its outermost voxels (linear, windowed sincs), by mirroring about their centres (spline; along
 * an axis of two voxels ITK reads beyond its coefficients, which gives anything), or not at all (Gaussians).
 *
 * Grids whose axes run alike are done axis by axis. Wherever that could give another whole number than ITK's own order
 * of sums, the voxel is done again in that order.
 *
 * out  of the target's size and spacing; to be freed with rml_patch_free
 *
 * RML_EINVAL     no such interpolator
 * RML_EGEOMETRY  a singular direction
 * RML_EVALUE     spline: a NaN or infinite voxel in what it reads (with the others it reaches as far as its taps)
 * RML_ENOMEM */
RML_CHECKED rml_status rml_resample_values(const rml_resample_image *image, const rml_grid *target,
                                           rml_interpolator kind, rml_patch *out);

#endif
