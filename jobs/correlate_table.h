/* The columns that a correlation is made of: complete, with spread, as numbers or ranks, and of unit length. */
#ifndef RML_JOBS_CORRELATE_TABLE_H
#define RML_JOBS_CORRELATE_TABLE_H

#include <mpi.h>

#include "engine/share.h"
#include "jobs/picked.h"

typedef struct rml_left_out {
    const char *name;
    char why[40];
} rml_left_out;

typedef struct rml_correlate_table {
    /* every rank */
    int64_t n_rows;
    int32_t n;          /* columns */
    const double *unit; /* [n][n_rows] of length 1 about their means; in shared */
    rml_shared shared;
    /* rank 0 */
    rml_picked picked;
    bool ranks; /* Spearman: a column's values are replaced by their midranks */
    double *x;  /* [n][n_rows] what unit was made of; in picked's frame */
    const char **name;
    int32_t *row; /* [n_rows] the table's row, from 0 */
    int32_t n_left;
    rml_left_out *left; /* [n_left] columns that have a value missing, or no spread */
    int64_t n_empty;    /* rows without any value, left out before */
    uint64_t checksum;  /* of names and unit columns */
} rml_correlate_table;

/* Rank 0 reads the table that `picked` names and leaves out rows without any value, then columns with a value that is
 * missing or infinite, and those without spread (all equal, or within rounding as rml_scale_fit has it); every rank
 * gets the unit columns, once a node. Collective. The frame's matrix is used up.
 *
 * RML_ESETTING  no column left; else as rml_picked_read and rml_share_node */
RML_CHECKED rml_status rml_correlate_table_read(MPI_Comm comm, rml_correlate_table *table, rml_error *err);
void rml_correlate_table_free(rml_correlate_table *table);

#endif
