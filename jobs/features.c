#include "jobs/features.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "jobs/rois.h"
#include "kernels/base/kept.h"
#include "kernels/firstorder/firstorder.h"
#include "kernels/shape/shape.h"
#include "kernels/texture/glcm.h"
#include "kernels/texture/gldm.h"
#include "kernels/texture/glrlm.h"
#include "kernels/texture/glszm.h"
#include "kernels/texture/levels.h"
#include "kernels/texture/ngtdm.h"

typedef struct rml_texture_class {
    size_t (*scratch_bytes)(const rml_levels *, const rml_texture_settings *);
    rml_status (*features)(const rml_levels *, const rml_texture_settings *, rml_wanted, void *, double *, uint8_t *);
} rml_texture_class;

static const rml_texture_class textures[RML_N_CLASSES] = {
    [RML_GLCM] = {rml_glcm_scratch_bytes, rml_glcm_features},
    [RML_GLDM] = {rml_gldm_scratch_bytes, rml_gldm_features},
    [RML_GLRLM] = {rml_glrlm_scratch_bytes, rml_glrlm_features},
    [RML_GLSZM] = {rml_glszm_scratch_bytes, rml_glszm_features},
    [RML_NGTDM] = {rml_ngtdm_scratch_bytes, rml_ngtdm_features},
};

double rml_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* The original mask under the box of the re-segmented one: what PyRadiomics takes the shape of without resegmentShape
 * (it crops before it computes). */
static uint8_t *mask_under(const rml_roi *roi, const rml_box *box)
{
    const int32_t *size = box->size;
    uint8_t *mask = malloc((size_t)size[0] * (size_t)size[1] * (size_t)size[2]), *out = mask;

    if (!mask) return NULL;
    for (int32_t z = 0; z < size[2]; ++z)
        for (int32_t y = 0; y < size[1]; ++y, out += size[0]) {
            const int64_t from_z = box->first[2] - roi->box.first[2] + z,
                          from_y = box->first[1] - roi->box.first[1] + y;

            memcpy(out,
                   roi->mask + (from_z * roi->box.size[1] + from_y) * roi->box.size[0] +
                       (box->first[0] - roi->box.first[0]),
                   (size_t)size[0]);
        }
    return mask;
}

static rml_status compute_class(const rml_params *params, const rml_texture_settings *settings, const rml_roi *roi,
                                const uint8_t *shape_mask, const rml_levels *levels, void *scratch, rml_class class_,
                                double *value, uint8_t *reason)
{
    const rml_wanted wanted = params->wanted[class_];
    const double voxel_volume = roi->spacing[0] * roi->spacing[1] * roi->spacing[2];

    switch (class_) {
    case RML_SHAPE: return rml_shape_features(shape_mask, roi->box.size, roi->spacing, wanted, value, reason);
    case RML_FIRSTORDER:
        return rml_firstorder_features(roi->values, roi->n_voxels, levels->count, levels->n_levels, voxel_volume,
                                       params->voxel_array_shift, wanted, scratch, value, reason);
    default: return textures[class_].features(levels, settings, wanted, scratch, value, reason);
    }
}

static size_t largest_scratch(const rml_params *params, const rml_texture_settings *settings, const rml_roi *roi,
                              const rml_levels *levels)
{
    size_t largest = 64;

    for (int32_t c = 0; c < params->n_classes; ++c) {
        const rml_class class_ = params->classes[c];
        size_t bytes = 0;

        if (class_ == RML_FIRSTORDER)
            bytes = rml_firstorder_scratch_bytes(roi->n_voxels);
        else if (class_ != RML_SHAPE)
            bytes = textures[class_].scratch_bytes(levels, settings);
        if (bytes > largest) largest = bytes;
    }
    return (largest + 63) / 64 * 64;
}

static rml_status discretise(const rml_params *params, const rml_texture_settings *settings, const rml_roi *roi,
                             rml_levels *levels, rml_error *err)
{
    int32_t margin = 1;
    int32_t *bins = malloc((size_t)roi->n_voxels * sizeof *bins);
    rml_status status;

    if (!bins) return rml_fail(err, RML_ENOMEM, "no memory for %lld grey levels", (long long)roi->n_voxels);
    for (int32_t d = 0; d < settings->n_distances; ++d)
        if (settings->distances[d] > margin) margin = settings->distances[d];
    status = rml_discretise(roi->values, roi->n_voxels, &params->binning, roi->type, bins);
    if (status == RML_OK) status = rml_levels_init(levels, roi->mask, roi->box.size, bins, roi->n_voxels, margin);
    free(bins);
    if (status == RML_ESETTING)
        return rml_fail(err, status, "binWidth %g cuts the ROI into more than %d grey levels; a larger one is needed",
                        params->binning.width, RML_MAX_LEVELS);
    if (status != RML_OK)
        return rml_fail(err, status, "the ROI could not be discretised (%s)", rml_status_name(status));
    return RML_OK;
}

/* A distance of the box's largest extent has no neighbours, like every larger one: no margin need be wider. */
static void clamp_distances(rml_texture_settings *settings, const rml_roi *roi)
{
    int32_t extent = 1;

    for (int32_t a = 0; a < 3; ++a)
        if (roi->box.size[a] > extent) extent = roi->box.size[a];
    for (int32_t d = 0; d < settings->n_distances; ++d)
        if (settings->distances[d] > extent) settings->distances[d] = extent;
}

/* Puts the values of the classes into the order of the columns. */
static void gather(const rml_params *params, double (*of_class)[RML_MAX_CLASS_FEATURES],
                   uint8_t (*reasons)[RML_MAX_CLASS_FEATURES], double *value, uint8_t *reason)
{
    const int32_t n_columns = rml_params_n_columns(params);

    for (int32_t c = 0; c < n_columns; ++c) {
        rml_class class_;
        int32_t feature;

        rml_params_column(params, c, &class_, &feature, NULL);
        value[c] = of_class[class_][feature];
        reason[c] = reasons[class_][feature];
    }
}

rml_status rml_features_compute(const rml_params *params, const rml_roi *roi, const volatile bool *cancel,
                                double *value, uint8_t *reason, double *seconds, rml_stage *stage, int64_t *n_voxels,
                                rml_error *err)
{
    double of_class[RML_N_CLASSES][RML_MAX_CLASS_FEATURES];
    uint8_t reasons[RML_N_CLASSES][RML_MAX_CLASS_FEATURES];
    rml_texture_settings settings = params->texture;
    rml_roi cut = {0};
    rml_levels levels = {0};
    uint8_t *under = NULL;
    const uint8_t *shape_mask;
    void *scratch = NULL;
    double begun = rml_seconds(), now;
    rml_status status;

    *stage = RML_STAGE_PREPROCESS;
    for (int32_t axis = 0; axis < 3; ++axis) settings.spacing[axis] = roi->spacing[axis];
    status = rml_rois_check_size(params, roi->box.size, roi->n_voxels, "", err);
    if (status != RML_OK) goto done;
    shape_mask = roi->mask;
    if (params->resegment.n_bounds > 0) {
        status = rml_resegment(roi, &params->resegment, &cut, err);
        if (status != RML_OK) goto done;
        status = rml_rois_check_size(params, cut.box.size, cut.n_voxels, " after re-segmentation", err);
        if (status != RML_OK) goto done;
        under = params->resegment_shape ? NULL : mask_under(roi, &cut.box);
        if (!params->resegment_shape && !under) {
            status = rml_fail(err, RML_ENOMEM, "no memory for a second mask");
            goto done;
        }
        shape_mask = under ? under : cut.mask;
        roi = &cut;
    }
    clamp_distances(&settings, roi);
    status = discretise(params, &settings, roi, &levels, err);
    if (status != RML_OK) goto done;
    scratch = rml_kept_take(RML_KEPT_SCRATCH, largest_scratch(params, &settings, roi, &levels));
    if (!scratch) {
        status = rml_fail(err, RML_ENOMEM, "no memory for the matrices of %d grey levels", levels.n_levels);
        goto done;
    }
    now = rml_seconds();
    seconds[RML_STAGE_PREPROCESS] += now - begun;
    for (int32_t c = 0; c < params->n_classes; ++c) {
        const rml_class class_ = params->classes[c];

        *stage = RML_STAGE_CLASSES + class_;
        if (cancel && __atomic_load_n(cancel, __ATOMIC_RELAXED)) {
            status = rml_fail(err, RML_ESTOPPED, "nobody waits for this case any more");
            goto done;
        }
        begun = now;
        status = compute_class(params, &settings, roi, shape_mask, &levels, scratch, class_, of_class[class_],
                               reasons[class_]);
        if (status != RML_OK) {
            status = rml_fail(err, status, "class %s could not be computed (%s)", rml_class_name(class_),
                              rml_status_name(status));
            goto done;
        }
        now = rml_seconds();
        seconds[*stage] += now - begun;
    }
    gather(params, of_class, reasons, value, reason);
    *n_voxels = roi->n_voxels;
done:
    rml_kept_give(RML_KEPT_SCRATCH, scratch);
    free(under);
    rml_levels_free(&levels);
    rml_roi_free(&cut);
    return status;
}
