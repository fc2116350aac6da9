#include "kernels/stats/continuous.h"

#include <math.h>
#include <stdlib.h>

#include "kernels/stats/correlation.h"

rml_status rml_continuous_score(const double *predicted, const double *y, int64_t n, rml_continuous *result)
{
    double errors = 0.0, absolute = 0.0, mean = 0.0, about = 0.0;
    rml_status status;

    *result = (rml_continuous){NAN, NAN, NAN, NAN};
    if (n <= 0) return RML_EEMPTY;
    for (int64_t i = 0; i < n; ++i) {
        if (!isfinite(predicted[i]) || !isfinite(y[i])) return RML_EVALUE;
        mean += y[i];
    }
    mean /= (double)n;
    for (int64_t i = 0; i < n; ++i) {
        const double error = y[i] - predicted[i];

        errors += error * error;
        absolute += fabs(error);
        about += (y[i] - mean) * (y[i] - mean);
    }
    status = rml_correlation_spearman(predicted, y, n, &result->spearman);
    if (status != RML_OK && status != RML_EEMPTY) return status;
    for (int64_t i = 1; i < n; ++i)
        if (y[i] != y[0]) { /* not constant, whatever rounding left in `about` */
            result->r2 = 1.0 - errors / about;
            break;
        }
    result->mae = absolute / (double)n;
    result->rmse = sqrt(errors / (double)n);
    return status;
}
