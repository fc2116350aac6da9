/* With R_m the sum of risk e = w exp(eta) over the risk set of moment m, and d_m the weight of its events,
 *
 *   loss = sum_m d_m log R_m - sum_i w_i event_i eta_i
 *   residual_i = w_i event_i - e_i h_i,   h_i = sum of d_m / R_m over the moments with i at risk
 *   (Hessian x)_i = e_i (h_i x_i - sum of d_m / R_m^2 S_m over the same moments),   S_m the risk set's sum of e x
 *
 * and the Hessian is at most its first part, diag(e h), since each risk set takes a square away. */
#include "kernels/models/descent_cox.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_AT_RISK 1e-290 /* of the largest risk; one over it is a number yet */

rml_status rml_descent_cox_init(const rml_surv *surv, const double *w, rml_descent_cox *cox)
{
    const size_t n = (size_t)surv->n_rows, m = (size_t)surv->n_moments;
    double *at = calloc(4 * n + 4 * m + 1, sizeof *at);

    *cox = (rml_descent_cox){.surv = surv, .w = w, .memory = at};
    if (!at) return RML_ENOMEM;
    cox->risk = at, at += n;
    cox->hazard = at, at += n;
    cox->old_risk = at, at += n;
    cox->old_hazard = at, at += n;
    cox->died = at, at += m;
    cox->at_risk = at, at += m;
    cox->old_at_risk = at, at += m;
    cox->share = at;
    for (int64_t k = 0; k < surv->n_moments; ++k)
        for (int64_t i = surv->moment[k].first_event; i < surv->moment[k].end; ++i) cox->died[k] += w[i];
    return RML_OK;
}

void rml_descent_cox_free(rml_descent_cox *cox)
{
    if (!cox) return;
    free(cox->memory);
    cox->memory = NULL;
}

double rml_descent_cox_evaluate(rml_descent_cox *cox, const double *eta, double *residual, double *curve)
{
    const rml_surv *surv = cox->surv;
    double top = -INFINITY, sum = 0.0, loss = 0.0, hazard = 0.0;
    int64_t i = 0;

    for (int64_t k = 0; k < surv->n_rows; ++k) top = fmax(top, eta[k]);
    for (int64_t k = 0; k < surv->n_rows; ++k) cox->risk[k] = cox->w[k] * exp(eta[k] - top);
    for (int64_t m = 0; m < surv->n_moments; ++m) {
        const rml_surv_moment *moment = &surv->moment[m];

        for (; i < moment->end; ++i) sum += cox->risk[i];
        cox->at_risk[m] = sum;
        if (!(cox->died[m] > 0.0)) continue; /* events without weight */
        if (!(sum > LEAST_AT_RISK)) return INFINITY;
        loss += cox->died[m] * (log(sum) + top);
        for (int64_t k = moment->first_event; k < moment->end; ++k) loss -= cox->w[k] * eta[k];
    }
    for (; i < surv->n_rows; ++i) cox->hazard[i] = residual[i] = curve[i] = 0.0; /* gone before the first event */
    for (int64_t m = surv->n_moments - 1; m >= 0; --m) {
        const rml_surv_moment *moment = &surv->moment[m];

        if (cox->died[m] > 0.0) hazard += cox->died[m] / cox->at_risk[m];
        for (int64_t k = moment->end - 1; k >= moment->start; --k) {
            cox->hazard[k] = hazard;
            curve[k] = cox->risk[k] * hazard;
            residual[k] = (k >= moment->first_event ? cox->w[k] : 0.0) - curve[k];
        }
    }
    return loss;
}

void rml_descent_cox_keep(rml_descent_cox *cox)
{
    const size_t n_bytes = (size_t)cox->surv->n_rows * sizeof(double);

    memcpy(cox->old_risk, cox->risk, n_bytes);
    memcpy(cox->old_hazard, cox->hazard, n_bytes);
    for (int64_t m = 0; m < cox->surv->n_moments; ++m) {
        cox->old_at_risk[m] = cox->died[m] > 0.0 ? cox->at_risk[m] : 1.0;
        cox->share[m] = cox->died[m] / cox->old_at_risk[m];
    }
}

void rml_descent_cox_times(const rml_descent_cox *cox, const double *x, double *product)
{
    const rml_surv *surv = cox->surv;
    double sum = 0.0, later = 0.0;
    int64_t i = 0;

    /* On the way down the sums at each moment, kept in the place of its last event; on the way up what they add to. */
    for (int64_t m = 0; m < surv->n_moments; ++m) {
        for (; i < surv->moment[m].end; ++i) sum += cox->old_risk[i] * x[i];
        product[surv->moment[m].end - 1] = cox->share[m] * (sum / cox->old_at_risk[m]); /* R^2 might be 0 */
    }
    for (; i < surv->n_rows; ++i) product[i] = 0.0;
    for (int64_t m = surv->n_moments - 1; m >= 0; --m) {
        later += product[surv->moment[m].end - 1];
        for (int64_t k = surv->moment[m].end - 1; k >= surv->moment[m].start; --k)
            product[k] = cox->old_risk[k] * (cox->old_hazard[k] * x[k] - later);
    }
}

double rml_descent_cox_saturated(const rml_descent_cox *cox)
{
    double sum = 0.0;

    for (int64_t m = 0; m < cox->surv->n_moments; ++m)
        if (cox->died[m] > 0.0) sum += cox->died[m] * log(cox->died[m]);
    return sum;
}
