/* What the tests of kernels/prepare share: tables of tests/oracle, and settings apart. */
#ifndef RML_TESTS_PREPARE_CASES_H
#define RML_TESTS_PREPARE_CASES_H

#include "io/table.h"
#include "kernels/base/columns.h"
#include "tests/support/measured.h"
#include "tests/support/reference.h"

/* Opens tests/oracle/<file>; ends the test when it cannot be read. */
static inline void oracle_open(const char *file, rml_table *table)
{
    const char *source = getenv("RADMILL_SOURCE");
    char path[4096];
    rml_error err;

    (void)snprintf(path, sizeof path, "%s/tests/oracle/%s", source ? source : ".", file);
    if (rml_table_read(path, table, &err) != RML_OK) fail_msg("%s", err.text);
    rml_measured_case(file, "");
}

static inline void oracle_close(rml_table *table)
{
    rml_measured_case(NULL, NULL);
    rml_table_free(table);
}

/* Rows first .. first + n - 1 of the columns <prefix>1 .. <prefix>p, one after the other; malloc'ed. */
static inline double *oracle_matrix(const rml_table *table, const char *prefix, int32_t p, int64_t first, int64_t n)
{
    double *matrix = malloc((size_t)p * (size_t)n * sizeof *matrix);

    assert_non_null(matrix);
    for (int32_t j = 0; j < p; ++j) {
        char name[64];
        double *column;

        (void)snprintf(name, sizeof name, "%s%d", prefix, j + 1);
        column = rml_table_numbers(table, name);
        memcpy(matrix + j * n, column + first, (size_t)n * sizeof *matrix);
        free(column);
    }
    return matrix;
}

static inline void assert_all_close(const double *value, const double *expected, int64_t n, double relative,
                                    double absolute, const char *name)
{
    for (int64_t i = 0; i < n; ++i) assert_close(value[i], expected[i], relative, absolute, name);
}

#endif
