/* The four counts of a yes/no prediction, and the rates that follow from them. */
#ifndef RML_STATS_CONFUSION_H
#define RML_STATS_CONFUSION_H

#include <stdint.h>

#include "kernels/base/status.h"

typedef struct rml_confusion {
    int64_t tp, fp, fn, tn;
} rml_confusion;

/* A row is predicted positive when its score is at least the threshold.
 *
 * score  in   [n], infinities allowed
 * y      in   [n] 1 positive, 0 negative
 *
 * RML_EEMPTY  no rows   RML_EVALUE  a NaN score or threshold; the counts are then all 0 */
RML_CHECKED rml_status rml_confusion_count(const double *score, const uint8_t *y, int64_t n, double threshold,
                                           rml_confusion *counts);

/* NaN is a rate whose denominator is 0: PPV when nothing is predicted positive, sensitivity without positives, … */
typedef struct rml_confusion_rates {
    double accuracy, balanced_accuracy; /* the mean of sensitivity and specificity */
    double sensitivity, specificity, ppv, npv;
    double f1;         /* 2 tp / (2 tp + fp + fn) */
    double mcc;        /* Matthews; 0 when all rows are predicted alike, NaN when all outcomes are alike */
    double kappa;      /* Cohen */
    double prevalence; /* share of positives */
    double accuracy_p; /* one-sided exact binomial test of the accuracy against the larger outcome's share */
    double mcnemar_p;  /* chi-square with continuity correction (none when fp = fn: p 1); NaN when both are 0 */
} rml_confusion_rates;

/* Source: scikit-learn's metrics; caret::confusionMatrix for the two tests. All NaN when the counts are all 0. */
rml_confusion_rates rml_confusion_rates_of(const rml_confusion *counts);

/* Exact interval of a proportion of n_found in n (Clopper & Pearson 1934), from quantiles of the beta distribution.
 * RML_EINVAL  level outside (0, 1), n_found outside 0..n   RML_EEMPTY  n is 0; both bounds are then NaN */
RML_CHECKED rml_status rml_confusion_interval(int64_t n_found, int64_t n, double level, double *low, double *high);

#endif
