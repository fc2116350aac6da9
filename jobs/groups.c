/* radmill groups: who the groups of a study's patients are, and in what they differ.
 *
 * 1. Options
 * 2. The folder
 * 3. The verb */
#include "jobs/groups.h"

#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/share.h"
#include "io/file.h"
#include "jobs/inputs.h"
#include "jobs/options.h"
#include "jobs/verbs.h"

/* 1. Options ------------------------------------------------------------------------------------------------------- */

enum { FRESH_KEY = 0x100, STUDY_LIMIT = 16 << 20 };

typedef struct rml_grouping {
    rml_groups groups;
    const char *study_path, *out;
    bool fresh, quiet;
    char *text;     /* the study file */
    bool described; /* what fails is no mistake of the study's */
} rml_grouping;

static const struct argp_option option_list[] = {{"out", 'o', "DIR", 0, "Folder to write to (required)", 1},
                                                 {"fresh", FRESH_KEY, NULL, 0, "Replace what is in DIR", 3},
                                                 {"quiet", 'q', NULL, 0, "No summary", 3},
                                                 {0}};

static const char doc[] =
    "In what groups of patients differ: a \"Table 1\" by any column, and correlations of a score with everything else."
    "\v"
    "STUDY.yaml names a table of features, a clinical file if there is one, and what is asked:\n\n"
    "  table: features.h5ad\n"
    "  clinical: {file: clinical.csv, by: id}\n"
    "  patient: ID\n"
    "  features: {match: [\"original_*\"]}\n"
    "  groups:\n"
    "    by: [response, centre]      columns whose values are groups (2 to 12)\n"
    "    describe: [age, sex, stage, original_shape_MeshVolume]   columns and features that are told of each group\n"
    "    numbers: wilcoxon           or t, welch: the test of a number in two groups\n"
    "    categories: auto            or chisq, fisher; auto: Fisher where a count below 5 is expected\n"
    "    correlate: [score]          numbers that every feature and described column is correlated with\n\n"
    "A described column of texts, or of up to 6 different numbers, is a category; features and columns of more numbers "
    "are numbers. A number in more than two groups has the Kruskal-Wallis test. The standardised difference (SMD) is "
    "of "
    "means over the root of the mean variance, of categories Yang and Dalton's; of several groups the mean over their "
    "pairs; infinite where neither group has spread. Patients without a group, or without a value of the described "
    "column, do not count for it and are counted.\n\n"
    "DIR gets table1.csv (n, mean, SD, quartiles, or counts, of every column in every group), table1_tests.csv (the "
    "test named, and all others beside it: Wilcoxon, t, Welch, Kruskal-Wallis, chi-square with and without Yates' "
    "correction, Fisher) and correlations.csv (Pearson with limits, Spearman, Kendall, each with its p and Benjamini "
    "and Hochberg's over all that one column is correlated with). Numbers are R's (wilcox.test, t.test, kruskal.test, "
    "chisq.test, fisher.test, cor.test, p.adjust).\n\n"
    "The test is named in the study, before its p is seen: to pick the lowest of several is no test. p of Table 1 are "
    "not corrected for their number.\n\n"
    "Example: radmill groups study.yaml --out groups\n\n"
    "Exit status: 0 done, 2 a study or table that does not fit, 3 could not go on.";

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    rml_grouping *x = state->input;

    switch (key) {
    case 'o': x->out = argument; return 0;
    case FRESH_KEY: x->fresh = true; return 0;
    case 'q': x->quiet = true; return 0;
    case ARGP_KEY_ARG:
        if (x->study_path) return rml_options_refuse(state, "one STUDY.yaml was expected, not %s as well", argument);
        x->study_path = argument;
        return 0;
    case ARGP_KEY_END:
        if (!x->study_path) return rml_options_refuse(state, "STUDY.yaml is missing");
        if (!x->out) return rml_options_refuse(state, "--out DIR is missing");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* 2. The folder ---------------------------------------------------------------------------------------------------- */

/* No table is there yet unless --fresh may replace it; and none is a file of the study. */
static rml_status check_folder(const rml_grouping *x, rml_error *err)
{
    rml_status status = RML_OK;

    for (int t = 0; status == RML_OK && t < RML_GROUPS_TABLES; ++t) {
        struct stat info;
        char *path = NULL;

        status = rml_inputs_spare_study("--out", x->out, rml_groups_tables[t], &x->groups.study, err);
        if (status != RML_OK || x->fresh) continue;
        if (asprintf(&path, "%s/%s", x->out, rml_groups_tables[t]) < 0)
            return rml_fail(err, RML_ENOMEM, "no memory for a path");
        if (lstat(path, &info) == 0)
            status =
                rml_fail(err, RML_EEXISTS,
                         "--out %s: %s is already there; another folder was expected, or --fresh, which replaces it",
                         x->out, path);
        free(path);
    }
    if (status == RML_OK && mkdir(x->out, 0777) != 0 && access(x->out, F_OK) != 0)
        status = rml_fail(err, RML_EIO, "--out %s: the folder cannot be made", x->out);
    return status;
}

/* 3. The verb ------------------------------------------------------------------------------------------------------ */

static rml_status run(rml_grouping *x, rml_error *err)
{
    rml_groups *g = &x->groups;
    size_t n_bytes = 0;
    rml_status status = rml_file_read(x->study_path, STUDY_LIMIT, &x->text, &n_bytes, err);

    if (status == RML_OK) status = rml_study_parse_groups(x->text, n_bytes, x->study_path, &g->study, err);
    if (status == RML_OK) status = rml_groups_read(g, err);
    if (status == RML_OK) status = check_folder(x, err);
    if (status != RML_OK) return status;
    x->described = true;
    status = rml_groups_table1(g, err);
    if (status == RML_OK) status = rml_groups_correlate(g, err);
    if (status == RML_OK) status = rml_groups_write(g, x->out, err);
    if (status == RML_OK && !x->quiet) rml_groups_print(g, x->out);
    return status;
}

int rml_verb_groups(int argc, char **argv)
{
    static const struct argp argp = {option_list, parse_option, "STUDY.yaml", doc, NULL, NULL, NULL};
    rml_grouping x = {0};
    rml_error err = {0};
    int rank, n_ranks, exit_status = rml_options_parse(&argp, argc, argv, &x);
    rml_status status = RML_OK;

    if (exit_status >= 0) return exit_status;
    exit_status = RML_EXIT_DONE;
    rml_ranks_begin(&rank, &n_ranks);
    if (rank == 0) status = run(&x, &err);
    status = rml_agree(MPI_COMM_WORLD, status, &err);
    if (rank == 0 && status != RML_OK) {
        rml_complain("groups", &err);
        exit_status =
            x.described || status == RML_ENOMEM || status == RML_EEXISTS ? rml_exit_status(status) : RML_EXIT_USAGE;
    }
    rml_groups_free(&x.groups);
    free(x.text);
    return rml_ranks_end(exit_status);
}
