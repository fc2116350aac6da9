/* Writing model.json.
 *
 * 1. Values
 * 2. Settings and arrays
 * 3. The whole
 * 4. Laid out for people */
#include "jobs/model_json.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/file.h"
#include "io/table.h"
#include "jobs/model_json_words.h"

/* 1. Values -------------------------------------------------------------------------------------------------------- */

typedef struct rml_writing {
    const rml_model *model;
    bool failed; /* without memory */
} rml_writing;

/* Hangs item under parent (a list when name is NULL), and gives it back. */
static cJSON *put(rml_writing *w, cJSON *parent, const char *name, cJSON *item)
{
    const bool done =
        item && parent && (name ? cJSON_AddItemToObject(parent, name, item) : cJSON_AddItemToArray(parent, item));

    if (done) return item;
    cJSON_Delete(item);
    w->failed = true;
    return NULL;
}

static cJSON *put_object(rml_writing *w, cJSON *parent, const char *name)
{
    return put(w, parent, name, cJSON_CreateObject());
}

static cJSON *put_list(rml_writing *w, cJSON *parent, const char *name)
{
    return put(w, parent, name, cJSON_CreateArray());
}

static void put_text(rml_writing *w, cJSON *parent, const char *name, const char *text)
{
    put(w, parent, name, text ? cJSON_CreateString(text) : cJSON_CreateNull());
}

/* cJSON's own numbers are cut where they look equal to their neighbours. */
static void put_number(rml_writing *w, cJSON *parent, const char *name, double value)
{
    char text[32];

    rml_number_text(value, text);
    put(w, parent, name,
        isnan(value)   ? cJSON_CreateNull()
        : isinf(value) ? cJSON_CreateString(value > 0 ? "Inf" : "-Inf")
                       : cJSON_CreateRaw(text));
}

static void put_texts(rml_writing *w, cJSON *parent, const char *name, const char *const *text, int32_t n)
{
    cJSON *list = put_list(w, parent, name);

    for (int32_t i = 0; i < n; ++i) put_text(w, list, NULL, text[i]);
}

/* 2. Settings and arrays ------------------------------------------------------------------------------------------- */

/* given: [kind->n_params] */
static void put_setting(rml_writing *w, cJSON *settings, const rml_kind *kind, const double *given, int32_t p)
{
    const rml_model *m = w->model;
    const rml_param *param = &kind->param[p];
    const double value = given[p];
    cJSON *list;

    switch (param->type) {
    case RML_PARAM_WORD: put_text(w, settings, param->name, param->words[(int32_t)value]); return;
    case RML_PARAM_FACTOR:
        put_text(w, settings, param->name, value < 0 ? NULL : m->factor[(int32_t)value].column);
        return;
    case RML_PARAM_LEVEL:
        put_text(w, settings, param->name,
                 value < 0 ? NULL : m->factor[(int32_t)given[rml_kind_factor(kind)]].level[(int32_t)value]);
        return;
    case RML_PARAM_TABLE: put_text(w, settings, param->name, value < 0 ? NULL : m->told[(int32_t)value]); return;
    case RML_PARAM_READERS: put(w, settings, param->name, cJSON_CreateBool(value > 0)); return;
    case RML_PARAM_COVARIATES:
        list = put_list(w, settings, param->name);
        for (int32_t c = 0; c < m->n_covariates; ++c)
            if ((uint64_t)value >> c & 1) put_text(w, list, NULL, m->covariate[c].column);
        return;
    default: put_number(w, settings, param->name, value);
    }
}

static void put_settings(rml_writing *w, cJSON *parent, const rml_kind *kind, const double *param)
{
    cJSON *settings = put_object(w, parent, "settings");

    for (int32_t p = 0; p < kind->n_params; ++p) put_setting(w, settings, kind, param, p);
}

static cJSON *put_row(rml_writing *w, cJSON *parent, const char *name, const double *value, int32_t n)
{
    cJSON *row = put_list(w, parent, name);

    for (int32_t j = 0; j < n; ++j) put_number(w, row, NULL, value[j]);
    return row;
}

/* One value: a number. One row: a list, by feature an object. Several rows: a list of lists, by feature with the
 * features' names beside it. in, out: names of the columns that come in and go out. */
static void put_array(rml_writing *w, cJSON *parent, const rml_array *array, const rml_fitted *fitted,
                      const char *const *in, const char *const *out)
{
    const char *const *names = !array->by_column                          ? NULL
                               : array->n_columns == fitted->n_in         ? in
                               : out && array->n_columns == fitted->n_out ? out
                                                                          : NULL;
    cJSON *into = parent, *list;

    if (!names && array->n_rows == 1 && array->n_columns == 1) {
        put_number(w, parent, array->name, array->value[0]);
        return;
    }
    if (!names && array->n_rows == 1) {
        put_row(w, parent, array->name, array->value, array->n_columns);
        return;
    }
    if (names) into = put_object(w, parent, array->name);
    if (names && array->n_rows == 1) {
        for (int32_t j = 0; j < array->n_columns; ++j) put_number(w, into, names[j], array->value[j]);
        return;
    }
    if (names) put_texts(w, into, "columns", names, array->n_columns);
    list = put_list(w, into, names ? "rows" : array->name);
    for (int32_t r = 0; r < array->n_rows; ++r)
        put_row(w, list, NULL, array->value + (int64_t)r * array->n_columns, array->n_columns);
}

static void put_fitted(rml_writing *w, cJSON *parent, const rml_fitted *fitted, int32_t s)
{
    int32_t n;
    const bool step = s < w->model->chain.n;
    char *made = NULL, *made_out = NULL;
    const char **in = rml_model_names(w->model, s, &n, &made);
    const char **out = step ? rml_model_names(w->model, s + 1, &n, &made_out) : NULL;
    cJSON *arrays;

    w->failed |= !in || (step && !out);
    if (step && out) put_texts(w, parent, fitted->kept ? "keeps" : "makes", out, fitted->n_out);
    if (fitted->holds_rows) put(w, parent, "holds_rows_of_patients", cJSON_CreateTrue());
    arrays = put_object(w, parent, "fitted");
    for (int32_t a = 0; !w->failed && a < fitted->n_arrays; ++a)
        put_array(w, arrays, &fitted->array[a], fitted, in, out);
    free(in);
    free(out);
    free(made);
    free(made_out);
}

/* 3. The whole ----------------------------------------------------------------------------------------------------- */

static void put_levels(rml_writing *w, cJSON *parent, const rml_dataset_texts *text)
{
    if (text->n > 0) put_texts(w, parent, "levels", text->text, text->n);
}

static void put_outcome(rml_writing *w, cJSON *root)
{
    const rml_model *m = w->model;
    cJSON *outcome = put_object(w, root, "outcome");

    put_text(w, outcome, "kind", rml_model_outcomes[m->outcome]);
    put_text(w, outcome, "column", m->outcome_column);
    if (m->outcome == RML_OUTCOME_TIME) put_text(w, outcome, "event", m->event_column);
    if (m->landmark) put_text(w, outcome, "landmark", m->landmark);
    if (m->outcome == RML_OUTCOME_CLASS) put_text(w, outcome, "positive", m->positive);
    if (m->outcome == RML_OUTCOME_CLASSES) put_texts(w, outcome, "classes", m->class_name, m->n_classes);
}

static void put_estimate(rml_writing *w, cJSON *root)
{
    const rml_model_estimate *e = &w->model->estimate;
    cJSON *estimate;

    if (!e->metric) return;
    estimate = put_object(w, root, "estimate");
    put_text(w, estimate, "metric", e->metric);
    put_number(w, estimate, "mean", e->mean);
    put_number(w, estimate, "low", e->low);
    put_number(w, estimate, "high", e->high);
    put_number(w, estimate, "splits", e->n_splits);
    put_text(
        w, estimate, "note",
        "cross-validated estimate of the whole procedure, the choice among pipelines and settings included; mean "
        "over held-out parts with a corrected, approximate 95 % interval. It is not the score of this model on the "
        "patients that it was fitted to");
}

static void put_features(rml_writing *w, cJSON *root)
{
    const rml_model *m = w->model;
    cJSON *features = put_object(w, root, "features");

    for (int32_t j = 0; j < m->n_features; ++j) {
        const rml_model_feature *f = &m->feature[j];
        cJSON *feature = put_object(w, features, f->name);

        if (f->column) put_text(w, feature, "column", f->column);
        put_levels(w, feature, &f->text);
        put_row(w, feature, "training_range", (const double[]){f->low, f->high}, 2);
        put_number(w, feature, "training_mean", f->mean);
    }
}

static void put_columns(rml_writing *w, cJSON *root)
{
    const rml_model *m = w->model;
    cJSON *factors = put_object(w, root, "factors"), *covariates = put_object(w, root, "covariates");

    for (int32_t f = 0; f < m->n_factors; ++f)
        put_texts(w, factors, m->factor[f].column, m->factor[f].level, m->factor[f].n_levels);
    for (int32_t c = 0; c < m->n_covariates; ++c)
        put_levels(w, put_object(w, covariates, m->covariate[c].column), &m->covariate[c].text);
}

/* The extraction's settings, a line an item. */
static void put_parameters(rml_writing *w, cJSON *root)
{
    cJSON *list = put_list(w, root, "parameters");
    const char *line = w->model->parameters;

    while (*line) {
        const size_t length = strcspn(line, "\n");
        char *copy = strndup(line, length);

        w->failed |= !copy;
        if (copy) put_text(w, list, NULL, copy);
        free(copy);
        line += length + (line[length] == '\n');
    }
}

/* As the study says them. */
static void put_rows(rml_writing *w, cJSON *root)
{
    const rml_model *m = w->model;
    cJSON *item = put_object(w, root, "rows");

    for (int32_t c = 0; c < m->n_conditions; ++c) put_text(w, item, m->condition[c].column, m->condition[c].value);
    if (m->pivot.n_by == 0) return;
    item = put_object(w, root, "pivot");
    put_texts(w, item, "by", m->pivot.by, m->pivot.n_by);
    if (!m->pivot.from) return;
    item = put_object(w, item, "delta");
    put_text(w, item, "from", m->pivot.from);
    put_text(w, item, "to", m->pivot.to);
    put(w, item, "relative", cJSON_CreateBool(m->pivot.relative));
}

/* Last, being for programs alone. */
static void put_trained(rml_writing *w, cJSON *root)
{
    const rml_model *m = w->model;
    cJSON *list;

    if (!m->trained) return;
    list = put_list(w, root, "training_rows_xxh3");
    for (int32_t i = 0; i < m->n_trained; ++i) {
        char text[24];

        snprintf(text, sizeof text, "%016" PRIx64, m->trained[i]);
        put_text(w, list, NULL, text);
    }
}

static cJSON *make_tree(rml_writing *w)
{
    const rml_model *m = w->model;
    cJSON *root = cJSON_CreateObject(), *item;

    w->failed = !root;
    put_text(w, root, "format", RML_MODEL_FORMAT);
    put_number(w, root, "format_version", RML_MODEL_FORMAT_VERSION);
    put_text(w, root, "radmill", m->version);
    put_text(w, root, "commit", m->commit);
    put_text(w, root, "pipeline", m->name);
    put(w, root, "contains_patient_data", cJSON_CreateBool(rml_model_holds_rows(m)));
    put_outcome(w, root);
    put_estimate(w, root);
    item = put_object(w, root, "trained_on");
    put_number(w, item, "patients", m->n_patients);
    put_number(w, item, "rows", m->n_rows);
    if (m->outcome == RML_OUTCOME_CLASS) put_number(w, item, "positive", m->n_positive);
    put_text(w, root, "patient", m->patient);
    put_text(w, root, "rows_a_patient", rml_model_rois[m->rois]);
    put_rows(w, root);
    put_text(w, root, "study_xxh3", m->study_checksum);
    put_text(w, root, "data_xxh3", m->data_checksum);
    put_parameters(w, root);
    put_features(w, root);
    put_columns(w, root);
    item = put_list(w, root, "steps");
    for (int32_t s = 0; s < m->chain.n; ++s) {
        cJSON *step = put_object(w, item, NULL);

        put_text(w, step, "kind", m->chain.step[s].kind->name);
        put_settings(w, step, m->chain.step[s].kind, m->chain.step[s].param);
        put_fitted(w, step, &m->step[s], s);
    }
    item = put_object(w, root, "model");
    put_text(w, item, "kind", m->kind->name);
    if (strcmp(m->fitted.kind, "constant") == 0) put(w, item, "constant", cJSON_CreateTrue());
    put_settings(w, item, m->kind, m->param);
    put_fitted(w, item, &m->fitted, m->chain.n);
    put_number(w, root, "threshold", m->threshold);
    if (m->outcome == RML_OUTCOME_TIME) {
        item = put_object(w, root, "cuts");
        put_number(w, item, "median", m->middle);
        put_number(w, item, "learned", m->cut);
    }
    item = put_object(w, root, "probability");
    put_number(w, item, "slope", m->slope);
    put_number(w, item, "intercept", m->intercept);
    put_trained(w, root);
    return root;
}

/* 4. Laid out for people ------------------------------------------------------------------------------------------- */

static bool nested(const cJSON *item)
{
    return (cJSON_IsArray(item) || cJSON_IsObject(item)) && item->child;
}

/* Lists of values stay on one line unless they are long texts, and so do objects of one or two of those. */
static bool on_one_line(const cJSON *item)
{
    enum { LONG_TEXTS = 100 };
    const cJSON *child;
    size_t n_text = 0;

    if (cJSON_IsObject(item) && cJSON_GetArraySize(item) > 2) return false;
    cJSON_ArrayForEach(child, item)
    {
        const cJSON *grandchild;

        n_text += cJSON_IsString(child) ? strlen(child->valuestring) : 0;
        if (cJSON_IsArray(item) && nested(child)) return false;
        cJSON_ArrayForEach(grandchild, child) if (nested(grandchild) || cJSON_IsObject(child)) return false;
    }
    return n_text <= LONG_TEXTS;
}

static void print_item(rml_writing *w, const cJSON *item, int32_t depth, FILE *out)
{
    const bool list = cJSON_IsArray(item), line = on_one_line(item);
    const cJSON *child;

    if (!list && !cJSON_IsObject(item)) {
        char *text = cJSON_PrintUnformatted(item);

        w->failed |= !text;
        fputs(text ? text : "", out);
        cJSON_free(text);
        return;
    }
    fputc(list ? '[' : '{', out);
    cJSON_ArrayForEach(child, item)
    {
        if (line)
            fputs(child == item->child ? "" : ", ", out);
        else
            fprintf(out, "%s\n%*s", child == item->child ? "" : ",", 2 * (depth + 1), "");
        if (!list) {
            cJSON *name = cJSON_CreateString(child->string);

            w->failed |= !name;
            if (name) print_item(w, name, depth, out);
            fputs(": ", out);
            cJSON_Delete(name);
        }
        print_item(w, child, depth + 1, out);
    }
    if (!line) fprintf(out, "\n%*s", 2 * depth, "");
    fputc(list ? ']' : '}', out);
}

rml_status rml_model_write(const rml_model *model, const char *path, rml_error *err)
{
    rml_writing w = {.model = model};
    cJSON *root = make_tree(&w);
    rml_file_writer file;
    rml_status status = w.failed ? RML_ENOMEM : rml_file_create(path, &file, err);

    if (status == RML_OK) {
        print_item(&w, root, 0, file.stream);
        fputc('\n', file.stream);
        if (w.failed)
            rml_file_abandon(&file);
        else
            status = rml_file_commit(&file, err);
    }
    if (w.failed) status = rml_fail(err, RML_ENOMEM, "%s: no memory", path);
    cJSON_Delete(root);
    return status;
}
