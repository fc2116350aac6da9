/* radmill simulate: how long a run would take on so many ranks, and what would hold it up.
 *
 * 1. options
 * 2. the tasks
 * 3. what is printed
 * 4. the verb */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/simulate.h"
#include "jobs/options.h"
#include "jobs/run_trace.h"
#include "jobs/verbs.h"
#include "kernels/base/rng.h"

/* --- 1. options -------------------------------------------------------------------------------------------------- */

enum { MOST_COUNTS = 64, MOST_RANKS = 1 << 20, MOST_CASES = 100000000, DRAW_STREAM = 1, SPREAD_STREAM, PARTS = 64 };

typedef struct rml_planning {
    const char *trace;
    int64_t n_cases; /* 0: as many as the trace has */
    double seconds, spread;
    int count[MOST_COUNTS]; /* of ranks */
    int n_counts;
    int64_t result_bytes; /* 0: the trace's, else a default */
    int64_t case_bytes, inflated_bytes, read_bandwidth, inflate_rate, network, copy, disk;
    bool csv;
    rml_sim_machine machine;
    /* filled on the way */
    rml_run_trace run;
    int64_t n_tasks;
    double *task_seconds, *task_cost; /* [n_tasks] */
} rml_planning;

enum {
    SECONDS_KEY = 0x200,
    SPREAD_KEY,
    NODE_KEY,
    CASE_BYTES_KEY,
    INFLATED_KEY,
    READ_KEY,
    INFLATE_KEY,
    RECORD_BYTES_KEY,
    MESSAGE_KEY,
    HAND_OUT_KEY,
    RECORD_KEY,
    SYNC_KEY,
    COPY_KEY,
    DISK_KEY,
    LATENCY_KEY,
    NETWORK_KEY,
    SLOW_KEY,
    DEATHS_KEY,
    RESTART_KEY,
    SEED_KEY,
    AHEAD_KEY,
    CSV_KEY
};

static const struct argp_option option_list[] = {
    {NULL, 0, NULL, 0, "What is to be done:", 1},
    {"trace", 't', "RUN", 0,
     "Folder of a run that has ended, X.h5ad.run or SWEEP/run (X.h5ad and SWEEP name theirs): its tasks' times", 1},
    {"seconds", SECONDS_KEY, "S", 0, "Without a trace: the mean time of a case on one rank", 1},
    {"spread", SPREAD_KEY, "CV", 0,
     "With --seconds: standard deviation over mean of a lognormal distribution; default 0, all alike. The hand-out "
     "then "
     "knows each case's time",
     1},
    {"cases", 'c', "N", 0,
     "Tasks of the run (of `extract`: images with all their ROIs); default: the trace's. Another number than the "
     "trace's is drawn from it with replacement",
     1},
    {NULL, 0, NULL, 0, "The machine:", 2},
    {"ranks", 'n', "N[,N...]", 0, "Ranks, one row of the table each; default 16,32 ... 16384", 2},
    {"ranks-per-node", NODE_KEY, "N", 0, "What dies together; default 64", 2},
    {"case-bytes", CASE_BYTES_KEY, "SIZE", 0, "Of a case's files: with --read-bandwidth the least time of reading", 2},
    {"read-bandwidth", READ_KEY, "SIZE", 0, "Bytes a second that the file system gives all ranks; default 5G", 2},
    {"inflated-bytes", INFLATED_KEY, "SIZE", 0, "Of a case's files uncompressed: the least time of inflating", 2},
    {"inflate-rate", INFLATE_KEY, "SIZE", 0, "Uncompressed bytes a second of one rank; default 400M", 2},
    {"slow", SLOW_KEY, "SHARE:FACTOR", 0, "Stragglers: 0.01:3 makes a hundredth of the ranks take three times as long",
     2},
    {"node-life", DEATHS_KEY, "HOURS", 0,
     "Mean time between deaths of one node, exponential; default: none dies. A death ends the run; the script starts "
     "it again and it goes "
     "on from the journal",
     2},
    {"restart", RESTART_KEY, "S", 0, "From a death to the first task of the next start; default 60", 2},
    {NULL, 0, NULL, 0, "Rank 0 (defaults: measured, see docs/scaling.md):", 3},
    {"message", MESSAGE_KEY, "US", 0, "Microseconds of its service thread for a message; default 4", 3},
    {"hand-out", HAND_OUT_KEY, "US", 0, "Microseconds for each task that it hands out; default 2.5", 3},
    {"record", RECORD_KEY, "US", 0, "Microseconds for each result that it records; default 2.5", 3},
    {"copy", COPY_KEY, "SIZE", 0, "Bytes of results a second that its service thread takes in; default 500M", 3},
    {"result-bytes", RECORD_BYTES_KEY, "SIZE", 0, "Of a case's results; default: the trace's, or 4K", 3},
    {"sync", SYNC_KEY, "MS", 0, "Milliseconds of an fdatasync of the journal; default 4", 3},
    {"disk", DISK_KEY, "SIZE", 0, "Bytes a second that the journal's disk takes; default 500M", 3},
    {"latency", LATENCY_KEY, "US", 0, "Microseconds that a message is under way; default 5", 3},
    {"network", NETWORK_KEY, "SIZE", 0, "Bytes a second of rank 0's network; default 1G", 3},
    {"one-by-one", AHEAD_KEY, NULL, 0, "Hand out every task alone, as for few ranks: what batches are worth", 3},
    {NULL, 0, NULL, 0, "", 4},
    {"seed", SEED_KEY, "N", 0, "Of what is drawn; default 1. The same options print the same", 4},
    {"csv", CSV_KEY, NULL, 0, "Print the table as CSV: seconds and bytes, every column", 4},
    {0},
};

static const char doc[] =
    "Says how long a run would take on so many ranks, and what would hold it up."
    "\v"
    "The scheduler is the one that runs have: the same code decides who gets which task, how many at a time, and what "
    "is "
    "asked back at the end; its clock alone is not real. Case times come from a run that you have (time a few hundred "
    "cases of yours on one node), or are stated. Reading from a shared file system is not part of the clock: where the "
    "column `reading` is longer than `makespan`, the run takes that long instead. So it is with `inflating`, where the "
    "times do not contain it. Memory is not simulated: `radmill check` says how many ranks a node has room for.\n\n"
    "Efficiency is the cases' time over ranks times makespan; `idle end` the time from the first rank without work to "
    "the end; messages and records are counted at rank 0, whose service thread does one thing after the other and is "
    "`busy` so much of the time.\n\n"
    "Examples:\n"
    "  radmill simulate --trace features.h5ad.run\n"
    "  radmill simulate --trace f.h5ad.run --cases 126000 --ranks 1024 --case-bytes 70M\n"
    "  radmill simulate --seconds 2 --spread 0.8 -c 10000 -n 256 --node-life 2000\n\n"
    "Exit status: 0 done, 2 misuse, 3 no such run.";

static bool take_counts(rml_planning *x, const char *text)
{
    x->n_counts = 0;
    for (const char *at = text;; ++at) {
        char word[16];
        const size_t n_word = strcspn(at, ",");
        int64_t n;

        snprintf(word, sizeof word, "%.*s", (int)n_word, at);
        if (n_word >= sizeof word || x->n_counts == MOST_COUNTS || !rml_options_integer(word, 1, MOST_RANKS, &n))
            return false;
        x->count[x->n_counts++] = (int)n;
        at += n_word;
        if (!*at) return true;
    }
}

static bool take_slow(rml_planning *x, char *text)
{
    char *colon = strchr(text, ':');

    if (!colon) return false;
    *colon = '\0';
    if (rml_options_number(text, 0.0, 1.0, &x->machine.slow_share) &&
        rml_options_number(colon + 1, 1.0, 1e6, &x->machine.slow_factor))
        return true;
    *colon = ':';
    return false;
}

/* An option that is a number of a unit; false: not one of these. */
static bool parse_time(rml_planning *x, int key, char *argument, struct argp_state *state, error_t *refused)
{
    static const struct {
        const char *name;
        double unit;
        int key;
        bool positive; /* 0 would say nothing */
    } times[] = {{"message", 1e-6, MESSAGE_KEY, false}, {"hand-out", 1e-6, HAND_OUT_KEY, false},
                 {"record", 1e-6, RECORD_KEY, false},   {"sync", 1e-3, SYNC_KEY, false},
                 {"latency", 1e-6, LATENCY_KEY, false}, {"node-life", 3600.0, DEATHS_KEY, true},
                 {"restart", 1.0, RESTART_KEY, false},  {"seconds", 1.0, SECONDS_KEY, true},
                 {"spread", 1.0, SPREAD_KEY, false}};
    rml_sim_machine *m = &x->machine;
    double *const places[] = {&m->message,      &m->hand_out, &m->record,  &m->sync,  &m->latency,
                              &m->node_seconds, &m->restart,  &x->seconds, &x->spread};

    for (size_t i = 0; i < sizeof times / sizeof *times; ++i) {
        double value;

        if (times[i].key != key) continue;
        *refused = 0;
        if (rml_options_number(argument, 0.0, 1e9, &value) && !(times[i].positive && value == 0.0))
            *places[i] = value * times[i].unit;
        else
            *refused = rml_options_refuse(state, "--%s %s; a number %s 0 up to 1e9 was expected", times[i].name,
                                          argument, times[i].positive ? "above" : "from");
        return true;
    }
    return false;
}

static bool parse_size(rml_planning *x, int key, char *argument, struct argp_state *state, error_t *refused)
{
    static const struct {
        int key;
        const char *name;
    } sizes[] = {{CASE_BYTES_KEY, "case-bytes"},
                 {INFLATED_KEY, "inflated-bytes"},
                 {READ_KEY, "read-bandwidth"},
                 {INFLATE_KEY, "inflate-rate"},
                 {RECORD_BYTES_KEY, "result-bytes"},
                 {DISK_KEY, "disk"},
                 {COPY_KEY, "copy"},
                 {NETWORK_KEY, "network"}};
    int64_t *const places[] = {&x->case_bytes,   &x->inflated_bytes, &x->read_bandwidth, &x->inflate_rate,
                               &x->result_bytes, &x->disk,           &x->copy,           &x->network};

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
        if (sizes[i].key != key) continue;
        *refused = rml_options_bytes(argument, places[i])
                       ? 0
                       : rml_options_refuse(state, "--%s %s; a size such as 70M was expected", sizes[i].name, argument);
        return true;
    }
    return false;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    rml_planning *x = state->input;
    error_t refused;
    int64_t n;

    if (parse_time(x, key, argument, state, &refused) || parse_size(x, key, argument, state, &refused)) return refused;
    switch (key) {
    case 't': x->trace = argument; return 0;
    case 'c':
        if (rml_options_integer(argument, 1, MOST_CASES, &x->n_cases)) return 0;
        return rml_options_refuse(state, "--cases %s; a number from 1 to %d was expected", argument, MOST_CASES);
    case 'n':
        if (take_counts(x, argument)) return 0;
        return rml_options_refuse(state, "--ranks %s; at most %d numbers from 1 to %d such as 16,64,256 were expected",
                                  argument, MOST_COUNTS, MOST_RANKS);
    case NODE_KEY:
        if (!rml_options_integer(argument, 1, MOST_RANKS, &n))
            return rml_options_refuse(state, "--ranks-per-node %s; a number from 1 to %d was expected", argument,
                                      MOST_RANKS);
        x->machine.ranks_per_node = (int)n;
        return 0;
    case SLOW_KEY:
        if (take_slow(x, argument)) return 0;
        return rml_options_refuse(
            state, "--slow %s; a share from 0 to 1 and a factor from 1 to 1e6 such as 0.01:3 were expected", argument);
    case SEED_KEY:
        if (!rml_options_integer(argument, 0, INT64_MAX, &n))
            return rml_options_refuse(state, "--seed %s; a whole number from 0 to %lld was expected", argument,
                                      (long long)INT64_MAX);
        x->machine.seed = (uint64_t)n;
        return 0;
    case AHEAD_KEY: x->machine.ahead = -1.0; return 0;
    case CSV_KEY: x->csv = true; return 0;
    case ARGP_KEY_ARG: return rml_options_refuse(state, "%s: everything is told by options; --trace RUN?", argument);
    case ARGP_KEY_END:
        if (!x->trace && !(x->seconds > 0.0))
            return rml_options_refuse(state, "what do cases take? --trace RUN or --seconds S is missing");
        if (x->trace && (x->seconds > 0.0 || x->spread > 0.0))
            return rml_options_refuse(state, "--trace and --seconds exclude each other");
        if (!x->trace && x->n_cases == 0) return rml_options_refuse(state, "how many? --cases N is missing");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* --- 2. the tasks ------------------------------------------------------------------------------------------------ */

static double stated_seconds(const rml_planning *x, int64_t task)
{
    const double variance =
        log1p(x->spread * x->spread); /* of the logarithm, so that mean and deviation are as stated */

    return x->seconds *
           exp(sqrt(variance) * rml_rng_normal(x->machine.seed, SPREAD_STREAM, (uint64_t)task) - 0.5 * variance);
}

static rml_status make_tasks(rml_planning *x, rml_error *err)
{
    rml_status status = x->trace ? rml_run_trace_read(x->trace, &x->run, err) : RML_OK;

    if (status != RML_OK) return status;
    x->n_tasks = x->n_cases > 0 ? x->n_cases : x->run.n_tasks;
    x->task_seconds = malloc((size_t)x->n_tasks * sizeof *x->task_seconds);
    x->task_cost = malloc((size_t)x->n_tasks * sizeof *x->task_cost);
    if (!x->task_seconds || !x->task_cost)
        return rml_fail(err, RML_ENOMEM, "no memory for %lld cases", (long long)x->n_tasks);
    for (int64_t t = 0; t < x->n_tasks; ++t) {
        const double drawn =
            x->run.n_tasks != x->n_tasks ? rml_rng_uniform(x->machine.seed, DRAW_STREAM, (uint64_t)t) : 0;
        const int64_t from = x->run.n_tasks != x->n_tasks ? (int64_t)(drawn * (double)x->run.n_tasks) : t;

        x->task_seconds[t] = x->trace ? x->run.seconds[from] : stated_seconds(x, t);
        x->task_cost[t] = x->trace ? x->run.cost[from] : x->task_seconds[t];
    }
    if (x->result_bytes == 0) x->result_bytes = x->run.n_tasks > 0 ? x->run.journal_bytes / x->run.n_tasks : 4 << 10;
    x->machine.result_bytes = x->result_bytes;
    x->machine.bandwidth = (double)x->network;
    x->machine.disk = (double)x->disk;
    x->machine.copy = (double)x->copy;
    return RML_OK;
}

/* --- 3. what is printed ------------------------------------------------------------------------------------------ */

/* What no schedule can go below, seconds. */
typedef struct floors {
    double computing, longest, reading, inflating, journal, service;
    const char *limit; /* the largest of them */
} floors;

static floors floors_of(const rml_planning *x, int n_ranks, const rml_simulated *run)
{
    const double n = (double)x->n_tasks;
    floors f = {.computing = run->busy / n_ranks,
                .longest = run->longest,
                .reading = n * (double)x->case_bytes / (double)x->read_bandwidth,
                .inflating = n * (double)x->inflated_bytes / ((double)x->inflate_rate * n_ranks),
                .journal = (double)run->journal_bytes / x->machine.disk,
                .service = run->service,
                .limit = "computing"};
    double most = f.computing;
    const struct {
        const char *name;
        double seconds;
    } others[] = {{"longest case", f.longest},
                  {"reading", f.reading},
                  {"inflating", f.inflating},
                  {"rank 0", f.service},
                  {"journal", f.journal}};

    for (size_t i = 0; i < sizeof others / sizeof *others; ++i) {
        if (others[i].seconds <= most) continue;
        most = others[i].seconds;
        f.limit = others[i].name;
    }
    if (isinf(run->seconds)) f.limit = "nodes die before a case is done";
    return f;
}

/* "45.1 s", "12.4 min", "3.25 h"; "-" of what is not known */
static const char *time_text(double seconds, char text[PARTS])
{
    if (isinf(seconds))
        snprintf(text, PARTS, "never");
    else if (isnan(seconds))
        snprintf(text, PARTS, "-");
    else if (seconds < 1.0)
        snprintf(text, PARTS, "%.3g ms", 1e3 * seconds);
    else if (seconds < 120.0)
        snprintf(text, PARTS, "%.1f s", seconds);
    else if (seconds < 7200.0)
        snprintf(text, PARTS, "%.1f min", seconds / 60.0);
    else
        snprintf(text, PARTS, "%.1f h", seconds / 3600.0);
    return text;
}

static double efficiency(const rml_simulated *run, int n_ranks)
{
    return run->seconds > 0.0 ? run->busy / (run->seconds * n_ranks) : 0.0;
}

static void print_head(const rml_planning *x)
{
    if (x->csv) {
        puts(
            "ranks,seconds,efficiency,idle_end_seconds,lost_seconds,deaths,messages,bytes_in,bytes_out,records,journal_"
            "bytes,syncs,sync_seconds,asked_back,service_seconds,computing_seconds,longest_seconds,reading_seconds,"
            "inflating_seconds,journal_seconds,limit");
        return;
    }
    printf("\n%-27s%16s | %-28s%16s | at least, by\n", "", "", "rank 0:", "");
    printf("%7s %9s %10s %9s %6s | %8s %8s %8s %8s %7s | %9s %9s", "ranks", "makespan", "efficiency", "idle end",
           "deaths", "messages", "MB/s in", "records", "MB/s", "busy", "computing", "longest");
    if (x->case_bytes) printf(" %9s", "reading");
    if (x->inflated_bytes) printf(" %9s", "inflating");
    printf(" %9s %9s | limit\n", "rank 0", "journal");
}

/* What a run of so many seconds did; of one that never ends there is nothing to say. */
static void print_run(int n_ranks, const rml_simulated *run)
{
    const double seconds = run->seconds;
    char text[2][PARTS];

    printf("%7d %9s ", n_ranks, time_text(seconds, text[0]));
    if (isinf(seconds) || seconds <= 0.0) {
        printf("%10s %9s %6lld | %8s %8s %8s %8s %7s |", "-", "-", (long long)run->n_deaths, "-", "-", "-", "-", "-");
        return;
    }
    printf("%9.1f%% %9s %6lld | %6.0f/s %8.2f %6.0f/s %8.2f %6.1f%% |", 100.0 * efficiency(run, n_ranks),
           time_text(run->tail, text[1]), (long long)run->n_deaths, (double)run->n_messages / seconds,
           1e-6 * (double)run->bytes_in / seconds, (double)run->n_records / seconds,
           1e-6 * (double)run->journal_bytes / seconds, 100.0 * fmin(1.0, run->service / seconds));
}

static void print_row(const rml_planning *x, int n_ranks, const rml_simulated *run)
{
    const floors f = floors_of(x, n_ranks, run);
    const bool never = isinf(run->seconds);
    char text[8][PARTS];

    if (x->csv) {
        printf("%d,%.6f,%.6f,%.6f,%.6f,%lld,%lld,%lld,%lld,%lld,%lld,%lld,%.6f,%lld,%.6f,%.6f,%.6f,%.6f,%.6f,%.6f,%s\n",
               n_ranks, run->seconds, efficiency(run, n_ranks), run->tail, run->lost, (long long)run->n_deaths,
               (long long)run->n_messages, (long long)run->bytes_in, (long long)run->bytes_out,
               (long long)run->n_records, (long long)run->journal_bytes, (long long)run->n_syncs, run->syncing,
               (long long)run->n_recalls, run->service, f.computing, f.longest, f.reading, f.inflating, f.journal,
               f.limit);
        return;
    }
    print_run(n_ranks, run);
    printf(" %9s %9s", time_text(f.computing, text[2]), time_text(f.longest, text[3]));
    if (x->case_bytes) printf(" %9s", time_text(f.reading, text[4]));
    if (x->inflated_bytes) printf(" %9s", time_text(f.inflating, text[5]));
    printf(" %9s %9s | %s\n", time_text(never ? NAN : f.service, text[6]), time_text(never ? NAN : f.journal, text[7]),
           f.limit);
}

static int by_value(const void *a, const void *b)
{
    const double left = *(const double *)a, right = *(const double *)b;

    return (left > right) - (left < right);
}

static rml_status print_cases(const rml_planning *x, rml_error *err)
{
    const size_t n = (size_t)x->n_tasks;
    double *sorted = malloc(n * sizeof *sorted), sum = 0.0;
    char text[4][PARTS];

    if (!sorted) return rml_fail(err, RML_ENOMEM, "no memory for %lld cases", (long long)x->n_tasks);
    memcpy(sorted, x->task_seconds, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_value);
    for (size_t t = 0; t < n; ++t) sum += sorted[t];
    printf("%lld tasks of %s on average, half of them below %s, the longest %s; %s of one rank's time\n",
           (long long)x->n_tasks, time_text(sum / (double)n, text[0]), time_text(sorted[n / 2], text[1]),
           time_text(sorted[n - 1], text[2]), time_text(sum, text[3]));
    free(sorted);
    if (!x->trace)
        printf("times: lognormal, seed %llu\n", (unsigned long long)x->machine.seed);
    else if (x->n_tasks == x->run.n_tasks)
        printf("times: those of %s\n", x->run.folder);
    else
        printf("times: drawn from the %lld tasks of %s, seed %llu\n", (long long)x->run.n_tasks, x->run.folder,
               (unsigned long long)x->machine.seed);
    return RML_OK;
}

/* The trace's own run, which is known. */
static rml_status print_own_run(const rml_planning *x, rml_error *err)
{
    rml_sim_machine machine = x->machine;
    rml_simulated run;
    rml_status status;

    if (x->run.n_ranks == 0) return RML_OK;
    machine.n_ranks = x->run.n_ranks;
    machine.slow_share = machine.node_seconds = 0.0;
    status = rml_simulate(x->run.n_tasks, x->run.seconds, x->run.cost, &machine, &run);
    if (status != RML_OK) return rml_fail(err, status, "the trace's own run cannot be simulated");
    printf("that run: %.1f s on %d rank%s, simulated %.1f s\n", x->run.run_seconds, x->run.n_ranks,
           x->run.n_ranks == 1 ? "" : "s", run.seconds);
    return RML_OK;
}

/* --- 4. the verb ------------------------------------------------------------------------------------------------- */

static rml_status print_all(rml_planning *x, rml_error *err)
{
    rml_status status = make_tasks(x, err);

    if (status == RML_OK && !x->csv) status = print_cases(x, err);
    if (status == RML_OK && !x->csv) status = print_own_run(x, err);
    if (status != RML_OK) return status;
    print_head(x);
    for (int i = 0; i < x->n_counts; ++i) {
        rml_simulated run;

        x->machine.n_ranks = x->count[i];
        status = rml_simulate(x->n_tasks, x->task_seconds, x->task_cost, &x->machine, &run);
        if (status != RML_OK) return rml_fail(err, status, "no memory for %d ranks", x->count[i]);
        print_row(x, x->count[i], &run);
    }
    return RML_OK;
}

int rml_verb_simulate(int argc, char **argv)
{
    static const struct argp argp = {option_list, parse_option, NULL, doc, NULL, NULL, NULL};
    rml_planning x = {.read_bandwidth = (int64_t)5 << 30,
                      .inflate_rate = 400000000,
                      .copy = 500000000,
                      .disk = 500000000,
                      .network = 1000000000,
                      .machine = {.ranks_per_node = 64,
                                  .message = 4e-6,
                                  .hand_out = 2.5e-6,
                                  .record = 2.5e-6,
                                  .sync = 4e-3,
                                  .latency = 5e-6,
                                  .begin = 10e-6,
                                  .wake = 50e-6,
                                  .task_bytes = 256,
                                  .restart = 60.0,
                                  .seed = 1}};
    rml_error err = {0};
    rml_status status;
    int parsed;

    for (int n = 16; n <= 16384; n *= 2) x.count[x.n_counts++] = n;
    parsed = rml_options_parse(&argp, argc, argv, &x);
    if (parsed >= 0) return parsed;
    if (!rml_first_rank()) return RML_EXIT_DONE;
    status = print_all(&x, &err);
    free(x.task_seconds);
    free(x.task_cost);
    rml_run_trace_free(&x.run);
    if (status == RML_OK) return RML_EXIT_DONE;
    rml_complain("simulate", &err);
    return rml_exit_status(status);
}
