/* The tables of an extraction. Two walks over the journal's records in the manifest's order: the first counts, since
 * the file's sizes and types must be known before its first row; the second writes. No more than one record is in
 * memory at a time.
 *
 * 1. the records of a row
 * 2. counting
 * 3. one ROI, one failure
 * 4. what the file says about itself
 * 5. all of it
 */
#include "jobs/tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/diagnostics_columns.h"
#include "jobs/failures.h"
#include "jobs/ibsi_columns.h"
#include "jobs/obs.h"
#include "jobs/version.h"
#include "kernels/base/reason.h"

/* --- 1. the records of a row ------------------------------------------------------------------------------------- */

static const char *cell(const rml_cohort *cohort, int64_t row, int32_t column)
{
    return cohort->manifest.table.cell[row * cohort->manifest.table.n_columns + column];
}

static void fail_clash(const rml_cohort *cohort, int64_t row, int64_t other, rml_error *error)
{
    const int64_t *line = cohort->manifest.table.line;

    rml_fail(error, RML_EDUPLICATE,
             "%s: the rows for lines %lld and %lld ask for the same ROI (ID, image, mask and label); neither is "
             "computed",
             cohort->id[row], (long long)line[row < other ? row : other], (long long)line[row < other ? other : row]);
}

/* ROIs that another row asks for too fail here, whatever the record has: it says what the row asks for, and a row may
 * come and go in the manifest. */
static void fail_clashes(const rml_cohort *cohort, int64_t row, rml_result *result)
{
    for (int32_t r = 0; cohort->n_clashes > 0 && r < result->n_rois; ++r) {
        rml_roi_result *roi = &result->roi[r];
        const uint32_t label = cohort->all[row] ? (uint32_t)strtoul(roi->label, NULL, 10) : 0;
        bool if_present;
        const int64_t other = rml_cohort_clash(cohort, row, r, label, &if_present);

        if (other < 0 || (if_present && roi->error.status == RML_ELABEL)) continue;
        fail_clash(cohort, row, other, &roi->error);
        roi->stage = RML_STAGE_READ;
        roi->n_voxels = 0;
    }
}

/* What became of row r: read from the journal, or made here for a row that is not computed at all. */
static rml_status result_of_row(const rml_tables_input *in, int64_t r, rml_blob *blob, rml_result *result,
                                rml_error *err)
{
    const rml_cohort *cohort = in->cohort;
    const int32_t n_columns = rml_params_n_columns(in->params);
    rml_error inner = {0};
    rml_status status;
    bool done;

    *result = (rml_result){.n_columns = n_columns};
    if (cohort->twin[r] >= 0) {
        fail_clash(cohort, r, cohort->twin[r], &inner);
        status = rml_result_fail(result, rml_cohort_label(cohort, r), RML_STAGE_READ, &inner);
        if (status != RML_OK) return rml_fail(err, status, "no memory for a result");
    } else {
        status = rml_journal_read(in->journal, cohort->key[r], &done, blob, err);
        if (status == RML_OK) status = rml_result_unpack(blob->bytes, blob->n_bytes, n_columns, result, err);
        if (status != RML_OK) return status;
    }
    if (rml_result_spell(result, cell(cohort, r, cohort->manifest.image), cell(cohort, r, cohort->manifest.mask)) !=
        RML_OK) {
        rml_result_free(result);
        return rml_fail(err, RML_ENOMEM, "no memory for a sentence");
    }
    fail_clashes(cohort, r, result);
    return RML_OK;
}

typedef rml_status (*rml_visit)(void *context, int64_t row, const rml_result *result, rml_error *err);

static rml_status walk(const rml_tables_input *in, rml_visit visit, void *context, rml_error *err)
{
    rml_blob blob = {0};
    rml_status status = RML_OK;

    for (int64_t r = 0; r < in->cohort->n_rows && status == RML_OK; ++r) {
        rml_result result;

        status = result_of_row(in, r, &blob, &result, err);
        if (status != RML_OK) break;
        status = visit(context, r, &result, err);
        rml_result_free(&result);
    }
    rml_blob_free(&blob);
    return status;
}

/* --- 2. counting ------------------------------------------------------------------------------------------------- */

typedef struct rml_count {
    const rml_cohort *cohort;
    rml_tables_counts *counts;
    bool integer_labels;
    rml_diagnosed_stages stages;
} rml_count;

static void show_failure(rml_count *count, int64_t row, const rml_roi_result *roi)
{
    rml_error *shown = &count->counts->shown[count->counts->n_failures];
    const char *id = count->cohort->id[row];
    const size_t n = strlen(id);

    if (strncmp(roi->error.text, id, n) == 0 && strchr("|:", roi->error.text[n])) /* the farm's sentences begin so */
        rml_fail(shown, roi->error.status, "%s", roi->error.text);
    else
        rml_fail(shown, roi->error.status, "%s|%s: %s", id, roi->label, roi->error.text);
}

static void count_warning(rml_count *count, int64_t row, const char *warning)
{
    if (!warning || !warning[0]) return;
    if (count->counts->n_warnings++ == 0)
        rml_fail(&count->counts->first_warning, RML_EVALUE, "%s: %s", count->cohort->id[row], warning);
}

static rml_status count_row(void *context, int64_t row, const rml_result *result, rml_error *err)
{
    rml_count *count = context;
    rml_tables_counts *counts = count->counts;

    (void)err;
    ++counts->n_cases;
    counts->n_failed_cases += rml_result_n_failed(result) > 0;
    count_warning(count, row, result->warning);
    for (int32_t r = 0; r < result->n_rois; ++r) {
        const rml_roi_result *roi = &result->roi[r];

        if (roi->error.status == RML_OK) {
            count->integer_labels &= rml_plain_integer(roi->label);
            rml_diagnosed_add(&count->stages, roi->diagnostics);
            ++counts->n_rois;
            count_warning(count, row, roi->warning);
            continue;
        }
        if (counts->n_failures < RML_SHOWN_FAILURES) show_failure(count, row, roi);
        ++counts->n_failures;
    }
    return RML_OK;
}

/* --- 3. one ROI, one failure ------------------------------------------------------------------------------------- */

typedef struct rml_writing {
    const rml_tables_input *in;
    rml_obs obs;
    rml_diagnostic_columns diagnostics; /* beside obs */
    rml_h5ad_value *value;              /* [obs.n + diagnostics.n] */
    rml_h5ad *file;
    rml_h5ad_frame *obs_frame, *failures_frame, *warnings_frame, *inputs_frame;
    rml_file_writer csv, failures, warnings, timings;
    int64_t *task; /* [n_rows] as rml_cohort_number_tasks */
    bool with_csv;
    int64_t n_failures, n_warnings, n_inputs;
} rml_writing;

static void write_csv_header(const rml_writing *w)
{
    FILE *stream = w->csv.stream;
    const int32_t n_columns = rml_params_n_columns(w->in->params), first = w->in->cohort->manifest.id < 0 ? 1 : 0;

    for (int32_t c = first; c < w->obs.n; ++c) rml_csv_text(stream, w->obs.header[c], c == first);
    for (int32_t c = 0; c < w->diagnostics.n; ++c) rml_csv_text(stream, w->diagnostics.column[c].name, false);
    for (int32_t c = 0; c < n_columns; ++c) {
        char name[RML_COLUMN_NAME];

        rml_params_column(w->in->params, c, NULL, name);
        rml_csv_text(stream, name, false);
    }
    fputc('\n', stream);
}

static void write_csv_row(const rml_writing *w, int64_t row, const rml_roi_result *roi)
{
    const rml_cohort *cohort = w->in->cohort;
    FILE *stream = w->csv.stream;
    const int32_t n_columns = rml_params_n_columns(w->in->params), first = cohort->manifest.id < 0 ? 1 : 0;

    for (int32_t c = first; c < w->obs.n; ++c) /* the manifest's own columns, as written there */
        rml_csv_text(stream, w->obs.source[c] == RML_OBS_LABEL ? roi->label : cell(cohort, row, w->obs.cell[c]),
                     c == first);
    for (int32_t c = 0; c < w->diagnostics.n; ++c) rml_csv_text(stream, w->value[w->obs.n + c].text, false);
    for (int32_t c = 0; c < n_columns; ++c) rml_csv_number(stream, roi->value[c], false);
    fputc('\n', stream);
}

static rml_status write_roi(rml_writing *w, int64_t row, const rml_roi_result *roi, rml_error *err)
{
    char *index = rml_cohort_index(w->in->cohort, row, roi->label);
    rml_status status;

    if (!index) return rml_fail(err, RML_ENOMEM, "no memory for a row");
    rml_obs_row(&w->obs, w->in->cohort, row, roi->label, w->value);
    rml_diagnostic_columns_row(&w->diagnostics, roi->diagnostics, w->value + w->obs.n);
    status = rml_h5ad_append(w->file, 1, roi->value, roi->reason, err);
    if (status == RML_OK) status = rml_h5ad_frame_append(w->obs_frame, index, w->value, err);
    if (w->with_csv) write_csv_row(w, row, roi);
    free(index);
    return status;
}

static rml_status write_failure(rml_writing *w, int64_t row, const rml_roi_result *roi, rml_error *err)
{
    const rml_cohort *cohort = w->in->cohort;
    const rml_manifest *m = &cohort->manifest;
    const int64_t line = m->table.line[row];
    char number[32];
    const rml_h5ad_value values[] = {{.text = number, .integer = line},
                                     {.text = cohort->id[row]},
                                     {.text = roi->label},
                                     {.text = cell(cohort, row, m->image)},
                                     {.text = cell(cohort, row, m->mask)},
                                     {.text = rml_stage_name(roi->stage)},
                                     {.text = rml_status_name(roi->error.status)},
                                     {.text = roi->error.text}};
    char index[32];

    snprintf(number, sizeof number, "%lld", (long long)line);
    for (size_t v = 0; v < sizeof values / sizeof *values; ++v)
        rml_csv_text(w->failures.stream, values[v].text, v == 0);
    fputc('\n', w->failures.stream);
    snprintf(index, sizeof index, "%lld", (long long)w->n_failures++);
    return rml_h5ad_frame_append(w->failures_frame, index, values, err);
}

static rml_status write_warning(rml_writing *w, int64_t row, const char *label, const char *warning, rml_error *err)
{
    const rml_cohort *cohort = w->in->cohort;
    const rml_manifest *m = &cohort->manifest;
    const int64_t line = m->table.line[row];
    char number[32];
    const rml_h5ad_value values[] = {{.text = number, .integer = line},
                                     {.text = cohort->id[row]},
                                     {.text = label},
                                     {.text = cell(cohort, row, m->image)},
                                     {.text = cell(cohort, row, m->mask)},
                                     {.text = warning}};
    char index[32];

    if (!warning || !warning[0]) return RML_OK;
    snprintf(number, sizeof number, "%lld", (long long)line);
    for (size_t v = 0; v < sizeof values / sizeof *values; ++v)
        rml_csv_text(w->warnings.stream, values[v].text, v == 0);
    fputc('\n', w->warnings.stream);
    snprintf(index, sizeof index, "%lld", (long long)w->n_warnings++);
    return rml_h5ad_frame_append(w->warnings_frame, index, values, err);
}

static void write_timing(rml_writing *w, int64_t row, const rml_roi_result *roi)
{
    FILE *stream = w->timings.stream;
    double total = 0.0;

    rml_csv_text(stream, w->in->cohort->id[row], true);
    rml_csv_text(stream, roi->label, false);
    rml_csv_number(stream, (double)roi->n_voxels, false);
    for (int32_t s = 0; s < RML_N_STAGES; ++s) total += roi->seconds[s];
    fprintf(stream, ",%.6f", total);
    for (int32_t s = 0; s < RML_N_STAGES; ++s) fprintf(stream, ",%.6f", roi->seconds[s]);
    if (w->task[row] > 0)
        fprintf(stream, ",%lld\n", (long long)w->task[row]);
    else
        fputs(",\n", stream);
}

static rml_status write_input(rml_writing *w, int64_t row, const rml_result *result, rml_error *err)
{
    const rml_manifest *m = &w->in->cohort->manifest;
    char image_sum[20] = "", mask_sum[20] = "", index[32];
    const rml_h5ad_value values[] = {{.text = w->in->cohort->id[row]},
                                     {.text = cell(w->in->cohort, row, m->image)},
                                     {.text = image_sum},
                                     {.text = cell(w->in->cohort, row, m->mask)},
                                     {.text = mask_sum}};

    if (result->image_checksum)
        snprintf(image_sum, sizeof image_sum, "%016llx", (unsigned long long)result->image_checksum);
    if (result->mask_checksum)
        snprintf(mask_sum, sizeof mask_sum, "%016llx", (unsigned long long)result->mask_checksum);
    snprintf(index, sizeof index, "%lld", (long long)w->n_inputs++);
    return rml_h5ad_frame_append(w->inputs_frame, index, values, err);
}

static rml_status write_row(void *context, int64_t row, const rml_result *result, rml_error *err)
{
    rml_writing *w = context;
    rml_status status = write_input(w, row, result, err);

    if (status == RML_OK) status = write_warning(w, row, "", result->warning, err);
    for (int32_t r = 0; r < result->n_rois && status == RML_OK; ++r) {
        const rml_roi_result *roi = &result->roi[r];

        if (roi->error.status == RML_OK) {
            status = write_warning(w, row, roi->label, roi->warning, err);
            if (status == RML_OK) status = write_roi(w, row, roi, err);
        } else {
            status = write_failure(w, row, roi, err);
        }
        write_timing(w, row, roi);
    }
    return status;
}

/* --- 4. what the file says about itself -------------------------------------------------------------------------- */

/* Images that a filter makes, of the first n. */
static int32_t n_filtered(const rml_params *params, int32_t n)
{
    int32_t filtered = 0;

    for (int32_t i = 0; i < n; ++i) filtered += rml_params_image(params, i, NULL)->filter != RML_ORIGINAL;
    return filtered;
}

/* An image's category of "filter": shape (image -1) stands under "original", the first, whether such an image is asked
 * for or not. */
static int32_t filter_of(const rml_params *params, int32_t image)
{
    if (image < 0 || rml_params_image(params, image, NULL)->filter == RML_ORIGINAL) return 0;
    return 1 + n_filtered(params, image);
}

static rml_status write_var(const rml_writing *w, rml_error *err)
{
    const char *classes[RML_N_CLASSES], **filters;
    char(*names)[RML_IMAGE_NAME];
    const rml_params *params = w->in->params;
    const int32_t n = rml_params_n_columns(params);
    rml_h5ad_column columns[] = {{"class", RML_H5AD_CATEGORICAL, RML_N_CLASSES, classes},
                                 {"feature", RML_H5AD_TEXT, 0, NULL},
                                 {"filter", RML_H5AD_CATEGORICAL, 0, NULL},
                                 {"ibsi", RML_H5AD_TEXT, 0, NULL}};
    rml_h5ad_frame *frame = NULL;
    rml_status status = RML_OK;

    names = malloc(((size_t)params->n_images + 1) * sizeof *names);
    filters = malloc(((size_t)params->n_images + 1) * sizeof *filters);
    if (!names || !filters) status = rml_fail(err, RML_ENOMEM, "no memory for %d images' names", params->n_images);
    if (status == RML_OK) snprintf(names[0], sizeof names[0], "original");
    for (int32_t i = 0; status == RML_OK && i < params->n_images; ++i)
        rml_params_image(params, i, names[filter_of(params, i)]);
    columns[2].n_categories = 1 + n_filtered(params, params->n_images);
    for (int32_t i = 0; status == RML_OK && i < columns[2].n_categories; ++i) filters[i] = names[i];
    for (int32_t c = 0; c < RML_N_CLASSES; ++c) classes[c] = rml_class_name((rml_class)c);
    columns[2].categories = filters;
    if (status == RML_OK) status = rml_h5ad_frame_create(w->file, "var", n, 4, columns, &frame, err);
    for (int32_t c = 0; c < n && status == RML_OK; ++c) {
        rml_feature_column column;
        char name[RML_COLUMN_NAME];
        const rml_feature *known;

        rml_params_column(params, c, &column, name);
        known = &rml_class_features(column.class_)[column.feature];
        status = rml_h5ad_frame_append(frame, name,
                                       (rml_h5ad_value[]){{.integer = column.class_},
                                                          {.text = known->name},
                                                          {.integer = filter_of(params, column.image)},
                                                          {.text = known->ibsi_tag}},
                                       err);
    }
    if (status == RML_OK) status = rml_h5ad_frame_close(frame, err);
    free(names);
    free((void *)filters);
    return status;
}

/* The same of profile ibsi: class is the family, ibsi the code. */
static rml_status write_ibsi_var(const rml_writing *w, rml_error *err)
{
    const rml_ibsi_params *params = &w->in->params->ibsi;
    const char *classes[RML_IBSI_N_CLASSES], *filters[RML_IBSI_MAX_IMAGES + 1] = {"original"};
    const int32_t n = rml_ibsi_n_columns(params);
    int32_t category[RML_IBSI_MAX_IMAGES], n_filters = 1;
    rml_h5ad_column columns[] = {{"class", RML_H5AD_CATEGORICAL, RML_IBSI_N_CLASSES, classes},
                                 {"feature", RML_H5AD_TEXT, 0, NULL},
                                 {"filter", RML_H5AD_CATEGORICAL, 0, filters},
                                 {"ibsi", RML_H5AD_TEXT, 0, NULL}};
    rml_h5ad_frame *frame = NULL;
    rml_status status;

    for (int32_t c = 0; c < RML_IBSI_N_CLASSES; ++c) classes[c] = rml_ibsi_class_name(c);
    for (int32_t i = 0; i < params->n_images; ++i) {
        const bool original = params->image[i].filter == RML_IBSI_ORIGINAL;

        category[i] = original ? 0 : n_filters;
        if (!original) filters[n_filters++] = params->image[i].name;
    }
    columns[2].n_categories = n_filters;
    status = rml_h5ad_frame_create(w->file, "var", n, 4, columns, &frame, err);
    for (int32_t c = 0; c < n && status == RML_OK; ++c) {
        rml_ibsi_column column;
        char name[RML_COLUMN_NAME], tag[RML_COLUMN_NAME];

        rml_ibsi_column_at(params, c, &column, name);
        rml_ibsi_column_tag(&column, tag);
        status = rml_h5ad_frame_append(frame, name,
                                       (rml_h5ad_value[]){{.integer = column.class_},
                                                          {.text = tag},
                                                          {.integer = column.image < 0 ? 0 : category[column.image]},
                                                          {.text = rml_ibsi_column_code(&column)}},
                                       err);
    }
    return status == RML_OK ? rml_h5ad_frame_close(frame, err) : status;
}

static rml_status write_provenance(const rml_writing *w, rml_error *err)
{
    const char *reasons[RML_N_REASONS];
    const struct {
        const char *where, *text;
    } texts[] = {
        {"uns/radmill/program", "radmill extract"},
        {"uns/radmill/version", rml_version()},
        {"uns/radmill/commit", rml_version_commit()},
        {"uns/radmill/parameters", w->in->params->source},
        {"uns/radmill/settings", w->in->params->canonical},
        {"uns/radmill/nan_policy", w->in->policy == RML_NAN_EXCLUDE ? "exclude" : "error"},
        {"uns/radmill/libraries/HDF5", rml_version_hdf5()},
        {"uns/radmill/libraries/MPI", rml_version_mpi()},
    };
    rml_status status = RML_OK;

    for (size_t t = 0; t < sizeof texts / sizeof *texts && status == RML_OK; ++t)
        status = rml_h5ad_text(w->file, texts[t].where, texts[t].text, err);
    for (int32_t r = 0; r < RML_N_REASONS; ++r) reasons[r] = rml_reason_text((rml_reason)r);
    if (status == RML_OK) status = rml_h5ad_texts(w->file, "uns/radmill/reasons", RML_N_REASONS, reasons, err);
    return status;
}

/* --- 5. all of it ------------------------------------------------------------------------------------------------ */

static void write_names(FILE *stream, const char *const *names, int n)
{
    for (int c = 0; c < n; ++c) rml_csv_text(stream, names[c], c == 0);
    fputc('\n', stream);
}

/* The manifest's columns, and the diagnostics behind them. */
static rml_status begin_obs(rml_writing *w, int64_t n_rois, rml_error *err)
{
    const int32_t n = w->obs.n + w->diagnostics.n;
    rml_h5ad_column *columns = malloc(((size_t)n + 1) * sizeof *columns);
    rml_status status;

    if (!columns) return rml_fail(err, RML_ENOMEM, "no memory for %d columns", n);
    memcpy(columns, w->obs.column, (size_t)w->obs.n * sizeof *columns);
    if (w->diagnostics.n > 0)
        memcpy(columns + w->obs.n, w->diagnostics.column, (size_t)w->diagnostics.n * sizeof *columns);
    status = rml_h5ad_frame_create(w->file, "obs", n_rois, n, columns, &w->obs_frame, err);
    free(columns);
    return status;
}

static rml_status begin(rml_writing *w, const rml_tables_counts *counts, rml_error *err)
{
    rml_h5ad_column failure_columns[RML_N_FAILURE_COLUMNS], warning_columns[RML_N_WARNING_COLUMNS];
    static const rml_h5ad_column input_columns[] = {{"ID", RML_H5AD_TEXT, 0, NULL},
                                                    {"Image", RML_H5AD_TEXT, 0, NULL},
                                                    {"Image_xxh3", RML_H5AD_TEXT, 0, NULL},
                                                    {"Mask", RML_H5AD_TEXT, 0, NULL},
                                                    {"Mask_xxh3", RML_H5AD_TEXT, 0, NULL}};
    const rml_tables_input *in = w->in;
    rml_status status = rml_h5ad_create(in->out, counts->n_rois, rml_params_n_columns(in->params), &w->file, err);

    for (int c = 0; c < RML_N_FAILURE_COLUMNS; ++c)
        failure_columns[c] = (rml_h5ad_column){.name = rml_failure_columns[c], .type = RML_H5AD_TEXT};
    failure_columns[RML_FAILURE_LINE].type = RML_H5AD_INTEGER;
    for (int c = 0; c < RML_N_WARNING_COLUMNS; ++c)
        warning_columns[c] = (rml_h5ad_column){.name = rml_warning_columns[c], .type = RML_H5AD_TEXT};
    warning_columns[RML_WARNING_LINE].type = RML_H5AD_INTEGER;
    if (status == RML_OK) status = begin_obs(w, counts->n_rois, err);
    if (status == RML_OK)
        status = rml_h5ad_frame_create(w->file, RML_FAILURES_FRAME, counts->n_failures, RML_N_FAILURE_COLUMNS,
                                       failure_columns, &w->failures_frame, err);
    if (status == RML_OK)
        status = rml_h5ad_frame_create(w->file, RML_WARNINGS_FRAME, counts->n_warnings, RML_N_WARNING_COLUMNS,
                                       warning_columns, &w->warnings_frame, err);
    if (status == RML_OK)
        status = rml_h5ad_frame_create(w->file, "uns/radmill/inputs", in->cohort->n_rows, 5, input_columns,
                                       &w->inputs_frame, err);
    if (status == RML_OK) status = rml_file_create_in(in->folder, "failures.csv", &w->failures, err);
    if (status == RML_OK) status = rml_file_create_in(in->folder, "warnings.csv", &w->warnings, err);
    if (status == RML_OK) status = rml_file_create_in(in->folder, "timings.csv", &w->timings, err);
    if (status != RML_OK) return status;
    write_names(w->failures.stream, rml_failure_columns, RML_N_FAILURE_COLUMNS);
    write_names(w->warnings.stream, rml_warning_columns, RML_N_WARNING_COLUMNS);
    fputs("ID,Label,voxels,total", w->timings.stream);
    for (int32_t s = 0; s < RML_N_STAGES; ++s) fprintf(w->timings.stream, ",%s", rml_stage_name((rml_stage)s));
    fputs(",task\n", w->timings.stream);
    if (!in->csv) return RML_OK;
    status = rml_file_create(in->csv, &w->csv, err);
    w->with_csv = status == RML_OK;
    if (w->with_csv) write_csv_header(w);
    return status;
}

static rml_status end(rml_writing *w, rml_error *err)
{
    rml_status status = rml_h5ad_frame_close(w->obs_frame, err);

    if (status == RML_OK) status = rml_h5ad_frame_close(w->failures_frame, err);
    if (status == RML_OK) status = rml_h5ad_frame_close(w->warnings_frame, err);
    if (status == RML_OK) status = rml_h5ad_frame_close(w->inputs_frame, err);
    if (status == RML_OK) status = w->in->params->is_ibsi ? write_ibsi_var(w, err) : write_var(w, err);
    if (status == RML_OK) status = write_provenance(w, err);
    if (status == RML_OK) status = rml_file_commit(&w->failures, err);
    if (status == RML_OK) status = rml_file_commit(&w->warnings, err);
    if (status == RML_OK) status = rml_file_commit(&w->timings, err);
    if (status == RML_OK && w->with_csv) status = rml_file_commit(&w->csv, err);
    if (status == RML_OK) {
        rml_h5ad *file = w->file;

        w->file = NULL;
        status = rml_h5ad_commit(file, err);
    }
    return status;
}

rml_status rml_tables_write(const rml_tables_input *input, rml_tables_counts *counts, rml_error *err)
{
    rml_writing w = {.in = input};
    rml_count count = {
        .cohort = input->cohort, .counts = counts, .integer_labels = true, .stages = rml_diagnosed_by(input->params)};
    rml_status status;

    *counts = (rml_tables_counts){0};
    status = walk(input, count_row, &count, err);
    if (status != RML_OK) return status;
    status = rml_obs_init(&w.obs, input->cohort, count.integer_labels, err);
    if (status != RML_OK) return status;
    status = rml_diagnostic_columns_init(&w.diagnostics, input->params, &count.stages, input->hashes, err);
    w.value = calloc((size_t)w.obs.n + (size_t)w.diagnostics.n, sizeof *w.value);
    w.task = malloc(((size_t)input->cohort->n_rows + 1) * sizeof *w.task);
    if (status == RML_OK && (!w.value || !w.task)) status = rml_fail(err, RML_ENOMEM, "no memory for a row");
    if (status == RML_OK) status = rml_cohort_number_tasks(input->cohort, w.task, err);
    if (status == RML_OK) status = begin(&w, counts, err);
    if (status == RML_OK) status = walk(input, write_row, &w, err);
    if (status == RML_OK) status = end(&w, err);
    rml_h5ad_abandon(w.file);
    rml_file_abandon(&w.failures);
    rml_file_abandon(&w.warnings);
    rml_file_abandon(&w.timings);
    rml_file_abandon(&w.csv);
    free(w.task);
    free(w.value);
    rml_diagnostic_columns_free(&w.diagnostics);
    rml_obs_free(&w.obs);
    return status;
}
