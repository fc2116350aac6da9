/* Ranks of a list of numbers, ties sharing their middle rank: what rank tests, AUC and Spearman stand on. */
#ifndef RML_STATS_RANK_H
#define RML_STATS_RANK_H

#include <stdint.h>

#include "kernels/base/status.h"

typedef struct rml_ranked {
    double value;
    int64_t row;
} rml_ranked;

/* Sorts ascending, equal values in the order of their rows; -0 equals 0.
 *
 * x      in    [n], infinities allowed
 * items  work  [2 n]; out [n] the sorted values with the rows they came from
 *
 * RML_EVALUE  a NaN in x; items is then not sorted */
RML_CHECKED rml_status rml_rank_sort(const double *x, int64_t n, rml_ranked *items);

/* Ranks from 1 to n; equal values get the mean of the ranks that they share.
 *
 * x      in    [n], infinities allowed
 * items  work  [2 n]; out [n] as rml_rank_sort leaves it
 * rank   out   [n], may be x itself
 * ties   out   the sum over groups of t equal values of t^3 - t; NULL allowed
 *
 * RML_EVALUE  a NaN in x; rank and ties are then NaN */
RML_CHECKED rml_status rml_rank_middle(const double *x, int64_t n, rml_ranked *items, double *rank, double *ties);

#endif
