/* 1. Settings and memory   2. A bag   3. Out of bag   4. Importance   5. The fit   6. Predictions */
#include "kernels/trees/forest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/base/rng.h"
#include "kernels/trees/presort.h"
#include "kernels/trees/shuffle_importance.h"
#include "kernels/trees/tree.h"

#define FIRST_COLUMN_DRAW (1ULL << 32)

/* 1. Settings and memory ------------------------------------------------------------------------------------------- */

rml_forest_settings rml_forest_defaults(int32_t n_classes)
{
    return (rml_forest_settings){.n_trees = 500, .min_split = n_classes > 0 ? 2 : 6, .min_leaf = 1};
}

/* What a fit works with. */
typedef struct fit {
    const rml_columns *x;
    const int32_t *class;
    const double *number, *weight; /* weight: the rows' own */
    int32_t n, k, n_present;
    double *memory;
    double *upto;         /* [n_present] weight with class factor of the present rows up to this one */
    double *bag;          /* [n] times that a row was drawn */
    double *class_factor; /* [k] */
    double *gain;         /* [p] of one tree */
    double *squares;      /* [p] of the permuted losses */
    int32_t *present;     /* [n] rows of positive weight */
    int32_t *out;         /* [n] rows out of the bag */
    int32_t n_out, n_shuffled;
} fit;

static double own_weight(const fit *f, int32_t row)
{
    return f->weight ? f->weight[row] : 1.0;
}

static rml_status check(fit *f, int32_t n_classes, const rml_forest_settings *s)
{
    const rml_columns *x = f->x;
    bool other_class = false;
    int32_t first = -1;

    if (!f->class == !f->number || (f->class ? n_classes < 2 : n_classes != 0)) return RML_EINVAL;
    if (s->n_trees < 1 || s->mtry < 0 || (s->class_weight && (!f->class || s->balanced))) return RML_EINVAL;
    if (s->balanced && !f->class) return RML_EINVAL;
    for (int32_t c = 0; s->class_weight && c < n_classes; ++c)
        if (!(s->class_weight[c] > 0.0) || isinf(s->class_weight[c])) return RML_EINVAL;
    if (x->n_rows < 1 || x->n_columns < 1) return RML_EEMPTY;
    if (x->n_rows > INT32_MAX - 1) return RML_ECAPACITY;
    for (int64_t i = 0; i < x->n_rows; ++i) {
        if (f->class && (f->class[i] < 0 || f->class[i] >= n_classes)) return RML_EINVAL;
        if (f->number && !isfinite(f->number[i])) return RML_EVALUE;
        if (f->weight && (!isfinite(f->weight[i]) || f->weight[i] < 0.0)) return RML_EVALUE;
        if (f->weight && !(f->weight[i] > 0.0)) continue;
        if (first < 0) first = (int32_t)i;
        other_class |= f->class && f->class[i] != f->class[first];
    }
    return first < 0 || (f->class && !other_class) ? RML_EEMPTY : RML_OK;
}

static rml_status lay_out(fit *f, rml_forest *forest, bool permutation)
{
    const size_t n = (size_t)f->n, p = (size_t)f->x->n_columns, k = (size_t)f->k;

    f->memory = calloc(2 * n + 2 * p + k, sizeof *f->memory);
    f->present = calloc(2 * n, sizeof *f->present);
    forest->oob_count = calloc(n, sizeof *forest->oob_count);
    forest->oob_value = calloc(n * k, sizeof *forest->oob_value);
    forest->importance = calloc(p, sizeof *forest->importance);
    forest->gain = calloc(p, sizeof *forest->gain);
    if (!f->memory || !f->present || !forest->oob_count || !forest->oob_value || !forest->importance || !forest->gain)
        return RML_ENOMEM;
    if (f->class) {
        forest->oob_vote = calloc(n * k, sizeof *forest->oob_vote);
        if (!forest->oob_vote) return RML_ENOMEM;
    }
    if (permutation) {
        forest->permuted = calloc(p, sizeof *forest->permuted);
        forest->permuted_z = calloc(p, sizeof *forest->permuted_z);
        if (!forest->permuted || !forest->permuted_z) return RML_ENOMEM;
    }
    f->upto = f->memory;
    f->bag = f->upto + n;
    f->gain = f->bag + n;
    f->squares = f->gain + p;
    f->class_factor = f->squares + p;
    f->out = f->present + n;
    return RML_OK;
}

static void weigh(fit *f, const rml_forest_settings *s)
{
    double upto = 0.0, total = 0.0;

    for (int32_t i = 0; i < f->n; ++i)
        if (own_weight(f, i) > 0.0) f->present[f->n_present++] = i;
    for (int32_t r = 0; s->balanced && r < f->n_present; ++r) {
        const double own = own_weight(f, f->present[r]);

        f->class_factor[f->class[f->present[r]]] += own;
        total += own;
    }
    for (int32_t c = 0; c < f->k; ++c) {
        if (s->balanced)
            f->class_factor[c] = total / (f->k * f->class_factor[c]);
        else
            f->class_factor[c] = s->class_weight ? s->class_weight[c] : 1.0;
    }
    for (int32_t r = 0; r < f->n_present; ++r) {
        const int32_t row = f->present[r];

        upto += own_weight(f, row) * (f->class ? f->class_factor[f->class[row]] : 1.0);
        f->upto[r] = upto;
    }
}

/* 2. A bag --------------------------------------------------------------------------------------------------------- */

/* The present row in whose part of the weights, laid end to end, a number falls. */
static int32_t row_at(const fit *f, double at)
{
    int32_t low = 0, high = f->n_present - 1; /* the last one, should rounding carry it to the end */

    while (low < high) {
        const int32_t middle = low + (high - low) / 2;

        if (f->upto[middle] > at)
            high = middle;
        else
            low = middle + 1;
    }
    return f->present[low];
}

static void draw_bag(fit *f, uint64_t seed, uint64_t stream)
{
    const double total = f->upto[f->n_present - 1];

    memset(f->bag, 0, (size_t)f->n * sizeof *f->bag);
    for (int32_t d = 0; d < f->n_present; ++d)
        f->bag[row_at(f, rml_rng_uniform(seed, stream, (uint64_t)d) * total)] += 1.0;
    f->n_out = 0;
    for (int32_t r = 0; r < f->n_present; ++r)
        if (f->bag[f->present[r]] == 0.0) f->out[f->n_out++] = f->present[r];
}

/* 3. Out of bag ---------------------------------------------------------------------------------------------------- */

static void ask_outsiders(const fit *f, int32_t t, rml_forest *forest)
{
    for (int32_t o = 0; o < f->n_out; ++o) {
        const int32_t row = f->out[o], leaf = rml_trees_leaf(&forest->trees, t, f->x, row);
        const double *value = forest->trees.value + (int64_t)leaf * f->k;

        ++forest->oob_count[row];
        for (int32_t v = 0; v < f->k; ++v) forest->oob_value[(int64_t)row * f->k + v] += value[v];
        if (f->class) forest->oob_vote[(int64_t)row * f->k + rml_vote(value, f->k)] += 1.0;
    }
}

static void sum_up_outsiders(const fit *f, rml_forest *forest)
{
    double wrong = 0.0, total = 0.0;

    for (int32_t i = 0; i < f->n; ++i) {
        const double w = own_weight(f, i), count = forest->oob_count[i];
        double *value = forest->oob_value + (int64_t)i * f->k;
        double *vote = f->class ? forest->oob_vote + (int64_t)i * f->k : NULL;

        for (int32_t v = 0; v < f->k; ++v) { /* 0 / 0 is NaN, as it should be */
            value[v] /= count;
            if (vote) vote[v] /= count;
        }
        if (forest->oob_count[i] == 0) continue;
        total += w;
        if (vote)
            wrong += rml_vote(vote, f->k) == f->class[i] ? 0.0 : w;
        else
            wrong += w * (value[0] - f->number[i]) * (value[0] - f->number[i]);
    }
    forest->oob_error = total > 0.0 ? wrong / total : NAN;
}

/* 4. Importance ---------------------------------------------------------------------------------------------------- */

static void count_gains(const fit *f, int32_t t, rml_forest *forest)
{
    const int32_t p = f->x->n_columns;
    double sum = 0.0;

    memset(f->gain, 0, (size_t)p * sizeof *f->gain);
    rml_tree_gains(&forest->trees, t, f->gain);
    for (int32_t j = 0; j < p; ++j) sum += f->gain[j];
    if (!(sum > 0.0)) return;
    for (int32_t j = 0; j < p; ++j) {
        forest->gain[j] += f->gain[j];
        forest->importance[j] += f->gain[j] / sum;
    }
}

static void sum_up_importance(const fit *f, int32_t n_trees, rml_forest *forest)
{
    const double n_shuffled = f->n_shuffled;
    double sum = 0.0;

    for (int32_t j = 0; j < f->x->n_columns; ++j) sum += forest->importance[j];
    for (int32_t j = 0; j < f->x->n_columns; ++j) {
        forest->gain[j] /= n_trees;
        if (sum > 0.0) forest->importance[j] /= sum;
        if (!forest->permuted) continue;
        if (f->n_shuffled == 0) {
            forest->permuted[j] = forest->permuted_z[j] = NAN;
            continue;
        }
        forest->permuted[j] /= n_shuffled;
        {
            const double mean = forest->permuted[j], variance = f->squares[j] / n_shuffled - mean * mean;

            forest->permuted_z[j] = variance > 0.0 ? mean / sqrt(variance / n_shuffled) : 0.0;
        }
    }
}

/* 5. The fit ------------------------------------------------------------------------------------------------------- */

static rml_tree_settings tree_settings(const rml_forest_settings *s, int32_t n_classes, int32_t p)
{
    rml_tree_settings tree = rml_tree_defaults(n_classes);
    const int32_t usual = n_classes > 0 ? (int32_t)floor(sqrt(p)) : p / 3;

    tree.max_depth = s->max_depth;
    tree.min_split = s->min_split;
    tree.min_leaf = s->min_leaf;
    tree.mtry = s->mtry > 0 ? s->mtry : usual;
    if (tree.mtry < 1) tree.mtry = 1;
    if (tree.mtry > p) tree.mtry = p;
    return tree;
}

static rml_status grow(fit *f, const rml_forest_settings *s, rml_grower *grower, rml_shuffle *shuffle,
                       rml_forest *forest)
{
    for (int32_t t = 0; t < s->n_trees; ++t) {
        const uint64_t stream = (uint64_t)t;
        rml_status status;

        draw_bag(f, s->seed, stream);
        status = rml_tree_grow(grower, f->class, f->number, f->bag, s->seed, stream, FIRST_COLUMN_DRAW, &forest->trees);
        if (status != RML_OK) return status;
        ask_outsiders(f, t, forest);
        count_gains(f, t, forest);
        if (!s->permutation || f->n_out == 0) continue;
        ++f->n_shuffled;
        status = rml_shuffle_tree(shuffle, &forest->trees, t, f->out, f->n_out, s->seed, stream, forest->permuted,
                                  f->squares);
        if (status != RML_OK) return status;
    }
    return RML_OK;
}

rml_status rml_forest_fit(const rml_columns *x, const int32_t *class, int32_t n_classes, const double *number,
                          const double *weight, const rml_forest_settings *settings, rml_forest *forest)
{
    const rml_tree_settings tree = tree_settings(settings, n_classes, x->n_columns);
    fit f = {.x = x, .class = class, .number = number, .weight = weight, .k = n_classes > 0 ? n_classes : 1};
    rml_presort sorted = {0};
    rml_grower *grower = NULL;
    rml_shuffle shuffle = {0};
    rml_status status;

    *forest = (rml_forest){.n_columns = x->n_columns, .n_classes = n_classes, .mtry = tree.mtry, .oob_error = NAN};
    rml_trees_init(&forest->trees, f.k);
    status = check(&f, n_classes, settings);
    if (status != RML_OK) goto done;
    forest->n_rows = f.n = (int32_t)x->n_rows;
    status = rml_presort_init(&sorted, x);
    if (status == RML_OK) status = rml_grower_make(&sorted, &tree, &grower);
    if (status == RML_OK) status = lay_out(&f, forest, settings->permutation);
    if (status == RML_OK && settings->permutation) status = rml_shuffle_init(&shuffle, x, class, number, weight);
    if (status != RML_OK) goto done;
    weigh(&f, settings);
    status = grow(&f, settings, grower, &shuffle, forest);
    if (status != RML_OK) goto done;
    sum_up_outsiders(&f, forest);
    sum_up_importance(&f, settings->n_trees, forest);
done:
    if (status != RML_OK) rml_forest_free(forest);
    rml_shuffle_free(&shuffle);
    rml_grower_free(grower);
    rml_presort_free(&sorted);
    free(f.memory);
    free(f.present);
    return status;
}

void rml_forest_free(rml_forest *forest)
{
    if (!forest) return;
    rml_trees_free(&forest->trees);
    free(forest->oob_count);
    free(forest->oob_vote);
    free(forest->oob_value);
    free(forest->importance);
    free(forest->gain);
    free(forest->permuted);
    free(forest->permuted_z);
    forest->oob_count = NULL;
    forest->oob_vote = forest->oob_value = forest->importance = forest->gain = NULL;
    forest->permuted = forest->permuted_z = NULL;
}

/* 6. Predictions --------------------------------------------------------------------------------------------------- */

rml_status rml_forest_predict(const rml_forest *forest, const rml_columns *x, double *vote, double *value)
{
    const rml_trees *trees = &forest->trees;
    const int32_t k = trees->n_values;
    const int64_t n_cells = x->n_rows * k;
    rml_status status;

    if (x->n_columns != forest->n_columns || (vote && forest->n_classes == 0)) return RML_EINVAL;
    status = rml_presort_check(x);
    for (int64_t c = 0; c < n_cells; ++c) {
        if (vote) vote[c] = status == RML_OK ? 0.0 : NAN;
        if (value) value[c] = status == RML_OK ? 0.0 : NAN;
    }
    if (status != RML_OK) return status;
    for (int32_t t = 0; t < trees->n_trees; ++t)
        for (int64_t i = 0; i < x->n_rows; ++i) {
            const double *of_leaf = trees->value + (int64_t)rml_trees_leaf(trees, t, x, i) * k;

            for (int32_t v = 0; value && v < k; ++v) value[i * k + v] += of_leaf[v];
            if (vote) vote[i * k + rml_vote(of_leaf, k)] += 1.0;
        }
    for (int64_t c = 0; c < n_cells; ++c) {
        if (vote) vote[c] /= trees->n_trees;
        if (value) value[c] /= trees->n_trees;
    }
    return RML_OK;
}
