/* The tables at the end of an extraction, streamed from the journal in the manifest's order: features.h5ad, the CSV,
 * and
 * the run folder's failures.csv, warnings.csv and timings.csv. */
#ifndef RML_JOBS_TABLES_H
#define RML_JOBS_TABLES_H

#include "engine/journal.h"
#include "jobs/cohort.h"
#include "jobs/params.h"

typedef struct rml_tables_input {
    const rml_cohort *cohort;
    const rml_params *params;
    rml_journal *journal;
    rml_nan_policy policy;
    bool hashes;        /* the diagnostics have those of image and mask */
    const char *out;    /* path of the h5ad */
    const char *csv;    /* path of the CSV, or NULL */
    const char *folder; /* the run folder */
} rml_tables_input;

enum { RML_SHOWN_FAILURES = 5 };

typedef struct rml_tables_counts {
    int64_t n_cases;                     /* rows of the manifest */
    int64_t n_failed_cases;              /* with at least one ROI that failed */
    int64_t n_rois;                      /* rows written */
    int64_t n_failures;                  /* rows of the failures table */
    int64_t n_warnings;                  /* cases of which something was taken otherwise than written */
    rml_error first_warning;             /* "ID: sentence" */
    rml_error shown[RML_SHOWN_FAILURES]; /* the first failures, "ID|label: sentence" */
} rml_tables_counts;

/* Writes all of them; each appears whole or not at all. Rows without a record (not tried yet) are an error of ours.
 * RML_EIO      a full disk, an unwritable folder: what stood at the paths is left as it was
 * RML_EFORMAT  a record that does not belong here */
RML_CHECKED rml_status rml_tables_write(const rml_tables_input *input, rml_tables_counts *counts, rml_error *err);

#endif
