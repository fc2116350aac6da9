/* 1. One test   2. Trend   3. Pairs */
#include "kernels/survival/logrank.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/stats/adjust.h"
#include "kernels/stats/distribution.h"
#include "kernels/survival/solve.h"

#define SINGULAR 1e-12

/* 1. One test */

static rml_status lay_out(rml_logrank *test, int32_t n_groups)
{
    const size_t k = (size_t)n_groups;
    const size_t n_doubles = k * k + 2 * k;

    test->memory = calloc(n_doubles * sizeof(double) + k * sizeof(int64_t), 1);
    if (!test->memory) return RML_ENOMEM;
    test->variance = test->memory;
    test->observed = test->variance + k * k;
    test->expected = test->observed + k;
    test->n = (int64_t *)(test->expected + k);
    test->n_groups = n_groups;
    return RML_OK;
}

/* S(t-) of a stratum's pooled curve at its moments, which stand with the latest time first. */
static void pooled_curve(const rml_surv *surv, double *before)
{
    double s = 1.0;

    for (int64_t m = surv->n_moments - 1; m >= 0; --m) {
        const rml_surv_moment *moment = surv->moment + m;
        const double n = (double)(moment->end - moment->first), d = (double)(moment->end - moment->first_event);

        if (m == surv->n_moments - 1 || moment[1].first != moment->first) s = 1.0;
        before[m] = s;
        s *= (n - d) / n;
    }
}

/* One moment's events against what each group's share of the risk set lets expect. at_risk: how many of each group. */
static void add_moment(rml_logrank *test, const rml_surv_moment *moment, const double *at_risk, double weight)
{
    const int32_t k = test->n_groups;
    const double n = (double)(moment->end - moment->first), d = (double)(moment->end - moment->first_event);
    const double ties = n > 1.0 ? (n - d) / (n - 1.0) : 0.0;

    for (int32_t g = 0; g < k; ++g) {
        const double share = at_risk[g] / n;

        test->expected[g] += weight * d * share;
        for (int32_t h = 0; h < k; ++h)
            test->variance[g * k + h] += weight * weight * d * ties * share * ((g == h ? 1.0 : 0.0) - at_risk[h] / n);
    }
}

/* (O - E)' V^-1 (O - E) over the groups ever at risk at an event but the first of them, which the others determine.
 * Groups that strata keep apart (one that is all of a stratum, say) leave V without full rank: what can be compared is.
 */
static rml_status quadratic(rml_logrank *test, double *work)
{
    const int32_t k = test->n_groups;
    double *v = work, *u = work + (int64_t)k * k;
    int32_t n = 0, first = 0;

    while (first < k && !(test->expected[first] > 0.0)) ++first;
    for (int32_t g = first + 1; g < k; ++g) {
        if (!(test->expected[g] > 0.0)) continue;
        u[n++] = test->observed[g] - test->expected[g];
    }
    if (n < 1) return RML_EEMPTY;
    for (int32_t g = first + 1, row = 0; g < k; ++g) {
        int32_t column = 0;

        if (!(test->expected[g] > 0.0)) continue;
        for (int32_t h = first + 1; h < k; ++h)
            if (test->expected[h] > 0.0) v[(int64_t)row * n + column++] = test->variance[g * k + h];
        ++row;
    }
    test->df = rml_solve_factor(v, n, SINGULAR);
    if (test->df < 1) return RML_EEMPTY; /* at each event's time only one group was at risk */
    test->chisq = rml_solve_quadratic(v, n, u);
    test->p = rml_chisq_upper(test->chisq, test->df);
    return RML_OK;
}

rml_status rml_logrank_test(const rml_surv *surv, const int32_t *group, int32_t n_groups, double rho, rml_logrank *test)
{
    double *before = NULL, *at_risk = NULL, *work = NULL;
    rml_status status = RML_OK;

    *test = (rml_logrank){.chisq = NAN, .p = NAN};
    if (n_groups < 1 || !isfinite(rho) || rho < 0.0) return RML_EINVAL;
    for (int64_t i = 0; i < surv->n_rows; ++i)
        if (group[i] < 0 || group[i] >= n_groups) return RML_EVALUE;
    before = calloc((size_t)surv->n_moments + 1, sizeof *before);
    at_risk = calloc((size_t)n_groups, sizeof *at_risk);
    work = malloc((size_t)n_groups * ((size_t)n_groups + 2) * sizeof *work);
    status = before && at_risk && work ? lay_out(test, n_groups) : RML_ENOMEM;
    if (status != RML_OK) goto done;
    for (int64_t i = 0; i < surv->n_rows; ++i) ++test->n[group[i]];
    pooled_curve(surv, before);
    for (int64_t m = 0; m < surv->n_moments; ++m) {
        const rml_surv_moment *moment = surv->moment + m;
        const double weight = rho == 0.0 ? 1.0 : pow(before[m], rho);

        if (moment->start == moment->first) memset(at_risk, 0, (size_t)n_groups * sizeof *at_risk);
        for (int64_t i = moment->start; i < moment->end; ++i) at_risk[group[surv->row[i]]] += 1.0;
        for (int64_t i = moment->first_event; i < moment->end; ++i) test->observed[group[surv->row[i]]] += weight;
        add_moment(test, moment, at_risk, weight);
    }
    status = surv->n_moments > 0 ? quadratic(test, work) : RML_EEMPTY;
done:
    free(before);
    free(at_risk);
    free(work);
    return status;
}

void rml_logrank_free(rml_logrank *test)
{
    if (!test) return;
    free(test->memory);
    *test = (rml_logrank){0};
}

/* 2. Trend */

rml_status rml_logrank_trend(const rml_logrank *test, const double *score, double *chisq, double *p)
{
    const int32_t k = test->n_groups;
    double sum = 0.0, variance = 0.0, scale = 0.0;

    *chisq = *p = NAN;
    for (int32_t g = 0; g < k; ++g) {
        sum += score[g] * (test->observed[g] - test->expected[g]);
        for (int32_t h = 0; h < k; ++h) {
            variance += score[g] * score[h] * test->variance[g * k + h];
            scale += fabs(score[g] * score[h] * test->variance[g * k + h]);
        }
    }
    if (!(variance > SINGULAR * scale)) return RML_EEMPTY;
    *chisq = sum * sum / variance;
    *p = rml_chisq_upper(*chisq, 1.0);
    return RML_OK;
}

/* 3. Pairs */

typedef struct pair_rows {
    double *time;
    uint8_t *event;
    int32_t *stratum, *group;
} pair_rows;

static rml_status one_pair(const double *time, const uint8_t *event, const int32_t *stratum, const int32_t *group,
                           int64_t n, const int32_t pair[2], double rho, const pair_rows *rows, double *p)
{
    int64_t n_kept = 0;
    rml_logrank test = {0};
    rml_surv surv = {0};
    rml_status status;

    *p = NAN;
    for (int64_t i = 0; i < n; ++i) {
        if (group[i] != pair[0] && group[i] != pair[1]) continue;
        rows->time[n_kept] = time[i];
        rows->event[n_kept] = event[i];
        rows->stratum[n_kept] = stratum ? stratum[i] : 0;
        rows->group[n_kept++] = group[i] == pair[1];
    }
    status = rml_surv_init(rows->time, rows->event, rows->stratum, n_kept, &surv);
    if (status == RML_OK) status = rml_logrank_test(&surv, rows->group, 2, rho, &test);
    if (status == RML_OK) *p = test.p;
    rml_logrank_free(&test);
    rml_surv_free(&surv);
    return status == RML_EEMPTY ? RML_OK : status;
}

/* Corrects the upper triangle's p and mirrors both. list and adjusted hold one value a pair. */
static rml_status finish_pairs(int32_t k, double *p, double *p_adjusted, double *list, double *adjusted)
{
    int64_t n = 0;
    rml_status status;

    for (int32_t a = 0; a < k; ++a)
        for (int32_t b = a + 1; b < k; ++b) list[n++] = p[(int64_t)a * k + b];
    status = rml_adjust(list, n, RML_ADJUST_BH, adjusted);
    if (status != RML_OK) return status;
    n = 0;
    for (int32_t a = 0; a < k; ++a)
        for (int32_t b = a + 1; b < k; ++b) {
            p[(int64_t)b * k + a] = p[(int64_t)a * k + b];
            p_adjusted[(int64_t)a * k + b] = p_adjusted[(int64_t)b * k + a] = adjusted[n++];
        }
    return RML_OK;
}

rml_status rml_logrank_pairwise(const double *time, const uint8_t *event, const int32_t *stratum, const int32_t *group,
                                int64_t n, int32_t n_groups, double rho, double *p, double *p_adjusted)
{
    const int64_t k = n_groups;
    const size_t rows = (size_t)(n > 0 ? n : 1);
    pair_rows kept = {calloc(rows, sizeof *kept.time), calloc(rows, 1), calloc(rows, sizeof *kept.stratum),
                      calloc(rows, sizeof *kept.group)};
    double *list = calloc((size_t)(k * k) + 1, 2 * sizeof *list);
    rml_status status = kept.time && kept.event && kept.stratum && kept.group && list ? RML_OK : RML_ENOMEM;

    for (int64_t c = 0; c < k * k; ++c) p[c] = p_adjusted[c] = NAN;
    for (int32_t a = 0; status == RML_OK && a < k; ++a)
        for (int32_t b = a + 1; status == RML_OK && b < k; ++b) {
            const int32_t pair[2] = {a, b};

            status = one_pair(time, event, stratum, group, n, pair, rho, &kept, p + a * k + b);
        }
    if (status == RML_OK && k > 1) status = finish_pairs(n_groups, p, p_adjusted, list, list + k * k);
    free(kept.time);
    free(kept.event);
    free(kept.stratum);
    free(kept.group);
    free(list);
    return status;
}
