/* Local binary patterns of every slice, as scikit-image makes them: PyRadiomics' "LBP2D". */
#ifndef RML_IMAGE_LBP2D_H
#define RML_IMAGE_LBP2D_H

#include "kernels/image/patch.h"

/* With s_i = 1 where sample i of the circle is not below its centre, i = 0 .. n - 1: */
typedef enum rml_lbp2d_method {
    RML_LBP2D_DEFAULT,     /* "default": sum of s_i 2^i */
    RML_LBP2D_ROR,         /* "ror": the least of that over the rotations of s */
    RML_LBP2D_UNIFORM,     /* "uniform": sum of s_i where s changes at most twice (the step from the last sample to the
                              first is not counted), else n + 1 */
    RML_LBP2D_NRI_UNIFORM, /* "nri_uniform": the same with the rotation: 0 .. n (n - 1) + 2 */
    RML_LBP2D_VAR          /* "var": the samples' population variance, undefined (NaN) where it is 0 */
} rml_lbp2d_method;

enum { RML_LBP2D_SAMPLES = 64, RML_LBP2D_CODE_SAMPLES = 31 }; /* the most of them; the latter for default and ror */

typedef struct rml_lbp2d_settings {
    double radius;   /* lbp2DRadius, in voxels */
    int32_t samples; /* lbp2DSamples */
    rml_lbp2d_method method;
    int32_t axis; /* what the slices lie across: 0 is x. PyRadiomics' force2Ddimension counts from z: 2 - axis */
} rml_lbp2d_settings;

/* lbp2DMethod by its word, capitals or not. RML_ESETTING  no such word; *method is as before */
RML_CHECKED rml_status rml_lbp2d_method_of(const char *word, rml_lbp2d_method *method);

/* RML_ESETTING with a sentence (err may be NULL): a radius that is not above 0 or beyond 1e6, samples outside
 * 1 .. RML_LBP2D_SAMPLES (or RML_LBP2D_CODE_SAMPLES), an axis outside 0 .. 2 */
RML_CHECKED rml_status rml_lbp2d_check(const rml_lbp2d_settings *settings, rml_error *err);

/* Voxels that the circle reaches over, per axis; none across slices. */
void rml_lbp2d_margin(const rml_lbp2d_settings *settings, int32_t margin[3]);

/* The pattern's number at every voxel of a box, rows before columns: on slices across z, y and x; across y, z and x;
 * across x, y and z. Sample i lies -radius sin(2 pi i / n) rows and radius cos(2 pi i / n) columns away, both rounded
 * to 5 decimals, and is interpolated linearly.
 *
 * PyRadiomics writes the numbers back into the image, so they take its type: integer types cut the fraction off and
 * keep the low bits; of a NaN they keep what the processor's conversion makes of it (0 in 8 and 16 bits, else the
 * lowest signed number's bits).
 *
 * patch   cut with RML_BORDER_ZERO and at least rml_lbp2d_margin on every side of the box
 * at      the index, in the image that is filtered, of the patch's first voxel; may be negative. It decides the
 *         rounding of an interpolated value, and with it ties between large numbers
 * out     [inside's voxels, x fastest], of the patch's type
 * RML_EINVAL  settings that rml_lbp2d_check refuses, or a box that is empty or has too small a margin
 * RML_ENOMEM
 * Source: Ojala, Pietikainen & Maenpaa 2002; scikit-image 0.26 local_binary_pattern; PyRadiomics getLBP2DImage. */
RML_CHECKED rml_status rml_lbp2d(const rml_lbp2d_settings *settings, const rml_patch *patch, const int32_t at[3],
                                 const rml_box *inside, double *out);

#endif
