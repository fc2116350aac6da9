/* The service loop of every rank. Contents: 1. what a worker sends and takes; 2. the loop; 3. before and after it. */
#include "engine/farm.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/clock.h"
#include "engine/crash.h"
#include "engine/crew.h"
#include "engine/host.h"
#include "engine/log.h"
#include "engine/master.h"
#include "engine/memory.h"
#include "engine/pace.h"
#include "engine/post.h"
#include "engine/stop.h"

enum {
    PIECE = 64 << 20, /* bytes an MPI message */
};

typedef struct service {
    rml_post *post;
    rml_crew *crew;
    rml_master *master; /* rank 0 */
    double case_timeout;
    double ahead; /* seconds of work to ask for at a time */
    rml_task_pace pace;
    int n_last_batch; /* tasks that came last in one message */
    rml_blob results; /* of tasks that have ended, not yet sent */
    double gathered;  /* when the first of these ended */
    rml_stop told;    /* what rank 0 has been told of signals */
    bool asked, halted, ended;
    rml_status result;
    rml_error *err;
} service;

/* 1. What a worker sends and takes */

static rml_status send_number(service *self, rml_tag tag, int64_t number)
{
    rml_blob message = {0};
    rml_status status;

    rml_post_begin(&message);
    rml_blob_put_i64(&message, number);
    status = rml_post_send(self->post, 0, tag, &message);
    rml_blob_free(&message);
    return status;
}

static rml_status send_stop(service *self, rml_stop how)
{
    rml_blob message = {0};
    rml_status status;

    rml_post_begin(&message);
    rml_blob_put_i32(&message, (int32_t)how);
    status = rml_post_send(self->post, 0, RML_TAG_STOP, &message);
    rml_blob_free(&message);
    return status;
}

static void gather_result(service *self, const rml_work *work)
{
    const rml_outcomes *outcomes = work->outcomes;
    rml_blob *message = &self->results;

    if (message->n_bytes == 0) {
        rml_post_begin(message);
        self->gathered = rml_seconds();
    }
    rml_blob_put_i64(message, work->task);
    rml_blob_put_i32(message, outcomes->n_units);
    for (int32_t u = 0; u < outcomes->n_units; ++u) {
        rml_blob_put_u8(message, outcomes->unit[u].given);
        rml_blob_put_u8(message, outcomes->unit[u].done);
        rml_blob_put_u64(message, outcomes->unit[u].blob.n_bytes);
        rml_blob_put_bytes(message, outcomes->unit[u].blob.bytes, outcomes->unit[u].blob.n_bytes);
    }
}

static rml_status send_results(service *self)
{
    return self->results.n_bytes > 0 ? rml_post_send(self->post, 0, RML_TAG_RESULTS, &self->results) : RML_OK;
}

static rml_status send_final(service *self)
{
    rml_blob message = {0};
    double busy;
    int64_t n_tasks;
    rml_status status;

    rml_crew_effort(self->crew, &busy, &n_tasks);
    rml_post_begin(&message);
    rml_blob_put_f64(&message, busy);
    rml_blob_put_i64(&message, n_tasks);
    rml_blob_put_i64(&message, rml_memory_peak());
    status = rml_post_send(self->post, 0, RML_TAG_FINAL, &message);
    rml_blob_free(&message);
    return status;
}

static rml_status take_task(service *self, rml_reader *reader)
{
    const int64_t task = rml_read_i64(reader);
    const int32_t n_units = rml_read_i32(reader);
    rml_work *work = rml_work_init(task, n_units);
    size_t n_bytes;

    if (!work) return RML_ENOMEM;
    for (int32_t u = 0; u < n_units; ++u) {
        work->keys[u].high = rml_read_u64(reader);
        work->keys[u].low = rml_read_u64(reader);
    }
    n_bytes = (size_t)rml_read_u64(reader);
    rml_blob_put_bytes(&work->payload, rml_read_bytes(reader, n_bytes), n_bytes);
    if (work->payload.failed) {
        rml_work_free(work);
        return RML_ENOMEM;
    }
    rml_crew_put(self->crew, work);
    return RML_OK;
}

static rml_status take_tasks(service *self, rml_reader *reader)
{
    rml_status status = RML_OK;

    self->asked = false;
    for (self->n_last_batch = 0; status == RML_OK && reader->n_left > 0 && !reader->failed; ++self->n_last_batch)
        status = take_task(self, reader);
    return status;
}

static rml_status give_back(service *self, int64_t task)
{
    rml_work *work = rml_crew_take_back(self->crew, task);
    rml_status status = work ? send_number(self, RML_TAG_DROPPED, work->task) : RML_OK;

    if (!work && task >= 0) status = send_number(self, RML_TAG_KEPT, task);
    rml_work_free(work);
    return status;
}

static rml_status give_all_back(service *self)
{
    rml_status status = RML_OK;

    for (rml_work *work = rml_crew_take_back(self->crew, -1); work && status == RML_OK;
         work = status == RML_OK ? rml_crew_take_back(self->crew, -1) : NULL) {
        status = send_number(self, RML_TAG_DROPPED, work->task);
        rml_work_free(work);
    }
    return status;
}

static rml_status gather_finished(service *self)
{
    rml_status status = RML_OK;

    for (rml_work *work = rml_crew_finished(self->crew); work && status == RML_OK;
         work = status == RML_OK ? rml_crew_finished(self->crew) : NULL) {
        if (work->abandoned)
            status = send_number(self, RML_TAG_LATE, work->task);
        else
            gather_result(self, work);
        rml_work_free(work);
    }
    return status;
}

/* Results, and a request for more tasks when it is time for one. Results come before the request: rank 0 then knows
 * what the rank still has. */
static rml_status send_news(service *self)
{
    const int n_waiting = rml_crew_waiting(self->crew); /* first: what ends later is not there to be sent yet */
    const bool asks = !self->asked && !self->halted && rml_pace_asks(n_waiting, self->n_last_batch);
    rml_status status = gather_finished(self);

    if (status == RML_OK && !rml_pace_gathers(asks || self->asked || self->halted, rml_seconds() - self->gathered,
                                              self->ahead, self->results.n_bytes))
        status = send_results(self);
    if (status == RML_OK && asks) {
        double busy;
        int64_t n_tasks;

        self->asked = true;
        rml_crew_effort(self->crew, &busy, &n_tasks);
        status = send_number(self, RML_TAG_ASK, rml_pace_wanted(&self->pace, self->ahead, busy, n_tasks));
    }
    return status;
}

static rml_status send_need(service *self)
{
    rml_blob message = {0};
    int64_t task, n_bytes;
    bool wait;
    rml_status status;

    if (!rml_crew_need(self->crew, &task, &n_bytes, &wait)) return RML_OK;
    rml_post_begin(&message);
    rml_blob_put_i64(&message, task);
    rml_blob_put_i64(&message, n_bytes);
    rml_blob_put_u8(&message, wait);
    status = rml_post_send(self->post, 0, RML_TAG_NEED, &message);
    rml_blob_free(&message);
    return status;
}

static void take_answer(service *self, rml_reader *reader)
{
    const int64_t task = rml_read_i64(reader);

    rml_crew_answer(self->crew, task, rml_read_u8(reader) != 0);
}

static rml_status take_end(service *self, rml_reader *reader)
{
    rml_status status;

    self->result = (rml_status)rml_read_i32(reader);
    if (self->result != RML_OK) (void)rml_fail(self->err, self->result, "%s", rml_read_text(reader));
    status = gather_finished(self);
    if (status == RML_OK) status = send_results(self);
    if (status == RML_OK) status = send_final(self);
    self->ended = true;
    return status;
}

static rml_status take_message(service *self, int from, int tag, rml_blob *message)
{
    rml_reader reader = rml_post_reader(message);

    switch (tag) {
    case RML_TAG_TASKS: return take_tasks(self, &reader);
    case RML_TAG_RECALL: return give_back(self, rml_read_i64(&reader));
    case RML_TAG_GRANT: take_answer(self, &reader); return RML_OK;
    case RML_TAG_HALT: self->halted = true; return give_all_back(self);
    case RML_TAG_END: return take_end(self, &reader);
    default: return rml_master_message(self->master, from, tag, &reader);
    }
}

/* 2. The loop */

static rml_status turn(service *self, bool *news)
{
    const rml_stop asked = rml_stop_asked();
    rml_blob message = {0};
    rml_status status = RML_OK;
    int64_t overdue = -1;

    if (asked > self->told) {
        self->told = asked;
        status = send_stop(self, asked);
    }
    if (status == RML_OK && !self->ended && self->case_timeout > 0.0) {
        status = rml_crew_abandon(self->crew, self->case_timeout, &overdue);
        if (status == RML_OK && overdue >= 0) status = send_number(self, RML_TAG_TIMEOUT, overdue);
    }
    if (status == RML_OK && !self->ended) status = send_news(self);
    if (status == RML_OK && !self->ended) status = send_need(self);
    *news = overdue >= 0;
    while (status == RML_OK) {
        bool received;
        int from, tag;

        status = rml_post_receive(self->post, &received, &from, &tag, &message);
        if (status != RML_OK || !received) break;
        *news = true;
        status = take_message(self, from, tag, &message);
    }
    rml_blob_free(&message);
    if (status == RML_OK && self->master) status = rml_master_turn(self->master);
    return status;
}

static rml_status serve(service *self)
{
    double last_news = rml_seconds();

    for (;;) {
        bool news;
        const rml_status status = turn(self, &news);

        if (status != RML_OK) return status;
        if (self->ended && rml_post_is_empty(self->post) && (!self->master || rml_master_is_over(self->master)))
            return RML_OK;
        if (news) last_news = rml_seconds();
        /* A wait even after news: the answers to what was just sent are not there yet. It ends at once when the
         * compute thread has something. */
        if (!news) rml_crew_wait(self->crew, rml_pace_nap(rml_seconds() - last_news));
    }
}

/* 3. Before and after the loop */

/* What rank 0 alone knows: the folder (absolute, since ranks may stand elsewhere) and the options. */
static rml_status share_settings(MPI_Comm comm, const rml_journal *journal, const rml_farm_options *options,
                                 double *case_timeout, double *ahead, char *folder, rml_error *err)
{
    rml_blob blob = {0};
    void *bytes = NULL;
    int64_t n_bytes = 0;
    rml_status status = RML_OK;
    rml_reader reader;
    int rank, size;

    MPI_Comm_rank(comm, &rank);
    MPI_Comm_size(comm, &size);
    if (rank == 0) {
        char *resolved = realpath(rml_journal_folder(journal), NULL);

        rml_blob_put_f64(&blob, options->case_timeout);
        rml_blob_put_f64(&blob, options->ahead > 0.0 ? options->ahead : rml_pace_ahead(size));
        rml_blob_put_text(&blob, resolved ? resolved : "");
        if (!resolved)
            status = rml_fail(err, RML_EIO, "%s: has no absolute path", rml_journal_folder(journal));
        else if (blob.failed || strlen(resolved) >= PATH_MAX)
            status = rml_fail(err, RML_ENOMEM, "out of memory");
        free(resolved);
        bytes = blob.bytes;
        n_bytes = (int64_t)blob.n_bytes;
    }
    status = rml_agree(comm, status, err);
    if (status != RML_OK) goto done;
    status = rml_share_blob(comm, &bytes, &n_bytes);
    if (status != RML_OK) goto done;
    reader = rml_reader_of(bytes, (size_t)n_bytes);
    *case_timeout = rml_read_f64(&reader);
    *ahead = rml_read_f64(&reader);
    snprintf(folder, PATH_MAX, "%s", rml_read_text(&reader));
    if (rank != 0) free(bytes);
done:
    rml_blob_free(&blob);
    return status;
}

static rml_status gather_infos(MPI_Comm comm, rml_node_info **infos)
{
    rml_node_info mine = {0};
    MPI_Request request;
    MPI_Comm node;
    int rank, size;

    MPI_Comm_rank(comm, &rank);
    MPI_Comm_size(comm, &size);
    MPI_Comm_split_type(comm, MPI_COMM_TYPE_SHARED, rank, MPI_INFO_NULL, &node);
    mine.leader = rank;
    MPI_Ibcast(&mine.leader, 1, MPI_INT32_T, 0, node, &request);
    rml_wait_quietly(&request);
    MPI_Comm_free(&node);
    mine.memory = rml_memory_limit("");
    mine.asked = (int32_t)rml_stop_asked();
    rml_host(mine.host, sizeof mine.host);
    if (rank == 0) *infos = calloc((size_t)size, sizeof **infos);
    if (rml_agree(comm, rank == 0 && !*infos ? RML_ENOMEM : RML_OK, NULL) != RML_OK) return RML_ENOMEM;
    MPI_Igather(&mine, sizeof mine, MPI_BYTE, *infos, sizeof mine, MPI_BYTE, 0, comm, &request);
    rml_wait_quietly(&request);
    return RML_OK;
}

rml_status rml_farm_run(MPI_Comm comm, const rml_farm_job *job, rml_journal *journal, const rml_farm_options *options,
                        rml_farm_report *report, rml_error *err)
{
    service self = {0};
    rml_node_info *infos = NULL;
    rml_error local = {0};
    char folder[PATH_MAX];
    MPI_Comm own;
    rml_status status = RML_OK;
    int rank, size, threads;

    if (report) *report = (rml_farm_report){0};
    MPI_Query_thread(&threads);
    MPI_Comm_dup(comm, &own);
    MPI_Comm_rank(own, &rank);
    MPI_Comm_size(own, &size);
    self.err = err ? err : &local;
    rml_stop_watch(); /* a signal from here on is answered once the loop runs */
    if (threads < MPI_THREAD_FUNNELED)
        status = rml_fail(self.err, RML_EINVAL, "MPI was initialised without threads, or offers none");
    status = rml_agree(own, status, self.err);
    if (status != RML_OK) goto done;
    status = share_settings(own, journal, options, &self.case_timeout, &self.ahead, folder, self.err);
    if (status != RML_OK) goto done;
    status = gather_infos(own, &infos);
    if (status == RML_OK) status = rml_crew_init(job, &self.crew);
    if (status == RML_OK) status = rml_post_open(own, PIECE, &self.post);
    if (status != RML_OK) (void)rml_fail(self.err, status, "out of memory for the farm on rank %d", rank);
    if (status == RML_OK && rank == 0)
        status = rml_master_init(job, journal, options, self.post, size, infos, &self.master, self.err);
    if (status == RML_OK) status = rml_crash_watch(folder, rank, self.err);
    status = rml_agree(own, status, self.err);
    if (status != RML_OK) goto done;

    status = serve(&self);
    if (status != RML_OK) {
        rml_log(RML_LOG_BOTH, "rank %d has no memory for a message or a thread; the journal is safe", rank);
        MPI_Abort(own, 3);
    }
    status = self.result;
    if (rank == 0) rml_master_report(self.master, report);
done:
    rml_crash_unwatch();
    rml_stop_unwatch();
    rml_crew_free(self.crew);
    rml_master_free(self.master);
    rml_post_close(self.post);
    rml_blob_free(&self.results);
    free(infos);
    MPI_Comm_free(&own);
    return status;
}

void rml_farm_report_free(rml_farm_report *report)
{
    if (!report) return;
    free(report->ranks);
    *report = (rml_farm_report){0};
}
