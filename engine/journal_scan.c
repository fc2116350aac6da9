/* Reading: every record into memory, and over gaps.
 *
 * A gap: bytes that are no record, with a whole record behind them. Reading goes on there, at a multiple of 8. The
 * counts of the records before and behind the gap say how many in it overruled; where that is none, nothing older can
 * have lost its force there. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/journal_parts.h"
#include "engine/log.h"

enum {
    RUN_BYTES = 4096, /* more than any description of a run takes */
    IDENTITY_LIMIT = 1 << 26,
    PATIENCE = 16, /* how often the whole file is worth looking through for a sound record */
};

/* Of which records the bytes are looked at on opening. */
static bool is_opened(const rml_record *r)
{
    switch (r->kind) {
    case RML_RECORD_CRASHED: return r->n_bytes == 8;
    case RML_RECORD_SEEN: return r->n_bytes == 16;
    case RML_RECORD_START:
    case RML_RECORD_CLOSED:
    case RML_RECORD_EFFORT: return r->n_bytes <= RUN_BYTES;
    default: return false;
    }
}

rml_status rml_journal_take_in(rml_journal *journal, const rml_record *r, const rml_key *keys,
                               const unsigned char *bytes, rml_error *err)
{
    const bool opened = bytes && is_opened(r);
    int32_t signal = 0;
    rml_status status = RML_OK;

    journal->n_overruled = r->n_overruled;
    if (r->kind == RML_RECORD_NAMED) {
        for (uint32_t k = 0; k + 1 < r->n_keys && status == RML_OK; k += 2)
            status = rml_names_put(&journal->names, keys[k], keys[k + 1]);
    } else if (r->kind == RML_RECORD_SEEN) {
        journal->gaps_seen = opened && rml_little_endian(bytes, 8) == (uint64_t)journal->n_gaps &&
                             rml_little_endian(bytes + 8, 8) == (uint64_t)journal->n_gap_bytes;
    } else {
        if (opened && r->kind == RML_RECORD_CRASHED) signal = (int32_t)(uint32_t)rml_little_endian(bytes + 4, 4);
        rml_runs_apply(&journal->runs, r->kind, opened ? bytes : NULL, opened ? (size_t)r->n_bytes : 0, r->offset);
        if (r->kind == RML_RECORD_CLOSED && journal->runs.described &&
            journal->ledger.n_outcomes >= journal->runs.begun.n_pending)
            rml_ledger_complete(&journal->ledger);
        status = rml_ledger_apply(&journal->ledger, r->kind, keys, (int32_t)r->n_keys, r->offset, signal);
    }
    return status == RML_OK ? RML_OK : rml_fail(err, status, "%s: out of memory", journal->path);
}

static rml_status apply(rml_journal *journal, rml_window *view, const rml_record *r, rml_error *err)
{
    rml_key few[8], *keys = few;
    const unsigned char *bytes = NULL;
    rml_status status = RML_OK;

    if (r->n_keys > sizeof few / sizeof few[0]) {
        keys = malloc(r->n_keys * sizeof *keys);
        if (!keys) return rml_fail(err, RML_ENOMEM, "%s: out of memory", journal->path);
    }
    for (uint32_t k = 0; k < r->n_keys; ++k) {
        const unsigned char *key =
            rml_window_at(view, r->offset + RML_RECORD_HEADER + (int64_t)k * RML_KEY_BYTES, RML_KEY_BYTES);

        if (!key) {
            status = rml_fail(err, RML_EIO, "%s: cannot be read: %s", journal->path, strerror(errno));
            goto done;
        }
        keys[k] = (rml_key){.high = rml_little_endian(key, 8), .low = rml_little_endian(key + 8, 8)};
    }
    if (is_opened(r))
        bytes =
            rml_window_at(view, r->offset + RML_RECORD_HEADER + (int64_t)r->n_keys * RML_KEY_BYTES, (size_t)r->n_bytes);
    status = rml_journal_take_in(journal, r, keys, bytes, err);
done:
    if (keys != few) free(keys);
    return status;
}

static rml_status read_identity(rml_journal *journal, rml_window *view, const rml_record *r, rml_error *err)
{
    if (r->n_bytes > IDENTITY_LIMIT)
        return rml_fail(err, RML_EFORMAT, "%s: the identity takes %llu bytes", journal->path,
                        (unsigned long long)r->n_bytes);
    journal->identity = calloc(1, (size_t)r->n_bytes + 1);
    if (!journal->identity) return rml_fail(err, RML_ENOMEM, "%s: out of memory", journal->path);
    for (size_t at = 0; at < r->n_bytes;) {
        const size_t n = r->n_bytes - at < 4096 ? (size_t)r->n_bytes - at : 4096;
        const unsigned char *bytes = rml_window_at(view, r->offset + RML_RECORD_HEADER + (int64_t)at, n);

        if (!bytes) return rml_fail(err, RML_EIO, "%s: cannot be read: %s", journal->path, strerror(errno));
        memcpy(journal->identity + at, bytes, n);
        at += n;
    }
    return RML_OK;
}

/* The first whole record from offset on; false when there is none, or patience has ended: headers that were made to be
 * valid, each with a body up to the end of the file that is not, would have the file read once for every 40 bytes of
 * it. No kill and no failing disk leaves such. */
static bool next_record(rml_window *view, int64_t offset, int64_t file_size, XXH3_state_t *hash, rml_record *r)
{
    for (; view->patience >= 0 && file_size - offset >= RML_RECORD_HEADER; offset += 8) {
        if (!rml_record_unpack(rml_window_at(view, offset, RML_RECORD_HEADER), offset, file_size, r)) continue;
        if (rml_record_body_is_valid(view, r, hash)) return true;
        view->patience -= r->end - offset;
    }
    return false;
}

/* The bytes from journal->end to the record r are no records. What they said of a key that has no other word is not
 * known any more, and so done again: all well. What is known of an older DONE or name stands only if none of the lost
 * records overruled anything, since whose key they had is not known either. */
static void skip_gap(rml_journal *journal, const rml_record *r)
{
    const int64_t n_bytes = r->offset - journal->end;
    const uint32_t before = (r->n_overruled - r->overrules) & RML_COUNT_MASK;
    /* so many records that the count came round would need this much room */
    const bool in_doubt =
        before != journal->n_overruled || n_bytes / (RML_RECORD_HEADER + RML_KEY_BYTES) > RML_COUNT_MASK;
    const int64_t n_doubted = rml_ledger_gap(&journal->ledger, in_doubt, r->offset);

    if (in_doubt) rml_names_free(&journal->names);
    if (journal->n_gaps < RML_GAPS_TOLD)
        journal->gaps[journal->n_gaps] = (rml_gap){journal->end, r->offset, in_doubt, n_doubted};
    ++journal->n_gaps;
    journal->n_gap_bytes += n_bytes;
    journal->gaps_seen = false;
}

/* promise: up to there, by what its records say, the file was synced while they were written. */
static void tell_gaps(const rml_journal *journal, int64_t file_size, uint64_t promise)
{
    if (journal->gaps_seen) {
        rml_log(RML_LOG_FILE, "%s: damaged in %lld places, of which the runs since know", journal->path,
                (long long)journal->n_gaps);
        return;
    }
    for (int64_t g = 0; g < journal->n_gaps && g < RML_GAPS_TOLD; ++g) {
        const rml_gap *at = &journal->gaps[g];

        rml_log(RML_LOG_BOTH,
                "%s: bytes %lld to %lld of %lld are damaged%s: what was recorded there is lost, and --resume computes "
                "it again",
                journal->path, (long long)at->from, (long long)at->to, (long long)file_size,
                (uint64_t)at->to <= promise ? "" : " or have not reached the disk");
        if (at->in_doubt)
            rml_log(RML_LOG_BOTH,
                    "%s: among it are records that took back results before them: as it is not known which, %lld "
                    "results recorded before byte %lld count no more",
                    journal->path, (long long)at->n_doubted, (long long)at->from);
    }
    if (journal->n_gaps > RML_GAPS_TOLD)
        rml_log(RML_LOG_BOTH, "%s: damaged in %lld places more", journal->path,
                (long long)(journal->n_gaps - RML_GAPS_TOLD));
}

/* Header and identity; journal->end is behind them. */
static rml_status read_head(rml_journal *journal, rml_window *view, XXH3_state_t *hash, int64_t file_size,
                            rml_error *err)
{
    const unsigned char *header = rml_window_at(view, 0, RML_JOURNAL_HEADER);
    rml_record r;
    rml_status status;

    if (!header || memcmp(header, rml_journal_magic, sizeof rml_journal_magic) != 0)
        return rml_fail(err, RML_EFORMAT, "%s: not a journal of radmill; begin anew with --fresh, which replaces it",
                        journal->path);
    if (rml_little_endian(header + 8, 4) != RML_JOURNAL_VERSION)
        return rml_fail(err, RML_EFORMAT, "%s: journal format %llu, this radmill knows %d", journal->path,
                        (unsigned long long)rml_little_endian(header + 8, 4), RML_JOURNAL_VERSION);
    journal->end = RML_JOURNAL_HEADER;
    if (rml_record_is_valid(view, journal->end, file_size, hash, &r) && r.kind == RML_RECORD_IDENTITY) {
        status = read_identity(journal, view, &r, err);
        if (status == RML_OK) journal->end = r.end;
        return status;
    }
    if (view->failed) return RML_OK; /* said by who asked */
    /* A journal gets its name when header and identity are synced: without them it is damaged, not torn. */
    return rml_fail(err, RML_EFORMAT,
                    "%s: damaged at byte %d of %lld, where it says which run it belongs to; go on from a copy "
                    "of the file or begin anew with --fresh",
                    journal->path, RML_JOURNAL_HEADER, (long long)file_size);
}

rml_status rml_journal_scan(rml_journal *journal, int64_t file_size, bool head_alone, rml_error *err)
{
    rml_window *view = malloc(sizeof *view);
    XXH3_state_t *hash = XXH3_createState();
    uint64_t promise = 0;
    rml_record r;
    rml_status status = RML_OK;

    if (!view || !hash) {
        status = rml_fail(err, RML_ENOMEM, "%s: out of memory", journal->path);
        goto done;
    }
    view->fd = journal->fd;
    view->offset = 0;
    view->n = 0;
    view->failed = false;
    view->patience = PATIENCE * file_size;
    status = read_head(journal, view, hash, file_size, err);
    if (status != RML_OK) goto done;
    while (!head_alone && !view->failed && journal->end < file_size) {
        if (!rml_record_is_valid(view, journal->end, file_size, hash, &r)) {
            const bool found = next_record(view, journal->end, file_size, hash, &r);

            if (view->patience < 0) {
                status =
                    rml_fail(err, RML_EFORMAT,
                             "%s: damaged at byte %lld of %lld, and what follows looks like many records and holds "
                             "none; go on from a copy of the file or begin anew with --fresh",
                             journal->path, (long long)journal->end, (long long)file_size);
                goto done;
            }
            if (!found) break;
            skip_gap(journal, &r);
        }
        status = apply(journal, view, &r, err);
        if (status != RML_OK) goto done;
        if (r.synced > promise) promise = r.synced;
        journal->end = r.end;
    }
    if (journal->n_gaps > 0) tell_gaps(journal, file_size, promise);
    if (view->failed) status = rml_fail(err, RML_EIO, "%s: cannot be read: %s", journal->path, strerror(errno));
done:
    XXH3_freeState(hash);
    free(view);
    return status;
}
