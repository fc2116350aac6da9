#include "jobs/filter_files.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "io/nifti_write.h"
#include "jobs/inputs.h"

rml_status rml_filter_spare(const rml_filter_files *files, const char *name, rml_error *err)
{
    const char *const inputs[] = {files->image_path, files->params_path};
    char *file = NULL;
    rml_status status;

    if (asprintf(&file, "%s.nii.gz", name) < 0) return rml_fail(err, RML_ENOMEM, "no memory for %s", name);
    status = rml_inputs_spare("--out", files->folder, file, inputs, 2, err);
    free(file);
    return status;
}

rml_status rml_filter_write(const rml_filter_files *files, const char *name, const rml_grid *grid, rml_scalar type,
                            const double *voxels, rml_error *err)
{
    const size_t n = (size_t)grid->size[0] * (size_t)grid->size[1] * (size_t)grid->size[2];
    const bool single = type == RML_FLOAT32;
    float *rounded = single ? malloc(n * sizeof *rounded) : NULL;
    double low = INFINITY, high = -INFINITY;
    char *path = NULL;
    rml_status status = RML_OK;

    if ((single && !rounded) || asprintf(&path, "%s/%s.nii.gz", files->folder, name) < 0) {
        free(rounded);
        return rml_fail(err, RML_ENOMEM, "no memory for %s", name);
    }
    for (size_t i = 0; i < n; ++i) {
        if (single) rounded[i] = (float)voxels[i];
        low = voxels[i] < low ? voxels[i] : low;
        high = voxels[i] > high ? voxels[i] : high;
    }
    status = rml_nifti_write(path, grid, single ? RML_FLOAT32 : RML_FLOAT64,
                             single ? (const void *)rounded : (const void *)voxels, err);
    if (status == RML_OK)
        printf("%s  %d x %d x %d, %g to %g\n", path, grid->size[0], grid->size[1], grid->size[2], low, high);
    free(path);
    free(rounded);
    return status;
}
