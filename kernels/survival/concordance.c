#include "kernels/survival/concordance.h"

#include <math.h>
#include <stdlib.h>

rml_concordance_settings rml_concordance_defaults(void)
{
    return (rml_concordance_settings){RML_PAIRS_EQUAL, {NULL, RML_IPCW_BEFORE}, INFINITY};
}

/* What the weights are made of; curves only where they are needed. */
typedef struct pair_weights {
    const rml_concordance_settings *settings;
    rml_km survival, censoring;
    rml_ipcw ipcw;
    double n;
} pair_weights;

static rml_status weights_init(pair_weights *w, const rml_surv *surv, const rml_concordance_settings *settings)
{
    const rml_pair_weight kind = settings->weight;
    rml_status status = RML_OK;

    *w = (pair_weights){.settings = settings, .ipcw = settings->ipcw, .n = (double)surv->n_rows};
    if (kind == RML_PAIRS_S || kind == RML_PAIRS_SG) status = rml_km_fit(surv, 0, RML_LIMITS_LOG, 0.95, &w->survival);
    if (status == RML_OK && (kind == RML_PAIRS_SG || (kind == RML_PAIRS_UNO && !settings->ipcw.censoring))) {
        status = rml_km_fit_censoring(surv, 0, &w->censoring);
        w->ipcw.censoring = &w->censoring;
    }
    return status;
}

static void weights_free(pair_weights *w)
{
    rml_km_free(&w->survival);
    rml_km_free(&w->censoring);
}

static double weight_at(const pair_weights *w, const rml_surv_moment *moment)
{
    const double at_risk = (double)(moment->end - moment->first);

    switch (w->settings->weight) {
    case RML_PAIRS_UNO: return rml_ipcw_of(&w->ipcw, moment->time) * rml_ipcw_of(&w->ipcw, moment->time);
    case RML_PAIRS_S: return w->n * rml_km_at(&w->survival, moment->time, true) / at_risk;
    case RML_PAIRS_SG:
        return w->n * rml_km_at(&w->survival, moment->time, true) /
               (rml_km_at(&w->censoring, moment->time, true) * at_risk);
    case RML_PAIRS_EQUAL: break;
    }
    return 1.0;
}

/* One row's part in the sums: its comparable pairs, and of them the better ones, ties half. */
typedef struct influence {
    double better, all;
} influence;

/* Events of a moment against all who were at risk without having theirs there. score: by place. */
static void count_moment(const rml_surv_moment *moment, const double *score, double weight, influence *part,
                         rml_concordance *out)
{
    for (int64_t i = moment->first_event; i < moment->end; ++i) {
        int64_t lower = 0, equal = 0;

        for (int64_t j = moment->first; j < moment->first_event; ++j) {
            const int below = score[j] < score[i], same = score[j] == score[i];

            lower += below;
            equal += same;
            part[j].better += weight * (below + 0.5 * same);
            part[j].all += weight;
        }
        out->concordant += weight * (double)lower;
        out->tied_score += weight * (double)equal;
        out->discordant += weight * (double)(moment->first_event - moment->first - lower - equal);
        part[i].better += weight * ((double)lower + 0.5 * (double)equal);
        part[i].all += weight * (double)(moment->first_event - moment->first);
        for (int64_t j = i + 1; j < moment->end; ++j) {
            if (score[j] == score[i])
                out->tied_both += weight;
            else
                out->tied_time += weight;
        }
    }
}

rml_status rml_concordance_measure(const rml_surv *surv, const double *score, const rml_concordance_settings *settings,
                                   rml_concordance *out)
{
    double *by_place = NULL, all, variance = 0.0;
    influence *part = NULL;
    pair_weights weights = {0};
    rml_status status = RML_OK;

    *out = (rml_concordance){NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    if (isnan(settings->tau) || (settings->weight != RML_PAIRS_EQUAL && surv->n_strata > 1)) return RML_EINVAL;
    for (int64_t i = 0; i < surv->n_rows; ++i)
        if (isnan(score[i])) return RML_EVALUE;
    by_place = malloc((size_t)surv->n_rows * sizeof *by_place);
    part = calloc((size_t)surv->n_rows, sizeof *part);
    status = by_place && part ? weights_init(&weights, surv, settings) : RML_ENOMEM;
    if (status != RML_OK) goto done;
    for (int64_t i = 0; i < surv->n_rows; ++i) by_place[i] = score[surv->row[i]];
    *out = (rml_concordance){.c = NAN, .se = NAN};
    for (int64_t m = 0; m < surv->n_moments; ++m) {
        double weight;

        if (surv->moment[m].time >= settings->tau) continue;
        weight = weight_at(&weights, surv->moment + m);
        if (!isfinite(weight)) {
            *out = (rml_concordance){NAN, NAN, NAN, NAN, NAN, NAN, NAN};
            status = RML_EVALUE;
            goto done;
        }
        count_moment(surv->moment + m, by_place, weight, part, out);
    }
    all = out->concordant + out->discordant + out->tied_score;
    if (!(all > 0.0)) {
        status = RML_EEMPTY;
        goto done;
    }
    out->c = (out->concordant + 0.5 * out->tied_score) / all;
    for (int64_t i = 0; i < surv->n_rows; ++i) {
        const double effect = (part[i].better - out->c * part[i].all) / all;

        variance += effect * effect;
    }
    out->se = sqrt(variance);
done:
    weights_free(&weights);
    free(by_place);
    free(part);
    return status;
}
