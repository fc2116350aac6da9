/* How good predictions of a number are. */
#ifndef RML_STATS_CONTINUOUS_H
#define RML_STATS_CONTINUOUS_H

#include <stdint.h>

#include "kernels/base/status.h"

typedef struct rml_continuous {
    double r2;       /* 1 - sum of squared errors over that about the mean of y; below 0 when worse than the mean */
    double mae;      /* mean absolute error */
    double rmse;     /* root of the mean squared error */
    double spearman; /* rank correlation, by midranks */
} rml_continuous;

/* predicted, y  in  [n], finite
 *
 * RML_EEMPTY  no rows (all NaN); y constant or one row (r2 and spearman NaN); predicted constant (spearman NaN)
 * RML_EVALUE  a value that is not finite (all NaN)   RML_ENOMEM
 * Source: scikit-learn's metrics, which give 1 or 0 for the r2 of a constant y. */
RML_CHECKED rml_status rml_continuous_score(const double *predicted, const double *y, int64_t n,
                                            rml_continuous *result);

#endif
