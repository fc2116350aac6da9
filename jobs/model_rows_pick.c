/* Which rows of a table a model takes, and whose they are.
 *
 * 1. The column that names patients
 * 2. Conditions
 * 3. Rows side by side
 * 4. Patients */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/model_rows_build.h"
#include "jobs/nearest.h"

/* 1. The column that names patients -------------------------------------------------------------------------------- */

static bool needs_id(const rml_model *model, const rml_rows_request *request)
{
    return request->clinical || request->one_a_patient || model->rois != RML_ROIS_ONE || model->pivot.n_by > 0;
}

static rml_status id_column(const rml_model *model, const rml_rows_request *request, rml_model_rows *rows,
                            int32_t *column, rml_error *err)
{
    const char *near;

    *column = -1;
    if (request->id) {
        *column = rml_frame_column(&rows->frame, request->id);
        near = rml_nearest(request->id, rows->frame.name, rows->frame.n_columns);
        if (*column < 0)
            return rml_fail(err, RML_ESETTING, "%s: no column \"%s\" for --id%s%s%s", request->table, request->id,
                            near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
        return RML_OK;
    }
    if (model->patient) *column = rml_frame_column(&rows->frame, model->patient);
    if (*column < 0 && request->by) *column = rml_frame_column(&rows->frame, request->by);
    if (*column < 0) *column = rml_frame_column(&rows->frame, "id");
    if (*column < 0 && needs_id(model, request))
        return rml_fail(err, RML_ESETTING,
                        "%s: which column names the patients? It has no column \"%s\"%s; --id COLUMN was expected",
                        request->table, model->patient ? model->patient : "id",
                        !model->patient                     ? ""
                        : strcmp(model->patient, "id") == 0 ? " (the model's)"
                                                            : " (the model's) and none \"id\"");
    rows->numbered = *column < 0;
    return RML_OK;
}

/* 2. Conditions ---------------------------------------------------------------------------------------------------- */

/* Those of the model's study on columns that the table has, but where --rows speaks of the same column; then --rows. */
static rml_status list_conditions(const rml_model *model, const rml_rows_request *request, rml_model_rows *rows,
                                  rml_error *err)
{
    const int64_t n = (int64_t)model->n_conditions + request->n_conditions;

    rows->condition = rml_rows_take(rows, n, sizeof *rows->condition);
    rows->absent = rml_rows_take(rows, model->n_conditions, sizeof *rows->absent);
    if (!rows->condition || !rows->absent) return rml_rows_no_memory(err);
    for (int32_t c = 0; c < model->n_conditions && !request->all_rows; ++c) {
        const int32_t column = rml_frame_column(&rows->frame, model->condition[c].column);
        bool own = false;

        for (int32_t r = 0; r < request->n_conditions; ++r)
            own |= rml_frame_column(&rows->frame, request->condition[r].column) == column && column >= 0;
        if (column < 0)
            rows->absent[rows->n_absent++] = model->condition[c];
        else if (!own)
            rows->condition[rows->n_conditions++] = model->condition[c];
    }
    rows->n_of_model = rows->n_conditions;
    rows->all_rows = request->all_rows;
    for (int32_t c = 0; c < request->n_conditions; ++c) rows->condition[rows->n_conditions++] = request->condition[c];
    return RML_OK;
}

/* "a = 1 and b = 2": which rows were asked for. */
static void name_conditions(const rml_model_rows *rows, rml_listing *listing)
{
    for (int32_t c = 0; c < rows->n_conditions; ++c) {
        char text[120];

        snprintf(text, sizeof text, "%.50s = %.50s%s", rows->condition[c].column, rows->condition[c].value,
                 c < rows->n_of_model ? " (the model's)" : "");
        rml_listing_add(listing, text, " and ");
    }
}

static rml_status pick_rows(const rml_rows_request *request, rml_model_rows *rows, bool *used, rml_error *err)
{
    rml_listing asked = {0};
    int64_t n = 0;

    for (int64_t r = 0; r < rows->frame.n_rows; ++r) used[r] = true;
    for (int32_t c = 0; c < rows->n_conditions; ++c) {
        const int32_t column = rml_frame_column(&rows->frame, rows->condition[c].column);
        const char *near = rml_nearest(rows->condition[c].column, rows->frame.name, rows->frame.n_columns);

        if (column < 0)
            return rml_fail(err, RML_ESETTING, "%s: no column \"%s\" for --rows%s%s%s", request->table,
                            rows->condition[c].column, near ? "; did you mean \"" : "", near ? near : "",
                            near ? "\"?" : "");
        for (int64_t r = 0; r < rows->frame.n_rows; ++r)
            used[r] &= rml_text_same(rml_frame_cell(&rows->frame, r, column), rows->condition[c].value);
    }
    for (int64_t r = 0; r < rows->frame.n_rows; ++r) n += used[r];
    rows->n_left_out = rows->frame.n_rows - n;
    name_conditions(rows, &asked);
    if (n == 0 && asked.n > 0)
        return rml_fail(err, RML_ESETTING,
                        "%s: no row of %lld has %s; --rows COLUMN=VALUE names another value of the column, and "
                        "--all-rows asks none of the model's own",
                        request->table, (long long)rows->frame.n_rows, asked.text);
    if (n == 0) return rml_fail(err, RML_ESETTING, "%s: no row; at least one was expected", request->table);
    if (n > INT32_MAX) return rml_fail(err, RML_ECAPACITY, "%s: more than 2^31 rows", request->table);
    return RML_OK;
}

/* 3. Rows side by side --------------------------------------------------------------------------------------------- */

/* Columns of the table, not of the clinical file, that must be one thing a patient: [n] of `same`. */
static int32_t list_same(const rml_model *model, const rml_rows_request *request, const rml_model_rows *rows,
                         int32_t *same)
{
    int32_t n = 0;

    for (int32_t i = 0; i < rml_rows_n_read(model, request); ++i) {
        const char *name = rml_rows_read(model, request, i);
        const int32_t column = name ? rml_frame_column(&rows->frame, name) : -1;

        if (column < 0 || (rows->joined && rml_frame_column(&rows->clinical, name) >= 0)) continue;
        same[n++] = column;
    }
    return n;
}

/* Whether the table lacks one of the model's features as they are named: what the study's pivot makes. */
static bool lacks_features(const rml_model *model, const rml_model_rows *rows, rml_error *err, rml_status *status)
{
    rml_named *named = malloc(((size_t)rows->frame.n_features + 1) * sizeof *named);
    bool lacks = false;

    *status = named ? RML_OK : rml_rows_no_memory(err);
    for (int32_t j = 0; named && j < rows->frame.n_features; ++j) named[j] = (rml_named){rows->frame.feature[j], j};
    if (named) rml_named_sort(named, rows->frame.n_features);
    for (int32_t k = 0; named && k < model->n_features && !lacks; ++k)
        lacks = !model->feature[k].column &&
                rml_named_find(named, rows->frame.n_features, model->feature[k].name) == rows->frame.n_features;
    free(named);
    return lacks;
}

/* used: of the rows that there are, before and after */
static rml_status pivot(const rml_model *model, const rml_rows_request *request, rml_model_rows *rows, int32_t id,
                        bool *used, rml_error *err)
{
    int32_t *same = malloc(((size_t)model->n_features + (size_t)model->n_factors + (size_t)model->n_covariates +
                            (size_t)request->n_read + 1) *
                           sizeof *same);
    rml_pivot_rows wanted = {
        .where = request->model, .table = request->table, .n_keys = 1, .key = &id, .same = same, .used = used};
    rml_status status = same ? RML_OK : rml_rows_no_memory(err);

    if (status == RML_OK) {
        wanted.n_same = list_same(model, request, rows, same);
        status = rml_pivot_frame(&model->pivot, &wanted, &rows->frame, &rows->pivoted, err);
    }
    for (int64_t r = 0; status == RML_OK && r < rows->frame.n_rows; ++r) used[r] = true;
    rows->side_by_side = status == RML_OK;
    free(same);
    return status;
}

/* 4. Patients ------------------------------------------------------------------------------------------------------ */

/* How many patients have several rows. named: sorted, [m] */
static void count_repeated(const rml_named *named, int32_t m, rml_model_rows *rows)
{
    for (int32_t i = 0; i < m; ++i) {
        const bool again = i > 0 && strcmp(named[i].name, named[i - 1].name) == 0;
        const bool goes_on = i + 1 < m && strcmp(named[i].name, named[i + 1].name) == 0;

        if (rml_text_missing(named[i].name)) continue;
        rows->n_repeated += goes_on && !again;
        rows->n_repeated_rows += goes_on || again;
    }
}

/* Rows in the table's order, a patient's own together where the model takes them so. */
static rml_status list_patients(const rml_model *model, const rml_rows_request *request, rml_model_rows *rows,
                                const bool *used, int32_t id, rml_error *err)
{
    const int64_t n_all = rows->frame.n_rows;
    const bool together = model->rois != RML_ROIS_ONE;
    rml_named *named = malloc(((size_t)n_all + 1) * sizeof *named);
    int32_t *first = rml_rows_take(rows, n_all + 1, sizeof *first), n = 0, m = 0;
    rml_status status = RML_OK;

    rows->row = rml_rows_take(rows, n_all, sizeof *rows->row);
    rows->id = rml_rows_take(rows, n_all, sizeof *rows->id);
    if (!named || !first || !rows->row || !rows->id) {
        free(named);
        return rml_rows_no_memory(err);
    }
    for (int64_t r = 0; r < n_all && id >= 0; ++r)
        if (used[r]) named[m++] = (rml_named){rml_frame_cell(&rows->frame, r, id), r};
    rml_named_sort(named, m);
    count_repeated(named, m, rows);
    for (int64_t r = 0; r < n_all && status == RML_OK; ++r) {
        const char *name = id >= 0 ? rml_frame_cell(&rows->frame, r, id) : NULL;
        int64_t at = 0;

        if (!used[r]) continue;
        if (!name) {
            char number[24];

            snprintf(number, sizeof number, "%lld", (long long)r + 1);
            name = rml_model_text(&rows->memory, number);
            if (!name) status = rml_rows_no_memory(err);
        } else {
            if (rml_text_missing(name) && (together || request->one_a_patient || request->clinical))
                status = rml_fail(err, RML_ESETTING, "%s row %lld: %s is empty", request->table, (long long)r + 1,
                                  rows->frame.name[id]);
            at = rml_named_find(named, m, name);
            if (together && named[at].place != r) continue; /* taken with the patient's first row */
            if (!together && request->one_a_patient && at + 1 < m && strcmp(named[at + 1].name, name) == 0)
                status =
                    rml_fail(err, RML_EDUPLICATE,
                             "%s: patient %s has several rows (%lld and %lld); one was expected, --rows "
                             "COLUMN=VALUE narrows them",
                             request->table, name, (long long)named[at].place + 1, (long long)named[at + 1].place + 1);
        }
        if (status != RML_OK) break;
        rows->id[rows->data.n_patients] = name;
        first[rows->data.n_patients++] = n;
        if (!together)
            rows->row[n++] = r;
        else
            for (; at < m && name && strcmp(named[at].name, name) == 0; ++at) rows->row[n++] = named[at].place;
    }
    first[rows->data.n_patients] = n;
    rows->data.first_row = first;
    rows->data.n_rows = n;
    free(named);
    return status;
}

rml_status rml_rows_pick(const rml_model *model, const rml_rows_request *request, rml_model_rows *rows, rml_error *err)
{
    bool *used = malloc((size_t)rows->frame.n_rows + 1);
    int32_t id = -1;
    rml_status status = used ? id_column(model, request, rows, &id, err) : rml_rows_no_memory(err);

    if (status == RML_OK) status = list_conditions(model, request, rows, err);
    if (status == RML_OK) status = pick_rows(request, rows, used, err);
    if (status == RML_OK && model->pivot.n_by > 0 && lacks_features(model, rows, err, &status) && status == RML_OK)
        status = pivot(model, request, rows, id, used, err);
    if (status == RML_OK) status = list_patients(model, request, rows, used, id, err);
    free(used);
    return status;
}
