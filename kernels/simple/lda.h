/* Linear discriminant analysis. */
#ifndef RML_SIMPLE_LDA_H
#define RML_SIMPLE_LDA_H

#include "kernels/base/columns.h"
#include "kernels/base/status.h"

typedef enum rml_lda_kind {
    RML_LDA_SVD,        /* pooled covariance over n - n_classes, directions of singular value up to 1e-4 (of columns
                         * scaled to within-class sd 1) left out; scikit-learn's solver "svd" */
    RML_LDA_SHRINKAGE,  /* each class's covariance (over its rows) as (1 - a) S + a trace(S) / p I, weighted by the
                         * priors;  scikit-learn's "lsqr" with shrinkage a, or without for a = 0 */
    RML_LDA_LEDOIT_WOLF /* the same with a by Ledoit & Wolf 2004 on the class's standardised columns, class by class;
                         * scikit-learn's "lsqr" with shrinkage "auto" */
} rml_lda_kind;

/* Score of a class: intercept + sum of coef x; its softmax over the classes is the posterior. */
typedef struct rml_lda {
    int32_t n_classes;
    int32_t n_columns;
    double *intercept; /* [n_classes] malloc'ed, as is: */
    double *coef;      /* [n_classes * n_columns] class by class */
} rml_lda;

/* prior      in   [n_classes] above 0, or NULL: the classes' shares of the rows. Scaled to sum 1
 * shrinkage  in   0..1, for SHRINKAGE alone
 * lda        out  to be freed with rml_lda_free; nothing to free on failure
 *
 * A column without spread within the classes (up to 1e-12 of its range) is left out by SVD; in the other forms a
 * covariance that is not of full rank gives the solution of least length, as scikit-learn's.
 *
 * RML_EINVAL  n_classes below 2, a code outside 0..n_classes-1, kind, shrinkage, prior
 * RML_EEMPTY  no columns, a class without rows, no more rows than classes, no spread within the classes in any column
 * RML_EVALUE  a value that is not finite, or a decomposition that did not converge
 * RML_ENOMEM */
RML_CHECKED rml_status rml_lda_fit(const rml_columns *training, const int32_t *classes, int32_t n_classes,
                                   const double *prior, rml_lda_kind kind, double shrinkage, rml_lda *lda);

/* Two classes: out[n_rows], the log-odds of class 1. More classes: out[class * n_rows + row], the scores.
 * RML_EINVAL another number of columns; RML_EVALUE a value that is not finite */
RML_CHECKED rml_status rml_lda_predict(const rml_lda *lda, const rml_columns *rows, double *out);

void rml_lda_free(rml_lda *lda);

#endif
