/* Reweighted least squares under logistic regression: what R's glm.fit does between its checks and its results. Not for
 * callers outside kernels/models. */
#ifndef RML_MODELS_IRLS_H
#define RML_MODELS_IRLS_H

#include <stddef.h>

#include "kernels/models/glm.h"

typedef struct rml_irls {
    int64_t n;
    int32_t n_terms;
    const double **term; /* [n_terms] columns; NULL for the intercept */
    const uint8_t *y;
    const double *weight, *offset;
    double epsilon, alias_tolerance;
    int32_t max_iterations;

    double *q;             /* [n_terms][n] Householder vectors, that of rank k from row k on */
    double *beta;          /* [n_terms] 2 / |vector|^2 */
    double *r;             /* [n_terms][n_terms] upper triangle, column by column */
    int32_t *kept;         /* [n_terms] the term of each rank */
    int32_t rank;          /* of the last least squares */
    double *root, *rhs;    /* [n] square roots of the working weights; working response */
    double *eta, *mu;      /* [n] */
    double *eta_old;       /* [n] */
    double *coef, *before; /* [n_terms] 0 for aliased terms */
    double deviance;
    int32_t iterations;
    bool converged;
} rml_irls;

/* How many doubles the scratch takes; memory is laid out unless it is NULL. n and n_terms are set. */
size_t rml_irls_lay_out(rml_irls *m, double *memory);
/* From the outcome, as R, until converged or max_iterations. */
rml_separation rml_irls_fit(rml_irls *m);
/* eta, mu and deviance of the coefficients as they are. */
void rml_irls_evaluate(rml_irls *m);
/* (X'WX)^-1 = R^-1 R^-T of the last step's factor over the kept terms; vcov out [n_terms * n_terms], NaN elsewhere. */
void rml_irls_invert(rml_irls *m, double *vcov);

/* R's inverse link: clipped at logits of 30, so that a probability is never 0 or 1 to the last bit. */
double rml_irls_logistic(double eta);

static inline double rml_irls_weight(const rml_irls *m, int64_t i)
{
    return m->weight ? m->weight[i] : 1.0;
}

#endif
