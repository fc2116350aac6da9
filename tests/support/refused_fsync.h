/* For one program: the C library's fsync, which says of folders what the test wants. */
#ifndef RML_TESTS_REFUSED_FSYNC_H
#define RML_TESTS_REFUSED_FSYNC_H

#include <errno.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int refused; /* why no folder can be synced; 0: it can */

int fsync(int fd)
{
    struct stat info;

    if (refused && fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
        errno = refused;
        return -1;
    }
    return (int)syscall(SYS_fsync, fd);
}

#endif
