/* radmill status: how far a run is, from its journal alone.
 *
 * 1. Options
 * 2. What it comes to
 * 3. Telling it
 * 4. Telling of a job array
 * 5. The verb */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "jobs/has_journal.h"
#include "jobs/options.h"
#include "jobs/standing.h"
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
    "theirs, and FOLDER of a sweep of several outcomes those of all. Where a job array's shares lie in it and are not "
    "merged yet, it adds them up and names those that have "
    "not "
    "begun, died or stopped. All is read from the journal and the lock; neither is taken nor changed, so any number "
    "may look on, from "
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
    case ARGP_KEY_ARG:
        if (!*argument) return rml_options_refuse(state, "an empty name; a run folder was expected");
        chosen->folder[chosen->n++] = argument;
        return 0;
    case ARGP_KEY_END:
        return chosen->n > 0 ? 0 : rml_options_refuse(state, "which run folder? Such as features.h5ad.run");
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* 2. What it comes to ---------------------------------------------------------------------------------------------- */

static const char *const state_name[RML_N_RUN_STATES] = {
    [RML_RUN_NEVER_BEGUN] = "never begun",
    [RML_RUN_STARTING] = "starting",
    [RML_RUN_RUNNING] = "running",
    [RML_RUN_DIED] = "died",
    [RML_RUN_STOPPED] = "stopped",
    [RML_RUN_UNWRITTEN] = "all computed, but not written",
    [RML_RUN_DONE] = "done",
    [RML_RUN_ENDED] = "ended",
};

static int exit_status_of(const rml_standing *s)
{
    if (s->state != RML_RUN_DONE) return RML_EXIT_REQUEUE;
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

static void print_pace(const rml_standing *s)
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

static void print_begun(const rml_standing *s)
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

static void print_standing(const rml_standing *s)
{
    static const char *const seen[] = {[RML_LOCK_FREE] = "free: nobody is at work",
                                       [RML_LOCK_HELD] = "held",
                                       [RML_LOCK_UNKNOWN] = "cannot be asked for here"};
    char effort[256];

    printf("%s: %s\n", s->folder, state_name[s->state]);
    if (s->state == RML_RUN_UNWRITTEN)
        printf("  %s %s; the same command with --resume writes it and computes nothing\n",
               s->output ? s->output : "what the run makes of its results",
               s->is_gone ? "is not there" : "is not written, or an older one");
    if (s->n_all >= 0)
        printf("  %-12s %8lld of %lld %s\n", "done", (long long)s->n_done, (long long)s->n_all, s->runs.begun.noun);
    else
        print_count("done", s->n_done, "");
    print_count("failed", s->counts.n_failed, "");
    print_count("quarantined", s->counts.n_quarantined, ", --retry-quarantined tries again what kills its rank");
    if (s->state == RML_RUN_DIED || s->state == RML_RUN_STARTING)
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
static bool print_json(const rml_standing *s)
{
    static const char *const seen[] = {
        [RML_LOCK_FREE] = "free", [RML_LOCK_HELD] = "held", [RML_LOCK_UNKNOWN] = "unknown"};
    cJSON *object = cJSON_CreateObject();
    const bool died = s->state == RML_RUN_DIED || s->state == RML_RUN_STARTING; /* starting: the run before */
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

/* 4. Telling of a job array ---------------------------------------------------------------------------------------- */

static bool is_idle(rml_run_state state)
{
    return state == RML_RUN_NEVER_BEGUN || state == RML_RUN_DIED || state == RML_RUN_STOPPED;
}

/* "3, 7 and 12 more": of a state, or of another run. */
static void print_numbers(const rml_array *array, rml_run_state state, bool other)
{
    enum { MOST = 12 };
    int32_t n = 0;

    for (int32_t k = 1; k <= array->n; ++k)
        if ((other ? array->other[k] : array->state[k] == state) && n++ < MOST)
            printf("%s%d", n > 1 ? ", " : " ", (int)k);
    if (n > MOST) printf(" and %d more", (int)n - MOST);
}

static void print_array(const rml_array *array)
{
    const rml_standing *s = &array->sum;
    const int32_t n_begun = array->n - array->n_in[RML_RUN_NEVER_BEGUN];

    printf("%s: %d shares of a job array\n", s->folder, (int)array->n);
    for (int state = 0; state < RML_N_RUN_STATES; ++state) {
        if (array->n_in[state] == 0) continue;
        printf("  %-12s %8d", state_name[state], (int)array->n_in[state]);
        if (is_idle((rml_run_state)state)) {
            printf(":");
            print_numbers(array, (rml_run_state)state, false);
        }
        printf("\n");
    }
    if (array->n_others > 0) {
        printf("  %-12s %8d:", "another run", (int)array->n_others);
        print_numbers(array, RML_N_RUN_STATES, true);
        printf("; parameters, cohort or version are not those of share %d: radmill merge says which, and joins "
               "nothing\n",
               (int)array->first);
    } else if (array->n_in[RML_RUN_DONE] == array->n)
        printf("  all shares are computed: radmill merge writes the table\n");
    printf("Of the %d share%s that %s begun:\n", (int)n_begun, n_begun == 1 ? "" : "s", n_begun == 1 ? "has" : "have");
    printf("  %-12s %8lld of %lld cases\n", "done", (long long)s->n_done, (long long)s->n_all);
    print_count("failed", s->counts.n_failed, "");
    print_count("quarantined", s->counts.n_quarantined, ", --retry-quarantined tries again what kills its rank");
    print_count("running", s->counts.n_running, s->counts.n_running > 0 ? ", handed out and not back" : "");
    print_count("to go", s->n_to_go, "");
    print_pace(s);
}

static bool print_array_json(const rml_array *array)
{
    const rml_standing *s = &array->sum;
    cJSON *object = cJSON_CreateObject(), *states = cJSON_AddObjectToObject(object, "shares"),
          *idle = cJSON_AddArrayToObject(object, "shares_idle"),
          *others = cJSON_AddArrayToObject(object, "shares_of_another_run");
    char *text;

    cJSON_AddStringToObject(object, "folder", s->folder);
    put(object, "n_shares", array->n);
    for (int state = 0; state < RML_N_RUN_STATES; ++state)
        if (array->n_in[state] > 0) put(states, state_name[state], array->n_in[state]);
    for (int32_t k = 1; k <= array->n; ++k)
        if (is_idle(array->state[k])) cJSON_AddItemToArray(idle, cJSON_CreateNumber(k));
    for (int32_t k = 1; k <= array->n; ++k)
        if (array->other[k]) cJSON_AddItemToArray(others, cJSON_CreateNumber(k));
    put(object, "all", (double)s->n_all);
    put(object, "done", (double)s->n_done);
    put(object, "failed", (double)s->counts.n_failed);
    put(object, "quarantined", (double)s->counts.n_quarantined);
    put(object, "running", (double)s->counts.n_running);
    put(object, "to_go", (double)s->n_to_go);
    put(object, "rate", s->pace.rate);
    put(object, "seconds_left", s->pace.left);
    put(object, "written", s->counts.written);
    put(object, "now", s->now);
    text = cJSON_PrintUnformatted(object);
    cJSON_Delete(object);
    if (text) puts(text);
    cJSON_free(text);
    return text != NULL;
}

/* 5. The verb ------------------------------------------------------------------------------------------------------ */

static int tell_array(const char *folder, bool json)
{
    static rml_array array;
    rml_error err = {0};
    rml_status status = rml_array_look(folder, &array, &err);

    if (status == RML_OK && !json) print_array(&array);
    if (status == RML_OK && json && !print_array_json(&array))
        status = rml_fail(&err, RML_ENOMEM, "%s: no memory", folder);
    if (status != RML_OK) rml_complain("status", &err);
    return status == RML_OK ? RML_EXIT_REQUEUE : RML_EXIT_CANNOT; /* merged, it has a journal of its own */
}

static int tell_run(const char *folder, bool json)
{
    rml_standing s = {0};
    rml_error err = {0};
    rml_status status = rml_standing_look(folder, &s, &err);

    if (status == RML_OK && !json) print_standing(&s);
    if (status == RML_OK && json && !print_json(&s)) status = rml_fail(&err, RML_ENOMEM, "%s: no memory", folder);
    if (status != RML_OK) rml_complain("status", &err);
    free(s.output);
    return status == RML_OK ? exit_status_of(&s) : RML_EXIT_CANNOT;
}

/* Each outcome of a sweep of several; which of them there are to be, their journals do not say. */
static int tell_outcomes(const char *name, char *const *folder, int n, bool json)
{
    int exit_status = RML_EXIT_DONE;
    char *written = NULL;

    for (int o = 0; o < n; ++o) {
        const int one = tell_run(folder[o], json);

        if (one > exit_status) exit_status = one;
    }
    if (asprintf(&written, "%s/outcomes.csv", name) < 0) return RML_EXIT_CANNOT;
    if (access(written, F_OK) != 0) {
        if (!json)
            printf("%s is not there: where these are outcomes of one sweep, it has not come to its end\n", written);
        if (exit_status < RML_EXIT_REQUEUE) exit_status = RML_EXIT_REQUEUE;
    }
    free(written);
    return exit_status;
}

static int tell(const char *name, bool json)
{
    char *folder = rml_standing_folder(name), **outcome = NULL;
    const int n = folder ? 0 : rml_standing_outcomes(name, &outcome);
    rml_error err = {0};
    bool has_journal;
    int exit_status;

    if (folder && rml_has_journal(folder, &has_journal, &err) != RML_OK) {
        rml_complain("status", &err);
        exit_status = RML_EXIT_CANNOT;
    } else if (folder)
        exit_status = has_journal ? tell_run(folder, json) : tell_array(folder, json);
    else if (n > 0)
        exit_status = tell_outcomes(name, outcome, n, json);
    else {
        rml_fail(&err, RML_EMISSING,
                 "%s: no run has begun there: none of %s/journal, %s.run/journal, %s/run/journal and "
                 "%s/OUTCOME/run/journal is there, nor shares of a job array",
                 name, name, name, name, name);
        rml_complain("status", &err);
        exit_status = RML_EXIT_CANNOT;
    }
    for (int o = 0; o < n; ++o) free(outcome[o]);
    free(outcome);
    free(folder);
    return exit_status;
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
    /* 75 is an answer here, which a full disk may have cut short; of a run that stops it stays 75 even then. */
    if (exit_status == RML_EXIT_REQUEUE && rml_stdout_end(RML_EXIT_DONE) != RML_EXIT_DONE) return RML_EXIT_CANNOT;
    return exit_status;
}
