/* A correlation matrix that is spread over the ranks by ScaLAPACK, and the eigenvectors of one. The last bits hang on
 * the grid of ranks. */
#ifndef RML_JOBS_CORRELATE_SPREAD_H
#define RML_JOBS_CORRELATE_SPREAD_H

#include "engine/distributed.h"
#include "io/h5_tree.h"
#include "jobs/correlate_table.h"

/* RML_ESTOPPED when a rank was asked to stop since rml_stop_begin. Collective. */
RML_CHECKED rml_status rml_correlate_stop(MPI_Comm comm, rml_error *err);

typedef struct rml_correlate_spread {
    const rml_correlate_table *table;
    rml_process_grid grid;
    rml_distributed square; /* upper triangle of the columns' products, or the rows' */
    bool by_rows;
} rml_correlate_spread;

/* Of the smaller side's products the components come: the rows' or the columns'. How many there can be of those asked
 * for goes to n. */
bool rml_correlate_spread_by_rows(const rml_correlate_table *table, int64_t asked, int32_t *n);

/* Whether a node's memory holds what there will be at once beside the table: matrix, the columns it is made of, and
 * what rank 0 writes; and of n_components > 0, the products, their eigenvectors and the work space. Before any of it is
 * taken. Collective. memory: bytes a node, 0 for rml_memory_limit. RML_ECAPACITY: it does not; else as
 * rml_distributed_largest_bytes. */
RML_CHECKED rml_status rml_correlate_spread_check(MPI_Comm comm, const rml_correlate_table *table, bool matrix,
                                                  int64_t n_components, int64_t memory, rml_error *err);

/* Computes the products of all columns (or rows) of the table. Collective, as are the others; to be freed in any case.
 * memory as above. As rml_distributed_init and rml_correlate_stop. */
RML_CHECKED rml_status rml_correlate_spread_make(MPI_Comm comm, const rml_correlate_table *table, bool by_rows,
                                                 int64_t memory, rml_correlate_spread *spread, rml_error *err);
void rml_correlate_spread_free(rml_correlate_spread *spread);

/* The whole matrix of columns to the rows begun in rank 0's tree, panel by panel. RML_ENOMEM, and as
 * rml_correlate_stop. */
RML_CHECKED rml_status rml_correlate_spread_write(const rml_correlate_spread *spread, rml_h5_tree *tree,
                                                  rml_error *err);

#endif
