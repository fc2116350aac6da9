/* Log-rank tests: k groups, strata, weights, pairs, trend. */
#ifndef RML_SURVIVAL_LOGRANK_H
#define RML_SURVIVAL_LOGRANK_H

#include "kernels/survival/surv_data.h"

typedef struct rml_logrank {
    int32_t n_groups;
    int32_t df; /* groups with an expectation above 0, less 1; less also where strata keep groups apart */
    double chisq, p;
    int64_t *n;                  /* [n_groups] rows */
    double *observed, *expected; /* [n_groups] events, weighted if so asked */
    double *variance;            /* [n_groups * n_groups] of observed - expected: hypergeometric, ties included */
    void *memory;
} rml_logrank;

/* group  in   [n_rows], by row as given: 0 .. n_groups - 1
 * rho    in   weight S(t-)^rho by the stratum's pooled curve: 0 log-rank, 1 Peto-Peto; at least 0
 *
 * RML_EINVAL  n_groups below 1, rho negative or not finite
 * RML_EVALUE  a group outside
 * RML_EEMPTY  no event, or at each event only one group of its stratum at risk: n, observed and expected are given,
 *             df is 0, chisq and p are NaN
 * RML_ENOMEM
 * Source: Harrington & Fleming, Biometrika 69 (1982); R survival 3.5 survdiff. */
RML_CHECKED rml_status rml_logrank_test(const rml_surv *surv, const int32_t *group, int32_t n_groups, double rho,
                                        rml_logrank *test);
void rml_logrank_free(rml_logrank *test);

/* Trend over ordered groups: (sum of score (observed - expected))^2 over its variance, chi square of 1 df.
 * score  in  [n_groups], such as 0, 1, 2. RML_EEMPTY  no variance: all scores of groups at risk are equal. */
RML_CHECKED rml_status rml_logrank_trend(const rml_logrank *test, const double *score, double *chisq, double *p);

/* The test of each two groups alone, and its p corrected by Benjamini-Hochberg over the pairs that have one.
 * p, p_adjusted  out  [n_groups * n_groups], symmetric, diagonal NaN; NaN where a pair has no test */
RML_CHECKED rml_status rml_logrank_pairwise(const double *time, const uint8_t *event, const int32_t *stratum,
                                            const int32_t *group, int64_t n, int32_t n_groups, double rho, double *p,
                                            double *p_adjusted);

#endif
