/* 1. Who is trained on
 * 2. First components
 * 3. All scores */
#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/groups.h"
#include "kernels/prepare/pca.h"

enum { LEAST = 3 }; /* patients that a component says anything of */

/* 1. Who is trained on --------------------------------------------------------------------------------------------- */

static rml_status pick_training(rml_groups *x, rml_error *err)
{
    const rml_groups_plan *plan = &x->study.groups;
    const rml_build *b = &x->build;

    x->train = malloc((size_t)b->n_patients + 1);
    if (!x->train) return rml_fail(err, RML_ENOMEM, "no memory for the training patients");
    memset(x->train, 1, (size_t)b->n_patients);
    for (int32_t c = 0; c < plan->n_train; ++c) {
        rml_place place;
        const rml_status status = rml_build_column(b, plan->train[c].column, "train", &place, err);

        if (status != RML_OK) return status;
        for (int32_t p = 0; p < b->n_patients; ++p)
            x->train[p] &= rml_text_same(rml_build_cell(b, p, &place), plan->train[c].value);
    }
    for (int32_t p = 0; p < b->n_patients; ++p) x->n_train += x->train[p];
    if (x->n_train < LEAST && (plan->n_scores > 0 || plan->clusters.n_k > 0))
        return rml_fail(err, RML_ESETTING, "%s: train: %d of %d patients are trained on; at least %d were expected",
                        x->study.path, x->n_train, b->n_patients, LEAST);
    return RML_OK;
}

/* 2. First components ---------------------------------------------------------------------------------------------- */

/* The features that any of the patterns fits, each of which must fit one. column: out, [n_features] */
static rml_status pick_features(const rml_groups *x, const char *score, const rml_texts *patterns, int32_t *column,
                                int32_t *n, rml_error *err)
{
    const rml_frame *f = &x->build.frame;

    *n = 0;
    for (int32_t t = 0; t < patterns->n; ++t) {
        bool fits = false;

        for (int32_t j = 0; j < f->n_features && !fits; ++j) fits = fnmatch(patterns->text[t], f->feature[j], 0) == 0;
        if (!fits)
            return rml_fail(err, RML_ESETTING, "%s: scores: %s: no feature is called \"%s\"", x->study.path, score,
                            patterns->text[t]);
    }
    for (int32_t j = 0; j < f->n_features; ++j)
        for (int32_t t = 0; t < patterns->n; ++t)
            if (fnmatch(patterns->text[t], f->feature[j], 0) == 0) {
                column[(*n)++] = j;
                break;
            }
    return RML_OK;
}

/* value: out, [n_patients] NaN where one of the features is missing */
static rml_status first_component(const rml_groups *x, const int32_t *column, int32_t n, double *value)
{
    const int32_t n_patients = x->build.n_patients;
    const size_t cells = (size_t)n * (size_t)n_patients + 1;
    double *all = malloc(cells * sizeof *all), *kept = malloc(cells * sizeof *kept);
    rml_columns train = {0, n_patients, n, kept}, everyone = {n_patients, n_patients, n, all};
    rml_pca pca = {0};
    double turn = 0.0;
    rml_status status = all && kept ? RML_OK : RML_ENOMEM;

    for (int32_t j = 0; status == RML_OK && j < n; ++j) rml_groups_feature(x, column[j], all + (int64_t)j * n_patients);
    for (int32_t p = 0; status == RML_OK && p < n_patients; ++p) {
        bool whole = x->train[p];

        for (int32_t j = 0; j < n; ++j) whole &= !isnan(all[(int64_t)j * n_patients + p]);
        if (!whole) continue;
        for (int32_t j = 0; j < n; ++j) kept[(int64_t)j * n_patients + train.n_rows] = all[(int64_t)j * n_patients + p];
        ++train.n_rows;
    }
    if (status == RML_OK && train.n_rows < LEAST) status = RML_EEMPTY;
    if (status == RML_OK) status = rml_pca_fit(&train, true, 1, &pca);
    if (status == RML_OK) status = rml_pca_apply(&pca, &everyone, value, n_patients);
    if (status == RML_OK) {
        for (int32_t j = 0; j < n; ++j) turn += pca.rotation[j];
        for (int32_t p = 0; p < n_patients && turn < 0.0; ++p) value[p] = -value[p];
    }
    rml_pca_free(&pca);
    free(all);
    free(kept);
    return status;
}

/* 3. All scores ---------------------------------------------------------------------------------------------------- */

int32_t rml_groups_score_of(const rml_groups *x, const char *name)
{
    for (int32_t k = 0; k < x->study.groups.n_scores; ++k)
        if (strcmp(x->study.groups.score[k].name, name) == 0) return k;
    return -1;
}

/* A feature on both sides is taken from itself. columns: [2][n_features], n: of each side, upwards */
static rml_status check_apart(const rml_groups *x, const char *score, const int32_t *column, const int32_t n[2],
                              rml_error *err)
{
    const rml_frame *f = &x->build.frame;
    const int32_t *minus = column + f->n_features;

    for (int32_t i = 0, k = 0; i < n[0]; ++i) {
        while (k < n[1] && minus[k] < column[i]) ++k;
        if (k < n[1] && minus[k] == column[i])
            return rml_fail(
                err, RML_ESETTING,
                "%s: scores: %s: %s is of \"plus\" and of \"minus\"; features of one of the two were expected",
                x->study.path, score, f->feature[column[i]]);
    }
    return RML_OK;
}

static rml_status make_score(const rml_groups *x, int32_t k, int32_t *column, rml_error *err)
{
    const rml_group_score *score = x->study.groups.score + k;
    const int32_t n_patients = x->build.n_patients;
    const rml_texts *const part[] = {&score->plus, &score->minus};
    double *value = x->score + 3 * (int64_t)k * n_patients;
    rml_status status = RML_OK;
    int32_t n[2];

    for (int32_t side = 0; side < 2; ++side) {
        status = pick_features(x, score->name, part[side], column + (int64_t)side * x->build.frame.n_features, &n[side],
                               err);
        if (status != RML_OK) return status;
    }
    status = check_apart(x, score->name, column, n, err);
    if (status != RML_OK) return status;
    for (int32_t side = 0; status == RML_OK && side < 2; ++side) {
        double *to = value + (int64_t)(1 + side) * n_patients;

        for (int32_t p = 0; p < n_patients; ++p) to[p] = NAN;
        if (part[side]->n == 0) continue;
        status = first_component(x, column + (int64_t)side * x->build.frame.n_features, n[side], to);
        if (status != RML_OK)
            rml_fail(
                err, status == RML_ENOMEM ? status : RML_ESETTING, "%s: scores: %s: %s", x->study.path, score->name,
                status == RML_ENOMEM   ? "no memory"
                : status == RML_EEMPTY ? "fewer than 3 training patients have all its features, or none of these has "
                                         "any spread"
                                       : "an infinite value");
    }
    for (int32_t p = 0; p < n_patients; ++p)
        value[p] =
            score->minus.n > 0 ? value[n_patients + p] - value[2 * (int64_t)n_patients + p] : value[n_patients + p];
    return status == RML_OK || status == RML_ENOMEM ? status : RML_ESETTING;
}

rml_status rml_groups_scores(rml_groups *x, rml_error *err)
{
    const int32_t n_scores = x->study.groups.n_scores;
    int32_t *column = malloc((2 * (size_t)x->build.frame.n_features + 1) * sizeof *column);
    rml_status status = pick_training(x, err);

    x->score = malloc((3 * (size_t)n_scores * (size_t)x->build.n_patients + 1) * sizeof *x->score);
    if (status == RML_OK && (!x->score || !column)) status = rml_fail(err, RML_ENOMEM, "no memory for the scores");
    for (int32_t k = 0; status == RML_OK && k < n_scores; ++k) status = make_score(x, k, column, err);
    free(column);
    return status;
}
