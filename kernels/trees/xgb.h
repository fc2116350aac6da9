/* XGBoost through its C interface: one thread, exact greedy trees, no draws. */
#ifndef RML_TREES_XGB_H
#define RML_TREES_XGB_H

#include "kernels/base/columns.h"
#include "kernels/base/status.h"

typedef struct rml_xgb_settings {
    int32_t n_rounds;        /* 1 or more */
    int32_t max_depth;       /* 0: no limit */
    double eta;              /* in (0, 1] */
    double lambda, alpha;    /* penalties of the leaves' squares and sizes, 0 or more */
    double gamma;            /* least gain of a split, 0 or more */
    double min_child_weight; /* least sum of p (1 - p) times weight in a leaf (of numbers: of weight), 0 or more */
    double base_score;       /* where it starts: a probability in (0, 1), or a number */
} rml_xgb_settings;

/* The library's: 100 rounds of depth 6, eta 0.3, lambda 1, min_child_weight 1; base_score 0.5, which the library from
 * 2.0 on estimates when it is not given. */
rml_xgb_settings rml_xgb_defaults(void);

typedef struct rml_xgb {
    int32_t n_columns;
    int64_t n_bytes;
    char *bytes;        /* [n_bytes] the model as the library writes it (UBJSON); nothing else is needed to predict */
    double *importance; /* [n_columns] mean gain of the splits on a column ("gain"); 0 for one without a split */
} rml_xgb;

/* x: training rows; a NaN is a missing value, and each split learns to which side it goes. All is cut to single
 * precision. Outcome: y [n], 1 for class 1 (binary:logistic), or number [n] (reg:squarederror); the other one is NULL.
 * weight  in   [n] or NULL (all 1)
 * xgb     out  to be freed with rml_xgb_free
 *
 * The same bytes on every call and machine as far as the library does so: tree_method exact, nthread 1, seed 0 (of
 * which nothing depends, for no subsampling is offered). Sets the library's verbosity, which is the calling thread's,
 * to 0. Ties: the library's (the first column). RML_EINVAL a setting or stride out of its range, or not one of both
 * outcomes; RML_EEMPTY no row of positive weight, no column, or one class only; RML_EVALUE infinity, or beyond single
 * precision, in x or number, NaN in number, a y above 1, a weight that is not finite or negative; RML_ENOMEM;
 * RML_EUNSUPPORTED the library refused for a reason of its own Source: Chen & Guestrin, "XGBoost: a scalable tree
 * boosting system", KDD 2016; libxgboost 1.7. */
RML_CHECKED rml_status rml_xgb_fit(const rml_columns *x, const uint8_t *y, const double *number, const double *weight,
                                   const rml_xgb_settings *settings, rml_xgb *xgb);
void rml_xgb_free(rml_xgb *xgb);

/* margin: [n_rows] log-odds of class 1, or the number; NaN when it fails. bytes and n_columns of xgb suffice; bytes are
 * believed: they must be what a fit gave.
 * RML_EINVAL another number of columns; RML_EVALUE infinity, or beyond single precision; RML_EFORMAT bytes that the
 * library does not read; RML_ENOMEM */
RML_CHECKED rml_status rml_xgb_decide(const rml_xgb *xgb, const rml_columns *x, double *margin);

#endif
