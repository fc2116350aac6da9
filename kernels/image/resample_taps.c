#include "kernels/image/resample_taps.h"

#include <math.h>

enum { RADIUS = 5, GAUSSIAN_TAPS = 8, LABEL_TAPS = 4 };

/* A Gaussian's sigma in voxels, and where it is cut, in sigmas. */
typedef struct width {
    double sigma, cut;
} width;

static width width_of(rml_interpolator kind)
{
    return kind == RML_INTERPOLATE_LABEL_GAUSSIAN ? (width){1.0, 1.0} : (width){0.8, 4.0};
}

bool rml_interpolator_known(int kind)
{
    return kind == RML_INTERPOLATE_BSPLINE ||
           (kind >= RML_INTERPOLATE_NEAREST && kind <= RML_INTERPOLATE_BLACKMAN && kind != 3);
}

rml_tap_reach rml_resample_reach(rml_interpolator kind)
{
    switch (kind) {
    case RML_INTERPOLATE_NEAREST: return (rml_tap_reach){1, 0, 1};
    case RML_INTERPOLATE_LINEAR: return (rml_tap_reach){2, 0, 1};
    case RML_INTERPOLATE_GAUSSIAN: return (rml_tap_reach){GAUSSIAN_TAPS, 4, 6};
    case RML_INTERPOLATE_LABEL_GAUSSIAN: return (rml_tap_reach){LABEL_TAPS, 2, 4};
    case RML_INTERPOLATE_HAMMING:
    case RML_INTERPOLATE_COSINE:
    case RML_INTERPOLATE_WELCH:
    case RML_INTERPOLATE_LANCZOS:
    case RML_INTERPOLATE_BLACKMAN: return (rml_tap_reach){2 * RADIUS, RADIUS - 1, RADIUS};
    case RML_INTERPOLATE_BSPLINE: return (rml_tap_reach){4, 1, 2};
    }
    return (rml_tap_reach){0};
}

static void spline(double part, double weight[4])
{
    weight[3] = 1.0 / 6.0 * part * part * part;
    weight[0] = 1.0 / 6.0 + 0.5 * part * (part - 1.0) - weight[3];
    weight[2] = part + weight[0] - 2.0 * weight[3];
    weight[1] = 1.0 - weight[0] - weight[2] - weight[3];
}

static double sinc(double x)
{
    return x == 0.0 ? 1.0 : sin(x) / x;
}

static double window(rml_interpolator kind, double x)
{
    const double turn = M_PI / RADIUS;

    switch (kind) {
    case RML_INTERPOLATE_HAMMING: return 0.54 + 0.46 * cos(x * turn);
    case RML_INTERPOLATE_COSINE: return cos(x * (M_PI / (2 * RADIUS)));
    case RML_INTERPOLATE_WELCH: return 1.0 - x * (1.0 / (RADIUS * RADIUS)) * x;
    case RML_INTERPOLATE_LANCZOS: return sinc(turn * x);
    default: return 0.42 + 0.5 * cos(x * turn) + 0.08 * cos(x * (2.0 * M_PI / RADIUS));
    }
}

/* On a voxel the weights are 1 and 0 exactly. */
static void windowed_sinc(rml_interpolator kind, double part, double weight[2 * RADIUS])
{
    double x = part + RADIUS;

    for (int k = 0; k < 2 * RADIUS; ++k) {
        x -= 1.0;
        weight[k] = part == 0.0 ? k == RADIUS - 1 : window(kind, x) * sinc(M_PI * x);
    }
}

/* The error function as ITK has it: the incomplete gamma function P(1/2, x^2), by its series or its continued fraction,
 * each stopped at a relative change of 3e-7. That is an error of some 1e-8, part of what its Gaussian gives.
 * Source: Press et al., Numerical Recipes in C, 2nd ed., section 6.2. */
static double rough_erf(double x)
{
    static const double log_gamma = 0.572364942924847; /* of 1/2; ITK's has an error of 1.5e-13, and so has this */
    static const double enough = 3e-7, tiny = 1e-30, a = 0.5;
    const double s = x * x;
    double result;

    if (s == 0.0) return 0.0;
    if (s < a + 1.0) {
        double term = 1.0 / a, sum = term, n = a;

        do {
            n += 1.0;
            term *= s / n;
            sum += term;
        } while (!(fabs(term) < fabs(sum) * enough));
        result = sum * exp(-s + a * log(s) - log_gamma);
    } else {
        double b = s + 1.0 - a, c = 1.0 / tiny, d = 1.0 / b, fraction = d, change = 0.0;

        for (int i = 1; !(fabs(change - 1.0) < enough); ++i) {
            const double part = -i * (i - a);

            b += 2.0;
            d = 1.0 / (part * d + b);
            c = b + part / c;
            change = d * c;
            fraction *= change;
        }
        result = 1.0 - exp(-s + a * log(s) - log_gamma) * fraction;
    }
    return copysign(result, x);
}

/* The Gaussian's mass within each voxel that it reaches inside the image. */
static bool gaussian(rml_interpolator kind, double index, int32_t n, double spacing, int32_t *first, double *weight)
{
    const width of = width_of(kind);
    const double sigma = of.sigma * spacing, reach = sigma * of.cut / spacing,
                 step = 1.0 / (sqrt(2.0) * sigma / spacing);
    const double low = index + 0.5 - reach, high = index + 0.5 + reach;
    const double begin = fmax(floor(low), 0.0), end = fmin(ceil(high), n);
    double t = (-0.5 - index + begin) * step, before = rough_erf(t);

    *first = (int32_t)floor(low);
    for (int k = 0; k < rml_resample_reach(kind).n; ++k) {
        const double at = *first + (double)k;
        double now;

        weight[k] = 0.0;
        if (at < begin || at >= end) continue;
        t += step;
        now = rough_erf(t);
        weight[k] = now - before;
        before = now;
    }
    return fabs(low - rint(low)) < 1e-9 || fabs(high - rint(high)) < 1e-9;
}

bool rml_resample_taps(rml_interpolator kind, double index, int32_t n, double spacing, int32_t *first, double *weight)
{
    const double floored = floor(index);

    switch (kind) {
    case RML_INTERPOLATE_NEAREST:
        *first = (int32_t)floor(index + 0.5);
        weight[0] = 1.0;
        return true;
    case RML_INTERPOLATE_LINEAR: /* half a voxel before the first one is the first one */
        *first = floored < 0.0 ? 0 : (int32_t)floored;
        weight[0] = 1.0;
        weight[1] = fmax(index - *first, 0.0);
        return false;
    case RML_INTERPOLATE_BSPLINE: /* ITK looks for the voxel below in single precision; the piece of the spline is then
                                     taken a little beyond its end, where it hardly differs from the next */
        *first = (int32_t)floorf((float)index) - 1;
        spline(index - (*first + 1), weight);
        return false;
    case RML_INTERPOLATE_GAUSSIAN:
    case RML_INTERPOLATE_LABEL_GAUSSIAN: return gaussian(kind, index, n, spacing, first, weight);
    default:
        *first = (int32_t)floored - (RADIUS - 1);
        windowed_sinc(kind, index - floored, weight);
        return false;
    }
}
