/* 1. Columns of names
 * 2. The clinical file
 * 3. All of it */
#include "jobs/model_rows.h"

#include <stdlib.h>
#include <string.h>

#include "jobs/model_rows_build.h"
#include "jobs/nearest.h"

void rml_model_rows_free(rml_model_rows *rows)
{
    if (!rows) return;
    rml_frame_free(&rows->frame);
    rml_frame_free(&rows->clinical);
    rml_model_free(&rows->memory);
    *rows = (rml_model_rows){0};
}

/* 1. Columns of names ---------------------------------------------------------------------------------------------- */

rml_status rml_model_rows_column(const rml_model_rows *rows, const char *name, rml_rows_place *place, rml_error *err)
{
    const char *near = NULL;

    *place = (rml_rows_place){true, rows->joined ? rml_frame_column(&rows->clinical, name) : -1};
    if (place->column >= 0) return RML_OK;
    *place = (rml_rows_place){false, rml_frame_column(&rows->frame, name)};
    if (place->column >= 0) return RML_OK;
    if (rows->joined) near = rml_nearest(name, rows->clinical.name, rows->clinical.n_columns);
    if (!near) near = rml_nearest(name, rows->frame.name, rows->frame.n_columns);
    return rml_fail(err, RML_ESETTING, "%s%s%s: no column \"%s\"%s%s%s", rows->joined ? rows->clinical_path : "",
                    rows->joined ? " and " : "", rows->table, name, near ? "; did you mean \"" : "", near ? near : "",
                    near ? "\"?" : "");
}

const char *rml_model_rows_cell(const rml_model_rows *rows, int32_t patient, const rml_rows_place *place)
{
    if (!place->clinical) return rml_frame_cell(&rows->frame, rows->row[rows->data.first_row[patient]], place->column);
    return rows->clinical_row[patient] < 0
               ? ""
               : rml_frame_cell(&rows->clinical, rows->clinical_row[patient], place->column);
}

/* 2. The clinical file --------------------------------------------------------------------------------------------- */

static rml_status join(const rml_rows_request *request, rml_model_rows *rows, rml_error *err)
{
    const int32_t by = rows->joined ? rml_frame_column(&rows->clinical, request->by) : -1;
    const int64_t n = rows->clinical.n_rows;
    rml_named *named;
    rml_status status = RML_OK;

    rows->clinical_row = rml_rows_take(rows, rows->data.n_patients, sizeof *rows->clinical_row);
    named = malloc(((size_t)n + 1) * sizeof *named);
    if (!rows->clinical_row || !named) status = rml_rows_no_memory(err);
    if (status == RML_OK && rows->joined && by < 0)
        status = rml_fail(err, RML_ESETTING, "%s: no column \"%s\" for --by", request->clinical, request->by);
    for (int32_t p = 0; status == RML_OK && p < rows->data.n_patients; ++p) rows->clinical_row[p] = -1;
    if (status != RML_OK || !rows->joined) goto done;
    for (int64_t r = 0; r < n; ++r) named[r] = (rml_named){rml_frame_cell(&rows->clinical, r, by), r};
    rml_named_sort(named, n);
    for (int32_t p = 0; status == RML_OK && p < rows->data.n_patients; ++p) {
        const int64_t at = rml_named_find(named, n, rows->id[p]);

        if (at == n)
            ++rows->n_without_clinical;
        else if (at + 1 < n && strcmp(named[at + 1].name, rows->id[p]) == 0)
            status =
                rml_fail(err, RML_EDUPLICATE, "%s: %s %s stands there twice (lines %lld and %lld)", request->clinical,
                         request->by, rows->id[p], (long long)rows->clinical.line[named[at].place],
                         (long long)rows->clinical.line[named[at + 1].place]);
        else
            rows->clinical_row[p] = named[at].place;
    }
    if (status == RML_OK && rows->n_without_clinical == rows->data.n_patients)
        status = rml_fail(err, RML_ESETTING, "no %s of %s is a patient of %s: the first are \"%s\" and \"%s\"",
                          request->by, request->clinical, request->table,
                          n > 0 ? rml_frame_cell(&rows->clinical, 0, by) : "", rows->id[0]);
done:
    free(named);
    return status;
}

/* 3. All of it ----------------------------------------------------------------------------------------------------- */

/* The names that a feature of rows put side by side may come from: "f|T1|1" from "f|T1" or "f". Those that the table
 * has not are left out by its reader. name: NULL counts; *n grows */
static rml_status add_sources(rml_model_rows *rows, const char *feature, const char **name, int32_t *n, rml_error *err)
{
    for (const char *mark = strchr(feature, '|'); mark; mark = strchr(mark + 1, '|')) {
        const size_t length = (size_t)(mark - feature);
        char *copy = name ? rml_rows_take(rows, (int64_t)length, 1) : NULL;

        if (name && !copy) return rml_rows_no_memory(err);
        if (name) name[*n] = memcpy(copy, feature, length);
        ++*n;
    }
    return RML_OK;
}

/* As above: name NULL counts. */
static rml_status list_names(const rml_model *model, rml_model_rows *rows, const char **name, int32_t *n,
                             rml_error *err)
{
    rml_status status = RML_OK;

    *n = 0;
    for (int32_t k = 0; status == RML_OK && k < model->n_features; ++k) {
        if (model->feature[k].column) continue;
        if (name) name[*n] = model->feature[k].name;
        ++*n;
        if (model->pivot.n_by > 0) status = add_sources(rows, model->feature[k].name, name, n, err);
    }
    for (int32_t v = 0; v < RML_VOLUMES && model->rois == RML_ROIS_LARGEST; ++v, ++*n)
        if (name) name[*n] = rml_volume_features[v];
    return status;
}

static rml_status read_files(const rml_model *model, const rml_rows_request *request, rml_model_rows *rows,
                             rml_error *err)
{
    const char **name = NULL;
    int32_t n = 0;
    rml_status status = list_names(model, rows, NULL, &n, err);

    if (status == RML_OK) name = malloc(((size_t)n + 1) * sizeof *name);
    if (!name) return rml_rows_no_memory(err);
    status = list_names(model, rows, name, &n, err);
    if (status == RML_OK) status = rml_frame_read_named(request->table, name, n, &rows->frame, err);
    if (status == RML_OK && request->clinical) {
        status = rml_frame_read(request->clinical, NULL, 0, NULL, 0, &rows->clinical, err);
        rows->joined = status == RML_OK;
    }
    free(name);
    return status;
}

rml_status rml_model_rows_read(const rml_model *model, const rml_rows_request *request, rml_model_rows *rows,
                               rml_error *err)
{
    rml_model_rows read = {.table = request->table, .clinical_path = request->clinical};
    rml_status status = read_files(model, request, &read, err);

    read.data.outcome = model->outcome;
    read.data.n_classes = model->n_classes;
    if (status == RML_OK) status = rml_rows_compare_parameters(model, request, &read, err);
    if (status == RML_OK) status = rml_rows_pick(model, request, &read, err);
    if (status == RML_OK) status = join(request, &read, err);
    if (status == RML_OK) status = rml_rows_agree(model, request, &read, err);
    if (status == RML_OK) status = rml_rows_take_columns(model, &read, err);
    if (status == RML_OK)
        *rows = read;
    else
        rml_model_rows_free(&read);
    return status;
}
