#include "kernels/learn/kind.h"

#include <math.h>
#include <string.h>

#include "kernels/learn/baseline.h"
#include "kernels/learn/kinds.h"

static const rml_kind *const prepare[] = {&rml_kind_icc,    &rml_kind_clean, &rml_kind_impute, &rml_kind_redundancy,
                                          &rml_kind_combat, &rml_kind_scale, &rml_kind_pca};
static const rml_kind *const select[] = {&rml_kind_univariate, &rml_kind_mrmr,   &rml_kind_rfe,      &rml_kind_lasso,
                                         &rml_kind_relief,     &rml_kind_boruta, &rml_kind_important};
static const rml_kind *const models[] = {&rml_kind_logistic, &rml_kind_svm_linear, &rml_kind_svm_rbf,
                                         &rml_kind_linear,   &rml_kind_knn,        &rml_kind_naive_bayes,
                                         &rml_kind_lda,      &rml_kind_centroid,   &rml_kind_forest,
                                         &rml_kind_boosting, &rml_kind_xgboost,    &rml_kind_cox};

const rml_kind *const *rml_kinds(rml_role role, int32_t *n)
{
    switch (role) {
    case RML_ROLE_PREPARE: *n = RML_COUNT(prepare); return prepare;
    case RML_ROLE_SELECT: *n = RML_COUNT(select); return select;
    default: *n = RML_COUNT(models); return models;
    }
}

/* A selection may hold steps of the preparation too: scaling after mRMR, say. */
const rml_kind *rml_kind_find(const char *name, rml_role role)
{
    for (rml_role r = RML_ROLE_PREPARE; r <= role; ++r) {
        int32_t n;
        const rml_kind *const *kinds = rml_kinds(r, &n);

        if (role == RML_ROLE_MODEL && r != RML_ROLE_MODEL) continue;
        for (int32_t k = 0; k < n; ++k)
            if (strcmp(kinds[k]->name, name) == 0) return kinds[k];
    }
    return NULL;
}

bool rml_kind_fits(const rml_kind *kind, rml_outcome_kind outcome)
{
    switch (outcome) {
    case RML_OUTCOME_CLASS: return kind->for_class;
    case RML_OUTCOME_CLASSES: return kind->for_classes;
    case RML_OUTCOME_TIME: return kind->for_time;
    default: return kind->for_value;
    }
}

bool rml_kind_whole(const rml_kind *kind, const double *param)
{
    return kind->whole || (kind->whole_if && kind->whole_if(param));
}

void rml_kind_defaults(const rml_kind *kind, double *param)
{
    for (int32_t p = 0; p < kind->n_params; ++p) param[p] = kind->param[p].fallback;
}

int32_t rml_kind_param(const rml_kind *kind, const char *name)
{
    for (int32_t p = 0; p < kind->n_params; ++p)
        if (strcmp(kind->param[p].name, name) == 0) return p;
    return -1;
}

int32_t rml_kind_factor(const rml_kind *kind)
{
    for (int32_t p = 0; p < kind->n_params; ++p)
        if (kind->param[p].type == RML_PARAM_FACTOR) return p;
    return -1;
}

static rml_status fit_constant(const rml_sample *train, rml_fitted *fitted)
{
    const int32_t n = train->outcome == RML_OUTCOME_CLASSES ? train->n_classes : 1;
    double *level, sum = 0.0;

    rml_fitted_init(fitted, "constant", 0, 1);
    level = rml_fitted_add(fitted, "intercept", false, 1, n, NULL);
    if (!level) return RML_ENOMEM;
    if (train->outcome == RML_OUTCOME_TIME) return RML_OK; /* everybody's hazard is the baseline's */
    for (int32_t i = 0; i < train->n_rows; ++i) {
        sum += train->weight[i];
        if (train->outcome == RML_OUTCOME_CLASSES)
            level[(int32_t)train->y[i]] += train->weight[i];
        else
            level[0] += train->weight[i] * train->y[i];
    }
    for (int32_t c = 0; c < n; ++c) level[c] /= sum;
    if (train->outcome == RML_OUTCOME_CLASS) level[0] = log(level[0] / (1.0 - level[0]));
    return RML_OK;
}

rml_status rml_model_fit(const rml_kind *kind, const rml_sample *train, const double *param, uint64_t seed,
                         void *shared, rml_fitted *fitted, rml_error *err)
{
    rml_status status;

    /* every kernel has one decision for two classes, where the readers of `classes` look for a score of each */
    if (train->outcome == RML_OUTCOME_CLASSES && train->n_classes < 3)
        return rml_fail(err, RML_ESETTING, "the outcome has %d classes: \"class\" was expected instead of \"classes\"",
                        train->n_classes);
    status = train->x.n_columns == 0 ? fit_constant(train, fitted) : kind->fit(train, param, seed, shared, fitted, err);
    return status == RML_OK && train->outcome == RML_OUTCOME_TIME ? rml_baseline_add(kind, train, param, fitted)
                                                                  : status;
}

rml_status rml_model_decide(const rml_kind *kind, const rml_fitted *fitted, const double *param, const rml_columns *x,
                            double *decision)
{
    const rml_array *level = rml_fitted_array(fitted, "intercept");

    if (strcmp(fitted->kind, "constant") != 0) return kind->decide(fitted, param, x, decision);
    if (!level) return RML_EINVAL;
    for (int32_t c = 0; c < level->n_columns; ++c)
        for (int64_t i = 0; i < x->n_rows; ++i) decision[c * x->n_rows + i] = level->value[c];
    return RML_OK;
}

void rml_model_probabilities(const rml_kind *kind, const rml_fitted *fitted, int32_t n_classes, int64_t stride,
                             const double *decision, double *probability)
{
    const bool as_they_are = kind->shares || strcmp(fitted->kind, "constant") == 0;
    double largest = -INFINITY, sum = 0.0;

    for (int32_t c = 0; c < n_classes; ++c) largest = fmax(largest, decision[c * stride]);
    for (int32_t c = 0; c < n_classes; ++c) sum += exp(decision[c * stride] - largest); /* none overflows */
    for (int32_t c = 0; c < n_classes; ++c) {
        const double score = decision[c * stride];

        probability[c * stride] = as_they_are ? score : kind->log_odds ? exp(score - largest) / sum : NAN;
    }
}
