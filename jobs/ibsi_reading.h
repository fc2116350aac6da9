/* A parameter file of profile ibsi, read: what params.c asks of ibsi_params.c, and that of ibsi_images.c. */
#ifndef RML_JOBS_IBSI_READING_H
#define RML_JOBS_IBSI_READING_H

#include "jobs/params.h"
#include "jobs/params_keys.h"

/* Fills params->ibsi, and of params what both profiles have (label, channel, tolerance, the mask's checks).
 * root  in  the whole file, a map
 * RML_ESETTING with file and line */
RML_CHECKED rml_status rml_ibsi_read(const rml_params_file *in, const rml_yaml *root, rml_params *params);

/* What stands under imageType: params->image[0 .. n_images-1]. map NULL: the original image.
 * base  in  dimensions and boundary of filters that do not say otherwise */
RML_CHECKED rml_status rml_ibsi_read_images(const rml_params_file *in, const rml_yaml *map, const rml_ibsi_image *base,
                                            rml_ibsi_params *params);

/* Of a key that profile ibsi does not have there. what: "setting". */
RML_CHECKED rml_status rml_ibsi_unknown(const rml_params_file *in, const rml_yaml *node, const char *what,
                                        const char *const *known, int32_t n);

#endif
