/* 1. Measures   2. Folds   3. The choice */
#include "kernels/models/elastic_net_cv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/models/descent_cox.h"
#include "kernels/models/glmnet_times.h"
#include "kernels/survival/concordance.h"

#define LEAST_PROBABILITY 1e-5

/* 1. Measures */

typedef struct row {
    double value, weight;
    bool positive;
} row;

static int by_value(const void *a, const void *b)
{
    const row *r = a, *s = b;

    return (r->value > s->value) - (r->value < s->value);
}

/* Weighted share of pairs in the right order, ties one half; NaN with one class. rows are sorted here. */
static double area(row *rows, int64_t n)
{
    double below = 0.0, positives = 0.0, pairs = 0.0;

    qsort(rows, (size_t)n, sizeof *rows, by_value);
    for (int64_t first = 0, last; first < n; first = last) {
        double tied[2] = {0};

        for (last = first; last < n && rows[last].value == rows[first].value; ++last)
            tied[rows[last].positive] += rows[last].weight;
        pairs += tied[1] * (below + tied[0] / 2.0);
        below += tied[0];
        positives += tied[1];
    }
    return pairs / (positives * below);
}

static double loss_of(rml_elastic_net_measure measure, bool binary, double y, double linear)
{
    const double p = binary ? rml_elastic_net_probability(linear) : linear;
    const double kept = fmin(fmax(p, LEAST_PROBABILITY), 1.0 - LEAST_PROBABILITY);

    if (measure == RML_NET_CLASS) return y > 0.5 ? p <= 0.5 : p > 0.5;
    if (measure == RML_NET_MAE) return fabs(y - p) * (binary ? 2.0 : 1.0);
    if (measure == RML_NET_DEVIANCE && binary) return -2.0 * log(y > 0.5 ? kept : 1.0 - kept);
    return (y - p) * (y - p) * (binary ? 2.0 : 1.0);
}

/* 2. Folds */

typedef struct split {
    rml_columns training, test;
    double *x;                     /* the training rows' columns, then the test rows' */
    double *number[2], *weight[2]; /* of training and test rows */
    uint8_t *binary[2];            /* or events, whose times are numbers */
    double *linear;                /* [n] */
    row *rows;                     /* [n] */
} split;

static void free_split(split *s)
{
    free(s->x);
    free(s->binary[0]);
    free(s->rows);
    *s = (split){0};
}

static rml_status new_split(split *s, const rml_columns *columns)
{
    const size_t n = (size_t)columns->n_rows;

    *s = (split){0};
    s->x = malloc(((size_t)columns->n_columns * n + 3 * n) * sizeof *s->x);
    s->binary[0] = malloc(n);
    s->rows = malloc(n * sizeof *s->rows);
    if (!s->x || !s->binary[0] || !s->rows) {
        free_split(s);
        return RML_ENOMEM;
    }
    return RML_OK;
}

static void fill_split(split *s, const rml_columns *columns, rml_elastic_net_outcome y, const double *weight,
                       const int32_t *fold, int32_t left_out)
{
    const int64_t n = columns->n_rows;
    double *after = s->x + (int64_t)columns->n_columns * n;
    int64_t n_side[2] = {0}, at[2] = {0};

    for (int64_t i = 0; i < n; ++i) ++n_side[fold[i] == left_out];
    s->training = (rml_columns){n_side[0], n_side[0], columns->n_columns, s->x};
    s->test = (rml_columns){n_side[1], n_side[1], columns->n_columns, s->x + n_side[0] * columns->n_columns};
    s->binary[1] = s->binary[0] + n_side[0];
    s->number[0] = after;
    s->number[1] = after + n_side[0];
    s->weight[0] = after + n;
    s->weight[1] = after + n + n_side[0];
    s->linear = after + 2 * n;
    for (int32_t j = 0; j < columns->n_columns; ++j) {
        const double *from = rml_column(columns, j);
        double *to[2] = {s->x + j * n_side[0], s->x + n_side[0] * columns->n_columns + j * n_side[1]};

        for (int64_t i = 0; i < n; ++i) *to[fold[i] == left_out]++ = from[i];
    }
    for (int64_t i = 0; i < n; ++i) {
        const int side = fold[i] == left_out;
        const int64_t k = at[side]++;

        if (y.binary || y.event) s->binary[side][k] = y.binary ? y.binary[i] : y.event[i];
        s->number[side][k] = y.binary ? y.binary[i] : y.time ? y.time[i] : y.number[i];
        s->weight[side][k] = weight ? weight[i] : 1.0;
    }
}

/* Cox's likelihood of some rows as a function of their predictors. */
typedef struct times {
    rml_surv surv;
    rml_descent_cox cox;
    double *eta, *w, *residual, *curve; /* [n] by place */
} times;

static void free_times(times *t)
{
    rml_descent_cox_free(&t->cox);
    rml_surv_free(&t->surv);
}

/* as_glmnet: its risk sets, and weights that have a mean of 1 here as there, in the whole table and without a fold each
 * by itself. room: [4 n] */
static rml_status new_times(times *t, int64_t n, const double *time, const uint8_t *event, const double *weight,
                            bool as_glmnet, double *room)
{
    rml_status status = as_glmnet ? rml_glmnet_times_shift(time, event, weight, n, room) : RML_OK;
    double total = 0.0, scale = 1.0;

    if (status == RML_OK) status = rml_surv_init(as_glmnet ? room : time, event, NULL, n, &t->surv);
    if (status != RML_OK) return status;
    t->eta = room;
    t->w = t->eta + n;
    t->residual = t->w + n;
    t->curve = t->residual + n;
    for (int64_t i = 0; as_glmnet && weight && i < n; ++i) total += weight[i];
    if (total > 0.0) scale = (double)n / total;
    for (int64_t i = 0; i < n; ++i) t->w[i] = weight ? weight[t->surv.row[i]] * scale : 1.0;
    return rml_descent_cox_init(&t->surv, t->w, &t->cox);
}

static double deviance_of(times *t, const double *linear)
{
    for (int64_t i = 0; i < t->surv.n_rows; ++i) t->eta[i] = linear[t->surv.row[i]];
    return 2.0 *
           (rml_descent_cox_evaluate(&t->cox, t->eta, t->residual, t->curve) - rml_descent_cox_saturated(&t->cox));
}

/* The same of times: what the held-out rows add to the deviance, since their own risk sets would be too small
 * (Verweij & van Houwelingen, Stat Med 12, 1993). */
static rml_status measure_times(split *s, const rml_columns *columns, rml_elastic_net_outcome y, const double *weight,
                                const rml_elastic_net_settings *settings, const rml_elastic_net *whole, double *value,
                                double *n_events, int32_t *n_ended_early)
{
    const bool as_glmnet = settings->thresh > 0.0;
    double *room = malloc((8 * (size_t)columns->n_rows + 1) * sizeof *room);
    times all = {0}, training = {0};
    rml_elastic_net fit = {0};
    rml_status status =
        rml_elastic_net_fit(&s->training, (rml_elastic_net_outcome){.time = s->number[0], .event = s->binary[0]},
                            s->weight[0], settings, &fit);

    *n_events = 0.0;
    for (int64_t i = 0; i < s->test.n_rows; ++i) *n_events += s->binary[1][i] ? s->weight[1][i] : 0.0;
    if (status == RML_OK && !room) status = RML_ENOMEM;
    if (status == RML_OK) status = new_times(&all, columns->n_rows, y.time, y.event, weight, as_glmnet, room);
    if (status == RML_OK)
        status = new_times(&training, s->training.n_rows, s->number[0], s->binary[0], s->weight[0], as_glmnet,
                           room + 4 * columns->n_rows);
    for (int32_t k = 0; status == RML_OK && k < whole->n_lambda; ++k) {
        status = rml_elastic_net_predict(&fit, whole->lambda[k], columns, s->linear);
        if (status != RML_OK) break;
        value[k] = deviance_of(&all, s->linear);
        status = rml_elastic_net_predict(&fit, whole->lambda[k], &s->training, s->linear);
        if (status != RML_OK) break;
        value[k] = *n_events > 0.0 ? (value[k] - deviance_of(&training, s->linear)) / *n_events : NAN;
    }
    *n_ended_early += fit.ended_early;
    free_times(&all);
    free_times(&training);
    free(room);
    rml_elastic_net_free(&fit);
    return status;
}

/* Concordance of the held-out rows; NaN where none can be compared. */
static rml_status measure_pairs(split *s, const rml_elastic_net_settings *settings, const rml_elastic_net *whole,
                                double *value, double *weight, int32_t *n_ended_early)
{
    const rml_concordance_settings pairs = rml_concordance_defaults();
    const rml_elastic_net_outcome y = {.time = s->number[0], .event = s->binary[0]};
    rml_elastic_net fit = {0};
    rml_surv surv = {0};
    rml_status status = rml_elastic_net_fit(&s->training, y, s->weight[0], settings, &fit);

    *weight = (double)s->test.n_rows;
    if (status == RML_OK) status = rml_surv_init(s->number[1], s->binary[1], NULL, s->test.n_rows, &surv);
    for (int32_t k = 0; status == RML_OK && k < whole->n_lambda; ++k) {
        rml_concordance c;

        status = rml_elastic_net_predict(&fit, whole->lambda[k], &s->test, s->linear);
        if (status == RML_OK) status = rml_concordance_measure(&surv, s->linear, &pairs, &c);
        value[k] = status == RML_OK ? c.c : NAN;
        if (status == RML_EEMPTY) status = RML_OK;
    }
    *n_ended_early += fit.ended_early;
    rml_surv_free(&surv);
    rml_elastic_net_free(&fit);
    return status;
}

/* A fold's measure at every lambda of the whole table's fit, and the fold's weight. */
static rml_status measure_fold(split *s, bool binary, rml_elastic_net_measure measure,
                               const rml_elastic_net_settings *settings, const rml_elastic_net *whole, double *value,
                               double *weight)
{
    const rml_elastic_net_outcome y = {.binary = binary ? s->binary[0] : NULL, .number = binary ? NULL : s->number[0]};
    rml_elastic_net fit;
    rml_status status = rml_elastic_net_fit(&s->training, y, s->weight[0], settings, &fit);

    *weight = 0.0;
    for (int64_t i = 0; i < s->test.n_rows; ++i) *weight += s->weight[1][i];
    for (int32_t k = 0; status == RML_OK && k < whole->n_lambda; ++k) {
        double sum = 0.0;

        status = rml_elastic_net_predict(&fit, whole->lambda[k], &s->test, s->linear);
        if (status != RML_OK) break;
        for (int64_t i = 0; i < s->test.n_rows; ++i) {
            s->rows[i] = (row){s->linear[i], s->weight[1][i], s->number[1][i] > 0.5};
            sum += s->weight[1][i] * loss_of(measure, binary, s->number[1][i], s->linear[i]);
        }
        value[k] = measure == RML_NET_AUC ? area(s->rows, s->test.n_rows) : sum / *weight;
    }
    rml_elastic_net_free(&fit);
    return status;
}

static rml_status check(const rml_columns *columns, const double *weight, const int32_t *fold, int32_t n_folds,
                        double *sum)
{
    if (n_folds < 3) return RML_EINVAL;
    memset(sum, 0, (size_t)n_folds * sizeof *sum);
    for (int64_t i = 0; i < columns->n_rows; ++i) {
        if (fold[i] < 0 || fold[i] >= n_folds) return RML_EINVAL;
        sum[fold[i]] += weight ? weight[i] : 1.0;
    }
    for (int32_t f = 0; f < n_folds; ++f)
        if (sum[f] == 0.0) return RML_EINVAL;
    return RML_OK;
}

/* 3. The choice */

static void average(rml_elastic_net_cv *cv, const double *value, const double *weight, int32_t n_folds)
{
    for (int32_t k = 0; k < cv->fit.n_lambda; ++k) {
        double total = 0.0, mean = 0.0, square = 0.0;
        int32_t n = 0;

        for (int32_t f = 0; f < n_folds; ++f) {
            const double v = value[(int64_t)f * cv->fit.n_lambda + k];

            if (isnan(v)) continue;
            total += weight[f];
            mean += weight[f] * v;
            ++n;
        }
        mean /= total;
        for (int32_t f = 0; f < n_folds; ++f) {
            const double v = value[(int64_t)f * cv->fit.n_lambda + k];

            if (!isnan(v)) square += weight[f] * (v - mean) * (v - mean);
        }
        cv->mean[k] = n > 0 ? mean : NAN;
        cv->deviation[k] = n > 1 ? sqrt(square / total / (n - 1)) : NAN;
    }
}

static rml_status choose(rml_elastic_net_cv *cv, bool larger_is_better)
{
    const double sign = larger_is_better ? -1.0 : 1.0;
    double within;

    cv->at_min = cv->at_1se = -1;
    cv->lambda_min = cv->lambda_1se = NAN;
    for (int32_t k = 0; k < cv->fit.n_lambda; ++k)
        if (!isnan(cv->mean[k]) && (cv->at_min < 0 || sign * cv->mean[k] < sign * cv->mean[cv->at_min])) cv->at_min = k;
    if (cv->at_min < 0) return RML_EEMPTY;
    cv->at_1se = cv->at_min;
    within = sign * cv->mean[cv->at_min] + cv->deviation[cv->at_min];
    for (int32_t k = cv->at_min; k >= 0; --k)
        if (sign * cv->mean[k] <= within) cv->at_1se = k;
    cv->lambda_min = cv->fit.lambda[cv->at_min];
    cv->lambda_1se = cv->fit.lambda[cv->at_1se];
    return RML_OK;
}

rml_status rml_elastic_net_cv_fit(const rml_columns *columns, rml_elastic_net_outcome y, const double *weight,
                                  const int32_t *fold, int32_t n_folds, rml_elastic_net_measure measure,
                                  const rml_elastic_net_settings *settings, rml_elastic_net_cv *cv)
{
    const bool binary = y.binary != NULL;
    double *value = NULL, *sum = NULL;
    split s = {0};
    rml_status status;

    *cv = (rml_elastic_net_cv){0};
    if (!binary && (measure == RML_NET_CLASS || measure == RML_NET_AUC)) return RML_EINVAL;
    if (measure == RML_NET_CINDEX && (!y.time || weight)) return RML_EINVAL;
    if (y.time && measure != RML_NET_DEVIANCE && measure != RML_NET_CINDEX) return RML_EINVAL;
    status = rml_elastic_net_fit(columns, y, weight, settings, &cv->fit);
    if (status != RML_OK) return status;
    cv->n_ended_early = cv->fit.ended_early;
    status = RML_ENOMEM;
    sum = malloc((size_t)(n_folds > 0 ? n_folds : 1) * sizeof *sum);
    value = malloc((size_t)(n_folds > 0 ? n_folds : 1) * (size_t)cv->fit.n_lambda * sizeof *value);
    cv->memory = malloc(2 * (size_t)cv->fit.n_lambda * sizeof(double));
    if (!sum || !value || !cv->memory) goto done;
    cv->mean = cv->memory;
    cv->deviation = cv->mean + cv->fit.n_lambda;
    status = check(columns, weight, fold, n_folds, sum);
    if (status == RML_OK) status = new_split(&s, columns);
    for (int32_t f = 0; status == RML_OK && f < n_folds; ++f) {
        double *of_fold = value + (int64_t)f * cv->fit.n_lambda;

        fill_split(&s, columns, y, weight, fold, f);
        if (measure == RML_NET_CINDEX)
            status = measure_pairs(&s, settings, &cv->fit, of_fold, &sum[f], &cv->n_ended_early);
        else if (y.time)
            status = measure_times(&s, columns, y, weight, settings, &cv->fit, of_fold, &sum[f], &cv->n_ended_early);
        else
            status = measure_fold(&s, binary, measure, settings, &cv->fit, of_fold, &sum[f]);
    }
    if (status != RML_OK) goto done;
    average(cv, value, sum, n_folds);
    status = choose(cv, measure == RML_NET_AUC || measure == RML_NET_CINDEX);
done:
    free_split(&s);
    free(value);
    free(sum);
    if (status != RML_OK) rml_elastic_net_cv_free(cv);
    return status;
}

void rml_elastic_net_cv_free(rml_elastic_net_cv *cv)
{
    if (!cv) return;
    rml_elastic_net_free(&cv->fit);
    free(cv->memory);
    *cv = (rml_elastic_net_cv){0};
}
