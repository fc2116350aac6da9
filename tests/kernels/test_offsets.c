/* The neighbour offsets. */
#include "kernels/texture/offsets.h"
#include "tests/support/support.h"

#define CAPACITY 2000

static const int32_t large[3] = {20, 20, 20};

/* Oracle: the 13 angles that PyRadiomics 3.0.1 lists for distance 1, (dz, dy, dx) turned to (dx, dy, dz). */
static void thirteen_stand_in_order(void **state)
{
    static const int32_t expected[13][3] = {{1, 1, 1},  {0, 1, 1},  {-1, 1, 1}, {1, 0, 1},   {0, 0, 1},
                                            {-1, 0, 1}, {1, -1, 1}, {0, -1, 1}, {-1, -1, 1}, {1, 1, 0},
                                            {0, 1, 0},  {-1, 1, 0}, {1, 0, 0}};
    const int32_t one[1] = {1};
    rml_offset offsets[CAPACITY];
    (void)state;
    assert_int_equal(rml_offsets_list(large, one, 1, false, 0, offsets, CAPACITY), 13);
    for (int i = 0; i < 13; ++i) assert_memory_equal(offsets[i].step, expected[i], sizeof expected[i]);
}

/* Oracle: counts given by PyRadiomics 3.0.1 and by (n^3 - 1) / 2. */
static void counts_are_known(void **state)
{
    const int32_t distances[3] = {1, 2, 3}, two[1] = {2}, twice[2] = {1, 1};
    rml_offset offsets[CAPACITY];
    (void)state;
    assert_int_equal(rml_offsets_list(large, distances, 3, false, 0, offsets, CAPACITY), 171);
    assert_int_equal(rml_offsets_list(large, two, 1, false, 0, offsets, CAPACITY), 62 - 13);
    assert_int_equal(rml_offsets_list(large, twice, 2, false, 0, offsets, CAPACITY), 26);
    for (int32_t axis = 0; axis < 3; ++axis) {
        const int32_t n = rml_offsets_list(large, distances, 1, true, axis, offsets, CAPACITY);

        assert_int_equal(n, 4);
        for (int32_t i = 0; i < n; ++i) assert_int_equal(offsets[i].step[2 - axis], 0);
    }
}

static void flat_boxes_lose_directions(void **state)
{
    const int32_t distances[2] = {1, 2};
    const int32_t slice[3] = {9, 9, 1}, line[3] = {1, 9, 1}, voxel[3] = {1, 1, 1}, thin[3] = {9, 9, 2};
    rml_offset offsets[CAPACITY];
    (void)state;
    assert_int_equal(rml_offsets_list(slice, distances, 1, false, 0, offsets, CAPACITY), 4);
    assert_int_equal(rml_offsets_list(slice, distances, 2, false, 0, offsets, CAPACITY), 12);
    assert_int_equal(rml_offsets_list(line, distances, 2, false, 0, offsets, CAPACITY), 2);
    assert_int_equal(rml_offsets_list(voxel, distances, 2, false, 0, offsets, CAPACITY), 0);
    assert_int_equal(rml_offsets_list(thin, distances, 2, false, 0, offsets, CAPACITY), 12 + 25); /* dz 0, dz 1 */
    assert_int_equal(rml_offsets_list(slice, distances, 2, true, 1, offsets, CAPACITY), 2);       /* z gone, y gone */
}

/* Each direction once, never with its opposite, never too long; a small capacity still gives the number. */
static void one_of_each_pair_is_listed(void **state)
{
    const int32_t distances[2] = {3, 1}, size[3] = {3, 5, 4};
    rml_offset offsets[CAPACITY], few[5];
    const int32_t n = rml_offsets_list(size, distances, 2, false, 0, offsets, CAPACITY);
    (void)state;
    assert_int_equal(rml_offsets_list(size, distances, 2, false, 0, few, 5), n);
    assert_memory_equal(few, offsets, sizeof few);
    for (int32_t i = 0; i < n; ++i) {
        const int32_t *a = offsets[i].step;
        int32_t norm = 0;

        for (int axis = 0; axis < 3; ++axis) {
            if (abs(a[axis]) > norm) norm = abs(a[axis]);
            assert_true(abs(a[axis]) < size[axis]);
        }
        assert_true(norm == 1 || norm == 3);
        for (int32_t j = 0; j < i; ++j) {
            const int32_t *b = offsets[j].step;

            assert_false(a[0] == b[0] && a[1] == b[1] && a[2] == b[2]);
            assert_false(a[0] == -b[0] && a[1] == -b[1] && a[2] == -b[2]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thirteen_stand_in_order),
        cmocka_unit_test(counts_are_known),
        cmocka_unit_test(flat_boxes_lose_directions),
        cmocka_unit_test(one_of_each_pair_is_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
