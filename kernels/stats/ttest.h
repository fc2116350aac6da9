/* Student's t tests of two means. */
#ifndef RML_STATS_TTEST_H
#define RML_STATS_TTEST_H

#include <stdbool.h>
#include <stdint.h>

#include "kernels/base/status.h"

typedef struct rml_ttest {
    double mean_x, mean_y;
    double t, df, p;  /* two-sided */
    double low, high; /* interval of mean_x - mean_y, or of the mean difference */
} rml_ttest;

/* Two samples.
 *
 * x, y    in   [n_x], [n_y], finite
 * pooled  in   one variance for both (Student) instead of one each (Welch)
 * level   in   coverage, inside (0, 1)
 *
 * RML_EINVAL  level outside   RML_EVALUE  a value that is not finite (all NaN)
 * RML_EEMPTY  fewer than 2 rows in one (pooled: 1 in one and 2 in the other will do), or no spread in either (as R
 *             judges: a standard error below 2.2e-15 of the larger mean): the means are given, the rest is NaN
 * Source: R t.test. */
RML_CHECKED rml_status rml_ttest_two(const double *x, int64_t n_x, const double *y, int64_t n_y, bool pooled,
                                     double level, rml_ttest *test);

/* Paired: of the differences x - y, both [n]. Statuses as above. */
RML_CHECKED rml_status rml_ttest_paired(const double *x, const double *y, int64_t n, double level, rml_ttest *test);

#endif
