/* Loading: slices, members of a gzip stream, checksums, our writer's files, and real images. */
#include "tests/support/support.h"

#include <unistd.h>
#include <xxhash.h>

#include "io/nifti_write.h"
#include "tests/io/images.h"

static int16_t counting[24];

static size_t counting_nifti(unsigned char *out)
{
    const nifti_fields f = plain_nifti(1);
    const size_t n = nifti_header(&f, out);

    for (int i = 0; i < 24; ++i) counting[i] = (int16_t)i;
    memcpy(out + n, counting, sizeof counting);
    return n + sizeof counting;
}

static void assert_counting(const char *path)
{
    rml_volume_info info;
    rml_volume volume;
    const rml_box all = {{0, 0, 0}, {4, 3, 2}};
    double voxels[24];

    load_all(path, &info, &volume);
    rml_volume_crop(&volume, &all, voxels);
    for (int i = 0; i < 24; ++i) assert_close(voxels[i], i, 0, 0, path);
    rml_volume_free(&volume);
}

static void a_box_is_cut_out(void **state)
{
    unsigned char bytes[512];
    const size_t n = counting_nifti(bytes);
    const rml_box box = {{1, 1, 1}, {2, 2, 1}};
    const double expected[4] = {17, 18, 21, 22};
    rml_volume_info info;
    rml_volume volume;
    double voxels[4];

    (void)state;
    write_file(path_of("plain.nii"), bytes, n);
    load_all(path_of("plain.nii"), &info, &volume);
    rml_volume_crop(&volume, &box, voxels);
    for (int i = 0; i < 4; ++i) assert_close(voxels[i], expected[i], 0, 0, "crop");
    rml_volume_free(&volume);
}

/* The wanted slices alone are loaded; the checksum is the file's. */
static void slices_of_an_uncompressed_file(void **state)
{
    unsigned char bytes[512];
    const size_t n = counting_nifti(bytes);
    rml_volume_file *file;
    rml_volume_info info;
    rml_volume volume;
    rml_error err = {0};
    uint64_t checksum = 0;
    double row[4];

    (void)state;
    write_file(path_of("plain.nii"), bytes, n);
    assert_status(rml_volume_open(path_of("plain.nii"), &file, &info, &err), RML_OK, &err);
    assert_int_equal(info.file_bytes, n);
    assert_status(rml_volume_load(file, 1, 1, 0, &volume, &checksum, &err), RML_OK, &err);
    rml_volume_close(file);
    assert_int_equal(volume.first_slice, 1);
    assert_int_equal(volume.n_slices, 1);
    assert_true(checksum == XXH3_64bits(bytes, n));
    checksum = 0;
    assert_status(rml_volume_checksum(path_of("plain.nii"), &checksum, &err), RML_OK, &err);
    assert_true(checksum == XXH3_64bits(bytes, n));
    rml_volume_row(&volume, 1, 3, 2, 1, row);
    for (int x = 0; x < 3; ++x) assert_close(row[x], 21 + x, 0, 0, "row");
    rml_volume_free(&volume);
    rml_volume_free(&volume); /* harmless */
    rml_volume_free(NULL);
    rml_volume_close(NULL);
}

/* What passes, held against what should. */
typedef struct seen_bytes {
    const unsigned char *expected;
    int64_t n;
} seen_bytes;

static void see(void *context, const unsigned char *bytes, size_t n_bytes)
{
    seen_bytes *seen = context;

    assert_memory_equal(bytes, seen->expected + seen->n, n_bytes);
    seen->n += (int64_t)n_bytes;
}

static void see_voxels(void *context, const rml_volume *volume, const unsigned char *bytes, size_t n_bytes)
{
    assert_int_equal(volume->grid.size[0] * volume->grid.size[1] * volume->grid.size[2], 24);
    see(context, bytes, n_bytes);
}

/* All voxels' bytes pass, in order, whether the file is compressed or but a slice of it is kept. */
static void all_voxels_pass(void **state)
{
    unsigned char bytes[512], packed[1024];
    const size_t n = counting_nifti(bytes), n_packed = gzip_member(bytes, n, packed, sizeof packed);

    (void)state;
    write_file(path_of("plain.nii"), bytes, n);
    write_file(path_of("plain.nii.gz"), packed, n_packed);
    for (int f = 0; f < 2; ++f) {
        seen_bytes seen = {bytes + 352, 0};
        const rml_volume_watch watch = {see_voxels, &seen};
        rml_volume_file *file;
        rml_volume_info info;
        rml_volume volume;
        rml_error err = {0};
        uint64_t checksum = 0;

        assert_status(rml_volume_open(path_of(f ? "plain.nii.gz" : "plain.nii"), &file, &info, &err), RML_OK, &err);
        assert_status(rml_volume_load_watched(file, 1, 1, &watch, &volume, &checksum, &err), RML_OK, &err);
        assert_int_equal(seen.n, n - 352);
        assert_true(checksum == XXH3_64bits(f ? packed : bytes, f ? n_packed : n));
        rml_volume_free(&volume);
        assert_status(rml_volume_load_watched(file, 1, 1, &watch, &volume, NULL, &err), RML_EINVAL, &err);
        rml_volume_close(file);
    }
}

/* Hashing and keeping are one pass, wherever the wanted bytes lie against the pieces in which a file is read. Oracle:
 * the bytes themselves and their XXH3. */
static void one_pass_hashes_and_keeps(void **state)
{
    enum { MIB = 1 << 20, N = 3 * MIB + 7 };
    static const int64_t windows[][2] = {{0, 0},           {0, N},
                                         {0, 1},           {N - 1, 1},
                                         {MIB, MIB},       {MIB - 1, 2},
                                         {5, 2 * MIB + 3}, {2 * MIB + 9, MIB - 2},
                                         {MIB / 2, 9},     {3 * MIB, N % MIB}};
    unsigned char *bytes = malloc(N), *kept = malloc(N);
    rml_error err = {0};
    int64_t n_file;
    int fd;

    (void)state;
    for (int i = 0; i < N; ++i) bytes[i] = (unsigned char)(i * 2654435761U >> 24);
    write_file(path_of("pass.bin"), bytes, N);
    assert_status(rml_file_open(path_of("pass.bin"), &fd, &n_file, &err), RML_OK, &err);
    for (size_t w = 0; w < sizeof windows / sizeof windows[0]; ++w) {
        const int64_t first = windows[w][0], n = windows[w][1];
        rml_checksum *sum = rml_checksum_begin();
        /* another window is seen, of the opposite end of the list */
        const int64_t *other = windows[sizeof windows / sizeof windows[0] - 1 - w];
        seen_bytes seen = {bytes + other[0], 0};
        const rml_file_watch watch = {other[0], other[1], see, &seen};

        memset(kept, 0, N);
        assert_status(rml_file_sum(fd, "pass.bin", n_file, sum, first, kept, (size_t)n, &watch, &err), RML_OK, &err);
        assert_int_equal(seen.n, other[1]);
        assert_true(rml_checksum_value(sum) == XXH3_64bits(bytes, N));
        assert_memory_equal(kept, bytes + first, (size_t)n);
        if (n < N) assert_int_equal(kept[n], 0);
        rml_checksum_free(sum);
    }
    close(fd);
    free(bytes);
    free(kept);
}

static void a_compressed_file_comes_whole(void **state)
{
    unsigned char bytes[512], packed[1024];
    const size_t n = counting_nifti(bytes), n_packed = gzip_member(bytes, n, packed, sizeof packed);
    rml_volume_file *file;
    rml_volume_info info;
    rml_volume volume;
    rml_error err = {0};
    uint64_t checksum = 0;

    (void)state;
    write_file(path_of("plain.nii.gz"), packed, n_packed);
    assert_status(rml_volume_open(path_of("plain.nii.gz"), &file, &info, &err), RML_OK, &err);
    assert_true(info.compressed);
    assert_int_equal(info.memory_bytes, n + n_packed);
    assert_status(rml_volume_load(file, 1, 1, 0, &volume, &checksum, &err), RML_OK, &err);
    rml_volume_close(file);
    assert_int_equal(volume.first_slice, 0);
    assert_int_equal(volume.n_slices, 2);
    assert_true(checksum == XXH3_64bits(packed, n_packed));
    rml_volume_free(&volume);
    assert_counting(path_of("plain.nii.gz"));
}

/* As bgzip and parallel compressors write them: members one after another, an empty one last; and what is behind the
 * last voxel, in the stream or behind it, is no one's business. */
static void gzip_members_and_what_follows(void **state)
{
    unsigned char bytes[40000] = {0}, packed[2048];
    const size_t n = counting_nifti(bytes);
    const size_t cuts[3] = {1, 352, n - 1};
    size_t n_packed;

    (void)state;
    for (size_t k = 0; k < 3; ++k) {
        n_packed = gzip_member(bytes, cuts[k], packed, sizeof packed);
        n_packed += gzip_member(bytes + cuts[k], n - cuts[k], packed + n_packed, sizeof packed - n_packed);
        n_packed += gzip_member("", 0, packed + n_packed, sizeof packed - n_packed);
        write_file(path_of("members.nii.gz"), packed, n_packed);
        assert_counting(path_of("members.nii.gz"));
    }
    n_packed = gzip_member(bytes, n, packed, sizeof packed);
    memset(packed + n_packed, 0, 512); /* a tape's padding */
    write_file(path_of("padded.nii.gz"), packed, n_packed + 512);
    assert_counting(path_of("padded.nii.gz"));

    n_packed = gzip_member(bytes, sizeof bytes, packed, sizeof packed); /* more voxels than the header says */
    write_file(path_of("longer.nii.gz"), packed, n_packed);
    assert_counting(path_of("longer.nii.gz"));
    write_file(path_of("longer.nii"), bytes, sizeof bytes);
    assert_counting(path_of("longer.nii"));
}

/* Asked for a.nii.gz, a neighbouring a.nii must stay unread. */
static void the_neighbour_is_not_read(void **state)
{
    unsigned char bytes[512], packed[1024];
    const size_t n = counting_nifti(bytes), n_packed = gzip_member(bytes, n, packed, sizeof packed);

    (void)state;
    write_file(path_of("a.nii.gz"), packed, n_packed);
    memset(bytes + 352, 0xFF, 48);
    write_file(path_of("a.nii"), bytes, n);
    assert_counting(path_of("a.nii.gz"));
}

/* Identity: what is written is read back, every type, plain and compressed; and twice gives the same bytes. */
static void round_trip(void **state)
{
    const rml_grid grid = {.size = {5, 3, 4},
                           .spacing = {0.75, 1.5, 3.0}, /* exact in float32, as are the origin and directions */
                           .origin = {-10.5, 20.25, 7.125},
                           .direction = {{0, -1, 0}, {1, 0, 0}, {0, 0, -1}}};
    const char *names[2] = {"round.nii", "round.nii.gz"};

    (void)state;
    for (int t = 0; t < RML_N_SCALARS; ++t)
        for (int k = 0; k < 2; ++k) {
            const rml_scalar type = (rml_scalar)t;
            const rml_box all = {{0, 0, 0}, {5, 3, 4}};
            unsigned char bytes[60 * 8];
            double voxels[60];
            char *first, *again;
            size_t n_first, n_again;
            rml_volume_info info;
            rml_volume volume;
            rml_error err = {0};

            for (int i = 0; i < 60; ++i)
                put_voxel(bytes + i * scalar_types[t].bytes, type, voxel_value(type, i), false);
            assert_status(rml_nifti_write(path_of(names[k]), &grid, type, bytes, &err), RML_OK, &err);
            load_all(path_of(names[k]), &info, &volume);
            assert_int_equal(info.type, type);
            assert_int_equal(info.compressed, k == 1);
            assert_memory_equal(info.grid.size, grid.size, sizeof grid.size);
            assert_grid(&info.grid, grid.spacing, grid.origin, grid.direction, 0, "round trip");
            rml_volume_crop(&volume, &all, voxels);
            for (int i = 0; i < 60; ++i) assert_close(voxels[i], voxel_value(type, i), 0, 0, rml_scalar_name(type));
            rml_volume_free(&volume);
            assert_status(rml_file_read(path_of(names[k]), 1 << 20, &first, &n_first, &err), RML_OK, &err);
            assert_status(rml_nifti_write(path_of(names[k]), &grid, type, bytes, &err), RML_OK, &err);
            assert_status(rml_file_read(path_of(names[k]), 1 << 20, &again, &n_again, &err), RML_OK, &err);
            assert_int_equal(n_first, n_again);
            assert_memory_equal(first, again, n_first);
            free(first);
            free(again);
        }
}

static void writing_fails_with_a_sentence(void **state)
{
    rml_grid grid = {.size = {1, 1, 1}, .spacing = {1, 1, 1}, .direction = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    rml_error err = {0};

    (void)state;
    assert_int_equal(rml_nifti_write(path_of("no/such/folder.nii"), &grid, RML_UINT8, "", &err), RML_EIO);
    assert_non_null(strstr(err.text, "no/such/folder.nii"));
    grid.size[1] = 40000;
    assert_int_equal(rml_nifti_write(path_of("big.nii"), &grid, RML_UINT8, "", &err), RML_EINVAL);
}

/* A file appears whole or not at all. */
static void files_appear_whole(void **state)
{
    rml_file_writer writer;
    rml_error err = {0};
    char *bytes;
    size_t n;

    (void)state;
    assert_status(rml_file_create(path_of("whole.txt"), &writer, &err), RML_OK, &err);
    fputs("half", writer.stream);
    assert_int_equal(rml_file_read(path_of("whole.txt"), 100, &bytes, &n, &err), RML_EMISSING);
    rml_file_abandon(&writer);
    assert_int_equal(rml_file_read(path_of("whole.txt.tmp"), 100, &bytes, &n, &err), RML_EMISSING);
    assert_status(rml_file_create(path_of("whole.txt"), &writer, &err), RML_OK, &err);
    fputs("whole", writer.stream);
    assert_status(rml_file_commit(&writer, &err), RML_OK, &err);
    rml_file_abandon(&writer); /* harmless */
    assert_status(rml_file_read(path_of("whole.txt"), 5, &bytes, &n, &err), RML_OK, &err);
    assert_int_equal(n, 5);
    assert_string_equal(bytes, "whole");
    free(bytes);
    for (int f = 0; f < 2; ++f) { /* of a folder: after a failure what was there stays */
        assert_status(rml_file_create_in(path_of("."), "whole.txt", &writer, &err), RML_OK, &err);
        fputs(f == 0 ? "other" : "again", writer.stream);
        assert_int_equal(rml_file_finish(&writer, f == 0 ? RML_EVALUE : RML_OK, &err), f == 0 ? RML_EVALUE : RML_OK);
        assert_status(rml_file_read(path_of("whole.txt"), 5, &bytes, &n, &err), RML_OK, &err);
        assert_string_equal(bytes, f == 0 ? "whole" : "again");
        free(bytes);
    }
    assert_int_equal(rml_file_create_in(path_of("no/such"), "file", &writer, &err), RML_EIO);
    assert_int_equal(rml_file_read(path_of("whole.txt"), 4, &bytes, &n, &err), RML_ECAPACITY);
    assert_int_equal(rml_file_create(path_of("no/such/file"), &writer, &err), RML_EIO);
}

/* Oracle: SimpleITK 2.3.1. The checksum is sum over voxels of value * (index mod 1009 + 1), exact in a double. */
static void real_images(void **state)
{
    static const struct {
        const char *name;
        int32_t size[3];
        double spacing[3], origin[3], sum;
    } cases[] = {
        {"brain1_image.nii.gz",
         {256, 256, 25},
         {0.78125, 0.78125, 6.5},
         {-99.609375, 99.609375, -78.0},
         318917106204.0},
        {"brain1_image.nrrd",
         {256, 256, 25},
         {0.7812499999999999, 0.7812499999999999, 6.499999999999998},
         {-99.60937499999999, 99.60937499999999, -77.99999999999996},
         318917106204.0},
        {"brain1_label.nii.gz", {256, 256, 25}, {0.78125, 0.78125, 6.5}, {-99.609375, 99.609375, -78.0}, 2096876.0},
        {"brain1_label.nrrd",
         {256, 256, 25},
         {0.7812499999999999, 0.7812499999999999, 6.499999999999998},
         {-99.60937499999999, 99.60937499999999, -77.99999999999996},
         2096876.0},
        {"brain2_image.nii.gz",
         {256, 256, 23},
         {0.78125, 0.78125, 6.5},
         {-110.0, 103.41874694824219, -62.70000076293945},
         179835135014.0},
        {"brain2_image.nrrd",
         {256, 256, 23},
         {0.7812499999999999, 0.7812499999999999, 6.499999999999998},
         {-109.99999999999999, 103.41874694824213, -62.70000076293943},
         179835135014.0},
        {"brain2_label.nii.gz",
         {256, 256, 23},
         {0.78125, 0.78125, 6.5},
         {-110.0, 103.41874694824219, -62.70000076293945},
         231754.0},
        {"brain2_label.nrrd",
         {256, 256, 23},
         {0.7812499999999999, 0.7812499999999999, 6.499999999999998},
         {-109.99999999999999, 103.41874694824213, -62.70000076293943},
         231754.0},
        {"breast1_image.nii.gz",
         {45, 120, 21},
         {0.6640620231628418, 0.6640620231628418, 2.0999999046325684},
         {-116.54303741455078, -48.1446533203125, 9.449999809265137},
         3623787554.0},
        {"breast1_image.nrrd",
         {45, 120, 21},
         {0.664062, 0.664062, 2.1},
         {-116.54304, -48.14465400000001, 9.45000000000003},
         3623787554.0},
        {"breast1_label.nii.gz",
         {45, 120, 21},
         {0.6640620231628418, 0.6640620231628418, 2.0999999046325684},
         {-116.54303741455078, -48.1446533203125, 9.449999809265137},
         64489.0},
        {"breast1_label.nrrd",
         {45, 120, 21},
         {0.664062, 0.664062, 2.1},
         {-116.54304, -48.14465400000001, 9.45000000000003},
         64489.0},
        {"lung1_image.nrrd",
         {512, 512, 48},
         {0.5703125, 0.5703125, 5.0},
         {-146.0, -325.0, -777.4999999999998},
         -3671975551743.0},
        {"lung1_label.nrrd",
         {512, 512, 48},
         {0.5703125, 0.5703125, 5.0},
         {-146.0, -325.0, -777.4999999999998},
         457403.0},
        {"lung2_image.nrrd",
         {512, 512, 61},
         {0.6269531, 0.6269531, 5.0},
         {-170.5, -324.5, -359.9999999999999},
         -3498608703463.0},
        {"lung2_label.nrrd",
         {512, 512, 61},
         {0.6269531, 0.6269531, 5.0},
         {-170.5, -324.5, -359.9999999999999},
         12420451.0},
    };
    (void)state;
    if (!rml_shared("reference")) {
        print_message("the folder of reference data is not there\n");
        skip();
    }
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; ++k) {
        char relative[256];
        rml_volume_info info;
        rml_volume volume;
        double *row, sum = 0.0;
        int64_t i = 0;

        snprintf(relative, sizeof relative, "reference/pyradiomics/data/%s", cases[k].name);
        load_all(rml_shared(relative), &info, &volume);
        assert_memory_equal(info.grid.size, cases[k].size, sizeof info.grid.size);
        for (int a = 0; a < 3; ++a) {
            assert_close(info.grid.spacing[a], cases[k].spacing[a], 0, 0, cases[k].name);
            assert_close(info.grid.origin[a], cases[k].origin[a], 0, 0, cases[k].name);
        }
        row = malloc((size_t)info.grid.size[0] * sizeof *row);
        for (int32_t z = 0; z < info.grid.size[2]; ++z)
            for (int32_t y = 0; y < info.grid.size[1]; ++y) {
                rml_volume_row(&volume, 0, info.grid.size[0], y, z, row);
                for (int32_t x = 0; x < info.grid.size[0]; ++x, ++i) sum += row[x] * (double)(i % 1009 + 1);
            }
        assert_close(sum, cases[k].sum, 0, 0, cases[k].name);
        free(row);
        rml_volume_free(&volume);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_box_is_cut_out),
        cmocka_unit_test(slices_of_an_uncompressed_file),
        cmocka_unit_test(all_voxels_pass),
        cmocka_unit_test(one_pass_hashes_and_keeps),
        cmocka_unit_test(a_compressed_file_comes_whole),
        cmocka_unit_test(gzip_members_and_what_follows),
        cmocka_unit_test(the_neighbour_is_not_read),
        cmocka_unit_test(round_trip),
        cmocka_unit_test(writing_fails_with_a_sentence),
        cmocka_unit_test(files_appear_whole),
        cmocka_unit_test(real_images),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
