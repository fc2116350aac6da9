/* 1. Distances and means
 * 2. From given centres
 * 3. From drawn centres
 * 4. What clusters are worth */
#include "kernels/stats/kmeans.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/base/attributes.h"
#include "kernels/base/rng.h"

enum { MOST_STEPS = 1000 };

/* 1. Distances and means ------------------------------------------------------------------------------------------- */

static double squared(const double *a, const double *b, int32_t p)
{
    double sum = 0.0;

    for (int32_t j = 0; j < p; ++j) sum += (a[j] - b[j]) * (a[j] - b[j]);
    return sum;
}

/* Rows and centres that are taken at a time. Every sum is added up as `squared` does, from the first column to the
 * last, so that no bit changes; side by side they need not wait for each other. */
enum { ROWS = 8, LANES = 4 };

static int32_t whole_lanes(int32_t k)
{
    return (k + LANES - 1) / LANES * LANES;
}

/* A centre's place among LANES of them: turned[j * LANES + c % LANES] behind all columns of the LANES before. */
static void turn(const double *centre, int32_t p, int32_t c, double *turned)
{
    double *lane = turned + (int64_t)(c / LANES) * LANES * p + c % LANES;

    for (int32_t j = 0; j < p; ++j) lane[(int64_t)j * LANES] = centre[j];
}

typedef double lanes __attribute__((vector_size(LANES * sizeof(double))));

RML_HOT
static void squared_block(const double *const row[ROWS], int32_t p, const double *turned, double out[ROWS][LANES])
{
    lanes sum[ROWS] = {{0.0}};

    for (int32_t j = 0; j < p; ++j) {
        lanes centre;

        memcpy(&centre, turned + (int64_t)j * LANES, sizeof centre);
        for (int r = 0; r < ROWS; ++r) {
            const lanes off = row[r][j] - centre;

            sum[r] += off * off;
        }
    }
    memcpy(out, sum, sizeof sum);
}

/* Of rows first .. first + m - 1, m at most ROWS, to all of k centres that were turned: distance[r * whole_lanes(k) +
 * c]. What stands beyond the k-th is of no centre. */
static void distances_of(const double *x, int32_t first, int32_t m, int32_t p, const double *turned, int32_t k,
                         double *distance)
{
    const int32_t wide = whole_lanes(k);
    const double *row[ROWS];
    double out[ROWS][LANES];

    for (int32_t r = 0; r < ROWS; ++r) row[r] = x + (int64_t)(first + (r < m ? r : m - 1)) * p;
    for (int32_t c = 0; c < wide; c += LANES) {
        squared_block(row, p, turned + (int64_t)c * p, out);
        for (int32_t r = 0; r < m; ++r) memcpy(distance + (int64_t)r * wide + c, out[r], sizeof out[r]);
    }
}

static int32_t rows_at(int32_t first, int32_t n)
{
    return n - first < ROWS ? n - first : ROWS;
}

/* What a search for clusters works with. */
typedef struct rml_kmeans_work {
    double *turned;   /* [whole_lanes(k) * p] */
    double *distance; /* [ROWS * whole_lanes(k)] */
    double *sum;      /* [k * p] */
    int32_t *size;    /* [k] */
} rml_kmeans_work;

static void free_work(rml_kmeans_work *w)
{
    free(w->turned);
    free(w->distance);
    free(w->sum);
    free(w->size);
}

static rml_status make_work(int32_t p, int32_t k, rml_kmeans_work *w)
{
    const size_t wide = (size_t)whole_lanes(k);

    *w = (rml_kmeans_work){.turned = calloc(wide * (size_t)p, sizeof *w->turned),
                           .distance = malloc(ROWS * wide * sizeof *w->distance),
                           .sum = malloc((size_t)k * (size_t)p * sizeof *w->sum),
                           .size = malloc((size_t)k * sizeof *w->size)};
    if (w->turned && w->distance && w->sum && w->size) return RML_OK;
    free_work(w);
    return RML_ENOMEM;
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

RML_HOT
static void add_row(const double *restrict row, int32_t p, double *restrict sum)
{
    for (int32_t j = 0; j < p; ++j) sum[j] += row[j];
}

static void means_of(int32_t p, int32_t k, const int32_t *size, double *sum)
{
    for (int32_t c = 0; c < k; ++c)
        for (int32_t j = 0; j < p && size[c] > 0; ++j) sum[(int64_t)c * p + j] /= size[c];
}

static void take_means(const double *x, int32_t n, int32_t p, int32_t k, const int32_t *label, int32_t *size,
                       double *centres)
{
    memset(size, 0, (size_t)k * sizeof *size);
    memset(centres, 0, (size_t)k * (size_t)p * sizeof *centres);
    for (int32_t i = 0; i < n; ++i) {
        ++size[label[i]];
        add_row(x + (int64_t)i * p, p, centres + (int64_t)label[i] * p);
    }
    means_of(p, k, size, centres);
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
static bool move_rows(const double *x, int32_t n, int32_t p, int32_t k, int32_t *label, double *centres,
                      rml_kmeans_work *w)
{
    const int32_t wide = whole_lanes(k);
    int32_t *size = w->size;
    bool moved = false;
    int32_t from = 0, until = 0; /* the rows whose distances are those to the centres as they are */

    for (int32_t c = 0; c < k; ++c) turn(centres + (int64_t)c * p, p, c, w->turned);
    for (int32_t i = 0; i < n; ++i) {
        const double *row = x + (int64_t)i * p, *distance;
        const int32_t own = label[i];
        double out, least = INFINITY;
        int32_t to = -1;

        if (i >= until) {
            from = i;
            until = i + rows_at(i, n);
            distances_of(x, from, until - from, p, w->turned, k, w->distance);
        }
        if (size[own] < 2) continue;
        distance = w->distance + (int64_t)(i - from) * wide;
        out = distance[own] * size[own] / (size[own] - 1);
        for (int32_t c = 0; c < k; ++c) {
            const double into = distance[c] * size[c] / (size[c] + 1);

            if (c != own && into < least) {
                least = into;
                to = c;
            }
        }
        if (to < 0 || !(least < out * (1.0 - 1e-12))) continue;
        for (int32_t j = 0; j < p; ++j) {
            double *out_of = centres + (int64_t)own * p + j, *into = centres + (int64_t)to * p + j;

            *out_of += (*out_of - row[j]) / (size[own] - 1);
            *into += (row[j] - *into) / (size[to] + 1);
        }
        turn(centres + (int64_t)own * p, p, own, w->turned);
        turn(centres + (int64_t)to * p, p, to, w->turned);
        until = i + 1;
        --size[own];
        ++size[to];
        label[i] = to;
        moved = true;
    }
    return moved;
}

/* Rows to their nearest centres; whether one moved. The sums of the clusters' rows are added up as each passes by, in
 * w->sum. As near as ever: it stays, or rows that are the same could go round for ever. */
static bool assign_rows(const double *x, int32_t n, int32_t p, int32_t k, const double *centres, int32_t *label,
                        rml_kmeans_work *w)
{
    const int32_t wide = whole_lanes(k);
    bool changed = false;

    memset(w->size, 0, (size_t)k * sizeof *w->size);
    memset(w->sum, 0, (size_t)k * (size_t)p * sizeof *w->sum);
    for (int32_t c = 0; c < k; ++c) turn(centres + (int64_t)c * p, p, c, w->turned);
    for (int32_t first = 0; first < n; first += ROWS) {
        const int32_t m = rows_at(first, n);

        distances_of(x, first, m, p, w->turned, k, w->distance);
        for (int32_t i = first; i < first + m; ++i) {
            const double *distance = w->distance + (int64_t)(i - first) * wide;
            int32_t to = 0;

            for (int32_t c = 1; c < k; ++c)
                if (distance[c] < distance[to]) to = c;
            if (label[i] < 0 || distance[to] < distance[label[i]]) {
                changed = true;
                label[i] = to;
            }
            ++w->size[label[i]];
            add_row(x + (int64_t)i * p, p, w->sum + (int64_t)label[i] * p);
        }
    }
    return changed;
}

/* Until no row moves; false after MOST_STEPS. */
static bool lloyd(const double *x, int32_t n, int32_t p, int32_t k, double *centres, int32_t *label, rml_kmeans_work *w,
                  int32_t *n_steps)
{
    for (bool changed = true; changed; ++*n_steps) {
        bool empty = false;

        if (*n_steps == MOST_STEPS) return false;
        changed = assign_rows(x, n, p, k, centres, label, w);
        for (int32_t c = 0; c < k; ++c) empty |= w->size[c] == 0;
        if (empty) {
            fill_empty(x, n, p, k, centres, label, w->size);
            take_means(x, n, p, k, label, w->size, centres);
        } else {
            means_of(p, k, w->size, w->sum);
            memcpy(centres, w->sum, (size_t)k * (size_t)p * sizeof *centres);
        }
    }
    return true;
}

/* Sum of squared distances to the own centre. */
static double sum_within(const double *x, int32_t n, int32_t p, int32_t k, const double *centres, const int32_t *label,
                         rml_kmeans_work *w)
{
    double sum = 0.0;

    for (int32_t c = 0; c < k; ++c) turn(centres + (int64_t)c * p, p, c, w->turned);
    for (int32_t first = 0; first < n; first += ROWS) {
        const int32_t m = rows_at(first, n);

        distances_of(x, first, m, p, w->turned, k, w->distance);
        for (int32_t r = 0; r < m; ++r) sum += w->distance[(int64_t)r * whole_lanes(k) + label[first + r]];
    }
    return sum;
}

rml_status rml_kmeans_from(const double *x, int32_t n, int32_t p, int32_t k, bool moves, double *centres,
                           int32_t *label, rml_kmeans *result)
{
    rml_status status = check(x, n, p, k);
    rml_kmeans_work work;
    bool ended;

    *result = (rml_kmeans){NAN, 0};
    for (int64_t i = 0; status == RML_OK && i < (int64_t)k * p; ++i)
        if (!isfinite(centres[i])) status = RML_EVALUE;
    if (status == RML_OK) status = make_work(p, k, &work);
    if (status != RML_OK) return status;
    for (int32_t i = 0; i < n; ++i) label[i] = -1;
    do {
        ended = lloyd(x, n, p, k, centres, label, &work, &result->n_steps);
    } while (ended && moves && move_rows(x, n, p, k, label, centres, &work));
    result->within = sum_within(x, n, p, k, centres, label, &work);
    free_work(&work);
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

/* k-means++: each centre a row, drawn by its squared distance to the nearest one so far. distance: [n] room; turned:
 * [LANES * p] */
static void draw_centres(const double *x, int32_t n, int32_t p, int32_t k, uint64_t seed, uint64_t stream,
                         double *distance, double *turned, double *centres)
{
    double block[ROWS * LANES];

    for (int32_t c = 0; c < k; ++c) {
        double sum = 0.0, at;
        int32_t chosen = (int32_t)(rml_rng_uniform(seed, stream, 0) * n);

        if (c > 0) turn(centres + (int64_t)(c - 1) * p, p, 0, turned);
        for (int32_t i = 0; c > 0 && i < n; ++i) {
            double last;

            if (i % ROWS == 0) distances_of(x, i, rows_at(i, n), p, turned, 1, block);
            last = block[(size_t)(i % ROWS) * LANES];
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
    double *distance = NULL, *turned = NULL, *own = NULL;
    int32_t *own_label = NULL, *map = NULL;

    *result = (rml_kmeans){NAN, 0};
    if (status == RML_OK && n_starts < 1) status = RML_EINVAL;
    if (status != RML_OK) return status;
    distance = malloc((size_t)n * sizeof *distance);
    turned = calloc(LANES * (size_t)p, sizeof *turned);
    own = calloc((size_t)k * (size_t)p, sizeof *own);
    own_label = malloc((size_t)n * sizeof *own_label);
    map = malloc((size_t)k * sizeof *map);
    if (!distance || !turned || !own || !own_label || !map) status = RML_ENOMEM;
    for (int32_t s = 0; status == RML_OK && s < n_starts; ++s) {
        rml_kmeans one;

        draw_centres(x, n, p, k, seed, stream + (uint64_t)s, distance, turned, own);
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
    free(turned);
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
    double *sum, *turned, block[ROWS * LANES], total = 0.0; /* sum: of each row, of its distances to each cluster's */

    *silhouette = NAN;
    if (status != RML_OK) return status;
    size = calloc((size_t)k, sizeof *size);
    sum = calloc((size_t)n * (size_t)k, sizeof *sum);
    turned = calloc(LANES * (size_t)p, sizeof *turned);
    if (!size || !sum || !turned) status = RML_ENOMEM;
    for (int32_t i = 0; status == RML_OK && i < n; ++i) n_filled += size[label[i]]++ == 0;
    if (status == RML_OK && n_filled < 2) status = RML_EEMPTY;
    for (int32_t j = 0; status == RML_OK && j < n; j += LANES) {
        const int32_t n_turned = n - j < LANES ? n - j : LANES;

        for (int32_t c = 0; c < n_turned; ++c) turn(x + (int64_t)(j + c) * p, p, c, turned);
        for (int32_t i = 0; i < n; ++i) {
            if (i % ROWS == 0) distances_of(x, i, rows_at(i, n), p, turned, n_turned, block);
            for (int32_t c = 0; c < n_turned; ++c)
                sum[(int64_t)i * k + label[j + c]] += sqrt(block[(size_t)(i % ROWS) * LANES + (size_t)c]);
        }
    }
    for (int32_t i = 0; status == RML_OK && i < n; ++i) {
        const double *of = sum + (int64_t)i * k;
        double own, other = INFINITY;

        if (size[label[i]] < 2) continue;
        own = of[label[i]] / (size[label[i]] - 1);
        for (int32_t c = 0; c < k; ++c)
            if (c != label[i] && size[c] > 0) other = fmin(other, of[c] / size[c]);
        if (fmax(own, other) > 0.0) total += (other - own) / fmax(own, other);
    }
    if (status == RML_OK) *silhouette = total / n;
    free(size);
    free(sum);
    free(turned);
    return status;
}
