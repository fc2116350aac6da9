#include "jobs/correlate_table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/farm.h"
#include "io/file.h"
#include "kernels/prepare/scale.h"
#include "kernels/stats/rank.h"
#include "kernels/stats/unit.h"

/* What travels: two sizes, then the columns, aligned as the memory that ranks share is. */
enum { HEADER_BYTES = 64 };

/* A failed case is a row of nothing, and would cost every column. */
static rml_status drop_empty_rows(rml_correlate_table *t, rml_error *err)
{
    const rml_frame *f = &t->picked.frame;
    bool *seen = calloc((size_t)t->picked.n_rows + 1, sizeof *seen);

    t->row = calloc((size_t)t->picked.n_rows + 1, sizeof *t->row);
    if (!seen || !t->row) {
        free(seen);
        return rml_fail(err, RML_ENOMEM, "no memory for the rows");
    }
    for (int32_t j = 0; j < f->n_features; ++j)
        for (int64_t i = 0; i < t->picked.n_rows; ++i) seen[i] |= isfinite(f->x[j * f->n_rows + t->picked.row[i]]);
    for (int64_t i = 0; i < t->picked.n_rows; ++i)
        if (seen[i]) t->row[t->n_rows++] = (int32_t)t->picked.row[i];
    t->n_empty = t->picked.n_rows - t->n_rows;
    free(seen);
    return RML_OK;
}

static void leave_out(rml_correlate_table *t, const char *name, int64_t n_missing)
{
    rml_left_out *left = &t->left[t->n_left++];

    left->name = name;
    if (n_missing > 0)
        snprintf(left->why, sizeof left->why, "%lld missing", (long long)n_missing);
    else
        snprintf(left->why, sizeof left->why, "no spread");
}

/* One column's rows moved to where the kept ones end: never beyond where they come from. Returns how many are missing.
 */
static int64_t move_column(const rml_correlate_table *t, int32_t j, double *to)
{
    const rml_frame *f = &t->picked.frame;
    int64_t n_missing = 0;

    for (int64_t i = 0; i < t->n_rows; ++i) {
        to[i] = f->x[j * f->n_rows + t->row[i]];
        n_missing += !isfinite(to[i]);
    }
    return n_missing;
}

static bool has_spread(const double *x, int64_t n)
{
    const rml_columns column = {n, n, 1, x};
    rml_scale scale = {0};
    const bool spread = rml_scale_fit(&column, &(rml_scale_settings){RML_SCALE_STANDARD, true}, &scale) == RML_OK &&
                        scale.state[0] == RML_SCALE_OK && isfinite(scale.scale[0]);

    rml_scale_free(&scale);
    return spread;
}

/* unit: out [columns][n_rows]. names: of the kept ones are added. */
static rml_status keep_columns(rml_correlate_table *t, double *unit, rml_checksum *names, rml_error *err)
{
    const rml_frame *f = &t->picked.frame;
    rml_ranked *items = malloc((2 * (size_t)t->n_rows + 1) * sizeof *items);

    t->name = calloc((size_t)f->n_features + 1, sizeof *t->name);
    t->left = malloc(((size_t)f->n_features + 1) * sizeof *t->left);
    t->x = f->x;
    if (!items || !t->name || !t->left) {
        free(items);
        return rml_fail(err, RML_ENOMEM, "no memory for the columns");
    }
    for (int32_t j = 0; j < f->n_features; ++j) {
        double *x = t->x + t->n * t->n_rows;
        const int64_t n_missing = move_column(t, j, x);
        bool kept = n_missing == 0;

        if (kept && t->ranks) kept = rml_rank_middle(x, t->n_rows, items, x, NULL) == RML_OK;
        kept = kept && has_spread(x, t->n_rows) && rml_unit_of(x, t->n_rows, unit + t->n * t->n_rows) == RML_OK;
        if (!kept) {
            leave_out(t, f->feature[j], n_missing);
            continue;
        }
        t->name[t->n++] = f->feature[j];
        rml_checksum_add(names, f->feature[j], strlen(f->feature[j]) + 1);
    }
    free(items);
    if (t->n > 0) return RML_OK;
    return rml_fail(err, RML_ESETTING,
                    "%s: of %d features none has a value in each of %lld rows and any spread; --rows "
                    "COLUMN=VALUE leaves rows out",
                    t->picked.table, f->n_features, (long long)t->n_rows);
}

static rml_status read_columns(rml_correlate_table *t, char **bytes, int64_t *n_bytes, rml_error *err)
{
    rml_checksum *sum = rml_checksum_begin();
    rml_status status = rml_picked_read(&t->picked, NULL, 0, err);

    if (status == RML_OK && t->picked.frame.n_rows > INT32_MAX)
        status = rml_fail(err, RML_ECAPACITY, "%s: more than %d rows", t->picked.table, INT32_MAX);
    if (status == RML_OK) status = drop_empty_rows(t, err);
    if (status == RML_OK) {
        *bytes = malloc(HEADER_BYTES + (size_t)t->picked.frame.n_features * (size_t)t->n_rows * sizeof(double));
        if (!*bytes || !sum) status = rml_fail(err, RML_ENOMEM, "no memory for the columns");
    }
    if (status == RML_OK) status = keep_columns(t, (double *)(*bytes + HEADER_BYTES), sum, err);
    if (status == RML_OK) {
        const int64_t size[2] = {t->n_rows, t->n};

        memset(*bytes, 0, HEADER_BYTES);
        memcpy(*bytes, size, sizeof size);
        *n_bytes = HEADER_BYTES + t->n * t->n_rows * (int64_t)sizeof(double);
        rml_checksum_add(sum, *bytes, (size_t)*n_bytes);
        t->checksum = rml_checksum_value(sum);
    }
    rml_checksum_free(sum);
    return status;
}

rml_status rml_correlate_table_read(MPI_Comm comm, rml_correlate_table *t, rml_error *err)
{
    char *bytes = NULL;
    int64_t n_bytes = 0, size[2];
    rml_status status = RML_OK;
    int rank;

    MPI_Comm_rank(comm, &rank);
    if (rank == 0) status = read_columns(t, &bytes, &n_bytes, err);
    status = rml_agree(comm, status, err);
    if (status != RML_OK) {
        free(bytes);
        return status;
    }
    status = rml_share_node(comm, bytes, n_bytes, &t->shared);
    if (status != RML_OK) return rml_fail(err, status, "no memory for the columns on each node");
    memcpy(size, t->shared.bytes, sizeof size);
    t->n_rows = size[0];
    t->n = (int32_t)size[1];
    t->unit = (const double *)((const char *)t->shared.bytes + HEADER_BYTES);
    return RML_OK;
}

void rml_correlate_table_free(rml_correlate_table *t)
{
    rml_share_free(&t->shared);
    rml_picked_free(&t->picked);
    free(t->name);
    free(t->row);
    free(t->left);
    *t = (rml_correlate_table){0};
}
