/* Convolution along one axis: what separable filters are made of. Sums run over the taps in their order, so the same
 * bits come out on every processor. */
#ifndef RML_IMAGE_CONVOLVE_H
#define RML_IMAGE_CONVOLVE_H

#include "kernels/base/volume.h"

/* y[k] = sum_j h[j] x[k + ahead - j * step]: a true convolution, which reaches `ahead` voxels forward and
 * (n - 1) * step - ahead backward. */
typedef struct rml_taps {
    const double *h; /* [n] */
    int32_t n;       /* at least 1 */
    int32_t step;    /* voxels from tap to tap, at least 1; more: a filter with holes */
    int32_t ahead;   /* 0..(n - 1) * step */
} rml_taps;

static inline int32_t rml_taps_behind(const rml_taps *taps)
{
    return (taps->n - 1) * taps->step - taps->ahead;
}

/* out[i] = sum_j h[j] in[i + (n - 1 - j) * stride] for i < count; out is apart from in. */
void rml_convolve_run(const double *in, int64_t stride, const double *h, int32_t n, int64_t count, double *out);

/* The same in float32 arithmetic, on values and taps that are float32. */
void rml_convolve_run_single(const double *in, int64_t stride, const double *h, int32_t n, int64_t count, double *out);

/* Both with another order of sums: taps turn, turn - 1 … 0, then turn + 1 … n - 1; 0 <= turn < n. */
void rml_convolve_turned(const double *in, int64_t stride, const double *h, int32_t n, int32_t turn, int64_t count,
                         double *out);
void rml_convolve_turned_single(const double *in, int64_t stride, const double *h, int32_t n, int32_t turn,
                                int64_t count, double *out);

/* A whole volume along one axis (0: x), for the places first .. first + count - 1 of that axis, about which the taps
 * must not reach beyond the volume. in   [size[2]*size[1]*size[0]], x fastest out  of the same size but for that axis,
 * where it is count; apart from in */
void rml_convolve_axis(const double *in, const int32_t size[3], int axis, const rml_taps *taps, int32_t first,
                       int32_t count, double *out);

#endif
