#include "jobs/model_scores.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/listing.h"
#include "jobs/model_trained.h"

static rml_status no_memory(rml_error *err)
{
    return rml_fail(err, RML_ENOMEM, "no memory for the scores");
}

/* Whether the patient has a value of any column of the model's: of the table's, or of the clinical ones. */
static bool measured(const rml_model *model, const rml_data *d, int32_t patient, bool clinical)
{
    for (int32_t k = 0; k < model->n_features; ++k) {
        const double *value = rml_column(&d->x, k);

        for (int32_t i = d->first_row[patient]; i < d->first_row[patient + 1]; ++i)
            if (clinical == (model->feature[k].column != NULL) && !isnan(value[i])) return true;
    }
    return false;
}

static bool has_own_features(const rml_model *model)
{
    bool has = false;

    for (int32_t k = 0; k < model->n_features; ++k) has |= model->feature[k].column == NULL;
    return has;
}

void rml_model_scores_print_lacking(const rml_model *model, const rml_model_rows *rows, const rml_model_scores *scores,
                                    const int32_t *patient, int32_t n_patients)
{
    int32_t n = 0, n_unmeasured = 0, n_clinical = 0;

    for (int32_t i = 0; i < (patient ? n_patients : scores->n); ++i) {
        const int32_t p = patient ? patient[i] : i;

        if (isnan(scores->decision[p]) || !*scores->missing[p]) continue;
        ++n;
        if (measured(model, &rows->data, p, false)) continue;
        if (measured(model, &rows->data, p, true))
            ++n_clinical;
        else
            ++n_unmeasured;
    }
    if (n == 0) return;
    printf("  %d scored although values are missing, which the model fills in or takes so (`missing` of score's CSV)",
           n);
    if (n_unmeasured > 0)
        printf("; of these without any measured feature: %d, whose score says nothing of the patient", n_unmeasured);
    if (n_clinical > 0 && has_own_features(model)) printf("; by clinical columns alone: %d", n_clinical);
    printf("\n");
}

void rml_model_scores_print_own(const rml_model *model, const rml_model_rows *rows, const rml_model_scores *scores)
{
    if (scores->n_own == 0) return;
    printf("  transductive (combat, unseen: own): ");
    for (int32_t o = 0; o < scores->n_own; ++o)
        printf("%s%s %s (%d row%s)", o > 0 ? ", " : "", model->factor[scores->own[o].factor].column,
               scores->own[o].level, scores->own[o].n_rows, scores->own[o].n_rows == 1 ? "" : "s");
    printf(" had no training row and %s adjusted by the rows of %s: these patients' scores hang on its other rows\n",
           scores->n_own == 1 ? "was" : "were each", rows->table);
}

void rml_model_scores_free(rml_model_scores *scores)
{
    if (!scores) return;
    rml_model_free(&scores->memory);
    *scores = (rml_model_scores){0};
}

/* "a; b": what a patient lacks; *covariate: a covariate is among it. NULL without memory. */
static const char *name_missing(const rml_model *model, const rml_model_rows *rows, int32_t patient, bool *covariate,
                                rml_model *memory)
{
    const rml_data *d = &rows->data;
    char *text = NULL;
    const char *kept;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    bool any = false;

    *covariate = false;
    for (int32_t k = 0; out && k < model->n_features + model->n_covariates; ++k) {
        const bool feature = k < model->n_features;
        const double *value = feature ? rml_column(&d->x, k) : d->covariate[k - model->n_features];
        bool missing = false;

        for (int32_t i = d->first_row[patient]; i < d->first_row[patient + 1]; ++i) missing |= isnan(value[i]);
        if (!missing) continue;
        fprintf(out, "%s%s", any ? "; " : "",
                feature ? model->feature[k].name : model->covariate[k - model->n_features].column);
        any = true;
        *covariate |= !feature;
    }
    if (!out || fclose(out) != 0) {
        free(text);
        return NULL;
    }
    kept = rml_model_text(memory, text);
    free(text);
    return kept;
}

static int32_t count_out_of_range(const rml_model *model, const rml_model_rows *rows, int32_t patient)
{
    int32_t n = 0;

    for (int32_t k = 0; k < model->n_features; ++k) {
        const double *value = rml_column(&rows->data.x, k);
        bool outside = false;

        for (int32_t i = rows->data.first_row[patient]; i < rows->data.first_row[patient + 1]; ++i)
            outside |= value[i] < model->feature[k].low || value[i] > model->feature[k].high;
        n += outside;
    }
    return n;
}

/* Patients of a centre that the model refuses, and what would take them: the model is fitted, its study is not. */
static rml_status refuse_unseen(const rml_model *model, const rml_model_rows *rows, const int32_t *patient, int32_t n,
                                const char *sentence, rml_error *err)
{
    rml_listing unseen = {0};

    for (int32_t p = 0; p < n; ++p) {
        const int32_t *first = &rows->data.first_row[patient[p]];
        bool new = false;

        for (int32_t f = 0; f < model->n_factors; ++f)
            for (int32_t i = first[0]; i < first[1]; ++i) new |= rows->data.factor[f][i] >= model->factor[f].n_levels;
        if (new) rml_listing_add(&unseen, rows->id[patient[p]], ", ");
    }
    return rml_fail(err, RML_ELABEL,
                    "%s: %s: patient%s %s; such rows are taken by a model that a sweep of its study makes with "
                    "\"unseen: pass\" or \"own\", not by this one",
                    rows->table, sentence, unseen.n == 1 ? "" : "s", unseen.text);
}

static bool by_own(const rml_step *step)
{
    const int32_t unseen = rml_kind_param(step->kind, "unseen");

    return unseen >= 0 && strcmp(step->kind->param[unseen].words[(int32_t)step->param[unseen]], "own") == 0;
}

/* Adds the batches without a training row that a step learns from the rows themselves. */
static rml_status list_own(const rml_model *model, const rml_sample *rows, int32_t s, rml_model_scores *scores)
{
    const int32_t f = (int32_t)model->chain.step[s].param[rml_kind_factor(model->chain.step[s].kind)];
    const rml_array *trained = rml_fitted_array(&model->step[s], "n_rows");
    rml_model_own *grown;

    if (f < 0) return RML_OK;
    grown = rml_model_take(&scores->memory, (size_t)scores->n_own + (size_t)rows->n_levels[f], sizeof *grown);
    if (!grown) return RML_ENOMEM;
    if (scores->n_own > 0) memcpy(grown, scores->own, (size_t)scores->n_own * sizeof *grown);
    scores->own = grown;
    for (int32_t l = 0; l < rows->n_levels[f]; ++l) {
        rml_model_own own = {rows->level[f][l], f, 0};
        bool listed = trained && l < trained->n_columns && trained->value[l] > 0;

        for (int32_t o = 0; o < scores->n_own; ++o) listed |= grown[o].factor == f && grown[o].level == own.level;
        for (int32_t i = 0; i < rows->n_rows; ++i) own.n_rows += rows->factor[f][i] == l;
        if (!listed && own.n_rows > 0) grown[scores->n_own++] = own;
    }
    return RML_OK;
}

/* patient: those that can be scored, [n]. */
static rml_status decide(const rml_model *model, const rml_model_rows *rows, const int32_t *patient, int32_t n,
                         rml_model_scores *scores, rml_error *err)
{
    const int32_t n_scores = scores->n_scores;
    rml_sample sample = {0};
    double *decision = NULL, *mean = NULL;
    rml_error inner = {0};
    rml_status status = rml_sample_gather(&rows->data, patient, n, false, &sample);

    if (status == RML_OK) {
        for (int32_t s = 0; s < model->chain.n && status == RML_OK; ++s)
            if (by_own(&model->chain.step[s])) status = list_own(model, &sample, s, scores);
        decision = malloc(((size_t)sample.n_rows * (size_t)n_scores + 1) * sizeof *decision);
        mean = malloc(((size_t)n + 1) * sizeof *mean);
    }
    if (status != RML_OK || !decision || !mean) {
        status = no_memory(err);
        goto done;
    }
    status = rml_model_apply(model, &sample, decision, &inner);
    if (status == RML_ELABEL)
        status = refuse_unseen(model, rows, patient, n, inner.text, err);
    else if (status != RML_OK)
        rml_fail(err, status, "%s: %s", rows->table, inner.text);
    for (int32_t s = 0; status == RML_OK && s < n_scores; ++s) {
        rml_sample_patient_mean(&sample, decision + (int64_t)s * sample.n_rows, mean);
        for (int32_t p = 0; p < n; ++p) scores->decision[(int64_t)s * scores->n + patient[p]] = mean[p];
    }
done:
    rml_sample_free(&sample);
    free(decision);
    free(mean);
    return status;
}

rml_status rml_model_score(const rml_model *model, const rml_model_rows *rows, rml_model_scores *scores, rml_error *err)
{
    const int32_t n = rows->data.n_patients;
    rml_model_scores made = {.n = n, .n_scores = rml_model_n_scores(model)};
    int32_t *patient = malloc(((size_t)n + 1) * sizeof *patient), m = 0;
    const bool imputes = rml_model_imputes(model);
    rml_status status = RML_OK;

    made.decision = rml_model_take(&made.memory, (size_t)n * (size_t)made.n_scores, sizeof *made.decision);
    made.n_out_of_range = rml_model_take(&made.memory, (size_t)n, sizeof *made.n_out_of_range);
    made.missing = rml_model_take(&made.memory, (size_t)n, sizeof *made.missing);
    made.trained = rml_model_take(&made.memory, (size_t)n, sizeof *made.trained);
    if (!patient || !made.decision || !made.n_out_of_range || !made.missing || !made.trained ||
        rml_model_trained_on(model, rows, made.trained) != RML_OK)
        status = no_memory(err);
    for (int32_t p = 0; status == RML_OK && p < n; ++p) {
        bool covariate;

        made.missing[p] = name_missing(model, rows, p, &covariate, &made.memory);
        if (!made.missing[p]) {
            status = no_memory(err);
            break;
        }
        made.n_out_of_range[p] = count_out_of_range(model, rows, p);
        if (!covariate && (imputes || !*made.missing[p])) patient[m++] = p;
        for (int32_t s = 0; s < made.n_scores; ++s) made.decision[(int64_t)s * n + p] = NAN;
    }
    if (status == RML_OK) status = decide(model, rows, patient, m, &made, err);
    if (status == RML_OK) {
        *scores = made;
        made = (rml_model_scores){0};
    }
    rml_model_scores_free(&made);
    free(patient);
    return status;
}
