/* The images that filters make of a case's image, as far as a ROI's box: what rml_features_compute asks for. */
#ifndef RML_JOBS_FILTERED_H
#define RML_JOBS_FILTERED_H

#include "jobs/features.h"
#include "kernels/image/patch.h"
#include "kernels/preprocess/normalise.h"

/* What PyRadiomics filters: the whole image, or the region that is resampled or pre-cropped from it.
 * Set up by the caller but for what begins with "made"; several ROIs of one image may share it. */
typedef struct rml_filtered {
    const rml_params *params;
    rml_patch_source source;                /* the image as stored, or the region */
    const rml_normalisation *normalisation; /* of a stored image that is normalised; NULL: its values are as wanted */
    int32_t size[3];                        /* of the source */
    double largest;                         /* max |x| of the source; NaN: not found yet */
    /* what a filter made last, for the box made_box */
    int32_t made_type; /* -1: nothing */
    rml_box made_box;
    int32_t n_made;
    double **made; /* [n_made] images of the box; malloc'ed */
    rml_scalar made_as;
} rml_filtered;

/* After this, rml_filtered_free. */
void rml_filtered_init(const rml_params *params, const rml_patch_source *source, const rml_normalisation *normalisation,
                       rml_filtered *filtered);
void rml_filtered_free(rml_filtered *filtered);

/* Makes all images of a type over a box: filtered->made[0 .. n_images-1], of type made_as. Those made last for the same
 * box stay.
 * mask  [box] where voxels are wanted: LBP3D is made there alone; NULL: everywhere
 * RML_EVALUE (a voxel that is NaN where a filter scales by the largest, or an image of 0), RML_ENOMEM, in words */
RML_CHECKED rml_status rml_filtered_make(rml_filtered *filtered, int32_t type, const rml_box *box, const uint8_t *mask,
                                         rml_error *err);

/* A rml_image_values of it; roi->box lies in the source. */
rml_status rml_filtered_values(void *filtered, int32_t image, const rml_roi *roi, double *values, rml_scalar *type,
                               rml_error *skipped, rml_error *err);

/* The part of a source of this size that a filter reads for a ROI's box; it may reach beyond the source on a side where
 * an image goes on. */
rml_box rml_filtered_patch(const rml_image_type *type, const int32_t size[3], const double spacing[3],
                           const rml_box *box);

#endif
