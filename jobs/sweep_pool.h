/* The held-out patients of a repeat together, all of them or those of one centre, and how well they are told: what
 * leaderboard, centres, calibration and decision curves have in common. A patient with several rows counts once. */
#ifndef RML_JOBS_SWEEP_POOL_H
#define RML_JOBS_SWEEP_POOL_H

#include "jobs/sweep_plan.h"
#include "jobs/sweep_results.h"
#include "jobs/validation.h"

typedef enum rml_measure {
    RML_MEASURE_METRIC,      /* the study's own */
    RML_MEASURE_VARIANCE,    /* DeLong's, of the AUC of two classes */
    RML_MEASURE_SENSITIVITY, /* two classes, at the folds' own thresholds, as are: */
    RML_MEASURE_SPECIFICITY,
    RML_MEASURE_BALANCED_ACCURACY, /* also of several classes, where the highest score is the call */
    RML_MEASURE_ACCURACY,          /* the same */
    RML_MEASURE_PPV,
    RML_MEASURE_NPV,
    RML_MEASURE_F1,
    RML_MEASURE_BRIER,    /* two classes, of the probabilities, as are: */
    RML_MEASURE_LOG_LOSS, /* also of several classes */
    RML_MEASURE_SLOPE,
    RML_MEASURE_INTERCEPT,
    RML_MEASURE_IN_THE_LARGE,
    RML_MEASURE_HOSLEM,   /* chi square of up to 10 groups */
    RML_MEASURE_HOSLEM_P, /* as many degrees of freedom as groups: nobody's model was fitted to the patient */
    RML_MEASURE_R2,       /* a number, as are: */
    RML_MEASURE_SPEARMAN,
    RML_MEASURE_MAE,
    RML_N_MEASURES
} rml_measure;

/* A measure's column in the tables of a study; NULL where its outcome has none, or the column of the study's metric
 * says the same. */
const char *rml_measure_name(const rml_study *study, rml_measure measure);

typedef struct rml_pool {
    const rml_study *study;
    const rml_dataset *dataset;
    const rml_sweep_plan *plan;
    const rml_sweep_results *results;
    int32_t n_scores, n_repeats;
    /* what was gathered last */
    int32_t n;
    int32_t *patient;    /* [n] */
    uint8_t *y;          /* [n] the positive ones of two classes */
    double *truth;       /* [n] */
    uint8_t *event;      /* [n] of times */
    double *decision;    /* [n_scores][n], as is: */
    double *probability; /* NaN where there is none */
    rml_confusion counts;
    bool mixed; /* models of several kinds speak in the repeat: classes' decisions are of different scales */
    /* what judged it last; two classes */
    rml_validation judged;
} rml_pool;

/* Refers to what it is given. RML_ENOMEM */
RML_CHECKED rml_status rml_pool_init(const rml_study *study, const rml_dataset *dataset, const rml_sweep_plan *plan,
                                     const rml_sweep_results *results, rml_pool *pool, rml_error *err);
void rml_pool_free(rml_pool *pool);

/* The patients held out in a repeat by splits that have a model, in the order of the splits.
 * speaker  [n_splits] which pipeline speaks in each split (sweep_results.h); -1: none
 * centre   -1: all */
void rml_pool_gather(rml_pool *pool, const int32_t *speaker, int32_t repeat, int32_t centre);

/* How well they are told; NaN where undefined. RML_ENOMEM */
RML_CHECKED rml_status rml_pool_measure(rml_pool *pool, double value[RML_N_MEASURES], rml_error *err);

/* Each measure's mean over the repeats in which it is defined. RML_ENOMEM */
RML_CHECKED rml_status rml_pool_average(rml_pool *pool, const int32_t *speaker, int32_t centre,
                                        double value[RML_N_MEASURES], rml_error *err);

/* Adds a value to a running mean of n; NaN and infinities are left out. */
void rml_mean_add(double value, int32_t *n, double *mean);

#endif
