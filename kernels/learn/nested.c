/* One split: the inner folds choose (kernels/learn/nested_inner.c), then all is fitted to the training part once more.
 */
#include "kernels/learn/nested.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernels/learn/nested_part.h"

/* 1. Results in memory -------------------------------------------------------------------------------------------- */

void rml_nested_free(rml_nested *nested)
{
    if (!nested) return;
    for (int32_t s = 0; nested->step && s < nested->n_steps; ++s) rml_fitted_free(&nested->step[s]);
    for (int32_t m = 0; nested->model && m < nested->n_models; ++m) {
        free(nested->model[m].mean);
        free(nested->model[m].se);
        free(nested->model[m].decision);
        free(nested->model[m].unseen);
        free(nested->model[m].own);
        rml_fitted_free(&nested->model[m].fitted);
    }
    free(nested->step);
    free(nested->model);
    *nested = (rml_nested){0};
}

static double *missing(size_t n)
{
    double *value = malloc((n + 1) * sizeof *value);

    for (size_t i = 0; value && i < n; ++i) value[i] = NAN;
    return value;
}

static rml_status allocate(rml_nested *nested, const rml_model_grid *models)
{
    const size_t n_scores = (size_t)nested->n_scores;

    nested->step = calloc((size_t)nested->n_steps + 1, sizeof *nested->step);
    nested->model = calloc((size_t)nested->n_models + 1, sizeof *nested->model);
    if (!nested->step || !nested->model) return RML_ENOMEM;
    for (int32_t m = 0; m < nested->n_models; ++m) {
        rml_nested_model *model = &nested->model[m];

        *model = (rml_nested_model){.threshold = NAN,
                                    .slope = NAN,
                                    .intercept = NAN,
                                    .middle = NAN,
                                    .cut = NAN,
                                    .apparent = NAN,
                                    .n_points = models ? models[m].n_points : 0};
        model->mean = missing((size_t)model->n_points);
        model->se = missing((size_t)model->n_points);
        model->decision = missing((size_t)nested->n_test * n_scores);
        if (!model->mean || !model->se || !model->decision) return RML_ENOMEM;
        if (nested->n_train == 0) continue;
        model->unseen = missing((size_t)nested->n_train * n_scores);
        model->own = missing((size_t)nested->n_train * n_scores);
        if (!model->unseen || !model->own) return RML_ENOMEM;
    }
    return RML_OK;
}

/* 2. All models at the points that were chosen --------------------------------------------------------------------- */

/* Training patients, copies once. */
static int32_t count_patients(const rml_split *split)
{
    int32_t n = 0;

    for (int32_t i = 0; i < split->n_train; ++i) n += i == 0 || split->train[i] != split->train[i - 1];
    return n;
}

/* mean: [n_scores][split->n_train] what the fit says of the training part's patients, copies too */
static void keep_own(const rml_run *run, const rml_split *split, const double *mean, double *own)
{
    const int32_t n = count_patients(split);

    for (int32_t s = 0; s < run->n_scores; ++s)
        for (int32_t i = 0, to = -1; i < split->n_train; ++i) {
            to += i == 0 || split->train[i] != split->train[i - 1];
            own[(int64_t)s * n + to] = mean[(int64_t)s * split->n_train + i];
        }
}

static int upwards(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The median over training patients, copies once. mean as above */
static rml_status find_middle(const rml_run *run, const rml_split *split, const double *mean, double *middle)
{
    const int32_t n = count_patients(split);
    double *sorted = malloc(((size_t)n + 1) * sizeof *sorted);

    if (!sorted) return RML_ENOMEM;
    keep_own(run, split, mean, sorted);
    qsort(sorted, (size_t)n, sizeof *sorted, upwards);
    if (n > 0) *middle = 0.5 * (sorted[(n - 1) / 2] + sorted[n / 2]);
    free(sorted);
    return RML_OK;
}

static rml_status refit(const rml_part *part, int32_t m, const rml_sample *train, const rml_sample *test,
                        rml_nested_model *model)
{
    const rml_run *run = part->run;
    const rml_kind *kind = run->models[m].kind;
    const double *param = run->models[m].point[model->best];
    rml_error inner = {0};
    rml_status status = rml_model_fit(kind, train, param, run->seed, NULL, &model->fitted, &inner);

    if (status == RML_OK) status = rml_part_decide(run, kind, param, &model->fitted, test, part, model->decision);
    if (status == RML_OK) status = rml_part_decide(run, kind, param, &model->fitted, train, part, part->mean);
    if (status == RML_OK) {
        for (int32_t i = 0; i < train->n_rows; ++i) {
            part->truth[train->patient[i]] = train->y[i];
            if (train->event) part->events[train->patient[i]] = train->event[i];
        }
        status = rml_metric_of(run->inner->metric, run->data->outcome, run->data->n_classes, train->n_patients,
                               part->truth, train->event ? part->events : NULL, part->mean, &model->apparent);
        if (status != RML_ENOMEM) status = RML_OK;
        if (model->own) keep_own(run, part->split, part->mean, model->own);
        if (status == RML_OK && run->data->outcome == RML_OUTCOME_TIME)
            status = find_middle(run, part->split, part->mean, &model->middle);
    }
    if (status == RML_ENOMEM) return status;
    if (status != RML_OK) {
        model->status = status;
        snprintf(model->why, sizeof model->why, "%.250s", rml_part_reason(&inner, status, kind, train, test));
    }
    return RML_OK;
}

/* All models with one selection, each at the point that the inner folds chose. */
static void refit_select(void *context, int32_t select, const rml_sample *train, const rml_sample *test,
                         const rml_fitted *step, rml_error *why)
{
    const rml_part *part = context;
    const rml_run *run = part->run;
    rml_nested *nested = &run->nested[select];

    for (int32_t s = 0; s < nested->n_steps; ++s)
        if (rml_fitted_copy(&step[s], &nested->step[s]) != RML_OK) {
            rml_fail(why, RML_ENOMEM, "no memory for the fitted steps");
            return;
        }
    for (int32_t m = 0; why->status == RML_OK && m < run->n_models; ++m) {
        if (rml_run_cancelled(run))
            rml_fail(why, RML_ESTOPPED, "cancelled");
        else if (nested->model[m].status == RML_OK && refit(part, m, train, test, &nested->model[m]) != RML_OK)
            rml_fail(why, RML_ENOMEM, "no memory for a model");
    }
}

void rml_nested_run(const rml_data *data, const rml_split *split, const rml_select *select, int32_t n_selects,
                    const rml_model_grid *models, int32_t n_models, const rml_inner *inner, uint64_t seed,
                    const volatile bool *cancel, rml_nested *nested, rml_error *why)
{
    const int32_t n_scores = data->outcome == RML_OUTCOME_CLASSES ? data->n_classes : 1;
    const rml_run run = {data,     select,   n_selects, models,
                         n_models, n_scores, inner,     seed,
                         cancel,   nested,   why,       calloc((size_t)n_selects + 1, sizeof(const rml_chain *))};
    rml_part outer = {0};
    bool allocated = run.chain != NULL;

    for (int32_t c = 0; c < n_selects; ++c) {
        why[c] = (rml_error){0};
        nested[c] = (rml_nested){
            .n_test = split->n_test, .n_scores = n_scores, .n_steps = select[c].chain.n, .n_models = n_models};
        if (inner->keep) nested[c].n_train = count_patients(split);
        if (run.chain) run.chain[c] = &select[c].chain;
        if (allocate(&nested[c], models) != RML_OK) allocated = false;
    }
    if (!allocated) {
        rml_error err = {0};

        rml_fail(&err, RML_ENOMEM, "no memory for the results of a fold");
        rml_run_fail_all(&run, &err);
    } else {
        if (inner->k > 0 || inner->given) rml_nested_tune(&run, split);
        rml_run_part(&run, split, seed, refit_select, &outer);
    }
    for (int32_t c = 0; c < n_selects; ++c)
        if (why[c].status != RML_OK) rml_nested_free(&nested[c]);
    free(run.chain);
}
