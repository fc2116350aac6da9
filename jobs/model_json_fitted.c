/* The settings of steps and models, and the arrays that their fits have kept. */
#include "jobs/model_json_parse.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/model_json_words.h"

static double word_value(rml_parsing *r, const cJSON *item, const rml_kind *kind, const rml_param *param)
{
    for (int32_t w = 0; cJSON_IsString(item) && param->words[w]; ++w)
        if (strcmp(param->words[w], item->valuestring) == 0) return w;
    rml_parse_wrong(r, RML_EUNSUPPORTED, "%s: %s: \"%s\" is not known to this radmill", kind->name, param->name,
                    cJSON_IsString(item) ? item->valuestring : "…");
    return 0;
}

static double factor_value(rml_parsing *r, const cJSON *item, const rml_kind *kind, const rml_param *param)
{
    if (cJSON_IsNull(item)) return -1;
    for (int32_t f = 0; cJSON_IsString(item) && f < r->model->n_factors; ++f)
        if (strcmp(r->model->factor[f].column, item->valuestring) == 0) return f;
    rml_parse_wrong(r, RML_EFORMAT, "%s: %s: one of the model's \"factors\" was expected", kind->name, param->name);
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
            rml_parse_wrong(r, RML_EFORMAT, "%s: %s: some of the model's \"covariates\" were expected", kind->name,
                            param->name);
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
    rml_parse_wrong(r, RML_EFORMAT, "%s: %s: one of the levels of its column was expected", kind->name, param->name);
    return -1;
}

static double told_value(rml_parsing *r, const cJSON *item, const rml_param *param)
{
    const char *text = cJSON_IsNull(item) ? NULL : rml_parse_text(r, item, param->name);
    const int32_t place = text ? rml_model_told(r->model, text) : -1;

    if (text && place < 0) rml_parse_no_memory(r);
    return place;
}

void rml_parse_settings(rml_parsing *r, const cJSON *object, const rml_kind *kind, double *value)
{
    const cJSON *settings = rml_parse_member(r, object, "settings", kind->name);

    for (int32_t p = 0; settings && p < kind->n_params && r->status == RML_OK; ++p) {
        const rml_param *param = &kind->param[p];
        const bool optional = param->type == RML_PARAM_TABLE || param->type == RML_PARAM_LEVEL; /* not in older files */
        const cJSON *item = optional ? cJSON_GetObjectItemCaseSensitive(settings, param->name)
                                     : rml_parse_member(r, settings, param->name, kind->name);

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
            value[p] = rml_parse_number(r, item, param->name);
            if (!(value[p] >= param->least && value[p] <= param->most))
                rml_parse_wrong(r, RML_EFORMAT, "%s: %s: a number from %g to %g was expected", kind->name, param->name,
                                param->least, param->most);
        }
    }
}

void rml_parse_row(rml_parsing *r, const cJSON *list, int32_t n, const char *what, double *value)
{
    const cJSON *item;
    int32_t j = 0;

    if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) != n) {
        rml_parse_wrong(r, RML_EFORMAT, "%s: a list of %d numbers was expected", what, n);
        return;
    }
    cJSON_ArrayForEach(item, list) value[j++] = rml_parse_number(r, item, what);
}

static double *add_array(rml_parsing *r, rml_fitted *fitted, const cJSON *item, bool by_column, int32_t n_rows,
                         int32_t n_columns)
{
    double *value = NULL;

    if (r->status != RML_OK) return NULL;
    if (strlen(item->string) >= RML_FITTED_NAME || fitted->n_arrays == RML_FITTED_ARRAYS)
        rml_parse_wrong(r, RML_EFORMAT, "%s: more or longer names than a fitted %s has", item->string, fitted->kind);
    else if (!(value = rml_fitted_add(fitted, item->string, by_column, n_rows, n_columns, NULL)))
        rml_parse_no_memory(r);
    return value;
}

void rml_parse_by_name(rml_parsing *r, const cJSON *object, const char *const *name, int32_t n, double *value)
{
    const cJSON *next = object->child;

    for (int32_t j = 0; value && j < n && r->status == RML_OK; ++j) {
        const cJSON *item =
            next && strcmp(next->string, name[j]) == 0 ? next : cJSON_GetObjectItemCaseSensitive(object, name[j]);

        next = next ? next->next : NULL;
        if (!item)
            rml_parse_wrong(r, RML_EFORMAT, "%s: a value of %s is missing", object->string, name[j]);
        else
            value[j] = rml_parse_number(r, item, name[j]);
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
        if (r->status == RML_OK) rml_parse_row(r, row, n, item->string, value + (int64_t)i++ * n);
    }
}

static void read_array(rml_parsing *r, const cJSON *item, const rml_sides *sides, rml_fitted *fitted)
{
    const cJSON *columns = cJSON_GetObjectItemCaseSensitive(item, "columns");
    const cJSON *rows = cJSON_GetObjectItemCaseSensitive(item, "rows");

    if (cJSON_IsObject(item) && cJSON_IsArray(columns) && cJSON_IsArray(rows)) {
        const bool in = same_names(columns, sides->in, sides->n_in);

        if (!in && !same_names(columns, sides->out, sides->n_out))
            rml_parse_wrong(r, RML_EFORMAT, "%s: its columns are not those of the %s", item->string, fitted->kind);
        else
            read_rows(r, item, rows, true, in ? sides->n_in : sides->n_out, fitted);
    } else if (cJSON_IsObject(item)) {
        const bool in = cJSON_GetArraySize(item) == sides->n_in;

        if (!in && (!sides->out || cJSON_GetArraySize(item) != sides->n_out))
            rml_parse_wrong(r, RML_EFORMAT, "%s: a value for each column of the %s was expected", item->string,
                            fitted->kind);
        else
            rml_parse_by_name(r, item, in ? sides->in : sides->out, in ? sides->n_in : sides->n_out,
                              add_array(r, fitted, item, true, 1, in ? sides->n_in : sides->n_out));
    } else if (cJSON_IsArray(item) && cJSON_IsArray(item->child)) {
        read_rows(r, item, item, false, cJSON_GetArraySize(item->child), fitted);
    } else if (cJSON_IsArray(item)) {
        const int32_t n = cJSON_GetArraySize(item);
        double *value = add_array(r, fitted, item, false, 1, n);

        if (value) rml_parse_row(r, item, n, item->string, value);
    } else {
        double *value = add_array(r, fitted, item, false, 1, 1);

        if (value) *value = rml_parse_number(r, item, item->string);
    }
}

int32_t rml_parse_place(const char *name, const char *const *names, int32_t n)
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
        rml_parse_no_memory(r);
        return;
    }
    for (int32_t k = 0; k < keeps->n; ++k) {
        const bool here = next < sides->n_in && strcmp(sides->in[next], keeps->text[k]) == 0;
        const int32_t place = here ? next : rml_parse_place(keeps->text[k], sides->in, sides->n_in);

        if (place < 0) {
            rml_parse_wrong(r, RML_EFORMAT, "%s keeps %s, which is none of the columns that come to it", fitted->kind,
                            keeps->text[k]);
            return;
        }
        fitted->kept[k] = place;
        next = place + 1;
    }
}

void rml_parse_fitted(rml_parsing *r, const cJSON *object, const char *kind, int32_t s, rml_fitted *fitted)
{
    const bool step = s < r->model->chain.n;
    const cJSON *arrays = rml_parse_member(r, object, "fitted", kind), *item;
    const cJSON *keeps = cJSON_GetObjectItemCaseSensitive(object, "keeps");
    const cJSON *makes = cJSON_GetObjectItemCaseSensitive(object, "makes");
    rml_sides sides = {0};
    rml_dataset_texts out = {0};
    char *made = NULL;

    if (step && (keeps != NULL) == (makes != NULL))
        rml_parse_wrong(r, RML_EFORMAT, "%s: either \"keeps\" or \"makes\" was expected", kind);
    if (step && r->status == RML_OK) out = rml_parse_texts(r, keeps ? keeps : makes, keeps ? "keeps" : "makes");
    if (r->status != RML_OK) return;
    sides.in = rml_model_names(r->model, s, &sides.n_in, &made);
    sides.out = step ? out.text : NULL;
    sides.n_out = step ? out.n : 1;
    if (!sides.in) {
        rml_parse_no_memory(r);
        return;
    }
    rml_fitted_init(fitted, kind, sides.n_in, sides.n_out);
    fitted->holds_rows = rml_parse_truth_at(r, object, "holds_rows_of_patients");
    if (keeps) read_kept(r, &out, &sides, fitted);
    cJSON_ArrayForEach(item, arrays)
    {
        if (r->status == RML_OK) read_array(r, item, &sides, fitted);
    }
    free(sides.in);
    free(made);
}
