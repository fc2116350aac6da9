/* How good predicted probabilities of a yes/no outcome are. In all functions p is [n] in [0, 1] and y [n] 1 or 0;
 * weight is [n], at least 0, or NULL for all 1.
 *
 * RML_EEMPTY  no rows, or a sum of weights of 0 (or what is said below)
 * RML_EVALUE  a p that is NaN or outside [0, 1], a weight that is negative or not finite
 * With any status but RML_OK results are NaN. */
#ifndef RML_STATS_PROBABILITY_H
#define RML_STATS_PROBABILITY_H

#include <stdint.h>

#include "kernels/base/status.h"

/* The mean of (p - y)^2. */
RML_CHECKED rml_status rml_probability_brier(const double *p, const uint8_t *y, const double *weight, int64_t n,
                                             double *brier);

/* The mean of -log of the probability given to what happened; p is first cut to [2^-52, 1 - 2^-52] as scikit-learn
 * does, so that one sure mistake costs 36 and not infinity. */
RML_CHECKED rml_status rml_probability_log_loss(const double *p, const uint8_t *y, const double *weight, int64_t n,
                                                double *loss);

/* Average precision: the sum over distinct scores, from the highest, of the gain in recall times the precision. Not the
 * trapezoid area. score may be any number but NaN. RML_EEMPTY also without positives. RML_ENOMEM.
 * Source: scikit-learn average_precision_score. */
RML_CHECKED rml_status rml_probability_average_precision(const double *score, const uint8_t *y, int64_t n,
                                                         double *precision);

typedef enum rml_calibration_bins {
    RML_BINS_UNIFORM,  /* of equal width over [0, 1] */
    RML_BINS_QUANTILE, /* edges at quantiles of p (linear interpolation) */
} rml_calibration_bins;

typedef struct rml_calibration_bin {
    double low, high;           /* low < p <= high; the first bin has its low edge too */
    int64_t n;                  /* 0: predicted and observed are NaN */
    double predicted, observed; /* mean p, share of positives */
} rml_calibration_bin;

/* bins out [n_bins]. RML_EINVAL  n_bins below 1. RML_ENOMEM. Source: scikit-learn calibration_curve, which leaves out
 * the empty bins that stay here. */
RML_CHECKED rml_status rml_probability_calibration(const double *p, const uint8_t *y, int64_t n,
                                                   rml_calibration_bins kind, int32_t n_bins,
                                                   rml_calibration_bin *bins);

#endif
