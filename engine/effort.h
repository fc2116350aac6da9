/* What a run takes, measured on all its ranks and told as a scheduler's accounting would. */
#ifndef RML_ENGINE_EFFORT_H
#define RML_ENGINE_EFFORT_H

#include <mpi.h>

#include "engine/journal.h"

typedef struct rml_effort_mark {
    double cpu, wall; /* seconds of this process so far, and of its clock */
} rml_effort_mark;

/* The run begins here. Not collective. */
rml_effort_mark rml_effort_begin(void);

/* The run ends here, tables and all: its effort in one line in the log, and in the journal where the run recorded
 * anything. Neither can fail the run: they explain it. A rank that waits for the others sleeps. Collective over comm.
 *
 * mark     in   of this rank
 * needed   in   rank 0: bytes that the largest task was reckoned to need (rml_farm_report.needed_bytes)
 * journal  in   rank 0: open for appending; NULL elsewhere
 * line     out  rank 0: [size] the line; elsewhere untouched */
void rml_effort_end(MPI_Comm comm, const rml_effort_mark *mark, int64_t needed, rml_journal *journal, char *line,
                    int size);

#endif
