/* Contents: 1. who holds it; 2. signs of life; 3. taking it; 4. fencing, and giving it back; 5. looking on. */
#include "engine/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/clock.h"
#include "engine/host.h"
#include "engine/pids.h"

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
    bool fences;     /* who had it may live */
    char line[LINE]; /* what the file says while it is ours; of mutex, too */
    pthread_t thread;
    bool beating;
    pthread_mutex_t mutex; /* of what follows */
    pthread_cond_t wake;
    bool ending, lost;
    char taker[LINE];
    double seen; /* when the file was last found to be ours */
};

/* 1. Who holds it */

/* At the line's end, while files that a run which may live has open have still their names. */
static const char taking_over[] = ", taking over";

typedef struct holder {
    char line[LINE]; /* "process 12 on node7, job 34, boot 1f0c3a92, pids 4026531836, start 812345"; empty: nobody */
    char name[LINE]; /* for people: without what only programs read */
    long process;
    char host[256], job[64]; /* job "" outside of SLURM */
    char boot[16];           /* "" where it is not known */
    uint64_t pids, start;    /* of engine/pids.h; 0 where it is not known, as in the lines of older versions */
    bool taking_over;
} holder;

/* Of this start of this machine; the containers on it have the same. Two machines may well be called localhost. */
static void own_boot(char boot[16])
{
    const int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    const ssize_t n = fd < 0 ? 0 : read(fd, boot, 8);

    if (fd >= 0) close(fd);
    boot[n == 8 ? 8 : 0] = '\0';
}

static void own_line(char line[LINE])
{
    const uint64_t pids = rml_pids_space(), start = rml_pids_start((long)getpid());
    char host[256], boot[16];
    const char *job = getenv("SLURM_JOB_ID");
    int n;

    rml_host(host, sizeof host);
    own_boot(boot);
    n = snprintf(line, LINE, "process %ld on %s", (long)getpid(), host);
    if (job && *job) n += snprintf(line + n, (size_t)(LINE - n), ", job %.60s", job);
    if (*boot) n += snprintf(line + n, (size_t)(LINE - n), ", boot %s", boot);
    if (pids) n += snprintf(line + n, (size_t)(LINE - n), ", pids %" PRIu64, pids);
    if (start) snprintf(line + n, (size_t)(LINE - n), ", start %" PRIu64, start);
}

/* false: the file cannot be read, now or ever; errno says why. That is no empty one: who holds it is not known. */
static bool read_holder(int fd, holder *held)
{
    const ssize_t n = pread(fd, held->line, sizeof held->line - 1, 0);
    char *rest;
    const char *part;
    long process;

    if (n < 0) return false;
    held->line[n] = '\0';
    held->line[strcspn(held->line, "\n")] = '\0';
    memcpy(held->name, held->line, sizeof held->name);
    held->process = 0;
    held->pids = held->start = 0;
    held->host[0] = held->job[0] = held->boot[0] = '\0';
    held->taking_over = false;
    if (strncmp(held->line, "process ", 8) != 0) return true; /* another's words, or half of them */
    process = strtol(held->line + 8, &rest, 10);
    if (process <= 0 || sscanf(rest, " on %255[^,]", held->host) != 1) return true;
    held->process = process;
    for (part = strchr(rest, ','); part; part = strchr(part + 1, ',')) {
        if (sscanf(part, ", job %63[^,]", held->job) == 1) continue;
        /* NOLINTBEGIN(cert-err34-c): are there, or are not; the widths rule out what sscanf would not report */
        (void)sscanf(part, ", boot %15[^,]", held->boot);
        (void)sscanf(part, ", pids %19" SCNu64, &held->pids);
        (void)sscanf(part, ", start %19" SCNu64, &held->start);
        /* NOLINTEND(cert-err34-c) */
        held->taking_over |= strcmp(part, taking_over) == 0;
    }
    snprintf(held->name, sizeof held->name, "process %ld on %s%s%s", process, held->host, held->job[0] ? ", job " : "",
             held->job);
    return true;
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

typedef enum fate {
    LIVES,
    SILENT, /* counts no more, and may live: it is stopped, or cannot reach the file, or its end cannot be seen here */
    GONE,   /* has ended */
} fate;

/* Whether it is on this machine; sure: and the machine has not been started since. */
static bool is_here(const holder *held, bool *sure)
{
    char host[256], boot[16];

    rml_host(host, sizeof host);
    own_boot(boot);
    *sure = *boot && held->boot[0];
    return held->process > 0 && strcmp(held->host, host) == 0 && (!*sure || strcmp(held->boot, boot) == 0);
}

/* Of one on this machine, by its process. A process of its number may be another, which cannot be proven beyond doubt
 * (one that was stopped and brought back by a checkpoint has another start): so it counts no more, but may live. */
static fate fate_by_process(const holder *held, bool sure, double age)
{
    uint64_t start;

    if (rml_pids_ended(held->process)) return sure && held->pids ? GONE : SILENT;
    start = held->start ? rml_pids_start(held->process) : 0;
    return age >= DEAD || (start && start != held->start) ? SILENT : LIVES;
}

/* kernel: it has locks here, and knows of none. job: whose earlier runs count no more, or NULL. */
static fate fate_of(const holder *held, bool kernel, double age, const char *job)
{
    bool sure;

    if (!held->line[0]) return GONE;
    if (is_here(held, &sure)) {
        const uint64_t pids = rml_pids_space();

        if (!held->pids || held->pids == pids) return fate_by_process(held, sure && pids, age);
        if (kernel)
            return SILENT; /* another container, whose processes do not show: only the lock says that it ended */
    }
    return age >= DEAD || (held->job[0] && job && strcmp(held->job, job) == 0) ? SILENT : LIVES;
}

/* 2. Signs of life */

/* By a clock that goes on while the machine sleeps. */
static double seconds_with_sleep(void)
{
    return rml_seconds_of(CLOCK_BOOTTIME);
}

/* Finds out whether the file is still ours, and touches it. The mutex is held. It is opened anew: what another host
 * wrote is seen then, and a file that was removed is missed. */
static void look(rml_lock *lock)
{
    const double now = seconds_with_sleep(); /* before the look: what happens in a stop behind it has not been seen */
    const int fd = open(lock->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const int why = errno;
    holder held;

    if (lock->lost) goto done;
    if (fd < 0 ? why != ENOENT : !read_holder(fd, &held)) goto done; /* not known now */
    if (fd < 0 || strcmp(held.line, lock->line) != 0) {
        lock->lost = true;
        snprintf(lock->taker, sizeof lock->taker, "%s", fd < 0 ? "" : held.line[0] ? held.name : "nobody");
        goto done;
    }
    lock->seen = now;
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
    if (seconds_with_sleep() - lock->seen >= UNSEEN) look(lock);
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
                    held->line[0] ? held->name : "a process that has not yet written its name");
}

/* Where the file alone says so. */
static rml_status refuse_seen(const rml_lock *lock, const holder *held, double age, rml_error *err)
{
    return rml_fail(
        err, RML_ELOCKED,
        "%s: another run is at work here: %s, last seen %.0f s ago. If it is dead, try again when that is %d s "
        "ago",
        lock->path, held->name, age > 0.0 ? age : 0.0, DEAD);
}

/* Where nothing says so, nor that it is free. */
static rml_status refuse_unread(const rml_lock *lock, rml_error *err)
{
    return rml_fail(err, RML_EIO, "%s: whether another run is at work here cannot be read: %s", lock->path,
                    strerror(errno));
}

/* Whether the file that is open still has its name: another may have been put in its place (put_in_place). */
static bool is_named(int fd, const char *path)
{
    struct stat opened, named;

    return fstat(fd, &opened) == 0 && stat(path, &named) == 0 && opened.st_ino == named.st_ino &&
           opened.st_dev == named.st_dev;
}

/* Removes a file that somebody left who was killed, or stopped, while taking the lock. */
static void forget_stale(const char *path, const char *folder)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0) return;
    if (age_of(fd, folder) >= DEAD && is_named(fd, path)) unlink(path);
    close(fd);
}

/* Only one at a time reads who holds the lock and puts its own name there: of files that are made anew each file system
 * knows who was first. */
static rml_status begin_taking(const char *path, const char *folder, int *fd, rml_error *err)
{
    forget_stale(path, folder);
    *fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (*fd < 0 && errno == EEXIST)
        return rml_fail(err, RML_ELOCKED,
                        "%s: another run is just beginning here; if none is, it was killed at that: try again %d s "
                        "after",
                        path, DEAD);
    if (*fd < 0) return rml_fail(err, RML_EIO, "%s: cannot be made: %s", path, strerror(errno));
    return RML_OK;
}

/* A lock of the open file, not of the process: the latter is lost when any descriptor of the file is closed. */
static bool lock_file(int fd)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    return fcntl(fd, F_OFD_SETLK, &whole) == 0;
}

/* A new file with our name takes the old one's place: whoever holds the old one, or is about to write to it, has one
 * without a name. Who was stopped here for so long that its file counted no more finds another's under that name. */
static rml_status put_in_place(rml_lock *lock, const char *taking, int fd, rml_error *err)
{
    char line[LINE + 1];
    const int n = snprintf(line, sizeof line, "%s\n", lock->line);

    lock->seen = seconds_with_sleep();
    if ((lock->kernel && !lock_file(fd)) || pwrite(fd, line, (size_t)n, 0) != n || fdatasync(fd) != 0)
        return rml_fail(err, RML_EIO, "%s: cannot be written: %s", taking, strerror(errno));
    if (rename(taking, lock->path) != 0)
        return rml_fail(err, RML_EIO, "%s: cannot be given its name: %s", taking, strerror(errno));
    if (!is_named(fd, lock->path)) return rml_fail(err, RML_ELOCKED, "%s: another run was quicker", lock->path);
    return RML_OK;
}

/* A process that ends gives its locks back a little before its number is free. */
static fate fate_once_ended(const rml_lock *lock, const holder *held, double age)
{
    enum { TRIES = 20 };
    const struct timespec nap = {0, 50000000};
    bool sure;

    for (int n = 0;; ++n) {
        const fate chances = fate_of(held, lock->kernel, age, getenv("SLURM_JOB_ID"));

        if (chances != LIVES || !lock->kernel || n == TRIES || !is_here(held, &sure)) return chances;
        nanosleep(&nap, NULL);
    }
}

/* The old file is open, and nobody else is taking it: whose is it? held: the kernel says that it is another's. */
static rml_status judge(rml_lock *lock, const char *folder, bool held_by_kernel, rml_error *err)
{
    holder held;
    double age;
    fate chances;

    if (!read_holder(lock->fd, &held)) return refuse_unread(lock, err);
    if (!is_named(lock->fd, lock->path))
        return rml_fail(err, RML_ELOCKED, "%s: another run has just taken this folder over", lock->path);
    age = held.line[0] ? age_of(lock->fd, folder) : 0.0;
    if (held_by_kernel)
        chances = age >= DEAD ? SILENT : LIVES;
    else
        chances = fate_once_ended(lock, &held, age);
    if (chances == LIVES) return held_by_kernel ? refuse_held(lock, &held, err) : refuse_seen(lock, &held, age, err);
    lock->fences = chances == SILENT || held.taking_over;
    if (lock->fences)
        snprintf(lock->line + strlen(lock->line), sizeof lock->line - strlen(lock->line), "%s", taking_over);
    return RML_OK;
}

/* The old file is open. Ours from here on, if no one's. */
static rml_status take(rml_lock *lock, const char *folder, rml_error *err)
{
    char *taking = NULL;
    bool held_by_kernel = false;
    int fd = -1;
    holder held;
    rml_status status;

    if (lock->kernel && !lock_file(lock->fd)) {
        held_by_kernel = errno == EAGAIN || errno == EACCES;
        if (!held_by_kernel && !has_no_locks(errno))
            return rml_fail(err, RML_EIO, "%s: cannot be locked: %s", lock->path, strerror(errno));
        lock->kernel = held_by_kernel;
    }
    if (held_by_kernel) {
        if (!read_holder(lock->fd, &held)) return refuse_unread(lock, err);
        if (!held.line[0] || age_of(lock->fd, folder) < DEAD) return refuse_held(lock, &held, err);
    }
    if (asprintf(&taking, "%s.taking", lock->path) < 0)
        return rml_fail(err, RML_ENOMEM, "%s: out of memory", lock->path);
    status = begin_taking(taking, folder, &fd, err);
    if (status == RML_OK) status = judge(lock, folder, held_by_kernel, err);
    if (status == RML_OK) status = put_in_place(lock, taking, fd, err);
    if (status == RML_OK) {
        close(lock->fd);
        lock->fd = fd;
        fd = -1;
    }
    if (fd >= 0 && is_named(fd, taking)) unlink(taking);
    if (fd >= 0) close(fd);
    free(taking);
    return status;
}

static rml_status start_beating(rml_lock *lock, rml_error *err)
{
    sigset_t all, before;
    int failed;

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

/* 4. Fencing, and giving it back */

bool rml_lock_fences(const rml_lock *lock)
{
    return lock->fences;
}

rml_status rml_lock_fenced(rml_lock *lock, rml_error *err)
{
    rml_status status = rml_lock_check(lock, err);
    size_t n;

    if (status != RML_OK || !lock->fences) return status;
    pthread_mutex_lock(&lock->mutex);
    n = strlen(lock->line) - strlen(taking_over);
    if (pwrite(lock->fd, "\n", 1, (off_t)n) == 1) { /* one byte: who reads meanwhile finds the one line or the other */
        lock->line[n] = '\0';
        lock->fences = false;
    } else
        status = rml_fail(err, RML_EIO, "%s: cannot be written: %s", lock->path, strerror(errno));
    pthread_mutex_unlock(&lock->mutex);
    return status;
}

void rml_lock_close(rml_lock *lock)
{
    if (!lock) return;
    if (lock->beating) {
        pthread_mutex_lock(&lock->mutex);
        lock->ending = true;
        pthread_cond_signal(&lock->wake);
        pthread_mutex_unlock(&lock->mutex);
        pthread_join(lock->thread, NULL);
        if (seconds_with_sleep() - lock->seen >= UNSEEN) look(lock);
    }
    /* The file stays: removing it could take away the lock of a run that opened it in between. A name that cannot be
     * cleared counts no more once this process is gone; of one that has not fenced the next run must know. */
    if (!lock->lost && !lock->fences && ftruncate(lock->fd, 0) != 0) errno = 0;
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
    bool kernel, locked, read, dead;
    holder held;
    int fd;

    name[0] = '\0';
    if (asprintf(&path, "%s/lock", folder) < 0) return RML_LOCK_UNKNOWN;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe in its place must not block */
    free(path);
    if (fd < 0) return errno == ENOENT ? RML_LOCK_FREE : RML_LOCK_UNKNOWN;
    kernel = fcntl(fd, F_OFD_GETLK, &whole) == 0;
    locked = kernel && whole.l_type != F_UNLCK;
    read = read_holder(fd, &held) && fstat(fd, &info) == 0;
    dead = read && fate_of(&held, kernel, difftime(time(NULL), info.st_mtim.tv_sec), NULL) != LIVES;
    close(fd);
    if (!locked && !read) return RML_LOCK_UNKNOWN;
    if (!locked && dead) return RML_LOCK_FREE;
    snprintf(name, size, "%s",
             !read          ? "a process whose name cannot be read"
             : held.line[0] ? held.name
                            : "a process that has not yet written its name");
    return RML_LOCK_HELD;
}
