/* Intensity-volume histogram features (P88C): which part of the ROI has at least an intensity.
 *
 * The histogram stands on intensities first, first + step, …: nu_k is the part of the voxels that have at least the
 * k-th, gamma_k = k / (n - 1) where it lies in their range. What they are is up to the image:
 * - calibrated and discrete (CT): from the re-segmentation range's lower bound, else the ROI's lowest intensity, to its
 *   upper bound, else the highest, in steps of 1;
 * - calibrated and continuous (PET): centres of bins of a fixed size, from lowest + width / 2 to the range's end less
 *   width / 2, in steps of width;
 * - arbitrary (MR): the bin numbers 1 .. 1000 of a fixed bin number. */
#ifndef RML_IBSI_IVH_H
#define RML_IBSI_IVH_H

#include "kernels/base/reason.h"
#include "kernels/base/status.h"
#include "kernels/ibsi/catalogue.h"

typedef struct rml_ibsi_ivh_axis {
    double first, step; /* step above 0 */
    int32_t n;          /* intensities, at least 1 */
} rml_ibsi_ivh_axis;

/* Voxels by intensity: a value counts for the highest intensity of the axis that it reaches; one below the first counts
 * as below all. For whole intensities in steps of 1 and for values that lie on the axis this is exact; of bins use
 * their numbers, with an axis from 1 in steps of 1, and give rml_ibsi_ivh the axis of their centres.
 *
 * values  in   [n] finite
 * count   out  [axis n] */
void rml_ibsi_ivh_count(const double *values, int64_t n, const rml_ibsi_ivh_axis *axis, int64_t *count);

/* count     in   [axis n] voxels whose intensity is the k-th of the axis (of which the highest they reach)
 * n_voxels  in   all of them, those below the axis too
 * value     out  [RML_IBSI_N_IVH] in the catalogue's order
 * reason    out  the same: why a value is NaN
 *
 * V_x is the largest nu with gamma >= x, I_x the lowest intensity with nu <= x: where even the highest one has a larger
 * part of the ROI there is none (NaN, RML_WHY_NO_LEVEL). The area under the curve of nu over gamma is by trapezoids; it
 * has no reference value. With one intensity gamma is undefined: V and the area are NaN (RML_WHY_FLAT).
 *
 * RML_EEMPTY  no voxel; all NaN
 * Source: IBSI reference manual, "Intensity-volume histogram features". */
RML_CHECKED rml_status rml_ibsi_ivh(const int64_t *count, int64_t n_voxels, const rml_ibsi_ivh_axis *axis,
                                    double *value, uint8_t *reason);

#endif
