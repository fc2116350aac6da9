/* The dual of the support vector machine: a solver that keeps its state, so that a changed problem starts from the last
 * optimum. rml_svm (svm.h) is the face for one fit; elimination (kernels/select) keeps a solver from step to step. */
#ifndef RML_MODELS_SVM_SOLVER_H
#define RML_MODELS_SVM_SOLVER_H

#include <stdbool.h>
#include <stdint.h>

#include "kernels/base/status.h"

/* minimise 1/2 b'Kb - t'b  subject to  sum(b) = 0, low <= b <= high, with t = +1 for class 1 and -1 for class 0 and
 * b = alpha * t: the C-SVC dual of Chang & Lin 2011 with the signs in the variables. */
typedef struct rml_svm_solver {
    int32_t n, n_free, capacity;
    double *kernel;              /* [n * n], the caller's; read here, changed by the caller only (see _drop) */
    double *target, *low, *high; /* [n] */
    double *beta, *gradient;     /* [n]; gradient = K beta - target */
    double *up, *down;           /* [n] 0 where beta may rise (fall), infinite where not */
    double *row, *work;          /* [n] scratch, in the order of the free rows */
    int32_t *free_row;           /* [n_free] rows strictly between their bounds, as the factor has them */
    double *factor;              /* [capacity * capacity] lower Cholesky factor, by columns, of K + shift 11' there */
    double shift;
    bool factor_valid;
    double offset; /* the multiplier of sum(b) = 0: the intercept of the decision is -offset */
    double gap;    /* largest violation of the optimality conditions, in units of the decision value */
    int64_t n_pairs, n_changes;
    void *memory;
} rml_svm_solver;

/* y: [n], 1 for class 1; bound: [n] upper bounds C_i >= 0 of alpha (0: the row is left out); kernel: [n * n] symmetric.
 * start: NULL, or [n] b of another solution: clipped to the bounds and scaled to sum zero.
 * RML_EINVAL   n below 1 or above 46000
 * RML_EVALUE   a bound that is negative, NaN or infinite, a start or kernel diagonal that is not finite
 * RML_EEMPTY   not both classes have a positive bound
 * RML_ENOMEM */
RML_CHECKED rml_status rml_svm_solver_init(rml_svm_solver *solver, double *kernel, int32_t n, const uint8_t *y,
                                           const double *bound, const double *start);
void rml_svm_solver_free(rml_svm_solver *solver);

/* Goes on to the optimum, within tolerance (largest violation, in units of the decision value).
 * Pairs of rows by second-order selection until the violation is small, then an active set on a Cholesky factor of the
 * free rows; from any place where the active set does not get on, pairs alone. Gives up after max_pairs pairs:
 * solver->gap says how far it came. */
void rml_svm_solver_run(rml_svm_solver *solver, double tolerance, int64_t max_pairs);

/* The caller has taken the outer products of these columns ([n] each) off a linear kernel: gradient and factor follow.
 */
void rml_svm_solver_drop(rml_svm_solver *solver, const double *const *columns, int32_t n_columns);

/* Gradient anew from beta and the kernel, and the factor if there is one: what rounding the updates have left is gone.
 */
void rml_svm_solver_refresh(rml_svm_solver *solver);

/* sum(alpha) - 1/2 alpha'Q alpha. */
double rml_svm_solver_objective(const rml_svm_solver *solver);

#endif
