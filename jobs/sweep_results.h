/* What the tasks of a sweep came to. */
#ifndef RML_JOBS_SWEEP_RESULTS_H
#define RML_JOBS_SWEEP_RESULTS_H

#include "jobs/sweep_plan.h"
#include "jobs/sweep_separation.h"

/* Every outer result, and what is left of the permuted ones. */
typedef struct rml_sweep_results {
    rml_nested *outer;    /* [n_splits * n_selects]; n_models 0 where there is none */
    rml_nested *final;    /* [n_selects] */
    rml_error *why;       /* [n_splits * n_selects] of a part that failed */
    rml_error *final_why; /* [n_selects] the same */
    rml_nested *control;  /* [(n_splits + 1) * n_controls] as outer; the last split is all patients */
    rml_error *control_why;
    double told[RML_TOLD_STAGES]; /* mean over folds of how well the features tell the centre; NaN where one failed */
    rml_error *told_why;          /* [n_stages * folds] */
    double *separated;            /* [RML_N_CUTS][n_permutations] of times: its log-rank z, as of sweep_separation.h */
    double *permuted;             /* [n_permutations] the chosen pipeline's mean metric; NaN where a part failed */
    double *seconds;              /* [n_tasks] that each took to compute; NaN where the farm failed it */
} rml_sweep_results;

/* The model of a pipeline in one split, or on all patients (split n_splits); NULL when there is none.
 * pipeline  select * n_models + model; behind the study's pipelines stand the controls; -1: none */
const rml_nested_model *rml_sweep_model(const rml_study *study, const rml_sweep_plan *plan,
                                        const rml_sweep_results *results, int32_t split, int32_t pipeline);

/* Why a pipeline or control has no model in an outer split. */
const char *rml_sweep_reason(const rml_study *study, const rml_sweep_plan *plan, const rml_sweep_results *results,
                             int32_t split, int32_t pipeline);

/* Its kind. */
const rml_kind *rml_sweep_kind(const rml_study *study, const rml_sweep_plan *plan, int32_t pipeline);

/* Whether one of a pipeline's settings has a penalty that sets coefficients to 0. */
bool rml_sweep_sparse(const rml_study *study, int32_t pipeline);

/* Probability of a decision by the fold's own scaling; NaN without. Of two classes. */
double rml_sweep_probability(const rml_nested_model *model, double decision);

#endif
