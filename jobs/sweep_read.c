/* 1. One part
 * 2. A permutation
 * 3. All of them */
#include "jobs/sweep_read.h"

#include <math.h>
#include <stdlib.h>

#include "jobs/sweep_board.h"

typedef struct rml_found {
    const rml_study *study;
    const rml_dataset *dataset;
    const rml_sweep_plan *plan;
    const rml_journal *journal;
} rml_found;

/* 1. One part ------------------------------------------------------------------------------------------------------ */

/* Whether a result has the sizes that its task gives it: what is read from it later relies on them. Of a permuted part
 * the scores alone are recorded, with the steps and models that they came from empty. */
static bool is_of_task(const rml_found *x, const rml_sweep_task *task, const rml_nested *nested)
{
    const rml_study *s = x->study;
    const rml_split *split = rml_sweep_split(x->plan, task);
    const bool control = task->part == RML_SWEEP_CONTROL;
    const rml_model_grid *grid = control ? &x->plan->control->model : s->model;
    int32_t n_train = 0;

    if (task->part == RML_SWEEP_TOLD) return rml_sweep_told_holds(x->plan->told, task->split, nested);
    if (nested->n_test != split->n_test || nested->n_models != (control ? 1 : s->n_models) ||
        nested->n_scores != (s->outcome == RML_OUTCOME_CLASSES ? x->dataset->data.n_classes : 1) ||
        nested->n_steps != rml_sweep_select(s, x->plan, task)->chain.n)
        return false;
    for (int32_t m = 0; m < nested->n_models; ++m)
        if (nested->model[m].n_points != grid[m].n_points) return false;
    for (int32_t i = 0; i < split->n_train; ++i) n_train += i == 0 || split->train[i] != split->train[i - 1];
    return nested->n_train == 0 ? task->part == RML_SWEEP_PERMUTED || control || x->plan->control->combined < 0
                                : nested->n_train == n_train;
}

static rml_status read_part(const rml_found *x, int64_t task, rml_nested *nested, double *seconds, rml_error *why,
                            rml_error *err)
{
    rml_blob blob = {0};
    bool done = false;
    rml_status status = rml_journal_read(x->journal, x->plan->key[task], &done, &blob, err);
    rml_reader reader = rml_reader_of(blob.bytes, blob.n_bytes);

    *seconds = rml_read_f64(&reader);
    if (status == RML_OK && done) {
        const size_t n_left = reader.failed ? 0 : reader.n_left;

        status = rml_nested_unpack(rml_read_bytes(&reader, n_left), n_left, nested);
        if (status == RML_OK && !is_of_task(x, &x->plan->task[task], nested)) status = RML_EFORMAT;
        if (status != RML_OK) rml_fail(err, status, "the journal holds a result that cannot be read");
    } else if (status == RML_OK) {
        const int32_t code = rml_read_i32(&reader);

        rml_fail(why, code > 0 && code < RML_N_STATUS ? (rml_status)code : RML_EINVAL, "%s", rml_read_text(&reader));
    }
    rml_blob_free(&blob);
    return status;
}

/* 2. A permutation ------------------------------------------------------------------------------------------------- */

static rml_status permuted_metric(const rml_found *x, const rml_split *split, int32_t permutation,
                                  const rml_nested_model *model, double *metric)
{
    const int64_t first = (int64_t)permutation * x->dataset->data.n_patients;

    return rml_board_metric(x->study, x->dataset, split, x->plan->y + first,
                            x->plan->event ? x->plan->event + first : NULL, model->decision, metric);
}

/* A permutation's mean metric of what would have been chosen, over the splits that have one; NaN when a split has no
 * model. separation: of times, its held-out patients. */
static rml_status read_permutation(const rml_found *x, int64_t first_task, rml_sweep_results *results, double *metric,
                                   rml_separation *separation, rml_error *err)
{
    const int64_t n_patients = x->dataset->data.n_patients;

    const int32_t n_selects = x->study->n_selects;
    rml_nested *nested = calloc((size_t)n_selects + 1, sizeof *nested);
    const rml_nested **of = calloc((size_t)n_selects + 1, sizeof(const rml_nested *));
    rml_status status = nested && of ? RML_OK : rml_fail(err, RML_ENOMEM, "no memory for the permutations");
    double sum = 0.0;
    int32_t n = 0;

    for (int32_t i = 0; status == RML_OK && i < x->plan->splits.n; ++i) {
        const rml_split *split = &x->plan->splits.split[i];
        int32_t chosen;

        if (split->repeat >= x->study->permute_repeats) continue;
        for (int32_t c = 0; status == RML_OK && c < n_selects; ++c, ++first_task) {
            rml_error why = {0};

            rml_nested_free(&nested[c]);
            of[c] = &nested[c];
            status = read_part(x, first_task, &nested[c], &results->seconds[first_task], &why, err);
        }
        if (status != RML_OK) break;
        chosen = rml_board_choose(of, n_selects, x->study->n_models);
        if (chosen < 0)
            sum = NAN;
        else {
            double metric_of_split;
            const int32_t permutation = x->plan->task[first_task - 1].permutation;
            const rml_nested_model *model = &of[chosen / x->study->n_models]->model[chosen % x->study->n_models];

            if (x->plan->event)
                rml_separation_add(separation, split, x->plan->y + permutation * n_patients,
                                   x->plan->event + permutation * n_patients, model);
            status = permuted_metric(x, split, permutation, model, &metric_of_split);
            if (status != RML_OK) status = rml_fail(err, status, "no memory for the metric of a permutation");
            if (isnan(metric_of_split))
                continue; /* one class alone is held out, as the true outcome's row leaves out */
            sum += metric_of_split;
            ++n;
        }
    }
    *metric = sum / n; /* NaN of none */
    for (int32_t c = 0; nested && c < n_selects; ++c) rml_nested_free(&nested[c]);
    free(nested);
    free(of);
    return status;
}

/* The same for all of them, and, of times, how they separate the held-out patients. */
static rml_status read_permutations(const rml_found *x, int64_t first_task, rml_sweep_results *results, rml_error *err)
{
    const int32_t n_permutations = x->plan->n_permutations;
    rml_separation separation = {0};
    int64_t each = 0;
    rml_status status =
        rml_separation_init(x->plan->event ? x->study->permute_repeats : 0, x->dataset->data.n_patients, &separation);

    if (status != RML_OK) return rml_fail(err, status, "no memory for the permutations");
    for (int32_t i = 0; i < x->plan->splits.n; ++i)
        if (x->plan->splits.split[i].repeat < x->study->permute_repeats) each += x->study->n_selects;
    for (int32_t p = 0; p < n_permutations && status == RML_OK; ++p, first_task += each) {
        rml_separation_clear(&separation);
        status = read_permutation(x, first_task, results, &results->permuted[p], &separation, err);
        for (rml_cut_rule rule = 0; rule < RML_N_CUTS && status == RML_OK && x->plan->event; ++rule) {
            double *z = &results->separated[(int64_t)rule * n_permutations + p];

            status = rml_separation_mean(&separation, separation.n_repeats, rule, z);
            if (isnan(results->permuted[p])) *z = NAN;
            if (status != RML_OK) rml_fail(err, status, "no memory for the permutations");
        }
    }
    rml_separation_free(&separation);
    return status;
}

/* 3. All of them --------------------------------------------------------------------------------------------------- */

void rml_sweep_results_free(const rml_study *study, const rml_sweep_plan *plan, rml_sweep_results *results)
{
    const int64_t n = (int64_t)plan->splits.n * study->n_selects;
    const int64_t n_controls = ((int64_t)plan->splits.n + 1) * plan->control->n;

    for (int64_t i = 0; results->outer && i < n; ++i) rml_nested_free(&results->outer[i]);
    for (int32_t c = 0; results->final && c < study->n_selects; ++c) rml_nested_free(&results->final[c]);
    for (int64_t i = 0; results->control && i < n_controls; ++i) rml_nested_free(&results->control[i]);
    free(results->control);
    free(results->control_why);
    free(results->told_why);
    free(results->outer);
    free(results->final);
    free(results->why);
    free(results->final_why);
    free(results->permuted);
    free(results->separated);
    free(results->seconds);
    *results = (rml_sweep_results){0};
}

rml_status rml_sweep_results_read(const rml_study *study, const rml_dataset *dataset, const rml_sweep_plan *plan,
                                  const rml_journal *journal, rml_sweep_results *results, rml_error *err)
{
    const rml_found x = {study, dataset, plan, journal};
    const int32_t n_selects = study->n_selects;
    const int64_t n_outer = (int64_t)plan->splits.n * n_selects;
    const int64_t n_controls = ((int64_t)plan->splits.n + 1) * plan->control->n;
    const int32_t n_folds = plan->told->splits.n;
    const int64_t n_told = (int64_t)plan->told->n_stages * n_folds;
    rml_status status = RML_OK;

    results->outer = calloc((size_t)n_outer + 1, sizeof *results->outer);
    results->final = calloc((size_t)n_selects + 1, sizeof *results->final);
    results->why = calloc((size_t)n_outer + 1, sizeof *results->why);
    results->final_why = calloc((size_t)n_selects + 1, sizeof *results->final_why);
    results->permuted = malloc(((size_t)plan->n_permutations + 1) * sizeof *results->permuted);
    results->separated = malloc((RML_N_CUTS * (size_t)plan->n_permutations + 1) * sizeof *results->separated);
    results->control = calloc((size_t)n_controls + 1, sizeof *results->control);
    results->control_why = calloc((size_t)n_controls + 1, sizeof *results->control_why);
    results->told_why = calloc((size_t)n_told + 1, sizeof *results->told_why);
    results->seconds = malloc(((size_t)plan->n_tasks + 1) * sizeof *results->seconds);
    if (!results->outer || !results->final || !results->why || !results->final_why || !results->permuted ||
        !results->separated || !results->control || !results->control_why || !results->told_why || !results->seconds)
        return rml_fail(err, RML_ENOMEM, "no memory for the results");
    for (int64_t t = 0; t < n_outer && status == RML_OK; ++t)
        status = read_part(&x, t, &results->outer[t], &results->seconds[t], &results->why[t], err);
    for (int32_t c = 0; c < n_selects && status == RML_OK; ++c)
        status =
            read_part(&x, n_outer + c, &results->final[c], &results->seconds[n_outer + c], &results->final_why[c], err);
    if (status == RML_OK) status = read_permutations(&x, n_outer + n_selects, results, err);
    for (int64_t t = plan->first_control; t < plan->first_told && status == RML_OK; ++t) {
        const int64_t c = (int64_t)plan->task[t].split * plan->control->n + plan->task[t].select;

        status = read_part(&x, t, &results->control[c], &results->seconds[t], &results->control_why[c], err);
    }
    for (int64_t f = 0; f < n_told && status == RML_OK; ++f) {
        const int64_t t = plan->first_told + f;
        rml_nested nested = {0};

        status = read_part(&x, t, &nested, &results->seconds[t], &results->told_why[f], err);
        if (nested.n_models > 0 && nested.model[0].status != RML_OK)
            rml_fail(&results->told_why[f], nested.model[0].status, "%s", nested.model[0].why);
        if (status == RML_OK) {
            double auc;

            if (rml_sweep_told_auc(plan->told, (int32_t)(f % n_folds), &nested, &auc) != RML_OK)
                status = rml_fail(err, RML_ENOMEM, "no memory for how well a fold tells the centres");
            results->told[f / n_folds] += auc / n_folds;
        }
        rml_nested_free(&nested);
    }
    return status;
}
