/* Steps that leave columns out or fill them in, without looking at the outcome.
 *
 * 1. Clean
 * 2. Impute
 * 3. ICC */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/learn/kinds.h"
#include "kernels/prepare/clean.h"
#include "kernels/prepare/icc.h"
#include "kernels/prepare/impute.h"

/* 1. Clean -------------------------------------------------------------------------------------------------------- */

static const char *const clean_drops[] = {"constant", "near-constant", NULL};
static const rml_param clean_params[] = {
    {"drop", RML_PARAM_WORD, 0, 0, 0, clean_drops,
     "constant: one distinct training value; near-constant: also one value 19 times as frequent as the next and "
     "distinct "
     "values in at most 10 % of the rows"},
    {"min_variation", RML_PARAM_NUMBER, 0, 0, 1e6, NULL, "lowest coefficient of variation; 0: no limit"},
    {"max_missing", RML_PARAM_NUMBER, 0.5, 0, 1, NULL, "largest fraction of missing training values"},
};
enum { CLEAN_DROP, CLEAN_VARIATION, CLEAN_MISSING };

static rml_status clean_fit(const rml_sample *train, const double *param, uint64_t seed, void *shared,
                            rml_fitted *fitted, rml_error *err)
{
    rml_clean_settings settings = rml_clean_defaults();
    const int32_t p = train->x.n_columns;
    rml_clean_column *judged = malloc(((size_t)p + 1) * sizeof *judged);
    bool *keep = malloc((size_t)p + 1);
    rml_status status = RML_ENOMEM;

    (void)seed, (void)shared, (void)err;
    if (param[CLEAN_DROP] == 0) settings.freq_cut = INFINITY;
    settings.min_variation = param[CLEAN_VARIATION];
    settings.max_missing = param[CLEAN_MISSING];
    if (judged && keep) status = rml_clean(&train->x, &settings, judged);
    for (int32_t j = 0; status == RML_OK && j < p; ++j) keep[j] = judged[j].reason == RML_CLEAN_KEEP;
    if (status == RML_OK) status = rml_keep_marked(fitted, "clean", p, keep);
    free(judged);
    free(keep);
    return status;
}

const rml_kind rml_kind_clean = {.name = "clean",
                                 .role = RML_ROLE_PREPARE,
                                 .help = "leaves out columns that cannot tell rows apart",
                                 .param = clean_params,
                                 .n_params = RML_COUNT(clean_params),
                                 .for_class = true,
                                 .for_classes = true,
                                 .for_value = true,
                                 .for_time = true,
                                 .fit = clean_fit};

/* 2. Impute ------------------------------------------------------------------------------------------------------- */

static const char *const impute_methods[] = {"median", "nearest", NULL};
static const char *const impute_weights[] = {"uniform", "distance", NULL};
static const rml_param impute_params[] = {
    {"method", RML_PARAM_WORD, 0, 0, 0, impute_methods,
     "median of the training values; nearest: mean of the nearest training rows (scale first)"},
    {"neighbours", RML_PARAM_WHOLE, 5, 1, 1e6, NULL, "of method nearest"},
    {"weights", RML_PARAM_WORD, 0, 0, 0, impute_weights, "of method nearest"},
};
enum { IMPUTE_METHOD, IMPUTE_NEIGHBOURS, IMPUTE_WEIGHTS };

static rml_impute_settings impute_settings(const double *param)
{
    return (rml_impute_settings){(rml_impute_kind)param[IMPUTE_METHOD], (int32_t)param[IMPUTE_NEIGHBOURS],
                                 param[IMPUTE_WEIGHTS] > 0};
}

static bool impute_whole(const double *param)
{
    return param[IMPUTE_METHOD] == RML_IMPUTE_NEAREST;
}

/* A column without any training value cannot be filled: it is left out. */
static rml_status impute_fit(const rml_sample *train, const double *param, uint64_t seed, void *shared,
                             rml_fitted *fitted, rml_error *err)
{
    const rml_impute_settings settings = impute_settings(param);
    const int32_t p = train->x.n_columns;
    bool *keep = malloc((size_t)p + 1);
    rml_impute impute = {0};
    rml_status status = keep ? rml_impute_fit(&train->x, &settings, &impute) : RML_ENOMEM;

    (void)seed, (void)shared, (void)err;
    for (int32_t j = 0; status == RML_OK && j < p; ++j) keep[j] = true;
    for (int32_t e = 0; status == RML_OK && e < impute.n_empty; ++e) keep[impute.empty[e]] = false;
    if (status == RML_OK) status = rml_keep_marked(fitted, "impute", p, keep);
    if (status == RML_OK && !rml_fitted_add(fitted, "fill", true, 1, p, impute.fill)) status = RML_ENOMEM;
    if (status == RML_OK && settings.kind == RML_IMPUTE_NEAREST) {
        fitted->holds_rows = true;
        if (!rml_fitted_add(fitted, "rows", false, p, (int32_t)impute.n_rows, impute.x)) status = RML_ENOMEM;
    }
    rml_impute_free(&impute);
    free(keep);
    return status;
}

static rml_status impute_apply(const rml_fitted *fitted, const double *param, rml_sample *rows, rml_error *err)
{
    const rml_array *fill = rml_fitted_shaped(fitted, "fill", 1, fitted->n_in);
    const rml_array *known = rml_fitted_shaped(fitted, "rows", fitted->n_in, -1);
    const bool whole = fill && (known || param[IMPUTE_METHOD] != RML_IMPUTE_NEAREST);
    double *out = rml_sample_room(rows, fitted->n_in);
    rml_impute impute = {0};
    rml_status status = !whole ? RML_EFORMAT
                        : out  ? rml_impute_init(&impute, known ? known->n_columns : 0, fitted->n_in)
                               : RML_ENOMEM;

    (void)err;
    if (status == RML_OK) {
        impute.settings = impute_settings(param);
        for (int32_t j = 0; j < fitted->n_in; ++j) {
            impute.fill[j] = fill->value[j];
            if (isnan(fill->value[j])) impute.empty[impute.n_empty++] = j;
        }
        if (known) memcpy(impute.x, known->value, (size_t)known->n_rows * (size_t)known->n_columns * sizeof(double));
        status = rml_impute_apply(&impute, &rows->x, out, rows->n_rows);
    }
    if (status == RML_OK)
        rml_sample_replace(rows, out);
    else
        free(out);
    if (status == RML_OK && fitted->n_out < fitted->n_in) status = rml_sample_keep(rows, fitted->kept, fitted->n_out);
    rml_impute_free(&impute);
    return status;
}

const rml_kind rml_kind_impute = {.name = "impute",
                                  .role = RML_ROLE_PREPARE,
                                  .help = "fills in missing values from the training rows",
                                  .param = impute_params,
                                  .n_params = RML_COUNT(impute_params),
                                  .for_class = true,
                                  .for_classes = true,
                                  .for_value = true,
                                  .for_time = true,
                                  .whole_if = impute_whole,
                                  .fit = impute_fit,
                                  .apply = impute_apply};

/* 3. ICC ---------------------------------------------------------------------------------------------------------- */

static const char *const icc_forms[] = {"1,1", "2,1", "3,1", "1,k", "2,k", "3,k", NULL};
static const char *const icc_limits[] = {"estimate", "lower", NULL};
static const char *const icc_columns[] = {"icc", "lower", NULL};
static const rml_param icc_params[] = {
    {"readers", RML_PARAM_READERS, 0, 0, 0, NULL, "the column that tells readings of one patient apart"},
    {"min", RML_PARAM_NUMBER, 0.75, -1, 1, NULL, "columns below are left out"},
    {"form", RML_PARAM_WORD, 1, 0, 0, icc_forms,
     "of readers; Shrout and Fleiss: 2,1 absolute agreement of single readings"},
    {"on", RML_PARAM_WORD, 0, 0, 0, icc_limits, "what must reach min: the estimate, or its lower 95 % limit"},
    {"table", RML_PARAM_TABLE, -1, 0, 0, icc_columns,
     "instead of readers a file of coefficients from other patients, as `radmill icc` writes it: feature, icc, lower"},
};
enum { ICC_READERS, ICC_MIN, ICC_FORM, ICC_ON, ICC_TABLE };
enum { ICC_SUBJECTS = 10 }; /* fewer say too little of a coefficient */

/* A reading that does not depend on the reader (a clinical column) agrees wholly, also where it is constant. */
static bool same_readings(const rml_sample *train, int32_t j)
{
    for (int32_t r = 1; r < train->n_raters; ++r)
        if (memcmp(rml_column(&train->reading[0], j), rml_column(&train->reading[r], j),
                   (size_t)train->n_subjects * sizeof(double)) != 0)
            return false;
    return true;
}

/* From the training patients' readings. value: out, [columns] */
static rml_status icc_of_readings(const rml_sample *train, const double *param, double *value, rml_error *err)
{
    const int32_t p = train->x.n_columns, form = (int32_t)param[ICC_FORM];
    rml_icc_squares *squares = malloc(((size_t)p + 1) * sizeof *squares);
    rml_status status = squares ? RML_OK : RML_ENOMEM;

    if (status == RML_OK && train->n_raters < 2)
        status = rml_fail(
            err, RML_ESETTING,
            "no second readings: icc must be the first step of prepare, and some training patients read twice");
    if (status == RML_OK && train->n_subjects < ICC_SUBJECTS)
        status = rml_fail(err, RML_EVALUE, "%d training patients were read by all readers, at least %d were expected",
                          train->n_subjects, ICC_SUBJECTS);
    if (status == RML_OK) status = rml_icc_squares_of(train->reading, train->n_raters, squares);
    for (int32_t j = 0; status == RML_OK && j < p; ++j) {
        const rml_icc icc = rml_icc_of(&squares[j], (rml_icc_model)(form % 3), form >= 3, 0.95);

        value[j] = param[ICC_ON] > 0 ? icc.lower : icc.value;
        if (same_readings(train, j)) value[j] = 1.0;
    }
    free(squares);
    return status;
}

static rml_status icc_of_table(const rml_sample *train, const double *param, double *value, rml_error *err)
{
    const int32_t t = (int32_t)(param[ICC_TABLE] + param[ICC_ON]);

    if (t >= train->n_told)
        return rml_fail(err, RML_ESETTING, "the table speaks of features; a step before it has made new columns");
    memcpy(value, train->told[t], (size_t)train->x.n_columns * sizeof *value);
    return RML_OK;
}

static rml_status icc_fit(const rml_sample *train, const double *param, uint64_t seed, void *shared, rml_fitted *fitted,
                          rml_error *err)
{
    const int32_t p = train->x.n_columns;
    bool *keep = malloc((size_t)p + 1);
    double *value = malloc(((size_t)p + 1) * sizeof *value);
    rml_status status = keep && value ? RML_OK : RML_ENOMEM;

    (void)seed, (void)shared;
    if (status == RML_OK) status = (param[ICC_TABLE] >= 0 ? icc_of_table : icc_of_readings)(train, param, value, err);
    for (int32_t j = 0; status == RML_OK && j < p; ++j) keep[j] = value[j] >= param[ICC_MIN];
    if (status == RML_OK) status = rml_keep_marked(fitted, "icc", p, keep);
    if (status == RML_OK && !rml_fitted_add(fitted, "icc", true, 1, p, value)) status = RML_ENOMEM;
    free(keep);
    free(value);
    return status;
}

static const char *icc_refuse(const double *param)
{
    return (param[ICC_READERS] > 0) != (param[ICC_TABLE] >= 0)
               ? NULL
               : "one of readers (the column of this table's second readings) and table (a file of coefficients from "
                 "other patients) was expected";
}

const rml_kind rml_kind_icc = {.name = "icc",
                               .role = RML_ROLE_PREPARE,
                               .help = "leaves out columns on which readers disagree, by the training patients' "
                                       "readings or a fixed table",
                               .param = icc_params,
                               .n_params = RML_COUNT(icc_params),
                               .for_class = true,
                               .for_classes = true,
                               .for_value = true,
                               .for_time = true,
                               .refuse = icc_refuse,
                               .fit = icc_fit};
