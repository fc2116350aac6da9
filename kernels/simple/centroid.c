#include "kernels/simple/centroid.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "kernels/select/moments.h"
#include "kernels/simple/classes.h"

/* Means by class of one column, centre[c * n_columns] apart; sums are taken about the first value, so that a constant's
 * means are exact. */
static void fit_means(const double *x, int64_t n, const int32_t *classes, const int64_t *n_of_class, int32_t n_classes,
                      int32_t n_columns, double *centre)
{
    for (int32_t c = 0; c < n_classes; ++c) centre[(int64_t)c * n_columns] = 0.0;
    for (int64_t i = 0; i < n; ++i) centre[(int64_t)classes[i] * n_columns] += x[i] - x[0];
    for (int32_t c = 0; c < n_classes; ++c)
        centre[(int64_t)c * n_columns] = x[0] + centre[(int64_t)c * n_columns] / (double)n_of_class[c];
}

static int compare_numbers(const void *left, const void *right)
{
    const double a = *(const double *)left, b = *(const double *)right;

    return (a > b) - (a < b);
}

/* sorted is work [n]. */
static double median_of(const double *x, int32_t n, double *sorted)
{
    for (int32_t j = 0; j < n; ++j) sorted[j] = x[j];
    qsort(sorted, (size_t)n, sizeof *sorted, compare_numbers);
    return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2.0;
}

/* sd and spare are work [n_columns]. */
static void shrink(const rml_columns *training, const int32_t *classes, const int64_t *n_of_class, double threshold,
                   rml_centroid *centroid, double *sd, double *spare)
{
    const int64_t n = training->n_rows;
    const int32_t n_columns = centroid->n_columns, n_classes = centroid->n_classes;

    for (int32_t j = 0; j < n_columns; ++j) {
        const double *x = rml_column(training, j);
        double sum = 0.0;

        for (int64_t i = 0; i < n; ++i) {
            const double far = x[i] - centroid->centre[(int64_t)classes[i] * n_columns + j];

            sum += far * far;
        }
        sd[j] = sqrt(sum / (double)(n - n_classes));
    }
    const double median = median_of(sd, n_columns, spare);
    for (int32_t j = 0; j < n_columns; ++j) {
        const double mean = rml_moments_mean(rml_column(training, j), n);

        for (int32_t c = 0; c < n_classes; ++c) {
            const double unit = sqrt(1.0 / (double)n_of_class[c] - 1.0 / (double)n) * (sd[j] + median);
            double *centre = centroid->centre + (int64_t)c * n_columns + j;

            if (!(unit > 0.0)) continue;
            const double deviation = (*centre - mean) / unit;

            *centre = mean + unit * copysign(fmax(fabs(deviation) - threshold, 0.0), deviation);
        }
    }
}

rml_status rml_centroid_fit(const rml_columns *training, const int32_t *classes, int32_t n_classes, double threshold,
                            rml_centroid *centroid)
{
    const int32_t n_columns = training->n_columns;
    const int64_t n = training->n_rows;
    rml_centroid fitted = {.n_classes = n_classes, .n_columns = n_columns};
    int64_t *n_of_class = NULL;
    double *work = NULL;
    rml_status status = RML_ENOMEM;

    *centroid = (rml_centroid){0};
    if (n_classes < 2 || !(threshold >= 0.0 && threshold < INFINITY)) return RML_EINVAL;
    if (n < 1 || n_columns < 1 || (threshold > 0.0 && n <= n_classes)) return RML_EEMPTY;
    n_of_class = malloc((size_t)n_classes * sizeof *n_of_class);
    work = malloc(2 * (size_t)n_columns * sizeof *work);
    fitted.centre = malloc((size_t)n_classes * (size_t)n_columns * sizeof *fitted.centre);
    if (!n_of_class || !work || !fitted.centre) goto done;
    status = rml_classes_count(classes, n, n_classes, n_of_class);
    if (status == RML_OK && !rml_moments_finite(training)) status = RML_EVALUE;
    if (status != RML_OK) goto done;
    for (int32_t j = 0; j < n_columns; ++j)
        fit_means(rml_column(training, j), n, classes, n_of_class, n_classes, n_columns, fitted.centre + j);
    if (threshold > 0.0) shrink(training, classes, n_of_class, threshold, &fitted, work, work + n_columns);
    *centroid = fitted;
    fitted.centre = NULL;
done:
    free(n_of_class);
    free(work);
    free(fitted.centre);
    return status;
}

rml_status rml_centroid_predict(const rml_centroid *centroid, const rml_columns *rows, double *out)
{
    const int64_t n = rows->n_rows;
    double *row;

    if (rows->n_columns != centroid->n_columns) return RML_EINVAL;
    if (!rml_moments_finite(rows)) return RML_EVALUE;
    row = malloc(((size_t)rows->n_columns + 1) * sizeof *row);
    if (!row) return RML_ENOMEM;
    for (int64_t i = 0; i < n; ++i) {
        rml_gather_row(rows, i, row);
        for (int32_t c = 0; c < centroid->n_classes; ++c) {
            const double *centre = centroid->centre + (int64_t)c * centroid->n_columns;
            double sum = 0.0;

            for (int32_t j = 0; j < centroid->n_columns; ++j) sum += (row[j] - centre[j]) * (row[j] - centre[j]);
            if (centroid->n_classes > 2)
                out[c * n + i] = -sqrt(sum);
            else
                out[i] = c == 0 ? sqrt(sum) : out[i] - sqrt(sum);
        }
    }
    free(row);
    return RML_OK;
}

void rml_centroid_free(rml_centroid *centroid)
{
    free(centroid->centre);
    *centroid = (rml_centroid){0};
}
