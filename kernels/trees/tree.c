/* 1. Settings and memory   2. A node's rows in the order of a column   3. The best threshold of a column
 * 4. The best column of a node   5. Nodes   6. Growing */
#include "kernels/trees/tree.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/base/rng.h"

/* Nodes of up to so many rows are sorted by insertion; those of at least n / SCAN rows by a pass over the column's own
 * order, the others by two or more passes over digits. */
enum { INSERTION = 32, SCAN = 6, DIGIT = 8, N_DIGITS = 1 << DIGIT };

typedef struct row_sum {
    double weight, product; /* product: weight times number */
} row_sum;

typedef struct split {
    int32_t column; /* -1: none */
    double score;   /* what is compared within a node */
    double gain;    /* weight times impurity that is saved */
    double threshold;
} split;

/* A node that may yet be split: rows[start] .. rows[end - 1]. */
typedef struct open_node {
    int32_t parent, node, start, end, depth;
    bool left;
    split best; /* of best-first growth */
} open_node;

struct rml_grower {
    const rml_presort *sorted;
    rml_tree_settings settings;
    int32_t *rows, *moved;     /* [n] the nodes' rows, each node's rising */
    int32_t *leaf;             /* [n] node that the row is in, -1 none */
    int32_t *by_value;         /* [n] rows of the node by a column's value */
    uint32_t *rank;            /* [n] their ranks */
    uint64_t *key, *other_key; /* [n] */
    row_sum *sum;              /* [n] per row */
    open_node *open;           /* [n + 1] */
    int32_t *columns;          /* [n_columns] a permutation */
    double *left, *right;      /* [n_classes] */
    const int32_t *class;
    const double *number;
    uint64_t seed, stream, draw;
    rml_trees *trees;
};

/* 1. Settings and memory ------------------------------------------------------------------------------------------- */

rml_tree_settings rml_tree_defaults(int32_t n_classes)
{
    return (rml_tree_settings){.criterion = n_classes > 0 ? RML_TREE_GINI : RML_TREE_SQUARED,
                               .n_classes = n_classes,
                               .min_split = 2,
                               .min_leaf = 1};
}

static bool is_usable(const rml_tree_settings *s)
{
    if (s->criterion == RML_TREE_GINI ? s->n_classes < 2 : s->n_classes != 0) return false;
    if (s->criterion < RML_TREE_GINI || s->criterion > RML_TREE_FRIEDMAN) return false;
    return s->max_depth >= 0 && s->min_split >= 2 && s->min_leaf >= 1 && s->mtry >= 0 && s->max_splits >= 0 &&
           s->least_impurity >= 0.0 && s->least_gap >= 0.0F;
}

rml_status rml_grower_make(const rml_presort *sorted, const rml_tree_settings *settings, rml_grower **grower)
{
    const size_t n = (size_t)sorted->n, k = (size_t)(settings->n_classes > 0 ? settings->n_classes : 1);
    rml_grower *g;

    *grower = NULL;
    if (!is_usable(settings)) return RML_EINVAL;
    g = calloc(1, sizeof *g);
    if (!g) return RML_ENOMEM;
    g->sorted = sorted;
    g->settings = *settings;
    if (g->settings.mtry >= sorted->x.n_columns) g->settings.mtry = 0;
    g->rows = malloc(5 * n * sizeof *g->rows);
    g->key = malloc(2 * n * sizeof *g->key);
    g->sum = malloc(n * sizeof *g->sum);
    g->open = malloc((n + 1) * sizeof *g->open);
    g->columns = malloc((size_t)sorted->x.n_columns * sizeof *g->columns);
    g->left = malloc(2 * k * sizeof *g->left);
    if (!g->rows || !g->key || !g->sum || !g->open || !g->columns || !g->left) {
        rml_grower_free(g);
        return RML_ENOMEM;
    }
    g->moved = g->rows + n;
    g->leaf = g->moved + n;
    g->by_value = g->leaf + n;
    g->rank = (uint32_t *)(g->by_value + n);
    g->other_key = g->key + n;
    g->right = g->left + k;
    *grower = g;
    return RML_OK;
}

void rml_grower_free(rml_grower *grower)
{
    if (!grower) return;
    free(grower->rows);
    free(grower->key);
    free(grower->sum);
    free(grower->open);
    free(grower->columns);
    free(grower->left);
    free(grower);
}

const int32_t *rml_grower_leaves(const rml_grower *grower)
{
    return grower->leaf;
}

/* 2. A node's rows in the order of a column ------------------------------------------------------------------------ */

static void sort_by_insertion(uint64_t *key, int32_t m)
{
    for (int32_t i = 1; i < m; ++i) {
        const uint64_t moving = key[i];
        int32_t at = i;

        for (; at > 0 && key[at - 1] > moving; --at) key[at] = key[at - 1];
        key[at] = moving;
    }
}

/* By the ranks, in the upper half; equal ones stay in their order, which is that of the rows. */
static const uint64_t *sort_by_digits(uint64_t *key, uint64_t *other, int32_t m, uint32_t largest)
{
    for (int shift = 0; shift < 32 && largest >> shift > 0; shift += DIGIT) {
        int32_t count[N_DIGITS] = {0}, at = 0;
        uint64_t *swap = key;

        for (int32_t i = 0; i < m; ++i) ++count[key[i] >> (32 + shift) & (N_DIGITS - 1)];
        for (int d = 0; d < N_DIGITS; ++d) {
            const int32_t here = count[d];

            count[d] = at;
            at += here;
        }
        for (int32_t i = 0; i < m; ++i) other[count[key[i] >> (32 + shift) & (N_DIGITS - 1)]++] = key[i];
        key = other;
        other = swap;
    }
    return key;
}

/* by_value and rank of the node's m rows. */
static void sort_rows(rml_grower *g, int32_t column, const open_node *at)
{
    const int32_t n = g->sorted->n, m = at->end - at->start;
    const uint32_t *rank = g->sorted->rank + (int64_t)column * n;
    const int32_t *order = g->sorted->order + (int64_t)column * n, *rows = g->rows + at->start;
    const uint64_t *key = g->key;

    if (m > INSERTION && (int64_t)m * SCAN >= n) {
        int32_t k = 0;

        for (int32_t i = 0; i < n && k < m; ++i) {
            g->by_value[k] = order[i];
            k += g->leaf[order[i]] == at->node;
        }
        for (int32_t i = 0; i < m; ++i) g->rank[i] = rank[g->by_value[i]];
        return;
    }
    for (int32_t i = 0; i < m; ++i) g->key[i] = (uint64_t)rank[rows[i]] << 32 | (uint32_t)rows[i];
    if (m <= INSERTION)
        sort_by_insertion(g->key, m);
    else
        key = sort_by_digits(g->key, g->other_key, m, rank[order[n - 1]]);
    for (int32_t i = 0; i < m; ++i) {
        g->by_value[i] = (int32_t)(uint32_t)key[i];
        g->rank[i] = (uint32_t)(key[i] >> 32);
    }
}

/* 3. The best threshold of a column -------------------------------------------------------------------------------- */

/* Whether a threshold fits between neighbours i and i + 1. */
static inline bool parted(const rml_grower *g, const double *value, int32_t i)
{
    if (g->rank[i] == g->rank[i + 1]) return false;
    if (g->settings.least_gap == 0.0F) return true;
    return (float)value[g->by_value[i + 1]] > (float)value[g->by_value[i]] + g->settings.least_gap;
}

/* How sums are compared: what only the node's own totals would add is left out. */
static inline double score_of(bool friedman, double left, double left_weight, double right, double right_weight)
{
    if (friedman) {
        const double apart = right_weight * left - left_weight * right;

        return apart * apart / (left_weight * right_weight);
    }
    return left * left / left_weight + right * right / right_weight;
}

/* Position (last row on the left) of the first largest score above *score, which it takes; -1 when there is none. */
static int32_t scan_numbers(rml_grower *g, const double *value, int32_t m, row_sum total, double *score, double *gain)
{
    const int32_t first = g->settings.min_leaf - 1, last = m - g->settings.min_leaf - 1;
    const bool friedman = g->settings.criterion == RML_TREE_FRIEDMAN;
    double weight = 0.0, product = 0.0, best_weight = 0.0, best_product = 0.0, apart;
    int32_t best = -1;

    for (int32_t i = 0; i <= last; ++i) {
        double here;

        weight += g->sum[g->by_value[i]].weight;
        product += g->sum[g->by_value[i]].product;
        if (i < first || !parted(g, value, i)) continue;
        here = score_of(friedman, product, weight, total.product - product, total.weight - weight);
        if (here > *score) {
            *score = here;
            best = i;
            best_weight = weight;
            best_product = product;
        }
    }
    if (best < 0) return best;
    weight = total.weight - best_weight;
    apart = best_product / best_weight - (total.product - best_product) / weight;
    *gain = best_weight * weight / total.weight * apart * apart;
    return best;
}

/* The same for classes; squares: of the node's class weights. */
static int32_t scan_classes(rml_grower *g, const double *value, int32_t m, const double *class_weight,
                            double total_weight, double squares, double *score, double *gain)
{
    const int32_t first = g->settings.min_leaf - 1, last = m - g->settings.min_leaf - 1, k = g->settings.n_classes;
    double *left = g->left, *right = g->right, weight = 0.0, left_squares = 0.0, right_squares = squares;
    int32_t best = -1;

    for (int32_t c = 0; c < k; ++c) {
        left[c] = 0.0;
        right[c] = class_weight[c] * total_weight;
    }
    for (int32_t i = 0; i <= last; ++i) {
        const int32_t row = g->by_value[i], c = g->class[row];
        const double w = g->sum[row].weight;
        double here;

        weight += w;
        left_squares += w * (2.0 * left[c] + w); /* (l + w)^2 - l^2 */
        left[c] += w;
        right_squares -= w * (2.0 * right[c] - w);
        right[c] -= w;
        if (i < first || !parted(g, value, i)) continue;
        here = left_squares / weight + right_squares / (total_weight - weight);
        if (here > *score) {
            *score = here;
            best = i;
        }
    }
    if (best >= 0) *gain = fmax(*score - squares / total_weight, 0.0);
    return best;
}

/* 4. The best column of a node ------------------------------------------------------------------------------------- */

static double midpoint(const rml_grower *g, const double *value, int32_t i)
{
    const double a = value[g->by_value[i]], b = value[g->by_value[i + 1]];
    double middle = a / 2.0 + b / 2.0; /* which cannot overflow */

    if (g->settings.below) middle = nextafter(middle, -INFINITY);
    return middle >= a && middle < b ? middle : a; /* nothing lies between */
}

static bool is_flat(const rml_grower *g, const double *value, int32_t m)
{
    const double low = value[g->by_value[0]], high = value[g->by_value[m - 1]];

    if (g->settings.least_gap == 0.0F) return low == high;
    return (float)high <= (float)low + g->settings.least_gap;
}

static split best_split(rml_grower *g, const open_node *at)
{
    const int32_t m = at->end - at->start, p = g->sorted->x.n_columns, k = g->trees->n_values;
    const int32_t mtry = g->settings.mtry > 0 ? g->settings.mtry : p;
    const double *shares = g->trees->value + (int64_t)at->node * k;
    const row_sum total = {g->trees->weight[at->node], *shares * g->trees->weight[at->node]};
    split best = {.column = -1, .score = -INFINITY};
    double squares = 0.0;
    bool found = false; /* a column that is not flat */

    if (m < g->settings.min_split || m < 2 * (int64_t)g->settings.min_leaf) return best;
    if (g->settings.max_depth > 0 && at->depth >= g->settings.max_depth) return best;
    for (int32_t c = 0; c < k; ++c) squares += (shares[c] * total.weight) * (shares[c] * total.weight);
    for (int32_t tried = 0; tried < p && (tried < mtry || !found); ++tried) {
        int32_t column = tried, i;
        const double *value;

        if (g->settings.mtry > 0) { /* the next of a shuffle that goes on from node to node */
            const double u = rml_rng_uniform(g->seed, g->stream, g->draw++);
            const int32_t other = tried + (int32_t)(u * (p - tried));

            column = g->columns[other];
            g->columns[other] = g->columns[tried];
            g->columns[tried] = column;
        }
        value = rml_column(&g->sorted->x, column);
        sort_rows(g, column, at);
        if (is_flat(g, value, m)) continue;
        found = true;
        i = g->class ? scan_classes(g, value, m, shares, total.weight, squares, &best.score, &best.gain)
                     : scan_numbers(g, value, m, total, &best.score, &best.gain);
        if (i < 0) continue;
        best.column = column;
        best.threshold = midpoint(g, value, i);
    }
    return best;
}

/* 5. Nodes --------------------------------------------------------------------------------------------------------- */

/* Makes the node of rows at->start .. at->end - 1; whether it is of one kind, so that nothing is left to split. */
static bool make_node(rml_grower *g, open_node *at)
{
    rml_trees *t = g->trees;
    const int32_t node = rml_trees_add(t), k = t->n_values;
    double *value = t->value + (int64_t)node * k, weight = 0.0, squares = 0.0, low = INFINITY, high = -INFINITY;
    int32_t n_present = 0;

    at->node = node;
    if (at->parent >= 0 && at->left) t->left[at->parent] = node;
    if (at->parent >= 0 && !at->left) t->right[at->parent] = node;
    for (int32_t i = at->start; i < at->end; ++i) {
        const int32_t row = g->rows[i];
        const double w = g->sum[row].weight;

        g->leaf[row] = node;
        weight += w;
        if (g->class) {
            value[g->class[row]] += w;
            continue;
        }
        value[0] += g->sum[row].product;
        squares += g->sum[row].product * g->number[row];
        low = fmin(low, g->number[row]);
        high = fmax(high, g->number[row]);
    }
    for (int32_t v = 0; v < k; ++v) {
        n_present += value[v] > 0.0;
        value[v] /= weight;
    }
    t->weight[node] = weight;
    t->n_rows[node] = at->end - at->start;
    if (g->class) return n_present <= 1;
    return low == high || squares / weight - value[0] * value[0] <= g->settings.least_impurity;
}

/* Rows of the left side in front, both sides still rising; the first of the right side. */
static int32_t part_rows(rml_grower *g, const open_node *at, const split *by)
{
    const double *value = rml_column(&g->sorted->x, by->column);
    int32_t to = at->start, n_moved = 0;

    for (int32_t i = at->start; i < at->end; ++i) {
        const int32_t row = g->rows[i];

        if (value[row] <= by->threshold)
            g->rows[to++] = row;
        else
            g->moved[n_moved++] = row;
    }
    memcpy(g->rows + to, g->moved, (size_t)n_moved * sizeof *g->moved);
    return to;
}

/* Writes the split into its node, and the two sides. */
static void divide(rml_grower *g, const open_node *at, const split *by, open_node *left, open_node *right)
{
    rml_trees *t = g->trees;
    const int32_t middle = part_rows(g, at, by);
    const open_node parent = *at;

    t->feature[parent.node] = by->column;
    t->threshold[parent.node] = by->threshold;
    t->gain[parent.node] = by->gain;
    *left = (open_node){.parent = parent.node, .start = parent.start, .end = middle, .depth = parent.depth + 1};
    *right = (open_node){.parent = parent.node, .start = middle, .end = parent.end, .depth = parent.depth + 1};
    left->left = true;
}

/* 6. Growing ------------------------------------------------------------------------------------------------------- */

static void grow_in_depth(rml_grower *g, int32_t n_rows)
{
    int32_t n_open = 1;

    g->open[0] = (open_node){.parent = -1, .end = n_rows};
    while (n_open > 0) {
        open_node at = g->open[--n_open];
        split best;

        if (make_node(g, &at)) continue;
        best = best_split(g, &at);
        if (best.column < 0) continue;
        divide(g, &at, &best, &g->open[n_open + 1], &g->open[n_open]); /* the left side on top */
        n_open += 2;
    }
}

static void open_with_split(rml_grower *g, open_node *at)
{
    at->best = (split){.column = -1};
    if (!make_node(g, at)) at->best = best_split(g, at);
    if (at->best.column < 0) at->best.gain = 0.0;
}

static void grow_by_gain(rml_grower *g, int32_t n_rows)
{
    int32_t n_open = 1;

    g->open[0] = (open_node){.parent = -1, .end = n_rows};
    open_with_split(g, &g->open[0]);
    for (int32_t s = 0; s < g->settings.max_splits; ++s) {
        open_node parent;
        int32_t largest = 0;

        for (int32_t o = 1; o < n_open; ++o)
            if (g->open[o].best.gain > g->open[largest].best.gain) largest = o;
        parent = g->open[largest];
        if (!(parent.best.gain > 0.0)) return;
        divide(g, &parent, &parent.best, &g->open[largest], &g->open[n_open]);
        open_with_split(g, &g->open[largest]);
        open_with_split(g, &g->open[n_open++]);
    }
}

rml_status rml_tree_grow(rml_grower *grower, const int32_t *class, const double *number, const double *weight,
                         uint64_t seed, uint64_t stream, uint64_t draw, rml_trees *trees)
{
    rml_grower *g = grower;
    int32_t n_rows = 0;
    rml_status status;

    if (!class == !number || !class != (g->settings.n_classes == 0)) return RML_EINVAL;
    if (trees->n_values != (class ? g->settings.n_classes : 1)) return RML_EINVAL;
    for (int32_t i = 0; i < g->sorted->n; ++i) {
        const double w = weight ? weight[i] : 1.0;

        g->leaf[i] = -1;
        g->sum[i] = (row_sum){w, number ? w * number[i] : 0.0};
        if (w > 0.0) g->rows[n_rows++] = i;
    }
    if (n_rows == 0) return RML_EEMPTY;
    status = rml_trees_reserve(trees, 2 * (int64_t)n_rows - 1);
    if (status != RML_OK) return status;
    g->class = class;
    g->number = number;
    g->seed = seed;
    g->stream = stream;
    g->draw = draw;
    g->trees = trees;
    for (int32_t j = 0; j < g->sorted->x.n_columns; ++j) g->columns[j] = j;
    if (g->settings.max_splits > 0)
        grow_by_gain(g, n_rows);
    else
        grow_in_depth(g, n_rows);
    trees->first[++trees->n_trees] = trees->n_nodes;
    return RML_OK;
}

void rml_tree_gains(const rml_trees *trees, int32_t t, double *total)
{
    for (int32_t node = trees->first[t]; node < trees->first[t + 1]; ++node)
        if (trees->feature[node] >= 0) total[trees->feature[node]] += trees->gain[node];
}
