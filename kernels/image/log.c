/* sum over axes of d^2/da^2, smoothed along the two other axes. Three chains of three passes, each in ITK's order: the
 * derivative first, then the smoothings along x before y before z; derivatives are taken per voxel, times sigma^2 in
 * mm^2, and a finished chain is divided by spacing^2 as it is added. Every pass keeps along its own axis what is
 * wanted, so the images shrink from the patch to the box. */
#include "kernels/image/log.h"

#include <math.h>
#include <stdlib.h>

#include "kernels/image/recursive.h"

/* Tails of both kernels' forward recursion, summed over absolute values, against 1e-10 of an image of range 1: 17 sigma
 * and less for any sigma above 0.3 voxels; of smaller ones the poles are at 1e-2 and below, and 2 voxels more are
 * enough. tests/kernels/test_log.c sums them. */
static const double margin_sigmas = 17.0;
enum { MARGIN_VOXELS = 2, SMALLEST = 4, LARGEST_MARGIN = 1 << 29 };

rml_status rml_log_check(const int32_t size[3], const double spacing[3], double sigma, rml_error *err)
{
    if (!(sigma > 0.0)) return rml_fail(err, RML_ESETTING, "LoG: sigma %g mm is not above 0", sigma);
    for (int axis = 0; axis < 3; ++axis) {
        const double reach = ceil(sigma / spacing[axis]) + 1.0, needed = reach > SMALLEST ? reach : SMALLEST;

        if (size[axis] < needed)
            return rml_fail(err, RML_EROI,
                            "LoG of sigma %g mm: the image has %ld voxel%s of %g mm along %c, and needs at least %.0f",
                            sigma, (long)size[axis], size[axis] == 1 ? "" : "s", spacing[axis], "xyz"[axis], needed);
    }
    return RML_OK;
}

int32_t rml_log_margin(double sigma, double spacing)
{
    const double margin = ceil(margin_sigmas * sigma / spacing) + MARGIN_VOXELS;

    return margin < LARGEST_MARGIN ? (int32_t)margin : LARGEST_MARGIN;
}

/* What is read of the patch along an axis: first .. first + n - 1, of which skip .. skip + kept - 1 are wanted. */
typedef struct reach {
    int32_t first, n, skip, kept;
} reach;

typedef struct work {
    const rml_patch *patch;
    reach reach[3];
    rml_recursive smooth[3], second[3];
    float *image[2];
    void *scratch;
    double *out;
} work;

/* One pass along axis, from an image whose sizes are *size to one that is only as long as wanted along axis. */
static rml_recursive_pass pass_along(const work *w, int axis, const int64_t stride[3], int32_t size[3])
{
    const int a = axis == 0 ? 1 : 0, b = axis == 2 ? 1 : 2;
    int64_t out[3];
    rml_recursive_pass pass = {.n = size[axis], .first = w->reach[axis].skip, .kept = w->reach[axis].kept};

    size[axis] = pass.kept;
    out[0] = 1;
    out[1] = size[0];
    out[2] = (int64_t)size[0] * size[1];
    pass.step_in = stride[axis];
    pass.step_out = out[axis];
    for (int k = 0; k < 2; ++k) {
        const int other = k == 0 ? a : b;

        pass.across[k] = size[other];
        pass.across_in[k] = stride[other];
        pass.across_out[k] = out[other];
    }
    return pass;
}

/* The second derivative along axis, smoothed along the others, added to out. */
static void add_derivative(const work *w, int axis)
{
    const int order[3] = {axis, axis == 0 ? 1 : 0, axis == 2 ? 1 : 2};
    const double spacing = w->patch->spacing[axis];
    int32_t size[3] = {w->reach[0].n, w->reach[1].n, w->reach[2].n};
    int64_t stride[3] = {1, w->patch->size[0], (int64_t)w->patch->size[0] * w->patch->size[1]};
    const int64_t first = w->reach[0].first + w->reach[1].first * stride[1] + w->reach[2].first * stride[2];
    const double *const doubles = w->patch->voxels ? w->patch->voxels + first : NULL;
    const float *floats = w->patch->singles ? w->patch->singles + first : NULL;

    for (int p = 0; p < 3; ++p) {
        const rml_recursive_pass pass = pass_along(w, order[p], stride, size);
        const rml_recursive_target target = {.image = p < 2 ? w->image[p] : NULL,
                                             .sum = w->out,
                                             .factor = 1.0 / (spacing * spacing),
                                             .fresh = axis == 0};

        rml_recursive_run(p == 0 ? &w->second[axis] : &w->smooth[order[p]], &pass, p == 0 ? doubles : NULL, floats,
                          &target, w->scratch);
        floats = target.image;
        stride[1] = size[0];
        stride[2] = (int64_t)size[0] * size[1];
    }
}

/* The widths of what is read, and both filters, along every axis. */
static rml_status prepare(work *w, const rml_patch *patch, const rml_box *inside, double sigma)
{
    rml_status status = RML_OK;

    w->patch = patch;
    for (int axis = 0; axis < 3 && status == RML_OK; ++axis) {
        const int64_t margin = rml_log_margin(sigma, patch->spacing[axis]), first = inside->first[axis];
        const int64_t end = first + inside->size[axis], size = patch->size[axis];
        const int64_t from = first > margin ? first - margin : 0, to = size - end > margin ? end + margin : size;

        if (first < 0 || inside->size[axis] < 1 || end > size) return RML_EINVAL;
        w->reach[axis] = (reach){(int32_t)from, (int32_t)(to - from), (int32_t)(first - from), inside->size[axis]};
        status = rml_recursive_init(sigma / patch->spacing[axis], 0, 1.0, &w->smooth[axis]);
        if (status == RML_OK)
            status = rml_recursive_init(sigma / patch->spacing[axis], 2, sigma * sigma, &w->second[axis]);
    }
    return status;
}

rml_status rml_log_apply(const rml_patch *patch, const rml_box *inside, double sigma, double *out)
{
    work w = {.out = out};
    int64_t n_first = 1, n_second = 1;
    int32_t longest = 0;
    rml_status status = sigma > 0.0 ? prepare(&w, patch, inside, sigma) : RML_EVALUE;

    if (status != RML_OK) return status;
    for (int axis = 0; axis < 3; ++axis) { /* the largest image after one pass, and after two */
        const int64_t x = w.reach[0].n, y = w.reach[1].n, z = w.reach[2].n, all = x * y * z;
        const int64_t after_one = all / w.reach[axis].n * w.reach[axis].kept;
        const int next = axis == 0 ? 1 : 0;
        const int64_t after_two = after_one / w.reach[next].n * w.reach[next].kept;

        if (after_one > n_first) n_first = after_one;
        if (after_two > n_second) n_second = after_two;
        if (w.reach[axis].n > longest) longest = w.reach[axis].n;
    }
    w.image[0] = malloc((size_t)n_first * sizeof *w.image[0]);
    w.image[1] = malloc((size_t)n_second * sizeof *w.image[1]);
    w.scratch = aligned_alloc(64, rml_recursive_scratch_bytes(longest)); /* a multiple of 64 by what it holds */
    if (w.image[0] && w.image[1] && w.scratch)
        for (int axis = 0; axis < 3; ++axis) add_derivative(&w, axis);
    else
        status = RML_ENOMEM;
    free(w.image[0]);
    free(w.image[1]);
    free(w.scratch);
    return status;
}
