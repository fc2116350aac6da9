/* What a model says of the rows that were read for it. */
#ifndef RML_JOBS_MODEL_SCORES_H
#define RML_JOBS_MODEL_SCORES_H

#include "jobs/model_rows.h"

typedef struct rml_model_own { /* a batch that ComBat (unseen: own) adjusted by what its rows say of themselves */
    const char *level;
    int32_t factor, n_rows;
} rml_model_own;

typedef struct rml_model_scores {
    int32_t n, n_scores;
    double *decision;        /* [n_scores * n]; NaN: no score */
    int32_t *n_out_of_range; /* [n] features outside the range of the training rows, in any of the patient's rows */
    const char **missing;    /* [n] features and covariates without a value, "; " between them; "" none */
    bool *trained;           /* [n] the model was trained on a row of this patient; all false where it does not know */
    int32_t n_own;
    rml_model_own *own; /* [n_own] */
    rml_model memory;
} rml_model_scores;

/* What the model says. A patient with a missing feature has no score unless the model imputes; one with a missing
 * covariate never has. A score is a function of the patient's own rows, except under ComBat's `unseen: own`.
 * Statuses as rml_model_apply. */
RML_CHECKED rml_status rml_model_score(const rml_model *model, const rml_model_rows *rows, rml_model_scores *scores,
                                       rml_error *err);

/* Says on stdout how many of some patients (patient: [n_patients]; NULL: all) that have a score lack values of the
 * model's, which it fills in or takes as missing, and how many of these have nothing measured, or of a model with
 * features of the table clinical columns alone; nothing where nobody lacks any. */
void rml_model_scores_print_lacking(const rml_model *model, const rml_model_rows *rows, const rml_model_scores *scores,
                                    const int32_t *patient, int32_t n_patients);

/* Says on stdout which batches were adjusted by their own rows, so that a patient's score hangs on the table's other
 * rows; nothing where none was. */
void rml_model_scores_print_own(const rml_model *model, const rml_model_rows *rows, const rml_model_scores *scores);

void rml_model_scores_free(rml_model_scores *scores);

#endif
