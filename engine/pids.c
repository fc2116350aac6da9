#include "engine/pids.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

uint64_t rml_pids_space(void)
{
    struct stat info;

    return stat("/proc/self/ns/pid", &info) == 0 ? (uint64_t)info.st_ino : 0;
}

/* In a new namespace /proc may still be the one of the old: the numbers in it are not this process's. */
static bool proc_counts_alike(void)
{
    char self[32];
    const ssize_t n = readlink("/proc/self", self, sizeof self - 1);

    self[n > 0 ? n : 0] = '\0';
    return n > 0 && strtol(self, NULL, 10) == (long)getpid();
}

typedef struct process {
    char state;     /* 'Z': ended, and nobody has asked after it */
    long n_threads; /* of an ended one too: others of its threads may still be at work */
    uint64_t start; /* ticks since the machine's */
} process;

static bool look_at(long number, process *seen)
{
    char path[64], text[1024];
    const char *behind;
    ssize_t n;
    int fd;

    if (!proc_counts_alike()) return false;
    snprintf(path, sizeof path, "/proc/%ld/stat", number);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    n = read(fd, text, sizeof text - 1);
    close(fd);
    text[n > 0 ? n : 0] = '\0';
    behind = strrchr(text, ')'); /* the program's name, which may hold anything */
    /* NOLINTBEGIN(cert-err34-c): the kernel's own numbers; fields 3, 20 and 22 of proc(5) */
    return behind &&
           sscanf(behind, ") %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %ld %*d %" SCNu64,
                  &seen->state, &seen->n_threads, &seen->start) == 3;
    /* NOLINTEND(cert-err34-c) */
}

uint64_t rml_pids_start(long number)
{
    process seen;

    return look_at(number, &seen) ? seen.start : 0;
}

bool rml_pids_ended(long number)
{
    process seen;

    if (kill((pid_t)number, 0) != 0 && errno == ESRCH) return true;
    return look_at(number, &seen) && (seen.state == 'Z' || seen.state == 'X') && seen.n_threads <= 1;
}
