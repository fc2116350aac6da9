#include "kernels/survival/solve.h"

#include <string.h>

int32_t rml_solve_factor(double *v, int32_t n, double tolerance)
{
    int32_t rank = 0;

    for (int64_t j = 0; j < n; ++j) {
        double *row = v + j * n;
        double left = row[j];

        for (int64_t k = 0; k < j; ++k) { /* row[k] becomes L_jk */
            const double *other = v + k * n;
            double sum = row[k];

            for (int64_t i = 0; i < k; ++i) sum -= row[i] * other[i] * v[i * n + i];
            row[k] = other[k] > 0.0 ? sum / other[k] : 0.0;
        }
        for (int64_t k = 0; k < j; ++k) left -= row[k] * row[k] * v[k * n + k];
        row[j] = left > tolerance * row[j] ? left : 0.0;
        rank += row[j] > 0.0;
    }
    return rank;
}

static void forwards(const double *factor, int32_t n, double *x)
{
    for (int64_t j = 0; j < n; ++j) {
        for (int64_t k = 0; k < j; ++k) x[j] -= factor[j * n + k] * x[k];
        if (!(factor[j * n + j] > 0.0)) x[j] = 0.0;
    }
}

void rml_solve(const double *factor, int32_t n, const double *u, double *x)
{
    if (x != u) memcpy(x, u, (size_t)n * sizeof *x);
    forwards(factor, n, x);
    for (int64_t j = n - 1; j >= 0; --j) {
        if (!(factor[j * n + j] > 0.0)) continue; /* already 0, and nothing below it counts on it */
        x[j] /= factor[j * n + j];
        for (int64_t k = j + 1; k < n; ++k) x[j] -= factor[k * n + j] * x[k];
    }
}

double rml_solve_quadratic(const double *factor, int32_t n, double *u)
{
    double sum = 0.0;

    forwards(factor, n, u);
    for (int64_t j = 0; j < n; ++j)
        if (factor[j * n + j] > 0.0) sum += u[j] * u[j] / factor[j * n + j];
    return sum;
}

void rml_solve_invert(const double *factor, int32_t n, double *inverse)
{
    for (int64_t c = 0; c < n; ++c) { /* a symmetric matrix: its rows are its columns */
        double *column = inverse + c * n;

        memset(column, 0, (size_t)n * sizeof *column);
        if (!(factor[c * n + c] > 0.0)) continue;
        column[c] = 1.0;
        rml_solve(factor, n, column, column);
    }
}
