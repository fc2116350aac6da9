/* What the tests of kernels/survival share: a reference case's rows as times, events and columns, without those where
 * one of the columns has no value. */
#ifndef RML_TESTS_SURVIVAL_CASES_H
#define RML_TESTS_SURVIVAL_CASES_H

#include "kernels/base/columns.h"
#include "kernels/survival/surv_data.h"
#include "tests/support/reference.h"
#include "tests/support/support.h"

typedef struct cohort {
    int64_t n;
    double *time, *x; /* x: [n_columns][n], owned, as columns says */
    uint8_t *event;
    int64_t *table_row; /* [n] */
    rml_columns columns;
    rml_surv surv;
} cohort;

/* names: a list of columns of numbers (may be NULL). stratum: a column of any texts, or NULL. */
static inline void cohort_open(const rml_table *table, const char *const *names, int32_t n_names, const char *stratum,
                               cohort *c)
{
    const int64_t rows = table->n_rows;
    double *time = rml_table_numbers(table, "time"), *event = rml_table_numbers(table, "status");
    double **column = malloc(((size_t)n_names + 1) * sizeof *column);
    int32_t *label = malloc((size_t)rows * sizeof *label);
    const int32_t s = stratum ? rml_table_column(table, stratum) : -1;

    assert_true(column && label);
    *c = (cohort){.time = malloc((size_t)rows * sizeof(double)),
                  .x = malloc(((size_t)rows * (size_t)n_names + 1) * sizeof(double)),
                  .event = malloc((size_t)rows),
                  .table_row = malloc((size_t)rows * sizeof(int64_t))};
    assert_true(c->time && c->x && c->event && c->table_row);
    for (int32_t j = 0; j < n_names; ++j) column[j] = rml_table_numbers(table, names[j]);
    for (int64_t i = 0; i < rows; ++i) {
        bool whole = !stratum || *table->cell[i * table->n_columns + s];

        for (int32_t j = 0; j < n_names; ++j) whole &= !isnan(column[j][i]);
        if (!whole) continue;
        c->time[c->n] = time[i];
        c->event[c->n] = event[i] == 1.0;
        c->table_row[c->n++] = i;
    }
    for (int32_t j = 0; j < n_names; ++j)
        for (int64_t i = 0; i < c->n; ++i) c->x[j * c->n + i] = column[j][c->table_row[i]];
    for (int64_t i = 0; stratum && i < c->n; ++i) { /* the first row of the same text */
        label[i] = 0;
        while (strcmp(table->cell[c->table_row[label[i]] * table->n_columns + s],
                      table->cell[c->table_row[i] * table->n_columns + s]) != 0)
            ++label[i];
    }
    c->columns = (rml_columns){c->n, c->n, n_names, c->x};
    assert_int_equal(rml_surv_init(c->time, c->event, stratum ? label : NULL, c->n, &c->surv), RML_OK);
    for (int32_t j = 0; j < n_names; ++j) free(column[j]);
    free(column);
    free(label);
    free(time);
    free(event);
}

static inline void cohort_close(cohort *c)
{
    rml_surv_free(&c->surv);
    free(c->time);
    free(c->x);
    free(c->event);
    free(c->table_row);
}

/* A column's texts as numbers 0 .. n - 1 in alphabetical order, as R's factor. label [c->n] out; texts [n] out. */
static inline int32_t cohort_groups(const cohort *c, const rml_table *table, const char *name, int32_t *label,
                                    const char **texts)
{
    const int32_t column = rml_table_column(table, name);
    int32_t n = 0;

    assert_true(column >= 0);
    for (int64_t i = 0; i < c->n; ++i) {
        const char *text = table->cell[c->table_row[i] * table->n_columns + column];
        int32_t at = 0;

        while (at < n && strcmp(texts[at], text) < 0) ++at;
        if (at < n && strcmp(texts[at], text) == 0) continue;
        memmove(texts + at + 1, texts + at, (size_t)(n - at) * sizeof *texts);
        texts[at] = text;
        ++n;
    }
    for (int64_t i = 0; i < c->n; ++i)
        for (label[i] = 0; strcmp(texts[label[i]], table->cell[c->table_row[i] * table->n_columns + column]) != 0;)
            ++label[i];
    return n;
}

/* The case's list of numbers under a path's last object. */
static inline void assert_numbers(const double *value, const cJSON *object, const char *name, double relative,
                                  double absolute)
{
    int32_t n;
    double *expected = rml_json_numbers(rml_json(object, name), &n);

    for (int32_t i = 0; i < n; ++i) assert_close(value[i], expected[i], relative, absolute, name);
    free(expected);
}

/* A cohort of n rows with ties, censoring and p columns, of which the first raises the hazard. */
static inline void random_cohort(int64_t n, int32_t p, uint64_t seed, bool ties, double *time, uint8_t *event,
                                 double *x)
{
    for (int64_t k = 0; k < n * p; ++k) x[k] = 2.0 * rml_test_uniform(&seed) - 1.0;
    for (int64_t i = 0; i < n; ++i) {
        const double t = -12.0 * log(1.0 - rml_test_uniform(&seed)) * exp(-x[i]);
        const double censoring = 20.0 * rml_test_uniform(&seed);

        time[i] = fmin(t, censoring);
        event[i] = t <= censoring;
        if (ties) time[i] = floor(time[i]);
    }
}

#endif
