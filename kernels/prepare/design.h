/* Least squares on indicators of batches and on covariates. The indicators fall out when all else is centred in each
 * batch (Frisch & Waugh 1933); what is left is a small system of the covariates, factored once for all features. */
#ifndef RML_PREPARE_DESIGN_H
#define RML_PREPARE_DESIGN_H

#include <stdbool.h>

#include "kernels/base/columns.h"

/* Rows stand in the order of their batches: those of batch b from start[b] to start[b + 1] - 1. The caller owns all
 * arrays. */
typedef struct rml_design {
    int64_t n_rows;
    int32_t n_batches, k;
    int64_t *order;  /* [n_rows] the row of the table that stands at each place; in a batch as in the table */
    int64_t *start;  /* [n_batches + 1] */
    double *raw;     /* [k * n_rows] covariates */
    double *centred; /* [k * n_rows] in each batch; 0 where the feature is missing */
    double *mean;    /* [k * n_batches] */
    double *factor;  /* [k * k] Cholesky factor of the centred cross-products, lower, row by row */
    bool *flat;      /* [k] constant over all rows: takes no part */
} rml_design;

/* Puts the rows in order: order, start, raw, flat. batch: [n_rows] codes 0..n_batches-1. */
void rml_design_fill(rml_design *design, const int32_t *batch, const rml_columns *covariates);

/* Centres the covariates over the rows where x [n_rows], in the design's order, is not NaN (NULL: all rows), and
 * factors their cross-products: centred, mean, factor. False when batches and covariates are not independent there:
 * less than 1e-12 of a covariate's squares is its own. */
bool rml_design_centre(rml_design *design, const double *x);

/* Coefficients [k] of a feature, from the products of the centred covariates with it, in place. 0 of a flat one. */
void rml_design_solve(const rml_design *design, double *v);

#endif
