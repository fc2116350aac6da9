/* A classification or regression tree, grown on columns that were sorted once. */
#ifndef RML_TREES_TREE_H
#define RML_TREES_TREE_H

#include <stdbool.h>

#include "kernels/trees/presort.h"
#include "kernels/trees/trees.h"

typedef enum rml_tree_criterion {
    RML_TREE_GINI,     /* classes: weight * (1 - sum of squared shares) */
    RML_TREE_SQUARED,  /* numbers: weighted sum of squared errors, compared as S_l^2 / W_l + S_r^2 / W_r */
    RML_TREE_FRIEDMAN, /* numbers: the same in exact arithmetic, compared as W_l W_r (mean_l - mean_r)^2 */
} rml_tree_criterion;

typedef struct rml_tree_settings {
    rml_tree_criterion criterion;
    int32_t n_classes;     /* of RML_TREE_GINI, 2 or more */
    int32_t max_depth;     /* of a leaf; a root has depth 0. 0: no limit */
    int32_t min_split;     /* rows that a node needs to be split, 2 or more */
    int32_t min_leaf;      /* rows that either side of a split must have, 1 or more */
    int32_t mtry;          /* columns drawn at each node without replacement; 0: all, in their order */
    int32_t max_splits;    /* 0: each node as far as it goes; else so many splits, the largest gain first */
    double least_impurity; /* a node of numbers at or below it is a leaf: a variance */
    float least_gap;       /* above 0: neighbours a < b are parted only when b > a + gap in single precision */
    bool below;            /* a value equal to the midpoint goes right (gbm), not left (scikit-learn) */
} rml_tree_settings;

/* No limits: min_split 2, min_leaf 1, all columns. n_classes: 0 for numbers (RML_TREE_SQUARED). */
rml_tree_settings rml_tree_defaults(int32_t n_classes);

typedef struct rml_grower rml_grower; /* the memory that growing one tree after the other takes */

/* RML_EINVAL a setting out of its range; RML_ENOMEM. Free with rml_grower_free. */
RML_CHECKED rml_status rml_grower_make(const rml_presort *sorted, const rml_tree_settings *settings,
                                       rml_grower **grower);
void rml_grower_free(rml_grower *grower);

/* Grows a tree and appends it to trees (n_values: the number of classes, or 1 for numbers).
 *
 * class, number  in   [n] codes 0..n_classes-1, or finite numbers; the other one is NULL. Not checked
 * weight         in   [n] finite, 0 or more, or NULL (all 1); a row of weight 0 takes no part and counts for no
 *                     minimum. Not checked
 * seed, stream, draw  of the first random number; the next ones follow, one a column tried; none without mtry
 *
 * A split lies at the midpoint of two neighbouring values of the node's rows. The columns of a node are tried in their
 * order, with mtry in the order drawn (else ties, which abound in small nodes, would favour the columns in front; and
 * an order drawn is as fixed as any); thresholds from low to high. The first of equal gains stands. A column that is
 * flat in the node counts as drawn, but drawing goes on until one is not flat (scikit-learn).
 * A node is a leaf at the limits, when its classes or numbers are all equal, and where no column can be parted; a split
 * without gain is made (it may open the way for the next: exclusive or), except with max_splits.
 * Nodes are numbered parent, left side, right side; with max_splits as they come: the two sides behind all that is
 * there; of equal gains the first node in the list of leaves (the left side takes its parent's place) is split.
 * RML_EEMPTY no row of positive weight; RML_EINVAL trees of another n_values; RML_ENOMEM, RML_ECAPACITY
 * Source: Breiman, Friedman, Olshen & Stone, Classification and Regression Trees, 1984. */
RML_CHECKED rml_status rml_tree_grow(rml_grower *grower, const int32_t *class, const double *number,
                                     const double *weight, uint64_t seed, uint64_t stream, uint64_t draw,
                                     rml_trees *trees);

/* [n] of the tree grown last: the leaf that each row of positive weight fell in; -1 for the others. */
const int32_t *rml_grower_leaves(const rml_grower *grower);

/* Variable importance: adds each split's gain to its column. total: [n_columns]. */
void rml_tree_gains(const rml_trees *trees, int32_t t, double *total);

#endif
