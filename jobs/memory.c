#include "jobs/memory.h"

#include <math.h>

#include "jobs/filtered.h"
#include "jobs/ibsi_memory.h"
#include "jobs/rois.h"
#include "kernels/base/volume.h"
#include "kernels/image/resample_spline.h"

/* Measured: a rank that has computed a small case; bytes beside the ROI's mask for a voxel of the box (levels, bits of
 * equality) and for a voxel of the ROI (its value and level, sizes and runs). */
static const int64_t OF_A_RANK = (int64_t)32 << 20, OF_A_BOX_VOXEL = 7, OF_A_ROI_VOXEL = 14;
static const int64_t PAGE =
    4096; /* of what is as large as the box, pages that no voxel of the ROI lies on stay untouched */

bool rml_memory_of_whole(const rml_params *params)
{
    return params->is_ibsi || params->normalise || params->resample || rml_params_has_filter(params);
}

/* Bytes of the grid that a ROI is resampled onto, and of the image's part that it is made from. */
static double bytes_resampled(const rml_params *params, const rml_grid *grid, const rml_box *box, int32_t size[3])
{
    double n_new = 1.0, n_old = 1.0;

    for (int axis = 0; axis < 3; ++axis) {
        const double old = grid->spacing[axis], wanted = params->resample_spacing[axis],
                     new = wanted > 0.0 && box->size[axis] > 1 ? wanted : old;
        const double all = floor(grid->size[axis] * old / new) + 1.0,
                     part = ceil(box->size[axis] * old / new) + 2.0 * params->pad_distance + 2.0;
        const double n = part < all ? part : all, read = n * new / old + 2.0 * RML_SPLINE_HALO;

        size[axis] = n < INT32_MAX ? (int32_t)n : INT32_MAX;
        n_new *= n;
        n_old *= read < grid->size[axis] ? read : grid->size[axis];
    }
    return 10.0 * n_new + 8.0 * n_old; /* values and mask; coefficients */
}

/* Bytes that the filters take over a box of a source of this size: one type after the other, each a patch with its
 * margin, as much for what passes leave between them, and the images. */
static double bytes_filtered(const rml_params *params, const int32_t size[3], const double spacing[3],
                             const rml_box *box)
{
    const rml_box reach = rml_filtered_patch(params, size, spacing, box);
    int32_t n_images = 0;

    for (int32_t t = 0; t < params->n_types; ++t)
        if (params->type[t].filter != RML_ORIGINAL && params->type[t].n_images > n_images)
            n_images = params->type[t].n_images;
    return n_images == 0
               ? 0.0
               : 8.0 * (3.0 * (double)rml_box_voxels(&reach) + (n_images + 1.0) * (double)rml_box_voxels(box));
}

static int64_t bytes_of_regions(const rml_params *params, bool resampled, const rml_grid *grid, const rml_box *box)
{
    int32_t size[3] = {grid->size[0], grid->size[1], grid->size[2]};
    double spacing[3] = {grid->spacing[0], grid->spacing[1], grid->spacing[2]}, bytes = 0.0;
    rml_box inside = *box;

    if (resampled) {
        bytes = bytes_resampled(params, grid, box, size);
        for (int axis = 0; axis < 3; ++axis) {
            inside.first[axis] = 0;
            inside.size[axis] = size[axis];
            if (params->resample_spacing[axis] > 0.0 && box->size[axis] > 1)
                spacing[axis] = params->resample_spacing[axis];
        }
    }
    bytes += bytes_filtered(params, size, spacing, &inside);
    return bytes < 0x1p62 ? (int64_t)bytes : INT64_MAX / 2;
}

/* resampled: on the grid that the parameters ask for; else on the mask's. */
static int64_t bytes_of_roi(const rml_params *params, bool resampled, const rml_grid *grid, const rml_box *box,
                            int64_t n_voxels)
{
    const int64_t n_box = rml_box_voxels(box);
    const int64_t of_box = n_voxels < n_box * OF_A_BOX_VOXEL / PAGE ? n_voxels * PAGE : n_box * OF_A_BOX_VOXEL;
    int64_t bytes = n_box + of_box + n_voxels * OF_A_ROI_VOXEL;

    if (params->is_ibsi) {
        const double all = (double)n_box + rml_ibsi_bytes(params, resampled, grid, box);

        bytes = all < 0x1p62 ? (int64_t)all : INT64_MAX / 2;
    }
    if (params->resegment.n_bounds > 0) bytes += 2 * n_box + n_voxels * 9; /* a second ROI, and the mask under it */
    if (!params->is_ibsi && rml_memory_of_whole(params))
        bytes += bytes_of_regions(params, resampled && params->resample, grid, box);
    return bytes;
}

void rml_memory_add_roi(rml_memory_rois *rois, const rml_params *params, const rml_grid *grid, const rml_box *box,
                        int64_t n_voxels)
{
    const int64_t bytes = bytes_of_roi(params, true, grid, box, n_voxels),
                  as_is = bytes_of_roi(params, false, grid, box, n_voxels);

    if (bytes > rois->largest) rois->largest = bytes;
    if (as_is > rois->as_is) rois->as_is = as_is;
    if (!rois->any) rois->box = *box;
    rml_box_join(&rois->box, box);
    rois->any = true;
}

int64_t rml_memory_of_mask(const rml_volume_info *mask)
{
    return OF_A_RANK + mask->memory_bytes;
}

int64_t rml_memory_of_image(const rml_volume_info *image, const rml_volume_info *mask, const rml_memory_rois *rois,
                            bool whole)
{
    const int64_t slice = image->memory_bytes / image->grid.size[2];

    if (!rois->any) return OF_A_RANK;
    return OF_A_RANK + (whole || image->compressed ? image->memory_bytes : slice * rois->box.size[2]) +
           rml_box_voxels(&rois->box) * (int64_t)rml_scalar_bytes(mask->stored) + rois->largest;
}
