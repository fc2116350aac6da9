#include "kernels/survival/cox_baseline.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* The step of one event's time: D / S (Breslow's), or (D / d) sum of 1 / (S - l / d E). */
static double increment(rml_ties ties, double s, double e, double weight, int64_t d)
{
    double sum = 0.0;

    if (ties == RML_TIES_BRESLOW) return weight / s;
    for (int64_t l = 0; l < d; ++l) sum += weight / (double)d / (s - (double)l / (double)d * e);
    return sum;
}

static double largest_of(const double *linear, int64_t n)
{
    double largest = -INFINITY;

    for (int64_t i = 0; i < n; ++i) largest = fmax(largest, isfinite(linear[i]) ? linear[i] : INFINITY);
    return largest;
}

/* Steps of one stratum, its moments [from, to) turned round: increments first, then their running sum. */
static bool fill_stratum(const rml_surv *surv, int64_t from, int64_t to, rml_ties ties, const double *weight,
                         const double *linear, double largest, rml_cox_baseline *baseline)
{
    double s = 0.0, sum = 0.0;

    for (int64_t m = from; m < to; ++m) {
        const rml_surv_moment *moment = surv->moment + m;
        const int64_t step = from + (to - 1 - m);
        double e = 0.0, events = 0.0;

        for (int64_t i = moment->start; i < moment->end; ++i) {
            const double w = weight ? weight[surv->row[i]] : 1.0, r = w * exp(linear[surv->row[i]] - largest);

            s += r;
            if (i < moment->first_event) continue;
            e += r;
            events += w;
        }
        baseline->time[step] = moment->time;
        baseline->cumhaz[step] = increment(ties, s, e, events, moment->end - moment->first_event) * exp(-largest);
    }
    for (int64_t step = from; step < to; ++step) {
        sum += baseline->cumhaz[step];
        baseline->cumhaz[step] = sum;
    }
    return isfinite(sum);
}

rml_status rml_cox_baseline_of(const rml_surv *surv, rml_ties ties, const double *weight, const double *linear,
                               rml_cox_baseline *baseline)
{
    const size_t steps = (size_t)surv->n_moments, strata = (size_t)surv->n_strata;
    const double largest = largest_of(linear, surv->n_rows);
    bool finite = isfinite(largest);
    int64_t from = 0;

    *baseline = (rml_cox_baseline){0};
    if (!finite) return RML_EVALUE;
    baseline->memory = malloc(2 * steps * sizeof(double) + (strata + 1) * sizeof(int64_t));
    if (!baseline->memory) return RML_ENOMEM;
    baseline->time = baseline->memory;
    baseline->cumhaz = baseline->time + steps;
    baseline->first = (int64_t *)(baseline->cumhaz + steps);
    baseline->n_strata = surv->n_strata;
    for (int32_t s = 0; s < surv->n_strata; ++s) {
        int64_t to = from;

        while (to < surv->n_moments && surv->moment[to].first == surv->stratum_first[s]) ++to;
        baseline->first[s] = from;
        finite &= fill_stratum(surv, from, to, ties, weight, linear, largest, baseline);
        from = to;
    }
    baseline->first[surv->n_strata] = from;
    if (finite) return RML_OK;
    rml_cox_baseline_free(baseline);
    return RML_EVALUE;
}

void rml_cox_baseline_free(rml_cox_baseline *baseline)
{
    if (!baseline) return;
    free(baseline->memory);
    *baseline = (rml_cox_baseline){0};
}

double rml_cox_baseline_at(const rml_cox_baseline *baseline, int32_t stratum, double time)
{
    int64_t low = baseline->first[stratum], high = baseline->first[stratum + 1];
    const int64_t first = low;

    while (low < high) {
        const int64_t middle = (low + high) / 2;

        if (baseline->time[middle] <= time)
            low = middle + 1;
        else
            high = middle;
    }
    return low > first ? baseline->cumhaz[low - 1] : 0.0;
}
