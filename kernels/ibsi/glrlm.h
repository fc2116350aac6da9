/* IBSI's grey level run length matrix (TP0I) and its features. */
#ifndef RML_IBSI_GLRLM_H
#define RML_IBSI_GLRLM_H

#include "kernels/ibsi/catalogue_texture.h"
#include "kernels/texture/levels.h"

/* Runs of length 1 upwards along every direction, also one that no two voxels share (PyRadiomics drops it). Merged
 * matrices' run percentage (9ZK5) divides by the voxels of all that was merged.
 *
 * levels  in   the intensity mask's picture
 * rows    in   aggregations to compute; the others' rows are NaN
 * value   out  [RML_IBSI_N_DIRECTIONAL * 16], row by row
 *
 * RML_EINVAL     a margin of 0
 * RML_ECAPACITY  more voxels than 2^32 / 13
 * RML_ENOMEM */
RML_CHECKED rml_status rml_ibsi_glrlm(const rml_levels *levels, rml_ibsi_rows rows, double *value);

#endif
