#include "kernels/texture/levels.h"

#include <stdlib.h>
#include <string.h>

/* Largest bin number for which the occurring bins are found through a table; above it, by sorting. */
#define TABLE_LIMIT (1 << 22)

typedef struct occurring {
    int32_t *grey; /* [n] ascending; malloc'ed */
    int64_t n;
    int32_t *rank; /* [largest + 1] rank of each bin from 1, or NULL where the bins were sorted; malloc'ed */
} occurring;

static int compare_bins(const void *a, const void *b)
{
    const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

    return (x > y) - (x < y);
}

static rml_status find_by_table(const int32_t *bins, int64_t n_voxels, int32_t largest, occurring *found)
{
    int64_t n = 0;

    found->rank = calloc((size_t)largest + 1, sizeof *found->rank);
    if (!found->rank) return RML_ENOMEM;
    for (int64_t v = 0; v < n_voxels; ++v) found->rank[bins[v]] = 1;
    for (int32_t bin = 1; bin <= largest; ++bin) n += found->rank[bin];
    found->grey = malloc((size_t)n * sizeof *found->grey);
    if (!found->grey) return RML_ENOMEM;
    for (int32_t bin = 1; bin <= largest; ++bin) {
        if (!found->rank[bin]) continue;
        found->grey[found->n++] = bin;
        found->rank[bin] = (int32_t)found->n;
    }
    return RML_OK;
}

static rml_status find_by_sorting(const int32_t *bins, int64_t n_voxels, occurring *found)
{
    found->grey = malloc((size_t)n_voxels * sizeof *found->grey);
    if (!found->grey) return RML_ENOMEM;
    memcpy(found->grey, bins, (size_t)n_voxels * sizeof *bins);
    qsort(found->grey, (size_t)n_voxels, sizeof *found->grey, compare_bins);
    for (int64_t v = 0; v < n_voxels; ++v)
        if (found->n == 0 || found->grey[found->n - 1] != found->grey[v]) found->grey[found->n++] = found->grey[v];
    return RML_OK;
}

static int32_t rank_of(const occurring *found, int32_t bin)
{
    if (found->rank) return found->rank[bin];
    const int32_t *at = bsearch(&bin, found->grey, (size_t)found->n, sizeof *found->grey, compare_bins);
    return (int32_t)(at - found->grey) + 1;
}

/* a * b + c, or -1 when that is beyond int64; a, b, c at least 0, and -1 is handed on. */
static int64_t multiply_add(int64_t a, int64_t b, int64_t c)
{
    int64_t product, sum;

    if (a < 0 || b < 0 || c < 0) return -1;
    if (__builtin_mul_overflow(a, b, &product) || __builtin_add_overflow(product, c, &sum)) return -1;
    return sum;
}

static int64_t round_up(int64_t n, int64_t multiple)
{
    return (n + multiple - 1) / multiple * multiple;
}

/* Memory for the picture, its grey levels, their counts and the rows' extents in one block, zeroed. Rows share their
 * margin with the row before, slices with the slice before: the cells right of one row are those left of the next. */
static rml_status allocate(rml_levels *built)
{
    const int64_t margin = built->margin, lead = round_up(margin, 32);
    int64_t n_cells, n_bytes, first;
    uintptr_t start;

    built->row = round_up((int64_t)built->size[0] + margin, 32);
    built->slice = multiply_add(built->row, (int64_t)built->size[1] + margin, 0);
    first = multiply_add(margin, built->slice, multiply_add(margin, built->row, lead));
    n_cells = multiply_add(built->slice, (int64_t)built->size[2] + margin, multiply_add(1, first, lead));
    n_bytes = multiply_add(n_cells, (int64_t)sizeof *built->level, 64);
    n_bytes = multiply_add(built->n_levels, (int64_t)(sizeof *built->grey + sizeof *built->count), n_bytes);
    n_bytes = multiply_add((int64_t)built->size[1] * built->size[2], (int64_t)sizeof *built->extent, n_bytes);
    if (n_bytes < 0) return RML_ENOMEM;
    built->memory = calloc(1, (size_t)n_bytes);
    if (!built->memory) return RML_ENOMEM;
    start = ((uintptr_t)built->memory + 63) / 64 * 64;
    built->level = (uint16_t *)start + first;
    built->count = (int64_t *)(start + (uintptr_t)round_up(n_cells * (int64_t)sizeof *built->level, 8));
    built->grey = (int32_t *)(built->count + built->n_levels);
    built->extent = (int32_t(*)[2])(built->grey + built->n_levels);
    return RML_OK;
}

static void paint(rml_levels *built, const uint8_t *mask, const int32_t *bins, const occurring *found)
{
    const int32_t nx = built->size[0];
    int32_t(*extent)[2] = built->extent;

    for (int32_t z = 0; z < built->size[2]; ++z)
        for (int32_t y = 0; y < built->size[1]; ++y, mask += nx, ++extent) {
            uint16_t *row = built->level + z * built->slice + y * built->row;
            int32_t first = 0, last = nx - 1;

            while (first < nx && !mask[first]) ++first;
            while (last >= first && !mask[last]) --last;
            (*extent)[0] = first;
            (*extent)[1] = last;
            for (int32_t x = first; x <= last; ++x) {
                if (!mask[x]) continue;
                row[x] = (uint16_t)rank_of(found, *bins++);
                ++built->count[row[x] - 1];
            }
        }
}

rml_status rml_levels_init(rml_levels *levels, const uint8_t *mask, const int32_t size[3], const int32_t *bins,
                           int64_t n_voxels, int32_t margin)
{
    rml_levels built = {.size = {size[0], size[1], size[2]}, .margin = margin, .n_voxels = n_voxels};
    occurring found = {0};
    int64_t n_box, n_masked = 0;
    int32_t smallest = INT32_MAX, largest = 0;
    rml_status status = RML_EINVAL;

    *levels = (rml_levels){0};
    if (size[0] < 1 || size[1] < 1 || size[2] < 1 || margin < 1) goto done;
    n_box = multiply_add(multiply_add(size[0], size[1], 0), size[2], 0);
    if (n_box < 0) goto done;
    for (int64_t v = 0; v < n_box; ++v) n_masked += mask[v] != 0;
    if (n_masked != n_voxels) goto done;
    for (int64_t v = 0; v < n_voxels; ++v) { /* no way out in between: so it is done in SIMD */
        smallest = bins[v] < smallest ? bins[v] : smallest;
        largest = bins[v] > largest ? bins[v] : largest;
    }
    if (smallest < 1) goto done;
    status = RML_EEMPTY;
    if (n_voxels == 0) goto done;

    status = largest <= TABLE_LIMIT ? find_by_table(bins, n_voxels, largest, &found)
                                    : find_by_sorting(bins, n_voxels, &found);
    if (status != RML_OK) goto done;
    status = RML_ESETTING;
    if (found.n > RML_MAX_LEVELS) goto done;
    built.n_levels = (int32_t)found.n;
    status = allocate(&built);
    if (status != RML_OK) goto done;
    memcpy(built.grey, found.grey, (size_t)found.n * sizeof *built.grey);
    paint(&built, mask, bins, &found);
    *levels = built;
    built = (rml_levels){0};
done:
    rml_levels_free(&built);
    free(found.grey);
    free(found.rank);
    return status;
}

void rml_levels_free(rml_levels *levels)
{
    if (!levels) return;
    free(levels->memory);
    *levels = (rml_levels){0};
}
