#include "kernels/texture/equal.h"

#include <assert.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Bit k: here[k] is in the ROI and equals there[k], for k = 0..15. The instruction that gathers bits has no form that
 * compilers find by themselves; every x86-64 has it. (Measured, 13 directions: 2.5 ns a voxel; 3.2 for bytes
 * that were gathered by a multiplication under AVX-512.) */
static inline uint64_t equal_16(const uint16_t *here, const uint16_t *there)
{
#ifdef __SSE2__
    __m128i equal[2];

    for (int64_t half = 0; half < 2; ++half) {
        const __m128i a = _mm_loadu_si128((const __m128i *)(const void *)(here + 8 * half));
        const __m128i b = _mm_loadu_si128((const __m128i *)(const void *)(there + 8 * half));

        equal[half] = _mm_andnot_si128(_mm_cmpeq_epi16(a, _mm_setzero_si128()), _mm_cmpeq_epi16(a, b));
    }
    return (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_packs_epi16(equal[0], equal[1]));
#else
    uint64_t bits = 0;

    for (int k = 0; k < 16; ++k) bits |= (uint64_t)(here[k] != 0 && here[k] == there[k]) << k;
    return bits;
#endif
}

/* Sixteen voxels are compared at once even where the row ends among them, which spares a remainder; of a row's last
 * word no more than the sixteens that it has. What is read beyond the row is still the picture: a voxel's row is
 * followed by at least one margin row and one margin slice. */
void rml_equal_slice(const rml_levels *levels, int32_t z, const int32_t step[3], uint64_t *bits)
{
    const int64_t n_words = rml_equal_words(levels), delta = rml_levels_delta(levels, step);
    const int64_t n_last = levels->size[0] - 64 * (n_words - 1); /* voxels of the last word, 1..64 */
    const uint64_t last = ~UINT64_C(0) >> (64 - n_last);

    assert(delta <= 0);
    for (int32_t y = 0; y < levels->size[1]; ++y, bits += n_words) {
        const uint16_t *here = levels->level + z * levels->slice + y * levels->row;

        for (int64_t word = 0; word < n_words - 1; ++word, here += 64)
            bits[word] = equal_16(here, here + delta) | equal_16(here + 16, here + 16 + delta) << 16 |
                         equal_16(here + 32, here + 32 + delta) << 32 | equal_16(here + 48, here + 48 + delta) << 48;
        bits[n_words - 1] = 0;
        for (int64_t x = 0; x < n_last; x += 16) bits[n_words - 1] |= equal_16(here + x, here + x + delta) << x;
        bits[n_words - 1] &= last;
    }
}
