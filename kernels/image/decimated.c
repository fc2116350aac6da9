/* A coefficient of any level is a weighted sum of the image's voxels, and the weights are a product of one factor an
 * axis, whatever the border's rule does at the levels between. So the levels are done on weights, for each wanted index
 * of an axis alone, and the image is passed over once an axis:
 *
 * 1. the levels along an axis
 * 2. the weights of an axis' coefficients
 * 3. passes over the image
 * 4. all of it */
#include "kernels/image/decimated.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMN = 512, MOST_VOXELS = 1 << 30 };

/* --- 1. the levels along an axis ---------------------------------------------------------------------------------- */

typedef struct levels {
    const rml_wavelet *wavelet;
    rml_border border;
    bool high;                              /* the band's filter at the last level */
    int32_t n_levels;                       /* 0: the axis is left as it is */
    int32_t n[RML_DECIMATED_MAX_LEVEL + 1]; /* coefficients of each level; n[0]: voxels */
} levels;

static rml_status check(const rml_decimated *transform, const int32_t size[3])
{
    const size_t n_axes = strlen(transform->bands);

    if ((n_axes != 2 && n_axes != 3) || strspn(transform->bands, "LH") != n_axes || transform->level < 1 ||
        transform->level > RML_DECIMATED_MAX_LEVEL)
        return RML_ESETTING;
    for (int axis = 0; axis < 3; ++axis)
        if (size[axis] < 1 || size[axis] > MOST_VOXELS) return RML_EINVAL;
    return RML_OK;
}

static levels levels_of(const rml_decimated *transform, int axis, int32_t n)
{
    levels l = {.wavelet = transform->wavelet, .border = transform->border, .n = {n}};

    if (axis == 2 && strlen(transform->bands) == 2) return l;
    l.high = transform->bands[axis] == 'H';
    l.n_levels = transform->level;
    for (int32_t level = 1; level <= l.n_levels; ++level)
        l.n[level] = (l.n[level - 1] + (l.border == RML_BORDER_PERIODIC ? 1 : l.wavelet->n - 1)) / 2;
    return l;
}

/* What the first tap of coefficient k meets at the level below; tap j meets what lies j before it. */
static int64_t newest(const levels *l, int64_t k)
{
    return 2 * k + (l->border == RML_BORDER_PERIODIC ? l->wavelet->n / 2 : 1);
}

/* Where index i of a level is found; -1: nowhere, it is zero. */
static int32_t place(const levels *l, int32_t level, int64_t i)
{
    const int32_t n = l->n[level];
    const bool odd = l->border == RML_BORDER_PERIODIC && n % 2 == 1;
    const int32_t at = rml_border_place(l->border, i, n + odd);

    return at == n ? n - 1 : at;
}

/* The voxels that coefficients low .. high are made from, some perhaps not. */
static void reach(const levels *l, int32_t *low, int32_t *high)
{
    for (int32_t level = l->n_levels; level > 0; --level) {
        const int64_t from = newest(l, *low) - (l->wavelet->n - 1), to = newest(l, *high);
        int32_t least = l->n[level - 1] - 1, most = 0;

        for (int64_t i = from; i <= to; ++i) {
            const int32_t at = place(l, level - 1, i);

            if (at < 0) continue;
            if (at < least) least = at;
            if (at > most) most = at;
        }
        *low = least;
        *high = most;
    }
}

/* --- 2. the weights of an axis' coefficients ---------------------------------------------------------------------- */

/* Of coefficient r: weight[start[r] .. start[r + 1] - 1] for the voxels at[…] of the patch. */
typedef struct rows {
    int64_t *start;
    int32_t *at;
    double *weight;
} rows;

static void rows_free(rows *r)
{
    free(r->start);
    free(r->at);
    free(r->weight);
}

/* Voxels that a coefficient can have a weight of, at most. */
static int64_t most_weights(const levels *l)
{
    const int64_t n = l->n_levels > 0 ? (l->wavelet->n - 1) * ((INT64_C(1) << l->n_levels) - 1) + 1 : 1;

    return n < l->n[0] ? n : l->n[0];
}

/* from: weights of a level's indices low .. high, 0 elsewhere, which it is left as everywhere; to: those of the level
 * below, 0 before */
static void expand(const levels *l, int32_t level, double *from, int32_t *low, int32_t *high, double *to)
{
    const double *h = l->high && level == l->n_levels ? l->wavelet->hi : l->wavelet->lo;
    int32_t least = l->n[level - 1] - 1, most = 0;

    for (int32_t k = *low; k <= *high; ++k) {
        const int64_t first = newest(l, k);

        for (int32_t j = 0; j < l->wavelet->n && from[k] != 0.0; ++j) {
            const int32_t at = place(l, level - 1, first - j);

            if (at < 0) continue;
            to[at] += from[k] * h[j];
            if (at < least) least = at;
            if (at > most) most = at;
        }
        from[k] = 0.0;
    }
    *low = least;
    *high = most;
}

/* origin: the patch's first voxel along the axis */
static rml_status rows_init(const levels *l, int32_t first, int32_t count, int32_t origin, rows *r)
{
    const size_t n_scratch =
        (size_t)(l->n[0] > l->n[l->n_levels] ? l->n[0] : l->n[l->n_levels]) + (size_t)RML_WAVELET_MAX_TAPS;
    const size_t n_most = (size_t)count * (size_t)most_weights(l);
    double *a = calloc(n_scratch, sizeof *a), *b = calloc(n_scratch, sizeof *b);
    int64_t n = 0;

    r->start = malloc(((size_t)count + 1) * sizeof *r->start);
    r->at = malloc(n_most * sizeof *r->at);
    r->weight = malloc(n_most * sizeof *r->weight);
    if (!a || !b || !r->start || !r->at || !r->weight) {
        free(a);
        free(b);
        return RML_ENOMEM;
    }
    for (int32_t k = 0; k < count; ++k) {
        int32_t low = first + k, high = low;

        r->start[k] = n;
        a[low] = 1.0;
        for (int32_t level = l->n_levels; level > 0; --level) {
            double *below = b;

            expand(l, level, a, &low, &high, b);
            b = a;
            a = below;
        }
        for (int32_t i = low; i <= high; ++i) {
            if (a[i] == 0.0) continue;
            r->at[n] = i - origin;
            r->weight[n++] = a[i];
            a[i] = 0.0;
        }
    }
    r->start[count] = n;
    free(a);
    free(b);
    return RML_OK;
}

/* --- 3. passes over the image ------------------------------------------------------------------------------------- */

/* out[i] = sum over a row's weights of in[at * stride + i], i < count */
static RML_HOT void along_run(const double *in, int64_t stride, const int32_t *at, const double *weight, int64_t n,
                              int64_t count, double *out)
{
    memset(out, 0, (size_t)count * sizeof *out);
    for (int64_t w = 0; w < n; ++w) {
        const double *from = in + at[w] * stride;

        for (int64_t i = 0; i < count; ++i) out[i] += weight[w] * from[i];
    }
}

/* in: slices of n voxels each, one a voxel of the axis; out: one a coefficient */
static void along_slices(const double *in, const rows *r, int64_t n, int32_t count, double *out)
{
    for (int64_t v = 0; v < n; v += COLUMN)
        for (int32_t k = 0; k < count; ++k)
            along_run(in + v, n, r->at + r->start[k], r->weight + r->start[k], r->start[k + 1] - r->start[k],
                      n - v < COLUMN ? n - v : COLUMN, out + k * n + v);
}

static void along_x(const double *in, int64_t nx, const rows *r, int64_t n_rows, int32_t count, double *out)
{
    for (int64_t row = 0; row < n_rows; ++row, in += nx)
        for (int32_t k = 0; k < count; ++k) {
            double sum = 0.0;

            for (int64_t w = r->start[k]; w < r->start[k + 1]; ++w) sum += r->weight[w] * in[r->at[w]];
            *out++ = sum;
        }
}

/* --- 4. all of it ------------------------------------------------------------------------------------------------- */

rml_status rml_decimated_grid_init(const rml_decimated *transform, const int32_t size[3], rml_decimated_grid *grid)
{
    const rml_status status = check(transform, size);

    *grid = (rml_decimated_grid){.step = {1, 1, 1}};
    if (status != RML_OK) return status;
    for (int axis = 0; axis < 3; ++axis) {
        const levels l = levels_of(transform, axis, size[axis]);
        const int32_t step = 1 << l.n_levels;

        grid->size[axis] = l.n[l.n_levels];
        grid->step[axis] = step;
        if (l.border != RML_BORDER_PERIODIC) grid->first[axis] = (1 - l.wavelet->n / 2) * (step - 1);
    }
    return RML_OK;
}

static int64_t floor_of(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

rml_box rml_decimated_box(const rml_decimated_grid *grid, const rml_box *voxels)
{
    rml_box box;

    for (int axis = 0; axis < 3; ++axis) {
        const int64_t from = (int64_t)voxels->first[axis] - grid->first[axis];
        const int64_t low = floor_of(from + grid->step[axis] - 1, grid->step[axis]);
        const int64_t high = floor_of(from + voxels->size[axis] - 1, grid->step[axis]);

        box.first[axis] = (int32_t)low;
        box.size[axis] = high < low ? 0 : (int32_t)(high - low + 1);
    }
    return box;
}

rml_grid rml_decimated_world(const rml_decimated_grid *grid, const rml_grid *image, const rml_box *box)
{
    rml_grid world = *image;

    for (int axis = 0; axis < 3; ++axis) {
        const double at = (double)grid->first[axis] + (double)box->first[axis] * grid->step[axis];

        world.size[axis] = box->size[axis];
        world.spacing[axis] = image->spacing[axis] * grid->step[axis];
        for (int row = 0; row < 3; ++row) world.origin[row] += image->direction[row][axis] * image->spacing[axis] * at;
    }
    return world;
}

int64_t rml_decimated_mask(const rml_decimated_grid *grid, const rml_box *mask_box, const uint8_t *mask,
                           const rml_box *box, uint8_t *out)
{
    int64_t n = 0;
    int32_t at[3];

    for (int32_t z = 0; z < box->size[2]; ++z) {
        at[2] = grid->first[2] + (box->first[2] + z) * grid->step[2] - mask_box->first[2];
        for (int32_t y = 0; y < box->size[1]; ++y) {
            at[1] = grid->first[1] + (box->first[1] + y) * grid->step[1] - mask_box->first[1];
            for (int32_t x = 0; x < box->size[0]; ++x) {
                bool inside = true;

                at[0] = grid->first[0] + (box->first[0] + x) * grid->step[0] - mask_box->first[0];
                for (int axis = 0; axis < 3; ++axis) inside &= at[axis] >= 0 && at[axis] < mask_box->size[axis];
                *out = 0;
                if (inside) *out = mask[((int64_t)at[2] * mask_box->size[1] + at[1]) * mask_box->size[0] + at[0]];
                n += *out++ != 0;
            }
        }
    }
    return n;
}

rml_box rml_decimated_reach(const rml_decimated *transform, const int32_t size[3], const rml_box *box)
{
    rml_box voxels;

    for (int axis = 0; axis < 3; ++axis) {
        const levels l = levels_of(transform, axis, size[axis]);
        int32_t low = box->first[axis], high = box->first[axis] + box->size[axis] - 1;

        reach(&l, &low, &high);
        voxels.first[axis] = low;
        voxels.size[axis] = high - low + 1;
    }
    return voxels;
}

double rml_decimated_bytes(const rml_decimated *transform, const int32_t size[3], const int32_t box_size[3])
{
    double n_in[3], n_out[3], bytes = 0.0;

    for (int axis = 0; axis < 3; ++axis) {
        const levels l = levels_of(transform, axis, size[axis]);
        const double taps = (double)most_weights(&l);

        n_in[axis] = fmin(box_size[axis] + taps, size[axis]);
        if (l.n_levels > 0 && l.border == RML_BORDER_PERIODIC) n_in[axis] = size[axis];
        n_out[axis] = ldexp(box_size[axis], -l.n_levels) + 1.0;
        bytes += n_out[axis] * taps * (sizeof(double) + sizeof(int32_t)) + 2.0 * size[axis] * sizeof(double);
    }
    return bytes + sizeof(double) * (n_in[0] * n_in[1] * (n_in[2] + n_out[2]) + n_in[0] * n_out[1] * n_out[2]);
}

rml_status rml_decimated_apply(const rml_decimated *transform, const int32_t size[3], const rml_box *box,
                               const rml_patch *patch, double *out)
{
    double *along_z = NULL, *along_y = NULL;
    rml_decimated_grid grid;
    rows axes[3] = {{0}};
    rml_box reached;
    int64_t n_z, n_y;
    rml_status status = rml_decimated_grid_init(transform, size, &grid);

    if (status != RML_OK) return status;
    for (int axis = 0; axis < 3; ++axis)
        if (box->size[axis] < 1 || box->first[axis] < 0 || box->first[axis] > grid.size[axis] - box->size[axis])
            return RML_EINVAL;
    reached = rml_decimated_reach(transform, size, box);
    if (memcmp(reached.size, patch->size, sizeof reached.size) != 0) return RML_EINVAL;
    n_z = (int64_t)reached.size[0] * reached.size[1] * box->size[2];
    n_y = (int64_t)reached.size[0] * box->size[1] * box->size[2];
    for (int axis = 0; axis < 3 && status == RML_OK; ++axis) {
        const levels l = levels_of(transform, axis, size[axis]);

        status = rows_init(&l, box->first[axis], box->size[axis], reached.first[axis], &axes[axis]);
    }
    if (status == RML_OK) {
        along_z = malloc((size_t)n_z * sizeof *along_z);
        along_y = malloc((size_t)n_y * sizeof *along_y);
        if (!along_z || !along_y) status = RML_ENOMEM;
    }
    if (status == RML_OK) {
        const int64_t nx = reached.size[0], plane = nx * reached.size[1];

        along_slices(patch->voxels, &axes[2], plane, box->size[2], along_z);
        for (int64_t z = 0; z < box->size[2]; ++z)
            along_slices(along_z + z * plane, &axes[1], nx, box->size[1], along_y + z * nx * box->size[1]);
        along_x(along_y, nx, &axes[0], (int64_t)box->size[1] * box->size[2], box->size[0], out);
    }
    for (int axis = 0; axis < 3; ++axis) rows_free(&axes[axis]);
    free(along_z);
    free(along_y);
    return status;
}
