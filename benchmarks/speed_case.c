/* Writes the images that the benchmarks run on.
 *
 *     speed_case FOLDER VOXELS [SEED]   FOLDER/roi_VOXELS_image.nii.gz and …_mask.nii.gz
 *     speed_case FOLDER embedded        FOLDER/embedded_image.nii.gz and embedded_mask.nii.gz
 *     speed_case FOLDER ct              FOLDER/ct_image.nii.gz, ct_image.nii and ct_mask.nii.gz
 *
 * The first: float32, 1 mm voxels, a lumpy ball of exactly VOXELS voxels. The mask is the VOXELS voxels of lowest
 * radius plus a smooth bump of 8 % of it; the texture white noise smoothed by Gaussians of 1 and 3 voxels, 60:40 by
 * standard deviation, scaled so that the ROI's own range is exactly 0.5 … 319.5: bin width 10 gives 32 grey levels, 2.5
 * gives 128. The second: a 512 x 512 x 400 int16 body of noisy tissue in air, and a lesion of about 30 000 voxels. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "benchmarks/basics.h"
#include "io/nifti_write.h"
#include "kernels/base/rng.h"

typedef struct field { /* a cube of side n, x fastest */
    int32_t side;
    int64_t n;
    double *value; /* [n] */
} field;

typedef struct ranked_voxel {
    double radius;
    int64_t index;
} ranked_voxel;

/* Gaussian of standard deviation sigma voxels along one axis, cut at 4 sigma, the cube's ends joined. Rows of `run`
 * neighbours are smoothed together, so that the inner loop walks memory in its order also across x. */
static void smooth_axis(field *f, double sigma, int axis)
{
    const int64_t run = axis == 0 ? 1 : axis == 1 ? f->side : (int64_t)f->side * f->side;
    const int32_t reach = (int32_t)(4.0 * sigma + 0.5);
    double *weight = take(2 * (int64_t)reach + 1, sizeof *weight), *line = take(run * f->side, sizeof *line);
    double sum = 0.0;

    for (int32_t k = -reach; k <= reach; ++k) sum += weight[k + reach] = exp(-0.5 * k * k / (sigma * sigma));
    for (int64_t first = 0; first < f->n; first += run * f->side) {
        memset(line, 0, (size_t)(run * f->side) * sizeof *line);
        for (int32_t i = 0; i < f->side; ++i)
            for (int32_t k = -reach; k <= reach; ++k) {
                const int64_t from = ((int64_t)i + k + (int64_t)reach * f->side) % f->side;
                const double w = weight[k + reach] / sum, *in = f->value + first + from * run;
                double *out = line + i * run;

                for (int64_t r = 0; r < run; ++r) out[r] += w * in[r];
            }
        memcpy(f->value + first, line, (size_t)(run * f->side) * sizeof *line);
    }
    free(weight);
    free(line);
}

/* White noise of a stream of its own, smoothed, with mean 0 and standard deviation 1. */
static field smooth_noise(int32_t side, double sigma, uint64_t seed, uint64_t stream)
{
    const int64_t n = (int64_t)side * side * side;
    field f = {side, n, take(n, sizeof(double))};
    double mean = 0.0, square = 0.0;

    for (int64_t i = 0; i < f.n; ++i) f.value[i] = rml_rng_normal(seed, stream, (uint64_t)i);
    for (int axis = 0; axis < 3; ++axis) smooth_axis(&f, sigma, axis);
    for (int64_t i = 0; i < f.n; ++i) mean += f.value[i] / (double)f.n;
    for (int64_t i = 0; i < f.n; ++i) square += (f.value[i] - mean) * (f.value[i] - mean) / (double)f.n;
    for (int64_t i = 0; i < f.n; ++i) f.value[i] = (f.value[i] - mean) / sqrt(square);
    return f;
}

static int by_radius(const void *a, const void *b)
{
    const ranked_voxel *x = a, *y = b;

    if (x->radius != y->radius) return x->radius < y->radius ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

/* [side^3] 1 in the n_voxels voxels of lowest (radius + bump). */
static uint8_t *lumpy_ball(int32_t side, int64_t n_voxels, double radius, uint64_t seed)
{
    field bump = smooth_noise(side, radius / 5.0, seed, 0);
    ranked_voxel *voxels = take(bump.n, sizeof *voxels);
    uint8_t *mask = take(bump.n, 1);
    const double middle = 0.5 * (side - 1);

    for (int64_t i = 0; i < bump.n; ++i) {
        const int64_t row = i / side, slice = row / side;
        const double x = (double)(i % side) - middle, y = (double)(row % side) - middle, z = (double)slice - middle;

        voxels[i] = (ranked_voxel){sqrt(x * x + y * y + z * z) + 0.08 * radius * bump.value[i], i};
    }
    qsort(voxels, (size_t)bump.n, sizeof *voxels, by_radius);
    for (int64_t v = 0; v < n_voxels; ++v) mask[voxels[v].index] = 1;
    free(voxels);
    free(bump.value);
    return mask;
}

/* [side^3] texture whose range over the mask is exactly 0.5 … 319.5. */
static float *texture(int32_t side, const uint8_t *mask, uint64_t seed)
{
    field fine = smooth_noise(side, 1.0, seed, 1), coarse = smooth_noise(side, 3.0, seed, 2);
    float *image = take(fine.n, sizeof *image);
    double low = INFINITY, high = -INFINITY;

    for (int64_t i = 0; i < fine.n; ++i) {
        fine.value[i] = 0.6 * fine.value[i] + 0.4 * coarse.value[i];
        if (mask[i]) low = fmin(low, fine.value[i]);
        if (mask[i]) high = fmax(high, fine.value[i]);
    }
    for (int64_t i = 0; i < fine.n; ++i) image[i] = (float)((fine.value[i] - low) / (high - low) * 319.0 + 0.5);
    free(fine.value);
    free(coarse.value);
    return image;
}

static rml_grid plain_grid(int32_t nx, int32_t ny, int32_t nz)
{
    return (rml_grid){{nx, ny, nz}, {1, 1, 1}, {0, 0, 0}, {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
}

static void write(const char *folder, const char *name, const rml_grid *grid, rml_scalar type, const void *voxels)
{
    char path[4096];
    rml_error err;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (rml_nifti_write(path, grid, type, voxels, &err) != RML_OK) die(err.text);
}

static void write_ball(const char *folder, int64_t n_voxels, uint64_t seed)
{
    const double radius = cbrt(3.0 * (double)n_voxels / (4.0 * M_PI));
    const int32_t side = (int32_t)ceil(2.0 * radius * 1.3) + 20;
    const rml_grid grid = plain_grid(side, side, side);
    uint8_t *mask = lumpy_ball(side, n_voxels, radius, seed);
    float *image = texture(side, mask, seed);
    char name[64];

    snprintf(name, sizeof name, "roi_%lld_mask.nii.gz", (long long)n_voxels);
    write(folder, name, &grid, RML_UINT8, mask);
    snprintf(name, sizeof name, "roi_%lld_image.nii.gz", (long long)n_voxels);
    write(folder, name, &grid, RML_FLOAT32, image);
    printf("%lld voxels in %d x %d x %d\n", (long long)n_voxels, (int)side, (int)side, (int)side);
    free(mask);
    free(image);
}

static void write_embedded(const char *folder, uint64_t seed)
{
    enum { N_VOXELS = 50000, NX = 256, NY = 256, NZ = 150 };
    const double radius = cbrt(3.0 * N_VOXELS / (4.0 * M_PI));
    const int32_t side = (int32_t)ceil(2.0 * radius * 1.3) + 20;
    const rml_grid grid = plain_grid(NX, NY, NZ);
    uint8_t *ball = lumpy_ball(side, N_VOXELS, radius, seed), *mask = take((int64_t)NX * NY * NZ, 1);
    float *inner = texture(side, ball, seed), *image = take((int64_t)NX * NY * NZ, sizeof *image);
    const int32_t first[3] = {(NX - side) / 2, (NY - side) / 2, (NZ - side) / 2};

    for (int64_t i = 0; i < (int64_t)NX * NY * NZ; ++i)
        image[i] = (float)(160.0 + 50.0 * rml_rng_normal(seed, 4, (uint64_t)i));
    for (int64_t i = 0; i < (int64_t)side * side * side; ++i) {
        const int64_t x = i % side + first[0], y = i / side % side + first[1], z = i / side / side + first[2];

        image[(z * NY + y) * NX + x] = inner[i];
        mask[(z * NY + y) * NX + x] = ball[i];
    }
    write(folder, "embedded_mask.nii.gz", &grid, RML_UINT8, mask);
    write(folder, "embedded_image.nii.gz", &grid, RML_FLOAT32, image);
    printf("%d voxels in %d x %d x %d\n", N_VOXELS, NX, NY, NZ);
    free(ball);
    free(mask);
    free(inner);
    free(image);
}

static void write_ct(const char *folder, uint64_t seed)
{
    const rml_grid grid = plain_grid(512, 512, 400);
    const int64_t n = (int64_t)512 * 512 * 400;
    int16_t *image = take(n, sizeof *image);
    uint8_t *mask = take(n, 1);
    int64_t n_lesion = 0;

    for (int64_t i = 0; i < n; ++i) {
        const int64_t x = i % 512 - 256, y = i / 512 % 512 - 256, z = i / 512 / 512 - 200;
        const uint64_t bits = rml_rng_bits(seed, 3, (uint64_t)i);
        /* the mean of four uniforms of seven bits: nearly normal, a standard deviation of 18 HU */
        const int noise = (int)((bits & 127) + (bits >> 7 & 127) + (bits >> 14 & 127) + (bits >> 21 & 127)) / 4 - 63;
        const int64_t from_lesion = (x - 60) * (x - 60) + (y + 40) * (y + 40) + (z - 30) * (z - 30);
        const bool body = 9 * x * x + 16 * y * y < 360000; /* an ellipse of half axes 200 and 150 mm */

        mask[i] = from_lesion <= 371; /* radius 19.3: about 30 000 voxels */
        n_lesion += mask[i];
        image[i] = (int16_t)(!body ? -1000 : mask[i] ? 60 + noise : 20 + noise);
    }
    write(folder, "ct_mask.nii.gz", &grid, RML_UINT8, mask);
    write(folder, "ct_image.nii.gz", &grid, RML_INT16, image);
    write(folder, "ct_image.nii", &grid, RML_INT16, image);
    printf("lesion of %lld voxels in 512 x 512 x 400\n", (long long)n_lesion);
    free(image);
    free(mask);
}

int main(int argc, char **argv)
{
    const uint64_t seed = argc > 3 ? strtoull(argv[3], NULL, 10) : 7;

    if (argc == 3 && strcmp(argv[2], "ct") == 0) {
        write_ct(argv[1], seed);
        return 0;
    }
    if (argc == 3 && strcmp(argv[2], "embedded") == 0) {
        write_embedded(argv[1], seed);
        return 0;
    }
    if (argc < 3 || argc > 4 || strtoll(argv[2], NULL, 10) < 100) {
        fprintf(stderr, "usage: speed_case FOLDER VOXELS [SEED], or speed_case FOLDER embedded|ct\n");
        return 2;
    }
    write_ball(argv[1], strtoll(argv[2], NULL, 10), seed);
    return 0;
}
