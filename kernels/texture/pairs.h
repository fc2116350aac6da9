/* Counts the pairs of neighbouring voxels along one direction, as the non-zero cells of a co-occurrence matrix. */
#ifndef RML_TEXTURE_PAIRS_H
#define RML_TEXTURE_PAIRS_H

#include <stdbool.h>
#include <stddef.h>

#include "kernels/texture/levels.h"

/* The non-zero cells of a matrix, rows ascending, columns ascending in a row. */
typedef struct rml_cells {
    int64_t n;
    uint16_t *row;    /* [n] rank of the level, from 0 */
    uint16_t *column; /* [n] */
    double *count;    /* [n] pairs; whole numbers unless weighted */
} rml_cells;

/* Dense counts into a square of cells, sparse sorts one key a pair: few levels want the one, many the other. Both give
 * the same cells. */
typedef enum rml_pair_form {
    RML_PAIRS_AUTO,
    RML_PAIRS_DENSE,
    RML_PAIRS_SPARSE,
} rml_pair_form;

typedef struct rml_pairs {
    const rml_levels *levels;
    bool dense;
    uint32_t *squares; /* dense: [n_squares * side * side], all zero between counts */
    int64_t side;      /* n_levels + 1: level 0 is counted too, and dropped */
    int n_squares;
    uint32_t *keys, *spare; /* sparse: [n_voxels] */
} rml_pairs;

/* Lays a counter out in scratch. Returns the bytes of scratch, a multiple of 64; with
 * scratch NULL it only measures. At most 2^32 - 1 voxels. */
size_t rml_pairs_init(rml_pairs *pairs, const rml_levels *levels, rml_pair_form form, void *scratch);

/* The most cells that one direction can have; folded as rml_pairs_count has it. */
int64_t rml_pairs_capacity(const rml_levels *levels, bool folded);

/* Counts the pairs (a, b) of ROI voxels with b = a + step.
 *
 * step    in   {dx, dy, dz}, within the levels' margin
 * folded  in   (i, j) and (j, i) are one cell with row <= column, as a symmetrical matrix wants it
 * cells   out  room for rml_pairs_capacity cells
 * returns the number of pairs. */
int64_t rml_pairs_count(rml_pairs *pairs, const int32_t step[3], bool folded, rml_cells *cells);

/* sum := a + weight * b, cell by cell; sum may not be a or b. */
void rml_cells_add(const rml_cells *a, const rml_cells *b, double weight, rml_cells *sum);

#endif
