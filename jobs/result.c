#include "jobs/result.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PACK_VERSION = 5 };

const char *rml_stage_name(rml_stage stage)
{
    if (stage == RML_STAGE_READ) return "read";
    if (stage == RML_STAGE_PREPROCESS) return "preprocess";
    if (stage == RML_STAGE_FILTER) return "filter";
    if (stage == RML_STAGE_RUN) return "run";
    return rml_class_name((rml_class)(stage - RML_STAGE_CLASSES));
}

char *rml_label_set_copy(const rml_label_set *set)
{
    const size_t n_bytes = (size_t)set->n * 11 + 1; /* ten digits and a plus each */
    char *text = malloc(n_bytes);

    if (text) rml_label_set_text(set, text, n_bytes);
    return text;
}

rml_status rml_result_init(rml_result *result, int32_t n_rois, int32_t n_columns)
{
    *result = (rml_result){.n_columns = n_columns};
    result->warning = strdup("");
    result->roi = calloc((size_t)n_rois + 1, sizeof *result->roi);
    if (!result->warning || !result->roi) {
        rml_result_free(result);
        return RML_ENOMEM;
    }
    result->n_rois = n_rois;
    return RML_OK;
}

void rml_result_free(rml_result *result)
{
    if (!result) return;
    for (int32_t r = 0; result->roi && r < result->n_rois; ++r) {
        free(result->roi[r].label);
        free(result->roi[r].value);
        free(result->roi[r].reason);
        free(result->roi[r].warning);
        free(result->roi[r].diagnostics);
    }
    free(result->roi);
    free(result->warning);
    *result = (rml_result){0};
}

rml_status rml_result_allocate(rml_result *result, int32_t roi)
{
    rml_roi_result *r = &result->roi[roi];

    r->value = malloc(((size_t)result->n_columns + 1) * sizeof *r->value);
    r->reason = malloc((size_t)result->n_columns + 1);
    return r->value && r->reason ? RML_OK : RML_ENOMEM;
}

rml_status rml_result_fail(rml_result *result, const char *label, rml_stage stage, const rml_error *error)
{
    const int32_t n_columns = result->n_columns;
    rml_label_spec spec = {0};
    const bool listed = rml_label_spec_parse(label, &spec, NULL) == RML_OK && !spec.all;
    rml_status status;

    rml_result_free(result);
    status = rml_result_init(result, listed ? spec.n_rois : 1, n_columns);
    for (int32_t r = 0; r < result->n_rois && status == RML_OK; ++r) {
        rml_roi_result *roi = &result->roi[r];

        roi->label = listed ? rml_label_set_copy(&spec.roi[r]) : strdup(label);
        roi->stage = stage;
        roi->error = *error;
        if (!roi->label) status = RML_ENOMEM;
    }
    rml_label_spec_free(&spec);
    return status;
}

void rml_result_warn(char **warning, const char *text)
{
    const char *before = *warning ? *warning : "";
    char *joined = NULL;

    if (!text[0] || strstr(before, text)) return;
    if (asprintf(&joined, "%s%s%s", before, before[0] ? "; " : "", text) < 0) return;
    free(*warning);
    *warning = joined;
}

/* Malloc'ed; NULL without memory. */
static char *spelled(const char *text, const char *image, const char *mask)
{
    enum { MARK = sizeof RML_IMAGE_MARK - 1 };
    size_t n_bytes = strlen(text) + 1, n_image = strlen(image), n_mask = strlen(mask);
    char *out, *at;

    for (const char *c = text; *c; ++c) {
        if (strncmp(c, RML_IMAGE_MARK, MARK) == 0) n_bytes += n_image;
        if (strncmp(c, RML_MASK_MARK, MARK) == 0) n_bytes += n_mask;
    }
    out = at = malloc(n_bytes);
    while (out && *text) {
        const bool is_image = strncmp(text, RML_IMAGE_MARK, MARK) == 0;

        if (!is_image && strncmp(text, RML_MASK_MARK, MARK) != 0) {
            *at++ = *text++;
            continue;
        }
        memcpy(at, is_image ? image : mask, is_image ? n_image : n_mask);
        at += is_image ? n_image : n_mask;
        text += MARK;
    }
    if (out) *at = '\0';
    return out;
}

rml_status rml_result_spell(rml_result *result, const char *image, const char *mask)
{
    char *text = spelled(result->warning, image, mask);

    if (!text) return RML_ENOMEM;
    free(result->warning);
    result->warning = text;
    for (int32_t r = 0; r < result->n_rois; ++r) {
        rml_roi_result *roi = &result->roi[r];
        rml_error *error = &roi->error;

        if (roi->warning) {
            text = spelled(roi->warning, image, mask);
            if (!text) return RML_ENOMEM;
            free(roi->warning);
            roi->warning = text;
        }
        if (error->status == RML_OK) continue;
        text = spelled(error->text, image, mask);
        if (!text) return RML_ENOMEM;
        rml_fail(error, error->status, "%s", text);
        free(text);
    }
    return RML_OK;
}

int32_t rml_result_n_failed(const rml_result *result)
{
    int32_t n = 0;

    for (int32_t r = 0; r < result->n_rois; ++r) n += result->roi[r].error.status != RML_OK;
    return n;
}

void rml_result_pack(const rml_result *result, rml_blob *blob)
{
    rml_blob_put_u32(blob, PACK_VERSION);
    rml_blob_put_i32(blob, result->n_columns);
    rml_blob_put_u64(blob, result->image_checksum);
    rml_blob_put_u64(blob, result->mask_checksum);
    rml_blob_put_text(blob, result->warning);
    rml_blob_put_i32(blob, result->n_rois);
    for (int32_t r = 0; r < result->n_rois; ++r) {
        const rml_roi_result *roi = &result->roi[r];

        rml_blob_put_text(blob, roi->label);
        rml_blob_put_text(blob, roi->warning ? roi->warning : "");
        rml_blob_put_u32(blob, roi->error.status);
        for (int32_t s = 0; s < RML_N_STAGES; ++s) rml_blob_put_f64(blob, roi->seconds[s]);
        if (roi->error.status != RML_OK) {
            rml_blob_put_u32(blob, roi->stage);
            rml_blob_put_text(blob, roi->error.text);
            continue;
        }
        rml_blob_put_i64(blob, roi->n_voxels);
        for (int32_t c = 0; c < result->n_columns; ++c) rml_blob_put_f64(blob, roi->value[c]);
        rml_blob_put_bytes(blob, roi->reason, (size_t)result->n_columns);
        rml_diagnostics_pack(roi->diagnostics, blob);
    }
}

static rml_status unpack_roi(rml_reader *reader, rml_result *result, int32_t r)
{
    rml_roi_result *roi = &result->roi[r];
    const void *reasons;
    const char *warning;

    roi->label = strdup(rml_read_text(reader));
    warning = rml_read_text(reader);
    if (warning[0]) roi->warning = strdup(warning);
    if (!roi->label || (warning[0] && !roi->warning)) return RML_ENOMEM;
    roi->error.status = rml_read_u32(reader);
    if (roi->error.status >= RML_N_STATUS) return RML_EFORMAT;
    for (int32_t s = 0; s < RML_N_STAGES; ++s) roi->seconds[s] = rml_read_f64(reader);
    if (roi->error.status != RML_OK) {
        roi->stage = rml_read_u32(reader);
        if (roi->stage > RML_STAGE_RUN) return RML_EFORMAT;
        rml_fail(&roi->error, roi->error.status, "%s", rml_read_text(reader));
        return RML_OK;
    }
    roi->n_voxels = rml_read_i64(reader);
    if (reader->n_left / 9 < (size_t)result->n_columns) return RML_EFORMAT;
    if (rml_result_allocate(result, r) != RML_OK) return RML_ENOMEM;
    for (int32_t c = 0; c < result->n_columns; ++c) roi->value[c] = rml_read_f64(reader);
    reasons = rml_read_bytes(reader, (size_t)result->n_columns);
    if (!reasons) return RML_EFORMAT;
    memcpy(roi->reason, reasons, (size_t)result->n_columns);
    return rml_diagnostics_unpack(reader, &roi->diagnostics);
}

rml_status rml_result_unpack(const void *bytes, size_t n_bytes, int32_t n_columns, rml_result *result, rml_error *err)
{
    rml_reader reader = rml_reader_of(bytes, n_bytes);
    const uint32_t version = rml_read_u32(&reader);
    const int32_t packed_columns = rml_read_i32(&reader);
    const uint64_t image_checksum = rml_read_u64(&reader), mask_checksum = rml_read_u64(&reader);
    const char *warning = rml_read_text(&reader);
    const int32_t n_rois = rml_read_i32(&reader);
    rml_status status = RML_EFORMAT;

    *result = (rml_result){0};
    if (reader.failed || version != PACK_VERSION || packed_columns != n_columns) goto done;
    if (n_rois < 0 || (size_t)n_rois > reader.n_left) goto done; /* a ROI takes more than a byte */
    status = rml_result_init(result, n_rois, n_columns);
    if (status != RML_OK) goto done;
    result->image_checksum = image_checksum;
    result->mask_checksum = mask_checksum;
    free(result->warning);
    result->warning = strdup(warning);
    status = result->warning ? RML_OK : RML_ENOMEM;
    for (int32_t r = 0; status == RML_OK && r < n_rois; ++r) status = unpack_roi(&reader, result, r);
    if (status == RML_OK && (reader.failed || reader.n_left > 0)) status = RML_EFORMAT;
done:
    if (status == RML_OK) return RML_OK;
    rml_result_free(result);
    if (status == RML_ENOMEM) return rml_fail(err, RML_ENOMEM, "no memory for a result of %d ROIs", n_rois);
    return rml_fail(err, RML_EFORMAT, "a record of %zu bytes is not the result of a case with %d features", n_bytes,
                    n_columns);
}
