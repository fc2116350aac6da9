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
 * inside a blob are never taken for records of this one. */
#ifndef RML_ENGINE_RECORD_H
#define RML_ENGINE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xxhash.h>

#include "engine/journal.h"

enum {
    RML_JOURNAL_VERSION = 1,
    RML_JOURNAL_HEADER = 16, /* bytes of the file's */
    RML_RECORD_HEADER = 40,
    RML_KEY_BYTES = 16,
    RML_WINDOW_BYTES = 1 << 18,
    RML_COUNT_MASK = 0xffffff, /* of the records that overrule: 24 bits */
};

extern const char rml_journal_magic[8];

static inline uint64_t rml_little_endian(const unsigned char *bytes, int n)
{
    uint64_t value = 0;

    for (int b = 0; b < n; ++b) value |= (uint64_t)bytes[b] << (8 * b);
    return value;
}

static inline void rml_put_little_endian(unsigned char *bytes, uint64_t value, int n)
{
    for (int b = 0; b < n; ++b) bytes[b] = (unsigned char)(value >> (8 * b));
}

/* What of the file was read last: the scan goes through it in small steps. */
typedef struct rml_window {
    int fd;
    int64_t offset;
    size_t n;
    bool failed;      /* the system could not read; errno says why */
    int64_t patience; /* bytes of records that turn out to be none, which are still looked through */
    unsigned char bytes[RML_WINDOW_BYTES];
} rml_window;

/* n bytes at offset, at most RML_WINDOW_BYTES; NULL past the end of the file or when the system cannot read. */
const unsigned char *rml_window_at(rml_window *view, int64_t offset, size_t n);

typedef struct rml_record {
    uint32_t kind, n_keys;
    uint32_t n_overruled;
    bool overrules;
    uint64_t n_bytes, synced, body_check;
    int64_t offset, end;
} rml_record;

/* False when there is no valid header at offset, or the record reaches past the end of the file. header NULL: none. */
bool rml_record_unpack(const unsigned char *header, int64_t offset, int64_t file_size, rml_record *r);
bool rml_record_body_is_valid(rml_window *view, const rml_record *r, XXH3_state_t *hash);
/* Both. */
bool rml_record_is_valid(rml_window *view, int64_t offset, int64_t file_size, XXH3_state_t *hash, rml_record *r);

/* Writes n bytes at offset. RML_EIO: errno says why. */
RML_CHECKED rml_status rml_write_at(int fd, const void *bytes, size_t n, int64_t offset);

/* Writes a record at r->offset.
 *
 * r      in   kind, n_keys, n_overruled, overrules, n_bytes, synced, offset;  out  body_check, end
 * RML_EIO     errno says why; some of it may be there
 * RML_ENOMEM  nothing is */
RML_CHECKED rml_status rml_record_write(int fd, rml_record *r, const rml_key *keys, const void *bytes);

#endif
