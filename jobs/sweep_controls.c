#include "jobs/sweep_controls.h"

#include <stdlib.h>
#include <string.h>

#include "kernels/learn/kinds.h"

static rml_step defaults(const rml_kind *kind)
{
    rml_step step = {.kind = kind};

    for (int32_t p = 0; p < kind->n_params; ++p) step.param[p] = kind->param[p].fallback;
    return step;
}

static void add(rml_sweep_controls *controls, const char *name, int32_t first, int32_t n)
{
    rml_step *step = controls->step[controls->n];

    step[0] = (rml_step){&rml_kind_columns, {first, n}};
    step[1] = defaults(&rml_kind_impute);
    step[2] = defaults(&rml_kind_scale);
    controls->select[controls->n++] = (rml_select){name, {RML_CONTROL_STEPS, step}};
}

rml_sweep_controls *rml_sweep_controls_make(const rml_study *study, const rml_dataset *dataset)
{
    rml_sweep_controls *controls = calloc(1, sizeof *controls);
    int32_t n_volumes;
    const int32_t volume = rml_sweep_volume(dataset, &n_volumes);
    rml_step model;

    if (!controls || !study->baselines) return controls;
    model = defaults(study->outcome == RML_OUTCOME_CLASS     ? &rml_kind_logistic
                     : study->outcome == RML_OUTCOME_CLASSES ? &rml_kind_lda
                                                             : &rml_kind_linear);
    memcpy(controls->point[0], model.param, sizeof model.param);
    controls->model = (rml_model_grid){model.kind->name, model.kind, 1, controls->point};
    if (volume >= 0) add(controls, "volume", volume, n_volumes);
    if (dataset->n_clinical > 0)
        add(controls, "clinical", dataset->data.x.n_columns - dataset->n_clinical, dataset->n_clinical);
    return controls;
}

/* Whether a column is this feature, or the feature of one of several sequences, labels or time points side by side. */
static bool is_feature(const char *column, const char *feature)
{
    const size_t n = strlen(feature);

    return strncmp(column, feature, n) == 0 && (column[n] == '\0' || column[n] == '|');
}

int32_t rml_sweep_volume(const rml_dataset *dataset, int32_t *n)
{
    static const char *const names[] = {"original_shape_VoxelVolume", "original_shape_MeshVolume"};
    const int32_t n_columns = dataset->data.x.n_columns;

    *n = 0;
    for (int32_t v = 0; v < RML_COUNT(names); ++v)
        for (int32_t j = 0; j < n_columns; ++j) {
            if (!is_feature(dataset->feature[j], names[v])) continue;
            while (j + *n < n_columns && is_feature(dataset->feature[j + *n], names[v])) ++*n;
            return j;
        }
    return -1;
}
