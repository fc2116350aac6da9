/* 1. Slope, intercepts and scores   2. Hosmer-Lemeshow */
#include "kernels/stats/calibration.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/models/glm.h"

static rml_status check(const uint8_t *y, const double *p, int64_t n)
{
    if (n <= 0) return RML_EEMPTY;
    for (int64_t i = 0; i < n; ++i)
        if (y[i] > 1 || !(p[i] >= 0.0 && p[i] <= 1.0)) return RML_EVALUE;
    return RML_OK;
}

/* 1. Slope, intercepts and scores */

static void measure_scores(const uint8_t *y, const double *p, int64_t n, rml_calibration *out)
{
    double mean = 0.0, squares = 0.0, score = 0.0, variance = 0.0;

    for (int64_t i = 0; i < n; ++i) {
        const double off = y[i] - p[i], lean = 1.0 - 2.0 * p[i];

        mean += y[i];
        squares += off * off;
        score += off * lean;
        variance += lean * lean * p[i] * (1.0 - p[i]);
    }
    mean /= (double)n;
    out->brier = squares / (double)n;
    out->brier_reference = mean * (1.0 - mean);
    if (out->brier_reference > 0.0) out->brier_scaled = 1.0 - out->brier / out->brier_reference;
    if (variance > 0.0) {
        out->spiegelhalter_z = score / sqrt(variance);
        out->spiegelhalter_p = erfc(fabs(out->spiegelhalter_z) / sqrt(2.0));
    }
}

static rml_status measure_models(const uint8_t *y, const double *p, double *logit, int64_t n, rml_calibration *out)
{
    const rml_columns with_slope = {n, n, 1, logit}, none = {n, n, 0, logit};
    const rml_glm_settings settings = rml_glm_defaults();
    rml_status slope_status, large_status;
    double loss = 0.0;
    rml_glm fit;

    for (int64_t i = 0; i < n; ++i) {
        if (p[i] == 0.0 || p[i] == 1.0) return RML_EVALUE;
        logit[i] = log(p[i] / (1.0 - p[i]));
        loss -= y[i] ? log(p[i]) : log1p(-p[i]);
    }
    out->log_loss = loss / (double)n;

    large_status = rml_glm_fit(&none, y, NULL, logit, &settings, &fit);
    if (large_status == RML_OK) {
        out->in_the_large = fit.coefficient[0];
        out->in_the_large_se = fit.se[0];
    }
    rml_glm_free(&fit);
    slope_status = rml_glm_fit(&with_slope, y, NULL, NULL, &settings, &fit);
    if (slope_status == RML_OK && fit.rank < 2) slope_status = RML_EVALUE;
    if (slope_status == RML_OK) {
        out->intercept = fit.coefficient[0];
        out->intercept_se = fit.se[0];
        out->slope = fit.coefficient[1];
        out->slope_se = fit.se[1];
        out->d_chisq = fit.null_deviance - 2.0 * loss;
        out->d = (out->d_chisq - 1.0) / (double)n;
        out->u_chisq = 2.0 * loss - fit.deviance;
        out->u = (out->u_chisq - 2.0) / (double)n;
        out->u_p = gsl_cdf_chisq_Q(fmax(out->u_chisq, 0.0), 2.0);
        out->q = out->d - out->u;
        out->r2 = expm1(-out->d_chisq / (double)n) / expm1(-fit.null_deviance / (double)n);
    }
    rml_glm_free(&fit);
    return large_status != RML_OK ? large_status : slope_status;
}

rml_status rml_calibration_measure(const uint8_t *y, const double *p, int64_t n, rml_calibration *out)
{
    rml_status status = check(y, p, n);
    double *logit;

    *out = (rml_calibration){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN,
                             NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    if (status != RML_OK) return status;
    logit = malloc((size_t)n * sizeof *logit);
    if (!logit) return RML_ENOMEM;
    measure_scores(y, p, n, out);
    status = measure_models(y, p, logit, n, out);
    free(logit);
    return status;
}

/* 2. Hosmer-Lemeshow */

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* R 4.2.2's quantile(type = 7) of sorted values, to the last bit: the breaks decide on which side a value falls. */
static double quantile(const double *sorted, int64_t n, double share)
{
    const double index = 1.0 + (double)(n - 1) * share, low = floor(index), h = index - low;
    const double below = sorted[(int64_t)low - 1], above = sorted[(int64_t)ceil(index) - 1];

    return h > 0.0 && above != below ? (1.0 - h) * below + h * above : below;
}

static void make_breaks(const double *sorted, int64_t n, int32_t n_asked, rml_hoslem *out)
{
    const double by = 1.0 / n_asked; /* seq(0, 1, 1/g) multiplies */

    out->n_groups = -1;
    for (int32_t g = 0; g <= n_asked; ++g) {
        const double at = quantile(sorted, n, fmin(g * by, 1.0));
        bool known = false;

        for (int32_t b = 0; b <= out->n_groups; ++b) known |= out->break_at[b] == at;
        if (!known) out->break_at[++out->n_groups] = at;
    }
}

rml_status rml_hoslem_test(const uint8_t *y, const double *p, int64_t n, int32_t n_asked, int32_t n_lost,
                           rml_hoslem *out)
{
    double others[RML_HOSLEM_GROUPS] = {0}; /* expected without the event */
    rml_status status = check(y, p, n);
    double *sorted, chisq = 0.0;

    *out = (rml_hoslem){.chisq = NAN, .p = NAN};
    if (n_asked < 2 || n_asked > RML_HOSLEM_GROUPS || n_lost < 0) return RML_EINVAL;
    if (status != RML_OK) return status;
    sorted = malloc((size_t)n * sizeof *sorted);
    if (!sorted) return RML_ENOMEM;
    memcpy(sorted, p, (size_t)n * sizeof *sorted);
    qsort(sorted, (size_t)n, sizeof *sorted, by_value);
    make_breaks(sorted, n, n_asked, out);
    free(sorted);
    if (out->n_groups < 1) {
        out->n_groups = 0;
        return RML_EEMPTY;
    }
    for (int64_t i = 0; i < n; ++i) {
        int32_t g = 0;

        while (g < out->n_groups - 1 && p[i] > out->break_at[g + 1]) ++g;
        ++out->n[g];
        out->observed[g] += y[i];
        out->expected[g] += p[i];
        others[g] += 1.0 - p[i];
    }
    for (int32_t g = 0; g < out->n_groups; ++g) {
        const double off = out->observed[g] - out->expected[g];
        const double off_others = (double)out->n[g] - out->observed[g] - others[g];

        chisq += off * off / out->expected[g] + off_others * off_others / others[g];
    }
    out->chisq = chisq;
    out->df = out->n_groups - n_lost;
    if (isnan(chisq)) return RML_EVALUE;
    if (out->df > 0)
        out->p = gsl_cdf_chisq_Q(chisq, out->df);
    else if (out->df == 0)
        out->p = chisq > 0.0 ? 0.0 : 1.0;
    return out->df > 0 && isfinite(chisq) ? RML_OK : RML_EVALUE;
}
