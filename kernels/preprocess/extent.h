/* Where a ROI lies and in how many pieces, from its mask alone. */
#ifndef RML_PREPROCESS_EXTENT_H
#define RML_PREPROCESS_EXTENT_H

#include "kernels/base/volume.h"

typedef struct rml_extent {
    rml_box box;       /* tight; size 0 without a voxel */
    int64_t n_voxels;  /* of the ROI */
    int64_t n_volumes; /* pieces, of voxels that touch by a face, an edge or a corner */
    double centre[3];  /* mean index of its voxels along x, y, z; NaN without one */
} rml_extent;

/* box, mask  in  [box] 1 inside the ROI, else 0; indices of the answer are those in which box->first is given
 * RML_ENOMEM
 * Source: PyRadiomics 3.0.1, generalinfo: BoundingBox, VoxelNum, VolumeNum, CenterOfMassIndex. */
RML_CHECKED rml_status rml_extent_find(const rml_box *box, const uint8_t *mask, rml_extent *extent);

#endif
