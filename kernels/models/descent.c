/* 1. Scratch   2. Loss and gradient   3. Steps on the working set   4. One lambda
 *
 * The working set holds the coordinates that have been non-zero or broke the optimality conditions. On it the loss is
 * replaced by a quadratic with the exact gradient and a Hessian X'VX, which is solved with its penalty by coordinate
 * descent; then the gradient is taken anew. An old Hessian still leads to the exact minimum, only in more steps, so the
 * Gram matrix is kept from lambda to lambda, grows with the working set, and is made anew when a step gains too little:
 * least squares never need that. Every step is checked to lower the objective. When the set is larger than one and a
 * half times the rows the Gram matrix costs more than it saves, and the descent updates the residual instead.
 *
 * Outside the working set the strong rule (Tibshirani et al., JRSS B 74, 2012) says which coordinates to test first;
 * all are tested before a solution counts. */
#include "kernels/models/descent.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/models/descent_work.h"

#define MAX_STEPS 1000      /* of a working set */
#define LARGEST_GRAM 2048   /* coordinates */
#define LARGEST_KERNEL 2048 /* rows */
#define SLOW 0.1            /* an old Hessian that leaves more of the violation than this is made anew */
#define LEAST_CURVE 1e-8    /* of p (1 - p): keeps the quadratic bounded where the fit is certain */
#define NOISE 1e-14         /* relative rounding of the objective */

/* 1. Scratch */

static rml_status start_cox(rml_descent *d)
{
    const rml_status status = rml_descent_cox_init(d->surv, d->w, &d->cox);

    if (status != RML_OK) {
        rml_descent_free(d);
        return status;
    }
    d->value = rml_descent_cox_evaluate(&d->cox, d->eta, d->work->residual, d->work->curve);
    for (int32_t j = 0; j < d->n_columns; ++j)
        d->gradient[j] = rml_descent_dot(d->work->residual, rml_descent_column(d, j), d->n);
    return RML_OK;
}

rml_status rml_descent_init(rml_descent *d)
{
    const size_t n = (size_t)d->n, p = (size_t)d->n_columns + 1;
    size_t c = n + n / 2 < LARGEST_GRAM ? n + n / 2 : LARGEST_GRAM, kernel;
    double *at;
    rml_descent_work *k;

    if (d->loss == RML_LOSS_COX) c = LARGEST_GRAM; /* its diagonal alone leads slowly */
    c = d->is_lean ? 1 : c < p ? c : p;
    kernel = !d->is_lean && c < p && n <= LARGEST_KERNEL ? n * n : 0;
    d->memory = calloc(10 * p + 9 * n + 2 * c * c + 4 * c + 2 * kernel, sizeof(double));
    k = calloc(1, sizeof *k);
    d->work = k;
    if (!d->memory || !k) {
        rml_descent_free(d);
        return RML_ENOMEM;
    }
    at = d->memory;
    k->capacity = (int32_t)c;
    d->b = at, at += p;
    d->gradient = at, at += p;
    k->r = at, at += p;
    k->start = at, at += p;
    k->now = at, at += p;
    k->moved = at, at += p;
    k->diagonal = at, at += p;
    k->l1 = at, at += p;
    k->l2 = at, at += p;
    d->eta = at, at += n;
    k->residual = at, at += n;
    k->curve = at, at += n;
    k->old = at, at += n;
    k->scaled = at, at += n;
    k->root = at, at += n;
    for (int v = 0; v < 3; ++v) k->rows[v] = at, at += n;
    if (kernel > 0) {
        k->kernel = at, at += kernel;
        k->kernel_factor = at, at += kernel;
    }
    k->gram = at, at += c * c;
    k->factor = at, at += c * c;
    k->step = at, at += c;
    k->cosine = at, at += c;
    k->sine = at, at += c;
    k->active = (int32_t *)(void *)at, at += c; /* an int32_t needs half a double, the four below a byte each */
    k->set = (int32_t *)(void *)at;
    k->is_member = (uint8_t *)(k->set + p);
    k->is_strong = k->is_member + p;
    k->in_kernel = k->is_strong + p;
    k->wanted = k->in_kernel + p;
    if (d->loss == RML_LOSS_LOGISTIC && d->intercept_factor == 0.0) {
        double mean = 0.0;

        for (int64_t i = 0; i < d->n; ++i) mean += d->w[i] * d->y[i];
        d->b[d->n_columns] = log(mean / (1.0 - mean));
    }
    return d->loss == RML_LOSS_COX ? start_cox(d) : RML_OK;
}

void rml_descent_free(rml_descent *d)
{
    if (!d) return;
    rml_descent_cox_free(&d->cox);
    free(d->memory);
    free(d->work);
    d->memory = NULL;
    d->work = NULL;
}

/* 2. Loss and gradient */

/* eta, residual, curve and loss from b. */
static void evaluate(rml_descent *d)
{
    rml_descent_work *k = d->work;
    const double base = d->b[d->n_columns];
    double loss = 0.0;

    for (int64_t i = 0; i < d->n; ++i) d->eta[i] = base;
    for (int32_t a = 0; a < k->n_set; ++a) {
        const int32_t j = k->set[a];

        if (j != d->n_columns && d->b[j] != 0.0) rml_descent_add(d->eta, d->b[j], rml_descent_column(d, j), d->n);
    }
    if (d->loss == RML_LOSS_COX) {
        d->value = rml_descent_cox_evaluate(&d->cox, d->eta, k->residual, k->curve);
        return;
    }
    for (int64_t i = 0; i < d->n; ++i) {
        if (d->loss == RML_LOSS_LOGISTIC) {
            const double eta = d->eta[i], e = exp(-fabs(eta)), less = e / (1.0 + e),
                         mean = eta < 0.0 ? less : 1.0 - less;
            const double curve = less / (1.0 + e);
            const double off = d->y[i] > 0.5 ? (eta < 0.0 ? 1.0 - less : less) : -mean; /* without cancellation */

            loss += d->w[i] * (log1p(e) + fmax(eta, 0.0) - d->y[i] * eta);
            k->residual[i] = d->w[i] * off;
            k->curve[i] = d->w[i] * fmax(curve, LEAST_CURVE);
        } else {
            const double off = d->y[i] - d->eta[i];

            loss += d->w[i] * off * off / 2.0;
            k->residual[i] = d->w[i] * off;
            k->curve[i] = d->w[i];
        }
    }
    d->value = loss;
}

static double objective(const rml_descent *d)
{
    const rml_descent_work *k = d->work;
    double sum = d->value;

    for (int32_t a = 0; a < k->n_set; ++a) {
        const double b = d->b[k->set[a]];

        sum += k->l1[a] * fabs(b) + k->l2[a] * b * b / 2.0;
    }
    return sum;
}

/* How far the optimality condition of a coordinate is from being met. */
static double violation(double gradient, double b, double l1, double l2)
{
    if (b == 0.0) return fmax(fabs(gradient) - l1, 0.0);
    return fabs(gradient - copysign(l1, b) - l2 * b);
}

static double look_at_set(rml_descent *d)
{
    const rml_descent_work *k = d->work;
    double worst = 0.0;

    for (int32_t a = 0; a < k->n_set; ++a) {
        const int32_t j = k->set[a];

        d->gradient[j] = rml_descent_dot(k->residual, rml_descent_column(d, j), d->n);
        worst = fmax(worst, violation(d->gradient[j], d->b[j], k->l1[a], k->l2[a]) / d->size[j]);
    }
    return worst;
}

/* 3. Steps on the working set */

static void put_b(rml_descent *d, double share)
{
    const rml_descent_work *k = d->work;

    for (int32_t a = 0; a < k->n_set; ++a)
        d->b[k->set[a]] = share == 1.0 ? k->now[a] : k->start[a] + share * (k->now[a] - k->start[a]);
}

static bool minimise_on_set(rml_descent *d)
{
    rml_descent_work *k = d->work;
    const bool by_gram = k->n_set <= k->capacity;
    double worst, before;
    bool is_fresh = d->loss == RML_LOSS_SQUARES; /* the Hessian is that of where b stands */

    evaluate(d);
    before = objective(d);
    worst = look_at_set(d);
    for (int step = 0; step < MAX_STEPS; ++step) {
        const double last = worst, room = NOISE * (1.0 + fabs(before));
        double share = 1.0, after;

        if (worst <= d->tolerance) return true;
        for (int32_t a = 0; a < k->n_set; ++a) {
            k->start[a] = k->now[a] = d->b[k->set[a]];
            k->r[a] = d->gradient[k->set[a]];
        }
        if (by_gram) {
            if (k->n_gram == 0) {
                rml_descent_renew_gram(d);
                is_fresh = true;
            }
            rml_descent_extend_gram(d);
            rml_descent_solve_by_gram(d, fmax(0.03 * worst, 0.1 * d->tolerance));
        } else {
            k->n_gram = 0; /* what it had is for another set */
            is_fresh = true;
            rml_descent_solve_by_residual(d, fmax(0.03 * worst, 0.1 * d->tolerance));
        }
        put_b(d, 1.0);
        evaluate(d);
        after = objective(d);
        while (!(after <= before + room) && share > 1e-6) { /* the quadratic was too flat */
            share = is_fresh ? share / 2.0 : 0.0;
            put_b(d, share);
            evaluate(d);
            after = objective(d);
        }
        before = after;
        worst = look_at_set(d);
        if (is_fresh && share <= 1e-6) break; /* rounding allows no more */
        if (!by_gram || d->loss == RML_LOSS_SQUARES) continue;
        if (!is_fresh && (share == 0.0 || worst > SLOW * last)) {
            rml_descent_renew_gram(d);
            is_fresh = true;
        } else {
            is_fresh = false; /* the weights have moved since */
        }
    }
    return worst <= d->tolerance;
}

/* 4. One lambda */

static void penalise(rml_descent *d, int32_t a)
{
    rml_descent_work *k = d->work;
    const double factor = k->set[a] == d->n_columns ? d->intercept_factor : 1.0;

    k->l1[a] = factor * k->lambda * k->alpha;
    k->l2[a] = factor * k->lambda * (1.0 - k->alpha);
}

static void join(rml_descent *d, int32_t j)
{
    rml_descent_work *k = d->work;

    k->is_member[j] = 1;
    k->set[k->n_set] = j;
    penalise(d, k->n_set++);
}

/* Drops zero coordinates when there are many, so that the Gram matrix stays small. */
static void prune(rml_descent *d)
{
    rml_descent_work *k = d->work;
    int32_t n = 0;

    for (int32_t a = 0; a < k->n_set; ++a) n += d->b[k->set[a]] != 0.0;
    if (k->n_set <= 2 * n + 64) return;
    n = 0;
    for (int32_t a = 0; a < k->n_set; ++a) {
        const int32_t j = k->set[a];

        if (d->b[j] != 0.0 || j == d->n_columns)
            k->set[n++] = j;
        else
            k->is_member[j] = 0;
    }
    k->n_set = n;
    k->n_gram = 0;
}

/* Gradients of coordinates outside the set, the strong ones or all; those that break their condition join. */
static bool look_outside(rml_descent *d, bool strong_only, double l1)
{
    rml_descent_work *k = d->work;
    const int32_t before = k->n_set;

    for (int32_t j = 0; j < d->n_columns; ++j) {
        if (k->is_member[j] || !(d->size[j] > 0.0) || (strong_only && !k->is_strong[j])) continue;
        d->gradient[j] = rml_descent_dot(k->residual, rml_descent_column(d, j), d->n);
        if (fabs(d->gradient[j]) > l1 + d->tolerance * d->size[j]) join(d, j);
    }
    return k->n_set > before;
}

bool rml_descent_solve(rml_descent *d, double lambda, double alpha, double before)
{
    rml_descent_work *k = d->work;
    const double l1 = lambda * alpha, strong = isfinite(before) ? alpha * (2.0 * lambda - before) : 0.0;
    bool reached;

    k->lambda = lambda;
    k->alpha = alpha;
    if (d->intercept_factor >= 0.0 && !k->is_member[d->n_columns]) join(d, d->n_columns);
    prune(d);
    for (int32_t a = 0; a < k->n_set; ++a) penalise(d, a);
    for (int32_t j = 0; j < d->n_columns; ++j) {
        k->is_strong[j] = fabs(d->gradient[j]) >= strong;
        if (!k->is_member[j] && d->size[j] > 0.0 && fabs(d->gradient[j]) > l1) join(d, j);
    }
    do reached = minimise_on_set(d);
    while (look_outside(d, true, l1) || look_outside(d, false, l1));
    return reached;
}
