#include "kernels/preprocess/normalise.h"

#include <math.h>

enum { LANES = 8, BLOCK = 4096 };

static double fold(const double lane[LANES])
{
    return ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
}

/* Sums of x - origin: of exact zeros when all voxels equal the origin. */
RML_HOT static double block_sum(const double *x, int32_t n, double origin)
{
    double lane[LANES] = {0};
    const int32_t whole = n - n % LANES;

    for (int32_t i = 0; i < whole; i += LANES)
        for (int l = 0; l < LANES; ++l) lane[l] += x[i + l] - origin;
    for (int32_t i = whole; i < n; ++i) lane[i - whole] += x[i] - origin;
    return fold(lane);
}

RML_HOT static double block_squares(const double *x, int32_t n, double mean)
{
    double lane[LANES] = {0};
    const int32_t whole = n - n % LANES;

    for (int32_t i = 0; i < whole; i += LANES)
        for (int l = 0; l < LANES; ++l) lane[l] += (x[i + l] - mean) * (x[i + l] - mean);
    for (int32_t i = whole; i < n; ++i) lane[i - whole] += (x[i] - mean) * (x[i] - mean);
    return fold(lane);
}

static int64_t count_bad(const double *x, int32_t n)
{
    int64_t n_bad = 0;

    for (int32_t i = 0; i < n; ++i) n_bad += !isfinite(x[i]);
    return n_bad;
}

typedef struct running {
    double origin;           /* the first voxel, so that a flat image has a spread of exactly 0 */
    double n, mean, squares; /* of x - origin; squares: sum of (x - origin - mean)^2 */
    int64_t n_bad;
} running;

/* Two passes over a block that lies in the first cache, then the block's mean and squares are joined to what is there:
 * the squares about the common mean are both squares plus the two means' distance (Chan, Golub & LeVeque 1983). */
static void add_block(running *all, const double *x, int32_t n)
{
    const double mean = block_sum(x, n, all->origin) / n, squares = block_squares(x, n, all->origin + mean);
    const double distance = mean - all->mean, n_both = all->n + n;

    if (!isfinite(squares)) all->n_bad += count_bad(x, n);
    all->squares += squares + distance * distance * (all->n / n_both * n);
    all->mean += distance * (n / n_both);
    all->n = n_both;
}

rml_status rml_normalise_fit(const rml_volume *image, double *mean, double *sd, int64_t *n_bad)
{
    double block[BLOCK]; /* filled across rows, so that the blocks do not depend on the rows' length */
    running all = {0};
    int32_t filled = 0;

    for (int32_t z = image->first_slice; z < image->first_slice + image->n_slices; ++z)
        for (int32_t y = 0; y < image->grid.size[1]; ++y)
            for (int32_t x = 0; x < image->grid.size[0];) {
                const int32_t left = image->grid.size[0] - x, room = BLOCK - filled, n = left < room ? left : room;
                rml_volume_row(image, x, n, y, z, block + filled);
                if (x == 0 && y == 0 && z == image->first_slice) all.origin = block[0];
                x += n;
                filled += n;
                if (filled < BLOCK) continue;
                add_block(&all, block, filled);
                filled = 0;
            }
    if (filled) add_block(&all, block, filled);
    *n_bad = all.n_bad;
    *mean = all.origin + all.mean;
    *sd = all.n > 1 ? sqrt(all.squares / (all.n - 1)) : 0.0;
    return all.n_bad || !(*sd > 0.0) || !isfinite(*sd) ? RML_EVALUE : RML_OK;
}

RML_HOT void rml_normalise_apply(const rml_normalisation *normalisation, double *values, int64_t n)
{
    const double mean = normalisation->mean, inverse = 1 / normalisation->sd, scale = normalisation->scale;
    const double limit = normalisation->limit;

    for (int64_t i = 0; i < n; ++i) {
        double v = (values[i] - mean) * inverse; /* a product, not a quotient: as ITK rounds */
        v = v > limit ? limit : v;
        v = v < -limit ? -limit : v;
        values[i] = v * scale;
    }
}
