#include "tests/support/support.h"

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "io/table.h"
#include "io/utf8.h"

static const char *write_file(const char *name, const void *bytes, size_t n_bytes)
{
    static char path[4200];
    FILE *out;

    snprintf(path, sizeof path, "%s/%s", rml_test_folder(), name);
    out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(bytes, 1, n_bytes, out), n_bytes);
    assert_int_equal(fclose(out), 0);
    return path;
}

/* Oracle: RFC 4180, section 2, by hand; line numbers as an editor shows them. */
static void cells_are_read(void **state)
{
    static const char text[] = "\xEF\xBB\xBF"
                               "Image, Mask ,\"Note\"\r\n"
                               "\r\n"
                               "a.nii,b.nii,\"one, two\"\r\n"
                               "  c.nii\t, d.nii,\"say \"\"no\"\"\"\n"
                               "   \n"
                               "e.nii,,\"two\r\nlines\"\n"
                               "f \"x\" g,\"  kept  \" ,\"\"";
    static const char *const cells[4][3] = {{"a.nii", "b.nii", "one, two"},
                                            {"c.nii", "d.nii", "say \"no\""},
                                            {"e.nii", "", "two\r\nlines"},
                                            {"f \"x\" g", "  kept  ", ""}};
    static const int64_t lines[4] = {3, 4, 6, 8};
    rml_table table;

    (void)state;
    assert_int_equal(rml_table_read(write_file("cells.csv", text, sizeof text - 1), &table, NULL), RML_OK);
    assert_int_equal(table.n_columns, 3);
    assert_int_equal(table.n_rows, 4);
    assert_string_equal(table.header[0], "Image");
    assert_string_equal(table.header[1], "Mask");
    for (int r = 0; r < 4; ++r) {
        assert_int_equal(table.line[r], lines[r]);
        for (int c = 0; c < 3; ++c) assert_string_equal(table.cell[3 * r + c], cells[r][c]);
    }
    assert_int_equal(rml_table_column(&table, "Note"), 2);
    assert_int_equal(rml_table_column(&table, "note"), -1);
    rml_table_free(&table);
}

static void line_ends_do_not_matter(void **state)
{
    static const char *const texts[] = {"a,b\n1,2\n", "a,b\r\n1,2\r\n", "a,b\r1,2\r", "a,b\n1,2",
                                        "\n \na,b\n\n1,2\n\n\t"};

    (void)state;
    for (size_t t = 0; t < sizeof texts / sizeof *texts; ++t) {
        rml_table table;

        assert_int_equal(rml_table_read(write_file("ends.csv", texts[t], strlen(texts[t])), &table, NULL), RML_OK);
        assert_int_equal(table.n_rows, 1);
        assert_string_equal(table.cell[0], "1");
        assert_string_equal(table.cell[1], "2");
        rml_table_free(&table);
    }
}

static void a_header_alone_is_a_table(void **state)
{
    rml_table table;

    (void)state;
    assert_int_equal(rml_table_read(write_file("header.csv", "a,b", 3), &table, NULL), RML_OK);
    assert_int_equal(table.n_columns, 2);
    assert_int_equal(table.n_rows, 0);
    rml_table_free(&table);
}

#define BAD(text, sentence)                                                                                            \
    {                                                                                                                  \
        text, sizeof text - 1, sentence                                                                                \
    }

static void bad_files_are_refused(void **state)
{
    static const struct {
        const char *text;
        size_t n_bytes;
        const char *sentence;
    } bad[] = {
        BAD("", ": is empty, expected a line of column names"),
        BAD("\xEF\xBB\xBF\r\n  \n", ": is empty, expected a line of column names"),
        BAD("a,b\n1\n", " line 2: 1 cell, expected 2 as in the header"),
        BAD("a;b\n1;2\n",
            " line 1: columns are separated by semicolons; commas were expected, with a point in numbers"),
        BAD("a\tb\n1\t2\n", " line 1: columns are separated by tabs; commas were expected, with a point in numbers"),
        BAD("a;b\n\np-1;-0,25\n", " line 1: columns are separated by semicolons, and numbers have a decimal comma "
                                  "(-0,25 in line 3); commas between columns and a point in numbers were expected"),
        BAD("a\tb\n1,5\t2\n", " line 1: columns are separated by tabs, and numbers have a decimal comma (1,5 in line "
                              "2); commas between columns and a point in numbers were expected"),
        BAD("a;b\nx,1;2\n",
            " line 1: columns are separated by semicolons; commas were expected, with a point in numbers"),
        BAD("a,b\n\n1,2\n1,2,3\n", " line 4: 3 cells, expected 2 as in the header"),
        BAD("a,b\n\"1\n2\",x\n1,2,\n", " line 4: 3 cells, expected 2 as in the header"),
        BAD("a,b\n1,\"2\n3,4\n", " line 2: a quote is opened and never closed"),
        BAD("a,b\n1,\"2\"x\n", " line 2: text behind a closing quote, expected a comma"),
        BAD("a,b\n1,\"2\";3\n", " line 2: text behind a closing quote, expected a comma"),
        BAD("\"a\" \"b\"\n", " line 1: text behind a closing quote, expected a comma"),
        BAD("\"a\";\"b\"\n\"p-1\";\"x\"\n",
            " line 1: columns are separated by semicolons; commas were expected, with a point in numbers"),
        BAD("\"a\"\t\"b\"\r\n\"p1\"\t2\r\n",
            " line 1: columns are separated by tabs; commas were expected, with a point in numbers"),
        BAD("\"a\";\"b\"\n\"p1\";0,25\n",
            " line 1: columns are separated by semicolons, and numbers have a decimal comma "
            "(0,25 in line 2); commas between columns and a point in numbers were expected"),
        BAD("a,,c\n1,2,3\n", " line 1: column 2 has no name"),
        BAD("\na,b,a\n", " line 2: two columns are named \"a\""),
        BAD("a,b\n1,\xE9\n", " line 2: byte 0xE9 is not UTF-8 text"),
        BAD("a,b\n1,\0\n", " line 2: byte 0x00, which no text holds; a CSV was expected"),
        BAD("\xFF\xFE"
            "a\0,\0",
            ": is UTF-16, expected UTF-8"),
        BAD("\x1F\x8B\x08 more", ": is compressed by gzip, a plain text was expected: gunzip -k makes one"),
    };

    (void)state;
    for (size_t b = 0; b < sizeof bad / sizeof *bad; ++b) {
        const char *path = write_file("bad.csv", bad[b].text, bad[b].n_bytes);
        rml_table table;
        rml_error err = {0};

        assert_int_equal(rml_table_read(path, &table, &err), RML_EFORMAT);
        assert_string_equal(err.text + strlen(path), bad[b].sentence);
    }
}

/* Oracle: the rows as typed. A quote that is never closed ends the reading, what was noted before it stays. */
static void wrong_rows_are_noted_and_left_out(void **state)
{
    static const char text[] = "a,b\n1\n\n1,2\n\"1\n2\",x,\n3,4\n1,2,3\n";
    static const char *const sentences[] = {" line 2: 1 cell, expected 2 as in the header",
                                            " line 5: 3 cells, expected 2 as in the header",
                                            " line 8: 3 cells, expected 2 as in the header"};
    static const int64_t lines[] = {2, 5, 8};
    static const char open[] = "a,b\n1\n1,2\n1,\"2\n3\n";
    const char *path = write_file("rows.csv", text, sizeof text - 1);
    rml_table table;
    rml_faults faults = {0};
    rml_error err = {0};

    (void)state;
    assert_int_equal(rml_table_read_on(path, &table, &faults, &err), RML_OK);
    assert_int_equal(table.n_rows, 2);
    assert_int_equal(table.line[0], 4);
    assert_int_equal(table.line[1], 7);
    assert_string_equal(table.cell[1], "2");
    assert_string_equal(table.cell[2], "3");
    assert_int_equal(faults.n, 3);
    assert_int_equal(faults.n_kept, 3);
    for (int f = 0; f < 3; ++f) {
        assert_int_equal(faults.kept[f].line, lines[f]);
        assert_int_equal(faults.kept[f].why.status, RML_EFORMAT);
        assert_string_equal(faults.kept[f].why.text + strlen(path), sentences[f]);
    }
    rml_table_free(&table);
    rml_faults_free(&faults);

    path = write_file("open.csv", open, sizeof open - 1);
    assert_int_equal(rml_table_read_on(path, &table, &faults, &err), RML_EFORMAT);
    assert_string_equal(err.text + strlen(path), " line 4: a quote is opened and never closed");
    assert_int_equal(faults.n, 1);
    assert_string_equal(faults.kept[0].why.text + strlen(path), sentences[0]);
    rml_faults_free(&faults);
}

/* A spreadsheet writes rows whose cells were cleared as commas alone. */
static void rows_of_empty_cells_are_no_rows(void **state)
{
    static const char text[] = "a,b,c\n1,2,3\n,,\n , ,\t\n\"\",,\"\"\n4,,\n,,,,,\n,\n";
    const char *path = write_file("cleared.csv", text, sizeof text - 1);
    rml_table table;
    rml_error err = {0};

    (void)state;
    if (rml_table_read(path, &table, &err) != RML_OK) fail_msg("%s", err.text);
    assert_int_equal(table.n_rows, 2);
    assert_string_equal(table.cell[3], "4");
    assert_int_equal(table.line[1], 6);
    rml_table_free(&table);
}

static void a_missing_file_is_named(void **state)
{
    rml_table table;
    rml_error err = {0};

    (void)state;
    assert_int_equal(rml_table_read("/nowhere/cohort.csv", &table, &err), RML_EMISSING);
    assert_non_null(strstr(err.text, "/nowhere/cohort.csv"));
}

/* Whatever the bytes: a table or a sentence, and what was read can be read in full. Who reads on finds the same: no
 * wrong line, or the same sentence first. */
static void random_bytes_do_no_harm(void **state)
{
    static const char letters[] = "ab,,\"\"\r\n\n \t\xC3\xA9";
    uint64_t seed = 1;

    (void)state;
    for (int i = 0; i < 3000; ++i) {
        char text[64];
        const size_t n = rml_test_random(&seed) % sizeof text;
        rml_table table;
        rml_faults faults = {0};
        rml_error err = {0}, other = {0};
        const char *path;
        rml_status status;

        for (size_t c = 0; c < n; ++c) text[c] = letters[rml_test_random(&seed) % (sizeof letters - 1)];
        path = write_file("random.csv", text, n);
        status = rml_table_read(path, &table, &err);
        if (status == RML_OK) rml_table_free(&table);
        assert_int_equal(status == RML_OK, err.text[0] == '\0');
        status = rml_table_read_on(path, &table, &faults, &other);
        if (err.status == RML_OK || faults.n == 0)
            assert_string_equal(other.text, err.text);
        else
            assert_string_equal(faults.kept[0].why.text, err.text);
        rml_faults_free(&faults);
        if (status != RML_OK) continue;
        for (int64_t c = 0; c < table.n_rows * table.n_columns; ++c) assert_true(strlen(table.cell[c]) < sizeof text);
        rml_table_free(&table);
    }
}

/* What is written comes back, whatever stands in the cells. */
static void cells_survive_a_round_trip(void **state)
{
    static const char letters[] = "xy,\"\r\n \t;|'";
    uint64_t seed = 7;
    char cells[60][8], path[4200];
    FILE *out;
    rml_table table;

    (void)state;
    snprintf(path, sizeof path, "%s/trip.csv", rml_test_folder());
    out = fopen(path, "wb");
    assert_non_null(out);
    fputs("a,b,c\n", out);
    for (int c = 0; c < 60; ++c) {
        const size_t n = rml_test_random(&seed) % 7;

        for (size_t i = 0; i < n; ++i) cells[c][i] = letters[rml_test_random(&seed) % (sizeof letters - 1)];
        cells[c][n] = '\0';
        rml_csv_text(out, cells[c], c % 3 == 0);
        if (c % 3 == 2) fputc('\n', out);
    }
    assert_int_equal(fclose(out), 0);
    assert_int_equal(rml_table_read(path, &table, NULL), RML_OK);
    assert_int_equal(table.n_rows, 20);
    for (int c = 0; c < 60; ++c) assert_string_equal(table.cell[c], cells[c]);
    rml_table_free(&table);
}

/* Oracle: Python's repr (shortest text that round-trips), written without its ".0". */
static void numbers_are_short_and_round_trip(void **state)
{
    static const struct {
        double value;
        const char *text;
    } known[] = {{0.1, "0.1"},
                 {1.0 / 3, "0.3333333333333333"},
                 {25, "25"},
                 {-0.0, "-0"},
                 {5e-324, "4.94065645841247e-324"},
                 {0.1 + 0.2, "0.30000000000000004"},
                 {1e22, "1e+22"},
                 {NAN, ""},
                 {INFINITY, "inf"}};
    uint64_t seed = 3;

    (void)state;
    for (size_t k = 0; k < sizeof known / sizeof *known; ++k) {
        char *text = NULL;
        size_t n_bytes;
        FILE *out = open_memstream(&text, &n_bytes);

        rml_csv_number(out, known[k].value, false);
        fclose(out);
        assert_string_equal(text + 1, known[k].text);
        assert_int_equal(text[0], ',');
        free(text);
    }
    for (int i = 0; i < 10000; ++i) {
        const uint64_t bits = rml_test_random(&seed);
        double value;
        char *text = NULL;
        size_t n_bytes;
        FILE *out = open_memstream(&text, &n_bytes);

        memcpy(&value, &bits, sizeof value);
        rml_csv_number(out, value, true);
        fclose(out);
        if (!isnan(value)) assert_true(strtod(text, NULL) == value);
        free(text);
    }
}

/* Oracle: RFC 3629 and the table of well-formed sequences in the Unicode standard, section 3.9. */
static void utf8_is_recognised(void **state)
{
    static const struct {
        const char *bytes;
        size_t valid;
    } known[] = {{"Z\xC3\xBCrich", 7},
                 {"\xE2\x82\xAC", 3},
                 {"\xF0\x9F\x98\x80", 4},
                 {"12345678\xC3", 8},
                 {"\xC0\x80", 0},
                 {"\xE0\x80\x80", 0},
                 {"\xED\xA0\x80", 0},
                 {"\xF4\x90\x80\x80", 0},
                 {"\xF0\x80\x80\x80", 0},
                 {"\xED\x9F\xBF", 3},
                 {"\xF4\x8F\xBF\xBF", 4},
                 {"\xF5\x80\x80\x80", 0},
                 {"a\x80", 1},
                 {"12345678abc\xFF", 11},
                 {"\xE2\x82", 0},
                 {"", 0}};

    (void)state;
    for (size_t k = 0; k < sizeof known / sizeof *known; ++k)
        assert_int_equal(rml_utf8_valid(known[k].bytes, strlen(known[k].bytes)), known[k].valid);
}

/* A cohort of 100 000 rows must not keep the ranks waiting. The bounds hold ten times over on an idle machine. Under
 * the address sanitizer a strcspn measures the whole rest of the text first (strict_string_checks): 2000 rows are
 * enough. */
#ifdef __SANITIZE_ADDRESS__
enum { LARGE_COHORT = 2000 };
#else
enum { LARGE_COHORT = 100000 };
#endif

static void a_large_cohort_is_quick(void **state)
{
    char path[4200];
    FILE *out;
    rml_table table;
    struct timespec begin, end;
    double seconds;

    (void)state;
    snprintf(path, sizeof path, "%s/large.csv", rml_test_folder());
    out = fopen(path, "wb");
    assert_non_null(out);
    fputs("ID,Image,Mask,Label,Centre,Sequence,Reader,Timepoint\n", out);
    for (int r = 0; r < LARGE_COHORT; ++r)
        fprintf(out,
                "patient%06d,images/centre%02d/patient%06d_t1.nii.gz,masks/patient%06d.nii.gz,1,Centre %d,T1,A,0\n", r,
                r % 20, r, r, r % 20);
    assert_int_equal(fclose(out), 0);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
    assert_int_equal(rml_table_read(path, &table, NULL), RML_OK);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    seconds = (double)(end.tv_sec - begin.tv_sec) + 1e-9 * (double)(end.tv_nsec - begin.tv_nsec);
    print_message("%d rows x 8 columns: %.0f ms\n", (int)LARGE_COHORT, 1e3 * seconds);
    assert_int_equal(table.n_rows, LARGE_COHORT);
    assert_string_equal(table.cell[8 * 1999], "patient001999");
#ifndef __SANITIZE_ADDRESS__
    {
        struct rusage used;

        getrusage(RUSAGE_SELF, &used);
        print_message("largest resident size of this program: %ld MiB\n", used.ru_maxrss >> 10);
        assert_true(used.ru_maxrss < 60 << 10);
        assert_true(seconds < 0.15);
    }
#endif
    rml_table_free(&table);
}

/* A header of n columns and a row of ones. */
static const char *write_wide(int n)
{
    const size_t room = (size_t)n * 10 + 1;
    char *text = malloc(room), *end = text;
    const char *path;

    for (int c = 0; c < n; ++c) end += sprintf(end, "c%d,", c);
    end[-1] = '\n';
    for (int c = 0; c < n; ++c) *end++ = '1', *end++ = ',';
    end[-1] = '\n';
    assert_true(end <= text + room);
    path = write_file("wide.csv", text, (size_t)(end - text));
    free(text);
    return path;
}

/* Of a wide table no more rows are made room for than its file can hold: 64 would be 461 MB here, of a file of 9. */
static void a_wide_table_takes_what_its_file_justifies(void **state)
{
    enum { N = 900000, ROOM = 256 << 20 };
    const char *path = write_wide(N);
    FILE *statm = fopen("/proc/self/statm", "r");
    struct rlimit before, limit;
    long n_pages;
    rml_table table;
    rml_status status;

    (void)state;
    assert_non_null(statm);
    assert_int_equal(fscanf(statm, "%ld", &n_pages), 1);
    fclose(statm);
    assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
    limit = before;
    limit.rlim_cur = (rlim_t)(n_pages * sysconf(_SC_PAGESIZE) + ROOM);
    assert_int_equal(setrlimit(RLIMIT_AS, &limit), 0);
    status = rml_table_read(path, &table, NULL);
    assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
    assert_int_equal(status, RML_OK);
    assert_true(table.n_columns == N && table.n_rows == 1);
    assert_string_equal(table.cell[N - 1], "1");
    rml_table_free(&table);
}

static void columns_beyond_a_million_are_refused(void **state)
{
    rml_table table;
    rml_error err = {0};

    (void)state;
    assert_int_equal(rml_table_read(write_wide(1000001), &table, &err), RML_EFORMAT);
    assert_non_null(strstr(err.text, "wide.csv line 1: more than 1000000 columns, expected at most so many"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_read),
        cmocka_unit_test(line_ends_do_not_matter),
        cmocka_unit_test(a_header_alone_is_a_table),
        cmocka_unit_test(bad_files_are_refused),
        cmocka_unit_test(wrong_rows_are_noted_and_left_out),
        cmocka_unit_test(rows_of_empty_cells_are_no_rows),
        cmocka_unit_test(a_missing_file_is_named),
        cmocka_unit_test(random_bytes_do_no_harm),
        cmocka_unit_test(cells_survive_a_round_trip),
        cmocka_unit_test(numbers_are_short_and_round_trip),
        cmocka_unit_test(utf8_is_recognised),
        cmocka_unit_test(a_large_cohort_is_quick),
        cmocka_unit_test(a_wide_table_takes_what_its_file_justifies),
        cmocka_unit_test(columns_beyond_a_million_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
