/* 1. Distances and means
 * 2. From given centres
 * 3. From drawn centres
 * 4. What clusters are worth */
#include "kernels/stats/kmeans.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/base/rng.h"

enum { MOST_STEPS = 1000 };

/* 1. Distances and means ------------------------------------------------------------------------------------------- */

static double squared(const double *a, const double *b, int32_t p)
{
    double sum = 0.0;

    for (int32_t j = 0; j < p; ++j) sum += (a[j] - b[j]) * (a[j] - b[j]);
    return sum;
}

int32_t rml_kmeans_nearest(const double *row, int32_t p, const double *centres, int32_t k)
{
    double least = INFINITY;
    int32_t nearest = -1;

    for (int32_t c = 0; c < k; ++c) {
        const double distance = squared(row, centres + (int64_t)c * p, p);

        if (distance < least) {
            least = distance;
            nearest = c;
        }
    }
    return nearest;
}

static void take_means(const double *x, int32_t n, int32_t p, int32_t k, const int32_t *label, int32_t *size,
                       double *centres)
{
    memset(size, 0, (size_t)k * sizeof *size);
    memset(centres, 0, (size_t)k * (size_t)p * sizeof *centres);
    for (int32_t i = 0; i < n; ++i) {
        ++size[label[i]];
        for (int32_t j = 0; j < p; ++j) centres[(int64_t)label[i] * p + j] += x[(int64_t)i * p + j];
    }
    for (int32_t c = 0; c < k; ++c)
        for (int32_t j = 0; j < p && size[c] > 0; ++j) centres[(int64_t)c * p + j] /= size[c];
}

static rml_status check(const double *x, int32_t n, int32_t p, int32_t k)
{
    if (n < 1 || p < 1 || k < 1 || k > n) return RML_EINVAL;
    for (int64_t i = 0; i < (int64_t)n * p; ++i)
        if (!isfinite(x[i])) return RML_EVALUE;
    return RML_OK;
}

/* 2. From given centres -------------------------------------------------------------------------------------------- */

/* Every cluster without rows takes the row farthest from its own centre, of those that are not alone. */
static void fill_empty(const double *x, int32_t n, int32_t p, int32_t k, const double *centres, int32_t *label,
                       int32_t *size)
{
    for (int32_t c = 0; c < k; ++c) {
        int32_t farthest = -1;
        double most = -1.0;

        if (size[c] > 0) continue;
        for (int32_t i = 0; i < n; ++i) {
            const double distance = squared(x + (int64_t)i * p, centres + (int64_t)label[i] * p, p);

            if (size[label[i]] > 1 && distance > most) {
                most = distance;
                farthest = i;
            }
        }
        if (farthest < 0) continue; /* k is at most n: there is one */
        --size[label[farthest]];
        label[farthest] = c;
        size[c] = 1;
    }
}

/* One pass of single moves; the means follow every move. Taking i out of its cluster of m rows lowers the sum by
 * m / (m - 1) of its squared distance, into one of m rows raises it by m / (m + 1): the gain must be more than
 * rounding, or two clusters could pass a row to and fro. */
static bool move_rows(const double *x, int32_t n, int32_t p, int32_t k, int32_t *label, int32_t *size, double *centres)
{
    bool moved = false;

    for (int32_t i = 0; i < n; ++i) {
        const double *row = x + (int64_t)i * p;
        const int32_t own = label[i];
        double out, least = INFINITY;
        int32_t to = -1;

        if (size[own] < 2) continue;
        out = squared(row, centres + (int64_t)own * p, p) * size[own] / (size[own] - 1);
        for (int32_t c = 0; c < k; ++c) {
            const double into = squared(row, centres + (int64_t)c * p, p) * size[c] / (size[c] + 1);

            if (c != own && into < least) {
                least = into;
                to = c;
            }
        }
        if (to < 0 || !(least < out * (1.0 - 1e-12))) continue;
        for (int32_t j = 0; j < p; ++j) {
            double *from = centres + (int64_t)own * p + j, *into = centres + (int64_t)to * p + j;

            *from += (*from - row[j]) / (size[own] - 1);
            *into += (row[j] - *into) / (size[to] + 1);
        }
        --size[own];
        ++size[to];
        label[i] = to;
        moved = true;
    }
    return moved;
}

/* Until no row moves; false after MOST_STEPS. */
static bool lloyd(const double *x, int32_t n, int32_t p, int32_t k, double *centres, int32_t *label, int32_t *size,
                  int32_t *n_steps)
{
    for (bool changed = true; changed; ++*n_steps) {
        if (*n_steps == MOST_STEPS) return false;
        changed = false;
        memset(size, 0, (size_t)k * sizeof *size);
        for (int32_t i = 0; i < n; ++i) {
            const double *row = x + (int64_t)i * p;
            const int32_t to = rml_kmeans_nearest(row, p, centres, k);

            /* as near as ever: it stays, or rows that are the same could go round for ever */
            if (label[i] < 0 ||
                squared(row, centres + (int64_t)to * p, p) < squared(row, centres + (int64_t)label[i] * p, p)) {
                changed = true;
                label[i] = to;
            }
            ++size[label[i]];
        }
        fill_empty(x, n, p, k, centres, label, size);
        take_means(x, n, p, k, label, size, centres);
    }
    return true;
}

rml_status rml_kmeans_from(const double *x, int32_t n, int32_t p, int32_t k, bool moves, double *centres,
                           int32_t *label, rml_kmeans *result)
{
    rml_status status = check(x, n, p, k);
    int32_t *size;
    bool ended;

    *result = (rml_kmeans){NAN, 0};
    for (int64_t i = 0; status == RML_OK && i < (int64_t)k * p; ++i)
        if (!isfinite(centres[i])) status = RML_EVALUE;
    if (status != RML_OK) return status;
    size = malloc((size_t)k * sizeof *size);
    if (!size) return RML_ENOMEM;
    for (int32_t i = 0; i < n; ++i) label[i] = -1;
    do {
        ended = lloyd(x, n, p, k, centres, label, size, &result->n_steps);
    } while (ended && moves && move_rows(x, n, p, k, label, size, centres));
    result->within = 0.0;
    for (int32_t i = 0; i < n; ++i) result->within += squared(x + (int64_t)i * p, centres + (int64_t)label[i] * p, p);
    free(size);
    return ended ? RML_OK : RML_ECAPACITY;
}

/* 3. From drawn centres -------------------------------------------------------------------------------------------- */

void rml_clusters_renumber(int32_t *label, int32_t n, int32_t n_labels, int32_t *map)
{
    int32_t next = 0;

    for (int32_t c = 0; c < n_labels; ++c) map[c] = -1;
    for (int32_t i = 0; i < n; ++i) {
        if (map[label[i]] < 0) map[label[i]] = next++;
        label[i] = map[label[i]];
    }
}

/* k-means++: each centre a row, drawn by its squared distance to the nearest one so far. distance: [n] room. */
static void draw_centres(const double *x, int32_t n, int32_t p, int32_t k, uint64_t seed, uint64_t stream,
                         double *distance, double *centres)
{
    for (int32_t c = 0; c < k; ++c) {
        double sum = 0.0, at;
        int32_t chosen = (int32_t)(rml_rng_uniform(seed, stream, 0) * n);

        for (int32_t i = 0; c > 0 && i < n; ++i) {
            const double last = squared(x + (int64_t)i * p, centres + (int64_t)(c - 1) * p, p);

            distance[i] = c == 1 ? last : fmin(distance[i], last);
            sum += distance[i];
        }
        at = rml_rng_uniform(seed, stream, (uint64_t)c) * sum;
        if (c > 0) chosen = n - 1;
        for (int32_t i = 0; c > 0 && i < n; ++i) {
            at -= distance[i];
            if (at < 0.0) {
                chosen = i;
                break;
            }
        }
        memcpy(centres + (int64_t)c * p, x + (int64_t)chosen * p, (size_t)p * sizeof *centres);
    }
}

rml_status rml_kmeans_fit(const double *x, int32_t n, int32_t p, int32_t k, int32_t n_starts, uint64_t seed,
                          uint64_t stream, double *centres, int32_t *label, rml_kmeans *result)
{
    rml_status status = check(x, n, p, k);
    double *distance = NULL, *own = NULL;
    int32_t *own_label = NULL, *map = NULL;

    *result = (rml_kmeans){NAN, 0};
    if (status == RML_OK && n_starts < 1) status = RML_EINVAL;
    if (status != RML_OK) return status;
    distance = malloc((size_t)n * sizeof *distance);
    own = calloc((size_t)k * (size_t)p, sizeof *own);
    own_label = malloc((size_t)n * sizeof *own_label);
    map = malloc((size_t)k * sizeof *map);
    if (!distance || !own || !own_label || !map) status = RML_ENOMEM;
    for (int32_t s = 0; status == RML_OK && s < n_starts; ++s) {
        rml_kmeans one;

        draw_centres(x, n, p, k, seed, stream + (uint64_t)s, distance, own);
        status = rml_kmeans_from(x, n, p, k, true, own, own_label, &one);
        if (status != RML_OK || !(s == 0 || one.within < result->within * (1.0 - 1e-12))) continue;
        *result = one;
        memcpy(label, own_label, (size_t)n * sizeof *label);
    }
    if (status == RML_OK) {
        rml_clusters_renumber(label, n, k, map);
        take_means(x, n, p, k, label, map, centres);
    }
    free(distance);
    free(own);
    free(own_label);
    free(map);
    return status;
}

/* 4. What clusters are worth --------------------------------------------------------------------------------------- */

rml_status rml_kmeans_silhouette(const double *x, int32_t n, int32_t p, const int32_t *label, int32_t k,
                                 double *silhouette)
{
    rml_status status = check(x, n, p, k);
    int32_t *size, n_filled = 0;
    double *sum, total = 0.0;

    *silhouette = NAN;
    if (status != RML_OK) return status;
    size = calloc((size_t)k, sizeof *size);
    sum = malloc((size_t)k * sizeof *sum);
    if (!size || !sum) status = RML_ENOMEM;
    for (int32_t i = 0; status == RML_OK && i < n; ++i) n_filled += size[label[i]]++ == 0;
    if (status == RML_OK && n_filled < 2) status = RML_EEMPTY;
    for (int32_t i = 0; status == RML_OK && i < n; ++i) {
        double own, other = INFINITY;

        memset(sum, 0, (size_t)k * sizeof *sum);
        for (int32_t j = 0; j < n; ++j) sum[label[j]] += sqrt(squared(x + (int64_t)i * p, x + (int64_t)j * p, p));
        if (size[label[i]] < 2) continue;
        own = sum[label[i]] / (size[label[i]] - 1);
        for (int32_t c = 0; c < k; ++c)
            if (c != label[i] && size[c] > 0) other = fmin(other, sum[c] / size[c]);
        if (fmax(own, other) > 0.0) total += (other - own) / fmax(own, other);
    }
    if (status == RML_OK) *silhouette = total / n;
    free(size);
    free(sum);
    return status;
}
