/* The part of an image that PyRadiomics computes on where its parameters ask for another than the image itself:
 * resampled, or pre-cropped for filters. */
#ifndef RML_JOBS_REGIONS_H
#define RML_JOBS_REGIONS_H

#include "jobs/params.h"
#include "kernels/image/resample.h"
#include "kernels/preprocess/roi.h"

/* Whether the parameters ask for such a part. */
bool rml_params_has_region(const rml_params *params);

#define RML_REGION_BYTES 0x1p36 /* that a region may take where nobody says less */

/* How the parameters resample. most_bytes: that a region may take. */
rml_resampling rml_params_resampling(const rml_params *params, double most_bytes);

/* A ROI in its mask's grid, and the image that it belongs to. */
typedef struct rml_region_case {
    const rml_volume *image;            /* all slices loaded */
    const rml_normalisation *normalise; /* NULL: none */
    const rml_grid *mask_grid;          /* the image's own where the mask was put onto it */
    rml_box box;                        /* tight, in the mask's grid */
    const uint8_t *voxels;              /* [box] 1 inside */
    double most_bytes;                  /* that the region may take */
    bool drop_invalid;                  /* NaN or infinite voxels leave the ROI */
} rml_region_case;

/* Places and fills the region, and cuts the ROI out of it: roi->box is in the region.
 * n_invalid, first_invalid as rml_roi_cut. Sentences say "ROI" and "grid", and name no file.
 * RML_EGEOMETRY, RML_EROI, RML_ESETTING, RML_ECAPACITY, RML_EVALUE, RML_ENOMEM as kernels/image/resample.h;
 * RML_EEMPTY no voxel is left */
RML_CHECKED rml_status rml_region_make(const rml_params *params, const rml_region_case *of, rml_region *region,
                                       rml_roi *roi, int64_t *n_invalid, int32_t first_invalid[3], rml_error *err);

#endif
