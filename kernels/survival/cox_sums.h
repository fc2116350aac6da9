/* The sums under a Cox model of several terms: likelihood, score and information at given coefficients. Not for callers
 * outside kernels/survival. */
#ifndef RML_SURVIVAL_COX_SUMS_H
#define RML_SURVIVAL_COX_SUMS_H

#include <stdbool.h>
#include <stddef.h>

#include "kernels/base/columns.h"
#include "kernels/survival/cox_likelihood.h"

/* Values by place and row-major, centred on their mean and divided by their mean absolute deviation: sums of products
 * then lose little to cancellation whatever the units. Coefficients here are those of such columns. */
typedef struct rml_cox_sums {
    const rml_surv *surv;
    rml_ties ties;
    int32_t n_terms;
    double *x;              /* [n_rows * n_terms] */
    double *scale;          /* [n_terms] mean absolute deviation; 0 of a constant column, whose x is 0 */
    double *weight;         /* [n_rows] by place */
    double *offset;         /* [n_rows] by place */
    double *linear, *r;     /* [n_rows] by place, of the last evaluation: log hazards, weight exp(linear), scaled */
    double *score;          /* [n_terms] */
    double *information;    /* [n_terms * n_terms] lower triangle */
    double *first, *second; /* sums of r x and r x x': the risk set's, then the events', then one step's of the ties */
    double loglik;
    /* A second set of terms, each the first's times a function of time; NULL unless wanted: see cox_zph.h. */
    const double *time_value; /* [n_moments] the function */
    double *score_time;       /* [n_terms] */
    double *cross, *square;   /* [n_terms * n_terms] lower triangles: information between the sets, within the second */
    double *choices;          /* [most_events + 1][1 + n_terms + n_terms^2] of exact ties alone: see cox_exact.c */
    double *log_scale, *lift; /* [most_events + 1] */
    int64_t most_events;      /* of one moment */
    void *memory;
} rml_cox_sums;

/* Sizes as of rml_cox_fit. RML_EINVAL (weights with exact ties too), RML_EVALUE, RML_ENOMEM as there; all that was
 * allocated is then freed. */
RML_CHECKED rml_status rml_cox_sums_init(const rml_surv *surv, const rml_columns *columns, const double *weight,
                                         const double *offset, rml_ties ties, rml_cox_sums *sums);
void rml_cox_sums_free(rml_cox_sums *sums);
/* Fills loglik, score and information (and the second set's) at coefficients of the scaled columns, [n_terms]. loglik
 * is not finite where coefficients are beyond what doubles hold. */
void rml_cox_sums_at(rml_cox_sums *sums, const double *coefficient);

#endif
