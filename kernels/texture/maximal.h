/* The maximal correlation coefficient of a co-occurrence matrix. */
#ifndef RML_TEXTURE_MAXIMAL_H
#define RML_TEXTURE_MAXIMAL_H

#include "kernels/texture/pairs.h"

/* Bytes of scratch that rml_maximal_correlation needs for up to capacity cells; a multiple of 64. */
size_t rml_maximal_scratch_bytes(int32_t n_levels, int64_t capacity, bool folded);

/* The root of the second largest eigenvalue of PyRadiomics' Q, in [0, 1]: the second largest singular value of
 * P(i,j) / sqrt(px(i) py(j)), and the part that the 2.2e-16 in Q's denominator has in it to 1e-8 or so. 0 where only
 * one level has pairs; where the levels fall into groups that never meet, 1 but for that part.
 *
 * cells    in   as rml_pairs_count gives them, or weighted
 * folded   in   whether (i, j) and (j, i) are one cell
 * total    in   sum of the cells' counts, above 0
 * px, py   in   [n_levels] the matrix's marginals, sums 1; the same array if folded
 * grey     in   [n_levels] ascending
 * scratch  work [rml_maximal_scratch_bytes], aligned to 64
 *
 * Source: Haralick et al. 1973, feature 14; PyRadiomics MCC. */
double rml_maximal_correlation(const rml_cells *cells, bool folded, double total, const double *px, const double *py,
                               const int32_t *grey, int32_t n_levels, void *scratch);

#endif
