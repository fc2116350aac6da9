#include "kernels/ibsi/statistics.h"

#include <math.h>
#include <string.h>

#include "kernels/firstorder/select.h"

/* Sums run in lanes (element i in lane i mod 8) that are folded in one order, so that every instruction set gives the
 * same bits. */
enum { LANES = 8 };

static double fold(const double lane[LANES])
{
    return ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
}

typedef struct totals {
    double low, high, sum, squares;
} totals;

RML_HOT static totals first_pass(const double *x, int64_t n)
{
    double low = x[0], high = x[0], sum[LANES] = {0}, squares[LANES] = {0};
    const int64_t whole = n - n % LANES;

    for (int64_t i = 0; i < n; ++i) {
        low = x[i] < low ? x[i] : low;
        high = x[i] > high ? x[i] : high;
    }
    for (int64_t i = 0; i < whole; i += LANES)
        for (int l = 0; l < LANES; ++l) {
            sum[l] += x[i + l];
            squares[l] += x[i + l] * x[i + l];
        }
    for (int64_t i = whole; i < n; ++i) {
        sum[i - whole] += x[i];
        squares[i - whole] += x[i] * x[i];
    }
    return (totals){low, high, fold(sum), fold(squares)};
}

typedef struct moments {
    double second, third, fourth, absolute; /* means of (x - mean)^k and of |x - mean| */
} moments;

RML_HOT static moments second_pass(const double *x, int64_t n, double mean)
{
    double two[LANES] = {0}, three[LANES] = {0}, four[LANES] = {0}, absolute[LANES] = {0};
    const int64_t whole = n - n % LANES;
    const double count = (double)n;

    for (int64_t i = 0; i < n; i += LANES)
        for (int l = 0; l < (i < whole ? LANES : (int)(n - whole)); ++l) {
            const double d = x[i + l] - mean, square = d * d;

            two[l] += square;
            three[l] += square * d;
            four[l] += square * square;
            absolute[l] += fabs(d);
        }
    return (moments){fold(two) / count, fold(three) / count, fold(four) / count, fold(absolute) / count};
}

/* Mean of |x - centre| over low <= x <= high; a NaN centre: the mean of those x. Any x lies in the range. */
RML_HOT static double deviation_within(const double *x, int64_t n, double low, double high, double centre)
{
    const bool of_mean = isnan(centre);
    double sum[LANES] = {0}, count[LANES] = {0};
    const int64_t whole = n - n % LANES;

    for (int64_t i = 0; i < n; i += LANES)
        for (int l = 0; l < (i < whole ? LANES : (int)(n - whole)); ++l) {
            const double in = (x[i + l] >= low) & (x[i + l] <= high) ? 1.0 : 0.0;

            sum[l] += in * (of_mean ? x[i + l] : fabs(x[i + l] - centre));
            count[l] += in;
        }
    return fold(sum) / fold(count);
}

/* The value at a fraction of the way through the sorted values. Fractions must ascend from call to call: selection goes
 * on behind what is already in place, *from. */
static double percentile(double *x, int64_t n, double fraction, int64_t *from)
{
    const double at = (double)(n - 1) * fraction;
    const int64_t k = (int64_t)at;
    const double part = at - (double)k, low = rml_select_rank(x + *from, n - *from, k - *from);
    double high = low;

    *from = k;
    if (part > 0.0 && k + 1 < n) high = rml_select_rank(x + k + 1, n - k - 1, 0);
    return part < 0.5 ? low + (high - low) * part : high - (high - low) * (1.0 - part); /* as numpy: from the nearer */
}

static void put(int32_t f, double number, rml_reason why, double *value, uint8_t *reason)
{
    if (why == RML_DEFINED && !isfinite(number)) why = RML_WHY_OVERFLOW;
    value[f] = why == RML_DEFINED ? number : NAN;
    reason[f] = (uint8_t)why;
}

static void put_ratio(int32_t f, double above, double below, rml_reason why, double *value, uint8_t *reason)
{
    put(f, above / below, below == 0.0 ? why : RML_DEFINED, value, reason);
}

rml_status rml_ibsi_statistics(const double *values, int64_t n, double *work, double *value, uint8_t *reason)
{
    static const double fraction[5] = {0.1, 0.25, 0.5, 0.75, 0.9};
    double p[5], mean, robust, sd;
    rml_reason flat;
    int64_t from = 0;
    totals t;
    moments m;

    for (int32_t f = 0; f < RML_IBSI_N_STATISTICS; ++f) value[f] = NAN, reason[f] = RML_DEFINED;
    if (n < 1) return RML_EEMPTY;
    t = first_pass(values, n);
    mean = t.low == t.high ? t.low : t.sum / (double)n; /* the sum's rounding must not leave a spread */
    m = second_pass(values, n, mean);
    sd = sqrt(m.second);
    flat = m.second == 0.0 ? RML_WHY_FLAT : RML_WHY_UNDERFLOW;
    memcpy(work, values, (size_t)n * sizeof *work);
    for (int k = 0; k < 5; ++k) p[k] = percentile(work, n, fraction[k], &from);

    put(RML_IBSI_STAT_MEAN, mean, RML_DEFINED, value, reason);
    put(RML_IBSI_STAT_VAR, m.second, RML_DEFINED, value, reason);
    put_ratio(RML_IBSI_STAT_SKEW, m.third, m.second * sd, flat, value, reason);
    put_ratio(RML_IBSI_STAT_KURT, m.fourth - 3.0 * m.second * m.second, m.second * m.second, flat, value, reason);
    put(RML_IBSI_STAT_MEDIAN, p[2], RML_DEFINED, value, reason);
    put(RML_IBSI_STAT_MIN, t.low, RML_DEFINED, value, reason);
    put(RML_IBSI_STAT_P10, p[0], RML_DEFINED, value, reason);
    put(RML_IBSI_STAT_P90, p[4], RML_DEFINED, value, reason);
    put(RML_IBSI_STAT_MAX, t.high, RML_DEFINED, value, reason);
    put(RML_IBSI_STAT_IQR, p[3] - p[1], RML_DEFINED, value, reason);
    put(RML_IBSI_STAT_RANGE, t.high - t.low, RML_DEFINED, value, reason);
    put(RML_IBSI_STAT_MAD, m.absolute, RML_DEFINED, value, reason);
    /* Two voxels have none between their percentiles. */
    robust = deviation_within(values, n, p[0], p[4], NAN);
    if (p[0] == p[4]) robust = p[0];
    put(RML_IBSI_STAT_RMAD, isnan(robust) ? NAN : deviation_within(values, n, p[0], p[4], robust),
        isnan(robust) ? RML_WHY_EMPTY_RANGE : RML_DEFINED, value, reason);
    put(RML_IBSI_STAT_MEDAD, deviation_within(values, n, t.low, t.high, p[2]), RML_DEFINED, value, reason);
    put_ratio(RML_IBSI_STAT_COV, sd, mean, RML_WHY_DEGENERATE, value, reason);
    put_ratio(RML_IBSI_STAT_QCOD, p[3] - p[1], p[3] + p[1], RML_WHY_DEGENERATE, value, reason);
    put(RML_IBSI_STAT_ENERGY, t.squares, RML_DEFINED, value, reason);
    put(RML_IBSI_STAT_RMS, sqrt(t.squares / (double)n), RML_DEFINED, value, reason);
    return RML_OK;
}
