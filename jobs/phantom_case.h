/* One patient of `radmill phantom` as a task: what is made, which files it becomes, and what is told about it. */
#ifndef RML_JOBS_PHANTOM_CASE_H
#define RML_JOBS_PHANTOM_CASE_H

#include "kernels/base/blob.h"
#include "kernels/phantom/phantom.h"

enum { RML_PHANTOM_MAX_PATIENTS = 9999999, RML_PHANTOM_MAX_FILES = 5, RML_PHANTOM_NAME = 64 };

typedef struct rml_phantom_task {
    int64_t number; /* from 1 */
    bool second_reader, second_time;
} rml_phantom_task;

/* A file of a patient: an image of a time point, or a mask of a time point and a reader. */
typedef struct rml_phantom_file {
    int64_t number;
    int timepoint; /* 1 or 2 */
    int reader;    /* 1 or 2; 0 for the image */
} rml_phantom_file;

/* "P0001" */
void rml_phantom_id(int64_t number, char id[16]);
/* "images/P0001_t1.nii.gz", "masks/P0001_t1_r1.nii.gz": under the cohort's folder. */
void rml_phantom_file_name(const rml_phantom_file *file, char name[RML_PHANTOM_NAME]);
/* Whether a name in the folder images (masks: in_masks) is one that rml_phantom_file_name gives, a .tmp behind it
 * allowed. */
bool rml_phantom_file_parse(const char *name, bool in_masks, rml_phantom_file *file);
/* The files of a task, image before masks, time point 1 first. Returns their number. */
int rml_phantom_files(const rml_phantom_task *task, rml_phantom_file files[RML_PHANTOM_MAX_FILES]);

/* What is recorded of a patient: made, with all the numbers behind it, or the reason why not. */
typedef struct rml_phantom_record {
    rml_phantom_task task;
    char centre[8];
    double gain, offset, noise;
    rml_patient truth;
    rml_patient_outcome outcome;
    int n_files;
    int64_t n_bytes[RML_PHANTOM_MAX_FILES]; /* of each file, in the order of rml_phantom_files */
    rml_error error;                        /* RML_OK when made */
} rml_phantom_record;

void rml_phantom_record_pack(const rml_phantom_record *record, rml_blob *blob);
/* RML_EFORMAT  not such a record */
RML_CHECKED rml_status rml_phantom_record_unpack(const void *bytes, size_t n_bytes, rml_phantom_record *record,
                                                 rml_error *err);

/* Draws the patient and writes its files under folder (with its images and masks). The record is complete in either
 * case; its error says how it ended, and is what is returned:
 * RML_EIO, RML_ENOMEM, or what rml_phantom_images_draw returns. */
rml_status rml_phantom_make(const rml_phantom_cohort *cohort, const rml_phantom_task *task, const char *folder,
                            rml_phantom_record *record);

#endif
