/* A growing run of bytes, and the little-endian packing in which everything of ours travels and rests.
 *
 * Writing: rml_blob_put_* append; a failed allocation sets blob->failed and later puts do nothing, so that a packer
 * checks once at its end. Reading: rml_reader walks over bytes that someone else owns; a read past the end gives 0,
 * NULL or "" and sets reader->failed, so that an unpacker checks once at its end too. */
#ifndef RML_BASE_BLOB_H
#define RML_BASE_BLOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct rml_blob {
    unsigned char *bytes; /* malloc'ed; NULL while empty */
    size_t n_bytes;
    size_t capacity;
    bool failed; /* an allocation failed: the contents are incomplete */
} rml_blob;

void rml_blob_free(rml_blob *blob);  /* leaves it empty and usable */
void rml_blob_clear(rml_blob *blob); /* keeps the memory */
void rml_blob_put_bytes(rml_blob *blob, const void *bytes, size_t n_bytes);
void rml_blob_put_u8(rml_blob *blob, uint8_t value);
void rml_blob_put_u32(rml_blob *blob, uint32_t value);
void rml_blob_put_u64(rml_blob *blob, uint64_t value);
void rml_blob_put_i32(rml_blob *blob, int32_t value);
void rml_blob_put_i64(rml_blob *blob, int64_t value);
void rml_blob_put_f64(rml_blob *blob, double value);
void rml_blob_put_text(rml_blob *blob, const char *text); /* length, characters, a closing 0; NULL counts as "" */

typedef struct rml_reader {
    const unsigned char *next;
    size_t n_left;
    bool failed;
} rml_reader;

rml_reader rml_reader_of(const void *bytes, size_t n_bytes);
const void *rml_read_bytes(rml_reader *reader, size_t n_bytes); /* points into the source; NULL past the end */
uint8_t rml_read_u8(rml_reader *reader);
uint32_t rml_read_u32(rml_reader *reader);
uint64_t rml_read_u64(rml_reader *reader);
int32_t rml_read_i32(rml_reader *reader);
int64_t rml_read_i64(rml_reader *reader);
double rml_read_f64(rml_reader *reader);
const char *rml_read_text(rml_reader *reader); /* points into the source, closed by 0; "" past the end */

#endif
