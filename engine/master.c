/* Contents: 1. failing and recording; 2. handing out; 3. messages; 4. the end; 5. making one. */
#include "engine/master.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/clock.h"
#include "engine/dispatch.h"
#include "engine/log.h"
#include "engine/memory.h"
#include "engine/pace.h"
#include "engine/past.h"
#include "engine/progress.h"
#include "engine/syncer.h"

typedef struct notice { /* an outcome that is appended and not yet synced */
    int64_t task;
    int32_t unit;
    bool done;
    rml_blob outcome;
} notice;

struct rml_master {
    const rml_farm_job *job;
    rml_journal *journal;
    rml_past past;
    const rml_farm_options *options;
    rml_post *post;
    int size, n_final;
    rml_dispatch *dispatch;
    rml_blob message; /* tasks that are picked for a rank, not yet sent */

    notice *notices;
    size_t n_notices, notices_capacity;
    size_t n_syncing; /* the first ones, which a sync that is under way makes safe */
    rml_syncer *syncer;

    rml_stop stop;
    bool halted, ended;
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

/* Tells of what a sync has made safe, if one has ended (wait: once it has). */
static void take_synced(rml_master *master, bool wait)
{
    rml_error err = {0};
    double seconds = 0.0;
    rml_status status = RML_OK;

    if (master->n_syncing == 0) return;
    if (!master->options->no_sync && !rml_syncer_ended(master->syncer, wait, &seconds, &status, &err)) return;
    master->last = rml_seconds();
    master->sync_seconds += seconds;
    master->next_sync = master->last + rml_pace_sync_pause(seconds);
    if (status != RML_OK) give_up(master, &err);
    for (size_t n = 0; n < master->n_syncing; ++n) {
        notice *told = &master->notices[n];

        if (status == RML_OK) {
            ++*(told->done ? &master->progress.done : &master->progress.failed);
            if (master->job->recorded)
                master->job->recorded(master->job->context, told->task, told->unit, told->done, &told->outcome);
        }
        rml_blob_free(&told->outcome);
    }
    master->n_notices -= master->n_syncing;
    memmove(master->notices, master->notices + master->n_syncing, master->n_notices * sizeof *master->notices);
    master->n_syncing = 0;
}

static void begin_sync(rml_master *master)
{
    if (master->n_syncing > 0 || master->n_notices == 0) return;
    master->n_syncing = master->n_notices;
    if (!master->options->no_sync) rml_syncer_begin(master->syncer);
}

static void sync_all(rml_master *master)
{
    take_synced(master, true);
    begin_sync(master);
    take_synced(master, true);
}

/* 2. Handing out: what engine/dispatch.h orders */

static rml_status pick(void *context, int to, int64_t task, bool *taken)
{
    rml_master *master = context;
    const rml_farm_task *what = &master->job->tasks[task];
    rml_blob payload = {0};
    rml_error err = {0};
    rml_status status = master->job->pack(master->job->context, task, &payload);

    (void)to;
    *taken = false;
    if (status == RML_OK && payload.failed) status = RML_ENOMEM;
    if (status != RML_OK) {
        for (int32_t u = 0; u < what->n_units; ++u) {
            if (is_done_already(master, task, u)) continue;
            (void)rml_fail(&err, status, "%s: could not be prepared (%s)", name_of(master, task, u),
                           rml_status_name(status));
            fail_unit(master, task, u, &err);
        }
        end_task(master, task);
        goto done;
    }
    if (rml_journal_append(master->journal, RML_RECORD_STARTED, what->keys, what->n_units, NULL, 0, &err) != RML_OK) {
        give_up(master, &err);
        goto done;
    }
    if (master->message.n_bytes == 0) rml_post_begin(&master->message);
    rml_blob_put_i64(&master->message, task);
    rml_blob_put_i32(&master->message, what->n_units);
    for (int32_t u = 0; u < what->n_units; ++u) {
        rml_blob_put_u64(&master->message, what->keys[u].high);
        rml_blob_put_u64(&master->message, what->keys[u].low);
    }
    rml_blob_put_u64(&master->message, payload.n_bytes);
    rml_blob_put_bytes(&master->message, payload.bytes, payload.n_bytes);
    *taken = true;
done:
    rml_blob_free(&payload);
    return master->error.status == RML_OK ? RML_OK : RML_ESTOPPED;
}

static rml_status send(void *context, int to)
{
    rml_master *master = context;
    const rml_status status = rml_post_send(master->post, to, RML_TAG_TASKS, &master->message);

    if (status == RML_OK && master->first == 0.0) master->first = master->last = rml_seconds();
    return status;
}

static rml_status recall(void *context, int from, int64_t task)
{
    rml_master *master = context;
    rml_blob message = {0};
    rml_status status;

    rml_post_begin(&message);
    rml_blob_put_i64(&message, task);
    status = rml_post_send(master->post, from, RML_TAG_RECALL, &message);
    rml_blob_free(&message);
    return status;
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

static rml_status grant(void *context, int to, int64_t task)
{
    return answer_need(context, to, task, true);
}

/* 3. Messages */

/* Of one task. */
static void take_result(rml_master *master, int from, rml_reader *reader)
{
    const int64_t task = rml_read_i64(reader);
    const int32_t n_units = rml_read_i32(reader);
    const bool had = rml_dispatch_ended(master->dispatch, from, task);

    for (int32_t u = 0; u < n_units; ++u) {
        const bool given = rml_read_u8(reader), done = rml_read_u8(reader);
        const uint64_t n_bytes = rml_read_u64(reader);
        const void *bytes = rml_read_bytes(reader, (size_t)n_bytes);
        rml_blob outcome = {0};
        rml_error why = {0};

        if (!had) continue;
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
    if (had) end_task(master, task);
}

static void take_timeout(rml_master *master, int from, int64_t task)
{
    rml_error why = {0};

    if (!rml_dispatch_given_up(master->dispatch, from, task)) return;
    for (int32_t u = 0; u < master->job->tasks[task].n_units; ++u) {
        if (is_done_already(master, task, u)) continue;
        (void)rml_fail(&why, RML_ETIMEOUT, "%s: took longer than the %g s of --case-timeout", name_of(master, task, u),
                       master->options->case_timeout);
        fail_unit(master, task, u, &why);
    }
    end_task(master, task);
}

static rml_status take_need(rml_master *master, int from, rml_reader *reader)
{
    const int64_t task = rml_read_i64(reader), n_bytes = rml_read_i64(reader);
    const bool wait = rml_read_u8(reader) != 0;
    const rml_need answer = rml_dispatch_need(master->dispatch, from, task, n_bytes, wait);
    char size[32];

    if (answer != RML_NEED_WAITS) return answer_need(master, from, task, answer == RML_NEED_GRANTED);
    rml_log(RML_LOG_FILE, "%s waits for %s of memory", name_of(master, task, 0), rml_memory_text(n_bytes, size));
    return RML_OK;
}

rml_status rml_master_message(rml_master *master, int from, int tag, rml_reader *reader)
{
    int32_t how;

    switch (tag) {
    case RML_TAG_ASK: rml_dispatch_asks(master->dispatch, from, (int)rml_read_i64(reader)); break;
    case RML_TAG_RESULTS:
        while (reader->n_left > 0 && !reader->failed) take_result(master, from, reader);
        break;
    case RML_TAG_TIMEOUT: take_timeout(master, from, rml_read_i64(reader)); break;
    case RML_TAG_LATE: rml_dispatch_late(master->dispatch, from, rml_read_i64(reader)); break;
    case RML_TAG_DROPPED: (void)rml_dispatch_given_back(master->dispatch, from, rml_read_i64(reader)); break;
    case RML_TAG_KEPT: rml_dispatch_kept(master->dispatch, from); break;
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
        ++master->n_final;
        break;
    default: break;
    }
    return RML_OK;
}

/* 4. The end */

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
    const rml_orders orders = {.context = master, .pick = pick, .send = send, .recall = recall, .grant = grant};
    rml_status status = RML_OK;

    if (master->ended) { /* what was under way when the end was announced still counts */
        sync_all(master);
        return RML_OK;
    }
    status = rml_dispatch_grant(master->dispatch, &orders);
    if (status == RML_OK && master->stop == RML_STOP_NONE && master->error.status == RML_OK)
        status = rml_dispatch_serve(master->dispatch, &orders);
    if (status != RML_OK && master->error.status == RML_OK) return status;
    take_synced(master, false);
    if (rml_dispatch_in_flight(master->dispatch) == 0 || master->stop != RML_STOP_NONE ||
        master->error.status != RML_OK)
        sync_all(master);
    else if (rml_seconds() >= master->next_sync)
        begin_sync(master);
    if (master->error.status != RML_OK) return end(master);
    if (master->stop != RML_STOP_NONE && !master->halted) {
        master->halted = true;
        status = tell_all(master, RML_TAG_HALT, RML_OK, "");
        if (status != RML_OK) return status;
    }
    rml_progress_show(&master->progress, rml_seconds());
    if (master->stop == RML_STOP_NOW ||
        (master->stop == RML_STOP_GENTLY && rml_dispatch_in_flight(master->dispatch) == 0)) {
        const long long left = (long long)(master->n_pending - master->progress.done - master->progress.failed);

        if (left > 0)
            (void)rml_fail(&master->error, RML_ESTOPPED, "stopped on request with %lld %s left; --resume goes on", left,
                           master->progress.noun);
        return end(master);
    }
    if (rml_dispatch_is_through(master->dispatch)) return end(master);
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
                                .needed_bytes = rml_dispatch_needed(master->dispatch),
                                .n_ranks = master->size,
                                .ranks = master->figures,
                                .stopped = master->stop != RML_STOP_NONE};
    master->figures = NULL;
}

/* 5. Making one */

/* Also whether a signal came before the farm: then nothing is handed out.
 *
 * node_of  out  [size]
 * budget   out  [size], of which the return value, the number of nodes, are set */
static int find_nodes(rml_master *master, const rml_node_info *infos, int32_t *node_of, int64_t *budget)
{
    int n_nodes = 0;

    for (int r = 0; r < master->size; ++r) {
        const int leader = infos[r].leader;
        const int64_t asked = master->options->memory_per_node;

        snprintf(master->figures[r].host, sizeof master->figures[r].host, "%s", infos[r].host);
        if (infos[r].asked > (int32_t)master->stop) master->stop = (rml_stop)infos[r].asked;
        if (leader != r) {
            node_of[r] = node_of[leader]; /* the leader comes before */
            continue;
        }
        budget[n_nodes] = asked > 0 ? asked : infos[r].memory;
        rml_log(RML_LOG_FILE, "node %d: %s from rank %d, %.1f GiB", n_nodes, infos[r].host, r,
                (double)budget[n_nodes] / (1 << 30));
        node_of[r] = n_nodes++;
    }
    return n_nodes;
}

/* Puts every task where it belongs; what will not be run is failed now. */
static void sort_tasks(rml_master *master, rml_verdict *verdicts)
{
    for (int64_t t = 0; t < master->job->n_tasks; ++t) {
        const rml_farm_task *what = &master->job->tasks[t];
        const bool too_large = rml_dispatch_memory(master->dispatch, t) > rml_dispatch_largest_budget(master->dispatch);

        if (verdicts[t] == RML_VERDICT_SKIP) continue;
        if (what->cost > 0.0) master->progress.cost += what->cost;
        if (verdicts[t] != RML_VERDICT_REFUSE && !too_large) {
            if (verdicts[t] == RML_VERDICT_RUN)
                rml_dispatch_put(master->dispatch, t);
            else
                rml_dispatch_suspect(master->dispatch, t);
            continue;
        }
        for (int32_t u = 0; u < what->n_units; ++u) {
            rml_error why = {0};
            char needs[32], has[32];

            if (is_done_already(master, t, u)) continue;
            if (verdicts[t] == RML_VERDICT_REFUSE)
                rml_past_explain_quarantine(&master->past, t, u, &why);
            else
                (void)rml_fail(&why, RML_ECAPACITY, "%s: needs about %s of memory, and a node has %s (--memory)",
                               name_of(master, t, u), rml_memory_text(rml_dispatch_memory(master->dispatch, t), needs),
                               rml_memory_text(rml_dispatch_largest_budget(master->dispatch), has));
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

/* With nothing to do: whether what the journal says of its last run may be wrong, or is another job's, such as that of
 * a longer cohort. */
static bool is_other_job(const rml_master *master)
{
    const rml_runs *runs = rml_journal_runs(master->journal);
    rml_journal_counts counts;

    if (rml_journal_damaged(master->journal)) return true;
    if (!runs->described || rml_journal_count(master->journal, &counts, NULL) != RML_OK) return false;
    return runs->begun.n_before + runs->begun.n_pending != master->job->n_before + master->progress.before ||
           counts.n_failed + counts.n_quarantined > 0;
}

rml_status rml_master_init(const rml_farm_job *job, rml_journal *journal, const rml_farm_options *options,
                           rml_post *post, int size, const rml_node_info *infos, rml_master **out, rml_error *err)
{
    const size_t n = job->n_tasks > 0 ? (size_t)job->n_tasks : 1, n_ranks = (size_t)size;
    rml_master *master = calloc(1, sizeof *master);
    double *costs = malloc(n * sizeof *costs);
    int64_t *memory = malloc(n * sizeof *memory), *budget = malloc(n_ranks * sizeof *budget);
    int32_t *node_of = malloc(n_ranks * sizeof *node_of);
    rml_verdict *verdicts = calloc(n, sizeof *verdicts);
    int64_t n_to_do = 0, lone = -1;
    rml_error refused = {0};
    rml_status status = RML_ENOMEM;

    if (!master || !costs || !memory || !budget || !node_of || !verdicts) goto done;
    master->job = job;
    master->journal = journal;
    master->past = (rml_past){job, journal, options->retry_quarantined};
    master->options = options;
    master->post = post;
    master->size = size;
    master->figures = calloc(n_ranks, sizeof *master->figures);
    if (!master->figures || rml_syncer_init(journal, &master->syncer) != RML_OK) goto done;
    for (int64_t t = 0; t < job->n_tasks; ++t) {
        costs[t] = job->tasks[t].cost;
        memory[t] = job->tasks[t].memory_bytes;
    }

    master->progress = (rml_progress){.noun = job->noun, .quiet = options->quiet};
    for (int64_t t = 0; t < job->n_tasks; ++t) {
        verdicts[t] = rml_past_verdict(&master->past, t);
        n_to_do += verdicts[t] != RML_VERDICT_SKIP;
        for (int32_t u = 0; u < job->tasks[t].n_units; ++u)
            ++*(is_done_already(master, t, u) ? &master->progress.before : &master->n_pending);
    }
    master->progress.total = master->progress.before + master->n_pending;
    rml_log(RML_LOG_FILE, "start: %lld tasks with %lld %s to do on %d rank%s", (long long)job->n_tasks,
            (long long)master->n_pending, job->noun, size, size == 1 ? "" : "s");
    status = rml_dispatch_init(job->n_tasks, costs, memory, size, node_of, find_nodes(master, infos, node_of, budget),
                               budget, &master->dispatch);
    if (status != RML_OK) goto done;
    if (n_to_do > 0 && options->give_up > 0 && rml_journal_barren(journal) >= options->give_up &&
        !rml_past_is_found_out(&master->past, &lone)) {
        rml_past_explain_barren(&master->past, &refused);
        give_up(master, &refused);
        *out = master;
        master = NULL;
        goto done;
    }
    /* The failures of now are outcomes of this run. A run with nothing to do leaves the journal as it is,
     * where that tells of the same. */
    if ((n_to_do > 0 || is_other_job(master)) && begin_run(master, &refused) != RML_OK) give_up(master, &refused);
    if (lone >= 0 && master->error.status == RML_OK) {
        verdicts[lone] = RML_VERDICT_REFUSE;
        if (rml_past_quarantine(&master->past, lone, &refused) != RML_OK) give_up(master, &refused);
    }
    rml_progress_begin(&master->progress, rml_seconds());
    if (master->error.status == RML_OK) sort_tasks(master, verdicts);
    *out = master;
    master = NULL;
done:
    free(verdicts);
    free(node_of);
    free(budget);
    free(memory);
    free(costs);
    rml_master_free(master);
    return status == RML_OK ? RML_OK : rml_fail(err, status, "out of memory for %lld tasks", (long long)job->n_tasks);
}

void rml_master_free(rml_master *master)
{
    if (!master) return;
    rml_syncer_free(master->syncer);
    for (size_t n = 0; n < master->n_notices; ++n) rml_blob_free(&master->notices[n].outcome);
    free(master->notices);
    rml_blob_free(&master->message);
    rml_dispatch_free(master->dispatch);
    free(master->figures);
    free(master);
}
