/* The rows are read once for all points: while a tile of them is in the cache, it is multiplied by every point's
 * weights, and then added up by every point's pulls. */
#include "kernels/select/rfe_look.h"

#include <stdlib.h>
#include <string.h>

#include "kernels/base/attributes.h"

enum { TILE = RML_RFE_TILE };

static void fill_rows(rml_rfe_look *look)
{
    const int64_t stride = rml_rfe_stride(look->p);

    for (int32_t first = 0; first < look->n; first += TILE) {
        const int32_t n_here = first + TILE < look->n ? TILE : look->n - first;

        for (int64_t j = 0; j < look->p; ++j)
            for (int64_t i = first; i < first + n_here; ++i) look->rows[i * stride + j] = look->x[j * look->n + i];
    }
}

rml_status rml_rfe_look_init(rml_rfe_look *look, const rml_columns *x, const uint8_t *y)
{
    const size_t n = (size_t)x->n_rows, p = (size_t)x->n_columns, stride = (size_t)rml_rfe_stride(x->n_columns);

    *look = (rml_rfe_look){.n = (int32_t)n, .p = (int32_t)p, .y = y};
    look->memory = rml_rfe_memory(n * (p + stride) + n);
    if (!look->memory) return RML_ENOMEM;
    look->rows = look->memory;
    look->x = look->rows + n * stride;
    look->cost = look->x + n * p;
    for (int32_t j = 0; j < look->p; ++j) memcpy(look->x + (size_t)j * n, rml_column(x, j), n * sizeof *look->x);
    fill_rows(look);
    return RML_OK;
}

void rml_rfe_look_free(rml_rfe_look *look)
{
    free(look->memory);
    *look = (rml_rfe_look){0};
}

void rml_rfe_look_pack(rml_rfe_look *look, const int32_t *place, int32_t n_in)
{
    for (int32_t k = 0; k < n_in; ++k)
        if (place[k] != k)
            memmove(look->x + (int64_t)k * look->n, look->x + (int64_t)place[k] * look->n,
                    (size_t)look->n * sizeof *look->x);
    for (int64_t i = 0; i < look->n; ++i) {
        const double *from = look->rows + i * rml_rfe_stride(look->p);
        double *to = look->rows + i * rml_rfe_stride(n_in);

        for (int32_t k = 0; k < n_in; ++k) to[k] = from[place[k]]; /* to never overtakes from */
    }
    look->p = n_in;
}

typedef double lanes __attribute__((vector_size(TILE * sizeof(double)), aligned(sizeof(double))));
typedef int64_t integers __attribute__((vector_size(TILE * sizeof(double)), aligned(sizeof(double))));

/* Of each x from -708 to 0 e^x, to a unit or two in the last place: 2^k times the series at x - k log 2. */
static inline __attribute__((always_inline)) void exponentiate(lanes *x)
{
    static const double inverse_factorial[] = {1.0 / 6227020800.0,
                                               1.0 / 479001600.0,
                                               1.0 / 39916800.0,
                                               1.0 / 3628800.0,
                                               1.0 / 362880.0,
                                               1.0 / 40320.0,
                                               1.0 / 5040.0,
                                               1.0 / 720.0,
                                               1.0 / 120.0,
                                               1.0 / 24.0,
                                               1.0 / 6.0,
                                               1.0 / 2.0,
                                               1.0,
                                               1.0};
    const double magic = 0x1.8p52; /* leaves a sum's units in its last places */
    const lanes shifted = *x * 0x1.71547652b82fep0 + magic, k = shifted - magic;
    const lanes rest = (*x - k * 0x1.62e42fefap-1) - k * 0x1.cf79abc9e3b39p-40;
    lanes sum = rest * inverse_factorial[0] + inverse_factorial[1];

    for (int t = 2; t < 14; ++t) sum = sum * rest + inverse_factorial[t];
    *x = (lanes)((integers)sum + ((integers)shifted << 52));
}

/* rml_ridge_row for a tile of rows, sign: 1 for class 1 and else -1. f becomes the pulls. */
RML_HOT static void find_pulls(const double *sign, const double *cost, double *f, double *curvature)
{
    const lanes side = *(const lanes *)(const void *)sign, price = *(const lanes *)(const void *)cost;
    const lanes z = *(lanes *)(void *)f * side, most = z * 0.0 + 708.0;
    const integers right = z > 0.0;
    lanes e = (lanes)((integers)z & INT64_MAX);
    const integers beyond = e > most;

    e = -(lanes)(((integers)e & ~beyond) | ((integers)most & beyond));
    exponentiate(&e);
    const lanes part = 1.0 / (1.0 + e), slope = e * part;
    *(lanes *)(void *)f = price * side * (lanes)(((integers)slope & right) | ((integers)part & ~right));
    *(lanes *)(void *)curvature = price * slope * part;
}

void rml_rfe_look_at(const rml_rfe_look *look, rml_rfe_point *const *points, int32_t n_points)
{
    double value[RML_RFE_AHEAD * TILE]; /* log odds, then pulls */
    double *w[RML_RFE_AHEAD], *slope[RML_RFE_AHEAD];

    for (int32_t k = 0; k < n_points; ++k) {
        w[k] = points[k]->w;
        slope[k] = points[k]->slope;
        memset(slope[k], 0, (size_t)look->p * sizeof *slope[k]);
        points[k]->pulled = 0.0;
    }
    for (int32_t first = 0; first < look->n; first += TILE) {
        const double *row[TILE];
        double sign[TILE] = {0}, cost[TILE] = {0}, curvature[TILE];
        const int32_t n_here = rml_rfe_tile_rows(look->rows, first, look->n, rml_rfe_stride(look->p), row);

        for (int32_t r = 0; r < n_here; ++r) {
            sign[r] = look->y[first + r] ? 1.0 : -1.0;
            cost[r] = look->cost[first + r];
        }
        rml_rfe_tile_dot(row, look->p, w, n_points, value);
        for (int32_t k = 0; k < n_points; ++k) {
            for (int32_t r = 0; r < TILE; ++r) value[k * TILE + r] += points[k]->b;
            find_pulls(sign, cost, value + (int64_t)k * TILE, curvature);
            memcpy(points[k]->curvature + first, curvature, (size_t)n_here * sizeof *curvature);
            for (int32_t r = 0; r < n_here; ++r) points[k]->pulled += value[k * TILE + r];
        }
        rml_rfe_tile_add(row, look->p, value, slope, n_points);
    }
}
