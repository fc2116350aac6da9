/* The interpolators: which voxels along an axis make the value at a continuous index, and with which weights. */
#ifndef RML_IMAGE_RESAMPLE_TAPS_H
#define RML_IMAGE_RESAMPLE_TAPS_H

#include <stdbool.h>
#include <stdint.h>

/* SimpleITK 2.3.1's numbers, which PyRadiomics takes in place of a name. 3 is no interpolator there (sitkBSpline is 23
 * by name alone), so it is none here. */
typedef enum rml_interpolator {
    RML_INTERPOLATE_NEAREST = 1,
    RML_INTERPOLATE_LINEAR = 2,
    RML_INTERPOLATE_GAUSSIAN = 4,       /* sigma 0.8 voxels, cut at 4 sigma, divided by the sum of the weights */
    RML_INTERPOLATE_LABEL_GAUSSIAN = 5, /* the value whose voxels have most weight together; sigma 1 voxel, cut there */
    RML_INTERPOLATE_HAMMING = 6,        /* windowed sincs of radius 5, whose weights are not made to add to 1 */
    RML_INTERPOLATE_COSINE = 7,
    RML_INTERPOLATE_WELCH = 8,
    RML_INTERPOLATE_LANCZOS = 9,
    RML_INTERPOLATE_BLACKMAN = 10,
    RML_INTERPOLATE_BSPLINE = 23 /* cubic; of the spline's coefficients (resample_spline.h), not of the voxels */
} rml_interpolator;

bool rml_interpolator_known(int kind);

enum { RML_MOST_TAPS = 10 };

/* How many taps, and how far they reach: voxels below floor(index) and above it. */
typedef struct rml_tap_reach {
    int32_t n, below, above;
} rml_tap_reach;

rml_tap_reach rml_resample_reach(rml_interpolator kind);

/* The taps at a continuous index along an axis.
 *
 * index    in   within [-0.5, n - 0.5)
 * n        in   voxels of the image along the axis
 * spacing  in   mm of the image along the axis; the Gaussian's last bits hang on it
 * weight   out  [reach.n] of the voxels first, first + 1, … Linear: weight[0] = 1 and weight[1] the part of the way
 * from the first voxel to the second (value = a + (b - a) * part). Gaussian: 0 outside the image. Nearest: 1 first out
 * may lie outside the image, which goes on there as resample_values.h says
 *
 * True: a rounding of the index may change the taps by more than their rounding (a Gaussian that just reaches a voxel).
 *
 * Sources: Thévenaz, Blu & Unser 2000, IEEE Trans. Med. Imaging 19, 739 (spline); Meijering et al. 1999 (windowed
 * sincs); radius, sigma and cut as measured on SimpleITK 2.3.1. */
bool rml_resample_taps(rml_interpolator kind, double index, int32_t n, double spacing, int32_t *first, double *weight);

#endif
