/* Contents: 1. what ranks hold; 2. handing out; 3. asking back; 4. memory that a running task asks for; 5. making one.
 */
#include "engine/dispatch.h"

#include <stdlib.h>

#include "engine/log.h"
#include "engine/pace.h"
#include "engine/queue.h"

enum {
    PASSES_PER_RANK = 4, /* hand-outs of smaller tasks that the first in the queue puts up with */
    SHARES_PER_RANK = 2, /* of what is left, a rank gets one of so many times the ranks at a time: the end stays even */
};

typedef struct rank_state {
    int node;
    int wants;      /* tasks it asks for */
    bool listed;    /* among the asking */
    bool idle;      /* asks and has nothing */
    bool recalled;  /* its last task was asked back, and cannot be again: all it has have begun */
    bool answering; /* the answer to that is under way */
    int n_held;
    int64_t held[RML_HELD_MOST]; /* in the order of running */
    int64_t offered;             /* the last of these, where it can be asked back; else -1 */
    int64_t waits;               /* its running task waits for memory and holds none: the how many-eth to; 0: no */
    int64_t waiting_task;
    int64_t late;   /* bytes that abandoned tasks may still hold */
    int64_t charge; /* what it counts for in its node */
} rank_state;

typedef struct node_state {
    int64_t budget, used;
    int32_t n_in_flight, n_waiting;
    bool full; /* its first who waits does not fit yet; while they are gone through */
} node_state;

struct rml_dispatch {
    int size, n_nodes;
    rank_state *ranks; /* [size] */
    node_state *nodes; /* [n_nodes] */
    int64_t largest_budget;
    int64_t needed;             /* the most that a task in flight was charged for */
    int64_t *memory;            /* [n_tasks] estimates, and what the tasks have said since */
    int64_t n_waiting, n_waits; /* for memory: now, and ever */

    rml_queue *queue;   /* to be run */
    rml_queue *offered; /* handed out, and can be asked back */
    int32_t *holder;    /* [n_tasks] of an offered task, its rank */
    int *asking;        /* [n_asking] in the order of asking */
    int n_asking;
    int n_idle, n_answering;

    int64_t *suspects; /* [n_suspects]: put into the queue when all else is through */
    int64_t n_suspects;
    bool alone; /* the suspects' turn: one task in flight */
    int64_t n_in_flight;
    int64_t head, n_passed; /* the first in the queue that does not fit, and how often it was passed over */
    int saving_node;        /* hands out nothing else until the head fits; -1: none */
};

/* 1. What ranks hold. A rank runs its tasks one after the other, so it counts for the largest one it has. */

static int64_t largest_held(const rml_dispatch *dispatch, const rank_state *rank)
{
    int64_t largest = 0;

    for (int h = 0; h < rank->n_held; ++h)
        if (dispatch->memory[rank->held[h]] > largest) largest = dispatch->memory[rank->held[h]];
    return largest;
}

static void charge(rml_dispatch *dispatch, rank_state *rank)
{
    const int64_t held = rank->waits ? 0 : largest_held(dispatch, rank), now = held + rank->late;

    if (held > dispatch->needed) dispatch->needed = held;
    dispatch->nodes[rank->node].used += now - rank->charge;
    rank->charge = now;
}

/* Whether the rank is idle, and what it could give back: after every change of what it has or asks for. */
static void settle(rml_dispatch *dispatch, int r)
{
    rank_state *rank = &dispatch->ranks[r];
    const bool idle = rank->wants > 0 && rank->n_held == 0;
    const int64_t offered = rank->n_held > 1 && !rank->recalled && !rank->answering ? rank->held[rank->n_held - 1] : -1;

    dispatch->n_idle += idle - rank->idle;
    rank->idle = idle;
    if (offered == rank->offered) return;
    if (rank->offered >= 0) rml_queue_remove(dispatch->offered, rank->offered);
    if (offered >= 0) {
        rml_queue_put(dispatch->offered, offered);
        dispatch->holder[offered] = r;
    }
    rank->offered = offered;
}

static void hold(rml_dispatch *dispatch, int r, int64_t task)
{
    rank_state *rank = &dispatch->ranks[r];

    rank->held[rank->n_held++] = task;
    ++dispatch->n_in_flight;
    ++dispatch->nodes[rank->node].n_in_flight;
    charge(dispatch, rank);
}

bool rml_dispatch_ended(rml_dispatch *dispatch, int r, int64_t task)
{
    rank_state *rank = &dispatch->ranks[r];

    for (int h = 0; h < rank->n_held; ++h) {
        if (rank->held[h] != task) continue;
        for (int next = h + 1; next < rank->n_held; ++next) rank->held[next - 1] = rank->held[next];
        --rank->n_held;
        --dispatch->n_in_flight;
        --dispatch->nodes[rank->node].n_in_flight;
        charge(dispatch, rank);
        settle(dispatch, r);
        return true;
    }
    return false;
}

bool rml_dispatch_given_up(rml_dispatch *dispatch, int r, int64_t task)
{
    rank_state *rank = &dispatch->ranks[r];

    if (!rml_dispatch_ended(dispatch, r, task)) return false;
    rank->late += dispatch->memory[task];
    charge(dispatch, rank);
    return true;
}

void rml_dispatch_late(rml_dispatch *dispatch, int r, int64_t task)
{
    rank_state *rank = &dispatch->ranks[r];

    rank->late -= dispatch->memory[task];
    charge(dispatch, rank);
}

static void answered(rml_dispatch *dispatch, rank_state *rank)
{
    dispatch->n_answering -= rank->answering;
    rank->answering = false;
}

bool rml_dispatch_given_back(rml_dispatch *dispatch, int r, int64_t task)
{
    rank_state *rank = &dispatch->ranks[r];
    const bool had = rml_dispatch_ended(dispatch, r, task);

    if (had) rml_queue_put(dispatch->queue, task);
    answered(dispatch, rank);
    rank->recalled = false;
    settle(dispatch, r);
    return had;
}

void rml_dispatch_kept(rml_dispatch *dispatch, int r)
{
    answered(dispatch, &dispatch->ranks[r]);
    settle(dispatch, r);
}

void rml_dispatch_asks(rml_dispatch *dispatch, int r, int n)
{
    rank_state *rank = &dispatch->ranks[r];

    rank->wants = n < 1 ? 1 : n > RML_BATCH_MOST ? RML_BATCH_MOST : n;
    if (!rank->listed) dispatch->asking[dispatch->n_asking++] = r;
    rank->listed = true;
    settle(dispatch, r);
}

/* 2. Handing out */

/* The largest task that may be given to the rank now. A node with nothing in flight takes any task that fits it at
 * all, also while an abandoned task may still hold memory there: it could wait for ever. */
static int64_t room_for(const rml_dispatch *dispatch, const rank_state *rank)
{
    const node_state *node = &dispatch->nodes[rank->node];

    if (node->n_in_flight == 0) return node->budget;
    return node->budget - node->used + largest_held(dispatch, rank);
}

static int64_t look_at_head(rml_dispatch *dispatch)
{
    const int64_t head = rml_queue_first(dispatch->queue);

    if (head != dispatch->head) {
        dispatch->head = head;
        dispatch->n_passed = 0;
        dispatch->saving_node = -1;
    }
    return head;
}

/* The task for a rank that asks; -1: none now. */
static int64_t choose(rml_dispatch *dispatch, const rank_state *rank)
{
    const int64_t head = look_at_head(dispatch), room = room_for(dispatch, rank);
    const node_state *node = &dispatch->nodes[rank->node];
    int64_t task;

    if (head < 0 || node->n_waiting > 0) return -1;
    if (dispatch->alone) return dispatch->n_in_flight == 0 ? rml_queue_first_fitting(dispatch->queue, room) : -1;
    if (dispatch->memory[head] <= room) return head;
    if (dispatch->memory[head] <= node->budget && dispatch->saving_node == rank->node) return -1;
    task = rml_queue_first_fitting(dispatch->queue, room);
    if (task < 0) return -1;
    if (dispatch->saving_node < 0 && dispatch->memory[head] <= node->budget &&
        ++dispatch->n_passed > (int64_t)PASSES_PER_RANK * dispatch->size) {
        dispatch->saving_node = rank->node;
        return -1;
    }
    return task;
}

static rml_status serve(rml_dispatch *dispatch, int r, const rml_orders *orders)
{
    rank_state *rank = &dispatch->ranks[r];
    const int64_t share = rml_queue_length(dispatch->queue) / ((int64_t)SHARES_PER_RANK * dispatch->size);
    const int most = rank->wants <= share ? rank->wants : share > 1 ? (int)share : 1;
    int n = 0;

    while (n < most && rank->n_held < RML_HELD_MOST) {
        const int64_t task = choose(dispatch, rank);
        rml_status status;
        bool taken;

        if (task < 0) break;
        rml_queue_remove(dispatch->queue, task);
        status = orders->pick(orders->context, r, task, &taken);
        if (status != RML_OK) return status;
        if (!taken) continue;
        hold(dispatch, r, task);
        ++n;
    }
    if (n == 0) return RML_OK;
    rank->wants = 0;
    rank->recalled = false;
    settle(dispatch, r);
    return orders->send(orders->context, r);
}

static void begin_suspects(rml_dispatch *dispatch)
{
    dispatch->alone = true;
    rml_log(RML_LOG_FILE, "now the %lld tasks that were running when the program died, one at a time",
            (long long)dispatch->n_suspects);
    for (int64_t s = 0; s < dispatch->n_suspects; ++s) rml_queue_put(dispatch->queue, dispatch->suspects[s]);
}

static void forget_served(rml_dispatch *dispatch)
{
    int n = 0;

    for (int a = 0; a < dispatch->n_asking; ++a) {
        rank_state *rank = &dispatch->ranks[dispatch->asking[a]];

        rank->listed = rank->wants > 0;
        if (rank->listed) dispatch->asking[n++] = dispatch->asking[a];
    }
    dispatch->n_asking = n;
}

/* 3. Asking back: where ranks have nothing to do and the queue nothing for them, others' last tasks. */

static rml_status recall_for_idle(rml_dispatch *dispatch, const rml_orders *orders)
{
    rml_status status = RML_OK;

    for (int a = 0; a < dispatch->n_asking && status == RML_OK && dispatch->n_answering < dispatch->n_idle; ++a) {
        const rank_state *idle = &dispatch->ranks[dispatch->asking[a]];
        int64_t task;
        rank_state *rank;
        int from;

        if (rml_queue_length(dispatch->offered) == 0) break;
        if (!idle->idle || dispatch->nodes[idle->node].n_waiting > 0) continue;
        task = rml_queue_first_fitting(dispatch->offered, room_for(dispatch, idle));
        if (task < 0) continue;
        from = dispatch->holder[task];
        rank = &dispatch->ranks[from];
        ++dispatch->n_answering;
        rank->recalled = rank->answering = true;
        settle(dispatch, from);
        status = orders->recall(orders->context, from, task);
    }
    return status;
}

rml_status rml_dispatch_serve(rml_dispatch *dispatch, const rml_orders *orders)
{
    rml_status status = RML_OK;

    if (rml_queue_length(dispatch->queue) == 0 && !dispatch->alone && dispatch->n_in_flight == 0 &&
        dispatch->n_suspects > 0)
        begin_suspects(dispatch);
    if (look_at_head(dispatch) >= 0) {
        for (int a = 0; a < dispatch->n_asking && status == RML_OK; ++a) /* who has nothing comes first */
            if (dispatch->ranks[dispatch->asking[a]].idle) status = serve(dispatch, dispatch->asking[a], orders);
        for (int a = 0; a < dispatch->n_asking && status == RML_OK && !dispatch->alone; ++a)
            if (dispatch->ranks[dispatch->asking[a]].wants > 0) status = serve(dispatch, dispatch->asking[a], orders);
        forget_served(dispatch);
    }
    if (status != RML_OK || dispatch->alone || dispatch->saving_node >= 0) return status;
    return recall_for_idle(dispatch, orders);
}

/* 4. Memory that a running task asks for */

/* Whether what the rank has, with what it says now, fits beside the others of its node. Where no other computes, only
 * abandoned tasks can be in the way, and they might be for ever. */
static bool fits(const rml_dispatch *dispatch, int r)
{
    const rank_state *rank = &dispatch->ranks[r];
    const node_state *node = &dispatch->nodes[rank->node];
    bool alone = true;

    if (node->used - rank->charge + rank->late + largest_held(dispatch, rank) <= node->budget) return true;
    for (int other = 0; other < dispatch->size && alone; ++other)
        alone = other == r || dispatch->ranks[other].node != rank->node || dispatch->ranks[other].n_held == 0 ||
                dispatch->ranks[other].waits > 0;
    return alone;
}

rml_need rml_dispatch_need(rml_dispatch *dispatch, int r, int64_t task, int64_t n_bytes, bool wait)
{
    rank_state *rank = &dispatch->ranks[r];
    node_state *node = &dispatch->nodes[rank->node];
    const int64_t before = dispatch->memory[task];
    rml_need answer = RML_NEED_GRANTED;

    if (n_bytes > node->budget) return RML_NEED_REFUSED;
    dispatch->memory[task] = n_bytes;
    if ((wait && node->n_waiting > 0) || !fits(dispatch, r)) { /* who waits already comes first */
        if (!wait) {
            dispatch->memory[task] = before;
            return RML_NEED_REFUSED;
        }
        rank->waits = ++dispatch->n_waits;
        rank->waiting_task = task;
        ++node->n_waiting;
        ++dispatch->n_waiting;
        answer = RML_NEED_WAITS;
    }
    charge(dispatch, rank);
    return answer;
}

/* First come, first served on each node: who needs much is not passed over for ever. */
rml_status rml_dispatch_grant(rml_dispatch *dispatch, const rml_orders *orders)
{
    rml_status status = RML_OK;

    if (dispatch->n_waiting == 0) return RML_OK;
    for (int n = 0; n < dispatch->n_nodes; ++n) dispatch->nodes[n].full = false;
    while (status == RML_OK && dispatch->n_waiting > 0) {
        int first = -1;
        rank_state *rank;

        for (int r = 0; r < dispatch->size; ++r)
            if (dispatch->ranks[r].waits > 0 && !dispatch->nodes[dispatch->ranks[r].node].full &&
                (first < 0 || dispatch->ranks[r].waits < dispatch->ranks[first].waits))
                first = r;
        if (first < 0) break;
        rank = &dispatch->ranks[first];
        if (!fits(dispatch, first)) {
            dispatch->nodes[rank->node].full = true;
            continue;
        }
        rank->waits = 0;
        --dispatch->nodes[rank->node].n_waiting;
        --dispatch->n_waiting;
        charge(dispatch, rank);
        status = orders->grant(orders->context, first, rank->waiting_task);
    }
    return status;
}

/* 5. Making one */

int64_t rml_dispatch_in_flight(const rml_dispatch *dispatch)
{
    return dispatch->n_in_flight;
}

int rml_dispatch_n_idle(const rml_dispatch *dispatch)
{
    return dispatch->n_idle;
}

bool rml_dispatch_is_through(const rml_dispatch *dispatch)
{
    return dispatch->n_in_flight == 0 && rml_queue_length(dispatch->queue) == 0 &&
           (dispatch->alone || dispatch->n_suspects == 0);
}

int64_t rml_dispatch_memory(const rml_dispatch *dispatch, int64_t task)
{
    return dispatch->memory[task];
}

int64_t rml_dispatch_largest_budget(const rml_dispatch *dispatch)
{
    return dispatch->largest_budget;
}

int64_t rml_dispatch_needed(const rml_dispatch *dispatch)
{
    return dispatch->needed;
}

void rml_dispatch_put(rml_dispatch *dispatch, int64_t task)
{
    rml_queue_put(dispatch->queue, task);
}

void rml_dispatch_suspect(rml_dispatch *dispatch, int64_t task)
{
    dispatch->suspects[dispatch->n_suspects++] = task;
}

rml_status rml_dispatch_init(int64_t n_tasks, const double *cost, const int64_t *memory, int n_ranks,
                             const int32_t *node_of, int n_nodes, const int64_t *budget, rml_dispatch **out)
{
    const size_t n = n_tasks > 0 ? (size_t)n_tasks : 1;
    rml_dispatch *dispatch = calloc(1, sizeof *dispatch);

    if (!dispatch) return RML_ENOMEM;
    *dispatch = (rml_dispatch){.size = n_ranks, .n_nodes = n_nodes, .head = -1, .saving_node = -1};
    dispatch->ranks = calloc((size_t)n_ranks, sizeof *dispatch->ranks);
    dispatch->nodes = calloc((size_t)n_nodes, sizeof *dispatch->nodes);
    dispatch->asking = malloc((size_t)n_ranks * sizeof *dispatch->asking);
    dispatch->memory = malloc(n * sizeof *dispatch->memory);
    dispatch->holder = malloc(n * sizeof *dispatch->holder);
    dispatch->suspects = malloc(n * sizeof *dispatch->suspects);
    if (!dispatch->ranks || !dispatch->nodes || !dispatch->asking || !dispatch->memory || !dispatch->holder ||
        !dispatch->suspects)
        goto failed;
    for (int64_t t = 0; t < n_tasks; ++t) dispatch->memory[t] = memory[t] > 0 ? memory[t] : 0;
    if (rml_queue_init(n_tasks, cost, dispatch->memory, &dispatch->queue) != RML_OK) goto failed;
    if (rml_queue_init(n_tasks, cost, dispatch->memory, &dispatch->offered) != RML_OK) goto failed;
    for (int r = 0; r < n_ranks; ++r) {
        dispatch->ranks[r].node = node_of[r];
        dispatch->ranks[r].offered = -1;
    }
    for (int i = 0; i < n_nodes; ++i) {
        dispatch->nodes[i].budget = budget[i];
        if (budget[i] > dispatch->largest_budget) dispatch->largest_budget = budget[i];
    }
    *out = dispatch;
    return RML_OK;
failed:
    rml_dispatch_free(dispatch);
    return RML_ENOMEM;
}

void rml_dispatch_free(rml_dispatch *dispatch)
{
    if (!dispatch) return;
    rml_queue_free(dispatch->queue);
    rml_queue_free(dispatch->offered);
    free(dispatch->suspects);
    free(dispatch->holder);
    free(dispatch->memory);
    free(dispatch->asking);
    free(dispatch->nodes);
    free(dispatch->ranks);
    free(dispatch);
}
