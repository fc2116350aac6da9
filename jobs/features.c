#include "jobs/features.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/rois.h"
#include "kernels/base/kept.h"
#include "kernels/firstorder/firstorder.h"
#include "kernels/shape/shape.h"
#include "kernels/shape/shape2d.h"
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

static rml_status compute_class(const rml_params *params, const rml_image_type *type,
                                const rml_texture_settings *settings, const rml_roi *roi, const rml_levels *levels,
                                void *scratch, rml_class class_, double *value, uint8_t *reason)
{
    const rml_wanted wanted = params->wanted[class_];
    const double voxel_volume = roi->spacing[0] * roi->spacing[1] * roi->spacing[2];

    if (class_ == RML_FIRSTORDER)
        return rml_firstorder_features(roi->values, roi->n_voxels, levels->count, levels->n_levels, voxel_volume,
                                       type->voxel_array_shift, wanted, scratch, value, reason);
    return textures[class_].features(levels, settings, wanted, scratch, value, reason);
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
        else if (!rml_class_is_shape(class_))
            bytes = textures[class_].scratch_bytes(levels, settings);
        if (bytes > largest) largest = bytes;
    }
    return (largest + 63) / 64 * 64;
}

static rml_status discretise(const rml_image_type *type, const rml_texture_settings *settings, const rml_roi *roi,
                             rml_levels *levels, rml_error *err)
{
    int32_t margin = 1;
    int32_t *bins = malloc((size_t)roi->n_voxels * sizeof *bins);
    rml_status status;

    if (!bins) return rml_fail(err, RML_ENOMEM, "no memory for %lld grey levels", (long long)roi->n_voxels);
    for (int32_t d = 0; d < settings->n_distances; ++d)
        if (settings->distances[d] > margin) margin = settings->distances[d];
    status = rml_discretise(roi->values, roi->n_voxels, &type->binning, roi->type, bins);
    if (status == RML_OK) status = rml_levels_init(levels, roi->mask, roi->box.size, bins, roi->n_voxels, margin);
    free(bins);
    if (status == RML_ESETTING)
        return rml_fail(err, status, "binWidth %g cuts the ROI into more than %d grey levels; a larger one is needed",
                        type->binning.width, RML_MAX_LEVELS);
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

/* What computes one ROI, image after image. */
typedef struct rml_computing {
    const rml_params *params;
    const rml_roi *roi; /* re-segmented */
    const rml_images *images;
    const volatile bool *cancel;
    rml_feature_row *row;
    rml_error *err;
    double now;
} rml_computing;

static bool stopped(const rml_computing *c)
{
    return c->cancel && __atomic_load_n(c->cancel, __ATOMIC_RELAXED);
}

static void begin(rml_computing *c, rml_stage stage)
{
    c->row->stage = stage;
    c->now = rml_seconds();
}

static void end(rml_computing *c)
{
    c->row->seconds[c->row->stage] += rml_seconds() - c->now;
}

/* The classes of the mask alone. */
static rml_status compute_shapes(rml_computing *c, const uint8_t *mask, double (*value)[RML_MAX_CLASS_FEATURES],
                                 uint8_t (*reason)[RML_MAX_CLASS_FEATURES])
{
    const int32_t *size = c->roi->box.size;

    for (rml_class class_ = RML_SHAPE; class_ <= RML_SHAPE_2D; ++class_) {
        const rml_wanted wanted = c->params->wanted[class_];
        rml_status status;

        if (!wanted) continue;
        begin(c, RML_STAGE_CLASSES + class_);
        if (class_ == RML_SHAPE)
            status = rml_shape_features(mask, size, c->roi->spacing, wanted, value[class_], reason[class_]);
        else
            status = rml_shape2d_features(mask, size, c->roi->spacing, rml_rois_slice_axis(c->params), wanted,
                                          value[class_], reason[class_]);
        if (status != RML_OK)
            return rml_fail(c->err, status, "class %s could not be computed (%s)", rml_class_name(class_),
                            rml_status_name(status));
        end(c);
    }
    return RML_OK;
}

/* The classes of one image. */
static rml_status compute_image(rml_computing *c, const rml_image_type *type, const rml_roi *roi,
                                double (*value)[RML_MAX_CLASS_FEATURES], uint8_t (*reason)[RML_MAX_CLASS_FEATURES])
{
    rml_texture_settings settings = type->texture;
    rml_levels levels = {0};
    void *scratch = NULL;
    rml_status status;

    begin(c, RML_STAGE_PREPROCESS);
    for (int32_t axis = 0; axis < 3; ++axis) settings.spacing[axis] = roi->spacing[axis];
    clamp_distances(&settings, roi);
    status = discretise(type, &settings, roi, &levels, c->err);
    if (status != RML_OK) goto done;
    scratch = rml_kept_take(RML_KEPT_SCRATCH, largest_scratch(c->params, &settings, roi, &levels));
    if (!scratch) {
        status = rml_fail(c->err, RML_ENOMEM, "no memory for the matrices of %d grey levels", levels.n_levels);
        goto done;
    }
    end(c);
    for (int32_t at = 0; at < c->params->n_classes; ++at) {
        const rml_class class_ = c->params->classes[at];

        if (rml_class_is_shape(class_)) continue;
        if (stopped(c)) {
            status = rml_fail(c->err, RML_ESTOPPED, "nobody waits for this case any more");
            goto done;
        }
        begin(c, RML_STAGE_CLASSES + class_);
        status =
            compute_class(c->params, type, &settings, roi, &levels, scratch, class_, value[class_], reason[class_]);
        if (status != RML_OK) {
            status = rml_fail(c->err, status, "class %s could not be computed (%s)", rml_class_name(class_),
                              rml_status_name(status));
            goto done;
        }
        end(c);
    }
done:
    rml_kept_give(RML_KEPT_SCRATCH, scratch);
    rml_levels_free(&levels);
    return status;
}

/* Puts the values of an image's classes, or of the shapes (image -1), into the order of the columns. *column: the first
 * one, and then the next image's. */
static void gather(const rml_computing *c, int32_t image, const double (*value)[RML_MAX_CLASS_FEATURES],
                   const uint8_t (*reason)[RML_MAX_CLASS_FEATURES], int32_t *column)
{
    for (int32_t at = 0; at < c->params->n_classes; ++at) {
        const rml_class class_ = c->params->classes[at];

        if (rml_class_is_shape(class_) != (image < 0)) continue;
        for (int32_t f = 0; f < c->params->n_listed[class_]; ++f, ++*column) {
            c->row->value[*column] = value[class_][c->params->listed[class_][f]];
            c->row->reason[*column] = reason[class_][c->params->listed[class_][f]];
        }
    }
}

/* Every image, in the order of the columns. */
static rml_status compute_images(rml_computing *c, int32_t column)
{
    double value[RML_N_CLASSES][RML_MAX_CLASS_FEATURES];
    uint8_t reason[RML_N_CLASSES][RML_MAX_CLASS_FEATURES];
    rml_roi filtered = *c->roi;
    rml_status status = RML_OK;

    filtered.values = NULL;
    for (int32_t i = 0; status == RML_OK && i < c->params->n_images; ++i) {
        const rml_image_type *type = rml_params_image(c->params, i, NULL);
        rml_error skipped = {0};

        if (type->filter != RML_ORIGINAL) {
            if (!filtered.values) filtered.values = malloc((size_t)c->roi->n_voxels * sizeof *filtered.values);
            if (!filtered.values)
                return rml_fail(c->err, RML_ENOMEM, "no memory for %lld filtered voxels", (long long)c->roi->n_voxels);
            begin(c, RML_STAGE_FILTER);
            status =
                c->images->values(c->images->context, i, c->roi, filtered.values, &filtered.type, &skipped, c->err);
            end(c);
            if (status != RML_OK) break;
        }
        if (skipped.status == RML_OK) {
            status = compute_image(c, type, type->filter == RML_ORIGINAL ? c->roi : &filtered, value, reason);
        } else {
            for (int32_t class_ = 0; class_ < RML_N_CLASSES; ++class_)
                for (int32_t f = 0; f < RML_MAX_CLASS_FEATURES; ++f) {
                    value[class_][f] = NAN;
                    reason[class_][f] = skipped.status == RML_EVALUE ? RML_WHY_NOT_FINITE : RML_WHY_NO_IMAGE;
                }
            if (c->row->skipped.status == RML_OK) c->row->skipped = skipped;
        }
        if (status == RML_OK)
            gather(c, i, (const double(*)[RML_MAX_CLASS_FEATURES])value,
                   (const uint8_t(*)[RML_MAX_CLASS_FEATURES])reason, &column);
    }
    free(filtered.values);
    return status;
}

rml_status rml_features_compute(const rml_params *params, const rml_roi *roi, const rml_images *images,
                                const volatile bool *cancel, rml_feature_row *row, rml_error *err)
{
    rml_computing c = {.params = params, .roi = roi, .images = images, .cancel = cancel, .row = row, .err = err};
    double value[RML_N_CLASSES][RML_MAX_CLASS_FEATURES];
    uint8_t reason[RML_N_CLASSES][RML_MAX_CLASS_FEATURES];
    rml_roi cut = {0};
    uint8_t *under = NULL;
    const uint8_t *shape_mask = roi->mask;
    int32_t column = 0;
    rml_status status;

    begin(&c, RML_STAGE_PREPROCESS);
    row->skipped = (rml_error){0};
    status = rml_rois_check_size(params, roi->box.size, roi->n_voxels, "", err);
    if (status != RML_OK) goto done;
    if (params->resegment.n_bounds > 0) {
        status = rml_resegment(roi, &params->resegment, &cut, err);
        if (status != RML_OK) goto done;
        status = rml_rois_check_size(params, cut.box.size, cut.n_voxels, " after re-segmentation", err);
        if (status != RML_OK) goto done;
        if (row->resegmented && row->resegmented(row->context, &cut) != RML_OK) {
            status = rml_fail(err, RML_ENOMEM, "no memory for a description of the ROI");
            goto done;
        }
        under = params->resegment_shape ? NULL : mask_under(roi, &cut.box);
        if (!params->resegment_shape && !under) {
            status = rml_fail(err, RML_ENOMEM, "no memory for a second mask");
            goto done;
        }
        shape_mask = under ? under : cut.mask;
        c.roi = &cut;
    }
    status = rml_rois_check_slice(params, c.roi->box.size, err);
    if (status != RML_OK) goto done;
    end(&c);
    status = compute_shapes(&c, shape_mask, value, reason);
    if (status != RML_OK) goto done;
    gather(&c, -1, (const double(*)[RML_MAX_CLASS_FEATURES])value, (const uint8_t(*)[RML_MAX_CLASS_FEATURES])reason,
           &column);
    status = compute_images(&c, column);
    if (status == RML_OK) row->n_voxels = c.roi->n_voxels;
done:
    free(under);
    rml_roi_free(&cut);
    return status;
}
