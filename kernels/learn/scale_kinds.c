/* Steps that bring columns to a common scale, or make new ones of them.
 *
 * 1. Scale
 * 2. Principal components */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/learn/kinds.h"
#include "kernels/prepare/pca.h"
#include "kernels/prepare/scale.h"

/* 1. Scale -------------------------------------------------------------------------------------------------------- */

static const char *const scale_methods[] = {"zscore", "robust", "mad", "unit", "symmetric", "yeo-johnson", NULL};
static const char *const divisors[] = {"n", "n-1", NULL};
static const rml_param scale_params[] = {
    {"method", RML_PARAM_WORD, 0, 0, 0, scale_methods,
     "zscore: mean and standard deviation; robust: median and interquartile range; mad: median and 1.4826 MAD; unit, "
     "symmetric: the training rows span [0, 1], [-1, 1]; yeo-johnson: power transform, then zscore"},
    {"divisor", RML_PARAM_WORD, 0, 0, 0, divisors, "of the standard deviation"},
};
enum { SCALE_METHOD, SCALE_DIVISOR };

static rml_status scale_fit(const rml_sample *train, const double *param, uint64_t seed, void *shared,
                            rml_fitted *fitted, rml_error *err)
{
    const rml_scale_settings settings = {(rml_scale_kind)param[SCALE_METHOD], param[SCALE_DIVISOR] > 0};
    const int32_t n = train->x.n_columns;
    rml_scale scale;
    rml_status status = rml_scale_fit(&train->x, &settings, &scale);

    (void)seed, (void)shared, (void)err;
    rml_fitted_init(fitted, "scale", n, n);
    if (status == RML_OK) status = rml_fitted_keep(fitted, NULL);
    if (status == RML_OK &&
        (!rml_fitted_add(fitted, "offset", true, 1, n, scale.offset) ||
         !rml_fitted_add(fitted, "scale", true, 1, n, scale.scale) ||
         (settings.kind == RML_SCALE_YEO_JOHNSON && !rml_fitted_add(fitted, "lambda", true, 1, n, scale.lambda))))
        status = RML_ENOMEM;
    rml_scale_free(&scale);
    return status;
}

static rml_status scale_apply(const rml_fitted *fitted, const double *param, rml_sample *rows, rml_error *err)
{
    const rml_array *offset = rml_fitted_shaped(fitted, "offset", 1, fitted->n_in);
    const rml_array *by = rml_fitted_shaped(fitted, "scale", 1, fitted->n_in);
    const rml_array *lambda = rml_fitted_shaped(fitted, "lambda", 1, fitted->n_in);
    const bool whole = offset && by && (lambda || param[SCALE_METHOD] != RML_SCALE_YEO_JOHNSON);
    const size_t n_bytes = (size_t)fitted->n_in * sizeof(double);
    double *out = rml_sample_room(rows, fitted->n_in);
    rml_scale scale = {0};
    rml_status status = !whole ? RML_EFORMAT : out ? rml_scale_init(&scale, fitted->n_in) : RML_ENOMEM;

    (void)err;
    if (status == RML_OK) {
        scale.settings.kind = (rml_scale_kind)param[SCALE_METHOD];
        memcpy(scale.offset, offset->value, n_bytes);
        memcpy(scale.scale, by->value, n_bytes);
        if (lambda) memcpy(scale.lambda, lambda->value, n_bytes);
        for (int32_t j = 0; j < fitted->n_in; ++j)
            scale.state[j] = isnan(scale.offset[j]) ? RML_SCALE_EMPTY : RML_SCALE_OK;
        status = rml_scale_apply(&scale, &rows->x, out, rows->n_rows);
    }
    if (status == RML_OK)
        rml_sample_replace(rows, out);
    else
        free(out);
    rml_scale_free(&scale);
    return status;
}

const rml_kind rml_kind_scale = {.name = "scale",
                                 .role = RML_ROLE_PREPARE,
                                 .help = "brings every column to a common scale",
                                 .param = scale_params,
                                 .n_params = RML_COUNT(scale_params),
                                 .for_class = true,
                                 .for_classes = true,
                                 .for_value = true,
                                 .for_time = true,
                                 .fit = scale_fit,
                                 .apply = scale_apply};

/* 2. Principal components ----------------------------------------------------------------------------------------- */

static const rml_param pca_params[] = {
    {"k", RML_PARAM_WHOLE, NAN, 1, 32767, NULL, "components to keep"},
    {"scale", RML_PARAM_WORD, 1, 0, 0, rml_no_yes, "divide by the standard deviation first"},
};
enum { PCA_K, PCA_SCALE };

static rml_status pca_fit(const rml_sample *train, const double *param, uint64_t seed, void *shared, rml_fitted *fitted,
                          rml_error *err)
{
    const int32_t p = train->x.n_columns;
    rml_pca pca = {0};
    rml_status status = rml_pca_fit(&train->x, param[PCA_SCALE] > 0, (int32_t)param[PCA_K], &pca);

    (void)seed, (void)shared;
    if (status == RML_EVALUE)
        rml_fail(err, status, "a value is missing or infinite; an impute step before it was expected");
    rml_fitted_init(fitted, "pca", p, status == RML_OK ? pca.n_components : 0);
    if (status == RML_OK && (!rml_fitted_add(fitted, "centre", true, 1, p, pca.centre) ||
                             !rml_fitted_add(fitted, "scale", true, 1, p, pca.scale) ||
                             !rml_fitted_add(fitted, "sdev", false, 1, pca.n_components, pca.sdev) ||
                             !rml_fitted_add(fitted, "rotation", true, pca.n_components, p, pca.rotation)))
        status = RML_ENOMEM;
    rml_pca_free(&pca);
    return status;
}

static rml_status pca_apply(const rml_fitted *fitted, const double *param, rml_sample *rows, rml_error *err)
{
    const rml_array *centre = rml_fitted_shaped(fitted, "centre", 1, fitted->n_in);
    const rml_array *scale = rml_fitted_shaped(fitted, "scale", 1, fitted->n_in);
    const rml_array *rotation = rml_fitted_shaped(fitted, "rotation", fitted->n_out, fitted->n_in);
    const size_t n_bytes = (size_t)fitted->n_in * sizeof(double);
    double *out = rml_sample_room(rows, fitted->n_out);
    rml_pca pca = {0};
    rml_status status = !centre || !scale || !rotation ? RML_EFORMAT
                        : out                          ? rml_pca_init(&pca, fitted->n_in, fitted->n_out)
                                                       : RML_ENOMEM;

    (void)param, (void)err;
    if (status == RML_OK) {
        memcpy(pca.centre, centre->value, n_bytes);
        memcpy(pca.scale, scale->value, n_bytes);
        memcpy(pca.rotation, rotation->value, n_bytes * (size_t)fitted->n_out);
        status = rml_pca_apply(&pca, &rows->x, out, rows->n_rows);
    }
    if (status == RML_OK)
        rml_sample_renew(rows, out, fitted->n_out);
    else
        free(out);
    rml_pca_free(&pca);
    return status;
}

const rml_kind rml_kind_pca = {.name = "pca",
                               .role = RML_ROLE_PREPARE,
                               .help = "principal components in place of the columns",
                               .param = pca_params,
                               .n_params = RML_COUNT(pca_params),
                               .for_class = true,
                               .for_classes = true,
                               .for_value = true,
                               .for_time = true,
                               .whole = true,
                               .fit = pca_fit,
                               .apply = pca_apply};
