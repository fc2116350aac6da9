/* radmill merge: the shares of a job array, joined into what one run of the whole cohort leaves.
 *
 * Twice through the shares, one open at a time: the first time to see that all are there and what each has of every
 * row, so that nothing is written while something is missing; the second time to copy.
 *
 * 1. options
 * 2. what the shares were told
 * 3. one share
 * 4. are all there, and all of every row?
 * 5. joining
 * 6. the verb
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/identity.h"
#include "engine/journal.h"
#include "engine/lock.h"
#include "engine/log.h"
#include "jobs/elements.h"
#include "jobs/extract_print.h"
#include "jobs/gone.h"
#include "jobs/listing.h"
#include "jobs/options.h"
#include "jobs/outputs.h"
#include "jobs/tables.h"
#include "jobs/verbs.h"

/* --- 1. options -------------------------------------------------------------------------------------------------- */

/* What one share has of a row. */
typedef struct rml_held {
    int32_t share; /* whose record is taken; 0: none has one */
    bool done;
    rml_blame blame;
} rml_held;

typedef struct rml_merge {
    const char *out, *csv, *cohort_path, *params_path;
    bool fresh, quiet;
    /* filled on the way */
    char *run; /* OUT.run */
    int32_t n; /* shares */
    rml_told_element told;
    rml_params params;
    rml_cohort cohort;
    int32_t *dealt; /* [n_rows] the share that a row is dealt to; 0: none computes it */
    rml_held *held; /* [n_rows] */
} rml_merge;

enum { CSV_KEY = 0x100, COHORT_KEY, FRESH_KEY };

static const struct argp_option option_list[] = {
    {"csv", CSV_KEY, "FILE", 0, "The same table as CSV", 1},
    {"cohort", COHORT_KEY, "FILE", 0, "The cohort, where it does not lie where the shares read it", 1},
    {"params", 'p', "FILE", 0, "The parameter file, where it does not lie where the shares read it", 1},
    {"fresh", FRESH_KEY, NULL, 0,
     "Take everything from the shares anew: the journal of an earlier merge or run is removed, an older output "
     "replaced",
     2},
    {"quiet", 'q', NULL, 0, "No summary", 3},
    {0},
};

static const char doc[] =
    "Joins the shares that the elements of a job array computed (radmill extract --share K/N) into FEATURES.h5ad: the "
    "same bytes as one run of the whole cohort writes."
    "\v"
    "Reads FEATURES.h5ad.run/share-K-of-N/, in which each share keeps its journal, and the cohort and the parameter "
    "file "
    "that the shares read. Writes the table, and into FEATURES.h5ad.run/ the journal and the tables of a whole run, so "
    "that `radmill extract … --resume` goes on from there. Refused, with what to submit again, as long as a share is "
    "missing, unfinished, at work, damaged, of another cohort, other parameters or another version of radmill, or a "
    "case has no "
    "result. What an earlier merge or run of the whole recorded as done stays, unless --fresh. The shares are kept; "
    "once "
    "joined, their folders may be removed.\n\n"
    "Example, one core an element:\n"
    "  sbatch --array=1-40 --wrap 'radmill extract cohort.csv -o f.h5ad --resume "
    "--share \"$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT\"'\n"
    "  radmill merge f.h5ad --csv f.csv\n\n"
    "An element that failed or was killed is submitted again with N written out: --array=7 and --share 7/40. Numbers "
    "count from 1.\n\n"
    "Exit status: 0 done, 1 done with failures listed, 2 wrong cohort or parameter file, 3 could not go on.";

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    rml_merge *x = state->input;

    switch (key) {
    case CSV_KEY: x->csv = argument; return 0;
    case COHORT_KEY: x->cohort_path = argument; return 0;
    case 'p': x->params_path = argument; return 0;
    case FRESH_KEY: x->fresh = true; return 0;
    case 'q': x->quiet = true; return 0;
    case ARGP_KEY_ARG:
        if (x->out) return rml_options_refuse(state, "one table was expected, but %s follows %s", argument, x->out);
        x->out = argument;
        return 0;
    case ARGP_KEY_END:
        if (!x->out) return rml_options_refuse(state, "which table? The FILE.h5ad that the shares were given as --out");
        if (x->csv && strcmp(x->csv, "-") == 0)
            return rml_options_refuse(state, "--csv -: tables go to files, not to the standard output");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* --- 2. what the shares were told -------------------------------------------------------------------------------- */

static rml_status read_told(rml_merge *x, const bool *has, rml_error *err)
{
    rml_status status = RML_EMISSING;
    rml_error why = {0};

    /* The first that says it: another may just have been begun. */
    for (int32_t k = 1; k <= x->n && status == RML_EMISSING; ++k) {
        char *folder = has[k] ? rml_element_folder(x->run, (rml_element){k, x->n}) : NULL;

        if (!has[k]) continue;
        status = folder ? rml_element_told(folder, &x->told, &why) : rml_fail(&why, RML_ENOMEM, "no memory for a path");
        free(folder);
    }
    if (status == RML_EMISSING)
        return rml_fail(err, RML_EMISSING,
                        "%s: no share says what it was told (share-K-of-%d/told); wait until they are at work, or run "
                        "them again with --resume",
                        x->run, (int)x->n);
    if (status != RML_OK) return rml_fail(err, status, "%s", why.text);
    if (!x->cohort_path) x->cohort_path = x->told.cohort;
    if (!x->params_path) x->params_path = x->told.params;
    return RML_OK;
}

/* --- 3. one share ------------------------------------------------------------------------------------------------ */

typedef struct rml_opened {
    char *folder;
    rml_lock *lock;
    rml_journal *journal;
} rml_opened;

static void close_share(rml_opened *share)
{
    rml_journal_close(share->journal);
    rml_lock_close(share->lock);
    free(share->folder);
}

/* Whether the share is one of this cohort, these parameters and this radmill. */
static rml_status check_identity(const rml_merge *x, int32_t k, const rml_journal *journal, rml_error *err)
{
    char *expected = rml_element_identity(&x->params, x->told.policy, x->told.hashes, (rml_element){k, x->n},
                                          &x->cohort, x->told.label);
    char differences[RML_ERROR_TEXT / 2];
    rml_status status = RML_OK;

    if (!expected) return rml_fail(err, RML_ENOMEM, "no memory for a share's identity");
    if (!rml_identity_same(rml_journal_identity(journal), expected, differences, sizeof differences))
        status = rml_fail(err, RML_EFOREIGN,
                          "share %d of %d is of another run%s. Compute it again with --fresh --share %d/%d, or merge "
                          "with what it was "
                          "made with",
                          (int)k, (int)x->n, differences, (int)k, (int)x->n);
    free(expected);
    return status;
}

static rml_status check_ended(const rml_merge *x, int32_t k, const char *folder, rml_error *err)
{
    rml_told_element told = {0};
    rml_status status = rml_element_told(folder, &told, err);

    if (status == RML_OK && !told.ended)
        status = rml_fail(err, RML_EMISSING, "share %d of %d has not come to its end", (int)k, (int)x->n);
    free(told.memory);
    return status;
}

/* RML_EMISSING  not there, or its last run was killed or stopped
 * RML_ELOCKED   at work
 * RML_EFOREIGN, RML_EFORMAT, RML_EIO, RML_ENOMEM
 * close_share afterwards, whatever came. */
static rml_status open_share(const rml_merge *x, int32_t k, rml_opened *share, rml_error *err)
{
    rml_error why = {0};
    rml_status status;

    *share = (rml_opened){.folder = rml_element_folder(x->run, (rml_element){k, x->n})};
    if (!share->folder) return rml_fail(err, RML_ENOMEM, "no memory for a path");
    if (access(share->folder, F_OK) != 0 && errno == ENOENT)
        return rml_fail(err, RML_EMISSING, "share %d of %d is not there", (int)k, (int)x->n);
    status = rml_lock_open(share->folder, &share->lock, &why);
    if (status == RML_ELOCKED)
        return rml_fail(err, status, "share %d of %d is at work; merge when it has ended. %s", (int)k, (int)x->n,
                        why.text);
    if (status == RML_OK) status = rml_journal_open_read(share->folder, &share->journal, &why);
    if (status == RML_EMISSING) return rml_fail(err, status, "share %d of %d has no journal yet", (int)k, (int)x->n);
    if (status == RML_EFORMAT)
        return rml_fail(err, status, "share %d of %d cannot be read: %s (--fresh --share %d/%d)", (int)k, (int)x->n,
                        why.text, (int)k, (int)x->n);
    if (status != RML_OK) return rml_fail(err, status, "share %d of %d: %s", (int)k, (int)x->n, why.text);
    status = check_identity(x, k, share->journal, err);
    return status == RML_OK ? check_ended(x, k, share->folder, err) : status;
}

/* --- 4. are all there, and all of every row? --------------------------------------------------------------------- */

/* A unit may be quarantined for what it did before any record of it was written. */
static bool has_record(const rml_journal *journal, rml_key key)
{
    rml_blob record = {0};
    bool done;
    const bool has = rml_journal_read(journal, key, &done, &record, NULL) == RML_OK;

    rml_blob_free(&record);
    return has;
}

/* Of several records of a row: values before a failure, then the share's that the row is dealt to, then the lowest
 * number's. */
static void look_through(rml_merge *x, int32_t k, const rml_journal *journal)
{
    for (int64_t r = 0; r < x->cohort.n_rows; ++r) {
        rml_held *held = &x->held[r];
        rml_unit_state state;
        bool done;

        if (x->dealt[r] == 0) continue;
        rml_gone_keep(journal, &x->cohort, r);
        state = rml_journal_state(journal, x->cohort.key[r]);
        done = state == RML_UNIT_DONE;
        if (state == RML_UNIT_UNKNOWN) continue;
        if (state == RML_UNIT_QUARANTINED && !has_record(journal, x->cohort.key[r])) continue;
        if (held->share > 0 && held->done > done) continue;
        if (held->share > 0 && held->done == done && k != x->dealt[r]) continue;
        *held = (rml_held){k, done, rml_journal_blame(journal, x->cohort.key[r])};
    }
}

/* "3, 7-12", as --array takes it, cut with "…" where it would not fit. */
static void list_numbers(const bool *listed, int32_t n, char *text, size_t n_bytes)
{
    size_t used = 0;

    text[0] = '\0';
    for (int32_t k = 1; k <= n; ++k) {
        int32_t last = k;

        if (!listed[k]) continue;
        while (last < n && listed[last + 1]) ++last;
        if (used + 32 > n_bytes) {
            snprintf(text + used, n_bytes - used, ",…");
            return;
        }
        used +=
            (size_t)(last > k ? snprintf(text + used, n_bytes - used, "%s%d-%d", used > 0 ? "," : "", (int)k, (int)last)
                              : snprintf(text + used, n_bytes - used, "%s%d", used > 0 ? "," : "", (int)k));
        k = last;
    }
}

static void say(const rml_error *err)
{
    rml_complain("merge", err);
}

/* Looks at every share and says what is wrong with each: a sentence a share, but one for all that are not there.
 * missing: [n + 1], false before; shares to be computed or gone on with. RML_EMISSING behind sentences. */
static rml_status look_at_shares(rml_merge *x, bool *missing, rml_error *err)
{
    enum { MOST = 20 };
    char numbers[RML_ERROR_TEXT / 2];
    int32_t n_missing = 0, n_wrong = 0;
    rml_error why;

    for (int32_t k = 1; k <= x->n; ++k) {
        rml_opened share;
        rml_status status;

        why = (rml_error){0};
        status = open_share(x, k, &share, &why);
        if (status == RML_OK) look_through(x, k, share.journal);
        close_share(&share);
        if (status == RML_ENOMEM) return rml_fail(err, status, "%s", why.text);
        missing[k] = status == RML_EMISSING;
        n_missing += status == RML_EMISSING;
        if (status == RML_OK || status == RML_EMISSING) continue;
        if (++n_wrong <= MOST) say(&why);
    }
    list_numbers(missing, x->n, numbers, sizeof numbers);
    if (n_wrong > MOST) {
        (void)rml_fail(&why, RML_EVALUE, "… and %d more shares", (int)(n_wrong - MOST));
        say(&why);
    }
    if (n_missing > 0) {
        (void)rml_fail(&why, RML_EMISSING,
                       "%d of %d shares are missing or have not come to their end: run `radmill extract … --resume "
                       "--share K/%d` for K = %s (--array=%s)",
                       (int)n_missing, (int)x->n, (int)x->n, numbers, numbers);
        say(&why);
    }
    if (n_missing + n_wrong == 0) return RML_OK;
    return rml_fail(err, RML_EMISSING, "%s: %d of %d shares cannot be joined yet; nothing was written", x->out,
                    (int)(n_missing + n_wrong), (int)x->n);
}

/* Every row that is computed at all must have a record. */
static rml_status look_at_rows(const rml_merge *x, rml_error *err)
{
    bool *open = calloc((size_t)x->n + 1, sizeof *open);
    char numbers[RML_ERROR_TEXT / 4];
    rml_listing cases = {0};
    rml_status status = RML_OK;

    if (!open) return rml_fail(err, RML_ENOMEM, "no memory for a list of shares");
    for (int64_t r = 0; r < x->cohort.n_rows; ++r) {
        if (x->dealt[r] == 0 || x->held[r].share > 0) continue;
        rml_listing_add(&cases, x->cohort.id[r], ", ");
        open[x->dealt[r]] = true;
    }
    list_numbers(open, x->n, numbers, sizeof numbers);
    if (cases.n > 0)
        status =
            rml_fail(err, RML_EMISSING,
                     "%s: %d case%s without a result (%s); run `radmill extract … --resume --share K/%d` again for K "
                     "= %s. Nothing was written",
                     x->out, (int)cases.n, cases.n == 1 ? " is" : "s are", cases.text, (int)x->n, numbers);
    free(open);
    return status;
}

/* --- 5. joining -------------------------------------------------------------------------------------------------- */

/* What is held against a unit, as the runs of the whole would have recorded it, so that the next run is as careful. */
static rml_status copy_blame(rml_journal *whole, rml_key key, rml_blame blame, rml_error *err)
{
    const int32_t theirs = blame.n_crashes > 0 ? blame.n_crashes : blame.quarantined ? 2 : 0;
    rml_blob crash = {0};
    rml_status status = RML_OK;

    rml_blob_put_i32(&crash, 0);
    rml_blob_put_i32(&crash, blame.signal > 0 ? blame.signal : SIGKILL);
    if (crash.failed) status = rml_fail(err, RML_ENOMEM, "no memory for a record");
    for (int32_t c = rml_journal_blame(whole, key).n_crashes; c < theirs && status == RML_OK; ++c) {
        status = rml_journal_append(whole, RML_RECORD_START, NULL, 0, NULL, 0, err);
        if (status == RML_OK)
            status = rml_journal_append(whole, RML_RECORD_CRASHED, &key, 1, crash.bytes, crash.n_bytes, err);
    }
    rml_blob_free(&crash);
    return status;
}

typedef struct rml_joining {
    rml_journal *whole;
    rml_blob theirs, ours;
    bool *again;              /* [n_rows] failed as the whole has it */
    int64_t n_copied, n_kept; /* n_kept: done before with other values or times than the share has */
} rml_joining;

static bool same_bytes(const rml_blob *a, const rml_blob *b)
{
    return a->n_bytes == b->n_bytes && (a->n_bytes == 0 || memcmp(a->bytes, b->bytes, a->n_bytes) == 0);
}

/* The copying as a run of the whole, so that `radmill status` can say of it what it says of any. */
static rml_status begin(const rml_merge *x, rml_journal *whole, rml_error *err)
{
    rml_begun begun = {.n_ranks = 1, .noun = "cases"};
    rml_blob blob = {0};
    rml_status status = RML_OK;

    for (int64_t r = 0; r < x->cohort.n_rows; ++r) {
        if (x->dealt[r] == 0) continue;
        if (rml_journal_state(whole, x->cohort.key[r]) == RML_UNIT_DONE)
            ++begun.n_before;
        else
            ++begun.n_pending;
    }
    rml_begun_here(&begun);
    rml_begun_pack(&begun, &blob);
    status = blob.failed ? rml_fail(err, RML_ENOMEM, "no memory for a record")
                         : rml_journal_append(whole, RML_RECORD_START, NULL, 0, blob.bytes, blob.n_bytes, err);
    rml_blob_free(&blob);
    return status;
}

static rml_status join_row(const rml_merge *x, rml_joining *j, const rml_journal *share, int64_t row, rml_error *err)
{
    const rml_key key = x->cohort.key[row];
    bool done, was_done = false;
    rml_status status = rml_journal_read(share, key, &done, &j->theirs, err), there;

    if (status != RML_OK) return status;
    there = rml_journal_read(j->whole, key, &was_done, &j->ours, NULL);
    if (there != RML_OK && there != RML_EMISSING)
        return rml_journal_read(j->whole, key, &was_done, &j->ours, err); /* again, for its sentence */
    if (there == RML_OK && same_bytes(&j->theirs, &j->ours) && done == was_done) {
        j->again[row] = !done;
        return RML_OK;
    }
    if (was_done) {
        j->n_kept += done;
        return RML_OK;
    }
    if (j->n_copied++ == 0) status = begin(x, j->whole, err);
    if (status == RML_OK)
        status = rml_journal_append(j->whole, done ? RML_RECORD_DONE : RML_RECORD_FAILED, &key, 1, j->theirs.bytes,
                                    j->theirs.n_bytes, err);
    return status;
}

/* A run that copied anything has an outcome of all that it had to do; else it would seem to have been stopped before.
 */
static rml_status repeat_failures(const rml_merge *x, rml_joining *j, rml_error *err)
{
    rml_status status = RML_OK;
    bool done;

    for (int64_t r = 0; r < x->cohort.n_rows && j->n_copied > 0 && status == RML_OK; ++r) {
        if (!j->again[r]) continue;
        status = rml_journal_read(j->whole, x->cohort.key[r], &done, &j->ours, err);
        if (status == RML_OK)
            status = rml_journal_append(j->whole, RML_RECORD_FAILED, &x->cohort.key[r], 1, j->ours.bytes,
                                        j->ours.n_bytes, err);
    }
    return status == RML_OK ? rml_journal_sync(j->whole, err) : status;
}

static rml_status join(const rml_merge *x, rml_joining *j, rml_error *err)
{
    rml_status status = RML_OK;

    for (int64_t r = 0; r < x->cohort.n_rows && status == RML_OK; ++r)
        if (x->held[r].share > 0 && !x->held[r].done && rml_journal_state(j->whole, x->cohort.key[r]) != RML_UNIT_DONE)
            status = copy_blame(j->whole, x->cohort.key[r], x->held[r].blame, err);
    for (int32_t k = 1; k <= x->n && status == RML_OK; ++k) {
        rml_opened share;

        status = open_share(x, k, &share, err);
        for (int64_t r = 0; r < x->cohort.n_rows && status == RML_OK; ++r)
            if (x->held[r].share == k) status = join_row(x, j, share.journal, r, err);
        close_share(&share);
        if (status == RML_OK) status = rml_journal_sync(j->whole, err);
    }
    return status == RML_OK ? repeat_failures(x, j, err) : status;
}

static rml_status open_whole(const rml_merge *x, rml_journal **whole, rml_error *err)
{
    const rml_outputs outputs = {.out = x->out,
                                 .csv = x->csv,
                                 .folder = x->run,
                                 .cohort = x->cohort_path,
                                 .params = x->params_path,
                                 .columns = &x->params,
                                 .resume = !x->fresh,
                                 .fresh = x->fresh};
    rml_status status = rml_outputs_check(&outputs, &x->cohort, err);
    char *identity = NULL;

    if (status != RML_OK) return status;
    identity = rml_extract_identity(&x->params, x->told.policy, x->told.hashes);
    status = identity ? rml_journal_open(x->run, identity, x->fresh, whole, err)
                      : rml_fail(err, RML_ENOMEM, "no memory for the journal's identity");
    free(identity);
    return status;
}

static void print_summary(const rml_merge *x, const rml_joining *j, const rml_tables_counts *counts)
{
    printf("radmill merge: %lld ROIs of %lld cases from %d shares, %lld failure%s\n", (long long)counts->n_rois,
           (long long)counts->n_cases, (int)x->n, (long long)counts->n_failures, counts->n_failures == 1 ? "" : "s");
    rml_print_tables(counts, x->out, x->csv, x->run, rml_params_n_columns(&x->params));
    if (j->n_copied == 0) printf("  the journal of the whole had all of it before\n");
    if (j->n_kept > 0)
        printf("  %lld case%s done in the journal of the whole before, and computed by a share at another time: the "
               "former is kept; --fresh takes the shares'\n",
               (long long)j->n_kept, j->n_kept == 1 ? " was" : "s were");
}

/* --- 6. the verb ------------------------------------------------------------------------------------------------- */

static rml_status read_cohort(rml_merge *x, rml_faults *faults, rml_error *err)
{
    rml_status status = rml_params_read(x->params_path, &x->params, err);

    if (status == RML_OK)
        status = rml_cohort_read_on(x->cohort_path, x->told.label, &x->params, &x->cohort, faults, err);
    if (status != RML_OK) return status;
    rml_cohort_tell_formulas("merge", x->cohort_path, &x->cohort);
    x->dealt = malloc(((size_t)x->cohort.n_rows + 1) * sizeof *x->dealt);
    x->held = calloc((size_t)x->cohort.n_rows + 1, sizeof *x->held);
    if (!x->dealt || !x->held) return rml_fail(err, RML_ENOMEM, "no memory for a cohort");
    return rml_elements_deal(&x->cohort, x->n, x->dealt, err);
}

static rml_status write_whole(rml_merge *x, int *exit_status, rml_error *err)
{
    rml_joining j = {.again = calloc((size_t)x->cohort.n_rows + 1, sizeof *j.again)};
    rml_tables_counts counts;
    bool *own = malloc((size_t)x->cohort.n_rows + 1);
    rml_status status =
        own && j.again ? open_whole(x, &j.whole, err) : rml_fail(err, RML_ENOMEM, "no memory for a list of rows");

    for (int64_t r = 0; own && r < x->cohort.n_rows; ++r) own[r] = x->dealt[r] > 0;
    if (status == RML_OK) status = rml_gone_prepare(j.whole, &x->cohort, own, err);
    free(own);
    if (status == RML_OK) status = join(x, &j, err);
    if (status == RML_OK) {
        const rml_tables_input input = {.cohort = &x->cohort,
                                        .params = &x->params,
                                        .journal = j.whole,
                                        .policy = x->told.policy,
                                        .hashes = x->told.hashes,
                                        .out = x->out,
                                        .csv = x->csv,
                                        .folder = x->run};

        rml_log(RML_LOG_FILE, "merge: %d shares, %lld records that were not here before", (int)x->n,
                (long long)j.n_copied);
        status = rml_tables_write(&input, &counts, err);
    }
    if (status == RML_OK) {
        rml_journal_conclude(j.whole);
        *exit_status = counts.n_failures > 0 ? RML_EXIT_FAILED_CASES : RML_EXIT_DONE;
        if (!x->quiet) print_summary(x, &j, &counts);
    }
    rml_journal_close(j.whole);
    rml_blob_free(&j.theirs);
    rml_blob_free(&j.ours);
    free(j.again);
    return status;
}

static int merge(rml_merge *x)
{
    bool has[RML_ELEMENTS_MOST + 1], missing[RML_ELEMENTS_MOST + 1] = {false}, described = false;
    int exit_status = RML_EXIT_DONE;
    rml_faults faults = {0};
    rml_error err = {0};
    rml_status status = rml_elements_list(x->run, has, &x->n, &err);

    if (status == RML_OK && x->n == 0)
        status = rml_fail(&err, RML_EMISSING,
                          "%s: holds no shares; `radmill extract COHORT.csv --out %s --share K/N` computes one", x->run,
                          x->out);
    if (status == RML_OK) status = read_told(x, has, &err);
    if (status != RML_OK) goto done;
    status = read_cohort(x, &faults, &err);
    described = status == RML_OK || status == RML_ENOMEM;
    if (status == RML_OK) status = look_at_shares(x, missing, &err);
    if (status == RML_OK) status = look_at_rows(x, &err);
    if (status == RML_OK) status = write_whole(x, &exit_status, &err);
    if (status != RML_OK && !described) exit_status = RML_EXIT_USAGE;
done:
    if (status != RML_OK) {
        rml_cohort_complain("merge", &faults, &err);
        if (exit_status == RML_EXIT_DONE) exit_status = rml_exit_status(status);
    }
    rml_faults_free(&faults);
    return exit_status;
}

int rml_verb_merge(int argc, char **argv)
{
    static const struct argp argp = {option_list, parse_option, "FEATURES.h5ad", doc, NULL, NULL, NULL};
    rml_merge x = {0};
    int exit_status = rml_options_parse(&argp, argc, argv, &x);

    if (exit_status >= 0) return exit_status;
    if (!rml_first_rank()) return RML_EXIT_DONE;
    if (asprintf(&x.run, "%s.run", x.out) < 0) return RML_EXIT_CANNOT;
    exit_status = merge(&x);
    free(x.dealt);
    free(x.held);
    free(x.told.memory);
    rml_cohort_free(&x.cohort);
    rml_params_free(&x.params);
    free(x.run);
    return exit_status;
}
