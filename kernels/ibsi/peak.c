/* The sphere is a run along x for each of its rows, and rows of the same distance have the same run. So a row of the
 * image is summed once for every length of run, each length from the one before, and these sums are added to the rows
 * of means that reach it. Means are finished a slice at a time, once the last slice that they reach has been added. */
#include "kernels/ibsi/peak.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* (3 / (4 pi))^(1/3) cm, in mm */
static double radius(void)
{
    return 10.0 * cbrt(3.0 / (4.0 * 3.14159265358979323846));
}

rml_margin rml_ibsi_peak_margin(const double spacing[3])
{
    rml_margin margin;

    for (int a = 0; a < 3; ++a) margin.before[a] = margin.after[a] = (int32_t)(radius() / spacing[a]);
    return margin;
}

typedef struct peaks {
    const rml_ibsi_region *region;
    rml_margin reach;
    int32_t n_kept;       /* slices of sums that are in the making at a time */
    double *sum;          /* [n_kept][ny][nx] slice z at z % n_kept */
    double *run;          /* [reach x + 1][nx] a row of the image: sums of 2 h + 1 voxels about each */
    int32_t *half;        /* [2 reach z + 1][2 reach y + 1] h of the sphere's rows; -1: none */
    int32_t (*extent)[2]; /* [nz * ny] first and last voxel of the mask in each row; first > last in an empty one */
    int64_t n_sphere;     /* voxels of a sphere that is whole */
    int64_t n_inside;
    double highest, local, global;
} peaks;

RML_HOT static void add(double *restrict sum, const double *restrict from, int32_t n)
{
    for (int32_t i = 0; i < n; ++i) sum[i] += from[i];
}

static int32_t half_of(const peaks *p, int32_t dy, int32_t dz)
{
    return p->half[(dz + p->reach.after[2]) * (2 * p->reach.after[1] + 1) + dy + p->reach.after[1]];
}

static void lay_out(peaks *p)
{
    const double *s = p->region->spacing, square = radius() * radius();
    const int32_t *size = p->region->size, *reach = p->reach.after;
    int32_t *half = p->half;
    int64_t row = 0;

    for (int32_t dz = -reach[2]; dz <= reach[2]; ++dz)
        for (int32_t dy = -reach[1]; dy <= reach[1]; ++dy, ++half) {
            const double rest = square - dy * s[1] * (dy * s[1]) - dz * s[2] * (dz * s[2]);

            *half = rest < 0.0 ? -1 : (int32_t)(sqrt(rest) / s[0]);
            p->n_sphere += 2 * *half + 1 > 0 ? 2 * *half + 1 : 0;
        }
    for (int32_t z = 0; z < size[2]; ++z)
        for (int32_t y = 0; y < size[1]; ++y, ++row) {
            const uint8_t *mask = p->region->intensity + row * size[0];
            int32_t first = 0, last = size[0] - 1;

            while (first < size[0] && !mask[first]) ++first;
            while (last > first && !mask[last]) --last;
            p->extent[row][0] = first;
            p->extent[row][1] = first < size[0] ? last : -1;
        }
}

/* Sums of the voxels x - h .. x + h that the row has, for every h. */
static void sum_runs(const peaks *p, const double *row)
{
    const int32_t nx = p->region->size[0];

    memcpy(p->run, row, (size_t)nx * sizeof *row);
    for (int32_t h = 1; h <= p->reach.after[0]; ++h) {
        double *run = p->run + (int64_t)h * nx;

        memcpy(run, run - nx, (size_t)nx * sizeof *run);
        if (h >= nx) continue;
        add(run + h, row, nx - h);
        add(run, row + h, nx - h);
    }
}

/* Adds row (y, z) of the image to all rows of means that reach it. */
static void spread(const peaks *p, int32_t y, int32_t z)
{
    const int32_t *size = p->region->size, *reach = p->reach.after;
    bool summed = false;

    for (int32_t dz = -reach[2]; dz <= reach[2]; ++dz) {
        if (z + dz < 0 || z + dz >= size[2]) continue;
        for (int32_t dy = -reach[1]; dy <= reach[1]; ++dy) {
            const int32_t half = half_of(p, dy, dz), *extent;

            if (half < 0 || y + dy < 0 || y + dy >= size[1]) continue;
            extent = p->extent[(int64_t)(z + dz) * size[1] + y + dy];
            if (extent[0] > extent[1]) continue;
            if (!summed) sum_runs(p, p->region->image + ((int64_t)z * size[1] + y) * size[0]);
            summed = true;
            add(p->sum + ((int64_t)((z + dz) % p->n_kept) * size[1] + y + dy) * size[0] + extent[0],
                p->run + (int64_t)half * size[0] + extent[0], extent[1] - extent[0] + 1);
        }
    }
}

/* Voxels of the region in the sphere about one. */
static int64_t count_about(const peaks *p, int32_t x, int32_t y, int32_t z)
{
    const int32_t *size = p->region->size, *reach = p->reach.after;
    int64_t n = 0;

    if (x >= reach[0] && y >= reach[1] && z >= reach[2] && x + reach[0] < size[0] && y + reach[1] < size[1] &&
        z + reach[2] < size[2])
        return p->n_sphere;
    for (int32_t dz = -reach[2]; dz <= reach[2]; ++dz)
        for (int32_t dy = -reach[1]; dy <= reach[1]; ++dy) {
            const int32_t half = half_of(p, dy, dz);

            if (half < 0 || y + dy < 0 || y + dy >= size[1] || z + dz < 0 || z + dz >= size[2]) continue;
            n += (x + half < size[0] ? x + half : size[0] - 1) - (x > half ? x - half : 0) + 1;
        }
    return n;
}

/* Slice z has all its sums: looks at its means and makes room for a later slice. */
static void finish(peaks *p, int32_t z)
{
    const int32_t *size = p->region->size;

    for (int32_t y = 0; y < size[1]; ++y) {
        const int64_t row = (int64_t)z * size[1] + y;
        double *sum = p->sum + ((int64_t)(z % p->n_kept) * size[1] + y) * size[0];

        for (int32_t x = p->extent[row][0]; x <= p->extent[row][1]; ++x) {
            const double here = p->region->image[row * size[0] + x];
            double mean;

            if (!p->region->intensity[row * size[0] + x]) continue;
            mean = sum[x] / (double)count_about(p, x, y, z);
            ++p->n_inside;
            if (here > p->highest) p->highest = here, p->local = -INFINITY;
            if (!isfinite(mean)) continue;
            if (mean > p->global) p->global = mean;
            if (here == p->highest && mean > p->local) p->local = mean;
        }
        memset(sum, 0, (size_t)size[0] * sizeof *sum);
    }
}

rml_status rml_ibsi_peaks(const rml_ibsi_region *region, double *value)
{
    const int32_t *size = region->size;
    peaks p = {.region = region,
               .reach = rml_ibsi_peak_margin(region->spacing),
               .highest = -INFINITY,
               .local = -INFINITY,
               .global = -INFINITY};
    const int32_t *reach = p.reach.after;
    rml_status status = RML_ENOMEM;

    value[RML_IBSI_LOC_PEAK_LOC] = value[RML_IBSI_LOC_PEAK_GLOB] = NAN;
    p.n_kept = 2 * reach[2] + 1 < size[2] ? 2 * reach[2] + 1 : size[2];
    p.sum = calloc((size_t)p.n_kept * (size_t)size[1] * (size_t)size[0], sizeof *p.sum);
    p.run = malloc(((size_t)reach[0] + 1) * (size_t)size[0] * sizeof *p.run);
    p.half = malloc((2 * (size_t)reach[2] + 1) * (2 * (size_t)reach[1] + 1) * sizeof *p.half);
    p.extent = malloc((size_t)size[2] * (size_t)size[1] * sizeof *p.extent);
    if (!p.sum || !p.run || !p.half || !p.extent) goto done;
    lay_out(&p);
    for (int32_t z = 0; z < size[2]; ++z) {
        for (int32_t y = 0; y < size[1]; ++y) spread(&p, y, z);
        if (z >= reach[2]) finish(&p, z - reach[2]);
    }
    for (int32_t z = size[2] > reach[2] ? size[2] - reach[2] : 0; z < size[2]; ++z) finish(&p, z);
    status = p.n_inside == 0 ? RML_EEMPTY : RML_OK;
    if (p.n_inside > 0 && !(p.local > -INFINITY && p.global > -INFINITY)) status = RML_EVALUE;
    if (p.local > -INFINITY) value[RML_IBSI_LOC_PEAK_LOC] = p.local;
    if (p.global > -INFINITY) value[RML_IBSI_LOC_PEAK_GLOB] = p.global;
done:
    free(p.extent);
    free(p.half);
    free(p.run);
    free(p.sum);
    return status;
}
