#include "kernels/stats/consensus.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "kernels/base/rng.h"
#include "kernels/stats/dendrogram.h"
#include "kernels/stats/kmeans.h"

enum { STEPS = 100 }; /* of the distribution, as CCP plots it */

rml_status rml_consensus_draw(int32_t n, int32_t m, uint64_t seed, uint64_t r, int32_t *row)
{
    int32_t left = m, at = 0;

    if (n < 1 || m < 1 || m > n) return RML_EINVAL;
    for (int32_t i = 0; i < n; ++i) /* row i is taken with the probability of what is wanted of what is left */
        if (rml_rng_uniform(seed, r, (uint64_t)i) * (n - i) < left) {
            row[at++] = i;
            --left;
        }
    return RML_OK;
}

rml_status rml_consensus_pearson(const double *x, int32_t n, int32_t p, double *distance)
{
    double *unit = malloc(((size_t)n * (size_t)p + 1) * sizeof *unit);
    rml_status status = unit ? RML_OK : RML_ENOMEM;

    for (int32_t i = 0; status == RML_OK && i < n; ++i) {
        const double *row = x + (int64_t)i * p;
        double mean = 0.0, squares = 0.0;

        for (int32_t j = 0; j < p; ++j) mean += row[j] / p;
        for (int32_t j = 0; j < p; ++j) squares += (row[j] - mean) * (row[j] - mean);
        if (!isfinite(squares)) status = RML_EVALUE;
        if (status == RML_OK && !(squares > 0.0)) status = RML_EEMPTY;
        for (int32_t j = 0; j < p; ++j) unit[(int64_t)i * p + j] = (row[j] - mean) / sqrt(squares);
    }
    for (int32_t i = 0; status == RML_OK && i < n; ++i)
        for (int32_t k = i + 1; k < n; ++k) {
            double r = 0.0;

            for (int32_t j = 0; j < p; ++j) r += unit[(int64_t)i * p + j] * unit[(int64_t)k * p + j];
            distance[rml_dendrogram_at(n, i, k)] = 1.0 - fmin(1.0, fmax(-1.0, r));
        }
    free(unit);
    return status;
}

/* Average linkage of n rows, whose distances are overwritten, cut into k. */
static rml_status cut(double *distance, int32_t n, int32_t k, int32_t *label)
{
    rml_join *join = malloc((size_t)n * sizeof *join);
    int32_t *order = malloc((size_t)n * sizeof *order), *parent = calloc(2 * (size_t)n, sizeof *parent);
    rml_status status = join && order && parent ? rml_dendrogram_average(distance, n, join, order) : RML_ENOMEM;

    for (int32_t i = 0; status == RML_OK && i < 2 * n - 1; ++i) parent[i] = i;
    for (int32_t j = 0; status == RML_OK && j < n - k; ++j) parent[join[j].a] = parent[join[j].b] = n + j;
    for (int32_t i = 2 * n - 2; status == RML_OK && i >= 0; --i)
        parent[i] = parent[parent[i]]; /* parents have higher numbers: from above each is a root already */
    for (int32_t i = 0; status == RML_OK && i < n; ++i) label[i] = parent[i];
    if (status == RML_OK) rml_clusters_renumber(label, n, 2 * n - 1, parent);
    free(join);
    free(order);
    free(parent);
    return status;
}

rml_status rml_consensus_linkage(const double *distance, int32_t n, const int32_t *row, int32_t m, int32_t k,
                                 int32_t *label)
{
    double *part;
    rml_status status;

    if (m < 1 || k < 1 || k > m || m > n) return RML_EINVAL;
    part = malloc(((size_t)m * (size_t)(m - 1) / 2 + 1) * sizeof *part);
    if (!part) return RML_ENOMEM;
    for (int32_t i = 0; i < m; ++i)
        for (int32_t j = i + 1; j < m; ++j)
            part[rml_dendrogram_at(m, i, j)] = distance[rml_dendrogram_at(n, row[i], row[j])];
    status = cut(part, m, k, label);
    free(part);
    return status;
}

void rml_consensus_count(int32_t n, const int32_t *row, const int32_t *label, int32_t m, int32_t *together,
                         int32_t *drawn)
{
    for (int32_t i = 0; i < m; ++i)
        for (int32_t j = i + 1; j < m; ++j) {
            const int64_t at = rml_dendrogram_at(n, row[i], row[j]);

            ++drawn[at];
            together[at] += label[i] == label[j];
        }
}

/* The distribution's step of a value: right-closed, so that 0.29 is in the step that ends at 0.29 whatever its last
 * bit, as R's hist. */
static int32_t step_of(double value)
{
    const double step = ceil((value - 1e-9) * STEPS) - 1.0;

    return step < 0.0 ? 0 : (int32_t)step;
}

rml_status rml_consensus_conclude(int32_t n, int32_t k, const int32_t *together, const int32_t *drawn,
                                  double *consensus, int32_t *label, double *own, rml_consensus *result)
{
    const int64_t n_pairs = (int64_t)n * (n - 1) / 2;
    int64_t step[STEPS] = {0}, n_ambiguous = 0, n_joined = 0, below = 0, *size = NULL;
    double *distance = NULL;
    rml_status status = n < 2 || k < 1 || k > n ? RML_EINVAL : RML_OK;

    *result = (rml_consensus){NAN, NAN, NAN};
    if (status != RML_OK) return status;
    distance = malloc((size_t)n_pairs * sizeof *distance);
    size = calloc((size_t)k, sizeof *size);
    if (!distance || !size) status = RML_ENOMEM;
    for (int64_t at = 0; status == RML_OK && at < n_pairs; ++at) {
        consensus[at] = drawn[at] > 0 ? (double)together[at] / drawn[at] : 0.0;
        distance[at] = 1.0 - consensus[at];
        ++step[step_of(consensus[at])];
        n_joined += consensus[at] > 0.1;
        n_ambiguous += consensus[at] > 0.1 && consensus[at] <= 0.9;
    }
    if (status == RML_OK) status = cut(distance, n, k, label);
    if (status == RML_OK) {
        result->area = 0.0;
        for (int32_t s = 0; s < STEPS; ++s) {
            below += step[s];
            result->area += (double)below / (double)n_pairs / STEPS;
        }
        result->pac = (double)n_ambiguous / (double)n_pairs;
        if (n_joined > 0) result->pac_of_joined = (double)n_ambiguous / (double)n_joined;
        for (int32_t c = 0; c < k; ++c) own[c] = 0.0;
        for (int32_t i = 0; i < n; ++i)
            for (int32_t j = i + 1; j < n; ++j) {
                if (label[i] != label[j]) continue;
                own[label[i]] += consensus[rml_dendrogram_at(n, i, j)];
                ++size[label[i]];
            }
        for (int32_t c = 0; c < k; ++c) own[c] = size[c] > 0 ? own[c] / (double)size[c] : NAN;
    }
    free(distance);
    free(size);
    return status;
}
