/* What is yet to happen under a virtual clock: a heap, by time. Of two at the same time the one that was put first
 * comes first, so that the same puts come out in the same order everywhere. */
#ifndef RML_ENGINE_EVENTS_H
#define RML_ENGINE_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct rml_event {
    double at;
    int kind, rank; /* the caller's */
    uint64_t number;
    void *payload;  /* malloc'ed or NULL */
    uint64_t order; /* set by put */
} rml_event;

typedef struct rml_events { /* {0} is empty */
    rml_event *heap;        /* [n] */
    int64_t n, capacity;
    uint64_t n_put;
    bool failed; /* without memory: the event and its payload are gone */
} rml_events;

void rml_events_put(rml_events *events, rml_event event);
rml_event rml_events_take(rml_events *events); /* the next one; there must be one */
/* Drops all events and their payloads, and keeps the memory; or gives it back, too. */
void rml_events_clear(rml_events *events);
void rml_events_free(rml_events *events);

#endif
