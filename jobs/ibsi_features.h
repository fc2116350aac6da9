/* From a ROI in memory to its row of IBSI's features: what jobs/features.h is for PyRadiomics'. */
#ifndef RML_JOBS_IBSI_FEATURES_H
#define RML_JOBS_IBSI_FEATURES_H

#include "jobs/features.h"
#include "jobs/ibsi_region.h"

/* Whether the parameters ask for an image that a filter makes. */
bool rml_ibsi_has_filter(const rml_params *params);

/* Every family that the parameters name, of every image. Seconds are counted under the stage of PyRadiomics' class of
 * the same kind: morphology under shape, what needs no matrix under firstorder, gldzm under glszm, ngldm under gldm.
 *
 * source  in/out  the whole interpolated image is made on the first filter's demand and kept
 * cancel  in      nobody waits any more; NULL allowed
 * row     out     value and reason; seconds, stage, n_voxels (of the intensity mask), skipped (an image that is not
 *                 finite in the ROI)
 *
 * RML_EVALUE     without bins, a ROI whose intensities are no levels
 * RML_ESETTING   more levels than a matrix or a histogram can have
 * RML_ENOMEM, RML_ECAPACITY, RML_ESTOPPED; all in words */
RML_CHECKED rml_status rml_ibsi_features(const rml_params *params, rml_ibsi_source *source,
                                         const rml_ibsi_prepared *prepared, const volatile bool *cancel,
                                         rml_feature_row *row, rml_error *err);

/* Bytes that a ROI takes, estimated from its box in the mask's grid: the interpolated box and its masks, what the
 * families hold at once (the transforms of Moran's I most of all), and, for filters, the whole interpolated image and
 * as much again for one response. */
double rml_ibsi_bytes(const rml_params *params, const rml_grid *grid, const rml_box *box);

#endif
