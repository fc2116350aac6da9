/* The study's numbers: rows of the feature table joined with the clinical file, one block of memory that travels to
 * every rank as it is. */
#ifndef RML_JOBS_DATASET_H
#define RML_JOBS_DATASET_H

#include "jobs/study.h"
#include "kernels/base/blob.h"

typedef struct rml_dataset_texts { /* what 0 and 1 of a patient's column stand for; n 0: it holds numbers */
    int32_t n;
    const char **text; /* [n] */
} rml_dataset_texts;

typedef struct rml_dataset {
    rml_data data;
    /* What controls are given: data.x, and behind it the clinical columns where those are for controls alone. */
    rml_columns all;
    const char **feature;                    /* [all.n_columns] */
    const char **patient;                    /* [data.n_patients] */
    const char **class_name;                 /* [data.n_classes] of an outcome of classes; else NULL */
    const char ***level;                     /* [data.n_factors][data.n_levels] */
    const rml_dataset_texts *clinical_text;  /* [n_clinical] of the clinical columns */
    const rml_dataset_texts *covariate_text; /* [data.n_covariates] */
    /* Who is held out together: codes of the split's column or of the held-out centres (0), -1 never; NULL otherwise.
     */
    const int32_t *group; /* [data.n_patients] */
    int32_t n_groups;
    const char **group_name;
    const int32_t **given;        /* [n_groups][data.n_patients] inner folds, or NULL */
    const char *parameters;       /* of the extraction, canonical; "" for a CSV */
    const char **told_provenance; /* [data.n_told] for study.told_provenance */
    int32_t n_reports;
    const char **report_name;
    const double *report; /* [n_reports][n_patients] what is told beside the features; NaN where missing */
    int32_t n_clinical;   /* the last columns of `all` come from the clinical file */
    /* Who was left out, for the person. */
    int32_t n_without_outcome, n_without_clinical, n_clinical_unused;
    int32_t n_without_stratum, n_without_offset;      /* an empty cell of the column of `survive: strata`, `offset` */
    int32_t n_without_landmark;                       /* an empty cell of the landmark's column */
    int32_t n_before_landmark;                        /* with the event, or no longer observed, when times begin */
    const char **without_clinical, **clinical_unused; /* the names of those */
    int64_t n_pivot_without, n_pivot_negligible;      /* rml_pivot_counts */
    void **index;                                     /* [n_index] what rml_dataset_free gives back */
    int32_t n_index;
} rml_dataset;

/* Rank 0: reads the files, joins, checks, and packs. Leaves out patients without an outcome (counted), and rows that
 * the study's conditions do not name.
 *
 * blob  out  what rml_dataset_unpack takes
 *
 * RML_ESETTING  a column that is not there (the nearest named), no row or no feature left, several rows of a patient
 *               without `rois`, an outcome of one class or with more than two values, a value that is no number where
 *               one is needed, a feature that tells the outcome (|AUC or Spearman| at least 0.999) unless allowed
 * else as rml_h5ad_open and rml_table_read */
RML_CHECKED rml_status rml_dataset_read(const rml_study *study, rml_blob *blob, rml_error *err);

/* Views into bytes, which must live as long as the dataset and be aligned to 8. RML_EFORMAT, RML_ENOMEM. */
RML_CHECKED rml_status rml_dataset_unpack(const void *bytes, size_t n_bytes, rml_dataset *dataset);
void rml_dataset_free(rml_dataset *dataset);

#endif
