#include "kernels/image/points.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LANES = 16 };

/* One row after the other; comparisons alone, so lanes change nothing. A NaN or an infinity shows in x - x. */
RML_HOT static void take_largest(const double *x, int64_t n, double *largest, double *bad)
{
    double most[LANES] = {0}, wrong[LANES] = {0};
    int64_t i = 0;

    for (; i + LANES <= n; i += LANES)
        for (int l = 0; l < LANES; ++l) {
            const double size = fabs(x[i + l]);

            most[l] = size > most[l] ? size : most[l];
            wrong[l] += size - size;
        }
    for (; i < n; ++i) {
        const double size = fabs(x[i]);

        most[0] = size > most[0] ? size : most[0];
        wrong[0] += size - size;
    }
    for (int l = 0; l < LANES; ++l) {
        if (most[l] > *largest) *largest = most[l];
        *bad += wrong[l];
    }
}

rml_status rml_point_largest(const double *x, int64_t n, double *largest)
{
    double bad = 0.0;

    *largest = NAN;
    if (n < 1) return RML_EINVAL;
    *largest = 0.0;
    take_largest(x, n, largest, &bad);
    if (bad == 0.0) return RML_OK;
    *largest = NAN;
    return RML_EVALUE;
}

/* Lowest and highest of n integers that lie side by side, perhaps unaligned. */
#define EXTREMES(type)                                                                                                 \
    RML_HOT static void extremes_##type(const unsigned char *at, int32_t n, int64_t *low, int64_t *high)               \
    {                                                                                                                  \
        type least, most, value;                                                                                       \
                                                                                                                       \
        memcpy(&least, at, sizeof least);                                                                              \
        most = least;                                                                                                  \
        for (int32_t i = 0; i < n; ++i) {                                                                              \
            memcpy(&value, at + (size_t)i * sizeof value, sizeof value);                                               \
            least = value < least ? value : least;                                                                     \
            most = value > most ? value : most;                                                                        \
        }                                                                                                              \
        if ((int64_t)least < *low) *low = (int64_t)least;                                                              \
        if ((int64_t)most > *high) *high = (int64_t)most;                                                              \
    }
EXTREMES(int8_t)
EXTREMES(uint8_t)
EXTREMES(int16_t)
EXTREMES(uint16_t)
EXTREMES(int32_t)
EXTREMES(uint32_t)
#undef EXTREMES

typedef void extremes(const unsigned char *at, int32_t n, int64_t *low, int64_t *high);

/* What finds a row's extremes where the stored numbers lie; NULL where they must be decoded first. */
static extremes *finder(const rml_volume *volume)
{
    if (volume->swapped || volume->step != 1) return NULL;
    switch (volume->stored) {
    case RML_INT8: return extremes_int8_t;
    case RML_UINT8: return extremes_uint8_t;
    case RML_INT16: return extremes_int16_t;
    case RML_UINT16: return extremes_uint16_t;
    case RML_INT32: return extremes_int32_t;
    case RML_UINT32: return extremes_uint32_t;
    default: return NULL;
    }
}

/* The value that stands for a stored number: slope and intercept keep the order of numbers or turn it, so that the
 * largest absolute value belongs to the lowest or the highest of them. */
static double value_of(const rml_volume *volume, int64_t stored)
{
    if (!volume->scaled) return (double)stored;
    return rml_single(rml_single((double)stored) * volume->slope + volume->intercept); /* as rml_volume_row has it */
}

rml_status rml_point_largest_stored(const rml_volume *volume, const rml_box *box, double *largest)
{
    extremes *const find = finder(volume);
    const size_t bytes = rml_scalar_bytes(volume->stored);
    int64_t low = INT64_MAX, high = INT64_MIN;
    double most = 0.0, bad = 0.0, *row = NULL;

    *largest = NAN;
    for (int axis = 0; axis < 3; ++axis)
        if (box->first[axis] < 0 || box->size[axis] < 1 || box->size[axis] > volume->grid.size[axis] - box->first[axis])
            return RML_EINVAL;
    if (box->first[2] < volume->first_slice || box->first[2] + box->size[2] > volume->first_slice + volume->n_slices)
        return RML_EINVAL;
    if (!find && !(row = malloc((size_t)box->size[0] * sizeof *row))) return RML_ENOMEM;
    for (int32_t z = box->first[2]; z < box->first[2] + box->size[2]; ++z)
        for (int32_t y = box->first[1]; y < box->first[1] + box->size[1]; ++y) {
            if (find) {
                const int64_t at =
                    ((int64_t)(z - volume->first_slice) * volume->grid.size[1] + y) * volume->grid.size[0] +
                    box->first[0];

                find(volume->voxels + (size_t)at * bytes, box->size[0], &low, &high);
            } else {
                rml_volume_row(volume, box->first[0], box->size[0], y, z, row);
                take_largest(row, box->size[0], &most, &bad);
            }
        }
    free(row);
    if (find) {
        const double ends[2] = {value_of(volume, low), value_of(volume, high)};

        take_largest(ends, 2, &most, &bad);
    }
    if (bad != 0.0) return RML_EVALUE; /* NaN too */
    *largest = most;
    return RML_OK;
}

RML_HOT static void square(const double *x, int64_t n, double factor, double *out)
{
    for (int64_t i = 0; i < n; ++i) {
        const double scaled = factor * x[i];

        out[i] = scaled * scaled;
    }
}

RML_HOT static void square_root(const double *x, int64_t n, double largest, double *out)
{
    for (int64_t i = 0; i < n; ++i) out[i] = copysign(sqrt(fabs(x[i]) * largest), x[i]);
}

rml_status rml_point_apply(rml_point kind, double largest, const double *x, int64_t n, double *out)
{
    const bool possible = isfinite(largest) && (largest > 0.0 || (largest == 0.0 && kind == RML_POINT_SQUAREROOT));
    double factor;

    if (!possible) {
        for (int64_t i = 0; i < n; ++i) out[i] = NAN;
        return RML_EVALUE;
    }
    switch (kind) {
    case RML_POINT_SQUARE: square(x, n, 1.0 / sqrt(largest), out); break;
    case RML_POINT_SQUAREROOT: square_root(x, n, largest, out); break;
    case RML_POINT_LOGARITHM:
        factor = largest / log(largest + 1.0);
        for (int64_t i = 0; i < n; ++i) out[i] = copysign(log(fabs(x[i]) + 1.0), x[i]) * factor;
        break;
    case RML_POINT_EXPONENTIAL:
        factor = log(largest) / largest;
        for (int64_t i = 0; i < n; ++i) out[i] = exp(factor * x[i]);
        break;
    }
    return RML_OK;
}
