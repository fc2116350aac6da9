#include "jobs/correlate_h5.h"

#include <stdio.h>
#include <stdlib.h>

#include "jobs/version.h"

static const char about[] =
    "/features: names of the columns, in the table's order. /correlation: features x features, symmetric, 1 on the "
    "diagonal; float64 in one piece, not compressed (h5py and rhdf5 read parts of it; numpy.memmap from "
    "Dataset.id.get_offset()).\n"
    "/rows: the table's rows that were used, counted from 0. /left_out: features without a correlation, and why.\n"
    "/pca: of the standardised columns (mean 0, standard deviation 1 with divisor rows - 1; with method spearman of "
    "their ranks). variance: of each component, falling; ratio: as a part of all; loadings: features x components, of "
    "length 1, the largest in size positive (the first of equal ones); scores: rows x components; centre, scale: of "
    "each feature. rhdf5 turns tables over: R sees components x features.\n"
    "computed (of / and of /pca): tiles and lapack give the same bits on any number of ranks; scalapack does not, and "
    "grid_rows, grid_columns and block say how the ranks stood.\n";

static void say_grid(rml_h5_tree *tree, const rml_process_grid *grid, const char *otherwise)
{
    rml_h5_tree_say(tree, NULL, "computed", grid ? "scalapack" : otherwise);
    if (!grid) return;
    rml_h5_tree_say_integer(tree, NULL, "grid_rows", grid->n_rows);
    rml_h5_tree_say_integer(tree, NULL, "grid_columns", grid->n_columns);
    rml_h5_tree_say_integer(tree, NULL, "block", RML_DISTRIBUTED_BLOCK);
}

static void put_left_out(rml_h5_tree *tree, const rml_correlate_table *table)
{
    const char **text = malloc(((size_t)table->n_left + 1) * sizeof *text);

    if (!text) {
        rml_h5_tree_no_memory(tree);
        return;
    }
    rml_h5_tree_enter(tree, "left_out");
    for (int32_t j = 0; j < table->n_left; ++j) text[j] = table->left[j].name;
    rml_h5_tree_texts(tree, "features", table->n_left, text);
    for (int32_t j = 0; j < table->n_left; ++j) text[j] = table->left[j].why;
    rml_h5_tree_texts(tree, "why", table->n_left, text);
    rml_h5_tree_leave(tree);
    free(text);
}

void rml_correlate_h5_begin(rml_h5_tree *tree, const rml_correlate_table *table, const rml_process_grid *grid)
{
    char checksum[24];

    snprintf(checksum, sizeof checksum, "%016llx", (unsigned long long)table->checksum);
    rml_h5_tree_say(tree, NULL, "program", "radmill correlate");
    rml_h5_tree_say(tree, NULL, "version", rml_version());
    rml_h5_tree_say(tree, NULL, "commit", rml_version_commit());
    rml_h5_tree_say_integer(tree, NULL, "layout", 1);
    rml_h5_tree_say(tree, NULL, "method", table->ranks ? "spearman" : "pearson");
    rml_h5_tree_say_integer(tree, NULL, "n", table->n_rows);
    rml_h5_tree_say(tree, NULL, "data", checksum);
    say_grid(tree, grid, "tiles");
    rml_h5_tree_text(tree, "about", about);
    rml_h5_tree_texts(tree, "features", table->n, table->name);
    rml_h5_tree_integers(tree, "rows", (int32_t)table->n_rows, table->row);
    put_left_out(tree, table);
    rml_h5_tree_begin_rows(tree, "correlation", table->n, table->n);
}

/* from [n_columns][n_rows] as rows x columns. */
static void put_turned(rml_h5_tree *tree, const char *name, const double *from, int32_t n_rows, int32_t n_columns)
{
    double *to = malloc(((size_t)n_rows * (size_t)n_columns + 1) * sizeof *to);

    if (!to) {
        rml_h5_tree_no_memory(tree);
        return;
    }
    for (int64_t i = 0; i < n_rows; ++i)
        for (int64_t c = 0; c < n_columns; ++c) to[i * n_columns + c] = from[c * n_rows + i];
    rml_h5_tree_numbers(tree, name, 2, n_rows, n_columns, to);
    free(to);
}

void rml_correlate_h5_pca(rml_h5_tree *tree, const rml_correlate_table *table, const rml_pca *pca, const double *scores,
                          const rml_process_grid *grid)
{
    const int32_t k = pca->n_components;
    double *variance = malloc(2 * (size_t)k * sizeof *variance + 1);

    if (!variance) {
        rml_h5_tree_no_memory(tree);
        return;
    }
    for (int32_t c = 0; c < k; ++c) {
        variance[c] = pca->sdev[c] * pca->sdev[c];
        variance[k + c] = variance[c] / pca->total;
    }
    rml_h5_tree_enter(tree, "pca");
    say_grid(tree, grid, "lapack");
    rml_h5_tree_numbers(tree, "variance", 1, 1, k, variance);
    rml_h5_tree_numbers(tree, "ratio", 1, 1, k, variance + k);
    put_turned(tree, "loadings", pca->rotation, pca->n_columns, k);
    put_turned(tree, "scores", scores, (int32_t)table->n_rows, k);
    rml_h5_tree_numbers(tree, "centre", 1, 1, pca->n_columns, pca->centre);
    rml_h5_tree_numbers(tree, "scale", 1, 1, pca->n_columns, pca->scale);
    rml_h5_tree_leave(tree);
    free(variance);
}
