/* From the morphological mask to the intensity mask: re-segmentation by a range of intensities (USB3, closed), and the
 * outlier filter (7ACA). Where both apply, the range comes first. */
#ifndef RML_IBSI_MASKS_H
#define RML_IBSI_MASKS_H

#include <stdint.h>

#include "kernels/base/status.h"

/* Takes out of the mask what lies outside [low, high], which may be infinite.
 *
 * image  in      [n] finite inside the mask
 * mask   in/out  [n] 1 inside, else 0
 * left   out     voxels that stay; 0 is no error here */
void rml_ibsi_resegment(const double *image, int64_t n, double low, double high, uint8_t *mask, int64_t *left);

/* Takes out of the mask what is further than n_sigma population standard deviations from the mask's mean; a voxel just
 * that far stays, and one beyond by no more than the mean's own rounding. One pass: the deviation is not taken again of
 * what is left.
 *
 * RML_EEMPTY  no voxel in the mask */
RML_CHECKED rml_status rml_ibsi_outliers(const double *image, int64_t n, double n_sigma, uint8_t *mask, int64_t *left);

#endif
