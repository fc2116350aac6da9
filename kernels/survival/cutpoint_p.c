/* 1. Lausen's approximations   2. Hothorn and Lausen's bound   3. Permutations */
#include "kernels/survival/cutpoint_p.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "kernels/base/rng.h"
#include "kernels/stats/distribution.h"

void rml_cutpoint_moments(double sum, double squares, int64_t n, int64_t m, double *mean, double *deviation)
{
    const double n_ = (double)n, m_ = (double)m;

    *mean = m_ / n_ * sum;
    *deviation = sqrt(m_ * (n_ - m_) / (n_ * n_ * (n_ - 1.0)) * (n_ * squares - sum * sum));
}

/* 1. Lausen's approximations */

double rml_cutpoint_lausen92(double b, double least)
{
    const double density = exp(-b * b / 2.0) / sqrt(2.0 * M_PI), most = 1.0 - least;
    double p;

    if (!(least > 0.0)) return NAN;
    if (b < 1.0) return 1.0; /* the limit is for the tail */
    p = 4.0 * density / b + density * (b - 1.0 / b) * log(most * (1.0 - least) / ((1.0 - most) * least));
    return fmax(p, 0.0);
}

double rml_cutpoint_lausen94(double b, int64_t n, const int64_t *size, int32_t n_sizes)
{
    const double n_ = (double)n, upper = rml_normal_upper(b);
    double sum = 0.0;

    for (int32_t k = 0; k + 1 < n_sizes; ++k) {
        const double m = (double)size[k], next = (double)size[k + 1];
        const double t = sqrt(1.0 - m * (n_ - next) / ((n_ - m) * next));

        sum += exp(-b * b / 2.0) / M_PI * (t - (b * b / 4.0 - 1.0) * t * t * t / 6.0);
    }
    /* The two tails as maxstat takes them, by 1 - (lower - upper): below 1e-16 they are lost, and the tables agree. */
    return 1.0 - ((1.0 - upper) - upper) + sum;
}

/* 2. Hothorn and Lausen's bound
 *
 * Let A_m be that the standardised sum of m scores exceeds b. Then P(some A_m) <= P(A_first) + sum over the others of
 * P(A_m and not A_(m-1)), and of the sums at m - 1 that exceed b, those that still do with the largest score added (low
 * ones; high ones: with the smallest, 0) are taken off. The distributions are those of Streitberg & Roehmel's shift
 * algorithm: ways[m][s] counts the sets of m scores with sum s. */

/* Maps scores to whole numbers 0 .. n; gives their sum. */
static int64_t round_scores(const double *score, int32_t n, int32_t *whole)
{
    double least = INFINITY, most = 0.0;
    int64_t sum = 0;

    for (int32_t i = 0; i < n; ++i) least = fmin(least, score[i]);
    for (int32_t i = 0; i < n; ++i) most = fmax(most, score[i] - least);
    for (int32_t i = 0; i < n; ++i) {
        whole[i] = (int32_t)nearbyint((score[i] - least) * n / most);
        sum += whole[i];
    }
    return sum;
}

/* ways: [n + 1][sum + 1] */
static void count_ways(const int32_t *whole, int32_t n, int64_t sum, double *ways)
{
    const int64_t width = sum + 1;
    int64_t so_far = 0;

    ways[0] = 1.0;
    for (int32_t i = 0; i < n; ++i) {
        so_far += whole[i];
        for (int32_t m = i + 1; m >= 1; --m)
            for (int64_t s = so_far; s >= whole[i]; --s) ways[m * width + s] += ways[(m - 1) * width + s - whole[i]];
    }
}

typedef struct sums {
    int32_t n, largest; /* rows, largest score */
    int64_t sum;
    double squares, b;
    const double *ways;
} sums;

/* The standardised sum s of m scores; 0 where no set has it. */
static double standard(const sums *d, int32_t m, int64_t s)
{
    double mean, deviation;

    if (s > d->sum || d->ways[m * (d->sum + 1) + s] == 0.0) return 0.0;
    rml_cutpoint_moments((double)d->sum, d->squares, d->n, m, &mean, &deviation);
    return fabs(((double)s - mean) / deviation);
}

/* The share of sets of m scores that exceed b, and of those that m - 1 of them did not exceed it already for sure. */
static double share_beyond(const sums *d, int32_t m, bool after)
{
    double inside = 0.0, sure = 0.0, mean, deviation;

    for (int64_t s = 0; s <= d->sum; ++s)
        if (standard(d, m, s) > d->b) inside += d->ways[m * (d->sum + 1) + s];
    inside *= exp(-rml_log_choose(d->n, m));
    if (!after) return inside;
    rml_cutpoint_moments((double)d->sum, d->squares, d->n, m - 1, &mean, &deviation);
    for (int64_t s = 0; s <= d->sum; ++s) {
        const double at = (double)s;

        if (!(standard(d, m - 1, s) > d->b)) continue;
        if ((at < mean && standard(d, m, s + d->largest) > d->b) || (at > mean && standard(d, m, s) > d->b))
            sure += d->ways[(m - 1) * (d->sum + 1) + s];
    }
    return inside - sure * exp(-rml_log_choose(d->n, m - 1));
}

rml_status rml_cutpoint_hothorn(const double *score, int32_t n, const int64_t *size, int32_t n_sizes, double *p)
{
    int32_t whole[RML_HOTHORN_MOST];
    sums d = {.n = n};
    double *ways, total = 0.0, bound = 0.0;

    *p = NAN;
    if (n > RML_HOTHORN_MOST) return RML_OK;
    d.sum = round_scores(score, n, whole);
    ways = calloc((size_t)(n + 1) * (size_t)(d.sum + 1), sizeof *ways);
    if (!ways) return RML_ENOMEM;
    d.ways = ways;
    count_ways(whole, n, d.sum, ways);
    for (int32_t i = 0; i < n; ++i) {
        d.squares += (double)whole[i] * whole[i];
        if (whole[i] > d.largest) d.largest = whole[i];
    }
    for (int32_t i = 0, k = 0; i < n && k < n_sizes; ++i) {
        double mean, deviation;

        total += whole[i];
        if (i + 1 != size[k]) continue;
        rml_cutpoint_moments((double)d.sum, d.squares, n, size[k++], &mean, &deviation);
        d.b = fmax(d.b, fabs((total - mean) / deviation));
    }
    if (n_sizes == 1) d.b *= 1.0 - 1e-12; /* a single sum's plain test, which counts the sum itself */
    for (int32_t k = 0; k < n_sizes; ++k) bound += share_beyond(&d, (int32_t)size[k], k > 0);
    *p = fmin(bound, 1.0);
    free(ways);
    return RML_OK;
}

/* 3. Permutations */

rml_status rml_cutpoint_permuted(double b, const double *score, int64_t n, const int64_t *size, int32_t n_sizes,
                                 int32_t n_draws, uint64_t seed, double *p)
{
    double *drawn = calloc((size_t)n + 1, sizeof *drawn), *mean = calloc(2 * (size_t)n_sizes + 1, sizeof *mean);
    double *const deviation = mean ? mean + n_sizes : NULL;
    double sum = 0.0, squares = 0.0;
    int64_t n_as_large = 0;

    *p = NAN;
    if (!drawn || !mean) {
        free(drawn);
        free(mean);
        return RML_ENOMEM;
    }
    for (int64_t i = 0; i < n; ++i) {
        drawn[i] = score[i];
        sum += score[i];
        squares += score[i] * score[i];
    }
    for (int32_t k = 0; k < n_sizes; ++k) rml_cutpoint_moments(sum, squares, n, size[k], &mean[k], &deviation[k]);
    for (int32_t draw = 0; draw < n_draws; ++draw) {
        double total = 0.0, largest = 0.0;
        int32_t k = 0;

        /* Only the rows up to the last cut are drawn; a shuffle of a shuffle is one, so the last order is the start. */
        for (int64_t i = 0; i < size[n_sizes - 1]; ++i) {
            const double u = rml_rng_uniform(seed, (uint64_t)draw, (uint64_t)i);
            const int64_t from = i + (int64_t)(u * (double)(n - i));
            const double taken = drawn[from];

            drawn[from] = drawn[i];
            drawn[i] = taken;
            total += taken;
            if (i + 1 != size[k]) continue;
            largest = fmax(largest, fabs(total - mean[k]) / deviation[k]);
            ++k;
        }
        n_as_large += largest >= b * (1.0 - 1e-12); /* the same sets in another order are as large */
    }
    *p = (double)(1 + n_as_large) / (double)(1 + n_draws);
    free(drawn);
    free(mean);
    return RML_OK;
}
