/* The leaderboard: what the outer splits say of every pipeline, and of choosing among them. */
#ifndef RML_JOBS_SWEEP_BOARD_H
#define RML_JOBS_SWEEP_BOARD_H

#include "jobs/sweep_pool.h"
#include "kernels/stats/resampled.h"

/* One pipeline over all outer splits. NaN: not defined. */
typedef struct rml_board_row {
    char name[160]; /* select/model, "chosen", or a control's name */
    bool chosen, control;
    int32_t pipeline;           /* -1: whichever was chosen; behind the study's pipelines stand the controls */
    int32_t n_scored, n_failed; /* splits */
    int32_t n_empty; /* splits with a model that looks at no column, which is constant: the selection kept none, or: */
    int32_t n_zero;  /* of these, the penalty set all coefficients to 0 */
    bool constant;   /* so in every split with a model: no interval, and no p, is of what says the same of everybody */
    const char *why; /* of the first that failed, in the results; NULL where none did, and of "chosen" */
    double mean, low, high;         /* of the metric over splits; corrected 95 % interval,
                                     * cut where the metric ends (R2 at 1) */
    double apparent;                /* on the training patients themselves */
    double inner;                   /* mean inner score of the point used */
    double measure[RML_N_MEASURES]; /* of a repeat's held-out patients together, mean over repeats */
    double p;                       /* of the permutations; of the chosen row only */
    double p_vs_chosen;   /* corrected paired t test of the splits' metrics, approximate; of one split DeLong's paired
                             test */
    double p_vs_clinical; /* the same against the clinical columns alone; NaN without that control */
    rml_resampled_interval gain[2]; /* of the combined control: its metric less that of "chosen", of "clinical" */
    double plus;                    /* .632+ of a bootstrap's AUC */
    double fixed_low, fixed_high;   /* of a single split's held-out AUC (DeLong) or C-index (infinitesimal jackknife):
                                     * a fixed model on other patients */
    double stability;               /* of the selection */
    double *score;                  /* [n_splits] the metric */
} rml_board_row;

typedef struct rml_board {
    int32_t n; /* pipelines + 1 + controls; the chosen one first, the others by falling mean (equal ones and those
                * without one, which come last, by name), controls last */
    int32_t n_splits;
    rml_board_row *row;
    int32_t *chosen;                       /* [n_splits] select * n_models + model, or -1 */
    int32_t final;                         /* the pipeline that the same rule chooses on all patients, or -1 */
    double chance;                         /* mean of the permuted metric */
    double observed;                       /* the chosen row's metric on the splits that were permuted */
    int32_t n_permuted, n_permuted_failed; /* the failed ones count as at least as good, and not in chance */
    bool stuck;                            /* no permutation can move an outcome: there is neither p nor chance */
    double *score;                         /* memory of the rows */
} rml_board;

/* RML_ENOMEM: no board with splits that want a score. */
RML_CHECKED rml_status rml_board_make(const rml_study *study, const rml_dataset *dataset, const rml_sweep_plan *plan,
                                      const rml_sweep_results *results, rml_board *board, rml_error *err);
void rml_board_free(rml_board *board);

/* Which pipeline speaks in each split for a row. speaker: out, [n_splits] */
void rml_board_speakers(const rml_board *board, const rml_board_row *row, int32_t n_splits, int32_t *speaker);

/* The pipeline with the highest inner score among a split's results (of one select each, n_selects of them): select *
 * n_models + model, the first of equals; -1 when none has one. */
int32_t rml_board_choose(const rml_nested *const *results, int32_t n_selects, int32_t n_models);

/* The metric of one model's held-out decisions. NaN where it has no meaning, which is no error; RML_ENOMEM. */
RML_CHECKED rml_status rml_board_metric(const rml_study *study, const rml_dataset *dataset, const rml_split *split,
                                        const double *y, const uint8_t *event, const double *decision, double *metric);

/* Whether two rows may be compared: neither is constant, nor what "chosen" adds to the clinical columns. */
bool rml_board_comparable(const rml_board *board, const rml_board_row *row, const rml_board_row *other);

/* The row of a control; NULL where there is none of that name. */
const rml_board_row *rml_board_control(const rml_board *board, const char *name);

/* On the standard output (jobs/sweep_board_print.c). */
void rml_board_print(const rml_study *study, const rml_board *board);

#endif
