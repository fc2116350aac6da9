/* Oracle: what was appended, kept beside the journal by the test itself. */
#include "tests/support/support.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/identity.h"
#include "engine/journal.h"
#include "engine/ledger.h"

static const char identity[] = "program: radmill\nparameters: 12ab\nbinWidth: 25\n";

static const char *path_of(const char *folder, const char *file)
{
    static char path[8192];

    snprintf(path, sizeof path, "%s/%s", folder, file);
    return path;
}

static const char *new_folder(void)
{
    static char folder[4096];
    static int n;

    snprintf(folder, sizeof folder, "%s/run%d", rml_test_folder(), n++);
    return folder;
}

static rml_key key_of(int i)
{
    char text[32];

    snprintf(text, sizeof text, "case %d", i);
    return rml_key_of(text, strlen(text));
}

static rml_journal *open_or_fail(const char *folder)
{
    rml_journal *journal = NULL;
    rml_error err = {0};

    if (rml_journal_open(folder, identity, false, &journal, &err) != RML_OK) fail_msg("%s", err.text);
    return journal;
}

static void append_or_fail(rml_journal *journal, rml_record_kind kind, int i, const void *bytes, size_t n)
{
    const rml_key key = key_of(i);
    rml_error err = {0};

    if (rml_journal_append(journal, kind, &key, 1, bytes, n, &err) != RML_OK) fail_msg("%s", err.text);
}

static void sync_or_fail(rml_journal *journal)
{
    rml_error err = {0};

    if (rml_journal_sync(journal, &err) != RML_OK) fail_msg("%s", err.text);
}

static size_t load(const char *path, unsigned char **bytes)
{
    FILE *file = fopen(path, "rb");
    struct stat info;

    assert_non_null(file);
    assert_int_equal(fstat(fileno(file), &info), 0);
    *bytes = malloc((size_t)info.st_size + 1);
    assert_int_equal(fread(*bytes, 1, (size_t)info.st_size, file), info.st_size);
    fclose(file);
    return (size_t)info.st_size;
}

static void store(const char *path, const unsigned char *bytes, size_t n)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    fclose(file);
}

static int64_t size_of(const char *path)
{
    struct stat info;

    assert_int_equal(stat(path, &info), 0);
    return (int64_t)info.st_size;
}

/* Blobs of any length and content come back, the last word on a key wins, before and after opening again. */
static void records_come_back(void **state)
{
    enum { N = 400 };
    const char *folder = new_folder();
    rml_journal *journal = open_or_fail(folder);
    rml_blob last[N] = {0}, outcome = {0};
    bool last_done[N] = {0}, seen[N] = {0};
    uint64_t random = 1;
    (void)state;

    for (int turn = 0; turn < 3 * N; ++turn) {
        const int i = (int)(rml_test_random(&random) % N);
        const size_t n = turn == 7 ? 3000000 : rml_test_random(&random) % (turn % 50 ? 500 : 70000);
        const bool done = rml_test_random(&random) & 1;

        rml_blob_clear(&last[i]);
        while (last[i].n_bytes < n) rml_blob_put_u8(&last[i], (uint8_t)rml_test_random(&random));
        last_done[i] = done;
        seen[i] = true;
        append_or_fail(journal, done ? RML_RECORD_DONE : RML_RECORD_FAILED, i, last[i].bytes, last[i].n_bytes);
        if (turn % 20 == 0) sync_or_fail(journal);
    }
    sync_or_fail(journal);
    for (int again = 0; again < 3; ++again) {
        rml_error err = {0};
        bool done;

        for (int i = 0; i < N; ++i) {
            const rml_status status = rml_journal_read(journal, key_of(i), &done, &outcome, &err);

            assert_int_equal(status, seen[i] ? RML_OK : RML_EMISSING);
            if (!seen[i]) continue;
            assert_int_equal(done, last_done[i]);
            assert_int_equal(outcome.n_bytes, last[i].n_bytes);
            if (outcome.n_bytes) assert_memory_equal(outcome.bytes, last[i].bytes, outcome.n_bytes);
            assert_int_equal(rml_journal_state(journal, key_of(i)), done ? RML_UNIT_DONE : RML_UNIT_FAILED);
        }
        assert_int_equal(rml_journal_state(journal, key_of(N)), RML_UNIT_UNKNOWN);
        assert_string_equal(rml_journal_identity(journal), identity);
        rml_journal_close(journal);
        if (again == 0)
            journal = open_or_fail(folder);
        else if (again == 1)
            assert_int_equal(rml_journal_open_read(folder, &journal, NULL), RML_OK);
    }
    for (int i = 0; i < N; ++i) rml_blob_free(&last[i]);
    rml_blob_free(&outcome);
}

/* Three records that are promised and one that is not; the file is cut at every byte of the last one. What was promised
 * is there, what was not is gone, and the journal goes on. */
static void torn_tail_is_cut(void **state)
{
    const char *folder = new_folder();
    rml_journal *journal = open_or_fail(folder);
    unsigned char *whole, text[41] = "forty bytes that end in no multiple of 8";
    int64_t promised;
    size_t size;
    (void)state;

    for (int i = 0; i < 3; ++i) append_or_fail(journal, RML_RECORD_DONE, i, text, sizeof text);
    sync_or_fail(journal);
    promised = size_of(path_of(folder, "journal"));
    append_or_fail(journal, RML_RECORD_DONE, 3, text, sizeof text);
    rml_journal_close(journal);
    size = load(path_of(folder, "journal"), &whole);
    assert_true((int64_t)size > promised + 90);
    for (size_t cut = (size_t)promised; cut <= size; ++cut) {
        rml_blob outcome = {0};
        bool done;

        store(path_of(folder, "journal"), whole, cut);
        journal = open_or_fail(folder);
        assert_int_equal(size_of(path_of(folder, "journal")), cut == size ? (int64_t)size : promised);
        for (int i = 0; i < 3; ++i) assert_int_equal(rml_journal_state(journal, key_of(i)), RML_UNIT_DONE);
        assert_int_equal(rml_journal_state(journal, key_of(3)), cut == size ? RML_UNIT_DONE : RML_UNIT_UNKNOWN);
        append_or_fail(journal, RML_RECORD_FAILED, 4, text, 5);
        rml_journal_close(journal);
        journal = open_or_fail(folder);
        assert_int_equal(rml_journal_read(journal, key_of(4), &done, &outcome, NULL), RML_OK);
        assert_int_equal(outcome.n_bytes, 5);
        assert_false(done);
        rml_journal_close(journal);
        rml_blob_free(&outcome);
    }
    free(whole);
    load(path_of(folder, "log"), &whole);
    whole[200] = '\0';
    assert_non_null(strstr((char *)whole, "bytes are not whole"));
    free(whole);
}

/* What the log of a folder says, whole; the caller's to free. */
static char *log_of(const char *folder)
{
    unsigned char *text;
    const size_t n = load(path_of(folder, "log"), &text);

    text[n] = '\0';
    return (char *)text;
}

/* The standard error output goes to a file until stderr_back, which gets what this returns. */
static int stderr_to(const char *path)
{
    const int kept = dup(STDERR_FILENO), file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

    assert_true(kept >= 0 && file >= 0);
    assert_true(dup2(file, STDERR_FILENO) >= 0);
    close(file);
    return kept;
}

static void stderr_back(int kept)
{
    assert_true(dup2(kept, STDERR_FILENO) >= 0);
    close(kept);
}

/* A flipped bit at `at` of a journal of n records, the i-th of which stands from begin[i] to begin[i + 1]: it costs the
 * record that it is in and no other, and its place is told. In the last one it is a torn tail: cut off, and no word of
 * it but in the log. promise: up to where the records say that the file was synced. */
static void costs_what_it_holds(const char *folder, int64_t at, const int64_t *begin, int n, int64_t promise)
{
    const bool tail = at >= begin[n - 1];
    char journal_path[8192], told_path[8192], place[128];
    rml_journal *journal = NULL;
    rml_journal_counts counts;
    rml_blob outcome = {0};
    unsigned char *told;
    char *log;
    size_t n_told;
    bool done;
    int kept;

    snprintf(journal_path, sizeof journal_path, "%s/journal", folder);
    snprintf(told_path, sizeof told_path, "%s/told", folder);
    for (int look = 0; look < 2; ++look) { /* first as `status` does */
        kept = stderr_to(told_path);
        if (look == 0)
            assert_int_equal(rml_journal_open_read(folder, &journal, NULL), RML_OK);
        else
            journal = open_or_fail(folder);
        stderr_back(kept);
        assert_int_equal(rml_journal_count(journal, &counts, NULL), RML_OK);
        assert_int_equal(counts.n_known, n - 1);
        assert_int_equal(counts.damaged, !tail);
        n_told = load(told_path, &told);
        told[n_told] = '\0';
        if (tail) assert_int_equal(n_told, 0);
        for (int i = 0; i < n; ++i) {
            const bool lost = at >= begin[i] && at < begin[i + 1];

            snprintf(place, sizeof place, "bytes %lld to %lld of %lld are damaged%s: what", (long long)begin[i],
                     (long long)begin[i + 1], (long long)begin[n],
                     begin[i + 1] <= promise ? "" : " or have not reached the disk");
            assert_int_equal(strstr((char *)told, place) != NULL, lost && !tail);
            assert_int_equal(rml_journal_state(journal, key_of(i)), lost ? RML_UNIT_UNKNOWN : RML_UNIT_DONE);
            assert_int_equal(rml_journal_read(journal, key_of(i), &done, &outcome, NULL), lost ? RML_EMISSING : RML_OK);
            if (!lost) assert_memory_equal(outcome.bytes, "some bytes", 10);
        }
        assert_null(strstr((char *)told, "count no more"));
        assert_int_equal(size_of(journal_path), tail && look == 1 ? begin[n - 1] : begin[n]);
        free(told);
        rml_journal_close(journal);
    }
    log = log_of(folder);
    assert_int_equal(strstr(log, "bytes are not whole") != NULL, tail);
    assert_int_equal(strstr(log, "are damaged") != NULL, !tail);
    free(log);
    rml_blob_free(&outcome);
}

/* Any flipped bit, before the last promise or behind it: no wrong blob ever comes out. In the file's header or the
 * identity it is refused. */
static void damage_costs_what_it_holds(void **state)
{
    enum { N = 6 };
    static const int n_promised[] = {N, 3, 0};
    (void)state;

    for (size_t p = 0; p < sizeof n_promised / sizeof *n_promised; ++p) {
        const char *folder = new_folder();
        rml_journal *journal = open_or_fail(folder);
        unsigned char *whole;
        int64_t begin[N + 1], promise = 0;
        size_t size;

        for (int i = 0; i < N; ++i) {
            begin[i] = size_of(path_of(folder, "journal"));
            append_or_fail(journal, RML_RECORD_DONE, i, "some bytes", 10);
            if (i < n_promised[p]) sync_or_fail(journal);
            if (i <= n_promised[p]) promise = begin[i]; /* the file as it was synced before this record */
        }
        begin[N] = size_of(path_of(folder, "journal"));
        rml_journal_close(journal);
        size = load(path_of(folder, "journal"), &whole);
        assert_int_equal(size, begin[N]);
        for (size_t at = 0; at < size; ++at) {
            rml_error err = {0};

            whole[at] ^= (unsigned char)(1 << at % 8);
            store(path_of(folder, "journal"), whole, size);
            unlink(path_of(folder, "log"));
            if ((int64_t)at < begin[0] && (at < 12 || at >= 16)) { /* of the file's header, four bytes mean nothing */
                journal = NULL;
                assert_int_equal(rml_journal_open(folder, identity, false, &journal, &err), RML_EFORMAT);
                if (at >= 16) assert_non_null(strstr(err.text, "damaged at byte 16 of "));
                assert_null(journal);
                assert_int_equal(size_of(path_of(folder, "journal")), size); /* and nothing was cut */
            } else if ((int64_t)at >= begin[0]) {
                costs_what_it_holds(folder, (int64_t)at, begin, N, promise);
            } else {
                journal = open_or_fail(folder);
                for (int i = 0; i < N; ++i) assert_int_equal(rml_journal_state(journal, key_of(i)), RML_UNIT_DONE);
                rml_journal_close(journal);
            }
            whole[at] ^= (unsigned char)(1 << at % 8);
        }
        free(whole);
    }
}

/* Two places, and a torn tail behind them; what is appended afterwards comes back. */
static void damage_twice_and_a_tail(void **state)
{
    enum { N = 8 };
    const char *folder = new_folder();
    rml_journal *journal = open_or_fail(folder);
    unsigned char *whole;
    int64_t begin[N];
    size_t size;
    (void)state;

    for (int i = 0; i < N; ++i) {
        begin[i] = size_of(path_of(folder, "journal"));
        append_or_fail(journal, RML_RECORD_DONE, i, "some bytes", 10);
        if (i < N - 1) sync_or_fail(journal);
    }
    rml_journal_close(journal);
    size = load(path_of(folder, "journal"), &whole);
    memset(whole + begin[1] + 3, 0, (size_t)(begin[3] - begin[1] - 3)); /* records 1 and 2, as a lost block would be */
    whole[begin[4] + 45] ^= 4;                                          /* a key of record 4 */
    whole[begin[7] + 50] ^= 4;
    for (int again = 0; again < 2; ++again) {
        if (again == 0) store(path_of(folder, "journal"), whole, size);
        journal = open_or_fail(folder);
        for (int i = 0; i < N; ++i)
            assert_int_equal(rml_journal_state(journal, key_of(i)),
                             i == 0 || i == 3 || i == 5 || i == 6 || (again && i == 1) ? RML_UNIT_DONE
                                                                                       : RML_UNIT_UNKNOWN);
        if (again == 0) {
            assert_int_equal(size_of(path_of(folder, "journal")), begin[7]);
            append_or_fail(journal, RML_RECORD_DONE, 1, "anew", 4);
        }
        rml_journal_close(journal);
    }
    free(whole);
}

/* A result that was taken back does not come to life when the record that did so is lost: as nobody knows whose it
 * was, no result before it counts, but for those with a later word. A lost record that took nothing back costs nothing.
 */
static void revive_nothing(bool promised)
{
    enum { OLD = 0, OTHER = 1, TAKE_BACK = 2, LATER = 3, N = 6 };
    const char *folder = new_folder();
    rml_journal *journal = open_or_fail(folder);
    unsigned char *whole;
    int64_t begin[N];
    size_t size;

    for (int i = 0; i < N; ++i) {
        begin[i] = size_of(path_of(folder, "journal"));
        append_or_fail(journal, i == TAKE_BACK ? RML_RECORD_FAILED : RML_RECORD_DONE, i == TAKE_BACK ? OLD : i, "x", 1);
        if (promised) sync_or_fail(journal);
    }
    rml_journal_close(journal);
    size = load(path_of(folder, "journal"), &whole);
    for (int lost = OLD; lost < N - 1; ++lost) {
        char *log;

        whole[begin[lost] + 41] ^= 1;
        store(path_of(folder, "journal"), whole, size);
        unlink(path_of(folder, "log"));
        journal = open_or_fail(folder);
        log = log_of(folder);
        assert_int_equal(strstr(log, ", 2 results recorded before byte ") != NULL, lost == TAKE_BACK);
        /* where the DONE is lost, the FAILED behind it says that it took something back: what that was has no DONE now
         */
        assert_int_equal(rml_journal_state(journal, key_of(OLD)),
                         lost == TAKE_BACK ? RML_UNIT_UNKNOWN : RML_UNIT_FAILED);
        assert_int_equal(rml_journal_state(journal, key_of(OTHER)),
                         lost == OTHER || lost == TAKE_BACK ? RML_UNIT_UNKNOWN : RML_UNIT_DONE);
        for (int i = LATER; i < N; ++i)
            assert_int_equal(rml_journal_state(journal, key_of(i)), i == lost ? RML_UNIT_UNKNOWN : RML_UNIT_DONE);
        /* the counts go on from where they were: what is recorded now stands at the next opening */
        append_or_fail(journal, RML_RECORD_DONE, OTHER, "y", 1);
        rml_journal_close(journal);
        journal = open_or_fail(folder);
        assert_int_equal(rml_journal_state(journal, key_of(OTHER)), RML_UNIT_DONE);
        rml_journal_close(journal);
        whole[begin[lost] + 41] ^= 1;
        free(log);
    }
    free(whole);
}

static void lost_words_revive_nothing(void **state)
{
    (void)state;
    revive_nothing(true);
    revive_nothing(false); /* nor behind the last promise */
}

static bool same(rml_key a, rml_key b)
{
    return a.high == b.high && a.low == b.low;
}

/* Names stand for what they were given last, also after opening again; when the last word on one may be lost, for
 * nothing. Names of nothing new take nothing back. */
static void stand_for_units(bool promised)
{
    const char *folder = new_folder();
    const rml_key pairs[4] = {key_of(100), key_of(0), key_of(101), key_of(1)}, other[2] = {key_of(100), key_of(2)};
    rml_journal *journal = open_or_fail(folder);
    rml_error err = {0};
    unsigned char *whole;
    int64_t begin;
    size_t size;

    append_or_fail(journal, RML_RECORD_DONE, 0, "x", 1);
    assert_int_equal(rml_journal_append(journal, RML_RECORD_NAMED, pairs, 4, NULL, 0, &err), RML_OK);
    assert_int_equal(rml_journal_append(journal, RML_RECORD_NAMED, pairs, 4, NULL, 0, &err), RML_OK);
    begin = size_of(path_of(folder, "journal"));
    if (promised) sync_or_fail(journal);
    assert_int_equal(rml_journal_append(journal, RML_RECORD_NAMED, other, 2, NULL, 0, &err), RML_OK);
    if (promised) sync_or_fail(journal);
    append_or_fail(journal, RML_RECORD_DONE, 5, "x", 1);
    for (int i = 1000; i < 4000; ++i) { /* more than the table begins with */
        const rml_key many[2] = {key_of(i), key_of(i + 1)};

        assert_int_equal(rml_journal_append(journal, RML_RECORD_NAMED, many, 2, NULL, 0, &err), RML_OK);
    }
    for (int again = 0; again < 2; ++again) {
        assert_true(same(rml_journal_named(journal, key_of(100)), key_of(2)));
        assert_true(same(rml_journal_named(journal, key_of(101)), key_of(1)));
        assert_true(same(rml_journal_named(journal, key_of(3999)), key_of(4000)));
        assert_true(same(rml_journal_named(journal, key_of(7)), key_of(7)));
        assert_int_equal(rml_journal_state(journal, key_of(100)), RML_UNIT_UNKNOWN);
        rml_journal_close(journal);
        journal = open_or_fail(folder);
    }
    rml_journal_close(journal);
    size = load(path_of(folder, "journal"), &whole);
    whole[begin + 41] ^= 1;
    store(path_of(folder, "journal"), whole, size);
    journal = open_or_fail(folder);
    assert_true(same(rml_journal_named(journal, key_of(100)), key_of(100)));
    assert_true(same(rml_journal_named(journal, key_of(101)), key_of(101)));
    assert_true(same(rml_journal_named(journal, key_of(3999)), key_of(4000)));
    rml_journal_close(journal);
    free(whole);
}

static void names_stand_for_units(void **state)
{
    (void)state;
    stand_for_units(true);
    stand_for_units(false);
}

/* Records that were written together and not synced may reach the disk in any order when the power fails. What is whole
 * behind such a hole counts, since it says of its own units what is true; the hole is told as damage is. */
static void unsynced_holes_are_read_over(void **state)
{
    const char *folder = new_folder();
    rml_journal *journal = open_or_fail(folder);
    unsigned char *whole;
    int64_t hole, after;
    size_t size;
    char place[128], *log;
    (void)state;

    append_or_fail(journal, RML_RECORD_DONE, 0, "first", 5);
    sync_or_fail(journal);
    hole = size_of(path_of(folder, "journal"));
    append_or_fail(journal, RML_RECORD_DONE, 1, "second", 6);
    after = size_of(path_of(folder, "journal"));
    append_or_fail(journal, RML_RECORD_DONE, 2, "third", 5);
    rml_journal_close(journal);
    size = load(path_of(folder, "journal"), &whole);
    memset(whole + hole, 0, (size_t)(after - hole));
    store(path_of(folder, "journal"), whole, size);
    journal = open_or_fail(folder);
    snprintf(place, sizeof place, "bytes %lld to %lld of %zu are damaged or have not reached the disk", (long long)hole,
             (long long)after, size);
    log = log_of(folder);
    assert_non_null(strstr(log, place));
    free(log);
    assert_int_equal(size_of(path_of(folder, "journal")), size);
    for (int i = 0; i < 3; ++i)
        assert_int_equal(rml_journal_state(journal, key_of(i)), i == 1 ? RML_UNIT_UNKNOWN : RML_UNIT_DONE);
    append_or_fail(journal, RML_RECORD_DONE, 1, "anew", 4);
    rml_journal_close(journal);
    journal = open_or_fail(folder);
    for (int i = 0; i < 3; ++i) assert_int_equal(rml_journal_state(journal, key_of(i)), RML_UNIT_DONE);
    rml_journal_close(journal);
    free(whole);
}

/* A record of another journal inside a blob is not taken for one of this journal's when its bytes come to light. */
static void records_in_blobs_are_no_records(void **state)
{
    const char *inner = new_folder();
    char outer[4096];
    rml_journal *journal = open_or_fail(inner);
    unsigned char *bytes, *whole;
    int64_t begin;
    size_t n, size;
    (void)state;

    for (int i = 0; i < 3; ++i) {
        append_or_fail(journal, RML_RECORD_DONE, i, "inner", 5);
        sync_or_fail(journal);
    }
    n = load(path_of(inner, "journal"), &bytes);
    rml_journal_close(journal);
    for (int followed = 0; followed < 2; ++followed) {
        snprintf(outer, sizeof outer, "%s", new_folder());
        journal = open_or_fail(outer);
        begin = size_of(path_of(outer, "journal"));
        append_or_fail(journal, RML_RECORD_DONE, 9, bytes, n);
        if (followed) append_or_fail(journal, RML_RECORD_DONE, 10, "outer", 5);
        rml_journal_close(journal);
        size = load(path_of(outer, "journal"), &whole);
        whole[begin] ^= 1;
        store(path_of(outer, "journal"), whole, size);
        journal = open_or_fail(outer); /* alone it is a torn tail: nothing in it counts as later than the bad record */
        assert_int_equal(size_of(path_of(outer, "journal")), followed ? (int64_t)size : begin);
        for (int i = 0; i < 3; ++i) assert_int_equal(rml_journal_state(journal, key_of(i)), RML_UNIT_UNKNOWN);
        assert_int_equal(rml_journal_state(journal, key_of(10)), followed ? RML_UNIT_DONE : RML_UNIT_UNKNOWN);
        rml_journal_close(journal);
        free(whole);
    }
    free(bytes);
}

static void foreign_identity_is_named(void **state)
{
    const char *folder = new_folder();
    rml_journal *journal = open_or_fail(folder);
    rml_error err = {0};
    (void)state;

    rml_journal_close(journal);
    journal = NULL;
    assert_int_equal(rml_journal_open(folder, "program: radmill\nparameters: 12ab\nbinWidth: 32\nforce2D: true\n",
                                      false, &journal, &err),
                     RML_EFOREIGN);
    assert_non_null(strstr(err.text, "binWidth: 25 there, 32 now"));
    assert_non_null(strstr(err.text, "force2D: absent there, true now"));
    assert_null(strstr(err.text, "12ab"));
    assert_non_null(strstr(err.text, ". --fresh replaces that run, another --out leaves it as it is"));
    assert_int_equal(rml_journal_open(folder, "program: radmill\nbinWidth: 25\n", false, &journal, &err), RML_EFOREIGN);
    assert_non_null(strstr(err.text, "parameters: 12ab there, absent now"));
    assert_int_equal(rml_journal_open(folder, "binWidth: 32\n", true, &journal, &err), RML_OK); /* fresh */
    assert_string_equal(rml_journal_identity(journal), "binWidth: 32\n");
    rml_journal_close(journal);
    /* lines that are names alone */
    assert_int_equal(rml_journal_open(folder, "binWidth: 32\na, 4 settings\nb, 2 settings\n", true, &journal, &err),
                     RML_OK);
    rml_journal_close(journal);
    journal = NULL;
    assert_int_equal(rml_journal_open(folder, "binWidth: 16\na, 4 settings\nb, 3 settings\n", false, &journal, &err),
                     RML_EFOREIGN);
    assert_non_null(strstr(err.text, "binWidth: 32 there, 16 now"));
    assert_non_null(strstr(err.text, "b, 2 settings: present there, absent now"));
    assert_non_null(strstr(err.text, "b, 3 settings: absent there, present now"));
    assert_null(strstr(err.text, "a, 4 settings"));
}

/* Which line of which section, each difference once, whatever else has the same name. By hand. */
static void differences_have_their_place(void **state)
{
    static const char there[] = "split: 5 folds, 1 repeat, seed 1\nselect a:\n  forest: k 10, trees 50, mtry 0\n"
                                "  scale: method zscore\n  scale: method robust\nselect b:\n  forest: k 10, trees 50\n"
                                "model f: forest, 1 setting\n  trees: 100\nmodel g: boosting, 1 setting\n  trees: 70\n";
    static const struct {
        const char *now, *differences;
    } other[] = {
        {"split: 5 folds, 1 repeat, seed 1\nselect a:\n  forest: k 10, trees 60, mtry 0\n  scale: method zscore\n"
         "  scale: method robust\nselect b:\n  forest: k 10, trees 50\nmodel f: forest, 1 setting\n  trees: 100\n"
         "model g: boosting, 1 setting\n  trees: 80\n",
         "; select a.forest.trees: 50 there, 60 now; model g.trees: 70 there, 80 now"},
        {"split: 4 folds, 1 repeat, seed 1\nselect a:\n  forest: k 10, trees 50, mtry 0\n  scale: method zscore\n"
         "  scale: method unit\nmodel f: forest, 2 settings\n  trees: 100 200\n"
         "model g: boosting, 1 setting\n  trees: 70\nmodel h: knn, 1 setting\n  k: 5\n",
         "; split: 5 folds there, 4 folds now; select a.scale.method: robust there, unit now; select b: present there, "
         "absent now; model f: 1 setting there, 2 settings now; model f.trees: 100 there, 100 200 now; model h: absent "
         "there, knn, 1 setting now"},
        {"split: 5 folds, seed 1\nselect b:\n  forest: k 10, trees 50\nselect a:\n  forest: k 10, trees 50, mtry 0\n"
         "  scale: method zscore\n  scale: method robust\nmodel f: forest, 1 setting\n  trees: 100\n"
         "model g: boosting, 1 setting\n  trees: 70\n",
         "; split: 5 folds, 1 repeat, seed 1 there, 5 folds, seed 1 now"},
    };
    char differences[512], few[40];
    (void)state;

    for (size_t i = 0; i < sizeof other / sizeof *other; ++i) {
        assert_false(rml_identity_same(there, other[i].now, differences, sizeof differences));
        assert_string_equal(differences, other[i].differences);
        /* little room: whole differences, and that there are more */
        assert_false(rml_identity_same(there, other[i].now, few, sizeof few));
        assert_true(strlen(few) < sizeof few && strcmp(few + strlen(few) - 10, "; and more") == 0);
        for (size_t n = sizeof few; n < strlen(other[i].differences); ++n) { /* said once, and last */
            const char *more;

            assert_false(rml_identity_same(there, other[i].now, differences, n));
            more = strstr(differences, "; and more");
            assert_true(more && !more[10]);
        }
    }
    assert_true(rml_identity_same(there, there, differences, sizeof differences));
    assert_string_equal(differences, "");
    assert_false(rml_identity_same("a: 1\nb: 2\n", "b: 2\na: 1\n", differences, sizeof differences));
    assert_string_equal(differences, "; its lines stand in another order");
}

/* --fresh on a disk that refuses the new journal: the old one must not be lost for it. */
static void fresh_keeps_the_old_one_until_then(void **state)
{
    const char *folder = new_folder();
    rml_journal *journal = open_or_fail(folder);
    const rml_key key = rml_key_of("a", 1);
    rml_error err = {0};
    char large[4000];
    struct rlimit before, limit;
    rml_status status;
    (void)state;

    assert_int_equal(rml_journal_append(journal, RML_RECORD_DONE, &key, 1, "x", 1, &err), RML_OK);
    assert_int_equal(rml_journal_sync(journal, &err), RML_OK);
    rml_journal_close(journal);
    journal = NULL;
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    limit = (struct rlimit){1000, before.rlim_max}; /* room for the lock's line, and not for the new journal */
    memset(large, 'x', sizeof large);
    large[sizeof large - 1] = '\0';
    setrlimit(RLIMIT_FSIZE, &limit);
    status = rml_journal_open(folder, large, true, &journal, &err);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(status, RML_EIO);
    assert_non_null(strstr(err.text, "journal.new."));
    journal = open_or_fail(folder);
    assert_int_equal(rml_journal_state(journal, key), RML_UNIT_DONE);
    rml_journal_close(journal);
    assert_int_equal(rml_journal_open(folder, identity, true, &journal, &err), RML_OK);
    assert_int_equal(rml_journal_state(journal, key), RML_UNIT_UNKNOWN);
    rml_journal_close(journal);
}

static void lock_names_its_holder(void **state)
{
    const char *folder = new_folder();
    rml_journal *journal = open_or_fail(folder), *second = NULL;
    rml_error err = {0};
    char holder[64];
    pid_t child;
    int wait_status;
    (void)state;

    snprintf(holder, sizeof holder, "process %ld on ", (long)getpid());
    assert_int_equal(rml_journal_open(folder, identity, false, &second, &err), RML_ELOCKED); /* also within a process */
    child = fork();
    if (child == 0) {
        const rml_status status = rml_journal_open(folder, identity, false, &second, &err);

        _exit(status == RML_ELOCKED && strstr(err.text, holder) ? 0 : 1);
    }
    waitpid(child, &wait_status, 0);
    assert_int_equal(wait_status, 0);
    rml_journal_close(journal);
    child = fork();
    if (child == 0) { /* a holder that is killed holds nothing */
        if (rml_journal_open(folder, identity, false, &second, &err) != RML_OK) _exit(1);
        raise(SIGKILL);
    }
    waitpid(child, &wait_status, 0);
    assert_true(WIFSIGNALED(wait_status));
    rml_journal_close(open_or_fail(folder));
}

/* RLIMIT_FSIZE stands for the full disk: the write comes back short, then fails. */
static void full_disk_leaves_whole_records(void **state)
{
    const char *folder = new_folder();
    rml_journal *journal = open_or_fail(folder);
    struct rlimit before, limit;
    rml_blob outcome = {0};
    rml_error err = {0};
    int64_t size;
    const rml_key key = key_of(1);
    bool done;
    char big[5000];
    (void)state;

    memset(big, 'x', sizeof big);
    append_or_fail(journal, RML_RECORD_DONE, 0, big, sizeof big);
    sync_or_fail(journal);
    size = size_of(path_of(folder, "journal"));
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    limit = (struct rlimit){(rlim_t)size + 1000, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
    assert_int_equal(rml_journal_append(journal, RML_RECORD_DONE, &key, 1, big, sizeof big, &err), RML_EIO);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_non_null(strstr(err.text, "cannot be written"));
    assert_int_equal(size_of(path_of(folder, "journal")), size);
    assert_int_equal(rml_journal_state(journal, key_of(1)), RML_UNIT_UNKNOWN);
    append_or_fail(journal, RML_RECORD_DONE, 2, "room again", 10);
    sync_or_fail(journal);
    rml_journal_close(journal);
    journal = open_or_fail(folder);
    assert_int_equal(rml_journal_read(journal, key_of(0), &done, &outcome, NULL), RML_OK);
    assert_int_equal(outcome.n_bytes, sizeof big);
    assert_int_equal(rml_journal_read(journal, key_of(2), &done, &outcome, NULL), RML_OK);
    assert_int_equal(rml_journal_state(journal, key_of(1)), RML_UNIT_UNKNOWN);
    rml_journal_close(journal);
    rml_blob_free(&outcome);
}

static void unwritable_folders_are_refused(void **state)
{
    rml_journal *journal = NULL;
    rml_error err = {0};
    char path[4096];
    (void)state;

    assert_int_equal(rml_journal_open("/proc/no-such.run", identity, false, &journal, &err), RML_EIO);
    assert_non_null(strstr(err.text, "/proc/no-such.run"));
    assert_int_equal(rml_journal_open_read(new_folder(), &journal, &err), RML_EMISSING);
    snprintf(path, sizeof path, "%s", new_folder());
    assert_int_equal(mkdir(path, 0777), 0);
    store(path_of(path, "journal"), (const unsigned char *)"not one", 7);
    assert_int_equal(rml_journal_open(path, identity, false, &journal, &err), RML_EFORMAT);
    assert_non_null(strstr(err.text, "not a journal"));
}

/* 100 000 records of about a row's size: the index takes 48 bytes a unit and two slots of 4 bytes, and doubles. */
static void large_journals_open_quickly(void **state)
{
    enum { N = 100000 };
    const char *folder = new_folder();
    rml_journal *journal = open_or_fail(folder);
    rml_ledger ledger = {0};
    unsigned char row[900];
    struct timespec begin, end;
    double seconds;
    (void)state;

    assert_int_equal(sizeof(rml_unit), 48);
    memset(row, 7, sizeof row);
    for (int i = 0; i < N; ++i) append_or_fail(journal, RML_RECORD_DONE, i, row, sizeof row);
    rml_journal_close(journal);
    clock_gettime(CLOCK_MONOTONIC, &begin);
    journal = open_or_fail(folder);
    clock_gettime(CLOCK_MONOTONIC, &end);
    seconds = (double)(end.tv_sec - begin.tv_sec) + 1e-9 * (double)(end.tv_nsec - begin.tv_nsec);
    print_message("opening a journal of %d records, %lld MB: %.2f s\n", N,
                  (long long)size_of(path_of(folder, "journal")) / 1000000, seconds);
    for (int i = 0; i < N; ++i) assert_int_equal(rml_journal_state(journal, key_of(i)), RML_UNIT_DONE);
    rml_journal_close(journal);
    assert_true(seconds < 30.0); /* about 0.1 s where nothing else runs; a quadratic scan would take minutes */

    for (int i = 0; i < N; ++i) {
        const rml_key key = key_of(i);

        assert_int_equal(rml_ledger_apply(&ledger, RML_RECORD_DONE, &key, 1, i + 1, 0), RML_OK);
    }
    assert_int_equal(ledger.units.n, N);
    assert_true(ledger.units.capacity * sizeof(rml_unit) + ledger.units.n_slots * sizeof(uint32_t) <= 8u << 20);
    rml_ledger_free(&ledger);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_come_back),
        cmocka_unit_test(torn_tail_is_cut),
        cmocka_unit_test(damage_costs_what_it_holds),
        cmocka_unit_test(damage_twice_and_a_tail),
        cmocka_unit_test(lost_words_revive_nothing),
        cmocka_unit_test(names_stand_for_units),
        cmocka_unit_test(unsynced_holes_are_read_over),
        cmocka_unit_test(records_in_blobs_are_no_records),
        cmocka_unit_test(foreign_identity_is_named),
        cmocka_unit_test(differences_have_their_place),
        cmocka_unit_test(fresh_keeps_the_old_one_until_then),
        cmocka_unit_test(lock_names_its_holder),
        cmocka_unit_test(full_disk_leaves_whole_records),
        cmocka_unit_test(unwritable_folders_are_refused),
        cmocka_unit_test(large_journals_open_quickly),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
