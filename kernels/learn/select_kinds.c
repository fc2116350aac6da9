/* Steps that choose columns by the outcome.
 *
 * 1. One column at a time
 * 2. Redundancy
 * 3. mRMR
 * 4. Recursive feature elimination
 * 5. Lasso
 * 6. Relief */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/learn/kinds.h"
#include "kernels/learn/rfe_forest.h"
#include "kernels/models/elastic_net_cv.h"
#include "kernels/select/bins.h"
#include "kernels/select/mrmr.h"
#include "kernels/select/redundancy.h"
#include "kernels/select/relief.h"
#include "kernels/select/univariate.h"

static const char no_missing[] = "a value is missing or infinite; an impute step before it was expected";

/* Columns as levels, cut on these very rows. levels: out, malloc'ed. */
static rml_status cut_levels(const rml_columns *x, rml_bins_kind kind, int32_t n_levels, uint8_t **levels)
{
    rml_bins bins = {0};
    rml_status status = rml_bins_fit(x, kind, n_levels, &bins);

    *levels = NULL;
    if (status != RML_OK) return status;
    *levels = malloc((size_t)x->n_columns * (size_t)x->n_rows + 1);
    status = *levels ? rml_bins_apply(&bins, x, *levels) : RML_ENOMEM;
    rml_bins_free(&bins);
    return status;
}

static int32_t n_classes_of(const rml_sample *train)
{
    return train->outcome == RML_OUTCOME_CLASSES ? train->n_classes : 2;
}

/* 1. One column at a time ----------------------------------------------------------------------------------------- */

static const char *const tests[] = {"wilcoxon", "t", "anova", "information", "chi2", NULL};
enum { TEST_WILCOXON, TEST_WELCH, TEST_ANOVA, TEST_INFORMATION, TEST_CHI2 };
static const char *const adjustments[] = {"none", "bh", NULL};
static const char *const bin_names[] = {"mean_sd", "width", "quantile", NULL};
static const rml_param univariate_params[] = {
    {"test", RML_PARAM_WORD, TEST_WILCOXON, 0, 0, tests,
     "wilcoxon, t: two classes; anova: classes, or the regression on a number; information, chi2: on bins"},
    {"k", RML_PARAM_WHOLE, 0, 0, INT32_MAX, NULL, "columns to keep at most, those with the lowest p; 0: any number"},
    {"max_p", RML_PARAM_NUMBER, 0, 0, 1, NULL, "only p below this limit; 0: 0.05 where k is 0, else no limit"},
    {"adjust", RML_PARAM_WORD, 1, 0, 0, adjustments, "of p against the limit: bh is Benjamini and Hochberg's"},
    {"bins", RML_PARAM_WORD, 0, 0, 0, bin_names, "of information and chi2"},
    {"levels", RML_PARAM_WHOLE, 4, 2, 64, NULL, "of bins width and quantile"},
};
enum { UNI_TEST, UNI_K, UNI_MAX_P, UNI_ADJUST, UNI_BINS, UNI_LEVELS };

static const char *univariate_misfit(const double *param, rml_outcome_kind outcome)
{
    const int32_t test = (int32_t)param[UNI_TEST];

    if ((test == TEST_WILCOXON || test == TEST_WELCH) && outcome != RML_OUTCOME_CLASS)
        return test == TEST_WELCH ? "test t is for two classes; anova was expected"
                                  : "test wilcoxon is for two classes; anova was expected";
    if ((test == TEST_INFORMATION || test == TEST_CHI2) && outcome == RML_OUTCOME_VALUE)
        return test == TEST_CHI2 ? "test chi2 is for classes; anova was expected"
                                 : "test information is for classes; anova was expected";
    return NULL;
}

static rml_status test_columns(const rml_sample *train, const double *param, double *score, double *p, rml_error *err)
{
    const int32_t test = (int32_t)param[UNI_TEST], n_levels = param[UNI_BINS] > 0 ? (int32_t)param[UNI_LEVELS] : 3;
    uint8_t *y = rml_sample_positive(train), *levels = NULL;
    int32_t *codes = rml_sample_codes(train);
    rml_status status = y && codes ? RML_OK : RML_ENOMEM;

    if (status == RML_OK && univariate_misfit(param, train->outcome))
        status = rml_fail(err, RML_ESETTING, "%s", univariate_misfit(param, train->outcome));
    if (status == RML_OK && (test == TEST_INFORMATION || test == TEST_CHI2))
        status = cut_levels(&train->x, (rml_bins_kind)param[UNI_BINS], n_levels, &levels);
    if (status == RML_OK) switch (test) {
        case TEST_WILCOXON: status = rml_univariate_wilcoxon(&train->x, y, score, p); break;
        case TEST_WELCH: status = rml_univariate_welch(&train->x, y, score, p); break;
        case TEST_ANOVA:
            status = train->outcome == RML_OUTCOME_VALUE
                         ? rml_univariate_regression(&train->x, train->y, score, p)
                         : rml_univariate_anova(&train->x, codes, n_classes_of(train), score, p);
            break;
        case TEST_INFORMATION:
            status = rml_univariate_information(levels, train->n_rows, train->x.n_columns, n_levels, codes,
                                                n_classes_of(train), score, p);
            break;
        default:
            status = rml_univariate_chi_square(levels, train->n_rows, train->x.n_columns, n_levels, codes,
                                               n_classes_of(train), score, p);
        }
    free(y);
    free(levels);
    free(codes);
    return status;
}

/* By p as it is; those whose adjusted p, which rises with it, reaches the limit are taken off the end. */
static rml_status choose_by_p(const double *param, const double *score, const double *p, int32_t n, int32_t *chosen,
                              int32_t *n_chosen)
{
    const double limit = param[UNI_MAX_P] > 0.0 ? param[UNI_MAX_P] : param[UNI_K] > 0 ? INFINITY : 0.05;
    const int32_t most = param[UNI_K] > 0 && param[UNI_K] < n ? (int32_t)param[UNI_K] : n;
    double *against = malloc(((size_t)n + 1) * sizeof *against);
    rml_status status = against ? rml_univariate_top(p, score, n, most, chosen, n_chosen) : RML_ENOMEM;

    if (status == RML_OK) memcpy(against, p, (size_t)n * sizeof *against);
    if (status == RML_OK && param[UNI_ADJUST] > 0) status = rml_univariate_adjust(p, n, against);
    while (status == RML_OK && *n_chosen > 0 && !(against[chosen[*n_chosen - 1]] < limit)) --*n_chosen;
    free(against);
    return status;
}

static rml_status univariate_fit(const rml_sample *train, const double *param, uint64_t seed, void *shared,
                                 rml_fitted *fitted, rml_error *err)
{
    const int32_t n = train->x.n_columns;
    double *score = malloc(((size_t)n + 1) * sizeof *score), *p = malloc(((size_t)n + 1) * sizeof *p);
    int32_t *chosen = malloc(((size_t)n + 1) * sizeof *chosen), n_chosen = 0;
    rml_status status = score && p && chosen ? test_columns(train, param, score, p, err) : RML_ENOMEM;

    (void)seed, (void)shared;
    if (status == RML_EVALUE && !err->text[0]) rml_fail(err, status, "%s", no_missing);
    if (status == RML_OK) status = choose_by_p(param, score, p, n, chosen, &n_chosen);
    if (status == RML_OK) status = rml_keep_listed(fitted, "univariate", n, chosen, n_chosen);
    if (status == RML_OK && !rml_fitted_add(fitted, "p", true, 1, n, p)) status = RML_ENOMEM;
    free(score);
    free(p);
    free(chosen);
    return status;
}

const rml_kind rml_kind_univariate = {.name = "univariate",
                                      .role = RML_ROLE_SELECT,
                                      .help = "keeps columns by a test of each on its own",
                                      .param = univariate_params,
                                      .n_params = RML_COUNT(univariate_params),
                                      .for_class = true,
                                      .for_classes = true,
                                      .for_value = true,
                                      .misfit = univariate_misfit,
                                      .fit = univariate_fit};

/* 2. Redundancy --------------------------------------------------------------------------------------------------- */

static const char *const correlations[] = {"pearson", "spearman", NULL};
static const char *const rules[] = {"caret", "caret-exact", "single", "complete", NULL};
static const rml_param redundancy_params[] = {
    {"cutoff", RML_PARAM_NUMBER, 0.9, 0, 1, NULL, "of |r|"},
    {"by", RML_PARAM_WORD, 0, 0, 0, correlations, "correlation of values or of ranks"},
    {"rule", RML_PARAM_WORD, 0, 0, 0, rules,
     "caret: of each pair above the cutoff the column with the larger mean |r| goes (exact: means anew after each "
     "removal); single, complete: clusters, of which the column with the lowest mean |r| stays"},
};
enum { REDUNDANCY_CUTOFF, REDUNDANCY_BY, REDUNDANCY_RULE };

static rml_status redundancy_fit(const rml_sample *train, const double *param, uint64_t seed, void *shared,
                                 rml_fitted *fitted, rml_error *err)
{
    const int32_t n = train->x.n_columns, rule = (int32_t)param[REDUNDANCY_RULE];
    uint8_t *removed = malloc((size_t)n + 1);
    bool *keep = malloc((size_t)n + 1);
    rml_correlations r = {0};
    rml_status status = removed && keep ? rml_correlations_fit(&train->x, param[REDUNDANCY_BY] > 0, &r) : RML_ENOMEM;

    (void)seed, (void)shared;
    if (status == RML_EVALUE) rml_fail(err, status, "%s", no_missing);
    if (status == RML_OK)
        status = rule < 2 ? rml_redundancy_pairs(&r, param[REDUNDANCY_CUTOFF], rule == 1, removed)
                          : rml_redundancy_clusters(&r, param[REDUNDANCY_CUTOFF],
                                                    rule == 2 ? RML_LINKAGE_SINGLE : RML_LINKAGE_COMPLETE, NULL, NULL,
                                                    removed);
    for (int32_t j = 0; status == RML_OK && j < n; ++j) keep[j] = !removed[j];
    if (status == RML_OK) status = rml_keep_marked(fitted, "redundancy", n, keep);
    rml_correlations_free(&r);
    free(removed);
    free(keep);
    return status;
}

const rml_kind rml_kind_redundancy = {.name = "redundancy",
                                      .role = RML_ROLE_PREPARE,
                                      .help = "leaves out columns that another one repeats",
                                      .param = redundancy_params,
                                      .n_params = RML_COUNT(redundancy_params),
                                      .for_class = true,
                                      .for_classes = true,
                                      .for_value = true,
                                      .for_time = true,
                                      .pairs = true,
                                      .fit = redundancy_fit};

/* 3. mRMR --------------------------------------------------------------------------------------------------------- */

static const char *const mrmr_forms[] = {"mid", "miq", "f-mean", "f-max", "ln", NULL};
static const rml_param mrmr_params[] = {
    {"k", RML_PARAM_WHOLE, 30, 1, INT32_MAX, NULL, "columns to keep"},
    {"form", RML_PARAM_WORD, 0, 0, 0, mrmr_forms,
     "mid, miq: mutual information of bins, difference or quotient; f-mean, f-max: F over |r|; ln: -1/2 ln(1 - r^2)"},
    {"bins", RML_PARAM_WORD, 0, 0, 0, bin_names, "of mid and miq, cut on training rows; mean_sd: three levels"},
    {"levels", RML_PARAM_WHOLE, 4, 2, 64, NULL, "of bins width and quantile"},
};
enum { MRMR_K, MRMR_FORM, MRMR_BINS, MRMR_LEVELS };

static const char *mrmr_misfit(const double *param, rml_outcome_kind outcome)
{
    if (param[MRMR_FORM] == RML_MRMR_LN && outcome == RML_OUTCOME_CLASSES)
        return "form ln is for two classes or numbers; mid, miq, f-mean or f-max was expected";
    if ((rml_mrmr_form)param[MRMR_FORM] > RML_MRMR_MIQ || outcome != RML_OUTCOME_VALUE) return NULL;
    return param[MRMR_FORM] == RML_MRMR_MIQ ? "form miq is for classes; f-mean, f-max or ln was expected"
                                            : "form mid is for classes; f-mean, f-max or ln was expected";
}

static rml_status mrmr_choose(const rml_sample *train, const double *param, rml_mrmr_choice *choice, int32_t k,
                              rml_error *err)
{
    const rml_mrmr_form form = (rml_mrmr_form)param[MRMR_FORM];
    const int32_t n_levels = param[MRMR_BINS] > 0 ? (int32_t)param[MRMR_LEVELS] : 3;
    const bool value = train->outcome == RML_OUTCOME_VALUE;
    int32_t *codes = rml_sample_codes(train);
    uint8_t *levels = NULL;
    rml_status status = codes ? RML_OK : RML_ENOMEM;

    if (status == RML_OK && mrmr_misfit(param, train->outcome))
        status = rml_fail(err, RML_ESETTING, "%s", mrmr_misfit(param, train->outcome));
    if (status == RML_OK && form <= RML_MRMR_MIQ) {
        status = cut_levels(&train->x, (rml_bins_kind)param[MRMR_BINS], n_levels, &levels);
        if (status == RML_OK)
            status = rml_mrmr_levels(levels, train->n_rows, train->x.n_columns, n_levels, codes, n_classes_of(train),
                                     form, k, choice);
    } else if (status == RML_OK) {
        status = rml_mrmr_numbers(&train->x, value ? NULL : codes, n_classes_of(train), value ? train->y : NULL, form,
                                  k, choice);
    }
    free(codes);
    free(levels);
    return status;
}

static rml_status mrmr_fit(const rml_sample *train, const double *param, uint64_t seed, void *shared,
                           rml_fitted *fitted, rml_error *err)
{
    const int32_t n = train->x.n_columns, k = param[MRMR_K] < n ? (int32_t)param[MRMR_K] : n;
    rml_mrmr_choice choice = {.column = malloc(((size_t)k + 1) * sizeof(int32_t)),
                              .score = malloc(((size_t)k + 1) * sizeof(double))};
    double *score;
    rml_status status = choice.column && choice.score ? mrmr_choose(train, param, &choice, k, err) : RML_ENOMEM;

    (void)seed, (void)shared;
    if (status == RML_EVALUE && !err->text[0]) rml_fail(err, status, "%s", no_missing);
    if (status == RML_OK) { /* kept in the order of choice: a later step that breaks ties by column follows it */
        rml_fitted_init(fitted, "mrmr", n, choice.n);
        status = rml_fitted_keep(fitted, choice.column);
        score = status == RML_OK ? rml_fitted_add(fitted, "score", true, 1, n, NULL) : NULL;
        if (status == RML_OK && !score) status = RML_ENOMEM;
        for (int32_t j = 0; score && j < n; ++j) score[j] = NAN;
        for (int32_t c = 0; score && c < choice.n; ++c) score[choice.column[c]] = choice.score[c];
    }
    free(choice.column);
    free(choice.score);
    return status;
}

const rml_kind rml_kind_mrmr = {.name = "mrmr",
                                .role = RML_ROLE_SELECT,
                                .help = "minimum redundancy, maximum relevance",
                                .param = mrmr_params,
                                .n_params = RML_COUNT(mrmr_params),
                                .for_class = true,
                                .for_classes = true,
                                .for_value = true,
                                .misfit = mrmr_misfit,
                                .fit = mrmr_fit};

/* 4. Recursive feature elimination -------------------------------------------------------------------------------- */

static const char *const rfe_models[] = {"svm-linear", "logistic", "forest", NULL};
enum { RFE_SVM, RFE_LOGISTIC, RFE_FOREST };
static const char *const rfe_choices[] = {"best", "one_se", NULL};
static const rml_param rfe_params[] = {
    {"to", RML_PARAM_WHOLE, 8, 1, INT32_MAX, NULL, "columns to keep; with kfold at least"},
    {"model", RML_PARAM_WORD, 0, 0, 0, rfe_models,
     "whose squared coefficients, or whose trees' gains, say what a column is worth"},
    {"C", RML_PARAM_NUMBER, 1.0, 1e-12, 1e12, NULL, "of the linear models"},
    {"step", RML_PARAM_WHOLE, 1, 1, INT32_MAX, NULL, "columns dropped a fit"},
    {"class_weight", RML_PARAM_WORD, 0, 0, 0, rml_class_weights, "balanced: each class counts as much as the other"},
    {"trees", RML_PARAM_WHOLE, 100, 1, 1e6, NULL, "of a forest, one forest a fit"},
    {"kfold", RML_PARAM_WHOLE, 0, 0, 1000, NULL,
     "0: `to` columns; else as many as score best in so many folds of the training rows, drawn from the study's seed"},
    {"choose", RML_PARAM_WORD, 0, 0, 0, rfe_choices,
     "of kfold: the best, the fewest of equals; one_se: the fewest within one standard error"},
};
enum { RFE_TO, RFE_MODEL, RFE_C, RFE_STEP, RFE_WEIGHT, RFE_TREES, RFE_KFOLD, RFE_CHOOSE };

static const char *rfe_refuse(const double *param)
{
    return param[RFE_KFOLD] == 1 ? "kfold: 0, or 2 folds and more were expected" : NULL;
}

static const char *rfe_misfit(const double *param, rml_outcome_kind outcome)
{
    if (param[RFE_MODEL] != RFE_FOREST && outcome != RML_OUTCOME_CLASS)
        return param[RFE_MODEL] == RFE_LOGISTIC ? "model logistic is for two classes; forest was expected"
                                                : "model svm-linear is for two classes; forest was expected";
    if (param[RFE_WEIGHT] > 0 && outcome == RML_OUTCOME_VALUE)
        return "class_weight balanced is for classes, the outcome is a number";
    return NULL;
}

/* Down to n_select columns, with folds to at least so many. cv->n_sizes is 0 without folds; cv->rfe is the result. */
static rml_status rfe_linear(const rml_sample *train, const double *param, const int32_t *fold, int32_t n_select,
                             rml_rfecv *cv)
{
    rml_rfe_settings settings = rml_rfe_defaults();
    uint8_t *y = rml_sample_positive(train);
    rml_status status = RML_ENOMEM;

    settings.model = param[RFE_MODEL] == RFE_LOGISTIC ? RML_RFE_RIDGE : RML_RFE_SVM;
    settings.c = param[RFE_C];
    settings.balanced = param[RFE_WEIGHT] > 0;
    settings.n_select = n_select;
    settings.step = (int32_t)param[RFE_STEP];
    if (y && fold)
        status = rml_rfecv_fit(&train->x, y, rml_sample_weights(train), fold, (int32_t)param[RFE_KFOLD], 1, false,
                               &settings, cv);
    else if (y)
        status = rml_rfe_fit(&train->x, y, rml_sample_weights(train), &settings, &cv->rfe);
    free(y);
    return status;
}

static rml_status rfe_forest(const rml_sample *train, const double *param, const int32_t *fold, int32_t n_select,
                             uint64_t seed, rml_rfecv *cv)
{
    rml_forest_settings settings = rml_forest_defaults(train->outcome == RML_OUTCOME_VALUE ? 0 : n_classes_of(train));

    settings.n_trees = (int32_t)param[RFE_TREES];
    settings.balanced = param[RFE_WEIGHT] > 0;
    settings.seed = seed;
    if (fold)
        return rml_rfe_forest_cv(train, fold, (int32_t)param[RFE_KFOLD], &settings, n_select, (int32_t)param[RFE_STEP],
                                 cv);
    return rml_rfe_forest_fit(train, &settings, n_select, (int32_t)param[RFE_STEP], &cv->rfe);
}

static rml_status rfe_run(const rml_sample *train, const double *param, const int32_t *fold, int32_t n_select,
                          uint64_t seed, rml_rfecv *cv)
{
    return param[RFE_MODEL] == RFE_FOREST ? rfe_forest(train, param, fold, n_select, seed, cv)
                                          : rfe_linear(train, param, fold, n_select, cv);
}

/* By cross-validation: sizes with their mean scores stay with the fit. */
static rml_status rfe_by_folds(const rml_sample *train, const double *param, uint64_t seed, rml_rfecv *cv,
                               rml_error *err)
{
    const int32_t k = (int32_t)param[RFE_KFOLD];
    int32_t *fold = malloc(((size_t)train->n_rows + 1) * sizeof *fold);
    rml_status status = fold ? rml_sample_folds(train, k, seed, fold) : RML_ENOMEM;

    if (status == RML_EVALUE || status == RML_EINVAL)
        rml_fail(err, status, "the training part cannot be split into %d folds", k);
    if (status == RML_OK) status = rfe_run(train, param, fold, (int32_t)param[RFE_TO], seed, cv);
    free(fold);
    if (status == RML_EEMPTY && !err->text[0])
        rml_fail(err, status, "one of the %d folds of the training part lacks a class; fewer folds were expected", k);
    if (status == RML_OK && param[RFE_CHOOSE] > 0 && rml_rfecv_one_se(cv) < cv->best) {
        rml_rfe_free(&cv->rfe);
        cv->best = rml_rfecv_one_se(cv);
        status = rfe_run(train, param, NULL, cv->size[cv->best], seed, cv);
    }
    return status;
}

static rml_status rfe_store(const rml_sample *train, const rml_rfecv *cv, rml_fitted *fitted)
{
    rml_status status = rml_keep_listed(fitted, "rfe", train->x.n_columns, cv->rfe.selected, cv->rfe.n_selected);
    double *size = NULL;

    if (status != RML_OK || cv->n_sizes == 0) return status;
    size = rml_fitted_add(fitted, "sizes", false, 1, cv->n_sizes, NULL);
    if (!size || !rml_fitted_add(fitted, "scores", false, 1, cv->n_sizes, cv->mean_auc)) return RML_ENOMEM;
    for (int32_t k = 0; k < cv->n_sizes; ++k) size[k] = cv->size[k];
    return RML_OK;
}

static rml_status rfe_fit(const rml_sample *train, const double *param, uint64_t seed, void *shared, rml_fitted *fitted,
                          rml_error *err)
{
    rml_rfecv cv = {0};
    rml_status status;

    (void)shared;
    if (rfe_misfit(param, train->outcome)) return rml_fail(err, RML_ESETTING, "%s", rfe_misfit(param, train->outcome));
    status = param[RFE_KFOLD] > 0 ? rfe_by_folds(train, param, seed, &cv, err)
                                  : rfe_run(train, param, NULL, (int32_t)param[RFE_TO], seed, &cv);
    if (status == RML_EVALUE && !err->text[0] && rml_sample_missing(train)) rml_fail(err, status, "%s", no_missing);
    if (status == RML_EVALUE && !err->text[0])
        rml_fail(err, status,
                 "C %g: a fit has no optimum within reach; a smaller C, or scale: zscore before it, was expected",
                 param[RFE_C]);
    if (status == RML_OK) status = rfe_store(train, &cv, fitted);
    rml_rfecv_free(&cv);
    return status;
}

const rml_kind rml_kind_rfe = {.name = "rfe",
                               .role = RML_ROLE_SELECT,
                               .help = "recursive feature elimination",
                               .param = rfe_params,
                               .n_params = RML_COUNT(rfe_params),
                               .for_class = true,
                               .for_classes = true,
                               .for_value = true,
                               .refuse = rfe_refuse,
                               .misfit = rfe_misfit,
                               .fit = rfe_fit};

/* 5. Lasso -------------------------------------------------------------------------------------------------------- */

static const char *const lambdas[] = {"min", "1se", NULL};
static const char *const measures[] = {"deviance", "auc", NULL};
static const rml_param lasso_params[] = {
    {"lambda", RML_PARAM_WORD, 0, 0, 0, lambdas,
     "min: the best in cross-validation; 1se: the largest within one standard error"},
    {"alpha", RML_PARAM_NUMBER, 1.0, 0.01, 1, NULL, "1: lasso; below: elastic net"},
    {"kfold", RML_PARAM_WHOLE, 10, 3, 1000, NULL, "folds of the training rows, drawn from the study's seed"},
    {"measure", RML_PARAM_WORD, 0, 0, 0, measures, "by which lambda is chosen"},
    {"thresh", RML_PARAM_NUMBER, 0, 0, 0.1, NULL,
     "of times: 0, to the penalised likelihood's maximum; above: what R's glmnet 4.1-6 reports with this thresh"},
};
enum { LASSO_LAMBDA, LASSO_ALPHA, LASSO_KFOLD, LASSO_MEASURE, LASSO_THRESH };

static rml_status lasso_fit(const rml_sample *train, const double *param, uint64_t seed, void *shared,
                            rml_fitted *fitted, rml_error *err)
{
    const int32_t p = train->x.n_columns, k = (int32_t)param[LASSO_KFOLD];
    const bool value = train->outcome == RML_OUTCOME_VALUE, time = train->outcome == RML_OUTCOME_TIME;
    rml_elastic_net_settings settings = rml_elastic_net_defaults();
    uint8_t *y = rml_sample_positive(train);
    const rml_elastic_net_outcome outcome = {.binary = value || time ? NULL : y,
                                             .number = value ? train->y : NULL,
                                             .time = time ? train->y : NULL,
                                             .event = train->event};
    int32_t *fold = malloc(((size_t)train->n_rows + 1) * sizeof *fold);
    bool *keep = malloc((size_t)p + 1);
    rml_elastic_net_cv cv = {0};
    rml_status status = y && fold && keep ? rml_sample_folds(train, k, seed, fold) : RML_ENOMEM;

    (void)shared;
    settings.alpha = param[LASSO_ALPHA];
    settings.thresh = param[LASSO_THRESH];
    settings.tolerance = 1e-7; /* which columns have a coefficient is settled long before its last digits are */
    if (status == RML_EVALUE || status == RML_EINVAL)
        rml_fail(err, status, "the training part cannot be split into %d folds", k);
    if (status == RML_OK) {
        status = rml_elastic_net_cv_fit(&train->x, outcome, rml_sample_weights(train), fold, k,
                                        value                      ? RML_NET_MSE
                                        : param[LASSO_MEASURE] > 0 ? RML_NET_AUC
                                                                   : RML_NET_DEVIANCE,
                                        &settings, &cv);
        if (status == RML_EVALUE) rml_fail(err, status, "%s", no_missing);
    }
    if (status == RML_OK) {
        const int32_t at = param[LASSO_LAMBDA] > 0 ? cv.at_1se : cv.at_min;
        const double *coefficient = cv.fit.coefficient + (int64_t)at * p;

        for (int32_t j = 0; j < p; ++j) keep[j] = coefficient[j] != 0.0;
        status = rml_keep_marked(fitted, "lasso", p, keep);
        if (status == RML_OK && (!rml_fitted_add(fitted, "coefficient", true, 1, p, coefficient) ||
                                 !rml_fitted_add(fitted, "lambda", false, 1, 1, &cv.fit.lambda[at])))
            status = RML_ENOMEM;
        if (status == RML_OK && settings.thresh > 0.0) status = rml_store_ended_early(fitted, &cv);
    }
    rml_elastic_net_cv_free(&cv);
    free(y);
    free(fold);
    free(keep);
    return status;
}

static const char *lasso_misfit(const double *param, rml_outcome_kind outcome)
{
    if (outcome == RML_OUTCOME_TIME && param[LASSO_MEASURE] > 0)
        return "measure auc is for classes; \"deviance\" was expected for times";
    if (outcome != RML_OUTCOME_TIME && param[LASSO_THRESH] > 0.0)
        return "thresh is for times; none was expected (classes and numbers are fitted to the minimum)";
    return NULL;
}

const rml_kind rml_kind_lasso = {.name = "lasso",
                                 .role = RML_ROLE_SELECT,
                                 .help =
                                     "keeps the columns with a coefficient in a cross-validated lasso or elastic net",
                                 .param = lasso_params,
                                 .n_params = RML_COUNT(lasso_params),
                                 .for_class = true,
                                 .for_value = true,
                                 .for_time = true,
                                 .misfit = lasso_misfit,
                                 .fit = lasso_fit};

/* 6. Relief ------------------------------------------------------------------------------------------------------- */

static const rml_param relief_params[] = {
    {"k", RML_PARAM_WHOLE, 10, 1, INT32_MAX, NULL, "columns to keep, those with the largest weight"},
    {"neighbours", RML_PARAM_WHOLE, 10, 1, 1e6, NULL, "nearest rows of each class"},
};
enum { RELIEF_K, RELIEF_NEIGHBOURS };

static rml_status relief_fit(const rml_sample *train, const double *param, uint64_t seed, void *shared,
                             rml_fitted *fitted, rml_error *err)
{
    const int32_t p = train->x.n_columns, k = param[RELIEF_K] < p ? (int32_t)param[RELIEF_K] : p;
    uint8_t *y = rml_sample_positive(train);
    double *weight = malloc(((size_t)p + 1) * sizeof *weight);
    rml_status status = RML_ENOMEM;

    (void)seed, (void)shared;
    if (y && weight) status = rml_relief(&train->x, y, (int32_t)param[RELIEF_NEIGHBOURS], weight);
    if (status == RML_EVALUE) rml_fail(err, status, "%s", no_missing);
    if (status == RML_OK) status = rml_keep_largest(fitted, "relief", p, weight, k);
    if (status == RML_OK && !rml_fitted_add(fitted, "weight", true, 1, p, weight)) status = RML_ENOMEM;
    free(y);
    free(weight);
    return status;
}

const rml_kind rml_kind_relief = {.name = "relief",
                                  .role = RML_ROLE_SELECT,
                                  .help = "keeps the columns that tell near rows of different classes apart",
                                  .param = relief_params,
                                  .n_params = RML_COUNT(relief_params),
                                  .for_class = true,
                                  .fit = relief_fit};
