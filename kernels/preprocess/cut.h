/* A ROI cut out of a loaded image: its intensities and nothing else. */
#ifndef RML_PREPROCESS_CUT_H
#define RML_PREPROCESS_CUT_H

#include <stdbool.h>

#include "kernels/preprocess/roi.h"

/* Cuts the ROI's intensities out of the image.
 *
 * box           in   in the image's grid; its slices are loaded
 * mask          in   [box] 1 inside the ROI; handed over: freed by rml_roi_free(roi), also after a failure
 * drop_invalid  in   voxels that are NaN or infinite leave the ROI (and its box shrinks); else they stay
 * roi           out  tight to its voxels
 * n_invalid     out  how many voxels inside the ROI are NaN or infinite
 * first_invalid out  index x, y, z of the first of them
 *
 * RML_EEMPTY  no voxel is left
 * RML_ENOMEM */
RML_CHECKED rml_status rml_roi_cut(const rml_volume *image, const rml_box *box, uint8_t *mask, bool drop_invalid,
                                   rml_roi *roi, int64_t *n_invalid, int32_t first_invalid[3]);

#endif
