/* 1. What one pipeline adds to another, on the same held-out patients
 * 2. What acting on predicted risks is worth */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "io/table.h"
#include "jobs/sweep_survival.h"
#include "kernels/learn/baseline.h"
#include "kernels/survival/survival_benefit.h"

/* 1. What one pipeline adds to another, on the same held-out patients ---------------------------------------------- */

rml_resampled_test rml_sweep_survival_compare(const rml_sweep_plan *plan, const rml_board *board,
                                              const rml_sweep_survival *x, int32_t row, int32_t other, int32_t number,
                                              double *work, int32_t *n)
{
    rml_resampled_test test = {.difference = {NAN, NAN, NAN, NAN, NAN}, .t = NAN, .p = NAN};
    double *first = work, *second = work + x->n_splits, share = 0.0;

    *n = 0;
    if (!rml_board_comparable(board, &board->row[row], &board->row[other])) return test;
    for (int32_t i = 0; i < x->n_splits; ++i) {
        const double a = rml_survival_number(&x->value[(int64_t)row * x->n_splits + i], x->n_times, number);
        const double b = rml_survival_number(&x->value[(int64_t)other * x->n_splits + i], x->n_times, number);

        if (!isfinite(a) || !isfinite(b)) continue;
        first[*n] = a;
        second[(*n)++] = b;
        share += (double)plan->splits.split[i].n_test / plan->splits.split[i].n_train;
    }
    if (*n > 0 && rml_resampled_compare(first, second, *n, share / *n, 0.95, &test) == RML_EINVAL) test.p = NAN;
    return test;
}

static int32_t place_of(const rml_board *board, const rml_board_row *row)
{
    return (int32_t)(row - board->row);
}

static void put_added(const rml_sweep_plan *plan, const rml_board *board, const rml_sweep_survival *x, int32_t row,
                      int32_t other, double *work, FILE *out)
{
    for (int32_t number = 0; number < 3 + 2 * x->n_times; ++number) {
        static const char *const names[] = {"c_index", "uno_c", "integrated_brier"};
        const bool auc = number >= 3 && number < 3 + x->n_times;
        int32_t n;
        const rml_resampled_test test = rml_sweep_survival_compare(plan, board, x, row, other, number, work, &n);
        const double value[] = {number < 3 ? NAN : x->time[(number - 3) % x->n_times],
                                n,
                                test.difference.mean,
                                test.difference.low,
                                test.difference.high,
                                test.p};

        rml_csv_text(out, board->row[row].name, true);
        rml_csv_text(out, board->row[other].name, false);
        rml_csv_text(out, number < 3 ? names[number] : auc ? "auc" : "brier", false);
        for (size_t v = 0; v < sizeof value / sizeof *value; ++v) rml_csv_number(out, value[v], false);
        fputs(",low high p\n", out);
    }
}

rml_status rml_sweep_survival_write_added(const rml_sweep_plan *plan, const rml_board *board,
                                          const rml_sweep_survival *x, FILE *out)
{
    const rml_board_row *combined = rml_board_control(board, RML_CONTROL_COMBINED),
                        *clinical = rml_board_control(board, RML_CONTROL_CLINICAL);
    double *work = malloc((2 * (size_t)x->n_splits + 1) * sizeof *work);

    fputs("pipeline,against,measure,time,splits,difference,low,high,p,approximate\n", out);
    if (work && combined && clinical)
        put_added(plan, board, x, place_of(board, combined), place_of(board, clinical), work, out);
    if (work && combined) put_added(plan, board, x, place_of(board, combined), 0, work, out);
    if (work && clinical) put_added(plan, board, x, 0, place_of(board, clinical), work, out);
    free(work);
    return work ? RML_OK : RML_ENOMEM;
}

/* 2. What acting on predicted risks is worth ----------------------------------------------------------------------- */

enum { THRESHOLDS = 99 };

typedef struct pooled { /* held-out patients of a repeat who have a risk */
    int32_t n;
    double *time, *risk;
    uint8_t *event;
} pooled;

static void gather(const rml_study *study, const rml_sweep_plan *plan, const rml_sweep_results *results,
                   const int32_t *speaker, int32_t repeat, double at, pooled *held)
{
    held->n = 0;
    for (int32_t i = 0; i < plan->splits.n; ++i) {
        const rml_split *split = &plan->splits.split[i];
        const rml_nested_model *model =
            split->repeat == repeat ? rml_sweep_model(study, plan, results, i, speaker[i]) : NULL;

        for (int32_t t = 0; model && t < split->n_test; ++t) {
            const double risk = 1.0 - rml_baseline_survival(&model->fitted, at, model->decision[t]);

            if (isnan(risk)) continue;
            held->time[held->n] = plan->y[split->test[t]];
            held->event[held->n] = plan->event[split->test[t]];
            held->risk[held->n++] = fmin(fmax(risk, 0.0), 1.0);
        }
    }
}

static rml_status put_benefit(const rml_study *study, const rml_sweep_plan *plan, const rml_sweep_results *results,
                              const rml_board_row *row, const int32_t *speaker, double at, pooled *held, FILE *out)
{
    double threshold[THRESHOLDS], mean[THRESHOLDS], all[THRESHOLDS];
    int32_t n[THRESHOLDS] = {0}, n_all[THRESHOLDS] = {0}, n_repeats = 0;
    rml_benefit_point point[THRESHOLDS];

    for (int32_t t = 0; t < THRESHOLDS; ++t) threshold[t] = (t + 1) / 100.0;
    for (int32_t i = 0; i < plan->splits.n; ++i)
        if (plan->splits.split[i].repeat >= n_repeats) n_repeats = plan->splits.split[i].repeat + 1;
    for (int32_t r = 0; r < n_repeats; ++r) {
        gather(study, plan, results, speaker, r, at, held);
        if (rml_survival_benefit(held->time, held->event, held->risk, held->n, at, threshold, THRESHOLDS, point) ==
            RML_ENOMEM)
            return RML_ENOMEM;
        for (int32_t t = 0; held->n > 0 && t < THRESHOLDS; ++t) {
            rml_mean_add(point[t].net_benefit, &n[t], &mean[t]);
            rml_mean_add(point[t].treat_all, &n_all[t], &all[t]);
        }
    }
    for (int32_t t = 0; t < THRESHOLDS; ++t) {
        rml_csv_text(out, row->name, true);
        rml_csv_text(out, row->control ? "yes" : "no", false);
        rml_csv_number(out, at, false);
        rml_csv_number(out, threshold[t], false);
        fprintf(out, ",%d", n[t]);
        rml_csv_number(out, n[t] > 0 ? mean[t] : NAN, false);
        rml_csv_number(out, n_all[t] > 0 ? all[t] : NAN, false);
        fputs(",0\n", out);
    }
    return RML_OK;
}

rml_status rml_sweep_survival_write_benefit(const rml_study *study, const rml_sweep_plan *plan,
                                            const rml_sweep_results *results, const rml_board *board,
                                            const rml_sweep_survival *x, int32_t n_patients, FILE *out)
{
    const size_t n = (size_t)n_patients + 1;
    pooled held = {0, malloc(n * sizeof *held.time), malloc(n * sizeof *held.risk), malloc(n)};
    int32_t *speaker = malloc(((size_t)plan->splits.n + 1) * sizeof *speaker);
    rml_status status = held.time && held.risk && held.event && speaker ? RML_OK : RML_ENOMEM;

    fputs("pipeline,control,time,threshold,repeats,net_benefit,treat_all,treat_none\n", out);
    for (int32_t r = 0; status == RML_OK && r < board->n; ++r) {
        const rml_board_row *row = &board->row[r];

        if (!row->chosen && !row->control) continue;
        rml_board_speakers(board, row, plan->splits.n, speaker);
        for (int32_t t = 0; status == RML_OK && t < x->n_times; ++t)
            status = put_benefit(study, plan, results, row, speaker, x->time[t], &held, out);
    }
    free(held.time);
    free(held.risk);
    free(held.event);
    free(speaker);
    return status;
}
