/* 1. Work   2. Features of one matrix   3. Slices and directions
 *
 * A matrix is kept folded: the cell (i, j), i <= j, holds the pairs n(i,j) that join levels i and j in either order, as
 * kernels/texture/pairs counts them. Of N pairs, p(i,j) = p(j,i) = n(i,j) / (2 N) for i < j, and p(i,i) = n(i,i) / N.
 * As the matrix is symmetrical, both marginals are one, and so HXY1 = HXY2 = 2 HX.
 *
 * With s = i + j - 2 mu and d = i - j, E[s^2] - E[d^2] = 4 E[(i - mu)(j - mu)]: the correlation follows from the
 * distributions of i + j and |i - j|. */
#include "kernels/ibsi/glcm.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/ibsi/slices.h"
#include "kernels/texture/pairs.h"

/* In the catalogue's order. */
enum {
    JOINT_MAX,
    JOINT_AVG,
    JOINT_VAR,
    JOINT_ENTR,
    DIFF_AVG,
    DIFF_VAR,
    DIFF_ENTR,
    SUM_AVG,
    SUM_VAR,
    SUM_ENTR,
    ENERGY,
    CONTRAST,
    DISSIMILARITY,
    INV_DIFF,
    INV_DIFF_NORM,
    INV_DIFF_MOM,
    INV_DIFF_MOM_NORM,
    INV_VAR,
    CORR,
    AUTO_CORR,
    CLUST_TEND,
    CLUST_SHADE,
    CLUST_PROM,
    INFO_CORR1,
    INFO_CORR2,
    N_FEATURES
};

/* 1. Work */

#define N_LOGS 1024

typedef struct work {
    const rml_levels *levels;
    double n_grey;
    int64_t range;                           /* highest less lowest level */
    double *marginal;                        /* [n_levels] */
    double *sums, *differences;              /* [2 range + 1], [range + 1] pairs by i + j and by |i - j| */
    double *logs;                            /* [N_LOGS] log2 of whole numbers */
    int64_t *slice_count;                    /* [n_levels] */
    rml_pairs pairs, slice_pairs;            /* of the whole, of a slice */
    void *pairs_memory, *slice_pairs_memory; /* theirs */
    rml_cells one, spare;                    /* a direction */
    rml_cells direction[RML_IBSI_STEPS_2D];  /* added up over the slices */
    rml_cells all, spare_all;                /* merged directions, of a slice or of everything */
} work;

static bool cells_init(rml_cells *cells, int64_t capacity)
{
    cells->n = 0;
    cells->row = malloc((size_t)capacity * sizeof *cells->row);
    cells->column = malloc((size_t)capacity * sizeof *cells->column);
    cells->count = malloc((size_t)capacity * sizeof *cells->count);
    return cells->row && cells->column && cells->count;
}

static void cells_free(rml_cells *cells)
{
    free(cells->row);
    free(cells->column);
    free(cells->count);
}

static void work_free(work *w)
{
    cells_free(&w->one);
    cells_free(&w->spare);
    cells_free(&w->all);
    cells_free(&w->spare_all);
    for (int s = 0; s < RML_IBSI_STEPS_2D; ++s) cells_free(&w->direction[s]);
    free(w->pairs_memory);
    free(w->slice_pairs_memory);
    free(w->marginal);
    free(w->sums);
    free(w->differences);
    free(w->logs);
    free(w->slice_count);
}

static void *aligned(size_t n_bytes)
{
    return aligned_alloc(64, n_bytes);
}

/* The largest slice decides whether slices are counted densely, so that all are alike. */
static rml_status slice_pairs_init(work *w)
{
    rml_levels view, largest = {0};

    for (int32_t z = 0; z < w->levels->size[2]; ++z)
        if (rml_ibsi_slice(w->levels, z, w->slice_count, &view) > largest.n_voxels) largest = view;
    w->slice_pairs_memory = aligned(rml_pairs_init(&w->slice_pairs, &largest, RML_PAIRS_AUTO, NULL));
    if (!w->slice_pairs_memory) return RML_ENOMEM;
    (void)rml_pairs_init(&w->slice_pairs, &largest, RML_PAIRS_AUTO, w->slice_pairs_memory);
    return RML_OK;
}

static rml_status work_init(work *w, const rml_levels *levels, int32_t n_grey)
{
    const int64_t n = levels->n_levels, n_square = n * (n + 1) / 2, capacity = rml_pairs_capacity(levels, true);
    const int64_t most = RML_IBSI_STEPS * levels->n_voxels, capacity_all = most < n_square ? most : n_square;
    bool enough = true;

    w->levels = levels;
    w->range = (int64_t)levels->grey[n - 1] - levels->grey[0];
    if (w->range > RML_IBSI_MOST_GREY) return RML_ESETTING;
    w->n_grey = n_grey > 0 ? (double)n_grey : (double)levels->grey[n - 1];
    w->marginal = malloc((size_t)n * sizeof *w->marginal);
    w->sums = malloc((size_t)(2 * w->range + 1) * sizeof *w->sums);
    w->differences = malloc((size_t)(w->range + 1) * sizeof *w->differences);
    w->logs = malloc(N_LOGS * sizeof *w->logs);
    w->slice_count = malloc((size_t)n * sizeof *w->slice_count);
    w->pairs_memory = aligned(rml_pairs_init(&w->pairs, levels, RML_PAIRS_AUTO, NULL));
    enough = cells_init(&w->one, capacity) && enough;
    enough = cells_init(&w->spare, capacity) && enough;
    for (int s = 0; s < RML_IBSI_STEPS_2D; ++s) enough = cells_init(&w->direction[s], capacity) && enough;
    enough = cells_init(&w->all, capacity_all) && enough;
    enough = cells_init(&w->spare_all, capacity_all) && enough;
    if (!enough || !w->marginal || !w->sums || !w->differences || !w->logs || !w->slice_count || !w->pairs_memory)
        return RML_ENOMEM;
    (void)rml_pairs_init(&w->pairs, levels, RML_PAIRS_AUTO, w->pairs_memory);
    w->logs[0] = 0.0;
    for (int k = 1; k < N_LOGS; ++k) w->logs[k] = log2(k);
    return slice_pairs_init(w);
}

/* 2. Features of one matrix */

static double log2_of(const work *w, double count)
{
    return count < N_LOGS ? w->logs[(int)count] : log2(count); /* counts are whole */
}

static void read_cells(work *w, const rml_cells *cells, double *value, double *total)
{
    const int32_t *grey = w->levels->grey;
    double squares = 0.0, products = 0.0, logs = 0.0, largest = 0.0;

    *total = 0.0;
    memset(w->marginal, 0, (size_t)w->levels->n_levels * sizeof *w->marginal);
    memset(w->sums, 0, (size_t)(2 * w->range + 1) * sizeof *w->sums);
    memset(w->differences, 0, (size_t)(w->range + 1) * sizeof *w->differences);
    for (int64_t c = 0; c < cells->n; ++c) {
        const int32_t i = cells->row[c], j = cells->column[c];
        const double count = cells->count[c], place = i == j ? count : 0.5 * count;

        w->marginal[i] += 0.5 * count;
        w->marginal[j] += 0.5 * count;
        w->sums[(int64_t)grey[i] + grey[j] - 2 * (int64_t)grey[0]] += count;
        w->differences[grey[j] - grey[i]] += count;
        squares += i == j ? place * place : 2.0 * place * place;
        products += count * ((double)grey[i] * grey[j]);
        logs += count * (log2_of(w, count) - (i == j ? 0.0 : 1.0)); /* two places of half of it each */
        if (place > largest) largest = place;
        *total += count;
    }
    value[JOINT_MAX] = largest / *total;
    value[JOINT_ENTR] = log2(*total) - logs / *total;
    value[ENERGY] = squares / (*total * *total);
    value[AUTO_CORR] = products / *total;
}

/* Returns the marginal's entropy. */
static double read_marginal(const work *w, double total, double *value)
{
    const int32_t n = w->levels->n_levels, *grey = w->levels->grey;
    double mean = 0.0, variance = 0.0, bits = 0.0;

    for (int32_t i = 0; i < n; ++i) {
        const double p = w->marginal[i] / total;

        if (!(p > 0.0)) continue;
        mean += p * grey[i];
        bits -= p * log2(p);
    }
    for (int32_t i = 0; i < n; ++i) variance += w->marginal[i] / total * (grey[i] - mean) * (grey[i] - mean);
    value[JOINT_AVG] = mean;
    value[JOINT_VAR] = variance;
    return bits;
}

static void read_sums(const work *w, double total, double *value)
{
    const double lowest = 2.0 * w->levels->grey[0], centre = 2.0 * value[JOINT_AVG];
    double mean = 0.0, second = 0.0, third = 0.0, fourth = 0.0, logs = 0.0;

    for (int64_t slot = 0; slot <= 2 * w->range; ++slot) {
        const double count = w->sums[slot], p = count / total, k = lowest + (double)slot, t = k - centre;

        if (!(count > 0.0)) continue;
        mean += p * k;
        second += p * (t * t);
        third += p * (t * t * t);
        fourth += p * (t * t * t * t);
        logs += count * log2_of(w, count);
    }
    value[SUM_AVG] = mean;
    value[SUM_VAR] = value[CLUST_TEND] = second; /* the mean of i + j is twice that of i */
    value[SUM_ENTR] = log2(total) - logs / total;
    value[CLUST_SHADE] = third;
    value[CLUST_PROM] = fourth;
}

static void read_differences(const work *w, double total, double *value)
{
    const double n_grey = w->n_grey;
    double mean = 0.0, second = 0.0, variance = 0.0, logs = 0.0, inverse = 0.0;
    double id = 0.0, idn = 0.0, idm = 0.0, idmn = 0.0;

    for (int64_t slot = 0; slot <= w->range; ++slot) {
        const double count = w->differences[slot], p = count / total, k = (double)slot;

        if (!(count > 0.0)) continue;
        mean += p * k;
        second += p * (k * k);
        logs += count * log2_of(w, count);
        id += p / (1.0 + k);
        idn += p / (1.0 + k / n_grey);
        idm += p / (1.0 + k * k);
        idmn += p / (1.0 + k * k / (n_grey * n_grey));
        if (slot > 0) inverse += p / (k * k);
    }
    for (int64_t slot = 0; slot <= w->range; ++slot) {
        const double t = (double)slot - mean;

        variance += w->differences[slot] / total * (t * t);
    }
    value[DIFF_AVG] = value[DISSIMILARITY] = mean;
    value[DIFF_VAR] = variance;
    value[DIFF_ENTR] = log2(total) - logs / total;
    value[CONTRAST] = second;
    value[INV_DIFF] = id;
    value[INV_DIFF_NORM] = idn;
    value[INV_DIFF_MOM] = idm;
    value[INV_DIFF_MOM_NORM] = idmn;
    value[INV_VAR] = inverse;
}

static void features(work *w, const rml_cells *cells, double *value)
{
    double total;

    rml_ibsi_undefined(N_FEATURES, value);
    if (cells->n == 0) return;
    read_cells(w, cells, value, &total);
    const double bits = read_marginal(w, total, value);
    read_sums(w, total, value);
    read_differences(w, total, value);
    const double gain = 2.0 * bits - value[JOINT_ENTR]; /* the mutual information, not below 0 but for rounding */
    value[INFO_CORR2] = gain > 0.0 ? sqrt(1.0 - exp(-2.0 * gain)) : 0.0;
    if (cells->n == 1 && cells->row[0] == cells->column[0]) return; /* one level */
    value[CORR] = 0.25 * (value[CLUST_TEND] - value[CONTRAST]) / value[JOINT_VAR];
    value[INFO_CORR1] = -gain / bits;
}

static void add_features(work *w, const rml_cells *cells, rml_ibsi_mean *mean)
{
    double value[N_FEATURES];

    features(w, cells, value);
    rml_ibsi_mean_add(mean, N_FEATURES, value);
}

/* 3. Slices and directions */

/* sum := sum + part; spare is as large as sum and holds the old sum after. */
static void add(const rml_cells *part, rml_cells *sum, rml_cells *spare)
{
    const rml_cells old = *sum;

    rml_cells_add(&old, part, 1.0, spare);
    *sum = *spare;
    *spare = old;
}

static void count_slices(work *w, rml_ibsi_rows rows, rml_ibsi_mean *mean)
{
    for (int32_t z = 0; z < w->levels->size[2]; ++z) {
        rml_levels view;

        if (rml_ibsi_slice(w->levels, z, w->slice_count, &view) == 0) continue;
        w->slice_pairs.levels = &view;
        for (int s = 0; s < RML_IBSI_STEPS_2D; ++s) {
            (void)rml_pairs_count(&w->slice_pairs, rml_ibsi_step[s], true, &w->one);
            if (rows >> RML_IBSI_2D_AVG & 1) add_features(w, &w->one, &mean[RML_IBSI_2D_AVG]);
            if (rows >> RML_IBSI_2D_MRG & 1) add(&w->one, &w->all, &w->spare_all);
            add(&w->one, &w->direction[s], &w->spare);
        }
        if (rows >> RML_IBSI_2D_MRG & 1) add_features(w, &w->all, &mean[RML_IBSI_2D_MRG]);
        w->all.n = 0;
    }
}

rml_status rml_ibsi_glcm(const rml_levels *levels, int32_t n_grey, rml_ibsi_rows rows, double *value)
{
    const rml_ibsi_rows by_slice = 1u << RML_IBSI_2D_AVG | 1u << RML_IBSI_2D_MRG;
    rml_ibsi_mean mean[RML_IBSI_N_DIRECTIONAL] = {0};
    rml_status status;
    work w = {0};

    assert(rml_ibsi_texture_size(RML_IBSI_GLCM) == N_FEATURES);
    rml_ibsi_undefined((int64_t)RML_IBSI_N_DIRECTIONAL * N_FEATURES, value);
    if (levels->margin < 1 || n_grey < 0) return RML_EINVAL;
    if (levels->n_voxels > UINT32_MAX) return RML_ECAPACITY;
    status = work_init(&w, levels, n_grey);
    if (status != RML_OK) goto done;

    if (rows & by_slice)
        count_slices(&w, rows, mean);
    else
        for (int s = 0; s < RML_IBSI_STEPS_2D; ++s)
            (void)rml_pairs_count(&w.pairs, rml_ibsi_step[s], true, &w.direction[s]);
    for (int s = 0; s < RML_IBSI_STEPS_2D; ++s) {
        if (rows & (1u << RML_IBSI_25D_AVG | 1u << RML_IBSI_3D_AVG)) {
            double one[N_FEATURES];

            features(&w, &w.direction[s], one); /* over all slices they are a direction of the volume, too */
            rml_ibsi_mean_add(&mean[RML_IBSI_25D_AVG], N_FEATURES, one);
            rml_ibsi_mean_add(&mean[RML_IBSI_3D_AVG], N_FEATURES, one);
        }
        add(&w.direction[s], &w.all, &w.spare_all);
    }
    if (rows >> RML_IBSI_25D_MRG & 1) add_features(&w, &w.all, &mean[RML_IBSI_25D_MRG]);
    if (rows & (1u << RML_IBSI_3D_AVG | 1u << RML_IBSI_3D_MRG))
        for (int s = RML_IBSI_STEPS_2D; s < RML_IBSI_STEPS; ++s) {
            (void)rml_pairs_count(&w.pairs, rml_ibsi_step[s], true, &w.one);
            if (rows >> RML_IBSI_3D_AVG & 1) add_features(&w, &w.one, &mean[RML_IBSI_3D_AVG]);
            if (rows >> RML_IBSI_3D_MRG & 1) add(&w.one, &w.all, &w.spare_all);
        }
    if (rows >> RML_IBSI_3D_MRG & 1) add_features(&w, &w.all, &mean[RML_IBSI_3D_MRG]);
    for (int row = 0; row < RML_IBSI_N_DIRECTIONAL; ++row)
        if (rows >> row & 1) rml_ibsi_mean_take(&mean[row], N_FEATURES, rml_ibsi_row(value, row, N_FEATURES));
done:
    work_free(&w);
    return status;
}
