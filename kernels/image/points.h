/* Filters of a voxel alone, scaled by the largest absolute value of a region: PyRadiomics' Square, SquareRoot,
 * Logarithm and Exponential. The region is the whole image that is filtered (pre-cropped or resampled where it is),
 * never the part that is wanted, so it is handed in; its largest value is found without a copy. */
#ifndef RML_IMAGE_POINTS_H
#define RML_IMAGE_POINTS_H

#include "kernels/image/patch.h"

typedef enum rml_point {
    RML_POINT_SQUARE,     /* (x / sqrt(c))^2 */
    RML_POINT_SQUAREROOT, /* sign(x) sqrt(|x| c) */
    RML_POINT_LOGARITHM,  /* sign(x) log(|x| + 1) c / log(c + 1) */
    RML_POINT_EXPONENTIAL /* exp(x log(c) / c) */
} rml_point;

/* max |x| of a box of a stored image, in one pass over the voxels as they lie.
 * RML_EINVAL  a box that is empty or not within the loaded slices
 * RML_EVALUE  a NaN or infinite voxel; *largest is NaN
 * RML_ENOMEM */
RML_CHECKED rml_status rml_point_largest_stored(const rml_volume *volume, const rml_box *box, double *largest);

/* max |x| of x[n]; a patch of size 1 or more. RML_EINVAL  n below 1; RML_EVALUE  as above */
RML_CHECKED rml_status rml_point_largest(const double *x, int64_t n, double *largest);

/* out[n] of x[n]; may be x. Whatever type the image had, both are computed with as doubles, and the response is one
 * (RML_FLOAT64), as PyRadiomics does.
 * largest     c above; not smaller than any |x|
 * RML_EVALUE  a largest that is not finite, or 0 (where only a square root is defined); out is then NaN
 * Source: PyRadiomics 3.0.1 getSquareImage, getSquareRootImage, getLogarithmImage, getExponentialImage. */
RML_CHECKED rml_status rml_point_apply(rml_point kind, double largest, const double *x, int64_t n, double *out);

#endif
