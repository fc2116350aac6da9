/* Products of a few rows with many vectors at once: what is read from memory once serves them all. Used by rfe_look.c
 * and rfe_inverse.c. */
#ifndef RML_SELECT_RFE_TILE_H
#define RML_SELECT_RFE_TILE_H

#include <stdint.h>
#include <stdlib.h>

enum { RML_RFE_TILE = 8 /* rows */, RML_RFE_AHEAD = 16 /* vectors, at most */ };

/* row: RML_RFE_TILE rows, [p] each; v: n_v vectors, [p] each; out: [n_v][RML_RFE_TILE] their products. */
void rml_rfe_tile_dot(const double *const *row, int32_t p, double *const *v, int32_t n_v, double *out);
/* Adds to the vector out[k] the rows times c[k], [n_v][RML_RFE_TILE]. */
void rml_rfe_tile_add(const double *const *row, int32_t p, const double *c, double *const *out, int32_t n_v);
/* The rows from number `first` of the n_rows at x, [n_rows][stride], to the end of a tile, the last one again where
 * there are no more; how many there are. */
int32_t rml_rfe_tile_rows(const double *x, int32_t first, int32_t n_rows, int64_t stride, const double **row);

/* Of rows of p numbers that each begin with a line of the cache, as the memory that they are in does: twice as quick.
 */
static inline int64_t rml_rfe_stride(int32_t p)
{
    return ((int64_t)p + 7) / 8 * 8;
}
/* Such memory for n numbers, to be freed. NULL: there is none. */
static inline double *rml_rfe_memory(size_t n)
{
    return aligned_alloc(64, (n + 8) / 8 * 64);
}

#endif
