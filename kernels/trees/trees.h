/* The nodes of one tree or of many, as flat arrays: what a fitted forest or boosting is stored as. */
#ifndef RML_TREES_TREES_H
#define RML_TREES_TREES_H

#include "kernels/base/columns.h"
#include "kernels/base/status.h"

typedef struct rml_trees {
    int32_t n_trees, n_nodes, n_values;
    int32_t *first;    /* [n_trees + 1] nodes of tree t: first[t] (its root) .. first[t + 1] - 1 */
    int32_t *feature;  /* [n_nodes] the column that is asked; -1 in a leaf */
    double *threshold; /* [n_nodes] a row goes left when its value is at most this; NaN in a leaf */
    int32_t *left;     /* [n_nodes] numbers of nodes as in these arrays; -1 in a leaf */
    int32_t *right;    /* [n_nodes] */
    double *value;     /* [n_nodes * n_values] each class's share of the weight, by code; or the mean */
    double *weight;    /* [n_nodes] of the training rows in it */
    double *gain;      /* [n_nodes] by which the split lowers weight * impurity, never below 0; 0 in a leaf */
    int32_t *n_rows;   /* [n_nodes] training rows of positive weight in it */
    int32_t tree_capacity, node_capacity;
} rml_trees;

/* No tree yet; n_values at least 1. */
void rml_trees_init(rml_trees *trees, int32_t n_values);
void rml_trees_free(rml_trees *trees);

/* Room for n_nodes more nodes and one more tree: what comes after does not fail. RML_ENOMEM; RML_ECAPACITY beyond 2^31
 * nodes. */
RML_CHECKED rml_status rml_trees_reserve(rml_trees *trees, int64_t n_nodes);
/* A leaf of no rows, behind all others; its number. Within what was reserved. */
int32_t rml_trees_add(rml_trees *trees);

/* The leaf of a row in tree t. Its values must be numbers: a NaN would go right. */
static inline int32_t rml_trees_leaf(const rml_trees *trees, int32_t t, const rml_columns *x, int64_t row)
{
    int32_t node = trees->first[t];

    while (trees->feature[node] >= 0)
        node = x->x[(int64_t)trees->feature[node] * x->stride + row] <= trees->threshold[node] ? trees->left[node]
                                                                                               : trees->right[node];
    return node;
}

/* The same in every tree: sums[i * n_values + v], values of the leaves summed in the order of the trees times factor,
 * added to what is there. RML_EINVAL x lacks a column that is asked; RML_EVALUE NaN or infinity in x. */
RML_CHECKED rml_status rml_trees_sum(const rml_trees *trees, const rml_columns *x, double factor, double *sums);

/* Whether the arrays, which may have come from a file, are trees on n_columns columns: children behind their parent and
 * inside its tree, thresholds numbers. RML_EFORMAT when not, or without a tree. */
RML_CHECKED rml_status rml_trees_check(const rml_trees *trees, int32_t n_columns);

#endif
