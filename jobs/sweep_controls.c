#include "jobs/sweep_controls.h"

#include <stdlib.h>
#include <string.h>

#include "jobs/patients.h"
#include "kernels/learn/kinds.h"

static rml_step defaults(const rml_kind *kind)
{
    rml_step step = {.kind = kind};

    for (int32_t p = 0; p < kind->n_params; ++p) step.param[p] = kind->param[p].fallback;
    return step;
}

static void add(rml_sweep_controls *controls, const char *name, const rml_sweep_columns *columns)
{
    rml_step *step = controls->step[controls->n];

    step[0] = (rml_step){&rml_kind_columns, {columns->first, columns->n, columns->step}};
    step[1] = defaults(&rml_kind_impute);
    step[2] = defaults(&rml_kind_scale);
    controls->select[controls->n++] = (rml_select){name, {RML_CONTROL_STEPS, step}};
}

rml_sweep_controls *rml_sweep_controls_make(const rml_study *study, const rml_dataset *dataset)
{
    rml_sweep_controls *controls = calloc(1, sizeof *controls);
    const rml_sweep_columns volume = rml_sweep_volume(dataset);
    const rml_sweep_columns clinical = {dataset->data.x.n_columns - dataset->n_clinical, dataset->n_clinical, 1};
    rml_step model;

    if (!controls || !study->baselines) return controls;
    model = defaults(study->outcome == RML_OUTCOME_CLASS     ? &rml_kind_logistic
                     : study->outcome == RML_OUTCOME_CLASSES ? &rml_kind_lda
                                                             : &rml_kind_linear);
    memcpy(controls->point[0], model.param, sizeof model.param);
    controls->model = (rml_model_grid){model.kind->name, model.kind, 1, controls->point};
    if (volume.n > 0) add(controls, "volume", &volume);
    if (clinical.n > 0) add(controls, "clinical", &clinical);
    return controls;
}

/* Whether a column is this feature, or the feature of one of several sequences, labels or time points side by side. */
static bool is_feature(const char *column, const char *feature)
{
    const size_t n = strlen(feature);

    return strncmp(column, feature, n) == 0 && (column[n] == '\0' || column[n] == '|');
}

rml_sweep_columns rml_sweep_volume(const rml_dataset *dataset)
{
    rml_sweep_columns volume = {.step = 1};

    for (int32_t v = 0; v < RML_VOLUMES && volume.n == 0; ++v)
        for (int32_t j = 0; j < dataset->data.x.n_columns; ++j) {
            if (!is_feature(dataset->feature[j], rml_volume_features[v])) continue;
            if (volume.n == 0) volume.first = j;
            if (volume.n == 1) volume.step = j - volume.first;
            volume.n += volume.first + volume.n * volume.step == j; /* jobs/pivot.h puts them equally far apart */
        }
    return volume;
}
