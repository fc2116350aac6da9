/* Missing values filled in from the training rows: by the column's median, or by the nearest training rows. */
#ifndef RML_PREPARE_IMPUTE_H
#define RML_PREPARE_IMPUTE_H

#include <stdbool.h>

#include "kernels/base/columns.h"
#include "kernels/base/status.h"

typedef enum rml_impute_kind {
    RML_IMPUTE_MEDIAN, /* scikit-learn's SimpleImputer(strategy="median") */
    RML_IMPUTE_NEAREST /* scikit-learn's KNNImputer */
} rml_impute_kind;

typedef struct rml_impute_settings {
    rml_impute_kind kind;
    int32_t n_neighbours; /* scikit-learn's default is 5 */
    bool by_distance;     /* neighbours weighted by 1 / distance; else equally */
} rml_impute_settings;

typedef struct rml_impute {
    rml_impute_settings settings;
    int64_t n_rows; /* of x; 0 for medians */
    int32_t n_columns, n_empty;
    int32_t *empty; /* [n_empty] columns without any training value, ascending: they stay missing */
    double *fill;   /* [n_columns] median, or the mean for a row that has no neighbour; NaN where empty */
    double *x;      /* [n_columns * n_rows] the training rows, each feature contiguous; NULL for medians */
    void *memory;
} rml_impute;

/* Allocates, NaN and 0; for a caller that reads a fitted object back. RML_EINVAL (a size below 0), RML_ENOMEM. */
RML_CHECKED rml_status rml_impute_init(rml_impute *fitted, int64_t n_rows, int32_t n_columns);
void rml_impute_free(rml_impute *fitted);

/* Keeps the training rows' medians, or the rows themselves. To be freed, also after a failure.
 * RML_EINVAL  no rows, or fewer than 1 neighbour; RML_EVALUE an infinite value; RML_ENOMEM */
RML_CHECKED rml_status rml_impute_fit(const rml_columns *x, const rml_impute_settings *settings, rml_impute *fitted);

/* Fills in every NaN of rows x but those of empty columns; all else is copied bit for bit.
 *
 * out  out  column j, row i at out[j * stride + i]; not x itself, whose missing values tell the distances
 *
 * Nearest: the distance of two rows is sqrt(p / m * sum (a - b)^2) over the m of p columns that both have (Dixon 1979;
 * scikit-learn's nan_euclidean). A value is the mean over the n_neighbours nearest training rows that have the column;
 * fewer when fewer have it and share any column with the row; the column's mean when none does. Of rows equally far the
 * first counts (scikit-learn leaves it open). By distance: rows at distance 0, if any, count alone. Distances hang on
 * units: scale the columns first.
 *
 * RML_EINVAL  another number of columns than fitted; RML_EVALUE an infinite value; RML_ENOMEM */
RML_CHECKED rml_status rml_impute_apply(const rml_impute *fitted, const rml_columns *x, double *out, int64_t stride);

#endif
