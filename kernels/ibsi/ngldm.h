/* IBSI's neighbouring grey level dependence matrix (REK0) and its features. */
#ifndef RML_IBSI_NGLDM_H
#define RML_IBSI_NGLDM_H

#include "kernels/ibsi/catalogue_texture.h"
#include "kernels/texture/levels.h"
#include "kernels/texture/settings.h"

/* The dependence of a voxel counts the voxel itself and its ROI neighbours whose levels differ by at most alpha.
 *
 * levels    in   the intensity mask's picture
 * distance  in   delta: Chebyshev distance of neighbours, 1..RML_MAX_DISTANCES and within the margin; IBSI's default 1
 * alpha     in   coarseness, at least 0; IBSI's default 0
 * rows      in   aggregations to compute; the others' rows are NaN
 * value     out  [RML_IBSI_N_WHOLE * 17], row by row
 *
 * RML_EINVAL  distance or alpha outside their ranges
 * RML_ENOMEM */
RML_CHECKED rml_status rml_ibsi_ngldm(const rml_levels *levels, int32_t distance, double alpha, rml_ibsi_rows rows,
                                      double *value);

#endif
