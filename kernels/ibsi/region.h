/* The part of an image that IBSI's features are computed from: the ROI and what surrounds it, with IBSI's two masks. */
#ifndef RML_IBSI_REGION_H
#define RML_IBSI_REGION_H

#include <stdint.h>

#include "kernels/base/volume.h"

/* All three arrays are [size[2] * size[1] * size[0]], x fastest, and need not be tight. The region ends where the image
 * does or, for local intensity, no nearer to the intensity mask than rml_ibsi_peak_margin; the other families read
 * inside the masks alone. */
typedef struct rml_ibsi_region {
    int32_t size[3];
    double spacing[3];            /* mm */
    const double *image;          /* finite inside the masks */
    const uint8_t *morphological; /* 1 inside, else 0; never re-segmented */
    const uint8_t *intensity;     /* the same without voxels out of range and outliers; may be the same array */
} rml_ibsi_region;

static inline int64_t rml_ibsi_region_voxels(const rml_ibsi_region *region)
{
    return (int64_t)region->size[0] * region->size[1] * region->size[2];
}

#endif
