#include "kernels/prepare/shrink.h"

#include <math.h>

#define CONVERGED 1e-4
#define MAX_ROUNDS 10000

static void mean_and_variance(const double *x, int64_t n, double *mean, double *variance)
{
    double sum = 0.0, squares = 0.0;

    for (int64_t i = 0; i < n; ++i) sum += x[i];
    *mean = sum / (double)n;
    for (int64_t i = 0; i < n; ++i) squares += (x[i] - *mean) * (x[i] - *mean);
    *variance = squares / (double)(n - 1);
}

rml_shrink_prior rml_shrink_prior_of(const double *gamma, const double *delta, int64_t n, bool mean_only)
{
    rml_shrink_prior prior = {NAN, NAN, NAN, NAN, NAN};
    double spread;

    if (n < 2) return prior;
    mean_and_variance(gamma, n, &prior.gamma_bar, &prior.t2);
    if (mean_only) return prior;
    mean_and_variance(delta, n, &prior.delta_mean, &spread);
    if (spread > 0.0) {
        const double m = prior.delta_mean;

        prior.a = (2.0 * spread + m * m) / spread;
        prior.b = (m * spread + m * m * m) / spread;
    } else
        prior.a = prior.b = INFINITY;
    return prior;
}

/* |now - before| / before, 0/0 as 0. */
static inline double change_of(double now, double before)
{
    const double change = fabs(now - before) / before;

    return isnan(change) ? 0.0 : change;
}

static inline double posterior_mean(double gamma, double gamma_bar, double n, double delta, double t2)
{
    const double weight = t2 * n + delta;

    return weight > 0.0 ? (t2 * n * gamma + delta * gamma_bar) / weight : gamma;
}

int32_t rml_shrink_parametric(const rml_shrink_batch *batch, const rml_shrink_prior *prior, bool mean_only,
                              double *gamma_star, double *delta_star)
{
    const int32_t m = batch->n_features;
    int32_t rounds = 0;
    double change = 1.0;

    for (int32_t j = 0; j < m; ++j) {
        gamma_star[j] =
            mean_only ? posterior_mean(batch->gamma[j], prior->gamma_bar, 1.0, 1.0, prior->t2) : batch->gamma[j];
        delta_star[j] = mean_only ? 1.0 : batch->delta[j];
    }
    if (mean_only) return 0;
    while (change > CONVERGED && rounds < MAX_ROUNDS) {
        change = -INFINITY;
        for (int32_t j = 0; j < m; ++j) {
            const double n = batch->n[j], old_gamma = gamma_star[j], old_delta = delta_star[j];
            const double gamma = posterior_mean(batch->gamma[j], prior->gamma_bar, n, old_delta, prior->t2);
            /* sum of (z - gamma*)^2, from the squares about the mean */
            const double squares = batch->ss[j] + n * (batch->gamma[j] - gamma) * (batch->gamma[j] - gamma);
            const double delta =
                isinf(prior->a) ? prior->delta_mean : (0.5 * squares + prior->b) / (n / 2.0 + prior->a - 1.0);

            gamma_star[j] = gamma;
            delta_star[j] = delta;
            change = fmax(change, fmax(change_of(gamma, old_gamma), change_of(delta, old_delta)));
        }
        ++rounds;
    }
    return rounds;
}

void rml_shrink_nonparametric(const rml_shrink_batch *batch, const double *point_gamma, const double *point_delta,
                              int32_t n_sets, double *gamma_star, double *delta_star, double *work)
{
    const int32_t m = batch->n_features;
    const int64_t n_points = (int64_t)n_sets * m;
    double *log_delta = work, *likelihood = work + n_points;

    for (int64_t p = 0; p < n_points; ++p) log_delta[p] = log(2.0 * M_PI * point_delta[p]);
    for (int32_t j = 0; j < m; ++j) {
        const double n = batch->n[j], mean = batch->gamma[j], ss = batch->ss[j];
        double highest = -INFINITY, weight = 0.0, gamma = 0.0, delta = 0.0;

        for (int64_t p = 0; p < n_points; ++p) {
            const double squares = ss + n * (mean - point_gamma[p]) * (mean - point_gamma[p]);

            likelihood[p] = -0.5 * (n * log_delta[p] + squares / point_delta[p]);
        }
        for (int32_t s = 0; s < n_sets; ++s) likelihood[(int64_t)s * m + j] = -INFINITY;
        for (int64_t p = 0; p < n_points; ++p)
            if (point_delta[p] > 0.0 && likelihood[p] > highest) highest = likelihood[p];
        for (int64_t p = 0; p < n_points; ++p) {
            double w;

            if (!(point_delta[p] > 0.0)) continue;
            w = exp(likelihood[p] - highest);
            weight += w;
            gamma += w * point_gamma[p];
            delta += w * point_delta[p];
        }
        gamma_star[j] = gamma / weight;
        delta_star[j] = delta / weight;
    }
}
