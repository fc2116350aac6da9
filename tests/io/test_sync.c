/* Oracle: what the test itself lets fsync say of a folder, and what stands in the file. */
#include "tests/support/refused_fsync.h"
#include "tests/support/support.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/file.h"
#include "io/h5_tree.h"

static char path[4200];

static rml_status write_text(rml_error *err)
{
    rml_file_writer file;
    rml_status status;

    snprintf(path, sizeof path, "%s/text", rml_test_folder());
    status = rml_file_create(path, &file, err);
    if (status == RML_OK) fputs("text", file.stream);
    return status == RML_OK ? rml_file_commit(&file, err) : status;
}

static rml_status write_tree(rml_error *err)
{
    rml_h5_tree *tree = NULL;
    rml_status status;

    snprintf(path, sizeof path, "%s/tree", rml_test_folder());
    status = rml_h5_tree_create(path, &tree, err);
    if (status == RML_OK) rml_h5_tree_text(tree, "name", "text");
    return status == RML_OK ? rml_h5_tree_commit(tree, err) : status;
}

/* Of files of both kinds alike. */
static void a_folder_that_is_never_synced_ends_nothing(void **state)
{
    static rml_status (*const write_one[])(rml_error *) = {write_text, write_tree};
    static const int usual[] = {0, EINVAL, ENOTSUP, ENOSYS}, bad[] = {EIO, ENOSPC, EDQUOT};
    rml_error err;
    (void)state;

    for (size_t w = 0; w < 2; ++w) {
        for (size_t r = 0; r < sizeof usual / sizeof *usual; ++r) {
            refused = usual[r];
            err = (rml_error){0};
            assert_int_equal(write_one[w](&err), RML_OK);
            assert_int_equal(access(path, F_OK), 0);
            assert_int_equal(unlink(path), 0);
        }
        for (size_t r = 0; r < sizeof bad / sizeof *bad; ++r) {
            refused = bad[r];
            assert_int_equal(write_one[w](&err), RML_EIO);
            assert_non_null(strstr(err.text, "its name may not be on disk: "));
            assert_non_null(strstr(err.text, strerror(bad[r])));
            assert_int_equal(access(path, F_OK), 0); /* it has it all the same */
            assert_int_equal(unlink(path), 0);
        }
        refused = 0;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_folder_that_is_never_synced_ends_nothing)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
