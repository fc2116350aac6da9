/* radmill status: how far a run is, from its journal alone.
 *
 * 1. Options
 * 2. What the folder says
 * 3. Telling it
 * 4. The verb */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "engine/journal.h"
#include "engine/lock.h"
#include "jobs/options.h"
#include "jobs/verbs.h"

/* 1. Options ------------------------------------------------------------------------------------------------------- */

typedef struct options {
    const char **folder; /* [n] */
    int n;
    bool json;
} options;

static const struct argp_option known_options[] = {
    {"json", 'j', NULL, 0, "The same as JSON, an object a line for each folder", 0},
    {0},
};

static const char doc[] =
    "Says how far a run is, while it runs or after it: done, failed, running, to go, the rate, and who is at work."
    "\v"
    "RUN is the run folder of an extraction (features.h5ad.run) or of a sweep (FOLDER/run); features.h5ad and FOLDER "
    "name "
    "theirs. All is read from the journal and the lock; neither is taken nor changed, so any number may look on, from "
    "any node that sees the folder.\n\n"
    "done, failed and quarantined (kills its rank; --retry-quarantined tries it again) are those of the last run and, "
    "of "
    "what is done, of those before it; running are those handed out and not back. What failed in an earlier run is "
    "tried "
    "again, and so is to go. The rate is that of the last run, of which all is told until the next has read its input "
    "(\"starting\"); what is left at that rate is counted in cases: the "
    "largest are handed out first, so it is rather less. The effort is said once a run has ended.\n\n"
    "Examples:\n"
    "  radmill status features.h5ad.run\n"
    "  radmill status --json sweep/run\n\n"
    "Exit status: 0 all done, 1 all done but for failures, 2 misuse, 3 no journal or none that can be read, 75 "
    "something "
    "is left, if only to write the table: it runs, or the same command with --resume goes on. Of several folders the "
    "largest.";

/* Each folder as it comes: argp hands over options and names in any order. */
static error_t parse(int key, char *argument, struct argp_state *state)
{
    options *chosen = state->input;

    switch (key) {
    case 'j': chosen->json = true; return 0;
    case ARGP_KEY_ARG: chosen->folder[chosen->n++] = argument; return 0;
    case ARGP_KEY_END:
        return chosen->n > 0 ? 0 : rml_options_refuse(state, "which run folder? Such as features.h5ad.run");
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* 2. What the folder says ------------------------------------------------------------------------------------------ */

typedef enum run_state { NEVER_BEGUN, STARTING, RUNNING, DIED, STOPPED, UNWRITTEN, DONE, ENDED, N_STATES } run_state;

static const char *const state_name[N_STATES] = {
    [NEVER_BEGUN] = "never begun",
    [STARTING] = "starting", /* who holds the lock has not begun: it reads its input */
    [RUNNING] = "running",
    [DIED] = "died", /* killed, out of memory, or its node was lost */
    [STOPPED] = "stopped",
    [UNWRITTEN] = "all computed, but not written", /* no room, or the table has gone since */
    [DONE] = "done",
    [ENDED] = "ended", /* with how much left, its journal does not say */
};

typedef struct standing {
    const char *folder;
    run_state state;
    rml_journal_counts counts;
    rml_runs runs;
    int64_t n_done, n_all, n_to_go; /* n_done: before the last run, too; n_all, n_to_go -1: the journal does not say */
    rml_pace pace;
    double now;
    rml_lock_seen lock;
    char holder[320];
    char *output; /* what the run writes, where its name tells; NULL: of a share, nothing */
    bool is_gone; /* the output */
} standing;

/* The run folder that a name means: itself, or that of an output. Malloc'ed, NULL without memory. */
static char *find_folder(const char *name)
{
    static const char *const endings[] = {"", ".run", "/run"};

    for (size_t e = 0; e < sizeof endings / sizeof *endings; ++e) {
        char *folder = NULL, *journal = NULL;
        bool there;

        if (asprintf(&folder, "%s%s", name, endings[e]) < 0) return NULL;
        if (asprintf(&journal, "%s/journal", folder) < 0) journal = NULL;
        there = journal && access(journal, F_OK) == 0;
        free(journal);
        if (there) return folder;
        free(folder);
    }
    return strdup(name); /* of which the sentence is */
}

static char *drop_ending(const char *name, const char *ending)
{
    const size_t n = strlen(name), n_ending = strlen(ending);

    if (n < n_ending || strcmp(name + n - n_ending, ending) != 0) return NULL;
    return n > n_ending ? strndup(name, n - n_ending) : strdup(".");
}

/* features.h5ad of features.h5ad.run, FOLDER/leaderboard.csv of FOLDER/run; malloc'ed, NULL where neither is the name.
 */
static char *find_output(const char *folder)
{
    char *plain = strdup(folder), *output = NULL, *sweep;

    for (size_t n = plain ? strlen(plain) : 0; n > 1 && plain[n - 1] == '/'; --n) plain[n - 1] = '\0';
    output = plain ? drop_ending(plain, ".run") : NULL;
    sweep = !plain || output ? NULL : strcmp(plain, "run") == 0 ? strdup(".") : drop_ending(plain, "/run");
    if (sweep && asprintf(&output, "%s/leaderboard.csv", sweep) < 0) output = NULL;
    free(sweep);
    free(plain);
    return output;
}

/* Whether who holds the lock is who began the last run. */
static bool is_begun(const standing *s)
{
    char name[128];
    const int n = snprintf(name, sizeof name, "process %d on %s", (int)s->runs.begun.process, s->runs.begun.host);

    return strncmp(s->holder, name, (size_t)n) == 0;
}

static run_state judge(const standing *s)
{
    if (s->runs.n == 0) return s->lock == RML_LOCK_HELD ? STARTING : NEVER_BEGUN;
    if (s->lock == RML_LOCK_HELD && s->runs.described && !is_begun(s)) return STARTING;
    if (s->counts.open && s->lock != RML_LOCK_FREE) return RUNNING;
    if (s->counts.open) return DIED;
    if (s->n_to_go < 0) return ENDED;
    if (s->n_to_go > 0) return STOPPED;
    return s->runs.concluded && !s->is_gone ? DONE : UNWRITTEN;
}

static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static rml_status look(const char *folder, standing *s, rml_error *err)
{
    rml_journal *journal = NULL;
    rml_status status;

    *s = (standing){.folder = folder, .n_all = -1, .n_to_go = -1};
    s->lock = rml_lock_look(folder, s->holder, sizeof s->holder);
    status = rml_journal_open_read(folder, &journal, err);
    if (status == RML_OK) status = rml_journal_count(journal, &s->counts, err);
    if (status != RML_OK) goto done;
    /* A run gives the lock back after its last record: who was gone before the journal was read and still is has died,
     * who has come since is at work. */
    if (s->counts.open && s->lock == RML_LOCK_FREE) s->lock = rml_lock_look(folder, s->holder, sizeof s->holder);
    s->runs = *rml_journal_runs(journal);
    s->now = seconds_now();
    s->n_done = s->counts.n_done;
    s->pace = (rml_pace){NAN, NAN};
    if (s->runs.described) {
        const rml_begun *begun = &s->runs.begun;

        s->n_done += begun->n_before;
        s->n_all = begun->n_before + begun->n_pending;
        s->n_to_go = begun->n_pending - s->counts.n_ended;
        if (s->counts.open) s->n_to_go -= s->counts.n_running;
        if (s->n_to_go < 0) s->n_to_go = 0;
    }
    s->output = find_output(folder);
    s->is_gone = s->output && access(s->output, F_OK) != 0;
    s->state = judge(s);
    if (s->counts.open && s->state != RUNNING && s->runs.described) s->n_to_go += s->counts.n_running; /* cut short */
    if (s->runs.described) {
        const int64_t n_left = s->n_to_go + (s->state == RUNNING ? s->counts.n_running : 0);

        s->pace = rml_pace_of(s->counts.n_ended, n_left, s->runs.begun.time, s->counts.written, s->now);
        if (s->state != RUNNING) s->pace.left = NAN;
    }
done:
    rml_journal_close(journal);
    return status;
}

static int exit_status_of(const standing *s)
{
    if (s->state != DONE) return RML_EXIT_REQUEUE;
    return s->counts.n_failed + s->counts.n_quarantined > 0 ? RML_EXIT_FAILED_CASES : RML_EXIT_DONE;
}

/* 3. Telling it ---------------------------------------------------------------------------------------------------- */

static void print_when(const char *format, double time)
{
    const time_t whole = (time_t)fmin(time, 0x1p40); /* a slow run of many cases may have ages left */
    struct tm parts;
    char text[32] = "?";

    if (localtime_r(&whole, &parts)) strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
    printf(format, text);
}

static void print_span(double seconds)
{
    const long s = lround(fmin(fmax(seconds, 0.0), 1e9));

    if (s < 100)
        printf("%ld s", s);
    else if (s < 6000)
        printf("%ld min", (s + 30) / 60);
    else if (s < 172800)
        printf("%ld h %02ld min", s / 3600, s % 3600 / 60);
    else
        printf("%ld days", s / 86400);
}

static void print_count(const char *what, int64_t n, const char *note)
{
    if (n > 0 || !note[0]) printf("  %-12s %8lld%s\n", what, (long long)n, note);
}

static void print_pace(const standing *s)
{
    if (!isfinite(s->pace.rate)) return;
    printf(s->pace.rate < 0.1 ? "  %-12s %8.3g a minute" : "  %-12s %8.3g a second", "rate",
           s->pace.rate < 0.1 ? 60.0 * s->pace.rate : s->pace.rate);
    if (isfinite(s->pace.left) && s->n_to_go + s->counts.n_running > 0) {
        printf(", about ");
        print_span(s->pace.left);
        print_when(" left, until %s", s->now + s->pace.left);
    }
    printf("\n");
}

static void print_begun(const standing *s)
{
    const rml_begun *begun = &s->runs.begun;

    if (s->runs.n == 0) return;
    printf("  %-12s %8d", "start", (int)s->runs.n);
    if (s->runs.described) {
        print_when(", %s", begun->time);
        printf(", on %d rank%s, rank 0 process %d on %s", (int)begun->n_ranks, begun->n_ranks == 1 ? "" : "s",
               (int)begun->process, begun->host);
        if (begun->slurm_job[0]) printf(", SLURM job %s", begun->slurm_job);
    }
    printf("\n");
}

static void print_standing(const standing *s)
{
    static const char *const seen[] = {[RML_LOCK_FREE] = "free: nobody is at work",
                                       [RML_LOCK_HELD] = "held",
                                       [RML_LOCK_UNKNOWN] = "cannot be asked for here"};
    char effort[256];

    printf("%s: %s\n", s->folder, state_name[s->state]);
    if (s->state == UNWRITTEN)
        printf("  %s %s; the same command with --resume writes it and computes nothing\n",
               s->output ? s->output : "what the run makes of its results",
               s->is_gone ? "is not there" : "is not written, or an older one");
    if (s->n_all >= 0)
        printf("  %-12s %8lld of %lld %s\n", "done", (long long)s->n_done, (long long)s->n_all, s->runs.begun.noun);
    else
        print_count("done", s->n_done, "");
    print_count("failed", s->counts.n_failed, "");
    print_count("quarantined", s->counts.n_quarantined, ", --retry-quarantined tries again what kills its rank");
    if (s->state == DIED || s->state == STARTING)
        print_count("cut short", s->counts.n_running, ", handed out when the last run died, and to go");
    else
        print_count("running", s->counts.n_running, s->counts.n_running > 0 ? ", handed out and not back" : "");
    if (s->n_to_go >= 0)
        print_count("to go", s->n_to_go, "");
    else if (s->runs.n > 0)
        printf("  %-12s not known: the journal is of another version\n", "to go");
    print_pace(s);
    print_begun(s);
    printf("  %-12s ", "last record");
    print_when("%s, ", s->counts.written);
    print_span(s->now - s->counts.written);
    printf(" ago\n  %-12s %s%s%s\n", "lock", seen[s->lock], s->holder[0] ? ": " : "", s->holder);
    if (s->runs.spent) {
        rml_effort_line(&s->runs.effort, effort, sizeof effort);
        printf("  %-12s %s\n", "effort", effort);
    }
}

static void put(cJSON *object, const char *name, double number)
{
    if (isfinite(number))
        cJSON_AddNumberToObject(object, name, number);
    else
        cJSON_AddNullToObject(object, name);
}

static void put_begun(cJSON *object, const rml_begun *begun)
{
    put(object, "begun", begun->time);
    put(object, "ranks", begun->n_ranks);
    put(object, "process", begun->process);
    cJSON_AddStringToObject(object, "host", begun->host);
    if (begun->slurm_job[0]) cJSON_AddStringToObject(object, "slurm_job", begun->slurm_job);
    cJSON_AddStringToObject(object, "noun", begun->noun);
}

static void put_effort(cJSON *object, const rml_effort *effort)
{
    cJSON *parts = cJSON_AddObjectToObject(object, "effort");

    put(parts, "cpu_seconds", effort->cpu_seconds);
    put(parts, "wall_seconds", effort->wall_seconds);
    put(parts, "ranks", effort->n_ranks);
    put(parts, "cpu_efficiency", rml_effort_efficiency(effort));
    put(parts, "peak_bytes", (double)effort->peak_bytes);
    put(parts, "peak_rank", effort->peak_rank);
    put(parts, "reckoned_bytes", (double)effort->needed_bytes);
}

/* One line. cJSON's additions take NULL and answer it: where memory ends, the whole text is missing. */
static bool print_json(const standing *s)
{
    static const char *const seen[] = {
        [RML_LOCK_FREE] = "free", [RML_LOCK_HELD] = "held", [RML_LOCK_UNKNOWN] = "unknown"};
    cJSON *object = cJSON_CreateObject();
    const bool died = s->state == DIED || s->state == STARTING; /* starting: the run before */
    char *text;

    cJSON_AddStringToObject(object, "folder", s->folder);
    cJSON_AddStringToObject(object, "state", state_name[s->state]);
    put(object, "all", s->n_all >= 0 ? (double)s->n_all : NAN);
    put(object, "done", (double)s->n_done);
    put(object, "failed", (double)s->counts.n_failed);
    put(object, "quarantined", (double)s->counts.n_quarantined);
    put(object, "running", died ? 0.0 : (double)s->counts.n_running);
    put(object, "cut_short", died ? (double)s->counts.n_running : 0.0);
    put(object, "to_go", s->n_to_go >= 0 ? (double)s->n_to_go : NAN);
    put(object, "rate", s->pace.rate);
    put(object, "seconds_left", s->pace.left);
    put(object, "starts", s->runs.n);
    if (s->runs.described) put_begun(object, &s->runs.begun);
    put(object, "written", s->counts.written);
    put(object, "now", s->now);
    cJSON_AddStringToObject(object, "lock", seen[s->lock]);
    if (s->holder[0]) cJSON_AddStringToObject(object, "holder", s->holder);
    if (s->runs.spent) put_effort(object, &s->runs.effort);
    text = cJSON_PrintUnformatted(object);
    cJSON_Delete(object);
    if (text) puts(text);
    cJSON_free(text);
    return text != NULL;
}

/* 4. The verb ------------------------------------------------------------------------------------------------------ */

static int tell(const char *name, bool json)
{
    char *folder = find_folder(name);
    standing s = {0};
    rml_error err = {0};
    rml_status status = folder ? look(folder, &s, &err) : rml_fail(&err, RML_ENOMEM, "%s: no memory", name);

    if (status == RML_OK && !json) print_standing(&s);
    if (status == RML_OK && json && !print_json(&s)) status = rml_fail(&err, RML_ENOMEM, "%s: no memory", name);
    if (status != RML_OK) rml_complain("status", &err);
    free(s.output);
    free(folder);
    return status == RML_OK ? exit_status_of(&s) : RML_EXIT_CANNOT;
}

int rml_verb_status(int argc, char **argv)
{
    static const struct argp argp = {known_options, parse, "RUN...", doc, NULL, NULL, NULL};
    options chosen = {.folder = malloc((size_t)argc * sizeof *chosen.folder)};
    int exit_status = chosen.folder ? rml_options_parse(&argp, argc, argv, &chosen) : RML_EXIT_CANNOT;

    if (exit_status >= 0) {
        free((void *)chosen.folder);
        return exit_status;
    }
    exit_status = RML_EXIT_DONE;
    for (int f = 0; f < chosen.n; ++f) {
        const int one = tell(chosen.folder[f], chosen.json);

        if (one > exit_status) exit_status = one;
    }
    free((void *)chosen.folder);
    return exit_status;
}
