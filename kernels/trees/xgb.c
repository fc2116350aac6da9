#include "kernels/trees/xgb.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xgboost/c_api.h>

static const char quiet[] = "{\"verbosity\": 0}";

rml_xgb_settings rml_xgb_defaults(void)
{
    return (rml_xgb_settings){
        .n_rounds = 100, .max_depth = 6, .eta = 0.3, .lambda = 1.0, .min_child_weight = 1.0, .base_score = 0.5};
}

static bool is_amount(double value)
{
    return value >= 0.0 && value <= FLT_MAX;
}

static rml_status check(const rml_columns *x, const uint8_t *y, const double *number, const double *weight,
                        const rml_xgb_settings *s)
{
    int64_t n_of[2] = {0};

    if (!y == !number || x->stride < x->n_rows || s->n_rounds < 1 || s->max_depth < 0) return RML_EINVAL;
    if (!(s->eta > 0.0 && s->eta <= 1.0) || !is_amount(s->lambda) || !is_amount(s->alpha)) return RML_EINVAL;
    if (!is_amount(s->gamma) || !is_amount(s->min_child_weight)) return RML_EINVAL;
    if (y ? !(s->base_score > 0.0 && s->base_score < 1.0) : !(fabs(s->base_score) <= FLT_MAX)) return RML_EINVAL;
    if (x->n_rows < 1 || x->n_columns < 1) return RML_EEMPTY;
    for (int64_t i = 0; i < x->n_rows; ++i) {
        const double w = weight ? weight[i] : 1.0;

        if (!is_amount(w)) return RML_EVALUE;
        if (y ? y[i] > 1 : !(fabs(number[i]) <= FLT_MAX)) return RML_EVALUE;
        if (w > 0.0) ++n_of[y ? y[i] : 0];
    }
    return n_of[0] + n_of[1] == 0 || (y && (n_of[0] == 0 || n_of[1] == 0)) ? RML_EEMPTY : RML_OK;
}

/* The library's table of the columns. */
static rml_status make_matrix(const rml_columns *x, DMatrixHandle *matrix)
{
    const size_t p = (size_t)x->n_columns;
    float *rows = malloc(((size_t)x->n_rows * p + 1) * sizeof *rows);
    rml_status status = RML_OK;

    if (!rows) return RML_ENOMEM;
    for (size_t j = 0; j < p; ++j) {
        const double *value = rml_column(x, (int32_t)j);

        for (int64_t i = 0; i < x->n_rows; ++i) {
            if (fabs(value[i]) > FLT_MAX) { /* the conversion would be undefined */
                free(rows);
                return RML_EVALUE;
            }
            rows[(size_t)i * p + j] = (float)value[i];
        }
    }
    if (XGDMatrixCreateFromMat_omp(rows, (bst_ulong)x->n_rows, p, NAN, matrix, 1) != 0) status = RML_EUNSUPPORTED;
    free(rows);
    return status;
}

static rml_status set_rows(DMatrixHandle matrix, int64_t n, const uint8_t *y, const double *number,
                           const double *weight)
{
    float *value = malloc((size_t)n * sizeof *value);
    int refused;

    if (!value) return RML_ENOMEM;
    for (int64_t i = 0; i < n; ++i) value[i] = y ? (float)y[i] : (float)number[i];
    refused = XGDMatrixSetFloatInfo(matrix, "label", value, (bst_ulong)n);
    for (int64_t i = 0; weight && i < n; ++i) value[i] = (float)weight[i];
    if (weight) refused |= XGDMatrixSetFloatInfo(matrix, "weight", value, (bst_ulong)n);
    free(value);
    return refused ? RML_EUNSUPPORTED : RML_OK;
}

static rml_status set_parameters(BoosterHandle booster, bool binary, const rml_xgb_settings *s)
{
    const struct {
        const char *name;
        double value;
    } numbers[] = {{"max_depth", s->max_depth},  {"eta", s->eta},     {"lambda", s->lambda},
                   {"alpha", s->alpha},          {"gamma", s->gamma}, {"min_child_weight", s->min_child_weight},
                   {"base_score", s->base_score}};
    const char *const words[][2] = {{"objective", binary ? "binary:logistic" : "reg:squarederror"},
                                    {"tree_method", "exact"},
                                    {"nthread", "1"},
                                    {"seed", "0"},
                                    {"verbosity", "0"}};

    for (size_t w = 0; w < sizeof words / sizeof *words; ++w)
        if (XGBoosterSetParam(booster, words[w][0], words[w][1]) != 0) return RML_EUNSUPPORTED;
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; ++k) {
        char text[32];

        (void)snprintf(text, sizeof text, "%.17g", numbers[k].value);
        if (XGBoosterSetParam(booster, numbers[k].name, text) != 0) return RML_EUNSUPPORTED;
    }
    return RML_OK;
}

/* Mean gains, which the library gives with the names f0, f1, .. of the columns that have splits. */
static rml_status take_importance(BoosterHandle booster, rml_xgb *xgb)
{
    bst_ulong n_names = 0, n_dimensions = 0;
    const bst_ulong *shape;
    const char **name;
    const float *gain;

    xgb->importance = calloc((size_t)xgb->n_columns, sizeof *xgb->importance);
    if (!xgb->importance) return RML_ENOMEM;
    if (XGBoosterFeatureScore(booster, "{\"importance_type\": \"gain\"}", &n_names, &name, &n_dimensions, &shape,
                              &gain) != 0)
        return RML_EUNSUPPORTED;
    for (bst_ulong k = 0; k < n_names; ++k) {
        const long j = strtol(name[k] + 1, NULL, 10);

        if (name[k][0] != 'f' || j < 0 || j >= xgb->n_columns) return RML_EUNSUPPORTED;
        xgb->importance[j] = (double)gain[k];
    }
    return RML_OK;
}

static rml_status take_bytes(BoosterHandle booster, rml_xgb *xgb)
{
    bst_ulong n_bytes = 0;
    const char *bytes = NULL;

    if (XGBoosterSaveModelToBuffer(booster, "{\"format\": \"ubj\"}", &n_bytes, &bytes) != 0) return RML_EUNSUPPORTED;
    xgb->bytes = malloc(n_bytes + 1);
    if (!xgb->bytes) return RML_ENOMEM;
    memcpy(xgb->bytes, bytes, n_bytes);
    xgb->n_bytes = (int64_t)n_bytes;
    return RML_OK;
}

rml_status rml_xgb_fit(const rml_columns *x, const uint8_t *y, const double *number, const double *weight,
                       const rml_xgb_settings *settings, rml_xgb *xgb)
{
    DMatrixHandle matrix = NULL;
    BoosterHandle booster = NULL;
    rml_status status;

    *xgb = (rml_xgb){.n_columns = x->n_columns};
    status = check(x, y, number, weight, settings);
    if (status != RML_OK) return status;
    (void)XGBSetGlobalConfig(quiet);
    status = make_matrix(x, &matrix);
    if (status == RML_OK) status = set_rows(matrix, x->n_rows, y, number, weight);
    if (status == RML_OK && XGBoosterCreate(&matrix, 1, &booster) != 0) status = RML_EUNSUPPORTED;
    if (status == RML_OK) status = set_parameters(booster, y != NULL, settings);
    for (int32_t r = 0; status == RML_OK && r < settings->n_rounds; ++r)
        if (XGBoosterUpdateOneIter(booster, r, matrix) != 0) status = RML_EUNSUPPORTED;
    if (status == RML_OK) status = take_importance(booster, xgb);
    if (status == RML_OK) status = take_bytes(booster, xgb);
    if (status != RML_OK) rml_xgb_free(xgb);
    if (booster) (void)XGBoosterFree(booster);
    if (matrix) (void)XGDMatrixFree(matrix);
    return status;
}

void rml_xgb_free(rml_xgb *xgb)
{
    if (!xgb) return;
    free(xgb->bytes);
    free(xgb->importance);
    xgb->bytes = NULL;
    xgb->importance = NULL;
    xgb->n_bytes = 0;
}

static rml_status ask(BoosterHandle booster, DMatrixHandle matrix, int64_t n, double *margin)
{
    static const char how[] = "{\"type\": 1, \"training\": false, \"iteration_begin\": 0, \"iteration_end\": 0, "
                              "\"strict_shape\": false}";
    const bst_ulong *shape = NULL;
    const float *result = NULL;
    bst_ulong n_dimensions = 0;

    if (XGBoosterPredictFromDMatrix(booster, matrix, how, &shape, &n_dimensions, &result) != 0) return RML_EFORMAT;
    if (n_dimensions < 1 || shape[0] != (bst_ulong)n) return RML_EFORMAT;
    for (int64_t i = 0; i < n; ++i) margin[i] = (double)result[i];
    return RML_OK;
}

rml_status rml_xgb_decide(const rml_xgb *xgb, const rml_columns *x, double *margin)
{
    DMatrixHandle matrix = NULL;
    BoosterHandle booster = NULL;
    rml_status status;

    for (int64_t i = 0; i < x->n_rows; ++i) margin[i] = NAN;
    if (x->n_columns != xgb->n_columns || x->stride < x->n_rows) return RML_EINVAL;
    if (!xgb->bytes || xgb->n_bytes < 1) return RML_EFORMAT;
    if (x->n_rows < 1) return RML_OK;
    (void)XGBSetGlobalConfig(quiet);
    status = make_matrix(x, &matrix);
    if (status == RML_OK && XGBoosterCreate(NULL, 0, &booster) != 0) status = RML_EUNSUPPORTED;
    if (status == RML_OK && (XGBoosterLoadModelFromBuffer(booster, xgb->bytes, (bst_ulong)xgb->n_bytes) != 0 ||
                             XGBoosterSetParam(booster, "nthread", "1") != 0))
        status = RML_EFORMAT;
    if (status == RML_OK) status = ask(booster, matrix, x->n_rows, margin);
    if (booster) (void)XGBoosterFree(booster);
    if (matrix) (void)XGDMatrixFree(matrix);
    return status;
}
