#include "kernels/trees/boost.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/trees/presort.h"
#include "kernels/trees/tree.h"

#define SKLEARN_GAP 1e-7F /* its FEATURE_THRESHOLD */
#define NO_DIVISOR 1e-150

rml_boost_settings rml_boost_sklearn(void)
{
    return (rml_boost_settings){.manner = RML_BOOST_SKLEARN,
                                .n_trees = 100,
                                .learning_rate = 0.1,
                                .max_depth = 3,
                                .min_leaf = 1,
                                .min_split = 2};
}

rml_boost_settings rml_boost_gbm(void)
{
    return (rml_boost_settings){
        .manner = RML_BOOST_GBM, .n_trees = 100, .learning_rate = 0.1, .n_splits = 1, .min_leaf = 10, .min_split = 2};
}

typedef struct fit {
    const uint8_t *y;
    const double *number, *weight;
    int64_t n;
    double *memory, *decision, *residual, *p; /* [n] */
    double *top, *bottom;                     /* [2n] of a tree's leaves */
} fit;

static rml_status check(const rml_columns *x, const fit *f, const rml_boost_settings *s)
{
    int64_t n_of[2] = {0};

    if (!f->y == !f->number || x->stride < x->n_rows || s->n_trees < 1) return RML_EINVAL;
    if (!(s->learning_rate > 0.0) || isinf(s->learning_rate)) return RML_EINVAL;
    if (s->manner == RML_BOOST_GBM ? s->n_splits < 1 : s->manner != RML_BOOST_SKLEARN) return RML_EINVAL;
    for (int64_t i = 0; i < x->n_rows; ++i) {
        const double w = f->weight ? f->weight[i] : 1.0;

        if (!isfinite(w) || w < 0.0) return RML_EVALUE;
        if (f->y ? f->y[i] > 1 : !isfinite(f->number[i])) return RML_EVALUE;
        if (w > 0.0) ++n_of[f->y ? f->y[i] : 0];
    }
    return n_of[0] + n_of[1] == 0 || (f->y && (n_of[0] == 0 || n_of[1] == 0)) ? RML_EEMPTY : RML_OK;
}

/* A copy in which every value is what single precision makes of it. RML_EVALUE when that is not finite. */
static rml_status cut_to_single(const rml_columns *x, rml_columns *cut, double **memory)
{
    double *to = malloc(((size_t)x->n_rows * (size_t)x->n_columns + 1) * sizeof *to);

    *memory = to;
    if (!to) return RML_ENOMEM;
    *cut = (rml_columns){.n_rows = x->n_rows, .stride = x->n_rows, .n_columns = x->n_columns, .x = to};
    for (int32_t j = 0; j < x->n_columns; ++j) {
        const double *from = rml_column(x, j);

        for (int64_t i = 0; i < x->n_rows; ++i) {
            /* beyond the largest single the conversion would be undefined */
            if (!(fabs(from[i]) <= FLT_MAX)) return RML_EVALUE;
            *to++ = (double)(float)from[i];
        }
    }
    return RML_OK;
}

static double start_of(const fit *f)
{
    double weight = 0.0, sum = 0.0;

    for (int64_t i = 0; i < f->n; ++i) {
        const double w = f->weight ? f->weight[i] : 1.0;

        weight += w;
        sum += w * (f->y ? f->y[i] : f->number[i]);
    }
    return f->y ? log(sum / (weight - sum)) : sum / weight;
}

static void take_residuals(fit *f)
{
    for (int64_t i = 0; i < f->n; ++i) {
        f->p[i] = f->y ? 1.0 / (1.0 + exp(-f->decision[i])) : f->decision[i];
        f->residual[i] = (f->y ? f->y[i] : f->number[i]) - f->p[i];
    }
}

/* The steps of the last tree's leaves, into its values, and onto the decisions. */
static void take_steps(fit *f, rml_trees *trees, const int32_t *leaf, double rate)
{
    const int32_t first = trees->first[trees->n_trees - 1], n_nodes = trees->n_nodes - first;

    memset(f->top, 0, (size_t)n_nodes * sizeof *f->top);
    memset(f->bottom, 0, (size_t)n_nodes * sizeof *f->bottom);
    for (int64_t i = 0; i < f->n; ++i) {
        const double w = f->weight ? f->weight[i] : 1.0;

        if (leaf[i] < 0) continue;
        f->top[leaf[i] - first] += w * f->residual[i];
        f->bottom[leaf[i] - first] += f->y ? w * f->p[i] * (1.0 - f->p[i]) : w;
    }
    for (int32_t v = 0; v < n_nodes; ++v)
        if (trees->feature[first + v] < 0)
            trees->value[first + v] = fabs(f->bottom[v]) < NO_DIVISOR ? 0.0 : f->top[v] / f->bottom[v];
    for (int64_t i = 0; i < f->n; ++i)
        if (leaf[i] >= 0) f->decision[i] += rate * trees->value[leaf[i]];
}

static double loss_of(const fit *f)
{
    double sum = 0.0, weight = 0.0;

    for (int64_t i = 0; i < f->n; ++i) {
        const double w = f->weight ? f->weight[i] : 1.0, d = f->decision[i];

        if (!(w > 0.0)) continue;
        weight += w;
        if (f->y)
            sum += 2.0 * w * (log1p(exp(-fabs(d))) + fmax(d, 0.0) - f->y[i] * d);
        else
            sum += w * (f->number[i] - d) * (f->number[i] - d);
    }
    return sum / weight;
}

/* scikit-learn divides each tree's gains by the root's weight, which is the same for all: it cancels, as gbm's scale.
 */
static void rate_columns(rml_boost *boost)
{
    double sum = 0.0;

    for (int32_t t = 0; t < boost->trees.n_trees; ++t) rml_tree_gains(&boost->trees, t, boost->importance);
    for (int32_t j = 0; j < boost->n_columns; ++j) sum += boost->importance[j];
    for (int32_t j = 0; sum > 0.0 && j < boost->n_columns; ++j) boost->importance[j] /= sum;
}

static rml_tree_settings tree_settings(const rml_boost_settings *s)
{
    rml_tree_settings tree = rml_tree_defaults(0);

    tree.min_leaf = s->min_leaf;
    tree.mtry = s->mtry;
    if (s->manner == RML_BOOST_SKLEARN) {
        tree.min_split = s->min_split;
        tree.max_depth = s->max_depth;
        tree.least_gap = SKLEARN_GAP;
        tree.least_impurity = DBL_EPSILON;
    } else {
        tree.criterion = RML_TREE_FRIEDMAN;
        tree.max_splits = s->n_splits;
        tree.below = true;
    }
    return tree;
}

static rml_status lay_out(fit *f, rml_boost *boost, int32_t n_trees)
{
    const size_t n = (size_t)f->n;

    boost->importance = calloc((size_t)boost->n_columns + 1, sizeof *boost->importance);
    boost->training = malloc((size_t)n_trees * sizeof *boost->training);
    f->memory = malloc((7 * n + 1) * sizeof *f->memory);
    if (!boost->importance || !boost->training || !f->memory) return RML_ENOMEM;
    f->decision = f->memory;
    f->residual = f->decision + n;
    f->p = f->residual + n;
    f->top = f->p + n;
    f->bottom = f->top + 2 * n;
    return RML_OK;
}

rml_status rml_boost_fit(const rml_columns *x, const uint8_t *y, const double *number, const double *weight,
                         const rml_boost_settings *settings, rml_boost *boost)
{
    const rml_tree_settings tree = tree_settings(settings);
    fit f = {.y = y, .number = number, .weight = weight, .n = x->n_rows};
    rml_columns seen = *x;
    rml_presort sorted = {0};
    rml_grower *grower = NULL;
    double *cut = NULL;
    rml_status status;

    *boost = (rml_boost){.binary = y != NULL,
                         .single = settings->manner == RML_BOOST_SKLEARN,
                         .n_columns = x->n_columns,
                         .rate = settings->learning_rate};
    rml_trees_init(&boost->trees, 1);
    if (x->n_rows < 1 || x->n_columns < 1) return RML_EEMPTY;
    status = check(x, &f, settings);
    if (status == RML_OK && boost->single) status = cut_to_single(x, &seen, &cut);
    if (status == RML_OK) status = rml_presort_init(&sorted, &seen);
    if (status == RML_OK) status = rml_grower_make(&sorted, &tree, &grower);
    if (status == RML_OK) status = lay_out(&f, boost, settings->n_trees);
    if (status != RML_OK) goto done;
    boost->start = start_of(&f);
    for (int64_t i = 0; i < f.n; ++i) f.decision[i] = boost->start;
    for (int32_t t = 0; t < settings->n_trees; ++t) {
        take_residuals(&f);
        status = rml_tree_grow(grower, NULL, f.residual, weight, settings->seed, (uint64_t)t, 0, &boost->trees);
        if (status != RML_OK) goto done;
        take_steps(&f, &boost->trees, rml_grower_leaves(grower), boost->rate);
        boost->training[t] = loss_of(&f);
    }
    rate_columns(boost);
done:
    if (status != RML_OK) rml_boost_free(boost);
    rml_grower_free(grower);
    rml_presort_free(&sorted);
    free(f.memory);
    free(cut);
    return status;
}

void rml_boost_free(rml_boost *boost)
{
    if (!boost) return;
    rml_trees_free(&boost->trees);
    free(boost->importance);
    free(boost->training);
    boost->importance = boost->training = NULL;
}

rml_status rml_boost_decide(const rml_boost *boost, const rml_columns *x, int32_t n_trees, double *decision)
{
    const int32_t used = n_trees > 0 ? n_trees : boost->trees.n_trees;
    rml_trees some = boost->trees; /* a view of the first trees */
    rml_columns seen = *x;
    double *cut = NULL;
    rml_status status = RML_OK;

    if (x->n_columns != boost->n_columns || n_trees < 0 || n_trees > boost->trees.n_trees) return RML_EINVAL;
    some.n_trees = used;
    for (int64_t i = 0; i < x->n_rows; ++i) decision[i] = boost->start;
    if (boost->single) status = cut_to_single(x, &seen, &cut);
    if (status == RML_OK) status = rml_trees_sum(&some, &seen, boost->rate, decision);
    for (int64_t i = 0; status != RML_OK && i < x->n_rows; ++i) decision[i] = NAN;
    free(cut);
    return status;
}
