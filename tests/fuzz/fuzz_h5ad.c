/* An h5ad file: its matrix, and every column and text that a table or folder names. */
#include <stdlib.h>
#include <string.h>

#include "io/h5ad.h"
#include "tests/fuzz/fuzz.h"

static rml_status ask_rows(rml_h5ad_reader *reader, int64_t n_rows, int64_t n_columns, rml_error *err)
{
    const int64_t n = n_rows < 8 ? n_rows : 8;
    double *x;
    uint8_t *reason;
    rml_status status;

    if (n == 0 || n_columns > (1 << 20) / 8) return RML_OK; /* a caller's buffer of a MiB is enough here */
    x = malloc((size_t)(n * n_columns) * sizeof *x + 1);
    reason = malloc((size_t)(n * n_columns) + 1);
    fuzz_require(x && reason, "no memory for rows");
    status = rml_h5ad_read_rows(reader, n_rows - n, n, x, reason, err);
    free(x);
    free(reason);
    return status;
}

static rml_status ask_table(rml_h5ad_reader *reader, const char *where, rml_error *err)
{
    rml_h5ad_text_column names, values;
    rml_status status = rml_h5ad_columns(reader, where, &names, err), first = status;

    if (status != RML_OK) return status;
    if (rml_h5ad_column_read(reader, where, "_index", &values, err) == RML_OK) rml_h5ad_texts_free(&values);
    for (int64_t c = 0; c < names.n; ++c) {
        rml_error why = {0};
        char *text, *path = NULL;

        status = rml_h5ad_column_read(reader, where, names.value[c], &values, &why);
        if (status == RML_OK) rml_h5ad_texts_free(&values);
        fuzz_require(status == RML_OK || why.text[0] != '\0', "a column refused without a sentence");
        path = malloc(strlen(where) + strlen(names.value[c]) + 2);
        fuzz_require(path != NULL, "no memory for a path");
        strcat(strcat(strcpy(path, where), "/"), names.value[c]);
        if (rml_h5ad_read_text(reader, path, &text, &why) == RML_OK) free(text);
        free(path);
    }
    rml_h5ad_texts_free(&names);
    return first;
}

rml_status fuzz_read(const uint8_t *bytes, size_t n, rml_error *err)
{
    static const char *const others[] = {"var", "uns", "uns/radmill", "uns/radmill/warnings"};
    rml_h5ad_reader *reader;
    int64_t n_rows, n_columns;
    rml_status status = rml_h5ad_open(fuzz_file(bytes, n), &reader, &n_rows, &n_columns, err);

    if (status != RML_OK) return status;
    fuzz_require(n_rows >= 0 && n_columns >= 0, "a size that is none");
    status = ask_rows(reader, n_rows, n_columns, err);
    if (status == RML_OK) status = ask_table(reader, "obs", err);
    for (size_t k = 0; k < sizeof others / sizeof others[0]; ++k) {
        rml_error why = {0};

        (void)!ask_table(reader, others[k], &why);
    }
    rml_h5ad_close(reader);
    return status;
}
