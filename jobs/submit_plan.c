/* 1. The features' job
 * 2. The sweep's job
 * 3. Both */
#include "jobs/submit_plan.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "jobs/check.h"
#include "jobs/dataset.h"
#include "jobs/sweep_plan.h"

/* What is asked for beyond what is foretold. Memory: check's figures are within some 10 % of measured peaks, and a rank
 * that waits has some 25 MiB that are in no account. Time: check was timed on one kind of core, with files that were at
 * hand. */
static const double MEMORY_MARGIN = 1.25, TIME_MARGIN = 3.0;
enum {
    MEMORY_MORE = 64,   /* MiB */
    MEMORY_STEP = 64,   /* MiB */
    LEAST_MEMORY = 256, /* MiB: the program, MPI, and rank 0's manifest */
    MINUTES_MORE = 10,  /* the job's start, reading the cohort, writing the tables */
    MINUTES_STEP = 5,
    RANK_SECONDS = 1800,
    MOST_RANKS = 64, /* by default */
    SWEEP_RANKS = 16,
    SWEEP_MINUTES = 480, /* as slurm/sweep.sbatch has it */
    MOST_OPTIONS = 8
};

bool rml_submit_ends_with(const char *text, const char *ending)
{
    const size_t n = strlen(text), m = strlen(ending);

    return n > m && strcmp(text + n - m, ending) == 0;
}

/* 1. The features' job --------------------------------------------------------------------------------------------- */

static int64_t round_up(double value, int64_t step)
{
    return (int64_t)ceil(value / (double)step) * step;
}

/* A name that no program takes for an option. Malloc'ed. */
static char *plain_name(const char *name)
{
    char *plain = NULL;

    return asprintf(&plain, "%s%s", name[0] == '-' ? "./" : "", name) < 0 ? NULL : plain;
}

static void take_common(const rml_submit_options *o, const char *program, rml_submit_job *j)
{
    j->script.partition = o->partition;
    j->script.account = o->account;
    j->script.modules = o->modules;
    j->script.program = program;
    j->script.launch = o->launch;
    j->script.option = j->option;
}

static void add_option(rml_submit_job *j, const char *word, const char *value)
{
    if (!value) return;
    j->option[j->script.n_options++] = word;
    j->option[j->script.n_options++] = value;
}

static void reckon_memory(const rml_submit_options *o, int64_t bytes, int64_t more, rml_submit_job *j, FILE *why)
{
    if (o->memory) {
        j->script.mebibytes = round_up((double)o->memory / 0x1p20, 1);
        fprintf(why, "  memory   %lld MiB a rank, as asked; foretold are %.0f MiB\n", (long long)j->script.mebibytes,
                (double)(bytes + more) / 0x1p20);
        return;
    }
    j->script.mebibytes =
        round_up(MEMORY_MARGIN * (double)bytes / 0x1p20 + (double)more / 0x1p20 + MEMORY_MORE, MEMORY_STEP);
    if (j->script.mebibytes < LEAST_MEMORY) j->script.mebibytes = LEAST_MEMORY;
}

/* Memory, ranks and time by what check foretells. */
static void reckon_features(const rml_submit_options *o, const rml_check_estimate *e, rml_submit_job *j, FILE *why)
{
    const double hours = e->core_seconds / 3600.0;
    char limit[32];

    fprintf(why, "features of %lld rows with %lld ROIs\n", (long long)e->n_rows, (long long)e->n_rois);
    reckon_memory(o, e->peak_bytes, 0, j, why);
    if (!o->memory)
        fprintf(why,
                "  memory   %lld MiB a rank: %.0f MiB foretold for the largest case (%s), a quarter more, and %d MiB; "
                "at least %d\n",
                (long long)j->script.mebibytes, (double)e->peak_bytes / 0x1p20, e->peak_case, MEMORY_MORE,
                LEAST_MEMORY);
    j->script.n_ranks = o->ranks;
    if (!o->ranks) j->script.n_ranks = (int64_t)fmin(fmax(ceil(e->core_seconds / RANK_SECONDS), 1.0), MOST_RANKS);
    if (j->script.n_ranks > e->n_tasks) j->script.n_ranks = e->n_tasks > 0 ? e->n_tasks : 1;
    fprintf(why, "  ranks    %lld%s: %.3g core-hours foretold, about %.0f min on so many\n",
            (long long)j->script.n_ranks,
            !o->ranks                      ? ""
            : o->ranks > j->script.n_ranks ? ", one for each image with its mask, though more were asked for"
                                           : ", as asked",
            hours, ceil(e->core_seconds / 60.0 / (double)j->script.n_ranks));
    j->script.minutes =
        o->minutes
            ? o->minutes
            : round_up(TIME_MARGIN * e->core_seconds / 60.0 / (double)j->script.n_ranks + MINUTES_MORE, MINUTES_STEP);
    rml_script_limit(j->script.minutes, limit);
    if (o->minutes)
        fprintf(why, "  time     %s, as asked", limit);
    else
        fprintf(why, "  time     %s: three times that and %d minutes", limit, MINUTES_MORE);
    fprintf(why, "; a job that reaches it is queued again and goes on\n");
    if (e->n_bad_rows > 0)
        fprintf(why, "  %lld row%s a problem and will be among the failures; `radmill check` lists what it is\n",
                (long long)e->n_bad_rows, e->n_bad_rows == 1 ? " has" : "s have");
}

static rml_status plan_features(const rml_submit_options *o, const char *program, const char *cohort, const char *out,
                                const char *csv, rml_submit_job *j, rml_check_estimate *e, rml_faults *faults,
                                rml_error *err)
{
    size_t n_why;
    FILE *why;
    char *folder = NULL;
    rml_outputs outputs = {.out = out, .csv = csv, .cohort = cohort, .params = o->params, .resume = true};
    rml_status status = RML_OK;

    if (asprintf(&folder, "%s.run", out) < 0) return rml_fail(err, RML_ENOMEM, "no memory for a path");
    outputs.folder = folder;
    status = rml_check_foretell(cohort, o->params, o->label, &outputs, e, faults, err);
    free(folder);
    if (status != RML_OK) return status;
    if (e->n_rois == 0 || e->peak_bytes == 0) /* of an image that cannot be read, the mask alone is counted */
        return rml_fail(err, RML_ESETTING, "%s: no ROI of it can be computed; `radmill check` says why", cohort);
    *j = (rml_submit_job){.name = "features", .file = "radmill-extract.sbatch"};
    j->script = (rml_script){.kind = RML_SCRIPT_EXTRACT, .input = cohort, .output = out};
    take_common(o, program, j);
    add_option(j, "--params", o->params);
    add_option(j, "--label", o->label);
    add_option(j, "--csv", csv);
    why = open_memstream(&j->why, &n_why);
    if (!why) return rml_fail(err, RML_ENOMEM, "no memory for a script");
    reckon_features(o, e, j, why);
    fclose(why);
    return RML_OK;
}

/* 2. The sweep's job ----------------------------------------------------------------------------------------------- */

typedef struct table_size {
    int64_t n_rows, n_columns, task_bytes, n_tasks; /* n_tasks 0: not known */
} table_size;

/* Of one outcome's table as it is. */
static rml_status measure_outcome(rml_study *study, table_size *size, rml_error *err)
{
    rml_blob blob = {0};
    rml_dataset dataset = {0};
    rml_sweep_plan plan = {0};
    rml_status status = rml_dataset_read(study, &blob, err);

    if (status == RML_OK && rml_dataset_unpack(blob.bytes, blob.n_bytes, &dataset) != RML_OK)
        status = rml_fail(err, RML_ENOMEM, "no memory for the study's table");
    study->told_provenance = dataset.told_provenance;
    if (status == RML_OK) status = rml_sweep_plan_make(study, &dataset, &plan, err);
    if (status == RML_OK) {
        *size = (table_size){
            .n_rows = dataset.data.n_rows, .n_columns = dataset.data.x.n_columns, .n_tasks = plan.n_groups};
        for (int64_t g = 0; g < plan.n_groups; ++g)
            if (plan.farm[g].memory_bytes > size->task_bytes) size->task_bytes = plan.farm[g].memory_bytes;
    }
    rml_sweep_plan_free(&plan);
    rml_dataset_free(&dataset);
    rml_blob_free(&blob);
    return status;
}

/* The largest of the outcomes; one that the table does not bear is left out by the sweep, too.
 *
 * coming  in  the features that the job before will write; NULL: the table is there */
static rml_status measure_study(const rml_submit_options *o, const char *text, size_t n_text,
                                const rml_check_estimate *coming, table_size *largest, rml_error *err)
{
    int32_t n_outcomes = 1, n_fit = 0;
    rml_error why = {0};

    *largest = (table_size){0};
    for (int32_t which = 0; which < n_outcomes; ++which) {
        rml_study study = {0};
        table_size size = {0};
        rml_status status = rml_study_parse_outcome(text, n_text, o->input, which, &study, err);

        if (status != RML_OK) return status;
        n_outcomes = study.n_outcomes > 0 ? study.n_outcomes : 1;
        if (coming) {
            size = (table_size){.n_rows = coming->n_rois, .n_columns = coming->n_columns};
            size.task_bytes = rml_sweep_memory(&study, size.n_rows, size.n_columns, study.n_selects);
        } else
            status = measure_outcome(&study, &size, &why);
        rml_study_free(&study);
        if (status != RML_OK && status != RML_ESETTING) {
            *err = why;
            return status;
        }
        n_fit += status == RML_OK;
        if (size.task_bytes > largest->task_bytes) *largest = size;
    }
    if (n_fit > 0) return RML_OK;
    *err = why;
    return why.status;
}

static void reckon_sweep(const rml_submit_options *o, const table_size *size, bool coming, rml_submit_job *j, FILE *why)
{
    const int64_t table = (int64_t)sizeof(double) * size->n_rows * size->n_columns;
    char limit[32];

    fprintf(why, "sweep of %s%lld rows with %lld features\n", coming ? "at most " : "", (long long)size->n_rows,
            (long long)size->n_columns);
    reckon_memory(o, size->task_bytes, table, j, why);
    if (!o->memory)
        fprintf(why,
                "  memory   %lld MiB a rank: %.0f MiB foretold for the largest part, a quarter more, the table and %d "
                "MiB; at least %d\n",
                (long long)j->script.mebibytes, (double)size->task_bytes / 0x1p20, MEMORY_MORE, LEAST_MEMORY);
    j->script.n_ranks = o->ranks ? o->ranks : SWEEP_RANKS;
    if (!o->ranks && size->n_tasks > 0 && size->n_tasks < SWEEP_RANKS) j->script.n_ranks = size->n_tasks;
    fprintf(why, "  ranks    %lld%s", (long long)j->script.n_ranks, o->ranks ? ", as asked" : "");
    if (size->n_tasks > 0) fprintf(why, ": %lld parts are handed out", (long long)size->n_tasks);
    j->script.minutes = o->sweep_minutes ? o->sweep_minutes : SWEEP_MINUTES;
    rml_script_limit(j->script.minutes, limit);
    fprintf(why, "\n  time     %s%s: a sweep's is not foretold; a job that reaches it is queued again and goes on\n",
            limit, o->sweep_minutes ? ", as asked" : "");
}

static rml_status plan_sweep(const rml_submit_options *o, const char *program, const char *study, const char *out,
                             const table_size *size, bool coming, rml_submit_job *j, rml_error *err)
{
    size_t n_why;
    FILE *why;

    *j = (rml_submit_job){.name = "sweep", .file = "radmill-sweep.sbatch"};
    j->script = (rml_script){.kind = RML_SCRIPT_SWEEP, .input = study, .output = out};
    take_common(o, program, j);
    why = open_memstream(&j->why, &n_why);
    if (!why) return rml_fail(err, RML_ENOMEM, "no memory for a script");
    reckon_sweep(o, size, coming, j, why);
    fclose(why);
    return RML_OK;
}

/* 3. Both ---------------------------------------------------------------------------------------------------------- */

/* Where the features of a study's cohort go: the h5ad file that the study reads, or beside the CSV that it reads. */
static rml_status name_table(const rml_submit_options *o, const char *text, size_t n_text, char **table,
                             char **features, rml_error *err)
{
    rml_study study = {0};
    rml_status status = rml_study_parse(text, n_text, o->input, &study, err);

    if (status == RML_OK) {
        *table = rml_study_path(&study, study.table);
        if (!*table) status = rml_fail(err, RML_ENOMEM, "no memory for a path");
    }
    rml_study_free(&study);
    if (status != RML_OK) return status;
    if (!o->cohort && access(*table, R_OK) != 0)
        return rml_fail(err, RML_EMISSING, "%s: %s; --cohort COHORT.csv has its features computed first", *table,
                        strerror(errno));
    if (rml_submit_ends_with(*table, ".csv")) {
        if (asprintf(features, "%.*s.h5ad", (int)strlen(*table) - 4, *table) < 0) *features = NULL;
    } else
        *features = strdup(*table);
    return *features ? RML_OK : rml_fail(err, RML_ENOMEM, "no memory for a path");
}

rml_status rml_submit_plan(const rml_submit_options *o, const char *program, rml_submit_chain *chain,
                           rml_faults *faults, rml_error *err)
{
    char *text = NULL;
    size_t n_text = 0;
    rml_check_estimate coming = {0};
    table_size size = {0};
    rml_status status = RML_OK;

    *chain = (rml_submit_chain){
        .input = plain_name(o->input), .cohort = plain_name(o->cohort ? o->cohort : ""), .out = plain_name(o->out)};
    if (!chain->input || !chain->cohort || !chain->out) return rml_fail(err, RML_ENOMEM, "no memory for a path");
    if (!o->is_study) {
        status = plan_features(o, program, chain->input, chain->out, o->csv, &chain->job[0], &coming, faults, err);
        chain->n = status == RML_OK;
        return status;
    }
    status = rml_study_file_read(o->input, &text, &n_text, err);
    if (status == RML_OK) status = name_table(o, text, n_text, &chain->table, &chain->features, err);
    if (status == RML_OK && o->cohort) {
        const bool is_csv = strcmp(chain->table, chain->features) != 0;

        if (is_csv && o->csv)
            status = rml_fail(err, RML_ESETTING, "--csv %s: the study reads %s, which is the CSV then", o->csv,
                              chain->table);
        else
            status = plan_features(o, program, chain->cohort, chain->features, is_csv ? chain->table : o->csv,
                                   &chain->job[0], &coming, faults, err);
        chain->n = status == RML_OK;
    }
    if (status == RML_OK) status = measure_study(o, text, n_text, o->cohort ? &coming : NULL, &size, err);
    if (status == RML_OK)
        status = plan_sweep(o, program, chain->input, chain->out, &size, o->cohort != NULL, &chain->job[chain->n], err);
    chain->n += status == RML_OK;
    free(text);
    return status;
}

void rml_submit_free(rml_submit_chain *chain)
{
    for (int j = 0; j < RML_SUBMIT_JOBS; ++j) {
        free(chain->job[j].why);
        free(chain->job[j].path);
    }
    free(chain->input);
    free(chain->cohort);
    free(chain->out);
    free(chain->table);
    free(chain->features);
    *chain = (rml_submit_chain){0};
}
