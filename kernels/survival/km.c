#include "kernels/survival/km.h"

#include <math.h>
#include <stdlib.h>

#include "kernels/stats/distribution.h"

#define FLAT 0x1p-26 /* how near a curve is at a level: R's sqrt of the machine's epsilon */

static rml_status lay_out(rml_km *km, int64_t n_times)
{
    const size_t n = (size_t)n_times;
    double *memory = calloc(n + 1, 7 * sizeof *memory + 3 * sizeof(int64_t));

    if (!memory) return RML_ENOMEM;
    km->memory = memory;
    km->time = memory;
    km->surv = memory + n;
    km->se_log = memory + 2 * n;
    km->cumhaz = memory + 3 * n;
    km->se_cumhaz = memory + 4 * n;
    km->lower = memory + 5 * n;
    km->upper = memory + 6 * n;
    km->n_risk = (int64_t *)(memory + 7 * n);
    km->n_event = km->n_risk + n;
    km->n_censor = km->n_risk + 2 * n;
    return RML_OK;
}

/* Times and counts of one stratum, from its last place, where the earliest time stands. */
static rml_status count(const rml_surv *surv, int32_t stratum, rml_km *km)
{
    int64_t first, end, n_times = 0, t = -1;
    rml_status status;

    if (stratum < 0 || stratum >= surv->n_strata) return RML_EINVAL;
    first = surv->stratum_first[stratum];
    end = surv->stratum_first[stratum + 1];
    for (int64_t i = first; i < end; ++i) n_times += i == first || surv->time[i] != surv->time[i - 1];
    status = lay_out(km, n_times);
    if (status != RML_OK) return status;
    km->n_rows = end - first;
    km->n_times = n_times;
    for (int64_t i = end - 1; i >= first; --i) {
        if (i == end - 1 || surv->time[i] != surv->time[i + 1]) {
            ++t;
            km->time[t] = surv->time[i];
            km->n_risk[t] = i - first + 1;
            km->n_event[t] = km->n_censor[t] = 0;
        }
        if (surv->event[i])
            ++km->n_event[t];
        else
            ++km->n_censor[t];
        km->n_events += surv->event[i];
    }
    return RML_OK;
}

static void limits_at(rml_km *km, int64_t t, rml_km_limits limits, double z)
{
    const double s = km->surv[t], spread = z * km->se_log[t];
    double lower = NAN, upper = NAN;

    if (s > 0.0 && limits == RML_LIMITS_LOG) {
        lower = s * exp(-spread);
        upper = fmin(s * exp(spread), 1.0);
    } else if (s > 0.0 && limits == RML_LIMITS_PLAIN) {
        lower = fmax(s - spread * s, 0.0);
        upper = fmin(s + spread * s, 1.0);
    } else if (s > 0.0 && s < 1.0) {
        const double width = spread / -log(s);

        lower = pow(s, exp(width));
        upper = pow(s, exp(-width));
    }
    km->lower[t] = lower;
    km->upper[t] = upper;
}

/* The curve from its counts. */
static void run_down(rml_km *km, rml_km_limits limits, double level)
{
    const double z = rml_normal_quantile(0.5 + 0.5 * level);
    double s = 1.0, greenwood = 0.0, hazard = 0.0, hazard_variance = 0.0;

    for (int64_t t = 0; t < km->n_times; ++t) {
        const double n = (double)km->n_risk[t], d = (double)km->n_event[t];

        if (d > 0.0) {
            s *= (n - d) / n;
            greenwood += d / (n * (n - d)); /* infinite when all have the event */
            hazard += d / n;
            hazard_variance += d / (n * n);
        }
        km->surv[t] = s;
        km->se_log[t] = sqrt(greenwood);
        km->cumhaz[t] = hazard;
        km->se_cumhaz[t] = sqrt(hazard_variance);
        limits_at(km, t, limits, z);
    }
}

rml_status rml_km_fit(const rml_surv *surv, int32_t stratum, rml_km_limits limits, double level, rml_km *km)
{
    rml_status status;

    *km = (rml_km){0};
    if (!(level > 0.0 && level < 1.0)) return RML_EINVAL;
    status = count(surv, stratum, km);
    if (status == RML_OK) run_down(km, limits, level);
    return status;
}

rml_status rml_km_fit_censoring(const rml_surv *surv, int32_t stratum, rml_km *km)
{
    rml_status status;

    *km = (rml_km){0};
    status = count(surv, stratum, km);
    if (status != RML_OK) return status;
    for (int64_t t = 0; t < km->n_times; ++t) {
        const int64_t n_event = km->n_event[t];

        km->n_risk[t] -= n_event;
        km->n_event[t] = km->n_censor[t];
        km->n_censor[t] = n_event;
    }
    km->n_events = km->n_rows - km->n_events;
    run_down(km, RML_LIMITS_LOG, 0.95);
    return RML_OK;
}

void rml_km_free(rml_km *km)
{
    if (!km) return;
    free(km->memory);
    *km = (rml_km){0};
}

/* How many of the steps are at or before (or, strictly, before) a time. */
static int64_t steps_until(const rml_km *km, double time, bool strictly)
{
    int64_t low = 0, high = km->n_times;

    while (low < high) {
        const int64_t middle = (low + high) / 2;

        if (km->time[middle] < time || (!strictly && km->time[middle] == time))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

double rml_km_at(const rml_km *km, double time, bool before)
{
    const int64_t steps = steps_until(km, time, before);

    return steps > 0 ? km->surv[steps - 1] : 1.0;
}

double rml_km_followed(const rml_km *km, double time)
{
    const double at = rml_km_at(km, time, false);

    return at > 0.0 && (km->n_times == 0 || time > km->time[km->n_times - 1]) ? NAN : at;
}

rml_status rml_km_risk(const double *time, const uint8_t *event, int64_t n, double at, double *risk)
{
    rml_surv surv = {0};
    rml_km km = {0};
    rml_status status = rml_surv_init(time, event, NULL, n, &surv);

    *risk = NAN;
    if (status == RML_OK) status = rml_km_fit(&surv, 0, RML_LIMITS_LOG, 0.95, &km);
    if (status == RML_OK) *risk = 1.0 - rml_km_followed(&km, at);
    rml_km_free(&km);
    rml_surv_free(&surv);
    return status;
}

int64_t rml_km_at_risk(const rml_km *km, double time)
{
    const int64_t steps = steps_until(km, time, true);

    return steps < km->n_times ? km->n_risk[steps] : 0;
}

/* Where a curve that never rises comes down to a level. Undefined values at its ends are skipped. */
static double reached(const rml_km *km, const double *curve, double level)
{
    for (int64_t t = 0; t < km->n_times; ++t) {
        int64_t below = t + 1;

        if (!(curve[t] <= level + FLAT)) continue;
        if (curve[t] < level - FLAT) return km->time[t];
        while (below < km->n_times && curve[below] >= level - FLAT) ++below;
        /* flat to the end: nothing says how far the stretch goes, as the last time is that of a censoring */
        return below < km->n_times && !isnan(curve[below]) ? 0.5 * (km->time[t] + km->time[below]) : km->time[t];
    }
    return NAN;
}

rml_status rml_km_quantile(const rml_km *km, double p, rml_km_time *quantile)
{
    *quantile = (rml_km_time){NAN, NAN, NAN};
    if (!(p > 0.0 && p < 1.0)) return RML_EINVAL;
    quantile->time = reached(km, km->surv, 1.0 - p);
    quantile->lower = reached(km, km->lower, 1.0 - p);
    quantile->upper = reached(km, km->upper, 1.0 - p);
    return RML_OK;
}

/* Backwards, so that the area behind each event is at hand: variance = sum of area^2 d / (n (n - d)). */
rml_status rml_km_restricted_mean(const rml_km *km, double tau, double *mean, double *se)
{
    double area = 0.0, variance = 0.0, until = tau;

    *mean = *se = NAN;
    if (!(tau >= 0.0) || !isfinite(tau)) return RML_EINVAL;
    for (int64_t t = steps_until(km, tau, false) - 1; t >= 0; --t) {
        const double n = (double)km->n_risk[t], d = (double)km->n_event[t];

        area += km->surv[t] * (until - km->time[t]);
        if (d > 0.0 && d < n) variance += area * area * d / (n * (n - d));
        until = km->time[t];
    }
    *mean = area + until;
    *se = sqrt(variance);
    return RML_OK;
}
