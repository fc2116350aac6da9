/* 1. Columns of names
 * 2. Extraction parameters
 * 3. Which rows, and whose
 * 4. Features, factors, covariates
 * 5. All of it
 * 6. Scores */
#include "jobs/model_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/file.h"
#include "jobs/nearest.h"
#include "jobs/patients.h"

enum { NAMED = 8 }; /* of a list in a sentence */

static rml_status no_memory(rml_error *err)
{
    return rml_fail(err, RML_ENOMEM, "no memory for the model's rows");
}

static void *take(rml_model_rows *rows, int64_t n, size_t size)
{
    return rml_model_take(&rows->memory, (size_t)n, size);
}

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

/* A list of names that grows in a sentence: the first NAMED of them. */
typedef struct rml_listing {
    char text[700];
    size_t used;
    int32_t n;
} rml_listing;

static void list(rml_listing *listing, const char *name, const char *between)
{
    if (listing->n < NAMED && listing->used < sizeof listing->text)
        listing->used += (size_t)snprintf(listing->text + listing->used, sizeof listing->text - listing->used,
                                          "%s%.120s", listing->n > 0 ? between : "", name);
    if (listing->n == NAMED && listing->used < sizeof listing->text)
        listing->used +=
            (size_t)snprintf(listing->text + listing->used, sizeof listing->text - listing->used, "%s…", between);
    ++listing->n;
}

/* 2. Extraction parameters ----------------------------------------------------------------------------------------- */

/* The line of a setting in a text of them, or NULL; n_key: length of its name with the colon. */
static const char *find_line(const char *text, const char *key, size_t n_key)
{
    for (; *text; text += strcspn(text, "\n"), text += *text == '\n')
        if (strncmp(text, key, n_key) == 0) return text;
    return NULL;
}

/* Lines that say which features were computed, not how: the table has the model's features, or is refused for that. */
static bool says_which(const char *line)
{
    static const char *const keys[] = {"featureClass", "shape", "firstorder", "glcm",
                                       "gldm",         "glrlm", "glszm",      "ngtdm"};
    const size_t length = strcspn(line, ":\n");

    for (size_t k = 0; k < sizeof keys / sizeof *keys; ++k)
        if (strlen(keys[k]) == length && strncmp(keys[k], line, length) == 0) return true;
    return false;
}

/* Lines of `of` that `other` has not, or has otherwise; those with the same name once. */
static void list_lines(const char *of, const char *other, bool model, rml_listing *listing)
{
    for (const char *line = of; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        const size_t length = strcspn(line, "\n"), n_key = strcspn(line, ":\n") + 1;
        const char *there = find_line(other, line, n_key < length ? n_key : length);
        const size_t n_there = there ? strcspn(there, "\n") : 0;
        char text[400];

        if (says_which(line)) continue;
        if (there && (!model || (n_there == length && strncmp(line, there, length) == 0))) continue;
        if (there)
            snprintf(text, sizeof text, "%.*s of the model, %.*s of the table", (int)(length < 150 ? length : 150),
                     line, (int)(n_there - n_key < 150 ? n_there - n_key : 150), there + n_key + (there[n_key] == ' '));
        else
            snprintf(text, sizeof text, "%.*s of the %s alone", (int)(length < 150 ? length : 150), line,
                     model ? "model" : "table");
        list(listing, text, "; ");
    }
}

static rml_status compare_parameters(const rml_model *model, const rml_rows_request *request, rml_model_rows *rows,
                                     rml_error *err)
{
    rml_listing differing = {0};

    if (!*model->parameters) return RML_OK;
    if (!*rows->frame.parameters) {
        rows->parameters_unknown = true;
        return RML_OK;
    }
    list_lines(model->parameters, rows->frame.parameters, true, &differing);
    list_lines(rows->frame.parameters, model->parameters, false, &differing);
    rows->parameters_differ = differing.n > 0;
    if (differing.n == 0 || request->allow_parameters) return RML_OK;
    return rml_fail(err, RML_ESETTING,
                    "%s was extracted with other parameters than the model's: %s; --allow-parameters "
                    "goes on all the same",
                    request->table, differing.text);
}

/* 3. Which rows, and whose ----------------------------------------------------------------------------------------- */

static rml_status id_column(const rml_model *model, const rml_rows_request *request, const rml_model_rows *rows,
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
    if (*column < 0 && (request->clinical || request->one_a_patient || model->rois >= RML_ROIS_LARGEST))
        return rml_fail(err, RML_ESETTING, "%s: which column names the patients? --id COLUMN was expected",
                        request->table);
    return RML_OK;
}

static rml_status pick_rows(const rml_rows_request *request, rml_model_rows *rows, bool *used, rml_error *err)
{
    int64_t n = 0;

    for (int64_t r = 0; r < rows->frame.n_rows; ++r) used[r] = true;
    for (int32_t c = 0; c < request->n_conditions; ++c) {
        const int32_t column = rml_frame_column(&rows->frame, request->condition[c].column);
        const char *near = rml_nearest(request->condition[c].column, rows->frame.name, rows->frame.n_columns);

        if (column < 0)
            return rml_fail(err, RML_ESETTING, "%s: no column \"%s\" for --rows%s%s%s", request->table,
                            request->condition[c].column, near ? "; did you mean \"" : "", near ? near : "",
                            near ? "\"?" : "");
        for (int64_t r = 0; r < rows->frame.n_rows; ++r)
            used[r] &= rml_text_same(rml_frame_cell(&rows->frame, r, column), request->condition[c].value);
    }
    for (int64_t r = 0; r < rows->frame.n_rows; ++r) n += used[r];
    rows->n_left_out = rows->frame.n_rows - n;
    if (n == 0)
        return rml_fail(err, RML_ESETTING, "%s: no row%s", request->table,
                        request->n_conditions > 0 ? " meets the conditions of --rows" : "");
    if (n > INT32_MAX) return rml_fail(err, RML_ECAPACITY, "%s: more than 2^31 rows", request->table);
    return RML_OK;
}

/* Rows in the table's order, a patient's own together where the model takes them so. */
static rml_status list_patients(const rml_model *model, const rml_rows_request *request, rml_model_rows *rows,
                                const bool *used, int32_t id, rml_error *err)
{
    const int64_t n_all = rows->frame.n_rows;
    const bool together = model->rois != RML_ROIS_ONE;
    rml_named *named = malloc(((size_t)n_all + 1) * sizeof *named);
    int32_t *first = take(rows, n_all + 1, sizeof *first), n = 0, m = 0;
    rml_status status = RML_OK;

    rows->row = take(rows, n_all, sizeof *rows->row);
    rows->id = take(rows, n_all, sizeof *rows->id);
    if (!named || !first || !rows->row || !rows->id) {
        free(named);
        return no_memory(err);
    }
    for (int64_t r = 0; r < n_all && id >= 0; ++r)
        if (used[r]) named[m++] = (rml_named){rml_frame_cell(&rows->frame, r, id), r};
    rml_named_sort(named, m);
    for (int64_t r = 0; r < n_all && status == RML_OK; ++r) {
        const char *name = id >= 0 ? rml_frame_cell(&rows->frame, r, id) : NULL;
        int64_t at = 0;

        if (!used[r]) continue;
        if (!name) {
            char number[24];

            snprintf(number, sizeof number, "%lld", (long long)r + 1);
            name = rml_model_text(&rows->memory, number);
            if (!name) status = no_memory(err);
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

static rml_status join(const rml_rows_request *request, rml_model_rows *rows, rml_error *err)
{
    const int32_t by = rows->joined ? rml_frame_column(&rows->clinical, request->by) : -1;
    const int64_t n = rows->clinical.n_rows;
    rml_named *named;
    rml_status status = RML_OK;

    rows->clinical_row = take(rows, rows->data.n_patients, sizeof *rows->clinical_row);
    named = malloc(((size_t)n + 1) * sizeof *named);
    if (!rows->clinical_row || !named) status = no_memory(err);
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

/* 4. Features, factors, covariates --------------------------------------------------------------------------------- */

/* A patient's column as numbers, on all of the patient's rows. */
static rml_status patient_numbers(const rml_model_rows *rows, const char *column, const rml_dataset_texts *text,
                                  double *value, rml_error *err)
{
    rml_rows_place place = {0};
    rml_status status = rml_model_rows_column(rows, column, &place, err);

    for (int32_t p = 0; status == RML_OK && p < rows->data.n_patients; ++p) {
        const char *cell = rml_model_rows_cell(rows, p, &place);
        double number = NAN;

        if (rml_text_missing(cell))
            ;
        else if (text->n == 0 && !rml_text_number(cell, &number))
            status = rml_fail(err, RML_ESETTING, "%s of patient %s is \"%s\", a number was expected", column,
                              rows->id[p], cell);
        else if (text->n > 0) {
            for (int32_t l = 0; l < text->n; ++l)
                if (rml_text_same(cell, text->text[l])) number = l;
            if (isnan(number))
                status = rml_fail(err, RML_ESETTING, "%s of patient %s is \"%s\", %s or %s was expected", column,
                                  rows->id[p], cell, text->text[0], text->text[1]);
        }
        for (int32_t i = rows->data.first_row[p]; i < rows->data.first_row[p + 1]; ++i) value[i] = number;
    }
    return status;
}

static int32_t find_feature(const rml_model_rows *rows, const rml_named *named, const char *name)
{
    const int64_t at = rml_named_find(named, rows->frame.n_features, name);

    return at < rows->frame.n_features ? (int32_t)named[at].place : -1;
}

/* All missing columns at once: a person mends them together. */
static rml_status check_features(const rml_model *model, const rml_model_rows *rows, const rml_named *named,
                                 rml_error *err)
{
    rml_listing missing = {0};

    for (int32_t j = 1; j < rows->frame.n_features; ++j)
        if (strcmp(named[j].name, named[j - 1].name) == 0)
            return rml_fail(err, RML_EDUPLICATE, "%s has two features of the name %s", rows->table, named[j].name);
    for (int32_t k = 0; k < model->n_features; ++k)
        if (!model->feature[k].column && find_feature(rows, named, model->feature[k].name) < 0)
            list(&missing, model->feature[k].name, ", ");
    if (missing.n == 0) return RML_OK;
    return rml_fail(err, RML_ESETTING, "%s: %d of the %d features of the model %s missing: %s", rows->table, missing.n,
                    model->n_features, missing.n == 1 ? "is" : "are", missing.text);
}

/* Of a patient's several rows the one with the largest volume stays. */
static rml_status keep_largest(rml_model_rows *rows, const rml_named *named, rml_error *err)
{
    const double *volume = NULL;
    int32_t *first = take(rows, rows->data.n_patients + 1, sizeof *first);

    for (int32_t v = 0; v < RML_VOLUMES && !volume; ++v) {
        const int32_t j = find_feature(rows, named, rml_volume_features[v]);

        if (j >= 0) volume = rows->frame.x + (int64_t)j * rows->frame.n_rows;
    }
    if (!first) return no_memory(err);
    for (int32_t p = 0; p < rows->data.n_patients && !volume; ++p)
        if (rows->data.first_row[p + 1] - rows->data.first_row[p] > 1)
            return rml_fail(err, RML_ESETTING,
                            "%s: patient %s has several rows, of which the model takes the largest, but there is no %s",
                            rows->table, rows->id[p], rml_volume_features[0]);
    if (!volume) return RML_OK; /* nobody has several */
    rml_patients_keep_largest(volume, rows->data.n_patients, rows->data.first_row, rows->row, first);
    rows->data.n_rows = rows->data.n_patients;
    rows->data.first_row = first;
    return RML_OK;
}

/* An infinite value is as good as none. */
static double finite_of(double value)
{
    return isfinite(value) ? value : NAN;
}

static rml_status take_matrix(const rml_model *model, rml_model_rows *rows, const rml_named *named, rml_error *err)
{
    const int32_t n = rows->data.n_rows;
    double *x = take(rows, (int64_t)model->n_features * n, sizeof *x);
    rml_status status = x ? RML_OK : no_memory(err);

    for (int32_t k = 0; status == RML_OK && k < model->n_features; ++k) {
        const rml_model_feature *f = &model->feature[k];
        double *to = x + (int64_t)k * n;
        int32_t j;

        if (f->column) {
            status = patient_numbers(rows, f->column, &f->text, to, err);
            continue;
        }
        j = find_feature(rows, named, f->name);
        for (int32_t i = 0; i < n; ++i)
            to[i] = finite_of(rows->frame.x[(int64_t)j * rows->frame.n_rows + rows->row[i]]);
    }
    rows->data.x = (rml_columns){n, n, model->n_features, x};
    return status;
}

/* From here on a patient is a row, whose features are the means of its rows'. */
static rml_status take_means(rml_model_rows *rows, rml_error *err)
{
    const int32_t n = rows->data.n_patients;
    double *x = take(rows, (int64_t)rows->data.x.n_columns * n, sizeof *x);
    int32_t *first = take(rows, n + 1, sizeof *first);

    if (!x || !first) return no_memory(err);
    for (int32_t j = 0; j < rows->data.x.n_columns; ++j)
        for (int32_t p = 0; p < n; ++p) {
            const int32_t begin = rows->data.first_row[p], end = rows->data.first_row[p + 1];
            double sum = 0.0;

            for (int32_t i = begin; i < end; ++i) sum += rml_column(&rows->data.x, j)[i];
            x[(int64_t)j * n + p] = sum / (end - begin);
        }
    for (int32_t p = 0; p <= n; ++p) {
        if (p < n) rows->row[p] = rows->row[rows->data.first_row[p]];
        first[p] = p;
    }
    rows->data.first_row = first;
    rows->data.n_rows = n;
    rows->data.x = (rml_columns){n, n, rows->data.x.n_columns, x};
    return RML_OK;
}

/* Names as the model's codes; those that it has not seen get codes behind, and names for sentences. */
static rml_status take_factor(const rml_model *model, rml_model_rows *rows, int32_t f, int32_t *n_levels, int32_t *code,
                              const char *const **levels, rml_error *err)
{
    const rml_model_factor *factor = &model->factor[f];
    const char **level = take(rows, (int64_t)factor->n_levels + rows->data.n_patients, sizeof *level);
    rml_rows_place place = {0};
    rml_status status = level ? rml_model_rows_column(rows, factor->column, &place, err) : no_memory(err);

    if (status != RML_OK) return status;
    *n_levels = factor->n_levels;
    for (int32_t l = 0; l < factor->n_levels; ++l) level[l] = factor->level[l];
    for (int32_t p = 0; status == RML_OK && p < rows->data.n_patients; ++p) {
        const char *cell = rml_model_rows_cell(rows, p, &place);
        int32_t l = 0;

        if (rml_text_missing(cell))
            status = rml_fail(err, RML_ESETTING, "%s: patient %s has no %s, which the model needs", rows->table,
                              rows->id[p], factor->column);
        while (l < *n_levels && !rml_text_same(cell, level[l])) ++l;
        if (l == *n_levels) level[(*n_levels)++] = cell;
        for (int32_t i = rows->data.first_row[p]; i < rows->data.first_row[p + 1]; ++i) code[i] = l;
    }
    *levels = level;
    return status;
}

/* What a patient is: a hash of the name, as for a sweep's patients. */
static rml_status take_keys(rml_model_rows *rows, rml_error *err)
{
    uint64_t *key = take(rows, rows->data.n_patients, sizeof *key);

    if (!key) return no_memory(err);
    for (int32_t p = 0; p < rows->data.n_patients; ++p) {
        rml_checksum *sum = rml_checksum_begin();

        if (!sum) return no_memory(err);
        rml_checksum_add(sum, rows->id[p], strlen(rows->id[p]));
        key[p] = rml_checksum_value(sum);
        rml_checksum_free(sum);
    }
    rows->data.key = key;
    return RML_OK;
}

static rml_status take_columns(const rml_model *model, rml_model_rows *rows, rml_error *err)
{
    const int32_t n = rows->data.n_rows;
    int32_t *n_levels = take(rows, model->n_factors, sizeof *n_levels);
    const int32_t **code = take(rows, model->n_factors, sizeof *code);
    const char *const **level = take(rows, model->n_factors, sizeof *level);
    const double **covariate = take(rows, model->n_covariates, sizeof *covariate);
    rml_status status = n_levels && code && level && covariate ? RML_OK : no_memory(err);

    for (int32_t f = 0; status == RML_OK && f < model->n_factors; ++f) {
        int32_t *codes = take(rows, n, sizeof *codes);

        status = codes ? take_factor(model, rows, f, &n_levels[f], codes, &level[f], err) : no_memory(err);
        code[f] = codes;
    }
    for (int32_t c = 0; status == RML_OK && c < model->n_covariates; ++c) {
        double *values = take(rows, n, sizeof *values);

        status = values ? patient_numbers(rows, model->covariate[c].column, &model->covariate[c].text, values, err)
                        : no_memory(err);
        covariate[c] = values;
    }
    rows->data.n_factors = model->n_factors;
    rows->data.n_levels = n_levels;
    rows->data.factor = code;
    rows->data.level = level;
    rows->data.n_covariates = model->n_covariates;
    rows->data.covariate = covariate;
    return status;
}

/* 5. All of it ----------------------------------------------------------------------------------------------------- */

static rml_status read_files(const rml_model *model, const rml_rows_request *request, rml_model_rows *rows,
                             rml_error *err)
{
    const char **name = malloc(((size_t)model->n_features + RML_VOLUMES) * sizeof *name);
    int32_t n = 0;
    rml_status status = name ? RML_OK : no_memory(err);

    for (int32_t k = 0; status == RML_OK && k < model->n_features; ++k)
        if (!model->feature[k].column) name[n++] = model->feature[k].name;
    for (int32_t v = 0; status == RML_OK && v < RML_VOLUMES && model->rois == RML_ROIS_LARGEST; ++v)
        name[n++] = rml_volume_features[v];
    if (status == RML_OK) status = rml_frame_read_named(request->table, name, n, &rows->frame, err);
    if (status == RML_OK && request->clinical) {
        status = rml_frame_read(request->clinical, NULL, 0, NULL, 0, &rows->clinical, err);
        rows->joined = status == RML_OK;
    }
    free(name);
    return status;
}

static rml_status take_rows(const rml_model *model, const rml_rows_request *request, rml_model_rows *rows,
                            rml_error *err)
{
    rml_named *named = malloc(((size_t)rows->frame.n_features + 1) * sizeof *named);
    bool *used = malloc((size_t)rows->frame.n_rows + 1);
    int32_t id = -1;
    rml_status status = named && used ? RML_OK : no_memory(err);

    for (int32_t j = 0; status == RML_OK && j < rows->frame.n_features; ++j)
        named[j] = (rml_named){rows->frame.feature[j], j};
    if (status == RML_OK) {
        rml_named_sort(named, rows->frame.n_features);
        status = check_features(model, rows, named, err);
    }
    if (status == RML_OK) status = compare_parameters(model, request, rows, err);
    if (status == RML_OK) status = id_column(model, request, rows, &id, err);
    if (status == RML_OK) status = pick_rows(request, rows, used, err);
    if (status == RML_OK) status = list_patients(model, request, rows, used, id, err);
    if (status == RML_OK) status = join(request, rows, err);
    if (status == RML_OK && model->rois == RML_ROIS_LARGEST) status = keep_largest(rows, named, err);
    if (status == RML_OK) status = take_matrix(model, rows, named, err);
    if (status == RML_OK && model->rois == RML_ROIS_MEAN) status = take_means(rows, err);
    if (status == RML_OK) status = take_columns(model, rows, err);
    if (status == RML_OK) status = take_keys(rows, err);
    free(named);
    free(used);
    return status;
}

rml_status rml_model_rows_read(const rml_model *model, const rml_rows_request *request, rml_model_rows *rows,
                               rml_error *err)
{
    rml_model_rows read = {.table = request->table, .clinical_path = request->clinical};
    rml_status status = read_files(model, request, &read, err);

    read.data.outcome = model->outcome;
    read.data.n_classes = model->n_classes;
    if (status == RML_OK) status = take_rows(model, request, &read, err);
    if (status == RML_OK)
        *rows = read;
    else
        rml_model_rows_free(&read);
    return status;
}

/* 6. Scores -------------------------------------------------------------------------------------------------------- */

void rml_model_scores_free(rml_model_scores *scores)
{
    if (!scores) return;
    rml_model_free(&scores->memory);
    *scores = (rml_model_scores){0};
}

/* "a; b": what a patient lacks; *covariate: a covariate is among it. NULL without memory. */
static const char *name_missing(const rml_model *model, const rml_model_rows *rows, int32_t patient, bool *covariate,
                                rml_model *memory)
{
    const rml_data *d = &rows->data;
    char *text = NULL;
    const char *kept;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    bool any = false;

    *covariate = false;
    for (int32_t k = 0; out && k < model->n_features + model->n_covariates; ++k) {
        const bool feature = k < model->n_features;
        const double *value = feature ? rml_column(&d->x, k) : d->covariate[k - model->n_features];
        bool missing = false;

        for (int32_t i = d->first_row[patient]; i < d->first_row[patient + 1]; ++i) missing |= isnan(value[i]);
        if (!missing) continue;
        fprintf(out, "%s%s", any ? "; " : "",
                feature ? model->feature[k].name : model->covariate[k - model->n_features].column);
        any = true;
        *covariate |= !feature;
    }
    if (!out || fclose(out) != 0) {
        free(text);
        return NULL;
    }
    kept = rml_model_text(memory, text);
    free(text);
    return kept;
}

static int32_t count_out_of_range(const rml_model *model, const rml_model_rows *rows, int32_t patient)
{
    int32_t n = 0;

    for (int32_t k = 0; k < model->n_features; ++k) {
        const double *value = rml_column(&rows->data.x, k);
        bool outside = false;

        for (int32_t i = rows->data.first_row[patient]; i < rows->data.first_row[patient + 1]; ++i)
            outside |= value[i] < model->feature[k].low || value[i] > model->feature[k].high;
        n += outside;
    }
    return n;
}

/* patient: those that can be scored, [n]. */
static rml_status decide(const rml_model *model, const rml_model_rows *rows, const int32_t *patient, int32_t n,
                         rml_model_scores *scores, rml_error *err)
{
    const int32_t n_scores = scores->n_scores;
    rml_sample sample = {0};
    double *decision = NULL, *mean = NULL;
    rml_error inner = {0};
    rml_status status = rml_sample_gather(&rows->data, patient, n, false, &sample);

    if (status == RML_OK) {
        decision = malloc(((size_t)sample.n_rows * (size_t)n_scores + 1) * sizeof *decision);
        mean = malloc(((size_t)n + 1) * sizeof *mean);
    }
    if (!decision || !mean) {
        status = no_memory(err);
        goto done;
    }
    status = rml_model_apply(model, &sample, decision, &inner);
    if (status != RML_OK) rml_fail(err, status, "%s: %s", rows->table, inner.text);
    for (int32_t s = 0; status == RML_OK && s < n_scores; ++s) {
        rml_sample_patient_mean(&sample, decision + (int64_t)s * sample.n_rows, mean);
        for (int32_t p = 0; p < n; ++p) scores->decision[(int64_t)s * scores->n + patient[p]] = mean[p];
    }
done:
    rml_sample_free(&sample);
    free(decision);
    free(mean);
    return status;
}

rml_status rml_model_score(const rml_model *model, const rml_model_rows *rows, rml_model_scores *scores, rml_error *err)
{
    const int32_t n = rows->data.n_patients;
    rml_model_scores made = {.n = n, .n_scores = rml_model_n_scores(model)};
    int32_t *patient = malloc(((size_t)n + 1) * sizeof *patient), m = 0;
    const bool imputes = rml_model_imputes(model);
    rml_status status = RML_OK;

    made.decision = rml_model_take(&made.memory, (size_t)n * (size_t)made.n_scores, sizeof *made.decision);
    made.n_out_of_range = rml_model_take(&made.memory, (size_t)n, sizeof *made.n_out_of_range);
    made.missing = rml_model_take(&made.memory, (size_t)n, sizeof *made.missing);
    if (!patient || !made.decision || !made.n_out_of_range || !made.missing) status = no_memory(err);
    for (int32_t p = 0; status == RML_OK && p < n; ++p) {
        bool covariate;

        made.missing[p] = name_missing(model, rows, p, &covariate, &made.memory);
        if (!made.missing[p]) {
            status = no_memory(err);
            break;
        }
        made.n_out_of_range[p] = count_out_of_range(model, rows, p);
        if (!covariate && (imputes || !*made.missing[p])) patient[m++] = p;
        for (int32_t s = 0; s < made.n_scores; ++s) made.decision[(int64_t)s * n + p] = NAN;
    }
    if (status == RML_OK) status = decide(model, rows, patient, m, &made, err);
    if (status == RML_OK) {
        *scores = made;
        made = (rml_model_scores){0};
    }
    rml_model_scores_free(&made);
    free(patient);
    return status;
}
