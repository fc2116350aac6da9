/* Reading model.json.
 *
 * 1. Members
 * 2. Settings and arrays
 * 3. The whole form
 * 4. The plain form */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "io/file.h"
#include "jobs/model_json.h"
#include "jobs/model_json_words.h"

#define MODEL_LIMIT ((size_t)1 << 30) /* bytes */

/* 1. Members ------------------------------------------------------------------------------------------------------- */

typedef struct rml_parsing {
    const char *path;
    rml_model *model;
    rml_error *err;
    rml_status status; /* the first that was not RML_OK; what follows does nothing */
} rml_parsing;

static void wrong(rml_parsing *r, rml_status status, const char *format, ...) RML_PRINTF(3, 4);
static void wrong(rml_parsing *r, rml_status status, const char *format, ...)
{
    char sentence[512];
    va_list arguments;

    if (r->status != RML_OK) return;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    r->status = rml_fail(r->err, status, "%s: %s", r->path, sentence);
}

static void no_memory(rml_parsing *r)
{
    wrong(r, RML_ENOMEM, "no memory for the model");
}

static void *take(rml_parsing *r, int64_t n, size_t size)
{
    void *memory = rml_model_take(r->model, (size_t)n, size);

    if (!memory) no_memory(r);
    return memory;
}

static const cJSON *member(rml_parsing *r, const cJSON *object, const char *name, const char *where)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

    if (!item) wrong(r, RML_EFORMAT, "%s%s\"%s\" is missing", where, *where ? ": " : "", name);
    return item;
}

static double number_of(rml_parsing *r, const cJSON *item, const char *what)
{
    if (cJSON_IsNumber(item)) return item->valuedouble;
    if (cJSON_IsNull(item)) return NAN;
    if (cJSON_IsString(item) && strcmp(item->valuestring, "Inf") == 0) return INFINITY;
    if (cJSON_IsString(item) && strcmp(item->valuestring, "-Inf") == 0) return -INFINITY;
    wrong(r, RML_EFORMAT, "%s: a number was expected", what);
    return NAN;
}

static double number_at(rml_parsing *r, const cJSON *object, const char *name, const char *where)
{
    const cJSON *item = member(r, object, name, where);

    return item ? number_of(r, item, name) : NAN;
}

static int32_t count_at(rml_parsing *r, const cJSON *object, const char *name, const char *where)
{
    const double value = number_at(r, object, name, where);

    if (r->status == RML_OK && !(value >= 0 && value <= INT32_MAX && value == floor(value)))
        wrong(r, RML_EFORMAT, "%s: a count was expected", name);
    return r->status == RML_OK ? (int32_t)value : 0;
}

static const char *text_of(rml_parsing *r, const cJSON *item, const char *what)
{
    const char *copy = NULL;

    if (!cJSON_IsString(item))
        wrong(r, RML_EFORMAT, "%s: a text was expected", what);
    else if (!(copy = rml_model_text(r->model, item->valuestring)))
        no_memory(r);
    return copy;
}

/* null: NULL. */
static const char *text_at(rml_parsing *r, const cJSON *object, const char *name, const char *where)
{
    const cJSON *item = member(r, object, name, where);

    return item && !cJSON_IsNull(item) ? text_of(r, item, name) : NULL;
}

static const char *needed_text(rml_parsing *r, const cJSON *object, const char *name, const char *where)
{
    const char *text = text_at(r, object, name, where);

    if (!text) wrong(r, RML_EFORMAT, "%s: a text was expected", name);
    return text;
}

static bool truth_at(rml_parsing *r, const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

    if (item && !cJSON_IsBool(item)) wrong(r, RML_EFORMAT, "%s: true or false was expected", name);
    return cJSON_IsTrue(item);
}

static rml_dataset_texts texts_of(rml_parsing *r, const cJSON *list, const char *what)
{
    rml_dataset_texts texts = {0};
    const cJSON *item;

    if (!cJSON_IsArray(list)) wrong(r, RML_EFORMAT, "%s: a list of texts was expected", what);
    if (r->status != RML_OK) return texts;
    texts.text = take(r, cJSON_GetArraySize(list), sizeof *texts.text);
    cJSON_ArrayForEach(item, list)
    {
        if (r->status == RML_OK) texts.text[texts.n++] = text_of(r, item, what);
    }
    return texts;
}

static int32_t word_at(rml_parsing *r, const cJSON *object, const char *name, const char *const *words, int32_t n)
{
    const char *text = needed_text(r, object, name, "");

    for (int32_t w = 0; text && w < n; ++w)
        if (strcmp(words[w], text) == 0) return w;
    wrong(r, RML_EUNSUPPORTED, "%s: \"%s\" is not known to this radmill", name, text ? text : "");
    return 0;
}

/* 2. Settings and arrays ------------------------------------------------------------------------------------------- */

static double word_value(rml_parsing *r, const cJSON *item, const rml_kind *kind, const rml_param *param)
{
    for (int32_t w = 0; cJSON_IsString(item) && param->words[w]; ++w)
        if (strcmp(param->words[w], item->valuestring) == 0) return w;
    wrong(r, RML_EUNSUPPORTED, "%s: %s: \"%s\" is not known to this radmill", kind->name, param->name,
          cJSON_IsString(item) ? item->valuestring : "…");
    return 0;
}

static double factor_value(rml_parsing *r, const cJSON *item, const rml_kind *kind, const rml_param *param)
{
    if (cJSON_IsNull(item)) return -1;
    for (int32_t f = 0; cJSON_IsString(item) && f < r->model->n_factors; ++f)
        if (strcmp(r->model->factor[f].column, item->valuestring) == 0) return f;
    wrong(r, RML_EFORMAT, "%s: %s: one of the model's \"factors\" was expected", kind->name, param->name);
    return -1;
}

static double covariates_value(rml_parsing *r, const cJSON *list, const rml_kind *kind, const rml_param *param)
{
    const rml_model *m = r->model;
    const cJSON *item;
    uint64_t bits = 0;

    cJSON_ArrayForEach(item, list)
    {
        int32_t c = 0;

        while (c < m->n_covariates && !(cJSON_IsString(item) && strcmp(m->covariate[c].column, item->valuestring) == 0))
            ++c;
        if (c == m->n_covariates)
            wrong(r, RML_EFORMAT, "%s: %s: some of the model's \"covariates\" were expected", kind->name, param->name);
        else
            bits |= (uint64_t)1 << c;
    }
    return (double)bits;
}

/* given: the step's settings up to this one. */
static double level_value(rml_parsing *r, const cJSON *item, const rml_kind *kind, const rml_param *param,
                          const double *given)
{
    const int32_t f = (int32_t)given[rml_kind_factor(kind)];

    if (cJSON_IsNull(item)) return -1;
    for (int32_t l = 0; cJSON_IsString(item) && r->status == RML_OK && f >= 0 && l < r->model->factor[f].n_levels; ++l)
        if (strcmp(r->model->factor[f].level[l], item->valuestring) == 0) return l;
    wrong(r, RML_EFORMAT, "%s: %s: one of the levels of its column was expected", kind->name, param->name);
    return -1;
}

static double told_value(rml_parsing *r, const cJSON *item, const rml_param *param)
{
    const char *text = cJSON_IsNull(item) ? NULL : text_of(r, item, param->name);
    const int32_t place = text ? rml_model_told(r->model, text) : -1;

    if (text && place < 0) no_memory(r);
    return place;
}

static void read_settings(rml_parsing *r, const cJSON *object, const rml_kind *kind, double *value)
{
    const cJSON *settings = member(r, object, "settings", kind->name);

    for (int32_t p = 0; settings && p < kind->n_params && r->status == RML_OK; ++p) {
        const rml_param *param = &kind->param[p];
        const bool optional = param->type == RML_PARAM_TABLE || param->type == RML_PARAM_LEVEL; /* not in older files */
        const cJSON *item = optional ? cJSON_GetObjectItemCaseSensitive(settings, param->name)
                                     : member(r, settings, param->name, kind->name);

        value[p] = param->fallback;
        if (!item && !optional) return;
        if (!item) continue;
        switch (param->type) {
        case RML_PARAM_WORD: value[p] = word_value(r, item, kind, param); break;
        case RML_PARAM_FACTOR: value[p] = factor_value(r, item, kind, param); break;
        case RML_PARAM_LEVEL: value[p] = level_value(r, item, kind, param, value); break;
        case RML_PARAM_TABLE: value[p] = told_value(r, item, param); break;
        case RML_PARAM_READERS: value[p] = cJSON_IsTrue(item); break;
        case RML_PARAM_COVARIATES: value[p] = covariates_value(r, item, kind, param); break;
        default:
            value[p] = number_of(r, item, param->name);
            if (!(value[p] >= param->least && value[p] <= param->most))
                wrong(r, RML_EFORMAT, "%s: %s: a number from %g to %g was expected", kind->name, param->name,
                      param->least, param->most);
        }
    }
}

static void read_row(rml_parsing *r, const cJSON *list, int32_t n, const char *what, double *value)
{
    const cJSON *item;
    int32_t j = 0;

    if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) != n) {
        wrong(r, RML_EFORMAT, "%s: a list of %d numbers was expected", what, n);
        return;
    }
    cJSON_ArrayForEach(item, list) value[j++] = number_of(r, item, what);
}

static double *add_array(rml_parsing *r, rml_fitted *fitted, const cJSON *item, bool by_column, int32_t n_rows,
                         int32_t n_columns)
{
    double *value = NULL;

    if (r->status != RML_OK) return NULL;
    if (strlen(item->string) >= RML_FITTED_NAME || fitted->n_arrays == RML_FITTED_ARRAYS)
        wrong(r, RML_EFORMAT, "%s: more or longer names than a fitted %s has", item->string, fitted->kind);
    else if (!(value = rml_fitted_add(fitted, item->string, by_column, n_rows, n_columns, NULL)))
        no_memory(r);
    return value;
}

/* The places of named members: those that the object lists in this order are found at once. */
static void read_by_name(rml_parsing *r, const cJSON *object, const char *const *name, int32_t n, double *value)
{
    const cJSON *next = object->child;

    for (int32_t j = 0; value && j < n && r->status == RML_OK; ++j) {
        const cJSON *item =
            next && strcmp(next->string, name[j]) == 0 ? next : cJSON_GetObjectItemCaseSensitive(object, name[j]);

        next = next ? next->next : NULL;
        if (!item)
            wrong(r, RML_EFORMAT, "%s: a value of %s is missing", object->string, name[j]);
        else
            value[j] = number_of(r, item, name[j]);
    }
}

static bool same_names(const cJSON *list, const char *const *name, int32_t n)
{
    const cJSON *item;
    int32_t j = 0;

    if (!name || cJSON_GetArraySize(list) != n) return false;
    cJSON_ArrayForEach(item, list) if (!cJSON_IsString(item) || strcmp(item->valuestring, name[j++]) != 0) return false;
    return true;
}

typedef struct rml_sides { /* names of the columns that come in and go out */
    const char **in, **out;
    int32_t n_in, n_out;
} rml_sides;

static void read_rows(rml_parsing *r, const cJSON *item, const cJSON *rows, bool by_column, int32_t n,
                      rml_fitted *fitted)
{
    const cJSON *row;
    double *value = add_array(r, fitted, item, by_column, cJSON_GetArraySize(rows), n);
    int32_t i = 0;

    cJSON_ArrayForEach(row, rows)
    {
        if (r->status == RML_OK) read_row(r, row, n, item->string, value + (int64_t)i++ * n);
    }
}

static void read_array(rml_parsing *r, const cJSON *item, const rml_sides *sides, rml_fitted *fitted)
{
    const cJSON *columns = cJSON_GetObjectItemCaseSensitive(item, "columns");
    const cJSON *rows = cJSON_GetObjectItemCaseSensitive(item, "rows");

    if (cJSON_IsObject(item) && cJSON_IsArray(columns) && cJSON_IsArray(rows)) {
        const bool in = same_names(columns, sides->in, sides->n_in);

        if (!in && !same_names(columns, sides->out, sides->n_out))
            wrong(r, RML_EFORMAT, "%s: its columns are not those of the %s", item->string, fitted->kind);
        else
            read_rows(r, item, rows, true, in ? sides->n_in : sides->n_out, fitted);
    } else if (cJSON_IsObject(item)) {
        const bool in = cJSON_GetArraySize(item) == sides->n_in;

        if (!in && (!sides->out || cJSON_GetArraySize(item) != sides->n_out))
            wrong(r, RML_EFORMAT, "%s: a value for each column of the %s was expected", item->string, fitted->kind);
        else
            read_by_name(r, item, in ? sides->in : sides->out, in ? sides->n_in : sides->n_out,
                         add_array(r, fitted, item, true, 1, in ? sides->n_in : sides->n_out));
    } else if (cJSON_IsArray(item) && cJSON_IsArray(item->child)) {
        read_rows(r, item, item, false, cJSON_GetArraySize(item->child), fitted);
    } else if (cJSON_IsArray(item)) {
        const int32_t n = cJSON_GetArraySize(item);
        double *value = add_array(r, fitted, item, false, 1, n);

        if (value) read_row(r, item, n, item->string, value);
    } else {
        double *value = add_array(r, fitted, item, false, 1, 1);

        if (value) *value = number_of(r, item, item->string);
    }
}

static int32_t place_of(const char *name, const char *const *names, int32_t n)
{
    for (int32_t j = 0; j < n; ++j)
        if (strcmp(names[j], name) == 0) return j;
    return -1;
}

/* What a step keeps, as places among the columns that come in; those that stand in their order are found at once. */
static void read_kept(rml_parsing *r, const rml_dataset_texts *keeps, const rml_sides *sides, rml_fitted *fitted)
{
    int32_t next = 0;

    if (rml_fitted_keep(fitted, NULL) != RML_OK) {
        no_memory(r);
        return;
    }
    for (int32_t k = 0; k < keeps->n; ++k) {
        const bool here = next < sides->n_in && strcmp(sides->in[next], keeps->text[k]) == 0;
        const int32_t place = here ? next : place_of(keeps->text[k], sides->in, sides->n_in);

        if (place < 0) {
            wrong(r, RML_EFORMAT, "%s keeps %s, which is none of the columns that come to it", fitted->kind,
                  keeps->text[k]);
            return;
        }
        fitted->kept[k] = place;
        next = place + 1;
    }
}

static void read_fitted(rml_parsing *r, const cJSON *object, const char *kind, int32_t s, rml_fitted *fitted)
{
    const bool step = s < r->model->chain.n;
    const cJSON *arrays = member(r, object, "fitted", kind), *item;
    const cJSON *keeps = cJSON_GetObjectItemCaseSensitive(object, "keeps");
    const cJSON *makes = cJSON_GetObjectItemCaseSensitive(object, "makes");
    rml_sides sides = {0};
    rml_dataset_texts out = {0};
    char *made = NULL;

    if (step && (keeps != NULL) == (makes != NULL))
        wrong(r, RML_EFORMAT, "%s: either \"keeps\" or \"makes\" was expected", kind);
    if (step && r->status == RML_OK) out = texts_of(r, keeps ? keeps : makes, keeps ? "keeps" : "makes");
    if (r->status != RML_OK) return;
    sides.in = rml_model_names(r->model, s, &sides.n_in, &made);
    sides.out = step ? out.text : NULL;
    sides.n_out = step ? out.n : 1;
    if (!sides.in) {
        no_memory(r);
        return;
    }
    rml_fitted_init(fitted, kind, sides.n_in, sides.n_out);
    fitted->holds_rows = truth_at(r, object, "holds_rows_of_patients");
    if (keeps) read_kept(r, &out, &sides, fitted);
    cJSON_ArrayForEach(item, arrays)
    {
        if (r->status == RML_OK) read_array(r, item, &sides, fitted);
    }
    free(sides.in);
    free(made);
}

/* 3. The whole form ------------------------------------------------------------------------------------------------ */

static void read_outcome(rml_parsing *r, const cJSON *root)
{
    rml_model *m = r->model;
    const cJSON *outcome = member(r, root, "outcome", "");

    if (!outcome) return;
    m->outcome = (rml_outcome_kind)word_at(r, outcome, "kind", rml_model_outcomes, 4);
    m->outcome_column = needed_text(r, outcome, "column", "outcome");
    if (m->outcome == RML_OUTCOME_TIME) m->event_column = needed_text(r, outcome, "event", "outcome");
    if (cJSON_GetObjectItemCaseSensitive(outcome, "landmark"))
        m->landmark = needed_text(r, outcome, "landmark", "outcome");
    if (m->outcome == RML_OUTCOME_CLASS) m->positive = needed_text(r, outcome, "positive", "outcome");
    if (m->outcome == RML_OUTCOME_CLASSES) {
        const rml_dataset_texts classes = texts_of(r, member(r, outcome, "classes", "outcome"), "classes");

        m->class_name = classes.text;
        m->n_classes = classes.n;
        if (classes.n < 2) wrong(r, RML_EFORMAT, "classes: at least two were expected");
    }
}

static void read_estimate(rml_parsing *r, const cJSON *root)
{
    const cJSON *estimate = cJSON_GetObjectItemCaseSensitive(root, "estimate");

    if (!estimate) return;
    r->model->estimate = (rml_model_estimate){.metric = needed_text(r, estimate, "metric", "estimate"),
                                              .mean = number_at(r, estimate, "mean", "estimate"),
                                              .low = number_at(r, estimate, "low", "estimate"),
                                              .high = number_at(r, estimate, "high", "estimate"),
                                              .n_splits = count_at(r, estimate, "splits", "estimate")};
}

/* Which rows the study took, and which it put side by side: not in older files. */
static void read_rows_taken(rml_parsing *r, const cJSON *root)
{
    rml_model *m = r->model;
    const cJSON *rows = cJSON_GetObjectItemCaseSensitive(root, "rows"), *item;
    const cJSON *pivot = cJSON_GetObjectItemCaseSensitive(root, "pivot");
    const cJSON *delta = cJSON_GetObjectItemCaseSensitive(pivot, "delta");

    if (rows && !cJSON_IsObject(rows)) wrong(r, RML_EFORMAT, "rows: values by column were expected");
    if (pivot && !cJSON_IsObject(pivot)) wrong(r, RML_EFORMAT, "pivot: an object with \"by\" was expected");
    if (r->status == RML_OK) m->condition = take(r, cJSON_GetArraySize(rows), sizeof *m->condition);
    cJSON_ArrayForEach(item, rows)
    {
        const char *column = r->status == RML_OK ? rml_model_text(m, item->string) : NULL;

        if (r->status != RML_OK) return;
        if (!column) no_memory(r);
        m->condition[m->n_conditions++] = (rml_condition){column, text_of(r, item, item->string)};
    }
    if (pivot && r->status == RML_OK) {
        const rml_dataset_texts by = texts_of(r, member(r, pivot, "by", "pivot"), "by");

        m->pivot = (rml_pivot){.n_by = by.n, .by = by.text};
        if (by.n == 0) wrong(r, RML_EFORMAT, "pivot: by: at least one column was expected");
    }
    if (!delta || r->status != RML_OK) return;
    m->pivot.from = needed_text(r, delta, "from", "delta");
    m->pivot.to = needed_text(r, delta, "to", "delta");
    m->pivot.relative = truth_at(r, delta, "relative");
}

/* Hashes of the training rows: not in older files. */
static void read_trained(rml_parsing *r, const cJSON *root)
{
    rml_model *m = r->model;
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(root, "training_rows_xxh3"), *item;

    if (!list) return;
    m->trained = take(r, cJSON_GetArraySize(list), sizeof *m->trained);
    if (r->status == RML_OK && !cJSON_IsArray(list)) wrong(r, RML_EFORMAT, "training_rows_xxh3: a list was expected");
    cJSON_ArrayForEach(item, list)
    {
        enum { DIGITS = 16 };
        const char *text = cJSON_IsString(item) ? item->valuestring : "";
        uint64_t hash;

        if (r->status != RML_OK) return;
        hash = strtoull(text, NULL, 16);
        if (strlen(text) != DIGITS || strspn(text, "0123456789abcdef") != DIGITS ||
            (m->n_trained > 0 && hash <= m->trained[m->n_trained - 1]))
            wrong(r, RML_EFORMAT, "training_rows_xxh3: \"%s\": %d hexadecimal digits were expected, in ascending order",
                  text, DIGITS);
        m->trained[m->n_trained++] = hash;
    }
}

static rml_dataset_texts read_levels(rml_parsing *r, const cJSON *object)
{
    const cJSON *levels = cJSON_GetObjectItemCaseSensitive(object, "levels");
    rml_dataset_texts texts = {0};

    if (levels) texts = texts_of(r, levels, "levels");
    if (levels && texts.n != 2) wrong(r, RML_EFORMAT, "%s: levels: two texts were expected", object->string);
    return texts;
}

static void read_features(rml_parsing *r, const cJSON *root)
{
    rml_model *m = r->model;
    const cJSON *features = member(r, root, "features", ""), *item;

    if (features && !cJSON_IsObject(features)) wrong(r, RML_EFORMAT, "features: an object by name was expected");
    if (r->status != RML_OK) return;
    m->feature = take(r, cJSON_GetArraySize(features), sizeof *m->feature);
    cJSON_ArrayForEach(item, features)
    {
        rml_model_feature *f;
        const cJSON *column = cJSON_GetObjectItemCaseSensitive(item, "column");
        double range[2] = {NAN, NAN};

        if (r->status != RML_OK) return;
        f = &m->feature[m->n_features++];
        f->name = rml_model_text(m, item->string);
        if (!f->name) no_memory(r);
        if (column) f->column = text_of(r, column, "column");
        f->text = read_levels(r, item);
        read_row(r, member(r, item, "training_range", item->string), 2, "training_range", range);
        f->low = range[0];
        f->high = range[1];
        f->mean = number_at(r, item, "training_mean", item->string);
    }
}

static void read_columns(rml_parsing *r, const cJSON *root)
{
    rml_model *m = r->model;
    const cJSON *factors = member(r, root, "factors", ""), *covariates = member(r, root, "covariates", ""), *item;

    if (r->status != RML_OK) return;
    m->factor = take(r, cJSON_GetArraySize(factors), sizeof *m->factor);
    m->covariate = take(r, cJSON_GetArraySize(covariates), sizeof *m->covariate);
    if (cJSON_GetArraySize(covariates) > RML_STUDY_COLUMNS)
        wrong(r, RML_EFORMAT, "covariates: at most %d were expected", RML_STUDY_COLUMNS);
    if (!cJSON_IsObject(factors) || !cJSON_IsObject(covariates))
        wrong(r, RML_EFORMAT, "factors and covariates: columns by name were expected");
    cJSON_ArrayForEach(item, factors)
    {
        rml_dataset_texts levels;

        if (r->status != RML_OK) return;
        levels = texts_of(r, item, item->string);
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
    const rml_dataset_texts lines = texts_of(r, member(r, root, "parameters", ""), "parameters");
    size_t n = 1;
    char *all, *end;

    for (int32_t l = 0; r->status == RML_OK && l < lines.n; ++l) n += strlen(lines.text[l]) + 1;
    end = all = take(r, (int64_t)n, 1);
    for (int32_t l = 0; r->status == RML_OK && l < lines.n; ++l) end += sprintf(end, "%s\n", lines.text[l]);
    r->model->parameters = all;
}

static const rml_kind *kind_at(rml_parsing *r, const cJSON *object, rml_role role)
{
    const char *name = needed_text(r, object, "kind", role == RML_ROLE_MODEL ? "model" : "steps");
    const rml_kind *kind = name ? rml_kind_find(name, role) : NULL;

    if (!kind)
        wrong(r, RML_EUNSUPPORTED, "the %s \"%s\" is not known to this radmill",
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
        wrong(r, RML_EFORMAT, "classes: three or more were expected, %d are there", k);
    if ((!isnan(classes) && classes != k) || (prior && prior->n_columns != k) || (centre && centre->n_rows != k) ||
        (several && several->n_rows != k) || (level && level->n_columns != rml_model_n_scores(m)) ||
        (start && start->n_columns != rml_model_n_scores(m)) || (leaf && leaf->n_columns != n_leaf))
        wrong(r, RML_EFORMAT, "%s: it was fitted to another number of classes than the outcome has", m->kind->name);
    if (m->n_features == 0 && strcmp(m->fitted.kind, "constant") != 0)
        wrong(r, RML_EFORMAT, "features: at least one was expected");
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
        no_memory(r);
    else if (status != RML_OK)
        wrong(r, RML_EFORMAT, "%s: the arrays of the model do not fit together, or hold what no fit leaves behind",
              m->kind->name);
    free(x);
    free(said);
}

static void read_steps(rml_parsing *r, const cJSON *root)
{
    rml_model *m = r->model;
    const cJSON *steps = member(r, root, "steps", ""), *model = member(r, root, "model", ""), *item;
    int32_t s = 0;

    if (steps && !cJSON_IsArray(steps)) wrong(r, RML_EFORMAT, "steps: a list was expected");
    if (r->status != RML_OK) return;
    m->chain.step = take(r, cJSON_GetArraySize(steps), sizeof *m->chain.step);
    m->step = take(r, cJSON_GetArraySize(steps), sizeof *m->step);
    if (r->status == RML_OK) m->chain.n = cJSON_GetArraySize(steps);
    cJSON_ArrayForEach(item, steps)
    {
        rml_step *step;

        if (r->status != RML_OK) return;
        step = &m->chain.step[s];
        step->kind = kind_at(r, item, RML_ROLE_SELECT);
        if (step->kind) read_settings(r, item, step->kind, step->param);
        if (r->status == RML_OK) read_fitted(r, item, step->kind->name, s, &m->step[s]);
        if (r->status == RML_OK && !step->kind->apply && !m->step[s].kept)
            wrong(r, RML_EFORMAT, "%s: \"keeps\" is missing", step->kind->name);
        ++s;
    }
    if (r->status != RML_OK) return;
    m->kind = kind_at(r, model, RML_ROLE_MODEL);
    if (m->kind) read_settings(r, model, m->kind, m->param);
    if (r->status == RML_OK)
        read_fitted(r, model, truth_at(r, model, "constant") ? "constant" : m->kind->name, m->chain.n, &m->fitted);
    if (r->status == RML_OK) check_classes(r);
    if (r->status == RML_OK) check_decides(r);
    m->fitted.n_out = rml_model_n_scores(m);
}

static void read_whole(rml_parsing *r, const cJSON *root)
{
    rml_model *m = r->model;
    const cJSON *trained = member(r, root, "trained_on", ""), *probability = member(r, root, "probability", "");
    const cJSON *cuts = cJSON_GetObjectItemCaseSensitive(root, "cuts"); /* of times, and not in older files */
    const double version = number_at(r, root, "format_version", "");

    if (r->status == RML_OK && version != RML_MODEL_FORMAT_VERSION)
        wrong(r, RML_EUNSUPPORTED, "format_version %g is not known to this radmill (%d is)", version,
              RML_MODEL_FORMAT_VERSION);
    m->version = text_at(r, root, "radmill", "");
    m->commit = text_at(r, root, "commit", "");
    m->name = needed_text(r, root, "pipeline", "");
    read_outcome(r, root);
    read_estimate(r, root);
    m->n_patients = count_at(r, trained, "patients", "trained_on");
    m->n_rows = count_at(r, trained, "rows", "trained_on");
    if (m->outcome == RML_OUTCOME_CLASS) m->n_positive = count_at(r, trained, "positive", "trained_on");
    m->patient = text_at(r, root, "patient", "");
    m->rois = (rml_rois)word_at(r, root, "rows_a_patient", rml_model_rois, 4);
    if (r->status == RML_OK) read_rows_taken(r, root);
    if (r->status == RML_OK) read_trained(r, root);
    m->study_checksum = text_at(r, root, "study_xxh3", "");
    m->data_checksum = text_at(r, root, "data_xxh3", "");
    if (r->status == RML_OK) read_parameters(r, root);
    if (r->status == RML_OK) read_features(r, root);
    if (r->status == RML_OK) read_columns(r, root);
    if (r->status == RML_OK) read_steps(r, root);
    m->threshold = number_at(r, root, "threshold", "");
    m->middle = cuts ? number_at(r, cuts, "median", "cuts") : NAN;
    m->cut = cuts ? number_at(r, cuts, "learned", "cuts") : NAN;
    m->slope = number_at(r, probability, "slope", "probability");
    m->intercept = number_at(r, probability, "intercept", "probability");
}

/* 4. The plain form ------------------------------------------------------------------------------------------------ */

/* Means or standard deviations: a list in the features' order, or by name. */
static void read_moments(rml_parsing *r, const cJSON *standardise, const char *name, const char *const *feature,
                         int32_t n, double *value)
{
    const cJSON *item = member(r, standardise, name, "standardise");

    if (cJSON_IsObject(item))
        read_by_name(r, item, feature, n, value);
    else if (item)
        read_row(r, item, n, name, value);
}

static void plain_step(rml_parsing *r, const cJSON *standardise, const char *const *feature)
{
    rml_model *m = r->model;
    const int32_t n = m->n_features;
    double *offset, *scale;

    m->chain.step = take(r, 1, sizeof *m->chain.step);
    m->step = take(r, 1, sizeof *m->step);
    if (r->status != RML_OK) return;
    m->chain.step[0].kind = rml_kind_find("scale", RML_ROLE_SELECT);
    m->chain.n = 1;
    rml_fitted_init(&m->step[0], "scale", n, n);
    offset = rml_fitted_add(&m->step[0], "offset", true, 1, n, NULL);
    scale = rml_fitted_add(&m->step[0], "scale", true, 1, n, NULL);
    if (!offset || !scale || rml_fitted_keep(&m->step[0], NULL) != RML_OK) {
        no_memory(r);
        return;
    }
    read_moments(r, standardise, "means", feature, n, offset);
    read_moments(r, standardise, "sds", feature, n, scale);
    for (int32_t j = 0; r->status == RML_OK && j < n; ++j)
        if (!(scale[j] > 0.0)) wrong(r, RML_EFORMAT, "sds: %s: a number above 0 was expected", feature[j]);
}

static void read_plain(rml_parsing *r, const cJSON *root)
{
    rml_model *m = r->model;
    const cJSON *features = member(r, root, "features", ""), *item;
    const cJSON *standardise = cJSON_GetObjectItemCaseSensitive(root, "standardise");
    const cJSON *name = cJSON_GetObjectItemCaseSensitive(root, "name");
    const cJSON *source = cJSON_GetObjectItemCaseSensitive(root, "source");
    const cJSON *threshold = cJSON_GetObjectItemCaseSensitive(root, "threshold");
    const double intercept = number_at(r, root, "intercept", "");
    const char **feature;
    double *coefficient = NULL;

    if (features && (!cJSON_IsArray(features) || !features->child))
        wrong(r, RML_EFORMAT, "features: a list of {\"name\": …, \"coef\": …} was expected");
    feature = take(r, cJSON_GetArraySize(features), sizeof *feature);
    m->feature = take(r, cJSON_GetArraySize(features), sizeof *m->feature);
    if (r->status != RML_OK) return;
    m->kind = rml_kind_find("logistic", RML_ROLE_MODEL);
    for (int32_t p = 0; p < m->kind->n_params; ++p) m->param[p] = m->kind->param[p].fallback;
    rml_fitted_init(&m->fitted, "logistic", cJSON_GetArraySize(features), 1);
    coefficient = rml_fitted_add(&m->fitted, "coefficient", true, 1, m->fitted.n_in, NULL);
    if (!coefficient || !rml_fitted_add(&m->fitted, "intercept", false, 1, 1, &intercept)) no_memory(r);
    cJSON_ArrayForEach(item, features)
    {
        const int32_t j = m->n_features;

        if (r->status != RML_OK) return;
        feature[j] = needed_text(r, item, "name", "features");
        coefficient[j] = number_at(r, item, "coef", "features");
        if (r->status == RML_OK && place_of(feature[j], feature, j) >= 0)
            wrong(r, RML_EFORMAT, "features: %s stands there twice", feature[j]);
        if (r->status == RML_OK && !isfinite(coefficient[j]))
            wrong(r, RML_EFORMAT, "features: the coef of %s is no number", feature[j]);
        m->feature[m->n_features++] = (rml_model_feature){.name = feature[j], .low = NAN, .high = NAN, .mean = NAN};
    }
    if (r->status == RML_OK && !isfinite(intercept)) wrong(r, RML_EFORMAT, "intercept: a number was expected");
    if (standardise && !cJSON_IsNull(standardise) && r->status == RML_OK) plain_step(r, standardise, feature);
    m->name = name ? text_of(r, name, "name") : "logistic";
    if (source) m->source = text_of(r, source, "source");
    m->parameters = "";
    m->outcome = RML_OUTCOME_CLASS;
    m->positive = "1";
    m->threshold = threshold ? number_of(r, threshold, "threshold") : 0.0;
    m->slope = 1.0;
    m->intercept = 0.0;
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
        wrong(r, RML_EFORMAT, "no JSON: it holds a zero byte");
    else if (!end || !*end || (strlen(end) < sizeof "false" && is_cut(text))) /* "fals" is no other word */
        wrong(r, RML_EFORMAT, "no JSON: it ends in its middle, on line %d", line);
    else
        wrong(r, RML_EFORMAT, "no JSON: line %d goes on with «%s»", line, near);
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
        read_plain(&r, root);
    else
        wrong(&r, RML_EUNSUPPORTED,
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
