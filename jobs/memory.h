/* What memory a case takes, from its headers and its mask's labels: `check` foretells by it, and `extract` asks its
 * node for it before anything is loaded.
 *
 * The mask comes first, whole. It is cut to the box of its ROIs before the image is read: of an uncompressed image the
 * slices of that box, of a compressed one all of it and the compressed file beside it. Each ROI then takes what its box
 * and its voxels cost, one after the other, where the parameters put it: on the mask's grid, in a region that is
 * cropped or resampled, and beside it what the filters make. Measured against the peaks of ROIs of 8 000 to 58 million
 * voxels, on grids of half to double the spacing, under every filter, and of profile ibsi under every family: within
 * some 10 %. Matrices of very many grey levels (some thousands) come on top: no header knows them. */
#ifndef RML_JOBS_MEMORY_H
#define RML_JOBS_MEMORY_H

#include "io/volume.h"
#include "jobs/params.h"

typedef struct rml_memory_rois { /* {0}: none yet */
    bool any;
    rml_box box;     /* that holds them all, in the mask's grid */
    int64_t largest; /* bytes of the one that takes most */
    int64_t as_is;   /* the same on the mask's grid, whatever resampledPixelSpacing asks for */
} rml_memory_rois;

/* Bytes that a rank takes for itself, whatever its case: no case fits into less. */
enum { RML_MEMORY_OF_A_RANK = 32 << 20 };

/* grid           in  of the mask
 * box, n_voxels  in  of the ROI, in that grid */
void rml_memory_add_roi(rml_memory_rois *rois, const rml_params *params, const rml_grid *grid, const rml_box *box,
                        int64_t n_voxels);
/* Those of another row of the same image and mask. */
void rml_memory_join(rml_memory_rois *rois, const rml_memory_rois *more);

/* Whether more of an image than the slices of its ROIs is read: all of it then. */
bool rml_memory_of_whole(const rml_params *params);

/* Bytes of the process while the mask is read and scanned. */
int64_t rml_memory_of_mask(const rml_volume_info *mask);
/* Bytes of the process from then on. whole: all slices of the image are needed (it is normalised, or lies on another
 * grid than the mask). */
int64_t rml_memory_of_image(const rml_volume_info *image, const rml_volume_info *mask, const rml_memory_rois *rois,
                            bool whole);

#endif
