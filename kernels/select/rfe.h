/* Recursive feature elimination: fit, drop the columns of least weight, fit again. */
#ifndef RML_SELECT_RFE_H
#define RML_SELECT_RFE_H

#include <stdbool.h>

#include "kernels/base/columns.h"
#include "kernels/base/status.h"

typedef enum rml_rfe_model {
    RML_RFE_SVM,    /* linear C-SVC, as rml_svm_fit */
    RML_RFE_RIDGE,  /* L2-penalised logistic regression, as rml_ridge_fit */
    RML_RFE_CALLER, /* whatever the caller's function says */
} rml_rfe_model;

/* Importance of each of the columns still in (their numbers, rising), 0 or more. Another status than RML_OK ends the
 * elimination with it; a NaN ends it with RML_EVALUE. */
typedef rml_status rml_rfe_importance(void *context, const int32_t *columns, int32_t n_columns, double *importance);

/* Sees the fit at every size, the final one too; coefficient: [n_columns], positive towards class 1. */
typedef rml_status rml_rfe_observer(void *context, const int32_t *columns, int32_t n_columns, const double *coefficient,
                                    double intercept);

typedef struct rml_rfe_settings {
    rml_rfe_model model;
    double c;          /* of the model, above 0 */
    double class_c[2]; /* factors of c for class 0 and 1 */
    bool balanced;     /* factors w / (2 w_k) instead: w the sum of all weights, w_k of class k's */
    int32_t n_select;  /* columns to keep, 1 or more; from as many columns on, nothing is eliminated */
    int32_t step;      /* columns to drop a fit, 1 or more; the last step drops fewer so as to end at n_select */
    /* Proven bound of the error of a ridge's coefficients that leave, and of all in the last fit, relative to the least
     * of them (SVM fits are always at the optimum). Which column leaves is always proven; this is about the importances
     * handed out. */
    double coefficient_tolerance;
    rml_rfe_importance *importance; /* RML_RFE_CALLER */
    rml_rfe_observer *observer;     /* NULL allowed; not called with RML_RFE_CALLER */
    void *context;                  /* of both functions */
} rml_rfe_settings;

/* SVM, c 1, 8 columns, one a step, coefficient_tolerance 1e-2. */
rml_rfe_settings rml_rfe_defaults(void);

typedef struct rml_rfe {
    int32_t n_columns, n_selected, n_fits;
    int32_t *ranking;   /* [n_columns] 1: selected; 2: left in the last step, and so on up, as scikit-learn's RFE */
    double *importance; /* [n_columns] squared coefficient (the caller's importance) at the last fit it was part of */
    int32_t *selected;  /* [n_selected] column numbers, rising */
} rml_rfe;

/* x: training rows, columns standardised already; y: [n], 1 for class 1; weight: [n] or NULL.
 *
 * Ties: coefficients within 1e-9 of the largest count as equal in size, and of equal ones the later column leaves
 * first; copies leave from the right, a constant column (weight 0) before everything else.
 * rfe: out, to be freed with rml_rfe_free.
 * RML_EINVAL a setting out of its range; RML_EEMPTY no row, no column, or not both classes with a positive weight;
 * RML_EVALUE NaN or infinity in x or weight, a negative weight, or a fit without an optimum within reach (columns of
 * very different scales, a very large c); RML_ENOMEM; the caller's own.
 * Source: Guyon et al., Machine Learning 46 (2002); scikit-learn's RFE. */
RML_CHECKED rml_status rml_rfe_fit(const rml_columns *x, const uint8_t *y, const double *weight,
                                   const rml_rfe_settings *settings, rml_rfe *rfe);
void rml_rfe_free(rml_rfe *rfe);

/* What the models' engines and rml_rfe_fit share: the size that splits those who leave from those who stay.
 * Marks in leaves[n] the n_drop of the n sizes (0 or more) that leave; sizes within `equal` of the largest leaver's
 * count as its equals, of which the last ones leave. scratch: [n]. */
void rml_rfe_choose(const double *size, int32_t n, int32_t n_drop, double equal, uint8_t *leaves, double *scratch);

#endif
