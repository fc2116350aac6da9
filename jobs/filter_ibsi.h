/* `radmill filter` with profile ibsi. */
#ifndef RML_JOBS_FILTER_IBSI_H
#define RML_JOBS_FILTER_IBSI_H

#include "jobs/filter_files.h"
#include "jobs/params.h"

/* The images of profile ibsi: the interpolated and rounded one, "preprocessed", and every response.
 * image  in  all slices loaded
 * RML_ESETTING, RML_ECAPACITY, RML_EVALUE, RML_EIO, RML_ENOMEM, in words */
RML_CHECKED rml_status rml_filter_ibsi(const rml_filter_files *files, const rml_params *params, const rml_volume *image,
                                       rml_error *err);

#endif
