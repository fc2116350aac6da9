/* The leaderboard: what the outer splits say of every pipeline, and of choosing among them. */
#ifndef RML_JOBS_SWEEP_BOARD_H
#define RML_JOBS_SWEEP_BOARD_H

#include "jobs/sweep_plan.h"

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
    double *permuted;             /* [n_permutations] the chosen pipeline's mean metric; NaN where a part failed */
    double *seconds;              /* [n_tasks] that each took to compute; NaN where the farm failed it */
} rml_sweep_results;

/* One pipeline over all outer splits. NaN: not defined. */
typedef struct rml_board_row {
    char name[160]; /* select/model, "chosen", or a control's name */
    bool chosen, control;
    int32_t pipeline;           /* -1: whichever was chosen; behind the study's pipelines stand the controls */
    int32_t n_scored, n_failed; /* splits */
    double mean, low, high;     /* of the metric over splits; corrected 95 % interval */
    double pooled;              /* the metric of a repeat's held-out patients together, mean over repeats */
    double apparent;            /* on the training rows themselves */
    double inner;               /* mean inner score of the point used */
    double sensitivity, specificity, balanced_accuracy, accuracy, ppv, npv, f1; /* at the folds' own thresholds */
    double brier, log_loss, slope, intercept;                                   /* of the Platt probabilities */
    double p;                       /* of the permutations; of the chosen row only */
    double p_vs_chosen;             /* corrected paired t test of the splits' metrics; approximate */
    double plus;                    /* .632+ of a bootstrap's AUC */
    double delong_low, delong_high; /* of a single split's held-out AUC: a fixed model on other patients */
    double stability;               /* of the selection */
    double *score;                  /* [n_splits] the metric */
} rml_board_row;

typedef struct rml_board {
    int32_t n; /* pipelines + 1 + controls; the chosen one first, the others by falling mean, controls last */
    rml_board_row *row;
    int32_t *chosen;                       /* [n_splits] select * n_models + model, or -1 */
    int32_t final;                         /* the pipeline that the same rule chooses on all patients, or -1 */
    double chance;                         /* mean of the permuted metric */
    double observed;                       /* the chosen row's metric on the splits that were permuted */
    int32_t n_permuted, n_permuted_failed; /* the failed ones are in neither p nor chance */
    double *score;                         /* memory of the rows */
} rml_board;

RML_CHECKED rml_status rml_board_make(const rml_study *study, const rml_dataset *dataset, const rml_sweep_plan *plan,
                                      const rml_sweep_results *results, rml_board *board, rml_error *err);
void rml_board_free(rml_board *board);

/* The pipeline with the highest inner score among a split's results (of one select each, n_selects of them): select *
 * n_models + model, the first of equals; -1 when none has one. */
int32_t rml_board_choose(const rml_nested *const *results, int32_t n_selects, int32_t n_models);

/* The model of a pipeline (as rml_board_row counts them) in one split, or on all patients (split n_splits); NULL when
 * there is none. */
const rml_nested_model *rml_board_model(const rml_study *study, const rml_sweep_plan *plan,
                                        const rml_sweep_results *results, int32_t split, int32_t pipeline);

/* The metric of one model's held-out decisions. */
double rml_board_metric(const rml_study *study, const rml_dataset *dataset, const rml_split *split, const double *y,
                        const double *decision);

/* Probability of a decision by the fold's own scaling; NaN without. */
double rml_board_probability(const rml_nested_model *model, double decision);

void rml_board_print(const rml_study *study, const rml_board *board);

#endif
