#include "kernels/image/convolve.h"

/* Neighbouring results are summed side by side, in registers; 16 hide the latency of the adds. */
enum { BLOCK = 16 };

RML_HOT void rml_convolve_run(const double *in, int64_t stride, const double *h, int32_t n, int64_t count, double *out)
{
    const double *last = in + (n - 1) * stride;
    int64_t i = 0;

    for (; i + BLOCK <= count; i += BLOCK) {
        const double *from = last + i;
        double sum[BLOCK] = {0.0};

        for (int32_t j = 0; j < n; ++j, from -= stride)
            for (int b = 0; b < BLOCK; ++b) sum[b] += h[j] * from[b];
        for (int b = 0; b < BLOCK; ++b) out[i + b] = sum[b];
    }
    for (; i < count; ++i) {
        double sum = 0.0;

        for (int32_t j = 0; j < n; ++j) sum += h[j] * last[i - j * stride];
        out[i] = sum;
    }
}

RML_HOT void rml_convolve_run_single(const double *in, int64_t stride, const double *h, int32_t n, int64_t count,
                                     double *out)
{
    const double *last = in + (n - 1) * stride;
    int64_t i = 0;

    for (; i + BLOCK <= count; i += BLOCK) {
        const double *from = last + i;
        float sum[BLOCK] = {0.0F};

        for (int32_t j = 0; j < n; ++j, from -= stride)
            for (int b = 0; b < BLOCK; ++b) sum[b] += (float)h[j] * (float)from[b];
        for (int b = 0; b < BLOCK; ++b) out[i + b] = sum[b];
    }
    for (; i < count; ++i) {
        float sum = 0.0F;

        for (int32_t j = 0; j < n; ++j) sum += (float)h[j] * (float)last[i - j * stride];
        out[i] = sum;
    }
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
            rml_convolve_run(in + (z * ny + from) * nx, taps->step * nx, taps->h, taps->n, nx * count,
                             out + z * nx * count);
    if (axis == 2) rml_convolve_run(in + from * nx * ny, taps->step * nx * ny, taps->h, taps->n, nx * ny * count, out);
}
