/* One writer a run folder. The lock belongs to the open file: the kernel gives it back when the process ends, however
 * it ends. */
#ifndef RML_ENGINE_LOCK_H
#define RML_ENGINE_LOCK_H

#include <stddef.h>

#include "kernels/base/status.h"

/* Takes FOLDER/lock, and writes host and process into it. *fd keeps it; rml_lock_close gives it back.
 * RML_ELOCKED  held; the sentence says by which process on which host
 * RML_EIO      the file cannot be made, or its file system has no locks */
RML_CHECKED rml_status rml_lock_open(const char *folder, int *fd, rml_error *err);
void rml_lock_close(int fd); /* -1 allowed */

typedef enum rml_lock_seen {
    RML_LOCK_FREE,
    RML_LOCK_HELD,
    RML_LOCK_UNKNOWN, /* the file cannot be read here, or its file system does not tell */
} rml_lock_seen;

/* Whether somebody holds FOLDER/lock, without taking or changing it. holder: out, [size] who, in the words of the
 * lock's owner; empty unless held. */
rml_lock_seen rml_lock_look(const char *folder, char *holder, size_t size);

#endif
