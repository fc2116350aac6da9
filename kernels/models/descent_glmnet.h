/* Cox's elastic net by glmnet's own steps, ended where its `thresh` ends them: what R says, and not the minimum. Not
 * for callers outside kernels/models. */
#ifndef RML_MODELS_DESCENT_GLMNET_H
#define RML_MODELS_DESCENT_GLMNET_H

#include "kernels/models/descent.h"

/* What is kept from lambda to lambda beside the descent's own b and eta. */
typedef struct rml_descent_glmnet {
    double *residual, *diagonal; /* [n] of the last evaluation; residual is kept up by the steps */
    double *risk;                /* [n] w exp(eta) */
    double *size;                /* [n_columns] sum of diagonal x^2, of the columns that are looked at */
    double *old;                 /* [n_columns] b at the last evaluation */
    int32_t *moved;              /* [n_moved] columns that ever left 0, in that order */
    uint8_t *is_looked_at, *has_moved;
    int32_t n_moved;
    int64_t n_passes, most_passes;
    void *memory;
} rml_descent_glmnet;

/* d is a descent of RML_LOSS_COX that stands at the null model; most_passes: over columns, of all lambdas.
 * RML_EVALUE  a row has no curvature in the null model either: weights too far apart; RML_ENOMEM */
RML_CHECKED rml_status rml_descent_glmnet_init(rml_descent *d, int64_t most_passes, rml_descent_glmnet *g);
void rml_descent_glmnet_free(rml_descent_glmnet *g);

/* Puts b, eta and value of d where glmnet 4.1-6 stops at this lambda.
 *
 * The likelihood is replaced by a quadratic with the diagonal of its Hessian, which coordinate descent minimises until
 * in a pass no column moved by as much as `least` (its curvature times the move's square); then it is made anew, until
 * no column has moved by as much in between and none outside breaks its condition. Because the diagonal leads slowly,
 * moves that small can leave a long way to go: of 80 rows and 393 columns up to 6e-3 of the largest coefficient at a
 * thresh of 1e-11, and 0.08 at 1e-7, glmnet's default.
 *
 * least   thresh times the null model's deviance / 2 (over the sum of weights)
 * before  the lambda at whose end b stands; the first of a path: that of the null model; 0 for the first of one's own
 *
 * False where glmnet ends its path too: the passes were not enough, or a predictor is too far from the others.
 * Source: Simon, Friedman, Hastie & Tibshirani, J Stat Softw 39(5), 2011; Tibshirani et al., JRSS B 74, 2012. */
bool rml_descent_glmnet_solve(rml_descent_glmnet *g, rml_descent *d, double least, double lambda, double alpha,
                              double before);

#endif
