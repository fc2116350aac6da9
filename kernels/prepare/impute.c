#include "kernels/prepare/impute.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/prepare/sorted.h"

rml_status rml_impute_init(rml_impute *fitted, int64_t n_rows, int32_t n_columns)
{
    const size_t n = n_rows > 0 ? (size_t)n_rows : 0, p = n_columns > 0 ? (size_t)n_columns : 0;
    double *memory;

    *fitted = (rml_impute){.n_rows = n_rows, .n_columns = n_columns};
    if (n_rows < 0 || n_columns < 0) return RML_EINVAL;
    memory = malloc((n * p + p) * sizeof(double) + p * sizeof(int32_t) + 1);
    if (!memory) return RML_ENOMEM;
    for (size_t i = 0; i < n * p + p; ++i) memory[i] = NAN;
    fitted->memory = fitted->fill = memory;
    fitted->x = n > 0 ? memory + p : NULL;
    fitted->empty = (int32_t *)(memory + p + n * p);
    memset(fitted->empty, 0, p * sizeof(int32_t));
    return RML_OK;
}

void rml_impute_free(rml_impute *fitted)
{
    if (!fitted) return;
    free(fitted->memory);
    *fitted = (rml_impute){0};
}

static bool any_infinite(const rml_columns *x)
{
    for (int32_t j = 0; j < x->n_columns; ++j)
        for (int64_t i = 0; i < x->n_rows; ++i)
            if (isinf(rml_column(x, j)[i])) return true;
    return false;
}

rml_status rml_impute_fit(const rml_columns *x, const rml_impute_settings *settings, rml_impute *fitted)
{
    const bool nearest = settings->kind == RML_IMPUTE_NEAREST;
    const int64_t n = x->n_rows;
    double *work;
    rml_status status = rml_impute_init(fitted, nearest ? n : 0, x->n_columns);

    if (status != RML_OK) return status;
    fitted->settings = *settings;
    if (n < 1 || (nearest && settings->n_neighbours < 1)) return RML_EINVAL;
    if (any_infinite(x)) return RML_EVALUE;
    work = calloc((size_t)n, sizeof *work);
    if (!work) return RML_ENOMEM;
    for (int32_t j = 0; j < x->n_columns; ++j) {
        const int64_t m = rml_observed(rml_column(x, j), n, work);
        double sum = 0.0;

        if (nearest) memcpy(fitted->x + j * n, rml_column(x, j), (size_t)n * sizeof *work);
        if (m == 0) {
            fitted->empty[fitted->n_empty++] = j;
        } else if (nearest) {
            for (int64_t i = 0; i < m; ++i) sum += work[i];
            fitted->fill[j] = sum / (double)m;
        } else {
            rml_sort(work, m);
            fitted->fill[j] = rml_sorted_median(work, m);
        }
    }
    free(work);
    return RML_OK;
}

/* Adds a column's part to the squared distances of all training rows from a row that has `value` there. */
RML_HOT static void add_squares(double value, const double *restrict x, int64_t n, double *restrict squares,
                                double *restrict shared)
{
    for (int64_t i = 0; i < n; ++i) {
        const double d = value - x[i];
        const bool seen = d == d; /* neither is missing */

        squares[i] += seen ? d * d : 0.0;
        shared[i] += seen ? 1.0 : 0.0;
    }
}

/* A training row and its squared distance but for the factor p. */
typedef struct neighbour {
    double distance;
    int64_t row;
} neighbour;

static inline bool nearer(const neighbour *a, const neighbour *b)
{
    return a->distance < b->distance || (a->distance == b->distance && a->row < b->row);
}

static void sift_down(neighbour *heap, int64_t root, int64_t n)
{
    const neighbour moved = heap[root];

    for (int64_t child; (child = 2 * root + 1) < n; root = child) {
        if (child + 1 < n && nearer(&heap[child], &heap[child + 1])) ++child;
        if (!nearer(&moved, &heap[child])) break;
        heap[root] = heap[child];
    }
    heap[root] = moved;
}

static void sort_neighbours(neighbour *all, int64_t n)
{
    for (int64_t root = n / 2; root > 0; --root) sift_down(all, root - 1, n);
    for (int64_t last = n - 1; last > 0; --last) {
        const neighbour top = all[0];

        all[0] = all[last];
        all[last] = top;
        sift_down(all, 0, last);
    }
}

/* The value of column j for a row whose training rows stand in the order of their distance. */
static double value_from(const rml_impute *f, int32_t j, const neighbour *all, int64_t n)
{
    const double *x = f->x + j * f->n_rows;
    double sum = 0.0, weight = 0.0;
    bool exact = false; /* at distance 0: 1 / distance makes these the only ones */
    int32_t taken = 0;

    for (int64_t i = 0; i < n && taken < f->settings.n_neighbours; ++i) {
        double w = 1.0;

        if (isnan(x[all[i].row])) continue;
        if (f->settings.by_distance) {
            if (exact && all[i].distance > 0.0) break;
            exact = all[i].distance == 0.0;
            w = exact ? 1.0 : 1.0 / sqrt(all[i].distance);
        }
        sum += w * x[all[i].row];
        weight += w;
        ++taken;
    }
    return taken > 0 ? sum / weight : f->fill[j];
}

static void fill_row(const rml_impute *f, const rml_columns *x, int64_t i, double *out, int64_t stride, double *work,
                     neighbour *all)
{
    double *squares = work, *shared = work + f->n_rows;
    int64_t n = 0;

    for (int64_t r = 0; r < 2 * f->n_rows; ++r) work[r] = 0.0;
    for (int32_t j = 0; j < x->n_columns; ++j)
        if (!isnan(rml_column(x, j)[i]))
            add_squares(rml_column(x, j)[i], f->x + j * f->n_rows, f->n_rows, squares, shared);
    for (int64_t r = 0; r < f->n_rows; ++r)
        if (shared[r] > 0.0) all[n++] = (neighbour){squares[r] / shared[r], r};
    sort_neighbours(all, n);
    for (int32_t j = 0; j < x->n_columns; ++j)
        if (isnan(rml_column(x, j)[i])) out[j * stride + i] = value_from(f, j, all, n);
}

static bool has_gap(const rml_columns *x, int64_t i)
{
    for (int32_t j = 0; j < x->n_columns; ++j)
        if (isnan(rml_column(x, j)[i])) return true;
    return false;
}

rml_status rml_impute_apply(const rml_impute *fitted, const rml_columns *x, double *out, int64_t stride)
{
    const bool nearest = fitted->settings.kind == RML_IMPUTE_NEAREST;
    const size_t n = (size_t)fitted->n_rows;
    double *work = NULL;

    if (x->n_columns != fitted->n_columns) return RML_EINVAL;
    if (any_infinite(x)) return RML_EVALUE;
    if (nearest) {
        work = calloc(n, 2 * sizeof *work + sizeof(neighbour));
        if (!work) return RML_ENOMEM;
    }
    for (int32_t j = 0; j < x->n_columns; ++j) {
        const double *from = rml_column(x, j);
        double *to = out + j * stride;

        for (int64_t i = 0; i < x->n_rows; ++i) to[i] = isnan(from[i]) && !nearest ? fitted->fill[j] : from[i];
    }
    for (int64_t i = 0; nearest && i < x->n_rows; ++i)
        if (has_gap(x, i)) fill_row(fitted, x, i, out, stride, work, (neighbour *)(work + 2 * n));
    free(work);
    return RML_OK;
}
