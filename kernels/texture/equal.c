#include "kernels/texture/equal.h"

#include <assert.h>
#include <string.h>

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

/* Sixteen voxels are compared at once even where the ROI's part of the row begins or ends among them, which spares a
 * remainder: what lies beside it is 0 and sets no bit. What is read beyond the row is still the picture: a voxel's row
 * is followed by at least one margin row and one margin slice. */
void rml_equal_slice(const rml_levels *levels, int32_t z, const int32_t step[3], uint64_t *bits)
{
    const int64_t n_words = rml_equal_words(levels), delta = rml_levels_delta(levels, step);
    const int32_t(*extent)[2] = (const int32_t(*)[2])(levels->extent + (int64_t)z * levels->size[1]);

    assert(delta <= 0);
    memset(bits, 0, (size_t)(n_words * levels->size[1]) * sizeof *bits);
    for (int32_t y = 0; y < levels->size[1]; ++y, bits += n_words) {
        const uint16_t *here = levels->level + z * levels->slice + y * levels->row;

        for (int64_t x = (int64_t)extent[y][0] / 16 * 16; x <= extent[y][1]; x += 16)
            bits[x / 64] |= equal_16(here + x, here + x + delta) << x % 64;
    }
}
