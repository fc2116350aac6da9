/* What PyRadiomics calls diagnostics: how image and mask were at every stage of a ROI's way. Never features. */
#ifndef RML_JOBS_DIAGNOSTICS_H
#define RML_JOBS_DIAGNOSTICS_H

#include "io/volume.h"
#include "kernels/base/blob.h"
#include "kernels/base/sha1.h"
#include "kernels/preprocess/extent.h"
#include "kernels/preprocess/roi.h"

/* Stages at which image and mask are described; the bit of a stage in a set is 1 << stage. */
typedef enum rml_diagnosed {
    RML_IMAGE_ORIGINAL,
    RML_MASK_ORIGINAL,
    RML_IMAGE_INTERPOLATED,
    RML_MASK_INTERPOLATED,
    RML_MASK_CORRECTED,
    RML_MASK_RESEGMENTED,
    RML_N_DIAGNOSED
} rml_diagnosed;

static inline bool rml_diagnosed_image(rml_diagnosed stage)
{
    return stage == RML_IMAGE_ORIGINAL || stage == RML_IMAGE_INTERPOLATED;
}

/* An image, or a ROI in its mask. */
typedef struct rml_diagnosis {
    int32_t size[3];
    double spacing[3];             /* mm */
    rml_extent extent;             /* of a ROI, its indices in the grid of that size */
    double point[3];               /* of a ROI's centre, mm */
    double mean, minimum, maximum; /* of the image, or of it in the ROI; a mask as read has none */
    char hash[RML_SHA1_TEXT];      /* of the originals where asked; else "" */
} rml_diagnosis;

typedef struct rml_diagnostics {
    uint32_t stages; /* that the ROI went through */
    rml_diagnosis of[RML_N_DIAGNOSED];
} rml_diagnostics;

/* Loads slices of an image of one component, as rml_volume_load does, and describes the whole of it from its voxels as
 * they are read: of an uncompressed file most are not kept. of: NULL: nothing is described. Statuses as
 * rml_volume_load. */
RML_CHECKED rml_status rml_diagnostics_load(rml_volume_file *file, int32_t first_slice, int32_t n_slices,
                                            rml_diagnosis *of, bool hashed, rml_volume *image, uint64_t *checksum,
                                            rml_error *err);

/* A grid, or a part of it, that begins at the whole index first: the origin as ITK moves it. */
rml_grid rml_diagnostics_part(const rml_grid *grid, const int32_t first[3], const int32_t size[3]);

/* Describes a mask as it was read. box, voxels: [box] 1 inside; box in the grid. RML_ENOMEM. */
RML_CHECKED rml_status rml_diagnostics_mask(rml_diagnostics *diagnostics, rml_diagnosed stage, const rml_grid *grid,
                                            const rml_box *box, const uint8_t *voxels);

/* Describes a ROI in its mask and the image within it. roi->box less `first` is in the grid. RML_ENOMEM. */
RML_CHECKED rml_status rml_diagnostics_roi(rml_diagnostics *diagnostics, rml_diagnosed stage, const rml_grid *grid,
                                           const int32_t first[3], const rml_roi *roi);

void rml_diagnostics_pack(const rml_diagnostics *diagnostics, rml_blob *blob); /* NULL: none */
/* *diagnostics: malloc'ed; NULL: none. RML_EFORMAT, RML_ENOMEM. */
RML_CHECKED rml_status rml_diagnostics_unpack(rml_reader *reader, rml_diagnostics **diagnostics);

#endif
