#include "kernels/stats/ttest.h"

#include <math.h>
#include <stddef.h>

#include "kernels/stats/distribution.h"

#define NO_SPREAD (10 * 0x1p-52) /* of the mean: R's "data are essentially constant" */

/* Mean and sum of squares about it, of x or of x - minus. */
static rml_status moments(const double *x, const double *minus, int64_t n, double *mean, double *squares)
{
    double sum = 0.0, rest = 0.0;

    *mean = *squares = NAN;
    for (int64_t i = 0; i < n; ++i) {
        const double value = x[i] - (minus ? minus[i] : 0.0);

        if (!isfinite(value)) return RML_EVALUE;
        sum += value;
    }
    if (n < 1) return RML_EEMPTY;
    sum /= (double)n;
    for (int64_t i = 0; i < n; ++i) rest += x[i] - (minus ? minus[i] : 0.0) - sum;
    *mean = sum + rest / (double)n;
    *squares = 0.0;
    for (int64_t i = 0; i < n; ++i) {
        const double off = x[i] - (minus ? minus[i] : 0.0) - *mean;

        *squares += off * off;
    }
    return RML_OK;
}

static rml_status finish(rml_ttest *test, double difference, double error, double df, double scale, double level)
{
    double half;

    if (!(error > NO_SPREAD * scale)) return RML_EEMPTY;
    test->df = df;
    test->t = difference / error;
    test->p = rml_t_two_sided(test->t, df);
    half = rml_t_quantile(0.5 + 0.5 * level, df) * error;
    test->low = difference - half;
    test->high = difference + half;
    return RML_OK;
}

rml_status rml_ttest_two(const double *x, int64_t n_x, const double *y, int64_t n_y, bool pooled, double level,
                         rml_ttest *test)
{
    const double nx = (double)n_x, ny = (double)n_y;
    double squares_x, squares_y, error, df;
    rml_status status_x, status_y;

    *test = (rml_ttest){NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    if (!(level > 0.0 && level < 1.0)) return RML_EINVAL;
    status_x = moments(x, NULL, n_x, &test->mean_x, &squares_x);
    status_y = moments(y, NULL, n_y, &test->mean_y, &squares_y);
    if (status_x == RML_EVALUE || status_y == RML_EVALUE) {
        test->mean_x = test->mean_y = NAN;
        return RML_EVALUE;
    }
    if (n_x < 1 || n_y < 1 || n_x + n_y < 3 || (!pooled && (n_x < 2 || n_y < 2))) return RML_EEMPTY;
    if (pooled) {
        df = nx + ny - 2.0;
        error = sqrt((squares_x + squares_y) / df * (1.0 / nx + 1.0 / ny));
    } else {
        const double part_x = squares_x / (nx - 1.0) / nx, part_y = squares_y / (ny - 1.0) / ny;

        error = sqrt(part_x + part_y);
        df = (part_x + part_y) * (part_x + part_y) / (part_x * part_x / (nx - 1.0) + part_y * part_y / (ny - 1.0));
    }
    return finish(test, test->mean_x - test->mean_y, error, df, fmax(fabs(test->mean_x), fabs(test->mean_y)), level);
}

rml_status rml_ttest_paired(const double *x, const double *y, int64_t n, double level, rml_ttest *test)
{
    double difference, squares, unused;
    rml_status status;

    *test = (rml_ttest){NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    if (!(level > 0.0 && level < 1.0)) return RML_EINVAL;
    status = moments(x, y, n, &difference, &squares);
    if (status != RML_OK) return status;
    status = moments(x, NULL, n, &test->mean_x, &unused);
    if (status == RML_OK) status = moments(y, NULL, n, &test->mean_y, &unused);
    if (status != RML_OK || n < 2) return status != RML_OK ? status : RML_EEMPTY;
    return finish(test, difference, sqrt(squares / (double)(n - 1) / (double)n), (double)(n - 1), fabs(difference),
                  level);
}
