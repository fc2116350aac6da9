/* 1. One split's score
 * 2. A pipeline's row
 * 3. All together of a repeat: pooled, classified, calibrated
 * 4. How steady the selection is
 * 5. Beside the chosen one; what single designs allow
 * 6. The board
 * 7. Printed */
#include "jobs/sweep_board.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/stats/calibration.h"
#include "kernels/stats/confusion.h"
#include "kernels/stats/resampled.h"
#include "kernels/stats/roc.h"
#include "kernels/stats/stability.h"

/* 1. One split's score --------------------------------------------------------------------------------------------- */

double rml_board_metric(const rml_study *study, const rml_dataset *dataset, const rml_split *split, const double *y,
                        const double *decision)
{
    double *truth = malloc(((size_t)split->n_test + 1) * sizeof *truth), metric = NAN;

    for (int32_t i = 0; truth && i < split->n_test; ++i) truth[i] = y[split->test[i]];
    if (truth)
        metric =
            rml_metric_of(study->inner.metric, study->outcome, dataset->data.n_classes, split->n_test, truth, decision);
    free(truth);
    return metric;
}

double rml_board_probability(const rml_nested_model *model, double decision)
{
    return 1.0 / (1.0 + exp(-(model->slope * decision + model->intercept)));
}

int32_t rml_board_choose(const rml_nested *const *results, int32_t n_selects, int32_t n_models)
{
    double best = -INFINITY;
    int32_t chosen = -1;

    for (int32_t c = 0; c < n_selects; ++c)
        for (int32_t m = 0; m < n_models && m < results[c]->n_models; ++m) {
            const rml_nested_model *model = &results[c]->model[m];

            if (model->status != RML_OK || !(model->mean[model->best] > best)) continue;
            best = model->mean[model->best];
            chosen = c * n_models + m;
        }
    if (chosen < 0 && n_selects == 1 && n_models == 1 && results[0]->n_models == 1 &&
        results[0]->model[0].status == RML_OK)
        return 0; /* nothing to choose among */
    return chosen;
}

/* What a board is made from. */
typedef struct rml_board_input {
    const rml_study *study;
    const rml_dataset *dataset;
    const rml_sweep_plan *plan;
    const rml_sweep_results *results;
} rml_board_input;

static const rml_nested *nested_of(const rml_board_input *in, int32_t split, int32_t select)
{
    return &in->results->outer[(int64_t)split * in->study->n_selects + select];
}

const rml_nested_model *rml_board_model(const rml_study *study, const rml_sweep_plan *plan,
                                        const rml_sweep_results *results, int32_t split, int32_t pipeline)
{
    const int32_t control = pipeline - study->n_selects * study->n_models;
    const int32_t m = control < 0 ? pipeline % study->n_models : 0;
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

static const rml_nested_model *model_of(const rml_board_input *in, int32_t split, int32_t pipeline)
{
    return rml_board_model(in->study, in->plan, in->results, split, pipeline);
}

/* 2. A pipeline's row ---------------------------------------------------------------------------------------------- */

/* pipeline: [n_splits] which one speaks in each split. */
static void score_row(const rml_board_input *in, const int32_t *pipeline, rml_board_row *row)
{
    const rml_splits *splits = &in->plan->splits;
    rml_resampled_interval interval;
    double share = 0.0, *scored = malloc(((size_t)splits->n + 1) * sizeof *scored);
    double apparent = 0.0, inner = 0.0;

    row->mean = row->low = row->high = row->apparent = row->inner = NAN;
    for (int32_t i = 0; scored && i < splits->n; ++i) {
        const rml_split *split = &splits->split[i];
        const rml_nested_model *model = model_of(in, i, pipeline[i]);

        row->score[i] = NAN;
        row->n_failed += model == NULL;
        if (!model) continue;
        row->score[i] = rml_board_metric(in->study, in->dataset, split, in->plan->y, model->decision);
        if (isnan(row->score[i])) continue; /* one class alone is held out: no metric, but its patients are pooled */
        scored[row->n_scored++] = row->score[i];
        share += (double)split->n_test / split->n_train;
        apparent += model->apparent;
        inner += model->mean[model->best];
    }
    if (row->n_scored > 0) {
        row->apparent = apparent / row->n_scored;
        row->inner = inner / row->n_scored;
        if (rml_resampled_mean(scored, row->n_scored, share / row->n_scored, 0.95, &interval) != RML_EINVAL) {
            row->mean = interval.mean;
            row->low = interval.low;
            row->high = interval.high;
            if (in->study->inner.metric == RML_METRIC_AUC && !isnan(row->low)) { /* a t interval knows no bounds */
                row->low = fmax(row->low, 0.0);
                row->high = fmin(row->high, 1.0);
            }
        }
    }
    free(scored);
}

/* 3. All together of a repeat -------------------------------------------------------------------------------------- */

typedef struct rml_pool {
    int32_t n;
    uint8_t *y;
    double *truth, *probability;
    double *decision; /* [n_scores][n] */
    rml_confusion counts;
} rml_pool;

static void gather(const rml_board_input *in, const int32_t *pipeline, int32_t repeat, rml_pool *pool)
{
    const rml_splits *splits = &in->plan->splits;
    const int32_t n_scores = in->study->outcome == RML_OUTCOME_CLASSES ? in->dataset->data.n_classes : 1;
    int32_t n = 0;

    pool->counts = (rml_confusion){0};
    pool->n = 0;
    for (int32_t i = 0; i < splits->n; ++i)
        if (splits->split[i].repeat == repeat && model_of(in, i, pipeline[i])) n += splits->split[i].n_test;
    for (int32_t i = 0; i < splits->n; ++i) {
        const rml_split *split = &splits->split[i];
        const rml_nested_model *model = split->repeat == repeat ? model_of(in, i, pipeline[i]) : NULL;

        for (int32_t t = 0; model && t < split->n_test; ++t) {
            const double y = in->plan->y[split->test[t]];
            const bool positive = model->decision[t] >= model->threshold;

            pool->truth[pool->n] = y;
            pool->y[pool->n] = y > 0.5;
            for (int32_t s = 0; s < n_scores; ++s)
                pool->decision[(int64_t)s * n + pool->n] = model->decision[(int64_t)s * split->n_test + t];
            pool->probability[pool->n++] = rml_board_probability(model, model->decision[t]);
            if (isnan(model->threshold)) continue;
            if (y > 0.5)
                *(positive ? &pool->counts.tp : &pool->counts.fn) += 1;
            else
                *(positive ? &pool->counts.fp : &pool->counts.tn) += 1;
        }
    }
}

/* Adds one repeat's value to a running mean over the repeats in which it is defined. */
static void average(double value, int32_t *n, double *mean)
{
    if (isnan(value)) return;
    *mean = *n == 0 ? value : *mean + (value - *mean) / (*n + 1);
    ++*n;
}

static void pool_row(const rml_board_input *in, const int32_t *pipeline, rml_pool *pool, rml_board_row *row)
{
    enum { POOLED, SEN, SPE, BALANCED, ACC, PPV, NPV, F1, BRIER, LOSS, SLOPE, INTERCEPT, N_VALUES };
    double *const to[N_VALUES] = {&row->pooled,   &row->sensitivity, &row->specificity, &row->balanced_accuracy,
                                  &row->accuracy, &row->ppv,         &row->npv,         &row->f1,
                                  &row->brier,    &row->log_loss,    &row->slope,       &row->intercept};
    const rml_splits *splits = &in->plan->splits;
    int32_t n[N_VALUES] = {0}, n_repeats = 0;

    for (int32_t v = 0; v < N_VALUES; ++v) *to[v] = NAN;
    for (int32_t i = 0; i < splits->n; ++i)
        if (splits->split[i].repeat >= n_repeats) n_repeats = splits->split[i].repeat + 1;
    for (int32_t r = 0; r < n_repeats; ++r) {
        rml_confusion_rates rates;
        rml_calibration calibration;

        gather(in, pipeline, r, pool);
        if (pool->n == 0) continue;
        average(rml_metric_of(in->study->inner.metric, in->study->outcome, in->dataset->data.n_classes, pool->n,
                              pool->truth, pool->decision),
                &n[POOLED], to[POOLED]);
        if (in->study->outcome != RML_OUTCOME_CLASS) continue;
        rates = rml_confusion_rates_of(&pool->counts);
        average(rates.sensitivity, &n[SEN], to[SEN]);
        average(rates.specificity, &n[SPE], to[SPE]);
        average(rates.balanced_accuracy, &n[BALANCED], to[BALANCED]);
        average(rates.accuracy, &n[ACC], to[ACC]);
        average(rates.ppv, &n[PPV], to[PPV]);
        average(rates.npv, &n[NPV], to[NPV]);
        average(rates.f1, &n[F1], to[F1]);
        if (rml_calibration_measure(pool->y, pool->probability, pool->n, &calibration) == RML_ENOMEM)
            continue; /* else NaN where undefined */
        average(calibration.brier, &n[BRIER], to[BRIER]);
        average(calibration.log_loss, &n[LOSS], to[LOSS]);
        average(calibration.slope, &n[SLOPE], to[SLOPE]);
        average(calibration.intercept, &n[INTERCEPT], to[INTERCEPT]);
    }
}

/* 4. How steady the selection is ----------------------------------------------------------------------------------- */

static double stability_of(const rml_board_input *in, const int32_t *pipeline)
{
    const int32_t n_splits = in->plan->splits.n, p = in->dataset->data.x.n_columns;
    uint8_t *chosen = calloc((size_t)n_splits * (size_t)p + 1, 1);
    int32_t n_runs = 0;
    rml_stability result = {.stability = NAN};

    for (int32_t i = 0; chosen && i < n_splits; ++i) {
        const int32_t c = pipeline[i] < 0 ? -1 : pipeline[i] / in->study->n_models;
        const rml_nested *nested = c < 0 ? NULL : nested_of(in, i, c);

        if (!nested || nested->n_models == 0) continue;
        for (int32_t k = 0; k < (nested->n_steps > 0 ? nested->step[nested->n_steps - 1].n_out : p); ++k) {
            const int32_t j = rml_chain_column(&in->study->select[c].chain, nested->step, k);

            if (j >= 0) chosen[(int64_t)n_runs * p + j] = 1;
        }
        ++n_runs;
    }
    if (chosen && rml_stability_nogueira(chosen, n_runs, p, 0.95, &result) != RML_OK) result.stability = NAN;
    free(chosen);
    return result.stability;
}

/* 5. Beside the chosen one; what single designs allow -------------------------------------------------------------- */

/* Over the splits in which both have a metric. */
static void compare(const rml_board_input *in, const rml_board_row *chosen, rml_board_row *row)
{
    const rml_splits *splits = &in->plan->splits;
    double *first = calloc(2 * (size_t)splits->n + 1, sizeof *first), *second = first + splits->n, share = 0.0;
    int32_t n = 0;
    rml_resampled_test test;

    row->p_vs_chosen = NAN;
    for (int32_t i = 0; first && !row->chosen && i < splits->n; ++i) {
        if (isnan(row->score[i]) || isnan(chosen->score[i])) continue;
        first[n] = row->score[i];
        second[n++] = chosen->score[i];
        share += (double)splits->split[i].n_test / splits->split[i].n_train;
    }
    if (n > 0 && rml_resampled_compare(first, second, n, share / n, 0.95, &test) == RML_OK) row->p_vs_chosen = test.p;
    free(first);
}

/* .632+ takes the AUC of the model of all patients on themselves for the apparent one. */
static void correct_bootstrap(const rml_board_input *in, const rml_board *board, rml_board_row *row)
{
    const int32_t pipeline = row->chosen ? board->final : row->pipeline;
    const rml_nested_model *all = model_of(in, in->plan->splits.n, pipeline);
    rml_resampled_632 estimate;

    row->plus = NAN;
    if (in->study->split != RML_SPLIT_BOOTSTRAP || in->study->inner.metric != RML_METRIC_AUC || !all) return;
    if (rml_resampled_632_auc(all->apparent, row->mean, &estimate) == RML_OK) row->plus = estimate.plus;
}

static void judge_holdout(const rml_board_input *in, const rml_board *board, rml_board_row *row)
{
    const rml_split *split = &in->plan->splits.split[0];
    const rml_nested_model *model = model_of(in, 0, row->chosen ? board->chosen[0] : row->pipeline);
    uint8_t *y = malloc((size_t)split->n_test + 1);
    rml_roc_interval interval;

    row->delong_low = row->delong_high = NAN;
    if (in->plan->splits.n == 1 && in->study->outcome == RML_OUTCOME_CLASS && model && y) {
        for (int32_t t = 0; t < split->n_test; ++t) y[t] = in->plan->y[split->test[t]] > 0.5;
        if (rml_roc_delong(model->decision, y, split->n_test, 0.95, &interval) == RML_OK) {
            row->delong_low = interval.low;
            row->delong_high = interval.high;
        }
    }
    free(y);
}

/* 6. The board ----------------------------------------------------------------------------------------------------- */

static int by_mean(const void *a, const void *b)
{
    const rml_board_row *x = a, *y = b;

    if (x->chosen != y->chosen) return x->chosen ? -1 : 1;
    if (x->control != y->control) return x->control ? 1 : -1;
    if (isnan(x->mean) || isnan(y->mean)) return isnan(x->mean) - isnan(y->mean);
    if (x->mean != y->mean) return x->mean > y->mean ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* How often the permuted outcome does as well, on the splits that were permuted. */
static void judge(const rml_board_input *in, rml_board *board, rml_board_row *row)
{
    const rml_study *s = in->study;
    double observed = 0.0, sum = 0.0;
    int32_t n = 0, n_splits = 0, n_better = 0;

    row->p = board->chance = board->observed = NAN;
    for (int32_t i = 0; i < in->plan->splits.n; ++i) {
        if (in->plan->splits.split[i].repeat >= s->permute_repeats || isnan(row->score[i])) continue;
        observed += row->score[i];
        ++n_splits;
    }
    for (int32_t p = 0; p < s->permute; ++p) {
        if (isnan(in->results->permuted[p])) continue;
        ++n;
        sum += in->results->permuted[p];
        n_better += n_splits > 0 && in->results->permuted[p] >= observed / n_splits;
    }
    board->n_permuted = s->permute;
    board->n_permuted_failed = s->permute - n;
    if (s->permute > 0 && n_splits > 0) board->observed = observed / n_splits;
    if (n == 0 || n_splits == 0) return;
    row->p = (n_better + 1.0) / (n + 1.0);
    board->chance = sum / n;
}

static void fill(const rml_board_input *in, rml_board *board, rml_pool *pool)
{
    const rml_study *s = in->study;
    const int32_t n_splits = in->plan->splits.n, n_pipelines = s->n_selects * s->n_models;
    int32_t *speaker = board->chosen + n_splits; /* [n_splits] */
    const rml_nested **of_split = calloc((size_t)s->n_selects + 1, sizeof(const rml_nested *));

    for (int32_t r = 0; r < board->n; ++r) {
        rml_board_row *row = &board->row[r];

        *row = (rml_board_row){.chosen = r == 0,
                               .control = r > n_pipelines,
                               .pipeline = r - 1,
                               .p = NAN,
                               .score = board->score + (int64_t)r * n_splits};
        if (r == 0)
            snprintf(row->name, sizeof row->name, "chosen");
        else if (row->control)
            snprintf(row->name, sizeof row->name, "%.70s", in->plan->control->select[r - 1 - n_pipelines].name);
        else
            snprintf(row->name, sizeof row->name, "%.70s/%.70s", s->select[(r - 1) / s->n_models].name,
                     s->model[(r - 1) % s->n_models].name);
        for (int32_t i = 0; i < n_splits; ++i) {
            for (int32_t c = 0; of_split && c < s->n_selects; ++c) of_split[c] = nested_of(in, i, c);
            if (r == 0) board->chosen[i] = of_split ? rml_board_choose(of_split, s->n_selects, s->n_models) : -1;
            speaker[i] = r == 0 ? board->chosen[i] : r - 1;
        }
        score_row(in, speaker, row);
        pool_row(in, speaker, pool, row);
        row->stability = row->control ? NAN : stability_of(in, speaker);
        if (r == 0) judge(in, board, row);
    }
    for (int32_t c = 0; of_split && c < s->n_selects; ++c) of_split[c] = &in->results->final[c];
    board->final = of_split ? rml_board_choose(of_split, s->n_selects, s->n_models) : -1;
    free(of_split);
    for (int32_t r = 0; r < board->n; ++r) {
        compare(in, &board->row[0], &board->row[r]);
        correct_bootstrap(in, board, &board->row[r]);
        judge_holdout(in, board, &board->row[r]);
    }
    qsort(board->row, (size_t)board->n, sizeof *board->row, by_mean);
}

rml_status rml_board_make(const rml_study *study, const rml_dataset *dataset, const rml_sweep_plan *plan,
                          const rml_sweep_results *results, rml_board *board, rml_error *err)
{
    const rml_board_input in = {study, dataset, plan, results};
    const size_t n = (size_t)dataset->data.n_patients * 2 + 1;
    rml_board made = {.n = study->n_selects * study->n_models + 1 + plan->control->n};
    rml_pool pool = {.y = malloc(n),
                     .truth = malloc(n * sizeof(double)),
                     .decision = malloc(n * (size_t)(dataset->data.n_classes + 1) * sizeof(double)),
                     .probability = malloc(n * sizeof(double))};
    rml_status status = RML_OK;

    made.row = calloc((size_t)made.n, sizeof *made.row);
    made.chosen = calloc(2 * (size_t)plan->splits.n + 1, sizeof *made.chosen);
    made.score = malloc(((size_t)made.n * (size_t)plan->splits.n + 1) * sizeof *made.score);
    if (!pool.y || !pool.truth || !pool.decision || !pool.probability || !made.row || !made.chosen || !made.score)
        status = rml_fail(err, RML_ENOMEM, "no memory for the leaderboard");
    if (status == RML_OK) {
        fill(&in, &made, &pool);
        *board = made;
    } else
        rml_board_free(&made);
    free(pool.y);
    free(pool.truth);
    free(pool.decision);
    free(pool.probability);
    return status;
}

void rml_board_free(rml_board *board)
{
    if (!board) return;
    free(board->row);
    free(board->chosen);
    free(board->score);
    *board = (rml_board){0};
}

/* 7. Printed ------------------------------------------------------------------------------------------------------- */

static void print_number(double value, int width, int digits)
{
    if (isnan(value))
        printf(" %*s", width, "-");
    else
        printf(" %*.*f", width, digits, value);
}

void rml_board_print(const rml_study *study, const rml_board *board)
{
    const bool class = study->outcome == RML_OUTCOME_CLASS, bootstrap = study->split == RML_SPLIT_BOOTSTRAP;
    bool delong = false;

    printf("\n%-32s %6s  %-15s %6s %8s %6s", "Pipeline", rml_metric_name(study->inner.metric), "95 % (approx.)",
           "pooled", "apparent", "steady");
    if (bootstrap) printf(" %6s", ".632+");
    printf(" %6s", "p");
    if (class) printf(" %6s %6s %6s", "sens", "spec", "Brier");
    printf("\n");
    for (int32_t r = 0; r < board->n; ++r) {
        const rml_board_row *row = &board->row[r];
        const bool single = isnan(row->low); /* of one split there is DeLong's alone */
        const double low = single ? row->delong_low : row->low, high = single ? row->delong_high : row->high;

        delong |= single && !isnan(low);
        printf("%-32.32s", row->name);
        print_number(row->mean, 6, 3);
        if (isnan(low))
            printf("  %-15s", "-");
        else
            printf("  %6.3f to %5.3f", low, high);
        print_number(row->pooled, 6, 3);
        print_number(row->apparent, 8, 3);
        print_number(row->stability, 6, 2);
        if (bootstrap) print_number(row->plus, 6, 3);
        print_number(row->p_vs_chosen, 6, 3);
        if (class) {
            print_number(row->sensitivity, 6, 2);
            print_number(row->specificity, 6, 2);
            print_number(row->brier, 6, 3);
        }
        if (row->n_failed > 0) printf("  %d split%s failed", row->n_failed, row->n_failed == 1 ? "" : "s");
        if (row->chosen) printf("  <- the honest figure");
        if (row->control) printf("  control");
        printf("\n");
    }
    printf("\"chosen\" picks pipeline and settings inside every training part; the other rows are not corrected for "
           "choice.\np: against \"chosen\", by the corrected paired t test (approximate).\n");
    if (delong) printf("95 %%: DeLong's interval of the fixed model on the held-out patients.\n");
    if (!isnan(board->row[0].p))
        printf("Outcome permuted%s: %s %.3f on average, where the true one has %.3f; p = %.3g for the chosen one.\n",
               study->centre ? " within centres" : "", rml_metric_name(study->inner.metric), board->chance,
               board->observed, board->row[0].p);
    if (board->n_permuted_failed > 0)
        printf("%d of %d permutations failed and are left out of that.\n", board->n_permuted_failed, board->n_permuted);
}
