/* Intensity-based statistics (UHIW), of intensities that are not discretised. */
#ifndef RML_IBSI_STATISTICS_H
#define RML_IBSI_STATISTICS_H

#include "kernels/base/reason.h"
#include "kernels/base/status.h"
#include "kernels/ibsi/catalogue.h"

/* values  in   [n] finite: the intensity mask's voxels, in any order
 * work    in   [n]
 * value   out  [RML_IBSI_N_STATISTICS] in the catalogue's order
 * reason  out  the same: why a value is NaN
 *
 * Variance, skewness and kurtosis divide by N; kurtosis is in excess of 3. Percentiles lie linearly between order
 * statistics. Without a spread skewness and kurtosis are NaN (RML_WHY_FLAT); what divides by a mean, or by quartiles,
 * that is 0 is NaN as well (RML_WHY_DEGENERATE), and so is what leaves a double (RML_WHY_OVERFLOW, RML_WHY_UNDERFLOW).
 *
 * RML_EEMPTY  n below 1; all NaN
 * Source: IBSI reference manual, "Intensity-based statistical features". */
RML_CHECKED rml_status rml_ibsi_statistics(const double *values, int64_t n, double *work, double *value,
                                           uint8_t *reason);

#endif
