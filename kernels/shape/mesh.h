/* Volume and area of the surface that marching cubes puts around a mask. */
#ifndef RML_SHAPE_MESH_H
#define RML_SHAPE_MESH_H

#include "kernels/shape/bits.h"

/* bits     in   the mask
 * spacing  in   mm
 * origin   in   {x, y, z} of the point from which the signed tetrahedra of the volume are spanned, in voxels from the
 *               corner of the box with its margin; {0, 0, 0} is PyRadiomics' for a mask cut to its box
 * volume   out  mm^3
 * area     out  mm^2
 *
 * Cannot fail: needs no memory of its own.
 * Source: Lorensen & Cline 1987; PyRadiomics MeshVolume, SurfaceArea (see the top of mesh.c). */
void rml_mesh_measure(const rml_bits *bits, const double spacing[3], const int32_t origin[3], double *volume,
                      double *area);

/* The same of a surface that is closed whatever the mask, so that the volume hangs on no origin, and neither of the two
 * on how the mask is turned or mirrored: on a face of a cell, two corners of the ROI that lie across from each other
 * are joined. Where no face has such corners it is the surface above.
 *
 * Cannot fail.
 * Source: IBSI reference manual, "Morphological features", which leaves the choice open. */
void rml_mesh_measure_closed(const rml_bits *bits, const double spacing[3], double *volume, double *area);

/* The triangles of cell code 0..127 (bit c: corner c in the ROI): three hexadecimal digits each, the edges 0..b whose
 * midpoints are the corners, triangles apart by a blank. A code above 127 has those of 255 - code, seen from behind. */
const char *rml_mesh_triangles(int code);
const char *rml_mesh_closed_triangles(int code); /* of the closed mesh; a code above 127 has the same in both */

/* Corner c of the unit cell, and the two corners of edge e. */
extern const int8_t rml_mesh_corner[8][3];
extern const int8_t rml_mesh_edge[12][2];

#endif
