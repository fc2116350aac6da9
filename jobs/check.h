/* What `radmill check` foretells of an extraction, for who plans it. */
#ifndef RML_JOBS_CHECK_H
#define RML_JOBS_CHECK_H

#include "jobs/cohort.h"
#include "jobs/outputs.h"

typedef struct rml_check_estimate {
    int64_t n_rows, n_bad_rows; /* n_bad_rows: with a problem, which check lists */
    int64_t n_rois;
    int64_t n_tasks;     /* pairs of image and mask, each with all its rows: more ranks have nothing to do */
    int64_t peak_bytes;  /* of a rank, at most */
    char peak_case[256]; /* whose that is */
    double core_seconds; /* on one core of the machine that check was timed on */
    int32_t n_columns;   /* features of a ROI */
} rml_check_estimate;

/* Reads the parameters (NULL: PyRadiomics' defaults), the cohort, headers and masks as check does, and prints nothing.
 * label: as for extract, NULL allowed. outputs: what the extraction will write, judged as it will; NULL: not judged.
 * faults: as rml_cohort_read_on. Statuses as rml_params_read, rml_cohort_read_on and rml_outputs_check, and RML_ENOMEM;
 * cases with problems are counted, no failure. */
RML_CHECKED rml_status rml_check_foretell(const char *cohort, const char *params, const char *label,
                                          const rml_outputs *outputs, rml_check_estimate *estimate, rml_faults *faults,
                                          rml_error *err);

#endif
