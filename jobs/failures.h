/* The tables of failures and of warnings, as extract writes them and info and the run folder's CSV files show them: one
 * place for their names. */
#ifndef RML_JOBS_FAILURES_H
#define RML_JOBS_FAILURES_H

#define RML_FAILURES_FRAME "uns/radmill/failures"
#define RML_WARNINGS_FRAME "uns/radmill/warnings"

/* A row a failed ROI; columns in this order. */
typedef enum rml_failure_column {
    RML_FAILURE_LINE, /* of the manifest; the one column of numbers */
    RML_FAILURE_ID,
    RML_FAILURE_LABEL, /* as the manifest or the mask has it; "all" where no label could be listed */
    RML_FAILURE_IMAGE, /* paths as the manifest has them */
    RML_FAILURE_MASK,
    RML_FAILURE_STAGE, /* rml_stage_name */
    RML_FAILURE_CODE,  /* rml_status_name */
    RML_FAILURE_SENTENCE,
    RML_N_FAILURE_COLUMNS
} rml_failure_column;

static const char *const rml_failure_columns[RML_N_FAILURE_COLUMNS] = {"Line", "ID",    "Label", "Image",
                                                                       "Mask", "stage", "code",  "sentence"};

/* A row the warnings of a case that was computed, or of one of its ROIs. */
typedef enum rml_warning_column {
    RML_WARNING_LINE,
    RML_WARNING_ID,
    RML_WARNING_LABEL, /* "" where it is about the files */
    RML_WARNING_IMAGE,
    RML_WARNING_MASK,
    RML_WARNING_SENTENCE,
    RML_N_WARNING_COLUMNS
} rml_warning_column;

static const char *const rml_warning_columns[RML_N_WARNING_COLUMNS] = {"Line",  "ID",   "Label",
                                                                       "Image", "Mask", "sentence"};

#endif
