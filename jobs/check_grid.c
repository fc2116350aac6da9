#include "jobs/check_grid.h"

#include <math.h>
#include <stdlib.h>

#include "jobs/ibsi_region.h"
#include "jobs/regions.h"
#include "kernels/preprocess/grid.h"
#include "kernels/preprocess/labels.h"

/* The ROI as correctMask will bring it onto the image's grid: its voxels, malloc'ed, count and box. */
static rml_status move(const rml_grid *image, const rml_grid *grid, uint8_t **voxels, rml_box *box, int64_t *n_voxels,
                       rml_error *err)
{
    const rml_box in_mask = *box;
    uint8_t *stored = *voxels;
    const rml_status status = rml_grid_correct(image, grid, &in_mask, stored, box, voxels, err);

    free(stored);
    if (status != RML_OK) {
        *voxels = NULL;
        return status;
    }
    *n_voxels = 0;
    for (int64_t i = 0; i < rml_box_voxels(box); ++i) *n_voxels += (*voxels)[i];
    return RML_OK;
}

/* The ROI on the grid that PyRadiomics' parameters ask for. */
static rml_status resample(const rml_params *params, const rml_grid *image, const rml_grid *grid, const uint8_t *voxels,
                           rml_box *box, int64_t *n_voxels, rml_error *err)
{
    const rml_resampling resampling = rml_params_resampling(params, RML_REGION_BYTES);
    rml_region region = {0};
    const rml_status status = rml_region_resample(image, grid, box, voxels, &resampling, &region, err);

    if (status == RML_OK) {
        const int64_t n = (int64_t)region.grid.size[0] * region.grid.size[1] * region.grid.size[2];

        *box = region.roi;
        *n_voxels = 0;
        for (int64_t i = 0; i < n; ++i) *n_voxels += region.mask[i];
    }
    rml_region_free(&region);
    return status;
}

static bool has_ibsi_grid(const rml_params *params)
{
    const double *spacing = params->ibsi.spacing;

    return params->is_ibsi && (spacing[0] > 0.0 || spacing[1] > 0.0 || spacing[2] > 0.0);
}

/* Whether a family that is wanted takes the intensities themselves, whole numbers from 1 on, for grey levels. */
static bool takes_intensities(const rml_ibsi_params *ibsi)
{
    bool any = ibsi->wanted[RML_IBSI_HISTOGRAM] != 0;

    for (int32_t t = 0; t < RML_IBSI_N_TEXTURES; ++t) any |= ibsi->wanted_texture[t] != 0;
    return any && ibsi->bins.count == 0 && !(ibsi->bins.width > 0.0);
}

/* Whether a box of the grid has voxels that do not stand on voxels of the image, by a millionth of one at least. */
static bool stands_between(const rml_ibsi_grid *grid, const rml_box *box)
{
    for (int a = 0; a < 3; ++a)
        for (int32_t j = box->first[a]; j < box->first[a] + box->size[a]; ++j) {
            const double at = grid->first[a] + j * grid->step[a];

            if (fabs(at - rint(at)) > 1e-6) return true;
        }
    return false;
}

/* The ROI on profile ibsi's grid. Means of neighbours are no whole numbers, but where all of the ROI's are alike; so
 * near to certain a failure is not left for the extraction to find. */
static rml_status place(const rml_params *params, const rml_grid *image, const uint8_t *voxels, rml_box *box,
                        int64_t *n_voxels, rml_error *err)
{
    const rml_ibsi_params *ibsi = &params->ibsi;
    const rml_volume view = {.grid = *image};
    rml_ibsi_prepared prepared = {0};
    rml_ibsi_source source;
    rml_status status = rml_ibsi_source_init(params, &view, RML_REGION_BYTES, &source, err);

    if (status == RML_OK) status = rml_ibsi_place(params, &source, box, voxels, &prepared, err);
    if (status == RML_OK) {
        *box = prepared.box;
        *n_voxels = prepared.n_morphological;
        if (takes_intensities(ibsi) && !ibsi->round && ibsi->interpolator != RML_IBSI_NEAREST && !source.same_grid &&
            stands_between(&source.grid, box))
            status = rml_fail(err, RML_EVALUE,
                              "without binCount and binWidth the intensities are the grey levels, but those on the "
                              "grid of resampledPixelSpacing are no whole numbers; binCount, binWidth or "
                              "roundIntensities is needed under setting");
    }
    rml_ibsi_prepared_free(&prepared);
    rml_ibsi_source_free(&source);
    return status;
}

rml_status rml_check_on_grid(const rml_params *params, const rml_grid *image, const rml_volume *mask,
                             const rml_grid *grid, bool regridded, const rml_label_set *set, rml_box *box,
                             int64_t *n_voxels, rml_error *err)
{
    const bool moved = regridded && !params->resample;
    rml_status status = RML_OK;
    uint8_t *voxels;

    if (!moved && !params->resample && !has_ibsi_grid(params)) return RML_OK;
    voxels = malloc((size_t)rml_box_voxels(box));
    if (!voxels) return rml_fail(err, RML_ENOMEM, "no memory for the ROI's voxels");
    rml_labels_cut(mask, box, set->label, set->n, voxels);
    if (moved) status = move(image, grid, &voxels, box, n_voxels, err);
    if (status == RML_OK && params->resample) status = resample(params, image, grid, voxels, box, n_voxels, err);
    if (status == RML_OK && has_ibsi_grid(params)) status = place(params, image, voxels, box, n_voxels, err);
    free(voxels);
    return status;
}
