/* 1. Laying out   2. Dense   3. Sparse   4. Sums of cells
 *
 * Along one direction each row of voxels meets one other row. Only the stretch where both rows can hold ROI voxels is
 * walked, and there level 0 is counted like any other, so that the loop has no test. */
#include "kernels/texture/pairs.h"

#include <string.h>

#include "kernels/texture/scratch.h"

/* 1. Laying out */

/* Up to here a square is counted and read back faster than keys are sorted. */
static bool is_dense(const rml_levels *levels, rml_pair_form form)
{
    const int64_t side = (int64_t)levels->n_levels + 1;

    if (form != RML_PAIRS_AUTO) return form == RML_PAIRS_DENSE;
    if (side <= 360) return true;
    return side <= 2048 && side * side <= 4 * levels->n_voxels;
}

/* Neighbouring voxels are alike, so increments of one cell follow each other; in turns on several squares they need not
 * wait for one another. More squares than the first-level cache holds would cost more than they save. */
static int squares_for(int64_t side)
{
    if (side <= 48) return 4;
    return side <= 192 ? 2 : 1;
}

size_t rml_pairs_init(rml_pairs *pairs, const rml_levels *levels, rml_pair_form form, void *scratch)
{
    rml_scratch space = {.base = scratch};

    *pairs = (rml_pairs){.levels = levels, .dense = is_dense(levels, form), .side = (int64_t)levels->n_levels + 1};
    if (pairs->dense) {
        pairs->n_squares = squares_for(pairs->side);
        const size_t n_bytes = (size_t)(pairs->n_squares * pairs->side * pairs->side) * sizeof *pairs->squares;

        pairs->squares = rml_scratch_take(&space, n_bytes);
        if (scratch) memset(pairs->squares, 0, n_bytes);
    } else {
        pairs->keys = rml_scratch_take(&space, (size_t)levels->n_voxels * sizeof *pairs->keys);
        pairs->spare = rml_scratch_take(&space, (size_t)levels->n_voxels * sizeof *pairs->spare);
    }
    return space.used;
}

int64_t rml_pairs_capacity(const rml_levels *levels, bool folded)
{
    const int64_t n = levels->n_levels, n_cells = folded ? n * (n + 1) / 2 : n * n;

    return n_cells < levels->n_voxels ? n_cells : levels->n_voxels;
}

/* The stretch of row r = (y, z) in which it and the row at step can both hold ROI voxels: [*first, *last]. */
static bool overlap(const rml_pairs *pairs, int32_t y, int32_t z, const int32_t step[3], int32_t *first, int32_t *last)
{
    const int32_t ny = pairs->levels->size[1];
    const int32_t *near = pairs->levels->extent[(int64_t)z * ny + y];
    const int32_t *far = pairs->levels->extent[(int64_t)(z + step[2]) * ny + y + step[1]];

    if (near[0] > near[1] || far[0] > far[1]) return false; /* an empty row's ends are not for arithmetic */
    *first = near[0] > far[0] - step[0] ? near[0] : far[0] - step[0];
    *last = near[1] < far[1] - step[0] ? near[1] : far[1] - step[0];
    return *first <= *last;
}

typedef struct range {
    int32_t first, end;
} range;

/* The indices along an axis from which a step stays in the box. */
static range inside(int32_t size, int32_t step)
{
    return (range){step < 0 ? -step : 0, step > 0 ? size - step : size};
}

/* 2. Dense */

static void count_stretch(const uint16_t *a, const uint16_t *b, int32_t n, uint32_t side, uint32_t *const square[4])
{
    uint32_t *s0 = square[0], *s1 = square[1], *s2 = square[2], *s3 = square[3];
    int32_t x = 0;

    for (; x + 4 <= n; x += 4) {
        const uint32_t c0 = a[x] * side + b[x], c1 = a[x + 1] * side + b[x + 1];
        const uint32_t c2 = a[x + 2] * side + b[x + 2], c3 = a[x + 3] * side + b[x + 3];

        ++s0[c0];
        ++s1[c1];
        ++s2[c2];
        ++s3[c3];
    }
    for (; x < n; ++x) ++s0[a[x] * side + b[x]];
}

/* Adds the squares into the first and clears the others. */
static void gather_squares(rml_pairs *pairs)
{
    const int64_t n = pairs->side * pairs->side;
    uint32_t *restrict sum = pairs->squares;

    for (int s = 1; s < pairs->n_squares; ++s) {
        const uint32_t *restrict part = pairs->squares + s * n;

        for (int64_t c = 0; c < n; ++c) sum[c] += part[c];
    }
    memset(pairs->squares + n, 0, (size_t)((pairs->n_squares - 1) * n) * sizeof *pairs->squares);
}

/* The square's cells, level 0 dropped; the square is cleared. */
static int64_t read_square(rml_pairs *pairs, bool folded, rml_cells *cells)
{
    const int64_t side = pairs->side;
    const uint32_t *square = pairs->squares;
    int64_t n = 0, n_pairs = 0;

    for (int64_t i = 1; i < side; ++i)
        for (int64_t j = folded ? i : 1; j < side; ++j) {
            uint64_t count = square[i * side + j];

            if (folded && i != j) count += square[j * side + i];
            if (count == 0) continue;
            cells->row[n] = (uint16_t)(i - 1);
            cells->column[n] = (uint16_t)(j - 1);
            cells->count[n++] = (double)count;
            n_pairs += (int64_t)count;
        }
    memset(pairs->squares, 0, (size_t)(side * side) * sizeof *pairs->squares);
    cells->n = n;
    return n_pairs;
}

static int64_t count_dense(rml_pairs *pairs, const int32_t step[3], bool folded, rml_cells *cells)
{
    const rml_levels *levels = pairs->levels;
    const int64_t n_square = pairs->side * pairs->side;
    const int64_t apart = step[0] + step[1] * levels->row + step[2] * levels->slice;
    const range ys = inside(levels->size[1], step[1]), zs = inside(levels->size[2], step[2]);
    uint32_t *square[4];
    int32_t first, last;

    for (int s = 0; s < 4; ++s) square[s] = pairs->squares + s % pairs->n_squares * n_square;
    for (int32_t z = zs.first; z < zs.end; ++z)
        for (int32_t y = ys.first; y < ys.end; ++y) {
            if (!overlap(pairs, y, z, step, &first, &last)) continue;
            const uint16_t *a = levels->level + z * levels->slice + y * levels->row + first;

            count_stretch(a, a + apart, last - first + 1, (uint32_t)pairs->side, square);
        }
    gather_squares(pairs);
    return read_square(pairs, folded, cells);
}

/* 3. Sparse */

#define DIGIT 11
#define N_DIGITS (1 << DIGIT)

/* Sorts n keys below 2^32 by their digits, lowest first; the result is in keys. */
static void sort_keys(uint32_t *keys, uint32_t *spare, int64_t n, uint64_t largest)
{
    uint32_t *from = keys, *to = spare;

    for (int shift = 0; shift < 32 && largest >> shift; shift += DIGIT) {
        int64_t start[N_DIGITS] = {0}, sum = 0;

        for (int64_t k = 0; k < n; ++k) ++start[from[k] >> shift & (N_DIGITS - 1)];
        for (int d = 0; d < N_DIGITS; ++d) {
            const int64_t count = start[d];

            start[d] = sum;
            sum += count;
        }
        for (int64_t k = 0; k < n; ++k) to[start[from[k] >> shift & (N_DIGITS - 1)]++] = from[k];
        uint32_t *swap = from;
        from = to;
        to = swap;
    }
    if (from != keys) memcpy(keys, from, (size_t)n * sizeof *keys);
}

static int64_t count_sparse(rml_pairs *pairs, const int32_t step[3], bool folded, rml_cells *cells)
{
    const rml_levels *levels = pairs->levels;
    const uint32_t n_levels = (uint32_t)levels->n_levels;
    const int64_t apart = step[0] + step[1] * levels->row + step[2] * levels->slice;
    const range ys = inside(levels->size[1], step[1]), zs = inside(levels->size[2], step[2]);
    int64_t n_pairs = 0, n = 0;
    int32_t first, last;

    for (int32_t z = zs.first; z < zs.end; ++z)
        for (int32_t y = ys.first; y < ys.end; ++y) {
            if (!overlap(pairs, y, z, step, &first, &last)) continue;
            const uint16_t *a = levels->level + z * levels->slice + y * levels->row;

            for (int32_t x = first; x <= last; ++x) {
                uint32_t i = a[x], j = a[x + apart];

                if (i == 0 || j == 0) continue;
                if (folded && i > j) {
                    i = j;
                    j = a[x];
                }
                pairs->keys[n_pairs++] = (i - 1) * n_levels + (j - 1);
            }
        }
    sort_keys(pairs->keys, pairs->spare, n_pairs, (uint64_t)n_levels * n_levels - 1);
    for (int64_t k = 0; k < n_pairs; ++n) {
        const uint32_t key = pairs->keys[k];
        const int64_t start = k;

        while (k < n_pairs && pairs->keys[k] == key) ++k;
        cells->row[n] = (uint16_t)(key / n_levels);
        cells->column[n] = (uint16_t)(key % n_levels);
        cells->count[n] = (double)(k - start);
    }
    cells->n = n;
    return n_pairs;
}

int64_t rml_pairs_count(rml_pairs *pairs, const int32_t step[3], bool folded, rml_cells *cells)
{
    return pairs->dense ? count_dense(pairs, step, folded, cells) : count_sparse(pairs, step, folded, cells);
}

/* 4. Sums of cells */

static uint32_t place(const rml_cells *cells, int64_t c)
{
    return (uint32_t)cells->row[c] << 16 | cells->column[c];
}

void rml_cells_add(const rml_cells *a, const rml_cells *b, double weight, rml_cells *sum)
{
    int64_t ia = 0, ib = 0, n = 0;

    for (; ia < a->n || ib < b->n; ++n) {
        const uint64_t end = (uint64_t)1 << 32;
        const uint64_t at_a = ia < a->n ? place(a, ia) : end, at_b = ib < b->n ? place(b, ib) : end;
        const uint64_t at = at_a < at_b ? at_a : at_b;
        double count = 0.0;

        if (at_a == at) count += a->count[ia++];
        if (at_b == at) count += weight * b->count[ib++];
        sum->row[n] = (uint16_t)(at >> 16);
        sum->column[n] = (uint16_t)(at & 0xFFFF);
        sum->count[n] = count;
    }
    sum->n = n;
}
