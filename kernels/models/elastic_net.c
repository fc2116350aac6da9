/* 1. Settings   2. Standardising   3. The path   4. A fit   5. At any lambda */
#include "kernels/models/elastic_net.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/models/descent.h"

/* glmnet.control's. */
#define LEAST_GAIN 1e-5
#define MOST_EXPLAINED 0.999
#define LEAST_LAMBDAS 5
#define LEAST_RATIO 1e-6
#define LEAST_ALPHA 1e-3

/* 1. Settings */

rml_elastic_net_settings rml_elastic_net_defaults(void)
{
    return (rml_elastic_net_settings){
        .alpha = 1.0, .standardise = true, .intercept = true, .n_lambda = 100, .tolerance = 1e-10};
}

double rml_elastic_net_lambda_of_c(double c, double sum_of_weights)
{
    return 1.0 / (c * sum_of_weights);
}

static rml_status check(const rml_columns *columns, rml_elastic_net_outcome y, const double *weight,
                        const rml_elastic_net_settings *s)
{
    if (!y.binary == !y.number || columns->n_rows < 0 || columns->n_columns < 1 || columns->stride < columns->n_rows)
        return RML_EINVAL;
    if (!(s->alpha >= 0.0 && s->alpha <= 1.0) || s->n_lambda < 1 || !(s->tolerance > 0.0)) return RML_EINVAL;
    if (!(s->lambda_min_ratio >= 0.0 && s->lambda_min_ratio < 1.0)) return RML_EINVAL;
    if (s->penalise_intercept && (!s->lambda || !s->intercept)) return RML_EINVAL;
    for (int32_t k = 0; s->lambda && k < s->n_lambda; ++k)
        if (!(s->lambda[k] >= 0.0) || isinf(s->lambda[k]) || (k > 0 && s->lambda[k] > s->lambda[k - 1]))
            return RML_EINVAL;
    for (int64_t i = 0; i < columns->n_rows; ++i) {
        if (y.binary ? y.binary[i] > 1 : !isfinite(y.number[i])) return RML_EVALUE;
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

/* false when the outcome is one class or flat. */
static bool take_outcome(standard *s, rml_elastic_net_outcome y, const double *weight, bool intercept)
{
    double mean = 0.0, square = 0.0;

    s->total = 0.0;
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

/* Centred when there is an intercept that is free, since only then it can make up for it. */
static bool take_columns(standard *s, const rml_columns *columns, const rml_elastic_net_settings *settings)
{
    const bool centred = settings->intercept && !settings->penalise_intercept;
    bool any = false;

    for (int32_t j = 0; j < s->p; ++j) {
        const double *from = rml_column(columns, j);
        double *x = s->x + (int64_t)j * s->n;
        double mean = 0.0, square = 0.0, size = 0.0;
        bool flat = true;

        for (int64_t i = 0; i < s->n; ++i) {
            mean += s->w[i] * from[i];
            flat &= from[i] == from[0];
        }
        for (int64_t i = 0; i < s->n; ++i) square += s->w[i] * (from[i] - mean) * (from[i] - mean);
        flat |= !(square > 0.0);
        s->centre[j] = centred ? mean : 0.0;
        s->scale[j] = settings->standardise && !flat ? sqrt(square) : 1.0;
        for (int64_t i = 0; i < s->n; ++i) {
            x[i] = (from[i] - s->centre[j]) / s->scale[j];
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
    const double logit = d->b[s->p], mean = d->binomial ? 1.0 / (1.0 + exp(-logit)) : 0.0;
    double largest = 0.0;

    for (int32_t j = 0; j < s->p; ++j) {
        const double *x = s->x + (int64_t)j * s->n;
        double sum = 0.0;

        if (s->size[j] == 0.0) continue;
        for (int64_t i = 0; i < s->n; ++i) sum += s->w[i] * (s->y[i] - mean) * x[i];
        largest = fmax(largest, fabs(sum));
    }
    return largest / fmax(alpha, LEAST_ALPHA);
}

/* The deviance over the weights' sum; without a penalised part it is that of the null model. */
static double deviance_of(const standard *s, const rml_descent *d)
{
    double sum = 0.0;

    for (int64_t i = 0; i < s->n; ++i) {
        const double eta = d->eta[i], off = s->y[i] - eta;

        sum += s->w[i] * (d->binomial ? 2.0 * (log1p(exp(-fabs(eta))) + fmax(eta, 0.0) - s->y[i] * eta) : off * off);
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
    fit->intercept[k] = intercept;
    fit->deviance_ratio[k] = 1.0 - deviance_of(s, d) / null;
}

static bool is_at_end(const rml_elastic_net *fit, int32_t k)
{
    const double ratio = fit->deviance_ratio[k];

    if (k + 1 < LEAST_LAMBDAS) return false;
    return ratio - fit->deviance_ratio[k - 1] < LEAST_GAIN * (fit->binary ? 1.0 : ratio) || ratio > MOST_EXPLAINED;
}

static void follow(const standard *s, rml_descent *d, const rml_elastic_net_settings *settings, rml_elastic_net *fit)
{
    const double least = s->n < s->p ? 1e-2 : 1e-4;
    const double last = settings->lambda_min_ratio > 0.0 ? settings->lambda_min_ratio : least;
    const double ratio = pow(fmax(LEAST_RATIO, last), 1.0 / (settings->n_lambda - 1));
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
        if (settings->lambda || k > 0)
            fit->converged[k] =
                rml_descent_solve(d, lambda, settings->alpha, isinf(before) || k == 1 ? INFINITY : before);
        keep(s, d, fit, k, null);
        fit->n_lambda = k + 1;
        if (!settings->lambda && is_at_end(fit, k)) break;
    }
}

/* 4. A fit */

static rml_status new_fit(rml_elastic_net *fit, int32_t n_lambda, int32_t p, bool binary)
{
    const size_t n = (size_t)n_lambda;
    double *at = calloc(n * ((size_t)p + 5), sizeof *at);

    if (!at) return RML_ENOMEM;
    *fit = (rml_elastic_net){.n_columns = p, .binary = binary, .memory = at};
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
    standard s = {0};
    bool any;

    *fit = (rml_elastic_net){0};
    if (status != RML_OK) return status;
    status = lay_out(&s, columns);
    if (status != RML_OK) goto done;
    status = RML_EEMPTY;
    if (!take_outcome(&s, y, weight, settings->intercept)) goto done;
    any = take_columns(&s, columns, settings);
    if (!any && !settings->lambda) goto done;
    d = (rml_descent){.n = s.n,
                      .n_columns = s.p,
                      .binomial = y.binary != NULL,
                      .intercept_factor = settings->penalise_intercept ? 1.0 : 0.0,
                      .x = s.x,
                      .y = s.y,
                      .w = s.w,
                      .size = s.size,
                      .tolerance = settings->tolerance};
    /* A number without its mean has no intercept left to find, nor has anything when there shall be none. */
    if (!settings->intercept || (y.number && !settings->penalise_intercept)) d.intercept_factor = -1.0;
    status = rml_descent_init(&d);
    if (status != RML_OK) goto done;
    status = new_fit(fit, settings->n_lambda, s.p, d.binomial);
    if (status != RML_OK) goto done;
    follow(&s, &d, settings, fit);
    if (!settings->lambda && fit->n_lambda > 2) fit->lambda[0] = exp(2.0 * log(fit->lambda[1]) - log(fit->lambda[2]));
done:
    rml_descent_free(&d);
    free(s.memory);
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
