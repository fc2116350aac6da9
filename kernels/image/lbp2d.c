#include "kernels/image/lbp2d.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const double largest_radius = 1e6, pi = 3.14159265358979323846;
enum { FEW_SAMPLES = 10 };

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

/* What a row gathers of its samples, and the numbers of all patterns where they are few. */
typedef struct row {
    double *table;             /* NULL, or [2^samples], of the image's type */
    uint64_t *codes;           /* s_i as bit i */
    double *samples, *sums[2]; /* one sample of every voxel; the samples added up, and their squares */
    double *copies[5]; /* the voxels themselves, and the four around a sample, where x is not what they lie along */
} row;

/* A row of samples, linearly between a and b above, c and d below. The part is taken from the index as a whole, as
 * scikit-image does: its rounding grows with the index. */
RML_HOT static void interpolate(const double *a, const double *b, const double *c, const double *d, int32_t n,
                                int32_t at, offset column, double part_below, double *restrict sample)
{
    for (int32_t i = 0; i < n; ++i) {
        const double part = ((double)(at + i) + column.exact) - (double)(at + i + column.whole);
        const double above = (1 - part) * a[i] + part * b[i], below = (1 - part) * c[i] + part * d[i];

        sample[i] = (1 - part_below) * above + part_below * below;
    }
}

RML_HOT static void mark(const double *restrict sample, const double *restrict centre, int32_t n, int bit,
                         uint64_t *restrict codes)
{
    const uint64_t set = (uint64_t)1 << bit;

    for (int32_t i = 0; i < n; ++i) codes[i] |= sample[i] - centre[i] >= 0.0 ? set : 0;
}

RML_HOT static void add_up(const double *restrict sample, int32_t n, double *restrict sum, double *restrict square)
{
    for (int32_t i = 0; i < n; ++i) {
        sum[i] += sample[i];
        square[i] += sample[i] * sample[i];
    }
}

/* n voxels as a row: where they lie, or copied when they do not lie side by side. */
static const double *side_by_side(const double *from, int64_t step, int32_t n, double *copy)
{
    if (step == 1) return from;
    for (int32_t i = 0; i < n; ++i) copy[i] = from[i * step];
    return copy;
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

static double number_of(const rml_lbp2d_settings *settings, uint64_t code)
{
    switch (settings->method) {
    case RML_LBP2D_DEFAULT: return (double)code;
    case RML_LBP2D_ROR: return least_rotation(code, settings->samples);
    case RML_LBP2D_UNIFORM: return uniform(code, settings->samples, false);
    case RML_LBP2D_NRI_UNIFORM: return uniform(code, settings->samples, true);
    case RML_LBP2D_VAR: break;
    }
    return NAN;
}

static double variance_of(double sum, double square, int n)
{
    const double variance = (square - sum * sum / n) / n;

    return variance != 0.0 ? variance : NAN;
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
    const double *const centre = side_by_side(x, along->step, n, r->copies[4]);

    memset(r->codes, 0, (size_t)n * sizeof *r->codes);
    memset(r->sums[0], 0, (size_t)n * 2 * sizeof *r->sums[0]); /* both */
    for (int s = 0; s < settings->samples; ++s) {
        const double angle = 2 * pi * s / settings->samples;
        const offset up = offset_of(-settings->radius * sin(angle)), right = offset_of(settings->radius * cos(angle));
        const double below = ((double)index + up.exact) - (double)(index + up.whole);
        const double *corner[4];

        for (int k = 0; k < 4; ++k) { /* one that counts for nothing may lie outside the margin */
            const int64_t row_at = up.whole + (k >= 2 && up.exact > up.whole);
            const int64_t column_at = right.whole + (k % 2 == 1 && right.exact > right.whole);

            corner[k] = side_by_side(x + row_at * down->step + column_at * along->step, along->step, n, r->copies[k]);
        }
        interpolate(corner[0], corner[1], corner[2], corner[3], n, along->at, right, below, r->samples);
        if (settings->method == RML_LBP2D_VAR)
            add_up(r->samples, n, r->sums[0], r->sums[1]);
        else
            mark(r->samples, centre, n, s, r->codes);
    }
    for (int32_t i = 0; i < n; ++i, out += along->step_out)
        if (settings->method == RML_LBP2D_VAR)
            *out = as_stored(variance_of(r->sums[0][i], r->sums[1][i], settings->samples), type);
        else
            *out = r->table ? r->table[r->codes[i]] : as_stored(number_of(settings, r->codes[i]), type);
}

/* Room for rows of n voxels, in one piece that begins at r's codes. */
static rml_status row_init(const rml_lbp2d_settings *settings, rml_scalar type, size_t n, row *r)
{
    const bool few = settings->method != RML_LBP2D_VAR && settings->samples <= FEW_SAMPLES;
    const size_t n_patterns = few ? (size_t)1 << settings->samples : 0;
    double *doubles;

    r->codes = malloc(n * (sizeof *r->codes + 8 * sizeof *doubles) + n_patterns * sizeof *r->table);
    if (!r->codes) return RML_ENOMEM;
    doubles = (double *)(r->codes + n);
    r->samples = doubles;
    for (int k = 0; k < 2; ++k) r->sums[k] = doubles + (1 + (size_t)k) * n;
    for (int k = 0; k < 5; ++k) r->copies[k] = doubles + (3 + (size_t)k) * n;
    r->table = few ? doubles + 8 * n : NULL;
    for (size_t p = 0; p < n_patterns; ++p) r->table[p] = as_stored(number_of(settings, p), type);
    return RML_OK;
}

static rml_status filter(const rml_lbp2d_settings *settings, const rml_patch *patch, const side sides[3], double *out)
{
    const side *const over = &sides[settings->axis], *rows = &sides[settings->axis == 2 ? 1 : 2];
    const side *columns = &sides[settings->axis == 0 ? 1 : 0];
    row r;
    rml_status status;

    if (settings->axis == 0) { /* numpy's swapped axes leave y for the rows and z for the columns */
        const side *const swapped = rows;

        rows = columns;
        columns = swapped;
    }
    status = row_init(settings, patch->type, (size_t)columns->n, &r);
    if (status != RML_OK) return status;
    for (int32_t slice = 0; slice < over->n; ++slice)
        for (int32_t y = 0; y < rows->n; ++y)
            do_row(settings, patch->type,
                   patch->voxels + (over->first + slice) * over->step + (rows->first + y) * rows->step +
                       columns->first * columns->step,
                   rows, columns, rows->at + y, &r, out + slice * over->step_out + y * rows->step_out);
    free(r.codes);
    return RML_OK;
}

rml_status rml_lbp2d(const rml_lbp2d_settings *settings, const rml_patch *patch, const int32_t at[3],
                     const rml_box *inside, double *out)
{
    int32_t margin[3];
    side sides[3];

    if (rml_lbp2d_check(settings, NULL) != RML_OK) return RML_EINVAL;
    rml_lbp2d_margin(settings, margin);
    for (int axis = 0; axis < 3; ++axis) {
        const int32_t first = inside->first[axis], n = inside->size[axis];
        const int64_t lower = axis > 0 ? patch->size[0] : 1, upper = axis > 1 ? patch->size[1] : 1;
        const int64_t lower_out = axis > 0 ? inside->size[0] : 1, upper_out = axis > 1 ? inside->size[1] : 1;

        if (first < margin[axis] || n < 1 || n > (int64_t)patch->size[axis] - margin[axis] - first) return RML_EINVAL;
        sides[axis] = (side){lower * upper, lower_out * upper_out, first, n, at[axis] + first};
    }
    return filter(settings, patch, sides, out);
}
