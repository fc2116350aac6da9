#include "jobs/sweep_results.h"

#include <math.h>

/* Which control a pipeline is; below 0: none. */
static int32_t control_of(const rml_study *study, int32_t pipeline)
{
    return pipeline - study->n_selects * study->n_models;
}

const rml_nested_model *rml_sweep_model(const rml_study *study, const rml_sweep_plan *plan,
                                        const rml_sweep_results *results, int32_t split, int32_t pipeline)
{
    const int32_t control = control_of(study, pipeline), m = control < 0 ? pipeline % study->n_models : 0;
    const rml_nested *nested;

    if (pipeline < 0) return NULL;
    if (control >= 0)
        nested = &results->control[(int64_t)split * plan->control->n + control];
    else if (split == plan->splits.n)
        nested = &results->final[pipeline / study->n_models];
    else
        nested = &results->outer[(int64_t)split * study->n_selects + pipeline / study->n_models];
    return nested->n_models > 0 && nested->model[m].status == RML_OK ? &nested->model[m] : NULL;
}

const rml_kind *rml_sweep_kind(const rml_study *study, const rml_sweep_plan *plan, int32_t pipeline)
{
    return control_of(study, pipeline) < 0 ? study->model[pipeline % study->n_models].kind : plan->control->model.kind;
}

bool rml_sweep_sparse(const rml_study *study, int32_t pipeline)
{
    const rml_model_grid *grid = &study->model[pipeline % study->n_models];
    bool sparse = false;

    for (int32_t g = 0; grid->kind->sparse && g < grid->n_points; ++g) sparse |= grid->kind->sparse(grid->point[g]);
    return sparse;
}

double rml_sweep_probability(const rml_nested_model *model, double decision)
{
    return 1.0 / (1.0 + exp(-(model->slope * decision + model->intercept)));
}

const char *rml_sweep_reason(const rml_study *study, const rml_sweep_plan *plan, const rml_sweep_results *results,
                             int32_t split, int32_t pipeline)
{
    const int32_t control = control_of(study, pipeline), m = control < 0 ? pipeline % study->n_models : 0,
                  c = control < 0 ? pipeline / study->n_models : control;
    const int64_t at = (int64_t)split * (control < 0 ? study->n_selects : plan->control->n) + c;
    const rml_nested *nested = control < 0 ? &results->outer[at] : &results->control[at];

    if (nested->n_models > 0) return nested->model[m].why;
    return control < 0 ? results->why[at].text : results->control_why[at].text;
}
