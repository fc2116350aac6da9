/* Contents: 1. failing and recording; 2. memory of the nodes; 3. handing out; 4. messages; 5. the end; 6. making one.
 */
#include "engine/master.h"

#include <float.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/clock.h"
#include "engine/log.h"
#include "engine/progress.h"
#include "engine/queue.h"

/* Syncing stops the service of all ranks, and on a slow disk takes longer than a small task. After a sync of d seconds
 * the next one waits 4 d, so that it takes a fifth of the time at most; but never longer than this. */
static const double sync_pause = 4.0, longest_pause = 1.0;

enum {
    HELD_AT_MOST = 2,    /* tasks a rank has: one running, one waiting */
    PASSES_PER_RANK = 4, /* hand-outs of smaller tasks that the first in the queue puts up with */
};

typedef struct rank_state {
    int node;
    bool asks;
    bool recalled;  /* its waiting task was asked back, and cannot be again: it has begun */
    bool answering; /* the answer to that is under way */
    bool final;
    int n_held;
    int64_t held[HELD_AT_MOST]; /* in the order of running */
    int64_t waits;              /* its running task waits for memory and holds none: the how many-eth to; 0: no */
    int64_t waiting_task;
    int64_t late;   /* bytes that abandoned tasks may still hold */
    int64_t charge; /* what it counts for in its node */
} rank_state;

typedef struct node_state {
    int64_t budget, used;
    int32_t n_in_flight, n_waiting;
    bool full; /* its first who waits does not fit yet; while they are gone through */
} node_state;

typedef struct notice { /* an outcome that is appended and not yet synced */
    int64_t task;
    int32_t unit;
    bool done;
    rml_blob outcome;
} notice;

struct rml_master {
    const rml_farm_job *job;
    rml_journal *journal;
    const rml_farm_options *options;
    rml_post *post;
    int size, n_nodes;
    rank_state *ranks; /* [size] */
    node_state *nodes; /* [n_nodes] */
    int64_t largest_budget;
    int64_t needed;             /* the most that a task in flight was charged for */
    int64_t *memory;            /* [n_tasks] estimates, and what the tasks have said since */
    int64_t n_waiting, n_waits; /* now, and ever */

    rml_queue *queue;
    int64_t *suspects; /* [n_suspects]: put into the queue when all else is through */
    int64_t n_suspects;
    bool alone; /* the suspects' turn: one task in flight */
    int64_t n_in_flight;
    int64_t head, n_passed; /* the first in the queue that does not fit, and how often it was passed over */
    int saving_node;        /* hands out nothing else until the head fits; -1: none */

    notice *notices;
    size_t n_notices, notices_capacity;

    rml_stop stop;
    bool halted, ended;
    int n_final;
    rml_error error; /* why the run ends early */

    rml_progress progress;
    int64_t n_pending; /* units to do in this run */
    double first, last, sync_seconds;
    double next_sync;
    rml_farm_rank *figures; /* [size] */
};

/* 1. Failing and recording */

/* Ends the run: the first reason stays. */
static void give_up(rml_master *master, const rml_error *why)
{
    if (master->error.status != RML_OK) return;
    master->error = *why;
    rml_log(RML_LOG_FILE, "stopped: %s", why->text);
}

static const char *name_of(const rml_master *master, int64_t task, int32_t unit)
{
    return master->job->name(master->job->context, task, unit);
}

/* Appends an outcome, and remembers to tell the job when it is synced. Takes over the blob. */
static void record(rml_master *master, int64_t task, int32_t unit, bool done, rml_blob *outcome)
{
    const rml_key *key = &master->job->tasks[task].keys[unit];
    rml_error err = {0};

    if (master->error.status == RML_EIO || master->error.status == RML_ENOMEM) goto done; /* the run is lost */
    if (rml_journal_append(master->journal, done ? RML_RECORD_DONE : RML_RECORD_FAILED, key, 1, outcome->bytes,
                           outcome->n_bytes, &err) != RML_OK) {
        give_up(master, &err);
        goto done;
    }
    if (master->n_notices == master->notices_capacity) {
        const size_t capacity = master->notices_capacity ? 2 * master->notices_capacity : 64;
        notice *notices = realloc(master->notices, capacity * sizeof *notices);

        if (!notices) {
            (void)rml_fail(&err, RML_ENOMEM, "out of memory for the list of outcomes");
            give_up(master, &err);
            goto done;
        }
        master->notices = notices;
        master->notices_capacity = capacity;
    }
    master->notices[master->n_notices++] = (notice){.task = task, .unit = unit, .done = done, .outcome = *outcome};
    *outcome = (rml_blob){0};
done:
    rml_blob_free(outcome);
}

static bool is_done_already(const rml_master *master, int64_t task, int32_t unit)
{
    return rml_journal_state(master->journal, master->job->tasks[task].keys[unit]) == RML_UNIT_DONE;
}

static void fail_unit(rml_master *master, int64_t task, int32_t unit, const rml_error *why)
{
    rml_blob outcome = {0};

    rml_log(RML_LOG_FILE, "failed: %s", why->text);
    master->job->failed(master->job->context, task, unit, why, &outcome);
    if (outcome.failed) {
        rml_error err = {0};

        rml_blob_free(&outcome);
        (void)rml_fail(&err, RML_ENOMEM, "out of memory for an outcome");
        give_up(master, &err);
        return;
    }
    record(master, task, unit, false, &outcome);
}

static void end_task(rml_master *master, int64_t task)
{
    const double cost = master->job->tasks[task].cost;

    if (cost > 0.0) master->progress.cost_ended += cost;
}

/* Why a quarantined unit is not run. */
static void explain_quarantine(const rml_master *master, int64_t task, int32_t unit, rml_error *why)
{
    const rml_blame blame = rml_journal_blame(master->journal, master->job->tasks[task].keys[unit]);
    const char *name = name_of(master, task, unit);

    if (!blame.quarantined)
        (void)rml_fail(why, RML_ECRASH,
                       "%s: is computed together with one that kills its rank; --retry-quarantined "
                       "tries it again",
                       name);
    else if (blame.n_crashes > 1)
        (void)rml_fail(why, RML_ECRASH,
                       "%s: killed its rank in %d runs, the last time by signal %d (SIG%s); "
                       "--retry-quarantined tries it again",
                       name, (int)blame.n_crashes, (int)blame.signal,
                       sigabbrev_np(blame.signal) ? sigabbrev_np(blame.signal) : "?");
    else
        (void)rml_fail(why, RML_ECRASH,
                       "%s: was the only one running in three deaths of the program in a row (killed, "
                       "or out of memory?); --retry-quarantined tries it again",
                       name);
}

/* What was running when runs ended again and again without anything new: the next one would end as they did. */
static void explain_barren(const rml_master *master, rml_error *why)
{
    enum { MOST_NAMES = 8 };
    char names[RML_ERROR_TEXT / 2] = "";
    size_t length = 0;
    int64_t n = 0;

    for (int64_t t = 0; t < master->job->n_tasks; ++t)
        for (int32_t u = 0; u < master->job->tasks[t].n_units; ++u) {
            if (!rml_journal_blame(master->journal, master->job->tasks[t].keys[u]).cut_short) continue;
            if (n++ >= MOST_NAMES || length >= sizeof names) continue;
            length += (size_t)snprintf(names + length, sizeof names - length, "%s%s", n > 1 ? ", " : "",
                                       name_of(master, t, u));
        }
    if (n > MOST_NAMES && length < sizeof names)
        snprintf(names + length, sizeof names - length, " and %lld more", (long long)(n - MOST_NAMES));
    (void)rml_fail(why, RML_ECRASH,
                   "%d starts in a row ended without a new result; %s%s. Give %s more time or memory, or take "
                   "out what cannot be computed; without --give-up the run goes on",
                   (int)rml_journal_barren(master->journal),
                   n ? "these were running when the last one ended: " : "nothing had been begun", names,
                   n ? "them" : "the run");
}

static void sync_records(rml_master *master)
{
    rml_error err = {0};
    const double before = rml_seconds();
    rml_status status = RML_OK;

    if (master->n_notices == 0) return;
    if (!master->options->no_sync) status = rml_journal_sync(master->journal, &err);
    master->last = rml_seconds();
    master->sync_seconds += master->last - before;
    master->next_sync = master->last + fmin(sync_pause * (master->last - before), longest_pause);
    if (status != RML_OK) give_up(master, &err);
    for (size_t n = 0; n < master->n_notices; ++n) {
        notice *told = &master->notices[n];

        if (status == RML_OK) {
            ++*(told->done ? &master->progress.done : &master->progress.failed);
            if (master->job->recorded)
                master->job->recorded(master->job->context, told->task, told->unit, told->done, &told->outcome);
        }
        rml_blob_free(&told->outcome);
    }
    master->n_notices = 0;
}

/* 2. Memory of the nodes: a rank runs its tasks one after the other, so it counts for the largest one it has. */

static int64_t memory_of(const rml_master *master, int64_t task)
{
    return master->memory[task];
}

static int64_t largest_held(const rml_master *master, const rank_state *rank)
{
    int64_t largest = 0;

    for (int h = 0; h < rank->n_held; ++h)
        if (memory_of(master, rank->held[h]) > largest) largest = memory_of(master, rank->held[h]);
    return largest;
}

static void charge(rml_master *master, rank_state *rank)
{
    const int64_t held = rank->waits ? 0 : largest_held(master, rank), now = held + rank->late;

    if (held > master->needed) master->needed = held;
    master->nodes[rank->node].used += now - rank->charge;
    rank->charge = now;
}

/* The largest task that may be given to the rank now. A node with nothing in flight takes any task that fits it at
 * all, also while an abandoned task may still hold memory there: it could wait for ever. */
static int64_t room_for(const rml_master *master, const rank_state *rank)
{
    const node_state *node = &master->nodes[rank->node];

    if (node->n_in_flight == 0) return node->budget;
    return node->budget - node->used + largest_held(master, rank);
}

static void hold(rml_master *master, rank_state *rank, int64_t task)
{
    rank->held[rank->n_held++] = task;
    ++master->n_in_flight;
    ++master->nodes[rank->node].n_in_flight;
    charge(master, rank);
}

/* False when the rank does not have the task. */
static bool release(rml_master *master, rank_state *rank, int64_t task)
{
    for (int h = 0; h < rank->n_held; ++h) {
        if (rank->held[h] != task) continue;
        for (int next = h + 1; next < rank->n_held; ++next) rank->held[next - 1] = rank->held[next];
        --rank->n_held;
        --master->n_in_flight;
        --master->nodes[rank->node].n_in_flight;
        charge(master, rank);
        return true;
    }
    return false;
}

/* 3. Handing out */

/* The task for a rank that asks; -1: none now. */
static int64_t choose(rml_master *master, const rank_state *rank)
{
    const int64_t head = rml_queue_first(master->queue), room = room_for(master, rank);
    const node_state *node = &master->nodes[rank->node];
    int64_t task;

    if (head != master->head) {
        master->head = head;
        master->n_passed = 0;
        master->saving_node = -1;
    }
    if (head < 0 || node->n_waiting > 0) return -1;
    if (master->alone) return master->n_in_flight == 0 ? rml_queue_first_fitting(master->queue, room) : -1;
    if (memory_of(master, head) <= room) return head;
    if (memory_of(master, head) <= node->budget && master->saving_node == rank->node) return -1;
    task = rml_queue_first_fitting(master->queue, room);
    if (task < 0) return -1;
    if (master->saving_node < 0 && memory_of(master, head) <= node->budget &&
        ++master->n_passed > (int64_t)PASSES_PER_RANK * master->size) {
        master->saving_node = rank->node;
        return -1;
    }
    return task;
}

static rml_status send_number(rml_master *master, int to, rml_tag tag, int64_t number)
{
    rml_blob message = {0};
    rml_status status;

    rml_post_begin(&message);
    rml_blob_put_i64(&message, number);
    status = rml_post_send(master->post, to, tag, &message);
    rml_blob_free(&message);
    return status;
}

/* Packs and sends. A task that the job cannot pack is failed: *sent says which. */
static rml_status hand_out(rml_master *master, int to, int64_t task, bool *sent)
{
    const rml_farm_task *what = &master->job->tasks[task];
    rml_blob payload = {0}, message = {0};
    rml_error err = {0};
    rml_status status;

    *sent = false;
    rml_queue_remove(master->queue, task);
    status = master->job->pack(master->job->context, task, &payload);
    if (status == RML_OK && payload.failed) status = RML_ENOMEM;
    if (status != RML_OK) {
        for (int32_t u = 0; u < what->n_units; ++u) {
            if (is_done_already(master, task, u)) continue;
            (void)rml_fail(&err, status, "%s: could not be prepared (%s)", name_of(master, task, u),
                           rml_status_name(status));
            fail_unit(master, task, u, &err);
        }
        end_task(master, task);
        status = RML_OK;
        goto done;
    }
    if (rml_journal_append(master->journal, RML_RECORD_STARTED, what->keys, what->n_units, NULL, 0, &err) != RML_OK) {
        give_up(master, &err);
        goto done;
    }
    rml_post_begin(&message);
    rml_blob_put_i64(&message, task);
    rml_blob_put_i32(&message, what->n_units);
    for (int32_t u = 0; u < what->n_units; ++u) {
        rml_blob_put_u64(&message, what->keys[u].high);
        rml_blob_put_u64(&message, what->keys[u].low);
    }
    rml_blob_put_bytes(&message, payload.bytes, payload.n_bytes);
    status = rml_post_send(master->post, to, RML_TAG_TASK, &message);
    if (status != RML_OK) goto done;
    if (master->first == 0.0) master->first = master->last = rml_seconds();
    hold(master, &master->ranks[to], task);
    *sent = true;
done:
    rml_blob_free(&message);
    rml_blob_free(&payload);
    return status;
}

static rml_status serve(rml_master *master, int r)
{
    rank_state *rank = &master->ranks[r];

    while (rank->asks && rank->n_held < HELD_AT_MOST && master->error.status == RML_OK) {
        const int64_t task = choose(master, rank);
        rml_status status;
        bool sent;

        if (task < 0) break;
        status = hand_out(master, r, task, &sent);
        if (status != RML_OK) return status;
        if (!sent) continue;
        rank->asks = false;
        rank->recalled = false;
    }
    return RML_OK;
}

/* A rank has nothing to do and the queue nothing for it: someone else's waiting task is asked back for it. */
static rml_status recall_for(rml_master *master, const rank_state *idle)
{
    const int64_t room = room_for(master, idle);
    int best = -1;

    for (int r = 0; r < master->size; ++r) {
        const rank_state *rank = &master->ranks[r];

        if (rank->n_held < 2 || rank->recalled || memory_of(master, rank->held[1]) > room) continue;
        if (best < 0 || master->job->tasks[rank->held[1]].cost > master->job->tasks[master->ranks[best].held[1]].cost)
            best = r;
    }
    if (best < 0) return RML_OK;
    master->ranks[best].recalled = master->ranks[best].answering = true;
    return send_number(master, best, RML_TAG_RECALL, master->ranks[best].held[1]);
}

static rml_status serve_all(rml_master *master)
{
    int64_t n_idle = 0, n_recalled = 0;
    rml_status status = RML_OK;

    if (rml_queue_length(master->queue) == 0 && !master->alone && master->n_in_flight == 0 && master->n_suspects > 0) {
        master->alone = true;
        rml_log(RML_LOG_FILE, "now the %lld tasks that were running when the program died, one at a time",
                (long long)master->n_suspects);
        for (int64_t s = 0; s < master->n_suspects; ++s) rml_queue_put(master->queue, master->suspects[s]);
    }
    for (int r = 0; r < master->size && status == RML_OK; ++r) /* who has nothing comes first */
        if (master->ranks[r].n_held == 0) status = serve(master, r);
    for (int r = 0; r < master->size && status == RML_OK && !master->alone; ++r) status = serve(master, r);
    if (master->alone || master->saving_node >= 0) return status;
    for (int r = 0; r < master->size; ++r) {
        n_idle += master->ranks[r].asks && master->ranks[r].n_held == 0;
        n_recalled += master->ranks[r].answering;
    }
    for (int r = 0; r < master->size && status == RML_OK && n_recalled < n_idle; ++r) {
        if (!master->ranks[r].asks || master->ranks[r].n_held > 0) continue;
        if (master->nodes[master->ranks[r].node].n_waiting > 0) continue;
        status = recall_for(master, &master->ranks[r]);
        ++n_recalled;
    }
    return status;
}

/* 4. Messages */

static void take_result(rml_master *master, int from, rml_reader *reader)
{
    const int64_t task = rml_read_i64(reader);
    const int32_t n_units = rml_read_i32(reader);

    if (!release(master, &master->ranks[from], task)) return;
    for (int32_t u = 0; u < n_units; ++u) {
        const bool given = rml_read_u8(reader), done = rml_read_u8(reader);
        const uint64_t n_bytes = rml_read_u64(reader);
        const void *bytes = rml_read_bytes(reader, (size_t)n_bytes);
        rml_blob outcome = {0};
        rml_error why = {0};

        if (is_done_already(master, task, u)) continue; /* of a task that was done in part by an earlier run */
        if (!given) {
            (void)rml_fail(&why, RML_EEMPTY, "%s: the computation ended without an outcome", name_of(master, task, u));
            fail_unit(master, task, u, &why);
            continue;
        }
        rml_blob_put_bytes(&outcome, bytes, (size_t)n_bytes);
        if (outcome.failed) {
            (void)rml_fail(&why, RML_ENOMEM, "%s: out of memory for an outcome of %llu bytes", name_of(master, task, u),
                           (unsigned long long)n_bytes);
            give_up(master, &why);
        } else {
            record(master, task, u, done, &outcome);
        }
        rml_blob_free(&outcome);
    }
    end_task(master, task);
}

static void take_timeout(rml_master *master, int from, int64_t task)
{
    rank_state *rank = &master->ranks[from];
    rml_error why = {0};

    if (!release(master, rank, task)) return;
    rank->late += memory_of(master, task);
    charge(master, rank);
    for (int32_t u = 0; u < master->job->tasks[task].n_units; ++u) {
        if (is_done_already(master, task, u)) continue;
        (void)rml_fail(&why, RML_ETIMEOUT, "%s: took longer than the %g s of --case-timeout", name_of(master, task, u),
                       master->options->case_timeout);
        fail_unit(master, task, u, &why);
    }
    end_task(master, task);
}

static rml_status answer_need(rml_master *master, int to, int64_t task, bool granted)
{
    rml_blob message = {0};
    rml_status status;

    rml_post_begin(&message);
    rml_blob_put_i64(&message, task);
    rml_blob_put_u8(&message, granted);
    status = rml_post_send(master->post, to, RML_TAG_GRANT, &message);
    rml_blob_free(&message);
    return status;
}

/* Whether what the rank has, with what it says now, fits beside the others of its node. Where no other computes, only
 * abandoned tasks can be in the way, and they might be for ever. */
static bool fits(const rml_master *master, int r)
{
    const rank_state *rank = &master->ranks[r];
    const node_state *node = &master->nodes[rank->node];
    bool alone = true;

    if (node->used - rank->charge + rank->late + largest_held(master, rank) <= node->budget) return true;
    for (int other = 0; other < master->size && alone; ++other)
        alone = other == r || master->ranks[other].node != rank->node || master->ranks[other].n_held == 0 ||
                master->ranks[other].waits > 0;
    return alone;
}

static rml_status take_need(rml_master *master, int from, rml_reader *reader)
{
    rank_state *rank = &master->ranks[from];
    node_state *node = &master->nodes[rank->node];
    const int64_t task = rml_read_i64(reader), n_bytes = rml_read_i64(reader);
    const bool wait = rml_read_u8(reader) != 0;
    const int64_t before = memory_of(master, task);

    if (n_bytes > node->budget) return answer_need(master, from, task, false);
    master->memory[task] = n_bytes;
    if ((wait && node->n_waiting > 0) || !fits(master, from)) { /* who waits already comes first */
        if (!wait) {
            master->memory[task] = before;
            return answer_need(master, from, task, false);
        }
        rank->waits = ++master->n_waits;
        rank->waiting_task = task;
        ++node->n_waiting;
        ++master->n_waiting;
        rml_log(RML_LOG_FILE, "%s waits for %.2f GiB of memory", name_of(master, task, 0), (double)n_bytes / (1 << 30));
        charge(master, rank);
        return RML_OK;
    }
    charge(master, rank);
    return answer_need(master, from, task, true);
}

/* First come, first served on each node: who needs much is not passed over for ever. */
static rml_status grant_waiting(rml_master *master)
{
    rml_status status = RML_OK;

    for (int n = 0; n < master->n_nodes; ++n) master->nodes[n].full = false;
    while (status == RML_OK && master->n_waiting > 0) {
        int first = -1;
        rank_state *rank;

        for (int r = 0; r < master->size; ++r)
            if (master->ranks[r].waits > 0 && !master->nodes[master->ranks[r].node].full &&
                (first < 0 || master->ranks[r].waits < master->ranks[first].waits))
                first = r;
        if (first < 0) break;
        rank = &master->ranks[first];
        if (!fits(master, first)) {
            master->nodes[rank->node].full = true;
            continue;
        }
        rank->waits = 0;
        --master->nodes[rank->node].n_waiting;
        --master->n_waiting;
        charge(master, rank);
        status = answer_need(master, first, rank->waiting_task, true);
    }
    return status;
}

rml_status rml_master_message(rml_master *master, int from, int tag, rml_reader *reader)
{
    rank_state *rank = &master->ranks[from];
    int64_t task;
    int32_t how;

    switch (tag) {
    case RML_TAG_ASK: rank->asks = true; break;
    case RML_TAG_RESULT: take_result(master, from, reader); break;
    case RML_TAG_TIMEOUT: take_timeout(master, from, rml_read_i64(reader)); break;
    case RML_TAG_LATE:
        rank->late -= memory_of(master, rml_read_i64(reader));
        charge(master, rank);
        break;
    case RML_TAG_DROPPED:
        task = rml_read_i64(reader);
        if (release(master, rank, task)) rml_queue_put(master->queue, task);
        rank->recalled = rank->answering = false;
        rank->asks = false; /* it asks again when it has learnt that nothing waits behind its task */
        break;
    case RML_TAG_KEPT: rank->answering = false; break;
    case RML_TAG_NEED: return take_need(master, from, reader);
    case RML_TAG_STOP:
        how = rml_read_i32(reader);
        if (how > (int)master->stop) {
            master->stop = (rml_stop)how;
            rml_log(RML_LOG_FILE, "rank %d was asked to stop %s", from,
                    how == RML_STOP_NOW ? "at once" : "when the running tasks are finished");
        }
        break;
    case RML_TAG_FINAL:
        master->figures[from].busy = rml_read_f64(reader);
        master->figures[from].n_tasks = rml_read_i64(reader);
        master->figures[from].peak_rss = rml_read_i64(reader);
        rank->final = true;
        ++master->n_final;
        break;
    default: break;
    }
    return RML_OK;
}

/* 5. The end */

static rml_status tell_all(rml_master *master, rml_tag tag, rml_status result, const char *sentence)
{
    rml_status status = RML_OK;

    for (int r = 0; r < master->size && status == RML_OK; ++r) {
        rml_blob message = {0};

        rml_post_begin(&message);
        rml_blob_put_i32(&message, (int32_t)result);
        rml_blob_put_text(&message, sentence);
        status = rml_post_send(master->post, r, tag, &message);
        rml_blob_free(&message);
    }
    return status;
}

static rml_status end(rml_master *master)
{
    rml_progress *progress = &master->progress;
    const long long done = progress->done, failed = progress->failed,
                    left = (long long)master->n_pending - done - failed;

    master->ended = true;
    rml_progress_end(progress);
    rml_log(RML_LOG_FILE, "end: %lld %s done, %lld failed, %lld left, %.1f s, of which syncing %.1f s", done,
            progress->noun, failed, left, master->last - master->first, master->sync_seconds);
    return tell_all(master, RML_TAG_END, master->error.status, master->error.text);
}

rml_status rml_master_turn(rml_master *master)
{
    rml_status status = RML_OK;

    if (master->ended) { /* what was under way when the end was announced still counts */
        sync_records(master);
        return RML_OK;
    }
    if (master->n_waiting > 0) status = grant_waiting(master);
    if (status == RML_OK && master->stop == RML_STOP_NONE && master->error.status == RML_OK) status = serve_all(master);
    if (status != RML_OK) return status;
    if (master->n_in_flight == 0 || master->stop != RML_STOP_NONE || master->error.status != RML_OK ||
        rml_seconds() >= master->next_sync)
        sync_records(master);
    if (master->error.status != RML_OK) return end(master);
    if (master->stop != RML_STOP_NONE && !master->halted) {
        master->halted = true;
        status = tell_all(master, RML_TAG_HALT, RML_OK, "");
        if (status != RML_OK) return status;
    }
    rml_progress_show(&master->progress, rml_seconds());
    if (master->stop == RML_STOP_NOW || (master->stop == RML_STOP_GENTLY && master->n_in_flight == 0)) {
        const long long left = (long long)(master->n_pending - master->progress.done - master->progress.failed);

        if (left > 0)
            (void)rml_fail(&master->error, RML_ESTOPPED, "stopped on request with %lld %s left; --resume goes on", left,
                           master->progress.noun);
        return end(master);
    }
    if (master->n_in_flight == 0 && rml_queue_length(master->queue) == 0 && (master->alone || master->n_suspects == 0))
        return end(master);
    return RML_OK;
}

bool rml_master_is_over(const rml_master *master)
{
    return master->ended && master->n_final == master->size;
}

void rml_master_report(rml_master *master, rml_farm_report *report)
{
    /* Nothing handed out, but refused: no time passed. */
    const double seconds = master->first > 0.0 ? fmax(0.0, master->last - master->first) : 0.0;

    for (int r = 0; r < master->size; ++r) {
        rml_farm_rank *figures = &master->figures[r];

        figures->wait = fmax(0.0, seconds - figures->busy);
        rml_log(RML_LOG_FILE, "rank %d on %s: %lld tasks, %.2f s busy, %.2f s waiting, %.0f MiB of memory at most", r,
                figures->host, (long long)figures->n_tasks, figures->busy, figures->wait,
                (double)figures->peak_rss / (1 << 20));
    }
    *report = (rml_farm_report){.n_done = master->progress.done,
                                .n_failed = master->progress.failed,
                                .n_left = master->n_pending - master->progress.done - master->progress.failed,
                                .n_before = master->progress.before,
                                .seconds = seconds,
                                .sync_seconds = master->sync_seconds,
                                .needed_bytes = master->needed,
                                .n_ranks = master->size,
                                .ranks = master->figures,
                                .stopped = master->stop != RML_STOP_NONE};
    master->figures = NULL;
}

/* 6. Making one */

/* Also whether a signal came before the farm: then nothing is handed out. */
static void find_nodes(rml_master *master, const rml_node_info *infos)
{
    for (int r = 0; r < master->size; ++r) {
        const int leader = infos[r].leader;
        int64_t budget = master->options->memory_per_node;

        snprintf(master->figures[r].host, sizeof master->figures[r].host, "%s", infos[r].host);
        if (infos[r].asked > (int32_t)master->stop) master->stop = (rml_stop)infos[r].asked;
        if (leader != r) {
            master->ranks[r].node = master->ranks[leader].node; /* the leader comes before */
            continue;
        }
        if (budget <= 0) budget = infos[r].memory;
        if (budget > master->largest_budget) master->largest_budget = budget;
        master->nodes[master->n_nodes].budget = budget;
        master->ranks[r].node = master->n_nodes++;
        rml_log(RML_LOG_FILE, "node %d: %s from rank %d, %.1f GiB", master->ranks[r].node, infos[r].host, r,
                (double)budget / (1 << 30));
    }
}

typedef enum verdict { SKIP, RUN, RUN_LAST, REFUSE } verdict;

static verdict judge(const rml_master *master, int64_t task)
{
    const rml_farm_task *what = &master->job->tasks[task];
    bool pending = false, suspect = false, quarantined = false;

    for (int32_t u = 0; u < what->n_units; ++u) {
        const rml_blame blame = rml_journal_blame(master->journal, what->keys[u]);

        if (rml_journal_state(master->journal, what->keys[u]) == RML_UNIT_DONE) continue;
        pending = true;
        suspect |= blame.suspect;
        quarantined |= blame.quarantined;
    }
    if (!pending) return SKIP;
    if (quarantined && !master->options->retry_quarantined) return REFUSE;
    return suspect || quarantined ? RUN_LAST : RUN;
}

/* Puts every task where it belongs; what will not be run is failed now. */
static void sort_tasks(rml_master *master, verdict *verdicts)
{
    for (int64_t t = 0; t < master->job->n_tasks; ++t) {
        const rml_farm_task *what = &master->job->tasks[t];
        const bool too_large = memory_of(master, t) > master->largest_budget;

        if (verdicts[t] == SKIP) continue;
        if (what->cost > 0.0) master->progress.cost += what->cost;
        if (verdicts[t] != REFUSE && !too_large) {
            if (verdicts[t] == RUN)
                rml_queue_put(master->queue, t);
            else
                master->suspects[master->n_suspects++] = t;
            continue;
        }
        for (int32_t u = 0; u < what->n_units; ++u) {
            rml_error why = {0};

            if (is_done_already(master, t, u)) continue;
            if (verdicts[t] == REFUSE)
                explain_quarantine(master, t, u, &why);
            else
                (void)rml_fail(&why, RML_ECAPACITY,
                               "%s: needs about %.2f GiB of memory, and a node has %.2f GiB "
                               "(--memory)",
                               name_of(master, t, u), (double)memory_of(master, t) / (1 << 30),
                               (double)master->largest_budget / (1 << 30));
            fail_unit(master, t, u, &why);
        }
        end_task(master, t);
    }
}

static rml_status begin_run(rml_master *master, rml_error *err)
{
    rml_begun begun = {.n_before = master->job->n_before + master->progress.before,
                       .n_pending = master->n_pending,
                       .n_ranks = master->size};
    rml_blob blob = {0};
    rml_status status;

    rml_begun_here(&begun);
    snprintf(begun.noun, sizeof begun.noun, "%s", master->job->noun);
    rml_begun_pack(&begun, &blob);
    status = blob.failed
                 ? rml_fail(err, RML_ENOMEM, "out of memory for the beginning of the run")
                 : rml_journal_append(master->journal, RML_RECORD_START, NULL, 0, blob.bytes, blob.n_bytes, err);
    rml_blob_free(&blob);
    return status;
}

rml_status rml_master_init(const rml_farm_job *job, rml_journal *journal, const rml_farm_options *options,
                           rml_post *post, int size, const rml_node_info *infos, rml_master **out, rml_error *err)
{
    const size_t n = job->n_tasks > 0 ? (size_t)job->n_tasks : 1;
    rml_master *master = calloc(1, sizeof *master);
    double *costs = malloc(n * sizeof *costs);
    int64_t *memory = malloc(n * sizeof *memory);
    verdict *verdicts = calloc(n, sizeof *verdicts);
    int64_t n_to_do = 0;
    rml_error refused = {0};
    rml_status status = RML_ENOMEM;

    if (!master || !costs || !memory || !verdicts) goto done;
    master->job = job;
    master->journal = journal;
    master->options = options;
    master->post = post;
    master->size = size;
    master->head = -1;
    master->saving_node = -1;
    master->ranks = calloc((size_t)size, sizeof *master->ranks);
    master->nodes = calloc((size_t)size, sizeof *master->nodes);
    master->figures = calloc((size_t)size, sizeof *master->figures);
    master->suspects = malloc(n * sizeof *master->suspects);
    if (!master->ranks || !master->nodes || !master->figures || !master->suspects) goto done;
    for (int64_t t = 0; t < job->n_tasks; ++t) {
        costs[t] = job->tasks[t].cost;
        memory[t] = job->tasks[t].memory_bytes > 0 ? job->tasks[t].memory_bytes : 0;
    }
    status = rml_queue_init(job->n_tasks, costs, memory, &master->queue);
    if (status != RML_OK) goto done;
    master->memory = memory;
    memory = NULL; /* handed over */

    master->progress = (rml_progress){.noun = job->noun, .quiet = options->quiet};
    for (int64_t t = 0; t < job->n_tasks; ++t) {
        verdicts[t] = judge(master, t);
        n_to_do += verdicts[t] != SKIP;
        for (int32_t u = 0; u < job->tasks[t].n_units; ++u)
            ++*(is_done_already(master, t, u) ? &master->progress.before : &master->n_pending);
    }
    master->progress.total = master->progress.before + master->n_pending;
    rml_log(RML_LOG_FILE, "start: %lld tasks with %lld %s to do on %d rank%s", (long long)job->n_tasks,
            (long long)master->n_pending, job->noun, size, size == 1 ? "" : "s");
    find_nodes(master, infos);
    if (n_to_do > 0 && options->give_up > 0 && rml_journal_barren(journal) >= options->give_up) {
        explain_barren(master, &refused);
        give_up(master, &refused);
        *out = master;
        master = NULL;
        goto done;
    }
    /* The failures of now are outcomes of this run. A run with nothing to do leaves the journal as it is. */
    if (n_to_do > 0 && begin_run(master, &refused) != RML_OK) give_up(master, &refused);
    rml_progress_begin(&master->progress, rml_seconds());
    if (master->error.status == RML_OK) sort_tasks(master, verdicts);
    *out = master;
    master = NULL;
done:
    free(verdicts);
    free(memory);
    free(costs);
    rml_master_free(master);
    return status == RML_OK ? RML_OK : rml_fail(err, status, "out of memory for %lld tasks", (long long)job->n_tasks);
}

void rml_master_free(rml_master *master)
{
    if (!master) return;
    for (size_t n = 0; n < master->n_notices; ++n) rml_blob_free(&master->notices[n].outcome);
    free(master->notices);
    rml_queue_free(master->queue);
    free(master->memory);
    free(master->suspects);
    free(master->figures);
    free(master->nodes);
    free(master->ranks);
    free(master);
}
