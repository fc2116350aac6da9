/* Most rows do not meet most of a tree's columns on their way down, and lose nothing by their shuffle: a first walk
 * lists for each column the rows that meet it, and these alone walk again. */
#include "kernels/trees/shuffle_importance.h"

#include <stdlib.h>
#include <string.h>

#include "kernels/base/rng.h"

rml_status rml_shuffle_init(rml_shuffle *shuffle, const rml_columns *x, const int32_t *class, const double *number,
                            const double *weight)
{
    const size_t n = (size_t)x->n_rows, p = (size_t)x->n_columns;

    *shuffle = (rml_shuffle){.x = x, .class = class, .number = number, .weight = weight};
    shuffle->seen = malloc((p + 1) * sizeof *shuffle->seen);
    shuffle->end = malloc((p + 1) * sizeof *shuffle->end);
    shuffle->shuffled = calloc(n + 1, sizeof *shuffle->shuffled);
    shuffle->loss = malloc((n + 1) * sizeof *shuffle->loss);
    if (shuffle->seen && shuffle->end && shuffle->shuffled && shuffle->loss) return RML_OK;
    rml_shuffle_free(shuffle);
    return RML_ENOMEM;
}

void rml_shuffle_free(rml_shuffle *shuffle)
{
    if (!shuffle) return;
    free(shuffle->seen);
    free(shuffle->end);
    free(shuffle->shuffled);
    free(shuffle->loss);
    free(shuffle->list);
    *shuffle = (rml_shuffle){0};
}

static double loss_of(const rml_shuffle *s, const rml_trees *trees, int32_t leaf, int32_t row)
{
    const double *value = trees->value + (int64_t)leaf * trees->n_values;

    if (s->class) return rml_vote(value, trees->n_values) == s->class[row] ? 0.0 : 1.0;
    return (value[0] - s->number[row]) * (value[0] - s->number[row]);
}

/* The leaf of a row whose value of one column is another row's. */
static int32_t leaf_with(const rml_trees *trees, int32_t t, const rml_columns *x, int32_t row, int32_t column,
                         int32_t other)
{
    int32_t node = trees->first[t];

    while (trees->feature[node] >= 0) {
        const int32_t j = trees->feature[node];
        const double value = rml_column(x, j)[j == column ? other : row];

        node = value <= trees->threshold[node] ? trees->left[node] : trees->right[node];
    }
    return node;
}

/* Calls for each row the columns on its way once; with a list, notes the row there, else counts. */
static void walk(rml_shuffle *s, const rml_trees *trees, int32_t t, const int32_t *row, int32_t n, int32_t *list)
{
    memset(s->seen, 0xFF, (size_t)s->x->n_columns * sizeof *s->seen);
    for (int32_t i = 0; i < n; ++i) {
        int32_t node = trees->first[t];

        for (int32_t j; (j = trees->feature[node]) >= 0;) {
            if (s->seen[j] != i) {
                s->seen[j] = i;
                if (list)
                    list[s->end[j]++] = i;
                else
                    ++s->end[j + 1];
            }
            node = rml_column(s->x, j)[row[i]] <= trees->threshold[node] ? trees->left[node] : trees->right[node];
        }
        s->loss[i] = loss_of(s, trees, node, row[i]);
    }
}

rml_status rml_shuffle_tree(rml_shuffle *shuffle, const rml_trees *trees, int32_t t, const int32_t *row, int32_t n,
                            uint64_t seed, uint64_t stream, double *sum, double *squares)
{
    rml_shuffle *s = shuffle;
    const int32_t p = s->x->n_columns;
    double total = 0.0;

    for (int32_t i = 0; i < n; ++i) total += s->weight ? s->weight[row[i]] : 1.0;
    memset(s->end, 0, ((size_t)p + 1) * sizeof *s->end);
    walk(s, trees, t, row, n, NULL);
    for (int32_t j = 0; j < p; ++j) s->end[j + 1] += s->end[j]; /* end[j]: where the list of column j starts, as yet */
    if (s->end[p] > s->capacity) {
        const int64_t capacity = 2 * s->end[p];

        free(s->list);
        s->capacity = 0;
        s->list = calloc((size_t)capacity, sizeof *s->list);
        if (!s->list) return RML_ENOMEM;
        s->capacity = capacity;
    }
    walk(s, trees, t, row, n, s->list);
    for (int32_t j = 0; j < p; ++j) {
        const int64_t start = j > 0 ? s->end[j - 1] : 0;
        uint64_t draw = (2 + (uint64_t)j) << 32;
        double worse = 0.0;

        if (start == s->end[j]) continue;
        memcpy(s->shuffled, row, (size_t)n * sizeof *s->shuffled);
        for (int32_t i = n - 1; i > 0; --i) {
            const int32_t with = (int32_t)(rml_rng_uniform(seed, stream, draw++) * (i + 1)), held = s->shuffled[i];

            s->shuffled[i] = s->shuffled[with];
            s->shuffled[with] = held;
        }
        for (int64_t l = start; l < s->end[j]; ++l) {
            const int32_t i = s->list[l], leaf = leaf_with(trees, t, s->x, row[i], j, s->shuffled[i]);

            worse += (s->weight ? s->weight[row[i]] : 1.0) * (loss_of(s, trees, leaf, row[i]) - s->loss[i]);
        }
        worse /= total;
        sum[j] += worse;
        squares[j] += worse * worse;
    }
    return RML_OK;
}
