/* 1. Sums   2. Cholesky   3. By the Gram matrix   4. Newton steps by the rows   5. By the residual */
#include "kernels/models/descent_work.h"

#include <math.h>
#include <string.h>

#include "kernels/base/attributes.h"

#define MAX_SWEEPS 2000
#define SWEEPS_TO_LEAP 30 /* then the non-zero coordinates are solved for at once */
#define SWEEPS_TO_ROWS 10 /* the same, where a sweep costs more */
#define LARGEST_LEAP 1024 /* coordinates */
#define LEAST_PIVOT 1e-11 /* of Cholesky, of the diagonal element; its rounding is some 1e-14 */
#define LEAST_CURVE 1e-8  /* of Cox, of a column's own size: keeps steps bounded where the order is certain */

/* 1. Sums */

/* Sixteen running sums, so that the additions need not wait for one another; their order never changes. */
RML_HOT double rml_descent_dot(const double *v, const double *x, int64_t n)
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

RML_HOT void rml_descent_add(double *restrict y, double factor, const double *restrict x, int64_t n)
{
    for (int64_t i = 0; i < n; ++i) y[i] += factor * x[i];
}

RML_HOT static void add_scaled(double *restrict y, double factor, const double *restrict v, const double *restrict x,
                               int64_t n)
{
    for (int64_t i = 0; i < n; ++i) y[i] += factor * (v[i] * x[i]);
}

static double soften(double z, double l1)
{
    return z > l1 ? z - l1 : z < -l1 ? z + l1 : 0.0;
}

/* 2. Cholesky */

/* Lower Cholesky factor in place. A pivot below LEAST_PIVOT of its diagonal element, of a column that the earlier ones
 * all but make up, is raised to that, and the answer is false. */
static bool factorise(double *a, int32_t n, int32_t stride)
{
    bool exact = true;

    for (int32_t i = 0; i < n; ++i) {
        double *row = a + (int64_t)i * stride;
        const double lowest = LEAST_PIVOT * row[i];

        for (int32_t j = 0; j < i; ++j) {
            const double *other = a + (int64_t)j * stride;

            row[j] = (row[j] - rml_descent_dot(row, other, j)) / other[j];
        }
        row[i] -= rml_descent_dot(row, row, i);
        exact &= row[i] > lowest;
        row[i] = sqrt(fmax(row[i], lowest));
    }
    return exact;
}

/* Takes row and column `out` away from a factor of n of them, by rotations that make the rest triangular again. */
static void drop_factored(double *a, int64_t stride, int32_t n, int32_t out, double *cosine, double *sine)
{
    for (int32_t i = out + 1; i < n; ++i) {
        const double *from = a + i * stride;
        double *to = a + (i - 1) * stride, carried = from[out], length;

        memmove(to, from, (size_t)out * sizeof *to);
        for (int32_t j = out; j + 1 < i; ++j) {
            const double next = from[j + 1];

            to[j] = cosine[j] * carried + sine[j] * next;
            carried = cosine[j] * next - sine[j] * carried;
        }
        length = hypot(carried, from[i]);
        cosine[i - 1] = carried / length;
        sine[i - 1] = from[i] / length;
        to[i - 1] = length;
    }
}

/* v := (L L')^-1 v */
static void solve_factored(const double *factor, int64_t stride, int32_t n, double *v)
{
    for (int32_t s = 0; s < n; ++s) v[s] = (v[s] - rml_descent_dot(factor + s * stride, v, s)) / factor[s * stride + s];
    for (int32_t s = n - 1; s >= 0; --s) {
        v[s] /= factor[s * stride + s];
        rml_descent_add(v, -v[s], factor + s * stride, s);
    }
}

/* 3. By the Gram matrix */

void rml_descent_extend_gram(rml_descent *d)
{
    rml_descent_work *k = d->work;

    for (; k->n_gram < k->n_set; ++k->n_gram) {
        const double *x = rml_descent_column(d, k->set[k->n_gram]);
        double *row = k->gram + (int64_t)k->n_gram * k->capacity;

        if (d->loss == RML_LOSS_COX)
            rml_descent_cox_times(&d->cox, x, k->scaled);
        else
            for (int64_t i = 0; i < d->n; ++i) k->scaled[i] = k->old[i] * x[i];
        for (int32_t a = 0; a <= k->n_gram; ++a) {
            row[a] = rml_descent_dot(k->scaled, rml_descent_column(d, k->set[a]), d->n);
            k->gram[(int64_t)a * k->capacity + k->n_gram] = row[a];
        }
        if (d->loss == RML_LOSS_COX) {
            const double size = d->size[k->set[k->n_gram]];

            row[k->n_gram] = fmax(row[k->n_gram], LEAST_CURVE * size * size);
        }
    }
}

void rml_descent_renew_gram(rml_descent *d)
{
    rml_descent_work *k = d->work;

    if (d->loss == RML_LOSS_COX)
        rml_descent_cox_keep(&d->cox);
    else
        memcpy(k->old, k->curve, (size_t)d->n * sizeof *k->old);
    k->n_gram = 0;
    rml_descent_extend_gram(d);
}

/* Newton's step over the non-zero coordinates, as far as all signs stay; the first to reach zero is put there, and the
 * others go on without it. Columns that are nearly sums of others bend the quadratic so little that descent along
 * coordinates would hardly move there, while this goes to the end, or to where the penalty takes one out. */
static void leap(rml_descent_work *k)
{
    const int64_t c = k->capacity;
    int32_t n = 0;

    for (int32_t a = 0; a < k->n_set; ++a)
        if (k->now[a] != 0.0 && n < LARGEST_LEAP + 1) k->active[n++] = a;
    if (n == 0 || n > LARGEST_LEAP) return;
    for (int32_t s = 0; s < n; ++s) {
        const int32_t a = k->active[s];

        for (int32_t t = 0; t <= s; ++t) k->factor[s * c + t] = k->gram[a * c + k->active[t]];
        k->factor[s * c + s] += k->l2[a];
    }
    (void)factorise(k->factor, n, k->capacity);
    while (n > 0) {
        double share = 1.0;
        int32_t first = -1;

        for (int32_t s = 0; s < n; ++s) {
            const int32_t a = k->active[s];

            k->step[s] = k->r[a] - copysign(k->l1[a], k->now[a]) - k->l2[a] * k->now[a];
        }
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
            rml_descent_add(k->r, before - k->now[a], k->gram + a * c, k->n_set);
        }
        if (first < 0) return;
        drop_factored(k->factor, c, n, first, k->cosine, k->sine);
        memmove(k->active + first, k->active + first + 1, (size_t)(n - first - 1) * sizeof *k->active);
        --n;
    }
}

/* Coordinate descent until no step is larger than `enough`, in the gradient's units; over the non-zero coordinates
 * until these are done, then over all. */
void rml_descent_solve_by_gram(rml_descent *d, double enough)
{
    rml_descent_work *k = d->work;
    bool all = true;

    for (int sweep = 1; sweep <= MAX_SWEEPS; ++sweep) {
        double worst = 0.0;

        for (int32_t a = 0; a < k->n_set; ++a) {
            const double *row = k->gram + (int64_t)a * k->capacity;
            const double old = k->now[a], h = row[a] + k->l2[a];
            double next, step;

            if (!all && old == 0.0) continue;
            next = soften(k->r[a] + row[a] * old, k->l1[a]) / h;
            step = next - old;
            if (step == 0.0) continue;
            k->now[a] = next;
            rml_descent_add(k->r, -step, row, k->n_set);
            worst = fmax(worst, fabs(step) * h / d->size[k->set[a]]);
        }
        if (worst <= enough && all) return;
        all = worst <= enough;
        if (!all && sweep % SWEEPS_TO_LEAP == 0) {
            leap(k);
            all = true;
        }
    }
}

/* 4. Newton steps by the rows */

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
    rml_descent_work *k = d->work;
    const double *x[4] = {d->x, d->x, d->x, d->x};
    double sign[4] = {0};
    int n = 0;

    memset(k->wanted, 0, (size_t)d->n_columns + 1);
    for (int32_t a = 0; a < k->n_set; ++a) k->wanted[k->set[a]] = k->now[a] != 0.0;
    for (int32_t j = 0; j < d->n_columns; ++j) {
        if (k->wanted[j] == k->in_kernel[j]) continue;
        x[n] = rml_descent_column(d, j);
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
    rml_descent_work *k = d->work;
    double *eta = k->rows[2], change = 0.0;

    memset(eta, 0, (size_t)d->n * sizeof *eta);
    for (int32_t a = 0; a < k->n_set; ++a) {
        const double old = k->now[a];
        double next = old + share * k->r[a];

        if (old != 0.0 && k->l1[a] > 0.0 && (next > 0.0) != (old > 0.0)) next = 0.0;
        moved[a] = next;
        if (next == old) continue;
        change += k->l1[a] * (fabs(next) - fabs(old)) + k->l2[a] * (next * next - old * old) / 2.0;
        rml_descent_add(eta, next - old, rml_descent_column(d, k->set[a]), d->n);
    }
    for (int64_t i = 0; i < d->n; ++i) change += eta[i] * (k->curve[i] * eta[i] / 2.0 - k->scaled[i]);
    return change;
}

/* Newton's step over the non-zero coordinates when they are more than the rows: with Z = V^1/2 X and S = ZZ' + l2 I,
 * (Z'Z + l2 I)^-1 = (I - Z' S^-1 Z) / l2, and the free intercept by its Schur complement l2 z0' S^-1 z0. */
static void leap_by_rows(rml_descent *d)
{
    rml_descent_work *k = d->work;
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
        k->r[a] = rml_descent_dot(residual, rml_descent_column(d, k->set[a]), n) - copysign(k->l1[a], b) - k->l2[a] * b;
        rml_descent_add(q, k->r[a], rml_descent_column(d, k->set[a]), n);
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
            k->r[a] = (k->r[a] - rml_descent_dot(q, rml_descent_column(d, j), n)) / l2;
    }
    for (int half = 0; half < 10; ++half) {
        if (try_move(d, ldexp(1.0, -half), k->moved) > 0.0) continue;
        memcpy(k->now, k->moved, (size_t)k->n_set * sizeof *k->now);
        for (int64_t i = 0; i < n; ++i) k->scaled[i] -= k->curve[i] * k->rows[2][i];
        return;
    }
}

/* 5. By the residual */

void rml_descent_solve_by_residual(rml_descent *d, double enough)
{
    rml_descent_work *k = d->work;
    double *residual = k->scaled;
    bool all = true;

    memcpy(residual, k->residual, (size_t)d->n * sizeof *residual);
    for (int32_t a = 0; a < k->n_set; ++a) {
        const double *x = rml_descent_column(d, k->set[a]);
        double sum = 0.0;

        for (int64_t i = 0; i < d->n; ++i) sum += k->curve[i] * x[i] * x[i];
        k->diagonal[a] = sum;
    }
    for (int sweep = 1; sweep <= MAX_SWEEPS; ++sweep) {
        double worst = 0.0;

        for (int32_t a = 0; a < k->n_set; ++a) {
            const double *x = rml_descent_column(d, k->set[a]);
            const double old = k->now[a], h = k->diagonal[a] + k->l2[a];
            double next, step;

            if (!all && old == 0.0) continue;
            next = soften(rml_descent_dot(residual, x, d->n) + k->diagonal[a] * old, k->l1[a]) / h;
            step = next - old;
            if (step == 0.0) continue;
            k->now[a] = next;
            add_scaled(residual, -step, k->curve, x, d->n);
            worst = fmax(worst, fabs(step) * h / d->size[k->set[a]]);
        }
        if (worst <= enough && all) return;
        all = worst <= enough;
        if (!all && sweep % SWEEPS_TO_ROWS == 0) leap_by_rows(d);
    }
}
