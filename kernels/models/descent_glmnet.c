/* 1. Scratch   2. Passes   3. One lambda */
#include "kernels/models/descent_glmnet.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/models/descent_work.h"

#define MOST_PASSES 1000000

/* 1. Scratch */

rml_status rml_descent_glmnet_init(const rml_descent *d, rml_descent_glmnet *g)
{
    const size_t n = (size_t)d->n, p = (size_t)d->n_columns;
    double *at = calloc(2 * n + 4 * p + 1, sizeof *at);

    *g = (rml_descent_glmnet){.memory = at};
    if (!at) return RML_ENOMEM;
    g->residual = at, at += n;
    g->diagonal = at, at += n;
    g->size = at, at += p;
    g->old = at, at += p;
    g->moved = (int32_t *)(void *)at, at += p;
    g->is_looked_at = (uint8_t *)at;
    g->has_moved = g->is_looked_at + p;
    memcpy(g->residual, d->work->residual, n * sizeof *g->residual);
    rml_descent_cox_diagonal(&d->cox, g->diagonal);
    return RML_OK;
}

void rml_descent_glmnet_free(rml_descent_glmnet *g)
{
    if (!g) return;
    free(g->memory);
    g->memory = NULL;
}

/* 2. Passes */

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

/* Passes over all that are looked at, and between two of them passes over those that ever moved. */
static void minimise_quadratic(rml_descent_glmnet *g, rml_descent *d, double least, double l1, double l2)
{
    for (;;) {
        double largest = 0.0;

        for (int32_t j = 0; j < d->n_columns; ++j)
            if (g->is_looked_at[j]) largest = fmax(largest, step(g, d, j, l1, l2));
        if (++g->n_passes >= MOST_PASSES || largest < least) return;
        do {
            largest = 0.0;
            for (int32_t a = 0; a < g->n_moved; ++a) largest = fmax(largest, step(g, d, g->moved[a], l1, l2));
        } while (++g->n_passes < MOST_PASSES && largest >= least);
    }
}

/* 3. One lambda */

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
        minimise_quadratic(g, d, least, l1, l2);
        d->value = rml_descent_cox_evaluate(&d->cox, d->eta, g->residual, g->diagonal);
        if (g->n_passes >= MOST_PASSES || !isfinite(d->value)) return false;
        rml_descent_cox_diagonal(&d->cox, g->diagonal);
        for (int32_t a = 0; a < g->n_moved; ++a) {
            const int32_t j = g->moved[a];
            const double by = d->b[j] - g->old[j];

            has_settled &= g->size[j] * by * by < least;
        }
        if (has_settled && !look_outside(g, d, l1)) return true;
    }
}
