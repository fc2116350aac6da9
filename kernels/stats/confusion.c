#include "kernels/stats/confusion.h"

#include <math.h>

#include "kernels/stats/distribution.h"

rml_status rml_confusion_count(const double *score, const uint8_t *y, int64_t n, double threshold,
                               rml_confusion *counts)
{
    int64_t count[2][2] = {{0}}; /* [outcome][predicted] */

    *counts = (rml_confusion){0};
    if (n <= 0) return RML_EEMPTY;
    if (isnan(threshold)) return RML_EVALUE;
    for (int64_t i = 0; i < n; ++i) {
        if (isnan(score[i])) return RML_EVALUE;
        ++count[y[i] != 0][score[i] >= threshold];
    }
    *counts = (rml_confusion){.tp = count[1][1], .fp = count[0][1], .fn = count[1][0], .tn = count[0][0]};
    return RML_OK;
}

/* P(X >= k) of a binomial. */
static double binomial_upper(int64_t k, int64_t n, double p)
{
    if (k <= 0) return 1.0;
    if (p >= 1.0) return 1.0;
    return rml_beta_lower(p, (double)k, (double)(n - k + 1));
}

rml_confusion_rates rml_confusion_rates_of(const rml_confusion *counts)
{
    const double tp = (double)counts->tp, fp = (double)counts->fp, fn = (double)counts->fn, tn = (double)counts->tn;
    const double positive = tp + fn, negative = fp + tn, yes = tp + fp, no = fn + tn, n = positive + negative;
    const double by_chance = (positive * yes + negative * no) / (n * n), off = fp == fn ? 0.0 : fabs(fp - fn) - 1.0;
    rml_confusion_rates rates;

    rates.accuracy = (tp + tn) / n; /* 0 / 0 is NaN, which is what each of these then means */
    rates.sensitivity = tp / positive;
    rates.specificity = tn / negative;
    rates.balanced_accuracy = 0.5 * (rates.sensitivity + rates.specificity);
    rates.ppv = tp / yes;
    rates.npv = tn / no;
    rates.f1 = 2.0 * tp / (2.0 * tp + fp + fn);
    rates.mcc = positive == 0.0 || negative == 0.0 ? NAN
                : yes == 0.0 || no == 0.0
                    ? 0.0
                    : (tp * tn - fp * fn) / (sqrt(positive) * sqrt(negative) * sqrt(yes) * sqrt(no));
    rates.kappa = (rates.accuracy - by_chance) / (1.0 - by_chance);
    rates.prevalence = positive / n;
    rates.accuracy_p = n > 0.0
                           ? binomial_upper(counts->tp + counts->tn, counts->tp + counts->fp + counts->fn + counts->tn,
                                            fmax(positive, negative) / n)
                           : NAN;
    rates.mcnemar_p = fp + fn > 0.0 ? rml_chisq_upper(off * off / (fp + fn), 1.0) : NAN;
    return rates;
}

rml_status rml_confusion_interval(int64_t n_found, int64_t n, double level, double *low, double *high)
{
    const double k = (double)n_found, rest = (double)(n - n_found), outside = 0.5 * (1.0 - level);

    *low = *high = NAN;
    if (!(level > 0.0 && level < 1.0) || n < 0 || n_found < 0 || n_found > n) return RML_EINVAL;
    if (n == 0) return RML_EEMPTY;
    *low = n_found == 0 ? 0.0 : rml_beta_quantile(outside, k, rest + 1.0);
    *high = n_found == n ? 1.0 : rml_beta_quantile(1.0 - outside, k + 1.0, rest);
    return RML_OK;
}
