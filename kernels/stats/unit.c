/* 1. One column, one product   2. All products of two tables */
#include "kernels/stats/unit.h"

#include <math.h>
#include <stdbool.h>

#include "kernels/base/attributes.h"

/* 1. One column, one product */

#define LANES 8

static double add_up(const double lane[LANES])
{
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

RML_HOT
double rml_unit_product(const double *x, const double *y, int64_t n)
{
    double lane[LANES] = {0};
    int64_t i = 0;

    for (; i + LANES <= n; i += LANES)
        for (int k = 0; k < LANES; ++k) lane[k] += x[i + k] * y[i + k];
    for (int k = 0; i < n; ++i, ++k) lane[k] += x[i] * y[i];
    return add_up(lane);
}

rml_status rml_unit_of(const double *x, int64_t n, double *out)
{
    double mean = 0.0, rest = 0.0, largest = 0.0, length;
    bool constant = true;

    for (int64_t i = 0; i < n; ++i) {
        if (!isfinite(x[i])) return RML_EVALUE;
        if (x[i] != x[0]) constant = false;
        mean += x[i] / (double)n; /* a sum could overflow */
    }
    if (n < 2 || constant) return RML_EEMPTY;
    for (int64_t i = 0; i < n; ++i) rest += (x[i] - mean) / (double)n;
    mean += rest;
    for (int64_t i = 0; i < n; ++i) {
        out[i] = x[i] - mean;
        largest = fmax(largest, fabs(out[i]));
    }
    if (!isfinite(largest)) return RML_EVALUE;
    for (int64_t i = 0; i < n; ++i) out[i] /= largest; /* squares neither overflow nor vanish */
    length = sqrt(rml_unit_product(out, out, n));
    for (int64_t i = 0; i < n; ++i) out[i] /= length;
    return RML_OK;
}

/* 2. All products of two tables */

#define CACHED (1 << 18) /* bytes of b that all of a passes by: a part of the second cache */

/* With AVX-512 85 in 100 of what a register tile of 2 x 3 products reaches: not worth the second form. */
void rml_unit_products(const double *a, int32_t n_a, const double *b, int32_t n_b, int64_t n, double *r)
{
    const int64_t fitting = CACHED / (int64_t)sizeof(double) / (n > 0 ? n : 1);
    const int32_t step = (int32_t)(fitting < 1 ? 1 : fitting > n_b ? n_b : fitting);

    for (int32_t first = 0; first < n_b; first += step)
        for (int32_t i = 0; i < n_a; ++i)
            for (int32_t j = first; j < n_b && j < first + step; ++j)
                r[(int64_t)i * n_b + j] = rml_unit_product(a + i * n, b + j * n, n);
}
