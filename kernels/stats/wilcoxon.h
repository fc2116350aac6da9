/* Rank tests of location: Mann-Whitney, signed rank, Kruskal-Wallis. */
#ifndef RML_STATS_WILCOXON_H
#define RML_STATS_WILCOXON_H

#include <stdbool.h>
#include <stdint.h>

#include "kernels/base/columns.h"
#include "kernels/base/status.h"

typedef enum rml_wilcoxon_form {
    RML_WILCOXON_DEFAULT, /* exact when there are no ties (nor zero differences) and below 50 rows a sample, as R */
    RML_WILCOXON_EXACT,   /* exact unless there are ties or zeros, then normal */
    RML_WILCOXON_NORMAL
} rml_wilcoxon_form;

typedef enum rml_alternative { RML_TWO_SIDED, RML_GREATER, RML_LESS } rml_alternative; /* x against y */

typedef struct rml_wilcoxon_settings {
    rml_wilcoxon_form form;
    rml_alternative alternative;
    bool continuity; /* correction of 0.5 in the normal form; R's default is true */
} rml_wilcoxon_settings;

typedef struct rml_wilcoxon {
    double statistic; /* W: pairs in which x is above y, ties half; V: the ranks of positive differences */
    double p;
    bool exact;
} rml_wilcoxon;

/* Rank sum test of two samples, x [n_x] and y [n_y], infinities allowed.
 *
 * RML_EEMPTY     a sample without rows (all NaN); or all values equal: W is given, and p where the continuity
 *                correction makes one (1, for a one-sided test, as R), else NaN
 * RML_EVALUE     a NaN (all NaN)
 * RML_ECAPACITY  exact form for more than 1000 rows or 5e8 steps: W is given, p is NaN
 * RML_ENOMEM
 * Source: R wilcox.test: the exact distribution by its recursion, the normal form with the variance for ties. */
RML_CHECKED rml_status rml_wilcoxon_rank_sum(const double *x, int64_t n_x, const double *y, int64_t n_y,
                                             const rml_wilcoxon_settings *settings, rml_wilcoxon *test);

/* The same for every column: rows with y 1 against rows with y 0; statistic and p out [n_columns] (NULL allowed). A
 * column with a NaN or without spread has a NaN p, which is no error. RML_EEMPTY: an outcome is absent. */
RML_CHECKED rml_status rml_wilcoxon_columns(const rml_columns *columns, const uint8_t *y,
                                            const rml_wilcoxon_settings *settings, double *statistic, double *p);

/* Signed rank test of x - y, both [n]; y NULL: of x against 0. Zero differences are left out, which rules out the exact
 * form as ties do. Statuses as above; RML_EEMPTY when all differences are 0 (statistic 0, p NaN). */
RML_CHECKED rml_status rml_wilcoxon_signed_rank(const double *x, const double *y, int64_t n,
                                                const rml_wilcoxon_settings *settings, rml_wilcoxon *test);

typedef struct rml_hodges_lehmann {
    double estimate; /* exact form: the median of all differences x - y; else the shift at which the ranks balance */
    double low, high;
} rml_hodges_lehmann;

/* The shift between two samples with its interval; two-sided, settings' form and continuity as in the test. In the
 * exact form the interval's ends are differences of the data; in the normal form each is where the test statistic,
 * which falls in steps with the shift, passes the normal quantile (R's root finder stops within 1e-4 of it).
 *
 * RML_EEMPTY a sample without rows, or all values equal   RML_EVALUE a value that is not finite
 * RML_EINVAL level outside (0, 1)   RML_ECAPACITY more than 1e8 pairs or as above   RML_ENOMEM; all NaN then.
 * Source: R wilcox.test(conf.int = TRUE). */
RML_CHECKED rml_status rml_wilcoxon_shift(const double *x, int64_t n_x, const double *y, int64_t n_y,
                                          const rml_wilcoxon_settings *settings, double level,
                                          rml_hodges_lehmann *shift);

/* Kruskal-Wallis test of x [n] over groups [n] coded 0 .. n_groups - 1; groups without rows do not count.
 *
 * statistic, df, p  out  with the correction for ties
 * RML_EEMPTY  fewer than 2 groups with rows, or all values equal (NaN but for df)
 * RML_EVALUE  a NaN, a code outside   RML_EINVAL  n_groups below 1   RML_ENOMEM
 * Source: R kruskal.test. */
RML_CHECKED rml_status rml_wilcoxon_kruskal(const double *x, const int32_t *groups, int64_t n, int32_t n_groups,
                                            double *statistic, int32_t *df, double *p);

#endif
