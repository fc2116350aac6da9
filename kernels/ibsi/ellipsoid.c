/* The smallest enclosing ellipsoid is the dual of D-optimal design: weights u on the points, of sum 1, that make
 * det sum u q q' the largest, with q = (p, 1). At the optimum kappa_i = q_i' M^-1 q_i is 4 where u_i > 0 and at most 4
 * elsewhere. A step moves weight to the point of the largest kappa, or off the one of the smallest among those that
 * have weight; either with the step length at which det M is largest along it. */
#include "kernels/ibsi/ellipsoid.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "kernels/shape/axes.h"

double rml_ellipsoid_area(double a, double b, double c)
{
    const double pi = 3.14159265358979323846;
    const double alpha = 1.0 - b * b / (a * a), beta = 1.0 - c * c / (a * a); /* squared */
    const double half = (alpha + beta) / 2.0, product = alpha * beta;
    double before = 1.0, here = half, sum = 1.0 - half / 3.0;

    /* (alpha beta)^nu P_nu by Legendre's recurrence times that power: so alpha = 0 divides by nothing. */
    for (int nu = 2; nu <= 20; ++nu) {
        const double next = ((2 * nu - 1) * half * here - (nu - 1) * product * before) / nu;

        before = here;
        here = next;
        sum += here / (1.0 - 4.0 * nu * nu);
    }
    return 4.0 * pi * a * b * sum;
}

enum { DIMENSION = 4, MAX_STEPS = 200000, LEAVE_OUT_STEPS = 64 };

typedef struct design {
    int32_t n;
    double *x[3];  /* [n] coordinates about the box's centre, in units of its longest half */
    double *u;     /* [n] weights */
    double *kappa; /* [n] */
} design;

/* M = sum u q q' in full. */
RML_HOT static void second_moments(const design *d, double m[DIMENSION][DIMENSION])
{
    double sum[10] = {0};
    const double *restrict x = d->x[0], *restrict y = d->x[1], *restrict z = d->x[2];

    for (int32_t i = 0; i < d->n; ++i) {
        const double u = d->u[i];

        if (u == 0.0) continue;
        sum[0] += u * x[i] * x[i];
        sum[1] += u * x[i] * y[i];
        sum[2] += u * x[i] * z[i];
        sum[3] += u * x[i];
        sum[4] += u * y[i] * y[i];
        sum[5] += u * y[i] * z[i];
        sum[6] += u * y[i];
        sum[7] += u * z[i] * z[i];
        sum[8] += u * z[i];
        sum[9] += u;
    }
    for (int r = 0, k = 0; r < DIMENSION; ++r)
        for (int c = r; c < DIMENSION; ++c, ++k) m[r][c] = m[c][r] = sum[k];
}

/* Inverse of a positive definite matrix by Cholesky's factors; false where it has none. */
static bool invert(double m[DIMENSION][DIMENSION], double inverse[DIMENSION][DIMENSION])
{
    double low[DIMENSION][DIMENSION] = {{0}}, back[DIMENSION][DIMENSION] = {{0}};

    for (int r = 0; r < DIMENSION; ++r)
        for (int c = 0; c <= r; ++c) {
            double sum = m[r][c];

            for (int k = 0; k < c; ++k) sum -= low[r][k] * low[c][k];
            if (r == c && !(sum > 1e-14 * m[r][r])) return false;
            low[r][c] = r == c ? sqrt(sum) : sum / low[c][c];
        }
    for (int c = 0; c < DIMENSION; ++c)
        for (int r = c; r < DIMENSION; ++r) {
            double sum = r == c ? 1.0 : 0.0;

            for (int k = c; k < r; ++k) sum -= low[r][k] * back[k][c];
            back[r][c] = sum / low[r][r];
        }
    for (int r = 0; r < DIMENSION; ++r)
        for (int c = 0; c < DIMENSION; ++c) {
            inverse[r][c] = 0.0;
            for (int k = r > c ? r : c; k < DIMENSION; ++k) inverse[r][c] += back[k][r] * back[k][c];
        }
    return true;
}

RML_HOT static void all_kappa(const design *d, double (*w)[DIMENSION])
{
    const double *restrict x = d->x[0], *restrict y = d->x[1], *restrict z = d->x[2];
    double *restrict kappa = d->kappa;

    for (int32_t i = 0; i < d->n; ++i)
        kappa[i] = x[i] * (w[0][0] * x[i] + 2.0 * (w[0][1] * y[i] + w[0][2] * z[i] + w[0][3])) +
                   y[i] * (w[1][1] * y[i] + 2.0 * (w[1][2] * z[i] + w[1][3])) +
                   z[i] * (w[2][2] * z[i] + 2.0 * w[2][3]) + w[3][3];
}

/* Equal weights on the lowest and the highest point along each axis and on the diagonals: what spans the box. */
static void first_weights(design *d)
{
    static const int8_t way[7][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {1, 1, 1}, {1, -1, 1}, {1, 1, -1}, {1, -1, -1}};

    for (int32_t i = 0; i < d->n; ++i) d->u[i] = 0.0;
    for (int k = 0; k < 7; ++k) {
        int32_t low = 0, high = 0;
        double lowest = INFINITY, highest = -INFINITY;

        for (int32_t i = 0; i < d->n; ++i) {
            const double along = way[k][0] * d->x[0][i] + way[k][1] * d->x[1][i] + way[k][2] * d->x[2][i];

            if (along < lowest) lowest = along, low = i;
            if (along > highest) highest = along, high = i;
        }
        d->u[low] += 1.0 / 14.0;
        d->u[high] += 1.0 / 14.0;
    }
}

/* Moves weight from one point to another: as much as makes det M largest, at most all of it. */
static void exchange(design *d, double w[DIMENSION][DIMENSION], int32_t to, int32_t from)
{
    const double p[DIMENSION] = {d->x[0][to], d->x[1][to], d->x[2][to], 1.0};
    const double q[DIMENSION] = {d->x[0][from], d->x[1][from], d->x[2][from], 1.0};
    double both = 0.0, step, most;

    for (int r = 0; r < DIMENSION; ++r)
        for (int c = 0; c < DIMENSION; ++c) both += p[r] * w[r][c] * q[c];
    most = d->kappa[to] * d->kappa[from] - both * both;
    step = most > 0.0 ? (d->kappa[to] - d->kappa[from]) / (2.0 * most) : d->u[from];
    if (step >= d->u[from]) step = d->u[from];
    d->u[to] += step;
    d->u[from] = step == d->u[from] ? 0.0 : d->u[from] - step;
}

static void swap(double *x, int32_t i, int32_t j)
{
    const double at_i = x[i];

    x[i] = x[j];
    x[j] = at_i;
}

/* Puts points that no optimum has weight on, given how far kappa still is from it, behind the others and leaves them
 * out of n (Harman & Pronzato 2007, Stat. Probab. Lett. 77, 90). */
static void leave_out(design *d, double highest)
{
    const double gap = highest / DIMENSION - 1.0;
    const double bound = DIMENSION * (1.0 + (gap - sqrt(gap * (4.0 + gap - 4.0 / DIMENSION))) / 2.0);
    double sum = 0.0;

    for (int32_t i = d->n - 1; i >= 0; --i) {
        if (d->kappa[i] >= bound) continue;
        d->u[i] = 0.0;
        --d->n;
        for (int a = 0; a < 3; ++a) swap(d->x[a], i, d->n);
        swap(d->u, i, d->n);
        swap(d->kappa, i, d->n);
    }
    for (int32_t i = 0; i < d->n; ++i) sum += d->u[i];
    for (int32_t i = 0; i < d->n; ++i) d->u[i] /= sum;
}

static rml_status optimise(design *d)
{
    double m[DIMENSION][DIMENSION], inverse[DIMENSION][DIMENSION];
    const int32_t n = d->n;
    bool even = false;

    first_weights(d);
    for (int step = 0;; ++step) {
        int32_t most = 0, least = -1;

        second_moments(d, m);
        if (!invert(m, inverse)) { /* no weight along some way, though there may be points: some on all */
            if (even) return RML_EINVAL;
            even = true;
            for (int32_t i = 0; i < d->n; ++i) d->u[i] = 1.0 / d->n;
            continue;
        }
        even = false;
        all_kappa(d, inverse);
        for (int32_t i = 0; i < d->n; ++i) {
            if (d->kappa[i] > d->kappa[most]) most = i;
            if (d->u[i] > 0.0 && (least < 0 || d->kappa[i] < d->kappa[least])) least = i;
        }
        /* What is left at the last step is blown up like the rest: it holds all points too. */
        if (d->kappa[most] - DIMENSION <= 1e-8 * DIMENSION || step == MAX_STEPS) break;
        exchange(d, inverse, most, least);
        if (step % LEAVE_OUT_STEPS == LEAVE_OUT_STEPS - 1) leave_out(d, d->kappa[most]);
    }
    d->n = n; /* what was left out has to be inside, too */
    all_kappa(d, inverse);
    return RML_OK;
}

/* The weights' ellipsoid, blown up until it holds all points. */
static void read_axes(const design *d, double unit, double semi[3])
{
    double m[DIMENSION][DIMENSION], spread[3][3], value[3], most = 0.0;

    second_moments(d, m);
    for (int32_t i = 0; i < d->n; ++i) most = d->kappa[i] > most ? d->kappa[i] : most;
    for (int r = 0; r < 3; ++r)
        for (int c = 0; c < 3; ++c) spread[r][c] = m[r][c] / m[3][3] - m[r][3] * m[3][c] / (m[3][3] * m[3][3]);
    rml_axes_eigenvalues(spread, value);
    /* kappa - 1 is (p - centre)' spread^-1 (p - centre) */
    for (int a = 0; a < 3; ++a) semi[a] = unit * sqrt((most - 1.0) * value[2 - a]);
}

rml_status rml_ellipsoid_enclosing(const double (*point)[3], int32_t n, double semi[3])
{
    design d = {.n = n};
    double low[3], high[3], unit = 0.0, *memory;
    rml_status status;

    if (n < 4) return RML_EINVAL;
    memory = malloc((size_t)n * 5 * sizeof *memory);
    if (!memory) return RML_ENOMEM;
    for (int a = 0; a < 3; ++a) {
        d.x[a] = memory + (int64_t)a * n;
        low[a] = high[a] = point[0][a];
        for (int32_t i = 0; i < n; ++i) {
            low[a] = point[i][a] < low[a] ? point[i][a] : low[a];
            high[a] = point[i][a] > high[a] ? point[i][a] : high[a];
        }
        unit = fmax(unit, (high[a] - low[a]) / 2.0);
    }
    d.u = memory + 3 * (int64_t)n;
    d.kappa = memory + 4 * (int64_t)n;
    for (int a = 0; a < 3; ++a)
        for (int32_t i = 0; i < n; ++i) d.x[a][i] = (point[i][a] - (low[a] + high[a]) / 2.0) / unit;
    status = optimise(&d);
    if (status == RML_OK) read_axes(&d, unit, semi);
    free(memory);
    return status;
}
