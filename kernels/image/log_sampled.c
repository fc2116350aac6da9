/* The kernel is no product, but a sum of D of them: with g the Gaussian along an axis and q = g (1 - k^2 / s^2),
 *
 *     h = -1/s^2 (q g g + g q g + g g q) = -1/s^2 ((q g + g q) g + (g g) q)
 *
 * so that 2 passes along x, 3 along y and 2 along z do. */
#include "kernels/image/log_sampled.h"

#include <math.h>
#include <stdlib.h>

#include "kernels/image/convolve.h"

rml_status rml_log_sampled_margin(const rml_log_sampled *filter, const double spacing[3], rml_margin *margin)
{
    *margin = (rml_margin){{0}, {0}};
    if (!(filter->sigma > 0.0) || !(filter->cut_off >= 0.0) || (filter->n_axes != 2 && filter->n_axes != 3))
        return RML_EINVAL;
    for (int axis = 0; axis < filter->n_axes; ++axis) {
        const double reach = floor(filter->cut_off * (filter->sigma / spacing[axis]) + 0.5);

        if (!(reach <= RML_LOG_SAMPLED_MAX_REACH)) return RML_EINVAL;
        margin->before[axis] = margin->after[axis] = (int32_t)reach;
    }
    return RML_OK;
}

typedef struct axis_taps {
    rml_taps g, q;
} axis_taps;

/* to: [2 * (2 * reach + 1)] */
static axis_taps fill_taps(double sigma, int32_t reach, double *to)
{
    const int32_t n = 2 * reach + 1;
    const axis_taps taps = {{to, n, 1, reach}, {to + n, n, 1, reach}};

    for (int32_t j = 0; j < n; ++j) {
        const double u = (j - reach) / sigma, g = exp(-0.5 * u * u) / (sqrt(2.0 * M_PI) * sigma);

        to[j] = g;
        to[n + j] = g * (1.0 - u * u);
    }
    return taps;
}

typedef struct work {
    axis_taps taps[3];
    int32_t size[3]; /* of what comes out */
    rml_margin margin;
    double *along_x, *both, *mixed, *other; /* [size_x ...]: a pass along x; gg, qg + gq, and one of the two before */
} work;

static void along(const work *w, const double *in, const int32_t in_size[3], int axis, const rml_taps *taps,
                  double *out)
{
    rml_convolve_axis(in, in_size, axis, taps, w->margin.before[axis], w->size[axis], out);
}

static void apply(const rml_patch *patch, const work *w, int n_axes, double scale, double *out)
{
    const int32_t size_x[3] = {w->size[0], patch->size[1], patch->size[2]};
    const int32_t size_y[3] = {w->size[0], w->size[1], patch->size[2]};
    const int64_t n_y = (int64_t)size_y[0] * size_y[1] * size_y[2], n = (int64_t)size_y[0] * size_y[1] * w->size[2];

    along(w, patch->voxels, patch->size, 0, &w->taps[0].q, w->along_x);
    along(w, w->along_x, size_x, 1, &w->taps[1].g, w->mixed);
    along(w, patch->voxels, patch->size, 0, &w->taps[0].g, w->along_x);
    along(w, w->along_x, size_x, 1, &w->taps[1].q, w->other);
    for (int64_t v = 0; v < n_y; ++v) w->mixed[v] += w->other[v];
    if (n_axes == 2) {
        for (int64_t v = 0; v < n; ++v) out[v] = scale * w->mixed[v];
        return;
    }
    along(w, w->along_x, size_x, 1, &w->taps[1].g, w->both);
    along(w, w->both, size_y, 2, &w->taps[2].q, w->other);
    along(w, w->mixed, size_y, 2, &w->taps[2].g, out);
    for (int64_t v = 0; v < n; ++v) out[v] = scale * (out[v] + w->other[v]);
}

rml_status rml_log_sampled_apply(const rml_patch *patch, const rml_log_sampled *filter, double *out)
{
    const double sigma_x = filter->sigma / patch->spacing[0];
    int64_t n_taps = 0, n_x, n_y;
    double *memory, *to;
    rml_status status;
    work w;

    status = rml_log_sampled_margin(filter, patch->spacing, &w.margin);
    if (status != RML_OK) return status;
    for (int axis = 0; axis < 3; ++axis) {
        w.size[axis] = patch->size[axis] - w.margin.before[axis] - w.margin.after[axis];
        if (w.size[axis] < 1) return RML_EINVAL;
        n_taps += 2 * (2 * (int64_t)w.margin.after[axis] + 1);
    }
    n_x = (int64_t)w.size[0] * patch->size[1] * patch->size[2];
    n_y = (int64_t)w.size[0] * w.size[1] * patch->size[2];
    memory = to = malloc((size_t)(n_taps + n_x + 3 * n_y) * sizeof *memory);
    if (!memory) return RML_ENOMEM;
    for (int axis = 0; axis < 3; ++axis) {
        w.taps[axis] = fill_taps(filter->sigma / patch->spacing[axis], w.margin.after[axis], to);
        to += (ptrdiff_t)2 * w.taps[axis].g.n;
    }
    w.along_x = to;
    w.both = w.along_x + n_x;
    w.mixed = w.both + n_y;
    w.other = w.mixed + n_y;
    apply(patch, &w, filter->n_axes, -1.0 / (sigma_x * sigma_x), out);
    free(memory);
    return RML_OK;
}
