/* Crash records: which units a rank was computing when a signal killed it. */
#ifndef RML_ENGINE_CRASH_H
#define RML_ENGINE_CRASH_H

#include "engine/journal.h"

/* From now on SIGSEGV, SIGBUS, SIGILL, SIGFPE and SIGABRT write FOLDER/crash.RANK before they do what they did before.
 * The first one does; another thread that crashes meanwhile waits for it, 1 s at most.
 * RML_EIO when the path is too long. Main thread. */
RML_CHECKED rml_status rml_crash_watch(const char *folder, int rank, rml_error *err);
void rml_crash_unwatch(void);

/* A signal stack of its own for the calling thread, since a stack that has overflowed holds no handler. NULL when
 * there is no memory for one: an overflow then leaves no record. Give it back on the same thread. */
void *rml_crash_stack_init(void);
void rml_crash_stack_free(void *stack);

/* The calling thread computes these units from now on; keys must stay. n_keys 0: none. A crash of a thread that
 * computes nothing is held against what the rank computed last: memory that a task has overwritten hurts elsewhere. */
void rml_crash_units(const rml_key *keys, int32_t n_keys);

typedef struct rml_crash {
    int32_t rank, signal, n_keys;
    rml_key *keys; /* [n_keys], malloc'ed */
} rml_crash;

/* Reads all crash records of a folder, and removes them. */
RML_CHECKED rml_status rml_crash_read(const char *folder, rml_crash **crashes, int32_t *n, rml_error *err);
RML_CHECKED rml_status rml_crash_remove(const char *folder, rml_error *err);
void rml_crash_free(rml_crash *crashes, int32_t n);

#endif
