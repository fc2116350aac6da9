/* Columns that say the same: found by |r|, one of them kept. */
#ifndef RML_SELECT_REDUNDANCY_H
#define RML_SELECT_REDUNDANCY_H

#include <stdbool.h>

#include "kernels/base/columns.h"
#include "kernels/base/status.h"

/* |r| of every pair of columns: of i < j at size[rml_correlations_at(n, i, j)]. */
typedef struct rml_correlations {
    int32_t n;
    double *size; /* [n (n - 1) / 2], malloc'ed */
} rml_correlations;

static inline int64_t rml_correlations_at(int32_t n, int32_t i, int32_t j)
{
    return (int64_t)i * (2 * (int64_t)n - i - 1) / 2 + j - i - 1;
}

/* |r| by Pearson, or of the ranks (ties share their mean): Spearman. A constant column has 0 with every other. Above
 * 1 - 1e-14 |r| is taken as 1, so that copies are found as such.
 *
 * correlations  out  to be freed with rml_correlations_free; nothing to free on failure
 *
 * RML_EEMPTY  fewer than 2 rows
 * RML_EVALUE  a value that is not finite
 * RML_ENOMEM  also when the pairs do not fit */
RML_CHECKED rml_status rml_correlations_fit(const rml_columns *training, bool by_ranks, rml_correlations *correlations);
void rml_correlations_free(rml_correlations *correlations);

/* caret::findCorrelation. Of each pair with |r| > cutoff the column with the larger mean |r| goes.
 *
 * exact: columns in order of falling mean |r| (without themselves); the mean of the first of a pair, over the columns
 * still there, against the mean over all pairs but the second's: the first goes if it is larger, else the second; means
 * are taken anew after each removal. Not exact: means over all columns once; the second of a pair goes if its mean is
 * larger, else the first, also when the other one is gone already. Means that agree in 15 digits are equal, and equal
 * ones stand in the columns' order. caret takes exact below 100 columns unless told otherwise.
 *
 * removed  out  [n] 1 for a column that goes
 * RML_EINVAL  cutoff outside 0..1; RML_ENOMEM */
RML_CHECKED rml_status rml_redundancy_pairs(const rml_correlations *correlations, double cutoff, bool exact,
                                            uint8_t *removed);

typedef enum rml_linkage {
    RML_LINKAGE_SINGLE,  /* a cluster: all that a chain of |r| >= cutoff joins */
    RML_LINKAGE_COMPLETE /* every two of a cluster have |r| >= cutoff: of the two clusters with the highest lowest |r|
                          * one is made, the first of equals, until no two are left that may be joined */
} rml_linkage;

/* Clusters of columns, one column of each kept.
 *
 * relevance  in   [n] to the outcome, larger is better: kept is the most relevant (NaN: the least); NULL: the one with
 *                 the lowest mean |r| with all other columns. Of equals the lowest column
 * cluster    out  [n] number of the column's cluster, from 0 in the order of their first columns; NULL allowed
 * removed    out  [n] 1 for a column that goes
 *
 * RML_EINVAL  linkage, or cutoff outside (0, 1]; RML_ENOMEM */
RML_CHECKED rml_status rml_redundancy_clusters(const rml_correlations *correlations, double cutoff, rml_linkage linkage,
                                               const double *relevance, int32_t *cluster, uint8_t *removed);

#endif
