/* One task of the extraction: an image, its mask, and every ROI that the cohort asks of the pair. */
#ifndef RML_JOBS_CASE_H
#define RML_JOBS_CASE_H

#include <stdbool.h>

#include "io/file.h"
#include "io/manifest.h"
#include "jobs/params.h"
#include "jobs/result.h"

typedef enum rml_nan_policy {
    RML_NAN_ERROR,  /* a NaN or infinite voxel inside the ROI fails it */
    RML_NAN_EXCLUDE /* such voxels leave the ROI, with a warning */
} rml_nan_policy;

/* The files of a case; a data file is a detached header's. */
typedef enum rml_case_file {
    RML_IMAGE_FILE,
    RML_IMAGE_DATA,
    RML_MASK_FILE,
    RML_MASK_DATA,
    RML_N_CASE_FILES
} rml_case_file;

typedef struct rml_case {
    const char *image, *mask;               /* paths to open */
    bool watched;                           /* a file that is not as state says fails the case */
    rml_file_state state[RML_N_CASE_FILES]; /* as the keys have it; device and inode are not packed */
    int32_t label_channel;                  /* component of a vector mask */
    bool hashes;                            /* of image and mask, among the diagnostics */
    int64_t granted;                        /* bytes that the case may take without asking */
    /* Asks for so many in their place, and waits until they are free or, where wait is false, not: RML_ECAPACITY then
     * says that they are not free now, else that they never will be. RML_ESTOPPED: nobody waits for the case any more.
     * NULL: no limit. Not packed, nor what belongs to it. */
    rml_status (*need)(void *context, int64_t n_bytes, bool wait);
    void *context;
    int64_t memory_limit;      /* bytes that the node has, for the sentence */
    int32_t n_units;           /* rows of the cohort that read this pair */
    const char *const *labels; /* [n_units] each row's label text, as rml_label_spec_parse takes it */
} rml_case;

/* Reads the pair once and computes every ROI. Never fails as a whole: what goes wrong stands in the results, each of
 * which is initialised here and to be freed by the caller. Sentences have RML_IMAGE_MARK and RML_MASK_MARK for names.
 *
 * results  out  [n_units]
 * cancel   in   nobody waits any more; NULL allowed */
void rml_case_run(const rml_case *job, const rml_params *params, rml_nan_policy policy, const volatile bool *cancel,
                  rml_result *results);

void rml_case_pack(const rml_case *job, rml_blob *blob);
/* Points into the bytes but for labels, which is malloc'ed. RML_EFORMAT, RML_ENOMEM. */
RML_CHECKED rml_status rml_case_unpack(const void *bytes, size_t n_bytes, rml_case *job);

#endif
