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

bool rml_correlate_spread_by_rows(const rml_correlate_table *table, int64_t asked, int32_t *n)
{
    const bool by_rows = table->n_rows <= table->n;
    const int64_t most = by_rows ? table->n_rows - 1 : table->n;

    *n = (int32_t)(asked < most ? asked : most);
    return by_rows;
}

static int64_t panel_height(int64_t n)
{
    const int64_t fitting = PANEL_BYTES / (int64_t)sizeof(double) / n;
    const int64_t height = fitting < LOWEST_PANEL ? LOWEST_PANEL : fitting > HIGHEST_PANEL ? HIGHEST_PANEL : fitting;

    return height < n ? height : n;
}

/* Rank 0's node holds more: what rank 0 read, and what it gathers. */
static rml_status check_node(const rml_process_grid *grid, const rml_correlate_table *table, const char *what,
                             double a_rank, double of_first, rml_error *err)
{
    const double first = table->x ? of_first + (double)table->picked.frame.n_features *
                                                   (double)table->picked.frame.n_rows * sizeof(double)
                                  : 0.0;
    const double all = (double)table->shared.n_bytes + a_rank * grid->n_here + first;
    const int n_ranks = grid->n_rows * grid->n_columns;
    rml_status status = RML_OK;

    if (all > (double)grid->memory)
        status =
            rml_fail(err, RML_ECAPACITY,
                     "%s of %d columns and %lld rows over %d rank%s: a node would hold %.3g GiB with the table, and "
                     "may hold %.3g GiB; more nodes or a larger --memory were expected",
                     what, table->n, (long long)table->n_rows, n_ranks, n_ranks == 1 ? "" : "s", all / (1 << 30),
                     (double)grid->memory / (1 << 30));
    return rml_agree(grid->comm, status, err);
}

static rml_status check_matrix(const rml_process_grid *grid, const rml_correlate_table *table, rml_error *err)
{
    /* three panels, and what a gather takes */
    const double panels = 4.0 * (double)panel_height(table->n) * table->n * sizeof(double);
    const double square = rml_distributed_bytes(grid, table->n, table->n);
    const double unit = rml_distributed_bytes(grid, table->n_rows, table->n);
    rml_status status = check_node(grid, table, "the matrix", square + unit, 0.0, err);

    if (status == RML_OK) status = check_node(grid, table, "the matrix", square, panels, err);
    return status;
}

static rml_status check_components(const rml_process_grid *grid, const rml_correlate_table *table, int64_t asked,
                                   rml_error *err)
{
    int32_t k;
    const bool by_rows = rml_correlate_spread_by_rows(table, asked, &k);
    const int64_t side = by_rows ? table->n_rows : table->n;
    const double square = rml_distributed_bytes(grid, side, side);
    const double unit = rml_distributed_bytes(grid, table->n_rows, table->n);
    const double vectors = 2.0 * k * (double)side * sizeof(double); /* gathered, and in one piece */
    double solving = 0.0;
    rml_status status = check_node(grid, table, "the components", square + unit, vectors / 2.0, err);

    if (status == RML_OK) status = rml_distributed_largest_bytes(grid, side, k, &solving, err);
    if (status == RML_OK) status = check_node(grid, table, "the components", square + solving, vectors, err);
    return status;
}

rml_status rml_correlate_spread_check(MPI_Comm comm, const rml_correlate_table *table, bool matrix,
                                      int64_t n_components, int64_t memory, rml_error *err)
{
    rml_process_grid grid;
    rml_status status = rml_process_grid_open(comm, memory, &grid, err);

    if (status == RML_OK && matrix) status = check_matrix(&grid, table, err);
    if (status == RML_OK && n_components > 0) status = check_components(&grid, table, n_components, err);
    rml_process_grid_close(&grid);
    return status;
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

rml_status rml_correlate_spread_make(MPI_Comm comm, const rml_correlate_table *table, bool by_rows, int64_t memory,
                                     rml_correlate_spread *spread, rml_error *err)
{
    const int64_t side = by_rows ? table->n_rows : table->n;
    rml_correlate_table *columns = (rml_correlate_table *)(uintptr_t)table; /* a generator's context; only read */
    rml_distributed unit = {0};
    rml_status status;

    *spread = (rml_correlate_spread){.table = table, .by_rows = by_rows};
    status = rml_correlate_stop(comm, err);
    if (status == RML_OK) status = rml_process_grid_open(comm, memory, &spread->grid, err);
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
    const int64_t n = spread->table->n, most = panel_height(n);
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
