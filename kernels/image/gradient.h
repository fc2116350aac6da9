/* The gradient's magnitude as ITK's GradientMagnitudeImageFilter makes it: PyRadiomics' "Gradient". */
#ifndef RML_IMAGE_GRADIENT_H
#define RML_IMAGE_GRADIENT_H

#include "kernels/image/patch.h"

enum { RML_GRADIENT_MARGIN = 1 };

/* sqrt(sum over axes of ((x[+1] - x[-1]) / 2 / spacing)^2), in double, then rounded to float32.
 * patch        cut with RML_BORDER_NEAREST, a margin of one voxel on every side of the box
 * inside       the wanted voxels, in the patch's indices
 * use_spacing  gradientUseSpacing; without, every spacing counts as 1
 * out          [inside's voxels, x fastest]: every value is a float32
 * RML_EINVAL   a box that is empty or has no voxel of the patch beyond it on some side
 * Source: ITK 5.3 GradientMagnitudeImageFilter; PyRadiomics getGradientImage. */
RML_CHECKED rml_status rml_gradient(const rml_patch *patch, const rml_box *inside, bool use_spacing, double *out);

#endif
