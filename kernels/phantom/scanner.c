#include "kernels/phantom/scanner.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "kernels/base/rng.h"
#include "kernels/phantom/field.h"

#define BIAS_LENGTH 28.0 /* mm */
#define CUT 4.0          /* the blur's kernel ends at so many standard deviations */

enum { MAX_RADIUS = 16, MAX_SAMPLES = 128 };

static const int32_t fine_size[3] = {RML_FINE_NX, RML_FINE_NY, RML_FINE_NZ};

void rml_scanner_grid(const rml_centre *centre, rml_grid *grid)
{
    memset(grid, 0, sizeof *grid);
    for (int a = 0; a < 3; ++a) {
        grid->size[a] = (int32_t)lround(fine_size[a] / centre->spacing[a]);
        grid->spacing[a] = centre->spacing[a];
        grid->origin[a] = -0.5 * (grid->size[a] - 1) * centre->spacing[a];
        grid->direction[a][a] = 1.0;
    }
}

/* --- sampling ------------------------------------------------------------------------------------------------------
 */

/* For each sample along an axis the fine voxel below it and how far beyond it lies, 0..1 in voxels. */
typedef struct samples {
    int32_t n;
    int32_t below[MAX_SAMPLES], above[MAX_SAMPLES];
    double beyond[MAX_SAMPLES];
} samples;

static int32_t limit(int32_t i, int32_t n)
{
    return i < 0 ? 0 : i >= n ? n - 1 : i;
}

static double place(const rml_centre *centre, int a, int32_t i, int32_t n) /* in fine voxels */
{
    return (i - 0.5 * (n - 1)) * centre->spacing[a] + 0.5 * (fine_size[a] - 1);
}

static void sample_axis(const rml_centre *centre, const rml_grid *grid, int a, samples *s)
{
    s->n = grid->size[a];
    for (int32_t i = 0; i < s->n; ++i) {
        const double at = place(centre, a, i, s->n), floor_at = floor(at);

        s->below[i] = limit((int32_t)floor_at, fine_size[a]);
        s->above[i] = limit((int32_t)floor_at + 1, fine_size[a]);
        s->beyond[i] = at - floor_at;
        if (s->beyond[i] == 0.0) s->above[i] = s->below[i]; /* that slice is then not wanted */
    }
}

static int64_t row_of(int32_t z, int32_t y) /* the index of its first voxel on the fine grid */
{
    return ((int64_t)z * RML_FINE_NY + y) * RML_FINE_NX;
}

static int16_t rounded(double x)
{
    const double r = rint(x);

    return (int16_t)(r < INT16_MIN ? INT16_MIN : r > INT16_MAX ? INT16_MAX : r);
}

RML_HOT static void sample_volume(const samples s[3], const double *volume, double offset, double gain, int16_t *image)
{
    for (int32_t z = 0; z < s[2].n; ++z)
        for (int32_t y = 0; y < s[1].n; ++y) {
            const double fz = s[2].beyond[z], fy = s[1].beyond[y];
            const double *v00 = volume + row_of(s[2].below[z], s[1].below[y]);
            const double *v01 = volume + row_of(s[2].below[z], s[1].above[y]);
            const double *v10 = volume + row_of(s[2].above[z], s[1].below[y]);
            const double *v11 = volume + row_of(s[2].above[z], s[1].above[y]);
            double line[RML_FINE_NX];

            for (int32_t x = 0; x < RML_FINE_NX; ++x)
                line[x] = (1.0 - fz) * ((1.0 - fy) * v00[x] + fy * v01[x]) + fz * ((1.0 - fy) * v10[x] + fy * v11[x]);
            for (int32_t x = 0; x < s[0].n; ++x) {
                const double fx = s[0].beyond[x];
                const double value = (1.0 - fx) * line[s[0].below[x]] + fx * line[s[0].above[x]];

                *image++ = rounded(offset + 300.0 * gain * value);
            }
        }
}

void rml_scanner_mask(const rml_centre *centre, const uint8_t *labels, uint8_t *mask)
{
    int32_t nearest[3][MAX_SAMPLES];
    rml_grid grid;

    rml_scanner_grid(centre, &grid);
    for (int a = 0; a < 3; ++a)
        for (int32_t i = 0; i < grid.size[a]; ++i)
            nearest[a][i] = limit((int32_t)floor(place(centre, a, i, grid.size[a]) + 0.5), fine_size[a]);
    for (int32_t z = 0; z < grid.size[2]; ++z)
        for (int32_t y = 0; y < grid.size[1]; ++y) {
            const uint8_t *row = labels + row_of(nearest[2][z], nearest[1][y]);

            for (int32_t x = 0; x < grid.size[0]; ++x) *mask++ = row[nearest[0][x]];
        }
}

/* --- blur ----------------------------------------------------------------------------------------------------------
 */

typedef struct blur_kernel {
    int32_t radius;
    double weight[MAX_RADIUS + 1]; /* symmetric: of distance 0 .. radius */
} blur_kernel;

/* Two Gaussian blurs in a row are one of the summed variances. */
static void blur_init(const rml_centre *centre, int a, blur_kernel *k)
{
    const double thick = centre->spacing[a] > 1.0 ? (centre->spacing[a] - 1.0) / 2.355 : 0.0;
    const double variance = centre->blur * centre->blur + thick * thick;
    double sum = 0.0;

    k->radius = (int32_t)ceil(CUT * sqrt(variance));
    if (k->radius > MAX_RADIUS) k->radius = MAX_RADIUS;
    for (int32_t i = 0; i <= k->radius; ++i) {
        k->weight[i] = exp(-0.5 * i * i / variance);
        sum += i ? 2.0 * k->weight[i] : k->weight[i];
    }
    for (int32_t i = 0; i <= k->radius; ++i) k->weight[i] /= sum;
}

RML_HOT static void blur_row(const blur_kernel *k, double *row, double *padded)
{
    for (int32_t i = 0; i < k->radius; ++i) {
        padded[i] = row[0];
        padded[k->radius + RML_FINE_NX + i] = row[RML_FINE_NX - 1];
    }
    memcpy(padded + k->radius, row, RML_FINE_NX * sizeof *row);
    /* NOLINTBEGIN(clang-analyzer-core.UndefinedBinaryOperatorResult): padded is written from 0 to 2 radius + NX above
     */
    for (int32_t x = 0; x < RML_FINE_NX; ++x) row[x] = k->weight[0] * padded[k->radius + x];
    for (int32_t i = 1; i <= k->radius; ++i)
        for (int32_t x = 0; x < RML_FINE_NX; ++x)
            row[x] += k->weight[i] * (padded[k->radius + x - i] + padded[k->radius + x + i]);
    /* NOLINTEND(clang-analyzer-core.UndefinedBinaryOperatorResult) */
}

/* One line of n elements across the lines of `from`, which are `stride` apart: along y rows of a plane, along z planes
 * of a volume. */
RML_HOT static void blur_across(const blur_kernel *k, const double *from, int32_t n_lines, int64_t stride, int32_t line,
                                int32_t n, double *restrict out)
{
    const double *middle = from + line * stride;

    for (int32_t x = 0; x < n; ++x) out[x] = k->weight[0] * middle[x];
    for (int32_t i = 1; i <= k->radius; ++i) {
        const double *low = from + limit(line - i, n_lines) * stride, *high = from + limit(line + i, n_lines) * stride;

        for (int32_t x = 0; x < n; ++x) out[x] += k->weight[i] * (low[x] + high[x]);
    }
}

/* --- the scan ------------------------------------------------------------------------------------------------------
 */

typedef struct scan_work {
    double *bias;   /* [RML_FINE_VOXELS] */
    double *volume; /* [RML_FINE_VOXELS] */
    double *plane;  /* [RML_FINE_PLANE] */
    double *noise;  /* [2 * RML_FINE_PLANE] */
    void *field;
} scan_work;

static size_t field_bytes(void)
{
    return rml_field_scratch_bytes(fine_size, BIAS_LENGTH, RML_FIELD_AUTO);
}

size_t rml_scanner_scratch_bytes(void)
{
    return (2 * (size_t)RML_FINE_VOXELS + 3 * (size_t)RML_FINE_PLANE) * sizeof(double) + field_bytes();
}

/* Rician: the length of a signal with normal noise in both of its channels. In place. */
RML_HOT static void receive(double *plane, const double *bias, double amplitude, const double *noise, double deviation)
{
    for (int32_t v = 0; v < RML_FINE_PLANE; ++v) {
        const double real = exp(amplitude * bias[v]) * plane[v] + deviation * noise[v];
        const double imaginary = deviation * noise[RML_FINE_PLANE + v];

        plane[v] = sqrt(real * real + imaginary * imaginary);
    }
}

rml_status rml_scanner_image(const rml_centre *centre, uint64_t seed, int64_t patient, int timepoint, double *signal,
                             void *scratch, int16_t *image)
{
    const uint64_t noise_stream = rml_phantom_stream(patient, RML_DRAW_NOISE + timepoint - 1);
    bool wanted[RML_FINE_NZ] = {false};
    double padded[RML_FINE_NX + 2 * MAX_RADIUS];
    blur_kernel kernel[3];
    samples s[3];
    rml_grid grid;
    scan_work w;
    rml_status status;

    w.bias = scratch;
    w.volume = w.bias + RML_FINE_VOXELS;
    w.plane = w.volume + RML_FINE_VOXELS;
    w.noise = w.plane + RML_FINE_PLANE;
    w.field = w.noise + 2 * (size_t)RML_FINE_PLANE;
    status = rml_field_draw(fine_size, BIAS_LENGTH, seed, rml_phantom_stream(patient, RML_FIELD_BIAS + timepoint - 1),
                            RML_FIELD_AUTO, w.field, w.bias);
    if (status != RML_OK) return status;

    rml_scanner_grid(centre, &grid);
    for (int a = 0; a < 3; ++a) {
        blur_init(centre, a, &kernel[a]);
        sample_axis(centre, &grid, a, &s[a]);
    }
    for (int32_t z = 0; z < grid.size[2]; ++z) wanted[s[2].below[z]] = wanted[s[2].above[z]] = true;

    for (int32_t z = 0; z < RML_FINE_NZ; ++z) {
        double *plane = signal + (int64_t)z * RML_FINE_PLANE;

        for (int32_t y = 0; y < RML_FINE_NY; ++y) blur_row(&kernel[0], plane + row_of(0, y), padded);
        for (int32_t y = 0; y < RML_FINE_NY; ++y)
            blur_across(&kernel[1], plane, RML_FINE_NY, RML_FINE_NX, y, RML_FINE_NX, w.plane + row_of(0, y));
        memcpy(plane, w.plane, RML_FINE_PLANE * sizeof *plane);
    }
    for (int32_t z = 0; z < RML_FINE_NZ; ++z) { /* thick slices leave most of the planes unseen */
        double *plane = w.volume + (int64_t)z * RML_FINE_PLANE;

        if (!wanted[z]) continue;
        blur_across(&kernel[2], signal, RML_FINE_NZ, RML_FINE_PLANE, z, RML_FINE_PLANE, plane);
        rml_rng_normals(seed, noise_stream, 2 * (uint64_t)z * RML_FINE_PLANE, 2 * (int64_t)RML_FINE_PLANE, w.noise);
        receive(plane, w.bias + (int64_t)z * RML_FINE_PLANE, centre->bias, w.noise, centre->noise);
    }
    sample_volume(s, w.volume, centre->offset, centre->gain, image);
    return RML_OK;
}
