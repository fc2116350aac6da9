/* The task farm: numbered tasks in, journalled results out, on any number of ranks.
 *
 * Every rank has a service thread (its main thread, the only one that calls MPI; it probes and sleeps) and a compute
 * thread. Rank 0's service thread also holds the queue and the journal. Tasks are handed out largest first, one ahead
 * of the one that runs; one that waits behind a running task is asked back when another rank has nothing to do. A
 * result is written to the journal as soon as it arrives and counts once that is synced, which is done for many results
 * together and on a thread of its own.
 *
 * Many ranks and short tasks: where all ranks ask one by one, rank 0 gets through with so many a second. So a rank asks
 * for some 100 us of work a rank of the farm at a time (1024 ranks: 0.1 s), up to 32 tasks, and never more than its
 * share of half of what is left; their results come back together. Tasks that take longer than that go one by one.
 *
 * A task is one or more units: what is computed together (all rows that read the same files) but recorded, failed and
 * resumed one by one. A unit has a key (what it is, never where it stands) and ends in one outcome: done or failed,
 * with a blob that only the job understands. Units that the journal has as done are not run again: a task all of whose
 * units are done is left out, and of one that is done in part only the missing outcomes are recorded.
 *
 * Memory: the tasks that the ranks of a node run at the same time take no more than the node's budget, by their
 * estimates. A task that does not fit now waits while smaller ones go ahead; when 4 a rank have passed it, one node
 * hands out nothing else until it fits. One that no node can hold is failed (RML_ECAPACITY). A task that finds its
 * estimate too small asks for more before it takes it (rml_farm_need).
 *
 * Time: a task that runs for longer than the time limit is failed (RML_ETIMEOUT). Its thread cannot be ended and keeps
 * running beside its successor, until it returns or the process ends.
 *
 * Deaths: a task is a suspect when a unit of it left a crash record (SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT), when
 * it was the only one in flight in a death of the program, or when it was in flight in two deaths in a row between
 * which nothing was done. Suspects run last, one at a time, with nothing else in flight. A second crash record, or
 * three deaths in a row as the only task in flight with no progress between, quarantines: the unit is failed
 * (RML_ECRASH) without being run, unless retry_quarantined asks for it (then it runs as a suspect). So does a start
 * that would give up (give_up) where what ended the one before is known, a suspect alone in flight. An outcome clears
 * all that was held against a unit. The exact rules stand in engine/ledger.h. */
#ifndef RML_ENGINE_FARM_H
#define RML_ENGINE_FARM_H

#include <mpi.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/journal.h"
#include "kernels/base/blob.h"
#include "kernels/base/status.h"

/* How a compute callback hands over its outcomes; defined in crew.h. */
typedef struct rml_outcomes rml_outcomes;

/* Unit u of the running task has ended. May be called in any order, once a unit; takes over the blob's contents and
 * leaves it empty. A unit for which it is not called is failed by the farm. Compute thread only. */
void rml_outcome(rml_outcomes *outcomes, int32_t unit, bool done, rml_blob *blob);

/* The running task will take n_bytes, in place of its estimate or of what it asked for last. It may call this before it
 * has taken them, and need not while they are no more than those. wait: until its node has them free, first come, first
 * served, during which nothing is handed out there; a task that waits must hold no memory to speak of, since what it
 * had counts as free. Compute thread only.
 *
 * RML_OK         granted
 * RML_ECAPACITY  wait: more than the node has at all; else: not free now, what it had stays its own
 * RML_ESTOPPED   nobody waits for the task any more */
RML_CHECKED rml_status rml_farm_need(rml_outcomes *outcomes, int64_t n_bytes, bool wait);

typedef struct rml_farm_task {
    int32_t n_units;     /* at least 1 */
    const rml_key *keys; /* [n_units]; must live as long as the farm runs */
    double cost;         /* any unit, larger first; ties by task number */
    int64_t
        memory_bytes; /* estimate of the resident memory while it runs, 0 when unknown; it may take so much unasked */
} rml_farm_task;

typedef struct rml_farm_job {
    void *context;
    const char *noun; /* what a unit is called in progress lines: "cases" */

    /* Rank 0 only. */
    int64_t n_tasks;
    const rml_farm_task *tasks; /* [n_tasks] */
    int64_t n_before;           /* units that no task has since the journal has them; for what is told of the run */
    /* Writes task t's payload: all that compute will know. */
    rml_status (*pack)(void *context, int64_t task, rml_blob *payload);
    /* The farm itself failed a unit (crash, time-out, memory): writes the outcome blob for it. */
    void (*failed)(void *context, int64_t task, int32_t unit, const rml_error *why, rml_blob *outcome);
    /* A person's name for a unit, for logs and sentences; points into memory of the job. */
    const char *(*name)(void *context, int64_t task, int32_t unit);
    /* A unit's outcome is in the journal and synced; for counts. NULL allowed. */
    void (*recorded)(void *context, int64_t task, int32_t unit, bool done, const rml_blob *outcome);

    /* Every rank, on its compute thread; re-entrant; may be left running after a time-out, so the job and its context
     * must stay valid until the process ends. cancel becomes true when nobody waits for the outcome any more. */
    void (*compute)(void *context, const void *payload, size_t n_bytes, const volatile bool *cancel,
                    rml_outcomes *outcomes);
} rml_farm_job;

typedef struct rml_farm_options {
    /* Rank 0's are everybody's. */
    int64_t memory_per_node; /* bytes; 0: the cgroup's or SLURM's limit, else the node's memory */
    double case_timeout;     /* seconds a task may run, 0: no limit */
    double ahead;            /* seconds of work that a rank asks for at a time, 0: by the number of ranks (pace.h) */
    bool retry_quarantined;
    int64_t give_up; /* so many runs in a row without a new result, for no reason that is known: nothing is begun,
                      * RML_ECRASH; 0: never */
    bool quiet;      /* no progress on stderr */
    bool no_sync;    /* benchmarks only: records are not synced */
} rml_farm_options;

typedef struct rml_farm_rank {
    double busy, wait; /* seconds of the compute thread between the first hand-out and the last record */
    int64_t n_tasks;
    int64_t peak_rss; /* bytes */
    char host[64];
} rml_farm_rank;

typedef struct rml_farm_report { /* filled on rank 0 */
    int64_t n_done, n_failed;    /* units in this run */
    int64_t n_left;              /* units without an outcome, after a stop */
    int64_t n_before;            /* units that an earlier run had done */
    double seconds;              /* first hand-out to last record */
    double sync_seconds;         /* the journal's fdatasync, most of it beside the service of the ranks */
    int64_t needed_bytes;        /* estimate of the largest task that was handed out, or what it asked for; 0: none */
    int32_t n_ranks;
    rml_farm_rank *ranks; /* [n_ranks]; malloc'ed */
    bool stopped;         /* SIGUSR1 or SIGTERM asked for it */
} rml_farm_report;

/* Runs all tasks. Collective over comm; the same status on every rank. Installs handlers for SIGUSR1, SIGTERM, SIGINT
 * and the crash signals for its duration; a caller that wants SIGUSR1 answered before and after it as well puts
 * rml_stop_begin and rml_stop_end (engine/stop.h) around the program. MPI must offer MPI_THREAD_FUNNELED, and the
 * caller be the thread that initialised it.
 *
 * job      rank 0: all of it; elsewhere context and compute
 * journal  rank 0: open for appending; NULL elsewhere
 * report   rank 0: filled also when the run ended early, all zero when it did not begin; NULL allowed elsewhere
 *
 * RML_OK        every unit has an outcome (n_failed says how many failed)
 * RML_ESTOPPED  SIGUSR1: running tasks were finished and recorded; on any rank before the farm, but after
 *               rml_stop_begin: nothing was begun. SIGTERM, SIGINT: what was running is not recorded
 * RML_EIO       the journal could not be written (full disk): nothing recorded is lost
 * RML_ECRASH    the give_up runs before this one brought nothing new: what was running is named
 * RML_EINVAL    MPI was initialised without threads
 * RML_ENOMEM    out of memory before or while tasks were handed out. (A rank without memory for a message aborts the
 *               program: the others could not learn of it. The journal is safe.) */
RML_CHECKED rml_status rml_farm_run(MPI_Comm comm, const rml_farm_job *job, rml_journal *journal,
                                    const rml_farm_options *options, rml_farm_report *report, rml_error *err);
/* Whether a compute thread of this rank was given up on (a time-out, SIGTERM, SIGINT): it may run until the process
 * ends, so nothing that it reads may be freed, and the process ends by _exit, without the libraries' own cleaning up.
 */
bool rml_farm_gave_up(void);
void rml_farm_report_free(rml_farm_report *report);

/* Every rank learns the worst status (the largest number) and, where err is given, the sentence of the lowest rank that
 * has it. Collective over comm; a rank that waits for the others sleeps. */
RML_CHECKED rml_status rml_agree(MPI_Comm comm, rml_status status, rml_error *err);

/* MPI_Bcast of rank 0's n items, and MPI_Reduce by MPI_MAX of n items to rank 0 (in place there); a rank that waits for
 * the others sleeps. Collective over comm; n and type the same on all ranks. */
void rml_bcast_quietly(void *items, int n, MPI_Datatype type, MPI_Comm comm);
void rml_max_quietly(void *items, int n, MPI_Datatype type, MPI_Comm comm);
/* rml_bcast_quietly of any number of bytes, in pieces that MPI can count. */
void rml_bcast_bytes(void *bytes, int64_t n_bytes, MPI_Comm comm);

/* Rank 0's bytes on every rank (*bytes malloc'ed elsewhere); pieces beyond an int. Collective over comm. RML_ENOMEM on
 * all ranks when one has no memory for them. */
RML_CHECKED rml_status rml_share_blob(MPI_Comm comm, void **bytes, int64_t *n_bytes);

#endif
