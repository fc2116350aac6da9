/* One column at a time: what it says about the outcome, with p values, and the choice by them. Each test fills score
 * [n_columns] and p [n_columns]; where a test has no answer both are NaN. Training rows only. */
#ifndef RML_SELECT_UNIVARIATE_H
#define RML_SELECT_UNIVARIATE_H

#include "kernels/base/columns.h"
#include "kernels/base/status.h"

#define RML_UNIVARIATE_MOST 64 /* classes, or levels */

/* Status of all tests:
 * RML_EINVAL  a class outside 0..n_classes-1, a level outside its range, or a number of either outside 2..64
 * RML_EEMPTY  no rows, or no row in one of two classes
 * RML_EVALUE  a value that is not finite in the table or the target
 * RML_ENOMEM */

/* Wilcoxon's rank sum. score: the Mann-Whitney count W of the positive rows (their rank sum less its least value); p:
 * two-sided by the normal form with ties in its variance and continuity correction 0.5, as R's
 * wilcox.test(x[y == 1], x[y == 0], exact = FALSE). A constant column has W = n0 n1 / 2 and p NaN. */
RML_CHECKED rml_status rml_univariate_wilcoxon(const rml_columns *training, const uint8_t *y, double *score, double *p);

/* Welch's t of positive against negative rows, two-sided. NaN where either class has one row or both have no spread. */
RML_CHECKED rml_status rml_univariate_welch(const rml_columns *training, const uint8_t *y, double *score, double *p);

/* F of the analysis of variance by class; classes without rows do not count. Within-class spread 0 with different
 * means: infinite, p 0. A constant column: NaN. */
RML_CHECKED rml_status rml_univariate_anova(const rml_columns *training, const int32_t *classes, int32_t n_classes,
                                            double *score, double *p);

/* F = r^2 (n - 2) / (1 - r^2) of the regression on one column. NaN for a constant column or target, or below 3 rows. */
RML_CHECKED rml_status rml_univariate_regression(const rml_columns *training, const double *target, double *score,
                                                 double *p);

/* Information gain I(level, class) in nats of columns cut into levels (kernels/select/bins.h): levels
 * [n_columns * n_rows], 0..n_levels-1. p: of G = 2 n I against chi-square with (levels met - 1)(classes met - 1)
 * degrees of freedom. A column with one level: gain 0, p NaN. */
RML_CHECKED rml_status rml_univariate_information(const uint8_t *levels, int64_t n_rows, int32_t n_columns,
                                                  int32_t n_levels, const int32_t *classes, int32_t n_classes,
                                                  double *score, double *p);

/* Pearson's chi-square of levels by classes, without continuity correction; levels and classes without rows are left
 * out. A column with one level: both NaN. */
RML_CHECKED rml_status rml_univariate_chi_square(const uint8_t *levels, int64_t n_rows, int32_t n_columns,
                                                 int32_t n_levels, const int32_t *classes, int32_t n_classes,
                                                 double *score, double *p);

/* Benjamini & Hochberg's adjusted p values, as R's p.adjust: NaN stays NaN and is not counted. adjusted may be p. */
RML_CHECKED rml_status rml_univariate_adjust(const double *p, int32_t n, double *adjusted);

/* The n_wanted columns with the lowest p, in that order; equal p (two that are 0, say): the larger |score| first, then
 * the lower column. score may be NULL. NaN is never chosen, so that *n_chosen may be below n_wanted.
 * chosen out [n_wanted]. RML_EINVAL n_wanted below 1; RML_ENOMEM */
RML_CHECKED rml_status rml_univariate_top(const double *p, const double *score, int32_t n, int32_t n_wanted,
                                          int32_t *chosen, int32_t *n_chosen);

/* One column's F of the analysis of variance; x finite, n >= 1, classes within 0..n_classes-1 <= 64. NaN as above. */
double rml_univariate_f(const double *x, int64_t n, const int32_t *classes, int32_t n_classes);
/* r^2 (n - 2) / (1 - r^2); infinite for |r| >= 1. */
double rml_univariate_f_of_r(double r, int64_t n);

#endif
