#include "jobs/results.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jobs/inputs.h"

bool rml_results_own(const char *out)
{
    char *journal = NULL;
    bool own;

    if (asprintf(&journal, "%s/run/journal", out) < 0) return false;
    own = access(journal, F_OK) == 0;
    free(journal);
    return own;
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

rml_status rml_results_begin(const char *out, const char *maker, const char *const *names, int32_t n,
                             const rml_study *study, bool resume, bool fresh, rml_error *err)
{
    const bool own = rml_results_own(out);
    rml_status status = RML_OK;

    if (own && !resume && !fresh)
        return rml_fail(err, RML_EEXISTS, "%s/run is already there; --resume goes on from it, --fresh starts anew",
                        out);
    for (int32_t t = 0; status == RML_OK && t < n; ++t) {
        status = rml_inputs_spare_study("--out", out, names[t], study, err);
        if (status == RML_OK && !own && !fresh) status = rml_results_spare(out, names[t], maker, err);
    }
    if (status == RML_OK && mkdir(out, 0777) != 0 && access(out, F_OK) != 0)
        status = rml_fail(err, RML_EIO, "--out %s: the folder cannot be made", out);
    return status;
}
