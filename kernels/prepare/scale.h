/* Columns brought to a common scale, (x - offset) / scale, with offset and scale of the training rows; before it, if
 * asked, the Yeo-Johnson power transform. */
#ifndef RML_PREPARE_SCALE_H
#define RML_PREPARE_SCALE_H

#include <stdbool.h>

#include "kernels/base/columns.h"
#include "kernels/base/status.h"

typedef enum rml_scale_kind {
    RML_SCALE_STANDARD,    /* mean, standard deviation */
    RML_SCALE_IQR,         /* median, interquartile range (R's type 7) */
    RML_SCALE_MAD,         /* median, 1.4826 times the median absolute deviation from it */
    RML_SCALE_UNIT,        /* the training rows span [0, 1] */
    RML_SCALE_SYMMETRIC,   /* they span [-1, 1] */
    RML_SCALE_YEO_JOHNSON, /* power transform of the largest likelihood, then RML_SCALE_STANDARD */
} rml_scale_kind;

typedef struct rml_scale_settings {
    rml_scale_kind kind;
    bool sample; /* standard deviations with divisor n - 1 (R's scale) instead of n (scikit-learn) */
} rml_scale_settings;

typedef enum rml_scale_state {
    RML_SCALE_OK,
    RML_SCALE_FLAT, /* no spread of the kind asked for (all equal; or the middle half is): scale 1 */
    RML_SCALE_EMPTY /* no observed value: offset and scale NaN */
} rml_scale_state;

typedef struct rml_scale {
    rml_scale_settings settings;
    int32_t n_columns;
    double *offset, *scale; /* [n_columns] */
    double *lambda;         /* [n_columns] of the power transform; NaN for other kinds and where EMPTY */
    uint8_t *state;         /* [n_columns] rml_scale_state */
    void *memory;
} rml_scale;

/* Allocates, NaN and 0; for a caller that reads a fitted object back. RML_EINVAL (n_columns below 0), RML_ENOMEM. */
RML_CHECKED rml_status rml_scale_init(rml_scale *fitted, int32_t n_columns);
void rml_scale_free(rml_scale *fitted);

/* Fits on training rows; NaN is a missing value and is left out. fitted is to be freed, also after a failure.
 *
 * A column without spread gets scale 1 and, of kinds but Yeo-Johnson's, its own value (the robust kinds: the median)
 * as offset: it comes out 0. Spread of RML_SCALE_STANDARD is none, as in scikit-learn, when the variance is within
 * rounding of the mean: var <= n eps var + (n eps mean)^2. One observed value is a column without spread.
 *
 * Yeo & Johnson 2000, Biometrika 87:954: lambda by scipy's bracket from (-2, 2) and Brent's method to 1.48e-8, as
 * scikit-learn's PowerTransformer; 1 for a column without spread, or when the likelihood has no maximum within reach.
 *
 * RML_EINVAL  no rows
 * RML_EVALUE  an infinite value
 * RML_ENOMEM */
RML_CHECKED rml_status rml_scale_fit(const rml_columns *x, const rml_scale_settings *settings, rml_scale *fitted);

/* out   out  column j, row i at out[j * stride + i]; may be x itself. NaN stays NaN; an EMPTY column becomes NaN. New
 *            rows may lie outside the range of the training rows: nothing is clipped.
 * RML_EINVAL  another number of columns than fitted */
RML_CHECKED rml_status rml_scale_apply(const rml_scale *fitted, const rml_columns *x, double *out, int64_t stride);

/* The power transform of one value; lambda 1 is the identity. */
double rml_yeo_johnson(double x, double lambda);

#endif
