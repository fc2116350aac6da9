/* Who gets which task, and when: all that rank 0 decides of the hand-out, without messages, journal or clock. What it
 * decides goes out through the caller's orders, so that the farm's master (engine/master.c) and the simulation of runs
 * that nobody has the machine for (engine/simulate.c) call the same code.
 *
 * The rules (largest first, memory of the nodes, suspects last and alone, waiting tasks asked back) stand in farm.h.
 * No call costs more with more ranks, but where tasks ask for memory (rml_farm_need). */
#ifndef RML_ENGINE_DISPATCH_H
#define RML_ENGINE_DISPATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "kernels/base/status.h"

typedef struct rml_dispatch rml_dispatch;

typedef struct rml_orders { /* what is done about a decision; a status other than RML_OK ends the turn */
    void *context;
    /* One more task for the message to a rank. *taken false: the task cannot be run, and was dealt with. */
    rml_status (*pick)(void *context, int to, int64_t task, bool *taken);
    rml_status (*send)(void *context, int to);                   /* what was picked, one task at least */
    rml_status (*recall)(void *context, int from, int64_t task); /* is to be given back, unless it has begun */
    rml_status (*grant)(void *context, int to, int64_t task);    /* may have the memory that it waits for */
} rml_orders;

/* Knows n tasks, none of which is to be run yet, and ranks without any.
 *
 * cost, memory  in  [n_tasks]: any unit, larger first; bytes, 0 when unknown. Copied
 * node_of       in  [n_ranks], 0 .. n_nodes - 1. Copied
 * budget        in  [n_nodes] bytes. Copied
 * RML_ENOMEM */
RML_CHECKED rml_status rml_dispatch_init(int64_t n_tasks, const double *cost, const int64_t *memory, int n_ranks,
                                         const int32_t *node_of, int n_nodes, const int64_t *budget,
                                         rml_dispatch **dispatch);
void rml_dispatch_free(rml_dispatch *dispatch); /* NULL allowed */

void rml_dispatch_put(rml_dispatch *dispatch, int64_t task);             /* is to be run */
void rml_dispatch_suspect(rml_dispatch *dispatch, int64_t task);         /* is to be run last and alone */
int64_t rml_dispatch_memory(const rml_dispatch *dispatch, int64_t task); /* what it was said to take last */
int64_t rml_dispatch_largest_budget(const rml_dispatch *dispatch);
int64_t rml_dispatch_needed(const rml_dispatch *dispatch); /* the most that a task in flight was charged for */

/* What ranks say. */
void rml_dispatch_asks(rml_dispatch *dispatch, int rank, int n); /* would take n more tasks */
/* A task has ended; was given up on, and holds its memory until rml_dispatch_late; was given back. False, and nothing
 * changes: the rank does not have it. */
bool rml_dispatch_ended(rml_dispatch *dispatch, int rank, int64_t task);
bool rml_dispatch_given_up(rml_dispatch *dispatch, int rank, int64_t task);
bool rml_dispatch_given_back(rml_dispatch *dispatch, int rank, int64_t task);
void rml_dispatch_late(rml_dispatch *dispatch, int rank, int64_t task);
void rml_dispatch_kept(rml_dispatch *dispatch, int rank); /* what was asked back has begun */

typedef enum rml_need { RML_NEED_GRANTED, RML_NEED_REFUSED, RML_NEED_WAITS } rml_need;

/* The rank's running task will take n_bytes; wait: until they are free. RML_NEED_WAITS: the answer comes as a grant. */
rml_need rml_dispatch_need(rml_dispatch *dispatch, int rank, int64_t task, int64_t n_bytes, bool wait);

/* The decisions of now: memory for those who wait for it, and tasks. */
RML_CHECKED rml_status rml_dispatch_grant(rml_dispatch *dispatch, const rml_orders *orders);
RML_CHECKED rml_status rml_dispatch_serve(rml_dispatch *dispatch, const rml_orders *orders);

int64_t rml_dispatch_in_flight(const rml_dispatch *dispatch); /* tasks that ranks have */
int rml_dispatch_n_idle(const rml_dispatch *dispatch);        /* ranks that ask and have none */
bool rml_dispatch_is_through(const rml_dispatch *dispatch);   /* nothing is in flight, and nothing is to be run */

#endif
