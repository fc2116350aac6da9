/* Re-segmentation: ROI voxels whose intensity lies outside a range leave the ROI. */
#ifndef RML_PREPROCESS_RESEGMENT_H
#define RML_PREPROCESS_RESEGMENT_H

#include "kernels/preprocess/roi.h"

typedef enum rml_resegment_mode {
    RML_RESEGMENT_ABSOLUTE,
    RML_RESEGMENT_RELATIVE,
    RML_RESEGMENT_SIGMA
} rml_resegment_mode;

typedef struct rml_resegmentation {
    int32_t n_bounds; /* 0: off; 1: lower bound only; 2: closed range, in any order */
    double bounds[2];
    rml_resegment_mode mode;
} rml_resegmentation;

/* Builds a new ROI from roi: fewer voxels, a tight box of its own. roi is left as it is.
 * RML_EROI  fewer than two voxels are left (with the range and the count in the sentence)
 * RML_ENOMEM */
RML_CHECKED rml_status rml_resegment(const rml_roi *roi, const rml_resegmentation *how, rml_roi *out, rml_error *err);

#endif
