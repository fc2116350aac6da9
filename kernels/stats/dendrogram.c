#include "kernels/stats/dendrogram.h"

#include <math.h>
#include <stdlib.h>

typedef struct rml_chain_link { /* a join as the chain finds it: by the slots of its clusters */
    int32_t a, b, found;
    double height;
} rml_chain_link;

static int by_height(const void *x, const void *y)
{
    const rml_chain_link *a = x, *b = y;

    if (a->height != b->height) return a->height < b->height ? -1 : 1;
    return a->found < b->found ? -1 : a->found > b->found; /* a cluster is found before what it is joined to */
}

static int64_t at(int32_t n, int32_t i, int32_t j)
{
    return i < j ? rml_dendrogram_at(n, i, j) : rml_dendrogram_at(n, j, i);
}

/* Joins what are each other's nearest, found by going from neighbour to nearer neighbour. Slot b holds the joined
 * cluster, a < b is given up: mean distances never rise by a join of nearest neighbours, so the rest of the chain stays
 * what it is.
 * size   work  [n]; 0: given up
 * chain  work  [n] */
static void join_neighbours(double *distance, int32_t n, int32_t *size, int32_t *chain, rml_chain_link *link)
{
    int32_t length = 0, first = 0;

    for (int32_t i = 0; i < n; ++i) size[i] = 1;
    for (int32_t k = 0; k < n - 1; ++k) {
        int32_t a, b;
        double nearest;

        while (first < n && size[first] == 0) ++first;
        if (length == 0) chain[length++] = first;
        for (;;) {
            const int32_t last = chain[length - 1];
            int32_t next = length > 1 ? chain[length - 2] : -1; /* of equals the one before: else it never ends */

            nearest = next >= 0 ? distance[at(n, last, next)] : INFINITY;
            for (int32_t i = 0; i < n; ++i)
                if (size[i] > 0 && i != last && distance[at(n, last, i)] < nearest) {
                    nearest = distance[at(n, last, i)];
                    next = i;
                }
            if (length > 1 && next == chain[length - 2]) break;
            chain[length++] = next;
        }
        a = chain[length - 1] < chain[length - 2] ? chain[length - 1] : chain[length - 2];
        b = chain[length - 1] < chain[length - 2] ? chain[length - 2] : chain[length - 1];
        length -= 2;
        link[k] = (rml_chain_link){a, b, k, nearest};
        for (int32_t i = 0; i < n; ++i)
            if (size[i] > 0 && i != a && i != b)
                distance[at(n, b, i)] =
                    (size[a] * distance[at(n, a, i)] + size[b] * distance[at(n, b, i)]) / (double)(size[a] + size[b]);
        size[b] += size[a];
        size[a] = 0;
    }
}

static int32_t root_of(int32_t *parent, int32_t i)
{
    while (parent[i] != i) {
        parent[i] = parent[parent[i]];
        i = parent[i];
    }
    return i;
}

/* The joins by rising height, clusters by their numbers; which of two has the lower first member. */
static void number_joins(const rml_chain_link *link, int32_t n, int32_t *parent, int32_t *lowest, rml_join *join)
{
    for (int32_t i = 0; i < 2 * n - 1; ++i) parent[i] = lowest[i] = i;
    for (int32_t k = 0; k < n - 1; ++k) {
        const int32_t x = root_of(parent, link[k].a), y = root_of(parent, link[k].b);

        join[k] = (rml_join){x < y ? x : y, x < y ? y : x, link[k].height};
        parent[x] = parent[y] = n + k;
        lowest[n + k] = lowest[x] < lowest[y] ? lowest[x] : lowest[y];
    }
}

static void order_leaves(const rml_join *join, const int32_t *lowest, int32_t n, int32_t *stack, int32_t *order)
{
    int32_t n_stack = 0, n_order = 0;

    stack[n_stack++] = 2 * n - 2;
    while (n_stack > 0) {
        const int32_t node = stack[--n_stack];

        if (node < n) {
            order[n_order++] = node;
        } else {
            const rml_join *of = &join[node - n];
            const int32_t first = lowest[of->a] < lowest[of->b] ? of->a : of->b;

            stack[n_stack++] = first == of->a ? of->b : of->a; /* what is pushed last comes first */
            stack[n_stack++] = first;
        }
    }
}

rml_status rml_dendrogram_average(double *distance, int32_t n, rml_join *join, int32_t *order)
{
    rml_chain_link *link;
    int32_t *work, *lowest;

    if (n < 1) return RML_EINVAL;
    for (int64_t k = 0; k < (int64_t)n * (n - 1) / 2; ++k)
        if (!isfinite(distance[k])) return RML_EVALUE;
    link = malloc((size_t)n * sizeof *link);
    work = malloc(4 * (size_t)n * sizeof *work);
    if (!link || !work) {
        free(link);
        free(work);
        return RML_ENOMEM;
    }
    lowest = work + 2 * (size_t)n;
    join_neighbours(distance, n, work, work + n, link);
    qsort(link, (size_t)n - 1, sizeof *link, by_height);
    number_joins(link, n, work, lowest, join);
    order_leaves(join, lowest, n, work, order);
    free(link);
    free(work);
    return RML_OK;
}

rml_status rml_dendrogram_cut(const rml_join *join, const int32_t *order, int32_t n, double height, int32_t *cluster,
                              int32_t *n_clusters)
{
    int32_t *parent = malloc(2 * (size_t)(n > 0 ? n : 1) * sizeof *parent), last = -1;

    if (!parent) return RML_ENOMEM;
    for (int32_t i = 0; i < 2 * n - 1; ++i) parent[i] = i;
    for (int32_t k = 0; k < n - 1 && join[k].height <= height; ++k) parent[join[k].a] = parent[join[k].b] = n + k;
    *n_clusters = 0;
    for (int32_t i = 0; i < n; ++i) { /* a cluster's members follow one another */
        const int32_t root = root_of(parent, order[i]);

        *n_clusters += root != last;
        last = root;
        cluster[order[i]] = *n_clusters - 1;
    }
    free(parent);
    return RML_OK;
}
