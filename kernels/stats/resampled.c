#include "kernels/stats/resampled.h"

#include <math.h>
#include <stdlib.h>

#include "kernels/stats/distribution.h"

/* Of x, or of x - minus. */
static rml_status interval_of(const double *x, const double *minus, int64_t n, double test_share, double level,
                              rml_resampled_interval *interval)
{
    double mean = 0.0, rest = 0.0, squares = 0.0, half;

    *interval = (rml_resampled_interval){NAN, NAN, NAN, NAN, NAN};
    if (!(level > 0.0 && level < 1.0) || !(test_share >= 0.0 && isfinite(test_share))) return RML_EINVAL;
    for (int64_t i = 0; i < n; ++i) {
        const double value = x[i] - (minus ? minus[i] : 0.0);

        if (!isfinite(value)) return RML_EVALUE;
        mean += value;
    }
    if (n <= 0) return RML_EEMPTY;
    mean /= (double)n;
    for (int64_t i = 0; i < n; ++i) rest += x[i] - (minus ? minus[i] : 0.0) - mean;
    mean += rest / (double)n; /* equal values have exactly their own mean, and no spread */
    interval->mean = mean;
    if (n < 2) return RML_EEMPTY;
    for (int64_t i = 0; i < n; ++i) {
        const double off = x[i] - (minus ? minus[i] : 0.0) - mean;

        squares += off * off;
    }
    interval->df = (double)(n - 1);
    interval->se = sqrt((1.0 / (double)n + test_share) * (squares / interval->df));
    half = rml_t_quantile(0.5 + 0.5 * level, interval->df) * interval->se;
    interval->low = mean - half;
    interval->high = mean + half;
    return RML_OK;
}

rml_status rml_resampled_mean(const double *score, int64_t n, double test_share, double level,
                              rml_resampled_interval *interval)
{
    return interval_of(score, NULL, n, test_share, level, interval);
}

rml_status rml_resampled_compare(const double *first, const double *second, int64_t n, double test_share, double level,
                                 rml_resampled_test *test)
{
    const rml_status status = interval_of(first, second, n, test_share, level, &test->difference);

    test->t = test->p = NAN;
    if (status != RML_OK) return status;
    if (test->difference.mean == 0.0 && test->difference.se == 0.0) return RML_EEMPTY;
    test->t = test->difference.mean / test->difference.se;
    test->p = rml_t_two_sided(test->t, test->difference.df);
    return RML_OK;
}

rml_status rml_resampled_632_error(double apparent, double out_of_bag, double no_information,
                                   rml_resampled_632 *estimate)
{
    const double at_worst = fmin(out_of_bag, no_information);

    *estimate = (rml_resampled_632){NAN, NAN, NAN, NAN};
    if (!(isfinite(apparent) && isfinite(out_of_bag) && isfinite(no_information)) || apparent < 0.0 ||
        out_of_bag < 0.0 || no_information < 0.0)
        return RML_EVALUE;
    estimate->plain = 0.368 * apparent + 0.632 * out_of_bag;
    estimate->overfitting = at_worst > apparent ? (at_worst - apparent) / (no_information - apparent) : 0.0;
    estimate->weight = 0.632 / (1.0 - 0.368 * estimate->overfitting);
    estimate->plus = (1.0 - estimate->weight) * apparent + estimate->weight * at_worst;
    return RML_OK;
}

rml_status rml_resampled_632_auc(double apparent, double out_of_bag, rml_resampled_632 *estimate)
{
    const rml_status status = apparent <= 1.0 && out_of_bag <= 1.0 && apparent >= 0.0 && out_of_bag >= 0.0
                                  ? rml_resampled_632_error(1.0 - apparent, 1.0 - out_of_bag, 0.5, estimate)
                                  : RML_EVALUE;

    if (status != RML_OK) *estimate = (rml_resampled_632){NAN, NAN, NAN, NAN};
    estimate->plain = 1.0 - estimate->plain;
    estimate->plus = 1.0 - estimate->plus;
    return status;
}

rml_status rml_resampled_no_information(const int32_t *predicted, const int32_t *y, int64_t n, int32_t n_classes,
                                        double *error)
{
    double agree = 0.0;
    int64_t *count;
    rml_status status = n > 0 ? RML_OK : RML_EEMPTY;

    *error = NAN;
    if (n_classes < 1) return RML_EINVAL;
    if (status != RML_OK) return status;
    count = calloc(2 * (size_t)n_classes, sizeof *count);
    if (!count) return RML_ENOMEM;
    for (int64_t i = 0; i < n && status == RML_OK; ++i) {
        if (y[i] < 0 || y[i] >= n_classes || predicted[i] < 0 || predicted[i] >= n_classes) {
            status = RML_EVALUE;
        } else {
            ++count[y[i]];
            ++count[n_classes + predicted[i]];
        }
    }
    if (status == RML_OK) {
        for (int32_t c = 0; c < n_classes; ++c)
            agree += (double)count[c] / (double)n * ((double)count[n_classes + c] / (double)n);
        *error = 1.0 - agree;
    }
    free(count);
    return status;
}
