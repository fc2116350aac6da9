/* Reading model.json: which form it has, and the whole one. */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/file.h"
#include "jobs/model_json.h"
#include "jobs/model_json_parse.h"
#include "jobs/model_json_words.h"

#define MODEL_LIMIT ((size_t)1 << 30) /* bytes */

static void read_outcome(rml_parsing *r, const cJSON *root)
{
    rml_model *m = r->model;
    const cJSON *outcome = rml_parse_member(r, root, "outcome", "");

    if (!outcome) return;
    m->outcome = (rml_outcome_kind)rml_parse_word_at(r, outcome, "kind", rml_model_outcomes, 4);
    m->outcome_column = rml_parse_needed_text(r, outcome, "column", "outcome");
    if (m->outcome == RML_OUTCOME_TIME) m->event_column = rml_parse_needed_text(r, outcome, "event", "outcome");
    if (cJSON_GetObjectItemCaseSensitive(outcome, "landmark"))
        m->landmark = rml_parse_needed_text(r, outcome, "landmark", "outcome");
    if (m->outcome == RML_OUTCOME_CLASS) m->positive = rml_parse_needed_text(r, outcome, "positive", "outcome");
    if (m->outcome == RML_OUTCOME_CLASSES) {
        const rml_dataset_texts classes =
            rml_parse_texts(r, rml_parse_member(r, outcome, "classes", "outcome"), "classes");

        m->class_name = classes.text;
        m->n_classes = classes.n;
        if (classes.n < 2) rml_parse_wrong(r, RML_EFORMAT, "classes: at least two were expected");
    }
}

static void read_estimate(rml_parsing *r, const cJSON *root)
{
    const cJSON *estimate = cJSON_GetObjectItemCaseSensitive(root, "estimate");

    if (!estimate) return;
    r->model->estimate = (rml_model_estimate){.metric = rml_parse_needed_text(r, estimate, "metric", "estimate"),
                                              .mean = rml_parse_number_at(r, estimate, "mean", "estimate"),
                                              .low = rml_parse_number_at(r, estimate, "low", "estimate"),
                                              .high = rml_parse_number_at(r, estimate, "high", "estimate"),
                                              .n_splits = rml_parse_count_at(r, estimate, "splits", "estimate")};
}

/* Which rows the study took, and which it put side by side: not in older files. */
static void read_rows_taken(rml_parsing *r, const cJSON *root)
{
    rml_model *m = r->model;
    const cJSON *rows = cJSON_GetObjectItemCaseSensitive(root, "rows"), *item;
    const cJSON *pivot = cJSON_GetObjectItemCaseSensitive(root, "pivot");
    const cJSON *delta = cJSON_GetObjectItemCaseSensitive(pivot, "delta");

    if (rows && !cJSON_IsObject(rows)) rml_parse_wrong(r, RML_EFORMAT, "rows: values by column were expected");
    if (pivot && !cJSON_IsObject(pivot)) rml_parse_wrong(r, RML_EFORMAT, "pivot: an object with \"by\" was expected");
    if (r->status == RML_OK) m->condition = rml_parse_take(r, cJSON_GetArraySize(rows), sizeof *m->condition);
    cJSON_ArrayForEach(item, rows)
    {
        const char *column = r->status == RML_OK ? rml_model_text(m, item->string) : NULL;

        if (r->status != RML_OK) return;
        if (!column) rml_parse_no_memory(r);
        m->condition[m->n_conditions++] = (rml_condition){column, rml_parse_text(r, item, item->string)};
    }
    if (pivot && r->status == RML_OK) {
        const rml_dataset_texts by = rml_parse_texts(r, rml_parse_member(r, pivot, "by", "pivot"), "by");

        m->pivot = (rml_pivot){.n_by = by.n, .by = by.text};
        if (by.n == 0) rml_parse_wrong(r, RML_EFORMAT, "pivot: by: at least one column was expected");
    }
    if (!delta || r->status != RML_OK) return;
    m->pivot.from = rml_parse_needed_text(r, delta, "from", "delta");
    m->pivot.to = rml_parse_needed_text(r, delta, "to", "delta");
    m->pivot.relative = rml_parse_truth_at(r, delta, "relative");
}

/* Hashes of the training rows: not in older files. */
static void read_trained(rml_parsing *r, const cJSON *root)
{
    rml_model *m = r->model;
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(root, "training_rows_xxh3"), *item;

    if (!list) return;
    m->trained = rml_parse_take(r, cJSON_GetArraySize(list), sizeof *m->trained);
    if (r->status == RML_OK && !cJSON_IsArray(list))
        rml_parse_wrong(r, RML_EFORMAT, "training_rows_xxh3: a list was expected");
    cJSON_ArrayForEach(item, list)
    {
        enum { DIGITS = 16 };
        const char *text = cJSON_IsString(item) ? item->valuestring : "";
        uint64_t hash;

        if (r->status != RML_OK) return;
        hash = strtoull(text, NULL, 16);
        if (strlen(text) != DIGITS || strspn(text, "0123456789abcdef") != DIGITS ||
            (m->n_trained > 0 && hash <= m->trained[m->n_trained - 1]))
            rml_parse_wrong(r, RML_EFORMAT,
                            "training_rows_xxh3: \"%s\": %d hexadecimal digits were expected, in ascending order", text,
                            DIGITS);
        m->trained[m->n_trained++] = hash;
    }
}

static rml_dataset_texts read_levels(rml_parsing *r, const cJSON *object)
{
    const cJSON *levels = cJSON_GetObjectItemCaseSensitive(object, "levels");
    rml_dataset_texts texts = {0};

    if (levels) texts = rml_parse_texts(r, levels, "levels");
    if (levels && texts.n != 2) rml_parse_wrong(r, RML_EFORMAT, "%s: levels: two texts were expected", object->string);
    return texts;
}

static void read_features(rml_parsing *r, const cJSON *root)
{
    rml_model *m = r->model;
    const cJSON *features = rml_parse_member(r, root, "features", ""), *item;

    if (features && !cJSON_IsObject(features))
        rml_parse_wrong(r, RML_EFORMAT, "features: an object by name was expected");
    if (r->status != RML_OK) return;
    m->feature = rml_parse_take(r, cJSON_GetArraySize(features), sizeof *m->feature);
    cJSON_ArrayForEach(item, features)
    {
        rml_model_feature *f;
        const cJSON *column = cJSON_GetObjectItemCaseSensitive(item, "column");
        double range[2] = {NAN, NAN};

        if (r->status != RML_OK) return;
        f = &m->feature[m->n_features++];
        f->name = rml_model_text(m, item->string);
        if (!f->name) rml_parse_no_memory(r);
        if (column) f->column = rml_parse_text(r, column, "column");
        f->text = read_levels(r, item);
        rml_parse_row(r, rml_parse_member(r, item, "training_range", item->string), 2, "training_range", range);
        f->low = range[0];
        f->high = range[1];
        f->mean = rml_parse_number_at(r, item, "training_mean", item->string);
    }
}

static void read_columns(rml_parsing *r, const cJSON *root)
{
    rml_model *m = r->model;
    const cJSON *factors = rml_parse_member(r, root, "factors", ""),
                *covariates = rml_parse_member(r, root, "covariates", ""), *item;

    if (r->status != RML_OK) return;
    m->factor = rml_parse_take(r, cJSON_GetArraySize(factors), sizeof *m->factor);
    m->covariate = rml_parse_take(r, cJSON_GetArraySize(covariates), sizeof *m->covariate);
    if (cJSON_GetArraySize(covariates) > RML_STUDY_COLUMNS)
        rml_parse_wrong(r, RML_EFORMAT, "covariates: at most %d were expected", RML_STUDY_COLUMNS);
    if (!cJSON_IsObject(factors) || !cJSON_IsObject(covariates))
        rml_parse_wrong(r, RML_EFORMAT, "factors and covariates: columns by name were expected");
    cJSON_ArrayForEach(item, factors)
    {
        rml_dataset_texts levels;

        if (r->status != RML_OK) return;
        levels = rml_parse_texts(r, item, item->string);
        m->factor[m->n_factors++] = (rml_model_factor){rml_model_text(m, item->string), levels.n, levels.text};
    }
    cJSON_ArrayForEach(item, covariates)
    {
        if (r->status != RML_OK) return;
        m->covariate[m->n_covariates++] = (rml_model_covariate){rml_model_text(m, item->string), read_levels(r, item)};
    }
}

static void read_parameters(rml_parsing *r, const cJSON *root)
{
    const rml_dataset_texts lines = rml_parse_texts(r, rml_parse_member(r, root, "parameters", ""), "parameters");
    size_t n = 1;
    char *all, *end;

    for (int32_t l = 0; r->status == RML_OK && l < lines.n; ++l) n += strlen(lines.text[l]) + 1;
    end = all = rml_parse_take(r, (int64_t)n, 1);
    for (int32_t l = 0; r->status == RML_OK && l < lines.n; ++l) end += sprintf(end, "%s\n", lines.text[l]);
    r->model->parameters = all;
}

static const rml_kind *kind_at(rml_parsing *r, const cJSON *object, rml_role role)
{
    const char *name = rml_parse_needed_text(r, object, "kind", role == RML_ROLE_MODEL ? "model" : "steps");
    const rml_kind *kind = name ? rml_kind_find(name, role) : NULL;

    if (!kind)
        rml_parse_wrong(r, RML_EUNSUPPORTED, "the %s \"%s\" is not known to this radmill",
                        role == RML_ROLE_MODEL ? "model" : "step", name ? name : "");
    return kind;
}

/* What a model gives a value for each class must do so for the outcome's: it writes as many decisions. */
static void check_classes(rml_parsing *r)
{
    const rml_model *m = r->model;
    const int32_t k = m->outcome == RML_OUTCOME_CLASS ? 2 : m->outcome == RML_OUTCOME_CLASSES ? m->n_classes : 0;
    const double classes = rml_fitted_number(&m->fitted, "classes");
    const rml_array *prior = rml_fitted_array(&m->fitted, "log_prior");
    const rml_array *centre = rml_fitted_array(&m->fitted, "centre");
    const rml_array *several = rml_fitted_array(&m->fitted, "coefficients");
    const rml_array *level = rml_fitted_array(&m->fitted, "intercept");
    const rml_array *start = rml_fitted_array(&m->fitted, "start"), *leaf = rml_fitted_array(&m->fitted, "values");
    const int32_t n_leaf = m->kind == rml_kind_find("forest", RML_ROLE_MODEL) && k > 0 ? k : 1;

    if (m->outcome == RML_OUTCOME_CLASSES && k < 3)
        rml_parse_wrong(r, RML_EFORMAT, "classes: three or more were expected, %d are there", k);
    if ((!isnan(classes) && classes != k) || (prior && prior->n_columns != k) || (centre && centre->n_rows != k) ||
        (several && several->n_rows != k) || (level && level->n_columns != rml_model_n_scores(m)) ||
        (start && start->n_columns != rml_model_n_scores(m)) || (leaf && leaf->n_columns != n_leaf))
        rml_parse_wrong(r, RML_EFORMAT, "%s: it was fitted to another number of classes than the outcome has",
                        m->kind->name);
    if (m->n_features == 0 && strcmp(m->fitted.kind, "constant") != 0)
        rml_parse_wrong(r, RML_EFORMAT, "features: at least one was expected");
}

/* Asked of a row of zeros, a model whose arrays are not what its kind stores says so before any patient is scored. */
static void check_decides(rml_parsing *r)
{
    const rml_model *m = r->model;
    double *x = calloc((size_t)m->fitted.n_in + 1, sizeof *x);
    double *said = calloc((size_t)rml_model_n_scores(m) + 1, sizeof *said);
    const rml_status status =
        x && said ? rml_model_decide(m->kind, &m->fitted, m->param, &(rml_columns){1, 1, m->fitted.n_in, x}, said)
                  : RML_ENOMEM;

    if (status == RML_ENOMEM)
        rml_parse_no_memory(r);
    else if (status != RML_OK)
        rml_parse_wrong(r, RML_EFORMAT,
                        "%s: the arrays of the model do not fit together, or hold what no fit leaves behind",
                        m->kind->name);
    free(x);
    free(said);
}

static void read_steps(rml_parsing *r, const cJSON *root)
{
    rml_model *m = r->model;
    const cJSON *steps = rml_parse_member(r, root, "steps", ""), *model = rml_parse_member(r, root, "model", ""), *item;
    int32_t s = 0;

    if (steps && !cJSON_IsArray(steps)) rml_parse_wrong(r, RML_EFORMAT, "steps: a list was expected");
    if (r->status != RML_OK) return;
    m->chain.step = rml_parse_take(r, cJSON_GetArraySize(steps), sizeof *m->chain.step);
    m->step = rml_parse_take(r, cJSON_GetArraySize(steps), sizeof *m->step);
    if (r->status == RML_OK) m->chain.n = cJSON_GetArraySize(steps);
    cJSON_ArrayForEach(item, steps)
    {
        rml_step *step;

        if (r->status != RML_OK) return;
        step = &m->chain.step[s];
        step->kind = kind_at(r, item, RML_ROLE_SELECT);
        if (!step->kind) return;
        rml_parse_settings(r, item, step->kind, step->param);
        if (r->status == RML_OK) rml_parse_fitted(r, item, step->kind->name, s, &m->step[s]);
        if (r->status == RML_OK && !step->kind->apply && !m->step[s].kept)
            rml_parse_wrong(r, RML_EFORMAT, "%s: \"keeps\" is missing", step->kind->name);
        ++s;
    }
    if (r->status != RML_OK) return;
    m->kind = kind_at(r, model, RML_ROLE_MODEL);
    if (!m->kind) return;
    rml_parse_settings(r, model, m->kind, m->param);
    if (r->status == RML_OK)
        rml_parse_fitted(r, model, rml_parse_truth_at(r, model, "constant") ? "constant" : m->kind->name, m->chain.n,
                         &m->fitted);
    if (r->status == RML_OK) check_classes(r);
    if (r->status == RML_OK) check_decides(r);
    m->fitted.n_out = rml_model_n_scores(m);
}

static void read_whole(rml_parsing *r, const cJSON *root)
{
    rml_model *m = r->model;
    const cJSON *trained = rml_parse_member(r, root, "trained_on", ""),
                *probability = rml_parse_member(r, root, "probability", "");
    const cJSON *cuts = cJSON_GetObjectItemCaseSensitive(root, "cuts"); /* of times, and not in older files */
    const double version = rml_parse_number_at(r, root, "format_version", "");

    if (r->status == RML_OK && version != RML_MODEL_FORMAT_VERSION)
        rml_parse_wrong(r, RML_EUNSUPPORTED, "format_version %g is not known to this radmill (%d is)", version,
                        RML_MODEL_FORMAT_VERSION);
    m->version = rml_parse_text_at(r, root, "radmill", "");
    m->commit = rml_parse_text_at(r, root, "commit", "");
    m->name = rml_parse_needed_text(r, root, "pipeline", "");
    read_outcome(r, root);
    read_estimate(r, root);
    m->n_patients = rml_parse_count_at(r, trained, "patients", "trained_on");
    m->n_rows = rml_parse_count_at(r, trained, "rows", "trained_on");
    if (m->outcome == RML_OUTCOME_CLASS) m->n_positive = rml_parse_count_at(r, trained, "positive", "trained_on");
    m->patient = rml_parse_text_at(r, root, "patient", "");
    m->rois = (rml_rois)rml_parse_word_at(r, root, "rows_a_patient", rml_model_rois, 4);
    if (r->status == RML_OK) read_rows_taken(r, root);
    if (r->status == RML_OK) read_trained(r, root);
    m->study_checksum = rml_parse_text_at(r, root, "study_xxh3", "");
    m->data_checksum = rml_parse_text_at(r, root, "data_xxh3", "");
    if (r->status == RML_OK) read_parameters(r, root);
    if (r->status == RML_OK) read_features(r, root);
    if (r->status == RML_OK) read_columns(r, root);
    if (r->status == RML_OK) read_steps(r, root);
    m->threshold = rml_parse_number_at(r, root, "threshold", "");
    m->middle = cuts ? rml_parse_number_at(r, cuts, "median", "cuts") : NAN;
    m->cut = cuts ? rml_parse_number_at(r, cuts, "learned", "cuts") : NAN;
    m->slope = rml_parse_number_at(r, probability, "slope", "probability");
    m->intercept = rml_parse_number_at(r, probability, "intercept", "probability");
}

/* Whether the text ends within a string or before all brackets are closed. */
static bool is_cut(const char *text)
{
    int32_t depth = 0;
    bool quoted = false;

    for (const char *c = text; *c; ++c) {
        if (quoted && *c == '\\' && c[1])
            ++c;
        else if (*c == '"')
            quoted = !quoted;
        else if (!quoted)
            depth += (*c == '{' || *c == '[') - (*c == '}' || *c == ']');
    }
    return quoted || depth > 0;
}

/* Where a parse went wrong, for a person. */
static void name_place(rml_parsing *r, const char *text, size_t n_bytes, const char *end)
{
    int32_t line = 1;
    char near[24] = "";

    for (const char *c = text; end && c < end; ++c) line += *c == '\n';
    for (int32_t i = 0; end && i < 20 && end[i] && end[i] != '\n' && end[i] != '\r'; ++i) near[i] = end[i];
    if (strlen(text) != n_bytes)
        rml_parse_wrong(r, RML_EFORMAT, "no JSON: it holds a zero byte");
    else if (!end || !*end || (strlen(end) < sizeof "false" && is_cut(text))) /* "fals" is no other word */
        rml_parse_wrong(r, RML_EFORMAT, "no JSON: it ends in its middle, on line %d", line);
    else
        rml_parse_wrong(r, RML_EFORMAT, "no JSON: line %d goes on with «%s»", line, near);
}

rml_status rml_model_read(const char *path, rml_model *model, rml_error *err)
{
    rml_model read = {0};
    rml_parsing r = {.path = path, .model = &read, .err = err};
    char *text = NULL;
    size_t n_bytes = 0;
    const char *end = NULL;
    cJSON *root = NULL;
    const cJSON *format, *type;

    r.status = rml_file_read(path, MODEL_LIMIT, &text, &n_bytes, err);
    if (r.status == RML_OK) root = cJSON_ParseWithLengthOpts(text, n_bytes + 1, &end, true);
    if (r.status == RML_OK && !root) name_place(&r, text, n_bytes, end);
    format = cJSON_GetObjectItemCaseSensitive(root, "format");
    type = cJSON_GetObjectItemCaseSensitive(root, "type");
    if (cJSON_IsString(format) && strcmp(format->valuestring, RML_MODEL_FORMAT) == 0)
        read_whole(&r, root);
    else if (!format && cJSON_IsString(type) && strcmp(type->valuestring, "logistic") == 0)
        rml_parse_plain(&r, root);
    else
        rml_parse_wrong(&r, RML_EUNSUPPORTED,
                        "neither \"format\": \"" RML_MODEL_FORMAT "\" nor \"type\": \"logistic\" stands there");
    if (r.status == RML_OK) {
        *model = read;
        read = (rml_model){0};
    }
    rml_model_free(&read);
    cJSON_Delete(root);
    free(text);
    return r.status;
}
