/* Whether image and mask lie on one grid, and the mask brought onto the image's where asked. */
#ifndef RML_PREPROCESS_GRID_H
#define RML_PREPROCESS_GRID_H

#include "kernels/base/volume.h"

/* ITK's rule as PyRadiomics applies it: sizes equal, origins and spacings within tolerance * the mask's first spacing
 * per component, direction cosines within tolerance.
 * RML_EGEOMETRY  with a sentence that names what differs, both values and the bound */
RML_CHECKED rml_status rml_grid_match(const rml_grid *image, const rml_grid *mask, double tolerance, rml_error *err);

/* Whether the ROI's box, voxels' outer faces included, lies in the image: PyRadiomics' test before it resamples.
 * RML_EGEOMETRY  it reaches outside by more than a thousandth of a voxel; a singular direction */
RML_CHECKED rml_status rml_grid_holds(const rml_grid *image, const rml_grid *mask, const rml_box *mask_box,
                                      rml_error *err);

/* The ROI (in the mask's grid) put on all of another grid by nearest neighbour, voxels half-way between two of the
 * mask's where ITK puts them.
 *
 * out    out  [grid->size] 1 inside the ROI, else 0
 * tight  out  the ROI's tight box in the new grid; its size is 0 when no voxel remains
 *
 * RML_EROI       no voxel of the ROI remains
 * RML_EGEOMETRY  a singular direction */
RML_CHECKED rml_status rml_grid_sample(const rml_grid *grid, const rml_grid *mask, const rml_box *mask_box,
                                       const uint8_t *mask_voxels, uint8_t *out, rml_box *tight, rml_error *err);

/* PyRadiomics' correctMask: the ROI (in the mask's grid) put on the image's grid by nearest neighbour, voxels half-way
 * between two of the mask's where ITK puts them.
 *
 * mask_box, mask_voxels  in   the ROI's tight box in the mask's grid and its voxels [box, 1 inside]
 * out_box                out  the ROI's tight box in the image's grid
 * out_voxels             out  malloc'ed [out_box, 1 inside]
 *
 * RML_EGEOMETRY  the ROI reaches outside the image by more than a thousandth of a voxel
 * RML_EROI       no voxel of the ROI remains
 * RML_ENOMEM */
RML_CHECKED rml_status rml_grid_correct(const rml_grid *image, const rml_grid *mask, const rml_box *mask_box,
                                        const uint8_t *mask_voxels, rml_box *out_box, uint8_t **out_voxels,
                                        rml_error *err);

#endif
