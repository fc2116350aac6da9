#include "kernels/ibsi/ngldm.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/ibsi/slices.h"
#include "kernels/texture/gldm.h"

#define N_FEATURES (RML_IBSI_N_SIZES + 1)
#define ENERGY RML_IBSI_N_SIZES

typedef struct work {
    const rml_levels *levels;
    rml_texture_settings settings;
    int64_t n_columns;      /* dependences from 1 */
    void *counting;         /* [rml_gldm_work_bytes] */
    uint16_t *sorted;       /* [n_voxels] */
    uint32_t *one, *merged; /* [n_levels*n_columns], one block */
    int64_t *slice_count;   /* [n_levels] */
    double *by_level;       /* [n_levels] */
    double *by_size;        /* [n_columns + 1], all 0 */
} work;

static void work_free(work *w)
{
    free(w->counting);
    free(w->sorted);
    free(w->one);
    free(w->slice_count);
    free(w->by_level);
    free(w->by_size);
}

static rml_status work_init(work *w, const rml_levels *levels, int32_t distance, double alpha)
{
    const int64_t side = 2 * (int64_t)distance + 1, n = levels->n_levels;

    *w = (work){.levels = levels, .settings = rml_texture_defaults()};
    w->settings.gldm_alpha = alpha;
    w->settings.n_distances = distance;
    for (int32_t d = 0; d < distance; ++d) w->settings.distances[d] = d + 1;
    w->n_columns = levels->size[2] > 1 ? side * side * side : side * side;
    w->counting = aligned_alloc(64, rml_gldm_work_bytes(levels, &w->settings) + 64); /* + 64: may be nothing */
    w->sorted = malloc((size_t)levels->n_voxels * sizeof *w->sorted);
    w->one = calloc(2 * (size_t)(n * w->n_columns), sizeof *w->one);
    w->slice_count = malloc((size_t)n * sizeof *w->slice_count);
    w->by_level = malloc((size_t)n * sizeof *w->by_level);
    w->by_size = calloc((size_t)w->n_columns + 1, sizeof *w->by_size);
    if (!w->counting || !w->sorted || !w->one || !w->slice_count || !w->by_level || !w->by_size) return RML_ENOMEM;
    w->merged = w->one + n * w->n_columns;
    return RML_OK;
}

/* Adds the dependences of a picture, the whole or a slice of it, to a matrix. */
static rml_status count(work *w, const rml_levels *levels, uint32_t *matrix)
{
    const rml_status status = rml_gldm_count(levels, &w->settings, w->counting, w->sorted);
    const uint16_t *sorted = w->sorted;

    if (status != RML_OK) return status;
    for (int32_t r = 0; r < levels->n_levels; sorted += levels->count[r++]) {
        uint32_t *row = matrix + r * w->n_columns;

        for (int64_t v = 0; v < levels->count[r]; ++v) ++row[sorted[v] - 1];
    }
    return RML_OK;
}

static void features(const work *w, const rml_levels *levels, const uint32_t *matrix, double *value)
{
    const double total = (double)levels->n_voxels;
    double all[RML_N_SIZE_FEATURES], squares = 0.0;
    rml_sizes sums;

    rml_sizes_begin(&sums, levels, total, w->by_level, w->by_size);
    for (int32_t r = 0; r < levels->n_levels; ++r, matrix += w->n_columns) {
        for (int64_t c = 0; c < w->n_columns; ++c) {
            if (!matrix[c]) continue;
            rml_sizes_add(&sums, c + 1, matrix[c]);
            squares += (double)matrix[c] * matrix[c];
        }
        rml_sizes_end_row(&sums, r + 1);
    }
    rml_sizes_finish(&sums, all);
    all[RML_SIZE_PERCENTAGE] = 1.0; /* every voxel has a dependence */
    rml_ibsi_sizes_place(all, value);
    value[ENERGY] = squares / (total * total);
}

static rml_status count_slices(work *w, double *value)
{
    const size_t n_bytes = (size_t)(w->levels->n_levels * w->n_columns) * sizeof *w->one;
    const int64_t n_cells = w->levels->n_levels * w->n_columns;
    rml_ibsi_mean mean = {0};

    for (int32_t z = 0; z < w->levels->size[2]; ++z) {
        double of_slice[N_FEATURES];
        rml_levels view;

        if (rml_ibsi_slice(w->levels, z, w->slice_count, &view) == 0) continue;
        memset(w->one, 0, n_bytes);
        const rml_status status = count(w, &view, w->one);
        if (status != RML_OK) return status;
        features(w, &view, w->one, of_slice);
        rml_ibsi_mean_add(&mean, N_FEATURES, of_slice);
        for (int64_t c = 0; c < n_cells; ++c) w->merged[c] += w->one[c];
    }
    rml_ibsi_mean_take(&mean, N_FEATURES, rml_ibsi_row(value, RML_IBSI_2D, N_FEATURES));
    features(w, w->levels, w->merged, rml_ibsi_row(value, RML_IBSI_25D, N_FEATURES));
    return RML_OK;
}

rml_status rml_ibsi_ngldm(const rml_levels *levels, int32_t distance, double alpha, rml_ibsi_rows rows, double *value)
{
    rml_status status;
    work w;

    assert(rml_ibsi_texture_size(RML_IBSI_NGLDM) == N_FEATURES);
    rml_ibsi_undefined((int64_t)RML_IBSI_N_WHOLE * N_FEATURES, value);
    if (distance < 1 || distance > RML_MAX_DISTANCES || distance > levels->margin || !(alpha >= 0.0)) return RML_EINVAL;
    status = work_init(&w, levels, distance, alpha);
    if (status != RML_OK) goto done;
    if (rows >> RML_IBSI_3D & 1) {
        status = count(&w, levels, w.one);
        if (status != RML_OK) goto done;
        features(&w, levels, w.one, rml_ibsi_row(value, RML_IBSI_3D, N_FEATURES));
    }
    if (rows & (1u << RML_IBSI_2D | 1u << RML_IBSI_25D)) status = count_slices(&w, value);
done:
    for (int row = 0; row < RML_IBSI_N_WHOLE; ++row)
        if (status != RML_OK || !(rows >> row & 1))
            rml_ibsi_undefined(N_FEATURES, rml_ibsi_row(value, row, N_FEATURES));
    work_free(&w);
    return status;
}
