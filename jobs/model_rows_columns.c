/* The columns that a model takes, of rows that were picked.
 *
 * 1. Features
 * 2. Several rows of a patient
 * 3. Factors, covariates, keys
 * 4. All of them */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/file.h"
#include "jobs/model_rows_build.h"
#include "jobs/nearest.h"

/* 1. Features ------------------------------------------------------------------------------------------------------ */

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
    const bool h5ad = rows->frame.var.n > 0;
    const char *const *name = h5ad ? (const char *const *)rows->frame.var.value : rows->frame.name;
    const int32_t n = h5ad ? (int32_t)rows->frame.var.n : rows->frame.n_columns;
    const char *first = NULL, *near;
    rml_listing missing = {0};

    for (int32_t j = 1; j < rows->frame.n_features; ++j)
        if (strcmp(named[j].name, named[j - 1].name) == 0)
            return rml_fail(err, RML_EDUPLICATE, "%s has two features of the name %s", rows->table, named[j].name);
    for (int32_t k = 0; k < model->n_features; ++k)
        if (!model->feature[k].column && find_feature(rows, named, model->feature[k].name) < 0) {
            if (!first) first = model->feature[k].name;
            rml_listing_add(&missing, model->feature[k].name, ", ");
        }
    if (missing.n == 0) return RML_OK;
    near = rml_nearest(first, name, n);
    return rml_fail(err, RML_ESETTING, "%s: %d of the %d features of the model %s missing: %s%s%s%s", rows->table,
                    missing.n, model->n_features, missing.n == 1 ? "is" : "are", missing.text,
                    near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

/* The k-th of all columns of the patient that a model takes: features', factors, covariates; NULL: a table's feature.
 */
static const char *patient_column(const rml_model *model, int32_t k)
{
    const int32_t f = k - model->n_features, c = f - model->n_factors;

    if (f < 0) return model->feature[k].column;
    return c < 0 ? model->factor[f].column : model->covariate[c].column;
}

/* Without a clinical file: where columns come from that no extraction makes, all of them at once. */
static rml_status check_patient_columns(const rml_model *model, const rml_model_rows *rows, rml_error *err)
{
    rml_listing missing = {0};

    for (int32_t k = 0; k < model->n_features + model->n_factors + model->n_covariates && !rows->joined; ++k) {
        const char *name = patient_column(model, k);
        bool known = !name || rml_frame_column(&rows->frame, name) >= 0;

        for (int32_t before = 0; before < k && !known; ++before)
            known = patient_column(model, before) && strcmp(patient_column(model, before), name) == 0;
        if (!known) rml_listing_add(&missing, name, ", ");
    }
    if (missing.n == 0) return RML_OK;
    return rml_fail(err, RML_ESETTING,
                    "%s: the model also takes %s, which the table has not; \"--clinical FILE --by COLUMN\" reads what "
                    "is known of the patients from a CSV of them (COLUMN names them there)",
                    rows->table, missing.text);
}

/* An infinite value is as good as none. */
static double finite_of(double value)
{
    return isfinite(value) ? value : NAN;
}

static rml_status take_matrix(const rml_model *model, rml_model_rows *rows, const rml_named *named, rml_error *err)
{
    const int32_t n = rows->data.n_rows;
    double *x = rml_rows_take(rows, (int64_t)model->n_features * n, sizeof *x);
    rml_status status = x ? RML_OK : rml_rows_no_memory(err);

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

/* 2. Several rows of a patient ------------------------------------------------------------------------------------- */

/* Of a patient's several rows the one with the largest volume stays. */
static rml_status keep_largest(rml_model_rows *rows, const rml_named *named, rml_error *err)
{
    const double *volume = NULL;
    int32_t *first = rml_rows_take(rows, rows->data.n_patients + 1, sizeof *first);

    for (int32_t v = 0; v < RML_VOLUMES && !volume; ++v) {
        const int32_t j = find_feature(rows, named, rml_volume_features[v]);

        if (j >= 0) volume = rows->frame.x + (int64_t)j * rows->frame.n_rows;
    }
    if (!first) return rml_rows_no_memory(err);
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

/* From here on a patient is a row, whose features are the means of its rows'. */
static rml_status take_means(rml_model_rows *rows, rml_error *err)
{
    const int32_t n = rows->data.n_patients;
    double *x = rml_rows_take(rows, (int64_t)rows->data.x.n_columns * n, sizeof *x);
    int32_t *first = rml_rows_take(rows, n + 1, sizeof *first);

    if (!x || !first) return rml_rows_no_memory(err);
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

/* 3. Factors, covariates, keys --------------------------------------------------------------------------------------
 */

/* Each row's name as the model's code; those that it has not seen get codes behind, and names for sentences. */
static rml_status take_factor(const rml_model *model, rml_model_rows *rows, int32_t f, int32_t *n_levels, int32_t *code,
                              const char *const **levels, rml_error *err)
{
    const rml_model_factor *factor = &model->factor[f];
    const char **level = rml_rows_take(rows, (int64_t)factor->n_levels + rows->data.n_rows, sizeof *level);
    rml_rows_place place = {0};
    rml_status status = level ? rml_model_rows_column(rows, factor->column, &place, err) : rml_rows_no_memory(err);

    if (status != RML_OK) return status;
    *n_levels = factor->n_levels;
    for (int32_t l = 0; l < factor->n_levels; ++l) level[l] = factor->level[l];
    for (int32_t p = 0; status == RML_OK && p < rows->data.n_patients; ++p)
        for (int32_t i = rows->data.first_row[p]; i < rows->data.first_row[p + 1]; ++i) {
            const char *cell = place.clinical ? rml_model_rows_cell(rows, p, &place)
                                              : rml_frame_cell(&rows->frame, rows->row[i], place.column);
            int32_t l = 0;

            if (rml_text_missing(cell))
                return rml_fail(err, RML_ESETTING, "%s: patient %s has no %s, which the model needs", rows->table,
                                rows->id[p], factor->column);
            while (l < *n_levels && !rml_text_same(cell, level[l])) ++l;
            if (l == *n_levels) level[(*n_levels)++] = cell;
            code[i] = l;
        }
    *levels = level;
    return status;
}

/* What a patient is: a hash of the name, as for a sweep's patients. */
static rml_status take_keys(rml_model_rows *rows, rml_error *err)
{
    uint64_t *key = rml_rows_take(rows, rows->data.n_patients, sizeof *key);

    if (!key) return rml_rows_no_memory(err);
    for (int32_t p = 0; p < rows->data.n_patients; ++p) {
        rml_checksum *sum = rml_checksum_begin();

        if (!sum) return rml_rows_no_memory(err);
        rml_checksum_add(sum, rows->id[p], strlen(rows->id[p]));
        key[p] = rml_checksum_value(sum);
        rml_checksum_free(sum);
    }
    rows->data.key = key;
    return RML_OK;
}

static rml_status take_others(const rml_model *model, rml_model_rows *rows, rml_error *err)
{
    const int32_t n = rows->data.n_rows;
    int32_t *n_levels = rml_rows_take(rows, model->n_factors, sizeof *n_levels);
    const int32_t **code = rml_rows_take(rows, model->n_factors, sizeof *code);
    const char *const **level = rml_rows_take(rows, model->n_factors, sizeof *level);
    const double **covariate = rml_rows_take(rows, model->n_covariates, sizeof *covariate);
    rml_status status = n_levels && code && level && covariate ? RML_OK : rml_rows_no_memory(err);

    for (int32_t f = 0; status == RML_OK && f < model->n_factors; ++f) {
        int32_t *codes = rml_rows_take(rows, n, sizeof *codes);

        status = codes ? take_factor(model, rows, f, &n_levels[f], codes, &level[f], err) : rml_rows_no_memory(err);
        code[f] = codes;
    }
    for (int32_t c = 0; status == RML_OK && c < model->n_covariates; ++c) {
        double *values = rml_rows_take(rows, n, sizeof *values);

        status = values ? patient_numbers(rows, model->covariate[c].column, &model->covariate[c].text, values, err)
                        : rml_rows_no_memory(err);
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

/* 4. All of them --------------------------------------------------------------------------------------------------- */

rml_status rml_rows_take_columns(const rml_model *model, rml_model_rows *rows, rml_error *err)
{
    rml_named *named = malloc(((size_t)rows->frame.n_features + 1) * sizeof *named);
    rml_status status = named ? RML_OK : rml_rows_no_memory(err);

    for (int32_t j = 0; named && j < rows->frame.n_features; ++j) named[j] = (rml_named){rows->frame.feature[j], j};
    if (named) rml_named_sort(named, rows->frame.n_features);
    if (status == RML_OK) status = check_features(model, rows, named, err);
    if (status == RML_OK) status = check_patient_columns(model, rows, err);
    if (status == RML_OK && model->rois == RML_ROIS_LARGEST) status = keep_largest(rows, named, err);
    if (status == RML_OK) status = take_matrix(model, rows, named, err);
    if (status == RML_OK && model->rois == RML_ROIS_MEAN) status = take_means(rows, err);
    if (status == RML_OK) status = take_others(model, rows, err);
    if (status == RML_OK) status = take_keys(rows, err);
    free(named);
    return status;
}
