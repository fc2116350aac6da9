/* Intervals, tests and estimates from scores of overlapping resamples: folds of repeated cross-validation share rows,
 * so that their plain variance is too small. */
#ifndef RML_STATS_RESAMPLED_H
#define RML_STATS_RESAMPLED_H

#include <stdint.h>

#include "kernels/base/status.h"

typedef struct rml_resampled_interval {
    double mean;
    double se; /* sqrt((1/n + test_share) s^2) */
    double df; /* n - 1 */
    double low, high;
} rml_resampled_interval;

/* The corrected interval of a mean over resamples.
 *
 * score       in   [n] one a resample (fold of a repeat), finite
 * test_share  in   rows tested over rows trained on, such as 1.0 / (k - 1) for k folds; at least 0 (0: no correction)
 * level       in   coverage, inside (0, 1)
 *
 * RML_EINVAL  level or test_share outside   RML_EVALUE  a score that is not finite (all NaN)
 * RML_EEMPTY  no scores (all NaN), or one (mean is given, the rest NaN)
 * Source: Nadeau & Bengio, Machine Learning 2003, with s^2 over n - 1. */
RML_CHECKED rml_status rml_resampled_mean(const double *score, int64_t n, double test_share, double level,
                                          rml_resampled_interval *interval);

typedef struct rml_resampled_test {
    rml_resampled_interval difference; /* of first - second */
    double t, p;                       /* two-sided */
} rml_resampled_test;

/* The corrected paired t test of two methods scored on the same resamples. Arguments and statuses as above. Differences
 * all equal: t infinite and p 0; all 0: RML_EEMPTY, t and p NaN (the difference and its interval of no width stand). */
RML_CHECKED rml_status rml_resampled_compare(const double *first, const double *second, int64_t n, double test_share,
                                             double level, rml_resampled_test *test);

typedef struct rml_resampled_632 {
    double plain;       /* .632: 0.368 apparent + 0.632 out-of-bag */
    double plus;        /* .632+: (1 - weight) apparent + weight * the out-of-bag one, at worst no information */
    double overfitting; /* relative rate, 0 .. 1 */
    double weight;      /* 0.632 / (1 - 0.368 overfitting) */
} rml_resampled_632;

/* The bootstrap's .632 and .632+ estimates of an error rate.
 *
 * apparent        in  error on the rows that the model was trained on
 * out_of_bag      in  error on the rows left out, averaged over the bootstraps (Err(1))
 * no_information  in  error if features and outcome had nothing to do with each other
 *
 * The overfitting rate is 0 unless both others exceed the apparent error. An out-of-bag error above no_information
 * counts as no_information in `plus` (and as it is in `plain`).
 * RML_EVALUE  an argument that is not finite or below 0 (all NaN)
 * Source: Efron & Tibshirani, JASA 1997, equations 24 and 28 to 32. */
RML_CHECKED rml_status rml_resampled_632_error(double apparent, double out_of_bag, double no_information,
                                               rml_resampled_632 *estimate);

/* The same for AUCs in [0, 1], where no information means 0.5: of the errors 1 - AUC, turned back. So an out-of-bag AUC
 * below 0.5 counts as 0.5 in `plus`. RML_EVALUE  an AUC that is NaN or outside. */
RML_CHECKED rml_status rml_resampled_632_auc(double apparent, double out_of_bag, rml_resampled_632 *estimate);

/* The no-information error of a classifier: the sum over classes of their share in y times the share of predictions
 * that name another. y, predicted in [n] codes 0 .. n_classes - 1.
 * RML_EEMPTY  no rows   RML_EVALUE  a code outside   RML_EINVAL  no classes   RML_ENOMEM; *error is then NaN. */
RML_CHECKED rml_status rml_resampled_no_information(const int32_t *predicted, const int32_t *y, int64_t n,
                                                    int32_t n_classes, double *error);

#endif
