/* The picture of the ROI's grey levels from which every texture matrix is counted.
 *
 * The ROI's box with a margin on every side, 0 outside the ROI, so that no kernel tests bounds or asks whether a
 * neighbour is in the ROI. Levels are stored as ranks 1..n_levels of the grey levels that occur in the ROI, since
 * PyRadiomics deletes absent levels from its matrices; grey[] keeps the bin numbers, which enter the formulas. */
#ifndef RML_TEXTURE_LEVELS_H
#define RML_TEXTURE_LEVELS_H

#include <stddef.h>
#include <stdint.h>

#include "kernels/base/status.h"

#define RML_MAX_LEVELS 65535 /* distinct grey levels that a ROI may have */

typedef struct rml_levels {
    int32_t size[3];      /* voxels of the ROI's box: nx, ny, nz */
    int32_t margin;       /* cells outside the box on every side, all 0; at least 1. Those right of a row are also those
                             left of the next one, those behind a slice those before the next one */
    int64_t row;          /* elements from (x,y,z) to (x,y+1,z); a multiple of 32, so rows start on 64 bytes */
    int64_t slice;        /* elements from (x,y,z) to (x,y,z+1) */
    uint16_t *level;      /* voxel (0,0,0) of the box; margin cells lie before it */
    int64_t n_voxels;     /* in the ROI */
    int32_t n_levels;     /* grey levels that occur, 1..RML_MAX_LEVELS */
    int32_t *grey;        /* [n_levels] the bin number (from 1) of rank r at index r-1, ascending */
    int64_t *count;       /* [n_levels] ROI voxels of each */
    int32_t (*extent)[2]; /* [nz*ny] first and last ROI voxel of each row of the box; first > last in an empty one */
    void *memory;         /* what rml_levels_free gives back */
} rml_levels;

/* Builds the picture from a ROI's mask and its voxels' bin numbers.
 *
 * mask    in  [nz*ny*nx] 1 in the ROI, x fastest
 * size    in  {nx, ny, nz}
 * bins    in  [n_voxels] from 1, in index order of the ROI's voxels
 * margin  in  at least 1; the largest neighbour distance that will be asked for
 *
 * RML_EINVAL  a size below 1, n_voxels not what the mask holds, a bin below 1, or a margin below 1
 * RML_EEMPTY  no voxel
 * RML_ESETTING more than RML_MAX_LEVELS distinct levels
 * RML_ENOMEM  */
RML_CHECKED rml_status rml_levels_init(rml_levels *levels, const uint8_t *mask, const int32_t size[3],
                                       const int32_t *bins, int64_t n_voxels, int32_t margin);
void rml_levels_free(rml_levels *levels);

#endif
