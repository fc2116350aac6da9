/* Recursive feature elimination by a random forest's importance, and its size by cross-validation. */
#ifndef RML_LEARN_RFE_FOREST_H
#define RML_LEARN_RFE_FOREST_H

#include "kernels/learn/sample.h"
#include "kernels/select/rfecv.h"
#include "kernels/trees/forest.h"

/* Drops `step` columns a forest, those of least importance (mean share of the impurity's decrease, the scikit-learn
 * forest's feature_importances_), down to n_select. Every forest has the same seed; mtry 0 follows the columns left.
 * train: of any outcome; its weights count as in rml_forest_fit. rfe: out, to be freed with rml_rfe_free.
 * Ties as rml_rfe_fit; statuses as there and as rml_forest_fit.
 * Source: Guyon et al., Machine Learning 46 (2002); scikit-learn's RFE with a forest. */
RML_CHECKED rml_status rml_rfe_forest_fit(const rml_sample *train, const rml_forest_settings *forest, int32_t n_select,
                                          int32_t step, rml_rfe *rfe);

/* The same on the rows outside each fold, every size scored on the fold's rows by the outcome's default metric (area
 * under the ROC curve; of several classes the mean of one against the rest; of a number R2), and on all rows down to
 * the best size. fold  in   [n_rows] 0..n_folds - 1 cv    out  to be freed with rml_rfecv_free RML_EINVAL fewer than 2
 * folds, a fold out of its range; RML_EEMPTY a fold without a score (no row, one class) */
RML_CHECKED rml_status rml_rfe_forest_cv(const rml_sample *train, const int32_t *fold, int32_t n_folds,
                                         const rml_forest_settings *forest, int32_t n_select, int32_t step,
                                         rml_rfecv *cv);

#endif
