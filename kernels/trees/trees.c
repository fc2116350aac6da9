#include "kernels/trees/trees.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/trees/presort.h"

void rml_trees_init(rml_trees *trees, int32_t n_values)
{
    *trees = (rml_trees){.n_values = n_values};
}

void rml_trees_free(rml_trees *trees)
{
    if (!trees) return;
    free(trees->first);
    free(trees->feature);
    free(trees->threshold);
    free(trees->left);
    free(trees->right);
    free(trees->value);
    free(trees->weight);
    free(trees->gain);
    free(trees->n_rows);
    rml_trees_init(trees, trees->n_values);
}

/* realloc that leaves the old array where it was when it fails. */
static bool grow(void *array, int64_t n, size_t size)
{
    void *old, *new;

    memcpy(&old, array, sizeof old);
    new = realloc(old, (size_t)n * size);
    if (new) memcpy(array, &new, sizeof new);
    return new != NULL;
}

rml_status rml_trees_reserve(rml_trees *trees, int64_t n_nodes)
{
    const int64_t needed = trees->n_nodes + n_nodes;

    if (needed > INT32_MAX / 2) return RML_ECAPACITY;
    if (trees->n_trees + 2 > trees->tree_capacity) {
        const int32_t capacity = 2 * trees->n_trees + 16;

        if (!grow(&trees->first, capacity, sizeof *trees->first)) return RML_ENOMEM;
        trees->tree_capacity = capacity;
        if (trees->n_trees == 0) trees->first[0] = 0;
    }
    if (needed > trees->node_capacity) { /* at least doubled: a forest's trees are moved a few times in all */
        const int64_t capacity =
            needed > 2 * (int64_t)trees->node_capacity ? needed : 2 * (int64_t)trees->node_capacity;

        if (!grow(&trees->feature, capacity, sizeof *trees->feature) ||
            !grow(&trees->threshold, capacity, sizeof *trees->threshold) ||
            !grow(&trees->left, capacity, sizeof *trees->left) ||
            !grow(&trees->right, capacity, sizeof *trees->right) ||
            !grow(&trees->value, capacity * trees->n_values, sizeof *trees->value) ||
            !grow(&trees->weight, capacity, sizeof *trees->weight) ||
            !grow(&trees->gain, capacity, sizeof *trees->gain) ||
            !grow(&trees->n_rows, capacity, sizeof *trees->n_rows))
            return RML_ENOMEM;
        trees->node_capacity = (int32_t)capacity;
    }
    return RML_OK;
}

int32_t rml_trees_add(rml_trees *trees)
{
    const int32_t node = trees->n_nodes++;

    trees->feature[node] = trees->left[node] = trees->right[node] = -1;
    trees->threshold[node] = NAN;
    trees->weight[node] = trees->gain[node] = 0.0;
    trees->n_rows[node] = 0;
    memset(trees->value + (int64_t)node * trees->n_values, 0, (size_t)trees->n_values * sizeof *trees->value);
    return node;
}

rml_status rml_trees_sum(const rml_trees *trees, const rml_columns *x, double factor, double *sums)
{
    const int32_t k = trees->n_values;
    rml_status status;

    for (int32_t node = 0; node < trees->n_nodes; ++node)
        if (trees->feature[node] >= x->n_columns) return RML_EINVAL;
    status = rml_presort_check(x);
    if (status != RML_OK) return status;
    for (int32_t t = 0; t < trees->n_trees; ++t) /* outside: a tree and its columns stay in the cache */
        for (int64_t i = 0; i < x->n_rows; ++i) {
            const double *value = trees->value + (int64_t)rml_trees_leaf(trees, t, x, i) * k;

            for (int32_t v = 0; v < k; ++v) sums[i * k + v] += factor * value[v];
        }
    return RML_OK;
}

rml_status rml_trees_check(const rml_trees *trees, int32_t n_columns)
{
    if (trees->n_trees < 1 || trees->n_values < 1 || trees->first[0] != 0) return RML_EFORMAT;
    if (trees->first[trees->n_trees] != trees->n_nodes) return RML_EFORMAT;
    for (int32_t t = 0; t < trees->n_trees; ++t) {
        const int32_t end = trees->first[t + 1];

        if (trees->first[t] < 0 || end <= trees->first[t] || end > trees->n_nodes) return RML_EFORMAT;
        for (int32_t node = trees->first[t]; node < end; ++node) {
            const int32_t left = trees->left[node], right = trees->right[node];

            if (trees->feature[node] < 0) continue;
            if (trees->feature[node] >= n_columns || isnan(trees->threshold[node])) return RML_EFORMAT;
            if (left <= node || right <= node || left >= end || right >= end) return RML_EFORMAT;
        }
    }
    return RML_OK;
}
