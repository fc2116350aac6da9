/* 1. Memory   2. Least squares of a feature   3. Shrinkage   4. Fit   5. Apply   6. A batch of its own
 *
 * Batches are indicator columns, so least squares falls apart (Frisch & Waugh): covariates and feature are centred in
 * each batch, beta solves the k x k normal equations of what is left, and batch b's level is mean_b(x) - mean_b(C)
 * beta. The grand mean is the mean of these levels weighted by rows, or the reference's. The residuals have mean 0 in
 * every batch, so gamma_b = (level_b - grand) / sd and delta_b = var_b(residual) / sd^2 without forming z; and the sums
 * of (z - g)^2 that shrinkage asks for are ss_b + n_b (gamma_b - g)^2. No step but the first goes over the rows. */
#include "kernels/prepare/combat.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/prepare/design.h"

/* Residual squares over squares within batches below which all is explained: rounding leaves some 1e-30. */
#define EXPLAINED 1e-20

/* 1. Memory */

rml_combat_settings rml_combat_defaults(void)
{
    return (rml_combat_settings){.parametric = true, .shrink = true, .reference = -1, .min_rows = 3};
}

static double *take(double **free_memory, size_t n)
{
    double *taken = *free_memory;

    *free_memory += n;
    return taken;
}

rml_status rml_combat_init(rml_combat *fitted, int32_t n_features, int32_t n_batches, int32_t n_covariates)
{
    const size_t p = n_features > 0 ? (size_t)n_features : 0, b = n_batches > 0 ? (size_t)n_batches : 0;
    const size_t k = n_covariates > 0 ? (size_t)n_covariates : 0, n_doubles = p * (2 + k + 4 * b);
    double *memory;

    *fitted = (rml_combat){.settings = rml_combat_defaults()};
    if (n_features < 1 || n_batches < 1 || n_covariates < 0) return RML_EINVAL;
    memory = malloc(n_doubles * sizeof(double) + b * (sizeof(rml_shrink_prior) + 2 * sizeof(int32_t)) + p);
    if (!memory) return RML_ENOMEM;
    fitted->memory = memory;
    for (size_t i = 0; i < n_doubles; ++i) memory[i] = NAN;
    fitted->n_features = n_features;
    fitted->n_batches = n_batches;
    fitted->n_covariates = n_covariates;
    fitted->grand_mean = take(&memory, p);
    fitted->var_pooled = take(&memory, p);
    fitted->beta = take(&memory, k * p);
    fitted->gamma_hat = take(&memory, b * p);
    fitted->delta_hat = take(&memory, b * p);
    fitted->gamma_star = take(&memory, b * p);
    fitted->delta_star = take(&memory, b * p);
    fitted->prior = (rml_shrink_prior *)memory;
    fitted->n_rows = (int32_t *)(fitted->prior + b);
    fitted->rounds = fitted->n_rows + b;
    fitted->state = (uint8_t *)(fitted->rounds + b);
    fitted->pooled = (rml_shrink_prior){NAN, NAN, NAN, NAN, NAN};
    for (size_t i = 0; i < b; ++i) fitted->prior[i] = fitted->pooled;
    memset(fitted->n_rows, 0, 2 * b * sizeof(int32_t) + p); /* rounds and state too */
    return RML_OK;
}

void rml_combat_free(rml_combat *fitted)
{
    if (!fitted) return;
    free(fitted->memory);
    *fitted = (rml_combat){0};
}

static bool all_finite(const rml_columns *columns)
{
    for (int32_t j = 0; columns && j < columns->n_columns; ++j)
        for (int64_t i = 0; i < columns->n_rows; ++i)
            if (!isfinite(rml_column(columns, j)[i])) return false;
    return true;
}

static bool any_infinite(const rml_columns *columns)
{
    for (int32_t j = 0; j < columns->n_columns; ++j)
        for (int64_t i = 0; i < columns->n_rows; ++i)
            if (isinf(rml_column(columns, j)[i])) return true;
    return false;
}

/* 2. Least squares of a feature */

typedef struct work {
    rml_design all, part; /* all rows; the rows where one feature is observed */
    double *x;            /* [n_rows] a feature in the order of the batches */
    double *level;        /* [n_batches] */
    double *n, *ss;       /* [n_batches * n_features] observed rows, squares of z about the batch's mean */
    double *compact;      /* [8 * n_features + 4 * n_batches * n_features] */
    void *memory;
} work;

static void gather(const work *w, const double *column)
{
    for (int64_t i = 0; i < w->all.n_rows; ++i) w->x[i] = column[w->all.order[i]];
}

/* What can be done with the gathered feature; *missing is set when it has missing values and can be adjusted. */
static rml_combat_state classify(work *w, const rml_combat *f, bool *missing)
{
    const double needed = f->settings.mean_only ? 1.0 : 2.0;
    bool gaps = false, sparse = false;

    for (int32_t b = 0; b < w->all.n_batches; ++b) {
        const int64_t from = w->all.start[b], to = w->all.start[b + 1];
        double n = 0.0, first = NAN;
        bool equal = true;

        if (from == to) continue;
        for (int64_t i = from; i < to; ++i) {
            if (isnan(w->x[i])) continue;
            if (n == 0.0) first = w->x[i];
            equal = equal && w->x[i] == first;
            n += 1.0;
        }
        if (n >= 2.0 && equal && (n == (double)(to - from) || !f->settings.shrink)) return RML_COMBAT_CONSTANT;
        gaps = gaps || n < (double)(to - from);
        sparse = sparse || n < needed;
    }
    if (sparse || (gaps && !rml_design_centre(&w->part, w->x))) return RML_COMBAT_SPARSE;
    *missing = *missing || gaps;
    return RML_COMBAT_ADJUSTED;
}

static bool has_gaps(const double *x, int64_t n)
{
    for (int64_t i = 0; i < n; ++i)
        if (isnan(x[i])) return true;
    return false;
}

/* Beta, levels, variances and raw estimates of the gathered feature j. False when nothing is left to scale by. */
static bool fit_feature(work *w, rml_combat *f, int32_t j)
{
    const bool gaps = has_gaps(w->x, w->all.n_rows);
    rml_design *d = gaps ? &w->part : &w->all;
    const int64_t p = f->n_features, n_rows = d->n_rows;
    const int32_t reference = f->settings.reference;
    double *beta = w->compact, grand = 0.0, within = 0.0, left = 0.0, pooled = 0.0, n_pooled = 0.0;

    if (gaps && !rml_design_centre(d, w->x)) return false; /* classify has seen that it can be done */
    for (int32_t c = 0; c < d->k; ++c) beta[c] = 0.0;
    for (int32_t b = 0; b < d->n_batches; ++b) {
        double sum = 0.0, n = 0.0, mean;

        for (int64_t i = d->start[b]; i < d->start[b + 1]; ++i)
            if (!isnan(w->x[i])) {
                sum += w->x[i];
                n += 1.0;
            }
        mean = sum / n; /* NaN for a batch not seen */
        w->level[b] = mean;
        w->n[b * p + j] = n;
        for (int64_t i = d->start[b]; i < d->start[b + 1]; ++i) {
            w->x[i] = isnan(w->x[i]) ? 0.0 : w->x[i] - mean; /* a gap weighs nothing from here on */
            within += w->x[i] * w->x[i];
        }
        for (int32_t c = 0; c < d->k; ++c)
            for (int64_t i = d->start[b]; i < d->start[b + 1]; ++i) beta[c] += d->centred[c * n_rows + i] * w->x[i];
    }
    rml_design_solve(d, beta);
    for (int32_t c = 0; c < d->k; ++c) f->beta[c * p + j] = beta[c];
    for (int32_t b = 0; b < d->n_batches; ++b) {
        double ss = 0.0;

        for (int32_t c = 0; c < d->k; ++c) w->level[b] -= d->mean[c * d->n_batches + b] * beta[c];
        for (int64_t i = d->start[b]; i < d->start[b + 1]; ++i) {
            double residual = w->x[i];

            for (int32_t c = 0; c < d->k; ++c) residual -= d->centred[c * n_rows + i] * beta[c];
            ss += residual * residual;
        }
        w->ss[b * p + j] = ss;
        left += ss;
        if (reference < 0 || reference == b) {
            pooled += ss;
            n_pooled += w->n[b * p + j];
        }
        if (f->n_rows[b] > 0 && reference < 0) grand += (double)f->n_rows[b] / (double)n_rows * w->level[b];
    }
    if (reference >= 0) grand = w->level[reference];
    pooled /= f->missing ? n_pooled - 1.0 : n_pooled;
    if (!(left > EXPLAINED * within) || !(pooled > 0.0)) return false;
    f->grand_mean[j] = grand;
    f->var_pooled[j] = pooled;
    for (int32_t b = 0; b < d->n_batches; ++b) {
        if (f->n_rows[b] == 0) continue;
        w->ss[b * p + j] /= pooled;
        f->gamma_hat[b * p + j] = (w->level[b] - grand) / sqrt(pooled);
        f->delta_hat[b * p + j] = f->settings.mean_only ? 1.0 : w->ss[b * p + j] / (w->n[b * p + j] - 1.0);
    }
    return true;
}

static void forget(rml_combat *f, int32_t j)
{
    for (int64_t c = 0; c < f->n_covariates; ++c) f->beta[c * f->n_features + j] = NAN;
}

/* 3. Shrinkage */

/* Copies a row of the adjusted features side by side, or back. */
static void compact(const rml_combat *f, const double *from, double *to)
{
    for (int32_t j = 0; j < f->n_features; ++j)
        if (f->state[j] == RML_COMBAT_ADJUSTED) *to++ = from[j];
}

static void spread(const rml_combat *f, const double *from, double *to)
{
    for (int32_t j = 0; j < f->n_features; ++j)
        if (f->state[j] == RML_COMBAT_ADJUSTED) to[j] = *from++;
}

static bool shrinkable(const rml_combat *f, int32_t b)
{
    return f->n_rows[b] > 0 && b != f->settings.reference;
}

/* The raw estimates of all batches but the reference side by side; returns the number of batches. */
static int32_t points(const rml_combat *f, double *gamma, double *delta)
{
    int32_t n_sets = 0;

    for (int32_t b = 0; b < f->n_batches; ++b) {
        if (!shrinkable(f, b)) continue;
        compact(f, f->gamma_hat + (int64_t)b * f->n_features, gamma + (int64_t)n_sets * f->n_adjusted);
        compact(f, f->delta_hat + (int64_t)b * f->n_features, delta + (int64_t)n_sets * f->n_adjusted);
        ++n_sets;
    }
    return n_sets;
}

static void shrink_all(work *w, rml_combat *f)
{
    const int64_t p = f->n_features, m = f->n_adjusted;
    double *n = w->compact, *gamma = n + p, *delta = gamma + p, *ss = delta + p, *gamma_star = ss + p;
    double *delta_star = gamma_star + p, *more = delta_star + p;
    const bool mean_only = f->settings.mean_only;

    for (int32_t b = 0; b < f->n_batches; ++b) {
        const rml_shrink_batch batch = {(int32_t)m, n, gamma, delta, ss};

        if (f->n_rows[b] == 0) continue;
        compact(f, w->n + b * p, n);
        compact(f, f->gamma_hat + b * p, gamma);
        compact(f, f->delta_hat + b * p, delta);
        compact(f, w->ss + b * p, ss);
        if (b == f->settings.reference) {
            for (int64_t j = 0; j < m; ++j) {
                gamma_star[j] = 0.0;
                delta_star[j] = 1.0;
            }
        } else if (!f->settings.shrink) {
            memcpy(gamma_star, gamma, (size_t)m * sizeof *gamma);
            memcpy(delta_star, delta, (size_t)m * sizeof *delta);
        } else {
            f->prior[b] = rml_shrink_prior_of(gamma, delta, m, mean_only);
            if (f->settings.parametric)
                f->rounds[b] = rml_shrink_parametric(&batch, &f->prior[b], mean_only, gamma_star, delta_star);
            else
                rml_shrink_nonparametric(&batch, gamma, delta, 1, gamma_star, delta_star, more);
        }
        spread(f, gamma_star, f->gamma_star + b * p);
        spread(f, delta_star, f->delta_star + b * p);
    }
    if (f->settings.shrink) {
        const int64_t n_points = points(f, more, more + f->n_batches * p) * m;

        f->pooled = rml_shrink_prior_of(more, more + f->n_batches * p, n_points, mean_only);
    }
}

/* 4. Fit */

static rml_status work_init(work *w, int64_t n_rows, int32_t n_batches, int32_t k, int32_t n_features)
{
    const size_t n = (size_t)n_rows, b = (size_t)n_batches, c = (size_t)k, p = (size_t)n_features;
    const size_t n_doubles = c * n + 2 * (c * n + c * b + c * c) + n + b + 2 * b * p + 8 * p + 4 * b * p + c;
    double *memory = calloc(n_doubles * sizeof(double) + (n + b + 1) * sizeof(int64_t) + c * sizeof(bool), 1);

    if (!memory) return RML_ENOMEM;
    w->memory = memory;
    w->all = (rml_design){.n_rows = n_rows, .n_batches = n_batches, .k = k};
    w->all.raw = take(&memory, c * n);
    w->all.centred = take(&memory, c * n);
    w->all.mean = take(&memory, c * b);
    w->all.factor = take(&memory, c * c);
    w->part = w->all;
    w->part.centred = take(&memory, c * n);
    w->part.mean = take(&memory, c * b);
    w->part.factor = take(&memory, c * c);
    w->x = take(&memory, n);
    w->level = take(&memory, b);
    w->n = take(&memory, b * p);
    w->ss = take(&memory, b * p);
    w->compact = take(&memory, 8 * p + 4 * b * p + c); /* c: beta of a fit with more covariates than features */
    w->all.order = w->part.order = (int64_t *)memory;
    w->all.start = w->part.start = w->all.order + n;
    w->all.flat = w->part.flat = (bool *)(w->all.start + b + 1);
    return RML_OK;
}

static rml_status check_rows(const rml_columns *x, const int32_t *batch, rml_combat *f)
{
    int32_t n_seen = 0;
    bool single = false;

    for (int64_t i = 0; i < x->n_rows; ++i) {
        if (batch[i] < 0 || batch[i] >= f->n_batches) return RML_EINVAL;
        ++f->n_rows[batch[i]];
    }
    for (int32_t b = 0; b < f->n_batches; ++b) {
        if (f->n_rows[b] == 0) continue;
        if (f->n_rows[b] < f->settings.min_rows) return RML_EINVAL;
        single = single || f->n_rows[b] == 1;
        ++n_seen;
    }
    if (f->settings.reference >= 0 && (f->settings.reference >= f->n_batches || f->n_rows[f->settings.reference] == 0))
        return RML_ELABEL;
    if (n_seen < 2) return RML_EEMPTY;
    f->settings.mean_only = f->settings.mean_only || single;
    return RML_OK;
}

rml_status rml_combat_fit(const rml_columns *x, const int32_t *batch, int32_t n_batches, const rml_columns *covariates,
                          const rml_combat_settings *settings, rml_combat *fitted)
{
    const int32_t k = covariates ? covariates->n_columns : 0;
    work w = {.memory = NULL};
    rml_status status = rml_combat_init(fitted, x->n_columns, n_batches, k);

    if (status != RML_OK) return status;
    fitted->settings = *settings;
    if (x->n_rows < 1 || settings->min_rows < 1 || (covariates && covariates->n_rows != x->n_rows)) return RML_EINVAL;
    if (any_infinite(x) || !all_finite(covariates)) return RML_EVALUE;
    status = check_rows(x, batch, fitted);
    if (status != RML_OK) return status;
    status = work_init(&w, x->n_rows, n_batches, k, x->n_columns);
    if (status != RML_OK) return status;

    rml_design_fill(&w.all, batch, covariates);
    if (!rml_design_centre(&w.all, NULL)) {
        status = RML_EVALUE;
        goto done;
    }
    for (int32_t j = 0; j < x->n_columns; ++j) { /* all of them first: one gap changes every feature's divisor */
        gather(&w, rml_column(x, j));
        fitted->state[j] = (uint8_t)classify(&w, fitted, &fitted->missing);
    }
    for (int32_t j = 0; j < x->n_columns; ++j) {
        if (fitted->state[j] != RML_COMBAT_ADJUSTED) continue;
        gather(&w, rml_column(x, j));
        if (fit_feature(&w, fitted, j)) {
            ++fitted->n_adjusted;
            continue;
        }
        fitted->state[j] = RML_COMBAT_EXPLAINED;
        forget(fitted, j);
    }
    if (fitted->settings.shrink && fitted->n_adjusted < 2)
        status = RML_EEMPTY;
    else
        shrink_all(&w, fitted);
done:
    free(w.memory);
    return status;
}

/* 5. Apply */

static rml_status check_apply(const rml_combat *f, const rml_columns *x, const rml_columns *covariates)
{
    if (x->n_columns != f->n_features) return RML_EINVAL;
    if ((covariates ? covariates->n_columns : 0) != f->n_covariates) return RML_EINVAL;
    if (covariates && covariates->n_rows != x->n_rows) return RML_EINVAL;
    return all_finite(covariates) ? RML_OK : RML_EVALUE;
}

/* What feature j is expected to be in row i: grand mean and covariates. */
static inline double expected_of(const rml_combat *f, const rml_columns *covariates, int32_t j, int64_t i)
{
    double expected = f->grand_mean[j];

    for (int32_t c = 0; c < f->n_covariates; ++c)
        expected += rml_column(covariates, c)[i] * f->beta[(int64_t)c * f->n_features + j];
    return expected;
}

static bool seen(const rml_combat *f, int32_t b)
{
    return b >= 0 && b < f->n_batches && f->n_rows[b] > 0;
}

rml_status rml_combat_apply(const rml_combat *fitted, const rml_columns *x, const int32_t *batch,
                            const rml_columns *covariates, bool pass, double *out, int64_t stride)
{
    const rml_status status = check_apply(fitted, x, covariates);

    if (status != RML_OK) return status;
    for (int64_t i = 0; !pass && i < x->n_rows; ++i)
        if (!seen(fitted, batch[i])) return RML_ELABEL;
    for (int32_t j = 0; j < x->n_columns; ++j) {
        const double *from = rml_column(x, j), sd = sqrt(fitted->var_pooled[j]);
        double *to = out + j * stride;

        for (int64_t i = 0; i < x->n_rows; ++i) {
            const int64_t cell = (int64_t)batch[i] * fitted->n_features + j;

            if (fitted->state[j] == RML_COMBAT_ADJUSTED && seen(fitted, batch[i]) &&
                batch[i] != fitted->settings.reference) {
                const double expected = expected_of(fitted, covariates, j, i), z = (from[i] - expected) / sd;

                to[i] = (z - fitted->gamma_star[cell]) / sqrt(fitted->delta_star[cell]) * sd + expected;
            } else
                to[i] = from[i];
        }
    }
    return RML_OK;
}

/* 6. A batch of its own */

/* Mean, squares and number of the observed z of feature j. */
static void own_moments(const rml_combat *f, const rml_columns *x, const rml_columns *covariates, int32_t j,
                        double *mean, double *ss, double *n)
{
    const double *from = rml_column(x, j), sd = sqrt(f->var_pooled[j]);
    double sum = 0.0;

    *ss = *n = 0.0;
    for (int64_t i = 0; i < x->n_rows; ++i) {
        if (isnan(from[i])) continue;
        sum += (from[i] - expected_of(f, covariates, j, i)) / sd;
        *n += 1.0;
    }
    *mean = sum / *n;
    for (int64_t i = 0; i < x->n_rows; ++i) {
        const double d = (from[i] - expected_of(f, covariates, j, i)) / sd - *mean;

        if (!isnan(from[i])) *ss += d * d;
    }
}

rml_status rml_combat_own(const rml_combat *fitted, const rml_columns *x, const rml_columns *covariates, double *gamma,
                          double *delta)
{
    const size_t p = (size_t)fitted->n_features, b = (size_t)fitted->n_batches;
    const bool mean_only = fitted->settings.mean_only;
    double *memory, *n, *g, *d, *ss, *gs, *ds, *more;
    int32_t m = 0;
    rml_status status = check_apply(fitted, x, covariates);

    if (status != RML_OK) return status;
    if (x->n_rows < RML_COMBAT_OWN_ROWS) return RML_EEMPTY;
    if (any_infinite(x)) return RML_EVALUE;
    memory = n = malloc((6 * p + 4 * b * p) * sizeof *n);
    if (!n) return RML_ENOMEM;
    g = n + p, d = g + p, ss = d + p, gs = ss + p, ds = gs + p, more = ds + p;
    for (int32_t j = 0; j < fitted->n_features; ++j) {
        gamma[j] = delta[j] = NAN;
        if (fitted->state[j] != RML_COMBAT_ADJUSTED) continue;
        own_moments(fitted, x, covariates, j, &g[m], &ss[m], &n[m]);
        d[m] = mean_only ? 1.0 : ss[m] / (n[m] - 1.0);
        ++m;
    }
    {
        const rml_shrink_batch batch = {m, n, g, d, ss};

        if (!fitted->settings.shrink) {
            memcpy(gs, g, (size_t)m * sizeof *g);
            memcpy(ds, d, (size_t)m * sizeof *d);
        } else if (fitted->settings.parametric) {
            (void)rml_shrink_parametric(&batch, &fitted->pooled, mean_only, gs, ds);
        } else {
            const int32_t n_sets = points(fitted, more, more + b * p);

            rml_shrink_nonparametric(&batch, more, more + b * p, n_sets, gs, ds, more + 2 * b * p);
        }
    }
    for (int32_t j = 0; j < m; ++j)
        if (n[j] < 2.0 || !(ds[j] > 0.0)) {
            gs[j] = ds[j] = NAN;
            status = RML_EVALUE;
        }
    spread(fitted, gs, gamma);
    spread(fitted, ds, delta);
    free(memory);
    return status;
}

rml_status rml_combat_apply_own(const rml_combat *fitted, const double *gamma, const double *delta,
                                const rml_columns *x, const rml_columns *covariates, double *out, int64_t stride)
{
    const rml_status status = check_apply(fitted, x, covariates);

    if (status != RML_OK) return status;
    for (int32_t j = 0; j < x->n_columns; ++j) {
        const double *from = rml_column(x, j), sd = sqrt(fitted->var_pooled[j]), spread_of = sqrt(delta[j]);
        const bool adjusted = fitted->state[j] == RML_COMBAT_ADJUSTED;
        double *to = out + j * stride;

        for (int64_t i = 0; i < x->n_rows; ++i) {
            const double expected = adjusted ? expected_of(fitted, covariates, j, i) : 0.0;

            to[i] = adjusted ? ((from[i] - expected) / sd - gamma[j]) / spread_of * sd + expected : from[i];
        }
    }
    return RML_OK;
}
