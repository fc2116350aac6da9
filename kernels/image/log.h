/* The Laplacian of a Gaussian as ITK's LaplacianRecursiveGaussianImageFilter makes it: PyRadiomics' "LoG". A Gaussian
 * and its second derivative are recursive filters of fourth order (Deriche 1993, with the coefficients of Farnebaeck
 * and Westin 2006), so that the work per voxel does not depend on sigma. ITK keeps every image between two passes in
 * float32, and its last places with it; so do we. */
#ifndef RML_IMAGE_LOG_H
#define RML_IMAGE_LOG_H

#include "kernels/image/patch.h"

/* Whether PyRadiomics filters an image of this size at all; it leaves the sigma out with a warning when not.
 * size: voxels of the whole (resampled or pre-cropped) image; sigma, spacing: mm
 * RML_ESETTING  sigma is not above 0
 * RML_EROI      an axis has fewer than 4 voxels, or fewer than ceil(sigma / spacing) + 1
 * err (NULL allowed) says which axis, and how many voxels it has and needs. */
RML_CHECKED rml_status rml_log_check(const int32_t size[3], const double spacing[3], double sigma, rml_error *err);

/* How many voxels beyond the wanted ones along an axis make the place where the recursion starts invisible: what
 * another start can change is below 1e-10 of the image's range. Grows with sigma / spacing (both mm); the image of the
 * largest sigma is enough for the smaller ones. */
int32_t rml_log_margin(double sigma, double spacing);

/* The filter's response times sigma^2, over a box of the patch.
 * patch   of doubles or of float32, cut with RML_BORDER_NEAREST, a margin of rml_log_margin on every side of the box;
 * it may be shorter, down to nothing, where it ends with the image, since the recursion starts as if the first voxel
 * went on for ever. A longer one is not read. inside  the wanted voxels, in the patch's indices sigma   mm out
 * [inside's voxels, x fastest]: every value is a float32 RML_EINVAL  a box that does not lie in the patch, or is empty
 * RML_EVALUE  sigma is not above 0, or so small beside a spacing (about 1 to 700) that the second derivative vanishes
 * RML_ENOMEM
 * Source: ITK 5.3 LaplacianRecursiveGaussianImageFilter with NormalizeAcrossScale; PyRadiomics getLoGImage. */
RML_CHECKED rml_status rml_log_apply(const rml_patch *patch, const rml_box *inside, double sigma, double *out);

#endif
