/* Matrices over a grid of ranks. Started under mpirun on any number of ranks; every rank returns whether all held.
 * Oracle: the definitions, element by element on rank 0; eigenvectors by A v = lambda v, their lengths and angles. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/distributed.h"
#include "engine/farm.h"

static int n_failed;

static void expect(bool condition, const char *what)
{
    if (condition) return;
    ++n_failed;
    fprintf(stderr, "FAILED: %s\n", what);
}

static double element(int64_t i, int64_t j)
{
    return sin(0.1 * (double)(i * i + 1)) * cos(0.37 * (double)j) + (double)((i * 31 + j * 17) % 11) / 7.0;
}

static void generate(void *context, int64_t first_row, int64_t n_rows, int64_t first_column, int64_t n_columns,
                     double *to, int64_t stride)
{
    int64_t *n_blocks = context;

    ++*n_blocks;
    for (int64_t j = 0; j < n_columns; ++j)
        for (int64_t i = 0; i < n_rows; ++i) to[j * stride + i] = element(first_row + i, first_column + j);
}

/* What was put in comes out, of the whole and of parts that begin and end within blocks. */
static void parts_come_out(const rml_distributed *m, int rank)
{
    const int64_t part[][4] = {
        {0, m->n_rows, 0, m->n_columns}, {5, 1, 7, 1}, {63, 66, 1, 130 < m->n_columns ? 130 : 2}, {0, 0, 0, 0}};
    double *to = rank == 0 ? malloc((size_t)(m->n_rows * m->n_columns) * sizeof *to) : NULL;

    for (size_t k = 0; k < sizeof part / sizeof *part; ++k) {
        bool same = true;

        if (part[k][0] + part[k][1] > m->n_rows || part[k][2] + part[k][3] > m->n_columns) continue;
        expect(rml_distributed_gather(m, part[k][0], part[k][1], part[k][2], part[k][3], to) == RML_OK, "gather");
        for (int64_t j = 0; to && j < part[k][3]; ++j)
            for (int64_t i = 0; i < part[k][1]; ++i)
                same &= to[j * part[k][1] + i] == element(part[k][0] + i, part[k][2] + j);
        expect(same, "a part holds what was put in");
    }
    free(to);
}

/* The upper triangle against sums in long double; 1e-12 of sums of hundreds of numbers near 1. */
static void squares_are_products(const rml_distributed *a, bool by_rows, rml_distributed *square, int rank)
{
    const int64_t n = square->n_rows, length = by_rows ? a->n_columns : a->n_rows;
    double *to = rank == 0 ? malloc((size_t)(n * n) * sizeof *to) : NULL, worst = 0.0;

    expect(rml_distributed_square(a, by_rows, square) == RML_OK, "square");
    expect(rml_distributed_gather(square, 0, n, 0, n, to) == RML_OK, "gather of a square");
    for (int64_t j = 0; to && j < n; ++j)
        for (int64_t i = 0; i <= j; ++i) {
            long double sum = 0.0L;

            for (int64_t k = 0; k < length; ++k)
                sum +=
                    by_rows ? (long double)element(i, k) * element(j, k) : (long double)element(k, i) * element(k, j);
            worst = fmax(worst, fabs(to[j * n + i] - (double)sum));
        }
    expect(worst < 1e-12 * (double)length, "a square is the sums of products");
    free(to);
}

/* square is spent. full: [n * n] on rank 0, its upper triangle. */
static void vectors_are_eigenvectors(rml_distributed *square, int32_t n_wanted, int rank)
{
    const int64_t n = square->n_rows;
    double *full = rank == 0 ? malloc((size_t)(n * n) * sizeof *full) : NULL;
    double *vectors = rank == 0 ? malloc((size_t)(n * n_wanted) * sizeof *vectors) : NULL;
    double *values = malloc((size_t)n_wanted * sizeof *values), off = 0.0, angle = 0.0;
    rml_error err = {0};

    expect(rml_distributed_gather(square, 0, n, 0, n, full) == RML_OK, "gather of a square");
    expect(rml_distributed_largest(square, n_wanted, values, vectors, &err) == RML_OK, "largest");
    for (int32_t k = 1; k < n_wanted; ++k) expect(values[k] >= values[k - 1], "values rise");
    for (int32_t k = 0; full && k < n_wanted; ++k) {
        const double *v = vectors + k * n;

        for (int64_t i = 0; i < n; ++i) {
            double sum = 0.0;

            for (int64_t j = 0; j < n; ++j) sum += full[i <= j ? j * n + i : i * n + j] * v[j];
            off = fmax(off, fabs(sum - values[k] * v[i]));
        }
        for (int32_t l = 0; l <= k; ++l) {
            double sum = 0.0;

            for (int64_t i = 0; i < n; ++i) sum += v[i] * vectors[l * n + i];
            angle = fmax(angle, fabs(sum - (l == k)));
        }
    }
    expect(off < 1e-13 * (double)n * values[n_wanted - 1], "A v = lambda v");
    expect(angle < 1e-12, "eigenvectors are of length 1 and at right angles");
    free(full);
    free(vectors);
    free(values);
}

static void one_shape(const rml_process_grid *grid, int64_t n_rows, int64_t n_columns, bool by_rows, int rank)
{
    const int64_t side = by_rows ? n_rows : n_columns;
    rml_distributed a, square;
    int64_t n_blocks = 0;
    rml_error err = {0};

    expect(rml_distributed_init(grid, n_rows, n_columns, &a, &err) == RML_OK, "init");
    expect(rml_distributed_init(grid, side, side, &square, &err) == RML_OK, "init of the square");
    rml_distributed_fill(&a, generate, &n_blocks);
    expect(n_blocks == (int64_t)((a.local_rows + 63) / 64) * ((a.local_columns + 63) / 64), "a call a block");
    parts_come_out(&a, rank);
    squares_are_products(&a, by_rows, &square, rank);
    vectors_are_eigenvectors(&square, side < 5 ? 1 : 5, rank);
    rml_distributed_free(&a);
    rml_distributed_free(&square);
}

/* What no 32-bit integer counts is refused by a sentence, on all ranks alike. */
static void too_large_is_refused(const rml_process_grid *grid)
{
    rml_distributed m;
    rml_error err = {0};

    expect(rml_distributed_init(grid, 400000, 400000, &m, &err) == RML_ECAPACITY, "2^31 elements are refused");
    expect(strstr(err.text, "2147483647") && strstr(err.text, "more ranks"), err.text);
    expect(!m.local, "nothing to free after a refusal");
    expect(rml_distributed_init(grid, 3000000000, 1, &m, &err) == RML_ECAPACITY, "3e9 rows are refused");
}

/* The limit that is given counts, for all ranks of the node together: 8 bytes an element, all of them on one node. */
static void the_limit_counts(void)
{
    const double exact = 8.0 * 640 * 640, few = 8.0 * 64 * 64;
    rml_process_grid grid;
    rml_distributed m;
    rml_error err = {0};
    double bytes = 0.0;

    expect(rml_process_grid_open(MPI_COMM_WORLD, 4 * (int64_t)exact, &grid, &err) == RML_OK, "open");
    expect(rml_distributed_bytes(&grid, 640, 640) * grid.n_here >= exact, "all of the matrix is counted");
    expect(rml_distributed_bytes(&grid, 64, 64) == few, "a block lies on the first rank");
    expect(rml_distributed_init(&grid, 640, 640, &m, &err) == RML_OK, err.text);
    rml_distributed_free(&m);
    /* Beside z: 5 numbers a row, and a row for each vector but one; ScaLAPACK User's Guide, PDSYEVX, LWORK. */
    expect(rml_distributed_largest_bytes(&grid, 640, 9, &bytes, &err) == RML_OK, err.text);
    expect(bytes >= rml_distributed_bytes(&grid, 640, 640) + 8.0 * 640 * (5 + 8), "work space is counted");
    expect(rml_distributed_largest_bytes(&grid, 640, 641, &bytes, &err) == RML_EINVAL, "more vectors than there are");
    expect(rml_distributed_largest_bytes(&grid, 50000, 2, &bytes, &err) == RML_ECAPACITY, "more than the node has");
    rml_process_grid_close(&grid);
    expect(rml_process_grid_open(MPI_COMM_WORLD, (int64_t)exact - 1, &grid, &err) == RML_OK, "open");
    expect(rml_distributed_init(&grid, 640, 640, &m, &err) == RML_ECAPACITY, "one byte too few is refused");
    expect(strstr(err.text, "GiB") && !m.local, err.text);
    rml_process_grid_close(&grid);
}

int main(void)
{
    rml_process_grid grid;
    rml_error err = {0};
    int provided, rank, size;

    MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    for (int round = 0; round < 2; ++round) { /* a grid may be opened again */
        expect(rml_process_grid_open(MPI_COMM_WORLD, 0, &grid, &err) == RML_OK, "open");
        expect(grid.n_rows * grid.n_columns == size && grid.n_rows <= grid.n_columns, "all ranks stand in the grid");
        one_shape(&grid, 150, 201, false, rank);
        one_shape(&grid, 130, 333, true, rank);
        one_shape(&grid, 3, 2, false, rank); /* some ranks have nothing */
        too_large_is_refused(&grid);
        rml_process_grid_close(&grid);
    }
    rml_process_grid_close(&grid);
    the_limit_counts();
    MPI_Allreduce(MPI_IN_PLACE, &n_failed, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    MPI_Finalize();
    return n_failed > 0;
}
