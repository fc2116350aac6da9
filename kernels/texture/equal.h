/* Equality bits: which voxels of the ROI have the level of a given neighbour. Runs, zones and everything else that is
 * made of equal neighbours is found from these, 64 voxels a word. */
#ifndef RML_TEXTURE_EQUAL_H
#define RML_TEXTURE_EQUAL_H

#include <stdint.h>

#include "kernels/texture/levels.h"

/* Words that hold one bit for each voxel of a row of the box. */
static inline int64_t rml_equal_words(const rml_levels *levels)
{
    return ((int64_t)levels->size[0] + 63) / 64;
}

/* Elements from a voxel to its neighbour at step = {dx, dy, dz}. */
static inline int64_t rml_levels_delta(const rml_levels *levels, const int32_t step[3])
{
    return step[0] + step[1] * levels->row + step[2] * levels->slice;
}

/* The bits of one slice of the box for one neighbour.
 *
 * z      in   0..nz-1
 * step   in   {dx, dy, dz}, each -1..1, to a neighbour that comes before the voxel in memory: the last of dz, dy, dx
 *             that is not 0 counting from dx is -1 (so that no read passes the end of the picture)
 * bits   out  [ny*words]; bit x%64 of word y*words + x/64 is set where voxel (x,y,z) is in the ROI and equals its
 *             neighbour; bits from nx on are 0 */
void rml_equal_slice(const rml_levels *levels, int32_t z, const int32_t step[3], uint64_t *bits);

#endif
