#include "kernels/simple/knn.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/base/attributes.h"
#include "kernels/select/moments.h"
#include "kernels/simple/classes.h"

static rml_status check(const rml_columns *training, const int32_t *classes, int32_t n_classes, const double *target,
                        int32_t n_neighbours, rml_knn_weighting weighting)
{
    const int64_t n = training->n_rows;

    if ((classes == NULL) == (target == NULL) || (classes && n_classes < 2)) return RML_EINVAL;
    if (weighting != RML_KNN_UNIFORM && weighting != RML_KNN_DISTANCE) return RML_EINVAL;
    if (n < 1) return RML_EEMPTY;
    if (n_neighbours < 1 || n_neighbours > n) return RML_EINVAL;
    for (int64_t i = 0; classes && i < n; ++i)
        if (classes[i] < 0 || classes[i] >= n_classes) return RML_EINVAL;
    if (target && !rml_moments_finite(&(rml_columns){n, n, 1, target})) return RML_EVALUE;
    return rml_moments_finite(training) ? RML_OK : RML_EVALUE;
}

rml_status rml_knn_fit(const rml_columns *training, const int32_t *classes, int32_t n_classes, const double *target,
                       int32_t n_neighbours, rml_knn_weighting weighting, rml_knn *knn)
{
    const size_t n = (size_t)training->n_rows, n_columns = (size_t)training->n_columns;
    const rml_status status = check(training, classes, n_classes, target, n_neighbours, weighting);

    *knn = (rml_knn){0};
    if (status != RML_OK) return status;
    *knn = (rml_knn){.n_rows = training->n_rows,
                     .n_columns = training->n_columns,
                     .n_neighbours = n_neighbours,
                     .n_classes = classes ? n_classes : 0,
                     .weighting = weighting};
    knn->rows = malloc((n * n_columns + 1) * sizeof *knn->rows);
    if (classes) knn->classes = malloc(n * sizeof *knn->classes);
    if (target) knn->target = malloc(n * sizeof *knn->target);
    if (!knn->rows || (classes && !knn->classes) || (target && !knn->target)) {
        rml_knn_free(knn);
        return RML_ENOMEM;
    }
    for (int64_t i = 0; i < knn->n_rows; ++i) rml_gather_row(training, i, knn->rows + i * knn->n_columns);
    if (classes) memcpy(knn->classes, classes, n * sizeof *classes);
    if (target) memcpy(knn->target, target, n * sizeof *target);
    return RML_OK;
}

/* Four running sums, so that the additions need not wait for one another; their order never changes. */
RML_HOT static double squared_distance(const double *restrict a, const double *restrict b, int32_t n)
{
    double sum[4] = {0};
    int32_t j = 0;

    for (; j + 4 <= n; j += 4)
        for (int k = 0; k < 4; ++k) sum[k] += (a[j + k] - b[j + k]) * (a[j + k] - b[j + k]);
    for (; j < n; ++j) sum[j & 3] += (a[j] - b[j]) * (a[j] - b[j]);
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* The nearest rows of one, by insertion: of equal distances the earlier row stays in front. */
static void find_nearest(const rml_knn *knn, const double *row, int64_t *index, double *distance)
{
    int32_t n_found = 0;

    for (int64_t i = 0; i < knn->n_rows; ++i) {
        const double d = squared_distance(row, knn->rows + i * knn->n_columns, knn->n_columns);
        int32_t place = n_found;

        if (n_found == knn->n_neighbours && !(d < distance[n_found - 1])) continue;
        if (n_found < knn->n_neighbours)
            ++n_found;
        else
            --place;
        for (; place > 0 && distance[place - 1] > d; --place) {
            distance[place] = distance[place - 1];
            index[place] = index[place - 1];
        }
        distance[place] = d;
        index[place] = i;
    }
    for (int32_t k = 0; k < n_found; ++k) distance[k] = sqrt(distance[k]);
}

/* Distances become weights with sum 1. */
static void weigh(const rml_knn *knn, double *distance)
{
    const bool by_distance = knn->weighting == RML_KNN_DISTANCE, at_zero = distance[0] == 0.0;
    double sum = 0.0;

    for (int32_t k = 0; k < knn->n_neighbours; ++k) {
        distance[k] = !by_distance ? 1.0 : at_zero ? distance[k] == 0.0 : 1.0 / distance[k];
        sum += distance[k];
    }
    for (int32_t k = 0; k < knn->n_neighbours; ++k) distance[k] /= sum;
}

static void vote(const rml_knn *knn, const int64_t *index, const double *weight, int64_t row, int64_t n_rows,
                 double *out)
{
    const int32_t n_values = knn->n_classes > 2 ? knn->n_classes : 1;

    for (int32_t c = 0; c < n_values; ++c) out[c * n_rows + row] = 0.0;
    for (int32_t k = 0; k < knn->n_neighbours; ++k) {
        if (knn->target)
            out[row] += weight[k] * knn->target[index[k]];
        else if (knn->n_classes == 2)
            out[row] += knn->classes[index[k]] == 1 ? weight[k] : -weight[k];
        else
            out[knn->classes[index[k]] * n_rows + row] += weight[k];
    }
}

static rml_status run(const rml_knn *knn, const rml_columns *rows, double *out, int64_t *index, double *distance)
{
    const int32_t n_neighbours = knn->n_neighbours;
    double *row = NULL, *own_distance = NULL;
    int64_t *own_index = NULL;
    rml_status status = RML_ENOMEM;

    if (rows->n_columns != knn->n_columns) return RML_EINVAL;
    if (!rml_moments_finite(rows)) return RML_EVALUE;
    row = malloc(((size_t)knn->n_columns + 1) * sizeof *row);
    own_distance = malloc((size_t)n_neighbours * sizeof *own_distance);
    own_index = malloc((size_t)n_neighbours * sizeof *own_index);
    if (!row || !own_distance || !own_index) goto done;
    for (int64_t i = 0; i < rows->n_rows; ++i) {
        rml_gather_row(rows, i, row);
        find_nearest(knn, row, own_index, own_distance);
        if (index) memcpy(index + i * n_neighbours, own_index, (size_t)n_neighbours * sizeof *index);
        if (distance) memcpy(distance + i * n_neighbours, own_distance, (size_t)n_neighbours * sizeof *distance);
        if (!out) continue;
        weigh(knn, own_distance);
        vote(knn, own_index, own_distance, i, rows->n_rows, out);
    }
    status = RML_OK;
done:
    free(row);
    free(own_distance);
    free(own_index);
    return status;
}

rml_status rml_knn_predict(const rml_knn *knn, const rml_columns *rows, double *out)
{
    return run(knn, rows, out, NULL, NULL);
}

rml_status rml_knn_nearest(const rml_knn *knn, const rml_columns *rows, int64_t *index, double *distance)
{
    return run(knn, rows, NULL, index, distance);
}

void rml_knn_free(rml_knn *knn)
{
    free(knn->rows);
    free(knn->classes);
    free(knn->target);
    *knn = (rml_knn){0};
}
