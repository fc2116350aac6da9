/* radmill correlate: how all features of a table hang together, and their principal components.
 *
 * 1. Options
 * 2. The output and the journal
 * 3. The matrix
 * 4. The components
 * 5. The summary
 * 6. The verb */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/memory.h"
#include "engine/stop.h"
#include "jobs/correlate_h5.h"
#include "jobs/correlate_spread.h"
#include "jobs/correlate_tiles.h"
#include "jobs/has_journal.h"
#include "jobs/options.h"
#include "jobs/verbs.h"
#include "jobs/version.h"

/* 1. Options ------------------------------------------------------------------------------------------------------- */

typedef struct rml_correlate {
    rml_correlate_table table;
    const char *out;
    bool resume, fresh, scalapack;
    int64_t n_components; /* asked for */
    rml_farm_options farm;
    char *folder; /* OUT.run */
    /* the same on every rank: what does not fit and goes to ScaLAPACK */
    bool spread_matrix, spread_components;
    rml_correlate_spread spread;
    /* rank 0 */
    rml_journal *journal;
    bool keeps; /* the journal has, or had, tiles in it that a later run may go on from */
    rml_h5_tree *tree;
    rml_farm_report report;
    rml_pca pca;
} rml_correlate;

enum { METHOD_KEY = 0x100, PCA_KEY, SCALAPACK_KEY, RESUME_KEY, FRESH_KEY };

static const struct argp_option option_list[] = {
    {"out", 'o', "FILE", 0, "HDF5 file to write (required); FILE.run keeps the journal until it is there", 1},
    RML_PICKED_OPTIONS,
    {"method", METHOD_KEY, "NAME", 0, "pearson (default) or spearman", 3},
    {"pca", PCA_KEY, "K", 0, "The first K principal components as well (default: none)", 3},
    RML_MEMORY_OPTION("A matrix that takes more is spread over the nodes' ranks by ScaLAPACK, and refused where they "
                      "hold too little together"),
    {"scalapack", SCALAPACK_KEY, NULL, 0, "Spread it by ScaLAPACK even if it fits (default: tiles then)", 3},
    {"resume", RESUME_KEY, NULL, 0, "Go on from the journal if there is one, start otherwise", 4},
    {"fresh", FRESH_KEY, NULL, 0, "Start anew, and replace FILE", 4},
    {"quiet", 'q', NULL, 0, "No progress and no summary", 4},
    {0}};

static const char doc[] =
    "The correlation of every feature of a table with every other, over its rows, and their principal components."
    "\v"
    "TABLE is an h5ad file or a CSV with a row an ROI. A feature with a missing value has no correlation that fits the "
    "others', and one without spread has none at all: both are left out, counted, and listed in the file with the "
    "reason. Rows without any value (failed cases) are left out before that.\n\n"
    "FILE holds /features (names), /correlation (features x features), /rows, /left_out (features, why) and /pca "
    "(variance, ratio, loadings, scores, centre, scale); /about explains each. In Python:\n"
    "  f = h5py.File(\"corr.h5\")\n"
    "  r = f[\"correlation\"][:]\n"
    "  names = f[\"features\"].asstr()[:]\n"
    "in R:\n"
    "  r <- rhdf5::h5read(\"corr.h5\", \"correlation\")\n"
    "  names <- rhdf5::h5read(\"corr.h5\", \"features\")\n\n"
    "A matrix that fits --memory is computed in tiles, and is the same to the last bit on any number of ranks; so are "
    "components while the products of rows with rows, or columns with columns, fit. Beyond, ScaLAPACK spreads them "
    "over the ranks of several nodes: the last bits then depend on how these stand, which the file says. The table "
    "itself must fit a node. What does not fit is refused before it is begun.\n\n"
    "Examples:\n"
    "  radmill correlate features.h5ad --out corr.h5 --method spearman\n"
    "  mpirun -q -n 8 radmill correlate t.csv --match \"original_*\" -o corr.h5 --pca 20\n\n"
    "Exit status: 0 done, 2 a table that does not fit, 3 could not go on, 75 stopped on SIGUSR1: after the tiles in "
    "hand, between parts of a matrix by ScaLAPACK, or before components, which run to their end.";

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    rml_correlate *x = state->input;

    switch (key) {
    case 'o': x->out = argument; return 0;
    case METHOD_KEY:
        x->table.ranks = strcmp(argument, "spearman") == 0;
        if (!x->table.ranks && strcmp(argument, "pearson") != 0)
            return rml_options_refuse(state, "--method %s: pearson or spearman was expected", argument);
        return 0;
    case PCA_KEY:
        if (!rml_options_integer(argument, 1, 1000000, &x->n_components))
            return rml_options_refuse(state, "--pca %s: a whole number from 1 to 1000000 was expected", argument);
        return 0;
    case RML_MEMORY_KEY: return rml_options_memory(argument, &x->farm.memory_per_node, state);
    case SCALAPACK_KEY: x->scalapack = true; return 0;
    case RESUME_KEY: x->resume = true; return 0;
    case FRESH_KEY: x->fresh = true; return 0;
    case 'q': x->farm.quiet = true; return 0;
    case ARGP_KEY_END:
        if (x->table.picked.table && !x->out) return rml_options_refuse(state, "--out FILE is missing");
        if (x->resume && x->fresh) return rml_options_refuse(state, "--resume and --fresh exclude each other");
        return rml_picked_option(&x->table.picked, key, argument, state);
    default: return rml_picked_option(&x->table.picked, key, argument, state);
    }
}

/* What fits, by what rank 0 may use and never by how many ranks there are: else their number would choose the bits. */
static void decide(rml_correlate *x)
{
    const double limit = (double)(x->farm.memory_per_node > 0 ? x->farm.memory_per_node : rml_memory_limit(""));
    const double n = x->table.n, n_rows = (double)x->table.n_rows, side = n < n_rows ? n : n_rows;
    int spread[2];

    spread[0] = x->scalapack || n * n * sizeof(double) > limit;
    spread[1] =
        x->n_components > 0 && (x->scalapack || side > RML_PCA_MOST || 2.0 * side * side * sizeof(double) > limit);
    rml_bcast_quietly(spread, 2, MPI_INT, MPI_COMM_WORLD);
    x->spread_matrix = spread[0];
    x->spread_components = spread[1];
}

/* 2. The output and the journal ------------------------------------------------------------------------------------ */

/* Before any work. */
static rml_status check_output(const rml_correlate *x, rml_error *err)
{
    bool begun;
    struct stat out;
    const rml_status status = rml_has_journal(x->folder, &begun, err);

    if (status != RML_OK) return status;
    if (begun && !x->resume && !x->fresh)
        return rml_fail(err, RML_EEXISTS,
                        "%s is there of a run that did not end; --resume goes on from it, --fresh starts anew",
                        x->folder);
    if (stat(x->out, &out) != 0) return RML_OK;
    if (!S_ISREG(out.st_mode)) return rml_fail(err, RML_EIO, "--out %s: a file was expected", x->out);
    if (x->fresh || (begun && x->resume)) return RML_OK;
    return rml_fail(err, RML_EEXISTS, "%s is there already; --fresh replaces it", x->out);
}

static rml_status open_journal(rml_correlate *x, rml_error *err)
{
    char *identity = NULL;
    rml_status status;

    if (asprintf(&identity, "program: radmill correlate\nversion: %s\ncommit: %s\ndata: %016llx\ncolumns: %d\n",
                 rml_version(), rml_version_commit(), (unsigned long long)x->table.checksum, x->table.n) < 0)
        return rml_fail(err, RML_ENOMEM, "no memory for the journal's name");
    status = rml_journal_open(x->folder, identity, x->fresh, &x->journal, err);
    free(identity);
    return status;
}

/* The journal's lock first, whoever computes: FILE.tmp is the holder's alone. */
static rml_status open_output(rml_correlate *x, rml_error *err)
{
    rml_status status = rml_has_journal(x->folder, &x->keeps, err);

    x->keeps &= !x->fresh;
    if (status == RML_OK) status = open_journal(x, err);
    return status == RML_OK ? rml_h5_tree_create(x->out, &x->tree, err) : status;
}

/* It holds half of what the file does, and is of no more use. What else someone put there stays. */
static void remove_journal(rml_correlate *x)
{
    static const char *const part[] = {"journal", "log", "lock"};

    rml_journal_close(x->journal);
    x->journal = NULL;
    for (size_t p = 0; p < sizeof part / sizeof *part; ++p) {
        char *path = NULL;

        if (asprintf(&path, "%s/%s", x->folder, part[p]) < 0) return;
        unlink(path);
        free(path);
    }
    rmdir(x->folder);
}

/* 3. The matrix ---------------------------------------------------------------------------------------------------- */

/* computing: whether a compute thread may have been left behind with the table in hand. */
static rml_status make_tiles(rml_correlate *x, int rank, bool *computing, rml_error *err)
{
    rml_status status;

    x->keeps = true;
    status = rml_correlate_tiles_run(MPI_COMM_WORLD, &x->table, x->journal, &x->farm, &x->report, err);
    *computing = status != RML_OK;
    if (status == RML_OK && rank == 0) {
        rml_correlate_h5_begin(x->tree, &x->table, NULL);
        status = rml_correlate_tiles_write(&x->table, x->journal, x->tree, err);
    }
    return rml_agree(MPI_COMM_WORLD, status, err);
}

static rml_status make_spread(rml_correlate *x, int rank, rml_error *err)
{
    rml_status status =
        rml_correlate_spread_make(MPI_COMM_WORLD, &x->table, false, x->farm.memory_per_node, &x->spread, err);

    if (status != RML_OK) return status;
    if (rank == 0) rml_correlate_h5_begin(x->tree, &x->table, &x->spread.grid);
    return rml_correlate_spread_write(&x->spread, x->tree, err);
}

/* 4. The components ------------------------------------------------------------------------------------------------ */

static rml_status put_components(rml_correlate *x, const rml_process_grid *grid, rml_error *err)
{
    const rml_columns columns = {x->table.n_rows, x->table.n_rows, x->table.n, x->table.x};
    double *scores = malloc(((size_t)x->pca.n_components * (size_t)x->table.n_rows + 1) * sizeof *scores);
    rml_status status = scores ? rml_pca_apply(&x->pca, &columns, scores, x->table.n_rows) : RML_ENOMEM;

    if (status == RML_OK)
        rml_correlate_h5_pca(x->tree, &x->table, &x->pca, scores, grid);
    else
        rml_fail(err, status, "no memory for the components' scores");
    free(scores);
    return status;
}

static rml_status components_here(rml_correlate *x, rml_error *err)
{
    const rml_columns columns = {x->table.n_rows, x->table.n_rows, x->table.n, x->table.x};
    const rml_status status = rml_pca_fit(&columns, true, (int32_t)x->n_components, &x->pca);

    if (status == RML_OK) return put_components(x, NULL, err);
    return rml_fail(err, status,
                    status == RML_ENOMEM ? "no memory for the components" : "the components are undefined");
}

/* Of the smaller side's products: those of the columns may be there already. Collective. */
static rml_status components_spread(rml_correlate *x, int rank, rml_error *err)
{
    const rml_columns columns = {x->table.n_rows, x->table.n_rows, x->table.n, x->table.x};
    int32_t k;
    const bool by_rows = rml_correlate_spread_by_rows(&x->table, x->n_components, &k);
    const int64_t side = by_rows ? x->table.n_rows : x->table.n;
    double *values = malloc((size_t)k * sizeof *values);
    double *vectors = rank == 0 ? malloc((size_t)k * (size_t)side * sizeof *vectors) : NULL;
    rml_status status = values && (vectors || rank != 0) ? RML_OK : RML_ENOMEM;

    status = rml_agree(MPI_COMM_WORLD, status, NULL);
    if (status != RML_OK) rml_fail(err, status, "no memory for %d components", k);
    if (status == RML_OK && (by_rows || !x->spread_matrix)) {
        rml_correlate_spread_free(&x->spread);
        status =
            rml_correlate_spread_make(MPI_COMM_WORLD, &x->table, by_rows, x->farm.memory_per_node, &x->spread, err);
    }
    if (status == RML_OK) status = rml_correlate_stop(MPI_COMM_WORLD, err);
    if (status == RML_OK) status = rml_distributed_largest(&x->spread.square, k, values, vectors, err);
    if (status == RML_OK && rank == 0) {
        status = rml_pca_complete(&columns, true, by_rows, k, values, vectors, &x->pca);
        if (status == RML_OK)
            status = put_components(x, &x->spread.grid, err);
        else
            rml_fail(err, status, "no memory for the components");
    }
    free(values);
    free(vectors);
    return rml_agree(MPI_COMM_WORLD, status, err);
}

/* 5. The summary --------------------------------------------------------------------------------------------------- */

static void print_left_out(const rml_correlate_table *t)
{
    if (t->n_empty > 0) printf("  rows without any value left out: %lld\n", (long long)t->n_empty);
    if (t->n_left == 0) return;
    printf("  features left out: %d:", t->n_left);
    for (int32_t j = 0; j < t->n_left && j < 5; ++j)
        printf("%s %s (%s)", j > 0 ? "," : "", t->left[j].name, t->left[j].why);
    printf("%s\n", t->n_left > 5 ? ", … ; /left_out has all" : "");
}

static void print_summary(const rml_correlate *x)
{
    const rml_process_grid *grid = &x->spread.grid;
    double ratio = 0.0;

    printf("%s: %s correlation of %d features over %lld rows", x->out, x->table.ranks ? "Spearman" : "Pearson",
           x->table.n, (long long)x->table.n_rows);
    if (x->spread_matrix)
        printf("; ScaLAPACK spread its %.3g GiB over %d x %d ranks, on which its last bits hang",
               (double)x->table.n * x->table.n * sizeof(double) / (1 << 30), grid->n_rows, grid->n_columns);
    printf("\n");
    print_left_out(&x->table);
    if (x->n_components == 0) return;
    for (int32_t c = 0; c < x->pca.n_components; ++c) ratio += x->pca.sdev[c] * x->pca.sdev[c] / x->pca.total;
    printf("  %d principal component%s, %.1f %% of the variance%s", x->pca.n_components,
           x->pca.n_components == 1 ? "" : "s", 100.0 * ratio, x->spread_components ? ", by ScaLAPACK as well" : "");
    if (x->pca.n_components < x->n_components) printf("; there are no more than these");
    printf("\n");
}

/* 6. The verb ------------------------------------------------------------------------------------------------------ */

static int run_ranks(rml_correlate *x)
{
    int rank, n_ranks, exit_status = RML_EXIT_DONE;
    bool described; /* what fails is no mistake of the table's */
    bool computing = false;
    rml_error err = {0};
    rml_status status;

    rml_ranks_begin(&rank, &n_ranks);
    status = rml_agree(MPI_COMM_WORLD, rank == 0 ? check_output(x, &err) : RML_OK, &err);
    described = status != RML_OK;
    if (status == RML_OK) status = rml_correlate_table_read(MPI_COMM_WORLD, &x->table, &err);
    if (status == RML_OK && rank == 0) status = rml_picked_output(&x->table.picked, "--out", x->out, &err);
    status = rml_agree(MPI_COMM_WORLD, status, &err);
    if (status != RML_OK) goto done;
    described = true;
    decide(x);
    if (x->spread_matrix || x->spread_components)
        status = rml_correlate_spread_check(MPI_COMM_WORLD, &x->table, x->spread_matrix,
                                            x->spread_components ? x->n_components : 0, x->farm.memory_per_node, &err);
    if (status == RML_OK && rank == 0) status = open_output(x, &err);
    status = rml_agree(MPI_COMM_WORLD, status, &err);
    if (status == RML_OK)
        status = x->spread_matrix ? make_spread(x, rank, &err) : make_tiles(x, rank, &computing, &err);
    if (status == RML_OK && x->n_components > 0) status = rml_correlate_stop(MPI_COMM_WORLD, &err);
    if (status == RML_OK && x->spread_components) status = components_spread(x, rank, &err);
    if (rank == 0 && status == RML_OK && x->n_components > 0 && !x->spread_components)
        status = components_here(x, &err);
    if (rank == 0 && status == RML_OK) {
        status = rml_h5_tree_commit(x->tree, &err);
        x->tree = NULL;
    }
    if (rank == 0 && status == RML_OK) {
        remove_journal(x);
        if (!x->farm.quiet) print_summary(x);
    }
done:
    if (rank == 0 && status != RML_OK) {
        rml_complain("correlate", &err);
        exit_status = described ? rml_exit_status(status) : rml_picked_exit_status(status);
    }
    rml_h5_tree_abandon(x->tree);
    if (x->journal && !x->keeps) remove_journal(x);
    rml_pca_free(&x->pca);
    rml_farm_report_free(&x->report);
    rml_journal_close(x->journal);
    rml_correlate_spread_free(&x->spread);
    if (!computing) rml_correlate_table_free(&x->table);
    return rml_ranks_end(exit_status);
}

int rml_verb_correlate(int argc, char **argv)
{
    static const struct argp argp = {option_list, parse_option, "TABLE", doc, NULL, NULL, NULL};
    static rml_correlate x; /* static: a compute thread that was given up on may still read it */
    int exit_status = rml_options_parse(&argp, argc, argv, &x);

    if (exit_status >= 0) return exit_status;
    if (asprintf(&x.folder, "%s.run", x.out) < 0) return RML_EXIT_CANNOT;
    rml_stop_begin();
    exit_status = run_ranks(&x);
    rml_stop_end();
    free(x.folder);
    return exit_status;
}
