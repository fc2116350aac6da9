#include "kernels/stats/balance.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

static bool moments(const double *x, int64_t n, double *mean, double *variance)
{
    double sum = 0.0;

    for (int64_t i = 0; i < n; ++i) sum += x[i];
    *mean = sum / (double)n;
    sum = 0.0;
    for (int64_t i = 0; i < n; ++i) sum += (x[i] - *mean) * (x[i] - *mean);
    *variance = sum / (double)(n - 1);
    return isfinite(sum);
}

rml_status rml_balance_numbers(const double *x, int64_t n_x, const double *y, int64_t n_y, double *difference)
{
    double mean_x, mean_y, variance_x, variance_y;

    *difference = NAN;
    if (n_x < 2 || n_y < 2) return RML_EEMPTY;
    if (!moments(x, n_x, &mean_x, &variance_x) || !moments(y, n_y, &mean_y, &variance_y)) return RML_EVALUE;
    *difference = mean_x == mean_y ? 0.0 : fabs(mean_x - mean_y) / sqrt(0.5 * (variance_x + variance_y));
    return RML_OK;
}

/* d' S^-1 d of a positive semidefinite S [m * m] by elimination, the largest diagonal first; both are overwritten. What
 * is left of S below rounding is no spread: d must then be none either, or the form is infinite. */
static double quadratic_form(double *s, double *d, int32_t m)
{
    double form = 0.0, largest = 0.0;

    for (int32_t i = 0; i < m; ++i) largest = fmax(largest, s[i * m + i]);
    for (int32_t step = 0; step < m; ++step) {
        int32_t at = 0;

        for (int32_t i = 1; i < m; ++i)
            if (s[i * m + i] > s[at * m + at]) at = i;
        if (!(s[at * m + at] > 64.0 * m * DBL_EPSILON * largest)) break;
        form += d[at] * d[at] / s[at * m + at];
        for (int32_t i = 0; i < m; ++i) {
            const double share = s[i * m + at] / s[at * m + at];

            if (i == at) continue;
            d[i] -= share * d[at];
            for (int32_t j = 0; j < m; ++j)
                if (j != at) s[i * m + j] -= share * s[at * m + j];
        }
        for (int32_t i = 0; i < m; ++i) s[i * m + at] = s[at * m + i] = 0.0;
        d[at] = 0.0;
    }
    for (int32_t i = 0; i < m; ++i)
        if (fabs(d[i]) > 64.0 * m * DBL_EPSILON) return INFINITY;
    return form;
}

rml_status rml_balance_categories(const int64_t *x, const int64_t *y, int32_t n_levels, double *difference)
{
    int64_t n_x = 0, n_y = 0;
    int32_t m = 0;
    double *p, *q, *d, *s;

    *difference = NAN;
    if (n_levels < 1) return RML_EINVAL;
    for (int32_t l = 0; l < n_levels; ++l) {
        if (x[l] < 0 || y[l] < 0) return RML_EVALUE;
        n_x += x[l];
        n_y += y[l];
    }
    if (n_x == 0 || n_y == 0) return RML_EEMPTY;
    p = calloc(3 * (size_t)n_levels + (size_t)n_levels * (size_t)n_levels, sizeof *p);
    if (!p) return RML_ENOMEM;
    q = p + n_levels;
    d = q + n_levels;
    s = d + n_levels;
    for (int32_t l = 0; l < n_levels; ++l) {
        if (x[l] + y[l] == 0) continue;
        p[m] = (double)x[l] / (double)n_x;
        q[m++] = (double)y[l] / (double)n_y;
    }
    --m; /* the last level is what the others leave */
    for (int32_t i = 0; i < m; ++i) {
        d[i] = p[i] - q[i];
        for (int32_t j = 0; j < m; ++j) s[i * m + j] = 0.5 * ((i == j ? p[i] + q[i] : 0.0) - p[i] * p[j] - q[i] * q[j]);
    }
    *difference = sqrt(quadratic_form(s, d, m));
    free(p);
    return RML_OK;
}
