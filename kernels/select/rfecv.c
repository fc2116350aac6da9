#include "kernels/select/rfecv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct scored {
    double decision;
    uint8_t y;
} scored;

typedef struct split {
    int64_t n_train, n_test;
    double *train, *test; /* [p][n_train], [p][n_test] */
    uint8_t *y_train, *y_test;
    double *weight; /* [n_train] */
    scored *rows;   /* [n_test] scratch */
    double *auc;    /* [n_sizes] of this split */
    int32_t n_sizes, n_done;
} split;

static int compare_scored(const void *a, const void *b)
{
    const double x = ((const scored *)a)->decision, y = ((const scored *)b)->decision;

    return (x > y) - (x < y);
}

/* Share of pairs of a positive and a negative row in which the positive one scores higher; equal scores count half. */
static double area(scored *rows, int64_t n)
{
    int64_t n_negative = 0, n_positive = 0, twice = 0;

    qsort(rows, (size_t)n, sizeof *rows, compare_scored);
    for (int64_t first = 0, last; first < n; first = last) {
        int64_t negative = 0, positive = 0;

        for (last = first; last < n && rows[last].decision == rows[first].decision; ++last) {
            positive += rows[last].y != 0;
            negative += rows[last].y == 0;
        }
        twice += positive * (2 * n_negative + negative);
        n_negative += negative;
        n_positive += positive;
    }
    return (double)twice / (2.0 * (double)n_negative * (double)n_positive);
}

static rml_status score(void *context, const int32_t *columns, int32_t n_columns, const double *coefficient,
                        double intercept)
{
    split *s = context;

    for (int64_t i = 0; i < s->n_test; ++i) s->rows[i] = (scored){intercept, s->y_test[i]};
    for (int32_t k = 0; k < n_columns; ++k) {
        const double *column = s->test + columns[k] * s->n_test;

        for (int64_t i = 0; i < s->n_test; ++i) s->rows[i].decision += coefficient[k] * column[i];
    }
    s->auc[s->n_sizes - ++s->n_done] = area(s->rows, s->n_test); /* elimination goes down, sizes rise */
    return RML_OK;
}

/* Standardises the training column, and the test column by it. */
static void scale_column(double *train, int64_t n_train, double *test, int64_t n_test)
{
    double mean = 0.0, squares = 0.0, sd;
    bool constant = true;

    for (int64_t i = 0; i < n_train; ++i) {
        mean += train[i];
        constant = constant && train[i] == train[0];
    }
    mean /= (double)n_train;
    for (int64_t i = 0; i < n_train; ++i) squares += (train[i] - mean) * (train[i] - mean);
    sd = sqrt(squares / (double)n_train);
    for (int64_t i = 0; i < n_train; ++i) train[i] = !constant && sd > 0.0 ? (train[i] - mean) / sd : 0.0;
    for (int64_t i = 0; i < n_test; ++i) test[i] = !constant && sd > 0.0 ? (test[i] - mean) / sd : 0.0;
}

/* Gathers one split; RML_EEMPTY when a side lacks a class. */
static rml_status gather(const rml_columns *x, const uint8_t *y, const double *weight, const int32_t *fold,
                         int32_t test_fold, bool scale, split *s)
{
    int64_t n_of[2][2] = {{0, 0}, {0, 0}};

    s->n_train = s->n_test = 0;
    for (int64_t i = 0; i < x->n_rows; ++i) {
        const bool tests = fold && fold[i] == test_fold;

        ++n_of[tests][y[i] != 0];
        if (tests) {
            s->y_test[s->n_test++] = y[i];
        } else {
            s->weight[s->n_train] = weight ? weight[i] : 1.0;
            s->y_train[s->n_train++] = y[i];
        }
    }
    if (n_of[0][0] == 0 || n_of[0][1] == 0 || (fold && (n_of[1][0] == 0 || n_of[1][1] == 0))) return RML_EEMPTY;
    for (int32_t j = 0; j < x->n_columns; ++j) {
        const double *from = rml_column(x, j);
        double *train = s->train + j * s->n_train, *test = s->test + j * s->n_test;
        int64_t n_train = 0, n_test = 0;

        for (int64_t i = 0; i < x->n_rows; ++i) {
            if (fold && fold[i] == test_fold)
                test[n_test++] = from[i];
            else
                train[n_train++] = from[i];
            if (!isfinite(from[i])) return RML_EVALUE;
        }
        if (scale) scale_column(train, n_train, test, n_test);
    }
    return RML_OK;
}

static rml_status run_split(const rml_columns *x, split *s, const rml_rfe_settings *settings, rml_rfe *rfe)
{
    const rml_columns train = {.n_rows = s->n_train, .stride = s->n_train, .n_columns = x->n_columns, .x = s->train};

    return rml_rfe_fit(&train, s->y_train, s->weight, settings, rfe);
}

/* Means and deviations over the splits, and the first largest sum. */
void rml_rfecv_summarise(rml_rfecv *cv)
{
    double best = -INFINITY;

    for (int32_t k = 0; k < cv->n_sizes; ++k) {
        double sum = 0.0, squares = 0.0;

        for (int32_t s = 0; s < cv->n_splits; ++s) sum += cv->auc[(int64_t)s * cv->n_sizes + k];
        cv->mean_auc[k] = sum / cv->n_splits;
        for (int32_t s = 0; s < cv->n_splits; ++s) {
            const double off = cv->auc[(int64_t)s * cv->n_sizes + k] - cv->mean_auc[k];

            squares += off * off;
        }
        cv->sd_auc[k] = sqrt(squares / cv->n_splits);
        if (sum > best) {
            best = sum;
            cv->best = k;
        }
    }
}

static rml_status check(const rml_columns *x, const int32_t *fold, int32_t n_folds, int32_t n_repeats,
                        const rml_rfe_settings *settings)
{
    if (n_folds < 1 || n_repeats < 1 || n_repeats > INT32_MAX / n_folds) return RML_EINVAL;
    if (settings->model == RML_RFE_CALLER || settings->n_select < 1 || settings->step < 1) return RML_EINVAL;
    if (x->n_rows < 1 || x->n_columns < 1) return RML_EEMPTY;
    for (int64_t i = 0; i < x->n_rows * n_repeats; ++i)
        if (fold[i] >= n_folds) return RML_EINVAL;
    return RML_OK;
}

int32_t rml_rfecv_one_se(const rml_rfecv *cv)
{
    const double error = cv->n_splits > 1 ? cv->sd_auc[cv->best] / sqrt(cv->n_splits - 1.0) : 0.0;
    int32_t k = 0;

    while (k < cv->best && !(cv->mean_auc[k] >= cv->mean_auc[cv->best] - error)) ++k;
    return k;
}

rml_status rml_rfecv_init(int32_t n_columns, int32_t n_select, int32_t step, int32_t n_splits, rml_rfecv *cv)
{
    const int32_t least = n_select < n_columns ? n_select : n_columns;
    const int32_t n_sizes = (int32_t)(((int64_t)n_columns - least + step - 1) / step) + 1;
    const size_t n = (size_t)n_sizes;

    *cv = (rml_rfecv){.n_sizes = n_sizes,
                      .n_splits = n_splits,
                      .size = malloc(n * sizeof(int32_t)),
                      .auc = malloc(n * (size_t)n_splits * sizeof(double)),
                      .mean_auc = malloc(n * sizeof(double)),
                      .sd_auc = malloc(n * sizeof(double))};
    if (!cv->size || !cv->auc || !cv->mean_auc || !cv->sd_auc) {
        rml_rfecv_free(cv);
        return RML_ENOMEM;
    }
    for (int32_t k = 0; k < n_sizes; ++k) {
        const int64_t size = n_columns - (int64_t)k * step;

        cv->size[n_sizes - 1 - k] = size > least ? (int32_t)size : least;
    }
    return RML_OK;
}

static rml_status allocate(const rml_columns *x, split *s)
{
    const size_t n = (size_t)x->n_rows, p = (size_t)x->n_columns;

    s->train = malloc(n * p * sizeof *s->train);
    s->test = malloc(n * p * sizeof *s->test);
    s->y_train = malloc(n);
    s->y_test = malloc(n);
    s->weight = malloc(n * sizeof *s->weight);
    s->rows = malloc(n * sizeof *s->rows);
    if (!s->train || !s->test) return RML_ENOMEM;
    return s->y_train && s->y_test && s->weight && s->rows ? RML_OK : RML_ENOMEM;
}

rml_status rml_rfecv_fit(const rml_columns *x, const uint8_t *y, const double *weight, const int32_t *fold,
                         int32_t n_folds, int32_t n_repeats, bool scale, const rml_rfe_settings *settings,
                         rml_rfecv *cv)
{
    rml_rfe_settings inner = *settings;
    split s = {0};
    rml_status status = check(x, fold, n_folds, n_repeats, settings);

    *cv = (rml_rfecv){0};
    if (status != RML_OK) return status;
    status = rml_rfecv_init(x->n_columns, settings->n_select, settings->step, n_folds * n_repeats, cv);
    if (status == RML_OK) status = allocate(x, &s);
    inner.observer = score;
    inner.context = &s;
    for (int32_t k = 0; status == RML_OK && k < cv->n_splits; ++k) {
        rml_rfe rfe = {0};

        s.n_sizes = cv->n_sizes;
        s.n_done = 0;
        s.auc = cv->auc + (int64_t)k * cv->n_sizes;
        status = gather(x, y, weight, fold + (int64_t)(k / n_folds) * x->n_rows, k % n_folds, scale, &s);
        if (status == RML_OK) status = run_split(x, &s, &inner, &rfe);
        rml_rfe_free(&rfe);
    }
    if (status == RML_OK) {
        rml_rfecv_summarise(cv);
        inner.observer = NULL;
        inner.n_select = cv->size[cv->best];
        status = gather(x, y, weight, NULL, 0, scale, &s);
    }
    if (status == RML_OK) status = run_split(x, &s, &inner, &cv->rfe);
    free(s.train);
    free(s.test);
    free(s.y_train);
    free(s.y_test);
    free(s.weight);
    free(s.rows);
    if (status != RML_OK) rml_rfecv_free(cv);
    return status;
}

void rml_rfecv_free(rml_rfecv *cv)
{
    if (!cv) return;
    free(cv->size);
    free(cv->auc);
    free(cv->mean_auc);
    free(cv->sd_auc);
    rml_rfe_free(&cv->rfe);
    *cv = (rml_rfecv){0};
}
