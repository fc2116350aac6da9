/* The cut of a number within strata. A stratum's scores are those of its rows alone, and are permuted among these
 * alone: the sum of the low rows' scores then has mean and variance that are sums over the strata, of m of the n rows
 * of each
 *
 *     m mean(a)     and     m (n - m) / (n (n - 1)) sum of (a - mean(a))^2.
 *
 * Scores are held with their stratum's mean taken off, so that every sum is expected to be 0. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/base/rng.h"
#include "kernels/stats/distribution.h"
#include "kernels/stats/rank.h"
#include "kernels/survival/cutpoint.h"

typedef struct strata {
    int32_t n;
    int64_t *first;  /* [n + 1] places in pool */
    double *squares; /* [n] of the stratum's scores */
    int64_t *at;     /* [n] work: rows of the stratum so far */
    double *pool;    /* [rows] scores, a stratum behind another */
    double *score;   /* [rows] in the order of x */
    int32_t *of;     /* [rows] in the order of x */
    rml_ranked *items;
} strata;

static void strata_free(strata *s)
{
    free(s->first);
    free(s->squares);
    free(s->at);
    free(s->pool);
    free(s->score);
    free(s->of);
    free(s->items);
}

/* The rows of one stratum, gathered in time and event; their scores into pool. */
static rml_status score_stratum(strata *s, int32_t which, const double *time, const uint8_t *event)
{
    const int64_t n = s->first[which + 1] - s->first[which];
    double *score = s->pool + s->first[which], mean = 0.0;
    const rml_status status = rml_cutpoint_scores(time, event, n, score);

    for (int64_t i = 0; i < n; ++i) mean += score[i] / (double)n;
    for (int64_t i = 0; i < n; ++i) {
        score[i] -= mean;
        s->squares[which] += score[i] * score[i];
    }
    return status;
}

static rml_status strata_init(const double *x, const double *time, const uint8_t *event, const int32_t *stratum,
                              int32_t n_strata, int64_t n, strata *s)
{
    const size_t rows = (size_t)n + 1, k = (size_t)n_strata + 1;
    double *own_time = malloc(rows * sizeof *own_time);
    uint8_t *own_event = malloc(rows);
    rml_status status = own_time && own_event ? RML_OK : RML_ENOMEM;

    *s = (strata){n_strata,
                  calloc(k, sizeof *s->first),
                  calloc(k, sizeof *s->squares),
                  calloc(k, sizeof *s->at),
                  malloc(rows * sizeof *s->pool),
                  malloc(rows * sizeof *s->score),
                  malloc(rows * sizeof *s->of),
                  malloc(2 * rows * sizeof *s->items)};
    if (!s->first || !s->squares || !s->at || !s->pool || !s->score || !s->of || !s->items) status = RML_ENOMEM;
    for (int64_t i = 0; status == RML_OK && i < n; ++i)
        if (!isfinite(x[i]) || stratum[i] < 0 || stratum[i] >= n_strata)
            status = RML_EVALUE;
        else
            ++s->first[stratum[i] + 1];
    for (int32_t g = 0; status == RML_OK && g < n_strata; ++g) s->first[g + 1] += s->first[g];
    for (int32_t g = 0; status == RML_OK && g < n_strata; ++g) {
        int64_t n_own = 0;

        for (int64_t i = 0; i < n; ++i) {
            if (stratum[i] != g) continue;
            own_time[n_own] = time[i];
            own_event[n_own++] = event[i];
        }
        status = score_stratum(s, g, own_time, own_event);
    }
    if (status == RML_OK) { /* by row, then by x: at[] deals a stratum's scores in the order of its rows */
        double *by_row = own_time;

        for (int64_t i = 0; i < n; ++i) by_row[i] = s->pool[s->first[stratum[i]] + s->at[stratum[i]]++];
        status = rml_rank_sort(x, n, s->items);
        for (int64_t i = 0; status == RML_OK && i < n; ++i) {
            s->score[i] = by_row[s->items[i].row];
            s->of[i] = stratum[s->items[i].row];
        }
        memset(s->at, 0, k * sizeof *s->at);
    }
    for (int64_t i = 0; status == RML_OK && i < n; ++i) /* pooled again in the order of x: what a draw starts from */
        s->pool[s->first[s->of[i]] + s->at[s->of[i]]++] = s->score[i];
    free(own_time);
    free(own_event);
    return status;
}

/* With at[] rows of each stratum low. */
static double deviation(const strata *s)
{
    double variance = 0.0;

    for (int32_t g = 0; g < s->n; ++g) {
        const double n = (double)(s->first[g + 1] - s->first[g]), m = (double)s->at[g];

        if (n > 1.0) variance += m * (n - m) / (n * (n - 1.0)) * s->squares[g];
    }
    return sqrt(variance);
}

/* Every observed x: the cuts that leave enough rows, and that leave rows of one stratum on both sides. spread:
 * out, [n_cuts] deviations. cut: whose statistic is told as well */
static void walk(strata *s, int64_t n, double least, double cut, rml_cutpoint *best, double *spread)
{
    const double rows = (double)n;
    const int64_t from = (int64_t)fmax(1.0, floor(rows * least)), to = (int64_t)floor(rows * (1.0 - least));
    double total = 0.0;

    memset(s->at, 0, (size_t)s->n * sizeof *s->at);
    for (int64_t i = 0; i + 1 < n; ++i) {
        const double value = s->items[i].value;
        double sd;
        rml_cut at;

        total += s->score[i];
        ++s->at[s->of[i]];
        if (value == s->items[i + 1].value) continue;
        sd = deviation(s);
        at = (rml_cut){value, i + 1, n - i - 1, sd > 0.0 ? fabs(total / sd) : NAN};
        if (value <= cut) best->median = (rml_cut){cut, at.n_low, at.n_high, at.statistic};
        if (i + 1 < from || i + 1 > to || !(sd > 0.0)) continue;
        spread[best->n_cuts] = sd;
        best->cuts[best->n_cuts] = at;
        if (best->n_cuts == 0 || at.statistic > best->best.statistic) best->best = at;
        ++best->n_cuts;
    }
    if (n > 0 && s->items[n - 1].value <= cut) best->median = (rml_cut){cut, n, 0, NAN};
}

/* As rml_cutpoint_permuted, among the rows of each stratum. */
static double permute(strata *s, const rml_cutpoint *best, const double *spread, int32_t n_draws, uint64_t seed)
{
    const rml_cut *cuts = best->cuts;
    int64_t n_as_large = 0;

    for (int32_t draw = 0; draw < n_draws; ++draw) {
        double total = 0.0, largest = 0.0;
        int32_t k = 0;

        memset(s->at, 0, (size_t)s->n * sizeof *s->at);
        for (int64_t i = 0; i < cuts[best->n_cuts - 1].n_low; ++i) {
            const int32_t g = s->of[i];
            const int64_t here = s->first[g] + s->at[g]++;
            const double u = rml_rng_uniform(seed, (uint64_t)draw, (uint64_t)i);
            const int64_t from = here + (int64_t)(u * (double)(s->first[g + 1] - here));
            const double taken = s->pool[from];

            s->pool[from] = s->pool[here];
            s->pool[here] = taken;
            total += taken;
            if (i + 1 != cuts[k].n_low) continue;
            largest = fmax(largest, fabs(total) / spread[k]);
            ++k;
        }
        n_as_large += largest >= best->best.statistic * (1.0 - 1e-12); /* the same sets in another order are as large */
    }
    return (double)(1 + n_as_large) / (double)(1 + n_draws);
}

rml_status rml_cutpoint_find_within(const double *x, const double *time, const uint8_t *event, const int32_t *stratum,
                                    int32_t n_strata, int64_t n, double least, int32_t n_permutations, uint64_t seed,
                                    rml_cutpoint *best)
{
    strata s = {0};
    double *spread = NULL;
    rml_status status;

    *best = (rml_cutpoint){0};
    rml_cutpoint_free(best); /* nothing is found yet */
    if (!(least >= 0.0 && least < 0.5) || n_permutations < 0 || n < 0 || n > INT32_MAX || n_strata < 1)
        return RML_EINVAL;
    status = strata_init(x, time, event, stratum, n_strata, n, &s);
    if (status != RML_OK) goto done;
    status = RML_EEMPTY;
    if (n == 0) goto done;
    status = RML_ENOMEM;
    best->cuts = malloc((size_t)n * sizeof *best->cuts);
    spread = malloc((size_t)n * sizeof *spread);
    if (!best->cuts || !spread) goto done;
    walk(&s, n, least, (s.items[(n - 1) / 2].value + s.items[n / 2].value) / 2.0, best, spread);
    status = RML_EEMPTY;
    if (best->n_cuts == 0) goto done;
    status = RML_OK;
    best->p_median = rml_normal_two_sided(best->median.statistic);
    if (n_permutations > 0) best->p_permuted = permute(&s, best, spread, n_permutations, seed);
done:
    strata_free(&s);
    free(spread);
    best->n_permutations = n_permutations;
    if (status != RML_OK) rml_cutpoint_free(best);
    return status;
}
