/* Times the selection of columns in memory, and writes the tables that it is timed on.
 *
 *     bench_learning write ROWS COLUMNS FILE             a table and its outcome
 *     bench_learning rfe FILE svm|logistic RUNS OUT      down to 8 columns, one a fit, C 1
 *     bench_learning mrmr FILE K RUNS OUT                F over the mean |r|, as mrmr_selection has it
 *
 * A run prints one line, "name shortest median", in processor seconds, and writes to OUT what came out: the ranking of
 * every column, or the chosen columns in their order.
 *
 * FILE: int64 rows, int64 columns, then doubles: the table column by column, and the outcome (0 or 1). A column is 0.8
 * times one of columns/12 hidden normal variables plus 0.6 times a normal one of its own, as z-scores: like radiomic
 * features it has a dozen relatives. The outcome hangs on three of the columns through a logistic function. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "benchmarks/basics.h"
#include "benchmarks/stopwatch.h"
#include "kernels/base/rng.h"
#include "kernels/select/mrmr.h"
#include "kernels/select/rfe.h"

enum { SEED = 1, HIDDEN_STREAM = 0, CHOICE_STREAM = 1, OUTCOME_STREAM = 2, COLUMN_STREAM = 3 };
enum { N_SELECT = 8 };

typedef struct table {
    rml_columns x;
    double *values, *outcome;
    uint8_t *y;     /* [rows] */
    int32_t *class; /* [rows] */
} table;

/* The table -------------------------------------------------------------------------------------------------------- */

static void standardise(double *column, int64_t n)
{
    double mean = 0.0, squares = 0.0;

    for (int64_t i = 0; i < n; ++i) mean += column[i];
    mean /= (double)n;
    for (int64_t i = 0; i < n; ++i) squares += (column[i] - mean) * (column[i] - mean);
    for (int64_t i = 0; i < n; ++i) column[i] = (column[i] - mean) / sqrt(squares / (double)n);
}

static void write_table(int64_t n, int64_t p, const char *path)
{
    const int64_t n_hidden = p / 12 < 4 ? 4 : p / 12;
    double *hidden = take(n_hidden * n, sizeof *hidden), *column = take(n, sizeof *column),
           *odds = take(n, sizeof *odds);
    FILE *file = open_file(path, "wb");

    rml_rng_normals(SEED, HIDDEN_STREAM, 0, n_hidden * n, hidden);
    for (int64_t i = 0; i < n; ++i) odds[i] = -0.4;
    fwrite(&n, sizeof n, 1, file);
    fwrite(&p, sizeof p, 1, file);
    for (int64_t j = 0; j < p; ++j) {
        const int64_t of = (int64_t)(rml_rng_uniform(SEED, CHOICE_STREAM, (uint64_t)j) * (double)n_hidden);
        const double effect = j == 0 ? 0.9 : j == 3 ? -0.8 : j == 7 ? 0.6 : 0.0;

        rml_rng_normals(SEED, COLUMN_STREAM, (uint64_t)(j * n), n, column);
        for (int64_t i = 0; i < n; ++i) column[i] = 0.6 * column[i] + 0.8 * hidden[of * n + i];
        standardise(column, n);
        for (int64_t i = 0; i < n; ++i) odds[i] += effect * column[i];
        fwrite(column, sizeof *column, (size_t)n, file);
    }
    for (int64_t i = 0; i < n; ++i)
        odds[i] = rml_rng_uniform(SEED, OUTCOME_STREAM, (uint64_t)i) < 1.0 / (1.0 + exp(-odds[i])) ? 1.0 : 0.0;
    fwrite(odds, sizeof *odds, (size_t)n, file);
    close_file(file);
    free(hidden);
    free(column);
    free(odds);
}

static table read_table(const char *path)
{
    FILE *file = open_file(path, "rb");
    int64_t size[2];
    table t = {0};

    if (fread(size, sizeof *size, 2, file) != 2 || size[0] < 1 || size[1] < 1 || size[1] > INT32_MAX)
        die("no table in the file");
    t.values = take(size[0] * size[1], sizeof *t.values);
    t.outcome = take(size[0], sizeof *t.outcome);
    t.y = take(size[0], sizeof *t.y);
    t.class = take(size[0], sizeof *t.class);
    if (fread(t.values, sizeof *t.values, (size_t)(size[0] * size[1]), file) != (size_t)(size[0] * size[1]) ||
        fread(t.outcome, sizeof *t.outcome, (size_t)size[0], file) != (size_t)size[0])
        die("the table is cut short");
    close_file(file);
    for (int64_t i = 0; i < size[0]; ++i) t.class[i] = t.y[i] = t.outcome[i] > 0.5;
    t.x = (rml_columns){.n_rows = size[0], .stride = size[0], .n_columns = (int32_t)size[1], .x = t.values};
    return t;
}

static void table_free(table *t)
{
    free(t->values);
    free(t->outcome);
    free(t->y);
    free(t->class);
}

/* What is timed ---------------------------------------------------------------------------------------------------- */

static void write_numbers(const int32_t *number, int32_t n, const char *path)
{
    FILE *file = open_file(path, "w");

    for (int32_t i = 0; i < n; ++i) fprintf(file, "%d\n", number[i]);
    close_file(file);
}

static void time_rfe(const table *t, const char *model, int64_t n_runs, const char *out)
{
    rml_rfe_settings settings = rml_rfe_defaults();
    rml_stopwatch watch = {0};

    if (strcmp(model, "logistic") != 0 && strcmp(model, "svm") != 0) die("svm or logistic was expected");
    settings.model = strcmp(model, "svm") == 0 ? RML_RFE_SVM : RML_RFE_RIDGE;
    settings.n_select = N_SELECT;
    for (int64_t run = 0; run < n_runs; ++run) {
        rml_rfe rfe = {0};
        rml_status status;

        rml_stopwatch_start(&watch);
        status = rml_rfe_fit(&t->x, t->y, NULL, &settings, &rfe);
        rml_stopwatch_stop(&watch);
        if (status != RML_OK) die(rml_status_name(status));
        write_numbers(rfe.ranking, rfe.n_columns, out);
        rml_rfe_free(&rfe);
    }
    rml_stopwatch_print(&watch, "rfe");
}

static void time_mrmr(const table *t, int32_t k, int64_t n_runs, const char *out)
{
    rml_mrmr_choice choice = {.column = take(k, sizeof *choice.column), .score = take(k, sizeof *choice.score)};
    rml_stopwatch watch = {0};

    for (int64_t run = 0; run < n_runs; ++run) {
        rml_status status;

        rml_stopwatch_start(&watch);
        status = rml_mrmr_numbers(&t->x, t->class, 2, NULL, RML_MRMR_F_MEAN, k, &choice);
        rml_stopwatch_stop(&watch);
        if (status != RML_OK) die(rml_status_name(status));
    }
    write_numbers(choice.column, choice.n, out);
    rml_stopwatch_print(&watch, "mrmr");
    free(choice.column);
    free(choice.score);
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    table t;

    if (argc == 5 && strcmp(what, "write") == 0) {
        write_table(whole(argv[2], 1000000), whole(argv[3], 1000000), argv[4]);
        return 0;
    }
    if (argc != 6 || (strcmp(what, "rfe") != 0 && strcmp(what, "mrmr") != 0))
        die("write ROWS COLUMNS FILE, rfe FILE svm|logistic RUNS OUT, or mrmr FILE K RUNS OUT was expected");
    t = read_table(argv[2]);
    if (strcmp(what, "rfe") == 0)
        time_rfe(&t, argv[3], whole(argv[4], RML_STOPWATCH_RUNS), argv[5]);
    else
        time_mrmr(&t, (int32_t)whole(argv[3], t.x.n_columns), whole(argv[4], RML_STOPWATCH_RUNS), argv[5]);
    table_free(&t);
    return 0;
}
