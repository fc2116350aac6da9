/* The linear support vector machine with squared hinge loss and a penalised intercept, as liblinear has it. */
#ifndef RML_MODELS_SVM_SQUARED_H
#define RML_MODELS_SVM_SQUARED_H

#include "kernels/models/svm.h"

typedef struct rml_svm_squared {
    int32_t n_columns, n_steps;
    double *weights; /* [n_columns] */
    double intercept, objective;
} rml_svm_squared;

/* Minimises 1/2 (|w|^2 + b^2) + sum C_i max(0, 1 - t_i (w'x_i + b))^2, C_i and t as in rml_svm_fit: scikit-learn's
 * LinearSVC(loss="squared_hinge", penalty="l2", intercept_scaling=1), to the optimum whatever settings->tolerance says.
 *
 * svm  out to be freed with rml_svm_squared_free
 *
 * Statuses as rml_svm_fit; RML_EVALUE also on NaN or infinity in x, RML_EEMPTY also without rows.
 * Source: Keerthi & DeCoste, JMLR 6 (2005): Newton steps with exact line search; objective as in Fan et al.,
 * "LIBLINEAR", JMLR 9 (2008). */
RML_CHECKED rml_status rml_svm_squared_fit(const rml_columns *x, const uint8_t *y, const double *weight,
                                           const rml_svm_settings *settings, rml_svm_squared *svm);
void rml_svm_squared_free(rml_svm_squared *svm);

/* Decision values of the rows of x, positive for class 1. RML_EINVAL another number of columns. */
RML_CHECKED rml_status rml_svm_squared_decide(const rml_svm_squared *svm, const rml_columns *x, double *decision);

#endif
