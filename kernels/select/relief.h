/* ReliefF: what a column says about a class among rows that are otherwise alike. */
#ifndef RML_SELECT_RELIEF_H
#define RML_SELECT_RELIEF_H

#include "kernels/base/columns.h"
#include "kernels/base/status.h"

/* Weights of all columns for two classes, every row taken in turn:
 *
 *     weight = mean over rows R of (mean diff to its k nearest rows of the other class
 *                                   - mean diff to its k nearest rows of its own class)
 *
 * with diff = |difference| over the column's range in the training rows, and distance the sum of diff over all columns.
 * Source: Kononenko 1994; Robnik-Sikonja & Kononenko 2003, figure 2, where the other class's share of what is not R's
 * class is 1 for two classes.
 *
 * y             in   [n_rows] 0 or 1
 * n_neighbours  in   k, at least 1 (10 is usual); of a class with fewer other rows all are taken, and the mean is
 * theirs weight        out  [n_columns], -1..1, larger is better; a constant column has 0
 *
 * Rows at the same distance: the lowest first. A row that is alone in its class has no hits: 0 for them.
 *
 * RML_EINVAL  n_neighbours below 1, a y above 1
 * RML_EEMPTY  no columns, or no row in one of the classes
 * RML_EVALUE  a value that is not finite, or a range that overflows
 * RML_ENOMEM */
RML_CHECKED rml_status rml_relief(const rml_columns *training, const uint8_t *y, int32_t n_neighbours, double *weight);

#endif
