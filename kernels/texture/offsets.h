/* The neighbour offsets of a texture matrix, in PyRadiomics' order. */
#ifndef RML_TEXTURE_OFFSETS_H
#define RML_TEXTURE_OFFSETS_H

#include "kernels/texture/levels.h"
#include "kernels/texture/settings.h"

typedef struct rml_offset {
    int32_t step[3]; /* dx, dy, dz in voxels */
} rml_offset;

/* Lists the one-directional offsets (one of each pair of opposites) of all distances: 13 in 3D and 4 in 2D at distance
 * 1. Offsets that reach the box's extent on any axis are left out, and with force_2d those along its axis. A distance
 * that is given twice gives its offsets twice, as in PyRadiomics.
 *
 * offsets  out  [capacity], from the largest down, z slowest
 * returns the number of offsets, which may exceed capacity (then only capacity were written). */
int32_t rml_offsets_list(const int32_t size[3], const int32_t *distances, int32_t n_distances, bool force_2d,
                         int32_t force_2d_axis, rml_offset *offsets, int32_t capacity);

#endif
