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

/* The line of the observed on the predicted: slope 1 and intercept 0 when predictions are right on average at every
 * height; a slope below 1 when they are too extreme. */
typedef struct rml_continuous_line {
    double slope, slope_se, slope_low, slope_high; /* bounds by Student's t with n - 2 degrees of freedom */
    double intercept, intercept_se, intercept_low, intercept_high;
} rml_continuous_line;

/* predicted, y as above; level: coverage, inside (0, 1)
 *
 * RML_EEMPTY  below 2 rows or predicted constant (all NaN); 2 rows (errors and bounds NaN)
 * RML_EVALUE  a value that is not finite (all NaN)   RML_EINVAL  level (all NaN)
 * Source: least squares, as scipy's linregress. */
RML_CHECKED rml_status rml_continuous_calibrate(const double *predicted, const double *y, int64_t n, double level,
                                                rml_continuous_line *line);

#endif
