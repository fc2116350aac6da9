/* The baseline survival of a model of times: what turns its decision, a log hazard, into a probability at a time. It is
 * kept in the fit beside what the model itself keeps, in arrays of its own, whatever the model is. */
#ifndef RML_LEARN_BASELINE_H
#define RML_LEARN_BASELINE_H

#include "kernels/learn/kind.h"

/* Adds to fitted "baseline_time" and "baseline_hazard" [1][times of events, ascending]: the cumulative hazard of a
 * decision of 0 after each (Efron's increments, rows weighted as in the fit), and "followed" [1][1], the longest time
 * of any training row.
 *
 * fitted: what the kind, or the constant model, was fitted to train
 *
 * RML_EEMPTY without an event; RML_EVALUE  a decision that is not finite; RML_ENOMEM; else as rml_model_decide */
RML_CHECKED rml_status rml_baseline_add(const rml_kind *kind, const rml_sample *train, const double *param,
                                        rml_fitted *fitted);

/* The probability to be without the event at a time. NaN without a baseline, beyond the longest follow-up, at a time
 * below 0, and for a decision that is NaN. */
double rml_baseline_survival(const rml_fitted *fitted, double time, double decision);

#endif
