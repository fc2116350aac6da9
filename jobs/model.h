/* The model that a sweep hands out, on its own: every fitted step and the model proper, with the names of the columns
 * that they read, and what one should know before using it. model.json is its file (jobs/model_json.h). */
#ifndef RML_JOBS_MODEL_H
#define RML_JOBS_MODEL_H

#include "jobs/dataset.h"

typedef struct rml_model_feature {
    const char *name;
    const char *column;     /* of the patient (age, sex); NULL: a feature of the table */
    rml_dataset_texts text; /* of such a column: what 0 and 1 stand for, when it does not hold numbers */
    double low, high, mean; /* over the training rows; NaN where unknown */
} rml_model_feature;

typedef struct rml_model_factor { /* a column of names, such as the centre */
    const char *column;
    int32_t n_levels;
    const char **level;
} rml_model_factor;

typedef struct rml_model_covariate {
    const char *column;
    rml_dataset_texts text;
} rml_model_covariate;

typedef struct rml_model_estimate { /* cross-validated, of the procedure that made the model */
    const char *metric;             /* NULL: there is none */
    double mean, low, high;
    int32_t n_splits;
} rml_model_estimate;

typedef struct rml_model {
    const char *name;             /* of the pipeline, "mrmr-rfe/logistic" */
    const char *version, *commit; /* of the radmill that made it */
    const char *study_checksum, *data_checksum;
    const char *source;                     /* where a published model is from; NULL */
    const char *parameters;                 /* of the extraction, a setting a line; "" when unknown */
    const char *patient;                    /* the column that names patients; NULL when unknown */
    rml_rois rois;                          /* what becomes of several rows of a patient */
    int32_t n_conditions;                   /* the rows that the study took: none in older files and published models */
    rml_condition *condition;               /* [n_conditions] */
    rml_pivot pivot;                        /* rows of a patient side by side, as the features' names are; n_by 0 */
    int32_t n_patients, n_rows, n_positive; /* it was trained on */
    int32_t n_trained;
    uint64_t *trained; /* [n_trained] hashes of these rows, ascending (jobs/model_trained.h); NULL where unknown */
    rml_outcome_kind outcome;
    const char *outcome_column, *positive; /* positive: of two classes */
    const char *event_column;              /* of a time */
    const char *landmark;                  /* of a time: where it begins, a number or a column; NULL: at its own zero */
    int32_t n_classes;
    const char **class_name; /* [n_classes] of several classes */
    rml_model_estimate estimate;
    int32_t n_features, n_factors, n_covariates, n_told;
    rml_model_feature *feature;     /* [n_features] the columns that the first step takes, in its order */
    rml_model_factor *factor;       /* [n_factors] */
    rml_model_covariate *covariate; /* [n_covariates] */
    const char **told;              /* [n_told] files that steps went by: name, what was found in them, checksum */
    rml_chain chain;
    rml_fitted *step; /* [chain.n] */
    const rml_kind *kind;
    double param[RML_KIND_PARAMS];
    rml_fitted fitted;
    double threshold;   /* a decision from here on counts as positive; NaN: none */
    double middle, cut; /* of times: scores above are high: the median of the training patients' own scores; learned
                           from what their inner folds say. NaN: none */
    double slope, intercept; /* probability = 1 / (1 + exp(-(slope * decision + intercept))); NaN: none */
    void *memory;
} rml_model;

/* The model of one selection's fit to all patients. Everything is copied.
 *
 * which  model of the fit
 * prune  leave columns out that no later step needs; the decisions are the same to the bit
 *
 * estimate and checksums are the caller's to fill in. RML_EDUPLICATE: two needed features have the same name.
 * RML_ENOMEM */
RML_CHECKED rml_status rml_model_make(const rml_study *study, const rml_dataset *dataset, int32_t select,
                                      const rml_nested *fit, int32_t which, bool prune, rml_model *model,
                                      rml_error *err);
void rml_model_free(rml_model *model);

/* The place of a file among those that the model's steps went by; added when it is new. -1 without memory. */
int32_t rml_model_told(rml_model *model, const char *text);

/* Zeroed memory, and a copy of a text, that live as long as the model. NULL without memory. */
void *rml_model_take(rml_model *model, size_t n, size_t size);
const char *rml_model_text(rml_model *model, const char *text);

/* Columns that go into step s, or into the model proper (s = chain.n), by name: [n], malloc'ed; *n their number. Names
 * of columns that a step made live in *made, malloc'ed too. NULL without memory. */
const char **rml_model_names(const rml_model *model, int32_t s, int32_t *n, char **made);

/* Whether rows with missing values have a score: a step fills them in, or the model takes them as they are. */
bool rml_model_imputes(const rml_model *model);
/* Whether an object holds rows of patients. */
bool rml_model_holds_rows(const rml_model *model);
int32_t rml_model_n_scores(const rml_model *model);

/* What the model says of each row: [n_scores][n_rows]. rows.x: the model's features; factors and covariates are the
 * model's too, a code beyond a factor's levels being a level that it has not seen. A row that the steps leave with a
 * missing value has NaN. rows is used up (x is what the steps made of it). Statuses and sentences as
 * rml_chain_apply; RML_EFORMAT also when the arrays of the model do not fit together. */
RML_CHECKED rml_status rml_model_apply(const rml_model *model, rml_sample *rows, double *decision, rml_error *err);
double rml_model_probability(const rml_model *model, double decision);

#endif
