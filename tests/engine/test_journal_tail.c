/* A journal whose tail was made to keep its reader busy: a valid header at every 40 bytes, each with a body up to the
 * end of the file that fails its check. The format is the one that stands at the top of engine/journal.c. */
#include "tests/support/support.h"

#include <time.h>

#include <xxhash.h>

#include "engine/journal.h"

enum { N_HEADERS = 100000, HEADER = 40 };

static void put(unsigned char *to, uint64_t value, int n)
{
    for (int b = 0; b < n; ++b) to[b] = (unsigned char)(value >> (8 * b));
}

static void made_to_take_for_ever(void **state)
{
    const size_t n_tail = (size_t)N_HEADERS * HEADER;
    const char *folder = rml_test_folder();
    unsigned char *tail = calloc(1, n_tail);
    rml_journal *journal = NULL;
    rml_error err = {0};
    struct timespec begin, end;
    char path[4200];
    FILE *file;
    long start;

    (void)state;
    assert_non_null(tail);
    assert_int_equal(rml_journal_open(folder, "job: test\n", false, &journal, &err), RML_OK);
    rml_journal_close(journal);
    snprintf(path, sizeof path, "%s/journal", folder);
    file = fopen(path, "ab");
    assert_non_null(file);
    start = ftell(file);
    for (size_t at = HEADER; at + HEADER <= n_tail;
         at += HEADER) { /* the first one stays zeros: the scan stops there */
        unsigned char *header = tail + at;

        put(header, 0x724C4D52, 4);
        put(header + 4, RML_RECORD_DONE, 4);
        put(header + 16, n_tail - at - HEADER, 8);
        put(header + 12, XXH3_64bits_withSeed(header, HEADER, (uint64_t)start + at), 4);
    }
    assert_int_equal(fwrite(tail, 1, n_tail, file), n_tail);
    assert_int_equal(fclose(file), 0);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
    assert_int_equal(rml_journal_open_read(folder, &journal, &err), RML_EFORMAT);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    assert_non_null(strstr(err.text, "damaged at byte"));
    assert_true(end.tv_sec - begin.tv_sec < 5);
    free(tail);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(made_to_take_for_ever)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
