/* The time to the event in each cluster: of the training patients, and of the independent ones. */
#include <math.h>
#include <stdlib.h>

#include "jobs/groups.h"

typedef struct followed { /* patients of one part with a cluster and an outcome */
    int64_t n;
    double *time;
    uint8_t *event;
    int32_t *cluster; /* numbered anew: those without patients are left out */
    int32_t n_there, there[RML_CLUSTERS_MOST];
} followed;

typedef struct places { /* of the columns that make an outcome */
    rml_place time, event, landmark;
} places;

static rml_status find(const rml_groups *x, places *at, rml_error *err)
{
    const rml_study *s = &x->study;
    rml_status status = rml_build_column(&x->build, s->outcome_column, "outcome", &at->time, err);

    if (status == RML_OK) status = rml_build_column(&x->build, s->event_column, "outcome", &at->event, err);
    if (status == RML_OK && s->landmark && isnan(s->landmark_time))
        status = rml_build_column(&x->build, s->landmark, "landmark", &at->landmark, err);
    return status;
}

/* Why a patient has no time. */
static void count_lost(const rml_groups *x, int32_t p, const places *at, rml_groups_lost *lost)
{
    const rml_study *s = &x->study;

    if (rml_text_missing(rml_build_cell(&x->build, p, &at->time)) ||
        rml_text_missing(rml_build_cell(&x->build, p, &at->event)))
        ++lost->without_outcome;
    else if (s->landmark && isnan(s->landmark_time) && rml_text_missing(rml_build_cell(&x->build, p, &at->landmark)))
        ++lost->landmark_unknown;
    else
        ++lost->before_landmark;
}

static rml_status list(const rml_groups *x, int32_t part, const places *at, followed *f, rml_groups_lost *lost)
{
    const int32_t n = x->build.n_patients, k = x->division[x->chosen].k;
    int32_t size[RML_CLUSTERS_MOST] = {0}, number[RML_CLUSTERS_MOST];

    *f = (followed){.time = malloc(((size_t)n + 1) * sizeof *f->time),
                    .event = malloc((size_t)n + 1),
                    .cluster = malloc(((size_t)n + 1) * sizeof *f->cluster)};
    if (!f->time || !f->event || !f->cluster) return RML_ENOMEM;
    for (int32_t p = 0; p < n; ++p) {
        if (x->cluster[p] < 0 || x->train[p] != (part == 0)) continue;
        if (isnan(x->build.y[p])) {
            count_lost(x, p, at, lost + x->cluster[p]);
            continue;
        }
        f->time[f->n] = x->build.y[p];
        f->event[f->n] = x->build.event[p];
        f->cluster[f->n++] = x->cluster[p];
        ++size[x->cluster[p]];
    }
    for (int32_t c = 0; c < k; ++c) {
        number[c] = f->n_there;
        if (size[c] > 0) f->there[f->n_there++] = c;
    }
    for (int64_t i = 0; i < f->n; ++i) f->cluster[i] = number[f->cluster[i]];
    return RML_OK;
}

static rml_status follow_part(const followed *f, rml_groups_curves *out)
{
    double p[RML_CLUSTERS_MOST * RML_CLUSTERS_MOST], bh[RML_CLUSTERS_MOST * RML_CLUSTERS_MOST];
    rml_surv surv = {0}, pooled = {0};
    rml_status status = rml_surv_init(f->time, f->event, f->cluster, f->n, &surv);

    for (int32_t g = 0; status == RML_OK && g < f->n_there; ++g) {
        rml_km *km = &out->km[f->there[g]];

        out->there[f->there[g]] = true;
        status = rml_km_fit(&surv, g, RML_LIMITS_LOG, 0.95, km);
        if (status == RML_OK) status = rml_km_quantile(km, 0.5, &out->median[f->there[g]]);
    }
    if (status == RML_OK && f->n_there > 1) {
        status = rml_surv_init(f->time, f->event, NULL, f->n, &pooled);
        if (status == RML_OK) status = rml_logrank_test(&pooled, f->cluster, f->n_there, 0.0, &out->logrank);
        if (status == RML_EEMPTY) status = RML_OK; /* no event: no test, p stays NaN */
    } else
        out->logrank.chisq = out->logrank.p = NAN;
    if (status == RML_OK && f->n_there > 2) {
        status = rml_logrank_pairwise(f->time, f->event, NULL, f->cluster, f->n, f->n_there, 0.0, p, bh);
        for (int32_t a = 0; status == RML_OK && a < f->n_there; ++a)
            for (int32_t b = 0; b < f->n_there; ++b) {
                const int32_t at = f->there[a] * RML_CLUSTERS_MOST + f->there[b];

                out->pair_p[at] = p[a * f->n_there + b];
                out->pair_p_bh[at] = bh[a * f->n_there + b];
            }
    }
    rml_surv_free(&surv);
    rml_surv_free(&pooled);
    return status;
}

rml_status rml_groups_follow(rml_groups *x, rml_error *err)
{
    places at = {0};
    rml_status status = find(x, &at, err);

    if (status != RML_OK) return status;
    for (int32_t part = 0; status == RML_OK && part < RML_GROUPS_PARTS; ++part) {
        rml_groups_curves *out = x->curves + part;
        followed f = {0};

        for (int32_t k = 0; k < RML_CLUSTERS_MOST * RML_CLUSTERS_MOST; ++k) out->pair_p[k] = out->pair_p_bh[k] = NAN;
        status = list(x, part, &at, &f, out->lost);
        if (status == RML_OK && f.n > 0)
            status = follow_part(&f, out);
        else
            out->logrank.chisq = out->logrank.p = NAN;
        free(f.time);
        free(f.event);
        free(f.cluster);
        if (status != RML_OK)
            rml_fail(err, status, "%s: clusters: time to the event: %s", x->study.path, rml_status_name(status));
    }
    return status;
}

bool rml_groups_few(const rml_groups *x, int32_t part, int32_t cluster)
{
    const rml_groups_curves *v = x->curves + part;
    int64_t n = 0;

    for (int32_t c = 0; c < RML_CLUSTERS_MOST; ++c) n += v->there[c] ? v->km[c].n_rows : 0;
    return v->there[cluster] && v->km[cluster].n_rows < rml_groups_least(x, (int32_t)n);
}
