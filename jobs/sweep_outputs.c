#include "jobs/sweep_outputs.h"

#include "jobs/inputs.h"
#include "jobs/results.h"
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

rml_status rml_sweep_outputs_spare_others(const char *out, rml_error *err)
{
    rml_status status = RML_OK;

    for (int32_t n = 0; status == RML_OK && n < N_ALL; ++n) status = rml_results_spare(out, name_of(n), "a sweep", err);
    return status;
}
