/* Random forests for classes and numbers, with what the rows out of each tree's bag say. */
#ifndef RML_TREES_FOREST_H
#define RML_TREES_FOREST_H

#include <stdbool.h>

#include "kernels/base/columns.h"
#include "kernels/base/status.h"
#include "kernels/trees/trees.h"

typedef struct rml_forest_settings {
    int32_t n_trees;            /* 1 or more */
    int32_t mtry;               /* columns drawn at each node; 0: floor(sqrt(p)) for classes, floor(p / 3) for numbers,
                                   at least 1 */
    int32_t max_depth;          /* 0: no limit */
    int32_t min_split;          /* rows that a node needs to be split; R's nodesize s is s + 1 here */
    int32_t min_leaf;           /* rows on either side of a split */
    const double *class_weight; /* [n_classes] factors of the rows' weights, above 0; NULL: 1 */
    bool balanced;              /* factors w / (k w_c) instead: w the sum of all weights, w_c of class c's */
    bool permutation;           /* permutation importance as well */
    uint64_t seed;
} rml_forest_settings;

/* 500 trees, mtry 0, no limits (min_split 2, min_leaf 1), no permutation. For numbers R's nodesize of 5: min_split 6.
 */
rml_forest_settings rml_forest_defaults(int32_t n_classes);

typedef struct rml_forest {
    int32_t n_rows, n_columns, n_classes; /* n_classes 0: numbers */
    int32_t mtry;                         /* as used */
    rml_trees trees;
    /* Out of bag, with k = n_classes, or 1 for numbers. Rows in every bag, or of weight 0: NaN. */
    int32_t *oob_count; /* [n_rows] trees that have the row out of their bag */
    double *oob_vote;   /* [n_rows * k] share of these trees' votes; NULL for numbers */
    double *oob_value;  /* [n_rows * k] mean of their leaves' class shares, or of their leaves' means */
    double oob_error;   /* share of the weight whose most votes are wrong; or mean squared error. NaN without any row */
    double *importance; /* [n_columns] mean over the trees of the gains' shares, 1 in all (scikit-learn); 0 when no
                           tree has a split */
    double *gain;       /* [n_columns] mean over the trees of the gains themselves (R's MeanDecreaseGini,
                           IncNodePurity) */
    double *permuted;   /* [n_columns] or NULL: how much worse a tree does, in shares of its rows out of bag (R's
                           MeanDecreaseAccuracy, unscaled) or in squared error, with the column shuffled among them:
                           mean over the trees */
    double *permuted_z; /* [n_columns] or NULL: over its standard error (sd over the trees / sqrt(trees)) */
} rml_forest;

/* x: training rows. Outcome: class [n], codes 0..n_classes-1 with n_classes 2 or more; or number [n] with n_classes 0.
 * weight  in   [n] or NULL (all 1). They count in the trees (impurity, leaves) and in the errors, not in the draws:
 * each of n rows is drawn as often as another. A row of weight 0 is not there forest  out  to be freed with
 * rml_forest_free
 *
 * Tree t draws from stream t of the seed: its bag (as many rows as there are, with replacement) by draws 0, 1, ..; the
 * columns of its nodes from 2^32 on; the shuffle of column j from (2 + j) 2^32 on. So a tree does not depend on the
 * number of trees.
 * Ties: as rml_tree_grow; a vote goes to the lower code. A column that no tree uses has permuted_z 0, as in ranger and
 * R. Minimal numbers of rows count a row once however often it is in the bag, as scikit-learn (R counts copies).
 * RML_EINVAL a setting or stride out of its range, not one of both outcomes, a code outside 0..n_classes-1; RML_EEMPTY
 * no row of positive weight, no column, or one class only; RML_EVALUE NaN or infinity, or a negative weight;
 * RML_ENOMEM; RML_ECAPACITY
 * Source: Breiman, "Random forests", Machine Learning 45 (2001). */
RML_CHECKED rml_status rml_forest_fit(const rml_columns *x, const int32_t *class, int32_t n_classes,
                                      const double *number, const double *weight, const rml_forest_settings *settings,
                                      rml_forest *forest);
void rml_forest_free(rml_forest *forest);

/* vote   out  [n * n_classes] shares of the trees' votes, class fastest; NULL allowed, and for numbers
 * value  out  [n * n_classes] means of the leaves' class shares; for numbers [n] means of the leaves; NULL allowed
 * RML_EINVAL another number of columns, or votes of numbers; RML_EVALUE NaN or infinity in x (all is NaN then) */
RML_CHECKED rml_status rml_forest_predict(const rml_forest *forest, const rml_columns *x, double *vote, double *value);

#endif
