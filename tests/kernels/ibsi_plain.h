/* IBSI-1's texture matrices by plain loops: counted anew for every aggregation, dense, voxel by voxel, and the features
 * by IBSI's formulas as double sums. */
#ifndef RML_TESTS_IBSI_PLAIN_H
#define RML_TESTS_IBSI_PLAIN_H

#include "kernels/ibsi/slices.h"
#include "tests/kernels/ibsi_texture_cases.h"

#define WHOLE (-1) /* in place of a slice */

typedef struct plain {
    dense matrix;
    double voxels; /* that were counted */
} plain;

typedef struct roi {
    picture image;
    uint8_t *morphological;
    int32_t distance; /* of NGLDM */
    int32_t alpha;
} roi;

/* 1. Matrices. A neighbour in another slice is none where a slice is counted. */

static inline int32_t grey_at(const roi *r, int32_t z, int64_t x, int64_t y, int64_t at_z)
{
    return z != WHOLE && at_z != z ? 0 : picture_get(&r->image, x, y, at_z);
}

static inline void add_pair(const roi *r, int32_t z, const int32_t at[3], const int32_t step[3], plain *m)
{
    const int32_t one = grey_at(r, z, at[0], at[1], at[2]);
    const int32_t other = grey_at(r, z, at[0] + step[0], at[1] + step[1], at[2] + step[2]);

    if (!other) return;
    *dense_at(&m->matrix, one, other) += 1.0;
    *dense_at(&m->matrix, other, one) += 1.0;
}

static inline void add_run(const roi *r, int32_t z, const int32_t at[3], const int32_t step[3], plain *m)
{
    const int32_t grey = grey_at(r, z, at[0], at[1], at[2]);
    int64_t length = 1;

    if (grey_at(r, z, at[0] - step[0], at[1] - step[1], at[2] - step[2]) == grey) return;
    while (grey_at(r, z, at[0] + length * step[0], at[1] + length * step[1], at[2] + length * step[2]) == grey)
        ++length;
    *dense_at(&m->matrix, grey, length) += 1.0;
}

static inline void add_dependence(const roi *r, int32_t z, const int32_t at[3], plain *m)
{
    const int32_t grey = grey_at(r, z, at[0], at[1], at[2]), reach = r->distance;
    int64_t dependence = 0;

    for (int32_t dz = -reach; dz <= reach; ++dz)
        for (int32_t dy = -reach; dy <= reach; ++dy)
            for (int32_t dx = -reach; dx <= reach; ++dx) {
                const int32_t other = grey_at(r, z, at[0] + dx, at[1] + dy, at[2] + dz);

                dependence += other != 0 && abs(other - grey) <= r->alpha;
            }
    *dense_at(&m->matrix, grey, dependence) += 1.0;
}

/* NGTDM: n in the first column, s in the second. */
static inline void add_difference(const roi *r, int32_t z, const int32_t at[3], plain *m)
{
    const int32_t grey = grey_at(r, z, at[0], at[1], at[2]);
    double sum = -grey, n = -1.0;

    for (int32_t dz = -1; dz <= 1; ++dz)
        for (int32_t dy = -1; dy <= 1; ++dy)
            for (int32_t dx = -1; dx <= 1; ++dx) {
                const int32_t other = grey_at(r, z, at[0] + dx, at[1] + dy, at[2] + dz);

                sum += other;
                n += other != 0;
            }
    if (n == 0.0) return;
    *dense_at(&m->matrix, grey, 1) += 1.0;
    *dense_at(&m->matrix, grey, 2) += fabs(grey - sum / n);
}

/* The erosions after which a voxel of the morphological mask is gone, by eroding it. malloc'ed. */
static inline int32_t *erosions(const roi *r, int32_t z)
{
    const int32_t *size = r->image.size;
    picture left = picture_new(size[0], size[1], size[2]), next = picture_new(size[0], size[1], size[2]);
    int32_t *depth = calloc((size_t)picture_cells(&left), sizeof *depth);
    bool any = true;

    for (int64_t v = 0; v < picture_cells(&left); ++v) left.grey[v] = r->morphological[v];
    while (any) {
        any = false;
        for (int32_t c = 0, v = 0; c < size[2]; ++c)
            for (int32_t b = 0; b < size[1]; ++b)
                for (int32_t a = 0; a < size[0]; ++a, ++v) {
                    const bool stays =
                        picture_get(&left, a - 1, b, c) && picture_get(&left, a + 1, b, c) &&
                        picture_get(&left, a, b - 1, c) && picture_get(&left, a, b + 1, c) &&
                        (z != WHOLE || (picture_get(&left, a, b, c - 1) && picture_get(&left, a, b, c + 1)));

                    depth[v] += left.grey[v];
                    next.grey[v] = left.grey[v] && stays;
                    any = any || next.grey[v];
                }
        memcpy(left.grey, next.grey, (size_t)picture_cells(&left) * sizeof *left.grey);
    }
    free(left.grey);
    free(next.grey);
    return depth;
}

/* Zones by flooding, by size or by the least depth. */
static inline void add_zones(const roi *r, int32_t z, bool by_distance, plain *m)
{
    const int32_t *size = r->image.size;
    const int64_t n = picture_cells(&r->image);
    int32_t *depth = erosions(r, z);
    int64_t *stack = malloc((size_t)n * sizeof *stack);
    bool *done = calloc((size_t)n, sizeof *done);

    for (int64_t v = 0; v < n; ++v) {
        const int64_t slice = (int64_t)size[0] * size[1];
        int64_t n_stack = 0, n_zone = 0;
        int32_t least = INT32_MAX;

        if (done[v] || !grey_at(r, z, v % size[0], v / size[0] % size[1], v / slice)) continue;
        stack[n_stack++] = v;
        done[v] = true;
        while (n_stack > 0) {
            const int64_t at = stack[--n_stack], x = at % size[0], y = at / size[0] % size[1], c = at / slice;

            ++n_zone;
            least = depth[at] < least ? depth[at] : least;
            for (int code = 0; code < 27; ++code) {
                const int64_t dx = code % 3 - 1, dy = code / 3 % 3 - 1, dz = code / 9 - 1;
                const int64_t to = at + dx + dy * size[0] + dz * slice;

                if (grey_at(r, z, x + dx, y + dy, c + dz) != r->image.grey[v] || done[to]) continue;
                done[to] = true;
                stack[n_stack++] = to;
            }
        }
        *dense_at(&m->matrix, r->image.grey[v], by_distance ? least : n_zone) += 1.0;
    }
    free(done);
    free(stack);
    free(depth);
}

static inline void add_matrix(const roi *r, rml_ibsi_texture family, int32_t z, const int32_t step[3], plain *m)
{
    if (family == RML_IBSI_GLSZM || family == RML_IBSI_GLDZM) add_zones(r, z, family == RML_IBSI_GLDZM, m);
    for (int32_t c = 0; c < r->image.size[2]; ++c)
        for (int32_t b = 0; b < r->image.size[1]; ++b)
            for (int32_t a = 0; a < r->image.size[0]; ++a) {
                const int32_t at[3] = {a, b, c};

                if (!grey_at(r, z, a, b, c)) continue;
                m->voxels += 1.0;
                if (family == RML_IBSI_GLCM) add_pair(r, z, at, step, m);
                if (family == RML_IBSI_GLRLM) add_run(r, z, at, step, m);
                if (family == RML_IBSI_NGTDM) add_difference(r, z, at, m);
                if (family == RML_IBSI_NGLDM) add_dependence(r, z, at, m);
            }
}

/* 2. Features */

static inline double entropy(double p)
{
    return p > 0.0 ? -p * log2(p) : 0.0;
}

/* In the catalogue's order; n_grey as N_g. */
static inline void glcm_values(const plain *m, int32_t n_grey, double *value)
{
    const int32_t n = m->matrix.n_greys;
    double total = 0.0, mean = 0.0, hx = 0.0, hxy1 = 0.0, hxy2 = 0.0, v[25] = {0};
    double *px = calloc((size_t)n + 1, sizeof *px), *sums = calloc((size_t)(2 * n) + 1, sizeof *sums),
           *differences = calloc((size_t)n + 1, sizeof *differences);

    for (int64_t c = 0; c < (int64_t)n * n; ++c) total += m->matrix.cell[c];
    for (int32_t i = 1; i <= n && total > 0.0; ++i)
        for (int32_t j = 1; j <= n; ++j) {
            const double p = *dense_at(&m->matrix, i, j) / total;

            px[i] += p;
            sums[i + j] += p;
            differences[abs(i - j)] += p;
            mean += p * i;
        }
    for (int32_t i = 1; i <= n && total > 0.0; ++i) {
        hx += entropy(px[i]);
        for (int32_t j = 1; j <= n; ++j) {
            const double p = *dense_at(&m->matrix, i, j) / total, d = abs(i - j), s = i + j - 2.0 * mean;

            v[0] = fmax(v[0], p);
            v[1] += p * i;
            v[2] += p * (i - mean) * (i - mean);
            v[3] += entropy(p);
            v[10] += p * p;
            v[11] += p * d * d;
            v[12] += p * d;
            v[13] += p / (1.0 + d);
            v[14] += p / (1.0 + d / n_grey);
            v[15] += p / (1.0 + d * d);
            v[16] += p / (1.0 + d * d / n_grey / n_grey);
            if (i != j) v[17] += p / (d * d);
            v[18] += p * (i - mean) * (j - mean);
            v[19] += p * i * j;
            v[20] += p * s * s;
            v[21] += p * s * s * s;
            v[22] += p * s * s * s * s;
            if (p > 0.0) hxy1 -= p * log2(px[i] * px[j]);
            hxy2 += entropy(px[i] * px[j]);
        }
    }
    for (int32_t k = 0; k < n; ++k) v[4] += differences[k] * k;
    for (int32_t k = 2; k <= 2 * n; ++k) v[7] += sums[k] * k;
    for (int32_t k = 0; k < n; ++k) {
        v[5] += differences[k] * (k - v[4]) * (k - v[4]);
        v[6] += entropy(differences[k]);
    }
    for (int32_t k = 2; k <= 2 * n; ++k) {
        v[8] += sums[k] * (k - v[7]) * (k - v[7]);
        v[9] += entropy(sums[k]);
    }
    v[18] = hx > 0.0 ? v[18] / v[2] : NAN;
    v[23] = hx > 0.0 ? (v[3] - hxy1) / hx : NAN;
    v[24] = sqrt(fmax(0.0, 1.0 - exp(-2.0 * (hxy2 - v[3]))));
    for (int f = 0; f < 25; ++f) value[f] = total > 0.0 ? v[f] : NAN;
    free(px);
    free(sums);
    free(differences);
}

static inline void ngtdm_values(const plain *m, double *value)
{
    const int32_t n = m->matrix.n_greys;
    double total = 0.0, s_sum = 0.0, ps = 0.0, n_levels = 0.0, spread = 0.0, busy = 0.0, complexity = 0.0,
           strength = 0.0;

    for (int32_t i = 1; i <= n; ++i) {
        total += *dense_at(&m->matrix, i, 1);
        s_sum += *dense_at(&m->matrix, i, 2);
        n_levels += *dense_at(&m->matrix, i, 1) > 0.0;
    }
    for (int32_t i = 1; i <= n; ++i) {
        const double pi = *dense_at(&m->matrix, i, 1) / total, si = *dense_at(&m->matrix, i, 2);

        ps += pi * si;
        for (int32_t j = 1; j <= n; ++j) {
            const double pj = *dense_at(&m->matrix, j, 1) / total, sj = *dense_at(&m->matrix, j, 2);

            if (!(pi > 0.0) || !(pj > 0.0)) continue;
            spread += pi * pj * (i - j) * (i - j);
            busy += fabs(i * pi - j * pj);
            complexity += abs(i - j) * (pi * si + pj * sj) / (pi + pj);
            strength += (pi + pj) * (i - j) * (i - j);
        }
    }
    value[0] = ps > 0.0 ? 1.0 / ps : 1e6;
    value[1] = n_levels > 1.0 ? spread / (n_levels * (n_levels - 1.0)) * s_sum / total : 0.0;
    value[2] = n_levels > 1.0 ? ps / busy : 0.0;
    value[3] = complexity / total;
    value[4] = s_sum > 0.0 ? strength / s_sum : 0.0;
    for (int f = 0; f < 5 && !(total > 0.0); ++f) value[f] = NAN;
}

static inline void plain_values(const plain *m, rml_ibsi_texture family, int32_t n_grey, double *value)
{
    static const char *const names[RML_IBSI_N_SIZES] = {
        "ShortEmphasis",     "LongEmphasis",
        "LowEmphasis",       "HighEmphasis",
        "ShortLow",          "ShortHigh",
        "LongLow",           "LongHigh",
        "GrayNonUniformity", "GrayNonUniformityNormalized",
        "SizeNonUniformity", "SizeNonUniformityNormalized",
        "RunPercentage",     "GrayLevelVariance",
        "SizeVariance",      "Entropy",
    };
    double total = 0.0, squares = 0.0;

    if (family == RML_IBSI_GLCM) {
        glcm_values(m, n_grey, value);
        return;
    }
    if (family == RML_IBSI_NGTDM) {
        ngtdm_values(m, value);
        return;
    }
    for (int f = 0; f < RML_IBSI_N_SIZES; ++f) value[f] = dense_feature(&m->matrix, names[f]);
    for (int64_t c = 0; c < m->matrix.n_greys * m->matrix.n_sizes; ++c) {
        total += m->matrix.cell[c];
        squares += m->matrix.cell[c] * m->matrix.cell[c];
    }
    value[12] = total / m->voxels;
    if (family == RML_IBSI_NGLDM) value[16] = squares / (total * total);
}

/* 3. Aggregations */

static inline bool any_in(const roi *r, int32_t z)
{
    const int64_t n = (int64_t)r->image.size[0] * r->image.size[1];

    for (int64_t v = z * n; v < (z + 1) * n; ++v)
        if (r->image.grey[v]) return true;
    return false;
}

static inline int64_t columns_of(const roi *r, rml_ibsi_texture family)
{
    if (family == RML_IBSI_GLCM) return picture_highest(&r->image);
    if (family == RML_IBSI_NGTDM) return 2;
    return family == RML_IBSI_NGLDM ? 125 : picture_cells(&r->image);
}

/* Averaged are the values of the matrices of each (slice, direction) that are not merged. */
static inline void plain_row(const roi *r, rml_ibsi_texture family, int row, double *value)
{
    const bool directional = family == RML_IBSI_GLCM || family == RML_IBSI_GLRLM,
               averaged = directional && row % 2 == 0;
    const int kind = directional ? row / 2 : row; /* 2D, 2.5D, 3D */
    const int n_steps = !directional ? 1 : kind == 2 ? RML_IBSI_STEPS : RML_IBSI_STEPS_2D;
    const int32_t nz = r->image.size[2], n_grey = picture_highest(&r->image);
    const int n_features = rml_ibsi_texture_size(family);
    double sum[RML_IBSI_MAX_TEXTURE] = {0}, n[RML_IBSI_MAX_TEXTURE] = {0}, one[RML_IBSI_MAX_TEXTURE];

    for (int32_t group_z = 0; group_z < (kind == 0 ? nz : 1); ++group_z)
        for (int group_step = 0; group_step < (averaged ? n_steps : 1); ++group_step) {
            plain m = {dense_new(picture_highest(&r->image), columns_of(r, family)), 0.0};

            for (int s = averaged ? group_step : 0; s < (averaged ? group_step + 1 : n_steps); ++s) {
                if (kind == 0) add_matrix(r, family, group_z, rml_ibsi_step[s], &m);
                for (int32_t z = 0; kind == 1 && z < nz; ++z) add_matrix(r, family, z, rml_ibsi_step[s], &m);
                if (kind == 2) add_matrix(r, family, WHOLE, rml_ibsi_step[s], &m);
            }
            if (kind != 0 || any_in(r, group_z)) {
                plain_values(&m, family, n_grey, one);
                for (int f = 0; f < n_features; ++f) {
                    if (isnan(one[f])) continue;
                    sum[f] += one[f];
                    n[f] += 1.0;
                }
            }
            free(m.matrix.cell);
        }
    for (int f = 0; f < n_features; ++f) value[f] = sum[f] / n[f];
}

static inline roi random_roi(int32_t nx, int32_t ny, int32_t nz, int32_t n_levels, double inside, double same,
                             uint64_t seed)
{
    roi r = {.image = picture_random(nx, ny, nz, n_levels, inside, same, seed), .distance = 1};
    const int64_t n = picture_cells(&r.image);

    r.morphological = malloc((size_t)n);
    for (int64_t v = 0; v < n; ++v) r.morphological[v] = r.image.grey[v] || rml_test_uniform(&seed) < 0.8;
    return r;
}

static inline void roi_free(roi *r)
{
    free(r->image.grey);
    free(r->morphological);
}

#endif
