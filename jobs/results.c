#include "jobs/results.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/journal.h"
#include "jobs/has_journal.h"
#include "jobs/inputs.h"

rml_status rml_results_own(const char *out, bool *own, rml_error *err)
{
    char *folder = NULL;
    rml_status status;

    *own = false;
    if (asprintf(&folder, "%s/run", out) < 0) return rml_fail(err, RML_ENOMEM, "no memory for a path");
    status = rml_has_journal(folder, own, err);
    free(folder);
    return status;
}

rml_status rml_results_spare(const char *out, const char *name, const char *maker, rml_error *err)
{
    char *path = NULL;
    struct stat info;
    rml_status status = RML_OK;

    if (asprintf(&path, "%s/%s", out, name) < 0) return rml_fail(err, RML_ENOMEM, "no memory for a path");
    if (lstat(path, &info) == 0)
        status =
            rml_fail(err, RML_EEXISTS,
                     "--out %s: %s is already there, and without a journal in %s/run nothing says that %s made it; "
                     "another folder was expected, or --fresh, which replaces it",
                     out, path, out, maker);
    free(path);
    return status;
}

rml_status rml_results_drop(const char *out, const char *name, rml_error *err)
{
    char *path = NULL;
    struct stat info;
    rml_status status = RML_OK;

    if (asprintf(&path, "%s/%s", out, name) < 0) return rml_fail(err, RML_ENOMEM, "no memory for a path");
    if (lstat(path, &info) == 0 && S_ISREG(info.st_mode) && unlink(path) != 0)
        status = rml_fail(err, RML_EIO, "%s: of an earlier run, cannot be removed: %s", path, strerror(errno));
    free(path);
    return status;
}

rml_status rml_results_of(const char *out, const char *maker, rml_error *err)
{
    static const char program[] = "program: ";
    char *folder = NULL;
    const char *there;
    rml_journal *journal = NULL;
    size_t n;
    rml_status status;

    if (asprintf(&folder, "%s/run", out) < 0) return rml_fail(err, RML_ENOMEM, "no memory for a path");
    status = rml_journal_open_head(folder, &journal, err);
    free(folder);
    if (status == RML_EFORMAT) { /* beyond reading: opening it says so, or begins anew */
        *err = (rml_error){0};
        return RML_OK;
    }
    if (status != RML_OK) return status;
    there = rml_journal_identity(journal);
    there = strncmp(there, program, sizeof program - 1) == 0 ? there + sizeof program - 1 : "";
    n = strcspn(there, "\n");
    if (n != strlen(maker) || strncmp(there, maker, n) != 0)
        status =
            rml_fail(err, RML_EEXISTS, "--out %s: is of %.*s, whose journal is in %s/run; another folder was expected",
                     out, n > 0 ? (int)n : 15, n > 0 ? there : "another program", out);
    rml_journal_close(journal);
    return status;
}

rml_status rml_results_begin(const char *out, const char *maker, const char *const *names, int32_t n,
                             const rml_study *study, bool resume, bool fresh, bool *own, rml_error *err)
{
    rml_status status = rml_results_own(out, own, err);

    if (status == RML_OK && *own) status = rml_results_of(out, maker, err);
    if (status != RML_OK) return status;
    if (*own && !resume && !fresh)
        return rml_fail(err, RML_EEXISTS, "%s/run is already there; --resume goes on from it, --fresh starts anew",
                        out);
    for (int32_t t = 0; status == RML_OK && t < n; ++t) {
        status = rml_inputs_spare_study("--out", out, names[t], study, err);
        if (status == RML_OK && !*own && !fresh) status = rml_results_spare(out, names[t], maker, err);
    }
    if (status == RML_OK && mkdir(out, 0777) != 0 && access(out, F_OK) != 0)
        status = rml_fail(err, RML_EIO, "--out %s: the folder cannot be made", out);
    return status;
}
