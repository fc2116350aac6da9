/* 1. One split's score
 * 2. A pipeline's row
 * 3. How steady the selection is
 * 4. Beside the chosen one; what single designs allow
 * 5. The board */
#include "jobs/sweep_board.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/sweep_explain.h"
#include "kernels/learn/kinds.h"
#include "kernels/stats/distribution.h"
#include "kernels/stats/roc.h"
#include "kernels/stats/stability.h"
#include "kernels/survival/concordance.h"

/* 1. One split's score --------------------------------------------------------------------------------------------- */

rml_status rml_board_metric(const rml_study *study, const rml_dataset *dataset, const rml_split *split, const double *y,
                            const uint8_t *event, const double *decision, double *metric)
{
    double *truth = malloc(((size_t)split->n_test + 1) * sizeof *truth);
    uint8_t *events = malloc((size_t)split->n_test + 1);
    rml_status status = truth && events ? RML_OK : RML_ENOMEM;

    *metric = NAN;
    for (int32_t i = 0; status == RML_OK && i < split->n_test; ++i) truth[i] = y[split->test[i]];
    for (int32_t i = 0; status == RML_OK && event && i < split->n_test; ++i) events[i] = event[split->test[i]];
    if (status == RML_OK)
        status = rml_metric_of(study->inner.metric, study->outcome, dataset->data.n_classes, split->n_test, truth,
                               event ? events : NULL, decision, metric);
    free(truth);
    free(events);
    return status == RML_ENOMEM ? status : RML_OK;
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
    /* work */
    double *first, *second; /* [n_splits] */
    uint8_t *y;             /* [n_patients] */
    uint8_t *kept;          /* [n_splits][n_columns] */
} rml_board_input;

static rml_status input_init(rml_board_input *in)
{
    const size_t n_splits = (size_t)in->plan->splits.n, n_columns = (size_t)in->dataset->data.x.n_columns;

    in->first = malloc((n_splits + 1) * sizeof *in->first);
    in->second = malloc((n_splits + 1) * sizeof *in->second);
    in->y = malloc((size_t)in->dataset->data.n_patients + 1);
    in->kept = malloc(n_splits * n_columns + 1);
    return in->first && in->second && in->y && in->kept ? RML_OK : RML_ENOMEM;
}

static void input_free(rml_board_input *in)
{
    free(in->first);
    free(in->second);
    free(in->y);
    free(in->kept);
}

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

/* Whether a pipeline's selection has kept no column in a split; a control selects nothing. */
static bool kept_none(const rml_board_input *in, int32_t split, int32_t pipeline)
{
    const rml_nested *nested = NULL;

    assert(in->study->n_models > 0);
    if (pipeline < in->study->n_selects * in->study->n_models)
        nested = nested_of(in, split, pipeline / in->study->n_models);
    return nested && nested->n_steps > 0 && nested->step[nested->n_steps - 1].n_out == 0;
}

/* pipeline: [n_splits] which one speaks in each split. */
static rml_status score_row(const rml_board_input *in, const int32_t *pipeline, rml_board_row *row)
{
    const rml_splits *splits = &in->plan->splits;
    rml_resampled_interval interval;
    double share = 0.0, *scored = in->first;
    double apparent = 0.0, inner = 0.0;

    row->mean = row->low = row->high = row->apparent = row->inner = NAN;
    for (int32_t i = 0; i < splits->n; ++i) {
        const rml_split *split = &splits->split[i];
        const rml_nested_model *model = model_of(in, i, pipeline[i]);
        bool none, zero;

        row->score[i] = NAN;
        row->n_failed += model == NULL;
        if (!model && !row->why && !row->chosen)
            row->why = rml_sweep_reason(in->study, in->plan, in->results, i, pipeline[i]);
        if (!model) continue;
        none = kept_none(in, i, pipeline[i]);
        zero = !none && !row->control && rml_fitted_nonzero(&model->fitted) == 0;
        row->n_empty += none || zero;
        row->n_zero += zero;
        if (rml_board_metric(in->study, in->dataset, split, in->plan->y, in->plan->event, model->decision,
                             &row->score[i]) != RML_OK)
            return RML_ENOMEM;
        if (isnan(row->score[i])) continue; /* one class alone is held out: no metric, but its patients are pooled */
        scored[row->n_scored++] = row->score[i];
        share += (double)split->n_test / split->n_train;
        apparent += model->apparent;
        inner += model->mean[model->best];
    }
    row->constant = row->n_empty > 0 && row->n_empty + row->n_failed == splits->n;
    if (row->n_scored > 0) {
        row->apparent = apparent / row->n_scored;
        row->inner = inner / row->n_scored;
        if (rml_resampled_mean(scored, row->n_scored, share / row->n_scored, 0.95, &interval) != RML_EINVAL) {
            row->mean = interval.mean;
            row->low = interval.low;
            row->high = interval.high;
            cut_interval(in->study->inner.metric, row);
            if (row->constant) row->low = row->high = NAN; /* constants vary in nothing, which proves nothing */
        }
    }
    return RML_OK;
}

/* 3. How steady the selection is ----------------------------------------------------------------------------------- */

static rml_status find_stability(const rml_board_input *in, const int32_t *pipeline, double *stability)
{
    const int32_t n_splits = in->plan->splits.n, p = in->dataset->data.x.n_columns;
    int32_t n_runs = 0;
    rml_stability result;
    rml_status status;

    memset(in->kept, 0, (size_t)n_splits * (size_t)p);
    for (int32_t i = 0; i < n_splits; ++i) {
        const int32_t c = pipeline[i] < 0 ? -1 : pipeline[i] / in->study->n_models;
        const rml_nested *nested = c < 0 ? NULL : nested_of(in, i, c);

        if (!nested || nested->n_models == 0) continue;
        for (int32_t k = 0; k < (nested->n_steps > 0 ? nested->step[nested->n_steps - 1].n_out : p); ++k) {
            const int32_t j = rml_chain_column(&in->study->select[c].chain, nested->step, k);

            if (j >= 0) in->kept[(int64_t)n_runs * p + j] = 1;
        }
        ++n_runs;
    }
    status = rml_stability_nogueira(in->kept, n_runs, p, 0.95, &result);
    *stability = status == RML_OK ? result.stability : NAN;
    return status == RML_ENOMEM ? status : RML_OK;
}

/* 4. Beside the chosen one; what single designs allow -------------------------------------------------------------- */

bool rml_board_comparable(const rml_board *board, const rml_board_row *row, const rml_board_row *other)
{
    const rml_board_row *combined = rml_board_control(board, RML_CONTROL_COMBINED);

    return !row->constant && !other->constant && !(board->row[0].constant && (row == combined || other == combined));
}

/* Of one split there are fixed models on the same held-out patients: DeLong's paired test. NaN where it is not. */
static rml_status compare_fixed(const rml_board_input *in, const rml_board *board, const rml_board_row *other,
                                const rml_board_row *row, rml_resampled_interval *gain, double *p)
{
    const rml_split *split = &in->plan->splits.split[0];
    const rml_nested_model *first = model_of(in, 0, row->chosen ? board->chosen[0] : row->pipeline);
    const rml_nested_model *second = other ? model_of(in, 0, other->chosen ? board->chosen[0] : other->pipeline) : NULL;
    rml_roc_paired test;
    rml_status status;

    if (!first || !second) return RML_OK;
    for (int32_t t = 0; t < split->n_test; ++t) in->y[t] = in->plan->y[split->test[t]] > 0.5;
    status = rml_roc_paired_test(first->decision, second->decision, in->y, split->n_test, 0.95, &test);
    if (status == RML_OK) {
        *p = test.p;
        gain->mean = test.difference;
        gain->low = test.low;
        gain->high = test.high;
    }
    return status == RML_ENOMEM ? status : RML_OK;
}

/* Over the splits in which both have a metric; how much `row` has more, and p. other: NULL, there is none. */
static rml_status compare(const rml_board_input *in, const rml_board *board, const rml_board_row *other,
                          const rml_board_row *row, rml_resampled_interval *gain, double *p)
{
    const rml_splits *splits = &in->plan->splits;
    double share = 0.0;
    int32_t n = 0;
    rml_resampled_test test = {.difference = {.mean = NAN, .low = NAN, .high = NAN}};

    *p = NAN;
    if (other && !rml_board_comparable(board, row, other)) other = NULL;
    for (int32_t i = 0; other && other != row && i < splits->n; ++i) {
        if (isnan(row->score[i]) || isnan(other->score[i])) continue;
        in->first[n] = row->score[i];
        in->second[n++] = other->score[i];
        share += (double)splits->split[i].n_test / splits->split[i].n_train;
    }
    if (n > 0 && rml_resampled_compare(in->first, in->second, n, share / n, 0.95, &test) == RML_OK) *p = test.p;
    *gain = test.difference;
    if (splits->n == 1 && other != row && in->study->outcome == RML_OUTCOME_CLASS &&
        in->study->inner.metric == RML_METRIC_AUC) {
        *p = NAN;
        return compare_fixed(in, board, other, row, gain, p);
    }
    return RML_OK;
}

const rml_board_row *rml_board_control(const rml_board *board, const char *name)
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

/* Harrell's C-index of one model on other patients, by its infinitesimal jackknife, as R's concordance has it. */
static rml_status judge_times(const rml_board_input *in, const rml_nested_model *model, rml_board_row *row)
{
    const rml_split *split = &in->plan->splits.split[0];
    const rml_concordance_settings settings = rml_concordance_defaults();
    double *time = malloc(((size_t)split->n_test + 1) * sizeof *time);
    rml_concordance c = {.c = NAN, .se = NAN};
    rml_surv surv = {0};
    rml_status status = time ? RML_OK : RML_ENOMEM;

    for (int32_t t = 0; status == RML_OK && t < split->n_test; ++t) {
        time[t] = in->plan->y[split->test[t]];
        in->y[t] = in->plan->event[split->test[t]];
    }
    if (status == RML_OK) status = rml_surv_init(time, in->y, NULL, split->n_test, &surv);
    if (status == RML_OK) status = rml_concordance_measure(&surv, model->decision, &settings, &c);
    if (status == RML_OK) {
        const double half = rml_normal_quantile(0.975) * c.se;

        row->fixed_low = isnan(half) ? NAN : fmax(c.c - half, 0.0);
        row->fixed_high = isnan(half) ? NAN : fmin(c.c + half, 1.0);
    }
    rml_surv_free(&surv);
    free(time);
    return status == RML_ENOMEM ? status : RML_OK;
}

static rml_status judge_holdout(const rml_board_input *in, const rml_board *board, rml_board_row *row)
{
    const rml_split *split = &in->plan->splits.split[0];
    const rml_nested_model *model = model_of(in, 0, row->chosen ? board->chosen[0] : row->pipeline);
    rml_roc_interval interval;
    rml_status status;

    row->fixed_low = row->fixed_high = NAN;
    if (in->plan->splits.n != 1 || !model || row->constant) return RML_OK;
    if (in->study->outcome == RML_OUTCOME_TIME) return judge_times(in, model, row);
    if (in->study->outcome != RML_OUTCOME_CLASS) return RML_OK;
    for (int32_t t = 0; t < split->n_test; ++t) in->y[t] = in->plan->y[split->test[t]] > 0.5;
    status = rml_roc_delong(model->decision, in->y, split->n_test, 0.95, &interval);
    if (status == RML_OK) {
        row->fixed_low = interval.low;
        row->fixed_high = interval.high;
    }
    return status == RML_ENOMEM ? status : RML_OK;
}

/* 5. The board ----------------------------------------------------------------------------------------------------- */

/* Rows that have no mean come last, and what is equal goes by name, then by place: never by how qsort does it. */
static int by_mean(const void *a, const void *b)
{
    const rml_board_row *x = a, *y = b;

    if (x->chosen != y->chosen) return x->chosen ? -1 : 1;
    if (x->control != y->control) return x->control ? 1 : -1;
    if (isnan(x->mean) != isnan(y->mean)) return isnan(x->mean) ? 1 : -1;
    if (x->mean < y->mean || x->mean > y->mean) return x->mean > y->mean ? -1 : 1;
    return strcmp(x->name, y->name) != 0 ? strcmp(x->name, y->name) : x->pipeline - y->pipeline;
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
        if (isnan(in->results->permuted[p])) {
            ++n_better; /* a failed one counts as at least as good: p is never too small for it */
            continue;
        }
        ++n;
        sum += in->results->permuted[p];
        n_better += n_splits > 0 && in->results->permuted[p] >= observed / n_splits;
    }
    board->n_permuted = n_permutations;
    board->n_permuted_failed = n_permutations - n;
    if (n_permutations > 0 && n_splits > 0) board->observed = observed / n_splits;
    board->stuck = s->permute > 0 && n_permutations == 0;
    if (n == 0 || n_splits == 0) return;
    if (!row->constant) row->p = (n_better + 1.0) / (n_permutations + 1.0);
    board->chance = sum / n;
}

void rml_board_speakers(const rml_board *board, const rml_board_row *row, int32_t n_splits, int32_t *speaker)
{
    for (int32_t i = 0; i < n_splits; ++i) speaker[i] = row->chosen ? board->chosen[i] : row->pipeline;
}

static void name_row(const rml_board_input *in, int32_t r, rml_board_row *row)
{
    const rml_study *s = in->study;

    if (row->chosen)
        snprintf(row->name, sizeof row->name, "chosen");
    else if (row->control)
        snprintf(row->name, sizeof row->name, "%.70s",
                 in->plan->control->select[r - 1 - s->n_selects * s->n_models].name);
    else
        snprintf(row->name, sizeof row->name, "%.70s/%.70s", s->select[(r - 1) / s->n_models].name,
                 s->model[(r - 1) % s->n_models].name);
}

/* Who is chosen in every split, and on all patients. */
static rml_status fill_chosen(const rml_board_input *in, rml_board *board)
{
    const rml_study *s = in->study;
    const rml_nested **of = calloc((size_t)s->n_selects + 1, sizeof(const rml_nested *));

    if (!of) return RML_ENOMEM;
    for (int32_t i = 0; i < in->plan->splits.n; ++i) {
        for (int32_t c = 0; c < s->n_selects; ++c) of[c] = nested_of(in, i, c);
        board->chosen[i] = rml_board_choose(of, s->n_selects, s->n_models);
    }
    for (int32_t c = 0; c < s->n_selects; ++c) of[c] = &in->results->final[c];
    board->final = rml_board_choose(of, s->n_selects, s->n_models);
    free(of);
    return RML_OK;
}

static rml_status fill_row(const rml_board_input *in, rml_board *board, int32_t r, rml_pool *pool, rml_error *err)
{
    const int32_t n_splits = in->plan->splits.n, n_pipelines = in->study->n_selects * in->study->n_models;
    int32_t *speaker = board->chosen + n_splits; /* [n_splits] */
    rml_board_row *row = &board->row[r];
    rml_status status;

    *row = (rml_board_row){.chosen = r == 0,
                           .control = r > n_pipelines,
                           .pipeline = r - 1,
                           .p = NAN,
                           .stability = NAN,
                           .score = board->score + (int64_t)r * n_splits};
    name_row(in, r, row);
    rml_board_speakers(board, row, n_splits, speaker);
    status = score_row(in, speaker, row);
    if (status == RML_OK && !row->control) status = find_stability(in, speaker, &row->stability);
    if (status != RML_OK) return rml_fail(err, status, "no memory to score the leaderboard's row %s", row->name);
    if (r == 0) judge(in, board, row);
    status = rml_pool_average(pool, speaker, -1, row->measure, err);
    if (row->constant) row->measure[RML_MEASURE_HOSLEM_P] = row->measure[RML_MEASURE_VARIANCE] = NAN;
    return status;
}

/* What a row says beside others, when all have their scores. */
static rml_status compare_row(const rml_board_input *in, const rml_board *board, rml_board_row *row)
{
    rml_status status = compare(in, board, &board->row[0], row, &row->gain[0], &row->p_vs_chosen);

    if (status == RML_OK)
        status =
            compare(in, board, rml_board_control(board, RML_CONTROL_CLINICAL), row, &row->gain[1], &row->p_vs_clinical);
    if (status == RML_OK) status = judge_holdout(in, board, row);
    correct_bootstrap(in, board, row);
    return status;
}

static rml_status fill(const rml_board_input *in, rml_board *board, rml_pool *pool, rml_error *err)
{
    rml_status status = fill_chosen(in, board);

    if (status != RML_OK) return rml_fail(err, status, "no memory for the leaderboard");
    for (int32_t r = 0; status == RML_OK && r < board->n; ++r) status = fill_row(in, board, r, pool, err);
    for (int32_t r = 0; status == RML_OK && r < board->n; ++r) {
        status = compare_row(in, board, &board->row[r]);
        if (status != RML_OK)
            rml_fail(err, status, "no memory to compare the leaderboard's row %s", board->row[r].name);
    }
    if (status == RML_OK) qsort(board->row, (size_t)board->n, sizeof *board->row, by_mean);
    return status;
}

rml_status rml_board_make(const rml_study *study, const rml_dataset *dataset, const rml_sweep_plan *plan,
                          const rml_sweep_results *results, rml_board *board, rml_error *err)
{
    rml_board_input in = {study, dataset, plan, results, NULL, NULL, NULL, NULL};
    rml_board made = {.n = study->n_selects * study->n_models + 1 + plan->control->n, .n_splits = plan->splits.n};
    rml_pool pool;
    rml_status status = rml_pool_init(study, dataset, plan, results, &pool, err);

    made.row = calloc((size_t)made.n, sizeof *made.row);
    made.chosen = calloc(2 * (size_t)plan->splits.n + 1, sizeof *made.chosen);
    made.score = malloc(((size_t)made.n * (size_t)plan->splits.n + 1) * sizeof *made.score);
    if (status == RML_OK && (!made.row || !made.chosen || !made.score || input_init(&in) != RML_OK))
        status = rml_fail(err, RML_ENOMEM, "no memory for the leaderboard");
    if (status == RML_OK) status = fill(&in, &made, &pool, err);
    if (status == RML_OK)
        *board = made;
    else
        rml_board_free(&made);
    input_free(&in);
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
