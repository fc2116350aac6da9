/* Grey level size zone matrix and its features. */
#ifndef RML_TEXTURE_GLSZM_H
#define RML_TEXTURE_GLSZM_H

#include "kernels/base/reason.h"
#include "kernels/features/catalogue.h"
#include "kernels/texture/levels.h"
#include "kernels/texture/settings.h"

/* Zones are counted level by level, each level's row as long as its largest possible zone, which is all its voxels: a
 * zone of size s of rank r at zones[first[r-1] + s - 1]. All rows together have as many cells as the ROI has voxels,
 * whatever the number of levels. */
void rml_glszm_rows(const rml_levels *levels, int64_t *first); /* first out [n_levels+1] */
size_t rml_glszm_work_bytes(const rml_levels *levels);         /* a multiple of 64 */

/* Counts the zones of equal level: 26-connected, or 8-connected in the planes of force_2d.
 *
 * first    in    [n_levels+1], from rml_glszm_rows
 * work     work  [rml_glszm_work_bytes], aligned to 64
 * zones    out   [n_voxels], overwritten
 * n_zones  out   the sum of zones
 *
 * RML_EINVAL     a margin of 0, or force_2d with an axis outside 0..2
 * RML_ECAPACITY  a picture of 2^31 cells or more */
RML_CHECKED rml_status rml_glszm_count(const rml_levels *levels, const rml_texture_settings *settings,
                                       const int64_t *first, void *work, uint32_t *zones, int64_t *n_zones);

int64_t rml_glszm_span(const rml_levels *levels); /* from voxel (0,0,0) to just behind the last one, in elements */

/* Counts the same zones by the least that a value takes among their voxels.
 *
 * levels    in      as in the last call of rml_glszm_count with this work
 * work      in      as that call left it
 * value     in      [nz*ny*nx], x fastest; 1..n_values in the ROI
 * n_values  in      at most 65535
 * least     work    [rml_glszm_span]
 * zones     in/out  [n_levels*n_values] added to: zones of rank r whose least value is k at (r-1)*n_values + k-1 */
void rml_glszm_count_least(const rml_levels *levels, void *work, const uint16_t *value, int64_t n_values,
                           uint16_t *least, uint32_t *zones);

/* Bytes of scratch that rml_glszm_features needs; a multiple of 64. */
size_t rml_glszm_scratch_bytes(const rml_levels *levels, const rml_texture_settings *settings);

/* The features of class RML_GLSZM. Arguments and statuses as rml_glcm_features has them.
 * RML_ECAPACITY also, for a picture of 2^31 cells or more.
 * Source: Thibault et al. 2014; IBSI "Grey level size zone based features"; PyRadiomics glszm. */
RML_CHECKED rml_status rml_glszm_features(const rml_levels *levels, const rml_texture_settings *settings,
                                          rml_wanted wanted, void *scratch, double *value, uint8_t *reason);

#endif
