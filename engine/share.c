#include "engine/share.h"

#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "engine/farm.h"
#include "engine/post.h"

enum { ALIGNED = 64 };

static void barrier_quietly(MPI_Comm comm)
{
    MPI_Request request;

    MPI_Ibarrier(comm, &request);
    rml_wait_quietly(&request);
}

/* MPI's shared memory lies in files under /dev/shm, and Open MPI 4.1's first rank alone learns that one does not fit:
 * the others would wait for it. So it is asked beforehand, with as much again to spare for what MPI itself keeps there.
 * Where there is no such folder, MPI has another place. */
static bool has_room(int64_t n_bytes)
{
    struct statvfs space;

    if (statvfs("/dev/shm", &space) != 0) return true;
    return (double)space.f_bavail * (double)space.f_frsize > 2.0 * (double)n_bytes + (1 << 20);
}

/* Whether the node's ranks now have a window of n_bytes in common; the same on all of them. */
static bool open_window(MPI_Comm node, int64_t n_bytes, rml_shared *shared)
{
    int rank, size, good, unit;
    MPI_Aint n = 0;
    void *base = NULL;
    long long offset = 0;

    MPI_Comm_rank(node, &rank);
    MPI_Comm_size(node, &size);
    good = rank == 0 && size > 1 && n_bytes > 0 && has_room(n_bytes);
    rml_bcast_quietly(&good, 1, MPI_INT, node);
    if (!good) return false;
    MPI_Comm_dup(node, &shared->node);
    MPI_Comm_set_errhandler(shared->node, MPI_ERRORS_RETURN);
    good = MPI_Win_allocate_shared(rank == 0 ? (MPI_Aint)n_bytes + ALIGNED : 0, 1, MPI_INFO_NULL, shared->node, &base,
                                   &shared->window) == MPI_SUCCESS;
    if (rml_agree(shared->node, good ? RML_OK : RML_ENOMEM, NULL) != RML_OK) {
        if (good) MPI_Win_free(&shared->window);
        MPI_Comm_free(&shared->node);
        return false;
    }
    MPI_Win_shared_query(shared->window, 0, &n, &unit, &base);
    /* Everyone maps whole pages: what is aligned for the first rank is so for all. */
    offset = (ALIGNED - (long long)((uintptr_t)base % ALIGNED)) % ALIGNED;
    rml_bcast_quietly(&offset, 1, MPI_LONG_LONG, node);
    shared->bytes = (char *)base + offset;
    shared->mapped = true;
    return true;
}

/* Memory for the bytes: the node's window, or the rank's own. Rank 0 keeps what it has where there is no window. */
static rml_status make_room(MPI_Comm comm, MPI_Comm node, void *bytes, rml_shared *shared)
{
    int rank;

    MPI_Comm_rank(comm, &rank);
    if (open_window(node, shared->n_bytes, shared)) return RML_OK;
    shared->own = rank == 0 ? bytes : aligned_alloc(ALIGNED, ((size_t)shared->n_bytes / ALIGNED + 1) * ALIGNED);
    shared->bytes = shared->own;
    return shared->own || shared->n_bytes == 0 ? RML_OK : RML_ENOMEM;
}

/* From rank 0 to the first rank of every node, and on to the node's others where each has memory of its own. */
static void spread(MPI_Comm comm, MPI_Comm node, const void *bytes, rml_shared *shared)
{
    void *to = (void *)(uintptr_t)shared->bytes;
    MPI_Comm leaders;
    int rank, place;

    MPI_Comm_rank(comm, &rank);
    MPI_Comm_rank(node, &place);
    MPI_Comm_split(comm, place == 0 ? 0 : MPI_UNDEFINED, rank, &leaders);
    if (shared->mapped) MPI_Win_lock_all(MPI_MODE_NOCHECK, shared->window);
    if (rank == 0 && shared->mapped && shared->n_bytes > 0) memcpy(to, bytes, (size_t)shared->n_bytes);
    if (place == 0) {
        rml_bcast_bytes(to, shared->n_bytes, leaders);
        MPI_Comm_free(&leaders);
    }
    if (shared->mapped) {
        MPI_Win_sync(shared->window);
        barrier_quietly(shared->node);
        MPI_Win_sync(shared->window);
        MPI_Win_unlock_all(shared->window);
    } else
        rml_bcast_bytes(to, shared->n_bytes, node);
}

rml_status rml_share_parts(MPI_Comm comm, MPI_Comm node, void *bytes, int64_t n_bytes, rml_shared *shared)
{
    long long n = n_bytes;
    rml_status status;
    int rank;

    MPI_Comm_rank(comm, &rank);
    rml_bcast_quietly(&n, 1, MPI_LONG_LONG, comm);
    *shared = (rml_shared){.n_bytes = n};
    status = rml_agree(comm, make_room(comm, node, bytes, shared), NULL);
    if (status == RML_OK) spread(comm, node, bytes, shared);
    if (rank == 0 && shared->own != bytes) free(bytes);
    if (status != RML_OK) rml_share_free(shared);
    return status;
}

rml_status rml_share_node(MPI_Comm comm, void *bytes, int64_t n_bytes, rml_shared *shared)
{
    MPI_Comm node;
    rml_status status;
    int rank;

    MPI_Comm_rank(comm, &rank);
    MPI_Comm_split_type(comm, MPI_COMM_TYPE_SHARED, rank, MPI_INFO_NULL, &node);
    status = rml_share_parts(comm, node, bytes, n_bytes, shared);
    MPI_Comm_free(&node);
    return status;
}

void rml_share_free(rml_shared *shared)
{
    if (shared->mapped) {
        barrier_quietly(shared->node); /* the next call waits, too, but not asleep */
        MPI_Win_free(&shared->window);
        MPI_Comm_free(&shared->node);
    }
    free(shared->own);
    *shared = (rml_shared){0};
}
