/* The model with each term twice, x and x g(t), is taken at (coefficients, 0): there the score of the first half is 0,
 * and the second half's is tested with the information of both. A shift or scale of g changes nothing but rounding, so
 * that it is centred and scaled. */
#include "kernels/survival/cox_zph.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/stats/distribution.h"
#include "kernels/stats/rank.h"
#include "kernels/survival/cox_sums.h"
#include "kernels/survival/km.h"
#include "kernels/survival/solve.h"

#define NOTHING_LEFT 1e-10 /* of a term's information beside the others' */

/* The curve of all rows whatever their stratum. */
static rml_status pooled_km(const rml_surv *surv, rml_km *km)
{
    rml_surv all = {0};
    rml_status status = rml_surv_init(surv->time, surv->event, NULL, surv->n_rows, &all);

    if (status == RML_OK) status = rml_km_fit(&all, 0, RML_LIMITS_LOG, 0.95, km);
    rml_surv_free(&all);
    return status;
}

static rml_status by_km(const rml_surv *surv, double *g)
{
    rml_km km = {0};
    const rml_status status = pooled_km(surv, &km);

    for (int64_t m = 0; status == RML_OK && m < surv->n_moments; ++m)
        g[m] = 1.0 - rml_km_at(&km, surv->moment[m].time, true);
    rml_km_free(&km);
    return status;
}

static rml_status by_rank(const rml_surv *surv, double *g)
{
    const size_t n = (size_t)surv->n_rows;
    double *rank = malloc(n * sizeof *rank);
    rml_ranked *items = malloc(2 * n * sizeof *items);
    rml_status status = rank && items ? RML_OK : RML_ENOMEM;

    if (status == RML_OK) status = rml_rank_middle(surv->time, surv->n_rows, items, rank, NULL);
    for (int64_t m = 0; status == RML_OK && m < surv->n_moments; ++m) g[m] = rank[surv->moment[m].first_event];
    free(rank);
    free(items);
    return status;
}

static rml_status time_function(const rml_surv *surv, rml_zph_time kind, double *g)
{
    double mean = 0.0, most = 0.0;
    rml_status status = RML_OK;

    if (kind == RML_ZPH_KM) status = by_km(surv, g);
    if (kind == RML_ZPH_RANK) status = by_rank(surv, g);
    if (status != RML_OK) return status;
    for (int64_t m = 0; m < surv->n_moments; ++m) {
        if (kind == RML_ZPH_IDENTITY) g[m] = surv->moment[m].time;
        if (kind == RML_ZPH_LOG) g[m] = log(surv->moment[m].time);
        if (!isfinite(g[m])) return RML_EVALUE;
        mean += g[m] / (double)surv->n_moments;
    }
    for (int64_t m = 0; m < surv->n_moments; ++m) most = fmax(most, fabs(g[m] - mean));
    if (!(most > 1e-12 * fabs(mean))) return RML_EEMPTY;
    for (int64_t m = 0; m < surv->n_moments; ++m) g[m] = (g[m] - mean) / most;
    return RML_OK;
}

/* The terms that count, n of them, and of the second half those in late: information of all in v, [n + n_late]^2. */
static double score_test(const rml_cox_sums *sums, const int32_t *term, int32_t n, const int32_t *late, int32_t n_late,
                         double *v, double *u, int32_t *df)
{
    const int64_t k = sums->n_terms, size = n + n_late;

    for (int64_t a = 0; a < n; ++a) {
        for (int64_t b = 0; b <= a; ++b) v[a * size + b] = sums->information[term[a] * k + term[b]];
        u[a] = 0.0;
    }
    for (int64_t a = 0; a < n_late; ++a) {
        double *row = v + (n + a) * size;

        for (int64_t b = 0; b < n; ++b) {
            const int64_t low = late[a] < term[b] ? late[a] : term[b], high = late[a] < term[b] ? term[b] : late[a];

            row[b] = sums->cross[high * k + low];
        }
        for (int64_t b = 0; b <= a; ++b) row[n + b] = sums->square[late[a] * k + late[b]];
        u[n + a] = sums->score_time[late[a]];
    }
    *df = rml_solve_factor(v, (int32_t)size, NOTHING_LEFT) - n;
    return *df > 0 ? rml_solve_quadratic(v, (int32_t)size, u) : NAN;
}

rml_status rml_cox_zph(const rml_cox *fit, const rml_surv *surv, const rml_columns *columns, const double *weight,
                       const double *offset, rml_ties ties, rml_zph_time time, double *chisq, double *p,
                       rml_zph_global *global)
{
    const size_t k = (size_t)fit->n_terms;
    rml_cox_sums sums = {0};
    double *memory = NULL, *at, *g, *u, *v;
    int32_t *term = NULL, n = 0, df;
    rml_status status;

    *global = (rml_zph_global){NAN, NAN, 0};
    for (size_t j = 0; j < k; ++j) chisq[j] = p[j] = NAN;
    if (!fit->coefficient || fit->n_rows != surv->n_rows || columns->n_columns != fit->n_terms) return RML_EINVAL;
    if (fit->rank < 1 || fit->end != RML_COX_CONVERGED) return RML_EVALUE;
    status = rml_cox_sums_init(surv, columns, weight, offset, ties, &sums);
    if (status != RML_OK) return status;
    memory = calloc(3 * k + 4 * k * k + (size_t)surv->n_moments, sizeof *memory);
    term = malloc(k * sizeof *term);
    status = memory && term ? RML_OK : RML_ENOMEM;
    if (status != RML_OK) goto done;
    at = memory;
    u = at + k;
    v = u + 2 * k;
    g = v + 4 * k * k;
    status = time_function(surv, time, g);
    if (status != RML_OK) goto done;
    for (int32_t j = 0; j < fit->n_terms; ++j) {
        at[j] = isnan(fit->coefficient[j]) ? 0.0 : fit->coefficient[j] * sums.scale[j];
        if (!isnan(fit->coefficient[j])) term[n++] = j;
    }
    sums.time_value = g;
    rml_cox_sums_at(&sums, at);
    for (int32_t a = 0; a < n; ++a) {
        chisq[term[a]] = score_test(&sums, term, n, term + a, 1, v, u, &df);
        p[term[a]] = rml_chisq_upper(chisq[term[a]], 1.0);
        if (df < 1) status = RML_EEMPTY;
    }
    global->chisq = score_test(&sums, term, n, term, n, v, u, &df);
    global->df = df;
    global->p = df > 0 ? rml_chisq_upper(global->chisq, df) : NAN;
    if (df < n) status = RML_EEMPTY;
done:
    free(memory);
    free(term);
    rml_cox_sums_free(&sums);
    return status;
}
