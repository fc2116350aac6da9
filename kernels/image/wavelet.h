/* The undecimated wavelet transform as PyRadiomics 3.0.1 makes it with PyWavelets: periodic, one level at a time with
 * the same filters (no holes at higher levels), each level on the approximation before it.
 *
 *     y[k] = sum_j h[j] x[(k + L/2 - j) mod N],  h the analysis filter of L taps, N even
 *
 * In names and order the first letter is x; L is the low-pass, H the high-pass. Filters are not normalised: every L
 * multiplies a constant by sqrt(2). Patches for it are cut with RML_BORDER_PERIODIC and `even`. */
#ifndef RML_IMAGE_WAVELET_H
#define RML_IMAGE_WAVELET_H

#include "kernels/image/margin.h"
#include "kernels/image/patch.h"
#include "kernels/image/wavelet_table.h"

enum { RML_WAVELET_NAME = 32, RML_WAVELET_MAX_LEVELS = 64 };

typedef struct rml_wavelet_settings {
    const rml_wavelet *wavelet;
    int32_t start_level; /* approximations taken before the first level that is put out; at least 0 */
    int32_t level;       /* levels that are put out; at least 1; with start_level at most RML_WAVELET_MAX_LEVELS */
    int left_out;        /* the axis that is not filtered (force2D): 0 x, 1 y, 2 z; -1: none */
} rml_wavelet_settings;

/* Images that come out: the details of every level (7, in 2-D 3) and the last level's approximation. */
int32_t rml_wavelet_outputs(const rml_wavelet_settings *settings);

/* PyRadiomics' name of the i-th: "wavelet-LLH" … "wavelet-HHH", "wavelet2-LLH" …, the approximation last. Levels are
 * counted from the first that is put out. */
void rml_wavelet_name(const rml_wavelet_settings *settings, int32_t i, char name[RML_WAVELET_NAME]);

/* All levels' together: a level reaches L/2 - 1 voxels back and L/2 ahead. */
rml_margin rml_wavelet_margin(const rml_wavelet_settings *settings);

/* The type of what comes out: float32 of float32, else float64. */
rml_scalar rml_wavelet_type(rml_scalar image);

/* Sums are in PyWavelets' order, and equal to it bit for bit: up to the end of an axis by j; in its last L/2 voxels
 * what lies beyond the end comes first, outermost last. float32: taps, products and sums are float32.
 *
 * patch   with the margin around the voxels that are wanted
 * inside  those, in the image; size: the image's [3], odd or even
 * out     [rml_wavelet_outputs] images of the patch's size without its margin, x fastest; NULL: not wanted
 *
 * RML_EINVAL  settings out of range, or a patch no larger than its margin; RML_ENOMEM */
RML_CHECKED rml_status rml_wavelet_apply(const rml_patch *patch, const rml_wavelet_settings *settings,
                                         const rml_box *inside, const int32_t size[3], double *const *out);

#endif
