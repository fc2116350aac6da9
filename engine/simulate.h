/* The farm on a machine that is not there: the hand-out of engine/dispatch.h and the pace of engine/pace.h, as a run
 * has them, under a virtual clock. Tasks take the seconds that they are said to take, messages and records those of the
 * machine's description.
 *
 * What is simulated: every rank's request, batch, result and nap; rank 0's service thread, which does one thing after
 * the other; syncs; tasks asked back; slow ranks; deaths of nodes, each of which ends the run, which a script starts
 * again. What is not: memory (all tasks fit), the file system (all ranks read as fast as one does), what deaths are
 * held against tasks, the start of MPI, the writing of the tables. */
#ifndef RML_ENGINE_SIMULATE_H
#define RML_ENGINE_SIMULATE_H

#include <stdint.h>

#include "kernels/base/status.h"

typedef struct rml_sim_machine {
    int n_ranks, ranks_per_node; /* at least 1 */
    double ahead;                /* as rml_farm_options; negative: every task alone, one ahead */
    /* Seconds of rank 0's service thread. */
    double message;  /* a message sent or received */
    double hand_out; /* and each task in it: packed, its record appended */
    double record;   /* and each result in it: appended */
    double copy;     /* and so many bytes of results a second: taken in, and written to the page cache */
    /* Of its sync thread. */
    double sync; /* fdatasync, and the journal's bytes since the last one at disk bytes a second */
    double disk;
    /* Between ranks. */
    double latency;   /* seconds that a message is under way */
    double bandwidth; /* of rank 0's network, bytes a second */
    /* Of every rank. */
    double begin;                     /* seconds from the end of a task to the beginning of one that waits */
    double wake;                      /* until a service thread knows that one has ended */
    int64_t task_bytes, result_bytes; /* of a message, a task */
    double slow_share, slow_factor;   /* so many of the ranks take so many times as long; 0: none */
    /* Deaths. */
    double node_seconds; /* mean time between deaths of one node, 0: they live for ever */
    double restart;      /* seconds from a death to the first hand-out of the next run */
    uint64_t seed;
} rml_sim_machine;

typedef struct rml_simulated {
    double seconds;              /* first hand-out to last synced record; infinite when deaths never let it end */
    double busy;                 /* of all tasks, on ranks that are not slow */
    double lost;                 /* of tasks that deaths cut short, or whose results had not been recorded */
    double tail;                 /* from the moment when a rank first found nothing to do, to the end */
    double longest;              /* task, on the rank that had it */
    double service, syncing;     /* seconds that rank 0's service thread and its sync thread were busy */
    int64_t n_messages;          /* to and from rank 0 */
    int64_t bytes_in, bytes_out; /* of rank 0 */
    int64_t n_records, journal_bytes;
    int64_t n_syncs, n_recalls, n_deaths;
} rml_simulated;

/* seconds, cost: in [n_tasks]: what a task takes, and what the hand-out goes by. The same arguments give the same
 * result. RML_EINVAL: no rank; RML_ENOMEM. */
RML_CHECKED rml_status rml_simulate(int64_t n_tasks, const double *seconds, const double *cost,
                                    const rml_sim_machine *machine, rml_simulated *result);

#endif
