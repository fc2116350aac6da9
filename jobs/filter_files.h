/* What `radmill filter` writes: a folder of images. */
#ifndef RML_JOBS_FILTER_FILES_H
#define RML_JOBS_FILTER_FILES_H

#include "kernels/base/volume.h"

typedef struct rml_filter_files {
    const char *image_path, *params_path, *folder;
} rml_filter_files;

/* Refuses a name whose file would be one of the two that are read. RML_ESETTING, in words */
RML_CHECKED rml_status rml_filter_spare(const rml_filter_files *files, const char *name, rml_error *err);

/* FOLDER/NAME.nii.gz, of float32 where the values are of that type and else of float64, and a line of it on stdout.
 * voxels  in  on the grid, x fastest
 * RML_EIO, RML_ENOMEM, in words */
RML_CHECKED rml_status rml_filter_write(const rml_filter_files *files, const char *name, const rml_grid *grid,
                                        rml_scalar type, const double *voxels, rml_error *err);

#endif
