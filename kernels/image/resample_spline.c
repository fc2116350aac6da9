/* Every pass filters many lines at once: lines that run along y or z lie side by side as they are, and along x blocks
 * of rows are turned so that they do. The recursion is then over rows of numbers that do not depend on each other.
 * After each axis' pass only the box is kept along it, so that the next has less to do.
 *
 * A recursion that starts within the image forgets its start after some 30 voxels, to the last bit; except along a flat
 * stretch, where rounding can hold on to one of two neighbouring numbers for as long as it lasts. Each step is monotone
 * in the state before it, so two recursions, from above and from below all that the state can be, tell: where they
 * meet, every start gives the same. Where they do not, it is all done again with whole lines. */
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

/* What is kept of lines, and whether they are cut before their image's border. */
typedef struct extent {
    int64_t first, n;
    bool cut_low, cut_high;
} extent;

/* Whether a recursion over n rows from x on ends in the same numbers whatever the state before it. scratch: [2 * width]
 */
RML_HOT static bool settles(const double *x, int64_t n, int64_t stride, int64_t width, bool causal,
                            double *restrict scratch)
{
    double *restrict low = scratch, *restrict high = scratch + width;
    const double pole = sqrt(3.0) - 2.0;
    double largest = 0.0;

    for (int64_t k = 0; k < n; ++k)
        for (int64_t i = 0; i < width; ++i) {
            const double size = fabs(x[k * stride + i]);

            largest = size > largest ? size : largest;
        }
    for (int64_t i = 0; i < width; ++i) { /* the state is at most 1.4 times the largest of all of the line */
        low[i] = -4.0 * largest;
        high[i] = 4.0 * largest;
    }
    for (int64_t k = 0; k < n; ++k) {
        const double *restrict here = x + k * stride;

        if (causal)
            for (int64_t i = 0; i < width; ++i) {
                low[i] = here[i] + pole * low[i];
                high[i] = here[i] + pole * high[i];
            }
        else
            for (int64_t i = 0; i < width; ++i) {
                low[i] = pole * (low[i] - here[i]);
                high[i] = pole * (high[i] - here[i]);
            }
    }
    for (int64_t i = 0; i < width; ++i) /* towards 0 they go on approaching for long; that is no rounding */
        if (!(fabs(high[i] - low[i]) <= 1e-20 * largest)) return false;
    return true;
}

/* Filters width lines of n voxels that lie side by side, voxel k of all of them from x + k * stride on. False: what is
 * kept hangs on what lies beyond a cut. scratch: [2 * width] */
RML_HOT static bool filter(double *x, int64_t n, int64_t stride, int64_t width, const extent *keep,
                           double *restrict scratch)
{
    const double pole = sqrt(3.0) - 2.0, gain = (1.0 - pole) * (1.0 - 1.0 / pole);
    double power = pole, *restrict start = scratch;

    if (n == 1) return true;
    for (int64_t k = 0; k < n; ++k)
        for (int64_t i = 0; i < width; ++i) x[k * stride + i] *= gain;
    if (keep->cut_low && !settles(x, keep->first + 1, stride, width, true, scratch)) return false;
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
    if (keep->cut_high && !settles(x + (n - 1) * stride, n - keep->first - keep->n + 1, -stride, width, false, scratch))
        return false;
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
    return true;
}

/* n_rows rows of n_x voxels, filtered along x; what is kept of each goes to out. turned, scratch: [n_x * LANES] and [2
 * * LANES] */
static bool filter_rows(const double *rows, int64_t n_rows, int64_t n_x, const extent *keep, double *turned,
                        double *scratch, double *out)
{
    for (int64_t row = 0; row < n_rows; row += LANES) {
        const int64_t n = n_rows - row < LANES ? n_rows - row : LANES;

        for (int64_t l = 0; l < n; ++l)
            for (int64_t x = 0; x < n_x; ++x) turned[x * LANES + l] = rows[(row + l) * n_x + x];
        if (n < LANES)
            for (int64_t x = 0; x < n_x; ++x)
                for (int64_t l = n; l < LANES; ++l) turned[x * LANES + l] = turned[x * LANES];
        if (!filter(turned, n_x, LANES, LANES, keep, scratch)) return false;
        for (int64_t l = 0; l < n; ++l)
            for (int64_t x = 0; x < keep->n; ++x) out[(row + l) * keep->n + x] = turned[(keep->first + x) * LANES + l];
    }
    return true;
}

static bool all_finite(const double *x, int64_t n)
{
    double sum = 0.0;

    for (int64_t i = 0; i < n; ++i) sum += x[i] * 0.0; /* NaN from a NaN or an infinity */
    return sum == 0.0;
}

/* The coefficients of the box from the voxels of the reach. settled false: they hang on what lies beyond it; out is
 * then empty. sure: the reach is all that there is. */
static rml_status coefficients(const rml_patch_source *source, const int32_t size[3],
                               const rml_normalisation *normalise, const rml_box *box, const rml_box *reach, bool sure,
                               rml_patch *out, bool *settled)
{
    const int64_t rx = reach->size[0], ry = reach->size[1], rz = reach->size[2];
    const int64_t nx = box->size[0], ny = box->size[1], nz = box->size[2], plane = nx * ny;
    const int64_t width = plane > LANES ? plane : LANES;
    double *turned = calloc((size_t)rx * LANES, sizeof *turned), *rows = calloc((size_t)(nx * ry), sizeof *rows);
    double *scratch = calloc((size_t)(2 * width), sizeof *scratch), *all = calloc((size_t)(plane * rz), sizeof *all);
    rml_status status = RML_ENOMEM;
    rml_patch slice = {0};
    extent keep[3];

    *settled = true;
    if (!turned || !rows || !scratch || !all) goto done;
    for (int a = 0; a < 3; ++a)
        keep[a] = (extent){.first = box->first[a] - reach->first[a],
                           .n = box->size[a],
                           .cut_low = !sure && reach->first[a] > 0,
                           .cut_high = !sure && reach->first[a] + reach->size[a] < size[a]};
    for (int64_t z = 0; z < rz && *settled; ++z) {
        const rml_box at = {{reach->first[0], reach->first[1], reach->first[2] + (int32_t)z},
                            {reach->size[0], reach->size[1], 1}};

        rml_patch_free(&slice);
        status = rml_patch_cut(source, &at, RML_BORDER_NEAREST, &slice);
        if (status != RML_OK) goto done;
        if (normalise) rml_normalise_apply(normalise, slice.voxels, rx * ry);
        status = RML_EVALUE;
        if (!all_finite(slice.voxels, rx * ry)) goto done;
        *settled = filter_rows(slice.voxels, ry, rx, &keep[0], turned, scratch, rows) &&
                   filter(rows, ry, nx, nx, &keep[1], scratch);
        memcpy(all + z * plane, rows + keep[1].first * nx, (size_t)plane * sizeof *all);
    }
    status = RML_OK;
    *settled = *settled && filter(all, rz, plane, plane, &keep[2], scratch);
    if (!*settled) goto done;
    memmove(all, all + keep[2].first * plane, (size_t)(plane * nz) * sizeof *all);
    for (int a = 0; a < 3; ++a) {
        out->size[a] = box->size[a];
        out->spacing[a] = slice.spacing[a];
    }
    out->type = RML_FLOAT64;
    out->voxels = all;
    all = NULL;
done:
    rml_patch_free(&slice);
    free(all);
    free(scratch);
    free(rows);
    free(turned);
    return status;
}

rml_status rml_spline_coefficients(const rml_patch_source *source, const int32_t size[3],
                                   const rml_normalisation *normalise, const rml_box *box, rml_patch *out)
{
    const rml_volume *volume = source->volume;
    const rml_box reach = rml_spline_reach(size, box);
    const rml_box all = {{0, 0, volume ? volume->first_slice : 0},
                         {size[0], size[1], volume ? volume->n_slices : size[2]}};
    bool settled;
    rml_status status;

    *out = (rml_patch){0};
    status = coefficients(source, size, normalise, box, &reach, false, out, &settled);
    if (status != RML_OK || settled) return status;
    return coefficients(source, size, normalise, box, &all, true, out, &settled);
}
