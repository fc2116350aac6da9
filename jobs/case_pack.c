/* A case as the bytes that travel to the rank that runs it. */
#include <stdlib.h>

#include "jobs/case.h"

enum { PACK_VERSION = 5 };

void rml_case_pack(const rml_case *job, rml_blob *blob)
{
    rml_blob_put_u32(blob, PACK_VERSION);
    rml_blob_put_text(blob, job->image);
    rml_blob_put_text(blob, job->mask);
    rml_blob_put_u8(blob, job->watched);
    for (int f = 0; f < RML_N_CASE_FILES; ++f) {
        rml_blob_put_i64(blob, job->state[f].n_bytes);
        rml_blob_put_i64(blob, job->state[f].seconds);
        rml_blob_put_i64(blob, job->state[f].nanoseconds);
    }
    rml_blob_put_i64(blob, job->granted);
    rml_blob_put_i32(blob, job->label_channel);
    rml_blob_put_u8(blob, job->hashes);
    rml_blob_put_i32(blob, job->n_units);
    for (int32_t u = 0; u < job->n_units; ++u) rml_blob_put_text(blob, job->labels[u]);
}

rml_status rml_case_unpack(const void *bytes, size_t n_bytes, rml_case *job)
{
    rml_reader reader = rml_reader_of(bytes, n_bytes);
    const uint32_t version = rml_read_u32(&reader);
    const char **labels;

    *job = (rml_case){0};
    job->image = rml_read_text(&reader);
    job->mask = rml_read_text(&reader);
    job->watched = rml_read_u8(&reader);
    for (int f = 0; f < RML_N_CASE_FILES; ++f) {
        job->state[f].n_bytes = rml_read_i64(&reader);
        job->state[f].seconds = rml_read_i64(&reader);
        job->state[f].nanoseconds = rml_read_i64(&reader);
    }
    job->granted = rml_read_i64(&reader);
    job->label_channel = rml_read_i32(&reader);
    job->hashes = rml_read_u8(&reader);
    job->n_units = rml_read_i32(&reader);
    if (reader.failed || version != PACK_VERSION || job->n_units < 1 || (size_t)job->n_units > reader.n_left)
        return RML_EFORMAT;
    labels = malloc((size_t)job->n_units * sizeof *labels);
    if (!labels) return RML_ENOMEM;
    for (int32_t u = 0; u < job->n_units; ++u) labels[u] = rml_read_text(&reader);
    job->labels = labels;
    if (!reader.failed && reader.n_left == 0) return RML_OK;
    free(labels);
    job->labels = NULL;
    return RML_EFORMAT;
}
