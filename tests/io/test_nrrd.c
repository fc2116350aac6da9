/* Oracle: SimpleITK 2.3.1 (ITK 5.3, its NrrdIO) reading the same bytes; numbers typed in with all their digits and
 * compared exactly. */
#include "tests/support/support.h"

#include <xxhash.h>

#include "tests/io/images.h"

#define HEAD "NRRD0004\n# a comment\ntype: short\ndimension: 3\nsizes: 4 3 2\nendian: little\n"
#define ORIGIN "space origin: (-1.5,20.25,3.125)\n"
#define DIRECTIONS "space directions: (0.5,0.1,0.05) (-0.1,0.7,0.2) (0.0,-0.3,2.5)\n"

static void write_pieces(const char *path, const char *header, const void *data, size_t n)
{
    FILE *stream = fopen(path, "wb");

    assert_non_null(stream);
    fputs(header, stream);
    assert_int_equal(fwrite(data, 1, n, stream), n);
    assert_int_equal(fclose(stream), 0);
}

/* 24 voxels 0 .. 23 as little-endian int16. */
static const unsigned char *counting(void)
{
    static unsigned char bytes[48];

    for (int i = 0; i < 24; ++i) bytes[2 * i] = (unsigned char)i;
    return bytes;
}

static void assert_counting(const char *path)
{
    rml_volume_info info;
    rml_volume volume;
    double row[4];

    load_all(path, &info, &volume);
    assert_int_equal(info.type, RML_INT16);
    for (int i = 0; i < 24; i += 4) {
        rml_volume_row(&volume, 0, 4, i / 4 % 3, i / 12, row);
        for (int x = 0; x < 4; ++x) assert_close(row[x], i + x, 0, 0, path);
    }
    rml_volume_free(&volume);
}

static const double identity[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
static const double lps[3][3] = {{0.9759000729485331, -0.13608276348795437, 0.0},
                                 {0.19518001458970663, 0.9525793444156805, -0.11914522061843064},
                                 {0.09759000729485331, 0.27216552697590873, 0.992876838486922}};
static const double ras[3][3] = {{-0.9759000729485331, 0.13608276348795437, 0.0},
                                 {-0.19518001458970663, -0.9525793444156805, 0.11914522061843064},
                                 {0.09759000729485331, 0.27216552697590873, 0.992876838486922}};
static const double las[3][3] = {{-0.9759000729485331, 0.13608276348795437, 0.0},
                                 {0.19518001458970663, 0.9525793444156805, -0.11914522061843064},
                                 {0.09759000729485331, 0.27216552697590873, 0.992876838486922}};
static const double turned_y[3][3] = {{1, 0, 0}, {0, -1, 0}, {0, 0, 1}};
static const double leaning[3][3] = {{1, 0.4472135954999579, 0}, {0, 0.8944271909999159, 0}, {0, 0, 1}};

#define OBLIQUE                                                                                                        \
    {                                                                                                                  \
        0.51234753829798, 0.7348469228349533, 2.5179356624028344                                                       \
    }

static void geometry_as_itk_takes_it(void **state)
{
    static const struct {
        const char *lines;
        double spacing[3], origin[3];
        const double (*direction)[3];
    } cases[] = {
        {"space: left-posterior-superior\n" DIRECTIONS ORIGIN, OBLIQUE, {-1.5, 20.25, 3.125}, lps},
        {"space: LPS\n" DIRECTIONS ORIGIN, OBLIQUE, {-1.5, 20.25, 3.125}, lps},
        {"space: right-anterior-superior\n" DIRECTIONS ORIGIN, OBLIQUE, {1.5, -20.25, 3.125}, ras},
        {"space: RAS\n" DIRECTIONS ORIGIN, OBLIQUE, {1.5, -20.25, 3.125}, ras},
        {"space: Left-Anterior-Superior\n" DIRECTIONS ORIGIN, OBLIQUE, {1.5, 20.25, 3.125}, las},
        {"space: LAS\n" DIRECTIONS ORIGIN, OBLIQUE, {1.5, 20.25, 3.125}, las},
        {"space: scanner-xyz\n" DIRECTIONS ORIGIN, OBLIQUE, {-1.5, 20.25, 3.125}, lps},
        {"space dimension: 3\n" DIRECTIONS ORIGIN, OBLIQUE, {-1.5, 20.25, 3.125}, lps},
        {"space: LPS\n" DIRECTIONS, OBLIQUE, {0, 0, 0}, lps},
        {"space: LPS\n" ORIGIN, {1, 1, 1}, {-1.5, 20.25, 3.125}, identity},
        {"space: LPS\nspace directions: (1,0,0) (0.5,1,0) (0,0,1)\n" ORIGIN,
         {1, 1.118033988749895, 1},
         {-1.5, 20.25, 3.125},
         leaning},
        {"", {1, 1, 1}, {0, 0, 0}, identity},
        {"spacings: 0.5 0.7 2.5\n", {0.5, 0.7, 2.5}, {0, 0, 0}, identity},
        {"SPACINGS:  0.5  0.7 2.5 \n", {0.5, 0.7, 2.5}, {0, 0, 0}, identity},
        {"spacings: 0.5 nan 2.5\n", {0.5, 1, 2.5}, {0, 0, 0}, identity},
        {"spacings: 0.5 -0.7 2.5\n", {0.5, 0.7, 2.5}, {0, 0, 0}, turned_y},
        {"spacings: 0.5 0.7 2.5\naxis mins: 3 4 5\n", {0.5, 0.7, 2.5}, {3.25, 4.35, 6.25}, identity},
        {"spacings: 0.5 0.7 2.5\naxis mins: 3 4 5\ncenters: node node node\n", {0.5, 0.7, 2.5}, {3, 4, 5}, identity},
        {"axis mins: 3 4 5\naxis maxs: 7 8 9\n", {1, 1, 1}, {3.5, 4.666666666666667, 6}, identity},
        {"space: LPS\n" DIRECTIONS ORIGIN "modality:=MR\nslope:=a: b\ncontent: a brain\n"
         "measurement frame: (1,0,0) (0,1,0) (0,0,1)\nspace units: \"mm\" \"mm\" \"mm\"\n",
         OBLIQUE,
         {-1.5, 20.25, 3.125},
         lps},
    };

    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; ++k) {
        char header[2048];
        rml_volume_info info;
        rml_volume_file *file;
        rml_error err = {0};

        snprintf(header, sizeof header, HEAD "encoding: raw\n%s\n", cases[k].lines);
        write_pieces(path_of("geometry.nrrd"), header, counting(), 48);
        assert_status(rml_volume_open(path_of("geometry.nrrd"), &file, &info, &err), RML_OK, &err);
        rml_volume_close(file);
        assert_grid(&info.grid, cases[k].spacing, cases[k].origin, cases[k].direction, 0, cases[k].lines);
        assert_int_equal(info.warning[0] != '\0', cases[k].direction == turned_y);
        assert_string_equal(info.format, "NRRD");
        assert_counting(path_of("geometry.nrrd"));
    }
}

static void every_type_in_either_byte_order(void **state)
{
    (void)state;
    for (int t = 0; t < RML_N_SCALARS; ++t)
        for (int big = 0; big <= 1; ++big)
            for (int gzip = 0; gzip <= 1; ++gzip) {
                const rml_scalar type = (rml_scalar)t;
                const size_t n = 24 * (size_t)scalar_types[t].bytes;
                unsigned char voxels[24 * 8], packed[1024];
                char header[512];
                rml_volume_info info;
                rml_volume volume;

                for (int i = 0; i < 24; ++i)
                    put_voxel(voxels + i * scalar_types[t].bytes, type, voxel_value(type, i),
                              big == (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__));
                snprintf(header, sizeof header,
                         "NRRD0005\ntype: %s\ndimension: 3\nsizes: 4 3 2\nendian: %s\nencoding: %s\n\n",
                         scalar_types[t].nrrd, big ? "big" : "little", gzip ? "gzip" : "raw");
                if (gzip)
                    write_pieces(path_of("t.nrrd"), header, packed, gzip_member(voxels, n, packed, sizeof packed));
                else
                    write_pieces(path_of("t.nrrd"), header, voxels, n);
                load_all(path_of("t.nrrd"), &info, &volume);
                assert_int_equal(info.type, type);
                assert_int_equal(info.compressed, gzip);
                for (int i = 0; i < 24; ++i) {
                    double value;

                    rml_volume_row(&volume, i % 4, 1, i / 4 % 3, i / 12, &value);
                    assert_close(value, voxel_value(type, i), 0, 0, scalar_types[t].nrrd);
                }
                rml_volume_free(&volume);
            }
}

static void lines_and_bytes_are_skipped(void **state)
{
    static const struct {
        const char *lines, *before;
        bool gzip;
    } cases[] = {{"byte skip: 7\n", "1234567", false},
                 {"byte skip: -1\n", "1234567zzz", false},
                 {"line skip: 2\n", "ab\ncd\n", false},
                 {"line skip: 2\nbyte skip: 3\n", "ab\ncd\nxyz", false},
                 {"byte skip: 7\n", "1234567", true}};

    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; ++k) {
        const size_t n_before = strlen(cases[k].before);
        unsigned char data[256], packed[512];
        char header[512];

        memcpy(data, cases[k].before, n_before);
        memcpy(data + n_before, counting(), 48);
        snprintf(header, sizeof header, HEAD "encoding: %s\n%s\n", cases[k].gzip ? "gzip" : "raw", cases[k].lines);
        if (cases[k].gzip)
            write_pieces(path_of("skip.nrrd"), header, packed, gzip_member(data, n_before + 48, packed, sizeof packed));
        else
            write_pieces(path_of("skip.nrrd"), header, data, n_before + 48);
        assert_counting(path_of("skip.nrrd"));
    }
}

/* The data file lies beside the header wherever the program was started. */
static void detached_data(void **state)
{
    unsigned char packed[512];
    char absolute[8192];

    (void)state;
    write_file(path_of("data.raw"), counting(), 48);
    write_file(path_of("data.raw.gz"), packed, gzip_member(counting(), 48, packed, sizeof packed));
    write_pieces(path_of("raw.nhdr"), HEAD "encoding: raw\ndata file: data.raw\n", "", 0);
    assert_counting(path_of("raw.nhdr"));
    write_pieces(path_of("gz.nhdr"), HEAD "encoding: gzip\ndatafile: data.raw.gz\n\n", "", 0);
    assert_counting(path_of("gz.nhdr"));
    write_pieces(path_of("cut.nhdr"), HEAD "encoding: raw\ndata file: ./data.raw", "", 0); /* no last line feed */
    assert_counting(path_of("cut.nhdr"));
    snprintf(absolute, sizeof absolute, HEAD "encoding: raw\ndata file: %s\n", path_of("data.raw"));
    write_pieces(path_of("absolute.nhdr"), absolute, "", 0);
    assert_counting(path_of("absolute.nhdr"));
}

/* Sentences begin with the path that was asked for and name the data file as the header does: the caller puts the
 * cohort's spelling in place of that path, and no other may say where the cohort lies. */
static void sentences_about_detached_data(void **state)
{
    static const struct {
        const char *data_file, *encoding, *found; /* found: bytes in the data file; NULL: none there */
        rml_status expected;
        const char *sentence;
    } cases[] = {{"gone.raw", "raw", NULL, RML_EMISSING, "data file gone.raw: no such file"},
                 {"./short.raw", "raw", "abc", RML_EFORMAT, "data file ./short.raw: truncated data"},
                 {"bad.gz", "gzip", "no gzip stream at all", RML_EFORMAT, "data file bad.gz: truncated gzip stream"}};

    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; ++k) {
        const char *path = path_of("sentence.nhdr");
        char header[512], expected[8192];
        rml_volume_file *file;
        rml_volume_info info;
        rml_volume volume = {0};
        rml_error err = {0};
        rml_status status;

        snprintf(header, sizeof header, HEAD "encoding: %s\ndata file: %s\n", cases[k].encoding, cases[k].data_file);
        write_pieces(path, header, "", 0);
        if (cases[k].found) write_file(path_of(cases[k].data_file), cases[k].found, strlen(cases[k].found));
        status = rml_volume_open(path, &file, &info, &err);
        if (status == RML_OK) status = rml_volume_load(file, 0, 1, 0, &volume, NULL, &err);
        rml_volume_close(file);
        rml_volume_free(&volume);
        assert_status(status, cases[k].expected, &err);
        snprintf(expected, sizeof expected, "%s: %s", path, cases[k].sentence);
        if (strncmp(err.text, expected, strlen(expected)) != 0) fail_msg("%s, expected %s", err.text, expected);
        assert_null(strstr(err.text + strlen(path), rml_test_folder()));
    }
}

/* Oracle: XXH3 of the header's bytes and the data file's, one behind the other. */
static void checksum_of_a_pair(void **state)
{
    const char *encodings[2] = {"raw", "gzip"};
    unsigned char packed[512], both[1024];
    char header[512];

    (void)state;
    for (int k = 0; k < 2; ++k) {
        const size_t n_packed = gzip_member(counting(), 48, packed, sizeof packed), n_data = k ? n_packed : 48;
        const char *path = path_of("pair.nhdr");
        rml_volume_file *file;
        rml_volume_info info;
        rml_volume volume;
        rml_error err = {0};
        uint64_t loaded = 0, alone = 0, after = 0;
        const int n = snprintf(header, sizeof header, HEAD "encoding: %s\ndata file: pair.data\n", encodings[k]);
        char *changed;

        memcpy(both, header, (size_t)n);
        memcpy(both + n, k ? packed : counting(), n_data);
        write_file(path_of("pair.data"), both + n, n_data);
        write_pieces(path, header, "", 0);
        assert_status(rml_volume_open(path, &file, &info, &err), RML_OK, &err);
        assert_status(rml_volume_load(file, 1, 1, 0, &volume, &loaded, &err), RML_OK, &err);
        rml_volume_close(file);
        rml_volume_free(&volume);
        assert_status(rml_volume_checksum(path, &alone, &err), RML_OK, &err);
        assert_true(loaded == XXH3_64bits(both, (size_t)n + n_data));
        assert_true(alone == loaded);

        changed = strstr(header, "4 3 2"); /* a header of the same size, and other images */
        assert_non_null(changed);
        memcpy(changed, "3 4 2", 5);
        write_pieces(path, header, "", 0);
        assert_status(rml_volume_checksum(path, &after, &err), RML_OK, &err);
        assert_true(after != alone);
    }
}

static void the_data_file_is_found(void **state)
{
    char expected[8192];
    char *found;
    bool compressed;

    (void)state;
    write_pieces(path_of("to.nhdr"), HEAD "encoding: gzip\ndata file: sub/to.raw.gz\n", "", 0);
    found = rml_volume_data_file(path_of("to.nhdr"), &compressed);
    snprintf(expected, sizeof expected, "%s", path_of("sub/to.raw.gz"));
    assert_string_equal(found, expected);
    assert_true(compressed);
    free(found);
    write_pieces(path_of("to.nhdr"), HEAD "encoding: raw\ndata file: /far/away.raw\n", "", 0);
    found = rml_volume_data_file(path_of("to.nhdr"), &compressed);
    assert_string_equal(found, "/far/away.raw");
    assert_false(compressed);
    free(found);
    write_pieces(path_of("to.nhdr"), HEAD "encoding: raw\nspacing: 1\ndata file: x\n", "", 0); /* no such field */
    assert_null(rml_volume_data_file(path_of("to.nhdr"), &compressed));
    write_pieces(path_of("to.nrrd"), HEAD "encoding: raw\n\n", counting(), 48);
    assert_null(rml_volume_data_file(path_of("to.nrrd"), &compressed));
    write_pieces(path_of("to.nhdr"), "NR", "", 0);
    assert_null(rml_volume_data_file(path_of("to.nhdr"), &compressed));
    assert_null(rml_volume_data_file(path_of("nothing.nhdr"), &compressed));
}

static void carriage_returns(void **state)
{
    (void)state;
    write_pieces(path_of("crlf.nrrd"),
                 "NRRD0004\r\ntype: short\r\ndimension: 3\r\nsizes: 4 3 2\r\nendian: little\r\nencoding: raw\r\n\r\n",
                 counting(), 48);
    assert_counting(path_of("crlf.nrrd"));
}

/* Components on the first axis (interleaved) and on the last. */
static void vectors(void **state)
{
    static const struct {
        const char *lines;
        int voxel, component; /* what a step along x and to the next component adds */
    } cases[] = {{"sizes: 3 4 3 2\nkinds: vector domain domain domain\nspace: LPS\n"
                  "space directions: none (0.5,0,0) (0,0.7,0) (0,0,2)\n",
                  3, 1},
                 {"sizes: 3 4 3 2\nkinds: list domain domain domain\nspace: LPS\n"
                  "space directions: none (0.5,0,0) (0,0.7,0) (0,0,2)\n",
                  3, 1},
                 {"sizes: 4 3 2 3\nkinds: domain domain domain vector\nspace: LPS\n"
                  "space directions: (0.5,0,0) (0,0.7,0) (0,0,2) none\n",
                  1, 24}};
    unsigned char voxels[72] = {0};

    (void)state;
    for (int i = 0; i < 72; ++i) voxels[i] = (unsigned char)i;
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; ++k) {
        char header[512];
        rml_volume_info info;
        rml_volume_file *file;
        rml_volume volume;
        rml_error err = {0};
        double row[4];

        snprintf(header, sizeof header, "NRRD0004\ntype: uint8\ndimension: 4\nencoding: raw\n%s\n", cases[k].lines);
        write_pieces(path_of("vector.nrrd"), header, voxels, 72);
        assert_status(rml_volume_open(path_of("vector.nrrd"), &file, &info, &err), RML_OK, &err);
        assert_int_equal(info.n_components, 3);
        assert_true(info.grid.spacing[0] == 0.5 && info.grid.spacing[1] == 0.7 && info.grid.spacing[2] == 2.0);
        for (int c = 0; c < 3; ++c)
            for (int z = 0; z < 2; ++z) {
                assert_status(rml_volume_load(file, z, 1, c, &volume, NULL, &err), RML_OK, &err);
                rml_volume_row(&volume, 0, 4, 1, z, row);
                for (int x = 0; x < 4; ++x)
                    assert_close(row[x], cases[k].voxel * (12 * z + 4 + x) + cases[k].component * c, 0, 0, "voxel");
                rml_volume_free(&volume);
            }
        rml_volume_close(file);
    }
}

/* A fourth axis of one is no vector and no series. */
static void one_frame(void **state)
{
    (void)state;
    write_pieces(path_of("frame.nrrd"),
                 "NRRD0004\ntype: short\ndimension: 4\nsizes: 4 3 2 1\nendian: little\nencoding: raw\n"
                 "kinds: domain domain domain time\n\n",
                 counting(), 48);
    assert_counting(path_of("frame.nrrd"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(geometry_as_itk_takes_it),
        cmocka_unit_test(every_type_in_either_byte_order),
        cmocka_unit_test(lines_and_bytes_are_skipped),
        cmocka_unit_test(detached_data),
        cmocka_unit_test(sentences_about_detached_data),
        cmocka_unit_test(checksum_of_a_pair),
        cmocka_unit_test(the_data_file_is_found),
        cmocka_unit_test(carriage_returns),
        cmocka_unit_test(vectors),
        cmocka_unit_test(one_frame),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
