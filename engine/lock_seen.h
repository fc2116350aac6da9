/* Who holds a run folder's lock (engine/lock.h), seen from outside: nothing is taken, written or touched. */
#ifndef RML_ENGINE_LOCK_SEEN_H
#define RML_ENGINE_LOCK_SEEN_H

#include <stddef.h>

typedef enum rml_lock_seen {
    RML_LOCK_FREE,
    RML_LOCK_HELD,
    RML_LOCK_UNKNOWN, /* the file cannot be read here */
} rml_lock_seen;

/* Held when the kernel says so; where its locks are each host's own, or none, when the file names a process of another
 * host and was touched within the last 60 s by this machine's clock, or one of this host that is there.
 *
 * holder  out  [size] who, in the words of the lock's owner: "process 12 on node7"; empty unless held */
rml_lock_seen rml_lock_look(const char *folder, char *holder, size_t size);

#endif
