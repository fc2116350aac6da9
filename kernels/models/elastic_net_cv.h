/* Lambda of an elastic net by cross-validation over given folds, as cv.glmnet. */
#ifndef RML_MODELS_ELASTIC_NET_CV_H
#define RML_MODELS_ELASTIC_NET_CV_H

#include "kernels/models/elastic_net.h"

typedef enum rml_elastic_net_measure {
    RML_NET_DEVIANCE, /* binary: -2 loglik a row, probabilities kept within [1e-5, 1 - 1e-5]; number: squared error;
                         time: deviance of all rows less that of the fold's training rows, over the fold's events */
    RML_NET_CLASS,    /* binary: share of rows on the wrong side of 0.5 (at 0.5 itself counted as negative) */
    RML_NET_AUC,      /* binary: the larger the better; ties count one half */
    RML_NET_MSE,      /* squared error, of a class against its probability counted for both classes (twice) */
    RML_NET_MAE,      /* absolute error, likewise */
    RML_NET_CINDEX    /* time: Harrell's concordance of the held-out rows, the larger the better; without weights */
} rml_elastic_net_measure;

typedef struct rml_elastic_net_cv {
    rml_elastic_net fit;      /* of all rows */
    double *mean, *deviation; /* [fit.n_lambda] of the measure over folds, and that mean's standard error */
    int32_t at_min, at_1se;   /* places of the two below */
    double lambda_min;        /* the largest lambda with the best mean */
    double lambda_1se;        /* the largest whose mean is within one standard error of it */
    int32_t n_ended_early;    /* of the whole table's fit and the folds' */
    void *memory;
} rml_elastic_net_cv;

/* fold  in  [n_rows] 0 .. n_folds - 1, each at least once; the folds are left out in turn
 *
 * Without lambdas in the settings every fold goes down its own path, and its coefficients are interpolated at the whole
 * table's lambdas; with them every fold is fitted at exactly these. A fold's measure is its weighted mean over rows
 * (AUC: with weights), and folds are averaged by their sums of weights, of events where these are what a measure is
 * taken over; deviation is sqrt of their weighted variance over n_folds - 1. A mean that a fold has no part in (an AUC
 * with one class: NaN) is taken over the others.
 *
 * With `thresh` a deviance is glmnet's too: over its risk sets, and with weights that have a mean of 1 in the whole
 * table and without a fold each by itself. (A fold without an event has no measure and does not count; R divides by
 * all.)
 *
 * Everything inside a fold, standardising too, sees the fold's training rows alone.
 *
 * RML_EINVAL  fewer than 3 folds, one without a row or of weight 0, a number outside; a measure that does not go with
 *             the outcome; the settings as in rml_elastic_net_fit
 * RML_EEMPTY  as rml_elastic_net_fit, also of a fold's training rows; no fold has a measure (all NaN)
 * RML_EVALUE, RML_ENOMEM
 *
 * Source: glmnet 4.1-6 cv.glmnet(alignment = "lambda",
 * grouped = TRUE), getOptcv. cv.glmnet changes the measure or averages over rows when folds have fewer than 10 (AUC) or
 * 3 rows; here it stays what was asked for. */
RML_CHECKED rml_status rml_elastic_net_cv_fit(const rml_columns *columns, rml_elastic_net_outcome y,
                                              const double *weight, const int32_t *fold, int32_t n_folds,
                                              rml_elastic_net_measure measure, const rml_elastic_net_settings *settings,
                                              rml_elastic_net_cv *cv);
void rml_elastic_net_cv_free(rml_elastic_net_cv *cv);

#endif
