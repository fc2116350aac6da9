/* Gradient boosting with trees, as scikit-learn's GradientBoostingClassifier and R's gbm do it. */
#ifndef RML_TREES_BOOST_H
#define RML_TREES_BOOST_H

#include <stdbool.h>

#include "kernels/base/columns.h"
#include "kernels/base/status.h"
#include "kernels/trees/trees.h"

typedef enum rml_boost_manner {
    RML_BOOST_SKLEARN, /* depth-first trees of max_depth on inputs cut to single precision */
    RML_BOOST_GBM,     /* n_splits splits a tree, the largest gain first */
} rml_boost_manner;

typedef struct rml_boost_settings {
    rml_boost_manner manner;
    int32_t n_trees;      /* 1 or more */
    double learning_rate; /* gbm's shrinkage; above 0 */
    int32_t max_depth;    /* RML_BOOST_SKLEARN; 0: no limit */
    int32_t n_splits;     /* RML_BOOST_GBM: its interaction.depth, 1 or more */
    int32_t min_leaf;     /* rows: min_samples_leaf, n.minobsinnode */
    int32_t min_split;    /* rows: min_samples_split; RML_BOOST_SKLEARN */
    int32_t mtry;         /* columns drawn at each node; 0: all */
    uint64_t seed;        /* of these draws: stream t for tree t */
} rml_boost_settings;

/* scikit-learn: 100 trees of depth 3, rate 0.1, leaves of 1, nodes of 2. */
rml_boost_settings rml_boost_sklearn(void);
/* gbm: 100 trees of 1 split, shrinkage 0.1, n.minobsinnode 10, and bag.fraction 1, which is not its default. */
rml_boost_settings rml_boost_gbm(void);

typedef struct rml_boost {
    bool binary;        /* decisions are log-odds of class 1; else means */
    bool single;        /* inputs are cut to single precision before they are compared */
    int32_t n_columns;  /* that it was fitted on */
    double start;       /* the decision before the first tree */
    double rate;        /* a decision is start + rate * sum of the leaves' values */
    rml_trees trees;    /* value: of the leaves the steps; of inner nodes the mean residual */
    double *importance; /* [n_columns] sums to 1, or 0 without any split */
    double *training;   /* [n_trees] mean deviance (-2 log-likelihood) or squared error of the training rows after it */
} rml_boost;

/* x: training rows. Outcome: y [n], 1 for class 1, or number [n]; the other one is NULL.
 * weight  in   [n] or NULL (all 1); a row of weight 0 takes no part
 * boost   out  to be freed with rml_boost_free
 *
 * The steps of a leaf, w the weights, p the probabilities before the tree:
 *   binomial deviance   sum w (y - p) / sum w p (1 - p), 0 when the divisor is below 1e-150; start: log of the odds
 *   squared error       sum w r / sum w; start: the mean
 * RML_BOOST_SKLEARN: thresholds part neighbours more than 1e-7 apart in single precision only; a residual variance up
 * to the double's epsilon ends a branch; importance: mean over the trees of the splits' gains (scikit-learn's
 * feature_importances_). Ties: the first column (scikit-learn draws it).
 * RML_BOOST_GBM: values equal to a threshold go right; importance: sum of the gains (its rel.inf / 100).
 * Subsampling (subsample, bag.fraction below 1) is not offered.
 * RML_EINVAL a setting or stride out of its range, or not one of both outcomes; RML_EEMPTY no row of positive weight,
 * no column, or one class only; RML_EVALUE NaN or infinity, in single precision with RML_BOOST_SKLEARN, a y above 1, or
 * a negative weight; RML_ENOMEM; RML_ECAPACITY
 * Source: Friedman, "Greedy function approximation: a gradient boosting machine", Annals of Statistics 29 (2001);
 * scikit-learn 1.9 ensemble/_gb.py; gbm 2.1.8 src/. */
RML_CHECKED rml_status rml_boost_fit(const rml_columns *x, const uint8_t *y, const double *number, const double *weight,
                                     const rml_boost_settings *settings, rml_boost *boost);
void rml_boost_free(rml_boost *boost);

/* Decisions of rows, after the first n_trees trees (0: all). decision: [n_rows].
 * RML_EINVAL another number of columns, or n_trees outside 0..their number; RML_EVALUE NaN or infinity; RML_ENOMEM */
RML_CHECKED rml_status rml_boost_decide(const rml_boost *boost, const rml_columns *x, int32_t n_trees,
                                        double *decision);

#endif
