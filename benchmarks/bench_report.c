/* A study's features with centres and correlated columns, as an h5ad file, for the report's page.
 * Usage: bench_report FILE ROWS COLUMNS */
#include <stdio.h>
#include <stdlib.h>

#include "io/h5ad.h"
#include "kernels/base/rng.h"

enum { N_CENTRES = 5, N_FACTORS = 30, N_TOLD = 10 };

static rml_error err;

static int64_t is_positive(int64_t row)
{
    return rml_rng_uniform(1, 0, (uint64_t)row) < 0.4;
}

/* Columns of a factor hang together; the first ones tell the outcome, and every third the centre. */
static rml_status write_x(rml_h5ad *file, int64_t n_rows, int64_t n_columns)
{
    double *x = malloc(((size_t)n_columns + 1) * sizeof *x), factor[N_FACTORS];
    unsigned char *reason = calloc((size_t)n_columns + 1, 1);
    rml_status status = x && reason ? RML_OK : RML_ENOMEM;

    for (int64_t r = 0; r < n_rows && status == RML_OK; ++r) {
        rml_rng_normals(1, 1, (uint64_t)(r * N_FACTORS), N_FACTORS, factor);
        rml_rng_normals(1, 2, (uint64_t)(r * n_columns), n_columns, x);
        for (int64_t c = 0; c < n_columns; ++c)
            x[c] += factor[c % N_FACTORS] + (c < N_TOLD ? 0.7 * (double)is_positive(r) : 0.0) +
                    (c % 3 == 0 ? 0.3 * (double)(r % N_CENTRES) : 0.0);
        status = rml_h5ad_append(file, 1, x, reason, &err);
    }
    free(x);
    free(reason);
    return status;
}

static rml_status write_obs(rml_h5ad *file, int64_t n_rows)
{
    static const char *const centre[N_CENTRES] = {"A", "B", "C", "D", "E"};
    const rml_h5ad_column columns[] = {
        {.name = "ID", .type = RML_H5AD_TEXT},
        {.name = "centre", .type = RML_H5AD_CATEGORICAL, .n_categories = N_CENTRES, .categories = centre},
        {.name = "y", .type = RML_H5AD_INTEGER}};
    rml_h5ad_frame *frame;
    rml_status status = rml_h5ad_frame_create(file, "obs", n_rows, 3, columns, &frame, &err);

    for (int64_t r = 0; r < n_rows && status == RML_OK; ++r) {
        char id[32];
        const rml_h5ad_value values[] = {{.text = id}, {.integer = r % N_CENTRES}, {.integer = is_positive(r)}};

        snprintf(id, sizeof id, "p%05lld", (long long)r);
        status = rml_h5ad_frame_append(frame, id, values, &err);
    }
    return status == RML_OK ? rml_h5ad_frame_close(frame, &err) : status;
}

static rml_status write_var(rml_h5ad *file, int64_t n_columns)
{
    rml_h5ad_frame *frame;
    rml_status status = rml_h5ad_frame_create(file, "var", n_columns, 0, NULL, &frame, &err);

    for (int64_t c = 0; c < n_columns && status == RML_OK; ++c) {
        char name[64];

        snprintf(name, sizeof name, "wavelet-LLH_glcm_Feature%04lld", (long long)c);
        status = rml_h5ad_frame_append(frame, name, NULL, &err);
    }
    return status == RML_OK ? rml_h5ad_frame_close(frame, &err) : status;
}

int main(int argc, char **argv)
{
    rml_h5ad *file = NULL;
    int64_t n_rows, n_columns;

    if (argc != 4) return fprintf(stderr, "usage: bench_report FILE ROWS COLUMNS\n"), 2;
    n_rows = strtoll(argv[2], NULL, 10);
    n_columns = strtoll(argv[3], NULL, 10);
    if (rml_h5ad_create(argv[1], n_rows, n_columns, &file, &err) != RML_OK ||
        write_x(file, n_rows, n_columns) != RML_OK || write_obs(file, n_rows) != RML_OK ||
        write_var(file, n_columns) != RML_OK) {
        rml_h5ad_abandon(file);
    } else if (rml_h5ad_commit(file, &err) == RML_OK) {
        return 0;
    }
    fprintf(stderr, "bench_report: %s\n", err.text);
    return 3;
}
