/* Contents: 1 settings, 2 spline coefficients, 3 samples, 4 kurtosis, 5 patterns, 6 the filter.
 *
 * Operations stand in scipy's and numpy's order. A sample that equals its centre exactly, as neighbours along an axis
 * often do, is decided by the rounding of the spline: for integer images not at all (it is rounded away), for float32
 * seldom, for float64 always. */
#include "kernels/image/lbp3d.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/image/sphere.h"

/* 1 settings ------------------------------------------------------------------------------------------------------ */

static const double largest_radius = 1000.0;
enum { SPLINE_MARGIN = 30 }; /* 0.268^28 is below 1e-16, and a spline reaches over 2 voxels */

rml_status rml_lbp3d_check(const rml_lbp3d_settings *settings, rml_error *err)
{
    if (settings->levels < 1 || settings->levels > RML_LBP3D_LEVELS)
        return rml_fail(err, RML_ESETTING, "lbp3DLevels: %d is not within 1 to %d", settings->levels, RML_LBP3D_LEVELS);
    if (!(settings->radius > 0.0) || settings->radius > largest_radius)
        return rml_fail(err, RML_ESETTING, "lbp3DIcosphereRadius: %g is not above 0 and at most %g", settings->radius,
                        largest_radius);
    if (rml_sphere_points(settings->subdivisions) == 0)
        return rml_fail(err, RML_ESETTING, "lbp3DIcosphereSubdivision: %d is not within 0 to %d",
                        settings->subdivisions, RML_SPHERE_SUBDIVISIONS);
    return RML_OK;
}

int32_t rml_lbp3d_margin(const rml_lbp3d_settings *settings)
{
    return (int32_t)ceil(settings->radius) + SPLINE_MARGIN;
}

/* 2 spline coefficients ------------------------------------------------------------------------------------------- */

/* Cubic coefficients along an axis, in place, mirrored about the first and last voxel. n: voxels along the axis, step:
 * from one to the next; the lines lie side by side, n_lines of them. */
RML_HOT static void spline_lines(double *c, int32_t n, int64_t step, int64_t n_lines)
{
    const double pole = -0.267949192431122706472553658494127633; /* sqrt(3) - 2 */
    const double gain = (1.0 - pole) * (1.0 - 1.0 / pole), far = pow(pole, n - 1);
    double *const last = c + (n - 1) * step;
    double weight = pole;

    for (int32_t i = 0; i < n; ++i)
        for (int64_t l = 0; l < n_lines; ++l) c[i * step + l] *= gain;
    for (int64_t l = 0; l < n_lines; ++l) c[l] += far * last[l];
    for (int32_t i = 1; i < n - 1 && weight != 0.0; ++i) {
        for (int64_t l = 0; l < n_lines; ++l) c[l] += weight * (c[i * step + l] + far * last[l - i * step]);
        weight *= pole;
    }
    for (int64_t l = 0; l < n_lines; ++l) c[l] /= 1 - far * far;
    for (int32_t i = 1; i < n; ++i)
        for (int64_t l = 0; l < n_lines; ++l) c[i * step + l] += pole * c[(i - 1) * step + l];
    for (int64_t l = 0; l < n_lines; ++l) last[l] = (pole * last[l - step] + last[l]) * pole / (pole * pole - 1);
    for (int32_t i = n - 2; i >= 0; --i)
        for (int64_t l = 0; l < n_lines; ++l) c[i * step + l] = pole * (c[(i + 1) * step + l] - c[i * step + l]);
}

/* The coefficients of the patch with REACH mirrored ones beyond its ends. */
enum { REACH = 2 };

typedef struct spline {
    double *c;
    int64_t size[3], step[3]; /* with the mirrored ones */
} spline;

static rml_status spline_of(const rml_patch *patch, spline *s)
{
    const int64_t nx = patch->size[0], ny = patch->size[1], nz = patch->size[2];
    double *const whole = malloc((size_t)(nx * ny * nz) * sizeof *whole), *to;

    for (int axis = 0; axis < 3; ++axis) {
        s->size[axis] = patch->size[axis] + 2 * REACH;
        s->step[axis] = axis == 0 ? 1 : s->step[axis - 1] * s->size[axis - 1];
    }
    s->c = to = malloc((size_t)(s->step[2] * s->size[2]) * sizeof *s->c);
    if (!whole || !to) {
        free(whole);
        return RML_ENOMEM;
    }
    memcpy(whole, patch->voxels, (size_t)(nx * ny * nz) * sizeof *whole);
    if (nz > 1) spline_lines(whole, patch->size[2], nx * ny, nx * ny);
    for (int64_t z = 0; z < nz && ny > 1; ++z) spline_lines(whole + z * nx * ny, patch->size[1], nx, nx);
    for (int64_t line = 0; line < ny * nz && nx > 1; ++line) spline_lines(whole + line * nx, patch->size[0], 1, 1);
    for (int64_t z = 0; z < s->size[2]; ++z)
        for (int64_t y = 0; y < s->size[1]; ++y) {
            const double *const row = whole + (rml_border_place(RML_BORDER_WHOLE, z - REACH, patch->size[2]) * ny +
                                               rml_border_place(RML_BORDER_WHOLE, y - REACH, patch->size[1])) *
                                                  nx;

            for (int64_t x = 0; x < s->size[0]; ++x)
                *to++ = row[rml_border_place(RML_BORDER_WHOLE, x - REACH, patch->size[0])];
        }
    free(whole);
    return RML_OK;
}

/* 3 samples ------------------------------------------------------------------------------------------------------- */

/* Weights of the four coefficients around a place, the first of them at its whole part - 1. */
static void spline_weights(double part, double weight[4])
{
    const double y = part, z = 1.0 - part;

    weight[1] = (y * y * (y - 2.0) * 3.0 + 4.0) / 6.0;
    weight[2] = (z * z * (z - 2.0) * 3.0 + 4.0) / 6.0;
    weight[0] = z * z * z / 6.0;
    weight[3] = 1.0 - weight[0] - weight[1] - weight[2];
}

RML_HOT static void add_tap(const double *restrict c, int64_t n, double wz, double wy, const double *restrict wx,
                            double *restrict sum)
{
    for (int64_t i = 0; i < n; ++i) sum[i] += c[i] * wz * wy * wx[i];
}

/* As map_coordinates casts to the image's type. */
static double in_type(double t, rml_scalar type)
{
    static const double least[RML_N_SCALARS] = {-0x1p7, 0, -0x1p15, 0, -0x1p31, 0, -0x1p63, 0, 0, 0};
    static const double most[RML_N_SCALARS] = {0x1p7 - 1,  0x1p8 - 1, 0x1p15 - 1, 0x1p16 - 1, 0x1p31 - 1,
                                               0x1p32 - 1, 0x1p63,    0x1p64,     0,          0};

    if (type == RML_FLOAT64) return t;
    if (type == RML_FLOAT32) return (double)(float)t;
    t = trunc(t > 0 ? t + 0.5 : t - 0.5);
    return t < least[type] ? least[type] : t > most[type] ? most[type] : t;
}

/* 4 kurtosis ------------------------------------------------------------------------------------------------------ */

/* NOLINTBEGIN(bugprone-macro-parentheses): a type stands in none
 * numpy's sum: eight running sums over at most 128 numbers, halves of more. */
#define PAIRWISE(type)                                                                                                 \
    static type sum_##type(const type *x, int32_t n) /* NOLINT(misc-no-recursion): at most 5 deep */                   \
    {                                                                                                                  \
        type part[8], sum = 0;                                                                                         \
        int32_t i, half = n / 2;                                                                                       \
                                                                                                                       \
        if (n > 128) {                                                                                                 \
            half -= half % 8;                                                                                          \
            return sum_##type(x, half) + sum_##type(x + half, n - half);                                               \
        }                                                                                                              \
        if (n >= 8) {                                                                                                  \
            memcpy(part, x, sizeof part);                                                                              \
            for (i = 8; i < n - n % 8; i += 8)                                                                         \
                for (int k = 0; k < 8; ++k) part[k] += x[i + k];                                                       \
            sum = ((part[0] + part[1]) + (part[2] + part[3])) + ((part[4] + part[5]) + (part[6] + part[7]));           \
        } else {                                                                                                       \
            i = 0;                                                                                                     \
        }                                                                                                              \
        for (; i < n; ++i) sum += x[i];                                                                                \
        return sum;                                                                                                    \
    }                                                                                                                  \
    static double kurtosis_##type(const double *samples, int32_t n, type resolution, type *x)                          \
    {                                                                                                                  \
        const type count = (type)n;                                                                                    \
        type mean, m2, m4;                                                                                             \
                                                                                                                       \
        for (int32_t i = 0; i < n; ++i) x[i] = (type)samples[i];                                                       \
        mean = sum_##type(x, n) / count;                                                                               \
        for (int32_t i = 0; i < n; ++i) x[i] = (x[i] - mean) * (x[i] - mean);                                          \
        m2 = sum_##type(x, n) / count;                                                                                 \
        for (int32_t i = 0; i < n; ++i) x[i] *= x[i];                                                                  \
        m4 = sum_##type(x, n) / count;                                                                                 \
        if (m2 <= (resolution * mean) * (resolution * mean)) return NAN;                                               \
        return (double)((type)(m4 / (m2 * m2)) - 3);                                                                   \
    }
PAIRWISE(double)
PAIRWISE(float)
#undef PAIRWISE
/* NOLINTEND(bugprone-macro-parentheses) */

/* 5 patterns ------------------------------------------------------------------------------------------------------ */

typedef struct sphere {
    int32_t n, levels;
    double *points;    /* [n][3] along x, y, z of the image */
    double *harmonics; /* [n][levels^2][2]: Y(l, m) at l^2 + l + m */
} sphere;

static rml_status sphere_of(const rml_lbp3d_settings *settings, sphere *s)
{
    const int32_t n_harmonics = settings->levels * settings->levels;
    double *harmonic;
    rml_status status;

    s->n = rml_sphere_points(settings->subdivisions);
    s->levels = settings->levels;
    s->points = malloc((size_t)s->n * 3 * sizeof *s->points);
    s->harmonics = harmonic = malloc((size_t)s->n * (size_t)n_harmonics * 2 * sizeof *s->harmonics);
    if (!s->points || !harmonic) return RML_ENOMEM;
    status = rml_sphere_fill(settings->subdivisions, settings->radius, s->points);
    if (status != RML_OK) return status;
    for (int32_t p = 0; p < s->n; ++p) {
        double *const point = s->points + 3 * (size_t)p, x = point[0];
        /* a pole's z may round to more than the radius; its azimuth is then 0 */
        const double theta = acos(fmax(-1.0, fmin(1.0, point[2] / settings->radius))), phi = atan2(point[1], point[0]);

        for (int32_t n = 0; n < settings->levels; ++n)
            for (int32_t m = -n; m <= n; ++m, harmonic += 2) rml_sphere_harmonic(m, n, theta, phi, harmonic);
        point[0] = point[2]; /* numpy's first axis is z */
        point[2] = x;
    }
    return RML_OK;
}

/* The real part of a complex square root. */
static double root(double re, double im)
{
    const double length = hypot(re, im);

    if (re == 0.0 && im == 0.0) return 0.0;
    if (re >= 0.0) return sqrt((re + length) * 0.5);
    return fabs(im) / (2 * sqrt((length - re) * 0.5));
}

/* One degree's response of a voxel. above: s of every sample */
static double response(const sphere *s, int32_t n, const uint8_t *above)
{
    const int32_t first = n * n, n_orders = 2 * n + 1;
    const size_t stride = (size_t)s->levels * (size_t)s->levels * 2;
    double c[2 * (2 * RML_LBP3D_LEVELS - 1)] = {0}, re = 0.0, im = 0.0;

    for (int32_t p = 0; p < s->n; ++p) {
        const double *const y = s->harmonics + (size_t)p * stride + 2 * (size_t)first;

        if (above[p])
            for (int32_t k = 0; k < 2 * n_orders; ++k) c[k] += y[k];
    }
    for (int32_t p = 0; p < s->n; ++p) {
        const double *const y = s->harmonics + (size_t)p * stride + 2 * (size_t)first;
        double a = 0.0, b = 0.0;

        for (int32_t k = 0; k < 2 * n_orders; k += 2) {
            a += c[k] * y[k] - c[k + 1] * y[k + 1];
            b += c[k] * y[k + 1] + c[k + 1] * y[k];
        }
        re += a * a - b * b;
        im += a * b + b * a;
    }
    return root(re, im);
}

/* 6 the filter ---------------------------------------------------------------------------------------------------- */

typedef struct work {
    const rml_patch *patch;
    const int32_t *at, *image_size;
    rml_box inside;
    spline spline;
    sphere sphere;
    double *weights;          /* [sphere.n][4][inside.size[0]]: along x */
    double *samples;          /* [sphere.n][inside.size[0]] */
    double *doubles, *column; /* [sphere.n] */
    float *floats;            /* [sphere.n] */
    uint8_t *above;           /* [sphere.n] */
} work;

/* Where a sample lies: the image's index of the voxel, the offset; whether in the image, and there the whole part in
 * the patch and what is left. */
static bool place(const work *w, int axis, int64_t voxel, double offset, int64_t *whole, double *part)
{
    const double coordinate = (double)voxel + offset;

    if (!(coordinate >= 0.0) || coordinate > (double)(w->image_size[axis] - 1)) return false;
    *whole = (int64_t)floor(coordinate) - w->at[axis];
    *part = coordinate - floor(coordinate);
    return true;
}

/* Row (y, z) of the box, voxels first .. first + n - 1 of it, at one point of the sphere. */
static void sample_row(const work *w, int32_t p, int32_t first, int32_t n, int32_t y, int32_t z, double *sums)
{
    const double *const point = w->sphere.points + 3 * (size_t)p;
    const int64_t x0 = (int64_t)w->at[0] + w->inside.first[0] + first;
    const double right = floor(point[0]), limit = w->image_size[0] - 1;
    const int64_t stride = w->inside.size[0];
    double part, wy[4], wz[4];
    int64_t at_y, at_z, from = 0, to = n;

    memset(sums, 0, (size_t)n * sizeof *sums);
    if (!place(w, 2, (int64_t)w->at[2] + w->inside.first[2] + z, point[2], &at_z, &part)) return;
    spline_weights(part, wz);
    if (!place(w, 1, (int64_t)w->at[1] + w->inside.first[1] + y, point[1], &at_y, &part)) return;
    spline_weights(part, wy);
    while (from < to && !((double)(x0 + from) + point[0] >= 0.0)) ++from;
    while (to > from && (double)(x0 + to - 1) + point[0] > limit) --to;
    for (int a = 0; a < 4; ++a)
        for (int b = 0; b < 4; ++b)
            for (int c = 0; c < 4; ++c) {
                const int64_t row =
                    (at_z - 1 + a + REACH) * w->spline.step[2] + (at_y - 1 + b + REACH) * w->spline.step[1];
                const int64_t column = x0 - w->at[0] + (int64_t)right - 1 + c + REACH;

                if (from < to)
                    add_tap(w->spline.c + row + column + from, to - from, wz[a], wy[b],
                            w->weights + (4 * (int64_t)p + c) * stride + first + from, sums + from);
            }
}

static void fill_weights(const work *w)
{
    const int64_t n = w->inside.size[0], x0 = (int64_t)w->at[0] + w->inside.first[0];

    for (int32_t p = 0; p < w->sphere.n; ++p) {
        const double offset = w->sphere.points[3 * (size_t)p], whole = floor(offset);
        double *const to = w->weights + (int64_t)4 * p * n;

        for (int64_t x = 0; x < n; ++x) {
            double weight[4];

            spline_weights(((double)(x0 + x) + offset) - ((double)(x0 + x) + whole), weight);
            for (int c = 0; c < 4; ++c) to[c * n + x] = weight[c];
        }
    }
}

static void do_voxel(const work *w, int32_t x, double centre, int64_t step, double *out)
{
    const int64_t stride = w->inside.size[0];

    for (int32_t p = 0; p < w->sphere.n; ++p) {
        w->column[p] = in_type(w->samples[p * stride + x], w->patch->type);
        w->above[p] = w->column[p] >= centre;
    }
    for (int32_t n = 0; n < w->sphere.levels; ++n) out[n * step] = response(&w->sphere, n, w->above);
    out[(int64_t)w->sphere.levels * step] = w->patch->type == RML_FLOAT32
                                                ? kurtosis_float(w->column, w->sphere.n, 1e-6F, w->floats)
                                                : kurtosis_double(w->column, w->sphere.n, 1e-15, w->doubles);
}

static void do_rows(const work *w, const uint8_t *mask, double *out)
{
    const int32_t *const size = w->inside.size, *const first = w->inside.first;
    const int64_t nx = size[0], step = nx * size[1] * size[2];

    for (int32_t z = 0; z < size[2]; ++z)
        for (int32_t y = 0; y < size[1]; ++y) {
            const int64_t row = ((int64_t)z * size[1] + y) * nx;
            const double *const centre =
                w->patch->voxels + ((int64_t)(z + first[2]) * w->patch->size[1] + y + first[1]) * w->patch->size[0] +
                first[0];
            int32_t from = 0, to = size[0];

            for (int64_t k = 0; k <= w->sphere.levels; ++k)
                for (int64_t x = 0; x < nx; ++x) out[k * step + row + x] = NAN;
            while (mask && from < to && !mask[row + from]) ++from;
            while (mask && to > from && !mask[row + to - 1]) --to;
            if (from == to) continue;
            for (int32_t p = 0; p < w->sphere.n; ++p)
                sample_row(w, p, from, to - from, y, z, w->samples + p * nx + from);
            for (int32_t x = from; x < to; ++x)
                if (!mask || mask[row + x]) do_voxel(w, x, centre[x], step, out + row + x);
        }
}

rml_status rml_lbp3d(const rml_lbp3d_settings *settings, const rml_patch *patch, const int32_t at[3],
                     const int32_t image_size[3], const rml_box *inside, const uint8_t *mask, double *out)
{
    work w = {.patch = patch, .at = at, .image_size = image_size, .inside = *inside};
    int32_t margin;
    rml_status status;

    if (rml_lbp3d_check(settings, NULL) != RML_OK) return RML_EINVAL;
    margin = rml_lbp3d_margin(settings);
    for (int axis = 0; axis < 3; ++axis) {
        const int64_t end = (int64_t)inside->first[axis] + inside->size[axis];

        if (inside->first[axis] < 0 || inside->size[axis] < 1 || end > patch->size[axis]) return RML_EINVAL;
        if (at[axis] < 0 || (int64_t)at[axis] + patch->size[axis] > image_size[axis]) return RML_EINVAL;
        if (at[axis] > 0 && inside->first[axis] < margin) return RML_EINVAL;
        if (at[axis] + patch->size[axis] < image_size[axis] && patch->size[axis] - end < margin) return RML_EINVAL;
    }
    status = sphere_of(settings, &w.sphere);
    if (status == RML_OK) status = spline_of(patch, &w.spline);
    if (status == RML_OK) {
        const size_t n = (size_t)w.sphere.n, nx = (size_t)inside->size[0];

        w.weights = malloc(n * 4 * nx * sizeof *w.weights);
        w.samples = malloc(n * nx * sizeof *w.samples);
        w.doubles = malloc(n * 2 * sizeof *w.doubles);
        w.floats = malloc(n * sizeof *w.floats);
        w.above = malloc(n);
        if (w.weights && w.samples && w.doubles && w.floats && w.above) {
            w.column = w.doubles + n;
            fill_weights(&w);
            do_rows(&w, mask, out);
        } else {
            status = RML_ENOMEM;
        }
    }
    free(w.sphere.points);
    free(w.sphere.harmonics);
    free(w.spline.c);
    free(w.weights);
    free(w.samples);
    free(w.doubles);
    free(w.floats);
    free(w.above);
    return status;
}
