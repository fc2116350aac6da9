/* The statistical reference (shared/reference/stats): a case is a folder with expected.json and the tables it names. */
#ifndef RML_TESTS_REFERENCE_H
#define RML_TESTS_REFERENCE_H

#include "tests/support/support.h"

#include <cjson/cJSON.h>

#include "io/table.h"

typedef struct rml_reference {
    char name[256];      /* "icc/n20_r2" */
    cJSON *expected;     /* the whole of expected.json */
    const cJSON *result; /* its field "result" */
    rml_table input;     /* the first of its inputs; empty when there is none */
} rml_reference;

/* Whether the reference is there at all. */
bool rml_reference_present(void);
/* Opens the case and its first input; ends the test when it cannot be read. */
void rml_reference_open(const char *name, rml_reference *reference);
void rml_reference_close(rml_reference *reference);
/* Another table of the case's folder ("steps.csv") or, with a slash in its name, under the top folder. */
void rml_reference_table(const rml_reference *reference, const char *file, rml_table *table);

/* A member of a JSON object by path ("per_fold"); ends the test when absent. */
const cJSON *rml_json(const cJSON *object, const char *name);
/* A number; null is NaN, "Inf" and "-Inf" are infinite, true and false 1 and 0. */
double rml_json_number(const cJSON *item);
/* A list of numbers, malloc'ed; *n its length. */
double *rml_json_numbers(const cJSON *list, int32_t *n);

/* A column of a table as numbers: "" is NaN, TRUE and FALSE 1 and 0. Malloc'ed, [n_rows]. Ends the test when absent. */
double *rml_table_numbers(const rml_table *table, const char *column);
/* Columns of a table, one after the other: out[j * n_rows + i]; malloc'ed. names: a JSON list of strings. */
double *rml_table_matrix(const rml_table *table, const cJSON *names, int32_t *n_columns);

#endif
