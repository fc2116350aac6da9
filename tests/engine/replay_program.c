/* Tasks of given lengths on the farm, several runs in one start, for tests/e2e/simulate.py, which holds them against
 * what the simulation says.
 *
 * Usage: replay_program FOLDER LENGTHS sleep|compute RUNS [AHEAD [BYTES]]
 *
 * LENGTHS has a line a task: seconds. compute: a sum that takes about so long on an idle core. BYTES: of a result
 * beside its times. Every run leaves FOLDER/K/ (journal, log and, as a sweep's, timings.csv with what each task really
 * took), and rank 0 prints its seconds from the first hand-out to the last record, the processor seconds of its service
 * thread, those of syncing, and by what share the tasks took longer than they should: than they were to sleep, or than
 * the processor worked for them. */
#include <math.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "engine/clock.h"
#include "engine/farm.h"

typedef struct plan {
    int64_t n_tasks;
    double *length, *taken, *due; /* [n_tasks] */
    rml_key *keys;
    rml_farm_task *tasks;
    bool computes;
    double per_second; /* steps of the sum */
    int64_t n_bytes;
} plan;

static volatile double sink; /* what the sums come to is used */

static double sum_steps(int64_t n)
{
    double sum = 0.0;

    for (int64_t i = 0; i < n; ++i) sum += sqrt((double)(i & 1023) + sum * 1e-9);
    return sum;
}

static void find_speed(plan *p)
{
    double best = 0.0;

    for (int turn = 0; turn < 5; ++turn) {
        const int64_t n = 2000000;
        const double begun = rml_seconds();

        sink = sum_steps(n);
        best = fmax(best, (double)n / (rml_seconds() - begun));
    }
    p->per_second = best;
}

static double processor_seconds(void)
{
    struct timespec used;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return (double)used.tv_sec + 1e-9 * (double)used.tv_nsec;
}

static void compute(void *context, const void *payload, size_t n_bytes, const volatile bool *cancel,
                    rml_outcomes *outcomes)
{
    const plan *p = context;
    const double begun = rml_seconds(), used = processor_seconds();
    rml_reader reader = rml_reader_of(payload, n_bytes);
    const double seconds = rml_read_f64(&reader);
    rml_blob blob = {0};

    (void)cancel;
    if (p->computes) {
        sink = sum_steps((int64_t)(seconds * p->per_second));
    } else {
        const struct timespec pause = {(time_t)seconds, (long)(1e9 * (seconds - floor(seconds)))};

        nanosleep(&pause, NULL);
    }
    rml_blob_put_f64(&blob, rml_seconds() - begun);
    rml_blob_put_f64(&blob, p->computes ? processor_seconds() - used : seconds);
    for (int64_t b = 0; b < p->n_bytes; b += 8) rml_blob_put_u64(&blob, (uint64_t)b);
    rml_outcome(outcomes, 0, true, &blob);
    rml_blob_free(&blob);
}

static rml_status pack(void *context, int64_t task, rml_blob *payload)
{
    const plan *p = context;

    rml_blob_put_f64(payload, p->length[task]);
    return RML_OK;
}

static void failed(void *context, int64_t task, int32_t unit, const rml_error *why, rml_blob *outcome)
{
    (void)context, (void)task, (void)unit;
    rml_blob_put_text(outcome, why->text);
}

static const char *name(void *context, int64_t task, int32_t unit)
{
    static char text[32];

    (void)context, (void)unit;
    snprintf(text, sizeof text, "task %lld", (long long)task);
    return text;
}

static void recorded(void *context, int64_t task, int32_t unit, bool done, const rml_blob *outcome)
{
    plan *p = context;
    rml_reader reader = rml_reader_of(outcome->bytes, outcome->n_bytes);

    (void)unit, (void)done;
    p->taken[task] = rml_read_f64(&reader);
    p->due[task] = rml_read_f64(&reader);
}

static void read_lengths(plan *p, const char *path)
{
    FILE *file = fopen(path, "r");
    size_t capacity = 1 << 20;
    double length;

    if (!file) MPI_Abort(MPI_COMM_WORLD, 2);
    p->length = malloc(capacity * sizeof *p->length);
    while (file && p->length && (size_t)p->n_tasks < capacity && fscanf(file, "%lf", &length) == 1)
        p->length[p->n_tasks++] = length;
    if (file) fclose(file);
    p->taken = calloc((size_t)p->n_tasks, sizeof *p->taken);
    p->due = calloc((size_t)p->n_tasks, sizeof *p->due);
    p->keys = calloc((size_t)p->n_tasks, sizeof *p->keys);
    p->tasks = calloc((size_t)p->n_tasks, sizeof *p->tasks);
    if (!p->length || !p->taken || !p->due || !p->keys || !p->tasks) abort();
    for (int64_t t = 0; t < p->n_tasks; ++t) {
        p->keys[t] = rml_key_of(&t, sizeof t);
        p->tasks[t] = (rml_farm_task){.n_units = 1, .keys = &p->keys[t], .cost = p->length[t]};
    }
}

static void write_timings(const plan *p, const char *folder)
{
    char path[4200];
    FILE *file;

    snprintf(path, sizeof path, "%s/timings.csv", folder);
    file = fopen(path, "w");
    if (!file) abort();
    fputs("task,seconds\n", file);
    for (int64_t t = 0; t < p->n_tasks; ++t) fprintf(file, "%lld,%.17g\n", (long long)t + 1, p->taken[t]);
    fclose(file);
}

int main(int argc, char **argv)
{
    static plan p;
    int rank, threads, n_runs = argc > 4 ? atoi(argv[4]) : 0;
    rml_farm_options options = {.quiet = true, .ahead = argc > 5 ? atof(argv[5]) : 0.0};
    rml_status status = RML_OK;
    rml_error err = {0};

    MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &threads);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (n_runs < 1) MPI_Abort(MPI_COMM_WORLD, 2);
    p.n_bytes = argc > 6 ? atoll(argv[6]) : 0;
    p.computes = strcmp(argv[3], "compute") == 0;
    if (p.computes) find_speed(&p);
    if (rank == 0) {
        mkdir(argv[1], 0777);
        read_lengths(&p, argv[2]);
    }
    for (int run = 0; run < n_runs && status == RML_OK; ++run) {
        const rml_farm_job job = {.context = &p,
                                  .noun = "tasks",
                                  .n_tasks = p.n_tasks,
                                  .tasks = p.tasks,
                                  .pack = pack,
                                  .failed = failed,
                                  .name = name,
                                  .recorded = recorded,
                                  .compute = compute};
        rml_farm_report report = {0};
        rml_journal *journal = NULL;
        char folder[4096];
        double before;

        snprintf(folder, sizeof folder, "%s/%d", argv[1], run);
        if (rank == 0) status = rml_journal_open(folder, "job: replay\n", true, &journal, &err);
        status = rml_agree(MPI_COMM_WORLD, status, &err);
        if (status != RML_OK) break;
        before = processor_seconds();
        status = rml_farm_run(MPI_COMM_WORLD, &job, journal, &options, &report, &err);
        if (rank == 0) {
            double taken = 0.0, due = 0.0;

            for (int64_t t = 0; t < p.n_tasks; ++t) {
                taken += p.taken[t];
                due += p.due[t];
            }
            printf("%.6f %.6f %.6f %.4f\n", report.seconds, processor_seconds() - before, report.sync_seconds,
                   taken / due - 1.0);
            write_timings(&p, folder);
        }
        rml_farm_report_free(&report);
        rml_journal_close(journal);
    }
    if (status != RML_OK && rank == 0) fprintf(stderr, "%s\n", err.text);
    free(p.length);
    free(p.taken);
    free(p.due);
    free(p.keys);
    free(p.tasks);
    MPI_Finalize();
    return status == RML_OK ? 0 : 3;
}
