/* The inner folds of a split, and what they decide. */
#include "kernels/learn/nested_part.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernels/models/platt.h"
#include "kernels/stats/roc.h"
#include "kernels/survival/cutpoint.h"

/* 1. The folds, and room for what they say ------------------------------------------------------------------------ */

/* What the inner folds have said of one selection: for every model, point and patient of the training part. */
typedef struct rml_select_scores {
    double *score;    /* [n_points][n_splits] the metric */
    double *decision; /* [n_points][repeats][n_scores][n_patients]; NaN where not held out */
    rml_error first_failure;
} rml_select_scores;

struct rml_inner_scores {
    rml_splits splits;    /* of unique patients, as places in `patient` */
    int32_t n_patients;   /* unique */
    int32_t *patient;     /* [n_patients] */
    int32_t *first_copy;  /* [n_patients + 1] places of a patient's copies in the training part */
    double *y;            /* [n_patients] */
    uint8_t *event;       /* [n_patients] of times; else NULL */
    int64_t *first_point; /* [n_models] of all points in a row */
    int64_t n_points;
    int32_t n_repeats, n_selects;
    rml_select_scores *of; /* [n_selects] */
};

static void inner_free(rml_inner_scores *in)
{
    for (int32_t c = 0; in->of && c < in->n_selects; ++c) {
        free(in->of[c].score);
        free(in->of[c].decision);
    }
    free(in->of);
    rml_splits_free(&in->splits);
    free(in->patient);
    free(in->first_copy);
    free(in->y);
    free(in->event);
    free(in->first_point);
    *in = (rml_inner_scores){0};
}

static double *decisions_of(const rml_run *run, const rml_inner_scores *in, int32_t select, int64_t point,
                            int32_t repeat)
{
    return in->of[select].decision + (point * in->n_repeats + repeat) * run->n_scores * in->n_patients;
}

static rml_status list_patients(const rml_run *run, const rml_split *split, rml_inner_scores *in)
{
    in->patient = malloc(((size_t)split->n_train + 1) * sizeof *in->patient);
    in->first_copy = malloc(((size_t)split->n_train + 2) * sizeof *in->first_copy);
    in->y = malloc(((size_t)split->n_train + 1) * sizeof *in->y);
    if (run->data->event) in->event = malloc((size_t)split->n_train + 1);
    if (!in->patient || !in->first_copy || !in->y || (run->data->event && !in->event)) return RML_ENOMEM;
    for (int32_t i = 0; i < split->n_train; ++i)
        if (i == 0 || split->train[i] != split->train[i - 1]) {
            in->first_copy[in->n_patients] = i;
            in->y[in->n_patients] = run->data->y[split->train[i]];
            if (in->event) in->event[in->n_patients] = run->data->event[split->train[i]];
            in->patient[in->n_patients++] = split->train[i];
        }
    in->first_copy[in->n_patients] = split->n_train;
    return RML_OK;
}

/* Folds of the training part's patients: drawn from who they are, so that every selection gets the same. */
static rml_status draw_folds(const rml_run *run, rml_inner_scores *in, uint64_t seed, rml_error *err)
{
    const rml_inner *inner = run->inner;
    const int32_t n = in->n_patients;
    int32_t *code = malloc(((size_t)n + 1) * sizeof *code), rare = 0, n_folds = 0;
    const int32_t *class = NULL;
    uint64_t *key = malloc(((size_t)n + 1) * sizeof *key);
    rml_status status = code && key ? RML_OK : RML_ENOMEM;

    for (int32_t i = 0; status == RML_OK && i < n; ++i) key[i] = run->data->key[in->patient[i]];
    for (int32_t i = 0; status == RML_OK && inner->given && i < n; ++i) {
        code[i] = inner->given[in->patient[i]];
        if (code[i] >= n_folds) n_folds = code[i] + 1;
    }
    if (status == RML_OK && !inner->given && inner->stratify)
        class = rml_outcome_strata(run->data->outcome, n, in->y, in->event, code);
    if (status == RML_OK && inner->given)
        status = rml_split_groups(n, code, n_folds, &in->splits);
    else if (status == RML_OK)
        status = rml_split_kfold(n, class, inner->shuffle ? key : NULL, inner->k, inner->repeats, seed, 0, &in->splits,
                                 &rare);
    free(code);
    free(key);
    if (status == RML_EVALUE && !inner->given && run->data->outcome == RML_OUTCOME_TIME)
        return rml_fail(err, status,
                        "a training part has fewer patients %s the event than the inner split has folds (%d)",
                        rare ? "with" : "without", inner->k);
    if (status == RML_EVALUE && !inner->given)
        return rml_fail(err, status,
                        "a training part has fewer patients of class %d than the inner split has folds (%d)", rare,
                        inner->k);
    if (status == RML_EINVAL)
        return rml_fail(err, status, "%d training patients cannot be split into %d inner folds", n, inner->k);
    return status == RML_OK ? RML_OK : rml_fail(err, status, "the inner folds cannot be made from those given");
}

static rml_status inner_init(const rml_run *run, const rml_split *split, uint64_t seed, rml_inner_scores *in,
                             rml_error *err)
{
    rml_status status = list_patients(run, split, in);
    size_t n;

    if (status != RML_OK) return rml_fail(err, status, "no memory for the inner folds");
    status = draw_folds(run, in, seed, err);
    if (status != RML_OK) return status;
    in->n_repeats = run->inner->given ? 1 : run->inner->repeats;
    in->first_point = malloc(((size_t)run->n_models + 1) * sizeof *in->first_point);
    if (!in->first_point) return rml_fail(err, RML_ENOMEM, "no memory for the inner folds");
    for (int32_t m = 0; m < run->n_models; ++m) {
        in->first_point[m] = in->n_points;
        in->n_points += run->models[m].n_points;
    }
    n = (size_t)in->n_points * (size_t)in->n_repeats * (size_t)run->n_scores * (size_t)in->n_patients;
    in->n_selects = run->n_selects;
    in->of = calloc((size_t)run->n_selects + 1, sizeof *in->of);
    for (int32_t c = 0; in->of && c < run->n_selects; ++c) {
        rml_select_scores *of = &in->of[c];

        of->score = malloc(((size_t)in->n_points * (size_t)in->splits.n + 1) * sizeof *of->score);
        of->decision = malloc((n + 1) * sizeof *of->decision);
        if (!of->score || !of->decision) return rml_fail(err, RML_ENOMEM, "no memory for the inner folds");
        for (size_t i = 0; i < n; ++i) of->decision[i] = NAN;
    }
    if (!in->of) return rml_fail(err, RML_ENOMEM, "no memory for the inner folds");
    return RML_OK;
}

/* 2. Every point in every fold ------------------------------------------------------------------------------------ */

/* One point of one model with one selection in one inner fold. */
static void score_point(const rml_part *part, int32_t select, int32_t model, int32_t g, void *shared,
                        const rml_sample *train, const rml_sample *test)
{
    const rml_run *run = part->run;
    const rml_split *fold = part->fold;
    const rml_inner_scores *in = part->in;
    const rml_kind *kind = run->models[model].kind;
    const double *param = run->models[model].point[g];
    const int64_t point = in->first_point[model] + g;
    double *score = &in->of[select].score[point * in->splits.n + part->number], *y = part->truth;
    rml_error *first_failure = &in->of[select].first_failure;
    rml_fitted fitted = {0};
    rml_error inner = {0};
    rml_status status = rml_model_fit(kind, train, param, run->seed, shared, &fitted, &inner);

    *score = NAN;
    if (status == RML_OK) status = rml_part_decide(run, kind, param, &fitted, test, part, part->mean);
    if (status == RML_OK) {
        double *all = decisions_of(run, in, select, point, fold->repeat);

        for (int32_t i = 0; i < fold->n_test; ++i) {
            y[i] = in->y[fold->test[i]];
            if (in->event) part->events[i] = in->event[fold->test[i]];
            for (int32_t s = 0; s < run->n_scores; ++s)
                all[(int64_t)s * in->n_patients + fold->test[i]] = part->mean[(int64_t)s * fold->n_test + i];
        }
        status = rml_metric_of(run->inner->metric, run->data->outcome, run->data->n_classes, fold->n_test, y,
                               in->event ? part->events : NULL, part->mean, score);
        if (status != RML_ENOMEM) status = RML_OK; /* a fold may have no metric: of one class alone */
    }
    if (status != RML_OK && first_failure->status == RML_OK)
        rml_fail(first_failure, status, "%s: %s", run->models[model].name,
                 rml_part_reason(&inner, status, kind, train, test));
    rml_fitted_free(&fitted);
}

/* All points of all models with one selection in one inner fold, in their order. */
static void score_select(void *context, int32_t select, const rml_sample *train, const rml_sample *test,
                         const rml_fitted *step, rml_error *why)
{
    const rml_part *part = context;
    const rml_run *run = part->run;

    (void)step;
    for (int32_t m = 0; why->status == RML_OK && m < run->n_models; ++m) {
        const rml_kind *kind = run->models[m].kind;
        void *shared = NULL;

        if (kind->share && train->x.n_columns > 0 && run->models[m].n_points > 1 &&
            kind->share(train, &shared) != RML_OK)
            shared = NULL; /* whatever was in the way is in fit's way too, and gets its sentence there */
        for (int32_t g = 0; why->status == RML_OK && g < run->models[m].n_points; ++g) {
            score_point(part, select, m, g, shared, train, test);
            if (rml_run_cancelled(run)) rml_fail(why, RML_ESTOPPED, "cancelled");
        }
        if (shared) kind->unshare(shared);
    }
}

/* The fold in the data's own patients, copies of the training part together. */
static rml_status spell_out(const rml_split *outer, const rml_split *fold, const rml_inner_scores *in, rml_split *real)
{
    *real = (rml_split){.repeat = fold->repeat, .fold = fold->fold, .n_test = fold->n_test};
    real->train = malloc(((size_t)outer->n_train + (size_t)fold->n_test + 1) * sizeof *real->train);
    if (!real->train) return RML_ENOMEM;
    for (int32_t i = 0; i < fold->n_train; ++i)
        for (int32_t c = in->first_copy[fold->train[i]]; c < in->first_copy[fold->train[i] + 1]; ++c)
            real->train[real->n_train++] = outer->train[c];
    real->test = real->train + real->n_train;
    for (int32_t i = 0; i < fold->n_test; ++i) real->test[i] = in->patient[fold->test[i]];
    return RML_OK;
}

static rml_status run_inner(const rml_run *run, const rml_split *outer, rml_inner_scores *in, rml_error *err)
{
    for (int32_t f = 0; f < in->splits.n; ++f) {
        rml_part part = {.fold = &in->splits.split[f], .number = f, .in = in};
        rml_split real;
        const rml_status status = spell_out(outer, part.fold, in, &real);

        if (status != RML_OK) return rml_fail(err, status, "no memory for the inner folds");
        rml_run_part(run, &real, run->seed + 1 + (uint64_t)f, score_select, &part);
        free(real.train);
    }
    return RML_OK;
}

/* 3. What they decide: the point, the threshold, the probability, the cut ----------------------------------------- */

static void summarise(const rml_inner_scores *in, int32_t select, int64_t point, double *mean, double *se)
{
    const double *score = in->of[select].score + point * in->splits.n;
    const int32_t n = in->splits.n;
    double sum = 0.0, squares = 0.0;

    for (int32_t f = 0; f < n; ++f) sum += score[f];
    *mean = sum / n;
    for (int32_t f = 0; f < n; ++f) squares += (score[f] - *mean) * (score[f] - *mean);
    *se = n > 1 ? sqrt(squares / (n - 1) / n) : NAN;
}

/* The point: the first of the best means, or the first within a standard error of it. -1 when none has a mean. */
static int32_t choose(const rml_nested_model *model, rml_choose how)
{
    int32_t best = -1;

    for (int32_t g = 0; g < model->n_points; ++g)
        if (!isnan(model->mean[g]) && (best < 0 || model->mean[g] > model->mean[best])) best = g;
    if (best >= 0 && how == RML_CHOOSE_ONE_SE)
        for (int32_t g = 0; g < best; ++g)
            if (model->mean[g] >= model->mean[best] - model->se[best]) return g;
    return best;
}

/* A point's inner out-of-fold decisions: for each patient the mean over the repeats. mean: [n_scores][n_patients] */
static void average(const rml_run *run, const rml_inner_scores *in, int32_t select, int64_t point, double *mean)
{
    for (int64_t i = 0; i < (int64_t)run->n_scores * in->n_patients; ++i) {
        mean[i] = 0.0;
        for (int32_t r = 0; r < in->n_repeats; ++r)
            mean[i] += decisions_of(run, in, select, point, r)[i] / in->n_repeats;
    }
}

/* Threshold and probability from the chosen point's inner out-of-fold decisions. Where several thresholds are best, the
 * lowest one: it calls the most positive. */
static rml_status calibrate(const rml_run *run, const rml_inner_scores *in, int32_t select, int64_t point,
                            bool log_odds, rml_nested_model *model)
{
    const int32_t n = in->n_patients;
    double *mean = malloc(((size_t)n + 1) * sizeof *mean);
    uint8_t *y = malloc((size_t)n + 1);
    rml_roc_curve curve = {0};
    rml_platt platt;
    rml_status status = mean && y ? RML_OK : RML_ENOMEM;

    if (status == RML_OK) average(run, in, select, point, mean);
    for (int32_t i = 0; status == RML_OK && i < n; ++i) y[i] = in->y[i] > 0.5;
    if (status == RML_OK && rml_roc_curve_fit(mean, y, n, &curve) == RML_OK) {
        model->threshold = curve.threshold[curve.best[0]];
        rml_roc_curve_free(&curve);
    }
    if (log_odds) { /* the model has probabilities of its own */
        model->slope = 1.0;
        model->intercept = 0.0;
    } else if (status == RML_OK && rml_platt_fit(mean, y, NULL, n, &platt) == RML_OK) {
        model->slope = -platt.a;
        model->intercept = -platt.b;
    }
    free(mean);
    free(y);
    return status;
}

/* The cut of the chosen point's inner out-of-fold decisions; none where nobody has the event, or where not everybody
 * has a decision. */
static rml_status learn_cut(const rml_run *run, const rml_inner_scores *in, int32_t select, int64_t point,
                            rml_nested_model *model)
{
    double *mean = malloc(((size_t)in->n_patients + 1) * sizeof *mean);
    rml_cut best;
    rml_status status = mean ? RML_OK : RML_ENOMEM;

    if (status == RML_OK) {
        average(run, in, select, point, mean);
        status = rml_cutpoint_best(mean, in->y, in->event, in->n_patients, RML_NESTED_LEAST, &best);
        model->cut = best.cut;
    }
    free(mean);
    return status == RML_ENOMEM ? status : RML_OK;
}

/* Whether a decision is the log-odds of the patients as they are: balanced classes are other patients' odds. */
static bool says_odds(const rml_kind *kind, const double *param)
{
    const int32_t balanced = rml_kind_param(kind, "class_weight");

    return kind->log_odds && !(balanced >= 0 && param[balanced] > 0);
}

static rml_status conclude(const rml_run *run, const rml_inner_scores *in, int32_t select)
{
    const rml_error *first_failure = &in->of[select].first_failure;
    rml_nested *nested = &run->nested[select];
    rml_status status = RML_OK;

    for (int32_t m = 0; status == RML_OK && m < run->n_models; ++m) {
        rml_nested_model *model = &nested->model[m];

        for (int32_t g = 0; g < model->n_points; ++g)
            summarise(in, select, in->first_point[m] + g, &model->mean[g], &model->se[g]);
        model->best = choose(model, run->inner->choose);
        if (model->best < 0) {
            model->best = 0;
            model->status = first_failure->status == RML_OK ? RML_EVALUE : first_failure->status;
            snprintf(model->why, sizeof model->why, "no setting could be fitted in every inner fold: %.180s",
                     first_failure->text[0] ? first_failure->text : "no score");
            continue;
        }
        if (model->unseen) average(run, in, select, in->first_point[m] + model->best, model->unseen);
        if (run->data->outcome == RML_OUTCOME_CLASS)
            status = calibrate(run, in, select, in->first_point[m] + model->best,
                               says_odds(run->models[m].kind, run->models[m].point[model->best]), model);
        if (run->data->outcome == RML_OUTCOME_TIME)
            status = learn_cut(run, in, select, in->first_point[m] + model->best, model);
    }
    return status;
}

void rml_nested_tune(const rml_run *run, const rml_split *split)
{
    rml_inner_scores in = {0};
    rml_error err = {0};
    rml_status status = inner_init(run, split, run->seed, &in, &err);

    if (status == RML_OK) status = run_inner(run, split, &in, &err);
    if (status != RML_OK) rml_run_fail_all(run, &err);
    for (int32_t c = 0; status == RML_OK && c < run->n_selects; ++c)
        if (run->why[c].status == RML_OK && conclude(run, &in, c) != RML_OK)
            rml_fail(&run->why[c], RML_ENOMEM, "no memory for the inner folds");
    inner_free(&in);
}
