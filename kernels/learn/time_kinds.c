/* Models of times to an event: Cox's proportional hazards, plain or with a penalty. (XGBoost is in tree_kinds.c.) */
#include <math.h>
#include <stdlib.h>

#include "kernels/learn/kinds.h"
#include "kernels/models/elastic_net_cv.h"
#include "kernels/survival/cox.h"

static const char *const penalties[] = {"lasso", "ridge", "elasticnet", "none", NULL};
static const char *const choices[] = {"min", "1se", "given", NULL};
static const rml_param cox_params[] = {
    {"penalty", RML_PARAM_WORD, 0, 0, 0, penalties,
     "lasso: the coefficients' sizes; ridge: half their squares; elasticnet: both; none: the plain model, ties as "
     "Efron's"},
    {"choose", RML_PARAM_WORD, 0, 0, 0, choices,
     "lambda of glmnet's path, by folds of the training rows; min: of the least deviance, 1se: the largest within one "
     "standard error; given: the next setting"},
    {"lambda", RML_PARAM_NUMBER, 0.1, 0, 1e12, NULL, "strength of the penalty, as glmnet has it; with choose: given"},
    {"alpha", RML_PARAM_NUMBER, 0.5, 0, 1, NULL, "of elasticnet: the share of lasso"},
    {"kfold", RML_PARAM_WHOLE, 10, 3, 1000, NULL, "folds by which lambda is chosen, drawn from the study's seed"},
    {"thresh", RML_PARAM_NUMBER, 0, 0, 0.1, NULL,
     "0: to the penalised likelihood's maximum; above: what R's glmnet 4.1-6 reports with this thresh (1e-7 unless one "
     "says otherwise), which stops short of it; lambda given is glmnet(lambda = x), not a path's coef(s = x)"},
};
enum { COX_PENALTY, COX_CHOOSE, COX_LAMBDA, COX_ALPHA, COX_KFOLD, COX_THRESH };
enum { COX_LASSO, COX_RIDGE, COX_ELASTIC, COX_NONE };
enum { CHOOSE_MIN, CHOOSE_1SE, CHOOSE_GIVEN };

/* Log hazards against that of a training row with mean values, so that the baseline is somebody's. */
static rml_status store(const rml_sample *train, const double *coefficient, rml_fitted *fitted)
{
    double shift = 0.0, total = 0.0;

    for (int32_t i = 0; i < train->n_rows; ++i) total += train->weight[i];
    for (int32_t j = 0; j < train->x.n_columns; ++j) {
        const double *value = rml_column(&train->x, j);
        double mean = 0.0;

        if (coefficient[j] == 0.0) continue;
        for (int32_t i = 0; i < train->n_rows; ++i) mean += train->weight[i] / total * value[i];
        shift -= coefficient[j] * mean;
    }
    return rml_store_linear(fitted, "cox", train->x.n_columns, coefficient, shift);
}

static rml_status cox_plain(const rml_sample *train, rml_fitted *fitted, rml_error *err)
{
    const rml_cox_settings settings = rml_cox_defaults();
    rml_surv surv = {0};
    rml_cox fit = {0};
    rml_status status = rml_surv_init(train->y, train->event, NULL, train->n_rows, &surv);

    if (status == RML_OK) status = rml_cox_fit(&surv, &train->x, rml_sample_weights(train), NULL, &settings, &fit);
    if (status != RML_OK && fit.coefficient)
        rml_fail(err, status, "%s; a penalty gives an estimate", rml_cox_end_text(fit.end));
    for (int32_t j = 0; status == RML_OK && j < fit.n_terms; ++j)
        if (isnan(fit.coefficient[j])) fit.coefficient[j] = 0.0; /* aliased: an earlier column says the same */
    if (status == RML_OK) status = store(train, fit.coefficient, fitted);
    rml_cox_free(&fit);
    rml_surv_free(&surv);
    return status;
}

static rml_status cox_given(const rml_sample *train, rml_elastic_net_outcome y, rml_elastic_net_settings settings,
                            double lambda, rml_fitted *fitted)
{
    rml_elastic_net fit = {0};
    rml_status status;

    settings.n_lambda = 1;
    settings.lambda = &lambda;
    status = rml_elastic_net_fit(&train->x, y, rml_sample_weights(train), &settings, &fit);
    if (status == RML_OK) status = store(train, fit.coefficient, fitted);
    if (status == RML_OK && !rml_fitted_add(fitted, "lambda", false, 1, 1, &lambda)) status = RML_ENOMEM;
    rml_elastic_net_free(&fit);
    return status;
}

rml_status rml_store_ended_early(rml_fitted *fitted, const rml_elastic_net_cv *cv)
{
    const double n = cv->n_ended_early;

    return rml_fitted_add(fitted, "paths_ended_early", false, 1, 1, &n) ? RML_OK : RML_ENOMEM;
}

static rml_status cox_chosen(const rml_sample *train, rml_elastic_net_outcome y,
                             const rml_elastic_net_settings *settings, int32_t k, bool one_se, uint64_t seed,
                             rml_fitted *fitted, rml_error *err)
{
    int32_t *fold = malloc(((size_t)train->n_rows + 1) * sizeof *fold);
    rml_elastic_net_cv cv = {0};
    rml_status status = fold ? rml_sample_folds(train, k, seed, fold) : RML_ENOMEM;

    if (status == RML_EVALUE || status == RML_EINVAL)
        rml_fail(err, status, "the training part has fewer patients with or without the event than folds (%d)", k);
    if (status == RML_OK)
        status =
            rml_elastic_net_cv_fit(&train->x, y, rml_sample_weights(train), fold, k, RML_NET_DEVIANCE, settings, &cv);
    if (status == RML_OK) {
        const int32_t at = one_se ? cv.at_1se : cv.at_min;

        status = store(train, cv.fit.coefficient + (int64_t)at * train->x.n_columns, fitted);
        if (status == RML_OK && !rml_fitted_add(fitted, "lambda", false, 1, 1, &cv.fit.lambda[at])) status = RML_ENOMEM;
        if (status == RML_OK && settings->thresh > 0.0) status = rml_store_ended_early(fitted, &cv);
    }
    rml_elastic_net_cv_free(&cv);
    free(fold);
    return status;
}

static rml_status cox_fit(const rml_sample *train, const double *param, uint64_t seed, void *shared, rml_fitted *fitted,
                          rml_error *err)
{
    const rml_elastic_net_outcome y = {.time = train->y, .event = train->event};
    rml_elastic_net_settings settings = rml_elastic_net_defaults();
    rml_status status;

    (void)shared;
    settings.alpha = param[COX_PENALTY] == COX_LASSO ? 1.0 : param[COX_PENALTY] == COX_RIDGE ? 0.0 : param[COX_ALPHA];
    settings.tolerance = 1e-8;
    settings.thresh = param[COX_THRESH];
    if (param[COX_PENALTY] == COX_NONE)
        status = cox_plain(train, fitted, err);
    else if (param[COX_CHOOSE] == CHOOSE_GIVEN)
        status = cox_given(train, y, settings, param[COX_LAMBDA], fitted);
    else
        status = cox_chosen(train, y, &settings, (int32_t)param[COX_KFOLD], param[COX_CHOOSE] == CHOOSE_1SE, seed,
                            fitted, err);
    if (status == RML_EVALUE && settings.thresh > 0.0 && !err->text[0])
        rml_fail(err, status, "glmnet's steps do not end here; a thresh of 0 gives the maximum");
    if (status == RML_EEMPTY && !err->text[0])
        rml_fail(err, status, "no event in the training part (or a part of it), or no column that varies");
    return status;
}

static bool cox_sparse(const double *param)
{
    return param[COX_PENALTY] == COX_LASSO || (param[COX_PENALTY] == COX_ELASTIC && param[COX_ALPHA] > 0.0);
}

/* A setting that is given and read by nothing would make a grid of points that are one and the same. */
static const char *cox_refuse(const double *param)
{
    if (param[COX_LAMBDA] != cox_params[COX_LAMBDA].fallback &&
        (param[COX_PENALTY] == COX_NONE || param[COX_CHOOSE] != CHOOSE_GIVEN))
        return "a lambda is given, which nothing reads: choose: given, and a penalty, were expected beside it";
    if (param[COX_ALPHA] != cox_params[COX_ALPHA].fallback && param[COX_PENALTY] != COX_ELASTIC)
        return "an alpha is given, which nothing reads: penalty: elasticnet was expected beside it";
    if (param[COX_PENALTY] == COX_NONE && param[COX_THRESH] > 0.0)
        return "thresh is where a fit with a penalty ends; none was expected with penalty: none";
    return NULL;
}

const rml_kind rml_kind_cox = {.name = "cox",
                               .role = RML_ROLE_MODEL,
                               .help = "Cox's proportional hazards, plain or with a penalty; its baseline hazard by "
                                       "Efron's increments",
                               .param = cox_params,
                               .n_params = RML_COUNT(cox_params),
                               .for_time = true,
                               .sparse = cox_sparse,
                               .refuse = cox_refuse,
                               .fit = cox_fit,
                               .decide = rml_decide_linear};
