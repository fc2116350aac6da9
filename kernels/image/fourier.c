/* The transfer function T is not Hermitian on this grid, since no frequency stands at minus another's index. The real
 * part of the response to a real image is the response to T's Hermitian part, (T(k) + conj T(-k)) / 2, with -k by
 * index: so transforms between real images and half spectra do, at half the memory and time. T itself is real or
 * imaginary as a whole, by L. */
#include "kernels/image/fourier.h"

#include <fftw3.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/base/planner.h"

typedef struct transfer {
    const rml_fourier *filter;
    int64_t size[3]; /* size[2] is 1 for slices */
    double *nu[3];   /* [size] of each frequency, in FFTW's order */
    double scale;    /* sqrt(L! / prod l!), the inverse transform's 1 / N, and 1/2 of the Hermitian part */
    double high;     /* Simoncelli's m */
    int32_t order;   /* L */
} transfer;

/* Where index i of FFTW's order, zero frequency first, lies on the ascending grid. */
static double frequency(int64_t i, int64_t n)
{
    const double middle = (double)(n - 1) / 2.0;

    return n == 1 ? 0.0 : ((double)((i + n / 2) % n) - middle) / middle;
}

/* x^n by repeated products: the same bits everywhere. */
static double power(double x, int32_t n)
{
    double product = 1.0;

    for (; n > 0; --n) product *= x;
    return product;
}

/* T at the frequency of these indices, without (-i)^L. */
static double transfer_at(const transfer *t, const int64_t index[3])
{
    const double nu[3] = {t->nu[0][index[0]], t->nu[1][index[1]], t->nu[2][index[2]]};
    const double length = sqrt(nu[0] * nu[0] + nu[1] * nu[1] + nu[2] * nu[2]);
    double value = t->scale;

    if (t->filter->simoncelli > 0) {
        if (length < t->high / 4.0 || length > t->high) return 0.0;
        value *= cos(M_PI_2 * log2(2.0 * length / t->high));
    }
    if (t->order > 0) {
        if (length == 0.0) return 0.0;
        for (int axis = 0; axis < 3; ++axis) value *= power(nu[axis] / length, t->filter->riesz[axis]);
    }
    return value;
}

/* The half spectrum times T's Hermitian part. spectrum: [size z][size y][size x / 2 + 1] */
static void multiply(const transfer *t, fftw_complex *spectrum)
{
    const int64_t half = t->size[0] / 2 + 1;

    for (int64_t z = 0; z < t->size[2]; ++z)
        for (int64_t y = 0; y < t->size[1]; ++y)
            for (int64_t x = 0; x < half; ++x, ++spectrum) {
                const int64_t at[3] = {x, y, z};
                const int64_t minus[3] = {(t->size[0] - x) % t->size[0], (t->size[1] - y) % t->size[1],
                                          (t->size[2] - z) % t->size[2]};
                const double here = transfer_at(t, at), there = transfer_at(t, minus);
                const double both = t->order % 2 == 0 ? here + there : here - there; /* conj turns the sign of an i */
                const double re = (*spectrum)[0], im = (*spectrum)[1];

                switch (t->order % 4) {
                case 0: (*spectrum)[0] = both * re, (*spectrum)[1] = both * im; break;
                case 1: (*spectrum)[0] = both * im, (*spectrum)[1] = -both * re; break;
                case 2: (*spectrum)[0] = -both * re, (*spectrum)[1] = -both * im; break;
                default: (*spectrum)[0] = -both * im, (*spectrum)[1] = both * re; break;
                }
            }
}

static double factorial(int32_t n)
{
    double product = 1.0;

    for (; n > 1; --n) product *= n;
    return product;
}

static rml_status transfer_init(transfer *t, const rml_patch *image, const rml_fourier *filter)
{
    *t = (transfer){.filter = filter, .high = ldexp(1.0, 1 - filter->simoncelli)};
    t->scale = 1.0;
    for (int axis = 0; axis < 3; ++axis) {
        t->order += filter->riesz[axis];
        t->scale /= factorial(filter->riesz[axis]);
        t->size[axis] = axis < filter->n_axes ? image->size[axis] : 1;
    }
    t->scale = sqrt(t->scale * factorial(t->order));
    for (int axis = 0; axis < 3; ++axis) {
        t->scale /= (double)t->size[axis];
        t->nu[axis] = malloc((size_t)t->size[axis] * sizeof **t->nu);
        if (!t->nu[axis]) return RML_ENOMEM;
        for (int64_t i = 0; i < t->size[axis]; ++i) t->nu[axis][i] = frequency(i, t->size[axis]);
    }
    t->scale /= 2.0;
    return RML_OK;
}

static bool is_sound(const rml_fourier *filter)
{
    int32_t order = 0;

    if (filter->simoncelli < 0 || filter->simoncelli > RML_FOURIER_MAX_LEVEL) return false;
    if (filter->n_axes != 2 && filter->n_axes != 3) return false;
    for (int axis = 0; axis < 3; ++axis) {
        if (filter->riesz[axis] < 0 || filter->riesz[axis] > RML_FOURIER_MAX_ORDER) return false;
        order += filter->riesz[axis];
    }
    if (filter->n_axes == 2 && filter->riesz[2] != 0) return false;
    return order <= RML_FOURIER_MAX_ORDER && (order > 0 || filter->simoncelli > 0);
}

/* Volume after volume, or slice after slice. FFTW_UNALIGNED: the plan, and so the last bit, hangs on no address. */
static rml_status filter_all(const transfer *t, const rml_patch *image, double *out)
{
    const int n[3] = {(int)t->size[2], (int)t->size[1], (int)t->size[0]};
    const int64_t n_voxels = t->size[0] * t->size[1] * t->size[2];
    const int64_t n_parts = (int64_t)image->size[0] * image->size[1] * image->size[2] / n_voxels;
    fftw_complex *spectrum = malloc((size_t)(t->size[2] * t->size[1] * (t->size[0] / 2 + 1)) * sizeof *spectrum);
    fftw_plan forward = NULL, backward = NULL;
    rml_status status = RML_ENOMEM;

    if (!spectrum) return status;
    rml_planner_lock();
    forward = fftw_plan_dft_r2c(3, n, out, spectrum, FFTW_ESTIMATE | FFTW_UNALIGNED);
    backward = fftw_plan_dft_c2r(3, n, spectrum, out, FFTW_ESTIMATE | FFTW_UNALIGNED);
    rml_planner_unlock();
    if (forward && backward) {
        status = RML_OK;
        for (int64_t part = 0; part < n_parts; ++part) {
            double *to = out + part * n_voxels;

            memcpy(to, image->voxels + part * n_voxels, (size_t)n_voxels * sizeof *to);
            fftw_execute_dft_r2c(forward, to, spectrum);
            multiply(t, spectrum);
            fftw_execute_dft_c2r(backward, spectrum, to);
        }
    }
    rml_planner_lock();
    if (forward) fftw_destroy_plan(forward);
    if (backward) fftw_destroy_plan(backward);
    rml_planner_unlock();
    free(spectrum);
    return status;
}

rml_status rml_fourier_apply(const rml_patch *image, const rml_fourier *filter, double *out)
{
    transfer t;
    rml_status status;

    if (!is_sound(filter)) return RML_EINVAL;
    status = transfer_init(&t, image, filter);
    if (status == RML_OK) status = filter_all(&t, image, out);
    for (int axis = 0; axis < 3; ++axis) free(t.nu[axis]);
    return status;
}
