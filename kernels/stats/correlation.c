/* 1. Pearson   2. Spearman   3. Kendall   4. Whole matrices */
#include "kernels/stats/correlation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/stats/distribution.h"
#include "kernels/stats/rank.h"
#include "kernels/stats/unit.h"

#define SPEARMAN_COUNTED 9   /* up to here all permutations */
#define SPEARMAN_SERIES 1290 /* below this the series */
#define KENDALL_EXACT 50     /* below this */

/* 1. Pearson */

/* Sums in long double about means that are rounded to double, as R: beside an outlier 1 - r^2 is a few last places of
 * r, and values far from 0 have the mean's rounding in every deviation. */
rml_status rml_correlation_pearson(const double *x, const double *y, int64_t n, double *r)
{
    long double sum_x = 0, sum_y = 0, rest_x = 0, rest_y = 0, xx = 0, yy = 0, xy = 0;
    bool x_varies = false, y_varies = false;
    double mean_x, mean_y;

    *r = NAN;
    for (int64_t i = 0; i < n; ++i) {
        if (!isfinite(x[i]) || !isfinite(y[i])) return RML_EVALUE;
        x_varies = x_varies || x[i] != x[0];
        y_varies = y_varies || y[i] != y[0];
        sum_x += x[i];
        sum_y += y[i];
    }
    if (!x_varies || !y_varies) return RML_EEMPTY;
    sum_x /= n;
    sum_y /= n;
    for (int64_t i = 0; i < n; ++i) {
        rest_x += x[i] - sum_x;
        rest_y += y[i] - sum_y;
    }
    mean_x = (double)(sum_x + rest_x / n);
    mean_y = (double)(sum_y + rest_y / n);
    for (int64_t i = 0; i < n; ++i) {
        const long double off_x = x[i] - mean_x, off_y = y[i] - mean_y;

        xx += off_x * off_x;
        yy += off_y * off_y;
        xy += off_x * off_y;
    }
    *r = rml_unit_cut((double)(xy / (sqrtl(xx) * sqrtl(yy))));
    return RML_OK;
}

rml_status rml_correlation_pearson_test(const double *x, const double *y, int64_t n, double level,
                                        rml_correlation_test *test)
{
    rml_status status;
    double r, z, half;

    *test = (rml_correlation_test){NAN, NAN, NAN, NAN, NAN, NAN, false};
    if (!(level > 0.0 && level < 1.0)) return RML_EINVAL;
    status = rml_correlation_pearson(x, y, n, &r);
    test->estimate = r;
    if (status != RML_OK) return status;
    if (n < 3) return RML_EEMPTY;
    test->df = (double)(n - 2);
    test->statistic = sqrt(test->df) * r / sqrt(1.0 - r * r);
    test->p = rml_t_two_sided(test->statistic, test->df);
    if (n < 4) return RML_OK;
    z = atanh(r);
    half = rml_normal_quantile(0.5 + 0.5 * level) / sqrt((double)(n - 3));
    test->low = tanh(z - half);
    test->high = tanh(z + half);
    return RML_OK;
}

/* 2. Spearman */

static rml_status spearman(const double *x, const double *y, int64_t n, double *rho, bool *has_ties)
{
    rml_ranked *items = malloc((2 * (size_t)n + 1) * sizeof *items);
    double *rank = malloc((2 * (size_t)n + 1) * sizeof *rank), ties_x = 0.0, ties_y = 0.0;
    rml_status status = items && rank ? RML_OK : RML_ENOMEM;

    *rho = NAN;
    if (status == RML_OK) status = rml_rank_middle(x, n, items, rank, &ties_x);
    if (status == RML_OK) status = rml_rank_middle(y, n, items, rank + n, &ties_y);
    if (status == RML_OK) status = rml_correlation_pearson(rank, rank + n, n, rho);
    *has_ties = ties_x + ties_y > 0.0;
    free(items);
    free(rank);
    return status;
}

rml_status rml_correlation_spearman(const double *x, const double *y, int64_t n, double *rho)
{
    bool has_ties;

    return spearman(x, y, n, rho, &has_ties);
}

/* Share of the permutations of n things whose sum of squared moves is at least s, or of the others. */
static double share_counted(int n, double s, bool others)
{
    int place[SPEARMAN_COUNTED], count[SPEARMAN_COUNTED] = {0};
    int64_t n_all = 1, n_found = 0;

    for (int i = 0; i < n; ++i) place[i] = i;
    for (int k = 0;;) { /* Heap's algorithm */
        int sum = 0;

        if (k == 0) {
            for (int i = 0; i < n; ++i) sum += (place[i] - i) * (place[i] - i);
            n_found += sum >= s;
            k = 1;
        }
        while (k < n && count[k] >= k) count[k++] = 0;
        if (k >= n) break;
        {
            const int with = k % 2 ? count[k] : 0, kept = place[with];

            place[with] = place[k];
            place[k] = kept;
        }
        ++count[k];
        ++n_all;
        k = 0;
    }
    return (double)(others ? n_all - n_found : n_found) / (double)n_all;
}

/* P(S >= s), or P(S < s) if lower. The Edgeworth series of Best & Roberts, Applied Statistics 1975 (AS 89): S is
 * nearly normal with mean (n^3 - n)/6; the correction is a polynomial in the standardised S and in 1/n. */
static double spearman_tail(int64_t rows, double s, bool lower)
{
    const double n = (double)rows, b = 1.0 / n;

    if (s <= 0.0) return lower ? 0.0 : 1.0;
    if (s > n * (n * n - 1.0) / 3.0) return lower ? 1.0 : 0.0;
    if (rows <= SPEARMAN_COUNTED) {
        return share_counted((int)rows, s, lower);
    } else {
        const double x = (6.0 * (s - 1.0) * b / (n * n - 1.0) - 1.0) * sqrt(n - 1.0), y = x * x;
        const double third = 0.0072 - 0.0831 * b + y * b * (0.0131 - 4.6e-4 * y);
        const double second = y * b * (0.0879 + 0.0151 * b - y * third);
        const double first = y * (-0.0758 + b * (0.1033 + 0.3932 * b) - second);
        const double extra = x * b * (0.2274 + b * (0.2531 + 0.1745 * b) + first) / exp(0.5 * y);

        return fmin(fmax(lower ? rml_normal_lower(x) - extra : rml_normal_upper(x) + extra, 0.0), 1.0);
    }
}

rml_status rml_correlation_spearman_test(const double *x, const double *y, int64_t n, rml_correlation_form form,
                                         bool continuity, rml_correlation_test *test)
{
    const double rows = (double)n, most = rows * (rows * rows - 1.0);
    bool has_ties, upper;
    rml_status status;
    double tail;

    *test = (rml_correlation_test){NAN, NAN, NAN, NAN, NAN, NAN, false};
    status = spearman(x, y, n, &test->estimate, &has_ties);
    if (status != RML_OK) return status;
    test->statistic = most * (1.0 - test->estimate) / 6.0;
    upper = test->statistic > most / 6.0;
    test->exact = form == RML_FORM_DEFAULT && n < SPEARMAN_SERIES && !has_ties;
    if (test->exact) {
        const double s = round(test->statistic) + (upper ? 0.0 : 2.0); /* S is even */

        tail = spearman_tail(n, s, !upper);
    } else {
        const double r = 1.0 - test->statistic / (most / 6.0 + (continuity ? 1.0 : 0.0));
        const double t = r / sqrt((1.0 - r * r) / (rows - 2.0));

        if (n < 3) return RML_EEMPTY;
        tail = upper ? rml_t_lower(t, rows - 2.0) : rml_t_upper(t, rows - 2.0);
    }
    test->p = fmin(2.0 * tail, 1.0);
    return RML_OK;
}

/* 3. Kendall */

/* Exchanges that sorting y needs, by merging; y is sorted afterwards, work is [n]. */
static int64_t exchanges(double *y, int64_t n, double *work)
{
    int64_t count = 0;

    for (int64_t run = 1; run < n; run *= 2)
        for (int64_t first = 0; first + run < n; first += 2 * run) {
            const int64_t middle = first + run, end = n - middle < run ? n : middle + run;
            int64_t i = first, j = middle, k = 0;

            while (i < middle && j < end) {
                if (y[j] < y[i]) {
                    count += middle - i;
                    work[k++] = y[j++];
                } else {
                    work[k++] = y[i++];
                }
            }
            memmove(y + first + k, y + i, (size_t)(middle - i) * sizeof *y);
            memcpy(y + first, work, (size_t)k * sizeof *y);
        }
    return count;
}

typedef struct tied { /* sums over groups of t equal values */
    double pairs;     /* t (t-1) / 2 */
    double second;    /* t (t-1) */
    double third;     /* t (t-1) (t-2) */
    double variance;  /* t (t-1) (2t+5) */
} tied;

static void tied_add(tied *sums, int64_t size)
{
    const double t = (double)size;

    sums->pairs += 0.5 * t * (t - 1.0);
    sums->second += t * (t - 1.0);
    sums->third += t * (t - 1.0) * (t - 2.0);
    sums->variance += t * (t - 1.0) * (2.0 * t + 5.0);
}

/* Concordant less discordant pairs, and the ties. */
static rml_status kendall(const double *x, const double *y, int64_t n, double *score, tied *of_x, tied *of_y)
{
    rml_ranked *items = malloc((2 * (size_t)n + 1) * sizeof *items);
    double *work = malloc((2 * (size_t)n + 1) * sizeof *work), both = 0.0, pairs = 0.5 * (double)n * (double)(n - 1);
    rml_status status = items && work ? RML_OK : RML_ENOMEM;

    *of_x = *of_y = (tied){0};
    *score = NAN;
    if (status == RML_OK) status = rml_rank_middle(y, n, items, work + n, NULL); /* by y, then by x: stable */
    if (status == RML_OK) {
        for (int64_t i = 0; i < n; ++i) work[i] = x[items[i].row];
        for (int64_t i = 0; i < n; ++i) work[n + i] = y[items[i].row];
        status = rml_rank_sort(work, n, items);
    }
    if (status != RML_OK) goto done;
    for (int64_t first = 0, end; first < n; first = end) {
        for (end = first; end < n && items[end].value == items[first].value; ++end)
            work[end] = work[n + items[end].row]; /* reads rows of the sorted y, writes places already read from x */
        tied_add(of_x, end - first);
        for (int64_t i = first, group; i < end; i = group) {
            for (group = i; group < end && work[group] == work[i]; ++group) {
            }
            both += 0.5 * (double)(group - i) * (double)(group - i - 1);
        }
    }
    for (int64_t first = 0, end; first < n; first = end) { /* work[n ..] is y ascending */
        for (end = first; end < n && work[n + end] == work[n + first]; ++end) {
        }
        tied_add(of_y, end - first);
    }
    {
        const double discordant = (double)exchanges(work, n, work + n);

        *score = pairs - of_x->pairs - of_y->pairs + both - 2.0 * discordant;
    }
done:
    free(items);
    free(work);
    return status;
}

static rml_status tau_of(int64_t n, double score, const tied *of_x, const tied *of_y, double *tau)
{
    const double pairs = 0.5 * (double)n * (double)(n - 1);

    if (n < 2 || of_x->pairs == pairs || of_y->pairs == pairs) return RML_EEMPTY;
    *tau = rml_unit_cut(score / (sqrt(pairs - of_x->pairs) * sqrt(pairs - of_y->pairs)));
    return RML_OK;
}

rml_status rml_correlation_kendall(const double *x, const double *y, int64_t n, double *tau)
{
    tied of_x, of_y;
    double score;
    const rml_status status = kendall(x, y, n, &score, &of_x, &of_y);

    *tau = NAN;
    return status != RML_OK ? status : tau_of(n, score, &of_x, &of_y, tau);
}

/* P(T <= at) for the concordant pairs T of a random permutation: the shares of permutations by inversions, built up by
 * one more thing at a time. */
static double concordant_lower(int64_t n, int64_t at)
{
    double share[KENDALL_EXACT * (KENDALL_EXACT - 1) / 2 + 1] = {1.0}, sum = 0.0;

    for (int64_t k = 2; k <= n; ++k) {
        const int64_t top = k * (k - 1) / 2;
        double before[KENDALL_EXACT * (KENDALL_EXACT - 1) / 2 + 1];

        memcpy(before, share, sizeof before);
        for (int64_t t = 0; t <= top && t <= at; ++t) {
            double all = 0.0;

            for (int64_t move = 0; move < k && move <= t; ++move) all += before[t - move];
            share[t] = all / (double)k;
        }
    }
    for (int64_t t = 0; t <= at; ++t) sum += share[t];
    return sum;
}

rml_status rml_correlation_kendall_test(const double *x, const double *y, int64_t n, rml_correlation_form form,
                                        bool continuity, rml_correlation_test *test)
{
    const double rows = (double)n, pairs = 0.5 * rows * (rows - 1.0);
    tied of_x, of_y;
    double score;
    rml_status status;

    *test = (rml_correlation_test){NAN, NAN, NAN, NAN, NAN, NAN, false};
    status = kendall(x, y, n, &score, &of_x, &of_y);
    if (status == RML_OK) status = tau_of(n, score, &of_x, &of_y, &test->estimate);
    if (status != RML_OK) return status;
    test->exact = form == RML_FORM_DEFAULT && n < KENDALL_EXACT && of_x.pairs + of_y.pairs == 0.0;
    if (test->exact) {
        const double concordant = 0.5 * (score + pairs), fewer = fmin(concordant, pairs - concordant);

        test->statistic = concordant;
        test->p = fmin(2.0 * concordant_lower(n, (int64_t)fewer), 1.0);
    } else {
        double variance = (rows * (rows - 1.0) * (2.0 * rows + 5.0) - of_x.variance - of_y.variance) / 18.0 +
                          of_x.second * of_y.second / (2.0 * rows * (rows - 1.0));

        if (n > 2) variance += of_x.third * of_y.third / (9.0 * rows * (rows - 1.0) * (rows - 2.0));
        if (continuity) score = copysign(fmax(fabs(score) - 1.0, 0.0), score);
        test->statistic = score / sqrt(variance);
        test->p = rml_normal_two_sided(test->statistic);
    }
    return RML_OK;
}

/* 4. Whole matrices */

rml_status rml_correlation_matrix(const rml_columns *columns, rml_correlation_kind kind, double *r)
{
    const int64_t n = columns->n_rows, p = columns->n_columns;
    double *unit = NULL;        /* [p][n] standardised */
    rml_status *kind_of = NULL; /* of each column: usable, constant, or not finite */
    rml_ranked *items = NULL;
    rml_status status = RML_OK;

    for (int64_t k = 0; k < p * p; ++k) r[k] = NAN;
    if (n < 2) return RML_EEMPTY;
    unit = malloc(((size_t)p * (size_t)n + 1) * sizeof *unit);
    kind_of = malloc(((size_t)p + 1) * sizeof *kind_of);
    items = malloc(2 * (size_t)n * sizeof *items);
    if (!unit || !kind_of || !items) {
        status = RML_ENOMEM;
        goto done;
    }
    for (int32_t j = 0; j < p; ++j) {
        const double *x = rml_column(columns, j);

        kind_of[j] = RML_OK;
        if (kind == RML_SPEARMAN) {
            kind_of[j] = rml_rank_middle(x, n, items, unit + j * n, NULL);
            x = unit + j * n;
        }
        if (kind_of[j] == RML_OK) kind_of[j] = rml_unit_of(x, n, unit + j * n);
    }
    for (int64_t j = 0; j < p; ++j) {
        if (kind_of[j] != RML_EVALUE) r[j * p + j] = 1.0;
        if (kind_of[j] != RML_OK) continue;
        for (int64_t k = 0; k < j; ++k)
            if (kind_of[k] == RML_OK)
                r[j * p + k] = r[k * p + j] = rml_unit_cut(rml_unit_product(unit + j * n, unit + k * n, n));
    }
done:
    free(unit);
    free(kind_of);
    free(items);
    return status;
}
