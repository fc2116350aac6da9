/* Reads what anndata's on-disk format may hold in a table: strings of either kind, numbers, truth values, categorical
 * columns, and those with a mask of missing values. Source: the on-disk format of anndata, encoding versions 0.1.0 and
 * 0.2.0. */
#include "io/h5ad.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/hdf5.h"
#include "io/hdf5_watch.h"
#include "io/table.h"

#define PIECE 4096 /* values read at a time */
/* Deflate gives at most 1032 bytes for one; a file that claims more values than that for each of its bytes lies. */
#define MOST_VALUES_PER_BYTE 1100

struct rml_h5ad_reader {
    char *path;
    int64_t n_bytes;
    hid_t file, x, reason;
    int64_t n_rows, n_columns;
};

static rml_status damaged(const rml_h5ad_reader *reader, const char *what, rml_error *err)
{
    return rml_fail(err, RML_EFORMAT, "%s: %s cannot be read: %s", reader->path, what, rml_hdf5_complaint());
}

static rml_status no_memory(const rml_h5ad_reader *reader, rml_error *err)
{
    return rml_fail(err, RML_ENOMEM, "%s: no memory to read it", reader->path);
}

/* --- the file ----------------------------------------------------------------------------------------------------- */

/* The sizes of a dataset of the given rank, with as many values as its file can hold; -1 when it is not one. */
static int64_t count_values(const rml_h5ad_reader *reader, hid_t dataset, int rank, int64_t size[2])
{
    const hid_t space = rml_hdf5_is_own(dataset) ? H5Dget_space(dataset) : -1;
    hsize_t extent[2] = {1, 1};
    int64_t n = -1;

    if (space >= 0 && H5Sget_simple_extent_ndims(space) == rank &&
        H5Sget_simple_extent_dims(space, extent, NULL) >= 0) {
        const hsize_t most = (hsize_t)reader->n_bytes * MOST_VALUES_PER_BYTE;

        if (extent[0] <= most && extent[1] <= most && (extent[1] == 0 || extent[0] <= most / extent[1]))
            n = (int64_t)(extent[0] * extent[1]);
    }
    for (int d = 0; d < 2; ++d) size[d] = (int64_t)extent[d];
    rml_hdf5_close(space);
    return n;
}

static bool holds(hid_t at, const char *name)
{
    return H5Lexists(at, name, H5P_DEFAULT) > 0 && H5Oexists_by_name(at, name, H5P_DEFAULT) > 0;
}

static H5I_type_t kind_of(hid_t object)
{
    return object < 0 ? H5I_BADID : H5Iget_type(object);
}

static rml_status open_matrix(rml_h5ad_reader *reader, rml_error *err)
{
    int64_t size[2];
    hid_t type = -1;
    H5T_class_t class_ = H5T_NO_CLASS;

    if (!holds(reader->file, "X") || !holds(reader->file, "obs") || !holds(reader->file, "var"))
        return rml_fail(err, RML_EFORMAT, "%s: HDF5, but not an h5ad file: no X, obs and var", reader->path);
    reader->x = H5Oopen(reader->file, "X", H5P_DEFAULT);
    if (kind_of(reader->x) == H5I_GROUP)
        return rml_fail(err, RML_EUNSUPPORTED, "%s: X is sparse, expected a dense matrix", reader->path);
    if (kind_of(reader->x) != H5I_DATASET || count_values(reader, reader->x, 2, size) < 0)
        return rml_fail(err, RML_EFORMAT, "%s: X is not a matrix, or larger than the file can hold", reader->path);
    type = H5Dget_type(reader->x);
    if (type >= 0) class_ = H5Tget_class(type);
    rml_hdf5_close(type);
    if (class_ != H5T_FLOAT && class_ != H5T_INTEGER)
        return rml_fail(err, RML_EUNSUPPORTED, "%s: X does not hold numbers", reader->path);
    reader->n_rows = size[0];
    reader->n_columns = size[1];
    if (holds(reader->file, "layers") && holds(reader->file, "layers/reason")) {
        int64_t same[2];

        reader->reason = H5Oopen(reader->file, "layers/reason", H5P_DEFAULT);
        if (kind_of(reader->reason) != H5I_DATASET || count_values(reader, reader->reason, 2, same) < 0 ||
            same[0] != size[0] || same[1] != size[1])
            return rml_fail(err, RML_EFORMAT, "%s: layers/reason is not of X's size", reader->path);
    }
    return rml_hdf5_led_away() ? RML_EUNSUPPORTED : RML_OK; /* then neither are reasons in another file none */
}

/* Without HDF5's lock, which read-only folders and some network file systems refuse. */
static hid_t open_file(const char *path)
{
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    hid_t file = -1;

    if (access >= 0 && H5Pset_file_locking(access, false, true) >= 0) file = H5Fopen(path, H5F_ACC_RDONLY, access);
    rml_hdf5_close(access);
    return file;
}

rml_status rml_h5ad_open(const char *path, rml_h5ad_reader **out, int64_t *n_rows, int64_t *n_columns, rml_error *err)
{
    rml_h5ad_reader *reader = NULL;
    int descriptor = -1;
    int64_t n_bytes;
    rml_status status = rml_file_open(path, &descriptor, &n_bytes, err);

    if (status != RML_OK) return status;
    close(descriptor);
    rml_hdf5_quiet();
    reader = calloc(1, sizeof *reader);
    if (!reader) return rml_fail(err, RML_ENOMEM, "%s: no memory to read it", path);
    reader->file = reader->x = reader->reason = -1;
    reader->n_bytes = n_bytes;
    reader->path = strdup(path);
    if (!reader->path) {
        status = rml_fail(err, RML_ENOMEM, "%s: no memory to read it", path);
        goto done;
    }
    rml_hdf5_begin(reader->path, reader->n_bytes);
    if (H5Fis_hdf5(path) <= 0)
        status = rml_fail(err, RML_EFORMAT, "%s: not an h5ad file (not HDF5)", path);
    else if ((reader->file = open_file(path)) < 0)
        status = damaged(reader, "the file", err);
    else
        status = open_matrix(reader, err);
    status = rml_hdf5_end(reader->path, status, err);
    if (status != RML_OK) goto done;
    *n_rows = reader->n_rows;
    *n_columns = reader->n_columns;
    *out = reader;
    reader = NULL;
done:
    rml_h5ad_close(reader);
    return status;
}

void rml_h5ad_close(rml_h5ad_reader *reader)
{
    if (!reader) return;
    rml_hdf5_watch(reader->path ? reader->path : "", reader->n_bytes);
    rml_hdf5_close(reader->x);
    rml_hdf5_close(reader->reason);
    if (reader->file >= 0) H5Fclose(reader->file);
    rml_hdf5_unwatch();
    free(reader->path);
    free(reader);
}

/* Values first … first+n-1 of a list, or those rows of a matrix. */
static bool get_rows(hid_t dataset, hid_t type, int rank, int64_t first, int64_t n, int64_t n_columns, void *out)
{
    const hsize_t start[2] = {(hsize_t)first, 0}, count[2] = {(hsize_t)n, (hsize_t)n_columns};
    const hid_t memory = H5Screate_simple(rank, count, NULL), space = H5Dget_space(dataset);
    const bool good = memory >= 0 && space >= 0 &&
                      H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) >= 0 &&
                      H5Dread(dataset, type, memory, space, H5P_DEFAULT, out) >= 0;

    rml_hdf5_close(space);
    rml_hdf5_close(memory);
    return good;
}

static rml_status read_rows(rml_h5ad_reader *reader, int64_t first, int64_t n, double *x, uint8_t *reason,
                            rml_error *err)
{
    if (first < 0 || n < 0 || first > reader->n_rows - n)
        return rml_fail(err, RML_EINVAL, "%s: rows %lld to %lld of %lld", reader->path, (long long)first,
                        (long long)(first + n), (long long)reader->n_rows);
    if (n == 0 || reader->n_columns == 0) return RML_OK;
    if (x && !get_rows(reader->x, H5T_NATIVE_DOUBLE, 2, first, n, reader->n_columns, x))
        return damaged(reader, "X", err);
    if (!reason) return RML_OK;
    if (reader->reason < 0)
        memset(reason, 0, (size_t)(n * reader->n_columns));
    else if (!get_rows(reader->reason, H5T_NATIVE_UINT8, 2, first, n, reader->n_columns, reason))
        return damaged(reader, "layers/reason", err);
    return RML_OK;
}

rml_status rml_h5ad_read_rows(rml_h5ad_reader *reader, int64_t first, int64_t n, double *x, uint8_t *reason,
                              rml_error *err)
{
    rml_status status;

    rml_hdf5_begin(reader->path, reader->n_bytes);
    status = read_rows(reader, first, n, x, reason, err);
    return rml_hdf5_end(reader->path, status, err);
}

/* --- values as text ----------------------------------------------------------------------------------------------- */

/* float32 values are printed as the shortest text that gives that float32 again. */
static void float_text(double value, char text[32])
{
    text[0] = '\0';
    for (int digits = 6; digits <= 9 && !isnan(value); ++digits) {
        snprintf(text, 32, "%.*g", digits, value);
        if (strtof(text, NULL) == (float)value) break;
    }
}

static bool put_text(char **out, const char *text)
{
    *out = strdup(text);
    return *out != NULL;
}

static bool get_texts(hid_t dataset, hid_t type, int rank, int64_t first, int64_t n, char **out)
{
    const bool variable = H5Tis_variable_str(type) > 0;
    const size_t size = variable ? sizeof(char *) : H5Tget_size(type);
    const hsize_t count = (hsize_t)n;
    const hid_t space = H5Screate_simple(1, &count, NULL);
    char *raw = size ? calloc((size_t)n, size) : NULL;
    bool good = raw && space >= 0 &&
                (rank ? get_rows(dataset, type, 1, first, n, 1, raw)
                      : H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, raw) >= 0);

    for (int64_t i = 0; i < n && good; ++i) {
        const char *text = raw + (size_t)i * size;

        if (variable) {
            const char *pointed;

            memcpy(&pointed, text, sizeof pointed);
            good = put_text(&out[i], pointed ? pointed : "");
        } else {
            out[i] = strndup(text, size);
            good = out[i] != NULL;
        }
    }
    if (variable && raw && space >= 0) H5Dvlen_reclaim(type, space, H5P_DEFAULT, raw);
    rml_hdf5_close(space);
    free(raw);
    return good;
}

static bool get_numbers(hid_t dataset, hid_t type, int rank, int64_t first, int64_t n, char **out)
{
    const bool whole = H5Tget_class(type) == H5T_INTEGER, short_ = H5Tget_size(type) <= sizeof(float);
    const bool natural = whole && H5Tget_sign(type) == H5T_SGN_NONE;
    const hid_t as = natural ? H5T_NATIVE_UINT64 : whole ? H5T_NATIVE_INT64 : H5T_NATIVE_DOUBLE;
    uint64_t *raw = calloc((size_t)n, sizeof *raw); /* eight bytes of whatever kind */
    bool good = raw && (rank ? get_rows(dataset, as, 1, first, n, 1, raw)
                             : H5Dread(dataset, as, H5S_ALL, H5S_ALL, H5P_DEFAULT, raw) >= 0);

    for (int64_t i = 0; i < n && good; ++i) {
        char text[32];
        double number;

        memcpy(&number, &raw[i], sizeof number);
        if (natural)
            snprintf(text, sizeof text, "%llu", (unsigned long long)raw[i]);
        else if (whole)
            snprintf(text, sizeof text, "%lld", (long long)(int64_t)raw[i]);
        else if (short_)
            float_text(number, text);
        else
            rml_number_text(number, text);
        good = put_text(&out[i], text);
    }
    free(raw);
    return good;
}

static bool get_truths(hid_t dataset, int rank, int64_t first, int64_t n, char **out)
{
    const hid_t type = rml_hdf5_truth_type();
    int8_t *raw = calloc((size_t)n, 1);
    bool good = raw && type >= 0 &&
                (rank ? get_rows(dataset, type, 1, first, n, 1, raw)
                      : H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, raw) >= 0);

    for (int64_t i = 0; i < n && good; ++i) good = put_text(&out[i], raw[i] ? "true" : "false");
    rml_hdf5_close(type);
    free(raw);
    return good;
}

/* A list (rank 1) or a single value (rank 0), whatever it holds. */
static rml_status read_values(rml_h5ad_reader *reader, hid_t dataset, int rank, const char *name,
                              rml_h5ad_text_column *out, rml_error *err)
{
    int64_t size[2];
    const int64_t n = count_values(reader, dataset, rank, size);
    const hid_t type = H5Dget_type(dataset);
    const H5T_class_t class_ = type < 0 ? H5T_NO_CLASS : H5Tget_class(type);
    rml_h5ad_text_column read = {0};
    rml_status status = RML_OK;

    if (n < 0) {
        status =
            rml_fail(err, RML_EFORMAT, "%s: %s is not a list, or larger than the file can hold", reader->path, name);
        goto done;
    }
    if (class_ != H5T_STRING && class_ != H5T_INTEGER && class_ != H5T_FLOAT && class_ != H5T_ENUM) {
        status = rml_fail(err, RML_EUNSUPPORTED, "%s: %s holds neither texts nor numbers", reader->path, name);
        goto done;
    }
    read.value = calloc((size_t)n + 1, sizeof *read.value);
    if (!read.value) {
        status = no_memory(reader, err);
        goto done;
    }
    read.n = n;
    for (int64_t first = 0; first < n; first += PIECE) {
        const int64_t piece = n - first < PIECE ? n - first : PIECE;
        bool good;

        if (class_ == H5T_STRING)
            good = get_texts(dataset, type, rank, first, piece, read.value + first);
        else if (class_ == H5T_ENUM)
            good = get_truths(dataset, rank, first, piece, read.value + first);
        else
            good = get_numbers(dataset, type, rank, first, piece, read.value + first);
        if (!good) {
            status = damaged(reader, name, err);
            goto done;
        }
    }
    *out = read;
    read = (rml_h5ad_text_column){0};
done:
    rml_hdf5_close(type);
    rml_h5ad_texts_free(&read);
    return status;
}

void rml_h5ad_texts_free(rml_h5ad_text_column *texts)
{
    if (!texts) return;
    for (int64_t i = 0; i < texts->n; ++i) free(texts->value[i]);
    free(texts->value);
    *texts = (rml_h5ad_text_column){0};
}

/* --- tables ------------------------------------------------------------------------------------------------------- */

/* The object at a path, each part of which must be there; negative when not. */
static hid_t open_object(const rml_h5ad_reader *reader, const char *where)
{
    char part[1024];

    for (const char *slash = strchr(where, '/');; slash = strchr(slash + 1, '/')) {
        const size_t n = slash ? (size_t)(slash - where) : strlen(where);

        if (n >= sizeof part) return -1;
        memcpy(part, where, n);
        part[n] = '\0';
        if (!holds(reader->file, part)) return -1;
        if (!slash) return H5Oopen(reader->file, where, H5P_DEFAULT);
    }
}

static rml_status read_list(rml_h5ad_reader *reader, hid_t group, const char *name, rml_h5ad_text_column *out,
                            rml_error *err)
{
    const hid_t list = holds(group, name) ? H5Oopen(group, name, H5P_DEFAULT) : -1;
    rml_status status;

    if (kind_of(list) == H5I_DATASET)
        status = read_values(reader, list, 1, name, out, err);
    else
        status = rml_fail(err, RML_EFORMAT, "%s: a column without its %s", reader->path, name);
    rml_hdf5_close(list);
    return status;
}

/* codes and categories become values; a code outside them is missing, as -1 is. */
static rml_status read_categorical(rml_h5ad_reader *reader, hid_t group, rml_h5ad_text_column *out, rml_error *err)
{
    rml_h5ad_text_column categories = {0}, codes = {0};
    rml_status status = read_list(reader, group, "categories", &categories, err);

    if (status == RML_OK) status = read_list(reader, group, "codes", &codes, err);
    for (int64_t i = 0; i < codes.n && status == RML_OK; ++i) {
        const int64_t code = strtoll(codes.value[i], NULL, 10);
        char *text = strdup(code >= 0 && code < categories.n ? categories.value[code] : "");

        if (!text) status = no_memory(reader, err);
        free(codes.value[i]);
        codes.value[i] = text;
    }
    rml_h5ad_texts_free(&categories);
    if (status != RML_OK) {
        rml_h5ad_texts_free(&codes);
        return status;
    }
    *out = codes;
    return RML_OK;
}

/* values and mask; what the mask marks is missing. */
static rml_status read_nullable(rml_h5ad_reader *reader, hid_t group, rml_h5ad_text_column *out, rml_error *err)
{
    rml_h5ad_text_column values = {0}, mask = {0};
    rml_status status = read_list(reader, group, "values", &values, err);

    if (status == RML_OK) status = read_list(reader, group, "mask", &mask, err);
    if (status == RML_OK && mask.n != values.n)
        status = rml_fail(err, RML_EFORMAT, "%s: a column of %lld values with a mask of %lld", reader->path,
                          (long long)values.n, (long long)mask.n);
    assert(status != RML_OK || (values.value && mask.value));
    for (int64_t i = 0; i < values.n && status == RML_OK; ++i)
        if (strcmp(mask.value[i], "true") == 0) values.value[i][0] = '\0';
    rml_h5ad_texts_free(&mask);
    if (status != RML_OK) {
        rml_h5ad_texts_free(&values);
        return status;
    }
    *out = values;
    return RML_OK;
}

/* A text attribute, or a list of them, as a dataset would be read: fixed or variable length. */
static rml_status read_attribute(rml_h5ad_reader *reader, hid_t object, const char *name, rml_h5ad_text_column *out,
                                 rml_error *err)
{
    const hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    const hid_t type = attribute < 0 ? -1 : H5Aget_type(attribute),
                space = attribute < 0 ? -1 : H5Aget_space(attribute);
    const hssize_t n = space < 0 ? -1 : H5Sget_simple_extent_npoints(space);
    const bool variable = type >= 0 && H5Tis_variable_str(type) > 0;
    const size_t size = type < 0 ? 0 : variable ? sizeof(char *) : H5Tget_size(type);
    rml_h5ad_text_column read = {0};
    char *raw = NULL;
    bool good = false;
    rml_status status = RML_OK;

    if (n < 0 || size == 0 || H5Tget_class(type) != H5T_STRING || n > reader->n_bytes ||
        size > (size_t)reader->n_bytes) {
        /* anndata 0.7 writes an empty list of columns as numbers */
        if (n != 0) status = damaged(reader, name, err);
        goto done;
    }
    raw = calloc((size_t)n + 1, size);
    read.value = calloc((size_t)n + 1, sizeof *read.value);
    if (!raw || !read.value) {
        status = no_memory(reader, err);
        goto done;
    }
    read.n = n;
    good = n == 0 || H5Aread(attribute, type, raw) >= 0;
    for (hssize_t i = 0; i < n && good; ++i) {
        const char *text = raw + (size_t)i * size;

        if (variable) memcpy(&text, text, sizeof text);
        read.value[i] = variable ? strdup(text ? text : "") : strndup(text, size);
        good = read.value[i] != NULL;
    }
    if (variable && n > 0) H5Dvlen_reclaim(type, space, H5P_DEFAULT, raw);
    if (!good) {
        status = damaged(reader, name, err);
        goto done;
    }
    *out = read;
    read = (rml_h5ad_text_column){0};
done:
    rml_h5ad_texts_free(&read);
    free(raw);
    rml_hdf5_close(space);
    rml_hdf5_close(type);
    rml_hdf5_close(attribute);
    return status;
}

static herr_t take_name(hid_t group, const char *name, const H5L_info_t *info, void *data)
{
    rml_h5ad_text_column *names = data;
    char **grown = realloc(names->value, ((size_t)names->n + 1) * sizeof *grown);

    (void)group, (void)info;
    if (!grown) return -1;
    names->value = grown;
    grown[names->n] = strdup(name);
    if (!grown[names->n]) return -1;
    ++names->n;
    return 0;
}

static rml_status list_columns(rml_h5ad_reader *reader, const char *where, rml_h5ad_text_column *names, rml_error *err)
{
    const hid_t group = open_object(reader, where);
    rml_h5ad_text_column read = {0};
    rml_status status = RML_OK;

    if (kind_of(group) != H5I_GROUP) {
        status = rml_fail(err, RML_EMISSING, "%s: no table or folder %s", reader->path, where);
    } else if (H5Aexists(group, "column-order") > 0) {
        status = read_attribute(reader, group, "column-order", &read, err);
    } else if (H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, take_name, &read) < 0) {
        status = damaged(reader, where, err);
    }
    rml_hdf5_close(group);
    if (status != RML_OK) {
        rml_h5ad_texts_free(&read);
        return status;
    }
    *names = read;
    return RML_OK;
}

rml_status rml_h5ad_columns(rml_h5ad_reader *reader, const char *where, rml_h5ad_text_column *names, rml_error *err)
{
    rml_status status;

    rml_hdf5_begin(reader->path, reader->n_bytes);
    status = list_columns(reader, where, names, err);
    return rml_hdf5_end(reader->path, status, err);
}

static rml_status read_column(rml_h5ad_reader *reader, hid_t object, const char *name, rml_h5ad_text_column *out,
                              rml_error *err)
{
    if (kind_of(object) == H5I_DATASET) return read_values(reader, object, 1, name, out, err);
    if (kind_of(object) == H5I_GROUP && holds(object, "codes")) return read_categorical(reader, object, out, err);
    if (kind_of(object) == H5I_GROUP && holds(object, "values")) return read_nullable(reader, object, out, err);
    return rml_fail(err, RML_EUNSUPPORTED, "%s: %s is no column that radmill reads", reader->path, name);
}

static rml_status find_column(rml_h5ad_reader *reader, const char *where, const char *column,
                              rml_h5ad_text_column *values, rml_error *err)
{
    const hid_t group = open_object(reader, where);
    rml_h5ad_text_column index = {0};
    hid_t object = -1;
    rml_status status = RML_OK;

    if (kind_of(group) == H5I_GROUP && strcmp(column, "_index") == 0 && H5Aexists(group, "_index") > 0) {
        status = read_attribute(reader, group, "_index", &index, err);
        if (status != RML_OK) goto done;
        if (index.n == 1) column = index.value[0];
    }
    if (kind_of(group) == H5I_GROUP && !strchr(column, '/') && *column && holds(group, column))
        object = H5Oopen(group, column, H5P_DEFAULT);
    if (object < 0)
        status = rml_fail(err, RML_EMISSING, "%s: no column %s in %s", reader->path, column, where);
    else
        status = read_column(reader, object, column, values, err);
done:
    rml_hdf5_close(object);
    rml_hdf5_close(group);
    rml_h5ad_texts_free(&index);
    return status;
}

rml_status rml_h5ad_column_read(rml_h5ad_reader *reader, const char *where, const char *column,
                                rml_h5ad_text_column *values, rml_error *err)
{
    rml_status status;

    rml_hdf5_begin(reader->path, reader->n_bytes);
    status = find_column(reader, where, column, values, err);
    return rml_hdf5_end(reader->path, status, err);
}

rml_status rml_h5ad_read_text(rml_h5ad_reader *reader, const char *where, char **text, rml_error *err)
{
    rml_h5ad_text_column read = {0};
    hid_t object;
    rml_status status;

    rml_hdf5_begin(reader->path, reader->n_bytes);
    object = open_object(reader, where);
    if (kind_of(object) != H5I_DATASET) {
        status = rml_fail(err, RML_EMISSING, "%s: nothing at %s", reader->path, where);
    } else {
        status = read_values(reader, object, 0, where, &read, err);
    }
    rml_hdf5_close(object);
    status = rml_hdf5_end(reader->path, status, err);
    if (status != RML_OK) {
        rml_h5ad_texts_free(&read);
        return status;
    }
    assert(read.n == 1 && read.value);
    *text = read.value[0];
    read.value[0] = NULL;
    rml_h5ad_texts_free(&read);
    return RML_OK;
}
