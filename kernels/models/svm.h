/* Support vector machines: C-SVC on a kernel matrix, and the linear squared-hinge form that penalises its intercept. */
#ifndef RML_MODELS_SVM_H
#define RML_MODELS_SVM_H

#include <stdbool.h>

#include "kernels/base/columns.h"
#include "kernels/base/status.h"

#define RML_SVM_NEAR 1e-3 /* the violation that libsvm accepts: a fit with a larger gap is none */

typedef struct rml_svm_settings {
    double c;          /* above 0 */
    double class_c[2]; /* factors of c for class 0 and 1, 0 or more */
    bool balanced;     /* factors w / (2 w_k) instead of class_c: w the sum of all weights, w_k of class k's */
    double tolerance;  /* largest violation of the optimality conditions, in units of the decision value */
    int64_t max_pairs; /* of rows, before it gives up */
} rml_svm_settings;

/* c 1, both factors 1, tolerance 1e-8. */
rml_svm_settings rml_svm_defaults(void);

typedef struct rml_svm {
    int32_t n_rows, n_support; /* rows with alpha > 0 */
    double *alpha;             /* [n_rows] signed: positive for class 1, negative for class 0 */
    double intercept;
    double objective; /* of the dual: sum(alpha) - 1/2 alpha'Q alpha */
    double gap;       /* largest violation left; above the tolerance: not converged */
    int64_t n_pairs;  /* pairs solved; what came after them was exact */
} rml_svm;

/* C-SVC: minimises 1/2 |w|^2 + sum C_i max(0, 1 - t_i f(x_i)) with t = +1 for class 1 and -1 for class 0, and
 * C_i = c * class factor * weight_i, through its dual.
 *
 * kernel  in  [n * n], symmetric (rml_kernel_square)
 * y       in  [n], 1 for class 1
 * weight  in  [n] or NULL (all 1); a row of weight 0 takes no part
 * start   in  NULL, or [n] signed alphas of a fit on the same rows (with another c, say): where to start
 * svm     out to be freed with rml_svm_free
 *
 * Copies of rows or of columns leave the alphas undetermined; intercept, decision values and weights are unique but
 * for this: without a row strictly between its bounds the intercept is the middle of the interval that it may have, as
 * in libsvm. A fit that ends at max_pairs returns RML_OK with its gap.
 * RML_EINVAL c, tolerance, max_pairs or a class factor outside its range, n outside 1..46000
 * RML_EVALUE NaN or infinity in weight, start or the kernel's diagonal, or a negative weight
 * RML_EEMPTY not both classes present with a positive C_i
 * RML_ENOMEM
 * Source: Chang & Lin, "LIBSVM", ACM TIST 2 (2011), eq. 1 and 2. */
RML_CHECKED rml_status rml_svm_fit(const double *kernel, int64_t n, const uint8_t *y, const double *weight,
                                   const rml_svm_settings *settings, const double *start, rml_svm *svm);
void rml_svm_free(rml_svm *svm);

/* Decision values of m rows, positive for class 1. cross: [m * n_rows], of rml_kernel_cross. */
void rml_svm_decide(const rml_svm *svm, const double *cross, int64_t m, double *decision);

/* Weights of the linear kernel: weights[j] = sum_i alpha_i x_ij; x: the training rows.
 * RML_EINVAL another number of rows. */
RML_CHECKED rml_status rml_svm_weights(const rml_svm *svm, const rml_columns *x, double *weights);

/* Upper bounds C_i of a fit with these settings, out: [n]. Statuses as rml_svm_fit. */
RML_CHECKED rml_status rml_svm_bounds(int64_t n, const uint8_t *y, const double *weight,
                                      const rml_svm_settings *settings, double *bounds);

#endif
