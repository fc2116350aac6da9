/* 1. Results in memory
 * 2. A part: all selections fitted to some patients and applied to others
 * 3. The inner folds
 * 4. What they decide: the point, the threshold, the probability
 * 5. One split */
#include "kernels/learn/nested.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/learn/chains.h"
#include "kernels/models/platt.h"
#include "kernels/stats/roc.h"
#include "kernels/survival/cutpoint.h"

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

/* What all of one run share. */
typedef struct rml_run {
    const rml_data *data;
    const rml_select *select;
    int32_t n_selects;
    const rml_model_grid *models;
    int32_t n_models, n_scores;
    const rml_inner *inner;
    uint64_t seed;
    const volatile bool *cancel;
    rml_nested *nested;      /* [n_selects] */
    rml_error *why;          /* [n_selects] of those that have failed */
    const rml_chain **chain; /* [n_selects] */
} rml_run;

static bool cancelled(const rml_run *run)
{
    return run->cancel && *run->cancel;
}

/* Why all selections that have not failed yet cannot go on. */
static void fail_all(const rml_run *run, const rml_error *why)
{
    for (int32_t c = 0; c < run->n_selects; ++c)
        if (run->why[c].status == RML_OK) run->why[c] = *why;
}

/* 2. A part ------------------------------------------------------------------------------------------------------- */

typedef struct rml_part {
    const rml_run *run;
    const rml_split *split; /* in the data's own patients */
    double *decision;       /* room for what a model says of the larger side's rows */
    double *mean;           /* and of its patients */
    double *truth;          /* and for the held-out patients' outcomes, which the metric alone is given */
    uint8_t *events;        /* and of times */
    /* of an inner fold */
    const rml_split *fold;
    int32_t number;
    struct rml_inner_scores *in;
} rml_part;

/* Fits all selections to the training patients and applies them to the others, whose outcomes are not gathered at all;
 * then `fitted` has its turn with each. */
static void run_part(const rml_run *run, const rml_split *split, uint64_t seed,
                     void (*fitted)(void *part, int32_t select, const rml_sample *train, const rml_sample *test,
                                    const rml_fitted *step, rml_error *why),
                     rml_part *part)
{
    const rml_chains chains = {run->n_selects, run->chain, seed, fitted, part, run->cancel};
    rml_sample train = {0}, test = {0};
    rml_error err = {0};
    rml_status status = rml_sample_gather(run->data, split->train, split->n_train, true, &train);
    size_t n;

    part->run = run;
    part->split = split;
    if (status == RML_OK) status = rml_sample_gather(run->data, split->test, split->n_test, false, &test);
    if (status == RML_OK) {
        n = (size_t)(train.n_rows > test.n_rows ? train.n_rows : test.n_rows) + 1;
        part->decision = malloc(n * (size_t)run->n_scores * sizeof *part->decision);
        part->mean = malloc(n * (size_t)run->n_scores * sizeof *part->mean);
        part->truth = malloc(n * sizeof *part->truth);
        part->events = malloc(n);
        if (!part->decision || !part->mean || !part->truth || !part->events) status = RML_ENOMEM;
    }
    if (status == RML_OK)
        rml_chains_fit(&chains, &train, &test, run->why);
    else {
        rml_fail(&err, status, "no memory for %d patients", split->n_train + split->n_test);
        fail_all(run, &err);
    }
    rml_sample_free(&train);
    rml_sample_free(&test);
    free(part->decision);
    free(part->mean);
    free(part->truth);
    free(part->events);
}

/* What a fitted model says of each patient of a sample: the mean over its rows. mean: [n_scores * n_patients] */
static rml_status decide(const rml_run *run, const rml_kind *kind, const double *param, const rml_fitted *fitted,
                         const rml_sample *sample, const rml_part *part, double *mean)
{
    rml_status status = RML_OK;

    if (sample->n_rows == 0) return RML_OK;
    status = rml_model_decide(kind, fitted, param, &sample->x, part->decision);
    for (int32_t s = 0; status == RML_OK && s < run->n_scores; ++s)
        rml_sample_patient_mean(sample, part->decision + (int64_t)s * sample->n_rows,
                                mean + (int64_t)s * sample->n_patients);
    return status;
}

/* 3. The inner folds ---------------------------------------------------------------------------------------------- */

/* What the inner folds have said of one selection: for every model, point and patient of the training part. */
typedef struct rml_select_scores {
    double *score;    /* [n_points][n_splits] the metric */
    double *decision; /* [n_points][repeats][n_scores][n_patients]; NaN where not held out */
    rml_error first_failure;
} rml_select_scores;

typedef struct rml_inner_scores {
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
} rml_inner_scores;

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

/* Why a model is not there: its own sentence; else what the rows have that it cannot take; else the status. */
static const char *reason(const rml_error *own, rml_status status, const rml_kind *kind, const rml_sample *train,
                          const rml_sample *test)
{
    if (own->text[0]) return own->text;
    if (status == RML_EVALUE && !kind->takes_missing && (rml_sample_missing(train) || rml_sample_missing(test)))
        return "a value is missing or infinite; an impute step before it was expected";
    return rml_status_name(status);
}

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
    if (status == RML_OK) status = decide(run, kind, param, &fitted, test, part, part->mean);
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
        rml_fail(first_failure, status, "%s: %s", run->models[model].name, reason(&inner, status, kind, train, test));
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
            if (cancelled(run)) rml_fail(why, RML_ESTOPPED, "cancelled");
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
        run_part(run, &real, run->seed + 1 + (uint64_t)f, score_select, &part);
        free(real.train);
    }
    return RML_OK;
}

/* 4. What they decide --------------------------------------------------------------------------------------------- */

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

/* 5. One split ---------------------------------------------------------------------------------------------------- */

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

    if (status == RML_OK) status = decide(run, kind, param, &model->fitted, test, part, model->decision);
    if (status == RML_OK) status = decide(run, kind, param, &model->fitted, train, part, part->mean);
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
        snprintf(model->why, sizeof model->why, "%.250s", reason(&inner, status, kind, train, test));
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
        if (cancelled(run))
            rml_fail(why, RML_ESTOPPED, "cancelled");
        else if (nested->model[m].status == RML_OK && refit(part, m, train, test, &nested->model[m]) != RML_OK)
            rml_fail(why, RML_ENOMEM, "no memory for a model");
    }
}

static void tune(const rml_run *run, const rml_split *split)
{
    rml_inner_scores in = {0};
    rml_error err = {0};

    if (inner_init(run, split, run->seed, &in, &err) != RML_OK || run_inner(run, split, &in, &err) != RML_OK)
        fail_all(run, &err);
    for (int32_t c = 0; c < run->n_selects; ++c)
        if (run->why[c].status == RML_OK && conclude(run, &in, c) != RML_OK)
            rml_fail(&run->why[c], RML_ENOMEM, "no memory for the inner folds");
    inner_free(&in);
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
        fail_all(&run, &err);
    } else {
        if (inner->k > 0 || inner->given) tune(&run, split);
        run_part(&run, split, seed, refit_select, &outer);
    }
    for (int32_t c = 0; c < n_selects; ++c)
        if (why[c].status != RML_OK) rml_nested_free(&nested[c]);
    free(run.chain);
}
