/* What the files that compute a case share; for jobs/case*.c alone. */
#ifndef RML_JOBS_CASE_BUILD_H
#define RML_JOBS_CASE_BUILD_H

#include "io/volume.h"
#include "jobs/case.h"
#include "jobs/ibsi_features.h"
#include "jobs/memory.h"
#include "kernels/preprocess/labels.h"
#include "kernels/preprocess/normalise.h"

/* What all ROIs of a case share. */
typedef struct rml_reading {
    rml_volume_file *image_file, *mask_file;
    rml_volume_info image_info, mask_info;
    rml_volume image, mask; /* mask: cut to mask_box, its index (0,0,0) at mask_box.first */
    rml_memory_rois rois;   /* that are wanted and there */
    int64_t granted;        /* bytes that this case may take */
    double most_bytes;      /* that a resampled or cropped region may take */
    rml_box mask_box;
    rml_labels labels;
    bool regrid;   /* image and mask lie on different grids and correctMask brings them together */
    bool one_file; /* image and mask are the same */
    rml_normalisation normalisation;
    rml_status
        image_status;      /* the image could not be read or normalised, though its header could: only ROIs that are */
    rml_stage image_stage; /* in the mask fail for it, so that what becomes of a row does not hang on its neighbours */
    rml_error image_err;
    rml_ibsi_source ibsi; /* of profile ibsi, once the image is read */
    uint64_t image_checksum, mask_checksum;
    rml_diagnosis image_diagnosis; /* with additionalInfo */
    char mask_hash[RML_SHA1_TEXT];
    double seconds_read, seconds_normalise;
} rml_reading;

/* A row's label text and the ROIs that it names in this mask ("all" is known only now). */
typedef struct rml_wish {
    rml_label_spec spec;
    rml_label_set *all; /* [n_rois] when the text says "all"; its labels lie in the table of labels */
    uint32_t *all_labels;
    const rml_label_set *roi;
    int32_t n_rois;
    rml_status status;
    rml_error err;
} rml_wish;

void rml_wish_free(rml_wish *wish);
void rml_reading_free(rml_reading *reading);

/* Everything that all ROIs share (jobs/case_read.c).
 *
 * wishes   inout  [job->n_units]; spec and status are given, and are found in the mask
 * reading  out    to be freed, whatever came of it; one_file is given. An image that could not be had is its
 * image_status stage    out    where it failed
 *
 * Errors as a sentence that names the file: the reader's, RML_ELABEL, RML_EVALUE, RML_ENOMEM. */
RML_CHECKED rml_status rml_case_read(const rml_case *job, const rml_params *params, rml_wish *wishes,
                                     rml_reading *reading, rml_stage *stage, rml_error *err);

/* Recorded of every row that names the files, whatever became of it. */
void rml_case_complete_checksums(const rml_case *job, rml_reading *reading);

/* One ROI, computed into result's row r; what fails is in the row (jobs/case_roi.c). */
void rml_case_run_roi(const rml_params *params, rml_nan_policy policy, const volatile bool *cancel,
                      rml_reading *reading, const rml_label_set *set, rml_result *result, int32_t r);

#endif
