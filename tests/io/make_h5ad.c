/* Writes the file that anndata.py reads: every type of column, missing values, texts from beyond ASCII, and enough
 * rows for several chunks. The numbers follow from the row and column, so that the reader knows them too.
 * Usage: make_h5ad FILE ROWS COLUMNS
 *        make_h5ad --read FILE WHERE COLUMN      a column's values as radmill reads them, one a line */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/h5ad.h"

#define TRY(call)                                                                                                      \
    do {                                                                                                               \
        if ((call) != RML_OK) return err.status;                                                                       \
    } while (0)

static rml_error err;

static rml_status write_x(rml_h5ad *file, int64_t n_rows, int64_t n_columns)
{
    double *x = malloc(((size_t)n_columns + 1) * sizeof *x);
    unsigned char *reason = malloc((size_t)n_columns + 1);
    rml_status status = x && reason ? RML_OK : RML_ENOMEM;

    for (int64_t r = 0; r < n_rows && status == RML_OK; ++r) {
        for (int64_t c = 0; c < n_columns; ++c) {
            const bool missing = (r + c) % 7 == 6;

            x[c] = missing ? NAN : (double)r / 3 + (double)c;
            reason[c] = missing ? 1 + (unsigned char)(c % 3) : 0;
        }
        status = rml_h5ad_append(file, 1, x, reason, &err);
    }
    free(x);
    free(reason);
    return status;
}

static rml_status write_obs(rml_h5ad *file, int64_t n_rows)
{
    static const char *const centres[] = {"Zürich", "Lyon"};
    const rml_h5ad_column columns[] = {
        {.name = "Image", .type = RML_H5AD_TEXT},
        {.name = "Centre", .type = RML_H5AD_CATEGORICAL, .n_categories = 2, .categories = centres},
        {.name = "Label", .type = RML_H5AD_INTEGER},
        {.name = "Volume (ml)", .type = RML_H5AD_NUMBER},
        {.name = "Second reader", .type = RML_H5AD_TRUTH},
        {.name = "Nothing", .type = RML_H5AD_CATEGORICAL}};
    rml_h5ad_frame *frame;

    TRY(rml_h5ad_frame_create(file, "obs", n_rows, 6, columns, &frame, &err));
    for (int64_t r = 0; r < n_rows; ++r) {
        char index[64], image[64];
        const rml_h5ad_value values[] = {{.text = r % 5 == 4 ? "" : image},
                                         {.integer = r % 3 - 1},
                                         {.integer = r + ((int64_t)1 << 40)},
                                         {.number = r % 4 == 3 ? NAN : 0.1 * (double)r},
                                         {.integer = r % 2},
                                         {.integer = -1}};

        snprintf(index, sizeof index, "p%06lld|1", (long long)r);
        snprintf(image, sizeof image, "bilder/größe%lld.nii.gz", (long long)r);
        TRY(rml_h5ad_frame_append(frame, index, values, &err));
    }
    return rml_h5ad_frame_close(frame, &err);
}

static rml_status write_var(rml_h5ad *file, int64_t n_columns)
{
    static const char *const classes[] = {"glcm", "shape"};
    const rml_h5ad_column columns[] = {
        {.name = "class", .type = RML_H5AD_CATEGORICAL, .n_categories = 2, .categories = classes},
        {.name = "ibsi", .type = RML_H5AD_TEXT}};
    rml_h5ad_frame *frame;

    TRY(rml_h5ad_frame_create(file, "var", n_columns, 2, columns, &frame, &err));
    for (int64_t c = 0; c < n_columns; ++c) {
        char index[64];
        const rml_h5ad_value values[] = {{.integer = c % 2}, {.text = c % 2 ? "" : "TU9B"}};

        snprintf(index, sizeof index, "original_glcm_F%lld", (long long)c);
        TRY(rml_h5ad_frame_append(frame, index, values, &err));
    }
    return rml_h5ad_frame_close(frame, &err);
}

static rml_status write_uns(rml_h5ad *file)
{
    static const char *const reasons[] = {"defined", "flat", "no pairs"};
    const rml_h5ad_column columns[] = {{.name = "case", .type = RML_H5AD_TEXT},
                                       {.name = "sentence", .type = RML_H5AD_TEXT}};
    rml_h5ad_frame *frame;

    TRY(rml_h5ad_text(file, "uns/radmill/version", "0.1.0", &err));
    TRY(rml_h5ad_text(file, "uns/radmill/parameters", "setting:\n  binWidth: 25 # größer\n", &err));
    TRY(rml_h5ad_text(file, "uns/radmill/empty", "", &err));
    TRY(rml_h5ad_text(file, "uns/radmill/libraries/hdf5", "1.10.8", &err));
    TRY(rml_h5ad_texts(file, "uns/radmill/reasons", 3, reasons, &err));
    TRY(rml_h5ad_texts(file, "uns/radmill/none", 0, NULL, &err));
    TRY(rml_h5ad_integer(file, "uns/radmill/seed", -42, &err));
    TRY(rml_h5ad_number(file, "uns/radmill/tolerance", 1e-6, &err));
    TRY(rml_h5ad_frame_create(file, "uns/radmill/failures", 1, 2, columns, &frame, &err));
    TRY(rml_h5ad_frame_append(frame, "0", (const rml_h5ad_value[]){{.text = "p9"}, {.text = "no such file"}}, &err));
    TRY(rml_h5ad_frame_close(frame, &err));
    TRY(rml_h5ad_frame_create(file, "uns/radmill/warnings", 0, 0, NULL, &frame, &err));
    return rml_h5ad_frame_close(frame, &err);
}

static int read_column(const char *path, const char *where, const char *column)
{
    rml_h5ad_reader *reader = NULL;
    rml_h5ad_text_column values = {0};
    int64_t n_rows, n_columns;

    if (rml_h5ad_open(path, &reader, &n_rows, &n_columns, &err) != RML_OK ||
        rml_h5ad_column_read(reader, where, column, &values, &err) != RML_OK)
        fprintf(stderr, "make_h5ad: %s\n", err.text);
    for (int64_t i = 0; i < values.n; ++i) puts(values.value[i]);
    rml_h5ad_texts_free(&values);
    rml_h5ad_close(reader);
    return err.status == RML_OK ? 0 : 3;
}

int main(int argc, char **argv)
{
    rml_h5ad *file = NULL;
    int64_t n_rows, n_columns;

    if (argc == 5 && strcmp(argv[1], "--read") == 0) return read_column(argv[2], argv[3], argv[4]);
    if (argc != 4) return fprintf(stderr, "usage: make_h5ad FILE ROWS COLUMNS\n"), 2;
    n_rows = atoll(argv[2]);
    n_columns = atoll(argv[3]);
    if (rml_h5ad_create(argv[1], n_rows, n_columns, &file, &err) != RML_OK ||
        write_x(file, n_rows, n_columns) != RML_OK || write_obs(file, n_rows) != RML_OK ||
        write_var(file, n_columns) != RML_OK || write_uns(file) != RML_OK) {
        rml_h5ad_abandon(file);
    } else if (rml_h5ad_commit(file, &err) == RML_OK) {
        return 0;
    }
    fprintf(stderr, "make_h5ad: %s\n", err.text);
    return 3;
}
