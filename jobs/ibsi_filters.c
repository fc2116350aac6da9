/* 1. filters that look at what is near
 * 2. energies of a response
 * 3. filters that look at all
 * 4. the decimated wavelet
 * 5. all of them */
#include "jobs/ibsi_filters.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/ibsi_region.h"
#include "kernels/image/energy.h"

/* --- 1. filters that look at what is near ------------------------------------------------------------------------- */

/* A filter, as its kernel takes it, and how far it reaches. */
typedef struct near_filter {
    rml_margin margin;
    rml_separable laws;
    rml_atrous wavelet;
    rml_log_sampled log;
    rml_gabor gabor;
} near_filter;

/* After this, rml_atrous_free of its wavelet. */
static rml_status near_init(const rml_ibsi_image *image, const double spacing[3], near_filter *filter)
{
    rml_status status = RML_OK;

    *filter = (near_filter){.margin = {{0}, {0}}};
    switch (image->filter) {
    case RML_IBSI_MEAN: filter->margin = rml_mean_margin(image->support, image->n_axes); return RML_OK;
    case RML_IBSI_LOG:
        filter->log = (rml_log_sampled){.sigma = image->sigma, .cut_off = image->cut_off, .n_axes = image->n_axes};
        return rml_log_sampled_margin(&filter->log, spacing, &filter->margin);
    case RML_IBSI_LAWS:
        status = rml_laws_init(image->kernel, image->pool, &filter->laws);
        if (status == RML_OK) filter->margin = rml_separable_margin(&filter->laws);
        return status;
    case RML_IBSI_GABOR:
        filter->gabor = (rml_gabor){.sigma = image->sigma,
                                    .lambda = image->wavelength,
                                    .gamma = image->aspect_ratio,
                                    .theta = image->orientation * M_PI / 180.0,
                                    .step = image->orientation_step * M_PI / 180.0,
                                    .three_planes = image->n_axes == 3,
                                    .pool = image->pool};
        return rml_gabor_margin(&filter->gabor, spacing, &filter->margin);
    case RML_IBSI_WAVELET:
        status = rml_atrous_init(&image->wavelet, image->kernel, image->level, image->pool, &filter->wavelet);
        if (status == RML_OK) filter->margin = rml_separable_margin(&filter->wavelet.filter);
        return status;
    default: return RML_EINVAL;
    }
}

static rml_status near_apply(const rml_ibsi_image *image, const near_filter *filter, const rml_patch *patch,
                             double *out)
{
    switch (image->filter) {
    case RML_IBSI_MEAN: return rml_mean_apply(patch, image->support, image->n_axes, out);
    case RML_IBSI_LOG: return rml_log_sampled_apply(patch, &filter->log, out);
    case RML_IBSI_LAWS: return rml_separable_apply(patch, &filter->laws, out);
    case RML_IBSI_GABOR: return rml_gabor_apply(patch, &filter->gabor, out);
    case RML_IBSI_WAVELET: return rml_separable_apply(patch, &filter->wavelet.filter, out);
    default: return RML_EINVAL;
    }
}

/* The patch, and what the passes along x and y leave between them; infinite where an axis cannot be counted. */
static double near_bytes(const rml_box *inside, const rml_margin *margin)
{
    double n = 1.0;

    for (int a = 0; a < 3; ++a) {
        const double along = (double)inside->size[a] + margin->before[a] + margin->after[a];

        if (along > INT32_MAX) return INFINITY;
        n *= along;
    }
    return 3.0 * n * sizeof(double);
}

static rml_status no_memory(const rml_ibsi_image *image, rml_error *err)
{
    return rml_fail(err, RML_ENOMEM, "image %s: no memory for its filter", image->name);
}

static rml_status reaches_too_far(const rml_ibsi_image *image, const double spacing[3], rml_error *err)
{
    return rml_fail(
        err, RML_ESETTING,
        "image %s: on voxels of %g x %g x %g mm its filter reaches over more than the %d voxels to each side "
        "that can be filtered; a smaller sigma was expected",
        image->name, spacing[0], spacing[1], spacing[2],
        image->filter == RML_IBSI_GABOR ? RML_GABOR_MAX_REACH : RML_LOG_SAMPLED_MAX_REACH);
}

static rml_status respond_near(const rml_ibsi_image *image, const rml_ibsi_seen *seen, const rml_box *inside,
                               double *out, rml_error *err)
{
    near_filter filter;
    rml_patch patch = {0};
    rml_box box;
    rml_status status = near_init(image, seen->spacing, &filter);
    const double bytes = near_bytes(inside, &filter.margin);

    if (status == RML_EINVAL) return reaches_too_far(image, seen->spacing, err);
    if (status != RML_OK) return no_memory(image, err);
    if (bytes > seen->most_bytes) {
        rml_atrous_free(&filter.wavelet);
        return rml_fail(
            err, RML_ECAPACITY,
            "image %s: its filter reaches %d x %d x %d voxels to each side, which takes %.3g GiB, more than "
            "the %.2f GiB there are",
            image->name, filter.margin.after[0], filter.margin.after[1], filter.margin.after[2], bytes / 0x1p30,
            seen->most_bytes / 0x1p30);
    }
    box = rml_margin_box(inside, &filter.margin);
    status = rml_patch_cut(&seen->source, &box, image->border, &patch);
    if (status == RML_OK) status = near_apply(image, &filter, &patch, out);
    rml_patch_free(&patch);
    rml_atrous_free(&filter.wavelet);
    return status == RML_OK ? RML_OK : no_memory(image, err);
}

/* --- 2. energies of a response ------------------------------------------------------------------------------------ */

static rml_patch response_of(const rml_box *box, const double spacing[3])
{
    rml_patch response = {.type = RML_FLOAT64};

    memcpy(response.size, box->size, sizeof response.size);
    memcpy(response.spacing, spacing, sizeof response.spacing);
    response.voxels = malloc((size_t)rml_box_voxels(box) * sizeof *response.voxels);
    return response;
}

static rml_status respond_energy(const rml_ibsi_image *image, const rml_ibsi_seen *seen, const rml_box *inside,
                                 double *out, rml_error *err)
{
    const rml_margin margin = rml_energy_margin(image->energy_delta, image->n_axes);
    const double bytes = near_bytes(inside, &margin);
    rml_box around, box;
    rml_patch response, patch = {0};
    rml_status status;

    if (bytes > seen->most_bytes)
        return rml_fail(
            err, RML_ECAPACITY,
            "image %s: energies over %d voxels to each side take %.3g GiB, more than the %.2f GiB there are",
            image->name, image->energy_delta, bytes / 0x1p30, seen->most_bytes / 0x1p30);
    around = rml_energy_box(inside, image->energy_delta, image->n_axes, seen->size, image->border);
    response = response_of(&around, seen->spacing);
    if (!response.voxels) return no_memory(image, err);
    status = respond_near(image, seen, &around, response.voxels, err);
    if (status == RML_OK) {
        box = rml_margin_box(inside, &margin);
        for (int a = 0; a < 3; ++a) box.first[a] -= around.first[a];
        status = rml_patch_cut(&(rml_patch_source){.patch = &response}, &box, image->border, &patch);
        if (status == RML_OK) status = rml_energy_apply(&patch, image->energy_delta, image->n_axes, out);
        if (status != RML_OK) no_memory(image, err);
        rml_patch_free(&patch);
    }
    rml_patch_free(&response);
    return status;
}

/* --- 3. filters that look at all ---------------------------------------------------------------------------------- */

static bool looks_at_all(const rml_ibsi_image *image)
{
    return image->filter == RML_IBSI_SIMONCELLI || image->riesz[0] + image->riesz[1] + image->riesz[2] > 0;
}

/* All of the image, or of the axial slices that the box is in. */
static rml_box all_of(const rml_ibsi_image *image, const int32_t size[3], const rml_box *inside)
{
    rml_box all = {{0, 0, 0}, {size[0], size[1], size[2]}};

    if (image->n_axes == 2) {
        all.first[2] = inside->first[2];
        all.size[2] = inside->size[2];
    }
    return all;
}

/* What Riesz or Simoncelli is applied to, and their answer, with the spectrum beside. */
static double all_bytes(const rml_box *all)
{
    return 3.0 * sizeof(double) * all->size[0] * all->size[1] * (double)all->size[2];
}

static rml_status respond_all(const rml_ibsi_image *image, const rml_ibsi_seen *seen, const rml_box *inside,
                              double *out, rml_error *err)
{
    const rml_fourier filter = {.simoncelli = image->filter == RML_IBSI_SIMONCELLI ? image->level : 0,
                                .riesz = {image->riesz[0], image->riesz[1], image->riesz[2]},
                                .n_axes = image->n_axes};
    const rml_box all = all_of(image, seen->size, inside);
    rml_patch before = {0}, response = {0};
    rml_status status;

    if (all_bytes(&all) > seen->most_bytes)
        return rml_fail(err, RML_ECAPACITY,
                        "image %s: its filter looks at all of the %d x %d x %d voxels, which takes %.3g GiB, more than "
                        "the %.2f GiB there are",
                        image->name, all.size[0], all.size[1], all.size[2], all_bytes(&all) / 0x1p30,
                        seen->most_bytes / 0x1p30);
    if (image->filter == RML_IBSI_LOG) {
        before = response_of(&all, seen->spacing);
        status = before.voxels ? respond_near(image, seen, &all, before.voxels, err) : no_memory(image, err);
    } else {
        status = rml_patch_cut(&seen->source, &all, RML_BORDER_PERIODIC, &before);
        if (status != RML_OK) no_memory(image, err);
    }
    if (status == RML_OK) {
        response = response_of(&all, seen->spacing);
        status = response.voxels ? rml_fourier_apply(&before, &filter, response.voxels) : RML_ENOMEM;
        if (status == RML_OK)
            rml_ibsi_crop(response.voxels, &all, inside, out);
        else
            no_memory(image, err);
    }
    rml_patch_free(&before);
    rml_patch_free(&response);
    return status;
}

/* --- 4. the decimated wavelet ------------------------------------------------------------------------------------- */

static rml_status respond_decimated(const rml_ibsi_image *image, const rml_ibsi_seen *seen, const rml_box *coefficients,
                                    double *out, rml_error *err)
{
    const rml_decimated transform = rml_ibsi_decimated(image);
    const rml_box reach = rml_decimated_reach(&transform, seen->size, coefficients);
    const double bytes = rml_decimated_bytes(&transform, seen->size, reach.size);
    rml_patch patch = {0};
    rml_status status;

    if (bytes > seen->most_bytes)
        return rml_fail(err, RML_ECAPACITY,
                        "image %s: its coefficients are made from %d x %d x %d voxels, which takes %.3g GiB, more than "
                        "the %.2f GiB there are",
                        image->name, reach.size[0], reach.size[1], reach.size[2], bytes / 0x1p30,
                        seen->most_bytes / 0x1p30);
    status = rml_patch_cut(&seen->source, &reach, image->border, &patch);
    if (status == RML_OK) status = rml_decimated_apply(&transform, seen->size, coefficients, &patch, out);
    rml_patch_free(&patch);
    return status == RML_OK ? RML_OK : no_memory(image, err);
}

/* --- 5. all of them ----------------------------------------------------------------------------------------------- */

rml_status rml_ibsi_respond(const rml_ibsi_image *image, const rml_ibsi_seen *seen, const rml_box *box, double *out,
                            rml_error *err)
{
    if (image->decimated) return respond_decimated(image, seen, box, out, err);
    if (looks_at_all(image)) return respond_all(image, seen, box, out, err);
    if (image->energy_delta > 0) return respond_energy(image, seen, box, out, err);
    return respond_near(image, seen, box, out, err);
}

double rml_ibsi_respond_bytes(const rml_ibsi_image *image, const int32_t size[3], const double spacing[3],
                              const rml_box *box)
{
    rml_box inside = *box;
    double bytes = 0.0;
    near_filter filter;

    if (image->decimated) {
        const rml_decimated transform = rml_ibsi_decimated(image);

        return rml_decimated_bytes(&transform, size, box->size);
    }
    if (looks_at_all(image)) {
        inside = all_of(image, size, box);
        bytes = all_bytes(&inside);
        if (image->filter == RML_IBSI_SIMONCELLI) return bytes;
    } else if (image->energy_delta > 0) {
        const rml_margin margin = rml_energy_margin(image->energy_delta, image->n_axes);

        bytes = near_bytes(box, &margin);
        if (isinf(bytes)) return bytes;
        inside = rml_energy_box(box, image->energy_delta, image->n_axes, size, image->border);
    }
    if (near_init(image, spacing, &filter) != RML_OK) return bytes;
    bytes += near_bytes(&inside, &filter.margin);
    rml_atrous_free(&filter.wavelet);
    return bytes;
}
