/* How deep a voxel lies in a mask. */
#ifndef RML_IBSI_DISTANCE_H
#define RML_IBSI_DISTANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernels/base/status.h"

/* The number of erosions after which a voxel is gone: 1 at the border. Erosion takes voxels that have a face (in
 * slices: an edge) in common with one outside the mask, so this is the city-block distance to the nearest of these.
 * What lies beyond the box is outside the mask.
 *
 * mask       in   [nz*ny*nx] 1 inside, else 0; x fastest
 * in_slices  in   every slice on its own
 * distance   out  [nz*ny*nx], 0 outside the mask
 * largest    out  0 without a voxel
 *
 * RML_ECAPACITY  a box so large that a distance could exceed 65535 */
RML_CHECKED rml_status rml_ibsi_distance(const uint8_t *mask, const int32_t size[3], bool in_slices, uint16_t *distance,
                                         uint16_t *largest);

#endif
