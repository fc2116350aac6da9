#include "kernels/survival/reclassify.h"

#include <math.h>
#include <stdlib.h>

#include "kernels/survival/ipcw.h"

static rml_status check(const double *first, const double *second, int64_t n, double at, rml_improvement *out)
{
    *out = (rml_improvement){NAN, NAN, NAN};
    if (n <= 0) return RML_EEMPTY;
    if (!(at > 0.0)) return RML_EINVAL;
    for (int64_t i = 0; i < n; ++i)
        if (!(first[i] >= 0.0 && first[i] <= 1.0) || !(second[i] >= 0.0 && second[i] <= 1.0)) return RML_EVALUE;
    return RML_OK;
}

static rml_status finish(rml_improvement *out)
{
    out->total = out->events + out->non_events;
    return isnan(out->total) ? RML_EEMPTY : RML_OK;
}

static int32_t category(double risk, const double *cut, int32_t n_cuts)
{
    int32_t above = 0;

    while (above < n_cuts && risk >= cut[above]) ++above;
    return above;
}

/* 1: up, -1: down. What a model and the same with a term that says nothing differ by is rounding, and no move. */
static int32_t move_of(double first, double second, const double *cut, int32_t n_cuts)
{
    const double tie = 1e-12;
    int32_t from, to;

    if (fabs(second - first) <= tie) return 0;
    if (n_cuts == 0) return second > first ? 1 : -1;
    from = category(first, cut, n_cuts);
    to = category(second, cut, n_cuts);
    return (to > from) - (to < from);
}

/* P(E and moved this way) and P(not E and moved this way). */
typedef struct moved {
    double with, without;
} moved;

static rml_status find_moved(const double *time, const uint8_t *event, const int8_t *move, int64_t n, int8_t way,
                             double at, double *kept_time, uint8_t *kept_event, moved *out)
{
    int64_t m = 0;
    double risk, share;
    rml_status status;

    *out = (moved){0.0, 0.0};
    for (int64_t i = 0; i < n; ++i) {
        if (move[i] != way) continue;
        kept_time[m] = time[i];
        kept_event[m++] = event[i];
    }
    if (m == 0) return RML_OK;
    status = rml_km_risk(kept_time, kept_event, m, at, &risk);
    share = (double)m / (double)n;
    *out = (moved){share * risk, share * (1.0 - risk)};
    return status;
}

rml_status rml_reclassify(const double *time, const uint8_t *event, const double *first, const double *second,
                          int64_t n, double at, const double *cut, int32_t n_cuts, rml_improvement *out)
{
    double *kept_time, all = NAN;
    uint8_t *kept_event;
    int8_t *move;
    moved up = {NAN, NAN}, down = {NAN, NAN};
    rml_status status = check(first, second, n, at, out);

    for (int32_t k = 0; status == RML_OK && k < n_cuts; ++k)
        if (!(cut[k] > (k > 0 ? cut[k - 1] : 0.0) && cut[k] < 1.0)) status = RML_EINVAL;
    if (status != RML_OK) return status;
    kept_time = malloc((size_t)n * sizeof *kept_time);
    kept_event = malloc((size_t)n);
    move = malloc((size_t)n);
    status = kept_time && kept_event && move ? rml_km_risk(time, event, n, at, &all) : RML_ENOMEM;
    for (int64_t i = 0; status == RML_OK && i < n; ++i) move[i] = (int8_t)move_of(first[i], second[i], cut, n_cuts);
    if (status == RML_OK) status = find_moved(time, event, move, n, 1, at, kept_time, kept_event, &up);
    if (status == RML_OK) status = find_moved(time, event, move, n, -1, at, kept_time, kept_event, &down);
    free(kept_time);
    free(kept_event);
    free(move);
    if (status != RML_OK) return status;
    if (all > 0.0) out->events = (up.with - down.with) / all;
    if (all < 1.0) out->non_events = (down.without - up.without) / (1.0 - all);
    return finish(out);
}

rml_status rml_discriminate_better(const double *time, const uint8_t *event, const double *first, const double *second,
                                   int64_t n, double at, rml_improvement *out)
{
    double rise[2] = {0.0, 0.0}, weight[2] = {0.0, 0.0}; /* without the event, with it */
    rml_surv surv = {0};
    rml_km censoring = {0};
    rml_status status = check(first, second, n, at, out);

    if (status == RML_OK) status = rml_surv_init(time, event, NULL, n, &surv);
    if (status == RML_OK) status = rml_km_fit_censoring(&surv, 0, &censoring);
    for (int64_t k = 0; status == RML_OK && k < n; ++k) { /* by place, where times that are nearly equal are equal */
        const rml_ipcw ipcw = {&censoring, RML_IPCW_BEFORE};
        const int64_t i = surv.row[k];
        const bool by_then = surv.time[k] <= at;
        const double w = by_then ? rml_ipcw_of(&ipcw, surv.time[k]) : 1.0; /* 1 / G(at) of all: cancels */

        if (by_then && !surv.event[k]) continue; /* whether it had the event by then is not known */
        if (!isfinite(w)) status = RML_EVALUE;
        rise[by_then] += w * (second[i] - first[i]);
        weight[by_then] += w;
    }
    rml_km_free(&censoring);
    rml_surv_free(&surv);
    if (status != RML_OK) return status;
    if (weight[1] > 0.0) out->events = rise[1] / weight[1];
    if (weight[0] > 0.0) out->non_events = -rise[0] / weight[0];
    return finish(out);
}
