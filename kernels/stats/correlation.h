/* Correlation of two lists or of all columns of a table, and its tests as R's cor.test makes them.
 *
 * x, y are [n]. In all functions: RML_EVALUE a NaN (infinities too, but for ranks); RML_EEMPTY fewer than 2 rows or a
 * constant list, the coefficient is then NaN; RML_ENOMEM. What cannot be computed is NaN. Callers drop rows with
 * missing values first. */
#ifndef RML_STATS_CORRELATION_H
#define RML_STATS_CORRELATION_H

#include <stdbool.h>
#include <stdint.h>

#include "kernels/base/columns.h"
#include "kernels/base/status.h"

/* Cut to [-1, 1]. */
RML_CHECKED rml_status rml_correlation_pearson(const double *x, const double *y, int64_t n, double *r);
/* Pearson of midranks. */
RML_CHECKED rml_status rml_correlation_spearman(const double *x, const double *y, int64_t n, double *rho);
/* Kendall's tau-b; time n log n (Knight 1966). */
RML_CHECKED rml_status rml_correlation_kendall(const double *x, const double *y, int64_t n, double *tau);

typedef struct rml_correlation_test {
    double estimate;
    double statistic; /* Pearson: t; Spearman: S = (n^3 - n)(1 - rho)/6; Kendall: concordant pairs if exact, else z */
    double df;        /* n - 2 for Pearson, else NaN */
    double p;         /* two-sided */
    double low, high; /* Pearson: Fisher's z interval, NaN below 4 rows; else NaN */
    bool exact;       /* p is not from a t or normal form */
} rml_correlation_test;

/* level in coverage of the interval, inside (0, 1), else RML_EINVAL. RML_EEMPTY also below 3 rows: the estimate stands,
 * p is NaN. Source: R cor.test(method = "pearson"). */
RML_CHECKED rml_status rml_correlation_pearson_test(const double *x, const double *y, int64_t n, double level,
                                                    rml_correlation_test *test);

typedef enum rml_correlation_form {
    RML_FORM_DEFAULT, /* exact where R does so: Spearman without ties up to 1290 rows, Kendall without ties below 50 */
    RML_FORM_ASYMPTOTIC /* Spearman: Student's t; Kendall: normal */
} rml_correlation_form;

/* The exact form counts permutations up to 9 rows and above is the Edgeworth series of AS 89 (Best & Roberts 1975),
 * whose tail may end at 0. continuity: of the asymptotic form.
 * Source: R cor.test(method = "spearman"); its exact limit is n < 1290. */
RML_CHECKED rml_status rml_correlation_spearman_test(const double *x, const double *y, int64_t n,
                                                     rml_correlation_form form, bool continuity,
                                                     rml_correlation_test *test);

/* Exact p: the number of permutations by inversions; the upper tail is summed as the mirrored lower one, so that a p
 * below 1e-15 is right where R's 1 - P is rounding. Otherwise the normal form with the variance for ties.
 * Source: R cor.test(method = "kendall"). */
RML_CHECKED rml_status rml_correlation_kendall_test(const double *x, const double *y, int64_t n,
                                                    rml_correlation_form form, bool continuity,
                                                    rml_correlation_test *test);

typedef enum rml_correlation_kind { RML_PEARSON, RML_SPEARMAN } rml_correlation_kind;

/* All pairs of columns.
 *
 * r  out  [n_columns * n_columns] symmetric, 1 on the diagonal, cut to [-1, 1]; row and column of a constant column are
 *         NaN but for the diagonal (as R), those of a column with a NaN (an infinity, for Pearson) wholly; no error
 *
 * RML_EEMPTY  fewer than 2 rows (r is NaN)   RML_ENOMEM
 * Sums run row by row in a fixed order: no BLAS, whose order hangs on the processor. */
RML_CHECKED rml_status rml_correlation_matrix(const rml_columns *columns, rml_correlation_kind kind, double *r);

#endif
