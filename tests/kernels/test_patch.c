/* Patches beyond the border, against the rules written out: numpy 2.4.6's pad of 0 1 2 3 (constant, edge, wrap,
 * symmetric, reflect) by 6 on either side. */
#include "tests/support/support.h"

#include "kernels/image/patch.h"

enum { N = 4, MARGIN = 6 };

static void borders_are_as_numpy_pads(void **state)
{
    static const int expected[5][N + 2 * MARGIN] = {
        {-1, -1, -1, -1, -1, -1, 0, 1, 2, 3, -1, -1, -1, -1, -1, -1},
        {0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 3, 3, 3, 3, 3, 3},
        {2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1},
        {2, 3, 3, 2, 1, 0, 0, 1, 2, 3, 3, 2, 1, 0, 0, 1},
        {0, 1, 2, 3, 2, 1, 0, 1, 2, 3, 2, 1, 0, 1, 2, 3},
    };

    (void)state;
    for (int b = 0; b < 5; ++b)
        for (int i = 0; i < N + 2 * MARGIN; ++i)
            assert_int_equal(rml_border_place((rml_border)b, i - MARGIN, N), expected[b][i]);
    assert_int_equal(rml_border_place(RML_BORDER_WHOLE, -3, 1), 0);
}

static void patches_go_on_beyond_the_border(void **state)
{
    double voxels[5 * 3 * 2];
    rml_patch image = {.size = {5, 3, 2}, .spacing = {1, 2, 3}, .type = RML_INT16, .voxels = voxels}, cut;
    const rml_patch_source source = {.patch = &image}, even = {.patch = &image, .even = true};
    const rml_box box = {{-2, -1, 1}, {9, 5, 3}}, empty = {{0, 0, 0}, {0, 1, 1}};

    (void)state;
    for (int i = 0; i < 30; ++i) voxels[i] = i;
    for (int b = 0; b < 5; ++b) {
        assert_int_equal(rml_patch_cut(&source, &box, (rml_border)b, &cut), RML_OK);
        assert_int_equal(cut.type, RML_INT16);
        for (int z = 0; z < 3; ++z)
            for (int y = 0; y < 5; ++y)
                for (int x = 0; x < 9; ++x) {
                    const int px = rml_border_place((rml_border)b, x - 2, 5),
                              py = rml_border_place((rml_border)b, y - 1, 3),
                              pz = rml_border_place((rml_border)b, z + 1, 2);
                    const double expected = px < 0 || py < 0 || pz < 0 ? 0.0 : voxels[(pz * 3 + py) * 5 + px];

                    assert_true(cut.voxels[(z * 5 + y) * 9 + x] == expected);
                }
        rml_patch_free(&cut);
    }
    /* an even period: 0 1 2 3 4 0 | 0 1 2 3 4 0 along x */
    assert_int_equal(rml_patch_cut(&even, &(rml_box){{-3, 0, 0}, {11, 1, 1}}, RML_BORDER_PERIODIC, &cut), RML_OK);
    for (int x = 0; x < 11; ++x)
        assert_true(cut.voxels[x] == (double)((const int[]){3, 4, 0, 0, 1, 2, 3, 4, 0, 0, 1})[x]);
    rml_patch_free(&cut);
    assert_int_equal(rml_patch_cut(&source, &empty, RML_BORDER_ZERO, &cut), RML_EINVAL);
}

/* A stored image gives what a patch of its voxels gives. */
static void stored_images_are_read_where_they_lie(void **state)
{
    int16_t stored[5 * 3 * 2];
    double voxels[5 * 3 * 2];
    rml_patch image = {.size = {5, 3, 2}, .spacing = {1, 1, 1}, .type = RML_INT16, .voxels = voxels}, one, two;
    const rml_volume volume = {.grid = {.size = {5, 3, 2}, .spacing = {1, 1, 1}},
                               .stored = RML_INT16,
                               .step = 1,
                               .n_slices = 2,
                               .voxels = (const unsigned char *)stored};
    const rml_box boxes[] = {{{-7, 1, -3}, {20, 2, 9}}, {{1, 0, 0}, {4, 3, 2}}, {{0, -1, 1}, {5, 3, 1}}};

    (void)state;
    for (int i = 0; i < 30; ++i) voxels[i] = stored[i] = (int16_t)(i * i - 100);
    for (int b = 0; b < 15; ++b) {
        const rml_box *box = &boxes[b / 5];

        assert_int_equal(rml_patch_cut(&(rml_patch_source){.patch = &image}, box, (rml_border)(b % 5), &one), RML_OK);
        assert_int_equal(rml_patch_cut(&(rml_patch_source){.volume = &volume}, box, (rml_border)(b % 5), &two), RML_OK);
        assert_int_equal(two.type, RML_INT16);
        assert_memory_equal(one.voxels, two.voxels, (size_t)rml_box_voxels(box) * sizeof(double));
        rml_patch_free(&one);
        rml_patch_free(&two);
    }
}

/* The same voxels as float32, of the types of which that holds all. */
static void singles_stand_for_what_they_hold(void **state)
{
    static const rml_scalar types[] = {RML_INT8,  RML_UINT8,  RML_INT16, RML_UINT16, RML_FLOAT32,
                                       RML_INT32, RML_UINT32, RML_INT64, RML_UINT64, RML_FLOAT64};
    double voxels[5 * 3 * 2];
    float singles[9 * 5 * 3];
    rml_patch image = {.size = {5, 3, 2}, .spacing = {1, 2, 3}, .type = RML_INT16, .voxels = voxels}, one, two;
    const rml_patch_source source = {.patch = &image};
    const rml_box box = {{-2, -1, 1}, {9, 5, 3}};

    (void)state;
    for (int i = 0; i < 30; ++i) voxels[i] = i;
    for (int b = 0; b < 5; ++b) {
        assert_int_equal(rml_patch_cut(&source, &box, (rml_border)b, &one), RML_OK);
        assert_int_equal(rml_patch_cut_single(&source, &box, (rml_border)b, singles, &two), RML_OK);
        assert_int_equal(two.type, RML_INT16);
        assert_memory_equal(two.size, one.size, sizeof one.size);
        assert_true(two.singles == singles && !two.voxels);
        for (int64_t i = 0; i < rml_box_voxels(&box); ++i) assert_true((double)singles[i] == one.voxels[i]);
        rml_patch_free(&one);
        rml_patch_free(&two);
    }
    for (int t = 0; t < 10; ++t) {
        image.type = types[t];
        assert_int_equal(rml_patch_single(&source), t < 5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(borders_are_as_numpy_pads),
        cmocka_unit_test(patches_go_on_beyond_the_border),
        cmocka_unit_test(stored_images_are_read_where_they_lie),
        cmocka_unit_test(singles_stand_for_what_they_hold),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
