/* Receiver operating characteristic of a score for a yes/no outcome. The direction is fixed: a higher score means
 * positive, so that an AUC below 0.5 stays what it is. */
#ifndef RML_STATS_ROC_H
#define RML_STATS_ROC_H

#include <stdint.h>

#include "kernels/base/columns.h"
#include "kernels/base/status.h"

/* The area under the curve: the probability that a positive's score exceeds a negative's, ties counting half.
 *
 * score  in   [n], infinities allowed
 * y      in   [n] 1 positive, 0 negative
 *
 * RML_EEMPTY  one of the two outcomes is absent (*auc is then NaN)
 * RML_EVALUE  a NaN score (*auc is then NaN)
 * RML_ENOMEM
 * Source: midranks (Mann-Whitney). */
RML_CHECKED rml_status rml_roc_auc(const double *score, const uint8_t *y, int64_t n, double *auc);

/* The same for every column of a table; auc out [n_columns], NaN for a column with a NaN. Such a column is no error.
 * RML_EEMPTY, RML_ENOMEM as above. */
RML_CHECKED rml_status rml_roc_auc_columns(const rml_columns *scores, const uint8_t *y, double *auc);

typedef struct rml_roc_interval {
    int64_t n_positive, n_negative;
    double auc, variance;
    double low, high; /* auc -+ z sd, cut to [0, 1] */
} rml_roc_interval;

/* AUC with DeLong's variance and interval. An AUC of 1 or 0 has variance 0 and an interval of no width, as in pROC.
 *
 * level  in   coverage, such as 0.95; inside (0, 1)
 *
 * RML_EINVAL  level outside (0, 1)
 * RML_EEMPTY  an outcome is absent (all NaN), or has one row only: auc is given, the rest is NaN
 * RML_EVALUE  a NaN score (all NaN)
 * RML_ENOMEM
 * Source: DeLong, DeLong & Clarke-Pearson, Biometrics 1988, by placements from midranks (Sun & Xu 2014); pROC ci.auc.
 */
RML_CHECKED rml_status rml_roc_delong(const double *score, const uint8_t *y, int64_t n, double level,
                                      rml_roc_interval *interval);

typedef struct rml_roc_paired {
    rml_roc_interval first, second;
    double covariance;
    double difference; /* AUC of the first less that of the second */
    double z, p;       /* two-sided */
    double low, high;  /* interval of the difference, not cut */
} rml_roc_paired;

/* DeLong's test of two scores of the same rows. No difference and no variance (two equal scores): z 0 and p 1; a
 * difference without variance: z infinite, p 0; both as in pROC. Statuses as rml_roc_delong. */
RML_CHECKED rml_status rml_roc_paired_test(const double *first, const double *second, const uint8_t *y, int64_t n,
                                           double level, rml_roc_paired *test);

typedef struct rml_roc_unpaired {
    double t, df, p; /* two-sided, Student's t with Satterthwaite's df */
} rml_roc_unpaired;

/* DeLong's test of two AUCs of different rows, from what rml_roc_delong gave.
 * RML_EEMPTY  a variance is NaN or both are 0: t, df and p are NaN.
 * Source: pROC roc.test, paired = FALSE. */
RML_CHECKED rml_status rml_roc_unpaired_test(const rml_roc_interval *first, const rml_roc_interval *second,
                                             rml_roc_unpaired *test);

/* A row counts as positive when its score is at least the threshold. Points run from -inf (all positive) to inf (none),
 * with midpoints between neighbouring scores in between. */
typedef struct rml_roc_curve {
    int64_t n_positive, n_negative;
    int32_t n_points;                  /* distinct scores + 1 */
    double *threshold;                 /* [n_points] ascending; owns the memory of the others too */
    double *sensitivity, *specificity; /* [n_points] */
    int64_t *tp, *fp;                  /* [n_points] */
    int32_t n_best;
    int32_t *best; /* [n_best] all points of the largest sensitivity + specificity, ascending */
} rml_roc_curve;

/* RML_EEMPTY  an outcome is absent   RML_EVALUE  a score is not finite   RML_EINVAL  2^31 rows
 * RML_ENOMEM; the curve is then empty.
 * The sums are compared as doubles, as pROC does: of optima that are equal on paper those are left out whose two
 * shares round to a smaller sum (tp and fp allow an exact search). Source: pROC roc, coords "best". */
RML_CHECKED rml_status rml_roc_curve_fit(const double *score, const uint8_t *y, int64_t n, rml_roc_curve *curve);
void rml_roc_curve_free(rml_roc_curve *curve);

#endif
