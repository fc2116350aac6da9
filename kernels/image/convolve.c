#include "kernels/image/convolve.h"

/* Neighbouring results are summed side by side, in registers: WIDE of them hide the latency of the adds. What is left
 * goes NARROW by NARROW, the last ones a second time rather than one by one. */
enum { WIDE = 32, NARROW = 8, COLUMN = 512 };

/* width results, of which from is what the first tap meets. Inlined with a width that is known. */
static inline __attribute__((always_inline)) void sum_side_by_side(const double *from, int64_t stride, const double *h,
                                                                   int32_t n, int width, double *out)
{
    double sum[WIDE] = {0.0};

    for (int32_t j = 0; j < n; ++j, from -= stride)
        for (int b = 0; b < width; ++b) sum[b] += h[j] * from[b];
    for (int b = 0; b < width; ++b) out[b] = sum[b];
}

static inline __attribute__((always_inline)) void sum_singles(const double *from, int64_t stride, const double *h,
                                                              int32_t n, int width, double *out)
{
    float sum[WIDE] = {0.0F};

    for (int32_t j = 0; j < n; ++j, from -= stride)
        for (int b = 0; b < width; ++b) sum[b] += (float)h[j] * (float)from[b];
    for (int b = 0; b < width; ++b) out[b] = sum[b];
}

RML_HOT void rml_convolve_run(const double *in, int64_t stride, const double *h, int32_t n, int64_t count, double *out)
{
    const double *last = in + (n - 1) * stride;
    int64_t i = 0;

    for (; i + WIDE <= count; i += WIDE) sum_side_by_side(last + i, stride, h, n, WIDE, out + i);
    for (; i + NARROW <= count; i += NARROW) sum_side_by_side(last + i, stride, h, n, NARROW, out + i);
    if (i < count && count >= NARROW)
        sum_side_by_side(last + count - NARROW, stride, h, n, NARROW, out + count - NARROW);
    else
        for (; i < count; ++i) sum_side_by_side(last + i, stride, h, n, 1, out + i);
}

RML_HOT void rml_convolve_run_single(const double *in, int64_t stride, const double *h, int32_t n, int64_t count,
                                     double *out)
{
    const double *last = in + (n - 1) * stride;
    int64_t i = 0;

    for (; i + WIDE <= count; i += WIDE) sum_singles(last + i, stride, h, n, WIDE, out + i);
    for (; i + NARROW <= count; i += NARROW) sum_singles(last + i, stride, h, n, NARROW, out + i);
    if (i < count && count >= NARROW)
        sum_singles(last + count - NARROW, stride, h, n, NARROW, out + count - NARROW);
    else
        for (; i < count; ++i) sum_singles(last + i, stride, h, n, 1, out + i);
}

static inline int32_t turned(int32_t j, int32_t turn)
{
    return j <= turn ? turn - j : j;
}

static inline __attribute__((always_inline)) void sum_turned(const double *last, int64_t stride, const double *h,
                                                             int32_t n, int32_t turn, int width, double *out)
{
    double sum[NARROW] = {0.0};

    for (int32_t k = 0; k < n; ++k) {
        const int32_t j = turned(k, turn);

        for (int b = 0; b < width; ++b) sum[b] += h[j] * last[b - j * stride];
    }
    for (int b = 0; b < width; ++b) out[b] = sum[b];
}

static inline __attribute__((always_inline)) void
sum_turned_singles(const double *last, int64_t stride, const double *h, int32_t n, int32_t turn, int width, double *out)
{
    float sum[NARROW] = {0.0F};

    for (int32_t k = 0; k < n; ++k) {
        const int32_t j = turned(k, turn);

        for (int b = 0; b < width; ++b) sum[b] += (float)h[j] * (float)last[b - j * stride];
    }
    for (int b = 0; b < width; ++b) out[b] = sum[b];
}

RML_HOT void rml_convolve_turned(const double *in, int64_t stride, const double *h, int32_t n, int32_t turn,
                                 int64_t count, double *out)
{
    const double *last = in + (n - 1) * stride;
    int64_t i = 0;

    for (; i + NARROW <= count; i += NARROW) sum_turned(last + i, stride, h, n, turn, NARROW, out + i);
    for (; i < count; ++i) sum_turned(last + i, stride, h, n, turn, 1, out + i);
}

RML_HOT void rml_convolve_turned_single(const double *in, int64_t stride, const double *h, int32_t n, int32_t turn,
                                        int64_t count, double *out)
{
    const double *last = in + (n - 1) * stride;
    int64_t i = 0;

    for (; i + NARROW <= count; i += NARROW) sum_turned_singles(last + i, stride, h, n, turn, NARROW, out + i);
    for (; i < count; ++i) sum_turned_singles(last + i, stride, h, n, turn, 1, out + i);
}

/* By columns of a few voxels of all slices (or rows), which stay in the cache while each is read for its neighbours.
 * in, out: count slices of n voxels; stride: of in */
static void along_columns(const double *in, int64_t stride, const rml_taps *taps, int64_t n, int64_t count, double *out)
{
    for (int64_t v = 0; v < n; v += COLUMN)
        for (int64_t k = 0; k < count; ++k)
            rml_convolve_run(in + k * stride + v, taps->step * stride, taps->h, taps->n,
                             n - v < COLUMN ? n - v : COLUMN, out + k * n + v);
}

void rml_convolve_axis(const double *in, const int32_t size[3], int axis, const rml_taps *taps, int32_t first,
                       int32_t count, double *out)
{
    const int64_t nx = size[0], ny = size[1], nz = size[2], from = first - rml_taps_behind(taps);

    if (axis == 0)
        for (int64_t row = 0; row < ny * nz; ++row)
            rml_convolve_run(in + row * nx + from, taps->step, taps->h, taps->n, count, out + row * count);
    if (axis == 1)
        for (int64_t z = 0; z < nz; ++z)
            along_columns(in + (z * ny + from) * nx, nx, taps, nx, count, out + z * nx * count);
    if (axis == 2) along_columns(in + from * nx * ny, nx * ny, taps, nx * ny, count, out);
}
