/* 1. Scratch   2. Sums   3. Loss and gradient   4. The quadratic model by its Gram matrix   5. The same by its residual
 * 6. Steps on the working set   7. One lambda
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

#include "kernels/base/attributes.h"

#define MAX_STEPS 1000      /* of a working set */
#define MAX_SWEEPS 2000     /* of a quadratic */
#define SWEEPS_TO_LEAP 30   /* then the non-zero coordinates are solved for at once */
#define LARGEST_LEAP 1024   /* coordinates */
#define LARGEST_GRAM 2048   /* coordinates */
#define LARGEST_KERNEL 2048 /* rows */
#define SLOW 0.25           /* an old Hessian that leaves more of the violation than this is made anew */
#define LEAST_CURVE 1e-8    /* of p (1 - p): keeps the quadratic bounded where the fit is certain */
#define NOISE 1e-14         /* relative rounding of the objective */

/* 1. Scratch */

typedef struct rml_descent_work {
    int32_t capacity;        /* of the Gram matrix */
    int32_t n_set, n_gram;   /* coordinates in the working set; those that the Gram matrix has */
    int32_t *set;            /* [n_columns + 1] */
    uint8_t *is_member;      /* [n_columns + 1] */
    uint8_t *is_strong;      /* [n_columns + 1] */
    double *residual;        /* [n] w (y - mean) */
    double *curve, *old;     /* [n] weights of the Hessian now, and of the Gram matrix */
    double *scaled;          /* [n] */
    double *gram, *factor;   /* [capacity][capacity] */
    double *r, *start, *now; /* [n_columns + 1] by place in the set: model's gradient, coefficients before and now */
    double *moved;           /* [n_columns + 1] */
    double *diagonal;        /* [n_columns + 1] */
    double *l1, *l2;         /* [n_columns + 1] penalties by place in the set */
    double *step;            /* [capacity] */
    int32_t *active;         /* [capacity] */
    double *kernel;          /* [n][n] lower triangle of XX' over the coordinates in it; NULL: never needed */
    double *kernel_factor;   /* [n][n] */
    double *root, *rows[3];  /* [n] */
    uint8_t *in_kernel, *wanted; /* [n_columns + 1] */
    double lambda, alpha;
} work;

rml_status rml_descent_init(rml_descent *d)
{
    const size_t n = (size_t)d->n, p = (size_t)d->n_columns + 1;
    size_t c = n + n / 2 < LARGEST_GRAM ? n + n / 2 : LARGEST_GRAM, kernel;
    double *at;
    work *k;

    c = c < p ? c : p;
    kernel = c < p && n <= LARGEST_KERNEL ? n * n : 0;
    d->memory = calloc(10 * p + 9 * n + 2 * c * c + 2 * c + 2 * kernel, sizeof(double));
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
    k->active = (int32_t *)(void *)at, at += c; /* an int32_t needs half a double, the four below a byte each */
    k->set = (int32_t *)(void *)at;
    k->is_member = (uint8_t *)(k->set + p);
    k->is_strong = k->is_member + p;
    k->in_kernel = k->is_strong + p;
    k->wanted = k->in_kernel + p;
    if (d->binomial && d->intercept_factor == 0.0) {
        double mean = 0.0;

        for (int64_t i = 0; i < d->n; ++i) mean += d->w[i] * d->y[i];
        d->b[d->n_columns] = log(mean / (1.0 - mean));
    }
    return RML_OK;
}

void rml_descent_free(rml_descent *d)
{
    if (!d) return;
    free(d->memory);
    free(d->work);
    d->memory = NULL;
    d->work = NULL;
}

static const double *column(const rml_descent *d, int32_t j)
{
    return d->x + (int64_t)j * d->n;
}

/* 2. Sums */

/* Sixteen running sums, so that the additions need not wait for one another; their order never changes. */
RML_HOT static double dot(const double *restrict v, const double *restrict x, int64_t n)
{
    double sum[16] = {0};
    int64_t i = 0;

    for (; i + 16 <= n; i += 16)
        for (int k = 0; k < 16; ++k) sum[k] += v[i + k] * x[i + k];
    for (; i < n; ++i) sum[i & 15] += v[i] * x[i];
    for (int half = 8; half > 0; half /= 2)
        for (int k = 0; k < half; ++k) sum[k] += sum[k + half];
    return sum[0];
}

RML_HOT static void add_multiple(double *restrict y, double factor, const double *restrict x, int64_t n)
{
    for (int64_t i = 0; i < n; ++i) y[i] += factor * x[i];
}

RML_HOT static void add_scaled(double *restrict y, double factor, const double *restrict v, const double *restrict x,
                               int64_t n)
{
    for (int64_t i = 0; i < n; ++i) y[i] += factor * (v[i] * x[i]);
}

/* 3. Loss and gradient */

/* eta, residual, curve and loss from b. */
static void evaluate(rml_descent *d)
{
    work *k = d->work;
    const double base = d->b[d->n_columns];
    double loss = 0.0;

    for (int64_t i = 0; i < d->n; ++i) d->eta[i] = base;
    for (int32_t a = 0; a < k->n_set; ++a) {
        const int32_t j = k->set[a];

        if (j != d->n_columns && d->b[j] != 0.0) add_multiple(d->eta, d->b[j], column(d, j), d->n);
    }
    for (int64_t i = 0; i < d->n; ++i) {
        if (d->binomial) {
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
    d->loss = loss;
}

static double objective(const rml_descent *d)
{
    const work *k = d->work;
    double sum = d->loss;

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
    const work *k = d->work;
    double worst = 0.0;

    for (int32_t a = 0; a < k->n_set; ++a) {
        const int32_t j = k->set[a];

        d->gradient[j] = dot(k->residual, column(d, j), d->n);
        worst = fmax(worst, violation(d->gradient[j], d->b[j], k->l1[a], k->l2[a]) / d->size[j]);
    }
    return worst;
}

static double soften(double z, double l1)
{
    return z > l1 ? z - l1 : z < -l1 ? z + l1 : 0.0;
}

/* 4. The quadratic model by its Gram matrix */

static void extend_gram(rml_descent *d)
{
    work *k = d->work;

    for (; k->n_gram < k->n_set; ++k->n_gram) {
        const double *x = column(d, k->set[k->n_gram]);
        double *row = k->gram + (int64_t)k->n_gram * k->capacity;

        for (int64_t i = 0; i < d->n; ++i) k->scaled[i] = k->old[i] * x[i];
        for (int32_t a = 0; a <= k->n_gram; ++a) {
            row[a] = dot(k->scaled, column(d, k->set[a]), d->n);
            k->gram[(int64_t)a * k->capacity + k->n_gram] = row[a];
        }
    }
}

static void renew_gram(rml_descent *d)
{
    work *k = d->work;

    memcpy(k->old, k->curve, (size_t)d->n * sizeof *k->old);
    k->n_gram = 0;
    extend_gram(d);
}

/* Lower Cholesky factor in place; false when the matrix is not safely positive. */
static bool factorise(double *a, int32_t n, int32_t stride)
{
    for (int32_t i = 0; i < n; ++i) {
        double *row = a + (int64_t)i * stride;
        const double whole = row[i];

        for (int32_t j = 0; j < i; ++j) {
            const double *other = a + (int64_t)j * stride;

            row[j] = (row[j] - dot(row, other, j)) / other[j];
        }
        row[i] -= dot(row, row, i);
        if (!(row[i] > 1e-11 * whole)) return false;
        row[i] = sqrt(row[i]);
    }
    return true;
}

/* v := (L L')^-1 v */
static void solve_factored(const double *factor, int64_t stride, int32_t n, double *v)
{
    for (int32_t s = 0; s < n; ++s) v[s] = (v[s] - dot(factor + s * stride, v, s)) / factor[s * stride + s];
    for (int32_t s = n - 1; s >= 0; --s) {
        v[s] /= factor[s * stride + s];
        add_multiple(v, -v[s], factor + s * stride, s);
    }
}

/* Newton's step over the non-zero coordinates, as far as all signs stay; there the first to reach zero is put there. */
static void leap(work *k)
{
    const int64_t c = k->capacity;
    int32_t n = 0, first = -1;
    double share = 1.0;

    for (int32_t a = 0; a < k->n_set; ++a)
        if (k->now[a] != 0.0 && n < LARGEST_LEAP + 1) k->active[n++] = a;
    if (n == 0 || n > LARGEST_LEAP) return;
    for (int32_t s = 0; s < n; ++s) {
        const int32_t a = k->active[s];

        for (int32_t t = 0; t <= s; ++t) k->factor[s * c + t] = k->gram[a * c + k->active[t]];
        k->factor[s * c + s] += k->l2[a];
        k->step[s] = k->r[a] - copysign(k->l1[a], k->now[a]) - k->l2[a] * k->now[a];
    }
    if (!factorise(k->factor, n, k->capacity)) return;
    solve_factored(k->factor, c, n, k->step);
    for (int32_t s = 0; s < n; ++s) {
        const double b = k->now[k->active[s]];

        if (k->l1[k->active[s]] > 0.0 && (b + k->step[s] > 0.0) != (b > 0.0) && -b / k->step[s] < share) {
            share = -b / k->step[s];
            first = s;
        }
    }
    for (int32_t s = 0; s < n; ++s) {
        const int32_t a = k->active[s];
        const double before = k->now[a];

        k->now[a] = s == first ? 0.0 : before + share * k->step[s];
        add_multiple(k->r, before - k->now[a], k->gram + a * c, k->n_set);
    }
}

/* Coordinate descent until no step is larger than `enough`, in the gradient's units; over the non-zero coordinates
 * until these are done, then over all. */
static void solve_by_gram(rml_descent *d, double enough)
{
    work *k = d->work;
    bool all = true;

    for (int sweep = 1; sweep <= MAX_SWEEPS; ++sweep) {
        double worst = 0.0;

        for (int32_t a = 0; a < k->n_set; ++a) {
            const double *row = k->gram + (int64_t)a * k->capacity;
            const double old = k->now[a], h = row[a] + k->l2[a];
            double new, step;

            if (!all && old == 0.0) continue;
            new = soften(k->r[a] + row[a] * old, k->l1[a]) / h;
            step = new - old;
            if (step == 0.0) continue;
            k->now[a] = new;
            add_multiple(k->r, -step, row, k->n_set);
            worst = fmax(worst, fabs(step) * h / d->size[k->set[a]]);
        }
        if (worst <= enough && all) return;
        all = worst <= enough;
        if (!all && sweep % SWEEPS_TO_LEAP == 0) leap(k);
    }
}

/* 5. The same by its residual */

/* Four columns at once, each with its sign, so that the kernel passes by once. */
RML_HOT static void add_to_kernel(double *kernel, int64_t n, const double *const x[4], const double sign[4])
{
    for (int64_t i = 0; i < n; ++i) {
        double *restrict row = kernel + i * n;
        const double *restrict x0 = x[0], *restrict x1 = x[1], *restrict x2 = x[2], *restrict x3 = x[3];
        const double f0 = sign[0] * x0[i], f1 = sign[1] * x1[i], f2 = sign[2] * x2[i], f3 = sign[3] * x3[i];

        for (int64_t j = 0; j <= i; ++j) row[j] += (f0 * x0[j] + f1 * x1[j]) + (f2 * x2[j] + f3 * x3[j]);
    }
}

/* The kernel of the coordinates that are non-zero now, by what has changed since. */
static void update_kernel(rml_descent *d)
{
    work *k = d->work;
    const double *x[4] = {d->x, d->x, d->x, d->x};
    double sign[4] = {0};
    int n = 0;

    memset(k->wanted, 0, (size_t)d->n_columns + 1);
    for (int32_t a = 0; a < k->n_set; ++a) k->wanted[k->set[a]] = k->now[a] != 0.0;
    for (int32_t j = 0; j < d->n_columns; ++j) {
        if (k->wanted[j] == k->in_kernel[j]) continue;
        x[n] = column(d, j);
        sign[n++] = k->wanted[j] ? 1.0 : -1.0;
        k->in_kernel[j] = k->wanted[j];
        if (n < 4) continue;
        add_to_kernel(k->kernel, d->n, x, sign);
        n = 0;
    }
    if (n == 0) return;
    for (; n < 4; ++n) sign[n] = 0.0;
    add_to_kernel(k->kernel, d->n, x, sign);
}

/* Goes the share of the step r from `now`; coordinates that would pass zero stop there. Gives the quadratic's change,
 * and eta's in rows[2]. */
static double try_move(rml_descent *d, double share, double *moved)
{
    work *k = d->work;
    double *eta = k->rows[2], change = 0.0;

    memset(eta, 0, (size_t)d->n * sizeof *eta);
    for (int32_t a = 0; a < k->n_set; ++a) {
        const double old = k->now[a];
        double new = old + share * k->r[a];

        if (old != 0.0 && k->l1[a] > 0.0 && (new > 0.0) != (old > 0.0)) new = 0.0;
        moved[a] = new;
        if (new == old) continue;
        change += k->l1[a] * (fabs(new) - fabs(old)) + k->l2[a] * (new *new - old *old) / 2.0;
        add_multiple(eta, new - old, column(d, k->set[a]), d->n);
    }
    for (int64_t i = 0; i < d->n; ++i) change += eta[i] * (k->curve[i] * eta[i] / 2.0 - k->scaled[i]);
    return change;
}

/* Newton's step over the non-zero coordinates when they are more than the rows: with Z = V^1/2 X and S = ZZ' + l2 I,
 * (Z'Z + l2 I)^-1 = (I - Z' S^-1 Z) / l2, and the free intercept by its Schur complement l2 z0' S^-1 z0. */
static void leap_by_rows(rml_descent *d)
{
    work *k = d->work;
    const double l2 = k->lambda * (1.0 - k->alpha), *residual = k->scaled;
    const int64_t n = d->n;
    double *q = k->rows[0], *t = k->rows[1], first = 0.0, sum = 0.0, below = 0.0;

    if (!k->kernel || !(l2 > 0.0) || d->intercept_factor > 0.0) return;
    update_kernel(d);
    for (int64_t i = 0; i < n; ++i) k->root[i] = sqrt(k->curve[i]);
    for (int64_t i = 0; i < n; ++i) {
        for (int64_t j = 0; j <= i; ++j) k->kernel_factor[i * n + j] = k->root[i] * k->root[j] * k->kernel[i * n + j];
        k->kernel_factor[i * n + i] += l2;
    }
    if (!factorise(k->kernel_factor, (int32_t)n, (int32_t)n)) return;
    memset(q, 0, (size_t)n * sizeof *q);
    for (int32_t a = 0; a < k->n_set; ++a) {
        const double b = k->now[a];

        k->r[a] = 0.0;
        if (b == 0.0 || k->set[a] == d->n_columns) continue;
        k->r[a] = dot(residual, column(d, k->set[a]), n) - copysign(k->l1[a], b) - k->l2[a] * b;
        add_multiple(q, k->r[a], column(d, k->set[a]), n);
    }
    for (int64_t i = 0; i < n; ++i) {
        q[i] *= k->root[i];
        t[i] = k->root[i];
        sum += residual[i];
    }
    solve_factored(k->kernel_factor, n, (int32_t)n, q);
    if (d->intercept_factor == 0.0) {
        solve_factored(k->kernel_factor, n, (int32_t)n, t);
        for (int64_t i = 0; i < n; ++i) {
            sum -= k->root[i] * q[i];
            below += k->root[i] * t[i];
        }
        first = sum / (l2 * below);
    }
    for (int64_t i = 0; i < n; ++i) q[i] = k->root[i] * (q[i] + l2 * first * t[i]);
    for (int32_t a = 0; a < k->n_set; ++a) {
        const int32_t j = k->set[a];

        if (j == d->n_columns)
            k->r[a] = first;
        else if (k->now[a] != 0.0)
            k->r[a] = (k->r[a] - dot(q, column(d, j), n)) / l2;
    }
    for (double share = 1.0; share > 1e-3; share /= 2.0) {
        if (try_move(d, share, k->moved) > 0.0) continue;
        memcpy(k->now, k->moved, (size_t)k->n_set * sizeof *k->now);
        for (int64_t i = 0; i < n; ++i) k->scaled[i] -= k->curve[i] * k->rows[2][i];
        return;
    }
}

static void solve_by_residual(rml_descent *d, double enough)
{
    work *k = d->work;
    double *residual = k->scaled;
    bool all = true;

    memcpy(residual, k->residual, (size_t)d->n * sizeof *residual);
    for (int32_t a = 0; a < k->n_set; ++a) {
        const double *x = column(d, k->set[a]);
        double sum = 0.0;

        for (int64_t i = 0; i < d->n; ++i) sum += k->curve[i] * x[i] * x[i];
        k->diagonal[a] = sum;
    }
    for (int sweep = 1; sweep <= MAX_SWEEPS; ++sweep) {
        double worst = 0.0;

        for (int32_t a = 0; a < k->n_set; ++a) {
            const double *x = column(d, k->set[a]);
            const double old = k->now[a], h = k->diagonal[a] + k->l2[a];
            double new, step;

            if (!all && old == 0.0) continue;
            new = soften(dot(residual, x, d->n) + k->diagonal[a] * old, k->l1[a]) / h;
            step = new - old;
            if (step == 0.0) continue;
            k->now[a] = new;
            add_scaled(residual, -step, k->curve, x, d->n);
            worst = fmax(worst, fabs(step) * h / d->size[k->set[a]]);
        }
        if (worst <= enough && all) return;
        all = worst <= enough;
        if (!all && sweep % SWEEPS_TO_LEAP == 0) leap_by_rows(d);
    }
}

/* 6. Steps on the working set */

static void put_b(rml_descent *d, double share)
{
    const work *k = d->work;

    for (int32_t a = 0; a < k->n_set; ++a)
        d->b[k->set[a]] = share == 1.0 ? k->now[a] : k->start[a] + share * (k->now[a] - k->start[a]);
}

static bool minimise_on_set(rml_descent *d)
{
    work *k = d->work;
    const bool by_gram = k->n_set <= k->capacity;
    double worst, before;
    bool is_fresh = !d->binomial; /* the Hessian is that of where b stands */

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
                renew_gram(d);
                is_fresh = true;
            }
            extend_gram(d);
            solve_by_gram(d, fmax(0.03 * worst, 0.1 * d->tolerance));
        } else {
            k->n_gram = 0; /* what it had is for another set */
            is_fresh = true;
            solve_by_residual(d, fmax(0.03 * worst, 0.1 * d->tolerance));
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
        if (!by_gram || !d->binomial) continue;
        if (!is_fresh && (share == 0.0 || worst > SLOW * last)) {
            renew_gram(d);
            is_fresh = true;
        } else {
            is_fresh = false; /* the weights have moved since */
        }
    }
    return worst <= d->tolerance;
}

/* 7. One lambda */

static void penalise(rml_descent *d, int32_t a)
{
    work *k = d->work;
    const double factor = k->set[a] == d->n_columns ? d->intercept_factor : 1.0;

    k->l1[a] = factor * k->lambda * k->alpha;
    k->l2[a] = factor * k->lambda * (1.0 - k->alpha);
}

static void join(rml_descent *d, int32_t j)
{
    work *k = d->work;

    k->is_member[j] = 1;
    k->set[k->n_set] = j;
    penalise(d, k->n_set++);
}

/* Drops zero coordinates when there are many, so that the Gram matrix stays small. */
static void prune(rml_descent *d)
{
    work *k = d->work;
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
    work *k = d->work;
    const int32_t before = k->n_set;

    for (int32_t j = 0; j < d->n_columns; ++j) {
        if (k->is_member[j] || !(d->size[j] > 0.0) || (strong_only && !k->is_strong[j])) continue;
        d->gradient[j] = dot(k->residual, column(d, j), d->n);
        if (fabs(d->gradient[j]) > l1 + d->tolerance * d->size[j]) join(d, j);
    }
    return k->n_set > before;
}

bool rml_descent_solve(rml_descent *d, double lambda, double alpha, double before)
{
    work *k = d->work;
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
