/* Writes a NIfTI-1 file (.nii, or .nii.gz by its name): what the phantom, the benchmarks and the tests need. */
#ifndef RML_IO_NIFTI_WRITE_H
#define RML_IO_NIFTI_WRITE_H

#include "kernels/base/volume.h"

/* Writes PATH.tmp, syncs nothing, renames. sform and qform from the grid (LPS turned to RAS), both with code 1; units
 * mm. The same voxels give the same bytes (no time in the gzip header). voxels  in  [nz*ny*nx] of type, x fastest
 * RML_EIO, RML_ENOMEM */
RML_CHECKED rml_status rml_nifti_write(const char *path, const rml_grid *grid, rml_scalar type, const void *voxels,
                                       rml_error *err);

#endif
