/* 1. Scaled rows   2. Distances   3. Weights */
#include "kernels/select/relief.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/base/attributes.h"
#include "kernels/select/moments.h"

#define CHUNK 256 /* columns: the chunk of 500 rows stays in the second cache */

/* 1. Scaled rows */

/* rows[n_rows * n_columns], row by row, every column 0..1. False when a range overflows. */
static bool scale_rows(const rml_columns *training, double *rows)
{
    const int64_t n = training->n_rows, p = training->n_columns;

    for (int64_t j = 0; j < p; ++j) {
        const double *x = rml_column(training, (int32_t)j);
        double low = x[0], high = x[0];

        for (int64_t i = 1; i < n; ++i) {
            low = fmin(low, x[i]);
            high = fmax(high, x[i]);
        }
        if (!isfinite(high - low)) return false;
        for (int64_t i = 0; i < n; ++i) rows[i * p + j] = high > low ? (x[i] - low) / (high - low) : 0.0;
    }
    return true;
}

/* 2. Distances */

/* Eight running sums, so that the additions need not wait for one another; their order never changes. */
RML_HOT static double sum_differences(const double *restrict a, const double *restrict b, int64_t n)
{
    double sum[8] = {0};
    int64_t j = 0;

    for (; j + 8 <= n; j += 8)
        for (int k = 0; k < 8; ++k) sum[k] += fabs(a[j + k] - b[j + k]);
    for (; j < n; ++j) sum[j & 7] += fabs(a[j] - b[j]);
    return ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
}

/* distance[n * n], both halves. */
static void fill_distances(const double *rows, int64_t n, int64_t p, double *distance)
{
    memset(distance, 0, (size_t)(n * n) * sizeof *distance);
    for (int64_t first = 0; first < p; first += CHUNK) {
        const int64_t length = first + CHUNK < p ? CHUNK : p - first;

        for (int64_t a = 0; a < n; ++a)
            for (int64_t b = a + 1; b < n; ++b)
                distance[a * n + b] += sum_differences(rows + a * p + first, rows + b * p + first, length);
    }
    for (int64_t a = 0; a < n; ++a)
        for (int64_t b = 0; b < a; ++b) distance[a * n + b] = distance[b * n + a];
}

/* The rows of class y_wanted nearest to `row`, which is not among them: how many were found in nearest[most]. By
 * insertion: of equal distances the lower row stays in front. */
static int64_t find_nearest(const double *distance, int64_t n, int64_t row, const uint8_t *y, uint8_t y_wanted,
                            int64_t most, int64_t *nearest)
{
    int64_t n_found = 0;

    for (int64_t i = 0; i < n; ++i) {
        int64_t place = n_found;

        if (i == row || y[i] != y_wanted) continue;
        if (n_found == most && !(distance[i] < distance[nearest[most - 1]])) continue;
        if (n_found < most)
            ++n_found;
        else
            --place;
        for (; place > 0 && distance[nearest[place - 1]] > distance[i]; --place) nearest[place] = nearest[place - 1];
        nearest[place] = i;
    }
    return n_found;
}

/* 3. Weights */

RML_HOT static void add_differences(const double *restrict a, const double *restrict b, int64_t p, double factor,
                                    double *restrict weight)
{
    for (int64_t j = 0; j < p; ++j) weight[j] += factor * fabs(a[j] - b[j]);
}

static void fill_weights(const double *rows, const double *distance, const uint8_t *y, int64_t n, int64_t p,
                         int64_t n_neighbours, int64_t *nearest, double *weight)
{
    for (int64_t j = 0; j < p; ++j) weight[j] = 0.0;
    for (int64_t i = 0; i < n; ++i)
        for (int other = 0; other < 2; ++other) {
            const uint8_t wanted = other ? !y[i] : y[i];
            const int64_t n_found = find_nearest(distance + i * n, n, i, y, wanted, n_neighbours, nearest);

            for (int64_t k = 0; k < n_found; ++k)
                add_differences(rows + i * p, rows + nearest[k] * p, p,
                                (other ? 1.0 : -1.0) / ((double)n * (double)n_found), weight);
        }
}

rml_status rml_relief(const rml_columns *training, const uint8_t *y, int32_t n_neighbours, double *weight)
{
    const int64_t n = training->n_rows, p = training->n_columns;
    const int64_t most = n_neighbours < n ? n_neighbours : n;
    int64_t n_positive = 0, *nearest = NULL;
    double *rows = NULL, *distance = NULL;
    rml_status status = RML_ENOMEM;

    if (n_neighbours < 1) return RML_EINVAL;
    for (int64_t i = 0; i < n; ++i) {
        if (y[i] > 1) return RML_EINVAL;
        n_positive += y[i];
    }
    if (p < 1 || n_positive == 0 || n_positive == n) return RML_EEMPTY;
    if (!rml_moments_finite(training)) return RML_EVALUE;
    rows = malloc((size_t)(n * p) * sizeof *rows);
    distance = malloc((size_t)(n * n) * sizeof *distance);
    nearest = malloc((size_t)most * sizeof *nearest);
    if (!rows || !distance || !nearest) goto done;
    status = scale_rows(training, rows) ? RML_OK : RML_EVALUE;
    if (status != RML_OK) goto done;
    fill_distances(rows, n, p, distance);
    fill_weights(rows, distance, y, n, p, most, nearest, weight);
done:
    free(rows);
    free(distance);
    free(nearest);
    return status;
}
