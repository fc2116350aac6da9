/* A ROI cut out of its image: everything that shape, first-order and texture need, and no more than its box. */
#ifndef RML_PREPROCESS_ROI_H
#define RML_PREPROCESS_ROI_H

#include <stdint.h>

#include "kernels/base/volume.h"

typedef struct rml_roi {
    rml_box box;       /* the tight box, in the image's grid */
    double spacing[3]; /* mm */
    rml_scalar type;   /* the type in which PyRadiomics would hold these intensities here: float64 once normalised;
                          decides where its arithmetic rounds to float32 */
    int64_t n_voxels;  /* in the ROI */
    uint8_t *mask;     /* [nz*ny*nx] of the box, 1 inside the ROI, else 0 */
    double *values;    /* [n_voxels] intensities of the ROI's voxels in index order (x fastest) */
} rml_roi;

/* Gives back mask and values; NULL and a half-built ROI allowed. */
void rml_roi_free(rml_roi *roi);

#endif
