/* One writer a run folder. The lock belongs to the open file: the kernel gives it back when the process ends, however
 * it ends. */
#ifndef RML_ENGINE_LOCK_H
#define RML_ENGINE_LOCK_H

#include "kernels/base/status.h"

/* Takes FOLDER/lock, and writes host and process into it. *fd keeps it; rml_lock_close gives it back.
 * RML_ELOCKED  held; the sentence says by which process on which host
 * RML_EIO      the file cannot be made, or its file system has no locks */
RML_CHECKED rml_status rml_lock_open(const char *folder, int *fd, rml_error *err);
void rml_lock_close(int fd); /* -1 allowed */

#endif
