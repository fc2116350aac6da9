/* Fisher's test by drawn tables.
 *
 * A random table of given margins is made cell by cell (Patefield 1981, AS 159): of a row with n patients to place in
 * the columns from c on, which have room for N in all and K in column c, the number in column c is hypergeometric,
 *
 *     P(x) = C(K, x) C(N - K, n - x) / C(N, n),
 *
 * drawn by adding up probabilities from the mode outwards until a uniform number is passed: few steps, and none of the
 * probabilities is lost to rounding. */
#include <math.h>
#include <stdlib.h>

#include "kernels/base/rng.h"
#include "kernels/stats/contingency.h"

#define AS_LIKELY 1e-7 /* as of the exact test */
#define MOST_TOTAL 10000000

static int64_t draw(int64_t room, int64_t column, int64_t n, double uniform, const double *log_factorial)
{
    const int64_t others = room - column, least = n > others ? n - others : 0, most = n < column ? n : column;
    const int64_t mode = (int64_t)((double)(n + 1) * (double)(column + 1) /
                                   (double)(room + 2)); /* from least to most, but for rounding */
    const int64_t from = mode < least ? least : mode > most ? most : mode;
    const double *f = log_factorial;
    const double first = exp(f[column] - f[from] - f[column - from] + f[others] - f[n - from] - f[others - n + from] -
                             f[room] + f[n] + f[room - n]);
    double up = first, down = first;
    int64_t high = from, low = from;

    uniform -= first;
    while (uniform >= 0.0 && (high < most || low > least)) {
        if (high < most) {
            up *= (double)(column - high) * (double)(n - high) / ((double)(high + 1) * (double)(others - n + high + 1));
            ++high;
            uniform -= up;
            if (uniform < 0.0) return high;
        }
        if (low > least) {
            down *= (double)low * (double)(others - n + low) / ((double)(column - low + 1) * (double)(n - low + 1));
            --low;
            uniform -= down;
            if (uniform < 0.0) return low;
        }
    }
    return from;
}

/* Sum of log x! over the cells of table t. left: [n_columns] room. */
static double draw_table(const int64_t *row, int32_t n_rows, const int64_t *column, int32_t n_columns, int64_t total,
                         const double *log_factorial, uint64_t seed, uint64_t t, int64_t *left)
{
    double sum = 0.0;
    uint64_t n_drawn = 0;

    for (int32_t c = 0; c < n_columns; ++c) left[c] = column[c];
    for (int32_t r = 0; r + 1 < n_rows; ++r) {
        int64_t room = total, n = row[r];

        for (int32_t c = 0; c < n_columns; ++c) {
            const int64_t x =
                c + 1 < n_columns ? draw(room, left[c], n, rml_rng_uniform(seed, t, n_drawn++), log_factorial) : n;

            room -= left[c];
            n -= x;
            left[c] -= x;
            sum += log_factorial[x];
        }
        total -= row[r];
    }
    for (int32_t c = 0; c < n_columns; ++c) sum += log_factorial[left[c]];
    return sum;
}

rml_status rml_contingency_fisher_drawn(const int64_t *count, int32_t n_rows, int32_t n_columns, int32_t n_tables,
                                        uint64_t seed, double *p)
{
    int64_t total = 0, n_unlikely = 0, *row;
    double *log_factorial, observed = 0.0;

    *p = NAN;
    if (n_rows < 2 || n_columns < 2 || n_tables < 1) return RML_EINVAL;
    for (int64_t k = 0; k < (int64_t)n_rows * n_columns; ++k) {
        if (count[k] < 0) return RML_EVALUE;
        if (count[k] > MOST_TOTAL - total) return RML_ECAPACITY;
        total += count[k];
    }
    if (total == 0) return RML_EEMPTY;
    row = calloc((size_t)n_rows + 2 * (size_t)n_columns, sizeof *row);
    log_factorial = calloc((size_t)total + 1, sizeof *log_factorial);
    if (!row || !log_factorial) {
        free(row);
        free(log_factorial);
        return RML_ENOMEM;
    }
    for (int64_t k = 2; k <= total; ++k) log_factorial[k] = log_factorial[k - 1] + log((double)k);
    for (int32_t r = 0; r < n_rows; ++r)
        for (int32_t c = 0; c < n_columns; ++c) {
            row[r] += count[(int64_t)r * n_columns + c];
            row[n_rows + c] += count[(int64_t)r * n_columns + c];
            observed += log_factorial[count[(int64_t)r * n_columns + c]];
        }
    for (int32_t t = 0; t < n_tables; ++t) /* log P is a constant less the sum */
        n_unlikely += draw_table(row, n_rows, row + n_rows, n_columns, total, log_factorial, seed, (uint64_t)t,
                                 row + n_rows + n_columns) >= observed - AS_LIKELY;
    *p = (double)(1 + n_unlikely) / (1.0 + n_tables);
    free(row);
    free(log_factorial);
    return RML_OK;
}
