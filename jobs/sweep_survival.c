/* 1. The times
 * 2. A split's training patients
 * 3. A pipeline in a split
 * 4. All of them */
#include "jobs/sweep_survival.h"

#include <math.h>
#include <stdlib.h>

#include "kernels/learn/baseline.h"
#include "kernels/survival/concordance.h"
#include "kernels/survival/survival_brier.h"
#include "kernels/survival/time_auc.h"

/* 1. The times ----------------------------------------------------------------------------------------------------- */

enum { BY_ITSELF = 4, STEPS = 20 }; /* times without any given; steps of the integrated Brier score */

static int upwards(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static rml_status choose_times(const rml_study *study, const rml_dataset *dataset, rml_sweep_survival *x)
{
    const rml_data *data = &dataset->data;
    double *sorted = malloc(((size_t)data->n_patients + 1) * sizeof *sorted);
    int32_t n = 0;

    if (!sorted) return RML_ENOMEM;
    for (int32_t p = 0; p < data->n_patients; ++p)
        if (data->event[p]) sorted[n++] = data->y[p];
    qsort(sorted, (size_t)n, sizeof *sorted, upwards);
    for (int32_t t = 0; t < study->survive.n_times; ++t) x->time[x->n_times++] = study->survive.times[t];
    for (int32_t t = 1; study->survive.n_times == 0 && t <= BY_ITSELF; ++t) {
        const double time = n > 0 ? sorted[(int64_t)n * t / (BY_ITSELF + 1)] : 0.0;

        if (time > (x->n_times > 0 ? x->time[x->n_times - 1] : 0.0)) x->time[x->n_times++] = time;
    }
    if (x->n_times > 0) x->tau = x->time[x->n_times - 1];
    free(sorted);
    return RML_OK;
}

/* 2. A split's training patients ----------------------------------------------------------------------------------- */

typedef struct judging {
    const rml_study *study;
    const rml_dataset *dataset;
    const rml_sweep_plan *plan;
    const rml_sweep_results *results;
    const rml_board *board;
    rml_sweep_survival *x;
    /* of the split at hand */
    const rml_split *split;
    rml_km censoring, survival; /* of its training patients, each once */
    rml_surv held;
    /* work */
    double *time, *said; /* [n_patients], [(STEPS + 1)][n_patients] */
    uint8_t *event;
} judging;

static rml_status surv_of(judging *j, const int32_t *patient, int32_t n, rml_surv *surv)
{
    int32_t m = 0;

    for (int32_t i = 0; i < n; ++i) {
        if (i > 0 && patient[i] == patient[i - 1]) continue; /* a bootstrap's copies */
        j->time[m] = j->plan->y[patient[i]];
        j->event[m++] = j->plan->event[patient[i]];
    }
    return rml_surv_init(j->time, j->event, NULL, m, surv);
}

static void leave_split(judging *j)
{
    rml_km_free(&j->censoring);
    rml_km_free(&j->survival);
    rml_surv_free(&j->held);
}

static rml_status enter_split(judging *j, int32_t i)
{
    rml_surv train = {0};
    rml_status status;

    j->split = &j->plan->splits.split[i];
    status = surv_of(j, j->split->train, j->split->n_train, &train);
    if (status == RML_OK) status = rml_km_fit_censoring(&train, 0, &j->censoring);
    if (status == RML_OK) status = rml_km_fit(&train, 0, RML_LIMITS_LOG, 0.95, &j->survival);
    if (status == RML_OK) status = surv_of(j, j->split->test, j->split->n_test, &j->held);
    rml_surv_free(&train);
    return status;
}

/* 3. A pipeline in a split ----------------------------------------------------------------------------------------- */

static double survival_at(const judging *j, const rml_nested_model *model, int32_t t, double time)
{
    return model ? rml_baseline_survival(&model->fitted, time, model->decision[t])
                 : rml_km_followed(&j->survival, time);
}

static rml_status brier_at(judging *j, const rml_nested_model *model, const double *at, int32_t n_at, double *brier,
                           double *mean)
{
    const rml_ipcw ipcw = {&j->censoring, RML_IPCW_BEFORE};
    const int32_t n = j->split->n_test;

    for (int32_t k = 0; k < n_at; ++k)
        for (int32_t t = 0; t < n; ++t) j->said[(int64_t)k * n + t] = survival_at(j, model, t, at[k]);
    return rml_survival_brier(&j->held, j->said, &ipcw, at, n_at, brier, mean);
}

/* model NULL: the training patients' curve. */
static rml_status judge(judging *j, const rml_nested_model *model, rml_survival_value *value)
{
    const rml_sweep_survival *x = j->x;
    const rml_ipcw ipcw = {&j->censoring, RML_IPCW_BEFORE};
    rml_concordance_settings settings = rml_concordance_defaults();
    rml_concordance c = {.c = NAN};
    double step[STEPS + 1], brier[STEPS + 1];
    rml_status status = RML_OK;

    *value = (rml_survival_value){.there = true, .c = NAN, .uno = NAN, .uno_se = NAN, .brier_mean = NAN};
    for (int32_t t = 0; t < RML_SURVIVAL_TIMES; ++t) value->auc[t] = value->brier[t] = NAN;
    if (x->n_times == 0) return RML_OK;
    for (int32_t k = 0; k <= STEPS; ++k) step[k] = x->tau * k / STEPS;
    status = brier_at(j, model, step, STEPS + 1, brier, &value->brier_mean);
    for (int32_t t = 0; status != RML_ENOMEM && t < x->n_times;
         ++t) /* one by one: what one lacks the others may have */
        status = brier_at(j, model, &x->time[t], 1, &value->brier[t], NULL);
    for (int32_t t = 0; model && status != RML_ENOMEM && t < x->n_times; ++t)
        status = rml_time_auc(&j->held, model->decision, &ipcw, &x->time[t], 1, &value->auc[t], NULL);
    if (!model || status == RML_ENOMEM) return status == RML_ENOMEM ? status : RML_OK;
    status = rml_concordance_measure(&j->held, model->decision, &settings, &c);
    value->c = c.c;
    settings = (rml_concordance_settings){RML_PAIRS_UNO, ipcw, x->tau};
    if (status != RML_ENOMEM) status = rml_concordance_measure(&j->held, model->decision, &settings, &c);
    value->uno = c.c;
    value->uno_se = c.se;
    return status == RML_ENOMEM ? status : RML_OK;
}

double rml_survival_number(const rml_survival_value *value, int32_t n_times, int32_t number)
{
    if (!value->there) return NAN;
    switch (number) {
    case 0: return value->c;
    case 1: return value->uno;
    case 2: return value->brier_mean;
    default: return number < 3 + n_times ? value->auc[number - 3] : value->brier[number - 3 - n_times];
    }
}

/* 4. All of them --------------------------------------------------------------------------------------------------- */

static rml_status judge_all(judging *j)
{
    rml_sweep_survival *x = j->x;
    rml_status status = RML_OK;

    for (int32_t i = 0; status == RML_OK && i < x->n_splits; ++i) {
        status = enter_split(j, i);
        if (status == RML_OK) status = judge(j, NULL, &x->without[i]);
        for (int32_t r = 0; status == RML_OK && r < x->n_rows; ++r) {
            const rml_board_row *row = &j->board->row[r];
            const rml_nested_model *model =
                rml_sweep_model(j->study, j->plan, j->results, i, row->chosen ? j->board->chosen[i] : row->pipeline);

            if (model) status = judge(j, model, &x->value[(int64_t)r * x->n_splits + i]);
        }
        leave_split(j);
        if (status != RML_ENOMEM) status = RML_OK; /* nobody is held out: nothing to say */
    }
    return status;
}

rml_status rml_sweep_survival_make(const rml_study *study, const rml_dataset *dataset, const rml_sweep_plan *plan,
                                   const rml_sweep_results *results, const rml_board *board, rml_sweep_survival *x,
                                   rml_error *err)
{
    const size_t n = (size_t)dataset->data.n_patients + 1;
    judging j = {study, dataset, plan, results, board, .x = x};
    rml_status status;

    *x = (rml_sweep_survival){.n_rows = board->n, .n_splits = plan->splits.n};
    x->value = calloc((size_t)x->n_rows * (size_t)x->n_splits + 1, sizeof *x->value);
    x->without = calloc((size_t)x->n_splits + 1, sizeof *x->without);
    j.time = malloc(n * sizeof *j.time);
    j.event = malloc(n);
    j.said = malloc((STEPS + 1) * n * sizeof *j.said);
    status = x->value && x->without && j.time && j.event && j.said ? choose_times(study, dataset, x) : RML_ENOMEM;
    if (status == RML_OK) status = judge_all(&j);
    free(j.time);
    free(j.event);
    free(j.said);
    if (status == RML_OK) return RML_OK;
    rml_sweep_survival_free(x);
    return rml_fail(err, status, "no memory for what is said of the held-out patients' times");
}

void rml_sweep_survival_free(rml_sweep_survival *x)
{
    if (!x) return;
    free(x->value);
    free(x->without);
    *x = (rml_sweep_survival){0};
}
