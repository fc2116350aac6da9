/* L2-penalised logistic regression in scikit-learn's parameterisation. */
#ifndef RML_MODELS_RIDGE_H
#define RML_MODELS_RIDGE_H

#include <math.h>
#include <stdbool.h>

#include "kernels/base/columns.h"
#include "kernels/base/status.h"

typedef struct rml_ridge_settings {
    double c;          /* above 0; glmnet's lambda is 1 / (n c) */
    double class_c[2]; /* factors of c for class 0 and 1, 0 or more */
    bool balanced;     /* factors w / (2 w_k) instead: w the sum of all weights, w_k of class k's */
    double tolerance;  /* proven bound of |w - optimum|, 1e-12: as near as rounding lets it */
    int32_t max_steps;
} rml_ridge_settings;

/* c 1, both factors 1, tolerance 1e-12, 200 steps. */
rml_ridge_settings rml_ridge_defaults(void);

typedef struct rml_ridge {
    int32_t n_columns, n_steps;
    double *weights; /* [n_columns] */
    double intercept;
    double objective;
    double decrement; /* before the last step: sqrt(g'H^-1 g), the length of that step in the norm of H */
} rml_ridge;

/* Minimises sum_i C_i log(1 + exp(-t_i (w'x_i + b))) + |w|^2 / 2, with t = +1 for class 1 and -1 for class 0, C_i =
 * c * class factor * weight_i and b free, by Newton steps: in the columns when there are no more of them than rows,
 * else through the Gram matrix of the rows.
 *
 * x       in  [n], not standardised here
 * y       in  [n], 1 for class 1
 * weight  in  [n] or NULL (all 1)
 * start   in  NULL, or [n_columns + 1]: weights and intercept to start from
 * ridge   out to be freed with rml_ridge_free
 *
 * RML_EINVAL a setting out of its range
 * RML_EEMPTY no row, or not both classes with a positive C_i (the intercept would run away)
 * RML_EVALUE NaN or infinity in x, weight or start, a negative weight, or numbers too large for a factorisation
 * RML_ENOMEM
 * Columns: none is allowed (the intercept alone). */
RML_CHECKED rml_status rml_ridge_fit(const rml_columns *x, const uint8_t *y, const double *weight,
                                     const rml_ridge_settings *settings, const double *start, rml_ridge *ridge);

/* One fit for each of n_c values (settings->c is not read), each from where the last one ended: ridges[k] for c[k].
 * The order of c is the caller's; rising is quickest. All or none of them is there. Statuses as rml_ridge_fit. */
RML_CHECKED rml_status rml_ridge_path(const rml_columns *x, const uint8_t *y, const double *weight,
                                      const rml_ridge_settings *settings, const double *c, int32_t n_c,
                                      rml_ridge *ridges);
void rml_ridge_free(rml_ridge *ridge);

/* w'x + b for the rows of x, the log odds of class 1. RML_EINVAL another number of columns. */
RML_CHECKED rml_status rml_ridge_decide(const rml_ridge *ridge, const rml_columns *x, double *decision);

/* What a row contributes at log odds f: its loss's derivative is -pull, its second derivative is curvature (both times
 * cost); y: 1 for class 1. Exact in both tails. */
static inline void rml_ridge_row(double f, uint8_t y, double cost, double *pull, double *curvature)
{
    const double z = y ? f : -f, e = exp(-fabs(z)), part = 1.0 / (1.0 + e);

    *pull = (y ? cost : -cost) * (z > 0.0 ? e * part : part);
    *curvature = cost * e * part * part;
}

/* C_i of a fit with these settings, out: [n]. RML_EINVAL, RML_EVALUE, RML_EEMPTY as rml_ridge_fit. */
RML_CHECKED rml_status rml_ridge_costs(int64_t n, const uint8_t *y, const double *weight,
                                       const rml_ridge_settings *settings, double *costs);

#endif
