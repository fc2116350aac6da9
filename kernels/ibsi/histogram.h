/* Intensity histogram features (ZVCW), of discretised intensities. */
#ifndef RML_IBSI_HISTOGRAM_H
#define RML_IBSI_HISTOGRAM_H

#include "kernels/base/reason.h"
#include "kernels/base/status.h"
#include "kernels/ibsi/catalogue.h"

/* count   in   [n_levels] voxels of level 1, 2, …, empty levels included; the gradients read the levels from the lowest
 *              to the highest that occurs
 * value   out  [RML_IBSI_N_HISTOGRAM] in the catalogue's order
 * reason  out  the same: why a value is NaN
 *
 * The mode is, of several levels of most voxels, the one nearest the mean, of two as near the lower one. Gradients are
 * differences to the one neighbour at the ends and half those of both neighbours within; of equal ones the lowest level
 * is named. Of one level alone there is no gradient, no skewness and no kurtosis: NaN, RML_WHY_FLAT. Percentiles lie
 * linearly between order statistics.
 *
 * RML_EEMPTY  no voxel; all NaN
 * Source: IBSI reference manual, "Intensity histogram features". */
RML_CHECKED rml_status rml_ibsi_histogram(const int64_t *count, int32_t n_levels, double *value, uint8_t *reason);

#endif
