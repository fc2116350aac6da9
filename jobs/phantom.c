/* radmill phantom: a synthetic multi-centre cohort with known truth, one task a patient. */
#include <inttypes.h>
#include <math.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/farm.h"
#include "jobs/options.h"
#include "jobs/phantom_folder.h"
#include "jobs/verbs.h"
#include "jobs/version.h"

/* --- the command line ----------------------------------------------------------------------------------------------
 */

typedef struct phantom_options {
    int64_t n_patients;
    rml_phantom_cohort cohort;
    double readers, times; /* shares of the patients; below 0: as the documentation says */
    const char *folder;
    bool resume, fresh, quiet;
} phantom_options;

enum { SHIFT = 256, COEFFICIENT, READERS, TIMES, RESUME, FRESH };

static const struct argp_option known[] = {
    {"patients", 'n', "N", 0, "How many patients", 0},
    {"centres", 'c', "C", 0, "How many centres they go round in turn (default 4)", 0},
    {"seed", 's', "S", 0, "Which cohort: a seed gives the same files on any number of ranks (default 1)", 0},
    {"out", 'o', "DIR", 0, "The folder to fill; made when absent, else it must be empty", 0},
    {"shift", SHIFT, "X", 0, "Case mix: the class's log odds differ by X (1, -1, 0, 0) between centres (default 0)", 1},
    {"coefficient", COEFFICIENT, "Y", 0, "Of the latent biology in the class's log odds (default 4)", 1},
    {"second-reader", READERS, "SHARE", 0,
     "Share of the patients read twice, 0 to 1 (default a quarter, at least 20 patients)", 1},
    {"second-time", TIMES, "SHARE", 0, "Share of the patients seen twice, 0 to 1 (default a third)", 1},
    {"resume", RESUME, NULL, 0, "Go on with what DIR holds, or start", 2},
    {"fresh", FRESH, NULL, 0, "Remove the cohort that DIR holds and start", 2},
    {"quiet", 'q', NULL, 0, "No progress on stderr", 2},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    phantom_options *o = state->input;
    int64_t integer;

    switch (key) {
    case 'n':
        if (rml_options_integer(argument, 1, RML_PHANTOM_MAX_PATIENTS, &o->n_patients)) return 0;
        return rml_options_refuse(state, "--patients %s: expected a number from 1 to %d", argument,
                                  RML_PHANTOM_MAX_PATIENTS);
    case 'c':
        if (!rml_options_integer(argument, 1, RML_PHANTOM_MAX_CENTRES, &integer))
            return rml_options_refuse(state, "--centres %s: expected a number from 1 to %d", argument,
                                      RML_PHANTOM_MAX_CENTRES);
        o->cohort.n_centres = (int32_t)integer;
        return 0;
    case 's':
        if (!rml_options_integer(argument, 0, INT64_MAX, &integer))
            return rml_options_refuse(state, "--seed %s: expected a whole number from 0 on", argument);
        o->cohort.seed = (uint64_t)integer;
        return 0;
    case 'o': o->folder = argument; return 0;
    case SHIFT:
        if (rml_options_number(argument, -100, 100, &o->cohort.shift)) return 0;
        return rml_options_refuse(state, "--shift %s: expected a number from -100 to 100", argument);
    case COEFFICIENT:
        if (rml_options_number(argument, -100, 100, &o->cohort.coefficient)) return 0;
        return rml_options_refuse(state, "--coefficient %s: expected a number from -100 to 100", argument);
    case READERS:
        if (rml_options_number(argument, 0, 1, &o->readers)) return 0;
        return rml_options_refuse(state, "--second-reader %s: expected a share from 0 to 1", argument);
    case TIMES:
        if (rml_options_number(argument, 0, 1, &o->times)) return 0;
        return rml_options_refuse(state, "--second-time %s: expected a share from 0 to 1", argument);
    case RESUME: o->resume = true; return 0;
    case FRESH: o->fresh = true; return 0;
    case 'q': o->quiet = true; return 0;
    case ARGP_KEY_ARG: return rml_options_refuse(state, "unexpected word %s", argument);
    case ARGP_KEY_END:
        if (o->n_patients == 0) return rml_options_refuse(state, "--patients N is missing");
        if (!o->folder || !*o->folder) return rml_options_refuse(state, "--out DIR is missing");
        if (o->resume && o->fresh) return rml_options_refuse(state, "--resume and --fresh exclude each other");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp verb = {
    known,
    parse,
    "",
    "Makes a synthetic multi-centre cohort in which it is known which features carry biology, which only the centre, "
    "and how strong each is."
    "\v"
    "Writes DIR/images and DIR/masks (NIfTI: head with tumour 1, oedema 2, core 3; second readers and second time "
    "points for a part of the patients), DIR/cohort.csv (for `radmill extract`), DIR/clinical.csv (age, sex, class, "
    "survival, marker) and DIR/truth.csv (what each patient was made from). DIR/phantom.run keeps the journal.\n\n"
    "Example: mpirun -q -n 8 radmill phantom --patients 240 --centres 4 --seed 1 --out cohort",
    NULL,
    NULL,
    NULL};

/* --- the tasks -----------------------------------------------------------------------------------------------------
 */

typedef struct phantom_job {
    const phantom_options *options;
    rml_phantom_task *tasks; /* [n_patients], on rank 0 alone, as all below */
    rml_key *keys;
    rml_farm_task *farm;
    char name[16];
} phantom_job;

static int64_t share_of(double share, int64_t n, int64_t at_least)
{
    const int64_t chosen = llround(share * (double)n);

    return chosen >= at_least ? chosen : at_least < n ? at_least : n;
}

static rml_status plan(const phantom_options *o, phantom_job *job, rml_error *err)
{
    const int64_t n = o->n_patients;
    const int64_t n_read = o->readers < 0 ? share_of(0.25, n, 20) : share_of(o->readers, n, 0);
    const int64_t n_seen = share_of(o->times < 0 ? 1.0 / 3.0 : o->times, n, 0);
    uint64_t(*order)[2] = malloc((size_t)n * sizeof *order);
    bool *read = malloc((size_t)n), *seen = malloc((size_t)n);
    rml_status status = RML_OK;

    job->tasks = malloc((size_t)n * sizeof *job->tasks);
    job->keys = malloc((size_t)n * sizeof *job->keys);
    job->farm = malloc((size_t)n * sizeof *job->farm);
    if (!order || !read || !seen || !job->tasks || !job->keys || !job->farm) {
        status = rml_fail(err, RML_ENOMEM, "no memory for the list of %" PRId64 " patients", n);
        goto done;
    }
    status = rml_phantom_choose(o->cohort.seed, RML_SUBSET_SECOND_READER, n, n_read, order, read);
    if (status == RML_OK) status = rml_phantom_choose(o->cohort.seed, RML_SUBSET_SECOND_TIME, n, n_seen, order, seen);
    if (status != RML_OK) {
        rml_fail(err, status, "%" PRId64 " of %" PRId64 " patients cannot be chosen", n_read, n);
        goto done;
    }
    for (int64_t i = 0; i < n; ++i) {
        char text[64];

        job->tasks[i] = (rml_phantom_task){i + 1, read[i], seen[i]};
        snprintf(text, sizeof text, "patient %" PRId64 " reader %d time %d", i + 1, read[i], seen[i]);
        job->keys[i] = rml_key_of(text, strlen(text)); /* the cohort's description is the journal's identity */
        /* Measured: a time point takes 0.04 s, half of it anatomy that the second one shares. 48 MB: fields and files.
         */
        job->farm[i] = (rml_farm_task){1, &job->keys[i], 1.0 + 0.2 * read[i] + 0.6 * seen[i], INT64_C(48) << 20};
    }
done:
    free(seen);
    free(read);
    free(order);
    return status;
}

static rml_status pack(void *context, int64_t task, rml_blob *payload)
{
    const phantom_job *job = context;

    rml_blob_put_i64(payload, job->tasks[task].number);
    rml_blob_put_u8(payload, job->tasks[task].second_reader);
    rml_blob_put_u8(payload, job->tasks[task].second_time);
    return payload->failed ? RML_ENOMEM : RML_OK;
}

static void compute(void *context, const void *payload, size_t n_bytes, const volatile bool *cancel,
                    rml_outcomes *outcomes)
{
    const phantom_job *job = context;
    rml_reader from = rml_reader_of(payload, n_bytes);
    rml_phantom_record record;
    rml_phantom_task task;
    rml_blob outcome = {0};
    rml_status status;

    (void)cancel; /* a patient takes a tenth of a second */
    task.number = rml_read_i64(&from);
    task.second_reader = rml_read_u8(&from) != 0;
    task.second_time = rml_read_u8(&from) != 0;
    status = rml_phantom_make(&job->options->cohort, &task, job->options->folder, &record);
    rml_phantom_record_pack(&record, &outcome);
    if (!outcome.failed) rml_outcome(outcomes, 0, status == RML_OK, &outcome);
    rml_blob_free(&outcome);
}

static void failed(void *context, int64_t task, int32_t unit, const rml_error *why, rml_blob *outcome)
{
    const phantom_job *job = context;
    rml_phantom_record record = {.task = job->tasks[task], .error = *why};

    (void)unit;
    rml_phantom_record_pack(&record, outcome);
}

static const char *name_of(void *context, int64_t task, int32_t unit)
{
    phantom_job *job = context;

    (void)unit;
    rml_phantom_id(task + 1, job->name);
    return job->name;
}

/* --- the run -------------------------------------------------------------------------------------------------------
 */

static rml_status open_journal(const phantom_options *o, rml_journal **journal, rml_error *err)
{
    char *run, *identity;
    rml_status status;

    if (asprintf(&run, "%s/phantom.run", o->folder) < 0) return rml_fail(err, RML_ENOMEM, "no memory");
    if (asprintf(&identity,
                 "verb: phantom\nversion: %s\npatients: %" PRId64 "\ncentres: %" PRId32 "\nseed: %" PRIu64
                 "\nshift: %.17g\ncoefficient: %.17g\nsecond reader: %.17g\nsecond time: %.17g\n",
                 rml_version(), o->n_patients, o->cohort.n_centres, o->cohort.seed, o->cohort.shift,
                 o->cohort.coefficient, o->readers, o->times) < 0) {
        free(run);
        return rml_fail(err, RML_ENOMEM, "no memory");
    }
    status = rml_journal_open(run, identity, o->fresh, journal, err);
    free(identity);
    free(run);
    return status;
}

/* A patient counts as made only while its files are there: the journal outlives a lost disk cache or a tidy person. */
static rml_status believe_files_only(const phantom_options *o, const phantom_job *job, rml_journal *journal,
                                     rml_error *err)
{
    rml_blob blob = {0};
    rml_status status = RML_OK;
    bool changed = false, made;

    for (int64_t t = 0; t < o->n_patients && status == RML_OK; ++t) {
        rml_phantom_record record;

        if (rml_journal_state(journal, job->keys[t]) != RML_UNIT_DONE) continue;
        status = rml_journal_read(journal, job->keys[t], &made, &blob, err);
        if (status == RML_OK) status = rml_phantom_record_unpack(blob.bytes, blob.n_bytes, &record, err);
        if (status != RML_OK || rml_phantom_folder_has(o->folder, &record)) continue;
        rml_fail(&record.error, RML_EMISSING, "its files are gone or of another length");
        rml_blob_clear(&blob);
        rml_phantom_record_pack(&record, &blob);
        status = rml_journal_append(journal, RML_RECORD_FAILED, &job->keys[t], 1, blob.bytes, blob.n_bytes, err);
        changed = true;
    }
    if (status == RML_OK && changed) status = rml_journal_sync(journal, err);
    rml_blob_free(&blob);
    return status;
}

static rml_status prepare(const phantom_options *o, phantom_job *job, rml_journal **journal, rml_error *err)
{
    rml_status status = rml_phantom_folder_check(o->folder, o->resume || o->fresh, err);

    if (status == RML_OK) status = plan(o, job, err);
    if (status == RML_OK) status = open_journal(o, journal, err);
    if (status == RML_OK) status = rml_phantom_folder_tidy(o->folder, job->tasks, o->n_patients, o->fresh, err);
    if (status == RML_OK) status = believe_files_only(o, job, *journal, err);
    return status;
}

static void summarise(const phantom_options *o, const phantom_job *job, const rml_farm_report *report, int64_t n_failed)
{
    int64_t n_read = 0, n_seen = 0;

    for (int64_t i = 0; i < o->n_patients; ++i) {
        n_read += job->tasks[i].second_reader;
        n_seen += job->tasks[i].second_time;
    }
    printf("%s: %" PRId64 " patients of %" PRId32 " centres, %" PRId64 " read twice, %" PRId64 " seen twice\n",
           o->folder, o->n_patients - n_failed, o->cohort.n_centres, n_read, n_seen);
    printf("made now: %" PRId64 " in %.1f s on %d ranks; tables: cohort.csv, clinical.csv, truth.csv\n", report->n_done,
           report->seconds, report->n_ranks);
    if (n_failed > 0) printf("failed: %" PRId64 ", listed in %s/phantom.run/failures.csv\n", n_failed, o->folder);
}

static int run(const phantom_options *o)
{
    static phantom_job job; /* static, as the farm asks: compute threads may outlive this function */
    static rml_farm_job farm;
    const rml_farm_options farm_options = {.quiet = o->quiet};
    rml_farm_report report = {0};
    rml_journal *journal = NULL;
    rml_error err = {0};
    rml_status status = RML_OK;
    int64_t n_failed = 0;
    int rank, size;

    rml_ranks_begin(&rank, &size);
    job = (phantom_job){.options = o};
    farm = (rml_farm_job){
        .context = &job, .noun = "patients", .pack = pack, .failed = failed, .name = name_of, .compute = compute};
    if (rank == 0) status = prepare(o, &job, &journal, &err);
    status = rml_agree(MPI_COMM_WORLD, status, &err);
    if (status != RML_OK) goto done;

    farm.n_tasks = rank == 0 ? o->n_patients : 0;
    farm.tasks = job.farm;
    status = rml_farm_run(MPI_COMM_WORLD, &farm, journal, &farm_options, &report, &err);
    if (status == RML_OK && rank == 0)
        status = rml_phantom_folder_tables(o->folder, journal, job.keys, o->n_patients, &n_failed, &err);
    if (status == RML_OK && rank == 0) summarise(o, &job, &report, n_failed);
done:
    if (status != RML_OK) rml_complain("phantom", &err);
    rml_farm_report_free(&report);
    rml_journal_close(journal);
    free(job.farm);
    free(job.keys);
    free(job.tasks);
    return rml_ranks_end(status != RML_OK ? rml_exit_status(status) : n_failed ? RML_EXIT_FAILED_CASES : RML_EXIT_DONE);
}

int rml_verb_phantom(int argc, char **argv)
{
    static phantom_options options = {/* part of the farm's job */
                                      .cohort = {.seed = 1, .n_centres = 4, .shift = 0.0, .coefficient = 4.0},
                                      .readers = -1.0,
                                      .times = -1.0};
    const int status = rml_options_parse(&verb, argc, argv, &options);

    return status >= 0 ? status : run(&options);
}
