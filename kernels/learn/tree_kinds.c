/* Models of trees, and the selection by them.
 *
 * 1. Trees as arrays
 * 2. Random forest
 * 3. Gradient boosting
 * 4. Boruta */
#include <math.h>
#include <stdlib.h>

#include "kernels/learn/kinds.h"
#include "kernels/trees/boost.h"
#include "kernels/trees/boruta.h"
#include "kernels/trees/forest.h"

static int32_t n_classes_of(const rml_sample *train)
{
    return train->outcome == RML_OUTCOME_VALUE ? 0 : train->outcome == RML_OUTCOME_CLASSES ? train->n_classes : 2;
}

/* 1. Trees as arrays ---------------------------------------------------------------------------------------------- */

/* first [trees + 1]; of every node feature (-1: a leaf), threshold, left, right, and its values. */
static rml_status store_trees(rml_fitted *fitted, const rml_trees *trees)
{
    double *first = rml_fitted_add(fitted, "first", false, 1, trees->n_trees + 1, NULL);
    double *node = rml_fitted_add(fitted, "nodes", false, trees->n_nodes, 4, NULL);

    if (!first || !node || !rml_fitted_add(fitted, "values", false, trees->n_nodes, trees->n_values, trees->value))
        return RML_ENOMEM;
    for (int32_t t = 0; t <= trees->n_trees; ++t) first[t] = trees->first[t];
    for (int32_t i = 0; i < trees->n_nodes; ++i) {
        node[4 * (int64_t)i] = trees->feature[i];
        node[4 * (int64_t)i + 1] = trees->threshold[i];
        node[4 * (int64_t)i + 2] = trees->left[i];
        node[4 * (int64_t)i + 3] = trees->right[i];
    }
    return RML_OK;
}

static int32_t *whole(const double *value, int64_t n, int64_t step)
{
    int32_t *out = malloc(((size_t)n + 1) * sizeof *out);

    for (int64_t i = 0; out && i < n; ++i) out[i] = (int32_t)value[i * step];
    return out;
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

/* What the leaves need to be asked; values are borrowed. Arrays that came from a file are checked. */
static rml_status restore_trees(const rml_fitted *fitted, rml_trees *trees)
{
    const rml_array *first = rml_fitted_array(fitted, "first"), *node = rml_fitted_array(fitted, "nodes");
    const rml_array *values = rml_fitted_array(fitted, "values");

    *trees = (rml_trees){0};
    if (!first || !node || !values || node->n_columns != 4 || values->n_rows != node->n_rows) return RML_EINVAL;
    trees->n_trees = first->n_columns - 1;
    trees->n_nodes = node->n_rows;
    trees->n_values = values->n_columns;
    trees->first = whole(first->value, first->n_columns, 1);
    trees->feature = whole(node->value, node->n_rows, 4);
    trees->left = whole(node->value + 2, node->n_rows, 4);
    trees->right = whole(node->value + 3, node->n_rows, 4);
    trees->threshold = malloc(((size_t)node->n_rows + 1) * sizeof *trees->threshold);
    trees->value = values->value;
    if (!trees->first || !trees->feature || !trees->left || !trees->right || !trees->threshold) return RML_ENOMEM;
    for (int32_t i = 0; i < node->n_rows; ++i) trees->threshold[i] = node->value[4 * (int64_t)i + 1];
    return rml_trees_check(trees, fitted->n_in);
}

/* 2. Random forest ------------------------------------------------------------------------------------------------ */

static const rml_param forest_params[] = {
    {"trees", RML_PARAM_WHOLE, 500, 1, 1e6, NULL, "each on its own bootstrap of the training rows"},
    {"mtry", RML_PARAM_WHOLE, 0, 0, INT32_MAX, NULL, "columns tried at a node; 0: sqrt(p), for numbers p / 3"},
    {"max_depth", RML_PARAM_WHOLE, 0, 0, 1e6, NULL, "0: no limit"},
    {"min_leaf", RML_PARAM_WHOLE, 1, 1, 1e6, NULL, "rows on either side of a split"},
    {"class_weight", RML_PARAM_WORD, 0, 0, 0, rml_class_weights, "balanced: each class counts as much as the other"},
};
enum { FOREST_TREES, FOREST_MTRY, FOREST_DEPTH, FOREST_LEAF, FOREST_WEIGHT };

static rml_status forest_fit(const rml_sample *train, const double *param, uint64_t seed, void *shared,
                             rml_fitted *fitted, rml_error *err)
{
    const int32_t k = n_classes_of(train);
    rml_forest_settings settings = rml_forest_defaults(k);
    int32_t *codes = rml_sample_codes(train);
    rml_forest forest = {0};
    rml_status status = RML_ENOMEM;

    (void)shared, (void)err;
    settings.n_trees = (int32_t)param[FOREST_TREES];
    settings.mtry = (int32_t)param[FOREST_MTRY];
    settings.max_depth = (int32_t)param[FOREST_DEPTH];
    settings.min_leaf = (int32_t)param[FOREST_LEAF];
    settings.balanced = k > 0 && param[FOREST_WEIGHT] > 0;
    settings.seed = seed;
    if (settings.mtry > train->x.n_columns) settings.mtry = train->x.n_columns;
    if (codes)
        status = rml_forest_fit(&train->x, k > 0 ? codes : NULL, k, k > 0 ? NULL : train->y, rml_sample_weights(train),
                                &settings, &forest);
    rml_fitted_init(fitted, "forest", train->x.n_columns, 1);
    if (status == RML_OK) status = store_trees(fitted, &forest.trees);
    if (status == RML_OK && !rml_fitted_add(fitted, "importance", true, 1, train->x.n_columns, forest.importance))
        status = RML_ENOMEM;
    rml_forest_free(&forest);
    free(codes);
    return status;
}

/* A class: the mean of the leaves' shares of class 1; several: of each class; a number: the leaves' mean. */
static rml_status forest_decide(const rml_fitted *fitted, const double *param, const rml_columns *x, double *decision)
{
    const int64_t n = x->n_rows;
    rml_trees trees;
    double *sums = NULL;
    rml_status status = restore_trees(fitted, &trees);

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
                                  .n_params = RML_COUNT(forest_params),
                                  .for_class = true,
                                  .for_classes = true,
                                  .for_value = true,
                                  .fit = forest_fit,
                                  .decide = forest_decide};

/* 3. Gradient boosting -------------------------------------------------------------------------------------------- */

static const rml_param boosting_params[] = {
    {"trees", RML_PARAM_WHOLE, 100, 1, 1e6, NULL, "one after the other"},
    {"rate", RML_PARAM_NUMBER, 0.1, 1e-6, 1, NULL, "by which each tree's step is shortened"},
    {"max_depth", RML_PARAM_WHOLE, 3, 1, 1e6, NULL, "of a tree"},
    {"min_leaf", RML_PARAM_WHOLE, 1, 1, 1e6, NULL, "rows on either side of a split"},
};
enum { BOOSTING_TREES, BOOSTING_RATE, BOOSTING_DEPTH, BOOSTING_LEAF };

static rml_status boosting_fit(const rml_sample *train, const double *param, uint64_t seed, void *shared,
                               rml_fitted *fitted, rml_error *err)
{
    const bool value = train->outcome == RML_OUTCOME_VALUE;
    rml_boost_settings settings = rml_boost_sklearn();
    uint8_t *y = rml_sample_positive(train);
    rml_boost boost = {0};
    rml_status status = RML_ENOMEM;

    (void)shared, (void)err;
    settings.n_trees = (int32_t)param[BOOSTING_TREES];
    settings.learning_rate = param[BOOSTING_RATE];
    settings.max_depth = (int32_t)param[BOOSTING_DEPTH];
    settings.min_leaf = (int32_t)param[BOOSTING_LEAF];
    settings.seed = seed;
    if (y)
        status = rml_boost_fit(&train->x, value ? NULL : y, value ? train->y : NULL, rml_sample_weights(train),
                               &settings, &boost);
    rml_fitted_init(fitted, "boosting", train->x.n_columns, 1);
    if (status == RML_OK) status = store_trees(fitted, &boost.trees);
    if (status == RML_OK && (!rml_fitted_add(fitted, "start", false, 1, 1, &boost.start) ||
                             !rml_fitted_add(fitted, "rate", false, 1, 1, &boost.rate) ||
                             !rml_fitted_add(fitted, "importance", true, 1, train->x.n_columns, boost.importance)))
        status = RML_ENOMEM;
    rml_boost_free(&boost);
    free(y);
    return status;
}

static rml_status boosting_decide(const rml_fitted *fitted, const double *param, const rml_columns *x, double *decision)
{
    rml_boost boost = {.binary = true,
                       .single = true,
                       .n_columns = fitted->n_in,
                       .start = rml_fitted_number(fitted, "start"),
                       .rate = rml_fitted_number(fitted, "rate")};
    rml_status status = restore_trees(fitted, &boost.trees);

    (void)param;
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

/* 4. Boruta ------------------------------------------------------------------------------------------------------- */

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
