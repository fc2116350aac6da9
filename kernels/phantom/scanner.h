/* What a centre's scanner makes of a digital patient: blur, bias field, Rician noise, sampling. */
#ifndef RML_PHANTOM_SCANNER_H
#define RML_PHANTOM_SCANNER_H

#include "kernels/base/volume.h"
#include "kernels/phantom/anatomy.h"

/* The grid on which a centre's images lie: its spacing, as many voxels as fill the fine grid, both grids with one
 * middle, which is the world's origin; directions along the axes. */
void rml_scanner_grid(const rml_centre *centre, rml_grid *grid);

size_t rml_scanner_scratch_bytes(void); /* 64-byte aligned */

/* image = offset + 300 gain Rician(bias * blurred signal, noise), taken at the grid's voxel centres (trilinear) and
 * rounded. Blur: Gaussian, the centre's in every direction and (spacing - 1) / 2.355 mm more along axes whose spacing
 * exceeds 1 mm, one after the other; the edge voxels are repeated beyond the edge. bias = exp(amplitude * G(28)).
 *
 * timepoint  in      1 or 2: other bias, other noise
 * signal     in/out  [RML_FINE_VOXELS]; overwritten
 * image      out     [nz*ny*nx] of the centre's grid
 * RML_ENOMEM  FFTW had no memory for its plan */
RML_CHECKED rml_status rml_scanner_image(const rml_centre *centre, uint64_t seed, int64_t patient, int timepoint,
                                         double *signal, void *scratch, int16_t *image);

/* The labels at the nearest fine voxel; half-way the higher index. mask  out  [nz*ny*nx] of the centre's grid */
void rml_scanner_mask(const rml_centre *centre, const uint8_t *labels, uint8_t *mask);

#endif
