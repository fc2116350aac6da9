#include "kernels/stats/continuous.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "kernels/stats/correlation.h"
#include "kernels/stats/distribution.h"

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

static double mean_of(const double *value, int64_t n)
{
    double sum = 0.0;

    for (int64_t i = 0; i < n; ++i) sum += value[i];
    return sum / (double)n;
}

rml_status rml_continuous_calibrate(const double *predicted, const double *y, int64_t n, double level,
                                    rml_continuous_line *line)
{
    double xx = 0.0, xy = 0.0, errors = 0.0, x_mean, y_mean, half;
    bool constant = true;

    *line = (rml_continuous_line){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    if (!(level > 0.0 && level < 1.0)) return RML_EINVAL;
    for (int64_t i = 0; i < n; ++i) {
        if (!isfinite(predicted[i]) || !isfinite(y[i])) return RML_EVALUE;
        constant &= predicted[i] == predicted[0];
    }
    if (n < 2 || constant) return RML_EEMPTY;
    x_mean = mean_of(predicted, n);
    y_mean = mean_of(y, n);
    for (int64_t i = 0; i < n; ++i) {
        xx += (predicted[i] - x_mean) * (predicted[i] - x_mean);
        xy += (predicted[i] - x_mean) * (y[i] - y_mean);
    }
    line->slope = xy / xx;
    line->intercept = y_mean - line->slope * x_mean;
    if (n == 2) return RML_EEMPTY;
    for (int64_t i = 0; i < n; ++i) {
        const double error = y[i] - y_mean - line->slope * (predicted[i] - x_mean);

        errors += error * error;
    }
    errors /= (double)(n - 2);
    line->slope_se = sqrt(errors / xx);
    line->intercept_se = sqrt(errors * (1.0 / (double)n + x_mean * x_mean / xx));
    half = rml_t_quantile(0.5 + level / 2.0, (double)(n - 2));
    line->slope_low = line->slope - half * line->slope_se;
    line->slope_high = line->slope + half * line->slope_se;
    line->intercept_low = line->intercept - half * line->intercept_se;
    line->intercept_high = line->intercept + half * line->intercept_se;
    return RML_OK;
}
