/* libdeflate inflates whole buffers and nothing else, more than twice as fast as zlib: it takes the voxels. zlib can
 * stop early: it takes headers, and the rare stream that holds more than its header promises. */
#include "io/gzip.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "kernels/base/kept.h"

enum {
    GZIP_WINDOW = 15 + 16, /* zlib: the largest window, gzip wrapping alone */
    LONGER = 64 << 10,     /* bytes behind the wanted ones, besides as many again, that are inflated for the CRC */
};

bool rml_gzip_begins(const unsigned char *bytes, size_t n_bytes)
{
    return n_bytes >= 3 && bytes[0] == 0x1F && bytes[1] == 0x8B && bytes[2] == 8;
}

static rml_status cut_off(const char *path, size_t n_found, size_t n_expected, rml_error *err)
{
    return rml_fail(err, RML_EFORMAT, "%s: truncated gzip stream: %zu bytes inflated, expected %zu", path, n_found,
                    n_expected);
}

static rml_status damaged(const char *path, const char *why, rml_error *err)
{
    if (why && strcmp(why, "incorrect data check") == 0) why = "its checksum (CRC) is wrong"; /* zlib's words */
    return rml_fail(err, RML_EFORMAT, "%s: corrupt gzip stream: %s", path, why ? why : "invalid data");
}

rml_status rml_gzip_head(int fd, const char *path, int64_t offset, int64_t n_file, unsigned char *out, size_t limit,
                         size_t *n_out, rml_error *err)
{
    unsigned char piece[2048], start[3];
    z_stream stream = {0};
    rml_status status = RML_OK;
    int answer = Z_OK;

    *n_out = 0;
    if (inflateInit2(&stream, GZIP_WINDOW) != Z_OK) return rml_fail(err, RML_ENOMEM, "%s: no memory for zlib", path);
    stream.next_out = out;
    stream.avail_out = (uInt)limit;
    while (answer == Z_OK && stream.avail_out > 0) {
        if (stream.avail_in == 0) {
            const int64_t n_left = n_file - offset;
            const size_t n_piece = n_left < (int64_t)sizeof piece ? (size_t)n_left : sizeof piece;

            if (n_piece == 0) {
                status = cut_off(path, limit - stream.avail_out, limit, err);
                goto done;
            }
            status = rml_file_read_at(fd, path, offset, piece, n_piece, err);
            if (status != RML_OK) goto done;
            offset += (int64_t)n_piece;
            stream.next_in = piece;
            stream.avail_in = (uInt)n_piece;
        }
        answer = inflate(&stream, Z_SYNC_FLUSH);
        if (answer == Z_STREAM_END && stream.avail_out > 0) { /* a next member may follow */
            offset -= stream.avail_in;
            stream.avail_in = 0;
            if (n_file - offset < (int64_t)sizeof start) break;
            status = rml_file_read_at(fd, path, offset, start, sizeof start, err);
            if (status != RML_OK) goto done;
            if (!rml_gzip_begins(start, sizeof start)) break;
            answer = inflateReset(&stream);
        }
    }
    if (answer != Z_OK && answer != Z_STREAM_END) {
        status = damaged(path, stream.msg, err);
        goto done;
    }
    *n_out = limit - stream.avail_out;
done:
    inflateEnd(&stream);
    return status;
}

/* The member that holds the last wanted byte goes on behind it: inflates the rest into nothing, for its CRC. A rest
 * that has no proportion to what was wanted is refused at once: it may be a thousand times the file. */
static rml_status inflate_longer(const char *path, const unsigned char *in, size_t n_in, unsigned char *out,
                                 size_t n_out, rml_error *err)
{
    enum { PIECE = 1 << 30 }; /* zlib counts in 32 bits */
    unsigned char rest[16384];
    const size_t n_wanted = n_out;
    size_t n_longer = 0;
    z_stream stream = {0};
    rml_status status = RML_OK;
    int answer = Z_OK;

    if (inflateInit2(&stream, GZIP_WINDOW) != Z_OK) return rml_fail(err, RML_ENOMEM, "%s: no memory for zlib", path);
    while (answer == Z_OK) {
        const size_t take = n_in < PIECE ? n_in : PIECE, room = n_out < PIECE ? n_out : PIECE;
        unsigned char *to = room > 0 ? out : rest;

        if (take == 0) {
            status = n_out > 0 ? cut_off(path, n_wanted - n_out, n_wanted, err)
                               : rml_fail(err, RML_EFORMAT,
                                          "%s: truncated gzip stream: all %zu bytes inflated, but its end with the "
                                          "checksum is missing",
                                          path, n_wanted);
            goto done;
        }
        stream.next_in = (unsigned char *)(uintptr_t)in; /* zlib does not write to it */
        stream.avail_in = (uInt)take;
        stream.next_out = to;
        stream.avail_out = room > 0 ? (uInt)room : (uInt)sizeof rest;
        answer = inflate(&stream, Z_NO_FLUSH);
        in += take - stream.avail_in;
        n_in -= take - stream.avail_in;
        if (room > 0) {
            out += room - stream.avail_out;
            n_out -= room - stream.avail_out;
        } else {
            n_longer += sizeof rest - stream.avail_out;
        }
        if (n_longer > n_wanted + LONGER) {
            status = rml_fail(err, RML_EFORMAT,
                              "%s: the gzip stream goes on for more than %zu bytes behind the %zu that the header "
                              "promises",
                              path, n_wanted + LONGER, n_wanted);
            goto done;
        }
    }
    if (answer != Z_STREAM_END) status = damaged(path, stream.msg, err);
done:
    inflateEnd(&stream);
    return status;
}

static rml_status inflate_members(const char *path, struct libdeflate_decompressor *decompressor,
                                  const unsigned char *in, size_t n_in, unsigned char *out, size_t n_out,
                                  rml_error *err)
{
    const size_t n_wanted = n_out;

    while (n_out > 0) {
        size_t n_taken = 0, n_given = 0;
        enum libdeflate_result answer;

        if (!rml_gzip_begins(in, n_in)) return cut_off(path, n_wanted - n_out, n_wanted, err);
        answer = libdeflate_gzip_decompress_ex(decompressor, in, n_in, out, n_out, &n_taken, &n_given);
        if (answer == LIBDEFLATE_INSUFFICIENT_SPACE) return inflate_longer(path, in, n_in, out, n_out, err);
        if (answer != LIBDEFLATE_SUCCESS) {
            /* libdeflate does not tell a cut stream from a damaged one */
            return damaged(path, "truncated, or its data or checksum (CRC) are wrong", err);
        }
        in += n_taken;
        n_in -= n_taken;
        out += n_given;
        n_out -= n_given;
    }
    return RML_OK;
}

rml_status rml_gzip_inflate(int fd, const char *path, int64_t offset, int64_t n_file, unsigned char *out, size_t n_out,
                            rml_checksum *sum, rml_error *err)
{
    const size_t n_in = (size_t)n_file; /* what stands before the stream too, for the checksum */
    unsigned char *in = rml_kept_take(RML_KEPT_FILE, n_in);
    struct libdeflate_decompressor *decompressor = libdeflate_alloc_decompressor();
    rml_status status;

    if (!in || !decompressor) {
        status = rml_fail(err, RML_ENOMEM, "%s: no memory for %zu compressed bytes", path, n_in);
        goto done;
    }
    status = rml_file_read_at(fd, path, 0, in, n_in, err);
    if (status != RML_OK) goto done;
    if (sum) rml_checksum_add(sum, in, n_in);
    status = inflate_members(path, decompressor, in + offset, n_in - (size_t)offset, out, n_out, err);
done:
    libdeflate_free_decompressor(decompressor);
    rml_kept_give(RML_KEPT_FILE, in);
    return status;
}
