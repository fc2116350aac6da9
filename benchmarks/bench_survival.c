/* Times survival models in memory, and writes the tables that they are timed on.
 *
 *     bench_survival write ROWS COLUMNS FILE    columns, times and events
 *     bench_survival cox FILE RUNS OUT          one Cox model a column, Efron ties
 *
 * A run prints one line, "name shortest median", in processor seconds, and writes to OUT each column's coefficient.
 *
 * FILE: int64 rows, int64 columns, then doubles: the table column by column, the times, and the events (0 or 1).
 * Columns are normal; times are exponential with a hazard that hangs on the first, the fourth and the eighth; a third
 * or so is censored. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "benchmarks/basics.h"
#include "benchmarks/stopwatch.h"
#include "kernels/base/rng.h"
#include "kernels/survival/cox_each.h"

enum { SEED = 1, COLUMN_STREAM = 0, TIME_STREAM = 1, CENSORING_STREAM = 2 };

static void write_table(int64_t n, int64_t p, const char *path)
{
    double *column = take(n, sizeof *column), *hazard = take(n, sizeof *hazard), *event = take(n, sizeof *event);
    FILE *file = open_file(path, "wb");

    fwrite(&n, sizeof n, 1, file);
    fwrite(&p, sizeof p, 1, file);
    for (int64_t j = 0; j < p; ++j) {
        const double effect = j == 0 ? 0.5 : j == 3 ? -0.4 : j == 7 ? 0.3 : 0.0;

        rml_rng_normals(SEED, COLUMN_STREAM, (uint64_t)(j * n), n, column);
        for (int64_t i = 0; i < n; ++i) hazard[i] += effect * column[i];
        fwrite(column, sizeof *column, (size_t)n, file);
    }
    for (int64_t i = 0; i < n; ++i) {
        const double time = -log(1.0 - rml_rng_uniform(SEED, TIME_STREAM, (uint64_t)i)) * exp(-hazard[i]);
        const double censoring = -2.0 * log(1.0 - rml_rng_uniform(SEED, CENSORING_STREAM, (uint64_t)i));

        hazard[i] = fmin(time, censoring);
        event[i] = time <= censoring;
    }
    fwrite(hazard, sizeof *hazard, (size_t)n, file);
    fwrite(event, sizeof *event, (size_t)n, file);
    close_file(file);
    free(column);
    free(hazard);
    free(event);
}

static void time_cox(const char *path, int64_t n_runs, const char *out_path)
{
    const rml_cox_settings settings = rml_cox_defaults();
    FILE *file = open_file(path, "rb");
    rml_stopwatch watch = {0};
    rml_cox_each out = {0};
    double *values;
    uint8_t *event;
    rml_columns x;
    int64_t size[2];

    if (fread(size, sizeof *size, 2, file) != 2 || size[0] < 1 || size[1] < 1 || size[1] > INT32_MAX)
        die("no table in the file");
    values = take(size[0] * (size[1] + 2), sizeof *values);
    event = take(size[0], sizeof *event);
    if (fread(values, sizeof *values, (size_t)(size[0] * (size[1] + 2)), file) != (size_t)(size[0] * (size[1] + 2)))
        die("the table is cut short");
    close_file(file);
    for (int64_t i = 0; i < size[0]; ++i) event[i] = values[(size[1] + 1) * size[0] + i] > 0.5;
    x = (rml_columns){.n_rows = size[0], .stride = size[0], .n_columns = (int32_t)size[1], .x = values};
    out.coefficient = take(size[1], sizeof *out.coefficient);
    out.lrt_p = take(size[1], sizeof *out.lrt_p);
    out.p = take(size[1], sizeof *out.p);
    out.status = take(size[1], sizeof *out.status);
    for (int64_t run = 0; run < n_runs; ++run) {
        rml_status status;

        rml_stopwatch_start(&watch);
        status = rml_cox_fit_each(values + size[1] * size[0], event, NULL, NULL, &x, &settings, &out);
        rml_stopwatch_stop(&watch);
        if (status != RML_OK) die(rml_status_name(status));
    }
    file = open_file(out_path, "w");
    for (int64_t j = 0; j < size[1]; ++j) fprintf(file, "%.17g\n", out.coefficient[j]);
    close_file(file);
    rml_stopwatch_print(&watch, "cox");
    free(out.coefficient);
    free(out.lrt_p);
    free(out.p);
    free(out.status);
    free(values);
    free(event);
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";

    if (argc == 5 && strcmp(what, "write") == 0)
        write_table(whole(argv[2], 1000000), whole(argv[3], 1000000), argv[4]);
    else if (argc == 5 && strcmp(what, "cox") == 0)
        time_cox(argv[2], whole(argv[3], RML_STOPWATCH_RUNS), argv[4]);
    else
        die("write ROWS COLUMNS FILE, or cox FILE RUNS OUT was expected");
    return 0;
}
