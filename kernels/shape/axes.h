/* Principal axes of a mask's voxel centres. */
#ifndef RML_SHAPE_AXES_H
#define RML_SHAPE_AXES_H

#include "kernels/shape/bits.h"

/* Variances (divided by N) of the ROI's voxel centres along their principal axes, ascending.
 * spacing   in   mm
 * variance  out  mm^2; below 1e-14 of the largest they are 0 */
void rml_axes_measure(const rml_bits *bits, const double spacing[3], double variance[3]);

/* Eigenvalues of a symmetric 3x3 matrix of no negative ones, ascending; below 1e-14 of the largest they are 0.
 * c is overwritten. */
void rml_axes_eigenvalues(double c[3][3], double value[3]);

#endif
