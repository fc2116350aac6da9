/* PyRadiomics' mean of a co-occurrence matrix with all of its pairs in one row or one column, where it adds a direction
 * as one block of memory.
 *
 * By definition that mean is the row's own level and the spread is 0. A sum in floating point may miss the level by its
 * last place; the spread is then rounding, and Correlation about 0 instead of the constant 1. So the order in which
 * numpy adds decides: it adds place by place if the directions are innermost in memory, but in pairs if each is a block
 * of its own: once numpy.delete has taken two or more empty ones away, and where there is one matrix. */
#ifndef RML_TEXTURE_BLOCK_H
#define RML_TEXTURE_BLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "kernels/texture/pairs.h"

/* Whether the sum of level * count / total over the cells, added in the order of numpy's pairwise sum, is level
 * exactly.
 *
 * cells    in   all in one row or all in one column, in the matrix's order
 * total    in   sum of the counts
 * level    in   the grey level of that row or column
 * side     in   levels of the matrix: its block has side * side places
 * by_rows  in   the block lies row by row, not column by column
 *
 * Source: numpy 1.26.4, add.reduce over a contiguous axis; PyRadiomics 3.0.1 glcm.py, _calculateMatrix. */
bool rml_block_mean_is_exact(const rml_cells *cells, double total, double level, int64_t side, bool by_rows);

#endif
