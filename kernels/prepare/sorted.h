/* Order statistics of small arrays, without memory of their own (the C library's qsort takes some). */
#ifndef RML_PREPARE_SORTED_H
#define RML_PREPARE_SORTED_H

#include <math.h>
#include <stdint.h>

static inline void rml_sift_down(double *x, int64_t root, int64_t n)
{
    const double value = x[root];

    for (int64_t child; (child = 2 * root + 1) < n; root = child) {
        if (child + 1 < n && x[child] < x[child + 1]) ++child;
        if (!(value < x[child])) break;
        x[root] = x[child];
    }
    x[root] = value;
}

/* Sorts upwards: heapsort, so n log n for any order. No NaN. */
static inline void rml_sort(double *x, int64_t n)
{
    for (int64_t root = n / 2; root > 0; --root) rml_sift_down(x, root - 1, n);
    for (int64_t last = n - 1; last > 0; --last) {
        const double top = x[0];

        x[0] = x[last];
        x[last] = top;
        rml_sift_down(x, 0, last);
    }
}

/* Copies what is not NaN; returns how many. */
static inline int64_t rml_observed(const double *x, int64_t n, double *out)
{
    int64_t m = 0;

    for (int64_t i = 0; i < n; ++i)
        if (!isnan(x[i])) out[m++] = x[i];
    return m;
}

/* Of n >= 1 sorted values: the mean of the two in the middle when n is even. */
static inline double rml_sorted_median(const double *x, int64_t n)
{
    return n % 2 ? x[n / 2] : 0.5 * x[n / 2 - 1] + 0.5 * x[n / 2];
}

/* The quantile of n >= 1 sorted values by linear interpolation at p (n - 1): R's type 7, numpy's default. */
static inline double rml_sorted_quantile(const double *x, int64_t n, double p)
{
    const double at = p * (double)(n - 1), below = floor(at), part = at - below;
    const int64_t i = (int64_t)below;

    return part > 0.0 ? (1.0 - part) * x[i] + part * x[i + 1] : x[i];
}

#endif
