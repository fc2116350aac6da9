/* A synthetic job on the farm, for farm.py: what each task does is told by options, what came out is printed by rank 0
 * as one line of "name=value". The outcomes are a pure function of the unit, so that runs can be compared. */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <mpi.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "engine/clock.h"
#include "engine/farm.h"
#include "engine/log.h"
#include "engine/stop.h"

typedef struct plan {
    const char *folder, *trace;
    long n_tasks, n_units;
    double milliseconds;                               /* each task takes between none and twice this */
    bool equal, spin;                                  /* or just this; computing instead of sleeping */
    long crash, hang, silent, unpacked, huge, kill_at; /* task numbers, -1 none */
    int crash_signal;
    long big;      /* bytes of every 5th outcome */
    double memory; /* bytes a task, times (1 + task % classes) */
    long classes;
    double need;      /* bytes that a task asks for twice: a part, then all, times (1 + task % classes) */
    long fat;         /* a task that takes five times the memory */
    long file_size;   /* RLIMIT_FSIZE of rank 0 */
    long stop_before; /* the rank that is sent SIGUSR1 before the farm */
    bool fresh, list;
    rml_farm_options options;
    /* not options */
    rml_farm_task *tasks;
    rml_key *keys;
    int trace_fd;
    bool *recorded; /* [n_tasks*n_units] */
    long n_twice;
} plan;

static const struct argp_option known[] = {{"tasks", 't', "N", 0, "", 0},
                                           {"units", 'u', "N", 0, "", 0},
                                           {"ms", 'm', "MS", 0, "", 0},
                                           {"equal", 'e', 0, 0, "", 0},
                                           {"spin", 's', 0, 0, "", 0},
                                           {"crash", 'c', "TASK", 0, "", 0},
                                           {"signal", 'S', "N", 0, "", 0},
                                           {"hang", 'h', "TASK", 0, "", 0},
                                           {"silent", 'n', "TASK", 0, "", 0},
                                           {"unpacked", 'p', "TASK", 0, "", 0},
                                           {"huge", 'H', "TASK", 0, "", 0},
                                           {"kill-at", 'k', "TASK", 0, "", 0},
                                           {"big", 'b', "BYTES", 0, "", 0},
                                           {"memory", 'M', "BYTES", 0, "", 0},
                                           {"file-size", 'z', "BYTES", 0, "", 0},
                                           {"fresh", 'f', 0, 0, "", 0},
                                           {"budget", 'B', "BYTES", 0, "", 0},
                                           {"timeout", 'T', "S", 0, "", 0},
                                           {"retry-quarantined", 'r', 0, 0, "", 0},
                                           {"trace", 'x', "FILE", 0, "", 0},
                                           {"no-sync", 'y', 0, 0, "", 0},
                                           {"list", 'l', 0, 0, "", 0},
                                           {"classes", 'C', "N", 0, "", 0},
                                           {"fat", 'F', "TASK", 0, "", 0},
                                           {"need", 'N', "BYTES", 0, "", 0},
                                           {"stop-before", 'U', "RANK", 0, "", 0},
                                           {"ahead", 'A', "S", 0, "", 0},
                                           {"give-up", 'G', "N", 0, "", 0},
                                           {0}};

static error_t take_option(int key, char *value, struct argp_state *state)
{
    plan *p = state->input;

    switch (key) {
    case 't': p->n_tasks = atol(value); break;
    case 'u': p->n_units = atol(value); break;
    case 'm': p->milliseconds = atof(value); break;
    case 'e': p->equal = true; break;
    case 's': p->spin = true; break;
    case 'c': p->crash = atol(value); break;
    case 'S': p->crash_signal = atoi(value); break;
    case 'h': p->hang = atol(value); break;
    case 'n': p->silent = atol(value); break;
    case 'p': p->unpacked = atol(value); break;
    case 'H': p->huge = atol(value); break;
    case 'k': p->kill_at = atol(value); break;
    case 'b': p->big = atol(value); break;
    case 'M': p->memory = atof(value); break;
    case 'z': p->file_size = atol(value); break;
    case 'f': p->fresh = true; break;
    case 'B': p->options.memory_per_node = atol(value); break;
    case 'T': p->options.case_timeout = atof(value); break;
    case 'r': p->options.retry_quarantined = true; break;
    case 'x': p->trace = value; break;
    case 'y': p->options.no_sync = true; break;
    case 'l': p->list = true; break;
    case 'C': p->classes = atol(value); break;
    case 'F': p->fat = atol(value); break;
    case 'N': p->need = atof(value); break;
    case 'U': p->stop_before = atol(value); break;
    case 'A': p->options.ahead = atof(value); break;
    case 'G': p->options.give_up = atol(value); break;
    case ARGP_KEY_ARG: p->folder = value; break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

/* Some number that depends on nothing but these three. */
static uint64_t number_of(uint64_t stream, int64_t id, long draw)
{
    const uint64_t words[3] = {stream, (uint64_t)id, (uint64_t)draw};

    return rml_key_of(words, sizeof words).low;
}

/* One line a begin and an end of a task, appended at once: "b 12", "e 12". What was computed twice shows here. */
static void trace(const plan *p, char what, int64_t task)
{
    char line[64];
    const int n = snprintf(line, sizeof line, "%c %lld %.6f %d\n", what, (long long)task, rml_seconds(), (int)getpid());

    if (p->trace_fd >= 0 && write(p->trace_fd, line, (size_t)n) != n) abort();
}

static void put_outcome(const plan *p, int64_t task, int32_t unit, rml_blob *blob)
{
    const int64_t id = task * p->n_units + unit;
    const long n = id % 5 == 0 ? p->big : (long)(number_of(7, id, 0) % 300);

    for (long w = 0; w < n / 8 + 1; ++w) rml_blob_put_u64(blob, number_of(8, id, w));
}

static void spend(const plan *p, int64_t task, const volatile bool *cancel)
{
    const double share = p->equal ? 1.0 : (double)(number_of(9, task, 0) % 2000) / 1e3;
    const double seconds = 1e-3 * p->milliseconds * share;

    if (p->spin) {
        const clockid_t mine = CLOCK_THREAD_CPUTIME_ID;
        struct timespec now;
        double used = 0.0, first = -1.0;

        while (used < seconds && !__atomic_load_n(cancel, __ATOMIC_RELAXED)) {
            clock_gettime(mine, &now);
            if (first < 0.0) first = (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
            used = (double)now.tv_sec + 1e-9 * (double)now.tv_nsec - first;
        }
    } else if (seconds > 0.0) {
        const struct timespec pause = {(time_t)seconds, (long)(1e9 * (seconds - (double)(time_t)seconds))};

        nanosleep(&pause, NULL);
    }
}

static int overflow(int depth)
{
    volatile char frame[4096];

    frame[depth % 4096] = (char)depth;
    return depth < 0 ? 0 : overflow(depth + 1) + frame[depth % 4096];
}

/* As a case does: a first part, then all; what is not free at once is waited for with nothing in hand. The trace has
 * lines "1 task" and "2 task" where a part and all are held, "0 task" where nothing is. */
static rml_status ask(const plan *p, int64_t task, rml_outcomes *outcomes)
{
    const int64_t all = (int64_t)(p->need * (double)(task == p->fat ? 1000 : 1 + task % p->classes));
    rml_status status = rml_farm_need(outcomes, task == p->fat ? all : all / 2, true);

    if (status != RML_OK) return status;
    trace(p, '1', task);
    if (rml_farm_need(outcomes, all, false) == RML_OK) {
        trace(p, '2', task);
        return RML_OK;
    }
    trace(p, '0', task);
    status = rml_farm_need(outcomes, all, true);
    if (status == RML_OK) trace(p, '2', task);
    return status;
}

static void compute(void *context, const void *payload, size_t n_bytes, const volatile bool *cancel,
                    rml_outcomes *outcomes)
{
    const plan *p = context;
    rml_reader reader = rml_reader_of(payload, n_bytes);
    const int64_t task = rml_read_i64(&reader);
    rml_status status = RML_OK;

    if (reader.failed || reader.n_left != (size_t)(task % 97)) abort(); /* the payload came through whole */
    if (p->need > 0.0) status = ask(p, task, outcomes);
    if (status == RML_ESTOPPED) return;
    trace(p, 'b', task);
    if (task == p->kill_at) raise(SIGKILL);
    if (task == p->crash && p->crash_signal == 0) overflow(0);
    if (task == p->crash) raise(p->crash_signal);
    if (task == p->hang) sleep(600); /* a hung system call does not look at cancel */
    spend(p, task, cancel);
    for (int32_t u = (int32_t)p->n_units - 1; u >= 0; --u) {
        rml_blob blob = {0};

        if (task == p->silent && u == 0) continue;
        if (status == RML_ECAPACITY) {
            rml_blob_put_text(&blob, "never fits");
            rml_outcome(outcomes, u, false, &blob);
            continue;
        }
        put_outcome(p, task, u, &blob);
        rml_outcome(outcomes, u, (task + u) % 11 != 10, &blob); /* some fail, as cases do */
        rml_blob_free(&blob);
    }
    trace(p, 'e', task);
}

static rml_status pack(void *context, int64_t task, rml_blob *payload)
{
    const plan *p = context;
    static const char filling[97];

    if (task == p->unpacked) return RML_EINVAL;
    rml_blob_put_i64(payload, task);
    rml_blob_put_bytes(payload, filling, (size_t)(task % 97));
    return RML_OK;
}

static void failed(void *context, int64_t task, int32_t unit, const rml_error *why, rml_blob *outcome)
{
    (void)context;
    fprintf(stderr, "refused %lld.%d %s: %s\n", (long long)task, (int)unit, rml_status_name(why->status), why->text);
    rml_blob_put_text(outcome, rml_status_name(why->status)); /* the sentence may hold figures of the machine */
}

static const char *name(void *context, int64_t task, int32_t unit)
{
    static char text[64];

    (void)context;
    snprintf(text, sizeof text, "task%lld.%d", (long long)task, (int)unit);
    return text;
}

static void recorded(void *context, int64_t task, int32_t unit, bool done, const rml_blob *outcome)
{
    plan *p = context;
    bool *seen = &p->recorded[task * p->n_units + unit];

    (void)done, (void)outcome;
    if (*seen) ++p->n_twice;
    *seen = true;
}

static void make_tasks(plan *p)
{
    const size_t n = (size_t)p->n_tasks, all = n * (size_t)p->n_units;

    p->tasks = calloc(n ? n : 1, sizeof *p->tasks);
    p->keys = calloc(all ? all : 1, sizeof *p->keys);
    p->recorded = calloc(all ? all : 1, sizeof *p->recorded);
    for (size_t u = 0; u < all; ++u) {
        char text[64];

        snprintf(text, sizeof text, "unit %zu", u);
        p->keys[u] = rml_key_of(text, strlen(text));
    }
    for (long t = 0; t < p->n_tasks; ++t) {
        const int64_t memory = (int64_t)(p->memory * (double)(t == p->fat ? 5 : 1 + t % p->classes));

        p->tasks[t] = (rml_farm_task){.n_units = (int32_t)p->n_units,
                                      .keys = p->keys + t * p->n_units,
                                      .cost = t == p->crash || t == p->kill_at ? 1e3 : (double)(t * 7919 % 100),
                                      .memory_bytes = t == p->huge ? (int64_t)1 << 50 : memory};
    }
}

/* One number for all outcomes, by task and unit: the order of the journal does not matter, the contents do. */
static uint64_t digest(const plan *p, const rml_journal *journal, long *n_done, long *n_failed)
{
    rml_blob all = {0}, outcome = {0};
    rml_error err = {0};
    uint64_t sum;

    *n_done = *n_failed = 0;
    for (long u = 0; u < p->n_tasks * p->n_units; ++u) {
        bool done = false;
        const rml_status status = rml_journal_read(journal, p->keys[u], &done, &outcome, &err);
        rml_key key;

        if (status == RML_EMISSING) {
            rml_blob_put_u8(&all, 9);
            continue;
        }
        if (status != RML_OK) {
            fprintf(stderr, "%s\n", err.text);
            exit(1);
        }
        ++*(done ? n_done : n_failed);
        key = rml_key_of(outcome.bytes, outcome.n_bytes);
        rml_blob_put_u8(&all, done);
        rml_blob_put_u64(&all, key.low);
    }
    sum = rml_key_of(all.bytes, all.n_bytes).low;
    rml_blob_free(&all);
    rml_blob_free(&outcome);
    return sum;
}

/* The tasks whose units are all done, for the script to compare with what runs later. Without MPI. */
static int list_done(const plan *p)
{
    rml_journal *journal = NULL;
    rml_error err = {0};

    if (rml_journal_open_read(p->folder, &journal, &err) != RML_OK) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    for (long t = 0; t < p->n_tasks; ++t) {
        bool done = true;

        for (long u = 0; u < p->n_units; ++u)
            done = done && rml_journal_state(journal, p->keys[t * p->n_units + u]) == RML_UNIT_DONE;
        if (done) printf("%ld\n", t);
    }
    rml_journal_close(journal);
    return 0;
}

static void print_report(const plan *p, const rml_journal *journal, const rml_farm_report *report, rml_status status)
{
    long n_done, n_failed;
    const uint64_t sum = digest(p, journal, &n_done, &n_failed);

    printf("status=%s digest=%016llx done=%ld failed=%ld run_done=%lld run_failed=%lld left=%lld before=%lld "
           "twice=%ld stopped=%d ranks=%d seconds=%.4f sync=%.4f",
           rml_status_name(status), (unsigned long long)sum, n_done, n_failed, (long long)report->n_done,
           (long long)report->n_failed, (long long)report->n_left, (long long)report->n_before, p->n_twice,
           report->stopped, (int)report->n_ranks, report->seconds, report->sync_seconds);
    for (int r = 0; r < report->n_ranks; ++r)
        printf(" tasks%d=%lld busy%d=%.4f wait%d=%.4f", r, (long long)report->ranks[r].n_tasks, r,
               report->ranks[r].busy, r, report->ranks[r].wait);
    printf("\n");
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static plan p = {.n_tasks = 50,
                     .n_units = 1,
                     .crash = -1,
                     .hang = -1,
                     .silent = -1,
                     .unpacked = -1,
                     .huge = -1,
                     .kill_at = -1,
                     .stop_before = -1,
                     .crash_signal = SIGSEGV,
                     .classes = 4,
                     .fat = -1,
                     .trace_fd = -1}; /* static: a task that was abandoned may look at it after main has returned */
    static rml_farm_job job;
    const struct argp parser = {known, take_option, "FOLDER", "Runs a synthetic job.", 0, 0, 0};
    rml_journal *journal = NULL;
    rml_farm_report report = {0};
    rml_error err = {0};
    rml_status status = RML_OK;
    int rank, threads;

    argp_parse(&parser, argc, argv, 0, NULL, &p);
    if (p.list) {
        make_tasks(&p);
        return list_done(&p);
    }
    rml_stop_begin();
    MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &threads);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (p.trace) p.trace_fd = open(p.trace, O_WRONLY | O_APPEND | O_CREAT, 0666);
    if (rank == 0) {
        status = rml_journal_open(p.folder, "job: synthetic\n", p.fresh, &journal, &err);
        make_tasks(&p);
        if (p.trace_fd >= 0) dprintf(p.trace_fd, "r 0 0 %d\n", (int)getpid()); /* rank 0's process */
    }
    status = rml_agree(MPI_COMM_WORLD, status, &err);
    if (status != RML_OK) goto done;
    if (p.file_size > 0 && rank == 0) { /* the disk is full from here on */
        const struct rlimit limit = {(rlim_t)p.file_size, (rlim_t)p.file_size};

        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
    }
    job = (rml_farm_job){.context = &p,
                         .noun = "units",
                         .n_tasks = p.n_tasks,
                         .tasks = p.tasks,
                         .pack = pack,
                         .failed = failed,
                         .name = name,
                         .recorded = recorded,
                         .compute = compute};
    if (rank == p.stop_before) raise(SIGUSR1);
    status = rml_farm_run(MPI_COMM_WORLD, &job, journal, &p.options, &report, &err);
    if (rank == 0) print_report(&p, journal, &report, status);
done:
    fprintf(stderr, "rank %d: %s %s\n", rank, rml_status_name(status), err.text);
    rml_farm_report_free(&report);
    rml_journal_close(journal);
    if (p.hang < 0) { /* an abandoned thread may still read them */
        free(p.tasks);
        free(p.keys);
        free(p.recorded);
    }
    MPI_Finalize();
    rml_stop_end();
    return status == RML_OK ? 0 : status == RML_ESTOPPED ? 75 : 3;
}
