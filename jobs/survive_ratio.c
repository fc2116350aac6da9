/* Hazard ratios of a unit, and of a standard deviation: radiomic features have units of 1e-6 and of 1e6, in which a
 * ratio of one unit is 0, 1 or infinite to any reader. */
#include <math.h>

#include "jobs/survive.h"
#include "kernels/stats/distribution.h"

/* Two passes: a volume's mean is large beside its spread. */
double rml_survive_sd(const rml_survive *x, int32_t column)
{
    const double *value = rml_column(&x->dataset.all, column);
    double sum = 0.0, squares = 0.0, mean, first = NAN, second = NAN;
    int64_t n = 0;
    bool more = false;

    if (rml_survive_is_category(x, column)) return NAN;
    for (int32_t i = 0; i < x->dataset.data.n_rows; ++i) {
        if (isnan(value[i])) continue;
        if (isnan(first)) first = value[i];
        if (isnan(second) && value[i] != first) second = value[i];
        more |= value[i] != first && !isnan(second) && value[i] != second;
        sum += value[i];
        ++n;
    }
    if (!more) return NAN;
    mean = sum / (double)n;
    for (int32_t i = 0; i < x->dataset.data.n_rows; ++i)
        if (!isnan(value[i])) squares += (value[i] - mean) * (value[i] - mean);
    if (isinf(squares)) { /* of huge values, in units of the largest */
        double most = 0.0;

        squares = 0.0;
        for (int32_t i = 0; i < x->dataset.data.n_rows; ++i)
            if (!isnan(value[i])) most = fmax(most, fabs(value[i] - mean));
        for (int32_t i = 0; i < x->dataset.data.n_rows; ++i)
            if (!isnan(value[i])) squares += (value[i] - mean) / most * ((value[i] - mean) / most);
        return most * sqrt(squares / (double)(n - 1));
    }
    return sqrt(squares / (double)(n - 1));
}

rml_hazard_ratio rml_survive_ratio(double coefficient, double se, double units)
{
    const double z = rml_normal_quantile(0.975);

    if (isnan(coefficient) || isnan(se) || isnan(units)) return (rml_hazard_ratio){NAN, NAN, NAN};
    return (rml_hazard_ratio){exp(units * coefficient), exp(units * (coefficient - z * se)),
                              exp(units * (coefficient + z * se))};
}

rml_hazard_ratio rml_survive_shown(const rml_survive *x, int32_t column, double coefficient, double se)
{
    const double sd = rml_survive_sd(x, column);

    return rml_survive_ratio(coefficient, se, isnan(sd) ? 1.0 : sd);
}
