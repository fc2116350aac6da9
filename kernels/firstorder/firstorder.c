/* First-order statistics.
 *
 * 1. Sums run in eight lanes (element i goes to lane i mod 8) that are folded in one order at the end, so that every
 *    instruction set gives the same bits.
 * 2. Percentiles need at most two order statistics each. One pass counts the values in buckets of equal width between
 *    minimum and maximum, which is monotone in the value; a second one collects only the buckets that hold a wanted
 *    rank, and within a bucket the rank is found by selection. */
#include "kernels/firstorder/firstorder.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "kernels/firstorder/select.h"

enum { LANES = 8, N_BUCKETS = 2048, N_RANKS = 10 };

static double fold(const double lane[LANES])
{
    return ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
}

/* 1. Sums */

typedef struct totals {
    double low, high, sum;
    double squares; /* of x + shift */
} totals;

RML_HOT static totals first_pass(const double *x, int64_t n, double shift)
{
    double low[LANES], high[LANES], sum[LANES] = {0}, squares[LANES] = {0};
    const int64_t whole = n - n % LANES;
    totals t;

    for (int l = 0; l < LANES; ++l) low[l] = high[l] = x[0];
    for (int64_t i = 0; i < whole; i += LANES)
        for (int l = 0; l < LANES; ++l) {
            const double v = x[i + l], s = v + shift;
            low[l] = v < low[l] ? v : low[l];
            high[l] = v > high[l] ? v : high[l];
            sum[l] += v;
            squares[l] += s * s;
        }
    for (int64_t i = whole; i < n; ++i) {
        const double v = x[i], s = v + shift;
        const int l = (int)(i - whole);
        low[l] = v < low[l] ? v : low[l];
        high[l] = v > high[l] ? v : high[l];
        sum[l] += v;
        squares[l] += s * s;
    }
    t = (totals){.low = low[0], .high = high[0], .sum = fold(sum), .squares = fold(squares)};
    for (int l = 1; l < LANES; ++l) {
        if (low[l] < t.low) t.low = low[l];
        if (high[l] > t.high) t.high = high[l];
    }
    return t;
}

typedef struct moments {
    double first, second, third, fourth, absolute; /* means of (x - mean)^k and of |x - mean| */
} moments;

RML_HOT static moments second_pass(const double *x, int64_t n, double mean)
{
    double one[LANES] = {0}, two[LANES] = {0}, three[LANES] = {0}, four[LANES] = {0}, absolute[LANES] = {0};
    const int64_t whole = n - n % LANES;

    for (int64_t i = 0; i < whole; i += LANES)
        for (int l = 0; l < LANES; ++l) {
            const double d = x[i + l] - mean, square = d * d;
            one[l] += d;
            two[l] += square;
            three[l] += square * d;
            four[l] += square * square;
            absolute[l] += fabs(d);
        }
    for (int64_t i = whole; i < n; ++i) {
        const double d = x[i] - mean, square = d * d;
        const int l = (int)(i - whole);
        one[l] += d;
        two[l] += square;
        three[l] += square * d;
        four[l] += square * square;
        absolute[l] += fabs(d);
    }
    return (moments){fold(one) / (double)n, fold(two) / (double)n, fold(three) / (double)n, fold(four) / (double)n,
                     fold(absolute) / (double)n};
}

/* Count and mean of the values in [low, high]. */
RML_HOT static double mean_within(const double *x, int64_t n, double low, double high, double *count)
{
    double sum[LANES] = {0}, inside[LANES] = {0};
    const int64_t whole = n - n % LANES;

    for (int64_t i = 0; i < whole; i += LANES)
        for (int l = 0; l < LANES; ++l) {
            const double v = x[i + l], in = (v >= low) & (v <= high) ? 1.0 : 0.0;
            sum[l] += in * v;
            inside[l] += in;
        }
    for (int64_t i = whole; i < n; ++i) {
        const double v = x[i], in = (v >= low) & (v <= high) ? 1.0 : 0.0;
        sum[i - whole] += in * v;
        inside[i - whole] += in;
    }
    *count = fold(inside);
    return fold(sum) / *count;
}

RML_HOT static double deviation_within(const double *x, int64_t n, double low, double high, double mean)
{
    double sum[LANES] = {0};
    const int64_t whole = n - n % LANES;

    for (int64_t i = 0; i < whole; i += LANES)
        for (int l = 0; l < LANES; ++l) {
            const double v = x[i + l], in = (v >= low) & (v <= high) ? 1.0 : 0.0;
            sum[l] += in * fabs(v - mean);
        }
    for (int64_t i = whole; i < n; ++i) {
        const double v = x[i], in = (v >= low) & (v <= high) ? 1.0 : 0.0;
        sum[i - whole] += in * fabs(v - mean);
    }
    return fold(sum);
}

/* 2. Percentiles */

typedef struct buckets {
    double low, scale; /* bucket of v: (v - low) * scale, cut; monotone in v */
} buckets;

static int bucket_of(const buckets *b, double v)
{
    return (int)((v - b->low) * b->scale);
}

/* order[r] = the value of rank rank[r], ascending from 0; rank[n_ranks] ascending. work [n]. low < high. */
static void order_statistics(const double *x, int64_t n, double low, double high, const int64_t *rank, int n_ranks,
                             double *work, double *order)
{
    const double scale = N_BUCKETS * (1 - 1e-9) / (high - low); /* the factor keeps the maximum in the last bucket */
    const buckets b = {low, scale};
    int32_t target[N_BUCKETS]; /* where a bucket's values are collected, or -1 */
    int64_t count[N_BUCKETS] = {0}, below[N_RANKS], start[N_RANKS + 1], fill[N_RANKS];
    int n_targets = 0, of_rank[N_RANKS];

    if (!isfinite(high - low) || !isfinite(scale)) { /* a range beyond or below what buckets can divide */
        memcpy(work, x, (size_t)n * sizeof *work);
        for (int r = 0; r < n_ranks; ++r) order[r] = rml_select_rank(work, n, rank[r]);
        return;
    }
    for (int64_t i = 0; i < n; ++i) ++count[bucket_of(&b, x[i])];
    memset(target, -1, sizeof target);
    start[0] = 0;
    for (int r = 0, k = 0; r < n_ranks; ++r) {
        int64_t before = r ? below[of_rank[r - 1]] : 0;
        while (rank[r] >= before + count[k]) before += count[k++];
        if (target[k] < 0) {
            target[k] = n_targets;
            below[n_targets] = before;
            fill[n_targets] = start[n_targets];
            start[n_targets + 1] = start[n_targets] + count[k];
            ++n_targets;
        }
        of_rank[r] = target[k];
    }
    for (int64_t i = 0; i < n; ++i) {
        const int32_t t = target[bucket_of(&b, x[i])];
        if (t >= 0) work[fill[t]++] = x[i];
    }
    for (int r = 0; r < n_ranks; ++r) {
        const int t = of_rank[r];
        order[r] = rml_select_rank(work + start[t], start[t + 1] - start[t], rank[r] - below[t]);
    }
}

/* numpy's interpolation between neighbours a and b at t in [0, 1): from the nearer end. */
static double between(double a, double b, double t)
{
    return t < 0.5 ? a + (b - a) * t : b - (b - a) * (1 - t);
}

enum { P10, P25, P75, P90, N_PERCENTILES };

static void percentiles(const double *x, int64_t n, const totals *t, double *work, double value[N_PERCENTILES],
                        double *median)
{
    static const double quantile[N_PERCENTILES] = {0.1, 0.25, 0.75, 0.9};
    int64_t rank[N_RANKS];
    double part[N_PERCENTILES], order[N_RANKS];
    int at = 0;

    if (t->low == t->high) {
        for (int p = 0; p < N_PERCENTILES; ++p) value[p] = t->low;
        *median = t->low;
        return;
    }
    for (int p = 0; p < N_PERCENTILES; ++p) {
        const double place = (double)(n - 1) * quantile[p];
        const int64_t k = (int64_t)place;
        part[p] = place - (double)k;
        if (p == P75) { /* the median's two stand between those of P25 and P75: ranks must ascend */
            rank[at++] = (n - 1) / 2;
            rank[at++] = n / 2;
        }
        rank[at++] = k;
        rank[at++] = k + 1 < n ? k + 1 : k;
    }
    /* Neighbouring percentiles of a very small ROI overlap: sorted, and each looked up again below. */
    {
        int64_t sorted[N_RANKS];
        double found[N_RANKS];
        memcpy(sorted, rank, sizeof sorted);
        for (int i = 1; i < N_RANKS; ++i)
            for (int j = i; j > 0 && sorted[j - 1] > sorted[j]; --j) {
                const int64_t swap = sorted[j];
                sorted[j] = sorted[j - 1];
                sorted[j - 1] = swap;
            }
        order_statistics(x, n, t->low, t->high, sorted, N_RANKS, work, found);
        for (int i = 0; i < N_RANKS; ++i)
            for (int j = 0; j < N_RANKS; ++j)
                if (sorted[j] == rank[i]) order[i] = found[j];
    }
    value[P10] = between(order[0], order[1], part[P10]);
    value[P25] = between(order[2], order[3], part[P25]);
    *median = order[4] / 2 + order[5] / 2;
    value[P75] = between(order[6], order[7], part[P75]);
    value[P90] = between(order[8], order[9], part[P90]);
}

/* 3. Features */

size_t rml_firstorder_scratch_bytes(int64_t n_voxels)
{
    return ((size_t)n_voxels * sizeof(double) + 63) / 64 * 64;
}

static void put(rml_wanted wanted, const char *name, double number, rml_reason why, double *value, uint8_t *reason)
{
    const int32_t f = rml_feature_index(RML_FIRSTORDER, name);

    if (f < 0 || !(wanted >> f & 1)) return;
    value[f] = number;
    reason[f] = (uint8_t)(why == RML_DEFINED && isinf(number) ? RML_WHY_OVERFLOW : why);
}

/* A moment over the power of the second one that makes it free of units. Without a spread, or with one whose square is
 * 0 in a double, the constant 0, as PyRadiomics has it; where only the powers leave a double, there is no value. */
static void put_standardised(rml_wanted wanted, const char *name, double moment, double power, double second,
                             double *value, uint8_t *reason)
{
    const double number = moment / power;

    if (second == 0.0)
        put(wanted, name, 0.0, RML_WHY_FLAT, value, reason);
    else
        put(wanted, name, number,
            !isnan(number) ? RML_DEFINED
            : power == 0.0 ? RML_WHY_UNDERFLOW
                           : RML_WHY_OVERFLOW,
            value, reason);
}

/* PyRadiomics adds this inside each logarithm. */
static const double log_eps = 2.220446049250313e-16;

static void put_histogram(const int64_t *bin_count, int32_t n_bins, int64_t n_voxels, rml_wanted wanted, double *value,
                          uint8_t *reason)
{
    double bits = 0.0, squares = 0.0;

    for (int32_t b = 0; b < n_bins; ++b) {
        const double p = (double)bin_count[b] / (double)n_voxels;
        bits -= p * log2(p + log_eps);
        squares += p * p;
    }
    put(wanted, "Entropy", bits, RML_DEFINED, value, reason);
    put(wanted, "Uniformity", squares, RML_DEFINED, value, reason);
}

static void put_robust(const double *x, int64_t n, double low, double high, rml_wanted wanted, double *value,
                       uint8_t *reason)
{
    double count;
    double mean = mean_within(x, n, low, high, &count);

    if (low == high) mean = low; /* no rounding of the sum where all are equal */
    if (count > 0)
        put(wanted, "RobustMeanAbsoluteDeviation", deviation_within(x, n, low, high, mean) / count, RML_DEFINED, value,
            reason);
    else
        put(wanted, "RobustMeanAbsoluteDeviation", NAN, RML_WHY_EMPTY_RANGE, value, reason);
}

rml_status rml_firstorder_features(const double *values, int64_t n_voxels, const int64_t *bin_count, int32_t n_bins,
                                   double voxel_volume, double shift, rml_wanted wanted, void *scratch, double *value,
                                   uint8_t *reason)
{
    double percentile[N_PERCENTILES], median, mean;
    totals t;
    moments m;
    bool flat;

    for (int32_t f = 0; f < rml_class_size(RML_FIRSTORDER); ++f) {
        value[f] = NAN;
        reason[f] = RML_DEFINED;
    }
    if (n_voxels < 1) return RML_EEMPTY;
    t = first_pass(values, n_voxels, shift);
    flat = t.low == t.high;
    mean = flat ? t.low : t.sum / (double)n_voxels; /* flat: the sum's rounding must not leave a spread */
    m = second_pass(values, n_voxels, mean);
    percentiles(values, n_voxels, &t, scratch, percentile, &median);

    put(wanted, "10Percentile", percentile[P10], RML_DEFINED, value, reason);
    put(wanted, "90Percentile", percentile[P90], RML_DEFINED, value, reason);
    put(wanted, "InterquartileRange", percentile[P75] - percentile[P25], RML_DEFINED, value, reason);
    put(wanted, "Median", median, RML_DEFINED, value, reason);
    put(wanted, "Minimum", t.low, RML_DEFINED, value, reason);
    put(wanted, "Maximum", t.high, RML_DEFINED, value, reason);
    put(wanted, "Range", t.high - t.low, RML_DEFINED, value, reason);
    put(wanted, "Mean", mean, RML_DEFINED, value, reason);
    put(wanted, "Energy", t.squares, RML_DEFINED, value, reason);
    put(wanted, "TotalEnergy", t.squares * voxel_volume, RML_DEFINED, value, reason);
    put(wanted, "RootMeanSquared", sqrt(t.squares / (double)n_voxels), RML_DEFINED, value, reason);
    put(wanted, "MeanAbsoluteDeviation", m.absolute, RML_DEFINED, value, reason);
    put(wanted, "Variance", m.second, RML_DEFINED, value, reason);
    put(wanted, "StandardDeviation", sqrt(m.second), RML_DEFINED, value, reason);
    put_standardised(wanted, "Skewness", m.third, m.second * sqrt(m.second), m.second, value, reason);
    put_standardised(wanted, "Kurtosis", m.fourth, m.second * m.second, m.second, value, reason);
    put_histogram(bin_count, n_bins, n_voxels, wanted, value, reason);
    put_robust(values, n_voxels, percentile[P10], percentile[P90], wanted, value, reason);
    return RML_OK;
}
