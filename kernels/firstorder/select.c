#include "kernels/firstorder/select.h"

/* Quickselect on the median of three, with three ways, so that many equal values do not make it quadratic. */
double rml_select_rank(double *x, int64_t n, int64_t k)
{
    int64_t first = 0, last = n - 1;

    while (first < last) {
        const double a = x[first], b = x[first + (last - first) / 2], c = x[last];
        const double pivot = a < b ? (b < c ? b : a < c ? c : a) : (a < c ? a : b < c ? c : b);
        int64_t below = first, i = first, above = last;
        while (i <= above) {
            const double v = x[i];
            if (v < pivot) {
                x[i++] = x[below];
                x[below++] = v;
            } else if (v > pivot) {
                x[i] = x[above];
                x[above--] = v;
            } else {
                ++i;
            }
        }
        if (k < below)
            last = below - 1;
        else if (k > above)
            first = above + 1;
        else
            return pivot;
    }
    return x[first];
}
