/* The solver under the elastic net: squares, logistic loss or Cox's partial likelihood plus an L1 and an L2 penalty at
 * one lambda, from where the last one ended. Not for callers outside kernels/models. */
#ifndef RML_MODELS_DESCENT_H
#define RML_MODELS_DESCENT_H

#include <stdbool.h>
#include <stdint.h>

#include "kernels/base/status.h"
#include "kernels/models/descent_cox.h"

typedef enum rml_descent_loss { RML_LOSS_SQUARES, RML_LOSS_LOGISTIC, RML_LOSS_COX } rml_descent_loss;

/* Minimises loss + sum over j of factor_j lambda (alpha |b_j| + (1 - alpha) b_j^2 / 2), where the loss is
 * sum w (y - eta)^2 / 2, or sum w (log(1 + e^eta) - y eta), or that of descent_cox.h, and eta = x b. Coordinate
 * n_columns is the intercept, whose column is all ones. */
typedef struct rml_descent {
    int64_t n;
    int32_t n_columns;
    rml_descent_loss loss;
    double intercept_factor; /* 0: free, 1: penalised as the others, negative: held at 0 */
    const double *x;         /* [n_columns + 1][n] */
    const double *y, *w;     /* [n], w sums to 1; y NULL with surv */
    const rml_surv *surv;    /* of RML_LOSS_COX alone: the rows of x are its places, and no intercept is free */
    const double *size;      /* [n_columns + 1] sqrt(sum w x^2); 0: the coordinate is held at 0 */
    double tolerance;        /* largest gradient left over, in units of size */
    bool is_lean;            /* no Gram matrix: for who never calls rml_descent_solve */
    /* in and out: */
    double *b;        /* [n_columns + 1] */
    double *eta;      /* [n] */
    double *gradient; /* [n_columns + 1] sum w (y - mean) x at b; of Cox's likelihood at b = 0 from the start */
    double value;     /* the loss at b */
    rml_descent_cox cox;
    void *memory;
    struct rml_descent_work *work;
} rml_descent;

/* Allocates, b = 0 but for a free intercept, which is at its optimum. The fields down to tolerance are the caller's.
 * RML_ENOMEM */
RML_CHECKED rml_status rml_descent_init(rml_descent *d);
void rml_descent_free(rml_descent *d);

/* before: the lambda at whose solution b stands (infinity: the null model); it only chooses which coordinates are
 * looked at first. False when the tolerance was not reached. */
bool rml_descent_solve(rml_descent *d, double lambda, double alpha, double before);

#endif
