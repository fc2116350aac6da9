#include "engine/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernels/base/unsynced.h"

rml_status rml_folder_sync(const char *path, rml_error *err)
{
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool synced = fd >= 0 && fsync(fd) == 0;
    const int why = errno;

    if (fd >= 0) close(fd);
    return synced || rml_unsynced_is_usual(why)
               ? RML_OK
               : rml_fail(err, RML_EIO, "%s: cannot be synced: %s", path, strerror(why));
}

rml_status rml_folder_make(const char *path, rml_error *err)
{
    char *parent;
    rml_status status;

    if (mkdir(path, 0777) != 0) {
        if (errno == EEXIST) return RML_OK;
        return rml_fail(err, RML_EIO, "%s: cannot be made: %s", path, strerror(errno));
    }
    if (asprintf(&parent, "%s/..", path) < 0) return rml_fail(err, RML_ENOMEM, "%s: out of memory", path);
    status = rml_folder_sync(parent, err);
    free(parent);
    return status;
}
