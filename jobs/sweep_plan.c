/* 1. Splits
 * 2. Permuted outcomes
 * 3. Tasks, and groups of them
 * 4. One group */
#include "jobs/sweep_plan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/sweep_checks.h"
#include "kernels/base/rng.h"

/* Streams of random draws: outer folds from 0 on (a repeat each), inner folds and fits behind the second, permutations
 * behind the third. */
static const uint64_t INNER_STREAM = (uint64_t)1 << 40, PERMUTE_STREAM = (uint64_t)2 << 40;

/* 1. Splits ------------------------------------------------------------------------------------------------------- */

static rml_status kfold(const rml_study *s, const rml_dataset *d, const int32_t *class, rml_splits *splits,
                        rml_error *err)
{
    int32_t rare = 0;
    const rml_status status = rml_split_kfold(d->data.n_patients, class, s->shuffle ? d->data.key : NULL, s->k,
                                              s->repeats, s->seed, 0, splits, &rare);

    if (status == RML_EVALUE && class) {
        int32_t n = 0;

        for (int32_t p = 0; p < d->data.n_patients; ++p) n += class[p] == rare;
        return rml_fail(err, RML_ESETTING, "%s: split: class %s has %d patients, fewer than there are folds (%d)",
                        s->path, rml_sweep_class_name(s, d, rare), n, s->k);
    }
    if (status == RML_EINVAL)
        return rml_fail(err, RML_ESETTING, "%s: split: %d patients cannot be split into %d folds", s->path,
                        d->data.n_patients, s->k);
    return status == RML_OK ? RML_OK : rml_fail(err, status, "no memory for the splits");
}

static rml_status groups(const rml_study *s, const rml_dataset *d, rml_splits *splits, rml_error *err)
{
    const rml_status status = rml_split_groups(d->data.n_patients, d->group, d->n_groups, splits);

    if (status == RML_EVALUE)
        return rml_fail(err, RML_ESETTING,
                        "%s: split: holding out one value of %s leaves nobody to train on or to test", s->path,
                        s->split == RML_SPLIT_HOLDOUT ? s->centre : s->split_column);
    return status == RML_OK ? RML_OK : rml_fail(err, status, "no memory for the splits");
}

static rml_status make_splits(const rml_study *s, const rml_dataset *d, rml_splits *splits, rml_error *err)
{
    int32_t *class = malloc(((size_t)d->data.n_patients + 1) * sizeof *class);
    const int32_t *strata = NULL;
    rml_status status = RML_OK;

    if (!class) return rml_fail(err, RML_ENOMEM, "no memory for the splits");
    if (s->stratify) strata = rml_outcome_strata(s->outcome, d->data.n_patients, d->data.y, d->data.event, class);
    switch (s->split) {
    case RML_SPLIT_KFOLD: status = kfold(s, d, strata, splits, err); break;
    case RML_SPLIT_BOOTSTRAP:
        status = rml_split_bootstrap(d->data.n_patients, strata, d->data.key, s->draws, s->seed, 0, splits);
        if (status != RML_OK)
            status =
                rml_fail(err, status == RML_EVALUE ? RML_ESETTING : status,
                         "%s: split: too few patients for a bootstrap that leaves some of each class out", s->path);
        break;
    default: status = groups(s, d, splits, err);
    }
    free(class);
    return status;
}

void rml_sweep_split_name(const rml_study *study, const rml_dataset *dataset, const rml_split *split, char name[128])
{
    switch (study->split) {
    case RML_SPLIT_KFOLD: snprintf(name, 128, "repeat %d, fold %d", split->repeat + 1, split->fold + 1); return;
    case RML_SPLIT_BOOTSTRAP: snprintf(name, 128, "draw %d", split->repeat + 1); return;
    case RML_SPLIT_HOLDOUT: snprintf(name, 128, "hold-out"); return;
    default: snprintf(name, 128, "%s %.100s", study->split_column, dataset->group_name[split->fold]);
    }
}

/* 2. Permuted outcomes -------------------------------------------------------------------------------------------- */

/* Within each centre, so that what the centres' case mix explains is not destroyed; without centres, over all.
 * who: work [n_patients] */
static void permute(const rml_study *s, const rml_dataset *d, int32_t permutation, int32_t *who, double *y,
                    uint8_t *event)
{
    const int32_t n = d->data.n_patients;
    uint64_t draw = 0;

    memcpy(y, d->data.y, (size_t)n * sizeof *y);
    if (event) memcpy(event, d->data.event, (size_t)n);
    for (int32_t level = 0; level < (s->centre ? d->data.n_levels[0] : 1); ++level) {
        int32_t m = 0;

        for (int32_t p = 0; p < n; ++p)
            if (!s->centre || d->data.factor[0][d->data.first_row[p]] == level) who[m++] = p;
        for (int32_t i = m - 1; i > 0; --i) {
            const double u = rml_rng_uniform(s->seed, PERMUTE_STREAM + (uint64_t)permutation, draw++);
            const int32_t j = (int32_t)(u * (i + 1));
            const double swapped = y[who[i]];

            y[who[i]] = y[who[j]];
            y[who[j]] = swapped;
            if (event) {
                const uint8_t other = event[who[i]];

                event[who[i]] = event[who[j]];
                event[who[j]] = other;
            }
        }
    }
}

/* Whether a permutation can move an outcome: in some centre (without centres: at all) two patients have another one. */
static bool permutes(const rml_study *s, const rml_dataset *d)
{
    const rml_data *data = &d->data;

    for (int32_t level = 0; level < (s->centre ? data->n_levels[0] : 1); ++level) {
        double low = INFINITY, high = -INFINITY;
        bool events = false;

        for (int32_t p = 0; p < data->n_patients; ++p) {
            if (s->centre && data->factor[0][data->first_row[p]] != level) continue;
            low = fmin(low, data->y[p]);
            high = fmax(high, data->y[p]);
            events |= data->event && data->event[p];
        }
        if (low < high && (!data->event || events)) return true;
    }
    return false;
}

/* 3. Tasks, and groups of them
 * -------------------------------------------------------------------------------------------------------- */

const rml_select *rml_sweep_select(const rml_study *s, const rml_sweep_plan *plan, const rml_sweep_task *task)
{
    switch (task->part) {
    case RML_SWEEP_CONTROL: return &plan->control->select[task->select];
    case RML_SWEEP_TOLD: return &plan->told->select[task->select];
    default: return &s->select[task->select];
    }
}

const rml_split *rml_sweep_split(const rml_sweep_plan *plan, const rml_sweep_task *task)
{
    const bool all = task->part == RML_SWEEP_FINAL || task->split == plan->splits.n;

    if (task->part == RML_SWEEP_TOLD) return &plan->told->splits.split[task->split];
    return all ? &plan->all.split[0] : &plan->splits.split[task->split];
}

static void name_task(const rml_study *s, const rml_sweep_plan *plan, const rml_sweep_task *task, char text[512])
{
    const rml_split *split = rml_sweep_split(plan, task);

    snprintf(text, 512, "%s repeat %d fold %d select %s permutation %d%s", rml_sweep_part_name(task->part),
             split->repeat, split->fold, rml_sweep_select(s, plan, task)->name, task->permutation,
             task->part == RML_SWEEP_CONTROL && task->split == plan->splits.n ? " all" : "");
}

static void add_task(const rml_study *s, rml_sweep_plan *plan, rml_sweep_task task)
{
    const int64_t t = plan->n_tasks++;
    char text[512];

    name_task(s, plan, &task, text);
    plan->task[t] = task;
    plan->key[t] = rml_key_of(text, strlen(text));
}

/* How many selections of a split are computed together: all, unless that leaves so few groups that ranks have nothing
 * to do towards the end; then they are dealt evenly. Of the study alone: what a task is does not hang on who runs it.
 */
static int32_t selects_together(const rml_study *s, const rml_sweep_plan *plan)
{
    enum { ENOUGH = 32 };
    int64_t n = plan->splits.n + 1, parts;

    for (int32_t i = 0; i < plan->splits.n; ++i)
        if (plan->splits.split[i].repeat < s->permute_repeats) n += plan->n_permutations;
    parts = (ENOUGH + n - 1) / n;
    return (int32_t)((s->n_selects + parts - 1) / parts);
}

static bool same_group(const rml_sweep_task *a, const rml_sweep_task *b)
{
    return a->part != RML_SWEEP_TOLD && a->part == b->part && a->split == b->split && a->permutation == b->permutation;
}

/* By what the fits of a selection look at: every column in every training part, and the settings. Controls and told
 * centres have a plain model; the folds of the latter no inner ones. */
static double cost_of(const rml_study *s, const rml_dataset *d, const rml_sweep_plan *plan, const rml_sweep_task *task)
{
    const double n_rows = rml_sweep_split(plan, task)->n_train;
    int32_t n_points = 0;

    for (int32_t m = 0; m < s->n_models; ++m) n_points += s->model[m].n_points;
    switch (task->part) {
    case RML_SWEEP_CONTROL: return n_rows;
    case RML_SWEEP_TOLD: return n_rows * d->data.x.n_columns / (1 + s->inner.k * s->inner.repeats);
    default: return n_rows * (d->data.x.n_columns + n_points);
    }
}

int64_t rml_sweep_memory(const rml_study *s, int64_t n_rows, int64_t n_columns, int64_t n_selects)
{
    const int64_t table = (int64_t)sizeof(double) * n_columns * n_rows;
    int64_t longest = 0, pairs = 0;

    for (int32_t c = 0; c < s->n_selects; ++c) {
        if (s->select[c].chain.n - s->n_prepare > longest) longest = s->select[c].chain.n - s->n_prepare;
        for (int32_t i = 0; i < s->select[c].chain.n; ++i)
            if (s->select[c].chain.step[i].kind->pairs) pairs = (int64_t)sizeof(double) * n_columns * n_columns;
    }
    return (4 + (n_selects - 1 < longest ? n_selects - 1 : longest)) * table + pairs; /* kernels/learn/chains.h */
}

static void group_tasks(const rml_study *s, const rml_dataset *d, rml_sweep_plan *plan)
{
    const int32_t together = selects_together(s, plan);

    for (int64_t t = 0, n; t < plan->n_tasks; t += n) {
        const int64_t most = plan->task[t].part == RML_SWEEP_CONTROL ? plan->control->n_own : together;
        rml_farm_task *farm = &plan->farm[plan->n_groups];

        for (n = 1; t + n < plan->n_tasks && n < most && same_group(&plan->task[t], &plan->task[t + n]); ++n) continue;
        plan->first[plan->n_groups++] = t;
        *farm = (rml_farm_task){.n_units = (int32_t)n,
                                .keys = &plan->key[t],
                                .cost = (double)n * cost_of(s, d, plan, &plan->task[t]),
                                .memory_bytes = rml_sweep_memory(s, d->data.n_rows, d->data.x.n_columns, n)};
    }
    plan->first[plan->n_groups] = plan->n_tasks;
}

/* In the order in which tasks are named, grouped and read. */
static void add_tasks(const rml_study *s, rml_sweep_plan *plan)
{
    const int32_t n_splits = plan->splits.n;

    for (int32_t i = 0; i < n_splits; ++i)
        for (int32_t c = 0; c < s->n_selects; ++c) add_task(s, plan, (rml_sweep_task){RML_SWEEP_OUTER, i, c, 0});
    for (int32_t c = 0; c < s->n_selects; ++c) add_task(s, plan, (rml_sweep_task){RML_SWEEP_FINAL, 0, c, 0});
    for (int32_t p = 1; p <= plan->n_permutations; ++p)
        for (int32_t i = 0; i < n_splits; ++i)
            for (int32_t c = 0; c < s->n_selects && plan->splits.split[i].repeat < s->permute_repeats; ++c)
                add_task(s, plan, (rml_sweep_task){RML_SWEEP_PERMUTED, i, c, p});
    plan->first_control = plan->n_tasks;
    for (int32_t i = 0; i <= n_splits; ++i)
        for (int32_t c = 0; c < plan->control->n_own; ++c)
            add_task(s, plan, (rml_sweep_task){RML_SWEEP_CONTROL, i, c, 0});
    plan->first_told = plan->n_tasks;
    for (int32_t stage = 0; stage < plan->told->n_stages; ++stage)
        for (int32_t f = 0; f < plan->told->splits.n; ++f)
            add_task(s, plan, (rml_sweep_task){RML_SWEEP_TOLD, f, stage, 0});
}

/* The true outcomes, then the permuted ones. */
static rml_status make_outcomes(const rml_study *s, const rml_dataset *d, rml_sweep_plan *plan, rml_error *err)
{
    const size_t n = (size_t)d->data.n_patients;
    int32_t *who = malloc((n + 1) * sizeof *who);

    plan->n_permutations = permutes(s, d) ? s->permute : 0;
    plan->y = malloc((n * (size_t)(1 + plan->n_permutations) + 1) * sizeof *plan->y);
    if (d->data.event) plan->event = malloc(n * (size_t)(1 + plan->n_permutations) + 1);
    if (!who || !plan->y || (d->data.event && !plan->event)) {
        free(who);
        return rml_fail(err, RML_ENOMEM, "no memory for %d permuted outcomes", plan->n_permutations);
    }
    memcpy(plan->y, d->data.y, n * sizeof *plan->y);
    if (plan->event && d->data.event) memcpy(plan->event, d->data.event, n);
    for (int32_t p = 1; p <= plan->n_permutations; ++p)
        permute(s, d, p, who, plan->y + (size_t)p * n, plan->event ? plan->event + (size_t)p * n : NULL);
    free(who);
    return RML_OK;
}

static rml_status make_tasks(const rml_study *s, const rml_dataset *d, rml_sweep_plan *plan, rml_error *err)
{
    const int64_t n = ((int64_t)plan->splits.n * (1 + plan->n_permutations) + 1) * s->n_selects +
                      ((int64_t)plan->splits.n + 1) * plan->control->n_own +
                      (int64_t)plan->told->splits.n * plan->told->n_stages;

    plan->task = calloc((size_t)n + 1, sizeof *plan->task);
    plan->key = malloc((size_t)n * sizeof *plan->key);
    plan->first = malloc(((size_t)n + 1) * sizeof *plan->first);
    plan->farm = malloc((size_t)n * sizeof *plan->farm);
    if (!plan->task || !plan->key || !plan->first || !plan->farm)
        return rml_fail(err, RML_ENOMEM, "no memory for %lld tasks", (long long)n);
    add_tasks(s, plan);
    group_tasks(s, d, plan);
    return RML_OK;
}

rml_status rml_sweep_plan_make(const rml_study *s, const rml_dataset *d, rml_sweep_plan *plan, rml_error *err)
{
    rml_sweep_plan made = {0};
    rml_status status = make_splits(s, d, &made.splits, err);

    if (status == RML_OK) status = rml_sweep_check(s, d, &made.splits, err);
    if (status == RML_OK && rml_split_all(d->data.n_patients, &made.all) != RML_OK)
        status = rml_fail(err, RML_ENOMEM, "no memory for the splits");
    if (status == RML_OK) {
        made.control = rml_sweep_controls_make(s, d);
        made.told = rml_sweep_told_make(s, d);
        if (!made.control || !made.told) status = rml_fail(err, RML_ENOMEM, "no memory for the controls");
    }
    if (status == RML_OK) status = make_outcomes(s, d, &made, err);
    if (status == RML_OK) status = make_tasks(s, d, &made, err);
    if (status == RML_OK)
        *plan = made;
    else
        rml_sweep_plan_free(&made);
    return status;
}

void rml_sweep_plan_free(rml_sweep_plan *plan)
{
    if (!plan) return;
    rml_splits_free(&plan->splits);
    rml_splits_free(&plan->all);
    rml_sweep_controls_free(plan->control);
    rml_sweep_told_free(plan->told);
    free(plan->y);
    free(plan->event);
    free(plan->task);
    free(plan->key);
    free(plan->first);
    free(plan->farm);
    *plan = (rml_sweep_plan){0};
}

/* 4. One group ----------------------------------------------------------------------------------------------------- */

const char *rml_sweep_part_name(rml_sweep_part part)
{
    static const char *const names[] = {[RML_SWEEP_OUTER] = "outer",
                                        [RML_SWEEP_FINAL] = "final",
                                        [RML_SWEEP_PERMUTED] = "permuted",
                                        [RML_SWEEP_CONTROL] = "control",
                                        [RML_SWEEP_TOLD] = "told"};

    return names[part];
}

uint64_t rml_sweep_seed(const rml_study *study, int32_t split)
{
    return rml_rng_bits(study->seed, INNER_STREAM, (uint64_t)(split + 1));
}

void rml_sweep_compute(const rml_study *s, const rml_dataset *d, const rml_sweep_plan *plan, int64_t group,
                       const volatile bool *cancel, rml_nested *nested, rml_error *why)
{
    const rml_sweep_task *task = &plan->task[plan->first[group]];
    const int32_t n = plan->farm[group].n_units;
    const bool control = task->part == RML_SWEEP_CONTROL;
    const rml_split *split = rml_sweep_split(plan, task);
    const bool final = split == &plan->all.split[0];
    rml_data data = d->data;
    rml_inner inner = s->inner;

    if (task->part == RML_SWEEP_TOLD) {
        rml_sweep_told_run(s, d, plan->told, task->select, task->split, cancel, nested, why);
        return;
    }
    data.y = plan->y + (int64_t)task->permutation * d->data.n_patients;
    if (plan->event) data.event = plan->event + (int64_t)task->permutation * d->data.n_patients;
    if (control) { /* their steps ask for columns alone */
        data.x = d->all;
        data.n_raters = data.n_told = 0;
    }
    inner.keep = plan->control->combined >= 0 && (task->part == RML_SWEEP_OUTER || task->part == RML_SWEEP_FINAL);
    if (d->given && !final) inner.given = d->given[split->fold];
    /* Every selection of one split has the same inner folds; stratified, they hang on the permutation too. */
    rml_nested_run(&data, split, rml_sweep_select(s, plan, task), n, control ? &plan->control->model : s->model,
                   control ? 1 : s->n_models, &inner, rml_sweep_seed(s, final ? -1 : task->split), cancel, nested, why);
}
