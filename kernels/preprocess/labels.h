/* What labels a mask holds, and where: one pass over the mask as it is stored. */
#ifndef RML_PREPROCESS_LABELS_H
#define RML_PREPROCESS_LABELS_H

#include <stdint.h>

#include "kernels/base/volume.h"

typedef struct rml_label {
    uint32_t label; /* the voxel's value; floats are truncated as ITK's cast to uint32 does */
    int64_t n_voxels;
    rml_box box; /* tight */
} rml_label;

typedef struct rml_labels {
    int32_t n;
    rml_label *label;   /* [n] ascending; 0 is background and not listed; malloc'ed */
    bool no_background; /* not one voxel of the mask is 0 or negative */
    int64_t n_negative; /* voxels that are -1 or less */
    int64_t n_cut;      /* voxels that are no whole number */
} rml_labels;

/* Scans all of a mask (all slices loaded). Negative values count as background: the cast would wrap them to labels near
 * 2^32 that no one means.
 * RML_EVALUE  a voxel that is NaN, infinite, or beyond a uint32
 * RML_ENOMEM */
RML_CHECKED rml_status rml_labels_scan(const rml_volume *mask, rml_labels *labels, rml_error *err);
void rml_labels_free(rml_labels *labels);
const rml_label *rml_labels_find(const rml_labels *labels, uint32_t label); /* NULL when absent */

/* out[nz*ny*nx] of the box: 1 where the mask has one of wanted[n_wanted], else 0. */
void rml_labels_cut(const rml_volume *mask, const rml_box *box, const uint32_t *wanted, int32_t n_wanted, uint8_t *out);

#endif
