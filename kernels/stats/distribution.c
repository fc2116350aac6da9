/* 1. Normal   2. Incomplete beta   3. Incomplete gamma   4. Student's t, chi-square, F   5. Quantiles
 *
 * Incomplete beta and gamma by their continued fractions (modified Lentz) and series: Press et al., Numerical Recipes,
 * 6.2 and 6.4 give the expansions; DLMF 8.17.22 and 8.9.2. */
#include "kernels/stats/distribution.h"

#include <math.h>
#include <stdbool.h>

#define TINY 1e-300
#define MAX_TERMS 100000

/* 1. Normal */

double rml_normal_lower(double z)
{
    return 0.5 * erfc(-z * M_SQRT1_2);
}

double rml_normal_upper(double z)
{
    return 0.5 * erfc(z * M_SQRT1_2);
}

double rml_normal_two_sided(double z)
{
    return erfc(fabs(z) * M_SQRT1_2);
}

/* 2. Incomplete beta */

static double log_gamma(double x)
{
    int sign; /* lgamma would write to a global */

    return lgamma_r(x, &sign);
}

/* lgamma(x) less Stirling's leading terms, for x at least 10 (DLMF 5.11.1). */
static double stirling_rest(double x)
{
    const double s = 1.0 / (x * x);

    return (1.0 / 12.0 -
            s * (1.0 / 360.0 - s * (1.0 / 1260.0 - s * (1.0 / 1680.0 - s * (1.0 / 1188.0 - s * 691.0 / 360360.0))))) /
           x;
}

/* log(1 + u) - u without cancellation. */
static double log1p_less(double u)
{
    double power, sum = 0.0;

    if (fabs(u) > 0.1) return log1p(u) - u;
    power = u;
    for (int k = 2; k < 30; ++k) {
        power *= -u;
        sum += power / k;
    }
    return sum;
}

/* -log B(a, b). */
static double minus_log_beta(double a, double b)
{
    const double large = fmax(a, b), small = fmin(a, b), sum = a + b;

    if (large < 10.0) return log_gamma(sum) - log_gamma(a) - log_gamma(b);
    /* lgamma(large + small) - lgamma(large) without the large terms */
    return (sum - 0.5) * log1p(small / large) + small * (log(large) - 1.0) + stirling_rest(sum) - stirling_rest(large) -
           log_gamma(small);
}

static double log_of(double x, double y) /* log x, exact near 1 too; y = 1 - x */
{
    return y < 0.5 ? log1p(-y) : log(x);
}

/* log of x^a (1-x)^b / B(a, b), y = 1 - x given apart. Where both are large, the large terms of Stirling's formula and
 * of the powers cancel on paper and not in the machine: a log(x/x0) + b log(y/y0) about the mean x0 = a/(a+b). */
static double log_beta_power(double x, double y, double a, double b)
{
    const double sum = a + b, x0 = a / sum, y0 = b / sum, from = y < x ? y0 - y : x - x0;

    if (a < 10.0 || b < 10.0) return a * log_of(x, y) + b * log_of(y, x) + minus_log_beta(a, b);
    return a * log1p_less(from / x0) + b * log1p_less(-from / y0) + 0.5 * log(a * y0 / (2.0 * M_PI)) +
           stirling_rest(sum) - stirling_rest(a) - stirling_rest(b);
}

/* The fraction of I_x(a, b), good for x below (a+1)/(a+b+2). */
static double beta_fraction(double x, double a, double b)
{
    double c = 1.0, d = 1.0 - (a + b) * x / (a + 1.0), value;

    if (fabs(d) < TINY) d = TINY;
    d = 1.0 / d;
    value = d;
    for (int k = 1; k < MAX_TERMS; ++k) {
        const double even = k * (b - k) * x / ((a + 2.0 * k - 1.0) * (a + 2.0 * k));
        const double odd = -(a + k) * (a + b + k) * x / ((a + 2.0 * k) * (a + 2.0 * k + 1.0));
        double step;

        d = 1.0 + even * d;
        if (fabs(d) < TINY) d = TINY;
        c = 1.0 + even / c;
        if (fabs(c) < TINY) c = TINY;
        d = 1.0 / d;
        value *= d * c;
        d = 1.0 + odd * d;
        if (fabs(d) < TINY) d = TINY;
        c = 1.0 + odd / c;
        if (fabs(c) < TINY) c = TINY;
        d = 1.0 / d;
        step = d * c;
        value *= step;
        if (fabs(step - 1.0) < 1e-16) break;
    }
    return value;
}

/* I_x(a, b) with y = 1 - x, or its complement. */
static double beta_tail(double x, double y, double a, double b, bool upper)
{
    if (!(a > 0.0) || !(b > 0.0) || !(x >= 0.0) || !(y >= 0.0)) return NAN;
    if (x == 0.0) return upper ? 1.0 : 0.0;
    if (y == 0.0) return upper ? 0.0 : 1.0;
    /* near x = 1 the fraction in x feels x's rounding a times over, and 1 less the one in y is not yet small */
    if (x < (a + 1.0) / (a + b + 2.0) && !(a > 1000.0 && a * y < 4.0)) {
        const double lower = exp(log_beta_power(x, y, a, b)) * beta_fraction(x, a, b) / a;

        return upper ? 1.0 - lower : lower;
    } else {
        const double above = exp(log_beta_power(x, y, a, b)) * beta_fraction(y, b, a) / b;

        return upper ? above : 1.0 - above;
    }
}

double rml_beta_lower(double x, double a, double b)
{
    return beta_tail(x, 1.0 - x, a, b, false);
}

double rml_beta_upper(double x, double a, double b)
{
    return beta_tail(x, 1.0 - x, a, b, true);
}

/* 3. Incomplete gamma */

/* log of x^a e^-x / gamma(a). */
static double log_gamma_power(double a, double x)
{
    if (a < 10.0) return a * log(x) - x - log_gamma(a);
    return a * log1p_less((x - a) / a) + 0.5 * log(a / (2.0 * M_PI)) - stirling_rest(a);
}

static double gamma_tail(double a, double x, bool upper)
{
    if (!(a > 0.0) || !(x >= 0.0)) return NAN;
    if (x == 0.0) return upper ? 1.0 : 0.0;
    if (isinf(x)) return upper ? 0.0 : 1.0;
    if (x < a + 1.0) {
        double term = 1.0 / a, sum = term;

        for (int k = 1; k < MAX_TERMS && term > 1e-17 * sum; ++k) sum += term *= x / (a + k);
        sum *= exp(log_gamma_power(a, x));
        return upper ? 1.0 - sum : sum;
    } else {
        double b = x + 1.0 - a, c = 1.0 / TINY, d = 1.0 / b, value = d;

        for (int k = 1; k < MAX_TERMS; ++k) {
            const double numerator = -k * (k - a);
            double step;

            b += 2.0;
            d = numerator * d + b;
            if (fabs(d) < TINY) d = TINY;
            c = b + numerator / c;
            if (fabs(c) < TINY) c = TINY;
            d = 1.0 / d;
            step = d * c;
            value *= step;
            if (fabs(step - 1.0) < 1e-16) break;
        }
        value *= exp(log_gamma_power(a, x));
        return upper ? value : 1.0 - value;
    }
}

double rml_gamma_lower(double a, double x)
{
    return gamma_tail(a, x, false);
}

double rml_gamma_upper(double a, double x)
{
    return gamma_tail(a, x, true);
}

double rml_log_choose(double n, double k)
{
    return log_gamma(n + 1.0) - log_gamma(k + 1.0) - log_gamma(n - k + 1.0);
}

/* 4. Student's t, chi-square, F */

double rml_t_two_sided(double t, double df)
{
    const double square = t * t;

    if (isnan(t) || !(df > 0.0)) return NAN;
    if (isinf(df)) return rml_normal_two_sided(t);
    if (isinf(square)) /* the leading term in log t */
        return exp(0.5 * df * (log(df) - 2.0 * log(fabs(t))) - log(0.5 * df) + minus_log_beta(0.5 * df, 0.5));
    return beta_tail(df / (df + square), square / (df + square), 0.5 * df, 0.5, false);
}

double rml_t_upper(double t, double df)
{
    const double both = rml_t_two_sided(t, df);

    return t > 0.0 ? 0.5 * both : 1.0 - 0.5 * both;
}

double rml_t_lower(double t, double df)
{
    return rml_t_upper(-t, df);
}

double rml_chisq_upper(double x, double df)
{
    return rml_gamma_upper(0.5 * df, 0.5 * (x < 0.0 ? 0.0 : x));
}

double rml_f_upper(double f, double df1, double df2)
{
    if (isnan(f) || !(df1 > 0.0) || !(df2 > 0.0)) return NAN;
    if (f <= 0.0) return 1.0;
    if (isinf(f)) return 0.0;
    return beta_tail(df2 / (df2 + df1 * f), df1 * f / (df2 + df1 * f), 0.5 * df2, 0.5 * df1, false);
}

/* 5. Quantiles: bisection between bounds, with Newton steps where they stay inside. */

double rml_normal_quantile(double lower)
{
    const bool left = lower < 0.5;
    const double p = left ? lower : 1.0 - lower; /* exact from 0.5 up */
    double low = 0.0, high = 40.0, z = 1.0;      /* of the upper tail */

    if (!(lower >= 0.0) || !(lower <= 1.0)) return NAN;
    if (p == 0.0) return left ? -INFINITY : INFINITY;
    for (int k = 0; k < 200; ++k) {
        const double tail = rml_normal_upper(z), log_ratio = log(tail) - log(p);
        const double slope = exp(-0.5 * z * z) / sqrt(2.0 * M_PI) / tail; /* of -log tail */
        double next;

        if (log_ratio > 0.0)
            low = z;
        else
            high = z;
        next = z + log_ratio / slope;
        if (!(next > low && next < high)) next = log_ratio == 0.0 ? z : 0.5 * (low + high);
        if (fabs(next - z) <= 0x1p-52 * fabs(z)) break;
        z = next;
    }
    return p == 0.5 ? 0.0 : left ? -z : z;
}

double rml_t_quantile(double lower, double df)
{
    const bool left = lower < 0.5;
    const double p = 2.0 * (left ? lower : 1.0 - lower);
    double low = 0.0, high = 1.0;

    if (!(lower >= 0.0) || !(lower <= 1.0) || !(df > 0.0)) return NAN;
    if (p == 0.0) return left ? -INFINITY : INFINITY;
    if (p == 1.0) return 0.0;
    while (rml_t_two_sided(high, df) > p) low = high, high *= 2.0;
    for (int k = 0; k < 200; ++k) {
        const double middle = 0.5 * (low + high);

        if (middle <= low || middle >= high) break;
        if (rml_t_two_sided(middle, df) > p)
            low = middle;
        else
            high = middle;
    }
    return left ? -low : low;
}

double rml_beta_quantile(double lower, double a, double b)
{
    double low = 0.0, high = 1.0;

    if (!(lower >= 0.0) || !(lower <= 1.0) || !(a > 0.0) || !(b > 0.0)) return NAN;
    if (lower == 0.0) return 0.0;
    if (lower == 1.0) return 1.0;
    for (int k = 0; k < 1100; ++k) { /* halving reaches the smallest doubles */
        const double middle = 0.5 * (low + high);

        if (middle <= low || middle >= high) break;
        /* the smaller tail decides: 1 - tail has lost its digits */
        if (lower <= 0.5 ? rml_beta_lower(middle, a, b) < lower : rml_beta_upper(middle, a, b) > 1.0 - lower)
            low = middle;
        else
            high = middle;
    }
    return 0.5 * (low + high);
}
