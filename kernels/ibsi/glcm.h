/* IBSI's grey level co-occurrence matrix (LFYI) and its features. */
#ifndef RML_IBSI_GLCM_H
#define RML_IBSI_GLCM_H

#include "kernels/ibsi/catalogue_texture.h"
#include "kernels/texture/levels.h"

#define RML_IBSI_MOST_GREY (1 << 24) /* between the lowest and the highest level of a ROI */

/* Symmetrical matrices at Chebyshev distance 1, not weighted by distance; entropies in bits.
 *
 * levels  in   the intensity mask's picture
 * n_grey  in   N_g of the normalised inverse differences: the levels that the discretisation gives, absent ones too; 0
 *              for the ROI's highest level, as levels begin at 1 (MIRP 2.7.0 has it so: of levels 3 to 56, 56)
 * rows    in   aggregations to compute; the others' rows are NaN
 * value   out  [RML_IBSI_N_DIRECTIONAL * 25], row by row
 *
 * A matrix without pairs has no values, and one of a single level has neither correlation nor information correlation 1
 * (both 0/0): means go over the matrices that have the value, and are NaN where none has.
 *
 * RML_EINVAL     a margin of 0, n_grey below 0
 * RML_ESETTING   levels further apart than RML_IBSI_MOST_GREY
 * RML_ECAPACITY  2^32 voxels or more
 * RML_ENOMEM */
RML_CHECKED rml_status rml_ibsi_glcm(const rml_levels *levels, int32_t n_grey, rml_ibsi_rows rows, double *value);

#endif
