/* The number by which settings and pipelines are compared: the higher the better, NaN where it has no meaning. */
#ifndef RML_LEARN_METRIC_H
#define RML_LEARN_METRIC_H

#include <stdint.h>

#include "kernels/learn/sample.h"

typedef enum rml_metric {
    RML_METRIC_AUC,      /* a class: area under the ROC curve; several: the mean of one against the rest */
    RML_METRIC_R2,       /* a number: 1 - squared error / squared error of the mean */
    RML_METRIC_SPEARMAN, /* a number: rank correlation */
    RML_METRIC_MAE,      /* a number: minus the mean absolute error */
    RML_METRIC_CINDEX,   /* a time: Harrell's concordance, higher scores meaning earlier events */
    RML_N_METRICS
} rml_metric;

const char *rml_metric_name(rml_metric metric);
/* The default for an outcome. */
rml_metric rml_metric_default(rml_outcome_kind outcome);
bool rml_metric_fits(rml_metric metric, rml_outcome_kind outcome);

/* event: [n] of a time, else NULL. score: [n_scores * n], n_scores is n_classes for several classes and 1 otherwise.
 *
 * RML_EINVAL              a metric that does not fit the outcome
 * RML_EEMPTY, RML_EVALUE  one class alone, no spread, no pair of times that can be told apart, a score that is NaN:
 * *value has no meaning and is NaN RML_ENOMEM              *value is NaN although it may have one */
RML_CHECKED rml_status rml_metric_of(rml_metric metric, rml_outcome_kind outcome, int32_t n_classes, int64_t n,
                                     const double *y, const uint8_t *event, const double *score, double *value);

#endif
