/* How a fixed model does on rows that it was not fitted to: every measure of one group of patients. */
#ifndef RML_JOBS_VALIDATION_H
#define RML_JOBS_VALIDATION_H

#include "kernels/stats/benefit.h"
#include "kernels/stats/calibration.h"
#include "kernels/stats/confusion.h"
#include "kernels/stats/roc.h"

enum { RML_VALIDATION_THRESHOLDS = 99 }; /* 0.01 .. 0.99 */

typedef struct rml_proportion {
    double value, low, high; /* Clopper-Pearson, 95 % */
} rml_proportion;

/* NaN: not defined (one outcome only, no probability, no threshold). */
typedef struct rml_validation {
    int64_t n, n_positive;
    rml_roc_interval auc; /* DeLong, 95 % */
    rml_confusion counts; /* of what the model calls positive, by a threshold of its own */
    rml_proportion sensitivity, specificity, ppv, npv;
    rml_calibration calibration;
    rml_hoslem hoslem; /* 10 groups asked for, as many df as groups: nothing was fitted to these rows; NaN below 3 */
    rml_benefit_point benefit[RML_VALIDATION_THRESHOLDS];
} rml_validation;

/* decision, probability, y: [n]; decision without NaN. counts: as its models call them; all 0 where they do not.
 * RML_ENOMEM. */
RML_CHECKED rml_status rml_validation_measure(const double *decision, const double *probability, const uint8_t *y,
                                              int64_t n, const rml_confusion *counts, rml_validation *out);

#endif
