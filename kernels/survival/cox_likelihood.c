/* With S the sum of r = w exp(linear) over a risk set, E that over its d events and D the sum of their weights, an
 * event's time adds -(D / d) sum over l < d of log S_l, where S_l = S - (l / d) E (Efron), or S (Breslow). With respect
 * to a row's linear predictor its derivative is r times
 *   (D / d) sum of 1 / S_l              for a row that is at risk without an event there,
 *   (D / d) sum of (1 - l / d) / S_l    for one with its event there;
 * the second derivative has r^2 times the squares of these factors, too. A row is at risk at all moments from the
 * latest down to its own, so both are sums over moments from the earliest up: they run along backwards. */
#include "kernels/survival/cox_likelihood.h"

#include <math.h>
#include <stdbool.h>

typedef struct moment_sums {
    double log_sum, first, second;    /* log S_l; 1 / S_l and 1 / S_l^2, for rows without an event there */
    double event_first, event_second; /* with the factor 1 - l / d, for those with one */
} moment_sums;

static moment_sums sum_ties(rml_ties ties, double s, double e, double weight, int64_t d)
{
    const double mean = weight / (double)d;
    moment_sums sums = {0};

    if (ties == RML_TIES_BRESLOW || d == 1) {
        sums.log_sum = weight * log(s);
        sums.first = sums.event_first = weight / s;
        sums.second = sums.event_second = weight / (s * s);
        return sums;
    }
    for (int64_t l = 0; l < d; ++l) {
        const double part = (double)l / (double)d, left = s - part * e;

        sums.log_sum += mean * log(left);
        sums.first += mean / left;
        sums.second += mean / (left * left);
        sums.event_first += mean * (1.0 - part) / left;
        sums.event_second += mean * (1.0 - part) * (1.0 - part) / (left * left);
    }
    return sums;
}

/* r by place, and what is taken off before exp. */
static rml_status exponentials(const rml_surv *surv, const double *weight, const double *linear, double *r,
                               double *shift)
{
    *shift = -INFINITY;
    for (int64_t i = 0; i < surv->n_rows; ++i) {
        if (!isfinite(linear[i])) return RML_EVALUE;
        *shift = fmax(*shift, linear[i]);
    }
    for (int64_t i = 0; i < surv->n_rows; ++i) {
        const int64_t row = surv->row[i];

        r[i] = (weight ? weight[row] : 1.0) * exp(linear[row] - *shift);
    }
    return RML_OK;
}

/* Each moment's sums of r: over the risk set, over the events. */
static void risk_sums(const rml_surv *surv, const double *r, double *at_risk, double *at_event)
{
    double s = 0.0;

    for (int64_t m = 0; m < surv->n_moments; ++m) {
        const rml_surv_moment *moment = surv->moment + m;

        if (moment->start == moment->first) s = 0.0;
        at_event[m] = 0.0;
        for (int64_t i = moment->start; i < moment->first_event; ++i) s += r[i];
        for (int64_t i = moment->first_event; i < moment->end; ++i) at_event[m] += r[i];
        s += at_event[m];
        at_risk[m] = s;
    }
}

rml_status rml_cox_likelihood(const rml_surv *surv, rml_ties ties, const double *weight, const double *linear,
                              double *work, double *loglik, double *gradient, double *curvature)
{
    double *r = work, *at_risk = work + surv->n_rows, *at_event = at_risk + surv->n_moments;
    double first = 0.0, second = 0.0, value = 0.0, shift;

    *loglik = NAN;
    if (ties == RML_TIES_EXACT) return RML_EINVAL;
    if (exponentials(surv, weight, linear, r, &shift) != RML_OK) return RML_EVALUE;
    risk_sums(surv, r, at_risk, at_event);
    for (int64_t i = 0; i < surv->n_rows; ++i) { /* rows in no risk set stay so */
        if (gradient) gradient[surv->row[i]] = 0.0;
        if (curvature) curvature[surv->row[i]] = 0.0;
    }
    for (int64_t m = surv->n_moments - 1; m >= 0; --m) {
        const rml_surv_moment *moment = surv->moment + m;
        double events = 0.0;
        moment_sums sums;

        if (m == surv->n_moments - 1 || moment[1].first != moment->first) first = second = 0.0;
        for (int64_t i = moment->first_event; i < moment->end; ++i) {
            const double w = weight ? weight[surv->row[i]] : 1.0;

            events += w;
            value += w * (linear[surv->row[i]] - shift);
        }
        sums = sum_ties(ties, at_risk[m], at_event[m], events, moment->end - moment->first_event);
        value -= sums.log_sum;
        for (int64_t i = moment->start; i < moment->end; ++i) {
            const int64_t row = surv->row[i];
            const bool own = i >= moment->first_event;
            const double slope = r[i] * (first + (own ? sums.event_first : sums.first));
            const double square = r[i] * r[i] * (second + (own ? sums.event_second : sums.second));

            if (gradient) gradient[row] = (own ? (weight ? weight[row] : 1.0) : 0.0) - slope;
            if (curvature) curvature[row] = slope - square;
        }
        first += sums.first;
        second += sums.second;
    }
    *loglik = value;
    return isfinite(value) ? RML_OK : RML_EVALUE;
}
