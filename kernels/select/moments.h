/* What the selectors ask of one column: its centre, its length about the centre, products of centred columns. */
#ifndef RML_SELECT_MOMENTS_H
#define RML_SELECT_MOMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "kernels/base/columns.h"

/* Mean of x[n], n >= 1: sums are taken about x[0], so that a constant column's mean is its value exactly. */
double rml_moments_mean(const double *x, int64_t n);
/* sum (x - mean)^2; exactly 0 for a constant column with its mean. */
double rml_moments_squares(const double *x, double mean, int64_t n);
/* sum (x - mean) z. With z = (s - mean of s) / length of that: over x's own length, this is Pearson's r of x and s. */
double rml_moments_product(const double *x, double mean, const double *z, int64_t n);
/* z = (x - mean) / length about the mean; all 0 when the column is constant. */
void rml_moments_unit(const double *x, int64_t n, double *z);
/* Whether every value of the table is finite. */
bool rml_moments_finite(const rml_columns *columns);
/* Average ranks 1..n of finite x (ties share their mean), out[n]; order and spare are work [n]. */
void rml_moments_ranks(const double *x, int64_t n, int64_t *order, int64_t *spare, double *ranks);
/* 0..n-1 in order[n] such that x ascends; equal values by index. NaN is not allowed. spare is work [n]. */
void rml_moments_order(const double *x, int64_t n, int64_t *order, int64_t *spare);

#endif
