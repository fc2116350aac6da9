#include "kernels/select/bins.h"

#include <math.h>
#include <stdlib.h>

#include "kernels/select/moments.h"

static void fit_mean_sd(const double *x, int64_t n, double *numbers)
{
    const double mean = rml_moments_mean(x, n);
    const double sd = n > 1 ? sqrt(rml_moments_squares(x, mean, n) / (double)(n - 1)) : 0.0;

    numbers[0] = mean - sd;
    numbers[1] = mean + sd;
}

static void fit_width(const double *x, int64_t n, double *numbers)
{
    numbers[0] = numbers[1] = x[0];
    for (int64_t i = 1; i < n; ++i) {
        if (x[i] < numbers[0]) numbers[0] = x[i];
        if (x[i] > numbers[1]) numbers[1] = x[i];
    }
}

static void fit_quantile(const double *x, int64_t n, const int64_t *order, int32_t n_levels, double *cuts)
{
    int32_t n_cuts = 0;

    for (int32_t c = 1; c < n_levels; ++c) {
        const double place = (double)(n - 1) * ((double)c / n_levels);
        const int64_t below = (int64_t)place;
        const double low = x[order[below]], high = x[order[below + 1 < n ? below + 1 : below]];
        const double part = place - (double)below;
        /* from the nearer side, as numpy does: a cut between equal values is that value */
        const double cut = part < 0.5 ? low + (high - low) * part : high - (high - low) * (1.0 - part);

        if (n_cuts == 0 || cut > cuts[n_cuts - 1]) cuts[n_cuts++] = cut;
    }
    while (n_cuts < n_levels - 1) cuts[n_cuts++] = INFINITY;
}

rml_status rml_bins_fit(const rml_columns *training, rml_bins_kind kind, int32_t n_levels, rml_bins *bins)
{
    const int64_t n = training->n_rows;
    int64_t *work = NULL;
    int32_t reached = 0;

    *bins = (rml_bins){0};
    if (kind < 0 || kind >= RML_N_BINS || n_levels < 2 || n_levels > RML_BINS_MOST) return RML_EINVAL;
    if (kind == RML_BINS_MEAN_SD && n_levels != 3) return RML_EINVAL;
    if (n < 1) return RML_EEMPTY;
    if (!rml_moments_finite(training)) return RML_EVALUE;
    *bins = (rml_bins){.kind = kind, .n_levels = n_levels, .n_columns = training->n_columns};
    bins->n_numbers = kind == RML_BINS_QUANTILE ? n_levels - 1 : 2;
    bins->numbers = malloc(((size_t)bins->n_columns * (size_t)bins->n_numbers + 1) * sizeof *bins->numbers);
    work = malloc(2 * (size_t)n * sizeof *work);
    if (!bins->numbers || !work) {
        free(work);
        rml_bins_free(bins);
        return RML_ENOMEM;
    }
    for (int32_t j = 0; j < bins->n_columns; ++j) {
        const double *x = rml_column(training, j);
        double *numbers = bins->numbers + (int64_t)j * bins->n_numbers;

        if (kind == RML_BINS_MEAN_SD) fit_mean_sd(x, n, numbers);
        if (kind == RML_BINS_WIDTH) fit_width(x, n, numbers);
        if (kind == RML_BINS_WIDTH && !isfinite((numbers[1] - numbers[0]) * n_levels)) break;
        reached = j + 1;
        if (kind != RML_BINS_QUANTILE) continue;
        rml_moments_order(x, n, work, work + n);
        fit_quantile(x, n, work, n_levels, numbers);
    }
    free(work);
    if (reached == bins->n_columns) return RML_OK;
    rml_bins_free(bins);
    return RML_EVALUE;
}

static int32_t level_of(const rml_bins *bins, const double *numbers, double x)
{
    int32_t level = 0;

    switch (bins->kind) {
    case RML_BINS_WIDTH:
        if (!(x > numbers[0])) return 0;
        if (x >= numbers[1]) return numbers[1] > numbers[0] ? bins->n_levels - 1 : 0;
        /* this order of the operations decides where a value on an edge goes */
        level = (int32_t)floor((x - numbers[0]) * bins->n_levels / (numbers[1] - numbers[0]));
        return level < bins->n_levels ? level : bins->n_levels - 1;
    case RML_BINS_QUANTILE:
        while (level < bins->n_numbers && numbers[level] < x) ++level;
        return level;
    default: return x < numbers[0] ? 0 : x > numbers[1] ? 2 : 1;
    }
}

rml_status rml_bins_apply(const rml_bins *bins, const rml_columns *rows, uint8_t *levels)
{
    if (rows->n_columns != bins->n_columns) return RML_EINVAL;
    for (int32_t j = 0; j < rows->n_columns; ++j) {
        const double *x = rml_column(rows, j), *numbers = bins->numbers + (int64_t)j * bins->n_numbers;
        uint8_t *out = levels + (int64_t)j * rows->n_rows;

        for (int64_t i = 0; i < rows->n_rows; ++i) {
            if (isnan(x[i])) return RML_EVALUE;
            out[i] = (uint8_t)level_of(bins, numbers, x[i]);
        }
    }
    return RML_OK;
}

void rml_bins_free(rml_bins *bins)
{
    free(bins->numbers);
    *bins = (rml_bins){0};
}
