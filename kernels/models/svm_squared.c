/* On the rows A inside the margin the loss is quadratic: with Z = sqrt(2 C) [x 1] over A, the minimiser of that
 * quadratic is (I + Z'Z)^-1 Z's = Z'(I + ZZ')^-1 s, s = sqrt(2 C) t; the smaller of the two systems is solved. The next
 * point is the exact minimum on the way there; once A stays as it is, that point is the optimum. */
#include "kernels/models/svm_squared.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/models/lapack.h"

enum { MAX_STEPS = 200 };

typedef struct squared {
    const rml_columns *x;
    int32_t n, q; /* rows; columns and the intercept */
    double *cost, *t, *f, *goal_f;
    double *w, *goal;        /* [q] */
    double *z, *s, *matrix;  /* [n * q], [n], [min(n, q)^2] */
    uint8_t *inside, *again; /* [n] t f < 1 */
} squared;

static void predict(const rml_columns *x, const double *w, double intercept, double *f)
{
    for (int64_t i = 0; i < x->n_rows; ++i) f[i] = intercept;
    for (int32_t j = 0; j < x->n_columns; ++j) cblas_daxpy((int)x->n_rows, w[j], rml_column(x, j), 1, f, 1);
}

static int32_t mark_inside(const squared *m, uint8_t *inside)
{
    int32_t n_inside = 0;

    for (int32_t i = 0; i < m->n; ++i) n_inside += inside[i] = m->cost[i] > 0.0 && m->t[i] * m->f[i] < 1.0;
    return n_inside;
}

/* The minimiser for the rows inside; false when the matrix overflows. */
static bool find_goal(const squared *m, int32_t n_inside)
{
    const bool primal = m->q <= n_inside;
    const int size = primal ? m->q : n_inside;
    int info = 0;

    memset(m->goal, 0, (size_t)m->q * sizeof *m->goal);
    if (n_inside == 0) return true;
    for (int32_t i = 0, a = 0; i < m->n; ++i) {
        if (!m->inside[i]) continue;
        const double root = sqrt(2.0 * m->cost[i]);

        for (int32_t j = 0; j < m->q - 1; ++j) m->z[(int64_t)j * n_inside + a] = root * rml_column(m->x, j)[i];
        m->z[(int64_t)(m->q - 1) * n_inside + a] = root;
        m->s[a++] = root * m->t[i];
    }
    cblas_dsyrk(CblasColMajor, CblasLower, primal ? CblasTrans : CblasNoTrans, size, primal ? n_inside : m->q, 1.0,
                m->z, n_inside, 0.0, m->matrix, size);
    for (int k = 0; k < size; ++k) m->matrix[(int64_t)k * size + k] += 1.0;
    dpotrf_("L", &size, m->matrix, &size, &info);
    if (info != 0) return false;
    if (primal) cblas_dgemv(CblasColMajor, CblasTrans, n_inside, m->q, 1.0, m->z, n_inside, m->s, 1, 0.0, m->goal, 1);
    double *const v = primal ? m->goal : m->s;
    cblas_dtrsv(CblasColMajor, CblasLower, CblasNoTrans, CblasNonUnit, size, m->matrix, size, v, 1);
    cblas_dtrsv(CblasColMajor, CblasLower, CblasTrans, CblasNonUnit, size, m->matrix, size, v, 1);
    if (!primal) cblas_dgemv(CblasColMajor, CblasTrans, n_inside, m->q, 1.0, m->z, n_inside, v, 1, 0.0, m->goal, 1);
    return true;
}

/* Where the objective is least between w (0) and goal (1 and beyond): its derivative rises piecewise linearly. */
static double search_line(const squared *m)
{
    double low = 0.0, high = INFINITY, t = 1.0;

    for (int k = 0; k < 100; ++k) {
        double slope = 0.0, curved = 0.0;

        for (int32_t j = 0; j < m->q; ++j) {
            const double d = m->goal[j] - m->w[j];

            slope += (m->w[j] + t * d) * d;
            curved += d * d;
        }
        for (int32_t i = 0; i < m->n; ++i) {
            const double d = m->goal_f[i] - m->f[i], f = m->f[i] + t * d;

            if (!(m->t[i] * f < 1.0)) continue;
            slope += 2.0 * m->cost[i] * (f - m->t[i]) * d;
            curved += 2.0 * m->cost[i] * d * d;
        }
        if (!(curved > 0.0) || fabs(slope) <= 1e-14 * curved) return t;
        if (slope > 0.0)
            high = t;
        else
            low = t;
        t -= slope / curved;
        if (!(t > low && t < high)) t = isfinite(high) ? (low + high) / 2.0 : 2.0 * low;
    }
    return t;
}

static rml_status run(squared *m, rml_svm_squared *svm)
{
    int32_t n_inside = mark_inside(m, m->inside);

    for (svm->n_steps = 1; svm->n_steps <= MAX_STEPS; ++svm->n_steps) {
        double t;
        bool same;

        if (!find_goal(m, n_inside)) return RML_EVALUE;
        predict(m->x, m->goal, m->goal[m->q - 1], m->goal_f);
        t = search_line(m);
        for (int32_t j = 0; j < m->q; ++j) m->w[j] = t == 1.0 ? m->goal[j] : m->w[j] + t * (m->goal[j] - m->w[j]);
        predict(m->x, m->w, m->w[m->q - 1], m->f);
        n_inside = mark_inside(m, m->again);
        same = fabs(t - 1.0) < 1e-8 && memcmp(m->inside, m->again, (size_t)m->n) == 0;
        memcpy(m->inside, m->again, (size_t)m->n);
        if (same) break;
    }
    for (int32_t j = 0; j < m->q; ++j) svm->objective += m->w[j] * m->w[j] / 2.0;
    for (int32_t i = 0; i < m->n; ++i) {
        const double short_of = fmax(1.0 - m->t[i] * m->f[i], 0.0);

        svm->objective += m->cost[i] * short_of * short_of;
    }
    memcpy(svm->weights, m->w, (size_t)svm->n_columns * sizeof *svm->weights);
    svm->intercept = m->w[svm->n_columns];
    return RML_OK;
}

rml_status rml_svm_squared_fit(const rml_columns *x, const uint8_t *y, const double *weight,
                               const rml_svm_settings *settings, rml_svm_squared *svm)
{
    const size_t n = (size_t)x->n_rows, q = (size_t)x->n_columns + 1, least = n < q ? n : q;
    squared m = {.x = x, .n = (int32_t)n, .q = (int32_t)q};
    bool has[2] = {false, false};
    double *memory;
    rml_status status;

    *svm = (rml_svm_squared){.n_columns = x->n_columns};
    if (x->n_rows < 1) return RML_EEMPTY;
    if (x->n_rows > 1 << 24) return RML_EINVAL;
    for (int32_t j = 0; j < x->n_columns; ++j)
        for (size_t i = 0; i < n; ++i)
            if (!isfinite(rml_column(x, j)[i])) return RML_EVALUE;
    memory = calloc(5 * n + 2 * q + n * q + least * least, sizeof *memory);
    m.inside = calloc(2 * n, 1);
    svm->weights = malloc(q * sizeof *svm->weights);
    status = memory && m.inside && svm->weights ? RML_OK : RML_ENOMEM;
    if (status != RML_OK) goto done;
    m.again = m.inside + n;
    m.cost = memory;
    m.t = m.cost + n;
    m.f = m.t + n;
    m.goal_f = m.f + n;
    m.s = m.goal_f + n;
    m.w = m.s + n;
    m.goal = m.w + q;
    m.z = m.goal + q;
    m.matrix = m.z + n * q;
    status = rml_svm_bounds(x->n_rows, y, weight, settings, m.cost);
    if (status != RML_OK) goto done;
    for (size_t i = 0; i < n; ++i) {
        m.t[i] = y[i] ? 1.0 : -1.0;
        if (m.cost[i] > 0.0) has[y[i] != 0] = true;
    }
    status = has[0] && has[1] ? run(&m, svm) : RML_EEMPTY;
done:
    free(memory);
    free(m.inside);
    if (status != RML_OK) rml_svm_squared_free(svm);
    return status;
}

void rml_svm_squared_free(rml_svm_squared *svm)
{
    if (!svm) return;
    free(svm->weights);
    *svm = (rml_svm_squared){0};
}

rml_status rml_svm_squared_decide(const rml_svm_squared *svm, const rml_columns *x, double *decision)
{
    if (x->n_columns != svm->n_columns) return RML_EINVAL;
    predict(x, svm->weights, svm->intercept, decision);
    return RML_OK;
}
