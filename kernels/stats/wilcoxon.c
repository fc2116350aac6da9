/* 1. Exact distributions   2. Rank sum   3. Signed rank   4. Hodges-Lehmann   5. Kruskal-Wallis */
#include "kernels/stats/wilcoxon.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/stats/distribution.h"
#include "kernels/stats/rank.h"

#define EXACT_BELOW 50  /* rows a sample: R's limit */
#define EXACT_MOST 1000 /* counts of arrangements stay below 1e300 */
#define EXACT_STEPS 5e8
#define SHIFT_PAIRS 100000000

/* 1. Exact distributions
 *
 * Arrangements of m and n rows whose statistic is k: the largest value belongs to the m (and adds n) or to the n, so
 * c(m, n, k) = c(m-1, n, k-n) + c(m, n-1, k). Kept for all m at once, n growing; all terms are positive. */

/* count[k], k = 0 .. m*n, malloc'ed; their sum in *total. The statistic is symmetric in m and n. */
static rml_status rank_sum_counts(int64_t m, int64_t n, double **count, double *total)
{
    const int64_t few = m < n ? m : n, many = m < n ? n : m, width = m * n + 1;
    double *table;

    *count = NULL;
    if (m + n > EXACT_MOST || (double)few * (double)many * (double)width > EXACT_STEPS) return RML_ECAPACITY;
    table = calloc((size_t)(few + 1) * (size_t)width, sizeof *table);
    if (!table) return RML_ENOMEM;
    for (int64_t a = 0; a <= few; ++a) table[a * width] = 1.0; /* n = 0: one arrangement, statistic 0 */
    for (int64_t b = 1; b <= many; ++b)
        for (int64_t a = 1; a <= few; ++a) {
            const double *less = table + (a - 1) * width;
            double *own = table + a * width;

            for (int64_t k = b; k <= a * b; ++k) own[k] += less[k - b];
        }
    memmove(table, table + few * width, (size_t)width * sizeof *table);
    *total = 0.0;
    for (int64_t k = 0; k < width; ++k) *total += table[k];
    *count = table;
    return RML_OK;
}

/* Subsets of 1 .. n whose sum is k, k = 0 .. n(n+1)/2. */
static rml_status signed_rank_counts(int64_t n, double **count, double *total)
{
    const int64_t most = n * (n + 1) / 2;
    double *table;

    *count = NULL;
    if (n > EXACT_MOST) return RML_ECAPACITY;
    table = calloc((size_t)most + 1, sizeof *table);
    if (!table) return RML_ENOMEM;
    table[0] = 1.0;
    for (int64_t i = 1; i <= n; ++i)
        for (int64_t k = i * (i + 1) / 2; k >= i; --k) table[k] += table[k - i];
    *total = 0.0;
    for (int64_t k = 0; k <= most; ++k) *total += table[k];
    *count = table;
    return RML_OK;
}

/* P(statistic <= k), most its largest value; from the nearer end, so that a small p keeps its digits. */
static double lower_share(const double *count, double total, int64_t most, int64_t k)
{
    double sum = 0.0;

    if (k < 0) return 0.0;
    if (k >= most) return 1.0;
    for (int64_t i = 0; i <= k; ++i) sum += count[i];
    return sum / total;
}

static double exact_p(const double *count, double total, int64_t most, double statistic, rml_alternative alternative)
{
    const int64_t k = (int64_t)statistic;
    const double lower = lower_share(count, total, most, k);
    const double upper = lower_share(count, total, most, most - k); /* P(statistic >= k), by symmetry */

    return alternative == RML_GREATER ? upper : alternative == RML_LESS ? lower : fmin(2.0 * fmin(lower, upper), 1.0);
}

/* off: the statistic less its mean. Without spread: infinite or NaN, as the division says. */
static double normal_p(double off, double sd, const rml_wilcoxon_settings *settings)
{
    double correction = 0.0, z;

    if (settings->continuity)
        correction = settings->alternative == RML_GREATER ? 0.5
                     : settings->alternative == RML_LESS  ? -0.5
                     : off > 0.0                          ? 0.5
                     : off < 0.0                          ? -0.5
                                                          : 0.0;
    z = (off - correction) / sd;
    return settings->alternative == RML_GREATER ? rml_normal_upper(z)
           : settings->alternative == RML_LESS  ? rml_normal_lower(z)
                                                : rml_normal_two_sided(z);
}

/* 2. Rank sum */

static double rank_sum_sd(double n_x, double n_y, double ties)
{
    const double n = n_x + n_y;

    return sqrt(fmax(n_x * n_y / 12.0 * (n + 1.0 - ties / (n * (n - 1.0))), 0.0));
}

/* values: x, then y; items and rank are scratch of [2 n] and [n]. */
static rml_status rank_sum(const double *values, int64_t n_x, int64_t n_y, const rml_wilcoxon_settings *settings,
                           const double *count, double total, rml_ranked *items, double *rank, rml_wilcoxon *test)
{
    const double nx = (double)n_x, ny = (double)n_y;
    double sum = 0.0, ties;

    *test = (rml_wilcoxon){NAN, NAN, false};
    if (rml_rank_middle(values, n_x + n_y, items, rank, &ties) != RML_OK) return RML_EVALUE;
    for (int64_t i = 0; i < n_x; ++i) sum += rank[i];
    test->statistic = sum - 0.5 * nx * (nx + 1.0);
    test->exact = settings->form != RML_WILCOXON_NORMAL && ties == 0.0 &&
                  (settings->form == RML_WILCOXON_EXACT || (n_x < EXACT_BELOW && n_y < EXACT_BELOW));
    if (!test->exact) {
        const double sd = rank_sum_sd(nx, ny, ties);

        test->p = normal_p(test->statistic - 0.5 * nx * ny, sd, settings);
        return sd > 0.0 ? RML_OK : RML_EEMPTY;
    }
    if (count) {
        test->p = exact_p(count, total, n_x * n_y, test->statistic, settings->alternative);
        return RML_OK;
    } else {
        double *own, own_total;
        const rml_status status = rank_sum_counts(n_x, n_y, &own, &own_total);

        if (status == RML_OK) test->p = exact_p(own, own_total, n_x * n_y, test->statistic, settings->alternative);
        free(own);
        return status;
    }
}

rml_status rml_wilcoxon_rank_sum(const double *x, int64_t n_x, const double *y, int64_t n_y,
                                 const rml_wilcoxon_settings *settings, rml_wilcoxon *test)
{
    const size_t n = (size_t)n_x + (size_t)n_y;
    rml_ranked *items;
    double *values;
    rml_status status = RML_ENOMEM;

    *test = (rml_wilcoxon){NAN, NAN, false};
    if (n_x < 1 || n_y < 1) return RML_EEMPTY;
    items = malloc(2 * n * sizeof *items);
    values = malloc(2 * n * sizeof *values);
    if (items && values) {
        memcpy(values, x, (size_t)n_x * sizeof *values);
        memcpy(values + n_x, y, (size_t)n_y * sizeof *values);
        status = rank_sum(values, n_x, n_y, settings, NULL, 0.0, items, values + n, test);
    }
    free(items);
    free(values);
    return status;
}

rml_status rml_wilcoxon_columns(const rml_columns *columns, const uint8_t *y, const rml_wilcoxon_settings *settings,
                                double *statistic, double *p)
{
    const int64_t n = columns->n_rows;
    int64_t n_x = 0;
    rml_ranked *items = NULL;
    double *values = NULL, *count = NULL, total = 0.0;
    rml_status status = RML_OK;

    for (int32_t j = 0; j < columns->n_columns; ++j) {
        if (statistic) statistic[j] = NAN;
        if (p) p[j] = NAN;
    }
    for (int64_t i = 0; i < n; ++i) n_x += y[i] != 0;
    if (n_x == 0 || n_x == n) return RML_EEMPTY;
    items = malloc(2 * (size_t)n * sizeof *items);
    values = calloc(2 * (size_t)n, sizeof *values);
    if (!items || !values) status = RML_ENOMEM;
    if (status == RML_OK && (settings->form == RML_WILCOXON_EXACT ||
                             (settings->form == RML_WILCOXON_DEFAULT && n_x < EXACT_BELOW && n - n_x < EXACT_BELOW)))
        status = rank_sum_counts(n_x, n - n_x, &count, &total); /* once for all columns */
    for (int32_t j = 0; j < columns->n_columns && status == RML_OK; ++j) {
        const double *x = rml_column(columns, j);
        int64_t at_x = 0, at_y = n_x;
        rml_wilcoxon test;

        for (int64_t i = 0; i < n; ++i) values[y[i] ? at_x++ : at_y++] = x[i];
        (void)rank_sum(values, n_x, n - n_x, settings, count, total, items, values + n, &test); /* NaN says it */
        if (statistic) statistic[j] = test.statistic;
        if (p) p[j] = test.p;
    }
    free(items);
    free(values);
    free(count);
    return status;
}

/* 3. Signed rank */

rml_status rml_wilcoxon_signed_rank(const double *x, const double *y, int64_t n, const rml_wilcoxon_settings *settings,
                                    rml_wilcoxon *test)
{
    rml_ranked *items = NULL;
    double *size = NULL, *difference, ties, m;
    int64_t n_left = 0;
    rml_status status = RML_OK;

    *test = (rml_wilcoxon){NAN, NAN, false};
    if (n < 1) return RML_EEMPTY;
    items = malloc(2 * (size_t)n * sizeof *items);
    size = malloc(2 * (size_t)n * sizeof *size);
    if (!items || !size) {
        status = RML_ENOMEM;
        goto done;
    }
    difference = size + n;
    for (int64_t i = 0; i < n; ++i) {
        const double off = y ? x[i] - y[i] : x[i];

        if (isnan(off)) status = RML_EVALUE;
        if (off == 0.0) continue;
        difference[n_left] = off;
        size[n_left++] = fabs(off);
    }
    if (status == RML_OK) status = rml_rank_middle(size, n_left, items, size, &ties);
    if (status != RML_OK) goto done;
    test->statistic = 0.0;
    for (int64_t i = 0; i < n_left; ++i)
        if (difference[i] > 0.0) test->statistic += size[i];
    m = (double)n_left;
    test->exact = settings->form != RML_WILCOXON_NORMAL && ties == 0.0 && n_left == n &&
                  (settings->form == RML_WILCOXON_EXACT || n < EXACT_BELOW);
    if (test->exact) {
        double *count, total;

        status = signed_rank_counts(n, &count, &total);
        if (status == RML_OK) test->p = exact_p(count, total, n * (n + 1) / 2, test->statistic, settings->alternative);
        free(count);
    } else if (n_left == 0) {
        status = RML_EEMPTY;
    } else {
        const double sd = sqrt(m * (m + 1.0) * (2.0 * m + 1.0) / 24.0 - ties / 48.0);

        test->p = normal_p(test->statistic - 0.25 * m * (m + 1.0), sd, settings);
    }
done:
    free(items);
    free(size);
    return status;
}

/* 4. Hodges-Lehmann */

typedef struct shifting {
    const double *x, *y;
    int64_t n_x, n_y;
    bool continuity;
    rml_ranked *items; /* [2 n] */
    double *value;     /* [n] */
} shifting;

/* The standardised statistic of x - shift against y; falls as the shift grows. */
static double balance(const shifting *s, double shift)
{
    const double n_x = (double)s->n_x, n_y = (double)s->n_y;
    double ties, off = -0.5 * n_x * (n_x + 1.0) - 0.5 * n_x * n_y, correction;

    for (int64_t i = 0; i < s->n_x; ++i) s->value[i] = s->x[i] - shift;
    memcpy(s->value + s->n_x, s->y, (size_t)s->n_y * sizeof *s->value);
    if (rml_rank_middle(s->value, s->n_x + s->n_y, s->items, s->value, &ties) != RML_OK) return NAN;
    for (int64_t i = 0; i < s->n_x; ++i) off += s->value[i];
    correction = !s->continuity || off == 0.0 ? 0.0 : copysign(0.5, off);
    return (off - correction) / rank_sum_sd(n_x, n_y, ties);
}

/* The first shift at which balance - z is above 0 no more and the last at which it is not yet below: the middle of the
 * two, which differ where it is 0 over a stretch. */
static double crossing(const shifting *s, double low, double high, double z)
{
    double end[2];

    if (balance(s, low) - z <= 0.0) return low;
    if (balance(s, high) - z >= 0.0) return high;
    for (int k = 0; k < 2; ++k) {
        double above = low, below = high;

        for (int step = 0; step < 200; ++step) {
            const double middle = 0.5 * above + 0.5 * below, value = balance(s, middle) - z;

            if (middle <= above || middle >= below || below - above <= 1e-13 * (fabs(above) + fabs(below))) break;
            if (value > 0.0 || (k == 1 && value == 0.0))
                above = middle;
            else
                below = middle;
        }
        end[k] = 0.5 * above + 0.5 * below;
    }
    return 0.5 * end[0] + 0.5 * end[1];
}

static rml_status shift_exact(const shifting *s, double level, rml_hodges_lehmann *shift)
{
    const int64_t pairs = s->n_x * s->n_y;
    double *difference = malloc((size_t)pairs * sizeof *difference), *count = NULL, total, sum = 0.0;
    rml_ranked *items = malloc(2 * (size_t)pairs * sizeof *items);
    rml_status status = difference && items ? rank_sum_counts(s->n_x, s->n_y, &count, &total) : RML_ENOMEM;
    int64_t outside = 0; /* R's qu: the smallest k with P(W <= k) >= (1 - level) / 2, at least 1 */

    if (status != RML_OK) goto done;
    for (int64_t i = 0; i < s->n_x; ++i)
        for (int64_t j = 0; j < s->n_y; ++j) difference[i * s->n_y + j] = s->x[i] - s->y[j];
    status = rml_rank_sort(difference, pairs, items);
    if (status != RML_OK) goto done;
    for (;; ++outside) {
        sum += count[outside] / total;
        if (sum >= 0.5 * (1.0 - level)) break;
    }
    if (outside == 0) outside = 1;
    shift->low = items[outside - 1].value;
    shift->high = items[pairs - outside].value;
    shift->estimate = 0.5 * items[(pairs - 1) / 2].value + 0.5 * items[pairs / 2].value;
done:
    free(difference);
    free(items);
    free(count);
    return status;
}

rml_status rml_wilcoxon_shift(const double *x, int64_t n_x, const double *y, int64_t n_y,
                              const rml_wilcoxon_settings *settings, double level, rml_hodges_lehmann *shift)
{
    const int64_t n = n_x + n_y;
    shifting s = {.x = x, .y = y, .n_x = n_x, .n_y = n_y, .continuity = settings->continuity};
    double least_x = INFINITY, most_x = -INFINITY, least_y = INFINITY, most_y = -INFINITY, ties;
    rml_status status = RML_OK;

    *shift = (rml_hodges_lehmann){NAN, NAN, NAN};
    if (!(level > 0.0 && level < 1.0)) return RML_EINVAL;
    if (n_x < 1 || n_y < 1) return RML_EEMPTY;
    if (n_x > SHIFT_PAIRS / n_y) return RML_ECAPACITY;
    for (int64_t i = 0; i < n_x; ++i) {
        if (!isfinite(x[i])) return RML_EVALUE;
        least_x = fmin(least_x, x[i]), most_x = fmax(most_x, x[i]);
    }
    for (int64_t i = 0; i < n_y; ++i) {
        if (!isfinite(y[i])) return RML_EVALUE;
        least_y = fmin(least_y, y[i]), most_y = fmax(most_y, y[i]);
    }
    if (fmin(least_x, least_y) == fmax(most_x, most_y)) return RML_EEMPTY;
    s.items = malloc(2 * (size_t)n * sizeof *s.items);
    s.value = malloc((size_t)n * sizeof *s.value);
    if (!s.items || !s.value) {
        status = RML_ENOMEM;
        goto done;
    }
    memcpy(s.value, x, (size_t)n_x * sizeof *s.value);
    memcpy(s.value + n_x, y, (size_t)n_y * sizeof *s.value);
    status = rml_rank_middle(s.value, n, s.items, s.value, &ties);
    if (status != RML_OK) goto done;
    if (settings->form != RML_WILCOXON_NORMAL && ties == 0.0 &&
        (settings->form == RML_WILCOXON_EXACT || (n_x < EXACT_BELOW && n_y < EXACT_BELOW))) {
        status = shift_exact(&s, level, shift);
    } else {
        const double z = rml_normal_quantile(0.5 + 0.5 * level), low = least_x - most_y, high = most_x - least_y;

        shift->low = crossing(&s, low, high, z);
        shift->high = crossing(&s, low, high, -z);
        s.continuity = false;
        shift->estimate = crossing(&s, low, high, 0.0);
    }
done:
    free(s.items);
    free(s.value);
    return status;
}

/* 5. Kruskal-Wallis */

rml_status rml_wilcoxon_kruskal(const double *x, const int32_t *groups, int64_t n, int32_t n_groups, double *statistic,
                                int32_t *df, double *p)
{
    const double all = (double)n;
    rml_ranked *items = NULL;
    double *rank = NULL, *sum = NULL, *size, ties, total = 0.0;
    int32_t n_present = 0;
    rml_status status = RML_OK;

    *statistic = *p = NAN;
    *df = 0;
    if (n_groups < 1) return RML_EINVAL;
    for (int64_t i = 0; i < n; ++i)
        if (groups[i] < 0 || groups[i] >= n_groups) return RML_EVALUE;
    if (n < 1) return RML_EEMPTY;
    items = malloc(2 * (size_t)n * sizeof *items);
    rank = malloc((size_t)n * sizeof *rank);
    sum = calloc(2 * (size_t)n_groups, sizeof *sum);
    status = items && rank && sum ? rml_rank_middle(x, n, items, rank, &ties) : RML_ENOMEM;
    if (status != RML_OK) goto done;
    size = sum + n_groups;
    for (int64_t i = 0; i < n; ++i) {
        sum[groups[i]] += rank[i] - 0.5 * (all + 1.0); /* about the mean: no large sums to cancel */
        size[groups[i]] += 1.0;
    }
    for (int32_t g = 0; g < n_groups; ++g) {
        if (size[g] == 0.0) continue;
        ++n_present;
        total += sum[g] * sum[g] / size[g];
    }
    *df = n_present - 1;
    if (n_present < 2 || ties == (all * all - 1.0) * all) {
        status = RML_EEMPTY;
        goto done;
    }
    *statistic = 12.0 * total / (all * (all + 1.0)) / (1.0 - ties / (all * (all * all - 1.0)));
    *p = rml_chisq_upper(*statistic, *df);
done:
    free(items);
    free(rank);
    free(sum);
    return status;
}
