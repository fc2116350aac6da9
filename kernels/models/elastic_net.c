/* 1. Settings   2. Standardising   3. The path   4. A fit   5. At any lambda */
#include "kernels/models/elastic_net.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/models/descent.h"
#include "kernels/models/descent_glmnet.h"
#include "kernels/models/glmnet_times.h"

/* glmnet.control's. */
#define LEAST_GAIN 1e-5
#define MOST_EXPLAINED 0.999
#define LEAST_LAMBDAS 5
#define LEAST_RATIO 1e-6
#define LEAST_ALPHA 1e-3
/* Of Cox, over LEAST_LAMBDAS. */
#define LEAST_COX_GAIN 1e-3
#define MOST_COX_EXPLAINED 0.99

/* 1. Settings */

rml_elastic_net_settings rml_elastic_net_defaults(void)
{
    return (rml_elastic_net_settings){
        .alpha = 1.0, .standardise = true, .intercept = true, .n_lambda = 100, .tolerance = 1e-10, .maxit = 100000};
}

double rml_elastic_net_lambda_of_c(double c, double sum_of_weights)
{
    return 1.0 / (c * sum_of_weights);
}

static bool is_outcome(rml_elastic_net_outcome y, int64_t i)
{
    if (y.time) return y.time[i] >= 0.0 && isfinite(y.time[i]) && y.event[i] <= 1;
    return y.binary ? y.binary[i] <= 1 : isfinite(y.number[i]);
}

static rml_status check(const rml_columns *columns, rml_elastic_net_outcome y, const double *weight,
                        const rml_elastic_net_settings *s)
{
    if (!y.time != !y.event || (y.binary != NULL) + (y.number != NULL) + (y.time != NULL) != 1) return RML_EINVAL;
    if (columns->n_rows < 0 || columns->n_rows < 0 || columns->n_columns < 1 || columns->stride < columns->n_rows)
        return RML_EINVAL;
    if (!(s->alpha >= 0.0 && s->alpha <= 1.0) || s->n_lambda < 1 || !(s->tolerance > 0.0)) return RML_EINVAL;
    if (!(s->thresh >= 0.0 && s->thresh < 1.0) || (s->thresh > 0.0 && (!y.time || s->maxit < 1))) return RML_EINVAL;
    if (!(s->lambda_min_ratio >= 0.0 && s->lambda_min_ratio < 1.0)) return RML_EINVAL;
    if (s->penalise_intercept && (!s->lambda || !s->intercept || y.time)) return RML_EINVAL;
    for (int32_t k = 0; s->lambda && k < s->n_lambda; ++k)
        if (!(s->lambda[k] >= 0.0) || isinf(s->lambda[k]) || (k > 0 && s->lambda[k] > s->lambda[k - 1]))
            return RML_EINVAL;
    for (int64_t i = 0; i < columns->n_rows; ++i) {
        if (!is_outcome(y, i)) return RML_EVALUE;
        if (weight && !isfinite(weight[i])) return RML_EVALUE;
        if (weight && weight[i] < 0.0) return RML_EINVAL;
    }
    for (int32_t j = 0; j < columns->n_columns; ++j)
        for (int64_t i = 0; i < columns->n_rows; ++i)
            if (!isfinite(rml_column(columns, j)[i])) return RML_EVALUE;
    return RML_OK;
}

/* 2. Standardising */

typedef struct standard {
    int64_t n;
    int32_t p;
    double total;             /* of the weights as given */
    double *x;                /* [p + 1][n] */
    double *w, *y;            /* [n] */
    double *centre, *scale;   /* [p] x is (column - centre) / scale */
    double *size;             /* [p + 1] */
    double *b;                /* [p] */
    double y_centre, y_scale; /* of numbers */
    rml_surv surv;            /* of times: rows of x and w are its places */
    double *memory;
} standard;

static rml_status lay_out(standard *s, const rml_columns *columns)
{
    const size_t n = (size_t)columns->n_rows, p = (size_t)columns->n_columns;
    double *at = malloc(((p + 1) * n + 2 * n + 4 * p + 1) * sizeof *at);

    *s = (standard){.n = columns->n_rows, .p = columns->n_columns, .memory = at, .y_scale = 1.0};
    if (!at) return RML_ENOMEM;
    s->x = at, at += (p + 1) * n;
    s->w = at, at += n;
    s->y = at, at += n;
    s->centre = at, at += p;
    s->scale = at, at += p;
    s->b = at, at += p;
    s->size = at;
    return RML_OK;
}

static void free_standard(standard *s)
{
    rml_surv_free(&s->surv);
    free(s->memory);
}

static int64_t row_of(const standard *s, int64_t i)
{
    return s->surv.row ? s->surv.row[i] : i;
}

/* RML_EEMPTY when no event tells one row from another. */
static rml_status take_times(standard *s, rml_elastic_net_outcome y, const double *weight, bool as_glmnet)
{
    const double *time = as_glmnet ? s->y : y.time;
    double weight_of_events = 0.0;
    rml_status status = as_glmnet ? rml_glmnet_times_shift(y.time, y.event, weight, s->n, s->y) : RML_OK;

    if (status == RML_OK) status = rml_surv_init(time, y.event, NULL, s->n, &s->surv);
    if (status != RML_OK) return status;
    for (int64_t i = 0; i < s->n; ++i) s->total += weight ? weight[i] : 1.0;
    if (!(s->total > 0.0)) return RML_EEMPTY;
    for (int64_t i = 0; i < s->n; ++i) s->w[i] = (weight ? weight[row_of(s, i)] : 1.0) / s->total;
    for (int64_t m = 0, i = 0, n_weighing = 0; m < s->surv.n_moments; ++m) {
        for (; i < s->surv.moment[m].end; ++i) n_weighing += s->w[i] > 0.0;
        for (int64_t k = s->surv.moment[m].first_event; n_weighing > 1 && k < s->surv.moment[m].end; ++k)
            weight_of_events += s->w[k];
    }
    return weight_of_events > 0.0 ? RML_OK : RML_EEMPTY;
}

/* false when the outcome is one class or flat. */
static bool take_outcome(standard *s, rml_elastic_net_outcome y, const double *weight, bool intercept)
{
    double mean = 0.0, square = 0.0;

    for (int64_t i = 0; i < s->n; ++i) s->total += weight ? weight[i] : 1.0;
    if (!(s->total > 0.0)) return false;
    for (int64_t i = 0; i < s->n; ++i) {
        s->w[i] = (weight ? weight[i] : 1.0) / s->total;
        s->y[i] = y.binary ? y.binary[i] : y.number[i];
        mean += s->w[i] * s->y[i];
    }
    for (int64_t i = 0; i < s->n; ++i) square += s->w[i] * (s->y[i] - mean) * (s->y[i] - mean);
    if (!(square > 1e-28 * mean * mean) || !(square > 0.0)) return false; /* all equal but for the mean's rounding */
    if (y.binary) return true;
    /* Without an intercept glmnet takes the root mean square. */
    s->y_centre = intercept ? mean : 0.0;
    s->y_scale = sqrt(intercept ? square : square + mean * mean);
    for (int64_t i = 0; i < s->n; ++i) s->y[i] = (s->y[i] - s->y_centre) / s->y_scale;
    return true;
}

/* Rows at risk at the first event or later: all, but of times. Columns that vary only among the others have no part; in
 * glmnet's steps they have. */
static int64_t n_at_risk(const standard *s, bool as_glmnet)
{
    return s->surv.row && !as_glmnet ? s->surv.moment[s->surv.n_moments - 1].end : s->n;
}

/* Centred when there is an intercept that is free, since only then it can make up for it; Cox needs none. */
static bool take_columns(standard *s, const rml_columns *columns, const rml_elastic_net_settings *settings)
{
    const bool centred = s->surv.row || (settings->intercept && !settings->penalise_intercept);
    const int64_t n_counted = n_at_risk(s, settings->thresh > 0.0);
    bool any = false;

    for (int32_t j = 0; j < s->p; ++j) {
        const double *from = rml_column(columns, j);
        double *x = s->x + (int64_t)j * s->n;
        double mean = 0.0, square = 0.0, size = 0.0;
        bool flat = true;

        for (int64_t i = 0; i < s->n; ++i) {
            x[i] = from[row_of(s, i)];
            mean += s->w[i] * x[i];
            flat &= x[i] == x[0] || i >= n_counted;
        }
        for (int64_t i = 0; i < s->n; ++i) square += s->w[i] * (x[i] - mean) * (x[i] - mean);
        flat |= !(square > 0.0);
        s->centre[j] = centred ? mean : 0.0;
        s->scale[j] = settings->standardise && !flat ? sqrt(square) : 1.0;
        for (int64_t i = 0; i < s->n; ++i) {
            x[i] = (x[i] - s->centre[j]) / s->scale[j];
            size += s->w[i] * x[i] * x[i];
        }
        s->size[j] = flat ? 0.0 : sqrt(size);
        any |= !flat;
    }
    for (int64_t i = 0; i < s->n; ++i) s->x[(int64_t)s->p * s->n + i] = 1.0;
    s->size[s->p] = 1.0;
    return any;
}

/* 3. The path */

/* The largest gradient of the null model over alpha. */
static double first_lambda(const standard *s, const rml_descent *d, double alpha)
{
    const double logit = d->b[s->p], mean = d->loss == RML_LOSS_LOGISTIC ? 1.0 / (1.0 + exp(-logit)) : 0.0;
    double largest = 0.0;

    for (int32_t j = 0; j < s->p; ++j) {
        const double *x = s->x + (int64_t)j * s->n;
        double sum = 0.0;

        if (s->size[j] == 0.0) continue;
        if (d->loss == RML_LOSS_COX) sum = d->gradient[j];
        for (int64_t i = 0; d->loss != RML_LOSS_COX && i < s->n; ++i) sum += s->w[i] * (s->y[i] - mean) * x[i];
        largest = fmax(largest, fabs(sum));
    }
    return largest / fmax(alpha, LEAST_ALPHA);
}

/* The deviance over the weights' sum; without a penalised part it is that of the null model. */
static double deviance_of(const standard *s, const rml_descent *d)
{
    double sum = 0.0;

    if (d->loss == RML_LOSS_COX) return 2.0 * (d->value - rml_descent_cox_saturated(&d->cox));
    for (int64_t i = 0; i < s->n; ++i) {
        const double eta = d->eta[i], off = s->y[i] - eta;

        sum += s->w[i] * (d->loss == RML_LOSS_LOGISTIC ? 2.0 * (log1p(exp(-fabs(eta))) + fmax(eta, 0.0) - s->y[i] * eta)
                                                       : off * off);
    }
    return sum;
}

/* Coefficients of lambda k on the columns' own scale. */
static void keep(const standard *s, const rml_descent *d, rml_elastic_net *fit, int32_t k, double null)
{
    double *b = fit->coefficient + (int64_t)k * s->p, intercept = d->b[s->p] * s->y_scale + s->y_centre;

    fit->n_nonzero[k] = 0;
    for (int32_t j = 0; j < s->p; ++j) {
        b[j] = d->b[j] / s->scale[j] * s->y_scale;
        intercept -= b[j] * s->centre[j];
        fit->n_nonzero[k] += b[j] != 0.0;
    }
    fit->intercept[k] = d->loss == RML_LOSS_COX ? 0.0 : intercept;
    fit->deviance_ratio[k] = 1.0 - deviance_of(s, d) / null;
}

static bool is_at_end(const rml_elastic_net *fit, int32_t k)
{
    const double ratio = fit->deviance_ratio[k];

    if (k + 1 < LEAST_LAMBDAS) return false;
    if (fit->family == RML_NET_TIME)
        return ratio - fit->deviance_ratio[k + 1 - LEAST_LAMBDAS] < LEAST_COX_GAIN * ratio ||
               ratio > MOST_COX_EXPLAINED;
    return ratio - fit->deviance_ratio[k - 1] < LEAST_GAIN * (fit->family == RML_NET_BINARY ? 1.0 : ratio) ||
           ratio > MOST_EXPLAINED;
}

/* before: the lambda of the last solution, infinity at first; null: the null model's deviance, over the sum of weights
 */
static bool solve_at(rml_descent *d, rml_descent_glmnet *g, double lambda, double before, int32_t k, double null,
                     const rml_elastic_net_settings *settings)
{
    if (g)
        return rml_descent_glmnet_solve(g, d, settings->thresh * null / 2.0, lambda, settings->alpha,
                                        isinf(before) ? 0.0 : before);
    return rml_descent_solve(d, lambda, settings->alpha, isinf(before) || k == 1 ? INFINITY : before);
}

/* g  NULL: down to the minimum */
static void follow(const standard *s, rml_descent *d, rml_descent_glmnet *g, const rml_elastic_net_settings *settings,
                   rml_elastic_net *fit)
{
    const double least = s->n < s->p ? 1e-2 : 1e-4;
    const double last = settings->lambda_min_ratio > 0.0 ? settings->lambda_min_ratio : least;
    const int32_t n_steps = settings->n_lambda - 1;
    /* The path of Cox has its number of steps in single precision in glmnet: some 1e-10 a step. */
    const double share = d->loss == RML_LOSS_COX ? (double)(1.0F / (float)n_steps) : 1.0 / n_steps;
    const double ratio = pow(fmax(LEAST_RATIO, last), share);
    const double first = settings->lambda ? 0.0 : first_lambda(s, d, settings->alpha);
    double lambda = INFINITY, null;

    for (int64_t i = 0; i < s->n; ++i) d->eta[i] = d->b[s->p];
    null = deviance_of(s, d);
    fit->null_deviance = null * s->total * s->y_scale * s->y_scale;
    for (int32_t k = 0; k < settings->n_lambda; ++k) {
        const double before = lambda;

        fit->converged[k] = true;
        if (settings->lambda) {
            lambda = settings->lambda[k] / s->y_scale;
        } else {
            lambda = k < 2 ? first : lambda;
            if (k > 0) lambda *= ratio;
        }
        fit->lambda[k] = lambda * s->y_scale;
        if (settings->lambda || k > 0) fit->converged[k] = solve_at(d, g, lambda, before, k, null, settings);
        if (g && !fit->converged[k]) { /* as glmnet: those before it stand */
            fit->ended_early = true;
            break;
        }
        keep(s, d, fit, k, null);
        fit->n_lambda = k + 1;
        if (!settings->lambda && is_at_end(fit, k)) break;
    }
}

/* 4. A fit */

static rml_status new_fit(rml_elastic_net *fit, int32_t n_lambda, int32_t p, rml_descent_loss loss)
{
    const size_t n = (size_t)n_lambda;
    double *at = calloc(n * ((size_t)p + 5), sizeof *at);

    if (!at) return RML_ENOMEM;
    *fit = (rml_elastic_net){.n_columns = p, .memory = at};
    fit->family = loss == RML_LOSS_COX ? RML_NET_TIME : loss == RML_LOSS_LOGISTIC ? RML_NET_BINARY : RML_NET_NUMBER;
    fit->lambda = at, at += n;
    fit->intercept = at, at += n;
    fit->deviance_ratio = at, at += n;
    fit->coefficient = at, at += n * (size_t)p;
    fit->n_nonzero = (int32_t *)(void *)at, at += n;
    fit->converged = (bool *)at;
    return RML_OK;
}

rml_status rml_elastic_net_fit(const rml_columns *columns, rml_elastic_net_outcome y, const double *weight,
                               const rml_elastic_net_settings *settings, rml_elastic_net *fit)
{
    rml_status status = check(columns, y, weight, settings);
    rml_descent d = {0};
    rml_descent_glmnet g = {0};
    standard s = {0};
    bool any;

    *fit = (rml_elastic_net){0};
    if (status != RML_OK) return status;
    status = lay_out(&s, columns);
    if (status != RML_OK) goto done;
    if (y.time)
        status = take_times(&s, y, weight, settings->thresh > 0.0);
    else if (!take_outcome(&s, y, weight, settings->intercept))
        status = RML_EEMPTY;
    if (status != RML_OK) goto done;
    any = take_columns(&s, columns, settings);
    if (!any && !settings->lambda) {
        status = RML_EEMPTY;
        goto done;
    }
    d = (rml_descent){.n = s.n,
                      .n_columns = s.p,
                      .loss = y.time     ? RML_LOSS_COX
                              : y.binary ? RML_LOSS_LOGISTIC
                                         : RML_LOSS_SQUARES,
                      .intercept_factor = settings->penalise_intercept ? 1.0 : 0.0,
                      .x = s.x,
                      .y = y.time ? NULL : s.y,
                      .w = s.w,
                      .surv = y.time ? &s.surv : NULL,
                      .size = s.size,
                      .tolerance = settings->tolerance,
                      .is_lean = settings->thresh > 0.0};
    /* A number without its mean has no intercept left to find, nor has anything when there shall be none. */
    if (!settings->intercept || y.time || (y.number && !settings->penalise_intercept)) d.intercept_factor = -1.0;
    status = rml_descent_init(&d);
    if (status == RML_OK && settings->thresh > 0.0) status = rml_descent_glmnet_init(&d, settings->maxit, &g);
    if (status == RML_OK) status = new_fit(fit, settings->n_lambda, s.p, d.loss);
    if (status != RML_OK) goto done;
    follow(&s, &d, settings->thresh > 0.0 ? &g : NULL, settings, fit);
    if (fit->n_lambda < 1) {
        rml_elastic_net_free(fit);
        status = RML_EVALUE;
        goto done;
    }
    if (!settings->lambda && fit->n_lambda > 2) fit->lambda[0] = exp(2.0 * log(fit->lambda[1]) - log(fit->lambda[2]));
done:
    rml_descent_glmnet_free(&g);
    rml_descent_free(&d);
    free_standard(&s);
    return status;
}

void rml_elastic_net_free(rml_elastic_net *fit)
{
    if (!fit) return;
    free(fit->memory);
    *fit = (rml_elastic_net){0};
}

/* 5. At any lambda */

rml_status rml_elastic_net_at(const rml_elastic_net *fit, double lambda, double *intercept, double *coefficient)
{
    const double *left, *right;
    int32_t k = 0;
    double share = 0.0; /* of the right one */

    if (isnan(lambda) || fit->n_lambda < 1) return RML_EINVAL;
    while (k + 1 < fit->n_lambda && fit->lambda[k + 1] >= lambda) ++k;
    left = right = fit->coefficient + (int64_t)k * fit->n_columns;
    *intercept = fit->intercept[k];
    if (k + 1 < fit->n_lambda && lambda < fit->lambda[k]) {
        share = (fit->lambda[k] - lambda) / (fit->lambda[k] - fit->lambda[k + 1]);
        right += fit->n_columns;
        *intercept = (1.0 - share) * fit->intercept[k] + share * fit->intercept[k + 1];
    }
    for (int32_t j = 0; j < fit->n_columns; ++j) coefficient[j] = (1.0 - share) * left[j] + share * right[j];
    return RML_OK;
}

rml_status rml_elastic_net_predict(const rml_elastic_net *fit, double lambda, const rml_columns *columns,
                                   double *linear)
{
    double intercept, *b;
    rml_status status;

    if (columns->n_columns != fit->n_columns || fit->n_columns < 1) return RML_EINVAL;
    b = malloc((size_t)fit->n_columns * sizeof *b);
    if (!b) return RML_ENOMEM;
    status = rml_elastic_net_at(fit, lambda, &intercept, b);
    if (status == RML_OK) {
        for (int64_t i = 0; i < columns->n_rows; ++i) linear[i] = intercept;
        for (int32_t j = 0; j < fit->n_columns; ++j)
            for (int64_t i = 0; b[j] != 0.0 && i < columns->n_rows; ++i) linear[i] += b[j] * rml_column(columns, j)[i];
    }
    free(b);
    return status;
}

double rml_elastic_net_probability(double linear)
{
    const double e = exp(-fabs(linear));

    return linear < 0.0 ? e / (1.0 + e) : 1.0 / (1.0 + e);
}
