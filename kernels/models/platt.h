/* Platt scaling: a probability from a classifier's decision value. */
#ifndef RML_MODELS_PLATT_H
#define RML_MODELS_PLATT_H

#include <stdint.h>

#include "kernels/base/status.h"

/* Probability of the positive class: 1 / (1 + exp(a f + b)); a is negative when larger f mean positive. */
typedef struct rml_platt {
    double a, b;
} rml_platt;

/* decision  in  [n] finite decision values that were made without their own row's outcome (out-of-fold)
 * y         in  [n] 0 or 1
 * weight    in  [n] >= 0, or NULL
 *
 * Minimises the cross-entropy to the targets (n1 + 1) / (n1 + 2) and 1 / (n0 + 2), n1 and n0 being the sums of weights
 * of the classes, to where the gradient is rounding. The minimum is unique, also when the values order the outcomes
 * without error; with one class it is a = 0 and the class' target.
 *
 * RML_EEMPTY  no row of positive weight, or all decision values of such rows are equal: a and b are NaN
 * RML_EVALUE  NaN or infinity, or y above 1
 * RML_EINVAL  a negative weight
 * Source: Platt 1999; Lin, Lin & Weng, Machine Learning 68 (2007), algorithm 1 (Newton with backtracking). libsvm stops
 * at a gradient of 1e-5, scikit-learn at 1e-6. */
RML_CHECKED rml_status rml_platt_fit(const double *decision, const uint8_t *y, const double *weight, int64_t n,
                                     rml_platt *fit);
/* NaN for NaN. */
void rml_platt_predict(const rml_platt *fit, const double *decision, int64_t n, double *probability);

#endif
