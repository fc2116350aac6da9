#include "kernels/ibsi/histogram.h"

#include <math.h>

typedef struct histogram {
    const int64_t *count; /* of level 1 at index 0 */
    int32_t low, high;    /* the lowest and the highest level that occurs */
    int64_t n;
} histogram;

/* The level of rank k, from 0. */
static int32_t level_of_rank(const histogram *h, int64_t k)
{
    int32_t level = h->low;

    for (int64_t below = h->count[level - 1]; k >= below; below += h->count[level - 1]) ++level;
    return level;
}

static double percentile(const histogram *h, double fraction)
{
    const double at = (double)(h->n - 1) * fraction;
    const int64_t k = (int64_t)at;
    const int32_t low = level_of_rank(h, k), high = k + 1 < h->n ? level_of_rank(h, k + 1) : low;

    return low + (high - low) * (at - (double)k);
}

/* Mean of |level - centre|^power (of the signed difference where power is odd) over the levels in [low, high]. */
static double moment(const histogram *h, double low, double high, double centre, int power)
{
    double sum = 0.0, n = 0.0;

    for (int32_t level = h->low; level <= h->high; ++level) {
        const double count = (double)h->count[level - 1], d = level - centre;
        double term = count;

        if (level < low || level > high) continue;
        for (int k = 0; k < power; ++k) term *= d;
        sum += term;
        n += count;
    }
    return sum / n;
}

static double absolute(const histogram *h, double low, double high, double centre)
{
    double sum = 0.0, n = 0.0;

    for (int32_t level = h->low; level <= h->high; ++level) {
        const double count = (double)h->count[level - 1];

        if (level < low || level > high) continue;
        sum += count * fabs(level - centre);
        n += count;
    }
    return sum / n;
}

static int32_t mode(const histogram *h, double mean)
{
    int32_t best = h->low;

    for (int32_t level = h->low + 1; level <= h->high; ++level) {
        const int64_t more = h->count[level - 1] - h->count[best - 1];

        if (more > 0 || (more == 0 && fabs(level - mean) < fabs(best - mean))) best = level;
    }
    return best;
}

static void put(int32_t f, double number, rml_reason why, double *value, uint8_t *reason)
{
    value[f] = why == RML_DEFINED ? number : NAN;
    reason[f] = (uint8_t)why;
}

static void put_gradients(const histogram *h, double *value, uint8_t *reason)
{
    const rml_reason why = h->low == h->high ? RML_WHY_FLAT : RML_DEFINED;
    double most = -INFINITY, least = INFINITY;
    int32_t at_most = h->low, at_least = h->low;

    for (int32_t level = h->low; level <= h->high && why == RML_DEFINED; ++level) {
        const int32_t before = level > h->low ? level - 1 : level, behind = level < h->high ? level + 1 : level;
        const double gradient = (double)(h->count[behind - 1] - h->count[before - 1]) / (behind - before);

        if (gradient > most) most = gradient, at_most = level;
        if (gradient < least) least = gradient, at_least = level;
    }
    put(RML_IBSI_IH_MAX_GRAD, most, why, value, reason);
    put(RML_IBSI_IH_MAX_GRAD_G, at_most, why, value, reason);
    put(RML_IBSI_IH_MIN_GRAD, least, why, value, reason);
    put(RML_IBSI_IH_MIN_GRAD_G, at_least, why, value, reason);
}

static void put_information(const histogram *h, double *value, uint8_t *reason)
{
    double bits = 0.0, squares = 0.0;

    for (int32_t level = h->low; level <= h->high; ++level) {
        const double p = (double)h->count[level - 1] / (double)h->n;

        if (p > 0.0) bits -= p * log2(p);
        squares += p * p;
    }
    put(RML_IBSI_IH_ENTROPY, bits, RML_DEFINED, value, reason);
    put(RML_IBSI_IH_UNIFORMITY, squares, RML_DEFINED, value, reason);
}

rml_status rml_ibsi_histogram(const int64_t *count, int32_t n_levels, double *value, uint8_t *reason)
{
    histogram h = {.count = count};
    double mean, second, sd, p10, p25, p50, p75, p90, low, high;
    rml_reason flat, empty = RML_WHY_EMPTY_RANGE;

    for (int32_t f = 0; f < RML_IBSI_N_HISTOGRAM; ++f) put(f, NAN, RML_DEFINED, value, reason);
    for (int32_t level = 1; level <= n_levels; ++level) {
        if (count[level - 1] == 0) continue;
        h.n += count[level - 1];
        if (h.low == 0) h.low = level;
        h.high = level;
    }
    if (h.n == 0) return RML_EEMPTY;
    low = h.low;
    high = h.high;
    flat = h.low == h.high ? RML_WHY_FLAT : RML_DEFINED;
    mean = low + moment(&h, low, high, low, 1); /* exact where all are of one level */
    second = moment(&h, low, high, mean, 2);
    sd = sqrt(second);
    p10 = percentile(&h, 0.1);
    p25 = percentile(&h, 0.25);
    p50 = percentile(&h, 0.5);
    p75 = percentile(&h, 0.75);
    p90 = percentile(&h, 0.9);
    for (int32_t level = h.low; level <= h.high; ++level) /* two voxels have none between their percentiles */
        if (count[level - 1] > 0 && level >= p10 && level <= p90) empty = RML_DEFINED;

    put(RML_IBSI_IH_MEAN, mean, RML_DEFINED, value, reason);
    put(RML_IBSI_IH_VAR, second, RML_DEFINED, value, reason);
    put(RML_IBSI_IH_SKEW, moment(&h, low, high, mean, 3) / (second * sd), flat, value, reason);
    put(RML_IBSI_IH_KURT, moment(&h, low, high, mean, 4) / (second * second) - 3.0, flat, value, reason);
    put(RML_IBSI_IH_MEDIAN, p50, RML_DEFINED, value, reason);
    put(RML_IBSI_IH_MIN, low, RML_DEFINED, value, reason);
    put(RML_IBSI_IH_P10, p10, RML_DEFINED, value, reason);
    put(RML_IBSI_IH_P90, p90, RML_DEFINED, value, reason);
    put(RML_IBSI_IH_MAX, high, RML_DEFINED, value, reason);
    put(RML_IBSI_IH_MODE, mode(&h, mean), RML_DEFINED, value, reason);
    put(RML_IBSI_IH_IQR, p75 - p25, RML_DEFINED, value, reason);
    put(RML_IBSI_IH_RANGE, high - low, RML_DEFINED, value, reason);
    put(RML_IBSI_IH_MAD, absolute(&h, low, high, mean), RML_DEFINED, value, reason);
    put(RML_IBSI_IH_RMAD, absolute(&h, p10, p90, moment(&h, p10, p90, 0.0, 1)), empty, value, reason);
    put(RML_IBSI_IH_MEDAD, absolute(&h, low, high, p50), RML_DEFINED, value, reason);
    put(RML_IBSI_IH_COV, sd / mean, RML_DEFINED, value, reason);
    put(RML_IBSI_IH_QCOD, (p75 - p25) / (p75 + p25), RML_DEFINED, value, reason);
    put_information(&h, value, reason);
    put_gradients(&h, value, reason);
    return RML_OK;
}
