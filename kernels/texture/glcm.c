/* 1. Features and their order   2. Layout   3. Tallies of sums and differences   4. One matrix   5. Entropies
 * 6. All directions   7. The plain count
 *
 * A symmetrical matrix P = C + C' of the one-way counts C is kept folded: one cell (i, j), i <= j, holds the pairs that
 * join levels i and j in either order, n(i,j). With N pairs, p(i,j) = n(i,j) / (2 N) for i < j, at both places of the
 * matrix, and n(i,i) / N on the diagonal. Everything follows from one pass over the cells: the marginals, the
 * distributions of i + j and |i - j|, and three sums over p itself (of squares, of p log2 p, of i j).
 *
 * Covariance: with s = i + j - ux - uy and d = i - j - (ux - uy), E[s^2] - E[d^2] = 4 cov(i, j).
 *
 * PyRadiomics writes log2(p + eps), eps = 2^-52. With log2(1 + eps/p) = eps / (p ln 2) to first order, -sum p log2(p +
 * eps) = -sum p log2 p - (number of non-zero p) eps / ln 2; the second order is below 1e-20 for p above 1e-12. */
#include "kernels/texture/glcm.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/texture/block.h"
#include "kernels/texture/maximal.h"
#include "kernels/texture/offsets.h"
#include "kernels/texture/scratch.h"

#define EPS 0x1p-52
#define EPS_BITS (EPS / 0.69314718055994530942) /* log2(1 + eps) */

/* 1. Features and their order: the catalogue's */

enum {
    AUTOCORRELATION,
    CLUSTER_PROMINENCE,
    CLUSTER_SHADE,
    CLUSTER_TENDENCY,
    CONTRAST,
    CORRELATION,
    DIFFERENCE_AVERAGE,
    DIFFERENCE_ENTROPY,
    DIFFERENCE_VARIANCE,
    DISSIMILARITY,
    HOMOGENEITY_1,
    HOMOGENEITY_2,
    ID,
    IDM,
    IDMN,
    IDN,
    IMC_1,
    IMC_2,
    INVERSE_VARIANCE,
    JOINT_AVERAGE,
    JOINT_ENERGY,
    JOINT_ENTROPY,
    MCC,
    MAXIMUM_PROBABILITY,
    SUM_AVERAGE,
    SUM_ENTROPY,
    SUM_SQUARES,
    SUM_VARIANCE,
    N_FEATURES
};

/* 2. Layout */

/* Up to this range of bin numbers, sums and differences index an array; beyond it, which takes bins far finer than the
 * ROI has voxels, a hash table. */
#define DIRECT_RANGE (1 << 16)

#define N_LOGS 512

/* Masses by key: slot k for key k, or hashed. */
typedef struct tally {
    int64_t n_slots;
    bool hashed;
    uint32_t *key; /* hashed: key + 1, 0 in a free slot */
    double *mass;
} tally;

typedef struct work {
    const rml_levels *levels;
    bool folded;
    bool merged; /* under weights, or none: one matrix of all directions */
    rml_pairs pairs;
    rml_offset *offsets;
    int32_t n_offsets;
    rml_cells one, sum, spare; /* a direction; merged ones */
    double *px, *py;           /* [n_levels] marginals */
    double *inverse_x, *inverse_y;
    tally sums, differences;
    double *logs;  /* [N_LOGS] log2 of whole numbers */
    void *maximal; /* scratch */
} work;

static void take_cells(rml_scratch *space, rml_cells *cells, int64_t capacity)
{
    cells->row = rml_scratch_take(space, (size_t)capacity * sizeof *cells->row);
    cells->column = rml_scratch_take(space, (size_t)capacity * sizeof *cells->column);
    cells->count = rml_scratch_take(space, (size_t)capacity * sizeof *cells->count);
}

static void take_tally(rml_scratch *space, tally *t, int64_t n_keys, int64_t capacity)
{
    t->hashed = n_keys > DIRECT_RANGE;
    t->n_slots = n_keys;
    if (t->hashed)
        for (t->n_slots = 64; t->n_slots < 2 * capacity;) t->n_slots *= 2;
    t->mass = rml_scratch_take(space, (size_t)t->n_slots * sizeof *t->mass);
    if (t->hashed) t->key = rml_scratch_take(space, (size_t)t->n_slots * sizeof *t->key);
}

static size_t lay_out(work *w, const rml_levels *levels, const rml_texture_settings *settings, rml_pair_form form,
                      void *scratch)
{
    rml_scratch space = {.base = scratch};
    const int64_t n = levels->n_levels, range = (int64_t)levels->grey[n - 1] - levels->grey[0];
    const bool folded = settings->symmetrical_glcm, merged = settings->weighting != RML_WEIGHT_NONE;
    const int64_t n_square = folded ? n * (n + 1) / 2 : n * n;
    int64_t capacity = rml_pairs_capacity(levels, folded);

    *w = (work){.levels = levels, .folded = folded, .merged = merged};
    w->n_offsets = rml_offsets_list(levels->size, settings->distances, settings->n_distances, settings->force_2d,
                                    settings->force_2d_axis, NULL, 0);
    w->offsets = rml_scratch_take(&space, (size_t)w->n_offsets * sizeof *w->offsets);
    space.used += rml_pairs_init(&w->pairs, levels, form, scratch ? space.base + space.used : NULL);
    take_cells(&space, &w->one, capacity);
    if (merged) {
        const int64_t all = capacity * (w->n_offsets > 0 ? w->n_offsets : 1);

        capacity = all < n_square ? all : n_square;
        take_cells(&space, &w->sum, capacity);
        take_cells(&space, &w->spare, capacity);
    }
    w->px = rml_scratch_take(&space, (size_t)n * sizeof(double));
    w->py = folded ? w->px : rml_scratch_take(&space, (size_t)n * sizeof(double));
    w->inverse_x = rml_scratch_take(&space, (size_t)n * sizeof(double));
    w->inverse_y = folded ? w->inverse_x : rml_scratch_take(&space, (size_t)n * sizeof(double));
    take_tally(&space, &w->sums, 2 * range + 1, capacity);
    take_tally(&space, &w->differences, range + 1, capacity);
    w->logs = rml_scratch_take(&space, N_LOGS * sizeof(double));
    w->maximal = rml_scratch_take(&space, rml_maximal_scratch_bytes(levels->n_levels, capacity, folded));
    return space.used;
}

/* 3. Tallies of sums and differences */

static void clear_tally(tally *t)
{
    memset(t->mass, 0, (size_t)t->n_slots * sizeof *t->mass);
    if (t->hashed) memset(t->key, 0, (size_t)t->n_slots * sizeof *t->key);
}

static void add_hashed(tally *t, uint32_t key, double mass)
{
    const uint64_t mask = (uint64_t)t->n_slots - 1;
    uint64_t slot = ((uint64_t)key * 0x9E3779B97F4A7C15u >> 32) & mask;

    while (t->key[slot] != 0 && t->key[slot] != key + 1) slot = (slot + 1) & mask;
    t->key[slot] = key + 1;
    t->mass[slot] += mass;
}

static double key_of(const tally *t, int64_t slot)
{
    return t->hashed ? (double)(t->key[slot] - 1) : (double)slot;
}

static void tally_cells(work *w, const rml_cells *cells)
{
    const int32_t *grey = w->levels->grey;

    clear_tally(&w->sums);
    clear_tally(&w->differences);
    for (int64_t c = 0; c < cells->n; ++c) {
        const int64_t i = (int64_t)grey[cells->row[c]] - grey[0], j = (int64_t)grey[cells->column[c]] - grey[0];
        const int64_t difference = i > j ? i - j : j - i;

        if (w->sums.hashed)
            add_hashed(&w->sums, (uint32_t)(i + j), cells->count[c]);
        else
            w->sums.mass[i + j] += cells->count[c];
        if (w->differences.hashed)
            add_hashed(&w->differences, (uint32_t)difference, cells->count[c]);
        else
            w->differences.mass[difference] += cells->count[c];
    }
}

/* 4. One matrix */

/* What a direction adds up to. */
typedef struct matrix {
    const rml_cells *cells;
    double total; /* sum of the cells */
    bool weighted;
    int64_t n_x, n_y;      /* levels with pairs, in rows and columns */
    double n_places;       /* non-zero places of the unfolded matrix */
    double mean_x, mean_y; /* grey levels */
    double variance_x, variance_y;
    double bits_x, bits_y, bits; /* -sum p log2 p of the marginals and of the matrix */
    bool no_bits;                /* the marginals' entropies are rounding */
} matrix;

static double log2_of(const work *w, const matrix *m, double count)
{
    return !m->weighted && count < N_LOGS ? w->logs[(int)count] : log2(count);
}

static void read_cells(work *w, matrix *m, double *value)
{
    const int32_t n = w->levels->n_levels, *grey = w->levels->grey;
    const rml_cells *cells = m->cells;
    double squares = 0.0, products = 0.0, logs = 0.0, largest = 0.0, total = 0.0, n_places = 0.0;

    for (int32_t i = 0; i < n; ++i) w->px[i] = w->py[i] = 0.0;
    for (int64_t c = 0; c < cells->n; ++c) {
        const int32_t i = cells->row[c], j = cells->column[c];
        const double count = cells->count[c];
        const bool twice = w->folded && i != j; /* two places with half of the mass each */
        const double place = twice ? 0.5 * count : count;

        w->px[i] += place;
        w->py[j] += twice || !w->folded ? place : 0.0; /* folded: px and py are one, the diagonal counts once */
        squares += (twice ? 2.0 : 1.0) * place * place;
        products += count * ((double)grey[i] * grey[j]);
        logs += count * (log2_of(w, m, count) - (twice ? 1.0 : 0.0));
        if (place > largest) largest = place;
        total += count;
        n_places += twice ? 2.0 : 1.0;
    }
    if (m->weighted) total = 1.0; /* scaled, and not twice */
    m->total = total;
    m->n_places = n_places;
    m->bits = log2(total) - logs / total;
    value[AUTOCORRELATION] = products / total;
    value[JOINT_ENERGY] = squares / (total * total);
    value[MAXIMUM_PROBABILITY] = largest / total;
}

static void read_marginal(const work *w, double *p, double *inverse, double total, int64_t *n_used, double *mean,
                          double *variance, double *bits)
{
    const int32_t n = w->levels->n_levels, *grey = w->levels->grey;

    *n_used = 0;
    *mean = *variance = *bits = 0.0;
    for (int32_t i = 0; i < n; ++i) {
        inverse[i] = 0.0;
        if (!(p[i] > 0.0)) continue;
        p[i] /= total;
        inverse[i] = 1.0 / p[i];
        *mean += p[i] * grey[i];
        *bits -= p[i] * log2(p[i]);
        ++*n_used;
    }
    for (int32_t i = 0; i < n; ++i) *variance += p[i] * (grey[i] - *mean) * (grey[i] - *mean);
}

static void read_sums(const work *w, const matrix *m, double *value)
{
    const double lowest = 2.0 * w->levels->grey[0], centre = m->mean_x + m->mean_y;
    double mean = 0.0, second = 0.0, third = 0.0, fourth = 0.0, bits = 0.0;

    for (int64_t slot = 0; slot < w->sums.n_slots; ++slot) {
        if (!(w->sums.mass[slot] > 0.0)) continue;
        const double p = w->sums.mass[slot] / m->total, k = lowest + key_of(&w->sums, slot), t = k - centre;

        mean += p * k;
        second += p * (t * t);
        third += p * (t * t * t);
        fourth += p * (t * t * t * t);
        bits -= p * log2(p) + EPS_BITS;
    }
    value[SUM_AVERAGE] = mean;
    value[CLUSTER_TENDENCY] = value[SUM_VARIANCE] = second;
    value[CLUSTER_SHADE] = third;
    value[CLUSTER_PROMINENCE] = fourth;
    value[SUM_ENTROPY] = bits;
}

static void read_differences(const work *w, const matrix *m, double *value)
{
    const double n_grey =
        w->levels->grey[w->levels->n_levels - 1]; /* the highest bin number, not the count of levels */
    double mean = 0.0, second = 0.0, variance = 0.0, bits = 0.0;
    double id = 0.0, idm = 0.0, idn = 0.0, idmn = 0.0, inverse = 0.0;

    for (int64_t slot = 0; slot < w->differences.n_slots; ++slot) {
        if (!(w->differences.mass[slot] > 0.0)) continue;
        const double p = w->differences.mass[slot] / m->total, k = key_of(&w->differences, slot);

        mean += p * k;
        second += p * (k * k);
        bits -= p * log2(p) + EPS_BITS;
        id += p / (1.0 + k);
        idm += p / (1.0 + k * k);
        idn += p / (1.0 + k / n_grey);
        idmn += p / (1.0 + k * k / (n_grey * n_grey));
        if (k > 0.0) inverse += p / (k * k);
    }
    for (int64_t slot = 0; slot < w->differences.n_slots; ++slot) {
        const double t = w->differences.mass[slot] > 0.0 ? key_of(&w->differences, slot) - mean : 0.0;

        variance += w->differences.mass[slot] / m->total * (t * t);
    }
    value[DIFFERENCE_AVERAGE] = value[DISSIMILARITY] = mean;
    value[CONTRAST] = second;
    value[DIFFERENCE_VARIANCE] = variance;
    value[DIFFERENCE_ENTROPY] = bits;
    value[ID] = value[HOMOGENEITY_1] = id;
    value[IDM] = value[HOMOGENEITY_2] = idm;
    value[IDN] = idn;
    value[IDMN] = idmn;
    value[INVERSE_VARIANCE] = inverse;
}

/* 5. Entropies */

/* Where a matrix is independent of its marginals but for this much, the mutual information is the rounding of the
 * entropies, and PyRadiomics' Imc2 is decided by the order in which it adds. */
#define ROUNDING_BITS 1e-5

/* Where a marginal entropy is as small as this, nearly all of the mass is in one place (a weight exp(-d^2) apart), and
 * eps takes part in every digit. */
#define SMALL_BITS 1e-4
/* And here it is eps alone: Imc1 is then 0 but for rounding, as it is of one place. */
#define NO_BITS 1e-13

/* The entropies by their definition, place by place in the matrix's order. */
typedef struct entropies {
    double x, y, joint;
    double mixed;       /* -sum p log2(px py + eps): HXY1 */
    double independent; /* of the product of the marginals: HXY2 */
} entropies;

static entropies entropies_by_definition(const work *w, const matrix *m)
{
    const int32_t n = w->levels->n_levels;
    const rml_cells *cells = m->cells;
    entropies h = {0};

    for (int32_t i = 0; i < n; ++i) {
        h.x -= w->px[i] * log2(w->px[i] + EPS);
        h.y -= w->py[i] * log2(w->py[i] + EPS);
    }
    for (int32_t i = 0; i < n; ++i)
        for (int32_t j = 0; j < n; ++j) {
            const double q = w->px[i] * w->py[j];

            h.independent -= q * log2(q + EPS);
        }
    /* A folded cell comes twice: below the diagonal in row order too. */
    for (int32_t i = 0; i < n; ++i)
        for (int64_t c = 0; c < cells->n; ++c) {
            const bool twice = w->folded && cells->row[c] != cells->column[c];
            const double p = cells->count[c] / (twice ? 2.0 * m->total : m->total);

            if (cells->row[c] != i && !(twice && cells->column[c] == i)) continue;
            h.joint -= p * log2(p + EPS);
            h.mixed -= p * log2(w->px[cells->row[c]] * w->py[cells->column[c]] + EPS);
        }
    return h;
}

static void read_entropies(const work *w, matrix *m, double *value)
{
    const rml_cells *cells = m->cells;
    double correction = 0.0; /* of eps in sum p log2(px py + eps), in units of 1 / ln 2 */
    entropies h = {.x = m->bits_x - (double)m->n_x * EPS_BITS,
                   .y = m->bits_y - (double)m->n_y * EPS_BITS,
                   .joint = m->bits - m->n_places * EPS_BITS,
                   .independent = m->bits_x + m->bits_y - (double)m->n_x * (double)m->n_y * EPS_BITS};

    value[JOINT_ENTROPY] = h.joint;
    value[IMC_1] = value[IMC_2] = 0.0;
    /* One place: the entropies are one number. One row or column: they are but for rounding, which of weights no one
     * can follow. */
    if ((m->n_x == 1 && m->n_y == 1) || (m->weighted && (m->n_x == 1 || m->n_y == 1))) return;

    for (int64_t c = 0; c < cells->n; ++c) {
        const double u = EPS * w->inverse_x[cells->row[c]] * w->inverse_y[cells->column[c]];

        correction += cells->count[c] * (u < 1e-4 ? u - 0.5 * u * u : log1p(u));
    }
    h.mixed = m->bits_x + m->bits_y - correction / m->total / 0.69314718055994530942;
    const bool small = fmax(h.x, h.y) < SMALL_BITS;
    if ((small || h.independent - h.joint < ROUNDING_BITS) && w->levels->n_levels <= 256) {
        const entropies defined = entropies_by_definition(w, m);

        if (small) h = defined;
        h.joint = defined.joint;
        h.independent = defined.independent;
    }
    const double larger = fmax(h.x, h.y);
    m->no_bits = !(larger > NO_BITS);
    if (!m->no_bits) value[IMC_1] = (value[JOINT_ENTROPY] - h.mixed) / larger;
    if (small && !m->no_bits) value[IMC_1] = (h.joint - h.mixed) / larger;
    if (h.independent < h.joint) value[IMC_2] = NAN;
    if (h.independent > h.joint) value[IMC_2] = sqrt(1.0 - exp(-2.0 * (h.independent - h.joint)));
}

/* By definition, place by place: where the spreads are so far below the levels' distances that the moments of sum and
 * difference hold nothing but their rounding, and for a row or a column with all of the pairs. There one spread is 0,
 * or the rounding of a sum that should be 1, on which PyRadiomics' value hangs; of a matrix merged under weights, whose
 * rounding no one can follow, it is taken as the 0 that it is. */
static double correlation_by_definition(const work *w, const matrix *m)
{
    const int32_t *grey = w->levels->grey;
    const rml_cells *cells = m->cells;
    double mean_x = 0.0, mean_y = 0.0, variance_x = 0.0, variance_y = 0.0, covariance = 0.0;

    if (m->weighted && (m->n_x == 1 || m->n_y == 1)) return 1.0;
    for (int64_t c = 0; c < cells->n; ++c) {
        const double p = cells->count[c] / m->total, a = grey[cells->row[c]], b = grey[cells->column[c]];

        mean_x += (w->folded ? 0.5 * (a + b) : a) * p;
        mean_y += (w->folded ? 0.5 * (a + b) : b) * p;
    }
    for (int64_t c = 0; c < cells->n; ++c) {
        const double p = cells->count[c] / m->total, a = grey[cells->row[c]], b = grey[cells->column[c]];
        const double x = a - mean_x, y = b - mean_y;

        variance_x += p * (w->folded ? 0.5 * (x * x + y * y) : x * x);
        variance_y += p * (w->folded ? 0.5 * (x * x + y * y) : y * y);
        covariance += p * (x * y);
    }
    const double spread = sqrt(variance_x) * sqrt(variance_y);
    return spread > 0.0 ? covariance / (spread + EPS) : 1.0;
}

typedef struct degenerate {
    bool flat;                /* a spread is 0: Correlation is a constant, and Imc1 and MCC are */
    bool no_bits;             /* Imc1 is */
    double block_correlation; /* Correlation where PyRadiomics adds the matrix as a block */
} degenerate;

/* Of a matrix of whole counts in one row or column: 1, or of a spread of rounding 0 but for more rounding. numpy.delete
 * leaves a block by columns, but where it takes a single thing away by rows: one level below the highest, or one of two
 * directions. */
static double correlation_in_block(const work *w, const matrix *m)
{
    const rml_levels *levels = w->levels;
    const int64_t n_missing = levels->grey[levels->n_levels - 1] - levels->n_levels;
    const bool by_rows = n_missing == 1 || (!w->merged && w->n_offsets == 2);
    const double level = levels->grey[m->n_x == 1 ? m->cells->row[0] : m->cells->column[0]];

    return rml_block_mean_is_exact(m->cells, m->total, level, levels->n_levels, by_rows) ? 1.0 : 0.0;
}

/* The features of one matrix, all but MCC unless wanted. */
static degenerate matrix_features(work *w, const rml_cells *cells, bool weighted, rml_wanted wanted, double *value)
{
    matrix m = {.cells = cells, .weighted = weighted};
    const int32_t n = w->levels->n_levels;

    read_cells(w, &m, value);
    read_marginal(w, w->px, w->inverse_x, m.total, &m.n_x, &m.mean_x, &m.variance_x, &m.bits_x);
    if (w->folded) {
        m.n_y = m.n_x, m.mean_y = m.mean_x, m.variance_y = m.variance_x, m.bits_y = m.bits_x;
    } else {
        read_marginal(w, w->py, w->inverse_y, m.total, &m.n_y, &m.mean_y, &m.variance_y, &m.bits_y);
    }
    tally_cells(w, cells);
    read_sums(w, &m, value);
    read_differences(w, &m, value);
    read_entropies(w, &m, value);
    value[JOINT_AVERAGE] = m.mean_x;
    value[SUM_SQUARES] = m.variance_x;

    const double spread = sqrt(m.variance_x) * sqrt(m.variance_y), apart = m.mean_x - m.mean_y;
    const double covariance = (value[CLUSTER_TENDENCY] - (value[CONTRAST] - apart * apart)) / 4.0;
    const bool direct = spread > 1e-5 * (value[CLUSTER_TENDENCY] + value[CONTRAST] + apart * apart);
    value[CORRELATION] = direct ? covariance / (spread + EPS) : correlation_by_definition(w, &m);

    value[MCC] = NAN;
    if (n == 1)
        value[MCC] = 1.0;
    else if (wanted >> MCC & 1)
        value[MCC] = rml_maximal_correlation(cells, w->folded, m.total, w->px, w->py, w->levels->grey, n, w->maximal);
    const bool line = m.n_x == 1 || m.n_y == 1;
    return (degenerate){.flat = !(spread > 0.0) || (weighted && line),
                        .no_bits = m.no_bits,
                        .block_correlation = line && !weighted ? correlation_in_block(w, &m) : value[CORRELATION]};
}

/* 6. All directions */

static double weight_of(const rml_offset *offset, const rml_texture_settings *settings)
{
    double squares = 0.0, sum = 0.0, largest = 0.0;

    for (int axis = 2; axis >= 0; --axis) {
        const double d = abs(offset->step[axis]) * settings->spacing[axis];

        squares += d * d;
        sum += d;
        if (d > largest) largest = d;
    }
    switch (settings->weighting) {
    case RML_WEIGHT_EUCLIDEAN: return exp(-squares);
    case RML_WEIGHT_MANHATTAN: return exp(-(sum * sum));
    case RML_WEIGHT_INFINITY: return exp(-(largest * largest));
    case RML_WEIGHT_NONE:
    case RML_WEIGHT_NO_WEIGHTING: break;
    }
    return 1.0;
}

/* Sums over directions, for their means. */
typedef struct means {
    double sum[N_FEATURES];
    int64_t n[N_FEATURES];    /* directions with a value */
    double block_correlation; /* its sum */
    int64_t n_flat, n_no_bits, n_directions;
} means;

static void add_direction(means *all, const double *one, degenerate which)
{
    for (int f = 0; f < N_FEATURES; ++f) {
        if (isnan(one[f])) continue;
        all->sum[f] += one[f];
        ++all->n[f];
    }
    all->block_correlation += which.block_correlation;
    all->n_flat += which.flat;
    all->n_no_bits += which.no_bits;
    ++all->n_directions;
}

/* Scales the cells to a sum of 1 and drops those without mass: exp(-d^2) of a coarse grid is tiny or even 0, and its
 * square would be. */
static void scale_cells(rml_cells *cells)
{
    double total = 0.0;
    int64_t n = 0;

    for (int64_t c = 0; c < cells->n; ++c) total += cells->count[c];
    for (int64_t c = 0; c < cells->n; ++c) {
        if (!(cells->count[c] > 0.0)) continue;
        cells->row[n] = cells->row[c];
        cells->column[n] = cells->column[c];
        cells->count[n++] = cells->count[c] / total;
    }
    cells->n = n;
}

/* Returns whether there was any pair. */
static bool average_directions(work *w, rml_wanted wanted, means *all)
{
    double one[N_FEATURES];

    for (int32_t d = 0; d < w->n_offsets; ++d) {
        if (rml_pairs_count(&w->pairs, w->offsets[d].step, w->folded, &w->one) == 0) continue;
        const degenerate which = matrix_features(w, &w->one, false, wanted, one);

        add_direction(all, one, which);
    }
    /* Several directions stay innermost in PyRadiomics' memory unless it takes two or more away. */
    if (w->n_offsets - all->n_directions >= 2 || all->n_directions == 1) all->sum[CORRELATION] = all->block_correlation;
    return all->n_directions > 0;
}

static bool merge_directions(work *w, const rml_texture_settings *settings, rml_wanted wanted, means *all)
{
    double one[N_FEATURES];
    int64_t n_pairs = 0;

    for (int32_t d = 0; d < w->n_offsets; ++d) {
        const rml_cells before = w->sum;

        n_pairs += rml_pairs_count(&w->pairs, w->offsets[d].step, w->folded, &w->one);
        rml_cells_add(&before, &w->one, weight_of(&w->offsets[d], settings), &w->spare);
        w->sum = w->spare;
        w->spare = before;
    }
    const bool weighted = settings->weighting != RML_WEIGHT_NO_WEIGHTING;
    if (weighted) scale_cells(&w->sum);
    if (w->sum.n > 0) {
        const degenerate which = matrix_features(w, &w->sum, weighted, wanted, one);

        add_direction(all, one, which);
        all->sum[CORRELATION] = all->block_correlation;
    }
    return n_pairs > 0;
}

/* Features that a single level turns into a division by its spread. */
static bool divides_by_spread(int f)
{
    return f == CORRELATION || f == IMC_1 || f == MCC;
}

typedef struct constant {
    int feature; /* N_FEATURES: none */
    double value;
} constant;

/* What PyRadiomics gives for one level and no pair at all, where all else is NaN: it takes empty directions away while
 * there are several, and then knows MCC by the number of levels alone; one direction, or a merged matrix, stays as NaN,
 * and InverseVariance is a sum over no difference. */
static constant constant_without_pairs(const rml_texture_settings *settings, int32_t n_offsets)
{
    if (n_offsets == 0) return (constant){N_FEATURES, NAN};
    if (settings->weighting != RML_WEIGHT_NONE || n_offsets == 1) return (constant){INVERSE_VARIANCE, 0.0};
    return (constant){MCC, 1.0};
}

size_t rml_glcm_scratch_bytes_as(const rml_levels *levels, const rml_texture_settings *settings, rml_pair_form form)
{
    work w;

    if (!rml_texture_settings_valid(settings, levels->margin)) return 64;
    return lay_out(&w, levels, settings, form, NULL);
}

rml_status rml_glcm_features_as(const rml_levels *levels, const rml_texture_settings *settings, rml_wanted wanted,
                                rml_pair_form form, void *scratch, double *value, uint8_t *reason)
{
    means all = {0};
    work w;
    bool any;

    assert(rml_class_size(RML_GLCM) == N_FEATURES);
    for (int f = 0; f < N_FEATURES; ++f) {
        value[f] = NAN;
        reason[f] = RML_DEFINED;
    }
    if (!rml_texture_settings_valid(settings, levels->margin) || levels->n_voxels > UINT32_MAX) return RML_EINVAL;

    lay_out(&w, levels, settings, form, scratch);
    rml_offsets_list(levels->size, settings->distances, settings->n_distances, settings->force_2d,
                     settings->force_2d_axis, w.offsets, w.n_offsets);
    for (int k = 1; k < N_LOGS; ++k) w.logs[k] = log2(k);
    any = settings->weighting == RML_WEIGHT_NONE ? average_directions(&w, wanted, &all)
                                                 : merge_directions(&w, settings, wanted, &all);
    const constant without_pairs = constant_without_pairs(settings, w.n_offsets);
    for (int f = 0; f < N_FEATURES; ++f) {
        if (!(wanted >> f & 1)) continue;
        if (all.n[f] > 0) value[f] = all.sum[f] / (double)all.n[f];
        if (levels->n_levels == 1 && !any && f == without_pairs.feature) value[f] = without_pairs.value;
        if (isnan(value[f]))
            reason[f] = (uint8_t)(levels->n_voxels == 1 ? RML_WHY_ONE_VOXEL
                                  : !any                ? RML_WHY_NO_PAIRS
                                  : all.n_directions    ? RML_WHY_ROUNDING
                                                        : RML_WHY_OVERFLOW);
        else if (!any)
            reason[f] = RML_WHY_NO_PAIRS;
        else if (divides_by_spread(f) && all.n_flat == all.n_directions)
            reason[f] = RML_WHY_FLAT;
        else if (f == IMC_1 && all.n_no_bits == all.n_directions)
            reason[f] = RML_WHY_ROUNDING;
    }
    return RML_OK;
}

size_t rml_glcm_scratch_bytes(const rml_levels *levels, const rml_texture_settings *settings)
{
    return rml_glcm_scratch_bytes_as(levels, settings, RML_PAIRS_AUTO);
}

rml_status rml_glcm_features(const rml_levels *levels, const rml_texture_settings *settings, rml_wanted wanted,
                             void *scratch, double *value, uint8_t *reason)
{
    return rml_glcm_features_as(levels, settings, wanted, RML_PAIRS_AUTO, scratch, value, reason);
}

/* 7. The plain count */

rml_status rml_glcm_count(const rml_levels *levels, const int32_t step[3], bool symmetrical, int64_t *counts)
{
    const int32_t *size = levels->size;
    const int64_t n = levels->n_levels;
    bool any = false;

    memset(counts, 0, (size_t)(n * n) * sizeof *counts);
    if (step[0] == 0 && step[1] == 0 && step[2] == 0) return RML_EINVAL;
    for (int32_t z = 0; z < size[2]; ++z)
        for (int32_t y = 0; y < size[1]; ++y)
            for (int32_t x = 0; x < size[0]; ++x) {
                const int64_t to_x = (int64_t)x + step[0], to_y = (int64_t)y + step[1], to_z = (int64_t)z + step[2];

                if (to_x < 0 || to_x >= size[0] || to_y < 0 || to_y >= size[1] || to_z < 0 || to_z >= size[2]) continue;
                const int32_t i = levels->level[z * levels->slice + y * levels->row + x];
                const int32_t j = levels->level[to_z * levels->slice + to_y * levels->row + to_x];

                if (i == 0 || j == 0) continue;
                ++counts[(i - 1) * n + (j - 1)];
                if (symmetrical) ++counts[(j - 1) * n + (i - 1)];
                any = true;
            }
    return any ? RML_OK : RML_EEMPTY;
}
