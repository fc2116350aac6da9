#include "kernels/stats/rank.h"

#include <math.h>
#include <string.h>

#define SHORT_RUN 16 /* sorted by insertion */

static void insert(rml_ranked *items, int64_t n)
{
    for (int64_t i = 1; i < n; ++i) {
        const rml_ranked item = items[i];
        int64_t j = i;

        for (; j > 0 && items[j - 1].value > item.value; --j) items[j] = items[j - 1];
        items[j] = item;
    }
}

/* Two neighbouring sorted runs into one; of equal values the left one first. */
static void merge(const rml_ranked *left, int64_t n_left, const rml_ranked *right, int64_t n_right, rml_ranked *out)
{
    int64_t i = 0, j = 0;

    while (i < n_left && j < n_right) *out++ = right[j].value < left[i].value ? right[j++] : left[i++];
    memcpy(out, left + i, (size_t)(n_left - i) * sizeof *out);
    memcpy(out + (n_left - i), right + j, (size_t)(n_right - j) * sizeof *out);
}

rml_status rml_rank_sort(const double *x, int64_t n, rml_ranked *items)
{
    rml_ranked *from = items, *to = items + n;

    for (int64_t i = 0; i < n; ++i) {
        if (isnan(x[i])) return RML_EVALUE;
        items[i] = (rml_ranked){.value = x[i], .row = i};
    }
    for (int64_t i = 0; i < n; i += SHORT_RUN) insert(items + i, n - i < SHORT_RUN ? n - i : SHORT_RUN);
    for (int64_t run = SHORT_RUN; run < n; run *= 2) {
        rml_ranked *other = from;

        for (int64_t i = 0; i < n; i += 2 * run) {
            const int64_t n_left = n - i < run ? n - i : run;
            const int64_t n_right = n - i - n_left < run ? n - i - n_left : run;

            merge(from + i, n_left, from + i + n_left, n_right, to + i);
        }
        from = to;
        to = other;
    }
    if (from != items) memcpy(items, from, (size_t)n * sizeof *items);
    return RML_OK;
}

rml_status rml_rank_middle(const double *x, int64_t n, rml_ranked *items, double *rank, double *ties)
{
    const rml_status status = rml_rank_sort(x, n, items);
    double sum = 0.0;

    if (ties) *ties = NAN;
    if (status != RML_OK) {
        for (int64_t i = 0; i < n; ++i) rank[i] = NAN;
        return status;
    }
    for (int64_t first = 0, end; first < n; first = end) {
        double t, middle;

        for (end = first + 1; end < n && items[end].value == items[first].value; ++end) {
        }
        t = (double)(end - first);
        middle = 0.5 * (double)(first + 1 + end);
        for (int64_t i = first; i < end; ++i) rank[items[i].row] = middle;
        sum += (t * t - 1.0) * t;
    }
    if (ties) *ties = sum;
    return RML_OK;
}
