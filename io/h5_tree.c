/* 1. The file, and what went wrong
 * 2. Names and groups
 * 3. Arrays
 * 4. Texts, links and attributes
 * 5. The end */
#include "io/h5_tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/file.h"
#include "io/hdf5.h"

enum {
    DEPTH = 16,
    SMALL = 1024,         /* bytes: up to here an array lies in its object's header, beyond in a place of its own */
    COMPRESSED = 4096,    /* from here on in chunks */
    CHUNK_BYTES = 1 << 19 /* before compression */
};

struct rml_h5_tree {
    char *path, *temporary;
    hid_t file;
    hid_t group[DEPTH + 1]; /* from the root to where we are */
    int32_t depth;
    bool begun;
    hid_t rows; /* the array whose rows follow; -1: none */
    int64_t n_rows, n_columns, next_row;
    rml_error failure; /* the first one */
};

/* 1. The file, and what went wrong --------------------------------------------------------------------------------- */

static bool broken(const rml_h5_tree *tree)
{
    return tree->failure.status != RML_OK;
}

static void fail(rml_h5_tree *tree)
{
    if (!broken(tree))
        rml_fail(&tree->failure, RML_EIO, "%s: cannot be written: %s", tree->temporary, rml_hdf5_complaint());
}

void rml_h5_tree_no_memory(rml_h5_tree *tree)
{
    if (!broken(tree)) rml_fail(&tree->failure, RML_ENOMEM, "%s: no memory to write it", tree->path);
}

rml_status rml_h5_tree_create(const char *path, rml_h5_tree **out, rml_error *err)
{
    rml_h5_tree *tree = calloc(1, sizeof *tree);
    rml_status status;

    if (!tree) return rml_fail(err, RML_ENOMEM, "%s: no memory to write it", path);
    tree->file = tree->rows = -1;
    for (int32_t d = 0; d <= DEPTH; ++d) tree->group[d] = -1;
    tree->path = rml_file_target(path);
    if (!tree->path || asprintf(&tree->temporary, "%s.tmp", tree->path) < 0) {
        tree->temporary = NULL;
        status = rml_fail(err, RML_ENOMEM, "%s: no memory to write it", path);
        goto done;
    }
    tree->begun = true;
    status = rml_hdf5_create(tree->temporary, &tree->file, err);
    if (status != RML_OK) goto done;
    tree->group[0] = H5Gopen2(tree->file, "/", H5P_DEFAULT);
    if (tree->group[0] < 0) {
        status = rml_fail(err, RML_EIO, "%s: cannot be written: %s", tree->temporary, rml_hdf5_complaint());
        goto done;
    }
    *out = tree;
    tree = NULL;
done:
    rml_h5_tree_abandon(tree);
    return status;
}

/* 2. Names and groups ---------------------------------------------------------------------------------------------- */

void rml_h5_tree_name(const char *text, char name[256])
{
    size_t n = 0;

    if (!*text || strcmp(text, ".") == 0) {
        strcpy(name, *text ? "%2E" : "%00");
        return;
    }
    for (; *text && n < 252; ++text) {
        if (*text == '/' || *text == '%')
            n += (size_t)snprintf(name + n, 4, "%%%02X", (unsigned)*text);
        else
            name[n++] = *text;
    }
    if (((unsigned char)*text & 0xC0) == 0x80) { /* cut within a character */
        while (n > 0 && ((unsigned char)name[n - 1] & 0xC0) == 0x80) --n;
        if (n > 0) --n;
    }
    name[n] = '\0';
}

static hid_t here(const rml_h5_tree *tree)
{
    return tree->group[tree->depth];
}

void rml_h5_tree_enter(rml_h5_tree *tree, const char *text)
{
    char name[256];
    hid_t how, below = -1;

    if (broken(tree)) return;
    rml_h5_tree_name(text, name);
    if (tree->depth == DEPTH) {
        rml_fail(&tree->failure, RML_EINVAL, "%s: groups more than %d deep", tree->path, DEPTH);
        return;
    }
    if (H5Lexists(here(tree), name, H5P_DEFAULT) > 0) {
        below = H5Gopen2(here(tree), name, H5P_DEFAULT);
    } else {
        how = H5Pcreate(H5P_GROUP_CREATE);
        if (how >= 0 && H5Pset_obj_track_times(how, false) >= 0)
            below = H5Gcreate2(here(tree), name, H5P_DEFAULT, how, H5P_DEFAULT);
        rml_hdf5_close(how);
    }
    if (below < 0)
        fail(tree);
    else
        tree->group[++tree->depth] = below;
}

void rml_h5_tree_leave(rml_h5_tree *tree)
{
    if (broken(tree) || tree->depth == 0) return;
    rml_hdf5_close(tree->group[tree->depth]);
    tree->group[tree->depth--] = -1;
}

/* 3. Arrays -------------------------------------------------------------------------------------------------------- */

/* Small arrays in the header, middling ones and single texts in one piece, large ones in chunks that are checked and
 * compressed. */
static bool choose_storage(hid_t create, int32_t rank, const hsize_t size[2], size_t each)
{
    const hsize_t n_rows = rank > 1 ? size[0] : 1, n_columns = rank > 0 ? size[rank - 1] : 1;
    const hsize_t n_bytes = n_rows * n_columns * each, most = CHUNK_BYTES > each ? CHUNK_BYTES / each : 1;
    const hsize_t wide = n_columns < most ? n_columns : most, high = most / (wide > 0 ? wide : 1);
    const hsize_t chunk[2] = {rank > 1 ? (high < n_rows ? high : n_rows) : wide, wide};

    if (H5Pset_obj_track_times(create, false) < 0) return false;
    if (n_bytes > 0 && n_bytes <= SMALL) return H5Pset_layout(create, H5D_COMPACT) >= 0;
    if (n_bytes < COMPRESSED || rank == 0) return true;
    return H5Pset_chunk(create, rank, chunk) >= 0 && H5Pset_shuffle(create) >= 0 && H5Pset_deflate(create, 4) >= 0 &&
           H5Pset_fletcher32(create) >= 0;
}

/* rank 0: one value; 1: size[0] of them. */
static void put(rml_h5_tree *tree, const char *text, hid_t stored, hid_t type, int32_t rank, const hsize_t size[2],
                const void *data)
{
    const hid_t create = H5Pcreate(H5P_DATASET_CREATE);
    const hid_t space = rank > 0 ? H5Screate_simple(rank, size, NULL) : H5Screate(H5S_SCALAR);
    const size_t each = H5Tget_size(stored);
    const bool empty = rank > 0 && (size[0] == 0 || (rank > 1 && size[1] == 0));
    bool good = false;
    hid_t dataset = -1;
    char name[256];

    rml_h5_tree_name(text, name);
    if (create >= 0 && space >= 0 && each > 0 && choose_storage(create, rank, size, each)) {
        if (H5Lexists(here(tree), name, H5P_DEFAULT) > 0)
            rml_fail(&tree->failure, RML_EINVAL, "%s: two objects named \"%s\" in one group", tree->path, name);
        else
            dataset = H5Dcreate2(here(tree), name, stored, space, H5P_DEFAULT, create, H5P_DEFAULT);
        good = dataset >= 0 && (empty || H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);
    }
    if (!good) fail(tree);
    rml_hdf5_close(dataset);
    rml_hdf5_close(space);
    rml_hdf5_close(create);
}

void rml_h5_tree_numbers(rml_h5_tree *tree, const char *name, int32_t rank, int32_t n_rows, int32_t n_columns,
                         const double *value)
{
    const hsize_t size[2] = {(hsize_t)(rank == 1 ? n_columns : n_rows), (hsize_t)n_columns};

    if (!broken(tree)) put(tree, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, rank, size, value);
}

void rml_h5_tree_begin_rows(rml_h5_tree *tree, const char *text, int64_t n_rows, int64_t n_columns)
{
    const hsize_t size[2] = {(hsize_t)n_rows, (hsize_t)n_columns};
    hid_t create, space;
    char name[256];

    if (broken(tree)) return;
    rml_h5_tree_name(text, name);
    create = H5Pcreate(H5P_DATASET_CREATE);
    space = H5Screate_simple(2, size, NULL);
    /* Every row will be written: nothing is to be filled before. */
    if (create >= 0 && space >= 0 && H5Pset_obj_track_times(create, false) >= 0 &&
        H5Pset_alloc_time(create, H5D_ALLOC_TIME_EARLY) >= 0 && H5Pset_fill_time(create, H5D_FILL_TIME_NEVER) >= 0)
        tree->rows = H5Dcreate2(here(tree), name, H5T_IEEE_F64LE, space, H5P_DEFAULT, create, H5P_DEFAULT);
    if (tree->rows < 0) fail(tree);
    tree->n_rows = n_rows;
    tree->n_columns = n_columns;
    tree->next_row = 0;
    rml_hdf5_close(space);
    rml_hdf5_close(create);
}

void rml_h5_tree_rows(rml_h5_tree *tree, int64_t n, const double *value)
{
    const hsize_t first[2] = {(hsize_t)tree->next_row, 0}, size[2] = {(hsize_t)n, (hsize_t)tree->n_columns};
    hid_t all, part;

    if (broken(tree)) return;
    if (tree->rows < 0 || n > tree->n_rows - tree->next_row) {
        rml_fail(&tree->failure, RML_EINVAL, "%s: more rows than were begun", tree->path);
        return;
    }
    all = H5Dget_space(tree->rows);
    part = H5Screate_simple(2, size, NULL);
    if (all < 0 || part < 0 || H5Sselect_hyperslab(all, H5S_SELECT_SET, first, NULL, size, NULL) < 0 ||
        H5Dwrite(tree->rows, H5T_NATIVE_DOUBLE, part, all, H5P_DEFAULT, value) < 0)
        fail(tree);
    rml_hdf5_close(part);
    rml_hdf5_close(all);
    tree->next_row += n;
    if (tree->next_row < tree->n_rows) return;
    rml_hdf5_close(tree->rows);
    tree->rows = -1;
}

void rml_h5_tree_integers(rml_h5_tree *tree, const char *name, int32_t n, const int32_t *value)
{
    const hsize_t size[2] = {(hsize_t)n};

    if (!broken(tree)) put(tree, name, H5T_STD_I32LE, H5T_NATIVE_INT32, 1, size, value);
}

/* 4. Texts, links and attributes ----------------------------------------------------------------------------------- */

/* UTF-8 of n_bytes; a text of none takes one. */
static hid_t text_type(size_t n_bytes)
{
    const hid_t type = H5Tcopy(H5T_C_S1);

    if (type >= 0 && H5Tset_size(type, n_bytes > 0 ? n_bytes : 1) >= 0 && H5Tset_cset(type, H5T_CSET_UTF8) >= 0 &&
        H5Tset_strpad(type, H5T_STR_NULLPAD) >= 0)
        return type;
    rml_hdf5_close(type);
    return -1;
}

static void put_texts(rml_h5_tree *tree, const char *name, int32_t rank, int32_t n, const char *const *text)
{
    const hsize_t size[2] = {(hsize_t)n};
    size_t longest = 1;
    char *all;
    hid_t type;

    if (broken(tree)) return;
    for (int32_t i = 0; i < n; ++i) longest = strlen(text[i]) > longest ? strlen(text[i]) : longest;
    all = calloc((size_t)n + 1, longest);
    type = text_type(longest);
    for (int32_t i = 0; all && i < n; ++i) memcpy(all + (size_t)i * longest, text[i], strlen(text[i]));
    if (!all)
        rml_h5_tree_no_memory(tree);
    else if (type < 0)
        fail(tree);
    else
        put(tree, name, type, type, rank, size, all);
    rml_hdf5_close(type);
    free(all);
}

void rml_h5_tree_texts(rml_h5_tree *tree, const char *name, int32_t n, const char *const *text)
{
    put_texts(tree, name, 1, n, text);
}

void rml_h5_tree_text(rml_h5_tree *tree, const char *name, const char *text)
{
    put_texts(tree, name, 0, 1, &text);
}

void rml_h5_tree_link(rml_h5_tree *tree, const char *text, const char *target)
{
    char name[256];

    if (broken(tree)) return;
    rml_h5_tree_name(text, name);
    if (H5Lcreate_soft(target, here(tree), name, H5P_DEFAULT, H5P_DEFAULT) < 0) fail(tree);
}

static void say(rml_h5_tree *tree, const char *object, const char *name, hid_t type, const void *value)
{
    char written[256] = ".";
    hid_t at;

    if (object) rml_h5_tree_name(object, written);
    at = type < 0 ? -1 : H5Oopen(here(tree), written, H5P_DEFAULT);
    if (at < 0 || !rml_hdf5_attribute(at, name, type, -1, value)) fail(tree);
    rml_hdf5_close(at);
}

void rml_h5_tree_say(rml_h5_tree *tree, const char *object, const char *name, const char *text)
{
    hid_t type;

    if (broken(tree)) return;
    type = rml_hdf5_text_type(); /* of any length, or h5py takes it for bytes */
    say(tree, object, name, type, &text);
    rml_hdf5_close(type);
}

void rml_h5_tree_say_number(rml_h5_tree *tree, const char *object, const char *name, double value)
{
    if (!broken(tree)) say(tree, object, name, H5T_IEEE_F64LE, &value);
}

void rml_h5_tree_say_integer(rml_h5_tree *tree, const char *object, const char *name, int64_t value)
{
    if (!broken(tree)) say(tree, object, name, H5T_STD_I64LE, &value);
}

/* 5. The end ------------------------------------------------------------------------------------------------------- */

static void close_groups(rml_h5_tree *tree)
{
    for (int32_t d = DEPTH; d >= 0; --d) {
        rml_hdf5_close(tree->group[d]);
        tree->group[d] = -1;
    }
}

void rml_h5_tree_abandon(rml_h5_tree *tree)
{
    if (!tree) return;
    if (tree->file >= 0) rml_hdf5_divert(tree->file);
    rml_hdf5_close(tree->rows);
    close_groups(tree);
    if (tree->file >= 0) H5Fclose(tree->file);
    if (tree->begun) unlink(tree->temporary);
    free(tree->path);
    free(tree->temporary);
    free(tree);
}

rml_status rml_h5_tree_commit(rml_h5_tree *tree, rml_error *err)
{
    rml_status status;

    if (!broken(tree) && tree->rows >= 0)
        rml_fail(&tree->failure, RML_EINVAL, "%s: %lld of %lld rows were written", tree->path,
                 (long long)tree->next_row, (long long)tree->n_rows);
    status = tree->failure.status;
    if (status != RML_OK) {
        rml_fail(err, status, "%s", tree->failure.text);
    } else {
        close_groups(tree);
        status = rml_hdf5_commit(&tree->file, tree->temporary, tree->path, err);
        tree->begun = status != RML_OK;
    }
    rml_h5_tree_abandon(tree);
    return status;
}
