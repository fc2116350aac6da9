/* Times the path of a LASSO of times or of two classes, and writes the tables that it is timed on.
 *
 *     bench_coxnet write ROWS COLUMNS FILE       a table, times and events
 *     bench_coxnet write-sums ROWS COLUMNS FILE  the same, of columns that nearly depend on one another
 *     bench_coxnet fit FILE FAMILY ALPHA TOLERANCE RUNS [THRESH]
 *                                                FAMILY cox, or binomial (the events as classes); prints "coxnet
 *                                                shortest median" in processor seconds, then for every lambda "lambda
 *                                                deviance-ratio coefficients"
 *
 * FILE: int64 rows, int64 columns, then doubles: the table column by column, the times, the events (1 or 0). A column
 * is 0.8 times one of columns/12 hidden normal variables plus 0.6 times a normal one of its own. Times are exponential
 * with a log hazard of ten of the columns, in whole hundredths; about a third of the rows is censored.
 *
 * Of write-sums, columns are exponentials of weighted sums of four hidden variables, and from the 22nd on every fourth
 * is a sum of two others, all to seven digits: as in tables of radiomic features, where texture features are sums of
 * others but for what the file rounded away. The log hazard is of two hidden variables. */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "benchmarks/basics.h"
#include "benchmarks/stopwatch.h"
#include "kernels/base/rng.h"
#include "kernels/models/elastic_net.h"

enum { SEED = 1, HIDDEN_STREAM = 0, CHOICE_STREAM = 1, TIME_STREAM = 2, CENSORED_STREAM = 3, COLUMN_STREAM = 4 };

/* hazard: in, log hazards of [n] rows; out, their times. */
static void draw_times(int64_t n, double *hazard, double *event)
{
    for (int64_t i = 0; i < n; ++i) {
        const double time = -log(1.0 - rml_rng_uniform(SEED, TIME_STREAM, (uint64_t)i)) / exp(hazard[i]);
        const double censored = -2.0 * log(1.0 - rml_rng_uniform(SEED, CENSORED_STREAM, (uint64_t)i));

        event[i] = time <= censored ? 1.0 : 0.0;
        hazard[i] = ceil(100.0 * fmin(time, censored)) / 100.0;
    }
}

static void write_table(int64_t n, int64_t p, const char *path)
{
    const int64_t n_hidden = p / 12 < 4 ? 4 : p / 12;
    double *hidden = take(n_hidden * n, sizeof *hidden), *column = take(n, sizeof *column),
           *hazard = take(n, sizeof *hazard), *event = take(n, sizeof *event);
    FILE *file = open_file(path, "wb");

    rml_rng_normals(SEED, HIDDEN_STREAM, 0, n_hidden * n, hidden);
    fwrite(&n, sizeof n, 1, file);
    fwrite(&p, sizeof p, 1, file);
    for (int64_t j = 0; j < p; ++j) {
        const int64_t of = (int64_t)(rml_rng_uniform(SEED, CHOICE_STREAM, (uint64_t)j) * (double)n_hidden);

        rml_rng_normals(SEED, COLUMN_STREAM, (uint64_t)(j * n), n, column);
        for (int64_t i = 0; i < n; ++i) {
            column[i] = 0.6 * column[i] + 0.8 * hidden[of * n + i];
            if (j < 10) hazard[i] += (j % 2 ? -0.3 : 0.3) * column[i];
        }
        fwrite(column, sizeof *column, (size_t)n, file);
    }
    draw_times(n, hazard, event);
    fwrite(hazard, sizeof *hazard, (size_t)n, file);
    fwrite(event, sizeof *event, (size_t)n, file);
    close_file(file);
    free(hidden);
    free(column);
    free(hazard);
    free(event);
}

static double to_seven_digits(double value)
{
    char text[32];

    (void)snprintf(text, sizeof text, "%.7g", value);
    return strtod(text, NULL);
}

static void write_sums(int64_t n, int64_t p, const char *path)
{
    enum { N_HIDDEN = 4, FIRST_SUM = 21 };
    double *hidden = take(N_HIDDEN * n, sizeof *hidden), *x = take(p * n, sizeof *x), *own = take(n, sizeof *own),
           *hazard = take(n, sizeof *hazard), *event = take(n, sizeof *event);
    FILE *file = open_file(path, "wb");

    rml_rng_normals(SEED, HIDDEN_STREAM, 0, N_HIDDEN * n, hidden);
    for (int64_t j = 0; j < p; ++j) {
        double *column = x + j * n, weight[N_HIDDEN];

        rml_rng_normals(SEED, CHOICE_STREAM, (uint64_t)(j * N_HIDDEN), N_HIDDEN, weight);
        rml_rng_normals(SEED, COLUMN_STREAM, (uint64_t)(j * n), n, own);
        for (int64_t i = 0; i < n; ++i) {
            double sum = 0.01 * own[i];

            for (int k = 0; k < N_HIDDEN; ++k) sum += weight[k] / 2.0 * hidden[k * n + i];
            column[i] =
                to_seven_digits(j >= FIRST_SUM && j % 4 == 1 ? column[i - 3 * n] + 0.5 * column[i - 11 * n] : exp(sum));
        }
    }
    for (int64_t i = 0; i < n; ++i) hazard[i] = 0.3 * (hidden[i] - hidden[n + i]);
    draw_times(n, hazard, event);
    fwrite(&n, sizeof n, 1, file);
    fwrite(&p, sizeof p, 1, file);
    fwrite(x, sizeof *x, (size_t)(p * n), file);
    fwrite(hazard, sizeof *hazard, (size_t)n, file);
    fwrite(event, sizeof *event, (size_t)n, file);
    close_file(file);
    free(hidden);
    free(x);
    free(own);
    free(hazard);
    free(event);
}

static void time_path(const char *path, bool classes, double alpha, double tolerance, int n_runs, double thresh)
{
    rml_elastic_net_settings settings = rml_elastic_net_defaults();
    FILE *file = open_file(path, "rb");
    int64_t size[2];
    rml_stopwatch watch = {0};
    rml_elastic_net fit = {0};
    double *values, *time, *happened;
    rml_elastic_net_outcome y;
    uint8_t *event;

    if (fread(size, sizeof *size, 2, file) != 2 || size[0] < 1 || size[1] < 1 || size[1] > INT32_MAX) die("no table");
    values = take(size[0] * (size[1] + 2), sizeof *values);
    event = take(size[0], 1);
    if (fread(values, sizeof *values, (size_t)(size[0] * (size[1] + 2)), file) != (size_t)(size[0] * (size[1] + 2)))
        die("the table is cut short");
    (void)fclose(file);
    time = values + size[0] * size[1];
    happened = time + size[0];
    for (int64_t i = 0; i < size[0]; ++i) event[i] = happened[i] > 0.5;
    y = classes ? (rml_elastic_net_outcome){.binary = event} : (rml_elastic_net_outcome){.time = time, .event = event};
    settings.alpha = alpha;
    settings.tolerance = tolerance;
    settings.thresh = thresh;
    settings.maxit = 100000000;
    for (int run = 0; run < n_runs; ++run) {
        rml_status status;

        rml_elastic_net_free(&fit);
        rml_stopwatch_start(&watch);
        status =
            rml_elastic_net_fit(&(rml_columns){size[0], size[0], (int32_t)size[1], values}, y, NULL, &settings, &fit);
        rml_stopwatch_stop(&watch);
        if (status != RML_OK) die(rml_status_name(status));
    }
    rml_stopwatch_print(&watch, "coxnet");
    for (int32_t k = 0; k < fit.n_lambda; ++k)
        printf("%.17g %.17g %d\n", fit.lambda[k], fit.deviance_ratio[k], fit.n_nonzero[k]);
    rml_elastic_net_free(&fit);
    free(values);
    free(event);
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "write") == 0)
        write_table(strtoll(argv[2], NULL, 10), strtoll(argv[3], NULL, 10), argv[4]);
    else if (argc == 5 && strcmp(argv[1], "write-sums") == 0)
        write_sums(strtoll(argv[2], NULL, 10), strtoll(argv[3], NULL, 10), argv[4]);
    else if ((argc == 7 || argc == 8) && strcmp(argv[1], "fit") == 0 &&
             (strcmp(argv[3], "cox") == 0 || strcmp(argv[3], "binomial") == 0))
        time_path(argv[2], argv[3][0] == 'b', strtod(argv[4], NULL), strtod(argv[5], NULL),
                  (int)strtol(argv[6], NULL, 10), argc == 8 ? strtod(argv[7], NULL) : 0.0);
    else
        die("write or write-sums ROWS COLUMNS FILE, or fit FILE FAMILY ALPHA TOLERANCE RUNS was expected");
    return 0;
}
