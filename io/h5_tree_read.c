#include "io/h5_tree_read.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/file.h"
#include "io/hdf5.h"
#include "io/hdf5_watch.h"

/* Deflate gives at most 1032 bytes for one: a file that claims more than that for each of its bytes lies. */
enum { MOST_A_BYTE = 1100 };

struct rml_h5_file {
    char *path;
    int64_t n_bytes;
    hid_t file;
};

/* --- the file ----------------------------------------------------------------------------------------------------- */

rml_status rml_h5_file_open(const char *path, rml_h5_file **out, rml_error *err)
{
    rml_h5_file *file = NULL;
    int descriptor = -1;
    int64_t n_bytes;
    hid_t access;
    rml_status status = rml_file_open(path, &descriptor, &n_bytes, err);

    if (status != RML_OK) return status;
    close(descriptor);
    rml_hdf5_quiet();
    file = calloc(1, sizeof *file);
    if (!file) return rml_fail(err, RML_ENOMEM, "%s: no memory to read it", path);
    file->file = -1;
    file->n_bytes = n_bytes;
    file->path = strdup(path);
    if (!file->path) {
        rml_h5_file_close(file);
        return rml_fail(err, RML_ENOMEM, "%s: no memory to read it", path);
    }
    rml_hdf5_watch(file->path, n_bytes);
    access = H5Pcreate(H5P_FILE_ACCESS);
    if (access >= 0 && H5Pset_file_locking(access, false, true) >= 0 && H5Fis_hdf5(path) > 0)
        file->file = H5Fopen(path, H5F_ACC_RDONLY, access);
    rml_hdf5_close(access);
    rml_hdf5_unwatch();
    if (file->file < 0) {
        rml_h5_file_close(file);
        return rml_fail(err, RML_EFORMAT, "%s: not an HDF5 file, or a damaged one", path);
    }
    *out = file;
    return RML_OK;
}

void rml_h5_file_close(rml_h5_file *file)
{
    if (!file) return;
    if (file->file >= 0) {
        rml_hdf5_watch(file->path, file->n_bytes);
        H5Fclose(file->file);
        rml_hdf5_unwatch();
    }
    free(file->path);
    free(file);
}

/* Every part of a path must be there before HDF5 is asked for the next one. */
static bool has(const rml_h5_file *file, const char *where)
{
    char path[2048];
    const size_t n = strlen(where);

    if (strcmp(where, "/") == 0) return true;
    if (n == 0 || n >= sizeof path) return false;
    memcpy(path, where, n + 1);
    for (size_t at = 1; at <= n; ++at) {
        const char kept = path[at];

        if (kept != '/' && kept != '\0') continue;
        path[at] = '\0';
        if (H5Lexists(file->file, path, H5P_DEFAULT) <= 0) return false;
        path[at] = kept;
    }
    return H5Oexists_by_name(file->file, path, H5P_DEFAULT) > 0;
}

bool rml_h5_file_has(rml_h5_file *file, const char *where)
{
    bool there;

    rml_hdf5_begin(file->path, file->n_bytes);
    there = has(file, where);
    rml_hdf5_unwatch();
    return there;
}

static rml_status damaged(const rml_h5_file *file, const char *where, rml_error *err)
{
    return rml_fail(err, RML_EFORMAT, "%s: %s cannot be read: %s", file->path, where, rml_hdf5_complaint());
}

static rml_status no_memory(const rml_h5_file *file, rml_error *err)
{
    return rml_fail(err, RML_ENOMEM, "%s: no memory to read it", file->path);
}

/* --- groups ------------------------------------------------------------------------------------------------------- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static rml_status list_names(const rml_h5_file *file, const char *where, rml_h5_texts *names, rml_error *err)
{
    hid_t group = -1;
    H5G_info_t info;
    rml_status status = RML_OK;

    if (!has(file, where)) return rml_fail(err, RML_EMISSING, "%s: there is no %s in it", file->path, where);
    group = H5Gopen2(file->file, where, H5P_DEFAULT);
    if (group < 0 || H5Gget_info(group, &info) < 0 || info.nlinks > (hsize_t)file->n_bytes)
        status = damaged(file, where, err);
    if (status == RML_OK) {
        names->text = calloc((size_t)info.nlinks + 1, sizeof *names->text);
        if (!names->text) status = no_memory(file, err);
    }
    for (hsize_t i = 0; status == RML_OK && i < info.nlinks; ++i) {
        char name[1024];

        if (H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, i, name, sizeof name, H5P_DEFAULT) < 0)
            status = damaged(file, where, err);
        else if (!(names->text[names->n] = strdup(name)))
            status = no_memory(file, err);
        else
            ++names->n;
    }
    rml_hdf5_close(group);
    if (status == RML_OK) qsort(names->text, (size_t)names->n, sizeof *names->text, by_text);
    return status;
}

rml_status rml_h5_file_names(rml_h5_file *file, const char *where, rml_h5_texts *names, rml_error *err)
{
    rml_status status;

    *names = (rml_h5_texts){0};
    rml_hdf5_begin(file->path, file->n_bytes);
    status = rml_hdf5_end(file->path, list_names(file, where, names, err), err);
    if (status != RML_OK) rml_h5_texts_free(names);
    return status;
}

/* --- arrays ------------------------------------------------------------------------------------------------------- */

/* Opens a dataset of at most two dimensions and of a kind of values; size: rows and columns of what each holds. */
static rml_status open_array(const rml_h5_file *file, const char *where, bool texts, hid_t *out, int64_t size[2],
                             rml_error *err)
{
    hid_t dataset = -1, space = -1, type = -1;
    hsize_t extent[2] = {1, 1};
    int rank = -1;
    H5T_class_t class_ = H5T_NO_CLASS;
    const hsize_t most = (hsize_t)file->n_bytes * MOST_A_BYTE;

    if (!has(file, where)) return rml_fail(err, RML_EMISSING, "%s: there is no %s in it", file->path, where);
    dataset = H5Dopen2(file->file, where, H5P_DEFAULT);
    if (dataset >= 0 && rml_hdf5_is_own(dataset)) {
        space = H5Dget_space(dataset);
        type = H5Dget_type(dataset);
    }
    if (space >= 0 && type >= 0) {
        rank = H5Sget_simple_extent_ndims(space);
        class_ = H5Tget_class(type);
        if (rank > 2 || (rank > 0 && H5Sget_simple_extent_dims(space, extent, NULL) < 0)) rank = -1;
    }
    if (rank == 1) {
        extent[1] = extent[0];
        extent[0] = 1;
    }
    if (rank < 0 || (texts ? class_ != H5T_STRING : class_ != H5T_FLOAT && class_ != H5T_INTEGER) || extent[0] > most ||
        extent[1] > most || (extent[1] > 0 && extent[0] > most / extent[1])) {
        rml_hdf5_close(dataset);
        dataset = -1;
    }
    rml_hdf5_close(type);
    rml_hdf5_close(space);
    if (dataset < 0)
        return rml_fail(err, RML_EFORMAT, "%s: %s is not what it should be: %s of at most two dimensions", file->path,
                        where, texts ? "texts" : "numbers");
    size[0] = (int64_t)extent[0];
    size[1] = (int64_t)extent[1];
    *out = dataset;
    return RML_OK;
}

/* Texts of a fixed length, as rml_h5_tree writes them. */
static rml_status read_texts(const rml_h5_file *file, const char *where, rml_h5_texts *texts, rml_error *err)
{
    hid_t dataset = -1, type = -1;
    int64_t size[2], n;
    size_t each = 0;
    char *all = NULL;
    rml_status status = open_array(file, where, true, &dataset, size, err);

    if (status != RML_OK) return status;
    n = size[0] * size[1];
    type = H5Dget_type(dataset);
    if (type >= 0 && H5Tis_variable_str(type) == 0) each = H5Tget_size(type);
    if (each == 0 || each > (size_t)file->n_bytes * MOST_A_BYTE / ((size_t)n + 1)) status = damaged(file, where, err);
    if (status == RML_OK) {
        all = calloc((size_t)n + 1, each);
        texts->text = calloc((size_t)n + 1, sizeof *texts->text);
        if (!all || !texts->text) status = no_memory(file, err);
    }
    if (status == RML_OK && n > 0 && H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, all) < 0)
        status = damaged(file, where, err);
    for (int64_t i = 0; status == RML_OK && i < n; ++i) {
        texts->text[i] = strndup(all + (size_t)i * each, each);
        if (!texts->text[i]) status = no_memory(file, err);
        texts->n += status == RML_OK;
    }
    free(all);
    rml_hdf5_close(type);
    rml_hdf5_close(dataset);
    return status;
}

rml_status rml_h5_file_texts(rml_h5_file *file, const char *where, rml_h5_texts *texts, rml_error *err)
{
    rml_status status;

    *texts = (rml_h5_texts){0};
    rml_hdf5_begin(file->path, file->n_bytes);
    status = rml_hdf5_end(file->path, read_texts(file, where, texts, err), err);
    if (status != RML_OK) rml_h5_texts_free(texts);
    return status;
}

rml_status rml_h5_file_numbers(rml_h5_file *file, const char *where, rml_h5_numbers *numbers, rml_error *err)
{
    hid_t dataset = -1;
    int64_t size[2] = {0, 0};
    rml_status status;

    *numbers = (rml_h5_numbers){0};
    rml_hdf5_begin(file->path, file->n_bytes);
    status = open_array(file, where, false, &dataset, size, err);
    if (status == RML_OK) {
        numbers->value = malloc(((size_t)size[0] * (size_t)size[1] + 1) * sizeof *numbers->value);
        if (!numbers->value)
            status = no_memory(file, err);
        else if (size[0] * size[1] > 0 &&
                 H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers->value) < 0)
            status = damaged(file, where, err);
    }
    rml_hdf5_close(dataset);
    status = rml_hdf5_end(file->path, status, err);
    if (status == RML_OK) {
        numbers->n_rows = size[0];
        numbers->n_columns = size[1];
    } else {
        rml_h5_numbers_free(numbers);
    }
    return status;
}

/* --- attributes --------------------------------------------------------------------------------------------------- */

/* An attribute of one value, and whether it is a text; negative where there is none. */
static hid_t open_attribute(const rml_h5_file *file, const char *where, const char *name, bool text)
{
    const hid_t object = has(file, where) ? H5Oopen(file->file, where, H5P_DEFAULT) : -1;
    hid_t attribute = -1, type, space;
    bool fits;

    if (object >= 0 && H5Aexists(object, name) > 0) attribute = H5Aopen(object, name, H5P_DEFAULT);
    rml_hdf5_close(object);
    if (attribute < 0) return -1;
    type = H5Aget_type(attribute);
    space = H5Aget_space(attribute);
    fits = type >= 0 && space >= 0 && H5Sget_simple_extent_npoints(space) == 1 &&
           (H5Tget_class(type) == H5T_STRING) == text && (!text || H5Tis_variable_str(type) > 0);
    rml_hdf5_close(space);
    rml_hdf5_close(type);
    if (fits) return attribute;
    rml_hdf5_close(attribute);
    return -1;
}

char *rml_h5_file_said(rml_h5_file *file, const char *where, const char *name)
{
    char *text = NULL, *copy = NULL;
    hid_t attribute, type;

    rml_hdf5_begin(file->path, file->n_bytes);
    attribute = open_attribute(file, where, name, true);
    type = attribute >= 0 ? rml_hdf5_text_type() : -1;
    if (type >= 0 && H5Aread(attribute, type, &text) >= 0 && text) {
        copy = strdup(text);
        H5free_memory(text);
    }
    rml_hdf5_close(type);
    rml_hdf5_close(attribute);
    rml_hdf5_unwatch();
    return copy;
}

double rml_h5_file_said_number(rml_h5_file *file, const char *where, const char *name)
{
    double value = NAN;
    hid_t attribute;

    rml_hdf5_begin(file->path, file->n_bytes);
    attribute = open_attribute(file, where, name, false);
    if (attribute >= 0 && H5Aread(attribute, H5T_NATIVE_DOUBLE, &value) < 0) value = NAN;
    rml_hdf5_close(attribute);
    rml_hdf5_unwatch();
    return value;
}

void rml_h5_texts_free(rml_h5_texts *texts)
{
    for (int64_t i = 0; i < texts->n; ++i) free(texts->text[i]);
    free(texts->text);
    *texts = (rml_h5_texts){0};
}

void rml_h5_numbers_free(rml_h5_numbers *numbers)
{
    free(numbers->value);
    *numbers = (rml_h5_numbers){0};
}
