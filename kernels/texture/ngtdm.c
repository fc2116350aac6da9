/* 1. Sums of neighbours   2. Features
 *
 * s(i) is the sum over the voxels of level i of |i - mean of the k ROI neighbours| = |k i - sum of the neighbours| / k.
 * At distance 1 the neighbourhood is a box, whose sums are separable, and the whole numbers |k i - sum| are added up
 * apart for every k: 26 divisions a level instead of one a voxel, and exact until then. */
#include "kernels/texture/ngtdm.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/texture/offsets.h"
#include "kernels/texture/scratch.h"

enum { BUSYNESS, COARSENESS, COMPLEXITY, CONTRAST, STRENGTH, N_FEATURES };

#define N_COUNTS 27 /* 0..26 neighbours at distance 1 */

typedef struct work {
    bool box;
    double *apart;  /* [n_levels] s */
    int64_t *alone; /* [n_levels] voxels without a neighbour */
    /* box: */
    int64_t width;         /* elements of a row of sums: the box's, and one more at both ends */
    uint64_t *differences; /* [n_levels*N_COUNTS] sums of |k i - sum| by k; for k = 0 the voxels themselves */
    uint64_t *packed;      /* [n_levels + 1] what a voxel adds to a sum, by level */
    uint64_t *voxels;      /* [(ny + 2)*width] a slice of that */
    uint64_t *plane[3];    /* [ny*width] its sums along y, of slices z - 1, z, z + 1 */
    uint64_t *row;         /* [width] sums along y and z */
    /* any other neighbourhood: */
    rml_offset *offsets;
    int32_t n_offsets;
} work;

static size_t lay_out(work *w, const rml_levels *levels, const rml_texture_settings *settings, void *scratch)
{
    rml_scratch space = {.base = scratch};
    const size_t n = (size_t)levels->n_levels;

    *w = (work){.box = settings->n_distances == 1 && settings->distances[0] == 1, .width = levels->size[0] + 2};
    w->apart = rml_scratch_take(&space, n * sizeof(double));
    w->alone = rml_scratch_take(&space, n * sizeof(int64_t));
    if (w->box) {
        const size_t width = (size_t)w->width, ny = (size_t)levels->size[1];

        w->differences = rml_scratch_take(&space, n * N_COUNTS * sizeof(uint64_t));
        w->packed = rml_scratch_take(&space, (n + 1) * sizeof(uint64_t));
        w->voxels = rml_scratch_take(&space, (ny + 2) * width * sizeof(uint64_t));
        for (int p = 0; p < 3; ++p) w->plane[p] = rml_scratch_take(&space, ny * width * sizeof(uint64_t));
        w->row = rml_scratch_take(&space, width * sizeof(uint64_t));
    } else {
        w->n_offsets = rml_offsets_list(levels->size, settings->distances, settings->n_distances, settings->force_2d,
                                        settings->force_2d_axis, NULL, 0);
        w->offsets = rml_scratch_take(&space, (size_t)w->n_offsets * sizeof *w->offsets);
    }
    return space.used;
}

size_t rml_ngtdm_scratch_bytes(const rml_levels *levels, const rml_texture_settings *settings)
{
    work w;

    if (!rml_texture_settings_valid(settings, levels->margin)) return 64;
    return lay_out(&w, levels, settings, NULL);
}

/* 1. Sums of neighbours */

/* A sum of neighbours and their number travel in one word: the number, at most 27, in its lowest bits. Levels are
 * counted from the lowest of the ROI, which |k i - sum| does not notice. */
#define COUNT_BITS 5

static void fill_packed(work *w, const rml_levels *levels)
{
    w->packed[0] = 0;
    for (int32_t i = 0; i < levels->n_levels; ++i)
        w->packed[i + 1] = ((uint64_t)(levels->grey[i] - levels->grey[0]) << COUNT_BITS) + 1;
}

RML_HOT static void add_rows(uint64_t *restrict sum, const uint64_t *restrict a, const uint64_t *restrict b,
                             const uint64_t *restrict c, int64_t n)
{
    for (int64_t x = 0; x < n; ++x) sum[x] = a[x] + b[x] + c[x];
}

/* Sums along y over y - reach .. y + reach of slice z, which may lie in the margin. */
static void sum_plane(work *w, const rml_levels *levels, int32_t z, int32_t reach, uint64_t *plane)
{
    const int32_t ny = levels->size[1];

    for (int32_t y = -1; y <= ny; ++y) {
        const uint16_t *row = levels->level + z * levels->slice + y * levels->row - 1;
        uint64_t *to = w->voxels + (y + 1) * w->width;

        for (int64_t x = 0; x < w->width; ++x) to[x] = w->packed[row[x]];
    }
    for (int32_t y = 0; y < ny; ++y) {
        const uint64_t *centre = w->voxels + (y + 1) * w->width;

        if (reach)
            add_rows(plane + y * w->width, centre - w->width, centre, centre + w->width, w->width);
        else
            memcpy(plane + y * w->width, centre, (size_t)w->width * sizeof *plane);
    }
}

static void add_differences(work *w, const uint16_t *row, const int32_t extent[2], int32_t reach)
{
    for (int32_t x = extent[0]; x <= extent[1]; ++x) {
        if (row[x] == 0) continue;
        const uint64_t own = w->packed[row[x]], all = w->row[x + 1] + (reach ? w->row[x] + w->row[x + 2] : 0) - own;
        const int64_t count = (int64_t)(all & ((1 << COUNT_BITS) - 1)), sum = (int64_t)(all >> COUNT_BITS);

        w->differences[(int64_t)(row[x] - 1) * N_COUNTS + count] +=
            (uint64_t)llabs(count * (int64_t)(own >> COUNT_BITS) - sum) + (count == 0);
    }
}

static void sum_boxes(work *w, const rml_levels *levels, const rml_texture_settings *settings)
{
    int32_t reach[3] = {1, 1, 1};

    if (settings->force_2d) reach[2 - settings->force_2d_axis] = 0;
    memset(w->differences, 0, (size_t)levels->n_levels * N_COUNTS * sizeof *w->differences);
    fill_packed(w, levels);
    for (int32_t z = -reach[2]; z < levels->size[2] + reach[2]; ++z) {
        const int32_t centre = z - reach[2]; /* the slice that this one completes */

        sum_plane(w, levels, z, reach[1], w->plane[(z + 3) % 3]);
        if (centre < 0 || centre >= levels->size[2]) continue;
        for (int32_t y = 0; y < levels->size[1]; ++y) {
            const int64_t at = y * w->width;

            if (reach[2])
                add_rows(w->row, w->plane[0] + at, w->plane[1] + at, w->plane[2] + at, w->width);
            else
                memcpy(w->row, w->plane[z % 3] + at, (size_t)w->width * sizeof *w->row);
            add_differences(w, levels->level + centre * levels->slice + y * levels->row,
                            levels->extent[(int64_t)centre * levels->size[1] + y], reach[0]);
        }
    }
    for (int32_t i = 0; i < levels->n_levels; ++i) {
        w->apart[i] = 0.0;
        w->alone[i] = (int64_t)w->differences[(int64_t)i * N_COUNTS];
        for (int k = 1; k < N_COUNTS; ++k) w->apart[i] += (double)w->differences[(int64_t)i * N_COUNTS + k] / k;
    }
}

static void sum_offsets(work *w, const rml_levels *levels)
{
    for (int32_t i = 0; i < levels->n_levels; ++i) {
        w->apart[i] = 0.0;
        w->alone[i] = 0;
    }
    for (int32_t z = 0; z < levels->size[2]; ++z)
        for (int32_t y = 0; y < levels->size[1]; ++y)
            for (int32_t x = 0; x < levels->size[0]; ++x) {
                const uint16_t *voxel = levels->level + z * levels->slice + y * levels->row + x;
                int64_t sum = 0, count = 0;

                if (*voxel == 0) continue;
                for (int32_t d = 0; d < w->n_offsets; ++d) {
                    const int32_t *step = w->offsets[d].step;
                    const int64_t to = step[0] + step[1] * levels->row + step[2] * levels->slice;
                    const uint16_t ahead = voxel[to], behind = voxel[-to];

                    sum += ahead ? levels->grey[ahead - 1] : 0;
                    sum += behind ? levels->grey[behind - 1] : 0;
                    count += (ahead != 0) + (behind != 0);
                }
                if (count == 0) {
                    ++w->alone[*voxel - 1];
                    continue;
                }
                const int64_t grey = levels->grey[*voxel - 1];
                w->apart[*voxel - 1] += (double)llabs(count * grey - sum) / (double)count;
            }
}

/* 2. Features */

typedef struct pair_sums {
    double busyness;   /* sum over i, j of |i p_i - j p_j| */
    double complexity; /* sum over i, j of |i - j| (p_i s_i + p_j s_j) / (p_i + p_j) */
} pair_sums;

/* Over ordered pairs: each unordered one counts twice. Quadratic in the levels, which is seconds for 65535 of them. */
static pair_sums sum_pairs(const rml_ngtdm_matrix *m)
{
    const double n_voxels = (double)m->n_voxels;
    pair_sums sums = {0};

    for (int32_t i = 1; i < m->n_levels; ++i) {
        const double gi = m->grey[i], pi = (double)m->count[i] / n_voxels, si = m->apart[i];
        double busyness = 0.0, complexity = 0.0;

        for (int32_t j = 0; j < i; ++j) {
            const double gj = m->grey[j], pj = (double)m->count[j] / n_voxels;

            busyness += fabs(gi * pi - gj * pj);
            complexity += (gi - gj) * (pi * si + pj * m->apart[j]) / (pi + pj);
        }
        sums.busyness += 2.0 * busyness;
        sums.complexity += 2.0 * complexity;
    }
    return sums;
}

void rml_ngtdm_values(const rml_ngtdm_matrix *m, double *value, bool *constant)
{
    const double n_voxels = (double)m->n_voxels, n = m->n_levels, lowest = m->grey[0];
    const pair_sums pairs = sum_pairs(m);
    double weighted = 0.0, total = 0.0, mean = 0.0, middle = 0.0, variance = 0.0, spread = 0.0, moment = 0.0;

    for (int32_t i = 0; i < m->n_levels; ++i) {
        const double p = (double)m->count[i] / n_voxels, above = m->grey[i] - lowest;

        weighted += p * m->apart[i];
        total += m->apart[i];
        mean += p * above;
        middle += above / n;
    }
    for (int32_t i = 0; i < m->n_levels; ++i) {
        const double p = (double)m->count[i] / n_voxels, above = m->grey[i] - lowest;

        variance += p * (above - mean) * (above - mean);
        spread += (above - middle) * (above - middle);
        moment += p * (above - middle) * (above - middle);
    }
    /* sum over i, j of p_i p_j (i-j)^2 = 2 variance; of (p_i + p_j) (i-j)^2 = 2 sum_i p_i sum_j (i-j)^2 with
     * sum_j (i-j)^2 = n (i - middle)^2 + spread. */
    value[COARSENESS] = weighted > 0.0 ? 1.0 / weighted : 1e6;
    value[CONTRAST] = n > 1.0 ? 2.0 * variance / (n * (n - 1.0)) * (total / n_voxels) : 0.0;
    value[BUSYNESS] = pairs.busyness > 0.0 ? weighted / pairs.busyness : 0.0;
    value[COMPLEXITY] = pairs.complexity / n_voxels;
    value[STRENGTH] = total > 0.0 ? 2.0 * (n * moment + spread) / total : 0.0;
    for (int f = 0; f < N_FEATURES; ++f) constant[f] = false;
    constant[COARSENESS] = !(weighted > 0.0);
    constant[CONTRAST] = !(n > 1.0);
    constant[BUSYNESS] = !(pairs.busyness > 0.0);
    constant[STRENGTH] = !(total > 0.0);
}

/* Lays the work out in scratch and counts into it. */
static void count_into(work *w, const rml_levels *levels, const rml_texture_settings *settings, void *scratch)
{
    assert(scratch);
    lay_out(w, levels, settings, scratch);
    if (w->box) {
        sum_boxes(w, levels, settings);
    } else {
        rml_offsets_list(levels->size, settings->distances, settings->n_distances, settings->force_2d,
                         settings->force_2d_axis, w->offsets, w->n_offsets);
        sum_offsets(w, levels);
    }
}

rml_status rml_ngtdm_count(const rml_levels *levels, const rml_texture_settings *settings, void *scratch, double *apart,
                           int64_t *neighboured)
{
    work w;

    if (!rml_texture_settings_valid(settings, levels->margin)) return RML_EINVAL;
    count_into(&w, levels, settings, scratch);
    memcpy(apart, w.apart, (size_t)levels->n_levels * sizeof *apart);
    for (int32_t i = 0; i < levels->n_levels; ++i) neighboured[i] = levels->count[i] - w.alone[i];
    return RML_OK;
}

rml_status rml_ngtdm_features(const rml_levels *levels, const rml_texture_settings *settings, rml_wanted wanted,
                              void *scratch, double *value, uint8_t *reason)
{
    bool constant[N_FEATURES];
    int64_t n_alone = 0;
    work w;

    assert(rml_class_size(RML_NGTDM) == N_FEATURES);
    for (int f = 0; f < N_FEATURES; ++f) {
        value[f] = NAN;
        reason[f] = RML_DEFINED;
    }
    if (!rml_texture_settings_valid(settings, levels->margin)) return RML_EINVAL;
    count_into(&w, levels, settings, scratch);
    /* PyRadiomics leaves voxels without a neighbour in the levels' counts, though they add nothing to s. */
    rml_ngtdm_values(&(rml_ngtdm_matrix){levels->n_levels, levels->grey, levels->count, w.apart, levels->n_voxels},
                     value, constant);
    for (int32_t i = 0; i < levels->n_levels; ++i) n_alone += w.alone[i];
    const bool any = n_alone < levels->n_voxels; /* some voxel has a neighbour */
    const rml_reason why = levels->n_voxels == 1 ? RML_WHY_ONE_VOXEL : any ? RML_WHY_FLAT : RML_WHY_NO_PAIRS;
    for (int f = 0; f < N_FEATURES; ++f) {
        if (!(wanted >> f & 1))
            value[f] = NAN;
        else if (constant[f])
            reason[f] = (uint8_t)why;
    }
    return RML_OK;
}
