/* 1. Objects: groups, attributes and datasets as AnnData encodes them
 * 2. The file: X, the reasons, and the folders that every file has
 * 3. Tables
 * 4. Texts and numbers under uns
 * 5. The end: whole, or not at all
 *
 * Everything is written in whole chunks, whatever pieces it came in, and past HDF5's chunk cache: so memory is bounded
 * by one chunk a column, and where a chunk lands in the file depends on the contents alone.
 * Source: the on-disk format of anndata, encoding versions 0.1.0 and 0.2.0. */
#include "io/h5ad.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/file.h"
#include "io/hdf5.h"

#define CHUNK_VALUES (1 << 16) /* of X: 512 KiB before compression */
#define CHUNK_ROWS 2048        /* of a table's column */
#define MAX_CATEGORIES 32767

struct rml_h5ad {
    char *path, *temporary;
    hid_t file, x, reason;
    hid_t text, truth; /* types */
    int64_t n_rows, n_columns, n_appended;
    int64_t chunk_rows, n_waiting; /* rows in the buffers */
    double *x_waiting;             /* [chunk_rows][n_columns] */
    uint8_t *reason_waiting;       /* the same */
    bool has_obs, has_var;
    bool begun;             /* the temporary is ours to remove */
    rml_h5ad_frame *frames; /* still open */
    rml_error failure;      /* the first one: whatever follows on a broken file fails with it */
};

typedef struct frame_column {
    rml_h5ad_type type;
    int32_t n_categories;
    hid_t dataset;
    void *waiting; /* [CHUNK_ROWS] of char *, int64_t, int32_t, double or int8_t */
} frame_column;

struct rml_h5ad_frame {
    rml_h5ad *file;
    rml_h5ad_frame *next;
    char *where;
    hid_t group;
    int64_t n_rows, n_written;
    int32_t n_columns; /* the index included, which is column 0 */
    int32_t n_waiting;
    frame_column *columns;
};

/* --- 1. Objects --------------------------------------------------------------------------------------------------- */

/* HDF5 could not do it: most often the disk is full. */
static rml_status broken(rml_h5ad *file, rml_error *err)
{
    if (file->failure.status == RML_OK)
        rml_fail(&file->failure, RML_EIO, "%s: cannot be written: %s", file->temporary, rml_hdf5_complaint());
    return rml_fail(err, file->failure.status, "%s", file->failure.text);
}

static rml_status no_memory(rml_h5ad *file, rml_error *err)
{
    return rml_fail(err, RML_ENOMEM, "%s: no memory to write it", file->path);
}

static bool put_encoding(rml_h5ad *file, hid_t at, const char *type, const char *version)
{
    return rml_hdf5_attribute(at, "encoding-type", file->text, -1, &type) &&
           rml_hdf5_attribute(at, "encoding-version", file->text, -1, &version);
}

static hid_t make_group(rml_h5ad *file, hid_t at, const char *name, const char *type, const char *version)
{
    const hid_t how = H5Pcreate(H5P_GROUP_CREATE);
    hid_t group = -1;

    if (how >= 0 && H5Pset_obj_track_times(how, false) >= 0)
        group = H5Gcreate2(at, name, H5P_DEFAULT, how, H5P_DEFAULT);
    rml_hdf5_close(how);
    if (group < 0 || put_encoding(file, group, type, version)) return group;
    rml_hdf5_close(group);
    return -1;
}

/* HDF5 takes no checksum over texts of variable length: what it stores in the chunk are references to them. */
static bool choose_storage(hid_t create, hid_t access, hid_t type, int rank, const hsize_t *chunk)
{
    if (H5Pset_obj_track_times(create, false) < 0) return false; /* else two files differ by their second */
    if (!chunk) return true;
    return H5Pset_chunk(create, rank, chunk) >= 0 && H5Pset_shuffle(create) >= 0 && H5Pset_deflate(create, 4) >= 0 &&
           (H5Tis_variable_str(type) > 0 || H5Pset_fletcher32(create) >= 0) &&
           H5Pset_chunk_cache(access, 1, 0, 1.0) >= 0;
}

/* A dataset of rank 0, 1 or 2; chunk NULL: in one piece. Open on return, negative on failure. */
static hid_t make_dataset(rml_h5ad *file, hid_t at, const char *name, hid_t type, int rank, const hsize_t *size,
                          const hsize_t *chunk, const char *encoding, const char *version)
{
    const hid_t space = rank ? H5Screate_simple(rank, size, NULL) : H5Screate(H5S_SCALAR);
    const hid_t create = H5Pcreate(H5P_DATASET_CREATE), access = H5Pcreate(H5P_DATASET_ACCESS);
    hid_t dataset = -1;

    if (space >= 0 && create >= 0 && access >= 0 && choose_storage(create, access, type, rank, chunk))
        dataset = H5Dcreate2(at, name, type, space, H5P_DEFAULT, create, access);
    rml_hdf5_close(access);
    rml_hdf5_close(create);
    rml_hdf5_close(space);
    if (dataset < 0 || put_encoding(file, dataset, encoding, version)) return dataset;
    rml_hdf5_close(dataset);
    return -1;
}

/* The array data[n…] at row `first`; all columns of a matrix. */
static bool put_rows(hid_t dataset, hid_t type, int rank, int64_t first, int64_t n, int64_t n_columns, const void *data)
{
    const hsize_t start[2] = {(hsize_t)first, 0}, count[2] = {(hsize_t)n, (hsize_t)n_columns};
    const hid_t memory = H5Screate_simple(rank, count, NULL), space = H5Dget_space(dataset);
    const bool good = memory >= 0 && space >= 0 &&
                      H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) >= 0 &&
                      H5Dwrite(dataset, type, memory, space, H5P_DEFAULT, data) >= 0;

    rml_hdf5_close(space);
    rml_hdf5_close(memory);
    return good;
}

/* A whole dataset without chunks. */
static bool put_whole(rml_h5ad *file, hid_t at, const char *name, hid_t stored, hid_t type, int rank, hsize_t n,
                      const void *data, const char *encoding)
{
    const hid_t dataset = make_dataset(file, at, name, stored, rank, &n, NULL, encoding, "0.2.0");
    const bool good = dataset >= 0 && (n == 0 || H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);

    rml_hdf5_close(dataset);
    return good;
}

/* --- 2. The file -------------------------------------------------------------------------------------------------- */

static void free_frame(rml_h5ad_frame *frame)
{
    for (int32_t c = 0; frame->columns && c < frame->n_columns; ++c) {
        frame_column *column = &frame->columns[c];

        if (column->waiting && column->type == RML_H5AD_TEXT)
            for (int32_t i = 0; i < frame->n_waiting; ++i) free(((char **)column->waiting)[i]);
        free(column->waiting);
        rml_hdf5_close(column->dataset);
    }
    rml_hdf5_close(frame->group);
    free(frame->columns);
    free(frame->where);
    free(frame);
}

static void close_datasets(rml_h5ad *file)
{
    while (file->frames) {
        rml_h5ad_frame *next = file->frames->next;

        free_frame(file->frames);
        file->frames = next;
    }
    rml_hdf5_close(file->x);
    rml_hdf5_close(file->reason);
    rml_hdf5_close(file->text);
    rml_hdf5_close(file->truth);
    file->x = file->reason = file->text = file->truth = -1;
}

static void free_file(rml_h5ad *file)
{
    free(file->x_waiting);
    free(file->reason_waiting);
    free(file->path);
    free(file->temporary);
    free(file);
}

void rml_h5ad_abandon(rml_h5ad *file)
{
    if (!file) return;
    if (file->file >= 0) {
        rml_hdf5_divert(file->file);
        close_datasets(file);
        H5Fclose(file->file);
    }
    close_datasets(file);
    if (file->begun) unlink(file->temporary);
    free_file(file);
}

static bool make_skeleton(rml_h5ad *file)
{
    static const char *const folders[] = {"layers", "obsm", "obsp", "uns", "varm", "varp"};
    const hsize_t size[2] = {(hsize_t)file->n_rows, (hsize_t)file->n_columns};
    const hsize_t widest = file->n_columns < CHUNK_VALUES ? (hsize_t)file->n_columns : CHUNK_VALUES;
    const hsize_t chunk[2] = {(hsize_t)file->chunk_rows, widest};
    const hsize_t *chunked = file->n_rows && file->n_columns ? chunk : NULL;

    if (!put_encoding(file, file->file, "anndata", "0.1.0")) return false;
    for (size_t f = 0; f < sizeof folders / sizeof *folders; ++f) {
        const hid_t group = make_group(file, file->file, folders[f], "dict", "0.1.0");

        if (group < 0) return false;
        rml_hdf5_close(group);
    }
    file->x = make_dataset(file, file->file, "X", H5T_IEEE_F64LE, 2, size, chunked, "array", "0.2.0");
    file->reason = make_dataset(file, file->file, "layers/reason", H5T_STD_U8LE, 2, size, chunked, "array", "0.2.0");
    return file->x >= 0 && file->reason >= 0;
}

rml_status rml_h5ad_create(const char *path, int64_t n_rows, int64_t n_columns, rml_h5ad **out, rml_error *err)
{
    rml_h5ad *file;
    rml_status status = RML_OK;

    if (n_rows < 0 || n_columns < 0)
        return rml_fail(err, RML_EINVAL, "%s: a matrix of %lld by %lld", path, (long long)n_rows, (long long)n_columns);
    rml_hdf5_quiet();
    file = calloc(1, sizeof *file);
    if (!file) return rml_fail(err, RML_ENOMEM, "%s: no memory to write it", path);
    file->file = file->x = file->reason = file->text = file->truth = -1;
    file->n_rows = n_rows;
    file->n_columns = n_columns;
    file->chunk_rows = n_columns ? CHUNK_VALUES / n_columns : 1;
    if (file->chunk_rows > n_rows) file->chunk_rows = n_rows;
    if (file->chunk_rows < 1) file->chunk_rows = 1;
    file->path = rml_file_target(path);
    if (!file->path || asprintf(&file->temporary, "%s.tmp", file->path) < 0) file->temporary = NULL;
    file->x_waiting = malloc((size_t)(file->chunk_rows * n_columns + 1) * sizeof *file->x_waiting);
    file->reason_waiting = malloc((size_t)(file->chunk_rows * n_columns + 1) * sizeof *file->reason_waiting);
    if (!file->path || !file->temporary || !file->x_waiting || !file->reason_waiting) {
        status = rml_fail(err, RML_ENOMEM, "%s: no memory to write it", path);
        goto done;
    }
    file->text = rml_hdf5_text_type();
    file->truth = rml_hdf5_truth_type();
    file->begun = true;
    status = rml_hdf5_create(file->temporary, &file->file, err);
    if (status != RML_OK) goto done;
    if (file->text < 0 || file->truth < 0 || file->file < 0 || !make_skeleton(file)) {
        status = broken(file, err);
        goto done;
    }
    *out = file;
    file = NULL;
done:
    rml_h5ad_abandon(file);
    return status;
}

static bool put_waiting(rml_h5ad *file)
{
    const int64_t first = file->n_appended - file->n_waiting;
    const bool good =
        file->n_columns == 0 || file->n_waiting == 0 ||
        (put_rows(file->x, H5T_NATIVE_DOUBLE, 2, first, file->n_waiting, file->n_columns, file->x_waiting) &&
         put_rows(file->reason, H5T_NATIVE_UINT8, 2, first, file->n_waiting, file->n_columns, file->reason_waiting));

    file->n_waiting = 0;
    return good;
}

rml_status rml_h5ad_append(rml_h5ad *file, int64_t n, const double *x, const uint8_t *reason, rml_error *err)
{
    if (file->failure.status != RML_OK) return broken(file, err);
    if (n < 0 || n > file->n_rows - file->n_appended)
        return rml_fail(err, RML_EINVAL, "%s: row %lld of %lld", file->path, (long long)(file->n_appended + n),
                        (long long)file->n_rows);
    while (n > 0) {
        const int64_t room = file->chunk_rows - file->n_waiting, taken = n < room ? n : room;
        const size_t at = (size_t)(file->n_waiting * file->n_columns), count = (size_t)(taken * file->n_columns);

        if (count) {
            memcpy(file->x_waiting + at, x, count * sizeof *x);
            memcpy(file->reason_waiting + at, reason, count * sizeof *reason);
            x += count;
            reason += count;
        }
        file->n_waiting += taken;
        file->n_appended += taken;
        n -= taken;
        if (file->n_waiting == file->chunk_rows && !put_waiting(file)) return broken(file, err);
    }
    return RML_OK;
}

/* --- 3. Tables ---------------------------------------------------------------------------------------------------- */

/* Opens the folder that holds `where`, making the ones under uns on the way; *leaf is where's last part. */
static hid_t open_folder(rml_h5ad *file, const char *where, const char **leaf)
{
    hid_t at = H5Gopen2(file->file, "/", H5P_DEFAULT);
    const char *slash;

    for (; at >= 0 && (slash = strchr(where, '/')) != NULL; where = slash + 1) {
        char name[256];
        hid_t below;

        snprintf(name, sizeof name, "%.*s", (int)(slash - where), where);
        below = H5Lexists(at, name, H5P_DEFAULT) > 0 ? H5Gopen2(at, name, H5P_DEFAULT)
                                                     : make_group(file, at, name, "dict", "0.1.0");
        rml_hdf5_close(at);
        at = below;
    }
    *leaf = where;
    return at;
}

/* A name that HDF5 and anndata can both keep. */
void rml_h5ad_name(const char *text, char *name)
{
    for (; *text; ++text) *name++ = *text == '/' ? '_' : *text;
    *name = '\0';
}

static bool name_fits(const char *name)
{
    return *name && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "_index") != 0;
}

static bool where_fits(const char *where)
{
    const char *part = where;

    for (;;) {
        const size_t n = strcspn(part, "/");

        if (n == 0 || n > 255 || (n == 1 && *part == '.')) return false;
        if (!part[n]) return true;
        part += n + 1;
    }
}

static rml_status check_columns(const rml_h5ad *file, const char *where, int32_t n, const rml_h5ad_column *columns,
                                rml_error *err)
{
    for (int32_t c = 0; c < n; ++c) {
        if (!name_fits(columns[c].name))
            return rml_fail(err, RML_EINVAL, "%s: %s cannot have a column named \"%s\"", file->path, where,
                            columns[c].name);
        for (int32_t d = 0; d < c; ++d)
            if (strcmp(columns[c].name, columns[d].name) == 0)
                return rml_fail(err, RML_EINVAL, "%s: %s has two columns named \"%s\"", file->path, where,
                                columns[c].name);
        if (columns[c].type == RML_H5AD_CATEGORICAL &&
            (columns[c].n_categories < 0 || columns[c].n_categories > MAX_CATEGORIES))
            return rml_fail(err, RML_EINVAL, "%s: %s has %d categories, at most %d fit", file->path, columns[c].name,
                            columns[c].n_categories, MAX_CATEGORIES);
    }
    return RML_OK;
}

static hid_t make_values(rml_h5ad_frame *frame, hid_t at, const char *name, hid_t type, const char *encoding)
{
    const hsize_t n = (hsize_t)frame->n_rows, chunk = n < CHUNK_ROWS ? n : CHUNK_ROWS;

    return make_dataset(frame->file, at, name, type, 1, &n, n ? &chunk : NULL, encoding, "0.2.0");
}

static hid_t make_categorical(rml_h5ad_frame *frame, const rml_h5ad_column *what)
{
    rml_h5ad *file = frame->file;
    const hid_t group = make_group(file, frame->group, what->name, "categorical", "0.2.0");
    const hid_t type = what->n_categories < 128 ? H5T_STD_I8LE : H5T_STD_I16LE;
    const int8_t ordered = 0;
    hid_t codes = -1;

    if (group >= 0 && rml_hdf5_attribute(group, "ordered", file->truth, -1, &ordered) &&
        put_whole(file, group, "categories", file->text, file->text, 1, (hsize_t)what->n_categories, what->categories,
                  "string-array"))
        codes = make_values(frame, group, "codes", type, "array");
    rml_hdf5_close(group);
    return codes;
}

static rml_status make_column(rml_h5ad_frame *frame, const rml_h5ad_column *what, frame_column *column, rml_error *err)
{
    static const size_t size[] = {[RML_H5AD_TEXT] = sizeof(char *),
                                  [RML_H5AD_CATEGORICAL] = sizeof(int32_t),
                                  [RML_H5AD_INTEGER] = sizeof(int64_t),
                                  [RML_H5AD_NUMBER] = sizeof(double),
                                  [RML_H5AD_TRUTH] = sizeof(int8_t)};
    rml_h5ad *file = frame->file;

    column->type = what->type;
    column->n_categories = what->n_categories;
    column->waiting = calloc(CHUNK_ROWS, size[what->type]);
    if (!column->waiting) return no_memory(file, err);
    switch (what->type) {
    case RML_H5AD_TEXT:
        column->dataset = make_values(frame, frame->group, what->name, file->text, "string-array");
        break;
    case RML_H5AD_CATEGORICAL: column->dataset = make_categorical(frame, what); break;
    case RML_H5AD_INTEGER:
        column->dataset = make_values(frame, frame->group, what->name, H5T_STD_I64LE, "array");
        break;
    case RML_H5AD_NUMBER:
        column->dataset = make_values(frame, frame->group, what->name, H5T_IEEE_F64LE, "array");
        break;
    case RML_H5AD_TRUTH: column->dataset = make_values(frame, frame->group, what->name, file->truth, "array"); break;
    }
    return column->dataset >= 0 ? RML_OK : broken(file, err);
}

static rml_status make_table(rml_h5ad_frame *frame, const rml_h5ad_column *columns, rml_error *err)
{
    static const char *const index = "_index";
    const rml_h5ad_column first = {.name = index, .type = RML_H5AD_TEXT};
    const int32_t n = frame->n_columns - 1;
    const char **names = malloc(((size_t)n + 1) * sizeof *names);
    const char *leaf;
    const hid_t folder = open_folder(frame->file, frame->where, &leaf);
    rml_status status;

    if (!names) {
        status = no_memory(frame->file, err);
        goto done;
    }
    for (int32_t c = 0; c < n; ++c) names[c] = columns[c].name;
    if (folder >= 0) frame->group = make_group(frame->file, folder, leaf, "dataframe", "0.2.0");
    if (frame->group < 0 || !rml_hdf5_attribute(frame->group, "_index", frame->file->text, -1, &index) ||
        !rml_hdf5_attribute(frame->group, "column-order", frame->file->text, n, names)) {
        status = broken(frame->file, err);
        goto done;
    }
    status = make_column(frame, &first, &frame->columns[0], err);
    for (int32_t c = 0; c < n && status == RML_OK; ++c)
        status = make_column(frame, &columns[c], &frame->columns[c + 1], err);
done:
    rml_hdf5_close(folder);
    free(names);
    return status;
}

rml_status rml_h5ad_frame_create(rml_h5ad *file, const char *where, int64_t n_rows, int32_t n_columns,
                                 const rml_h5ad_column *columns, rml_h5ad_frame **out, rml_error *err)
{
    const bool obs = strcmp(where, "obs") == 0, var = strcmp(where, "var") == 0;
    rml_h5ad_frame *frame = NULL;
    rml_status status;

    if (file->failure.status != RML_OK) return broken(file, err);
    if (n_rows < 0 || n_columns < 0 || !where_fits(where) || (!obs && !var && strncmp(where, "uns/", 4) != 0) ||
        (obs && (file->has_obs || n_rows != file->n_rows)) || (var && (file->has_var || n_rows != file->n_columns)))
        return rml_fail(err, RML_EINVAL, "%s: a second table, or a wrong number of rows, at %s", file->path, where);
    status = check_columns(file, where, n_columns, columns, err);
    if (status != RML_OK) return status;
    frame = calloc(1, sizeof *frame);
    if (!frame) return no_memory(file, err);
    frame->file = file;
    frame->group = -1;
    frame->n_rows = n_rows;
    frame->n_columns = n_columns + 1;
    frame->where = strdup(where);
    frame->columns = calloc((size_t)n_columns + 1, sizeof *frame->columns);
    if (!frame->where || !frame->columns) {
        status = no_memory(file, err);
        goto done;
    }
    for (int32_t c = 0; c < frame->n_columns; ++c) frame->columns[c].dataset = -1;
    status = make_table(frame, columns, err);
    if (status != RML_OK) goto done;
    frame->next = file->frames;
    file->frames = frame;
    *out = frame;
    frame = NULL;
done:
    if (frame) free_frame(frame);
    return status;
}

static bool put_column(rml_h5ad_frame *frame, frame_column *column)
{
    const hid_t type[] = {[RML_H5AD_TEXT] = frame->file->text,
                          [RML_H5AD_CATEGORICAL] = H5T_NATIVE_INT32,
                          [RML_H5AD_INTEGER] = H5T_NATIVE_INT64,
                          [RML_H5AD_NUMBER] = H5T_NATIVE_DOUBLE,
                          [RML_H5AD_TRUTH] = frame->file->truth};
    const bool good = frame->n_waiting == 0 || put_rows(column->dataset, type[column->type], 1, frame->n_written,
                                                        frame->n_waiting, 1, column->waiting);

    if (column->type == RML_H5AD_TEXT)
        for (int32_t i = 0; i < frame->n_waiting; ++i) {
            free(((char **)column->waiting)[i]);
            ((char **)column->waiting)[i] = NULL;
        }
    return good;
}

static bool put_table(rml_h5ad_frame *frame)
{
    bool good = true;

    for (int32_t c = 0; c < frame->n_columns; ++c) good = put_column(frame, &frame->columns[c]) && good;
    frame->n_written += frame->n_waiting;
    frame->n_waiting = 0;
    return good;
}

static rml_status take_value(rml_h5ad_frame *frame, frame_column *column, const rml_h5ad_value *value, rml_error *err)
{
    const int32_t at = frame->n_waiting;

    switch (column->type) {
    case RML_H5AD_TEXT:
        ((char **)column->waiting)[at] = strdup(value->text ? value->text : "");
        if (!((char **)column->waiting)[at]) return no_memory(frame->file, err);
        break;
    case RML_H5AD_CATEGORICAL:
        if (value->integer < -1 || value->integer >= column->n_categories)
            return rml_fail(err, RML_EINVAL, "%s: category %lld of %d in %s", frame->file->path,
                            (long long)value->integer, column->n_categories, frame->where);
        ((int32_t *)column->waiting)[at] = (int32_t)value->integer;
        break;
    case RML_H5AD_INTEGER: ((int64_t *)column->waiting)[at] = value->integer; break;
    case RML_H5AD_NUMBER: ((double *)column->waiting)[at] = value->number; break;
    case RML_H5AD_TRUTH: ((int8_t *)column->waiting)[at] = value->integer != 0; break;
    }
    return RML_OK;
}

rml_status rml_h5ad_frame_append(rml_h5ad_frame *frame, const char *index, const rml_h5ad_value *values, rml_error *err)
{
    const rml_h5ad_value first = {.text = index};
    int32_t c = 0;
    rml_status status;

    if (frame->file->failure.status != RML_OK) return broken(frame->file, err);
    if (frame->n_written + frame->n_waiting >= frame->n_rows)
        return rml_fail(err, RML_EINVAL, "%s: more than %lld rows in %s", frame->file->path, (long long)frame->n_rows,
                        frame->where);
    status = take_value(frame, &frame->columns[0], &first, err);
    for (c = 1; c < frame->n_columns && status == RML_OK; ++c)
        status = take_value(frame, &frame->columns[c], &values[c - 1], err);
    if (status != RML_OK) { /* the row is not taken: its texts go again */
        for (int32_t t = 0; t < frame->n_columns; ++t)
            if (frame->columns[t].type == RML_H5AD_TEXT) {
                free(((char **)frame->columns[t].waiting)[frame->n_waiting]);
                ((char **)frame->columns[t].waiting)[frame->n_waiting] = NULL;
            }
        return status;
    }
    if (++frame->n_waiting == CHUNK_ROWS && !put_table(frame)) return broken(frame->file, err);
    return RML_OK;
}

rml_status rml_h5ad_frame_close(rml_h5ad_frame *frame, rml_error *err)
{
    rml_h5ad *file;
    rml_status status = RML_OK;

    if (!frame) return RML_OK;
    file = frame->file;
    for (rml_h5ad_frame **at = &file->frames; *at; at = &(*at)->next)
        if (*at == frame) {
            *at = frame->next;
            break;
        }
    if (file->failure.status != RML_OK || !put_table(frame)) {
        status = broken(file, err);
    } else if (frame->n_written != frame->n_rows) {
        status = rml_fail(err, RML_EINVAL, "%s: %lld rows in %s, expected %lld", file->path,
                          (long long)frame->n_written, frame->where, (long long)frame->n_rows);
    } else {
        file->has_obs = file->has_obs || strcmp(frame->where, "obs") == 0;
        file->has_var = file->has_var || strcmp(frame->where, "var") == 0;
    }
    free_frame(frame);
    return status;
}

/* --- 4. Texts and numbers under uns ------------------------------------------------------------------------------- */

static rml_status put_uns(rml_h5ad *file, const char *where, hid_t stored, hid_t type, int rank, int64_t n,
                          const void *data, const char *encoding, rml_error *err)
{
    const char *leaf;
    hid_t folder;
    bool good;

    if (file->failure.status != RML_OK) return broken(file, err);
    if (n < 0 || !where_fits(where) || strncmp(where, "uns/", 4) != 0)
        return rml_fail(err, RML_EINVAL, "%s: nothing can be kept at \"%s\"", file->path, where);
    folder = open_folder(file, where, &leaf);
    good = folder >= 0 && put_whole(file, folder, leaf, stored, type, rank, (hsize_t)n, data, encoding);
    rml_hdf5_close(folder);
    return good ? RML_OK : broken(file, err);
}

rml_status rml_h5ad_text(rml_h5ad *file, const char *where, const char *text, rml_error *err)
{
    return put_uns(file, where, file->text, file->text, 0, 1, &text, "string", err);
}

rml_status rml_h5ad_texts(rml_h5ad *file, const char *where, int64_t n, const char *const *texts, rml_error *err)
{
    return put_uns(file, where, file->text, file->text, 1, n, texts, "string-array", err);
}

rml_status rml_h5ad_integer(rml_h5ad *file, const char *where, int64_t value, rml_error *err)
{
    return put_uns(file, where, H5T_STD_I64LE, H5T_NATIVE_INT64, 0, 1, &value, "numeric-scalar", err);
}

rml_status rml_h5ad_number(rml_h5ad *file, const char *where, double value, rml_error *err)
{
    return put_uns(file, where, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, 0, 1, &value, "numeric-scalar", err);
}

/* --- 5. The end --------------------------------------------------------------------------------------------------- */

rml_status rml_h5ad_commit(rml_h5ad *file, rml_error *err)
{
    rml_status status = RML_OK;

    if (file->failure.status != RML_OK) {
        status = broken(file, err);
        goto done;
    }
    if (file->n_appended != file->n_rows || !file->has_obs || !file->has_var || file->frames) {
        status =
            rml_fail(err, RML_EINVAL, "%s: %lld of %lld rows, obs %s, var %s", file->path, (long long)file->n_appended,
                     (long long)file->n_rows, file->has_obs ? "whole" : "missing", file->has_var ? "whole" : "missing");
        goto done;
    }
    if (!put_waiting(file)) {
        status = broken(file, err);
        goto done;
    }
    close_datasets(file);
    status = rml_hdf5_commit(&file->file, file->temporary, file->path, err);
    if (status != RML_OK) goto done;
    file->begun = false;
done:
    rml_h5ad_abandon(file);
    return status;
}
