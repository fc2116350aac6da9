/* 1. Memory   2. What has no spread   3. Yeo-Johnson   4. Fit and apply */
#include "kernels/prepare/scale.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "kernels/prepare/moments.h"
#include "kernels/prepare/sorted.h"

#define MAD_TO_SD 1.4826 /* R's mad */

/* 1. Memory */

rml_status rml_scale_init(rml_scale *fitted, int32_t n_columns)
{
    const size_t p = n_columns > 0 ? (size_t)n_columns : 0;

    *fitted = (rml_scale){.n_columns = n_columns};
    if (n_columns < 0) return RML_EINVAL;
    fitted->memory = malloc(p * (3 * sizeof(double) + 1) + 1);
    if (!fitted->memory) return RML_ENOMEM;
    fitted->offset = fitted->memory;
    fitted->scale = fitted->offset + p;
    fitted->lambda = fitted->scale + p;
    fitted->state = (uint8_t *)(fitted->lambda + p);
    for (size_t j = 0; j < p; ++j) {
        fitted->offset[j] = fitted->scale[j] = fitted->lambda[j] = NAN;
        fitted->state[j] = RML_SCALE_OK;
    }
    return RML_OK;
}

void rml_scale_free(rml_scale *fitted)
{
    if (!fitted) return;
    free(fitted->memory);
    *fitted = (rml_scale){0};
}

/* 2. What has no spread */

static bool all_equal(const double *x, int64_t n)
{
    for (int64_t i = 1; i < n; ++i)
        if (x[i] != x[0]) return false;
    return true;
}

/* Variance with divisor n no larger than what rounding of the mean leaves (scikit-learn, _is_constant_feature). */
static bool within_rounding(double mean, double variance, double n)
{
    return variance <= n * DBL_EPSILON * variance + (n * mean * DBL_EPSILON) * (n * mean * DBL_EPSILON);
}

/* 3. Yeo-Johnson */

/* With l = log(1 + |x|): (exp(power l) - 1) / power, the limit l at 0. */
static inline double power_of(double l, double power)
{
    return fabs(power) < DBL_EPSILON ? l : expm1(power * l) / power;
}

double rml_yeo_johnson(double x, double lambda)
{
    if (lambda == 1.0) return x;
    return x < 0.0 ? -power_of(log1p(-x), 2.0 - lambda) : power_of(log1p(x), lambda);
}

/* A column as sign(x) log(1 + |x|). Where all signs are the same, about the mean of the logarithms, `centre`:
 * t(l) - t(centre) = exp(power centre) (exp(power (l - centre)) - 1) / power, whose variance keeps its digits where t
 * itself is a constant but for its last ones (columns far from 0). */
typedef struct likelihood {
    double *log, *transformed; /* [n] log: about the centre, and without its sign when `side` is not 0 */
    int64_t n;
    int side;           /* 1 or -1: no value has the other sign; 0: both occur */
    double centre, sum; /* sum of sign(x) log(1 + |x|) */
} likelihood;

static likelihood likelihood_of(const double *x, int64_t n, double *work)
{
    likelihood of = {.log = work, .transformed = work + n, .n = n};
    bool above = false, below = false;

    for (int64_t i = 0; i < n; ++i) {
        of.log[i] = copysign(log1p(fabs(x[i])), x[i]);
        above = above || x[i] > 0.0;
        below = below || x[i] < 0.0;
    }
    of.sum = rml_sum(of.log, n);
    if (above && below) return of;
    of.side = below ? -1 : 1;
    of.centre = fabs(of.sum) / (double)n;
    for (int64_t i = 0; i < n; ++i) of.log[i] = fabs(of.log[i]) - of.centre;
    return of;
}

/* Minus the log-likelihood at lambda, without constants; what cannot be computed is infinite. */
static double cost(const likelihood *of, double lambda)
{
    const double n = (double)of->n, power = of->side < 0 ? 2.0 - lambda : lambda;
    double mean, squares, value;

    for (int64_t i = 0; i < of->n; ++i) {
        const double l = of->log[i];

        of->transformed[i] = of->side == 0 && l < 0.0 ? -power_of(-l, 2.0 - lambda) : power_of(l, power);
    }
    rml_mean_and_squares(of->transformed, of->n, &mean, &squares);
    if (!(squares / n >= DBL_MIN)) return INFINITY;
    value = n / 2.0 * log(squares / n) + n * power * of->centre - (lambda - 1.0) * of->sum;
    return isnan(value) ? INFINITY : value;
}

typedef struct bracket {
    double a, b, c, fa, fb, fc; /* fb below fa and fc, b between a and c */
} bracket;

#define GOLD 1.618034
#define GROW_LIMIT 110.0
#define TINY_DENOMINATOR 1e-21

/* scipy.optimize.bracket, downhill from (-2, 2) with parabolic steps. False when there is no minimum in 1000 steps. */
static bool find_bracket(const likelihood *of, bracket *k)
{
    k->a = -2.0, k->b = 2.0, k->fa = cost(of, k->a), k->fb = cost(of, k->b);
    if (k->fa < k->fb) *k = (bracket){k->b, k->a, 0.0, k->fb, k->fa, 0.0};
    k->c = k->b + GOLD * (k->b - k->a);
    k->fc = cost(of, k->c);
    for (int step = 0; k->fc < k->fb; ++step) {
        const double t1 = (k->b - k->a) * (k->fb - k->fc), t2 = (k->b - k->c) * (k->fb - k->fa);
        const double denominator = fabs(t2 - t1) < TINY_DENOMINATOR ? 2.0 * TINY_DENOMINATOR : 2.0 * (t2 - t1);
        const double limit = k->b + GROW_LIMIT * (k->c - k->b);
        double w = k->b - ((k->b - k->c) * t2 - (k->b - k->a) * t1) / denominator, fw;

        if (step > 1000) return false;
        if ((w - k->c) * (k->b - w) > 0.0) {
            fw = cost(of, w);
            if (fw < k->fc) {
                k->a = k->b, k->fa = k->fb, k->b = w, k->fb = fw;
                return true;
            }
            if (fw > k->fb) {
                k->c = w, k->fc = fw;
                return true;
            }
            w = k->c + GOLD * (k->c - k->b);
            fw = cost(of, w);
        } else if ((w - limit) * (limit - k->c) >= 0.0) {
            w = limit;
            fw = cost(of, w);
        } else if ((w - limit) * (k->c - w) > 0.0) {
            fw = cost(of, w);
            if (fw < k->fc) {
                k->b = k->c, k->fb = k->fc, k->c = w, k->fc = fw;
                w = k->c + GOLD * (k->c - k->b);
                fw = cost(of, w);
            }
        } else {
            w = k->c + GOLD * (k->c - k->b);
            fw = cost(of, w);
        }
        k->a = k->b, k->fa = k->fb, k->b = k->c, k->fb = k->fc, k->c = w, k->fc = fw;
    }
    return isfinite(k->fb);
}

#define GOLDEN_SECTION 0.3819660
#define RELATIVE 1.48e-8
#define ABSOLUTE 1e-11

/* Brent 1973, chapter 5, step by step as scipy.optimize.brent. */
static double brent(const likelihood *of, const bracket *k)
{
    double a = fmin(k->a, k->c), b = fmax(k->a, k->c), x = k->b, w = x, v = x, fx = k->fb, fw = fx, fv = fx;
    double before_last = 0.0, step = 0.0;

    for (int i = 0; i < 500; ++i) {
        const double tolerance = RELATIVE * fabs(x) + ABSOLUTE, middle = 0.5 * (a + b);
        bool golden = true;
        double u, fu;

        if (fabs(x - middle) < 2.0 * tolerance - 0.5 * (b - a)) break;
        if (fabs(before_last) > tolerance) { /* a parabola through x, w and v */
            const double t1 = (x - w) * (fx - fv), t2 = (x - v) * (fx - fw), d = 2.0 * (t2 - t1), scale = fabs(d);
            const double p = ((x - v) * t2 - (x - w) * t1) * (d > 0.0 ? -1.0 : 1.0), earlier = before_last;

            before_last = step;
            if (p > scale * (a - x) && p < scale * (b - x) && fabs(p) < fabs(0.5 * scale * earlier)) {
                golden = false;
                step = p / scale;
                u = x + step;
                if (u - a < 2.0 * tolerance || b - u < 2.0 * tolerance)
                    step = middle - x >= 0.0 ? tolerance : -tolerance;
            }
        }
        if (golden) {
            before_last = x >= middle ? a - x : b - x;
            step = GOLDEN_SECTION * before_last;
        }
        u = fabs(step) < tolerance ? x + (step >= 0.0 ? tolerance : -tolerance) : x + step;
        fu = cost(of, u);
        if (fu > fx) {
            *(u < x ? &a : &b) = u;
            if (fu <= fw || w == x) {
                v = w, w = u, fv = fw, fw = fu;
            } else if (fu <= fv || v == x || v == w) {
                v = u, fv = fu;
            }
        } else {
            *(u >= x ? &a : &b) = x;
            v = w, w = x, x = u, fv = fw, fw = fx, fx = fu;
        }
    }
    return x;
}

/* Of n observed values; work [2 * n]. */
static double best_lambda(const double *x, int64_t n, double *work)
{
    const likelihood of = likelihood_of(x, n, work);
    bracket around;

    return find_bracket(&of, &around) ? brent(&of, &around) : 1.0;
}

/* 4. Fit and apply */

static void fit_standard(const double *x, int64_t n, bool sample, rml_scale *f, int32_t j)
{
    double mean, squares;

    rml_mean_and_squares(x, n, &mean, &squares);
    f->offset[j] = mean;
    if (!within_rounding(mean, squares / (double)n, (double)n))
        f->scale[j] = sqrt(squares / (double)(sample ? n - 1 : n));
}

/* Column j of n observed values x, which are sorted or overwritten; work [2 * n]. */
static void fit_column(double *x, int64_t n, rml_scale *f, int32_t j, double *work)
{
    const rml_scale_kind kind = f->settings.kind;
    double mean, squares;

    f->scale[j] = 0.0; /* until a spread is found */
    if (all_equal(x, n)) {
        f->offset[j] = x[0];
        if (kind == RML_SCALE_YEO_JOHNSON) f->lambda[j] = 1.0;
    } else if (kind == RML_SCALE_STANDARD) {
        fit_standard(x, n, f->settings.sample, f, j);
    } else if (kind == RML_SCALE_YEO_JOHNSON) {
        rml_mean_and_squares(x, n, &mean, &squares);
        f->lambda[j] = within_rounding(mean, squares / (double)n, (double)n) ? 1.0 : best_lambda(x, n, work);
        for (int64_t i = 0; i < n; ++i) x[i] = rml_yeo_johnson(x[i], f->lambda[j]);
        fit_standard(x, n, f->settings.sample, f, j);
    } else {
        rml_sort(x, n);
        if (kind == RML_SCALE_UNIT) {
            f->offset[j] = x[0];
            f->scale[j] = x[n - 1] - x[0];
        } else if (kind == RML_SCALE_SYMMETRIC) {
            f->offset[j] = 0.5 * x[0] + 0.5 * x[n - 1];
            f->scale[j] = 0.5 * x[n - 1] - 0.5 * x[0];
        } else {
            f->offset[j] = rml_sorted_median(x, n);
            f->scale[j] = rml_sorted_quantile(x, n, 0.75) - rml_sorted_quantile(x, n, 0.25);
        }
        if (kind == RML_SCALE_MAD) {
            for (int64_t i = 0; i < n; ++i) x[i] = fabs(x[i] - f->offset[j]);
            rml_sort(x, n);
            f->scale[j] = MAD_TO_SD * rml_sorted_median(x, n);
        }
    }
    if (f->scale[j] > 0.0) return;
    f->scale[j] = 1.0;
    f->state[j] = RML_SCALE_FLAT;
}

rml_status rml_scale_fit(const rml_columns *x, const rml_scale_settings *settings, rml_scale *fitted)
{
    double *work;
    rml_status status = rml_scale_init(fitted, x->n_columns);

    if (status != RML_OK) return status;
    fitted->settings = *settings;
    if (x->n_rows < 1) return RML_EINVAL;
    work = malloc(3 * (size_t)x->n_rows * sizeof *work);
    if (!work) return RML_ENOMEM;
    for (int32_t j = 0; j < x->n_columns; ++j) {
        const int64_t n = rml_observed(rml_column(x, j), x->n_rows, work);

        for (int64_t i = 0; i < n; ++i)
            if (isinf(work[i])) status = RML_EVALUE;
        if (status != RML_OK) break;
        if (n == 0)
            fitted->state[j] = RML_SCALE_EMPTY;
        else
            fit_column(work, n, fitted, j, work + x->n_rows);
    }
    free(work);
    return status;
}

rml_status rml_scale_apply(const rml_scale *fitted, const rml_columns *x, double *out, int64_t stride)
{
    if (x->n_columns != fitted->n_columns) return RML_EINVAL;
    for (int32_t j = 0; j < x->n_columns; ++j) {
        const double *from = rml_column(x, j), offset = fitted->offset[j], scale = fitted->scale[j];
        double *to = out + j * stride;

        if (fitted->settings.kind == RML_SCALE_YEO_JOHNSON)
            for (int64_t i = 0; i < x->n_rows; ++i)
                to[i] = (rml_yeo_johnson(from[i], fitted->lambda[j]) - offset) / scale;
        else
            for (int64_t i = 0; i < x->n_rows; ++i) to[i] = (from[i] - offset) / scale;
    }
    return RML_OK;
}
