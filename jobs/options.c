#include "jobs/options.h"

#include <errno.h>
#include <math.h>
#include <mpi.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/farm.h"
#include "jobs/nearest.h"
#include "jobs/study.h"
#include "jobs/verbs.h"

/* argp leaves the process for --help, or goes on as if nothing had been asked; neither suits a verb that must return a
 * status. So help is an option of ours, and misuse is told apart from success through this. */
enum { HELP_KEY = '?', USAGE_KEY = 0x100, MAX_OPTIONS = 64 };

typedef struct rml_parse {
    const struct argp *verb;
    void *input;
    FILE *said; /* argp's own complaints, NULL: to nobody */
    bool helped, refused;
} rml_parse;

/* This process's rank as its launcher tells it; NULL when it was started without one. */
static const char *launched_rank(void)
{
    static const char *const variables[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"};

    for (size_t v = 0; v < sizeof variables / sizeof *variables; ++v) {
        const char *rank = getenv(variables[v]);
        if (rank && *rank) return rank;
    }
    return NULL;
}

bool rml_first_rank(void)
{
    const char *rank = launched_rank();

    return !rank || strcmp(rank, "0") == 0;
}

error_t rml_options_refuse(struct argp_state *state, const char *format, ...)
{
    va_list arguments;

    if (rml_first_rank()) {
        fprintf(stderr, "%s: ", state->name);
        va_start(arguments, format);
        vfprintf(stderr, format, arguments);
        va_end(arguments);
        fprintf(stderr, "\nSee `%s --help`.\n", state->name);
    }
    return EINVAL;
}

error_t rml_options_condition(rml_condition **conditions, int32_t *n, char *argument, struct argp_state *state)
{
    char *mark = strchr(argument, '=');
    rml_condition *grown;

    if (!mark || mark == argument) return rml_options_refuse(state, "--rows %s: COLUMN=VALUE was expected", argument);
    grown = realloc(*conditions, ((size_t)*n + 1) * sizeof *grown);
    if (!grown) return rml_options_refuse(state, "no memory");
    *mark = '\0';
    *conditions = grown;
    grown[(*n)++] = (rml_condition){argument, mark + 1};
    return 0;
}

error_t rml_options_memory(const char *argument, int64_t *bytes, struct argp_state *state)
{
    if (rml_options_bytes(argument, bytes)) return 0;
    return rml_options_refuse(state, "--memory %s; a size such as 8G or 512M was expected", argument);
}

static int64_t failed_status = RML_EXIT_FAILED_CASES;

error_t rml_options_failed_status(const char *argument, struct argp_state *state)
{
    if (rml_options_integer(argument, 1, 125, &failed_status) && failed_status != RML_EXIT_USAGE &&
        failed_status != RML_EXIT_CANNOT && failed_status != RML_EXIT_REQUEUE)
        return 0;
    return rml_options_refuse(
        state,
        "--failed-status %s; 1, or an exit status up to 125 that says nothing else (2, 3 and 75 do) "
        "was expected",
        argument);
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    rml_parse *parse = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = parse->input;
        state->err_stream = parse->said;
        return 0;
    case HELP_KEY:
    case USAGE_KEY:
        parse->helped = true;
        if (rml_first_rank())
            argp_state_help(state, stdout,
                            key == USAGE_KEY
                                ? ARGP_HELP_USAGE
                                : ARGP_HELP_USAGE | ARGP_HELP_PRE_DOC | ARGP_HELP_LONG | ARGP_HELP_POST_DOC);
        return ECANCELED;
    case ARGP_KEY_ERROR: parse->refused = true; return 0;
    default: (void)argument; return ARGP_ERR_UNKNOWN;
    }
}

/* getopt says which word it does not know, but not which one was meant: so look before it does. */
static bool long_options_known(const struct argp *verb, int argc, char **argv)
{
    const char *names[MAX_OPTIONS];
    int32_t n = 0;

    for (const struct argp_option *o = verb->options; o && (o->name || o->key || o->doc || o->group); ++o)
        if (o->name && n < MAX_OPTIONS - 2) names[n++] = o->name;
    names[n++] = "help";
    names[n++] = "usage";
    for (int a = 1; a < argc && strcmp(argv[a], "--") != 0; ++a) {
        const size_t length = strcspn(argv[a], "=") - 2;
        int32_t n_matches = 0;
        const char *near;
        char word[128];

        if (strncmp(argv[a], "--", 2) != 0) continue;
        for (int32_t i = 0; i < n; ++i) n_matches += strncmp(argv[a] + 2, names[i], length) == 0;
        if (n_matches > 0) continue;
        snprintf(word, sizeof word, "%.*s", (int)length, argv[a] + 2);
        near = rml_nearest(word, names, n);
        if (!rml_first_rank()) return false;
        fprintf(stderr, "%s: unknown option --%s", argv[0], word);
        if (near) fprintf(stderr, "; did you mean --%s?", near);
        fprintf(stderr, "\nSee `%s --help`.\n", argv[0]);
        return false;
    }
    return true;
}

/* What argp said for itself, but for where to read on, which it says in its own way. */
static void repeat_complaint(const char *name, const char *said)
{
    const char *end = strstr(said, "Try `");

    if (!said[0] || !rml_first_rank()) return;
    fprintf(stderr, "%.*sSee `%s --help`.\n", (int)(end ? end - said : (ptrdiff_t)strlen(said)), said, name);
}

int rml_options_parse(const struct argp *argp, int argc, char **argv, void *input)
{
    static const struct argp_option help[] = {
        {"help", HELP_KEY, NULL, 0, "Show this help", -1},
        {"usage", USAGE_KEY, NULL, OPTION_HIDDEN, NULL, -1},
        {0},
    };
    const struct argp_child children[] = {{argp, 0, NULL, 0}, {0}};
    const struct argp outer = {help, parse_option, NULL, NULL, children, NULL, NULL}; /* argp joins the child's texts */
    rml_parse parse = {.verb = argp, .input = input};
    FILE *terminal = stderr;
    char *said = NULL;
    size_t n_said;
    error_t refused;

    if (!long_options_known(argp, argc, argv)) return RML_EXIT_USAGE;
    if (!rml_first_rank()) stderr = fopen("/dev/null", "w"); /* getopt's own complaints, once and not once a rank */
    parse.said = open_memstream(&said, &n_said);
    refused = argp_parse(&outer, argc, argv, ARGP_NO_EXIT | ARGP_NO_HELP, NULL, &parse);
    if (stderr != terminal) {
        if (stderr) fclose(stderr);
        stderr = terminal;
    }
    if (parse.said) fclose(parse.said);
    if (parse.said && said) repeat_complaint(argv[0], said);
    free(said);
    if (parse.helped) return RML_EXIT_DONE;
    return refused || parse.refused ? RML_EXIT_USAGE : -1;
}

bool rml_options_number(const char *text, double least, double most, double *value)
{
    char *end;

    if (!text || !*text) return false;
    *value = strtod(text, &end); /* the program never leaves the C locale */
    return *end == '\0' && *value >= least && *value <= most;
}

bool rml_options_integer(const char *text, int64_t least, int64_t most, int64_t *value)
{
    char *end;
    long long parsed;

    if (!text || !*text) return false;
    errno = 0;
    parsed = strtoll(text, &end, 10);
    if (errno || *end || parsed < least || parsed > most) return false;
    *value = parsed;
    return true;
}

bool rml_options_bytes(const char *text, int64_t *bytes)
{
    static const char units[] = "KMGT";
    char *end;
    double value;
    int shift = 0;

    if (!text || !*text) return false;
    value = strtod(text, &end);
    if (*end) {
        const char *unit = strchr(units, *end & ~0x20);

        if (!unit) return false;
        shift = 10 * (int)(unit - units + 1);
        ++end;
        if (*end == 'i') ++end;
        if (*end == 'B') ++end;
    }
    value = ldexp(value, shift);
    if (*end || !(value >= 1.0 && value < 0x1p62)) return false;
    *bytes = (int64_t)value;
    return true;
}

void rml_ranks_begin(int *rank, int *size)
{
    int provided;

    /* Alone, Open MPI 4 would look for networks and start a daemon to be served by: a third of a second, a second
     * process, and the only place where a run without a launcher has been seen to die. What a person has set stays. */
    if (!launched_rank()) {
        setenv("OMPI_MCA_ess_singleton_isolated", "1", 0);
        setenv("OMPI_MCA_pml", "ob1", 0);
        setenv("OMPI_MCA_btl", "self", 0);
    }
    MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
    if (provided < MPI_THREAD_FUNNELED) {
        fputs("radmill: this MPI offers no threads (MPI_THREAD_FUNNELED)\n", stderr);
        MPI_Abort(MPI_COMM_WORLD, RML_EXIT_CANNOT);
    }
    MPI_Comm_rank(MPI_COMM_WORLD, rank);
    MPI_Comm_size(MPI_COMM_WORLD, size);
}

int rml_stdout_end(int exit_status)
{
    int why;

    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout)) return exit_status;
    why = errno;
    clearerr(stdout); /* said once, also where it is asked again */
    if (exit_status != RML_EXIT_DONE && exit_status != RML_EXIT_FAILED_CASES) return exit_status;
    fprintf(stderr, "radmill: the standard output cannot be written%s%s\n", why ? ": " : "", why ? strerror(why) : "");
    return RML_EXIT_CANNOT;
}

int rml_ranks_end(int exit_status)
{
    exit_status = rml_stdout_end(exit_status);
    if (exit_status == RML_EXIT_FAILED_CASES) exit_status = (int)failed_status;
    if (launched_rank()) {
        /* Rank 0 writes the tables now: nobody spins meanwhile. */
        rml_bcast_quietly(&exit_status, 1, MPI_INT, MPI_COMM_WORLD);
        MPI_Finalize();
        if (!rml_farm_gave_up()) return exit_status;
    }
    /* Alone, there is no one to take leave of, and Open MPI 4.1 has been seen to crash while it unloads its plugins
     * there, which would turn a finished run's status into a signal. And a thread that was given up on may be using
     * what the caller and the libraries free on their way out. */
    fflush(NULL);
    _exit(exit_status);
}

void rml_complain(const char *verb, const rml_error *err)
{
    if (rml_first_rank()) fprintf(stderr, "radmill %s: %s\n", verb, err->text);
}

int rml_exit_status(rml_status status)
{
    switch (status) {
    case RML_OK: return RML_EXIT_DONE;
    case RML_EINVAL:
    case RML_ESETTING:
    case RML_EDUPLICATE: return RML_EXIT_USAGE;
    case RML_ESTOPPED: return RML_EXIT_REQUEUE;
    default: return RML_EXIT_CANNOT;
    }
}
