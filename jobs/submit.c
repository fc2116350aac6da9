/* radmill submit: the batch jobs of a cohort or study, their memory and time by what check foretells.
 *
 * 1. Options
 * 2. Writing and showing
 * 3. Submitting
 * 4. The verb */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/file.h"
#include "jobs/cohort.h"
#include "jobs/options.h"
#include "jobs/submit_plan.h"
#include "jobs/verbs.h"

extern char **environ;

/* 1. Options ------------------------------------------------------------------------------------------------------- */

enum {
    CSV_KEY = 0x100,
    COHORT_KEY,
    MEMORY_KEY,
    TIME_KEY,
    SWEEP_TIME_KEY,
    PARTITION_KEY,
    ACCOUNT_KEY,
    MODULE_KEY,
    LAUNCH_KEY,
    SCRIPTS_KEY,
    GO_KEY
};

static const struct argp_option known_options[] = {
    {"out", 'o', "FILE|FOLDER", 0, "Of a cohort the features, of a study the folder of its results (required)", 1},
    {"cohort", COHORT_KEY, "COHORT.csv", 0, "Of a study: first the features of this cohort, into the study's table", 1},
    {"params", 'p', "FILE", 0, "PyRadiomics parameter file, as for extract", 1},
    {"csv", CSV_KEY, "FILE", 0, "The features as CSV, too", 1},
    {"label", 'l', "N|all", 0, "Label for every row, as for extract", 1},
    {"ranks", 'n', "N", 0, "Ranks of each job; default: so many that the features take half an hour, at most 64", 2},
    {"mem-per-rank", MEMORY_KEY, "SIZE", 0,
     "Memory of a rank, such as 4G; a number alone is MiB, as SLURM has it; default: as foretold, and a margin", 2},
    {"time", TIME_KEY, "LIMIT", 0, "Time limit of the features' job: minutes, HH:MM:SS or D-HH:MM:SS", 2},
    {"sweep-time", SWEEP_TIME_KEY, "LIMIT", 0, "Time limit of the sweep's job; default 08:00:00", 2},
    {"partition", PARTITION_KEY, "NAME", 0, "SLURM's partition; default: the site's", 3},
    {"account", ACCOUNT_KEY, "NAME", 0, "SLURM's account; default: yours", 3},
    {"module", MODULE_KEY, "NAME", 0, "Module to load, such as radmill/0.1.0; default: this program by its path", 3},
    {"launch", LAUNCH_KEY, "COMMAND", 0,
     "What starts the ranks, such as 'mpirun -q'; default: srun --mpi=pmix --kill-on-bad-exit=1", 3},
    {"scripts", SCRIPTS_KEY, "FOLDER", 0, "Where the scripts are written; default: here", 4},
    {"go", GO_KEY, NULL, 0, "Submit them, each to wait for the one before", 4},
    {0},
};

static const char doc[] =
    "Writes batch scripts for SLURM: features of a cohort, the sweep of a study, or one behind the other; with --go it "
    "submits them."
    "\v"
    "With COHORT.csv the script extracts its features into --out FILE.h5ad. With STUDY.yaml it runs the study's sweep "
    "into --out FOLDER; with --cohort, behind the extraction of the study's table. Memory and time are reckoned by "
    "what "
    "`radmill check` foretells, with margins that are printed beside the scripts: a quarter more memory, three times "
    "the "
    "time. A sweep's memory is reckoned by its table (one that is not there yet: by the cohort's ROIs and the "
    "parameters' features), its time is not.\n\n"
    "The scripts are those of slurm/ (docs/slurm.md) with their first lines filled in: SIGUSR1 120 s before the limit, "
    "queued again after that and nothing else, within 90 s; radmill-extract.sbatch and radmill-sweep.sbatch stand "
    "alone and run where this command was called. A file of that name that submit has not written is not replaced.\n\n"
    "Examples:\n"
    "  radmill submit cohort.csv --params mr.yaml --out features.h5ad\n"
    "  radmill submit study.yaml --cohort cohort.csv --params mr.yaml --out sweep --partition batch --go\n\n"
    "Exit status: 0 written, and submitted where asked, 2 wrong cohort, parameter file or study, 3 could not go on, "
    "such "
    "as no sbatch for --go.";

enum { DAY = 1440, MOST_MINUTES = 365 * DAY };

/* A number at *at, of at most `most`, and the character that must stand behind it; both are passed over. */
static bool take_number(const char **at, long most, char behind, int64_t *number)
{
    char *end;

    if (!isdigit((unsigned char)**at)) return false;
    *number = strtol(*at, &end, 10);
    if (*number > most || *end != behind) return false;
    *at = end + (behind != '\0');
    return true;
}

/* Minutes, HH:MM:SS or D-HH:MM:SS; seconds count as a minute begun. */
static bool parse_limit(const char *text, int64_t *minutes)
{
    const char *at = text;
    int64_t days = 0, hours, minute, seconds;

    if (!strchr(text, ':')) return rml_options_integer(text, RML_LEAST_MINUTES, MOST_MINUTES, minutes);
    if (strchr(text, '-') && !take_number(&at, MOST_MINUTES / DAY, '-', &days)) return false;
    if (!take_number(&at, 9999, ':', &hours) || !take_number(&at, 59, ':', &minute) ||
        !take_number(&at, 59, '\0', &seconds))
        return false;
    *minutes = days * DAY + hours * 60 + minute + (seconds > 0);
    return *minutes >= RML_LEAST_MINUTES && *minutes <= MOST_MINUTES;
}

/* A number without a unit is what sbatch would take it for. */
static bool parse_memory(const char *text, int64_t *bytes)
{
    static const int64_t least = INT64_C(32) << 20, most = INT64_C(16) << 40;

    if (text[0] && text[strspn(text, "0123456789")] == '\0') {
        if (!rml_options_integer(text, least >> 20, most >> 20, bytes)) return false;
        *bytes <<= 20;
        return true;
    }
    return rml_options_bytes(text, bytes) && *bytes >= least && *bytes <= most;
}

static error_t refuse_word(struct argp_state *state, const char *option, const char *word)
{
    return rml_options_refuse(state, "%s %s: a word of letters, digits and _ - . , : / = @ %% + was expected", option,
                              word);
}

static error_t refuse_limit(struct argp_state *state, const char *option, const char *word)
{
    return rml_options_refuse(state, "%s %s: minutes (%d to %d), HH:MM:SS or D-HH:MM:SS were expected", option, word,
                              RML_LEAST_MINUTES, MOST_MINUTES);
}

static error_t judge(rml_submit_options *o, struct argp_state *state)
{
    if (!o->input) return rml_options_refuse(state, "what? A cohort (CSV) or a study (YAML) was expected");
    o->is_study = rml_submit_ends_with(o->input, ".yaml") || rml_submit_ends_with(o->input, ".yml");
    if (!o->out || !*o->out)
        return rml_options_refuse(state, "--out %s is missing", o->is_study ? "FOLDER" : "FILE.h5ad");
    if (!o->is_study && o->cohort)
        return rml_options_refuse(state, "--cohort goes with a study; %s is the cohort itself", o->input);
    if (o->is_study && !o->cohort && (o->params || o->csv || o->label))
        return rml_options_refuse(state, "--params, --csv and --label are for features: of which --cohort?");
    if (!o->is_study && o->sweep_minutes) return rml_options_refuse(state, "--sweep-time goes with a study");
    return 0;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    rml_submit_options *o = state->input;

    switch (key) {
    case 'o': o->out = argument; return 0;
    case COHORT_KEY: o->cohort = argument; return 0;
    case 'p': o->params = argument; return 0;
    case CSV_KEY: o->csv = argument; return 0;
    case 'l': o->label = argument; return 0;
    case 'n':
        if (!rml_options_integer(argument, 1, 1000000, &o->ranks))
            return rml_options_refuse(state, "--ranks %s; a number from 1 to 1000000 was expected", argument);
        return 0;
    case MEMORY_KEY:
        return parse_memory(argument, &o->memory)
                   ? 0
                   : rml_options_refuse(
                         state,
                         "--mem-per-rank %s; a size from 32M to 16T such as 4G was expected, or as SLURM "
                         "has it a number of MiB",
                         argument);
    case TIME_KEY: return parse_limit(argument, &o->minutes) ? 0 : refuse_limit(state, "--time", argument);
    case SWEEP_TIME_KEY:
        return parse_limit(argument, &o->sweep_minutes) ? 0 : refuse_limit(state, "--sweep-time", argument);
    case PARTITION_KEY:
        o->partition = argument;
        return rml_script_is_word(argument) ? 0 : refuse_word(state, "--partition", argument);
    case ACCOUNT_KEY:
        o->account = argument;
        return rml_script_is_word(argument) ? 0 : refuse_word(state, "--account", argument);
    case MODULE_KEY:
        o->modules = argument;
        return rml_script_is_word(argument) ? 0 : refuse_word(state, "--module", argument);
    case LAUNCH_KEY: o->launch = argument; return 0;
    case SCRIPTS_KEY: o->scripts = argument; return 0;
    case GO_KEY: o->go = true; return 0;
    case ARGP_KEY_ARG:
        if (o->input) return rml_options_refuse(state, "one cohort or study was expected, but %s follows", argument);
        o->input = argument;
        return 0;
    case ARGP_KEY_END: return judge(o, state);
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* 2. Writing and showing ------------------------------------------------------------------------------------------- */

static bool may_replace(const char *path)
{
    char line[256] = "";
    FILE *file = fopen(path, "re");
    bool ours;

    if (!file) return errno == ENOENT;
    ours = fgets(line, sizeof line, file) && fgets(line, sizeof line, file) &&
           strncmp(line, rml_script_mark, strlen(rml_script_mark)) == 0;
    fclose(file);
    return ours;
}

static rml_status write_script(const rml_submit_options *o, rml_submit_job *j, rml_error *err)
{
    rml_file_writer writer;
    rml_status status;

    if (asprintf(&j->path, "%s/%s", o->scripts ? o->scripts : ".", j->file) < 0) {
        j->path = NULL;
        return rml_fail(err, RML_ENOMEM, "no memory for a path");
    }
    if (!may_replace(j->path))
        return rml_fail(err, RML_EEXISTS,
                        "%s is there and not written by submit; rename it, or name another folder by --scripts",
                        j->path);
    status = rml_file_create(j->path, &writer, err);
    if (status != RML_OK) return status;
    rml_script_print(&j->script, false, writer.stream);
    return rml_file_commit(&writer, err);
}

static void show(const rml_submit_job *j)
{
    printf("%s  script   %s\n\n", j->why, j->path);
    rml_script_print(&j->script, true, stdout);
    printf("\n");
}

/* 3. Submitting ---------------------------------------------------------------------------------------------------- */

static bool is_on_path(const char *program)
{
    const char *at = getenv("PATH");

    for (; at && *at; at += strcspn(at, ":"), at += *at == ':') {
        char path[4096];
        const int n = (int)strcspn(at, ":");

        snprintf(path, sizeof path, "%.*s%s%s", n, at, n > 0 ? "/" : "", program);
        if (access(path, X_OK) == 0) return true;
    }
    return false;
}

/* What sbatch answers: "4711", on a federation "4711;cluster"; other lines may come before it. */
static long long read_number(FILE *answer)
{
    char line[256];
    long long number = 0;

    while (fgets(line, sizeof line, answer)) {
        char *end;
        const long long said = strtoll(line, &end, 10);

        if (end > line && said > 0 && (*end == '\n' || *end == ';' || *end == '\0')) number = said;
    }
    return number;
}

/* after: 0, or the job that must end well first. Without the last option a job whose turn never comes waits for ever.
 */
static rml_status submit(rml_submit_job *j, long long after, rml_error *err)
{
    char dependency[64];
    char *arguments[6] = {(char *)(uintptr_t) "sbatch", (char *)(uintptr_t) "--parsable"};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t piped;
    int ends[2], n = 2, code = 0, refused;
    FILE *answer;
    pid_t child;

    if (after > 0) {
        snprintf(dependency, sizeof dependency, "--dependency=afterok:%lld", after);
        arguments[n++] = dependency;
        arguments[n++] = (char *)(uintptr_t) "--kill-on-invalid-dep=yes";
    }
    arguments[n] = j->path;
    if (pipe2(ends, O_CLOEXEC) != 0) return rml_fail(err, RML_EIO, "sbatch: no pipe: %s", strerror(errno));
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawnattr_init(&attributes);
    sigemptyset(&piped);
    sigaddset(&piped, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes, &piped);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    refused = posix_spawnp(&child, "sbatch", &actions, &attributes, arguments, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    answer = refused ? NULL : fdopen(ends[0], "r");
    if (!answer) {
        close(ends[0]);
        return rml_fail(err, RML_EIO, "sbatch: cannot be started: %s", strerror(refused ? refused : errno));
    }
    j->number = read_number(answer);
    fclose(answer);
    while (waitpid(child, &code, 0) < 0 && errno == EINTR) continue;
    if (!WIFEXITED(code) || WEXITSTATUS(code) != 0)
        return rml_fail(err, RML_EIO, "sbatch %s ended with %d: what it said stands above; nothing of it is submitted",
                        j->path, WIFEXITED(code) ? WEXITSTATUS(code) : 128 + WTERMSIG(code));
    if (j->number == 0) return rml_fail(err, RML_EIO, "sbatch %s named no job", j->path);
    return RML_OK;
}

static rml_status submit_chain(rml_submit_chain *chain, rml_error *err)
{
    long long before = 0;

    signal(SIGPIPE, SIG_IGN); /* who reads the answer may stop; half a chain would be worse than what he misses */
    fflush(stdout);
    for (int j = 0; j < chain->n; ++j) {
        rml_submit_job *job = &chain->job[j];
        const rml_status status = submit(job, before, err);

        if (status != RML_OK) return status;
        printf("job %lld: %s", job->number, job->name);
        if (before > 0) printf(", after %lld", before);
        printf("\n");
        fflush(stdout);
        before = job->number;
    }
    return RML_OK;
}

/* 4. The verb ------------------------------------------------------------------------------------------------------ */

/* described: out, whether what fails is no mistake of what the person named. */
static rml_status run(const rml_submit_options *o, bool *described, rml_faults *faults, rml_error *err)
{
    char program[4096] = "";
    rml_submit_chain chain = {0};
    const ssize_t n_program = readlink("/proc/self/exe", program, sizeof program - 1);
    rml_status status = RML_OK;

    *described = true;
    if (!o->modules && (n_program <= 0 || n_program >= (ssize_t)sizeof program - 1))
        status = rml_fail(err, RML_EIO, "this program's path cannot be read; name a --module");
    else if (o->go && !is_on_path("sbatch"))
        status = rml_fail(err, RML_EMISSING,
                          "--go: there is no sbatch here; run this where SLURM is, or take the scripts there without "
                          "--go");
    if (status != RML_OK) return status;
    status = rml_submit_plan(o, program, &chain, faults, err);
    *described = status == RML_OK;
    for (int j = 0; j < chain.n && status == RML_OK; ++j) status = write_script(o, &chain.job[j], err);
    for (int j = 0; j < chain.n && status == RML_OK; ++j) show(&chain.job[j]);
    if (status == RML_OK && o->go) status = submit_chain(&chain, err);
    if (status == RML_OK && !o->go) printf("Nothing is submitted: the same with --go does.\n");
    rml_submit_free(&chain);
    return status;
}

int rml_verb_submit(int argc, char **argv)
{
    static const struct argp argp = {known_options, parse, "COHORT.csv|STUDY.yaml", doc, NULL, NULL, NULL};
    rml_submit_options chosen = {0};
    rml_faults faults = {0};
    rml_error err = {0};
    bool described;
    rml_status status;
    int exit_status = rml_options_parse(&argp, argc, argv, &chosen);

    if (exit_status >= 0) return exit_status;
    status = run(&chosen, &described, &faults, &err);
    if (status != RML_OK) rml_cohort_complain("submit", &faults, &err);
    rml_faults_free(&faults);
    return described || status == RML_ENOMEM ? rml_exit_status(status) : RML_EXIT_USAGE;
}
