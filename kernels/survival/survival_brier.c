#include "kernels/survival/survival_brier.h"

#include <math.h>

bool rml_survival_is_followed(const rml_surv *surv, double at)
{
    double last = -1.0;
    bool all_died = true; /* of those with the last time */

    for (int64_t i = 0; i < surv->n_rows; ++i) {
        if (surv->time[i] > at) return true;
        if (surv->time[i] > last) {
            last = surv->time[i];
            all_died = true;
        }
        all_died &= surv->time[i] < last || surv->event[i];
    }
    return all_died;
}

/* Of one time; survival is [n_rows] by row as given. */
static double brier_at(const rml_surv *surv, const double *survival, const rml_ipcw *ipcw, double at)
{
    const double still = 1.0 / rml_km_at(ipcw->censoring, at, false);
    double sum = 0.0;

    for (int64_t i = 0; i < surv->n_rows; ++i) {
        const double p = survival[surv->row[i]];

        if (surv->time[i] > at)
            sum += (1.0 - p) * (1.0 - p) * still;
        else if (surv->event[i])
            sum += p * p * rml_ipcw_of(ipcw, surv->time[i]);
    }
    return sum / (double)surv->n_rows;
}

rml_status rml_survival_brier(const rml_surv *surv, const double *survival, const rml_ipcw *ipcw, const double *at,
                              int32_t n_at, double *brier, double *mean)
{
    rml_status status = RML_OK;
    double area = 0.0;

    if (n_at < 1) return RML_EINVAL;
    if (mean) *mean = NAN;
    for (int32_t k = 0; k < n_at; ++k) brier[k] = NAN;
    for (int32_t k = 0; k < n_at; ++k) {
        if (isnan(at[k])) return RML_EVALUE;
        if (k > 0 && at[k] <= at[k - 1]) return RML_EINVAL;
    }
    for (int64_t c = 0; c < n_at * surv->n_rows; ++c)
        if (!(survival[c] >= 0.0 && survival[c] <= 1.0)) return RML_EVALUE;
    for (int32_t k = 0; k < n_at; ++k) {
        if (!rml_survival_is_followed(surv, at[k])) {
            if (status == RML_OK) status = RML_EEMPTY;
            continue;
        }
        brier[k] = brier_at(surv, survival + k * surv->n_rows, ipcw, at[k]);
        if (!isfinite(brier[k])) status = RML_EVALUE;
        if (k > 0) area += 0.5 * (brier[k] + brier[k - 1]) * (at[k] - at[k - 1]);
    }
    for (int32_t k = 0; status == RML_EVALUE && k < n_at; ++k) brier[k] = NAN;
    if (mean && status == RML_OK) *mean = n_at > 1 ? area / (at[n_at - 1] - at[0]) : brier[0];
    return status;
}
