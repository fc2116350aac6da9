/* Oracle: the table in engine/lock.h. What other hosts would have written stands in the file by the test's own hand,
 * with the time that it gives it; of processes of this host there are some. */
#include "tests/support/support.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/journal.h"
#include "engine/lock.h"

static char folder[4096], path[4200], host[256];
static char boot[64];       /* ", boot 1f0c3a92", or nothing where /proc does not tell */
static unsigned long space; /* of process numbers; 0 where /proc does not tell */
static char marks[128];     /* this process's: boot, and ", pids 4026531836, start 812345" */

/* What a line says of a process for programs alone. */
static const char *marks_of(pid_t process)
{
    static char text[128];
    char name[64], stat_line[1024] = "", *field;
    FILE *file;

    snprintf(text, sizeof text, "%s", boot);
    if (!space) return text;
    snprintf(text + strlen(text), sizeof text - strlen(text), ", pids %lu", space);
    snprintf(name, sizeof name, "/proc/%ld/stat", (long)process);
    file = fopen(name, "r");
    if (!file) return text;
    assert_non_null(fgets(stat_line, sizeof stat_line, file));
    fclose(file);
    field = strrchr(stat_line, ')');
    assert_non_null(field);
    for (int f = 2; f < 22; ++f) field = strchr(field, ' ') + 1; /* proc(5): the 22nd */
    snprintf(text + strlen(text), sizeof text - strlen(text), ", start %.*s", (int)strcspn(field, " "), field);
    return text;
}

static int new_folder(void **state)
{
    static int n;
    FILE *id = fopen("/proc/sys/kernel/random/boot_id", "r");
    char digits[9], name[64];
    const ssize_t n_name = readlink("/proc/self/ns/pid", name, sizeof name - 1);
    (void)state;

    snprintf(folder, sizeof folder, "%s/lock%d", rml_test_folder(), n++);
    snprintf(path, sizeof path, "%s/lock", folder);
    gethostname(host, sizeof host - 1);
    if (id && fscanf(id, "%8[0-9a-f]", digits) == 1) snprintf(boot, sizeof boot, ", boot %s", digits);
    if (id) fclose(id);
    name[n_name > 0 ? n_name : 0] = '\0';
    if (sscanf(name, "pid:[%lu]", &space) != 1) space = 0;
    snprintf(marks, sizeof marks, "%s", marks_of(getpid()));
    unsetenv("SLURM_JOB_ID");
    return mkdir(folder, 0777);
}

static void grow_older(const char *file, double seconds_ago)
{
    struct timespec times[2];

    clock_gettime(CLOCK_REALTIME, &times[0]);
    times[0].tv_sec -= (time_t)seconds_ago;
    times[1] = times[0];
    assert_int_equal(utimensat(AT_FDCWD, file, times, 0), 0);
}

/* The file as somebody left it who touched it last so many seconds ago. */
static void leave(const char *line, double seconds_ago)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(line, file);
    fclose(file);
    grow_older(path, seconds_ago);
}

static void (*before_locking)(void);
static void (*before_writing)(void);
static int refused;        /* what writing comes to then; 0: it succeeds */
static bool copies_little; /* the kernel, by itself */
static bool stands_still;  /* whenever the clock is read that goes on while a machine sleeps */
static time_t later;       /* seconds that this clock is ahead */
static int unreadable;     /* so many readings of a lock fail */

/* The C library's, in its place: here a test may do what other processes do meanwhile. */
int fcntl(int fd, int command, ...)
{
    va_list more;
    void *argument;

    va_start(more, command);
    argument = va_arg(more, void *);
    va_end(more);
    if (command == F_OFD_SETLK && before_locking) before_locking();
    return (int)syscall(SYS_fcntl, fd, command, argument);
}

ssize_t pwritev(int fd, const struct iovec *parts, int n_parts, off_t offset)
{
    if (before_writing) {
        before_writing();
        errno = refused;
        if (refused) return -1;
    }
    return (ssize_t)syscall(SYS_pwritev, fd, parts, n_parts, (long)offset, 0L);
}

ssize_t pread(int fd, void *bytes, size_t n, off_t offset)
{
    struct stat opened, lock;

    if (unreadable > 0 && fstat(fd, &opened) == 0 && stat(path, &lock) == 0 && opened.st_ino == lock.st_ino) {
        --unreadable;
        errno = ESTALE;
        return -1;
    }
    return (ssize_t)syscall(SYS_pread64, fd, bytes, n, (long)offset);
}

/* On two file systems, and on old kernels at whatever byte. */
ssize_t copy_file_range(int from, off64_t *from_at, int to, off64_t *to_at, size_t n, unsigned int flags)
{
    static int calls;

    if (copies_little && calls++ % 2) {
        errno = EXDEV;
        return -1;
    }
    return (ssize_t)syscall(SYS_copy_file_range, from, from_at, to, to_at, copies_little ? 30 : n, flags);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    static time_t stood;

    if (syscall(SYS_clock_gettime, clock, now) != 0) return -1;
    if (clock != CLOCK_BOOTTIME) return 0;
    if (stands_still) {
        stood += 70;
        leave("process 12 on elsewhere\n", 0);
    }
    now->tv_sec += stood + later;
    return 0;
}

static const char *line_there(void)
{
    static char line[600];
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    if (!fgets(line, sizeof line, file)) line[0] = '\0';
    fclose(file);
    line[strcspn(line, "\n")] = '\0';
    return line;
}

static bool fenced; /* who had it when it was last tried might live */

static rml_status try(bool kernel, rml_error *err)
{
    rml_lock *lock = NULL;
    rml_status status;

    *err = (rml_error){0};
    status = kernel ? rml_lock_open(folder, &lock, err) : rml_lock_open_without(folder, &lock, err);
    assert_int_equal(status == RML_OK, lock != NULL);
    fenced = lock && rml_lock_fences(lock);
    if (lock) assert_int_equal(rml_lock_fenced(lock, err), RML_OK);
    rml_lock_close(lock);
    if (status == RML_OK) assert_string_equal(line_there(), ""); /* given back */
    return status;
}

static void other_hosts_live_by_their_signs(void **state)
{
    rml_error err;
    (void)state;

    for (int kernel = 0; kernel < 2; ++kernel) {
        unsetenv("SLURM_JOB_ID");
        leave("process 12 on elsewhere, job 34\n", 50);
        assert_int_equal(try(kernel, &err), RML_ELOCKED);
        assert_non_null(
            strstr(err.text, "another run is at work here: process 12 on elsewhere, job 34, last seen 50 s"));
        assert_string_equal(line_there(), "process 12 on elsewhere, job 34"); /* and it was not touched */
        assert_int_equal(try(kernel, &err), RML_ELOCKED);
        assert_non_null(strstr(err.text, "last seen 50 s"));
        setenv("SLURM_JOB_ID", "35", 1);
        assert_int_equal(try(kernel, &err), RML_ELOCKED);
        setenv("SLURM_JOB_ID", "34", 1); /* the job was requeued: here it is */
        assert_int_equal(try(kernel, &err), RML_OK);
        unsetenv("SLURM_JOB_ID");
        leave("process 12 on elsewhere\n", 70);
        assert_int_equal(try(kernel, &err), RML_OK);
        leave("", 0);
        assert_int_equal(try(kernel, &err), RML_OK);
        leave("half a wo", 5);
        assert_int_equal(try(kernel, &err), RML_ELOCKED);
    }
}

/* With kernel locks, too: one that runs without them, or has lost its own, holds none. */
static void this_host_lives_by_its_processes(void **state)
{
    char line[512], other[512], old[512];
    rml_error err;
    pid_t child = fork();
    int wait_status;
    (void)state;

    if (child == 0) {
        alarm(60); /* it ends even if this test does not come to ending it */
        pause();
        _exit(0);
    }
    snprintf(line, sizeof line, "process %ld on %s%s\n", (long)child, host, marks_of(child));
    snprintf(other, sizeof other, "process %ld on %s%s, pids %lu, start 1\n", (long)child, host, boot, space);
    snprintf(old, sizeof old, "process %ld on %s%s\n", (long)child, host, boot);
    for (int kernel = 0; kernel < 2; ++kernel) {
        leave(line, 5);
        assert_int_equal(try(kernel, &err), RML_ELOCKED);
        assert_non_null(strstr(err.text, ", last seen "));
        leave(old, 5);
        assert_int_equal(try(kernel, &err), RML_ELOCKED);
        leave(line, 70);
        assert_int_equal(try(kernel, &err), RML_OK); /* it stands still, or is another of that number */
        assert_true(fenced);
        leave(other, 5);
        assert_int_equal(try(kernel, &err), space ? RML_OK : RML_ELOCKED); /* a process of that number, not the run */
        assert_true(fenced || !space);
    }
    kill(child, SIGKILL);
    for (int waited = 0; waited < 2; ++waited) { /* ended, and then no more a line in the table of processes either */
        siginfo_t ended;

        if (waited)
            waitpid(child, &wait_status, 0);
        else
            assert_int_equal(waitid(P_PID, (id_t)child, &ended, WEXITED | WNOWAIT), 0);
        for (int kernel = 0; kernel < 2; ++kernel) {
            leave(line, 5);
            assert_int_equal(try(kernel, &err), RML_OK);
            assert_int_equal(fenced, !space || !*boot); /* elsewhere it is not certain */
            leave(old, 5);
            assert_int_equal(try(kernel, &err), RML_OK);
            assert_true(fenced);
        }
    }
}

/* The one without the kernel's locks is at work, and the other one's kernel knows of none. */
static void a_holder_without_locks_is_seen(void **state)
{
    rml_lock *lock = NULL;
    char seen[512];
    rml_error err = {0};
    (void)state;

    assert_int_equal(rml_lock_open_without(folder, &lock, &err), RML_OK);
    assert_int_equal(rml_lock_look(folder, seen, sizeof seen), RML_LOCK_HELD);
    assert_int_equal(try(true, &err), RML_ELOCKED);
    assert_non_null(strstr(err.text, "another run is at work here: process "));
    later += 30;
    assert_int_equal(rml_lock_check(lock, &err), RML_OK);
    rml_lock_close(lock);
    assert_int_equal(try(true, &err), RML_OK);
}

/* Two containers of one name on one machine: each has a process of the other's number, or none, and that says nothing.
 */
static void numbers_of_another_container_mean_nothing(void **state)
{
    const long numbers[] = {(long)getpid(), INT_MAX};
    char line[512];
    rml_error err;

    if (!space || !*boot) skip();
    (void)state;
    for (size_t n = 0; n < 2; ++n) {
        snprintf(line, sizeof line, "process %ld on %s%s, pids %lu, start 1\n", numbers[n], host, boot, space + 1);
        leave(line, 50);
        assert_int_equal(try(false, &err), RML_ELOCKED);
        assert_non_null(strstr(err.text, ", last seen 50 s"));
        leave(line, 70);
        assert_int_equal(try(false, &err), RML_OK);
        assert_true(fenced);
        leave(line, 5);
        assert_int_equal(try(true, &err), RML_OK); /* the kernel is the same one: it knows of no lock */
        assert_true(fenced);
    }
}

/* The same with a real one. */
static void another_container_waits(void **state)
{
    rml_lock *lock = NULL;
    rml_error err = {0};
    int wait_status;
    pid_t outside;
    (void)state;

#ifdef __SANITIZE_THREAD__
    skip(); /* the sanitizer cannot follow a process that was forked beside a thread */
#endif
    assert_int_equal(rml_lock_open_without(folder, &lock, &err), RML_OK);
    outside = fork();
    if (outside == 0) {
        pid_t inside;

        alarm(60);
        if (unshare(CLONE_NEWPID) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWPID) != 0) _exit(77);
        inside = fork();
        if (inside == 0) {
            rml_lock *taken = NULL;

            _exit(rml_lock_open_without(folder, &taken, &err) == RML_ELOCKED ? 0 : 1);
        }
        _exit(inside > 0 && waitpid(inside, &wait_status, 0) == inside && WIFEXITED(wait_status)
                  ? WEXITSTATUS(wait_status)
                  : 2);
    }
    assert_int_equal(waitpid(outside, &wait_status, 0), outside);
    assert_true(WIFEXITED(wait_status));
    assert_int_equal(rml_lock_check(lock, &err), RML_OK);
    rml_lock_close(lock);
    if (WEXITSTATUS(wait_status) == 77) {
        print_message("no PID namespace may be made here: not tried\n");
        skip();
    }
    assert_int_equal(WEXITSTATUS(wait_status), 0);
}

/* Two machines called alike, each with its own file system locks, processes of the same numbers: another start of a
 * machine is another host. */
static void a_name_is_no_host(void **state)
{
    char line[512], seen[512];
    rml_error err;
    (void)state;

    for (int kernel = 0; kernel < 2; ++kernel) {
        snprintf(line, sizeof line, "process %ld on %s, job 34, boot 0000abcd\n", (long)getpid(), host);
        leave(line, 50);
        assert_int_equal(try(kernel, &err), RML_ELOCKED);
        assert_non_null(strstr(err.text, ", job 34, last seen 50 s"));
        assert_int_equal(rml_lock_look(folder, seen, sizeof seen), RML_LOCK_HELD);
        *strrchr(line, ',') = '\0';
        assert_string_equal(seen, line);
        snprintf(line, sizeof line, "process %d on %s, boot 0000abcd\n", INT_MAX, host); /* there is none here */
        leave(line, 50);
        assert_int_equal(try(kernel, &err), RML_ELOCKED);
        leave(line, 70);
        assert_int_equal(try(kernel, &err), RML_OK);
        snprintf(line, sizeof line, "process %d on %s%s\n", INT_MAX, host, boot);
        leave(line, 50);
        assert_int_equal(try(kernel, &err), RML_OK);
    }
}

/* Two at once, with and without the kernel's locks; the refusals have each its sentence. */
static void one_at_a_time(void **state)
{
    char taking[4300];
    rml_error err;
    (void)state;

    for (int kernel = 0; kernel < 2; ++kernel) {
        rml_lock *lock = NULL;
        char line[512];

        setenv("SLURM_JOB_ID", "34", 1);
        assert_int_equal(kernel ? rml_lock_open(folder, &lock, &err) : rml_lock_open_without(folder, &lock, &err),
                         RML_OK);
        snprintf(line, sizeof line, "process %ld on %s, job 34%s", (long)getpid(), host, marks);
        assert_string_equal(line_there(), line);
        assert_int_equal(try(kernel, &err), RML_ELOCKED); /* our own job, too: it is alive on this host */
        line[strlen(line) - strlen(marks)] = '\0';        /* what is for programs alone is not told */
        assert_non_null(strstr(err.text, line));
        assert_null(strstr(err.text, ", boot "));
        assert_null(strstr(err.text, ", pids "));
        snprintf(line, sizeof line, "process %ld on %s, job 34%s", (long)getpid(), host, marks);
        if (kernel) { /* whatever the file says of processes */
            leave("half a wo", 50);
            assert_int_equal(try(true, &err), RML_ELOCKED);
            leave(line, 0);
        }
        rml_lock_close(lock);
        assert_int_equal(try(kernel, &err), RML_OK);
    }
    snprintf(taking, sizeof taking, "%s.taking", path);
    fclose(fopen(taking, "w"));
    assert_int_equal(try(false, &err), RML_ELOCKED);
    assert_non_null(strstr(err.text, "lock.taking: another run is just beginning here"));
    assert_int_equal(unlink(taking), 0);
    assert_int_equal(try(false, &err), RML_OK);
    assert_int_equal(access(taking, F_OK), -1);
}

/* Where the kernel's locks are each host's own, two hosts may find the same old line at once: one at a time here, too.
 * And whoever was killed just there is not waited for for ever. */
static void only_one_at_a_time_takes_it(void **state)
{
    char taking[4300];
    rml_error err;
    (void)state;

    snprintf(taking, sizeof taking, "%s.taking", path);
    for (int kernel = 0; kernel < 2; ++kernel) {
        leave("process 12 on elsewhere\n", 70);
        fclose(fopen(taking, "w"));
        grow_older(taking, 50);
        assert_int_equal(try(kernel, &err), RML_ELOCKED);
        assert_non_null(strstr(err.text, "lock.taking: another run is just beginning here"));
        assert_string_equal(line_there(), "process 12 on elsewhere");
        grow_older(taking, 70);
        assert_int_equal(try(kernel, &err), RML_OK);
        assert_int_equal(access(taking, F_OK), -1);
    }
}

/* It lives, and holds the kernel's lock, but has given no sign for 70 s: another takes over, and it finds out. */
static void a_stopped_run_loses_it(void **state)
{
    rml_lock *lock = NULL;
    rml_error err = {0};
    int ready[2], wait_status;
    char line[512], byte;
    pid_t child;
    (void)state;

    unsetenv("SLURM_JOB_ID");
    assert_int_equal(pipe(ready), 0);
    child = fork();
    if (child == 0) {
        int lost = 0;

        alarm(60);
        if (rml_lock_open(folder, &lock, &err) != RML_OK) _exit(1);
        if (write(ready[1], "1", 1) != 1) _exit(2);
        for (int look = 0; look < 300 && !lost; ++look) {
            const struct timespec pause = {0, 100 * 1000 * 1000};

            nanosleep(&pause, NULL);
            lost = rml_lock_check(lock, &err) == RML_ELOCKED;
        }
        rml_lock_close(lock); /* gives nothing back that is another's */
        _exit(lost && strstr(err.text, "the folder was taken over by process ") ? 0 : 3);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    kill(child, SIGSTOP);
    assert_int_equal(waitpid(child, &wait_status, WUNTRACED), child);
    snprintf(line, sizeof line, "process %ld on %s\n", (long)child, host);
    leave(line, 50);
    assert_int_equal(try(true, &err), RML_ELOCKED);
    leave(line, 70);
    assert_int_equal(rml_lock_open(folder, &lock, &err), RML_OK);
    kill(child, SIGCONT);
    assert_int_equal(waitpid(child, &wait_status, 0), child);
    assert_true(WIFEXITED(wait_status));
    assert_int_equal(WEXITSTATUS(wait_status), 0);
    snprintf(line, sizeof line, "process %ld on %s%s, taking over", (long)getpid(), host, marks);
    assert_string_equal(line_there(), line);
    assert_int_equal(rml_lock_fenced(lock, &err), RML_OK);
    *strrchr(line, ',') = '\0';
    assert_string_equal(line_there(), line);
    assert_int_equal(rml_lock_check(lock, &err), RML_OK);
    assert_int_equal(try(true, &err), RML_ELOCKED);
    rml_lock_close(lock);
    close(ready[0]);
    close(ready[1]);
}

/* A file that cannot be read is no empty one: a run goes on, and none takes its folder. */
static void an_unread_line_says_nothing(void **state)
{
    rml_lock *lock = NULL;
    rml_error err = {0};
    char seen[512];
    (void)state;

    for (int kernel = 0; kernel < 2; ++kernel) {
        char line[512];

        assert_int_equal(kernel ? rml_lock_open(folder, &lock, &err) : rml_lock_open_without(folder, &lock, &err),
                         RML_OK);
        snprintf(line, sizeof line, "%s", line_there());
        unreadable = 1;
        assert_int_equal(try(kernel, &err), RML_EIO);
        assert_non_null(strstr(err.text, "/lock: whether another run is at work here cannot be read: "));
        assert_int_equal(unreadable, 0);
        assert_string_equal(line_there(), line);
        unreadable = 1;
        assert_int_equal(rml_lock_look(folder, seen, sizeof seen), kernel ? RML_LOCK_HELD : RML_LOCK_UNKNOWN);
        assert_string_equal(seen, kernel ? "a process whose name cannot be read" : "");
        unreadable = 1;
        later += 30; /* so that it is looked at */
        assert_int_equal(rml_lock_check(lock, &err), RML_OK);
        assert_int_equal(unreadable, 0);
        assert_int_equal(rml_lock_check(lock, &err), RML_OK); /* read again */
        leave("process 12 on elsewhere\n", 0);
        later += 30;
        assert_int_equal(rml_lock_check(lock, &err), RML_ELOCKED);
        rml_lock_close(lock);
        lock = NULL;
        leave("", 0);
    }
}

static void replace(void)
{
    unlink(path);
    leave("process 12 on elsewhere\n", 0);
}

/* Between opening the file and locking it another has put a new one in its place, and its holder let go of the old one.
 */
static void a_file_without_its_name_is_no_lock(void **state)
{
    rml_error err;
    rml_lock *lock = NULL;
    (void)state;

    leave("process 13 on elsewhere\n", 70);
    before_locking = replace;
    assert_int_equal(rml_lock_open(folder, &lock, &err), RML_ELOCKED);
    before_locking = NULL;
    assert_non_null(strstr(err.text, "taken this folder over"));
    assert_string_equal(line_there(), "process 12 on elsewhere");
}

/* A run that stands still while it reads its journal, whose tail is torn: when it goes on, the folder is another's, and
 * so is what stands where it would cut. */
static void who_has_lost_it_cuts_nothing(void **state)
{
    rml_journal *journal = NULL;
    rml_error err = {0};
    struct stat before, after;
    char file[4300];
    FILE *torn;
    (void)state;

    assert_int_equal(rml_journal_open(folder, "job: test\n", false, &journal, &err), RML_OK);
    rml_journal_close(journal);
    snprintf(file, sizeof file, "%s/journal", folder);
    torn = fopen(file, "a");
    assert_non_null(torn);
    fputs("half a record", torn);
    fclose(torn);
    assert_int_equal(stat(file, &before), 0);
    stands_still = true;
    assert_int_equal(rml_journal_open(folder, "job: test\n", false, &journal, &err), RML_ELOCKED);
    stands_still = false;
    assert_non_null(strstr(err.text, "the folder was taken over by process 12 on elsewhere"));
    assert_int_equal(stat(file, &after), 0);
    assert_int_equal(after.st_size, before.st_size);
}

/* The same under --fresh: the old journal is another's by then, and stays. */
static void who_has_lost_it_begins_nothing_anew(void **state)
{
    rml_journal *journal = NULL;
    rml_error err = {0};
    struct stat before, after;
    char file[4300];
    (void)state;

    assert_int_equal(rml_journal_open(folder, "job: test\n", false, &journal, &err), RML_OK);
    rml_journal_close(journal);
    snprintf(file, sizeof file, "%s/journal", folder);
    assert_int_equal(stat(file, &before), 0);
    stands_still = true;
    assert_int_equal(rml_journal_open(folder, "job: another\n", true, &journal, &err), RML_ELOCKED);
    stands_still = false;
    assert_non_null(strstr(err.text, "the folder was taken over by process 12 on elsewhere"));
    assert_int_equal(stat(file, &after), 0);
    assert_int_equal(after.st_ino, before.st_ino);
}

static rml_key key_of(const char *name)
{
    return rml_key_of(name, strlen(name));
}

static rml_status record(rml_journal *journal, const char *name, rml_error *err)
{
    const rml_key key = key_of(name);

    return rml_journal_append(journal, RML_RECORD_DONE, &key, 1, name, strlen(name), err);
}

/* Another run, while this one stands still for more than a minute where it is. */
static void take_over_and_record(void)
{
    int wait_status;
    pid_t child;

    before_writing = NULL;
    grow_older(path, 70);
    child = fork();
    if (child == 0) {
        rml_journal *journal = NULL;
        rml_error err = {0};

        refused = 0;
        if (rml_journal_open(folder, "job: test\n", false, &journal, &err) != RML_OK) _exit(1);
        if (rml_journal_state(journal, key_of("before")) != RML_UNIT_DONE) _exit(2);
        if (record(journal, "the other's", &err) != RML_OK || rml_journal_sync(journal, &err) != RML_OK) _exit(3);
        rml_journal_close(journal);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &wait_status, 0), child);
    assert_true(WIFEXITED(wait_status));
    assert_int_equal(WEXITSTATUS(wait_status), 0);
}

/* A run that is stopped between its look at the lock and its writing: what it writes then, or cuts off where it could
 * not write, is not the other's. */
static void who_has_lost_it_writes_nowhere(void **state)
{
#ifdef __SANITIZE_THREAD__
    skip(); /* the sanitizer cannot follow a thread of a process that was forked beside one */
#endif
    for (int fails = 0; fails < 2; ++fails) {
        rml_journal *journal = NULL;
        rml_error err = {0};
        rml_blob outcome = {0};
        bool done;
        char shell[9000];

        assert_int_equal(new_folder(state), 0);
        assert_int_equal(rml_journal_open(folder, "job: test\n", false, &journal, &err), RML_OK);
        assert_int_equal(record(journal, "before", &err), RML_OK);
        assert_int_equal(rml_journal_sync(journal, &err), RML_OK);
        before_writing = take_over_and_record;
        copies_little = fails;
        refused = fails ? ENOSPC : 0;
        assert_int_equal(record(journal, "much too late, and longer than the other's", &err), fails ? RML_EIO : RML_OK);
        before_writing = NULL;
        rml_journal_close(journal);
        journal = NULL;
        assert_int_equal(rml_journal_open(folder, "job: test\n", false, &journal, &err), RML_OK);
        assert_int_equal(rml_journal_state(journal, key_of("before")), RML_UNIT_DONE);
        assert_int_equal(rml_journal_read(journal, key_of("the other's"), &done, &outcome, &err), RML_OK);
        assert_int_equal(outcome.n_bytes, strlen("the other's"));
        rml_journal_close(journal);
        rml_blob_free(&outcome);
        snprintf(shell, sizeof shell, "! grep -q damaged '%s/log' && test $(ls '%s' | grep -c new) = 0", folder,
                 folder);
        assert_int_equal(system(shell), 0);
    }
}

/* A run that could not give the journal a new file leaves that to the next one, killed or not. */
static void a_take_over_is_finished_by_the_next(void **state)
{
    rml_lock *lock = NULL;
    rml_journal *journal = NULL;
    rml_error err = {0};
    struct stat before, after;
    char file[4300], line[512];
    int wait_status;
    pid_t child;
    (void)state;

    assert_int_equal(rml_journal_open(folder, "job: test\n", false, &journal, &err), RML_OK);
    assert_int_equal(record(journal, "before", &err), RML_OK);
    rml_journal_close(journal);
    snprintf(file, sizeof file, "%s/journal", folder);
    assert_int_equal(stat(file, &before), 0);
    leave("process 12 on elsewhere\n", 70);
    child = fork();
    if (child == 0) {
        if (rml_lock_open(folder, &lock, &err) != RML_OK || !rml_lock_fences(lock)) _exit(1);
        snprintf(line, sizeof line, "process %ld on %s%s, taking over", (long)getpid(), host, marks_of(getpid()));
        if (strcmp(line_there(), line) != 0) _exit(2);
        rml_lock_close(lock);
        _exit(strcmp(line_there(), line) == 0 ? 0 : 3);
    }
    assert_int_equal(waitpid(child, &wait_status, 0), child);
    assert_true(WIFEXITED(wait_status));
    assert_int_equal(WEXITSTATUS(wait_status), 0);
    snprintf(line, sizeof line, "process %ld on %s%s, taking over", (long)getpid(), host, marks);
    assert_int_equal(rml_journal_open(folder, "job: test\n", false, &journal, &err), RML_OK);
    assert_int_equal(stat(file, &after), 0);
    assert_int_not_equal(after.st_ino, before.st_ino);
    assert_int_equal(rml_journal_state(journal, key_of("before")), RML_UNIT_DONE);
    *strrchr(line, ',') = '\0';
    assert_string_equal(line_there(), line);
    rml_journal_close(journal);
    assert_string_equal(line_there(), "");
    assert_int_equal(rml_journal_open(folder, "job: test\n", false, &journal, &err), RML_OK);
    assert_int_equal(stat(file, &before), 0);
    assert_int_equal(after.st_ino, before.st_ino); /* of a run that has ended no copy is needed */
    rml_journal_close(journal);
}

/* Many at once where only the file tells: never two. */
static void races_have_one_winner(void **state)
{
    enum { RACERS = 8, RACES = 20 };
    (void)state;

    for (int race = 0; race < RACES; ++race) {
        pid_t racer[RACERS];
        int gate[2], over[2], tried[2], n_won = 0, wait_status;
        char byte;

        leave("process 12 on elsewhere\n", 70);
        assert_int_equal(pipe(gate) + pipe(over) + pipe(tried), 0);
        for (int r = 0; r < RACERS; ++r) {
            racer[r] = fork();
            if (racer[r] == 0) {
                rml_lock *lock = NULL;
                rml_error err = {0};
                rml_status status;

                close(gate[1]);
                close(over[1]);
                while (read(gate[0], &byte, 1) > 0) continue; /* until all are there */
                status = rml_lock_open_without(folder, &lock, &err);
                if (write(tried[1], "1", 1) != 1) _exit(2);
                if (status == RML_OK) {
                    /* held until all have tried: the parent says so */
                    while (read(over[0], &byte, 1) > 0) continue;
                }
                _exit(status == RML_OK ? 0 : status == RML_ELOCKED ? 1 : 2);
            }
        }
        close(gate[0]);
        close(gate[1]);
        for (int r = 0; r < RACERS; ++r) assert_int_equal(read(tried[0], &byte, 1), 1);
        close(tried[0]);
        close(tried[1]);
        close(over[0]);
        close(over[1]);
        for (int r = 0; r < RACERS; ++r) {
            assert_int_equal(waitpid(racer[r], &wait_status, 0), racer[r]);
            assert_int_not_equal(WEXITSTATUS(wait_status), 2);
            n_won += WEXITSTATUS(wait_status) == 0;
        }
        assert_int_equal(n_won, 1);
    }
}

/* The file is touched every 10 s; a run that finds another's name in it writes no more, and leaves the name. One beat
 * for both. */
static void signs_of_life_and_takeover(void **state)
{
    rml_lock *touched = NULL, *taken = NULL;
    rml_error err = {0};
    struct stat before, after;
    char line[600], kept[4200];

    assert_int_equal(rml_lock_open(folder, &touched, &err), RML_OK);
    snprintf(line, sizeof line, "%s\n", line_there());
    leave(line, 45);
    assert_int_equal(stat(path, &before), 0);
    snprintf(kept, sizeof kept, "%s", path);
    assert_int_equal(new_folder(state), 0);
    assert_int_equal(rml_lock_open(folder, &taken, &err), RML_OK);
    leave("process 12 on elsewhere\n", 0);
    assert_int_equal(rml_lock_check(taken, &err), RML_OK); /* not looked at for a while */
    for (int tenth = 0; tenth < 200 && rml_lock_check(taken, &err) == RML_OK; ++tenth) usleep(100000);
    assert_int_equal(rml_lock_check(taken, &err), RML_ELOCKED);
    assert_non_null(strstr(err.text, "the folder was taken over by process 12 on elsewhere"));
    rml_lock_close(taken);
    assert_string_equal(line_there(), "process 12 on elsewhere");
    usleep(200000);
    assert_int_equal(stat(kept, &after), 0);
    assert_true(after.st_mtim.tv_sec > before.st_mtim.tv_sec + 30);
    assert_int_equal(rml_lock_check(touched, &err), RML_OK);
    rml_lock_close(touched);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(other_hosts_live_by_their_signs, new_folder),
        cmocka_unit_test_setup(this_host_lives_by_its_processes, new_folder),
        cmocka_unit_test_setup(a_holder_without_locks_is_seen, new_folder),
        cmocka_unit_test_setup(numbers_of_another_container_mean_nothing, new_folder),
        cmocka_unit_test_setup(another_container_waits, new_folder),
        cmocka_unit_test_setup(a_name_is_no_host, new_folder),
        cmocka_unit_test_setup(one_at_a_time, new_folder),
        cmocka_unit_test_setup(a_stopped_run_loses_it, new_folder),
        cmocka_unit_test_setup(an_unread_line_says_nothing, new_folder),
        cmocka_unit_test_setup(a_file_without_its_name_is_no_lock, new_folder),
        cmocka_unit_test_setup(who_has_lost_it_cuts_nothing, new_folder),
        cmocka_unit_test_setup(only_one_at_a_time_takes_it, new_folder),
        cmocka_unit_test_setup(who_has_lost_it_begins_nothing_anew, new_folder),
        cmocka_unit_test(who_has_lost_it_writes_nowhere),
        cmocka_unit_test_setup(a_take_over_is_finished_by_the_next, new_folder),
        cmocka_unit_test_setup(races_have_one_winner, new_folder),
        cmocka_unit_test_setup(signs_of_life_and_takeover, new_folder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
