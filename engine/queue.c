/* A tournament tree over the tasks in their order: each node holds the least memory that a waiting task below it takes,
 * so that the walk from the root down always knows whether the left half has a task that fits. */
#include "engine/queue.h"

#include <math.h>
#include <stdlib.h>

struct rml_queue {
    int64_t n, n_waiting;
    int64_t n_leaves; /* a power of two, at least 1 */
    int64_t *least;   /* [2*n_leaves], root at 1, leaf p at n_leaves+p; ABSENT where no one waits */
    int64_t *task_at; /* [n]: position to task */
    int64_t *position_of;
    int64_t *memory; /* [n], by task */
};

static const int64_t ABSENT = INT64_MAX;

typedef struct entry {
    double cost;
    int64_t task;
} entry;

static int by_cost(const void *left, const void *right)
{
    const entry *a = left, *b = right;

    if (a->cost != b->cost) return a->cost > b->cost ? -1 : 1;
    return a->task < b->task ? -1 : a->task > b->task;
}

rml_status rml_queue_init(int64_t n, const double *cost, const int64_t *memory, rml_queue **out)
{
    const size_t some = n > 0 ? (size_t)n : 1;
    rml_queue *queue = calloc(1, sizeof *queue);
    entry *entries = malloc(some * sizeof *entries);

    if (!queue || !entries) goto failed;
    queue->n = n;
    queue->n_leaves = 1;
    while (queue->n_leaves < n) queue->n_leaves *= 2;
    queue->least = malloc(2 * (size_t)queue->n_leaves * sizeof *queue->least);
    queue->task_at = malloc(some * sizeof *queue->task_at);
    queue->position_of = malloc(some * sizeof *queue->position_of);
    queue->memory = malloc(some * sizeof *queue->memory);
    if (!queue->least || !queue->task_at || !queue->position_of || !queue->memory) goto failed;
    for (int64_t t = 0; t < n; ++t) {
        entries[t] = (entry){.cost = isnan(cost[t]) ? -INFINITY : cost[t], .task = t};
        queue->memory[t] = memory[t] < 0 ? 0 : memory[t] == ABSENT ? ABSENT - 1 : memory[t];
    }
    qsort(entries, (size_t)n, sizeof *entries, by_cost);
    for (int64_t p = 0; p < n; ++p) {
        queue->task_at[p] = entries[p].task;
        queue->position_of[entries[p].task] = p;
    }
    for (int64_t i = 0; i < 2 * queue->n_leaves; ++i) queue->least[i] = ABSENT;
    free(entries);
    *out = queue;
    return RML_OK;
failed:
    free(entries);
    rml_queue_free(queue);
    return RML_ENOMEM;
}

void rml_queue_free(rml_queue *queue)
{
    if (!queue) return;
    free(queue->least);
    free(queue->task_at);
    free(queue->position_of);
    free(queue->memory);
    free(queue);
}

static void set(rml_queue *queue, int64_t task, int64_t value)
{
    int64_t node = queue->n_leaves + queue->position_of[task];

    if ((queue->least[node] == ABSENT) == (value == ABSENT)) return;
    queue->n_waiting += value == ABSENT ? -1 : 1;
    queue->least[node] = value;
    for (node /= 2; node >= 1; node /= 2) {
        const int64_t left = queue->least[2 * node], right = queue->least[2 * node + 1];

        queue->least[node] = left < right ? left : right;
    }
}

void rml_queue_put(rml_queue *queue, int64_t task)
{
    set(queue, task, queue->memory[task]);
}

void rml_queue_remove(rml_queue *queue, int64_t task)
{
    set(queue, task, ABSENT);
}

int64_t rml_queue_length(const rml_queue *queue)
{
    return queue->n_waiting;
}

int64_t rml_queue_first_fitting(const rml_queue *queue, int64_t memory)
{
    int64_t node = 1;

    if (memory >= ABSENT) memory = ABSENT - 1;
    if (queue->least[1] > memory) return -1;
    while (node < queue->n_leaves) node = 2 * node + (queue->least[2 * node] > memory);
    return queue->task_at[node - queue->n_leaves];
}

int64_t rml_queue_first(const rml_queue *queue)
{
    return rml_queue_first_fitting(queue, ABSENT - 1);
}
