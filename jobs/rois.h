/* The rules by which labels become ROIs and a ROI is too small, the same for `check` and `extract`. */
#ifndef RML_JOBS_ROIS_H
#define RML_JOBS_ROIS_H

#include "io/manifest.h"
#include "jobs/params.h"
#include "kernels/preprocess/labels.h"

/* Grows a box so that it holds another too. */
void rml_box_join(rml_box *box, const rml_box *other);

/* The tight box and the voxels of a union of labels: of those that are in the mask. False when none is; count NULL
 * allowed. */
bool rml_rois_find(const rml_labels *labels, const rml_label_set *set, rml_box *box, int64_t *n_voxels);

/* What of a mask was taken otherwise than written: "MASK: 12 voxels are no whole numbers; …". False: nothing. */
bool rml_rois_warning(const rml_labels *labels, const char *mask, rml_error *warning);

/* RML_ELABEL: "MASK: label 7 is not in the mask, which has 1, 2, 5 and 13 more". */
rml_status rml_rois_absent(const rml_labels *labels, const char *mask, const char *label, rml_error *err);

/* PyRadiomics' checkMask, less what concerns the files: one voxel is refused always, fewer dimensions than
 * minimumROIDimensions and no more voxels than minimumROISize too.
 * size, n_voxels  in  of the ROI's tight box, in the ROI
 * when            in  "" or " after re-segmentation", for the sentence
 * RML_EROI */
RML_CHECKED rml_status rml_rois_check_size(const rml_params *params, const int32_t size[3], int64_t n_voxels,
                                           const char *when, rml_error *err);

/* The axis, 0 .. 2 for x, y, z, across the slices of force2D: force2Ddimension counts z, y, x. */
int32_t rml_rois_slice_axis(const rml_params *params);

/* Class shape2D is of one slice: a ROI of several fails, as in PyRadiomics. Asked once the ROI is re-segmented.
 * PyRadiomics 3.0.1 first leaves the class out, with a warning, where the ROI's extent is 1 along axis force2Ddimension
 * counted x, y, z: an axis mistaken for another, as its sentence ("greater than 1") shows. That is not repeated.
 * size  in  of the ROI's tight box
 * RML_EROI */
RML_CHECKED rml_status rml_rois_check_slice(const rml_params *params, const int32_t size[3], rml_error *err);

#endif
