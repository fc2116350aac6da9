/* With z = X - mean in the mask and 0 outside, m the mask, K(r) = 1 / |r| and K(0) = 0, and * a convolution:
 *
 *     W = sum m (K * m),  S = sum z^2
 *     I = N / W  sum_{i != j} w_ij z_i z_j / S                 = N / W        sum z (K * z) / S
 *     C = (N - 1) / (2 W)  sum_{i != j} w_ij (z_i - z_j)^2 / S = (N - 1) / W  (sum z^2 (K * m) - sum z (K * z)) / S
 *
 * On a grid padded with zeros to at least 2 n - 1 along each axis no pair wraps around. Nothing has to be transformed
 * back: by Parseval sum f (K * g) is the mean over frequencies of Re(conj F G) K^, where K^ is real since K is even. */
#include "kernels/ibsi/autocorrelation.h"

#include <fftw3.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/base/planner.h"

typedef struct problem {
    const rml_ibsi_region *region;
    int32_t first[3], size[3]; /* the mask's box */
    int32_t padded[3];
    int64_t row;    /* doubles of a padded row, which has room for its transform in place: 2 (padded[0] / 2 + 1) */
    int64_t n_rows; /* padded */
    double mean;
    int64_t n;
    double squares; /* S */
    double *kernel; /* [n_rows * row / 2] K^ */
    double *mask;   /* [n_rows * row] the mask's transform */
    double *work;   /* [n_rows * row] */
} problem;

/* The least number at least n whose prime factors FFTW has code of its own for. */
static int32_t padded_size(int32_t n)
{
    for (int32_t size = n;; ++size) {
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

/* z^power of the box in the low corner of work; power 0 is the mask. */
static void fill(const problem *p, int power)
{
    const rml_ibsi_region *region = p->region;

    memset(p->work, 0, (size_t)(p->n_rows * p->row) * sizeof *p->work);
    for (int32_t z = 0; z < p->size[2]; ++z)
        for (int32_t y = 0; y < p->size[1]; ++y) {
            const int64_t from =
                ((int64_t)(p->first[2] + z) * region->size[1] + p->first[1] + y) * region->size[0] + p->first[0];
            double *to = p->work + ((int64_t)z * p->padded[1] + y) * p->row;

            for (int32_t x = 0; x < p->size[0]; ++x) {
                const double d = region->image[from + x] - p->mean;

                if (!region->intensity[from + x]) continue;
                to[x] = power == 0 ? 1.0 : power == 1 ? d : d * d;
            }
        }
}

/* K on the padded grid, whose index i stands for i or i - padded, whichever is nearer to 0. */
RML_HOT static void fill_kernel(const problem *p)
{
    const double *s = p->region->spacing;

    for (int32_t z = 0; z < p->padded[2]; ++z)
        for (int32_t y = 0; y < p->padded[1]; ++y) {
            const double dz = s[2] * (z < p->padded[2] - z ? z : p->padded[2] - z);
            const double dy = s[1] * (y < p->padded[1] - y ? y : p->padded[1] - y);
            double *to = p->work + ((int64_t)z * p->padded[1] + y) * p->row;

            for (int32_t x = 0; x < p->padded[0]; ++x) {
                const double dx = s[0] * (x < p->padded[0] - x ? x : p->padded[0] - x);

                to[x] = 1.0 / sqrt(dx * dx + dy * dy + dz * dz);
            }
        }
    p->work[0] = 0.0;
}

/* Mean over all frequencies of Re(conj a b) K^; the halves of a row that are not stored are those stored, conjugated.
 */
static double product(const problem *p, const double *a, const double *b)
{
    const int64_t half = p->row / 2;
    const bool even = p->padded[0] % 2 == 0;
    double total = 0.0;

    for (int64_t row = 0; row < p->n_rows; ++row) {
        const double *u = a + row * p->row, *v = b + row * p->row, *k = p->kernel + row * half;
        double sum = 0.0;

        for (int64_t x = 1; x < half - even; ++x) sum += (u[2 * x] * v[2 * x] + u[2 * x + 1] * v[2 * x + 1]) * k[x];
        sum = 2.0 * sum + (u[0] * v[0] + u[1] * v[1]) * k[0];
        if (even && half > 1)
            sum += (u[2 * half - 2] * v[2 * half - 2] + u[2 * half - 1] * v[2 * half - 1]) * k[half - 1];
        total += sum;
    }
    return total / ((double)p->padded[0] * (double)p->n_rows);
}

static void solve(problem *p, fftw_plan plan, double *moran, double *geary)
{
    const int64_t n_numbers = p->n_rows * p->row;
    double weights, like, own;

    fill_kernel(p);
    fftw_execute_dft_r2c(plan, p->work, (fftw_complex *)p->work);
    for (int64_t k = 0; k < n_numbers / 2; ++k) p->kernel[k] = p->work[2 * k];
    fill(p, 0);
    fftw_execute_dft_r2c(plan, p->work, (fftw_complex *)p->work);
    memcpy(p->mask, p->work, (size_t)n_numbers * sizeof *p->mask);
    weights = product(p, p->mask, p->mask);
    fill(p, 1);
    for (int64_t k = 0; k < n_numbers; ++k) p->squares += p->work[k] * p->work[k];
    fftw_execute_dft_r2c(plan, p->work, (fftw_complex *)p->work);
    like = product(p, p->work, p->work);
    fill(p, 2);
    fftw_execute_dft_r2c(plan, p->work, (fftw_complex *)p->work);
    own = product(p, p->work, p->mask);
    *moran = (double)p->n / weights * like / p->squares;
    *geary = (double)(p->n - 1) / weights * (own - like) / p->squares;
}

rml_status rml_autocorrelation(const rml_ibsi_region *region, double *moran, double *geary)
{
    problem p = {.region = region};
    fftw_plan plan = NULL;
    rml_status status = RML_ENOMEM;
    bool flat = true;

    *moran = *geary = NAN;
    find_box(&p);
    if (p.n < 2) return RML_EEMPTY;
    for (int64_t i = 0, n = rml_ibsi_region_voxels(region); i < n && flat; ++i)
        flat = !region->intensity[i] || region->image[i] == p.mean;
    if (flat) return RML_EVALUE;
    for (int a = 0; a < 3; ++a) {
        if (p.size[a] > INT32_MAX / 4) return RML_ECAPACITY;
        p.padded[a] = padded_size(2 * p.size[a] - 1);
    }
    p.row = 2 * ((int64_t)p.padded[0] / 2 + 1);
    p.n_rows = (int64_t)p.padded[1] * p.padded[2];
    p.kernel = calloc((size_t)(p.n_rows * p.row / 2), sizeof *p.kernel);
    p.mask = calloc((size_t)(p.n_rows * p.row), sizeof *p.mask);
    p.work = calloc((size_t)(p.n_rows * p.row), sizeof *p.work);
    if (!p.kernel || !p.mask || !p.work) goto done;
    /* FFTW_UNALIGNED: the plan, and so the last bit, hangs on no address. */
    rml_planner_lock();
    plan = fftw_plan_dft_r2c_3d(p.padded[2], p.padded[1], p.padded[0], p.work, (fftw_complex *)p.work,
                                FFTW_ESTIMATE | FFTW_UNALIGNED);
    rml_planner_unlock();
    if (!plan) goto done;
    solve(&p, plan, moran, geary);
    status = RML_OK;
    rml_planner_lock();
    fftw_destroy_plan(plan);
    rml_planner_unlock();
done:
    free(p.work);
    free(p.mask);
    free(p.kernel);
    return status;
}
