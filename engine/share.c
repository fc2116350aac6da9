#include "engine/share.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "engine/farm.h"
#include "engine/post.h"

enum { ALIGNED = 64 };

static void barrier_quietly(MPI_Comm comm)
{
    MPI_Request request;

    MPI_Ibarrier(comm, &request);
    rml_wait_quietly(&request);
}

/* A page of a file under /dev/shm that does not fit kills who writes to it, be it ours or one of MPI's own: as much
 * again stays free for MPI. */
static bool has_room(int64_t n_bytes)
{
    struct statvfs space;

    if (statvfs("/dev/shm", &space) != 0) return false;
    return (double)space.f_bavail * (double)space.f_frsize > 2.0 * (double)n_bytes + (1 << 20);
}

/* The node's ranks open one nameless file: its name is gone before it holds anything, so that a killed run leaves an
 * empty one behind at worst. Collective over node; false on all ranks, with *file closed, when one cannot. */
static bool open_file(MPI_Comm node, int *file)
{
    char name[40] = "";
    uint64_t number;
    int rank;
    bool made = false, all;

    MPI_Comm_rank(node, &rank);
    *file = -1;
    if (rank == 0 && getrandom(&number, sizeof number, 0) == (ssize_t)sizeof number) {
        snprintf(name, sizeof name, "/radmill-%016llx", (unsigned long long)number);
        *file = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
        made = *file >= 0;
    }
    rml_bcast_quietly(name, sizeof name, MPI_CHAR, node);
    all = rml_agree(node, rank == 0 && !made ? RML_EIO : RML_OK, NULL) == RML_OK;
    if (!all) return false;
    if (rank != 0) *file = shm_open(name, O_RDWR, 0);
    all = rml_agree(node, *file >= 0 ? RML_OK : RML_EIO, NULL) == RML_OK;
    if (made) shm_unlink(name);
    if (!all && *file >= 0) close(*file);
    return all;
}

/* Whether the node's ranks now have n_bytes in common; the same on all of them. Not MPI's shared window: MPI_Finalize
 * unmaps that under a compute thread that was given up on and still reads. */
static bool map_shared(MPI_Comm node, int64_t n_bytes, rml_shared *shared)
{
    int rank, size, good, file;
    void *base = MAP_FAILED;

    MPI_Comm_rank(node, &rank);
    MPI_Comm_size(node, &size);
    good = rank == 0 && size > 1 && n_bytes > 0 && has_room(n_bytes);
    rml_bcast_quietly(&good, 1, MPI_INT, node);
    if (!good || !open_file(node, &file)) return false;
    good = rank != 0 || posix_fallocate(file, 0, (off_t)n_bytes) == 0;
    good = rml_agree(node, good ? RML_OK : RML_ENOMEM, NULL) == RML_OK;
    if (good) base = mmap(NULL, (size_t)n_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    good = rml_agree(node, base != MAP_FAILED ? RML_OK : RML_ENOMEM, NULL) == RML_OK;
    if (!good) {
        if (base != MAP_FAILED) munmap(base, (size_t)n_bytes);
        return false;
    }
    shared->bytes = base;
    shared->mapped = true;
    return true;
}

/* Memory for the bytes: the node's, or the rank's own. Rank 0 keeps what it has where the node has none. */
static rml_status make_room(MPI_Comm comm, MPI_Comm node, void *bytes, rml_shared *shared)
{
    int rank;

    MPI_Comm_rank(comm, &rank);
    if (map_shared(node, shared->n_bytes, shared)) return RML_OK;
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
    if (rank == 0 && shared->mapped && shared->n_bytes > 0) memcpy(to, bytes, (size_t)shared->n_bytes);
    if (place == 0) {
        rml_bcast_bytes(to, shared->n_bytes, leaders);
        MPI_Comm_free(&leaders);
    }
    if (shared->mapped) {
        atomic_thread_fence(memory_order_seq_cst);
        barrier_quietly(node);
        atomic_thread_fence(memory_order_seq_cst);
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
    if (shared->mapped) munmap((void *)(uintptr_t)shared->bytes, (size_t)shared->n_bytes);
    free(shared->own);
    *shared = (rml_shared){0};
}
