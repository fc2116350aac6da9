/* Sum, mean and squares that keep their digits. */
#ifndef RML_PREPARE_MOMENTS_H
#define RML_PREPARE_MOMENTS_H

#include <math.h>
#include <stdint.h>

/* The sum with what every addition rounds off kept beside it (Neumaier 1974): a mean near 0 keeps its digits. */
static inline double rml_sum(const double *x, int64_t n)
{
    double sum = 0.0, lost = 0.0;

    for (int64_t i = 0; i < n; ++i) {
        const double next = sum + x[i];

        lost += fabs(sum) >= fabs(x[i]) ? (sum - next) + x[i] : (x[i] - next) + sum;
        sum = next;
    }
    return isfinite(lost) ? sum + lost : sum;
}

/* The squares are about the mean, summed; their last term is what the mean's rounding added. n at least 1. */
static inline void rml_mean_and_squares(const double *x, int64_t n, double *mean, double *squares)
{
    double rest = 0.0;

    *mean = rml_sum(x, n) / (double)n;
    *squares = 0.0;
    for (int64_t i = 0; i < n; ++i) {
        *squares += (x[i] - *mean) * (x[i] - *mean);
        rest += x[i] - *mean;
    }
    *squares -= rest * rest / (double)n;
}

#endif
