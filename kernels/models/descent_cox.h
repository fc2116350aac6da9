/* Cox's partial likelihood as descent.c sees it: loss and residual of linear predictors, and the Hessian as what it
 * makes of a column, since written out it has a number for every pair of rows. Breslow's ties. Rows are in the places
 * of an rml_surv of one stratum: time downwards, so that risk sets grow along the rows and sums over them run along. */
#ifndef RML_MODELS_DESCENT_COX_H
#define RML_MODELS_DESCENT_COX_H

#include "kernels/survival/surv_data.h"

typedef struct rml_descent_cox {
    const rml_surv *surv;
    const double *w;       /* [n] by place */
    double *died;          /* [n_moments] weight of the events */
    double *risk, *hazard; /* [n] w exp(eta), and sum of died / sum at risk over the moments that a row is at risk in */
    double *at_risk;       /* [n_moments] sums of risk */
    double *old_risk, *old_hazard, *old_at_risk, *share; /* of where the Hessian was kept; share is died / at_risk */
    double *memory;
} rml_descent_cox;

/* w [n] by place, lent. RML_ENOMEM */
RML_CHECKED rml_status rml_descent_cox_init(const rml_surv *surv, const double *w, rml_descent_cox *cox);
void rml_descent_cox_free(rml_descent_cox *cox);

/* The loss, - sum over events of w (eta - log of the sum at risk); its residual, minus the gradient by eta; and curve,
 * a diagonal that the Hessian does not exceed. residual, curve: out, [n]. Infinite, without the two, where predictors
 * are so far apart that a risk set's sum is all but 0. */
double rml_descent_cox_evaluate(rml_descent_cox *cox, const double *eta, double *residual, double *curve);
/* Keeps the Hessian of the last evaluation for rml_descent_cox_times. */
void rml_descent_cox_keep(rml_descent_cox *cox);
/* product: out, [n] Hessian times x */
void rml_descent_cox_times(const rml_descent_cox *cox, const double *x, double *product);

/* Minus the largest log likelihood that any predictors have: the sum over moments of died log(died). */
double rml_descent_cox_saturated(const rml_descent_cox *cox);

#endif
