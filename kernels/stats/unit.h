/* Columns of length 1 about their mean, whose products are Pearson's correlations. */
#ifndef RML_STATS_UNIT_H
#define RML_STATS_UNIT_H

#include <stdint.h>

#include "kernels/base/status.h"

/* out = (x - mean) / length, [n]; out may be x.
 * RML_EVALUE  a value that is not finite, or a spread that no double holds: out is not to be used
 * RML_EEMPTY  all values are equal, or fewer than 2 */
RML_CHECKED rml_status rml_unit_of(const double *x, int64_t n, double *out);

/* sum x y over [n]: eight sums side by side, added up in a fixed order. Quick on every machine, the same bits on all.
 */
double rml_unit_product(const double *x, const double *y, int64_t n);

/* The products of all columns of a with all of b, each to the bit that of rml_unit_product.
 *
 * a, b  in   [n_a][n], [n_b][n]
 * r     out  [n_a][n_b]; may not overlap with them */
void rml_unit_products(const double *a, int32_t n_a, const double *b, int32_t n_b, int64_t n, double *r);

/* A product as a correlation: cut to [-1, 1]. */
static inline double rml_unit_cut(double r)
{
    return r > 1.0 ? 1.0 : r < -1.0 ? -1.0 : r;
}

#endif
