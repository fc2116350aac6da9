/* gzip streams inside a file: their beginning for a header, or all of them for the voxels. */
#ifndef RML_IO_GZIP_H
#define RML_IO_GZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/file.h"

/* Deflate cannot do better than 258 bytes for 2 bits: what a stream of n bytes may inflate to at most. */
#define RML_GZIP_MAX_RATIO 1032

/* Whether bytes begin like a gzip stream. */
bool rml_gzip_begins(const unsigned char *bytes, size_t n_bytes);

/* Inflates the first bytes of the stream that begins at `offset` of an open file of n_file bytes.
 *
 * out    out  [limit]; *n_out how many bytes there were: fewer than limit when the stream ends before
 * RML_EFORMAT  not gzip, damaged, or cut off before `limit` bytes
 * RML_EIO, RML_ENOMEM */
RML_CHECKED rml_status rml_gzip_head(int fd, const char *path, int64_t offset, int64_t n_file, unsigned char *out,
                                     size_t limit, size_t *n_out, rml_error *err);

/* Inflates exactly n_out bytes from the stream that begins at `offset`, checking each member's CRC and length. Members
 * may follow one another; what comes after n_out bytes is inflated for its CRC where it shares their last member (as
 * many bytes again and 64 KiB), and left alone where it does not (padding, an empty closing member). The caller has
 * checked n_out against RML_GZIP_MAX_RATIO.
 *
 * out  out     [n_out]
 * sum  in/out  the whole file's bytes are added, what stands before the stream too; NULL allowed
 * RML_EFORMAT  not gzip, truncated, a wrong CRC, fewer than n_out bytes, or a member far longer
 * RML_EIO, RML_ENOMEM */
RML_CHECKED rml_status rml_gzip_inflate(int fd, const char *path, int64_t offset, int64_t n_file, unsigned char *out,
                                        size_t n_out, rml_checksum *sum, rml_error *err);

#endif
