/* IBSI's morphological features (HCUG). */
#ifndef RML_IBSI_MORPHOLOGY_H
#define RML_IBSI_MORPHOLOGY_H

#include "kernels/base/reason.h"
#include "kernels/ibsi/catalogue.h"
#include "kernels/ibsi/region.h"

/* value   out  [RML_IBSI_N_MORPHOLOGY] in the catalogue's order: mm, mm^2, mm^3, and the image's unit times mm^3 for
 *              the integrated intensity
 * reason  out  the same: why a value is NaN
 *
 * The mesh is kernels/shape's marching cubes at 0.5 of the morphological mask, closed (PyRadiomics' has holes where a
 * mask is ragged); diameter, convex hull, OMBB and MVEE are of its vertices, axes of the mask's voxel centres with a
 * covariance divided by N - 1. The axis-aligned box is that of the mesh, which is that of the voxels. Centre-of-mass
 * shift and integrated intensity also read the intensity mask, Moran's I and Geary's C it alone. A ROI without extent
 * along an axis has no enclosing ellipsoid by its axes (RML_WHY_DEGENERATE), one voxel no axes at all
 * (RML_WHY_ONE_VOXEL); equal intensities have no autocorrelation (RML_WHY_FLAT). What leaves a double is NaN
 * (RML_WHY_OVERFLOW).
 *
 * RML_EEMPTY  no voxel in one of the masks; all NaN
 * RML_ECAPACITY  a ROI of more than 99999 voxels along an axis
 * RML_ENOMEM
 * Source: IBSI reference manual, "Morphological features". */
RML_CHECKED rml_status rml_ibsi_morphology(const rml_ibsi_region *region, double *value, uint8_t *reason);

#endif
