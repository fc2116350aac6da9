#include "engine/record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

enum { OVERRULES = 128 }; /* of the kind's byte */

const char rml_journal_magic[8] = {'r', 'm', 'l', '-', 'j', 'r', 'n', '\n'};
static const uint32_t mark = 0x724C4D52u; /* "RMLr" */

const unsigned char *rml_window_at(rml_window *view, int64_t offset, size_t n)
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

static uint32_t check_header(const unsigned char header[RML_RECORD_HEADER], int64_t offset)
{
    unsigned char copy[RML_RECORD_HEADER];

    memcpy(copy, header, sizeof copy);
    rml_put_little_endian(copy + 12, 0, 4);
    return (uint32_t)XXH3_64bits_withSeed(copy, sizeof copy, (uint64_t)offset);
}

static int64_t padding_of(uint64_t n_bytes)
{
    return (int64_t)(-n_bytes & 7);
}

static void pack_header(const rml_record *r, unsigned char header[RML_RECORD_HEADER])
{
    rml_put_little_endian(header, mark, 4);
    rml_put_little_endian(header + 4, r->kind | (r->overrules ? OVERRULES : 0), 1);
    rml_put_little_endian(header + 5, r->n_overruled, 3);
    rml_put_little_endian(header + 8, r->n_keys, 4);
    rml_put_little_endian(header + 16, r->n_bytes, 8);
    rml_put_little_endian(header + 24, r->synced, 8);
    rml_put_little_endian(header + 32, r->body_check, 8);
    rml_put_little_endian(header + 12, check_header(header, r->offset), 4);
}

bool rml_record_unpack(const unsigned char *header, int64_t offset, int64_t file_size, rml_record *r)
{
    uint64_t body;

    if (!header || rml_little_endian(header, 4) != mark ||
        rml_little_endian(header + 12, 4) != check_header(header, offset))
        return false;
    *r = (rml_record){.kind = header[4] & (OVERRULES - 1u),
                      .overrules = header[4] >= OVERRULES,
                      .n_overruled = (uint32_t)rml_little_endian(header + 5, 3),
                      .n_keys = (uint32_t)rml_little_endian(header + 8, 4),
                      .n_bytes = rml_little_endian(header + 16, 8),
                      .synced = rml_little_endian(header + 24, 8),
                      .body_check = rml_little_endian(header + 32, 8),
                      .offset = offset};
    if (r->n_bytes > (uint64_t)file_size) return false; /* and so the sums below cannot overflow */
    body = (uint64_t)r->n_keys * RML_KEY_BYTES + r->n_bytes;
    body += (uint64_t)padding_of(body);
    if (body > (uint64_t)(file_size - offset - RML_RECORD_HEADER)) return false;
    r->end = offset + RML_RECORD_HEADER + (int64_t)body;
    return true;
}

bool rml_record_body_is_valid(rml_window *view, const rml_record *r, XXH3_state_t *hash)
{
    int64_t offset = r->offset + RML_RECORD_HEADER;

    XXH3_64bits_reset_withSeed(hash, (uint64_t)r->offset);
    while (offset < r->end) {
        const size_t n = r->end - offset < RML_WINDOW_BYTES / 2 ? (size_t)(r->end - offset) : RML_WINDOW_BYTES / 2;
        const unsigned char *bytes = rml_window_at(view, offset, n);

        if (!bytes) return false;
        XXH3_64bits_update(hash, bytes, n);
        offset += (int64_t)n;
    }
    return XXH3_64bits_digest(hash) == r->body_check;
}

bool rml_record_is_valid(rml_window *view, int64_t offset, int64_t file_size, XXH3_state_t *hash, rml_record *r)
{
    if (file_size - offset < RML_RECORD_HEADER) return false;
    return rml_record_unpack(rml_window_at(view, offset, RML_RECORD_HEADER), offset, file_size, r) &&
           rml_record_body_is_valid(view, r, hash);
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

rml_status rml_write_at(int fd, const void *bytes, size_t n, int64_t offset)
{
    struct iovec part = {(void *)(uintptr_t)bytes, n}; /* only read: iovec has no const */

    return write_parts(fd, &part, 1, offset);
}

rml_status rml_record_write(int fd, rml_record *r, const rml_key *keys, const void *bytes)
{
    unsigned char header[RML_RECORD_HEADER], few[8 * RML_KEY_BYTES], *packed = few, zeros[8] = {0};
    const size_t n_packed = (size_t)r->n_keys * RML_KEY_BYTES, n_bytes = (size_t)r->n_bytes;
    const size_t n_padding = (size_t)padding_of(n_packed + n_bytes);
    XXH3_state_t *hash = XXH3_createState();
    struct iovec parts[4];
    rml_status status = RML_ENOMEM;

    if (n_packed > sizeof few) packed = malloc(n_packed);
    if (!hash || !packed) goto done;
    for (uint32_t k = 0; k < r->n_keys; ++k) {
        rml_put_little_endian(packed + (size_t)k * RML_KEY_BYTES, keys[k].high, 8);
        rml_put_little_endian(packed + (size_t)k * RML_KEY_BYTES + 8, keys[k].low, 8);
    }
    XXH3_64bits_reset_withSeed(hash, (uint64_t)r->offset);
    XXH3_64bits_update(hash, packed, n_packed);
    if (n_bytes) XXH3_64bits_update(hash, bytes, n_bytes);
    XXH3_64bits_update(hash, zeros, n_padding);
    r->body_check = XXH3_64bits_digest(hash);
    r->end = r->offset + RML_RECORD_HEADER + (int64_t)(n_packed + n_bytes + n_padding);
    pack_header(r, header);
    parts[0] = (struct iovec){header, RML_RECORD_HEADER};
    parts[1] = (struct iovec){packed, n_packed};
    parts[2] = (struct iovec){(void *)(uintptr_t)bytes, n_bytes};
    parts[3] = (struct iovec){zeros, n_padding};
    status = write_parts(fd, parts, 4, r->offset);
done:
    if (packed != few) free(packed);
    XXH3_freeState(hash);
    return status;
}
