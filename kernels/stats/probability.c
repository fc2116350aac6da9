/* 1. Means of losses   2. Average precision   3. Calibration bins */
#include "kernels/stats/probability.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "kernels/stats/rank.h"

/* 1. Means of losses */

static rml_status check(const double *p, const double *weight, int64_t n)
{
    for (int64_t i = 0; i < n; ++i)
        if (!(p[i] >= 0.0 && p[i] <= 1.0) || (weight && !(weight[i] >= 0.0 && isfinite(weight[i])))) return RML_EVALUE;
    return n > 0 ? RML_OK : RML_EEMPTY;
}

rml_status rml_probability_brier(const double *p, const uint8_t *y, const double *weight, int64_t n, double *brier)
{
    const rml_status status = check(p, weight, n);
    double sum = 0.0, total = 0.0;

    *brier = NAN;
    if (status != RML_OK) return status;
    for (int64_t i = 0; i < n; ++i) {
        const double w = weight ? weight[i] : 1.0, off = p[i] - (y[i] ? 1.0 : 0.0);

        sum += w * off * off;
        total += w;
    }
    if (!(total > 0.0)) return RML_EEMPTY;
    *brier = sum / total;
    return RML_OK;
}

rml_status rml_probability_log_loss(const double *p, const uint8_t *y, const double *weight, int64_t n, double *loss)
{
    const double least = 0x1p-52;
    const rml_status status = check(p, weight, n);
    double sum = 0.0, total = 0.0;

    *loss = NAN;
    if (status != RML_OK) return status;
    for (int64_t i = 0; i < n; ++i) {
        const double w = weight ? weight[i] : 1.0, cut = fmin(fmax(p[i], least), 1.0 - least);

        sum -= w * log(y[i] ? cut : 1.0 - cut);
        total += w;
    }
    if (!(total > 0.0)) return RML_EEMPTY;
    *loss = sum / total;
    return RML_OK;
}

/* 2. Average precision */

rml_status rml_probability_average_precision(const double *score, const uint8_t *y, int64_t n, double *precision)
{
    int64_t n_positive = 0, tp = 0;
    double sum = 0.0;
    rml_ranked *items;
    rml_status status;

    *precision = NAN;
    for (int64_t i = 0; i < n; ++i) n_positive += y[i] != 0;
    if (n_positive == 0) return RML_EEMPTY;
    items = malloc(2 * (size_t)n * sizeof *items);
    if (!items) return RML_ENOMEM;
    status = rml_rank_sort(score, n, items);
    for (int64_t last = n, first; status == RML_OK && last > 0; last = first) {
        int64_t found = 0;

        for (first = last; first > 0 && items[first - 1].value == items[last - 1].value; --first)
            found += y[items[first - 1].row] != 0;
        tp += found;
        sum += (double)found / (double)n_positive * ((double)tp / (double)(n - first));
    }
    if (status == RML_OK) *precision = sum;
    free(items);
    return status;
}

/* 3. Calibration bins */

/* numpy's percentile, to the last bit, so that a p on an edge falls to the same side. */
static double quantile_of(const rml_ranked *sorted, int64_t n, double share)
{
    const double at = share * 100.0 / 100.0 * (double)(n - 1);
    const int64_t below = (int64_t)floor(at), above = below + 1 < n ? below + 1 : n - 1;
    const double t = at - (double)below, gap = sorted[above].value - sorted[below].value;

    return t >= 0.5 ? sorted[above].value - gap * (1.0 - t) : sorted[below].value + gap * t;
}

rml_status rml_probability_calibration(const double *p, const uint8_t *y, int64_t n, rml_calibration_bins kind,
                                       int32_t n_bins, rml_calibration_bin *bins)
{
    const double step = 1.0 / n_bins;
    rml_status status = n_bins < 1 ? RML_EINVAL : check(p, NULL, n);
    rml_ranked *items = NULL;

    for (int32_t b = 0; b < n_bins; ++b) bins[b] = (rml_calibration_bin){NAN, NAN, 0, NAN, NAN};
    if (status != RML_OK) return status;
    items = malloc(2 * (size_t)n * sizeof *items);
    if (!items) return RML_ENOMEM;
    status = rml_rank_sort(p, n, items);
    if (status != RML_OK) goto done;
    for (int32_t b = 0; b < n_bins; ++b) {
        const double low = b * step, high = b + 1 == n_bins ? 1.0 : (b + 1) * step;

        bins[b] = (rml_calibration_bin){.low = low, .high = high};
        if (kind == RML_BINS_QUANTILE) {
            bins[b].low = quantile_of(items, n, low);
            bins[b].high = quantile_of(items, n, high);
        }
        bins[b].predicted = bins[b].observed = 0.0;
    }
    for (int64_t i = 0; i < n; ++i) {       /* row by row: the sums do not hang on how ties were sorted */
        int32_t low = 0, high = n_bins - 1; /* the first bin whose upper edge is not below p */

        while (low < high) {
            const int32_t middle = low + (high - low) / 2;

            if (bins[middle].high < p[i])
                low = middle + 1;
            else
                high = middle;
        }
        ++bins[low].n;
        bins[low].predicted += p[i];
        bins[low].observed += y[i] ? 1.0 : 0.0;
    }
    for (int32_t b = 0; b < n_bins; ++b) {
        bins[b].predicted /= (double)bins[b].n; /* 0 / 0: NaN */
        bins[b].observed /= (double)bins[b].n;
    }
done:
    free(items);
    return status;
}
