#include "jobs/correlate_tiles.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/stats/unit.h"

typedef struct tiles {
    const rml_correlate_table *table;
    int32_t n_across;
    /* rank 0: tile t lies at row[t], column[t], in the order of the upper triangle's rows */
    int64_t n;
    int32_t *row, *column;
    rml_key *key;
    rml_farm_task *task;
    char name[64];
} tiles;

static int32_t across(const rml_correlate_table *table)
{
    return (table->n + RML_TILE - 1) / RML_TILE;
}

static int32_t columns_of(const rml_correlate_table *table, int32_t tile)
{
    return table->n - tile * RML_TILE < RML_TILE ? table->n - tile * RML_TILE : RML_TILE;
}

static rml_key key_of(int32_t row, int32_t column)
{
    char text[64];

    return rml_key_of(text, (size_t)snprintf(text, sizeof text, "tile %d %d", row, column));
}

/* 1. The job, as the farm sees it ---------------------------------------------------------------------------------- */

static rml_status pack_tile(void *context, int64_t t, rml_blob *payload)
{
    const tiles *x = context;

    rml_blob_put_i32(payload, x->row[t]);
    rml_blob_put_i32(payload, x->column[t]);
    return payload->failed ? RML_ENOMEM : RML_OK;
}

static void compute_tile(void *context, const void *payload, size_t n_bytes, const volatile bool *cancel,
                         rml_outcomes *outcomes)
{
    const tiles *x = context;
    const rml_correlate_table *table = x->table;
    rml_reader reader = rml_reader_of(payload, n_bytes);
    const int32_t row = rml_read_i32(&reader), column = rml_read_i32(&reader);
    const int32_t n_a = columns_of(table, row), n_b = columns_of(table, column);
    double *r;
    rml_blob blob = {0};

    (void)cancel;
    if (reader.failed || row < 0 || column < row || column >= x->n_across)
        return; /* the farm fails what says nothing */
    r = malloc((size_t)n_a * (size_t)n_b * sizeof *r);
    if (!r) return;
    rml_unit_products(table->unit + (int64_t)row * RML_TILE * table->n_rows, n_a,
                      table->unit + (int64_t)column * RML_TILE * table->n_rows, n_b, table->n_rows, r);
    for (int64_t k = 0; k < (int64_t)n_a * n_b; ++k) r[k] = rml_unit_cut(r[k]);
    for (int32_t k = 0; row == column && k < n_a; ++k) r[(int64_t)k * n_a + k] = 1.0;
    rml_blob_put_bytes(&blob, r, (size_t)n_a * (size_t)n_b * sizeof *r);
    free(r);
    if (!blob.failed) rml_outcome(outcomes, 0, true, &blob);
    rml_blob_free(&blob);
}

static void fail_tile(void *context, int64_t t, int32_t unit, const rml_error *why, rml_blob *outcome)
{
    (void)context, (void)t, (void)unit;
    rml_blob_put_text(outcome, why->text);
}

static const char *name_tile(void *context, int64_t t, int32_t unit)
{
    tiles *x = context;

    (void)unit;
    snprintf(x->name, sizeof x->name, "tile %d, %d", x->row[t], x->column[t]);
    return x->name;
}

static rml_status plan(tiles *x, rml_error *err)
{
    const int64_t n = (int64_t)x->n_across * (x->n_across + 1) / 2;

    x->row = malloc((size_t)n * sizeof *x->row);
    x->column = malloc((size_t)n * sizeof *x->column);
    x->key = malloc((size_t)n * sizeof *x->key);
    x->task = malloc((size_t)n * sizeof *x->task);
    if (!x->row || !x->column || !x->key || !x->task) return rml_fail(err, RML_ENOMEM, "no memory for the tiles");
    for (int32_t i = 0; i < x->n_across; ++i)
        for (int32_t j = i; j < x->n_across; ++j, ++x->n) {
            x->row[x->n] = i;
            x->column[x->n] = j;
            x->key[x->n] = key_of(i, j);
            x->task[x->n] = (rml_farm_task){
                .n_units = 1, .keys = &x->key[x->n], .cost = (double)columns_of(x->table, i) * columns_of(x->table, j)};
        }
    return RML_OK;
}

/* Why the first tile that failed did. */
static rml_status tell_failure(const tiles *x, const rml_journal *journal, rml_error *err)
{
    for (int64_t t = 0; t < x->n; ++t) {
        rml_blob blob = {0};
        bool done = false;

        if (rml_journal_state(journal, x->key[t]) == RML_UNIT_DONE) continue;
        if (rml_journal_read(journal, x->key[t], &done, &blob, err) == RML_OK) {
            rml_reader reader = rml_reader_of(blob.bytes, blob.n_bytes);

            (void)rml_fail(err, RML_ECRASH, "tile %d, %d: %s", x->row[t], x->column[t], rml_read_text(&reader));
        }
        rml_blob_free(&blob);
        break;
    }
    return RML_ECRASH;
}

rml_status rml_correlate_tiles_run(MPI_Comm comm, const rml_correlate_table *table, rml_journal *journal,
                                   const rml_farm_options *options, rml_farm_report *report, rml_error *err)
{
    static tiles x; /* static: a thread that was given up on may still look at it; so may the farm's own at the job */
    static rml_farm_job job = {.context = &x,
                               .noun = "tiles",
                               .pack = pack_tile,
                               .failed = fail_tile,
                               .name = name_tile,
                               .compute = compute_tile};
    rml_status status = RML_OK;
    int rank;

    MPI_Comm_rank(comm, &rank);
    x.table = table;
    x.n_across = across(table);
    if (rank == 0) status = plan(&x, err);
    status = rml_agree(comm, status, err);
    if (status == RML_OK) {
        job.n_tasks = x.n;
        job.tasks = x.task;
        status = rml_farm_run(comm, &job, journal, options, report, err);
    }
    if (status == RML_OK && rank == 0 && report->n_failed > 0) status = tell_failure(&x, journal, err);
    free(x.row);
    free(x.column);
    free(x.key);
    free(x.task);
    return rml_agree(comm, status, err);
}

/* 2. From the journal to the file ---------------------------------------------------------------------------------- */

/* A tile's rows, or (turned) its columns, to where they stand in a panel [height][n]. */
static rml_status place(const rml_correlate_table *table, const rml_journal *journal, int32_t row, int32_t column,
                        bool turned, double *panel, rml_error *err)
{
    const int32_t n_a = columns_of(table, row), n_b = columns_of(table, column);
    double *to = panel + (int64_t)(turned ? row : column) * RML_TILE;
    rml_blob blob = {0};
    bool done = false;
    rml_status status = rml_journal_read(journal, key_of(row, column), &done, &blob, err);

    if (status == RML_OK && (!done || blob.n_bytes != (size_t)n_a * (size_t)n_b * sizeof *to))
        status = rml_fail(err, RML_EFORMAT, "the journal holds a tile of %zu bytes, %zu were expected", blob.n_bytes,
                          (size_t)n_a * (size_t)n_b * sizeof *to);
    for (int32_t i = 0; status == RML_OK && i < n_a; ++i) {
        const char *from = (const char *)blob.bytes + (size_t)i * (size_t)n_b * sizeof *to;

        if (!turned) memcpy(to + (int64_t)i * table->n, from, (size_t)n_b * sizeof *to);
        for (int32_t j = 0; turned && j < n_b; ++j)
            memcpy(to + (int64_t)j * table->n + i, from + (size_t)j * sizeof *to, sizeof *to);
    }
    rml_blob_free(&blob);
    return status;
}

rml_status rml_correlate_tiles_write(const rml_correlate_table *table, const rml_journal *journal, rml_h5_tree *tree,
                                     rml_error *err)
{
    double *panel = malloc((size_t)RML_TILE * (size_t)table->n * sizeof *panel);
    rml_status status = panel ? RML_OK : rml_fail(err, RML_ENOMEM, "no memory for %d rows of the matrix", RML_TILE);

    for (int32_t i = 0; status == RML_OK && i < across(table); ++i) {
        for (int32_t j = 0; status == RML_OK && j < across(table); ++j)
            status = place(table, journal, j < i ? j : i, j < i ? i : j, j < i, panel, err);
        if (status == RML_OK) rml_h5_tree_rows(tree, columns_of(table, i), panel);
    }
    free(panel);
    return status;
}
