/* Decision curves: what acting on a model at a threshold probability is worth, against acting on all and on none. */
#ifndef RML_STATS_BENEFIT_H
#define RML_STATS_BENEFIT_H

#include <stdint.h>

#include "kernels/base/status.h"

typedef struct rml_benefit_point {
    double threshold;
    double tp_rate, fp_rate; /* tp / n, fp / n; a row is positive when its p is at least the threshold */
    double net_benefit;      /* tp/n - fp/n * t/(1-t) */
    double treat_all;        /* net benefit of calling every row positive; treating none has 0 */
    double standardised;     /* net benefit over prevalence; NaN without positives */
    double avoided;          /* interventions avoided per person, (net_benefit - treat_all) (1-t)/t; NaN at t = 0 */
} rml_benefit_point;

/* p          in   [n] probabilities in [0, 1]
 * y          in   [n] 1 positive, 0 negative
 * threshold  in   [n_thresholds] in [0, 1), any order. Give decimals as k / 100.0: k * 0.01 moves ties such as 0.29.
 * points     out  [n_thresholds]
 *
 * RML_EEMPTY  no rows   RML_EVALUE  a p that is NaN or outside [0, 1]   RML_EINVAL  a threshold outside [0, 1)
 * RML_ENOMEM; points are then all NaN.
 * Source: Vickers & Elkin 2006. */
RML_CHECKED rml_status rml_benefit_curve(const double *p, const uint8_t *y, int64_t n, const double *threshold,
                                         int32_t n_thresholds, rml_benefit_point *points);

#endif
