/* IBSI's neighbourhood grey tone difference matrix (IPET) and its features. */
#ifndef RML_IBSI_NGTDM_H
#define RML_IBSI_NGTDM_H

#include "kernels/ibsi/catalogue_texture.h"
#include "kernels/texture/levels.h"

/* Chebyshev distance 1; a voxel without a ROI neighbour is not counted at all. A matrix without such a voxel has no
 * values; one whose differences are all 0 has coarseness 1e6, and contrast, busyness and strength 0, as IBSI has it.
 *
 * levels  in   the intensity mask's picture
 * rows    in   aggregations to compute; the others' rows are NaN
 * value   out  [RML_IBSI_N_WHOLE * 5], row by row: coarseness, contrast, busyness, complexity, strength
 *
 * RML_EINVAL  a margin of 0
 * RML_ENOMEM */
RML_CHECKED rml_status rml_ibsi_ngtdm(const rml_levels *levels, rml_ibsi_rows rows, double *value);

#endif
