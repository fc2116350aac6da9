/* 1. What is reached      which voxels of the image the grid's points need
 * 2. One point            in ITK's order of sums
 * 3. Axis by axis         where the grids run alike
 * 4. A grid */
#include "kernels/image/resample_values.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/image/resample_spline.h"
#include "kernels/preprocess/frame.h"

/* Off the diagonal, the map from grid to grid may move an index by this many voxels and still count as parallel: what
 * rounding leaves of two equal directions. */
static const double parallel_within = 1e-12;

/* Voxels by which an index may be rounded before its taps are looked up (to single precision by the spline). */
static const double slack = 0.01;

/* An index this near to where the taps or "inside" change is left to ITK's arithmetic. */
static const double settled_beyond = 1e-9;

typedef struct job {
    rml_interpolator kind;
    rml_tap_reach reach;
    rml_frame image, target;
    const int32_t *size; /* of the image */
    const double *spacing;
    const int32_t *n; /* of the target */
    rml_patch field;  /* voxels or coefficients, as far as taps reach */
    int32_t first[3]; /* of the field, in the image */
    double largest;   /* of the field, without sign */
    double lowest_out, highest_out;
    rml_scalar type;
} job;

/* 1. What is reached */

/* The indices of the image that hold all points of the target; false: no point is inside. */
static bool span(const rml_frame *from, const rml_frame *to, const int32_t n[3], const int32_t size[3], double low[3],
                 double high[3])
{
    for (int k = 0; k < 8; ++k) {
        double index[3], mapped[3];

        for (int a = 0; a < 3; ++a) index[a] = k >> a & 1 ? n[a] - 1.0 : 0.0;
        rml_frame_map(from, to, index, mapped);
        for (int a = 0; a < 3; ++a) {
            low[a] = k ? fmin(low[a], mapped[a]) : mapped[a];
            high[a] = k ? fmax(high[a], mapped[a]) : mapped[a];
        }
    }
    for (int a = 0; a < 3; ++a) {
        low[a] = fmax(low[a] - slack, -0.5);
        high[a] = fmin(high[a] + slack, size[a] - 0.5);
        if (!(low[a] <= high[a])) return false;
    }
    return true;
}

/* The voxels that taps may name, beyond the border too. */
static bool tapped(const rml_frame *from, const rml_frame *to, const int32_t n[3], const int32_t size[3],
                   rml_tap_reach reach, rml_box *box)
{
    double low[3], high[3];

    *box = (rml_box){0};
    if (!span(from, to, n, size, low, high)) return false;
    for (int a = 0; a < 3; ++a) {
        box->first[a] = (int32_t)floor(low[a]) - reach.below;
        box->size[a] = (int32_t)floor(high[a]) + reach.above - box->first[a] + 1;
    }
    return true;
}

/* The part of a box inside the image, and two voxels more, which mirroring about the border may name. */
static rml_box inside(const rml_box *box, const int32_t size[3])
{
    rml_box in;

    for (int a = 0; a < 3; ++a) {
        const int32_t end = box->first[a] + box->size[a] + 2;

        in.first[a] = box->first[a] > 2 ? box->first[a] - 2 : 0;
        in.size[a] = (end < size[a] ? end : size[a]) - in.first[a];
    }
    return in;
}

rml_status rml_resample_read(const rml_grid *image, const rml_grid *target, rml_interpolator kind, rml_box *reach)
{
    rml_frame image_frame, target_frame;
    rml_box box, part;

    *reach = (rml_box){0};
    if (!rml_frame_of(image, &image_frame) || !rml_frame_of(target, &target_frame)) return RML_EGEOMETRY;
    if (!tapped(&target_frame, &image_frame, target->size, image->size, rml_resample_reach(kind), &box)) return RML_OK;
    part = inside(&box, image->size);
    *reach = kind == RML_INTERPOLATE_BSPLINE ? rml_spline_reach(image->size, &part) : part;
    return RML_OK;
}

double rml_resample_scratch(const rml_grid *image, const rml_grid *target, rml_interpolator kind)
{
    const rml_tap_reach reach = rml_resample_reach(kind);
    rml_frame image_frame, target_frame;
    double field = 1.0, spline = 0.0, planes;
    rml_box box, part;

    if (!rml_frame_of(image, &image_frame) || !rml_frame_of(target, &target_frame)) return 0.0;
    if (!tapped(&target_frame, &image_frame, target->size, image->size, reach, &box)) return 0.0;
    for (int a = 0; a < 3; ++a) field *= box.size[a];
    planes = (double)target->size[0] * target->size[1] * box.size[2] + (double)target->size[0] * box.size[1];
    if (kind == RML_INTERPOLATE_BSPLINE) { /* with whole lines, which it may have to take */
        part = inside(&box, image->size);
        spline = (double)part.size[0] * part.size[1] * (image->size[2] + 2.0) + (double)part.size[0] * image->size[1] +
                 (double)image->size[0] * (image->size[1] + 17.0);
    }
    return 8.0 * (field + (spline > planes ? spline : planes));
}

/* 2. One point */

static double tap_linear(const double *x, const int64_t step[3], const double weight[3][RML_MOST_TAPS])
{
    double plane[2];

    for (int z = 0; z < 2; ++z) {
        double row[2];

        for (int y = 0; y < 2; ++y) {
            const double *at = x + z * step[2] + y * step[1];

            row[y] = at[0] + (at[1] - at[0]) * weight[0][1];
        }
        plane[z] = row[0] + (row[1] - row[0]) * weight[1][1];
    }
    return plane[0] + (plane[1] - plane[0]) * weight[2][1];
}

/* Spline and Gaussian multiply the weights first, the windowed sinc the voxel by each; the Gaussian divides. */
static double tap_all(const job *j, const double *x, const int64_t step[3], const double weight[3][RML_MOST_TAPS])
{
    const int n = j->reach.n;
    const bool sinc = j->kind >= RML_INTERPOLATE_HAMMING && j->kind <= RML_INTERPOLATE_BLACKMAN;
    double sum = 0.0, weights = 0.0;

    for (int z = 0; z < n; ++z)
        for (int y = 0; y < n; ++y) {
            const double *at = x + z * step[2] + y * step[1];

            for (int k = 0; k < n; ++k) {
                const double w = weight[0][k] * weight[1][y] * weight[2][z];

                weights += w;
                sum += sinc ? at[k] * weight[0][k] * weight[1][y] * weight[2][z] : w * at[k];
            }
        }
    return j->kind == RML_INTERPOLATE_GAUSSIAN ? sum / weights : sum;
}

/* The value with most weight; of equal ones the one that had it first. */
static double tap_label(const double *x, const int64_t step[3], const double weight[3][RML_MOST_TAPS], int n)
{
    enum { SLOTS = 256 }; /* open addressing; 64 taps at most */
    double label[SLOTS], total[SLOTS], best = 0.0, most = 0.0;
    bool used[SLOTS] = {0};

    for (int z = 0; z < n; ++z)
        for (int y = 0; y < n; ++y)
            for (int k = 0; k < n; ++k) {
                const double w = weight[0][k] * weight[1][y] * weight[2][z];
                const double v = x[z * step[2] + y * step[1] + k] + 0.0; /* no -0 */
                uint64_t bits;
                int slot;

                memcpy(&bits, &v, sizeof bits);
                slot = (int)((bits * 0x9e3779b97f4a7c15U) >> 56);
                while (used[slot] && !(label[slot] == v)) slot = (slot + 1) % SLOTS;
                total[slot] = used[slot] ? total[slot] + w : w;
                label[slot] = v;
                used[slot] = true;
                if (!(total[slot] > most)) continue;
                most = total[slot];
                best = v;
            }
    return best;
}

static double value_at(const job *j, const double index[3])
{
    const int64_t step[3] = {1, j->field.size[0], (int64_t)j->field.size[0] * j->field.size[1]};
    const double *x = j->field.voxels;
    double weight[3][RML_MOST_TAPS];

    for (int a = 0; a < 3; ++a) {
        int32_t first;

        if (!(index[a] >= -0.5 && index[a] < j->size[a] - 0.5)) return 0.0;
        rml_resample_taps(j->kind, index[a], j->size[a], j->spacing[a], &first, weight[a]);
        x += (first - j->first[a]) * step[a];
    }
    switch (j->kind) {
    case RML_INTERPOLATE_NEAREST: return x[0];
    case RML_INTERPOLATE_LINEAR: return tap_linear(x, step, weight);
    case RML_INTERPOLATE_LABEL_GAUSSIAN: return tap_label(x, step, weight, j->reach.n);
    default: return tap_all(j, x, step, weight);
    }
}

/* A row of the target in the image: as in ITK its first index and the one past its end are mapped, and those between
 * lie on the line. */
typedef struct line {
    double start[3], end[3];
} line;

static line line_of(const job *j, int32_t y, int32_t z)
{
    line row;

    rml_frame_map(&j->target, &j->image, (double[3]){0.0, y, z}, row.start);
    rml_frame_map(&j->target, &j->image, (double[3]){j->n[0], y, z}, row.end);
    return row;
}

static double value_on(const job *j, const line *row, int32_t x)
{
    const double part = (double)x / (double)j->n[0];
    double index[3];

    for (int a = 0; a < 3; ++a) index[a] = row->start[a] + part * (row->end[a] - row->start[a]);
    return value_at(j, index);
}

static double typed(const job *j, double value)
{
    if (j->type == RML_FLOAT64) return value;
    if (value < j->lowest_out) return j->lowest_out;
    if (value > j->highest_out) return j->highest_out;
    return j->type == RML_FLOAT32 ? (double)(float)value : trunc(value) + 0.0; /* no -0 */
}

static void point_by_point(const job *j, double *out)
{
    for (int32_t z = 0; z < j->n[2]; ++z)
        for (int32_t y = 0; y < j->n[1]; ++y) {
            const line row = line_of(j, y, z);

            for (int32_t x = 0; x < j->n[0]; ++x) *out++ = typed(j, value_on(j, &row, x));
        }
}

/* 3. Axis by axis */

typedef struct axis {
    int32_t *first;  /* [n] of the taps, in the field */
    double *weight;  /* [taps][n] */
    uint8_t *inside; /* [n] */
    uint8_t *doubt;  /* [n] rounding decides: left to ITK's order */
} axis;

static void axis_free(axis *a)
{
    free(a->first);
    free(a->weight);
    free(a->inside);
    free(a->doubt);
}

static rml_status axis_init(const job *j, int a, axis *out)
{
    const int32_t n = j->n[a];
    const line row = line_of(j, 0, 0);

    out->first = malloc((size_t)n * sizeof *out->first);
    out->weight = calloc((size_t)n * (size_t)j->reach.n, sizeof *out->weight);
    out->inside = malloc((size_t)n);
    out->doubt = malloc((size_t)n);
    if (!out->first || !out->weight || !out->inside || !out->doubt) return RML_ENOMEM;
    for (int32_t i = 0; i < n; ++i) {
        double at[3] = {0}, mapped[3], weight[RML_MOST_TAPS] = {0}, index, sum = 0.0;
        int32_t first = j->first[a];

        at[a] = i;
        rml_frame_map(&j->target, &j->image, at, mapped);
        index = a ? mapped[a] : row.start[0] + (double)i / (double)n * (row.end[0] - row.start[0]);
        out->inside[i] = index >= -0.5 && index < j->size[a] - 0.5;
        out->doubt[i] = fabs(index + 0.5) < settled_beyond || fabs(index - (j->size[a] - 0.5)) < settled_beyond;
        if (out->inside[i] && rml_resample_taps(j->kind, index, j->size[a], j->spacing[a], &first, weight))
            out->doubt[i] = 1;
        out->first[i] = first - j->first[a];
        for (int k = 0; k < j->reach.n; ++k) sum += weight[k];
        for (int k = 0; k < j->reach.n; ++k)
            out->weight[(int64_t)k * n + i] =
                j->kind == RML_INTERPOLATE_GAUSSIAN && sum > 0.0 ? weight[k] / sum : weight[k];
    }
    return RML_OK;
}

RML_HOT static void along_x(const double *restrict row, const int32_t *restrict first, const double *restrict weight,
                            int32_t n, int n_taps, bool linear, double *restrict out)
{
    if (linear) {
        for (int32_t i = 0; i < n; ++i) {
            const double a = row[first[i]];

            out[i] = a + (row[first[i] + 1] - a) * weight[n + i];
        }
        return;
    }
    for (int32_t i = 0; i < n; ++i) out[i] = row[first[i]] * weight[i];
    for (int k = 1; k < n_taps; ++k)
        for (int32_t i = 0; i < n; ++i) out[i] += row[first[i] + k] * weight[(int64_t)k * n + i];
}

/* A row made of rows that lie stride apart: along y or z. */
RML_HOT static void across(const double *restrict rows, int64_t stride, const double *weight, int64_t step, int n_taps,
                           bool linear, int64_t n, double *restrict out)
{
    if (linear) {
        const double part = weight[step];

        for (int64_t i = 0; i < n; ++i) out[i] = rows[i] + (rows[stride + i] - rows[i]) * part;
        return;
    }
    for (int64_t i = 0; i < n; ++i) out[i] = rows[i] * weight[0];
    for (int k = 1; k < n_taps; ++k) {
        const double w = weight[k * step];

        for (int64_t i = 0; i < n; ++i) out[i] += rows[k * stride + i] * w;
    }
}

/* Whether another order of sums could give another number in the image's type. */
static bool unsettled(const job *j, double value)
{
    switch (j->type) {
    case RML_FLOAT64: return false;
    case RML_FLOAT32: return (float)(value - 1e-12 * j->largest) != (float)(value + 1e-12 * j->largest);
    default: return fabs(value - rint(value)) < 1e-9 + 1e-10 * j->largest;
    }
}

/* The sums of a row of the target become its voxels. */
static void finish(const job *j, const axis axes[3], int32_t y, int32_t z, double *out)
{
    const bool outside = !axes[1].inside[y] || !axes[2].inside[z], doubt = axes[1].doubt[y] || axes[2].doubt[z];
    bool mapped = false;
    line row;

    for (int32_t x = 0; x < j->n[0]; ++x) {
        const bool again = doubt || axes[0].doubt[x];

        if (!again && (outside || !axes[0].inside[x])) {
            out[x] = 0.0;
            continue;
        }
        if (again || unsettled(j, out[x])) {
            if (!mapped) row = line_of(j, y, z);
            mapped = true;
            out[x] = value_on(j, &row, x);
        }
        out[x] = typed(j, out[x]);
    }
}

static rml_status axis_by_axis(const job *j, double *out)
{
    const int64_t fx = j->field.size[0], fy = j->field.size[1], fz = j->field.size[2];
    const int64_t nx = j->n[0], ny = j->n[1], nz = j->n[2];
    const bool linear = j->kind == RML_INTERPOLATE_LINEAR;
    double *rows = calloc((size_t)(nx * fy), sizeof *rows), *planes = calloc((size_t)(nx * ny * fz), sizeof *planes);
    axis axes[3] = {0};
    rml_status status = RML_ENOMEM;

    if (!rows || !planes) goto done;
    for (int a = 0; a < 3; ++a)
        if (axis_init(j, a, &axes[a]) != RML_OK) goto done;
    for (int64_t z = 0; z < fz; ++z) {
        for (int64_t y = 0; y < fy; ++y)
            along_x(j->field.voxels + (z * fy + y) * fx, axes[0].first, axes[0].weight, (int32_t)nx, j->reach.n, linear,
                    rows + y * nx);
        for (int64_t y = 0; y < ny; ++y)
            across(rows + axes[1].first[y] * nx, nx, axes[1].weight + y, ny, j->reach.n, linear, nx,
                   planes + (z * ny + y) * nx);
    }
    for (int64_t z = 0; z < nz; ++z) {
        across(planes + axes[2].first[z] * nx * ny, nx * ny, axes[2].weight + z, nz, j->reach.n, linear, nx * ny, out);
        for (int64_t y = 0; y < ny; ++y, out += nx) finish(j, axes, (int32_t)y, (int32_t)z, out);
    }
    status = RML_OK;
done:
    for (int a = 0; a < 3; ++a) axis_free(&axes[a]);
    free(planes);
    free(rows);
    return status;
}

/* 4. A grid */

static bool parallel(const job *j)
{
    for (int r = 0; r < 3; ++r)
        for (int c = 0; c < 3; ++c) {
            double moved = 0.0;

            if (r == c) continue;
            for (int k = 0; k < 3; ++k) moved += j->image.to_index[r][k] * j->target.to_world[k][c];
            if (!(fabs(moved) * j->n[c] <= parallel_within)) return false;
        }
    return true;
}

static void set_type(job *j, rml_scalar type)
{
    const double bits = (double)(8 * rml_scalar_bytes(type));

    j->type = type;
    switch (type) {
    case RML_INT8:
    case RML_INT16:
    case RML_INT32:
    case RML_INT64:
        j->lowest_out = -exp2(bits - 1.0);
        j->highest_out = exp2(bits - 1.0) - 1.0;
        break;
    case RML_FLOAT32:
        j->lowest_out = -FLT_MAX;
        j->highest_out = FLT_MAX;
        break;
    default:
        j->lowest_out = 0.0;
        j->highest_out = exp2(bits) - 1.0;
        break;
    }
}

static rml_status fill_field(const rml_resample_image *image, const rml_box *box, job *j)
{
    rml_patch part = {0};
    rml_status status;
    int64_t n = 1;

    for (int a = 0; a < 3; ++a) {
        n *= box->size[a];
        j->first[a] = box->first[a];
    }
    if (j->kind == RML_INTERPOLATE_BSPLINE) {
        const rml_box in = inside(box, j->size);
        const rml_patch_source coefficients = {.patch = &part};
        rml_box moved = *box;

        status = rml_spline_coefficients(&image->source, j->size, image->normalise, &in, &part);
        if (status != RML_OK) return status;
        for (int a = 0; a < 3; ++a) moved.first[a] -= in.first[a];
        status = rml_patch_cut(&coefficients, &moved, RML_BORDER_WHOLE, &j->field);
        rml_patch_free(&part);
    } else {
        status = rml_patch_cut(&image->source, box, RML_BORDER_NEAREST, &j->field);
        if (status == RML_OK && image->normalise) rml_normalise_apply(image->normalise, j->field.voxels, n);
    }
    if (status != RML_OK) return status;
    for (int64_t i = 0; i < n; ++i) j->largest = fmax(j->largest, fabs(j->field.voxels[i]));
    return RML_OK;
}

rml_status rml_resample_values(const rml_resample_image *image, const rml_grid *target, rml_interpolator kind,
                               rml_patch *out)
{
    const rml_grid *grid = image->grid ? image->grid : &image->source.volume->grid;
    const size_t n = (size_t)target->size[0] * (size_t)target->size[1] * (size_t)target->size[2];
    job j = {.kind = kind, .size = grid->size, .spacing = grid->spacing, .n = target->size};
    rml_status status = RML_OK;
    rml_box box;

    *out = (rml_patch){0};
    if (!rml_interpolator_known((int)kind)) return RML_EINVAL;
    if (!rml_frame_of(grid, &j.image) || !rml_frame_of(target, &j.target)) return RML_EGEOMETRY;
    j.reach = rml_resample_reach(kind);
    set_type(&j, image->normalise       ? RML_FLOAT64
                 : image->source.volume ? rml_volume_type(image->source.volume)
                                        : image->source.patch->type);
    for (int a = 0; a < 3; ++a) {
        out->size[a] = target->size[a];
        out->spacing[a] = target->spacing[a];
    }
    out->type = j.type;
    out->voxels = calloc(n, sizeof *out->voxels);
    if (!out->voxels) return RML_ENOMEM;
    if (tapped(&j.target, &j.image, target->size, grid->size, j.reach, &box)) {
        status = fill_field(image, &box, &j);
        if (status == RML_OK) {
            if (kind != RML_INTERPOLATE_NEAREST && kind != RML_INTERPOLATE_LABEL_GAUSSIAN && parallel(&j))
                status = axis_by_axis(&j, out->voxels);
            else
                point_by_point(&j, out->voxels);
        }
    }
    rml_patch_free(&j.field);
    if (status != RML_OK) rml_patch_free(out);
    return status;
}
