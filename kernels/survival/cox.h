/* Cox proportional hazards: the fit, its tests, hazard ratios. The partial likelihood itself is in cox_likelihood.h,
 * the baseline in cox_baseline.h, one column at a time over a wide table in cox_each.h, proportional hazards in
 * cox_zph.h. */
#ifndef RML_SURVIVAL_COX_H
#define RML_SURVIVAL_COX_H

#include <stdbool.h>

#include "kernels/base/columns.h"
#include "kernels/survival/cox_likelihood.h"
#include "kernels/survival/surv_data.h"

typedef struct rml_cox_settings {
    rml_ties ties;
    double epsilon;         /* stop at |log likelihood - previous| <= epsilon (|log likelihood| + 1) */
    int32_t max_iterations; /* at least 1 */
    double
        alias_tolerance; /* a term that keeps less than this share of its information beside earlier ones is aliased */
} rml_cox_settings;

/* {RML_TIES_EFRON, 1e-13, 60, 1e-11}. */
rml_cox_settings rml_cox_defaults(void);

typedef enum rml_cox_end {
    RML_COX_CONVERGED,
    RML_COX_MONOTONE,   /* the likelihood still grows as coefficients run off: separation, no finite maximum */
    RML_COX_UNFINISHED, /* max_iterations were not enough */
    RML_COX_NO_TERM,    /* nothing to estimate: every term constant in the risk sets, or aliased */
    RML_COX_NO_EVENT,
    RML_COX_N_ENDS
} rml_cox_end;

/* A sentence for tables and people, without a full stop; never NULL. */
const char *rml_cox_end_text(rml_cox_end end);

typedef struct rml_cox {
    int32_t n_terms, rank; /* terms that are not aliased: the tests' df */
    int64_t n_rows, n_events;
    int32_t iterations;
    rml_cox_end end;
    double loglik_null, loglik;                      /* at 0 (offset kept), at the coefficients */
    double lrt, lrt_p, score, score_p, wald, wald_p; /* of all terms together; wald NaN unless converged */
    double *coefficient; /* [n_terms] log hazard ratio for one unit; NaN for an aliased term */
    double *se, *z, *p;  /* [n_terms] Wald; NaN for aliased terms, those that diverge, and when unfinished */
    double *vcov;        /* [n_terms * n_terms]; NaN likewise */
    bool *diverges;      /* [n_terms] of a monotone fit: the coefficient has no finite maximum */
    void *memory;
} rml_cox;

/* columns  in   n_rows × n_columns by row as given to rml_surv_init, finite
 * weight   in   [n_rows] case weights above 0, or NULL; of tied events each counts its mean, as in R
 * offset   in   [n_rows] finite, added to the log hazard, or NULL
 * fit      out  freed by rml_cox_free. With n_columns 0 the null model: loglik == loglik_null, RML_OK
 *
 * RML_EVALUE  NaN or infinity among columns, weight or offset, a weight not above 0: fit is empty (coefficient NULL).
 *             end is RML_COX_MONOTONE or RML_COX_UNFINISHED: fit is filled. When monotone, loglik and lrt are within
 *             1e-8 of the supremum (nearly always 1e-12), wald is NaN, and so are se, z and p of the terms that
 *             diverge; the others' are those at the supremum. When unfinished, loglik is a lower bound and all of se,
 *             z, p are NaN
 * RML_EEMPTY  RML_COX_NO_EVENT or RML_COX_NO_TERM: fit is filled, with NaN
 * RML_EINVAL  another number of rows than surv's, weights with exact ties, a setting outside its range
 * RML_ENOMEM
 * Exact ties take time by the most that are tied, and memory by it: [most + 1] times n_terms squared.
 * Source: Cox 1972; Efron 1977; R survival 3.5 coxph, but for the rule on what is monotone: at the end a Newton step
 * would still move some two rows' log hazards 0.001 or more apart. */
RML_CHECKED rml_status rml_cox_fit(const rml_surv *surv, const rml_columns *columns, const double *weight,
                                   const double *offset, const rml_cox_settings *settings, rml_cox *fit);
void rml_cox_free(rml_cox *fit);

/* exp(coefficient) with Wald limits. level in (0, 1), such as 0.95. All NaN for a term without se. */
typedef struct rml_hazard_ratio {
    double ratio, lower, upper;
} rml_hazard_ratio;
RML_CHECKED rml_status rml_cox_hazard_ratio(const rml_cox *fit, int32_t term, double level, rml_hazard_ratio *ratio);

/* x beta + offset by row. Aliased terms count nothing. A NaN among a row's values gives NaN.
 * RML_EINVAL  another number of columns than fitted */
RML_CHECKED rml_status rml_cox_linear(const rml_cox *fit, const rml_columns *columns, const double *offset,
                                      double *linear);

/* Nested models of the same rows: chi square 2 (loglik of large - of small), df the difference of ranks.
 * RML_EINVAL  other rows or events, or a difference of ranks below 0
 * RML_EEMPTY  no more terms in the larger: p is NaN */
RML_CHECKED rml_status rml_cox_compare(const rml_cox *small, const rml_cox *large, double *chisq, int32_t *df,
                                       double *p);

#endif
