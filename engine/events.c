#include "engine/events.h"

#include <stdlib.h>

static bool earlier(const rml_event *a, const rml_event *b)
{
    return a->at != b->at ? a->at < b->at : a->order < b->order;
}

void rml_events_put(rml_events *events, rml_event event)
{
    int64_t at = events->n;

    if (at == events->capacity) {
        const int64_t capacity = events->capacity ? 2 * events->capacity : 1024;
        rml_event *heap = realloc(events->heap, (size_t)capacity * sizeof *heap);

        if (!heap) {
            free(event.payload);
            events->failed = true;
            return;
        }
        events->heap = heap;
        events->capacity = capacity;
    }
    event.order = events->n_put++;
    ++events->n;
    for (; at > 0 && earlier(&event, &events->heap[(at - 1) / 2]); at = (at - 1) / 2)
        events->heap[at] = events->heap[(at - 1) / 2];
    events->heap[at] = event;
}

rml_event rml_events_take(rml_events *events)
{
    const rml_event first = events->heap[0], last = events->heap[--events->n];
    int64_t at = 0;

    for (int64_t child = 1; child < events->n; child = 2 * at + 1) {
        if (child + 1 < events->n && earlier(&events->heap[child + 1], &events->heap[child])) ++child;
        if (!earlier(&events->heap[child], &last)) break;
        events->heap[at] = events->heap[child];
        at = child;
    }
    events->heap[at] = last;
    return first;
}

void rml_events_clear(rml_events *events)
{
    while (events->n > 0) free(events->heap[--events->n].payload);
}

void rml_events_free(rml_events *events)
{
    rml_events_clear(events);
    free(events->heap);
    *events = (rml_events){0};
}
