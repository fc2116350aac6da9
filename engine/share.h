/* Bytes that every rank reads and none changes, once a node instead of once a rank. */
#ifndef RML_ENGINE_SHARE_H
#define RML_ENGINE_SHARE_H

#include <mpi.h>
#include <stdbool.h>
#include <stdint.h>

#include "kernels/base/status.h"

typedef struct rml_shared {
    const void *bytes; /* aligned to 64 where mapped, else as malloc's; not to be written to */
    int64_t n_bytes;
    bool mapped; /* they lie in memory that the node's ranks share; else they are this rank's own */
    void *own;   /* malloc'ed, or NULL */
} rml_shared;

/* Gives rank 0's bytes to every rank: they go once to the first rank of each node, and the node's others map what it
 * has. A rank that is alone on its node has them in plain memory, and so has each rank of a node that has no room for
 * shared memory (a container's small /dev/shm). Collective over comm; a rank that waits for the others sleeps.
 *
 * bytes   rank 0: malloc'ed, taken over in any case; ignored elsewhere
 * shared  out; rml_share_free ends it
 * RML_ENOMEM  on all ranks, when one has no memory for them */
RML_CHECKED rml_status rml_share_node(MPI_Comm comm, void *bytes, int64_t n_bytes, rml_shared *shared);

/* The same with the caller saying who shares memory: a part of comm for each rank, ordered as comm is. */
RML_CHECKED rml_status rml_share_parts(MPI_Comm comm, MPI_Comm node, void *bytes, int64_t n_bytes, rml_shared *shared);

/* Gives the memory back; the other ranks keep theirs. Not collective. An object that is never freed can be read until
 * the process ends, after MPI_Finalize too: by a compute thread that was given up on. An object of zeros is left as it
 * is. */
void rml_share_free(rml_shared *shared);

#endif
