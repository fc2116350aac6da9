/* 1. The inverse and the columns eliminated from it
 * 2. How far the optimum can be
 * 3. Newton steps
 * 4. The public face
 *
 * Around a point the logistic objective is a quadratic with Hessian H = I + Z'Z (ridge.c). Forcing one weight w_j of
 * its minimiser to 0 moves the others by -(w_j / h_jj) h_j with h_j the column j of H^-1, raises the quadratic by
 * w_j^2 / 2 h_jj, and leaves H^-1 - h_j h_j' / h_jj as the inverse of what remains (Hassibi & Stork 1993, "optimal
 * brain surgeon"). Columns are made when they are needed: those of the inverse at the last renewal less the up to BLOCK
 * vectors h_j / sqrt(h_jj) since, which are then subtracted together. So a step costs O(p) numbers, not a pass over X.
 *
 * What the quadratic leaves out is bounded, and the rows are looked at only when the bound is larger than half the gap
 * at which the columns are split. With |v|_H = sqrt(v'Hv), and D the curvatures that H was made from:
 * - no f_i moves by more than R |v|_H, R^2 = max |x_i - m|^2 + 1/1'D1, when the weights move by v;
 * - a curvature changes by at most the factor exp(|change of f_i|) (the logistic's third derivative is no larger than
 *   its second), so from the ratios to D when the rows were last looked at follow a lowest ratio `low` and a largest
 *   relative change `a` on the whole way moved since;
 * - a movement v that solves the quadratic leaves a gradient of at most a |v|_H in the norm of H^-1: the Newton step,
 *   and the eliminations together, whose sum has the length sqrt(sum w_j^2 / h_jj), as each is orthogonal in H to the
 *   later ones;
 * - with G the bound of the gradient in that norm and R G <= 0.2 low, the ratios between here and the optimum are at
 *   least 0.74 low (since exp(-0.2 / 0.74) > 0.74); and as every Hessian is at least the identity in the weights, no
 *   weight is farther from its optimum than G / sqrt(0.74 low). */
#include "kernels/select/rfe_ridge.h"

#include <assert.h>
#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/base/attributes.h"
#include "kernels/models/lapack.h"
#include "kernels/models/ridge.h"

enum { BLOCK = 64, MAX_LOOKS = 200 };

struct rml_rfe_ridge {
    int32_t n, p, n_in; /* rows; places; how many of them are still in */
    int32_t n_gone;     /* eliminations that the inverse does not have yet */
    int32_t *place;     /* [n_in] rising */
    bool *in;           /* [p] by place */
    double *x;          /* [p][n] */
    const uint8_t *y;
    double tolerance;

    double *w, *mean, *gradient, *step, *column; /* [p] */
    double b;
    double *cost, *f, *pull, *curvature, *then, *radius; /* [n] then: curvatures of H; radius: |x_i - m|^2 */
    double curved;                                       /* 1'D1 of H */

    double *inverse; /* [p * p], both triangles, when dense */
    double *u;       /* [p][n] U, when not; else scratch: Z */
    double *small;   /* [n * n] */
    double *gone;    /* [n_gone][p] */
    int64_t inverse_cells;

    double drift;     /* largest |ratio - 1| of a curvature to H's when the rows were last looked at */
    double low;       /* least such ratio */
    double decrement; /* length of the Newton step since then */
    double residual;  /* bound of the gradient it left */
    double squares;   /* sum of w_j^2 / h_jj of the eliminations since then */
    double work;      /* of looking at the rows again because H is old, since the last renewal */
    bool exact;       /* someone sees every fit */
    bool dense;       /* the inverse is there as a matrix; else as I - U'U */
    bool fresh;       /* the inverse may be used; renewed when not */
    bool whole;       /* the last Newton step was not shortened */
};

/* 1. The inverse and the columns eliminated from it */

/* Closes the gaps that eliminated columns have left. Needs n_gone = 0, or a renewal to follow. */
static void pack(rml_rfe_ridge *e)
{
    const int32_t p = e->p;

    if (e->n_in == p) return;
    for (int32_t k = 0; k < e->n_in; ++k) {
        const int32_t from = e->place[k];

        if (from != k) memmove(e->x + (int64_t)k * e->n, e->x + (int64_t)from * e->n, (size_t)e->n * sizeof *e->x);
        e->w[k] = e->w[from];
        e->mean[k] = e->mean[from];
        e->gradient[k] = e->gradient[from];
    }
    for (int32_t k = 0; e->dense && k < e->n_in; ++k) {
        const double *from = e->inverse + (int64_t)e->place[k] * p;
        double *to = e->inverse + (int64_t)k * e->n_in;

        for (int32_t l = 0; l < e->n_in; ++l) to[l] = from[e->place[l]]; /* to never overtakes from */
    }
    e->p = e->n_in;
    for (int32_t k = 0; k < e->p; ++k) {
        e->place[k] = k;
        e->in[k] = true;
    }
}

static void mirror(double *a, int32_t n)
{
    for (int64_t c = 0; c < n; ++c)
        for (int64_t r = c + 1; r < n; ++r) a[r * n + c] = a[c * n + r];
}

/* Takes the eliminated columns out of the inverse for good; without a matrix, asks for a renewal. */
static void flush(rml_rfe_ridge *e)
{
    if (e->n_gone > 0 && e->dense && e->fresh) {
        cblas_dsyrk(CblasColMajor, CblasLower, CblasNoTrans, e->p, e->n_gone, -1.0, e->gone, e->p, 1.0, e->inverse,
                    e->p);
        mirror(e->inverse, e->p);
        e->n_gone = 0;
        if (e->n_in < e->p - e->p / 8) pack(e);
    } else if (e->n_gone > 0) {
        e->fresh = false;
    }
}

/* out = H^-1 v on the columns still in; v is 0 elsewhere. */
static void apply(const rml_rfe_ridge *e, const double *v, double *out, double *small)
{
    if (e->dense) {
        cblas_dsymv(CblasColMajor, CblasLower, e->p, 1.0, e->inverse, e->p, v, 1, 0.0, out, 1);
    } else {
        memcpy(out, v, (size_t)e->p * sizeof *out);
        cblas_dgemv(CblasColMajor, CblasNoTrans, e->n, e->p, 1.0, e->u, e->n, v, 1, 0.0, small, 1);
        cblas_dgemv(CblasColMajor, CblasTrans, e->n, e->p, -1.0, e->u, e->n, small, 1, 1.0, out, 1);
    }
    if (e->n_gone > 0) {
        double part[BLOCK];

        cblas_dgemv(CblasColMajor, CblasTrans, e->p, e->n_gone, 1.0, e->gone, e->p, v, 1, 0.0, part, 1);
        cblas_dgemv(CblasColMajor, CblasNoTrans, e->p, e->n_gone, -1.0, e->gone, e->p, part, 1, 1.0, out, 1);
    }
}

/* Column j of H^-1 among the columns still in. */
static void make_column(const rml_rfe_ridge *e, int32_t j, double *out)
{
    if (e->dense) {
        memcpy(out, e->inverse + (int64_t)j * e->p, (size_t)e->p * sizeof *out);
    } else {
        cblas_dgemv(CblasColMajor, CblasTrans, e->n, e->p, -1.0, e->u, e->n, e->u + (int64_t)j * e->n, 1, 0.0, out, 1);
        out[j] += 1.0;
    }
    if (e->n_gone > 0) {
        double part[BLOCK];

        for (int32_t k = 0; k < e->n_gone; ++k) part[k] = e->gone[(int64_t)k * e->p + j];
        cblas_dgemv(CblasColMajor, CblasNoTrans, e->p, e->n_gone, -1.0, e->gone, e->p, part, 1, 1.0, out, 1);
    }
}

/* The inverse anew from the curvatures at hand. false: beyond factorising. */
static bool renew(rml_rfe_ridge *e)
{
    int info = 0, size;

    pack(e); /* may leave the inverse in its old state: it is about to be overwritten */
    e->n_gone = 0;
    e->dense = 2 * (int64_t)e->n >= e->p && (int64_t)e->p * e->p <= e->inverse_cells;
    e->curved = 0.0;
    for (int32_t i = 0; i < e->n; ++i) {
        e->then[i] = e->curvature[i];
        e->curved += e->curvature[i];
        e->radius[i] = 0.0;
        e->f[i] = sqrt(e->curvature[i]); /* f is made anew at the next look */
    }
    if (!(e->curved > 0.0)) return false;
    for (int32_t j = 0; j < e->p; ++j) {
        const double *x = e->x + (int64_t)j * e->n, mean = cblas_ddot(e->n, x, 1, e->then, 1) / e->curved;
        double *z = e->u + (int64_t)j * e->n;

        e->mean[j] = mean;
        for (int32_t i = 0; i < e->n; ++i) {
            z[i] = e->f[i] * (x[i] - mean);
            e->radius[i] += (x[i] - mean) * (x[i] - mean);
        }
    }
    size = e->dense ? e->p : e->n;
    double *const a = e->dense ? e->inverse : e->small;
    cblas_dsyrk(CblasColMajor, CblasLower, e->dense ? CblasTrans : CblasNoTrans, size, e->dense ? e->n : e->p, 1.0,
                e->u, e->n, 0.0, a, size);
    for (int64_t k = 0; k < size; ++k) a[k * size + k] += 1.0;
    dpotrf_("L", &size, a, &size, &info);
    if (info != 0) return false;
    if (e->dense) {
        dpotri_("L", &size, a, &size, &info);
        mirror(a, size);
    } else {
        cblas_dtrsm(CblasColMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, e->n, e->p, 1.0, a, e->n, e->u,
                    e->n);
    }
    e->fresh = true;
    e->drift = 0.0;
    e->low = 1.0;
    e->work = 0.0;
    return info == 0;
}

/* Costs in multiplications, of one look at the rows and of a renewal. A look is limited by memory: twice as dear. */
static double look_work(const rml_rfe_ridge *e)
{
    const double n = e->n, p = e->p;

    return 2.0 * (2.0 * n * p + (e->dense ? p * p : 2.0 * n * p));
}

static double renewal_work(const rml_rfe_ridge *e)
{
    const double n = e->n, p = e->n_in;

    return e->dense ? n * p * p / 2.0 + p * p * p / 2.0 : n * n * p + n * n * n / 6.0;
}

/* 2. How far the optimum can be */

static double reach(const rml_rfe_ridge *e)
{
    double largest = 0.0;

    for (int32_t i = 0; i < e->n; ++i) largest = fmax(largest, e->radius[i]);
    return sqrt(largest + 1.0 / e->curved);
}

/* Largest relative change of a curvature after moving on by this length. */
static double largest_change(const rml_rfe_ridge *e, double moved)
{
    return (1.0 + e->drift) * exp(reach(e) * moved) - 1.0;
}

/* The bound on every weight from a gradient of this length, after moving on by `moved`. */
static double error_of(const rml_rfe_ridge *e, double gradient, double moved)
{
    const double low = e->low * exp(-reach(e) * moved);

    return reach(e) * gradient <= 0.2 * low ? gradient / sqrt(0.74 * low) : INFINITY;
}

/* No weight is farther from its optimum. */
static double largest_error(const rml_rfe_ridge *e)
{
    const double moved = e->decrement + sqrt(e->squares);

    if (!e->fresh) return INFINITY;
    return error_of(e, e->residual + largest_change(e, moved) * sqrt(e->squares), moved);
}

/* The error at which the n_drop that leave are known, those that count as equal aside, and the tolerance is kept. */
static double allowed_error(const rml_rfe_ridge *e, int32_t n_drop, double equal, double *sizes)
{
    double least = INFINITY, largest = 0.0, gap = 0.0, wanted;

    for (int32_t k = 0; k < e->n_in; ++k) {
        sizes[k] = fabs(e->w[e->place[k]]);
        least = fmin(least, sizes[k]);
        largest = fmax(largest, sizes[k]);
    }
    wanted = e->exact ? 0.0 : e->tolerance * least;
    for (int32_t d = 0; d < n_drop && d + 1 < e->n_in; ++d) { /* the n_drop least to the front, then the next one */
        int32_t at = d;

        for (int32_t k = d + 1; k < e->n_in; ++k)
            if (sizes[k] < sizes[at]) at = k;
        const double swap = sizes[d];
        sizes[d] = sizes[at];
        sizes[at] = swap;
    }
    if (n_drop > 0 && n_drop < e->n_in) {
        double next = INFINITY;

        for (int32_t k = n_drop; k < e->n_in; ++k) next = fmin(next, sizes[k]);
        gap = next - sizes[n_drop - 1] - equal * largest;
        wanted = fmin(wanted, 0.49 * gap);
    }
    return fmax(wanted, 0.25 * equal * largest);
}

/* 3. Newton steps */

static void look_at_rows(rml_rfe_ridge *e, double *pulled)
{
    for (int32_t i = 0; i < e->n; ++i) e->f[i] = e->b;
    cblas_dgemv(CblasColMajor, CblasNoTrans, e->n, e->p, 1.0, e->x, e->n, e->w, 1, 1.0, e->f, 1);
    *pulled = 0.0;
    e->drift = 0.0;
    e->low = 1.0;
    for (int32_t i = 0; i < e->n; ++i) {
        rml_ridge_row(e->f[i], e->y[i], e->cost[i], &e->pull[i], &e->curvature[i]);
        *pulled += e->pull[i];
        if (!(e->cost[i] > 0.0)) continue;
        const double ratio = e->then[i] > 0.0 ? e->curvature[i] / e->then[i] : INFINITY;
        e->drift = fmax(e->drift, fabs(ratio - 1.0));
        e->low = fmin(e->low, ratio);
    }
    cblas_dgemv(CblasColMajor, CblasTrans, e->n, e->p, 1.0, e->x, e->n, e->pull, 1, 0.0, e->gradient, 1);
}

/* Looks at the rows; takes a Newton step unless the weights are known to be within `allowed` as they are. n_before:
 * looks since the last elimination. */
static rml_status take_step(rml_rfe_ridge *e, double allowed, int n_before)
{
    const double last = e->whole ? e->decrement : INFINITY;
    double pulled, squares, db, t = 1.0;

    look_at_rows(e, &pulled);
    if (n_before >= 2) e->work += look_work(e); /* two are usual with a new H */
    if (!e->fresh || (e->drift > 0.02 && e->work > renewal_work(e)))
        if (!renew(e)) return RML_EVALUE;
    for (int round = 0;; ++round) {
        for (int32_t j = 0; j < e->p; ++j) {
            if (round == 0) e->column[j] = e->gradient[j] - e->w[j];
            e->gradient[j] = e->in[j] ? e->column[j] - e->mean[j] * pulled : 0.0;
        }
        apply(e, e->gradient, e->step, e->f);
        squares = pulled * pulled / e->curved;
        db = pulled / e->curved;
        for (int32_t j = 0; j < e->p; ++j) {
            if (!e->in[j]) e->step[j] = 0.0;
            squares += e->gradient[j] * e->step[j];
            db -= e->mean[j] * e->step[j];
        }
        if (!isfinite(squares)) return RML_EVALUE;
        e->decrement = sqrt(fmax(squares, 0.0));
        /* A step that did not halve the decrement says that H is too old. */
        if (round == 0 && n_before > 0 && e->drift > 0.02 && e->decrement > 0.5 * last) {
            for (int32_t j = 0; j < e->p; ++j) e->gradient[j] = e->column[j];
            if (!renew(e)) return RML_EVALUE; /* packs the gradient too */
            memcpy(e->column, e->gradient, (size_t)e->p * sizeof *e->column);
            continue;
        }
        break;
    }
    e->squares = 0.0;
    const double change = largest_change(e, e->decrement), far = reach(e) * e->decrement;
    if (change >= 0.5 && error_of(e, e->decrement, 0.0) <= allowed) {
        e->residual = e->decrement;
        e->decrement = 0.0;
        e->whole = false;
        return RML_OK;
    }
    /* Far from the optimum a shorter step, which goes down for certain with a new H (Bach 2010, proposition 2). */
    if (far > 0.5) t = log1p(far) / far;
    e->whole = !(far > 0.5);
    e->residual = far > 0.5 ? INFINITY : change * e->decrement;
    cblas_daxpy(e->p, t, e->step, 1, e->w, 1);
    e->b += t * db;
    return RML_OK;
}

static void eliminate(rml_rfe_ridge *e, int32_t j)
{
    double *h = e->column, *kept, down, root;

    make_column(e, j, h);
    down = e->w[j] / h[j];
    for (int32_t k = 0; k < e->p; ++k) {
        if (!e->in[k]) h[k] = 0.0;
        e->w[k] -= down * h[k];
        e->b += down * e->mean[k] * h[k];
    }
    e->squares += down * down * h[j];
    root = sqrt(h[j]);
    kept = e->gone + (int64_t)e->n_gone++ * e->p;
    for (int32_t k = 0; k < e->p; ++k) kept[k] = h[k] / root;
    e->w[j] = 0.0;
    e->in[j] = false;
    const double *x = e->x + (int64_t)j * e->n, mean = e->mean[j];
    for (int32_t i = 0; i < e->n; ++i) e->radius[i] -= (x[i] - mean) * (x[i] - mean);
}

/* 4. The public face */

rml_status rml_rfe_ridge_init(rml_rfe_ridge **engine, const rml_columns *x, const uint8_t *y, const double *weight,
                              const rml_rfe_settings *settings)
{
    rml_rfe_ridge *e = calloc(1, sizeof *e);
    rml_ridge_settings ridge = rml_ridge_defaults();
    rml_ridge first = {0};
    const size_t n = (size_t)x->n_rows, p = (size_t)x->n_columns, most = p < 2 * n ? p : 2 * n;
    double *next;
    rml_status status;

    *engine = e;
    if (!e) return RML_ENOMEM;
    e->inverse_cells = (int64_t)(most * most);
    e->place = malloc(p * sizeof *e->place);
    e->in = malloc(p * sizeof *e->in);
    e->x = malloc((2 * n * p + (5 + BLOCK) * p + 6 * n + n * n + most * most) * sizeof *e->x);
    if (!e->place || !e->in || !e->x) return RML_ENOMEM;
    next = e->x + n * p;
    double **const by_place[] = {&e->w, &e->mean, &e->gradient, &e->step, &e->column};
    double **const by_row[] = {&e->cost, &e->f, &e->pull, &e->curvature, &e->then, &e->radius};
    for (size_t v = 0; v < sizeof by_place / sizeof *by_place; ++v, next += p) *by_place[v] = next;
    for (size_t v = 0; v < sizeof by_row / sizeof *by_row; ++v, next += n) *by_row[v] = next;
    e->gone = next;
    e->u = e->gone + BLOCK * p;
    e->small = e->u + n * p;
    e->inverse = e->small + n * n;
    e->n = (int32_t)n;
    e->p = e->n_in = x->n_columns;
    e->y = y;
    e->tolerance = settings->coefficient_tolerance;
    e->exact = settings->observer != NULL;
    for (int32_t j = 0; j < e->p; ++j) {
        memcpy(e->x + (int64_t)j * e->n, rml_column(x, j), n * sizeof *e->x);
        e->place[j] = j;
        e->in[j] = true;
    }
    memset(e->then, 0, n * sizeof *e->then);
    ridge.c = settings->c;
    ridge.class_c[0] = settings->class_c[0];
    ridge.class_c[1] = settings->class_c[1];
    ridge.balanced = settings->balanced;
    status = rml_ridge_costs(x->n_rows, y, weight, &ridge, e->cost);
    ridge.tolerance = 1e-3; /* a full step from there ends near 1e-6 */
    if (status == RML_OK) status = rml_ridge_fit(x, y, weight, &ridge, NULL, &first);
    if (status != RML_OK) return status;
    memcpy(e->w, first.weights, p * sizeof *e->w);
    e->b = first.intercept;
    rml_ridge_free(&first);
    return RML_OK;
}

void rml_rfe_ridge_free(rml_rfe_ridge *e)
{
    if (!e) return;
    free(e->place);
    free(e->in);
    free(e->x);
    free(e);
}

rml_status rml_rfe_ridge_run(rml_rfe_ridge *e, int32_t n_drop, double equal, double *coefficient, double *intercept)
{
    for (int n_looks = 0;; ++n_looks) {
        const double allowed = allowed_error(e, n_drop, equal, coefficient);
        rml_status status;

        if (largest_error(e) <= allowed) break;
        if (n_looks == MAX_LOOKS) return RML_EVALUE;
        status = take_step(e, allowed, n_looks);
        if (status != RML_OK) return status;
    }
    for (int32_t k = 0; k < e->n_in; ++k) coefficient[k] = e->w[e->place[k]];
    *intercept = e->b;
    return RML_OK;
}

void rml_rfe_ridge_drop(rml_rfe_ridge *e, const uint8_t *leaves)
{
    int32_t n_in = 0, n_leave = 0;

    for (int32_t k = 0; k < e->n_in; ++k) n_leave += leaves[k] != 0;
    if (e->n_gone + n_leave > BLOCK) flush(e); /* may pack the places, so before any is named */
    for (int32_t k = 0; k < e->n_in; ++k) {
        const int32_t j = e->place[k];

        if (!leaves[k]) {
            e->place[n_in++] = j;
            continue;
        }
        if (e->n_gone == BLOCK) e->fresh = false; /* more at once than a block holds */
        if (e->fresh) {
            eliminate(e, j);
        } else {
            e->w[j] = 0.0;
            e->in[j] = false;
        }
    }
    e->n_in = n_in;
}
