/* How often the largest of standardised sums of scores over several sizes exceeds b by chance. For cutpoint.c. */
#ifndef RML_SURVIVAL_CUTPOINT_P_H
#define RML_SURVIVAL_CUTPOINT_P_H

#include <stdint.h>

#include "kernels/base/status.h"

enum { RML_HOTHORN_MOST = 170 }; /* rows: 171! is beyond double precision */

/* score [n] in the order of x; size [n_sizes] of the low group, ascending, each in 1 .. n - 1. */
double rml_cutpoint_lausen92(double b, double least);
double rml_cutpoint_lausen94(double b, int64_t n, const int64_t *size, int32_t n_sizes);
/* Rounds the scores, takes its own b by them. NaN above RML_HOTHORN_MOST rows. RML_ENOMEM */
RML_CHECKED rml_status rml_cutpoint_hothorn(const double *score, int32_t n, const int64_t *size, int32_t n_sizes,
                                            double *p);
/* RML_ENOMEM */
RML_CHECKED rml_status rml_cutpoint_permuted(double b, const double *score, int64_t n, const int64_t *size,
                                             int32_t n_sizes, int32_t n_draws, uint64_t seed, double *p);

/* The mean and the standard deviation over all permutations of the sum of m of n scores with sum and sum of squares. */
void rml_cutpoint_moments(double sum, double squares, int64_t n, int64_t m, double *mean, double *deviation);

#endif
