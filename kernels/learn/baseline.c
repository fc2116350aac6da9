#include "kernels/learn/baseline.h"

#include <math.h>
#include <stdlib.h>

#include "kernels/learn/kinds.h"
#include "kernels/survival/cox_baseline.h"

/* Efron's increments, as survfit takes them of a coxph fit, and of a glmnet fit by way of one: where many events share
 * a time Breslow's hold everybody at risk through all of them, and the probabilities of the event come out too low.
 * They are taken of every model, whatever its own likelihood does with ties. */
static rml_status add(const rml_sample *train, const double *decision, rml_fitted *fitted)
{
    rml_surv surv = {0};
    rml_cox_baseline baseline = {0};
    double followed = 0.0;
    rml_status status = rml_surv_init(train->y, train->event, NULL, train->n_rows, &surv);

    for (int32_t i = 0; i < train->n_rows; ++i) followed = fmax(followed, train->y[i]);
    if (status == RML_OK && surv.n_events == 0) status = RML_EEMPTY;
    if (status == RML_OK)
        status = rml_cox_baseline_of(&surv, RML_TIES_EFRON, rml_sample_weights(train), decision, &baseline);
    if (status == RML_OK) {
        const int32_t n = (int32_t)baseline.first[1];

        if (!rml_fitted_add(fitted, "baseline_time", false, 1, n, baseline.time) ||
            !rml_fitted_add(fitted, "baseline_hazard", false, 1, n, baseline.cumhaz) ||
            !rml_fitted_add(fitted, "followed", false, 1, 1, &followed))
            status = RML_ENOMEM;
    }
    rml_cox_baseline_free(&baseline);
    rml_surv_free(&surv);
    return status;
}

rml_status rml_baseline_add(const rml_kind *kind, const rml_sample *train, const double *param, rml_fitted *fitted)
{
    double *decision = malloc(((size_t)train->n_rows + 1) * sizeof *decision);
    rml_status status = decision ? rml_model_decide(kind, fitted, param, &train->x, decision) : RML_ENOMEM;

    if (status == RML_OK) status = add(train, decision, fitted);
    free(decision);
    return status;
}

double rml_baseline_survival(const rml_fitted *fitted, double time, double decision)
{
    const rml_array *at = rml_fitted_shaped(fitted, "baseline_time", 1, -1),
                    *hazard = rml_fitted_shaped(fitted, "baseline_hazard", 1, at ? at->n_columns : -1);
    int32_t n = 0;

    if (!at || !hazard || !(time >= 0.0) || !(time <= rml_fitted_number(fitted, "followed")) || isnan(decision))
        return NAN;
    while (n < at->n_columns && at->value[n] <= time) ++n;
    return n == 0 ? 1.0 : exp(-hazard->value[n - 1] * exp(decision));
}
