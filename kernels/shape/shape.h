/* Shape features of a mask, from its marching-cubes mesh and its voxel centres. */
#ifndef RML_SHAPE_SHAPE_H
#define RML_SHAPE_SHAPE_H

#include <stddef.h>

#include "kernels/base/reason.h"
#include "kernels/base/status.h"
#include "kernels/features/catalogue.h"

/* The features of class RML_SHAPE.
 *
 * mask     in  [nz*ny*nx] 1 in the ROI, else 0; x fastest; need not be tight
 * size     in  {nx, ny, nz}
 * spacing  in  mm
 * the rest as rml_glcm_features has it; memory is taken and given back inside, since the mesh's size is known only
 * once it is counted
 *
 * RML_EEMPTY  no voxel in the mask
 * RML_ENOMEM
 * Source: Lorensen & Cline 1987; PyRadiomics shape; IBSI "Morphological features". */
RML_CHECKED rml_status rml_shape_features(const uint8_t *mask, const int32_t size[3], const double spacing[3],
                                          rml_wanted wanted, double *value, uint8_t *reason);

#endif
