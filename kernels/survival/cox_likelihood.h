/* The partial likelihood of Cox as a function of each row's log hazard: value, gradient and curvature. What descent
 * over coefficients (LASSO), boosting and residuals are built on. */
#ifndef RML_SURVIVAL_COX_LIKELIHOOD_H
#define RML_SURVIVAL_COX_LIKELIHOOD_H

#include "kernels/survival/surv_data.h"

typedef enum rml_ties {
    RML_TIES_EFRON,   /* R coxph's default */
    RML_TIES_BRESLOW, /* glmnet's, and Python's most */
    RML_TIES_EXACT    /* R's ties = "exact": times are discrete. Not for rml_cox_likelihood */
} rml_ties;

/* ties       in   Efron's or Breslow's
 * weight     in   [n_rows] above 0, or NULL; by row as given, as all arrays here
 * linear     in   [n_rows] log hazards, offset included
 * work       work [n_rows + 2 n_moments]
 * loglik     out  sum over events of weight (linear - log of the risk set's sum of weight exp(linear))
 * gradient   out  [n_rows] first derivatives of loglik by linear: the martingale residuals times weight; NULL allowed
 * curvature  out  [n_rows] minus the second derivatives on the diagonal, at least 0 but for rounding; NULL allowed
 *
 * Shifting all of linear changes nothing: the largest is taken off before exp.
 * RML_EINVAL  exact ties
 * RML_EVALUE  a predictor that is NaN or infinite, or so far below the others that a risk set's sum is 0: loglik is
 *             -infinity or NaN
 * Source: Efron, JASA 72 (1977); Breslow, Biometrics 30 (1974). */
RML_CHECKED rml_status rml_cox_likelihood(const rml_surv *surv, rml_ties ties, const double *weight,
                                          const double *linear, double *work, double *loglik, double *gradient,
                                          double *curvature);

#endif
