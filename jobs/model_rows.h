/* Rows of a table as a model reads them: its columns by name, whatever else there is and in whatever order. */
#ifndef RML_JOBS_MODEL_ROWS_H
#define RML_JOBS_MODEL_ROWS_H

#include "jobs/frame.h"
#include "jobs/model.h"

typedef struct rml_rows_request {
    const char *model;         /* its file, for sentences */
    const char *table;         /* .h5ad, else a CSV */
    const char *clinical, *by; /* a file of the patients' columns and the column of it that names them; NULL: none */
    const char
        *id; /* the table's column that names patients; NULL: the model's, else `by`'s, else "id" if there is one */
    int32_t n_conditions, n_read;
    const rml_condition *condition; /* on a column of which the model's study has one too: instead of that one */
    const char *const *read;        /* [n_read] columns that the verb reads itself: one value a patient */
    bool all_rows;                  /* the conditions of the model's study are not asked */
    bool allow_parameters;          /* other extraction parameters than the model's are no error */
    bool one_a_patient; /* several rows of a patient are an error unless the model says what becomes of them */
} rml_rows_request;

typedef struct rml_rows_place { /* where a column of names stands */
    bool clinical;
    int32_t column;
} rml_rows_place;

/* A "patient" of data is what gets one score: a row, or all rows of a patient where the model was trained so. */
typedef struct rml_model_rows {
    rml_data data;   /* x: the model's features in its order */
    const char **id; /* [data.n_patients] */
    bool joined;     /* there is a clinical file */
    int32_t n_without_clinical;
    int64_t n_left_out; /* rows that do not meet the conditions */
    int32_t n_conditions, n_of_model, n_absent;
    rml_condition *condition; /* [n_conditions] that rows had to meet; the first n_of_model are of the model's study */
    rml_condition *absent;    /* [n_absent] the study's on columns that the table has not: not asked */
    bool all_rows;            /* as requested */
    bool side_by_side;        /* rows of a patient were made one, as in the model's study */
    rml_pivot_counts pivoted;
    bool numbered;      /* no column names patients: their rows' numbers do */
    int32_t n_repeated; /* patients with several rows, and how many rows these are */
    int64_t n_repeated_rows;
    bool parameters_unknown; /* the model was trained on extracted features, and the table does not say how its were */
    bool parameters_differ;  /* allowed by the request */
    rml_frame frame, clinical;
    int64_t *row;          /* [rows of data] of the frame; a patient's first under rois: mean */
    int64_t *clinical_row; /* [data.n_patients], or -1 */
    const char *table, *clinical_path;
    rml_model memory; /* owns texts and lists */
} rml_model_rows;

/* RML_ESETTING  columns that the model needs and the table has not (all named), extraction parameters that differ (each
 *               line named), a text where a number is needed, no row, a patient without a centre that a step needs,
 * rows or files that contradict each other on a patient RML_EDUPLICATE  several rows of a patient, one expected else as
 * rml_frame_read */
RML_CHECKED rml_status rml_model_rows_read(const rml_model *model, const rml_rows_request *request,
                                           rml_model_rows *rows, rml_error *err);
void rml_model_rows_free(rml_model_rows *rows);

/* A column of names, of the clinical file or else of the table. RML_ESETTING when neither has it. */
RML_CHECKED rml_status rml_model_rows_column(const rml_model_rows *rows, const char *name, rml_rows_place *place,
                                             rml_error *err);
/* "" where the patient has no row in the clinical file. */
const char *rml_model_rows_cell(const rml_model_rows *rows, int32_t patient, const rml_rows_place *place);

#endif
