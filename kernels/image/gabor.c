/* The kernel is long (7 standard deviations of an envelope of several voxels) and, turned, no product: a slice is
 * convolved in the Fourier domain. A period as long as the patch does: what wraps around meets the margin alone. Of the
 * inverse transform the rows along the first axis are done for the wanted rows only.
 * theta and theta + pi give conjugate kernels, and of a real image the same modulus: one of each such pair is computed.
 */
#include "kernels/image/gabor.h"

#include <fftw3.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/base/planner.h"

#define REACH 7.0 /* standard deviations */

static int n_orientations(const rml_gabor *filter)
{
    const double turn = 2.0 * M_PI;

    if (filter->step == 0.0) return 1;
    return (int)ceil(turn / filter->step - 1e-9);
}

rml_status rml_gabor_margin(const rml_gabor *filter, const double spacing[3], rml_margin *margin)
{
    const double widest = filter->gamma < 1.0 ? filter->sigma / filter->gamma : filter->sigma;

    *margin = (rml_margin){{0}, {0}};
    if (!(filter->sigma > 0.0) || !(filter->lambda > 0.0) || !(filter->gamma > 0.0) || !isfinite(filter->theta) ||
        !isfinite(1.0 / filter->lambda) ||
        !(filter->step == 0.0 || filter->step >= 2.0 * M_PI / RML_GABOR_MAX_ORIENTATIONS))
        return RML_EINVAL;
    if (filter->pool == RML_POOL_NONE && (filter->three_planes || n_orientations(filter) > 1)) return RML_EINVAL;
    for (int axis = 0; axis < (filter->three_planes ? 3 : 2); ++axis) {
        const double reach = ceil(REACH * widest / spacing[axis]);

        if (!(reach <= RML_GABOR_MAX_REACH)) return RML_EINVAL;
        margin->before[axis] = margin->after[axis] = (int32_t)reach;
    }
    return RML_OK;
}

/* The next length of which FFTW is fast. */
static int32_t period_of(int32_t n)
{
    static const int32_t primes[4] = {2, 3, 5, 7};

    for (;; ++n) {
        int32_t rest = n;

        for (int p = 0; p < 4; ++p)
            while (rest % primes[p] == 0) rest /= primes[p];
        if (rest == 1) return n;
    }
}

/* The kernel in a period, its centre at 0. kernel: [period b][period a] */
static void fill_kernel(const rml_gabor *filter, double theta, const double spacing[2], const int32_t reach[2],
                        const int32_t period[2], fftw_complex *kernel)
{
    const double cosine = cos(theta), sine = sin(theta), scale = 1.0 / ((double)period[0] * period[1]);

    memset(kernel, 0, (size_t)period[0] * (size_t)period[1] * sizeof *kernel);
    for (int32_t j = -reach[1]; j <= reach[1]; ++j)
        for (int32_t i = -reach[0]; i <= reach[0]; ++i) {
            const double a = i * spacing[0], b = j * spacing[1];
            const double along = a * cosine + b * sine, across = filter->gamma * (b * cosine - a * sine);
            const double envelope =
                scale * exp(-0.5 * (along * along + across * across) / (filter->sigma * filter->sigma));
            const double phase = 2.0 * M_PI * along / filter->lambda;
            double *to = kernel[(int64_t)(j < 0 ? j + period[1] : j) * period[0] + (i < 0 ? i + period[0] : i)];

            to[0] = envelope * cos(phase);
            to[1] = envelope * sin(phase);
        }
}

typedef struct plane {
    int axis[3];                   /* a, b, and the one across */
    int32_t size[2], reach[2];     /* wanted voxels, and the margin, along a and b */
    int32_t n_slices, first_slice; /* across */
    int32_t period[2];             /* along a and b */
    int n_kernels;
    fftw_complex *kernels, *spectrum, *work; /* [n_kernels][period b][period a]; the slice's; the product */
    fftw_plan forward, columns, rows;        /* of spectrum; of work along b, and along a for the wanted rows */
} plane;

static void plane_free(plane *p)
{
    rml_planner_lock();
    if (p->forward) fftw_destroy_plan(p->forward);
    if (p->columns) fftw_destroy_plan(p->columns);
    if (p->rows) fftw_destroy_plan(p->rows);
    rml_planner_unlock();
    fftw_free(p->kernels);
    fftw_free(p->spectrum);
    fftw_free(p->work);
}

static rml_status plane_init(plane *p, const rml_patch *patch, const rml_gabor *filter, const rml_margin *margin,
                             int n_kernels, const int axis[3])
{
    const double spacing[2] = {patch->spacing[axis[0]], patch->spacing[axis[1]]};
    size_t n_period;

    *p = (plane){.axis = {axis[0], axis[1], axis[2]}, .n_kernels = n_kernels};
    for (int i = 0; i < 2; ++i) {
        p->reach[i] = margin->before[axis[i]];
        p->size[i] = patch->size[axis[i]] - 2 * p->reach[i];
        p->period[i] = period_of(patch->size[axis[i]]);
    }
    p->first_slice = margin->before[axis[2]];
    p->n_slices = patch->size[axis[2]] - 2 * p->first_slice;
    n_period = (size_t)p->period[0] * (size_t)p->period[1];
    p->kernels = fftw_malloc((size_t)n_kernels * n_period * sizeof *p->kernels);
    p->spectrum = fftw_malloc(n_period * sizeof *p->spectrum);
    p->work = fftw_malloc(n_period * sizeof *p->work);
    if (!p->kernels || !p->spectrum || !p->work) return RML_ENOMEM;
    rml_planner_lock();
    p->forward = fftw_plan_dft_2d(p->period[1], p->period[0], p->spectrum, p->spectrum, FFTW_FORWARD, FFTW_ESTIMATE);
    p->columns = fftw_plan_many_dft(1, &p->period[1], p->period[0], p->work, NULL, p->period[0], 1, p->work, NULL,
                                    p->period[0], 1, FFTW_BACKWARD, FFTW_ESTIMATE);
    p->rows = fftw_plan_many_dft(1, &p->period[0], p->size[1], p->work + (int64_t)p->reach[1] * p->period[0], NULL, 1,
                                 p->period[0], p->work + (int64_t)p->reach[1] * p->period[0], NULL, 1, p->period[0],
                                 FFTW_BACKWARD, FFTW_ESTIMATE);
    rml_planner_unlock();
    if (!p->forward || !p->columns || !p->rows) return RML_ENOMEM;
    for (int k = 0; k < n_kernels; ++k) { /* each by way of spectrum, which the plan was made for */
        fill_kernel(filter, filter->step > 0.0 ? k * filter->step : filter->theta, spacing, p->reach, p->period,
                    p->spectrum);
        fftw_execute(p->forward);
        memcpy(p->kernels + (size_t)k * n_period, p->spectrum, n_period * sizeof *p->kernels);
    }
    return RML_OK;
}

static void load_slice(const rml_patch *patch, const plane *p, int32_t slice)
{
    const int64_t stride[3] = {1, patch->size[0], (int64_t)patch->size[0] * patch->size[1]};
    const double *from = patch->voxels + (p->first_slice + slice) * stride[p->axis[2]];

    memset(p->spectrum, 0, (size_t)p->period[0] * (size_t)p->period[1] * sizeof *p->spectrum);
    for (int32_t b = 0; b < patch->size[p->axis[1]]; ++b)
        for (int32_t a = 0; a < patch->size[p->axis[0]]; ++a)
            p->spectrum[(int64_t)b * p->period[0] + a][0] = from[b * stride[p->axis[1]] + a * stride[p->axis[0]]];
}

RML_HOT static void multiply(const fftw_complex *a, const fftw_complex *b, int64_t n, fftw_complex *out)
{
    for (int64_t i = 0; i < n; ++i) {
        out[i][0] = a[i][0] * b[i][0] - a[i][1] * b[i][1];
        out[i][1] = a[i][0] * b[i][1] + a[i][1] * b[i][0];
    }
}

/* The moduli of work into what is pooled so far. size: of out */
static void pool_slice(const plane *p, int32_t slice, rml_pool pool, bool first, const int32_t size[3], double *out)
{
    const int64_t stride[3] = {1, size[0], (int64_t)size[0] * size[1]};

    for (int32_t b = 0; b < p->size[1]; ++b) {
        const fftw_complex *from = p->work + (int64_t)(p->reach[1] + b) * p->period[0] + p->reach[0];
        double *to = out + slice * stride[p->axis[2]] + b * stride[p->axis[1]];

        for (int32_t a = 0; a < p->size[0]; ++a) {
            const double modulus = sqrt(from[a][0] * from[a][0] + from[a][1] * from[a][1]);
            double *at = to + a * stride[p->axis[0]];

            if (pool == RML_POOL_MEAN && !first)
                *at += modulus;
            else if (first || (pool == RML_POOL_MAX ? modulus > *at : modulus < *at))
                *at = modulus;
        }
    }
}

rml_status rml_gabor_apply(const rml_patch *patch, const rml_gabor *filter, double *out)
{
    static const int axes[3][3] = {{0, 1, 2}, {0, 2, 1}, {1, 2, 0}};
    const int n_planes = filter->three_planes ? 3 : 1;
    int n_kernels, n_pooled = 0;
    rml_margin margin;
    int32_t size[3];
    rml_status status = rml_gabor_margin(filter, patch->spacing, &margin);

    if (status != RML_OK) return status;
    n_kernels = n_orientations(filter);
    if (n_kernels % 2 == 0 && fabs(n_kernels * filter->step - 2.0 * M_PI) < 1e-9) n_kernels /= 2;
    for (int axis = 0; axis < 3; ++axis) {
        size[axis] = patch->size[axis] - margin.before[axis] - margin.after[axis];
        if (size[axis] < 1) return RML_EINVAL;
    }
    for (int i = 0; i < n_planes && status == RML_OK; ++i) {
        plane p;

        status = plane_init(&p, patch, filter, &margin, n_kernels, axes[i]);
        for (int32_t slice = 0; slice < p.n_slices && status == RML_OK; ++slice) {
            const int64_t n_period = (int64_t)p.period[0] * p.period[1];

            load_slice(patch, &p, slice);
            fftw_execute(p.forward);
            for (int k = 0; k < n_kernels; ++k) {
                multiply(p.spectrum, p.kernels + k * n_period, n_period, p.work);
                fftw_execute(p.columns);
                fftw_execute(p.rows);
                pool_slice(&p, slice, filter->pool, n_pooled == 0 && k == 0, size, out);
            }
        }
        n_pooled += n_kernels;
        plane_free(&p);
    }
    if (status != RML_OK) return status;
    if (filter->pool == RML_POOL_MEAN)
        for (int64_t v = 0; v < (int64_t)size[0] * size[1] * size[2]; ++v) out[v] /= n_pooled;
    return RML_OK;
}
