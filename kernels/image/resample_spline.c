/* Every pass filters many lines at once: lines that run along y or z lie side by side as they are, and along x blocks
 * of rows are turned so that they do. The recursion is then over rows of numbers that do not depend on each other.
 * After each axis' pass only the box is kept along it, so that the next has less to do. */
#include "kernels/image/resample_spline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LANES = 16, HORIZON = 18 }; /* pole^HORIZON < 1e-10 */

rml_box rml_spline_reach(const int32_t size[3], const rml_box *box)
{
    rml_box reach;

    for (int a = 0; a < 3; ++a) {
        const int64_t end = (int64_t)box->first[a] + box->size[a] + RML_SPLINE_HALO;

        reach.first[a] = box->first[a] > RML_SPLINE_HALO ? box->first[a] - RML_SPLINE_HALO : 0;
        reach.size[a] = (int32_t)(end < size[a] ? end : size[a]) - reach.first[a];
    }
    return reach;
}

/* Filters width lines of n voxels that lie side by side, voxel k of all of them from x + k * stride on.
 * start: scratch, [width] */
RML_HOT static void filter(double *x, int64_t n, int64_t stride, int64_t width, double *restrict start)
{
    const double pole = sqrt(3.0) - 2.0, gain = (1.0 - pole) * (1.0 - 1.0 / pole);
    double power = pole;

    if (n == 1) return;
    for (int64_t k = 0; k < n; ++k)
        for (int64_t i = 0; i < width; ++i) x[k * stride + i] *= gain;
    /* the causal start: the mirrored line before its first voxel, all of it where it is short */
    memcpy(start, x, (size_t)width * sizeof *start);
    if (n > HORIZON) {
        for (int64_t k = 1; k < HORIZON; ++k) {
            for (int64_t i = 0; i < width; ++i) start[i] += power * x[k * stride + i];
            power *= pole;
        }
        memcpy(x, start, (size_t)width * sizeof *start);
    } else {
        const double inverse = 1.0 / pole;
        double back = pow(pole, (double)(n - 1));

        for (int64_t i = 0; i < width; ++i) start[i] = x[i] + back * x[(n - 1) * stride + i];
        back *= back * inverse;
        for (int64_t k = 1; k <= n - 2; ++k) {
            for (int64_t i = 0; i < width; ++i) start[i] += (power + back) * x[k * stride + i];
            power *= pole;
            back *= inverse;
        }
        for (int64_t i = 0; i < width; ++i) x[i] = start[i] / (1.0 - power * power);
    }
    for (int64_t k = 1; k < n; ++k) {
        double *restrict here = x + k * stride;
        const double *restrict before = here - stride;

        for (int64_t i = 0; i < width; ++i) here[i] += pole * before[i];
    }
    {
        double *restrict last = x + (n - 1) * stride;
        const double *restrict before = last - stride;

        for (int64_t i = 0; i < width; ++i) last[i] = pole / (pole * pole - 1.0) * (pole * before[i] + last[i]);
    }
    for (int64_t k = n - 2; k >= 0; --k) {
        double *restrict here = x + k * stride;
        const double *restrict after = here + stride;

        for (int64_t i = 0; i < width; ++i) here[i] = pole * (after[i] - here[i]);
    }
}

/* n_rows rows of n_x voxels, filtered along x; of each, n_keep from keep on go to out. turned, start: scratch, [n_x *
 * LANES] and [LANES] */
static void filter_rows(const double *rows, int64_t n_rows, int64_t n_x, int64_t keep, int64_t n_keep, double *turned,
                        double *start, double *out)
{
    for (int64_t row = 0; row < n_rows; row += LANES) {
        const int64_t n = n_rows - row < LANES ? n_rows - row : LANES;

        for (int64_t l = 0; l < n; ++l)
            for (int64_t x = 0; x < n_x; ++x) turned[x * LANES + l] = rows[(row + l) * n_x + x];
        filter(turned, n_x, LANES, LANES, start);
        for (int64_t l = 0; l < n; ++l)
            for (int64_t x = 0; x < n_keep; ++x) out[(row + l) * n_keep + x] = turned[(keep + x) * LANES + l];
    }
}

static bool all_finite(const double *x, int64_t n)
{
    double sum = 0.0;

    for (int64_t i = 0; i < n; ++i) sum += x[i] * 0.0; /* NaN from a NaN or an infinity */
    return sum == 0.0;
}

rml_status rml_spline_coefficients(const rml_patch_source *source, const int32_t size[3],
                                   const rml_normalisation *normalise, const rml_box *box, rml_patch *out)
{
    const rml_box reach = rml_spline_reach(size, box);
    const int64_t rx = reach.size[0], ry = reach.size[1], rz = reach.size[2];
    const int64_t nx = box->size[0], ny = box->size[1], nz = box->size[2], plane = nx * ny;
    const int64_t skip[3] = {box->first[0] - reach.first[0], box->first[1] - reach.first[1],
                             box->first[2] - reach.first[2]};
    double *turned = calloc((size_t)rx * LANES, sizeof *turned), *rows = calloc((size_t)(nx * ry), sizeof *rows);
    double *start = calloc((size_t)(plane > LANES ? plane : LANES), sizeof *start);
    double *all = calloc((size_t)(plane * rz), sizeof *all);
    rml_patch slice = {0};
    rml_status status = RML_ENOMEM;

    *out = (rml_patch){0};
    if (!turned || !rows || !start || !all) goto done;
    for (int64_t z = 0; z < rz; ++z) {
        const rml_box at = {{reach.first[0], reach.first[1], reach.first[2] + (int32_t)z},
                            {reach.size[0], reach.size[1], 1}};

        rml_patch_free(&slice);
        status = rml_patch_cut(source, &at, RML_BORDER_NEAREST, &slice);
        if (status != RML_OK) goto done;
        if (normalise) rml_normalise_apply(normalise, slice.voxels, rx * ry);
        status = RML_EVALUE;
        if (!all_finite(slice.voxels, rx * ry)) goto done;
        filter_rows(slice.voxels, ry, rx, skip[0], nx, turned, start, rows);
        filter(rows, ry, nx, nx, start);
        memcpy(all + z * plane, rows + skip[1] * nx, (size_t)plane * sizeof *all);
    }
    filter(all, rz, plane, plane, start);
    memmove(all, all + skip[2] * plane, (size_t)(plane * nz) * sizeof *all);
    for (int a = 0; a < 3; ++a) {
        out->size[a] = box->size[a];
        out->spacing[a] = slice.spacing[a];
    }
    out->type = RML_FLOAT64;
    out->voxels = all;
    all = NULL;
    status = RML_OK;
done:
    rml_patch_free(&slice);
    free(all);
    free(start);
    free(rows);
    free(turned);
    return status;
}
