/* k nearest neighbours by Euclidean distance, for classes and numbers. Scale the columns before. */
#ifndef RML_SIMPLE_KNN_H
#define RML_SIMPLE_KNN_H

#include "kernels/base/columns.h"
#include "kernels/base/status.h"

typedef enum rml_knn_weighting {
    RML_KNN_UNIFORM, /* every neighbour counts the same */
    RML_KNN_DISTANCE /* by 1 / distance; where a neighbour is at distance 0, those at 0 alone, each the same */
} rml_knn_weighting;

typedef struct rml_knn {
    int64_t n_rows;
    int32_t n_columns;
    int32_t n_neighbours;
    int32_t n_classes; /* 0: numbers */
    rml_knn_weighting weighting;
    double *rows;     /* [n_rows * n_columns] the training rows, row by row; malloc'ed, as are: */
    int32_t *classes; /* [n_rows] or NULL */
    double *target;   /* [n_rows] or NULL */
} rml_knn;

/* Keeps the training rows. Either classes [n_rows], codes 0..n_classes-1, or target [n_rows] (n_classes then 0).
 *
 * knn  out  to be freed with rml_knn_free; nothing to free on failure
 *
 * RML_EINVAL  both or neither of classes and target, n_classes below 2, a code outside, weighting, n_neighbours outside
 *             1..n_rows
 * RML_EEMPTY  no rows
 * RML_EVALUE  a value that is not finite
 * RML_ENOMEM */
RML_CHECKED rml_status rml_knn_fit(const rml_columns *training, const int32_t *classes, int32_t n_classes,
                                   const double *target, int32_t n_neighbours, rml_knn_weighting weighting,
                                   rml_knn *knn);

/* Two classes: out[n_rows], the neighbours' share of class 1 less that of class 0, -1..1. More classes: out[class *
 * n_rows + row], the shares, which sum to 1. Numbers: out[n_rows], their weighted mean.
 *
 * Of training rows at the same distance the lowest comes first, so that a tie at the last place goes to it.
 *
 * RML_EINVAL another number of columns; RML_EVALUE a value that is not finite; RML_ENOMEM */
RML_CHECKED rml_status rml_knn_predict(const rml_knn *knn, const rml_columns *rows, double *out);

/* The neighbours themselves, nearest first: index[row * n_neighbours + k] and distance alike (each NULL allowed).
 * Status as rml_knn_predict. */
RML_CHECKED rml_status rml_knn_nearest(const rml_knn *knn, const rml_columns *rows, int64_t *index, double *distance);

void rml_knn_free(rml_knn *knn);

#endif
