/* Standardised differences between two groups: how far apart they are, whatever their sizes. */
#ifndef RML_STATS_BALANCE_H
#define RML_STATS_BALANCE_H

#include <stdint.h>

#include "kernels/base/status.h"

/* |mean x - mean y| over the root of the mean of both variances (n - 1); 0 where the means are equal, infinite where
 * they differ and neither group has spread.
 *
 * x, y  in  [n_x], [n_y]
 * RML_EVALUE  a value that is not finite   RML_EEMPTY  fewer than 2 values in a group; NaN then
 * Source: Austin 2009, Stat Med 28:3083, equation 1. */
RML_CHECKED rml_status rml_balance_numbers(const double *x, int64_t n_x, const double *y, int64_t n_y,
                                           double *difference);

/* Of categories: sqrt(d' S^-1 d), d the difference of all proportions but one's, S the mean of both groups' multinomial
 * covariances of a single patient; of two categories |p - q| over the root of the mean of p (1 - p) and q (1 - q).
 * Infinite where S has no spread along d.
 *
 * x, y  in  [n_levels] counts; levels that neither has do not count
 * NaN then: RML_EINVAL  n_levels below 1   RML_EVALUE  a count below 0   RML_EEMPTY  a group without counts
 * RML_ENOMEM
 *
 * Source: Yang & Dalton 2012, SAS Global Forum 335. */
RML_CHECKED rml_status rml_balance_categories(const int64_t *x, const int64_t *y, int32_t n_levels, double *difference);

#endif
