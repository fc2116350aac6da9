/* Every two ranks have a stream socket between them. A frame is a header and its bytes; frames from one rank arrive in
 * the order in which they were sent, and wait in one list until they are asked for. All that moves bytes is progress().
 * A rank that ends without MPI_Finalize takes the others with it, as under mpirun.
 *
 * Contents: 1. frames; 2. ranks; 3. one to one; 4. all together. */
#include "tests/engine/stub/mpi.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST_RANKS = 16, LAST_FRAME = -1, COLLECTIVE = 1 << 20, RACE_STATUS = 66 };

struct stub_comm {
    int context;
};

typedef struct frame_header {
    int32_t context, tag;
    int64_t n;
} frame_header;

struct stub_request { /* a frame on its way out */
    struct stub_request *next;
    frame_header header;
    const char *bytes;
    int64_t n_written; /* the header's counted, too */
    bool done;
};

struct stub_message { /* a frame that has arrived */
    struct stub_message *next;
    int from;
    frame_header header;
    char *bytes;
};

typedef struct peer {
    int fd; /* -1: this rank itself */
    pid_t pid;
    bool last_seen; /* it has finalised */
    struct stub_request *sending;
    frame_header header; /* of the frame that is arriving */
    int64_t n_read;      /* of header and bytes */
    char *bytes;
} peer;

struct stub_comm stub_world;
static int own_rank, n_ranks = 1, n_contexts;
static peer peers[MOST_RANKS];
static struct stub_message *inbox;
static pthread_t caller;

/* 1. Frames */

static void end_process(int status)
{
    _exit(status);
}

static void *memory(size_t n)
{
    void *bytes = calloc(1, n ? n : 1);

    if (!bytes) end_process(1);
    return bytes;
}

static void check_caller(void)
{
    if (pthread_equal(caller, pthread_self())) return;
    fprintf(stderr, "stub: a call from a thread that did not initialise MPI\n");
    abort();
}

/* What a transfer gave: bytes moved, 0 for none now. */
static int64_t moved(ssize_t n, const peer *p)
{
    if (n > 0) return n;
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    if (p->last_seen) return 0;
    end_process(1);
    return 0;
}

static void push_out(peer *p)
{
    while (p->sending) {
        struct stub_request *r = p->sending;
        const int64_t n_header = sizeof r->header, at = r->n_written;
        const char *from = at < n_header ? (const char *)&r->header + at : r->bytes + (at - n_header);
        const int64_t n = at < n_header ? n_header - at : n_header + r->header.n - at;
        const int64_t sent = n > 0 ? moved(send(p->fd, from, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT), p) : 0;

        r->n_written += sent;
        if (r->n_written < n_header + r->header.n) {
            if (sent == 0) return;
            continue;
        }
        p->sending = r->next;
        r->done = true;
    }
}

static void put_into_inbox(peer *p)
{
    struct stub_message **link = &inbox, *message = memory(sizeof *message);

    while (*link) link = &(*link)->next;
    *message = (struct stub_message){.from = (int)(p - peers), .header = p->header, .bytes = p->bytes};
    *link = message;
    p->bytes = NULL;
    p->n_read = 0;
}

static void pull_in(peer *p)
{
    const int64_t n_header = sizeof p->header;

    for (;;) {
        char *to;
        int64_t n, got;

        if (p->n_read == n_header && !p->bytes) p->bytes = memory((size_t)p->header.n);
        if (p->n_read >= n_header && p->n_read == n_header + p->header.n) {
            if (p->header.context == LAST_FRAME) {
                p->last_seen = true;
                free(p->bytes);
                p->bytes = NULL;
                p->n_read = 0;
                return;
            }
            put_into_inbox(p);
            continue;
        }
        to = p->n_read < n_header ? (char *)&p->header + p->n_read : p->bytes + (p->n_read - n_header);
        n = p->n_read < n_header ? n_header - p->n_read : n_header + p->header.n - p->n_read;
        got = moved(recv(p->fd, to, (size_t)n, MSG_DONTWAIT), p);
        if (got == 0) return;
        p->n_read += got;
    }
}

static void progress(void)
{
    check_caller();
    for (int r = 0; r < n_ranks; ++r) {
        if (peers[r].fd < 0) continue;
        push_out(&peers[r]);
        if (!peers[r].last_seen) pull_in(&peers[r]);
    }
}

static void nap(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 50000}, NULL);
}

static struct stub_request *post(const void *bytes, int64_t n, int to, int context, int tag)
{
    struct stub_request *request = memory(sizeof *request), **link = &peers[to].sending;

    *request = (struct stub_request){.header = {context, tag, n}, .bytes = bytes};
    while (*link) link = &(*link)->next;
    *link = request;
    progress();
    return request;
}

static void finish(struct stub_request *request)
{
    while (!request->done) {
        progress();
        nap();
    }
    free(request);
}

static struct stub_message *take(int from, int context, int tag)
{
    progress();
    for (struct stub_message **link = &inbox; *link; link = &(*link)->next) {
        struct stub_message *message = *link;

        if (message->header.context != context || (from >= 0 && message->from != from) ||
            (tag >= 0 && message->header.tag != tag))
            continue;
        *link = message->next;
        return message;
    }
    return NULL;
}

static void copy_out(struct stub_message *message, void *bytes, int64_t room)
{
    if (message->header.n > room) {
        fprintf(stderr, "stub: a message of %lld bytes for %lld\n", (long long)message->header.n, (long long)room);
        abort();
    }
    memcpy(bytes, message->bytes, (size_t)message->header.n);
    free(message->bytes);
    free(message);
}

/* 2. Ranks */

static void fork_ranks(void)
{
    for (int r = 1; r < n_ranks; ++r) {
        const pid_t pid = fork();

        if (pid < 0) end_process(1);
        if (pid == 0) {
            own_rank = r;
            return;
        }
        peers[r].pid = pid;
    }
}

int MPI_Init_thread(int *argc, char ***argv, int wanted, int *given)
{
    static int fds[MOST_RANKS][MOST_RANKS];
    const char *asked = getenv("RADMILL_STUB_RANKS");

    (void)argc, (void)argv, (void)wanted;
    n_ranks = asked ? atoi(asked) : 1;
    if (n_ranks < 1 || n_ranks > MOST_RANKS) end_process(2);
    for (int a = 0; a < n_ranks; ++a)
        for (int b = 0; b < a; ++b) {
            int both[2];

            if (socketpair(AF_UNIX, SOCK_STREAM, 0, both) != 0) end_process(1);
            fds[a][b] = both[0];
            fds[b][a] = both[1];
        }
    fork_ranks();
    for (int a = 0; a < n_ranks; ++a)
        for (int b = 0; b < n_ranks; ++b)
            if (a != b && a != own_rank) close(fds[a][b]);
    for (int r = 0; r < n_ranks; ++r) peers[r].fd = r == own_rank ? -1 : fds[own_rank][r];
    caller = pthread_self();
    *given = MPI_THREAD_FUNNELED;
    return 0;
}

int MPI_Query_thread(int *given)
{
    *given = MPI_THREAD_FUNNELED;
    return 0;
}

/* Rank 0 ends last, and with a race's status when one of the others had one. */
static void wait_for_others(void)
{
    for (int r = 1; r < n_ranks; ++r) {
        int status = 0;

        while (waitpid(peers[r].pid, &status, 0) < 0 && errno == EINTR) {
        }
        if (WIFSIGNALED(status) || WEXITSTATUS(status) == RACE_STATUS) end_process(RACE_STATUS);
    }
}

int MPI_Finalize(void)
{
    for (int r = 0; r < n_ranks; ++r)
        if (r != own_rank) finish(post(NULL, 0, r, LAST_FRAME, 0));
    for (int r = 0; r < n_ranks; ++r)
        while (r != own_rank && !peers[r].last_seen) {
            progress();
            nap();
        }
    if (own_rank == 0) wait_for_others();
    return 0;
}

int MPI_Abort(MPI_Comm comm, int status)
{
    (void)comm;
    end_process(status);
    return 0;
}

int MPI_Comm_rank(MPI_Comm comm, int *rank)
{
    (void)comm;
    *rank = own_rank;
    return 0;
}

int MPI_Comm_size(MPI_Comm comm, int *size)
{
    (void)comm;
    *size = n_ranks;
    return 0;
}

int MPI_Comm_dup(MPI_Comm comm, MPI_Comm *copy)
{
    (void)comm;
    check_caller();
    *copy = memory(sizeof **copy);
    (*copy)->context = ++n_contexts;
    return 0;
}

int MPI_Comm_split_type(MPI_Comm comm, int type, int key, MPI_Info info, MPI_Comm *part)
{
    (void)type, (void)key, (void)info;
    return MPI_Comm_dup(comm, part);
}

int MPI_Comm_free(MPI_Comm *comm)
{
    check_caller();
    free(*comm);
    *comm = NULL;
    return 0;
}

/* 3. One to one */

int MPI_Isend(const void *bytes, int n, MPI_Datatype type, int to, int tag, MPI_Comm comm, MPI_Request *request)
{
    *request = post(bytes, (int64_t)n * type, to, comm->context, tag);
    return 0;
}

int MPI_Improbe(int from, int tag, MPI_Comm comm, int *found, MPI_Message *message, MPI_Status *status)
{
    *message = take(from, comm->context, tag);
    *found = *message != NULL;
    if (*message) *status = (MPI_Status){(*message)->from, (*message)->header.tag, (long long)(*message)->header.n};
    return 0;
}

int MPI_Mrecv(void *bytes, int n, MPI_Datatype type, MPI_Message *message, MPI_Status *status)
{
    (void)status;
    check_caller();
    copy_out(*message, bytes, (int64_t)n * type);
    *message = NULL;
    return 0;
}

int MPI_Imrecv(void *bytes, int n, MPI_Datatype type, MPI_Message *message, MPI_Request *request)
{
    *request = NULL;
    return MPI_Mrecv(bytes, n, type, message, MPI_STATUS_IGNORE);
}

int MPI_Get_count(const MPI_Status *status, MPI_Datatype type, int *n)
{
    *n = (int)(status->n_bytes / type);
    return 0;
}

int MPI_Test(MPI_Request *request, int *done, MPI_Status *status)
{
    (void)status;
    progress();
    *done = !*request || (*request)->done;
    if (*done) free(*request);
    if (*done) *request = NULL;
    return 0;
}

int MPI_Testall(int n, MPI_Request *requests, int *done, MPI_Status *statuses)
{
    (void)statuses;
    progress();
    *done = 1;
    for (int r = 0; r < n; ++r) *done &= !requests[r] || requests[r]->done;
    for (int r = 0; r < n && *done; ++r) {
        free(requests[r]);
        requests[r] = NULL;
    }
    return 0;
}

/* 4. All together */

static void send_to(const void *bytes, int64_t n, int to, MPI_Comm comm)
{
    finish(post(bytes, n, to, comm->context + COLLECTIVE, 0));
}

static void receive_from(void *bytes, int64_t n, int from, MPI_Comm comm)
{
    struct stub_message *message;

    while (!(message = take(from, comm->context + COLLECTIVE, 0))) nap();
    copy_out(message, bytes, n);
}

int MPI_Ibcast(void *bytes, int n, MPI_Datatype type, int root, MPI_Comm comm, MPI_Request *request)
{
    *request = NULL;
    if (own_rank != root) {
        receive_from(bytes, (int64_t)n * type, root, comm);
        return 0;
    }
    for (int r = 0; r < n_ranks; ++r)
        if (r != root) send_to(bytes, (int64_t)n * type, r, comm);
    return 0;
}

int MPI_Igather(const void *mine, int n, MPI_Datatype type, void *all, int n_each, MPI_Datatype type_each, int root,
                MPI_Comm comm, MPI_Request *request)
{
    const int64_t n_bytes = (int64_t)n_each * type_each;

    *request = NULL;
    if (own_rank != root) {
        send_to(mine, (int64_t)n * type, root, comm);
        return 0;
    }
    for (int r = 0; r < n_ranks; ++r) {
        if (r == root)
            memcpy((char *)all + r * n_bytes, mine, (size_t)n_bytes);
        else
            receive_from((char *)all + r * n_bytes, n_bytes, r, comm);
    }
    return 0;
}

int MPI_Ireduce(const void *mine, void *worst, int n, MPI_Datatype type, MPI_Op op, int root, MPI_Comm comm,
                MPI_Request *request)
{
    const size_t n_bytes = (size_t)n * (size_t)type;
    long long *largest = worst, *other;

    (void)op;
    *request = NULL;
    if (type != MPI_LONG_LONG) abort();
    if (own_rank != root) {
        send_to(mine, (int64_t)n_bytes, root, comm);
        return 0;
    }
    if (mine != MPI_IN_PLACE) memcpy(worst, mine, n_bytes);
    other = memory(n_bytes);
    for (int r = 0; r < n_ranks; ++r) {
        if (r == root) continue;
        receive_from(other, (int64_t)n_bytes, r, comm);
        for (int i = 0; i < n; ++i) largest[i] = other[i] > largest[i] ? other[i] : largest[i];
    }
    free(other);
    return 0;
}

int MPI_Iallreduce(const void *mine, void *worst, int n, MPI_Datatype type, MPI_Op op, MPI_Comm comm,
                   MPI_Request *request)
{
    MPI_Ireduce(mine, worst, n, type, op, 0, comm, request);
    return MPI_Ibcast(worst, n, type, 0, comm, request);
}
