/* What params.c asks of params_images.c. */
#ifndef RML_JOBS_PARAMS_IMAGES_H
#define RML_JOBS_PARAMS_IMAGES_H

#include "jobs/params.h"

/* Numbers the images of all types. */
void rml_params_count_images(rml_params *params);

#endif
