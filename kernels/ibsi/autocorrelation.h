/* Moran's I (N365) and Geary's C (NPT7) of the intensity mask: how alike intensities are the nearer they lie. Exact:
 * over all pairs of voxels, each weighted by the reciprocal of its distance in mm. */
#ifndef RML_IBSI_AUTOCORRELATION_H
#define RML_IBSI_AUTOCORRELATION_H

#include "kernels/ibsi/region.h"

/* Of the intensity mask's box; takes about 110 bytes a voxel of that box while it runs.
 *
 * RML_EEMPTY  no voxel, or one alone; both NaN
 * RML_EVALUE  all voxels are equal: nothing to divide by; both NaN
 * RML_ENOMEM, RML_ECAPACITY  (a box whose padded size FFTW cannot count)
 * Source: IBSI reference manual, "Moran's I index", "Geary's C measure". */
RML_CHECKED rml_status rml_autocorrelation(const rml_ibsi_region *region, double *moran, double *geary);

#endif
