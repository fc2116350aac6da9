/* On any number of ranks: rank 0's bytes reach every rank, and those of a node have them once.
 * Oracle: contents are a function of the place; what one rank writes through the window the others of its part see, and
 * no one else; the kernel's own count of a process' share of its pages (Pss in /proc/self/smaps).
 *
 * Usage: share_program [seconds]    to stay with the bytes in hand for so long */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/farm.h"
#include "engine/share.h"

#define EXPECT(truth)                                                                                                  \
    do {                                                                                                               \
        if (!(truth)) {                                                                                                \
            fprintf(stderr, "rank %d, line %d: %s\n", rank, __LINE__, #truth);                                         \
            MPI_Abort(MPI_COMM_WORLD, 1);                                                                              \
        }                                                                                                              \
    } while (0)

static int rank, size;

static unsigned char byte_at(int64_t b)
{
    return (unsigned char)(b * 13 + (b >> 8));
}

static unsigned char *make(int64_t n)
{
    unsigned char *bytes = malloc((size_t)n + 1);

    EXPECT(bytes);
    for (int64_t b = 0; b < n; ++b) bytes[b] = byte_at(b);
    return bytes;
}

static void check(const rml_shared *shared, int64_t n)
{
    const unsigned char *bytes = shared->bytes;

    EXPECT(shared->n_bytes == n);
    EXPECT(!shared->mapped || (uintptr_t)bytes % 64 == 0);
    EXPECT(n == 0 || (uintptr_t)bytes % 8 == 0);
    for (int64_t b = 0; b < n; ++b) EXPECT(bytes[b] == byte_at(b));
}

/* The last rank of each part writes, the others of the part see it: one piece of memory a part. */
static void check_memory(MPI_Comm comm, MPI_Comm part, const rml_shared *shared)
{
    volatile unsigned char *bytes = (unsigned char *)(uintptr_t)shared->bytes;
    int place, n_parts, number[2] = {0, 0};

    MPI_Comm_rank(part, &place);
    MPI_Comm_size(part, &n_parts);
    EXPECT(shared->mapped == (n_parts > 1));
    number[0] = rank; /* of the part: its last rank in comm */
    MPI_Allreduce(number, number + 1, 1, MPI_INT, MPI_MAX, part);
    if (place == n_parts - 1) bytes[7] = (unsigned char)number[1];
    __sync_synchronize();
    MPI_Barrier(comm);
    EXPECT(bytes[7] == number[1]);
    MPI_Barrier(comm);
}

/* Kilobytes that this process is charged for the mapping that holds `at`. */
static long charged(const void *at)
{
    FILE *maps = fopen("/proc/self/smaps", "r");
    char line[512];
    bool inside = false;
    long kilobytes = -1;

    while (maps && kilobytes < 0 && fgets(line, sizeof line, maps)) {
        unsigned long from, to;

        if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
            inside = (uintptr_t)at >= from && (uintptr_t)at < to;
        else if (inside)
            sscanf(line, "Pss: %ld", &kilobytes);
    }
    if (maps) fclose(maps);
    return kilobytes;
}

static void share_parts(MPI_Comm comm, int ranks_a_part)
{
    const int64_t sizes[] = {8, 100003, (1 << 25) + 77}; /* the last goes in two pieces */
    MPI_Comm part;

    MPI_Comm_split(comm, rank / ranks_a_part, rank, &part);
    for (int s = 0; s < 3; ++s) {
        rml_shared shared;

        EXPECT(rml_share_parts(comm, part, rank == 0 ? make(sizes[s]) : NULL, rank == 0 ? sizes[s] : -5, &shared) ==
               RML_OK);
        check(&shared, sizes[s]);
        MPI_Barrier(comm);
        check_memory(comm, part, &shared);
        rml_share_free(&shared);
        EXPECT(!shared.bytes && !shared.mapped);
        rml_share_free(&shared); /* harmless */
    }
    MPI_Comm_free(&part);
}

static void share_node(MPI_Comm comm, int seconds)
{
    const int64_t n = 20 << 20;
    rml_shared shared;
    double mine, all = 0.0;

    EXPECT(rml_share_node(comm, rank == 0 ? make(0) : NULL, 0, &shared) == RML_OK);
    check(&shared, 0);
    rml_share_free(&shared);
    EXPECT(rml_share_node(comm, rank == 0 ? make(n) : NULL, n, &shared) == RML_OK);
    check(&shared, n);
    check_memory(comm, comm, &shared); /* this test's ranks are all on one node */
    MPI_Barrier(comm);
    if (shared.mapped) {
        mine = (double)charged((const char *)shared.bytes + n / 2);
        MPI_Allreduce(&mine, &all, 1, MPI_DOUBLE, MPI_SUM, comm);
        EXPECT(mine > 0.0 && all > 0.9 * n / 1024 && all < 1.3 * n / 1024); /* not size times as much */
    }
    sleep((unsigned)seconds);
    rml_share_free(&shared);
}

int main(int argc, char **argv)
{
    const int64_t n = 1 << 20;
    rml_shared kept;
    MPI_Comm own;
    int threads;

    MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &threads);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Comm_dup(MPI_COMM_WORLD, &own);
    share_parts(own, 1); /* every rank on a node of its own */
    share_parts(own, 2); /* uneven with three ranks */
    share_parts(own, 3);
    share_node(own, argc > 1 ? atoi(argv[1]) : 0);
    EXPECT(rml_share_node(own, rank == 0 ? make(n) : NULL, n, &kept) == RML_OK);
    MPI_Comm_free(&own);
    if (rank == 0) printf("%d ranks: the same bytes in the same memory\n", size);
    MPI_Finalize();
    check(&kept, n); /* as a compute thread reads that was given up on */
    rml_share_free(&kept);
    return 0;
}
