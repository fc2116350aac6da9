/* 1. Margins
 * 2. One filter over a box
 * 3. The values of a ROI */
#include "jobs/filtered.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/rois.h"
#include "kernels/base/kept.h"
#include "kernels/image/gradient.h"
#include "kernels/image/lbp2d.h"
#include "kernels/image/lbp3d.h"
#include "kernels/image/log.h"
#include "kernels/image/points.h"
#include "kernels/image/wavelet.h"

/* --- 1. Margins --------------------------------------------------------------------------------------------------- */

static rml_wavelet_settings wavelet_of(const rml_image_type *type)
{
    /* force2Ddimension counts as arrays do: 0 is z */
    return (rml_wavelet_settings){.wavelet = &type->wavelet,
                                  .start_level = type->start_level,
                                  .level = type->level,
                                  .left_out = type->texture.force_2d ? 2 - type->texture.force_2d_axis : -1};
}

static rml_lbp2d_settings lbp2d_of(const rml_image_type *type)
{
    return (rml_lbp2d_settings){.radius = type->lbp2d_radius,
                                .samples = type->lbp2d_samples,
                                .method = type->lbp2d_method,
                                .axis = 2 - type->texture.force_2d_axis};
}

static rml_lbp3d_settings lbp3d_of(const rml_image_type *type)
{
    return (rml_lbp3d_settings){
        .radius = type->lbp3d_radius, .levels = type->lbp3d_levels, .subdivisions = type->lbp3d_subdivisions};
}

/* How far beyond a box a type's filter reads. */
static rml_margin margin_of(const rml_image_type *type, const double spacing[3])
{
    rml_margin margin = {0};

    if (type->filter == RML_WAVELET) {
        const rml_wavelet_settings settings = wavelet_of(type);

        return rml_wavelet_margin(&settings);
    }
    if (type->filter == RML_LBP_2D) {
        const rml_lbp2d_settings settings = lbp2d_of(type);

        rml_lbp2d_margin(&settings, margin.before);
    }
    for (int axis = 0; axis < 3; ++axis) {
        if (type->filter == RML_GRADIENT) margin.before[axis] = RML_GRADIENT_MARGIN;
        if (type->filter == RML_LBP_3D) {
            const rml_lbp3d_settings settings = lbp3d_of(type);

            margin.before[axis] = rml_lbp3d_margin(&settings);
        }
        for (int32_t s = 0; type->filter == RML_LOG && s < type->n_sigmas; ++s) {
            const int32_t n = rml_log_margin(type->sigma[s], spacing[axis]);

            if (n > margin.before[axis]) margin.before[axis] = n;
        }
        margin.after[axis] = margin.before[axis];
    }
    return margin;
}

rml_box rml_filtered_patch(const rml_image_type *type, const int32_t size[3], const double spacing[3],
                           const rml_box *box)
{
    const rml_margin margin = margin_of(type, spacing);
    rml_box wide = rml_margin_box(box, &margin);

    for (int axis = 0; axis < 3; ++axis) {
        const int32_t end = wide.first[axis] + wide.size[axis];

        if (type->filter != RML_LOG && type->filter != RML_LBP_3D) continue;
        if (wide.first[axis] < 0) wide.first[axis] = 0; /* cut off where the source ends */
        wide.size[axis] = (end > size[axis] ? size[axis] : end) - wide.first[axis];
    }
    return wide;
}

/* --- 2. One filter over a box ------------------------------------------------------------------------------------- */

void rml_filtered_init(const rml_params *params, const rml_patch_source *source, const rml_normalisation *normalisation,
                       rml_filtered *filtered)
{
    *filtered = (rml_filtered){
        .params = params, .source = *source, .normalisation = normalisation, .largest = NAN, .made_type = -1};
    memcpy(filtered->size, source->volume ? source->volume->grid.size : source->patch->size, sizeof filtered->size);
}

static void forget(rml_filtered *f)
{
    for (int32_t i = 0; f->made && i < f->n_made; ++i) free(f->made[i]);
    free((void *)f->made);
    f->made = NULL;
    f->n_made = 0;
    f->made_type = -1;
}

void rml_filtered_free(rml_filtered *filtered)
{
    if (filtered) forget(filtered);
}

/* The source's voxels in a box, normalised where asked. On a side where the source ends, a box that need not go on is
 * clipped: *inside is where `box` then lies in the patch. */
static rml_status cut(const rml_filtered *f, const rml_box *box, const rml_margin *margin, rml_border border, bool even,
                      rml_patch *patch, rml_box *inside)
{
    rml_patch_source source = f->source;
    rml_box wide = rml_margin_box(box, margin);
    rml_status status;

    source.even = even;
    for (int axis = 0; axis < 3; ++axis) inside->first[axis] = margin->before[axis];
    memcpy(inside->size, box->size, sizeof inside->size);
    status = rml_patch_cut(&source, &wide, border, patch);
    if (status == RML_OK && f->normalisation) {
        rml_normalise_apply(f->normalisation, patch->voxels, rml_box_voxels(&wide));
        patch->type = RML_FLOAT64;
    }
    return status;
}

static rml_status find_largest(rml_filtered *f, rml_error *err)
{
    const rml_normalisation *n = f->normalisation;
    rml_status status;

    if (!isnan(f->largest)) return RML_OK;
    if (f->source.patch) {
        const rml_patch *patch = f->source.patch;

        status =
            rml_point_largest(patch->voxels, (int64_t)patch->size[0] * patch->size[1] * patch->size[2], &f->largest);
    } else if (n) {
        double *row = malloc((size_t)f->size[0] * sizeof *row), largest = 0.0;

        status = row ? RML_OK : RML_ENOMEM;
        for (int32_t z = 0; status == RML_OK && z < f->size[2]; ++z)
            for (int32_t y = 0; status == RML_OK && y < f->size[1]; ++y) {
                double of_row;

                rml_volume_row(f->source.volume, 0, f->size[0], y, z, row);
                rml_normalise_apply(n, row, f->size[0]);
                status = rml_point_largest(row, f->size[0], &of_row);
                if (of_row > largest) largest = of_row;
            }
        free(row);
        f->largest = largest;
    } else {
        const rml_box all = {.size = {f->size[0], f->size[1], f->size[2]}};

        status = rml_point_largest_stored(f->source.volume, &all, &f->largest);
    }
    if (status == RML_EVALUE)
        return rml_fail(err, status, "a voxel of the image is NaN or infinite, and the filter scales by the largest");
    return status == RML_OK ? RML_OK : rml_fail(err, status, "no memory for a row of voxels");
}

static rml_status make_point(rml_filtered *f, rml_filter filter, const rml_box *box, rml_error *err)
{
    static const rml_point point[RML_N_FILTERS] = {[RML_SQUARE] = RML_POINT_SQUARE,
                                                   [RML_SQUARE_ROOT] = RML_POINT_SQUAREROOT,
                                                   [RML_LOGARITHM] = RML_POINT_LOGARITHM,
                                                   [RML_EXPONENTIAL] = RML_POINT_EXPONENTIAL};
    const rml_margin none = {0};
    rml_patch patch;
    rml_box inside;
    rml_status status = find_largest(f, err);

    if (status != RML_OK) return status;
    status = cut(f, box, &none, RML_BORDER_NEAREST, false, &patch, &inside);
    if (status == RML_OK)
        status = rml_point_apply(point[filter], f->largest, patch.voxels, rml_box_voxels(box), patch.voxels);
    if (status == RML_EVALUE) {
        rml_patch_free(&patch);
        return rml_fail(err, status, "%s of an image whose voxels are all 0 is undefined", rml_filter_name(filter));
    }
    if (status == RML_OK) {
        f->made[0] = patch.voxels;
        patch.voxels = NULL;
    }
    rml_patch_free(&patch);
    f->made_as = RML_FLOAT64;
    return status;
}

static const double *spacing_of(const rml_filtered *f)
{
    return f->source.volume ? f->source.volume->grid.spacing : f->source.patch->spacing;
}

/* A margin that ends with the source. */
static rml_margin clipped(const rml_filtered *f, const rml_box *box, const rml_margin *margin)
{
    rml_margin clip = *margin;

    for (int axis = 0; axis < 3; ++axis) {
        const int32_t after = f->size[axis] - box->first[axis] - box->size[axis];

        if (clip.before[axis] > box->first[axis]) clip.before[axis] = box->first[axis];
        if (clip.after[axis] > after) clip.after[axis] = after;
    }
    return clip;
}

/* As `cut`, but as float32 where that loses nothing, in memory that is kept: LoG's patch is the largest there is, often
 * nearly the whole image. *kept: to be given back. */
static rml_status cut_for_log(const rml_filtered *f, const rml_box *box, const rml_margin *margin, rml_patch *patch,
                              rml_box *inside, float **kept)
{
    const rml_box wide = rml_margin_box(box, margin);

    *kept = NULL;
    if (f->normalisation || !rml_patch_single(&f->source))
        return cut(f, box, margin, RML_BORDER_NEAREST, false, patch, inside);
    *patch = (rml_patch){0};
    *inside = (rml_box){{margin->before[0], margin->before[1], margin->before[2]},
                        {box->size[0], box->size[1], box->size[2]}};
    *kept = rml_kept_take(RML_KEPT_FILE, (size_t)rml_box_voxels(&wide) * sizeof **kept);
    return *kept ? rml_patch_cut_single(&f->source, &wide, RML_BORDER_NEAREST, *kept, patch) : RML_ENOMEM;
}

static rml_status make_log(rml_filtered *f, const rml_image_type *type, const rml_box *box)
{
    const double *spacing = spacing_of(f);
    const rml_margin wide = margin_of(type, spacing);
    const rml_margin margin = clipped(f, box, &wide); /* the recursion starts as if the border went on for ever */
    rml_patch patch;
    rml_box inside;
    float *kept;
    rml_status status;

    status = cut_for_log(f, box, &margin, &patch, &inside, &kept);
    for (int32_t s = 0; status == RML_OK && s < type->n_sigmas; ++s) {
        rml_error small;

        if (rml_log_check(f->size, spacing, type->sigma[s], &small) != RML_OK) continue; /* nobody asks for it */
        f->made[s] = malloc((size_t)rml_box_voxels(box) * sizeof **f->made);
        status = f->made[s] ? rml_log_apply(&patch, &inside, type->sigma[s], f->made[s]) : RML_ENOMEM;
    }
    rml_patch_free(&patch);
    rml_kept_give(RML_KEPT_FILE, kept);
    f->made_as = RML_FLOAT32;
    return status;
}

static rml_status make_wavelet(rml_filtered *f, const rml_image_type *type, const rml_box *box)
{
    const rml_wavelet_settings settings = wavelet_of(type);
    const rml_margin margin = rml_wavelet_margin(&settings);
    rml_patch patch;
    rml_box inside;
    rml_status status = cut(f, box, &margin, RML_BORDER_PERIODIC, true, &patch, &inside);

    for (int32_t i = 0; status == RML_OK && i < type->n_images; ++i) {
        f->made[i] = malloc((size_t)rml_box_voxels(box) * sizeof **f->made);
        if (!f->made[i]) status = RML_ENOMEM;
    }
    if (status == RML_OK) status = rml_wavelet_apply(&patch, &settings, box, f->size, f->made);
    if (status == RML_OK) f->made_as = rml_wavelet_type(patch.type);
    rml_patch_free(&patch);
    return status;
}

static rml_status make_gradient(rml_filtered *f, const rml_image_type *type, const rml_box *box)
{
    const rml_margin margin = margin_of(type, NULL);
    rml_patch patch;
    rml_box inside;
    rml_status status = cut(f, box, &margin, RML_BORDER_NEAREST, false, &patch, &inside);

    f->made[0] = malloc((size_t)rml_box_voxels(box) * sizeof **f->made);
    if (status == RML_OK)
        status = f->made[0] ? rml_gradient(&patch, &inside, type->gradient_use_spacing, f->made[0]) : RML_ENOMEM;
    rml_patch_free(&patch);
    f->made_as = RML_FLOAT32;
    return status;
}

static rml_status make_lbp2d(rml_filtered *f, const rml_image_type *type, const rml_box *box)
{
    const rml_lbp2d_settings settings = lbp2d_of(type);
    const rml_margin margin = margin_of(type, NULL);
    const rml_box wide = rml_margin_box(box, &margin);
    rml_patch patch;
    rml_box inside;
    rml_status status = cut(f, box, &margin, RML_BORDER_ZERO, false, &patch, &inside);

    f->made[0] = malloc((size_t)rml_box_voxels(box) * sizeof **f->made);
    if (status == RML_OK)
        status = f->made[0] ? rml_lbp2d(&settings, &patch, wide.first, &inside, f->made[0]) : RML_ENOMEM;
    f->made_as = patch.type;
    rml_patch_free(&patch);
    return status;
}

static rml_status make_lbp3d(rml_filtered *f, const rml_image_type *type, const rml_box *box, const uint8_t *mask)
{
    const rml_lbp3d_settings settings = lbp3d_of(type);
    const rml_margin far = margin_of(type, NULL), margin = clipped(f, box, &far);
    const rml_box wide = rml_margin_box(box, &margin);
    const size_t n = (size_t)rml_box_voxels(box);
    double *all = malloc(n * (size_t)type->n_images * sizeof *all);
    rml_patch patch;
    rml_box inside;
    rml_status status = cut(f, box, &margin, RML_BORDER_NEAREST, false, &patch, &inside);

    if (status == RML_OK)
        status = all ? rml_lbp3d(&settings, &patch, wide.first, f->size, &inside, mask, all) : RML_ENOMEM;
    for (int32_t i = 0; status == RML_OK && i < type->n_images; ++i) {
        f->made[i] = malloc(n * sizeof **f->made);
        if (f->made[i])
            memcpy(f->made[i], all + (size_t)i * n, n * sizeof *all);
        else
            status = RML_ENOMEM;
    }
    free(all);
    rml_patch_free(&patch);
    f->made_as = RML_FLOAT64;
    return status;
}

rml_status rml_filtered_make(rml_filtered *f, int32_t number, const rml_box *box, const uint8_t *mask, rml_error *err)
{
    const rml_image_type *type = &f->params->type[number];
    rml_status status;

    if (f->made_type == number && memcmp(&f->made_box, box, sizeof *box) == 0) return RML_OK;
    forget(f);
    f->made = calloc((size_t)type->n_images, sizeof *f->made);
    if (!f->made) return rml_fail(err, RML_ENOMEM, "no memory for %d images", type->n_images);
    f->n_made = type->n_images;
    switch (type->filter) {
    case RML_LOG: status = make_log(f, type, box); break;
    case RML_WAVELET: status = make_wavelet(f, type, box); break;
    case RML_GRADIENT: status = make_gradient(f, type, box); break;
    case RML_LBP_2D: status = make_lbp2d(f, type, box); break;
    case RML_LBP_3D: status = make_lbp3d(f, type, box, mask); break;
    default: status = make_point(f, type->filter, box, err);
    }
    if (status != RML_OK) {
        forget(f);
        return err->status == status ? status
                                     : rml_fail(err, status, "%s of %d x %d x %d voxels could not be made (%s)",
                                                rml_filter_name(type->filter), box->size[0], box->size[1], box->size[2],
                                                rml_status_name(status));
    }
    f->made_type = number;
    f->made_box = *box;
    return RML_OK;
}

/* --- 3. The values of a ROI --------------------------------------------------------------------------------------- */

rml_status rml_filtered_values(void *filtered, int32_t image, const rml_roi *roi, double *values, rml_scalar *type,
                               rml_error *skipped, rml_error *err)
{
    rml_filtered *f = filtered;
    char name[RML_IMAGE_NAME];
    const rml_image_type *of = rml_params_image(f->params, image, name);
    const int64_t n = rml_box_voxels(&roi->box);
    const int32_t index = image - of->first_image;
    int64_t at = 0;
    rml_status status;

    err->status = RML_OK;
    if (of->filter == RML_LOG) {
        rml_error small = {0};

        if (rml_log_check(f->size, spacing_of(f), of->sigma[index], &small) != RML_OK) {
            rml_fail(skipped, small.status, "%s is left out, as by PyRadiomics: %s", name, small.text);
            return RML_OK;
        }
    }
    status = rml_filtered_make(f, (int32_t)(of - f->params->type), &roi->box, roi->mask, err);
    if (status != RML_OK) return status;
    for (int64_t v = 0; v < n; ++v) {
        if (!roi->mask[v]) continue;
        values[at] = f->made[index][v];
        if (!isfinite(values[at])) {
            rml_fail(skipped, RML_EVALUE, "%s is left out: it is not finite in the ROI", name);
            return RML_OK;
        }
        ++at;
    }
    *type = f->made_as;
    return RML_OK;
}
