/* A run's journal: opened for reading, every unit that it names asked for; and opened to go on, which cuts a torn tail
 * off. A bit changed in a record is a wrong check and nothing else; so half of the changes are sealed: each record that
 * is still where its mark says gets the checks that belong to it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xxhash.h>

#include "engine/journal.h"
#include "tests/fuzz/fuzz.h"

enum { FILE_HEADER = 16, RECORD_HEADER = 40, KEY_BYTES = 16 };

static char folder[256], named[sizeof folder + 16];

static uint64_t number(const uint8_t *bytes, int n)
{
    uint64_t value = 0;

    for (int b = 0; b < n; ++b) value |= (uint64_t)bytes[b] << (8 * b);
    return value;
}

static void put_number(uint8_t *bytes, uint64_t value, int n)
{
    for (int b = 0; b < n; ++b) bytes[b] = (uint8_t)(value >> (8 * b));
}

/* The end of the record at `at` by its own numbers; 0 when it does not fit. engine/record.h has the format. */
static size_t record_end(const uint8_t *bytes, size_t n, size_t at)
{
    uint64_t body;

    if (n - at < RECORD_HEADER || number(bytes + at, 4) != 0x724C4D52U || number(bytes + at + 16, 8) > n) return 0;
    body = (number(bytes + at + 8, 4) * KEY_BYTES + number(bytes + at + 16, 8) + 7) / 8 * 8;
    return body > n - at - RECORD_HEADER ? 0 : at + RECORD_HEADER + (size_t)body;
}

static void seal(uint8_t *bytes, size_t n)
{
    for (size_t at = FILE_HEADER, end; at < n && (end = record_end(bytes, n, at)) > 0; at = end) {
        put_number(bytes + at + 32, XXH3_64bits_withSeed(bytes + at + RECORD_HEADER, end - at - RECORD_HEADER, at), 8);
        put_number(bytes + at + 12, 0, 4);
        put_number(bytes + at + 12, XXH3_64bits_withSeed(bytes + at, RECORD_HEADER, at), 4);
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t n, size_t limit, unsigned seed)
{
    n = LLVMFuzzerMutate(bytes, n, limit);
    if (seed % 2) seal(bytes, n);
    return n;
}

static void remove_folder(void)
{
    static const char *const names[] = {"journal", "lock", "log"};

    for (size_t k = 0; k < sizeof names / sizeof names[0]; ++k) {
        char path[sizeof folder + 16];

        snprintf(path, sizeof path, "%s/%s", folder, names[k]);
        unlink(path);
    }
    rmdir(folder);
}

/* The folder whose journal is the file that fuzz_file keeps. */
static void make_folder(const uint8_t *bytes, size_t n)
{
    static bool made;
    const char *file = fuzz_file(bytes, n);

    if (made) return;
    snprintf(folder, sizeof folder, "%s/fuzz-journal-XXXXXX", fuzz_folder());
    fuzz_require(mkdtemp(folder) != NULL, "no folder in $TMPDIR, or /tmp");
    atexit(remove_folder);
    snprintf(named, sizeof named, "%s/journal", folder);
    fuzz_require(symlink(file, named) == 0, "no link in the folder");
    made = true;
}

const char *fuzz_named(void)
{
    return named;
}

static void ask_unit(const rml_journal *journal, rml_key key)
{
    rml_blob outcome = {0};
    rml_error err = {0};
    bool done;
    rml_status status = rml_journal_read(journal, key, &done, &outcome, &err);

    (void)rml_journal_state(journal, key);
    (void)rml_journal_blame(journal, key);
    fuzz_require(status == RML_OK || err.text[0] != '\0', "a record refused without a sentence");
    rml_blob_free(&outcome);
}

rml_status fuzz_read(const uint8_t *bytes, size_t n, rml_error *err)
{
    rml_journal *journal = NULL;
    char *identity;
    rml_error other = {0};
    rml_status status;

    make_folder(bytes, n);
    status = rml_journal_open_read(folder, &journal, err);
    if (status != RML_OK) return status;
    for (size_t at = FILE_HEADER, end; at < n && (end = record_end(bytes, n, at)) > 0; at = end)
        for (uint64_t k = 0; k < number(bytes + at + 8, 4); ++k) {
            const uint8_t *key = bytes + at + RECORD_HEADER + k * KEY_BYTES;

            ask_unit(journal, (rml_key){.high = number(key, 8), .low = number(key + 8, 8)});
        }
    identity = strdup(rml_journal_identity(journal));
    fuzz_require(identity != NULL, "no memory for an identity");
    rml_journal_close(journal);
    if (rml_journal_open(folder, identity, false, &journal, &other) == RML_OK) rml_journal_close(journal);
    free(identity);
    return RML_OK;
}
