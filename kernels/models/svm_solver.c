/* 1. Vectors
 * 2. Pairs: sequential minimal optimisation
 * 3. The factor of the free rows
 * 4. The active set
 * 5. The public face
 *
 * Pairs (Fan, Chen & Lin, JMLR 6, 2005, "WSS 2") come near the optimum quickly and then converge linearly, and slowly
 * where the kernel is nearly singular. Once the violation is small, few rows still change sides, and each solve on the
 * free rows F is exact: with the multiplier l of sum(b) = 0,
 *     (K_FF + s 11') d + g_F = l 1,  1'd = 0
 * whose s (any s > 0 gives the same d) makes the matrix regular when F has one row more than the kernel has rank, which
 * is the usual end of a linear kernel with fewer columns than rows. A step ends at the first bound it meets; that row
 * leaves F; once nothing moves, the worst violator joins (Nocedal & Wright 2006, section 16.5). Every step goes
 * downhill, so whatever it leaves behind is a better start for the pairs. */
#include "kernels/models/svm_solver.h"

#include <assert.h>
#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/base/attributes.h"
#include "kernels/models/lapack.h"

enum { LANES = 8, MAX_FREE = 4096 };

static const double SWITCH = 1e-2; /* violation at which the active set takes over */
/* Parts of the tolerance: the active set gets far below it at little cost, and nearly collinear columns turn a
 * violation of 1e-8 into 1e-5 of a decision value. */
static const double FINE = 1e-4, NEAR = 1e-2;
static const double LEAST_PIVOT = 1e-10;  /* relative; below it, rows count as dependent and are told apart by this */
static const double LEAST_CURVED = 1e-12; /* libsvm's TAU: the curvature of a pair of equal rows */

/* 1. Vectors */

typedef struct place {
    int32_t at; /* -1: none */
    double value;
} place;

static place first_of_lanes(const double *best, const int64_t *at, bool lowest)
{
    place found = {-1, lowest ? INFINITY : -INFINITY};

    for (int l = 0; l < LANES; ++l) {
        if (at[l] < 0) continue;
        const bool better = lowest ? best[l] < found.value : best[l] > found.value;
        if (found.at < 0 || better || (best[l] == found.value && at[l] < found.at))
            found = (place){(int32_t)at[l], best[l]};
    }
    return found;
}

/* First place of the least a[i] + mask[i]; vectors are padded to LANES, with an infinite mask. */
RML_HOT static void scan_least(const double *a, const double *mask, int32_t n, double *best, int64_t *at)
{
    for (int l = 0; l < LANES; ++l) best[l] = INFINITY, at[l] = -1;
    for (int32_t i = 0; i < n; i += LANES)
        for (int l = 0; l < LANES; ++l) {
            const double value = a[i + l] + mask[i + l];
            const bool better = value < best[l];

            best[l] = better ? value : best[l];
            at[l] = better ? i + l : at[l];
        }
}

/* First place of the largest a[i] - mask[i]. */
RML_HOT static void scan_most(const double *a, const double *mask, int32_t n, double *best, int64_t *at)
{
    for (int l = 0; l < LANES; ++l) best[l] = -INFINITY, at[l] = -1;
    for (int32_t i = 0; i < n; i += LANES)
        for (int l = 0; l < LANES; ++l) {
            const double value = a[i + l] - mask[i + l];
            const bool better = value > best[l];

            best[l] = better ? value : best[l];
            at[l] = better ? i + l : at[l];
        }
}

static place least_up(const rml_svm_solver *s)
{
    double best[LANES];
    int64_t at[LANES];

    scan_least(s->gradient, s->up, s->n, best, at);
    return first_of_lanes(best, at, true);
}

static place most_down(const rml_svm_solver *s)
{
    double best[LANES];
    int64_t at[LANES];

    scan_most(s->gradient, s->down, s->n, best, at);
    return first_of_lanes(best, at, false);
}

/* gain[i] of pairing i with the row whose kernel row, diagonal and gradient are given: descent^2 / curvature. */
RML_HOT static void fill_gains(const double *gradient, const double *down, const double *kernel_row,
                               const double *diagonal, double own, double from, int32_t n, double *gain)
{
    for (int32_t i = 0; i < n; ++i) {
        const double fall = gradient[i] - down[i] - from;
        const double curved = own + diagonal[i] - 2.0 * kernel_row[i];
        const double safe = curved > LEAST_CURVED ? curved : LEAST_CURVED;

        gain[i] = fall > 0.0 ? fall * fall / safe : -1.0;
    }
}

RML_HOT static void add_pair(double *gradient, const double *a, const double *b, double t, int32_t n)
{
    for (int32_t i = 0; i < n; ++i) gradient[i] += t * (a[i] - b[i]);
}

RML_HOT static void add_four(double *out, const double *const *row, const double *c, int32_t n)
{
    for (int32_t i = 0; i < n; ++i)
        out[i] += (c[0] * row[0][i] + c[1] * row[1][i]) + (c[2] * row[2][i] + c[3] * row[3][i]);
}

static const double *kernel_row(const rml_svm_solver *s, int32_t i)
{
    return s->kernel + (int64_t)i * s->n;
}

/* out += K[:, rows] c, four rows a pass. */
static void add_rows(const rml_svm_solver *s, const int32_t *rows, const double *c, int32_t n_rows, double *out)
{
    for (int32_t k = 0; k < n_rows; k += 4) {
        const double *row[4];
        double factor[4];

        for (int32_t l = 0; l < 4; ++l) {
            row[l] = kernel_row(s, rows[k + l < n_rows ? k + l : k]);
            factor[l] = k + l < n_rows ? c[k + l] : 0.0;
        }
        add_four(out, row, factor, s->n);
    }
}

static void set_sides(rml_svm_solver *s, int32_t i)
{
    s->up[i] = s->beta[i] < s->high[i] ? 0.0 : INFINITY;
    s->down[i] = s->beta[i] > s->low[i] ? 0.0 : INFINITY;
}

static bool is_free(const rml_svm_solver *s, int32_t i)
{
    return s->beta[i] > s->low[i] && s->beta[i] < s->high[i];
}

static double violation(const rml_svm_solver *s)
{
    const place i = least_up(s), j = most_down(s);

    return i.at < 0 || j.at < 0 ? 0.0 : fmax(j.value - i.value, 0.0);
}

/* 2. Pairs */

/* Until the violation is at most tolerance; false when the pairs were used up first. */
static bool run_pairs(rml_svm_solver *s, double tolerance, int64_t max_pairs)
{
    double *diagonal = s->row, *gain = s->work, best[LANES];
    int64_t at[LANES];

    s->factor_valid = false;
    for (int32_t i = 0; i < s->n; ++i) diagonal[i] = kernel_row(s, i)[i];
    for (int64_t done = 0; done < max_pairs; ++done) {
        const place i = least_up(s), last = most_down(s);
        place j;

        if (i.at < 0 || last.at < 0 || last.value - i.value <= tolerance) return true;
        fill_gains(s->gradient, s->down, kernel_row(s, i.at), diagonal, diagonal[i.at], i.value, s->n, gain);
        scan_most(gain, s->down, s->n, best, at);
        j = first_of_lanes(best, at, false);
        assert(j.at >= 0 && j.value > 0.0);

        const double fall = s->gradient[j.at] - i.value;
        const double curved = fmax(diagonal[i.at] + diagonal[j.at] - 2.0 * kernel_row(s, i.at)[j.at], LEAST_CURVED);
        const double room_i = s->high[i.at] - s->beta[i.at], room_j = s->beta[j.at] - s->low[j.at];
        const double t = fmin(fall / curved, fmin(room_i, room_j));

        s->beta[i.at] = t == room_i ? s->high[i.at] : s->beta[i.at] + t;
        s->beta[j.at] = t == room_j ? s->low[j.at] : s->beta[j.at] - t;
        set_sides(s, i.at);
        set_sides(s, j.at);
        add_pair(s->gradient, kernel_row(s, i.at), kernel_row(s, j.at), t, s->n);
        ++s->n_pairs;
    }
    return false;
}

/* 3. The factor of the free rows */

static double *factor_column(const rml_svm_solver *s, int32_t k)
{
    return s->factor + (int64_t)k * s->capacity;
}

static void solve_factor(const rml_svm_solver *s, bool transposed, double *v)
{
    if (s->n_free > 0)
        cblas_dtrsv(CblasColMajor, CblasLower, transposed ? CblasTrans : CblasNoTrans, CblasNonUnit, s->n_free,
                    s->factor, s->capacity, v, 1);
}

/* The row becomes the last of F. false: F is full. */
static bool append_row(rml_svm_solver *s, int32_t i)
{
    const int32_t m = s->n_free;
    const double whole = kernel_row(s, i)[i] + s->shift;
    double pivot = whole;

    if (m >= s->capacity) return false;
    for (int32_t k = 0; k < m; ++k) s->row[k] = kernel_row(s, i)[s->free_row[k]] + s->shift;
    solve_factor(s, false, s->row);
    for (int32_t k = 0; k < m; ++k) {
        pivot -= s->row[k] * s->row[k];
        factor_column(s, k)[m] = s->row[k];
    }
    factor_column(s, m)[m] = sqrt(fmax(pivot, LEAST_PIVOT * whole));
    s->free_row[s->n_free++] = i;
    return true;
}

RML_HOT static void rotate_column(double *column, double *x, double c, double sine, int32_t n)
{
    for (int32_t i = 0; i < n; ++i) {
        const double l = column[i], v = x[i];

        column[i] = c * l + sine * v;
        x[i] = c * v - sine * l;
    }
}

/* Takes place k out of F. What stands below and behind it takes up its column: L33 L33' + l l'. */
static void remove_row(rml_svm_solver *s, int32_t k)
{
    const int32_t m = s->n_free, behind = m - k - 1;
    double *x = s->row;

    memcpy(x, factor_column(s, k) + k + 1, (size_t)behind * sizeof *x);
    for (int32_t c = 0; c < k; ++c)
        memmove(factor_column(s, c) + k, factor_column(s, c) + k + 1, (size_t)behind * sizeof *x);
    for (int32_t c = k; c < m - 1; ++c)
        memcpy(factor_column(s, c) + c, factor_column(s, c + 1) + c + 1, (size_t)(m - 1 - c) * sizeof *x);
    memmove(s->free_row + k, s->free_row + k + 1, (size_t)behind * sizeof *s->free_row);
    --s->n_free;
    for (int32_t c = 0; c < behind; ++c) {
        double *column = factor_column(s, k + c) + k + c;
        const double r = sqrt(column[0] * column[0] + x[c] * x[c]), cosine = column[0] / r, sine = x[c] / r;

        column[0] = r;
        rotate_column(column + 1, x + c + 1, cosine, sine, behind - c - 1);
    }
}

RML_HOT static void downdate_column(double *column, double *x, double c, double sine, int32_t n)
{
    for (int32_t i = 0; i < n; ++i) {
        column[i] = (column[i] - sine * x[i]) / c;
        x[i] = c * x[i] - sine * column[i];
    }
}

/* L L' - x x'; false when too little is left of a pivot to trust it. */
static bool downdate_factor(rml_svm_solver *s, double *x)
{
    for (int32_t k = 0; k < s->n_free; ++k) {
        double *column = factor_column(s, k) + k;
        const double left = (column[0] - x[k]) * (column[0] + x[k]);

        if (!(left > 1e-6 * column[0] * column[0])) return false;
        const double r = sqrt(left), c = r / column[0], sine = x[k] / column[0];

        column[0] = r;
        downdate_column(column + 1, x + k + 1, c, sine, s->n_free - k - 1);
    }
    return true;
}

/* F and its factor anew from beta; false when there are too many free rows. */
static bool build_factor(rml_svm_solver *s)
{
    double trace = 0.0;
    int info, m;

    s->n_free = 0;
    for (int32_t i = 0; i < s->n; ++i) {
        trace += kernel_row(s, i)[i];
        if (!is_free(s, i)) continue;
        if (s->n_free == s->capacity) return false;
        s->free_row[s->n_free++] = i;
    }
    s->shift = trace > 0.0 ? trace / s->n : 1.0;
    for (int32_t c = 0; c < s->n_free; ++c) {
        const double *row = kernel_row(s, s->free_row[c]);

        for (int32_t r = c; r < s->n_free; ++r) factor_column(s, c)[r] = row[s->free_row[r]] + s->shift;
    }
    m = s->n_free;
    if (m > 0) dpotrf_("L", &m, s->factor, &s->capacity, &info);
    for (int32_t k = 0; m > 0 && info == 0 && k < m; ++k) {
        const double pivot = factor_column(s, k)[k];

        if (pivot * pivot < LEAST_PIVOT * (kernel_row(s, s->free_row[k])[s->free_row[k]] + s->shift)) info = 1;
    }
    if (m > 0 && info != 0) { /* dependent rows: one by one, with the least pivot */
        s->n_free = 0;
        for (int32_t k = 0; k < m; ++k)
            if (!append_row(s, s->free_row[k])) return false;
    }
    s->factor_valid = true;
    return true;
}

/* 4. The active set */

/* Direction d into s->work and the multiplier; returns the largest |g - multiplier| on F. */
static double find_direction(rml_svm_solver *s)
{
    const int32_t m = s->n_free;
    double *ones = s->row, *d = s->work, across = 0.0, along = 0.0, residual = 0.0, sum = 0.0;

    for (int32_t k = 0; k < m; ++k) {
        ones[k] = 1.0;
        d[k] = s->gradient[s->free_row[k]];
    }
    solve_factor(s, false, ones);
    solve_factor(s, false, d);
    for (int32_t k = 0; k < m; ++k) {
        across += ones[k] * d[k];
        along += ones[k] * ones[k];
    }
    s->offset = across / along;
    for (int32_t k = 0; k < m; ++k) d[k] = s->offset * ones[k] - d[k];
    solve_factor(s, true, d);
    for (int32_t k = 0; k < m; ++k) {
        sum += d[k];
        residual = fmax(residual, fabs(s->gradient[s->free_row[k]] - s->offset));
    }
    for (int32_t k = 0; k < m; ++k) d[k] -= sum / m; /* nearly singular factors let the sum drift */
    return residual;
}

/* Goes along s->work to its end or to the first bound; that row leaves F. Returns the part gone. */
static double take_step(rml_svm_solver *s)
{
    double t = 1.0;
    int32_t blocked = -1;

    for (int32_t k = 0; k < s->n_free; ++k) {
        const int32_t i = s->free_row[k];
        const double room = s->work[k] > 0.0 ? s->high[i] - s->beta[i] : s->low[i] - s->beta[i];

        if (s->work[k] != 0.0 && room / s->work[k] < t) {
            t = fmax(room / s->work[k], 0.0);
            blocked = k;
        }
    }
    for (int32_t k = 0; k < s->n_free; ++k) {
        const int32_t i = s->free_row[k];

        s->work[k] *= t;
        if (k == blocked)
            s->beta[i] = s->work[k] > 0.0 || (t == 0.0 && s->beta[i] >= s->high[i]) ? s->high[i] : s->low[i];
        else
            s->beta[i] = fmin(fmax(s->beta[i] + s->work[k], s->low[i]), s->high[i]);
        set_sides(s, i);
    }
    if (t > 0.0) add_rows(s, s->free_row, s->work, s->n_free, s->gradient);
    if (blocked >= 0) {
        remove_row(s, blocked);
        ++s->n_changes;
    }
    return t;
}

/* Lets in the worst violator (without free rows: the worst pair). false: F is full. */
static bool let_in(rml_svm_solver *s, const place *up, const place *down)
{
    const bool rises = s->n_free == 0 || s->offset - up->value > down->value - s->offset;
    const bool falls = s->n_free == 0 || !rises;

    s->n_changes += 1;
    if (rises && !append_row(s, up->at)) return false;
    return !falls || append_row(s, down->at);
}

/* false: not at the optimum, and no longer getting on. */
static bool run_active_set(rml_svm_solver *s, double tolerance)
{
    const int64_t limit = s->n_changes + 4 * (int64_t)s->n + 100;
    double last = INFINITY;
    int n_same = 0;

    if (!s->factor_valid && !build_factor(s)) return false;
    while (s->n_changes < limit) {
        if (s->n_free > 0) {
            const double residual = find_direction(s);

            /* A full step should leave rounding only. What stays above the fine goal but within the tolerance is
             * accepted once it no longer shrinks; a factor that has drifted is made anew, once. */
            if (!(residual <= tolerance * FINE) && (n_same == 0 || !(residual <= tolerance / 8.0))) {
                if (take_step(s) < 1.0) {
                    last = INFINITY;
                    n_same = 0;
                    continue;
                }
                n_same = residual < last / 4.0 ? 0 : n_same + 1;
                last = residual;
                if (n_same == 4 && !build_factor(s)) return false;
                if (n_same == 12) return false;
                continue;
            }
        }
        last = INFINITY;
        n_same = 0;
        const place up = least_up(s), down = most_down(s);
        if (up.at < 0 || down.at < 0) return true;
        if (s->n_free == 0) s->offset = (up.value + down.value) / 2.0;
        if (fmax(s->offset - up.value, down.value - s->offset) <= tolerance * NEAR) return true;
        if (!let_in(s, &up, &down)) return false;
    }
    return false;
}

/* 5. The public face */

rml_status rml_svm_solver_init(rml_svm_solver *s, double *kernel, int32_t n, const uint8_t *y, const double *bound,
                               const double *start)
{
    const size_t padded = n < 1 ? 0 : ((size_t)n + LANES - 1) / LANES * LANES;
    double rise = 0.0, fall = 0.0, *next;
    bool has[2] = {false, false};

    *s = (rml_svm_solver){.n = n, .kernel = kernel, .capacity = n < MAX_FREE ? n : MAX_FREE};
    if (n < 1 || n > 46000) return RML_EINVAL;
    for (int32_t i = 0; i < n; ++i) {
        if (!(bound[i] >= 0.0) || !isfinite(bound[i]) || !isfinite(kernel[(int64_t)i * n + i])) return RML_EVALUE;
        if (start && !isfinite(start[i])) return RML_EVALUE;
        if (bound[i] > 0.0) has[y[i] != 0] = true;
    }
    if (!has[0] || !has[1]) return RML_EEMPTY;
    s->memory =
        malloc((9 * padded + (size_t)s->capacity * (size_t)s->capacity) * sizeof(double) + padded * sizeof(int32_t));
    if (!s->memory) return RML_ENOMEM;
    next = s->memory;
    double **const vectors[] = {&s->target, &s->low,  &s->high, &s->beta, &s->gradient,
                                &s->up,     &s->down, &s->row,  &s->work};
    for (size_t v = 0; v < sizeof vectors / sizeof *vectors; ++v, next += padded) {
        *vectors[v] = next;
        memset(next, 0, padded * sizeof *next);
    }
    s->factor = next;
    s->free_row = (int32_t *)(next + (size_t)s->capacity * (size_t)s->capacity);
    for (size_t i = (size_t)n; i < padded; ++i) s->up[i] = s->down[i] = INFINITY;
    for (int32_t i = 0; i < n; ++i) {
        s->target[i] = y[i] ? 1.0 : -1.0;
        s->low[i] = y[i] ? 0.0 : -bound[i];
        s->high[i] = y[i] ? bound[i] : 0.0;
        s->beta[i] = start ? fmin(fmax(start[i], s->low[i]), s->high[i]) : 0.0;
        if (s->beta[i] > 0.0) rise += s->beta[i];
        if (s->beta[i] < 0.0) fall -= s->beta[i];
    }
    for (int32_t i = 0; i < n; ++i) {
        const double total = s->beta[i] > 0.0 ? rise : fall;

        if (total > 0.0) s->beta[i] *= fmin(rise, fall) / total;
        set_sides(s, i);
    }
    rml_svm_solver_refresh(s);
    return RML_OK;
}

void rml_svm_solver_free(rml_svm_solver *s)
{
    if (!s) return;
    free(s->memory);
    *s = (rml_svm_solver){0};
}

void rml_svm_solver_refresh(rml_svm_solver *s)
{
    for (int32_t i = 0; i < s->n; ++i) s->gradient[i] = -s->target[i];
    for (int32_t i = 0; i < s->n; ++i)
        if (s->beta[i] != 0.0) cblas_daxpy(s->n, s->beta[i], kernel_row(s, i), 1, s->gradient, 1);
    if (s->factor_valid) s->factor_valid = build_factor(s);
}

/* How many pairs the optimum takes grows with C, how often the free rows change does not: rounds of few pairs, the next
 * ones longer. Between many rows a change costs more than a pair. */
static bool run_rounds(rml_svm_solver *s, double tolerance, int64_t max_pairs)
{
    int64_t n_pairs = (s->n > 200 ? s->n / 50 : 4) * (int64_t)s->n;
    bool done = false;

    for (int round = 0; !done && round < 3; ++round, n_pairs *= 10) {
        (void)run_pairs(s, fmax(SWITCH / (round == 0 ? 1.0 : 100.0 * round), tolerance),
                        n_pairs < max_pairs ? n_pairs : max_pairs);
        done = run_active_set(s, tolerance);
    }
    return done;
}

void rml_svm_solver_run(rml_svm_solver *s, double tolerance, int64_t max_pairs)
{
    /* A factor from the last run says that the start is near: no pairs first. */
    bool done = (s->factor_valid && run_active_set(s, tolerance)) || run_rounds(s, tolerance, max_pairs);

    if (!done) { /* a start may be worse than none */
        for (int32_t i = 0; i < s->n; ++i) {
            s->beta[i] = 0.0;
            set_sides(s, i);
        }
        s->factor_valid = false;
        rml_svm_solver_refresh(s);
        done = run_rounds(s, tolerance, max_pairs);
    }
    if (!done) {
        (void)run_pairs(s, tolerance, max_pairs);
        const place up = least_up(s), down = most_down(s);

        s->n_free = 0;
        s->offset = up.at < 0 ? down.value : down.at < 0 ? up.value : (up.value + down.value) / 2.0;
    }
    s->gap = violation(s);
}

void rml_svm_solver_drop(rml_svm_solver *s, const double *const *columns, int32_t n_columns)
{
    for (int32_t c = 0; c < n_columns; ++c) {
        const double score = cblas_ddot(s->n, columns[c], 1, s->beta, 1);

        cblas_daxpy(s->n, -score, columns[c], 1, s->gradient, 1);
    }
    if (n_columns > 4 + s->n_free / 8) s->factor_valid = s->factor_valid && build_factor(s); /* cheaper so */
    if (n_columns > 4 + s->n_free / 8) return;
    for (int32_t c = 0; s->factor_valid && c < n_columns; ++c) {
        for (int32_t k = 0; k < s->n_free; ++k) s->row[k] = columns[c][s->free_row[k]];
        if (!downdate_factor(s, s->row)) {
            (void)build_factor(s);
            return;
        }
    }
}

double rml_svm_solver_objective(const rml_svm_solver *s)
{
    double sum = 0.0;

    for (int32_t i = 0; i < s->n; ++i) sum += s->beta[i] * (s->target[i] - s->gradient[i]) / 2.0;
    return sum;
}
