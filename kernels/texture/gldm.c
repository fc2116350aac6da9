/* The dependence of a voxel is 1 + the number of its neighbours within alpha of its level. For a whole row of voxels
 * and one neighbour this is a compare and an add a voxel, with counters as wide as the levels (16 bits), so that one
 * instruction serves as many voxels as fit a register.
 *
 * alpha compares bin numbers, but the picture holds their ranks. Since bin numbers ascend with rank, the bins within
 * alpha of one are a range of ranks; low[] and width[] keep it for each, and a neighbour of rank n is in it when n -
 * low, taken as unsigned, is at most width. Rank 0 (outside) wraps to a number above every width.
 *
 * Dependences are then sorted by level (the number of voxels of each is known), which bounds the memory by the voxels
 * of the ROI where a matrix of levels by neighbours would not be. */
#include "kernels/texture/gldm.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "kernels/texture/equal.h"
#include "kernels/texture/offsets.h"
#include "kernels/texture/sizes.h"

static const rml_size_feature order[] = {
    RML_SIZE_ENTROPY,  RML_SIZE_SIZE_NU, RML_SIZE_SIZE_NU_N,  RML_SIZE_PERCENTAGE,
    RML_SIZE_SIZE_VAR, RML_SIZE_GREY_NU, RML_SIZE_GREY_NU_N,  RML_SIZE_GREY_VAR,
    RML_SIZE_HIGH,     RML_SIZE_LARGE,   RML_SIZE_LARGE_HIGH, RML_SIZE_LARGE_LOW,
    RML_SIZE_LOW,      RML_SIZE_SMALL,   RML_SIZE_SMALL_HIGH, RML_SIZE_SMALL_LOW,
};
#define N_FEATURES ((int32_t)(sizeof order / sizeof *order))

static bool settings_valid(const rml_levels *levels, const rml_texture_settings *settings)
{
    if (!(settings->gldm_alpha >= 0.0)) return false;
    if (settings->n_distances < 1 || settings->n_distances > RML_MAX_DISTANCES) return false;
    for (int32_t d = 0; d < settings->n_distances; ++d)
        if (settings->distances[d] < 1 || settings->distances[d] > levels->margin) return false;
    return !settings->force_2d || (settings->force_2d_axis >= 0 && settings->force_2d_axis <= 2);
}

/* One of each pair of opposites; 0 for settings that will be refused. */
static int32_t n_offsets_of(const rml_levels *levels, const rml_texture_settings *settings)
{
    if (!settings_valid(levels, settings)) return 0;
    return rml_offsets_list(levels->size, settings->distances, settings->n_distances, settings->force_2d,
                            settings->force_2d_axis, NULL, 0);
}

/* Eight voxels as one value: the width that every x86-64 and ARM processor compares at once. Spelled out because gcc
 * jams the loop over neighbours into the one over voxels before it could vectorise that (measured: 22 ns a voxel
 * against 3), and no wider because wider registers, one build each, gained less than 1 ns. A comparison gives -1 where
 * it holds. */
typedef uint16_t lanes __attribute__((vector_size(16)));

#define N_LANES 8
#define MOST_GROUPS 4
#define LONG_BLOCK ((int64_t)N_LANES * MOST_GROUPS)

static inline lanes lanes_at(const uint16_t *voxel)
{
    lanes loaded;

    memcpy(&loaded, voxel, sizeof loaded);
    return loaded;
}

/* count  out  [n] 1 + equal neighbours of n = 8 n_groups voxels; n_groups is a constant wherever this is inlined, so
 * that the sums stay in registers. */
static inline void count_equal_block(const uint16_t *here, int64_t n_groups, const int64_t *deltas, int32_t n_deltas,
                                     uint16_t *count)
{
    lanes sum[MOST_GROUPS];

    for (int64_t g = 0; g < n_groups; ++g) sum[g] = (lanes){0} + 1;
    for (int32_t d = 0; d < n_deltas; ++d)
        for (int64_t g = 0; g < n_groups; ++g)
            sum[g] -= (lanes)(lanes_at(here + N_LANES * g) == lanes_at(here + N_LANES * g + deltas[d]));
    memcpy(count, sum, (size_t)n_groups * sizeof *sum);
}

/* The same with the range of ranks on which each voxel depends: from low, width more. */
static inline void count_within_block(const uint16_t *here, int64_t n_groups, const int64_t *deltas, int32_t n_deltas,
                                      const uint16_t *low, const uint16_t *width, uint16_t *count)
{
    lanes sum[MOST_GROUPS], from[MOST_GROUPS], more[MOST_GROUPS];

    for (int64_t g = 0; g < n_groups; ++g) {
        sum[g] = (lanes){0} + 1;
        from[g] = lanes_at(low + N_LANES * g);
        more[g] = lanes_at(width + N_LANES * g);
    }
    for (int32_t d = 0; d < n_deltas; ++d)
        for (int64_t g = 0; g < n_groups; ++g)
            sum[g] -= (lanes)(lanes_at(here + N_LANES * g + deltas[d]) - from[g] <= more[g]);
    memcpy(count, sum, (size_t)n_groups * sizeof *sum);
}

/* A row of n voxels in whole blocks, large ones where it is long enough. The last block ends with the row, and so may
 * do voxels of the block before it again, which costs less than a remainder and reads nothing but neighbours. */
static void count_equal(const uint16_t *row, int64_t n, const int64_t *deltas, int32_t n_deltas, uint16_t *count)
{
    if (n < N_LANES) {
        for (int64_t x = 0; x < n; ++x) {
            count[x] = 1;
            for (int32_t d = 0; d < n_deltas; ++d) count[x] = (uint16_t)(count[x] + (row[x] == row[x + deltas[d]]));
        }
        return;
    }
    const int64_t block = n < LONG_BLOCK ? N_LANES : LONG_BLOCK;
    for (int64_t done = 0; done < n; done += block) {
        const int64_t x = done > n - block ? n - block : done;

        if (block == N_LANES)
            count_equal_block(row + x, 1, deltas, n_deltas, count + x);
        else
            count_equal_block(row + x, MOST_GROUPS, deltas, n_deltas, count + x);
    }
}

static void count_within(const uint16_t *row, int64_t n, const int64_t *deltas, int32_t n_deltas, const uint16_t *low,
                         const uint16_t *width, uint16_t *count)
{
    if (n < N_LANES) {
        for (int64_t x = 0; x < n; ++x) {
            count[x] = 1;
            for (int32_t d = 0; d < n_deltas; ++d)
                count[x] = (uint16_t)(count[x] + ((uint16_t)(row[x + deltas[d]] - low[x]) <= width[x]));
        }
        return;
    }
    const int64_t block = n < LONG_BLOCK ? N_LANES : LONG_BLOCK;
    for (int64_t done = 0; done < n; done += block) {
        const int64_t x = done > n - block ? n - block : done;

        if (block == N_LANES)
            count_within_block(row + x, 1, deltas, n_deltas, low + x, width + x, count + x);
        else
            count_within_block(row + x, MOST_GROUPS, deltas, n_deltas, low + x, width + x, count + x);
    }
}

/* low, width  out [n_levels+1], by rank; rank 0 is never looked at as a centre */
static void list_ranges(const rml_levels *levels, double alpha, uint16_t *low, uint16_t *width)
{
    int32_t from = 1, to = 1;

    low[0] = 1;
    width[0] = 0;
    for (int32_t r = 1; r <= levels->n_levels; ++r) {
        const double grey = levels->grey[r - 1];

        while (grey - levels->grey[from - 1] > alpha) ++from;
        while (to < levels->n_levels && levels->grey[to] - grey <= alpha) ++to;
        low[r] = (uint16_t)from;
        width[r] = (uint16_t)(to - from);
    }
}

size_t rml_gldm_work_bytes(const rml_levels *levels, const rml_texture_settings *settings)
{
    const int64_t nx = levels->size[0], n_offsets = n_offsets_of(levels, settings);

    return rml_scratch_piece(n_offsets, sizeof(rml_offset)) + rml_scratch_piece(2 * n_offsets, sizeof(int64_t)) +
           2 * rml_scratch_piece(levels->n_levels + 1, sizeof(uint16_t)) + 3 * rml_scratch_piece(nx, sizeof(uint16_t)) +
           rml_scratch_piece(levels->n_levels, sizeof(int64_t));
}

rml_status rml_gldm_count(const rml_levels *levels, const rml_texture_settings *settings, void *work, uint16_t *sorted)
{
    const int64_t nx = levels->size[0];
    char *at = work;

    if (!settings_valid(levels, settings)) return RML_EINVAL;
    const int32_t n_offsets = n_offsets_of(levels, settings);
    if (2 * (int64_t)n_offsets + 1 > UINT16_MAX) return RML_ECAPACITY;

    rml_offset *offsets = rml_scratch_take(&at, n_offsets, sizeof *offsets);
    int64_t *deltas = rml_scratch_take(&at, 2 * (int64_t)n_offsets, sizeof *deltas);
    uint16_t *low = rml_scratch_take(&at, levels->n_levels + 1, sizeof *low);
    uint16_t *width = rml_scratch_take(&at, levels->n_levels + 1, sizeof *width);
    uint16_t *row_low = rml_scratch_take(&at, nx, sizeof *row_low);
    uint16_t *row_width = rml_scratch_take(&at, nx, sizeof *row_width);
    uint16_t *count = rml_scratch_take(&at, nx, sizeof *count);
    int64_t *next = rml_scratch_take(&at, levels->n_levels, sizeof *next);

    (void)rml_offsets_list(levels->size, settings->distances, settings->n_distances, settings->force_2d,
                           settings->force_2d_axis, offsets, n_offsets);
    for (int64_t o = 0; o < n_offsets; ++o) {
        deltas[2 * o] = rml_levels_delta(levels, offsets[o].step);
        deltas[2 * o + 1] = -deltas[2 * o];
    }
    list_ranges(levels, settings->gldm_alpha, low, width);
    bool equal_only = true;
    for (int32_t r = 1; r <= levels->n_levels; ++r) equal_only = equal_only && width[r] == 0;
    for (int32_t r = 0; r < levels->n_levels; ++r) next[r] = r == 0 ? 0 : next[r - 1] + levels->count[r - 1];

    for (int32_t z = 0; z < levels->size[2]; ++z)
        for (int32_t y = 0; y < levels->size[1]; ++y) {
            const int32_t *extent = levels->extent[(int64_t)z * levels->size[1] + y];
            const uint16_t *row = levels->level + z * levels->slice + y * levels->row + extent[0];
            const int64_t n = extent[1] - extent[0] + 1;

            if (n <= 0) continue;
            if (equal_only) {
                count_equal(row, n, deltas, 2 * n_offsets, count);
            } else {
                for (int64_t x = 0; x < n; ++x) {
                    row_low[x] = low[row[x]];
                    row_width[x] = width[row[x]];
                }
                count_within(row, n, deltas, 2 * n_offsets, row_low, row_width, count);
            }
            for (int64_t x = 0; x < n; ++x)
                if (row[x]) sorted[next[row[x] - 1]++] = count[x];
        }
    return RML_OK;
}

size_t rml_gldm_scratch_bytes(const rml_levels *levels, const rml_texture_settings *settings)
{
    const int64_t n_columns = 2 * (int64_t)n_offsets_of(levels, settings) + 2;

    return rml_gldm_work_bytes(levels, settings) + rml_scratch_piece(levels->n_voxels, sizeof(uint16_t)) +
           rml_scratch_piece(n_columns, sizeof(uint32_t)) + rml_scratch_piece(levels->n_levels, sizeof(double)) +
           rml_scratch_piece(n_columns, sizeof(double));
}

rml_status rml_gldm_features(const rml_levels *levels, const rml_texture_settings *settings, rml_wanted wanted,
                             void *scratch, double *value, uint8_t *reason)
{
    double all[RML_N_SIZE_FEATURES];
    char *at = scratch;
    rml_sizes sums;

    assert(N_FEATURES == rml_class_size(RML_GLDM));
    for (int32_t f = 0; f < N_FEATURES; ++f) {
        value[f] = NAN;
        reason[f] = RML_DEFINED;
    }
    if (!settings_valid(levels, settings)) return RML_EINVAL;

    const int64_t n_columns = 2 * (int64_t)n_offsets_of(levels, settings) + 2;
    void *work = rml_scratch_take(&at, (int64_t)rml_gldm_work_bytes(levels, settings), 1);
    uint16_t *sorted = rml_scratch_take(&at, levels->n_voxels, sizeof *sorted);
    uint32_t *row = rml_scratch_take(&at, n_columns, sizeof *row);
    double *by_level = rml_scratch_take(&at, levels->n_levels, sizeof *by_level);
    double *by_size = rml_scratch_take(&at, n_columns, sizeof *by_size);

    const rml_status status = rml_gldm_count(levels, settings, work, sorted);
    if (status != RML_OK) return status;

    memset(row, 0, (size_t)n_columns * sizeof *row);
    memset(by_size, 0, (size_t)n_columns * sizeof *by_size);
    rml_sizes_begin(&sums, levels, (double)levels->n_voxels, by_level, by_size);
    for (int32_t r = 0; r < levels->n_levels; sorted += levels->count[r++]) {
        uint16_t least = UINT16_MAX, most = 0;

        for (int64_t v = 0; v < levels->count[r]; ++v) {
            const uint16_t dependence = sorted[v];

            ++row[dependence];
            if (dependence < least) least = dependence;
            if (dependence > most) most = dependence;
        }
        for (int32_t dependence = least; dependence <= most; ++dependence) {
            if (row[dependence] == 0) continue;
            rml_sizes_add(&sums, dependence, row[dependence]);
            row[dependence] = 0;
        }
        rml_sizes_end_row(&sums, r + 1);
    }
    rml_sizes_finish(&sums, all);
    all[RML_SIZE_PERCENTAGE] = 1.0; /* a dependence a voxel: IBSI's dependence count percentage, why it is deprecated */
    rml_sizes_place(order, N_FEATURES, wanted, all, value, reason);
    return RML_OK;
}
