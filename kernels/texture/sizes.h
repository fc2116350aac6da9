/* A matrix of grey level (rows) against size (columns: run length, zone size or dependence), and the features that
 * GLRLM, GLSZM and GLDM share: the formulas are Galloway's, only what is counted differs.
 *
 * The matrix itself is never laid out whole. Its cells are entered one by one, row after row, so that each class keeps
 * its counts in the form that is smallest for it:
 *
 *     rml_sizes_begin(&sums, levels, total, by_level, by_size);
 *     for each level, for each size that occurs: rml_sizes_add(&sums, size, count);
 *         and after the last of a level: rml_sizes_end_row(&sums, rank);
 *     rml_sizes_finish(&sums, values);
 */
#ifndef RML_TEXTURE_SIZES_H
#define RML_TEXTURE_SIZES_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "kernels/base/reason.h"
#include "kernels/features/catalogue.h"
#include "kernels/texture/levels.h"

/* With P(i,j) the matrix, N its sum, p = P/N, i the grey level (bin number) and j the size. The names are GLRLM's,
 * "run" left out; IBSI's GLRLM, GLSZM and NGLDM sections have the formulas. */
typedef enum rml_size_feature {
    RML_SIZE_SMALL,      /* sum p / j^2: short run, small area, small dependence emphasis */
    RML_SIZE_LARGE,      /* sum p j^2 */
    RML_SIZE_LOW,        /* sum p / i^2 */
    RML_SIZE_HIGH,       /* sum p i^2 */
    RML_SIZE_SMALL_LOW,  /* sum p / (i^2 j^2) */
    RML_SIZE_SMALL_HIGH, /* sum p i^2 / j^2 */
    RML_SIZE_LARGE_LOW,  /* sum p j^2 / i^2 */
    RML_SIZE_LARGE_HIGH, /* sum p i^2 j^2 */
    RML_SIZE_GREY_NU,    /* sum over i of (sum over j of P)^2 / N */
    RML_SIZE_GREY_NU_N,  /* the same / N^2 */
    RML_SIZE_SIZE_NU,    /* sum over j of (sum over i of P)^2 / N */
    RML_SIZE_SIZE_NU_N,  /* the same / N^2 */
    RML_SIZE_GREY_VAR,   /* variance of i under p */
    RML_SIZE_SIZE_VAR,   /* variance of j under p */
    RML_SIZE_ENTROPY,    /* -sum p log2 p, bits */
    RML_SIZE_PERCENTAGE, /* N / sum of P j: runs or zones a voxel */
    RML_N_SIZE_FEATURES
} rml_size_feature;

#define RML_SIZE_TERMS 64 /* most cells of a large matrix hold a small count: their logarithms are taken once */

typedef struct rml_sizes {
    const rml_levels *levels;
    double total;                     /* N */
    double *by_level;                 /* [n_levels] row sums */
    double *by_size;                  /* [largest size + 1] column sums; all 0 between uses */
    int64_t largest;                  /* size entered so far */
    double row, row_small, row_large; /* of the row being entered */
    double small, large, low, high;   /* sums over the rows done */
    double small_low, small_high, large_low, large_high;
    double bits;
    double term[RML_SIZE_TERMS]; /* [count] -p log2 p, or -1 where not yet computed */
} rml_sizes;

/* total     in    the sum of the cells that will be entered, above 0
 * by_level  work  [n_levels]
 * by_size   work  [largest size that can be entered + 1], all 0; rml_sizes_finish leaves it so */
static inline void rml_sizes_begin(rml_sizes *sums, const rml_levels *levels, double total, double *by_level,
                                   double *by_size)
{
    *sums = (rml_sizes){.levels = levels, .total = total, .by_level = by_level, .by_size = by_size};
    for (int count = 0; count < RML_SIZE_TERMS; ++count) sums->term[count] = -1.0;
}

static inline double rml_sizes_term(rml_sizes *sums, double count)
{
    const int whole = count < RML_SIZE_TERMS ? (int)count : 0;
    const double p = count / sums->total;

    if (whole != count) return -p * log2(p);
    if (sums->term[whole] < 0.0) sums->term[whole] = -p * log2(p);
    return sums->term[whole];
}

/* One cell of the current row; count above 0, size at least 1.
 * PyRadiomics adds 2.2e-16 to p inside the logarithm, which moves the sum by at most 3.2e-16 a cell: left out here. */
static inline void rml_sizes_add(rml_sizes *sums, int64_t size, double count)
{
    const double squared = (double)size * (double)size;

    sums->row += count;
    sums->row_small += count / squared;
    sums->row_large += count * squared;
    sums->bits += rml_sizes_term(sums, count);
    sums->by_size[size] += count;
    if (size > sums->largest) sums->largest = size;
}

/* rank  of the level whose cells have been entered, from 1 */
static inline void rml_sizes_end_row(rml_sizes *sums, int32_t rank)
{
    const double grey = sums->levels->grey[rank - 1], squared = grey * grey, inverse = 1.0 / squared;

    sums->by_level[rank - 1] = sums->row;
    sums->small += sums->row_small;
    sums->large += sums->row_large;
    sums->low += sums->row * inverse;
    sums->high += sums->row * squared;
    sums->small_low += sums->row_small * inverse;
    sums->small_high += sums->row_small * squared;
    sums->large_low += sums->row_large * inverse;
    sums->large_high += sums->row_large * squared;
    sums->row = sums->row_small = sums->row_large = 0.0;
}

/* value  out  [RML_N_SIZE_FEATURES] */
void rml_sizes_finish(rml_sizes *sums, double *value);

/* Puts what is wanted in a class's order, NaN elsewhere, and sets all reasons to RML_DEFINED.
 *
 * order  in   [n] the rml_size_feature at each place of the class's catalogue
 * from   in   [RML_N_SIZE_FEATURES] */
void rml_sizes_place(const rml_size_feature *order, int32_t n, rml_wanted wanted, const double *from, double *value,
                     uint8_t *reason);

/* Bytes that a piece of scratch takes, and the next such piece. */
static inline size_t rml_scratch_piece(int64_t n, size_t each)
{
    return ((size_t)n * each + 63) / 64 * 64;
}

static inline void *rml_scratch_take(char **at, int64_t n, size_t each)
{
    void *piece = *at;

    *at += rml_scratch_piece(n, each);
    return piece;
}

#endif
