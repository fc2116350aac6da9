#include "kernels/image/energy.h"

#include <math.h>
#include <stdlib.h>

#include "kernels/image/mean.h"

enum { MAX_DELTA = INT32_MAX / 4 };

rml_margin rml_energy_margin(int32_t delta, int n_axes)
{
    rml_margin margin = {{0}, {0}};

    for (int axis = 0; axis < n_axes; ++axis) margin.before[axis] = margin.after[axis] = delta;
    return margin;
}

rml_box rml_energy_box(const rml_box *inside, int32_t delta, int n_axes, const int32_t size[3], rml_border border)
{
    const rml_margin margin = rml_energy_margin(delta, n_axes);
    rml_box box = rml_margin_box(inside, &margin);

    for (int axis = 0; axis < 3 && border != RML_BORDER_PERIODIC; ++axis) {
        const int32_t end = box.first[axis] + box.size[axis];

        if (box.first[axis] < 0) box.first[axis] = 0;
        box.size[axis] = (end < size[axis] ? end : size[axis]) - box.first[axis];
    }
    return box;
}

rml_status rml_energy_apply(const rml_patch *patch, int32_t delta, int n_axes, double *out)
{
    const int64_t n = (int64_t)patch->size[0] * patch->size[1] * patch->size[2];
    rml_patch absolute = *patch;
    rml_status status;

    if (delta < 0 || delta > MAX_DELTA) return RML_EINVAL;
    absolute.voxels = malloc((size_t)n * sizeof *absolute.voxels);
    if (!absolute.voxels) return RML_ENOMEM;
    for (int64_t v = 0; v < n; ++v) absolute.voxels[v] = fabs(patch->voxels[v]);
    status = rml_mean_apply(&absolute, 2 * delta + 1, n_axes, out);
    rml_patch_free(&absolute);
    return status;
}
