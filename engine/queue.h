/* The tasks that wait: largest first, and the first one that fits into so much memory, both in O(log n). */
#ifndef RML_ENGINE_QUEUE_H
#define RML_ENGINE_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernels/base/status.h"

typedef struct rml_queue rml_queue;

/* Knows n tasks, none of which waits yet. cost, memory: in [n]; copied. Larger cost first, ties by task number; NaN
 * counts as the smallest cost. RML_ENOMEM. */
RML_CHECKED rml_status rml_queue_init(int64_t n, const double *cost, const int64_t *memory, rml_queue **queue);
void rml_queue_free(rml_queue *queue); /* NULL allowed */

void rml_queue_put(rml_queue *queue, int64_t task);
void rml_queue_remove(rml_queue *queue, int64_t task);
int64_t rml_queue_length(const rml_queue *queue);

/* The first task in order; -1 when none waits. */
int64_t rml_queue_first(const rml_queue *queue);
/* The first task in order that takes at most so many bytes; -1 when there is none. */
int64_t rml_queue_first_fitting(const rml_queue *queue, int64_t memory);

#endif
