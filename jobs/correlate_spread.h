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

/* Computes the products of all columns (or rows) of the table. Collective, as are the others; to be freed in any case.
 * As rml_distributed_init and rml_correlate_stop. */
RML_CHECKED rml_status rml_correlate_spread_make(MPI_Comm comm, const rml_correlate_table *table, bool by_rows,
                                                 rml_correlate_spread *spread, rml_error *err);
void rml_correlate_spread_free(rml_correlate_spread *spread);

/* The whole matrix of columns to the rows begun in rank 0's tree, panel by panel. RML_ENOMEM, and as
 * rml_correlate_stop. */
RML_CHECKED rml_status rml_correlate_spread_write(const rml_correlate_spread *spread, rml_h5_tree *tree,
                                                  rml_error *err);

#endif
