/* Models of classes by distance, by Gaussian densities and by centres.
 *
 * 1. Nearest neighbours
 * 2. Naive Bayes
 * 3. Linear discriminants
 * 4. Nearest centroid */
#include <stdlib.h>
#include <string.h>

#include "kernels/learn/kinds.h"
#include "kernels/simple/centroid.h"
#include "kernels/simple/knn.h"
#include "kernels/simple/lda.h"
#include "kernels/simple/naive_bayes.h"

static int32_t n_classes_of(const rml_sample *train)
{
    return train->outcome == RML_OUTCOME_CLASSES ? train->n_classes : 2;
}

/* 1. Nearest neighbours ------------------------------------------------------------------------------------------- */

static const char *const knn_weights[] = {"uniform", "distance", NULL};
static const rml_param knn_params[] = {
    {"k", RML_PARAM_WHOLE, 5, 1, 1e6, NULL, "neighbours; of rows equally far the first"},
    {"weights", RML_PARAM_WORD, 0, 0, 0, knn_weights, "distance: by 1 / distance"},
};
enum { KNN_K, KNN_WEIGHTS };

static rml_status knn_fit(const rml_sample *train, const double *param, uint64_t seed, void *shared, rml_fitted *fitted,
                          rml_error *err)
{
    const int32_t p = train->x.n_columns;
    const int32_t n_classes = train->outcome == RML_OUTCOME_VALUE ? 0 : n_classes_of(train);
    double *rows;

    (void)seed, (void)shared;
    if (param[KNN_K] > train->n_rows)
        return rml_fail(err, RML_EVALUE, "%d neighbours were asked for, %d training rows are there", (int)param[KNN_K],
                        train->n_rows);
    rml_fitted_init(fitted, "knn", p, 1);
    fitted->holds_rows = true;
    rows = rml_fitted_add(fitted, "rows", true, train->n_rows, p, NULL);
    if (!rows || !rml_fitted_add(fitted, "outcome", false, 1, train->n_rows, train->y) ||
        !rml_fitted_add(fitted, "classes", false, 1, 1, (const double[]){n_classes}))
        return RML_ENOMEM;
    for (int32_t i = 0; i < train->n_rows; ++i)
        for (int32_t j = 0; j < p; ++j) rows[(int64_t)i * p + j] = rml_column(&train->x, j)[i];
    return RML_OK;
}

static rml_status knn_decide(const rml_fitted *fitted, const double *param, const rml_columns *x, double *decision)
{
    const rml_array *rows = rml_fitted_shaped(fitted, "rows", -1, x->n_columns);
    const rml_array *outcome = rml_fitted_shaped(fitted, "outcome", 1, rows ? rows->n_rows : 0);
    int32_t *classes;
    rml_knn knn;
    rml_status status;

    if (!rows || !outcome) return RML_EINVAL;
    classes = malloc(((size_t)rows->n_rows + 1) * sizeof *classes);
    if (!classes) return RML_ENOMEM;
    for (int32_t i = 0; i < rows->n_rows; ++i) classes[i] = (int32_t)outcome->value[i];
    knn = (rml_knn){.n_rows = rows->n_rows,
                    .n_columns = rows->n_columns,
                    .n_neighbours = (int32_t)param[KNN_K],
                    .n_classes = (int32_t)rml_fitted_number(fitted, "classes"),
                    .weighting = (rml_knn_weighting)param[KNN_WEIGHTS],
                    .rows = rows->value,
                    .classes = classes};
    if (knn.n_classes == 0) knn.target = outcome->value;
    status = rml_knn_predict(&knn, x, decision);
    free(classes);
    return status;
}

const rml_kind rml_kind_knn = {.name = "knn",
                               .role = RML_ROLE_MODEL,
                               .help = "nearest neighbours",
                               .param = knn_params,
                               .n_params = RML_COUNT(knn_params),
                               .for_class = true,
                               .for_classes = true,
                               .for_value = true,
                               .fit = knn_fit,
                               .decide = knn_decide,
                               .shares = true};

/* 2. Naive Bayes -------------------------------------------------------------------------------------------------- */

static const rml_param bayes_params[] = {
    {"smoothing", RML_PARAM_NUMBER, 1e-9, 0, 1e6, NULL, "added to every variance, times the largest one"},
    {"class_weight", RML_PARAM_WORD, 0, 0, 0, rml_class_weights, "balanced: each class is as likely as the other"},
};
enum { BAYES_SMOOTHING, BAYES_WEIGHT };

static rml_status bayes_fit(const rml_sample *train, const double *param, uint64_t seed, void *shared,
                            rml_fitted *fitted, rml_error *err)
{
    const int32_t k = n_classes_of(train), p = train->x.n_columns;
    int32_t *codes = rml_sample_codes(train);
    double *weight = NULL;
    rml_naive_bayes model = {0};
    rml_status status = codes ? rml_sample_weigh(train, param[BAYES_WEIGHT] > 0, &weight, err) : RML_ENOMEM;

    (void)seed, (void)shared;
    if (status == RML_OK) status = rml_naive_bayes_fit(&train->x, codes, k, weight, param[BAYES_SMOOTHING], &model);
    rml_fitted_init(fitted, "naive-bayes", p, 1);
    if (status == RML_OK && (!rml_fitted_add(fitted, "log_prior", false, 1, k, model.log_prior) ||
                             !rml_fitted_add(fitted, "mean", true, k, p, model.mean) ||
                             !rml_fitted_add(fitted, "variance", true, k, p, model.variance)))
        status = RML_ENOMEM;
    rml_naive_bayes_free(&model);
    free(codes);
    free(weight);
    return status;
}

static rml_status bayes_decide(const rml_fitted *fitted, const double *param, const rml_columns *x, double *decision)
{
    const rml_array *prior = rml_fitted_shaped(fitted, "log_prior", 1, -1);
    const rml_array *mean = rml_fitted_shaped(fitted, "mean", prior ? prior->n_columns : 0, x->n_columns);
    const rml_array *variance = rml_fitted_shaped(fitted, "variance", prior ? prior->n_columns : 0, x->n_columns);

    (void)param;
    if (!prior || !mean || !variance) return RML_EINVAL;
    return rml_naive_bayes_predict(
        &(const rml_naive_bayes){prior->n_columns, mean->n_columns, prior->value, mean->value, variance->value}, x,
        decision);
}

const rml_kind rml_kind_naive_bayes = {.name = "naive-bayes",
                                       .role = RML_ROLE_MODEL,
                                       .help = "Gaussian naive Bayes",
                                       .param = bayes_params,
                                       .n_params = RML_COUNT(bayes_params),
                                       .for_class = true,
                                       .for_classes = true,
                                       .fit = bayes_fit,
                                       .decide = bayes_decide,
                                       .log_odds = true};

/* 3. Linear discriminants ----------------------------------------------------------------------------------------- */

static const char *const lda_kinds[] = {"svd", "shrinkage", "ledoit-wolf", NULL};
static const rml_param lda_params[] = {
    {"solver", RML_PARAM_WORD, 0, 0, 0, lda_kinds,
     "svd: pooled covariance, divisor n less classes (as MASS); the others draw it towards a multiple of one"},
    {"shrinkage", RML_PARAM_NUMBER, 0.5, 0, 1, NULL, "of solver shrinkage"},
    {"class_weight", RML_PARAM_WORD, 0, 0, 0, rml_class_weights, "balanced: each class is as likely as the other"},
};
enum { LDA_SOLVER, LDA_SHRINKAGE, LDA_WEIGHT };

static rml_status lda_fit(const rml_sample *train, const double *param, uint64_t seed, void *shared, rml_fitted *fitted,
                          rml_error *err)
{
    const int32_t k = n_classes_of(train), p = train->x.n_columns;
    int32_t *codes = rml_sample_codes(train);
    double *prior = malloc((size_t)k * sizeof *prior);
    rml_lda model = {0};
    rml_status status = RML_ENOMEM;

    (void)seed, (void)shared, (void)err;
    for (int32_t c = 0; prior && c < k; ++c) prior[c] = 1.0 / k;
    if (codes && prior)
        status = rml_lda_fit(&train->x, codes, k, param[LDA_WEIGHT] > 0 ? prior : NULL, (rml_lda_kind)param[LDA_SOLVER],
                             param[LDA_SHRINKAGE], &model);
    if (status == RML_OK && train->outcome == RML_OUTCOME_CLASS) { /* two scores differ by a linear function */
        for (int32_t j = 0; j < p; ++j) model.coef[p + j] -= model.coef[j];
        status = rml_store_linear(fitted, "lda", p, model.coef + p, model.intercept[1] - model.intercept[0]);
    } else if (status == RML_OK) {
        rml_fitted_init(fitted, "lda", p, 1);
        if (!rml_fitted_add(fitted, "coefficients", true, k, p, model.coef) ||
            !rml_fitted_add(fitted, "intercepts", false, 1, k, model.intercept))
            status = RML_ENOMEM;
    }
    rml_lda_free(&model);
    free(codes);
    free(prior);
    return status;
}

static rml_status lda_decide(const rml_fitted *fitted, const double *param, const rml_columns *x, double *decision)
{
    const rml_array *coef = rml_fitted_array(fitted, "coefficients"),
                    *intercept = rml_fitted_shaped(fitted, "intercepts", 1, coef ? coef->n_rows : 0);

    if (!coef || !intercept) return rml_decide_linear(fitted, param, x, decision);
    return rml_lda_predict(&(const rml_lda){coef->n_rows, coef->n_columns, intercept->value, coef->value}, x, decision);
}

static const char *lda_refuse(const double *param)
{
    enum { SHRINKAGE = 1 }; /* of lda_kinds */

    if (param[LDA_SOLVER] != SHRINKAGE && param[LDA_SHRINKAGE] != lda_params[LDA_SHRINKAGE].fallback)
        return "a shrinkage is given, which nothing reads: solver: shrinkage was expected beside it";
    return NULL;
}

const rml_kind rml_kind_lda = {.name = "lda",
                               .role = RML_ROLE_MODEL,
                               .help = "linear discriminant analysis",
                               .param = lda_params,
                               .n_params = RML_COUNT(lda_params),
                               .for_class = true,
                               .for_classes = true,
                               .fit = lda_fit,
                               .refuse = lda_refuse,
                               .decide = lda_decide,
                               .log_odds = true};

/* 4. Nearest centroid --------------------------------------------------------------------------------------------- */

static const rml_param centroid_params[] = {
    {"threshold", RML_PARAM_NUMBER, 0, 0, 1e6, NULL, "by which centres are shrunken towards the overall mean; 0: not"},
};

static rml_status centroid_fit(const rml_sample *train, const double *param, uint64_t seed, void *shared,
                               rml_fitted *fitted, rml_error *err)
{
    const int32_t k = n_classes_of(train), p = train->x.n_columns;
    int32_t *codes = rml_sample_codes(train);
    rml_centroid model = {0};
    rml_status status = RML_ENOMEM;

    (void)seed, (void)shared, (void)err;
    if (codes) status = rml_centroid_fit(&train->x, codes, k, param[0], &model);
    rml_fitted_init(fitted, "centroid", p, 1);
    if (status == RML_OK && !rml_fitted_add(fitted, "centre", true, k, p, model.centre)) status = RML_ENOMEM;
    rml_centroid_free(&model);
    free(codes);
    return status;
}

static rml_status centroid_decide(const rml_fitted *fitted, const double *param, const rml_columns *x, double *decision)
{
    const rml_array *centre = rml_fitted_array(fitted, "centre");

    (void)param;
    if (!centre) return RML_EINVAL;
    return rml_centroid_predict(&(const rml_centroid){centre->n_rows, centre->n_columns, centre->value}, x, decision);
}

const rml_kind rml_kind_centroid = {.name = "centroid",
                                    .role = RML_ROLE_MODEL,
                                    .help = "nearest centroid",
                                    .param = centroid_params,
                                    .n_params = RML_COUNT(centroid_params),
                                    .for_class = true,
                                    .for_classes = true,
                                    .fit = centroid_fit,
                                    .decide = centroid_decide};
