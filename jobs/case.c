/* One case, from its two paths to the rows of its ROIs: what it reads is in jobs/case_read.c, what becomes of a ROI in
 * jobs/case_roi.c. */
#include "jobs/case.h"

#include <stdlib.h>
#include <string.h>

#include "jobs/case_build.h"
#include "jobs/rois.h"

/* What a file's header said; image and mask may say the same, and each is named. */
static void add_header_warnings(const rml_reading *reading, rml_result *result)
{
    const char *said[2] = {reading->image_info.warning, reading->mask_info.warning};
    static const char *const name[2] = {RML_IMAGE_MARK, RML_MASK_MARK};

    for (int f = 0; f < 2; ++f) {
        rml_error text;

        if (!said[f][0] || (f == 1 && reading->one_file)) continue;
        rml_fail(&text, RML_EVALUE, "%s: %s", name[f], said[f]);
        rml_result_warn(&result->warning, text.text);
    }
}

/* Without memory even for a sentence, the unit stays without ROIs; the caller counts that as a failure too. */
static void fail_unit(rml_result *result, int32_t n_columns, const char *label, rml_stage stage, const rml_error *err)
{
    result->n_columns = n_columns;
    if (rml_result_fail(result, label, stage, err) != RML_OK) rml_result_free(result);
}

static void run_unit(const rml_params *params, rml_nan_policy policy, const volatile bool *cancel, rml_reading *reading,
                     const rml_wish *wish, const char *label, rml_result *result)
{
    const int32_t n_columns = rml_params_n_columns(params);
    rml_error err = {0};

    if (wish->status != RML_OK) {
        fail_unit(result, n_columns, label, RML_STAGE_PREPROCESS, &wish->err);
        return;
    }
    if (rml_result_init(result, wish->n_rois, n_columns) != RML_OK) {
        rml_fail(&err, RML_ENOMEM, "no memory for the features of %d ROIs", wish->n_rois);
        fail_unit(result, n_columns, label, RML_STAGE_PREPROCESS, &err);
        return;
    }
    add_header_warnings(reading, result);
    if (rml_rois_warning(&reading->labels, RML_MASK_MARK, &err)) rml_result_warn(&result->warning, err.text);
    for (int32_t r = 0; r < wish->n_rois; ++r)
        rml_case_run_roi(params, policy, cancel, reading, &wish->roi[r], result, r);
}

void rml_case_run(const rml_case *job, const rml_params *params, rml_nan_policy policy, const volatile bool *cancel,
                  rml_result *results)
{
    rml_reading reading = {0};
    rml_wish *wishes = calloc((size_t)job->n_units, sizeof *wishes);
    rml_stage stage = RML_STAGE_READ;
    rml_error err = {0};
    rml_status status = RML_OK;

    for (int32_t u = 0; u < job->n_units; ++u) results[u] = (rml_result){0};
    if (!wishes) status = rml_fail(&err, RML_ENOMEM, "no memory for a case of %d rows", job->n_units);
    for (int32_t u = 0; u < job->n_units && status == RML_OK; ++u)
        wishes[u].status = rml_label_spec_parse(job->labels[u], &wishes[u].spec, &wishes[u].err);
    reading.one_file = strcmp(job->image, job->mask) == 0;
    if (status == RML_OK) status = rml_case_read(job, params, wishes, &reading, &stage, &err);
    rml_case_complete_checksums(job, &reading);
    for (int32_t u = 0; u < job->n_units; ++u) {
        if (status != RML_OK) {
            fail_unit(&results[u], rml_params_n_columns(params), job->labels[u], stage, &err);
        } else {
            run_unit(params, policy, cancel, &reading, &wishes[u], job->labels[u], &results[u]);
        }
        results[u].image_checksum = reading.image_checksum;
        results[u].mask_checksum = reading.mask_checksum;
    }
    if (job->n_units > 0 && results[0].n_rois > 0) { /* what all ROIs share is counted once, with the first */
        results[0].roi[0].seconds[RML_STAGE_READ] += reading.seconds_read;
        results[0].roi[0].seconds[RML_STAGE_PREPROCESS] += reading.seconds_normalise;
    }
    for (int32_t u = 0; wishes && u < job->n_units; ++u) rml_wish_free(&wishes[u]);
    free(wishes);
    rml_reading_free(&reading);
}
