/* From the definition to the form used. A run of length k >= 2 along a direction d is a voxel whose neighbour behind,
 * at v - d, is not of its level, followed by k - 1 voxels that each equal the one behind them. So with E the bits
 * "equals the voxel behind", the second voxel of every such run is where E(v) is set and E(v - d) is not: one AND a
 * word finds them all. E(v + d) and E(v + 2d) tell which of these runs are of length 2, of length 3, and longer ones;
 * only the latter are walked to their end. Each voxel is walked over once a direction at most, and in real texture
 * most runs end at once. Runs of length 1 are the voxels left over. */
#include "kernels/texture/glrlm.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "kernels/base/attributes.h"
#include "kernels/texture/equal.h"
#include "kernels/texture/offsets.h"
#include "kernels/texture/sizes.h"

#define MAX_DIRECTIONS 13

static const rml_size_feature order[] = {
    RML_SIZE_GREY_NU,  RML_SIZE_GREY_NU_N,  RML_SIZE_GREY_VAR,   RML_SIZE_HIGH,
    RML_SIZE_LARGE,    RML_SIZE_LARGE_HIGH, RML_SIZE_LARGE_LOW,  RML_SIZE_LOW,
    RML_SIZE_ENTROPY,  RML_SIZE_SIZE_NU,    RML_SIZE_SIZE_NU_N,  RML_SIZE_PERCENTAGE,
    RML_SIZE_SIZE_VAR, RML_SIZE_SMALL,      RML_SIZE_SMALL_HIGH, RML_SIZE_SMALL_LOW,
};
#define N_FEATURES ((int32_t)(sizeof order / sizeof *order))

int32_t rml_glrlm_longest(const rml_levels *levels)
{
    int32_t longest = levels->size[0];

    for (int axis = 1; axis < 3; ++axis)
        if (levels->size[axis] > longest) longest = levels->size[axis];
    return longest;
}

void rml_glrlm_rows(const rml_levels *levels, int64_t *first)
{
    const int32_t longest = rml_glrlm_longest(levels);

    first[0] = 0;
    for (int32_t r = 0; r < levels->n_levels; ++r)
        first[r + 1] = first[r] + (levels->count[r] < longest ? levels->count[r] : longest);
}

/* Words of 0 before the bits and behind them: what two steps can reach. */
static int64_t margin_words(const rml_levels *levels)
{
    return 2 * (rml_equal_words(levels) * ((int64_t)levels->size[1] + 1) + 1);
}

int64_t rml_glrlm_bits(const rml_levels *levels)
{
    return rml_equal_words(levels) * levels->size[1] * levels->size[2] + 2 * margin_words(levels);
}

/* Whether some line along step holds two ROI voxels. Ends at the first pair; until then no two voxels shared a line, so
 * that no part of the box was walked over twice. */
static bool any_line(const rml_levels *levels, const int32_t step[3])
{
    const int64_t delta = rml_levels_delta(levels, step);

    for (int32_t z = 0; z < levels->size[2]; ++z)
        for (int32_t y = 0; y < levels->size[1]; ++y)
            for (int32_t x = 0; x < levels->size[0]; ++x) {
                const uint16_t *voxel = levels->level + z * levels->slice + y * levels->row + x;
                const int32_t at[3] = {x, y, z};
                int32_t n_steps = INT32_MAX;

                if (!*voxel) continue;
                for (int axis = 0; axis < 3; ++axis) {
                    const int32_t room = step[axis] > 0 ? levels->size[axis] - 1 - at[axis] : at[axis];
                    if (step[axis] != 0 && room < n_steps) n_steps = room;
                }
                for (int32_t k = 1; k <= n_steps; ++k)
                    if (voxel[k * delta]) return true;
            }
    return false;
}

#define LISTED                                                                                                         \
    256 /* voxels listed before their runs are counted: enough to fill the processor, few enough to stay near */

/* Runs of some length, by their second voxel. */
typedef struct seconds {
    int32_t n;
    int64_t at[LISTED + RML_BITS_ROOM]; /* elements from voxel (0,0,0) */
} seconds;

/* Counts runs whose length is known, and empties the list. Returns the length if there was any, or 0. */
static int32_t count_known(const rml_levels *levels, seconds *list, int32_t length, const int64_t *first,
                           uint32_t *runs)
{
    const int32_t n = list->n;

    for (int32_t k = 0; k < n; ++k) ++runs[first[levels->level[list->at[k]] - 1] + length - 1];
    list->n = 0;
    return n > 0 ? length : 0;
}

/* The same for runs of 4 voxels or more; ahead elements to a run's next voxel. Returns the longest length. */
static int32_t count_longer(const rml_levels *levels, seconds *list, int64_t ahead, const int64_t *first,
                            uint32_t *runs)
{
    int32_t longest = 0;

    for (int32_t k = 0; k < list->n; ++k) {
        const uint16_t *voxel = levels->level + list->at[k], rank = *voxel;
        int32_t length = 4;

        voxel += 2 * ahead;
        while (*(voxel += ahead) == rank) ++length;
        ++runs[first[rank - 1] + length - 1];
        if (length > longest) longest = length;
    }
    list->n = 0;
    return longest;
}

static int32_t larger(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

/* Bits of a word moved so that bit x is bit x + dx of the words laid end to end, dx = -2..2. */
static inline uint64_t moved(const uint64_t *word, int32_t dx)
{
    if (dx < 0) return word[0] << -dx | word[-1] >> (64 + dx);
    if (dx > 0) return word[0] >> dx | word[1] << (64 - dx);
    return word[0];
}

/* Counts the runs of 2 voxels and more. Returns the length of the longest, or 1.
 *
 * Rows and slices follow each other without a margin, and yet none is mistaken for another: a voxel whose neighbour
 * behind lies outside the box never has its bit set, so that bits that come round an edge meet a 0 or are 0. Only the
 * ends of the whole need words of 0. */
RML_HOT static int32_t count_runs(const rml_levels *levels, const int32_t behind[3], const int64_t *first,
                                  const uint64_t *bits, uint32_t *runs)
{
    const int64_t n_words = rml_equal_words(levels), ahead = -rml_levels_delta(levels, behind);
    const int64_t back = (behind[2] * (int64_t)levels->size[1] + behind[1]) * n_words;
    seconds of_2, of_3, of_more;
    int32_t longest = 1;

    of_2.n = of_3.n = of_more.n = 0;
    for (int32_t z = 0; z < levels->size[2]; ++z)
        for (int32_t y = 0; y < levels->size[1]; ++y) {
            int64_t start = z * levels->slice + y * levels->row;

            for (int64_t word = 0; word < n_words; ++word, ++bits, start += 64) {
                const uint64_t begun = *bits & ~moved(bits + back, behind[0]);
                const uint64_t third = begun & moved(bits - back, -behind[0]);
                const uint64_t fourth = third & moved(bits - 2 * back, -2 * behind[0]);

                of_2.n += rml_bits_list(begun & ~third, start, of_2.at + of_2.n);
                if (of_2.n >= LISTED) longest = larger(longest, count_known(levels, &of_2, 2, first, runs));
                if (!third) continue;
                of_3.n += rml_bits_list(third & ~fourth, start, of_3.at + of_3.n);
                of_more.n += rml_bits_list(fourth, start, of_more.at + of_more.n);
                if (of_3.n >= LISTED) longest = larger(longest, count_known(levels, &of_3, 3, first, runs));
                if (of_more.n >= LISTED) longest = larger(longest, count_longer(levels, &of_more, ahead, first, runs));
            }
        }
    longest = larger(longest, count_known(levels, &of_2, 2, first, runs));
    longest = larger(longest, count_known(levels, &of_3, 3, first, runs));
    return larger(longest, count_longer(levels, &of_more, ahead, first, runs));
}

int32_t rml_glrlm_count(const rml_levels *levels, const int32_t step[3], const int64_t *first, uint64_t *bits,
                        uint32_t *runs, int64_t *n_runs)
{
    const int32_t sign = rml_levels_delta(levels, step) < 0 ? 1 : -1;
    const int32_t behind[3] = {sign * step[0], sign * step[1], sign * step[2]};
    const int64_t n_margin = margin_words(levels);
    const size_t margin_bytes = (size_t)n_margin * sizeof *bits;
    int32_t longest;

    memset(bits, 0, margin_bytes);
    memset(bits + rml_glrlm_bits(levels) - n_margin, 0, margin_bytes);
    bits += n_margin;
    for (int32_t z = 0; z < levels->size[2]; ++z)
        rml_equal_slice(levels, z, behind, bits + (int64_t)z * levels->size[1] * rml_equal_words(levels));
    longest = count_runs(levels, behind, first, bits, runs);
    *n_runs = 0;
    if (longest == 1 && !any_line(levels, behind)) return 0;
    for (int32_t r = 0; r < levels->n_levels; ++r) {
        uint32_t *row = runs + first[r];
        int64_t left = levels->count[r];

        for (int64_t k = 2; k <= longest && k <= first[r + 1] - first[r]; ++k) {
            left -= k * row[k - 1];
            *n_runs += row[k - 1];
        }
        row[0] = (uint32_t)left;
        *n_runs += left;
    }
    return longest;
}

/* What PyRadiomics multiplies a direction's runs by: the distance itself, in mm (its GLCM takes exp(-d^2) instead). */
static double weight_of(const rml_texture_settings *settings, const int32_t step[3])
{
    double d[3];

    for (int axis = 0; axis < 3; ++axis) d[axis] = (step[axis] != 0 ? 1.0 : 0.0) * settings->spacing[axis];
    switch (settings->weighting) {
    case RML_WEIGHT_EUCLIDEAN: return sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
    case RML_WEIGHT_MANHATTAN: return d[0] + d[1] + d[2];
    case RML_WEIGHT_INFINITY: return fmax(d[0], fmax(d[1], d[2]));
    case RML_WEIGHT_NONE:
    case RML_WEIGHT_NO_WEIGHTING: break;
    }
    return 1.0;
}

/* Features of one direction's runs, which are set back to 0. */
static void take_features(const int64_t *first, int32_t longest, uint32_t *runs, rml_sizes *sums, double *value)
{
    for (int32_t r = 0; r < sums->levels->n_levels; ++r) {
        for (int64_t k = 1; k <= longest && k <= first[r + 1] - first[r]; ++k) {
            uint32_t *cell = runs + first[r] + k - 1;

            if (!*cell) continue;
            rml_sizes_add(sums, k, *cell);
            *cell = 0;
        }
        rml_sizes_end_row(sums, r + 1);
    }
    rml_sizes_finish(sums, value);
}

static void take_merged_features(const int64_t *first, int32_t longest, const double *merged, rml_sizes *sums,
                                 double *value)
{
    for (int32_t r = 0; r < sums->levels->n_levels; ++r) {
        for (int64_t k = 1; k <= longest && k <= first[r + 1] - first[r]; ++k)
            if (merged[first[r] + k - 1] > 0.0) rml_sizes_add(sums, k, merged[first[r] + k - 1]);
        rml_sizes_end_row(sums, r + 1);
    }
    rml_sizes_finish(sums, value);
}

/* Adds one direction's runs, which are set back to 0. */
static void merge(const int64_t *first, int32_t n_levels, int32_t longest, double weight, uint32_t *runs,
                  double *merged)
{
    for (int32_t r = 0; r < n_levels; ++r)
        for (int64_t c = first[r]; c < first[r] + longest && c < first[r + 1]; ++c) {
            merged[c] += weight * runs[c];
            runs[c] = 0;
        }
}

static int64_t n_cells_of(const rml_levels *levels)
{
    const int32_t longest = rml_glrlm_longest(levels);
    int64_t n_cells = 0;

    for (int32_t r = 0; r < levels->n_levels; ++r) n_cells += levels->count[r] < longest ? levels->count[r] : longest;
    return n_cells;
}

size_t rml_glrlm_scratch_bytes(const rml_levels *levels, const rml_texture_settings *settings)
{
    const int64_t n_cells = n_cells_of(levels);

    return rml_scratch_piece(levels->n_levels + 1, sizeof(int64_t)) + rml_scratch_piece(n_cells, sizeof(uint32_t)) +
           rml_scratch_piece(settings->weighting == RML_WEIGHT_NONE ? 0 : n_cells, sizeof(double)) +
           rml_scratch_piece(rml_glrlm_bits(levels), sizeof(uint64_t)) +
           rml_scratch_piece(levels->n_levels, sizeof(double)) +
           rml_scratch_piece((int64_t)rml_glrlm_longest(levels) + 1, sizeof(double));
}

static bool settings_valid(const rml_levels *levels, const rml_texture_settings *settings)
{
    if (levels->margin < 1 || (int)settings->weighting < 0 || settings->weighting > RML_WEIGHT_NO_WEIGHTING)
        return false;
    if (settings->force_2d && (settings->force_2d_axis < 0 || settings->force_2d_axis > 2)) return false;
    for (int axis = 0; axis < 3; ++axis)
        if (!(settings->spacing[axis] > 0.0) || !isfinite(settings->spacing[axis])) return false;
    return true;
}

/* No direction has runs. PyRadiomics then gives NaN, except that a sum over the cells of an empty matrix is 0: where a
 * matrix is left at all (directions merged, or the box has a single one), the two sums that it does not divide by the
 * number of runs are that 0. */
static void place_no_runs(bool matrix_left, rml_wanted wanted, double *value, uint8_t *reason)
{
    for (int32_t f = 0; f < N_FEATURES; ++f) {
        const bool is_sum = order[f] == RML_SIZE_ENTROPY || order[f] == RML_SIZE_SIZE_VAR;

        if (!(wanted >> f & 1)) continue;
        if (matrix_left && is_sum) value[f] = 0.0;
        reason[f] = RML_WHY_NO_RUNS;
    }
}

rml_status rml_glrlm_features(const rml_levels *levels, const rml_texture_settings *settings, rml_wanted wanted,
                              void *scratch, double *value, uint8_t *reason)
{
    const int32_t distance = 1; /* whatever the settings' distances are: PyRadiomics, too, has runs of step 1 alone */
    const bool merging = settings->weighting != RML_WEIGHT_NONE;
    rml_offset steps[MAX_DIRECTIONS];
    double of_direction[RML_N_SIZE_FEATURES], mean[RML_N_SIZE_FEATURES] = {0.0}, total = 0.0;
    int32_t n_steps, n_used = 0, longest = 0;
    char *at = scratch;
    rml_sizes sums;

    assert(N_FEATURES == rml_class_size(RML_GLRLM));
    for (int32_t f = 0; f < N_FEATURES; ++f) {
        value[f] = NAN;
        reason[f] = RML_DEFINED;
    }
    if (!settings_valid(levels, settings)) return RML_EINVAL;

    const int64_t n_cells = n_cells_of(levels);
    int64_t *first = rml_scratch_take(&at, levels->n_levels + 1, sizeof *first);
    uint32_t *runs = rml_scratch_take(&at, n_cells, sizeof *runs);
    double *merged = rml_scratch_take(&at, merging ? n_cells : 0, sizeof *merged);
    uint64_t *bits = rml_scratch_take(&at, rml_glrlm_bits(levels), sizeof *bits);
    double *by_level = rml_scratch_take(&at, levels->n_levels, sizeof *by_level);
    double *by_size = rml_scratch_take(&at, (int64_t)rml_glrlm_longest(levels) + 1, sizeof *by_size);

    rml_glrlm_rows(levels, first);
    memset(runs, 0, (size_t)n_cells * sizeof *runs);
    if (merging) memset(merged, 0, (size_t)n_cells * sizeof *merged);
    memset(by_size, 0, ((size_t)rml_glrlm_longest(levels) + 1) * sizeof *by_size);

    n_steps = rml_offsets_list(levels->size, &distance, 1, settings->force_2d, settings->force_2d_axis, steps,
                               MAX_DIRECTIONS);
    assert(n_steps <= MAX_DIRECTIONS);
    for (int32_t s = 0; s < n_steps; ++s) {
        int64_t n_runs;
        const int32_t longest_here = rml_glrlm_count(levels, steps[s].step, first, bits, runs, &n_runs);

        if (longest_here == 0) continue;
        ++n_used;
        if (longest_here > longest) longest = longest_here;
        if (merging) {
            const double weight = weight_of(settings, steps[s].step);

            merge(first, levels->n_levels, longest_here, weight, runs, merged);
            total += weight * (double)n_runs;
            continue;
        }
        rml_sizes_begin(&sums, levels, (double)n_runs, by_level, by_size);
        take_features(first, longest_here, runs, &sums, of_direction);
        for (int f = 0; f < RML_N_SIZE_FEATURES; ++f) mean[f] += of_direction[f];
    }
    if (n_used == 0) {
        place_no_runs(n_steps == 1 || (merging && n_steps > 0), wanted, value, reason);
        return RML_OK;
    }
    if (merging) {
        rml_sizes_begin(&sums, levels, total, by_level, by_size);
        take_merged_features(first, longest, merged, &sums, mean);
    } else {
        for (int f = 0; f < RML_N_SIZE_FEATURES; ++f) mean[f] /= n_used;
    }
    rml_sizes_place(order, N_FEATURES, wanted, mean, value, reason);
    return RML_OK;
}
