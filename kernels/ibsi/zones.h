/* IBSI's grey level size zone (9SAK) and distance zone (VMDZ) matrices, whose zones are the same, and their features.
 */
#ifndef RML_IBSI_ZONES_H
#define RML_IBSI_ZONES_H

#include "kernels/ibsi/catalogue_texture.h"
#include "kernels/texture/levels.h"

/* Zones of equal level are 26-connected, or 8-connected in a slice. A zone's distance is the least of its voxels': the
 * erosions of the morphological mask, 6-connected or 4-connected in a slice, after which the voxel is gone.
 *
 * levels          in   the intensity mask's picture
 * morphological   in   [nz*ny*nx] of the levels' box, x fastest: 1 inside, else 0; no voxel of the intensity mask is
 *                      outside it, and beyond the box it has no voxel. May be NULL without distance_rows
 * size_rows       in   aggregations of GLSZM to compute; the others' rows are NaN
 * distance_rows   in   those of GLDZM
 * size_value      out  [RML_IBSI_N_WHOLE * 16], row by row
 * distance_value  out  [RML_IBSI_N_WHOLE * 16]
 *
 * RML_EINVAL     a margin of 0, or a voxel of the intensity mask outside the morphological one
 * RML_ECAPACITY  a picture of 2^31 cells or more, or one with as many pairs of a level and a distance
 * RML_ENOMEM */
RML_CHECKED rml_status rml_ibsi_zones(const rml_levels *levels, const uint8_t *morphological, rml_ibsi_rows size_rows,
                                      rml_ibsi_rows distance_rows, double *size_value, double *distance_value);

#endif
