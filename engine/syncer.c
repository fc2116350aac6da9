#include "engine/syncer.h"

#include <pthread.h>
#include <stdlib.h>

#include "engine/clock.h"
#include "engine/stop.h"

struct rml_syncer {
    rml_journal *journal;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool wanted, ended, quit; /* a sync: asked for, then through */
    rml_sync_mark mark;
    int refused;
    double seconds;
};

static void *labour(void *argument)
{
    rml_syncer *syncer = argument;

    pthread_mutex_lock(&syncer->mutex);
    for (;;) {
        rml_sync_mark mark;
        double begun, taken;
        int refused;

        while (!syncer->wanted && !syncer->quit) pthread_cond_wait(&syncer->changed, &syncer->mutex);
        if (!syncer->wanted) break;
        mark = syncer->mark;
        pthread_mutex_unlock(&syncer->mutex);
        begun = rml_seconds();
        refused = rml_journal_sync_to(mark);
        taken = rml_seconds() - begun;
        pthread_mutex_lock(&syncer->mutex);
        syncer->refused = refused;
        syncer->seconds = taken;
        syncer->wanted = false;
        syncer->ended = true;
        pthread_cond_broadcast(&syncer->changed);
    }
    pthread_mutex_unlock(&syncer->mutex);
    return NULL;
}

rml_status rml_syncer_init(rml_journal *journal, rml_syncer **out)
{
    rml_syncer *syncer = calloc(1, sizeof *syncer);
    int refused;

    if (!syncer) return RML_ENOMEM;
    syncer->journal = journal;
    pthread_mutex_init(&syncer->mutex, NULL);
    pthread_cond_init(&syncer->changed, NULL);
    rml_stop_block(); /* inherited: the signals go to the service thread */
    refused = pthread_create(&syncer->thread, NULL, labour, syncer);
    rml_stop_unblock();
    if (refused) {
        pthread_cond_destroy(&syncer->changed);
        pthread_mutex_destroy(&syncer->mutex);
        free(syncer);
        return RML_ENOMEM;
    }
    *out = syncer;
    return RML_OK;
}

void rml_syncer_free(rml_syncer *syncer)
{
    if (!syncer) return;
    pthread_mutex_lock(&syncer->mutex);
    syncer->quit = true;
    pthread_cond_broadcast(&syncer->changed);
    pthread_mutex_unlock(&syncer->mutex);
    pthread_join(syncer->thread, NULL);
    pthread_cond_destroy(&syncer->changed);
    pthread_mutex_destroy(&syncer->mutex);
    free(syncer);
}

void rml_syncer_begin(rml_syncer *syncer)
{
    pthread_mutex_lock(&syncer->mutex);
    syncer->mark = rml_journal_sync_mark(syncer->journal);
    syncer->ended = false;
    syncer->wanted = true;
    pthread_cond_broadcast(&syncer->changed);
    pthread_mutex_unlock(&syncer->mutex);
}

bool rml_syncer_ended(rml_syncer *syncer, bool wait, double *seconds, rml_status *status, rml_error *err)
{
    bool ended;

    pthread_mutex_lock(&syncer->mutex);
    while (wait && !syncer->ended) pthread_cond_wait(&syncer->changed, &syncer->mutex);
    ended = syncer->ended;
    pthread_mutex_unlock(&syncer->mutex);
    if (!ended) return false;
    *seconds = syncer->seconds; /* the thread sleeps until the next begin */
    *status = rml_journal_synced(syncer->journal, syncer->mark, syncer->refused, err);
    return true;
}
