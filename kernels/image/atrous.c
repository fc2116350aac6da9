#include "kernels/image/atrous.h"

#include <stdlib.h>
#include <string.h>

void rml_atrous_free(rml_atrous *atrous)
{
    if (!atrous) return;
    free(atrous->memory);
    *atrous = (rml_atrous){0};
}

/* kernel * (h with steps between its taps); kernel: [*n] in, [*n + (n_h - 1) * step] out. other: scratch as large */
static void compose(double *kernel, int32_t *n, const double *h, int32_t n_h, int32_t step, double *other)
{
    const int32_t n_out = *n + (n_h - 1) * step;

    memset(other, 0, (size_t)n_out * sizeof *other);
    for (int32_t j = 0; j < n_h; ++j)
        for (int32_t k = 0; k < *n; ++k) other[j * step + k] += h[j] * kernel[k];
    memcpy(kernel, other, (size_t)n_out * sizeof *other);
    *n = n_out;
}

rml_status rml_atrous_init(const rml_wavelet *wavelet, const char *bands, int32_t level, rml_pool pool, rml_atrous *out)
{
    const size_t n_axes = strlen(bands);
    int32_t longest;
    double *other;

    *out = (rml_atrous){0};
    if ((n_axes != 2 && n_axes != 3) || strspn(bands, "LH") != n_axes || level < 1 || level > RML_ATROUS_MAX_LEVEL)
        return RML_ESETTING;
    longest = (wavelet->n - 1) * ((1 << level) - 1) + 1;
    out->memory = calloc((n_axes + 1) * (size_t)longest, sizeof *out->memory);
    if (!out->memory) return RML_ENOMEM;
    other = out->memory + n_axes * (size_t)longest;
    out->filter.n_axes = (int)n_axes;
    out->filter.pool = pool;
    for (size_t axis = 0; axis < n_axes; ++axis) {
        double *kernel = out->memory + axis * (size_t)longest;
        int32_t n = 1, ahead = 0;

        kernel[0] = 1.0;
        for (int32_t below = 1; below <= level; ++below) {
            const double *h = below == level && bands[axis] == 'H' ? wavelet->hi : wavelet->lo;

            compose(kernel, &n, h, wavelet->n, 1 << (below - 1), other);
            ahead += wavelet->n / 2 * (1 << (below - 1)); /* tap L/2 stands over the voxel */
        }
        out->filter.taps[axis] = (rml_taps){kernel, n, 1, ahead};
    }
    return RML_OK;
}
