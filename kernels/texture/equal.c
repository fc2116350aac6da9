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

/* Whole words are compared even where the row ends inside one, which keeps the loop free of a remainder. What is read
 * beyond the row is still the picture: a voxel's row is followed by at least one margin row and one margin slice. */
void rml_equal_slice(const rml_levels *levels, int32_t z, const int32_t step[3], uint64_t *bits)
{
    const int64_t n_words = rml_equal_words(levels), delta = rml_levels_delta(levels, step);
    const uint64_t last = ~UINT64_C(0) >> (n_words * 64 - levels->size[0]);

    assert(delta < 0);
    for (int32_t y = 0; y < levels->size[1]; ++y, bits += n_words) {
        const uint16_t *here = levels->level + z * levels->slice + y * levels->row, *there = here + delta;

        for (int64_t word = 0; word < n_words; ++word) {
            const uint16_t *a = here + 64 * word, *b = there + 64 * word;

            bits[word] = equal_16(a, b) | equal_16(a + 16, b + 16) << 16 | equal_16(a + 32, b + 32) << 32 |
                         equal_16(a + 48, b + 48) << 48;
        }
        bits[n_words - 1] &= last;
    }
}
