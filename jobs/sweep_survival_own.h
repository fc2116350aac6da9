/* What the tables of a sweep whose outcome is a time, and its words, are made from (sweep_survival_tables.c,
 * sweep_survival_print.c). */
#ifndef RML_JOBS_SWEEP_SURVIVAL_OWN_H
#define RML_JOBS_SWEEP_SURVIVAL_OWN_H

#include "jobs/sweep_survival.h"

typedef struct rml_survival_sources {
    const rml_study *study;
    const rml_dataset *dataset;
    const rml_sweep_plan *plan;
    const rml_sweep_results *results;
    const rml_board *board;
    rml_sweep_survival found;
    rml_separation separation; /* of the row at hand */
    double *score;             /* [n_splits] work */
} rml_survival_sources;

/* The pointers are set before. RML_ENOMEM */
RML_CHECKED rml_status rml_survival_sources_init(rml_survival_sources *in, rml_error *err);
void rml_survival_sources_free(rml_survival_sources *in);

/* The mean of a number (rml_survival_number) of a row of the board over the splits that have it, n of them, with its
 * corrected interval; of a single split the jackknife's where there is one. Constants have none: they vary in nothing,
 * which proves nothing. */
rml_resampled_interval rml_survival_mean_of(const rml_survival_sources *in, int32_t row, int32_t number, int32_t *n);
/* The mean "of no model", over the very splits in which the row has this number. */
double rml_survival_without_of(const rml_survival_sources *in, const rml_survival_value *value, int32_t number);

/* The held-out patients of a row by its cuts, into in->separation. */
void rml_survival_separate(rml_survival_sources *in, const rml_board_row *row);

/* p of a log-rank z. That of groups by models of several splits is naive: they share patients. */
double rml_survival_logrank_p(double z);

/* What was permuted: the mean z of the first n_repeats repeats, as of what was separated last. A permutation that
 * failed counts as one that separates at least as well: p is never too small for it. */
typedef struct rml_permuted {
    double observed, p; /* p NaN: none was permuted, or all failed */
    int32_t n_repeats, n, n_failed;
} rml_permuted;

/* status: out, RML_ENOMEM */
rml_permuted rml_survival_permuted(rml_survival_sources *in, rml_cut_rule rule, rml_status *status);

#endif
