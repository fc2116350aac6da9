/* 1. What all of it walks over
 * 2. Discrimination and Brier scores
 * 3. Calibration
 * 4. At the cuts
 * 5. All of it */
#include "jobs/validation_time.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/learn/baseline.h"
#include "kernels/stats/distribution.h"
#include "kernels/stats/rank.h"
#include "kernels/survival/concordance.h"
#include "kernels/survival/logrank.h"
#include "kernels/survival/survival_brier.h"
#include "kernels/survival/time_auc.h"

/* 1. What all of it walks over ------------------------------------------------------------------------------------- */

enum { STEPS = 20, LEAST_A_PART = 10 };

typedef struct judged {
    const rml_fitted *fitted;
    const double *decision, *time;
    const uint8_t *event;
    int64_t n;
    rml_surv surv;
    rml_km km, censoring;
    double *said;   /* [STEPS + 1][n] */
    int32_t *group; /* [n] */
    double *column; /* [n] */
} judged;

/* What is not defined is NaN, and no failure. */
static rml_status memory_alone(rml_status status)
{
    return status == RML_ENOMEM ? status : RML_OK;
}

static void judged_free(judged *j)
{
    rml_surv_free(&j->surv);
    rml_km_free(&j->km);
    rml_km_free(&j->censoring);
    free(j->said);
    free(j->group);
    free(j->column);
}

static rml_status judged_init(judged *j)
{
    const size_t n = (size_t)j->n + 1;
    rml_status status;

    j->said = malloc((STEPS + 1) * n * sizeof *j->said);
    j->group = malloc(n * sizeof *j->group);
    j->column = malloc(n * sizeof *j->column);
    if (!j->said || !j->group || !j->column) return RML_ENOMEM;
    status = rml_surv_init(j->time, j->event, NULL, j->n, &j->surv);
    if (status == RML_OK) status = rml_km_fit(&j->surv, 0, RML_LIMITS_LOG, 0.95, &j->km);
    if (status == RML_OK) status = rml_km_fit_censoring(&j->surv, 0, &j->censoring);
    return status;
}

/* 2. Discrimination and Brier scores ------------------------------------------------------------------------------- */

static rml_status brier_of(judged *j, bool model, const double *at, int32_t n_at, double *brier, double *mean)
{
    const rml_ipcw ipcw = {&j->censoring, RML_IPCW_BEFORE};

    for (int32_t k = 0; k < n_at; ++k)
        for (int64_t i = 0; i < j->n; ++i)
            j->said[k * j->n + i] =
                model ? rml_baseline_survival(j->fitted, at[k], j->decision[i]) : rml_km_followed(&j->km, at[k]);
    return memory_alone(rml_survival_brier(&j->surv, j->said, &ipcw, at, n_at, brier, mean));
}

static rml_status discriminate(judged *j, rml_validation_time *out)
{
    const rml_ipcw ipcw = {&j->censoring, RML_IPCW_BEFORE};
    const double z = rml_normal_quantile(0.975);
    rml_concordance_settings settings = rml_concordance_defaults();
    rml_concordance c = {.c = NAN, .se = NAN};
    rml_status status = memory_alone(rml_concordance_measure(&j->surv, j->decision, &settings, &c));

    out->c = c.c;
    /* 0 is what the jackknife makes of pairs that all agree, of one pair too: no measure of how sure C is */
    if (c.se > 0.0) {
        out->c_se = c.se;
        out->c_low = fmax(c.c - z * c.se, 0.0);
        out->c_high = fmin(c.c + z * c.se, 1.0);
    }
    settings = (rml_concordance_settings){RML_PAIRS_UNO, ipcw, out->tau};
    if (status == RML_OK && !isnan(out->tau))
        status = memory_alone(rml_concordance_measure(&j->surv, j->decision, &settings, &c));
    if (!isnan(out->tau)) out->uno = c.c;
    for (int32_t t = 0; status == RML_OK && t < out->n_times; ++t)
        status = memory_alone(rml_time_auc(&j->surv, j->decision, &ipcw, &out->at[t].time, 1, &out->at[t].auc, NULL));
    return status;
}

static rml_status find_brier(judged *j, rml_validation_time *out)
{
    double step[STEPS + 1], brier[STEPS + 1];
    rml_status status = RML_OK;

    if (isnan(out->tau)) return RML_OK;
    for (int32_t k = 0; k <= STEPS; ++k) step[k] = out->tau * k / STEPS;
    status = brier_of(j, true, step, STEPS + 1, brier, &out->brier_mean);
    if (status == RML_OK) status = brier_of(j, false, step, STEPS + 1, brier, &out->brier_mean_no_model);
    for (int32_t t = 0; status == RML_OK && t < out->n_times; ++t) {
        status = brier_of(j, true, &out->at[t].time, 1, &out->at[t].brier, NULL);
        if (status == RML_OK) status = brier_of(j, false, &out->at[t].time, 1, &out->at[t].brier_no_model, NULL);
    }
    return status;
}

/* 3. Calibration --------------------------------------------------------------------------------------------------- */

static rml_status find_slope(judged *j, rml_validation_time *out)
{
    const rml_columns column = {j->n, j->n, 1, j->column};
    const rml_cox_settings settings = rml_cox_defaults();
    rml_cox fit = {0};
    rml_status status;

    for (int64_t i = 0; i < j->n; ++i) j->column[i] = j->decision[i];
    status = rml_cox_fit(&j->surv, &column, NULL, NULL, &settings, &fit);
    if (fit.coefficient && fit.end == RML_COX_CONVERGED) {
        status = rml_cox_hazard_ratio(&fit, 0, 0.95, &out->slope);
        out->slope = (rml_hazard_ratio){fit.coefficient[0], log(out->slope.lower), log(out->slope.upper)};
    }
    rml_cox_free(&fit);
    return memory_alone(status);
}

/* 1 - the curve at a time, where it was followed so long, or all had the event before. Greenwood's variance of a curve
 * that is still 1 is 0, whether two patients are under it or two thousand: it then has no limits. */
static void observed_at(const rml_km *km, double time, double *observed, double *low, double *high)
{
    int64_t last = -1;

    *observed = *low = *high = NAN;
    if (km->n_times == 0 || isnan(rml_km_followed(km, time))) return;
    while (last + 1 < km->n_times && km->time[last + 1] <= time) ++last;
    *observed = last < 0 ? 0.0 : 1.0 - km->surv[last];
    if (*observed == 0.0) return;
    *low = 1.0 - km->upper[last];
    *high = 1.0 - km->lower[last];
}

/* Parts of rising score with about as many patients each; equal scores stay together. */
static rml_status find_parts(judged *j, rml_validation_time *out)
{
    rml_ranked *items = malloc((2 * (size_t)j->n + 1) * sizeof *items);
    const int32_t n =
        j->n / LEAST_A_PART < RML_VALIDATION_PARTS ? (int32_t)(j->n / LEAST_A_PART) : RML_VALIDATION_PARTS;
    rml_status status = items ? rml_rank_sort(j->decision, j->n, items) : RML_ENOMEM;

    for (int64_t k = 0, first = 0; status == RML_OK && n >= 2 && k < j->n; ++k) {
        if (items[k].value != items[first].value) first = k;
        j->group[items[k].row] = (int32_t)(first * n / j->n);
        ++out->part_n[first * n / j->n];
    }
    if (status == RML_OK && n >= 2) out->n_parts = n;
    free(items);
    return status;
}

static rml_status calibrate(judged *j, rml_validation_time *out)
{
    rml_surv surv = {0};
    rml_km km[RML_VALIDATION_PARTS] = {0};
    rml_status status = find_parts(j, out);

    if (status == RML_OK && out->n_parts > 0) status = rml_surv_init(j->time, j->event, j->group, j->n, &surv);
    for (int32_t s = 0; status == RML_OK && s < surv.n_strata; ++s)
        status = rml_km_fit(&surv, s, RML_LIMITS_LOG, 0.95, &km[surv.stratum_label[s]]);
    for (int32_t t = 0; status == RML_OK && t < out->n_times; ++t) {
        rml_validation_at *at = &out->at[t];
        double sum = 0.0, part_sum[RML_VALIDATION_PARTS] = {0};

        for (int64_t i = 0; i < j->n; ++i) {
            const double risk = 1.0 - rml_baseline_survival(j->fitted, at->time, j->decision[i]);

            sum += risk;
            if (out->n_parts > 0) part_sum[j->group[i]] += risk;
        }
        at->predicted = sum / (double)j->n;
        observed_at(&j->km, at->time, &at->observed, &at->low, &at->high);
        for (int32_t k = 0; k < out->n_parts; ++k) {
            at->part_predicted[k] = part_sum[k] / (double)out->part_n[k];
            observed_at(&km[k], at->time, &at->part_observed[k], &at->part_low[k], &at->part_high[k]);
        }
    }
    for (int32_t k = 0; k < RML_VALIDATION_PARTS; ++k) rml_km_free(&km[k]);
    rml_surv_free(&surv);
    return status == RML_OK ? find_slope(j, out) : status;
}

/* 4. At the cuts --------------------------------------------------------------------------------------------------- */

static int64_t count_compared(const judged *j)
{
    double longest[2] = {-INFINITY, -INFINITY}; /* how long either side had somebody at risk */
    int64_t n = 0;

    for (int64_t i = 0; i < j->n; ++i) longest[j->group[i]] = fmax(longest[j->group[i]], j->time[i]);
    for (int64_t i = 0; i < j->n; ++i) n += j->event[i] && j->time[i] <= fmin(longest[0], longest[1]);
    return n;
}

static rml_status cut_at(judged *j, rml_validation_cut *cut)
{
    const rml_columns column = {j->n, j->n, 1, j->column};
    const rml_cox_settings settings = rml_cox_defaults();
    rml_surv sides = {0};
    rml_logrank test = {0};
    rml_cox fit = {0};
    rml_status status;

    if (isnan(cut->cut)) return RML_OK;
    for (int64_t i = 0; i < j->n; ++i) j->column[i] = j->group[i] = j->decision[i] > cut->cut;
    cut->n_compared = count_compared(j);
    status = rml_surv_init(j->time, j->event, j->group, j->n, &sides);
    for (int32_t s = 0; status == RML_OK && s < sides.n_strata; ++s) {
        const int32_t side = sides.stratum_label[s];

        status = rml_km_fit(&sides, s, RML_LIMITS_LOG, 0.95, &cut->km[side]);
        if (status == RML_OK) status = rml_km_quantile(&cut->km[side], 0.5, &cut->median[side]);
    }
    if (status == RML_OK && cut->n_compared >= RML_VALIDATION_COMPARED &&
        rml_logrank_test(&j->surv, j->group, 2, 0.0, &test) == RML_OK) {
        cut->logrank_chisq = test.chisq;
        cut->logrank_p = test.p;
    }
    if (status == RML_OK) status = memory_alone(rml_cox_fit(&j->surv, &column, NULL, NULL, &settings, &fit));
    if (status == RML_OK && fit.coefficient) {
        status = rml_cox_hazard_ratio(&fit, 0, 0.95, &cut->ratio);
        cut->end = fit.end;
    }
    rml_cox_free(&fit);
    rml_logrank_free(&test);
    rml_surv_free(&sides);
    return memory_alone(status);
}

/* 5. All of it ----------------------------------------------------------------------------------------------------- */

static void clear(rml_validation_time *out)
{
    const rml_hazard_ratio none = {NAN, NAN, NAN};

    *out = (rml_validation_time){.c = NAN,
                                 .c_se = NAN,
                                 .c_low = NAN,
                                 .c_high = NAN,
                                 .uno = NAN,
                                 .tau = NAN,
                                 .brier_mean = NAN,
                                 .brier_mean_no_model = NAN,
                                 .slope = none};
    for (int32_t t = 0; t < RML_VALIDATION_TIMES; ++t) {
        rml_validation_at *at = &out->at[t];

        *at = (rml_validation_at){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, {0}, {0}, {0}, {0}};
        for (int32_t k = 0; k < RML_VALIDATION_PARTS; ++k)
            at->part_predicted[k] = at->part_observed[k] = at->part_low[k] = at->part_high[k] = NAN;
    }
    for (int32_t c = 0; c < RML_VALIDATION_CUTS; ++c) {
        out->by_cut[c].cut = out->by_cut[c].logrank_chisq = out->by_cut[c].logrank_p = NAN;
        out->by_cut[c].ratio = none;
        out->by_cut[c].end = RML_COX_NO_TERM;
        for (int s = 0; s < 2; ++s) out->by_cut[c].median[s] = (rml_km_time){NAN, NAN, NAN};
    }
}

rml_status rml_validation_measure_time(const rml_fitted *fitted, const double *decision, const double *time,
                                       const uint8_t *event, int64_t n, const double *times, int32_t n_times,
                                       const double cut[RML_VALIDATION_CUTS], rml_validation_time *out)
{
    judged j = {.fitted = fitted, .decision = decision, .time = time, .event = event, .n = n};
    rml_status status;

    clear(out);
    out->n = n;
    out->n_times = n_times;
    for (int64_t i = 0; i < n; ++i) out->n_events += event[i];
    for (int32_t t = 0; t < n_times; ++t) out->at[t].time = times[t];
    for (int32_t c = 0; c < RML_VALIDATION_CUTS; ++c) out->by_cut[c].cut = cut[c];
    if (n == 0) return RML_OK;
    status = judged_init(&j);
    for (int32_t t = 0; status == RML_OK && t < n_times; ++t)
        if (rml_survival_is_followed(&j.surv, times[t])) out->tau = times[t];
    if (status == RML_OK) status = discriminate(&j, out);
    if (status == RML_OK) status = find_brier(&j, out);
    if (status == RML_OK) status = calibrate(&j, out);
    for (int32_t c = 0; status == RML_OK && c < RML_VALIDATION_CUTS; ++c) status = cut_at(&j, &out->by_cut[c]);
    judged_free(&j);
    if (status != RML_OK) rml_validation_time_free(out);
    return status;
}

void rml_validation_time_free(rml_validation_time *measured)
{
    if (!measured) return;
    for (int32_t c = 0; c < RML_VALIDATION_CUTS; ++c)
        for (int s = 0; s < 2; ++s) rml_km_free(&measured->by_cut[c].km[s]);
    memset(measured, 0, sizeof *measured);
}
