/* What a study with several outcomes comes to: a line an outcome, and p values adjusted for their number. */
#ifndef RML_JOBS_SWEEP_OUTCOMES_H
#define RML_JOBS_SWEEP_OUTCOMES_H

#include "jobs/sweep_board.h"

typedef struct rml_sweep_outcome {
    char name[256]; /* also of the folder beside the table */
    char column[256];
    rml_outcome_kind kind;
    int32_t n_patients, n_without; /* with and without this outcome; 0 where the table could not be read for it */
    rml_metric metric;
    double mean, low, high; /* of the row "chosen": corrected 95 % interval; of a single split DeLong's; NaN: none */
    double p;               /* of its permutations; NaN: none */
    double q;               /* rml_sweep_outcomes_adjust */
    int32_t n_permuted;
    char why[RML_ERROR_TEXT]; /* why there is no figure, or that some splits failed; else "" */
} rml_sweep_outcome;

/* An outcome that nothing is known of yet but what the study says. */
void rml_sweep_outcome_begin(const rml_study *study, rml_sweep_outcome *outcome);
/* What its leaderboard says. */
void rml_sweep_outcome_judge(const rml_board *board, int32_t n_splits, rml_sweep_outcome *outcome);

/* q of all: Benjamini and Hochberg over the outcomes that have a p; the others have none and do not count. RML_ENOMEM
 */
RML_CHECKED rml_status rml_sweep_outcomes_adjust(rml_sweep_outcome *outcome, int32_t n, rml_error *err);

/* FOLDER/outcomes.csv, in the study's order; whole or not at all. RML_EIO. */
RML_CHECKED rml_status rml_sweep_outcomes_write(const rml_sweep_outcome *outcome, int32_t n, const char *folder,
                                                rml_error *err);
void rml_sweep_outcomes_print(const rml_sweep_outcome *outcome, int32_t n);

#endif
