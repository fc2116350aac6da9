/* The cut of a number that separates survival best, and how little of that may be chance: maximally selected log-rank
 * statistics. The cut is learned from the rows that it is judged on, so none of the p here is that of a log-rank test
 * at the cut: each is of the largest statistic among all cuts. */
#ifndef RML_SURVIVAL_CUTPOINT_H
#define RML_SURVIVAL_CUTPOINT_H

#include <stdint.h>

#include "kernels/base/status.h"

/* Log-rank scores: a_i = d_i - sum over t_j <= t_i of d_j / (n - r_j + 1), r_j the number of rows with t <= t_j. With
 * tied times that is not the number at risk, so that the statistics below are not roots of a log-rank chi-square.
 *
 * time   in   [n] finite, 0 or more
 * event  in   [n] 1: the event, 0: censored
 * score  out  [n]
 *
 * RML_EVALUE  a time that is negative or not finite, an event that is neither (score is then NaN)   RML_ENOMEM
 * Source: Hothorn & Lausen, Comput Stat Data Anal 43, 2003; R exactRankTests cscores.Surv. */
RML_CHECKED rml_status rml_cutpoint_scores(const double *time, const uint8_t *event, int64_t n, double *score);

/* Rows with x <= cut are low, all others high. */
typedef struct rml_cut {
    double cut;
    int64_t n_low, n_high;
    double statistic; /* |sum of the low rows' scores - expected| / sd over all permutations; NaN without a low or a
                         high row */
} rml_cut;

typedef struct rml_cutpoint {
    rml_cut best;    /* of equals the lowest cut */
    rml_cut median;  /* at the median of x: not chosen by the outcome, so that its statistic is a plain one */
    double p_median; /* two-sided, of the normal form of that statistic */
    int32_t n_cuts;
    rml_cut *cuts; /* [n_cuts] all that were tried, ascending */
    double p_lausen92;
    double p_lausen94; /* an upper bound that may exceed 1 */
    double p_hothorn;  /* NaN above 170 rows */
    double p_permuted; /* NaN without permutations */
    int32_t n_permutations;
} rml_cutpoint;

/* Looks at every observed x as a cut that leaves at least max(1, floor(n least)) and at most floor(n (1 - least)) rows
 * low, as survminer's surv_cutpoint does.
 *
 * x, time, event  in  [n], rows with missing values dropped before
 * least           in  share of the rows that each side must have, in [0, 0.5); surv_cutpoint's minprop, 0.1
 * n_permutations  in  draws of the outcome against x, 0 or more; seed: of the draws
 * best            out freed by rml_cutpoint_free
 *
 * p_lausen92: by the limiting process, of `least` alone (NaN for 0); 1 for a statistic below 1.
 * p_lausen94: the sum over neighbouring cuts as they are.
 * p_hothorn:  a bound by the exact distributions of the sums of rounded scores (to 0 .. n) and their neighbours. Like
 *             maxstat, also of sizes between two cuts that ties forbid, where it may fall below the true p, and of sums
 *             above the statistic, not at it.
 * p_permuted: (1 + draws with as large a statistic) / (1 + draws); of all rows' ties as they are. The headline.
 *
 * RML_EINVAL  least or n_permutations outside
 * RML_EVALUE  as rml_cutpoint_scores, or an x that is not finite
 * RML_EEMPTY  no event, scores that are all equal, or no cut leaves enough rows on both sides
 * RML_ENOMEM
 * In all of these numbers are NaN and n_cuts is 0.
 * Source: Lausen & Schumacher, Biometrics 48, 1992; Lausen, Sauerbrei & Schumacher, 1994; Hothorn & Lausen 2003;
 * R maxstat 0.7-25, survminer 0.4.9. */
RML_CHECKED rml_status rml_cutpoint_find(const double *x, const double *time, const uint8_t *event, int64_t n,
                                         double least, int32_t n_permutations, uint64_t seed, rml_cutpoint *best);
void rml_cutpoint_free(rml_cutpoint *best);

/* The same where patients of several strata are in it, whose survival differs whatever x is: scores are those of each
 * stratum alone, the statistic is the sum of the low rows' over its deviation under permutations within the strata, and
 * p_permuted permutes within them. Lausen's p and Hothorn and Lausen's are for one stratum and stay NaN. A cut that
 * leaves no stratum with rows on both sides is not tried. `least` is a share of all rows.
 *
 * stratum  in  [n] 0 .. n_strata - 1
 *
 * RML_EINVAL also n_strata below 1; RML_EVALUE also a stratum outside; else as above (cutpoint_strata.c)
 * Source: the block of Hothorn, Hornik, van de Wiel & Zeileis, Am Stat 60, 2006; R coin 1.4-2 maxstat_test. */
RML_CHECKED rml_status rml_cutpoint_find_within(const double *x, const double *time, const uint8_t *event,
                                                const int32_t *stratum, int32_t n_strata, int64_t n, double least,
                                                int32_t n_permutations, uint64_t seed, rml_cutpoint *best);

/* The best of these cuts alone, without any p: for a cut that other rows are judged at. Statuses as above; best is NaN
 * without one. */
RML_CHECKED rml_status rml_cutpoint_best(const double *x, const double *time, const uint8_t *event, int64_t n,
                                         double least, rml_cut *best);

/* Any cut: how many rows it puts on either side, and the statistic. Not the p of a cut that was chosen by these rows.
 * Statuses as above. */
RML_CHECKED rml_status rml_cutpoint_at(const double *x, const double *time, const uint8_t *event, int64_t n, double cut,
                                       rml_cut *at);

#endif
