/* What the files of steps and models give the table in kind.c, and what they share. */
#ifndef RML_LEARN_KINDS_H
#define RML_LEARN_KINDS_H

#include "kernels/learn/kind.h"

#define RML_COUNT(array) ((int32_t)(sizeof(array) / sizeof(array)[0]))

extern const char *const rml_no_yes[];        /* "false", "true" */
extern const char *const rml_class_weights[]; /* "none", "balanced" */

extern const rml_kind rml_kind_clean, rml_kind_impute, rml_kind_scale, rml_kind_icc, rml_kind_combat, rml_kind_pca;
extern const rml_kind rml_kind_columns, rml_kind_shifted; /* of no role's list: for controls */
extern const rml_kind rml_kind_univariate, rml_kind_redundancy, rml_kind_mrmr, rml_kind_rfe, rml_kind_lasso,
    rml_kind_relief;
extern const rml_kind rml_kind_logistic, rml_kind_svm_linear, rml_kind_svm_rbf, rml_kind_knn, rml_kind_naive_bayes,
    rml_kind_lda, rml_kind_centroid, rml_kind_linear, rml_kind_forest, rml_kind_boosting, rml_kind_xgboost,
    rml_kind_boruta, rml_kind_important, rml_kind_cox;

struct rml_elastic_net_cv;
/* An array "paths_ended_early": of how many of its paths, the whole and the folds', glmnet would have warned.
 * RML_ENOMEM (time_kinds.c) */
RML_CHECKED rml_status rml_store_ended_early(rml_fitted *fitted, const struct rml_elastic_net_cv *cv);

/* The outcome of a sample as bytes, 1 positive; malloc'ed, NULL without memory. */
uint8_t *rml_sample_positive(const rml_sample *sample);
/* The outcome as class codes, of a number or a time 0; malloc'ed. */
int32_t *rml_sample_codes(const rml_sample *sample);
/* The weights, or NULL when all are 1. */
const double *rml_sample_weights(const rml_sample *sample);
/* The same times w / (k w_c) of each row's class when balanced: w the sum of all weights, w_c of class c's, k classes
 * with rows, so that classes weigh alike; without weights scikit-learn's n / (k n_c). *weight: malloc'ed; NULL with
 * RML_OK when all are 1. RML_ESETTING, with a sentence: balanced, of a number or a time; RML_ENOMEM. */
RML_CHECKED rml_status rml_sample_weigh(const rml_sample *sample, bool balanced, double **weight, rml_error *err);
/* Room for a transformed copy of x: [n_columns][n_rows]; NULL without memory. */
double *rml_sample_room(const rml_sample *sample, int32_t n_columns);

/* A fitted step that keeps the marked columns. RML_ENOMEM. */
RML_CHECKED rml_status rml_keep_marked(rml_fitted *fitted, const char *kind, int32_t n_in, const bool *keep);
/* The first n of the columns in the order of their ranking (0 first) as a fitted step, ascending by column. */
RML_CHECKED rml_status rml_keep_listed(rml_fitted *fitted, const char *kind, int32_t n_in, const int32_t *columns,
                                       int32_t n);
/* The k columns with the largest worth, of equals the first. */
RML_CHECKED rml_status rml_keep_largest(rml_fitted *fitted, const char *kind, int32_t n_in, const double *worth,
                                        int32_t k);

/* Linear models: coefficients and an intercept, and what they say of rows: intercept + sum of coefficient * value,
 * columns in their order, so that a row's bits do not hang on the other rows. */
RML_CHECKED rml_status rml_store_linear(rml_fitted *fitted, const char *kind, int32_t n, const double *coefficient,
                                        double intercept);
RML_CHECKED rml_status rml_decide_linear(const rml_fitted *fitted, const double *param, const rml_columns *x,
                                         double *decision);

#endif
