/* A table of numbers as the learning half sees it: features × rows, each feature contiguous. A view that owns nothing.
 */
#ifndef RML_BASE_COLUMNS_H
#define RML_BASE_COLUMNS_H

#include <stdint.h>

/* Column j, row i stands at x[j * stride + i]; NaN is a missing value. */
typedef struct rml_columns {
    int64_t n_rows;
    int64_t stride; /* at least n_rows */
    int32_t n_columns;
    const double *x;
} rml_columns;

static inline const double *rml_column(const rml_columns *columns, int32_t j)
{
    return columns->x + (int64_t)j * columns->stride;
}

#endif
