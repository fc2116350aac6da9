/* 1. The table: a row a patient
 * 2. The scores of a split
 * 3. One split
 * 4. All of them */
#include "jobs/sweep_combined.h"

#include <math.h>
#include <stdlib.h>

#include "jobs/sweep_board.h"

/* 1. The table: a row a patient ------------------------------------------------------------------------------------ */

typedef struct rml_combining {
    const rml_study *study;
    const rml_dataset *dataset;
    const rml_sweep_plan *plan;
    rml_sweep_results *results;
    rml_data data;
    int32_t *first_row; /* [n_patients + 1] */
    double *x;          /* [n_columns][n_patients] */
    double *score;      /* the last n_scores columns of x */
} rml_combining;

static void combining_free(rml_combining *c)
{
    free(c->first_row);
    free(c->x);
}

static rml_status combining_init(rml_combining *c)
{
    const rml_data *from = &c->dataset->data;
    const rml_sweep_controls *controls = c->plan->control;
    const int32_t n = from->n_patients, n_clinical = c->dataset->n_clinical;

    c->first_row = malloc(((size_t)n + 2) * sizeof *c->first_row);
    c->x = malloc(((size_t)n * (size_t)controls->n_columns + 1) * sizeof *c->x);
    if (!c->first_row || !c->x) return RML_ENOMEM;
    for (int32_t p = 0; p <= n; ++p) c->first_row[p] = p;
    for (int32_t u = 0; u < n_clinical; ++u) {
        const double *value = rml_column(&c->dataset->all, c->dataset->all.n_columns - n_clinical + u);

        for (int32_t p = 0; p < n; ++p) c->x[(int64_t)u * n + p] = value[from->first_row[p]];
    }
    c->score = c->x + (int64_t)n_clinical * n;
    c->data = (rml_data){.n_rows = n,
                         .n_patients = n,
                         .x = {n, n, controls->n_columns, c->x},
                         .first_row = c->first_row,
                         .key = from->key,
                         .outcome = from->outcome,
                         .n_classes = from->n_classes,
                         .y = c->plan->y,
                         .event = c->plan->event};
    return RML_OK;
}

/* 2. The scores of a split ----------------------------------------------------------------------------------------- */

/* The score columns of one patient, the t-th of n that a model has spoken of. decision: [scores of a model][n] */
static void put_score(rml_combining *c, int32_t patient, const double *decision, int32_t t, int32_t n)
{
    const int32_t n_scores = c->plan->control->n_scores, n_patients = c->data.n_patients;

    for (int32_t s = 0; s < n_scores; ++s)
        c->score[(int64_t)s * n_patients + patient] =
            c->data.outcome == RML_OUTCOME_CLASSES ? decision[(int64_t)(s + 1) * n + t] - decision[t] : decision[t];
}

static void put_training(rml_combining *c, const rml_split *split, const double *decision, int32_t n)
{
    for (int32_t i = 0, t = -1; i < split->n_train; ++i) {
        t += i == 0 || split->train[i] != split->train[i - 1]; /* copies once */
        put_score(c, split->train[i], decision, t, n);
    }
}

/* The pipeline that the rule of "chosen" takes in a split, or on all patients. NULL: none. of: work [n_selects] */
static const rml_nested *chosen_in(const rml_combining *c, int32_t split, const rml_nested **of,
                                   const rml_nested_model **model)
{
    const rml_study *s = c->study;
    int32_t pipeline;

    for (int32_t k = 0; k < s->n_selects; ++k)
        of[k] =
            split == c->plan->splits.n ? &c->results->final[k] : &c->results->outer[(int64_t)split * s->n_selects + k];
    pipeline = rml_board_choose(of, s->n_selects, s->n_models);
    if (pipeline < 0) return NULL;
    *model = &of[pipeline / s->n_models]->model[pipeline % s->n_models];
    return of[pipeline / s->n_models];
}

/* Whether every training patient has a score by inner folds; else who has none. */
static bool all_unseen(const rml_combining *c, const rml_split *split, int32_t *who)
{
    for (int32_t i = 0; i < split->n_train; ++i)
        for (int32_t s = 0; s < c->plan->control->n_scores; ++s)
            if (isnan(c->score[(int64_t)s * c->data.n_patients + split->train[i]])) {
                *who = split->train[i];
                return false;
            }
    return true;
}

/* 3. One split ----------------------------------------------------------------------------------------------------- */

/* The metric of the training patients as the table has them now. */
static rml_status apparent(const rml_combining *c, const rml_split *split, rml_nested *combined)
{
    const rml_sweep_controls *controls = c->plan->control;
    rml_sample train = {0};
    rml_error err = {0};
    rml_status status = rml_sample_gather(&c->data, split->train, split->n_train, true, &train);
    double *decision = malloc(((size_t)split->n_train * (size_t)combined->n_scores + 1) * sizeof *decision);
    double *truth = malloc(((size_t)split->n_train + 1) * sizeof *truth);
    uint8_t *event = malloc((size_t)split->n_train + 1);

    if (status == RML_OK && (!decision || !truth || !event)) status = RML_ENOMEM;
    if (status == RML_OK)
        status = rml_chain_apply(&controls->select[controls->combined].chain, combined->step, &train, &err);
    if (status == RML_OK)
        status = rml_model_decide(controls->model.kind, &combined->model[0].fitted, controls->model.point[0], &train.x,
                                  decision);
    for (int32_t i = 0; status == RML_OK && i < split->n_train; ++i) truth[i] = c->data.y[split->train[i]];
    for (int32_t i = 0; status == RML_OK && c->data.event && i < split->n_train; ++i)
        event[i] = c->data.event[split->train[i]];
    combined->model[0].apparent = NAN;
    if (status == RML_OK)
        status = rml_metric_of(c->study->inner.metric, c->data.outcome, c->data.n_classes, split->n_train, truth,
                               c->data.event ? event : NULL, decision, &combined->model[0].apparent);
    rml_sample_free(&train);
    free(decision);
    free(truth);
    free(event);
    return status == RML_ENOMEM ? status : RML_OK;
}

static rml_status combine_split(rml_combining *c, int32_t i, const rml_nested **of)
{
    const rml_sweep_controls *controls = c->plan->control;
    const bool all = i == c->plan->splits.n;
    const rml_split *split = all ? &c->plan->all.split[0] : &c->plan->splits.split[i];
    const int64_t at = (int64_t)i * controls->n + controls->combined;
    rml_nested *combined = &c->results->control[at];
    rml_error *why = &c->results->control_why[at];
    const rml_nested_model *model = NULL;
    const rml_nested *chosen = chosen_in(c, i, of, &model);
    rml_inner inner = c->study->inner;
    int32_t who;

    if (!chosen) {
        rml_fail(why, RML_EVALUE,
                 "no pipeline was chosen here, so there is no score to put beside the clinical columns");
        return RML_OK;
    }
    put_training(c, split, model->unseen, chosen->n_train);
    for (int32_t t = 0; t < split->n_test; ++t) put_score(c, split->test[t], model->decision, t, split->n_test);
    if (!all_unseen(c, split, &who)) {
        rml_fail(why, RML_EVALUE,
                 "no inner fold holds patient %s out, so there is no score of this training patient by others",
                 c->dataset->patient[who]);
        return RML_OK;
    }
    if (c->dataset->given && !all) inner.given = c->dataset->given[split->fold];
    rml_nested_run(&c->data, split, &controls->select[controls->combined], 1, &controls->model, 1, &inner,
                   rml_sweep_seed(c->study, all ? -1 : i), NULL, combined, why);
    if (why->status == RML_ENOMEM) return RML_ENOMEM;
    if (combined->n_models == 0 || combined->model[0].status != RML_OK) return RML_OK;
    put_training(c, split, model->own, chosen->n_train);
    return apparent(c, split, combined);
}

/* 4. All of them --------------------------------------------------------------------------------------------------- */

rml_status rml_sweep_combine(const rml_study *study, const rml_dataset *dataset, const rml_sweep_plan *plan,
                             rml_sweep_results *results, rml_error *err)
{
    rml_combining c = {study, dataset, plan, results, .x = NULL};
    const rml_nested **of = malloc(((size_t)study->n_selects + 1) * sizeof(const rml_nested *));
    rml_status status = of ? RML_OK : RML_ENOMEM;

    if (status == RML_OK && plan->control->combined >= 0) {
        status = combining_init(&c);
        for (int32_t i = 0; status == RML_OK && i <= plan->splits.n; ++i) status = combine_split(&c, i, of);
    }
    combining_free(&c);
    free(of);
    return status == RML_OK ? RML_OK : rml_fail(err, status, "no memory for clinical columns and scores together");
}
