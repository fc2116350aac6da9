/* Contents: 1. opening; 2. asking; 3. appending. */
#include "engine/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <xxhash.h>

#include "engine/clock.h"
#include "engine/crash.h"
#include "engine/folder.h"
#include "engine/identity.h"
#include "engine/journal_parts.h"
#include "engine/log.h"

rml_key rml_key_of(const void *bytes, size_t n_bytes)
{
    const XXH128_hash_t hash = XXH3_128bits(bytes, n_bytes);

    return (rml_key){.high = hash.high64, .low = hash.low64};
}

/* 1. Opening */

static rml_status compare_identity(const rml_journal *journal, const char *identity, rml_error *err)
{
    char differences[RML_ERROR_TEXT / 2]; /* the path and what to do must find room, too */

    if (rml_identity_same(journal->identity, identity, differences, sizeof differences)) return RML_OK;
    return rml_fail(err, RML_EFOREIGN,
                    "%s: belongs to another run%s. --fresh replaces that run, another --out leaves it as it is",
                    journal->path, differences);
}

static rml_status cut_tail(rml_journal *journal, int64_t file_size, rml_error *err)
{
    rml_status status = rml_lock_check(journal->lock, err); /* the file may have been long to read */

    if (status != RML_OK) return status;
    if (journal->end < file_size) {
        rml_log(RML_LOG_FILE, "%s: the last %lld bytes are not whole (the writer was killed) and are cut off",
                journal->path, (long long)(file_size - journal->end));
        if (ftruncate(journal->fd, (off_t)journal->end) != 0)
            return rml_fail(err, RML_EIO, "%s: cannot be cut: %s", journal->path, strerror(errno));
    }
    /* What a killed process had written and not synced is in the file, but not yet promised. */
    if (fdatasync(journal->fd) != 0)
        return rml_fail(err, RML_EIO, "%s: cannot be synced: %s", journal->path, strerror(errno));
    journal->synced = journal->end;
    return RML_OK;
}

/* Crash files become CRASHED records before the dead run is judged, and are removed once these are synced. */
static rml_status fold_crashes(rml_journal *journal, rml_error *err)
{
    rml_crash *crashes = NULL;
    int32_t n = 0;
    rml_status status = rml_crash_read(journal->folder, &crashes, &n, err);

    for (int32_t c = 0; status == RML_OK && c < n; ++c) {
        unsigned char bytes[8];

        rml_put_little_endian(bytes, (uint32_t)crashes[c].rank, 4);
        rml_put_little_endian(bytes + 4, (uint32_t)crashes[c].signal, 4);
        rml_log(RML_LOG_FILE, "rank %d of the run before was killed by signal %d", (int)crashes[c].rank,
                (int)crashes[c].signal);
        status = rml_journal_append(journal, RML_RECORD_CRASHED, crashes[c].keys, crashes[c].n_keys, bytes,
                                    sizeof bytes, err);
    }
    if (status == RML_OK && n > 0) {
        status = rml_journal_sync(journal, err);
        if (status == RML_OK) status = rml_crash_remove(journal->folder, err);
    }
    rml_crash_free(crashes, n);
    return status;
}

static rml_status begin(const char *folder, rml_journal **journal, rml_error *err)
{
    rml_journal *begun = calloc(1, sizeof *begun);

    if (!begun) return rml_fail(err, RML_ENOMEM, "%s: out of memory", folder);
    begun->fd = -1;
    begun->folder = strdup(folder);
    if (!begun->folder || asprintf(&begun->path, "%s/journal", folder) < 0) {
        begun->path = NULL;
        rml_journal_close(begun);
        return rml_fail(err, RML_ENOMEM, "%s: out of memory", folder);
    }
    *journal = begun;
    return RML_OK;
}

static rml_status open_existing(rml_journal *journal, int flags, bool head_alone, int64_t *file_size, rml_error *err)
{
    struct stat info;

    journal->fd = open(journal->path, flags | O_CLOEXEC | O_NONBLOCK); /* a pipe in its place must not block */
    if (journal->fd < 0 && errno == ENOENT) return rml_fail(err, RML_EMISSING, "%s: there is none", journal->path);
    if (journal->fd < 0 || fstat(journal->fd, &info) != 0)
        return rml_fail(err, RML_EIO, "%s: cannot be opened: %s", journal->path, strerror(errno));
    *file_size = (int64_t)info.st_size;
    return rml_journal_scan(journal, *file_size, head_alone, err);
}

rml_status rml_journal_open(const char *folder, const char *identity, bool fresh, rml_journal **out, rml_error *err)
{
    rml_journal *journal = NULL;
    int64_t file_size;
    rml_status status = rml_folder_make(folder, err);

    if (status == RML_OK) status = begin(folder, &journal, err);
    if (status != RML_OK) goto done;
    status = rml_lock_open(folder, &journal->lock, err);
    if (status != RML_OK) goto done;
    status = rml_log_open(folder, err);
    if (status != RML_OK) goto done;
    journal->owns_log = true;
    status = rml_journal_remove_unnamed(journal, err);
    if (status == RML_OK && rml_lock_fences(journal->lock) && !fresh) status = rml_journal_fence(journal, err);
    if (status != RML_OK) goto done;
    status = fresh ? RML_EMISSING : open_existing(journal, O_RDWR, false, &file_size, err);
    if (status == RML_EMISSING) {
        if (err) *err = (rml_error){0};         /* no failure here */
        status = rml_crash_remove(folder, err); /* of a run whose journal is gone: they name nothing of this one */
        if (status == RML_OK)
            status = rml_journal_create(journal, identity, err); /* in the old one's place, once it is whole */
        if (status != RML_OK) goto done;
    } else {
        if (status == RML_OK) status = compare_identity(journal, identity, err);
        if (status == RML_OK) status = cut_tail(journal, file_size, err);
        if (status == RML_OK) status = fold_crashes(journal, err);
        if (status != RML_OK) goto done;
        rml_ledger_settle(&journal->ledger);
    }
    *out = journal;
    journal = NULL;
done:
    rml_journal_close(journal);
    return status;
}

static rml_status open_read(const char *folder, bool head_alone, rml_journal **out, rml_error *err)
{
    rml_journal *journal = NULL;
    int64_t file_size;
    rml_status status = begin(folder, &journal, err);

    if (status != RML_OK) return status;
    status = open_existing(journal, O_RDONLY, head_alone, &file_size, err);
    if (status == RML_OK) {
        *out = journal;
        journal = NULL;
    }
    rml_journal_close(journal);
    return status;
}

rml_status rml_journal_open_read(const char *folder, rml_journal **out, rml_error *err)
{
    return open_read(folder, false, out, err);
}

rml_status rml_journal_open_head(const char *folder, rml_journal **out, rml_error *err)
{
    return open_read(folder, true, out, err);
}

void rml_journal_conclude(rml_journal *journal)
{
    if (journal->runs.n == 0 || journal->runs.concluded || journal->broken) return;
    if (rml_journal_append(journal, RML_RECORD_CONCLUDED, NULL, 0, NULL, 0, NULL) != RML_OK ||
        rml_journal_sync(journal, NULL) != RML_OK)
        rml_log(RML_LOG_FILE, "%s: that the tables are written could not be recorded", journal->path);
}

void rml_journal_close(rml_journal *journal)
{
    rml_blob end = {0};

    if (!journal) return;
    rml_blob_put_f64(&end, rml_seconds_of(CLOCK_REALTIME));
    /* What follows is for the next opening alone: when the disk refuses it, nothing recorded is lost. */
    if (journal->run_begun && !journal->broken && rml_journal_sync(journal, NULL) == RML_OK &&
        rml_journal_append(journal, RML_RECORD_CLOSED, NULL, 0, end.bytes, end.n_bytes, NULL) == RML_OK &&
        rml_journal_sync(journal, NULL) != RML_OK)
        rml_log(RML_LOG_FILE, "%s: the end of the run could not be synced", journal->path);
    rml_blob_free(&end);
    rml_ledger_free(&journal->ledger);
    rml_names_free(&journal->names);
    if (journal->fd >= 0) close(journal->fd);
    if (journal->owns_log) rml_log_close();
    rml_lock_close(journal->lock);
    free(journal->identity);
    free(journal->path);
    free(journal->folder);
    free(journal);
}

/* 2. Asking */

const char *rml_journal_identity(const rml_journal *journal)
{
    return journal->identity;
}

const char *rml_journal_folder(const rml_journal *journal)
{
    return journal->folder;
}

const rml_runs *rml_journal_runs(const rml_journal *journal)
{
    return &journal->runs;
}

bool rml_journal_damaged(const rml_journal *journal)
{
    return journal->n_gaps > 0 && !journal->gaps_seen;
}

bool rml_journal_run_begun(const rml_journal *journal)
{
    return journal->run_begun;
}

rml_status rml_journal_count(const rml_journal *journal, rml_journal_counts *counts, rml_error *err)
{
    const rml_ledger *ledger = &journal->ledger;
    struct stat info;

    *counts = (rml_journal_counts){.open = journal->runs.open, .damaged = rml_journal_damaged(journal)};
    if (fstat(journal->fd, &info) != 0)
        return rml_fail(err, RML_EIO, "%s: cannot be asked for its time: %s", journal->path, strerror(errno));
    if (journal->runs.ended > 0.0)
        counts->written = journal->runs.ended; /* a copy of the file has another time */
    else
        counts->written = (double)info.st_mtim.tv_sec + 1e-9 * (double)info.st_mtim.tv_nsec;
    for (size_t n = 0; n < ledger->units.n; ++n) {
        const rml_standing unit = rml_ledger_at(ledger, n);

        counts->n_known += unit.done;
        if (unit.in_flight)
            ++counts->n_running;
        else if (unit.offset > journal->runs.offset) {
            ++counts->n_ended;
            ++*(unit.quarantined ? &counts->n_quarantined : unit.done ? &counts->n_done : &counts->n_failed);
        }
    }
    return RML_OK;
}

rml_unit_state rml_journal_state(const rml_journal *journal, rml_key key)
{
    const rml_standing unit = rml_ledger_find(&journal->ledger, key);

    if (unit.quarantined) return RML_UNIT_QUARANTINED;
    if (unit.offset == 0) return RML_UNIT_UNKNOWN;
    return unit.done ? RML_UNIT_DONE : RML_UNIT_FAILED;
}

rml_blame rml_journal_blame(const rml_journal *journal, rml_key key)
{
    const rml_standing unit = rml_ledger_find(&journal->ledger, key);

    return (rml_blame){.suspect = unit.suspect,
                       .quarantined = unit.quarantined,
                       .n_crashes = unit.n_crashes,
                       .signal = unit.signal,
                       .cut_short = unit.cut_short};
}

int32_t rml_journal_barren(const rml_journal *journal)
{
    return journal->ledger.n_barren;
}

rml_key rml_journal_named(const rml_journal *journal, rml_key name)
{
    return rml_names_find(&journal->names, name);
}

static bool read_at(int fd, void *bytes, size_t n, int64_t offset)
{
    char *at = bytes;

    while (n > 0) {
        const ssize_t got = pread(fd, at, n, (off_t)offset);

        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) {
            if (got == 0) errno = EIO;
            return false;
        }
        at += got;
        n -= (size_t)got;
        offset += got;
    }
    return true;
}

rml_status rml_journal_read(const rml_journal *journal, rml_key key, bool *done, rml_blob *outcome, rml_error *err)
{
    const rml_standing unit = rml_ledger_find(&journal->ledger, key);
    unsigned char header[RML_RECORD_HEADER], *body = NULL;
    size_t n_body;
    rml_record r;
    rml_status status = RML_OK;

    if (unit.offset == 0) return rml_fail(err, RML_EMISSING, "%s: no such record", journal->path);
    if (!read_at(journal->fd, header, sizeof header, unit.offset)) goto unreadable;
    if (!rml_record_unpack(header, unit.offset, journal->end, &r)) goto damaged;
    n_body = (size_t)(r.end - r.offset - RML_RECORD_HEADER);
    body = malloc(n_body ? n_body : 1);
    if (!body) return rml_fail(err, RML_ENOMEM, "%s: out of memory for %zu bytes", journal->path, n_body);
    if (!read_at(journal->fd, body, n_body, unit.offset + RML_RECORD_HEADER)) goto unreadable;
    if (XXH3_64bits_withSeed(body, n_body, (uint64_t)unit.offset) != r.body_check) goto damaged;
    rml_blob_clear(outcome);
    rml_blob_put_bytes(outcome, body + (size_t)r.n_keys * RML_KEY_BYTES, (size_t)r.n_bytes);
    if (outcome->failed)
        status = rml_fail(err, RML_ENOMEM, "%s: out of memory for %zu bytes", journal->path, n_body);
    else
        *done = unit.done;
    free(body);
    return status;
unreadable:
    status = rml_fail(err, RML_EIO, "%s: cannot be read at byte %lld: %s", journal->path, (long long)unit.offset,
                      strerror(errno));
    free(body);
    return status;
damaged:
    free(body);
    return rml_fail(err, RML_EFORMAT, "%s: damaged at byte %lld", journal->path, (long long)unit.offset);
}

/* 3. Appending */

/* Whether a record takes the place of what is known: of a result, or of what a name stood for. */
static bool overrules(const rml_journal *journal, rml_record_kind kind, const rml_key *keys, int32_t n_keys)
{
    if (kind == RML_RECORD_NAMED)
        for (int32_t k = 0; k + 1 < n_keys; k += 2)
            if (rml_names_has_other(&journal->names, keys[k], keys[k + 1])) return true;
    if (kind == RML_RECORD_DONE || kind == RML_RECORD_FAILED)
        for (int32_t k = 0; k < n_keys; ++k)
            if (rml_ledger_find(&journal->ledger, keys[k]).done) return true;
    return false;
}

static rml_status append_seen(rml_journal *journal, rml_error *err)
{
    unsigned char bytes[16];

    rml_put_little_endian(bytes, (uint64_t)journal->n_gaps, 8);
    rml_put_little_endian(bytes + 8, (uint64_t)journal->n_gap_bytes, 8);
    return rml_journal_append(journal, RML_RECORD_SEEN, NULL, 0, bytes, sizeof bytes, err);
}

rml_status rml_journal_append(rml_journal *journal, rml_record_kind kind, const rml_key *keys, int32_t n_keys,
                              const void *bytes, size_t n_bytes, rml_error *err)
{
    const bool overruling = overrules(journal, kind, keys, n_keys);
    rml_record r = {.kind = (uint32_t)kind,
                    .n_keys = (uint32_t)n_keys,
                    .overrules = overruling,
                    .n_overruled = (journal->n_overruled + overruling) & RML_COUNT_MASK,
                    .n_bytes = n_bytes,
                    .synced = (uint64_t)journal->synced,
                    .offset = journal->end};
    rml_status status = RML_OK;

    if (!journal->lock) return rml_fail(err, RML_EINVAL, "%s: open for reading alone", journal->path);
    if (kind == RML_RECORD_START && rml_journal_damaged(journal)) {
        status = append_seen(journal, err);
        if (status != RML_OK) return status;
        r.offset = journal->end;
    }
    if (journal->broken) return rml_fail(err, RML_EIO, "%s: could not be written before", journal->path);
    status = rml_lock_check(journal->lock, err);
    if (status != RML_OK) return status;
    status = rml_record_write(journal->fd, &r, keys, bytes);
    if (status != RML_OK) {
        status = rml_fail(err, status, "%s: cannot be written: %s", journal->path,
                          status == RML_ENOMEM ? "out of memory" : strerror(errno));
        if (ftruncate(journal->fd, (off_t)journal->end) != 0) journal->broken = true;
        return status;
    }
    journal->end = r.end;
    if (kind == RML_RECORD_START) journal->run_begun = true;
    return rml_journal_take_in(journal, &r, keys, bytes, err);
}

rml_status rml_journal_sync(rml_journal *journal, rml_error *err)
{
    const rml_sync_mark upto = rml_journal_sync_mark(journal);

    if (journal->broken) return rml_fail(err, RML_EIO, "%s: could not be written before", journal->path);
    if (journal->synced == journal->end) return RML_OK;
    return rml_journal_synced(journal, upto, rml_journal_sync_to(upto), err);
}

rml_sync_mark rml_journal_sync_mark(const rml_journal *journal)
{
    return (rml_sync_mark){.fd = journal->fd, .broken = journal->broken, .end = journal->end};
}

int rml_journal_sync_to(rml_sync_mark upto)
{
    if (upto.broken) return EIO;
    return fdatasync(upto.fd) == 0 ? 0 : errno;
}

rml_status rml_journal_synced(rml_journal *journal, rml_sync_mark upto, int refused, rml_error *err)
{
    if (refused) {
        journal->broken = true; /* the kernel may have dropped the pages: a second success would mean nothing */
        return rml_fail(err, RML_EIO, "%s: cannot be synced: %s", journal->path, strerror(refused));
    }
    journal->synced = upto.end;
    return RML_OK;
}
