/* Contents: 1. time; 2. messages; 3. a rank: compute and service thread; 4. rank 0's service thread; 5. a run, up to
 * its end or a death; 6. runs until all is done.
 *
 * Rank 0's service thread is a chain of STEPs, each of which begins when the one before has ended: take one message,
 * or, when there is none, hand out and sync (a turn of engine/farm.c). Without news it naps, until the next probe after
 * something has come. Where in a nap a message falls is drawn. */
#include "engine/simulate.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "engine/dispatch.h"
#include "engine/events.h"
#include "engine/pace.h"
#include "kernels/base/rng.h"

enum {
    RECORD_BYTES = 64,       /* a record's header and key */
    FRUITLESS_DEATHS = 1000, /* one after the other with nothing done between: it will never end */
    SLOW_STREAM = 1,         /* random numbers */
    DEATH_STREAM,
    NAP_STREAM
};

typedef enum subject { ASK, RESULTS, DROPPED, KEPT, TASKS, RECALL } subject;

typedef struct message {
    struct message *next;
    subject what;
    int rank; /* the other one */
    int n;    /* tasks asked for, or in it */
    int64_t task[RML_HELD_MOST];
} message;

typedef enum kind { TASK_ENDS, LOOK, AT_RANK, AT_MASTER, SYNCED, STEP } kind;

typedef struct sim_rank {
    int64_t running; /* -1: none */
    double began;
    int64_t waiting[RML_HELD_MOST];
    int n_waiting;
    int64_t unsent[RML_HELD_MOST];
    int n_unsent;
    double gathered, last_news;
    bool asked;
    int n_last_batch;
    rml_task_pace pace;
    double busy;
    int64_t n_tasks;
    double factor;
} sim_rank;

typedef struct simulation {
    const rml_sim_machine *machine;
    const double *seconds;
    rml_simulated *result;
    double ahead;
    rml_dispatch *dispatch;
    sim_rank *ranks;
    rml_events events; /* number of a STEP: which one, so that one that was put forward is not done twice */
    uint64_t n_steps, n_drawn;
    message *inbox, **last_in;
    message *picked; /* tasks for the next message */
    bool napping, failed;
    double next_step;                              /* while it naps */
    double now;                                    /* of rank 0's service thread, while it works */
    double last_news, next_sync, first, last, dry; /* negative: not yet */
    int64_t n_unsynced, unsynced_bytes;
    int64_t *unsynced; /* [n_tasks] recorded, in order */
    int64_t n_syncing; /* the first ones: a sync is under way */
    double sync_seconds;
    bool *synced; /* [n_tasks] also in runs before */
    int64_t n_left;
    double *spent; /* [n_tasks] seconds of those that have ended */
    double unsafe; /* of those that have ended and are not synced */
} simulation;

/* 1. Time */

/* Until the next probe of a thread that last had news then. */
static double until_probe(simulation *s, double at, double last_news)
{
    return rml_pace_nap(at - last_news) * rml_rng_uniform(s->machine->seed, NAP_STREAM, s->n_drawn++);
}

/* 2. Messages */

static message *message_of(simulation *s, subject what, int rank)
{
    message *m = calloc(1, sizeof *m);

    if (!m) {
        s->failed = true;
        return NULL;
    }
    m->what = what;
    m->rank = rank;
    return m;
}

static int64_t bytes_of(const simulation *s, const message *m)
{
    const int64_t each = m->what == TASKS ? s->machine->task_bytes : m->what == RESULTS ? s->machine->result_bytes : 0;

    return 16 + each * m->n;
}

static void come_in(simulation *s, message *m)
{
    m->next = NULL;
    *s->last_in = m;
    s->last_in = &m->next;
}

/* From a rank to rank 0; those to itself take no time and are not counted. */
static void send_in(simulation *s, message *m, double at)
{
    const int64_t n_bytes = bytes_of(s, m);

    if (m->rank == 0) {
        come_in(s, m);
        return;
    }
    ++s->result->n_messages;
    s->result->bytes_in += n_bytes;
    at += s->machine->latency + (double)n_bytes / s->machine->bandwidth;
    rml_events_put(&s->events, (rml_event){.at = at, .kind = AT_MASTER, .payload = m});
}

static void send_out(simulation *s, message *m, double at)
{
    const int64_t n_bytes = bytes_of(s, m);

    if (m->rank != 0) {
        ++s->result->n_messages;
        s->result->bytes_out += n_bytes;
        at += s->machine->latency + (double)n_bytes / s->machine->bandwidth;
        at += until_probe(s, at, s->ranks[m->rank].last_news);
    }
    rml_events_put(&s->events, (rml_event){.at = at, .kind = AT_RANK, .rank = m->rank, .payload = m});
}

/* 3. A rank */

static void start_next(simulation *s, int r, double at)
{
    sim_rank *rank = &s->ranks[r];
    double seconds;

    if (rank->running >= 0 || rank->n_waiting == 0) return;
    rank->running = rank->waiting[0];
    memmove(rank->waiting, rank->waiting + 1, (size_t)--rank->n_waiting * sizeof *rank->waiting);
    rank->began = at + s->machine->begin;
    seconds = s->seconds[rank->running] * rank->factor;
    s->result->longest = fmax(s->result->longest, seconds);
    rml_events_put(&s->events, (rml_event){.at = rank->began + seconds, .kind = TASK_ENDS, .rank = r});
}

/* What send_news of engine/farm.c does. */
static void look(simulation *s, int r, double at)
{
    sim_rank *rank = &s->ranks[r];
    const bool asks = !rank->asked && rml_pace_asks(rank->n_waiting, rank->n_last_batch);
    message *m;

    if (rank->n_unsent > 0) {
        if (!rml_pace_gathers(asks || rank->asked, at - rank->gathered, s->ahead,
                              (size_t)(rank->n_unsent * s->machine->result_bytes))) {
            m = message_of(s, RESULTS, r);
            if (!m) return;
            m->n = rank->n_unsent;
            memcpy(m->task, rank->unsent, (size_t)m->n * sizeof *m->task);
            rank->n_unsent = 0;
            send_in(s, m, at);
        } else if (at < rank->gathered + s->ahead) {
            rml_events_put(&s->events, (rml_event){.at = rank->gathered + s->ahead, .kind = LOOK, .rank = r});
        }
    }
    if (!asks) return;
    m = message_of(s, ASK, r);
    if (!m) return;
    m->n = rml_pace_wanted(&rank->pace, s->ahead, rank->busy, rank->n_tasks);
    rank->asked = true;
    send_in(s, m, at);
}

static void wake_master(simulation *s, double at);

/* The service thread notices what its compute thread did; rank 0's has other work, too. */
static void notice(simulation *s, int r, double at)
{
    if (r == 0)
        wake_master(s, at + s->machine->wake);
    else
        rml_events_put(&s->events, (rml_event){.at = at + s->machine->wake, .kind = LOOK, .rank = r});
}

static void end_task(simulation *s, int r, double at)
{
    sim_rank *rank = &s->ranks[r];

    rank->busy += at - rank->began;
    s->spent[rank->running] = at - rank->began;
    s->unsafe += at - rank->began;
    ++rank->n_tasks;
    if (rank->n_unsent == 0) rank->gathered = at;
    rank->unsent[rank->n_unsent++] = rank->running;
    rank->running = -1;
    start_next(s, r, at);
    notice(s, r, at);
}

static void arrive(simulation *s, message *m, double at)
{
    sim_rank *rank = &s->ranks[m->rank];

    rank->last_news = at;
    if (m->what == TASKS) {
        rank->asked = false;
        rank->n_last_batch = m->n;
        memcpy(rank->waiting + rank->n_waiting, m->task, (size_t)m->n * sizeof *m->task);
        rank->n_waiting += m->n;
        start_next(s, m->rank, at + (rank->running < 0 ? s->machine->wake : 0.0));
        notice(s, m->rank, at);
        free(m);
        return;
    }
    m->what = KEPT;
    for (int w = 0; w < rank->n_waiting; ++w) {
        if (rank->waiting[w] != m->task[0]) continue;
        memmove(rank->waiting + w, rank->waiting + w + 1, (size_t)(--rank->n_waiting - w) * sizeof *rank->waiting);
        m->what = DROPPED;
    }
    send_in(s, m, at);
    notice(s, m->rank, at);
}

/* 4. Rank 0's service thread */

static void step_at(simulation *s, double at)
{
    s->next_step = at;
    rml_events_put(&s->events, (rml_event){.at = at, .kind = STEP, .number = ++s->n_steps});
}

static void wake_master(simulation *s, double at)
{
    if (s->napping && at < s->next_step) step_at(s, at);
}

static void spend(simulation *s, double seconds)
{
    s->now += seconds;
    s->result->service += seconds;
}

static rml_status pick(void *context, int to, int64_t task, bool *taken)
{
    simulation *s = context;

    if (!s->picked) s->picked = message_of(s, TASKS, to);
    if (!s->picked) return RML_ENOMEM;
    s->picked->task[s->picked->n++] = task;
    spend(s, s->machine->hand_out);
    s->unsynced_bytes += RECORD_BYTES;
    ++s->result->n_records;
    *taken = true;
    return RML_OK;
}

static rml_status send(void *context, int to)
{
    simulation *s = context;

    (void)to;
    spend(s, s->machine->message);
    if (s->first < 0.0) s->first = s->now;
    send_out(s, s->picked, s->now);
    s->picked = NULL;
    return RML_OK;
}

static rml_status recall(void *context, int from, int64_t task)
{
    simulation *s = context;
    message *m = message_of(s, RECALL, from);

    if (!m) return RML_ENOMEM;
    m->task[0] = task;
    ++s->result->n_recalls;
    spend(s, s->machine->message);
    send_out(s, m, s->now);
    return RML_OK;
}

static rml_status grant(void *context, int to, int64_t task)
{
    (void)context, (void)to, (void)task;
    return RML_OK; /* no task asks for memory here */
}

static void handle(simulation *s, const message *m)
{
    spend(s, s->machine->message);
    switch (m->what) {
    case ASK: rml_dispatch_asks(s->dispatch, m->rank, m->n); break;
    case DROPPED: (void)rml_dispatch_given_back(s->dispatch, m->rank, m->task[0]); break;
    case KEPT: rml_dispatch_kept(s->dispatch, m->rank); break;
    case RESULTS:
        for (int i = 0; i < m->n; ++i) {
            (void)rml_dispatch_ended(s->dispatch, m->rank, m->task[i]);
            spend(s, s->machine->record + (double)s->machine->result_bytes / s->machine->copy);
            s->unsynced[s->n_unsynced++] = m->task[i];
            s->unsynced_bytes += RECORD_BYTES + s->machine->result_bytes;
            ++s->result->n_records;
        }
        break;
    default: break;
    }
}

static void begin_sync(simulation *s)
{
    if (s->n_syncing > 0 || s->n_unsynced == 0) return;
    s->n_syncing = s->n_unsynced;
    s->sync_seconds = s->machine->sync + (double)s->unsynced_bytes / s->machine->disk;
    s->result->journal_bytes += s->unsynced_bytes;
    s->unsynced_bytes = 0;
    rml_events_put(&s->events, (rml_event){.at = s->now + s->sync_seconds, .kind = SYNCED});
}

static void end_sync(simulation *s, double at)
{
    s->result->syncing += s->sync_seconds;
    ++s->result->n_syncs;
    s->last = at;
    s->next_sync = at + rml_pace_sync_pause(s->sync_seconds);
    for (int64_t i = 0; i < s->n_syncing; ++i) {
        s->synced[s->unsynced[i]] = true;
        s->unsafe -= s->spent[s->unsynced[i]];
    }
    s->n_left -= s->n_syncing;
    s->n_unsynced -= s->n_syncing;
    memmove(s->unsynced, s->unsynced + s->n_syncing, (size_t)s->n_unsynced * sizeof *s->unsynced);
    s->n_syncing = 0;
    s->now = at;
    if (rml_dispatch_in_flight(s->dispatch) == 0) begin_sync(s);
}

static rml_status step(simulation *s, double at)
{
    const rml_orders orders = {.context = s, .pick = pick, .send = send, .recall = recall, .grant = grant};
    rml_status status;

    s->now = at;
    s->napping = false;
    look(s, 0, at);
    if (s->inbox) {
        message *m = s->inbox;

        s->inbox = m->next;
        if (!s->inbox) s->last_in = &s->inbox;
        handle(s, m);
        free(m);
        s->last_news = s->now;
        step_at(s, s->now);
        return RML_OK;
    }
    status = rml_dispatch_serve(s->dispatch, &orders);
    if (status != RML_OK) return status;
    if (s->dry < 0.0 && s->first >= 0.0 && rml_dispatch_n_idle(s->dispatch) > 0) s->dry = s->now;
    if (rml_dispatch_in_flight(s->dispatch) == 0 || s->now >= s->next_sync) begin_sync(s);
    if (s->now > at) { /* what came meanwhile is there at once */
        step_at(s, s->now);
        return RML_OK;
    }
    s->napping = true;
    s->next_step = INFINITY;
    if (s->n_unsynced > 0 && s->n_syncing == 0)
        step_at(s, s->next_sync + until_probe(s, s->next_sync, s->last_news)); /* which syncs */
    return RML_OK;
}

/* 5. A run, up to its end or a death */

static rml_status happen(simulation *s, rml_event now)
{
    switch ((kind)now.kind) {
    case TASK_ENDS: end_task(s, now.rank, now.at); break;
    case LOOK:
        if (now.rank == 0)
            wake_master(s, now.at);
        else
            look(s, now.rank, now.at);
        break;
    case AT_RANK: arrive(s, now.payload, now.at); break;
    case AT_MASTER:
        come_in(s, now.payload);
        wake_master(s, now.at + until_probe(s, now.at, s->last_news));
        break;
    case SYNCED:
        end_sync(s, now.at);
        wake_master(s, fmax(now.at, s->next_sync) + until_probe(s, now.at, s->last_news));
        break;
    case STEP:
        if (now.number == s->n_steps) return step(s, now.at);
        break;
    }
    return RML_OK;
}

static rml_status begin_run(simulation *s, int64_t n_tasks, const double *cost, double at)
{
    const rml_sim_machine *machine = s->machine;
    const int n_nodes = (machine->n_ranks + machine->ranks_per_node - 1) / machine->ranks_per_node;
    int64_t *memory = calloc((size_t)n_tasks + 1, sizeof *memory);
    int64_t *budget = malloc((size_t)n_nodes * sizeof *budget);
    int32_t *node_of = malloc((size_t)machine->n_ranks * sizeof *node_of);
    rml_status status = RML_ENOMEM;

    if (!memory || !budget || !node_of) goto done;
    for (int i = 0; i < n_nodes; ++i) budget[i] = INT64_MAX;
    for (int r = 0; r < machine->n_ranks; ++r) node_of[r] = r / machine->ranks_per_node;
    status = rml_dispatch_init(n_tasks, cost, memory, machine->n_ranks, node_of, n_nodes, budget, &s->dispatch);
    if (status != RML_OK) goto done;
    for (int64_t t = 0; t < n_tasks; ++t)
        if (!s->synced[t]) rml_dispatch_put(s->dispatch, t);
    for (int r = 0; r < machine->n_ranks; ++r) {
        const double factor = s->ranks[r].factor;

        s->ranks[r] = (sim_rank){.running = -1, .last_news = at, .factor = factor};
        if (r > 0) rml_events_put(&s->events, (rml_event){.at = at, .kind = LOOK, .rank = r});
    }
    s->n_unsynced = s->n_syncing = s->unsynced_bytes = 0;
    s->unsafe = 0.0;
    s->last_news = s->next_sync = at;
    s->dry = -1.0;
    s->last_in = &s->inbox;
    s->napping = false;
    step_at(s, at);
done:
    free(memory);
    free(budget);
    free(node_of);
    return status;
}

static void end_run(simulation *s)
{
    rml_events_clear(&s->events);
    while (s->inbox) {
        message *next = s->inbox->next;

        free(s->inbox);
        s->inbox = next;
    }
    free(s->picked);
    s->picked = NULL;
    rml_dispatch_free(s->dispatch);
    s->dispatch = NULL;
}

/* Until all is synced, or death comes. What ranks had in hand then, and what was not synced, is lost. */
static rml_status run(simulation *s, double death)
{
    while (s->n_left > 0) {
        const double next = s->events.n > 0 ? s->events.heap[0].at : INFINITY;
        rml_status status;

        if (s->failed || s->events.failed) return RML_ENOMEM;
        assert(next < INFINITY || death < INFINITY);
        if (next >= death) {
            s->result->lost += s->unsafe;
            for (int r = 0; r < s->machine->n_ranks; ++r)
                if (s->ranks[r].running >= 0) s->result->lost += fmax(0.0, death - s->ranks[r].began);
            return RML_ESTOPPED;
        }
        status = happen(s, rml_events_take(&s->events));
        if (status != RML_OK) return status;
    }
    return s->failed || s->events.failed ? RML_ENOMEM : RML_OK;
}

/* 6. Runs until all is done */

static double draw_life(const rml_sim_machine *machine, uint64_t nth)
{
    const double n_nodes = ceil((double)machine->n_ranks / machine->ranks_per_node);

    if (!(machine->node_seconds > 0.0)) return INFINITY;
    return -log1p(-rml_rng_uniform(machine->seed, DEATH_STREAM, nth)) * machine->node_seconds / n_nodes;
}

rml_status rml_simulate(int64_t n_tasks, const double *seconds, const double *cost, const rml_sim_machine *machine,
                        rml_simulated *result)
{
    simulation s = {.machine = machine, .seconds = seconds, .result = result, .first = -1.0, .n_left = n_tasks};
    rml_status status = RML_ESTOPPED;
    double at = 0.0;
    int n_fruitless = 0;

    *result = (rml_simulated){0};
    if (machine->n_ranks < 1 || machine->ranks_per_node < 1) return RML_EINVAL;
    s.ahead = machine->ahead > 0.0 ? machine->ahead : machine->ahead < 0.0 ? 0.0 : rml_pace_ahead(machine->n_ranks);
    s.ranks = calloc((size_t)machine->n_ranks, sizeof *s.ranks);
    s.unsynced = malloc(((size_t)n_tasks + 1) * sizeof *s.unsynced);
    s.synced = calloc((size_t)n_tasks + 1, sizeof *s.synced);
    s.spent = calloc((size_t)n_tasks + 1, sizeof *s.spent);
    if (!s.ranks || !s.unsynced || !s.synced || !s.spent) status = RML_ENOMEM;
    for (int r = 0; r < machine->n_ranks && s.ranks; ++r) {
        const bool slow = rml_rng_uniform(machine->seed, SLOW_STREAM, (uint64_t)r) < machine->slow_share;

        s.ranks[r].factor = slow ? machine->slow_factor : 1.0;
    }
    for (int64_t t = 0; t < n_tasks; ++t) result->busy += seconds[t];
    while (status == RML_ESTOPPED && n_fruitless < FRUITLESS_DEATHS) {
        const int64_t n_left = s.n_left;
        const double death = at + draw_life(machine, (uint64_t)result->n_deaths);

        status = begin_run(&s, n_tasks, cost, at);
        if (status == RML_OK) status = run(&s, death);
        end_run(&s);
        if (status != RML_ESTOPPED) break;
        ++result->n_deaths;
        n_fruitless = s.n_left < n_left ? 0 : n_fruitless + 1;
        at = death + machine->restart;
    }
    if (status == RML_OK && n_tasks > 0) {
        result->seconds = s.last - s.first;
        result->tail = s.dry >= 0.0 ? s.last - s.dry : 0.0;
    }
    if (status == RML_ESTOPPED) {
        result->seconds = INFINITY;
        status = RML_OK;
    }
    rml_events_free(&s.events);
    free(s.ranks);
    free(s.unsynced);
    free(s.synced);
    free(s.spent);
    return status;
}
