/* 1. Points ahead
 * 2. Newton steps
 * 3. The public face
 *
 * Around a point the logistic objective is a quadratic with Hessian H = I + Z'Z (ridge.c). Forcing one weight w_j of
 * its minimiser to 0 moves the others by -(w_j / h_jj) h_j with h_j the column j of H^-1, raises the quadratic by
 * w_j^2 / 2 h_jj, and leaves H^-1 - h_j h_j' / h_jj as the inverse of what remains (Hassibi & Stork 1993, "optimal
 * brain surgeon"). So a step costs O(p) numbers (rfe_inverse.c), not a pass over X.
 *
 * What that leads to is not quite the next fit: H is old, and the logistic is no quadratic. But mostly it tells which
 * column leaves next, and next but one. So the columns that will leave are guessed some way ahead, the rows are looked
 * at from all these points at once, each takes its Newton step H^-1 g, and rfe_bound.c then says for which of them it
 * is proven that the guess was right. What it is not proven for is looked at again. A wrong guess costs the points
 * behind it, never the result: a fit is handed out only when all columns that left before it are the proven ones. */
#include "kernels/select/rfe_ridge.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/select/rfe_bound.h"

enum { MAX_LOOKS = 200, LOOKS_AHEAD = 8 };

static const double FAR = 10.0; /* largest change of a log odds by a step that may be tried */

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

/* 1. Points ahead */

/* Columns that left before point k in or out of `in`. */
static void mark_left(rml_rfe_ridge *e, int32_t k, bool in)
{
    for (int32_t l = 0; l < k; ++l) e->in[e->point[l].leaver] = in;
}

/* Forgets the points from number n on, which other columns turn out to lead to. */
static void keep_points(rml_rfe_ridge *e, int32_t n)
{
    if (n < e->n_points) {
        for (int32_t k = n; k < e->n_points; ++k) e->work += e->point[k].n_looks * look_work(e);
        e->n_ahead = n > 1 ? n : 2;
        e->n_points = n;
    }
}

/* Takes column j out of the weights, the intercept and, as the vector number n_gone, the inverse. */
static void eliminate(rml_rfe_ridge *e, int32_t n_gone, int32_t j, double *w, double *b)
{
    double *const h = e->column, down;

    rml_rfe_inverse_column(e, n_gone, j, h);
    down = w[j] / h[j];
    for (int32_t k = 0; k < e->p; ++k) {
        if (!e->in[k]) h[k] = 0.0;
        w[k] -= down * h[k];
        *b += down * e->mean[k] * h[k];
    }
    rml_rfe_inverse_lose(e, n_gone, j, h);
    w[j] = 0.0;
    e->in[j] = false;
}

/* The place that leaves if the weights are right, as rml_rfe_choose has it. */
static int32_t least_place(const rml_rfe_ridge *e, const double *w, double equal)
{
    double least = INFINITY, largest = 0.0;
    int32_t last = -1;

    for (int32_t j = 0; j < e->p; ++j) {
        if (!e->in[j]) continue;
        if (fabs(w[j]) < least) least = fabs(w[j]);
        if (fabs(w[j]) > largest) largest = fabs(w[j]);
    }
    for (int32_t j = 0; j < e->p; ++j)
        if (e->in[j] && fabs(w[j]) <= least + equal * largest) last = j;
    return last;
}

/* Lets columns leave one after the other as the quadratic has it, and keeps the points where that leads. */
static void go_ahead(rml_rfe_ridge *e, double equal)
{
    const int32_t most = e->n_in - e->n_select + 1, n = e->n_ahead < most ? e->n_ahead : most;

    if (e->exact || !e->one_by_one || !e->fresh || e->n_points >= n) return;
    if (e->n_gone + n - 1 > RML_RFE_BLOCK) rml_rfe_inverse_flush(e);
    if (!e->fresh) return;
    mark_left(e, e->n_points - 1, false);
    for (; e->n_points < n; ++e->n_points) {
        rml_rfe_point *const last = &e->point[e->n_points - 1], *const next = last + 1;

        last->leaver = least_place(e, last->w, equal);
        memcpy(next->w, last->w, (size_t)e->p * sizeof *next->w);
        next->b = last->b;
        next->n_looks = next->n_steps = 0;
        next->known = false;
        eliminate(e, e->n_gone + e->n_points - 1, last->leaver, next->w, &next->b);
    }
    mark_left(e, e->n_points - 1, true);
}

/* 2. Newton steps */

/* How far the curvatures at the current point are from H's. */
static void compare_curvatures(rml_rfe_ridge *e)
{
    e->drift = 0.0;
    for (int32_t i = 0; i < e->n; ++i) {
        if (!(e->look.cost[i] > 0.0)) continue;
        const double ratio = e->then[i] > 0.0 ? e->point[0].curvature[i] / e->then[i] : INFINITY;
        if (fabs(ratio - 1.0) > e->drift) e->drift = fabs(ratio - 1.0);
    }
}

/* The points whose columns are still to be found out, in order. */
static int32_t list_unknown(rml_rfe_ridge *e, rml_rfe_point **list)
{
    int32_t n = 0;

    for (int32_t k = 0; k < e->n_points; ++k)
        if (!e->point[k].known) list[n++] = &e->point[k];
    return n;
}

/* The Newton steps from where the rows were looked at, and their decrements. false: not a number at the first one. */
static bool find_steps(rml_rfe_ridge *e, rml_rfe_point *const *list, int32_t n)
{
    for (int32_t l = 0; l < n; ++l) {
        rml_rfe_point *const point = list[l];
        const int32_t k = (int32_t)(point - e->point);

        point->gone = e->n_gone + k;
        mark_left(e, k, false);
        for (int32_t j = 0; j < e->p; ++j)
            point->gradient[j] = e->in[j] ? point->slope[j] - point->w[j] - e->mean[j] * point->pulled : 0.0;
        mark_left(e, k, true);
    }
    rml_rfe_inverse_apply(e, list, n);
    for (int32_t l = 0; l < n; ++l) {
        rml_rfe_point *const point = list[l];
        const int32_t k = (int32_t)(point - e->point);
        double squares = point->pulled * point->pulled / e->curved;

        mark_left(e, k, false);
        for (int32_t j = 0; j < e->p; ++j) {
            if (!e->in[j]) point->step[j] = 0.0;
            squares += point->gradient[j] * point->step[j];
        }
        mark_left(e, k, true);
        point->decrement = sqrt(squares > 0.0 || isnan(squares) ? squares : 0.0);
    }
    return isfinite(list[0]->decrement);
}

static double step_of_intercept(const rml_rfe_ridge *e, const double *step, double pulled)
{
    return pulled / e->curved - cblas_ddot(e->p, e->mean, 1, step, 1);
}

static void move(rml_rfe_ridge *e, rml_rfe_point *point, double t)
{
    cblas_daxpy(e->p, t, point->step, 1, point->w, 1);
    point->b += t * step_of_intercept(e, point->step, point->pulled);
    point->n_steps = t == 1.0 ? point->n_steps + 1 : 0;
}

/* Where the last two whole steps together point to (Anderson 1965, with one step before): in H's norm, the mixture of
 * the two steps that is shortest. To be called before looking again; keeps the last step for the next time. */
static void hurry(rml_rfe_ridge *e, rml_rfe_point *point)
{
    double *const step = point->step, *const gradient = point->gradient, along = 0.0, length = 0.0, part = 0.0;
    const double pulled = point->pulled, db = step_of_intercept(e, step, pulled), b = point->b - db;

    if (point->n_steps > 1) {
        const double change = pulled - point->last_pulled;

        along = change * pulled / e->curved;
        length = change * change / e->curved;
        for (int32_t j = 0; j < e->p; ++j) {
            const double turned = gradient[j] - point->last_gradient[j];

            along += turned * step[j];
            length += turned * (step[j] - point->last_step[j]);
        }
        part = length > 0.0 ? along / length : 0.0;
        if (!(fabs(part) < 1.0)) part = 0.0;
        point->b -= part * (b - point->last_b + db - step_of_intercept(e, point->last_step, point->last_pulled));
    }
    for (int32_t j = 0; j < e->p; ++j) {
        const double w = point->w[j] - step[j];

        if (part != 0.0) point->w[j] -= part * (w - point->last_w[j] + step[j] - point->last_step[j]);
        point->last_w[j] = w;
    }
    point->gradient = point->last_gradient;
    point->step = point->last_step;
    point->last_gradient = gradient;
    point->last_step = step;
    point->last_b = b;
    point->last_pulled = pulled;
}

/* The weights anew from a fit with line searches, near the optimum of the columns still in. */
static rml_status fit_anew(rml_rfe_ridge *e)
{
    rml_ridge fit = {0};
    rml_status status;

    keep_points(e, 1);
    e->n_gone = 0;
    e->fresh = false;
    rml_rfe_inverse_pack(e);
    const rml_columns x = {.n_rows = e->n, .stride = e->n, .n_columns = e->p, .x = e->look.x};
    status = rml_ridge_fit(&x, e->look.y, e->weight, &e->ridge, NULL, &fit);
    if (status != RML_OK) return status;
    memcpy(e->point[0].w, fit.weights, (size_t)e->p * sizeof *e->point[0].w);
    e->point[0].b = fit.intercept;
    e->point[0].n_steps = 0;
    rml_ridge_free(&fit);
    return RML_OK;
}

/* The inverse anew from the curvatures at a point, and what the points ahead take from it. */
static bool renew(rml_rfe_ridge *e, const rml_rfe_point *at)
{
    if (!rml_rfe_inverse_renew(e, at->curvature)) return false;
    for (int32_t k = 0; k < e->n_points; ++k) e->point[k].n_steps = 0;
    for (int32_t k = 0; k + 1 < e->n_points; ++k) {
        const int32_t j = e->point[k].leaver;

        rml_rfe_inverse_column(e, k, j, e->column);
        for (int32_t l = 0; l < e->p; ++l)
            if (!e->in[l]) e->column[l] = 0.0;
        rml_rfe_inverse_lose(e, k, j, e->column);
        e->in[j] = false;
    }
    mark_left(e, e->n_points - 1, true);
    return true;
}

/* Looks at the rows from all points that are not known, and takes Newton steps there. *whole: the current point's was
 * not shortened. */
static rml_status take_steps(rml_rfe_ridge *e, bool *whole)
{
    rml_rfe_point *list[RML_RFE_AHEAD], *const now = &e->point[0];
    const double last = *whole ? now->decrement : INFINITY;
    const int32_t n = list_unknown(e, list), n_before = now->n_looks;
    double far;

    for (int32_t l = 0; l < n; ++l)
        if (list[l]->n_steps > 0) hurry(e, list[l]);
    rml_rfe_look_at(&e->look, list, n);
    compare_curvatures(e);
    for (int32_t l = 0; l < n; ++l)
        if (list[l]->n_looks++ > 0) e->work += look_work(e);
    if (!e->fresh || (e->drift > 0.02 && e->work > 2.0 * renewal_work(e)))
        /* The last point is nearer to the middle of where the inverse is to serve. But a row's curvature may be small
         * here and not there: what is not known by then needs the curvatures here. */
        if (!renew(e, e->fresh && *whole && n_before < LOOKS_AHEAD ? list[n - 1] : now)) return RML_EVALUE;
    if (!find_steps(e, list, n)) return RML_EVALUE;
    /* A step that did not halve the decrement says that H is too old. */
    if (n_before > 0 && e->drift > 0.02 && now->decrement > 0.5 * last)
        if (!renew(e, now) || !find_steps(e, list, n)) return RML_EVALUE;
    /* Far from the optimum a shorter step, which goes down for certain with a new H (Bach 2010, proposition 2), unless
     * whole steps have halved the decrement so far: as each of them has to, they cannot go round in circles. Very far,
     * as where the classes cease to be separable, shorter steps would be too many. */
    far = e->farthest * now->decrement;
    *whole = !(far > 0.5) || (far <= FAR && now->decrement <= 0.5 * e->record);
    if (far > FAR && !e->anew) {
        e->anew = true;
        return fit_anew(e);
    }
    if (*whole) {
        e->record = now->decrement;
        move(e, now, 1.0);
    } else {
        keep_points(e, 1);
        move(e, now, log1p(far) / far);
    }
    for (int32_t l = 1; l < n && list[l] - e->point < e->n_points; ++l) {
        if (e->farthest * list[l]->decrement <= FAR)
            move(e, list[l], 1.0);
        else
            keep_points(e, (int32_t)(list[l] - e->point));
    }
    return RML_OK;
}

/* Which of the points are known after these steps, as far as the columns that left on the way to them were right. */
static void find_known(rml_rfe_ridge *e, int32_t n_drop, double equal)
{
    for (int32_t k = 0; k < e->n_points; ++k) {
        rml_rfe_point *const point = &e->point[k];

        const int32_t n_here = e->n_in - k > e->n_select ? n_drop : 0;

        mark_left(e, k, false);
        if (!point->known && point->n_looks > 0) point->known = rml_rfe_is_known(e, k, n_here, equal, e->sizes);
        const bool left = k + 1 == e->n_points || least_place(e, point->w, equal) == point->leaver;
        mark_left(e, k, true);
        if (!left) keep_points(e, k + 1);
    }
}

/* 3. The public face */

rml_status rml_rfe_ridge_init(rml_rfe_ridge **engine, const rml_columns *x, const uint8_t *y, const double *weight,
                              const rml_rfe_settings *settings)
{
    rml_rfe_ridge *e = calloc(1, sizeof *e);
    const size_t n = (size_t)x->n_rows, p = (size_t)x->n_columns, most = p < 2 * n ? p : 2 * n,
                 stride = (size_t)rml_rfe_stride((int32_t)p), most_stride = (size_t)rml_rfe_stride((int32_t)most);
    double *next;
    rml_status status;

    *engine = e;
    if (!e) return RML_ENOMEM;
    e->inverse_cells = (int64_t)(most * most_stride);
    e->place = malloc(p * sizeof *e->place);
    e->in = malloc(p * sizeof *e->in);
    e->point = calloc(RML_RFE_AHEAD, sizeof *e->point);
    e->memory = rml_rfe_memory((11 + 7 * RML_RFE_AHEAD + RML_RFE_BLOCK) * stride + most * most_stride + n * p +
                               (7 + RML_RFE_AHEAD) * n + n * n);
    status = rml_rfe_look_init(&e->look, x, y);
    if (status != RML_OK) return status;
    if (!e->place || !e->in || !e->point || !e->memory) return RML_ENOMEM;
    next = e->memory;
    e->inverse = next;
    next += most * most_stride;
    e->gone = next;
    next += RML_RFE_BLOCK * stride;
    e->columns = next;
    next += 8 * stride;
    double **const by_place[] = {&e->mean, &e->column, &e->sizes};
    for (size_t v = 0; v < sizeof by_place / sizeof *by_place; ++v, next += stride) *by_place[v] = next;
    for (int k = 0; k < RML_RFE_AHEAD; ++k) {
        rml_rfe_point *const point = &e->point[k];
        double **const vectors[] = {&point->w,      &point->slope,         &point->gradient, &point->step,
                                    &point->last_w, &point->last_gradient, &point->last_step};

        for (size_t v = 0; v < sizeof vectors / sizeof *vectors; ++v, next += stride) *vectors[v] = next;
    }
    for (int k = 0; k < RML_RFE_AHEAD; ++k, next += n) e->point[k].curvature = next;
    double **const by_row[] = {&e->row, &e->then, &e->inverse_then, &e->reach, &e->idle, &e->length, &e->row_reach};
    for (size_t v = 0; v < sizeof by_row / sizeof *by_row; ++v, next += n) *by_row[v] = next;
    e->u = next;
    e->small = e->u + n * p;
    e->n = (int32_t)n;
    e->p = e->n_in = x->n_columns;
    e->tolerance = settings->coefficient_tolerance;
    e->exact = settings->observer != NULL;
    e->one_by_one = settings->step == 1;
    e->n_select = settings->n_select;
    e->n_points = 1;
    e->n_ahead = 4;
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
    free(e->point);
    free(e->memory);
    rml_rfe_look_free(&e->look);
    free(e);
}

rml_status rml_rfe_ridge_run(rml_rfe_ridge *e, int32_t n_drop, double equal, double *coefficient, double *intercept)
{
    rml_rfe_point *const now = &e->point[0];
    bool whole = now->n_looks > 0;

    e->record = whole ? now->decrement : INFINITY;
    e->anew = false;
    for (int n_looks = 0; !now->known; ++n_looks) {
        if (n_looks == 0 || whole) go_ahead(e, equal);
        const rml_status status = n_looks < MAX_LOOKS ? take_steps(e, &whole) : RML_EVALUE;

        if (status != RML_OK) return status;
        if (whole) find_known(e, n_drop, equal);
    }
    for (int32_t k = 0; k < e->n_in; ++k) coefficient[k] = now->w[e->place[k]];
    *intercept = now->b;
    return RML_OK;
}

void rml_rfe_ridge_drop(rml_rfe_ridge *e, const uint8_t *leaves)
{
    rml_rfe_point *const now = &e->point[0];
    int32_t n_in = 0, n_leave = 0, last = 0;

    for (int32_t k = 0; k < e->n_in; ++k)
        if (leaves[k]) ++n_leave, last = e->place[k];
    const bool ahead = n_leave == 1 && e->n_points > 1 && now->leaver == last;
    if (ahead) {
        const rml_rfe_point left = *now;

        memmove(now, now + 1, (RML_RFE_AHEAD - 1) * sizeof *now);
        e->point[RML_RFE_AHEAD - 1] = left; /* for its memory */
        --e->n_points;
        if (e->n_ahead < RML_RFE_AHEAD) ++e->n_ahead;
    } else {
        keep_points(e, 1);
        now->n_looks = now->n_steps = 0;
        now->known = false;
        if (e->n_gone + n_leave > RML_RFE_BLOCK) rml_rfe_inverse_flush(e); /* may pack, so before a place is named */
    }
    for (int32_t k = 0; k < e->n_in; ++k) {
        const int32_t j = e->place[k];

        if (!leaves[k]) {
            e->place[n_in++] = j;
            continue;
        }
        if (ahead) {
            ++e->n_gone;
        } else if (e->n_gone == RML_RFE_BLOCK) { /* more at once than a block holds */
            e->fresh = false;
        }
        if (!ahead && e->fresh) eliminate(e, e->n_gone++, j, now->w, &now->b);
        if (!ahead && !e->fresh) now->w[j] = 0.0;
        e->in[j] = false;
    }
    e->n_in = n_in;
}
