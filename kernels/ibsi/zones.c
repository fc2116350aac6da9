/* 1. Work   2. Zones by size   3. Zones by distance   4. Slices and the whole
 *
 * Zones are found twice: in slices, where those of all slices together make 2.5D, and in the volume. */
#include "kernels/ibsi/zones.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/ibsi/distance.h"
#include "kernels/ibsi/slices.h"
#include "kernels/texture/glszm.h"

/* 1. Work */

typedef struct work {
    const rml_levels *levels;
    rml_texture_settings settings;
    bool by_distance;
    int64_t *first, *slice_first; /* [n_levels + 1] */
    int64_t *slice_count;         /* [n_levels] */
    void *zoning;                 /* [rml_glszm_work_bytes] */
    uint32_t *zones, *merged;     /* [n_voxels] by size: of a slice or the whole; of all slices. One block */
    uint16_t *distance;           /* [nz*ny*nx] */
    uint16_t *least;              /* [rml_glszm_span] */
    int64_t n_distances;
    uint32_t *near, *near_merged; /* [n_levels*n_distances] the same by distance */
    double *by_level;             /* [n_levels] */
    double *by_size;              /* [n_voxels + 1] or more, all 0 */
} work;

static void work_free(work *w)
{
    free(w->first);
    free(w->slice_first);
    free(w->slice_count);
    free(w->zoning);
    free(w->zones);
    free(w->distance);
    free(w->least);
    free(w->near);
    free(w->by_level);
    free(w->by_size);
}

static rml_status work_init(work *w, const rml_levels *levels, bool by_distance)
{
    const size_t n = (size_t)levels->n_levels, n_voxels = (size_t)levels->n_voxels;
    const size_t n_box = (size_t)levels->size[0] * (size_t)levels->size[1] * (size_t)levels->size[2];

    *w = (work){.levels = levels, .settings = rml_texture_defaults(), .by_distance = by_distance};
    w->first = malloc((n + 1) * sizeof *w->first);
    w->slice_first = malloc((n + 1) * sizeof *w->slice_first);
    w->slice_count = malloc(n * sizeof *w->slice_count);
    w->zoning = aligned_alloc(64, rml_glszm_work_bytes(levels));
    w->zones = calloc(2 * n_voxels, sizeof *w->zones);
    w->by_level = malloc(n * sizeof *w->by_level);
    w->by_size = calloc((n_voxels > UINT16_MAX ? n_voxels : UINT16_MAX) + 1, sizeof *w->by_size);
    if (!w->first || !w->slice_first || !w->slice_count || !w->zoning || !w->zones || !w->by_level || !w->by_size)
        return RML_ENOMEM;
    w->merged = w->zones + n_voxels;
    rml_glszm_rows(levels, w->first);
    if (!by_distance) return RML_OK;
    w->distance = malloc(n_box * sizeof *w->distance);
    w->least = malloc((size_t)rml_glszm_span(levels) * sizeof *w->least);
    return w->distance && w->least ? RML_OK : RML_ENOMEM;
}

/* Distances, and room for zones by them. */
static rml_status take_distances(work *w, const uint8_t *morphological, bool in_slices)
{
    const int32_t *size = w->levels->size;
    uint16_t largest;
    rml_status status = rml_ibsi_distance(morphological, size, in_slices, w->distance, &largest);

    if (status != RML_OK) return status;
    for (int64_t z = 0, v = 0; z < size[2]; ++z)
        for (int64_t y = 0; y < size[1]; ++y) {
            const uint16_t *row = w->levels->level + z * w->levels->slice + y * w->levels->row;

            for (int64_t x = 0; x < size[0]; ++x, ++v)
                if (row[x] && !w->distance[v]) return RML_EINVAL;
        }
    free(w->near);
    w->near = NULL;
    w->n_distances = largest;
    if (w->n_distances * w->levels->n_levels > INT32_MAX) return RML_ECAPACITY;
    w->near = calloc(2 * (size_t)(w->n_distances * w->levels->n_levels), sizeof *w->near);
    if (!w->near) return RML_ENOMEM;
    w->near_merged = w->near + w->n_distances * w->levels->n_levels;
    return RML_OK;
}

/* 2. Zones by size: a level's zones up to the one that holds the last of its voxels, so that the rest of a row, which
 * is as long as the level has voxels, need not be read. */

static void size_features(const work *w, const rml_levels *levels, const int64_t *first, const uint32_t *zones,
                          double *value)
{
    double all[RML_N_SIZE_FEATURES], total = 0.0;
    rml_sizes sums;

    for (int32_t r = 0; r < levels->n_levels; ++r)
        for (int64_t size = 1, left = levels->count[r]; left > 0; ++size) {
            const uint32_t n = zones[first[r] + size - 1];

            left -= size * n;
            total += n;
        }
    rml_sizes_begin(&sums, levels, total, w->by_level, w->by_size);
    for (int32_t r = 0; r < levels->n_levels; ++r) {
        for (int64_t size = 1, left = levels->count[r]; left > 0; ++size) {
            const uint32_t n = zones[first[r] + size - 1];

            if (n == 0) continue;
            rml_sizes_add(&sums, size, n);
            left -= size * n;
        }
        rml_sizes_end_row(&sums, r + 1);
    }
    rml_sizes_finish(&sums, all);
    rml_ibsi_sizes_place(all, value);
}

static void merge_sizes(work *w, const rml_levels *slice)
{
    for (int32_t r = 0; r < slice->n_levels; ++r)
        for (int64_t size = 1, left = slice->count[r]; left > 0; ++size) {
            const uint32_t n = w->zones[w->slice_first[r] + size - 1];

            w->merged[w->first[r] + size - 1] += n;
            left -= size * n;
        }
}

/* 3. Zones by distance */

static void distance_features(const work *w, const rml_levels *levels, const uint32_t *near, double *value)
{
    const int64_t n_distances = w->n_distances, n_cells = n_distances * levels->n_levels;
    double all[RML_N_SIZE_FEATURES], total = 0.0;
    rml_sizes sums;

    for (int64_t c = 0; c < n_cells; ++c) total += near[c];
    rml_sizes_begin(&sums, levels, total, w->by_level, w->by_size);
    for (int32_t r = 0; r < levels->n_levels; ++r, near += n_distances) {
        for (int64_t d = 0; d < n_distances; ++d)
            if (near[d]) rml_sizes_add(&sums, d + 1, near[d]);
        rml_sizes_end_row(&sums, r + 1);
    }
    rml_sizes_finish(&sums, all);
    all[RML_SIZE_PERCENTAGE] = total / (double)levels->n_voxels; /* zones a voxel: a distance is no number of voxels */
    rml_ibsi_sizes_place(all, value);
}

static void merge_distances(work *w)
{
    const int64_t n_cells = w->n_distances * w->levels->n_levels;

    for (int64_t c = 0; c < n_cells; ++c) w->near_merged[c] += w->near[c];
}

/* 4. Slices and the whole */

/* Counts the zones of a picture, the whole or a slice of it, by size and where asked by distance. */
static rml_status count(work *w, const rml_levels *levels, const int64_t *first, const uint16_t *distance)
{
    int64_t n_zones;
    const rml_status status = rml_glszm_count(levels, &w->settings, first, w->zoning, w->zones, &n_zones);

    if (status != RML_OK || !w->by_distance) return status;
    memset(w->near, 0, (size_t)(w->n_distances * levels->n_levels) * sizeof *w->near);
    rml_glszm_count_least(levels, w->zoning, distance, w->n_distances, w->least, w->near);
    return RML_OK;
}

static rml_status count_slices(work *w, double *size_value, double *distance_value)
{
    const int64_t n_slice = (int64_t)w->levels->size[0] * w->levels->size[1];
    rml_ibsi_mean size_mean = {0}, distance_mean = {0};
    double value[RML_IBSI_N_SIZES];

    for (int32_t z = 0; z < w->levels->size[2]; ++z) {
        rml_levels view;

        if (rml_ibsi_slice(w->levels, z, w->slice_count, &view) == 0) continue;
        rml_glszm_rows(&view, w->slice_first);
        const rml_status status = count(w, &view, w->slice_first, w->by_distance ? w->distance + z * n_slice : NULL);
        if (status != RML_OK) return status;
        size_features(w, &view, w->slice_first, w->zones, value);
        rml_ibsi_mean_add(&size_mean, RML_IBSI_N_SIZES, value);
        merge_sizes(w, &view);
        if (!w->by_distance) continue;
        distance_features(w, &view, w->near, value);
        rml_ibsi_mean_add(&distance_mean, RML_IBSI_N_SIZES, value);
        merge_distances(w);
    }
    rml_ibsi_mean_take(&size_mean, RML_IBSI_N_SIZES, rml_ibsi_row(size_value, RML_IBSI_2D, RML_IBSI_N_SIZES));
    size_features(w, w->levels, w->first, w->merged, rml_ibsi_row(size_value, RML_IBSI_25D, RML_IBSI_N_SIZES));
    if (!w->by_distance) return RML_OK;
    rml_ibsi_mean_take(&distance_mean, RML_IBSI_N_SIZES, rml_ibsi_row(distance_value, RML_IBSI_2D, RML_IBSI_N_SIZES));
    distance_features(w, w->levels, w->near_merged, rml_ibsi_row(distance_value, RML_IBSI_25D, RML_IBSI_N_SIZES));
    return RML_OK;
}

static rml_status count_whole(work *w, double *size_value, double *distance_value)
{
    const rml_status status = count(w, w->levels, w->first, w->distance);

    if (status != RML_OK) return status;
    size_features(w, w->levels, w->first, w->zones, rml_ibsi_row(size_value, RML_IBSI_3D, RML_IBSI_N_SIZES));
    if (w->by_distance)
        distance_features(w, w->levels, w->near, rml_ibsi_row(distance_value, RML_IBSI_3D, RML_IBSI_N_SIZES));
    return RML_OK;
}

static void drop_unasked(rml_ibsi_rows rows, double *value)
{
    for (int row = 0; row < RML_IBSI_N_WHOLE; ++row)
        if (!(rows >> row & 1)) rml_ibsi_undefined(RML_IBSI_N_SIZES, rml_ibsi_row(value, row, RML_IBSI_N_SIZES));
}

rml_status rml_ibsi_zones(const rml_levels *levels, const uint8_t *morphological, rml_ibsi_rows size_rows,
                          rml_ibsi_rows distance_rows, double *size_value, double *distance_value)
{
    const rml_ibsi_rows in_slices = 1u << RML_IBSI_2D | 1u << RML_IBSI_25D, whole = 1u << RML_IBSI_3D;
    const int64_t n_values = (int64_t)RML_IBSI_N_WHOLE * RML_IBSI_N_SIZES;
    rml_status status;
    work w;

    assert(rml_ibsi_texture_size(RML_IBSI_GLSZM) == RML_IBSI_N_SIZES);
    assert(rml_ibsi_texture_size(RML_IBSI_GLDZM) == RML_IBSI_N_SIZES);
    rml_ibsi_undefined(n_values, size_value);
    rml_ibsi_undefined(n_values, distance_value);
    if (levels->margin < 1) return RML_EINVAL;
    if (rml_glszm_span(levels) > INT32_MAX) return RML_ECAPACITY;
    status = work_init(&w, levels, (distance_rows & (in_slices | whole)) != 0);
    if (status != RML_OK) goto done;

    if ((size_rows | distance_rows) & in_slices) {
        if (w.by_distance) status = take_distances(&w, morphological, true);
        if (status == RML_OK) status = count_slices(&w, size_value, distance_value);
        if (status != RML_OK) goto done;
    }
    if ((size_rows | distance_rows) & whole) {
        if (w.by_distance) status = take_distances(&w, morphological, false);
        if (status == RML_OK) status = count_whole(&w, size_value, distance_value);
    }
done:
    drop_unasked(status == RML_OK ? size_rows : 0, size_value);
    drop_unasked(status == RML_OK ? distance_rows : 0, distance_value);
    work_free(&w);
    return status;
}
