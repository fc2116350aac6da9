/* What `radmill correlate` writes around the matrix: names, what was left out, and the principal components. */
#ifndef RML_JOBS_CORRELATE_H5_H
#define RML_JOBS_CORRELATE_H5_H

#include "engine/distributed.h"
#include "io/h5_tree.h"
#include "jobs/correlate_table.h"
#include "kernels/prepare/pca.h"

/* Everything but the matrix and the components; the rows of /correlation are begun last. grid NULL: no bit hangs on the
 * ranks, and nothing of them is said. */
void rml_correlate_h5_begin(rml_h5_tree *tree, const rml_correlate_table *table, const rml_process_grid *grid);

/* scores [n_components][n_rows]. grid as above, of the components. */
void rml_correlate_h5_pca(rml_h5_tree *tree, const rml_correlate_table *table, const rml_pca *pca, const double *scores,
                          const rml_process_grid *grid);

#endif
