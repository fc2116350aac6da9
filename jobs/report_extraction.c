/* What an extraction's file says of itself: failures, warnings, versions, parameters. */
#include <stdlib.h>
#include <string.h>

#include "jobs/failures.h"
#include "jobs/report.h"

/* A column that may not be there is empty. */
static rml_status read_column(rml_h5ad_reader *reader, const char *where, const char *name,
                              rml_h5ad_text_column *column, rml_error *err)
{
    const rml_status status = rml_h5ad_column_read(reader, where, name, column, err);

    if (status == RML_OK) return RML_OK;
    *column = (rml_h5ad_text_column){0};
    return status == RML_EMISSING ? RML_OK : status;
}

static char *read_text(rml_h5ad_reader *reader, const char *where)
{
    char *text = NULL;

    return rml_h5ad_read_text(reader, where, &text, NULL) == RML_OK ? text : NULL;
}

static char *read_libraries(rml_h5ad_reader *reader)
{
    rml_h5ad_text_column names = {0};
    char *all = NULL;
    size_t n = 0;
    FILE *out;

    if (rml_h5ad_columns(reader, "uns/radmill/libraries", &names, NULL) != RML_OK) return NULL;
    out = open_memstream(&all, &n);
    for (int64_t l = 0; out && l < names.n; ++l) {
        char where[512], *text;

        snprintf(where, sizeof where, "uns/radmill/libraries/%.400s", names.value[l]);
        text = read_text(reader, where);
        fprintf(out, "%s%s %s", l > 0 ? ", " : "", names.value[l], text ? text : "");
        free(text);
    }
    if (out && fclose(out) != 0) {
        free(all);
        all = NULL;
    }
    rml_h5ad_texts_free(&names);
    return all;
}

rml_status rml_report_extraction_read(const char *path, rml_report_extraction *x, rml_error *err)
{
    rml_h5ad_reader *reader = NULL;
    int64_t n_columns;
    rml_status status = rml_h5ad_open(path, &reader, &x->n_rois, &n_columns, err);
    const struct {
        const char *where, *name;
        rml_h5ad_text_column *column;
    } column[] = {
        {RML_FAILURES_FRAME, rml_failure_columns[RML_FAILURE_ID], &x->failed_id},
        {RML_FAILURES_FRAME, rml_failure_columns[RML_FAILURE_LABEL], &x->failed_label},
        {RML_FAILURES_FRAME, rml_failure_columns[RML_FAILURE_STAGE], &x->failed_stage},
        {RML_FAILURES_FRAME, rml_failure_columns[RML_FAILURE_CODE], &x->failed_code},
        {RML_FAILURES_FRAME, rml_failure_columns[RML_FAILURE_SENTENCE], &x->failed_sentence},
        {RML_WARNINGS_FRAME, rml_warning_columns[RML_WARNING_ID], &x->warned_id},
        {"uns/radmill/inputs", "_index", &x->input},
    };

    for (size_t c = 0; status == RML_OK && c < sizeof column / sizeof *column; ++c)
        status = read_column(reader, column[c].where, column[c].name, column[c].column, err);
    if (status == RML_OK) {
        x->there = true;
        x->version = read_text(reader, "uns/radmill/version");
        x->commit = read_text(reader, "uns/radmill/commit");
        x->parameters = read_text(reader, "uns/radmill/parameters");
        x->nan_policy = read_text(reader, "uns/radmill/nan_policy");
        x->libraries = read_libraries(reader);
    }
    rml_h5ad_close(reader);
    return status;
}

void rml_report_extraction_free(rml_report_extraction *x)
{
    rml_h5ad_texts_free(&x->failed_id);
    rml_h5ad_texts_free(&x->failed_label);
    rml_h5ad_texts_free(&x->failed_stage);
    rml_h5ad_texts_free(&x->failed_code);
    rml_h5ad_texts_free(&x->failed_sentence);
    rml_h5ad_texts_free(&x->warned_id);
    rml_h5ad_texts_free(&x->input);
    free(x->version);
    free(x->commit);
    free(x->parameters);
    free(x->nan_policy);
    free(x->libraries);
}
