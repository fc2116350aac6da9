#include "engine/post.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The first 8 bytes of every message are its length, these 8 included: the receiver learns it from the first piece. */
enum { LENGTH_BYTES = 8 };

typedef struct outgoing {
    struct outgoing *next;
    rml_blob message;
    MPI_Request *requests; /* [n_requests], a piece each */
    int n_requests;
} outgoing;

typedef struct local {
    struct local *next;
    int tag;
    rml_blob message;
} local;

typedef struct incoming { /* from one rank */
    unsigned char *bytes;
    size_t n_bytes, n_received; /* n_received counts the pieces that were asked for, the last one may be under way */
    MPI_Request request;
    int tag;
    bool active;
} incoming;

struct rml_post {
    MPI_Comm comm;
    int rank, size;
    size_t piece;
    outgoing *sending;
    local *first_local, **last_local;
    incoming *from; /* [size] */
    int n_active;
};

rml_status rml_post_open(MPI_Comm comm, size_t piece, rml_post **out)
{
    rml_post *post = calloc(1, sizeof *post);

    if (!post) return RML_ENOMEM;
    post->comm = comm;
    post->piece = piece;
    post->last_local = &post->first_local;
    MPI_Comm_rank(comm, &post->rank);
    MPI_Comm_size(comm, &post->size);
    post->from = calloc((size_t)post->size, sizeof *post->from);
    if (!post->from) {
        free(post);
        return RML_ENOMEM;
    }
    *out = post;
    return RML_OK;
}

void rml_post_close(rml_post *post)
{
    if (!post) return;
    while (post->first_local) {
        local *next = post->first_local->next;

        rml_blob_free(&post->first_local->message);
        free(post->first_local);
        post->first_local = next;
    }
    free(post->from);
    free(post);
}

void rml_post_begin(rml_blob *message)
{
    rml_blob_clear(message);
    rml_blob_put_u64(message, 0);
}

static rml_status send_locally(rml_post *post, int tag, rml_blob *message)
{
    local *entry = malloc(sizeof *entry);

    if (!entry) return RML_ENOMEM;
    *entry = (local){.tag = tag, .message = *message};
    *message = (rml_blob){0};
    *post->last_local = entry;
    post->last_local = &entry->next;
    return RML_OK;
}

rml_status rml_post_send(rml_post *post, int to, int tag, rml_blob *message)
{
    const size_t n = message->n_bytes;
    outgoing *entry;

    if (message->failed) return RML_ENOMEM;
    for (int b = 0; b < LENGTH_BYTES; ++b) message->bytes[b] = (unsigned char)((uint64_t)n >> (8 * b));
    if (to == post->rank) return send_locally(post, tag, message);
    entry = calloc(1, sizeof *entry);
    if (!entry) return RML_ENOMEM;
    entry->n_requests = (int)((n + post->piece - 1) / post->piece);
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): a request is a pointer in Open MPI, and an array of them is meant */
    entry->requests = malloc((size_t)entry->n_requests * sizeof *entry->requests);
    if (!entry->requests) {
        free(entry);
        return RML_ENOMEM;
    }
    entry->message = *message;
    *message = (rml_blob){0};
    for (int p = 0; p < entry->n_requests; ++p) {
        const size_t at = (size_t)p * post->piece, left = n - at;

        MPI_Isend(entry->message.bytes + at, (int)(left < post->piece ? left : post->piece), MPI_BYTE, to, tag,
                  post->comm, &entry->requests[p]);
    }
    entry->next = post->sending;
    post->sending = entry;
    return RML_OK;
}

static void sweep_sent(rml_post *post)
{
    for (outgoing **link = &post->sending; *link;) {
        outgoing *entry = *link;
        int sent;

        MPI_Testall(entry->n_requests, entry->requests, &sent, MPI_STATUSES_IGNORE);
        if (!sent) {
            link = &entry->next;
            continue;
        }
        *link = entry->next;
        rml_blob_free(&entry->message);
        free(entry->requests);
        free(entry);
    }
}

bool rml_post_is_empty(rml_post *post)
{
    sweep_sent(post);
    return !post->sending;
}

static void hand_over(incoming *in, rml_blob *message)
{
    rml_blob_free(message);
    *message = (rml_blob){.bytes = in->bytes, .n_bytes = in->n_bytes, .capacity = in->n_bytes};
    *in = (incoming){0};
}

/* A piece that MPI has matched. The first one is read at once, since it says how long the message is; it is small or
 * its sender is waiting for just this, so it does not take long. */
static rml_status take_piece(rml_post *post, MPI_Message *matched, const MPI_Status *envelope)
{
    incoming *in = &post->from[envelope->MPI_SOURCE];
    uint64_t total = 0;
    int n;

    MPI_Get_count(envelope, MPI_BYTE, &n);
    if (in->bytes) {
        MPI_Imrecv(in->bytes + in->n_received, n, MPI_BYTE, matched, &in->request);
        in->n_received += (size_t)n;
        in->active = true;
        ++post->n_active;
        return RML_OK;
    }
    in->bytes = malloc((size_t)n);
    if (!in->bytes) return RML_ENOMEM;
    MPI_Mrecv(in->bytes, n, MPI_BYTE, matched, MPI_STATUS_IGNORE);
    for (int b = 0; b < LENGTH_BYTES; ++b) total |= (uint64_t)in->bytes[b] << (8 * b);
    in->tag = envelope->MPI_TAG;
    in->n_bytes = (size_t)total;
    in->n_received = (size_t)n;
    if (in->n_received < in->n_bytes) {
        unsigned char *grown = realloc(in->bytes, in->n_bytes);

        if (!grown) return RML_ENOMEM;
        in->bytes = grown;
    }
    return RML_OK;
}

/* While a rank's piece is under way the next one must not be matched: it would end up in the wrong place only if the
 * order were lost, but its request would. So such ranks are left out, and the others asked one by one. */
static void probe(rml_post *post, int *matched, MPI_Message *message, MPI_Status *envelope)
{
    *matched = 0;
    if (post->size == 1) return;
    if (post->n_active == 0) {
        MPI_Improbe(MPI_ANY_SOURCE, MPI_ANY_TAG, post->comm, matched, message, envelope);
        return;
    }
    for (int r = 0; r < post->size && !*matched; ++r)
        if (!post->from[r].active) MPI_Improbe(r, MPI_ANY_TAG, post->comm, matched, message, envelope);
}

static bool is_whole(const incoming *in)
{
    return in->bytes && !in->active && in->n_received >= in->n_bytes;
}

/* A rank whose message is whole now; -1: none. */
static int finish_pieces(rml_post *post)
{
    for (int r = 0; post->n_active > 0 && r < post->size; ++r) {
        int arrived;

        if (!post->from[r].active) continue;
        MPI_Test(&post->from[r].request, &arrived, MPI_STATUS_IGNORE);
        if (!arrived) continue;
        post->from[r].active = false;
        --post->n_active;
        if (is_whole(&post->from[r])) return r;
    }
    return -1;
}

rml_status rml_post_receive(rml_post *post, bool *received, int *from, int *tag, rml_blob *message)
{
    *received = false;
    sweep_sent(post);
    if (post->first_local) {
        local *entry = post->first_local;

        post->first_local = entry->next;
        if (!post->first_local) post->last_local = &post->first_local;
        rml_blob_free(message);
        *message = entry->message;
        *from = post->rank;
        *tag = entry->tag;
        *received = true;
        free(entry);
        return RML_OK;
    }
    for (;;) {
        MPI_Message matched;
        MPI_Status envelope;
        int any, whole = post->n_active > 0 ? finish_pieces(post) : -1;

        if (whole < 0) {
            rml_status status;

            probe(post, &any, &matched, &envelope);
            if (!any) return RML_OK;
            status = take_piece(post, &matched, &envelope);
            if (status != RML_OK) return status;
            whole = envelope.MPI_SOURCE;
        }
        if (!is_whole(&post->from[whole])) continue;
        *from = whole;
        *tag = post->from[whole].tag;
        *received = true;
        hand_over(&post->from[whole], message);
        return RML_OK;
    }
}

rml_reader rml_post_reader(const rml_blob *message)
{
    return rml_reader_of(message->bytes + LENGTH_BYTES, message->n_bytes - LENGTH_BYTES);
}

void rml_wait_quietly(MPI_Request *request)
{
    const struct timespec nap = {.tv_nsec = 100000};
    int done = 0;

    for (int turn = 0; !done; ++turn) {
        MPI_Test(request, &done, MPI_STATUS_IGNORE);
        if (!done && turn > 100) nanosleep(&nap, NULL); /* most are there at once */
    }
}
