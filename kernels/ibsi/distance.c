/* City-block distances follow from two passes over the box: forwards, each voxel takes one more than the least of the
 * neighbours before it, and backwards of those behind. (A shortest way to a voxel outside goes along each axis in one
 * sense only, and its steps may be taken in any order; the two passes settle the axes' senses one after another.) */
#include "kernels/ibsi/distance.h"

#include <string.h>

static inline uint16_t smaller(uint16_t a, uint16_t b)
{
    return a < b ? a : b;
}

/* One row: the least of itself and one more than the rows beside it, NULL for outside the box, then along x.
 * A value never exceeds what the box's sides allow, so that one more does not overflow. */
static void relax_row(uint16_t *restrict row, const uint16_t *beside_y, const uint16_t *beside_z, bool in_slices,
                      int32_t nx, bool forwards)
{
    uint16_t before = 0;

    for (int32_t x = 0; x < nx; ++x) row[x] = smaller(row[x], (uint16_t)((beside_y ? beside_y[x] : 0) + 1));
    if (!in_slices)
        for (int32_t x = 0; x < nx; ++x) row[x] = smaller(row[x], (uint16_t)((beside_z ? beside_z[x] : 0) + 1));
    for (int32_t k = 0; k < nx; ++k) {
        const int32_t x = forwards ? k : nx - 1 - k;

        row[x] = smaller(row[x], (uint16_t)(before + 1));
        before = row[x];
    }
}

rml_status rml_ibsi_distance(const uint8_t *mask, const int32_t size[3], bool in_slices, uint16_t *distance,
                             uint16_t *largest)
{
    const int32_t nx = size[0], ny = size[1], nz = size[2];
    const int64_t slice = (int64_t)nx * ny, n = slice * nz;
    uint16_t most = 0;

    *largest = 0;
    if (nx >= UINT16_MAX && ny >= UINT16_MAX && (in_slices || nz >= UINT16_MAX)) return RML_ECAPACITY;
    for (int64_t v = 0; v < n; ++v) distance[v] = mask[v] ? UINT16_MAX : 0;
    for (int32_t z = 0; z < nz; ++z)
        for (int32_t y = 0; y < ny; ++y) {
            uint16_t *row = distance + z * slice + (int64_t)y * nx;

            relax_row(row, y > 0 ? row - nx : NULL, z > 0 ? row - slice : NULL, in_slices, nx, true);
        }
    for (int32_t z = nz - 1; z >= 0; --z)
        for (int32_t y = ny - 1; y >= 0; --y) {
            uint16_t *row = distance + z * slice + (int64_t)y * nx;

            relax_row(row, y < ny - 1 ? row + nx : NULL, z < nz - 1 ? row + slice : NULL, in_slices, nx, false);
        }
    for (int64_t v = 0; v < n; ++v) most = distance[v] > most ? distance[v] : most;
    *largest = most;
    return RML_OK;
}
