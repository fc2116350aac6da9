/* Empirical-Bayes shrinkage of a batch's shifts (gamma) and variances (delta) over its features, as ComBat does it.
 * Source: Johnson, Li & Rabinovic 2007, Biostatistics 8:118; sva::ComBat 3.46.0 (it.sol, postmean, int.eprior). */
#ifndef RML_PREPARE_SHRINK_H
#define RML_PREPARE_SHRINK_H

#include <stdbool.h>
#include <stdint.h>

/* What the features of a batch say of one another: gamma ~ N(gamma_bar, t2), delta ~ inverse gamma(a, b). */
typedef struct rml_shrink_prior {
    double gamma_bar, t2;    /* mean and variance (divisor n - 1) of the shifts */
    double a, b, delta_mean; /* a = 2 + m^2/s^2, b = m + m^3/s^2 of the variances' mean and variance; Inf when s = 0 */
} rml_shrink_prior;

/* A batch's raw estimates, a feature each. All arrays [n_features]. */
typedef struct rml_shrink_batch {
    int32_t n_features;
    const double *n;     /* observed rows */
    const double *gamma; /* mean of the standardised values */
    const double *delta; /* their variance, divisor n - 1; 1 where only means are adjusted */
    const double *ss;    /* their squares about the mean, summed: (n - 1) * variance, also where delta is 1 */
} rml_shrink_batch;

/* The prior of n estimates. mean_only leaves a, b and delta_mean NaN. n below 2 gives NaN. */
rml_shrink_prior rml_shrink_prior_of(const double *gamma, const double *delta, int64_t n, bool mean_only);

/* The parametric posterior: gamma* and delta* in turn until max(|new - old| / old) <= 1e-4 over both and all features.
 * The division is by the signed old value, as in sva, so a feature of negative gamma never holds the loop back; 0/0
 * (where sva stops with an error) counts as no change. Returns the number of rounds, at most 10000.
 * mean_only: gamma* = (t2 gamma + gamma_bar) / (t2 + 1), delta* = 1, 0 rounds. t2 = 0 gives gamma_bar; a = Inf gives
 * delta_mean, the limits where sva has NaN. */
int32_t rml_shrink_parametric(const rml_shrink_batch *batch, const rml_shrink_prior *prior, bool mean_only,
                              double *gamma_star, double *delta_star);

/* The non-parametric posterior: means of (gamma, delta) over n_sets * n_features points weighted by the likelihood of
 * the feature's rows under each, the points of the feature itself (index modulo n_features) left out.
 *
 * point_gamma, point_delta  in   [n_sets * n_features]; a point whose delta is 0 has no weight
 * work                      work [2 * n_sets * n_features]
 *
 * Likelihoods are compared as logarithms: equal to sva but where its products under- or overflow. A feature without any
 * point of weight becomes NaN. */
void rml_shrink_nonparametric(const rml_shrink_batch *batch, const double *point_gamma, const double *point_delta,
                              int32_t n_sets, double *gamma_star, double *delta_star, double *work);

#endif
