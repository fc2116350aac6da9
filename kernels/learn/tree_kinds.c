/* Models of trees, and the selection by them.
 *
 * 1. Trees as arrays
 * 2. Random forest
 * 3. Gradient boosting
 * 4. XGBoost
 * 5. Boruta
 * 6. The columns that a forest finds important */
#include <math.h>
#include <stdlib.h>

#include "kernels/learn/kinds.h"
#include "kernels/trees/boost.h"
#include "kernels/trees/boruta.h"
#include "kernels/trees/forest.h"
#include "kernels/trees/xgb.h"

static int32_t n_classes_of(const rml_sample *train)
{
    return train->outcome == RML_OUTCOME_VALUE ? 0 : train->outcome == RML_OUTCOME_CLASSES ? train->n_classes : 2;
}

/* 1. Trees as arrays ---------------------------------------------------------------------------------------------- */

/* first [trees + 1]; of every node feature (-1: a leaf), threshold, left, right, and where missing_left is given, 1
 * where a missing value goes left; and its values. */
static rml_status store_trees(rml_fitted *fitted, const rml_trees *trees, const uint8_t *missing_left)
{
    const int32_t width = missing_left ? 5 : 4;
    double *first = rml_fitted_add(fitted, "first", false, 1, trees->n_trees + 1, NULL);
    double *node = rml_fitted_add(fitted, "nodes", false, trees->n_nodes, width, NULL);

    if (!first || !node || !rml_fitted_add(fitted, "values", false, trees->n_nodes, trees->n_values, trees->value))
        return RML_ENOMEM;
    for (int32_t t = 0; t <= trees->n_trees; ++t) first[t] = trees->first[t];
    for (int32_t i = 0; i < trees->n_nodes; ++i, node += width) {
        node[0] = trees->feature[i];
        node[1] = trees->threshold[i];
        node[2] = trees->left[i];
        node[3] = trees->right[i];
        if (missing_left) node[4] = missing_left[i];
    }
    return RML_OK;
}

/* A file may hold any number where a whole one belongs. */
static rml_status take_whole(const double *value, int64_t n, int64_t step, int32_t **whole)
{
    *whole = malloc(((size_t)n + 1) * sizeof **whole);
    if (!*whole) return RML_ENOMEM;
    for (int64_t i = 0; i < n; ++i) {
        const double v = value[i * step];

        if (!(v >= -1.0 && v <= INT32_MAX && v == floor(v))) return RML_EFORMAT;
        (*whole)[i] = (int32_t)v;
    }
    return RML_OK;
}

static void restored_free(rml_trees *trees)
{
    free(trees->first);
    free(trees->feature);
    free(trees->threshold);
    free(trees->left);
    free(trees->right);
    *trees = (rml_trees){0};
}

/* What the leaves need to be asked; values are borrowed. Arrays that came from a file are checked. width: of a node. */
static rml_status restore_trees(const rml_fitted *fitted, int32_t width, rml_trees *trees)
{
    const rml_array *first = rml_fitted_shaped(fitted, "first", 1, -1);
    const rml_array *node = rml_fitted_shaped(fitted, "nodes", -1, width);
    const rml_array *values = rml_fitted_shaped(fitted, "values", node ? node->n_rows : 0, -1);
    rml_status status;

    *trees = (rml_trees){0};
    if (!first || !node || !values || first->n_columns < 2) return RML_EINVAL;
    for (int64_t v = 0; v < (int64_t)values->n_rows * values->n_columns; ++v)
        if (!isfinite(values->value[v])) return RML_EFORMAT;
    trees->n_trees = first->n_columns - 1;
    trees->n_nodes = node->n_rows;
    trees->n_values = values->n_columns;
    trees->value = values->value;
    status = take_whole(first->value, first->n_columns, 1, &trees->first);
    if (status == RML_OK) status = take_whole(node->value, node->n_rows, width, &trees->feature);
    if (status == RML_OK) status = take_whole(node->value + 2, node->n_rows, width, &trees->left);
    if (status == RML_OK) status = take_whole(node->value + 3, node->n_rows, width, &trees->right);
    if (status != RML_OK) return status;
    trees->threshold = malloc(((size_t)node->n_rows + 1) * sizeof *trees->threshold);
    if (!trees->threshold) return RML_ENOMEM;
    for (int32_t i = 0; i < node->n_rows; ++i) trees->threshold[i] = node->value[(int64_t)width * i + 1];
    return rml_trees_check(trees, fitted->n_in);
}

/* 2. Random forest ------------------------------------------------------------------------------------------------ */

static const rml_param forest_params[] = {
    {"trees", RML_PARAM_WHOLE, 500, 1, 1e6, NULL, "each on its own bootstrap of the training rows"},
    {"mtry", RML_PARAM_WHOLE, 0, 0, INT32_MAX, NULL, "columns tried at a node; 0: sqrt(p), for numbers p / 3"},
    {"max_depth", RML_PARAM_WHOLE, 0, 0, 1e6, NULL, "0: no limit"},
    {"min_leaf", RML_PARAM_WHOLE, 1, 1, 1e6, NULL, "rows on either side of a split"},
    {"class_weight", RML_PARAM_WORD, 0, 0, 0, rml_class_weights, "balanced: each class counts as much as the other"},
    {"k", RML_PARAM_WHOLE, 10, 1, INT32_MAX, NULL, "columns to keep, those of the largest importance"},
};
enum { FOREST_TREES, FOREST_MTRY, FOREST_DEPTH, FOREST_LEAF, FOREST_WEIGHT, FOREST_K /* of the selection alone */ };

static rml_status grow(const rml_sample *train, const double *param, uint64_t seed, rml_forest *forest, rml_error *err)
{
    const int32_t k = n_classes_of(train);
    rml_forest_settings settings = rml_forest_defaults(k);
    int32_t *codes = rml_sample_codes(train);
    rml_status status = RML_ENOMEM;

    if (k == 0 && param[FOREST_WEIGHT] > 0) {
        free(codes);
        return rml_fail(err, RML_ESETTING, "class_weight balanced is for classes, the outcome is a number");
    }
    settings.n_trees = (int32_t)param[FOREST_TREES];
    settings.mtry = (int32_t)param[FOREST_MTRY];
    settings.max_depth = (int32_t)param[FOREST_DEPTH];
    settings.min_leaf = (int32_t)param[FOREST_LEAF];
    settings.balanced = param[FOREST_WEIGHT] > 0;
    settings.seed = seed;
    if (settings.mtry > train->x.n_columns) settings.mtry = train->x.n_columns;
    if (codes)
        status = rml_forest_fit(&train->x, k > 0 ? codes : NULL, k, k > 0 ? NULL : train->y, rml_sample_weights(train),
                                &settings, forest);
    free(codes);
    return status;
}

static rml_status forest_fit(const rml_sample *train, const double *param, uint64_t seed, void *shared,
                             rml_fitted *fitted, rml_error *err)
{
    rml_forest forest = {0};
    rml_status status = grow(train, param, seed, &forest, err);

    (void)shared;
    rml_fitted_init(fitted, "forest", train->x.n_columns, 1);
    if (status == RML_OK) status = store_trees(fitted, &forest.trees, NULL);
    if (status == RML_OK && !rml_fitted_add(fitted, "importance", true, 1, train->x.n_columns, forest.importance))
        status = RML_ENOMEM;
    rml_forest_free(&forest);
    return status;
}

/* A class: the mean of the leaves' shares of class 1; several: of each class; a number: the leaves' mean. */
static rml_status forest_decide(const rml_fitted *fitted, const double *param, const rml_columns *x, double *decision)
{
    const int64_t n = x->n_rows;
    rml_trees trees;
    double *sums = NULL;
    rml_status status = restore_trees(fitted, 4, &trees);

    (void)param;
    if (status == RML_OK) {
        sums = calloc((size_t)n * (size_t)trees.n_values + 1, sizeof *sums);
        status = sums ? rml_trees_sum(&trees, x, 1.0 / trees.n_trees, sums) : RML_ENOMEM;
    }
    for (int64_t i = 0; status == RML_OK && i < n; ++i) {
        const double *of_row = sums + i * trees.n_values;

        if (trees.n_values == 2)
            decision[i] = of_row[1];
        else
            for (int32_t v = 0; v < trees.n_values; ++v) decision[v * n + i] = of_row[v];
    }
    free(sums);
    restored_free(&trees);
    return status;
}

const rml_kind rml_kind_forest = {.name = "forest",
                                  .role = RML_ROLE_MODEL,
                                  .help = "random forest",
                                  .param = forest_params,
                                  .n_params = FOREST_K,
                                  .for_class = true,
                                  .for_classes = true,
                                  .for_value = true,
                                  .fit = forest_fit,
                                  .decide = forest_decide,
                                  .shares = true};

/* 3. Gradient boosting -------------------------------------------------------------------------------------------- */

static const rml_param boosting_params[] = {
    {"trees", RML_PARAM_WHOLE, 100, 1, 1e6, NULL, "one after the other"},
    {"rate", RML_PARAM_NUMBER, 0.1, 1e-6, 1, NULL, "by which each tree's step is shortened"},
    {"max_depth", RML_PARAM_WHOLE, 3, 1, 1e6, NULL, "of a tree"},
    {"min_leaf", RML_PARAM_WHOLE, 1, 1, 1e6, NULL, "rows on either side of a split"},
    {"class_weight", RML_PARAM_WORD, 0, 0, 0, rml_class_weights,
     "balanced: each class counts as much as the other, as weights of the rows"},
};
enum { BOOSTING_TREES, BOOSTING_RATE, BOOSTING_DEPTH, BOOSTING_LEAF, BOOSTING_WEIGHT };

static rml_status boosting_fit(const rml_sample *train, const double *param, uint64_t seed, void *shared,
                               rml_fitted *fitted, rml_error *err)
{
    const bool value = train->outcome == RML_OUTCOME_VALUE;
    rml_boost_settings settings = rml_boost_sklearn();
    uint8_t *y = rml_sample_positive(train);
    rml_boost boost = {0};
    double *weight = NULL;
    rml_status status = y ? rml_sample_weigh(train, param[BOOSTING_WEIGHT] > 0, &weight, err) : RML_ENOMEM;

    (void)shared;
    settings.n_trees = (int32_t)param[BOOSTING_TREES];
    settings.learning_rate = param[BOOSTING_RATE];
    settings.max_depth = (int32_t)param[BOOSTING_DEPTH];
    settings.min_leaf = (int32_t)param[BOOSTING_LEAF];
    settings.seed = seed;
    if (status == RML_OK)
        status = rml_boost_fit(&train->x, value ? NULL : y, value ? train->y : NULL, weight, &settings, &boost);
    rml_fitted_init(fitted, "boosting", train->x.n_columns, 1);
    if (status == RML_OK) status = store_trees(fitted, &boost.trees, NULL);
    if (status == RML_OK && (!rml_fitted_add(fitted, "start", false, 1, 1, &boost.start) ||
                             !rml_fitted_add(fitted, "rate", false, 1, 1, &boost.rate) ||
                             !rml_fitted_add(fitted, "importance", true, 1, train->x.n_columns, boost.importance)))
        status = RML_ENOMEM;
    rml_boost_free(&boost);
    free(y);
    free(weight);
    return status;
}

static rml_status boosting_decide(const rml_fitted *fitted, const double *param, const rml_columns *x, double *decision)
{
    rml_boost boost = {.binary = true,
                       .single = true,
                       .n_columns = fitted->n_in,
                       .start = rml_fitted_number(fitted, "start"),
                       .rate = rml_fitted_number(fitted, "rate")};
    rml_status status = restore_trees(fitted, 4, &boost.trees);

    (void)param;
    if (status == RML_OK && !(boost.trees.n_values == 1 && isfinite(boost.start) && isfinite(boost.rate)))
        status = RML_EFORMAT;
    if (status == RML_OK) status = rml_boost_decide(&boost, x, 0, decision);
    restored_free(&boost.trees);
    return status;
}

const rml_kind rml_kind_boosting = {.name = "boosting",
                                    .role = RML_ROLE_MODEL,
                                    .help = "gradient boosting of trees, as scikit-learn's",
                                    .param = boosting_params,
                                    .n_params = RML_COUNT(boosting_params),
                                    .for_class = true,
                                    .for_value = true,
                                    .fit = boosting_fit,
                                    .decide = boosting_decide,
                                    .log_odds = true};

/* 4. XGBoost ------------------------------------------------------------------------------------------------------ */

static const rml_param xgboost_params[] = {
    {"rounds", RML_PARAM_WHOLE, 100, 1, 1e6, NULL, "trees one after the other; of several classes one each a round"},
    {"max_depth", RML_PARAM_WHOLE, 6, 0, 1e6, NULL, "of a tree; 0: no limit"},
    {"eta", RML_PARAM_NUMBER, 0.3, 1e-6, 1, NULL, "by which each tree's step is shortened"},
    {"subsample", RML_PARAM_NUMBER, 1, 1e-3, 1, NULL, "share of the rows that a round is given"},
    {"colsample", RML_PARAM_NUMBER, 1, 1e-3, 1, NULL, "share of the columns that a tree is given (colsample_bytree)"},
    {"lambda", RML_PARAM_NUMBER, 1, 0, 1e12, NULL, "penalty of the leaves' squares"},
    {"alpha", RML_PARAM_NUMBER, 0, 0, 1e12, NULL, "penalty of the leaves' sizes"},
    {"gamma", RML_PARAM_NUMBER, 0, 0, 1e12, NULL, "least gain of a split"},
    {"min_child_weight", RML_PARAM_NUMBER, 1, 0, 1e12, NULL,
     "least sum of weight times p (1 - p) in a leaf; of numbers of weight, of times of their curvature"},
    {"class_weight", RML_PARAM_WORD, 0, 0, 0, rml_class_weights,
     "balanced: each class counts as much as the other, as weights of the rows"},
};
enum {
    XGB_ROUNDS,
    XGB_DEPTH,
    XGB_ETA,
    XGB_SUBSAMPLE,
    XGB_COLSAMPLE,
    XGB_LAMBDA,
    XGB_ALPHA,
    XGB_GAMMA,
    XGB_CHILD,
    XGB_WEIGHT
};
enum { XGB_NODE = 5 };

/* start: a value for each group of trees, of which tree t is in group t % groups. */
static rml_status store_xgb(rml_fitted *fitted, const rml_xgb *xgb)
{
    rml_status status = store_trees(fitted, &xgb->trees, xgb->missing_left);
    double *start = status == RML_OK ? rml_fitted_add(fitted, "start", false, 1, xgb->n_groups, NULL) : NULL;

    if (!start || !rml_fitted_add(fitted, "importance", true, 1, xgb->n_columns, xgb->importance)) return RML_ENOMEM;
    for (int32_t g = 0; g < xgb->n_groups; ++g) start[g] = xgb->start;
    return RML_OK;
}

static rml_status xgboost_fit(const rml_sample *train, const double *param, uint64_t seed, void *shared,
                              rml_fitted *fitted, rml_error *err)
{
    const bool time = train->outcome == RML_OUTCOME_TIME;
    const int32_t k = time ? 0 : n_classes_of(train);
    const rml_xgb_settings settings = {.n_rounds = (int32_t)param[XGB_ROUNDS],
                                       .max_depth = (int32_t)param[XGB_DEPTH],
                                       .eta = param[XGB_ETA],
                                       .subsample = param[XGB_SUBSAMPLE],
                                       .colsample = param[XGB_COLSAMPLE],
                                       .lambda = param[XGB_LAMBDA],
                                       .alpha = param[XGB_ALPHA],
                                       .gamma = param[XGB_GAMMA],
                                       .min_child_weight = param[XGB_CHILD],
                                       .base_score = NAN,
                                       .seed = seed};
    int32_t *codes = rml_sample_codes(train);
    double *weight = NULL;
    rml_xgb xgb = {0};
    rml_status status = codes ? rml_sample_weigh(train, param[XGB_WEIGHT] > 0, &weight, err) : RML_ENOMEM;

    (void)shared;
    if (status == RML_OK)
        status =
            time ? rml_xgb_fit_times(&train->x, train->y, train->event, weight, &settings, &xgb)
                 : rml_xgb_fit(&train->x, k > 0 ? codes : NULL, k, k > 0 ? NULL : train->y, weight, &settings, &xgb);
    rml_fitted_init(fitted, "xgboost", train->x.n_columns, 1);
    if (status == RML_OK) status = store_xgb(fitted, &xgb);
    rml_xgb_free(&xgb);
    free(codes);
    free(weight);
    return status;
}

static rml_status xgboost_decide(const rml_fitted *fitted, const double *param, const rml_columns *x, double *decision)
{
    const rml_array *start = rml_fitted_shaped(fitted, "start", 1, -1), *node;
    rml_xgb xgb = {.n_columns = fitted->n_in};
    rml_status status = restore_trees(fitted, XGB_NODE, &xgb.trees);

    (void)param;
    if (status == RML_OK && (!start || start->n_columns < 1 || xgb.trees.n_values != 1 || !isfinite(start->value[0])))
        status = RML_EFORMAT;
    if (status == RML_OK && !(xgb.missing_left = malloc((size_t)xgb.trees.n_nodes + 1))) status = RML_ENOMEM;
    if (status == RML_OK) {
        node = rml_fitted_array(fitted, "nodes");
        for (int32_t i = 0; i < xgb.trees.n_nodes; ++i)
            xgb.missing_left[i] = node->value[(int64_t)i * XGB_NODE + XGB_NODE - 1] > 0.5;
        xgb.n_groups = start->n_columns;
        xgb.start = start->value[0];
        status = rml_xgb_decide(&xgb, x, decision);
    }
    free(xgb.missing_left);
    restored_free(&xgb.trees);
    return status;
}

const rml_kind rml_kind_xgboost = {.name = "xgboost",
                                   .role = RML_ROLE_MODEL,
                                   .help = "gradient boosting of trees by XGBoost; of times by Cox's likelihood",
                                   .param = xgboost_params,
                                   .n_params = RML_COUNT(xgboost_params),
                                   .for_class = true,
                                   .for_classes = true,
                                   .for_value = true,
                                   .for_time = true,
                                   .fit = xgboost_fit,
                                   .decide = xgboost_decide,
                                   .log_odds = true,
                                   .takes_missing = true};

/* 5. Boruta ------------------------------------------------------------------------------------------------------- */

static const rml_param boruta_params[] = {
    {"runs", RML_PARAM_WHOLE, 100, 2, 1e6, NULL, "forests grown at most"},
    {"p", RML_PARAM_NUMBER, 0.01, 1e-12, 0.5, NULL, "of the decision on a column, Bonferroni's correction within"},
    {"trees", RML_PARAM_WHOLE, 500, 1, 1e6, NULL, "of a forest"},
};
enum { BORUTA_RUNS, BORUTA_P, BORUTA_TREES };

static rml_status boruta_fit(const rml_sample *train, const double *param, uint64_t seed, void *shared,
                             rml_fitted *fitted, rml_error *err)
{
    const int32_t k = n_classes_of(train);
    rml_boruta_settings settings = rml_boruta_defaults();
    int32_t *codes = rml_sample_codes(train);
    rml_boruta boruta = {0};
    rml_status status = RML_ENOMEM;

    (void)shared, (void)err;
    settings.max_runs = (int32_t)param[BORUTA_RUNS];
    settings.p_value = param[BORUTA_P];
    settings.n_trees = (int32_t)param[BORUTA_TREES];
    settings.seed = seed;
    if (codes)
        status = rml_boruta_fit(&train->x, k > 0 ? codes : NULL, k, k > 0 ? NULL : train->y, rml_sample_weights(train),
                                &settings, &boruta);
    if (status == RML_OK)
        status = rml_keep_listed(fitted, "boruta", train->x.n_columns, boruta.selected, boruta.n_selected);
    if (status == RML_OK && !rml_fitted_add(fitted, "importance", true, 1, train->x.n_columns, boruta.importance))
        status = RML_ENOMEM;
    rml_boruta_free(&boruta);
    free(codes);
    return status;
}

const rml_kind rml_kind_boruta = {.name = "boruta",
                                  .role = RML_ROLE_SELECT,
                                  .help = "keeps the columns that beat shuffled copies in random forests",
                                  .param = boruta_params,
                                  .n_params = RML_COUNT(boruta_params),
                                  .for_class = true,
                                  .for_classes = true,
                                  .for_value = true,
                                  .fit = boruta_fit};

/* 6. The columns that a forest finds important -------------------------------------------------------------------- */

static rml_status important_fit(const rml_sample *train, const double *param, uint64_t seed, void *shared,
                                rml_fitted *fitted, rml_error *err)
{
    const int32_t p = train->x.n_columns;
    rml_forest forest = {0};
    rml_status status = grow(train, param, seed, &forest, err);

    (void)shared;
    if (status == RML_OK) status = rml_keep_largest(fitted, "forest", p, forest.importance, (int32_t)param[FOREST_K]);
    if (status == RML_OK && !rml_fitted_add(fitted, "importance", true, 1, p, forest.importance)) status = RML_ENOMEM;
    rml_forest_free(&forest);
    return status;
}

const rml_kind rml_kind_important = {.name = "forest",
                                     .role = RML_ROLE_SELECT,
                                     .help = "keeps the columns that a random forest finds most important",
                                     .param = forest_params,
                                     .n_params = RML_COUNT(forest_params),
                                     .for_class = true,
                                     .for_classes = true,
                                     .for_value = true,
                                     .fit = important_fit};
