#include "jobs/run_trace.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/table.h"
#include "jobs/options.h"

static rml_status number_at(const char *path, const rml_table *table, int64_t row, int32_t column, double *value,
                            rml_error *err)
{
    const char *text = table->cell[row * table->n_columns + column];

    if (rml_options_number(text, 0.0, 1e9, value)) return RML_OK;
    return rml_fail(err, RML_EFORMAT, "%s: line %lld has \"%s\" under %s; seconds were expected", path,
                    (long long)table->line[row], text, table->header[column]);
}

/* Lines that follow one another with the same seconds are one task, of which each has its share. */
static rml_status take_sweep(const char *path, const rml_table *table, int32_t seconds, rml_run_trace *trace,
                             rml_error *err)
{
    double before = -1.0;

    for (int64_t row = 0; row < table->n_rows; ++row) {
        double taken;
        rml_status status;

        if (!table->cell[row * table->n_columns + seconds][0]) continue; /* a part that failed */
        status = number_at(path, table, row, seconds, &taken, err);
        if (status != RML_OK) return status;
        trace->n_tasks += taken != before;
        before = taken;
        trace->seconds[trace->n_tasks - 1] += taken;
        trace->cost[trace->n_tasks - 1] += taken;
    }
    return RML_OK;
}

/* A task's lines may stand anywhere: the manifest's order is theirs. */
static rml_status take_extraction(const char *path, const rml_table *table, int32_t total, int32_t read, int32_t task,
                                  rml_run_trace *trace, rml_error *err)
{
    bool *has = calloc((size_t)table->n_rows + 1, sizeof *has);
    rml_status status =
        has ? RML_OK : rml_fail(err, RML_ENOMEM, "no memory for %lld timings", (long long)table->n_rows);

    for (int64_t row = 0; row < table->n_rows && status == RML_OK; ++row) {
        const char *number = table->cell[row * table->n_columns + task];
        double taken, begun;
        int64_t t;

        status = number_at(path, table, row, total, &taken, err);
        if (status == RML_OK) status = number_at(path, table, row, read, &begun, err);
        if (status != RML_OK || !number[0]) continue; /* a row that no task computes */
        if (!rml_options_integer(number, 1, table->n_rows, &t)) {
            status =
                rml_fail(err, RML_EFORMAT, "%s: line %lld has \"%s\" under task; a number from 1 to %lld was expected",
                         path, (long long)table->line[row], number, (long long)table->n_rows);
            continue;
        }
        has[t - 1] = true;
        trace->seconds[t - 1] += taken;
        trace->cost[t - 1] += begun;
    }
    for (int64_t t = 0; t < table->n_rows && status == RML_OK; ++t) {
        if (!has[t]) continue;
        /* to the nanosecond, far below what a line tells: a sum's last bit hangs on the order of its rows */
        trace->seconds[trace->n_tasks] = round(trace->seconds[t] * 1e9) / 1e9;
        trace->cost[trace->n_tasks++] = round(trace->cost[t] * 1e9) / 1e9;
    }
    free(has);
    return status;
}

static rml_status take_rows(const char *path, const rml_table *table, rml_run_trace *trace, rml_error *err)
{
    const int32_t total = rml_table_column(table, "total"), read = rml_table_column(table, "read");
    const int32_t task = rml_table_column(table, "task"), seconds = rml_table_column(table, "seconds");
    rml_status status;

    trace->seconds = calloc((size_t)table->n_rows + 1, sizeof *trace->seconds);
    trace->cost = calloc((size_t)table->n_rows + 1, sizeof *trace->cost);
    if (!trace->seconds || !trace->cost)
        status = rml_fail(err, RML_ENOMEM, "no memory for %lld timings", (long long)table->n_rows);
    else if (total >= 0 && read >= 0 && task >= 0)
        status = take_extraction(path, table, total, read, task, trace, err);
    else if (total >= 0 && read >= 0)
        status = rml_fail(err, RML_EFORMAT,
                          "%s: has no column task, without which nobody knows which rows were one task; it is of an "
                          "older radmill, and a run of this one is needed",
                          path);
    else if (seconds >= 0)
        status = take_sweep(path, table, seconds, trace, err);
    else
        status = rml_fail(err, RML_EFORMAT, "%s: the columns total, read and task, or seconds, were expected", path);
    if (status == RML_OK && trace->n_tasks == 0)
        status = rml_fail(err, RML_EFORMAT,
                          "%s: no task stands in it; the timings of a run that did something were expected", path);
    return status;
}

/* The number behind these words; -1 where the line has none. */
static double number_behind(const char *line, const char *words)
{
    const char *found = strstr(line, words);
    double value = -1.0;
    char *end;

    if (!found) return -1.0;
    found += strlen(words);
    value = strtod(found, &end);
    return end == found ? -1.0 : value;
}

/* What the last run in the log took, where it began with nothing done and left nothing. Its lines are those of
 * engine/master.c: "start: 12 tasks with 36 cases to do on 2 ranks", "end: 36 cases done, 0 failed, 0 left, 1.2 s,
 * ...". */
static void read_log(const char *folder, rml_run_trace *trace)
{
    char path[4096], line[4096];
    double n_tasks = -1.0, n_units = -1.0, n_ranks = -1.0;
    FILE *log;

    snprintf(path, sizeof path, "%s/log", folder);
    log = fopen(path, "re");
    if (!log) return;
    while (fgets(line, sizeof line, log)) {
        if (strstr(line, " start: ")) {
            n_tasks = number_behind(line, " start: ");
            n_units = number_behind(line, " with ");
            n_ranks = number_behind(line, " to do on ");
            trace->n_ranks = 0;
        } else if (number_behind(line, " end: ") >= 0.0 && number_behind(line, " end: ") == n_units &&
                   n_tasks == (double)trace->n_tasks && n_ranks >= 1.0 && n_ranks <= (double)INT32_MAX) {
            trace->n_ranks = (int)n_ranks;
            trace->run_seconds = number_behind(line, " left, ");
        }
    }
    fclose(log);
}

/* The table of the run that a name means, and its folder, malloc'ed (on failure too). */
static rml_status find_timings(const char *name, char **folder, rml_table *table, rml_error *err)
{
    static const char *const endings[] = {"", ".run", "/run"};
    rml_status status = RML_EMISSING;

    for (size_t e = 0; e < sizeof endings / sizeof *endings && status == RML_EMISSING; ++e) {
        char *path = NULL;

        free(*folder);
        if (asprintf(folder, "%s%s", name, endings[e]) < 0) *folder = NULL;
        if (!*folder || asprintf(&path, "%s/timings.csv", *folder) < 0)
            return rml_fail(err, RML_ENOMEM, "no memory for a path");
        if (access(path, F_OK) == 0)
            status = rml_table_read(path, table, err);
        else if (errno != ENOENT && errno != ENOTDIR)
            status = rml_fail(err, RML_EIO, "%s: cannot be read: %s", path, strerror(errno));
        free(path);
    }
    if (status != RML_EMISSING) return status;
    return rml_fail(err, RML_EMISSING,
                    "%s: no run has ended there: none of %s/timings.csv, %s.run/timings.csv and %s/run/timings.csv is "
                    "there",
                    name, name, name, name);
}

rml_status rml_run_trace_read(const char *name, rml_run_trace *out, rml_error *err)
{
    rml_run_trace trace = {0};
    rml_table table = {0};
    char path[4096];
    rml_status status = find_timings(name, &trace.folder, &table, err);

    if (status == RML_OK) {
        snprintf(path, sizeof path, "%s/timings.csv", trace.folder);
        status = take_rows(path, &table, &trace, err);
        rml_table_free(&table);
    }
    if (status == RML_OK) {
        snprintf(path, sizeof path, "%s/journal", trace.folder);
        trace.journal_bytes = rml_file_state_of(path).n_bytes;
        if (trace.journal_bytes < 0) trace.journal_bytes = 0;
        read_log(trace.folder, &trace);
        *out = trace;
        trace = (rml_run_trace){0};
    }
    rml_run_trace_free(&trace);
    return status;
}

void rml_run_trace_free(rml_run_trace *trace)
{
    free(trace->folder);
    free(trace->seconds);
    free(trace->cost);
    *trace = (rml_run_trace){0};
}
