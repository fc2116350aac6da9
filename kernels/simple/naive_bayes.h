/* Gaussian naive Bayes. */
#ifndef RML_SIMPLE_NAIVE_BAYES_H
#define RML_SIMPLE_NAIVE_BAYES_H

#include "kernels/base/columns.h"
#include "kernels/base/status.h"

#define RML_NAIVE_BAYES_SMOOTHING 1e-9 /* scikit-learn's var_smoothing */

typedef struct rml_naive_bayes {
    int32_t n_classes;
    int32_t n_columns;
    double *log_prior; /* [n_classes] malloc'ed, as are: */
    double *mean;      /* [n_classes * n_columns] class by class */
    double *variance;  /* [n_classes * n_columns] with what smoothing added */
} rml_naive_bayes;

/* Means and variances (over n) by class, as scikit-learn's GaussianNB; every variance is raised by smoothing times the
 * largest unweighted variance of a column over all rows. Priors are the classes' shares of the weight.
 *
 * weight  in   [n_rows], 0 or more, or NULL: all 1
 * model   out  to be freed with rml_naive_bayes_free; nothing to free on failure
 *
 * RML_EINVAL  n_classes below 2, a code outside 0..n_classes-1, smoothing below 0 or not finite, a negative weight
 * RML_EEMPTY  no columns, a class without rows or without weight, or a variance that is 0 in spite of smoothing
 * RML_EVALUE  a value or weight that is not finite
 * RML_ENOMEM */
RML_CHECKED rml_status rml_naive_bayes_fit(const rml_columns *training, const int32_t *classes, int32_t n_classes,
                                           const double *weight, double smoothing, rml_naive_bayes *model);

/* Two classes: out[n_rows], the log-odds of class 1. More classes: out[class * n_rows + row], the log of the posterior
 * probabilities. RML_EINVAL another number of columns; RML_EVALUE a value that is not finite; RML_ENOMEM */
RML_CHECKED rml_status rml_naive_bayes_predict(const rml_naive_bayes *model, const rml_columns *rows, double *out);

void rml_naive_bayes_free(rml_naive_bayes *model);

#endif
