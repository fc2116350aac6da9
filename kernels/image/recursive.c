/* Deriche's approximation: for k >= 0 the kernel is, at k voxels from its middle and with t = k / sigma,
 *     h(k) = (a1 cos(w1 t) + b1 sin(w1 t)) exp(l1 t) + (a2 cos(w2 t) + b2 sin(w2 t)) exp(l2 t).
 * Two damped oscillations are two pairs of complex poles, hence a recursion of fourth order: its denominator d is the
 * product of 1 - 2 exp(l) cos(w / sigma) q + exp(2 l) q^2 over both (q: one voxel back; l is over sigma too), its
 * numerator n follows from h's first four values. Backward the filter leaves h(0) out, which forward has: m = n - d n0.
 *
 * The gains are set on the recursion, not on h. With sums S, first moments D and second moments E of n (over 0 .. 3)
 * and of d (over 0 .. 4), Z-transforms at q = 1 give a smoothing's sum as 2 Sn / Sd - n0, and the second moment of
 * h as the expression in second_moment(); a second derivative is given the part of the smoothing that makes its sum
 * vanish, and then divided by its second moment. */
#include "kernels/image/recursive.h"

#include <math.h>
#include <string.h>

enum {
    LINES = RML_RECURSIVE_LINES,
    REST = 4,
    TILE = 16
}; /* REST: samples before and after a line that hold its steady state */

/* Deriche's fit, as ITK has it. */
static const double decay1 = -1.3932, decay2 = -1.3732, turn1 = 0.6681, turn2 = 2.0787;
static const struct fit {
    double a1, b1, a2, b2;
} smooth = {1.3530, 1.8151, -0.3531, 0.0902}, second = {-1.3563, 5.2318, 0.3446, -2.2355};

typedef struct moments {
    double sum, first, second;
} moments;

/* The operations stand in ITK's order: its last place decides a float32's now and then. */
static moments denominator(double sigma, double d[4])
{
    const double cos1 = cos(turn1 / sigma), cos2 = cos(turn2 / sigma);
    const double exp1 = exp(decay1 / sigma), exp2 = exp(decay2 / sigma);

    d[0] = -2 * (exp2 * cos2 + exp1 * cos1);
    d[1] = 4 * cos2 * cos1 * exp1 * exp2 + (exp1 * exp1 + exp2 * exp2);
    d[2] = -2 * cos1 * exp1 * exp2 * exp2 + -2 * cos2 * exp2 * exp1 * exp1;
    d[3] = exp1 * exp1 * exp2 * exp2;
    return (moments){1.0 + d[0] + d[1] + d[2] + d[3], d[0] + 2 * d[1] + 3 * d[2] + 4 * d[3],
                     d[0] + 4 * d[1] + 9 * d[2] + 16 * d[3]};
}

static moments numerator(double sigma, const struct fit *fit, double n[4])
{
    const double sin1 = sin(turn1 / sigma), sin2 = sin(turn2 / sigma);
    const double cos1 = cos(turn1 / sigma), cos2 = cos(turn2 / sigma);
    const double exp1 = exp(decay1 / sigma), exp2 = exp(decay2 / sigma);

    n[0] = fit->a1 + fit->a2;
    n[1] = exp2 * (fit->b2 * sin2 - (fit->a2 + 2 * fit->a1) * cos2) +
           exp1 * (fit->b1 * sin1 - (fit->a1 + 2 * fit->a2) * cos1);
    n[2] = (fit->a1 + fit->a2) * cos2 * cos1 - (fit->b1 * cos2 * sin1 + fit->b2 * cos1 * sin2);
    n[2] = n[2] * (2 * exp1 * exp2) + (fit->a2 * exp1 * exp1 + fit->a1 * exp2 * exp2);
    n[3] =
        exp2 * exp1 * exp1 * (fit->b2 * sin2 - fit->a2 * cos2) + exp1 * exp2 * exp2 * (fit->b1 * sin1 - fit->a1 * cos1);
    return (moments){n[0] + n[1] + n[2] + n[3], n[1] + 2 * n[2] + 3 * n[3], n[1] + 4 * n[2] + 9 * n[3]};
}

static double second_moment(moments n, moments d)
{
    const double over = n.second * d.sum * d.sum - d.second * n.sum * d.sum - 2 * n.first * d.first * d.sum +
                        2 * d.first * d.first * n.sum;

    return over / (d.sum * d.sum * d.sum);
}

rml_status rml_recursive_init(double sigma, int order, double scale, rml_recursive *filter)
{
    double *const n = filter->n, *const m = filter->m, *const d = filter->d, gain;
    moments of_d, of_n;

    if (!(sigma > 0.0) || !isfinite(sigma)) return RML_EVALUE;
    of_d = denominator(sigma, d);
    of_n = numerator(sigma, &smooth, n);
    if (order == 0) {
        gain = 1.0 / (2 * of_n.sum / of_d.sum - n[0]);
    } else {
        double n2[4];
        const moments of_n2 = numerator(sigma, &second, n2);
        const double share = -(2 * of_n2.sum - of_d.sum * n2[0]) / (2 * of_n.sum - of_d.sum * n[0]);

        for (int j = 0; j < 4; ++j) n[j] = n2[j] + share * n[j];
        of_n = (moments){of_n2.sum + share * of_n.sum, of_n2.first + share * of_n.first,
                         of_n2.second + share * of_n.second};
        gain = scale / second_moment(of_n, of_d);
    }
    for (int j = 0; j < 4; ++j) n[j] *= gain;
    for (int j = 0; j < 3; ++j) m[j] = n[j + 1] - d[j] * n[0];
    m[3] = -d[3] * n[0];
    filter->rest_n = (n[0] + n[1] + n[2] + n[3]) / of_d.sum;
    filter->rest_m = (m[0] + m[1] + m[2] + m[3]) / of_d.sum;
    return isfinite(filter->rest_n) && isfinite(filter->rest_m) ? RML_OK : RML_EVALUE;
}

size_t rml_recursive_scratch_bytes(int32_t n)
{
    return (size_t)3 * ((size_t)n + 2 * (size_t)REST) * LINES * sizeof(double);
}

/* x, y: voxel i of line l at [i * LINES + l], from -REST on. Fills y's 0 .. n - 1, and before them the steady state. */
RML_HOT static void forward(const rml_recursive *filter, int32_t n, const double *restrict x, double *restrict y)
{
    const double n0 = filter->n[0], n1 = filter->n[1], n2 = filter->n[2], n3 = filter->n[3];
    const double d1 = filter->d[0], d2 = filter->d[1], d3 = filter->d[2], d4 = filter->d[3];

    for (int r = 1; r <= REST; ++r)
        for (int l = 0; l < LINES; ++l) y[-r * LINES + l] = x[l] * filter->rest_n;
    for (int32_t i = 0; i < n; ++i, x += LINES, y += LINES)
        for (int l = 0; l < LINES; ++l)
            y[l] = (x[l] * n0 + x[l - LINES] * n1 + x[l - 2 * LINES] * n2 + x[l - 3 * LINES] * n3) -
                   (y[l - LINES] * d1 + y[l - 2 * LINES] * d2 + y[l - 3 * LINES] * d3 + y[l - 4 * LINES] * d4);
}

/* The same from the line's end: n voxels, the last one at x and y, which is written to first. */
RML_HOT static void backward(const rml_recursive *filter, int32_t n, const double *restrict x, double *restrict y)
{
    const double m1 = filter->m[0], m2 = filter->m[1], m3 = filter->m[2], m4 = filter->m[3];
    const double d1 = filter->d[0], d2 = filter->d[1], d3 = filter->d[2], d4 = filter->d[3];

    for (int r = 1; r <= REST; ++r)
        for (int l = 0; l < LINES; ++l) y[r * LINES + l] = x[l] * filter->rest_m;
    for (int32_t i = 0; i < n; ++i, x -= LINES, y -= LINES)
        for (int l = 0; l < LINES; ++l)
            y[l] = (x[l + LINES] * m1 + x[l + 2 * LINES] * m2 + x[l + 3 * LINES] * m3 + x[l + 4 * LINES] * m4) -
                   (y[l + LINES] * d1 + y[l + 2 * LINES] * d2 + y[l + 3 * LINES] * d3 + y[l + 4 * LINES] * d4);
}

/* Where up to LINES lines begin, and whether they lie side by side. */
typedef struct group {
    int64_t at[LINES];
    bool beside;
} group;

static group lines_from(const rml_recursive_pass *pass, const int64_t across[2], int64_t line, int64_t n_lines)
{
    group lines = {.beside = true};

    for (int l = 0; l < LINES; ++l) { /* a last group is filled up with its last line, whose result is not written */
        const int64_t k = line + l < n_lines ? line + l : n_lines - 1;

        lines.at[l] = k % pass->across[0] * across[0] + k / pass->across[0] * across[1];
        lines.beside = lines.beside && lines.at[l] == lines.at[0] + l;
    }
    return lines;
}

/* Four voxels of each of four lines; turned over, vector i holds voxel i of each. Four lines along x are gone through
 * from end to end, since a row is what memory gives fastest: pieces of many lines miss the cache anew. */
typedef double four __attribute__((vector_size(32)));
typedef float four_floats __attribute__((vector_size(16)));

static inline __attribute__((always_inline)) void turn_over(four m[4])
{
    const four a = __builtin_shufflevector(m[0], m[1], 0, 4, 2, 6), b = __builtin_shufflevector(m[0], m[1], 1, 5, 3, 7);
    const four c = __builtin_shufflevector(m[2], m[3], 0, 4, 2, 6), d = __builtin_shufflevector(m[2], m[3], 1, 5, 3, 7);

    m[0] = __builtin_shufflevector(a, c, 0, 1, 4, 5);
    m[1] = __builtin_shufflevector(b, d, 0, 1, 4, 5);
    m[2] = __builtin_shufflevector(a, c, 2, 3, 6, 7);
    m[3] = __builtin_shufflevector(b, d, 2, 3, 6, 7);
}

/* From doubles or from float32; the other is NULL. */
static inline __attribute__((always_inline)) void load_rows(const double *doubles, const float *floats,
                                                            const group *lines, int32_t n, double *restrict x)
{
    for (int l = 0; l < LINES; l += 4) {
        int32_t i = 0;

        for (; i + 4 <= n; i += 4) {
            four m[4];

            for (int k = 0; k < 4; ++k) {
                four_floats narrow;

                if (doubles) {
                    memcpy(&m[k], doubles + lines->at[l + k] + i, sizeof m[k]);
                } else {
                    memcpy(&narrow, floats + lines->at[l + k] + i, sizeof narrow);
                    m[k] = __builtin_convertvector(narrow, four);
                }
            }
            turn_over(m);
            for (int k = 0; k < 4; ++k) memcpy(x + (ptrdiff_t)(i + k) * LINES + l, &m[k], sizeof m[k]);
        }
        for (; i < n; ++i)
            for (int k = 0; k < 4; ++k)
                x[i * LINES + l + k] = doubles ? doubles[lines->at[l + k] + i] : (double)floats[lines->at[l + k] + i];
    }
}

RML_HOT static void load_doubles(const double *from, const group *lines, int32_t n, int64_t step, double *restrict x)
{
    if (lines->beside) {
        from += lines->at[0];
        for (int32_t i = 0; i < n; ++i, from += step, x += LINES)
            for (int l = 0; l < LINES; ++l) x[l] = from[l];
        return;
    }
    if (step == 1) {
        load_rows(from, NULL, lines, n, x);
        return;
    }
    for (int32_t done = 0; done < n; done += TILE) {
        const int32_t end = n - done < TILE ? n : done + TILE;

        for (int l = 0; l < LINES; ++l) {
            const double *line = from + lines->at[l] + done * step;

            for (int32_t i = done; i < end; ++i, line += step) x[i * LINES + l] = *line;
        }
    }
}

RML_HOT static void load_floats(const float *from, const group *lines, int32_t n, int64_t step, double *restrict x)
{
    if (lines->beside) {
        from += lines->at[0];
        for (int32_t i = 0; i < n; ++i, from += step, x += LINES)
            for (int l = 0; l < LINES; ++l) x[l] = (double)from[l];
        return;
    }
    if (step == 1) {
        load_rows(NULL, from, lines, n, x);
        return;
    }
    for (int32_t done = 0; done < n; done += TILE) {
        const int32_t end = n - done < TILE ? n : done + TILE;

        for (int l = 0; l < LINES; ++l) {
            const float *line = from + lines->at[l] + done * step;

            for (int32_t i = done; i < end; ++i, line += step) x[i * LINES + l] = (double)*line;
        }
    }
}

static inline __attribute__((always_inline)) void store_rows(const double *restrict a, const double *restrict b,
                                                             const group *lines, int32_t n, float *restrict to)
{
    for (int l = 0; l < LINES; l += 4) {
        int32_t i = 0;

        for (; i + 4 <= n; i += 4) {
            four m[4];

            for (int k = 0; k < 4; ++k) {
                const ptrdiff_t at = (ptrdiff_t)(i + k) * LINES + l;
                four other;

                memcpy(&m[k], a + at, sizeof m[k]);
                memcpy(&other, b + at, sizeof other);
                m[k] += other;
            }
            turn_over(m);
            for (int k = 0; k < 4; ++k) {
                const four_floats narrow = __builtin_convertvector(m[k], four_floats);

                memcpy(to + lines->at[l + k] + i, &narrow, sizeof narrow);
            }
        }
        for (; i < n; ++i)
            for (int k = 0; k < 4; ++k) to[lines->at[l + k] + i] = (float)(a[i * LINES + l + k] + b[i * LINES + l + k]);
    }
}

RML_HOT static void store_floats(const double *restrict a, const double *restrict b, int n_lines, const group *lines,
                                 int32_t n, int64_t step, float *restrict to)
{
    if (lines->beside && n_lines == LINES) {
        to += lines->at[0];
        for (int32_t i = 0; i < n; ++i, to += step, a += LINES, b += LINES)
            for (int l = 0; l < LINES; ++l) to[l] = (float)(a[l] + b[l]);
        return;
    }
    if (step == 1 && n_lines == LINES) {
        store_rows(a, b, lines, n, to);
        return;
    }
    for (int32_t done = 0; done < n; done += TILE) {
        const int32_t end = n - done < TILE ? n : done + TILE;

        for (int l = 0; l < n_lines; ++l) {
            float *line = to + lines->at[l] + done * step;

            for (int32_t i = done; i < end; ++i, line += step) *line = (float)(a[i * LINES + l] + b[i * LINES + l]);
        }
    }
}

RML_HOT static void store_sums(const double *restrict a, const double *restrict b, int n_lines, const group *lines,
                               int32_t n, int64_t step, const rml_recursive_target *target)
{
    const double factor = target->factor;
    const bool fresh = target->fresh;
    double *to = target->sum;

    if (lines->beside && n_lines == LINES) {
        to += lines->at[0];
        for (int32_t i = 0; i < n; ++i, to += step, a += LINES, b += LINES)
            for (int l = 0; l < LINES; ++l)
                to[l] = (double)(float)((fresh ? 0.0 : to[l]) + (double)(float)(a[l] + b[l]) * factor);
        return;
    }
    for (int l = 0; l < n_lines; ++l) {
        double *line = to + lines->at[l];

        for (int32_t i = 0; i < n; ++i, line += step)
            *line =
                (double)(float)((fresh ? 0.0 : *line) + (double)(float)(a[i * LINES + l] + b[i * LINES + l]) * factor);
    }
}

void rml_recursive_run(const rml_recursive *filter, const rml_recursive_pass *pass, const double *doubles,
                       const float *floats, const rml_recursive_target *target, void *scratch)
{
    const int64_t n_lines = (int64_t)pass->across[0] * pass->across[1];
    const size_t length = ((size_t)pass->n + 2 * (size_t)REST) * LINES;
    double *const x = (double *)scratch + (ptrdiff_t)REST * LINES, *const y = x + length, *const z = y + length;
    double *const last = x + ((ptrdiff_t)pass->n - 1) * LINES;

    for (int64_t line = 0; line < n_lines; line += LINES) {
        const int n = n_lines - line < LINES ? (int)(n_lines - line) : LINES;
        const group in = lines_from(pass, pass->across_in, line, n_lines);
        const group out = lines_from(pass, pass->across_out, line, n_lines);
        const double *const kept_y = y + (ptrdiff_t)pass->first * LINES, *const kept_z = kept_y + length;

        if (doubles)
            load_doubles(doubles, &in, pass->n, pass->step_in, x);
        else
            load_floats(floats, &in, pass->n, pass->step_in, x);
        for (int r = 1; r <= REST; ++r)
            for (int l = 0; l < LINES; ++l) {
                x[-r * LINES + l] = x[l];
                last[r * LINES + l] = last[l];
            }
        /* neither direction is needed beyond the last voxel that is kept of it */
        forward(filter, pass->first + pass->kept, x, y);
        backward(filter, pass->n - pass->first, last, z + ((ptrdiff_t)pass->n - 1) * LINES);
        if (target->image)
            store_floats(kept_y, kept_z, n, &out, pass->kept, pass->step_out, target->image);
        else
            store_sums(kept_y, kept_z, n, &out, pass->kept, pass->step_out, target);
    }
}
