/* From a ROI in memory to its row of features. */
#ifndef RML_JOBS_FEATURES_H
#define RML_JOBS_FEATURES_H

#include <stdbool.h>

#include "jobs/params.h"
#include "jobs/result.h"
#include "kernels/preprocess/roi.h"

/* Checks the ROI's size, re-segments where asked, discretises and computes every class that the parameters name.
 *
 * roi      in   intensities already normalised where the parameters ask for it
 * cancel   in   nobody waits any more: ends at the next class with RML_ESTOPPED; NULL allowed
 * value    out  [rml_params_n_columns]
 * reason   out  [rml_params_n_columns]
 * seconds  out  [RML_N_STAGES], added to
 * stage    out  where it failed
 *
 * RML_EROI      too few voxels or dimensions, before or after re-segmentation
 * RML_ESETTING  more grey levels than a matrix can have
 * RML_ENOMEM, RML_ESTOPPED */
RML_CHECKED rml_status rml_features_compute(const rml_params *params, const rml_roi *roi, const volatile bool *cancel,
                                            double *value, uint8_t *reason, double *seconds, rml_stage *stage,
                                            int64_t *n_voxels, rml_error *err);

/* Seconds of a clock that only goes forward. */
double rml_seconds(void);

#endif
