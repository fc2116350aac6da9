/* radmill groups: who the groups of a study's patients are, and in what they differ.
 *
 * 1. Options
 * 2. The journal
 * 3. The verb */
#include "jobs/groups.h"

#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/share.h"
#include "engine/stop.h"
#include "jobs/options.h"
#include "jobs/results.h"
#include "jobs/verbs.h"
#include "jobs/version.h"

/* 1. Options ------------------------------------------------------------------------------------------------------- */

enum { FRESH_KEY = 0x100, RESUME_KEY };

typedef struct rml_grouping {
    rml_groups groups; /* of rank 0 */
    rml_shared shared; /* what resamples are clustered from */
    const char *study_path, *out;
    bool resume, fresh;
    rml_farm_options farm;
    char *folder; /* OUT/run */
    char *text;   /* the study file */
    rml_journal *journal;
    bool described; /* what fails is no mistake of the study's */
    bool computing; /* a compute thread may have been left behind with the shared numbers in hand */
} rml_grouping;

static const struct argp_option option_list[] = {
    {"out", 'o', "DIR", 0, "Folder to write to (required)", 1},
    RML_MEMORY_OPTION("Of consensus clustering alone"),
    {"resume", RESUME_KEY, NULL, 0, "Go on from the journal in DIR/run if there is one, start otherwise", 3},
    {"fresh", FRESH_KEY, NULL, 0, "Start anew, and replace what is in DIR", 3},
    {"quiet", 'q', NULL, 0, "No progress and no summary", 3},
    {0}};

static const char doc[] =
    "In what groups of patients differ: a \"Table 1\" by any column, correlations of a score with everything else, and "
    "groups that the features make by themselves."
    "\v"
    "STUDY.yaml names a table of features, a clinical file if there is one, and what is asked:\n\n"
    "  table: features.h5ad\n"
    "  clinical: {file: clinical.csv, by: id}\n"
    "  patient: ID\n"
    "  features: {match: [\"original_*\"]}\n"
    "  groups:\n"
    "    by: [response, centre]    columns whose 2 to 12 values are groups\n"
    "    describe: [age, sex, original_shape_MeshVolume]   what is told of each\n"
    "    numbers: wilcoxon         or t, welch: a number in two groups\n"
    "    categories: auto          Fisher where a count below 5 is expected, else\n"
    "                              chi-square without Yates; or chisq, fisher\n"
    "    correlate: [score]        with every feature and described column\n"
    "    train: {centre: A}        whom the following is fitted to (default: all)\n"
    "    scores: [{name: S, plus: [\"A_*\"], minus: [\"B_*\"]}]\n"
    "    clusters: {k: [2, 3, 4]}  of patients; by: [cluster] describes them\n\n"
    "A described column of texts, or of up to 6 different numbers, is a category; features and columns of more numbers "
    "are numbers. A number in more than two groups has the Kruskal-Wallis test. The standardised difference (SMD) is "
    "of "
    "means over the root of the mean variance, of categories Yang and Dalton's; of several groups the mean over their "
    "pairs; infinite where neither group has spread. Patients without a group, or without a value of the described "
    "column, do not count for it and are counted.\n\n"
    "DIR gets, of what is asked, table1.csv (n, mean, SD, quartiles, or counts, of every column in every group), "
    "table1_tests.csv (the "
    "test named, and all others beside it: Wilcoxon, t, Welch, Kruskal-Wallis, chi-square with and without Yates' "
    "correction, Fisher; Fisher's of 9999 drawn tables, called simulated, where the exact test has too many) and "
    "correlations.csv (Pearson with limits, Spearman, Kendall, each with its p and Benjamini "
    "and Hochberg's over all that one column is correlated with). Numbers are R's (wilcox.test, t.test, kruskal.test, "
    "chisq.test, of 2 x 2 by default with Yates' correction there, fisher.test, cor.test, p.adjust).\n\n"
    "A score is the first principal component of the plus features (scaled, of the training patients, turned so that "
    "it "
    "rises with their sum), less that of the minus features; minus may be left out. Its name can stand under "
    "describe and correlate, and so can \"cluster\" under by and describe.\n\n"
    "Clusters are of training patients, of features standardised by them. method: consensus (default) clusters 1000 "
    "(resamples:) times 80 % of the patients, each by k-means (inner: kmeans, the best of starts: 5) or by average "
    "linkage "
    "of 1 - Pearson's correlation (inner: pearson), then by average linkage of how often two were together; the "
    "resamples "
    "are spread over MPI. method: kmeans is k-means alone, the best of starts: 100. Of several k the one with the "
    "fewest ambiguous pairs (consensus above 0.1 and up to 0.9) among those that are ever together (above 0.1) is "
    "taken, "
    "of equals and of k-means alone that with the largest silhouette, where most pairs are ambiguous for every k the "
    "fewest clusters; but first of all one whose clusters have each "
    "least: training patients (a twentieth, 3 or more). That a number is chosen is no test that there are clusters: a "
    "silhouette up to 0.25 and resamples that do not agree, as of patients without any, are said. seed: 1 is what is "
    "drawn by. Patients outside train are "
    "an independent cohort: each goes to "
    "the "
    "nearest centroid (of pearson: the most correlated one). Who lacks a feature has no cluster. With outcome: {time: "
    "COLUMN, event: COLUMN} each cluster is followed in time, in both parts, from landmark: on if the study has one; "
    "who lacks a time "
    "or is out of observation by the landmark is counted beside each cluster.\n\n"
    "scores.csv, clusters.csv (cluster; the nearest centroid, also of training patients; mean consensus with the own "
    "cluster), cluster_choice.csv, cluster_centroids.csv (with the means and SDs to standardise by), "
    "cluster_survival.csv "
    "(medians, log-rank, pairs) and cluster_curves.csv hold that.\n\n"
    "The test is named in the study, before its p is seen: to pick the lowest of several is no test. p of Table 1 are "
    "not corrected for their number. A p of a feature between clusters that were made of it says nothing, of patients "
    "outside train neither, and a score correlates with what it is made of: the column note marks both as circular, "
    "and "
    "such correlations have no p by Benjamini and Hochberg and do not count in that of others.\n\n"
    "Example: mpirun -q -n 8 radmill groups study.yaml --out groups\n\n"
    "Exit status: 0 done, 2 a study or table that does not fit, 3 could not go on, 75 stopped on SIGUSR1 (the same "
    "command with --resume goes on).";

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    rml_grouping *x = state->input;

    switch (key) {
    case 'o': x->out = argument; return 0;
    case RML_MEMORY_KEY: return rml_options_memory(argument, &x->farm.memory_per_node, state);
    case RESUME_KEY: x->resume = true; return 0;
    case FRESH_KEY: x->fresh = true; return 0;
    case 'q': x->farm.quiet = true; return 0;
    case ARGP_KEY_ARG:
        if (x->study_path) return rml_options_refuse(state, "one STUDY.yaml was expected, not %s as well", argument);
        x->study_path = argument;
        return 0;
    case ARGP_KEY_END:
        if (!x->study_path) return rml_options_refuse(state, "STUDY.yaml is missing");
        if (!x->out) return rml_options_refuse(state, "--out DIR is missing");
        if (x->resume && x->fresh) return rml_options_refuse(state, "--resume and --fresh exclude each other");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* 2. The journal --------------------------------------------------------------------------------------------------- */

/* The journal belongs to the bytes that resamples are clustered from; without consensus nothing is worth keeping, and
 * it only says whose folder this is. */
static rml_status open_journal(rml_grouping *x, const rml_blob *blob, rml_error *err)
{
    rml_checksum *sum = rml_checksum_begin();
    char *identity = NULL;
    rml_status status;
    int n;

    if (!sum) return rml_fail(err, RML_ENOMEM, "no memory for the journal's name");
    rml_checksum_add(sum, blob->bytes, blob->n_bytes);
    n = asprintf(&identity, "program: radmill groups\nversion: %s\ncommit: %s\nclustered: %016llx\n", rml_version(),
                 rml_version_commit(), (unsigned long long)rml_checksum_value(sum));
    rml_checksum_free(sum);
    if (n < 0) return rml_fail(err, RML_ENOMEM, "no memory for the journal's name");
    status = rml_journal_open(x->folder, identity, x->fresh, &x->journal, err);
    free(identity);
    return status;
}

/* 3. The verb ------------------------------------------------------------------------------------------------------ */

/* Rank 0, before the farm: what the study gets wrong is told before any work. */
static rml_status prepare(rml_grouping *x, rml_blob *blob, rml_error *err)
{
    rml_groups *g = &x->groups;
    const char *asked[RML_GROUPS_TABLES];
    size_t n_bytes = 0;
    rml_status status = rml_study_file_read(x->study_path, &x->text, &n_bytes, err);

    if (status == RML_OK) status = rml_study_parse_groups(x->text, n_bytes, x->study_path, &g->study, err);
    if (status == RML_OK) status = rml_groups_read(g, err);
    if (status == RML_OK && g->study.groups.clusters.n_k > 0) status = rml_groups_matrix_make(g, err);
    if (status == RML_OK) status = rml_groups_pack(g, blob, err);
    if (status == RML_OK)
        status = rml_results_begin(x->out, "radmill groups", asked, rml_groups_tables_asked(&g->study, asked),
                                   &g->study, x->resume, x->fresh, &g->is_own, err);
    if (status != RML_OK) return status;
    x->described = true;
    return open_journal(x, blob, err);
}

/* Rank 0, when clusters of resamples are there. */
static rml_status conclude(rml_grouping *x, rml_error *err)
{
    rml_groups *g = &x->groups;
    const rml_clusters_plan *plan = &g->study.groups.clusters;
    rml_status status = RML_OK;

    if (plan->n_k > 0 && plan->method == RML_CLUSTERS_KMEANS) status = rml_groups_kmeans(g, err);
    if (status == RML_OK && plan->n_k > 0) status = rml_groups_assign(g, err);
    if (status == RML_OK) status = rml_groups_table1(g, err);
    if (status == RML_OK) status = rml_groups_correlate(g, err);
    if (status == RML_OK) status = rml_groups_write(g, x->out, err);
    if (status == RML_OK && !x->farm.quiet) rml_groups_print(g, x->out);
    return status;
}

static rml_status run(rml_grouping *x, int rank, rml_error *err)
{
    rml_blob blob = {0};
    rml_farm_report report = {0};
    rml_status status = rml_agree(MPI_COMM_WORLD, rank == 0 ? prepare(x, &blob, err) : RML_OK, err);

    if (status != RML_OK) {
        rml_blob_free(&blob);
        return status;
    }
    status = rml_share_node(MPI_COMM_WORLD, blob.bytes, (int64_t)blob.n_bytes, &x->shared);
    if (status != RML_OK) return rml_fail(err, status, "no memory for the patients to be clustered");
    if (x->shared.n_bytes > 0) {
        status = rml_groups_resample(MPI_COMM_WORLD, &x->groups, &x->shared, x->journal, &x->farm, &report, err);
        x->computing = status != RML_OK;
    }
    if (rank == 0 && status == RML_OK) status = conclude(x, err);
    if (rank == 0 && status == RML_ESTOPPED)
        fprintf(stderr, "radmill groups: stopped on request; the same command with --resume goes on\n");
    rml_farm_report_free(&report);
    rml_journal_close(x->journal);
    x->journal = NULL;
    return rml_agree(MPI_COMM_WORLD, status, err);
}

static int run_ranks(rml_grouping *x)
{
    int rank, n_ranks, exit_status = RML_EXIT_DONE;
    rml_error err = {0};
    rml_status status;

    rml_ranks_begin(&rank, &n_ranks);
    status = run(x, rank, &err);
    if (rank == 0 && status != RML_OK) {
        if (status != RML_ESTOPPED) rml_complain("groups", &err);
        exit_status =
            x->described || status == RML_ENOMEM || status == RML_EEXISTS ? rml_exit_status(status) : RML_EXIT_USAGE;
    }
    if (!x->computing) {
        rml_groups_free(&x->groups);
        rml_share_free(&x->shared);
        free(x->text);
    }
    return rml_ranks_end(exit_status);
}

int rml_verb_groups(int argc, char **argv)
{
    static const struct argp argp = {option_list, parse_option, "STUDY.yaml", doc, NULL, NULL, NULL};
    static rml_grouping x; /* static: a compute thread that was given up on may still read it */
    int exit_status = rml_options_parse(&argp, argc, argv, &x);

    if (exit_status >= 0) return exit_status;
    if (asprintf(&x.folder, "%s/run", x.out) < 0) return RML_EXIT_CANNOT;
    rml_stop_begin();
    exit_status = run_ranks(&x);
    rml_stop_end();
    free(x.folder);
    return exit_status;
}
