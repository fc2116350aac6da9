/* The sphere is a run along x for each of its rows. Sums go over whole rows of means at once: for each place of a run
 * the image's row is added, moved by that place. */
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

typedef struct row_work {
    double *sum;    /* [nx] */
    int32_t *count; /* [nx] */
} row_work;

RML_HOT static void add(double *restrict sum, const double *restrict from, int32_t n)
{
    for (int32_t i = 0; i < n; ++i) sum[i] += from[i];
}

/* Sums and counts for the voxels first .. last of row (y, z). */
static void sum_row(const rml_ibsi_region *region, int32_t y, int32_t z, int32_t first, int32_t last, row_work *w)
{
    const double *s = region->spacing, square = radius() * radius();
    const int32_t nx = region->size[0], n = last - first + 1;
    const rml_margin reach = rml_ibsi_peak_margin(s);

    memset(w->sum + first, 0, (size_t)n * sizeof *w->sum);
    memset(w->count + first, 0, (size_t)n * sizeof *w->count);
    for (int32_t dz = -reach.before[2]; dz <= reach.after[2]; ++dz) {
        if (z + dz < 0 || z + dz >= region->size[2]) continue;
        for (int32_t dy = -reach.before[1]; dy <= reach.after[1]; ++dy) {
            const double rest = square - dy * s[1] * (dy * s[1]) - dz * s[2] * (dz * s[2]);
            const double *row = region->image + ((int64_t)(z + dz) * region->size[1] + y + dy) * nx;
            int32_t half;

            if (y + dy < 0 || y + dy >= region->size[1] || rest < 0.0) continue;
            half = (int32_t)(sqrt(rest) / s[0]);
            for (int32_t dx = -half; dx <= half; ++dx) {
                const int32_t from = first + dx < 0 ? -dx : first, to = last + dx >= nx ? nx - 1 - dx : last;

                if (to >= from) add(w->sum + from, row + from + dx, to - from + 1);
            }
            for (int32_t x = first; x <= last; ++x)
                w->count[x] += (x + half < nx ? x + half : nx - 1) - (x > half ? x - half : 0) + 1;
        }
    }
}

rml_status rml_ibsi_peaks(const rml_ibsi_region *region, double *value)
{
    const int32_t nx = region->size[0];
    double highest = -INFINITY, local = -INFINITY, global = -INFINITY;
    row_work w = {malloc((size_t)nx * sizeof *w.sum), malloc((size_t)nx * sizeof *w.count)};
    int64_t n_inside = 0;
    rml_status status = RML_ENOMEM;

    value[RML_IBSI_LOC_PEAK_LOC] = value[RML_IBSI_LOC_PEAK_GLOB] = NAN;
    if (!w.sum || !w.count) goto done;
    for (int32_t z = 0; z < region->size[2]; ++z)
        for (int32_t y = 0; y < region->size[1]; ++y) {
            const int64_t at = ((int64_t)z * region->size[1] + y) * nx;
            const uint8_t *mask = region->intensity + at;
            int32_t first = 0, last = nx - 1;

            while (first < nx && !mask[first]) ++first;
            if (first == nx) continue;
            while (!mask[last]) --last;
            sum_row(region, y, z, first, last, &w);
            for (int32_t x = first; x <= last; ++x) {
                const double mean = w.sum[x] / w.count[x], here = region->image[at + x];

                if (!mask[x]) continue;
                ++n_inside;
                if (mean > global) global = mean;
                if (here > highest) highest = here, local = -INFINITY;
                if (here == highest && mean > local) local = mean;
            }
        }
    status = n_inside == 0 ? RML_EEMPTY : RML_OK;
    if (n_inside > 0 && !(local > -INFINITY && global > -INFINITY)) status = RML_EVALUE;
    if (local > -INFINITY) value[RML_IBSI_LOC_PEAK_LOC] = local;
    if (global > -INFINITY) value[RML_IBSI_LOC_PEAK_GLOB] = global;
done:
    free(w.count);
    free(w.sum);
    return status;
}
