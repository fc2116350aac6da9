#include "jobs/model_json_parse.h"

#include <math.h>
#include <string.h>

/* Means or standard deviations: a list in the features' order, or by name. */
static void read_moments(rml_parsing *r, const cJSON *standardise, const char *name, const char *const *feature,
                         int32_t n, double *value)
{
    const cJSON *item = rml_parse_member(r, standardise, name, "standardise");

    if (cJSON_IsObject(item))
        rml_parse_by_name(r, item, feature, n, value);
    else if (item)
        rml_parse_row(r, item, n, name, value);
}

static void plain_step(rml_parsing *r, const cJSON *standardise, const char *const *feature)
{
    rml_model *m = r->model;
    const int32_t n = m->n_features;
    double *offset, *scale;

    m->chain.step = rml_parse_take(r, 1, sizeof *m->chain.step);
    m->step = rml_parse_take(r, 1, sizeof *m->step);
    if (r->status != RML_OK) return;
    m->chain.step[0].kind = rml_kind_find("scale", RML_ROLE_SELECT);
    m->chain.n = 1;
    rml_fitted_init(&m->step[0], "scale", n, n);
    offset = rml_fitted_add(&m->step[0], "offset", true, 1, n, NULL);
    scale = rml_fitted_add(&m->step[0], "scale", true, 1, n, NULL);
    if (!offset || !scale || rml_fitted_keep(&m->step[0], NULL) != RML_OK) {
        rml_parse_no_memory(r);
        return;
    }
    read_moments(r, standardise, "means", feature, n, offset);
    read_moments(r, standardise, "sds", feature, n, scale);
    for (int32_t j = 0; r->status == RML_OK && j < n; ++j)
        if (!(scale[j] > 0.0)) rml_parse_wrong(r, RML_EFORMAT, "sds: %s: a number above 0 was expected", feature[j]);
}

void rml_parse_plain(rml_parsing *r, const cJSON *root)
{
    rml_model *m = r->model;
    const cJSON *features = rml_parse_member(r, root, "features", ""), *item;
    const cJSON *standardise = cJSON_GetObjectItemCaseSensitive(root, "standardise");
    const cJSON *name = cJSON_GetObjectItemCaseSensitive(root, "name");
    const cJSON *source = cJSON_GetObjectItemCaseSensitive(root, "source");
    const cJSON *threshold = cJSON_GetObjectItemCaseSensitive(root, "threshold");
    const double intercept = rml_parse_number_at(r, root, "intercept", "");
    const char **feature;
    double *coefficient = NULL;

    if (features && (!cJSON_IsArray(features) || !features->child))
        rml_parse_wrong(r, RML_EFORMAT, "features: a list of {\"name\": …, \"coef\": …} was expected");
    feature = rml_parse_take(r, cJSON_GetArraySize(features), sizeof *feature);
    m->feature = rml_parse_take(r, cJSON_GetArraySize(features), sizeof *m->feature);
    if (r->status != RML_OK) return;
    m->kind = rml_kind_find("logistic", RML_ROLE_MODEL);
    for (int32_t p = 0; p < m->kind->n_params; ++p) m->param[p] = m->kind->param[p].fallback;
    rml_fitted_init(&m->fitted, "logistic", cJSON_GetArraySize(features), 1);
    coefficient = rml_fitted_add(&m->fitted, "coefficient", true, 1, m->fitted.n_in, NULL);
    if (!coefficient || !rml_fitted_add(&m->fitted, "intercept", false, 1, 1, &intercept)) {
        rml_parse_no_memory(r);
        return;
    }
    cJSON_ArrayForEach(item, features)
    {
        const int32_t j = m->n_features;

        if (r->status != RML_OK) return;
        feature[j] = rml_parse_needed_text(r, item, "name", "features");
        coefficient[j] = rml_parse_number_at(r, item, "coef", "features");
        if (r->status == RML_OK && rml_parse_place(feature[j], feature, j) >= 0)
            rml_parse_wrong(r, RML_EFORMAT, "features: %s stands there twice", feature[j]);
        if (r->status == RML_OK && !isfinite(coefficient[j]))
            rml_parse_wrong(r, RML_EFORMAT, "features: the coef of %s is no number", feature[j]);
        m->feature[m->n_features++] = (rml_model_feature){.name = feature[j], .low = NAN, .high = NAN, .mean = NAN};
    }
    if (r->status == RML_OK && !isfinite(intercept))
        rml_parse_wrong(r, RML_EFORMAT, "intercept: a number was expected");
    if (standardise && !cJSON_IsNull(standardise) && r->status == RML_OK) plain_step(r, standardise, feature);
    m->name = name ? rml_parse_text(r, name, "name") : "logistic";
    if (source) m->source = rml_parse_text(r, source, "source");
    m->parameters = "";
    m->outcome = RML_OUTCOME_CLASS;
    m->positive = "1";
    m->threshold = threshold ? rml_parse_number(r, threshold, "threshold") : 0.0;
    m->slope = 1.0;
    m->intercept = 0.0;
}
