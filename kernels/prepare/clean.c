#include "kernels/prepare/clean.h"

#include <math.h>
#include <stdlib.h>

#include "kernels/prepare/moments.h"
#include "kernels/prepare/sorted.h"

rml_clean_settings rml_clean_defaults(void)
{
    return (rml_clean_settings){.freq_cut = 95.0 / 5.0, .unique_cut = 10.0, .max_missing = 0.5};
}

/* The frequencies of sorted values. Returns the number of distinct ones. */
static int64_t frequencies(const double *sorted, int64_t n, int64_t *first, int64_t *second)
{
    int64_t n_distinct = 0;

    *first = *second = 0;
    for (int64_t from = 0, to; from < n; from = to) {
        for (to = from + 1; to < n && sorted[to] == sorted[from];) ++to;
        ++n_distinct;
        if (to - from > *first) {
            *second = *first;
            *first = to - from;
        } else if (to - from > *second)
            *second = to - from;
    }
    return n_distinct;
}

static double variation_of(const double *x, int64_t n)
{
    double mean, squares;

    if (n < 2) return NAN;
    rml_mean_and_squares(x, n, &mean, &squares);
    return sqrt(squares / (double)(n - 1)) / fabs(mean);
}

static rml_clean_column judge(double *observed, int64_t n, int64_t n_rows, const rml_clean_settings *settings)
{
    rml_clean_column column = {.missing = (double)(n_rows - n) / (double)n_rows};
    int64_t first, second, n_distinct;

    column.variation = variation_of(observed, n);
    rml_sort(observed, n);
    n_distinct = frequencies(observed, n, &first, &second);
    if (n_distinct > 1) column.freq_ratio = (double)first / (double)second;
    column.percent_unique = 100.0 * (double)n_distinct / (double)n_rows;
    if (n == 0 || column.missing > settings->max_missing)
        column.reason = RML_CLEAN_MISSING;
    else if (n_distinct == 1)
        column.reason = RML_CLEAN_CONSTANT;
    else if (column.freq_ratio > settings->freq_cut && column.percent_unique <= settings->unique_cut)
        column.reason = RML_CLEAN_NEAR_CONSTANT;
    else if (column.variation < settings->min_variation)
        column.reason = RML_CLEAN_LOW_VARIATION;
    return column;
}

rml_status rml_clean(const rml_columns *x, const rml_clean_settings *settings, rml_clean_column *result)
{
    double *work;
    rml_status status = RML_OK;

    if (x->n_rows < 1 || isnan(settings->freq_cut) || isnan(settings->unique_cut) || isnan(settings->min_variation) ||
        isnan(settings->max_missing))
        return RML_EINVAL;
    work = calloc((size_t)x->n_rows, sizeof *work);
    if (!work) return RML_ENOMEM;
    for (int32_t j = 0; j < x->n_columns && status == RML_OK; ++j) {
        const int64_t n = rml_observed(rml_column(x, j), x->n_rows, work);

        for (int64_t i = 0; i < n; ++i)
            if (isinf(work[i])) status = RML_EVALUE;
        if (status == RML_OK) result[j] = judge(work, n, x->n_rows, settings);
    }
    free(work);
    return status;
}
