/* What filters and features see of an image: a region around the ROI, on a new grid (resampledPixelSpacing), cut out
 * (preCrop), or both of neither. First the region is placed, which needs the grids and the mask alone; then it says
 * which part of the image to load; then it is filled. */
#ifndef RML_IMAGE_RESAMPLE_H
#define RML_IMAGE_RESAMPLE_H

#include "kernels/image/resample_values.h"

typedef struct rml_region {
    rml_grid grid;     /* of the region: its size is the region's, its origin the centre of the region's first voxel */
    rml_box roi;       /* the ROI's tight box, in the region */
    uint8_t *mask;     /* [grid.size] 1 inside the ROI, else 0; malloc'ed */
    bool interpolated; /* else the region is a box of the image: */
    rml_interpolator kind;
    rml_box place;   /* of the region in the image's grid; unless interpolated */
    rml_box reach;   /* the image's voxels that filling reads: these slices must be loaded; its size is 0 if none. A
                        spline takes more of what is loaded where the image is flat (resample_spline.h) */
    rml_patch image; /* of the region's size; voxels NULL until filled */
} rml_region;

/* Gives back mask and image; NULL and a half-built region allowed. */
void rml_region_free(rml_region *region);

typedef struct rml_resampling {
    double
        spacing[3]; /* mm along x, y, z; 0 keeps the mask's. An axis along which the ROI spans one voxel keeps it too */
    rml_interpolator kind;
    int32_t pad;       /* padDistance: voxels of the region on either side of the ROI's box, as far as the mask's grid
                          goes; new ones when resampled */
    double most_bytes; /* what the region and the scratch that fills it may take together */
} rml_resampling;

/* Places PyRadiomics' resampled region. Image and mask may lie on different grids: the new one is made from the mask's,
 * its voxels' outer faces on those of the mask's grid. Where the new spacing is close to the image's (|difference| <=
 * 1e-8 + 1e-5 * new, every axis) nothing is interpolated: the mask goes onto the image's grid and the region is a box
 * of the image.
 *
 * mask_box, mask_voxels  in   the ROI's tight box in the mask's grid and its voxels [box, 1 inside]
 * region                 out  all but its image; to be freed with rml_region_free
 *
 * RML_EINVAL     a negative pad, no such interpolator
 * RML_ESETTING   a spacing that is negative or not finite
 * RML_EGEOMETRY  the ROI reaches outside the image by more than a thousandth of a voxel; a singular direction
 * RML_EROI       no voxel of the ROI remains on the new grid
 * RML_ECAPACITY  more than most_bytes, with the grid's size and what it needs
 * RML_ENOMEM
 * Source: PyRadiomics 3.0.1, imageoperations.resampleImage; its arithmetic in its order, since floor and ceil of a
 * rounded product decide how large the region is. */
RML_CHECKED rml_status rml_region_resample(const rml_grid *image, const rml_grid *mask, const rml_box *mask_box,
                                           const uint8_t *mask_voxels, const rml_resampling *resampling,
                                           rml_region *region, rml_error *err);

/* Places PyRadiomics' preCrop: the ROI's box with pad voxels on either side, clipped to the image. With a pad that
 * reaches over the whole image: the image itself.
 *
 * box, voxels  in  the ROI's tight box in the image's grid and its voxels [box, 1 inside]
 *
 * RML_EINVAL     a negative pad
 * RML_ECAPACITY  the region would take more than most_bytes
 * RML_ENOMEM */
RML_CHECKED rml_status rml_region_crop(const rml_grid *image, const rml_box *box, const uint8_t *voxels, int32_t pad,
                                       double most_bytes, rml_region *region, rml_error *err);

/* Fills the region's image. A stored image is decoded as far as region->reach alone, but for flat ones under a
 * spline.
 *
 * RML_EVALUE  see rml_resample_values, with a sentence
 * RML_EINVAL, RML_ENOMEM */
RML_CHECKED rml_status rml_region_fill(const rml_resample_image *image, rml_region *region, rml_error *err);

/* The voxels of the region (its image, or what a filter made of that: a patch of the region's size) as a volume, for
 * rml_roi_cut with region->roi and the mask's voxels in that box. It points into the patch and is not freed; its values
 * are doubles, so the ROI's type is then to be set to the patch's. */
rml_volume rml_region_volume(const rml_region *region, const rml_patch *voxels);

/* The ROI's mask, tight: [region->roi] malloc'ed, as rml_roi_cut takes it; NULL without memory. */
uint8_t *rml_region_roi_mask(const rml_region *region);

#endif
