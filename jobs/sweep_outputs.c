#include "jobs/sweep_outputs.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jobs/inputs.h"
#include "jobs/sweep_survival.h"

static const char *const names[] = {"leaderboard.csv", "predictions.csv", "selected.csv",    "settings.csv",
                                    "features.csv",    "centres.csv",     "calibration.csv", "decision_curve.csv",
                                    "failures.csv",    "sweep.h5",        "model.json",      "harmonisation.csv"};
enum { N_NAMES = sizeof names / sizeof *names, N_ALL = N_NAMES + RML_SURVIVAL_TABLES };

static const char *name_of(int32_t n)
{
    return n < N_NAMES ? names[n] : rml_survival_tables[n - N_NAMES];
}

rml_status rml_sweep_outputs_spare_study(const char *out, const rml_study *study, rml_error *err)
{
    rml_status status = RML_OK;

    for (int32_t n = 0; status == RML_OK && n < N_ALL; ++n)
        status = rml_inputs_spare_study("--out", out, name_of(n), study, err);
    return status;
}

bool rml_sweep_outputs_own(const char *out)
{
    char *journal = NULL;
    bool own;

    if (asprintf(&journal, "%s/run/journal", out) < 0) return false;
    own = access(journal, F_OK) == 0;
    free(journal);
    return own;
}

rml_status rml_sweep_outputs_spare(const char *out, const char *name, rml_error *err)
{
    char *path = NULL;
    struct stat info;
    rml_status status = RML_OK;

    if (asprintf(&path, "%s/%s", out, name) < 0) return rml_fail(err, RML_ENOMEM, "no memory for a path");
    if (lstat(path, &info) == 0)
        status = rml_fail(err, RML_EEXISTS,
                          "--out %s: %s is already there, and without a journal in %s/run nothing says that a sweep "
                          "made it; another folder was expected, or --fresh, which replaces it",
                          out, path, out);
    free(path);
    return status;
}

rml_status rml_sweep_outputs_spare_others(const char *out, rml_error *err)
{
    rml_status status = RML_OK;

    for (int32_t n = 0; status == RML_OK && n < N_ALL; ++n) status = rml_sweep_outputs_spare(out, name_of(n), err);
    return status;
}
