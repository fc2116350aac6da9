/* The rotations of a product filter are its one-dimensional kernels along other axes, some of them backwards. Many of
 * the 24 are alike but for the sign (a kernel that is symmetric or antisymmetric is its own reverse up to it, and two
 * of the three may be equal), so each product of kernels is computed once and counted as often as it occurs, with
 * either sign. Products that begin with the same kernel along x, or along x and y, share what those passes made. */
#include "kernels/image/separable.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_PRODUCTS = 24, MAX_KERNELS = 6 };

typedef struct product {
    int kernel[3];       /* along x, y, z: an index of kernels */
    int n_plus, n_minus; /* rotations that are this product, and that are minus it */
} product;

typedef struct rotations {
    rml_taps kernels[MAX_KERNELS]; /* k of the filter, and 3 + k the same backwards */
    double *backwards;             /* what their taps point into */
    product products[MAX_PRODUCTS];
    int n_products, n_all;
} rotations;

static const double identity[1] = {1.0};
static const rml_taps no_taps = {identity, 1, 1, 0};

static bool taps_are_sound(const rml_taps *taps)
{
    return taps->h && taps->n >= 1 && taps->step >= 1 && taps->n - 1 <= INT32_MAX / 4 / taps->step &&
           taps->ahead >= 0 && rml_taps_behind(taps) >= 0;
}

rml_margin rml_separable_margin(const rml_separable *filter)
{
    rml_margin margin = {{0}, {0}};
    int32_t longest = 0;

    for (int axis = 0; axis < filter->n_axes; ++axis) {
        const rml_taps *taps = &filter->taps[axis];

        margin.before[axis] = rml_taps_behind(taps);
        margin.after[axis] = taps->ahead;
        if (margin.before[axis] > longest) longest = margin.before[axis];
        if (margin.after[axis] > longest) longest = margin.after[axis];
    }
    if (filter->pool != RML_POOL_NONE) /* any kernel along any axis, either way */
        for (int axis = 0; axis < filter->n_axes; ++axis) margin.before[axis] = margin.after[axis] = longest;
    return margin;
}

/* 1: equal; -1: equal but for the sign; 0: different. */
static int alike(const rml_taps *a, const rml_taps *b)
{
    bool plus = true, minus = true;

    if (a->n != b->n || a->step != b->step || a->ahead != b->ahead) return 0;
    for (int32_t j = 0; j < a->n; ++j) {
        plus = plus && a->h[j] == b->h[j];
        minus = minus && a->h[j] == -b->h[j];
    }
    return plus ? 1 : minus ? -1 : 0;
}

/* The first kernel that is this one, up to the sign, by which *sign is multiplied. */
static int first_alike(const rotations *all, int kernel, int n_axes, int *sign)
{
    for (int k = 0; k < kernel; ++k) {
        const int same = k % 3 < n_axes ? alike(&all->kernels[k], &all->kernels[kernel]) : 0;

        if (same == 0) continue;
        *sign *= same;
        return k;
    }
    return kernel;
}

static void add_product(rotations *all, const int kernel[3], int sign)
{
    product *p = all->products;

    while (p < all->products + all->n_products && memcmp(p->kernel, kernel, sizeof p->kernel) != 0) ++p;
    if (p == all->products + all->n_products) {
        ++all->n_products;
        memcpy(p->kernel, kernel, sizeof p->kernel);
        p->n_plus = p->n_minus = 0;
    }
    p->n_plus += sign > 0;
    p->n_minus += sign < 0;
    ++all->n_all;
}

static int by_kernels(const void *a, const void *b)
{
    const product *left = a, *right = b;

    for (int axis = 0; axis < 3; ++axis)
        if (left->kernel[axis] != right->kernel[axis]) return left->kernel[axis] < right->kernel[axis] ? -1 : 1;
    return 0;
}

/* All signed permutations of the axes whose determinant is 1. */
static void list_products(rotations *all, int n_axes)
{
    static const int orders[6][3] = {{0, 1, 2}, {1, 0, 2}, {0, 2, 1}, {2, 1, 0}, {1, 2, 0}, {2, 0, 1}};
    static const int parity[6] = {0, 1, 1, 1, 0, 0};

    for (int o = 0; o < (n_axes == 3 ? 6 : 2); ++o)
        for (int flips = 0; flips < 1 << n_axes; ++flips) {
            const int n_flips = (flips & 1) + (flips >> 1 & 1) + (flips >> 2 & 1);
            int kernel[3] = {0, 0, 0}, sign = 1;

            if ((n_flips + parity[o]) % 2 != 0) continue;
            for (int axis = 0; axis < n_axes; ++axis)
                kernel[axis] = first_alike(all, orders[o][axis] + (flips >> axis & 1 ? 3 : 0), n_axes, &sign);
            add_product(all, kernel, sign);
        }
    qsort(all->products, (size_t)all->n_products, sizeof *all->products, by_kernels);
}

static rml_status rotations_init(rotations *all, const rml_separable *filter)
{
    int64_t n_taps = 0;
    double *to;

    memset(all, 0, sizeof *all);
    for (int axis = 0; axis < filter->n_axes; ++axis) n_taps += filter->taps[axis].n;
    all->backwards = to = malloc((size_t)n_taps * sizeof *to);
    if (!to) return RML_ENOMEM;
    for (int axis = 0; axis < filter->n_axes; ++axis) {
        const rml_taps *taps = &filter->taps[axis];

        for (int32_t j = 0; j < taps->n; ++j) to[j] = taps->h[taps->n - 1 - j];
        all->kernels[axis] = *taps;
        all->kernels[3 + axis] = (rml_taps){to, taps->n, taps->step, rml_taps_behind(taps)};
        to += taps->n;
    }
    list_products(all, filter->n_axes);
    return RML_OK;
}

/* A slice of one product's response into what is pooled so far. */
static void pool_slice(rml_pool pool, const product *p, bool first, const double *response, int64_t n, double *out)
{
    const bool plus = p->n_plus > 0, minus = p->n_minus > 0;

    for (int64_t v = 0; v < n; ++v) {
        const double high = plus && minus ? (response[v] < 0.0 ? -response[v] : response[v])
                            : plus        ? response[v]
                                          : -response[v];
        const double low = plus && minus ? -high : high;

        if (pool == RML_POOL_MEAN)
            out[v] = (first ? 0.0 : out[v]) + (p->n_plus - p->n_minus) * response[v];
        else if (pool == RML_POOL_MAX)
            out[v] = first || high > out[v] ? high : out[v];
        else
            out[v] = first || low < out[v] ? low : out[v];
    }
}

/* work: two volumes as large as the patch, and a slice of the output */
static void apply_all(const rml_patch *patch, const rotations *all, const rml_separable *filter,
                      const rml_margin *margin, const int32_t size[3], double *along_x, double *along_y, double *slice,
                      double *out)
{
    const int32_t size_x[3] = {size[0], patch->size[1], patch->size[2]}, size_y[3] = {size[0], size[1], patch->size[2]};
    const int64_t plane = (int64_t)size[0] * size[1];
    int x = -1, y = -1;

    for (int i = 0; i < all->n_products; ++i) {
        const product *p = &all->products[i];
        const rml_taps *taps = filter->n_axes == 3 ? &all->kernels[p->kernel[2]] : &no_taps;
        const int32_t from = margin->before[2] - rml_taps_behind(taps);

        if (p->kernel[0] != x) {
            x = p->kernel[0];
            y = -1;
            rml_convolve_axis(patch->voxels, patch->size, 0, &all->kernels[x], margin->before[0], size[0], along_x);
        }
        if (p->kernel[1] != y) {
            y = p->kernel[1];
            rml_convolve_axis(along_x, size_x, 1, &all->kernels[y], margin->before[1], size[1], along_y);
        }
        if (filter->pool == RML_POOL_NONE) {
            rml_convolve_axis(along_y, size_y, 2, taps, margin->before[2], size[2], out);
            continue;
        }
        for (int64_t z = 0; z < size[2]; ++z) {
            rml_convolve_run(along_y + (z + from) * plane, taps->step * plane, taps->h, taps->n, plane, slice);
            pool_slice(filter->pool, p, i == 0, slice, plane, out + z * plane);
        }
    }
    if (filter->pool == RML_POOL_MEAN)
        for (int64_t v = 0; v < plane * size[2]; ++v) out[v] /= all->n_all;
}

rml_status rml_separable_apply(const rml_patch *patch, const rml_separable *filter, double *out)
{
    double *along_x = NULL, *along_y = NULL, *slice = NULL;
    rml_status status = RML_OK;
    rml_margin margin;
    int32_t size[3];
    rotations all;

    if (filter->n_axes != 2 && filter->n_axes != 3) return RML_EINVAL;
    for (int axis = 0; axis < filter->n_axes; ++axis)
        if (!taps_are_sound(&filter->taps[axis])) return RML_EINVAL;
    margin = rml_separable_margin(filter);
    for (int axis = 0; axis < 3; ++axis) {
        size[axis] = patch->size[axis] - margin.before[axis] - margin.after[axis];
        if (size[axis] < 1) return RML_EINVAL;
    }
    status = rotations_init(&all, filter);
    if (status != RML_OK) return status;
    if (filter->pool == RML_POOL_NONE) {
        all.n_products = 1;
        all.products[0] = (product){{0, 1, 2}, 1, 0};
    }
    along_x = malloc((size_t)size[0] * (size_t)patch->size[1] * (size_t)patch->size[2] * sizeof *along_x);
    along_y = malloc((size_t)size[0] * (size_t)size[1] * (size_t)patch->size[2] * sizeof *along_y);
    slice = malloc((size_t)size[0] * (size_t)size[1] * sizeof *slice);
    if (along_x && along_y && slice)
        apply_all(patch, &all, filter, &margin, size, along_x, along_y, slice, out);
    else
        status = RML_ENOMEM;
    free(all.backwards);
    free(along_x);
    free(along_y);
    free(slice);
    return status;
}
