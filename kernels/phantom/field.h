/* Gaussian random fields of unit variance with covariance exp(-r^2 / (2 l^2)): smooth noise, the stuff of the phantom's
 * anatomy, texture and bias. */
#ifndef RML_PHANTOM_FIELD_H
#define RML_PHANTOM_FIELD_H

#include "kernels/base/status.h"

#include <stddef.h>
#include <stdint.h>

/* How a field is summed up from its modes; the numbers agree but for rounding. */
typedef enum rml_field_way {
    RML_FIELD_AUTO,   /* what is faster; decided by length alone, so the same length gives the same bits */
    RML_FIELD_FFT,    /* one transform of the padded grid */
    RML_FIELD_DIRECT, /* sines and cosines axis by axis: for long lengths, of which few modes carry anything */
    RML_N_FIELD_WAYS
} rml_field_way;

/* Scratch that rml_field_draw wants. 0 when an argument is outside what it allows. */
size_t rml_field_scratch_bytes(const int32_t size[3], double length, rml_field_way way);

/* Draws a field as a pure function of (seed, stream).
 *
 * size     in   {nx, ny, nz} in voxels, each 1..256
 * length   in   l in voxels, 0.1..64
 * scratch  in   rml_field_scratch_bytes bytes, 64-byte aligned
 * field    out  [nz*ny*nx], x fastest: mean 0, variance 1, covariance exp(-r^2 / (2 l^2)) at distance r in voxels,
 *               within 4e-4 (the grid is padded by 4 l against wrapping round; modes below 1e-9 of the strongest are
 *               left out)
 *
 * RML_EINVAL  a size, a length or a way outside what is allowed
 * RML_ENOMEM  FFTW had no memory for its plan
 * Safe to call from several threads at once. Source: circulant embedding, Dietrich & Newsam 1997; see field.c. */
RML_CHECKED rml_status rml_field_draw(const int32_t size[3], double length, uint64_t seed, uint64_t stream,
                                      rml_field_way way, void *scratch, double *field);

#endif
