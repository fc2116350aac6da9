#include "jobs/sweep_checks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/sweep_plan.h"
#include "kernels/prepare/combat.h"

const char *rml_sweep_class_name(const rml_study *s, const rml_dataset *d, int32_t class)
{
    if (s->outcome == RML_OUTCOME_CLASSES) return d->class_name[class];
    if (s->outcome == RML_OUTCOME_TIME) return class ? "event" : "censored";
    return class ? "positive" : "negative";
}

/* A training part of one class cannot be fitted to: said before anything runs. */
static rml_status check_splits(const rml_study *s, const rml_dataset *d, const rml_splits *splits, rml_error *err)
{
    char name[128];

    for (int32_t i = 0; s->outcome == RML_OUTCOME_TIME && i < splits->n; ++i) {
        const rml_split *split = &splits->split[i];
        int32_t n_events = 0;

        for (int32_t p = 0; p < split->n_train; ++p) n_events += d->data.event[split->train[p]];
        rml_sweep_split_name(s, d, split, name);
        if (n_events < 2)
            return rml_fail(err, RML_ESETTING, "%s: split: %s leaves %d patients with the event to train on", s->path,
                            name, n_events);
    }
    for (int32_t i = 0; s->outcome == RML_OUTCOME_CLASS && i < splits->n; ++i) {
        const rml_split *split = &splits->split[i];
        int32_t n_positive = 0;

        for (int32_t p = 0; p < split->n_train; ++p) n_positive += d->data.y[split->train[p]] > 0.5;
        rml_sweep_split_name(s, d, split, name);
        if (n_positive < 2 || split->n_train - n_positive < 2)
            return rml_fail(err, RML_ESETTING, "%s: split: %s leaves %d positive and %d negative patients to train on",
                            s->path, name, n_positive, split->n_train - n_positive);
    }
    return RML_OK;
}

/* A class with fewer patients in a training part than there are inner folds. Draws of a bootstrap may have one: they
 * fail alone. */
static rml_status check_inner(const rml_study *s, const rml_dataset *d, const rml_splits *splits, rml_error *err)
{
    const int32_t n_classes = s->outcome == RML_OUTCOME_CLASSES ? d->data.n_classes : 2;
    const bool drawn = s->inner.stratify && !s->inner_column && s->outcome != RML_OUTCOME_VALUE;
    int32_t *n = malloc((size_t)n_classes * sizeof *n);
    rml_status status = n ? RML_OK : rml_fail(err, RML_ENOMEM, "no memory for the splits");
    char name[128];

    for (int32_t i = 0; status == RML_OK && drawn && s->split != RML_SPLIT_BOOTSTRAP && i < splits->n; ++i) {
        const rml_split *split = &splits->split[i];

        for (int32_t c = 0; c < n_classes; ++c) n[c] = 0;
        for (int32_t p = 0; p < split->n_train; ++p) {
            int32_t code = 0;

            (void)rml_outcome_strata(s->outcome, 1, &d->data.y[split->train[p]],
                                     d->data.event ? &d->data.event[split->train[p]] : NULL, &code);
            ++n[code];
        }
        rml_sweep_split_name(s, d, split, name);
        for (int32_t c = 0; status == RML_OK && c < n_classes; ++c)
            if (n[c] > 0 && n[c] < s->inner.k)
                status = rml_fail(
                    err, RML_ESETTING,
                    "%s: inner: class %s has %d patients to train on in %s, fewer than there are inner folds (%d)",
                    s->path, rml_sweep_class_name(s, d, c), n[c], name, s->inner.k);
    }
    free(n);
    return status;
}

/* The column of the inner folds of a split. */
static void name_inner(const rml_study *s, const rml_dataset *d, const rml_split *split, char name[256])
{
    const char *mark = strstr(s->inner_column, "{fold}");

    snprintf(name, 256, "%.*s%.100s%.70s", (int)(mark ? mark - s->inner_column : 80), s->inner_column,
             mark ? d->group_name[split->fold] : "", mark ? mark + 6 : "");
}

/* One of a split's given inner folds: some must be left to fit to, and outcomes must differ on both sides of it. */
static rml_status check_given_fold(const rml_study *s, const rml_dataset *d, const rml_split *split, int32_t fold,
                                   rml_error *err)
{
    double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY}; /* of those left, and of those held out */
    int32_t n[2] = {0, 0}, n_events[2] = {0, 0};
    char name[128], column[256];

    for (int32_t i = 0; i < split->n_train; ++i) {
        const int32_t p = split->train[i], held = d->given[split->fold][p] == fold;

        low[held] = fmin(low[held], d->data.y[p]);
        high[held] = fmax(high[held], d->data.y[p]);
        n_events[held] += d->data.event ? d->data.event[p] : 0;
        ++n[held];
    }
    rml_sweep_split_name(s, d, split, name);
    name_inner(s, d, split, column);
    if (n[1] == 0)
        return rml_fail(err, RML_ESETTING,
                        "%s: inner: %s: nobody to train on in %s has the fold %d; folds numbered from 0 on without a "
                        "gap were expected",
                        s->path, column, name, fold);
    if (n[0] == 0)
        return rml_fail(err, RML_ESETTING,
                        "%s: inner: %s: all %d patients to train on in %s have the fold %d; two or more were expected",
                        s->path, column, n[1], name, fold);
    for (int32_t held = 0; held < 2 && s->outcome == RML_OUTCOME_TIME; ++held)
        if (n_events[held] == 0)
            return rml_fail(err, RML_ESETTING,
                            "%s: inner: %s: fold %d of %s %s %d patients without the event alone, by which no setting "
                            "can be %s",
                            s->path, column, fold, name, held ? "holds out" : "leaves", n[held],
                            held ? "judged" : "fitted");
    for (int32_t held = 0; held < 2 && s->outcome != RML_OUTCOME_TIME; ++held)
        if (low[held] == high[held] && (s->outcome != RML_OUTCOME_VALUE || (held && s->inner.metric != RML_METRIC_MAE)))
            return rml_fail(err, RML_ESETTING,
                            "%s: inner: %s: fold %d of %s %s %d patients of one outcome alone, by which no setting can "
                            "be %s",
                            s->path, column, fold, name, held ? "holds out" : "leaves", n[held],
                            held ? "judged" : "fitted");
    return RML_OK;
}

/* The inner folds that columns give, of every outer one. */
static rml_status check_given(const rml_study *s, const rml_dataset *d, const rml_splits *splits, rml_error *err)
{
    rml_status status = RML_OK;
    char name[128], column[256];

    for (int32_t i = 0; status == RML_OK && d->given && i < splits->n; ++i) {
        const rml_split *split = &splits->split[i];
        int32_t last = -1;

        for (int32_t p = 0; p < split->n_train; ++p)
            if (d->given[split->fold][split->train[p]] > last) last = d->given[split->fold][split->train[p]];
        rml_sweep_split_name(s, d, split, name);
        name_inner(s, d, split, column);
        if (last < 0)
            status = rml_fail(err, RML_ESETTING, "%s: inner: %s: all patients to train on in %s have -1, which is none",
                              s->path, column, name);
        for (int32_t f = 0; status == RML_OK && f <= last; ++f) status = check_given_fold(s, d, split, f, err);
    }
    return status;
}

/* A step that takes batches apart has nothing to do with one. */
static rml_status check_batches(const rml_study *s, const rml_dataset *d, rml_error *err)
{
    for (int32_t c = 0; c < s->n_selects; ++c)
        for (int32_t i = 0; i < s->select[c].chain.n; ++i) {
            const rml_step *step = &s->select[c].chain.step[i];
            const int32_t p = rml_kind_factor(step->kind), f = p < 0 ? -1 : (int32_t)step->param[p];

            if (f >= 0 && d->data.n_levels[f] < 2)
                return rml_fail(err, RML_ESETTING, "%s: %s: all %d patients are of %s %s; at least two were expected",
                                s->path, step->kind->name, d->data.n_patients, s->factor.text[f], d->level[f][0]);
        }
    return RML_OK;
}

/* One split's rows of each batch. count: scratch, [2][levels] */
static rml_status check_split_batches(const rml_study *s, const rml_dataset *d, const rml_step *step, int32_t factor,
                                      const rml_split *split, int32_t *count, rml_error *err)
{
    const int32_t n_levels = d->data.n_levels[factor], unseen = rml_kind_param(step->kind, "unseen"),
                  least = rml_combat_defaults().min_rows;
    const bool refuses = unseen >= 0 && step->param[unseen] == 0.0;
    int32_t *const train = count, *const test = count + n_levels, n_trained = 0, last = 0;
    char name[128];

    memset(count, 0, 2 * (size_t)n_levels * sizeof *count);
    for (int32_t held = 0; held < 2; ++held)
        for (int32_t i = 0; i < (held ? split->n_test : split->n_train); ++i) {
            const int32_t p = held ? split->test[i] : split->train[i];

            for (int32_t r = d->data.first_row[p]; r < d->data.first_row[p + 1]; ++r)
                ++(held ? test : train)[d->data.factor[factor][r]];
        }
    rml_sweep_split_name(s, d, split, name);
    for (int32_t l = 0; l < n_levels; ++l)
        if (train[l] > 0) ++n_trained, last = l;
    if (n_trained == 1)
        return rml_fail(err, RML_ESETTING, "%s: split: %s leaves rows of %s %s alone to train on; %s takes two or more",
                        s->path, name, s->factor.text[factor], d->level[factor][last], step->kind->name);
    for (int32_t l = 0; l < n_levels; ++l) {
        if (train[l] > 0 && train[l] < least)
            return rml_fail(
                err, RML_ESETTING,
                "%s: split: %s leaves %d rows of %s %s to train on; %s takes %d or more, or none: fewer folds, "
                "or \"rows\" without them, were expected",
                s->path, name, train[l], s->factor.text[factor], d->level[factor][l], step->kind->name, least);
        if (refuses && train[l] == 0 && test[l] > 0)
            return rml_fail(
                err, RML_ESETTING,
                "%s: split: %s leaves no row of %s %s to train on, which %s refuses to meet (unseen: refuse); "
                "\"pass\", \"own\" or another split was expected",
                s->path, name, s->factor.text[factor], d->level[factor][l], step->kind->name);
    }
    return RML_OK;
}

static rml_status check_batch_splits(const rml_study *s, const rml_dataset *d, const rml_splits *splits, rml_error *err)
{
    rml_status status = RML_OK;

    for (int32_t c = 0; c < s->n_selects && s->split != RML_SPLIT_BOOTSTRAP; ++c)
        for (int32_t i = 0; status == RML_OK && i < s->select[c].chain.n; ++i) {
            const rml_step *step = &s->select[c].chain.step[i];
            const int32_t p = rml_kind_factor(step->kind), f = p < 0 ? -1 : (int32_t)step->param[p];
            int32_t *count;

            if (f < 0) continue;
            count = malloc(2 * (size_t)d->data.n_levels[f] * sizeof *count);
            if (!count) return rml_fail(err, RML_ENOMEM, "no memory for the splits");
            for (int32_t k = 0; status == RML_OK && k < splits->n; ++k)
                status = check_split_batches(s, d, step, f, &splits->split[k], count, err);
            free(count);
        }
    return status;
}

/* How many patients lack a feature in some row, and the share of rows that do. */
static int32_t count_missing(const rml_dataset *d, int32_t feature, double *share)
{
    const double *x = rml_column(&d->data.x, feature);
    int32_t n_patients = 0, n_rows = 0;

    for (int32_t p = 0; p < d->data.n_patients; ++p) {
        int32_t n = 0;

        for (int32_t r = d->data.first_row[p]; r < d->data.first_row[p + 1]; ++r) n += isnan(x[r]);
        n_patients += n > 0;
        n_rows += n;
    }
    *share = (double)n_rows / d->data.n_rows;
    return n_patients;
}

/* What a step does with a column that lacks this share of its values. */
typedef enum rml_meeting { FILLS, MAY_DROP, REFUSES, KEEPS } rml_meeting;

static rml_meeting meets_missing(const rml_step *step, double share)
{
    const char *name = step->kind->name;

    if (strcmp(name, "impute") == 0) return FILLS;
    if (strcmp(name, "combat") == 0 || strcmp(name, "scale") == 0) return KEEPS;
    if (strcmp(name, "icc") == 0) return MAY_DROP;
    if (strcmp(name, "clean") == 0) {
        const double most = step->param[rml_kind_param(step->kind, "max_missing")];
        const bool other = step->param[rml_kind_param(step->kind, "drop")] > 0.0 ||
                           step->param[rml_kind_param(step->kind, "min_variation")] > 0.0;

        return other || share > 0.5 * most ? MAY_DROP : KEEPS; /* a training part may lack more than all rows do */
    }
    return REFUSES; /* what looks at pairs of columns, or at the outcome, takes complete ones */
}

/* Who on the way to a model, or which model, certainly refuses a column that lacks this share; NULL: nobody does. */
static const char *who_refuses(const rml_study *s, const rml_chain *chain, double share)
{
    for (int32_t i = 0; i < chain->n; ++i) {
        const rml_meeting meeting = meets_missing(&chain->step[i], share);

        if (meeting == REFUSES) return chain->step[i].kind->name;
        if (meeting != KEEPS) return NULL;
    }
    for (int32_t m = 0; m < s->n_models; ++m)
        if (!s->model[m].kind->takes_missing) return s->model[m].name;
    return NULL;
}

/* A missing value, in whichever part of a split, and nothing on the way to a model that could take it. */
static rml_status check_missing(const rml_study *s, const rml_dataset *d, rml_error *err)
{
    for (int32_t j = 0; j < d->data.x.n_columns; ++j) {
        double share;
        const int32_t n_patients = count_missing(d, j, &share);

        for (int32_t c = 0; n_patients > 0 && c < s->n_selects; ++c) {
            const char *who = who_refuses(s, &s->select[c].chain, share);

            if (who)
                return rml_fail(
                    err, RML_ESETTING,
                    "%s: %s is missing of %d patient%s, and %s takes no missing value; \"impute\" before it, "
                    "or \"clean\", was expected",
                    s->path, d->feature[j], n_patients, n_patients == 1 ? "" : "s", who);
        }
    }
    return RML_OK;
}

rml_status rml_sweep_check(const rml_study *s, const rml_dataset *d, const rml_splits *splits, rml_error *err)
{
    rml_status status = check_splits(s, d, splits, err);

    if (status == RML_OK) status = check_inner(s, d, splits, err);
    if (status == RML_OK) status = check_given(s, d, splits, err);
    if (status == RML_OK) status = check_batches(s, d, err);
    if (status == RML_OK) status = check_batch_splits(s, d, splits, err);
    if (status == RML_OK) status = check_missing(s, d, err);
    return status;
}
