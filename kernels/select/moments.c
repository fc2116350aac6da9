#include "kernels/select/moments.h"

#include <math.h>
#include <string.h>

#include "kernels/base/attributes.h"

/* Eight running sums each, so that the additions need not wait for one another; their order never changes. */

static double fold(const double sum[8])
{
    return ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
}

RML_HOT double rml_moments_mean(const double *x, int64_t n)
{
    const double origin = x[0];
    double sum[8] = {0};
    int64_t i = 0;

    for (; i + 8 <= n; i += 8)
        for (int k = 0; k < 8; ++k) sum[k] += x[i + k] - origin;
    for (; i < n; ++i) sum[i & 7] += x[i] - origin;
    return origin + fold(sum) / (double)n;
}

RML_HOT double rml_moments_squares(const double *x, double mean, int64_t n)
{
    double sum[8] = {0};
    int64_t i = 0;

    for (; i + 8 <= n; i += 8)
        for (int k = 0; k < 8; ++k) sum[k] += (x[i + k] - mean) * (x[i + k] - mean);
    for (; i < n; ++i) sum[i & 7] += (x[i] - mean) * (x[i] - mean);
    return fold(sum);
}

RML_HOT double rml_moments_product(const double *restrict x, double mean, const double *restrict z, int64_t n)
{
    double sum[8] = {0};
    int64_t i = 0;

    for (; i + 8 <= n; i += 8)
        for (int k = 0; k < 8; ++k) sum[k] += (x[i + k] - mean) * z[i + k];
    for (; i < n; ++i) sum[i & 7] += (x[i] - mean) * z[i];
    return fold(sum);
}

void rml_moments_unit(const double *x, int64_t n, double *z)
{
    const double mean = rml_moments_mean(x, n), length = sqrt(rml_moments_squares(x, mean, n));

    for (int64_t i = 0; i < n; ++i) z[i] = length > 0.0 ? (x[i] - mean) / length : 0.0;
}

bool rml_moments_finite(const rml_columns *columns)
{
    for (int32_t j = 0; j < columns->n_columns; ++j) {
        const double *x = rml_column(columns, j);
        double sum = 0.0;

        for (int64_t i = 0; i < columns->n_rows; ++i) sum += 0.0 * x[i]; /* 0 unless one is infinite or NaN */
        if (!(sum == 0.0)) return false;
    }
    return true;
}

/* Merge sort from runs of one: stable, so equal values stay by index. */
void rml_moments_order(const double *x, int64_t n, int64_t *order, int64_t *spare)
{
    int64_t *from = order, *to = spare;

    for (int64_t i = 0; i < n; ++i) order[i] = i;
    for (int64_t width = 1; width < n; width *= 2) {
        for (int64_t low = 0; low < n; low += 2 * width) {
            const int64_t middle = low + width < n ? low + width : n, high = low + 2 * width < n ? low + 2 * width : n;
            int64_t a = low, b = middle;

            for (int64_t k = low; k < high; ++k) {
                const bool first = a < middle && (b >= high || x[from[a]] <= x[from[b]]);

                to[k] = first ? from[a++] : from[b++];
            }
        }
        int64_t *const other = from;

        from = to;
        to = other;
    }
    if (from != order) memcpy(order, from, (size_t)n * sizeof *order);
}

void rml_moments_ranks(const double *x, int64_t n, int64_t *order, int64_t *spare, double *ranks)
{
    rml_moments_order(x, n, order, spare);
    for (int64_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && x[order[end]] == x[order[i]];) ++end;
        for (int64_t k = i; k < end; ++k) ranks[order[k]] = (double)(i + 1 + end) / 2.0;
    }
}
