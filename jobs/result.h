/* What became of one row of the cohort: its ROIs' values, or why there are none. Packed, it is the row's record in the
 * journal; the tables are written from it. */
#ifndef RML_JOBS_RESULT_H
#define RML_JOBS_RESULT_H

#include <stdint.h>

#include "io/manifest.h"
#include "jobs/diagnostics.h"
#include "kernels/base/blob.h"
#include "kernels/base/status.h"
#include "kernels/features/catalogue.h"

/* What a sentence says for the image's and the mask's name: a record outlives the manifest's spelling of them.
 * Characters that Unicode keeps for a program's own use, so that no name holds them. */
#define RML_IMAGE_MARK "\xEF\xB7\x90" /* U+FDD0 */
#define RML_MASK_MARK "\xEF\xB7\x91"  /* U+FDD1 */

/* Where a case was when it failed, and (all but the last) what its seconds are counted under. */
typedef enum rml_stage {
    RML_STAGE_READ,
    RML_STAGE_PREPROCESS,
    RML_STAGE_FILTER,
    RML_STAGE_CLASSES, /* + rml_class */
    RML_N_STAGES = RML_STAGE_CLASSES + RML_N_CLASSES,
    RML_STAGE_RUN = RML_N_STAGES /* failed from outside: a crash, a time-out, too little memory */
} rml_stage;

const char *rml_stage_name(rml_stage stage); /* "read", "preprocess", "filter", "glcm" */

typedef struct rml_roi_result {
    char *label;     /* "1", "1+3"; the row's own label text when the ROI was never reached; malloc'ed */
    rml_stage stage; /* where it failed; meaningless when error.status is RML_OK */
    rml_error error;
    int64_t n_voxels;             /* of the ROI that was computed; 0 when it was not */
    double *value;                /* [n_columns], NULL when it failed; malloc'ed */
    uint8_t *reason;              /* [n_columns], NULL when it failed; malloc'ed */
    char *warning;                /* NULL, or what of this ROI was taken otherwise than written; malloc'ed */
    rml_diagnostics *diagnostics; /* NULL: none; malloc'ed */
    double seconds[RML_N_STAGES];
} rml_roi_result;

typedef struct rml_result {
    uint64_t image_checksum, mask_checksum; /* XXH3-64 of the files' bytes that were read; 0 when they were not */
    char *warning;                          /* "" or what of the files was taken otherwise than written; malloc'ed */
    int32_t n_columns;                      /* of value and reason */
    int32_t n_rois;
    rml_roi_result *roi; /* [n_rois]; malloc'ed */
} rml_result;

/* The label's text as tables have it: "1+3". A union of very many labels has a long one. Malloc'ed; NULL without
 * memory. */
char *rml_label_set_copy(const rml_label_set *set);

/* n_rois ROIs without values, labels or errors. RML_ENOMEM. */
RML_CHECKED rml_status rml_result_init(rml_result *result, int32_t n_rois, int32_t n_columns);
void rml_result_free(rml_result *result);

/* Room for the values of one ROI. RML_ENOMEM. */
RML_CHECKED rml_status rml_result_allocate(rml_result *result, int32_t roi);

/* Every ROI that a row's label text names failed (one row for "all", whose ROIs nobody knows). Frees what result held.
 * RML_ENOMEM. */
RML_CHECKED rml_status rml_result_fail(rml_result *result, const char *label, rml_stage stage, const rml_error *error);

/* Appends to a text ("" or NULL: begins it) what it does not hold yet, behind "; ". Without memory it stays as it is.
 */
void rml_result_warn(char **warning, const char *text);

/* Puts the names where warning and sentences have the marks. RML_ENOMEM. */
RML_CHECKED rml_status rml_result_spell(rml_result *result, const char *image, const char *mask);

int32_t rml_result_n_failed(const rml_result *result);

void rml_result_pack(const rml_result *result, rml_blob *blob);
/* RML_EFORMAT when the bytes are not a packed result of n_columns columns; RML_ENOMEM. */
RML_CHECKED rml_status rml_result_unpack(const void *bytes, size_t n_bytes, int32_t n_columns, rml_result *result,
                                         rml_error *err);

#endif
