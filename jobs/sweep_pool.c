/* 1. Which measures a study has
 * 2. Gathered
 * 3. Measured */
#include "jobs/sweep_pool.h"

#include <math.h>
#include <stdlib.h>

#include "kernels/stats/continuous.h"
#include "kernels/stats/multiclass.h"

/* 1. Which measures a study has ------------------------------------------------------------------------------------ */

const char *rml_measure_name(const rml_study *study, rml_measure measure)
{
    static const char *const of_two[RML_N_MEASURES] = {[RML_MEASURE_SENSITIVITY] = "sensitivity",
                                                       [RML_MEASURE_SPECIFICITY] = "specificity",
                                                       [RML_MEASURE_BALANCED_ACCURACY] = "balanced_accuracy",
                                                       [RML_MEASURE_ACCURACY] = "accuracy",
                                                       [RML_MEASURE_PPV] = "ppv",
                                                       [RML_MEASURE_NPV] = "npv",
                                                       [RML_MEASURE_F1] = "f1",
                                                       [RML_MEASURE_BRIER] = "brier",
                                                       [RML_MEASURE_LOG_LOSS] = "log_loss",
                                                       [RML_MEASURE_SLOPE] = "calibration_slope",
                                                       [RML_MEASURE_INTERCEPT] = "calibration_intercept",
                                                       [RML_MEASURE_IN_THE_LARGE] = "calibration_in_the_large",
                                                       [RML_MEASURE_HOSLEM] = "hosmer_lemeshow",
                                                       [RML_MEASURE_HOSLEM_P] = "hosmer_lemeshow_p"};
    static const char *const of_several[RML_N_MEASURES] = {[RML_MEASURE_BALANCED_ACCURACY] = "balanced_accuracy",
                                                           [RML_MEASURE_ACCURACY] = "accuracy",
                                                           [RML_MEASURE_LOG_LOSS] = "log_loss"};
    static const char *const of_number[RML_N_MEASURES] = {[RML_MEASURE_R2] = "r2_pooled",
                                                          [RML_MEASURE_SPEARMAN] = "spearman_pooled",
                                                          [RML_MEASURE_MAE] = "mean_absolute_error"};

    switch (study->outcome) {
    case RML_OUTCOME_TIME: return NULL; /* the metric says it all */
    case RML_OUTCOME_CLASS: return of_two[measure];
    case RML_OUTCOME_CLASSES: return of_several[measure];
    default: break;
    }
    if ((measure == RML_MEASURE_R2 && study->inner.metric == RML_METRIC_R2) ||
        (measure == RML_MEASURE_SPEARMAN && study->inner.metric == RML_METRIC_SPEARMAN))
        return NULL;
    return of_number[measure];
}

/* 2. Gathered ------------------------------------------------------------------------------------------------------ */

rml_status rml_pool_init(const rml_study *study, const rml_dataset *dataset, const rml_sweep_plan *plan,
                         const rml_sweep_results *results, rml_pool *pool, rml_error *err)
{
    const size_t n = (size_t)dataset->data.n_patients + 1;

    *pool = (rml_pool){.study = study, .dataset = dataset, .plan = plan, .results = results, .n_scores = 1};
    if (study->outcome == RML_OUTCOME_CLASSES) pool->n_scores = dataset->data.n_classes;
    for (int32_t i = 0; i < plan->splits.n; ++i)
        if (plan->splits.split[i].repeat >= pool->n_repeats) pool->n_repeats = plan->splits.split[i].repeat + 1;
    pool->patient = malloc(n * sizeof *pool->patient);
    pool->y = malloc(n);
    pool->event = malloc(n);
    pool->truth = malloc(n * sizeof *pool->truth);
    pool->decision = malloc(n * (size_t)pool->n_scores * sizeof *pool->decision);
    pool->probability = malloc(n * (size_t)pool->n_scores * sizeof *pool->probability);
    if (pool->patient && pool->y && pool->event && pool->truth && pool->decision && pool->probability) return RML_OK;
    rml_pool_free(pool);
    return rml_fail(err, RML_ENOMEM, "no memory for the held-out patients of a repeat");
}

void rml_pool_free(rml_pool *pool)
{
    if (!pool) return;
    free(pool->patient);
    free(pool->y);
    free(pool->event);
    free(pool->truth);
    free(pool->decision);
    free(pool->probability);
    *pool = (rml_pool){0};
}

static bool is_of(const rml_pool *pool, int32_t patient, int32_t centre)
{
    const rml_data *data = &pool->dataset->data;

    return centre < 0 || data->factor[0][data->first_row[patient]] == centre;
}

/* One patient held out in a split, into place `to` of n_room. */
static void take(rml_pool *pool, int32_t i, int32_t pipeline, const rml_nested_model *model, int32_t t, int32_t n_room)
{
    const rml_split *split = &pool->plan->splits.split[i];
    const int32_t to = pool->n++;
    const double y = pool->plan->y[split->test[t]], decision = model->decision[t];

    pool->patient[to] = split->test[t];
    pool->truth[to] = y;
    pool->y[to] = y > 0.5;
    pool->probability[to] = NAN; /* of times there is none: log hazards of several models have no common scale */
    if (pool->plan->event) pool->event[to] = pool->plan->event[split->test[t]];
    for (int32_t s = 0; s < pool->n_scores; ++s)
        pool->decision[(int64_t)s * n_room + to] = model->decision[(int64_t)s * split->n_test + t];
    if (pool->study->outcome == RML_OUTCOME_CLASSES)
        rml_model_probabilities(rml_sweep_kind(pool->study, pool->plan, pipeline), &model->fitted, pool->n_scores,
                                n_room, pool->decision + to, pool->probability + to);
    if (pool->study->outcome != RML_OUTCOME_CLASS) return;
    pool->probability[to] = rml_sweep_probability(model, decision);
    if (isnan(model->threshold)) return;
    if (pool->y[to])
        *(decision >= model->threshold ? &pool->counts.tp : &pool->counts.fn) += 1;
    else
        *(decision >= model->threshold ? &pool->counts.fp : &pool->counts.tn) += 1;
}

void rml_pool_gather(rml_pool *pool, const int32_t *speaker, int32_t repeat, int32_t centre)
{
    const rml_splits *splits = &pool->plan->splits;
    int32_t n_room = 0;

    const rml_kind *kind = NULL;

    pool->counts = (rml_confusion){0};
    pool->n = 0;
    pool->mixed = false;
    for (int pass = 0; pass < 2; ++pass) /* counted, then taken: a class' scores stand n_room apart */
        for (int32_t i = 0; i < splits->n; ++i) {
            const rml_split *split = &splits->split[i];
            const rml_nested_model *model =
                split->repeat == repeat ? rml_sweep_model(pool->study, pool->plan, pool->results, i, speaker[i]) : NULL;

            if (model) {
                const rml_kind *own = rml_sweep_kind(pool->study, pool->plan, speaker[i]);

                pool->mixed |= kind && own != kind && pool->study->outcome != RML_OUTCOME_VALUE;
                kind = own;
            }
            for (int32_t t = 0; model && t < split->n_test; ++t) {
                if (!is_of(pool, split->test[t], centre)) continue;
                if (pass == 0)
                    ++n_room;
                else
                    take(pool, i, speaker[i], model, t, n_room);
            }
        }
}

/* 3. Measured ------------------------------------------------------------------------------------------------------ */

/* What patients of several folds are ranked by: decisions, or, of models that have different ones, probabilities. */
static const double *ranked_by(const rml_pool *pool)
{
    return pool->mixed ? pool->probability : pool->decision;
}

/* centroid has no probabilities of several classes: beside another model nothing ranks its patients. */
static bool can_rank(const rml_pool *pool)
{
    const double *score = ranked_by(pool);
    bool good = pool->n > 0;

    for (int64_t i = 0; i < (int64_t)pool->n * pool->n_scores; ++i) good &= !isnan(score[i]);
    return good;
}

static rml_status measure_two(rml_pool *pool, double *value)
{
    const rml_validation *judged = &pool->judged;
    rml_status status =
        rml_validation_measure(ranked_by(pool), pool->probability, pool->y, pool->n, &pool->counts, &pool->judged);
    rml_confusion_rates rates;

    if (status != RML_OK) return status;
    rates = rml_confusion_rates_of(&pool->counts);
    value[RML_MEASURE_VARIANCE] = judged->auc.variance;
    value[RML_MEASURE_SENSITIVITY] = rates.sensitivity;
    value[RML_MEASURE_SPECIFICITY] = rates.specificity;
    value[RML_MEASURE_BALANCED_ACCURACY] = rates.balanced_accuracy;
    value[RML_MEASURE_ACCURACY] = rates.accuracy;
    value[RML_MEASURE_PPV] = rates.ppv;
    value[RML_MEASURE_NPV] = rates.npv;
    value[RML_MEASURE_F1] = rates.f1;
    value[RML_MEASURE_BRIER] = judged->calibration.brier;
    value[RML_MEASURE_SLOPE] = judged->calibration.slope;
    value[RML_MEASURE_INTERCEPT] = judged->calibration.intercept;
    value[RML_MEASURE_IN_THE_LARGE] = judged->calibration.in_the_large;
    value[RML_MEASURE_HOSLEM] = judged->hoslem.chisq;
    if (isfinite(judged->hoslem.chisq)) value[RML_MEASURE_HOSLEM_P] = judged->hoslem.p;
    value[RML_MEASURE_LOG_LOSS] = judged->log_loss;
    return RML_OK;
}

/* The class of the highest score, the first of equals. */
static int32_t called(const rml_pool *pool, int32_t i)
{
    int32_t best = 0;

    for (int32_t c = 1; c < pool->n_scores; ++c)
        if (pool->decision[(int64_t)c * pool->n + i] > pool->decision[(int64_t)best * pool->n + i]) best = c;
    return best;
}

static rml_status measure_several(const rml_pool *pool, double *value)
{
    int32_t *y = malloc((2 * (size_t)pool->n + 1) * sizeof *y), *call, n_right = 0;
    rml_status status;

    if (!y) return RML_ENOMEM;
    call = y + pool->n;
    for (int32_t i = 0; i < pool->n; ++i) {
        y[i] = (int32_t)pool->truth[i];
        call[i] = called(pool, i);
        n_right += y[i] == call[i];
    }
    if (pool->n > 0) value[RML_MEASURE_ACCURACY] = (double)n_right / pool->n;
    status =
        rml_multiclass_balanced_accuracy(call, y, pool->n, pool->n_scores, NULL, &value[RML_MEASURE_BALANCED_ACCURACY]);
    if (rml_multiclass_log_loss(pool->probability, y, pool->n, pool->n_scores, &value[RML_MEASURE_LOG_LOSS]) != RML_OK)
        value[RML_MEASURE_LOG_LOSS] = NAN;
    free(y);
    return status == RML_ENOMEM ? status : RML_OK;
}

static rml_status measure_number(const rml_pool *pool, double *value)
{
    rml_continuous score;
    const rml_status status = rml_continuous_score(pool->decision, pool->truth, pool->n, &score);

    value[RML_MEASURE_R2] = score.r2;
    value[RML_MEASURE_SPEARMAN] = score.spearman;
    value[RML_MEASURE_MAE] = score.mae;
    return status == RML_ENOMEM ? status : RML_OK;
}

rml_status rml_pool_measure(rml_pool *pool, double value[RML_N_MEASURES], rml_error *err)
{
    const rml_study *study = pool->study;
    rml_status status = RML_OK;

    for (int32_t m = 0; m < RML_N_MEASURES; ++m) value[m] = NAN;
    if (can_rank(pool))
        status = rml_metric_of(study->inner.metric, study->outcome, pool->dataset->data.n_classes, pool->n, pool->truth,
                               pool->plan->event ? pool->event : NULL, ranked_by(pool), &value[RML_MEASURE_METRIC]);
    if (status == RML_ENOMEM) return rml_fail(err, status, "no memory for the measures of held-out patients");
    switch (study->outcome) {
    case RML_OUTCOME_CLASS: status = measure_two(pool, value); break;
    case RML_OUTCOME_CLASSES: status = measure_several(pool, value); break;
    case RML_OUTCOME_TIME: status = RML_OK; break;
    default: status = measure_number(pool, value); break;
    }
    return status == RML_OK ? status : rml_fail(err, status, "no memory for the measures of held-out patients");
}

void rml_mean_add(double value, int32_t *n, double *mean)
{
    if (!isfinite(value)) return;
    *mean = *n == 0 ? value : *mean + (value - *mean) / (*n + 1);
    ++*n;
}

rml_status rml_pool_average(rml_pool *pool, const int32_t *speaker, int32_t centre, double value[RML_N_MEASURES],
                            rml_error *err)
{
    double of_repeat[RML_N_MEASURES];
    int32_t n[RML_N_MEASURES] = {0};
    rml_status status = RML_OK;

    for (int32_t m = 0; m < RML_N_MEASURES; ++m) value[m] = NAN;
    for (int32_t r = 0; status == RML_OK && r < pool->n_repeats; ++r) {
        rml_pool_gather(pool, speaker, r, centre);
        if (pool->n == 0) continue;
        status = rml_pool_measure(pool, of_repeat, err);
        for (int32_t m = 0; status == RML_OK && m < RML_N_MEASURES; ++m) rml_mean_add(of_repeat[m], &n[m], &value[m]);
    }
    return status;
}
