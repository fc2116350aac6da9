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
 *             that is not 0 counting from dx is -1 (so that no read passes the end of the picture); or all 0, for the
 *             bits of the ROI itself
 * bits   out  [ny*words]; bit x%64 of word y*words + x/64 is set where voxel (x,y,z) is in the ROI and equals its
 *             neighbour; bits from nx on are 0 */
void rml_equal_slice(const rml_levels *levels, int32_t z, const int32_t step[3], uint64_t *bits);

#define RML_BITS_ROOM 68 /* what rml_bits_list may write */

/* Lists the set bits of a word: list[k] = start + place of the k-th. How many there are cannot be foretold, and a wrong
 * guess of the processor costs more than several bits: so they are written four at a time, some in vain.
 *
 * list     out  [RML_BITS_ROOM]
 * returns the number of bits */
static inline int32_t rml_bits_list(uint64_t bits, int64_t start, int64_t *list)
{
    int32_t n = 0;

    while (bits)
        for (int k = 0; k < 4; ++k) {
            list[n] = start + __builtin_ctzll(bits | UINT64_C(1) << 63);
            n += bits != 0;
            bits &= bits - 1;
        }
    return n;
}

#endif
