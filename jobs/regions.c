#include "jobs/regions.h"

#include <stdlib.h>
#include <string.h>

#include "kernels/preprocess/cut.h"

bool rml_params_has_region(const rml_params *params)
{
    return params->resample || (params->pre_crop && rml_params_has_filter(params));
}

rml_resampling rml_params_resampling(const rml_params *params, double most_bytes)
{
    return (rml_resampling){
        .spacing = {params->resample_spacing[0], params->resample_spacing[1], params->resample_spacing[2]},
        .kind = params->interpolator,
        .pad = (int32_t)params->pad_distance,
        .most_bytes = most_bytes};
}

rml_status rml_region_make(const rml_params *params, const rml_region_case *of, rml_region *region, rml_roi *roi,
                           int64_t *n_invalid, int32_t first_invalid[3], rml_error *err)
{
    const rml_resampling resampling = rml_params_resampling(params, of->most_bytes);
    const rml_resample_image image = {.source = {.volume = of->image}, .normalise = of->normalise};
    rml_volume view;
    uint8_t *mask;
    rml_status status;

    *n_invalid = 0;
    *roi = (rml_roi){0};
    status = params->resample
                 ? rml_region_resample(&of->image->grid, of->mask_grid, &of->box, of->voxels, &resampling, region, err)
                 : rml_region_crop(&of->image->grid, &of->box, of->voxels, (int32_t)params->pad_distance,
                                   of->most_bytes, region, err);
    if (status == RML_OK) status = rml_region_fill(&image, region, err);
    if (status != RML_OK) return status;
    mask = rml_region_roi_mask(region);
    if (!mask) return rml_fail(err, RML_ENOMEM, "no memory for the ROI's mask");
    view = rml_region_volume(region, &region->image);
    status = rml_roi_cut(&view, &region->roi, mask, of->drop_invalid, roi, n_invalid, first_invalid);
    if (status != RML_OK) return rml_fail(err, status, "the ROI could not be cut out (%s)", rml_status_name(status));
    roi->type = region->image.type;
    return RML_OK;
}
