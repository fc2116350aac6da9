#include "jobs/sweep_controls.h"

#include <stdio.h>
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

/* What the combined one is made of. Of several classes the scores' differences from the first class': only they say
 * which class it is, and scores that are shares sum to 1. */
static bool name_columns(rml_sweep_controls *controls, const rml_dataset *dataset)
{
    const bool classes = dataset->data.outcome == RML_OUTCOME_CLASSES;
    bool good;

    controls->n_scores = classes ? dataset->data.n_classes - 1 : 1;
    controls->column = calloc((size_t)dataset->n_clinical + (size_t)controls->n_scores + 1, sizeof *controls->column);
    good = controls->column != NULL;
    for (int32_t u = 0; good && u < dataset->n_clinical; ++u, ++controls->n_columns) {
        const char *name = dataset->feature[dataset->all.n_columns - dataset->n_clinical + u];

        good = (controls->column[controls->n_columns] = strdup(name)) != NULL;
    }
    for (int32_t s = 0; good && s < controls->n_scores; ++s, ++controls->n_columns)
        good = asprintf(&controls->column[controls->n_columns], "chosen%s%s%s%s", classes ? ": " : "",
                        classes ? dataset->class_name[s + 1] : "", classes ? " against " : "",
                        classes ? dataset->class_name[0] : "") >= 0;
    return good;
}

static void add_combined(rml_sweep_controls *controls)
{
    rml_step *step = controls->step[controls->n];

    step[0] = defaults(&rml_kind_impute);
    step[1] = defaults(&rml_kind_scale);
    controls->combined = controls->n;
    controls->select[controls->n++] = (rml_select){RML_CONTROL_COMBINED, {2, step}};
}

/* Of few columns, all of which are to speak. */
static void plain_cox(rml_step *model)
{
    const int32_t penalty = rml_kind_param(model->kind, "penalty");

    for (int32_t w = 0; model->kind->param[penalty].words[w]; ++w)
        if (strcmp(model->kind->param[penalty].words[w], "none") == 0) model->param[penalty] = w;
}

rml_sweep_controls *rml_sweep_controls_make(const rml_study *study, const rml_dataset *dataset)
{
    rml_sweep_controls *controls = calloc(1, sizeof *controls);
    int32_t volume;
    rml_step model;

    if (controls) controls->combined = -1;
    if (!controls || !study->baselines) return controls;
    model = defaults(study->outcome == RML_OUTCOME_CLASS     ? &rml_kind_logistic
                     : study->outcome == RML_OUTCOME_CLASSES ? &rml_kind_lda
                     : study->outcome == RML_OUTCOME_TIME    ? &rml_kind_cox
                                                             : &rml_kind_linear);
    if (study->outcome == RML_OUTCOME_TIME) plain_cox(&model);
    memcpy(controls->point[0], model.param, sizeof model.param);
    controls->model = (rml_model_grid){model.kind->name, model.kind, 1, controls->point};
    if (rml_sweep_volumes(dataset, &volume) > 0) add(controls, "volume", RML_MARK_VOLUME);
    if (dataset->n_clinical > 0) add(controls, RML_CONTROL_CLINICAL, RML_MARK_FIXED);
    controls->n_own = controls->n;
    if (dataset->n_clinical == 0) return controls;
    add_combined(controls);
    if (name_columns(controls, dataset)) return controls;
    rml_sweep_controls_free(controls);
    return NULL;
}

void rml_sweep_controls_free(rml_sweep_controls *controls)
{
    if (!controls) return;
    for (int32_t c = 0; controls->column && c < controls->n_columns; ++c) free(controls->column[c]);
    free(controls->column);
    free(controls);
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
