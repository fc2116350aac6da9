/* Columns of another file, told beside the features and used by nothing else. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/dataset_build.h"
#include "jobs/patients.h"

/* A file's patients by name, each once. named: [n_rows] out, sorted */
static rml_status name_reported(const rml_build *b, const rml_frame *frame, int32_t by, rml_named *named,
                                rml_error *err)
{
    const rml_study *s = b->study;

    for (int64_t r = 0; r < frame->n_rows; ++r) named[r] = (rml_named){rml_frame_cell(frame, r, by), r};
    rml_named_sort(named, frame->n_rows);
    for (int64_t r = 1; r < frame->n_rows; ++r)
        if (strcmp(named[r].name, named[r - 1].name) == 0)
            return rml_fail(err, RML_ESETTING,
                            "%s: report: %s: %s %s stands on rows %lld and %lld; one row a patient was expected",
                            s->path, s->report, s->report_by, named[r].name,
                            (long long)rml_frame_row(frame, named[r - 1].place) + 1,
                            (long long)rml_frame_row(frame, named[r].place) + 1);
    return RML_OK;
}

/* One column of it, a number a patient: NaN where it is missing or the patient is not there. */
static rml_status take_report(const rml_build *b, const rml_frame *frame, const rml_named *named, const char *name,
                              double *value, rml_error *err)
{
    const rml_study *s = b->study;
    const int32_t column = rml_frame_column(frame, name);

    if (column < 0) return rml_fail(err, RML_ESETTING, "%s: report: %s has no column \"%s\"", s->path, s->report, name);
    for (int32_t p = 0; p < b->n_patients; ++p) {
        const int64_t at = rml_named_find(named, frame->n_rows, b->patient[p]);
        const char *text = at < frame->n_rows ? rml_frame_cell(frame, named[at].place, column) : "";

        value[p] = NAN;
        if (!rml_text_missing(text) && !rml_text_number(text, &value[p]))
            return rml_fail(err, RML_ESETTING, "%s: report: %s of patient %s is \"%s\", a number was expected", s->path,
                            name, b->patient[p], text);
    }
    return RML_OK;
}

rml_status rml_build_reports(const rml_build *b, double *value, rml_error *err)
{
    const rml_study *s = b->study;
    char *path;
    rml_frame frame = {0};
    rml_named *named = NULL;
    rml_status status;
    int32_t by;

    if (!s->report) return RML_OK;
    path = rml_study_path(s, s->report);
    status = path ? rml_frame_read(path, NULL, 0, NULL, 0, &frame, err) : rml_build_no_memory(err);
    free(path);
    if (status != RML_OK) return status;
    by = rml_frame_column(&frame, s->report_by);
    named = malloc(((size_t)frame.n_rows + 1) * sizeof *named);
    if (!named)
        status = rml_build_no_memory(err);
    else if (by < 0)
        status = rml_fail(err, RML_ESETTING, "%s: report: %s has no column \"%s\"", s->path, s->report, s->report_by);
    else
        status = name_reported(b, &frame, by, named, err);
    for (int32_t c = 0; status == RML_OK && c < s->report_columns.n; ++c)
        status = take_report(b, &frame, named, s->report_columns.text[c], &value[(int64_t)c * b->n_patients], err);
    free(named);
    rml_frame_free(&frame);
    return status;
}
