/* 1. How far the optimum can be
 * 2. Newton steps
 * 3. The public face
 *
 * Around a point the logistic objective is a quadratic with Hessian H = I + Z'Z (ridge.c). Forcing one weight w_j of
 * its minimiser to 0 moves the others by -(w_j / h_jj) h_j with h_j the column j of H^-1, raises the quadratic by
 * w_j^2 / 2 h_jj, and leaves H^-1 - h_j h_j' / h_jj as the inverse of what remains (Hassibi & Stork 1993, "optimal
 * brain surgeon"). So a step costs O(p) numbers (rfe_inverse.c), not a pass over X.
 *
 * A look at the rows gives the gradient g, the Newton step H^-1 g, its length d = |H^-1 g|_H with |v|_H = sqrt(v'Hv),
 * and the ratios of the curvatures to those D that H was made from. What a whole step leaves is bounded:
 * - no f_i moves by more than R_i |v|_H when the weights move by v, R_i^2 = r_i / (1 + D_i r_i) + 1/1'D1 with r_i =
 *   |x_i - m|^2, since H is at least I + D_i (x_i - m)(x_i - m)'; and a curvature then changes by at most the factor
 *   exp(|change of f_i|) (the logistic's third derivative is no larger than its second);
 * - along the way to the optimum, v away, the gradient falls by at least l(u) u with u the length so far and l(u) the
 *   least ratio within u, so any u with l(u) u > d is more than |v|_H;
 * - with ratios q_i averaged over that way, v = Hq^-1 g for Hq = I + Z'qZ, hence v'Hq v <= d^2 / l(u), and what the
 *   step leaves is v - H^-1 g = H^-1 (H - Hq) v: in weight j no more than the root of
 *   sum (1 - q_i)^2 / q_i D_i (a_i'h_j)^2 times d^2 / l(u), a_i = x_i - m (Cauchy & Schwarz);
 * - sum D_i (a_i'h_j)^2 = h_jj - h_j'h_j is never above 1/4, which gives one bound for all weights. */
#include "kernels/select/rfe_ridge.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/select/rfe_inverse.h"

enum { MAX_LOOKS = 200, MAX_RIVALS = 7 };

static const double FAR = 10.0;  /* largest change of a log odds by a step that may be tried */
static const double SLACK = 0.1; /* of the decrement: what quick looks may be off by */

/* 1. How far the optimum can be */

/* The least ratio of a curvature to H's between here and the optimum, and the largest (1 - ratio)^2 / ratio of each row
 * into spread. 0: the optimum may be too far to say. */
static double bound_ratios(const rml_rfe_ridge *e, double *spread)
{
    const double longest = e->decrement + e->slack, far = 1.3 * longest / e->low;
    double least = 1.0;

    for (int32_t i = 0; i < e->n; ++i) {
        spread[i] = 0.0;
        if (!(e->look.cost[i] > 0.0)) continue;
        const double change = exp(e->reach[i] * far + e->look.f_error), low = e->ratio[i] / change,
                     high = e->ratio[i] * change;
        const double below = low + 1.0 / low, above = high + 1.0 / high; /* the least is between, at 1 */

        spread[i] = (below > above ? below : above) - 2.0;
        if (low < least) least = low;
    }
    return least * far > longest ? least : 0.0;
}

/* What weight j misses after the whole step, with its column h of H^-1: `scale` sqrt(sum spread_i D_i (a_i'h)^2). The
 * rows of little spread are taken together, at `usual`: sum D_i (a_i'h)^2 = h_jj - h'h. */
static double error_of_one(rml_rfe_ridge *e, int32_t j, double scale, const double *spread, double usual)
{
    double *const h = e->column, mean, length, sum, move[RML_RFE_TILE];

    rml_rfe_inverse_column(e, j, h);
    for (int32_t k = 0; k < e->p; ++k)
        if (!e->in[k]) h[k] = 0.0;
    mean = cblas_ddot(e->p, e->mean, 1, h, 1);
    length = cblas_ddot(e->p, h, 1, h, 1);
    sum = usual * fmax(h[j] - length, 0.0);
    rml_rfe_look_direct(&e->look, h);
    for (int32_t first = 0; first < e->n; first += RML_RFE_TILE) {
        const int32_t end = first + RML_RFE_TILE < e->n ? first + RML_RFE_TILE : e->n;
        bool any = false;

        for (int32_t i = first; i < end; ++i) any = any || spread[i] > usual;
        if (!any) continue;
        rml_rfe_look_dot(&e->look, first, move);
        for (int32_t i = first; i < end; ++i) {
            const double far = fabs(move[i - first] - mean) + RML_RFE_DOT_ERROR * e->look.longest * sqrt(length);

            if (spread[i] > usual) sum += (spread[i] - usual) * e->then[i] * far * far;
        }
    }
    return scale * sqrt(sum) + e->slack;
}

/* The error at which the n_drop that leave are known, those that count as equal aside, and the tolerance is kept. */
static double allowed_error(const rml_rfe_ridge *e, int32_t n_drop, double equal, double *sizes)
{
    double least = INFINITY, largest = 0.0, gap = 0.0, wanted;

    for (int32_t k = 0; k < e->n_in; ++k) {
        sizes[k] = fabs(e->w[e->place[k]]);
        if (sizes[k] < least) least = sizes[k];
        if (sizes[k] > largest) largest = sizes[k];
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

        for (int32_t k = n_drop; k < e->n_in; ++k)
            if (sizes[k] < next) next = sizes[k];
        gap = next - sizes[n_drop - 1] - equal * largest;
        wanted = fmin(wanted, 0.49 * gap);
    }
    return fmax(wanted, 0.25 * equal * largest);
}

/* Whether the one that leaves is known, and the tolerance kept for it, by the errors of the few that could be it when
 * none is off by more than `error`. */
static bool one_is_known(rml_rfe_ridge *e, double error, double scale, const double *spread, double equal)
{
    int32_t rival[MAX_RIVALS], n_rivals = 0, least = e->place[0];
    double largest = 0.0, usual = 0.0, size, own;

    for (int32_t k = 0; k < e->n_in; ++k) {
        const int32_t j = e->place[k];

        if (fabs(e->w[j]) < fabs(e->w[least])) least = j;
        if (fabs(e->w[j]) > largest) largest = fabs(e->w[j]);
    }
    size = fabs(e->w[least]);
    for (int32_t k = 0; k < e->n_in; ++k) {
        const int32_t j = e->place[k];

        if (j == least || fabs(e->w[j]) > size + 2.0 * error + equal * largest) continue;
        if (n_rivals == MAX_RIVALS) return false;
        rival[n_rivals++] = j;
    }
    for (int32_t i = 0; i < e->n; ++i) usual += 4.0 * spread[i] / e->n; /* fewer than a quarter of the rows have more */
    own = error_of_one(e, least, scale, spread, usual);
    if (own > e->tolerance * size) return false;
    for (int32_t r = 0; r < n_rivals; ++r) {
        const double gap = fabs(e->w[rival[r]]) - size - equal * largest;

        if (!(gap > own) || !(gap > own + error_of_one(e, rival[r], scale, spread, usual))) return false;
    }
    return true;
}

/* Whether the weights are good enough after the whole step just taken. */
static bool is_known(rml_rfe_ridge *e, int32_t n_drop, double equal, double *sizes)
{
    double *const spread = e->row, widest = 0.0, scale, error;
    const double least = bound_ratios(e, spread);

    if (!(least > 0.0)) return false;
    for (int32_t i = 0; i < e->n; ++i)
        if (spread[i] > widest) widest = spread[i];
    scale = (e->decrement + e->slack) / sqrt(least);
    error = 0.5 * sqrt(widest) * scale + e->slack;
    if (error <= allowed_error(e, n_drop, equal, sizes)) return true;
    return n_drop == 1 && !e->exact && one_is_known(e, error, scale, spread, equal);
}

/* 2. Newton steps */

/* Costs in multiplications, of one look at the rows with its step, and of a renewal. */
static double look_work(const rml_rfe_ridge *e)
{
    const double n = e->n, p = e->p;

    return 2.0 * n * p + (e->dense ? p * p : 2.0 * n * p);
}

static double renewal_work(const rml_rfe_ridge *e)
{
    const double n = e->n, p = e->n_in;

    return e->dense ? n * p * p / 2.0 + p * p * p / 2.0 : n * n * p + n * n * n / 6.0;
}

static void look_at_rows(rml_rfe_ridge *e)
{
    const rml_rfe_look *look = &e->look;

    if (look->quick && e->slack <= SLACK * e->decrement)
        rml_rfe_look_quick(&e->look, e->w, e->b);
    else
        rml_rfe_look_exact(&e->look, e->w, e->b);
    e->drift = 0.0;
    e->low = 1.0;
    for (int32_t i = 0; i < e->n; ++i) {
        e->ratio[i] = 0.0;
        if (!(look->cost[i] > 0.0)) continue;
        const double ratio = e->then[i] > 0.0 ? look->curvature[i] / e->then[i] : INFINITY;
        e->ratio[i] = ratio;
        if (fabs(ratio - 1.0) > e->drift) e->drift = fabs(ratio - 1.0);
        if (ratio < e->low) e->low = ratio;
    }
}

/* The Newton step from where the rows were looked at, and its decrement. false: not a number. */
static bool find_step(rml_rfe_ridge *e, double *db)
{
    const double pulled = e->look.pulled;
    double squares = pulled * pulled / e->curved, error = 0.0;

    /* Errors f_i of the log odds leave one of sum q_i D_i f_i a_i in the gradient, whose length for H^-1 is no more
     * than that of the q_i D_i^1/2 f_i. */
    for (int32_t i = 0; i < e->n; ++i) error += e->then[i] * e->ratio[i] * e->ratio[i];
    e->slack = e->look.f_error > 0.0 ? e->look.f_error * sqrt(error) + e->look.slope_error : 0.0;
    for (int32_t j = 0; j < e->p; ++j)
        e->gradient[j] = e->in[j] ? e->look.slope[j] - e->w[j] - e->mean[j] * pulled : 0.0;
    rml_rfe_inverse_apply(e, e->gradient, e->step, e->row);
    *db = pulled / e->curved;
    for (int32_t j = 0; j < e->p; ++j) {
        if (!e->in[j]) e->step[j] = 0.0;
        squares += e->gradient[j] * e->step[j];
        *db -= e->mean[j] * e->step[j];
    }
    e->decrement = sqrt(squares > 0.0 ? squares : 0.0);
    return isfinite(squares);
}

/* The weights anew from a fit with line searches, near the optimum of the columns still in. */
static rml_status fit_anew(rml_rfe_ridge *e)
{
    rml_ridge fit = {0};
    rml_status status;

    rml_rfe_inverse_pack(e);
    e->n_gone = 0;
    e->fresh = false;
    e->slack = INFINITY; /* the next look is exact */
    const rml_columns x = {.n_rows = e->n, .stride = e->n, .n_columns = e->p, .x = e->look.x};
    status = rml_ridge_fit(&x, e->look.y, e->weight, &e->ridge, NULL, &fit);
    if (status != RML_OK) return status;
    memcpy(e->w, fit.weights, (size_t)e->p * sizeof *e->w);
    e->b = fit.intercept;
    rml_ridge_free(&fit);
    return RML_OK;
}

/* Looks at the rows and takes a Newton step. n_before: looks since the last elimination. *whole: not shortened. */
static rml_status take_step(rml_rfe_ridge *e, int n_before, bool *whole)
{
    const double last = *whole ? e->decrement : INFINITY;
    double db, far, t = 1.0;

    look_at_rows(e);
    if (n_before > 0) e->work += look_work(e);
    if (!e->fresh || (e->drift > 0.02 && e->work > renewal_work(e)))
        if (!rml_rfe_inverse_renew(e)) return RML_EVALUE;
    if (!find_step(e, &db)) return RML_EVALUE;
    /* A step that did not halve the decrement says that H is too old. */
    if (n_before > 0 && e->drift > 0.02 && e->decrement > 0.5 * last)
        if (!rml_rfe_inverse_renew(e) || !find_step(e, &db)) return RML_EVALUE;
    /* Far from the optimum a shorter step, which goes down for certain with a new H (Bach 2010, proposition 2), unless
     * whole steps have halved the decrement so far: as each of them has to, they cannot go round in circles. Very far,
     * as where the classes cease to be separable, shorter steps would be too many. */
    far = e->farthest * e->decrement;
    *whole = !(far > 0.5) || (far <= FAR && e->decrement <= 0.5 * e->record);
    if (far > FAR && !e->anew) {
        e->anew = true;
        return fit_anew(e);
    }
    if (*whole)
        e->record = e->decrement;
    else
        t = log1p(far) / far;
    cblas_daxpy(e->p, t, e->step, 1, e->w, 1);
    e->b += t * db;
    return RML_OK;
}

static void eliminate(rml_rfe_ridge *e, int32_t j)
{
    double *h = e->column, *kept, down, root;

    rml_rfe_inverse_column(e, j, h);
    down = e->w[j] / h[j];
    for (int32_t k = 0; k < e->p; ++k) {
        if (!e->in[k]) h[k] = 0.0;
        e->w[k] -= down * h[k];
        e->b += down * e->mean[k] * h[k];
    }
    root = sqrt(h[j]);
    kept = e->gone + (int64_t)e->n_gone++ * e->p;
    for (int32_t k = 0; k < e->p; ++k) kept[k] = h[k] / root;
    e->w[j] = 0.0;
    e->in[j] = false;
}

/* 3. The public face */

rml_status rml_rfe_ridge_init(rml_rfe_ridge **engine, const rml_columns *x, const uint8_t *y, const double *weight,
                              const rml_rfe_settings *settings)
{
    rml_rfe_ridge *e = calloc(1, sizeof *e);
    const size_t n = (size_t)x->n_rows, p = (size_t)x->n_columns, most = p < 2 * n ? p : 2 * n;
    double *next;
    rml_status status;

    *engine = e;
    if (!e) return RML_ENOMEM;
    e->inverse_cells = (int64_t)(most * most);
    e->place = malloc(p * sizeof *e->place);
    e->in = malloc(p * sizeof *e->in);
    e->memory = malloc((n * p + (5 + RML_RFE_BLOCK) * p + 4 * n + n * n + most * most) * sizeof *e->memory);
    status = rml_rfe_look_init(&e->look, x, y);
    if (status != RML_OK) return status;
    if (!e->place || !e->in || !e->memory) return RML_ENOMEM;
    next = e->memory;
    double **const by_place[] = {&e->w, &e->mean, &e->gradient, &e->step, &e->column};
    double **const by_row[] = {&e->row, &e->then, &e->reach, &e->ratio};
    for (size_t v = 0; v < sizeof by_place / sizeof *by_place; ++v, next += p) *by_place[v] = next;
    for (size_t v = 0; v < sizeof by_row / sizeof *by_row; ++v, next += n) *by_row[v] = next;
    e->gone = next;
    e->u = e->gone + RML_RFE_BLOCK * p;
    e->small = e->u + n * p;
    e->inverse = e->small + n * n;
    e->n = (int32_t)n;
    e->p = e->n_in = x->n_columns;
    e->tolerance = settings->coefficient_tolerance;
    e->exact = settings->observer != NULL;
    for (int32_t j = 0; j < e->p; ++j) {
        e->place[j] = j;
        e->in[j] = true;
    }
    memset(e->then, 0, n * sizeof *e->then);
    e->weight = weight;
    e->ridge = rml_ridge_defaults();
    e->ridge.c = settings->c;
    e->ridge.class_c[0] = settings->class_c[0];
    e->ridge.class_c[1] = settings->class_c[1];
    e->ridge.balanced = settings->balanced;
    e->ridge.tolerance = 1e-3; /* a full step from there ends near 1e-6 */
    status = rml_ridge_costs(x->n_rows, y, weight, &e->ridge, e->look.cost);
    return status == RML_OK ? fit_anew(e) : status;
}

void rml_rfe_ridge_free(rml_rfe_ridge *e)
{
    if (!e) return;
    free(e->place);
    free(e->in);
    free(e->memory);
    rml_rfe_look_free(&e->look);
    free(e);
}

rml_status rml_rfe_ridge_run(rml_rfe_ridge *e, int32_t n_drop, double equal, double *coefficient, double *intercept)
{
    bool whole = false;

    e->record = INFINITY;
    e->anew = false;
    for (int n_looks = 0;; ++n_looks) {
        const rml_status status = n_looks < MAX_LOOKS ? take_step(e, n_looks, &whole) : RML_EVALUE;

        if (status != RML_OK) return status;
        if (whole && is_known(e, n_drop, equal, coefficient)) break;
    }
    for (int32_t k = 0; k < e->n_in; ++k) coefficient[k] = e->w[e->place[k]];
    *intercept = e->b;
    return RML_OK;
}

void rml_rfe_ridge_drop(rml_rfe_ridge *e, const uint8_t *leaves)
{
    int32_t n_in = 0, n_leave = 0;

    for (int32_t k = 0; k < e->n_in; ++k) n_leave += leaves[k] != 0;
    if (e->n_gone + n_leave > RML_RFE_BLOCK) rml_rfe_inverse_flush(e); /* may pack the places, so before any is named */
    for (int32_t k = 0; k < e->n_in; ++k) {
        const int32_t j = e->place[k];

        if (!leaves[k]) {
            e->place[n_in++] = j;
            continue;
        }
        if (e->n_gone == RML_RFE_BLOCK) e->fresh = false; /* more at once than a block holds */
        if (e->fresh) {
            eliminate(e, j);
        } else {
            e->w[j] = 0.0;
            e->in[j] = false;
        }
    }
    e->n_in = n_in;
}
