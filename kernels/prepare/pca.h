/* Principal components of the training rows, and any rows' scores on them. */
#ifndef RML_PREPARE_PCA_H
#define RML_PREPARE_PCA_H

#include <stdbool.h>

#include "kernels/base/columns.h"
#include "kernels/base/status.h"

typedef struct rml_pca {
    int32_t n_columns, n_components;
    double *centre, *scale; /* [n_columns] means; standard deviations (n - 1), or 1 */
    double *sdev;           /* [n_components] standard deviations (n - 1) of the scores, falling */
    double *rotation;       /* [n_components * n_columns] loadings: component c, column j at c * n_columns + j */
    double total;           /* variance of all columns after scaling: sdev^2 / total is the part explained */
    void *memory;
} rml_pca;

/* Allocates, NaN; for a caller that reads a fitted object back. RML_EINVAL (a size below 0), RML_ENOMEM. */
RML_CHECKED rml_status rml_pca_init(rml_pca *fitted, int32_t n_columns, int32_t n_components);
void rml_pca_free(rml_pca *fitted);

enum { RML_PCA_MOST = 32767 }; /* rows or columns whose products LAPACK's integers count */

/* Components of the centred and, if asked, scaled columns, as R's prcomp. Columns times columns where there are more
 * rows than columns, else rows times rows.
 *
 * scale     in   divide by the standard deviation; a column without spread (rml_scale_fit) keeps scale 1 and loadings
 * 0, where prcomp stops at_most   in   number of components wanted; 0: all fitted    out  to be freed, also after a
 * failure. Components whose variance is rounding, at most 4 max(rows, columns) 2.2e-16 of the first's, are left out:
 * n_components may be smaller, with n rows it is at most n - 1. Every component's loading of largest size is positive
 * (of equal ones the first)
 *
 * Components of (nearly) equal variance are determined only together: any rotation among them is as good. That holds
 * as well where variances differ by no more than some 1e-13 of the first's.
 *
 * RML_EINVAL  fewer than 2 rows, no columns, at_most below 0
 * RML_EVALUE  a missing or infinite value
 * RML_EEMPTY  no column has any spread
 * RML_ENOMEM; RML_ECAPACITY when the smaller side is above RML_PCA_MOST */
RML_CHECKED rml_status rml_pca_fit(const rml_columns *x, bool scale, int32_t at_most, rml_pca *fitted);

/* The same from eigenvectors that were found elsewhere: of the products of columns with columns, or (by_rows) rows with
 * rows, of the standardised table. Only their directions count, and the sizes of the values among each other.
 *
 * values, vectors  in  [n_found], [n_found][columns or rows], by rising value
 * RML_EINVAL, RML_EVALUE, RML_EEMPTY, RML_ENOMEM */
RML_CHECKED rml_status rml_pca_complete(const rml_columns *x, bool scale, bool by_rows, int32_t n_found,
                                        const double *values, const double *vectors, rml_pca *fitted);

/* scores  out  component c, row i at scores[c * stride + i]; NaN for a row with a missing value
 * RML_EINVAL  another number of columns than fitted; RML_ENOMEM */
RML_CHECKED rml_status rml_pca_apply(const rml_pca *fitted, const rml_columns *x, double *scores, int64_t stride);

#endif
