/* A correlation matrix tile by tile on the farm: a product's sums have one order, and tiles are placed by their
 * numbers, so no bit hangs on the ranks. */
#ifndef RML_JOBS_CORRELATE_TILES_H
#define RML_JOBS_CORRELATE_TILES_H

#include "engine/farm.h"
#include "io/h5_tree.h"
#include "jobs/correlate_table.h"

enum { RML_TILE = 512 }; /* columns: 2 MiB a tile, some milliseconds */

/* Computes what the journal does not have yet, the tiles on and above the diagonal. Collective. The table must live
 * until the process ends when this fails: a thread that was given up on may still read it.
 *
 * journal  rank 0: open; NULL elsewhere
 * RML_ECRASH  a tile could not be computed; else as rml_farm_run */
RML_CHECKED rml_status rml_correlate_tiles_run(MPI_Comm comm, const rml_correlate_table *table, rml_journal *journal,
                                               const rml_farm_options *options, rml_farm_report *report,
                                               rml_error *err);

/* Rank 0: the whole matrix from the journal to the rows begun in the tree, a tile's height at a time. */
RML_CHECKED rml_status rml_correlate_tiles_write(const rml_correlate_table *table, const rml_journal *journal,
                                                 rml_h5_tree *tree, rml_error *err);

#endif
