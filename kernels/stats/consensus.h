/* Consensus clustering: how often two rows are in one cluster when parts of the rows are clustered again and again.
 * Source: Monti et al. 2003, Machine Learning 52:91; as ConsensusClusterPlus 1.62. */
#ifndef RML_STATS_CONSENSUS_H
#define RML_STATS_CONSENSUS_H

#include <stdint.h>

#include "kernels/base/status.h"

/* Which of n rows resample r has: m of them without repeats, by (seed, r). row: out, [m] ascending.
 * RML_EINVAL  m outside 1 .. n   RML_ENOMEM */
RML_CHECKED rml_status rml_consensus_draw(int32_t n, int32_t m, uint64_t seed, uint64_t r, int32_t *row);

/* Distances of all pairs i < j at rml_dendrogram_at of rows x [n * p]: 1 - Pearson's correlation of two rows.
 * RML_EEMPTY  a row without spread   RML_EVALUE  a number that is not finite   RML_ENOMEM */
RML_CHECKED rml_status rml_consensus_pearson(const double *x, int32_t n, int32_t p, double *distance);

/* Average linkage of m rows among all n, by all pairs' distances, cut into k clusters; numbered by their first rows.
 * row: [m] ascending; label: out, [m]. RML_EINVAL  k outside 1 .. m; RML_EVALUE, RML_ENOMEM */
RML_CHECKED rml_status rml_consensus_linkage(const double *distance, int32_t n, const int32_t *row, int32_t m,
                                             int32_t k, int32_t *label);

/* Counts of all pairs i < j at rml_dendrogram_at; zeroed by the caller, then a resample after the other. */
void rml_consensus_count(int32_t n, const int32_t *row, const int32_t *label, int32_t m, int32_t *together,
                         int32_t *drawn);

typedef struct rml_consensus {
    double area; /* under the cumulative distribution of the consensus values, in 100 steps, as CCP plots it */
    double pac;  /* proportion of ambiguous pairs: consensus above 0.1 and at most 0.9 (Senbabaoglu et al. 2014) */
    /* Of the pairs with a consensus above 0.1 those that have at most 0.9; NaN without such a pair. The more clusters,
     * the fewer pairs are ever together: pac falls with k where there is nothing to find, this does not. */
    double pac_of_joined;
} rml_consensus;

/* consensus  out  [n (n - 1) / 2] together / drawn; a pair that was never drawn has 0, as CCP
 * label      out  [n] average linkage of 1 - consensus, cut into k; numbered by first rows
 * own        out  [k] mean consensus of the pairs within each cluster; NaN of a single row
 * RML_EINVAL, RML_ENOMEM */
RML_CHECKED rml_status rml_consensus_conclude(int32_t n, int32_t k, const int32_t *together, const int32_t *drawn,
                                              double *consensus, int32_t *label, double *own, rml_consensus *result);

#endif
