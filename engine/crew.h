/* The compute thread of a rank, the task it runs and those that wait behind it.
 *
 * All calls come from the service thread. A thread that runs a task for too long is abandoned: it keeps running, its
 * outcome is discarded, and another thread takes over. */
#ifndef RML_ENGINE_CREW_H
#define RML_ENGINE_CREW_H

#include "engine/farm.h"

typedef struct rml_work { /* a task on its way through a rank */
    struct rml_work *next;
    int64_t task;
    rml_key *keys; /* [outcomes.n_units] */
    rml_blob payload;
    rml_outcomes *outcomes;
    bool cancel;
    bool abandoned; /* nobody waits for its outcome any more */
} rml_work;

struct rml_outcomes {
    struct rml_crew *crew; /* that runs the task, and the task; for rml_farm_need */
    struct rml_work *work;
    int32_t n_units;
    struct {
        bool given, done;
        rml_blob blob;
    } unit[];
};

/* NULL without memory. */
rml_work *rml_work_init(int64_t task, int32_t n_units);
void rml_work_free(rml_work *work); /* NULL allowed */

typedef struct rml_crew rml_crew;

/* Starts the thread. RML_ENOMEM: no memory or no thread. */
RML_CHECKED rml_status rml_crew_init(const rml_farm_job *job, rml_crew **crew);
/* Ends the thread when it is idle; one that still computes is cancelled and left to itself. NULL allowed. */
void rml_crew_free(rml_crew *crew);

void rml_crew_put(rml_crew *crew, rml_work *work);
/* How many tasks wait behind the running one. */
int rml_crew_waiting(rml_crew *crew);
/* A task that has ended, in the order of ending; NULL when there is none. The caller frees it. */
rml_work *rml_crew_finished(rml_crew *crew);
/* Takes back a task that waits (the first one when task is -1); NULL when it has begun. The caller frees it. */
rml_work *rml_crew_take_back(rml_crew *crew, int64_t task);
/* Abandons the running task when it has been running for longer than timeout seconds; *task is -1 when not. Its end
 * still comes out of rml_crew_finished, marked as abandoned. RML_ENOMEM: no thread to take over. */
RML_CHECKED rml_status rml_crew_abandon(rml_crew *crew, double timeout, int64_t *task);
/* What the running task asks for (rml_farm_need) and rank 0 has not been told yet; false: nothing. */
bool rml_crew_need(rml_crew *crew, int64_t *task, int64_t *n_bytes, bool *wait);
void rml_crew_answer(rml_crew *crew, int64_t task, bool granted);
/* Sleeps until a task has begun or ended, at most so long. */
void rml_crew_wait(rml_crew *crew, double seconds);
/* Seconds spent computing, abandoned tasks up to their abandonment; and tasks ended or abandoned. */
void rml_crew_effort(rml_crew *crew, double *busy, int64_t *n_tasks);

#endif
