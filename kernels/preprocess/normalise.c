/* Mean and standard deviation as ITK's StatisticsImageFilter forms them, from the sum and the sum of the squares:
 *
 *     mean = sum / n,  variance = (squares - sum * sum / n) / (n - 1)
 *
 * with every step rounded to a double. Squares less their mean lose digits where the mean is far above the spread, and
 * two passes would be more exact; but the loss is part of PyRadiomics' values, and a voxel on a bin's edge falls to one
 * side or the other by the last bit of the standard deviation. ITK adds with Kahan's compensation; here both sums are
 * kept with their rounding errors, so each is the exact sum, rounded once, whatever the order. */
#include "kernels/preprocess/normalise.h"

#include <math.h>

enum { LANES = 8, BLOCK = 4096 };

typedef struct exact {
    double high, low; /* the sum, and what the additions rounded away */
} exact;

/* high + x = new high + error, exactly (Knuth's two-sum). */
static inline void add_exact(double *high, double *low, double x)
{
    const double sum = *high + x, part = sum - *high;

    *low += (*high - (sum - part)) + (x - part);
    *high = sum;
}

typedef struct running {
    double first; /* voxel: while all equal it, the spread is 0 whatever rounding leaves of it */
    bool flat, small;
    exact sum, squares;
    double n;
    int64_t n_bad;
} running;

static void add_lanes(exact *all, const double high[LANES], const double low[LANES])
{
    for (int l = 0; l < LANES; ++l) {
        add_exact(&all->high, &all->low, high[l]);
        all->low += low[l];
    }
}

/* Whole numbers below 2^16 in size: 2^12 of their squares are below 2^44, so nothing is rounded. */
RML_HOT static void add_small(running *all, const double *x, int32_t n)
{
    double sum[LANES] = {0}, squares[LANES] = {0};
    const double none[LANES] = {0};
    const int32_t whole = n - n % LANES;

    for (int32_t i = 0; i < whole; i += LANES)
        for (int l = 0; l < LANES; ++l) {
            sum[l] += x[i + l];
            squares[l] += x[i + l] * x[i + l];
        }
    for (int32_t i = whole; i < n; ++i) {
        sum[i - whole] += x[i];
        squares[i - whole] += x[i] * x[i];
    }
    add_lanes(&all->sum, sum, none);
    add_lanes(&all->squares, squares, none);
}

RML_HOT static void add_any(running *all, const double *x, int32_t n)
{
    double sum[LANES] = {0}, squares[LANES] = {0}, sum_low[LANES] = {0}, squares_low[LANES] = {0};
    const int32_t whole = n - n % LANES;

    for (int32_t i = 0; i < whole; i += LANES)
        for (int l = 0; l < LANES; ++l) {
            add_exact(&sum[l], &sum_low[l], x[i + l]);
            add_exact(&squares[l], &squares_low[l], x[i + l] * x[i + l]);
        }
    for (int32_t i = whole; i < n; ++i) {
        add_exact(&sum[i - whole], &sum_low[i - whole], x[i]);
        add_exact(&squares[i - whole], &squares_low[i - whole], x[i] * x[i]);
    }
    add_lanes(&all->sum, sum, sum_low);
    add_lanes(&all->squares, squares, squares_low);
}

static int64_t count_bad(const double *x, int32_t n)
{
    int64_t n_bad = 0;

    for (int32_t i = 0; i < n; ++i) n_bad += !isfinite(x[i]);
    return n_bad;
}

static void add_block(running *all, const double *x, int32_t n)
{
    if (all->n == 0.0) all->first = x[0];
    for (int32_t i = 0; i < n && all->flat; ++i) all->flat = x[i] == all->first;
    if (all->small)
        add_small(all, x, n);
    else
        add_any(all, x, n);
    if (!isfinite(all->squares.high)) all->n_bad += count_bad(x, n);
    all->n += n;
}

rml_status rml_normalise_fit(const rml_volume *image, double *mean, double *sd, int64_t *n_bad)
{
    double block[BLOCK]; /* filled across rows, so that the blocks do not depend on the rows' length */
    const bool small = !image->scaled && !rml_scalar_is_float(image->stored) && rml_scalar_bytes(image->stored) <= 2;
    running all = {.flat = true, .small = small};
    int32_t filled = 0;

    for (int32_t z = image->first_slice; z < image->first_slice + image->n_slices; ++z)
        for (int32_t y = 0; y < image->grid.size[1]; ++y)
            for (int32_t x = 0; x < image->grid.size[0];) {
                const int32_t left = image->grid.size[0] - x, room = BLOCK - filled, n = left < room ? left : room;
                rml_volume_row(image, x, n, y, z, block + filled);
                x += n;
                filled += n;
                if (filled < BLOCK) continue;
                add_block(&all, block, filled);
                filled = 0;
            }
    if (filled) add_block(&all, block, filled);
    const double sum = all.sum.high + all.sum.low, squares = all.squares.high + all.squares.low;
    *n_bad = all.n_bad;
    *mean = sum / all.n;
    *sd = all.flat ? 0.0 : sqrt((squares - sum * sum / all.n) / (all.n - 1.0));
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
