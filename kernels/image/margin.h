/* How far a filter reaches beyond the voxels that it answers for: what a patch is cut wider by. */
#ifndef RML_IMAGE_MARGIN_H
#define RML_IMAGE_MARGIN_H

#include "kernels/base/volume.h"

typedef struct rml_margin {
    int32_t before[3], after[3]; /* voxels, per axis, each at least 0 */
} rml_margin;

/* The box to cut for a filter that answers for `inside`. */
static inline rml_box rml_margin_box(const rml_box *inside, const rml_margin *margin)
{
    rml_box box;

    for (int axis = 0; axis < 3; ++axis) {
        box.first[axis] = inside->first[axis] - margin->before[axis];
        box.size[axis] = inside->size[axis] + margin->before[axis] + margin->after[axis];
    }
    return box;
}

#endif
