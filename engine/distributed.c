/* 1. ScaLAPACK's and the BLACS' names   2. The grid   3. Matrices   4. Products and eigenvectors   5. Parts */
#include "engine/distributed.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/farm.h"
#include "engine/memory.h"
#include "engine/post.h"

/* 1. ScaLAPACK's and the BLACS' names: they have no headers -------------------------------------------------------- */

extern int Csys2blacs_handle(MPI_Comm comm);
extern void Cfree_blacs_system_handle(int system);
extern void Cblacs_gridinit(int *context, const char *order, int n_rows, int n_columns);
extern void Cblacs_gridinfo(int context, int *n_rows, int *n_columns, int *row, int *column);
extern void Cblacs_gridexit(int context);
extern double pdlamch_(const int *context, const char *what);
extern void pdsyrk_(const char *triangle, const char *transposed, const int *n, const int *k, const double *alpha,
                    const double *a, const int *ia, const int *ja, const int *of_a, const double *beta, double *c,
                    const int *ic, const int *jc, const int *of_c);
extern void pdsyevx_(const char *job, const char *range, const char *triangle, const int *n, double *a, const int *ia,
                     const int *ja, const int *of_a, const double *low, const double *high, const int *first,
                     const int *last, const double *tolerance, int *n_values, int *n_vectors, double *values,
                     const double *orthogonal, double *z, const int *iz, const int *jz, const int *of_z, double *work,
                     const int *n_work, int *int_work, const int *n_int, int *failed, int *clusters, double *gaps,
                     int *info);

enum { BLOCK = RML_DISTRIBUTED_BLOCK, PART_TAG = 1 };
static const int one = 1; /* where a whole matrix begins */

/* 2. The grid ------------------------------------------------------------------------------------------------------ */

rml_status rml_process_grid_open(MPI_Comm comm, int64_t memory, rml_process_grid *grid, rml_error *err)
{
    MPI_Comm node;
    int size, rows, columns;
    rml_status status = RML_OK;

    *grid = (rml_process_grid){0};
    MPI_Comm_dup(comm, &grid->comm);
    MPI_Comm_size(grid->comm, &size);
    MPI_Comm_split_type(grid->comm, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node);
    MPI_Comm_size(node, &grid->n_here);
    MPI_Comm_free(&node);
    grid->memory = memory > 0 ? memory : rml_memory_limit("");
    for (int rows_tried = 1; rows_tried * rows_tried <= size; ++rows_tried)
        if (size % rows_tried == 0) grid->n_rows = rows_tried;
    grid->n_columns = size / grid->n_rows;
    grid->system = grid->context = Csys2blacs_handle(grid->comm);
    Cblacs_gridinit(&grid->context, "Row", grid->n_rows, grid->n_columns);
    Cblacs_gridinfo(grid->context, &rows, &columns, &grid->row, &grid->column);
    if (rows != grid->n_rows || columns != grid->n_columns)
        status = rml_fail(err, RML_ECAPACITY, "the BLACS make no grid of %d x %d ranks", grid->n_rows, grid->n_columns);
    return rml_agree(grid->comm, status, err);
}

void rml_process_grid_close(rml_process_grid *grid)
{
    if (grid->n_rows == 0) return;
    if (grid->row >= 0) Cblacs_gridexit(grid->context);
    Cfree_blacs_system_handle(grid->system);
    MPI_Comm_free(&grid->comm);
    *grid = (rml_process_grid){0};
}

/* How many of the indices below n the place-th of n_places has. */
static int64_t count_below(int64_t n, int place, int n_places)
{
    const int64_t n_blocks = n / BLOCK, last = n_blocks % n_places;

    return n_blocks / n_places * BLOCK + (place < last ? BLOCK : place == last ? n % BLOCK : 0);
}

/* The index that a place has as its local-th. */
static int64_t index_of(int64_t local, int place, int n_places)
{
    return (local / BLOCK * n_places + place) * BLOCK + local % BLOCK;
}

/* 3. Matrices ------------------------------------------------------------------------------------------------------ */

/* The first rank has the largest part. */
double rml_distributed_bytes(const rml_process_grid *grid, int64_t n_rows, int64_t n_columns)
{
    return (double)count_below(n_rows, 0, grid->n_rows) * (double)count_below(n_columns, 0, grid->n_columns) *
           sizeof(double);
}

static rml_status check_size(const rml_process_grid *grid, int64_t n_rows, int64_t n_columns, rml_error *err)
{
    const int64_t rows = count_below(n_rows, 0, grid->n_rows), columns = count_below(n_columns, 0, grid->n_columns);
    const int n_ranks = grid->n_rows * grid->n_columns;

    if (n_rows > INT_MAX || n_columns > INT_MAX || rows > INT_MAX / (columns > 0 ? columns : 1))
        return rml_fail(err, RML_ECAPACITY,
                        "a matrix of %lld x %lld over %d rank%s: each would hold %.3g elements, and ScaLAPACK counts "
                        "up to 2147483647; more ranks were expected",
                        (long long)n_rows, (long long)n_columns, n_ranks, n_ranks == 1 ? "" : "s",
                        (double)rows * (double)columns);
    if (rml_distributed_bytes(grid, n_rows, n_columns) * grid->n_here > (double)grid->memory)
        return rml_fail(
            err, RML_ECAPACITY,
            "a matrix of %lld x %lld over %d rank%s: a node would hold %.3g GiB, and may hold %.3g GiB; more "
            "nodes were expected",
            (long long)n_rows, (long long)n_columns, n_ranks, n_ranks == 1 ? "" : "s",
            rml_distributed_bytes(grid, n_rows, n_columns) * grid->n_here / (1 << 30),
            (double)grid->memory / (1 << 30));
    return RML_OK;
}

/* All but its elements. */
static rml_status describe(const rml_process_grid *grid, int64_t n_rows, int64_t n_columns, rml_distributed *matrix,
                           rml_error *err)
{
    const rml_status status = check_size(grid, n_rows, n_columns, err);

    *matrix = (rml_distributed){.grid = grid, .n_rows = n_rows, .n_columns = n_columns};
    if (status == RML_OK) {
        const int64_t rows = count_below(n_rows, grid->row, grid->n_rows);
        const int64_t columns = count_below(n_columns, grid->column, grid->n_columns);
        const int descriptor[9] = {1, grid->context,           (int)n_rows, (int)n_columns, BLOCK, BLOCK, 0,
                                   0, rows > 0 ? (int)rows : 1};

        matrix->local_rows = (int)rows;
        matrix->local_columns = (int)columns;
        matrix->stride = descriptor[8];
        memcpy(matrix->descriptor, descriptor, sizeof descriptor);
    }
    return status;
}

rml_status rml_distributed_init(const rml_process_grid *grid, int64_t n_rows, int64_t n_columns,
                                rml_distributed *matrix, rml_error *err)
{
    rml_status status = describe(grid, n_rows, n_columns, matrix, err);

    if (status == RML_OK) {
        matrix->local = calloc((size_t)matrix->stride * (size_t)matrix->local_columns + 1, sizeof *matrix->local);
        if (!matrix->local)
            status = rml_fail(err, RML_ENOMEM, "no memory for a rank's part of a matrix of %lld x %lld",
                              (long long)n_rows, (long long)n_columns);
    }
    status = rml_agree(grid->comm, status, err);
    if (status != RML_OK) rml_distributed_free(matrix);
    return status;
}

void rml_distributed_free(rml_distributed *matrix)
{
    if (!matrix) return;
    free(matrix->local);
    *matrix = (rml_distributed){0};
}

void rml_distributed_fill(rml_distributed *matrix, rml_distributed_generator *generator, void *context)
{
    const rml_process_grid *g = matrix->grid;

    for (int64_t c = 0; c < matrix->local_columns; c += BLOCK)
        for (int64_t r = 0; r < matrix->local_rows; r += BLOCK) {
            const int64_t rows = matrix->local_rows - r < BLOCK ? matrix->local_rows - r : BLOCK;
            const int64_t columns = matrix->local_columns - c < BLOCK ? matrix->local_columns - c : BLOCK;

            generator(context, index_of(r, g->row, g->n_rows), rows, index_of(c, g->column, g->n_columns), columns,
                      matrix->local + c * matrix->stride + r, matrix->stride);
        }
}

/* 4. Products and eigenvectors ------------------------------------------------------------------------------------- */

rml_status rml_distributed_square(const rml_distributed *a, bool by_rows, rml_distributed *product)
{
    const double alpha = 1.0, beta = 0.0;
    const int n = (int)(by_rows ? a->n_rows : a->n_columns), k = (int)(by_rows ? a->n_columns : a->n_rows);

    if (product->n_rows != n || product->n_columns != n) return RML_EINVAL;
    pdsyrk_("U", by_rows ? "N" : "T", &n, &k, &alpha, a->local, &one, &one, a->descriptor, &beta, product->local, &one,
            &one, product->descriptor);
    return RML_OK;
}

typedef struct solver { /* work space, and what ScaLAPACK says besides */
    double *values, *work, *gaps;
    int *int_work, *failed, *clusters;
} solver;

/* n_work, n_int: -1 asks for the sizes, which come back in work[0] and int_work[0]. Returns ScaLAPACK's info. */
static int solve(rml_distributed *m, int n_wanted, rml_distributed *z, solver *s, int n_work, int n_int, int *n_found)
{
    const int n = (int)m->n_rows, first = n - n_wanted + 1;
    /* Twice the smallest number that has an inverse: ScaLAPACK's own word for the most accurate values. */
    const double none = 0.0, tolerance = 2.0 * pdlamch_(&m->grid->context, "S"), orthogonal = -1.0;
    int n_vectors = 0, info = 0;

    *n_found = 0;
    pdsyevx_("V", "I", "U", &n, m->local, &one, &one, m->descriptor, &none, &none, &first, &n, &tolerance, n_found,
             &n_vectors, s->values, &orthogonal, z->local, &one, &one, z->descriptor, s->work, &n_work, s->int_work,
             &n_int, s->failed, s->clusters, s->gaps, &info);
    if (n_vectors < *n_found) *n_found = n_vectors;
    return info;
}

static void solver_free(solver *s)
{
    free(s->values);
    free(s->work);
    free(s->gaps);
    free(s->int_work);
    free(s->failed);
    free(s->clusters);
}

/* Asks for the work space; neither matrix needs its elements for that. Room for every cluster that may come up: of the
 * wanted vectors alone, so no vector is left that is not orthogonal to its neighbours. */
static rml_status solver_ask(rml_distributed *m, int n_wanted, rml_distributed *z, solver *s, int *n_work, int *n_int,
                             rml_error *err)
{
    const size_t n = (size_t)m->n_rows, n_ranks = (size_t)m->grid->n_rows * (size_t)m->grid->n_columns;
    double asked, room;
    int found;

    *s = (solver){.values = malloc(n * sizeof(double)),
                  .work = malloc(16 * sizeof(double)),
                  .gaps = malloc(n_ranks * sizeof(double)),
                  .int_work = malloc(16 * sizeof(int)),
                  .failed = malloc(n * sizeof(int)),
                  .clusters = malloc(2 * n_ranks * sizeof(int))};
    if (!s->values || !s->work || !s->gaps || !s->int_work || !s->failed || !s->clusters)
        return rml_fail(err, RML_ENOMEM, "no memory for eigenvectors");
    (void)solve(m, n_wanted, z, s, -1, -1, &found);
    asked = s->work[0];
    room = asked + (double)(n_wanted - 1) * (double)n;
    if (room > INT_MAX)
        return rml_fail(
            err, RML_ECAPACITY,
            "%d eigenvectors of %lld numbers each: a work space of %.3g numbers, and ScaLAPACK counts up to "
            "2147483647; fewer components were expected",
            n_wanted, (long long)n, room);
    *n_work = (int)room;
    *n_int = s->int_work[0];
    return RML_OK;
}

static rml_status solver_init(rml_distributed *m, int n_wanted, rml_distributed *z, solver *s, int *n_work, int *n_int,
                              rml_error *err)
{
    const rml_status status = solver_ask(m, n_wanted, z, s, n_work, n_int, err);

    if (status != RML_OK) return status;
    free(s->work);
    free(s->int_work);
    s->work = malloc((size_t)*n_work * sizeof(double));
    s->int_work = malloc((size_t)*n_int * sizeof(int));
    return s->work && s->int_work ? RML_OK : rml_fail(err, RML_ENOMEM, "no memory for eigenvectors");
}

rml_status rml_distributed_largest_bytes(const rml_process_grid *grid, int64_t n, int32_t n_wanted, double *bytes,
                                         rml_error *err)
{
    rml_distributed matrix = {0};
    solver s = {0};
    int n_work = 0, n_int = 0;
    rml_status status;

    *bytes = NAN;
    if (n_wanted < 1 || n_wanted > n)
        return rml_fail(err, RML_EINVAL, "%d eigenvectors of a matrix of %lld x %lld", n_wanted, (long long)n,
                        (long long)n);
    status = rml_agree(grid->comm, describe(grid, n, n, &matrix, err), err);
    if (status != RML_OK) return status;
    status = rml_agree(grid->comm, solver_ask(&matrix, n_wanted, &matrix, &s, &n_work, &n_int, err), err);
    if (status == RML_OK)
        *bytes = rml_distributed_bytes(grid, n, n) + (double)n_work * sizeof(double) + (double)n_int * sizeof(int) +
                 (double)n * (sizeof(double) + sizeof(int));
    solver_free(&s);
    return status;
}

rml_status rml_distributed_largest(rml_distributed *matrix, int32_t n_wanted, double *values, double *vectors,
                                   rml_error *err)
{
    const int64_t n = matrix->n_rows;
    rml_distributed z = {0};
    solver s = {0};
    int n_work = 0, n_int = 0, found = 0, info;
    rml_status status;

    if (n_wanted < 1 || n_wanted > n || matrix->n_columns != n)
        return rml_fail(err, RML_EINVAL, "%d eigenvectors of a matrix of %lld x %lld", n_wanted, (long long)n,
                        (long long)matrix->n_columns);
    status = rml_distributed_init(matrix->grid, n, n, &z, err); /* ScaLAPACK wants all of it for any number of them */
    if (status == RML_OK) {
        status = solver_init(matrix, n_wanted, &z, &s, &n_work, &n_int, err);
        status = rml_agree(matrix->grid->comm, status, err);
    }
    if (status == RML_OK) {
        info = solve(matrix, n_wanted, &z, &s, n_work, n_int, &found);
        if (info != 0 || found != n_wanted)
            status =
                rml_fail(err, RML_EVALUE, "ScaLAPACK finds %d of %d eigenvectors (info %d)", found, n_wanted, info);
        status = rml_agree(matrix->grid->comm, status, err);
    }
    if (status == RML_OK) {
        memcpy(values, s.values, (size_t)n_wanted * sizeof *values);
        status = rml_distributed_gather(&z, 0, n, 0, n_wanted, vectors);
        if (status != RML_OK) rml_fail(err, status, "no memory for eigenvectors");
    }
    solver_free(&s);
    rml_distributed_free(&z);
    return status;
}

/* 5. Parts --------------------------------------------------------------------------------------------------------- */

typedef struct span { /* of a place's own indices */
    int64_t first, n;
} span;

static span span_of(int64_t first, int64_t n, int place, int n_places)
{
    const int64_t from = count_below(first, place, n_places);

    return (span){from, count_below(first + n, place, n_places) - from};
}

static void take_own(const rml_distributed *m, span rows, span columns, double *part)
{
    for (int64_t c = 0; c < columns.n; ++c)
        memcpy(part + c * rows.n, m->local + (columns.first + c) * m->stride + rows.first,
               (size_t)rows.n * sizeof *part);
}

rml_status rml_distributed_gather(const rml_distributed *matrix, int64_t first_row, int64_t n_rows,
                                  int64_t first_column, int64_t n_columns, double *to)
{
    const rml_process_grid *g = matrix->grid;
    span rows = span_of(first_row, n_rows, g->row, g->n_rows);
    span columns = span_of(first_column, n_columns, g->column, g->n_columns);
    const int64_t most = n_rows * n_columns;
    const bool collects = g->row == 0 && g->column == 0;
    double *part = malloc((size_t)(collects ? most : rows.n * columns.n) * sizeof *part + 1);
    rml_status status = rml_agree(g->comm, part ? RML_OK : RML_ENOMEM, NULL);

    if (status != RML_OK || !part) {
        free(part);
        return status;
    }
    if (!collects) {
        MPI_Request request;

        take_own(matrix, rows, columns, part);
        MPI_Isend(part, (int)(rows.n * columns.n), MPI_DOUBLE, 0, PART_TAG, g->comm, &request);
        rml_wait_quietly(&request);
        free(part);
        return RML_OK;
    }
    for (int rank = 0; rank < g->n_rows * g->n_columns; ++rank) {
        const int row = rank / g->n_columns, column = rank % g->n_columns;

        rows = span_of(first_row, n_rows, row, g->n_rows);
        columns = span_of(first_column, n_columns, column, g->n_columns);
        if (rank == 0)
            take_own(matrix, rows, columns, part);
        else
            MPI_Recv(part, (int)(rows.n * columns.n), MPI_DOUBLE, rank, PART_TAG, g->comm, MPI_STATUS_IGNORE);
        for (int64_t c = 0; c < columns.n; ++c) {
            double *column_to = to + (index_of(columns.first + c, column, g->n_columns) - first_column) * n_rows;

            for (int64_t r = 0; r < rows.n; ++r)
                column_to[index_of(rows.first + r, row, g->n_rows) - first_row] = part[c * rows.n + r];
        }
    }
    free(part);
    return RML_OK;
}
