#include "kernels/survival/concordance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/stats/rank.h"

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

/* Pairs that all count 1 are whole and half numbers, whose sums are exact in any order: there a tree of how many rows
 * have a score of each rank (Fenwick's) counts in n log n what the loop above counts one by one, to the same bits. */
typedef struct tree {
    int64_t n_ranks;
    int64_t *at;    /* [n_ranks + 1] sums over ranges of ranks */
    int64_t *tied;  /* [n_ranks + 1] of the moment at hand */
    int64_t *rank;  /* [n_rows] by place, from 1; equal scores have one */
    int64_t n_rows; /* that are in */
} tree;

static void tree_free(tree *t)
{
    free(t->at);
    free(t->tied);
    free(t->rank);
}

static rml_status tree_init(tree *t, const double *score, int64_t n)
{
    rml_ranked *items = malloc((2 * (size_t)n + 1) * sizeof *items);
    rml_status status;

    *t = (tree){.at = calloc((size_t)n + 2, sizeof *t->at),
                .tied = calloc((size_t)n + 2, sizeof *t->tied),
                .rank = malloc(((size_t)n + 1) * sizeof *t->rank)};
    status = items && t->at && t->tied && t->rank ? rml_rank_sort(score, n, items) : RML_ENOMEM;
    for (int64_t k = 0; status == RML_OK && k < n; ++k) {
        t->n_ranks += k == 0 || items[k].value != items[k - 1].value;
        t->rank[items[k].row] = t->n_ranks;
    }
    free(items);
    return status;
}

static void tree_clear(tree *t)
{
    memset(t->at, 0, (size_t)(t->n_ranks + 1) * sizeof *t->at);
    t->n_rows = 0;
}

static void tree_add(tree *t, int64_t rank)
{
    for (++t->n_rows; rank <= t->n_ranks; rank += rank & -rank) ++t->at[rank];
}

/* How many rows of at most a rank are in. */
static int64_t tree_until(const tree *t, int64_t rank)
{
    int64_t n = 0;

    for (; rank > 0; rank -= rank & -rank) n += t->at[rank];
    return n;
}

/* A stratum's events against who was at risk then: moments [from, to), the latest first. */
static void count_events(const rml_surv *surv, int64_t from, int64_t to, double tau, tree *t, influence *part,
                         rml_concordance *out)
{
    int64_t next = surv->moment[from].first;

    tree_clear(t);
    for (int64_t m = from; m < to; ++m) {
        const rml_surv_moment *moment = surv->moment + m;

        for (; next < moment->first_event; ++next) tree_add(t, t->rank[next]);
        for (int64_t i = moment->first_event; i < moment->end && moment->time < tau; ++i) {
            const int64_t lower = tree_until(t, t->rank[i] - 1), equal = tree_until(t, t->rank[i]) - lower;

            out->concordant += (double)lower;
            out->tied_score += (double)equal;
            out->discordant += (double)(t->n_rows - lower - equal);
            out->tied_both += (double)t->tied[t->rank[i]];
            out->tied_time += (double)(i - moment->first_event - t->tied[t->rank[i]]++);
            part[i].better += (double)lower + 0.5 * (double)equal;
            part[i].all += (double)t->n_rows;
        }
        for (int64_t i = moment->first_event; i < moment->end; ++i) t->tied[t->rank[i]] = 0;
    }
}

/* The same pairs from the other side: a stratum's rows against the events before their time. */
static void count_others(const rml_surv *surv, int64_t from, int64_t to, double tau, tree *t, influence *part)
{
    tree_clear(t);
    for (int64_t m = to; m-- > from;) {
        const rml_surv_moment *moment = surv->moment + m;

        for (int step = 0; step < 2; ++step) { /* its events, then those who were free of it */
            const int64_t first = step == 0 ? moment->first_event : moment->start,
                          end = step == 0 ? moment->end : moment->first_event;

            for (int64_t j = first; j < end; ++j) {
                const int64_t up_to = tree_until(t, t->rank[j]), equal = up_to - tree_until(t, t->rank[j] - 1);

                part[j].better += (double)(t->n_rows - up_to) + 0.5 * (double)equal;
                part[j].all += (double)t->n_rows;
            }
            for (int64_t i = first; step == 0 && i < end && moment->time < tau; ++i) tree_add(t, t->rank[i]);
        }
    }
}

static rml_status count_equal(const rml_surv *surv, const double *score, double tau, influence *part,
                              rml_concordance *out)
{
    tree t;
    rml_status status = tree_init(&t, score, surv->n_rows);

    for (int64_t from = 0, to; status == RML_OK && from < surv->n_moments; from = to) {
        for (to = from; to < surv->n_moments && surv->moment[to].first == surv->moment[from].first;) ++to;
        count_events(surv, from, to, tau, &t, part, out);
        count_others(surv, from, to, tau, &t, part);
    }
    tree_free(&t);
    return status;
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
    if (settings->weight == RML_PAIRS_EQUAL) status = count_equal(surv, by_place, settings->tau, part, out);
    if (status != RML_OK) goto done;
    for (int64_t m = 0; settings->weight != RML_PAIRS_EQUAL && m < surv->n_moments; ++m) {
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
