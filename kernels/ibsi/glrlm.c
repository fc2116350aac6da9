/* The runs of a slice and direction are counted once. All counts have the layout of rml_glrlm_rows of the whole ROI, in
 * which those of a slice fit, so that merging is adding arrays. */
#include "kernels/ibsi/glrlm.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/ibsi/slices.h"
#include "kernels/texture/glrlm.h"

typedef struct runs {
    int32_t longest;
    uint32_t *count; /* [n_cells], all 0 unless something was added */
} runs;

typedef struct work {
    const rml_levels *levels;
    int64_t *first; /* [n_levels + 1] */
    int64_t *slice_count;
    uint64_t *bits;
    double *by_level, *by_size;
    runs one, slice, direction[RML_IBSI_STEPS_2D], all;
    uint32_t *memory; /* of all runs */
} work;

#define N_RUNS (3 + RML_IBSI_STEPS_2D)

static void work_free(work *w)
{
    free(w->first);
    free(w->slice_count);
    free(w->bits);
    free(w->by_level);
    free(w->by_size);
    free(w->memory);
}

static rml_status work_init(work *w, const rml_levels *levels)
{
    const size_t n = (size_t)levels->n_levels;
    size_t n_cells;

    *w = (work){.levels = levels};
    w->first = malloc((n + 1) * sizeof *w->first);
    w->slice_count = malloc(n * sizeof *w->slice_count);
    w->bits = malloc((size_t)rml_glrlm_bits(levels) * sizeof *w->bits);
    w->by_level = malloc(n * sizeof *w->by_level);
    w->by_size = calloc((size_t)rml_glrlm_longest(levels) + 1, sizeof *w->by_size);
    if (!w->first || !w->slice_count || !w->bits || !w->by_level || !w->by_size) return RML_ENOMEM;
    rml_glrlm_rows(levels, w->first);
    n_cells = (size_t)w->first[n];
    w->memory = calloc(N_RUNS * n_cells, sizeof *w->memory);
    if (!w->memory) return RML_ENOMEM;
    w->one.count = w->memory;
    w->slice.count = w->memory + n_cells;
    w->all.count = w->memory + 2 * n_cells;
    for (size_t s = 0; s < RML_IBSI_STEPS_2D; ++s) w->direction[s].count = w->memory + (3 + s) * n_cells;
    return RML_OK;
}

/* of  in/out  the runs along a step, all 0 before */
static void count(work *w, const rml_levels *levels, const int32_t step[3], runs *of)
{
    int64_t n_runs;

    of->longest = rml_glrlm_count(levels, step, w->first, w->bits, of->count, &n_runs);
    if (of->longest > 0) return;
    of->longest = 1; /* no line has two voxels: each is a run */
    for (int32_t r = 0; r < levels->n_levels; ++r)
        if (levels->count[r] > 0) of->count[w->first[r]] = (uint32_t)levels->count[r];
}

static int64_t row_end(const work *w, int32_t r, int32_t longest)
{
    const int64_t end = w->first[r] + longest;

    return end < w->first[r + 1] ? end : w->first[r + 1];
}

static void add(const work *w, const runs *part, runs *sum)
{
    for (int32_t r = 0; r < w->levels->n_levels; ++r)
        for (int64_t c = w->first[r], end = row_end(w, r, part->longest); c < end; ++c) sum->count[c] += part->count[c];
    if (part->longest > sum->longest) sum->longest = part->longest;
}

static void clear(const work *w, runs *of)
{
    for (int32_t r = 0; r < w->levels->n_levels; ++r) {
        const int64_t end = row_end(w, r, of->longest);

        memset(of->count + w->first[r], 0, (size_t)(end - w->first[r]) * sizeof *of->count);
    }
    of->longest = 0;
}

static void features(work *w, const runs *of, double *value)
{
    double all[RML_N_SIZE_FEATURES], total = 0.0;
    rml_sizes sums;

    for (int32_t r = 0; r < w->levels->n_levels; ++r)
        for (int64_t c = w->first[r], end = row_end(w, r, of->longest); c < end; ++c) total += of->count[c];
    rml_sizes_begin(&sums, w->levels, total, w->by_level, w->by_size);
    for (int32_t r = 0; r < w->levels->n_levels; ++r) {
        for (int64_t c = w->first[r], end = row_end(w, r, of->longest); c < end; ++c)
            if (of->count[c]) rml_sizes_add(&sums, c - w->first[r] + 1, of->count[c]);
        rml_sizes_end_row(&sums, r + 1);
    }
    rml_sizes_finish(&sums, all);
    rml_ibsi_sizes_place(all, value);
}

static void add_features(work *w, const runs *of, rml_ibsi_mean *mean)
{
    double value[RML_IBSI_N_SIZES];

    features(w, of, value);
    rml_ibsi_mean_add(mean, RML_IBSI_N_SIZES, value);
}

/* The directions within a slice, counted slice by slice and added up. */
static void count_slices(work *w, rml_ibsi_rows rows, rml_ibsi_mean *mean)
{
    for (int32_t z = 0; z < w->levels->size[2]; ++z) {
        rml_levels view;

        if (rml_ibsi_slice(w->levels, z, w->slice_count, &view) == 0) continue;
        for (int s = 0; s < RML_IBSI_STEPS_2D; ++s) {
            count(w, &view, rml_ibsi_step[s], &w->one);
            if (rows >> RML_IBSI_2D_AVG & 1) add_features(w, &w->one, &mean[RML_IBSI_2D_AVG]);
            if (rows >> RML_IBSI_2D_MRG & 1) add(w, &w->one, &w->slice);
            add(w, &w->one, &w->direction[s]);
            clear(w, &w->one);
        }
        if (!(rows >> RML_IBSI_2D_MRG & 1)) continue;
        add_features(w, &w->slice, &mean[RML_IBSI_2D_MRG]);
        clear(w, &w->slice);
    }
}

rml_status rml_ibsi_glrlm(const rml_levels *levels, rml_ibsi_rows rows, double *value)
{
    const rml_ibsi_rows by_slice = 1u << RML_IBSI_2D_AVG | 1u << RML_IBSI_2D_MRG;
    rml_ibsi_mean mean[RML_IBSI_N_DIRECTIONAL] = {0};
    rml_status status;
    work w;

    assert(rml_ibsi_texture_size(RML_IBSI_GLRLM) == RML_IBSI_N_SIZES);
    rml_ibsi_undefined((int64_t)RML_IBSI_N_DIRECTIONAL * RML_IBSI_N_SIZES, value);
    if (levels->margin < 1) return RML_EINVAL;
    if (levels->n_voxels > UINT32_MAX / RML_IBSI_STEPS) return RML_ECAPACITY;
    status = work_init(&w, levels);
    if (status != RML_OK) goto done;

    if (rows & by_slice)
        count_slices(&w, rows, mean);
    else
        for (int s = 0; s < RML_IBSI_STEPS_2D; ++s) count(&w, levels, rml_ibsi_step[s], &w.direction[s]);
    for (int s = 0; s < RML_IBSI_STEPS_2D; ++s) {
        if (rows & (1u << RML_IBSI_25D_AVG | 1u << RML_IBSI_3D_AVG)) {
            double one[RML_IBSI_N_SIZES];

            features(&w, &w.direction[s], one); /* over all slices they are a direction of the volume, too */
            rml_ibsi_mean_add(&mean[RML_IBSI_25D_AVG], RML_IBSI_N_SIZES, one);
            rml_ibsi_mean_add(&mean[RML_IBSI_3D_AVG], RML_IBSI_N_SIZES, one);
        }
        add(&w, &w.direction[s], &w.all);
    }
    if (rows >> RML_IBSI_25D_MRG & 1) add_features(&w, &w.all, &mean[RML_IBSI_25D_MRG]);
    if (rows & (1u << RML_IBSI_3D_AVG | 1u << RML_IBSI_3D_MRG))
        for (int s = RML_IBSI_STEPS_2D; s < RML_IBSI_STEPS; ++s) {
            count(&w, levels, rml_ibsi_step[s], &w.one);
            if (rows >> RML_IBSI_3D_AVG & 1) add_features(&w, &w.one, &mean[RML_IBSI_3D_AVG]);
            add(&w, &w.one, &w.all);
            clear(&w, &w.one);
        }
    if (rows >> RML_IBSI_3D_MRG & 1) add_features(&w, &w.all, &mean[RML_IBSI_3D_MRG]);
    for (int row = 0; row < RML_IBSI_N_DIRECTIONAL; ++row)
        if (rows >> row & 1)
            rml_ibsi_mean_take(&mean[row], RML_IBSI_N_SIZES, rml_ibsi_row(value, row, RML_IBSI_N_SIZES));
done:
    work_free(&w);
    return status;
}
