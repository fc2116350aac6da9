/* Zones are found by union-find over the pairs of equal neighbours alone. Each voxel looks at the up to 13 neighbours
 * before it; where two of those that equal it are neighbours of each other, they are in one zone already, so joining
 * one of them joins both, and the other is struck out with a few operations a word of 64 voxels. (All pairs among the
 * voxels before v count as joined when v is looked at: by induction, what was struck out was implied.)
 *
 * A voxel with a neighbour left joins the neighbour's zone when it is met, and never comes to stand for a zone itself.
 * The others each begin a zone; which those are is kept as bits, and the zones that are left at the end are found among
 * them.
 *
 * parent[v] < 0: v stands for its zone, which has -parent[v] voxels so far; else parent[v] is a voxel of the same zone,
 * nearer to the one that stands for it. Voxels outside the ROI have no parent. */
#include "kernels/texture/glszm.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/base/attributes.h"
#include "kernels/texture/equal.h"
#include "kernels/texture/offsets.h"
#include "kernels/texture/sizes.h"

#define MAX_DIRECTIONS 13
#define N_LANES 16 /* directions, rounded up to what fills registers */

static const rml_size_feature order[] = {
    RML_SIZE_GREY_NU,   RML_SIZE_GREY_NU_N,  RML_SIZE_GREY_VAR,   RML_SIZE_HIGH,
    RML_SIZE_LARGE,     RML_SIZE_LARGE_HIGH, RML_SIZE_LARGE_LOW,  RML_SIZE_LOW,
    RML_SIZE_SIZE_NU,   RML_SIZE_SIZE_NU_N,  RML_SIZE_SMALL,      RML_SIZE_SMALL_HIGH,
    RML_SIZE_SMALL_LOW, RML_SIZE_ENTROPY,    RML_SIZE_PERCENTAGE, RML_SIZE_SIZE_VAR,
};
#define N_FEATURES ((int32_t)(sizeof order / sizeof *order))

/* The neighbours before a voxel, nearest first, and which of those earlier in the list each one touches. */
typedef struct neighbours {
    int32_t n;
    int32_t step[MAX_DIRECTIONS][3];
    int32_t n_touched[MAX_DIRECTIONS];
    int32_t touched[MAX_DIRECTIONS][MAX_DIRECTIONS];
} neighbours;

static int32_t block_length(const int32_t step[3])
{
    return abs(step[0]) + abs(step[1]) + abs(step[2]);
}

static void list_neighbours(const rml_levels *levels, const rml_texture_settings *settings, neighbours *list)
{
    const int32_t distance = 1;
    rml_offset steps[MAX_DIRECTIONS];
    const int32_t n = rml_offsets_list(levels->size, &distance, 1, settings->force_2d, settings->force_2d_axis, steps,
                                       MAX_DIRECTIONS);

    assert(n <= MAX_DIRECTIONS);
    list->n = 0;
    for (int32_t length = 1; length <= 3; ++length) /* nearest first: those touch, and strike out, the most */
        for (int32_t s = 0; s < n; ++s) {
            const int32_t *step = steps[s].step, sign = rml_levels_delta(levels, step) < 0 ? 1 : -1;

            if (block_length(step) != length) continue;
            for (int axis = 0; axis < 3; ++axis) list->step[list->n][axis] = sign * step[axis];
            ++list->n;
        }
    for (int32_t i = 0; i < list->n; ++i) {
        list->n_touched[i] = 0;
        for (int32_t j = 0; j < i; ++j) {
            bool touches = true;

            for (int axis = 0; axis < 3; ++axis)
                if (abs(list->step[i][axis] - list->step[j][axis]) > 1) touches = false;
            if (touches) list->touched[i][list->n_touched[i]++] = j;
        }
    }
}

/* Most ways have one step or two: both are taken at once, without a branch that could not be foretold. */
static inline int32_t find(const int32_t *parent, int32_t v)
{
    int32_t up = parent[v];

    v = up < 0 ? v : up;
    up = parent[v];
    v = up < 0 ? v : up;
    while ((up = parent[v]) >= 0) v = up;
    return v;
}

/* Joins two zones by the voxels that stand for them; returns the one that stands for both. */
static inline int32_t join(int32_t *parent, int32_t one, int32_t other)
{
    const bool larger = parent[one] <= parent[other]; /* takes the smaller in: ways stay short in any order */
    const int32_t root = larger ? one : other, joined = larger ? other : one;

    if (one == other) return one;
    parent[root] += parent[joined];
    parent[joined] = root;
    return root;
}

/* Elements from voxel (0,0,0) to just behind the last voxel: what parent[] covers. */
static int64_t span_of(const rml_levels *levels)
{
    return (levels->size[2] - 1) * levels->slice + (levels->size[1] - 1) * levels->row + levels->size[0];
}

/* Leaves of each neighbour's bits those pairs that no other pair implies. From the last neighbour back, since those
 * before it in the list strike out most while they have all their bits. */
static void strike_out(const neighbours *list, int64_t n_slice, uint64_t *bits)
{
    for (int32_t i = list->n - 1; i >= 0; --i)
        for (int32_t t = 0; t < list->n_touched[i]; ++t) {
            uint64_t *needed = bits + i * n_slice;
            const uint64_t *implying = bits + list->touched[i][t] * n_slice;

            for (int64_t word = 0; word < n_slice; ++word) needed[word] &= ~implying[word];
        }
}

/* Joins voxel v, not met before, to the zones of its neighbours; needed has a bit for each that it must be joined to,
 * at least one. */
static inline void join_voxel(int32_t *parent, int32_t v, const int32_t *delta, uint32_t needed)
{
    int32_t root = find(parent, v + delta[__builtin_ctz(needed)]);

    for (needed &= needed - 1; needed; needed &= needed - 1)
        root = join(parent, root, find(parent, v + delta[__builtin_ctz(needed)]));
    parent[v] = root;
    --parent[root];
}

/* begins  out  [nz*ny*words] the voxels that began a zone: every zone's parent is one of them */
RML_HOT static void join_neighbours(const rml_levels *levels, const neighbours *list, uint64_t *bits, int32_t *parent,
                                    uint64_t *begins)
{
    static const int32_t itself[3] = {0, 0, 0};
    const int64_t n_words = rml_equal_words(levels), n_slice = n_words * levels->size[1];
    int32_t delta[MAX_DIRECTIONS];
    int64_t at[RML_BITS_ROOM];

    for (int32_t i = 0; i < list->n; ++i) delta[i] = (int32_t)rml_levels_delta(levels, list->step[i]);
    for (int32_t z = 0; z < levels->size[2]; ++z, begins += n_slice) {
        rml_equal_slice(levels, z, itself, begins);
        for (int32_t i = 0; i < list->n; ++i) rml_equal_slice(levels, z, list->step[i], bits + i * n_slice);
        strike_out(list, n_slice, bits);
        for (int64_t word = 0; word < n_slice; ++word) {
            const int32_t start = (int32_t)(z * levels->slice + word / n_words * levels->row + word % n_words * 64);
            uint64_t here[N_LANES] = {0}, joins = 0;
            int32_t n;

            for (int32_t i = 0; i < list->n; ++i) {
                here[i] = bits[i * n_slice + word];
                joins |= here[i];
            }
            begins[word] &= ~joins;
            n = rml_bits_list(begins[word], 0, at);
            for (int32_t k = 0; k < n; ++k) parent[start + at[k]] = -1;
            n = rml_bits_list(joins, 0, at);
            for (int32_t k = 0; k < n; ++k) {
                uint64_t needed = 0;

                for (int i = 0; i < N_LANES; ++i) needed |= (here[i] >> at[k] & 1) << i;
                join_voxel(parent, start + (int32_t)at[k], delta, (uint32_t)needed);
            }
        }
    }
}

void rml_glszm_rows(const rml_levels *levels, int64_t *first)
{
    first[0] = 0;
    for (int32_t r = 0; r < levels->n_levels; ++r) first[r + 1] = first[r] + levels->count[r];
}

size_t rml_glszm_work_bytes(const rml_levels *levels)
{
    return rml_scratch_piece(span_of(levels), sizeof(int32_t)) +
           rml_scratch_piece(MAX_DIRECTIONS * rml_equal_words(levels) * levels->size[1], sizeof(uint64_t)) +
           rml_scratch_piece(rml_equal_words(levels) * levels->size[1] * levels->size[2], sizeof(uint64_t));
}

/* What rml_glszm_count works in, and leaves the zones in. */
typedef struct forest {
    int32_t *parent;  /* [span_of] */
    uint64_t *bits;   /* of one slice, every direction */
    uint64_t *begins; /* [nz*ny*words] */
} forest;

static forest forest_at(const rml_levels *levels, void *work)
{
    const int64_t n_slice = rml_equal_words(levels) * levels->size[1];
    char *at = work;
    forest f;

    f.parent = rml_scratch_take(&at, span_of(levels), sizeof *f.parent);
    f.bits = rml_scratch_take(&at, MAX_DIRECTIONS * n_slice, sizeof *f.bits);
    f.begins = rml_scratch_take(&at, n_slice * levels->size[2], sizeof *f.begins);
    return f;
}

/* Lists the voxels of one word that stand for a zone, as elements from voxel (0,0,0); returns their number. Which of
 * those that began one still do cannot be foretold: they are listed without a branch. */
static inline int32_t list_zones(const forest *f, uint64_t begins, int64_t start, int64_t *found)
{
    const int32_t n_begun = rml_bits_list(begins, start, found);
    int32_t n = 0;

    for (int32_t k = 0; k < n_begun; ++k) {
        found[n] = found[k];
        n += f->parent[found[k]] < 0;
    }
    return n;
}

rml_status rml_glszm_count(const rml_levels *levels, const rml_texture_settings *settings, const int64_t *first,
                           void *work, uint32_t *zones, int64_t *n_zones)
{
    const int64_t n_words = rml_equal_words(levels);
    neighbours list;

    *n_zones = 0;
    if (levels->margin < 1) return RML_EINVAL;
    if (settings->force_2d && (settings->force_2d_axis < 0 || settings->force_2d_axis > 2)) return RML_EINVAL;
    if (span_of(levels) > INT32_MAX) return RML_ECAPACITY;

    const forest f = forest_at(levels, work);
    const uint64_t *begins = f.begins;

    list_neighbours(levels, settings, &list);
    join_neighbours(levels, &list, f.bits, f.parent, f.begins);
    memset(zones, 0, (size_t)levels->n_voxels * sizeof *zones);
    for (int32_t z = 0; z < levels->size[2]; ++z)
        for (int32_t y = 0; y < levels->size[1]; ++y)
            for (int64_t word = 0; word < n_words; ++word) {
                int64_t found[RML_BITS_ROOM];
                const int32_t n = list_zones(&f, *begins++, z * levels->slice + y * levels->row + word * 64, found);

                for (int32_t k = 0; k < n; ++k) ++zones[first[levels->level[found[k]] - 1] - f.parent[found[k]] - 1];
                *n_zones += n;
            }
    return RML_OK;
}

int64_t rml_glszm_span(const rml_levels *levels)
{
    return span_of(levels);
}

void rml_glszm_count_least(const rml_levels *levels, void *work, const uint16_t *value, int64_t n_values,
                           uint16_t *least, uint32_t *zones)
{
    const int64_t n_words = rml_equal_words(levels);
    const forest f = forest_at(levels, work);
    const uint64_t *begins = f.begins;

    for (int64_t v = 0; v < span_of(levels); ++v) least[v] = UINT16_MAX;
    for (int32_t z = 0; z < levels->size[2]; ++z)
        for (int32_t y = 0; y < levels->size[1]; ++y, value += levels->size[0]) {
            const int32_t *extent = levels->extent[(int64_t)z * levels->size[1] + y];
            const int64_t start = z * levels->slice + y * levels->row;

            for (int32_t x = extent[0]; x <= extent[1]; ++x) {
                if (!levels->level[start + x]) continue;
                const int32_t zone = find(f.parent, (int32_t)start + x);

                least[zone] = value[x] < least[zone] ? value[x] : least[zone];
            }
        }
    for (int32_t z = 0; z < levels->size[2]; ++z)
        for (int32_t y = 0; y < levels->size[1]; ++y)
            for (int64_t word = 0; word < n_words; ++word) {
                int64_t found[RML_BITS_ROOM];
                const int32_t n = list_zones(&f, *begins++, z * levels->slice + y * levels->row + word * 64, found);

                for (int32_t k = 0; k < n; ++k) ++zones[(levels->level[found[k]] - 1) * n_values + least[found[k]] - 1];
            }
}

static int64_t largest_count(const rml_levels *levels)
{
    int64_t largest = 0;

    for (int32_t r = 0; r < levels->n_levels; ++r)
        if (levels->count[r] > largest) largest = levels->count[r];
    return largest;
}

size_t rml_glszm_scratch_bytes(const rml_levels *levels, const rml_texture_settings *settings)
{
    (void)settings;
    return rml_scratch_piece(levels->n_levels + 1, sizeof(int64_t)) +
           rml_scratch_piece(levels->n_voxels, sizeof(uint32_t)) + rml_glszm_work_bytes(levels) +
           rml_scratch_piece(levels->n_levels, sizeof(double)) +
           rml_scratch_piece(largest_count(levels) + 1, sizeof(double));
}

rml_status rml_glszm_features(const rml_levels *levels, const rml_texture_settings *settings, rml_wanted wanted,
                              void *scratch, double *value, uint8_t *reason)
{
    double all[RML_N_SIZE_FEATURES];
    int64_t n_zones;
    char *at = scratch;
    rml_sizes sums;

    assert(N_FEATURES == rml_class_size(RML_GLSZM));
    for (int32_t f = 0; f < N_FEATURES; ++f) {
        value[f] = NAN;
        reason[f] = RML_DEFINED;
    }

    int64_t *first = rml_scratch_take(&at, levels->n_levels + 1, sizeof *first);
    uint32_t *zones = rml_scratch_take(&at, levels->n_voxels, sizeof *zones);
    void *work = rml_scratch_take(&at, (int64_t)rml_glszm_work_bytes(levels), 1);
    double *by_level = rml_scratch_take(&at, levels->n_levels, sizeof *by_level);
    double *by_size = rml_scratch_take(&at, largest_count(levels) + 1, sizeof *by_size);

    rml_glszm_rows(levels, first);
    const rml_status status = rml_glszm_count(levels, settings, first, work, zones, &n_zones);
    if (status != RML_OK) return status;

    memset(by_size, 0, (size_t)(largest_count(levels) + 1) * sizeof *by_size);
    rml_sizes_begin(&sums, levels, (double)n_zones, by_level, by_size);
    for (int32_t r = 0; r < levels->n_levels; ++r) {
        int64_t left = levels->count[r]; /* voxels in zones not met yet: the rest of a row need not be read */

        for (int64_t size = 1; left > 0; ++size) {
            const uint32_t n = zones[first[r] + size - 1];

            if (n == 0) continue;
            rml_sizes_add(&sums, size, n);
            left -= size * n;
        }
        rml_sizes_end_row(&sums, r + 1);
    }
    rml_sizes_finish(&sums, all);
    rml_sizes_place(order, N_FEATURES, wanted, all, value, reason);
    return RML_OK;
}
