/* A ROI as a decimated wavelet sees it: the coefficients that stand at its voxels, as a ROI of the coarser grid. */
#ifndef RML_JOBS_IBSI_DECIMATED_H
#define RML_JOBS_IBSI_DECIMATED_H

#include "jobs/ibsi_region.h"

/* image    in   of a decimated wavelet
 * roi      in   of the image
 * out      out  boxes in the coefficients' grid, the masks read where the coefficients stand; its image is the
 * response. To be freed with rml_ibsi_prepared_free, also after a failure spacing  out  mm, of the coefficients
 *
 * RML_EROI       too few coefficients stand in the ROI, by the parameters' own bounds of a ROI (jobs/rois.h)
 * RML_ECAPACITY, RML_ENOMEM; all in words */
RML_CHECKED rml_status rml_ibsi_decimate(const rml_params *params, const rml_ibsi_image *image,
                                         const rml_ibsi_seen *seen, const rml_ibsi_prepared *roi,
                                         rml_ibsi_prepared *out, double spacing[3], rml_error *err);

#endif
