#include "jobs/has_journal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

rml_status rml_has_journal(const char *folder, bool *has, rml_error *err)
{
    char *path;
    int why;

    *has = false;
    if (asprintf(&path, "%s/journal", folder) < 0) return rml_fail(err, RML_ENOMEM, "%s: no memory", folder);
    why = access(path, F_OK) == 0 ? 0 : errno;
    free(path);
    *has = why == 0;
    if (why == 0 || why == ENOENT || why == ENOTDIR) return RML_OK;
    return rml_fail(err, RML_EIO, "%s/journal: whether a run has begun there is not known: %s", folder, strerror(why));
}
