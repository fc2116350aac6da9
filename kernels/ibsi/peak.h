/* Local intensity features (9ST6): mean intensities of spheres of 1 cm^3 about voxels. */
#ifndef RML_IBSI_PEAK_H
#define RML_IBSI_PEAK_H

#include "kernels/ibsi/catalogue.h"
#include "kernels/ibsi/region.h"
#include "kernels/image/margin.h"

/* What the region must hold around the intensity mask, where the image does: the sphere's radius, 6.2035 mm. */
rml_margin rml_ibsi_peak_margin(const double spacing[3]);

/* value  out  [RML_IBSI_N_LOCAL] the local peak, about the voxel of the highest intensity in the intensity mask (of
 *             several the highest mean), and the global one, the highest mean about any voxel of the mask
 *
 * A mean is over the voxels of the region whose centre is within the radius, in the masks or not. What lies beyond the
 * region does not count. A voxel of a sphere that is NaN or infinite leaves it no mean: such spheres are passed over.
 *
 * RML_EEMPTY  no voxel in the intensity mask; both NaN
 * RML_EVALUE  a peak of which no sphere has a mean; that one is NaN
 * RML_ENOMEM
 * Source: IBSI reference manual, "Local intensity peak" VJGA, "Global intensity peak" 0F91; Wahl et al. 2009. */
RML_CHECKED rml_status rml_ibsi_peaks(const rml_ibsi_region *region, double *value);

#endif
