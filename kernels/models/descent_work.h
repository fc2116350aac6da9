/* What the two files of the solver share: the quadratic model on the working set, and its solution. See descent.c. */
#ifndef RML_MODELS_DESCENT_WORK_H
#define RML_MODELS_DESCENT_WORK_H

#include "kernels/models/descent.h"

typedef struct rml_descent_work {
    int32_t capacity;        /* of the Gram matrix */
    int32_t n_set, n_gram;   /* coordinates in the working set; those that the Gram matrix has */
    int32_t *set;            /* [n_columns + 1] */
    uint8_t *is_member;      /* [n_columns + 1] */
    uint8_t *is_strong;      /* [n_columns + 1] */
    double *residual;        /* [n] w (y - mean) */
    double *curve, *old;     /* [n] weights of the Hessian now, and of the Gram matrix */
    double *scaled;          /* [n] */
    double *gram, *factor;   /* [capacity][capacity] */
    double *r, *start, *now; /* [n_columns + 1] by place in the set: model's gradient, coefficients before and now */
    double *moved;           /* [n_columns + 1] */
    double *diagonal;        /* [n_columns + 1] */
    double *l1, *l2;         /* [n_columns + 1] penalties by place in the set */
    double *step;            /* [capacity] */
    double *cosine, *sine;   /* [capacity] */
    int32_t *active;         /* [capacity] */
    double *kernel;          /* [n][n] lower triangle of XX' over the coordinates in it; NULL: never needed */
    double *kernel_factor;   /* [n][n] */
    double *root, *rows[3];  /* [n] */
    uint8_t *in_kernel, *wanted; /* [n_columns + 1] */
    double lambda, alpha;
} rml_descent_work;

static inline const double *rml_descent_column(const rml_descent *d, int32_t j)
{
    return d->x + (int64_t)j * d->n;
}

double rml_descent_dot(const double *v, const double *x, int64_t n);
void rml_descent_add(double *restrict y, double factor, const double *restrict x, int64_t n);

/* The Gram matrix under the weights `curve`, of the whole set; and the rows of what has joined the set since. */
void rml_descent_renew_gram(rml_descent *d);
void rml_descent_extend_gram(rml_descent *d);

/* Minimise the quadratic with its penalty, by coordinate descent until no step is larger than `enough` in the
 * gradient's units, with Newton steps when that takes long. In: start = now, by the Gram matrix also r, the gradient.
 * Out: now. The second goes by the residual, for sets that are larger than the Gram matrix may be. */
void rml_descent_solve_by_gram(rml_descent *d, double enough);
void rml_descent_solve_by_residual(rml_descent *d, double enough);

#endif
