#include "kernels/image/mean.h"

#include <stdlib.h>

#include "kernels/image/separable.h"

rml_margin rml_mean_margin(int32_t support, int n_axes)
{
    rml_margin margin = {{0}, {0}};

    for (int axis = 0; axis < n_axes; ++axis) margin.before[axis] = margin.after[axis] = support / 2;
    return margin;
}

rml_status rml_mean_apply(const rml_patch *patch, int32_t support, int n_axes, double *out)
{
    rml_separable filter = {.n_axes = n_axes, .pool = RML_POOL_NONE};
    rml_status status;
    double *h;

    if (support < 1 || support % 2 == 0) return RML_EINVAL;
    h = malloc((size_t)support * sizeof *h);
    if (!h) return RML_ENOMEM;
    for (int32_t j = 0; j < support; ++j) h[j] = 1.0 / support;
    for (int axis = 0; axis < 3; ++axis) filter.taps[axis] = (rml_taps){h, support, 1, support / 2};
    status = rml_separable_apply(patch, &filter, out);
    free(h);
    return status;
}
