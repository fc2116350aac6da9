/* What the simple models ask of class codes. */
#ifndef RML_SIMPLE_CLASSES_H
#define RML_SIMPLE_CLASSES_H

#include <string.h>

#include "kernels/base/columns.h"
#include "kernels/base/status.h"

/* Rows of each class, n_of_class[n_classes]. RML_EINVAL: a code outside 0..n_classes-1;
 * RML_EEMPTY: a class without rows. */
static inline rml_status rml_classes_count(const int32_t *classes, int64_t n_rows, int32_t n_classes,
                                           int64_t *n_of_class)
{
    memset(n_of_class, 0, (size_t)n_classes * sizeof *n_of_class);
    for (int64_t i = 0; i < n_rows; ++i) {
        if (classes[i] < 0 || classes[i] >= n_classes) return RML_EINVAL;
        ++n_of_class[classes[i]];
    }
    for (int32_t c = 0; c < n_classes; ++c)
        if (n_of_class[c] == 0) return RML_EEMPTY;
    return RML_OK;
}

/* One row of a table of columns, out[n_columns]. */
static inline void rml_gather_row(const rml_columns *rows, int64_t i, double *out)
{
    for (int32_t j = 0; j < rows->n_columns; ++j) out[j] = rml_column(rows, j)[i];
}

#endif
