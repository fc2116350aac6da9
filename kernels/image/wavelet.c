/* Passes are shared: 2 along x, 4 along y, 8 along z. A level goes through its volume in slabs of slices, so that what
 * x and y made is still in the cache when z reads it; the slices that the next slab needs again are kept. */
#include "kernels/image/wavelet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/image/convolve.h"

enum { MIN_SLAB = 8, MAX_BANDS = 8 };

typedef void run(const double *in, int64_t stride, const double *h, int32_t n, int64_t count, double *out);

typedef void run_turned(const double *in, int64_t stride, const double *h, int32_t n, int32_t turn, int64_t count,
                        double *out);

typedef struct filters {
    run *run;
    run_turned *run_turned;
    int32_t period[3];   /* the image's size, made even */
    int32_t n[3];        /* taps; 1 along the axis that is left out */
    int n_bands[3];      /* 2; 1 along the axis that is left out */
    const double *h[2];  /* low, high */
    const double *as_is; /* {1} */
    double single[2][RML_WAVELET_MAX_TAPS];
} filters;

static const double one[1] = {1.0};

int32_t rml_wavelet_outputs(const rml_wavelet_settings *settings)
{
    return (settings->left_out < 0 ? 7 : 3) * settings->level + 1;
}

void rml_wavelet_name(const rml_wavelet_settings *settings, int32_t i, char name[RML_WAVELET_NAME])
{
    const int n_axes = settings->left_out < 0 ? 3 : 2, n_details = (1 << n_axes) - 1;
    const bool approximation = i == rml_wavelet_outputs(settings) - 1;
    const int32_t level = approximation ? settings->level : i / n_details + 1;
    const int band = approximation ? 0 : i % n_details + 1;
    char letters[4] = "";

    for (int a = 0; a < n_axes; ++a) letters[a] = band >> (n_axes - 1 - a) & 1 ? 'H' : 'L';
    if (level == 1)
        snprintf(name, RML_WAVELET_NAME, "wavelet-%s", letters);
    else
        snprintf(name, RML_WAVELET_NAME, "wavelet%d-%s", (int)level, letters);
}

rml_margin rml_wavelet_margin(const rml_wavelet_settings *settings)
{
    const int32_t levels = settings->start_level + settings->level;
    rml_margin margin = {{0}, {0}};

    for (int axis = 0; axis < 3; ++axis) {
        if (axis == settings->left_out) continue;
        margin.before[axis] = levels * (settings->wavelet->n / 2 - 1);
        margin.after[axis] = levels * (settings->wavelet->n / 2);
    }
    return margin;
}

rml_scalar rml_wavelet_type(rml_scalar image)
{
    return image == RML_FLOAT32 ? RML_FLOAT32 : RML_FLOAT64;
}

static void filters_init(filters *f, const rml_wavelet_settings *settings, rml_scalar type, const int32_t size[3])
{
    const rml_wavelet *wavelet = settings->wavelet;

    f->run = type == RML_FLOAT32 ? rml_convolve_run_single : rml_convolve_run;
    f->run_turned = type == RML_FLOAT32 ? rml_convolve_turned_single : rml_convolve_turned;
    f->as_is = one;
    f->h[0] = wavelet->lo;
    f->h[1] = wavelet->hi;
    if (type == RML_FLOAT32) {
        for (int32_t j = 0; j < wavelet->n; ++j) {
            f->single[0][j] = wavelet->lo_single[j];
            f->single[1][j] = wavelet->hi_single[j];
        }
        f->h[0] = f->single[0];
        f->h[1] = f->single[1];
    }
    for (int axis = 0; axis < 3; ++axis) {
        f->period[axis] = size[axis] + size[axis] % 2;
        f->n[axis] = axis == settings->left_out ? 1 : wavelet->n;
        f->n_bands[axis] = axis == settings->left_out ? 1 : 2;
    }
}

static const double *taps_of(const filters *f, int axis, int band)
{
    return f->n_bands[axis] == 1 ? f->as_is : f->h[band];
}

/* The tap that PyWavelets begins with for a place of an axis: the one over the first voxel of those beyond its end;
 * then it goes back to tap 0 and on with the rest. Below 2 that is no other order. */
static int32_t turn_at(const filters *f, int axis, int64_t place)
{
    const int32_t in_period = (int32_t)(((place % f->period[axis]) + f->period[axis]) % f->period[axis]);

    return in_period + f->n[axis] / 2 - f->period[axis];
}

/* Those of a row along x that are summed in another order, again. first: the place of out[0] */
static void turn_row(const filters *f, const double *in, const double *h, int64_t first, int64_t n, double *out)
{
    const int32_t period = f->period[0], wanted = f->n[0] / 2 - 2, n_turned = wanted < period ? wanted : period;
    int64_t end = (period - n_turned - first) % period; /* where such a stretch begins */

    if (n_turned < 1) return;
    for (end -= end > 0 ? period : 0; end < n; end += period)
        for (int64_t x = end < 0 ? 0 : end; x < end + n_turned && x < n; ++x)
            f->run_turned(in + x, 1, h, f->n[0], turn_at(f, 0, first + x), 1, out + x);
}

/* A box within a larger volume. */
typedef struct view {
    const double *voxels;
    int64_t row, slice; /* voxels from a row, a slice, to the next */
} view;

/* Whether any band along z of this band along x and y is wanted. */
static bool is_wanted(const filters *f, double *const *out, int pair)
{
    bool wanted = false;

    for (int bz = 0; bz < f->n_bands[2]; ++bz) wanted |= out[pair * f->n_bands[2] + bz] != NULL;
    return wanted;
}

/* How the scratch of a level lies in memory. Rows, and slices, that a filter reads together do not stand a power of two
 * apart: they would share the few lines of one set of the cache. */
typedef struct layout {
    int64_t row;   /* doubles from a row to the next of what x made of a slice; the row's length where that does */
    int64_t plane; /* … from a slice to the next of what y made of it, where rows are dense */
    int64_t stack; /* … from a pair of bands' slices to the next pair's */
    int32_t slab;  /* slices that come out at a time: as many as are kept from slab to slab, or more */
} layout;

static int64_t odd_lines(int64_t n_doubles)
{
    return ((n_doubles + 7) / 8 | 1) * 8;
}

static layout layout_of(const filters *f, const int32_t size[3])
{
    const int64_t nx = size[0], ny = size[1];
    layout lies = {.row = nx % 64 == 0 ? odd_lines(nx) : nx, .plane = odd_lines(nx * ny), .slab = f->n[2] - 1};

    if (lies.slab < MIN_SLAB) lies.slab = MIN_SLAB;
    lies.stack = lies.plane * (lies.slab + f->n[2] - 1);
    return lies;
}

static int64_t scratch_doubles(const filters *f, const int32_t size[3])
{
    const layout lies = layout_of(f, size);

    return lies.row * (size[1] + f->n[1] - 1) + (int64_t)f->n_bands[0] * f->n_bands[1] * lies.stack;
}

/* One slice along x and y: its bands go to slice s of the planes, one stack of slices a pair of bands.
 * first: the place of what comes out; x_plane: scratch, [ny + taps - 1] rows */
static void slice_bands(const filters *f, const double *in, int64_t in_row, const int64_t first[3],
                        const int32_t size[3], const layout *lies, double *const *out, double *planes, int32_t s,
                        double *x_plane)
{
    const int64_t nx = size[0], ny = size[1];

    for (int bx = 0; bx < f->n_bands[0]; ++bx) {
        bool made = false;

        for (int by = 0; by < f->n_bands[1]; ++by) {
            const int pair = bx * f->n_bands[1] + by;
            const double *h = taps_of(f, 1, by);
            double *to = planes + pair * lies->stack + s * lies->plane;

            if (!is_wanted(f, out, pair)) continue;
            for (int64_t y = 0; y < ny + f->n[1] - 1 && !made; ++y) {
                f->run(in + y * in_row, 1, taps_of(f, 0, bx), f->n[0], nx, x_plane + y * lies->row);
                turn_row(f, in + y * in_row, taps_of(f, 0, bx), first[0], nx, x_plane + y * lies->row);
            }
            made = true;
            if (lies->row == nx)
                f->run(x_plane, nx, h, f->n[1], nx * ny, to);
            else
                for (int64_t y = 0; y < ny; ++y)
                    f->run(x_plane + y * lies->row, lies->row, h, f->n[1], nx, to + y * nx);
            for (int64_t y = 0; y < ny; ++y) {
                const int32_t turn = turn_at(f, 1, first[1] + y);

                if (turn > 1) f->run_turned(x_plane + y * lies->row, lies->row, h, f->n[1], turn, nx, to + y * nx);
            }
        }
    }
}

/* One level. first, size: place and size of what comes out; in is larger by taps - 1 along each filtered axis. out: by
 * band, z's letter fastest; NULL: not wanted. scratch: scratch_doubles(). */
static void level_bands(const filters *f, const view *in, const int64_t first[3], const int32_t size[3],
                        double *const *out, double *scratch)
{
    const int32_t again = f->n[2] - 1;
    const int64_t dense = (int64_t)size[0] * size[1];
    const int n_pairs = f->n_bands[0] * f->n_bands[1];
    const layout lies = layout_of(f, size);
    double *x_plane = scratch, *planes = scratch + lies.row * (size[1] + f->n[1] - 1);

    for (int32_t z = 0; z < size[2]; z += lies.slab) {
        const int32_t n = size[2] - z < lies.slab ? size[2] - z : lies.slab;

        for (int pair = 0; pair < n_pairs && z > 0; ++pair)
            if (is_wanted(f, out, pair))
                memmove(planes + pair * lies.stack, planes + pair * lies.stack + lies.slab * lies.plane,
                        (size_t)(again * lies.plane) * sizeof *planes);
        for (int32_t s = z > 0 ? again : 0; s < n + again; ++s)
            slice_bands(f, in->voxels + (int64_t)(z + s) * in->slice, in->row, first, size, &lies, out, planes, s,
                        x_plane);
        for (int band = 0; band < n_pairs * f->n_bands[2]; ++band)
            for (int32_t s = 0; s < n && out[band]; ++s) {
                const double *from = planes + band / f->n_bands[2] * lies.stack + s * lies.plane;
                const double *h = taps_of(f, 2, band % f->n_bands[2]);
                const int32_t turn = turn_at(f, 2, first[2] + z + s);

                if (turn > 1)
                    f->run_turned(from, lies.plane, h, f->n[2], turn, dense, out[band] + (z + s) * dense);
                else
                    f->run(from, lies.plane, h, f->n[2], dense, out[band] + (z + s) * dense);
            }
    }
}

static int64_t n_voxels(const int32_t size[3])
{
    return (int64_t)size[0] * size[1] * size[2];
}

/* All levels. inside: of the images that come out. scratch: scratch_doubles(); approximation: from two levels on, two
 * volumes, each as large as the first one's. */
static void all_levels(const rml_patch *patch, const rml_wavelet_settings *settings, const filters *f,
                       const rml_box *inside, double *const *out, double *scratch, double *approximation[2])
{
    const int32_t n_levels = settings->start_level + settings->level;
    const int n_details = f->n_bands[0] * f->n_bands[1] * f->n_bands[2] - 1;
    const double *in = patch->voxels;
    int32_t in_size[3];

    memcpy(in_size, patch->size, sizeof in_size);
    for (int32_t level = 0; level < n_levels; ++level) {
        const bool last = level == n_levels - 1;
        const int32_t to_go = n_levels - 1 - level; /* levels that still need their margin */
        const view whole = {in, in_size[0], (int64_t)in_size[0] * in_size[1]};
        view inner = whole;
        const int64_t place[3] = {inside->first[0], inside->first[1], inside->first[2]};
        double *bands[MAX_BANDS] = {NULL};
        int64_t out_place[3];
        int32_t out_size[3];

        if (level >= settings->start_level) {
            const int64_t before =
                (int64_t)to_go * (settings->wavelet->n / 2 - 1); /* the details' place within the level */

            inner.voxels += (settings->left_out == 0 ? 0 : before) +
                            (settings->left_out == 1 ? 0 : before) * inner.row +
                            (settings->left_out == 2 ? 0 : before) * inner.slice;
            for (int d = 0; d < n_details; ++d)
                bands[d + 1] = out[(int64_t)(level - settings->start_level) * n_details + d];
            if (last) bands[0] = out[(int64_t)settings->level * n_details];
            level_bands(f, &inner, place, inside->size, bands, scratch);
        }
        if (last) break;
        for (int axis = 0; axis < 3; ++axis) {
            out_size[axis] = in_size[axis] - (f->n[axis] - 1);
            out_place[axis] = place[axis] - (axis == settings->left_out ? 0 : (int64_t)to_go * (f->n[axis] / 2 - 1));
        }
        memset(bands, 0, sizeof bands);
        bands[0] = approximation[level % 2];
        level_bands(f, &whole, out_place, out_size, bands, scratch);
        in = bands[0];
        memcpy(in_size, out_size, sizeof in_size);
    }
}

rml_status rml_wavelet_apply(const rml_patch *patch, const rml_wavelet_settings *settings, const rml_box *inside,
                             const int32_t size[3], double *const *out)
{
    double *scratch = NULL, *approximation[2] = {NULL, NULL};
    rml_status status = RML_OK;
    rml_margin margin;
    int32_t first[3];
    filters f;

    if (settings->start_level < 0 || settings->level < 1 || settings->start_level > RML_WAVELET_MAX_LEVELS ||
        settings->level > RML_WAVELET_MAX_LEVELS - settings->start_level || settings->left_out > 2)
        return RML_EINVAL;
    margin = rml_wavelet_margin(settings);
    filters_init(&f, settings, patch->type, size);
    for (int axis = 0; axis < 3; ++axis) {
        if (inside->size[axis] < 1 || size[axis] < 1 ||
            inside->size[axis] != patch->size[axis] - margin.before[axis] - margin.after[axis])
            return RML_EINVAL;
        first[axis] = patch->size[axis] - (f.n[axis] - 1); /* of the first approximation */
    }
    scratch = malloc((size_t)scratch_doubles(&f, first) * sizeof *scratch);
    if (!scratch) status = RML_ENOMEM;
    for (int a = 0; a < 2 && a < settings->start_level + settings->level - 1 && status == RML_OK; ++a) {
        approximation[a] = malloc((size_t)n_voxels(first) * sizeof **approximation);
        if (!approximation[a]) status = RML_ENOMEM;
    }
    if (status == RML_OK) all_levels(patch, settings, &f, inside, out, scratch, approximation);
    free(approximation[0]);
    free(approximation[1]);
    free(scratch);
    return status;
}
