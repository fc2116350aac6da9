/* One axis after the other: z first, over whole slices, then y over whole rows, then x by taps that are worked out once
 * a row's length. Along every axis the box' voxels have n_taps neighbours from `from` on with their weights. */
#include "kernels/ibsi/interpolate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/image/resample_spline.h"

rml_status rml_ibsi_grid_init(const int32_t size[3], const double spacing[3], const double wanted[3],
                              rml_ibsi_grid *grid)
{
    *grid = (rml_ibsi_grid){{0}, {0}, {0}, {0}};
    for (int a = 0; a < 3; ++a) {
        const double ratio = wanted[a] / spacing[a];
        double n;

        if (size[a] < 1 || !(spacing[a] > 0.0) || !(wanted[a] > 0.0) || !isfinite(ratio) || !(ratio > 0.0))
            return RML_EINVAL;
        n = size[a] / ratio;
        /* 10 voxels of 1.2 mm are 4 of 3 mm, though the quotient may come out above. */
        n = fabs(n - rint(n)) < 1e-6 ? rint(n) : ceil(n);
        if (n < 1.0) n = 1.0;
        if (n > INT32_MAX) return RML_ESETTING;
        grid->size[a] = (int32_t)n;
        grid->spacing[a] = wanted[a];
        grid->step[a] = ratio;
        grid->first[a] = (size[a] - 1) / 2.0 - (n - 1.0) / 2.0 * ratio;
    }
    return RML_OK;
}

/* Neighbours of each voxel along an axis. */
enum { MAX_TAPS = 4 };

typedef struct taps {
    int n_taps;
    int32_t n;                  /* voxels of the box */
    int32_t *from;              /* [n] the first neighbour, in the cut patch */
    double (*weight)[MAX_TAPS]; /* [n] */
} taps;

static int taps_of(rml_ibsi_method method)
{
    return method == RML_IBSI_NEAREST ? 1 : method == RML_IBSI_LINEAR ? 2 : 4;
}

/* The first neighbour of a place, and the weights of all. Places within 1e-9 of a voxel stand on it: a grid that keeps
 * an axis must keep its voxels. */
static int64_t place(double x, rml_ibsi_method method, double weight[MAX_TAPS])
{
    const double near = rint(x), at = fabs(x - near) < 1e-9 ? near : x, low = floor(at), t = at - low, s = 1.0 - t;

    if (method == RML_IBSI_NEAREST) {
        weight[0] = 1.0;
        return (int64_t)floor(at + 0.5);
    }
    if (method == RML_IBSI_LINEAR) {
        weight[0] = s;
        weight[1] = t;
        return (int64_t)low;
    }
    weight[0] = s * s * s / 6.0;
    weight[1] = (4.0 - 6.0 * t * t + 3.0 * t * t * t) / 6.0;
    weight[2] = (4.0 - 6.0 * s * s + 3.0 * s * s * s) / 6.0;
    weight[3] = t * t * t / 6.0;
    return (int64_t)low - 1;
}

rml_box rml_ibsi_interpolate_reach(const rml_ibsi_grid *grid, const rml_box *box, rml_ibsi_method method)
{
    const int32_t halo = method == RML_IBSI_CUBIC ? RML_SPLINE_HALO : 0;
    double weight[MAX_TAPS];
    rml_box reach;

    for (int a = 0; a < 3; ++a) {
        const int64_t first = place(grid->first[a] + box->first[a] * grid->step[a], method, weight);
        const int64_t last = place(grid->first[a] + (box->first[a] + box->size[a] - 1) * grid->step[a], method, weight);

        reach.first[a] = (int32_t)first - halo;
        reach.size[a] = (int32_t)(last - first) + taps_of(method) + 2 * halo;
    }
    return reach;
}

rml_box rml_ibsi_interpolate_image_of(const rml_ibsi_grid *grid, const rml_box *box)
{
    rml_box image;

    for (int a = 0; a < 3; ++a) {
        double first = floor((box->first[a] - 1 - grid->first[a]) / grid->step[a]);
        double last = ceil((box->first[a] + box->size[a] - grid->first[a]) / grid->step[a]);

        first = fmin(fmax(first, 0.0), grid->size[a] - 1);
        last = fmin(fmax(last, first), grid->size[a] - 1);
        image.first[a] = (int32_t)first;
        image.size[a] = (int32_t)(last - first) + 1;
    }
    return image;
}

static rml_status taps_init(taps *t, const rml_ibsi_grid *grid, const rml_box *box, const rml_box *reach, int axis,
                            rml_ibsi_method method)
{
    *t = (taps){.n_taps = taps_of(method), .n = box->size[axis]};
    t->from = malloc((size_t)t->n * sizeof *t->from);
    t->weight = calloc((size_t)t->n, sizeof *t->weight);
    if (!t->from || !t->weight) return RML_ENOMEM;
    for (int32_t j = 0; j < t->n; ++j) {
        const double x = grid->first[axis] + (box->first[axis] + j) * grid->step[axis];

        t->from[j] = (int32_t)(place(x, method, t->weight[j]) - reach->first[axis]);
    }
    return RML_OK;
}

/* out[n] = the weighted sum of the rows that begin at in, stride apart. */
RML_HOT static void mix(const double *in, int64_t stride, const double *weight, int n_taps, int64_t n, double *out)
{
    for (int64_t i = 0; i < n; ++i) out[i] = weight[0] * in[i];
    for (int k = 1; k < n_taps; ++k) {
        const double w = weight[k], *row = in + k * stride;

        if (w == 0.0) continue; /* a voxel of no weight may be NaN */
        for (int64_t i = 0; i < n; ++i) out[i] += w * row[i];
    }
}

RML_HOT static void mix_row(const double *in, const taps *t, double *out)
{
    const int n_taps = t->n_taps;

    for (int32_t j = 0; j < t->n; ++j) {
        const double *from = in + t->from[j], *weight = t->weight[j];
        double sum = weight[0] * from[0];

        for (int k = 1; k < n_taps; ++k)
            if (weight[k] != 0.0) sum += weight[k] * from[k];
        out[j] = sum;
    }
}

static rml_status interpolate(const taps t[3], const rml_patch *image, double *out)
{
    const int64_t nx = image->size[0], plane = nx * image->size[1];
    double *slice = malloc((size_t)plane * sizeof *slice), *row = malloc((size_t)nx * sizeof *row);
    rml_status status = RML_ENOMEM;

    if (!slice || !row) goto done;
    for (int32_t z = 0; z < t[2].n; ++z) {
        mix(image->voxels + t[2].from[z] * plane, plane, t[2].weight[z], t[2].n_taps, plane, slice);
        for (int32_t y = 0; y < t[1].n; ++y) {
            mix(slice + t[1].from[y] * nx, nx, t[1].weight[y], t[1].n_taps, nx, row);
            mix_row(row, &t[0], out);
            out += t[0].n;
        }
    }
    status = RML_OK;
done:
    free(row);
    free(slice);
    return status;
}

rml_status rml_ibsi_interpolate(const rml_ibsi_grid *grid, const rml_box *box, rml_ibsi_method method,
                                const rml_patch *image, double *out)
{
    const rml_box all = {{0, 0, 0}, {image->size[0], image->size[1], image->size[2]}};
    const rml_box reach = rml_ibsi_interpolate_reach(grid, box, method);
    rml_patch spline = {0};
    taps t[3] = {{0}, {0}, {0}};
    rml_status status = RML_OK;

    for (int a = 0; a < 3 && status == RML_OK; ++a) {
        if (box->size[a] < 1 || reach.size[a] != image->size[a]) status = RML_EINVAL;
        if (status == RML_OK) status = taps_init(&t[a], grid, box, &reach, a, method);
    }
    if (status == RML_OK && method == RML_IBSI_CUBIC)
        status = rml_spline_coefficients(&(rml_patch_source){.patch = image}, image->size, NULL, &all, &spline);
    if (status == RML_OK) status = interpolate(t, method == RML_IBSI_CUBIC ? &spline : image, out);
    for (int a = 0; a < 3; ++a) {
        free(t[a].from);
        free(t[a].weight);
    }
    rml_patch_free(&spline);
    return status;
}

void rml_ibsi_round(double *values, int64_t n)
{
    for (int64_t i = 0; i < n; ++i) {
        const double half = rint(2.0 * values[i]) / 2.0;

        values[i] = rint(fabs(values[i] - half) < 1e-9 ? half : values[i]);
    }
}

void rml_ibsi_mask(const double *interpolated, int64_t n, double threshold, uint8_t *mask)
{
    for (int64_t i = 0; i < n; ++i) mask[i] = (uint8_t)(interpolated[i] >= threshold - 1e-9);
}
