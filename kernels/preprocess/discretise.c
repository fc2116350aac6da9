/* Bins as PyRadiomics cuts them: the bin of x is the number of edges that are not above x, and the edges are the very
 * doubles (or floats) that numpy makes, so that a value on an edge falls to the same side.
 *
 * Width w: edges e_i = lo + i*d, i = 0 .. n-1, with lo = min - (min mod w), d = (lo + w) - lo,
 *          n = ceil((max + 2w - lo) / w) (numpy.arange). An integer image with an integer width has integer edges
 * there; in doubles these are the same numbers, since every step is exact below 2^53. Count n: n + 1 edges min +
 * i*((max - min)/n), the last one max, and 1 is added to it (numpy.histogram, linspace); for a float32 image rounded to
 * float32 at the end. A flat ROI takes min - 0.5 .. max + 0.5.
 *
 * An edge is a function of its number, so that none is stored. A first guess by division is at most one bin off, since
 * the edges' rounding is far below their distance; where it is not (huge values, tiny width), the edges are still in
 * order, and the bin is found by bisection. */
#include "kernels/preprocess/discretise.h"

#include <math.h>
#include <stdbool.h>

typedef struct edges {
    double lo, step;
    int64_t n;     /* edges */
    double last;   /* the last edge of a bin count */
    bool counted;  /* a bin count: the last edge is of its own */
    bool to_float; /* rounded to float32 */
} edges;

static double edge(const edges *e, int64_t i)
{
    if (e->counted && i == e->n - 1) return e->last;
    return e->to_float ? (double)(float)(e->lo + (double)i * e->step) : e->lo + (double)i * e->step;
}

RML_HOT static void range_of(const double *values, int64_t n, double *lowest, double *highest)
{
    enum { LANES = 8 };
    double low[LANES], high[LANES];
    const int64_t whole = n - n % LANES;

    for (int l = 0; l < LANES; ++l) low[l] = high[l] = values[0];
    for (int64_t i = 0; i < whole; i += LANES)
        for (int l = 0; l < LANES; ++l) {
            const double v = values[i + l];
            low[l] = v < low[l] ? v : low[l];
            high[l] = v > high[l] ? v : high[l];
        }
    for (int64_t i = whole; i < n; ++i) {
        low[0] = values[i] < low[0] ? values[i] : low[0];
        high[0] = values[i] > high[0] ? values[i] : high[0];
    }
    *lowest = low[0];
    *highest = high[0];
    for (int l = 1; l < LANES; ++l) {
        if (low[l] < *lowest) *lowest = low[l];
        if (high[l] > *highest) *highest = high[l];
    }
}

/* x mod w with the sign of w, as Python has it. */
static double floored_mod(double x, double w)
{
    const double rest = fmod(x, w);

    return rest != 0.0 && (rest < 0.0) != (w < 0.0) ? rest + w : rest;
}

static rml_status edges_of_width(double low, double high, double width, edges *e)
{
    double n;

    e->lo = low - floored_mod(low, width);
    e->step = (e->lo + width) - e->lo;
    n = ceil((high + 2 * width - e->lo) / width);
    /* The comparison is false for NaN, which a range beyond a double leaves. */
    if (!(n <= INT32_MAX)) return RML_ESETTING;
    e->n = (int64_t)n;
    return RML_OK;
}

static rml_status edges_of_count(double low, double high, int32_t count, rml_scalar type, edges *e)
{
    double first = low, last = high;

    if (low == high) {
        first -= 0.5;
        last += 0.5;
    }
    e->counted = true;
    e->to_float = type == RML_FLOAT32;
    e->n = (int64_t)count + 1;
    e->lo = first;
    e->step = (last - first) / count;
    if (!isfinite(e->step)) return RML_ESETTING;
    if (e->to_float)
        e->last = (double)((float)last + 1.0f);
    else
        e->last = last + 1.0;
    return RML_OK;
}

/* The number of edges not above x, for edges that a guess may miss by more than one. */
static int32_t bisect(const edges *e, double x)
{
    int64_t not_above = 0, above = e->n; /* edges before not_above are <= x, from above on they are > x */

    while (not_above < above) {
        const int64_t middle = not_above + (above - not_above) / 2;
        if (edge(e, middle) <= x)
            not_above = middle + 1;
        else
            above = middle;
    }
    return (int32_t)not_above;
}

/* The guess is right or one off. Edges lo + i*step alone: the last edge of a bin count, above every value, stays out.
 */
RML_HOT static void count_edges(const double *values, int64_t n, double lo, double step, int32_t n_edges, int32_t *bins)
{
    const double inverse = 1 / step;

    for (int64_t i = 0; i < n; ++i) {
        const double x = values[i];
        int32_t k = (int32_t)((x - lo) * inverse); /* x >= lo */
        k = k < n_edges - 1 ? k : n_edges - 1;
        k += (lo + (k + 1) * step <= x) & (k < n_edges - 1);
        k -= lo + k * step > x;
        bins[i] = k + 1;
    }
}

RML_HOT static void count_float_edges(const double *values, int64_t n, double lo, double step, int32_t n_edges,
                                      int32_t *bins)
{
    const double inverse = 1 / step;

    for (int64_t i = 0; i < n; ++i) {
        const double x = values[i];
        int32_t k = (int32_t)((x - lo) * inverse);
        k = k < n_edges - 1 ? k : n_edges - 1;
        k += ((double)(float)(lo + (k + 1) * step) <= x) & (k < n_edges - 1);
        k -= (double)(float)(lo + k * step) > x;
        bins[i] = k + 1;
    }
}

rml_status rml_discretise(const double *values, int64_t n, const rml_binning *binning, rml_scalar type, int32_t *bins)
{
    edges e = {0};
    double low, high, size, grain;
    rml_status status;

    if (binning->count < 1 && !(binning->width > 0.0 && isfinite(binning->width))) return RML_EINVAL;
    if (n < 1) return RML_EEMPTY;
    range_of(values, n, &low, &high);
    status = binning->count > 0 ? edges_of_count(low, high, binning->count, type, &e)
                                : edges_of_width(low, high, binning->width, &e);
    if (status != RML_OK) return status;

    /* How far rounding can move an edge or the guess, against the distance of edges. */
    size = fmax(fabs(low), fabs(high)) + fabs(e.lo);
    grain = size * (e.to_float ? 0x1p-22 : 0x1p-50);
    if (!(grain < e.step / 4)) {
        for (int64_t i = 0; i < n; ++i) bins[i] = bisect(&e, values[i]);
        return RML_OK;
    }
    if (e.to_float)
        count_float_edges(values, n, e.lo, e.step, (int32_t)e.n - 1, bins);
    else
        count_edges(values, n, e.lo, e.step, (int32_t)(e.counted ? e.n - 1 : e.n), bins);
    return RML_OK;
}
