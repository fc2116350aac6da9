#include "kernels/survival/time_auc.h"

#include <math.h>
#include <stdlib.h>

/* Weighted share of case-control pairs in which the case has the higher score. RML_EEMPTY  no case or no control. */
static rml_status auc_at(const rml_surv *surv, const double *score, const rml_ipcw *ipcw, double at, double *auc)
{
    double better = 0.0, cases = 0.0;
    int64_t n_controls = 0;

    *auc = NAN;
    for (int64_t j = 0; j < surv->n_rows; ++j) n_controls += surv->time[j] > at;
    for (int64_t i = 0; i < surv->n_rows; ++i) {
        const double value = score[surv->row[i]];
        double weight, twice = 0.0;

        if (!surv->event[i] || surv->time[i] > at) continue;
        weight = rml_ipcw_of(ipcw, surv->time[i]);
        if (!isfinite(weight)) return RML_EVALUE;
        for (int64_t j = 0; j < surv->n_rows; ++j) {
            const double other = score[surv->row[j]];

            if (surv->time[j] > at) twice += (value > other) + (value >= other);
        }
        better += weight * 0.5 * twice;
        cases += weight;
    }
    if (n_controls == 0 || !(cases > 0.0)) return RML_EEMPTY;
    *auc = better / cases / (double)n_controls;
    return RML_OK;
}

static rml_status mean_over(const rml_surv *surv, const double *at, int32_t n_at, const double *auc, double *mean)
{
    double before = 1.0, sum = 0.0, weights = 0.0;
    rml_surv all = {0};
    rml_km km = {0};
    rml_status status = rml_surv_init(surv->time, surv->event, NULL, surv->n_rows, &all); /* one stratum */

    if (status == RML_OK) status = rml_km_fit(&all, 0, RML_LIMITS_LOG, 0.95, &km);
    for (int32_t k = 0; status == RML_OK && k < n_at; ++k) {
        const double s = rml_km_at(&km, at[k], false);

        if (before > s) sum += (before - s) * auc[k];
        weights += before - s;
        before = s;
    }
    if (status == RML_OK && weights > 0.0) *mean = sum / weights;
    rml_km_free(&km);
    rml_surv_free(&all);
    return status;
}

rml_status rml_time_auc(const rml_surv *surv, const double *score, const rml_ipcw *ipcw, const double *at, int32_t n_at,
                        double *auc, double *mean)
{
    rml_status status = RML_OK, one = RML_OK;

    for (int32_t k = 0; k < n_at; ++k) auc[k] = NAN;
    if (mean) *mean = NAN;
    for (int64_t i = 0; i < surv->n_rows; ++i)
        if (isnan(score[i])) return RML_EVALUE;
    for (int32_t k = 0; k < n_at; ++k) {
        if (isnan(at[k])) return RML_EVALUE;
        if (k > 0 && at[k] <= at[k - 1]) return RML_EINVAL;
    }
    for (int32_t k = 0; k < n_at; ++k) {
        one = auc_at(surv, score, ipcw, at[k], auc + k);
        if (one == RML_EVALUE) return one;
        if (one != RML_OK) status = one;
    }
    one = mean ? mean_over(surv, at, n_at, auc, mean) : RML_OK;
    return one != RML_OK ? one : status;
}
