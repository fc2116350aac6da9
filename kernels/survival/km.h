/* Kaplan-Meier: survival curve, limits, quantiles, restricted mean, numbers at risk. */
#ifndef RML_SURVIVAL_KM_H
#define RML_SURVIVAL_KM_H

#include <stdbool.h>

#include "kernels/survival/surv_data.h"

typedef enum rml_km_limits {
    RML_LIMITS_LOG,     /* of log S; R's default. Cut at 1 */
    RML_LIMITS_LOG_LOG, /* of log(-log S): stays inside (0, 1) */
    RML_LIMITS_PLAIN    /* of S. Cut at 0 and 1 */
} rml_km_limits;

/* One curve, a step at each distinct time, censored ones too; upwards. */
typedef struct rml_km {
    int64_t n_rows, n_events, n_times;
    double *time;
    int64_t *n_risk, *n_event, *n_censor; /* at risk just before the time */
    double *surv;                         /* just after it */
    double *se_log;                       /* of log S (Greenwood); infinite where S is 0. That of S is S se_log */
    double *cumhaz, *se_cumhaz;           /* Nelson-Aalen */
    double *lower, *upper;                /* NaN where S is 0, and with log-log limits where S is 1 */
    void *memory;
} rml_km;

/* The curve of one stratum (0 .. n_strata - 1, in the order of stratum_label).
 * level in (0, 1), such as 0.95.
 * RML_EINVAL  stratum or level outside   RML_ENOMEM
 * No event: the curve is 1 throughout.
 * Source: R survival 3.5 survfit, stype = ctype = 1. */
RML_CHECKED rml_status rml_km_fit(const rml_surv *surv, int32_t stratum, rml_km_limits limits, double level,
                                  rml_km *km);
/* The curve of the time to censoring: a censored row is an event and the other way round; a row whose event is at the
 * same time as another's censoring leaves first, so that it does not stand in that censoring's risk set. Limits log,
 * 0.95. */
RML_CHECKED rml_status rml_km_fit_censoring(const rml_surv *surv, int32_t stratum, rml_km *km);
void rml_km_free(rml_km *km);

/* S at a time: just after it, or just before (left-continuous). 1 before the first step. */
double rml_km_at(const rml_km *km, double time, bool before);
/* Just after it, and NaN beyond the last time unless the curve is 0 there: nothing is known of later. */
double rml_km_followed(const rml_km *km, double time);
/* The share of these rows with the event by a time: 1 - their curve just after it. time, event: [n] as of
 * rml_surv_init. NaN where nobody was followed so long, unless all had the event by then. RML_EEMPTY no rows;
 * RML_EVALUE as of rml_surv_init; RML_ENOMEM: risk is then NaN */
RML_CHECKED rml_status rml_km_risk(const double *time, const uint8_t *event, int64_t n, double at, double *risk);
/* How many have neither had the event nor been censored before this time. */
int64_t rml_km_at_risk(const rml_km *km, double time);

/* The time at which 1 - S reaches p, and limits from where the curve's limits do; p in (0, 1). Where S is flat at
 * exactly 1 - p (to 1.5e-8) the middle between its steps to there and from there; where no step follows, the first, as
 * R prints of a survfit (its quantile() goes half of the way to the last censoring). NaN where the curve does not come
 * down to it. */
typedef struct rml_km_time {
    double time, lower, upper;
} rml_km_time;
RML_CHECKED rml_status rml_km_quantile(const rml_km *km, double p, rml_km_time *quantile);

/* Area under the curve up to tau, which may lie beyond the last time: the curve is then carried on at its last value,
 * as R's print(rmean = "common") does. Standard error by Greenwood areas, without n / (n - 1).
 * RML_EINVAL  tau negative or NaN; mean and se are NaN */
RML_CHECKED rml_status rml_km_restricted_mean(const rml_km *km, double tau, double *mean, double *se);

#endif
