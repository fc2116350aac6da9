#include "engine/lock_seen.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { DEAD = 60 }; /* seconds without a sign of life */

/* Whether the process that the line names shows a sign of life. kernel: the kernel has locks here, and knows of none.
 */
static bool is_alive(const char *line, int fd, bool kernel)
{
    char host[256] = "", *rest;
    struct stat info;
    long process;
    size_t n;

    if (strncmp(line, "process ", 8) != 0) return false;
    process = strtol(line + 8, &rest, 10);
    if (process <= 0 || strncmp(rest, " on ", 4) != 0) return false;
    rest += 4;
    n = strcspn(rest, ",\n");
    gethostname(host, sizeof host - 1);
    if (strlen(host) == n && strncmp(rest, host, n) == 0)
        return !kernel && (kill((pid_t)process, 0) == 0 || errno == EPERM);
    return fstat(fd, &info) == 0 && time(NULL) - info.st_mtim.tv_sec < DEAD;
}

rml_lock_seen rml_lock_look(const char *folder, char *holder, size_t size)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    char *path = NULL, line[512] = "";
    rml_lock_seen seen = RML_LOCK_FREE;
    bool kernel;
    int fd;

    holder[0] = '\0';
    if (asprintf(&path, "%s/lock", folder) < 0) return RML_LOCK_UNKNOWN;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    free(path);
    if (fd < 0) return errno == ENOENT ? RML_LOCK_FREE : RML_LOCK_UNKNOWN;
    if (pread(fd, line, sizeof line - 1, 0) < 0) seen = RML_LOCK_UNKNOWN;
    line[strcspn(line, "\n")] = '\0';
    kernel = fcntl(fd, F_OFD_GETLK, &lock) == 0;
    if (seen == RML_LOCK_FREE && ((kernel && lock.l_type != F_UNLCK) || is_alive(line, fd, kernel)))
        seen = RML_LOCK_HELD;
    close(fd);
    if (seen == RML_LOCK_HELD)
        snprintf(holder, size, "%s", line[0] ? line : "a process that has not yet written its name");
    return seen;
}
