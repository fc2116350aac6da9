/* How a fixed model does on rows that it was not fitted to: every measure of one group of patients. */
#ifndef RML_JOBS_VALIDATION_H
#define RML_JOBS_VALIDATION_H

#include "kernels/stats/benefit.h"
#include "kernels/stats/calibration.h"
#include "kernels/stats/confusion.h"
#include "kernels/stats/continuous.h"
#include "kernels/stats/roc.h"

enum { RML_VALIDATION_THRESHOLDS = 99 }; /* 0.01 .. 0.99 */

typedef struct rml_proportion {
    double value, low, high; /* Clopper-Pearson, 95 % */
} rml_proportion;

/* NaN: not defined (one outcome only, no probability, no threshold). */
typedef struct rml_validation {
    int64_t n, n_positive;
    rml_roc_interval auc; /* DeLong, 95 %; no limits where its variance is 0 (an AUC of 1 or 0, or of equal scores) */
    rml_confusion counts; /* of what the model calls positive, by a threshold of its own */
    rml_proportion sensitivity, specificity, ppv, npv;
    rml_calibration calibration;
    double log_loss;   /* of probabilities cut as scikit-learn does: one sure mistake of many leaves a number */
    rml_hoslem hoslem; /* 10 groups asked for, as many df as groups: nothing was fitted to these rows; NaN below 3 */
    rml_benefit_point benefit[RML_VALIDATION_THRESHOLDS];
} rml_validation;

/* decision, probability, y: [n]; decision without NaN. counts: as its models call them; all 0 where they do not.
 * RML_ENOMEM. */
RML_CHECKED rml_status rml_validation_measure(const double *decision, const double *probability, const uint8_t *y,
                                              int64_t n, const rml_confusion *counts, rml_validation *out);

/* A number: the predicted and the observed. NaN: not defined (no spread, too few rows). */
typedef struct rml_validation_number {
    int64_t n;
    double mean_observed, mean_predicted;
    rml_continuous score;
    rml_continuous_line line; /* of the observed on the predicted, 95 % */
} rml_validation_number;

/* predicted, y: [n], finite. RML_ENOMEM */
RML_CHECKED rml_status rml_validation_measure_number(const double *predicted, const double *y, int64_t n,
                                                     rml_validation_number *out);

typedef struct rml_validation_class { /* one of several against the others */
    int64_t n, n_called;              /* rows of the class; rows called so */
    rml_roc_interval auc;             /* as above */
    rml_proportion recall;            /* share of its rows that were called so */
} rml_validation_class;

/* Several classes. NaN: not defined; the AUC when one class has no row. */
typedef struct rml_validation_classes {
    int64_t n;
    int32_t n_classes, n_present;
    double auc;      /* the mean over classes of one against the others, of the decisions */
    double log_loss; /* of the probabilities */
    double accuracy, balanced_accuracy;
    rml_validation_class *class; /* [n_classes], malloc'ed */
    int64_t *confusion; /* [n_classes][n_classes] rows of the first class that were called the second; malloc'ed */
} rml_validation_classes;

/* decision, probability: [n_classes][n], decision without NaN; y: [n] codes. The highest decision is the call, the
 * first of equals. RML_ENOMEM */
RML_CHECKED rml_status rml_validation_measure_classes(const double *decision, const double *probability,
                                                      const int32_t *y, int64_t n, int32_t n_classes,
                                                      rml_validation_classes *out);
void rml_validation_classes_free(rml_validation_classes *measured);

#endif
