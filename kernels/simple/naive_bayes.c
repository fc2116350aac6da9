#include "kernels/simple/naive_bayes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/select/moments.h"
#include "kernels/simple/classes.h"

/* Weights by class in total[n_classes]. */
static rml_status sum_weights(const double *weight, const int32_t *classes, int64_t n, int32_t n_classes, double *total)
{
    memset(total, 0, (size_t)n_classes * sizeof *total);
    for (int64_t i = 0; i < n; ++i) {
        const double w = weight ? weight[i] : 1.0;

        if (!isfinite(w)) return RML_EVALUE;
        if (w < 0.0) return RML_EINVAL;
        total[classes[i]] += w;
    }
    for (int32_t c = 0; c < n_classes; ++c)
        if (!(total[c] > 0.0)) return RML_EEMPTY;
    return RML_OK;
}

static void fit_column(const double *x, int64_t n, const int32_t *classes, const double *weight, const double *total,
                       rml_naive_bayes *model, int32_t j)
{
    const int64_t stride = model->n_columns;
    double *mean = model->mean + j, *variance = model->variance + j;

    for (int32_t c = 0; c < model->n_classes; ++c) mean[c * stride] = variance[c * stride] = 0.0;
    for (int64_t i = 0; i < n; ++i) mean[classes[i] * stride] += (weight ? weight[i] : 1.0) * (x[i] - x[0]);
    for (int32_t c = 0; c < model->n_classes; ++c) mean[c * stride] = x[0] + mean[c * stride] / total[c];
    for (int64_t i = 0; i < n; ++i) {
        const double far = x[i] - mean[classes[i] * stride];

        variance[classes[i] * stride] += (weight ? weight[i] : 1.0) * far * far;
    }
    for (int32_t c = 0; c < model->n_classes; ++c) variance[c * stride] /= total[c];
}

static rml_status fit(const rml_columns *training, const int32_t *classes, const double *weight, double smoothing,
                      const double *total, rml_naive_bayes *model)
{
    const int64_t n = training->n_rows;
    double largest = 0.0, all = 0.0;

    for (int32_t c = 0; c < model->n_classes; ++c) all += total[c];
    for (int32_t c = 0; c < model->n_classes; ++c) model->log_prior[c] = log(total[c] / all);
    for (int32_t j = 0; j < model->n_columns; ++j) {
        const double *x = rml_column(training, j);

        largest = fmax(largest, rml_moments_squares(x, rml_moments_mean(x, n), n) / (double)n);
        fit_column(x, n, classes, weight, total, model, j);
    }
    for (int64_t k = 0; k < (int64_t)model->n_classes * model->n_columns; ++k) {
        model->variance[k] += smoothing * largest;
        if (!(model->variance[k] > 0.0)) return RML_EEMPTY;
    }
    return RML_OK;
}

rml_status rml_naive_bayes_fit(const rml_columns *training, const int32_t *classes, int32_t n_classes,
                               const double *weight, double smoothing, rml_naive_bayes *model)
{
    const size_t n_cells = (size_t)(n_classes > 0 ? n_classes : 0) * (size_t)training->n_columns;
    int64_t *n_of_class = NULL;
    double *total = NULL;
    rml_status status = RML_ENOMEM;

    *model = (rml_naive_bayes){0};
    if (n_classes < 2 || !(smoothing >= 0.0 && smoothing < INFINITY)) return RML_EINVAL;
    if (training->n_rows < 1 || training->n_columns < 1) return RML_EEMPTY;
    *model = (rml_naive_bayes){.n_classes = n_classes, .n_columns = training->n_columns};
    n_of_class = malloc((size_t)n_classes * sizeof *n_of_class);
    total = malloc((size_t)n_classes * sizeof *total);
    model->log_prior = malloc((size_t)n_classes * sizeof *model->log_prior);
    model->mean = malloc(n_cells * sizeof *model->mean);
    model->variance = malloc(n_cells * sizeof *model->variance);
    if (!n_of_class || !total || !model->log_prior || !model->mean || !model->variance) goto done;
    status = rml_classes_count(classes, training->n_rows, n_classes, n_of_class);
    if (status == RML_OK) status = sum_weights(weight, classes, training->n_rows, n_classes, total);
    if (status == RML_OK && !rml_moments_finite(training)) status = RML_EVALUE;
    if (status == RML_OK) status = fit(training, classes, weight, smoothing, total, model);
done:
    free(n_of_class);
    free(total);
    if (status != RML_OK) rml_naive_bayes_free(model);
    return status;
}

/* log prior + log density but for the constant that all classes share */
static double log_joint(const rml_naive_bayes *model, int32_t c, const double *row, double spread)
{
    const double *mean = model->mean + (int64_t)c * model->n_columns;
    const double *variance = model->variance + (int64_t)c * model->n_columns;
    double sum = 0.0;

    for (int32_t j = 0; j < model->n_columns; ++j) sum += (row[j] - mean[j]) * (row[j] - mean[j]) / variance[j];
    return model->log_prior[c] - 0.5 * (sum + spread);
}

/* Logs of sums, with the largest in front so that none overflows: joint[n] becomes log posteriors. */
static void normalise(double *joint, int32_t n)
{
    double largest = joint[0], sum = 0.0;

    for (int32_t c = 1; c < n; ++c) largest = fmax(largest, joint[c]);
    for (int32_t c = 0; c < n; ++c) sum += exp(joint[c] - largest);
    for (int32_t c = 0; c < n; ++c) joint[c] -= largest + log(sum);
}

rml_status rml_naive_bayes_predict(const rml_naive_bayes *model, const rml_columns *rows, double *out)
{
    const int64_t n = rows->n_rows;
    const int32_t n_classes = model->n_classes;
    double *row, *joint, *spread;

    if (rows->n_columns != model->n_columns) return RML_EINVAL;
    if (!rml_moments_finite(rows)) return RML_EVALUE;
    row = malloc(((size_t)rows->n_columns + 2 * (size_t)n_classes) * sizeof *row);
    if (!row) return RML_ENOMEM;
    joint = row + rows->n_columns;
    spread = joint + n_classes;
    for (int32_t c = 0; c < n_classes; ++c) {
        spread[c] = 0.0;
        for (int32_t j = 0; j < model->n_columns; ++j)
            spread[c] += log(model->variance[(int64_t)c * model->n_columns + j]);
    }
    for (int64_t i = 0; i < n; ++i) {
        rml_gather_row(rows, i, row);
        for (int32_t c = 0; c < n_classes; ++c) joint[c] = log_joint(model, c, row, spread[c]);
        if (n_classes == 2) {
            out[i] = joint[1] - joint[0];
            continue;
        }
        normalise(joint, n_classes);
        for (int32_t c = 0; c < n_classes; ++c) out[c * n + i] = joint[c];
    }
    free(row);
    return RML_OK;
}

void rml_naive_bayes_free(rml_naive_bayes *model)
{
    free(model->log_prior);
    free(model->mean);
    free(model->variance);
    *model = (rml_naive_bayes){0};
}
