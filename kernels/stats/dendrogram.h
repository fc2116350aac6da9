/* Hierarchical clustering by average linkage: which things are alike, and an order in which alike ones are neighbours.
 */
#ifndef RML_STATS_DENDROGRAM_H
#define RML_STATS_DENDROGRAM_H

#include <stdint.h>

#include "kernels/base/status.h"

/* Where the distance of i < j of n things stands. */
static inline int64_t rml_dendrogram_at(int32_t n, int32_t i, int32_t j)
{
    return (int64_t)i * (2 * (int64_t)n - i - 1) / 2 + j - i - 1;
}

typedef struct rml_join { /* of two clusters into the cluster n + k, k the join's own number */
    int32_t a, b;         /* a < b; below n: a single thing */
    double height;        /* mean distance between members of the one and members of the other */
} rml_join;

/* distance  in/out  [n (n - 1) / 2] at rml_dendrogram_at, finite, at least 0; overwritten
 * join      out     [n - 1] by rising height
 * order     out     [n] the things in an order in which every cluster is together; of a join the cluster with the lower
 *                   first member comes first
 *
 * Ties are joined in the order of their lowest members; the heights are the same whatever their order where no two
 * distances tie. RML_EVALUE  a distance that is not finite; RML_EINVAL  n below 1; RML_ENOMEM
 * Source: UPGMA (Sokal & Michener 1958) by nearest-neighbour chains (Benzecri 1982; Murtagh 1983), O(n^2). */
RML_CHECKED rml_status rml_dendrogram_average(double *distance, int32_t n, rml_join *join, int32_t *order);

/* Clusters of everything joined at most at a height, numbered from 0 along the order.
 * cluster  out  [n]
 * RML_ENOMEM */
RML_CHECKED rml_status rml_dendrogram_cut(const rml_join *join, const int32_t *order, int32_t n, double height,
                                          int32_t *cluster, int32_t *n_clusters);

#endif
