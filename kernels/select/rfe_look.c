/* A quick look multiplies the rows, in single precision, by the change of the weights, and adds the rows times the
 * change of the pulls while they are still in the cache. Both changes get small as a fit converges, and the errors with
 * them. With u = 2^-24, x and the change each rounded once, a product rounded once and no more than 8 sums of singles
 * before one goes on in double precision:
 * - f_i is off by another 12 u sum_j |x_ij| |dw_j| <= 12 u |x_i| |dw|;
 * - the slope, with 3 sums, by another 7 u sum_i |x_ij| |dr_i| in column j, together 7 u |X| |dr| (Frobenius). */
#include "kernels/select/rfe_look.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/base/attributes.h"
#include "kernels/models/ridge.h"

enum { LANES = 16, TILE = RML_RFE_TILE, CHUNK = 8 * LANES };

static const double SLOPE_ERROR = 7.0 * 0x1p-24;

typedef float lanes __attribute__((vector_size(LANES * sizeof(float)), aligned(sizeof(float))));
typedef double wide __attribute__((vector_size(LANES * sizeof(double)), aligned(sizeof(double))));

static const lanes *at(const float *x)
{
    return (const lanes *)(const void *)x;
}

RML_HOT static void dot_tile(const float *x, int64_t stride, const float *v, double *out)
{
    wide sum[TILE] = {0};

    for (int64_t c = 0; c < stride; c += CHUNK) {
        const int64_t end = c + CHUNK < stride ? c + CHUNK : stride;
        lanes s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0}, s4 = {0}, s5 = {0}, s6 = {0}, s7 = {0};

        for (int64_t j = c; j < end; j += LANES) {
            const lanes a = *at(v + j);
            const float *row = x + j, *half = row + 4 * stride;

            s0 += a * *at(row);
            s1 += a * *at(row + stride);
            s2 += a * *at(row + 2 * stride);
            s3 += a * *at(row + 3 * stride);
            s4 += a * *at(half);
            s5 += a * *at(half + stride);
            s6 += a * *at(half + 2 * stride);
            s7 += a * *at(half + 3 * stride);
        }
        const lanes s[TILE] = {s0, s1, s2, s3, s4, s5, s6, s7};
        for (int r = 0; r < TILE; ++r) sum[r] += __builtin_convertvector(s[r], wide);
    }
    for (int r = 0; r < TILE; ++r) {
        out[r] = 0.0;
        for (int l = 0; l < LANES; ++l) out[r] += sum[r][l];
    }
}

RML_HOT static void add_tile(const float *x, int64_t stride, const float *c, double *restrict out)
{
    for (int64_t j = 0; j < stride; j += LANES) {
        const float *row = x + j, *half = row + 4 * stride;
        const lanes first = (*at(row) * c[0] + *at(row + stride) * c[1]) +
                            (*at(row + 2 * stride) * c[2] + *at(row + 3 * stride) * c[3]);
        const lanes second = (*at(half) * c[4] + *at(half + stride) * c[5]) +
                             (*at(half + 2 * stride) * c[6] + *at(half + 3 * stride) * c[7]);

        *(wide *)(void *)(out + j) += __builtin_convertvector(first + second, wide);
    }
}

static int32_t whole_tiles(int32_t n)
{
    return (n + TILE - 1) / TILE * TILE;
}

static void fill_rows(rml_rfe_look *look)
{
    double longest = 0.0, all = 0.0;

    look->stride = ((int64_t)look->p + LANES - 1) / LANES * LANES;
    memset(look->rows, 0, (size_t)(whole_tiles(look->n) * look->stride) * sizeof *look->rows);
    for (int32_t first = 0; first < look->n; first += LANES) {
        const int32_t n_here = first + LANES < look->n ? LANES : look->n - first;
        double length[LANES] = {0};

        for (int64_t j = 0; j < look->p; ++j) {
            const double *x = look->x + j * look->n + first;
            float *row = look->rows + first * look->stride + j;

            for (int32_t i = 0; i < n_here; ++i) {
                length[i] += x[i] * x[i];
                row[i * look->stride] = (float)x[i];
            }
        }
        for (int32_t i = 0; i < n_here; ++i) {
            all += length[i];
            if (length[i] > longest) longest = length[i];
        }
    }
    look->longest = 1.001 * sqrt(longest);
    look->all = 1.001 * sqrt(all);
    look->quick = all < 1e30; /* no product overflows */
}

rml_status rml_rfe_look_init(rml_rfe_look *look, const rml_columns *x, const uint8_t *y)
{
    const size_t n = (size_t)x->n_rows, n_rows = (size_t)whole_tiles((int32_t)n), p = (size_t)x->n_columns,
                 stride = p + LANES;
    double *next;

    *look = (rml_rfe_look){.n = (int32_t)n, .p = (int32_t)p, .y = y};
    look->memory = calloc(n * p + 4 * n + 2 * stride, sizeof *look->memory);
    look->rows = malloc((n_rows + 1) * stride * sizeof *look->rows);
    if (!look->memory || !look->rows) return RML_ENOMEM;
    look->change = look->rows + n_rows * stride;
    look->x = look->memory;
    next = look->x + n * p;
    double **const by_row[] = {&look->cost, &look->f, &look->pull, &look->curvature};
    for (size_t v = 0; v < sizeof by_row / sizeof *by_row; ++v, next += n) *by_row[v] = next;
    look->slope = next;
    look->w = look->slope + stride;
    for (int32_t j = 0; j < look->p; ++j) memcpy(look->x + (size_t)j * n, rml_column(x, j), n * sizeof *look->x);
    fill_rows(look);
    return RML_OK;
}

void rml_rfe_look_free(rml_rfe_look *look)
{
    free(look->memory);
    free(look->rows);
    *look = (rml_rfe_look){0};
}

void rml_rfe_look_pack(rml_rfe_look *look, const int32_t *place, int32_t n_in)
{
    for (int32_t k = 0; k < n_in; ++k) {
        const int32_t from = place[k];

        if (from != k)
            memmove(look->x + (int64_t)k * look->n, look->x + (int64_t)from * look->n,
                    (size_t)look->n * sizeof *look->x);
        look->w[k] = look->w[from];
        look->slope[k] = look->slope[from];
    }
    look->p = n_in;
    fill_rows(look);
}

void rml_rfe_look_exact(rml_rfe_look *look, const double *w, double b)
{
    for (int32_t i = 0; i < look->n; ++i) look->f[i] = b;
    cblas_dgemv(CblasColMajor, CblasNoTrans, look->n, look->p, 1.0, look->x, look->n, w, 1, 1.0, look->f, 1);
    look->pulled = 0.0;
    for (int32_t i = 0; i < look->n; ++i) {
        rml_ridge_row(look->f[i], look->y[i], look->cost[i], &look->pull[i], &look->curvature[i]);
        look->pulled += look->pull[i];
    }
    cblas_dgemv(CblasColMajor, CblasTrans, look->n, look->p, 1.0, look->x, look->n, look->pull, 1, 0.0, look->slope, 1);
    memcpy(look->w, w, (size_t)look->p * sizeof *w);
    look->b = b;
    look->f_error = look->slope_error = 0.0;
}

void rml_rfe_look_direct(rml_rfe_look *look, const double *v)
{
    for (int32_t j = 0; j < look->p; ++j) look->change[j] = (float)v[j];
    for (int64_t j = look->p; j < look->stride; ++j) look->change[j] = 0.0F;
}

void rml_rfe_look_dot(const rml_rfe_look *look, int32_t row, double *out)
{
    dot_tile(look->rows + row * look->stride, look->stride, look->change, out);
}

void rml_rfe_look_quick(rml_rfe_look *look, const double *w, double b)
{
    double moved = 0.0, turned = 0.0;

    for (int32_t j = 0; j < look->p; ++j) {
        const double change = w[j] - look->w[j];

        moved += change * change;
        look->w[j] = change; /* for the call that follows */
    }
    rml_rfe_look_direct(look, look->w);
    memcpy(look->w, w, (size_t)look->p * sizeof *w);
    for (int32_t first = 0; first < look->n; first += TILE) {
        double df[TILE];
        float dr[TILE] = {0};

        rml_rfe_look_dot(look, first, df);
        for (int32_t i = first; i < first + TILE && i < look->n; ++i) {
            const double before = look->pull[i];

            look->f[i] += df[i - first] + (b - look->b);
            rml_ridge_row(look->f[i], look->y[i], look->cost[i], &look->pull[i], &look->curvature[i]);
            dr[i - first] = (float)(look->pull[i] - before);
            turned += (look->pull[i] - before) * (look->pull[i] - before);
        }
        add_tile(look->rows + first * look->stride, look->stride, dr, look->slope);
    }
    look->pulled = 0.0;
    for (int32_t i = 0; i < look->n; ++i) look->pulled += look->pull[i];
    look->b = b;
    look->f_error += RML_RFE_DOT_ERROR * look->longest * sqrt(moved);
    look->slope_error += SLOPE_ERROR * look->all * sqrt(turned);
}
