/* A look at the rows gave the gradient g, the Newton step H^-1 g, its length d = |H^-1 g|_H with |v|_H = sqrt(v'Hv),
 * and the ratios of the curvatures to those D that H = I + Z'Z was made from, the least of them (or 1) `low`. What a
 * whole step leaves is bounded:
 * - no f_i moves by more than R_i |v|_H when the weights move by v, R_i^2 = r_i / (1 + D_i r_i) + 1/1'D1 with r_i =
 *   |a_i|^2, a_i = x_i - m, since H is at least I + D_i a_i a_i'; and a curvature then changes by at most the factor
 *   exp(|change of f_i|) (the logistic's third derivative is no larger than its second);
 * - the same holds with the Hessian here, G, which is at least low H, and at least low H + (ratio_i - low) D_i a_i
 *   a_i': S_i |v|_G with S_i^2 <= R_i^2 / (low + (ratio_i - low) D_i R_i^2) (Sherman & Morrison); and S_i^2 <= |x_i -
 *   m'|^2 + 1/1'D'1 with the curvatures D' and their mean m' here, |m' - m| <= sum |D'_i - D_i| |a_i| / 1'D'1;
 * - along the way to the optimum, v away, the gradient falls by at least u exp(-S u) in G's norm, with u the length so
 *   far and S the largest S_i; it is no longer than d / sqrt(low) there, so any u with u exp(-S u) above that is more
 *   than |v|_G;
 * - with ratios q_i averaged over that way, at least l, v = Hq^-1 g for Hq = I + Z'qZ, hence v'Hq v <= d^2 / l, and
 * what the step leaves is v - H^-1 g = H^-1 (H - Hq) v: in weight j no more than the root of sum (1 - q_i)^2 / q_i D_i
 * (a_i'h_j)^2 times d^2 / l, h_j the column j of H^-1 (Cauchy & Schwarz);
 * - sum D_i (a_i'h_j)^2 = h_jj - h_j'h_j is never above 1/4, which gives one bound for all weights. */
#include "kernels/select/rfe_bound.h"

#include <cblas.h>
#include <math.h>

enum { MAX_RIVALS = 7 };

/* No less than e^x, and hardly more, for x from 0 to 1: the series of e^-x is not above it after a negative term. */
static inline double above_exp(double x)
{
    const double rest = 1.0 / 6.0 - x * (1.0 / 24.0 - x * (1.0 / 120.0 - x * (1.0 / 720.0 - x / 5040.0)));

    return 1.0 / (1.0 - x * (1.0 - x * (0.5 - x * rest)));
}

/* R_i^2 by the curvatures here, at least `low` times H's, from its two bounds. */
static inline double reach_here(const rml_rfe_ridge *e, int32_t i, double low, double ratio, double shift,
                                double curved)
{
    const double by_ratio = e->reach[i] / (low + (ratio - low) * e->then[i] * e->reach[i]);
    const double by_length = (e->length[i] + shift) * (e->length[i] + shift) + 1.0 / curved;

    return by_ratio < by_length ? by_ratio : by_length;
}

/* The least ratio of a curvature to H's between the point and its optimum, and the largest (1 - ratio)^2 / ratio of
 * each row into spread. 0: the optimum may be too far to say. */
static double bound_ratios(const rml_rfe_ridge *e, const rml_rfe_point *point, double *spread)
{
    double *const reach = e->row_reach;
    const double *const curvature = point->curvature;
    double low = 1.0, least = 1.0, curved = 0.0, shift = 0.0, farthest, most, far;

    for (int32_t i = 0; i < e->n; ++i) { /* ratios for now */
        const double ratio = curvature[i] * e->inverse_then[i] + e->idle[i];

        spread[i] = ratio;
        if (!(ratio >= low)) low = ratio;
        curved += curvature[i];
        shift += fabs(curvature[i] - e->then[i]) * e->length[i];
    }
    if (!(low > 0.0)) return 0.0;
    shift /= curved;
    /* A row that alone may well say that it is too far. */
    farthest = reach_here(e, e->farthest_row, low, spread[e->farthest_row], shift, curved);
    if (!(farthest * point->decrement * point->decrement < 0.13 * low)) return 0.0;
    for (int32_t i = 0; i < e->n; ++i) {
        reach[i] = reach_here(e, i, low, spread[i], shift, curved);
        if (reach[i] > farthest) farthest = reach[i];
    }
    /* The least u with R u exp(-R u) above R d for the largest R, all by the curvatures here, if there is one. */
    farthest = sqrt(farthest);
    most = farthest * point->decrement / sqrt(low);
    if (!(most < 0.36)) return 0.0;
    far = most;
    for (int t = 0; t < 60; ++t) far = 1.0001 * most * exp(far);
    if (!(far * exp(-far) > most)) return 0.0;
    far /= farthest;
    for (int32_t i = 0; i < e->n; ++i) {
        const double up = above_exp(sqrt(reach[i]) * far), down = 1.0 / up, ratio = spread[i], inverse = 1.0 / ratio;
        const double below = ratio * down + inverse * up, above = ratio * up + inverse * down;

        spread[i] = (below > above ? below : above) - 2.0; /* the least is between, at 1 */
        if (ratio * down < least) least = ratio * down;
    }
    return least;
}

/* What the weights of n columns miss after the whole step, with their columns h of H^-1: `scale` sqrt(sum spread_i D_i
 * (a_i'h)^2). All rows at `usual` are sum D_i (a_i'h)^2 = h_jj - h'h; those of more spread add the rest. */
static void errors_of(rml_rfe_ridge *e, int32_t n_gone, const int32_t *column, int32_t n, double scale,
                      const double *spread, double usual, double *error)
{
    enum { TILE = RML_RFE_TILE };
    double *h[1 + MAX_RIVALS], mean[1 + MAX_RIVALS], move[(1 + MAX_RIVALS) * TILE];

    for (int32_t c = 0; c < n; ++c) {
        h[c] = e->columns + c * rml_rfe_stride(e->p);
        rml_rfe_inverse_column(e, n_gone, column[c], h[c]);
        for (int32_t k = 0; k < e->p; ++k)
            if (!e->in[k]) h[c][k] = 0.0;
        mean[c] = cblas_ddot(e->p, e->mean, 1, h[c], 1);
        error[c] = usual * fmax(h[c][column[c]] - cblas_ddot(e->p, h[c], 1, h[c], 1), 0.0);
    }
    for (int32_t i = 0; i < e->n;) {
        const double *row[TILE];
        double weight[TILE] = {0};
        int32_t n_here = 0;

        for (; i < e->n && n_here < TILE; ++i) {
            if (!(spread[i] > usual)) continue;
            weight[n_here] = (spread[i] - usual) * e->then[i];
            row[n_here++] = e->look.rows + i * rml_rfe_stride(e->p);
        }
        if (n_here == 0) break;
        for (int32_t r = n_here; r < TILE; ++r) row[r] = row[0];
        rml_rfe_tile_dot(row, e->p, h, n, move);
        for (int32_t c = 0; c < n; ++c)
            for (int32_t r = 0; r < n_here; ++r)
                error[c] += weight[r] * (move[c * TILE + r] - mean[c]) * (move[c * TILE + r] - mean[c]);
    }
    for (int32_t c = 0; c < n; ++c) error[c] = scale * sqrt(error[c]);
}

/* The error at which the n_drop that leave are known, those that count as equal aside, and the tolerance is kept. */
static double allowed_error(const rml_rfe_ridge *e, const double *w, int32_t n_drop, double equal, double *sizes)
{
    double least = INFINITY, largest = 0.0, gap = 0.0, wanted;
    int32_t n = 0;

    for (int32_t j = 0; j < e->p; ++j) {
        if (!e->in[j]) continue;
        sizes[n] = fabs(w[j]);
        if (sizes[n] < least) least = sizes[n];
        if (sizes[n] > largest) largest = sizes[n];
        ++n;
    }
    wanted = e->exact ? 0.0 : e->tolerance * least;
    for (int32_t d = 0; d < n_drop && d + 1 < n; ++d) { /* the n_drop least to the front, then the next one */
        int32_t at = d;

        for (int32_t k = d + 1; k < n; ++k)
            if (sizes[k] < sizes[at]) at = k;
        const double swap = sizes[d];
        sizes[d] = sizes[at];
        sizes[at] = swap;
    }
    if (n_drop > 0 && n_drop < n) {
        double next = INFINITY;

        for (int32_t k = n_drop; k < n; ++k)
            if (sizes[k] < next) next = sizes[k];
        gap = next - sizes[n_drop - 1] - equal * largest;
        wanted = fmin(wanted, 0.49 * gap);
    }
    return fmax(wanted, 0.25 * equal * largest);
}

/* Whether the one that leaves is known, and the tolerance kept for it, by the errors of the few that could be it when
 * none is off by more than `error`. */
static bool one_is_known(rml_rfe_ridge *e, const rml_rfe_point *point, double error, double scale, const double *spread,
                         double equal)
{
    const double *const w = point->w;
    int32_t column[1 + MAX_RIVALS], least = -1, n = 1; /* the least and its rivals */
    double largest = 0.0, usual = 0.0, own[1 + MAX_RIVALS], size;

    for (int32_t j = 0; j < e->p; ++j) {
        if (!e->in[j]) continue;
        if (least < 0 || fabs(w[j]) < fabs(w[least])) least = j;
        if (fabs(w[j]) > largest) largest = fabs(w[j]);
    }
    size = fabs(w[least]);
    column[0] = least;
    for (int32_t j = 0; j < e->p; ++j) {
        if (!e->in[j] || j == least || fabs(w[j]) > size + 2.0 * error + equal * largest) continue;
        if (n > MAX_RIVALS) return false;
        column[n++] = j;
    }
    for (int32_t i = 0; i < e->n; ++i) usual += 4.0 * spread[i] / e->n; /* fewer than a quarter of the rows have more */
    errors_of(e, point->gone, column, n, scale, spread, usual, own);
    if (!(own[0] <= e->tolerance * size)) return false;
    for (int32_t r = 1; r < n; ++r)
        if (!(fabs(w[column[r]]) - size - equal * largest > own[0] + own[r])) return false;
    return true;
}

bool rml_rfe_is_known(rml_rfe_ridge *e, int32_t k, int32_t n_drop, double equal, double *scratch)
{
    const rml_rfe_point *const point = &e->point[k];
    double *const spread = e->row, widest = 0.0, scale, error;
    const double least = bound_ratios(e, point, spread);

    if (!(least > 0.0)) return false;
    for (int32_t i = 0; i < e->n; ++i)
        if (spread[i] > widest) widest = spread[i];
    scale = point->decrement / sqrt(least);
    error = 0.5 * sqrt(widest) * scale;
    if (error <= allowed_error(e, point->w, n_drop, equal, scratch)) return true;
    return n_drop == 1 && !e->exact && one_is_known(e, point, error, scale, spread, equal);
}
