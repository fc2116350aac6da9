/* Files that must be refused, each made here, with the kind of failure and words that its sentence must hold. Nothing
 * but the definition says which. */
#include "tests/support/support.h"

#include <sys/stat.h>
#include <unistd.h>

#include "tests/io/images.h"

typedef struct bytes {
    unsigned char b[4096];
    size_t n;
} bytes;

static bytes good_nifti(int version)
{
    const nifti_fields f = plain_nifti(version);
    bytes file = {.n = 0};

    file.n = nifti_header(&f, file.b) + 48;
    return file;
}

static bytes packed(const bytes *file)
{
    bytes gzip = {.n = 0};

    gzip.n = gzip_member(file->b, file->n, gzip.b, sizeof gzip.b);
    return gzip;
}

/* Writes the file, opens it and, where that works, loads it; one of the two must fail as said. */
static void refused(const char *name, const bytes *file, rml_status expected, const char *word, const char *other)
{
    rml_volume_file *opened = NULL;
    rml_volume_info info;
    rml_volume volume = {0};
    rml_error err = {0};
    rml_status status;

    if (file) write_file(path_of(name), file->b, file->n);
    status = rml_volume_open(path_of(name), &opened, &info, &err);
    if (status == RML_OK) {
        status = rml_volume_load(opened, 0, info.grid.size[2], 0, &volume, NULL, &err);
        rml_volume_close(opened);
    } else {
        assert_null(opened);
    }
    if (status != expected || !strstr(err.text, name) || !strstr(err.text, word) || !strstr(err.text, other))
        print_error("%s: %s: \"%s\", expected %s with \"%s\" and \"%s\"\n", name, rml_status_name(status), err.text,
                    rml_status_name(expected), word, other);
    assert_int_equal(status, expected);
    assert_non_null(strstr(err.text, name));
    assert_non_null(strstr(err.text, word));
    assert_non_null(strstr(err.text, other));
    assert_null(volume.memory);
}

static void not_a_file(void **state)
{
    const bytes empty = {.n = 0};
    bytes text = {.n = 20};

    (void)state;
    refused("missing.nii", NULL, RML_EMISSING, "no such file", "");
    refused("missing/folder.nii", NULL, RML_EMISSING, "no such file", "");
    assert_int_equal(mkdir(path_of("folder.nii"), 0777), 0);
    refused("folder.nii", NULL, RML_EIO, "a folder", "expected a file");
    assert_int_equal(mkfifo(path_of("pipe.nii"), 0666), 0);
    refused("pipe.nii", NULL, RML_EIO, "a pipe", "expected a file");
    refused("empty.nii", &empty, RML_EFORMAT, "empty file", "");
    refused("empty.nii.gz", &empty, RML_EFORMAT, "empty file", "");
    memcpy(text.b, "this is not an image", 20);
    refused("text.nii", &text, RML_EFORMAT, "wrong magic", "");
    refused("text.nrrd", &text, RML_EFORMAT, "wrong magic", "");
    text = packed(&text);
    refused("text.nii.gz", &text, RML_EFORMAT, "wrong magic", "gzip");
    text.n = 1;
    refused("byte.nii", &text, RML_EFORMAT, "wrong magic", "");
}

/* Every length short of the whole, plain and compressed. */
static void truncated(void **state)
{
    (void)state;
    for (int version = 1; version <= 2; ++version) {
        bytes file = good_nifti(version);
        const size_t n = file.n, n_header = version == 1 ? 348 : 540;
        bytes gzip = packed(&file);
        const size_t n_gzip = gzip.n;

        for (file.n = 4; file.n < n; file.n += 1)
            refused("cut.nii", &file, RML_EFORMAT, file.n < n_header ? "truncated header" : "truncated data",
                    "expected");
        for (gzip.n = 3; gzip.n < n_gzip; ++gzip.n) refused("cut.nii.gz", &gzip, RML_EFORMAT, "truncated", "");
    }
}

static void damaged_gzip(void **state)
{
    const bytes file = good_nifti(1);
    bytes gzip = packed(&file);
    bytes shorter = file, longer = file;

    (void)state;
    gzip.b[gzip.n - 8] ^= 1; /* CRC */
    refused("crc.nii.gz", &gzip, RML_EFORMAT, "corrupt gzip", "CRC");
    gzip.b[gzip.n - 8] ^= 1;
    gzip.b[gzip.n - 2] ^= 1; /* length */
    refused("length.nii.gz", &gzip, RML_EFORMAT, "corrupt gzip", "");
    gzip.b[gzip.n - 2] ^= 1;
    gzip.b[10] = 0xFF; /* an impossible block */
    refused("block.nii.gz", &gzip, RML_EFORMAT, "corrupt gzip", "");
    longer.n += 400; /* more than the header promises, and without the last four bytes */
    gzip = packed(&longer);
    gzip.n -= 4;
    refused("end.nii.gz", &gzip, RML_EFORMAT, "truncated gzip stream: all ", "its end with the checksum is missing");
    shorter.n -= 2; /* a sound stream of too few voxels */
    shorter = packed(&shorter);
    refused("short.nii.gz", &shorter, RML_EFORMAT, "truncated gzip stream: 398 bytes", "expected 400");
}

/* A stream that would inflate to far more than the header promises is not followed to its end: this one has none. */
static void decompression_bomb(void **state)
{
    const bytes file = good_nifti(1);
    const size_t n = (size_t)2 << 20;
    unsigned char *inflated = calloc(1, n);
    bytes gzip = {.n = 0};

    (void)state;
    assert_non_null(inflated);
    memcpy(inflated, file.b, file.n);
    gzip.n = gzip_member(inflated, n, gzip.b, sizeof gzip.b) - 100;
    refused("bomb.nii.gz", &gzip, RML_EFORMAT, "the gzip stream goes on for more than 65936 bytes",
            "behind the 400 that the header promises");
    free(inflated);
}

/* Each changes one thing of a good header. */
static void damaged_headers(void **state)
{
    static const struct {
        const char *name;
        int offset, width; /* of the field: 2 int16, 4 float32, 1 byte */
        double value;
        rml_status expected;
        const char *word, *other;
    } cases[] = {
        {"magic.nii", 345, 1, 'x', RML_EFORMAT, "wrong magic", "expected"},
        {"pair.nii", 345, 1, 'i', RML_EUNSUPPORTED, ".hdr/.img", "expected"},
        {"axes0.nii", 40, 2, 0, RML_EFORMAT, "0 dimensions", "expected"},
        {"axes8.nii", 40, 2, 8, RML_EFORMAT, "8 dimensions", "expected"},
        {"axes2.nii", 40, 2, 2, RML_EUNSUPPORTED, "2 dimensions", "expected 3"},
        {"size0.nii", 44, 2, 0, RML_EFORMAT, "size 0 along dimension 2", "expected"},
        {"negative.nii", 46, 2, -3, RML_EFORMAT, "size -3 along dimension 3", "expected"},
        {"huge.nii", 42, 2, 32767, RML_EFORMAT, "truncated data: 400 bytes", "32767 x 3 x 2"},
        {"type.nii", 70, 2, 3, RML_EFORMAT, "data type 3", ""},
        {"binary.nii", 70, 2, 1, RML_EUNSUPPORTED, "binary", "expected"},
        {"rgb.nii", 70, 2, 128, RML_EUNSUPPORTED, "RGB", "expected one integer or float"},
        {"rgba.nii", 70, 2, 2304, RML_EUNSUPPORTED, "RGB", ""},
        {"complex.nii", 70, 2, 32, RML_EUNSUPPORTED, "complex", "expected one integer or float"},
        {"complex128.nii", 70, 2, 1792, RML_EUNSUPPORTED, "complex", ""},
        {"float128.nii", 70, 2, 1536, RML_EUNSUPPORTED, "float128", ""},
        {"bits.nii", 72, 2, 8, RML_EFORMAT, "8 bits a voxel for int16", "expected 16"},
        {"zero.nii", 84, 4, 0, RML_EFORMAT, "spacing 0 mm along y", "expected above 0"},
        {"nan.nii", 80, 4, NAN, RML_EFORMAT, "spacing along x is not a number", "expected"},
        {"infinite.nii", 88, 4, INFINITY, RML_EFORMAT, "spacing along z is not a number", "expected"},
        {"offset.nii", 108, 4, 340, RML_EFORMAT, "voxels at byte 340", "expected a whole number from 348"},
        {"fraction.nii", 108, 4, 352.5, RML_EFORMAT, "voxels at byte 352.5", ""},
        {"far.nii", 108, 4, 1e9, RML_EFORMAT, "truncated data", "expected 1000000048"},
        {"nowhere.nii", 108, 4, INFINITY, RML_EFORMAT, "voxels at byte inf", ""},
        {"minus.nii", 108, 4, -400, RML_EFORMAT, "voxels at byte -400", ""},
        {"offsetnan.nii", 108, 4, NAN, RML_EFORMAT, "voxels at byte", ""},
    };

    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; ++k)
        for (int gzip = 0; gzip <= 1; ++gzip) {
            bytes file = good_nifti(1);
            char name[64];

            if (cases[k].width == 1) file.b[cases[k].offset] = (unsigned char)cases[k].value;
            if (cases[k].width == 2) put_i16(file.b + cases[k].offset, (int)cases[k].value, false);
            if (cases[k].width == 4) put_f32(file.b + cases[k].offset, cases[k].value, false);
            snprintf(name, sizeof name, "%s%s", cases[k].name, gzip ? ".gz" : "");
            if (gzip) file = packed(&file);
            if (gzip && strstr(cases[k].word, "truncated"))
                refused(name, &file, RML_EFORMAT, "truncated", "");
            else
                refused(name, &file, cases[k].expected, cases[k].word, cases[k].other);
        }
}

static void several_frames(void **state)
{
    nifti_fields f = plain_nifti(1);
    bytes file = {.n = NIFTI_1_START + 96};

    (void)state;
    f.dim[0] = 4, f.dim[4] = 2;
    nifti_header(&f, file.b);
    refused("frames.nii", &file, RML_EUNSUPPORTED, "2 frames", "expected one");
    f.dim[0] = 5, f.dim[4] = 1, f.dim[5] = 2;
    nifti_header(&f, file.b);
    refused("fifth.nii", &file, RML_EUNSUPPORTED, "size 2 along dimension 5", "expected 3 dimensions");
}

static void orientation_that_is_none(void **state)
{
    nifti_fields f = plain_nifti(1);
    bytes file = {.n = NIFTI_1_START + 48};

    (void)state;
    f.sform = 1;
    nifti_header(&f, file.b);
    refused("singular.nii", &file, RML_EFORMAT, "singular sform", "expected");
    for (int a = 0; a < 3; ++a) f.srow[a][a] = 1;
    f.srow[0][1] = 1e-3;
    nifti_header(&f, file.b);
    refused("sheared.nii", &file, RML_EFORMAT, "sheared", "expected axes at right angles");
    f.srow[0][1] = NAN;
    nifti_header(&f, file.b);
    refused("sform.nii", &file, RML_EFORMAT, "sform holds NaN", "expected");
    f.sform = 0, f.qform = 1, f.quatern[2] = NAN;
    nifti_header(&f, file.b);
    refused("qform.nii", &file, RML_EFORMAT, "qform holds NaN", "expected");
    f = plain_nifti(2); /* finite numbers whose squares are not */
    f.qform = 1, f.quatern[0] = 1e200;
    file.n = nifti_header(&f, file.b) + 48;
    refused("long.nii", &file, RML_EFORMAT, "no finite origin and directions", "qform");
}

/* Sizes of NIfTI-2 are 64 bits: products beyond what can be counted, or allocated, from a file of 600 bytes. */
static void dimensions_that_overflow(void **state)
{
    bytes file = good_nifti(2);

    (void)state;
    for (int a = 1; a <= 3; ++a) put_i64(file.b + 16 + 8 * a, INT32_MAX, false);
    refused("overflow.nii", &file, RML_EFORMAT, "overflow", "2147483647");
    put_i64(file.b + 16 + 8, INT64_MAX, false);
    refused("wide.nii", &file, RML_EFORMAT, "size 9223372036854775807 along dimension 1", "expected");
    file = good_nifti(2);
    put_i64(file.b + 16 + 8, 100000, false), put_i64(file.b + 16 + 16, 10000, false);
    file = packed(&file); /* 4 GB from a hundred bytes: more than deflate can do */
    refused("bomb.nii.gz", &file, RML_EFORMAT, "truncated data", "cannot hold the 100000 x 10000 x 2");
}

#define NRRD "NRRD0004\n"
#define TYPE "type: short\n"
#define DIMENSION "dimension: 3\n"
#define SIZES "sizes: 4 3 2\n"
#define ENDIAN "endian: little\n"
#define RAW "encoding: raw\n"
#define ALL NRRD TYPE DIMENSION SIZES ENDIAN RAW

static void nrrd_headers(void **state)
{
    static const struct {
        const char *header;
        rml_status expected;
        const char *word, *other;
    } cases[] = {
        {"NRRD0009\n" TYPE "\n", RML_EFORMAT, "wrong magic", "expected NRRD0001"},
        {"NRRD00", RML_EFORMAT, "wrong magic", ""},
        {ALL, RML_EFORMAT, "truncated header", "no empty line"},
        {NRRD DIMENSION SIZES ENDIAN RAW "\n", RML_EFORMAT, "no field \"type\"", ""},
        {NRRD TYPE ENDIAN RAW "\n", RML_EFORMAT, "no field \"dimension\"", ""},
        {NRRD TYPE DIMENSION ENDIAN RAW "\n", RML_EFORMAT, "no field \"sizes\"", ""},
        {NRRD TYPE DIMENSION SIZES RAW "\n", RML_EFORMAT, "no field \"endian\"", ""},
        {NRRD TYPE DIMENSION SIZES ENDIAN "\n", RML_EFORMAT, "no field \"encoding\"", ""},
        {NRRD TYPE SIZES DIMENSION "\n", RML_EFORMAT, "sizes: before \"dimension\"", ""},
        {NRRD "type: quad\n\n", RML_EFORMAT, "unknown type \"quad\"", "line 2"},
        {NRRD "type: block\n\n", RML_EUNSUPPORTED, "block voxels", "expected"},
        {NRRD "dimension: 17\n\n", RML_EFORMAT, "\"17\"", "1 to 16"},
        {NRRD "dimension: -1\n\n", RML_EFORMAT, "\"-1\"", "1 to 16"},
        {NRRD "dimension: 2\nsizes: 4 6\n" TYPE ENDIAN RAW "\n", RML_EUNSUPPORTED, "2 spatial axes", "expected 3"},
        {NRRD DIMENSION "sizes: 4 3\n\n", RML_EFORMAT, "expected 3 sizes", "line 3"},
        {NRRD DIMENSION "sizes: 4 3 2 1\n\n", RML_EFORMAT, "expected 3 sizes", ""},
        {NRRD DIMENSION "sizes: 4 0 2\n\n", RML_EFORMAT, "size 0 along axis 2", "expected 1 to"},
        {NRRD DIMENSION "sizes: 4 -3 2\n\n", RML_EFORMAT, "size -3 along axis 2", ""},
        {NRRD DIMENSION "sizes: 4 99999999999 2\n\n", RML_EFORMAT, "size 99999999999 along axis 2", ""},
        {NRRD DIMENSION "sizes: 4 99999999999999999999999 2\n\n", RML_EFORMAT, "expected 3 sizes", ""},
        {NRRD TYPE DIMENSION "sizes: 2000000000 2000000000 2000000000\n" ENDIAN RAW "\n", RML_EFORMAT, "overflow", ""},
        {NRRD TYPE DIMENSION "sizes: 400 300 200\n" ENDIAN RAW "\n", RML_EFORMAT, "truncated data", "400 x 300 x 200"},
        {NRRD TYPE DIMENSION "sizes: 40000 3000 2\n" ENDIAN "encoding: gzip\n\n", RML_EFORMAT, "truncated data",
         "cannot hold"},
        {NRRD TYPE DIMENSION SIZES ENDIAN "encoding: gzip\n\n", RML_EFORMAT, "truncated gzip stream", ""},
        {NRRD TYPE DIMENSION SIZES ENDIAN "encoding: ascii\n\n", RML_EUNSUPPORTED, "encoding \"ascii\"", "raw or gzip"},
        {NRRD TYPE DIMENSION SIZES ENDIAN "encoding: hex\n\n", RML_EUNSUPPORTED, "encoding \"hex\"", "raw or gzip"},
        {NRRD TYPE DIMENSION SIZES ENDIAN "encoding: bzip2\n\n", RML_EUNSUPPORTED, "encoding \"bzip2\"", "raw or gzip"},
        {NRRD "endian: middle\n\n", RML_EFORMAT, "\"middle\"", "little or big"},
        {ALL "type: short\n\n", RML_EFORMAT, "given twice", "line 7"},
        {ALL "spacing: 1 1 1\n\n", RML_EFORMAT, "\"spacing\" is none that NRRD knows", "line 7"},
        {ALL "nonsense\n\n", RML_EFORMAT, "\"nonsense\"", "expected \"field: value\""},
        {ALL "spacings: 1 0 1\n\n", RML_EFORMAT, "spacing 0 mm along axis 2", "expected above 0"},
        {ALL "spacings: 1 inf 1\n\n", RML_EFORMAT, "spacing inf mm along axis 2", ""},
        {ALL "spacings: 1 two 1\n\n", RML_EFORMAT, "expected 3 numbers", "line 7"},
        {ALL "space: LPS\nspace directions: (1,0,0) (0,0,0) (0,0,1)\n\n", RML_EFORMAT, "spacing 0 mm along axis 2", ""},
        {ALL "spacings: 1 1e-310 1\n\n", RML_EFORMAT, "spacing 1e-310 mm", ""},
        {ALL "space: LPS\nspace directions: (1,0,0) (0,nan,0) (0,0,1)\n\n", RML_EFORMAT, "NaN", "axis 2"},
        {ALL "space: LPS\nspace directions: (1,0,0) (0,1) (0,0,1)\n\n", RML_EFORMAT, "expected 3 vectors", ""},
        {ALL "space: LPS\nspace directions: (1,0,0) (0,1,0\n\n", RML_EFORMAT, "expected 3 vectors", ""},
        {ALL "space: LPS\nspace origin: (1,2,nan)\n\n", RML_EFORMAT, "origin holds NaN", ""},
        {ALL "space: LPST\n\n", RML_EUNSUPPORTED, "space \"LPST\"", "expected left-posterior-superior"},
        {ALL "space: LPS\nspacings: 1 2 3\n\n", RML_EFORMAT, "spacings beside a space", "expected space directions"},
        {ALL "space dimension: 3\nspacings: 1 nan nan\n\n", RML_EFORMAT, "spacings beside a space", ""},
        {ALL "spacings: 1 2 3\nspace: LPS\nspace directions: (1,0,0) (0,2,0) (0,0,3)\n\n", RML_EFORMAT,
         "spacings beside a space", ""},
        {ALL "byte skip: -2\n\n", RML_EFORMAT, "\"-2\"", "expected 0 or more"},
        {ALL "byte skip: 1000000000000\n\n", RML_EFORMAT, "truncated data", ""},
        {ALL "byte skip: 9223372036854775807\n\n", RML_EFORMAT, "overflow", ""},
        {ALL "line skip: 1000\n\n", RML_EFORMAT, "lines before the data", ""},
        {ALL "data file: missing.raw\n\n", RML_EMISSING, "no such file", "missing.raw"},
        {ALL "data file: LIST\na.raw\n", RML_EUNSUPPORTED, "list of files", "expected one"},
        {ALL "data file: slice%03d.raw 1 2 1\n\n", RML_EUNSUPPORTED, "several files", "expected one"},
        {NRRD TYPE "dimension: 4\nsizes: 3 4 3 2\nkinds: RGB-color domain domain domain\n" ENDIAN RAW "\n",
         RML_EUNSUPPORTED, "RGB", "expected one integer or float"},
        {NRRD TYPE "dimension: 4\nsizes: 2 4 3 2\nkinds: complex domain domain domain\n" ENDIAN RAW "\n",
         RML_EUNSUPPORTED, "complex", "expected one integer or float"},
        {NRRD TYPE "dimension: 4\nsizes: 4 3 2 2\n" ENDIAN RAW "\n", RML_EUNSUPPORTED, "2 frames", "expected one"},
        {NRRD TYPE "dimension: 5\nsizes: 2 2 4 3 2\nkinds: vector vector domain domain domain\n" ENDIAN RAW "\n",
         RML_EUNSUPPORTED, "two axes of components", ""},
        {NRRD TYPE "dimension: 4\nsizes: 4 2 3 2\nkinds: domain vector domain domain\n" ENDIAN RAW "\n",
         RML_EUNSUPPORTED, "components on axis 2", ""},
    };

    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; ++k) {
        bytes file = {.n = strlen(cases[k].header)};
        char name[32];

        memcpy(file.b, cases[k].header, file.n);
        snprintf(name, sizeof name, "%s", strstr(cases[k].word, "no such") ? "missing.raw" : "header.nrrd");
        if (strstr(cases[k].word, "no such")) {
            rml_volume_file *opened;
            rml_volume_info info;
            rml_error err = {0};

            write_file(path_of("header.nhdr"), file.b, file.n);
            assert_int_equal(rml_volume_open(path_of("header.nhdr"), &opened, &info, &err), RML_EMISSING);
            assert_non_null(strstr(err.text, "missing.raw"));
            continue;
        }
        refused(name, &file, cases[k].expected, cases[k].word, cases[k].other);
    }
}

/* A file that shrinks between opening and loading. */
static void shrinking(void **state)
{
    const bytes file = good_nifti(1);
    rml_volume_file *opened;
    rml_volume_info info;
    rml_volume volume;
    rml_error err = {0};

    (void)state;
    write_file(path_of("shrinks.nii"), file.b, file.n);
    assert_status(rml_volume_open(path_of("shrinks.nii"), &opened, &info, &err), RML_OK, &err);
    assert_int_equal(truncate(path_of("shrinks.nii"), 380), 0);
    assert_int_equal(rml_volume_load(opened, 0, 2, 0, &volume, NULL, &err), RML_EFORMAT);
    assert_non_null(strstr(err.text, "ends at byte 380"));
    assert_null(volume.memory);
    rml_volume_close(opened);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(not_a_file),
        cmocka_unit_test(truncated),
        cmocka_unit_test(damaged_gzip),
        cmocka_unit_test(decompression_bomb),
        cmocka_unit_test(damaged_headers),
        cmocka_unit_test(several_frames),
        cmocka_unit_test(orientation_that_is_none),
        cmocka_unit_test(dimensions_that_overflow),
        cmocka_unit_test(nrrd_headers),
        cmocka_unit_test(shrinking),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
