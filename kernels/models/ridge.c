/* With r the pulls, D the curvatures of the rows, m = X'D1 / 1'D1 and Z = D^1/2 (X - 1m'), a Newton step is
 *     H dw = X'r - w + m g_b,  H = I + Z'Z,  db = -g_b / 1'D1 - m'dw,  g_b = -1'r.
 * With more columns than rows H^-1 v = v - Z'(I + ZZ')^-1 Zv, and ZZ' follows from the Gram matrix XX' alone, made
 * once. The centring by D is what a free intercept leaves of H.
 *
 * H is never below the identity, so the optimum lies within sqrt(g'H^-1 g), the decrement, times a factor near 1. */
#include "kernels/models/ridge.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/models/lapack.h"

rml_ridge_settings rml_ridge_defaults(void)
{
    return (rml_ridge_settings){.c = 1.0, .class_c = {1.0, 1.0}, .tolerance = 1e-12, .max_steps = 200};
}

static double loss_of(double f, uint8_t y, double cost)
{
    const double z = y ? f : -f;

    return cost * (log1p(exp(-fabs(z))) + fmax(-z, 0.0));
}

rml_status rml_ridge_costs(int64_t n, const uint8_t *y, const double *weight, const rml_ridge_settings *settings,
                           double *costs)
{
    double factor[2] = {settings->class_c[0], settings->class_c[1]};
    double of[2] = {0.0, 0.0}; /* sums of weights */
    bool has[2] = {false, false};

    if (!(settings->c > 0.0) || !isfinite(settings->c)) return RML_EINVAL;
    for (int64_t i = 0; i < n; ++i) of[y[i] != 0] += weight ? weight[i] : 1.0;
    for (int k = 0; k < 2; ++k) {
        if (settings->balanced && of[k] > 0.0 && isfinite(of[0] + of[1])) factor[k] = (of[0] + of[1]) / (2.0 * of[k]);
        if (!(factor[k] >= 0.0) || !isfinite(factor[k])) return RML_EINVAL;
    }
    for (int64_t i = 0; i < n; ++i) {
        costs[i] = settings->c * factor[y[i] != 0] * (weight ? weight[i] : 1.0);
        if (!(costs[i] >= 0.0) || !isfinite(costs[i])) return RML_EVALUE;
        if (costs[i] > 0.0) has[y[i] != 0] = true;
    }
    return has[0] && has[1] ? RML_OK : RML_EEMPTY;
}

typedef struct newton {
    const rml_columns *x;
    const uint8_t *y;
    int32_t n, p, size;                              /* size: the smaller of n and p */
    double *cost, *f, *df, *pull, *curvature, *rows; /* [n] */
    double *w, *dw, *mean, *gradient;                /* [p] */
    double *z, *matrix; /* [n * p] by columns (primal) or the Gram matrix XX' [n * n]; [size * size] */
    double b, loss;
} newton;

static void predict(const rml_columns *x, const double *w, double b, double *f)
{
    for (int64_t i = 0; i < x->n_rows; ++i) f[i] = b;
    for (int32_t j = 0; j < x->n_columns; ++j) cblas_daxpy((int)x->n_rows, w[j], rml_column(x, j), 1, f, 1);
}

/* Losses at f + t df, pulls and curvatures with them. */
static double weigh(const newton *m, double t)
{
    double loss = 0.0;

    for (int32_t i = 0; i < m->n; ++i) {
        const double f = m->f[i] + t * m->df[i];

        loss += loss_of(f, m->y[i], m->cost[i]);
        rml_ridge_row(f, m->y[i], m->cost[i], &m->pull[i], &m->curvature[i]);
    }
    return loss;
}

/* v = A^-1 v for A = I + what stands in the lower triangle of the matrix. */
static bool solve_matrix(const newton *m, double *v)
{
    int info = 0;

    for (int64_t k = 0; k < m->size; ++k) m->matrix[k * m->size + k] += 1.0;
    dpotrf_("L", &m->size, m->matrix, &m->size, &info);
    if (info != 0) return false;
    cblas_dtrsv(CblasColMajor, CblasLower, CblasNoTrans, CblasNonUnit, m->size, m->matrix, m->size, v, 1);
    cblas_dtrsv(CblasColMajor, CblasLower, CblasTrans, CblasNonUnit, m->size, m->matrix, m->size, v, 1);
    return true;
}

/* dw = H^-1 dw, two ways. */
static bool solve_by_columns(const newton *m)
{
    cblas_dsyrk(CblasColMajor, CblasLower, CblasTrans, m->p, m->n, 1.0, m->z, m->n, 0.0, m->matrix, m->p);
    return solve_matrix(m, m->dw);
}

static bool solve_by_rows(const newton *m, double curved)
{
    double *centre = m->df, *v = m->pull, along = 0.0, total = 0.0, middle = 0.0; /* both are made anew afterwards */

    cblas_dsymv(CblasColMajor, CblasLower, m->n, 1.0 / curved, m->z, m->n, m->curvature, 1, 0.0, centre, 1); /* Xm */
    for (int32_t i = 0; i < m->n; ++i) middle += centre[i] * m->curvature[i] / curved;                       /* m'm */
    for (int64_t c = 0; c < m->n; ++c)
        for (int64_t r = c; r < m->n; ++r)
            m->matrix[c * m->n + r] = m->rows[c] * m->rows[r] * (m->z[c * m->n + r] - centre[c] - centre[r] + middle);
    for (int32_t j = 0; j < m->p; ++j) along += m->mean[j] * m->dw[j];
    for (int32_t i = 0; i < m->n; ++i) v[i] = -along;
    for (int32_t j = 0; j < m->p; ++j) cblas_daxpy(m->n, m->dw[j], rml_column(m->x, j), 1, v, 1);
    for (int32_t i = 0; i < m->n; ++i) v[i] *= m->rows[i];
    if (!solve_matrix(m, v)) return false;
    for (int32_t i = 0; i < m->n; ++i) {
        v[i] *= m->rows[i];
        total += v[i];
    }
    for (int32_t j = 0; j < m->p; ++j) m->dw[j] += m->mean[j] * total - cblas_ddot(m->n, rml_column(m->x, j), 1, v, 1);
    return true;
}

/* The step into dw and *db; its decrement, or NaN when the matrix is beyond factorising. */
static double find_step(const newton *m, double *db)
{
    const bool primal = m->p <= m->n;
    double curved = 0.0, pulled = 0.0, decrement;

    for (int32_t i = 0; i < m->n; ++i) {
        curved += m->curvature[i];
        pulled += m->pull[i];
        m->rows[i] = sqrt(m->curvature[i]);
    }
    if (!(curved > 0.0)) curved = 1e-300; /* every row far out on its right side: only the penalty acts */
    decrement = pulled * pulled / curved;
    for (int32_t j = 0; j < m->p; ++j) {
        const double *column = rml_column(m->x, j);

        m->mean[j] = cblas_ddot(m->n, column, 1, m->curvature, 1) / curved;
        m->gradient[j] = cblas_ddot(m->n, column, 1, m->pull, 1) - m->w[j] - m->mean[j] * pulled;
        for (int32_t i = 0; primal && i < m->n; ++i)
            m->z[(int64_t)j * m->n + i] = m->rows[i] * (column[i] - m->mean[j]);
    }
    memcpy(m->dw, m->gradient, (size_t)m->p * sizeof *m->dw);
    if (m->p > 0 && !(primal ? solve_by_columns(m) : solve_by_rows(m, curved))) return NAN;
    *db = pulled / curved;
    for (int32_t j = 0; j < m->p; ++j) {
        *db -= m->mean[j] * m->dw[j];
        decrement += m->gradient[j] * m->dw[j];
    }
    return sqrt(fmax(decrement, 0.0));
}

static double half_length(const double *w, const double *dw, double t, int32_t p)
{
    double sum = 0.0;

    for (int32_t j = 0; j < p; ++j) sum += (w[j] + t * dw[j]) * (w[j] + t * dw[j]);
    return sum / 2.0;
}

static rml_status run(newton *m, const rml_ridge_settings *settings, rml_ridge *ridge)
{
    double last = INFINITY;

    memset(m->df, 0, (size_t)m->n * sizeof *m->df);
    predict(m->x, m->w, m->b, m->f);
    ridge->objective = weigh(m, 0.0) + half_length(m->w, m->dw, 0.0, m->p);
    for (ridge->n_steps = 0; ridge->n_steps < settings->max_steps;) {
        double db = 0.0, t = 1.0, objective, decrement = find_step(m, &db);

        if (!isfinite(decrement)) return RML_EVALUE;
        predict(m->x, m->dw, db, m->df);
        for (int half = 0;; ++half) { /* near the optimum rounding decides, and the whole step is taken */
            t = ldexp(1.0, -half);
            objective = weigh(m, t) + half_length(m->w, m->dw, t, m->p);
            if (objective <= ridge->objective - 1e-4 * t * decrement * decrement || decrement < 1e-5 || half == 30)
                break;
        }
        for (int32_t j = 0; j < m->p; ++j) m->w[j] += t * m->dw[j];
        m->b += t * db;
        for (int32_t i = 0; i < m->n; ++i) m->f[i] += t * m->df[i];
        ++ridge->n_steps;
        ridge->objective = objective;
        ridge->decrement = decrement;
        /* A full step from a small decrement leaves about its square: done, or at what rounding leaves. */
        if (decrement <= settings->tolerance || (decrement < 1e-8 && decrement > last / 4.0)) break;
        last = decrement;
        if (decrement < 1e-5) predict(m->x, m->w, m->b, m->f); /* the sum of steps has rounded */
        memset(m->df, 0, (size_t)m->n * sizeof *m->df);
        (void)weigh(m, 0.0);
    }
    memcpy(ridge->weights, m->w, (size_t)m->p * sizeof *ridge->weights);
    ridge->intercept = m->b;
    return RML_OK;
}

static rml_status check(const rml_columns *x, const rml_ridge_settings *settings, const double *start)
{
    if (!(settings->tolerance > 0.0) || settings->max_steps < 1 || x->n_columns < 0) return RML_EINVAL;
    if (x->n_rows < 1) return RML_EEMPTY;
    if (x->n_rows > 1 << 30) return RML_EINVAL;
    for (int32_t j = 0; j < x->n_columns; ++j)
        for (int64_t i = 0; i < x->n_rows; ++i)
            if (!isfinite(rml_column(x, j)[i])) return RML_EVALUE;
    for (int32_t j = 0; start && j <= x->n_columns; ++j)
        if (!isfinite(start[j])) return RML_EVALUE;
    return RML_OK;
}

static rml_status fit_path(const rml_columns *x, const uint8_t *y, const double *weight,
                           const rml_ridge_settings *settings, const double *start, const double *c, int32_t n_c,
                           rml_ridge *ridges)
{
    const size_t n = (size_t)x->n_rows, p = (size_t)x->n_columns, size = n < p ? n : p;
    newton m = {.x = x, .y = y, .n = (int32_t)n, .p = (int32_t)p, .size = (int32_t)size};
    double *memory = NULL;
    rml_status status;

    for (int32_t k = 0; k < n_c; ++k) ridges[k] = (rml_ridge){.n_columns = x->n_columns};
    status = n_c >= 0 ? check(x, settings, start) : RML_EINVAL;
    if (status != RML_OK) return status;
    memory = calloc(6 * n + 4 * p + n * size + size * size + 1, sizeof *memory);
    if (!memory) return RML_ENOMEM;
    m.cost = memory;
    m.f = m.cost + n;
    m.df = m.f + n;
    m.pull = m.df + n;
    m.curvature = m.pull + n;
    m.rows = m.curvature + n;
    m.w = m.rows + n;
    m.dw = m.w + p;
    m.mean = m.dw + p;
    m.gradient = m.mean + p;
    m.z = m.gradient + p;
    m.matrix = m.z + n * size;
    if (p > n) cblas_dsyrk(CblasColMajor, CblasLower, CblasNoTrans, m.n, m.p, 1.0, x->x, (int)x->stride, 0.0, m.z, m.n);
    if (start) {
        memcpy(m.w, start, p * sizeof *m.w);
        m.b = start[p];
    }
    for (int32_t k = 0; status == RML_OK && k < n_c; ++k) {
        rml_ridge_settings here = *settings;

        here.c = c[k];
        status = rml_ridge_costs(x->n_rows, y, weight, &here, m.cost);
        ridges[k].weights = status == RML_OK ? malloc((p + 1) * sizeof *ridges[k].weights) : NULL;
        if (status == RML_OK) status = ridges[k].weights ? run(&m, &here, &ridges[k]) : RML_ENOMEM;
    }
    free(memory);
    for (int32_t k = 0; status != RML_OK && k < n_c; ++k) rml_ridge_free(&ridges[k]);
    return status;
}

rml_status rml_ridge_fit(const rml_columns *x, const uint8_t *y, const double *weight,
                         const rml_ridge_settings *settings, const double *start, rml_ridge *ridge)
{
    return fit_path(x, y, weight, settings, start, &settings->c, 1, ridge);
}

rml_status rml_ridge_path(const rml_columns *x, const uint8_t *y, const double *weight,
                          const rml_ridge_settings *settings, const double *c, int32_t n_c, rml_ridge *ridges)
{
    return fit_path(x, y, weight, settings, NULL, c, n_c, ridges);
}

void rml_ridge_free(rml_ridge *ridge)
{
    if (!ridge) return;
    free(ridge->weights);
    *ridge = (rml_ridge){0};
}

rml_status rml_ridge_decide(const rml_ridge *ridge, const rml_columns *x, double *decision)
{
    if (x->n_columns != ridge->n_columns) return RML_EINVAL;
    predict(x, ridge->weights, ridge->intercept, decision);
    return RML_OK;
}
