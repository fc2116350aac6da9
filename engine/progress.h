/* How far a run is, for a person: one line that renews itself on a terminal, a line every 30 s elsewhere and in the
 * log. Rank 0. */
#ifndef RML_ENGINE_PROGRESS_H
#define RML_ENGINE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct rml_progress {
    const char *noun; /* what is counted: "cases" */
    int64_t total;    /* units, those of earlier runs included */
    int64_t before;   /* done by earlier runs */
    int64_t done, failed;
    double cost, cost_ended; /* of the tasks of this run, and of those that have ended */
    double start, next;
    bool terminal, quiet;
} rml_progress;

/* Counts are set by the caller; times are those of rml_seconds(). */
void rml_progress_begin(rml_progress *progress, double now);
/* Shows the line when it is due. Cheap otherwise. */
void rml_progress_show(rml_progress *progress, double now);
void rml_progress_end(rml_progress *progress);
/* The line itself: "120/400 cases, 3.1 a second, 90 s left, 2 failed". */
void rml_progress_line(const rml_progress *progress, double now, char *line, int size);

#endif
