#include "kernels/trees/xgb.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xgboost/c_api.h>

#include "kernels/trees/xgb_model.h"

static const char quiet[] = "{\"verbosity\": 0}";

rml_xgb_settings rml_xgb_defaults(void)
{
    return (rml_xgb_settings){.n_rounds = 100,
                              .max_depth = 6,
                              .eta = 0.3,
                              .subsample = 1.0,
                              .colsample = 1.0,
                              .lambda = 1.0,
                              .min_child_weight = 1.0,
                              .base_score = 0.5};
}

static bool is_amount(double value)
{
    return value >= 0.0 && value <= FLT_MAX;
}

static bool is_share(double value)
{
    return value > 0.0 && value <= 1.0;
}

static rml_status check_settings(const rml_xgb_settings *s)
{
    if (s->n_rounds < 1 || s->max_depth < 0) return RML_EINVAL;
    if (!is_share(s->eta) || !is_share(s->subsample) || !is_share(s->colsample)) return RML_EINVAL;
    if (!is_amount(s->lambda) || !is_amount(s->alpha)) return RML_EINVAL;
    return is_amount(s->gamma) && is_amount(s->min_child_weight) ? RML_OK : RML_EINVAL;
}

/* mean: out, of the codes or numbers, by weight. */
static rml_status check_rows(const rml_columns *x, const int32_t *class, int32_t n_classes, const double *number,
                             const double *weight, double *mean)
{
    int32_t first = -1;
    bool several = !class;
    double sum = 0.0, total = 0.0;

    if (!class == !number || (class ? n_classes < 2 : n_classes != 0) || x->stride < x->n_rows) return RML_EINVAL;
    if (x->n_rows < 1 || x->n_columns < 1) return RML_EEMPTY;
    for (int64_t i = 0; i < x->n_rows; ++i) {
        const double w = weight ? weight[i] : 1.0;

        if (!is_amount(w)) return RML_EVALUE;
        if (class && (class[i] < 0 || class[i] >= n_classes)) return RML_EINVAL;
        if (number && !(fabs(number[i]) <= FLT_MAX)) return RML_EVALUE;
        if (w == 0.0) continue;
        if (class && first < 0) first = class[i];
        several |= class && class[i] != first;
        total += w;
        sum += w * (class ? class[i] : number[i]);
    }
    *mean = sum / total;
    return total > 0.0 && several ? RML_OK : RML_EEMPTY;
}

/* Where the margins start, as the library computes it. base: the base score; out: of several classes 0.5, and what
 * was to be estimated. */
static rml_status check_start(int32_t n_classes, double mean, double *base, double *start)
{
    float score;

    if (n_classes > 2)
        *base = 0.5;
    else if (isnan(*base))
        *base = mean;
    else if (n_classes == 2 ? !(*base > 0.0 && *base < 1.0) : !(fabs(*base) <= FLT_MAX))
        return RML_EINVAL;
    score = (float)*base;
    *start = n_classes == 2 ? (double)-logf(1.0F / score - 1.0F) : (double)score;
    return isfinite(*start) ? RML_OK : RML_EVALUE;
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

static rml_status set_rows(DMatrixHandle matrix, int64_t n, const int32_t *class, const double *number,
                           const double *weight)
{
    float *value = malloc((size_t)n * sizeof *value);
    int refused;

    if (!value) return RML_ENOMEM;
    for (int64_t i = 0; i < n; ++i) value[i] = class ? (float)class[i] : (float)number[i];
    refused = XGDMatrixSetFloatInfo(matrix, "label", value, (bst_ulong)n);
    for (int64_t i = 0; weight && i < n; ++i) value[i] = (float)weight[i];
    if (weight) refused |= XGDMatrixSetFloatInfo(matrix, "weight", value, (bst_ulong)n);
    free(value);
    return refused ? RML_EUNSUPPORTED : RML_OK;
}

static rml_status set_number(BoosterHandle booster, const char *name, double value)
{
    char text[32];

    (void)snprintf(text, sizeof text, "%.17g", value);
    return XGBoosterSetParam(booster, name, text) == 0 ? RML_OK : RML_EUNSUPPORTED;
}

static rml_status set_parameters(BoosterHandle booster, const char *objective, int32_t n_groups, double base,
                                 const rml_xgb_settings *s)
{
    const struct {
        const char *name;
        double value;
    } numbers[] = {{"max_depth", s->max_depth}, {"eta", s->eta},
                   {"subsample", s->subsample}, {"colsample_bytree", s->colsample},
                   {"lambda", s->lambda},       {"alpha", s->alpha},
                   {"gamma", s->gamma},         {"min_child_weight", s->min_child_weight},
                   {"base_score", base},        {"seed", (double)(s->seed & INT32_MAX)}};
    const char *const words[][2] = {
        {"objective", objective}, {"tree_method", "exact"}, {"nthread", "1"}, {"verbosity", "0"}};

    for (size_t w = 0; w < sizeof words / sizeof *words; ++w)
        if (XGBoosterSetParam(booster, words[w][0], words[w][1]) != 0) return RML_EUNSUPPORTED;
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; ++k)
        if (set_number(booster, numbers[k].name, numbers[k].value) != RML_OK) return RML_EUNSUPPORTED;
    return n_groups > 1 ? set_number(booster, "num_class", n_groups) : RML_OK;
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

static rml_status take_trees(BoosterHandle booster, rml_xgb *xgb)
{
    bst_ulong n_bytes = 0;
    const char *bytes = NULL;
    rml_status status;

    if (XGBoosterSaveModelToBuffer(booster, "{\"format\": \"ubj\"}", &n_bytes, &bytes) != 0) return RML_EUNSUPPORTED;
    xgb->bytes = malloc(n_bytes + 1);
    if (!xgb->bytes) return RML_ENOMEM;
    memcpy(xgb->bytes, bytes, n_bytes);
    xgb->n_bytes = (int64_t)n_bytes;
    status = rml_xgb_model_read(xgb->bytes, xgb->n_bytes, &xgb->trees, &xgb->missing_left);
    if (status == RML_OK) status = rml_trees_check(&xgb->trees, xgb->n_columns);
    return status;
}

/* What is checked, grown into trees. number: what labels are, unless class is given. */
static rml_status grow(const rml_columns *x, const int32_t *class, const double *number, const double *weight,
                       const char *objective, double base, const rml_xgb_settings *settings, rml_xgb *xgb)
{
    DMatrixHandle matrix = NULL;
    BoosterHandle booster = NULL;
    rml_status status;

    (void)XGBSetGlobalConfig(quiet);
    status = make_matrix(x, &matrix);
    if (status == RML_OK) status = set_rows(matrix, x->n_rows, class, number, weight);
    if (status == RML_OK && XGBoosterCreate(&matrix, 1, &booster) != 0) status = RML_EUNSUPPORTED;
    if (status == RML_OK) status = set_parameters(booster, objective, xgb->n_groups, base, settings);
    for (int32_t r = 0; status == RML_OK && r < settings->n_rounds; ++r)
        if (XGBoosterUpdateOneIter(booster, r, matrix) != 0) status = RML_EUNSUPPORTED;
    if (status == RML_OK) status = take_importance(booster, xgb);
    if (status == RML_OK) status = take_trees(booster, xgb);
    if (status != RML_OK) rml_xgb_free(xgb);
    if (booster) (void)XGBoosterFree(booster);
    if (matrix) (void)XGDMatrixFree(matrix);
    return status;
}

rml_status rml_xgb_fit(const rml_columns *x, const int32_t *class, int32_t n_classes, const double *number,
                       const double *weight, const rml_xgb_settings *settings, rml_xgb *xgb)
{
    const char *const objective = n_classes == 0   ? "reg:squarederror"
                                  : n_classes == 2 ? "binary:logistic"
                                                   : "multi:softprob";
    double mean = NAN, base = settings->base_score;
    rml_status status = check_settings(settings);

    *xgb = (rml_xgb){.n_columns = x->n_columns, .n_groups = n_classes > 2 ? n_classes : 1};
    rml_trees_init(&xgb->trees, 1);
    if (status == RML_OK) status = check_rows(x, class, n_classes, number, weight, &mean);
    if (status == RML_OK) status = check_start(n_classes, mean, &base, &xgb->start);
    if (status != RML_OK) return status;
    return grow(x, class, number, weight, objective, base, settings, xgb);
}

static int by_number(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The library's labels: a time's place among the distinct ones from 1 on, negative of those censored. Times themselves
 * would do, but for a time 0 without a sign, and for single precision. label: out, [2 n] */
static rml_status label_times(int64_t n, const double *time, const uint8_t *event, const double *weight, double *label)
{
    double *distinct = label + n;
    int64_t n_distinct = 0;
    bool any = false;

    for (int64_t i = 0; i < n; ++i) {
        if (!(time[i] >= 0.0) || isinf(time[i]) || event[i] > 1) return RML_EVALUE;
        distinct[i] = time[i];
        any |= event[i] && (!weight || weight[i] > 0.0);
    }
    if (!any) return RML_EEMPTY;
    qsort(distinct, (size_t)n, sizeof *distinct, by_number);
    for (int64_t i = 0; i < n; ++i)
        if (i == 0 || distinct[i] != distinct[n_distinct - 1]) distinct[n_distinct++] = distinct[i];
    for (int64_t i = 0; i < n; ++i) {
        const double *place = bsearch(&time[i], distinct, (size_t)n_distinct, sizeof *distinct, by_number);

        label[i] = place ? (event[i] ? 1.0 : -1.0) * (double)(place - distinct + 1) : NAN;
    }
    return RML_OK;
}

rml_status rml_xgb_fit_times(const rml_columns *x, const double *time, const uint8_t *event, const double *weight,
                             const rml_xgb_settings *settings, rml_xgb *xgb)
{
    double *label = malloc((2 * (size_t)x->n_rows + 1) * sizeof *label), mean;
    rml_status status = label ? check_settings(settings) : RML_ENOMEM;

    *xgb = (rml_xgb){.n_columns = x->n_columns, .n_groups = 1};
    rml_trees_init(&xgb->trees, 1);
    if (status == RML_OK) status = label_times(x->n_rows, time, event, weight, label);
    if (status == RML_OK) status = check_rows(x, NULL, 0, label, weight, &mean);
    if (status == RML_OK) status = grow(x, NULL, label, weight, "survival:cox", 1.0, settings, xgb);
    free(label);
    return status;
}

void rml_xgb_free(rml_xgb *xgb)
{
    if (!xgb) return;
    rml_trees_free(&xgb->trees);
    free(xgb->missing_left);
    free(xgb->bytes);
    free(xgb->importance);
    xgb->missing_left = NULL;
    xgb->bytes = NULL;
    xgb->importance = NULL;
    xgb->n_bytes = 0;
}

static double leaf_value(const rml_xgb *xgb, int32_t t, const rml_columns *x, int64_t row)
{
    const rml_trees *trees = &xgb->trees;
    int32_t node = trees->first[t];

    while (trees->feature[node] >= 0) {
        const double value = (double)(float)rml_column(x, trees->feature[node])[row];
        const bool left = isnan(value) ? xgb->missing_left[node] : value <= trees->threshold[node];

        node = left ? trees->left[node] : trees->right[node];
    }
    return trees->value[node];
}

rml_status rml_xgb_decide(const rml_xgb *xgb, const rml_columns *x, double *margin)
{
    const int64_t n = x->n_rows;

    for (int64_t i = 0; i < n * xgb->n_groups; ++i) margin[i] = NAN;
    if (x->n_columns != xgb->n_columns || x->stride < n) return RML_EINVAL;
    for (int32_t j = 0; j < x->n_columns; ++j)
        for (int64_t i = 0; i < n; ++i)
            if (fabs(rml_column(x, j)[i]) > FLT_MAX) return RML_EVALUE;
    for (int64_t i = 0; i < n * xgb->n_groups; ++i) margin[i] = xgb->start;
    for (int32_t t = 0; t < xgb->trees.n_trees; ++t) {
        double *group = margin + t % xgb->n_groups * n;

        for (int64_t i = 0; i < n; ++i) group[i] = (double)((float)group[i] + (float)leaf_value(xgb, t, x, i));
    }
    return RML_OK;
}
