#include "jobs/sweep_controls.h"

#include <stdlib.h>
#include <string.h>

#include "kernels/learn/kinds.h"

static rml_step defaults(const rml_kind *kind)
{
    rml_step step = {.kind = kind};

    rml_kind_defaults(kind, step.param);
    return step;
}

static void add(rml_sweep_controls *controls, const char *name, rml_column_mark mark)
{
    rml_step *step = controls->step[controls->n];

    step[0] = (rml_step){&rml_kind_columns, {mark}};
    step[1] = defaults(&rml_kind_impute);
    step[2] = defaults(&rml_kind_scale);
    controls->select[controls->n++] = (rml_select){name, {RML_CONTROL_STEPS, step}};
}

rml_sweep_controls *rml_sweep_controls_make(const rml_study *study, const rml_dataset *dataset)
{
    rml_sweep_controls *controls = calloc(1, sizeof *controls);
    int32_t volume;
    rml_step model;

    if (!controls || !study->baselines) return controls;
    model = defaults(study->outcome == RML_OUTCOME_CLASS     ? &rml_kind_logistic
                     : study->outcome == RML_OUTCOME_CLASSES ? &rml_kind_lda
                                                             : &rml_kind_linear);
    memcpy(controls->point[0], model.param, sizeof model.param);
    controls->model = (rml_model_grid){model.kind->name, model.kind, 1, controls->point};
    if (rml_sweep_volumes(dataset, &volume) > 0) add(controls, "volume", RML_MARK_VOLUME);
    if (dataset->n_clinical > 0) add(controls, "clinical", RML_MARK_FIXED);
    return controls;
}

int32_t rml_sweep_volumes(const rml_dataset *dataset, int32_t *first)
{
    int32_t n = 0;

    *first = -1;
    for (int32_t j = 0; j < dataset->data.x.n_columns; ++j) {
        if (!(dataset->data.mark[j] & RML_MARK_VOLUME)) continue;
        if (n++ == 0) *first = j;
    }
    return n;
}
