/* What a fit may see. A sample is gathered, so that no index in it can reach a row outside: a step that is given
 * training rows cannot look at a held-out one, by construction. */
#ifndef RML_LEARN_SAMPLE_H
#define RML_LEARN_SAMPLE_H

#include <stdbool.h>

#include "kernels/base/columns.h"
#include "kernels/base/status.h"

typedef enum rml_outcome_kind {
    RML_OUTCOME_CLASS,   /* 0 or 1 */
    RML_OUTCOME_CLASSES, /* codes 0 .. n_classes-1 */
    RML_OUTCOME_VALUE,   /* a number */
    RML_OUTCOME_TIME     /* the time to an event, or to the end of observation without it */
} rml_outcome_kind;

typedef enum rml_column_mark {
    RML_MARK_FIXED = 1, /* no batch shifts it: age, sex */
    RML_MARK_VOLUME = 2 /* the volume of a ROI */
} rml_column_mark;

/* All that a study works on. Views: the caller owns every array. Rows of one patient stand together. */
typedef struct rml_data {
    int32_t n_rows, n_patients;
    rml_columns x;            /* features × rows */
    const uint8_t *mark;      /* [x.n_columns] bits of rml_column_mark; NULL: none */
    const int32_t *first_row; /* [n_patients + 1] */
    const uint64_t *key;      /* [n_patients] what a patient is: a hash of the name */
    rml_outcome_kind outcome;
    int32_t n_classes;
    const double *y;                 /* [n_patients] */
    const uint8_t *event;            /* [n_patients] of a time: 1 the event was then; else NULL */
    int32_t n_factors;               /* centre and the like */
    const int32_t *n_levels;         /* [n_factors] */
    const int32_t *const *factor;    /* [n_factors][n_rows] codes from 0 */
    const char *const *const *level; /* [n_factors][n_levels] what the codes stand for, for sentences */
    const int32_t *named;            /* codes of levels that steps name */
    int32_t n_covariates;
    const double *const *covariate; /* [n_covariates][n_rows] */
    /* Readings of the same lesions by several readers; the first is that of x. */
    int32_t n_raters;
    const rml_columns *reading; /* [n_raters] features × subjects */
    const int32_t *subject;     /* [n_patients] the patient's row in the readings, or -1 */
    /* What files say of every feature, whoever the patients are. */
    int32_t n_told;
    const double *const *told; /* [n_told][x.n_columns] */
} rml_data;

/* Some patients' rows. Owns what it gathered; x is replaced as steps transform it. */
typedef struct rml_sample {
    int32_t n_rows, n_patients;
    rml_columns x;
    uint8_t *mark; /* [x.n_columns] as of the data; NULL: none */
    rml_outcome_kind outcome;
    int32_t n_classes;
    double *y;        /* [n_rows]; NULL where the outcome is not to be seen */
    uint8_t *event;   /* [n_rows] of a time; NULL as y */
    double *weight;   /* [n_rows] 1 / rows of the patient */
    int32_t *patient; /* [n_rows] number of the patient within the sample, 0 .. n_patients-1 */
    uint64_t *key;    /* [n_patients] who that is: copies share it */
    int32_t n_factors;
    const int32_t *n_levels;
    const char *const *const *level;
    const int32_t *named;
    int32_t **factor; /* [n_factors][n_rows] */
    int32_t n_covariates;
    double **covariate; /* [n_covariates][n_rows] */
    int32_t n_raters, n_subjects;
    rml_columns *reading; /* [n_raters], n_subjects rows */
    int32_t n_told;       /* 0 also behind a step that made new columns */
    double **told;        /* [n_told][x.n_columns] */
    double *matrix;       /* what x points into */
    void *memory;         /* everything else */
} rml_sample;

/* Gathers patients (copies allowed: each is a patient of the sample of its own).
 * columns: which features, or NULL for all; with_outcome: whether y, event, readings and told are to be seen.
 * RML_ENOMEM */
RML_CHECKED rml_status rml_sample_gather(const rml_data *data, const int32_t *patients, int32_t n_patients,
                                         bool with_outcome, rml_sample *sample);
void rml_sample_free(rml_sample *sample);
/* A copy that owns what it holds. RML_ENOMEM: it is left empty. */
RML_CHECKED rml_status rml_sample_copy(const rml_sample *sample, rml_sample *copy);

/* x becomes a copy of the kept columns, in that order. Readings are given up. RML_ENOMEM: x is as before. */
RML_CHECKED rml_status rml_sample_keep(rml_sample *sample, const int32_t *kept, int32_t n_kept);
/* x becomes matrix [n_columns][n_rows], which the sample then owns: the same columns in other numbers; what is told of
 * columns and how they are marked stays. Readings are given up. */
void rml_sample_replace(rml_sample *sample, double *matrix);
/* x becomes matrix [n_columns][n_rows] of new columns, none of them marked, nothing told of them. */
void rml_sample_renew(rml_sample *sample, double *matrix, int32_t n_columns);

/* Folds of the sample's rows for a fit that cross-validates inside: patients and their copies together, classes (of
 * times: events) evenly.
 * fold: out, [n_rows] 0 .. k-1. RML_EVALUE, RML_EINVAL as rml_split_kfold; RML_ENOMEM */
RML_CHECKED rml_status rml_sample_folds(const rml_sample *sample, int32_t k, uint64_t seed, int32_t *fold);

/* What folds are to have their share of: the class, of a time whether the event was; NULL of a number. class: [n] room.
 */
const int32_t *rml_outcome_strata(rml_outcome_kind outcome, int32_t n, const double *y, const uint8_t *event,
                                  int32_t *class);

/* The mean of a value over each patient's rows. value: [n_rows]; mean: out, [n_patients] */
void rml_sample_patient_mean(const rml_sample *sample, const double *value, double *mean);

/* Whether a value is missing or infinite. */
bool rml_sample_missing(const rml_sample *sample);

#endif
