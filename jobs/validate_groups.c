/* Every measure of all patients, and of those of each centre, sex and age band.
 *
 * 1. Who is in which group
 * 2. Measured
 * 3. Features */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/validate_own.h"

const char *const rml_validate_kinds[RML_VALIDATE_KINDS] = {"all", "centre", "sex", "age"};
static const char *const age_bands[] = {"below 50", "50 to 65", "above 65", "not known"};
static const char *const unknown = "not known";
enum { AGE = 3, BANDS = 4 };

static rml_status no_memory(rml_error *err)
{
    return rml_fail(err, RML_ENOMEM, "no memory for the validation");
}

/* 1. Who is in which group ----------------------------------------------------------------------------------------- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Which group of its kind a patient is in. RML_ESETTING: the age is no number. */
static rml_status group_of(const rml_validating *x, const rml_validated *v, int32_t kind, const rml_rows_place *place,
                           int32_t patient, const char **value, rml_error *err)
{
    double age;

    *value = rml_model_rows_cell(&v->rows, patient, place);
    if (rml_text_missing(*value)) {
        *value = unknown;
        return RML_OK;
    }
    if (kind != AGE) return RML_OK;
    if (!rml_text_number(*value, &age))
        return rml_fail(err, RML_ESETTING, "%s: %s of patient %s is \"%s\", a number was expected",
                        place->clinical ? v->rows.clinical_path : v->rows.table, x->by[kind], v->rows.id[patient],
                        *value);
    *value = age_bands[age < 50 ? 0 : age <= 65 ? 1 : 2];
    return RML_OK;
}

/* 2. Measured ------------------------------------------------------------------------------------------------------ */

typedef struct rml_part { /* a group's patients */
    int64_t n;
    double *decision, *probability, *truth; /* scores: [n_scores][n] */
    uint8_t *y, *event;
    int32_t *code;
} rml_part;

static void part_free(rml_part *part)
{
    free(part->decision);
    free(part->probability);
    free(part->truth);
    free(part->y);
    free(part->event);
    free(part->code);
}

/* Those whose value of a kind it is (NULL: all). of: [v->n] */
static rml_status part_take(const rml_validated *v, const char *const *of, const char *value, rml_part *part)
{
    const size_t room = (size_t)v->n + 1, n_scores = (size_t)v->scores.n_scores;
    int64_t to = 0;

    *part = (rml_part){.decision = malloc(room * n_scores * sizeof *part->decision),
                       .probability = malloc(room * n_scores * sizeof *part->probability),
                       .truth = malloc(room * sizeof *part->truth),
                       .y = malloc(room),
                       .event = malloc(room),
                       .code = malloc(room * sizeof *part->code)};
    if (!part->decision || !part->probability || !part->truth || !part->y || !part->event || !part->code)
        return RML_ENOMEM;
    for (int32_t i = 0; i < v->n; ++i) part->n += !value || strcmp(of[i], value) == 0;
    for (int32_t i = 0; i < v->n; ++i) {
        if (value && strcmp(of[i], value) != 0) continue;
        part->truth[to] = v->truth[i];
        part->y[to] = v->y[i];
        part->event[to] = v->event[i];
        part->code[to] = v->code[i];
        for (int32_t s = 0; s < v->scores.n_scores; ++s) {
            part->decision[s * part->n + to] = v->decision[(int64_t)s * v->n + i];
            part->probability[s * part->n + to] = v->probability[(int64_t)s * v->n + i];
        }
        ++to;
    }
    return RML_OK;
}

static int64_t count_trained(const rml_validated *v, const char *const *of, const char *value)
{
    int64_t n = 0;

    for (int32_t i = 0; i < v->n; ++i) n += v->scores.trained[v->patient[i]] && (!value || strcmp(of[i], value) == 0);
    return n;
}

static rml_status measure_part(const rml_validated *v, const rml_part *part, rml_group *group)
{
    const rml_model *model = &v->model;
    const double cut[RML_VALIDATION_CUTS] = {model->middle, model->cut};
    rml_confusion counts = {0};

    switch (model->outcome) {
    case RML_OUTCOME_CLASS:
        if (rml_confusion_count(part->decision, part->y, part->n, model->threshold, &counts) != RML_OK)
            counts = (rml_confusion){0}; /* no threshold, or nobody: no call */
        return rml_validation_measure(part->decision, part->probability, part->y, part->n, &counts, &group->two);
    case RML_OUTCOME_CLASSES:
        return rml_validation_measure_classes(part->decision, part->probability, part->code, part->n, model->n_classes,
                                              &group->classes);
    case RML_OUTCOME_TIME:
        return rml_validation_measure_time(&model->fitted, part->decision, part->truth, part->event, part->n, v->time,
                                           v->n_times, cut, &group->time);
    default: return rml_validation_measure_number(part->decision, part->truth, part->n, &group->number);
    }
}

static rml_status measure(rml_validated *v, int32_t kind, const char *const *of, const char *value, rml_error *err)
{
    rml_group *grown = realloc(v->group, ((size_t)v->n_groups + 1) * sizeof *grown);
    rml_part part = {0};
    rml_status status = RML_ENOMEM;

    if (grown) {
        v->group = grown;
        status = part_take(v, of, value, &part);
        grown[v->n_groups] =
            (rml_group){.kind = kind, .value = value, .n = part.n, .n_trained = count_trained(v, of, value)};
        if (status == RML_OK) status = measure_part(v, &part, &grown[v->n_groups]);
        v->n_groups += status == RML_OK;
    }
    part_free(&part);
    return status == RML_OK ? RML_OK : no_memory(err);
}

static rml_status measure_kind(const rml_validating *x, rml_validated *v, int32_t kind, rml_error *err)
{
    const char **of = malloc(((size_t)v->n + 1) * sizeof *of), **sorted = malloc(((size_t)v->n + 1) * sizeof *sorted);
    rml_rows_place place = {0};
    rml_status status = of && sorted ? rml_model_rows_column(&v->rows, x->by[kind], &place, err) : no_memory(err);

    for (int32_t i = 0; status == RML_OK && i < v->n; ++i) {
        status = group_of(x, v, kind, &place, v->patient[i], &of[i], err);
        sorted[i] = of[i];
    }
    if (status == RML_OK) qsort(sorted, (size_t)v->n, sizeof *sorted, by_text);
    for (int32_t b = 0; status == RML_OK && kind == AGE && b < BANDS; ++b) /* ages in their order */
        if (bsearch(&age_bands[b], sorted, (size_t)v->n, sizeof *sorted, by_text))
            status = measure(v, kind, of, age_bands[b], err);
    for (int32_t i = 0; status == RML_OK && kind != AGE && i < v->n; ++i)
        if (i == 0 || strcmp(sorted[i], sorted[i - 1]) != 0) status = measure(v, kind, of, sorted[i], err);
    free(of);
    free(sorted);
    return status;
}

rml_status rml_validate_groups(const rml_validating *x, rml_validated *v, rml_error *err)
{
    rml_status status = v->model.outcome == RML_OUTCOME_TIME ? rml_validate_choose_times(x, v, err) : RML_OK;

    if (status == RML_OK) status = measure(v, 0, NULL, NULL, err);
    for (int32_t kind = 1; status == RML_OK && kind < RML_VALIDATE_KINDS; ++kind)
        if (x->by[kind]) status = measure_kind(x, v, kind, err);
    return status;
}

/* 3. Features ------------------------------------------------------------------------------------------------------ */

rml_feature_count rml_validate_feature(const rml_validated *v, int32_t k)
{
    const rml_model_feature *f = &v->model.feature[k];
    const int32_t *first = v->rows.data.first_row;
    const double *x = rml_column(&v->rows.data.x, k);
    rml_feature_count c = {0};
    double sum = 0.0;
    int64_t n = 0;

    for (int32_t i = 0; i < v->n; ++i) {
        bool missing = false, below = false, above = false;

        for (int32_t r = first[v->patient[i]]; r < first[v->patient[i] + 1]; ++r) {
            missing |= isnan(x[r]);
            below |= x[r] < f->low;
            above |= x[r] > f->high;
            if (isnan(x[r])) continue;
            sum += x[r];
            ++n;
        }
        c.missing += missing;
        c.below += below;
        c.above += above;
    }
    for (int32_t i = 0; i < v->n_unscored; ++i) {
        bool missing = false;

        for (int32_t r = first[v->unscored_patient[i]]; r < first[v->unscored_patient[i] + 1]; ++r)
            missing |= isnan(x[r]);
        c.unscored += missing;
    }
    c.mean = sum / (double)n;
    return c;
}
