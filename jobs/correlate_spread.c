#include "jobs/correlate_spread.h"

#include <stdlib.h>
#include <string.h>

#include "engine/farm.h"
#include "engine/stop.h"
#include "kernels/stats/unit.h"

enum { PANEL_BYTES = 1 << 26, LOWEST_PANEL = 16, HIGHEST_PANEL = 512 };

rml_status rml_correlate_stop(MPI_Comm comm, rml_error *err)
{
    rml_status status = RML_OK;

    if (rml_stop_asked() != RML_STOP_NONE)
        status = rml_fail(err, RML_ESTOPPED,
                          "stopped on request; --resume goes on from the tiles, and anew with what ScaLAPACK or LAPACK "
                          "computes");
    return rml_agree(comm, status, err);
}

/* The table's rows are the matrix' rows. */
static void give_columns(void *context, int64_t first_row, int64_t n_rows, int64_t first_column, int64_t n_columns,
                         double *to, int64_t stride)
{
    const rml_correlate_table *table = context;

    for (int64_t j = 0; j < n_columns; ++j)
        memcpy(to + j * stride, table->unit + (first_column + j) * table->n_rows + first_row,
               (size_t)n_rows * sizeof *to);
}

rml_status rml_correlate_spread_make(MPI_Comm comm, const rml_correlate_table *table, bool by_rows,
                                     rml_correlate_spread *spread, rml_error *err)
{
    const int64_t side = by_rows ? table->n_rows : table->n;
    rml_correlate_table *columns = (rml_correlate_table *)(uintptr_t)table; /* a generator's context; only read */
    rml_distributed unit = {0};
    rml_status status;

    *spread = (rml_correlate_spread){.table = table, .by_rows = by_rows};
    status = rml_correlate_stop(comm, err);
    if (status == RML_OK) status = rml_process_grid_open(comm, &spread->grid, err);
    if (status == RML_OK) status = rml_distributed_init(&spread->grid, side, side, &spread->square, err);
    if (status == RML_OK) status = rml_distributed_init(&spread->grid, table->n_rows, table->n, &unit, err);
    if (status == RML_OK) {
        rml_distributed_fill(&unit, give_columns, columns);
        status = rml_distributed_square(&unit, by_rows, &spread->square);
    }
    rml_distributed_free(&unit);
    return status;
}

void rml_correlate_spread_free(rml_correlate_spread *spread)
{
    rml_distributed_free(&spread->square);
    rml_process_grid_close(&spread->grid);
}

/* A panel's rows from first: from the columns above the diagonal block, the block, and the rows right of it.
 *
 * above  in   [height][first], of the columns of the panel
 * right  in   [n - first][height], of its rows */
static void assemble(const double *above, const double *right, int64_t first, int64_t height, int64_t n, double *panel)
{
    for (int64_t i = 0; i < height; ++i) {
        double *row = panel + i * n;

        for (int64_t j = 0; j < first; ++j) row[j] = rml_unit_cut(above[i * first + j]);
        for (int64_t j = 0; j < n - first; ++j)
            row[first + j] = rml_unit_cut(j < i ? right[i * height + j] : right[j * height + i]);
        row[first + i] = 1.0;
    }
}

rml_status rml_correlate_spread_write(const rml_correlate_spread *spread, rml_h5_tree *tree, rml_error *err)
{
    const int64_t n = spread->table->n, fitting = PANEL_BYTES / (int64_t)sizeof(double) / n;
    const int64_t most = fitting < LOWEST_PANEL ? LOWEST_PANEL : fitting > HIGHEST_PANEL ? HIGHEST_PANEL : fitting;
    double *panel = NULL, *above = NULL, *right = NULL;
    rml_status status = RML_OK;

    if (tree) { /* rank 0 */
        panel = malloc((size_t)(most * n) * sizeof *panel);
        above = malloc((size_t)(most * n) * sizeof *above);
        right = malloc((size_t)(most * n) * sizeof *right);
        if (!panel || !above || !right) status = RML_ENOMEM;
    }
    if (status != RML_OK) rml_fail(err, status, "no memory for %lld rows of the matrix", (long long)most);
    status = rml_agree(spread->grid.comm, status, err);
    for (int64_t first = 0; status == RML_OK && first < n; first += most) {
        const int64_t height = n - first < most ? n - first : most;

        status = rml_correlate_stop(spread->grid.comm, err);
        if (status != RML_OK) break;
        status = rml_distributed_gather(&spread->square, 0, first, first, height, above);
        if (status == RML_OK) status = rml_distributed_gather(&spread->square, first, height, first, n - first, right);
        if (status != RML_OK) rml_fail(err, status, "no memory for %lld rows of the matrix", (long long)height);
        if (status != RML_OK || !tree) continue;
        assemble(above, right, first, height, n, panel);
        rml_h5_tree_rows(tree, height, panel);
    }
    free(panel);
    free(above);
    free(right);
    return status;
}
