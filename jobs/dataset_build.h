/* What the files that put a dataset together share; for jobs/dataset*.c alone, but for texts as codes. */
#ifndef RML_JOBS_DATASET_BUILD_H
#define RML_JOBS_DATASET_BUILD_H

#include "jobs/dataset.h"
#include "jobs/frame.h"

typedef struct rml_codes { /* a column of texts as numbers: levels sorted, numbers before texts */
    int32_t n_levels;
    const char **level;
    int32_t *code; /* -1 missing */
} rml_codes;

typedef struct rml_build {
    const rml_study *study;
    rml_frame frame, clinical;
    bool joined; /* there is a clinical file */
    /* rows that are used, those of one patient together, patients in the order of the table */
    int32_t n_rows, n_patients;
    int64_t *row;          /* [n_rows] of the frame */
    int32_t *first_row;    /* [n_patients + 1] */
    int64_t *clinical_row; /* [n_patients], or -1 */
    const char **patient;  /* [n_patients] */
    double *y;             /* [n_patients] */
    uint8_t *event;        /* [n_patients] of an outcome in time; else NULL */
    rml_codes classes;
    rml_pivot_counts pivoted;
    /* readings */
    int32_t n_raters, n_subjects;
    int64_t *reading; /* [n_raters][n_subjects] rows of the frame; those of x first */
    int32_t *subject; /* [n_patients] */
    /* what files say of features */
    double *told;           /* [study->told_file.n][frame.n_features + study->use.n] */
    char **told_provenance; /* [study->told_file.n] */
    /* what was left out */
    const char **without_clinical, **clinical_unused; /* their names */
    int32_t n_without_outcome, n_without_clinical, n_clinical_unused, n_before_landmark, n_without_landmark,
        n_without_stratum, n_without_offset;
} rml_build;

typedef struct rml_place { /* where a column that the study names stands */
    bool clinical;
    int32_t column;
} rml_place;

static inline rml_status rml_build_no_memory(rml_error *err)
{
    return rml_fail(err, RML_ENOMEM, "no memory for the study's table");
}

/* Reads the study's files and lists its patients with their rows, whatever their outcome. b: zeroed but for the study;
 * to be given back with rml_build_free, also after a failure. Statuses as rml_dataset_read. */
RML_CHECKED rml_status rml_build_patients(rml_build *b, rml_error *err);
void rml_build_free(rml_build *b);
/* The outcome of each patient: y, NaN where there is none, and event or classes. Statuses as rml_dataset_read. */
RML_CHECKED rml_status rml_build_outcome(rml_build *b, rml_error *err);

/* Where a column that the study names stands: the clinical file first, then the table. RML_ESETTING with the nearest.
 */
RML_CHECKED rml_status rml_build_column(const rml_build *b, const char *name, const char *what, rml_place *place,
                                        rml_error *err);
const char *rml_build_cell(const rml_build *b, int32_t patient, const rml_place *place);

/* Sees to it that outcome, centre, split, inner folds, use and covariates say one thing of each patient, a missing
 * cell what another one says (jobs/frame.h): on all rows that were picked, or (joined) in both files. Where the
 * clinical file has a column its cells are read, which the table's may fill but not contradict; a patient without a row
 * there has no value. Under rois: mean steps' columns (a batch) too. RML_ESETTING naming the patient and both values
 * (jobs/dataset_agree.c). */
RML_CHECKED rml_status rml_build_agree(rml_build *b, bool joined, rml_error *err);

/* Which word of the study a column of `use` stands under, for sentences: an offset joins that list by itself. */
const char *rml_build_asked_as(const rml_study *study, const char *column);

/* Texts as codes; the levels are sorted, so that codes do not hang on the order of rows. codes_free after it. */
RML_CHECKED rml_status rml_build_encode(int32_t n, const char *const *text, rml_codes *codes, rml_error *err);
void rml_build_codes_free(rml_codes *codes);

/* The columns of the study's conditions: [study->n_rows]. */
RML_CHECKED rml_status rml_build_conditions(const rml_build *b, int32_t *column, rml_error *err);
/* Whether a row of the table meets them; those on the readers' column may be left out. */
bool rml_build_meets(const rml_build *b, int64_t row, const int32_t *column, bool any_reader);

/* Whether a column holds the inner folds that the study gives: of {fold}, those of an outer fold that is there.
 * used: [frame.n_rows] rows of the table that count (jobs/dataset_pivot.c). */
bool rml_build_is_inner(const rml_build *b, const bool *used, const char *column);

/* Rows of one patient and reader side by side, as the study's pivot says (jobs/dataset_pivot.c). */
RML_CHECKED rml_status rml_build_pivot(rml_build *b, rml_error *err);

/* The rows that other readers made of the same patients (jobs/dataset_readings.c). */
RML_CHECKED rml_status rml_build_readings(rml_build *b, rml_error *err);

/* The column that the study makes of a sweep's held-out scores, put into the clinical file: of a patient the log-odds
 * of the mean, over the repeats, of the held-out probability that "chosen" gave; empty of who was never held out.
 * RML_ESETTING  a folder that is no sweep's of two classes, or a name that the file has already; else as rml_table_read
 * (jobs/dataset_score.c) */
RML_CHECKED rml_status rml_build_score(rml_build *b, rml_error *err);

/* What files say of the features (jobs/dataset_told.c). */
RML_CHECKED rml_status rml_build_told(rml_build *b, rml_error *err);

/* Whether a column tells the outcome all by itself, |AUC or Spearman| at least 0.999 over 10 patients or more: not for
 * several classes. RML_ESETTING, of a feature (else: covariate) unless the study allows it.
 *
 * x        in  [n_patients], NaN of those who have none and are left out; of several rows a patient their mean
 * scratch  [2 * n_patients]   (jobs/dataset_telling.c) */
RML_CHECKED rml_status rml_build_check_telling(const rml_build *b, bool feature, const char *name, const double *x,
                                               double *scratch, rml_error *err);

/* The study's report columns from their file (jobs/dataset_reports.c).
 * value: out, [study->report_columns.n][n_patients]; NaN where it is missing or the patient is not there. RML_ESETTING
 * for a column that is not there, a patient on two rows, a text for a number; else as rml_frame_read */
RML_CHECKED rml_status rml_build_reports(const rml_build *b, double *value, rml_error *err);

/* All of it as bytes (jobs/dataset_pack.c). */
RML_CHECKED rml_status rml_build_pack(rml_build *b, rml_blob *blob, rml_error *err);

#endif
