/* What the tests of svm, ridge and rfe share: a reference case as standardised columns with its outcome. */
#ifndef RML_TESTS_LEARNING_CASES_H
#define RML_TESTS_LEARNING_CASES_H

#include "kernels/base/columns.h"
#include "tests/support/reference.h"
#include "tests/support/support.h"

typedef struct learning {
    rml_reference reference;
    rml_columns x; /* owned */
    double *numbers;
    uint8_t *y;
} learning;

/* Each column less its mean over its standard deviation (with n - ddof); a constant column becomes 0, as
 * scikit-learn's StandardScaler makes it. */
static inline void standardise(double *x, int64_t n, int32_t p, int ddof)
{
    for (int32_t j = 0; j < p; ++j) {
        double *column = x + (int64_t)j * n, mean = 0.0, squares = 0.0, scale;

        for (int64_t i = 0; i < n; ++i) mean += column[i];
        mean /= (double)n;
        for (int64_t i = 0; i < n; ++i) squares += (column[i] - mean) * (column[i] - mean);
        scale = sqrt(squares / (double)(n - ddof));
        if (scale <= 10.0 * 2.3e-16 * fabs(mean)) scale = 1.0;
        for (int64_t i = 0; i < n; ++i) column[i] = (column[i] - mean) / scale;
    }
}

static inline void learning_open(const char *name, const char *outcome, int ddof, learning *l)
{
    double *values;

    *l = (learning){0};
    rml_reference_open(name, &l->reference);
    l->x.n_rows = l->x.stride = l->reference.input.n_rows;
    l->numbers = rml_table_matrix(&l->reference.input, rml_json(l->reference.result, "columns"), &l->x.n_columns);
    l->x.x = l->numbers;
    standardise(l->numbers, l->x.n_rows, l->x.n_columns, ddof);
    values = rml_table_numbers(&l->reference.input, outcome);
    l->y = malloc((size_t)l->x.n_rows);
    assert_non_null(l->y);
    for (int64_t i = 0; i < l->x.n_rows; ++i) l->y[i] = values[i] == 1.0;
    free(values);
}

static inline void learning_close(learning *l)
{
    free(l->numbers);
    free(l->y);
    rml_reference_close(&l->reference);
}

/* Random columns of variance about 1 with some structure, and an outcome that depends on three of them. */
static inline void random_problem(int64_t n, int32_t p, uint64_t seed, double *x, uint8_t *y)
{
    for (int64_t k = 0; k < n * p; ++k) {
        double sum = 0.0;

        for (int u = 0; u < 6; ++u) sum += rml_test_uniform(&seed);
        x[k] = sum - 3.0;
    }
    for (int32_t j = 1; j < p; j += 2)
        for (int64_t i = 0; i < n; ++i) x[j * n + i] += 0.6 * x[(j - 1) * n + i];
    standardise(x, n, p, 0);
    for (int64_t i = 0; i < n; ++i) {
        const double score = x[i] - (p > 3 ? x[3 * n + i] : 0.0) + 1.5 * (rml_test_uniform(&seed) - 0.5);

        y[i] = score > 0.0;
    }
    y[0] = 0; /* never one class */
    y[1] = 1;
}

#endif
