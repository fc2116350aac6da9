/* What a Cox model that judges the rows it was fitted to is too optimistic by: Harrell's bootstrap. Each draw of rows
 * is fitted anew; by how much that fit does better on its own rows than on all rows is, on average, the optimism. */
#ifndef RML_SURVIVAL_COX_OPTIMISM_H
#define RML_SURVIVAL_COX_OPTIMISM_H

#include "kernels/survival/cox.h"

/* Rows whose predicted probability of the event lies between two cuts. */
typedef struct rml_optimism_part {
    int64_t n;
    double predicted, observed; /* mean probability; 1 - Kaplan-Meier. NaN below 2 rows, or where they were not followed
                                   so long and not all had the event */
    double optimism;            /* of observed - predicted; NaN where no draw has it */
    int32_t n_draws;            /* in which both it and the draw's own have all of that */
} rml_optimism_part;

typedef struct rml_optimism_ask {
    const double *at; /* [n_at] times */
    int32_t n_at, n_parts;
    const double
        *cut; /* [n_at][n_parts - 1] probabilities, ascending: the same in every draw. A row at a cut is above */
    const int32_t *draw; /* [n_draws][n_rows] rows, drawn with replacement */
    int32_t n_draws;
} rml_optimism_ask;

typedef struct rml_optimism {
    double c, c_optimism;    /* Harrell's concordance of the linear predictor; corrected is c - c_optimism */
    int32_t n_fitted;        /* draws whose fit converged: the others, of too few events or separated, do not count */
    rml_optimism_part *part; /* of the caller, [n_at][n_parts] */
} rml_optimism;

/* time, event  in  [n_rows] as of rml_surv_init. Without strata
 * columns      in  the terms, finite
 * out          out its part, of the caller, is filled. Where no draw could be fitted c_optimism is NaN
 *
 * RML_EINVAL  a draw's row outside, a time not above 0   RML_EEMPTY  the model of all rows did not converge: nothing is
 * told (NaN)   RML_EVALUE  as rml_cox_fit   RML_ENOMEM
 * Source: Harrell, Lee & Mark, Stat Med 15 (1996); R rms 6.5 validate.cph, calibrate.cph(cmethod = "KM"). */
RML_CHECKED rml_status rml_cox_optimism(const double *time, const uint8_t *event, const rml_columns *columns,
                                        const rml_cox_settings *settings, const rml_optimism_ask *ask,
                                        rml_optimism *out);

#endif
