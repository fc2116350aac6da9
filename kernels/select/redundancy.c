/* 1. Correlations   2. Pairs   3. Clusters */
#include "kernels/select/redundancy.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/select/moments.h"

#define TILE 32 /* columns: two tiles of 500 rows stay in the second cache */
#define A_COPY (1.0 - 1e-14)

/* 1. Correlations */

static void fill_tile(const double *z, int64_t n_rows, int32_t first_i, int32_t first_j, rml_correlations *c)
{
    const int32_t end_i = first_i + TILE < c->n ? first_i + TILE : c->n;
    const int32_t end_j = first_j + TILE < c->n ? first_j + TILE : c->n;

    for (int32_t i = first_i; i < end_i; ++i)
        for (int32_t j = first_j > i ? first_j : i + 1; j < end_j; ++j) {
            const double size = fabs(rml_moments_product(z + i * n_rows, 0.0, z + j * n_rows, n_rows));

            c->size[rml_correlations_at(c->n, i, j)] = size > A_COPY ? 1.0 : size;
        }
}

rml_status rml_correlations_fit(const rml_columns *training, bool by_ranks, rml_correlations *correlations)
{
    const int64_t n_rows = training->n_rows;
    const int32_t n = training->n_columns;
    rml_correlations c = {.n = n};
    double *z = NULL;
    int64_t *work = NULL;

    *correlations = (rml_correlations){0};
    if (n_rows < 2) return RML_EEMPTY;
    if (!rml_moments_finite(training)) return RML_EVALUE;
    c.size = malloc(((size_t)n * (size_t)n / 2 + 1) * sizeof *c.size);
    z = malloc((size_t)n * (size_t)n_rows * sizeof *z + 1);
    work = malloc(2 * (size_t)n_rows * sizeof *work);
    if (!c.size || !z || !work) {
        free(c.size);
        free(z);
        free(work);
        return RML_ENOMEM;
    }
    for (int32_t j = 0; j < n; ++j) {
        double *own = z + j * n_rows;

        if (by_ranks) rml_moments_ranks(rml_column(training, j), n_rows, work, work + n_rows, own);
        rml_moments_unit(by_ranks ? own : rml_column(training, j), n_rows, own);
    }
    for (int32_t i = 0; i < n; i += TILE)
        for (int32_t j = i; j < n; j += TILE) fill_tile(z, n_rows, i, j, &c);
    free(z);
    free(work);
    *correlations = c;
    return RML_OK;
}

void rml_correlations_free(rml_correlations *correlations)
{
    free(correlations->size);
    *correlations = (rml_correlations){0};
}

static double at(const rml_correlations *c, int32_t i, int32_t j)
{
    return c->size[i < j ? rml_correlations_at(c->n, i, j) : rml_correlations_at(c->n, j, i)];
}

/* sum[n]: of each column's |r| with all others. */
static void sum_all(const rml_correlations *c, double *sum)
{
    const double *size = c->size;

    memset(sum, 0, (size_t)c->n * sizeof *sum);
    for (int32_t i = 0; i < c->n; ++i)
        for (int32_t j = i + 1; j < c->n; ++j) {
            sum[i] += *size;
            sum[j] += *size++;
        }
}

/* 2. Pairs */

/* As R compares factors of numbers: by 15 digits. */
static double to_15_digits(double value)
{
    char text[40];

    (void)snprintf(text, sizeof text, "%.15g", value);
    return strtod(text, NULL);
}

typedef struct ranked {
    double mean;
    int32_t column;
} ranked;

static int compare_ranked(const void *left, const void *right)
{
    const ranked *a = left, *b = right;

    if (a->mean != b->mean) return a->mean > b->mean ? -1 : 1;
    return (a->column > b->column) - (a->column < b->column);
}

/* sum: of each column's |r| with the columns still there. */
static void remove_exactly(const rml_correlations *c, double cutoff, const ranked *order, double *sum, uint8_t *removed)
{
    int32_t n_left = c->n;
    double all = 0.0;

    for (int32_t k = 0; k < c->n; ++k) all += sum[k];
    for (int32_t a = 0; a < c->n; ++a) {
        const int32_t i = order[a].column;

        for (int32_t b = a + 1; b < c->n && !removed[i]; ++b) {
            const int32_t j = order[b].column;

            if (removed[j] || !(at(c, i, j) > cutoff)) continue;
            const double others = (double)(n_left - 1);
            const bool first_goes = sum[i] / others > (all - sum[j]) / (others * others);
            const int32_t gone = first_goes ? i : j;

            removed[gone] = 1;
            --n_left;
            all -= 2.0 * sum[gone];
            for (int32_t k = 0; k < c->n; ++k)
                if (k != gone && !removed[k]) sum[k] -= at(c, k, gone);
        }
    }
}

rml_status rml_redundancy_pairs(const rml_correlations *correlations, double cutoff, bool exact, uint8_t *removed)
{
    const int32_t n = correlations->n;
    double *sum;
    ranked *order;

    if (!(cutoff >= 0.0 && cutoff <= 1.0)) return RML_EINVAL;
    memset(removed, 0, (size_t)n);
    if (n < 2) return RML_OK;
    sum = malloc((size_t)n * sizeof *sum);
    order = malloc((size_t)n * sizeof *order);
    if (!sum || !order) {
        free(sum);
        free(order);
        return RML_ENOMEM;
    }
    sum_all(correlations, sum);
    for (int32_t j = 0; j < n; ++j) order[j] = (ranked){to_15_digits(exact ? sum[j] / (n - 1) : (sum[j] + 1.0) / n), j};
    if (exact) {
        qsort(order, (size_t)n, sizeof *order, compare_ranked);
        remove_exactly(correlations, cutoff, order, sum, removed);
    } else {
        for (int32_t i = 0; i < n; ++i)
            for (int32_t j = i + 1; j < n; ++j)
                if (at(correlations, i, j) > cutoff) removed[order[j].mean > order[i].mean ? j : i] = 1;
    }
    free(sum);
    free(order);
    return RML_OK;
}

/* 3. Clusters */

static int32_t find_root(int32_t *parent, int32_t j)
{
    while (parent[j] != j) j = parent[j] = parent[parent[j]];
    return j;
}

/* The lower root stays, so that a cluster's root is its first column. */
static void join(int32_t *parent, int32_t i, int32_t j)
{
    const int32_t a = find_root(parent, i), b = find_root(parent, j);

    if (a < b) parent[b] = a;
    if (b < a) parent[a] = b;
}

typedef struct group { /* columns that a chain joins, on their way to complete linkage */
    int32_t m;
    int32_t *member;  /* [m] ascending */
    int32_t *nearest; /* [m] the place of the nearest cluster; -1 for a cluster that is part of another */
    double *size;     /* [m * m] lowest |r| between two clusters */
} group;

static void find_nearest(group *g, int32_t a)
{
    const double *row = g->size + (int64_t)a * g->m;
    int32_t best = a;

    for (int32_t b = 0; b < g->m; ++b)
        if (b != a && g->nearest[b] >= 0 && (best == a || row[b] > row[best])) best = b;
    g->nearest[a] = best; /* a itself when it is alone */
}

/* Merges within one group; complete linkage never joins what no chain joins. Joining only lowers what a cluster has
 * with others, so a nearest neighbour stays the nearest until it is joined itself. */
static void link_completely(group *g, double cutoff, int32_t *parent)
{
    const int64_t m = g->m;

    for (int32_t a = 0; a < m; ++a) g->nearest[a] = a;
    for (int32_t a = 0; a < m; ++a) find_nearest(g, a);
    for (;;) {
        int32_t a = -1;
        double highest = -1.0;

        for (int32_t k = 0; k < m; ++k) {
            if (g->nearest[k] < 0 || g->nearest[k] == k || !(g->size[k * m + g->nearest[k]] > highest)) continue;
            a = k;
            highest = g->size[k * m + g->nearest[k]];
        }
        if (a < 0 || highest < cutoff) return;
        const int32_t b = g->nearest[a];

        join(parent, g->member[a], g->member[b]);
        g->nearest[b] = -1;
        for (int32_t k = 0; k < m; ++k) {
            if (k == a || g->nearest[k] < 0) continue;
            g->size[a * m + k] = g->size[k * m + a] = fmin(g->size[a * m + k], g->size[b * m + k]);
        }
        for (int32_t k = 0; k < m; ++k)
            if (g->nearest[k] >= 0 && (k == a || g->nearest[k] == a || g->nearest[k] == b)) find_nearest(g, k);
    }
}

/* Splits the groups that chains have made: parent is filled anew. */
static rml_status split_groups(const rml_correlations *c, double cutoff, int32_t *parent)
{
    const int32_t n = c->n;
    int32_t *root = malloc((size_t)n * sizeof *root), *n_members = calloc((size_t)n, sizeof *n_members), largest = 1;
    group g = {.member = malloc((size_t)n * sizeof *g.member), .nearest = malloc((size_t)n * sizeof *g.nearest)};
    rml_status status = RML_ENOMEM;

    if (!root || !n_members || !g.member || !g.nearest) goto done;
    for (int32_t j = 0; j < n; ++j) {
        root[j] = find_root(parent, j);
        if (++n_members[root[j]] > largest) largest = n_members[root[j]];
    }
    g.size = malloc((size_t)largest * (size_t)largest * sizeof *g.size);
    if (!g.size) goto done;
    for (int32_t j = 0; j < n; ++j) parent[j] = j;
    for (int32_t first = 0; first < n; ++first) {
        if (n_members[first] < 2) continue;
        g.m = 0;
        for (int32_t j = first; j < n && g.m < n_members[first]; ++j)
            if (root[j] == first) g.member[g.m++] = j;
        for (int32_t a = 0; a < g.m; ++a)
            for (int32_t b = 0; b < g.m; ++b)
                g.size[(int64_t)a * g.m + b] = a == b ? 1.0 : at(c, g.member[a], g.member[b]);
        link_completely(&g, cutoff, parent);
    }
    status = RML_OK;
done:
    free(root);
    free(n_members);
    free(g.member);
    free(g.nearest);
    free(g.size);
    return status;
}

rml_status rml_redundancy_clusters(const rml_correlations *correlations, double cutoff, rml_linkage linkage,
                                   const double *relevance, int32_t *cluster, uint8_t *removed)
{
    const int32_t n = correlations->n;
    int32_t *parent, *kept, n_clusters = 0;
    double *merit;
    rml_status status = RML_ENOMEM;

    if (!(cutoff > 0.0 && cutoff <= 1.0)) return RML_EINVAL;
    if (linkage != RML_LINKAGE_SINGLE && linkage != RML_LINKAGE_COMPLETE) return RML_EINVAL;
    if (n < 1) return RML_OK;
    parent = malloc((size_t)n * sizeof *parent);
    kept = malloc((size_t)n * sizeof *kept);
    merit = malloc((size_t)n * sizeof *merit);
    if (!parent || !kept || !merit) goto done;
    for (int32_t j = 0; j < n; ++j) parent[j] = j;
    for (int32_t i = 0; i < n; ++i)
        for (int32_t j = i + 1; j < n; ++j)
            if (at(correlations, i, j) >= cutoff) join(parent, i, j);
    if (linkage == RML_LINKAGE_COMPLETE) {
        status = split_groups(correlations, cutoff, parent);
        if (status != RML_OK) goto done;
    }
    sum_all(correlations, merit);
    for (int32_t j = 0; j < n; ++j) {
        merit[j] = !relevance ? -to_15_digits(merit[j]) : isnan(relevance[j]) ? -INFINITY : relevance[j];
        kept[j] = -1;
    }
    for (int32_t j = 0; j < n; ++j) { /* a root comes before the rest of its cluster */
        const int32_t root = find_root(parent, j);

        if (kept[root] < 0 || merit[j] > merit[kept[root]]) kept[root] = j;
    }
    for (int32_t j = 0; j < n; ++j) {
        const int32_t root = find_root(parent, j);

        removed[j] = kept[root] != j;
        if (cluster) cluster[j] = root == j ? n_clusters++ : cluster[root];
    }
    status = RML_OK;
done:
    free(parent);
    free(kept);
    free(merit);
    return status;
}
