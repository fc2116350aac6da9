/* How often a service thread looks, and how much is asked for and sent at a time. The farm goes by it, and so does its
 * simulation (engine/simulate.h). */
#ifndef RML_ENGINE_PACE_H
#define RML_ENGINE_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RML_BATCH_MOST = 32,              /* tasks that are asked for at a time */
    RML_HELD_MOST = 64,               /* tasks a rank has at most: the running one, what waits, results not sent */
    RML_RESULTS_MOST_BYTES = 1 << 20, /* results that are gathered before they are sent */
};

/* Between probes, seconds: a share of the time since the last news, so that nobody waits for a message by more than
 * that share of what he waited for anyway. A probe takes some 20 us of the processor that a compute thread could have:
 * every 100 us of them would be a tenth of a core. */
static inline double rml_pace_nap(double since_news)
{
    const double nap = 0.1 * since_news;

    return nap < 100e-6 ? 100e-6 : nap > 10e-3 ? 10e-3 : nap;
}

/* Between syncs: records are synced many at a time. After a sync of so many seconds the next one waits four times as
 * long, so that the disk is at it for a fifth of the time; but never longer than a second. */
static inline double rml_pace_sync_pause(double sync_seconds)
{
    return sync_seconds < 0.25 ? 4.0 * sync_seconds : 1.0;
}

/* Seconds of work that a rank asks for at a time. Rank 0 needs some tens of microseconds for a rank's round (results
 * in, a request, tasks out) and must get through with all ranks meanwhile. Tasks that take longer come one by one. */
static inline double rml_pace_ahead(int n_ranks)
{
    return 100e-6 * n_ranks;
}

/* What a rank knows of its tasks' length: the mean of those that ended since it last asked. */
typedef struct rml_task_pace {
    double mean, busy; /* seconds; busy and n_tasks as of the last request */
    int64_t n_tasks;
} rml_task_pace;

/* How many tasks to ask for, once some have ended (before: one). busy, n_tasks: of all so far. */
static inline int rml_pace_wanted(rml_task_pace *pace, double ahead, double busy, int64_t n_tasks)
{
    if (n_tasks > pace->n_tasks) {
        pace->mean = (busy - pace->busy) / (double)(n_tasks - pace->n_tasks);
        pace->busy = busy;
        pace->n_tasks = n_tasks;
    }
    if (n_tasks == 0 || pace->mean >= ahead) return 1;
    return pace->mean * RML_BATCH_MOST <= ahead ? RML_BATCH_MOST : (int)(ahead / pace->mean);
}

/* Whether it is time to ask: half of the last batch has begun; of a single task, that one. */
static inline bool rml_pace_asks(int n_waiting, int n_last_batch)
{
    return n_waiting <= n_last_batch / 2;
}

/* Whether results wait for more of the same batch: as long as nothing else has to be said, and not for long. */
static inline bool rml_pace_gathers(bool says_more, double age, double ahead, size_t n_bytes)
{
    return !says_more && age < ahead && n_bytes < RML_RESULTS_MOST_BYTES;
}

#endif
