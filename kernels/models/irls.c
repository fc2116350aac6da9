/* 1. Scratch and sums   2. Least squares   3. The binomial family   4. Iterations */
#include "kernels/models/irls.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define MAX_HALVINGS 30
#define STILL_GROWING 0.5 /* a separated row's logit grows by 1 an iteration, a converging one's by nothing */
#define BOUNDARY 1e-4     /* what rows on the boundary of quasi-complete separation may still move backwards */

/* 1. Scratch and sums */

size_t rml_irls_lay_out(rml_irls *m, double *memory)
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

static void reflect(const rml_irls *m, int32_t k, double *v)
{
    const double *h = m->q + (int64_t)k * m->n + k;

    add_multiple(v + k, -m->beta[k] * dot(h, v + k, m->n - k), h, m->n - k);
}

/* QR of the weighted terms, each in its turn put through the reflections so far: one of which nearly nothing is left
 * over depends on those before it and is left out, as dqrdc2 moves it to the end. */
static void factorise(rml_irls *m)
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
static void solve(rml_irls *m)
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

void rml_irls_invert(rml_irls *m, double *vcov)
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

double rml_irls_logistic(double eta)
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
static double deviance_of(const rml_irls *m)
{
    double sum = 0.0;

    for (int64_t i = 0; i < m->n; ++i)
        sum -= 2.0 * rml_irls_weight(m, i) * log(m->y[i] ? m->mu[i] : rml_irls_logistic(-m->eta[i]));
    return sum;
}

static void means_from_logits(rml_irls *m)
{
    for (int64_t i = 0; i < m->n; ++i) m->mu[i] = rml_irls_logistic(m->eta[i]);
    m->deviance = deviance_of(m);
}

static void logits_from_coefficients(rml_irls *m)
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

void rml_irls_evaluate(rml_irls *m)
{
    logits_from_coefficients(m);
    means_from_logits(m);
}

/* 4. Iterations */

static void start_from_outcome(rml_irls *m)
{
    for (int64_t i = 0; i < m->n; ++i) {
        const double w = rml_irls_weight(m, i), mean = (w * m->y[i] + 0.5) / (w + 1.0);

        m->eta[i] = log(mean / (1.0 - mean));
    }
    memset(m->coef, 0, (size_t)m->n_terms * sizeof *m->coef);
    means_from_logits(m);
}

/* Weights and response of the linear model that the next step solves, factorised. */
static void linearise(rml_irls *m)
{
    for (int64_t i = 0; i < m->n; ++i) {
        const double slope = slope_at(m->eta[i]), variance = m->mu[i] * rml_irls_logistic(-m->eta[i]);
        const double residual = m->y[i] ? rml_irls_logistic(-m->eta[i]) : -m->mu[i];
        const double without = m->offset ? m->eta[i] - m->offset[i] : m->eta[i];

        m->root[i] = sqrt(rml_irls_weight(m, i) * slope * slope / variance);
        m->rhs[i] = m->root[i] * (without + residual / slope);
    }
    factorise(m);
}

static void step_on(rml_irls *m, bool may_halve)
{
    const double old = m->deviance;

    memcpy(m->eta_old, m->eta, (size_t)m->n * sizeof *m->eta);
    memcpy(m->before, m->coef, (size_t)m->n_terms * sizeof *m->coef);
    linearise(m);
    solve(m);
    rml_irls_evaluate(m);
    for (int h = 0; may_halve && h < MAX_HALVINGS; ++h) {
        if (m->deviance - old <= 1e-8 * (fabs(old) + 0.1)) break;
        for (int32_t t = 0; t < m->n_terms; ++t) m->coef[t] = (m->coef[t] + m->before[t]) / 2.0;
        rml_irls_evaluate(m);
    }
}

/* From the logits as they are. The first step is never halved: its start is no point of the model. */
static void rml_irls_iterate(rml_irls *m)
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

static rml_separation find_separation(const rml_irls *m)
{
    bool complete = true, forward = true;
    double most = 0.0;

    for (int64_t i = 0; i < m->n; ++i) {
        const double side = m->y[i] ? 1.0 : -1.0;
        const double own = m->offset ? m->eta[i] - m->offset[i] : m->eta[i];
        const double growth = side * (m->eta[i] - m->eta_old[i]);

        if (rml_irls_weight(m, i) == 0.0) continue;
        if (!(side * own > 0.0)) complete = false;
        if (growth < -BOUNDARY) forward = false;
        most = fmax(most, growth);
    }
    if (complete) return RML_SEPARATION_COMPLETE;
    return forward && most >= STILL_GROWING ? RML_SEPARATION_QUASI : RML_SEPARATION_NONE;
}

/* The factor left behind is that of the weights before the last step, from which R has its standard errors. */
rml_separation rml_irls_fit(rml_irls *m)
{
    start_from_outcome(m);
    rml_irls_iterate(m);
    return find_separation(m);
}
