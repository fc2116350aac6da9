#include "kernels/image/patch.h"

#include <stdlib.h>
#include <string.h>

void rml_patch_free(rml_patch *patch)
{
    if (!patch) return;
    free(patch->voxels);
    *patch = (rml_patch){0};
}

static int64_t modulo(int64_t i, int64_t n)
{
    const int64_t rest = i % n;

    return rest < 0 ? rest + n : rest;
}

int32_t rml_border_place(rml_border border, int64_t i, int32_t n)
{
    int64_t at;

    if (i >= 0 && i < n) return (int32_t)i;
    switch (border) {
    case RML_BORDER_ZERO: return -1;
    case RML_BORDER_NEAREST: return i < 0 ? 0 : n - 1;
    case RML_BORDER_PERIODIC: return (int32_t)modulo(i, n);
    case RML_BORDER_MIRROR: at = modulo(i, 2 * (int64_t)n); return (int32_t)(at < n ? at : 2 * (int64_t)n - 1 - at);
    case RML_BORDER_WHOLE:
        if (n == 1) return 0;
        at = modulo(i, 2 * (int64_t)n - 2);
        return (int32_t)(at < n ? at : 2 * (int64_t)n - 2 - at);
    }
    return -1;
}

static const int32_t *size_of(const rml_patch_source *source)
{
    return source->volume ? source->volume->grid.size : source->patch->size;
}

/* Where each index of the box lies in the source, axis after axis. */
static void fill_places(const rml_patch_source *source, const rml_box *box, rml_border border, int32_t *place)
{
    for (int axis = 0; axis < 3; ++axis) {
        const int32_t n = size_of(source)[axis];
        const bool odd = source->even && border == RML_BORDER_PERIODIC && n % 2 == 1;

        for (int32_t i = 0; i < box->size[axis]; ++i) {
            const int32_t at = rml_border_place(border, (int64_t)box->first[axis] + i, n + odd);

            *place++ = at == n ? 0 : at;
        }
    }
}

/* One row of the source along x, from the places that are asked for. row: scratch, [source's size along x] */
static void fill_row(const rml_patch_source *source, const int32_t *x, int32_t n, int32_t y, int32_t z, double *row,
                     double *out)
{
    const int32_t nx = size_of(source)[0];
    int32_t first = nx, last = -1;
    const double *from;

    /* from one index to the next a place rises by at most 1, so this tells that each does: the box ends within */
    if (source->volume && x[0] >= 0 && x[n - 1] - x[0] == n - 1 && y >= 0 && z >= 0) {
        rml_volume_row(source->volume, x[0], n, y, z, out);
        return;
    }
    for (int32_t i = 0; i < n; ++i) {
        if (x[i] < 0) continue;
        if (x[i] < first) first = x[i];
        if (x[i] > last) last = x[i];
    }
    if (y < 0 || z < 0 || last < 0) {
        memset(out, 0, (size_t)n * sizeof *out);
        return;
    }
    if (source->volume) {
        rml_volume_row(source->volume, first, last - first + 1, y, z, row);
        from = row - first;
    } else {
        from = source->patch->voxels + ((int64_t)z * source->patch->size[1] + y) * nx;
    }
    for (int32_t i = 0; i < n; ++i) out[i] = x[i] < 0 ? 0.0 : from[x[i]];
}

/* singles: NULL: the patch is of doubles. */
static rml_status cut(const rml_patch_source *source, const rml_box *box, rml_border border, float *singles,
                      rml_patch *out)
{
    const int64_t nx = box->size[0], ny = box->size[1], nz = box->size[2], n_source = size_of(source)[0];
    int32_t *place;
    double *row;

    *out = (rml_patch){0};
    if (nx < 1 || ny < 1 || nz < 1) return RML_EINVAL;
    place = malloc((size_t)(nx + ny + nz) * sizeof *place);
    row = malloc((size_t)(n_source + nx) * sizeof *row); /* one of the source's, and one of the patch's */
    out->singles = singles;
    if (!singles) out->voxels = malloc((size_t)nx * (size_t)ny * (size_t)nz * sizeof *out->voxels);
    if (!place || !row || !(out->voxels || singles)) {
        free(place);
        free(row);
        rml_patch_free(out);
        return RML_ENOMEM;
    }
    for (int axis = 0; axis < 3; ++axis) {
        out->size[axis] = box->size[axis];
        out->spacing[axis] = source->volume ? source->volume->grid.spacing[axis] : source->patch->spacing[axis];
    }
    out->type = source->volume ? rml_volume_type(source->volume) : source->patch->type;
    fill_places(source, box, border, place);
    for (int64_t line = 0; line < ny * nz; ++line) {
        double *to = singles ? row + n_source : out->voxels + line * nx;

        fill_row(source, place, box->size[0], place[nx + line % ny], place[nx + ny + line / ny], row, to);
        for (int64_t x = 0; singles && x < nx; ++x) singles[line * nx + x] = (float)to[x];
    }
    free(place);
    free(row);
    return RML_OK;
}

rml_status rml_patch_cut(const rml_patch_source *source, const rml_box *box, rml_border border, rml_patch *out)
{
    return cut(source, box, border, NULL, out);
}

bool rml_patch_single(const rml_patch_source *source)
{
    const rml_scalar type = source->volume ? rml_volume_type(source->volume) : source->patch->type;

    return type == RML_FLOAT32 || rml_scalar_bytes(type) <= 2;
}

rml_status rml_patch_cut_single(const rml_patch_source *source, const rml_box *box, rml_border border, float *singles,
                                rml_patch *out)
{
    return cut(source, box, border, singles, out);
}
