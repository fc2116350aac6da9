/* 1. Memory
 * 2. Which columns are needed
 * 3. From a sweep's fit
 * 4. Names of columns
 * 5. What it says of rows */
#include "jobs/model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/model_trained.h"

/* 1. Memory -------------------------------------------------------------------------------------------------------- */

typedef struct rml_model_piece { /* a list; the piece's bytes follow */
    struct rml_model_piece *next;
    max_align_t bytes[];
} rml_model_piece;

void *rml_model_take(rml_model *model, size_t n, size_t size)
{
    rml_model_piece *piece = n < SIZE_MAX / 2 / (size + 1) ? calloc(1, sizeof *piece + (n + 1) * size) : NULL;

    if (!piece) return NULL;
    piece->next = model->memory;
    model->memory = piece;
    return piece->bytes;
}

const char *rml_model_text(rml_model *model, const char *text)
{
    char *copy = rml_model_take(model, strlen(text), 1);

    return copy ? strcpy(copy, text) : NULL;
}

void rml_model_free(rml_model *model)
{
    if (!model) return;
    for (int32_t s = 0; model->step && s < model->chain.n; ++s) rml_fitted_free(&model->step[s]);
    rml_fitted_free(&model->fitted);
    for (rml_model_piece *piece = model->memory, *next; piece; piece = next) {
        next = piece->next;
        free(piece);
    }
    *model = (rml_model){0};
}

/* 2. Which columns are needed -------------------------------------------------------------------------------------- */

typedef struct rml_needed {
    int32_t n_stages; /* stage s goes into step s, the last one into the model */
    int32_t *n;       /* [n_stages] */
    int32_t **column; /* [n_stages][n] places among the columns of the unpruned stage, in the pruned one's order */
} rml_needed;

static void needed_free(rml_needed *needed)
{
    for (int32_t s = 0; needed->column && s < needed->n_stages; ++s) free(needed->column[s]);
    free(needed->column);
    free(needed->n);
    *needed = (rml_needed){0};
}

/* A step that takes all of its columns and gives all: one that needs them, or one that changes all that such a step
 * gave it. (A step that merely chooses may choose less.) */
static bool step_rigid(const rml_chain *chain, const rml_fitted *step, int32_t s)
{
    if (s < 0) return false;
    return !step[s].kept || step[s].holds_rows || rml_kind_whole(chain->step[s].kind, chain->step[s].param) ||
           (chain->step[s].kind->apply && step_rigid(chain, step, s - 1));
}

/* Backwards from all that the model takes: a step that works column by column needs but those behind which somebody
 * stands, in their order; what follows a rigid step must take all that it gives. */
static rml_status find_needed(const rml_chain *chain, const rml_fitted *step, int32_t n_into_model, bool prune,
                              rml_needed *needed)
{
    const int32_t last = chain->n;

    *needed = (rml_needed){.n_stages = last + 1,
                           .n = calloc((size_t)last + 1, sizeof *needed->n),
                           .column = calloc((size_t)last + 1, sizeof *needed->column)};
    if (!needed->n || !needed->column) return RML_ENOMEM;
    for (int32_t s = last; s >= 0; --s) {
        const int32_t n_all = s < last ? step[s].n_in : n_into_model;
        const bool all = !prune || s == last || step_rigid(chain, step, s) || step_rigid(chain, step, s - 1);

        needed->n[s] = all ? n_all : needed->n[s + 1];
        needed->column[s] = malloc(((size_t)needed->n[s] + 1) * sizeof **needed->column);
        if (!needed->column[s]) return RML_ENOMEM;
        for (int32_t k = 0; k < needed->n[s]; ++k)
            needed->column[s][k] = all ? k : step[s].kept[needed->column[s + 1][k]];
    }
    return RML_OK;
}

/* A copy with some of the columns that came in and went out. */
static rml_status copy_fitted(const rml_fitted *from, const int32_t *in, int32_t n_in, const int32_t *out,
                              int32_t n_out, rml_fitted *to)
{
    bool identity = n_in == from->n_in; /* all columns come in as they were; else in the order of `out` */
    rml_status status = RML_OK;

    for (int32_t k = 0; k < n_in; ++k) identity &= in[k] == k;
    rml_fitted_init(to, from->kind, n_in, n_out);
    to->holds_rows = from->holds_rows;
    if (from->kept) {
        status = rml_fitted_keep(to, NULL);
        for (int32_t k = 0; status == RML_OK && k < n_out; ++k) to->kept[k] = identity ? from->kept[out[k]] : k;
    }
    for (int32_t a = 0; status == RML_OK && a < from->n_arrays; ++a) {
        const rml_array *array = &from->array[a];
        const bool of_in = array->by_column && array->n_columns == from->n_in;
        const bool of_out = array->by_column && !of_in && array->n_columns == from->n_out;
        const int32_t n = of_in ? n_in : of_out ? n_out : array->n_columns;
        double *value = rml_fitted_add(to, array->name, array->by_column, array->n_rows, n, NULL);

        if (!value) return RML_ENOMEM;
        for (int32_t r = 0; r < array->n_rows; ++r)
            for (int32_t k = 0; k < n; ++k)
                value[(int64_t)r * n + k] = array->value[(int64_t)r * array->n_columns + (of_in    ? in[k]
                                                                                          : of_out ? out[k]
                                                                                                   : k)];
    }
    return status;
}

/* 3. From a sweep's fit -------------------------------------------------------------------------------------------- */

static rml_dataset_texts copy_texts(rml_model *model, const rml_dataset_texts *from, bool *failed)
{
    rml_dataset_texts to = {.n = from->n, .text = rml_model_take(model, (size_t)from->n, sizeof *to.text)};

    *failed |= !to.text;
    for (int32_t i = 0; to.text && i < from->n; ++i) {
        to.text[i] = rml_model_text(model, from->text[i]);
        *failed |= !to.text[i];
    }
    return to;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static rml_status check_names(const rml_model *model, rml_error *err)
{
    const char **name = malloc(((size_t)model->n_features + 1) * sizeof *name);
    rml_status status = name ? RML_OK : RML_ENOMEM;

    for (int32_t k = 0; name && k < model->n_features; ++k) name[k] = model->feature[k].name;
    if (name) qsort(name, (size_t)model->n_features, sizeof *name, by_text);
    for (int32_t k = 1; status == RML_OK && k < model->n_features; ++k)
        if (strcmp(name[k], name[k - 1]) == 0)
            status = rml_fail(err, RML_EDUPLICATE, "the model needs two features of the name %s", name[k]);
    free(name);
    return status;
}

static rml_status take_features(rml_model *model, const rml_study *study, const rml_dataset *d, const int32_t *column,
                                int32_t n, rml_error *err)
{
    bool failed = false;

    model->n_features = n;
    model->feature = rml_model_take(model, (size_t)n, sizeof *model->feature);
    for (int32_t k = 0; model->feature && k < n; ++k) {
        const double *x = rml_column(&d->data.x, column[k]);
        const int32_t clinical = column[k] - (d->all.n_columns - d->n_clinical);
        rml_model_feature *f = &model->feature[k];
        double sum = 0.0;
        int32_t n_observed = 0;

        *f = (rml_model_feature){
            .name = rml_model_text(model, d->feature[column[k]]), .low = NAN, .high = NAN, .mean = NAN};
        failed |= !f->name;
        if (clinical >= 0) {
            f->column = rml_model_text(model, study->use.text[clinical]);
            f->text = copy_texts(model, &d->clinical_text[clinical], &failed);
            failed |= !f->column;
        }
        for (int32_t i = 0; i < d->data.n_rows; ++i) {
            if (isnan(x[i])) continue;
            if (n_observed == 0 || x[i] < f->low) f->low = x[i];
            if (n_observed == 0 || x[i] > f->high) f->high = x[i];
            sum += x[i];
            ++n_observed;
        }
        if (n_observed > 0) f->mean = sum / n_observed;
    }
    return !model->feature || failed ? RML_ENOMEM : check_names(model, err);
}

/* The place of one of the study's columns among the model's, which takes those alone that a step names. */
static int32_t factor_place(rml_model *model, const rml_study *study, const rml_dataset *d, int32_t f, bool *failed)
{
    rml_model_factor *factor = &model->factor[model->n_factors];

    for (int32_t g = 0; g < model->n_factors; ++g)
        if (model->factor[g].column && strcmp(model->factor[g].column, study->factor.text[f]) == 0) return g;
    factor->column = rml_model_text(model, study->factor.text[f]);
    factor->level = rml_model_take(model, (size_t)d->data.n_levels[f], sizeof *factor->level);
    *failed |= !factor->column || !factor->level;
    if (*failed) return 0;
    for (int32_t l = 0; l < d->data.n_levels[f]; ++l) {
        factor->level[l] = rml_model_text(model, d->level[f][l]);
        *failed |= !factor->level[l];
    }
    factor->n_levels = d->data.n_levels[f];
    return model->n_factors++;
}

static int32_t covariate_place(rml_model *model, const rml_study *study, const rml_dataset *d, int32_t c, bool *failed)
{
    rml_model_covariate *covariate = &model->covariate[model->n_covariates];

    for (int32_t g = 0; g < model->n_covariates; ++g)
        if (model->covariate[g].column && strcmp(model->covariate[g].column, study->covariate.text[c]) == 0) return g;
    covariate->column = rml_model_text(model, study->covariate.text[c]);
    covariate->text = copy_texts(model, &d->covariate_text[c], failed);
    *failed |= !covariate->column;
    return *failed ? 0 : model->n_covariates++;
}

int32_t rml_model_told(rml_model *model, const char *text)
{
    const char **grown;

    for (int32_t t = 0; t < model->n_told; ++t)
        if (strcmp(model->told[t], text) == 0) return t;
    grown = rml_model_take(model, (size_t)model->n_told + 1, sizeof *grown);
    if (!grown) return -1;
    for (int32_t t = 0; t < model->n_told; ++t) grown[t] = model->told[t];
    model->told = grown;
    model->told[model->n_told] = rml_model_text(model, text);
    return model->told[model->n_told] ? model->n_told++ : -1;
}

static int32_t told_place(rml_model *model, const rml_study *study, const rml_param *param, double value, bool *failed)
{
    char text[1024];
    int32_t place;

    rml_study_value(study, param, value, text, sizeof text);
    place = rml_model_told(model, text);
    *failed |= place < 0;
    return place;
}

static void take_params(rml_model *model, const rml_study *study, const rml_dataset *d, const rml_kind *kind,
                        const double *from, double *to, bool *failed)
{
    for (int32_t p = 0; p < kind->n_params && !*failed; ++p) {
        uint64_t bits = 0;

        to[p] = from[p];
        if (kind->param[p].type == RML_PARAM_FACTOR && from[p] >= 0)
            to[p] = factor_place(model, study, d, (int32_t)from[p], failed);
        if (kind->param[p].type == RML_PARAM_LEVEL && from[p] >= 0) to[p] = d->data.named[(int32_t)from[p]];
        if (kind->param[p].type == RML_PARAM_TABLE && from[p] >= 0)
            to[p] = told_place(model, study, &kind->param[p], from[p], failed);
        if (kind->param[p].type != RML_PARAM_COVARIATES) continue;
        for (int32_t c = 0; c < study->covariate.n; ++c)
            if ((uint64_t)from[p] >> c & 1) bits |= (uint64_t)1 << covariate_place(model, study, d, c, failed);
        to[p] = (double)bits;
    }
}

static rml_status take_steps(rml_model *model, const rml_study *study, const rml_dataset *d, int32_t select,
                             const rml_nested *fit, int32_t which, const rml_needed *needed)
{
    const rml_chain *chain = &study->select[select].chain;
    const rml_nested_model *chosen = &fit->model[which];
    const rml_model_grid *grid = &study->model[which];
    const int32_t last = chain->n;
    bool failed = false;
    rml_status status = RML_OK;

    model->factor = rml_model_take(model, (size_t)study->factor.n, sizeof *model->factor);
    model->covariate = rml_model_take(model, (size_t)study->covariate.n, sizeof *model->covariate);
    model->chain.step = rml_model_take(model, (size_t)last, sizeof *model->chain.step);
    model->step = rml_model_take(model, (size_t)last, sizeof *model->step);
    if (!model->factor || !model->covariate || !model->chain.step || !model->step) return RML_ENOMEM;
    for (int32_t s = 0; status == RML_OK && s < last && needed->n[0] > 0; ++s) { /* a constant needs no step */
        model->chain.step[s].kind = chain->step[s].kind;
        take_params(model, study, d, chain->step[s].kind, chain->step[s].param, model->chain.step[s].param, &failed);
        model->chain.n = s + 1;
        status = copy_fitted(&fit->step[s], needed->column[s], needed->n[s], needed->column[s + 1], needed->n[s + 1],
                             &model->step[s]);
    }
    model->kind = grid->kind;
    take_params(model, study, d, grid->kind, grid->point[chosen->best], model->param, &failed);
    if (status == RML_OK)
        status = copy_fitted(&chosen->fitted, needed->column[last], needed->n[last], (const int32_t[]){0}, 1,
                             &model->fitted);
    model->fitted.n_out = chosen->fitted.n_out;
    model->threshold = chosen->threshold;
    model->middle = chosen->middle;
    model->cut = chosen->cut;
    model->slope = chosen->slope;
    model->intercept = chosen->intercept;
    return status == RML_OK && failed ? RML_ENOMEM : status;
}

/* Which rows of its table the study took, and what it made of them. */
static void take_rows(rml_model *model, const rml_study *study, bool *failed)
{
    const char **by = rml_model_take(model, (size_t)study->pivot.n_by, sizeof *by);

    model->condition = rml_model_take(model, (size_t)study->n_rows, sizeof *model->condition);
    *failed |= !by || !model->condition;
    for (int32_t c = 0; !*failed && c < study->n_rows; ++c) {
        model->condition[c] =
            (rml_condition){rml_model_text(model, study->rows[c].column), rml_model_text(model, study->rows[c].value)};
        *failed |= !model->condition[c].column || !model->condition[c].value;
    }
    for (int32_t b = 0; !*failed && b < study->pivot.n_by; ++b) {
        by[b] = rml_model_text(model, study->pivot.by[b]);
        *failed |= !by[b];
    }
    if (*failed) return;
    model->n_conditions = study->n_rows;
    model->pivot = (rml_pivot){.n_by = study->pivot.n_by, .by = by, .relative = study->pivot.relative};
    if (!study->pivot.from) return;
    model->pivot.from = rml_model_text(model, study->pivot.from);
    model->pivot.to = rml_model_text(model, study->pivot.to);
    *failed |= !model->pivot.from || !model->pivot.to;
}

static rml_status take_words(rml_model *model, const rml_study *study, const rml_dataset *d, int32_t select,
                             int32_t which)
{
    char name[256];
    bool failed = false;
    const rml_dataset_texts classes = {d->data.n_classes, d->class_name};

    snprintf(name, sizeof name, "%.120s/%.120s", study->select[select].name, study->model[which].name);
    model->name = rml_model_text(model, name);
    model->parameters = rml_model_text(model, d->parameters);
    model->patient = rml_model_text(model, study->patient);
    model->outcome = study->outcome;
    model->outcome_column = rml_model_text(model, study->outcome_column);
    model->positive = rml_model_text(model, study->positive ? study->positive : "1");
    model->event_column = rml_model_text(model, study->event_column ? study->event_column : "");
    if (study->landmark) failed |= !(model->landmark = rml_model_text(model, study->landmark));
    if (study->outcome == RML_OUTCOME_CLASSES) {
        model->n_classes = classes.n;
        model->class_name = copy_texts(model, &classes, &failed).text;
    }
    model->rois = study->rois;
    take_rows(model, study, &failed);
    model->n_patients = d->data.n_patients;
    model->n_rows = d->data.n_rows;
    for (int32_t p = 0; study->outcome == RML_OUTCOME_CLASS && p < d->data.n_patients; ++p)
        model->n_positive += d->data.y[p] > 0.5;
    return failed || !model->name || !model->parameters || !model->patient || !model->outcome_column ||
                   !model->positive || !model->event_column
               ? RML_ENOMEM
               : RML_OK;
}

rml_status rml_model_make(const rml_study *study, const rml_dataset *dataset, int32_t select, const rml_nested *fit,
                          int32_t which, bool prune, rml_model *model, rml_error *err)
{
    const rml_chain *chain = &study->select[select].chain;
    const int32_t n_into_model = chain->n > 0 ? fit->step[chain->n - 1].n_out : dataset->data.x.n_columns;
    rml_model made = {0};
    rml_needed needed = {0};
    rml_status status = find_needed(chain, fit->step, n_into_model, prune, &needed);

    if (status == RML_OK) status = take_words(&made, study, dataset, select, which);
    if (status == RML_OK) status = take_features(&made, study, dataset, needed.column[0], needed.n[0], err);
    if (status == RML_OK) status = rml_model_trained_take(&made, &dataset->data, needed.column[0]);
    if (status == RML_OK) status = take_steps(&made, study, dataset, select, fit, which, &needed);
    if (status == RML_ENOMEM) rml_fail(err, status, "no memory for the model");
    if (status == RML_OK) {
        *model = made;
        made = (rml_model){0};
    }
    needed_free(&needed);
    rml_model_free(&made);
    return status;
}

/* 4. Names of columns ---------------------------------------------------------------------------------------------- */

const char **rml_model_names(const rml_model *model, int32_t s, int32_t *n, char **made)
{
    enum { EACH = 24 };
    int32_t room = model->n_features, n_made = 0;
    const char **name, **next;

    for (int32_t t = 0; t < s; ++t)
        if (model->step[t].n_out > room) room = model->step[t].n_out;
    name = malloc(((size_t)room + 1) * sizeof *name);
    next = malloc(((size_t)room + 1) * sizeof *next);
    *made = malloc(((size_t)room + 1) * EACH);
    *n = model->n_features;
    if (!name || !next || !*made) {
        free(name);
        free(next);
        free(*made);
        *made = NULL;
        return NULL;
    }
    for (int32_t j = 0; j < *n; ++j) name[j] = model->feature[j].name;
    for (int32_t t = 0; t < s; ++t) {
        const rml_fitted *step = &model->step[t];

        if (!step->kept) n_made = 0; /* what an earlier step made went into these */
        for (int32_t k = 0; k < step->n_out; ++k) {
            if (step->kept) {
                next[k] = name[step->kept[k]];
                continue;
            }
            next[k] = *made + (size_t)n_made * EACH;
            snprintf(*made + (size_t)n_made++ * EACH, EACH, "component_%d", k + 1);
        }
        *n = step->n_out;
        memcpy(name, next, (size_t)*n * sizeof *name);
    }
    free(next);
    return name;
}

/* 5. What it says of rows ------------------------------------------------------------------------------------------ */

bool rml_model_imputes(const rml_model *model)
{
    bool takes = model->kind->takes_missing;

    for (int32_t s = 0; s < model->chain.n; ++s) {
        if (strcmp(model->chain.step[s].kind->name, "impute") == 0) return true;
        takes &= model->step[s].kept != NULL; /* new columns (pca) are sums of all that came in */
    }
    return takes;
}

bool rml_model_holds_rows(const rml_model *model)
{
    bool holds = model->fitted.holds_rows;

    for (int32_t s = 0; s < model->chain.n; ++s) holds |= model->step[s].holds_rows;
    return holds;
}

int32_t rml_model_n_scores(const rml_model *model)
{
    return model->outcome == RML_OUTCOME_CLASSES ? model->n_classes : 1;
}

double rml_model_probability(const rml_model *model, double decision)
{
    return 1.0 / (1.0 + exp(-(model->slope * decision + model->intercept)));
}

/* Rows without a missing value: places in x, ascending. */
static int32_t list_complete(const rml_columns *x, bool takes_missing, int32_t *row)
{
    int32_t n = 0;

    for (int32_t i = 0; i < x->n_rows; ++i) {
        bool complete = true;

        for (int32_t j = 0; !takes_missing && j < x->n_columns && complete; ++j) complete = !isnan(rml_column(x, j)[i]);
        if (complete) row[n++] = i;
    }
    return n;
}

rml_status rml_model_apply(const rml_model *model, rml_sample *rows, double *decision, rml_error *err)
{
    const int32_t n = rows->n_rows, n_scores = rml_model_n_scores(model);
    rml_status status = rml_chain_apply(&model->chain, model->step, rows, err);
    int32_t *row = malloc(((size_t)n + 1) * sizeof *row), m;
    double *x = NULL, *said = NULL;

    for (int64_t i = 0; i < (int64_t)n * n_scores; ++i) decision[i] = NAN;
    if (status != RML_OK || n == 0) goto done;
    if (row) {
        x = malloc(((size_t)n * (size_t)rows->x.n_columns + 1) * sizeof *x);
        said = malloc(((size_t)n * (size_t)n_scores + 1) * sizeof *said);
    }
    if (!x || !said) {
        status = rml_fail(err, RML_ENOMEM, "no memory for the scores of %d rows", n);
        goto done;
    }
    m = list_complete(&rows->x, model->kind->takes_missing, row);
    for (int32_t j = 0; j < rows->x.n_columns; ++j)
        for (int32_t i = 0; i < m; ++i) x[(int64_t)j * m + i] = rml_column(&rows->x, j)[row[i]];
    if (m > 0)
        status = rml_model_decide(model->kind, &model->fitted, model->param, &(rml_columns){m, m, rows->x.n_columns, x},
                                  said);
    if (status != RML_OK)
        status = rml_fail(err, status, "%s: the arrays of the model do not fit together", model->kind->name);
    for (int32_t s = 0; status == RML_OK && s < n_scores; ++s)
        for (int32_t i = 0; i < m; ++i) decision[(int64_t)s * n + row[i]] = said[(int64_t)s * m + i];
done:
    free(row);
    free(x);
    free(said);
    return status;
}
