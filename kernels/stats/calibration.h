/* How far predicted probabilities are from observed frequencies: calibration slope and intercept, Brier score, and the
 * Hosmer-Lemeshow test. */
#ifndef RML_STATS_CALIBRATION_H
#define RML_STATS_CALIBRATION_H

#include <stdint.h>

#include "kernels/base/status.h"

typedef struct rml_calibration {
    double intercept, slope; /* glm(y ~ logit p) */
    double intercept_se, slope_se;
    double in_the_large, in_the_large_se;        /* glm(y ~ offset(logit p)): 0 when as many events as predicted */
    double brier, brier_reference, brier_scaled; /* of p; of the mean outcome; 1 - brier / brier_reference */
    double log_loss;                             /* mean */
    double d, d_chisq, u, u_chisq, u_p, q;       /* discrimination, unreliability (2 df) and quality indices */
    double r2;                                   /* Nagelkerke's, of p as it is */
    double spiegelhalter_z, spiegelhalter_p;     /* z of the Brier score, two-sided */
} rml_calibration;

/* y  in  [n] 0 or 1;  p  in  [n] probabilities
 *
 * RML_EVALUE  a p outside [0, 1] or NaN, or y above 1: all NaN. A p that is 0 or 1: all that needs its logit is NaN.
 *             The logits order the outcomes without error, or there is one class: slope, intercepts and what rests on
 *             them are NaN, the rest is given. All p equal: slope and intercept NaN
 * RML_EEMPTY  n is 0
 * RML_ENOMEM
 * Source: Cox, Biometrika 45 (1958), for slope and intercept as R 4.2.2's glm; rms 6.5-0
 * val.prob for D, U, Q, R2 and S; Spiegelhalter, Stat Med 5 (1986). */
RML_CHECKED rml_status rml_calibration_measure(const uint8_t *y, const double *p, int64_t n, rml_calibration *out);

#define RML_HOSLEM_GROUPS 100
#define RML_HOSLEM_FITTED 2

typedef struct rml_hoslem {
    double chisq, p;
    int32_t df, n_groups; /* df = n_groups - n_lost */
    double
        break_at[RML_HOSLEM_GROUPS + 1]; /* [n_groups + 1]; a group is (below, above], the first with its lower end */
    double observed[RML_HOSLEM_GROUPS];  /* [n_groups] events */
    double expected[RML_HOSLEM_GROUPS];  /* [n_groups] sums of p */
    int64_t n[RML_HOSLEM_GROUPS];        /* [n_groups] rows */
} rml_hoslem;

/* Hosmer-Lemeshow test in n_asked groups (2 .. RML_HOSLEM_GROUPS) between quantiles of p (type 7). Equal probabilities
 * stay together, so that there may be fewer groups.
 *
 * n_lost  degrees of freedom lost to fitting, 0 or more. RML_HOSLEM_FITTED (2) of rows that the model was fitted to, as
 *         in R; 0 of other rows (an external cohort, held-out folds): no parameter was chosen by their outcomes, so
 * that each group's squared deviation keeps its degree (Hosmer & Lemeshow, Applied Logistic Regression, ch. 5)
 *
 * RML_EVALUE  a p outside [0, 1] or NaN, or y above 1: all NaN. n_groups <= n_lost: that is no test; of 0 df p is that
 *             of R, where a chi square of 0 df is 0 with certainty. A group in which p is 0 throughout, or 1: chisq and
 *             p as the quotient gives them, NaN or infinite
 * RML_EEMPTY  n is 0, or all p are equal: all NaN
 * RML_EINVAL  n_asked, n_lost below 0
 * RML_ENOMEM
 * Source: Hosmer & Lemeshow, Comm. Statist. A9 (1980); ResourceSelection 0.3-6 hoslem.test (earlier versions took
 * n_asked - 2 as df even when groups were merged). */
RML_CHECKED rml_status rml_hoslem_test(const uint8_t *y, const double *p, int64_t n, int32_t n_asked, int32_t n_lost,
                                       rml_hoslem *out);

#endif
