/* The file: a header of 16 bytes (magic, format version, zero), then records, each at a multiple of 8 bytes. All
 * numbers little-endian.
 *
 *      0  u32  mark "RMLr"
 *      4  u8   kind; 128 more when the record overrules: takes the place of a DONE of one of its keys, or of a name
 *      5  u24  records that overrule from the file's beginning to this one, itself included
 *      8  u32  number of keys
 *     12  u32  check of these 40 bytes with this field zero: low half of XXH3-64
 *     16  u64  bytes of the blob
 *     24  u64  up to here the file was synced when this record was written
 *     32  u64  check of the body: XXH3-64
 *     40       body: the keys (high, low), the blob, zeros up to a multiple of 8
 *
 * Both checks are seeded with the record's offset: a record is valid in its own place only, so that bytes of a journal
 * inside a blob are never taken for records of this one.
 *
 * A gap: bytes that are no record, with a promise behind them. Reading goes on at the next multiple of 8 where a whole
 * record stands. The counts of the records before and behind the gap say how many in it overruled; where that is none,
 * nothing older can have lost its force there.
 *
 * Contents: 1. bytes in and out; 2. records; 3. opening; 4. asking; 5. appending. */
#include "engine/journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <xxhash.h>

#include "engine/clock.h"
#include "engine/crash.h"
#include "engine/folder.h"
#include "engine/identity.h"
#include "engine/ledger.h"
#include "engine/lock.h"
#include "engine/log.h"
#include "engine/names.h"
#include "engine/nonce.h"

enum {
    FORMAT_VERSION = 1,
    FILE_HEADER = 16,
    RECORD_HEADER = 40,
    KEY_BYTES = 16,
    WINDOW_BYTES = 1 << 18,
    RUN_BYTES = 4096, /* more than any description of a run takes */
    IDENTITY_LIMIT = 1 << 26,
    OVERRULES = 128,       /* of the kind's byte */
    COUNT_MASK = 0xffffff, /* of the records that overrule: 24 bits */
    GAPS_TOLD = 8,         /* one by one */
    PATIENCE = 16,         /* how often the whole file is worth looking through for a sound record */
};

static const char magic[8] = {'r', 'm', 'l', '-', 'j', 'r', 'n', '\n'};
static const uint32_t mark = 0x724C4D52u; /* "RMLr" */

typedef struct gap { /* bytes that are no records */
    int64_t from, to;
    bool in_doubt; /* what lies before it as well, of which n_doubted results */
    int64_t n_doubted;
} gap;

struct rml_journal {
    char *folder, *path, *identity;
    rml_lock *lock; /* NULL: read only */
    int fd;
    bool owns_log;
    bool run_begun;       /* by this process: an orderly close is worth a record */
    bool broken;          /* a write or sync failed in a way that cannot be taken back */
    int64_t end;          /* where the next record goes */
    int64_t synced;       /* up to here the file is on disk */
    uint32_t n_overruled; /* as the last record has it */
    int64_t n_gaps, n_gap_bytes;
    gap gaps[GAPS_TOLD];
    bool gaps_seen; /* a run that began since knows of all of them */
    rml_ledger ledger;
    rml_names names;
    rml_runs runs;
};

rml_key rml_key_of(const void *bytes, size_t n_bytes)
{
    const XXH128_hash_t hash = XXH3_128bits(bytes, n_bytes);

    return (rml_key){.high = hash.high64, .low = hash.low64};
}

/* 1. Bytes in and out */

/* What of the file was read last: the scan goes through it in small steps. */
typedef struct window {
    int fd;
    int64_t offset;
    size_t n;
    bool failed;      /* the system could not read; errno says why */
    int64_t patience; /* bytes of records that turn out to be none, which are still looked through */
    unsigned char bytes[WINDOW_BYTES];
} window;

/* n bytes at offset, at most WINDOW_BYTES; NULL past the end of the file or when the system cannot read. */
static const unsigned char *window_at(window *view, int64_t offset, size_t n)
{
    if (offset < view->offset || offset + (int64_t)n > view->offset + (int64_t)view->n) {
        view->offset = offset;
        view->n = 0;
        while (view->n < sizeof view->bytes) {
            const ssize_t got = pread(view->fd, view->bytes + view->n, sizeof view->bytes - view->n,
                                      (off_t)(offset + (int64_t)view->n));

            if (got < 0 && errno == EINTR) continue;
            if (got < 0) {
                view->failed = true;
                return NULL;
            }
            if (got == 0) break;
            view->n += (size_t)got;
        }
    }
    return view->n >= n ? view->bytes + (offset - view->offset) : NULL;
}

static rml_status write_parts(int fd, struct iovec *parts, int n_parts, int64_t offset)
{
    while (n_parts > 0) {
        ssize_t written = pwritev(fd, parts, n_parts, (off_t)offset);

        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return RML_EIO;
        offset += written;
        while (n_parts > 0 && (size_t)written >= parts->iov_len) {
            written -= (ssize_t)parts->iov_len;
            ++parts;
            --n_parts;
        }
        if (n_parts > 0) {
            parts->iov_base = (char *)parts->iov_base + written;
            parts->iov_len -= (size_t)written;
        }
    }
    return RML_OK;
}

/* 2. Records */

typedef struct record {
    uint32_t kind, n_keys;
    uint32_t n_overruled;
    bool overrules;
    uint64_t n_bytes, synced, body_check;
    int64_t offset, end;
} record;

static uint64_t little_endian(const unsigned char *bytes, int n)
{
    uint64_t value = 0;

    for (int b = 0; b < n; ++b) value |= (uint64_t)bytes[b] << (8 * b);
    return value;
}

static void put_little_endian(unsigned char *bytes, uint64_t value, int n)
{
    for (int b = 0; b < n; ++b) bytes[b] = (unsigned char)(value >> (8 * b));
}

static uint32_t check_header(const unsigned char header[RECORD_HEADER], int64_t offset)
{
    unsigned char copy[RECORD_HEADER];

    memcpy(copy, header, sizeof copy);
    put_little_endian(copy + 12, 0, 4);
    return (uint32_t)XXH3_64bits_withSeed(copy, sizeof copy, (uint64_t)offset);
}

static int64_t padding_of(uint64_t n_bytes)
{
    return (int64_t)(-n_bytes & 7);
}

static void pack_header(const record *r, unsigned char header[RECORD_HEADER])
{
    put_little_endian(header, mark, 4);
    put_little_endian(header + 4, r->kind | (r->overrules ? OVERRULES : 0), 1);
    put_little_endian(header + 5, r->n_overruled, 3);
    put_little_endian(header + 8, r->n_keys, 4);
    put_little_endian(header + 16, r->n_bytes, 8);
    put_little_endian(header + 24, r->synced, 8);
    put_little_endian(header + 32, r->body_check, 8);
    put_little_endian(header + 12, check_header(header, r->offset), 4);
}

/* False when there is no valid header at offset, or the record reaches past the end of the file. */
static bool unpack_header(const unsigned char *header, int64_t offset, int64_t file_size, record *r)
{
    uint64_t body;

    if (!header || little_endian(header, 4) != mark || little_endian(header + 12, 4) != check_header(header, offset))
        return false;
    *r = (record){.kind = header[4] & (OVERRULES - 1u),
                  .overrules = header[4] >= OVERRULES,
                  .n_overruled = (uint32_t)little_endian(header + 5, 3),
                  .n_keys = (uint32_t)little_endian(header + 8, 4),
                  .n_bytes = little_endian(header + 16, 8),
                  .synced = little_endian(header + 24, 8),
                  .body_check = little_endian(header + 32, 8),
                  .offset = offset};
    if (r->n_bytes > (uint64_t)file_size) return false; /* and so the sums below cannot overflow */
    body = (uint64_t)r->n_keys * KEY_BYTES + r->n_bytes;
    body += (uint64_t)padding_of(body);
    if (body > (uint64_t)(file_size - offset - RECORD_HEADER)) return false;
    r->end = offset + RECORD_HEADER + (int64_t)body;
    return true;
}

static bool body_is_valid(window *view, const record *r, XXH3_state_t *hash)
{
    int64_t offset = r->offset + RECORD_HEADER;

    XXH3_64bits_reset_withSeed(hash, (uint64_t)r->offset);
    while (offset < r->end) {
        const size_t n = r->end - offset < WINDOW_BYTES / 2 ? (size_t)(r->end - offset) : WINDOW_BYTES / 2;
        const unsigned char *bytes = window_at(view, offset, n);

        if (!bytes) return false;
        XXH3_64bits_update(hash, bytes, n);
        offset += (int64_t)n;
    }
    return XXH3_64bits_digest(hash) == r->body_check;
}

static bool record_is_valid(window *view, int64_t offset, int64_t file_size, XXH3_state_t *hash, record *r)
{
    if (file_size - offset < RECORD_HEADER) return false;
    return unpack_header(window_at(view, offset, RECORD_HEADER), offset, file_size, r) && body_is_valid(view, r, hash);
}

/* 3. Opening */

/* Of which records the bytes are looked at on opening. */
static bool is_opened(const record *r)
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

/* What a record says, into memory: of an older file and of one that is appended alike.
 *
 * bytes  in  [n_bytes] where is_opened, else not looked at */
static rml_status take_in(rml_journal *journal, const record *r, const rml_key *keys, const unsigned char *bytes,
                          rml_error *err)
{
    const bool opened = bytes && is_opened(r);
    int32_t signal = 0;
    rml_status status = RML_OK;

    journal->n_overruled = r->n_overruled;
    if (r->kind == RML_RECORD_NAMED) {
        for (uint32_t k = 0; k + 1 < r->n_keys && status == RML_OK; k += 2)
            status = rml_names_put(&journal->names, keys[k], keys[k + 1]);
    } else if (r->kind == RML_RECORD_SEEN) {
        journal->gaps_seen = opened && little_endian(bytes, 8) == (uint64_t)journal->n_gaps &&
                             little_endian(bytes + 8, 8) == (uint64_t)journal->n_gap_bytes;
    } else {
        if (opened && r->kind == RML_RECORD_CRASHED) signal = (int32_t)(uint32_t)little_endian(bytes + 4, 4);
        rml_runs_apply(&journal->runs, r->kind, opened ? bytes : NULL, opened ? (size_t)r->n_bytes : 0, r->offset);
        if (r->kind == RML_RECORD_CLOSED && journal->runs.described &&
            journal->ledger.n_outcomes >= journal->runs.begun.n_pending)
            rml_ledger_complete(&journal->ledger);
        status = rml_ledger_apply(&journal->ledger, r->kind, keys, (int32_t)r->n_keys, r->offset, signal);
    }
    return status == RML_OK ? RML_OK : rml_fail(err, status, "%s: out of memory", journal->path);
}

static rml_status apply(rml_journal *journal, window *view, const record *r, rml_error *err)
{
    rml_key few[8], *keys = few;
    const unsigned char *bytes = NULL;
    rml_status status = RML_OK;

    if (r->n_keys > sizeof few / sizeof few[0]) {
        keys = malloc(r->n_keys * sizeof *keys);
        if (!keys) return rml_fail(err, RML_ENOMEM, "%s: out of memory", journal->path);
    }
    for (uint32_t k = 0; k < r->n_keys; ++k) {
        const unsigned char *key = window_at(view, r->offset + RECORD_HEADER + (int64_t)k * KEY_BYTES, KEY_BYTES);

        if (!key) {
            status = rml_fail(err, RML_EIO, "%s: cannot be read: %s", journal->path, strerror(errno));
            goto done;
        }
        keys[k] = (rml_key){.high = little_endian(key, 8), .low = little_endian(key + 8, 8)};
    }
    if (is_opened(r))
        bytes = window_at(view, r->offset + RECORD_HEADER + (int64_t)r->n_keys * KEY_BYTES, (size_t)r->n_bytes);
    status = take_in(journal, r, keys, bytes, err);
done:
    if (keys != few) free(keys);
    return status;
}

static rml_status read_identity(rml_journal *journal, window *view, const record *r, rml_error *err)
{
    if (r->n_bytes > IDENTITY_LIMIT)
        return rml_fail(err, RML_EFORMAT, "%s: the identity takes %llu bytes", journal->path,
                        (unsigned long long)r->n_bytes);
    journal->identity = calloc(1, (size_t)r->n_bytes + 1);
    if (!journal->identity) return rml_fail(err, RML_ENOMEM, "%s: out of memory", journal->path);
    for (size_t at = 0; at < r->n_bytes;) {
        const size_t n = r->n_bytes - at < 4096 ? (size_t)r->n_bytes - at : 4096;
        const unsigned char *bytes = window_at(view, r->offset + RECORD_HEADER + (int64_t)at, n);

        if (!bytes) return rml_fail(err, RML_EIO, "%s: cannot be read: %s", journal->path, strerror(errno));
        memcpy(journal->identity + at, bytes, n);
        at += n;
    }
    return RML_OK;
}

/* The first whole record from offset on; false when there is none, or patience has ended: headers that were made to be
 * valid, each with a body up to the end of the file that is not, would have the file read once for every 40 bytes of
 * it. No kill and no failing disk leaves such. */
static bool next_record(window *view, int64_t offset, int64_t file_size, XXH3_state_t *hash, record *r)
{
    for (; view->patience >= 0 && file_size - offset >= RECORD_HEADER; offset += 8) {
        if (!unpack_header(window_at(view, offset, RECORD_HEADER), offset, file_size, r)) continue;
        if (body_is_valid(view, r, hash)) return true;
        view->patience -= r->end - offset;
    }
    return false;
}

/* Up to where records from offset on say that the file was synced; 0 when none does. */
static int64_t promise_behind(window *view, int64_t offset, int64_t file_size, XXH3_state_t *hash)
{
    uint64_t promise = 0;
    record r;

    while (next_record(view, offset, file_size, hash, &r)) {
        if (r.synced > promise) promise = r.synced;
        offset = r.end;
    }
    return promise < (uint64_t)file_size ? (int64_t)promise : file_size;
}

/* The bytes from journal->end to the record r are no records. What they said of a key that has no other word is not
 * known any more, and so done again: all well. What is known of an older DONE or name stands only if none of the lost
 * records overruled anything, since whose key they had is not known either. */
static void skip_gap(rml_journal *journal, const record *r)
{
    const int64_t n_bytes = r->offset - journal->end;
    const uint32_t before = (r->n_overruled - r->overrules) & COUNT_MASK;
    /* so many records that the count came round would need this much room */
    const bool in_doubt = before != journal->n_overruled || n_bytes / (RECORD_HEADER + KEY_BYTES) > COUNT_MASK;
    const int64_t n_doubted = rml_ledger_gap(&journal->ledger, in_doubt, r->offset);

    if (in_doubt) rml_names_free(&journal->names);
    if (journal->n_gaps < GAPS_TOLD)
        journal->gaps[journal->n_gaps] = (gap){journal->end, r->offset, in_doubt, n_doubted};
    ++journal->n_gaps;
    journal->n_gap_bytes += n_bytes;
    journal->gaps_seen = false;
}

static void tell_gaps(const rml_journal *journal, int64_t file_size)
{
    if (journal->gaps_seen) {
        rml_log(RML_LOG_FILE, "%s: damaged in %lld places, of which the runs since know", journal->path,
                (long long)journal->n_gaps);
        return;
    }
    for (int64_t g = 0; g < journal->n_gaps && g < GAPS_TOLD; ++g) {
        const gap *at = &journal->gaps[g];

        rml_log(RML_LOG_BOTH,
                "%s: bytes %lld to %lld of %lld are damaged: what was recorded there is lost, and --resume computes it "
                "again",
                journal->path, (long long)at->from, (long long)at->to, (long long)file_size);
        if (at->in_doubt)
            rml_log(RML_LOG_BOTH,
                    "%s: among it are records that took back results before them: as it is not known which, %lld "
                    "results recorded before byte %lld count no more",
                    journal->path, (long long)at->n_doubted, (long long)at->from);
    }
    if (journal->n_gaps > GAPS_TOLD)
        rml_log(RML_LOG_BOTH, "%s: damaged in %lld places more", journal->path,
                (long long)(journal->n_gaps - GAPS_TOLD));
}

/* Replays the whole file; journal->end is where the valid part ends. */
static rml_status scan(rml_journal *journal, int64_t file_size, rml_error *err)
{
    window *view = malloc(sizeof *view);
    XXH3_state_t *hash = XXH3_createState();
    const unsigned char *header;
    int64_t promise = -1;
    record r;
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
    header = window_at(view, 0, FILE_HEADER);
    if (!header || memcmp(header, magic, sizeof magic) != 0) {
        status = rml_fail(err, RML_EFORMAT, "%s: not a journal of radmill", journal->path);
        goto done;
    }
    if (little_endian(header + 8, 4) != FORMAT_VERSION) {
        status = rml_fail(err, RML_EFORMAT, "%s: journal format %llu, this radmill knows %d", journal->path,
                          (unsigned long long)little_endian(header + 8, 4), FORMAT_VERSION);
        goto done;
    }
    journal->end = FILE_HEADER;
    if (record_is_valid(view, journal->end, file_size, hash, &r) && r.kind == RML_RECORD_IDENTITY) {
        status = read_identity(journal, view, &r, err);
        if (status != RML_OK) goto done;
        journal->end = r.end;
    } else if (!view->failed) {
        /* A journal gets its name when header and identity are synced: without them it is damaged, not torn. */
        status = rml_fail(err, RML_EFORMAT,
                          "%s: damaged at byte %d of %lld, where it says which run it belongs to; go on from a copy "
                          "of the file or begin anew with --fresh",
                          journal->path, FILE_HEADER, (long long)file_size);
        goto done;
    }
    while (!view->failed && journal->end < file_size) {
        if (!record_is_valid(view, journal->end, file_size, hash, &r)) {
            bool found;

            /* Of no record can more be synced than what lies before it: a promise beyond this byte is one behind it. */
            if (promise < 0) promise = promise_behind(view, journal->end, file_size, hash);
            found = promise > journal->end && next_record(view, journal->end, file_size, hash, &r);
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
        journal->end = r.end;
    }
    if (journal->n_gaps > 0) tell_gaps(journal, file_size);
    if (view->failed) status = rml_fail(err, RML_EIO, "%s: cannot be read: %s", journal->path, strerror(errno));
done:
    XXH3_freeState(hash);
    free(view);
    return status;
}

/* A new file of a name that no other process has: what a run that was stopped on the way to rename it left is another
 * one, and gone (remove_unnamed). */
static rml_status open_unnamed(const rml_journal *journal, char **path, int *fd, rml_error *err)
{
    if (asprintf(path, "%s.new.%016llx", journal->path, (unsigned long long)rml_nonce()) < 0) {
        *path = NULL;
        return rml_fail(err, RML_ENOMEM, "%s: out of memory", journal->path);
    }
    *fd = open(*path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    return *fd < 0 ? rml_fail(err, RML_EIO, "%s: cannot be made: %s", *path, strerror(errno)) : RML_OK;
}

/* Files that never became the journal. Whoever has the lock: a run that was stopped between its last look at the lock
 * and its rename must not find its file when it goes on. */
static rml_status remove_unnamed(const rml_journal *journal, rml_error *err)
{
    static const char prefix[] = "journal.new.";
    DIR *listing = opendir(journal->folder);
    rml_status status = RML_OK;

    if (!listing) return rml_fail(err, RML_EIO, "%s: cannot be read: %s", journal->folder, strerror(errno));
    for (const struct dirent *entry = readdir(listing); entry; entry = readdir(listing))
        if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0 && unlinkat(dirfd(listing), entry->d_name, 0) != 0 &&
            errno != ENOENT)
            status =
                rml_fail(err, RML_EIO, "%s/%s: cannot be removed: %s", journal->folder, entry->d_name, strerror(errno));
    closedir(listing);
    return status;
}

/* The file is on disk; the journal's name is its from here on, if the lock is still ours. */
static rml_status put_in_place(rml_journal *journal, const char *path, rml_error *err)
{
    rml_status status = rml_lock_check(journal->lock, err);

    if (status == RML_OK && rename(path, journal->path) != 0)
        status = rml_fail(err, RML_EIO, "%s: cannot be made: %s", journal->path, strerror(errno));
    if (status == RML_OK) status = rml_folder_sync(journal->folder, err);
    return status == RML_OK ? rml_lock_fenced(journal->lock, err) : status;
}

/* Header and identity, under another name until they are on disk: there is no journal with half an identity. */
static rml_status create(rml_journal *journal, const char *identity, rml_error *err)
{
    const size_t n = strlen(identity);
    unsigned char file_header[FILE_HEADER] = {0}, header[RECORD_HEADER], zeros[8] = {0};
    char *path = NULL;
    record r = {.kind = RML_RECORD_IDENTITY, .n_bytes = n, .offset = FILE_HEADER};
    XXH3_state_t *hash = XXH3_createState();
    struct iovec parts[4];
    rml_status status = RML_OK;

    journal->identity = strdup(identity);
    if (!hash || !journal->identity) {
        status = rml_fail(err, RML_ENOMEM, "%s: out of memory", journal->path);
        goto done;
    }
    memcpy(file_header, magic, sizeof magic);
    put_little_endian(file_header + 8, FORMAT_VERSION, 4);
    XXH3_64bits_reset_withSeed(hash, FILE_HEADER);
    XXH3_64bits_update(hash, identity, n);
    XXH3_64bits_update(hash, zeros, (size_t)padding_of(n));
    r.body_check = XXH3_64bits_digest(hash);
    pack_header(&r, header);
    parts[0] = (struct iovec){file_header, FILE_HEADER};
    parts[1] = (struct iovec){header, RECORD_HEADER};
    parts[2] = (struct iovec){journal->identity, n};
    parts[3] = (struct iovec){zeros, (size_t)padding_of(n)};
    status = open_unnamed(journal, &path, &journal->fd, err);
    if (status != RML_OK) goto done;
    if (write_parts(journal->fd, parts, 4, 0) != RML_OK || fsync(journal->fd) != 0)
        status = rml_fail(err, RML_EIO, "%s: cannot be written: %s", path, strerror(errno));
    else
        status = put_in_place(journal, path, err);
    if (status != RML_OK) unlink(path);
    journal->end = journal->synced = FILE_HEADER + RECORD_HEADER + (int64_t)n + padding_of(n);
done:
    XXH3_freeState(hash);
    free(path);
    return status;
}

/* From where both files stand to the end of the one; false: errno says why. */
static bool copy_rest(int from, int to)
{
    enum { CHUNK = 1 << 20 };
    char *bytes;
    ssize_t n;

    /* Within one file system, and where it can: without moving a byte, or on the server alone. */
    while ((n = copy_file_range(from, NULL, to, NULL, (size_t)1 << 30, 0)) > 0) continue;
    bytes = malloc(CHUNK); /* whatever that has left undone */
    while (bytes && (n = read(from, bytes, CHUNK)) != 0) {
        struct iovec part = {bytes, (size_t)n};
        const off_t end = lseek(to, 0, SEEK_CUR);

        if (n < 0 && errno == EINTR) continue;
        if (n < 0 || end < 0 || write_parts(to, &part, 1, end) != RML_OK || lseek(to, n, SEEK_CUR) < 0) break;
    }
    if (!bytes) errno = ENOMEM;
    free(bytes);
    return bytes && n == 0;
}

/* The run that had the lock may live and write on: to a file that has no name any more. */
static rml_status fence(rml_journal *journal, rml_error *err)
{
    char *path = NULL;
    int from = open(journal->path, O_RDONLY | O_CLOEXEC), to = -1;
    rml_status status;

    if (from < 0 && errno == ENOENT) return rml_lock_fenced(journal->lock, err);
    if (from < 0) return rml_fail(err, RML_EIO, "%s: cannot be opened: %s", journal->path, strerror(errno));
    status = open_unnamed(journal, &path, &to, err);
    if (status != RML_OK) goto done;
    if (!copy_rest(from, to) || fsync(to) != 0)
        status = rml_fail(err, RML_EIO,
                          "%s: cannot be copied: %s. The run that had this folder before may still live and write to "
                          "that file, so a copy takes its place",
                          journal->path, strerror(errno));
    else
        status = put_in_place(journal, path, err);
    if (status != RML_OK) unlink(path);
done:
    if (to >= 0) close(to);
    close(from);
    free(path);
    return status;
}

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

        put_little_endian(bytes, (uint32_t)crashes[c].rank, 4);
        put_little_endian(bytes + 4, (uint32_t)crashes[c].signal, 4);
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

static rml_status open_existing(rml_journal *journal, int flags, int64_t *file_size, rml_error *err)
{
    struct stat info;

    journal->fd = open(journal->path, flags | O_CLOEXEC);
    if (journal->fd < 0 && errno == ENOENT) return rml_fail(err, RML_EMISSING, "%s: there is none", journal->path);
    if (journal->fd < 0 || fstat(journal->fd, &info) != 0)
        return rml_fail(err, RML_EIO, "%s: cannot be opened: %s", journal->path, strerror(errno));
    *file_size = (int64_t)info.st_size;
    return scan(journal, *file_size, err);
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
    status = remove_unnamed(journal, err);
    if (status == RML_OK && rml_lock_fences(journal->lock) && !fresh) status = fence(journal, err);
    if (status != RML_OK) goto done;
    status = fresh ? RML_EMISSING : open_existing(journal, O_RDWR, &file_size, err);
    if (status == RML_EMISSING) {
        if (err) *err = (rml_error){0};         /* no failure here */
        status = rml_crash_remove(folder, err); /* of a run whose journal is gone: they name nothing of this one */
        if (status == RML_OK) status = create(journal, identity, err); /* in the old one's place, once it is whole */
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

rml_status rml_journal_open_read(const char *folder, rml_journal **out, rml_error *err)
{
    rml_journal *journal = NULL;
    int64_t file_size;
    rml_status status = begin(folder, &journal, err);

    if (status != RML_OK) return status;
    status = open_existing(journal, O_RDONLY, &file_size, err);
    if (status == RML_OK) {
        *out = journal;
        journal = NULL;
    }
    rml_journal_close(journal);
    return status;
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

/* 4. Asking */

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
    unsigned char header[RECORD_HEADER], *body = NULL;
    size_t n_body;
    record r;
    rml_status status = RML_OK;

    if (unit.offset == 0) return rml_fail(err, RML_EMISSING, "%s: no such record", journal->path);
    if (!read_at(journal->fd, header, sizeof header, unit.offset)) goto unreadable;
    if (!unpack_header(header, unit.offset, journal->end, &r)) goto damaged;
    n_body = (size_t)(r.end - r.offset - RECORD_HEADER);
    body = malloc(n_body ? n_body : 1);
    if (!body) return rml_fail(err, RML_ENOMEM, "%s: out of memory for %zu bytes", journal->path, n_body);
    if (!read_at(journal->fd, body, n_body, unit.offset + RECORD_HEADER)) goto unreadable;
    if (XXH3_64bits_withSeed(body, n_body, (uint64_t)unit.offset) != r.body_check) goto damaged;
    rml_blob_clear(outcome);
    rml_blob_put_bytes(outcome, body + (size_t)r.n_keys * KEY_BYTES, (size_t)r.n_bytes);
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

/* 5. Appending */

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

    put_little_endian(bytes, (uint64_t)journal->n_gaps, 8);
    put_little_endian(bytes + 8, (uint64_t)journal->n_gap_bytes, 8);
    return rml_journal_append(journal, RML_RECORD_SEEN, NULL, 0, bytes, sizeof bytes, err);
}

rml_status rml_journal_append(rml_journal *journal, rml_record_kind kind, const rml_key *keys, int32_t n_keys,
                              const void *bytes, size_t n_bytes, rml_error *err)
{
    unsigned char header[RECORD_HEADER], few[8 * KEY_BYTES], *packed = few, zeros[8] = {0};
    const size_t n_packed = (size_t)n_keys * KEY_BYTES, n_padding = (size_t)padding_of(n_packed + n_bytes);
    const bool overruling = overrules(journal, kind, keys, n_keys);
    record r = {.kind = (uint32_t)kind,
                .n_keys = (uint32_t)n_keys,
                .overrules = overruling,
                .n_overruled = (journal->n_overruled + overruling) & COUNT_MASK,
                .n_bytes = n_bytes,
                .synced = (uint64_t)journal->synced,
                .offset = journal->end};
    struct iovec parts[4];
    XXH3_state_t *hash = NULL;
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
    hash = XXH3_createState();
    if (n_packed > sizeof few) packed = malloc(n_packed);
    if (!hash || !packed) {
        status = rml_fail(err, RML_ENOMEM, "%s: out of memory", journal->path);
        goto done;
    }
    for (int32_t k = 0; k < n_keys; ++k) {
        put_little_endian(packed + (size_t)k * KEY_BYTES, keys[k].high, 8);
        put_little_endian(packed + (size_t)k * KEY_BYTES + 8, keys[k].low, 8);
    }
    XXH3_64bits_reset_withSeed(hash, (uint64_t)r.offset);
    XXH3_64bits_update(hash, packed, n_packed);
    if (n_bytes) XXH3_64bits_update(hash, bytes, n_bytes);
    XXH3_64bits_update(hash, zeros, n_padding);
    r.body_check = XXH3_64bits_digest(hash);
    pack_header(&r, header);
    parts[0] = (struct iovec){header, RECORD_HEADER};
    parts[1] = (struct iovec){packed, n_packed};
    parts[2] = (struct iovec){(void *)(uintptr_t)bytes, n_bytes}; /* only read: iovec has no const */
    parts[3] = (struct iovec){zeros, n_padding};
    if (write_parts(journal->fd, parts, 4, journal->end) != RML_OK) {
        status = rml_fail(err, RML_EIO, "%s: cannot be written: %s", journal->path, strerror(errno));
        if (ftruncate(journal->fd, (off_t)journal->end) != 0) journal->broken = true;
        goto done;
    }
    journal->end += RECORD_HEADER + (int64_t)(n_packed + n_bytes + n_padding);
    if (kind == RML_RECORD_START) journal->run_begun = true;
    status = take_in(journal, &r, keys, bytes, err);
done:
    if (packed != few) free(packed);
    XXH3_freeState(hash);
    return status;
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
    return (rml_sync_mark){.fd = journal->fd, .end = journal->end};
}

int rml_journal_sync_to(rml_sync_mark upto)
{
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
