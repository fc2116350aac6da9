/* Predictions of one of several classes, coded 0 .. n_classes - 1. p holds a class's column contiguous:
 * p[c * n + i] is the probability of class c for row i. */
#ifndef RML_STATS_MULTICLASS_H
#define RML_STATS_MULTICLASS_H

#include <stdint.h>

#include "kernels/base/status.h"

/* The mean over classes of the AUC of that class's column against all other classes.
 *
 * p         in   [n_classes * n], any numbers but NaN
 * y         in   [n]
 * by_class  out  [n_classes] each class's AUC; NULL allowed
 *
 * RML_EEMPTY  a class has no row, or all (*auc and that class's AUC are NaN)
 * RML_EVALUE  a NaN in p, a code outside 0 .. n_classes - 1   RML_EINVAL  fewer than 2 classes   RML_ENOMEM
 * Source: scikit-learn roc_auc_score, multi_class="ovr", average="macro". */
RML_CHECKED rml_status rml_multiclass_auc(const double *p, const int32_t *y, int64_t n, int32_t n_classes,
                                          double *by_class, double *auc);

/* The mean of -log of the probability of the row's class, cut to [2^-52, 1 - 2^-52]; rows are taken as they are, their
 * sums are not made 1. Statuses as above but for absent classes, which do no harm; a p outside [0, 1] is RML_EVALUE, no
 * rows RML_EEMPTY. Source: scikit-learn log_loss. */
RML_CHECKED rml_status rml_multiclass_log_loss(const double *p, const int32_t *y, int64_t n, int32_t n_classes,
                                               double *loss);

/* The mean over the classes that occur in y of the share of their rows that were predicted as such.
 *
 * predicted  in   [n] codes
 * recall     out  [n_classes] each class's share, NaN when absent; NULL allowed
 *
 * RML_EEMPTY  no rows   RML_EVALUE  a code outside   RML_EINVAL  no classes   RML_ENOMEM
 * Source: scikit-learn balanced_accuracy_score. */
RML_CHECKED rml_status rml_multiclass_balanced_accuracy(const int32_t *predicted, const int32_t *y, int64_t n,
                                                        int32_t n_classes, double *recall, double *accuracy);

#endif
