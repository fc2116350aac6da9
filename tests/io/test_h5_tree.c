/* A tree in HDF5: what was put is what HDF5's own calls read, whatever its size and name; whole or not at all.
 * Oracle: the HDF5 library's reader, and formula-made contents. (h5py reads a real one in e2e/fits.) */
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/file.h"
#include "io/h5_tree.h"
#include "tests/support/support.h"

static char folder[] = "/tmp/radmill-tree-XXXXXX", path[64], other[64];

static int begin(void **state)
{
    (void)state;
    if (!mkdtemp(folder)) return 1;
    snprintf(path, sizeof path, "%s/a.h5", folder);
    snprintf(other, sizeof other, "%s/b.h5", folder);
    return 0;
}

static int end(void **state)
{
    (void)state;
    unlink(path);
    unlink(other);
    return rmdir(folder);
}

/* Sizes on every side of the ways in which arrays are stored: 0, header, one piece, chunks, several chunks. */
static const int32_t sizes[][2] = {{0, 5}, {5, 0}, {1, 1}, {8, 16}, {8, 17}, {16, 32}, {300, 400}, {3, 70000}};

static double value_of(int64_t i)
{
    return 1.0 / (double)(i + 3) - 0.25;
}

static void fill(rml_h5_tree *tree)
{
    static double value[300 * 1000];
    static const int32_t whole[] = {3, -1, 1 << 30};
    static const char *const texts[] = {"first", "", "größer"};
    char name[32];

    for (size_t i = 0; i < sizeof value / sizeof *value; ++i) value[i] = value_of((int64_t)i);
    rml_h5_tree_enter(tree, "arrays");
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; ++s) {
        snprintf(name, sizeof name, "%d x %d", sizes[s][0], sizes[s][1]);
        rml_h5_tree_numbers(tree, name, 2, sizes[s][0], sizes[s][1], value);
    }
    rml_h5_tree_leave(tree);
    rml_h5_tree_enter(tree, "a/b%");
    rml_h5_tree_integers(tree, "whole", 3, whole);
    rml_h5_tree_texts(tree, "texts", 3, texts);
    rml_h5_tree_texts(tree, "none", 0, NULL);
    rml_h5_tree_text(tree, "", "a name of no letters");
    rml_h5_tree_link(tree, "again", "/a%2Fb%25/texts");
    rml_h5_tree_say(tree, "whole", "note", "twos and threes");
    rml_h5_tree_say_number(tree, NULL, "number", 0.1);
    rml_h5_tree_say_integer(tree, NULL, "integer", (int64_t)1 << 40);
    rml_h5_tree_leave(tree);
    rml_h5_tree_enter(tree, "arrays"); /* there already */
    rml_h5_tree_numbers(tree, "later", 1, 1, 2, value);
    rml_h5_tree_leave(tree);
}

static void write_tree(const char *at)
{
    rml_h5_tree *tree = NULL;
    rml_error err = {0};

    assert_int_equal(rml_h5_tree_create(at, &tree, &err), RML_OK);
    fill(tree);
    assert_int_equal(rml_h5_tree_commit(tree, &err), RML_OK);
}

static void what_was_put_is_read(void **state)
{
    static double value[300 * 1000];
    int32_t whole[3];
    char texts[3][8], name[64], *note = NULL;
    double number;
    int64_t integer;
    hid_t file, at, type, attribute;

    (void)state;
    write_tree(path);
    file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    assert_true(file >= 0);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; ++s) {
        hsize_t size[2];
        hid_t space;

        snprintf(name, sizeof name, "/arrays/%d x %d", sizes[s][0], sizes[s][1]);
        at = H5Dopen2(file, name, H5P_DEFAULT);
        space = H5Dget_space(at);
        assert_int_equal(H5Sget_simple_extent_dims(space, size, NULL), 2);
        assert_int_equal(size[0], sizes[s][0]);
        assert_int_equal(size[1], sizes[s][1]);
        assert_true(H5Dread(at, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, value) >= 0);
        for (int64_t i = 0; i < (int64_t)sizes[s][0] * sizes[s][1]; ++i) assert_true(value[i] == value_of(i));
        H5Sclose(space);
        H5Dclose(at);
    }
    assert_true(H5Lexists(file, "/arrays/later", H5P_DEFAULT) > 0);
    assert_true(H5Lexists(file, "/a%2Fb%25/%00", H5P_DEFAULT) > 0);
    at = H5Dopen2(file, "/a%2Fb%25/whole", H5P_DEFAULT);
    assert_true(H5Dread(at, H5T_NATIVE_INT32, H5S_ALL, H5S_ALL, H5P_DEFAULT, whole) >= 0);
    assert_true(whole[0] == 3 && whole[1] == -1 && whole[2] == 1 << 30);
    attribute = H5Aopen(at, "note", H5P_DEFAULT);
    type = H5Aget_type(attribute);
    assert_true(H5Aread(attribute, type, &note) >= 0);
    assert_string_equal(note, "twos and threes");
    H5free_memory(note);
    H5Tclose(type);
    H5Aclose(attribute);
    H5Dclose(at);
    at = H5Dopen2(file, "/a%2Fb%25/again", H5P_DEFAULT); /* by the link */
    type = H5Dget_type(at);
    assert_int_equal(H5Tget_size(type), 8); /* "größer" */
    assert_true(H5Dread(at, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, texts) >= 0);
    assert_memory_equal(texts, "first\0\0\0\0\0\0\0\0\0\0\0gr\303\266\303\237er", 24);
    H5Tclose(type);
    H5Dclose(at);
    attribute = H5Aopen_by_name(file, "/a%2Fb%25", "number", H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Aread(attribute, H5T_NATIVE_DOUBLE, &number) >= 0 && number == 0.1);
    H5Aclose(attribute);
    attribute = H5Aopen_by_name(file, "/a%2Fb%25", "integer", H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Aread(attribute, H5T_NATIVE_INT64, &integer) >= 0 && integer == (int64_t)1 << 40);
    H5Aclose(attribute);
    H5Fclose(file);
}

static void same_contents_same_bytes(void **state)
{
    char *a = NULL, *b = NULL;
    size_t n_a = 0, n_b = 0;

    (void)state;
    write_tree(path);
    sleep(1); /* what would be kept of the time is kept in seconds */
    write_tree(other);
    assert_int_equal(rml_file_read(path, (size_t)1 << 26, &a, &n_a, NULL), RML_OK);
    assert_int_equal(rml_file_read(other, (size_t)1 << 26, &b, &n_b, NULL), RML_OK);
    assert_int_equal(n_a, n_b);
    assert_memory_equal(a, b, n_a);
    free(a);
    free(b);
}

static void whole_or_not_at_all(void **state)
{
    static const double value = 1.0;
    rml_h5_tree *tree = NULL;
    rml_error err = {0};
    char *before = NULL, *after = NULL, temporary[80];
    size_t n_before = 0, n_after = 0;

    (void)state;
    write_tree(path);
    assert_int_equal(rml_file_read(path, (size_t)1 << 26, &before, &n_before, NULL), RML_OK);
    assert_int_equal(rml_h5_tree_create(path, &tree, &err), RML_OK);
    rml_h5_tree_numbers(tree, "twice", 1, 1, 1, &value);
    rml_h5_tree_numbers(tree, "twice", 1, 1, 1, &value);
    rml_h5_tree_enter(tree, "after the failure"); /* does nothing */
    assert_int_equal(rml_h5_tree_commit(tree, &err), RML_EINVAL);
    assert_non_null(strstr(err.text, "twice"));
    assert_int_equal(rml_h5_tree_create(path, &tree, &err), RML_OK);
    fill(tree);
    rml_h5_tree_abandon(tree);
    assert_int_equal(rml_h5_tree_create(path, &tree, &err), RML_OK);
    rml_h5_tree_no_memory(tree);
    assert_int_equal(rml_h5_tree_commit(tree, &err), RML_ENOMEM);
    assert_int_equal(rml_file_read(path, (size_t)1 << 26, &after, &n_after, NULL), RML_OK);
    assert_int_equal(n_before, n_after);
    assert_memory_equal(before, after, n_before);
    snprintf(temporary, sizeof temporary, "%s.tmp", path);
    assert_int_not_equal(access(temporary, F_OK), 0);
    free(before);
    free(after);
    assert_int_equal(rml_h5_tree_create("/nowhere/at/all.h5", &tree, &err), RML_EIO);
    assert_non_null(strstr(err.text, "No such file"));
}

/* Rows that follow are one array without compression, wherever they were parted; too many and too few are no file. */
static void rows_follow(void **state)
{
    enum { ROWS = 70, COLUMNS = 33 };
    static double value[ROWS * COLUMNS], back[ROWS * COLUMNS];
    rml_h5_tree *tree = NULL;
    rml_error err = {0};
    hid_t file, data, how;

    (void)state;
    for (int32_t i = 0; i < ROWS * COLUMNS; ++i) value[i] = value_of(i);
    for (int32_t more = -1; more <= 1; ++more) {
        unlink(path);
        assert_int_equal(rml_h5_tree_create(path, &tree, &err), RML_OK);
        rml_h5_tree_enter(tree, "in");
        rml_h5_tree_begin_rows(tree, "rows", ROWS, COLUMNS);
        rml_h5_tree_rows(tree, 1, value);
        rml_h5_tree_rows(tree, 64, value + COLUMNS);
        rml_h5_tree_rows(tree, 5 + more, value + (ptrdiff_t)65 * COLUMNS);
        assert_int_equal(rml_h5_tree_commit(tree, &err), more == 0 ? RML_OK : RML_EINVAL);
        if (more != 0) {
            assert_non_null(strstr(err.text, more < 0 ? "69 of 70 rows" : "more rows"));
            assert_int_not_equal(access(path, F_OK), 0);
            continue;
        }
        file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
        data = H5Dopen2(file, "in/rows", H5P_DEFAULT);
        how = H5Dget_create_plist(data);
        assert_int_equal(H5Pget_layout(how), H5D_CONTIGUOUS);
        assert_int_equal(H5Dget_storage_size(data), sizeof value);
        assert_true(H5Dread(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, back) >= 0);
        assert_memory_equal(back, value, sizeof value);
        H5Pclose(how);
        H5Dclose(data);
        H5Fclose(file);
    }
}

/* Long names are cut between characters; others come back as they are. */
static void names_fit(void **state)
{
    char text[600], name[256];

    (void)state;
    rml_h5_tree_name("T2 (mm)", name);
    assert_string_equal(name, "T2 (mm)");
    rml_h5_tree_name(".", name);
    assert_string_equal(name, "%2E");
    for (int n = 240; n < 260; ++n) {
        memset(text, 'a', (size_t)n);
        strcpy(text + n, "\303\266\303\266\303\266\303\266\303\266\303\266\303\266\303\266");
        rml_h5_tree_name(text, name);
        assert_true(strlen(name) <= 255 && strlen(name) >= 240);
        assert_true(((unsigned char)name[strlen(name) - 1] & 0xC0) != 0xC0); /* no first half alone */
        assert_memory_equal(name, text, strlen(name));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_put_is_read),
        cmocka_unit_test(same_contents_same_bytes),
        cmocka_unit_test(whole_or_not_at_all),
        cmocka_unit_test(rows_follow),
        cmocka_unit_test(names_fit),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
