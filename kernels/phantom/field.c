/* From the covariance to the sum that is computed.
 *
 * 1. Per axis. exp(-r^2 / (2 l^2)) is a product over the axes, so everything below is for one axis of n voxels and
 *    multiplies up. Put the axis on a circle of P >= n + 4 l voxels. The covariance, summed over all ways round,
 *        c(j) = sum_m exp(-(j + m P)^2 / (2 l^2)),
 *    differs from the wanted one by exp(-8) = 3e-4 at most, at the far ends of the axis.
 * 2. Modes. On a circle the covariance has the eigenvalues of its Fourier transform,
 *        L(k) = sum_j c(j) cos(2 pi j k / P) = l sqrt(2 pi) sum_m exp(-(2 pi (k + m P) l / P)^2 / 2)      (Poisson),
 *    all positive; divided by their sum they are the share v(k) of the variance that mode k carries, and
 *    c(j - i) / c(0) = sum_k v(k) cos(2 pi k (j - i) / P).
 * 3. Draw. With independent normal h(k) for all k (of all three axes at once) and cas t = cos t + sin t,
 *        f(x) = sum_k sqrt(v(k)) h(k) cas(2 pi k.x / P)
 *    has the covariance sum_k v(k) [cos(2 pi k.(x - y) / P) + sin(2 pi k.(x + y) / P)], and the sines cancel
 *    between k and -k. One normal a mode, whatever its symmetry: no special cases on the planes k = 0 and k = P / 2.
 * 4. By FFT. The same f is the real field whose Fourier coefficients are
 *        F(k) = [g(k) + g(-k)] / 2 - i [g(k) - g(-k)] / 2,   g = sqrt(v) h,
 *    which is what a complex-to-real transform wants for half of the modes.
 * 5. Directly. For long l few modes are left, and three small matrix products with e^(2 pi i k x / P), along z, y and
 *    then x, cost less than the padded transform: the same F, the same sum.
 *
 * FFTW_ESTIMATE alone: measured plans would change the last bits from run to run. FFTW's planner is not thread-safe and
 * is guarded by a lock (kernels/base/planner). */
#include "kernels/phantom/field.h"

#include <fftw3.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/base/planner.h"
#include "kernels/base/rng.h"

#define CUT 1e-9          /* modes that carry less than this share of the strongest are left out */
#define PAD 4.0           /* lengths of padding against wrapping round */
#define DIRECT_LENGTH 4.0 /* from here on the direct sum is the faster one (72x72x60: 3.1 against 4.3 ms) */

enum { MAX_SIZE = 256, MAX_PERIOD = 576 }; /* 256 + 4 * 64 = 512, rounded up to a product of small primes */

typedef struct axis {
    int32_t n;                 /* voxels */
    int32_t period;            /* P, even */
    int32_t top;               /* modes -top .. top are used; all P of them when top is P / 2 */
    int32_t n_modes;           /* 2 top + 1, or P */
    double weight[MAX_PERIOD]; /* [top + 1] sqrt(v(k)) */
} axis;

/* --- 1. the circle -------------------------------------------------------------------------------------------------
 */

static bool has_small_factors(int32_t n)
{
    static const int32_t primes[] = {2, 3, 5, 7};

    for (int i = 0; i < 4; ++i)
        while (n % primes[i] == 0) n /= primes[i];
    return n == 1;
}

static int32_t period_for(int32_t n, double length)
{
    int32_t period = n + (int32_t)ceil(PAD * length);

    period += period & 1;
    while (!has_small_factors(period)) period += 2;
    return period;
}

/* --- 2. the modes --------------------------------------------------------------------------------------------------
 */

/* L(k) up to a factor: over modes, or over voxels where l is short and the modes many. What is left out is below 1e-13
 * of L(0): |m| = 3 has t >= 5 pi l, j = 9 has exp(-40). */
static double eigenvalue(int32_t k, int32_t period, double length)
{
    double sum = 0.0;

    if (length < 1.0) {
        for (int32_t j = -8; j <= 8; ++j)
            sum += exp(-0.5 * j * j / (length * length)) * cos(2.0 * M_PI * j * k / period);
        return sum;
    }
    for (int32_t m = -2; m <= 2; ++m) {
        const double t = 2.0 * M_PI * (k + (double)m * period) * length / period;

        sum += exp(-0.5 * t * t);
    }
    return sum;
}

static void axis_init(axis *a, int32_t n, double length)
{
    double sum = 0.0, strongest;

    a->n = n;
    a->period = period_for(n, length);
    a->top = 0;
    strongest = eigenvalue(0, a->period, length);
    for (int32_t k = 0; k <= a->period / 2; ++k) {
        const double value = eigenvalue(k, a->period, length);

        if (!(value > CUT * strongest)) break;
        a->top = k;
        a->weight[k] = value;
        sum += k == 0 || 2 * k == a->period ? value : 2.0 * value;
    }
    a->n_modes = 2 * a->top == a->period ? a->period : 2 * a->top + 1;
    for (int32_t k = 0; k <= a->top; ++k) a->weight[k] = sqrt(a->weight[k] / sum);
}

/* Modes are kept in slots 0 .. n_modes-1, for k = -(n_modes - 1) / 2 upwards; the last slot is P / 2 when all are used.
 */
static int32_t mode_of(const axis *a, int32_t slot)
{
    return slot - (a->n_modes - 1) / 2;
}

static int32_t slot_of(const axis *a, int32_t mode)
{
    return mode + (a->n_modes - 1) / 2;
}

static int32_t opposite(const axis *a, int32_t mode) /* -k on the circle */
{
    return 2 * mode == a->period ? mode : -mode;
}

/* --- 3. the draw ---------------------------------------------------------------------------------------------------
 */

/* Where coefficients go: F(k), kx = 0 .. top, at index ((iz * rows + iy) * row + kx) * step of re and im. */
typedef struct target {
    double *re, *im;
    int64_t row, rows, step;
    bool wrapped; /* iz, iy are k modulo the period, as a transform wants it; else slots */
} target;

static void coefficients(const axis a[3], const double *normal, const target *to)
{
    const int64_t mx = a[0].n_modes, my = a[1].n_modes, mz = a[2].n_modes;

    for (int32_t sz = 0; sz < mz; ++sz) {
        const int32_t kz = mode_of(&a[2], sz), oz = slot_of(&a[2], opposite(&a[2], kz));
        const int64_t iz = !to->wrapped ? sz : kz < 0 ? kz + a[2].period : kz;

        for (int32_t sy = 0; sy < my; ++sy) {
            const int32_t ky = mode_of(&a[1], sy), oy = slot_of(&a[1], opposite(&a[1], ky));
            const int64_t iy = !to->wrapped ? sy : ky < 0 ? ky + a[1].period : ky;
            const double *plus = normal + (sz * my + sy) * mx, *minus = normal + (oz * my + oy) * mx;
            const double yz = 0.5 * a[2].weight[abs(kz)] * a[1].weight[abs(ky)];
            const int64_t at = (iz * to->rows + iy) * to->row * to->step;

            for (int32_t kx = 0; kx <= a[0].top; ++kx) {
                const double w = yz * a[0].weight[kx];
                const double g = plus[slot_of(&a[0], kx)], h = minus[slot_of(&a[0], opposite(&a[0], kx))];

                to->re[at + kx * to->step] = w * (g + h);
                to->im[at + kx * to->step] = -w * (g - h);
            }
        }
    }
}

/* --- 4. by FFT -----------------------------------------------------------------------------------------------------
 */

/* work  [Pz][Py][2 (Px / 2 + 1)]: complex coefficients in, real field out, in place */
static rml_status sum_by_fft(const axis a[3], const double *normal, double *work, double *field)
{
    const int64_t half = a[0].period / 2 + 1, row = 2 * half;
    const target to = {work, work + 1, half, a[1].period, 2, true};
    fftw_plan plan;

    rml_planner_lock();
    plan = fftw_plan_dft_c2r_3d(a[2].period, a[1].period, a[0].period, (fftw_complex *)work, work, FFTW_ESTIMATE);
    rml_planner_unlock();
    if (!plan) return RML_ENOMEM;

    memset(work, 0, (size_t)(row * a[1].period * a[2].period) * sizeof *work);
    coefficients(a, normal, &to);
    fftw_execute(plan);
    for (int64_t z = 0; z < a[2].n; ++z)
        for (int64_t y = 0; y < a[1].n; ++y)
            memcpy(field + (z * a[1].n + y) * a[0].n, work + (z * a[1].period + y) * row,
                   (size_t)a[0].n * sizeof *field);

    rml_planner_lock();
    fftw_destroy_plan(plan);
    rml_planner_unlock();
    return RML_OK;
}

/* --- 5. directly ---------------------------------------------------------------------------------------------------
 */

typedef struct direct_work {
    double *mode_re, *mode_im;   /* [mz][my][top_x + 1] */
    double *slice_re, *slice_im; /* [my][top_x + 1]: one z */
    double *row_re, *row_im;     /* [top_x + 1]: one z and y */
    double *cosine, *sine;       /* [top_x + 1][nx] */
} direct_work;

/* to[n] += (c + i s) from[n] */
RML_HOT static void add_times(double *restrict to_re, double *restrict to_im, const double *restrict re,
                              const double *restrict im, double c, double s, int64_t n)
{
    for (int64_t i = 0; i < n; ++i) {
        to_re[i] += re[i] * c - im[i] * s;
        to_im[i] += re[i] * s + im[i] * c;
    }
}

/* out[x] += Re[(re + i im)(cosine[x] + i sine[x])], summed over the modes */
RML_HOT static void add_waves(double *restrict out, const direct_work *w, int64_t n_modes, int32_t n)
{
    for (int64_t k = 0; k < n_modes; ++k) {
        const double re = w->row_re[k], im = w->row_im[k];
        const double *restrict c = w->cosine + k * n, *restrict s = w->sine + k * n;

        for (int32_t x = 0; x < n; ++x) out[x] += re * c[x] - im * s[x];
    }
}

static void circle(const axis *a, double c[MAX_PERIOD], double s[MAX_PERIOD]) /* e^(2 pi i j / P) */
{
    for (int32_t j = 0; j < a->period; ++j) {
        c[j] = cos(2.0 * M_PI * j / a->period);
        s[j] = sin(2.0 * M_PI * j / a->period);
    }
}

static int32_t phase(const axis *a, int32_t mode, int32_t voxel)
{
    return (int32_t)(((int64_t)mode * voxel % a->period + a->period) % a->period);
}

static void sum_directly(const axis a[3], const double *normal, const direct_work *w, double *field)
{
    const int64_t half = a[0].top + 1, plane = half * a[1].n_modes;
    const target to = {w->mode_re, w->mode_im, half, a[1].n_modes, 1, false};
    double c[3][MAX_PERIOD], s[3][MAX_PERIOD];

    coefficients(a, normal, &to);
    for (int i = 0; i < 3; ++i) circle(&a[i], c[i], s[i]);
    for (int32_t k = 0; k < half; ++k) /* half the modes stand for all: 2 Re, but for k = 0 and k = P / 2 */
        for (int32_t x = 0; x < a[0].n; ++x) {
            const double times = k == 0 || 2 * k == a[0].period ? 1.0 : 2.0;

            w->cosine[k * a[0].n + x] = times * c[0][phase(&a[0], k, x)];
            w->sine[k * a[0].n + x] = times * s[0][phase(&a[0], k, x)];
        }
    for (int32_t z = 0; z < a[2].n; ++z) {
        memset(w->slice_re, 0, (size_t)plane * sizeof *w->slice_re);
        memset(w->slice_im, 0, (size_t)plane * sizeof *w->slice_im);
        for (int32_t m = 0; m < a[2].n_modes; ++m) {
            const int32_t p = phase(&a[2], mode_of(&a[2], m), z);

            add_times(w->slice_re, w->slice_im, w->mode_re + m * plane, w->mode_im + m * plane, c[2][p], s[2][p],
                      plane);
        }
        for (int32_t y = 0; y < a[1].n; ++y) {
            double *out = field + ((int64_t)z * a[1].n + y) * a[0].n;

            memset(w->row_re, 0, (size_t)half * sizeof *w->row_re);
            memset(w->row_im, 0, (size_t)half * sizeof *w->row_im);
            for (int32_t m = 0; m < a[1].n_modes; ++m) {
                const int32_t p = phase(&a[1], mode_of(&a[1], m), y);

                add_times(w->row_re, w->row_im, w->slice_re + m * half, w->slice_im + m * half, c[1][p], s[1][p], half);
            }
            memset(out, 0, (size_t)a[0].n * sizeof *out);
            add_waves(out, w, half, a[0].n);
        }
    }
}

/* --- the whole -----------------------------------------------------------------------------------------------------
 */

typedef struct layout {
    rml_field_way way;
    axis a[3];
    size_t n_normals; /* doubles, at the scratch's beginning */
    size_t n_modes;   /* doubles of each of the direct sum's arrays */
    size_t n_slice, n_row, n_waves;
    size_t n_fft; /* doubles of the padded grid */
} layout;

static size_t aligned(size_t n) /* doubles, so that what follows starts on 64 bytes */
{
    return (n + 7) / 8 * 8;
}

static bool lay_out(const int32_t size[3], double length, rml_field_way way, layout *l)
{
    size_t half;

    if (!(length >= 0.1 && length <= 64.0) || way < RML_FIELD_AUTO || way >= RML_N_FIELD_WAYS) return false;
    for (int i = 0; i < 3; ++i)
        if (size[i] < 1 || size[i] > MAX_SIZE) return false;

    l->way = way != RML_FIELD_AUTO ? way : length < DIRECT_LENGTH ? RML_FIELD_FFT : RML_FIELD_DIRECT;
    for (int i = 0; i < 3; ++i) axis_init(&l->a[i], size[i], length);
    half = (size_t)l->a[0].top + 1;
    l->n_normals = aligned((size_t)l->a[0].n_modes * (size_t)l->a[1].n_modes * (size_t)l->a[2].n_modes);
    l->n_modes = aligned(half * (size_t)l->a[1].n_modes * (size_t)l->a[2].n_modes);
    l->n_slice = aligned(half * (size_t)l->a[1].n_modes);
    l->n_row = aligned(half);
    l->n_waves = aligned(half * (size_t)size[0]);
    l->n_fft = (size_t)(l->a[0].period + 2) * (size_t)l->a[1].period * (size_t)l->a[2].period;
    return true;
}

size_t rml_field_scratch_bytes(const int32_t size[3], double length, rml_field_way way)
{
    layout l;
    size_t n;

    if (!lay_out(size, length, way, &l)) return 0;
    n = l.way == RML_FIELD_FFT ? l.n_fft : 2 * (l.n_modes + l.n_slice + l.n_row + l.n_waves);
    return (l.n_normals + n) * sizeof(double);
}

rml_status rml_field_draw(const int32_t size[3], double length, uint64_t seed, uint64_t stream, rml_field_way way,
                          void *scratch, double *field)
{
    layout l;
    double *normal = scratch, *rest;
    direct_work w;

    if (!lay_out(size, length, way, &l)) return RML_EINVAL;
    rest = normal + l.n_normals;
    rml_rng_normals(seed, stream, 0, (int64_t)l.a[0].n_modes * l.a[1].n_modes * l.a[2].n_modes, normal);
    if (l.way == RML_FIELD_FFT) return sum_by_fft(l.a, normal, rest, field);

    w.mode_re = rest;
    w.mode_im = w.mode_re + l.n_modes;
    w.slice_re = w.mode_im + l.n_modes;
    w.slice_im = w.slice_re + l.n_slice;
    w.row_re = w.slice_im + l.n_slice;
    w.row_im = w.row_re + l.n_row;
    w.cosine = w.row_im + l.n_row;
    w.sine = w.cosine + l.n_waves;
    sum_directly(l.a, normal, &w, field);
    return RML_OK;
}
