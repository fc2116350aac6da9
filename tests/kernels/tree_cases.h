/* What the tests of trees share: a reference case as columns, with the rows that are trained on. */
#ifndef RML_TESTS_TREE_CASES_H
#define RML_TESTS_TREE_CASES_H

#include "kernels/base/columns.h"
#include "tests/kernels/prepare_cases.h"
#include "tests/support/reference.h"
#include "tests/support/support.h"

typedef struct tree_case {
    rml_reference reference;
    rml_columns all, train, test;  /* owned */
    uint8_t *y, *y_train, *y_test; /* owned */
    int32_t *class_train;          /* the same as y_train */
    double *memory[3];
} tree_case;

/* The features that a case's table lists, as a JSON list. */
static inline cJSON *tree_case_features(const rml_reference *reference, const char *file)
{
    cJSON *names = cJSON_CreateArray();
    rml_table table;
    int32_t column;

    rml_reference_table(reference, file, &table);
    column = rml_table_column(&table, "feature");
    assert_true(column >= 0);
    for (int64_t i = 0; i < table.n_rows; ++i)
        cJSON_AddItemToArray(names, cJSON_CreateString(table.cell[i * table.n_columns + column]));
    rml_table_free(&table);
    return names;
}

/* Rows i (from 0) with i % 3 == 2 are the test rows, of the others the training rows; of a case that trains on all, see
 * all and y alone. columns: the field of the result that lists them, or a table whose features they are. */
static inline void tree_case_open(const char *name, const char *columns, const char *outcome, tree_case *c)
{
    int32_t p;
    int64_t n, n_train = 0, n_test = 0;
    double *values;

    *c = (tree_case){0};
    rml_reference_open(name, &c->reference);
    n = c->reference.input.n_rows;
    if (strstr(columns, ".csv")) {
        cJSON *names = tree_case_features(&c->reference, columns);

        c->memory[0] = rml_table_matrix(&c->reference.input, names, &p);
        cJSON_Delete(names);
    } else {
        c->memory[0] = rml_table_matrix(&c->reference.input, rml_json(c->reference.result, columns), &p);
    }
    c->memory[1] = malloc((size_t)(n * p) * sizeof(double));
    c->memory[2] = malloc((size_t)(n * p) * sizeof(double));
    c->y = malloc((size_t)(3 * n));
    c->class_train = malloc((size_t)n * sizeof *c->class_train);
    assert_true(c->memory[1] && c->memory[2] && c->y && c->class_train);
    c->y_train = c->y + n;
    c->y_test = c->y_train + n;
    values = rml_table_numbers(&c->reference.input, outcome);
    for (int64_t i = 0; i < n; ++i) {
        c->y[i] = values[i] == 1.0;
        if (i % 3 == 2) {
            c->y_test[n_test++] = c->y[i];
            continue;
        }
        c->class_train[n_train] = c->y[i];
        c->y_train[n_train++] = c->y[i];
    }
    free(values);
    for (int32_t j = 0; j < p; ++j) {
        double *train = c->memory[1] + j * n_train, *test = c->memory[2] + j * n_test;

        for (int64_t i = 0; i < n; ++i) {
            const double value = c->memory[0][j * n + i];

            if (i % 3 == 2)
                *test++ = value;
            else
                *train++ = value;
        }
    }
    c->all = (rml_columns){.n_rows = n, .stride = n, .n_columns = p, .x = c->memory[0]};
    c->train = (rml_columns){.n_rows = n_train, .stride = n_train, .n_columns = p, .x = c->memory[1]};
    c->test = (rml_columns){.n_rows = n_test, .stride = n_test, .n_columns = p, .x = c->memory[2]};
}

static inline void tree_case_close(tree_case *c)
{
    for (int m = 0; m < 3; ++m) free(c->memory[m]);
    free(c->y);
    free(c->class_train);
    rml_reference_close(&c->reference);
}

/* tests/oracle/trees_sklearn.csv: 160 rows of 6 columns, the first 120 for training. */
typedef struct tree_oracle {
    rml_table table;
    rml_columns all, train; /* owned */
    double *number, *weight, *memory;
    int32_t class[160];
    uint8_t y[160];
} tree_oracle;

static inline void tree_oracle_open(tree_oracle *o)
{
    double *class, *y;

    oracle_open("trees_sklearn.csv", &o->table);
    assert_int_equal(o->table.n_rows, 160);
    o->memory = malloc(6 * 160 * sizeof *o->memory);
    assert_non_null(o->memory);
    for (int j = 0; j < 6; ++j) {
        char name[] = {'x', (char)('0' + j), '\0'};
        double *values = rml_table_numbers(&o->table, name);

        memcpy(o->memory + j * 160, values, 160 * sizeof *values);
        free(values);
    }
    o->all = (rml_columns){.n_rows = 160, .stride = 160, .n_columns = 6, .x = o->memory};
    o->train = o->all;
    o->train.n_rows = 120;
    o->number = rml_table_numbers(&o->table, "number");
    o->weight = rml_table_numbers(&o->table, "weight");
    class = rml_table_numbers(&o->table, "class");
    y = rml_table_numbers(&o->table, "y");
    for (int i = 0; i < 160; ++i) {
        o->class[i] = (int32_t) class[i];
        o->y[i] = y[i] == 1.0;
    }
    free(class);
    free(y);
}

static inline void tree_oracle_close(tree_oracle *o)
{
    oracle_close(&o->table);
    free(o->memory);
    free(o->number);
    free(o->weight);
}

#endif
