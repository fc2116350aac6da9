#include "kernels/select/rfe_tile.h"

#include <string.h>

#include "kernels/base/attributes.h"

enum { LANES = 8, TILE = RML_RFE_TILE, CHUNK = 256 /* of the rows: stays in the nearest cache */ };

typedef double lanes __attribute__((vector_size(LANES * sizeof(double)), aligned(sizeof(double))));

static const lanes *at(const double *x)
{
    return (const lanes *)(const void *)x;
}

int32_t rml_rfe_tile_rows(const double *x, int32_t first, int32_t n_rows, int64_t stride, const double **row)
{
    const int32_t n_here = n_rows - first < TILE ? n_rows - first : TILE;

    for (int32_t r = 0; r < TILE; ++r) row[r] = x + (first + (r < n_here ? r : n_here - 1)) * stride;
    return n_here;
}

static inline __attribute__((always_inline)) void dot_one(const double *const *row, int64_t begin, int64_t end,
                                                          const double *v, lanes *s)
{
    lanes s0 = s[0], s1 = s[1], s2 = s[2], s3 = s[3], s4 = s[4], s5 = s[5], s6 = s[6], s7 = s[7];

    for (int64_t j = begin; j < end; j += LANES) {
        const lanes a = *at(v + j);

        s0 += a * *at(row[0] + j);
        s1 += a * *at(row[1] + j);
        s2 += a * *at(row[2] + j);
        s3 += a * *at(row[3] + j);
        s4 += a * *at(row[4] + j);
        s5 += a * *at(row[5] + j);
        s6 += a * *at(row[6] + j);
        s7 += a * *at(row[7] + j);
    }
    s[0] = s0, s[1] = s1, s[2] = s2, s[3] = s3, s[4] = s4, s[5] = s5, s[6] = s6, s[7] = s7;
}

static inline __attribute__((always_inline)) void dot_two(const double *const *row, int64_t begin, int64_t end,
                                                          const double *v, const double *u, lanes *s, lanes *t)
{
    lanes s0 = s[0], s1 = s[1], s2 = s[2], s3 = s[3], s4 = s[4], s5 = s[5], s6 = s[6], s7 = s[7];
    lanes t0 = t[0], t1 = t[1], t2 = t[2], t3 = t[3], t4 = t[4], t5 = t[5], t6 = t[6], t7 = t[7];

    for (int64_t j = begin; j < end; j += LANES) {
        const lanes a = *at(v + j), b = *at(u + j);
        lanes x;

        x = *at(row[0] + j), s0 += a * x, t0 += b * x;
        x = *at(row[1] + j), s1 += a * x, t1 += b * x;
        x = *at(row[2] + j), s2 += a * x, t2 += b * x;
        x = *at(row[3] + j), s3 += a * x, t3 += b * x;
        x = *at(row[4] + j), s4 += a * x, t4 += b * x;
        x = *at(row[5] + j), s5 += a * x, t5 += b * x;
        x = *at(row[6] + j), s6 += a * x, t6 += b * x;
        x = *at(row[7] + j), s7 += a * x, t7 += b * x;
    }
    s[0] = s0, s[1] = s1, s[2] = s2, s[3] = s3, s[4] = s4, s[5] = s5, s[6] = s6, s[7] = s7;
    t[0] = t0, t[1] = t1, t[2] = t2, t[3] = t3, t[4] = t4, t[5] = t5, t[6] = t6, t[7] = t7;
}

RML_HOT void rml_rfe_tile_dot(const double *const *row, int32_t p, double *const *v, int32_t n_v, double *out)
{
    const int64_t whole = p - p % LANES;
    lanes sum[RML_RFE_AHEAD][TILE];

    memset(sum, 0, (size_t)n_v * sizeof *sum);
    for (int64_t c = 0; c < whole; c += CHUNK) {
        const int64_t end = c + CHUNK < whole ? c + CHUNK : whole;

        for (int32_t k = 0; k + 1 < n_v; k += 2) dot_two(row, c, end, v[k], v[k + 1], sum[k], sum[k + 1]);
        if (n_v % 2 != 0) dot_one(row, c, end, v[n_v - 1], sum[n_v - 1]);
    }
    for (int32_t k = 0; k < n_v; ++k)
        for (int32_t r = 0; r < TILE; ++r) {
            double total = 0.0;

            for (int l = 0; l < LANES; ++l) total += sum[k][r][l];
            for (int64_t j = whole; j < p; ++j) total += row[r][j] * v[k][j];
            out[k * TILE + r] = total;
        }
}

RML_HOT void rml_rfe_tile_add(const double *const *row, int32_t p, const double *c, double *const *out, int32_t n_v)
{
    const int64_t whole = p - p % LANES;

    for (int64_t j = 0; j < whole; j += LANES) {
        const lanes a0 = *at(row[0] + j), a1 = *at(row[1] + j), a2 = *at(row[2] + j), a3 = *at(row[3] + j);
        const lanes a4 = *at(row[4] + j), a5 = *at(row[5] + j), a6 = *at(row[6] + j), a7 = *at(row[7] + j);

        for (int32_t k = 0; k < n_v; ++k) {
            const double *b = c + (int64_t)k * TILE;

            *(lanes *)(void *)(out[k] + j) += ((a0 * b[0] + a1 * b[1]) + (a2 * b[2] + a3 * b[3])) +
                                              ((a4 * b[4] + a5 * b[5]) + (a6 * b[6] + a7 * b[7]));
        }
    }
    for (int64_t j = whole; j < p; ++j)
        for (int32_t k = 0; k < n_v; ++k)
            for (int32_t r = 0; r < TILE; ++r) out[k][j] += row[r][j] * c[k * TILE + r];
}
