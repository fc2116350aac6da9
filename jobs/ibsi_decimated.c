#include "jobs/ibsi_decimated.h"

#include <stdlib.h>
#include <string.h>

#include "jobs/rois.h"

static rml_status no_memory(const rml_ibsi_image *image, rml_error *err)
{
    return rml_fail(err, RML_ENOMEM, "image %s: no memory for the ROI's coefficients", image->name);
}

/* A mask at the coefficients of a box, malloc'ed. */
static uint8_t *mask_at(const rml_decimated_grid *grid, const rml_box *mask_box, const uint8_t *mask,
                        const rml_box *box, int64_t *n)
{
    uint8_t *out = malloc((size_t)rml_box_voxels(box));

    if (out) *n = rml_decimated_mask(grid, mask_box, mask, box, out);
    return out;
}

/* The masks, in the tight box about the morphological one. all: the coefficients at the voxels of the ROI's box */
static rml_status make_masks(const rml_params *params, const rml_ibsi_image *image, const rml_decimated_grid *grid,
                             const rml_box *all, const rml_ibsi_prepared *roi, rml_ibsi_prepared *out, rml_error *err)
{
    uint8_t *mask = mask_at(grid, &roi->box, roi->morphological, all, &out->n_morphological);
    rml_error inner = {0};
    rml_status status;
    rml_box tight;

    if (!mask) return no_memory(image, err);
    rml_ibsi_tighten(mask, all, &out->box);
    free(mask);
    if (out->n_morphological == 0)
        return rml_fail(err, RML_EROI, "image %s: none of its coefficients stands in the ROI", image->name);
    out->morphological = mask_at(grid, &roi->box, roi->morphological, &out->box, &out->n_morphological);
    out->intensity = mask_at(grid, &roi->box, roi->intensity, &out->box, &out->n_intensity);
    if (!out->morphological || !out->intensity) return no_memory(image, err);
    if (out->n_intensity == 0)
        return rml_fail(err, RML_EROI, "image %s: none of its coefficients stands in the ROI after re-segmentation",
                        image->name);
    rml_ibsi_tighten(out->intensity, &out->box, &tight);
    status = rml_rois_check_size(params, tight.size, out->n_intensity, " at its coefficients", &inner);
    return status == RML_OK ? RML_OK : rml_fail(err, status, "image %s: %s", image->name, inner.text);
}

rml_status rml_ibsi_decimate(const rml_params *params, const rml_ibsi_image *image, const rml_ibsi_seen *seen,
                             const rml_ibsi_prepared *roi, rml_ibsi_prepared *out, double spacing[3], rml_error *err)
{
    const rml_decimated transform = rml_ibsi_decimated(image);
    rml_decimated_grid grid;
    rml_status status = rml_decimated_grid_init(&transform, seen->size, &grid);
    int64_t n;
    rml_box all;

    *out = (rml_ibsi_prepared){0};
    if (status != RML_OK)
        return rml_fail(err, status, "image %s: %d x %d x %d voxels cannot be decimated", image->name, seen->size[0],
                        seen->size[1], seen->size[2]);
    all = rml_decimated_box(&grid, &roi->box);
    if (all.size[0] < 1 || all.size[1] < 1 || all.size[2] < 1)
        return rml_fail(err, RML_EROI, "image %s: none of its coefficients stands in the ROI", image->name);
    status = make_masks(params, image, &grid, &all, roi, out, err);
    if (status != RML_OK) return status;
    for (int axis = 0; axis < 3; ++axis) spacing[axis] = seen->spacing[axis] * grid.step[axis];
    out->wide = params->ibsi.wanted[RML_IBSI_LOCAL] ? rml_decimated_box(&grid, &roi->wide) : out->box;
    out->wide_intensity = mask_at(&grid, &roi->wide, roi->wide_intensity, &out->wide, &n);
    out->image = malloc((size_t)rml_box_voxels(&out->wide) * sizeof *out->image);
    if (!out->wide_intensity || !out->image) return no_memory(image, err);
    return rml_ibsi_respond(image, seen, &out->wide, out->image, err);
}
