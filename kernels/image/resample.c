#include "kernels/image/resample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/preprocess/frame.h"
#include "kernels/preprocess/grid.h"

void rml_region_free(rml_region *region)
{
    if (!region) return;
    free(region->mask);
    rml_patch_free(&region->image);
    *region = (rml_region){0};
}

/* Voxels as doubles, their mask, and what filling takes beside. setting: what makes the region as large as it is */
static rml_status check_bytes(const char *setting, const double size[3], double scratch, double most_bytes,
                              rml_error *err)
{
    const double bytes = 9.0 * size[0] * size[1] * size[2] + scratch;

    if (bytes <= most_bytes && size[0] < INT32_MAX && size[1] < INT32_MAX && size[2] < INT32_MAX) return RML_OK;
    return rml_fail(
        err, RML_ECAPACITY,
        "%s: a region of %.0f x %.0f x %.0f voxels around the ROI needs %.0f MB of memory, expected at most "
        "%.0f MB",
        setting, size[0], size[1], size[2], bytes / 1e6, most_bytes / 1e6);
}

static int64_t n_voxels(const int32_t size[3])
{
    return (int64_t)size[0] * size[1] * size[2];
}

rml_status rml_region_crop(const rml_grid *image, const rml_box *box, const uint8_t *voxels, int32_t pad,
                           double most_bytes, rml_region *region, rml_error *err)
{
    double size[3];
    rml_status status;
    rml_box *place = &region->place;

    *region = (rml_region){.grid = *image};
    if (pad < 0) return rml_fail(err, RML_EINVAL, "padDistance %d, expected 0 or more", (int)pad);
    for (int a = 0; a < 3; ++a) {
        const int64_t first = (int64_t)box->first[a] - pad, end = (int64_t)box->first[a] + box->size[a] + pad;

        place->first[a] = first > 0 ? (int32_t)first : 0;
        place->size[a] = (int32_t)(end < image->size[a] ? end : image->size[a]) - place->first[a];
        region->roi.first[a] = box->first[a] - place->first[a];
        region->roi.size[a] = box->size[a];
        region->grid.size[a] = place->size[a];
        size[a] = place->size[a];
        for (int r = 0; r < 3; ++r) /* in ITK's order: the origin, then axis after axis */
            region->grid.origin[r] += image->direction[r][a] * image->spacing[a] * place->first[a];
    }
    region->reach = *place;
    status = check_bytes("padDistance", size, 0.0, most_bytes, err);
    if (status != RML_OK) return status;
    region->mask = calloc((size_t)n_voxels(place->size), 1);
    if (!region->mask) return rml_fail(err, RML_ENOMEM, "no memory for the ROI's region");
    for (int32_t z = 0; z < box->size[2]; ++z)
        for (int32_t y = 0; y < box->size[1]; ++y) {
            const int64_t row = (int64_t)(region->roi.first[2] + z) * place->size[1] + region->roi.first[1] + y;

            memcpy(region->mask + row * place->size[0] + region->roi.first[0],
                   voxels + ((int64_t)z * box->size[1] + y) * box->size[0], (size_t)box->size[0]);
        }
    return RML_OK;
}

/* The new grid: PyRadiomics' arithmetic, operation by operation. */
static rml_status place_grid(const rml_grid *mask, const rml_box *box, const double spacing[3], int32_t pad,
                             double most_bytes, rml_grid *grid, rml_error *err)
{
    double index[3], size[3];
    rml_status status;
    rml_frame frame;

    if (!rml_frame_of(mask, &frame)) return rml_fail(err, RML_EGEOMETRY, "the mask's direction is singular");
    *grid = *mask;
    for (int a = 0; a < 3; ++a) {
        const double first = box->first[a], end = box->first[a] + (double)box->size[a];
        const double ratio = mask->spacing[a] / spacing[a];
        const double low = fmax(floor((first - 0.5) * ratio - pad), 0.0);
        const double high = fmin(ceil((end - 0.5) * ratio + pad), ceil(mask->size[a] * ratio) - 1.0);

        size[a] = high - low + 1.0;
        index[a] = 0.5 * (spacing[a] - mask->spacing[a]) / mask->spacing[a] + low / ratio;
        grid->spacing[a] = spacing[a];
    }
    status = check_bytes("resampledPixelSpacing", size, 0.0, most_bytes, err);
    if (status != RML_OK) return status;
    for (int a = 0; a < 3; ++a) grid->size[a] = (int32_t)size[a];
    rml_frame_point(&frame, index, grid->origin);
    return RML_OK;
}

/* No voxel is interpolated: the mask goes onto the image's grid, which is then cropped. */
static rml_status crop_on_image(const rml_grid *image, const rml_grid *mask, const rml_box *mask_box,
                                const uint8_t *mask_voxels, const rml_resampling *resampling, rml_region *region,
                                rml_error *err)
{
    uint8_t *voxels;
    rml_box box;
    rml_status status = rml_grid_correct(image, mask, mask_box, mask_voxels, &box, &voxels, err);

    if (status != RML_OK) return status;
    status = rml_region_crop(image, &box, voxels, resampling->pad, resampling->most_bytes, region, err);
    free(voxels);
    return status;
}

rml_status rml_region_resample(const rml_grid *image, const rml_grid *mask, const rml_box *mask_box,
                               const uint8_t *mask_voxels, const rml_resampling *resampling, rml_region *region,
                               rml_error *err)
{
    double spacing[3], size[3];
    bool close = true;
    rml_status status;

    *region = (rml_region){0};
    if (resampling->pad < 0) return rml_fail(err, RML_EINVAL, "padDistance %d, expected 0 or more", resampling->pad);
    if (!rml_interpolator_known((int)resampling->kind))
        return rml_fail(err, RML_EINVAL, "no interpolator has the number %d", (int)resampling->kind);
    for (int a = 0; a < 3; ++a) {
        const double wanted = resampling->spacing[a];

        if (!(wanted >= 0.0) || !isfinite(wanted))
            return rml_fail(err, RML_ESETTING, "a resampled spacing of %g mm along %c, expected 0 or more", wanted,
                            "xyz"[a]);
        spacing[a] = wanted == 0.0 || mask_box->size[a] == 1 ? mask->spacing[a] : wanted;
        close = close && fabs(image->spacing[a] - spacing[a]) <= 1e-8 + 1e-5 * fabs(spacing[a]);
    }
    status = rml_grid_holds(image, mask, mask_box, err);
    if (status != RML_OK) return status;
    if (close) return crop_on_image(image, mask, mask_box, mask_voxels, resampling, region, err);
    region->interpolated = true;
    region->kind = resampling->kind;
    status = place_grid(mask, mask_box, spacing, resampling->pad, resampling->most_bytes, &region->grid, err);
    if (status != RML_OK) return status;
    for (int a = 0; a < 3; ++a) size[a] = region->grid.size[a];
    status = check_bytes("resampledPixelSpacing", size, rml_resample_scratch(image, &region->grid, resampling->kind),
                         resampling->most_bytes, err);
    if (status != RML_OK) return status;
    status = rml_resample_read(image, &region->grid, resampling->kind, &region->reach);
    if (status != RML_OK) return rml_fail(err, status, "the image's direction is singular");
    region->mask = malloc((size_t)n_voxels(region->grid.size));
    if (!region->mask) return rml_fail(err, RML_ENOMEM, "no memory for the resampled mask");
    return rml_grid_sample(&region->grid, mask, mask_box, mask_voxels, region->mask, &region->roi, err);
}

rml_status rml_region_fill(const rml_resample_image *image, rml_region *region, rml_error *err)
{
    rml_status status;

    rml_patch_free(&region->image);
    if (region->interpolated) {
        status = rml_resample_values(image, &region->grid, region->kind, &region->image);
    } else {
        status = rml_patch_cut(&image->source, &region->place, RML_BORDER_NEAREST, &region->image);
        if (status == RML_OK && image->normalise) {
            rml_normalise_apply(image->normalise, region->image.voxels, n_voxels(region->image.size));
            region->image.type = RML_FLOAT64;
        }
    }
    switch (status) {
    case RML_OK: return RML_OK;
    case RML_EVALUE:
        return rml_fail(err, status,
                        "a voxel that is NaN or infinite lies where the B-spline of the ROI's surroundings reaches");
    case RML_ENOMEM: return rml_fail(err, status, "no memory for the resampled image");
    default: return rml_fail(err, status, "the image cannot be resampled");
    }
}

rml_volume rml_region_volume(const rml_region *region, const rml_patch *voxels)
{
    return (rml_volume){.grid = region->grid,
                        .stored = RML_FLOAT64,
                        .step = 1,
                        .n_slices = region->grid.size[2],
                        .voxels = (const unsigned char *)voxels->voxels};
}

uint8_t *rml_region_roi_mask(const rml_region *region)
{
    const rml_box *roi = &region->roi;
    uint8_t *out = malloc((size_t)n_voxels(roi->size));

    if (!out) return NULL;
    for (int32_t z = 0; z < roi->size[2]; ++z)
        for (int32_t y = 0; y < roi->size[1]; ++y) {
            const int64_t row = (int64_t)(roi->first[2] + z) * region->grid.size[1] + roi->first[1] + y;

            memcpy(out + ((int64_t)z * roi->size[1] + y) * roi->size[0],
                   region->mask + row * region->grid.size[0] + roi->first[0], (size_t)roi->size[0]);
        }
    return out;
}
