/* 1. Tests of numbers   2. Tests of levels   3. The choice */
#include "kernels/select/univariate.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

#include "kernels/base/attributes.h"
#include "kernels/select/moments.h"

#define MOST RML_UNIVARIATE_MOST

/* 1. Tests of numbers */

static rml_status check_two(const rml_columns *training, const uint8_t *y, int64_t *n_positive)
{
    *n_positive = 0;
    for (int64_t i = 0; i < training->n_rows; ++i) {
        if (y[i] > 1) return RML_EINVAL;
        *n_positive += y[i];
    }
    if (*n_positive == 0 || *n_positive == training->n_rows) return RML_EEMPTY;
    return rml_moments_finite(training) ? RML_OK : RML_EVALUE;
}

static rml_status check_classes(const int32_t *classes, int64_t n, int32_t n_classes)
{
    if (n_classes < 2 || n_classes > MOST) return RML_EINVAL;
    if (n < 1) return RML_EEMPTY;
    for (int64_t i = 0; i < n; ++i)
        if (classes[i] < 0 || classes[i] >= n_classes) return RML_EINVAL;
    return RML_OK;
}

/* sum of t^3 - t over groups of t equal values */
static double tie_sum(const double *x, const int64_t *order, int64_t n)
{
    double sum = 0.0;

    for (int64_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && x[order[end]] == x[order[i]];) ++end;
        const double t = (double)(end - i);

        sum += t * (t * t - 1.0);
    }
    return sum;
}

rml_status rml_univariate_wilcoxon(const rml_columns *training, const uint8_t *y, double *score, double *p)
{
    const int64_t n = training->n_rows;
    int64_t *order = NULL, n_positive;
    double *ranks = NULL;
    rml_status status = check_two(training, y, &n_positive);

    if (status != RML_OK) return status;
    order = malloc(2 * (size_t)n * sizeof *order);
    ranks = malloc((size_t)n * sizeof *ranks);
    if (!order || !ranks) {
        free(order);
        free(ranks);
        return RML_ENOMEM;
    }
    const double n1 = (double)n_positive, n0 = (double)(n - n_positive), all = (double)n;
    for (int32_t j = 0; j < training->n_columns; ++j) {
        const double *x = rml_column(training, j);
        double sum = 0.0;

        rml_moments_ranks(x, n, order, order + n, ranks);
        for (int64_t i = 0; i < n; ++i) sum += y[i] ? ranks[i] : 0.0;
        score[j] = sum - n1 * (n1 + 1.0) / 2.0;
        const double variance = n1 * n0 / 12.0 * ((all + 1.0) - tie_sum(x, order, n) / (all * (all - 1.0)));
        const double far = fmax(fabs(score[j] - n1 * n0 / 2.0) - 0.5, 0.0);

        p[j] = variance > 0.0 && x[order[0]] != x[order[n - 1]] ? erfc(far / sqrt(2.0 * variance)) : NAN;
    }
    free(order);
    free(ranks);
    return RML_OK;
}

/* Counts, means and squares about them of each class; class means of a constant class are exact. */
static void by_class(const double *x, int64_t n, const int32_t *classes, int32_t n_classes, double *count, double *mean,
                     double *squares)
{
    memset(count, 0, (size_t)n_classes * sizeof *count);
    memset(mean, 0, (size_t)n_classes * sizeof *mean);
    memset(squares, 0, (size_t)n_classes * sizeof *squares);
    for (int64_t i = 0; i < n; ++i) {
        count[classes[i]] += 1.0;
        mean[classes[i]] += x[i] - x[0];
    }
    for (int32_t c = 0; c < n_classes; ++c) mean[c] = count[c] > 0.0 ? x[0] + mean[c] / count[c] : 0.0;
    for (int64_t i = 0; i < n; ++i) {
        const double far = x[i] - mean[classes[i]];

        squares[classes[i]] += far * far;
    }
}

rml_status rml_univariate_welch(const rml_columns *training, const uint8_t *y, double *score, double *p)
{
    int64_t n_positive;
    rml_status status = check_two(training, y, &n_positive);
    int32_t *classes;

    if (status != RML_OK) return status;
    classes = malloc((size_t)training->n_rows * sizeof *classes);
    if (!classes) return RML_ENOMEM;
    for (int64_t i = 0; i < training->n_rows; ++i) classes[i] = y[i];
    for (int32_t j = 0; j < training->n_columns; ++j) {
        double count[2], mean[2], squares[2];

        score[j] = p[j] = NAN;
        by_class(rml_column(training, j), training->n_rows, classes, 2, count, mean, squares);
        if (count[0] < 2.0 || count[1] < 2.0) continue;
        const double v0 = squares[0] / (count[0] - 1.0) / count[0], v1 = squares[1] / (count[1] - 1.0) / count[1];
        const double df = (v0 + v1) * (v0 + v1) / (v0 * v0 / (count[0] - 1.0) + v1 * v1 / (count[1] - 1.0));

        if (!(v0 + v1 > 0.0) || !(df > 0.0)) continue;
        score[j] = (mean[1] - mean[0]) / sqrt(v0 + v1);
        p[j] = 2.0 * gsl_cdf_tdist_Q(fabs(score[j]), df);
    }
    free(classes);
    return RML_OK;
}

/* F and its degrees of freedom. */
static double anova(const double *x, int64_t n, const int32_t *classes, int32_t n_classes, double df[2])
{
    double count[MOST], mean[MOST], squares[MOST], between = 0.0, within = 0.0, n_met = 0.0;
    const double all = rml_moments_mean(x, n);

    by_class(x, n, classes, n_classes, count, mean, squares);
    for (int32_t c = 0; c < n_classes; ++c) {
        if (count[c] == 0.0) continue;
        between += count[c] * (mean[c] - all) * (mean[c] - all);
        within += squares[c];
        n_met += 1.0;
    }
    df[0] = n_met - 1.0;
    df[1] = (double)n - n_met;
    if (df[0] < 1.0 || df[1] < 1.0) return NAN;
    return between / df[0] / (within / df[1]); /* 0/0: NaN */
}

double rml_univariate_f(const double *x, int64_t n, const int32_t *classes, int32_t n_classes)
{
    double df[2];

    return anova(x, n, classes, n_classes, df);
}

static double p_of_f(double f, const double df[2])
{
    if (isnan(f)) return NAN;
    return isinf(f) ? 0.0 : gsl_cdf_fdist_Q(f, df[0], df[1]);
}

rml_status rml_univariate_anova(const rml_columns *training, const int32_t *classes, int32_t n_classes, double *score,
                                double *p)
{
    rml_status status = check_classes(classes, training->n_rows, n_classes);

    if (status != RML_OK) return status;
    if (!rml_moments_finite(training)) return RML_EVALUE;
    for (int32_t j = 0; j < training->n_columns; ++j) {
        double df[2];

        score[j] = anova(rml_column(training, j), training->n_rows, classes, n_classes, df);
        p[j] = p_of_f(score[j], df);
    }
    return RML_OK;
}

double rml_univariate_f_of_r(double r, int64_t n)
{
    if (fabs(r) >= 1.0) return INFINITY;
    return r * r * (double)(n - 2) / ((1.0 - r) * (1.0 + r));
}

rml_status rml_univariate_regression(const rml_columns *training, const double *target, double *score, double *p)
{
    const int64_t n = training->n_rows;
    const double df[2] = {1.0, (double)(n - 2)};
    double *z;
    bool flat = true;

    if (n < 1) return RML_EEMPTY;
    if (!rml_moments_finite(training) || !rml_moments_finite(&(rml_columns){n, n, 1, target})) return RML_EVALUE;
    z = malloc((size_t)n * sizeof *z);
    if (!z) return RML_ENOMEM;
    rml_moments_unit(target, n, z);
    for (int64_t i = 0; i < n; ++i) flat = flat && z[i] == 0.0;
    for (int32_t j = 0; j < training->n_columns; ++j) {
        const double *x = rml_column(training, j), mean = rml_moments_mean(x, n);
        const double length = sqrt(rml_moments_squares(x, mean, n));

        score[j] = flat || n < 3 || !(length > 0.0)
                       ? NAN
                       : rml_univariate_f_of_r(rml_moments_product(x, mean, z, n) / length, n);
        p[j] = p_of_f(score[j], df);
    }
    free(z);
    return RML_OK;
}

/* 2. Tests of levels */

typedef struct crossing {
    int64_t count[MOST][MOST], by_level[MOST], by_class[MOST];
    int32_t n_levels_met, n_classes_met;
} crossing;

static bool cross(const uint8_t *levels, int64_t n, int32_t n_levels, const int32_t *classes, int32_t n_classes,
                  crossing *table)
{
    for (int32_t a = 0; a < n_levels; ++a) memset(table->count[a], 0, (size_t)n_classes * sizeof table->count[a][0]);
    memset(table->by_level, 0, sizeof table->by_level);
    memset(table->by_class, 0, sizeof table->by_class);
    table->n_levels_met = table->n_classes_met = 0;
    for (int64_t i = 0; i < n; ++i) {
        if (levels[i] >= n_levels) return false;
        ++table->count[levels[i]][classes[i]];
        ++table->by_level[levels[i]];
        ++table->by_class[classes[i]];
    }
    for (int32_t a = 0; a < MOST; ++a) {
        table->n_levels_met += table->by_level[a] > 0;
        table->n_classes_met += table->by_class[a] > 0;
    }
    return true;
}

/* Both sums of one table: n times the information in nats, and chi-square. */
static void measure(const crossing *t, int64_t n, int32_t n_levels, int32_t n_classes, double *information,
                    double *chi_square)
{
    *information = *chi_square = 0.0;
    for (int32_t a = 0; a < n_levels; ++a)
        for (int32_t b = 0; b < n_classes; ++b) {
            const double count = (double)t->count[a][b];
            const double expected = (double)t->by_level[a] * (double)t->by_class[b] / (double)n;

            if (count > 0.0) *information += count * log(count / expected);
            if (expected > 0.0) *chi_square += (count - expected) * (count - expected) / expected;
        }
    *information = fmax(*information, 0.0);
}

static rml_status test_levels(const uint8_t *levels, int64_t n, int32_t n_columns, int32_t n_levels,
                              const int32_t *classes, int32_t n_classes, bool by_information, double *score, double *p)
{
    rml_status status = check_classes(classes, n, n_classes);
    crossing *table;

    if (status != RML_OK) return status;
    if (n_levels < 2 || n_levels > MOST) return RML_EINVAL;
    table = malloc(sizeof *table);
    if (!table) return RML_ENOMEM;
    for (int32_t j = 0; j < n_columns && status == RML_OK; ++j) {
        double information, chi_square;

        if (!cross(levels + j * n, n, n_levels, classes, n_classes, table)) status = RML_EINVAL;
        if (status != RML_OK) break;
        const double df = (double)(table->n_levels_met - 1) * (table->n_classes_met - 1);

        measure(table, n, n_levels, n_classes, &information, &chi_square);
        score[j] = by_information ? information / (double)n : df > 0.0 ? chi_square : NAN;
        p[j] = df > 0.0 ? gsl_cdf_chisq_Q(by_information ? 2.0 * information : chi_square, df) : NAN;
    }
    free(table);
    return status;
}

rml_status rml_univariate_information(const uint8_t *levels, int64_t n_rows, int32_t n_columns, int32_t n_levels,
                                      const int32_t *classes, int32_t n_classes, double *score, double *p)
{
    return test_levels(levels, n_rows, n_columns, n_levels, classes, n_classes, true, score, p);
}

rml_status rml_univariate_chi_square(const uint8_t *levels, int64_t n_rows, int32_t n_columns, int32_t n_levels,
                                     const int32_t *classes, int32_t n_classes, double *score, double *p)
{
    return test_levels(levels, n_rows, n_columns, n_levels, classes, n_classes, false, score, p);
}

/* 3. The choice */

typedef struct candidate {
    double p, size;
    int32_t column;
} candidate;

static int compare_candidates(const void *left, const void *right)
{
    const candidate *a = left, *b = right;

    if (a->p != b->p) return a->p < b->p ? -1 : 1;
    if (a->size != b->size) return a->size > b->size ? -1 : 1;
    return (a->column > b->column) - (a->column < b->column);
}

/* Columns whose p is a number, best first; NULL without memory. */
static candidate *sort_candidates(const double *p, const double *score, int32_t n, int32_t *n_found)
{
    candidate *list = malloc(((size_t)n + 1) * sizeof *list);

    *n_found = 0;
    if (!list) return NULL;
    for (int32_t j = 0; j < n; ++j)
        if (!isnan(p[j])) list[(*n_found)++] = (candidate){p[j], score && !isnan(score[j]) ? fabs(score[j]) : 0.0, j};
    qsort(list, (size_t)*n_found, sizeof *list, compare_candidates);
    return list;
}

rml_status rml_univariate_adjust(const double *p, int32_t n, double *adjusted)
{
    int32_t n_found;
    candidate *list = sort_candidates(p, NULL, n, &n_found);
    double least = 1.0;

    if (!list) return RML_ENOMEM;
    for (int32_t j = 0; j < n; ++j) adjusted[j] = p[j]; /* the NaN */
    for (int32_t k = n_found - 1; k >= 0; --k) {
        least = fmin(least, (double)n_found / (k + 1) * list[k].p);
        adjusted[list[k].column] = least;
    }
    free(list);
    return RML_OK;
}

rml_status rml_univariate_top(const double *p, const double *score, int32_t n, int32_t n_wanted, int32_t *chosen,
                              int32_t *n_chosen)
{
    int32_t n_found;
    candidate *list;

    *n_chosen = 0;
    if (n_wanted < 1) return RML_EINVAL;
    list = sort_candidates(p, score, n, &n_found);
    if (!list) return RML_ENOMEM;
    while (*n_chosen < n_wanted && *n_chosen < n_found) {
        chosen[*n_chosen] = list[*n_chosen].column;
        ++*n_chosen;
    }
    free(list);
    return RML_OK;
}
