/* 1. Columns by place   2. Sums along the risk sets
 *
 * In the words of cox_likelihood.c, with S1 and S2 the risk set's sums of r x and r x x': an event's time adds to the
 * score the events' w x less (D / d) sum over l of the mean S1_l / S_l, and to the information (D / d) sum over l of
 * S2_l / S_l less the mean's square. */
#include "kernels/survival/cox_sums.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/survival/cox_exact.h"

/* 1. Columns by place */

static rml_status lay_out(rml_cox_sums *sums)
{
    const size_t n = (size_t)sums->surv->n_rows, k = (size_t)sums->n_terms;
    const size_t sizes[] = {n * k, k, n, n, n, n, k, k * k, 3 * k, 3 * k * k, k, k * k, k * k};
    double **const slots[] = {&sums->x,          &sums->scale, &sums->weight,      &sums->offset, &sums->linear,
                              &sums->r,          &sums->score, &sums->information, &sums->first,  &sums->second,
                              &sums->score_time, &sums->cross, &sums->square};
    size_t used = 0;

    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; ++s) used += sizes[s];
    sums->memory = malloc(used * sizeof(double));
    if (!sums->memory) return RML_ENOMEM;
    used = 0;
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; ++s) {
        *slots[s] = (double *)sums->memory + used;
        used += sizes[s];
    }
    return RML_OK;
}

/* One column: mean and mean absolute deviation by weight, twice for the mean, since the first sum may be rough. */
static rml_status place_column(rml_cox_sums *sums, const double *column, int32_t j)
{
    const int64_t n = sums->surv->n_rows, k = sums->n_terms;
    double total = 0.0, mean = 0.0, rest = 0.0, deviation = 0.0;
    bool flat = true;

    for (int64_t i = 0; i < n; ++i) {
        if (!isfinite(column[i])) return RML_EVALUE;
        flat &= column[i] == column[0];
    }
    for (int64_t i = 0; i < n; ++i) total += sums->weight[i];
    for (int64_t i = 0; i < n; ++i) mean += sums->weight[i] / total * column[sums->surv->row[i]];
    for (int64_t i = 0; i < n; ++i) rest += sums->weight[i] / total * (column[sums->surv->row[i]] - mean);
    mean += rest;
    for (int64_t i = 0; i < n; ++i) deviation += sums->weight[i] / total * fabs(column[sums->surv->row[i]] - mean);
    if (flat) deviation = 0.0;
    if (!isfinite(deviation)) return RML_EVALUE;
    sums->scale[j] = deviation;
    for (int64_t i = 0; i < n; ++i)
        sums->x[i * k + j] = deviation > 0.0 ? (column[sums->surv->row[i]] - mean) / deviation : 0.0;
    return RML_OK;
}

rml_status rml_cox_sums_init(const rml_surv *surv, const rml_columns *columns, const double *weight,
                             const double *offset, rml_ties ties, rml_cox_sums *sums)
{
    rml_status status;

    *sums = (rml_cox_sums){.surv = surv, .ties = ties, .n_terms = columns->n_columns};
    if (columns->n_columns < 0 || (columns->n_columns > 0 && columns->n_rows != surv->n_rows)) return RML_EINVAL;
    if (weight && ties == RML_TIES_EXACT) return RML_EINVAL;
    if (columns->n_columns > 0 && columns->stride < columns->n_rows) return RML_EINVAL;
    status = lay_out(sums);
    if (status != RML_OK) return status;
    for (int64_t i = 0; status == RML_OK && i < surv->n_rows; ++i) {
        const int64_t row = surv->row[i];

        sums->weight[i] = weight ? weight[row] : 1.0;
        sums->offset[i] = offset ? offset[row] : 0.0;
        if (!isfinite(sums->weight[i]) || sums->weight[i] <= 0.0 || !isfinite(sums->offset[i])) status = RML_EVALUE;
    }
    for (int32_t j = 0; status == RML_OK && j < sums->n_terms; ++j)
        status = place_column(sums, rml_column(columns, j), j);
    if (status == RML_OK && ties == RML_TIES_EXACT) status = rml_cox_exact_init(sums);
    if (status != RML_OK) rml_cox_sums_free(sums);
    return status;
}

void rml_cox_sums_free(rml_cox_sums *sums)
{
    if (!sums) return;
    free(sums->choices);
    free(sums->memory);
    *sums = (rml_cox_sums){0};
}

/* 2. Sums along the risk sets
 *
 * exp takes off the largest log hazard of the risk set so far, and what was summed is scaled as that grows: of no risk
 * set is nothing left, however far others are ahead of it. */

/* r of the rows that come in. Returns by what the sums before them are to be multiplied. */
static double exponentials(rml_cox_sums *sums, const rml_surv_moment *moment, double *largest)
{
    const bool first = moment->start == moment->first;
    const double before = *largest;

    if (first) *largest = -INFINITY;
    for (int64_t i = moment->start; i < moment->end; ++i) *largest = fmax(*largest, sums->linear[i]);
    for (int64_t i = moment->start; i < moment->end; ++i)
        sums->r[i] = sums->weight[i] * exp(sums->linear[i] - *largest);
    return first ? 0.0 : exp(before - *largest);
}

static double add_rows(const rml_cox_sums *sums, int64_t start, int64_t end, double *first, double *second)
{
    const int32_t k = sums->n_terms;
    double sum = 0.0;

    for (int64_t i = start; i < end; ++i) {
        const double *x = sums->x + i * k;

        sum += sums->r[i];
        for (int32_t a = 0; a < k; ++a) {
            const double value = sums->r[i] * x[a];
            double *row = second + (int64_t)a * k;

            first[a] += value;
            for (int32_t b = 0; b <= a; ++b) row[b] += value * x[b];
        }
    }
    return sum;
}

/* One of a moment's d steps: s, first and second are its sums, mean its events' mean weight. */
static void add_step(rml_cox_sums *sums, double s, double *first, const double *second, double mean, double g)
{
    const int32_t k = sums->n_terms;

    sums->loglik -= mean * log(s);
    for (int32_t a = 0; a < k; ++a) first[a] /= s;
    for (int32_t a = 0; a < k; ++a) {
        const int64_t row = (int64_t)a * k;

        sums->score[a] -= mean * first[a];
        if (sums->time_value) sums->score_time[a] -= g * mean * first[a];
        for (int32_t b = 0; b <= a; ++b) {
            const double spread = mean * (second[row + b] / s - first[a] * first[b]);

            sums->information[row + b] += spread;
            if (!sums->time_value) continue;
            sums->cross[row + b] += g * spread;
            sums->square[row + b] += g * g * spread;
        }
    }
}

static void clear(rml_cox_sums *sums)
{
    const size_t k = (size_t)sums->n_terms;

    sums->loglik = 0.0;
    memset(sums->score, 0, k * sizeof *sums->score);
    memset(sums->score_time, 0, k * sizeof *sums->score_time);
    memset(sums->information, 0, k * k * sizeof *sums->information);
    memset(sums->cross, 0, k * k * sizeof *sums->cross);
    memset(sums->square, 0, k * k * sizeof *sums->square);
}

static void evaluate_linear(rml_cox_sums *sums, const double *coefficient)
{
    const int64_t n = sums->surv->n_rows, k = sums->n_terms;

    for (int64_t i = 0; i < n; ++i) {
        double linear = sums->offset[i];

        for (int64_t j = 0; j < k; ++j) linear += coefficient[j] * sums->x[i * k + j];
        sums->linear[i] = linear;
    }
}

static void add_events(rml_cox_sums *sums, const rml_surv_moment *moment, double largest, double g, double *weight)
{
    const int64_t k = sums->n_terms;

    *weight = 0.0;
    for (int64_t i = moment->first_event; i < moment->end; ++i) {
        const double w = sums->weight[i];

        *weight += w;
        sums->loglik += w * (sums->linear[i] - largest);
        for (int64_t j = 0; j < k; ++j) {
            sums->score[j] += w * sums->x[i * k + j];
            if (sums->time_value) sums->score_time[j] += g * w * sums->x[i * k + j];
        }
    }
}

void rml_cox_sums_at(rml_cox_sums *sums, const double *coefficient)
{
    const size_t k = (size_t)sums->n_terms;
    double *first = sums->first, *event_first = first + k, *step_first = event_first + k;
    double *second = sums->second, *event_second = second + k * k, *step_second = event_second + k * k;
    double s = 0.0, largest = 0.0;

    evaluate_linear(sums, coefficient);
    clear(sums);
    if (sums->ties == RML_TIES_EXACT) {
        rml_cox_exact_add(sums);
        return;
    }
    for (int64_t m = 0; m < sums->surv->n_moments; ++m) {
        const rml_surv_moment *moment = sums->surv->moment + m;
        const int64_t n_events = moment->end - moment->first_event;
        const double d = (double)n_events, g = sums->time_value ? sums->time_value[m] : 0.0;
        double event_s, weight, scale;

        scale = exponentials(sums, moment, &largest);
        if (scale == 0.0) { /* a stratum begins, or all before is nothing beside this */
            s = 0.0;
            memset(first, 0, k * sizeof *first);
            memset(second, 0, k * k * sizeof *second);
        } else if (scale < 1.0) {
            s *= scale;
            for (size_t a = 0; a < k; ++a) first[a] *= scale;
            for (size_t c = 0; c < k * k; ++c) second[c] *= scale;
        }
        memset(event_first, 0, k * sizeof *event_first);
        memset(event_second, 0, k * k * sizeof *event_second);
        s += add_rows(sums, moment->start, moment->first_event, first, second);
        event_s = add_rows(sums, moment->first_event, moment->end, event_first, event_second);
        s += event_s;
        for (size_t a = 0; a < k; ++a) first[a] += event_first[a];
        for (size_t c = 0; c < k * k; ++c) second[c] += event_second[c];
        add_events(sums, moment, largest, g, &weight);
        if (sums->ties == RML_TIES_BRESLOW || n_events == 1) {
            memcpy(step_first, first, k * sizeof *first);
            add_step(sums, s, step_first, second, weight, g);
            continue;
        }
        for (int64_t l = 0; l < n_events; ++l) {
            const double part = (double)l / d;

            for (size_t a = 0; a < k; ++a) step_first[a] = first[a] - part * event_first[a];
            for (size_t c = 0; c < k * k; ++c) step_second[c] = second[c] - part * event_second[c];
            add_step(sums, s - part * event_s, step_first, step_second, weight / d, g);
        }
    }
}
