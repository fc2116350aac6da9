#include "kernels/image/lbp2d.h"

#include <math.h>
#include <stdlib.h>
#include <strings.h>

static const double tolerance = 1e-12, largest_radius = 1e6, pi = 3.14159265358979323846;

rml_status rml_lbp2d_method_of(const char *word, rml_lbp2d_method *method)
{
    static const char *const words[] = {"default", "ror", "uniform", "nri_uniform", "var"};

    for (int m = 0; m < (int)(sizeof words / sizeof *words); ++m)
        if (strcasecmp(word, words[m]) == 0) {
            *method = (rml_lbp2d_method)m;
            return RML_OK;
        }
    return RML_ESETTING;
}

rml_status rml_lbp2d_check(const rml_lbp2d_settings *settings, rml_error *err)
{
    const bool codes = settings->method == RML_LBP2D_DEFAULT || settings->method == RML_LBP2D_ROR;
    const int most = codes ? RML_LBP2D_CODE_SAMPLES : RML_LBP2D_SAMPLES;

    if (!(settings->radius > 0.0) || settings->radius > largest_radius)
        return rml_fail(err, RML_ESETTING, "lbp2DRadius: %g is not above 0 and at most %g", settings->radius,
                        largest_radius);
    if (settings->samples < 1 || settings->samples > most)
        return rml_fail(err, RML_ESETTING, "lbp2DSamples: %d is not within 1 to %d%s", settings->samples, most,
                        codes ? ", the most whose pattern is a number of 32 bits" : "");
    if (settings->axis < 0 || settings->axis > 2)
        return rml_fail(err, RML_ESETTING, "force2Ddimension: %d is not 0, 1 or 2", 2 - settings->axis);
    return RML_OK;
}

void rml_lbp2d_margin(const rml_lbp2d_settings *settings, int32_t margin[3])
{
    for (int axis = 0; axis < 3; ++axis) margin[axis] = axis == settings->axis ? 0 : (int32_t)ceil(settings->radius);
}

/* One axis of a slice: where its wanted voxels begin in the patch and in the image, and how far neighbours are apart.
 */
typedef struct side {
    int64_t step, step_out;
    int32_t first, n, at;
} side;

/* Where a sample lies along an axis: whole voxels (rounded down), and the offset itself. */
typedef struct offset {
    int32_t whole;
    double exact;
} offset;

static offset offset_of(double exact)
{
    const double rounded = rint(exact * 1e5) / 1e5;

    return (offset){(int32_t)floor(rounded), rounded};
}

/* What a row gathers of its samples. */
typedef struct row {
    uint64_t *codes;   /* s_i as bit i */
    double *sums[2];   /* of the samples and of their squares */
    double *centres;   /* the voxels themselves */
    double *corner[4]; /* the four voxels around a sample */
} row;

/* A row of samples, linearly between corner's rows (0 and 1 above, 2 and 3 below). The part is taken from the index as
 * a whole, as scikit-image does: its rounding grows with the index. */
RML_HOT static void take_sample(const row *r, int32_t n, int32_t at, offset column, double part_below, int bit)
{
    const double *const a = r->corner[0], *const b = r->corner[1], *const c = r->corner[2], *const d = r->corner[3];

    for (int32_t i = 0; i < n; ++i) {
        const double part = ((double)(at + i) + column.exact) - (double)(at + i + column.whole);
        const double above = (1 - part) * a[i] + part * b[i], below = (1 - part) * c[i] + part * d[i];
        const double sample = (1 - part_below) * above + part_below * below;

        r->codes[i] |= (uint64_t)(sample - r->centres[i] >= -tolerance) << bit;
        r->sums[0][i] += sample;
        r->sums[1][i] += sample * sample;
    }
}

static void copy_strided(const double *from, int64_t step, int32_t n, double *to)
{
    for (int32_t i = 0; i < n; ++i) to[i] = from[i * step];
}

static double least_rotation(uint64_t code, int n)
{
    uint64_t least = code;

    for (int i = 1; i < n; ++i) {
        code = code >> 1 | (code & 1) << (n - 1);
        if (code < least) least = code;
    }
    return (double)least;
}

/* Uniform patterns are numbered by how many ones they have, then by how far the ones are turned. */
static double uniform(uint64_t code, int n, bool turned)
{
    const uint64_t all = n == 64 ? UINT64_MAX : ((uint64_t)1 << n) - 1;
    const int changes = __builtin_popcountll((code ^ code >> 1) & all >> 1), ones = __builtin_popcountll(code);
    int turn;

    if (!turned) return changes <= 2 ? ones : n + 1;
    if (changes > 2) return n * (n - 1) + 2;
    if (ones == 0) return 0.0;
    if (ones == n) return n * (n - 1) + 1;
    turn = code & 1 ? ones - __builtin_ctzll(~code) : n - __builtin_ctzll(code);
    return 1 + (ones - 1) * n + turn;
}

static double response(const rml_lbp2d_settings *settings, const row *r, int32_t i)
{
    const int n = settings->samples;
    double variance;

    switch (settings->method) {
    case RML_LBP2D_DEFAULT: return (double)r->codes[i];
    case RML_LBP2D_ROR: return least_rotation(r->codes[i], n);
    case RML_LBP2D_UNIFORM:
    case RML_LBP2D_NRI_UNIFORM: return uniform(r->codes[i], n, settings->method == RML_LBP2D_NRI_UNIFORM);
    case RML_LBP2D_VAR:
        variance = (r->sums[1][i] - r->sums[0][i] * r->sums[0][i] / n) / n;
        return variance != 0.0 ? variance : NAN;
    }
    return NAN;
}

/* A double written into an image of the type, as the conversions of x86-64 do it. */
static double as_stored(double value, rml_scalar type)
{
    const double whole = trunc(value);
    const int32_t low = whole >= INT32_MIN && whole <= INT32_MAX ? (int32_t)whole : INT32_MIN; /* also for NaN */

    switch (type) {
    case RML_INT8: return (double)(int8_t)(uint8_t)low;
    case RML_UINT8: return (double)(uint8_t)low;
    case RML_INT16: return (double)(int16_t)(uint16_t)low;
    case RML_UINT16: return (double)(uint16_t)low;
    case RML_INT32: return (double)low;
    case RML_UINT32: return isnan(value) ? 0x1p31 : whole < 0x1p32 ? whole : 0.0;
    case RML_INT64: return whole < 0x1p63 ? whole : -0x1p63;
    case RML_UINT64: return isnan(value) ? 0x1p63 : whole < 0x1p64 ? whole : 0.0;
    case RML_FLOAT32: return (double)(float)value;
    default: return value;
    }
}

/* One row of one slice: x is its first voxel in the patch. */
static void do_row(const rml_lbp2d_settings *settings, rml_scalar type, const double *x, const side *down,
                   const side *along, int32_t index, const row *r, double *out)
{
    const int32_t n = along->n;

    for (int32_t i = 0; i < n; ++i) {
        r->codes[i] = 0;
        r->sums[0][i] = r->sums[1][i] = 0.0;
    }
    copy_strided(x, along->step, n, r->centres);
    for (int s = 0; s < settings->samples; ++s) {
        const double angle = 2 * pi * s / settings->samples;
        const offset up = offset_of(-settings->radius * sin(angle)), right = offset_of(settings->radius * cos(angle));
        const double below = ((double)index + up.exact) - (double)(index + up.whole);

        for (int corner = 0; corner < 4; ++corner) { /* one that counts for nothing may lie outside the margin */
            const int64_t row_at = up.whole + (corner >= 2 && up.exact > up.whole);
            const int64_t column_at = right.whole + (corner % 2 == 1 && right.exact > right.whole);

            copy_strided(x + row_at * down->step + column_at * along->step, along->step, n, r->corner[corner]);
        }
        take_sample(r, n, along->at, right, below, s);
    }
    for (int32_t i = 0; i < n; ++i) out[i * along->step_out] = as_stored(response(settings, r, i), type);
}

rml_status rml_lbp2d(const rml_lbp2d_settings *settings, const rml_patch *patch, const int32_t at[3],
                     const rml_box *inside, double *out)
{
    int32_t margin[3];
    side sides[3];
    row r;
    void *memory;

    if (rml_lbp2d_check(settings, NULL) != RML_OK) return RML_EINVAL;
    rml_lbp2d_margin(settings, margin);
    for (int axis = 0; axis < 3; ++axis) {
        const int32_t first = inside->first[axis], n = inside->size[axis];
        const int64_t lower = axis > 0 ? patch->size[0] : 1, upper = axis > 1 ? patch->size[1] : 1;
        const int64_t lower_out = axis > 0 ? inside->size[0] : 1, upper_out = axis > 1 ? inside->size[1] : 1;

        if (first < margin[axis] || n < 1 || n > (int64_t)patch->size[axis] - margin[axis] - first) return RML_EINVAL;
        sides[axis] = (side){lower * upper, lower_out * upper_out, first, n, at[axis] + first};
    }
    {
        const side *const over = &sides[settings->axis], *const down = &sides[settings->axis == 2 ? 1 : 2];
        const side *const along = &sides[settings->axis == 0 ? 1 : 0];
        /* across x, numpy's swapped axes leave y down and z along */
        const side *const rows = settings->axis == 0 ? along : down, *const columns =
                                                                         settings->axis == 0 ? down : along;
        const size_t n = (size_t)columns->n;
        double *doubles;

        memory = malloc(n * (sizeof *r.codes + 7 * sizeof *doubles));
        if (!memory) return RML_ENOMEM;
        r.codes = memory;
        doubles = (double *)(r.codes + n);
        r.sums[0] = doubles;
        r.sums[1] = doubles + n;
        r.centres = doubles + 2 * n;
        for (int corner = 0; corner < 4; ++corner) r.corner[corner] = doubles + (3 + (size_t)corner) * n;
        for (int32_t slice = 0; slice < over->n; ++slice)
            for (int32_t y = 0; y < rows->n; ++y)
                do_row(settings, patch->type,
                       patch->voxels + (over->first + slice) * over->step + (rows->first + y) * rows->step +
                           columns->first * columns->step,
                       rows, columns, rows->at + y, &r, out + slice * over->step_out + y * rows->step_out);
        free(memory);
    }
    return RML_OK;
}
