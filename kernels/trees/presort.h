/* Columns sorted once a fit, for all trees that are grown on them. */
#ifndef RML_TREES_PRESORT_H
#define RML_TREES_PRESORT_H

#include "kernels/base/columns.h"
#include "kernels/base/status.h"

typedef struct rml_presort {
    rml_columns x;  /* the view that was sorted: must outlive this */
    int32_t n;      /* rows */
    int32_t *order; /* [n_columns * n] rows of column j by rising value, equal values by row */
    uint32_t *rank; /* [n_columns * n] of row i in column j: 0 for the smallest; equal values have the same */
} rml_presort;

/* x: as it is, nothing is copied. presort: out, to be freed with rml_presort_free.
 * RML_EEMPTY no row or no column; RML_EINVAL stride below n_rows; RML_ECAPACITY more than 2^31 - 2 rows; RML_EVALUE NaN
 * or infinity; RML_ENOMEM */
RML_CHECKED rml_status rml_presort_init(rml_presort *presort, const rml_columns *x);
void rml_presort_free(rml_presort *presort);

/* RML_EVALUE when any value is NaN or infinite. */
RML_CHECKED rml_status rml_presort_check(const rml_columns *x);

#endif
