#include "engine/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Who holds it, from the first line of the file: "host process". */
static void read_holder(int fd, char *holder, size_t size)
{
    const ssize_t n = pread(fd, holder, size - 1, 0);

    holder[n > 0 ? n : 0] = '\0';
    holder[strcspn(holder, "\n")] = '\0';
    if (!holder[0]) snprintf(holder, size, "a process that has not yet written its name");
}

rml_status rml_lock_open(const char *folder, int *fd, rml_error *err)
{
    /* A lock of the open file, not of the process: the latter is lost when any descriptor of the file is closed. */
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    char path[4096], host[256] = "", holder[320];
    rml_status status = RML_OK;
    int opened, n;

    *fd = -1;
    if (snprintf(path, sizeof path, "%s/lock", folder) >= (int)sizeof path)
        return rml_fail(err, RML_EIO, "%s: the path is too long", folder);
    opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (opened < 0) return rml_fail(err, RML_EIO, "%s: cannot be opened: %s", path, strerror(errno));
    if (fcntl(opened, F_OFD_SETLK, &lock) != 0) {
        if (errno == EAGAIN || errno == EACCES) {
            read_holder(opened, holder, sizeof holder);
            status = rml_fail(err, RML_ELOCKED, "%s: another run is at work here: %s", folder, holder);
        } else {
            status = rml_fail(err, RML_EIO, "%s: cannot be locked: %s (the run folder needs a file system with locks)",
                              path, strerror(errno));
        }
        goto done;
    }
    gethostname(host, sizeof host - 1);
    n = snprintf(holder, sizeof holder, "process %ld on %s\n", (long)getpid(), host);
    if (ftruncate(opened, 0) != 0 || pwrite(opened, holder, (size_t)n, 0) != n) {
        status = rml_fail(err, RML_EIO, "%s: cannot be written: %s", path, strerror(errno));
        goto done;
    }
    *fd = opened;
    opened = -1;
done:
    if (opened >= 0) close(opened);
    return status;
}

void rml_lock_close(int fd)
{
    if (fd < 0) return;
    /* The file stays: removing it could take away the lock of a run that opened it in between. A name that cannot be
     * cleared misleads nobody, since it is read only while the lock is held. */
    if (ftruncate(fd, 0) != 0) errno = 0;
    close(fd);
}
