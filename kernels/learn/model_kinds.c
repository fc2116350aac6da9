/* Models.
 *
 * 1. What linear models share
 * 2. Logistic regression
 * 3. Linear regression
 * 4. Support vector machines */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/learn/kinds.h"
#include "kernels/models/elastic_net.h"
#include "kernels/models/glm.h"
#include "kernels/models/kernel_matrix.h"
#include "kernels/models/ridge.h"
#include "kernels/models/svm.h"

/* 1. What linear models share ------------------------------------------------------------------------------------- */

rml_status rml_store_linear(rml_fitted *fitted, const char *kind, int32_t n, const double *coefficient,
                            double intercept)
{
    rml_fitted_init(fitted, kind, n, 1);
    if (!rml_fitted_add(fitted, "coefficient", true, 1, n, coefficient) ||
        !rml_fitted_add(fitted, "intercept", false, 1, 1, &intercept))
        return RML_ENOMEM;
    return RML_OK;
}

rml_status rml_decide_linear(const rml_fitted *fitted, const double *param, const rml_columns *x, double *decision)
{
    const rml_array *coefficient = rml_fitted_shaped(fitted, "coefficient", 1, -1);
    const double intercept = rml_fitted_number(fitted, "intercept");

    (void)param;
    if (!coefficient || x->n_columns != coefficient->n_columns) return RML_EINVAL;
    for (int64_t i = 0; i < x->n_rows; ++i) decision[i] = intercept;
    for (int32_t j = 0; j < x->n_columns; ++j) {
        const double *value = rml_column(x, j), by = coefficient->value[j];

        if (by == 0.0) continue;
        for (int64_t i = 0; i < x->n_rows; ++i) decision[i] += by * value[i];
    }
    return RML_OK;
}

/* 2. Logistic regression ------------------------------------------------------------------------------------------ */

static const char *const penalties[] = {"l2", "none", "l1", "elasticnet", NULL};
enum { PENALTY_L2, PENALTY_NONE, PENALTY_L1, PENALTY_ELASTIC };
static const rml_param logistic_params[] = {
    {"penalty", RML_PARAM_WORD, 0, 0, 0, penalties,
     "l2: half the squared coefficients; l1: their sizes; elasticnet: both; none: the plain model"},
    {"C", RML_PARAM_NUMBER, 1.0, 1e-12, 1e12, NULL, "inverse strength of the penalty, as scikit-learn has it"},
    {"class_weight", RML_PARAM_WORD, 0, 0, 0, rml_class_weights, "balanced: each class counts as much as the other"},
    {"l1_ratio", RML_PARAM_NUMBER, 0.5, 0, 1, NULL, "of elasticnet: the share of l1"},
};
enum { LOGISTIC_PENALTY, LOGISTIC_C, LOGISTIC_WEIGHT, LOGISTIC_L1 };

static rml_status logistic_plain(const rml_sample *train, const uint8_t *y, const double *weight, rml_fitted *fitted,
                                 rml_error *err)
{
    const rml_glm_settings settings = rml_glm_defaults();
    rml_glm fit = {0};
    rml_status status = rml_glm_fit(&train->x, y, weight, NULL, &settings, &fit);

    if (status == RML_EVALUE && fit.coefficient && fit.separation != RML_SEPARATION_NONE)
        rml_fail(err, status,
                 "the classes are separated (%s): plain logistic regression has no finite estimate; a penalty "
                 "gives one",
                 fit.separation == RML_SEPARATION_COMPLETE ? "completely" : "in part");
    for (int32_t j = 0; status == RML_OK && j < fit.n_terms; ++j)
        if (isnan(fit.coefficient[j])) fit.coefficient[j] = 0.0; /* aliased: R leaves it out of the prediction */
    if (status == RML_OK)
        status = rml_store_linear(fitted, "logistic", train->x.n_columns, fit.coefficient + 1, fit.coefficient[0]);
    rml_glm_free(&fit);
    return status;
}

/* Where the fit before ended: weights, then the intercept. */
typedef struct rml_logistic_shared {
    double *weights; /* [n_columns + 1] */
    bool started;
} rml_logistic_shared;

static void logistic_unshare(void *shared)
{
    rml_logistic_shared *s = shared;

    if (s) free(s->weights);
    free(s);
}

static rml_status logistic_share(const rml_sample *train, void **shared)
{
    rml_logistic_shared *s = calloc(1, sizeof *s);

    if (s) s->weights = malloc(((size_t)train->x.n_columns + 1) * sizeof *s->weights);
    if (s && s->weights)
        *shared = s;
    else
        logistic_unshare(s);
    return *shared ? RML_OK : RML_ENOMEM;
}

static rml_status logistic_ridge(const rml_sample *train, const uint8_t *y, const double *weight, double c,
                                 rml_logistic_shared *shared, rml_fitted *fitted)
{
    const int32_t p = train->x.n_columns;
    rml_ridge_settings settings = rml_ridge_defaults();
    rml_ridge fit = {0};
    rml_status status;

    settings.c = c;
    status = rml_ridge_fit(&train->x, y, weight, &settings, shared && shared->started ? shared->weights : NULL, &fit);
    if (status == RML_OK) status = rml_store_linear(fitted, "logistic", p, fit.weights, fit.intercept);
    if (status == RML_OK && shared) {
        memcpy(shared->weights, fit.weights, (size_t)p * sizeof *fit.weights);
        shared->weights[p] = fit.intercept;
        shared->started = true;
    }
    rml_ridge_free(&fit);
    return status;
}

/* scikit-learn's C and l1_ratio by coordinate descent: columns as they are, the intercept free. */
static rml_status logistic_sparse(const rml_sample *train, const uint8_t *y, const double *weight, double c,
                                  double l1_ratio, rml_fitted *fitted)
{
    rml_elastic_net_settings settings = rml_elastic_net_defaults();
    double sum = 0.0, lambda;
    rml_elastic_net fit = {0};
    rml_status status;

    for (int32_t i = 0; i < train->n_rows; ++i) sum += weight ? weight[i] : 1.0;
    lambda = rml_elastic_net_lambda_of_c(c, sum);
    settings.alpha = l1_ratio;
    settings.standardise = false;
    settings.n_lambda = 1;
    settings.lambda = &lambda;
    status = rml_elastic_net_fit(&train->x, (rml_elastic_net_outcome){.binary = y}, weight, &settings, &fit);
    if (status == RML_OK)
        status = rml_store_linear(fitted, "logistic", train->x.n_columns, fit.coefficient, fit.intercept[0]);
    rml_elastic_net_free(&fit);
    return status;
}

static rml_status logistic_fit(const rml_sample *train, const double *param, uint64_t seed, void *shared,
                               rml_fitted *fitted, rml_error *err)
{
    uint8_t *y = rml_sample_positive(train);
    double *weight = NULL;
    rml_status status = y ? rml_sample_weigh(train, param[LOGISTIC_WEIGHT] > 0, &weight, err) : RML_ENOMEM;

    (void)seed;
    if (status == RML_OK) switch ((int32_t)param[LOGISTIC_PENALTY]) {
        case PENALTY_NONE: status = logistic_plain(train, y, weight, fitted, err); break;
        case PENALTY_L1: status = logistic_sparse(train, y, weight, param[LOGISTIC_C], 1.0, fitted); break;
        case PENALTY_ELASTIC:
            status = logistic_sparse(train, y, weight, param[LOGISTIC_C], param[LOGISTIC_L1], fitted);
            break;
        default: status = logistic_ridge(train, y, weight, param[LOGISTIC_C], shared, fitted);
        }
    free(y);
    free(weight);
    return status;
}

/* A setting that is given and read by nothing would make a grid of points that are one and the same. */
static const char *logistic_refuse(const double *param)
{
    if (param[LOGISTIC_PENALTY] == PENALTY_NONE && param[LOGISTIC_C] != logistic_params[LOGISTIC_C].fallback)
        return "a C is given, which nothing reads: a penalty was expected beside it";
    if (param[LOGISTIC_PENALTY] != PENALTY_ELASTIC && param[LOGISTIC_L1] != logistic_params[LOGISTIC_L1].fallback)
        return "an l1_ratio is given, which nothing reads: penalty: elasticnet was expected beside it";
    return NULL;
}

static bool logistic_sparse_if(const double *param)
{
    return param[LOGISTIC_PENALTY] == PENALTY_L1 ||
           (param[LOGISTIC_PENALTY] == PENALTY_ELASTIC && param[LOGISTIC_L1] > 0.0);
}

const rml_kind rml_kind_logistic = {.name = "logistic",
                                    .role = RML_ROLE_MODEL,
                                    .help = "logistic regression",
                                    .param = logistic_params,
                                    .n_params = RML_COUNT(logistic_params),
                                    .for_class = true,
                                    .sparse = logistic_sparse_if,
                                    .refuse = logistic_refuse,
                                    .fit = logistic_fit,
                                    .decide = rml_decide_linear,
                                    .share = logistic_share,
                                    .unshare = logistic_unshare,
                                    .log_odds = true};

/* 3. Linear regression -------------------------------------------------------------------------------------------- */

static const rml_param linear_params[] = {
    {"lambda", RML_PARAM_NUMBER, 0.1, 0, 1e12, NULL, "strength of the penalty, as glmnet has it; 0: least squares"},
    {"alpha", RML_PARAM_NUMBER, 0.0, 0, 1, NULL, "0: ridge, 1: lasso, between: elastic net"},
};
enum { LINEAR_LAMBDA, LINEAR_ALPHA };

static rml_status linear_fit(const rml_sample *train, const double *param, uint64_t seed, void *shared,
                             rml_fitted *fitted, rml_error *err)
{
    rml_elastic_net_settings settings = rml_elastic_net_defaults();
    rml_elastic_net fit = {0};
    rml_status status;

    (void)seed, (void)shared, (void)err;
    settings.alpha = param[LINEAR_ALPHA];
    settings.n_lambda = 1;
    settings.lambda = &param[LINEAR_LAMBDA];
    status = rml_elastic_net_fit(&train->x, (rml_elastic_net_outcome){.number = train->y}, rml_sample_weights(train),
                                 &settings, &fit);
    if (status == RML_OK)
        status = rml_store_linear(fitted, "linear", train->x.n_columns, fit.coefficient, fit.intercept[0]);
    rml_elastic_net_free(&fit);
    return status;
}

static bool linear_sparse(const double *param)
{
    return param[LINEAR_LAMBDA] > 0.0 && param[LINEAR_ALPHA] > 0.0;
}

const rml_kind rml_kind_linear = {.name = "linear",
                                  .role = RML_ROLE_MODEL,
                                  .help = "linear regression with a penalty",
                                  .param = linear_params,
                                  .n_params = RML_COUNT(linear_params),
                                  .for_value = true,
                                  .sparse = linear_sparse,
                                  .fit = linear_fit,
                                  .decide = rml_decide_linear};

/* 4. Support vector machines -------------------------------------------------------------------------------------- */

static const rml_param svm_linear_params[] = {
    {"C", RML_PARAM_NUMBER, 1.0, 1e-12, 1e12, NULL, "cost of a row on the wrong side"},
    {"class_weight", RML_PARAM_WORD, 0, 0, 0, rml_class_weights, "balanced: each class counts as much as the other"},
};
enum { SVM_C, SVM_WEIGHT, SVM_GAMMA };

/* The Gram matrix of one training part, and the alphas of the fit before. */
typedef struct rml_svm_shared {
    double *kernel;
    double *alpha;
    bool started;
} rml_svm_shared;

static void svm_unshare(void *shared)
{
    rml_svm_shared *s = shared;

    if (!s) return;
    free(s->kernel);
    free(s->alpha);
    free(s);
}

static rml_status svm_linear_share(const rml_sample *train, void **shared)
{
    const size_t n = (size_t)train->n_rows;
    rml_svm_shared *s = calloc(1, sizeof *s);
    rml_status status = RML_ENOMEM;

    if (!s) return status;
    s->kernel = malloc(n * n * sizeof *s->kernel);
    s->alpha = malloc(n * sizeof *s->alpha);
    if (s->kernel && s->alpha) status = rml_kernel_square(&train->x, RML_KERNEL_LINEAR, 0.0, s->kernel);
    if (status == RML_OK)
        *shared = s;
    else
        svm_unshare(s);
    return status;
}

/* With a kernel matrix: fits, and leaves the alphas as the next fit's start. */
static rml_status svm_solve(const rml_sample *train, const double *kernel, rml_svm_shared *shared, double c,
                            bool balanced, rml_svm *svm, rml_error *err)
{
    const size_t n_bytes = (size_t)train->n_rows * sizeof(double);
    rml_svm_settings settings = rml_svm_defaults();
    uint8_t *y = rml_sample_positive(train);
    rml_status status = RML_ENOMEM;

    settings.c = c;
    settings.balanced = balanced;
    if (y)
        status = rml_svm_fit(kernel, train->n_rows, y, rml_sample_weights(train), &settings,
                             shared && shared->started ? shared->alpha : NULL, svm);
    if (status == RML_OK && !(svm->gap <= RML_SVM_NEAR))
        status = rml_fail(err, RML_EVALUE,
                          "C %g: no optimum after %lld steps (a violation of %.2g is left); a smaller C, "
                          "or features on one scale (scale: zscore), were expected",
                          c, (long long)svm->n_pairs, svm->gap);
    if (status == RML_OK && shared) {
        memcpy(shared->alpha, svm->alpha, n_bytes);
        shared->started = true;
    }
    free(y);
    return status;
}

static rml_status svm_linear_fit(const rml_sample *train, const double *param, uint64_t seed, void *shared,
                                 rml_fitted *fitted, rml_error *err)
{
    void *own = NULL;
    rml_svm svm = {0};
    double *weights = malloc(((size_t)train->x.n_columns + 1) * sizeof *weights);
    rml_status status = weights ? RML_OK : RML_ENOMEM;

    (void)seed;
    if (status == RML_OK && !shared) status = svm_linear_share(train, &own);
    if (status == RML_OK) {
        rml_svm_shared *s = shared ? shared : own;

        status = svm_solve(train, s->kernel, s, param[SVM_C], param[SVM_WEIGHT] > 0, &svm, err);
    }
    if (status == RML_OK) status = rml_svm_weights(&svm, &train->x, weights);
    if (status == RML_OK) status = rml_store_linear(fitted, "svm-linear", train->x.n_columns, weights, svm.intercept);
    rml_svm_free(&svm);
    free(weights);
    svm_unshare(own);
    return status;
}

const rml_kind rml_kind_svm_linear = {.name = "svm-linear",
                                      .role = RML_ROLE_MODEL,
                                      .help = "support vector machine, linear",
                                      .param = svm_linear_params,
                                      .n_params = RML_COUNT(svm_linear_params),
                                      .for_class = true,
                                      .fit = svm_linear_fit,
                                      .decide = rml_decide_linear,
                                      .share = svm_linear_share,
                                      .unshare = svm_unshare};

static const rml_param svm_rbf_params[] = {
    {"C", RML_PARAM_NUMBER, 1.0, 1e-12, 1e12, NULL, "cost of a row on the wrong side"},
    {"class_weight", RML_PARAM_WORD, 0, 0, 0, rml_class_weights, "balanced: each class counts as much as the other"},
    {"gamma", RML_PARAM_NUMBER, 0.0, 0.0, 1e12, NULL,
     "of exp(-gamma distance^2); 0: 1 / (columns * variance of all training values)"},
};

/* The rows with an alpha, as the decision needs them: [support][columns]. */
static rml_status store_rbf(const rml_sample *train, const rml_svm *svm, double gamma, rml_fitted *fitted)
{
    const int32_t p = train->x.n_columns;
    double *rows, *alpha;
    int32_t s = 0;

    rml_fitted_init(fitted, "svm-rbf", p, 1);
    fitted->holds_rows = true;
    rows = rml_fitted_add(fitted, "support", true, svm->n_support, p, NULL);
    alpha = rml_fitted_add(fitted, "alpha", false, 1, svm->n_support, NULL);
    if (!rows || !alpha || !rml_fitted_add(fitted, "intercept", false, 1, 1, &svm->intercept) ||
        !rml_fitted_add(fitted, "gamma", false, 1, 1, &gamma))
        return RML_ENOMEM;
    for (int32_t i = 0; i < svm->n_rows; ++i) {
        if (svm->alpha[i] == 0.0) continue;
        for (int32_t j = 0; j < p; ++j) rows[(int64_t)s * p + j] = rml_column(&train->x, j)[i];
        alpha[s++] = svm->alpha[i];
    }
    return RML_OK;
}

static rml_status svm_rbf_fit(const rml_sample *train, const double *param, uint64_t seed, void *shared,
                              rml_fitted *fitted, rml_error *err)
{
    const size_t n = (size_t)train->n_rows;
    double *kernel = malloc(n * n * sizeof *kernel), gamma = param[SVM_GAMMA];
    rml_svm svm = {0};
    rml_status status = kernel ? RML_OK : RML_ENOMEM;

    (void)seed, (void)shared;
    if (status == RML_OK && gamma == 0.0) status = rml_kernel_scale(&train->x, &gamma);
    if (status == RML_OK) status = rml_kernel_square(&train->x, RML_KERNEL_RBF, gamma, kernel);
    if (status == RML_OK) status = svm_solve(train, kernel, NULL, param[SVM_C], param[SVM_WEIGHT] > 0, &svm, err);
    if (status == RML_OK) status = store_rbf(train, &svm, gamma, fitted);
    rml_svm_free(&svm);
    free(kernel);
    return status;
}

static rml_status svm_rbf_decide(const rml_fitted *fitted, const double *param, const rml_columns *x, double *decision)
{
    const rml_array *support = rml_fitted_array(fitted, "support");
    const rml_array *alpha = rml_fitted_shaped(fitted, "alpha", 1, support ? support->n_rows : 0);
    const double gamma = rml_fitted_number(fitted, "gamma"), intercept = rml_fitted_number(fitted, "intercept");

    (void)param;
    if (!support || !alpha || support->n_columns != x->n_columns) return RML_EINVAL;
    for (int64_t i = 0; i < x->n_rows; ++i) decision[i] = intercept;
    for (int32_t s = 0; s < support->n_rows; ++s)
        for (int64_t i = 0; i < x->n_rows; ++i) {
            double distance = 0.0;

            for (int32_t j = 0; j < x->n_columns; ++j) {
                const double d = rml_column(x, j)[i] - support->value[(int64_t)s * x->n_columns + j];

                distance += d * d;
            }
            decision[i] += alpha->value[s] * exp(-gamma * distance);
        }
    return RML_OK;
}

const rml_kind rml_kind_svm_rbf = {.name = "svm-rbf",
                                   .role = RML_ROLE_MODEL,
                                   .help = "support vector machine with a Gaussian kernel",
                                   .param = svm_rbf_params,
                                   .n_params = RML_COUNT(svm_rbf_params),
                                   .for_class = true,
                                   .fit = svm_rbf_fit,
                                   .decide = svm_rbf_decide};
