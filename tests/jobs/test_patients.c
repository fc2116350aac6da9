/* Names found in a sorted list, and one of several rows kept; worked through by hand. */
#include "tests/support/support.h"

#include <math.h>

#include "jobs/patients.h"

/* As in a list that is looked through from its beginning; a name that is the beginning of another is not it. */
static void names_are_found(void **state)
{
    rml_named named[] = {{"p2", 0}, {"p10", 4}, {"p1", 7}, {"p2", 3}, {"p1", 1}, {"", 5}};
    const struct {
        const char *name;
        int64_t at;
    } wanted[] = {{"", 0}, {"p", 6}, {"p1", 1}, {"p10", 3}, {"p2", 4}, {"p3", 6}};

    (void)state;
    rml_named_sort(named, 6);
    for (size_t k = 0; k < sizeof wanted / sizeof *wanted; ++k)
        assert_int_equal(rml_named_find(named, 6, wanted[k].name), wanted[k].at);
    assert_int_equal(named[1].place, 1);
    assert_int_equal(named[4].place, 0);
    assert_int_equal(named[5].place, 3);
    assert_int_equal(rml_named_find(named, 0, "p1"), 0);
}

/* The second of three rows; the first of two equals; one alone, without a volume; and the one that has a volume where
 * the first has none. */
static void the_largest_row_stays(void **state)
{
    const double volume[] = {5.0, NAN, 2.0, 7.0, 7.0, 1.0, 9.0, NAN};
    int64_t row[] = {2, 6, 0, 4, 3, 1, 7, 5};
    int32_t first[] = {0, 3, 5, 6, 8}, kept[5];
    const int64_t wanted[] = {6, 4, 1, 5};

    (void)state;
    rml_patients_keep_largest(volume, 4, first, row, kept);
    for (int32_t p = 0; p < 4; ++p) {
        assert_int_equal(row[p], wanted[p]);
        assert_int_equal(kept[p], p);
    }
    assert_int_equal(kept[4], 4);
}

/* The same where the first rows are written over. */
static void in_place(void **state)
{
    const double volume[] = {1.0, 2.0, 3.0, 4.0};
    int64_t row[] = {0, 1, 3, 2};
    int32_t first[] = {0, 2, 4};

    (void)state;
    rml_patients_keep_largest(volume, 2, first, row, first);
    assert_int_equal(row[0], 1);
    assert_int_equal(row[1], 3);
    assert_int_equal(first[1], 1);
    assert_int_equal(first[2], 2);
}

/* Names as extractions, and tables made wide, have them; by hand. */
static void volumes_are_recognised(void **state)
{
    static const struct {
        const char *column;
        int32_t v;
        int before, behind; /* -1: it is none */
    } named[] = {
        {"original_shape_VoxelVolume", 0, 0, 0},
        {"original_shape_VoxelVolume|T1|1", 0, 0, 5},
        {"original_shape_VoxelVolume_T1", 0, 0, 3},
        {"original_shape_VoxelVolume.2", 0, 0, 2},
        {"original_shape_MeshVolume_T1", 1, 0, 3},
        {"original_shape_MeshVolume_T1", 0, -1, -1},
        {"T1_original_shape_VoxelVolume", 0, 3, 0},
        {"T1 original_shape_VoxelVolume-post", 0, 3, 5},
        {"VoxelVolume.original", 0, 0, 9},
        {"shape_VoxelVolume", 0, 6, 0},
        {"original_shape_VoxelVolume2", 0, -1, -1},
        {"original_shape_VoxelVolumes", 0, -1, -1},
        {"TumourVoxelVolume", 0, -1, -1},
        {"aVoxelVolume_VoxelVolume", 0, 13, 0},
        {"original_shape_SurfaceVolumeRatio", 1, -1, -1},
        {"original_shape_Voxel", 0, -1, -1},
        {"", 0, -1, -1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof named / sizeof *named; ++i) {
        size_t before = 0, behind = 0;
        const bool is = rml_is_volume(named[i].column, named[i].v, &before, &behind);

        if (is != (named[i].before >= 0)) fail_msg("%s: %s", named[i].column, is ? "is one" : "is none");
        if (is && ((int)before != named[i].before || (int)behind != named[i].behind))
            fail_msg("%s: %zu before, %zu behind", named[i].column, before, behind);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(names_are_found), cmocka_unit_test(the_largest_row_stays),
                                       cmocka_unit_test(in_place), cmocka_unit_test(volumes_are_recognised)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
