#include "jobs/sweep_told.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/base/rng.h"
#include "kernels/learn/kinds.h"

enum { OWN_STEPS = 3 };
static const uint64_t TOLD_STREAM = (uint64_t)3 << 40; /* behind the streams of sweep_plan.c */

/* Folds of the patients of centres that count. who, code: [n]; key: room for [n] */
static rml_status make_splits(const rml_study *s, const rml_dataset *d, int32_t k, int32_t n, const int32_t *who,
                              const int32_t *code, uint64_t *key, rml_splits *splits)
{
    rml_status status;

    for (int32_t i = 0; i < n; ++i) key[i] = d->data.key[who[i]];
    status = rml_split_kfold(n, code, key, k, 1, s->seed, TOLD_STREAM, splits, NULL);
    for (int32_t f = 0; status == RML_OK && f < splits->n; ++f) {
        rml_split *split = &splits->split[f];

        for (int32_t i = 0; i < split->n_train; ++i) split->train[i] = who[split->train[i]];
        for (int32_t i = 0; i < split->n_test; ++i) split->test[i] = who[split->test[i]];
    }
    return status;
}

static rml_status take_centres(const rml_study *s, const rml_dataset *d, rml_sweep_told *told)
{
    const int32_t n_levels = d->data.n_levels[0], n_patients = d->data.n_patients;
    int32_t *count = calloc((size_t)n_levels + 1, sizeof *count), *place = calloc((size_t)n_levels + 1, sizeof *place);
    int32_t *who = calloc((size_t)n_patients + 1, sizeof *who), *code = calloc((size_t)n_patients + 1, sizeof *code);
    uint64_t *key = calloc((size_t)n_patients + 1, sizeof *key);
    int32_t n = 0, k = s->k;
    rml_status status = count && place && who && code && key ? RML_OK : RML_ENOMEM;

    for (int32_t p = 0; status == RML_OK && p < n_patients; ++p) ++count[d->data.factor[0][d->data.first_row[p]]];
    for (int32_t l = 0; status == RML_OK && l < n_levels; ++l) {
        if (count[l] < RML_TOLD_LEAST) continue;
        place[l] = told->n_centres++;
        if (count[l] < k) k = count[l];
    }
    for (int32_t p = 0; status == RML_OK && p < n_patients; ++p) {
        const int32_t l = d->data.factor[0][d->data.first_row[p]];

        if (count[l] < RML_TOLD_LEAST) continue;
        told->centre[p] = code[n] = place[l];
        who[n++] = p;
    }
    told->n_left_out = n_patients - n;
    if (status == RML_OK && told->n_centres > 1) status = make_splits(s, d, k, n, who, code, key, &told->splits);
    free(count);
    free(place);
    free(who);
    free(code);
    free(key);
    return status;
}

/* The preparation's first n steps, then what the centroids need. */
static void add_stage(const rml_study *s, const char *name, int32_t n, rml_step *step, rml_sweep_told *told)
{
    if (n > 0) memcpy(step, s->select[0].chain.step, (size_t)n * sizeof *step);
    step[n].kind = &rml_kind_shifted;
    step[n + 1].kind = &rml_kind_impute;
    step[n + 2].kind = &rml_kind_scale;
    rml_kind_defaults(&rml_kind_impute, step[n + 1].param);
    rml_kind_defaults(&rml_kind_scale, step[n + 2].param);
    told->select[told->n_stages++] = (rml_select){name, {n + OWN_STEPS, step}};
}

rml_sweep_told *rml_sweep_told_make(const rml_study *study, const rml_dataset *dataset)
{
    rml_sweep_told *told = calloc(1, sizeof *told);

    if (!told || !study->centre || !study->baselines) return told;
    told->centre = calloc((size_t)dataset->data.n_patients + 1, sizeof *told->centre);
    told->step = calloc((size_t)study->n_prepare + 2 * (size_t)OWN_STEPS, sizeof *told->step);
    if (!told->centre || !told->step || take_centres(study, dataset, told) != RML_OK) {
        rml_sweep_told_free(told);
        return NULL;
    }
    if (told->n_centres < 2) return told;
    rml_kind_defaults(&rml_kind_centroid, told->point[0]);
    told->model = (rml_model_grid){"centroid", &rml_kind_centroid, 1, told->point};
    add_stage(study, "centre told, as it is", 0, told->step, told);
    if (study->n_prepare > 0) add_stage(study, "centre told, prepared", study->n_prepare, told->step + OWN_STEPS, told);
    return told;
}

void rml_sweep_told_free(rml_sweep_told *told)
{
    if (!told) return;
    rml_splits_free(&told->splits);
    free(told->centre);
    free(told->step);
    free(told);
}

static rml_outcome_kind outcome_of(const rml_sweep_told *told)
{
    return told->n_centres == 2 ? RML_OUTCOME_CLASS : RML_OUTCOME_CLASSES;
}

void rml_sweep_told_run(const rml_study *study, const rml_dataset *dataset, const rml_sweep_told *told, int32_t stage,
                        int32_t fold, const volatile bool *cancel, rml_nested *nested, rml_error *why)
{
    const rml_inner none = {.metric = RML_METRIC_AUC};
    rml_data data = dataset->data;

    data.y = told->centre;
    data.outcome = outcome_of(told);
    data.n_classes = told->n_centres;
    rml_nested_run(&data, &told->splits.split[fold], &told->select[stage], 1, &told->model, 1, &none,
                   rml_rng_bits(study->seed, TOLD_STREAM, 1 + (uint64_t)fold), cancel, nested, why);
}

/* Minus distances become what the nearest other centroid is further away; of two classes the distances' difference
 * stays, which ranks alike for either. */
static void compare_distances(int32_t n_classes, int32_t n, double *decision)
{
    for (int32_t i = 0; i < n; ++i) {
        double least = INFINITY, second = INFINITY;
        int32_t nearest = 0;

        for (int32_t c = 0; c < n_classes; ++c) {
            const double distance = decision[(int64_t)c * n + i] * decision[(int64_t)c * n + i];

            if (distance < least) {
                second = least;
                least = distance;
                nearest = c;
            } else if (distance < second)
                second = distance;
            decision[(int64_t)c * n + i] = distance;
        }
        for (int32_t c = 0; c < n_classes; ++c)
            decision[(int64_t)c * n + i] = (c == nearest ? second : least) - decision[(int64_t)c * n + i];
    }
}

rml_status rml_sweep_told_auc(const rml_sweep_told *told, int32_t fold, rml_nested *nested, double *auc)
{
    const rml_split *split = &told->splits.split[fold];
    double *truth;
    rml_status status;

    *auc = NAN;
    if (nested->n_models == 0 || nested->model[0].status != RML_OK) return RML_OK;
    truth = malloc(((size_t)split->n_test + 1) * sizeof *truth);
    if (!truth) return RML_ENOMEM;
    if (told->n_centres > 2) compare_distances(told->n_centres, split->n_test, nested->model[0].decision);
    for (int32_t t = 0; t < split->n_test; ++t) truth[t] = told->centre[split->test[t]];
    status = rml_metric_of(RML_METRIC_AUC, outcome_of(told), told->n_centres, split->n_test, truth, NULL,
                           nested->model[0].decision, auc);
    free(truth);
    return status == RML_ENOMEM ? status : RML_OK;
}

bool rml_sweep_told_holds(const rml_sweep_told *told, int32_t fold, const rml_nested *nested)
{
    return nested->n_models == 1 && nested->n_test == told->splits.split[fold].n_test &&
           nested->n_scores == (told->n_centres > 2 ? told->n_centres : 1);
}
