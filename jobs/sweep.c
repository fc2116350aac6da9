/* radmill sweep: selections and models, judged by cross-validation that cannot leak.
 *
 * 1. Options
 * 2. The job, as the farm sees it
 * 3. Study and data on every rank
 * 4. What the journal holds in the end
 * 5. The model that is handed out
 * 6. One outcome after the other
 * 7. The verb
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
#include "engine/farm.h"
#include "engine/share.h"
#include "engine/stop.h"
#include "io/file.h"
#include "jobs/inputs.h"
#include "jobs/model_json.h"
#include "jobs/options.h"
#include "jobs/sweep_calibration.h"
#include "jobs/sweep_centres.h"
#include "jobs/sweep_features.h"
#include "jobs/sweep_h5.h"
#include "jobs/sweep_outcomes.h"
#include "jobs/sweep_tables.h"
#include "jobs/verbs.h"
#include "jobs/version.h"

#define STUDY_LIMIT ((size_t)1 << 20) /* bytes */

/* 1. Options ------------------------------------------------------------------------------------------------------- */

typedef struct rml_sweep {
    const char *study_path, *given; /* --out */
    bool resume, fresh, explain;
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

enum { RESUME_KEY = 0x100, FRESH_KEY, EXPLAIN_KEY };

static const struct argp_option option_list[] = {
    {"out", 'o', "FOLDER", 0, "Results (required unless --explain); FOLDER/run keeps the journal", 1},
    {"resume", RESUME_KEY, NULL, 0, "Go on from the journal if there is one, start otherwise; scripts always pass it",
     2},
    {"fresh", FRESH_KEY, NULL, 0, "Start anew", 2},
    {"explain", EXPLAIN_KEY, NULL, 0,
     "Print what would be run: rows, folds, pipelines, tasks and every default; run nothing", 2},
    {"quiet", 'q', NULL, 0, "No progress and no summary", 4},
    {0},
};

static const char doc[] =
    "Tries selections and models on a table of features, everything fitted inside the training part of every fold."
    "\v"
    "STUDY.yaml names the table (an h5ad file or a CSV), the outcome, the split, and the pipelines. Every step sees "
    "training rows only; settings are chosen by inner folds; the row \"chosen\" of the leaderboard also chooses among "
    "the "
    "pipelines there, and is the honest figure.\n\n"
    "Examples:\n"
    "  radmill sweep study.yaml --explain\n"
    "  mpirun -q -n 8 radmill sweep study.yaml -o sweep --resume\n\n"
    "FOLDER gets leaderboard.csv, predictions.csv (every held-out score), selected.csv, settings.csv (inner "
    "scores), centres.csv and harmonisation.csv (by centre; how well it is told), calibration.csv and "
    "decision_curve.csv (of two classes: slope, intercept, Hosmer-Lemeshow with as many degrees of freedom as groups; "
    "net benefit), features.csv (how often each was kept, and what it hangs on), failures.csv, sweep.h5 (everything "
    "that was fitted in every split, with the "
    "features' "
    "names), and model.json: the pipeline that the rule of \"chosen\" takes on all patients, for `radmill score` and "
    "`radmill validate`. FOLDER/run/timings.csv says what each task took. Of a study that lists several outcomes each "
    "has "
    "all this in FOLDER/NAME, and FOLDER/outcomes.csv has a row an outcome, its p adjusted for their number.\n\n"
    "Exit status: 0 done, 1 done with failed parts listed, 2 wrong study, 3 could not go on, 75 stopped on SIGUSR1.";

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    rml_sweep *x = state->input;

    switch (key) {
    case 'o': x->given = argument; return 0;
    case RESUME_KEY: x->resume = true; return 0;
    case FRESH_KEY: x->fresh = true; return 0;
    case EXPLAIN_KEY: x->explain = true; return 0;
    case 'q': x->farm.quiet = true; return 0;
    case ARGP_KEY_ARG:
        if (x->study_path)
            return rml_options_refuse(state, "one study was expected, but %s follows %s", argument, x->study_path);
        x->study_path = argument;
        return 0;
    case ARGP_KEY_END:
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

/* Rank 0 reads the file, every rank parses the same bytes: of each outcome, so that a study that is wrong for the last
 * of them is refused before the first is begun. Collective. */
static rml_status share_study(rml_sweep *x, int rank, rml_error *err)
{
    char *text = NULL;
    size_t n_bytes = 0;
    rml_status status = RML_OK;

    if (rank == 0) status = rml_file_read(x->study_path, STUDY_LIMIT, &text, &n_bytes, err);
    status = rml_agree(MPI_COMM_WORLD, status, err);
    if (status != RML_OK) return status;
    x->text = text;
    x->n_text = (int64_t)n_bytes;
    status = rml_share_blob(MPI_COMM_WORLD, &x->text, &x->n_text);
    if (status != RML_OK) return rml_fail(err, status, "no memory for the study");
    x->n_outcomes = 1;
    for (int32_t o = 0; status == RML_OK && o < x->n_outcomes; ++o) {
        rml_study study = {0};

        status = rml_study_parse_outcome(x->text, (size_t)x->n_text, x->study_path, o, &study, err);
        if (status == RML_OK) {
            x->n_outcomes = study.outcomes.n;
            x->listed = study.outcome_name != NULL;
        }
        rml_study_free(&study);
    }
    return rml_agree(MPI_COMM_WORLD, status, err);
}

static rml_status share_dataset(rml_sweep *x, int rank, rml_error *err)
{
    rml_blob blob = {0};
    rml_status status = RML_OK;

    if (rank == 0) status = rml_dataset_read(&x->study, &blob, err);
    status = rml_agree(MPI_COMM_WORLD, status, err);
    if (status != RML_OK) {
        rml_blob_free(&blob);
        return status;
    }
    status = rml_share_node(MPI_COMM_WORLD, blob.bytes, (int64_t)blob.n_bytes, &x->table);
    if (status == RML_OK) status = rml_dataset_unpack(x->table.bytes, (size_t)x->table.n_bytes, &x->dataset);
    if (status != RML_OK) rml_fail(err, status, "the study's table could not be taken apart");
    x->study.told_provenance = x->dataset.told_provenance;
    if (status == RML_OK) status = rml_sweep_plan_make(&x->study, &x->dataset, &x->plan, err);
    return rml_agree(MPI_COMM_WORLD, status, err);
}

/* The folder's tables have names that a study's own files may have. */
static rml_status spare_inputs(const rml_sweep *x, rml_error *err)
{
    static const char *const names[] = {"leaderboard.csv", "predictions.csv", "selected.csv",    "settings.csv",
                                        "features.csv",    "centres.csv",     "calibration.csv", "decision_curve.csv",
                                        "failures.csv",    "sweep.h5",        "model.json",      "harmonisation.csv"};
    rml_status status = RML_OK;

    for (int32_t i = 0; status == RML_OK && i < (int32_t)(sizeof names / sizeof *names); ++i)
        status = rml_inputs_spare_study("--out", x->out, names[i], &x->study, err);
    return status;
}

/* The journal belongs to a study and to the numbers that it reads. */
static rml_status open_journal(rml_sweep *x, rml_error *err)
{
    char *identity = NULL, *journal = NULL;
    size_t n = 0;
    FILE *text = open_memstream(&identity, &n);
    rml_checksum *sum = rml_checksum_begin();
    rml_status status = RML_OK;

    if (!text || !sum || asprintf(&journal, "%s/journal", x->folder) < 0) {
        status = rml_fail(err, RML_ENOMEM, "no memory for the journal's name");
        if (text) fclose(text);
        goto done;
    }
    rml_checksum_add(sum, x->table.bytes, (size_t)x->table.n_bytes);
    fprintf(text, "program: radmill sweep\nversion: %s\ncommit: %s\ndata: %016llx\n", rml_version(),
            rml_version_commit(), (unsigned long long)rml_checksum_value(sum));
    rml_study_print(&x->study, text);
    fclose(text);
    status = spare_inputs(x, err);
    if (status != RML_OK) goto done;
    if ((mkdir(x->given, 0777) != 0 && access(x->given, F_OK) != 0) ||
        (x->listed && mkdir(x->out, 0777) != 0 && access(x->out, F_OK) != 0))
        status = rml_fail(err, RML_EIO, "--out %s: the folder cannot be made", x->out);
    else if (!x->resume && !x->fresh && access(journal, F_OK) == 0)
        status =
            rml_fail(err, RML_EEXISTS, "%s is already there; --resume goes on from it, --fresh starts anew", x->folder);
    if (status == RML_OK) status = rml_journal_open(x->folder, identity, x->fresh, &x->journal, err);
done:
    rml_checksum_free(sum);
    free(identity);
    free(journal);
    return status;
}

/* 4. What the journal holds in the end ----------------------------------------------------------------------------- */

static void results_free(const rml_sweep *x, rml_sweep_results *results)
{
    const int64_t n = (int64_t)x->plan.splits.n * x->study.n_selects;
    const int64_t n_controls = ((int64_t)x->plan.splits.n + 1) * x->plan.control->n;

    for (int64_t i = 0; results->outer && i < n; ++i) rml_nested_free(&results->outer[i]);
    for (int32_t c = 0; results->final && c < x->study.n_selects; ++c) rml_nested_free(&results->final[c]);
    for (int64_t i = 0; results->control && i < n_controls; ++i) rml_nested_free(&results->control[i]);
    free(results->control);
    free(results->control_why);
    free(results->told_why);
    free(results->outer);
    free(results->final);
    free(results->why);
    free(results->final_why);
    free(results->permuted);
    free(results->seconds);
    *results = (rml_sweep_results){0};
}

static rml_status read_part(const rml_sweep *x, int64_t task, rml_nested *nested, double *seconds, rml_error *why,
                            rml_error *err)
{
    rml_blob blob = {0};
    bool done = false;
    rml_status status = rml_journal_read(x->journal, x->plan.key[task], &done, &blob, err);
    rml_reader reader = rml_reader_of(blob.bytes, blob.n_bytes);

    *seconds = rml_read_f64(&reader);

    if (status == RML_OK && done) {
        const size_t n_left = reader.failed ? 0 : reader.n_left;

        status = rml_nested_unpack(rml_read_bytes(&reader, n_left), n_left, nested);
        if (status != RML_OK) rml_fail(err, status, "the journal holds a result that cannot be read");
    } else if (status == RML_OK) {
        const int32_t code = rml_read_i32(&reader);

        rml_fail(why, code > 0 && code < RML_N_STATUS ? (rml_status)code : RML_EINVAL, "%s", rml_read_text(&reader));
    }
    rml_blob_free(&blob);
    return status;
}

static double permuted_metric(const rml_sweep *x, const rml_split *split, int32_t permutation,
                              const rml_nested_model *model)
{
    const double *y = x->plan.y + (int64_t)permutation * x->dataset.data.n_patients;

    return rml_board_metric(&x->study, &x->dataset, split, y, model->decision);
}

/* A permutation's mean metric of what would have been chosen, over the splits that have one; NaN when a split has no
 * model. */
static rml_status read_permutation(const rml_sweep *x, int64_t first_task, rml_sweep_results *results, double *metric,
                                   rml_error *err)
{
    const int32_t n_selects = x->study.n_selects;
    rml_nested *nested = calloc((size_t)n_selects + 1, sizeof *nested);
    const rml_nested **of = calloc((size_t)n_selects + 1, sizeof(const rml_nested *));
    rml_status status = nested && of ? RML_OK : rml_fail(err, RML_ENOMEM, "no memory for the permutations");
    double sum = 0.0;
    int32_t n = 0;

    for (int32_t i = 0; status == RML_OK && i < x->plan.splits.n; ++i) {
        const rml_split *split = &x->plan.splits.split[i];
        int32_t chosen;

        if (split->repeat >= x->study.permute_repeats) continue;
        for (int32_t c = 0; status == RML_OK && c < n_selects; ++c, ++first_task) {
            rml_error why = {0};

            rml_nested_free(&nested[c]);
            of[c] = &nested[c];
            status = read_part(x, first_task, &nested[c], &results->seconds[first_task], &why, err);
        }
        if (status != RML_OK) break;
        chosen = rml_board_choose(of, n_selects, x->study.n_models);
        if (chosen < 0)
            sum = NAN;
        else {
            const double metric_of_split =
                permuted_metric(x, split, x->plan.task[first_task - 1].permutation,
                                &of[chosen / x->study.n_models]->model[chosen % x->study.n_models]);

            if (isnan(metric_of_split))
                continue; /* one class alone is held out, as the true outcome's row leaves out */
            sum += metric_of_split;
            ++n;
        }
    }
    *metric = sum / n; /* NaN of none */
    for (int32_t c = 0; nested && c < n_selects; ++c) rml_nested_free(&nested[c]);
    free(nested);
    free(of);
    return status;
}

static rml_status read_results(const rml_sweep *x, rml_sweep_results *results, rml_error *err)
{
    const int32_t n_selects = x->study.n_selects;
    const int64_t n_outer = (int64_t)x->plan.splits.n * n_selects;
    const int64_t n_controls = ((int64_t)x->plan.splits.n + 1) * x->plan.control->n;
    const int32_t n_folds = x->plan.told->splits.n;
    const int64_t n_told = (int64_t)x->plan.told->n_stages * n_folds;
    int64_t task = n_outer + n_selects, each = 0;
    rml_status status = RML_OK;

    results->outer = calloc((size_t)n_outer + 1, sizeof *results->outer);
    results->final = calloc((size_t)n_selects + 1, sizeof *results->final);
    results->why = calloc((size_t)n_outer + 1, sizeof *results->why);
    results->final_why = calloc((size_t)n_selects + 1, sizeof *results->final_why);
    results->permuted = malloc(((size_t)x->study.permute + 1) * sizeof *results->permuted);
    results->control = calloc((size_t)n_controls + 1, sizeof *results->control);
    results->control_why = calloc((size_t)n_controls + 1, sizeof *results->control_why);
    results->told_why = calloc((size_t)n_told + 1, sizeof *results->told_why);
    results->seconds = malloc(((size_t)x->plan.n_tasks + 1) * sizeof *results->seconds);
    if (!results->outer || !results->final || !results->why || !results->final_why || !results->permuted ||
        !results->control || !results->control_why || !results->told_why || !results->seconds)
        return rml_fail(err, RML_ENOMEM, "no memory for the results");
    for (int64_t t = 0; t < n_outer && status == RML_OK; ++t)
        status = read_part(x, t, &results->outer[t], &results->seconds[t], &results->why[t], err);
    for (int32_t c = 0; c < n_selects && status == RML_OK; ++c)
        status =
            read_part(x, n_outer + c, &results->final[c], &results->seconds[n_outer + c], &results->final_why[c], err);
    for (int32_t i = 0; i < x->plan.splits.n; ++i)
        if (x->plan.splits.split[i].repeat < x->study.permute_repeats) each += n_selects;
    for (int32_t p = 0; p < x->study.permute && status == RML_OK; ++p, task += each)
        status = read_permutation(x, task, results, &results->permuted[p], err);
    for (int64_t c = 0; c < n_controls && status == RML_OK; ++c) {
        const int64_t t = x->plan.first_control + c;

        status = read_part(x, t, &results->control[c], &results->seconds[t], &results->control_why[c], err);
    }
    for (int64_t f = 0; f < n_told && status == RML_OK; ++f) {
        const int64_t t = x->plan.first_told + f;
        rml_nested nested = {0};

        status = read_part(x, t, &nested, &results->seconds[t], &results->told_why[f], err);
        if (nested.n_models > 0 && nested.model[0].status != RML_OK)
            rml_fail(&results->told_why[f], nested.model[0].status, "%s", nested.model[0].why);
        results->told[f / n_folds] += rml_sweep_told_auc(x->plan.told, (int32_t)(f % n_folds), &nested) / n_folds;
        rml_nested_free(&nested);
    }
    return status;
}

/* 5. The model that is handed out ---------------------------------------------------------------------------------- */

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

/* OUT/model.json: the pipeline that the rule of the row "chosen" takes on all patients. None, none is left there. */
static rml_status write_model(const rml_sweep *x, const rml_sweep_results *results, const rml_board *board,
                              rml_error *err)
{
    const int32_t select = board->final / x->study.n_models, which = board->final % x->study.n_models;
    char *path = NULL;
    rml_model model = {0};
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
    if (status == RML_OK && !x->farm.quiet)
        printf("\n%s: %s on all patients, %d feature%s%s\n", path, model.name, model.n_features,
               model.n_features == 1 ? "" : "s", rml_model_holds_rows(&model) ? "; it holds rows of patients" : "");
    rml_model_free(&model);
    free(path);
    return status;
}

/* 6. One outcome after the other ----------------------------------------------------------------------------------- */

static void print_unmatched(const char *what, int32_t n, const char *const *name)
{
    enum { AT_MOST = 20 };

    if (n == 0) return;
    printf("%d %s: ", n, what);
    for (int32_t i = 0; i < n && i < AT_MOST; ++i) printf("%s%s", i > 0 ? ", " : "", name[i]);
    if (n > AT_MOST) printf(" and %d others", n - AT_MOST);
    printf("\n");
}

static void print_data(const rml_sweep *x)
{
    const rml_data *d = &x->dataset.data;

    printf("%d patients in %d rows, %d features", d->n_patients, d->n_rows, d->x.n_columns);
    if (x->dataset.n_clinical > 0) printf(" (%d of them clinical)", x->dataset.n_clinical);
    if (d->outcome == RML_OUTCOME_CLASS) {
        int32_t n = 0;

        for (int32_t p = 0; p < d->n_patients; ++p) n += d->y[p] > 0.5;
        printf(", %d positive", n);
    }
    printf("\n");
    if (x->study.centre) {
        printf("%s:", x->study.centre);
        for (int32_t l = 0; l < d->n_levels[0]; ++l) {
            int32_t n = 0;

            for (int32_t p = 0; p < d->n_patients; ++p) n += d->factor[0][d->first_row[p]] == l;
            printf("%s %s (%d)", l > 0 ? "," : "", x->dataset.level[0][l], n);
        }
        printf("\n");
    }
    if (d->n_raters > 1) printf("read by %d readers: %lld patients\n", d->n_raters, (long long)d->reading[0].n_rows);
    if (x->dataset.n_pivot_without > 0)
        printf("side by side: %lld places without a row, their features missing\n",
               (long long)x->dataset.n_pivot_without);
    if (x->dataset.n_pivot_negligible > 0)
        printf("differences: %lld values missing, the first time point being too small to divide by\n",
               (long long)x->dataset.n_pivot_negligible);
    if (x->dataset.n_without_outcome > 0)
        printf("left out: %d patients without an outcome\n", x->dataset.n_without_outcome);
    print_unmatched("patients of the table are not in the clinical file", x->dataset.n_without_clinical,
                    x->dataset.without_clinical);
    print_unmatched("patients of the clinical file are not in the table", x->dataset.n_clinical_unused,
                    x->dataset.clinical_unused);
}

static void print_list(const char *what, const rml_texts *texts, const char *but)
{
    int32_t n = 0;

    for (int32_t i = 0; i < texts->n; ++i)
        if (!but || strcmp(texts->text[i], but) != 0) printf("%s %s", n++ > 0 ? "," : what, texts->text[i]);
    if (n > 0) printf("\n");
}

/* Which of the listed outcomes, and what being one of several changes. */
static void print_outcome(const rml_sweep *x)
{
    if (!x->listed) return;
    printf("\n=== %s: %s ===\n", x->study.outcome_name, rml_study_outcome_kind(x->study.outcome));
    print_list("never features, being other outcomes:", &x->study.outcomes, x->study.outcome_column);
    print_list("left out, being for another kind of outcome:", &x->study.unfit, NULL);
}

static void explain(const rml_sweep *x)
{
    int64_t n_points = 0, n_fits, n_controls, n_prepared = 0;
    const int32_t *given =
        x->dataset.given ? x->dataset.given[0] : NULL; /* of the first outer fold, as of the others */
    int32_t n_inner = given ? 0 : x->study.inner.k * x->study.inner.repeats;

    for (int32_t p = 0; given && p < x->dataset.data.n_patients; ++p)
        if (given[p] >= n_inner) n_inner = given[p] + 1;
    print_outcome(x);
    rml_study_print(&x->study, stdout);
    printf("\n");
    print_data(x);
    for (int32_t m = 0; m < x->study.n_models; ++m) n_points += x->study.model[m].n_points;
    while (x->plan.first[n_prepared] < x->plan.first_control) ++n_prepared; /* groups that begin with it */
    n_controls = x->plan.first_told - x->plan.first_control;
    n_fits = x->plan.first_control * (n_inner * n_points + x->study.n_models) + n_controls * (n_inner + 1) +
             (x->plan.n_tasks - x->plan.first_told);
    printf("%d outer splits, %d pipelines of %lld settings in all, %d inner folds: %lld tasks, %lld fits of a model, "
           "%lld of the "
           "preparation\n",
           x->plan.splits.n, x->study.n_selects * x->study.n_models, (long long)n_points * x->study.n_selects, n_inner,
           (long long)x->plan.n_tasks, (long long)n_fits, (long long)n_prepared * (n_inner + 1));
}

static bool has_failed(const rml_nested *nested)
{
    bool failed = nested->n_models == 0;

    for (int32_t m = 0; m < nested->n_models; ++m) failed |= nested->model[m].status != RML_OK;
    return failed;
}

/* Whether a fit to all patients has failed, a selection's or a control's. */
static bool failed_on_all(const rml_sweep *x, const rml_sweep_results *results)
{
    bool failed = false;

    for (int32_t c = 0; c < x->study.n_selects; ++c) failed |= has_failed(&results->final[c]);
    for (int32_t c = 0; c < x->plan.control->n; ++c)
        failed |= has_failed(&results->control[(int64_t)x->plan.splits.n * x->plan.control->n + c]);
    return failed;
}

static rml_status conclude(rml_sweep *x, const rml_farm_report *report, int *exit_status, rml_sweep_outcome *outcome,
                           rml_error *err)
{
    rml_sweep_results results = {0};
    rml_board board = {0};
    rml_sweep_features features = {0};
    rml_status status = read_results(x, &results, err);

    if (status == RML_OK) status = rml_board_make(&x->study, &x->dataset, &x->plan, &results, &board, err);
    if (status == RML_OK)
        status = rml_sweep_tables_write(&x->study, &x->dataset, &x->plan, &results, &board, x->out, err);
    if (status == RML_OK)
        status = rml_sweep_centres_write(&x->study, &x->dataset, &x->plan, &results, &board, x->out, err);
    if (status == RML_OK)
        status = rml_sweep_calibration_write(&x->study, &x->dataset, &x->plan, &results, &board, x->out, err);
    if (status == RML_OK) status = rml_sweep_harmonisation_write(&x->plan, &results, x->out, err);
    if (status == RML_OK) status = rml_sweep_timings_write(&x->study, &x->dataset, &x->plan, &results, x->folder, err);
    if (status == RML_OK) status = rml_sweep_h5_write(&x->study, &x->dataset, &x->plan, &results, &board, x->out, err);
    if (status == RML_OK) status = rml_sweep_features_make(&x->study, &x->dataset, &x->plan, &results, &features, err);
    if (status == RML_OK) status = rml_sweep_features_write(&x->study, &x->dataset, &features, x->out, err);
    if (status == RML_OK) {
        rml_sweep_outcome_judge(&board, x->plan.splits.n, outcome);
        if (!x->farm.quiet) {
            print_outcome(x);
            print_data(x);
            rml_board_print(&x->study, &board);
            rml_sweep_harmonisation_print(&x->study, &x->plan, &results);
            rml_sweep_features_print(&x->study, &x->dataset, &features);
        }
        status = write_model(x, &results, &board, err);
    }
    if (status == RML_OK) {
        if (!x->farm.quiet) {
            printf("\n%lld tasks in %.1f s on %d rank%s; %s/leaderboard.csv, predictions.csv, selected.csv\n",
                   (long long)(report->n_done + report->n_failed), report->seconds, report->n_ranks,
                   report->n_ranks == 1 ? "" : "s", x->out);
        }
        *exit_status = RML_EXIT_DONE;
        for (int32_t r = 0; r < board.n; ++r)
            if (board.row[r].n_failed > 0) *exit_status = RML_EXIT_FAILED_CASES;
        for (int32_t t = 0; t < x->plan.told->n_stages * x->plan.told->splits.n; ++t)
            if (results.told_why[t].status != RML_OK) *exit_status = RML_EXIT_FAILED_CASES;
        if (failed_on_all(x, &results)) *exit_status = RML_EXIT_FAILED_CASES;
    }
    rml_sweep_features_free(&features);
    rml_board_free(&board);
    results_free(x, &results);
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

static rml_status farm_out(rml_sweep *x, int rank, rml_sweep_way *way, rml_sweep_outcome *outcome, rml_error *err)
{
    static rml_farm_job job = {/* static: a thread that was given up on may still look at it */
                               .noun = "tasks",
                               .pack = pack_task,
                               .failed = fail_unit,
                               .name = name_unit,
                               .compute = compute_task};
    rml_farm_report report = {0};
    rml_status status = RML_OK;

    if (rank == 0) status = open_journal(x, err);
    status = rml_agree(MPI_COMM_WORLD, status, err);
    if (status == RML_OK) {
        job.context = x;
        job.n_tasks = rank == 0 ? x->plan.n_groups : 0;
        job.tasks = x->plan.farm;
        status = rml_farm_run(MPI_COMM_WORLD, &job, x->journal, &x->farm, &report, err);
        way->computing = status != RML_OK;
        if (rank == 0 && status == RML_OK) status = conclude(x, &report, &way->exit_status, outcome, err);
        if (rank == 0 && status == RML_ESTOPPED && !x->farm.quiet) print_stopped(x, report.n_left);
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
    rml_status status = rml_study_parse_outcome(x->text, (size_t)x->n_text, x->study_path, which, &x->study, err);

    *way = (rml_sweep_way){.exit_status = RML_EXIT_DONE};
    if (status == RML_OK && name_folders(x) != RML_OK) status = rml_fail(err, RML_ENOMEM, "no memory for a path");
    status = rml_agree(MPI_COMM_WORLD, status, err);
    if (status != RML_OK) return status;
    rml_sweep_outcome_begin(&x->study, outcome);
    status = share_dataset(x, rank, err);
    outcome->n_patients = x->dataset.data.n_patients;
    outcome->n_without = x->dataset.n_without_outcome;
    if (status == RML_OK) {
        way->described = true;
        if (!x->explain)
            status = farm_out(x, rank, way, outcome, err);
        else if (rank == 0)
            explain(x);
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

/* 7. The verb ------------------------------------------------------------------------------------------------------ */

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
        way.exit_status = way.described || status == RML_ENOMEM ? rml_exit_status(status) : RML_EXIT_USAGE;
    }
    return rml_ranks_end(way.exit_status);
}

int rml_verb_sweep(int argc, char **argv)
{
    static const struct argp argp = {option_list, parse_option, "STUDY.yaml", doc, NULL, NULL, NULL};
    static rml_sweep x; /* static: a compute thread that was given up on may still read it */
    int exit_status = rml_options_parse(&argp, argc, argv, &x);

    if (exit_status >= 0) return exit_status;
    rml_stop_begin();
    exit_status = run_ranks(&x);
    rml_stop_end();
    free(x.out);
    free(x.folder);
    return exit_status;
}
