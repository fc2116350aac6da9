#include "kernels/texture/equal.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

/* Bits from 64 bytes that are each 0 or 1. The product of eight such bytes with the constant holds byte k in bit 56 +
 * k: the exponents 8k + 7m that can occur are all different, so nothing carries into the top byte. */
static inline uint64_t gather(const uint8_t *bytes)
{
    uint64_t bits = 0;

    for (int part = 0; part < 8; ++part) {
        uint64_t eight;

        memcpy(&eight, bytes + 8 * part, sizeof eight);
        bits |= (le64toh(eight) * UINT64_C(0x0102040810204080) >> 56) << (8 * part);
    }
    return bits;
}

/* Whole words are compared even where the row ends inside one, which keeps the loop free of a remainder. What is read
 * beyond the row is still the picture: a voxel's row is followed by at least one margin row and one margin slice. */
RML_HOT void rml_equal_slice(const rml_levels *levels, int32_t z, const int32_t step[3], uint64_t *bits)
{
    const int64_t n_words = rml_equal_words(levels), delta = rml_levels_delta(levels, step);
    const uint64_t last = ~UINT64_C(0) >> (n_words * 64 - levels->size[0]);

    assert(delta < 0);
    for (int32_t y = 0; y < levels->size[1]; ++y, bits += n_words) {
        const uint16_t *here = levels->level + z * levels->slice + y * levels->row, *there = here + delta;

        for (int64_t word = 0; word < n_words; ++word) {
            uint8_t same[64];

            for (int lane = 0; lane < 64; ++lane)
                same[lane] =
                    (uint8_t)((here[64 * word + lane] == there[64 * word + lane]) & (here[64 * word + lane] != 0));
            bits[word] = gather(same);
        }
        bits[n_words - 1] &= last;
    }
}
