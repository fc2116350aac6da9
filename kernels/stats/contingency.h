/* Tests of a table of counts: chi-square and Fisher's exact test. count[r * n_columns + c] is row r, column c. */
#ifndef RML_STATS_CONTINGENCY_H
#define RML_STATS_CONTINGENCY_H

#include <stdbool.h>
#include <stdint.h>

#include "kernels/base/status.h"
#include "kernels/stats/wilcoxon.h"

typedef struct rml_chisq_test {
    double statistic, p;
    int32_t df;
    bool doubtful; /* an expected count is below 5 */
} rml_chisq_test;

/* yates     in   the continuity correction of 2 x 2 tables, at most |observed - expected|; without effect on others
 * expected  out  [n_rows * n_columns]; NULL allowed
 *
 * RML_EINVAL  fewer than 2 rows or columns   RML_EVALUE  a count below 0
 * RML_EEMPTY  a row or column without counts (statistic and p are NaN): drop empty levels first
 * Source: R chisq.test, whose default is yates. */
RML_CHECKED rml_status rml_contingency_chisq(const int64_t *count, int32_t n_rows, int32_t n_columns, bool yates,
                                             double *expected, rml_chisq_test *test);

typedef struct rml_fisher_test {
    double p;
    double odds_ratio; /* conditional maximum likelihood, not ad/bc; 0 or infinite at an end of its range */
    double low, high;  /* exact interval; one-sided tests have a one-sided one */
} rml_fisher_test;

/* 2 x 2: {a, b, c, d} is ((a, b), (c, d)); greater: odds ratio above 1. The two-sided p adds up the tables that are no
 * likelier than the observed one (to 1e-7, as R). An empty row or column: p 1, odds ratio 0, interval 0 to inf.
 * RML_EINVAL  level outside (0, 1)   RML_EVALUE  a count below 0   RML_EEMPTY  no counts (all NaN)   RML_ENOMEM
 * Source: R fisher.test; odds ratio and interval are roots to the last place, where R stops at 1e-4. */
RML_CHECKED rml_status rml_contingency_fisher_2x2(const int64_t count[4], rml_alternative alternative, double level,
                                                  rml_fisher_test *test);

/* Any size, two-sided: all tables of the same margins are walked, and cut short where bounds decide for all that are
 * left. Rows and columns without counts are left out.
 *
 * RML_EINVAL  fewer than 2 rows or columns   RML_EVALUE  a count below 0   RML_EEMPTY  no counts
 * RML_ECAPACITY  more than 3e8 steps, or a total above 1e7   RML_ENOMEM; *p is then NaN.
 * Source: R fisher.test (FEXACT), the same sum. */
RML_CHECKED rml_status rml_contingency_fisher(const int64_t *count, int32_t n_rows, int32_t n_columns, double *p);

/* The same p where the walk is too long, by n_tables drawn tables of the same margins: (1 + those that are no likelier
 * than the observed one) / (1 + n_tables); never below 1 / (1 + n_tables), and off by the draw: at n_tables 9999 with a
 * standard error of at most 0.005. Every table is a function of the seed and its number.
 *
 * RML_EINVAL  fewer than 2 rows or columns, n_tables below 1   RML_EVALUE  a count below 0   RML_EEMPTY  no counts
 * RML_ECAPACITY  a total above 1e7   RML_ENOMEM; *p is then NaN.
 * Source: R fisher.test(simulate.p.value = TRUE, B = n_tables). */
RML_CHECKED rml_status rml_contingency_fisher_drawn(const int64_t *count, int32_t n_rows, int32_t n_columns,
                                                    int32_t n_tables, uint64_t seed, double *p);

#endif
