/* One ROI of a case: cut out of the image, normalised, described, and computed. */
#include "jobs/case_build.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/diagnostics.h"
#include "jobs/features.h"
#include "jobs/filtered.h"
#include "jobs/regions.h"
#include "jobs/rois.h"
#include "kernels/preprocess/cut.h"
#include "kernels/preprocess/grid.h"
#include "kernels/preprocess/summary.h"

/* A union is the ROI of those of its labels that are there; that some are not is said. */
static void warn_of_absent(const rml_labels *labels, const rml_label_set *set, const char *label, char **warning)
{
    rml_error text;

    for (int32_t i = 0; i < set->n; ++i) {
        if (rml_labels_find(labels, set->label[i])) continue;
        rml_fail(&text, RML_ELABEL, "%s: label %u of %s is not in the mask", RML_MASK_MARK, set->label[i], label);
        rml_result_warn(warning, text.text);
    }
}

/* A ROI in memory, and what filters are made of. */
typedef struct rml_cut {
    rml_roi roi;
    rml_region region; /* where the parameters ask for one; else all 0 */
    rml_filtered filtered;
    /* for the diagnostics: the grid that the ROI lies on by now, and the index in the ROI's own at which it begins */
    rml_grid grid;
    int32_t first[3];
    rml_diagnostics *diagnostics; /* the result's; NULL: not wanted */
} rml_cut;

static void cut_free(rml_cut *cut)
{
    rml_roi_free(&cut->roi);
    rml_region_free(&cut->region);
    rml_filtered_free(&cut->filtered);
}

/* The voxels of a ROI in the box, brought onto the image's grid where that is needed; malloc'ed. */
static rml_status cut_mask(const rml_params *params, rml_reading *reading, const rml_label_set *set, const char *label,
                           rml_diagnostics *diagnostics, rml_box *box, uint8_t **voxels, rml_error *err)
{
    rml_box in_mask = *box, moved_box;
    uint8_t *moved = NULL;
    rml_error inner = {0};
    rml_status status;

    for (int32_t axis = 0; axis < 3; ++axis) in_mask.first[axis] -= reading->mask_box.first[axis];
    *voxels = malloc((size_t)box->size[0] * (size_t)box->size[1] * (size_t)box->size[2]);
    if (!*voxels)
        return rml_fail(err, RML_ENOMEM, "no memory for a ROI of %d x %d x %d voxels", box->size[0], box->size[1],
                        box->size[2]);
    rml_labels_cut(&reading->mask, &in_mask, set->label, set->n, *voxels);
    if (diagnostics) {
        status = rml_diagnostics_mask(diagnostics, RML_MASK_ORIGINAL, &reading->mask_info.grid, box, *voxels);
        if (status != RML_OK) {
            free(*voxels);
            *voxels = NULL;
            return rml_fail(err, status, "no memory for a description of the mask");
        }
        memcpy(diagnostics->of[RML_MASK_ORIGINAL].hash, reading->mask_hash, sizeof reading->mask_hash);
    }
    if (!reading->regrid || params->resample) return RML_OK;
    status =
        rml_grid_correct(&reading->image_info.grid, &reading->mask_info.grid, box, *voxels, &moved_box, &moved, &inner);
    free(*voxels);
    *voxels = moved;
    *box = moved_box;
    return status == RML_OK ? RML_OK : rml_fail(err, status, "%s: label %s: %s", RML_MASK_MARK, label, inner.text);
}

/* The ROI out of the image as it is, or out of the region that the parameters ask for. voxels: handed over. */
static rml_status cut_values(const rml_params *params, const rml_reading *reading, bool drop_invalid,
                             const rml_box *box, uint8_t *voxels, rml_cut *cut, int64_t *n_invalid, int32_t first[3],
                             rml_error *err)
{
    const rml_normalisation *normalise = params->normalise ? &reading->normalisation : NULL;
    const bool own_grid = reading->regrid && !params->resample; /* the mask was put onto the image's */
    rml_patch_source source = {.volume = &reading->image};
    rml_status status;

    if (rml_params_has_region(params)) {
        const rml_region_case of = {.image = &reading->image,
                                    .normalise = normalise,
                                    .mask_grid = own_grid ? &reading->image_info.grid : &reading->mask_info.grid,
                                    .box = *box,
                                    .voxels = voxels,
                                    .most_bytes = reading->most_bytes,
                                    .drop_invalid = drop_invalid};

        status = rml_region_make(params, &of, &cut->region, &cut->roi, n_invalid, first, err);
        free(voxels);
        source = (rml_patch_source){.patch = &cut->region.image};
        rml_filtered_init(params, &source, NULL, &cut->filtered);
        return status;
    }
    status = rml_roi_cut(&reading->image, box, voxels, drop_invalid, &cut->roi, n_invalid, first);
    if (status != RML_OK) return rml_fail(err, status, "%s", rml_status_name(status));
    if (params->normalise) {
        rml_normalise_apply(&reading->normalisation, cut->roi.values, cut->roi.n_voxels);
        cut->roi.type = RML_FLOAT64;
    }
    rml_filtered_init(params, &source, normalise, &cut->filtered);
    return RML_OK;
}

/* Where the ROI lies: on the new grid, in PyRadiomics' pre-cropped part of its own (which the image's features need not
 * know where nothing is filtered), or on its own: the mask's, or the image's once it was put there.
 *
 * box  in  of the ROI as it was cropped to */
static void find_grid(const rml_params *params, const rml_reading *reading, const rml_box *box, rml_cut *cut)
{
    const rml_grid *own = reading->regrid ? &reading->image_info.grid : &reading->mask_info.grid;
    int32_t low[3], size[3];

    cut->grid = params->resample ? cut->region.grid : *own;
    if (params->resample || !params->pre_crop) return;
    for (int a = 0; a < 3; ++a) {
        const double first = box->first[a] - params->pad_distance,
                     end = box->first[a] + (double)box->size[a] + params->pad_distance;

        low[a] = first > 0.0 ? (int32_t)first : 0;
        size[a] = (end < own->size[a] ? (int32_t)end : own->size[a]) - low[a];
        cut->first[a] = rml_params_has_region(params) ? 0 : low[a]; /* a region's ROI counts from it already */
    }
    cut->grid = rml_diagnostics_part(own, low, size);
}

/* Of the stages that lie before re-segmentation. */
static rml_status diagnose(const rml_params *params, const rml_reading *reading, rml_cut *cut)
{
    rml_diagnostics *d = cut->diagnostics;
    rml_status status = RML_OK;

    if (params->resample) {
        rml_diagnosis *of = &d->of[RML_IMAGE_INTERPOLATED];
        const rml_patch *image = &cut->region.image;

        for (int a = 0; a < 3; ++a) of->size[a] = cut->grid.size[a];
        for (int a = 0; a < 3; ++a) of->spacing[a] = cut->grid.spacing[a];
        rml_summary_of(image->voxels, (int64_t)image->size[0] * image->size[1] * image->size[2], &of->mean,
                       &of->minimum, &of->maximum);
        d->stages |= 1U << RML_IMAGE_INTERPOLATED;
        status = rml_diagnostics_roi(d, RML_MASK_INTERPOLATED, &cut->grid, cut->first, &cut->roi);
    } else if (reading->regrid && !params->pre_crop) { /* pre-cropped, PyRadiomics corrects without a word */
        status = rml_diagnostics_roi(d, RML_MASK_CORRECTED, &cut->grid, cut->first, &cut->roi);
    }
    return status;
}

static rml_status diagnose_resegmented(void *context, const rml_roi *roi)
{
    const rml_cut *cut = context;

    return rml_diagnostics_roi(cut->diagnostics, RML_MASK_RESEGMENTED, &cut->grid, cut->first, roi);
}

/* What the ROI was when it was cut, of either profile: said of voxels that are no numbers, or of another failure. */
static rml_status judge_cut(rml_status status, const rml_error *inner, rml_nan_policy policy, int64_t n_invalid,
                            const int32_t first[3], rml_roi_result *out)
{
    rml_error *err = &out->error, warning;
    const char *label = out->label;

    if (n_invalid > 0 && (policy == RML_NAN_ERROR || status == RML_EEMPTY))
        return rml_fail(
            err, RML_EVALUE,
            "%s: %lld of the ROI's voxels %s NaN or infinite, the first at (%d, %d, %d); finite numbers were "
            "expected (--nan-policy exclude %s)",
            RML_IMAGE_MARK, (long long)n_invalid, n_invalid == 1 ? "is" : "are", first[0], first[1], first[2],
            policy == RML_NAN_EXCLUDE ? "leaves none" : "leaves them out");
    if (status != RML_OK) return rml_fail(err, status, "%s: label %s: %s", RML_MASK_MARK, label, inner->text);
    if (n_invalid > 0) {
        rml_fail(&warning, RML_EVALUE, "%s: label %s: %lld voxel%s NaN or infinite %s left out of the ROI",
                 RML_IMAGE_MARK, label, (long long)n_invalid, n_invalid == 1 ? " that is" : "s that are",
                 n_invalid == 1 ? "was" : "were");
        rml_result_warn(&out->warning, warning.text);
    }
    return RML_OK;
}

/* The ROI's voxels, if it can be had at all: it is in the mask, and the image was read. box: tight, in the mask's grid;
 * voxels: [box] malloc'ed */
static rml_status find_roi(const rml_params *params, rml_reading *reading, const rml_label_set *set,
                           rml_roi_result *out, rml_box *box, uint8_t **voxels)
{
    rml_error *err = &out->error;

    if (!rml_rois_find(&reading->labels, set, box, NULL))
        return rml_rois_absent(&reading->labels, RML_MASK_MARK, out->label, err);
    if (reading->image_status != RML_OK) {
        out->stage = reading->image_stage;
        return rml_fail(err, reading->image_status, "%s", reading->image_err.text);
    }
    warn_of_absent(&reading->labels, set, out->label, &out->warning);
    return cut_mask(params, reading, set, out->label, out->diagnostics, box, voxels, err);
}

static rml_status cut_roi(const rml_params *params, rml_nan_policy policy, rml_reading *reading,
                          const rml_label_set *set, rml_roi_result *out, rml_cut *cut)
{
    rml_error inner = {0};
    rml_box box;
    uint8_t *voxels = NULL;
    int64_t n_invalid = 0;
    int32_t first[3] = {0, 0, 0};
    rml_status status = find_roi(params, reading, set, out, &box, &voxels);

    if (status != RML_OK) return status;
    status = cut_values(params, reading, policy == RML_NAN_EXCLUDE, &box, voxels, cut, &n_invalid, first, &inner);
    status = judge_cut(status, &inner, policy, n_invalid, first, out);
    if (status != RML_OK || !cut->diagnostics) return status;
    find_grid(params, reading, &box, cut);
    status = diagnose(params, reading, cut);
    return status == RML_OK ? RML_OK : rml_fail(&out->error, status, "no memory for a description of the ROI");
}

/* Profile ibsi: the mask that was put onto the image's grid, and the stored image in it. voxels: [box] */
static rml_status diagnose_corrected(const rml_reading *reading, bool drop_invalid, const rml_box *box,
                                     const uint8_t *voxels, rml_diagnostics *diagnostics)
{
    static const int32_t none[3] = {0, 0, 0};
    const size_t n = (size_t)rml_box_voxels(box);
    uint8_t *mask = malloc(n);
    int64_t n_invalid;
    int32_t first[3];
    rml_roi roi;
    rml_status status;

    assert(voxels);
    if (!mask) return RML_ENOMEM;
    memcpy(mask, voxels, n);
    status = rml_roi_cut(&reading->image, box, mask, drop_invalid, &roi, &n_invalid, first);
    if (status == RML_OK)
        status = rml_diagnostics_roi(diagnostics, RML_MASK_CORRECTED, &reading->image_info.grid, none, &roi);
    rml_roi_free(&roi);
    return status == RML_EEMPTY ? RML_OK : status; /* which preparing it says, too */
}

/* The ROI of profile ibsi, prepared. */
static rml_status cut_ibsi(const rml_params *params, rml_nan_policy policy, rml_reading *reading,
                           const rml_label_set *set, rml_roi_result *out, rml_ibsi_prepared *prepared)
{
    rml_error inner = {0};
    rml_box box;
    uint8_t *voxels = NULL;
    int64_t n_invalid = 0;
    int32_t first[3] = {0, 0, 0};
    rml_status status = find_roi(params, reading, set, out, &box, &voxels);

    if (status != RML_OK) return status;
    if (reading->regrid && out->diagnostics)
        status = diagnose_corrected(reading, policy == RML_NAN_EXCLUDE, &box, voxels, out->diagnostics);
    if (status != RML_OK) {
        free(voxels);
        return rml_fail(&out->error, status, "no memory for a description of the ROI");
    }
    status = rml_ibsi_prepare(params, &reading->ibsi, &box, voxels, policy == RML_NAN_EXCLUDE, prepared, &n_invalid,
                              first, &inner);
    free(voxels);
    status = judge_cut(status, &inner, policy, n_invalid, first, out);
    if (status != RML_OK || !out->diagnostics) return status;
    status = rml_ibsi_diagnose(params, &reading->ibsi, prepared, out->diagnostics);
    return status == RML_OK ? RML_OK : rml_fail(&out->error, status, "no memory for a description of the ROI");
}

void rml_case_run_roi(const rml_params *params, rml_nan_policy policy, const volatile bool *cancel,
                      rml_reading *reading, const rml_label_set *set, rml_result *result, int32_t r)
{
    rml_roi_result *out = &result->roi[r];
    rml_cut cut = {0};
    rml_ibsi_prepared prepared = {0};
    const double begun = rml_seconds();
    rml_status status = RML_OK;

    out->label = rml_label_set_copy(set);
    out->stage = RML_STAGE_PREPROCESS;
    if (!out->label) status = rml_fail(&out->error, RML_ENOMEM, "no memory for a ROI");
    if (status == RML_OK && params->additional_info) {
        cut.diagnostics = out->diagnostics = calloc(1, sizeof *out->diagnostics);
        if (!out->diagnostics) status = rml_fail(&out->error, RML_ENOMEM, "no memory for the diagnostics of a ROI");
    }
    if (status == RML_OK && out->diagnostics) {
        out->diagnostics->of[RML_IMAGE_ORIGINAL] = reading->image_diagnosis;
        out->diagnostics->stages |= 1U << RML_IMAGE_ORIGINAL;
    }
    if (status == RML_OK)
        status = params->is_ibsi ? cut_ibsi(params, policy, reading, set, out, &prepared)
                                 : cut_roi(params, policy, reading, set, out, &cut);
    out->seconds[RML_STAGE_PREPROCESS] += rml_seconds() - begun;
    if (status == RML_OK) {
        status = rml_result_allocate(result, r);
        if (status != RML_OK) rml_fail(&out->error, status, "no memory for %d features", result->n_columns);
    }
    if (status == RML_OK) {
        const rml_images images = {rml_filtered_values, &cut.filtered};
        rml_feature_row row = {.value = out->value,
                               .reason = out->reason,
                               .seconds = out->seconds,
                               .resegmented = cut.diagnostics ? diagnose_resegmented : NULL,
                               .context = &cut};
        rml_error inner = {0};

        status = params->is_ibsi ? rml_ibsi_features(params, &reading->ibsi, &prepared, cancel, &row, &inner)
                                 : rml_features_compute(params, &cut.roi, &images, cancel, &row, &inner);
        out->stage = row.stage;
        out->n_voxels = row.n_voxels;
        if (status != RML_OK) rml_fail(&out->error, status, "%s: label %s: %s", RML_MASK_MARK, out->label, inner.text);
        if (status == RML_OK && row.skipped.status != RML_OK) {
            rml_fail(&inner, RML_EROI, "%s: label %s: %s", RML_IMAGE_MARK, out->label, row.skipped.text);
            rml_result_warn(&out->warning, inner.text);
        }
    }
    rml_ibsi_prepared_free(&prepared);
    cut_free(&cut);
}
