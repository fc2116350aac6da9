#include "kernels/base/blob.h"

#include <stdlib.h>
#include <string.h>

void rml_blob_free(rml_blob *blob)
{
    if (!blob) return;
    free(blob->bytes);
    *blob = (rml_blob){0};
}

void rml_blob_clear(rml_blob *blob)
{
    blob->n_bytes = 0;
    blob->failed = false;
}

void rml_blob_put_bytes(rml_blob *blob, const void *bytes, size_t n_bytes)
{
    if (blob->failed || n_bytes == 0) return;
    if (n_bytes > blob->capacity - blob->n_bytes) {
        size_t capacity = blob->capacity ? blob->capacity : 256;
        unsigned char *grown;

        while (capacity - blob->n_bytes < n_bytes) {
            if (capacity > SIZE_MAX / 2) {
                blob->failed = true;
                return;
            }
            capacity *= 2;
        }
        grown = realloc(blob->bytes, capacity);
        if (!grown) {
            blob->failed = true;
            return;
        }
        blob->bytes = grown;
        blob->capacity = capacity;
    }
    memcpy(blob->bytes + blob->n_bytes, bytes, n_bytes);
    blob->n_bytes += n_bytes;
}

static void put_little_endian(rml_blob *blob, uint64_t value, size_t n_bytes)
{
    unsigned char bytes[8];

    for (size_t b = 0; b < n_bytes; ++b) bytes[b] = (unsigned char)(value >> (8 * b));
    rml_blob_put_bytes(blob, bytes, n_bytes);
}

void rml_blob_put_u8(rml_blob *blob, uint8_t value)
{
    put_little_endian(blob, value, 1);
}

void rml_blob_put_u32(rml_blob *blob, uint32_t value)
{
    put_little_endian(blob, value, 4);
}

void rml_blob_put_u64(rml_blob *blob, uint64_t value)
{
    put_little_endian(blob, value, 8);
}

void rml_blob_put_i32(rml_blob *blob, int32_t value)
{
    put_little_endian(blob, (uint32_t)value, 4);
}

void rml_blob_put_i64(rml_blob *blob, int64_t value)
{
    put_little_endian(blob, (uint64_t)value, 8);
}

void rml_blob_put_f64(rml_blob *blob, double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    put_little_endian(blob, bits, 8);
}

void rml_blob_put_text(rml_blob *blob, const char *text)
{
    const size_t n_bytes = text ? strlen(text) : 0;

    rml_blob_put_u64(blob, n_bytes);
    rml_blob_put_bytes(blob, text, n_bytes);
    rml_blob_put_u8(blob, 0);
}

rml_reader rml_reader_of(const void *bytes, size_t n_bytes)
{
    return (rml_reader){.next = bytes, .n_left = n_bytes};
}

const void *rml_read_bytes(rml_reader *reader, size_t n_bytes)
{
    const unsigned char *bytes = reader->next;

    if (reader->failed || n_bytes > reader->n_left) {
        reader->failed = true;
        return NULL;
    }
    reader->next += n_bytes;
    reader->n_left -= n_bytes;
    return bytes;
}

static uint64_t read_little_endian(rml_reader *reader, size_t n_bytes)
{
    const unsigned char *bytes = rml_read_bytes(reader, n_bytes);
    uint64_t value = 0;

    if (!bytes) return 0;
    for (size_t b = 0; b < n_bytes; ++b) value |= (uint64_t)bytes[b] << (8 * b);
    return value;
}

uint8_t rml_read_u8(rml_reader *reader)
{
    return (uint8_t)read_little_endian(reader, 1);
}

uint32_t rml_read_u32(rml_reader *reader)
{
    return (uint32_t)read_little_endian(reader, 4);
}

uint64_t rml_read_u64(rml_reader *reader)
{
    return read_little_endian(reader, 8);
}

int32_t rml_read_i32(rml_reader *reader)
{
    return (int32_t)(uint32_t)read_little_endian(reader, 4);
}

int64_t rml_read_i64(rml_reader *reader)
{
    return (int64_t)read_little_endian(reader, 8);
}

double rml_read_f64(rml_reader *reader)
{
    const uint64_t bits = read_little_endian(reader, 8);
    double value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

const char *rml_read_text(rml_reader *reader)
{
    const uint64_t n_bytes = rml_read_u64(reader);
    const char *text;

    if (reader->failed || n_bytes >= reader->n_left) { /* the closing 0 must be there too */
        reader->failed = true;
        return "";
    }
    text = rml_read_bytes(reader, (size_t)n_bytes + 1);
    if (text[n_bytes] != '\0' || memchr(text, '\0', (size_t)n_bytes)) {
        reader->failed = true;
        return "";
    }
    return text;
}
