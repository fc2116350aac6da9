/* 1. The likelihood, as glmnet reckons it   2. Scratch   3. Passes   4. One lambda */
#include "kernels/models/descent_glmnet.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/models/descent_work.h"

/* 1. The likelihood, as glmnet reckons it
 *
 * Risks are not taken from the largest, as descent_cox does: what underflows here must do so where it does there. With
 * the words of descent_cox.c, residual_i = w_i event_i - e_i h_i and the diagonal is e_i (h_i - e_i sum of d_m /
 * R_m^2). */

/* False where a row at risk has no curvature left, by rounding: a hazard that is beyond all others. */
static bool evaluate(rml_descent_glmnet *g, rml_descent *d)
{
    const double most = log(0.1 * DBL_MAX);
    const rml_surv *surv = d->surv;
    double *at_risk = d->cox.at_risk, sum = 0.0, hazard = 0.0, squares = 0.0;
    bool curved = true;
    int64_t i = 0;

    d->value = 0.0;
    for (int64_t m = 0; m < surv->n_moments; ++m) {
        const rml_surv_moment *moment = &surv->moment[m];

        for (; i < moment->end; ++i) {
            g->risk[i] = d->w[i] * exp(fmin(fmax(d->eta[i], -most), most));
            sum += g->risk[i];
        }
        at_risk[m] = sum;
        if (!(d->cox.died[m] > 0.0)) continue; /* events without weight */
        d->value += d->cox.died[m] * log(sum);
        for (int64_t k = moment->first_event; k < moment->end; ++k) d->value -= d->w[k] * d->eta[k];
    }
    for (; i < d->n; ++i) g->residual[i] = g->diagonal[i] = 0.0; /* gone before the first event */
    for (int64_t m = surv->n_moments - 1; m >= 0; --m) {
        const rml_surv_moment *moment = &surv->moment[m];

        if (d->cox.died[m] > 0.0) {
            hazard += d->cox.died[m] / at_risk[m];
            squares += d->cox.died[m] / (at_risk[m] * at_risk[m]);
        }
        for (int64_t k = moment->end - 1; k >= moment->start; --k) {
            g->diagonal[k] = g->risk[k] * (hazard - g->risk[k] * squares);
            g->residual[k] = (k >= moment->first_event ? d->w[k] : 0.0) - g->risk[k] * hazard;
            curved &= g->diagonal[k] > 0.0 || d->w[k] == 0.0 || hazard == 0.0;
        }
    }
    return curved;
}

/* 2. Scratch */

void rml_descent_glmnet_free(rml_descent_glmnet *g)
{
    if (!g) return;
    free(g->memory);
    g->memory = NULL;
}

rml_status rml_descent_glmnet_init(rml_descent *d, int64_t most_passes, rml_descent_glmnet *g)
{
    const size_t n = (size_t)d->n, p = (size_t)d->n_columns;
    double *at = calloc(3 * n + 4 * p + 1, sizeof *at);

    *g = (rml_descent_glmnet){.most_passes = most_passes, .memory = at};
    if (!at) return RML_ENOMEM;
    g->residual = at, at += n;
    g->diagonal = at, at += n;
    g->risk = at, at += n;
    g->size = at, at += p;
    g->old = at, at += p;
    g->moved = (int32_t *)(void *)at, at += p;
    g->is_looked_at = (uint8_t *)at;
    g->has_moved = g->is_looked_at + p;
    if (evaluate(g, d)) return RML_OK;
    rml_descent_glmnet_free(g);
    return RML_EVALUE;
}

/* 3. Passes */

/* Minimises the quadratic over coefficient j; what that lowers it by, but for a factor. */
static double step(rml_descent_glmnet *g, rml_descent *d, int32_t j, double l1, double l2)
{
    const double *x = rml_descent_column(d, j);
    const double slope = d->b[j] * g->size[j] + rml_descent_dot(g->residual, x, d->n);
    const double to = fabs(slope) > l1 ? copysign(fabs(slope) - l1, slope) / (g->size[j] + l2) : 0.0;
    const double by = to - d->b[j];

    if (by == 0.0) return 0.0;
    d->b[j] = to;
    for (int64_t i = 0; i < d->n; ++i) g->residual[i] -= by * g->diagonal[i] * x[i];
    rml_descent_add(d->eta, by, x, d->n);
    if (!g->has_moved[j]) {
        g->has_moved[j] = 1;
        g->moved[g->n_moved++] = j;
    }
    return g->size[j] * by * by;
}

/* Passes over all that are looked at, and between two of them passes over those that ever moved. False: too many. */
static bool minimise_quadratic(rml_descent_glmnet *g, rml_descent *d, double least, double l1, double l2)
{
    for (;;) {
        double largest = 0.0;

        ++g->n_passes;
        for (int32_t j = 0; j < d->n_columns; ++j)
            if (g->is_looked_at[j]) largest = fmax(largest, step(g, d, j, l1, l2));
        if (largest < least) return true;
        do {
            if (++g->n_passes > g->most_passes) return false; /* the one before was the last, and did not end it */
            largest = 0.0;
            for (int32_t a = 0; a < g->n_moved; ++a) largest = fmax(largest, step(g, d, g->moved[a], l1, l2));
        } while (largest >= least);
        if (g->n_passes >= g->most_passes) return false;
    }
}

/* 4. One lambda */

static void measure_columns(rml_descent_glmnet *g, const rml_descent *d)
{
    for (int32_t j = 0; j < d->n_columns; ++j) {
        const double *x = rml_descent_column(d, j);
        double sum = 0.0;

        if (!g->is_looked_at[j]) continue;
        for (int64_t i = 0; i < d->n; ++i) sum += g->diagonal[i] * x[i] * x[i];
        g->size[j] = sum;
    }
}

static bool look_outside(rml_descent_glmnet *g, rml_descent *d, double l1)
{
    bool any = false;

    for (int32_t j = 0; j < d->n_columns; ++j) {
        if (g->is_looked_at[j] || d->size[j] == 0.0) continue;
        d->gradient[j] = rml_descent_dot(g->residual, rml_descent_column(d, j), d->n);
        g->is_looked_at[j] = fabs(d->gradient[j]) > l1;
        any |= g->is_looked_at[j];
    }
    return any;
}

bool rml_descent_glmnet_solve(rml_descent_glmnet *g, rml_descent *d, double least, double lambda, double alpha,
                              double before)
{
    const double l1 = lambda * alpha, l2 = lambda * (1.0 - alpha), strong = alpha * (2.0 * lambda - before);

    for (int32_t j = 0; j < d->n_columns; ++j) g->is_looked_at[j] |= d->size[j] > 0.0 && fabs(d->gradient[j]) > strong;
    for (;;) {
        bool has_settled = true;

        measure_columns(g, d);
        memcpy(g->old, d->b, (size_t)d->n_columns * sizeof *g->old);
        if (!minimise_quadratic(g, d, least, l1, l2)) return false;
        if (!evaluate(g, d)) return false;
        for (int32_t a = 0; a < g->n_moved; ++a) {
            const int32_t j = g->moved[a];
            const double by = d->b[j] - g->old[j];

            has_settled &= g->size[j] * by * by < least;
        }
        if (has_settled && !look_outside(g, d, l1)) return true;
    }
}
