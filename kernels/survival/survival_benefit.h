/* Decision curves of times to an event: what acting on a predicted risk of the event by a time is worth. */
#ifndef RML_SURVIVAL_SURVIVAL_BENEFIT_H
#define RML_SURVIVAL_SURVIVAL_BENEFIT_H

#include "kernels/stats/benefit.h"

/* time, event   in   [n] as of rml_surv_init
 * p             in   [n] predicted probability of the event by `at`, in [0, 1]
 * at            in   the time, above 0
 * threshold     in   [n_thresholds] in [0, 1)
 * points        out  [n_thresholds] as of rml_benefit_curve. A row is positive when its p is at least the threshold;
 * the share of events among the positive ones is 1 - their Kaplan-Meier curve at the time (nobody positive: rates of
 * 0). NaN where nobody of them was followed so long
 *
 * Points are all NaN then:
 * RML_EEMPTY  no rows   RML_EVALUE  a p outside [0, 1] or NaN, a time or event as of rml_surv_init
 * RML_EINVAL  a threshold outside, a time not above 0   RML_ENOMEM
 *
 * Source: Vickers, Cronin, Elkin & Gonen, BMC Med Inform Decis Mak 8 (2008). */
RML_CHECKED rml_status rml_survival_benefit(const double *time, const uint8_t *event, const double *p, int64_t n,
                                            double at, const double *threshold, int32_t n_thresholds,
                                            rml_benefit_point *points);

#endif
