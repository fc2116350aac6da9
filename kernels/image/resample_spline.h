/* The coefficients of the cubic B-spline that runs through an image's voxels. */
#ifndef RML_IMAGE_RESAMPLE_SPLINE_H
#define RML_IMAGE_RESAMPLE_SPLINE_H

#include "kernels/image/patch.h"
#include "kernels/preprocess/normalise.h"

/* Voxels on either side that a coefficient is made from. The filter's pole is sqrt(3) - 2: after some 30 voxels a start
 * weighs less than the last bit, and each voxel more leaves about a quarter of the lines that rounding still keeps
 * apart. So a part of an image gives to the last bit what all of it would, but for flat stretches along the cut, where
 * the last bit can hang on what lies far away (and with it a truncated voxel: 100 or 99.999…). */
enum { RML_SPLINE_HALO = 48 };

/* The image's voxels from which the coefficients of a box are made. */
rml_box rml_spline_reach(const int32_t size[3], const rml_box *box);

/* Coefficients of a box of the image, which goes on beyond its border as RML_BORDER_WHOLE: from the voxels of its reach
 * alone, which are loaded; where a flat stretch leaves the last bit open, from all loaded slices. With all slices
 * loaded the result is that of the whole image to the last bit.
 *
 * size       in   of the image (the source), in voxels
 * normalise  in   applied to the voxels first; NULL: none
 * box        in   inside the image
 * out        out  of the box; to be freed with rml_patch_free
 *
 * RML_EVALUE  a NaN or infinite voxel within the reach: it would spread over all of it
 * RML_ENOMEM
 * Source: Unser, Aldroubi & Eden 1993, IEEE Trans. Signal Process. 41, 834: gain, causal and anticausal recursion along
 * x, y and z; start values as Thévenaz, Blu & Unser 2000, equation 19, cut at 1e-10 as ITK does. */
RML_CHECKED rml_status rml_spline_coefficients(const rml_patch_source *source, const int32_t size[3],
                                               const rml_normalisation *normalise, const rml_box *box, rml_patch *out);

#endif
