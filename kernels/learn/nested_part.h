/* What the files of a nested split share; for kernels/learn/nested*.c alone.
 *
 * A part is some patients that all selections are fitted to, and others that they are applied to: an inner fold, or the
 * split itself. */
#ifndef RML_KERNELS_LEARN_NESTED_PART_H
#define RML_KERNELS_LEARN_NESTED_PART_H

#include "kernels/learn/nested.h"

/* What all of one run share. */
typedef struct rml_run {
    const rml_data *data;
    const rml_select *select;
    int32_t n_selects;
    const rml_model_grid *models;
    int32_t n_models, n_scores;
    const rml_inner *inner;
    uint64_t seed;
    const volatile bool *cancel;
    rml_nested *nested;      /* [n_selects] */
    rml_error *why;          /* [n_selects] of those that have failed */
    const rml_chain **chain; /* [n_selects] */
} rml_run;

/* What the inner folds have said (kernels/learn/nested_inner.c). */
typedef struct rml_inner_scores rml_inner_scores;

typedef struct rml_part {
    const rml_run *run;
    const rml_split *split; /* in the data's own patients */
    double *decision;       /* room for what a model says of the larger side's rows */
    double *mean;           /* and of its patients */
    double *truth;          /* and for the held-out patients' outcomes, which the metric alone is given */
    uint8_t *events;        /* and of times */
    /* of an inner fold */
    const rml_split *fold;
    int32_t number;
    rml_inner_scores *in;
} rml_part;

bool rml_run_cancelled(const rml_run *run);

/* Why all selections that have not failed yet cannot go on. */
void rml_run_fail_all(const rml_run *run, const rml_error *why);

/* Fits all selections to the training patients and applies them to the others, whose outcomes are not gathered at all;
 * then `fitted` has its turn with each. Selections that fail have their run->why. */
void rml_run_part(const rml_run *run, const rml_split *split, uint64_t seed,
                  void (*fitted)(void *part, int32_t select, const rml_sample *train, const rml_sample *test,
                                 const rml_fitted *step, rml_error *why),
                  rml_part *part);

/* What a fitted model says of each patient of a sample: the mean over its rows. mean: [n_scores * n_patients] */
RML_CHECKED rml_status rml_part_decide(const rml_run *run, const rml_kind *kind, const double *param,
                                       const rml_fitted *fitted, const rml_sample *sample, const rml_part *part,
                                       double *mean);

/* Why a model is not there: its own sentence; else what the rows have that it cannot take; else the status. */
const char *rml_part_reason(const rml_error *own, rml_status status, const rml_kind *kind, const rml_sample *train,
                            const rml_sample *test);

/* The inner folds of the split's training part: of every selection and model the point, its mean and error over the
 * folds, and what the point's held-out decisions teach (threshold, probability, cut). Failures: run->why. */
void rml_nested_tune(const rml_run *run, const rml_split *split);

#endif
