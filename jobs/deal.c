#include "jobs/deal.h"

#include <stdbool.h>
#include <stdlib.h>

typedef struct load {
    double cost;
    int64_t n_tasks;
    int32_t taker;
} load;

static bool comes_before(const load *a, const load *b)
{
    if (a->cost != b->cost) return a->cost < b->cost;
    if (a->n_tasks != b->n_tasks) return a->n_tasks < b->n_tasks;
    return a->taker < b->taker;
}

/* The load at the top of the heap has grown: down to where none below it comes before it. */
static void sink(load *heap, int32_t n)
{
    const load grown = heap[0];
    int32_t at = 0;

    for (;;) {
        int32_t below = 2 * at + 1;

        if (below >= n) break;
        if (below + 1 < n && comes_before(&heap[below + 1], &heap[below])) ++below;
        if (!comes_before(&heap[below], &grown)) break;
        heap[at] = heap[below];
        at = below;
    }
    heap[at] = grown;
}

rml_status rml_deal(const double *cost, int64_t n_tasks, int32_t n, int32_t *taker)
{
    load *heap = calloc((size_t)n, sizeof *heap);

    if (!heap) return RML_ENOMEM;
    for (int32_t k = 0; k < n; ++k) heap[k].taker = k; /* all alike but for their numbers: these are in order */
    for (int64_t t = 0; t < n_tasks; ++t) {
        taker[t] = heap[0].taker;
        heap[0].cost += cost[t];
        ++heap[0].n_tasks;
        sink(heap, n);
    }
    free(heap);
    return RML_OK;
}
