#include "kernels/texture/offsets.h"

#include <stdlib.h>

static int32_t larger(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

int32_t rml_offsets_list(const int32_t size[3], const int32_t *distances, int32_t n_distances, bool force_2d,
                         int32_t force_2d_axis, rml_offset *offsets, int32_t capacity)
{
    int32_t reach = 0, bound[3], n = 0;

    for (int32_t d = 0; d < n_distances; ++d) reach = larger(reach, distances[d]);
    for (int axis = 0; axis < 3; ++axis) {
        bound[axis] = reach < size[axis] ? reach : size[axis] - 1;
        if (force_2d && axis == 2 - force_2d_axis) bound[axis] = 0; /* PyRadiomics counts axes from z */
    }
    /* Going down from the largest, the one-directional half is what lies before (0,0,0). */
    for (int32_t z = bound[2]; z >= 0; --z)
        for (int32_t y = bound[1]; y >= (z > 0 ? -bound[1] : 0); --y)
            for (int32_t x = bound[0]; x >= (z > 0 || y > 0 ? -bound[0] : 1); --x) {
                const int32_t distance = larger(z, larger(abs(y), abs(x)));

                for (int32_t d = 0; d < n_distances; ++d) {
                    if (distances[d] != distance) continue;
                    if (n < capacity) offsets[n] = (rml_offset){{x, y, z}};
                    ++n;
                }
            }
    return n;
}
