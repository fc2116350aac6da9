/* What a journal says of its runs beside the units: when the last one began and with what before it, and what it took.
 * Both are blobs of records (START, EFFORT) that no resumption reads: they are for people, and say nothing that the
 * tables could hang on. */
#ifndef RML_ENGINE_RUNS_H
#define RML_ENGINE_RUNS_H

#include <stdbool.h>
#include <stdint.h>

#include "kernels/base/blob.h"

typedef struct rml_begun {
    double time;                 /* seconds since 1970, by rank 0's clock */
    int64_t n_before, n_pending; /* units that were done, and that were not: together all that the job has */
    int32_t n_ranks, process;    /* process: rank 0's */
    char noun[16];               /* what a unit is called: "cases" */
    char host[64];               /* rank 0's */
    char slurm_job[32];          /* SLURM_JOB_ID; empty outside of SLURM */
} rml_begun;

/* What the run took, as a scheduler's accounting would say it. */
typedef struct rml_effort {
    double cpu_seconds;  /* user and system, of all ranks' processes, from the run's beginning */
    double wall_seconds; /* of rank 0, reading the input and writing the tables included */
    int32_t n_ranks;
    int32_t peak_rank; /* whose resident set was largest, the lowest of several */
    int64_t peak_bytes;
    int64_t needed_bytes; /* the most that was set aside for a task of the run; 0: none was handed out */
} rml_effort;

typedef struct rml_runs {
    int32_t n;             /* runs that were begun */
    int64_t offset;        /* of the last one's START record */
    double ended;          /* the last one's orderly end, seconds since 1970; 0: none, or not known */
    bool open;             /* the last one has no orderly end: it is at work, or died */
    bool concluded;        /* what it had to write is written, by it or by a later one that had nothing to compute */
    bool described, spent; /* of the last one: whether begun and effort are there */
    rml_begun begun;
    rml_effort effort;
} rml_runs;

/* Now, here: rank 0's clock, host, process and job; the counts are the caller's. */
void rml_begun_here(rml_begun *begun);
void rml_begun_pack(const rml_begun *begun, rml_blob *blob);
void rml_effort_pack(const rml_effort *effort, rml_blob *blob);
/* A START, EFFORT, CONCLUDED or CLOSED record at its offset, in the journal's order; other kinds are left alone. A blob
 * that is none (of an earlier version) leaves the run undescribed. */
void rml_runs_apply(rml_runs *runs, uint32_t kind, const void *bytes, size_t n_bytes, int64_t offset);

/* CPU seconds of what the ranks' processes could have had: 1 when every rank computed all the time on one core. NaN of
 * a run that took no time. */
double rml_effort_efficiency(const rml_effort *effort);
/* "CPU 91.3 % of 4 ranks for 120.5 s (440.1 s); memory at most 412 MiB (rank 2), at most 530 MiB set aside
 * for a task". The second is what the hand-out counted, so that what ran at a time would fit into the node: no measure,
 * and by the kind of task with a rank's own memory or without. */
void rml_effort_line(const rml_effort *effort, char *line, int size);

typedef struct rml_pace {
    double rate; /* units a second; NaN before the first outcome */
    double left; /* seconds from now until all have an outcome, if the rate stays; NaN when unknown */
} rml_pace;

/* The pace of a run that has brought n_ended outcomes from begun to last, seconds of one clock, and has n_left to go.
 * What passed from last to now counts as work on what is left: at least 0 s are left, however late the next outcome. */
rml_pace rml_pace_of(int64_t n_ended, int64_t n_left, double begun, double last, double now);

#endif
