/* Columns cut into a few levels, the cuts learned from the training rows. */
#ifndef RML_SELECT_BINS_H
#define RML_SELECT_BINS_H

#include "kernels/base/columns.h"
#include "kernels/base/status.h"

#define RML_BINS_MOST 64 /* levels */

typedef enum rml_bins_kind {
    RML_BINS_MEAN_SD,  /* three levels: below mean - sd, above mean + sd, between; sd over n - 1. Peng et al. 2005 */
    RML_BINS_WIDTH,    /* n_levels of equal width from the lowest to the highest training value */
    RML_BINS_QUANTILE, /* n_levels between sample quantiles */
    RML_N_BINS
} rml_bins_kind;

/* Column j's numbers start at numbers + j * n_numbers:
 * MEAN_SD   {mean - sd, mean + sd}: 0 when x < the first, 2 when x > the second, else 1
 * WIDTH     {lowest, highest}: floor((x - lowest) * n_levels / (highest - lowest)), held within 0..n_levels-1
 * QUANTILE  the n_levels - 1 distinct cuts ascending, then infinities: the level is how many cuts are below x */
typedef struct rml_bins {
    rml_bins_kind kind;
    int32_t n_levels;
    int32_t n_columns;
    int32_t n_numbers;
    double *numbers; /* [n_columns * n_numbers], malloc'ed */
} rml_bins;

/* Learns the cuts of every column.
 *
 * training  in   all rows, at least 1 (MEAN_SD: with one row sd is taken as 0)
 * n_levels  in   2..RML_BINS_MOST; 3 for MEAN_SD
 * bins      out  to be freed with rml_bins_free; nothing to free on failure
 *
 * A constant column has one level. Cuts that coincide (a value that fills more than one quantile) count once, so levels
 * may stay empty. Quantiles are type 7 of Hyndman & Fan 1996, as numpy.quantile; a value on a cut belongs below it.
 *
 * RML_EINVAL  kind or n_levels
 * RML_EEMPTY  no rows
 * RML_EVALUE  a value that is not finite, or a range that overflows
 * RML_ENOMEM */
RML_CHECKED rml_status rml_bins_fit(const rml_columns *training, rml_bins_kind kind, int32_t n_levels, rml_bins *bins);

/* The levels of any rows: levels[j * n_rows + i], 0..n_levels-1. Values beyond the training rows' go to the outer
 * levels.
 *
 * RML_EINVAL  another number of columns
 * RML_EVALUE  NaN; levels is then incomplete */
RML_CHECKED rml_status rml_bins_apply(const rml_bins *bins, const rml_columns *rows, uint8_t *levels);

void rml_bins_free(rml_bins *bins);

#endif
