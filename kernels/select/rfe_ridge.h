/* Elimination with L2-penalised logistic regression: the state that lives from step to step. Used by rfe.c alone. */
#ifndef RML_SELECT_RFE_RIDGE_H
#define RML_SELECT_RFE_RIDGE_H

#include "kernels/select/rfe.h"

typedef struct rml_rfe_ridge rml_rfe_ridge;

/* Statuses as rml_rfe_fit. */
RML_CHECKED rml_status rml_rfe_ridge_init(rml_rfe_ridge **engine, const rml_columns *x, const uint8_t *y,
                                          const double *weight, const rml_rfe_settings *settings);
void rml_rfe_ridge_free(rml_rfe_ridge *engine);
/* coefficient: [columns still in], precise enough to say which n_drop of them leave (sizes closer than equal times the
 * largest count as equal). RML_EVALUE when the fit does not converge. */
RML_CHECKED rml_status rml_rfe_ridge_run(rml_rfe_ridge *engine, int32_t n_drop, double equal, double *coefficient,
                                         double *intercept);
/* leaves: [columns still in], those that are set leave. */
void rml_rfe_ridge_drop(rml_rfe_ridge *engine, const uint8_t *leaves);

#endif
