#include "kernels/image/gradient.h"

#include <math.h>

/* A difference is weighted before it is taken, as ITK's inner product with (-w, 0, w) does. */
RML_HOT static void magnitudes(const double *x, int32_t n, int64_t row, int64_t slice, const double weight[3],
                               double *restrict out)
{
    for (int32_t i = 0; i < n; ++i) {
        const double gx = weight[0] * x[i + 1] - weight[0] * x[i - 1];
        const double gy = weight[1] * x[i + row] - weight[1] * x[i - row];
        const double gz = weight[2] * x[i + slice] - weight[2] * x[i - slice];

        out[i] = (double)(float)sqrt(gx * gx + gy * gy + gz * gz);
    }
}

rml_status rml_gradient(const rml_patch *patch, const rml_box *inside, bool use_spacing, double *out)
{
    const int64_t row = patch->size[0], slice = row * patch->size[1];
    double weight[3];

    for (int axis = 0; axis < 3; ++axis) {
        if (inside->first[axis] < RML_GRADIENT_MARGIN || inside->size[axis] < 1 ||
            inside->size[axis] > patch->size[axis] - RML_GRADIENT_MARGIN - inside->first[axis])
            return RML_EINVAL;
        weight[axis] = use_spacing ? 0.5 * (1.0 / patch->spacing[axis]) : 0.5;
    }
    for (int32_t z = 0; z < inside->size[2]; ++z)
        for (int32_t y = 0; y < inside->size[1]; ++y, out += inside->size[0])
            magnitudes(patch->voxels + (inside->first[2] + z) * slice + (inside->first[1] + y) * row + inside->first[0],
                       inside->size[0], row, slice, weight, out);
    return RML_OK;
}
