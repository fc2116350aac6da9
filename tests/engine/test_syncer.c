/* A sync beside appending promises what was appended before it began, and no more. Oracle: what is told of damage: to
 * what was promised, to what need not have reached the disk, and to a tail. */
#include "tests/support/support.h"

#include <unistd.h>

#include "engine/syncer.h"

enum { N = 3, BYTES = 100 };

static rml_key keys[N];

static void append(rml_journal *journal, int n)
{
    unsigned char bytes[BYTES];

    memset(bytes, 'a' + n, sizeof bytes);
    assert_int_equal(rml_journal_append(journal, RML_RECORD_DONE, &keys[n], 1, bytes, sizeof bytes, NULL), RML_OK);
}

/* a, a sync begins, b, it ends, c. */
static void write_three(const char *folder)
{
    rml_journal *journal = NULL;
    rml_syncer *syncer = NULL;
    double seconds = -1.0;
    rml_status status = RML_EIO;

    assert_int_equal(rml_journal_open(folder, "job: test\n", true, &journal, NULL), RML_OK);
    assert_int_equal(rml_syncer_init(journal, &syncer), RML_OK);
    append(journal, 0);
    rml_syncer_begin(syncer);
    append(journal, 1);
    assert_true(rml_syncer_ended(syncer, true, &seconds, &status, NULL));
    assert_true(status == RML_OK && seconds >= 0.0);
    append(journal, 2);
    rml_syncer_free(syncer);
    rml_journal_close(journal); /* no run was begun: nothing more is written */
}

/* Flips a bit in the body of record n; each has a body of its own letter. */
static void damage(const char *folder, int n)
{
    char path[4200], *text = NULL, *found;
    size_t n_bytes = 0, n_read;
    FILE *file;
    char run[8];

    snprintf(path, sizeof path, "%s/journal", folder);
    file = fopen(path, "r+b");
    assert_non_null(file);
    text = malloc(1 << 16);
    assert_non_null(text);
    while ((n_read = fread(text + n_bytes, 1, (1 << 16) - n_bytes, file)) > 0) n_bytes += n_read;
    memset(run, 'a' + n, sizeof run);
    found = memmem(text, n_bytes, run, sizeof run);
    assert_non_null(found);
    assert_int_equal(fseek(file, found - text, SEEK_SET), 0);
    assert_int_not_equal(fputc(*found ^ 1, file), EOF);
    assert_int_equal(fclose(file), 0);
    free(text);
}

/* Whether the folder's log holds a text. */
static bool is_told(const char *folder, const char *text)
{
    char path[4200], log[4096];
    size_t n;
    FILE *file;

    snprintf(path, sizeof path, "%s/log", folder);
    file = fopen(path, "r");
    assert_non_null(file);
    n = fread(log, 1, sizeof log - 1, file);
    log[n] = '\0';
    assert_int_equal(fclose(file), 0);
    return strstr(log, text) != NULL;
}

static void promises_what_came_before_it(void **state)
{
    static const char *const told[N] = {
        " are damaged: ", " are damaged or have not reached the disk: ", " bytes are not whole"};
    (void)state;

    for (int n = 0; n < N; ++n) keys[n] = rml_key_of(&n, sizeof n);
    for (int bad = 0; bad < N; ++bad) {
        const char *folder = rml_test_folder();
        rml_journal *journal = NULL;
        rml_error err = {0};
        char log[4200];

        snprintf(log, sizeof log, "%s/log", folder);
        unlink(log);
        write_three(folder);
        damage(folder, bad);
        assert_int_equal(rml_journal_open(folder, "job: test\n", false, &journal, &err), RML_OK);
        for (int n = 0; n < N; ++n) {
            assert_int_equal(rml_journal_state(journal, keys[n]), n == bad ? RML_UNIT_UNKNOWN : RML_UNIT_DONE);
            assert_int_equal(is_told(folder, told[n]), n == bad);
        }
        rml_journal_close(journal);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(promises_what_came_before_it)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
