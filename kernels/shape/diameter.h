/* The largest distances between vertices of the marching-cubes mesh. */
#ifndef RML_SHAPE_DIAMETER_H
#define RML_SHAPE_DIAMETER_H

#include "kernels/shape/bits.h"

typedef struct rml_diameters { /* mm */
    double whole;              /* PyRadiomics Maximum3DDiameter: any two vertices */
    double slice;              /* Maximum2DDiameterSlice: of equal z */
    double column;             /* Maximum2DDiameterColumn: of equal y */
    double row;                /* Maximum2DDiameterRow: of equal x */
} rml_diameters;

/* Exact maxima over all pairs, in less than quadratic time (see the top of diameter.c).
 *
 * bits     in   the mask; its mesh vertices are the middles of the edges between a voxel inside and one outside
 * spacing  in   mm
 *
 * RML_ENOMEM
 * Source: PyRadiomics shape, Maximum...Diameter. */
RML_CHECKED rml_status rml_diameters_measure(const rml_bits *bits, const double spacing[3], rml_diameters *diameters);

/* The mesh vertices that are corners of the convex hull of the vertices in each of the three axis planes that they lie
 * in: all corners of the mesh's convex hull are among them.
 *
 * point  out  [n][3] malloc'ed; in half voxels from the low faces of the mask's tight box
 * n      out
 *
 * RML_ENOMEM  *point is NULL */
RML_CHECKED rml_status rml_mesh_corners(const rml_bits *bits, int32_t (**point)[3], int64_t *n);

#endif
