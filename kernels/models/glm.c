/* 1. Terms and scratch   2. Least squares   3. The binomial family   4. Iterations   5. A fit
 * 6. Profile likelihood   7. One column at a time */
#include "kernels/models/glm.h"

#include <float.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_HALVINGS 30
#define STILL_GROWING 0.5 /* a separated row's logit grows by 1 an iteration, a converging one's by nothing */
#define BOUNDARY 1e-4     /* what rows on the boundary of quasi-complete separation may still move backwards */
#define PROFILE_REACH 200 /* standard errors from the maximum within which a limit is looked for */

rml_glm_settings rml_glm_defaults(void)
{
    return (rml_glm_settings){true, 1e-14, 100, 1e-11};
}

/* 1. Terms and scratch */

typedef struct model {
    int64_t n;
    int32_t n_terms;
    const double **term; /* [n_terms] columns; NULL for the intercept */
    const uint8_t *y;
    const double *weight, *offset;
    double epsilon, alias_tolerance;
    int32_t max_iterations;

    double *q;             /* [n_terms][n] Householder vectors, that of rank k from row k on */
    double *beta;          /* [n_terms] 2 / |vector|^2 */
    double *r;             /* [n_terms][n_terms] upper triangle, column by column */
    int32_t *kept;         /* [n_terms] the term of each rank */
    int32_t rank;          /* of the last least squares */
    double *root, *rhs;    /* [n] square roots of the working weights; working response */
    double *eta, *mu;      /* [n] */
    double *eta_old;       /* [n] */
    double *coef, *before; /* [n_terms] 0 for aliased terms */
    double deviance;
    int32_t iterations;
    bool converged;
} model;

/* How many doubles it takes; memory NULL only counts. */
static size_t lay_out(model *m, double *memory)
{
    const size_t n = (size_t)m->n, k = (size_t)m->n_terms;
    const size_t sizes[] = {k * n, k, k * k, n, n, n, n, n, k, k};
    double **const slots[] = {&m->q,   &m->beta, &m->r,       &m->root, &m->rhs,
                              &m->eta, &m->mu,   &m->eta_old, &m->coef, &m->before};
    size_t used = 0;

    for (size_t s = 0; s < sizeof slots / sizeof slots[0]; ++s) {
        if (memory) *slots[s] = memory + used;
        used += sizes[s];
    }
    if (memory) m->term = (const double **)(void *)(memory + used);
    used += k; /* a pointer and an int32_t fit into a double each */
    if (memory) m->kept = (int32_t *)(void *)(memory + used);
    return used + k;
}

/* Four running sums, so that the additions need not wait for one another; their order never changes. */
static double dot(const double *a, const double *b, int64_t n)
{
    double sum[4] = {0};
    int64_t i = 0;

    for (; i + 4 <= n; i += 4)
        for (int k = 0; k < 4; ++k) sum[k] += a[i + k] * b[i + k];
    for (; i < n; ++i) sum[i & 3] += a[i] * b[i];
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

static void add_multiple(double *restrict y, double factor, const double *restrict x, int64_t n)
{
    for (int64_t i = 0; i < n; ++i) y[i] += factor * x[i];
}

/* 2. Least squares */

/* Euclidean length; scaled, since columns of 1e-200 or 1e200 have one as well. */
static double length(const double *v, int64_t n)
{
    double largest = 0.0, sum = 0.0;

    for (int64_t i = 0; i < n; ++i) largest = fmax(largest, fabs(v[i]));
    if (largest == 0.0) return 0.0;
    if (largest > 1e-140 && largest < 1e140) return sqrt(dot(v, v, n));
    for (int64_t i = 0; i < n; ++i) sum += v[i] / largest * (v[i] / largest);
    return largest * sqrt(sum);
}

static void reflect(const model *m, int32_t k, double *v)
{
    const double *h = m->q + (int64_t)k * m->n + k;

    add_multiple(v + k, -m->beta[k] * dot(h, v + k, m->n - k), h, m->n - k);
}

/* QR of the weighted terms, each in its turn put through the reflections so far: one of which nearly nothing is left
 * over depends on those before it and is left out, as dqrdc2 moves it to the end. */
static void factorise(model *m)
{
    m->rank = 0;
    for (int32_t t = 0; t < m->n_terms && m->rank < m->n; ++t) {
        double *v = m->q + (int64_t)m->rank * m->n;
        double *r = m->r + (int64_t)m->rank * m->n_terms;
        const int32_t k = m->rank;
        double before, left, scale;

        for (int64_t i = 0; i < m->n; ++i) v[i] = m->term[t] ? m->root[i] * m->term[t][i] : m->root[i];
        before = length(v, m->n);
        if (!(before > 0.0)) continue;
        for (int32_t j = 0; j < k; ++j) reflect(m, j, v);
        left = length(v + k, m->n - k);
        if (left < m->alias_tolerance * before) continue;
        memcpy(r, v, (size_t)k * sizeof *r);
        /* v becomes x / (sign |x|) + e1, whose squared length is twice its first element. */
        scale = v[k] < 0.0 ? -left : left;
        for (int64_t i = k; i < m->n; ++i) v[i] /= scale;
        v[k] += 1.0;
        m->beta[k] = 1.0 / v[k];
        r[k] = -scale;
        m->kept[m->rank++] = t;
    }
}

/* coef of the kept terms from rhs, which is used up; aliased ones 0. */
static void solve(model *m)
{
    for (int32_t k = 0; k < m->rank; ++k) reflect(m, k, m->rhs);
    memset(m->coef, 0, (size_t)m->n_terms * sizeof *m->coef);
    for (int32_t k = m->rank - 1; k >= 0; --k) {
        const double *r = m->r + (int64_t)k * m->n_terms;
        const double b = m->rhs[k] / r[k];

        for (int32_t j = 0; j < k; ++j) m->rhs[j] -= b * r[j];
        m->coef[m->kept[k]] = b;
    }
}

/* (X'WX)^-1 = R^-1 R^-T over the kept terms; vcov [n_terms * n_terms], NaN elsewhere. The columns of R^-1 are left in
 * the lower triangle's place: m->r holds it afterwards. */
static void invert(model *m, double *vcov)
{
    const int32_t n = m->n_terms;

    for (int64_t c = 0; c < (int64_t)n * n; ++c) vcov[c] = NAN;
    for (int32_t c = 0; c < m->rank;
         ++c) { /* column c of the inverse, upwards; R(i,c) is needed until R'(i,c) is made */
        double *inverse = m->before;

        for (int32_t i = c; i >= 0; --i) {
            double sum = i == c ? 1.0 : 0.0;

            for (int32_t j = i + 1; j <= c; ++j) sum -= m->r[(int64_t)j * n + i] * inverse[j];
            inverse[i] = sum / m->r[(int64_t)i * n + i];
        }
        for (int32_t a = 0; a <= c; ++a)
            for (int32_t b = 0; b <= a; ++b) {
                double *cell = vcov + (int64_t)m->kept[a] * n + m->kept[b];

                *cell = (isnan(*cell) ? 0.0 : *cell) + inverse[a] * inverse[b];
            }
    }
    for (int32_t a = 0; a < m->rank; ++a)
        for (int32_t b = 0; b < a; ++b)
            vcov[(int64_t)m->kept[b] * n + m->kept[a]] = vcov[(int64_t)m->kept[a] * n + m->kept[b]];
}

/* 3. The binomial family */

static double weight_of(const model *m, int64_t i)
{
    return m->weight ? m->weight[i] : 1.0;
}

/* R's logistic: clipped at logits of 30, so that a probability is never 0 or 1 to the last bit. */
static double logistic(double eta)
{
    const double odds = eta < -30.0 ? DBL_EPSILON : eta > 30.0 ? 1.0 / DBL_EPSILON : exp(eta);

    return odds / (1.0 + odds);
}

static double slope_at(double eta)
{
    const double up = 1.0 + exp(eta);

    return fabs(eta) > 30.0 ? DBL_EPSILON : exp(eta) / (up * up);
}

/* -2 log likelihood, 1 - mu formed without cancellation. */
static double deviance_of(const model *m)
{
    double sum = 0.0;

    for (int64_t i = 0; i < m->n; ++i) sum -= 2.0 * weight_of(m, i) * log(m->y[i] ? m->mu[i] : logistic(-m->eta[i]));
    return sum;
}

static void means_from_logits(model *m)
{
    for (int64_t i = 0; i < m->n; ++i) m->mu[i] = logistic(m->eta[i]);
    m->deviance = deviance_of(m);
}

static void logits_from_coefficients(model *m)
{
    if (m->offset)
        memcpy(m->eta, m->offset, (size_t)m->n * sizeof *m->eta);
    else
        memset(m->eta, 0, (size_t)m->n * sizeof *m->eta);
    for (int32_t t = 0; t < m->n_terms; ++t) {
        if (m->coef[t] == 0.0) continue;
        if (m->term[t])
            add_multiple(m->eta, m->coef[t], m->term[t], m->n);
        else
            for (int64_t i = 0; i < m->n; ++i) m->eta[i] += m->coef[t];
    }
}

/* 4. Iterations */

static void start_from_outcome(model *m)
{
    for (int64_t i = 0; i < m->n; ++i) {
        const double w = weight_of(m, i), mean = (w * m->y[i] + 0.5) / (w + 1.0);

        m->eta[i] = log(mean / (1.0 - mean));
    }
    memset(m->coef, 0, (size_t)m->n_terms * sizeof *m->coef);
    means_from_logits(m);
}

/* Weights and response of the linear model that the next step solves, factorised. */
static void linearise(model *m)
{
    for (int64_t i = 0; i < m->n; ++i) {
        const double slope = slope_at(m->eta[i]), variance = m->mu[i] * logistic(-m->eta[i]);
        const double residual = m->y[i] ? logistic(-m->eta[i]) : -m->mu[i];
        const double without = m->offset ? m->eta[i] - m->offset[i] : m->eta[i];

        m->root[i] = sqrt(weight_of(m, i) * slope * slope / variance);
        m->rhs[i] = m->root[i] * (without + residual / slope);
    }
    factorise(m);
}

static void step_on(model *m, bool may_halve)
{
    const double old = m->deviance;

    memcpy(m->eta_old, m->eta, (size_t)m->n * sizeof *m->eta);
    memcpy(m->before, m->coef, (size_t)m->n_terms * sizeof *m->coef);
    linearise(m);
    solve(m);
    logits_from_coefficients(m);
    means_from_logits(m);
    for (int h = 0; may_halve && h < MAX_HALVINGS; ++h) {
        if (m->deviance - old <= 1e-8 * (fabs(old) + 0.1)) break;
        for (int32_t t = 0; t < m->n_terms; ++t) m->coef[t] = (m->coef[t] + m->before[t]) / 2.0;
        logits_from_coefficients(m);
        means_from_logits(m);
    }
}

/* From the logits as they are. The first step is never halved: its start is no point of the model. */
static void iterate(model *m)
{
    m->converged = false;
    for (m->iterations = 1; m->iterations <= m->max_iterations; ++m->iterations) {
        const double old = m->deviance;
        const double rounding = 0x1p-52 * sqrt((double)m->n); /* of a sum of n terms: no change below it tells much */

        step_on(m, m->iterations > 1);
        if (fabs(m->deviance - old) < fmax(m->epsilon, rounding) * (fabs(m->deviance) + 0.1)) {
            m->converged = true;
            break;
        }
    }
    if (!m->converged) m->iterations = m->max_iterations;
}

static rml_separation find_separation(const model *m)
{
    bool complete = true, forward = true;
    double most = 0.0;

    for (int64_t i = 0; i < m->n; ++i) {
        const double side = m->y[i] ? 1.0 : -1.0;
        const double own = m->offset ? m->eta[i] - m->offset[i] : m->eta[i];
        const double growth = side * (m->eta[i] - m->eta_old[i]);

        if (weight_of(m, i) == 0.0) continue;
        if (!(side * own > 0.0)) complete = false;
        if (growth < -BOUNDARY) forward = false;
        most = fmax(most, growth);
    }
    if (complete) return RML_SEPARATION_COMPLETE;
    return forward && most >= STILL_GROWING ? RML_SEPARATION_QUASI : RML_SEPARATION_NONE;
}

/* The factor left behind is that of the weights before the last step, from which R has its standard errors. */
static rml_separation fit_model(model *m)
{
    start_from_outcome(m);
    iterate(m);
    return find_separation(m);
}

/* 5. A fit */

static rml_status check(const rml_columns *columns, const uint8_t *y, const double *weight, const double *offset,
                        const rml_glm_settings *settings, bool columns_too)
{
    bool any = false;

    if (columns->n_rows < 0 || columns->n_columns < 0 || columns->stride < columns->n_rows) return RML_EINVAL;
    if (!(settings->epsilon > 0.0) || settings->max_iterations < 1) return RML_EINVAL;
    if (!(settings->alias_tolerance > 0.0) || settings->alias_tolerance >= 1.0) return RML_EINVAL;
    for (int64_t i = 0; i < columns->n_rows; ++i) {
        if (y[i] > 1 || (offset && !isfinite(offset[i])) || (weight && !isfinite(weight[i]))) return RML_EVALUE;
        if (weight && weight[i] < 0.0) return RML_EINVAL;
        any |= !weight || weight[i] > 0.0;
    }
    if (!any) return RML_EEMPTY;
    for (int32_t j = 0; columns_too && j < columns->n_columns; ++j)
        for (int64_t i = 0; i < columns->n_rows; ++i)
            if (!isfinite(rml_column(columns, j)[i])) return RML_EVALUE;
    return RML_OK;
}

static model model_of(const rml_columns *columns, const uint8_t *y, const double *weight, const double *offset,
                      const rml_glm_settings *settings, int32_t n_terms)
{
    return (model){.n = columns->n_rows,
                   .n_terms = n_terms,
                   .y = y,
                   .weight = weight,
                   .offset = offset,
                   .epsilon = settings->epsilon,
                   .alias_tolerance = settings->alias_tolerance,
                   .max_iterations = settings->max_iterations};
}

/* The intercept's deviance by iterations of its own when there is an offset, else from the mean. */
static double null_deviance(const rml_columns *columns, const uint8_t *y, const double *weight, const double *offset,
                            const rml_glm_settings *settings, double *memory)
{
    model m = model_of(columns, y, weight, offset, settings, settings->intercept ? 1 : 0);
    double total = 0.0, ones = 0.0, deviance = 0.0;

    (void)lay_out(&m, memory);
    if (settings->intercept && offset) {
        m.term[0] = NULL;
        (void)fit_model(&m);
        return m.deviance;
    }
    if (!settings->intercept) {
        logits_from_coefficients(&m);
        means_from_logits(&m);
        return m.deviance;
    }
    for (int64_t i = 0; i < m.n; ++i) {
        total += weight_of(&m, i);
        ones += weight_of(&m, i) * y[i];
    }
    if (ones > 0.0) deviance -= 2.0 * ones * log(ones / total);
    if (ones < total) deviance -= 2.0 * (total - ones) * log((total - ones) / total);
    return deviance;
}

static void fill_statistics(rml_glm *fit, model *m)
{
    const int32_t n = fit->n_terms;
    const bool usable = fit->separation == RML_SEPARATION_NONE && m->converged;

    for (int32_t t = 0; t < n; ++t) fit->coefficient[t] = fit->se[t] = fit->z[t] = fit->p[t] = NAN;
    for (int32_t k = 0; k < m->rank; ++k) fit->coefficient[m->kept[k]] = m->coef[m->kept[k]];
    invert(m, fit->vcov);
    if (!usable)
        for (int64_t c = 0; c < (int64_t)n * n; ++c) fit->vcov[c] = NAN;
    for (int32_t t = 0; t < n; ++t) {
        fit->se[t] = sqrt(fit->vcov[(int64_t)t * n + t]);
        fit->z[t] = fit->coefficient[t] / fit->se[t];
        fit->p[t] = erfc(fabs(fit->z[t]) / sqrt(2.0));
    }
}

static rml_status new_fit(rml_glm *fit, int32_t n_terms, int64_t n_rows)
{
    const size_t k = (size_t)n_terms, n = (size_t)n_rows;
    double *memory = malloc((4 * k + k * k + 2 * n) * sizeof *memory);

    if (!memory) return RML_ENOMEM;
    *fit = (rml_glm){.n_terms = n_terms, .n_rows = n_rows, .memory = memory};
    fit->coefficient = memory;
    fit->se = memory + k;
    fit->z = memory + 2 * k;
    fit->p = memory + 3 * k;
    fit->vcov = memory + 4 * k;
    fit->fitted = fit->vcov + k * k;
    fit->linear = fit->fitted + n;
    return RML_OK;
}

rml_status rml_glm_fit(const rml_columns *columns, const uint8_t *y, const double *weight, const double *offset,
                       const rml_glm_settings *settings, rml_glm *fit)
{
    const int32_t n_terms = columns->n_columns + settings->intercept;
    rml_status status = check(columns, y, weight, offset, settings, true);
    double *memory = NULL;
    model m;

    *fit = (rml_glm){0};
    if (status == RML_OK && n_terms < 1) status = RML_EINVAL;
    if (status != RML_OK) return status;
    m = model_of(columns, y, weight, offset, settings, n_terms);
    memory = malloc(lay_out(&m, NULL) * sizeof *memory);
    if (!memory) return RML_ENOMEM;
    status = new_fit(fit, n_terms, m.n);
    if (status != RML_OK) goto done;

    fit->null_deviance = null_deviance(columns, y, weight, offset, settings, memory);
    (void)lay_out(&m, memory);
    for (int32_t t = 0; t < n_terms; ++t) {
        const int32_t j = t - settings->intercept;

        m.term[t] = j < 0 ? NULL : rml_column(columns, j);
    }
    fit->separation = fit_model(&m);
    fit->rank = m.rank;
    fit->iterations = m.iterations;
    fit->converged = m.converged;
    fit->deviance = m.deviance;
    memcpy(fit->fitted, m.mu, (size_t)m.n * sizeof *m.mu);
    memcpy(fit->linear, m.eta, (size_t)m.n * sizeof *m.eta);
    fill_statistics(fit, &m);

    for (int64_t i = 0; i < m.n; ++i) fit->n_used += weight_of(&m, i) > 0.0;
    fit->df_residual = fit->n_used - fit->rank;
    fit->df_null = fit->n_used - settings->intercept;
    fit->aic = fit->deviance + 2.0 * fit->rank;
    fit->lrt = fit->null_deviance - fit->deviance;
    fit->lrt_p = NAN;
    if (fit->df_null > fit->df_residual)
        fit->lrt_p = gsl_cdf_chisq_Q(fmax(fit->lrt, 0.0), (double)(fit->df_null - fit->df_residual));
    if (fit->separation != RML_SEPARATION_NONE || !fit->converged) status = RML_EVALUE;
done:
    free(memory);
    return status;
}

void rml_glm_free(rml_glm *fit)
{
    if (!fit) return;
    free(fit->memory);
    *fit = (rml_glm){0};
}

rml_status rml_glm_predict(const rml_glm *fit, bool intercept, const rml_columns *columns, const double *offset,
                           double *probability)
{
    if (!fit->coefficient || columns->n_columns + intercept != fit->n_terms) return RML_EINVAL;
    for (int64_t i = 0; i < columns->n_rows; ++i)
        probability[i] =
            (offset ? offset[i] : 0.0) + (intercept && !isnan(fit->coefficient[0]) ? fit->coefficient[0] : 0.0);
    for (int32_t j = 0; j < columns->n_columns; ++j) {
        const double b = fit->coefficient[j + intercept];

        if (!isnan(b)) add_multiple(probability, b, rml_column(columns, j), columns->n_rows);
    }
    for (int64_t i = 0; i < columns->n_rows; ++i) probability[i] = logistic(probability[i]);
    return RML_OK;
}

rml_status rml_glm_wald(const rml_glm *fit, double level, double *lower, double *upper)
{
    double z;

    if (!fit->coefficient || !(level > 0.0 && level < 1.0)) return RML_EINVAL;
    z = gsl_cdf_ugaussian_Qinv((1.0 - level) / 2.0);
    for (int32_t t = 0; t < fit->n_terms; ++t) {
        lower[t] = fit->coefficient[t] - z * fit->se[t];
        upper[t] = fit->coefficient[t] + z * fit->se[t];
    }
    return RML_OK;
}

/* 6. Profile likelihood */

typedef struct profile {
    model m; /* all terms but one, whose part is in the offset */
    const double *fixed;
    const double *base; /* the fit's own offset, or NULL */
    double *offset;
    double deviance, target; /* of the fit; sqrt of the quantile */
} profile;

/* sqrt of the deviance's growth with the term's coefficient held at b, less the target. */
static double excess_at(profile *pr, double b)
{
    model *m = &pr->m;

    for (int64_t i = 0; i < m->n; ++i)
        pr->offset[i] = (pr->base ? pr->base[i] : 0.0) + b * (pr->fixed ? pr->fixed[i] : 1.0);
    if (m->n_terms > 0) {
        start_from_outcome(m);
        iterate(m);
    } else {
        logits_from_coefficients(m);
        means_from_logits(m);
    }
    return sqrt(fmax(m->deviance - pr->deviance, 0.0)) - pr->target;
}

/* The root on one side: bracketed from the Wald limit outwards, then Illinois steps. The root's function is nearly
 * linear in b, so that few are needed. */
static double find_limit(profile *pr, double centre, double step)
{
    double low = centre, at_low = -pr->target, high = centre + step * pr->target, at_high = excess_at(pr, high);
    int last = 0;

    while (at_high < 0.0) {
        low = high;
        at_low = at_high;
        high += step * pr->target;
        if (fabs(high - centre) > PROFILE_REACH * fabs(step)) return NAN;
        at_high = excess_at(pr, high);
    }
    for (int k = 0; k < 60 && fabs(high - low) > 1e-9 * fabs(step); ++k) {
        double b = high - at_high * (high - low) / (at_high - at_low);
        const double value = excess_at(pr, b);

        if (!(fabs(value) > 1e-10)) return b;
        if (value > 0.0) {
            high = b, at_high = value;
            if (last == 1) at_low /= 2.0;
            last = 1;
        } else {
            low = b, at_low = value;
            if (last == -1) at_high /= 2.0;
            last = -1;
        }
    }
    return (low + high) / 2.0;
}

rml_status rml_glm_profile(const rml_glm *fit, const rml_columns *columns, const uint8_t *y, const double *weight,
                           const double *offset, const rml_glm_settings *settings, double level, double *lower,
                           double *upper)
{
    rml_status status = check(columns, y, weight, offset, settings, true);
    profile pr = {.base = offset};
    double *memory;
    size_t used;

    for (int32_t t = 0; t < fit->n_terms; ++t) lower[t] = upper[t] = NAN;
    if (status != RML_OK) return status;
    if (!fit->coefficient || !(level > 0.0 && level < 1.0)) return RML_EINVAL;
    if (columns->n_rows != fit->n_rows || columns->n_columns + settings->intercept != fit->n_terms) return RML_EINVAL;
    if (fit->separation != RML_SEPARATION_NONE || !fit->converged) return RML_EVALUE;
    pr.m = model_of(columns, y, weight, offset, settings, fit->n_terms);
    used = lay_out(&pr.m, NULL);
    memory = malloc((used + (size_t)fit->n_rows) * sizeof *memory);
    if (!memory) return RML_ENOMEM;
    pr.offset = memory + used;
    pr.deviance = fit->deviance;
    pr.target = gsl_cdf_ugaussian_Qinv((1.0 - level) / 2.0);
    for (int32_t t = 0; t < fit->n_terms; ++t) {
        int32_t n = 0;

        if (isnan(fit->coefficient[t])) continue;
        pr.m = model_of(columns, y, weight, pr.offset, settings, fit->n_terms - 1);
        (void)lay_out(&pr.m, memory);
        for (int32_t other = 0; other < fit->n_terms; ++other) {
            const double *term = other < settings->intercept ? NULL : rml_column(columns, other - settings->intercept);

            if (other == t)
                pr.fixed = term;
            else
                pr.m.term[n++] = term;
        }
        lower[t] = find_limit(&pr, fit->coefficient[t], -fit->se[t]);
        upper[t] = find_limit(&pr, fit->coefficient[t], fit->se[t]);
    }
    free(memory);
    return RML_OK;
}

/* 7. One column at a time */

static void put(double *array, int32_t j, double value)
{
    if (array) array[j] = value;
}

static void fit_one(model *m, const double *column, const rml_glm_univariate *out, int32_t j)
{
    rml_separation separation = RML_SEPARATION_NONE;
    double intercept = NAN, b = NAN, se = NAN, deviance = NAN, vcov[4];
    bool finite = true;

    for (int64_t i = 0; i < m->n; ++i) finite &= isfinite(column[i]) != 0;
    out->status[j] = RML_EVALUE;
    if (finite) {
        m->term[0] = NULL;
        m->term[1] = column;
        separation = fit_model(m);
        intercept = m->coef[0];
        deviance = m->deviance;
        if (m->rank == 2) b = m->coef[1];
        if (separation == RML_SEPARATION_NONE && m->converged) {
            invert(m, vcov);
            se = sqrt(vcov[3]);
            out->status[j] = m->rank == 2 ? RML_OK : RML_EEMPTY;
        }
    }
    put(out->intercept, j, intercept);
    put(out->coefficient, j, b);
    put(out->se, j, se);
    put(out->z, j, b / se);
    put(out->p, j, erfc(fabs(b / se) / sqrt(2.0)));
    put(out->deviance, j, deviance);
    if (out->separation) out->separation[j] = separation;
}

rml_status rml_glm_fit_each(const rml_columns *columns, const uint8_t *y, const double *weight,
                            const rml_glm_settings *settings, const rml_glm_univariate *out)
{
    const rml_status status = check(columns, y, weight, NULL, settings, false);
    double *memory;
    model m;

    if (status != RML_OK) return status;
    m = model_of(columns, y, weight, NULL, settings, 2);
    memory = malloc(lay_out(&m, NULL) * sizeof *memory);
    if (!memory) return RML_ENOMEM;
    (void)lay_out(&m, memory);
    for (int32_t j = 0; j < columns->n_columns; ++j) fit_one(&m, rml_column(columns, j), out, j);
    free(memory);
    return RML_OK;
}
