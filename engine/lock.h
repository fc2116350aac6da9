/* One writer a run folder. FOLDER/lock is locked in the kernel's way, by the open file: the kernel gives that back when
 * the process ends, however it ends. Where that does not tell enough (a file system without locks, one whose locks are
 * each host's own, or one that has lost them), the file itself does: it holds who wrote it (process, host, SLURM's job;
 * the start of the machine, since two machines may have one name; the PID namespace and the start of the process, since
 * two processes may have one number), and is touched every 10 s. What another run reads there is
 *
 *   held by the kernel's lock     taken; free when the file has not been touched for 60 s by the file system's clock
 *                                 (the process is stopped)
 *   the same host since the same  free when the process is gone (of one that is ending the end is waited for, 1 s), its
 *   start, same PID namespace     number is another's now, or it has not touched the file for 60 s
 *   the same, another namespace   with kernel locks: free; without: as another host
 *   another host                  free when its SLURM job is ours (requeued: it ended there), or the file has not been
 *                                 touched for 60 s by the file system's clock
 *
 * Whoever takes it puts a new file in the old one's place, by way of FOLDER/lock.taking, which only one at a time can
 * make; left behind by a run that was killed there it counts no more after 60 s.
 *
 * A run that was stopped for longer than that finds, before it writes again, that the folder is another's. When it was
 * stopped between that look and its writing, it writes all the same, to the files that it has open: so who takes the
 * lock from a run that may live, which is any that is not seen to be gone, gives the names of these to copies, and then
 * says so (rml_lock_fenced). Until then its line ends with ", taking over", and stays when it ends: the next one has to
 * do it. */
#ifndef RML_ENGINE_LOCK_H
#define RML_ENGINE_LOCK_H

#include <stdbool.h>
#include <stddef.h>

#include "kernels/base/status.h"

typedef struct rml_lock rml_lock;

/* Takes FOLDER/lock, and starts the thread that touches it. Not collective; rank 0.
 * RML_ELOCKED  held; the sentence says by which process on which host, and when it was last seen
 * RML_EIO      the file cannot be made, read or written
 * RML_ENOMEM   no memory, or no thread */
RML_CHECKED rml_status rml_lock_open(const char *folder, rml_lock **lock, rml_error *err);
/* The same as on a file system without locks, for tests: there may be none at hand. */
RML_CHECKED rml_status rml_lock_open_without(const char *folder, rml_lock **lock, rml_error *err);

/* Before something is written: whether the lock is still ours. It reads the file only where the thread has not for 20 s
 * (the process was stopped); a file that cannot be read just then says nothing, and is read again the next time.
 * RML_ELOCKED: another run has taken it, or the file was removed. */
RML_CHECKED rml_status rml_lock_check(rml_lock *lock, rml_error *err);

/* Whether the run that had the lock before may live, and write to the files that it has open. */
bool rml_lock_fences(const rml_lock *lock);
/* It may, but these files have no name any more. Nothing to do unless rml_lock_fences. RML_ELOCKED as above; RML_EIO.
 */
RML_CHECKED rml_status rml_lock_fenced(rml_lock *lock, rml_error *err);

/* Gives it back. NULL allowed. */
void rml_lock_close(rml_lock *lock);

typedef enum rml_lock_seen {
    RML_LOCK_FREE,
    RML_LOCK_HELD,
    RML_LOCK_UNKNOWN, /* the file cannot be read here */
} rml_lock_seen;

/* Who holds the lock, seen from outside: nothing is taken, written or touched. A process that is stopped still holds
 * it. Other hosts' signs of life are reckoned by this machine's clock.
 *
 * holder  out  [size] who, in the owner's words: "process 12 on node7, job 34"; empty unless held */
rml_lock_seen rml_lock_look(const char *folder, char *holder, size_t size);

#endif
