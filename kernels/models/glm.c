/* 1. A fit   2. Profile likelihood   3. One column at a time */
#include "kernels/models/glm.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/models/irls.h"

#define PROFILE_REACH 200 /* standard errors from the maximum within which a limit is looked for */

rml_glm_settings rml_glm_defaults(void)
{
    return (rml_glm_settings){true, 1e-14, 100, 1e-11};
}

/* 1. A fit */

static rml_status check(const rml_columns *columns, const uint8_t *y, const double *weight, const double *offset,
                        const rml_glm_settings *settings, bool columns_too)
{
    bool any = false;

    if (columns->n_rows < 0 || columns->n_columns < 0 || columns->stride < columns->n_rows) return RML_EINVAL;
    if (!(settings->epsilon > 0.0) || settings->max_iterations < 1) return RML_EINVAL;
    if (!(settings->alias_tolerance > 0.0) || settings->alias_tolerance >= 1.0) return RML_EINVAL;
    for (int64_t i = 0; i < columns->n_rows; ++i) {
        if (y[i] > 1 || (offset && !isfinite(offset[i])) || (weight && !isfinite(weight[i]))) return RML_EVALUE;
        if (weight && weight[i] < 0.0) return RML_EINVAL;
        any |= !weight || weight[i] > 0.0;
    }
    if (!any) return RML_EEMPTY;
    for (int32_t j = 0; columns_too && j < columns->n_columns; ++j)
        for (int64_t i = 0; i < columns->n_rows; ++i)
            if (!isfinite(rml_column(columns, j)[i])) return RML_EVALUE;
    return RML_OK;
}

static rml_irls model_of(const rml_columns *columns, const uint8_t *y, const double *weight, const double *offset,
                         const rml_glm_settings *settings, int32_t n_terms)
{
    return (rml_irls){.n = columns->n_rows,
                      .n_terms = n_terms,
                      .y = y,
                      .weight = weight,
                      .offset = offset,
                      .epsilon = settings->epsilon,
                      .alias_tolerance = settings->alias_tolerance,
                      .max_iterations = settings->max_iterations};
}

/* The intercept's deviance by iterations of its own when there is an offset, else from the mean. */
static double null_deviance(const rml_columns *columns, const uint8_t *y, const double *weight, const double *offset,
                            const rml_glm_settings *settings, double *memory)
{
    rml_irls m = model_of(columns, y, weight, offset, settings, settings->intercept ? 1 : 0);
    double total = 0.0, ones = 0.0, deviance = 0.0;

    (void)rml_irls_lay_out(&m, memory);
    if (settings->intercept && offset) {
        m.term[0] = NULL;
        (void)rml_irls_fit(&m);
        return m.deviance;
    }
    if (!settings->intercept) {
        rml_irls_evaluate(&m);
        return m.deviance;
    }
    for (int64_t i = 0; i < m.n; ++i) {
        total += rml_irls_weight(&m, i);
        ones += rml_irls_weight(&m, i) * y[i];
    }
    if (ones > 0.0) deviance -= 2.0 * ones * log(ones / total);
    if (ones < total) deviance -= 2.0 * (total - ones) * log((total - ones) / total);
    return deviance;
}

static void fill_statistics(rml_glm *fit, rml_irls *m)
{
    const int32_t n = fit->n_terms;
    const bool usable = fit->separation == RML_SEPARATION_NONE && m->converged;

    for (int32_t t = 0; t < n; ++t) fit->coefficient[t] = fit->se[t] = fit->z[t] = fit->p[t] = NAN;
    for (int32_t k = 0; k < m->rank; ++k) fit->coefficient[m->kept[k]] = m->coef[m->kept[k]];
    rml_irls_invert(m, fit->vcov);
    if (!usable)
        for (int64_t c = 0; c < (int64_t)n * n; ++c) fit->vcov[c] = NAN;
    for (int32_t t = 0; t < n; ++t) {
        fit->se[t] = sqrt(fit->vcov[(int64_t)t * n + t]);
        fit->z[t] = fit->coefficient[t] / fit->se[t];
        fit->p[t] = erfc(fabs(fit->z[t]) / sqrt(2.0));
    }
}

static rml_status new_fit(rml_glm *fit, int32_t n_terms, int64_t n_rows)
{
    const size_t k = (size_t)n_terms, n = (size_t)n_rows;
    double *memory = malloc((4 * k + k * k + 2 * n) * sizeof *memory);

    if (!memory) return RML_ENOMEM;
    *fit = (rml_glm){.n_terms = n_terms, .n_rows = n_rows, .memory = memory};
    fit->coefficient = memory;
    fit->se = memory + k;
    fit->z = memory + 2 * k;
    fit->p = memory + 3 * k;
    fit->vcov = memory + 4 * k;
    fit->fitted = fit->vcov + k * k;
    fit->linear = fit->fitted + n;
    return RML_OK;
}

rml_status rml_glm_fit(const rml_columns *columns, const uint8_t *y, const double *weight, const double *offset,
                       const rml_glm_settings *settings, rml_glm *fit)
{
    const int32_t n_terms = columns->n_columns + settings->intercept;
    rml_status status = check(columns, y, weight, offset, settings, true);
    double *memory = NULL;
    rml_irls m;

    *fit = (rml_glm){0};
    if (status == RML_OK && n_terms < 1) status = RML_EINVAL;
    if (status != RML_OK) return status;
    m = model_of(columns, y, weight, offset, settings, n_terms);
    memory = malloc(rml_irls_lay_out(&m, NULL) * sizeof *memory);
    if (!memory) return RML_ENOMEM;
    status = new_fit(fit, n_terms, m.n);
    if (status != RML_OK) goto done;

    fit->null_deviance = null_deviance(columns, y, weight, offset, settings, memory);
    (void)rml_irls_lay_out(&m, memory);
    for (int32_t t = 0; t < n_terms; ++t) {
        const int32_t j = t - settings->intercept;

        m.term[t] = j < 0 ? NULL : rml_column(columns, j);
    }
    fit->separation = rml_irls_fit(&m);
    fit->rank = m.rank;
    fit->iterations = m.iterations;
    fit->converged = m.converged;
    fit->deviance = m.deviance;
    memcpy(fit->fitted, m.mu, (size_t)m.n * sizeof *m.mu);
    memcpy(fit->linear, m.eta, (size_t)m.n * sizeof *m.eta);
    fill_statistics(fit, &m);

    for (int64_t i = 0; i < m.n; ++i) fit->n_used += rml_irls_weight(&m, i) > 0.0;
    fit->df_residual = fit->n_used - fit->rank;
    fit->df_null = fit->n_used - settings->intercept;
    fit->aic = fit->deviance + 2.0 * fit->rank;
    fit->lrt = fit->null_deviance - fit->deviance;
    fit->lrt_p = NAN;
    if (fit->df_null > fit->df_residual)
        fit->lrt_p = gsl_cdf_chisq_Q(fmax(fit->lrt, 0.0), (double)(fit->df_null - fit->df_residual));
    if (fit->separation != RML_SEPARATION_NONE || !fit->converged) status = RML_EVALUE;
done:
    free(memory);
    return status;
}

void rml_glm_free(rml_glm *fit)
{
    if (!fit) return;
    free(fit->memory);
    *fit = (rml_glm){0};
}

rml_status rml_glm_predict(const rml_glm *fit, bool intercept, const rml_columns *columns, const double *offset,
                           double *probability)
{
    if (!fit->coefficient || columns->n_columns + intercept != fit->n_terms) return RML_EINVAL;
    for (int64_t i = 0; i < columns->n_rows; ++i)
        probability[i] =
            (offset ? offset[i] : 0.0) + (intercept && !isnan(fit->coefficient[0]) ? fit->coefficient[0] : 0.0);
    for (int32_t j = 0; j < columns->n_columns; ++j) {
        const double b = fit->coefficient[j + intercept];

        for (int64_t i = 0; !isnan(b) && i < columns->n_rows; ++i) probability[i] += b * rml_column(columns, j)[i];
    }
    for (int64_t i = 0; i < columns->n_rows; ++i) probability[i] = rml_irls_logistic(probability[i]);
    return RML_OK;
}

rml_status rml_glm_wald(const rml_glm *fit, double level, double *lower, double *upper)
{
    double z;

    if (!fit->coefficient || !(level > 0.0 && level < 1.0)) return RML_EINVAL;
    z = gsl_cdf_ugaussian_Qinv((1.0 - level) / 2.0);
    for (int32_t t = 0; t < fit->n_terms; ++t) {
        lower[t] = fit->coefficient[t] - z * fit->se[t];
        upper[t] = fit->coefficient[t] + z * fit->se[t];
    }
    return RML_OK;
}

/* 2. Profile likelihood */

typedef struct profile {
    rml_irls m; /* all terms but one, whose part is in the offset */
    const double *fixed;
    const double *base; /* the fit's own offset, or NULL */
    double *offset;
    double deviance, target; /* of the fit; sqrt of the quantile */
} profile;

/* sqrt of the deviance's growth with the term's coefficient held at b, less the target. */
static double excess_at(profile *pr, double b)
{
    rml_irls *m = &pr->m;

    for (int64_t i = 0; i < m->n; ++i)
        pr->offset[i] = (pr->base ? pr->base[i] : 0.0) + b * (pr->fixed ? pr->fixed[i] : 1.0);
    if (m->n_terms > 0) {
        (void)rml_irls_fit(m);
    } else {
        rml_irls_evaluate(m);
    }
    return sqrt(fmax(m->deviance - pr->deviance, 0.0)) - pr->target;
}

/* The root on one side: bracketed from the Wald limit outwards, then Illinois steps. The root's function is nearly
 * linear in b, so that few are needed. */
static double find_limit(profile *pr, double centre, double step)
{
    double low = centre, at_low = -pr->target, high = centre + step * pr->target, at_high = excess_at(pr, high);
    int last = 0;

    while (at_high < 0.0) {
        low = high;
        at_low = at_high;
        high += step * pr->target;
        if (fabs(high - centre) > PROFILE_REACH * fabs(step)) return NAN;
        at_high = excess_at(pr, high);
    }
    for (int k = 0; k < 60 && fabs(high - low) > 1e-9 * fabs(step); ++k) {
        double b = high - at_high * (high - low) / (at_high - at_low);
        const double value = excess_at(pr, b);

        if (!(fabs(value) > 1e-10)) return b;
        if (value > 0.0) {
            high = b, at_high = value;
            if (last == 1) at_low /= 2.0;
            last = 1;
        } else {
            low = b, at_low = value;
            if (last == -1) at_high /= 2.0;
            last = -1;
        }
    }
    return (low + high) / 2.0;
}

rml_status rml_glm_profile(const rml_glm *fit, const rml_columns *columns, const uint8_t *y, const double *weight,
                           const double *offset, const rml_glm_settings *settings, double level, double *lower,
                           double *upper)
{
    rml_status status = check(columns, y, weight, offset, settings, true);
    profile pr = {.base = offset};
    double *memory;
    size_t used;

    for (int32_t t = 0; t < fit->n_terms; ++t) lower[t] = upper[t] = NAN;
    if (status != RML_OK) return status;
    if (!fit->coefficient || !(level > 0.0 && level < 1.0)) return RML_EINVAL;
    if (columns->n_rows != fit->n_rows || columns->n_columns + settings->intercept != fit->n_terms) return RML_EINVAL;
    if (fit->separation != RML_SEPARATION_NONE || !fit->converged) return RML_EVALUE;
    pr.m = model_of(columns, y, weight, offset, settings, fit->n_terms);
    used = rml_irls_lay_out(&pr.m, NULL);
    memory = malloc((used + (size_t)fit->n_rows) * sizeof *memory);
    if (!memory) return RML_ENOMEM;
    pr.offset = memory + used;
    pr.deviance = fit->deviance;
    pr.target = gsl_cdf_ugaussian_Qinv((1.0 - level) / 2.0);
    for (int32_t t = 0; t < fit->n_terms; ++t) {
        int32_t n = 0;

        if (isnan(fit->coefficient[t])) continue;
        pr.m = model_of(columns, y, weight, pr.offset, settings, fit->n_terms - 1);
        (void)rml_irls_lay_out(&pr.m, memory);
        for (int32_t other = 0; other < fit->n_terms; ++other) {
            const double *term = other < settings->intercept ? NULL : rml_column(columns, other - settings->intercept);

            if (other == t)
                pr.fixed = term;
            else
                pr.m.term[n++] = term;
        }
        lower[t] = find_limit(&pr, fit->coefficient[t], -fit->se[t]);
        upper[t] = find_limit(&pr, fit->coefficient[t], fit->se[t]);
    }
    free(memory);
    return RML_OK;
}

/* 3. One column at a time */

static void put(double *array, int32_t j, double value)
{
    if (array) array[j] = value;
}

static void fit_one(rml_irls *m, const double *column, const rml_glm_univariate *out, int32_t j)
{
    rml_separation separation = RML_SEPARATION_NONE;
    double intercept = NAN, b = NAN, se = NAN, deviance = NAN, vcov[4];
    bool finite = true;

    for (int64_t i = 0; i < m->n; ++i) finite &= isfinite(column[i]) != 0;
    out->status[j] = RML_EVALUE;
    if (finite) {
        m->term[0] = NULL;
        m->term[1] = column;
        separation = rml_irls_fit(m);
        intercept = m->coef[0];
        deviance = m->deviance;
        if (m->rank == 2) b = m->coef[1];
        if (separation == RML_SEPARATION_NONE && m->converged) {
            rml_irls_invert(m, vcov);
            se = sqrt(vcov[3]);
            out->status[j] = m->rank == 2 ? RML_OK : RML_EEMPTY;
        }
    }
    put(out->intercept, j, intercept);
    put(out->coefficient, j, b);
    put(out->se, j, se);
    put(out->z, j, b / se);
    put(out->p, j, erfc(fabs(b / se) / sqrt(2.0)));
    put(out->deviance, j, deviance);
    if (out->separation) out->separation[j] = separation;
}

rml_status rml_glm_fit_each(const rml_columns *columns, const uint8_t *y, const double *weight,
                            const rml_glm_settings *settings, const rml_glm_univariate *out)
{
    const rml_status status = check(columns, y, weight, NULL, settings, false);
    double *memory;
    rml_irls m;

    if (status != RML_OK) return status;
    m = model_of(columns, y, weight, NULL, settings, 2);
    memory = malloc(rml_irls_lay_out(&m, NULL) * sizeof *memory);
    if (!memory) return RML_ENOMEM;
    (void)rml_irls_lay_out(&m, memory);
    for (int32_t j = 0; j < columns->n_columns; ++j) fit_one(&m, rml_column(columns, j), out, j);
    free(memory);
    return RML_OK;
}
