/* A mask as one bit a voxel, with a margin of background, so that the cells and edges that the mask's boundary crosses
 * are found 64 at a time. */
#ifndef RML_SHAPE_BITS_H
#define RML_SHAPE_BITS_H

#include <stdint.h>

#include "kernels/base/status.h"

typedef struct rml_bits {
    int32_t size[3];  /* of the mask's tight box, without the margin */
    int32_t n_words;  /* words a row */
    uint64_t *words;  /* [(size[2]+2) * (size[1]+2) * n_words]; voxel (x, y, z) of the box is bit x+1 of row
                         (y+1, z+1), the margin and the tail of the last word are 0; malloc'ed */
    int64_t n_voxels; /* in the ROI */
} rml_bits;

/* Packs a mask cut to its tight box.
 *
 * mask  in   [nz*ny*nx] 1 in the ROI, else 0; x fastest; need not be tight
 * size  in   {nx, ny, nz}, each at least 1
 * bits  out  give back with rml_bits_free
 *
 * RML_EEMPTY  no voxel in the mask
 * RML_ENOMEM */
RML_CHECKED rml_status rml_bits_init(rml_bits *bits, const uint8_t *mask, const int32_t size[3]);
void rml_bits_free(rml_bits *bits);

/* Row (y, z) in the margin's count: -1 below .. size[1], size[2] above are the margin's own rows. */
static inline const uint64_t *rml_bits_row(const rml_bits *bits, int32_t y, int32_t z)
{
    return bits->words + ((int64_t)(z + 1) * (bits->size[1] + 2) + (y + 1)) * bits->n_words;
}

#endif
