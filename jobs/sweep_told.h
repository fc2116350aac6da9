/* How well the features tell which centre a patient is from, as they are in the table and behind the study's
 * preparation: what harmonisation is for. Nearest centroids of z-scores, fitted in the training part of k folds of
 * their own (each with its share of every centre), as is the preparation; judged by the held-out patients. Means alone
 * count: what differs by spread is not seen. Clinical columns are not asked: no step harmonises them. */
#ifndef RML_JOBS_SWEEP_TOLD_H
#define RML_JOBS_SWEEP_TOLD_H

#include "jobs/dataset.h"

enum { RML_TOLD_STAGES = 2, RML_TOLD_LEAST = 6 /* patients of a centre that counts */ };

/* Points into itself: made on the heap, never copied. */
typedef struct rml_sweep_told {
    int32_t n_stages;   /* 0: nothing to tell apart; 2 where there is a preparation */
    int32_t n_centres;  /* those with RML_TOLD_LEAST patients or more */
    int32_t n_left_out; /* patients of the others */
    rml_splits splits;  /* as many folds as the study has, 5 where it has none, no more than a centre's patients */
    double *centre;     /* [n_patients] codes among those that count; 0 of the others, who are in no fold */
    rml_select select[RML_TOLD_STAGES];
    rml_model_grid model;
    double point[1][RML_KIND_PARAMS];
    rml_step *step;
} rml_sweep_told;

/* Without a centre, two of them, or `baselines`, one of no stages. NULL without memory. */
rml_sweep_told *rml_sweep_told_make(const rml_study *study, const rml_dataset *dataset);
void rml_sweep_told_free(rml_sweep_told *told);

/* Runs one fold of one stage. nested, why: as rml_nested_run's. */
void rml_sweep_told_run(const rml_study *study, const rml_dataset *dataset, const rml_sweep_told *told, int32_t stage,
                        int32_t fold, const volatile bool *cancel, rml_nested *nested, rml_error *why);

/* A fold's AUC, the mean over the centres of one against the others, by how much nearer its centroid is than any other
 * (squared distances; of two centres plain ones). NaN of a fold that failed, which is no error; RML_ENOMEM. Changes the
 * decisions of nested. */
RML_CHECKED rml_status rml_sweep_told_auc(const rml_sweep_told *told, int32_t fold, rml_nested *nested, double *auc);

/* Whether a fold's result, as a journal has it, is of this fold's sizes. */
bool rml_sweep_told_holds(const rml_sweep_told *told, int32_t fold, const rml_nested *nested);

#endif
