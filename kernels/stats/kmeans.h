/* k-means: rows divided into k clusters whose members lie near their mean. */
#ifndef RML_STATS_KMEANS_H
#define RML_STATS_KMEANS_H

#include <stdbool.h>
#include <stdint.h>

#include "kernels/base/status.h"

/* Rows x [n * p], a row's p numbers contiguous, finite; k clusters, 1 to n. In all functions: RML_EINVAL a size or k
 * outside; RML_EVALUE a number that is not finite; RML_ENOMEM. */

typedef struct rml_kmeans {
    double within; /* sum of squared distances to the own cluster's mean */
    int32_t n_steps;
} rml_kmeans;

/* From given centres: rows to the nearest centre, centres to their rows' means, until no row moves (Lloyd 1982). A row
 * that is as near to several stays where it is, at first goes to the first. A cluster that loses all rows takes the row
 * that is farthest from its centre (the first of equals), and loses nothing by it.
 *
 * moves    in      then also single rows as long as one lowers the sum, each to where it lowers it most, in their order
 *                  (Hartigan 1975): an optimum that Lloyd's steps alone may miss, where R's default ends
 * centres  in/out  [k * p]
 * label    out     [n] 0 .. k - 1
 * RML_ECAPACITY  1000 steps without an end; the last step's labels stand */
RML_CHECKED rml_status rml_kmeans_from(const double *x, int32_t n, int32_t p, int32_t k, bool moves, double *centres,
                                       int32_t *label, rml_kmeans *result);

/* The best of n_starts starts, the first of equals (to 1e-12 of the sum): each by k-means++ (Arthur & Vassilvitskii
 * 2007), start s drawing from (seed, stream + s). Clusters are numbered by their first rows. label, centres as above.
 * RML_EINVAL  also n_starts below 1 */
RML_CHECKED rml_status rml_kmeans_fit(const double *x, int32_t n, int32_t p, int32_t k, int32_t n_starts, uint64_t seed,
                                      uint64_t stream, double *centres, int32_t *label, rml_kmeans *result);

/* Clusters numbered anew by their first rows, so that the same division has the same numbers; n_labels: labels are
 * 0 .. n_labels - 1. map: out, [n_labels] the new number of each, -1 where no row has it */
void rml_clusters_renumber(int32_t *label, int32_t n, int32_t n_labels, int32_t *map);

/* The nearest of k centres to a row, the first of equals; -1 where the row has a number that is not finite. */
int32_t rml_kmeans_nearest(const double *row, int32_t p, const double *centres, int32_t k);

/* Mean over rows of (b - a) / max(a, b), a the mean distance to the others of the own cluster, b the smallest mean
 * distance to another one; 0 for a row that is alone. RML_EEMPTY  fewer than 2 clusters have rows (NaN)
 * Source: Rousseeuw 1987, J Comput Appl Math 20:53. */
RML_CHECKED rml_status rml_kmeans_silhouette(const double *x, int32_t n, int32_t p, const int32_t *label, int32_t k,
                                             double *silhouette);

#endif
