/* Local binary patterns on a sphere around every voxel of the ROI: PyRadiomics' "LBP3D". */
#ifndef RML_IMAGE_LBP3D_H
#define RML_IMAGE_LBP3D_H

#include "kernels/image/patch.h"

typedef struct rml_lbp3d_settings {
    double radius;        /* lbp3DIcosphereRadius, in voxels along every axis */
    int32_t levels;       /* lbp3DLevels: degrees 0 .. levels - 1 of the spherical harmonics */
    int32_t subdivisions; /* lbp3DIcosphereSubdivision */
} rml_lbp3d_settings;

enum { RML_LBP3D_LEVELS = 16 };

/* RML_ESETTING with a sentence (err may be NULL): levels outside 1 .. RML_LBP3D_LEVELS, a radius that is not above 0
 * or beyond 1000, subdivisions outside 0 .. 4 */
RML_CHECKED rml_status rml_lbp3d_check(const rml_lbp3d_settings *settings, rml_error *err);

/* Voxels on every side of the wanted box beyond which the splines' coefficients change by less than 1e-16. */
int32_t rml_lbp3d_margin(const rml_lbp3d_settings *settings);

/* Samples f on an icosphere, by cubic splines (0 outside the image), in the image's type: integers are rounded, halves
 * away from zero. s = 1 where f is not below the centre. c(n, m) = sum over samples of s Y(n, m); image n + 1 of the
 * result is sqrt(sum over samples of (sum over m of c(n, m) Y(n, m))^2)'s real part; the last one is the samples'
 * kurtosis less 3 (undefined, NaN, where they are all alike). As in PyRadiomics the harmonics' azimuth is arccos(z /
 * radius), its polar angle arctan2(y, x), nothing is conjugated, and the sphere's x, y, z lie along the image's z, y,
 * x.
 *
 * patch       part of the image, never beyond it (of whatever border rule): the wanted box and rml_lbp3d_margin on
 *             every side, or less where the image ends
 * at          the image's index of the patch's first voxel
 * image_size  of the whole image that is filtered
 * inside      the wanted voxels, in the patch's indices
 * mask        [inside's voxels, x fastest]: not 0 in the ROI, or NULL for all
 * out         [levels + 1][inside's voxels, x fastest]: lbp-3D-m1 .. lbp-3D-m<levels>, lbp-3D-k; RML_FLOAT64; NaN
 *             outside the ROI
 *
 * RML_EINVAL  settings that rml_lbp3d_check refuses, a box that is empty or not in the patch, a patch not in the image
 * RML_ENOMEM
 *
 * Source: Banerjee et al. 2012;
 * PyRadiomics 3.0.1 getLBP3DImage; scipy 1.11 map_coordinates and kurtosis. */
RML_CHECKED rml_status rml_lbp3d(const rml_lbp3d_settings *settings, const rml_patch *patch, const int32_t at[3],
                                 const int32_t image_size[3], const rml_box *inside, const uint8_t *mask, double *out);

#endif
