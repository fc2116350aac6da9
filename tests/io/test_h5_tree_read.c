/* What rml_h5_tree wrote is read again as it was put; what is not there, or is something else, is said. Oracle: the
 * values that were put. */
#include <hdf5.h>
#include <unistd.h>

#include "io/h5_tree.h"
#include "io/h5_tree_read.h"
#include "tests/support/support.h"

static char path[4096];

static int put_tree(void **state)
{
    static const char *const texts[] = {"", "one", "Z\xC3\xBCrich / <b>"};
    static const double numbers[] = {0.1, -2.5e300, NAN, 4.0, 5.0, 6.0};
    rml_h5_tree *tree = NULL;

    (void)state;
    snprintf(path, sizeof path, "%s/tree.h5", rml_test_folder());
    if (rml_h5_tree_create(path, &tree, NULL) != RML_OK) return 1;
    rml_h5_tree_say(tree, NULL, "program", "a \"test\"");
    rml_h5_tree_texts(tree, "names", 3, texts);
    rml_h5_tree_text(tree, "about", "several\nlines");
    rml_h5_tree_enter(tree, "a/b");
    rml_h5_tree_numbers(tree, "table", 2, 2, 3, numbers);
    rml_h5_tree_numbers(tree, "none", 1, 1, 0, numbers);
    rml_h5_tree_integers(tree, "whole", 2, (const int32_t[]){7, -8});
    rml_h5_tree_link(tree, "again", "/names");
    rml_h5_tree_say_number(tree, NULL, "threshold", 0.25);
    rml_h5_tree_say_integer(tree, NULL, "used", -3);
    rml_h5_tree_leave(tree);
    return rml_h5_tree_commit(tree, NULL) != RML_OK;
}

static void read_as_put(void **state)
{
    rml_h5_file *file = NULL;
    rml_h5_texts texts;
    rml_h5_numbers numbers;
    char *said;
    (void)state;

    assert_int_equal(rml_h5_file_open(path, &file, NULL), RML_OK);
    said = rml_h5_file_said(file, "/", "program");
    assert_string_equal(said, "a \"test\"");
    free(said);
    assert_int_equal(rml_h5_file_texts(file, "/a%2Fb/again", &texts, NULL), RML_OK);
    assert_int_equal(texts.n, 3);
    assert_string_equal(texts.text[0], "");
    assert_string_equal(texts.text[2], "Z\xC3\xBCrich / <b>");
    rml_h5_texts_free(&texts);
    assert_int_equal(rml_h5_file_texts(file, "about", &texts, NULL), RML_OK);
    assert_int_equal(texts.n, 1);
    assert_string_equal(texts.text[0], "several\nlines");
    rml_h5_texts_free(&texts);
    assert_int_equal(rml_h5_file_numbers(file, "/a%2Fb/table", &numbers, NULL), RML_OK);
    assert_true(numbers.n_rows == 2 && numbers.n_columns == 3);
    assert_close(numbers.value[1], -2.5e300, 0, 0, "number");
    assert_true(isnan(numbers.value[2]));
    assert_close(numbers.value[5], 6.0, 0, 0, "number");
    rml_h5_numbers_free(&numbers);
    assert_int_equal(rml_h5_file_numbers(file, "/a%2Fb/whole", &numbers, NULL), RML_OK);
    assert_true(numbers.n_rows == 1 && numbers.n_columns == 2 && numbers.value[1] == -8.0);
    rml_h5_numbers_free(&numbers);
    assert_int_equal(rml_h5_file_numbers(file, "/a%2Fb/none", &numbers, NULL), RML_OK);
    assert_int_equal(numbers.n_columns, 0);
    rml_h5_numbers_free(&numbers);
    assert_close(rml_h5_file_said_number(file, "/a%2Fb", "threshold"), 0.25, 0, 0, "attribute");
    assert_close(rml_h5_file_said_number(file, "/a%2Fb", "used"), -3.0, 0, 0, "attribute");
    assert_int_equal(rml_h5_file_names(file, "/a%2Fb", &texts, NULL), RML_OK);
    assert_int_equal(texts.n, 4);
    assert_string_equal(texts.text[0], "again");
    assert_string_equal(texts.text[3], "whole");
    rml_h5_texts_free(&texts);
    rml_h5_file_close(file);
}

static void what_is_not_there(void **state)
{
    rml_h5_file *file = NULL;
    rml_h5_texts texts;
    rml_h5_numbers numbers;
    rml_error err = {0};
    (void)state;

    assert_int_equal(rml_h5_file_open(path, &file, NULL), RML_OK);
    assert_true(rml_h5_file_has(file, "/a%2Fb/table"));
    assert_false(rml_h5_file_has(file, "/a%2Fb/table/further"));
    assert_false(rml_h5_file_has(file, "/nothing/at/all"));
    assert_false(rml_h5_file_has(file, ""));
    assert_null(rml_h5_file_said(file, "/", "nothing"));
    assert_null(rml_h5_file_said(file, "/a%2Fb", "threshold")); /* a number */
    assert_true(isnan(rml_h5_file_said_number(file, "/", "program")));
    assert_int_equal(rml_h5_file_numbers(file, "/nothing", &numbers, &err), RML_EMISSING);
    assert_non_null(strstr(err.text, "there is no /nothing in it"));
    assert_int_equal(rml_h5_file_numbers(file, "/names", &numbers, &err), RML_EFORMAT);
    assert_int_equal(rml_h5_file_texts(file, "/a%2Fb/table", &texts, &err), RML_EFORMAT);
    assert_int_equal(rml_h5_file_names(file, "/names", &texts, &err), RML_EFORMAT);
    rml_h5_file_close(file);
    rml_h5_file_close(NULL);
}

static void what_is_no_file_of_ours(void **state)
{
    char other[4096];
    rml_h5_file *file = NULL;
    rml_error err = {0};
    FILE *out;
    (void)state;

    snprintf(other, sizeof other, "%s/other.h5", rml_test_folder());
    assert_int_equal(rml_h5_file_open(other, &file, &err), RML_EMISSING);
    out = fopen(other, "w");
    assert_non_null(out);
    fputs("not HDF5 at all", out);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(rml_h5_file_open(other, &file, &err), RML_EFORMAT);
    assert_non_null(strstr(err.text, "other.h5: not an HDF5 file"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(read_as_put), cmocka_unit_test(what_is_not_there),
                                       cmocka_unit_test(what_is_no_file_of_ours)};

    return cmocka_run_group_tests_name("io/h5_tree_read", tests, put_tree, NULL);
}
