/* 1. Chi-square   2. Fisher, 2 x 2   3. Fisher, any size */
#include "kernels/stats/contingency.h"

#include <math.h>
#include <stdlib.h>

#include "kernels/stats/distribution.h"

#define AS_LIKELY 1e-7 /* relative: tables this close in probability count as equally likely */
#define MOST_STEPS 300000000
#define MOST_TOTAL 10000000

/* 1. Chi-square */

rml_status rml_contingency_chisq(const int64_t *count, int32_t n_rows, int32_t n_columns, bool yates, double *expected,
                                 rml_chisq_test *test)
{
    const int64_t n_cells = (int64_t)n_rows * n_columns;
    double total = 0.0, sum = 0.0, correction = yates && n_rows == 2 && n_columns == 2 ? 0.5 : 0.0;
    bool empty = false;

    *test = (rml_chisq_test){NAN, NAN, 0, false};
    if (n_rows < 2 || n_columns < 2) return RML_EINVAL;
    for (int64_t k = 0; k < n_cells; ++k) {
        if (count[k] < 0) return RML_EVALUE;
        total += (double)count[k];
    }
    test->df = (n_rows - 1) * (n_columns - 1);
    for (int pass = 0; pass < 2; ++pass) /* the first finds the correction */
        for (int32_t r = 0; r < n_rows; ++r) {
            double row = 0.0;

            for (int32_t c = 0; c < n_columns; ++c) row += (double)count[(int64_t)r * n_columns + c];
            for (int32_t c = 0; c < n_columns; ++c) {
                double column = 0.0, mean, off;

                for (int32_t i = 0; i < n_rows; ++i) column += (double)count[(int64_t)i * n_columns + c];
                mean = row * column / total;
                off = fabs((double)count[(int64_t)r * n_columns + c] - mean);
                if (pass == 0) {
                    if (expected) expected[(int64_t)r * n_columns + c] = mean;
                    if (mean < 5.0) test->doubtful = true;
                    if (!(mean > 0.0)) empty = true;
                    correction = fmin(correction, off);
                } else {
                    sum += (off - correction) * (off - correction) / mean;
                }
            }
        }
    if (empty) return RML_EEMPTY;
    test->statistic = sum;
    test->p = rml_chisq_upper(sum, test->df);
    return RML_OK;
}

/* 2. Fisher, 2 x 2
 *
 * With all margins fixed the first cell s has the probability w(s) t^s / sum of the same, t the odds ratio and w the
 * hypergeometric weight. */

typedef struct noncentral {
    int64_t low, n; /* s = low .. low + n - 1 */
    double *log_weight, *share;
} noncentral;

/* Fills share with the probabilities under the odds ratio exp(log_odds). */
static void shares_of(noncentral *h, double log_odds)
{
    double most = -INFINITY, sum = 0.0;

    for (int64_t i = 0; i < h->n; ++i) {
        h->share[i] = h->log_weight[i] + log_odds * (double)i;
        most = fmax(most, h->share[i]);
    }
    for (int64_t i = 0; i < h->n; ++i) sum += h->share[i] = exp(h->share[i] - most);
    for (int64_t i = 0; i < h->n; ++i) h->share[i] /= sum;
}

typedef enum wanted { MEAN, LOWER_TAIL, UPPER_TAIL } wanted;

static double moment_of(noncentral *h, double log_odds, wanted what, int64_t at)
{
    double sum = 0.0;

    shares_of(h, log_odds);
    if (what == MEAN)
        for (int64_t i = 0; i < h->n; ++i) sum += h->share[i] * (double)i;
    if (what == LOWER_TAIL)
        for (int64_t i = 0; i <= at; ++i) sum += h->share[i];
    if (what == UPPER_TAIL)
        for (int64_t i = h->n - 1; i >= at; --i) sum += h->share[i];
    return sum;
}

/* The odds ratio at which the moment has the value; the lower tail falls with it, the others rise. */
static double odds_with(noncentral *h, wanted what, int64_t at, double value)
{
    const double sign = what == LOWER_TAIL ? -1.0 : 1.0;
    double low = -1.0, high = 1.0;

    while (sign * (moment_of(h, low, what, at) - value) > 0.0 && low > -700.0) low *= 2.0;
    while (sign * (moment_of(h, high, what, at) - value) < 0.0 && high < 700.0) high *= 2.0;
    for (int k = 0; k < 200; ++k) {
        const double middle = 0.5 * (low + high);

        if (middle <= low || middle >= high) break;
        if (sign * (moment_of(h, middle, what, at) - value) < 0.0)
            low = middle;
        else
            high = middle;
    }
    return exp(0.5 * (low + high));
}

rml_status rml_contingency_fisher_2x2(const int64_t count[4], rml_alternative alternative, double level,
                                      rml_fisher_test *test)
{
    const int64_t column = count[0] + count[2], other = count[1] + count[3], row = count[0] + count[1];
    const double outside = (1.0 - level) * (alternative == RML_TWO_SIDED ? 0.5 : 1.0);
    noncentral h = {.low = row > other ? row - other : 0};
    int64_t at;
    double least;

    *test = (rml_fisher_test){NAN, NAN, NAN, NAN};
    if (!(level > 0.0 && level < 1.0)) return RML_EINVAL;
    for (int k = 0; k < 4; ++k)
        if (count[k] < 0) return RML_EVALUE;
    if (column + other == 0) return RML_EEMPTY;
    h.n = (row < column ? row : column) - h.low + 1;
    h.log_weight = malloc(2 * (size_t)h.n * sizeof *h.log_weight);
    if (!h.log_weight) return RML_ENOMEM;
    h.share = h.log_weight + h.n;
    h.log_weight[0] = 0.0;
    for (int64_t i = 1; i < h.n; ++i) { /* the weight of s over that of s - 1 */
        const double s = (double)(h.low + i);

        h.log_weight[i] = h.log_weight[i - 1] + log(((double)column - s + 1.0) * ((double)row - s + 1.0)) -
                          log(s * ((double)(other - row) + s));
    }
    at = count[0] - h.low;
    if (alternative == RML_TWO_SIDED) {
        shares_of(&h, 0.0);
        least = h.share[at] * (1.0 + AS_LIKELY);
        test->p = 0.0;
        for (int64_t i = 0; i < h.n; ++i)
            if (h.share[i] <= least) test->p += h.share[i];
    } else {
        test->p = moment_of(&h, 0.0, alternative == RML_LESS ? LOWER_TAIL : UPPER_TAIL, at);
    }
    test->p = fmin(test->p, 1.0);
    test->odds_ratio = at == 0 ? 0.0 : at == h.n - 1 ? INFINITY : odds_with(&h, MEAN, at, (double)at);
    test->low = at == 0 || alternative == RML_LESS ? 0.0 : odds_with(&h, UPPER_TAIL, at, outside);
    test->high = at == h.n - 1 || alternative == RML_GREATER ? INFINITY : odds_with(&h, LOWER_TAIL, at, outside);
    free(h.log_weight);
    return RML_OK;
}

/* 3. Fisher, any size
 *
 * log P of a table is a constant less the sum of log x! over its cells. Tables are built column by column. With some
 * columns filled, rows with r_i and columns with c_j still to place (R in all):
 *   - all completions together have sum over tables of 1/prod x! = R! / (prod r_i! prod c_j!);
 *   - sum log x! is at least that of every row (or every column) spread evenly, by convexity of log gamma;
 *   - and at most sum log r_i!, and at most sum log c_j!.
 * So many are counted or dropped at once. */

typedef struct walk {
    int32_t n_rows, n_columns;
    const double *log_factorial; /* [total + 1] */
    int64_t *left;               /* [n_rows] to be placed in the columns to come */
    int64_t *column;             /* [n_columns] totals */
    int64_t *later;              /* [n_columns + 1] sum of the totals from there on */
    double *log_columns;         /* [n_columns + 1] sum of log c! from there on */
    double *even_columns;        /* [n_columns + 1] the sum of log x! of those columns spread evenly */
    double constant, limit;      /* log P of a table is constant - sum log x!; counted up to limit */
    double p;
    int64_t n_steps;
} walk;

static void fill_column(walk *w, int32_t c, int32_t r, int64_t to_place, int64_t rows_after, double spent);

static double spread(double total, double n) /* sum of log x! of n equal parts */
{
    int sign;

    return n * lgamma_r(total / n + 1.0, &sign);
}

static void next_column(walk *w, int32_t c, double spent)
{
    const double n_left = w->n_columns - c;
    double log_rows = 0.0, even_rows = 0.0, log_all, likeliest, unlikeliest;

    for (int32_t r = 0; r < w->n_rows; ++r) {
        log_rows += w->log_factorial[w->left[r]];
        if (n_left > 1.0) even_rows += spread((double)w->left[r], n_left);
    }
    if (n_left <= 1.0) { /* the last column is what is left */
        if (w->constant - spent - log_rows <= w->limit) w->p += exp(w->constant - spent - log_rows);
        return;
    }
    log_all = w->constant - spent + w->log_factorial[w->later[c]] - log_rows - w->log_columns[c];
    likeliest = w->constant - spent - fmax(even_rows, w->even_columns[c]);
    unlikeliest = w->constant - spent - fmin(log_rows, w->log_columns[c]);
    if (likeliest <= w->limit - 1e-12 * fabs(w->limit)) {
        w->p += exp(log_all);
        return;
    }
    if (unlikeliest > w->limit + 1e-12 * fabs(w->limit)) return;
    fill_column(w, c, 0, w->column[c], w->later[c], spent);
}

/* rows_after: the sum of left[r ..]. */
static void fill_column(walk *w, int32_t c, int32_t r, int64_t to_place, int64_t rows_after, double spent)
{
    const int64_t have = w->left[r], after = rows_after - have;
    const int64_t least = to_place > after ? to_place - after : 0, most = have < to_place ? have : to_place;

    for (int64_t x = least; x <= most; ++x) {
        if (++w->n_steps > MOST_STEPS) return;
        w->left[r] = have - x;
        if (r + 1 == w->n_rows)
            next_column(w, c + 1, spent + w->log_factorial[x]);
        else
            fill_column(w, c, r + 1, to_place - x, after, spent + w->log_factorial[x]);
    }
    w->left[r] = have;
}

rml_status rml_contingency_fisher(const int64_t *count, int32_t n_rows, int32_t n_columns, double *p)
{
    /* few rows, many columns: the walk's steps within a column are then few */
    const int32_t few = n_rows < n_columns ? n_rows : n_columns, many = n_rows < n_columns ? n_columns : n_rows;
    int64_t total = 0, *whole = NULL;
    double *real = NULL, *table, observed = 0.0;
    walk w = {0};
    rml_status status = RML_OK;

    *p = NAN;
    if (n_rows < 2 || n_columns < 2) return RML_EINVAL;
    for (int64_t k = 0; k < (int64_t)n_rows * n_columns; ++k) {
        if (count[k] < 0) return RML_EVALUE;
        if (count[k] > MOST_TOTAL - total) return RML_ECAPACITY;
        total += count[k];
    }
    if (total == 0) return RML_EEMPTY;
    whole = calloc((size_t)few + 2 * (size_t)many + 1, sizeof *whole);
    real = calloc((size_t)total + 1 + 2 * ((size_t)many + 1), sizeof *real);
    if (!whole || !real) {
        status = RML_ENOMEM;
        goto done;
    }
    table = real;
    for (int64_t k = 2; k <= total; ++k) table[k] = table[k - 1] + log((double)k);
    w = (walk){.log_factorial = table, .left = whole, .column = whole + few, .later = whole + few + many};
    w.log_columns = real + total + 1;
    w.even_columns = w.log_columns + many + 1;
    for (int32_t r = 0; r < n_rows; ++r)
        for (int32_t c = 0; c < n_columns; ++c) {
            const int64_t x = count[(int64_t)r * n_columns + c];

            w.left[n_rows < n_columns ? r : c] += x;
            w.column[n_rows < n_columns ? c : r] += x;
            observed += table[x];
        }
    for (int32_t r = 0; r < few; ++r)
        if (w.left[r] > 0) w.left[w.n_rows++] = w.left[r];
    for (int32_t c = 0; c < many; ++c)
        if (w.column[c] > 0) w.column[w.n_columns++] = w.column[c];
    w.constant = -table[total];
    for (int32_t r = 0; r < w.n_rows; ++r) w.constant += table[w.left[r]];
    for (int32_t c = w.n_columns - 1; c >= 0; --c) {
        w.constant += table[w.column[c]];
        w.later[c] = w.later[c + 1] + w.column[c];
        w.log_columns[c] = w.log_columns[c + 1] + table[w.column[c]];
        w.even_columns[c] = w.even_columns[c + 1] + spread((double)w.column[c], w.n_rows);
    }
    w.limit = w.constant - observed + log1p(AS_LIKELY);
    next_column(&w, 0, 0.0);
    if (w.n_steps > MOST_STEPS)
        status = RML_ECAPACITY;
    else
        *p = fmin(w.p, 1.0);
done:
    free(whole);
    free(real);
    return status;
}
