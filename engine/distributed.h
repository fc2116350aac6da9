/* Matrices that no rank holds whole: block-cyclic over a grid of ranks, by ScaLAPACK.
 *
 * The last bits of what is computed here depend on the grid, so on the number of ranks: nothing that must not do so may
 * hang on them. ScaLAPACK and the BLACS call MPI and wait in it with a core each; only the thread that initialised MPI
 * may call what is collective. Its integers are of 32 bits: a matrix of which one rank would hold 2^31 elements or more
 * is refused, and more ranks are the way out. */
#ifndef RML_ENGINE_DISTRIBUTED_H
#define RML_ENGINE_DISTRIBUTED_H

#include <mpi.h>
#include <stdbool.h>
#include <stdint.h>

#include "kernels/base/status.h"

enum { RML_DISTRIBUTED_BLOCK = 64 }; /* rows and columns of a block */

typedef struct rml_process_grid {
    MPI_Comm comm;         /* its own */
    int n_rows, n_columns; /* of ranks: all of them, as near to a square as they go, never more rows than columns */
    int row, column;       /* where this rank stands: ranks run along a row first */
    int system, context;   /* the BLACS' handles */
    int n_here;            /* ranks on this node */
    int64_t memory;        /* bytes that they may use together */
} rml_process_grid;

/* Collective over comm; so is closing, which takes a grid of zeros as well. memory: bytes for all ranks of a node, 0
 * for rml_memory_limit. RML_ECAPACITY: the BLACS refuse. */
RML_CHECKED rml_status rml_process_grid_open(MPI_Comm comm, int64_t memory, rml_process_grid *grid, rml_error *err);
void rml_process_grid_close(rml_process_grid *grid);

typedef struct rml_distributed {
    const rml_process_grid *grid;
    int64_t n_rows, n_columns;
    int local_rows, local_columns; /* this rank's part */
    int stride;
    int descriptor[9];
    double *local; /* [local_columns][stride], each column contiguous; malloc'ed */
} rml_distributed;

/* Bytes of the largest part that a rank has of a matrix. Not collective. */
double rml_distributed_bytes(const rml_process_grid *grid, int64_t n_rows, int64_t n_columns);

/* Zeros. Collective; the grid must outlive the matrix.
 * RML_ECAPACITY  more than ScaLAPACK's integers count, or than a node's memory for its ranks' parts of this
 *                one matrix: what else there is, is the caller's to add up
 * RML_ENOMEM */
RML_CHECKED rml_status rml_distributed_init(const rml_process_grid *grid, int64_t n_rows, int64_t n_columns,
                                            rml_distributed *matrix, rml_error *err);
void rml_distributed_free(rml_distributed *matrix);

/* Writes the elements from (first_row, first_column): row i, column j of the block to to[j * stride + i]. */
typedef void rml_distributed_generator(void *context, int64_t first_row, int64_t n_rows, int64_t first_column,
                                       int64_t n_columns, double *to, int64_t stride);
/* Asks for every block of this rank, once. Not collective. */
void rml_distributed_fill(rml_distributed *matrix, rml_distributed_generator *generator, void *context);

/* product = A'A, or (by_rows) AA': its upper triangle, the rest stays as it is. product must be square, of A's columns
 * or rows. Collective. RML_EINVAL: it is not. */
RML_CHECKED rml_status rml_distributed_square(const rml_distributed *a, bool by_rows, rml_distributed *product);

/* The n_wanted largest eigenvalues of a symmetric matrix, rising, and their vectors. Collective; takes the
 * memory that rml_distributed_largest_bytes says.
 *
 * matrix   in   the upper triangle counts; overwritten
 * values   out  [n_wanted] on every rank
 * vectors  out  [n_wanted][n] on rank 0, of length 1; NULL elsewhere
 *
 * RML_EINVAL     n_wanted outside 1..n
 * RML_ECAPACITY  as rml_distributed_init, of the work space too
 * RML_EVALUE     no convergence: only of a matrix that is not finite
 * RML_ENOMEM */
RML_CHECKED rml_status rml_distributed_largest(rml_distributed *matrix, int32_t n_wanted, double *values,
                                               double *vectors, rml_error *err);

/* Bytes a rank that rml_distributed_largest will take beside the n x n matrix: a second one, and ScaLAPACK's work
 * space, which it is asked for. Collective; takes no more than a few numbers a column itself. RML_EINVAL,
 * RML_ECAPACITY, RML_ENOMEM as there. */
RML_CHECKED rml_status rml_distributed_largest_bytes(const rml_process_grid *grid, int64_t n, int32_t n_wanted,
                                                     double *bytes, rml_error *err);

/* A part of the matrix on rank 0: row i, column j of the part to to[j * n_rows + i]. Collective; ranks that have sent
 * sleep. The part has at most 2^31 - 1 elements.
 *
 * to  out  [n_columns * n_rows] on rank 0; NULL elsewhere
 * RML_ENOMEM  on all ranks */
RML_CHECKED rml_status rml_distributed_gather(const rml_distributed *matrix, int64_t first_row, int64_t n_rows,
                                              int64_t first_column, int64_t n_columns, double *to);

#endif
