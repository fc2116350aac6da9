#include "kernels/shape/bits.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Eight bytes of 0 or 1 to eight bits, the first byte lowest: each byte's bit is moved to its place in the top byte by
 * one term of the multiplier, and no two terms meet. */
static unsigned pack_eight(const uint8_t *bytes)
{
    uint64_t eight = 0;

    for (int b = 0; b < 8; ++b) eight |= (uint64_t)bytes[b] << (8 * b); /* one load on a little-endian machine */
    return (unsigned)(eight * UINT64_C(0x0102040810204080) >> 56);
}

static bool row_any(const uint8_t *row, int32_t n)
{
    return memchr(row, 1, (size_t)n) != NULL;
}

static bool tight_box(const uint8_t *mask, const int32_t size[3], int32_t first[3], int32_t last[3])
{
    const int64_t nx = size[0], ny = size[1];

    for (int a = 0; a < 3; ++a) first[a] = size[a], last[a] = -1;
    for (int32_t z = 0; z < size[2]; ++z)
        for (int32_t y = 0; y < size[1]; ++y) {
            const uint8_t *row = mask + (z * ny + y) * nx;
            if (!row_any(row, size[0])) continue;
            if (last[2] < 0) first[2] = z;
            last[2] = z;
            if (y < first[1]) first[1] = y;
            if (y > last[1]) last[1] = y;
            for (int32_t x = 0; x < first[0]; ++x) /* only what could move a bound is looked at */
                if (row[x]) first[0] = x;
            for (int32_t x = size[0] - 1; x > last[0]; --x)
                if (row[x]) last[0] = x;
        }
    return last[2] >= 0;
}

static int64_t pack_row(const uint8_t *row, int32_t n, uint64_t *words)
{
    int64_t n_voxels = 0;

    for (int32_t x = 0; x < n; x += 8) {
        uint8_t tail[8] = {0};
        const int32_t bit = x + 1, shift = bit & 63; /* the margin's voxel is bit 0 */
        uint64_t eight;
        if (n - x < 8) memcpy(tail, row + x, (size_t)(n - x));
        eight = pack_eight(n - x < 8 ? tail : row + x);
        words[bit >> 6] |= eight << shift;
        if (shift > 56) words[(bit >> 6) + 1] |= eight >> (64 - shift);
        n_voxels += __builtin_popcountll(eight);
    }
    return n_voxels;
}

rml_status rml_bits_init(rml_bits *bits, const uint8_t *mask, const int32_t size[3])
{
    int32_t first[3], last[3];
    int64_t n_rows;

    *bits = (rml_bits){0};
    if (!tight_box(mask, size, first, last)) return RML_EEMPTY;
    for (int a = 0; a < 3; ++a) bits->size[a] = last[a] - first[a] + 1;
    /* Room for the margin on both sides and for the eight-bit write that ends the row. */
    bits->n_words = (bits->size[0] + 2 + 7) / 64 + 1;
    n_rows = ((int64_t)bits->size[1] + 2) * (bits->size[2] + 2);
    bits->words = calloc((size_t)(n_rows * bits->n_words), sizeof *bits->words);
    if (!bits->words) return RML_ENOMEM;
    for (int32_t z = 0; z < bits->size[2]; ++z)
        for (int32_t y = 0; y < bits->size[1]; ++y) {
            const int64_t row = ((int64_t)(first[2] + z) * size[1] + first[1] + y) * size[0] + first[0];
            bits->n_voxels += pack_row(mask + row, bits->size[0],
                                       bits->words + ((int64_t)(z + 1) * (bits->size[1] + 2) + y + 1) * bits->n_words);
        }
    return RML_OK;
}

void rml_bits_free(rml_bits *bits)
{
    if (!bits) return;
    free(bits->words);
    *bits = (rml_bits){0};
}
