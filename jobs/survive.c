/* radmill survive: hazard ratios, survival curves and tests of a time to an event.
 *
 * 1. Options
 * 2. The study on every rank
 * 3. The journal
 * 4. The verb */
#include "jobs/survive.h"

#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/stop.h"
#include "jobs/options.h"
#include "jobs/results.h"
#include "jobs/study_share.h"
#include "jobs/verbs.h"
#include "jobs/version.h"

/* 1. Options ------------------------------------------------------------------------------------------------------- */

enum { RESUME_KEY = 0x100, FRESH_KEY, RETRY_KEY };

typedef struct rml_surviving {
    rml_survive survive;
    const char *study_path, *out;
    bool resume, fresh;
    rml_farm_options farm;
    char *folder; /* OUT/run */
    void *text;   /* the study file */
    int64_t n_text;
    rml_journal *journal;
    bool described; /* what fails is no mistake of the study's */
    bool computing; /* a compute thread may have been left behind with the table in hand */
} rml_surviving;

static const struct argp_option option_list[] = {
    {"out", 'o', "DIR", 0, "Folder to write to (required)", 1},
    RML_MEMORY_OPTION("Blocks of features wait for none of it"),
    {"resume", RESUME_KEY, NULL, 0, "Go on from the journal in DIR/run if there is one, start otherwise", 3},
    {"fresh", FRESH_KEY, NULL, 0, "Start anew, and replace what is in DIR", 3},
    RML_FAILED_STATUS_OPTION("features"),
    {"retry-quarantined", RETRY_KEY, NULL, 0, "Try features again that killed a rank", 3},
    {"quiet", 'q', NULL, 0, "No progress and no summary", 3},
    {0}};

static const char doc[] =
    "Whom a feature separates in time: Cox models of each feature alone and of some together, Kaplan-Meier curves, "
    "log-rank tests."
    "\v"
    "STUDY.yaml names a table of features, a clinical file, and the outcome as two columns:\n\n"
    "  table: features.h5ad\n"
    "  clinical: {file: clinical.csv, by: id, use: [age, sex]}\n"
    "  patient: ID\n"
    "  outcome: {time: months, event: dead}\n"
    "  features: {match: [\"original_*\"]}\n"
    "  survive:\n"
    "    cox: [age, sex, original_shape_MeshVolume]   one model of these together\n"
    "    groups: [original_shape_MeshVolume, sex]     curves and log-rank tests\n"
    "    times: [12, 36, 60]     where numbers at risk are told (default: quarters of follow-up)\n"
    "    subgroups: {of: original_shape_MeshVolume, by: [sex]}   its ratio in each, and whether they differ\n"
    "    nomogram: true          points of the model of cox, and what their sum means at the times\n"
    "    compare: {base: [age, sex], with: [original_shape_MeshVolume]}   a model, and with more terms\n"
    "    cutpoint: [original_shape_MeshVolume]   the cut at which survival differs most\n"
    "    score: {name: rad_score, sweep: sweep}   a sweep's held-out scores as a column that all of these may name\n"
    "    strata: centre          a baseline hazard a value (default: none)\n"
    "    offset: published       a clinical column added to every log hazard (default: none)\n"
    "    ties: efron             or breslow, or exact (discrete times; slow where thousands tie)\n"
    "    limits: log             of curves and medians, by log S as in R; or log-log, or plain\n\n"
    "offset: a log hazard that is known already, such as a published score's: every Cox model then tells what is to be "
    "added to it, and its own row of univariable.csv what its coefficient of 1 lacks. Curves, log-rank tests, cuts and "
    "the C-index of a column alone do not know of it; a patient without one is left out.\n\n"
    "A study with a list of outcomes is read for the first time among them. score: is of a sweep of two classes: of "
    "each "
    "patient the log-odds of the mean, over its repeats, of the held-out probability of \"chosen\".\n\n"
    "time is 0 or more, in any unit; event is 1 (it was then) or 0 (none so far: censored), or true or false, yes or "
    "no. Patients without either "
    "are left out and counted; at least 5 must have the event. A column of groups with up to 6 different values makes "
    "a "
    "group of each; another is cut "
    "at its median, low with those equal to it; where more than half have its largest value, so that nobody is above, "
    "no groups are made of it, and that is said. The trend test of three or more groups of numbers scores them 1, 2, 3 "
    "and so on in their order, whatever their values. A clinical column of three to six texts makes groups and "
    "subgroups, "
    "and in cox and compare a term for each but the first of them, against which they are told; it is not among the "
    "columns alone. nomogram excludes strata, offset, and columns of three or more texts in cox. The column of strata "
    "may make groups and subgroups, but is no term: within a stratum it does not vary.\n\n"
    "landmark: NUMBER or COLUMN (beside table and outcome) begins the times there; who has the event, or is no longer "
    "observed, by then is left out. Time points side by side (pivot), or their difference (delta), are refused without "
    "it: they are known at the last one alone. landmark: none says that what pivot puts side by side is all known when "
    "times begin; sequences and labels need no such word.\n\n"
    "cutpoint: tries every value that leaves 0.1 of the patients on either side, as survminer's surv_cutpoint does. "
    "Its p "
    "is of the largest statistic of all cuts, by permutations; Lausen's of 1992 and 1994 and Hothorn and Lausen's "
    "bound "
    "(up to 170 patients) stand beside it, and so does the cut at the median. With strata: scores and permutations "
    "stay "
    "within them, and the permutations' p is the only one. A hazard ratio or log-rank test at the "
    "cut "
    "is not given: the same patients chose it. {of: [A, B], least: 0.1, permutations: 9999, seed: 1} has the settings "
    "in full.\n\n"
    "DIR gets, of what is asked, univariable.csv (each feature alone, and each clinical column of numbers or of two "
    "texts: hazard ratio of one unit and of one standard "
    "deviation with Wald limits and p, "
    "likelihood-ratio p and its Benjamini-Hochberg correction over all columns, Harrell's C, the test of proportional "
    "hazards, and how the fit ended), multivariable.csv (a forest table: together and alone) and model.csv, groups.csv "
    "(medians, restricted means), tests.csv (log-rank, Peto-Peto, trend, pairs), curves.csv (every step with limits), "
    "at_risk.csv, subgroups.csv (likelihood ratio of the interaction), nomogram.csv, nomogram_total.csv, "
    "nomogram_calibration.csv and nomogram_validation.csv (apparent and corrected), nested.csv, nested_times.csv, "
    "reclassification.csv and "
    "nested_benefit.csv (of compare: likelihood ratio; C-index, AUC and net benefit at times, apparent), cutpoints.csv "
    "and cutpoint_scan.csv (the "
    "statistic "
    "at every cut), and about.csv (what was asked, of whom). Numbers are those of R's survival package "
    "(coxph, cox.zph, survfit, survdiff); of ties: exact the test of proportional hazards is of that likelihood, and "
    "risks are by Efron's increments, where R takes Breslow's, which are too small where many tie.\n\n"
    "All of it describes the patients at hand: nothing is held out. A C-index is apparent, and p of a feature that was "
    "picked for its p is no evidence.\n\n"
    "Example: mpirun -q -n 8 radmill survive study.yaml --out survive\n\n"
    "Exit status: 0 done, 1 done but for features that could not be computed, 2 a study or table that does not fit, 3 "
    "could not go on, 75 stopped on SIGUSR1 (the same "
    "command with --resume goes on).";

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    rml_surviving *x = state->input;

    switch (key) {
    case 'o': x->out = argument; return 0;
    case RML_MEMORY_KEY: return rml_options_memory(argument, &x->farm.memory_per_node, state);
    case RESUME_KEY: x->resume = true; return 0;
    case FRESH_KEY: x->fresh = true; return 0;
    case RML_FAILED_STATUS_KEY: return rml_options_failed_status(argument, state);
    case RETRY_KEY: x->farm.retry_quarantined = true; return 0;
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

/* 2. The study on every rank --------------------------------------------------------------------------------------- */

static rml_status share_study(rml_surviving *x, rml_error *err)
{
    rml_status status = rml_study_share(MPI_COMM_WORLD, x->study_path, &x->text, &x->n_text, err);

    if (status != RML_OK) return status;
    status = rml_study_parse_survival(x->text, (size_t)x->n_text, x->study_path, &x->survive.study, err);
    return rml_agree(MPI_COMM_WORLD, status, err);
}

/* 3. The journal --------------------------------------------------------------------------------------------------- */

static rml_status sum_of(const void *bytes, size_t n_bytes, uint64_t *value, rml_error *err)
{
    rml_checksum *sum = rml_checksum_begin();

    if (!sum) return rml_fail(err, RML_ENOMEM, "no memory for a checksum");
    rml_checksum_add(sum, bytes, n_bytes);
    *value = rml_checksum_value(sum);
    rml_checksum_free(sum);
    return RML_OK;
}

/* The journal belongs to the numbers and to what the study asks of them. */
static rml_status open_journal(rml_surviving *x, rml_error *err)
{
    rml_survive *s = &x->survive;
    char *identity = NULL;
    rml_status status = sum_of(s->table.bytes, (size_t)s->table.n_bytes, &s->data_sum, err);
    int n;

    if (status == RML_OK) status = sum_of(x->text, (size_t)x->n_text, &s->study_sum, err);
    if (status != RML_OK) return status;
    n = asprintf(&identity,
                 "program: radmill survive\nversion: %s\ncommit: %s\ndata: %016llx\nties: %s\nstrata: %s\n"
                 "offset: %s\n",
                 rml_version(), rml_version_commit(), (unsigned long long)s->data_sum,
                 rml_study_ties[s->study.survive.ties], s->study.survive.strata ? s->study.survive.strata : "none",
                 s->study.survive.offset ? s->study.survive.offset : "none");
    if (n < 0) return rml_fail(err, RML_ENOMEM, "no memory for the journal's name");
    status = rml_journal_open(x->folder, identity, x->fresh, &x->journal, err);
    free(identity);
    return status;
}

/* 4. The verb ------------------------------------------------------------------------------------------------------ */

/* Before the farm: a term or group that the study gets wrong is told before any work. */
static rml_status prepare(rml_surviving *x, rml_error *err)
{
    rml_survive *s = &x->survive;
    const char *asked[RML_SURVIVE_TABLES];
    rml_status status =
        rml_results_begin(x->out, "radmill survive", asked, rml_survive_tables_asked(&s->study.survive, asked),
                          &s->study, x->resume, x->fresh, &s->is_own, err);

    for (int32_t i = 0; i < s->dataset.data.n_patients; ++i) s->n_events += s->dataset.data.event[i];
    if (status == RML_OK) status = rml_survive_strata_check(s, err);
    if (status == RML_OK) status = rml_survive_offset_check(s, err);
    if (status == RML_OK) status = rml_survive_model_make(s, err);
    if (status == RML_OK) status = rml_survive_groups_make(s, err);
    if (status == RML_OK) status = rml_survive_subgroups_make(s, err);
    if (status == RML_OK) status = rml_survive_nomogram_make(s, err);
    if (status == RML_OK) status = rml_survive_compare_make(s, err);
    if (status == RML_OK) status = rml_survive_cutpoints_make(s, err);
    return status;
}

static rml_status run(rml_surviving *x, int rank, rml_error *err)
{
    rml_survive *s = &x->survive;
    rml_farm_report report = {0};
    rml_status status = share_study(x, err);

    if (status == RML_OK) status = rml_dataset_share(MPI_COMM_WORLD, &s->study, &s->table, &s->dataset, err);
    if (status == RML_OK) status = rml_agree(MPI_COMM_WORLD, rank == 0 ? prepare(x, err) : RML_OK, err);
    if (status != RML_OK) return status;
    x->described = true;
    status = rml_agree(MPI_COMM_WORLD, rank == 0 ? open_journal(x, err) : RML_OK, err);
    if (status != RML_OK) return status;
    status = rml_survive_each_run(MPI_COMM_WORLD, s, x->journal, &x->farm, &report, err);
    x->computing = status != RML_OK;
    if (rank == 0 && status == RML_OK) status = rml_survive_write(s, x->out, err);
    if (rank == 0 && status == RML_OK && !x->farm.quiet) rml_survive_print(s, x->out);
    if (rank == 0 && status == RML_ESTOPPED)
        fprintf(stderr, "radmill survive: stopped on request; the same command with --resume goes on\n");
    rml_farm_report_free(&report);
    rml_journal_close(x->journal);
    x->journal = NULL;
    return rml_agree(MPI_COMM_WORLD, status, err);
}

static int run_ranks(rml_surviving *x)
{
    int rank, n_ranks, exit_status = RML_EXIT_DONE;
    rml_error err = {0};
    rml_status status;

    rml_ranks_begin(&rank, &n_ranks);
    status = run(x, rank, &err);
    if (rank == 0 && status == RML_OK && x->survive.n_uncomputed > 0) exit_status = RML_EXIT_FAILED_CASES;
    if (rank == 0 && status != RML_OK) {
        if (status != RML_ESTOPPED) rml_complain("survive", &err);
        exit_status =
            x->described || status == RML_ENOMEM || status == RML_EEXISTS ? rml_exit_status(status) : RML_EXIT_USAGE;
    }
    if (!x->computing) {
        rml_survive_each_free(&x->survive);
        free(x->survive.subgroups);
        rml_survive_cutpoints_free(&x->survive);
        free(x->survive.comparison);
        rml_survive_nomogram_free(&x->survive);
        rml_survive_model_free(&x->survive.model);
        rml_survive_groups_free(&x->survive);
        rml_dataset_free(&x->survive.dataset);
        rml_share_free(&x->survive.table);
        rml_study_free(&x->survive.study);
        free(x->text);
    }
    return rml_ranks_end(exit_status);
}

int rml_verb_survive(int argc, char **argv)
{
    static const struct argp argp = {option_list, parse_option, "STUDY.yaml", doc, NULL, NULL, NULL};
    static rml_surviving x; /* static: a compute thread that was given up on may still read it */
    int exit_status = rml_options_parse(&argp, argc, argv, &x);

    if (exit_status >= 0) return exit_status;
    if (asprintf(&x.folder, "%s/run", x.out) < 0) return RML_EXIT_CANNOT;
    rml_stop_begin();
    exit_status = run_ranks(&x);
    rml_stop_end();
    free(x.folder);
    return exit_status;
}
