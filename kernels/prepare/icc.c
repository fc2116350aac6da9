/* 1. Mean squares   2. Quantiles of F   3. Coefficients
 *
 * With m_s the mean of subject s and d = x - m_s: SS subjects = k sum (m_s - m)^2, SS within = sum d^2, e_r = mean_s d,
 * SS raters = n sum e_r^2, SS error = sum (d - e_r)^2. Differences first, so that wholly equal ratings give an exact 0
 * and no sum of squares is the small rest of two large ones (as SS error by subtraction is, in irr). */
#include "kernels/prepare/icc.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>

/* 1. Mean squares */

/* Means of every subject, NaN for one with a missing rating; *largest gets the largest |rating| of the others. */
static void subject_means(const rml_columns *raters, int32_t k, int32_t j, double *mean, double *largest)
{
    const int64_t n = raters[0].n_rows;
    const double *first = rml_column(&raters[0], j);

    for (int64_t s = 0; s < n; ++s) mean[s] = 0.0;
    for (int32_t r = 0; r < k; ++r) {
        const double *x = rml_column(&raters[r], j);

        for (int64_t s = 0; s < n; ++s) mean[s] += x[s] - first[s];
    }
    *largest = 0.0;
    for (int64_t s = 0; s < n; ++s) mean[s] = first[s] + mean[s] / k;
    for (int32_t r = 0; r < k; ++r) {
        const double *x = rml_column(&raters[r], j);

        for (int64_t s = 0; s < n; ++s)
            if (!isnan(mean[s]) && fabs(x[s]) > *largest) *largest = fabs(x[s]);
    }
}

static bool any_infinite(const rml_columns *raters, int32_t k, int32_t j)
{
    for (int32_t r = 0; r < k; ++r) {
        const double *x = rml_column(&raters[r], j);

        for (int64_t s = 0; s < raters[0].n_rows; ++s)
            if (isinf(x[s])) return true;
    }
    return false;
}

static rml_icc_squares squares_of(const rml_columns *raters, int32_t k, int32_t j, double *mean)
{
    const int64_t n_rows = raters[0].n_rows;
    rml_icc_squares q = {RML_EVALUE, 0, k, NAN, NAN, NAN, NAN};
    double largest, noise, n, sum = 0.0, subjects = 0.0, within = 0.0, by_rater = 0.0, error = 0.0;

    if (any_infinite(raters, k, j)) return q;
    subject_means(raters, k, j, mean, &largest);
    for (int64_t s = 0; s < n_rows; ++s)
        if (!isnan(mean[s])) {
            sum += mean[s];
            ++q.n_subjects;
        }
    q.status = RML_EEMPTY;
    if (q.n_subjects < 2) return q;
    q.status = RML_OK;
    n = (double)q.n_subjects;
    sum /= n;
    for (int64_t s = 0; s < n_rows; ++s)
        if (!isnan(mean[s])) subjects += (mean[s] - sum) * (mean[s] - sum);
    for (int32_t r = 0; r < k; ++r) {
        const double *x = rml_column(&raters[r], j);
        double shift = 0.0;

        for (int64_t s = 0; s < n_rows; ++s)
            if (!isnan(mean[s])) shift += x[s] - mean[s];
        shift /= n;
        by_rater += shift * shift;
        for (int64_t s = 0; s < n_rows; ++s) {
            const double d = x[s] - mean[s];

            if (isnan(d)) continue;
            within += d * d;
            error += (d - shift) * (d - shift);
        }
    }
    q.subjects = k * subjects / (n - 1.0);
    q.within = within / (n * (k - 1.0));
    q.raters = n * by_rater / (k - 1.0);
    q.error = error / ((n - 1.0) * (k - 1.0));
    noise = 8.0 * DBL_EPSILON * largest * (8.0 * DBL_EPSILON * largest);
    if (q.subjects <= noise) q.subjects = 0.0;
    if (q.within <= noise) q.within = 0.0;
    if (q.raters <= noise) q.raters = 0.0;
    if (q.error <= noise) q.error = 0.0;
    return q;
}

rml_status rml_icc_squares_of(const rml_columns *raters, int32_t n_raters, rml_icc_squares *squares)
{
    double *mean;

    if (n_raters < 2) return RML_EINVAL;
    for (int32_t r = 1; r < n_raters; ++r)
        if (raters[r].n_rows != raters[0].n_rows || raters[r].n_columns != raters[0].n_columns) return RML_EINVAL;
    mean = malloc(((size_t)raters[0].n_rows + 1) * sizeof *mean);
    if (!mean) return RML_ENOMEM;
    for (int32_t j = 0; j < raters[0].n_columns; ++j) squares[j] = squares_of(raters, n_raters, j, mean);
    free(mean);
    return RML_OK;
}

/* 2. Quantiles of F */

/* The value that F(df1, df2) exceeds with this chance, through the beta distribution: x = df1 f / (df1 f + df2). Newton
 * on the smaller tail, kept between bounds that close in. GSL's inverse is not used: it may end the program. */
static double f_above(double chance, double df1, double df2)
{
    const double a = df1 / 2.0, b = df2 / 2.0;
    double low = 0.0, high = 1.0, x = a / (a + b);

    for (int step = 0; step < 200; ++step) {
        const double above = gsl_cdf_beta_Q(x, a, b) - chance, slope = gsl_ran_beta_pdf(x, a, b);
        double next;

        if (above > 0.0)
            low = x;
        else
            high = x;
        next = x + above / slope;
        if (!(next > low && next < high)) next = 0.5 * (low + high);
        if (fabs(next - x) <= DBL_EPSILON * x || next == low || next == high) {
            x = next;
            break;
        }
        x = next;
    }
    return df2 * x / (df1 * (1.0 - x));
}

/* 3. Coefficients */

double rml_icc_value(const rml_icc_squares *squares, rml_icc_model model, bool average)
{
    const double n = (double)squares->n_subjects, k = squares->n_raters, s = squares->subjects;
    const double e = model == RML_ICC_ONEWAY ? squares->within : squares->error;

    if (model == RML_ICC_AGREEMENT)
        return average ? (s - e) / (s + (squares->raters - e) / n)
                       : (s - e) / (s + (k - 1.0) * e + k / n * (squares->raters - e));
    return average ? (s - e) / s : (s - e) / (s + (k - 1.0) * e);
}

/* Satterthwaite's degrees of freedom of the agreement's denominator; irr puts the coefficient in question in, the
 * average one too. */
static double satterthwaite(const rml_icc_squares *squares, double value)
{
    const double n = (double)squares->n_subjects, k = squares->n_raters;
    const double raters = k * value / (n * (1.0 - value)) * squares->raters;
    const double error = (1.0 + k * value * (n - 1.0) / (n * (1.0 - value))) * squares->error;

    return (raters + error) * (raters + error) /
           (raters * raters / (k - 1.0) + error * error / ((n - 1.0) * (k - 1.0)));
}

static void agreement_bounds(const rml_icc_squares *squares, bool average, double tail, rml_icc *icc)
{
    const double n = (double)squares->n_subjects, k = squares->n_raters, s = squares->subjects, e = squares->error;
    const double c = squares->raters, fl = f_above(tail, icc->df1, icc->df2), fu = f_above(tail, icc->df2, icc->df1);
    const double rest = average ? c - e : k * c + (k * n - k - n) * e;

    icc->lower = n * (s - fl * e) / (fl * rest + n * s);
    icc->upper = n * (fu * s - e) / (rest + n * fu * s);
}

rml_icc rml_icc_of(const rml_icc_squares *squares, rml_icc_model model, bool average, double level)
{
    const double n = (double)squares->n_subjects, k = squares->n_raters, tail = (1.0 - level) / 2.0;
    const bool agreement = model == RML_ICC_AGREEMENT;
    const double error = model == RML_ICC_ONEWAY ? squares->within : squares->error;
    rml_icc icc = {squares->status, NAN, NAN, NAN, NAN, NAN, NAN, NAN};

    if (!(level > 0.0 && level < 1.0)) icc.status = RML_EINVAL;
    if (icc.status != RML_OK) return icc;
    icc.value = rml_icc_value(squares, model, average);
    if (isnan(icc.value)) {
        icc.status = RML_EVALUE;
        return icc;
    }
    icc.df1 = n - 1.0;
    icc.df2 = model == RML_ICC_ONEWAY ? n * (k - 1.0) : (n - 1.0) * (k - 1.0);
    if (agreement) icc.df2 = satterthwaite(squares, icc.value);
    icc.f = squares->subjects / error;
    if (error == 0.0 && !(agreement && squares->raters > 0.0)) {
        icc.p = 0.0;
        icc.lower = icc.upper = 1.0;
        return icc;
    }
    if (!(icc.df2 >= 1e-6) || isinf(icc.df2)) return icc;
    icc.p = isinf(icc.f) ? 0.0 : gsl_cdf_fdist_Q(icc.f, icc.df1, icc.df2);
    if (agreement) {
        agreement_bounds(squares, average, tail, &icc);
    } else {
        const double fl = icc.f / f_above(tail, icc.df1, icc.df2), fu = icc.f * f_above(tail, icc.df2, icc.df1);

        icc.lower = average ? 1.0 - 1.0 / fl : (fl - 1.0) / (fl + k - 1.0);
        icc.upper = average ? 1.0 - 1.0 / fu : (fu - 1.0) / (fu + k - 1.0);
    }
    return icc;
}
