/* The baseline hazard under a Cox model: what turns a log hazard into a probability at a time. */
#ifndef RML_SURVIVAL_COX_BASELINE_H
#define RML_SURVIVAL_COX_BASELINE_H

#include "kernels/survival/cox_likelihood.h"
#include "kernels/survival/surv_data.h"

/* Cumulative baseline hazard of each stratum: a step at each event's time, upwards in time. */
typedef struct rml_cox_baseline {
    int32_t n_strata;
    int64_t *first; /* [n_strata + 1] where a stratum's steps begin */
    double *time;   /* [first[n_strata]] */
    double *cumhaz; /* after the step, for a linear predictor of 0 */
    void *memory;
} rml_cox_baseline;

/* linear  in  [n_rows] linear predictors as of rml_cox_linear. They may be shifted by a constant beforehand (a mean):
 *             the baseline is that of the shifted predictor's 0.
 * weight  in  [n_rows] case weights as of rml_cox_fit, or NULL
 * Increments with d events of weight D at a time, S and E the sums of w e^linear over those at risk and over these:
 * Breslow's D / S; Efron's, of exact ties too, (D / d) sum over l < d of 1 / (S - l / d E), d counting rows, so that
 * rows of weight 1/2 are two ties, as in R. RML_EVALUE  a predictor not finite, or an increment beyond a double.
 * RML_ENOMEM */
RML_CHECKED rml_status rml_cox_baseline_of(const rml_surv *surv, rml_ties ties, const double *weight,
                                           const double *linear, rml_cox_baseline *baseline);
void rml_cox_baseline_free(rml_cox_baseline *baseline);
/* Cumulative hazard at a time, 0 before the first event, the last value after the last. Survival of a row is
 * exp(-cumhaz exp(linear)). */
double rml_cox_baseline_at(const rml_cox_baseline *baseline, int32_t stratum, double time);

#endif
