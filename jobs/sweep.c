/* radmill sweep: selections and models, judged by cross-validation that cannot leak.
 *
 * 1. Options
 * 2. The job, as the farm sees it
 * 3. Study and data on every rank
 * 4. The model that is handed out
 * 5. One outcome after the other
 * 6. The verb
 */
#include <assert.h>
#include <math.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/clock.h"
#include "engine/effort.h"
#include "engine/farm.h"
#include "engine/share.h"
#include "engine/stop.h"
#include "jobs/has_journal.h"
#include "jobs/model_json.h"
#include "jobs/options.h"
#include "jobs/results.h"
#include "jobs/study_share.h"
#include "jobs/sweep_calibration.h"
#include "jobs/sweep_centres.h"
#include "jobs/sweep_combined.h"
#include "jobs/sweep_explain.h"
#include "jobs/sweep_features.h"
#include "jobs/sweep_h5.h"
#include "jobs/sweep_outcomes.h"
#include "jobs/sweep_outputs.h"
#include "jobs/sweep_read.h"
#include "jobs/sweep_survival.h"
#include "jobs/sweep_tables.h"
#include "jobs/verbs.h"
#include "jobs/version.h"

/* 1. Options ------------------------------------------------------------------------------------------------------- */

typedef struct rml_sweep {
    const char *study_path, *given; /* --out */
    bool resume, fresh, explain, steps;
    rml_farm_options farm;
    char *out, *folder; /* of the outcome: --out, or a folder there where outcomes are listed; OUT/run */
    /* every rank */
    void *text; /* of the study file */
    int64_t n_text;
    int32_t n_outcomes;
    bool listed;      /* the study's outcomes are a list */
    rml_shared table; /* the dataset's bytes */
    rml_study study;
    rml_dataset dataset;
    rml_sweep_plan plan;
    /* rank 0 */
    rml_journal *journal;
    char name[256];
} rml_sweep;

enum { RESUME_KEY = 0x100, FRESH_KEY, RETRY_KEY, GIVE_UP_KEY, EXPLAIN_KEY, STEPS_KEY };

static const struct argp_option option_list[] = {
    {"out", 'o', "FOLDER", 0, "Results (required unless --explain); FOLDER/run keeps the journal", 1},
    {"resume", RESUME_KEY, NULL, 0, "Go on from the journal if there is one, start otherwise; scripts always pass it",
     2},
    {"fresh", FRESH_KEY, NULL, 0, "Start anew, and replace what is there", 2},
    {"retry-quarantined", RETRY_KEY, NULL, 0, "Try parts again that killed a rank twice", 2},
    {"give-up", GIVE_UP_KEY, "N", 0,
     "When the N starts before this one ended early without a new result, begin nothing: status 3, and what was "
     "running "
     "is named; a single part known to run alone is left out instead. For scripts that start again by themselves",
     2},
    RML_FAILED_STATUS_OPTION("parts"),
    {"explain", EXPLAIN_KEY, NULL, 0,
     "Print what would be run: rows, folds, pipelines, tasks and every default; run nothing", 2},
    {"steps", STEPS_KEY, NULL, 0, "List every step and model that a study can name, with all settings and defaults", 2},
    RML_MEMORY_OPTION("Parts wait until what they are reckoned to need fits; one that never can fails with the figure"),
    {"quiet", 'q', NULL, 0, "No progress and no summary", 4},
    {0},
};

static const char doc[] =
    "Tries selections and models on a table of features, everything fitted inside the training part of every fold."
    "\v"
    "STUDY.yaml names the table (an h5ad file or a CSV), the outcome, the split, and the pipelines. Every step sees "
    "training rows only; settings are chosen by inner folds; the row \"chosen\" of the leaderboard also chooses among "
    "the pipelines there, and is the honest figure.\n\n"
    "Examples:\n"
    "  radmill sweep --steps\n"
    "  radmill sweep study.yaml --explain\n"
    "  mpirun -q -n 8 radmill sweep study.yaml -o sweep --resume\n\n"
    "FOLDER gets leaderboard.csv, predictions.csv (every held-out score), selected.csv, settings.csv (inner scores), "
    "centres.csv and harmonisation.csv (by centre; how well it is told), calibration.csv and decision_curve.csv (of "
    "two classes: slope, intercept, Hosmer-Lemeshow with as many degrees of freedom as groups; net benefit), "
    "features.csv (how often each was kept, and what it hangs on), failures.csv, sweep.h5 (everything that was fitted "
    "in every split, with the features' names), and model.json: the pipeline that the rule of \"chosen\" takes on all "
    "patients, for `radmill score` and `radmill validate`. FOLDER/run/timings.csv says what each task took. Of a study "
    "that lists several outcomes each has all this in FOLDER/NAME, and FOLDER/outcomes.csv has a row an outcome, its p "
    "adjusted for their number. Of times to an event also survival.csv, time_auc.csv and survival_*.csv (Uno's C, AUC "
    "and Brier scores at times; held-out "
    "patients above and below cuts of their training patients, with p by permuted pairs; what scores and clinical "
    "columns "
    "add to each other; net benefit).\n\n"
    "Exit status: 0 done, 1 done with failed parts listed, 2 wrong study, 3 could not go on, 75 stopped "
    "on SIGUSR1 (running tasks are finished first), SIGTERM or SIGINT (at once); the same command with --resume goes "
    "on. A mpirun that itself gets SIGTERM or SIGINT says 1 whatever radmill says: SIGUSR1 it passes on.\n\n"
    "Files that are no sweep's (features.csv of extract, in a FOLDER without FOLDER/run/journal) are not written over "
    "without --fresh.";

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    rml_sweep *x = state->input;

    switch (key) {
    case 'o': x->given = argument; return 0;
    case RESUME_KEY: x->resume = true; return 0;
    case FRESH_KEY: x->fresh = true; return 0;
    case RETRY_KEY: x->farm.retry_quarantined = true; return 0;
    case GIVE_UP_KEY:
        if (!rml_options_integer(argument, 1, 1000, &x->farm.give_up))
            return rml_options_refuse(state, "--give-up %s; a number of starts from 1 to 1000 was expected", argument);
        return 0;
    case RML_FAILED_STATUS_KEY: return rml_options_failed_status(argument, state);
    case RML_MEMORY_KEY: return rml_options_memory(argument, &x->farm.memory_per_node, state);
    case EXPLAIN_KEY: x->explain = true; return 0;
    case STEPS_KEY: x->steps = true; return 0;
    case 'q': x->farm.quiet = true; return 0;
    case ARGP_KEY_ARG:
        if (x->study_path)
            return rml_options_refuse(state, "one study was expected, but %s follows %s", argument, x->study_path);
        x->study_path = argument;
        return 0;
    case ARGP_KEY_END:
        if (x->steps) return 0;
        if (!x->study_path) return rml_options_refuse(state, "which study? A YAML file was expected");
        if (!x->given && !x->explain) return rml_options_refuse(state, "--out FOLDER is missing");
        if (x->resume && x->fresh) return rml_options_refuse(state, "--resume and --fresh exclude each other");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* 2. The job, as the farm sees it ---------------------------------------------------------------------------------- */

static rml_status pack_task(void *context, int64_t group, rml_blob *payload)
{
    (void)context;
    rml_blob_put_i64(payload, group); /* every rank has the same plan */
    return payload->failed ? RML_ENOMEM : RML_OK;
}

/* A record: the seconds that it took (its share of its group's), then the result (of a permuted part its scores alone),
 * or why there is none: status and sentence. */
static void pack_failure(double seconds, const rml_error *why, rml_blob *blob)
{
    rml_blob_put_f64(blob, seconds);
    rml_blob_put_i32(blob, (int32_t)why->status);
    rml_blob_put_text(blob, why->text);
}

static void drop_fits(rml_nested *nested)
{
    for (int32_t s = 0; s < nested->n_steps; ++s) rml_fitted_free(&nested->step[s]);
    for (int32_t m = 0; m < nested->n_models; ++m) rml_fitted_free(&nested->model[m].fitted);
}

static void record(rml_outcomes *outcomes, int32_t unit, double seconds, bool permuted, rml_nested *nested,
                   const rml_error *why)
{
    rml_blob blob = {0};

    if (why->status == RML_OK) {
        if (permuted) drop_fits(nested);
        rml_blob_put_f64(&blob, seconds);
        rml_nested_pack(nested, &blob);
    } else
        pack_failure(seconds, why, &blob);
    if (!blob.failed) rml_outcome(outcomes, unit, why->status == RML_OK, &blob);
    rml_blob_free(&blob);
}

static void compute_task(void *context, const void *payload, size_t n_bytes, const volatile bool *cancel,
                         rml_outcomes *outcomes)
{
    const rml_sweep *x = context;
    rml_reader reader = rml_reader_of(payload, n_bytes);
    const int64_t group = rml_read_i64(&reader);
    const double begun = rml_seconds();
    rml_nested *nested;
    rml_error *why;
    int32_t n;

    if (reader.failed || group < 0 || group >= x->plan.n_groups) return; /* the farm fails units that say nothing */
    n = x->plan.farm[group].n_units;
    nested = calloc((size_t)n, sizeof *nested);
    why = calloc((size_t)n, sizeof *why);
    if (nested && why) {
        double each;

        rml_sweep_compute(&x->study, &x->dataset, &x->plan, group, cancel, nested, why);
        each = (rml_seconds() - begun) / n;
        for (int32_t u = 0; u < n; ++u)
            record(outcomes, u, each, x->plan.task[x->plan.first[group]].part == RML_SWEEP_PERMUTED, &nested[u],
                   &why[u]);
        for (int32_t u = 0; u < n; ++u) rml_nested_free(&nested[u]);
    }
    free(nested);
    free(why);
}

static void fail_unit(void *context, int64_t task, int32_t unit, const rml_error *why, rml_blob *outcome)
{
    (void)context, (void)task, (void)unit;
    pack_failure(NAN, why, outcome);
}

static const char *name_unit(void *context, int64_t group, int32_t unit)
{
    rml_sweep *x = context;
    const rml_sweep_task *t = &x->plan.task[x->plan.first[group] + unit];
    char split[128] = "all patients";

    if (t->part == RML_SWEEP_TOLD)
        snprintf(split, sizeof split, "fold %d", t->split + 1);
    else if (rml_sweep_split(&x->plan, t) != &x->plan.all.split[0])
        rml_sweep_split_name(&x->study, &x->dataset, &x->plan.splits.split[t->split], split);
    snprintf(x->name, sizeof x->name, "%.60s, %.100s%s", rml_sweep_select(&x->study, &x->plan, t)->name, split,
             t->part == RML_SWEEP_PERMUTED ? ", permuted" : "");
    return x->name;
}

/* 3. Study and data on every rank ---------------------------------------------------------------------------------- */

/* Before any work, of all outcomes: what lies in their folders is a sweep's, unless --fresh may replace it, which it
 * may not where another verb has been at work. Rank 0.
 *
 * own  in and out  whether a folder of an outcome so far is a sweep's, which makes OUT/outcomes.csv one's too */
static rml_status spare_others(const rml_sweep *x, const char *outcome, bool *own, rml_error *err)
{
    char *out = NULL;
    bool own_one;
    rml_status status;

    if (x->explain) return RML_OK;
    if (asprintf(&out, "%s%s%s", x->given, outcome ? "/" : "", outcome ? outcome : "") < 0)
        return rml_fail(err, RML_ENOMEM, "no memory for a path");
    status = rml_results_own(out, &own_one, err);
    *own |= own_one;
    if (status == RML_OK && own_one) status = rml_results_of(out, "radmill sweep", err);
    if (status == RML_OK && !own_one && !x->fresh) status = rml_sweep_outputs_spare_others(out, err);
    free(out);
    return status;
}

/* Rank 0 reads the file, every rank parses the same bytes: of each outcome, so that a study that is wrong for the last
 * of them is refused before the first is begun. Collective. */
static rml_status share_study(rml_sweep *x, int rank, rml_error *err)
{
    bool own = false;
    rml_status status = rml_study_share(MPI_COMM_WORLD, x->study_path, &x->text, &x->n_text, err);

    if (status != RML_OK) return status;
    x->n_outcomes = 1;
    for (int32_t o = 0; status == RML_OK && o < x->n_outcomes; ++o) {
        rml_study study = {0};

        status = rml_study_parse_outcome(x->text, (size_t)x->n_text, x->study_path, o, &study, err);
        if (status == RML_OK) {
            x->n_outcomes = study.n_outcomes;
            x->listed = study.outcome_name != NULL;
            if (rank == 0) status = spare_others(x, study.outcome_name, &own, err);
        }
        rml_study_free(&study);
    }
    if (rank == 0 && status == RML_OK && x->listed && !x->explain && !x->fresh && !own)
        status = rml_results_spare(x->given, "outcomes.csv", "a sweep", err);
    return rml_agree(MPI_COMM_WORLD, status, err);
}

static rml_status share_dataset(rml_sweep *x, rml_error *err)
{
    rml_status status = rml_dataset_share(MPI_COMM_WORLD, &x->study, &x->table, &x->dataset, err);

    if (status != RML_OK) return status;
    x->study.told_provenance = x->dataset.told_provenance;
    return rml_agree(MPI_COMM_WORLD, rml_sweep_plan_make(&x->study, &x->dataset, &x->plan, err), err);
}

/* The journal belongs to a study and to the numbers that it reads. */
static rml_status open_journal(rml_sweep *x, rml_error *err)
{
    char *identity = NULL;
    bool begun;
    size_t n = 0;
    FILE *text = open_memstream(&identity, &n);
    rml_checksum *sum = rml_checksum_begin();
    rml_status status;

    if (!text || !sum) {
        status = rml_fail(err, RML_ENOMEM, "no memory for the journal's name");
        if (text) fclose(text);
        goto done;
    }
    rml_checksum_add(sum, x->table.bytes, (size_t)x->table.n_bytes);
    fprintf(text, "program: radmill sweep\nversion: %s\ncommit: %s\ndata: %016llx\n", rml_version(),
            rml_version_commit(), (unsigned long long)rml_checksum_value(sum));
    rml_study_print(&x->study, text);
    fclose(text);
    status = rml_has_journal(x->folder, &begun, err);
    if (status != RML_OK) goto done;
    if ((mkdir(x->given, 0777) != 0 && access(x->given, F_OK) != 0) ||
        (x->listed && mkdir(x->out, 0777) != 0 && access(x->out, F_OK) != 0))
        status = rml_fail(err, RML_EIO, "--out %s: the folder cannot be made", x->out);
    else if (!x->resume && !x->fresh && begun)
        status =
            rml_fail(err, RML_EEXISTS, "%s is already there; --resume goes on from it, --fresh starts anew", x->folder);
    if (status == RML_OK) status = rml_journal_open(x->folder, identity, x->fresh, &x->journal, err);
done:
    rml_checksum_free(sum);
    free(identity);
    return status;
}

/* 4. The model that is handed out ---------------------------------------------------------------------------------- */

static const char *checksum(rml_model *model, const void *bytes, size_t n_bytes)
{
    rml_checksum *sum = rml_checksum_begin();
    char text[24];

    if (!sum) return NULL;
    rml_checksum_add(sum, bytes, n_bytes);
    snprintf(text, sizeof text, "%016llx", (unsigned long long)rml_checksum_value(sum));
    rml_checksum_free(sum);
    return rml_model_text(model, text);
}

/* What the fit itself does not know: who made it, from what, and how good the procedure is. */
static rml_status describe_model(const rml_sweep *x, const rml_board *board, rml_model *model, rml_error *err)
{
    char *study = NULL;
    size_t n = 0;
    FILE *text = open_memstream(&study, &n);
    rml_status status = RML_OK;

    if (text) {
        rml_study_print(&x->study, text);
        fclose(text);
        model->study_checksum = checksum(model, study, n);
    }
    model->data_checksum = checksum(model, x->table.bytes, (size_t)x->table.n_bytes);
    model->version = rml_model_text(model, rml_version());
    model->commit = rml_model_text(model, rml_version_commit());
    for (int32_t r = 0; r < board->n; ++r)
        if (board->row[r].chosen)
            model->estimate = (rml_model_estimate){.metric = rml_metric_name(x->study.inner.metric),
                                                   .mean = board->row[r].mean,
                                                   .low = board->row[r].low,
                                                   .high = board->row[r].high,
                                                   .n_splits = board->row[r].n_scored};
    if (!model->study_checksum || !model->data_checksum || !model->version || !model->commit)
        status = rml_fail(err, RML_ENOMEM, "no memory for the model");
    free(study);
    return status;
}

/* Whether the pipeline that is fitted to all patients has no model in any outer split: of it nothing was held out. */
static bool was_never_judged(const rml_board *board)
{
    for (int32_t r = 0; r < board->n; ++r)
        if (!board->row[r].chosen && board->row[r].pipeline == board->final)
            return board->row[r].n_failed == board->n_splits;
    return false;
}

/* OUT/model.json: the pipeline that the rule of the row "chosen" takes on all patients. None, none is left there. */
static rml_status write_model(const rml_sweep *x, const rml_sweep_results *results, const rml_board *board,
                              rml_error *err)
{
    const int32_t select = board->final / x->study.n_models, which = board->final % x->study.n_models;
    char *path = NULL;
    rml_model model = {0};
    int32_t n_nonzero; /* coefficients; -1: it has none */
    rml_status status;

    if (asprintf(&path, "%s/model.json", x->out) < 0) return rml_fail(err, RML_ENOMEM, "no memory for a path");
    if (board->final < 0) {
        fprintf(stderr,
                "radmill sweep: no pipeline could be fitted to all patients, so there is no %s: see failures.csv\n",
                path);
        unlink(path);
        free(path);
        return RML_OK;
    }
    status = rml_model_make(&x->study, &x->dataset, select, &results->final[select], which, true, &model, err);
    if (status == RML_OK) status = describe_model(x, board, &model, err);
    if (status == RML_OK) status = rml_model_write(&model, path, err);
    n_nonzero = rml_fitted_nonzero(&model.fitted);
    if (status == RML_OK && !x->farm.quiet) {
        printf("\n%s: %s on all patients, %d feature%s", path, model.name, model.n_features,
               model.n_features == 1 ? "" : "s");
        if (n_nonzero == 0 || (n_nonzero > 0 && rml_sweep_sparse(&x->study, board->final)))
            printf(", %d of %d coefficients not 0", n_nonzero, model.fitted.n_in);
        printf("%s%s\n", model.n_features == 0 || n_nonzero == 0 ? ": it says the same of every patient" : "",
               rml_model_holds_rows(&model) ? "; it holds rows of patients" : "");
    }
    if (status == RML_OK && !x->farm.quiet && was_never_judged(board))
        printf("%s failed in every outer split: no figure above, that of \"chosen\" neither, is of what model.json "
               "holds\n",
               model.name);
    rml_model_free(&model);
    free(path);
    return status;
}

/* 5. One outcome after the other ----------------------------------------------------------------------------------- */

static bool has_failed(const rml_nested *nested)
{
    bool failed = nested->n_models == 0;

    for (int32_t m = 0; m < nested->n_models; ++m) failed |= nested->model[m].status != RML_OK;
    return failed;
}

typedef struct rml_findings { /* what the tasks of an outcome came to */
    rml_sweep_results results;
    rml_board board;
    rml_sweep_features features;
} rml_findings;

static void findings_free(const rml_sweep *x, rml_findings *found)
{
    rml_sweep_features_free(&found->features);
    rml_board_free(&found->board);
    rml_sweep_results_free(&x->study, &x->plan, &found->results);
}

/* From the journal. findings_free after it, whatever came of it. */
static rml_status find(const rml_sweep *x, rml_findings *found, rml_error *err)
{
    rml_status status = rml_sweep_results_read(&x->study, &x->dataset, &x->plan, x->journal, &found->results, err);

    if (status == RML_OK) status = rml_sweep_combine(&x->study, &x->dataset, &x->plan, &found->results, err);
    if (status == RML_OK)
        status = rml_board_make(&x->study, &x->dataset, &x->plan, &found->results, &found->board, err);
    return status;
}

/* All files but model.json. */
static rml_status write_findings(const rml_sweep *x, rml_findings *found, rml_error *err)
{
    const rml_study *study = &x->study;
    const rml_dataset *dataset = &x->dataset;
    const rml_sweep_plan *plan = &x->plan;
    const rml_sweep_results *results = &found->results;
    const rml_board *board = &found->board;
    rml_status status = rml_sweep_tables_write(study, dataset, plan, results, board, x->out, err);

    if (status == RML_OK) status = rml_sweep_centres_write(study, dataset, plan, results, board, x->out, err);
    if (status == RML_OK) status = rml_sweep_calibration_write(study, dataset, plan, results, board, x->out, err);
    if (status == RML_OK) status = rml_sweep_survival_write(study, dataset, plan, results, board, x->out, err);
    if (status == RML_OK) status = rml_sweep_harmonisation_write(plan, results, x->out, err);
    if (status == RML_OK) status = rml_sweep_timings_write(study, dataset, plan, results, x->folder, err);
    if (status == RML_OK) status = rml_sweep_h5_write(study, dataset, plan, results, board, x->out, err);
    if (status == RML_OK) status = rml_sweep_features_make(study, dataset, plan, results, &found->features, err);
    if (status == RML_OK) status = rml_sweep_features_write(study, dataset, &found->features, x->out, err);
    return status;
}

static rml_status print_findings(const rml_sweep *x, const rml_findings *found, rml_error *err)
{
    rml_status status;

    rml_sweep_print_outcome(&x->study);
    rml_sweep_print_data(&x->study, &x->dataset);
    rml_board_print(&x->study, &found->board);
    status = rml_sweep_survival_print(&x->study, &x->dataset, &x->plan, &found->results, &found->board, err);
    if (status != RML_OK) return status;
    rml_sweep_print_idle(&x->study, &x->plan, &found->results);
    rml_sweep_print_undefined(&x->study, &x->dataset, &x->plan);
    rml_sweep_harmonisation_print(&x->study, &x->plan, &found->results);
    rml_sweep_features_print(&x->study, &x->dataset, &found->features);
    return RML_OK;
}

/* Whether something has failed: a row of the board in a split, a fold that tells centres, a selection's or a control's
 * fit to all patients. */
static bool any_failed(const rml_sweep *x, const rml_findings *found)
{
    const rml_sweep_results *results = &found->results;
    bool failed = false;

    for (int32_t r = 0; r < found->board.n; ++r) failed |= found->board.row[r].n_failed > 0;
    for (int32_t t = 0; t < x->plan.told->n_stages * x->plan.told->splits.n; ++t)
        failed |= results->told_why[t].status != RML_OK;
    for (int32_t c = 0; c < x->study.n_selects; ++c) failed |= has_failed(&results->final[c]);
    for (int32_t c = 0; c < x->plan.control->n; ++c)
        failed |= has_failed(&results->control[(int64_t)x->plan.splits.n * x->plan.control->n + c]);
    return failed;
}

static rml_status conclude(rml_sweep *x, const rml_farm_report *report, int *exit_status, rml_sweep_outcome *outcome,
                           rml_error *err)
{
    rml_findings found = {0};
    rml_status status = find(x, &found, err);

    if (status == RML_OK) status = write_findings(x, &found, err);
    if (status == RML_OK) {
        rml_sweep_outcome_judge(&found.board, x->plan.splits.n, outcome);
        if (!x->farm.quiet) status = print_findings(x, &found, err);
        if (status == RML_OK) status = write_model(x, &found.results, &found.board, err);
    }
    if (status == RML_OK) {
        rml_journal_conclude(x->journal);
        if (!x->farm.quiet)
            printf("\n%lld tasks in %.1f s on %d rank%s; %s/leaderboard.csv, predictions.csv, selected.csv\n",
                   (long long)(report->n_done + report->n_failed), report->seconds, report->n_ranks,
                   report->n_ranks == 1 ? "" : "s", x->out);
        *exit_status = any_failed(x, &found) ? RML_EXIT_FAILED_CASES : RML_EXIT_DONE;
    }
    findings_free(x, &found);
    return status;
}

typedef struct rml_sweep_way { /* how far it has come; on all ranks alike but for exit_status, which rank 0 knows */
    bool described;            /* the study is right for the outcome; what fails later is no mistake of it */
    bool computing;            /* a compute thread may have been left behind with the table in hand */
    int exit_status;
} rml_sweep_way;

static rml_status name_folders(rml_sweep *x)
{
    free(x->out);
    free(x->folder);
    x->folder = NULL;
    if (asprintf(&x->out, "%s%s%s", x->given ? x->given : ".", x->listed ? "/" : "",
                 x->listed ? x->study.outcome_name : "") < 0)
        x->out = NULL;
    if (x->out && asprintf(&x->folder, "%s/run", x->out) < 0) x->folder = NULL;
    return x->folder ? RML_OK : RML_ENOMEM;
}

/* n_left: 0 of a farm that was stopped before it began, which counts none. */
static void print_stopped(const rml_sweep *x, int64_t n_left)
{
    char left[64] = "";

    if (n_left > 0) snprintf(left, sizeof left, " with %lld tasks left", (long long)n_left);
    fprintf(stderr, "radmill sweep: %s%sstopped on request%s; the same command with --resume goes on\n",
            x->listed ? x->study.outcome_name : "", x->listed ? ": " : "", left);
}

static rml_status farm_out(rml_sweep *x, int rank, const rml_effort_mark *mark, rml_sweep_way *way,
                           rml_sweep_outcome *outcome, rml_error *err)
{
    static rml_farm_job job = {/* static: a thread that was given up on may still look at it */
                               .noun = "tasks",
                               .pack = pack_task,
                               .failed = fail_unit,
                               .name = name_unit,
                               .compute = compute_task};
    rml_farm_report report = {0};
    char effort[256];
    rml_status status = RML_OK;

    if (rank == 0) status = rml_sweep_outputs_spare_study(x->out, &x->study, err);
    if (rank == 0 && status == RML_OK) status = open_journal(x, err);
    status = rml_agree(MPI_COMM_WORLD, status, err);
    if (status == RML_OK) {
        job.context = x;
        job.n_tasks = rank == 0 ? x->plan.n_groups : 0;
        job.tasks = x->plan.farm;
        status = rml_farm_run(MPI_COMM_WORLD, &job, x->journal, &x->farm, &report, err);
        way->computing = status != RML_OK;
        if (rank == 0 && status == RML_OK) status = conclude(x, &report, &way->exit_status, outcome, err);
        rml_effort_end(MPI_COMM_WORLD, mark, report.needed_bytes, x->journal, effort, sizeof effort);
        if (rank == 0 && status == RML_OK && !x->farm.quiet) printf("%s\n", effort);
        if (rank == 0 && status == RML_ESTOPPED) print_stopped(x, report.n_left);
        status = rml_agree(MPI_COMM_WORLD, status, err);
    }
    rml_farm_report_free(&report);
    rml_journal_close(x->journal);
    x->journal = NULL;
    return status;
}

/* From the table to the files. Collective; the same status on every rank. */
static rml_status run_outcome(rml_sweep *x, int rank, int32_t which, rml_sweep_way *way, rml_sweep_outcome *outcome,
                              rml_error *err)
{
    const rml_effort_mark mark = rml_effort_begin();
    rml_status status = rml_study_parse_outcome(x->text, (size_t)x->n_text, x->study_path, which, &x->study, err);

    *way = (rml_sweep_way){.exit_status = RML_EXIT_DONE};
    if (status == RML_OK && name_folders(x) != RML_OK) status = rml_fail(err, RML_ENOMEM, "no memory for a path");
    status = rml_agree(MPI_COMM_WORLD, status, err);
    if (status != RML_OK) return status;
    rml_sweep_outcome_begin(&x->study, outcome);
    status = share_dataset(x, err);
    outcome->n_patients = x->dataset.data.n_patients;
    outcome->n_without = x->dataset.n_without_outcome;
    if (status == RML_OK) {
        way->described = true;
        if (!x->explain)
            status = farm_out(x, rank, &mark, way, outcome, err);
        else if (rank == 0)
            rml_sweep_explain(&x->study, &x->dataset, &x->plan);
    }
    if (way->computing) return status;
    rml_sweep_plan_free(&x->plan);
    rml_dataset_free(&x->dataset);
    rml_share_free(&x->table);
    rml_study_free(&x->study);
    return status;
}

/* What holds for one outcome alone is its failure; what holds for all of them is said once. */
static void note_failure(int rank, rml_sweep_outcome *outcome, const rml_error *why, const char *before)
{
    snprintf(outcome->why, sizeof outcome->why, "%s", why->text);
    if (rank == 0 && strcmp(before, why->text) != 0)
        fprintf(stderr, "radmill sweep: outcome %s is left out: %s\n", outcome->name, why->text);
}

/* An outcome that the table does not bear fails alone; all others are run. */
static rml_status run_list(rml_sweep *x, int rank, rml_sweep_way *way, rml_error *err)
{
    rml_sweep_outcome *outcome = calloc((size_t)x->n_outcomes, sizeof *outcome);
    rml_status status = rml_agree(MPI_COMM_WORLD, outcome ? RML_OK : RML_ENOMEM, NULL);
    int exit_status = RML_EXIT_DONE;
    int32_t n_failed = 0;

    if (status != RML_OK) {
        free(outcome);
        return rml_fail(err, status, "no memory for the outcomes");
    }
    assert(outcome);
    for (int32_t o = 0; status == RML_OK && o < x->n_outcomes; ++o) {
        rml_error why = {0};

        status = run_outcome(x, rank, o, way, &outcome[o], &why);
        if (status == RML_ESETTING && !way->described) {
            note_failure(rank, &outcome[o], &why, n_failed > 0 ? outcome[o - 1].why : "");
            ++n_failed;
            status = RML_OK;
        } else if (status != RML_OK)
            *err = why;
        else if (way->exit_status != RML_EXIT_DONE)
            exit_status = way->exit_status;
    }
    if (status == RML_OK) {
        way->exit_status = n_failed == x->n_outcomes ? RML_EXIT_USAGE
                           : n_failed > 0            ? RML_EXIT_FAILED_CASES
                                                     : exit_status;
        if (rank == 0 && !x->explain && n_failed < x->n_outcomes) {
            status = rml_sweep_outcomes_adjust(outcome, x->n_outcomes, err);
            if (status == RML_OK) status = rml_sweep_outcomes_write(outcome, x->n_outcomes, x->given, err);
            if (status == RML_OK && !x->farm.quiet) rml_sweep_outcomes_print(outcome, x->n_outcomes);
        }
    }
    free(outcome);
    return status;
}

/* 6. The verb ------------------------------------------------------------------------------------------------------ */

static int run_ranks(rml_sweep *x)
{
    int rank, n_ranks;
    rml_sweep_way way = {.exit_status = RML_EXIT_DONE};
    rml_sweep_outcome outcome;
    rml_error err = {0};
    rml_status status;

    rml_ranks_begin(&rank, &n_ranks);
    status = share_study(x, rank, &err);
    if (status == RML_OK)
        status = x->listed ? run_list(x, rank, &way, &err) : run_outcome(x, rank, 0, &way, &outcome, &err);
    if (rank == 0 && status != RML_OK) {
        if (status != RML_ESTOPPED) rml_complain("sweep", &err);
        way.exit_status =
            way.described || status == RML_ENOMEM || status == RML_EEXISTS ? rml_exit_status(status) : RML_EXIT_USAGE;
    }
    return rml_ranks_end(way.exit_status);
}

int rml_verb_sweep(int argc, char **argv)
{
    static const struct argp argp = {option_list, parse_option, "STUDY.yaml", doc, NULL, NULL, NULL};
    static rml_sweep x; /* static: a compute thread that was given up on may still read it */
    int exit_status = rml_options_parse(&argp, argc, argv, &x);

    if (exit_status >= 0) return exit_status;
    if (x.steps) {
        if (rml_first_rank()) rml_study_print_kinds(stdout);
        return rml_stdout_end(0);
    }
    rml_stop_begin();
    exit_status = run_ranks(&x);
    rml_stop_end();
    free(x.out);
    free(x.folder);
    return exit_status;
}
