#include "kernels/stats/adjust.h"

#include <math.h>
#include <stdlib.h>

#include "kernels/stats/rank.h"

/* Over p ascending, m values. Wright's form: for every subset size k, the larger p values bound what the smaller ones
 * may become; the largest of these over k. */
static void hommel(const double *p, int64_t m, double *bound, double *out)
{
    double least = INFINITY;

    for (int64_t i = 0; i < m; ++i) least = fmin(least, (double)m * p[i] / (double)(i + 1));
    for (int64_t i = 0; i < m; ++i) out[i] = least;
    for (int64_t k = m - 1; k >= 2; --k) {
        const int64_t n_low = m - k + 1; /* the others are p[n_low] .. p[m - 1], k - 1 of them */

        least = INFINITY;
        for (int64_t i = n_low; i < m; ++i) least = fmin(least, (double)k * p[i] / (double)(i - n_low + 2));
        for (int64_t i = 0; i < n_low; ++i) bound[i] = fmin((double)k * p[i], least);
        for (int64_t i = n_low; i < m; ++i) bound[i] = bound[n_low - 1];
        for (int64_t i = 0; i < m; ++i) out[i] = fmax(out[i], bound[i]);
    }
    for (int64_t i = 0; i < m; ++i) out[i] = fmax(out[i], p[i]);
}

/* Over p ascending, m values. */
static rml_status adjust_sorted(const double *p, int64_t m, rml_adjust_method method, double *work, double *out)
{
    double harmonic = 1.0, running;

    switch (method) {
    case RML_ADJUST_BONFERRONI:
        for (int64_t i = 0; i < m; ++i) out[i] = (double)m * p[i];
        break;
    case RML_ADJUST_HOLM:
        running = 0.0;
        for (int64_t i = 0; i < m; ++i) out[i] = running = fmax(running, (double)(m - i) * p[i]);
        break;
    case RML_ADJUST_HOCHBERG:
        running = INFINITY;
        for (int64_t i = m - 1; i >= 0; --i) out[i] = running = fmin(running, (double)(m - i) * p[i]);
        break;
    case RML_ADJUST_HOMMEL: hommel(p, m, work, out); break;
    case RML_ADJUST_BY:
        harmonic = 0.0;
        for (int64_t i = 1; i <= m; ++i) harmonic += 1.0 / (double)i;
        /* fall through */
    case RML_ADJUST_BH:
        running = INFINITY;
        for (int64_t i = m - 1; i >= 0; --i)
            out[i] = running = fmin(running, harmonic * ((double)m / (double)(i + 1)) * p[i]);
        break;
    default: return RML_EINVAL;
    }
    return RML_OK;
}

rml_status rml_adjust(const double *p, int64_t n, rml_adjust_method method, double *adjusted)
{
    const size_t space = (size_t)n + 1;
    double *value = calloc(4 * space, sizeof *value); /* those that are not NaN; sorted; work; adjusted */
    rml_ranked *items = malloc(2 * space * sizeof *items);
    int64_t *row = malloc(space * sizeof *row), m = 0;
    rml_status status = value && items && row ? RML_OK : RML_ENOMEM;

    for (int64_t i = 0; i < n && status == RML_OK; ++i) {
        if (isnan(p[i])) continue;
        if (!(p[i] >= 0.0 && p[i] <= 1.0)) status = RML_EVALUE;
        row[m] = i;
        value[m++] = p[i];
    }
    for (int64_t i = 0; i < n; ++i) adjusted[i] = NAN;
    if (status == RML_OK) status = rml_rank_sort(value, m, items);
    if (status == RML_OK) {
        double *sorted = value + space, *work = sorted + space, *out = work + space;

        for (int64_t i = 0; i < m; ++i) sorted[i] = items[i].value;
        status = adjust_sorted(sorted, m, method, work, out);
        if (status == RML_OK)
            for (int64_t i = 0; i < m; ++i) adjusted[row[items[i].row]] = fmin(out[i], 1.0);
    }
    free(value);
    free(items);
    free(row);
    return status;
}
