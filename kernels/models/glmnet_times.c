#include "kernels/models/glmnet_times.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#define AFTER (100.0 * 2.220446049250313e-16) /* what glmnet adds to the times of the censored */
#define SHORT 10                              /* a longer part is cut in two */

static void swap(int64_t *a, int64_t *b)
{
    const int64_t kept = *a;

    *a = *b;
    *b = kept;
}

static void insert_in_order(const double *v, int64_t *order, int64_t low, int64_t high)
{
    for (int64_t i = low + 1; i <= high; ++i) {
        const int64_t row = order[i];
        int64_t k = i;

        for (; k > low && v[order[k - 1]] > v[row]; --k) order[k] = order[k - 1];
        order[k] = row;
    }
}

/* Singleton's order of places low to high, ties included. Only the part that begins the whole is cut down to single
 * rows; that, and which of the three is the pivot, decides about ties. */
static void sort_part(const double *v, int64_t *order, int64_t low, int64_t high, bool is_first)
{
    while (is_first ? low < high : high - low > SHORT) {
        int64_t *const middle = &order[(low + high) / 2];
        int64_t left = low, right = high;
        double pivot;

        if (v[order[low]] > v[*middle]) swap(&order[low], middle);
        if (v[order[high]] < v[*middle]) {
            swap(&order[high], middle);
            if (v[order[low]] > v[*middle]) swap(&order[low], middle);
        }
        pivot = v[*middle];
        for (;;) {
            do --right;
            while (v[order[right]] > pivot);
            do ++left;
            while (v[order[left]] < pivot);
            if (left > right) break;
            swap(&order[left], &order[right]);
        }
        if (right - low <= high - left) { /* the shorter one first, so that calls nest no deeper than log2 n */
            sort_part(v, order, low, right, is_first);
            low = left;
            is_first = false;
        } else {
            sort_part(v, order, left, high, false);
            high = right;
        }
    }
    if (!is_first) insert_in_order(v, order, low, high);
}

rml_status rml_glmnet_times_shift(const double *time, const uint8_t *event, const double *weight, int64_t n,
                                  double *seen)
{
    int64_t *order = calloc((size_t)n + 1, sizeof *order);
    double first = INFINITY, met = -INFINITY; /* moments: of all, and so far */

    if (!order) return RML_ENOMEM;
    for (int64_t i = 0; i < n; ++i) {
        order[i] = i;
        seen[i] = event[i] ? time[i] : time[i] + AFTER;
    }
    sort_part(seen, order, 0, n - 1, true);
    for (int64_t i = 0; i < n; ++i) {
        seen[i] = time[i];
        if (event[i] && !(weight && weight[i] == 0.0)) first = fmin(first, time[i]);
    }
    for (int64_t i = 0; i < n; ++i) { /* the first moment takes in who comes before its event */
        const int64_t row = order[i];

        if (event[row] && !(weight && weight[row] == 0.0))
            met = time[row];
        else if (time[row] > first && time[row] > met)
            seen[row] = 0.5 * (met + time[row]);
    }
    free(order);
    return RML_OK;
}
