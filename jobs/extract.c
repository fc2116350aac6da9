/* radmill extract: features of a cohort.
 *
 * 1. options
 * 2. the job, as the farm sees it
 * 3. what is to be done, and what the journal already has
 * 4. the summary
 * 5. what a share of a job array ends with
 * 6. the verb
 */
#include <malloc.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/effort.h"
#include "engine/farm.h"
#include "engine/folder.h"
#include "engine/memory.h"
#include "engine/stop.h"
#include "jobs/case.h"
#include "jobs/cohort.h"
#include "jobs/elements.h"
#include "jobs/extract_print.h"
#include "jobs/features.h"
#include "jobs/gone.h"
#include "jobs/has_journal.h"
#include "jobs/memory.h"
#include "jobs/options.h"
#include "jobs/outputs.h"
#include "jobs/tables.h"
#include "jobs/verbs.h"
#include "jobs/verify.h"
#include "jobs/version.h"
#include "kernels/base/kept.h"

/* --- 1. options -------------------------------------------------------------------------------------------------- */

typedef struct rml_extract {
    const char *cohort_path, *params_path, *out, *csv, *label;
    bool resume, fresh, verify, hashes;
    rml_nan_policy policy;
    rml_farm_options farm;
    rml_element element; /* of a job array; n 0: none, this run does all */
    char *run;           /* OUT.run */
    char *folder;        /* the run folder: the same, or the share's in it */
    /* filled on the way */
    rml_params params;    /* every rank */
    int64_t memory_limit; /* of a node, bytes */
    rml_cohort cohort;    /* rank 0 from here on */
    bool *own;            /* [cohort.n_rows] rows that this run computes */
    rml_tasks tasks;
    rml_journal *journal;
    int64_t n_before;             /* rows that the journal had */
    double seconds[RML_N_STAGES]; /* of this run, over all ranks */
    char name[512];               /* of the unit that was asked for last */
} rml_extract;

enum {
    CSV_KEY = 0x100,
    RESUME_KEY,
    FRESH_KEY,
    NAN_KEY,
    TIMEOUT_KEY,
    RETRY_KEY,
    GIVE_UP_KEY,
    VERIFY_KEY,
    HASHES_KEY,
    SHARE_KEY
};

static const struct argp_option option_list[] = {
    {"params", 'p', "FILE", 0,
     "PyRadiomics parameter file; without it PyRadiomics' defaults: 107 features, binWidth 25", 1},
    {"out", 'o', "FILE", 0, "Features in AnnData's layout (required); FILE.run/ beside it keeps the journal", 1},
    {"csv", CSV_KEY, "FILE", 0,
     "The same as CSV. Every run that shall keep it up to date names it: --resume without --csv leaves an earlier FILE "
     "as it "
     "is",
     1},
    {"label", 'l', "N|all", 0, "Label for every row: 3, a list 1;2;5, a union 1+3, or all; overrides the Label column",
     1},
    {"resume", RESUME_KEY, NULL, 0,
     "Go on from the journal if there is one, start otherwise; scripts always pass it. An output that is there without "
     "a "
     "journal is refused",
     2},
    {"fresh", FRESH_KEY, NULL, 0, "Start anew; an older journal is removed, an older output replaced at the end", 2},
    {"verify", VERIFY_KEY, NULL, 0,
     "Before going on, compare the checksums of the files of all finished cases; what has changed is computed again",
     2},
    {"retry-quarantined", RETRY_KEY, NULL, 0, "Try cases again that killed a rank twice", 2},
    {"give-up", GIVE_UP_KEY, "N", 0,
     "When the N starts before this one ended early without a new result, begin nothing: status 3, and what was "
     "running "
     "is named; a single case known to run alone is left out instead. For scripts that start again by themselves",
     2},
    RML_FAILED_STATUS_OPTION("cases"),
    {"nan-policy", NAN_KEY, "error|exclude", 0,
     "NaN or infinite voxels inside a ROI: error (default) fails it, exclude leaves them out with a warning", 3},
    {"hashes", HASHES_KEY, NULL, 0,
     "Among the diagnostics, SHA-1 of the image's and of the mask's voxels as PyRadiomics gives them: a pass over both",
     3},
    {"case-timeout", TIMEOUT_KEY, "SECONDS", 0, "A case that takes longer fails and the rest goes on", 3},
    RML_MEMORY_OPTION("A case that its headers say is larger than its files waits until the others leave room"),
    {"share", SHARE_KEY, "K/N", 0,
     "Compute the Kth of N shares alone, K from 1, and write no table: an element of a job array, where MPI may not be "
     "used, or a run on ranks of its own, where one rank 0 is too few. `radmill merge` joins the shares",
     3},
    {"quiet", 'q', NULL, 0, "No progress and no summary", 4},
    {0},
};

static const char doc[] =
    "Computes radiomic features of every image and mask in a cohort, exactly as PyRadiomics defines them."
    "\v"
    "COHORT.csv has a row a mask: columns Image and Mask (paths relative to the CSV), optionally ID, Label, "
    "Label_channel; any other column (Centre, Reader, Timepoint, Sequence, ...) is carried into the output. Images and "
    "masks are NIfTI or NRRD. Unless the parameter file says additionalInfo: false, both tables have PyRadiomics' "
    "diagnostics_ columns (sizes, spacings, intensities, boxes of image and mask at every stage), which are no "
    "features. A case that cannot be read or computed becomes a row in FILE.run/failures.csv and the "
    "rest goes on.\n\n"
    "Examples:\n"
    "  radmill extract cohort.csv -p mr.yaml -o features.h5ad --csv features.csv\n"
    "  mpirun -q -n 8 radmill extract cohort.csv -p mr.yaml -o f.h5ad --resume\n"
    "  sbatch --array=1-40 … radmill extract cohort.csv -o f.h5ad --resume "
    "--share \"$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT\", then radmill merge f.h5ad\n\n"
    "Exit status: 0 done, 1 done with failures listed, 2 wrong cohort or parameter file, 3 could not go on, 75 stopped "
    "on SIGUSR1 (running cases are finished first), SIGTERM or SIGINT (at once); the same command with --resume goes "
    "on. A mpirun that itself gets SIGTERM or SIGINT says 1 whatever radmill says: SIGUSR1 it passes on.";

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    rml_extract *x = state->input;
    rml_label_spec spec = {0};
    rml_error err = {0};

    switch (key) {
    case 'p': x->params_path = argument; return 0;
    case 'o': x->out = argument; return 0;
    case CSV_KEY: x->csv = argument; return 0;
    case 'l':
        if (rml_label_spec_parse(argument, &spec, &err) != RML_OK)
            return rml_options_refuse(state, "--label: %s", err.text);
        rml_label_spec_free(&spec);
        x->label = argument;
        return 0;
    case RESUME_KEY: x->resume = true; return 0;
    case FRESH_KEY: x->fresh = true; return 0;
    case VERIFY_KEY: x->verify = true; return 0;
    case HASHES_KEY: x->hashes = true; return 0;
    case RETRY_KEY: x->farm.retry_quarantined = true; return 0;
    case GIVE_UP_KEY:
        if (!rml_options_integer(argument, 1, 1000, &x->farm.give_up))
            return rml_options_refuse(state, "--give-up %s; a number of starts from 1 to 1000 was expected", argument);
        return 0;
    case NAN_KEY:
        if (strcmp(argument, "error") != 0 && strcmp(argument, "exclude") != 0)
            return rml_options_refuse(state, "--nan-policy %s; error or exclude was expected", argument);
        x->policy = strcmp(argument, "exclude") == 0 ? RML_NAN_EXCLUDE : RML_NAN_ERROR;
        return 0;
    case RML_FAILED_STATUS_KEY: return rml_options_failed_status(argument, state);
    case RML_MEMORY_KEY: {
        const error_t refused = rml_options_memory(argument, &x->farm.memory_per_node, state);

        if (refused || x->farm.memory_per_node > RML_MEMORY_OF_A_RANK) return refused;
        return rml_options_refuse(
            state, "--memory %s; a rank alone takes 32M: a larger size such as 8G or 512M was expected", argument);
    }
    case TIMEOUT_KEY:
        if (!rml_options_number(argument, 1e-3, 1e9, &x->farm.case_timeout))
            return rml_options_refuse(state, "--case-timeout %s; seconds from 0.001 to 1e9 were expected", argument);
        return 0;
    case SHARE_KEY:
        if (rml_element_parse(argument, &x->element, &err) != RML_OK) return rml_options_refuse(state, "%s", err.text);
        return 0;
    case 'q': x->farm.quiet = true; return 0;
    case ARGP_KEY_ARG:
        if (x->cohort_path)
            return rml_options_refuse(state, "one cohort was expected, but %s follows %s", argument, x->cohort_path);
        x->cohort_path = argument;
        return 0;
    case ARGP_KEY_END:
        if (!x->cohort_path)
            return rml_options_refuse(state, "which cohort? A CSV with the columns Image and Mask was expected");
        if (!x->out || !*x->out) return rml_options_refuse(state, "--out FILE.h5ad is missing");
        if (x->csv && !*x->csv) return rml_options_refuse(state, "--csv: an empty name; a file's name was expected");
        if (strcmp(x->out, "-") == 0 || (x->csv && strcmp(x->csv, "-") == 0))
            return rml_options_refuse(state,
                                      "%s -: tables go to files, not to the standard output; a name was expected",
                                      strcmp(x->out, "-") == 0 ? "--out" : "--csv");
        if (x->element.n > 0 && x->csv)
            return rml_options_refuse(state, "--csv %s: a share writes no table; `radmill merge` takes --csv", x->csv);
        if (x->resume && x->fresh) return rml_options_refuse(state, "--resume and --fresh exclude each other");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* --- 2. the job, as the farm sees it ----------------------------------------------------------------------------- */

static int64_t row_of(const rml_extract *x, int64_t task, int32_t unit)
{
    return x->tasks.row[x->tasks.first[task] + unit];
}

/* What the keys of a task's rows say of its files; where a file was written while the cohort was read and the rows do
 * not agree, what no file can be. */
static void expect_states(const rml_extract *x, int64_t task, rml_file_state state[RML_N_CASE_FILES])
{
    for (int f = 0; f < RML_N_CASE_FILES; ++f) {
        state[f] = x->cohort.state[row_of(x, task, 0) * RML_N_CASE_FILES + f];
        for (int32_t u = 1; u < x->tasks.task[task].n_units; ++u)
            if (!rml_file_unchanged(&state[f], &x->cohort.state[row_of(x, task, u) * RML_N_CASE_FILES + f]))
                state[f].n_bytes = -2;
    }
}

static rml_status pack_task(void *context, int64_t task, rml_blob *payload)
{
    const rml_extract *x = context;
    const rml_manifest *m = &x->cohort.manifest;
    const int64_t row = row_of(x, task, 0);
    const int32_t n_units = x->tasks.task[task].n_units;
    char *image = rml_manifest_path(m, row, m->image), *mask = rml_manifest_path(m, row, m->mask);
    const char **labels = malloc((size_t)n_units * sizeof *labels);
    rml_status status = RML_ENOMEM;

    if (image && mask && labels) {
        rml_case job = {.image = image,
                        .mask = mask,
                        .watched = true,
                        .hashes = x->hashes,
                        .granted = x->tasks.task[task].memory_bytes,
                        .label_channel = rml_cohort_label_channel(&x->cohort, row, &x->params),
                        .n_units = n_units,
                        .labels = labels};

        for (int32_t u = 0; u < n_units; ++u) labels[u] = rml_cohort_label(&x->cohort, row_of(x, task, u));
        expect_states(x, task, job.state);
        rml_case_pack(&job, payload);
        status = payload->failed ? RML_ENOMEM : RML_OK;
    }
    free((void *)labels);
    free(image);
    free(mask);
    return status;
}

/* A case that is larger than its files tell: what smaller ones left behind must not lie beside it, or be held by a rank
 * that waits. */
static rml_status need_memory(void *context, int64_t n_bytes, bool wait)
{
    if (wait) rml_kept_drop();
    malloc_trim(0);
    return rml_farm_need(context, n_bytes, wait);
}

static void compute_task(void *context, const void *payload, size_t n_bytes, const volatile bool *cancel,
                         rml_outcomes *outcomes)
{
    const rml_extract *x = context;
    rml_case job;
    rml_result *results;

    if (rml_case_unpack(payload, n_bytes, &job) != RML_OK) return; /* the farm fails units that say nothing */
    results = malloc((size_t)job.n_units * sizeof *results);
    if (results) {
        job.memory_limit = x->memory_limit;
        job.need = need_memory;
        job.context = outcomes;
        rml_case_run(&job, &x->params, x->policy, cancel, results);
        for (int32_t u = 0; u < job.n_units; ++u) {
            rml_blob blob = {0};

            rml_result_pack(&results[u], &blob);
            if (!blob.failed && results[u].n_rois > 0)
                rml_outcome(outcomes, u, rml_result_n_failed(&results[u]) == 0, &blob);
            rml_blob_free(&blob);
            rml_result_free(&results[u]);
        }
    }
    free(results);
    free((void *)(uintptr_t)job.labels);
}

/* The last record of a key is what counts, so a failure from outside must not take the place of values: where an
 * earlier run computed some of the row's ROIs and failed others, its record is written again. */
static bool has_values(const rml_extract *x, rml_key key, rml_blob *record)
{
    rml_result result;
    bool done, has = false;

    if (rml_journal_read(x->journal, key, &done, record, NULL) != RML_OK) return false;
    if (rml_result_unpack(record->bytes, record->n_bytes, rml_params_n_columns(&x->params), &result, NULL) != RML_OK)
        return false;
    has = rml_result_n_failed(&result) < result.n_rois;
    rml_result_free(&result);
    return has;
}

static void fail_unit(void *context, int64_t task, int32_t unit, const rml_error *why, rml_blob *outcome)
{
    const rml_extract *x = context;
    rml_result result = {.n_columns = rml_params_n_columns(&x->params)};

    if (has_values(x, x->cohort.key[row_of(x, task, unit)], outcome)) return;
    rml_blob_clear(outcome);
    if (rml_result_fail(&result, rml_cohort_label(&x->cohort, row_of(x, task, unit)), RML_STAGE_RUN, why) == RML_OK)
        rml_result_pack(&result, outcome);
    rml_result_free(&result);
}

static void add_seconds(void *context, int64_t task, int32_t unit, bool done, const rml_blob *outcome)
{
    rml_extract *x = context;
    rml_result result;

    (void)task, (void)unit, (void)done;
    if (rml_result_unpack(outcome->bytes, outcome->n_bytes, rml_params_n_columns(&x->params), &result, NULL) != RML_OK)
        return;
    for (int32_t r = 0; r < result.n_rois; ++r)
        for (int32_t s = 0; s < RML_N_STAGES; ++s) x->seconds[s] += result.roi[r].seconds[s];
    rml_result_free(&result);
}

/* In a buffer of the job's: only rank 0's service thread asks. */
static const char *name_unit(void *context, int64_t task, int32_t unit)
{
    rml_extract *x = context;
    const int64_t row = row_of(x, task, unit);

    snprintf(x->name, sizeof x->name, "%s|%s", x->cohort.id[row], rml_cohort_label(&x->cohort, row));
    return x->name;
}

/* --- 3. what is to be done, and what the journal already has ----------------------------------------------------- */

/* What merge must know of this share. */
static rml_status tell(const rml_extract *x, bool ended, rml_error *err)
{
    const rml_told_element told = {.cohort = x->cohort_path,
                                   .params = x->params_path,
                                   .label = x->label,
                                   .policy = x->policy,
                                   .hashes = x->hashes,
                                   .ended = ended};

    return rml_element_tell(x->folder, &told, err);
}

static rml_status open_journal(rml_extract *x, rml_error *err)
{
    const rml_outputs outputs = {.out = x->out,
                                 .csv = x->csv,
                                 .folder = x->folder,
                                 .cohort = x->cohort_path,
                                 .params = x->params_path,
                                 .columns = &x->params,
                                 .resume = x->resume,
                                 .fresh = x->fresh};
    char *identity = NULL;
    bool begun;
    rml_status status = rml_outputs_check(&outputs, &x->cohort, err);

    if (status == RML_OK) status = rml_has_journal(x->run, &begun, err);
    if (status == RML_OK && (x->element.n > 0 || (!begun && !x->fresh)))
        status = rml_elements_alone(x->run, x->element, err);
    if (status == RML_OK && x->element.n > 0) status = rml_folder_make(x->run, err);
    if (status != RML_OK) return status;
    identity = x->element.n > 0
                   ? rml_element_identity(&x->params, x->policy, x->hashes, x->element, &x->cohort, x->label)
                   : rml_extract_identity(&x->params, x->policy, x->hashes);
    if (!identity) return rml_fail(err, RML_ENOMEM, "no memory for the journal's identity");
    status = rml_journal_open(x->folder, identity, x->fresh, &x->journal, err);
    free(identity);
    if (status == RML_OK && x->element.n > 0) status = tell(x, false, err);
    return status;
}

/* A row whose files have changed is no longer done: the last record of a key is what counts. */
static rml_status forget_row(rml_extract *x, int64_t row, rml_error *err)
{
    rml_result result = {.n_columns = rml_params_n_columns(&x->params)};
    rml_error why = {0};
    rml_blob blob = {0};
    rml_status status;

    rml_fail(&why, RML_EVALUE, "%s: its files hold something else than when it was computed", x->cohort.id[row]);
    status = rml_result_fail(&result, rml_cohort_label(&x->cohort, row), RML_STAGE_READ, &why);
    if (status == RML_OK) rml_result_pack(&result, &blob);
    if (status != RML_OK || blob.failed) status = rml_fail(err, RML_ENOMEM, "no memory for a record");
    if (status == RML_OK)
        status =
            rml_journal_append(x->journal, RML_RECORD_FAILED, &x->cohort.key[row], 1, blob.bytes, blob.n_bytes, err);
    rml_blob_free(&blob);
    rml_result_free(&result);
    return status;
}

/* Collective. */
static rml_status verify(rml_extract *x, int rank, rml_error *err)
{
    bool *changed = rank == 0 ? calloc((size_t)x->cohort.n_rows + 1, sizeof *changed) : NULL;
    int64_t n_changed = 0;
    rml_status status = rank == 0 && !changed ? rml_fail(err, RML_ENOMEM, "no memory to verify") : RML_OK;

    status = rml_agree(MPI_COMM_WORLD, status, err);
    if (status == RML_OK)
        status = rml_verify(MPI_COMM_WORLD, rank == 0 ? &x->cohort : NULL, x->journal, rml_params_n_columns(&x->params),
                            changed, &n_changed, err);
    if (changed && status == RML_OK && n_changed > 0) {
        for (int64_t r = 0; r < x->cohort.n_rows && status == RML_OK; ++r)
            if (changed[r]) status = forget_row(x, r, err);
        if (status == RML_OK) status = rml_journal_sync(x->journal, err);
    }
    free(changed);
    return rml_agree(MPI_COMM_WORLD, status, err);
}

/* The rows that this run computes: all that are, or those dealt to this element. */
static rml_status list_own(rml_extract *x, rml_error *err)
{
    int32_t *element = x->element.n > 0 ? malloc(((size_t)x->cohort.n_rows + 1) * sizeof *element) : NULL;
    rml_status status = RML_OK;

    x->own = malloc((size_t)x->cohort.n_rows + 1);
    if (!x->own || (x->element.n > 0 && !element)) status = rml_fail(err, RML_ENOMEM, "no memory for a list of rows");
    if (status == RML_OK && element) status = rml_elements_deal(&x->cohort, x->element.n, element, err);
    for (int64_t r = 0; r < x->cohort.n_rows && status == RML_OK; ++r)
        x->own[r] = element ? element[r] == x->element.number : x->cohort.twin[r] < 0;
    free(element);
    return status;
}

static rml_status plan(rml_extract *x, rml_error *err)
{
    bool *pending = malloc((size_t)x->cohort.n_rows + 1);
    rml_status status;

    if (!pending) return rml_fail(err, RML_ENOMEM, "no memory for a cohort of %lld rows", (long long)x->cohort.n_rows);
    for (int64_t r = 0; r < x->cohort.n_rows; ++r) {
        pending[r] = x->own[r] && rml_journal_state(x->journal, x->cohort.key[r]) != RML_UNIT_DONE;
        x->n_before += x->own[r] && !pending[r];
    }
    status = rml_cohort_tasks(&x->cohort, pending, &x->tasks, err);
    free(pending);
    if (status != RML_OK) return status;
    for (int64_t t = 0; t < x->tasks.n; ++t) /* a guess: what it may be too large by, the headers say */
        if (x->tasks.task[t].memory_bytes > x->memory_limit) x->tasks.task[t].memory_bytes = x->memory_limit;
    return status;
}

/* --- 4. the summary ---------------------------------------------------------------------------------------------- */

static void print_summary(const rml_extract *x, const rml_farm_report *report, const rml_tables_counts *counts,
                          double write_seconds)
{
    const int64_t n_run = report->n_done + report->n_failed;

    printf("\nradmill extract: %lld ROI%s of %lld case%s, %lld failure%s\n", (long long)counts->n_rois,
           counts->n_rois == 1 ? "" : "s", (long long)counts->n_cases, counts->n_cases == 1 ? "" : "s",
           (long long)counts->n_failures, counts->n_failures == 1 ? "" : "s");
    printf("  in this run    %lld cases in %.2f s on %d rank%s", (long long)n_run, report->seconds, report->n_ranks,
           report->n_ranks == 1 ? "" : "s");
    if (n_run > 0 && report->seconds > 0.0) printf(", %.1f cases/s", (double)n_run / report->seconds);
    if (x->n_before == 0 && report->seconds > 0.0) printf(", %.1f ROIs/s", (double)counts->n_rois / report->seconds);
    if (x->n_before > 0) printf("; %lld cases were done before", (long long)x->n_before);
    putchar('\n');
    rml_print_tables(counts, x->out, x->csv, x->folder, rml_params_n_columns(&x->params));
    rml_print_effort(report, x->seconds, write_seconds);
}

/* --- 5. what a share of a job array ends with -------------------------------------------------------------------- */

/* "ID|label: sentence" of the first ROI of a row that failed. */
static rml_status first_failure(const rml_extract *x, int64_t row, rml_blob *record, rml_error *shown, rml_error *err)
{
    const rml_manifest *m = &x->cohort.manifest;
    const char **cell = m->table.cell + row * m->table.n_columns;
    rml_result result = {0};
    bool done;
    rml_status status = rml_journal_read(x->journal, x->cohort.key[row], &done, record, err);

    if (status == RML_OK)
        status = rml_result_unpack(record->bytes, record->n_bytes, rml_params_n_columns(&x->params), &result, err);
    if (status == RML_OK && rml_result_spell(&result, cell[m->image], cell[m->mask]) != RML_OK)
        status = rml_fail(err, RML_ENOMEM, "no memory for a sentence");
    for (int32_t r = 0; r < result.n_rois && status == RML_OK; ++r) {
        if (result.roi[r].error.status == RML_OK) continue;
        (void)rml_fail(shown, result.roi[r].error.status, "%s|%s: %s", x->cohort.id[row], result.roi[r].label,
                       result.roi[r].error.text);
        break;
    }
    rml_result_free(&result);
    return status;
}

/* Rank 0, once every row of the share has a record. What fails because two rows ask for one ROI, merge will say. */
static rml_status end_share(const rml_extract *x, const rml_farm_report *report, int *exit_status, rml_error *err)
{
    int64_t n_own = 0, n_failed = 0;
    rml_blob record = {0};
    rml_error shown[RML_SHOWN_FAILURES] = {0};
    rml_status status = RML_OK;

    for (int64_t r = 0; r < x->cohort.n_rows && status == RML_OK; ++r) {
        n_own += x->own[r];
        if (!x->own[r] || rml_journal_state(x->journal, x->cohort.key[r]) == RML_UNIT_DONE) continue;
        if (n_failed < RML_SHOWN_FAILURES) status = first_failure(x, r, &record, &shown[n_failed], err);
        ++n_failed;
    }
    rml_blob_free(&record);
    if (status == RML_OK) status = tell(x, true, err);
    if (status != RML_OK) return status;
    rml_journal_conclude(x->journal);
    *exit_status = n_failed > 0 ? RML_EXIT_FAILED_CASES : RML_EXIT_DONE;
    if (x->farm.quiet) return RML_OK;
    printf("\nradmill extract: share %d of %d: %lld of %lld cases, %lld with failures\n", (int)x->element.number,
           (int)x->element.n, (long long)n_own, (long long)x->cohort.n_rows, (long long)n_failed);
    printf("  in this run    %lld cases in %.2f s; %lld were done before\n",
           (long long)(report->n_done + report->n_failed), report->seconds, (long long)x->n_before);
    printf("  journal        %s/journal\n", x->folder);
    rml_print_failures(shown, n_failed);
    printf("When all %d shares are there: radmill merge %s\n", (int)x->element.n, x->out);
    rml_print_effort(report, x->seconds, 0.0);
    return RML_OK;
}

/* --- 6. the verb ------------------------------------------------------------------------------------------------- */

/* Rank 0, once every row has a record. */
static rml_status write_tables(rml_extract *x, const rml_farm_report *report, int *exit_status, rml_error *err)
{
    const rml_tables_input input = {.cohort = &x->cohort,
                                    .params = &x->params,
                                    .journal = x->journal,
                                    .policy = x->policy,
                                    .hashes = x->hashes,
                                    .out = x->out,
                                    .csv = x->csv,
                                    .folder = x->folder};
    rml_tables_counts counts;
    const double begun = rml_seconds();
    const rml_status status = rml_tables_write(&input, &counts, err);

    if (status != RML_OK) return status;
    rml_journal_conclude(x->journal);
    if (!x->farm.quiet) print_summary(x, report, &counts, rml_seconds() - begun);
    *exit_status = counts.n_failures > 0 ? RML_EXIT_FAILED_CASES : RML_EXIT_DONE;
    return RML_OK;
}

/* Every rank reads the file, and all must have read the same: one that is changed just now, or differs between nodes,
 * would mix two settings in one table. Collective. */
static rml_status read_params(rml_extract *x, int rank, rml_error *err)
{
    void *first = NULL;
    int64_t n_bytes = 0;
    rml_status status = rml_params_read(x->params_path, &x->params, err);

    if (status == RML_OK && x->hashes && !x->params.additional_info)
        status =
            rml_fail(err, RML_ESETTING,
                     "--hashes are among the diagnostics, which %s leaves out (additionalInfo: false)", x->params_path);
    status = rml_agree(MPI_COMM_WORLD, status, err);
    if (status != RML_OK) return status;
    if (rank == 0) {
        first = x->params.canonical;
        n_bytes = (int64_t)strlen(x->params.canonical) + 1;
    }
    status = rml_share_blob(MPI_COMM_WORLD, &first, &n_bytes);
    if (status == RML_OK && strcmp(first, x->params.canonical) != 0)
        status = rml_fail(err, RML_ESETTING, "%s reads otherwise on rank %d than on rank 0", x->params_path, rank);
    if (rank != 0) free(first);
    return rml_agree(MPI_COMM_WORLD, status, err);
}

/* Case after case takes and gives back buffers of some MiB. Given back to the system each time, their pages are cleared
 * and mapped anew for every case, a good part of reading it; kept, they serve the next one. Larger ones go back at
 * once, so that a large image never stays beside another. */
static void keep_memory(void)
{
    mallopt(M_ARENA_MAX, 1); /* a second thread's own arena is cut into heaps of 64 MiB, which are given back whole */
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 256 << 20);
    mallopt(M_TOP_PAD, 16 << 20);
}

/* What a rank keeps beside a case is in no account: a small part of its share. */
static void keep_less_memory(int64_t limit, int n_ranks)
{
    const int64_t share = limit / n_ranks / 16;

    if (share < 256 << 20) mallopt(M_TRIM_THRESHOLD, share > 16 << 20 ? (int)share : 16 << 20);
}

static int run_ranks(rml_extract *x)
{
    int rank, n_ranks, exit_status = RML_EXIT_DONE;
    bool described = false; /* the parameters and the cohort are right; what fails later is no mistake of theirs */
    rml_effort_mark mark;
    char effort[256];
    rml_farm_report report = {0};
    rml_faults faults = {0};
    rml_error err = {0};
    rml_status status;
    static rml_farm_job job = {.noun = "cases", /* static: a thread that was given up on may still look at it */
                               .pack = pack_task,
                               .failed = fail_unit,
                               .name = name_unit,
                               .recorded = add_seconds,
                               .compute = compute_task};

    job.context = x;
    rml_ranks_begin(&rank, &n_ranks);
    mark = rml_effort_begin();
    x->memory_limit = x->farm.memory_per_node > 0 ? x->farm.memory_per_node : rml_memory_limit("");
    keep_less_memory(x->memory_limit, n_ranks);
    status = read_params(x, rank, &err);
    if (status != RML_OK) goto done;
    if (x->params.warning.status != RML_OK) rml_complain("extract", &x->params.warning);
    if (rank == 0) {
        status = rml_cohort_read_on(x->cohort_path, x->label, &x->params, &x->cohort, &faults, &err);
        described = status == RML_OK;
        if (described) rml_cohort_tell_formulas("extract", x->cohort_path, &x->cohort);
        if (described) status = open_journal(x, &err);
    }
    status = rml_agree(MPI_COMM_WORLD, status, &err);
    if (status == RML_OK && x->verify) status = verify(x, rank, &err);
    if (status != RML_OK) goto done;
    if (rank == 0) status = list_own(x, &err);
    if (rank == 0 && status == RML_OK) status = rml_gone_prepare(x->journal, &x->cohort, x->own, &err);
    if (rank == 0 && status == RML_OK) status = plan(x, &err);
    status = rml_agree(MPI_COMM_WORLD, status, &err);
    if (status != RML_OK) goto done;
    job.n_tasks = x->tasks.n;
    job.tasks = x->tasks.task;
    job.n_before = x->n_before;
    status = rml_farm_run(MPI_COMM_WORLD, &job, x->journal, &x->farm, &report, &err);
    if (rank == 0 && status == RML_OK)
        status =
            x->element.n > 0 ? end_share(x, &report, &exit_status, &err) : write_tables(x, &report, &exit_status, &err);
    rml_effort_end(MPI_COMM_WORLD, &mark, report.needed_bytes, x->journal, effort, sizeof effort);
    if (rank == 0 && status == RML_OK && !x->farm.quiet) printf("\n%s\n", effort);
    if (rank == 0 && status == RML_ESTOPPED)
        fprintf(stderr,
                "radmill extract: stopped on request with %lld cases left; the same command with --resume goes on\n",
                (long long)report.n_left);
done:
    if (rank == 0 && status != RML_OK) {
        if (status != RML_ESTOPPED) rml_cohort_complain("extract", &faults, &err);
        exit_status = described || status == RML_ENOMEM ? rml_exit_status(status) : RML_EXIT_USAGE;
    }
    rml_faults_free(&faults);
    rml_farm_report_free(&report);
    rml_journal_close(x->journal);
    exit_status = rml_ranks_end(exit_status);
    return exit_status;
}

int rml_verb_extract(int argc, char **argv)
{
    static const struct argp argp = {option_list, parse_option, "COHORT.csv", doc, NULL, NULL, NULL};
    /* Static, and its parameters never freed: a compute thread that was given up on may still read them. */
    static rml_extract x;
    int exit_status = rml_options_parse(&argp, argc, argv, &x);

    if (exit_status >= 0) return exit_status;
    if (asprintf(&x.run, "%s.run", x.out) < 0) return RML_EXIT_CANNOT;
    x.folder = x.element.n > 0 ? rml_element_folder(x.run, x.element) : strdup(x.run);
    if (!x.folder) return RML_EXIT_CANNOT;
    keep_memory();
    rml_stop_begin(); /* before MPI starts: a scheduler may send SIGUSR1 at any time */
    exit_status = run_ranks(&x);
    rml_stop_end();
    rml_tasks_free(&x.tasks);
    rml_cohort_free(&x.cohort);
    free(x.own);
    free(x.folder);
    free(x.run);
    return exit_status;
}
