/* From a ROI in memory to its row of IBSI's features: what jobs/features.h is for PyRadiomics'. */
#ifndef RML_JOBS_IBSI_FEATURES_H
#define RML_JOBS_IBSI_FEATURES_H

#include "jobs/features.h"
#include "jobs/ibsi_region.h"

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

#endif
