/* Elimination with a linear support vector machine: the state that lives from step to step. Used by rfe.c alone. */
#ifndef RML_SELECT_RFE_SVM_H
#define RML_SELECT_RFE_SVM_H

#include "kernels/select/rfe.h"

typedef struct rml_rfe_svm rml_rfe_svm;

/* Statuses as rml_rfe_fit. */
RML_CHECKED rml_status rml_rfe_svm_init(rml_rfe_svm **engine, const rml_columns *x, const uint8_t *y,
                                        const double *weight, const rml_rfe_settings *settings);
void rml_rfe_svm_free(rml_rfe_svm *engine);
/* coefficient: [columns still in]. RML_EVALUE: no optimum found. */
RML_CHECKED rml_status rml_rfe_svm_run(rml_rfe_svm *engine, double *coefficient, double *intercept);
/* leaves: [columns still in], those that are set leave. */
void rml_rfe_svm_drop(rml_rfe_svm *engine, const uint8_t *leaves);

#endif
