/* Contents: 1. who holds it; 2. signs of life; 3. taking it; 4. giving it back; 5. looking on. */
#include "engine/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    BEAT = 10,         /* seconds between two signs of life */
    UNSEEN = 2 * BEAT, /* without the thread's own look for so long, one is taken before writing */
    DEAD = 60,         /* seconds without one */
    LINE = 512,
};

struct rml_lock {
    char *path;
    int fd;
    bool kernel;     /* the kernel's lock is held */
    char line[LINE]; /* what the file says while it is ours */
    pthread_t thread;
    bool beating;
    pthread_mutex_t mutex; /* of what follows */
    pthread_cond_t wake;
    bool ending, lost;
    char taker[LINE];
    double seen; /* when the file was last found to be ours */
};

/* 1. Who holds it */

typedef struct holder {
    char line[LINE]; /* "process 12 on node7, job 34"; empty: nobody */
    long process;
    char host[256], job[64]; /* job "" outside of SLURM */
} holder;

static void own_host(char host[256])
{
    host[0] = '\0';
    gethostname(host, 255);
    host[255] = '\0';
}

static void own_line(char line[LINE])
{
    char host[256];
    const char *job = getenv("SLURM_JOB_ID");

    own_host(host);
    if (job && *job)
        snprintf(line, LINE, "process %ld on %s, job %.60s\n", (long)getpid(), host, job);
    else
        snprintf(line, LINE, "process %ld on %s\n", (long)getpid(), host);
}

static void read_holder(int fd, holder *held)
{
    const ssize_t n = pread(fd, held->line, sizeof held->line - 1, 0);
    char *rest;
    long process;

    held->line[n > 0 ? n : 0] = '\0';
    held->line[strcspn(held->line, "\n")] = '\0';
    held->process = 0;
    held->host[0] = held->job[0] = '\0';
    if (strncmp(held->line, "process ", 8) != 0) return; /* another's words, or half of them */
    process = strtol(held->line + 8, &rest, 10);
    if (process > 0 && sscanf(rest, " on %255[^,], job %63[^\n]", held->host, held->job) >= 1) held->process = process;
}

/* Seconds since the file was touched, by the clock of its file system: that of a file touched now. Not known: 0. */
static double age_of(int fd, const char *folder)
{
    struct stat there, now;
    char *path = NULL;
    double age = 0.0;
    int probe;

    if (asprintf(&path, "%s/lock.now", folder) < 0) return 0.0;
    probe = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (probe >= 0 && futimens(probe, NULL) == 0 && fstat(probe, &now) == 0 && fstat(fd, &there) == 0)
        age = (double)(now.st_mtim.tv_sec - there.st_mtim.tv_sec) +
              1e-9 * (double)(now.st_mtim.tv_nsec - there.st_mtim.tv_nsec);
    if (probe >= 0) {
        close(probe);
        unlink(path);
    }
    free(path);
    return age;
}

/* kernel: it has locks here, and knows of none. job: whose earlier runs have ended, or NULL. */
static bool is_dead(const holder *held, bool kernel, double age, const char *job)
{
    char host[256];

    if (!held->line[0]) return true;
    own_host(host);
    if (held->process > 0 && strcmp(held->host, host) == 0)
        return kernel || age >= DEAD || (kill((pid_t)held->process, 0) != 0 && errno == ESRCH);
    return age >= DEAD || (held->job[0] && job && strcmp(held->job, job) == 0);
}

/* 2. Signs of life */

static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now); /* goes on while the machine sleeps */
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Finds out whether the file is still ours, and touches it. The mutex is held. It is opened anew: what another host
 * wrote is seen then, and a file that was removed is missed. */
static void look(rml_lock *lock)
{
    const int fd = open(lock->path, O_RDONLY | O_CLOEXEC);
    const int why = errno;
    const size_t n = strcspn(lock->line, "\n");
    holder held;

    if (lock->lost) goto done;
    if (fd < 0 && why != ENOENT) goto done; /* not known now */
    if (fd >= 0) read_holder(fd, &held);
    if (fd < 0 || strlen(held.line) != n || strncmp(held.line, lock->line, n) != 0) {
        lock->lost = true;
        snprintf(lock->taker, sizeof lock->taker, "%s", fd < 0 ? "" : held.line[0] ? held.line : "nobody");
        goto done;
    }
    lock->seen = seconds_now();
    if (futimens(lock->fd, NULL) != 0) errno = 0; /* the next time, perhaps; 60 s are several of them */
done:
    if (fd >= 0) close(fd);
}

static void *beat(void *context)
{
    rml_lock *lock = context;
    struct timespec next;

    pthread_mutex_lock(&lock->mutex);
    while (!lock->ending) {
        clock_gettime(CLOCK_MONOTONIC, &next);
        next.tv_sec += BEAT;
        while (!lock->ending && pthread_cond_timedwait(&lock->wake, &lock->mutex, &next) != ETIMEDOUT) continue;
        if (!lock->ending) look(lock);
    }
    pthread_mutex_unlock(&lock->mutex);
    return NULL;
}

rml_status rml_lock_check(rml_lock *lock, rml_error *err)
{
    rml_status status = RML_OK;

    pthread_mutex_lock(&lock->mutex);
    if (seconds_now() - lock->seen >= UNSEEN) look(lock);
    if (lock->lost)
        status = rml_fail(
            err, RML_ELOCKED, "%s: %s%s; this run ends (it was stopped for longer than %d s, or the file was removed)",
            lock->path, lock->taker[0] ? "the folder was taken over by " : "is not there any more", lock->taker, DEAD);
    pthread_mutex_unlock(&lock->mutex);
    return status;
}

/* 3. Taking it */

static bool has_no_locks(int why)
{
    return why == ENOLCK || why == ENOSYS || why == EOPNOTSUPP || why == EINVAL;
}

/* Where the kernel says that it is held. */
static rml_status refuse_held(const rml_lock *lock, const holder *held, rml_error *err)
{
    return rml_fail(err, RML_ELOCKED, "%s: another run is at work here: %s", lock->path,
                    held->line[0] ? held->line : "a process that has not yet written its name");
}

/* Where the file alone says so. */
static rml_status refuse_seen(const rml_lock *lock, const holder *held, double age, rml_error *err)
{
    return rml_fail(
        err, RML_ELOCKED,
        "%s: another run is at work here: %s, last seen %.0f s ago. If it is dead, try again when that is %d s "
        "ago",
        lock->path, held->line, age > 0.0 ? age : 0.0, DEAD);
}

/* Only one at a time reads who holds the lock and puts its own name there: of files that are made anew each file system
 * knows who was first. */
static rml_status begin_taking(const char *path, rml_error *err)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

    if (fd < 0 && errno == EEXIST)
        return rml_fail(err, RML_ELOCKED,
                        "%s: another run is just beginning here; if none is, it was killed at that: remove the file",
                        path);
    if (fd < 0) return rml_fail(err, RML_EIO, "%s: cannot be made: %s", path, strerror(errno));
    close(fd);
    return RML_OK;
}

static rml_status write_line(const rml_lock *lock, rml_error *err)
{
    const size_t n = strlen(lock->line);

    if (ftruncate(lock->fd, 0) != 0 || pwrite(lock->fd, lock->line, n, 0) != (ssize_t)n || fdatasync(lock->fd) != 0)
        return rml_fail(err, RML_EIO, "%s: cannot be written: %s", lock->path, strerror(errno));
    return RML_OK;
}

/* A lock of the open file, not of the process: the latter is lost when any descriptor of the file is closed. */
static bool lock_file(int fd)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    return fcntl(fd, F_OFD_SETLK, &whole) == 0;
}

/* Its holder lives and is stopped: it keeps the lock of a file that has no name any more, and finds that when it goes
 * on. Between others who try the same, begin_taking has chosen; the file may be one of theirs by now. */
static rml_status replace_file(rml_lock *lock, const char *folder, rml_error *err)
{
    struct stat opened, named;
    holder held;
    int fd;

    read_holder(lock->fd, &held);
    if (fstat(lock->fd, &opened) != 0 || stat(lock->path, &named) != 0 || opened.st_ino != named.st_ino ||
        opened.st_dev != named.st_dev || age_of(lock->fd, folder) < DEAD)
        return refuse_held(lock, &held, err);
    if (unlink(lock->path) != 0)
        return rml_fail(err, RML_EIO, "%s: cannot be replaced: %s", lock->path, strerror(errno));
    fd = open(lock->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0) return rml_fail(err, RML_EIO, "%s: cannot be made: %s", lock->path, strerror(errno));
    close(lock->fd);
    lock->fd = fd;
    return lock_file(fd) ? write_line(lock, err) : refuse_held(lock, &held, err);
}

static rml_status take_over(rml_lock *lock, const char *folder, rml_error *err)
{
    char *taking = NULL;
    rml_status status;

    if (asprintf(&taking, "%s.taking", lock->path) < 0)
        return rml_fail(err, RML_ENOMEM, "%s: out of memory", lock->path);
    status = begin_taking(taking, err);
    if (status == RML_OK) {
        status = replace_file(lock, folder, err);
        unlink(taking);
    }
    free(taking);
    return status;
}

/* The file is open: whose is it? Ours from here on, if no one's. */
static rml_status take(rml_lock *lock, const char *folder, rml_error *err)
{
    char *taking = NULL;
    holder held;
    double age;
    rml_status status;

    if (lock->kernel && !lock_file(lock->fd)) {
        if (errno == EAGAIN || errno == EACCES) {
            read_holder(lock->fd, &held);
            return held.line[0] && age_of(lock->fd, folder) >= DEAD ? take_over(lock, folder, err)
                                                                    : refuse_held(lock, &held, err);
        }
        if (!has_no_locks(errno))
            return rml_fail(err, RML_EIO, "%s: cannot be locked: %s", lock->path, strerror(errno));
        lock->kernel = false;
    }
    if (!lock->kernel) {
        if (asprintf(&taking, "%s.taking", lock->path) < 0)
            return rml_fail(err, RML_ENOMEM, "%s: out of memory", lock->path);
        status = begin_taking(taking, err);
        if (status != RML_OK) {
            free(taking);
            return status;
        }
    }
    read_holder(lock->fd, &held);
    age = held.line[0] ? age_of(lock->fd, folder) : 0.0;
    status = is_dead(&held, lock->kernel, age, getenv("SLURM_JOB_ID")) ? write_line(lock, err)
                                                                       : refuse_seen(lock, &held, age, err);
    if (taking) unlink(taking);
    free(taking);
    return status;
}

static rml_status start_beating(rml_lock *lock, rml_error *err)
{
    sigset_t all, before;
    int failed;

    lock->seen = seconds_now();
    sigfillset(&all); /* the program's signals are other threads' */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(&lock->thread, NULL, beat, lock);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    lock->beating = !failed;
    return failed ? rml_fail(err, RML_ENOMEM, "%s: no thread: %s", lock->path, strerror(failed)) : RML_OK;
}

static rml_status open_lock(const char *folder, bool kernel, rml_lock **out, rml_error *err)
{
    rml_lock *lock = calloc(1, sizeof *lock);
    pthread_condattr_t attributes;
    rml_status status;

    if (!lock) return rml_fail(err, RML_ENOMEM, "%s: out of memory", folder);
    pthread_mutex_init(&lock->mutex, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&lock->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    lock->fd = -1;
    lock->kernel = kernel;
    lock->lost = true; /* nothing to give back yet */
    own_line(lock->line);
    if (asprintf(&lock->path, "%s/lock", folder) < 0) {
        lock->path = NULL;
        status = rml_fail(err, RML_ENOMEM, "%s: out of memory", folder);
        goto done;
    }
    lock->fd = open(lock->path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    status = lock->fd < 0 ? rml_fail(err, RML_EIO, "%s: cannot be opened: %s", lock->path, strerror(errno))
                          : take(lock, folder, err);
    if (status != RML_OK) goto done;
    lock->lost = false;
    status = start_beating(lock, err);
    if (status != RML_OK) goto done;
    *out = lock;
    lock = NULL;
done:
    rml_lock_close(lock);
    return status;
}

rml_status rml_lock_open(const char *folder, rml_lock **lock, rml_error *err)
{
    return open_lock(folder, true, lock, err);
}

rml_status rml_lock_open_without(const char *folder, rml_lock **lock, rml_error *err)
{
    return open_lock(folder, false, lock, err);
}

/* 4. Giving it back */

void rml_lock_close(rml_lock *lock)
{
    if (!lock) return;
    if (lock->beating) {
        pthread_mutex_lock(&lock->mutex);
        lock->ending = true;
        pthread_cond_signal(&lock->wake);
        pthread_mutex_unlock(&lock->mutex);
        pthread_join(lock->thread, NULL);
        if (seconds_now() - lock->seen >= UNSEEN) look(lock);
    }
    /* The file stays: removing it could take away the lock of a run that opened it in between. A name that cannot be
     * cleared counts no more once this process is gone. */
    if (!lock->lost && ftruncate(lock->fd, 0) != 0) errno = 0;
    if (lock->fd >= 0) close(lock->fd);
    pthread_cond_destroy(&lock->wake);
    pthread_mutex_destroy(&lock->mutex);
    free(lock->path);
    free(lock);
}

/* 5. Looking on */

rml_lock_seen rml_lock_look(const char *folder, char *name, size_t size)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    struct stat info;
    char *path = NULL;
    bool kernel, locked, dead;
    holder held;
    int fd;

    name[0] = '\0';
    if (asprintf(&path, "%s/lock", folder) < 0) return RML_LOCK_UNKNOWN;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    free(path);
    if (fd < 0) return errno == ENOENT ? RML_LOCK_FREE : RML_LOCK_UNKNOWN;
    kernel = fcntl(fd, F_OFD_GETLK, &whole) == 0;
    locked = kernel && whole.l_type != F_UNLCK;
    read_holder(fd, &held);
    dead = fstat(fd, &info) != 0 || is_dead(&held, kernel, difftime(time(NULL), info.st_mtim.tv_sec), NULL);
    close(fd);
    if (!locked && dead) return RML_LOCK_FREE;
    snprintf(name, size, "%s", held.line[0] ? held.line : "a process that has not yet written its name");
    return RML_LOCK_HELD;
}
