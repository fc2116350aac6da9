/* What the tasks of a finished run took, out of its folder: timings.csv, the journal's size, and the log. */
#ifndef RML_JOBS_RUN_TRACE_H
#define RML_JOBS_RUN_TRACE_H

#include <stdint.h>

#include "kernels/base/status.h"

typedef struct rml_run_trace {
    char *folder; /* malloc'ed */
    int64_t n_tasks;
    double *seconds;       /* [n_tasks] of one rank */
    double *cost;          /* [n_tasks] what the hand-out knew of that */
    int64_t journal_bytes; /* of all tasks */
    /* The run itself, by its log; n_ranks is 0 where the log does not tell of one that did all of these tasks. */
    int n_ranks;
    double run_seconds;
} rml_run_trace;

/* name: X.h5ad.run of `extract`, SWEEP/run of `sweep`, or the X.h5ad, the SWEEP that they belong to.
 *
 * Lines of one number under task are a task of `extract`, in whatever order they stand; what it read is counted with
 * one of them, and its cost is these seconds: the hand-out goes by the files' sizes, which stand in no table. Tasks of
 * `sweep` are lines that follow one another with the same seconds, of which each unit has its share; their cost is
 * their time.
 *
 * RML_EMISSING  no timings.csv: no run, or one that has not ended
 * RML_EFORMAT   timings.csv is neither verb's, a time is no number, or there is no task in it
 * RML_EIO, RML_ENOMEM */
RML_CHECKED rml_status rml_run_trace_read(const char *name, rml_run_trace *trace, rml_error *err);
void rml_run_trace_free(rml_run_trace *trace);

#endif
