/* Columns that cannot tell rows apart, or that too few rows have: what to drop before anything is fitted, and why. */
#ifndef RML_PREPARE_CLEAN_H
#define RML_PREPARE_CLEAN_H

#include "kernels/base/columns.h"
#include "kernels/base/status.h"

typedef enum rml_clean_reason { /* the first that holds, in this order */
                                RML_CLEAN_KEEP,
                                RML_CLEAN_MISSING,  /* no value at all, or a larger fraction missing than allowed */
                                RML_CLEAN_CONSTANT, /* one distinct value */
                                RML_CLEAN_NEAR_CONSTANT, /* the commonest value too common and too few distinct ones
                                                            (caret's nearZeroVar) */
                                RML_CLEAN_LOW_VARIATION  /* coefficient of variation below the limit */
} rml_clean_reason;

typedef struct rml_clean_settings {
    double freq_cut;      /* near-constant: frequency ratio above this (caret: 95 / 5); Inf: never */
    double unique_cut;    /* and distinct values at most this many per cent of the rows (caret: 10) */
    double min_variation; /* coefficients of variation below this are dropped; 0: none */
    double max_missing;   /* fractions of missing rows above this are dropped; 1: only columns without any value */
} rml_clean_settings;

typedef struct rml_clean_column {
    rml_clean_reason reason;
    double missing;        /* fraction of the rows */
    double freq_ratio;     /* rows of the commonest value over rows of the second; 0 with one distinct value or none */
    double percent_unique; /* distinct values in per cent of all rows, missing ones too, as caret */
    double variation; /* sd (n - 1) / |mean|; Inf when the mean is 0, NaN with fewer than 2 values or a constant 0 */
} rml_clean_column;

/* caret's cuts, no limit of variation, at most half of the rows missing. */
rml_clean_settings rml_clean_defaults(void);

/* Judges every column of the training rows; NaN is a missing value.
 *
 * result  out  [n_columns]
 *
 * RML_EINVAL  no rows, or a setting that is NaN; RML_EVALUE an infinite value; RML_ENOMEM
 * Source of the near-constant rule: Kuhn & Johnson 2013, Applied Predictive Modeling, section 3.5. */
RML_CHECKED rml_status rml_clean(const rml_columns *x, const rml_clean_settings *settings, rml_clean_column *result);

#endif
