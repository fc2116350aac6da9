/* Nearest shrunken centroid. */
#ifndef RML_SIMPLE_CENTROID_H
#define RML_SIMPLE_CENTROID_H

#include "kernels/base/columns.h"
#include "kernels/base/status.h"

typedef struct rml_centroid {
    int32_t n_classes;
    int32_t n_columns;
    double *centre; /* [n_classes * n_columns] class by class, malloc'ed */
} rml_centroid;

/* Class means, shrunken towards the mean of all rows, as scikit-learn's NearestCentroid(shrink_threshold): with
 * m = sqrt(1 / n_class - 1 / n) and s = within-class sd (over n - n_classes) + the median of the columns' sds, a mean's
 * distance from the overall mean in units of m s loses threshold, but never changes its side. Threshold 0: plain means.
 * Source: Tibshirani et al. 2002.
 *
 * threshold  in   0 or more, finite
 * centroid   out  to be freed with rml_centroid_free; nothing to free on failure
 *
 * A column that has no spread within any class, in a table where that is so of half of the columns, has s = 0 and keeps
 * its plain means.
 *
 * RML_EINVAL  n_classes below 2, a code outside 0..n_classes-1, threshold
 * RML_EEMPTY  no columns, a class without rows; with a threshold, no more rows than classes
 * RML_EVALUE  a value that is not finite
 * RML_ENOMEM */
RML_CHECKED rml_status rml_centroid_fit(const rml_columns *training, const int32_t *classes, int32_t n_classes,
                                        double threshold, rml_centroid *centroid);

/* Two classes: out[n_rows], Euclidean distance from centre 0 less that from centre 1; above 0 is class 1. More classes:
 * out[class * n_rows + row], minus the distance; the highest wins, the first of equals.
 * RML_EINVAL another number of columns; RML_EVALUE a value that is not finite; RML_ENOMEM */
RML_CHECKED rml_status rml_centroid_predict(const rml_centroid *centroid, const rml_columns *rows, double *out);

void rml_centroid_free(rml_centroid *centroid);

#endif
