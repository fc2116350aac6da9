/* 1. One split's score
 * 2. A pipeline's row
 * 3. How steady the selection is
 * 4. Beside the chosen one; what single designs allow
 * 5. The board
 * 6. Printed */
#include "jobs/sweep_board.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/sweep_explain.h"
#include "kernels/learn/kinds.h"
#include "kernels/stats/roc.h"
#include "kernels/stats/stability.h"

/* 1. One split's score --------------------------------------------------------------------------------------------- */

double rml_board_metric(const rml_study *study, const rml_dataset *dataset, const rml_split *split, const double *y,
                        const uint8_t *event, const double *decision)
{
    double *truth = malloc(((size_t)split->n_test + 1) * sizeof *truth), metric = NAN;
    uint8_t *events = malloc((size_t)split->n_test + 1);

    for (int32_t i = 0; truth && i < split->n_test; ++i) truth[i] = y[split->test[i]];
    for (int32_t i = 0; event && events && i < split->n_test; ++i) events[i] = event[split->test[i]];
    if (truth && events)
        metric = rml_metric_of(study->inner.metric, study->outcome, dataset->data.n_classes, split->n_test, truth,
                               event ? events : NULL, decision);
    free(truth);
    free(events);
    return metric;
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

static const rml_nested_model *model_of(const rml_board_input *in, int32_t split, int32_t pipeline)
{
    return rml_sweep_model(in->study, in->plan, in->results, split, pipeline);
}

/* 2. A pipeline's row ---------------------------------------------------------------------------------------------- */

/* A t interval knows no bounds; the metric has some: R2 and minus the mean absolute error no lower one. */
static void cut_interval(rml_metric metric, rml_board_row *row)
{
    static const double bound[RML_N_METRICS][2] = {[RML_METRIC_AUC] = {0.0, 1.0},
                                                   [RML_METRIC_R2] = {-INFINITY, 1.0},
                                                   [RML_METRIC_SPEARMAN] = {-1.0, 1.0},
                                                   [RML_METRIC_MAE] = {-INFINITY, 0.0},
                                                   [RML_METRIC_CINDEX] = {0.0, 1.0}};

    if (isnan(row->low)) return;
    row->low = fmax(row->low, bound[metric][0]);
    row->high = fmin(row->high, bound[metric][1]);
}

/* Whether no model of a row looks at a column. */
static bool all_empty(const rml_board_input *in, const rml_board_row *row)
{
    return row->n_empty > 0 && row->n_empty + row->n_failed == in->plan->splits.n;
}

/* Whether a pipeline's selection has kept no column in a split. */
static bool kept_none(const rml_board_input *in, int32_t split, int32_t pipeline)
{
    const rml_nested *nested = NULL;

    assert(in->study->n_models > 0);
    if (pipeline < in->study->n_selects * in->study->n_models)
        nested = nested_of(in, split, pipeline / in->study->n_models);
    return nested && nested->n_steps > 0 && nested->step[nested->n_steps - 1].n_out == 0;
}

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
        if (!model && !row->why && !row->chosen)
            row->why = rml_sweep_reason(in->study, in->plan, in->results, i, pipeline[i]);
        if (!model) continue;
        row->n_empty += kept_none(in, i, pipeline[i]);
        row->score[i] = rml_board_metric(in->study, in->dataset, split, in->plan->y, in->plan->event, model->decision);
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
            cut_interval(in->study->inner.metric, row);
            if (all_empty(in, row)) row->low = row->high = NAN; /* constants vary in nothing, which proves nothing */
        }
    }
    free(scored);
}

/* 3. How steady the selection is ----------------------------------------------------------------------------------- */

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

/* 4. Beside the chosen one; what single designs allow -------------------------------------------------------------- */

/* Over the splits in which both have a metric; how much `row` has more, and p. other: NULL, there is none. */
/* Of one split there are fixed models on the same held-out patients: DeLong's paired test. NaN where it is not. */
static double compare_fixed(const rml_board_input *in, const rml_board *board, const rml_board_row *other,
                            const rml_board_row *row, rml_resampled_interval *gain)
{
    const rml_split *split = &in->plan->splits.split[0];
    const rml_nested_model *first = model_of(in, 0, row->chosen ? board->chosen[0] : row->pipeline);
    const rml_nested_model *second = other ? model_of(in, 0, other->chosen ? board->chosen[0] : other->pipeline) : NULL;
    uint8_t *y = malloc((size_t)split->n_test + 1);
    double p = NAN;
    rml_roc_paired test;

    for (int32_t t = 0; y && t < split->n_test; ++t) y[t] = in->plan->y[split->test[t]] > 0.5;
    if (y && first && second &&
        rml_roc_paired_test(first->decision, second->decision, y, split->n_test, 0.95, &test) == RML_OK) {
        p = test.p;
        gain->mean = test.difference;
        gain->low = test.low;
        gain->high = test.high;
    }
    free(y);
    return p;
}

static double compare(const rml_board_input *in, const rml_board *board, const rml_board_row *other,
                      const rml_board_row *row, rml_resampled_interval *gain)
{
    const rml_splits *splits = &in->plan->splits;
    double *first = calloc(2 * (size_t)splits->n + 1, sizeof *first), *second = first + splits->n, share = 0.0;
    double p = NAN;
    int32_t n = 0;
    rml_resampled_test test = {.difference = {.mean = NAN, .low = NAN, .high = NAN}};

    if (all_empty(in, row) || (other && all_empty(in, other))) other = NULL;
    for (int32_t i = 0; first && other && other != row && i < splits->n; ++i) {
        if (isnan(row->score[i]) || isnan(other->score[i])) continue;
        first[n] = row->score[i];
        second[n++] = other->score[i];
        share += (double)splits->split[i].n_test / splits->split[i].n_train;
    }
    if (n > 0 && rml_resampled_compare(first, second, n, share / n, 0.95, &test) == RML_OK) p = test.p;
    *gain = test.difference;
    free(first);
    if (splits->n == 1 && other != row && in->study->outcome == RML_OUTCOME_CLASS &&
        in->study->inner.metric == RML_METRIC_AUC)
        return compare_fixed(in, board, other, row, gain);
    return p;
}

static const rml_board_row *control_row(const rml_board *board, const char *name)
{
    for (int32_t r = 0; r < board->n; ++r)
        if (board->row[r].control && strcmp(board->row[r].name, name) == 0) return &board->row[r];
    return NULL;
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
    if (in->plan->splits.n == 1 && in->study->outcome == RML_OUTCOME_CLASS && model && y && !all_empty(in, row)) {
        for (int32_t t = 0; t < split->n_test; ++t) y[t] = in->plan->y[split->test[t]] > 0.5;
        if (rml_roc_delong(model->decision, y, split->n_test, 0.95, &interval) == RML_OK) {
            row->delong_low = interval.low;
            row->delong_high = interval.high;
        }
    }
    free(y);
}

/* 5. The board ----------------------------------------------------------------------------------------------------- */

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
    const int32_t n_permutations = in->plan->n_permutations;
    int32_t n = 0, n_splits = 0, n_better = 0;

    row->p = board->chance = board->observed = NAN;
    for (int32_t i = 0; i < in->plan->splits.n; ++i) {
        if (in->plan->splits.split[i].repeat >= s->permute_repeats || isnan(row->score[i])) continue;
        observed += row->score[i];
        ++n_splits;
    }
    for (int32_t p = 0; p < n_permutations; ++p) {
        if (isnan(in->results->permuted[p])) continue;
        ++n;
        sum += in->results->permuted[p];
        n_better += n_splits > 0 && in->results->permuted[p] >= observed / n_splits;
    }
    board->n_permuted = n_permutations;
    board->n_permuted_failed = n_permutations - n;
    if (n_permutations > 0 && n_splits > 0) board->observed = observed / n_splits;
    board->stuck = s->permute > 0 && n_permutations == 0;
    if (n == 0 || n_splits == 0) return;
    row->p = (n_better + 1.0) / (n + 1.0);
    board->chance = sum / n;
}

void rml_board_speakers(const rml_board *board, const rml_board_row *row, int32_t n_splits, int32_t *speaker)
{
    for (int32_t i = 0; i < n_splits; ++i) speaker[i] = row->chosen ? board->chosen[i] : row->pipeline;
}

static rml_status fill(const rml_board_input *in, rml_board *board, rml_pool *pool, rml_error *err)
{
    const rml_study *s = in->study;
    const int32_t n_splits = in->plan->splits.n, n_pipelines = s->n_selects * s->n_models;
    int32_t *speaker = board->chosen + n_splits; /* [n_splits] */
    const rml_nested **of_split = calloc((size_t)s->n_selects + 1, sizeof(const rml_nested *));
    rml_status status = RML_OK;

    for (int32_t i = 0; i < n_splits; ++i) {
        for (int32_t c = 0; of_split && c < s->n_selects; ++c) of_split[c] = nested_of(in, i, c);
        board->chosen[i] = of_split ? rml_board_choose(of_split, s->n_selects, s->n_models) : -1;
    }
    for (int32_t r = 0; status == RML_OK && r < board->n; ++r) {
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
        rml_board_speakers(board, row, n_splits, speaker);
        score_row(in, speaker, row);
        status = rml_pool_average(pool, speaker, -1, row->measure, err);
        row->stability = row->control ? NAN : stability_of(in, speaker);
        if (r == 0) judge(in, board, row);
    }
    for (int32_t c = 0; of_split && c < s->n_selects; ++c) of_split[c] = &in->results->final[c];
    board->final = of_split ? rml_board_choose(of_split, s->n_selects, s->n_models) : -1;
    free(of_split);
    for (int32_t r = 0; status == RML_OK && r < board->n; ++r) {
        rml_board_row *row = &board->row[r];

        row->p_vs_chosen = compare(in, board, &board->row[0], row, &row->gain[0]);
        row->p_vs_clinical = compare(in, board, control_row(board, RML_CONTROL_CLINICAL), row, &row->gain[1]);
        correct_bootstrap(in, board, &board->row[r]);
        judge_holdout(in, board, &board->row[r]);
    }
    qsort(board->row, (size_t)board->n, sizeof *board->row, by_mean);
    return status;
}

rml_status rml_board_make(const rml_study *study, const rml_dataset *dataset, const rml_sweep_plan *plan,
                          const rml_sweep_results *results, rml_board *board, rml_error *err)
{
    const rml_board_input in = {study, dataset, plan, results};
    rml_board made = {.n = study->n_selects * study->n_models + 1 + plan->control->n, .n_splits = plan->splits.n};
    rml_pool pool;
    rml_status status = rml_pool_init(study, dataset, plan, results, &pool, err);

    made.row = calloc((size_t)made.n, sizeof *made.row);
    made.chosen = calloc(2 * (size_t)plan->splits.n + 1, sizeof *made.chosen);
    made.score = malloc(((size_t)made.n * (size_t)plan->splits.n + 1) * sizeof *made.score);
    if (status == RML_OK && (!made.row || !made.chosen || !made.score))
        status = rml_fail(err, RML_ENOMEM, "no memory for the leaderboard");
    if (status == RML_OK) status = fill(&in, &made, &pool, err);
    if (status == RML_OK)
        *board = made;
    else
        rml_board_free(&made);
    rml_pool_free(&pool);
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

/* 6. Printed ------------------------------------------------------------------------------------------------------- */

/* With fewer digits where they would not fit, as an error of a number may be large. */
static void print_number(double value, int width, int digits)
{
    while (digits > 0 && snprintf(NULL, 0, "%.*f", digits, value) > width) --digits;
    if (isnan(value))
        printf(" %*s", width, "-");
    else
        printf(" %*.*f", width, digits, value);
}

enum { NAME = 24 }; /* a longer one has a line of its own; all lines together end at column 100 */

/* What an outcome's board tells beside its metric, "pooled" first. */
typedef struct rml_board_column {
    const char *title;
    rml_measure measure;
    int digits;
} rml_board_column;

static int width_of(const rml_board_column *column)
{
    const int n = (int)strlen(column->title);

    return n > 6 ? n : 6;
}

static int32_t columns_of(const rml_study *study, const rml_board_column **columns)
{
    static const rml_board_column of_two[] = {{"pooled", RML_MEASURE_METRIC, 3},
                                              {"sens", RML_MEASURE_SENSITIVITY, 2},
                                              {"spec", RML_MEASURE_SPECIFICITY, 2},
                                              {"Brier", RML_MEASURE_BRIER, 3}};
    static const rml_board_column of_several[] = {{"pooled", RML_MEASURE_METRIC, 3},
                                                  {"bal.acc", RML_MEASURE_BALANCED_ACCURACY, 3},
                                                  {"loss", RML_MEASURE_LOG_LOSS, 3}};
    static const rml_board_column of_number[] = {{"pooled", RML_MEASURE_METRIC, 3},
                                                 {"R2", RML_MEASURE_R2, 3},
                                                 {"rho", RML_MEASURE_SPEARMAN, 3},
                                                 {"MAE", RML_MEASURE_MAE, 3}};

    switch (study->outcome) {
    case RML_OUTCOME_TIME: *columns = of_number; return 1; /* pooled alone */
    case RML_OUTCOME_CLASS: *columns = of_two; return RML_COUNT(of_two);
    case RML_OUTCOME_CLASSES: *columns = of_several; return RML_COUNT(of_several);
    default: *columns = of_number; return RML_COUNT(of_number);
    }
}

static void print_row(const rml_study *study, const rml_board_row *row, double low, double high)
{
    const rml_board_column *column;
    const int32_t n = columns_of(study, &column);

    if (strlen(row->name) > NAME)
        printf("%s\n%-*s", row->name, NAME, "");
    else
        printf("%-*s", NAME, row->name);
    print_number(row->mean, 7, 3);
    if (isnan(low))
        printf(" %17s", "-");
    else {
        print_number(low, 6, 3);
        printf(" to");
        print_number(high, 6, 3);
    }
    print_number(row->apparent, 7, 3);
    print_number(row->stability, 6, 2);
    if (row->p_vs_chosen < 0.001)
        printf(" %6s", "<0.001");
    else
        print_number(row->p_vs_chosen, 6, 3);
    /* of a bootstrap, where every repeat is one split, pooled is the mean itself */
    print_number(study->split == RML_SPLIT_BOOTSTRAP ? row->plus : row->measure[column[0].measure], 6, 3);
    for (int32_t c = 1; c < n; ++c)
        if (rml_measure_name(study, column[c].measure))
            print_number(row->measure[column[c].measure], width_of(&column[c]), column[c].digits);
    printf("\n");
}

static void print_gain(const rml_study *study, const char *against, const rml_resampled_interval *gain, double p)
{
    if (isnan(gain->mean)) return;
    printf("\"" RML_CONTROL_COMBINED "\" against %s: %s %+.3f", against, rml_metric_name(study->inner.metric),
           gain->mean);
    if (!isnan(gain->low)) printf(" (95 %% %+.3f to %+.3f)", gain->low, gain->high);
    if (!isnan(p)) printf(p < 0.001 ? ", p < 0.001" : ", p = %.3f", p);
    printf("\n");
}

/* What either adds to the other, in words. */
static void print_combined(const rml_study *study, const rml_board *board)
{
    const rml_board_row *row = control_row(board, RML_CONTROL_COMBINED);

    if (!row) return;
    print_gain(study, "\"" RML_CONTROL_CLINICAL "\" alone", &row->gain[1], row->p_vs_clinical);
    print_gain(study, "\"chosen\" alone", &row->gain[0], row->p_vs_chosen);
}

/* Selections that leave their models nothing to look at in some splits, each said once. */
static void print_empty(const rml_study *study, const rml_board *board)
{
    for (int32_t r = 0; r < board->n; ++r) {
        const rml_board_row *row = &board->row[r];
        const int32_t select = row->chosen ? -1 : row->pipeline / study->n_models;
        bool said = row->n_empty == 0;

        for (int32_t before = 1; before < r && !said && !row->chosen; ++before)
            said = board->row[before].n_empty > 0 && board->row[before].pipeline / study->n_models == select;
        if (!said)
            printf("%s kept no feature in %d of %d split%s and says the same of every patient there%s\n",
                   row->chosen ? "\"chosen\"" : study->select[select].name, row->n_empty, board->n_splits,
                   board->n_splits == 1 ? "" : "s",
                   row->n_empty + row->n_failed == board->n_splits ? ": no interval, no p" : "");
    }
}

void rml_board_print(const rml_study *study, const rml_board *board)
{
    const rml_board_column *column;
    const int32_t n = columns_of(study, &column);
    const bool bootstrap = study->split == RML_SPLIT_BOOTSTRAP;
    bool delong = false;

    printf("\n%-*s %7s %17s %7s %6s %6s %6s", NAME, "Pipeline", rml_metric_name(study->inner.metric), "95 % (approx.)",
           "appar.", "steady", "p", bootstrap ? ".632+" : column[0].title);
    for (int32_t c = 1; c < n; ++c)
        if (rml_measure_name(study, column[c].measure)) printf(" %*s", width_of(&column[c]), column[c].title);
    printf("\n");
    for (int32_t r = 0; r < board->n; ++r) {
        const rml_board_row *row = &board->row[r];
        const bool single = isnan(row->low); /* of one split there is DeLong's alone */
        const double low = single ? row->delong_low : row->low, high = single ? row->delong_high : row->high;

        delong |= single && !isnan(low);
        if (row->control && !board->row[r - 1].control) printf("Controls, never chosen:\n");
        print_row(study, row, low, high);
    }
    for (int32_t r = 0; r < board->n; ++r)
        if (board->row[r].n_failed > 0)
            printf("%s: %d split%s failed%s%s (failures.csv)\n", board->row[r].name, board->row[r].n_failed,
                   board->row[r].n_failed == 1 ? "" : "s", board->row[r].why ? "; the first: " : "",
                   board->row[r].why ? board->row[r].why : "");
    print_empty(study, board);
    printf("\"chosen\" is the honest figure: it picks pipeline and settings inside every training part; the other\n"
           "rows are not corrected for choice. appar.: on the training patients themselves.\n"
           "p: against \"chosen\", by %s.\n",
           delong ? "DeLong's paired test of the fixed models" : "the corrected paired t test (approximate)");
    print_combined(study, board);
    if (delong) printf("95 %%: DeLong's interval of the fixed model on the held-out patients.\n");
    if (!isnan(board->row[0].p))
        printf("Outcome permuted%s: %s %.3f on average, where the true one has %.3f;\np = %.3g for the chosen one.\n",
               study->centre ? " within centres" : "", rml_metric_name(study->inner.metric), board->chance,
               board->observed, board->row[0].p);
    if (board->stuck) rml_sweep_print_stuck(study);
    if (board->n_permuted_failed > 0)
        printf("%d of %d permutations failed and are left out of that.\n", board->n_permuted_failed, board->n_permuted);
}
