/* From a ROI in memory to its row of features. */
#ifndef RML_JOBS_FEATURES_H
#define RML_JOBS_FEATURES_H

#include <stdbool.h>

#include "engine/clock.h" /* what a stage took stands in the row */
#include "jobs/params.h"
#include "jobs/result.h"
#include "kernels/preprocess/roi.h"

/* What an image type makes of the ROI's voxels. `original` needs none: the ROI has its values.
 *
 * image   in   its number among the parameters' images
 * roi     in   re-segmented where asked: another, smaller one than the first maybe
 * values  out  [roi->n_voxels]
 * type    out  in which ITK would hold the filtered image
 * skipped out  a sentence when PyRadiomics makes no such image of so small a one (RML_EROI), or the image is not finite
 *              in the ROI (RML_EVALUE); values are not read then
 * RML_EVALUE, RML_ENOMEM … with a sentence */
typedef rml_status rml_image_values(void *context, int32_t image, const rml_roi *roi, double *values, rml_scalar *type,
                                    rml_error *skipped, rml_error *err);

typedef struct rml_images {
    rml_image_values *values;
    void *context;
} rml_images;

/* Sees a re-segmented ROI. RML_ENOMEM. */
typedef rml_status rml_resegmented(void *context, const rml_roi *roi);

/* Where the features of a ROI go. */
typedef struct rml_feature_row {
    double *value;                /* [rml_params_n_columns] */
    uint8_t *reason;              /* [rml_params_n_columns] */
    double *seconds;              /* [RML_N_STAGES], added to */
    rml_stage stage;              /* where it failed */
    int64_t n_voxels;             /* of the ROI that was computed */
    rml_resegmented *resegmented; /* who wants to see the ROI once it is re-segmented; NULL: nobody */
    void *context;                /* … and its context */
    rml_error skipped;            /* the first image that was not made; RML_OK: none */
} rml_feature_row;

/* Checks the ROI's size, re-segments where asked, and for every image discretises and computes every class that the
 * parameters name.
 *
 * roi      in   intensities already normalised where the parameters ask for it
 * images   in   NULL allowed where `original` is the only type
 * cancel   in   nobody waits any more: ends at the next class with RML_ESTOPPED; NULL allowed
 *
 * RML_EROI      too few voxels or dimensions, before or after re-segmentation
 * RML_ESETTING  more grey levels than a matrix can have
 * RML_ENOMEM, RML_ESTOPPED, and those of rml_image_values */
RML_CHECKED rml_status rml_features_compute(const rml_params *params, const rml_roi *roi, const rml_images *images,
                                            const volatile bool *cancel, rml_feature_row *row, rml_error *err);

#endif
