/* On any number of ranks: messages of all sizes to all ranks arrive whole and in order; agreement and sharing.
 * Oracle: contents are a function of (sender, receiver, number), checked byte by byte. */
#include <assert.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/farm.h"
#include "engine/post.h"

#define EXPECT(truth)                                                                                                  \
    do {                                                                                                               \
        if (!(truth)) {                                                                                                \
            fprintf(stderr, "rank %d, line %d: %s\n", rank, __LINE__, #truth);                                         \
            MPI_Abort(MPI_COMM_WORLD, 1);                                                                              \
        }                                                                                                              \
    } while (0)

enum { PIECE = 1000 };

static int rank, size, n_messages; /* to each rank */

/* Sizes around the piece's multiples, none, and some much larger. */
static size_t length_of(uint64_t seed)
{
    const uint64_t draw = rml_key_of(&seed, sizeof seed).low;

    if (draw % 7 == 0) return 0;
    if (draw % 7 == 1) return (draw >> 8) % 300000;
    return (size_t)(PIECE * (1 + (draw >> 8) % 4) - 12 + (draw >> 16) % 8);
}

static uint64_t seed_of(int from, int to, int number)
{
    return ((uint64_t)from << 40) + ((uint64_t)to << 20) + (uint64_t)number;
}

static void exchange(MPI_Comm comm)
{
    rml_post *post = NULL;
    rml_blob message = {0};
    int *next = calloc((size_t)size, sizeof *next), n_left = n_messages * size;

    EXPECT(next && rml_post_open(comm, PIECE, &post) == RML_OK);
    for (int number = 0; number < n_messages; ++number) {
        for (int to = 0; to < size; ++to) {
            const uint64_t seed = seed_of(rank, to, number);
            const size_t n = length_of(seed);

            rml_post_begin(&message);
            rml_blob_put_i32(&message, number);
            for (size_t b = 0; b < n; ++b) rml_blob_put_u8(&message, (uint8_t)(seed * 31 + b * 7 + (b >> 8)));
            EXPECT(rml_post_send(post, to, number % 5, &message) == RML_OK);
            EXPECT(!message.bytes);
        }
    }
    while (n_left > 0 || !rml_post_is_empty(post)) {
        bool received;
        int from, tag;
        rml_reader reader;

        EXPECT(rml_post_receive(post, &received, &from, &tag, &message) == RML_OK);
        if (!received) {
            usleep(100);
            continue;
        }
        reader = rml_post_reader(&message);
        EXPECT(rml_read_i32(&reader) == next[from]);
        EXPECT(tag == next[from] % 5);
        const uint64_t seed = seed_of(from, rank, next[from]);
        EXPECT(reader.n_left == length_of(seed));
        for (size_t b = 0; b < reader.n_left; ++b) EXPECT(reader.next[b] == (uint8_t)(seed * 31 + b * 7 + (b >> 8)));
        ++next[from];
        --n_left;
    }
    rml_blob_free(&message);
    rml_post_close(post);
    free(next);
}

static void agree(MPI_Comm comm)
{
    rml_error err = {0};

    EXPECT(rml_agree(comm, RML_OK, &err) == RML_OK);
    EXPECT(rml_agree(comm, RML_OK, NULL) == RML_OK);
    /* The worst one wins, and its lowest rank speaks, also to those who have another sentence. */
    if (rank >= size / 2)
        (void)rml_fail(&err, RML_EIO, "rank %d cannot write", rank);
    else
        (void)rml_fail(&err, RML_EMISSING, "rank %d misses", rank);
    EXPECT(rml_agree(comm, err.status, &err) == RML_EIO);
    char expected[64];
    snprintf(expected, sizeof expected, "rank %d cannot write", size / 2);
    EXPECT(err.status == RML_EIO && strcmp(err.text, expected) == 0);
    EXPECT(rml_agree(comm, rank == size - 1 ? RML_ECRASH : RML_OK, rank % 2 ? NULL : &err) == RML_ECRASH);
    if (rank % 2 == 0) EXPECT(err.status == RML_ECRASH && strcmp(err.text, "crash") == 0);
}

static void share(MPI_Comm comm)
{
    const int64_t sizes[] = {0, 1, 100003, 5 << 20};

    for (int s = 0; s < 4; ++s) {
        unsigned char *bytes = NULL;
        void *shared = NULL;
        int64_t n = -5; /* rank 0's counts */

        if (rank == 0) {
            n = sizes[s];
            shared = bytes = malloc((size_t)n + 1);
            for (int64_t b = 0; b < n; ++b) bytes[b] = (unsigned char)(b * 13 + (b >> 8));
        }
        EXPECT(rml_share_blob(comm, &shared, &n) == RML_OK);
        EXPECT(n == sizes[s]);
        bytes = shared;
        for (int64_t b = 0; b < n; ++b) EXPECT(bytes[b] == (unsigned char)(b * 13 + (b >> 8)));
        free(shared);
    }
}

int main(int argc, char **argv)
{
    MPI_Comm own;
    int threads;

    MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &threads);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Comm_dup(MPI_COMM_WORLD, &own);
    n_messages = 150 / size;
    exchange(own);
    agree(own);
    share(own);
    MPI_Comm_free(&own);
    if (rank == 0) printf("%d ranks: all messages arrived\n", size);
    MPI_Finalize();
    return 0;
}
