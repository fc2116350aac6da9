/* Shape features of a mask of one slice, from its marching-squares contour and its pixel centres. */
#ifndef RML_SHAPE_SHAPE2D_H
#define RML_SHAPE_SHAPE2D_H

#include "kernels/base/reason.h"
#include "kernels/base/status.h"
#include "kernels/features/catalogue.h"

/* Perimeter and area of the contour around the pixels of a slice.
 *
 * plane      in   [(nv+2)*(nu+2)] 1 in the ROI, else 0, u fastest; the outermost rows and columns are 0
 * size       in   {nu, nv}, without that margin
 * spacing    in   {u, v}, mm
 * perimeter  out  mm
 * area       out  mm^2
 *
 * Cannot fail.
 * Source: PyRadiomics shape2D, Perimeter and MeshSurface (see the top of shape2d.c). */
void rml_contour_measure(const uint8_t *plane, const int32_t size[2], const double spacing[2], double *perimeter,
                         double *area);

/* The features of class RML_SHAPE_2D.
 *
 * mask     in  [nz*ny*nx] 1 in the ROI, else 0; x fastest; need not be tight within the slice
 * size     in  {nx, ny, nz}
 * spacing  in  mm
 * axis     in  0 .. 2 for x, y, z: across the slice; size[axis] is 1
 * the rest as rml_shape_features has it
 *
 * RML_EINVAL  axis is none, or the mask is more than one slice along it
 * RML_EEMPTY  no voxel in the mask
 * RML_ENOMEM
 * Source: PyRadiomics shape2D. */
RML_CHECKED rml_status rml_shape2d_features(const uint8_t *mask, const int32_t size[3], const double spacing[3],
                                            int32_t axis, rml_wanted wanted, double *value, uint8_t *reason);

#endif
