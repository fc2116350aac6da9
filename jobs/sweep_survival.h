/* What a sweep whose outcome is a time says of its pipelines beside the C-index: Uno's C, time-dependent AUC and Brier
 * scores of every split's held-out patients, with censoring weights of its training patients; and how the scores
 * separate all held-out patients of a repeat (sweep_separation.h).
 *
 * FOLDER/survival.csv         a row a pipeline or control: means over splits with corrected 0.95 intervals
 * FOLDER/time_auc.csv         the same at each time
 * FOLDER/survival_splits.csv  a row a split, and the cuts that its training patients give
 * FOLDER/survival_groups.csv  low and high, by the median cut and by the learned one, in each repeat
 * FOLDER/survival_tests.csv   the log-rank statistic of these, its p by permutations, and the naive p, which is none
 *                             (of a single split there is a plain p instead)
 * FOLDER/survival_curves.csv  Kaplan-Meier curves of "chosen" and of the controls
 * FOLDER/survival_added.csv   what clinical columns and the score of what is chosen add to each other: differences of
 *                             the splits' numbers, corrected (a lower Brier score is the better one)
 * FOLDER/survival_benefit.csv net benefit at each time, of "chosen" and of the controls: held-out patients of a repeat
 *                             together, mean over repeats */
#ifndef RML_JOBS_SWEEP_SURVIVAL_H
#define RML_JOBS_SWEEP_SURVIVAL_H

#include <stdio.h>

#include "jobs/sweep_board.h"

enum { RML_SURVIVAL_TIMES = 20, RML_SURVIVAL_TABLES = 8 };
extern const char *const rml_survival_tables[RML_SURVIVAL_TABLES];

/* One pipeline's held-out patients in one split; NaN where a number is not defined. */
typedef struct rml_survival_value {
    bool there;                /* the pipeline has a model */
    double c, uno, brier_mean; /* brier_mean: integrated from 0 to tau, by tau */
    double uno_se;             /* jackknife, weights held fixed: of this model, not of the procedure */
    double auc[RML_SURVIVAL_TIMES], brier[RML_SURVIVAL_TIMES];
} rml_survival_value;

typedef struct rml_sweep_survival {
    int32_t n_times, n_rows, n_splits;
    double time[RML_SURVIVAL_TIMES]; /* the study's `survive: times:`; else where a fifth, two, three and four of the
                                        patients with the event have had it */
    double tau;                      /* the last of them */
    rml_survival_value *value;       /* [n_rows of the board][n_splits] */
    rml_survival_value *without;     /* [n_splits] of the training patients' Kaplan-Meier curve: no model at all */
} rml_sweep_survival;

/* RML_ENOMEM */
RML_CHECKED rml_status rml_sweep_survival_make(const rml_study *study, const rml_dataset *dataset,
                                               const rml_sweep_plan *plan, const rml_sweep_results *results,
                                               const rml_board *board, rml_sweep_survival *x, rml_error *err);
void rml_sweep_survival_free(rml_sweep_survival *x);

/* One of a value's numbers, NaN without a model: 0 c, 1 uno, 2 brier_mean, then auc of each time, then brier of each.
 */
double rml_survival_number(const rml_survival_value *value, int32_t n_times, int32_t number);

/* The corrected paired test of a number of two rows of the board over the splits that have both; n: how many. None
 * where one is constant. work: [2 * n_splits] */
rml_resampled_test rml_sweep_survival_compare(const rml_sweep_plan *plan, const rml_board *board,
                                              const rml_sweep_survival *x, int32_t row, int32_t other, int32_t number,
                                              double *work, int32_t *n);

/* Single tables (sweep_survival_added.c). RML_ENOMEM */
RML_CHECKED rml_status rml_sweep_survival_write_added(const rml_sweep_plan *plan, const rml_board *board,
                                                      const rml_sweep_survival *x, FILE *out);
RML_CHECKED rml_status rml_sweep_survival_write_benefit(const rml_study *study, const rml_sweep_plan *plan,
                                                        const rml_sweep_results *results, const rml_board *board,
                                                        const rml_sweep_survival *x, int32_t n_patients, FILE *out);

/* The tables; of another outcome none, and those of an earlier run are removed. RML_EIO, RML_ENOMEM */
RML_CHECKED rml_status rml_sweep_survival_write(const rml_study *study, const rml_dataset *dataset,
                                                const rml_sweep_plan *plan, const rml_sweep_results *results,
                                                const rml_board *board, const char *folder, rml_error *err);

/* "chosen" in words, on the standard output. RML_ENOMEM */
RML_CHECKED rml_status rml_sweep_survival_print(const rml_study *study, const rml_dataset *dataset,
                                                const rml_sweep_plan *plan, const rml_sweep_results *results,
                                                const rml_board *board, rml_error *err);

#endif
