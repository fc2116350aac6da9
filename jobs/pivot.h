/* Rows of one patient side by side: sequences, labels or time points become columns, or a difference between two time
 * points becomes the column. */
#ifndef RML_JOBS_PIVOT_H
#define RML_JOBS_PIVOT_H

#include "jobs/frame.h"

typedef struct rml_pivot {
    int32_t n_by; /* 0: rows stay as they are */
    const char *const *by;
    const char *from, *to; /* values of the last column of `by`, whose difference is taken; NULL: side by side */
    bool relative;         /* (to - from) / from, else to - from */
} rml_pivot;

typedef struct rml_pivot_rows {
    const char *where;   /* before every sentence: the study */
    const char *table;   /* its name, for sentences */
    int32_t n_keys;      /* what tells the new rows apart: the patient, then perhaps the reader */
    const int32_t *key;  /* [n_keys] columns */
    int32_t n_same;      /* columns that something reads: what rows of a patient say is one value (jobs/frame.h) */
    const int32_t *same; /* [n_same] */
    const bool *used;    /* [frame->n_rows] other rows are not there */
} rml_pivot_rows;

typedef struct rml_pivot_counts {
    int64_t n_without;    /* places of a patient and a cell (or a difference) without a row: all features NaN */
    int64_t n_negligible; /* relative differences that are NaN since the first value is none to divide by */
} rml_pivot_counts;

/* A new row for each combination of keys, in the order of their first rows, whose texts are those of the first row. A
 * new feature for each old one and each combination of values in `by` that occurs (values sorted, numbers before texts,
 * the first column slowest), named "feature|T1|1"; under a difference "feature|T1|2-1", relative "feature|T1|(2-1)/1".
 * A combination that a row has not is NaN. A relative difference is NaN where |from| <= 1e-12 |to|, 0 / 0 included: the
 * row's own values alone decide, so that no other row has a say in it.
 *
 * RML_ESETTING  a column of `by` that is not there or empty in a row, several rows for one place, rows of a patient
 *               that differ in a column of `same`, no row with the value from or to, values that combine in 2^63 ways
 *               or make a name of more than 511 bytes beside the feature's
 * RML_ENOMEM; the features are as before */
RML_CHECKED rml_status rml_pivot_frame(const rml_pivot *pivot, const rml_pivot_rows *rows, rml_frame *frame,
                                       rml_pivot_counts *counts, rml_error *err);

#endif
