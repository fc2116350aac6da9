#include "jobs/memory.h"

#include "jobs/rois.h"
#include "kernels/base/volume.h"

/* Measured: a rank that has computed a small case; bytes beside the ROI's mask for a voxel of the box (levels, bits of
 * equality) and for a voxel of the ROI (its value and level, sizes and runs). */
static const int64_t OF_A_RANK = (int64_t)32 << 20, OF_A_BOX_VOXEL = 7, OF_A_ROI_VOXEL = 14;
static const int64_t PAGE =
    4096; /* of what is as large as the box, pages that no voxel of the ROI lies on stay untouched */

static int64_t voxels_of(const rml_box *box)
{
    return (int64_t)box->size[0] * box->size[1] * box->size[2];
}

void rml_memory_add_roi(rml_memory_rois *rois, const rml_params *params, const rml_box *box, int64_t n_voxels)
{
    const int64_t n_box = voxels_of(box);
    const int64_t of_box = n_voxels < n_box * OF_A_BOX_VOXEL / PAGE ? n_voxels * PAGE : n_box * OF_A_BOX_VOXEL;
    int64_t bytes = n_box + of_box + n_voxels * OF_A_ROI_VOXEL;

    if (params->resegment.n_bounds > 0) bytes += 2 * n_box + n_voxels * 9; /* a second ROI, and the mask under it */
    if (bytes > rois->largest) rois->largest = bytes;
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
           voxels_of(&rois->box) * (int64_t)rml_scalar_bytes(mask->stored) + rois->largest;
}
