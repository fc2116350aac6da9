/* Gaussian smoothing, and its second derivative, along one axis as a recursive filter of fourth order: for any sigma
 * the same work. The coefficients are those of ITK's RecursiveGaussianImageFilter. */
#ifndef RML_IMAGE_RECURSIVE_H
#define RML_IMAGE_RECURSIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernels/base/status.h"

/* y+[i] = sum_j n[j] x[i-j] - sum_j d[j] y+[i-1-j]    forward, j = 0 .. 3
 * y-[i] = sum_j m[j] x[i+1+j] - sum_j d[j] y-[i+1+j]  backward; the response is y+ + y- */
typedef struct rml_recursive {
    double n[4], m[4], d[4];
    double rest_n, rest_m; /* what y+ and y- come to where x has been 1 for ever */
} rml_recursive;

/* sigma   in voxels
 * order   0: smoothing, a constant stays as it is; 2: second derivative, of x^2 / 2 it is scale
 * scale   multiplies the second derivative; smoothing does not look at it
 * RML_EVALUE  a sigma that is not above 0, or too small for a second derivative */
RML_CHECKED rml_status rml_recursive_init(double sigma, int order, double scale, rml_recursive *filter);

/* Lines that go through the filter at once. */
enum { RML_RECURSIVE_LINES = 32 };

/* What one pass over a box of lines reads and writes. Lines run along the pass's axis; they are numbered over the two
 * other axes, the first of them fastest. Strides count voxels. */
typedef struct rml_recursive_pass {
    int32_t n;                 /* voxels of a line, with its margins */
    int32_t first, kept;       /* what of it is wanted: the response is written for first .. first + kept - 1 */
    int64_t step_in, step_out; /* from a voxel to the next on a line */
    int32_t across[2];         /* how many lines along either other axis */
    int64_t across_in[2], across_out[2]; /* from a line to the next along either */
} rml_recursive_pass;

/* What a line's response is written to: an image of float32; or, for a last pass, the sum of several responses: sum =
 * float32(sum + float32(response) * factor), or, when fresh, float32(float32(response) * factor). */
typedef struct rml_recursive_target {
    float *image;
    double *sum; /* looked at when image is NULL */
    double factor;
    bool fresh;
} rml_recursive_target;

/* Bytes of scratch for lines of up to n voxels, to be aligned to 64. */
size_t rml_recursive_scratch_bytes(int32_t n);

/* The pass, from doubles or from float32 (the other is NULL). Both directions start as if the line's first and last
 * voxel went on for ever. Same result however lines are grouped. */
void rml_recursive_run(const rml_recursive *filter, const rml_recursive_pass *pass, const double *doubles,
                       const float *floats, const rml_recursive_target *target, void *scratch);

#endif
