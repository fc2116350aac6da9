/* radmill: the command line. Finds the verb and hands over. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/nearest.h"
#include "jobs/options.h"
#include "jobs/terminal.h"
#include "jobs/verbs.h"
#include "jobs/version.h"

typedef struct rml_verb {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary;
} rml_verb;

static const rml_verb verbs[] = {
    {"extract", rml_verb_extract, "features of a cohort of images and masks, into one file"},
    {"merge", rml_verb_merge, "the shares of a job array, joined into the table of one run"},
    {"check", rml_verb_check, "what is wrong with a cohort, before hours are spent on it"},
    {"sweep", rml_verb_sweep, "selections and models, judged by cross-validation that cannot leak"},
    {"survive", rml_verb_survive, "hazard ratios, survival curves and tests of a time to an event"},
    {"groups", rml_verb_groups, "in what groups of patients differ: a \"Table 1\", correlations"},
    {"score", rml_verb_score, "what a model says of new patients"},
    {"validate", rml_verb_validate, "how a model does on patients with a known outcome"},
    {"report", rml_verb_report, "a sweep's results as one page with figures, for a paper"},
    {"icc", rml_verb_icc, "how well readers agree on each feature"},
    {"harmonise", rml_verb_harmonise, "a table with the centres' shifts and spreads taken out (ComBat)"},
    {"select", rml_verb_select, "the features that a study's selection keeps on all patients"},
    {"correlate", rml_verb_correlate, "how all features hang together, and their principal components"},
    {"phantom", rml_verb_phantom, "a synthetic multi-centre cohort with known truth"},
    {"filter", rml_verb_filter, "an image as filters and resampling make it, to look at"},
    {"submit", rml_verb_submit, "batch scripts for SLURM, by what check foretells"},
    {"status", rml_verb_status, "how far a run is, and who is at work"},
    {"simulate", rml_verb_simulate, "how long a run would take on more ranks, and what would hold it up"},
    {"info", rml_verb_info, "what is in a features file, and how it was made"},
};
enum { N_VERBS = sizeof verbs / sizeof *verbs };

static void print_help(FILE *stream)
{
    fprintf(stream, "Usage: radmill VERB [OPTION...]\n"
                    "Radiomic features of large cohorts, exact and over MPI.\n\n");
    for (int v = 0; v < N_VERBS; ++v) fprintf(stream, "  %-10s %s\n", verbs[v].name, verbs[v].summary);
    fprintf(stream, "\n"
                    "  radmill VERB --help     what a verb reads and writes, with an example\n"
                    "  radmill --version       version, build and libraries\n\n"
                    "On one core: radmill extract cohort.csv --out features.h5ad\n"
                    "On eight:    mpirun -q -n 8 radmill extract cohort.csv --out features.h5ad\n\n"
                    "Exit status: 0 done, 1 done with failed cases listed, 2 misuse or a wrong description of the\n"
                    "input, 3 could not go on, 75 stopped on request (the same command with --resume goes on).\n"
                    "To stop mpirun send it SIGUSR1: of SIGTERM and SIGINT it makes 1.\n");
}

static int unknown_verb(const char *word)
{
    const char *names[N_VERBS], *near;

    for (int v = 0; v < N_VERBS; ++v) names[v] = verbs[v].name;
    near = rml_nearest(word, names, N_VERBS);
    if (!rml_first_rank()) return RML_EXIT_USAGE;
    fprintf(stderr, "radmill: %s %s", word[0] == '-' ? "unknown option" : "unknown verb", word);
    if (near) fprintf(stderr, "; did you mean %s?", near);
    fprintf(stderr, "\nSee `radmill --help`.\n");
    return RML_EXIT_USAGE;
}

static int run_verb(const rml_verb *verb, int argc, char **argv)
{
    char name[64];

    snprintf(name, sizeof name, "radmill %s", verb->name);
    argv[0] = name; /* what argp calls the program in its usage and complaints */
    return verb->run(argc, argv);
}

static int run(int argc, char **argv)
{
    if (argc < 2) {
        if (rml_first_rank()) print_help(stderr);
        return RML_EXIT_USAGE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        if (rml_first_rank()) rml_version_print(stdout);
        return RML_EXIT_DONE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        static char help[] = "--help";

        for (int v = 0; argc > 2 && v < N_VERBS; ++v)
            if (strcmp(argv[2], verbs[v].name) == 0) return run_verb(&verbs[v], 2, (char *[]){argv[2], help, NULL});
        if (argc > 2) return unknown_verb(argv[2]);
        if (rml_first_rank()) print_help(stdout);
        return RML_EXIT_DONE;
    }
    for (int v = 0; v < N_VERBS; ++v)
        if (strcmp(argv[1], verbs[v].name) == 0) return run_verb(&verbs[v], argc - 1, argv + 1);
    return unknown_verb(argv[1]);
}

int main(int argc, char **argv)
{
    rml_terminal_guard();
    signal(SIGXFSZ, SIG_IGN); /* a limit of file sizes is then an error of the write, which says so */
    return rml_stdout_end(run(argc, argv));
}
