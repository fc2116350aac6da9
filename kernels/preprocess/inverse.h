/* The inverse of a grid's matrix, to the last bit as ITK has it. */
#ifndef RML_PREPROCESS_INVERSE_H
#define RML_PREPROCESS_INVERSE_H

#include <stdbool.h>

/* inverse = V diag(1/w) U^T with LINPACK's singular value decomposition of m, sums in that routine's order. Which of
 * two voxels is nearest to a point half-way between them hangs on the last bit of it.
 *
 * False: m is singular, not finite, or so badly scaled (some 1e15 from its longest to its shortest axis) that a
 * singular value vanishes beside the others. Source: Dongarra, Bunch, Moler & Stewart 1979, LINPACK Users' Guide,
 * chapter 11 (dsvdc); ITK 5.3, Matrix::GetInverse, takes its inverse from it. */
bool rml_inverse(const double m[3][3], double inverse[3][3]);

#endif
