/* 1. Who is in which group
 * 2. Curves and tests
 * 3. All columns */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "jobs/survive.h"

/* 1. Who is in which group ----------------------------------------------------------------------------------------- */

typedef struct grouped { /* the patients who have a value */
    int32_t n;
    double *time, *value, *offset;
    uint8_t *event;
    int32_t *stratum, *group;
} grouped;

static void grouped_free(grouped *g)
{
    free(g->time);
    free(g->value);
    free(g->offset);
    free(g->event);
    free(g->stratum);
    free(g->group);
}

static rml_status grouped_init(const rml_survive *x, int32_t column, grouped *g)
{
    const rml_data *data = &x->dataset.data;
    const double *value = rml_column(&x->dataset.all, column);
    const int32_t *stratum = rml_survive_strata(x);
    const double *offset = rml_survive_offset(x);
    const size_t n = (size_t)data->n_rows + 1;

    *g = (grouped){0,
                   calloc(n, sizeof(double)),
                   calloc(n, sizeof(double)),
                   calloc(n, sizeof(double)),
                   calloc(n, 1),
                   calloc(n, sizeof(int32_t)),
                   calloc(n, sizeof(int32_t))};
    if (!g->time || !g->value || !g->offset || !g->event || !g->stratum || !g->group) return RML_ENOMEM;
    for (int32_t i = 0; i < data->n_rows; ++i) {
        if (isnan(value[i])) continue;
        g->time[g->n] = data->y[i];
        g->value[g->n] = value[i];
        g->offset[g->n] = offset ? offset[i] : 0.0;
        g->event[g->n] = data->event[i];
        g->stratum[g->n++] = stratum ? stratum[i] : 0;
    }
    return RML_OK;
}

static int upwards(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Low and high, with the cut in digits that part the same patients. sorted: [n], upwards */
static void name_sides(rml_survive_groups *out, const double *sorted, int32_t n)
{
    char cut[RML_SURVIVE_DIGITS];
    int32_t n_low = 0;

    while (n_low < n && sorted[n_low] <= out->cut) ++n_low;
    rml_survive_digits(out->cut, 4, sorted[n_low - 1], n_low < n ? sorted[n_low] : INFINITY, cut);
    snprintf(out->name[0].number, sizeof out->name[0].number, "low (<= %s)", cut);
    snprintf(out->name[1].number, sizeof out->name[1].number, "high (> %s)", cut);
}

/* Each value, of a few, or both sides of the median: values equal to it are low. RML_EEMPTY  nobody is above it */
static rml_status divide(const rml_survive *x, grouped *g, rml_survive_groups *out, int32_t *n_largest, rml_error *err)
{
    double level[RML_SURVIVE_LEVELS] = {0}, *sorted = calloc((size_t)g->n + 1, sizeof *sorted);

    if (!sorted) return rml_fail(err, RML_ENOMEM, "no memory for the groups");
    for (int32_t i = 0; i < g->n; ++i) sorted[i] = g->value[i];
    qsort(sorted, (size_t)g->n, sizeof *sorted, upwards);
    out->n = 0;
    for (int32_t i = 0; i < g->n && out->n <= RML_SURVIVE_LEVELS; ++i) {
        if (i > 0 && sorted[i] == sorted[i - 1]) continue;
        if (out->n < RML_SURVIVE_LEVELS) level[out->n] = sorted[i];
        ++out->n;
    }
    out->cut = NAN;
    if (out->n > RML_SURVIVE_LEVELS) {
        out->cut = 0.5 * (sorted[(g->n - 1) / 2] + sorted[g->n / 2]);
        out->n = sorted[g->n - 1] > out->cut ? 2 : 1; /* half of the values and more may be the largest */
        name_sides(out, sorted, g->n);
        if (out->n == 1) {
            for (int32_t i = 0; i < g->n; ++i) *n_largest += g->value[i] == sorted[g->n - 1];
            free(sorted);
            return RML_EEMPTY;
        }
    } else
        for (int32_t l = 0; l < out->n; ++l) out->name[l] = rml_survive_label_of(x, out->column, level[l]);
    for (int32_t i = 0; i < g->n; ++i) {
        g->group[i] = 0;
        if (!isnan(out->cut))
            g->group[i] = g->value[i] > out->cut;
        else
            while (level[g->group[i]] != g->value[i]) ++g->group[i];
    }
    free(sorted);
    if (out->n < 2)
        return rml_fail(err, RML_ESETTING,
                        "%s: survive: groups: %s makes one group of the %d patients who have a value; a column of two "
                        "values or more was expected",
                        x->study.path, x->dataset.feature[out->column], g->n);
    return RML_OK;
}

/* 2. Curves and tests ---------------------------------------------------------------------------------------------- */

static rml_status make_curves(const grouped *g, rml_km_limits limits, rml_survive_groups *out)
{
    rml_surv surv = {0};
    rml_status status = rml_surv_init(g->time, g->event, g->group, g->n, &surv);

    out->tau = INFINITY;
    for (int32_t k = 0; status == RML_OK && k < out->n; ++k) {
        status = rml_km_fit(&surv, k, limits, 0.95, &out->km[k]);
        if (status == RML_OK) status = rml_km_quantile(&out->km[k], 0.5, &out->median[k]);
        if (status == RML_OK) out->tau = fmin(out->tau, out->km[k].time[out->km[k].n_times - 1]);
    }
    for (int32_t k = 0; status == RML_OK && k < out->n; ++k)
        status = rml_km_restricted_mean(&out->km[k], out->tau, &out->rmean[k], &out->rmean_se[k]);
    rml_surv_free(&surv);
    return status;
}

/* The second of two groups against the first. */
static rml_status compare_two(const rml_survive *x, const grouped *g, const rml_surv *surv, rml_survive_groups *out)
{
    const rml_cox_settings settings = rml_survive_settings(&x->study);
    double *in_second = malloc(((size_t)g->n + 1) * sizeof *in_second);
    const rml_columns column = {g->n, g->n, 1, in_second};
    rml_cox fit = {0};
    rml_status status;

    if (!in_second) return RML_ENOMEM;
    for (int32_t i = 0; i < g->n; ++i) in_second[i] = g->group[i];
    status = rml_cox_fit(surv, &column, NULL, g->offset, &settings, &fit);
    if (fit.coefficient) {
        out->end = fit.end;
        status = rml_cox_hazard_ratio(&fit, 0, 0.95, &out->ratio);
    }
    rml_cox_free(&fit);
    free(in_second);
    return status;
}

static rml_status nothing_to_test(rml_status status)
{
    return status == RML_EEMPTY ? RML_OK : status; /* p stays NaN */
}

static rml_status make_tests(const rml_survive *x, const grouped *g, rml_survive_groups *out)
{
    double score[RML_SURVIVE_LEVELS];
    rml_surv surv = {0};
    rml_status status = rml_surv_init(g->time, g->event, g->stratum, g->n, &surv);

    out->within = rml_survive_is_within(x, out->column);
    out->trend_chisq = out->trend_p = NAN;
    out->ratio = (rml_hazard_ratio){NAN, NAN, NAN};
    for (int32_t k = 0; k < out->n; ++k) score[k] = k;
    if (status == RML_OK) status = nothing_to_test(rml_logrank_test(&surv, g->group, out->n, 0.0, &out->logrank));
    if (status == RML_OK) status = nothing_to_test(rml_logrank_test(&surv, g->group, out->n, 1.0, &out->peto));
    if (status == RML_OK && out->n > 2 && !rml_survive_is_category(x, out->column)) /* texts have no order */
        status = nothing_to_test(rml_logrank_trend(&out->logrank, score, &out->trend_chisq, &out->trend_p));
    if (status == RML_OK && out->n > 2)
        status = rml_logrank_pairwise(g->time, g->event, g->stratum, g->group, g->n, out->n, 0.0, out->pair_p,
                                      out->pair_p_bh);
    if (status == RML_OK && out->n == 2) status = compare_two(x, g, &surv, out);
    rml_surv_free(&surv);
    return status;
}

const char *rml_survive_no_test(const rml_survive_groups *groups)
{
    return groups->within ? "no test or ratio: within a stratum there is one group"
                          : "no test: nobody had the event, or nobody who could be compared";
}

/* 3. All columns --------------------------------------------------------------------------------------------------- */

/* Quarters of the longest follow-up, as round as a first digit makes them, unless the study says when. */
static rml_status choose_times(rml_survive *x, rml_error *err)
{
    const rml_survive_plan *plan = &x->study.survive;
    double last = 0.0, step;

    x->n_times = plan->n_times > 0 ? plan->n_times : 4;
    x->times = calloc((size_t)x->n_times, sizeof *x->times);
    if (!x->times) return rml_fail(err, RML_ENOMEM, "no memory for the times");
    for (int32_t i = 0; i < x->dataset.data.n_rows; ++i) last = fmax(last, x->dataset.data.y[i]);
    step = last > 0.0 ? pow(10.0, floor(log10(last / 4.0))) : 1.0;
    step *= floor(last / 4.0 / step);
    for (int32_t t = 0; t < x->n_times; ++t) x->times[t] = plan->n_times > 0 ? plan->times[t] : step * (t + 1);
    return RML_OK;
}

rml_status rml_survive_groups_make(rml_survive *x, rml_error *err)
{
    const rml_texts *names = &x->study.survive.groups;
    rml_status status = choose_times(x, err);

    x->groups = calloc((size_t)names->n + 1, sizeof *x->groups);
    x->undivided = calloc((size_t)names->n + 1, sizeof *x->undivided);
    if (status == RML_OK && (!x->groups || !x->undivided))
        status = rml_fail(err, RML_ENOMEM, "no memory for the groups");
    for (int32_t k = 0; status == RML_OK && k < names->n; ++k) {
        rml_survive_groups *out = x->groups + x->n_groups;
        int32_t n_largest = 0;
        grouped g = {0};

        status = rml_survive_column(x, "groups", names->text[k], &out->column, err);
        if (status != RML_OK) break;
        status = grouped_init(x, out->column, &g);
        out->n_missing = x->dataset.data.n_rows - g.n;
        if (status == RML_OK)
            status = divide(x, &g, out, &n_largest, err);
        else
            rml_fail(err, status, "no memory for the groups");
        if (status == RML_EEMPTY) { /* told, and the others are made all the same */
            x->undivided[x->n_undivided++] = (rml_survive_undivided){out->column, g.n, n_largest};
            *out = (rml_survive_groups){0};
            status = RML_OK;
        } else if (status == RML_OK) {
            ++x->n_groups;
            status = make_curves(&g, x->study.survive.limits, out);
            if (status == RML_OK) status = make_tests(x, &g, out);
            if (status != RML_OK)
                rml_fail(err, status, "%s: survive: groups: %s: %s", x->study.path, names->text[k],
                         rml_status_name(status));
        }
        grouped_free(&g);
    }
    return status;
}

void rml_survive_groups_free(rml_survive *x)
{
    for (int32_t k = 0; x->groups && k < x->n_groups; ++k) {
        for (int32_t l = 0; l < RML_SURVIVE_LEVELS; ++l) rml_km_free(&x->groups[k].km[l]);
        rml_logrank_free(&x->groups[k].logrank);
        rml_logrank_free(&x->groups[k].peto);
    }
    free(x->groups);
    free(x->undivided);
    free(x->times);
    x->groups = NULL;
    x->undivided = NULL;
    x->times = NULL;
}
