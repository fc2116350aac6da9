/* With z = X - mean in the mask and 0 outside, m the mask, K(r) = 1 / |r| and K(0) = 0, and * a convolution:
 *
 *     W = sum m (K * m),  S = sum z^2
 *     I = N / W  sum_{i != j} w_ij z_i z_j / S                 = N / W        sum z (K * z) / S
 *     C = (N - 1) / (2 W)  sum_{i != j} w_ij (z_i - z_j)^2 / S = (N - 1) / W  (sum z^2 (K * m) - sum z (K * z)) / S
 *
 * On a grid padded with zeros to at least 2 n - 1 along each axis no pair wraps around. Nothing has to be transformed
 * back: by Parseval sum f (K * g) is the mean over frequencies of Re(conj F G) K^, where K^ is real since K is even.
 *
 * Most of the padded grid is zeros, so the transforms go axis by axis over what is not: along x the box's rows, along y
 * its planes; along z all lines, a plane of equal ky at a time, whose products are summed up at once. So no transform
 * is ever stored in full. Of K an eighth of the grid says all: its transform is one of cosines. */
#include "kernels/ibsi/autocorrelation.h"

#include <fftw3.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/base/planner.h"

/* The functions that are transformed: z^0 (the mask), z^1, z^2. */
enum { MASK, DEVIATION, SQUARE, N_FUNCTIONS };

typedef struct problem {
    const rml_ibsi_region *region;
    int32_t first[3], size[3]; /* the mask's box */
    int32_t padded[3];         /* even */
    int64_t half[3];           /* padded / 2 + 1: frequencies that the others mirror */
    int64_t n;                 /* voxels */
    double mean;
    fftw_complex *planes[N_FUNCTIONS]; /* [size z][padded y][half x] transformed along x and y */
    fftw_complex *lines[N_FUNCTIONS];  /* [padded z][half x] of one ky */
    double *kernel;                    /* [half z][half y][half x] K^ */
    fftw_plan along_x, along_y, along_z, cosines;
} problem;

/* The least even number at least n whose prime factors FFTW has code of its own for. */
static int32_t padded_size(int32_t n)
{
    for (int32_t size = n + n % 2;; size += 2) {
        int32_t rest = size;

        for (int32_t factor = 2; factor <= 7; ++factor)
            while (rest % factor == 0) rest /= factor;
        if (rest == 1) return size;
    }
}

static void find_box(problem *p)
{
    const int32_t *size = p->region->size;
    const uint8_t *mask = p->region->intensity;
    const double *image = p->region->image;
    int32_t last[3] = {-1, -1, -1};
    double sum = 0.0, low = INFINITY, high = -INFINITY;

    for (int a = 0; a < 3; ++a) p->first[a] = size[a];
    for (int32_t z = 0; z < size[2]; ++z)
        for (int32_t y = 0; y < size[1]; ++y)
            for (int32_t x = 0; x < size[0]; ++x, ++mask, ++image) {
                const int32_t at[3] = {x, y, z};

                if (!*mask) continue;
                ++p->n;
                sum += *image;
                low = *image < low ? *image : low;
                high = *image > high ? *image : high;
                for (int a = 0; a < 3; ++a) {
                    if (at[a] < p->first[a]) p->first[a] = at[a];
                    if (at[a] > last[a]) last[a] = at[a];
                }
            }
    for (int a = 0; a < 3; ++a) p->size[a] = last[a] - p->first[a] + 1;
    p->mean = low == high ? low : sum / (double)p->n; /* the sum's rounding must not leave a spread */
}

/* z^power of the box, in rows with room for their transforms. */
static void fill(const problem *p, int power)
{
    const rml_ibsi_region *region = p->region;

    memset(p->planes[power], 0, (size_t)((int64_t)p->size[2] * p->padded[1] * p->half[0]) * sizeof *p->planes[power]);
    for (int32_t z = 0; z < p->size[2]; ++z)
        for (int32_t y = 0; y < p->size[1]; ++y) {
            const int64_t from =
                ((int64_t)(p->first[2] + z) * region->size[1] + p->first[1] + y) * region->size[0] + p->first[0];
            double *to = (double *)(p->planes[power] + ((int64_t)z * p->padded[1] + y) * p->half[0]);

            for (int32_t x = 0; x < p->size[0]; ++x) {
                const double d = region->image[from + x] - p->mean;

                if (!region->intensity[from + x]) continue;
                to[x] = power == MASK ? 1.0 : power == DEVIATION ? d : d * d;
            }
        }
}

/* K from 0 to the middle of each axis, behind which it mirrors. */
RML_HOT static void fill_kernel(const problem *p)
{
    const double *s = p->region->spacing;
    double *to = p->kernel;

    for (int64_t z = 0; z < p->half[2]; ++z)
        for (int64_t y = 0; y < p->half[1]; ++y, to += p->half[0]) {
            const double dz = s[2] * (double)z, dy = s[1] * (double)y;

            for (int64_t x = 0; x < p->half[0]; ++x) {
                const double dx = s[0] * (double)x;

                to[x] = 1.0 / sqrt(dx * dx + dy * dy + dz * dz);
            }
        }
    p->kernel[0] = 0.0;
}

/* Sum over a row of Re(conj a b) k. The frequencies that are not stored are those stored, conjugated: all but the first
 * and the last count twice. */
static double product(const fftw_complex *a, const fftw_complex *b, const double *k, int64_t n)
{
    double sum = 0.0;

    for (int64_t x = 1; x < n - 1; ++x) sum += (a[x][0] * b[x][0] + a[x][1] * b[x][1]) * k[x];
    return 2.0 * sum + (a[0][0] * b[0][0] + a[0][1] * b[0][1]) * k[0] +
           (a[n - 1][0] * b[n - 1][0] + a[n - 1][1] * b[n - 1][1]) * k[n - 1];
}

/* Adds what the frequencies of one ky give to the sums m (K * m), z (K * z), z^2 (K * m). */
static void sum_plane(const problem *p, int32_t ky, double sum[3])
{
    const int64_t half = p->half[0];

    for (int f = 0; f < N_FUNCTIONS; ++f) {
        for (int32_t z = 0; z < p->size[2]; ++z)
            memcpy(p->lines[f] + z * half, p->planes[f] + ((int64_t)z * p->padded[1] + ky) * half,
                   (size_t)half * sizeof *p->lines[f]);
        memset(p->lines[f] + p->size[2] * half, 0, (size_t)((p->padded[2] - p->size[2]) * half) * sizeof *p->lines[f]);
        fftw_execute_dft(p->along_z, p->lines[f], p->lines[f]);
    }
    for (int32_t kz = 0; kz < p->padded[2]; ++kz) {
        const int64_t y = ky < p->half[1] ? ky : p->padded[1] - ky, z = kz < p->half[2] ? kz : p->padded[2] - kz;
        const double *k = p->kernel + (z * p->half[1] + y) * half;
        const fftw_complex *mask = p->lines[MASK] + kz * half, *deviation = p->lines[DEVIATION] + kz * half;

        sum[0] += product(mask, mask, k, half);
        sum[1] += product(deviation, deviation, k, half);
        sum[2] += product(p->lines[SQUARE] + kz * half, mask, k, half);
    }
}

static void solve(const problem *p, double *moran, double *geary)
{
    double sum[3] = {0}, squares = 0.0; /* S, by the voxels' own order */
    const double n = (double)p->n;

    fill_kernel(p);
    fftw_execute_r2r(p->cosines, p->kernel, p->kernel);
    for (int f = 0; f < N_FUNCTIONS; ++f) {
        fill(p, f);
        if (f == SQUARE) {
            const double *x = (const double *)p->planes[f];

            for (int64_t k = 0; k < (int64_t)2 * p->size[2] * p->padded[1] * p->half[0]; ++k) squares += x[k];
        }
        for (int32_t z = 0; z < p->size[2]; ++z) {
            fftw_complex *plane = p->planes[f] + (int64_t)z * p->padded[1] * p->half[0];

            fftw_execute_dft_r2c(p->along_x, (double *)plane, plane);
            fftw_execute_dft(p->along_y, plane, plane);
        }
    }
    for (int32_t ky = 0; ky < p->padded[1]; ++ky) sum_plane(p, ky, sum);
    /* Parseval divides all three sums by the grid's size, which cancels. */
    *moran = n / sum[0] * sum[1] / squares;
    *geary = (n - 1.0) / sum[0] * (sum[2] - sum[1]) / squares;
}

/* FFTW_UNALIGNED: the plan, and so the last bit, hangs on no address. */
static bool plan(problem *p)
{
    const unsigned flags = FFTW_ESTIMATE | FFTW_UNALIGNED;
    const int half = (int)p->half[0], row = 2 * half;
    fftw_complex *plane = p->planes[MASK], *lines = p->lines[MASK];

    rml_planner_lock();
    p->along_x = fftw_plan_many_dft_r2c(1, &p->padded[0], p->size[1], (double *)plane, NULL, 1, row, plane, NULL, 1,
                                        half, flags);
    p->along_y =
        fftw_plan_many_dft(1, &p->padded[1], half, plane, NULL, half, 1, plane, NULL, half, 1, FFTW_FORWARD, flags);
    p->along_z =
        fftw_plan_many_dft(1, &p->padded[2], half, lines, NULL, half, 1, lines, NULL, half, 1, FFTW_FORWARD, flags);
    p->cosines = fftw_plan_r2r_3d((int)p->half[2], (int)p->half[1], half, p->kernel, p->kernel, FFTW_REDFT00,
                                  FFTW_REDFT00, FFTW_REDFT00, flags);
    rml_planner_unlock();
    return p->along_x && p->along_y && p->along_z && p->cosines;
}

static void problem_free(problem *p)
{
    rml_planner_lock();
    if (p->along_x) fftw_destroy_plan(p->along_x);
    if (p->along_y) fftw_destroy_plan(p->along_y);
    if (p->along_z) fftw_destroy_plan(p->along_z);
    if (p->cosines) fftw_destroy_plan(p->cosines);
    rml_planner_unlock();
    for (int f = 0; f < N_FUNCTIONS; ++f) {
        free(p->planes[f]);
        free(p->lines[f]);
    }
    free(p->kernel);
}

static rml_status problem_init(problem *p)
{
    for (int a = 0; a < 3; ++a) {
        if (p->size[a] > INT32_MAX / 8) return RML_ECAPACITY;
        p->padded[a] = padded_size(2 * p->size[a] - 1);
        p->half[a] = p->padded[a] / 2 + 1;
    }
    for (int f = 0; f < N_FUNCTIONS; ++f) {
        p->planes[f] = calloc((size_t)((int64_t)p->size[2] * p->padded[1] * p->half[0]), sizeof *p->planes[f]);
        p->lines[f] = calloc((size_t)(p->padded[2] * p->half[0]), sizeof *p->lines[f]);
        if (!p->planes[f] || !p->lines[f]) return RML_ENOMEM;
    }
    p->kernel = calloc((size_t)(p->half[2] * p->half[1] * p->half[0]), sizeof *p->kernel);
    return p->kernel && plan(p) ? RML_OK : RML_ENOMEM;
}

rml_status rml_autocorrelation(const rml_ibsi_region *region, double *moran, double *geary)
{
    problem p = {.region = region};
    bool flat = true;
    rml_status status;

    *moran = *geary = NAN;
    find_box(&p);
    if (p.n < 2) return RML_EEMPTY;
    for (int64_t i = 0, n = rml_ibsi_region_voxels(region); i < n && flat; ++i)
        flat = !region->intensity[i] || region->image[i] == p.mean;
    if (flat) return RML_EVALUE;
    status = problem_init(&p);
    if (status == RML_OK) solve(&p, moran, geary);
    problem_free(&p);
    return status;
}
