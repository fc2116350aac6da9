#include "kernels/learn/fitted.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void rml_fitted_init(rml_fitted *fitted, const char *kind, int32_t n_in, int32_t n_out)
{
    *fitted = (rml_fitted){.n_in = n_in, .n_out = n_out};
    snprintf(fitted->kind, sizeof fitted->kind, "%s", kind);
}

void rml_fitted_free(rml_fitted *fitted)
{
    if (!fitted) return;
    free(fitted->kept);
    for (int32_t a = 0; a < fitted->n_arrays; ++a) free(fitted->array[a].value);
    *fitted = (rml_fitted){0};
}

double *rml_fitted_add(rml_fitted *fitted, const char *name, bool by_column, int32_t n_rows, int32_t n_columns,
                       const double *values)
{
    const size_t n = (size_t)n_rows * (size_t)n_columns;
    rml_array *array = &fitted->array[fitted->n_arrays];
    double *value;

    if (fitted->n_arrays == RML_FITTED_ARRAYS) return NULL;
    value = calloc(n + 1, sizeof *value);
    if (!value) return NULL;
    if (values && n > 0) memcpy(value, values, n * sizeof *value);
    *array = (rml_array){.by_column = by_column, .n_rows = n_rows, .n_columns = n_columns, .value = value};
    snprintf(array->name, sizeof array->name, "%s", name);
    ++fitted->n_arrays;
    return value;
}

const rml_array *rml_fitted_array(const rml_fitted *fitted, const char *name)
{
    for (int32_t a = 0; a < fitted->n_arrays; ++a)
        if (strcmp(fitted->array[a].name, name) == 0) return &fitted->array[a];
    return NULL;
}

const rml_array *rml_fitted_shaped(const rml_fitted *fitted, const char *name, int32_t n_rows, int32_t n_columns)
{
    const rml_array *array = rml_fitted_array(fitted, name);

    if (!array || (n_rows >= 0 && array->n_rows != n_rows) || (n_columns >= 0 && array->n_columns != n_columns))
        return NULL;
    return array;
}

double rml_fitted_number(const rml_fitted *fitted, const char *name)
{
    const rml_array *array = rml_fitted_array(fitted, name);

    return array && array->n_rows > 0 && array->n_columns > 0 ? array->value[0] : NAN;
}

int32_t rml_fitted_nonzero(const rml_fitted *fitted)
{
    const rml_array *coefficient = rml_fitted_shaped(fitted, "coefficient", 1, -1);
    int32_t n = 0;

    for (int32_t j = 0; coefficient && j < coefficient->n_columns; ++j) n += coefficient->value[j] != 0.0;
    return coefficient ? n : -1;
}

rml_status rml_fitted_keep(rml_fitted *fitted, const int32_t *kept)
{
    fitted->kept = malloc(((size_t)fitted->n_out + 1) * sizeof *fitted->kept);
    if (!fitted->kept) return RML_ENOMEM;
    for (int32_t j = 0; j < fitted->n_out; ++j) fitted->kept[j] = kept ? kept[j] : j;
    return RML_OK;
}

rml_status rml_fitted_copy(const rml_fitted *fitted, rml_fitted *copy)
{
    rml_status status = RML_OK;

    rml_fitted_init(copy, fitted->kind, fitted->n_in, fitted->n_out);
    copy->holds_rows = fitted->holds_rows;
    if (fitted->kept) status = rml_fitted_keep(copy, fitted->kept);
    for (int32_t a = 0; status == RML_OK && a < fitted->n_arrays; ++a) {
        const rml_array *array = &fitted->array[a];

        if (!rml_fitted_add(copy, array->name, array->by_column, array->n_rows, array->n_columns, array->value))
            status = RML_ENOMEM;
    }
    if (status != RML_OK) rml_fitted_free(copy);
    return status;
}

void rml_fitted_pack(const rml_fitted *fitted, rml_blob *blob)
{
    rml_blob_put_text(blob, fitted->kind);
    rml_blob_put_i32(blob, fitted->n_in);
    rml_blob_put_i32(blob, fitted->n_out);
    rml_blob_put_u8(blob, fitted->holds_rows);
    rml_blob_put_u8(blob, fitted->kept != NULL);
    for (int32_t j = 0; fitted->kept && j < fitted->n_out; ++j) rml_blob_put_i32(blob, fitted->kept[j]);
    rml_blob_put_i32(blob, fitted->n_arrays);
    for (int32_t a = 0; a < fitted->n_arrays; ++a) {
        const rml_array *array = &fitted->array[a];
        const int64_t n = (int64_t)array->n_rows * array->n_columns;

        rml_blob_put_text(blob, array->name);
        rml_blob_put_u8(blob, array->by_column);
        rml_blob_put_i32(blob, array->n_rows);
        rml_blob_put_i32(blob, array->n_columns);
        for (int64_t i = 0; i < n; ++i) rml_blob_put_f64(blob, array->value[i]);
    }
}

/* How many values of the given width are still there to be read. */
static bool holds(const rml_reader *reader, int64_t n, int64_t n_bytes)
{
    return n >= 0 && !reader->failed && (int64_t)(reader->n_left / (size_t)n_bytes) >= n;
}

static rml_status unpack_array(rml_reader *reader, rml_fitted *fitted)
{
    const char *name = rml_read_text(reader);
    const bool by_column = rml_read_u8(reader) != 0;
    const int32_t n_rows = rml_read_i32(reader), n_columns = rml_read_i32(reader);
    const int64_t n = (int64_t)n_rows * n_columns;
    double *value;

    if (n_rows < 0 || n_columns < 0 || !holds(reader, n, 8) || strlen(name) >= RML_FITTED_NAME) return RML_EFORMAT;
    value = rml_fitted_add(fitted, name, by_column, n_rows, n_columns, NULL);
    if (!value) return RML_ENOMEM;
    for (int64_t i = 0; i < n; ++i) value[i] = rml_read_f64(reader);
    return RML_OK;
}

rml_status rml_fitted_unpack(rml_reader *reader, rml_fitted *fitted)
{
    rml_fitted read;
    const char *kind = rml_read_text(reader);
    const int32_t n_in = rml_read_i32(reader), n_out = rml_read_i32(reader);
    rml_status status = RML_EFORMAT;
    int32_t n_arrays;

    rml_fitted_init(&read, kind, n_in, n_out);
    read.holds_rows = rml_read_u8(reader) != 0;
    if (rml_read_u8(reader) != 0) {
        if (!holds(reader, n_out, 4)) goto done;
        status = rml_fitted_keep(&read, NULL);
        if (status != RML_OK) goto done;
        for (int32_t j = 0; j < n_out; ++j) {
            read.kept[j] = rml_read_i32(reader);
            if (read.kept[j] < 0 || read.kept[j] >= n_in) status = RML_EFORMAT;
        }
        if (status != RML_OK) goto done;
    }
    n_arrays = rml_read_i32(reader);
    status = n_arrays < 0 || n_arrays > RML_FITTED_ARRAYS || n_in < 0 || n_out < 0 ? RML_EFORMAT : RML_OK;
    for (int32_t a = 0; status == RML_OK && a < n_arrays; ++a) status = unpack_array(reader, &read);
    if (status == RML_OK && reader->failed) status = RML_EFORMAT;
    if (status != RML_OK) goto done;
    *fitted = read;
    read = (rml_fitted){0};
done:
    rml_fitted_free(&read);
    return status;
}
