#include "kernels/survival/survival_benefit.h"

#include <math.h>
#include <stdlib.h>

#include "kernels/survival/km.h"

typedef struct positive { /* rows that are acted on */
    int64_t n;
    double *time;
    uint8_t *event;
} positive;

static rml_status point_at(const double *time, const uint8_t *event, const double *p, int64_t n, double at,
                           double threshold, double all, positive *rows, rml_benefit_point *point)
{
    const double odds = threshold / (1.0 - threshold);
    double risk = 0.0, share;
    rml_status status = RML_OK;

    rows->n = 0;
    for (int64_t i = 0; i < n; ++i) {
        if (!(p[i] >= threshold)) continue;
        rows->time[rows->n] = time[i];
        rows->event[rows->n++] = event[i];
    }
    share = (double)rows->n / (double)n;
    if (rows->n > 0) status = rml_km_risk(rows->time, rows->event, rows->n, at, &risk);
    *point = (rml_benefit_point){.threshold = threshold,
                                 .tp_rate = share * risk,
                                 .fp_rate = share * (1.0 - risk),
                                 .treat_all = all - (1.0 - all) * odds};
    point->net_benefit = point->tp_rate - point->fp_rate * odds;
    point->standardised = all > 0.0 ? point->net_benefit / all : NAN;
    point->avoided = threshold > 0.0 ? (point->net_benefit - point->treat_all) / odds : NAN;
    return status;
}

rml_status rml_survival_benefit(const double *time, const uint8_t *event, const double *p, int64_t n, double at,
                                const double *threshold, int32_t n_thresholds, rml_benefit_point *points)
{
    positive rows = {n, malloc(((size_t)n + 1) * sizeof *rows.time), malloc((size_t)n + 1)};
    rml_status status = rows.time && rows.event ? RML_OK : RML_ENOMEM;
    double all = NAN;

    for (int64_t i = 0; status == RML_OK && i < n; ++i) {
        if (!(p[i] >= 0.0 && p[i] <= 1.0)) status = RML_EVALUE;
        rows.time[i] = time[i];
        rows.event[i] = event[i];
    }
    if (status == RML_OK && n == 0) status = RML_EEMPTY;
    if (status == RML_OK && !(at > 0.0)) status = RML_EINVAL;
    for (int32_t t = 0; status == RML_OK && t < n_thresholds; ++t)
        if (!(threshold[t] >= 0.0 && threshold[t] < 1.0)) status = RML_EINVAL;
    if (status == RML_OK) status = rml_km_risk(rows.time, rows.event, n, at, &all);
    for (int32_t t = 0; status == RML_OK && t < n_thresholds; ++t)
        status = point_at(time, event, p, n, at, threshold[t], all, &rows, &points[t]);
    for (int32_t t = 0; status != RML_OK && t < n_thresholds; ++t)
        points[t] = (rml_benefit_point){NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    free(rows.time);
    free(rows.event);
    return status;
}
