/* ComBat as a step.
 *
 * 1. Fit
 * 2. Apply */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/learn/kinds.h"
#include "kernels/prepare/combat.h"

/* 1. Fit ---------------------------------------------------------------------------------------------------------- */

static const char *const combat_priors[] = {"parametric", "nonparametric", "none", NULL};
static const char *const combat_unseen[] = {"refuse", "pass", "own", NULL};
static const rml_param combat_params[] = {
    {"batch", RML_PARAM_FACTOR, NAN, 0, 0, NULL, "the column that names the batch, such as centre"},
    {"unseen", RML_PARAM_WORD, 0, 0, 0, combat_unseen,
     "a held-out row of a batch without training rows: refuse; pass leaves it as it is; own learns the batch's shift "
     "from its held-out features alone (10 rows or more; transductive)"},
    {"prior", RML_PARAM_WORD, 0, 0, 0, combat_priors, "of the empirical Bayes shrinkage; none: raw estimates"},
    {"mean_only", RML_PARAM_WORD, 0, 0, 0, rml_no_yes, "shifts alone, no spreads"},
    {"covariates", RML_PARAM_COVARIATES, 0, 0, 0, NULL, "columns whose effect is kept; never the outcome"},
    {"reference", RML_PARAM_LEVEL, -1, 0, 0, NULL, "the batch that stays as it is, and that the others are brought to"},
};
enum { COMBAT_BATCH, COMBAT_UNSEEN, COMBAT_PRIOR, COMBAT_MEAN_ONLY, COMBAT_COVARIATES, COMBAT_REFERENCE };
enum { UNSEEN_REFUSE, UNSEEN_PASS, UNSEEN_OWN };

/* The named covariates as a table; malloc'ed x. n_columns 0: none. */
static rml_status covariates_of(const rml_sample *sample, double bits, rml_columns *columns)
{
    double *x;

    *columns = (rml_columns){sample->n_rows, sample->n_rows, 0, NULL};
    x = malloc(((size_t)sample->n_covariates * (size_t)sample->n_rows + 1) * sizeof *x);
    if (!x) return RML_ENOMEM;
    columns->x = x;
    for (int32_t c = 0; c < sample->n_covariates; ++c)
        if ((uint64_t)bits >> c & 1)
            memcpy(x + (int64_t)columns->n_columns++ * sample->n_rows, sample->covariate[c],
                   (size_t)sample->n_rows * sizeof *x);
    return RML_OK;
}

static bool fixed(const rml_sample *sample, int32_t j)
{
    return sample->mark && (sample->mark[j] & RML_MARK_FIXED);
}

/* A value a column of the table from a value a column that was fitted; NaN where none was. */
static double *spread(const rml_sample *train, rml_fitted *fitted, const char *name, int32_t n_rows, int32_t n_fitted,
                      const double *value)
{
    double *to = rml_fitted_add(fitted, name, true, n_rows, train->x.n_columns, NULL);

    for (int32_t r = 0, from = 0; to && r < n_rows; ++r, from = 0)
        for (int32_t j = 0; j < train->x.n_columns; ++j)
            to[(int64_t)r * train->x.n_columns + j] = fixed(train, j) ? NAN : value[(int64_t)r * n_fitted + from++];
    return to;
}

static rml_status store_combat(const rml_sample *train, const rml_combat *combat, rml_fitted *fitted)
{
    const int32_t b = combat->n_batches, p = combat->n_features, c = combat->n_covariates;
    const rml_shrink_prior *pool = &combat->pooled;
    double *rows = rml_fitted_add(fitted, "n_rows", false, 1, b, NULL);
    double *state = rml_fitted_add(fitted, "state", true, 1, train->x.n_columns, NULL);

    if (!rows || !state) return RML_ENOMEM;
    for (int32_t i = 0; i < b; ++i) rows[i] = combat->n_rows[i];
    for (int32_t j = 0, from = 0; j < train->x.n_columns; ++j)
        state[j] = fixed(train, j) ? RML_COMBAT_FIXED : combat->state[from++];
    if (!spread(train, fitted, "grand_mean", 1, p, combat->grand_mean) ||
        !spread(train, fitted, "var_pooled", 1, p, combat->var_pooled) ||
        !spread(train, fitted, "beta", c, p, combat->beta) ||
        !spread(train, fitted, "gamma_hat", b, p, combat->gamma_hat) ||
        !spread(train, fitted, "delta_hat", b, p, combat->delta_hat) ||
        !spread(train, fitted, "gamma", b, p, combat->gamma_star) ||
        !spread(train, fitted, "delta", b, p, combat->delta_star) ||
        !rml_fitted_add(fitted, "pooled", false, 1, 5,
                        (const double[]){pool->gamma_bar, pool->t2, pool->a, pool->b, pool->delta_mean}) ||
        !rml_fitted_add(fitted, "counts", false, 1, 3,
                        (const double[]){combat->n_adjusted, combat->missing, combat->settings.mean_only}))
        return RML_ENOMEM;
    if (combat->settings.reference >= 0 &&
        !rml_fitted_add(fitted, "reference", false, 1, 1, (const double[]){combat->settings.reference}))
        return RML_ENOMEM;
    return RML_OK;
}

/* The columns that batches shift, one after the other; malloc'ed x. */
static rml_status shifted_columns(const rml_sample *train, rml_columns *shifted)
{
    double *x = rml_sample_room(train, train->x.n_columns);

    *shifted = (rml_columns){train->n_rows, train->n_rows, 0, x};
    for (int32_t j = 0; x && j < train->x.n_columns; ++j)
        if (!fixed(train, j))
            memcpy(x + (int64_t)shifted->n_columns++ * train->n_rows, rml_column(&train->x, j),
                   (size_t)train->n_rows * sizeof *x);
    return x ? RML_OK : RML_ENOMEM;
}

static rml_status combat_fit(const rml_sample *train, const double *param, uint64_t seed, void *shared,
                             rml_fitted *fitted, rml_error *err)
{
    const int32_t f = (int32_t)param[COMBAT_BATCH], n = train->x.n_columns;
    rml_combat_settings settings = rml_combat_defaults();
    rml_columns covariates, shifted = {0};
    rml_combat combat = {0};
    rml_status status = covariates_of(train, param[COMBAT_COVARIATES], &covariates);

    (void)seed, (void)shared;
    rml_fitted_init(fitted, "combat", n, n);
    settings.parametric = param[COMBAT_PRIOR] != 1;
    settings.shrink = param[COMBAT_PRIOR] != 2;
    settings.mean_only = param[COMBAT_MEAN_ONLY] > 0;
    if (param[COMBAT_REFERENCE] >= 0) settings.reference = train->named[(int32_t)param[COMBAT_REFERENCE]];
    if (status == RML_OK) status = shifted_columns(train, &shifted);
    if (status == RML_OK && shifted.n_columns == 0)
        status = rml_fail(err, RML_EEMPTY, "no column that a batch could shift is left");
    else if (status == RML_OK)
        status = rml_combat_fit(&shifted, train->factor[f], train->n_levels[f],
                                covariates.n_columns > 0 ? &covariates : NULL, &settings, &combat);
    if (status == RML_EINVAL) {
        for (int32_t b = 0; b < train->n_levels[f]; ++b) {
            int32_t rows = 0;

            for (int32_t i = 0; i < train->n_rows; ++i) rows += train->factor[f][i] == b;
            if (rows > 0 && rows < settings.min_rows) {
                status = rml_fail(err, status, "%s has %d training rows, at least %d were expected", train->level[f][b],
                                  rows, settings.min_rows);
                break;
            }
        }
    } else if (status == RML_ELABEL)
        status = rml_fail(err, status, "no training row is of the reference %s", train->level[f][settings.reference]);
    else if (status == RML_EEMPTY && shifted.n_columns > 0) {
        int32_t other = 0; /* a row of another batch than the first row's */

        while (other < train->n_rows && train->factor[f][other] == train->factor[f][0]) ++other;
        if (other == train->n_rows)
            rml_fail(err, status, "all %d training rows are of %s; at least two batches were expected", train->n_rows,
                     train->level[f][train->factor[f][0]]);
        else
            rml_fail(err, status, "fewer than two of the %d features vary within the batches of the training part",
                     shifted.n_columns);
    } else if (status == RML_EVALUE)
        status = rml_fail(err, status, "the batches determine a covariate, or a value is infinite");
    if (status == RML_OK) status = rml_fitted_keep(fitted, NULL);
    if (status == RML_OK) status = store_combat(train, &combat, fitted);
    rml_combat_free(&combat);
    free((void *)(uintptr_t)covariates.x);
    free((void *)(uintptr_t)shifted.x);
    return status;
}

/* What an unseen batch says of itself is shrunk over all features together. */
static bool combat_whole(const double *param)
{
    return param[COMBAT_UNSEEN] == UNSEEN_OWN && param[COMBAT_PRIOR] != 2;
}

/* 2. Apply -------------------------------------------------------------------------------------------------------- */

/* n_rows rows of a value a feature; false when there is no such array. */
static bool copy_array(const rml_fitted *fitted, const char *name, int32_t n_rows, double *to)
{
    const rml_array *array = rml_fitted_shaped(fitted, name, n_rows, fitted->n_in);

    if (array) memcpy(to, array->value, (size_t)array->n_rows * (size_t)array->n_columns * sizeof *to);
    return array != NULL;
}

static rml_status restore_combat(const rml_fitted *fitted, const double *param, rml_combat *combat)
{
    const int32_t p = fitted->n_in;
    const rml_array *rows = rml_fitted_shaped(fitted, "n_rows", 1, -1),
                    *beta = rml_fitted_shaped(fitted, "beta", -1, p);
    const rml_array *state = rml_fitted_shaped(fitted, "state", 1, p);
    const rml_array *pooled = rml_fitted_shaped(fitted, "pooled", 1, 5);
    const rml_array *counts = rml_fitted_shaped(fitted, "counts", 1, 3);
    rml_status status;

    if (!rows || !beta || !state || !pooled || !counts) return RML_EFORMAT;
    status = rml_combat_init(combat, fitted->n_in, rows->n_columns, beta->n_rows);
    if (status != RML_OK) return status;
    combat->settings = rml_combat_defaults();
    combat->settings.parametric = param[COMBAT_PRIOR] != 1;
    combat->settings.shrink = param[COMBAT_PRIOR] != 2;
    if (rml_fitted_number(fitted, "reference") >= 0 && rml_fitted_number(fitted, "reference") < rows->n_columns)
        combat->settings.reference = (int32_t)rml_fitted_number(fitted, "reference");
    combat->n_adjusted = (int32_t)counts->value[0];
    combat->missing = counts->value[1] > 0;
    combat->settings.mean_only = counts->value[2] > 0;
    for (int32_t b = 0; b < rows->n_columns; ++b) combat->n_rows[b] = (int32_t)rows->value[b];
    for (int32_t j = 0; j < fitted->n_in; ++j) combat->state[j] = (uint8_t)state->value[j];
    combat->pooled =
        (rml_shrink_prior){pooled->value[0], pooled->value[1], pooled->value[2], pooled->value[3], pooled->value[4]};
    if (!copy_array(fitted, "grand_mean", 1, combat->grand_mean) ||
        !copy_array(fitted, "var_pooled", 1, combat->var_pooled) ||
        !copy_array(fitted, "beta", beta->n_rows, combat->beta) ||
        !copy_array(fitted, "gamma_hat", rows->n_columns, combat->gamma_hat) ||
        !copy_array(fitted, "delta_hat", rows->n_columns, combat->delta_hat) ||
        !copy_array(fitted, "gamma", rows->n_columns, combat->gamma_star) ||
        !copy_array(fitted, "delta", rows->n_columns, combat->delta_star))
        return RML_EFORMAT;
    return RML_OK;
}

static bool seen(const rml_combat *combat, int32_t batch)
{
    return batch >= 0 && batch < combat->n_batches && combat->n_rows[batch] > 0;
}

/* How many rows of which batches cannot be taken; the first few batches by name. */
static void say_unseen(const rml_combat *combat, const rml_sample *rows, int32_t f, rml_error *err)
{
    enum { NAMED = 3 };
    char names[256] = "";
    int32_t n_rows = 0, n_batches = 0;

    for (int32_t b = -1; b < rows->n_levels[f]; ++b) {
        const size_t used = strlen(names);
        int32_t n = 0;

        for (int32_t i = 0; i < rows->n_rows; ++i) n += rows->factor[f][i] == b;
        if (n == 0 || seen(combat, b)) continue;
        if (n_batches < NAMED)
            snprintf(names + used, sizeof names - used, "%s%.60s", n_batches > 0 ? ", " : "",
                     b < 0 ? "no batch" : rows->level[f][b]);
        n_rows += n;
        ++n_batches;
    }
    rml_fail(err, RML_ELABEL, "%d of %d rows %s of %s%s, which had no row to train on (unseen: refuse)", n_rows,
             rows->n_rows, n_rows == 1 ? "is" : "are", names, n_batches > NAMED ? " and others" : "");
}

/* One unseen batch's rows, harmonised by what they say of themselves. */
static rml_status own_batch(const rml_combat *combat, const rml_sample *rows, const rml_columns *covariates, int32_t f,
                            int32_t batch, double *out, rml_error *err)
{
    const int32_t p = rows->x.n_columns, n_all = rows->n_rows;
    int32_t *row = malloc(((size_t)n_all + 1) * sizeof *row), n = 0;
    double *memory = NULL, *x, *c, *gamma, *delta;
    rml_status status = RML_ENOMEM;

    for (int32_t i = 0; row && i < n_all; ++i)
        if (rows->factor[f][i] == batch) row[n++] = i;
    if (row) memory = malloc(((size_t)n * (size_t)(p + covariates->n_columns) + 2 * (size_t)p + 1) * sizeof *memory);
    if (memory) {
        rml_columns own, cov;

        x = memory;
        c = x + (int64_t)n * p;
        gamma = c + (int64_t)n * covariates->n_columns;
        delta = gamma + p;
        for (int32_t j = 0; j < p; ++j)
            for (int32_t i = 0; i < n; ++i) x[(int64_t)j * n + i] = rml_column(&rows->x, j)[row[i]];
        for (int32_t j = 0; j < covariates->n_columns; ++j)
            for (int32_t i = 0; i < n; ++i) c[(int64_t)j * n + i] = rml_column(covariates, j)[row[i]];
        own = (rml_columns){n, n, p, x};
        cov = (rml_columns){n, n, covariates->n_columns, c};
        status = rml_combat_own(combat, &own, cov.n_columns > 0 ? &cov : NULL, gamma, delta);
        if (status == RML_EEMPTY)
            rml_fail(err, status, "%s had no row to train on and has %d now; unseen: own takes %d or more",
                     rows->level[f][batch], n, RML_COMBAT_OWN_ROWS);
        if (status == RML_OK)
            status = rml_combat_apply_own(combat, gamma, delta, &own, cov.n_columns > 0 ? &cov : NULL, x, n);
        for (int32_t j = 0; status == RML_OK && j < p; ++j)
            for (int32_t i = 0; i < n; ++i) out[(int64_t)j * n_all + row[i]] = x[(int64_t)j * n + i];
    }
    free(row);
    free(memory);
    return status;
}

static rml_status combat_apply(const rml_fitted *fitted, const double *param, rml_sample *rows, rml_error *err)
{
    const int32_t f = (int32_t)param[COMBAT_BATCH], unseen = (int32_t)param[COMBAT_UNSEEN];
    double *out = rml_sample_room(rows, fitted->n_in);
    rml_columns covariates = {0};
    rml_combat combat = {0};
    rml_status status = out ? covariates_of(rows, param[COMBAT_COVARIATES], &covariates) : RML_ENOMEM;

    if (status == RML_OK) status = restore_combat(fitted, param, &combat);
    if (status == RML_OK && rows->n_rows > 0)
        status = rml_combat_apply(&combat, &rows->x, rows->factor[f], covariates.n_columns > 0 ? &covariates : NULL,
                                  unseen != UNSEEN_REFUSE, out, rows->n_rows);
    if (status == RML_ELABEL) say_unseen(&combat, rows, f, err);
    for (int32_t b = 0; status == RML_OK && unseen == UNSEEN_OWN && b < rows->n_levels[f]; ++b) {
        bool there = false;

        for (int32_t i = 0; i < rows->n_rows; ++i) there |= rows->factor[f][i] == b;
        if (there && !seen(&combat, b)) status = own_batch(&combat, rows, &covariates, f, b, out, err);
    }
    if (status == RML_OK)
        rml_sample_replace(rows, out);
    else
        free(out);
    rml_combat_free(&combat);
    free((void *)(uintptr_t)covariates.x);
    return status;
}

const rml_kind rml_kind_combat = {
    .name = "combat",
    .role = RML_ROLE_PREPARE,
    .help = "takes each batch's shift and spread out of every feature of the table; clinical columns stay as they are",
    .param = combat_params,
    .n_params = RML_COUNT(combat_params),
    .for_class = true,
    .for_classes = true,
    .for_value = true,
    .for_time = true,
    .whole_if = combat_whole,
    .fit = combat_fit,
    .apply = combat_apply};
