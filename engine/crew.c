#include "engine/crew.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "engine/clock.h"
#include "engine/crash.h"
#include "engine/stop.h"

/* Room for deep recursion in a job even where the shell's limit is small; only touched pages count. */
enum { THREAD_STACK = 16 << 20 };

/* What the running task asks of rank 0. */
typedef enum need_state { NO_NEED, ASKED, TOLD, ANSWERED } need_state;

struct rml_crew {
    pthread_mutex_t mutex;
    pthread_cond_t for_compute, for_service;
    const rml_farm_job *job;
    rml_work *waiting, **last_waiting;
    rml_work *finished, **last_finished;
    rml_work *running; /* of the thread that is not abandoned */
    double began;
    need_state need;
    int64_t need_bytes;
    bool need_waits, granted;
    pthread_t thread;
    double busy;
    int64_t n_tasks;
    bool news; /* a task has begun or ended since the service thread last looked */
    bool quit;
    int n_users; /* threads, and the owner: the last one frees */
};

static atomic_bool given_up; /* a thread of this process, at any time */

/* 1. Work and outcomes */

rml_work *rml_work_init(int64_t task, int32_t n_units)
{
    rml_work *work = calloc(1, sizeof *work);

    if (!work) return NULL;
    work->task = task;
    work->keys = calloc((size_t)n_units, sizeof *work->keys);
    work->outcomes = calloc(1, sizeof *work->outcomes + (size_t)n_units * sizeof work->outcomes->unit[0]);
    if (!work->keys || !work->outcomes) {
        free(work->keys);
        free(work->outcomes);
        free(work);
        return NULL;
    }
    work->outcomes->n_units = n_units;
    return work;
}

void rml_work_free(rml_work *work)
{
    if (!work) return;
    for (int32_t u = 0; u < work->outcomes->n_units; ++u) rml_blob_free(&work->outcomes->unit[u].blob);
    free(work->outcomes);
    rml_blob_free(&work->payload);
    free(work->keys);
    free(work);
}

void rml_outcome(rml_outcomes *outcomes, int32_t unit, bool done, rml_blob *blob)
{
    if (unit < 0 || unit >= outcomes->n_units || outcomes->unit[unit].given || blob->failed) {
        rml_blob_free(blob); /* an incomplete blob is no outcome: the farm fails the unit */
        return;
    }
    outcomes->unit[unit].given = true;
    outcomes->unit[unit].done = done;
    outcomes->unit[unit].blob = *blob;
    *blob = (rml_blob){0};
}

/* 2. The thread */

static void append(rml_work ***last, rml_work *work)
{
    work->next = NULL;
    **last = work;
    *last = &work->next;
}

static rml_work *take_first(rml_work **first, rml_work ***last)
{
    rml_work *work = *first;

    if (!work) return NULL;
    *first = work->next;
    if (!*first) *last = first;
    return work;
}

/* With the mutex held; gives it back. */
static void leave(rml_crew *crew)
{
    const bool last = --crew->n_users == 0;

    pthread_mutex_unlock(&crew->mutex);
    if (!last) return;
    for (rml_work *w = take_first(&crew->waiting, &crew->last_waiting); w;
         w = take_first(&crew->waiting, &crew->last_waiting))
        rml_work_free(w);
    for (rml_work *w = take_first(&crew->finished, &crew->last_finished); w;
         w = take_first(&crew->finished, &crew->last_finished))
        rml_work_free(w);
    pthread_cond_destroy(&crew->for_compute);
    pthread_cond_destroy(&crew->for_service);
    pthread_mutex_destroy(&crew->mutex);
    free(crew);
}

static void tell_service(rml_crew *crew)
{
    crew->news = true;
    pthread_cond_signal(&crew->for_service);
}

static void *labour(void *argument)
{
    rml_crew *crew = argument;
    void *stack = rml_crash_stack_init();
    bool abandoned = false;

    pthread_mutex_lock(&crew->mutex);
    while (!abandoned) {
        rml_work *work;

        while (!crew->waiting && !crew->quit) pthread_cond_wait(&crew->for_compute, &crew->mutex);
        if (crew->quit) break;
        work = take_first(&crew->waiting, &crew->last_waiting);
        crew->running = work;
        crew->began = rml_seconds();
        tell_service(crew);
        pthread_mutex_unlock(&crew->mutex);

        work->outcomes->crew = crew;
        work->outcomes->work = work;
        rml_crash_units(work->keys, work->outcomes->n_units);
        crew->job->compute(crew->job->context, work->payload.bytes, work->payload.n_bytes, &work->cancel,
                           work->outcomes);
        rml_crash_units(NULL, 0);

        pthread_mutex_lock(&crew->mutex);
        abandoned = work->abandoned;
        if (!abandoned) {
            crew->busy += rml_seconds() - crew->began;
            ++crew->n_tasks;
            crew->running = NULL;
        }
        append(&crew->last_finished, work);
        tell_service(crew);
    }
    pthread_mutex_unlock(&crew->mutex);
    rml_crash_stack_free(stack);
    pthread_mutex_lock(&crew->mutex);
    leave(crew);
    return NULL;
}

bool rml_farm_gave_up(void)
{
    return atomic_load(&given_up);
}

rml_status rml_farm_need(rml_outcomes *outcomes, int64_t n_bytes, bool wait)
{
    rml_crew *crew = outcomes->crew;
    const rml_work *work = outcomes->work;
    const double begun = rml_seconds();
    rml_status status = RML_ESTOPPED;

    pthread_mutex_lock(&crew->mutex);
    if (!work->abandoned && !crew->quit) {
        crew->need = ASKED;
        crew->need_bytes = n_bytes;
        crew->need_waits = wait;
        tell_service(crew);
        while (crew->need != ANSWERED && !work->abandoned && !crew->quit)
            pthread_cond_wait(&crew->for_compute, &crew->mutex);
        if (crew->need == ANSWERED) status = crew->granted ? RML_OK : RML_ECAPACITY;
        if (!work->abandoned) {
            crew->need = NO_NEED;
            crew->began += rml_seconds() - begun; /* waiting is neither work nor does it count for the time limit */
        }
    }
    pthread_mutex_unlock(&crew->mutex);
    return status;
}

static rml_status start_thread(rml_crew *crew)
{
    pthread_attr_t attributes;
    int refused;

    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, THREAD_STACK);
    rml_stop_block(); /* inherited: the signals go to the service thread and interrupt no read of a task */
    refused = pthread_create(&crew->thread, &attributes, labour, crew);
    rml_stop_unblock();
    pthread_attr_destroy(&attributes);
    return refused ? RML_ENOMEM : RML_OK;
}

/* 3. Of the service thread */

rml_status rml_crew_init(const rml_farm_job *job, rml_crew **out)
{
    rml_crew *crew = calloc(1, sizeof *crew);
    pthread_condattr_t attributes;

    if (!crew) return RML_ENOMEM;
    crew->job = job;
    crew->last_waiting = &crew->waiting;
    crew->last_finished = &crew->finished;
    crew->n_users = 2;
    pthread_mutex_init(&crew->mutex, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&crew->for_compute, &attributes);
    pthread_cond_init(&crew->for_service, &attributes);
    pthread_condattr_destroy(&attributes);
    if (start_thread(crew) != RML_OK) {
        crew->n_users = 1;
        pthread_mutex_lock(&crew->mutex);
        leave(crew);
        return RML_ENOMEM;
    }
    *out = crew;
    return RML_OK;
}

/* With the mutex held. */
static void abandon_running(rml_crew *crew)
{
    rml_work *work = crew->running;

    work->abandoned = true;
    __atomic_store_n(&work->cancel, true, __ATOMIC_RELAXED); /* read by the job without the mutex */
    crew->busy += rml_seconds() - crew->began;
    ++crew->n_tasks;
    crew->running = NULL;
    atomic_store(&given_up, true);
    pthread_detach(crew->thread);
}

void rml_crew_free(rml_crew *crew)
{
    pthread_t thread;
    bool idle;

    if (!crew) return;
    pthread_mutex_lock(&crew->mutex);
    crew->quit = true;
    idle = !crew->running;
    thread = crew->thread;
    if (!idle) abandon_running(crew);
    pthread_cond_broadcast(&crew->for_compute);
    pthread_mutex_unlock(&crew->mutex);
    if (idle) pthread_join(thread, NULL);
    pthread_mutex_lock(&crew->mutex);
    leave(crew);
}

void rml_crew_put(rml_crew *crew, rml_work *work)
{
    pthread_mutex_lock(&crew->mutex);
    append(&crew->last_waiting, work);
    pthread_cond_signal(&crew->for_compute);
    pthread_mutex_unlock(&crew->mutex);
}

int rml_crew_waiting(rml_crew *crew)
{
    int n = 0;

    pthread_mutex_lock(&crew->mutex);
    for (const rml_work *work = crew->waiting; work; work = work->next) ++n;
    pthread_mutex_unlock(&crew->mutex);
    return n;
}

rml_work *rml_crew_finished(rml_crew *crew)
{
    rml_work *work;

    pthread_mutex_lock(&crew->mutex);
    work = take_first(&crew->finished, &crew->last_finished);
    pthread_mutex_unlock(&crew->mutex);
    return work;
}

bool rml_crew_need(rml_crew *crew, int64_t *task, int64_t *n_bytes, bool *wait)
{
    bool asked;

    pthread_mutex_lock(&crew->mutex);
    asked = crew->need == ASKED && crew->running;
    if (asked) {
        crew->need = TOLD;
        *task = crew->running->task;
        *n_bytes = crew->need_bytes;
        *wait = crew->need_waits;
    }
    pthread_mutex_unlock(&crew->mutex);
    return asked;
}

void rml_crew_answer(rml_crew *crew, int64_t task, bool granted)
{
    pthread_mutex_lock(&crew->mutex);
    if (crew->need == TOLD && crew->running && crew->running->task == task) {
        crew->need = ANSWERED;
        crew->granted = granted;
        pthread_cond_broadcast(&crew->for_compute);
    }
    pthread_mutex_unlock(&crew->mutex);
}

rml_work *rml_crew_take_back(rml_crew *crew, int64_t task)
{
    rml_work *work = NULL;

    pthread_mutex_lock(&crew->mutex);
    for (rml_work **link = &crew->waiting; *link; link = &(*link)->next) {
        if (task >= 0 && (*link)->task != task) continue;
        work = *link;
        *link = work->next;
        if (!*link) crew->last_waiting = link;
        break;
    }
    pthread_mutex_unlock(&crew->mutex);
    return work;
}

rml_status rml_crew_abandon(rml_crew *crew, double timeout, int64_t *task)
{
    rml_status status = RML_OK;

    *task = -1;
    pthread_mutex_lock(&crew->mutex);
    if (crew->running && crew->need == NO_NEED && rml_seconds() - crew->began > timeout) {
        *task = crew->running->task;
        abandon_running(crew);
        ++crew->n_users;
        status = start_thread(crew);
        if (status != RML_OK) --crew->n_users;
    }
    pthread_mutex_unlock(&crew->mutex);
    return status;
}

void rml_crew_wait(rml_crew *crew, double seconds)
{
    const double until = rml_seconds() + seconds;
    const struct timespec deadline = {.tv_sec = (time_t)until, .tv_nsec = (long)(1e9 * (until - floor(until)))};

    pthread_mutex_lock(&crew->mutex);
    while (!crew->news && pthread_cond_timedwait(&crew->for_service, &crew->mutex, &deadline) == 0) continue;
    crew->news = false;
    pthread_mutex_unlock(&crew->mutex);
}

void rml_crew_effort(rml_crew *crew, double *busy, int64_t *n_tasks)
{
    pthread_mutex_lock(&crew->mutex);
    *busy = crew->busy;
    *n_tasks = crew->n_tasks;
    pthread_mutex_unlock(&crew->mutex);
}
