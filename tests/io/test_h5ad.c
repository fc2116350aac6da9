#include "tests/support/support.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/file.h"
#include "io/h5ad.h"

enum { N_COLUMNS = 107 };

int H5close(void); /* HDF5's own end: declared here, since its header wants MPI's */

static char *path_of(const char *name)
{
    static char paths[64][4200]; /* one test uses fewer */
    static int next;
    char *path = paths[next++ % 64];

    snprintf(path, sizeof paths[0], "%s/%s", rml_test_folder(), name);
    return path;
}

static bool exists(const char *path)
{
    struct stat info;

    return lstat(path, &info) == 0;
}

static void fill_row(int64_t row, double *x, uint8_t *reason)
{
    uint64_t seed = (uint64_t)row;

    for (int c = 0; c < N_COLUMNS; ++c) {
        x[c] = rml_test_uniform(&seed);
        reason[c] = (uint8_t)(row % 11 == 3 && c % 2);
        if (reason[c]) x[c] = NAN;
    }
}

static rml_status write_frame(rml_h5ad *file, const char *where, int64_t n_rows, int64_t n_given, rml_error *err)
{
    static const char *const centres[] = {"A", "B", "C"};
    const rml_h5ad_column columns[] = {
        {.name = "ID", .type = RML_H5AD_TEXT},
        {.name = "Centre", .type = RML_H5AD_CATEGORICAL, .n_categories = 3, .categories = centres},
        {.name = "Label", .type = RML_H5AD_INTEGER},
        {.name = "Age", .type = RML_H5AD_NUMBER},
        {.name = "Ok", .type = RML_H5AD_TRUTH}};
    rml_h5ad_frame *frame;
    rml_status status = rml_h5ad_frame_create(file, where, n_rows, 5, columns, &frame, err);

    for (int64_t r = 0; r < n_given && status == RML_OK; ++r) {
        char text[32];
        const rml_h5ad_value values[] = {{.text = text},
                                         {.integer = r % 4 - 1},
                                         {.integer = r - 5},
                                         {.number = r % 3 ? 0.1 * (double)r : NAN},
                                         {.integer = r % 2}};

        snprintf(text, sizeof text, "%s%lld", where[0] == 'o' ? "case" : "f", (long long)r);
        status = rml_h5ad_frame_append(frame, text, values, err);
        if (status != RML_OK) return status; /* as a caller would leave it: the file frees it */
    }
    return status == RML_OK ? rml_h5ad_frame_close(frame, err) : status;
}

/* A whole file, its rows handed over `batch` at a time. */
static rml_status write_file(const char *path, int64_t n_rows, int64_t batch, rml_error *err)
{
    double *x = malloc((size_t)(batch * N_COLUMNS) * sizeof *x);
    uint8_t *reason = malloc((size_t)(batch * N_COLUMNS));
    rml_h5ad *file = NULL;
    rml_status status = rml_h5ad_create(path, n_rows, N_COLUMNS, &file, err);

    for (int64_t r = 0; r < n_rows && status == RML_OK; r += batch) {
        const int64_t n = n_rows - r < batch ? n_rows - r : batch;

        for (int64_t i = 0; i < n; ++i) fill_row(r + i, x + i * N_COLUMNS, reason + i * N_COLUMNS);
        status = rml_h5ad_append(file, n, x, reason, err);
    }
    free(x);
    free(reason);
    if (status == RML_OK) status = write_frame(file, "obs", n_rows, n_rows, err);
    if (status == RML_OK) status = write_frame(file, "var", N_COLUMNS, N_COLUMNS, err);
    if (status == RML_OK) status = rml_h5ad_text(file, "uns/radmill/version", "0.1.0", err);
    if (status == RML_OK) return rml_h5ad_commit(file, err);
    rml_h5ad_abandon(file);
    return status;
}

static void assert_same_bytes(const char *a, const char *b)
{
    char *x, *y;
    size_t n_x, n_y;

    assert_int_equal(rml_file_read(a, (size_t)1 << 30, &x, &n_x, NULL), RML_OK);
    assert_int_equal(rml_file_read(b, (size_t)1 << 30, &y, &n_y, NULL), RML_OK);
    assert_int_equal(n_x, n_y);
    assert_memory_equal(x, y, n_x);
    free(x);
    free(y);
}

/* The same contents give the same bytes, whatever pieces they came in and whenever they were written. */
static void same_contents_same_bytes(void **state)
{
    static const int64_t batches[] = {7, 612, 613, 2000};
    const char *first = path_of("batch1.h5ad");

    (void)state;
    assert_int_equal(write_file(first, 2000, 1, NULL), RML_OK);
    sleep(1); /* a time stamp in the file would show */
    for (size_t b = 0; b < sizeof batches / sizeof *batches; ++b) {
        const char *other = path_of("batch.h5ad");

        assert_int_equal(write_file(other, 2000, batches[b], NULL), RML_OK);
        assert_same_bytes(first, other);
        assert_false(exists(path_of("batch.h5ad.tmp")));
    }
}

static void what_is_missing_is_refused(void **state)
{
    const char *path = path_of("missing.h5ad");
    double x[N_COLUMNS];
    uint8_t reason[N_COLUMNS];
    rml_h5ad *file;
    rml_error err = {0};
    char expected[4400];

    (void)state;
    fill_row(0, x, reason);
    assert_int_equal(rml_h5ad_create(path, 2, N_COLUMNS, &file, &err), RML_OK);
    assert_int_equal(rml_h5ad_append(file, 1, x, reason, &err), RML_OK);
    assert_int_equal(write_frame(file, "obs", 2, 2, &err), RML_OK);
    assert_int_equal(rml_h5ad_commit(file, &err), RML_EINVAL);
    snprintf(expected, sizeof expected, "%s: 1 of 2 rows, obs whole, var missing", path);
    assert_string_equal(err.text, expected);
    assert_false(exists(path) || exists(path_of("missing.h5ad.tmp")));

    assert_int_equal(rml_h5ad_create(path, 1, N_COLUMNS, &file, &err), RML_OK);
    assert_int_equal(rml_h5ad_append(file, 2, x, reason, &err), RML_EINVAL); /* too many */
    assert_int_equal(write_frame(file, "obs", 2, 2, &err), RML_EINVAL);      /* not as many as X */
    assert_int_equal(write_frame(file, "obs", 1, 0, &err), RML_EINVAL);      /* a row short */
    snprintf(expected, sizeof expected, "%s: 0 rows in obs, expected 1", path);
    assert_string_equal(err.text, expected);
    assert_int_equal(write_frame(file, "elsewhere", 1, 1, &err), RML_EINVAL);
    assert_int_equal(rml_h5ad_text(file, "version", "1", &err), RML_EINVAL);
    assert_int_equal(rml_h5ad_text(file, "uns//x", "1", &err), RML_EINVAL);
    rml_h5ad_abandon(file);
    assert_false(exists(path) || exists(path_of("missing.h5ad.tmp")));
    rml_h5ad_abandon(NULL);
}

static void wrong_columns_are_refused(void **state)
{
    static const char *const names[] = {"a/b", "", ".", "_index"};
    rml_h5ad *file;
    rml_h5ad_frame *frame;
    const rml_h5ad_column twice[] = {{.name = "a", .type = RML_H5AD_TEXT}, {.name = "a", .type = RML_H5AD_NUMBER}};
    const rml_h5ad_column one = {.name = "c", .type = RML_H5AD_CATEGORICAL, .n_categories = 1, .categories = &names[0]};

    (void)state;
    assert_int_equal(rml_h5ad_create(path_of("wrong.h5ad"), 1, 1, &file, NULL), RML_OK);
    for (size_t n = 0; n < sizeof names / sizeof *names; ++n) {
        const rml_h5ad_column column = {.name = names[n], .type = RML_H5AD_TEXT};

        assert_int_equal(rml_h5ad_frame_create(file, "obs", 1, 1, &column, &frame, NULL), RML_EINVAL);
    }
    assert_int_equal(rml_h5ad_frame_create(file, "obs", 1, 2, twice, &frame, NULL), RML_EINVAL);
    assert_int_equal(rml_h5ad_frame_create(file, "obs", 1, 1, &one, &frame, NULL), RML_OK);
    assert_int_equal(rml_h5ad_frame_append(frame, "x", &(rml_h5ad_value){.integer = 1}, NULL), RML_EINVAL);
    assert_int_equal(rml_h5ad_frame_append(frame, "x", &(rml_h5ad_value){.integer = -2}, NULL), RML_EINVAL);
    assert_int_equal(rml_h5ad_frame_append(frame, "x", &(rml_h5ad_value){.integer = 0}, NULL), RML_OK);
    assert_int_equal(rml_h5ad_frame_append(frame, "y", &(rml_h5ad_value){.integer = 0}, NULL), RML_EINVAL);
    rml_h5ad_abandon(file); /* with the table open: it is freed too */
}

/* The system's own calls, seen by HDF5 too, with a disk that is full where a file ending in .tmp would grow beyond
 * disk_bytes. */
static int64_t disk_bytes = INT64_MAX;

static bool disk_is_full(int descriptor, int64_t end)
{
    char link[64], name[4300];
    ssize_t n;

    if (end <= disk_bytes) return false;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    n = readlink(link, name, sizeof name - 1);
    return n > 4 && memcmp(name + n - 4, ".tmp", 4) == 0;
}

ssize_t pwrite(int descriptor, const void *bytes, size_t n_bytes, off_t offset)
{
    if (disk_is_full(descriptor, (int64_t)offset + (int64_t)n_bytes)) return errno = ENOSPC, -1;
    return syscall(SYS_pwrite64, descriptor, bytes, n_bytes, offset);
}

ssize_t write(int descriptor, const void *bytes, size_t n_bytes)
{
    if (disk_is_full(descriptor, (int64_t)n_bytes)) return errno = ENOSPC, -1;
    return syscall(SYS_write, descriptor, bytes, n_bytes);
}

/* In a child, as what is tested shows when the program ends. Status 0 when the refusal was clean: RML_EIO, a sentence
 * with the system's reason, no temporary left, and nothing on stderr from HDF5's own clean-up. */
static int write_on_a_full_disk(const char *path, int64_t limit)
{
    const pid_t child = fork();
    int status = -1;

    assert_true(child >= 0);
    if (child == 0) {
        rml_error err = {0};
        char temporary[4300];
        off_t said;

        if (!freopen(path_of("stderr"), "w", stderr)) _exit(10);
        disk_bytes = limit;
        if (write_file(path, 6000, 100, &err) != RML_EIO) _exit(11);
        if (!strstr(err.text, path) || !strstr(err.text, strerror(ENOSPC))) {
            _exit(12);
        }
        snprintf(temporary, sizeof temporary, "%s.tmp", path);
        if (exists(temporary)) _exit(13);
        said = lseek(STDERR_FILENO, 0, SEEK_CUR);
        H5close(); /* as at the program's end; _exit leaves the test's folder alone */
        fflush(stderr);
        _exit(lseek(STDERR_FILENO, 0, SEEK_CUR) == said ? 0 : 14);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void a_full_disk_loses_nothing(void **state)
{
    static const int64_t limits[] = {0, 100, 4096, 65535, 65536, 70000, 100000, 1000000, 3000000};
    const char *path = path_of("full.h5ad"), *copy = path_of("copy.h5ad");
    struct stat whole;

    (void)state;
    assert_int_equal(write_file(path, 6000, 100, NULL), RML_OK);
    assert_int_equal(stat(path, &whole), 0);
    assert_int_equal(write_file(path, 10, 10, NULL), RML_OK);
    assert_int_equal(write_file(copy, 10, 10, NULL), RML_OK);
    for (size_t l = 0; l < sizeof limits / sizeof *limits; ++l) {
        assert_int_equal(write_on_a_full_disk(path, limits[l]), 0);
        assert_same_bytes(path, copy);
    }
    assert_true(whole.st_size > 3000000);
    assert_int_equal(write_on_a_full_disk(path, (int64_t)whole.st_size * 99 / 100), 0);
    assert_same_bytes(path, copy);
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

static void what_was_written_is_read(void **state)
{
    static const char *const names[] = {"ID", "Centre", "Label", "Age", "Ok"};
    const char *path = path_of("read.h5ad");
    rml_h5ad_reader *reader;
    rml_h5ad_text_column column;
    int64_t n_rows, n_columns;
    double *x = malloc(5000 * N_COLUMNS * sizeof *x), expected[N_COLUMNS];
    uint8_t *reason = malloc(5000 * N_COLUMNS), why[N_COLUMNS];
    char *text;

    (void)state;
    assert_int_equal(write_file(path, 5000, 100, NULL), RML_OK);
    assert_int_equal(rml_h5ad_open(path, &reader, &n_rows, &n_columns, NULL), RML_OK);
    assert_int_equal(n_rows, 5000);
    assert_int_equal(n_columns, N_COLUMNS);
    assert_int_equal(rml_h5ad_read_rows(reader, 1, 4999, x, reason, NULL), RML_OK);
    for (int64_t r = 1; r < 5000; ++r) {
        fill_row(r, expected, why);
        assert_memory_equal(x + (r - 1) * N_COLUMNS, expected, sizeof expected);
        assert_memory_equal(reason + (r - 1) * N_COLUMNS, why, sizeof why);
    }
    assert_int_equal(rml_h5ad_read_rows(reader, 4999, 2, x, reason, NULL), RML_EINVAL);
    assert_int_equal(rml_h5ad_read_rows(reader, 5000, 0, x, reason, NULL), RML_OK);
    assert_int_equal(rml_h5ad_columns(reader, "obs", &column, NULL), RML_OK);
    assert_int_equal(column.n, 5);
    for (int c = 0; c < 5; ++c) assert_string_equal(column.value[c], names[c]);
    rml_h5ad_texts_free(&column);
    for (int c = -1; c < 5; ++c) {
        assert_int_equal(rml_h5ad_column_read(reader, "obs", c < 0 ? "_index" : names[c], &column, NULL), RML_OK);
        assert_int_equal(column.n, 5000);
        for (int64_t r = 0; r < 5000; ++r) {
            static const char *const centres[] = {"", "A", "B", "C"};
            char value[40];

            snprintf(value, sizeof value, "case%lld", (long long)r);
            if (c == 1) strcpy(value, centres[r % 4]);
            if (c == 2) snprintf(value, sizeof value, "%lld", (long long)r - 5);
            if (c == 4) strcpy(value, r % 2 ? "true" : "false");
            if (c == 3)
                assert_close(r % 3              ? atof(column.value[r])
                             : *column.value[r] ? 0
                                                : NAN,
                             r % 3 ? 0.1 * (double)r : NAN, 0, 0, "Age");
            else
                assert_string_equal(column.value[r], value);
        }
        rml_h5ad_texts_free(&column);
    }
    assert_int_equal(rml_h5ad_read_text(reader, "uns/radmill/version", &text, NULL), RML_OK);
    assert_string_equal(text, "0.1.0");
    free(text);
    assert_int_equal(rml_h5ad_read_text(reader, "uns/other/version", &text, NULL), RML_EMISSING);
    assert_int_equal(rml_h5ad_column_read(reader, "obs", "id", &column, NULL), RML_EMISSING);
    assert_int_equal(rml_h5ad_column_read(reader, "nowhere", "ID", &column, NULL), RML_EMISSING);
    assert_int_equal(rml_h5ad_columns(reader, "nowhere", &column, NULL), RML_EMISSING);
    rml_h5ad_close(reader);
    rml_h5ad_close(NULL);
    free(x);
    free(reason);
}

/* Reads all that is in a file; whatever is wrong with it is an ordinary return. */
static rml_status read_everything(const char *path, rml_error *err)
{
    rml_h5ad_reader *reader = NULL;
    int64_t n_rows = 0, n_columns = 0;
    double *x = NULL;
    uint8_t *reason = NULL;
    rml_status status = rml_h5ad_open(path, &reader, &n_rows, &n_columns, err);

    if (status == RML_OK) x = malloc((size_t)(n_rows * n_columns) * sizeof *x + 1);
    if (status == RML_OK) reason = malloc((size_t)(n_rows * n_columns) + 1);
    if (status == RML_OK) status = rml_h5ad_read_rows(reader, 0, n_rows, x, reason, err);
    for (int t = 0; t < 2 && status == RML_OK; ++t) {
        const char *where = t ? "var" : "obs";
        rml_h5ad_text_column names = {0};

        status = rml_h5ad_columns(reader, where, &names, err);
        for (int64_t c = -1; c < names.n && status == RML_OK; ++c) {
            rml_h5ad_text_column values = {0};

            status = rml_h5ad_column_read(reader, where, c < 0 ? "_index" : names.value[c], &values, err);
            rml_h5ad_texts_free(&values);
        }
        rml_h5ad_texts_free(&names);
    }
    rml_h5ad_close(reader);
    free(x);
    free(reason);
    return status;
}

static void write_bytes(const char *path, const char *bytes, size_t n_bytes)
{
    FILE *out = fopen(path, "wb");

    assert_non_null(out);
    assert_int_equal(fwrite(bytes, 1, n_bytes, out), n_bytes);
    assert_int_equal(fclose(out), 0);
}

/* A byte changed among the numbers, which are the first half of this file, is found by their checksums. (Texts of
 * variable length have none, and HDF5 itself is not safe against damage there.) Cut anywhere, a file is refused. */
static void damage_is_found(void **state)
{
    const char *path = path_of("whole.h5ad"), *other = path_of("damaged.h5ad");
    char *bytes;
    size_t n_bytes;
    uint64_t seed = 5;
    int n_found = 0;
    enum { N = 100 };

    (void)state;
    assert_int_equal(write_file(path, 4000, 1000, NULL), RML_OK);
    assert_int_equal(read_everything(path, NULL), RML_OK);
    assert_int_equal(rml_file_read(path, (size_t)1 << 30, &bytes, &n_bytes, NULL), RML_OK);
    for (int i = 0; i < N; ++i) {
        const size_t at = n_bytes / 10 + rml_test_random(&seed) % (n_bytes / 2);
        rml_error err = {0};

        bytes[at] ^= (char)(1 << (i % 8));
        write_bytes(other, bytes, n_bytes);
        bytes[at] ^= (char)(1 << (i % 8));
        if (read_everything(other, &err) == RML_OK) continue;
        assert_non_null(strstr(err.text, other));
        ++n_found;
    }
    print_message("%d of %d changed bytes found\n", n_found, N);
    assert_true(n_found > N * 9 / 10); /* the rest lies in room that nothing uses */
    for (int i = 0; i < 40; ++i) {
        rml_error err = {0};

        write_bytes(other, bytes, n_bytes * (size_t)i / 40);
        assert_int_equal(read_everything(other, &err), RML_EFORMAT);
        assert_non_null(strstr(err.text, other));
    }
    free(bytes);
}

static void what_is_no_h5ad_is_refused(void **state)
{
    const char *path = path_of("text.h5ad");
    rml_error err = {0};

    (void)state;
    write_bytes(path, "Image,Mask\n", 11);
    assert_int_equal(read_everything(path, &err), RML_EFORMAT);
    assert_string_equal(err.text + strlen(path), ": not an h5ad file (not HDF5)");
    write_bytes(path, "", 0);
    assert_int_equal(read_everything(path, &err), RML_EFORMAT);
    assert_int_equal(read_everything(rml_test_folder(), &err), RML_EIO);
    assert_int_equal(read_everything("/nowhere.h5ad", &err), RML_EMISSING);
}

static void an_unwritable_place_is_named(void **state)
{
    rml_h5ad *file;
    rml_error err = {0};

    (void)state;
    assert_int_equal(rml_h5ad_create("/nowhere/features.h5ad", 1, 1, &file, &err), RML_EIO);
    assert_string_equal(err.text, "/nowhere/features.h5ad.tmp: cannot be written: No such file or directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_contents_same_bytes),
        cmocka_unit_test(what_is_missing_is_refused),
        cmocka_unit_test(wrong_columns_are_refused),
        cmocka_unit_test(a_full_disk_loses_nothing),
        cmocka_unit_test(an_unwritable_place_is_named),
        cmocka_unit_test(what_was_written_is_read),
        cmocka_unit_test(damage_is_found),
        cmocka_unit_test(what_is_no_h5ad_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
