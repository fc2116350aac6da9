/* What the patients' outcomes are in the model's words.
 *
 * 1. Texts as the model calls them
 * 2. Are they what it predicts?
 * 3. Taken */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/listing.h"
#include "jobs/validate_own.h"

static rml_status no_memory(rml_error *err)
{
    return rml_fail(err, RML_ENOMEM, "no memory for the outcomes");
}

/* 1. Texts as the model calls them --------------------------------------------------------------------------------- */

/* The --map of a text, or -1. */
static int32_t map_of(const rml_validating *x, const char *cell)
{
    for (int32_t m = 0; m < x->n_maps; ++m)
        if (rml_text_same(x->map[m].column, cell)) return m;
    return -1;
}

static const char *model_text(const rml_validating *x, const char *cell)
{
    const int32_t m = map_of(x, cell);

    return m < 0 ? cell : x->map[m].value;
}

/* The different texts of the outcome as they stand in the table, the first RML_LISTED + 1 of them. */
static int32_t list_texts(const rml_validated *v, const rml_rows_place *place, const char *text[RML_LISTED + 1])
{
    int32_t n = 0;

    for (int32_t p = 0; p < v->rows.data.n_patients && n <= RML_LISTED; ++p) {
        const char *cell = rml_model_rows_cell(&v->rows, p, place);
        bool known = rml_text_missing(cell);

        for (int32_t t = 0; t < n; ++t) known |= rml_text_same(text[t], cell);
        if (!known) text[n++] = cell;
    }
    return n;
}

static rml_listing join_texts(const char *const *text, int32_t n)
{
    rml_listing listing = {0};

    for (int32_t t = 0; t < n; ++t) rml_listing_add(&listing, text[t], ", ");
    return listing;
}

/* A text that two names of the model could be meant by, and a --map of what is not there. text: [n] */
static rml_status check_maps(const rml_validating *x, const rml_validated *v, const char *const *text, int32_t n,
                             rml_error *err)
{
    const rml_listing all = join_texts(text, n);

    for (int32_t m = 0; m < x->n_maps; ++m) {
        const char *theirs = x->map[m].column, *models = x->map[m].value;
        bool there = n > RML_LISTED; /* not all were looked at */

        for (int32_t t = 0; t < n; ++t) there |= rml_text_same(text[t], theirs);
        if (!there)
            return rml_fail(err, RML_ESETTING, "--map %s=%s: %s of %s has no %s; its values are %s", theirs, models,
                            x->outcome, v->outcome_file, theirs, all.text);
        for (int32_t t = 0; t < n; ++t)
            if (rml_text_same(text[t], models) && map_of(x, text[t]) < 0)
                return rml_fail(err, RML_ESETTING,
                                "--map %s=%s: %s has %s in %s, too; what the model calls that is to be said by another "
                                "--map %s=…",
                                theirs, models, v->outcome_file, models, x->outcome, models);
    }
    return RML_OK;
}

/* 2. Are they what it predicts? ------------------------------------------------------------------------------------ */

/* What counts as positive is the model's word; of a published score, which has none, the person's. */
static rml_status choose_positive(const rml_validating *x, rml_validated *v, rml_error *err)
{
    const rml_model *m = &v->model;

    v->positive = m->positive;
    if (!x->positive || rml_text_same(x->positive, m->positive)) return RML_OK;
    if (!m->outcome_column) {
        v->positive = x->positive;
        return RML_OK;
    }
    return rml_fail(err, RML_ESETTING,
                    "--outcome %s=%s: the model predicts %s = %s, and %s was asked for; --outcome %s validates what it "
                    "predicts, and --map %s=%s says that this table's %s is the model's %s",
                    x->outcome, x->positive, m->outcome_column, m->positive, x->positive, x->outcome, x->positive,
                    m->positive, x->positive, m->positive);
}

/* Two values at most, one of which is the positive one. text: [n] */
static rml_status check_two(const rml_validating *x, const rml_validated *v, const char *const *text, int32_t n,
                            rml_error *err)
{
    const rml_listing all = join_texts(text, n);
    const char *model[2] = {NULL};
    bool there = false;
    int32_t n_model = 0;

    for (int32_t t = 0; t < n; ++t) {
        const char *as = model_text(x, text[t]);
        bool known = false;

        for (int32_t k = 0; k < n_model && k < 2; ++k) known |= rml_text_same(model[k], as);
        if (!known && n_model < 2) model[n_model] = as;
        n_model += !known;
        there |= rml_text_same(as, v->positive);
    }
    if (n_model > 2)
        return rml_fail(err, RML_ESETTING,
                        "%s: outcome %s has more than two values: %s; two were expected, as the model predicts two "
                        "classes (%s = %s or not)",
                        v->outcome_file, x->outcome, all.text,
                        v->model.outcome_column ? v->model.outcome_column : "the outcome", v->positive);
    if (!there)
        return rml_fail(err, RML_ESETTING,
                        "%s: outcome %s has the value%s %s, none of which is the model's positive one, %s; --map "
                        "%s=%s says that %s is it",
                        v->outcome_file, x->outcome, n == 1 ? "" : "s", all.text, v->positive, text[n - 1], v->positive,
                        text[n - 1]);
    return RML_OK;
}

static int32_t class_of(const rml_validating *x, const rml_model *model, const char *cell)
{
    const char *as = model_text(x, cell);

    for (int32_t c = 0; c < model->n_classes; ++c)
        if (rml_text_same(model->class_name[c], as)) return c;
    return -1;
}

static rml_status check_several(const rml_validating *x, const rml_validated *v, const char *const *text, int32_t n,
                                rml_error *err)
{
    const rml_listing classes = join_texts(v->model.class_name, v->model.n_classes);
    rml_listing unknown = {0};

    for (int32_t t = 0; t < n; ++t)
        if (class_of(x, &v->model, text[t]) < 0) rml_listing_add(&unknown, model_text(x, text[t]), ", ");
    if (unknown.n == 0) return RML_OK;
    return rml_fail(err, RML_ESETTING,
                    "%s: outcome %s has %s, and the model knows the classes %s; --map THEIRS=CLASS says which of these "
                    "one of the table's is",
                    v->outcome_file, x->outcome, unknown.text, classes.text);
}

static rml_status check_kind(const rml_validating *x, const rml_validated *v, const rml_rows_place *place,
                             rml_error *err)
{
    const char *text[RML_LISTED + 1];
    const int32_t n = list_texts(v, place, text);
    const rml_outcome_kind kind = v->model.outcome;
    rml_status status;

    if (n == 0) return rml_fail(err, RML_ESETTING, "%s: outcome %s: no patient has one", v->outcome_file, x->outcome);
    if (kind != RML_OUTCOME_CLASS && x->positive)
        return rml_fail(err, RML_ESETTING, "--outcome %s=%s: the model predicts %s; --outcome %s was expected",
                        x->outcome, x->positive, rml_study_outcome_kind(kind), x->outcome);
    if (kind != RML_OUTCOME_TIME && (x->event || x->n_times > 0))
        return rml_fail(err, RML_ESETTING, "%s: the model predicts %s; it is for a model of times to an event",
                        x->event ? "--event" : "--time", rml_study_outcome_kind(kind));
    if (kind == RML_OUTCOME_TIME) return RML_OK;
    if (kind == RML_OUTCOME_VALUE && x->n_maps > 0)
        return rml_fail(err, RML_ESETTING, "--map %s=%s: the model predicts a number, which has one name",
                        x->map[0].column, x->map[0].value);
    status = check_maps(x, v, text, n, err);
    if (status != RML_OK || kind == RML_OUTCOME_VALUE) return status;
    return (kind == RML_OUTCOME_CLASS ? check_two : check_several)(x, v, text, n, err);
}

/* 3. Taken --------------------------------------------------------------------------------------------------------- */

static bool make_room(rml_validated *v)
{
    const size_t n = (size_t)v->rows.data.n_patients + 1, n_scores = (size_t)v->scores.n_scores;

    v->patient = malloc(n * sizeof *v->patient);
    v->y = calloc(n, 1); /* those of the other kinds of outcome stay 0 */
    v->code = calloc(n, sizeof *v->code);
    v->truth = calloc(n, sizeof *v->truth);
    v->event = calloc(n, 1);
    v->decision = malloc(n * n_scores * sizeof *v->decision);
    v->probability = calloc(n * n_scores, sizeof *v->probability);
    v->without_outcome = malloc(n * sizeof *v->without_outcome);
    v->unscored = malloc(n * sizeof *v->unscored);
    v->unscored_patient = malloc(n * sizeof *v->unscored_patient);
    return v->patient && v->y && v->code && v->truth && v->event && v->decision && v->probability &&
           v->without_outcome && v->unscored && v->unscored_patient;
}

/* A patient's time from the model's landmark on, into place i; *there: observation went on beyond it. */
static rml_status take_landmark(rml_validated *v, int32_t i, const rml_rows_place *place, bool *there, rml_error *err)
{
    double landmark;

    if (!rml_text_number(v->model.landmark, &landmark)) {
        const char *cell = rml_model_rows_cell(&v->rows, v->patient[i], place);

        if (!rml_text_number(cell, &landmark) || !(landmark >= 0.0 && isfinite(landmark)))
            return rml_fail(err, RML_ESETTING, "%s of patient %s is \"%s\"; the time of the landmark was expected",
                            v->model.landmark, v->rows.id[v->patient[i]], cell);
    }
    *there = v->truth[i] > landmark;
    if (*there) v->truth[i] -= landmark;
    return RML_OK;
}

/* A patient's event, into place i, by its --map if there is one. */
static rml_status take_event(const rml_validating *x, rml_validated *v, int32_t i, const char *cell, rml_error *err)
{
    const char *as = model_text(x, cell);
    double value;

    if (!rml_text_number(as, &value) || (value != 0.0 && value != 1.0))
        return rml_fail(err, RML_ESETTING,
                        "%s of patient %s is \"%s\"; 1 (the event) or 0 (none so far) was expected, or --map %s=1 or "
                        "--map %s=0",
                        x->event ? x->event : v->model.event_column, v->rows.id[v->patient[i]], cell, cell, cell);
    v->event[i] = value == 1.0;
    return RML_OK;
}

/* A patient's outcome, into place i. */
static rml_status take_outcome(const rml_validating *x, rml_validated *v, int32_t i, const char *cell, rml_error *err)
{
    switch (v->model.outcome) {
    case RML_OUTCOME_CLASS: v->y[i] = rml_text_same(model_text(x, cell), v->positive); return RML_OK;
    case RML_OUTCOME_CLASSES:
        v->code[i] = class_of(x, &v->model, cell);
        if (v->code[i] >= 0) return RML_OK; /* else beyond the texts that were listed */
        return rml_fail(err, RML_ESETTING, "%s: outcome %s has %s, which is none of the model's %d classes",
                        v->outcome_file, x->outcome, cell, v->model.n_classes);
    case RML_OUTCOME_TIME:
        if (rml_text_number(cell, &v->truth[i]) && v->truth[i] >= 0.0 && isfinite(v->truth[i])) return RML_OK;
        return rml_fail(err, RML_ESETTING, "%s: %s of patient %s is \"%s\"; a time of 0 or more was expected",
                        v->outcome_file, x->outcome, v->rows.id[v->patient[i]], cell);
    default:
        if (rml_text_number(cell, &v->truth[i])) return RML_OK;
        return rml_fail(err, RML_ESETTING,
                        "%s: %s of patient %s is \"%s\"; a number was expected, as the model predicts one",
                        v->outcome_file, x->outcome, v->rows.id[v->patient[i]], cell);
    }
}

/* Scores of those that were taken, side by side. */
static void take_scores(rml_validated *v)
{
    const rml_model *m = &v->model;
    const int64_t n = v->n;

    for (int32_t s = 0; s < v->scores.n_scores; ++s)
        for (int64_t i = 0; i < n; ++i)
            v->decision[s * n + i] = v->scores.decision[(int64_t)s * v->scores.n + v->patient[i]];
    for (int64_t i = 0; i < n && m->outcome == RML_OUTCOME_CLASS; ++i)
        v->probability[i] = rml_model_probability(m, v->decision[i]);
    for (int64_t i = 0; i < n && m->outcome == RML_OUTCOME_CLASSES; ++i)
        rml_model_probabilities(m->kind, &m->fitted, m->n_classes, n, v->decision + i, v->probability + i);
}

rml_status rml_validate_outcomes(const rml_validating *x, rml_validated *v, rml_error *err)
{
    const bool time = v->model.outcome == RML_OUTCOME_TIME;
    rml_rows_place place = {0}, event = {0}, landmark = {0};
    double number;
    bool each; /* a landmark of each patient's own: who has none has no outcome */
    rml_status status = rml_model_rows_column(&v->rows, x->outcome, &place, err);

    if (status == RML_OK && time)
        status = rml_model_rows_column(&v->rows, x->event ? x->event : v->model.event_column, &event, err);
    each = v->model.landmark && !rml_text_number(v->model.landmark, &number);
    if (status == RML_OK && each) status = rml_model_rows_column(&v->rows, v->model.landmark, &landmark, err);
    if (status != RML_OK) return status;
    v->outcome_file = place.clinical ? v->rows.clinical_path : v->rows.table;
    if (v->model.outcome == RML_OUTCOME_CLASS) status = choose_positive(x, v, err);
    if (status == RML_OK) status = check_kind(x, v, &place, err);
    if (status == RML_OK && !make_room(v)) status = no_memory(err);
    for (int32_t p = 0; status == RML_OK && p < v->rows.data.n_patients; ++p) {
        const char *cell = rml_model_rows_cell(&v->rows, p, &place);
        const char *event_cell = time ? rml_model_rows_cell(&v->rows, p, &event) : "";

        if (rml_text_missing(cell) || (time && rml_text_missing(event_cell)) ||
            (each && rml_text_missing(rml_model_rows_cell(&v->rows, p, &landmark))))
            v->without_outcome[v->n_without_outcome++] = v->rows.id[p];
        else if (isnan(v->scores.decision[p])) {
            v->unscored_patient[v->n_unscored] = p;
            v->unscored[v->n_unscored++] = v->rows.id[p];
        } else {
            bool there = true;

            v->patient[v->n] = p;
            status = take_outcome(x, v, v->n, cell, err);
            if (status == RML_OK && time) status = take_event(x, v, v->n, event_cell, err);
            if (status == RML_OK && v->model.landmark) status = take_landmark(v, v->n, &landmark, &there, err);
            v->n += there;
            v->n_before_landmark += !there;
        }
    }
    if (status == RML_OK && v->n == 0)
        status = rml_fail(err, RML_ESETTING,
                          "%s: no patient has both an outcome and a score (%d without an outcome, %d without a score)",
                          v->rows.table, v->n_without_outcome, v->n_unscored);
    if (status == RML_OK) take_scores(v);
    return status;
}
