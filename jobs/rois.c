#include "jobs/rois.h"

#include <stdio.h>

void rml_box_join(rml_box *box, const rml_box *other)
{
    for (int32_t axis = 0; axis < 3; ++axis) {
        const int32_t end = box->first[axis] + box->size[axis], other_end = other->first[axis] + other->size[axis];

        if (other->first[axis] < box->first[axis]) box->first[axis] = other->first[axis];
        box->size[axis] = (other_end > end ? other_end : end) - box->first[axis];
    }
}

bool rml_rois_find(const rml_labels *labels, const rml_label_set *set, rml_box *box, int64_t *n_voxels)
{
    int64_t n = 0;

    for (int32_t i = 0; i < set->n; ++i) {
        const rml_label *label = rml_labels_find(labels, set->label[i]);

        if (!label) continue;
        if (n == 0) *box = label->box;
        rml_box_join(box, &label->box);
        n += label->n_voxels;
    }
    if (n_voxels) *n_voxels = n;
    return n > 0;
}

bool rml_rois_warning(const rml_labels *labels, const char *mask, rml_error *warning)
{
    if (labels->n_cut == 0) return false;
    (void)rml_fail(warning, RML_EVALUE, "%s: %lld voxel%s of the mask %s, cut to one as in PyRadiomics", mask,
                   (long long)labels->n_cut, labels->n_cut == 1 ? "" : "s",
                   labels->n_cut == 1 ? "is no whole number" : "are no whole numbers");
    return true;
}

rml_status rml_rois_absent(const rml_labels *labels, const char *mask, const char *label, rml_error *err)
{
    enum { SHOWN = 8 };
    char present[256] = "none but background";
    size_t used = 0;

    if (labels->n_negative > 0)
        snprintf(present, sizeof present, "none above 0, but %lld negative voxel%s", (long long)labels->n_negative,
                 labels->n_negative == 1 ? "" : "s");

    for (int32_t i = 0; i < labels->n && i < SHOWN; ++i)
        used += (size_t)snprintf(present + used, sizeof present - used, "%s%u", i ? ", " : "", labels->label[i].label);
    if (labels->n > SHOWN) snprintf(present + used, sizeof present - used, " and %d more", labels->n - SHOWN);
    return rml_fail(err, RML_ELABEL, "%s: label %s is not in the mask, which has %s", mask, label, present);
}

rml_status rml_rois_check_size(const rml_params *params, const int32_t size[3], int64_t n_voxels, const char *when,
                               rml_error *err)
{
    const int32_t n_dimensions = (size[0] > 1) + (size[1] > 1) + (size[2] > 1);

    if (n_dimensions == 0) return rml_fail(err, RML_EROI, "the ROI%s has 1 voxel, at least 2 were expected", when);
    if (n_dimensions < params->minimum_roi_dimensions)
        return rml_fail(err, RML_EROI,
                        "the ROI%s spans %d x %d x %d voxels, so %d dimension%s; minimumROIDimensions asks for %d",
                        when, size[0], size[1], size[2], n_dimensions, n_dimensions == 1 ? "" : "s",
                        params->minimum_roi_dimensions);
    if (params->minimum_roi_size >= 0 && n_voxels <= params->minimum_roi_size)
        return rml_fail(err, RML_EROI, "the ROI%s has %lld voxels; minimumROISize asks for more than %lld", when,
                        (long long)n_voxels, (long long)params->minimum_roi_size);
    return RML_OK;
}

int32_t rml_rois_slice_axis(const rml_params *params)
{
    return 2 - params->base.texture.force_2d_axis;
}

rml_status rml_rois_check_slice(const rml_params *params, const int32_t size[3], rml_error *err)
{
    const int32_t axis = rml_rois_slice_axis(params);
    const char name = "xyz"[axis];

    if (!params->wanted[RML_SHAPE_2D] || size[axis] == 1) return RML_OK;
    return rml_fail(err, RML_EROI,
                    "the ROI spans %d slices along %c; class shape2D is of one slice across force2Ddimension %d: "
                    "leave shape2D out of featureClass for ROIs of several",
                    size[axis], name, params->base.texture.force_2d_axis);
}
