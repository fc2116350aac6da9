/* Oracle: what the test itself lets fsync say of a folder. */
#include "tests/support/refused_fsync.h"
#include "tests/support/support.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/folder.h"
#include "engine/journal.h"

/* CIFS and FUSE may sync no folder: a run begins there all the same. What a disk cannot write is another matter. */
static void a_run_begins_where_no_folder_is_synced(void **state)
{
    static const int usual[] = {0, EINVAL, ENOTSUP, ENOSYS}, bad[] = {EIO, ENOSPC, EDQUOT};
    char folder[4200];
    rml_error err = {0};
    (void)state;

    for (size_t r = 0; r < sizeof usual / sizeof *usual; ++r) {
        rml_journal *journal = NULL;

        refused = usual[r];
        snprintf(folder, sizeof folder, "%s/usual%zu", rml_test_folder(), r);
        if (rml_journal_open(folder, "job: test\n", false, &journal, &err) != RML_OK) fail_msg("%s", err.text);
        rml_journal_close(journal);
        assert_int_equal(rml_folder_sync(folder, &err), RML_OK);
    }
    for (size_t r = 0; r < sizeof bad / sizeof *bad; ++r) {
        refused = bad[r];
        snprintf(folder, sizeof folder, "%s/bad%zu", rml_test_folder(), r);
        assert_int_equal(rml_folder_make(folder, &err), RML_EIO);
        assert_non_null(strstr(err.text, "cannot be synced: "));
        assert_int_equal(rml_folder_sync(folder, &err), RML_EIO);
    }
    refused = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_run_begins_where_no_folder_is_synced)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
